/* The store's thread: takes jobs in order, and sends each back to the switch
 * thread. Waking it costs more than a write, so writes that come soon after others
 * gather for a moment: one transaction. A commit outlives this process at once, and
 * the machine when it is synced, a little later. */
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include <ringdown/fiber.h>
#include <ringdown/log.h>

#include "core/base/thread.h"
#include "core/sched/clock.h"
#include "core/sched/fiber.h"
#include "core/sched/sched.h"
#include "core/sched/traps.h"
#include "core/store/thread.h"

#define REST_FIRST_US  5000
#define RETRY_FIRST_US 1000000
#define RETRY_MAX_US   60000000
#define REFUSED_MAX    100000 /* about 30 MiB */

static struct {
	bool running; /* the switch thread's own, and so apart from the rest */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct rd_list jobs;
	bool stop;
	bool hurry; /* somebody waits for one of the jobs */
	bool flush; /* or for what was written */
	bool gathering; /* writes wait until then: */
	uint64_t gather_until_us;
	uint64_t taken_us; /* when some were taken last */
	uint64_t sleeps_until_us; /* 0: it is awake, or is being woken */
	uint64_t rest_us; /* after which more are */
	unsigned rest_max_us, sync_us;

	/* the thread's own */
	bool in_transaction;
	uint64_t write_until_us; /* what is begun now is committed then */
	uint64_t commit_at_us;
	struct rd_list uncommitted; /* done, but not in the file yet */
	bool dirty;		    /* something is there and not synced */
	bool sync_now;
	uint64_t sync_at_us;
	struct rd_list unsynced; /* who waits for that */
	struct rd_list refused; /* by the disk, in order; tried again: */
	size_t lost_count;
	uint64_t retry_at_us;
	bool last_try;
	const char *path;
	/* written by the thread, for whoever looks */
	atomic_size_t refused_count;
	_Atomic uint64_t retry_us; /* 0 while the disk takes all */
	atomic_bool moved; /* and it was told */
	int open_rc;
	bool opened;
} store = { .lock = PTHREAD_MUTEX_INITIALIZER };

void rd__store_look(struct rd__store_state *state)
{
	state->waiting = store.refused_count;
	state->is_stuck = store.retry_us;
	state->is_moved = store.moved;
}

bool rd__store_thread_running(void)
{
	return store.running;
}

static void send_back(struct rd__job *job, int rc)
{
	job->rc = rc;
	rd__soon_post(&job->soon);
}

/* ---- what the disk refuses, on the thread ---- */

/* Or is it the statement's own fault? */
static bool is_of_the_disk(int rc)
{
	return rc == -ENOSPC || rc == -EIO || rc == -EBUSY || rc == -EROFS;
}

static void put_off(void)
{
	if (!store.retry_us)
		rd_error("store: what is written waits in memory until the disk takes it");
	store.retry_us = RD_MAX(RD_MIN(store.retry_us * 2, RETRY_MAX_US), RETRY_FIRST_US);
	store.retry_at_us = rd__clock_real_us() + store.retry_us;
}

static void refuse(struct rd__job *job, int rc)
{
	if (store.last_try || store.refused_count == REFUSED_MAX) {
		store.lost_count++;
		send_back(job, rc);
		return;
	}
	if (rd_list_empty(&store.refused))
		put_off();
	job->rc = 0;
	rd_list_push(&store.refused, &job->link);
	store.refused_count++;
}

static void report(struct rd__job *job, int rc)
{
	if (job->keep && is_of_the_disk(rc))
		refuse(job, rc);
	else
		send_back(job, rc);
}

/* ---- transactions, on the thread ---- */

int rd__transaction_begin(void)
{
	int rc;

	if (store.in_transaction) {
		store.commit_at_us = RD_MIN(store.commit_at_us, store.write_until_us);
		return 0;
	}
	rc = rd__sqlite_exec("BEGIN IMMEDIATE");
	if (rc)
		return rc;
	store.in_transaction = true;
	store.commit_at_us = store.write_until_us;
	return 0;
}

/* rc: what became of all that was in the transaction. */
static void transaction_over(int rc)
{
	struct rd_list *node;

	store.in_transaction = false;
	while ((node = rd_list_pop(&store.uncommitted))) {
		struct rd__job *job = rd_list_entry(node, struct rd__job, link);

		if (rc || job->rc || job->keep)
			report(job, job->rc ? job->rc : rc);
		else
			rd_list_push(&store.unsynced, &job->link);
	}
}

static void committed(void)
{
	if (!store.dirty)
		store.sync_at_us = rd__clock_real_us() + store.sync_us;
	store.dirty = true;
	transaction_over(0);
}

/* A file without a name takes all that is written, and is gone with us. */
static void look_for_file(void)
{
	bool moved = rd__connection_moved();

	if (moved && !store.moved)
		rd_error("store: %s was moved or removed: what is stored from now on will not "
			 "be there after the next start",
			 store.path);
	store.moved = moved;
}

