/* What a subscriber was last told, part by part, so that a document may hold what
 * is new and what has gone. A part is known by its id and a number made of all that
 * is said of it. Shared by the modules that write such documents. */
#ifndef MODULES_SIP_TOLD_H
#define MODULES_SIP_TOLD_H

#include <ringdown/list.h>
#include <ringdown/str.h>

struct told {
	struct rd_list parts;
};

#define TOLD_START 2166136261u

void told_init(struct told *told);
void told_fini(struct told *told);
/* A number for texts: told_mix(told_mix(TOLD_START, a), b). NULL is fine. */
uint32_t told_mix(uint32_t sum, const char *text);
uint32_t told_mix_str(uint32_t sum, struct rd_str text);

/* A document begins: no part was seen yet. */
void told_begin(struct told *told);
/* A part of the state: is it new, or changed since it was told? Without memory it
 * is new each time. */
bool told_part(struct told *told, const char *id, uint32_t sum);
/* Parts that were told and not seen since told_begin(), one after the other; each is
 * forgotten by the next call. NULL at the end. */
const char *told_gone(struct told *told);

#endif
