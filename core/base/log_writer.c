/* The log's back: the queue's two halves, and the thread that takes one half
 * away while the others fill the other. Before that thread starts, and when
 * there is none, whoever logs writes too. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <ringdown/memory.h>

#include "core/base/context.h"
#include "core/base/log_output.h"
#include "core/base/log_queue.h"
#include "core/base/thread.h"

enum {
	COLLECT_MS = 20, /* a sleeping thread costs more to wake than a line */
	FLUSH_MS = 1000, /* a terminal or a file may be stuck */
	STOP_MS = 3000,
	MAX_TAILS = 16,
	RECORD_MAX = sizeof(struct rd__log_record) + 3 * RD__LOG_NAME_MAX + RD__LOG_TEXT_MAX + 8,
};

/* A console that watches. */
struct tail {
	int fd;
	unsigned levels;
	bool ended;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Under the lock. */
static pthread_cond_t work = PTHREAD_COND_INITIALIZER;
static pthread_cond_t written = PTHREAD_COND_INITIALIZER;
static char *filling;
static size_t filled;
static bool idle;      /* the writer sleeps without a time limit */
static bool urgent;    /* write now, do not collect */
static bool stopping;
static bool rotate_now, reopen_now;
static unsigned long turns_begun, turns_done;
static unsigned long dropped, dropped_said;
static uint64_t dropped_at_us;
static unsigned long counts[RD__LOG_LEVELS];
static struct rd__log_settings *next_settings;
static struct tail tails[MAX_TAILS];
static size_t tail_count;
static unsigned sink_levels = RD__LOG_UP_TO(RD_LOG_VERBOSE); /* that any sink takes */
static unsigned terminal_minimum; /* levels, and the highest of them */
static enum rd_log_level minimum_level;

/* The writer's. */
static char *emptying;
static struct tail watching[MAX_TAILS];
static size_t watching_count;

static bool running;
static pthread_t thread;

/* Without the thread: one record at a time. */
static _Alignas(8) char single[RECORD_MAX];

void rd__log_lock(void)
{
	pthread_mutex_lock(&lock);
}

void rd__log_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

static uint64_t monotonic_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

struct rd__log_record *rd__log_reserve(enum rd_log_level level)
{
	size_t kept = level > RD_LOG_NOTICE ? RD__LOG_QUEUE_BYTES / 4 : 0;

	if (!filling)
		return (void *)single;
	if (RD__LOG_QUEUE_BYTES - filled < RECORD_MAX + kept) {
		dropped++;
		dropped_at_us = monotonic_us();
		return NULL;
	}
	return (void *)(filling + filled);
}

void rd__log_append(struct rd__log_record *record, const char *end)
{
	size_t size = (size_t)(end - (const char *)record);

	record->size = (uint32_t)((size + 7) & ~(size_t)7);
	counts[record->level]++;
	if (!filling) {
		rd__log_output_write(&(struct rd__log_batch){ single, record->size });
		return;
	}
	filled += record->size;
	/* Who collects is told when half is full, and only then. */
	if (idle || (filled >= RD__LOG_QUEUE_BYTES / 2 &&
		     filled - record->size < RD__LOG_QUEUE_BYTES / 2))
		pthread_cond_signal(&work);
}

unsigned long rd__log_count(enum rd_log_level level)
{
	unsigned long n;

	rd__log_lock();
	n = counts[level];
	rd__log_unlock();
	return n;
}

uint64_t rd__log_dropped_at_us(void)
{
	uint64_t us;

	rd__log_lock();
	us = dropped_at_us;
	rd__log_unlock();
	return us;
}

unsigned long rd__log_dropped(void)
{
	unsigned long n;

	rd__log_lock();
	n = dropped;
	rd__log_unlock();
	return n;
}

/* ---- what is wanted ---- */

static enum rd_log_level highest(unsigned levels)
{
	enum rd_log_level level = RD_LOG_DEBUG;

