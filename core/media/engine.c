/* The engine as the switch thread sees it: threads started and stopped,
 * orders collected per turn of the loop, events handed out. place.c puts
 * streams on threads. */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <ringdown/clock.h>
#include <ringdown/fiber.h>
#include <ringdown/log.h>

#include "core/base/thread.h"
#include "core/media/bundle.h"
#include "core/media/change.h"
#include "core/media/command.h"
#include "core/media/convert.h"
#include "core/media/demux.h"
#include "core/media/detect.h"
#include "core/media/engine.h"
#include "core/media/media.h"
#include "core/media/mix.h"
#include "core/media/place.h"
#include "core/media/player.h"
#include "core/media/port.h"
#include "core/media/recorder.h"
#include "core/media/registry.h"
#include "core/media/ring.h"
#include "core/media/rtcp_told.h"
#include "core/media/setup.h"
#include "core/media/srtp.h"
#include "core/media/stream.h"
#include "core/media/tap.h"
#include "core/media/thread.h"
#include "core/media/tone.h"
#include "core/media/writer.h"
#include "core/sched/traps.h"
#include "core/sched/watchdog.h"

enum {
	THREADS_MAX = 64,
	OFTEN_MS = 20,
	GATHER_MS = 10, /* not heard at the start of a call */
	COLLECT_MS = 20,
	STOP_MS = 2000, /* what is still busy then is left */
};

static struct {
	bool running, own_threads;
	int count;
	int closing; /* streams whose threads have not let go of them yet */
	struct rd__thread *threads;
	struct rd_list streams, unattached;
	struct rd_timer flush, collect, poll; /* poll: without threads */
	uint64_t flushed_ms;
} engine;

bool rd__media_running(void)
{
	return engine.running;
}

size_t rd__streams_count(void)
{
	size_t count = 0;

	rd_list_foreach(node, tmp, rd__streams())
		count++;
	return count;
}

struct rd_list *rd__streams(void)
{
	return &engine.streams;
}

struct rd__thread *rd__thread_at(int index)
{
	return &engine.threads[index];
}

struct rd__thread *rd__thread_after(const struct rd__thread *thread)
{
	return &engine.threads[(thread->index + 1) % engine.count];
}

int rd__thread_count(void)
{
	return engine.count;
}

/* ---- orders ---- */

/* At the end of this turn. But waking a thread costs more than what it is
 * woken for: with calls coming fast, orders wait for others to go with. */
static void flush_soon(void)
{
	bool often = engine.own_threads && rd_now_ms() - engine.flushed_ms < OFTEN_MS;

	if (!rd_timer_running(&engine.flush))
		rd_timer_start(&engine.flush, often ? GATHER_MS : 0);
}

static void push(struct rd__thread *thread, struct rd__order *order)
{
	rd_list_push(&thread->orders, &order->link);
	flush_soon();
}

void rd__order_init(struct rd__order *order, struct rd_stream *stream,
		    enum rd__command_type type, void *object)
{
	memset(order, 0, sizeof(*order));
	order->command.type = type;
	order->command.stream = stream;
	order->command.object = object;
	rd_list_init(&order->link);
}

void rd__order(struct rd_stream *stream, struct rd__order *order)
{
	rd_list_remove(&order->link);
	if (stream->thread) {
		push(stream->thread, order);
		return;
	}
	rd_list_push(&stream->backlog, &order->link);
	if (!stream->moving && !rd_list_linked(&stream->unattached))
		rd_list_push(&engine.unattached, &stream->unattached);
	flush_soon();
}

void rd__thread_order(struct rd__thread *thread, struct rd__order *order)
{
	rd_list_remove(&order->link);
	push(thread, order);
}

static struct rd__order *make_order(const struct rd__command *command)
{
	struct rd__order *order = rd_malloc(sizeof(*order));

	if (!order)
		return NULL;
	rd_list_init(&order->link);
	order->heap = true;
	order->command = *command;
	return order;
}

int rd__thread_order_new(struct rd__thread *thread, const struct rd__command *command)
{
	struct rd__order *order = make_order(command);

	if (!order)
		return -ENOMEM;
	push(thread, order);
	return 0;
}

int rd__order_new(struct rd_stream *stream, const struct rd__command *command)
{
	struct rd__order *order = make_order(command);

	if (!order)
		return -ENOMEM;
	rd__order(stream, order);
	return 0;
}

static void send_orders(struct rd__thread *thread)
{
	uint64_t one = 1;
	bool sent = false;

	while (!rd_list_empty(&thread->orders)) {
		struct rd__order *order =
			rd_list_entry(thread->orders.next, struct rd__order, link);

		if (!rd__ring_push(&thread->commands, &order->command))
			break;
		sent = true;
		rd_list_remove(&order->link);
		if (order->heap)
			rd_free(order);
	}
	if (sent && thread->command_fd >= 0)
		(void)!write(thread->command_fd, &one, sizeof(one));
	if (!rd_list_empty(&thread->orders))
		rd_timer_start(&engine.flush, 1);
}

