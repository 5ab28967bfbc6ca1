/* Whether new calls are taken: by how long the loop has had no pause, and by the
 * fibers left.
 *
 * A loop that asks for events and finds none has caught up: nothing has waited
 * for longer than since then. One that keeps up, however busy, pauses every few
 * milliseconds; one that does not, never. A single turn that took long (a module
 * that blocked, a machine that had no time for us) is forgiven: what came meanwhile
 * is soon dealt with, and refusing it would help nobody. */
#include <stdio.h>

#include "core/sched/admission.h"
#include "core/sched/clock.h"
#include "core/sched/fiber.h"
#include "core/sched/sched.h"

/* Callers who hear nothing repeat themselves after 500 ms (RFC 3261, T1), and make it
 * worse; before, nobody minds. */
#define DEFAULT_LAG_MS 400

/* For consoles and what else is no call, and for what calls that run still need. */
enum { KEPT_LEAST = 10 };

/* What is shown as "lately" lasts one to two of these. */
#define WINDOW_US 250000

static struct {
	uint64_t lag_limit_us;
	size_t kept;
	bool closed;
	unsigned long refused;
	uint64_t idle_ns; /* the loop's, when last looked at */
	uint64_t paused_us; /* when the last pause ended */
	uint64_t longest_us; /* turn since then */
	/* for show: the longest way to a pause, of this window and the one before */
	uint64_t window_began_us, worst_us, former_us;
} admission;

/* Turns of the loop since the program began. */
static uint64_t turns[RD__TURN_POWERS], turns_us;

/* Calls without channels that have no answer yet, for whoever waits for all calls. */
static size_t setups;

void rd__admission_init(void)
{
	admission.idle_ns = rd__sched_idle_ns();
	admission.window_began_us = admission.paused_us = rd_now_us();
	admission.worst_us = admission.former_us = admission.longest_us = 0;
	admission.refused = 0;
	admission.closed = false;
	rd__admission_limits(0, 0);
}

void rd__admission_limits(int lag_ms, size_t fibers_kept)
{
	admission.lag_limit_us = (uint64_t)(lag_ms ? lag_ms : DEFAULT_LAG_MS) * 1000;
	admission.kept = fibers_kept ? fibers_kept : rd__fibers_max() / 20 + KEPT_LEAST;
}

void rd__admission_close(bool closed)
{
	admission.closed = closed;
}

bool rd__admission_closed(void)
{
	return admission.closed;
}

void rd_setup_begin(void)
{
	setups++;
}

void rd_setup_end(void)
{
	rd_assert(setups > 0);
	setups--;
}

size_t rd__setups_running(void)
{
	return setups;
}

static void notice_pause(void)
{
	uint64_t idle_ns = rd__sched_idle_ns();

	if (idle_ns == admission.idle_ns)
		return;
	admission.idle_ns = idle_ns;
	admission.paused_us = rd_now_us();
	admission.longest_us = 0;
}

/* Since the last pause. On the virtual clock nobody knows how busy the loop was. */
static uint64_t lag_us(void)
{
	if (rd__clock_virtual())
		return 0;
	notice_pause();
	return rd_now_us() - admission.paused_us;
}

static void note_for_show(uint64_t lag_us)
{
	uint64_t age = rd_now_us() - admission.window_began_us;

	if (age >= WINDOW_US) {
		admission.former_us = age < 2 * WINDOW_US ? admission.worst_us : 0;
		admission.worst_us = 0;
		admission.window_began_us = rd_now_us();
	}
	admission.worst_us = RD_MAX(admission.worst_us, lag_us);
}

static unsigned bits_of(uint32_t n)
{
	return n ? 32 - (unsigned)__builtin_clz(n) : 0;
}

void rd__admission_turn(uint64_t us)
{
	notice_pause();
	admission.longest_us = RD_MAX(admission.longest_us, us);
	turns[us >> (RD__TURN_POWERS - 1) ? RD__TURN_POWERS - 1 : bits_of((uint32_t)us)]++;
	turns_us += us;
	note_for_show(lag_us() + us);
}

static bool is_behind(void)
{
	return lag_us() > admission.lag_limit_us + admission.longest_us;
}

static enum rd_admission judge(void)
{
	if (admission.closed)
		return RD_ADMISSION_CLOSED;
	if (rd__fiber_count() + admission.kept >= rd__fibers_max())
		return RD_ADMISSION_FIBERS;
	return is_behind() ? RD_ADMISSION_LAG : RD_ADMISSION_OPEN;
}

/* Lag passes in seconds; fibers come free when calls end. */
static int retry_after(enum rd_admission why)
{
	int spread = (int)(admission.refused % 8);

	return why == RD_ADMISSION_FIBERS ? 10 + 2 * spread : 2 + spread;
}

enum rd_admission rd_admission_ask(int *retry_after_s)
{
	enum rd_admission why = judge();

	if (why == RD_ADMISSION_OPEN)
		return why;
	admission.refused++;
	if (retry_after_s)
		*retry_after_s = retry_after(why);
	return why;
}

const char *rd_admission_text(enum rd_admission why)
{
	static char text[96];

	switch (why) {
	case RD_ADMISSION_LAG:
		snprintf(text, sizeof(text), "the switch thread has had no pause for %llu ms",
			 (unsigned long long)lag_us() / 1000);
		return text;
	case RD_ADMISSION_FIBERS:
		snprintf(text, sizeof(text), "%zu of %zu fibers are in use", rd__fiber_count(),
			 rd__fibers_max());
		return text;
	case RD_ADMISSION_CLOSED:
		return "the daemon starts or stops";
	case RD_ADMISSION_OPEN:
		break;
	}
	return "new calls are taken";
}

void rd__admission_get(struct rd__admission_state *state)
{
	note_for_show(lag_us());
	state->lag_ms = (unsigned)(RD_MAX(admission.worst_us, admission.former_us) / 1000);
	state->refused = admission.refused;
	state->fibers_max = rd__fibers_max();
	state->why = judge();
	state->turns = turns;
	state->turns_us = turns_us;
}
