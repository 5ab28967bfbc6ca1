/* Names and folders of the files that applications write. */
#ifndef APPS_FOLDERS_H
#define APPS_FOLDERS_H

#include <ringdown/base.h>

/* Make a file's name of one that anybody may have chosen: what is no letter, digit, dot, - or _
 * becomes a _, for a shell may be told of the file. */
void folders_safe_name(char *name);

/* Make all that are lacking above a file, "/var/rec/2026/x.wav", in the pool. 0, or what was
 * in the way: -EACCES, -ENOTDIR, ... Yields. */
RD_YIELDS int folders_make(const char *path);

/* The path of a recording in the folder monitor of the spool, whose name anybody may have chosen,
 * without an extension; its folder is made. 0, -ENAMETOOLONG, or what was in the way. Yields. */
RD_YIELDS int folders_recording(char *path, size_t size, const char *name);

#endif
