/* Mailboxes for fibers: disk.h in the pool, one at a time for each mailbox, with the index
 * and the lamps kept in step. All of this yields; what changes something is not ended by a
 * hang-up where the caller shields it. */
#ifndef APPS_APP_VOICEMAIL_STORE_H
#define APPS_APP_VOICEMAIL_STORE_H

#include "apps/app_voicemail/disk.h"
#include "apps/app_voicemail/settings.h"

/* SPOOL/voicemail/CONTEXT/NAME. */
int vm_store_path(char path[VM_PATH], const struct vm_box *box);
int vm_store_folder_path(char path[VM_PATH], const struct vm_box *box, enum vm_folder folder);

/* A place for a recording that is not a message yet; without extension. */
RD_YIELDS int vm_store_stage(const struct vm_box *box, char stage[VM_PATH]);
/* It is about to be recorded there: see vm_disk_begin(). Yields. */
RD_YIELDS int vm_store_begin(const char *stage, struct vm_message *message);
/* It becomes a message, with number and id: safe on the disk when this returns 0. Whether the
 * folder is full, one asks before somebody speaks: what was said is kept. */
RD_YIELDS int vm_store_deliver(const struct vm_box *box, const char *stage, enum vm_folder folder,
			       struct vm_message *message);
/* The sound of a message or a recording, to a stage of this mailbox. */
RD_YIELDS int vm_store_copy(const char *from, const struct vm_box *box, char stage[VM_PATH]);
/* A file with its extension, whoever writes to it later. */
RD_YIELDS int vm_store_take_in(const char *file, const struct vm_box *box, char stage[VM_PATH]);
/* The same of a message, whatever number it has by now. -ENOENT: it has gone. */
RD_YIELDS int vm_store_copy_message(const struct vm_box *box, enum vm_folder folder,
				    const struct vm_message *message, const struct vm_box *to,
				    char stage[VM_PATH]);
RD_YIELDS int vm_store_discard(const char *path);

/* list: to be freed with vm_list_free(). */
RD_YIELDS int vm_store_list(const struct vm_box *box, enum vm_folder folder, struct vm_list *list);
void vm_list_free(struct vm_list *list);
/* The path of a message, which may have another number by now. -ENOENT: it has gone. */
RD_YIELDS int vm_store_locate(const struct vm_box *box, enum vm_folder folder,
			      struct vm_message *message, char path[VM_PATH]);
RD_YIELDS int vm_store_count(const struct vm_box *box, enum vm_folder folder);

/* What becomes of a message when its folder is left. */
struct vm_change {
	enum {
		VM_STAYS,
		VM_GOES, /* if it is still in that folder */
		VM_FOLLOWED, /* the owner said so: it goes from wherever others put it */
	} what;
	enum vm_folder to; /* VM_FOLDERS: it is deleted */
};
/* changes: one for each of list. -ENOENT: one was to be followed to a folder, and has gone;
 * others that have gone meanwhile are passed over. */
RD_YIELDS int vm_store_apply(const struct vm_box *box, enum vm_folder folder,
			     const struct vm_list *list, const struct vm_change *changes);

/* A recording becomes the greeting "unavail", "busy", "greet" or "temp". */
RD_YIELDS int vm_store_set_greeting(const struct vm_box *box, const char *name, const char *stage);
RD_YIELDS int vm_store_remove_greeting(const struct vm_box *box, const char *name);
/* Its path where there is one, else -ENOENT. */
RD_YIELDS int vm_store_greeting(const struct vm_box *box, const char *name, char path[VM_PATH]);

/* -- between store.c, lock.c, keeper.c -- */

/* Nobody else changes this mailbox. 0, -ENOMEM or -ECANCELED. */
RD_YIELDS int vm_lock(const char *id);
void vm_unlock(const char *id);

/* What names in tmp/ of this process begin with. */
const char *vm_store_mark(void);

#endif
