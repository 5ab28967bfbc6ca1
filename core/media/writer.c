/* The writer: one thread that moves recorded sound from rings to files, a
 * few times a second. What it wrote is a valid file at any moment; that is
 * the formats' promise. */
#include <pthread.h>
#include <time.h>

#include <ringdown/log.h>

#include "core/base/context.h"
#include "core/base/thread.h"
#include "core/media/recorder.h"
#include "core/media/ring.h"
#include "core/media/writer.h"
#include "core/sched/traps.h"

enum { TURN_MS = 200 };

static struct {
	pthread_mutex_t lock; /* of what follows; never held over a write */
	pthread_cond_t wake;
	struct rd_list added;
	bool quit, woken;

	bool own_thread;
	pthread_t pthread;
	struct rd_list recorders; /* the writer's own */
} writer = { .lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER };

void rd__writer_add(struct rd__recorder *recorder)
{
	pthread_mutex_lock(&writer.lock);
	rd_list_push(&writer.added, &recorder->in_writer);
	writer.woken = true;
	pthread_cond_signal(&writer.wake);
	pthread_mutex_unlock(&writer.lock);
}

void rd__writer_wake(void)
{
	if (!writer.own_thread) {
		rd__writer_turn();
		return;
	}
	pthread_mutex_lock(&writer.lock);
	writer.woken = true;
	pthread_cond_signal(&writer.wake);
	pthread_mutex_unlock(&writer.lock);
}

/* ---- writing ---- */

static void write_chunks(struct rd__recorder *recorder)
{
	struct rd__chunk chunk;
	int rc;

	while (rd__ring_pop(&recorder->ring, &chunk)) {
		if (atomic_load_explicit(&recorder->rc, memory_order_relaxed))
			continue;
		rc = recorder->format->write(recorder->file, chunk.samples, chunk.count);
		if (rc < 0)
			atomic_store(&recorder->rc, rc);
		else
			atomic_fetch_add(&recorder->written, chunk.count);
	}
	if (atomic_exchange(&recorder->overrun, false))
		rd_warning("record %s: the disk does not keep up, sound was lost",
			   recorder->path);
}

static void tell_failure(struct rd__recorder *recorder)
{
	int rc = atomic_load(&recorder->rc);

	if (!rc || recorder->rc_told)
		return;
	rd_error("record %s: %s", recorder->path, rd_strerror(rc));
	recorder->rc_told = rd_call_soon(rd__recorder_failed, recorder) == 0;
}

/* True when it is finished and nobody here knows it any more. */
static bool finish(struct rd__recorder *recorder)
{
	int rc;

	if (!recorder->closed) {
		rc = recorder->format->close(recorder->file);
		recorder->closed = true;
		if (rc < 0 && !atomic_load(&recorder->rc))
			atomic_store(&recorder->rc, rc);
	}
	if (!writer.own_thread) {
		rd__recorder_done(recorder);
		return true;
	}
	return rd_call_soon(rd__recorder_done, recorder) == 0;
}

/* Nobody here knows it any more. */
static void leave(struct rd__recorder *recorder)
{
	rd_list_remove(&recorder->in_writer);
	/* Without memory to say so: at the next turn. */
	if (!finish(recorder))
		rd_list_push(&writer.recorders, &recorder->in_writer);
}

static void serve(struct rd__recorder *recorder)
{
	/* Read first: what was pushed before it was set is there then. */
	bool complete = atomic_load_explicit(&recorder->complete, memory_order_acquire);

	rd__context_subject = recorder->label;
	if (!recorder->closed)
		write_chunks(recorder);
	tell_failure(recorder);
	if (complete)
		leave(recorder);
	rd__context_subject = NULL;
}

void rd__writer_turn(void)
{
	struct rd_list *node;

	pthread_mutex_lock(&writer.lock);
	while ((node = rd_list_pop(&writer.added)))
		rd_list_push(&writer.recorders, node);
	pthread_mutex_unlock(&writer.lock);
	rd_list_foreach(it, tmp, &writer.recorders)
		serve(rd_list_entry(it, struct rd__recorder, in_writer));
}

/* ---- the thread ---- */

/* False when it is time to go. */
static bool wait_turn(void)
{
	struct timespec until;
	bool quit;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += TURN_MS * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&writer.lock);
	while (!writer.quit && !writer.woken) {
		if (rd_list_empty(&writer.recorders))
			pthread_cond_wait(&writer.wake, &writer.lock);
		else if (pthread_cond_timedwait(&writer.wake, &writer.lock, &until))
			break;
	}
	writer.woken = false;
	quit = writer.quit;
	pthread_mutex_unlock(&writer.lock);
	return !quit;
}

static void *run(void *arg)
{
	(void)arg;
	while (wait_turn())
		rd__writer_turn();
	rd__writer_turn();
	return NULL;
}

int rd__writer_start(bool own_thread)
{
	int rc;

	rd_list_init(&writer.added);
	rd_list_init(&writer.recorders);
	writer.quit = writer.woken = false;
	writer.own_thread = false;
	if (!own_thread)
		return 0;
	rc = rd__pthread_start(&writer.pthread, "recordings", run, NULL);
	writer.own_thread = rc == 0;
	return rc;
}

void rd__writer_stop(void)
{
	if (!writer.own_thread)
		return;
	pthread_mutex_lock(&writer.lock);
	writer.quit = true;
	pthread_cond_signal(&writer.wake);
	pthread_mutex_unlock(&writer.lock);
	rd__thread_join(writer.pthread);
	writer.own_thread = false;
}
