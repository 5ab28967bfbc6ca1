/* A message that is being left: who for, what was recorded, and how it is stored. Shared by
 * VoiceMail() and by whoever leaves one from within a mailbox. */
#ifndef APPS_APP_VOICEMAIL_LEAVE_H
#define APPS_APP_VOICEMAIL_LEAVE_H

#include <ringdown/channel.h>
#include <ringdown/prompt.h>

#include "apps/app_voicemail/store.h"

enum { VM_TARGETS = 32, VM_STORE_MS = 30000 };

struct vm_leave {
	struct rd_channel *ch;
	const struct vm_settings *settings;
	const struct vm_box *boxes[VM_TARGETS]; /* the first one's greeting is heard */
	int count;
	const char *beep; /* instead of the usual one; "" for none */
	int gain_db; /* of what is recorded */
	bool usual_beep, urgent, priority;
	bool from_owner; /* not an outside caller: no operator */
	const struct vm_message *original; /* that is forwarded; NULL: the caller's own */
	char stage[VM_PATH];
	int64_t length_ms;
};

/* The boxes of "1001@default&1002"; those that there are not are logged and passed over.
 * How many there are. */
int vm_leave_targets(struct vm_leave *leave, const char *boxes);
/* Is there room for one more in the first of them? 1, 0 or negative. Yields. */
RD_YIELDS int vm_leave_has_room(const struct vm_leave *leave);

/* What the caller did. */
enum vm_left {
	VM_LEFT_NOTHING, /* too short, or not wanted */
	VM_LEFT_STORED,
	VM_LEFT_OPERATOR, /* pressed 0; *stored says whether there is a message */
};
/* Record, review, store. enum vm_left, or negative: -ECANCELED also when the message was
 * stored after the caller had gone; *stored says so. Yields. */
RD_YIELDS int vm_leave_message(struct vm_leave *leave, bool *stored);

/* Store what is in .stage for all of them: 0 when at least one has it. It is in no stage any
 * more, stored or not. Yields, deaf to a hang-up. */
RD_YIELDS int vm_leave_store(struct vm_leave *leave);

/* What was mailed, some do not want to keep. Yields. */
RD_YIELDS void vm_leave_send_mail(const struct vm_settings *settings, const struct vm_box *box,
				  enum vm_folder folder, struct vm_message *message);
/* message->callerid; NULL or "": not known, or withheld. */
void vm_leave_print_caller(struct vm_message *message, const char *name, const char *number);

/* A recording that becomes no message: it would fill the disk, and nobody could hear it. stage
 * may be "". Yields, deaf to a hang-up. */
RD_YIELDS void vm_throw_away(const char *stage);

/* Where 0 and * of a caller lead. */
bool vm_can_exit(struct rd_channel *ch, const struct vm_box *box, const char *exten);
int vm_exit_to(struct rd_channel *ch, const struct vm_box *box, const char *exten);

#endif
