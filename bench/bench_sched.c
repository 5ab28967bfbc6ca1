/* What the scheduler charges: switches, fibers, conditions, timers, work for
 * other threads; in CPU time of the process, pool threads included. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ringdown/fiber.h>

#include "bench/bench.h"
#include "core/sched/sched.h"
#include "core/sched/stack.h"
#include "core/sched/watchdog.h"

enum { ROUNDS = 1000000, CROWD = 100, TIMERS = 300000, PARKED = 10000, OFFLOADS = 20000 };

static int yield_often(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS / CROWD; i++)
		rd_yield();
	return 0;
}

static void bench_switch(const char *what)
{
	double start;

	for (int i = 0; i < CROWD; i++)
		rd_fiber_new_detached("yield", yield_often, NULL);
	start = bench_cpu_us();
	rd__sched_run_idle();
	bench_row_since(what, start, ROUNDS);
}

static int end_at_once(void *arg)
{
	return arg != NULL;
}

static void bench_birth(void)
{
	double start = bench_cpu_us();

	for (int i = 0; i < ROUNDS / CROWD / 4; i++) {
		for (int n = 0; n < CROWD; n++)
			rd_fiber_new_detached("short", end_at_once, NULL);
		rd__sched_run_idle();
	}
	bench_row_since("fiber made, run, ended", start, ROUNDS / 4);
}

static struct rd_cond ping, pong;

static int play_ping(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS / 10; i++) {
		rd_cond_signal(&pong);
		rd_cond_wait(&ping, 1000);
	}
	rd_cond_signal(&pong);
	return 0;
}

static int play_pong(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS / 10; i++) {
		rd_cond_wait(&pong, 1000);
		rd_cond_signal(&ping);
	}
	return 0;
}

/* Two fibers in turn: each hop is a turn of the loop with its system call. */
static void bench_cond(void)
{
	double start;

	rd_cond_init(&ping);
	rd_cond_init(&pong);
	rd_fiber_new_detached("pong", play_pong, NULL);
	rd_fiber_new_detached("ping", play_ping, NULL);
	start = bench_cpu_us();
	rd__sched_run_idle();
	bench_row_since("condition signalled and waited for, alone", start, ROUNDS / 5);
}

static void count_fire(void *arg)
{
	++*(int *)arg;
}

static void bench_timers(void)
{
	struct rd_timer *timers = calloc(TIMERS, sizeof(*timers));
	int fired = 0;
	double start = bench_cpu_us();

	for (int i = 0; i < TIMERS; i++) {
		rd_timer_init(&timers[i], count_fire, &fired);
		rd_timer_start(&timers[i], 1000 + i % 32000);
	}
	bench_row_since("timer started, among 300,000", start, TIMERS);
	start = bench_cpu_us();
	for (int i = 0; i < TIMERS; i++)
		rd_timer_start(&timers[i * INT64_C(7919) % TIMERS], 500 + i % 32000);
	bench_row_since("timer restarted, in no order", start, TIMERS);
	start = bench_cpu_us();
	for (int i = 0; i < TIMERS; i++)
		rd_timer_stop(&timers[i]);
	bench_row_since("timer stopped", start, TIMERS);
	for (int i = 0; i < TIMERS; i++)
		rd_timer_start(&timers[i], i % 500);
	start = bench_cpu_us();
	rd__sched_run_idle();
	bench_row_since("timer fired", start, TIMERS);
	free(timers);
}

static int sleep_long(void *arg)
{
	(void)arg;
	return rd_sleep(3600000);
}

static double resident_kib(void)
{
	long size = 0, resident = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (f && fscanf(f, "%ld %ld", &size, &resident) != 2)
		resident = 0;
	if (f)
		fclose(f);
	return (double)resident * 4;
}

static void bench_parked(void)
{
	double before = resident_kib();

	for (int i = 0; i < PARKED; i++)
		rd_fiber_new_detached("parked", sleep_long, NULL);
	rd__sched_run_for(1);
	printf("%-52s %8.2f KiB  (%s)\n", "memory of a parked fiber",
	       (resident_kib() - before) / PARKED, rd__stacks_guard_kind());
	rd__fiber_cancel_all();
	rd__sched_run_idle();
}

static int do_nothing(void *arg)
{
	(void)arg;
	return 0;
}

static int offload_often(void *arg)
{
	for (int i = 0; i < OFFLOADS; i++)
		rd_offload(do_nothing, arg);
	return 0;
}

static void bench_offload(void)
{
	double start = bench_cpu_us();

	rd__sched_call(offload_often, NULL);
	bench_row_since("offload, alone (both threads)", start, OFFLOADS);
}

int main(void)
{
	if (rd__sched_init(0))
		return 1;
	bench_switch("switch to a fiber and back");
	rd__watchdog_start(0, 0);
	bench_switch("the same, watched");
	bench_birth();
	bench_cond();
	bench_timers();
	rd__watchdog_stop();
	bench_parked();
	bench_offload();
	rd__sched_fini();
	return 0;
}