static void sync_all(void)
{
	struct rd_list *node;
	int rc = rd__connection_sync();

	look_for_file();
	store.dirty = false;
	while ((node = rd_list_pop(&store.unsynced)))
		report(rd_list_entry(node, struct rd__job, link), rc);
}

void rd__transaction_undo(int rc)
{
	if (!sqlite3_get_autocommit(rd__connection()))
		rd__sqlite_exec("ROLLBACK");
	transaction_over(rc);
}

int rd__transaction_commit(void)
{
	int rc = store.in_transaction ? rd__sqlite_exec("COMMIT") : 0;

	if (rc)
		rd__transaction_undo(rc);
	else if (store.in_transaction)
		committed();
	return rc;
}

/* ---- the thread ---- */

/* A full disk makes sqlite take the whole transaction back by itself. */
static void notice_rollback(int rc)
{
	if (store.in_transaction && sqlite3_get_autocommit(rd__connection()))
		transaction_over(rc ? rc : -EIO);
}

static void run_job(struct rd__job *job)
{
	int rc;

	if (job->keep && !rd_list_empty(&store.refused)) {
		refuse(job, -ENOSPC); /* behind those that came before it */
		return;
	}
	rc = job->run(job);
	notice_rollback(rc);
	if (!job->until_committed || !store.in_transaction || (job->keep && is_of_the_disk(rc))) {
		report(job, rc);
		return;
	}
	job->rc = rc;
	rd_list_push(&store.uncommitted, &job->link);
}

static void run_jobs(struct rd_list *jobs)
{
	struct rd_list *node;

	while ((node = rd_list_pop(jobs)))
		run_job(rd_list_entry(node, struct rd__job, link));
}

static void say_lost(void)
{
	if (store.lost_count)
		rd_error("store: %zu write%s lost, the disk did not take %s in time",
			 store.lost_count, store.lost_count == 1 ? " is" : "s are",
			 store.lost_count == 1 ? "it" : "them");
	store.lost_count = 0;
}

static void try_again(void)
{
	struct rd_list jobs;

	rd_list_init(&jobs);
	rd_list_take(&jobs, &store.refused);
	store.refused_count = 0;
	run_jobs(&jobs);
	rd__transaction_commit();
	if (!rd_list_empty(&store.refused))
		return;
	store.retry_us = 0;
	if (!store.lost_count)
		rd_notice("store: the disk has taken what waited");
	say_lost();
}

static bool retry_is_due(uint64_t now_us)
{
	return !rd_list_empty(&store.refused) && now_us >= store.retry_at_us;
}

static bool commit_is_due(uint64_t now_us)
{
	return store.in_transaction && now_us >= store.commit_at_us;
}

static bool sync_is_due(uint64_t now_us)
{
	return store.dirty && (store.sync_now || now_us >= store.sync_at_us);
}

static bool work_is_due(uint64_t now_us)
{
	return store.hurry || store.flush || store.stop || commit_is_due(now_us) ||
	       sync_is_due(now_us) || retry_is_due(now_us) ||
	       (store.gathering && now_us >= store.gather_until_us);
}

/* Locked. A signal ends it early, and costs those who give it: what comes while others
 * come, too, finds that it wakes by itself. */
static void sleep_until_due(uint64_t now_us)
{
	uint64_t rested_us = store.taken_us + store.rest_us;
	uint64_t until_us = rested_us > now_us ? rested_us : UINT64_MAX;
	struct timespec until;

	if (store.in_transaction)
		until_us = RD_MIN(until_us, store.commit_at_us);
	if (store.gathering)
		until_us = RD_MIN(until_us, store.gather_until_us);
	if (store.dirty)
		until_us = RD_MIN(until_us, store.sync_at_us);
	if (!rd_list_empty(&store.refused))
		until_us = RD_MIN(until_us, store.retry_at_us);
	store.sleeps_until_us = until_us;
	if (until_us == UINT64_MAX) {
		pthread_cond_wait(&store.wake, &store.lock);
		return;
	}
	until = (struct timespec){ .tv_sec = (time_t)(until_us / 1000000),
				   .tv_nsec = (long)(until_us % 1000000 * 1000) };
	pthread_cond_timedwait(&store.wake, &store.lock, &until);
}

/* Locked. Who writes now and then is soon committed; where writes come all the time, fewer
 * commits are cheaper ones. */
static void note_taken(uint64_t now_us)
{
	if (now_us - store.taken_us < 2 * store.rest_us)
		store.rest_us = RD_MIN(2 * store.rest_us, store.rest_max_us);
	else
		store.rest_us = RD_MIN(REST_FIRST_US, store.rest_max_us);
	store.taken_us = now_us;
}

