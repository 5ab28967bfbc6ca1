/* Under load the loop rests between two turns, and messages are collected. */
#ifndef CORE_SCHED_REST_H
#define CORE_SCHED_REST_H

#include <ringdown/base.h>

RD_API_BEGIN

/* So many messages a second that the loop rests? Of the tenth of a second before. */
bool rd__rest_is_busy(void);

/* What lies between two waits at least, at so many messages a second; 0: nothing. */
uint64_t rd__rest_length_us(uint64_t messages_per_s);

RD_API_END

void rd__rest_init(void);
/* Messages, since the program began. */
uint64_t rd__rest_seen(void);
/* A wait of the loop is over. */
void rd__rest_awake(void);
/* Is it too soon for the next one? */
bool rd__rest_is_due(void);
/* Sleep until it is not. */
void rd__rest(void);
/* How long that was, in all. */
uint64_t rd__rest_slept_us(void);

#endif