/* ---- events ---- */

static void stream_gone(struct rd_stream *stream)
{
	if (stream->thread)
		stream->thread->load -= stream->weight;
	engine.closing--;
	rd__stream_free(stream);
}

static void notice(struct rd_stream *stream, const struct rd_stream_event *event)
{
	if (!stream->closing && stream->notify)
		stream->notify(event, stream->arg);
}

static void held(const struct rd__event *event)
{
	rd__watchdog_media(event->object, event->stream ? event->stream->label : "",
			   (uint64_t)event->number);
}

static void handle(const struct rd__event *event)
{
	switch (event->type) {
	case RD__EVENT_RELEASED:
		rd__stream_released(event->stream);
		break;
	case RD__EVENT_CLOSED:
		stream_gone(event->stream);
		break;
	case RD__EVENT_SETUP_DONE:
		rd__setup_free(event->object);
		break;
	case RD__EVENT_CONVERTER_DONE:
		rd__converter_free(event->object);
		break;
	case RD__EVENT_NOTICE:
		notice(event->stream, &event->notice);
		break;
	case RD__EVENT_PLAYER_ENDED:
	case RD__EVENT_PLAYER_NEXT:
	case RD__EVENT_PLAYER_GONE:
		rd__player_event(event);
		break;
	case RD__EVENT_RECORD_NOTIFY:
		rd__recorder_event(event);
		break;
	case RD__EVENT_DETECTED:
		rd__detector_event(event);
		break;
	case RD__EVENT_CHANGER_LEFT:
		rd__changers_event(event);
		break;
	case RD__EVENT_TAP_LEFT:
	case RD__EVENT_TAP_DECODERS_DONE:
		rd__taps_event(event);
		break;
	case RD__EVENT_MIX_GONE:
	case RD__EVENT_MEMBER_GONE:
	case RD__EVENT_ROLE_CHANGED:
		rd__mixer_event(event);
		break;
	case RD__EVENT_KEY_DONE:
		rd__srtp_free(event->object);
		break;
	case RD__EVENT_BUNDLE_DONE:
	case RD__EVENT_FEET_DONE:
		rd__bundle_event(event);
		break;
	case RD__EVENT_WAY_DONE:
		rd_free(event->object);
		break;
	case RD__EVENT_DATAGRAM:
		rd__datagram_event(event);
		break;
	case RD__EVENT_HELD:
		held(event);
		break;
	case RD__EVENT_REPORT:
		rd__report_event(event);
		break;
	}
}

/* The stream may be gone afterwards. */
static void handle_for_its_call(const struct rd__event *event)
{
	bool named = event->stream && *event->stream->label;
	const char *outer = named ? rd_fiber_set_subject(event->stream->label) : NULL;

	handle(event);
	if (named)
		rd_fiber_set_subject(outer);
}

static void drain_events(struct rd__thread *thread)
{
	struct rd__event event;

	while (rd__ring_pop(&thread->events, &event))
		handle_for_its_call(&event);
}

static void events_ready(unsigned events, void *arg)
{
	struct rd__thread *thread = arg;
	uint64_t count;

	(void)events;
	if (read(thread->event_fd, &count, sizeof(count)) < 0)
		return;
	drain_events(thread);
}

/* What closes comes back without waking anybody (loop.c). */
static void collect(void *arg)
{
	(void)arg;
	for (int i = 0; i < engine.count; i++)
		drain_events(&engine.threads[i]);
	if (engine.closing)
		rd_timer_start(&engine.collect, COLLECT_MS);
}

void rd__stream_order_close(struct rd_stream *stream)
{
	engine.closing++;
	rd__order(stream, &stream->close_order);
	if (engine.own_threads && !rd_timer_running(&engine.collect))
		rd_timer_start(&engine.collect, COLLECT_MS);
}

/* ---- turns ---- */

/* Without threads: the engine's turn is one of the loop's. */
static void run_inline(void)
{
	struct rd__thread *thread = &engine.threads[0];
	uint64_t due_us, now_us = rd_now_us();

	rd__thread_pass(thread, now_us, 0);
	drain_events(thread);
	rd__writer_turn();
	due_us = rd__thread_due_us(thread);
	if (due_us == UINT64_MAX)
		rd_timer_stop(&engine.poll);
	else
		rd_timer_start(&engine.poll,
			       due_us <= now_us ? 1 : (int)((due_us - now_us + 999) / 1000));
}