/* All jobs there are, once there is something to do; false: it is the end. */
static bool take_jobs(struct rd_list *jobs)
{
	uint64_t now_us;
	bool more;

	pthread_mutex_lock(&store.lock);
	while (!work_is_due(now_us = rd__clock_real_us()))
		sleep_until_due(now_us);
	store.sleeps_until_us = 0;
	rd_list_init(jobs);
	rd_list_take(jobs, &store.jobs);
	more = !store.stop || !rd_list_empty(jobs);
	if (!rd_list_empty(jobs))
		note_taken(now_us);
	store.write_until_us = now_us + store.rest_us;
	if (store.gathering)
		store.write_until_us = RD_MIN(store.write_until_us, store.gather_until_us);
	if (store.flush)
		store.write_until_us = store.commit_at_us = store.retry_at_us = now_us;
	store.sync_now = store.flush;
	store.hurry = store.flush = store.gathering = false;
	pthread_mutex_unlock(&store.lock);
	return more;
}

static int open_run(struct rd__job *job)
{
	int rc = rd__connection_open(store.path);

	(void)job;
	store.opened = rc == 0;
	return rc;
}

/* What is refused now is lost. */
static void close_up(void)
{
	store.last_try = true;
	rd__transaction_commit();
	if (!rd_list_empty(&store.refused))
		try_again();
	if (store.dirty)
		sync_all();
	say_lost();
	rd__connection_close();
}

static void *store_main(void *unused)
{
	struct rd_list jobs;

	while (take_jobs(&jobs)) {
		run_jobs(&jobs);
		if (commit_is_due(rd__clock_real_us()))
			rd__transaction_commit();
		if (retry_is_due(rd__clock_real_us()))
			try_again();
		if (sync_is_due(rd__clock_real_us()))
			sync_all();
	}
	if (store.opened)
		close_up();
	store.opened = false;
	return unused;
}

/* ---- on the switch thread ---- */

void rd__store_thread_refuse(void)
{
	store.running = false;
}

/* Locked. Until when may the thread sleep, as far as this job goes? */
static uint64_t note_job(const struct rd__job *job)
{
	uint64_t take_us = store.taken_us + RD_MAX(job->gather_us, store.rest_us);

	if (!job->until_committed) {
		store.hurry = true;
		return 0;
	}
	if (!store.gathering || take_us < store.gather_until_us)
		store.gather_until_us = take_us;
	store.gathering = true;
	return take_us;
}

void rd__store_submit(struct rd__job *job)
{
	uint64_t take_us;
	bool wake;

	pthread_mutex_lock(&store.lock);
	rd_assert(store.running);
	rd_list_push(&store.jobs, &job->link);
	take_us = note_job(job);
	wake = take_us < store.sleeps_until_us;
	if (wake)
		store.sleeps_until_us = take_us;
	pthread_mutex_unlock(&store.lock);
	if (wake)
		pthread_cond_signal(&store.wake);
}

void rd__store_flush(void)
{
	pthread_mutex_lock(&store.lock);
	store.flush = true;
	pthread_mutex_unlock(&store.lock);
	pthread_cond_signal(&store.wake);
}

static void wake_fiber(void *arg)
{
	rd__sched_release();
	rd__wake(arg, 0);
}

int rd__store_wait(struct rd__job *job)
{
	if (!store.running)
		return -ENODEV;
	if (rd__wait_refused())
		return -ECANCELED;
	job->soon.fn = wake_fiber;
	job->soon.arg = rd_fiber_self();
	rd__sched_hold();
	rd__store_submit(job);
	rd__park_deaf("store", __builtin_return_address(0));
	return job->rc;
}

static int start_thread(void)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&store.wake, &attr);
	pthread_condattr_destroy(&attr);
	return rd__pthread_start(&store.thread, "store", store_main, NULL);
}

int rd__store_thread_start(const char *path, unsigned rest_max_us, unsigned sync_us)
{
	struct rd__job open = { .run = open_run, .sql = "open" };
	int rc;

	rd_assert(!store.running);
	rd_list_init(&store.jobs);
	rd_list_init(&store.uncommitted);
	rd_list_init(&store.unsynced);
	store.dirty = store.sync_now = false;
	store.moved = false;
	rd_list_init(&store.refused);
	store.refused_count = store.lost_count = 0;
	store.retry_us = 0;
	store.last_try = false;
	store.stop = store.in_transaction = store.opened = false;
	store.hurry = store.flush = store.gathering = false;
	store.path = path;
	store.rest_max_us = rest_max_us;
	store.sync_us = sync_us;
	store.taken_us = store.rest_us = store.sleeps_until_us = 0;
	rc = start_thread();
	if (rc)
		return rc;
	store.running = true;
	rc = rd__store_wait(&open);
	if (rc) {
		rd__store_thread_refuse();
		rd__store_thread_stop();
	}
	return rc;
}

void rd__store_thread_stop(void)
{
	pthread_mutex_lock(&store.lock);
	store.stop = true;
	pthread_cond_signal(&store.wake);
	pthread_mutex_unlock(&store.lock);
	rd__thread_join(store.thread);
	pthread_cond_destroy(&store.wake);
}
