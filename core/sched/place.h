/* Code addresses as people can use them. */
#ifndef RD_CORE_SCHED_PLACE_H
#define RD_CORE_SCHED_PLACE_H

#include <stddef.h>

/* "app_dial.so+0x1a2b" (for addr2line), or "rd_play+0x12 ringdown+0x91f2"
 * where the symbol is exported. */
void rd__place_name(const void *place, char *buf, size_t size);

#endif