static void poll_inline(void *arg)
{
	(void)arg;
	run_inline();
}

void rd__media_flush(void)
{
	struct rd_list *node;

	rd_timer_stop(&engine.flush);
	engine.flushed_ms = rd_now_ms();
	while ((node = rd_list_pop(&engine.unattached))) {
		struct rd_stream *stream = rd_list_entry(node, struct rd_stream, unattached);

		rd__stream_place(stream);
		rd_timer_stop(&engine.flush);
	}
	for (int i = 0; i < engine.count; i++)
		send_orders(&engine.threads[i]);
	if (!engine.own_threads)
		run_inline();
}

static void flush(void *arg)
{
	(void)arg;
	rd__media_flush();
}

/* ---- start and stop ---- */

static int start_thread(struct rd__thread *thread, int index)
{
	int rc = rd__thread_init(thread, index, engine.own_threads);
	char name[32];

	if (rc || !engine.own_threads)
		return rc;
	rc = rd_watch_new(&thread->watch, thread->event_fd, RD_IO_READ, events_ready, thread);
	snprintf(name, sizeof(name), "media thread %d", index + 1);
	rd__work_begin(&thread->work, index + 1);
	if (!rc)
		rc = rd__pthread_start(&thread->pthread, name, rd__thread_main, thread);
	if (rc) {
		rd__work_end(&thread->work);
		rd_watch_free(thread->watch);
		rd__thread_fini(thread);
		return rc;
	}
	thread->running = true;
	return 0;
}

static void stop_thread(struct rd__thread *thread)
{
	struct rd__order quit = { .command = { .type = RD__CMD_QUIT } };

	if (thread->running) {
		rd_list_push(&thread->orders, &quit.link);
		while (!rd_list_empty(&thread->orders)) {
			send_orders(thread);
			poll(NULL, 0, rd_list_empty(&thread->orders) ? 0 : 1);
		}
		rd__thread_join(thread->pthread);
		rd__work_end(&thread->work);
	}
	if (thread->watch)
		rd_watch_free(thread->watch);
	rd__thread_fini(thread);
}

static int thread_count(int threads)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (threads == RD__MEDIA_PER_CORE)
		threads = (int)RD_MAX(cores, 1);
	return RD_MIN(threads, THREADS_MAX);
}

/* Two sockets for each stream: the usual 1,024 files are 250 calls. */
static void raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		rd_warning("media: no more than the usual number of open files: %s",
			   rd_strerror(errno));
}

int rd__media_start(int threads)
{
	int rc;

	rd_assert(!engine.running);
	threads = thread_count(threads);
	engine.own_threads = threads > 0;
	engine.threads = rd_zalloc((size_t)RD_MAX(threads, 1) * sizeof(*engine.threads));
	if (!engine.threads)
		return -ENOMEM;
	raise_file_limit();
	rd__tone_setup();
	rd_list_init(&engine.streams);
	rd_list_init(&engine.unattached);
	rd_timer_init(&engine.flush, flush, NULL);
	rd_timer_init(&engine.collect, collect, NULL);
	rd_timer_init(&engine.poll, poll_inline, NULL);
	rc = rd__writer_start(engine.own_threads);
	engine.running = true;
	for (engine.count = 0; !rc && engine.count < RD_MAX(threads, 1); engine.count++) {
		rc = start_thread(&engine.threads[engine.count], engine.count);
		if (rc)
			break;
	}
	if (rc)
		rd__media_stop();
	return rc;
}

static void close_all(void)
{
	rd_list_foreach(node, tmp, &engine.streams) {
		struct rd_stream *stream = rd_list_entry(node, struct rd_stream, all);

		if (!stream->closing)
			rd_stream_close(stream);
	}
	for (int ms = 0; ms < STOP_MS && !rd_list_empty(&engine.streams); ms++) {
		rd__media_flush();
		for (int i = 0; i < engine.count; i++)
			drain_events(&engine.threads[i]);
		if (engine.own_threads && !rd_list_empty(&engine.streams))
			poll(NULL, 0, 1);
	}
}

void rd__media_stop(void)
{
	if (!engine.running)
		return;
	if (engine.count)
		close_all();
	for (int i = 0; i < engine.count; i++)
		stop_thread(&engine.threads[i]);
	for (int i = 0; i < engine.count; i++)
		rd_assert(rd_list_empty(&engine.threads[i].orders));
	rd_timer_stop(&engine.flush);
	rd_timer_stop(&engine.collect);
	rd_timer_stop(&engine.poll);
	rd__writer_stop();
	rd__sound_cache_drop();
	rd__law_tables_forget(NULL);
	rd__ports_drop_kept();
	rd_free(engine.threads);
	engine.threads = NULL;
	engine.count = engine.closing = 0;
	engine.running = false;
}
