/* Messages on the disk, as Asterisk keeps them:
 *
 *	SPOOL/voicemail/CONTEXT/BOX/INBOX/msg0000.wav  what was said
 *	                                 msg0000.txt  who said it, when
 *	                        /unavail.wav busy.wav greet.wav temp.wav
 *	                        /tmp/               what is not a message yet; .txt.begun
 *	                                            of one that is being said
 *
 * A message is there when its .txt is: that appears, moves and goes by one rename or
 * unlink, after its sound is on the disk. What a crash leaves half done is finished or
 * taken away by vm_disk_recover().
 *
 * All of this blocks, so it runs in the pool; who changes a mailbox has its lock (store.h). */
#ifndef APPS_APP_VOICEMAIL_DISK_H
#define APPS_APP_VOICEMAIL_DISK_H

#include <time.h>

#include <ringdown/base.h>

enum vm_folder {
	VM_INBOX,
	VM_OLD,
	VM_WORK,
	VM_FAMILY,
	VM_FRIENDS,
	VM_CUST1,
	VM_CUST2,
	VM_CUST3,
	VM_CUST4,
	VM_CUST5,
	VM_DELETED,
	VM_URGENT,
	VM_FOLDERS,
	/* those that a key chooses */
	VM_KEYED = VM_CUST5 + 1
};

#define VM_LETTER ".txt"
#define VM_BEGUN  ".txt.begun" /* of what is being recorded */

enum { VM_PATH = 512, VM_TEXT = 2048, VM_MESSAGES_MAX = 9999, VM_ID = 64 };

/* A message, and what its .txt says. */
struct vm_message {
	int number; /* msg0007 is 7 */
	char id[VM_ID];
	char callerid[160]; /* as written: "Bob" <1002> */
	char channel[96], exten[80], context[80], origmailbox[80], category[64];
	time_t origtime;
	int duration; /* seconds */
	bool urgent, priority;
};

struct vm_list {
	struct vm_message *messages; /* by number; rd_free() */
	size_t count;
};

/* The name on the disk: "INBOX". */
const char *vm_folder_name(enum vm_folder folder);
int vm_folder_from_name(const char *name); /* -ENOENT */

/* A path in VM_PATH bytes: 0 or -ENAMETOOLONG. */
int vm_path(char *path, const char *fmt, ...) RD_PRINTF(2, 3);
int vm_path_of_message(char *path, const char *folder, int number);

/* Make a directory and all above it, on the disk when it returns. */
int vm_disk_make(const char *directory);

/* The messages of a folder; one that is not there is empty. */
int vm_disk_list(const char *folder, struct vm_list *list);
/* A message by number: 0 or -ENOENT. */
int vm_disk_read(const char *folder, int number, struct vm_message *message);
/* How many there are. */
int vm_disk_count(const char *folder);

/* PATH in tmp/ is about to be recorded: should nobody be there at its end, this will be its
 * message, if it is as long as message->duration says, and a second, or longer. */
int vm_disk_begin(const char *path, const struct vm_message *message);
/* The file tmp/NAME.* becomes a message: its .txt is written, then delivered. Once this
 * has returned 0 the message is safe. -ENOSPC, -EDQUOT...: it is no message, its sound stays.
 * message->number is set. */
int vm_disk_deliver(const char *box, const char *name, enum vm_folder folder,
		    struct vm_message *message);
/* Sound of a message or of tmp/NAME, copied to tmp/NAME of this or another mailbox.
 * from: a path without extension. */
int vm_disk_copy(const char *from, const char *box, const char *name);
/* A copy of that file as tmp/NAME, with its extension. */
int vm_disk_take_in(const char *file, const char *box, const char *name);
/* To the end of another folder of this mailbox; *number is the new one. */
int vm_disk_move(const char *box, enum vm_folder from, int *number, enum vm_folder to);
int vm_disk_remove(const char *folder, int number);
/* Numbers without gaps, as scripts expect them. */
int vm_disk_renumber(const char *folder);
/* All files PATH.*: a greeting, a recording that is not wanted. */
int vm_disk_discard(const char *path);
/* The files FROM.* become TO.*, in the same directory tree. */
int vm_disk_rename(const char *from, const char *to);
/* Deliver what was written, take away what was not, in one mailbox; names in tmp/ that
 * begin with keep are somebody's who lives. */
int vm_disk_recover(const char *box, const char *keep);

/* -- envelope.c: the .txt -- */

/* Parse; what is not there is empty. 0 or -EINVAL. */
int vm_envelope_parse(const char *text, struct vm_message *message);
/* In buf: how long it is, as snprintf(). */
int vm_envelope_print(char *buf, size_t size, const struct vm_message *message);

#endif
