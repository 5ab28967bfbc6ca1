/* Code addresses as people can use them. */
#ifndef CORE_SCHED_PLACE_H
#define CORE_SCHED_PLACE_H

#include <ringdown/base.h>

RD_API_BEGIN

/* "app_dial.so+0x1a2b" (for addr2line), or "rd_play+0x12 ringdown+0x91f2"
 * where the symbol is exported. */
void rd__place_name(const void *place, char *buf, size_t size);

/* Is it in the program itself? */
bool rd__place_in_program(const void *place);

/* The name of the module whose code it is; false when it is in none. */
bool rd__place_module(const void *place, char *name, size_t size);
/* The scheduler knows no modules: who tells. NULL takes it back. May be asked
 * on any thread. */
void rd__place_set_owner(bool (*owner)(const void *place, char *name, size_t size));

RD_API_END

#endif
