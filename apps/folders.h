/* Folders for the files that applications write. */
#ifndef APPS_FOLDERS_H
#define APPS_FOLDERS_H

#include <ringdown/base.h>

/* Make all that are lacking above a file, "/var/rec/2026/x.wav", in the pool. 0, or what was
 * in the way: -EACCES, -ENOTDIR, ... Yields. */
RD_YIELDS int folders_make(const char *path);

#endif
