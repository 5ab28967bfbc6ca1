/* The loop: one turn runs what is due and ready, then asks libuv. Fibers are
 * resumed from here only, never from inside a libuv callback. */
#include <signal.h>
#include <stdlib.h>
#include <uv.h>

#include <ringdown/log.h>

#include "core/base/alloc.h"
#include "core/base/usage.h"
#include "core/sched/admission.h"
#include "core/sched/clock.h"
#include "core/sched/fiber.h"
#include "core/sched/io.h"
#include "core/sched/rest.h"
#include "core/sched/sched.h"
#include "core/sched/soon.h"
#include "core/sched/timer.h"

#define FIBERS_DEFAULT 50000
#define FIBER_ROUNDS   4

static struct {
	uv_loop_t uv;
	uv_timer_t timer; /* the one: for the earliest of our timers */
	uint64_t timer_due_ms;
	uv_prepare_t before_poll;
	bool initialised, stop;
	int held;
} loop;

static _Thread_local bool is_switch_thread;

bool rd__sched_is_switch_thread(void)
{
	return is_switch_thread;
}

struct uv_loop_s *rd__sched_loop(void)
{
	return &loop.uv;
}

uint64_t rd__sched_idle_ns(void)
{
	return uv_metrics_idle_time(&loop.uv) + rd__rest_slept_us() * 1000;
}

void rd__sched_hold(void)
{
	loop.held++;
}

void rd__sched_release(void)
{
	rd_assert(loop.held > 0);
	loop.held--;
}

/* ---- libuv's end ---- */

/* A run of libuv looks at timers before it polls: one that came due since it
 * was armed fires there, and the poll would wait with none left. A stop makes
 * this one poll return at once. */
static void on_timer(uv_timer_t *timer)
{
	(void)timer;
	loop.timer_due_ms = 0;
	uv_stop(&loop.uv);
}

static void on_before_poll(uv_prepare_t *prepare)
{
	uint64_t began_us = rd_now_us();

	(void)prepare;
	if (!rd__clock_virtual())
		rd__admission_turn(rd__clock_real_us() - began_us);
	rd__clock_stale();
}

/* Real clock: let libuv wake up when the next timer is due. */
static void arm_timer(void)
{
	uint64_t due, now;

	if (!rd__timers_next(&due)) {
		uv_timer_stop(&loop.timer);
		loop.timer_due_ms = 0;
		return;
	}
	if (due == loop.timer_due_ms)
		return;
	loop.timer_due_ms = due;
	now = rd_now_ms();
	uv_update_time(&loop.uv);
	uv_timer_start(&loop.timer, on_timer, due > now ? due - now : 0, 0);
}

static bool something_ready(void)
{
	uint64_t due;

	return rd__fibers_ready() || (rd__timers_next(&due) && due <= rd_now_ms());
}

static void poll_now(void)
{
	uv_run(&loop.uv, UV_RUN_NOWAIT);
}

static void poll_and_wait(void)
{
	uv_run(&loop.uv, UV_RUN_ONCE);
}

/* ---- the turn ---- */

/* Fibers wake fibers: a few rounds of them, before others have their turn. */
static void run_what_is_ready(void)
{
	rd__timers_run(rd_now_ms());
	for (int round = 0; round < FIBER_ROUNDS && rd__fibers_ready(); round++)
		rd__fibers_run();
}

/* Nothing can happen at this moment: let time pass to the next timer, or
 * wait for what other threads are busy with. */
static void wait_virtual(void)
{
	bool held = loop.held > 0;
	uint64_t due;

	poll_now();
	/* What was waited for has come, and may have readied nobody. */
	if (something_ready() || (held && loop.held == 0))
		return;
	if (loop.held > 0 || !rd__timers_next(&due))
		poll_and_wait();
	else
		rd__clock_jump(due * 1000 - rd_now_us());
}

static bool nothing_comes(void)
{
	uint64_t before = rd__rest_seen();

	poll_now();
	return rd__rest_seen() == before && !something_ready();
}

static void wait_real(void)
{
	if (rd__rest_is_due()) {
		if (!nothing_comes())
			return;
		rd__rest();
	}
	arm_timer();
	poll_and_wait();
	rd__rest_awake();
}

static void pass_time(void)
{
	if (rd__clock_virtual())
		wait_virtual();
	else
		wait_real();
}

/* Turn after turn until enough(arg) or a stop. */
static void run_until(bool (*enough)(void *arg), void *arg)
{
	while (!loop.stop) {
		run_what_is_ready();
		if (loop.stop || (enough && enough(arg)))
			break;
		if (something_ready())
			poll_now();
		else
			pass_time();
	}
	loop.stop = false;
}

void rd__sched_run(void)
{
	run_until(NULL, NULL);
}

void rd__sched_stop(void)
{
	loop.stop = true;
}

static bool anything_left(void)
{
	uint64_t due;

	return something_ready() || loop.held > 0 || rd__timers_next(&due);
}

void rd__sched_run_idle(void)
{
	for (;;) {
		run_what_is_ready();
		poll_now();
		if (!anything_left())
			return;
		if (!something_ready())
			pass_time();
	}
}

