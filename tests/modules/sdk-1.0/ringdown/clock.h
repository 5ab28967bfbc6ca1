/* Ringdown SDK: time. In tests both clocks may be virtual: code that asks
 * here, and not the system, runs hours in milliseconds. */
#ifndef RINGDOWN_CLOCK_H
#define RINGDOWN_CLOCK_H

#include <time.h>

#include <ringdown/base.h>

RD_API_BEGIN

/* Monotonic; read once per loop turn. Milliseconds and microseconds. */
uint64_t rd_now_ms(void);
uint64_t rd_now_us(void);
/* The same clock, read now: what one's own work of this turn took. */
uint64_t rd_clock_us(void);

/* Time of day, microseconds since 1970. */
uint64_t rd_wall_us(void);
static inline time_t rd_wall(void)
{
	return (time_t)(rd_wall_us() / 1000000);
}

RD_API_END

#endif
