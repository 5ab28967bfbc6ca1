/* The files of one thing: PATH.wav, PATH.gsm, PATH.txt. All of this blocks. */
#ifndef APPS_APP_VOICEMAIL_PARTS_H
#define APPS_APP_VOICEMAIL_PARTS_H

#include <ringdown/base.h>

#include "apps/app_voicemail/disk.h"

/* PATH and that end, VM_LETTER or VM_BEGUN; 0 or negative. */
int vm_read_envelope(const char *path, const char *end, struct vm_message *message);

/* A file of its own; on the disk when it returns. */
int vm_copy_file(const char *from, const char *to);
/* The sound of FROM also as TO: the same file, or where that cannot be a copy. -ENOENT:
 * it has none. */
int vm_parts_link(const char *from, const char *to);
/* The sound of PATH on the disk. -ENOENT: it has none. */
int vm_parts_sync(const char *path);
/* From when its sound was begun to when it was last written; where the file system does not
 * tell, from when PATH.txt.begun was written. */
int64_t vm_parts_recorded_ms(const char *path);

/* The first name in a directory that ends so, without that end, and does not begin with keep
 * ("": any); -ENOENT. */
int vm_first_with(const char *directory, const char *end, const char *keep, char *name);
/* But names that begin with keep ("": none) stay. A directory that is not there is empty. */
int vm_empty_directory(const char *path, const char *keep);
/* Sound of messages that have no .txt. */
int vm_remove_orphans(const char *folder);

#endif
