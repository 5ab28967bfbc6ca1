/* The store's thread: takes jobs in order, gathers the writes of a moment in
 * one transaction, and sends each job back to the switch thread. */
#include <pthread.h>
#include <time.h>

#include <ringdown/fiber.h>

#include "core/base/thread.h"
#include "core/sched/fiber.h"
#include "core/sched/sched.h"
#include "core/store/thread.h"

static struct {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct rd_list jobs;
	bool running, stop;
	int window_ms;

	/* the thread's own */
	bool in_transaction;
	struct timespec commit_at;
	struct rd_list uncommitted; /* done, but not on the disk yet */
	const char *path;
	int open_rc;
	bool opened;
} store = { .lock = PTHREAD_MUTEX_INITIALIZER };

bool rd__store_thread_running(void)
{
	return store.running;
}

/* ---- transactions, on the thread ---- */

static void send_back(struct rd__job *job, int rc)
{
	job->rc = rc;
	rd__soon_post(&job->soon);
}

int rd__transaction_begin(void)
{
	int rc;

	if (store.in_transaction)
		return 0;
	rc = rd__sqlite_exec("BEGIN IMMEDIATE");
	if (rc)
		return rc;
	store.in_transaction = true;
	clock_gettime(CLOCK_MONOTONIC, &store.commit_at);
	store.commit_at.tv_nsec += (long)store.window_ms * 1000000;
	store.commit_at.tv_sec += store.commit_at.tv_nsec / 1000000000;
	store.commit_at.tv_nsec %= 1000000000;
	return 0;
}

/* rc: what became of all that was in the transaction. */
static void transaction_over(int rc)
{
	struct rd_list *node;

	store.in_transaction = false;
	while ((node = rd_list_pop(&store.uncommitted))) {
		struct rd__job *job = rd_list_entry(node, struct rd__job, link);

		send_back(job, job->rc ? job->rc : rc);
	}
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
	else
		transaction_over(0);
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
	int rc = job->run(job);

	notice_rollback(rc);
	if (!job->until_committed || !store.in_transaction) {
		send_back(job, rc);
		return;
	}
	job->rc = rc;
	rd_list_push(&store.uncommitted, &job->link);
}

static bool commit_is_due(void)
{
	struct timespec now;

	if (!store.in_transaction)
		return false;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec > store.commit_at.tv_sec ||
	       (now.tv_sec == store.commit_at.tv_sec && now.tv_nsec >= store.commit_at.tv_nsec);
}

/* The next job, or NULL when it is time to commit or to stop. */
static struct rd__job *next_job(void)
{
	struct rd_list *node = NULL;

	pthread_mutex_lock(&store.lock);
	while (!commit_is_due() && !(node = rd_list_pop(&store.jobs)) && !store.stop) {
		if (store.in_transaction)
			pthread_cond_timedwait(&store.wake, &store.lock, &store.commit_at);
		else
			pthread_cond_wait(&store.wake, &store.lock);
	}
	pthread_mutex_unlock(&store.lock);
	return node ? rd_list_entry(node, struct rd__job, link) : NULL;
}

static bool stopping(void)
{
	bool stop;

	pthread_mutex_lock(&store.lock);
	stop = store.stop && rd_list_empty(&store.jobs);
	pthread_mutex_unlock(&store.lock);
	return stop;
}

static int open_run(struct rd__job *job)
{
	int rc = rd__connection_open(store.path);

	(void)job;
	store.opened = rc == 0;
	return rc;
}

static void *store_main(void *unused)
{
	while (!stopping()) {
		struct rd__job *job = next_job();

		if (job)
			run_job(job);
		else
			rd__transaction_commit();
	}
	if (store.opened) {
		rd__transaction_commit();
		rd__connection_close();
	}
	store.opened = false;
	return unused;
}

/* ---- on the switch thread ---- */

void rd__store_thread_refuse(void)
{
	store.running = false;
}

void rd__store_submit(struct rd__job *job)
{
	pthread_mutex_lock(&store.lock);
	rd_assert(store.running);
	rd_list_push(&store.jobs, &job->link);
	pthread_cond_signal(&store.wake);
	pthread_mutex_unlock(&store.lock);
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

int rd__store_thread_start(const char *path, int window_ms)
{
	struct rd__job open = { .run = open_run, .sql = "open" };
	int rc;

	rd_assert(!store.running);
	rd_list_init(&store.jobs);
	rd_list_init(&store.uncommitted);
	store.stop = store.in_transaction = store.opened = false;
	store.path = path;
	store.window_ms = window_ms;
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
	pthread_join(store.thread, NULL);
	pthread_cond_destroy(&store.wake);
}