	while (level > RD_LOG_ERROR && !(levels & RD__LOG_BIT(level)))
		level--;
	return level;
}

/* With the lock held. */
static void want_what_is_taken(void)
{
	unsigned levels = sink_levels;

	for (size_t i = 0; i < tail_count; i++)
		if (!tails[i].ended)
			levels |= tails[i].levels;
	rd__log_want(highest(levels));
}

static unsigned levels_of(const struct rd__log_settings *some)
{
	unsigned levels = 0;

	for (size_t i = 0; i < some->sink_count; i++) {
		levels |= some->sinks[i].levels;
		if (some->sinks[i].kind == RD__LOG_TERMINAL)
			levels |= terminal_minimum;
	}
	return levels;
}

static void take_levels_of(const struct rd__log_settings *fresh)
{
	sink_levels = levels_of(fresh);
	want_what_is_taken();
}

/* ---- consoles that watch ---- */

/* With the lock held: those who watch this turn. Who has gone is closed here,
 * because only the writer knows that it writes no more. */
static void take_tails(void)
{
	size_t kept = 0;

	for (size_t i = 0; i < tail_count; i++)
		if (tails[i].ended)
			close(tails[i].fd);
		else
			tails[kept++] = tails[i];
	tail_count = watching_count = kept;
	memcpy(watching, tails, kept * sizeof(tails[0]));
}

static void write_tails(const struct rd__log_batch *batch)
{
	static char line[RD__LOG_LINE_MAX];
	const char *date_format = rd__log_output_settings()->date_format;
	size_t at = 0;

	while (watching_count && at < batch->size) {
		const struct rd__log_record *record =
			(const void *)(batch->records + at);
		size_t n;

		at += record->size;
		n = rd__log_format(line, sizeof(line), record, date_format, RD__LOG_TEXT, false);
		for (size_t i = 0; i < watching_count; i++)
			if ((watching[i].levels & RD__LOG_BIT(record->level)) &&
			    write(watching[i].fd, line, n) < 0)
				continue; /* who reads too slowly misses lines */
	}
}

/* ---- the thread ---- */

static struct timespec in_ms(long ms)
{
	struct timespec at;

