/* An owner who listens: VoiceMailMain() between its files. session.c opens and closes
 * folders, listen.c plays, advanced.c and forward.c do something with a message, own.c is
 * the owner's greetings and PIN, app_main.c the menu around all of them. */
#ifndef APPS_APP_VOICEMAIL_SESSION_H
#define APPS_APP_VOICEMAIL_SESSION_H

#include <ringdown/channel.h>

#include "apps/app_voicemail/store.h"

struct vm_entry {
	struct vm_message message;
	enum vm_folder folder; /* it lies in; urgent ones are among those of INBOX */
	bool heard, deleted;
	bool kept; /* was saved where it lies: it stays there though it was heard */
};

struct vm_session {
	struct rd_channel *ch;
	const struct vm_settings *settings;
	const struct vm_box *box;
	bool read_only;
	int gain_db; /* of what is recorded */
	enum vm_folder folder; /* that is open */
	struct vm_entry *entries;
	size_t count;
	int current; /* -1: none yet */
	bool leads_elsewhere; /* the place of the channel is set */
};

/* What commands return: a key is the next command, negative is the end of the call. */
enum { VM_MENU = 0, VM_QUIT = 1 };

/* -- session.c -- */

/* All messages of a folder. 0 or negative. Yields. */
RD_YIELDS int vm_session_open(struct vm_session *session, enum vm_folder folder);
/* What was deleted goes, what was heard goes to Old; also after the owner has gone. Yields. */
RD_YIELDS void vm_session_close(struct vm_session *session);
/* NULL: none is current. */
struct vm_entry *vm_session_entry(struct vm_session *session);
/* The current one to another folder, at once; -ENOENT: it has gone. Yields, deaf to a hang-up. */
RD_YIELDS int vm_session_save(struct vm_session *session, enum vm_folder folder);
/* "vm-INBOX"; buf has 32 bytes. */
const char *vm_folder_prompt(enum vm_folder folder, char *buf);

/* -- listen.c; all yield and return as commands do -- */

int vm_play_current(struct vm_session *session);
int vm_first(struct vm_session *session);
int vm_next(struct vm_session *session);
int vm_previous(struct vm_session *session);
int vm_say_envelope(struct vm_session *session);

/* -- advanced.c -- */
int vm_advanced(struct vm_session *session);

/* -- forward.c -- */
int vm_forward(struct vm_session *session);

/* -- join.c -- */
/* In the pool: OUT.wav is FIRST.wav and then SECOND.wav. -ENOTSUP: they are of different
 * kinds. */
int vm_join(const char *first, const char *second, const char *out);

/* -- own.c -- */
int vm_own_options(struct vm_session *session);
/* A new owner sets a PIN and records what has to be. 0 is in, or VM_QUIT, or negative. */
int vm_own_begin(struct vm_session *session, bool fresh);

#endif
