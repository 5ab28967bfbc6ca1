/* Time, real or virtual. The real one is read once per loop turn, when
 * somebody first asks. */
#include "core/sched/clock.h"

#define VIRTUAL_MONO_US UINT64_C(1000000000)
#define VIRTUAL_WALL_US UINT64_C(1767607200000000)

static bool is_virtual;
static bool stale = true;
static uint64_t mono_us, wall_us;

static uint64_t read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

uint64_t rd__clock_real_us(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

void rd__clock_set_virtual(void)
{
	is_virtual = true;
	mono_us = VIRTUAL_MONO_US;
	wall_us = VIRTUAL_WALL_US;
}

void rd__clock_set_real(void)
{
	is_virtual = false;
	stale = true;
}

bool rd__clock_virtual(void)
{
	return is_virtual;
}

void rd__clock_jump(uint64_t us)
{
	rd_assert(is_virtual);
	mono_us += us;
	wall_us += us;
}

void rd__clock_stale(void)
{
	stale = true;
}

uint64_t rd_now_us(void)
{
	if (stale && !is_virtual) {
		mono_us = read_clock(CLOCK_MONOTONIC);
		stale = false;
	}
	return mono_us;
}

uint64_t rd_clock_us(void)
{
	return is_virtual ? mono_us : read_clock(CLOCK_MONOTONIC);
}

uint64_t rd_now_ms(void)
{
	return rd_now_us() / 1000;
}

/* Read each time: somebody may set the system's time of day. */
uint64_t rd_wall_us(void)
{
	return is_virtual ? wall_us : read_clock(CLOCK_REALTIME);
}