struct until {
	bool (*done)(void *arg);
	void *arg;
	bool late;
};

static void on_deadline(void *arg)
{
	struct until *until = arg;

	until->late = true;
}

static bool until_enough(void *arg)
{
	struct until *until = arg;

	return until->late || (until->done && until->done(until->arg));
}

bool rd__sched_run_until(bool (*done)(void *arg), void *arg, int ms)
{
	struct until until = { .done = done, .arg = arg };
	struct rd_timer deadline;

	rd_timer_init(&deadline, on_deadline, &until);
	rd_timer_start(&deadline, ms);
	run_until(until_enough, &until);
	rd_timer_stop(&deadline);
	return !until.late;
}

void rd__sched_run_for(int ms)
{
	rd__sched_run_until(NULL, NULL, ms);
}

struct call {
	int (*fn)(void *arg);
	void *arg;
	int rc;
	bool done;
};

static int call_main(void *arg)
{
	struct call *call = arg;

	call->rc = call->fn(call->arg);
	call->done = true;
	return 0;
}

static bool call_enough(void *arg)
{
	return ((struct call *)arg)->done;
}

int rd__sched_call(int (*fn)(void *arg), void *arg)
{
	struct call call = { .fn = fn, .arg = arg };
	int rc = rd_fiber_new_detached("main", call_main, &call);

	if (rc == 0)
		run_until(call_enough, &call);
	return rc ? rc : call.rc;
}

static bool nobody_left(void *arg)
{
	(void)arg;
	return rd__fiber_count() == 0 && rd__offload_running() == 0;
}

bool rd__sched_end_all(int ms)
{
	struct rd__fiber_info info = { 0 };

	rd__fiber_cancel_all();
	if (rd__sched_run_until(nobody_left, NULL, ms))
		return true;
	while (rd__fiber_next(info.fiber, &info, false))
		rd_error("fiber %s: does not end; it waits in %s for %llu ms", info.name,
			 info.wait, (unsigned long long)info.waited_ms);
	if (rd__offload_running())
		rd_error("pool: jobs that do not end: %d", rd__offload_running());
	return false;
}

/* ---- start and end ---- */

/* The pool also does name service, which may take seconds each. */
static void size_the_pool(void)
{
	setenv(RD__POOL_THREADS, "8", 0);
}

static void do_nothing(uv_work_t *work)
{
	(void)work;
}

static void pool_works(uv_work_t *work, int status)
{
	(void)status;
	*(bool *)work->data = true;
}

/* Whoever is the first to ask the pool waits for its threads to be made. */
static int start_the_pool(void)
{
	bool works = false;
	uv_work_t work = { .data = &works };
	int rc = uv_queue_work(&loop.uv, &work, do_nothing, pool_works);

	while (rc == 0 && !works)
		uv_run(&loop.uv, UV_RUN_ONCE);
	return rc;
}

/* Before anything that fails: rd__sched_fini() closes them. */
static void init_handles(void)
{
	rd_assert(uv_timer_init(&loop.uv, &loop.timer) == 0);
	rd_assert(uv_prepare_init(&loop.uv, &loop.before_poll) == 0);
	uv_unref((uv_handle_t *)&loop.before_poll);
}

static int start_handles(void)
{
	int rc = start_the_pool();

	if (rc == 0)
		rc = uv_prepare_start(&loop.before_poll, on_before_poll);
	return rc ? rc : rd__soon_init(&loop.uv);
}

int rd__sched_init(size_t max_fibers)
{
	int rc;

	rd_assert(!loop.initialised);
	/* A peer that is gone or a file that is full is an error of write(), not a signal. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	size_the_pool();
	rc = rd__stacks_init(max_fibers);
	if (rc)
		return rc;
	if (!max_fibers)
		max_fibers = RD_MIN(FIBERS_DEFAULT, rd__stacks_possible());
	rc = uv_loop_init(&loop.uv);
	if (rc)
		return rc;
	uv_loop_configure(&loop.uv, UV_METRICS_IDLE_TIME);
	loop.initialised = true;
	loop.held = 0;
	loop.timer_due_ms = 0;
	is_switch_thread = true;
	rd__usage_start();
	rd__alloc_main_thread(true);
	init_handles();
	rc = start_handles();
	rd__clock_stale();
	rd__timers_init();
	rd__fibers_init(max_fibers);
	rd__io_init(&loop.uv);
	rd__admission_init();
	rd__rest_init();
	if (rc)
		rd__sched_fini();
	return rc;
}

void rd__sched_fini(void)
{
	if (!loop.initialised)
		return;
	rd__fibers_fini();
	rd__soon_fini();
	rd__io_fini();
	uv_close((uv_handle_t *)&loop.timer, NULL);
	uv_close((uv_handle_t *)&loop.before_poll, NULL);
	while (uv_run(&loop.uv, UV_RUN_NOWAIT))
		;
	rd_assert(uv_loop_close(&loop.uv) == 0);
	rd__stacks_fini();
	is_switch_thread = false;
	rd__alloc_main_thread(false);
	loop.initialised = false;
}
