/* Whether new calls are taken: by the lag of the loop, by the pauses that it
 * finds between its work, and by the fibers left. */
#include <stdio.h>

#include "core/sched/admission.h"
#include "core/sched/clock.h"
#include "core/sched/fiber.h"
#include "core/sched/sched.h"

#define WINDOW_US 250000

/* A poll that takes longer has slept: it found nothing to do. */
#define SLEPT_US 10

/* Without a tenth of its time to itself, for so many windows, the loop only
 * just keeps up or does not, however short its turns are. */
#define PAUSE_SHARE 10
#define WINDOWS_WITHOUT_PAUSE 2

static struct {
	int lag_limit_ms;
	size_t kept;
	bool closed;
	unsigned long refused;
	/* the worst lag of this window and of the one before */
	uint64_t window_began_us, worst_us, former_us;
	uint64_t paused_us;   /* in this window */
	unsigned busy_windows; /* one after the other, up to now */
	uint64_t paused_last_us;
} admission;

void rd__admission_init(void)
{
	admission.window_began_us = rd_now_us();
	admission.worst_us = admission.former_us = 0;
	admission.paused_us = 0;
	admission.busy_windows = 0;
	admission.paused_last_us = rd_now_us();
	admission.refused = 0;
	admission.closed = false;
	rd__admission_limits(0, 0);
}

void rd__admission_limits(int lag_ms, size_t fibers_kept)
{
	admission.lag_limit_ms = lag_ms ? lag_ms : 100;
	admission.kept = fibers_kept ? fibers_kept : rd__fibers_max() / 20 + 1;
}

void rd__admission_close(bool closed)
{
	admission.closed = closed;
}

bool rd__admission_closed(void)
{
	return admission.closed;
}

/* On the virtual clock nobody knows how busy the loop was. */
static void judge_pauses(uint64_t window_us)
{
	bool busy = admission.paused_us * PAUSE_SHARE < window_us && !rd__clock_virtual();

	admission.busy_windows = busy ? admission.busy_windows + 1 : 0;
	if (!busy)
		admission.paused_last_us = rd_now_us();
	admission.paused_us = 0;
}

static void roll_window(void)
{
	uint64_t age = rd_now_us() - admission.window_began_us;

	if (age < WINDOW_US)
		return;
	judge_pauses(age);
	admission.former_us = age < 2 * WINDOW_US ? admission.worst_us : 0;
	admission.worst_us = 0;
	admission.window_began_us = rd_now_us();
}

void rd__admission_lag(uint64_t us)
{
	roll_window();
	admission.worst_us = RD_MAX(admission.worst_us, us);
}

void rd__admission_poll(uint64_t us)
{
	if (us > SLEPT_US)
		admission.paused_us += us;
}

static uint64_t lag_us(void)
{
	roll_window();
	return RD_MAX(admission.worst_us, admission.former_us);
}

static enum rd_admission judge(void)
{
	if (admission.closed)
		return RD_ADMISSION_CLOSED;
	if (rd__fiber_count() + admission.kept >= rd__fibers_max())
		return RD_ADMISSION_FIBERS;
	if (lag_us() > (uint64_t)admission.lag_limit_ms * 1000)
		return RD_ADMISSION_LAG;
	if (admission.busy_windows >= WINDOWS_WITHOUT_PAUSE)
		return RD_ADMISSION_BUSY;
	return RD_ADMISSION_OPEN;
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
		snprintf(text, sizeof(text), "the switch thread is %llu ms late",
			 (unsigned long long)lag_us() / 1000);
		return text;
	case RD_ADMISSION_BUSY:
		snprintf(text, sizeof(text), "the switch thread has had no pause for %llu ms",
			 (unsigned long long)(rd_now_us() - admission.paused_last_us) / 1000);
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
	state->lag_ms = (unsigned)(lag_us() / 1000);
	state->refused = admission.refused;
	state->fibers_max = rd__fibers_max();
}
