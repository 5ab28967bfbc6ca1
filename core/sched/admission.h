/* What the loop and main.c tell admission; drivers ask in ringdown/admission.h. */
#ifndef CORE_SCHED_ADMISSION_H
#define CORE_SCHED_ADMISSION_H

#include <ringdown/admission.h>

RD_API_BEGIN

/* 0: the default: 400 ms without a pause, and a twentieth of all fibers kept back for the
 * console and for calls in progress. */
void rd__admission_limits(int lag_ms, size_t fibers_kept);
/* The daemon starts or stops: no call is taken, nor held up. */
void rd__admission_close(bool closed);
bool rd__admission_closed(void);

/* Calls that are being set up without channels. */
size_t rd__setups_running(void);

/* Turns of the loop are counted by the bits that their microseconds take. */
enum { RD__TURN_POWERS = 32 };

struct rd__admission_state {
	unsigned lag_ms; /* from pause to pause: the worst of the last half second or so */
	unsigned long refused;
	size_t fibers_max;
	enum rd_admission why; /* may a new call be taken? */
	const uint64_t *turns; /* RD__TURN_POWERS of them: less than 1 us, 2, 4, ... */
	uint64_t turns_us; /* all of them together */
};
void rd__admission_get(struct rd__admission_state *state);

RD_API_END

void rd__admission_init(void);
/* A turn of the loop took so much. */
void rd__admission_turn(uint64_t us);

#endif
