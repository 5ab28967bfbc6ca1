/* Who has references of something: modules, a few of them, in a table that lies in what they
 * keep. So who keeps one for good is named. */
#ifndef CORE_BASE_KEEPERS_H
#define CORE_BASE_KEEPERS_H

#include <ringdown/base.h>

struct rd__usage;

struct rd__keeper {
	uint16_t usage, count; /* count 0: a row that is free */
};

RD_API_BEGIN

/* Whose code has called, by the usage of where it did: a call that is the last thing that a
 * function does seems to come from where that was called, so then it is who works. 0: the core. */
unsigned rd__keeper_calling(const struct rd__usage *usage);
/* NULL: it has none. */
struct rd__keeper *rd__keepers_find(struct rd__keeper *keepers, size_t n, unsigned usage);
/* The core's are not counted. Where there is no room for one more, nobody is accused. */
void rd__keepers_add(struct rd__keeper *keepers, size_t n, unsigned usage);
/* What one has taken, another may give back. */
void rd__keepers_remove(struct rd__keeper *keepers, size_t n, unsigned usage);

RD_API_END

#endif