	clock_gettime(CLOCK_REALTIME, &at);
	at.tv_nsec += ms * 1000000;
	at.tv_sec += at.tv_nsec / 1000000000;
	at.tv_nsec %= 1000000000;
	return at;
}

static bool has_work(void)
{
	return filled || urgent || stopping || rotate_now || reopen_now || next_settings;
}

/* Sleep until there is something, then a little longer, to collect. */
static void wait_for_work(void)
{
	struct timespec limit;

	idle = true;
	while (!has_work())
		pthread_cond_wait(&work, &lock);
	idle = false;
	limit = in_ms(COLLECT_MS);
	while (!urgent && !stopping && filled < RD__LOG_QUEUE_BYTES / 2)
		if (pthread_cond_timedwait(&work, &lock, &limit) != 0)
			break;
}

/* With the lock held; gives it up while it writes. */
static void take_turn(void)
{
	struct rd__log_batch batch = { filling, filled };
	struct rd__log_settings *fresh = next_settings;
	unsigned long lost = dropped - dropped_said;
	unsigned minimum = terminal_minimum;
	bool rotate = rotate_now, reopen = reopen_now;

	filling = emptying;
	emptying = (char *)batch.records;
	filled = 0;
	urgent = rotate_now = reopen_now = false;
	next_settings = NULL;
	dropped_said = dropped;
	turns_begun++;
	take_tails();
	rd__log_unlock();

	if (fresh)
		rd__log_output_take(fresh, minimum);
	if (rotate)
		rd__log_output_rotate();
	else if (reopen)
		rd__log_output_reopen();
	rd__log_output_write(&batch);
	write_tails(&batch);
	if (lost)
		rd__log_output_say_dropped(lost);
	rd__log_output_rotate_due();

	rd__log_lock();
	turns_done = turns_begun;
	pthread_cond_broadcast(&written);
}

static void *write_all(void *arg)
{
	(void)arg;
	rd__log_lock();
	while (!stopping || filled) {
		wait_for_work();
		take_turn();
	}
	rd__log_unlock();
	return NULL;
}

static void free_halves(void)
{
	rd_free(filling);
	rd_free(emptying);
	filling = emptying = NULL;
	filled = 0;
}

/* With the lock held. */
static void write_until(const struct timespec *limit)
{
	/* The turn under way may have begun before the last line. */
	unsigned long turn = turns_begun + 1;

	urgent = true;
	pthread_cond_signal(&work);
	while (turns_done < turn)
		if (pthread_cond_timedwait(&written, &lock, limit) != 0)
			break;
}

/* The process is about to die, perhaps with the lock held. */
static void say_last_words(void)
{
	struct timespec limit = in_ms(FLUSH_MS);

	if (!running || pthread_equal(pthread_self(), thread) ||
	    pthread_mutex_timedlock(&lock, &limit) != 0)
		return;
	write_until(&limit);
	rd__log_unlock();
}

int rd__log_start(void)
{
	static struct rd_memory_part part = { .name = "log" };
	int rc;

	rd_assert(!running);
	stopping = false;
	emptying = rd_malloc(RD__LOG_QUEUE_BYTES);
	filling = rd_malloc(RD__LOG_QUEUE_BYTES);
	rd_memory_belongs(emptying, &part);
	rd_memory_belongs(filling, &part);
	rc = emptying && filling ? rd__pthread_start(&thread, "log", write_all, NULL) : -ENOMEM;
	if (rc < 0) {
		free_halves();
		return rc;
	}
	running = true;
	rd__last_words_set(say_last_words);
	return 0;
}

void rd__log_stop(void)
{
	struct timespec limit;

	if (!running)
		return;
	rd__last_words_set(NULL);
	rd__log_lock();
	stopping = true;
	pthread_cond_signal(&work);
	rd__log_unlock();
	running = false;
	limit = in_ms(STOP_MS);
	/* A terminal or a file may be stuck: that keeps nobody from leaving. */
	if (pthread_timedjoin_np(thread, NULL, &limit) != 0)
		return;
	for (size_t i = 0; i < tail_count; i++)
		close(tails[i].fd);
	tail_count = 0;
	free_halves();
	rd__log_settings_free(next_settings);
	next_settings = NULL;
	rd__log_output_reset();
	take_levels_of(rd__log_output_settings());
}

/* ---- asking the thread ---- */

void rd__log_flush(void)
{
	struct timespec limit = in_ms(FLUSH_MS);

	if (!running)
		return;
	rd__log_lock();
	write_until(&limit);
	rd__log_unlock();
}

void rd__log_configure_take(struct rd__log_settings *fresh)
{
	rd__log_lock();
	rd__log_raise_level(minimum_level);
	take_levels_of(fresh);
	if (running) {
		rd__log_settings_free(next_settings);
		next_settings = fresh;
		pthread_cond_signal(&work);
	} else {
		rd__log_output_take(fresh, terminal_minimum);
	}
	rd__log_unlock();
}

void rd__log_set_terminal_minimum(enum rd_log_level level)
{
	rd__log_lock();
	terminal_minimum = RD__LOG_UP_TO(level);
	minimum_level = level;
	rd__log_output_add_default(terminal_minimum);
	rd__log_raise_level(level);
	sink_levels |= terminal_minimum;
	want_what_is_taken();
	rd__log_unlock();
}

void rd__log_rotate(void)
{
	if (!running) {
		rd__log_output_rotate();
		return;
	}
	rd__log_lock();
	rotate_now = true;
	pthread_cond_signal(&work);
	rd__log_unlock();
}

void rd__log_reopen(void)
{
	if (!running) {
		rd__log_output_reopen();
		return;
	}
	rd__log_lock();
	reopen_now = true;
	pthread_cond_signal(&work);
	rd__log_unlock();
}

int rd__log_tail_begin(int fd, unsigned levels)
{
	int rc = -ENOSPC;

	rd__log_lock();
	if (running && tail_count < MAX_TAILS) {
		tails[tail_count++] = (struct tail){ .fd = fd, .levels = levels };
		want_what_is_taken();
		rc = 0;
	}
	rd__log_unlock();
	return rc;
}

void rd__log_tail_end(int fd)
{
	rd__log_lock();
	for (size_t i = 0; i < tail_count; i++)
		if (tails[i].fd == fd)
			tails[i].ended = true;
	want_what_is_taken();
	urgent = true;
	pthread_cond_signal(&work);
	rd__log_unlock();
}
