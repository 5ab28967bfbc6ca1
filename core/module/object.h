/* What is to be known of a shared object before it is opened: opening runs code of it, and
 * touches what the file may not have. On a pool thread. */
#ifndef CORE_MODULE_OBJECT_H
#define CORE_MODULE_OBJECT_H

#include <ringdown/base.h>

RD_API_BEGIN

/* Does its header speak of more than the file has? dlopen() maps what it speaks of, and
 * whoever touches what is not there is killed: a copy that ended half-way would take all
 * calls with it. What is no object at all is not cut short. */
bool rd__object_is_cut_short(const char *path);

/* The first bytes of a variable that it offers, as they are in the file: pointers are not
 * what they will be. False: it has none of that name and size, or is another machine's. */
bool rd__object_read(const char *path, const char *variable, void *bytes, size_t size);

RD_API_END

#endif
