/* Work for the pool threads, from a fiber or from event-driven code. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uv.h>

#include <ringdown/fiber.h>
#include <ringdown/list.h>

#include "core/base/context.h"
#include "core/base/thread.h"
#include "core/base/usage.h"
#include "core/sched/clock.h"
#include "core/sched/fiber.h"
#include "core/sched/sched.h"
#include "core/sched/watchdog.h"

/* More waiting than this means that the disk or a name server is stuck. */
#define QUEUE_MAX 4096

static int in_flight;
static struct rd_list jobs = RD_LIST_INIT(jobs); /* that run, or wait for a thread */

/* Those that call back, and who waits for how many of them. */
static struct rd_list to_call = RD_LIST_INIT(to_call);
static struct rd_fiber *settling;
static int awaited;

struct job {
	uv_work_t work;
	int (*fn)(void *arg);
	void *arg;
	int rc;
	struct rd_fiber *fiber;
	void (*done)(int rc, void *arg);
	struct rd_list in_jobs;
	atomic_uint_fast64_t began_us; /* to run; 0: it waits */
	struct rd_list link; /* of to_call, where there is `done` */
	bool awaited;
	const char *subject; /* the fiber's, or kept behind the job; NULL: none */
};

/* The library has made the thread; it is met here first. */
static void adopt_thread(void)
{
	static _Thread_local bool adopted;

	if (!adopted)
		rd__pthread_adopt("pool");
	adopted = true;
}

static uint64_t thread_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* For whom this thread works, and since when it has; NULL: it is none of the pool's, or idle. */
static _Thread_local struct {
	struct rd__usage *usage;
	uint64_t began_ns;
} turn;

struct rd__usage *rd__offload_enter(struct rd__usage *usage)
{
	if (turn.usage) {
		uint64_t now = thread_ns();

		atomic_fetch_add(&turn.usage->pool_ns, now - turn.began_ns);
		turn.usage = usage;
		turn.began_ns = now;
	}
	return rd__usage_enter(usage);
}

static void work(uv_work_t *request)
{
	struct job *job = RD_CONTAINER_OF(request, struct job, work);

	adopt_thread();
	rd__context_subject = job->subject;
	atomic_store(&job->began_us, rd__clock_real_us());
	turn.usage = rd__usage_at((const void *)job->fn);
	turn.began_ns = thread_ns();
	rd__usage_enter(turn.usage);
	job->rc = job->fn(job->arg);
	rd__offload_enter(rd__usages);
	turn.usage = NULL;
	rd__context_subject = NULL;
}

static int submit(struct job *job, uv_after_work_cb after)
{
	int rc;

	if (in_flight >= QUEUE_MAX)
		return -EAGAIN;
	rc = uv_queue_work(rd__sched_loop(), &job->work, work, after);
	if (rc == 0) {
		in_flight++;
		rd_list_push(&jobs, &job->in_jobs);
		rd__sched_hold();
	}
	return rc;
}

void rd__offload_look(uint64_t stale_ms, struct rd__pool_state *state)
{
	const char *threads = getenv(RD__POOL_THREADS);
	uint64_t now_us = rd__clock_real_us();

	*state = (struct rd__pool_state){ .threads = threads ? atoi(threads) : 0 };
	rd_list_foreach(node, tmp, &jobs) {
		const struct job *job = rd_list_entry(node, struct job, in_jobs);
		uint64_t began_us = atomic_load(&job->began_us);
		uint64_t age_ms = began_us && now_us > began_us ? (now_us - began_us) / 1000 : 0;

		state->waiting += !began_us;
		if (age_ms <= stale_ms)
			continue;
		state->stale++;
		if (age_ms > state->longest_ms) {
			state->longest_ms = age_ms;
			state->code = (const void *)job->fn;
		}
	}
}

int rd__offload_running(void)
{
	return in_flight;
}

static void came_back(struct job *job)
{
	in_flight--;
	rd_list_remove(&job->in_jobs);
	rd__sched_release();
}

static void wake_fiber(uv_work_t *request, int status)
{
	struct job *job = RD_CONTAINER_OF(request, struct job, work);

	(void)status;
	came_back(job);
	rd__wake(job->fiber, 0);
}

/* The request may lie on the fiber's stack because nothing ends this wait
 * but its completion. */
int rd_offload(int (*fn)(void *arg), void *arg)
{
	struct job job = {
		.fn = fn, .arg = arg, .fiber = rd_fiber_self(), .subject = rd__fiber_subject()
	};
	int rc;

	if (rd__wait_refused())
		return -ECANCELED;
	rc = submit(&job, wake_fiber);
	if (rc == 0)
		rd__park_deaf("offload", __builtin_return_address(0));
	return rc ? rc : job.rc;
}

static void call_done(uv_work_t *request, int status)
{
	struct job *job = RD_CONTAINER_OF(request, struct job, work);
	void (*done)(int rc, void *arg) = job->done;
	void *arg = job->arg;
	bool last = job->awaited && --awaited == 0;
	const char *outer;
	int rc = job->rc;

	(void)status;
	came_back(job);
	rd_list_remove(&job->link);
	rd__slice_begin((const void *)done, NULL);
	outer = rd_fiber_set_subject(job->subject);
	if (done)
		done(rc, arg);
	rd_fiber_set_subject(outer);
	rd__slice_end((const void *)done);
	rd_free(job);
	if (last)
		rd__wake(settling, 0);
}

int rd_offload_then(int (*fn)(void *arg), void (*done)(int rc, void *arg), void *arg)
{
	const char *subject = rd__context_get().channel;
	size_t size = subject ? strlen(subject) + 1 : 0;
	struct job *job = rd_zalloc(sizeof(*job) + size);
	int rc;

	if (!job)
		return -ENOMEM;
	job->fn = fn;
	job->arg = arg;
	job->done = done;
	if (subject)
		job->subject = memcpy(job + 1, subject, size);
	rc = submit(job, call_done);
	if (rc)
		rd_free(job);
	else
		rd_list_push(&to_call, &job->link);
	return rc;
}

static bool is_of(const struct job *job, const void *begin, const void *end)
{
	uintptr_t fn = (uintptr_t)job->fn;

	return fn >= (uintptr_t)begin && fn < (uintptr_t)end;
}

size_t rd__offloads_in(const void *begin, const void *end)
{
	size_t count = 0;

	rd_list_foreach(node, tmp, &to_call)
		count += is_of(rd_list_entry(node, struct job, link), begin, end);
	return count;
}

static int await_those_of(const void *begin, const void *end)
{
	awaited = 0;
	rd_list_foreach(node, tmp, &to_call) {
		struct job *job = rd_list_entry(node, struct job, link);

		job->awaited = is_of(job, begin, end);
		awaited += job->awaited;
	}
	return awaited;
}

static void await_none(void *late)
{
	*(bool *)late = true;
	await_those_of(NULL, NULL);
	rd__wake(settling, 0);
}

/* What is called back may offload again. */
void rd__offload_settle(const void *begin, const void *end, int ms)
{
	struct rd_timer deadline;
	bool late = false;

	rd_assert(!settling);
	settling = rd_fiber_self();
	rd_timer_init(&deadline, await_none, &late);
	rd_timer_start(&deadline, ms);
	while (!late && await_those_of(begin, end))
		rd__park_deaf("offload", __builtin_return_address(0));
	rd_timer_stop(&deadline);
	settling = NULL;
}
