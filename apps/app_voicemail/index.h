/* The index of messages in the store: a copy of what the folders hold, for questions that
 * need no disk. The rows of a folder are good while the folder is as old as it was when they
 * were read; so what is missing or late is read again. All of this yields. */
#ifndef APPS_APP_VOICEMAIL_INDEX_H
#define APPS_APP_VOICEMAIL_INDEX_H

#include "apps/app_voicemail/disk.h"
#include "apps/app_voicemail/settings.h"

extern const struct rd_schema vm_index_schema;

/* Read a folder into it; whoever calls has the lock of the mailbox. */
RD_YIELDS int vm_index_refresh(const struct vm_box *box, enum vm_folder folder);
/* The same for those folders that have changed since, by whomever. 1: one has. */
RD_YIELDS int vm_index_check(const struct vm_box *box);
/* How many messages each folder holds. */
RD_YIELDS int vm_index_counts(const struct vm_box *box, int counts[VM_FOLDERS]);
/* Where the message of that id is. -ENOENT. */
RD_YIELDS int vm_index_find(const struct vm_box *box, const char *id, enum vm_folder *folder,
			    int *number);
/* Tell the lamps, and externnotify, how many wait. */
RD_YIELDS void vm_index_tell(const struct vm_box *box);

#endif
