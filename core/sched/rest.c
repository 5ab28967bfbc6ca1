/* Rest under load. Waking up costs more than most of what the loop is woken for:
 * the caches have been cooled by others meanwhile. So when many messages come, at
 * least so much time lies between two waits. When few come, none of them is held up. */
#include <ringdown/io.h>

#include "core/sched/clock.h"
#include "core/sched/rest.h"

enum {
	TOGETHER = 16, /* how many messages a rest aims to collect, within these: */
	SHORTEST_US = 4000,
	LONGEST_US = 8000,
	LEAST_US = 200, /* shorter is not worth a system call */
	WINDOW_US = 100000,
	BUSY_PER_S = 500, /* messages; a call alone has six */
};

static struct {
	uint64_t window_began_us, awake_us;
	uint64_t seen, seen_before; /* messages; before this window */
	uint64_t slept_us;
	uint64_t us; /* between two waits; 0: none */
} rest;

void rd__rest_init(void)
{
	rest.window_began_us = rest.awake_us = rd_now_us();
	rest.seen_before = rest.seen;
	rest.us = 0;
}

void rd_io_load(unsigned messages)
{
	rest.seen += messages;
}

uint64_t rd__rest_seen(void)
{
	return rest.seen;
}

bool rd__rest_is_busy(void)
{
	return rest.us > 0;
}

/* The more come, the shorter: what waits is to fit into the socket. */
uint64_t rd__rest_length_us(uint64_t messages_per_s)
{
	if (messages_per_s < BUSY_PER_S)
		return 0;
	return RD_MAX(RD_MIN(TOGETHER * UINT64_C(1000000) / messages_per_s, LONGEST_US),
		      SHORTEST_US);
}

static void measure(uint64_t now_us)
{
	uint64_t span = now_us - rest.window_began_us;

	if (span < WINDOW_US)
		return;
	rest.us = rd__rest_length_us((rest.seen - rest.seen_before) * 1000000 / span);
	if (span >= 2 * WINDOW_US) /* it has silence in it */
		rest.us = 0;
	rest.window_began_us = now_us;
	rest.seen_before = rest.seen;
}

void rd__rest_awake(void)
{
	rest.awake_us = rd_now_us();
	measure(rest.awake_us);
}

bool rd__rest_is_due(void)
{
	return rest.us && rd__clock_real_us() + LEAST_US < rest.awake_us + rest.us;
}

void rd__rest(void)
{
	uint64_t until_us = rest.awake_us + rest.us;
	struct timespec until = { .tv_sec = (time_t)(until_us / 1000000),
				  .tv_nsec = (long)(until_us % 1000000 * 1000) };

	uint64_t began_us = rd__clock_real_us();

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
	rd__clock_stale();
	rest.slept_us += rd_now_us() - began_us;
}

uint64_t rd__rest_slept_us(void)
{
	return rest.slept_us;
}
