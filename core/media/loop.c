/* One media thread: wait, receive what came, carry out commands, tick what
 * is due, tell the switch thread, and rest for a moment when busy. Without a
 * thread of its own, the switch thread calls the pass. */
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <ringdown/memory.h>

#include "core/media/command.h"
#include "core/media/demux.h"
#include "core/media/fetch.h"
#include "core/media/line.h"
#include "core/media/mix.h"
#include "core/media/player.h"
#include "core/media/receive.h"
#include "core/media/ring.h"
#include "core/media/setup.h"
#include "core/media/stream.h"
#include "core/media/thread.h"

enum {
	COMMANDS = 4096,
	EVENTS = 4096,
	BATCH = 256, /* sockets asked about at once */
	ROUNDS = 16, /* of these in one pass, while packets wait */
	/* Under load, packets are collected for so long: waking up costs more
	 * than forwarding. */
	WINDOW_US = 1000,
	BUSY_PPS = 800,
	LOAD_US = 100000,
};

/* ---- birth and death ---- */

static void init_lists(struct rd__thread *thread)
{
	for (int i = 0; i < RD__WHEEL_SLOTS; i++)
		rd_list_init(&thread->wheel[i]);
	for (int i = 0; i < RD__ROUNDS; i++)
		rd_list_init(&thread->rounds[i]);
	rd_list_init(&thread->orders);
	rd_list_init(&thread->mixes);
}

static int open_fds(struct rd__thread *thread, bool own_thread)
{
	struct epoll_event event = { .events = EPOLLIN };

	thread->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (thread->epoll_fd < 0)
		return -errno;
	if (!own_thread)
		return 0;
	thread->command_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	thread->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (thread->command_fd < 0 || thread->event_fd < 0 ||
	    epoll_ctl(thread->epoll_fd, EPOLL_CTL_ADD, thread->command_fd, &event) < 0)
		return -errno;
	return 0;
}

int rd__thread_init(struct rd__thread *thread, int index, bool own_thread)
{
	static struct rd_memory_part part = { .name = "media_queues" };
	int rc;

	memset(thread, 0, sizeof(*thread));
	thread->index = index;
	thread->command_fd = thread->event_fd = thread->epoll_fd = -1;
	init_lists(thread);
	rd_random(&thread->random, sizeof(thread->random));
	rc = rd__ring_init(&thread->commands, COMMANDS, sizeof(struct rd__command));
	if (!rc)
		rc = rd__ring_init(&thread->events, EVENTS, sizeof(struct rd__event));
	rd_memory_belongs(thread->commands.slots, &part);
	rd_memory_belongs(thread->events.slots, &part);
	if (!rc)
		rc = rd__datagrams_init(thread);
	if (!rc)
		rc = open_fds(thread, own_thread);
	if (rc)
		rd__thread_fini(thread);
	return rc;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void rd__thread_fini(struct rd__thread *thread)
{
	close_fd(thread->epoll_fd);
	close_fd(thread->command_fd);
	close_fd(thread->event_fd);
	rd__ring_fini(&thread->commands);
	rd__ring_fini(&thread->events);
	rd__datagrams_fini(thread);
	rd_free(thread->overflow);
}

/* ---- events to the switch thread ---- */

/* The switch thread is behind by thousands of events: keep them in order. */
static void keep_event(struct rd__thread *thread, const struct rd__event *event)
{
	size_t size = thread->overflow_size ? thread->overflow_size * 2 : 256;
	struct rd__event *grown;

	if (thread->overflow_count == thread->overflow_size) {
		grown = rd_realloc(thread->overflow, size * sizeof(*grown));
		if (!grown) {
			thread->events_lost++;
			return;
		}
		thread->overflow = grown;
		thread->overflow_size = size;
	}
	thread->overflow[thread->overflow_count++] = *event;
}

/* What only comes back to be freed is fetched now and then: waking the switch
 * thread costs more than freeing it. */
static bool can_wait(const struct rd__event *event)
{
	return event->type == RD__EVENT_CLOSED || event->type == RD__EVENT_SETUP_DONE ||
	       event->type == RD__EVENT_CONVERTER_DONE || event->type == RD__EVENT_KEY_DONE ||
	       event->type == RD__EVENT_WAY_DONE;
}

void rd__thread_event(struct rd__thread *thread, const struct rd__event *event)
{
	thread->events_pushed |= !can_wait(event);
	if (thread->overflow_count || !rd__ring_push(&thread->events, event))
		keep_event(thread, event);
}

static void flush_events(struct rd__thread *thread)
{
	uint64_t one = 1;
	size_t done = 0;

	while (done < thread->overflow_count &&
	       rd__ring_push(&thread->events, &thread->overflow[done]))
		done++;
	thread->overflow_count -= done;
	if (done)
		memmove(thread->overflow, thread->overflow + done,
			thread->overflow_count * sizeof(*thread->overflow));
	if (!thread->events_pushed)
		return;
	thread->events_pushed = thread->overflow_count > 0;
	if (thread->event_fd >= 0 && write(thread->event_fd, &one, sizeof(one)) < 0)
		thread->events_pushed = true;
}

static void work_for(struct rd__line *line)
{
	struct rd_stream *stream = RD__STREAM_OF(line);

	rd__work_for(stream, stream->label);
}

/* ---- the wheel: lines that tick ---- */

void rd__wheel_add(struct rd__thread *thread, struct rd__line *line)
{
	uint64_t ms = line->due_us / 1000;
	size_t slot;

	rd_assert(!rd_list_linked(&line->in_wheel));
	ms = RD_MAX(ms, thread->wheel_ms + 1);
	ms = RD_MIN(ms, thread->wheel_ms + RD__WHEEL_SLOTS - 1);
	slot = ms % RD__WHEEL_SLOTS;
	rd_list_push(&thread->wheel[slot], &line->in_wheel);
	thread->wheel_bits[slot / 64] |= UINT64_C(1) << slot % 64;
}

/* Those that tick next, in two steps as in fetch.h. */
static void look_ahead(const struct rd_list *due)
{
	const struct rd__line *next = rd_list_entry(due->next, struct rd__line, in_wheel);

	if (due->next == due)
		return;
	rd__fetch_setup(next->setup);
	if (next->player)
		rd__player_fetch(next->player);
	rd__fetch_key(next->keys.out);
	if (due->next->next != due)
		rd__fetch_ticking(rd_list_entry(due->next->next, struct rd__line, in_wheel));
}

static void run_slot(struct rd__thread *thread, size_t slot)
{
	struct rd_list due, *node;

	if (!(thread->wheel_bits[slot / 64] & UINT64_C(1) << slot % 64))
		return;
	thread->wheel_bits[slot / 64] &= ~(UINT64_C(1) << slot % 64);
	rd_list_init(&due);
	rd_list_take(&due, &thread->wheel[slot]);
	while ((node = rd_list_pop(&due))) {
		struct rd__line *line = rd_list_entry(node, struct rd__line, in_wheel);

		look_ahead(&due);
		if (line->due_us <= thread->now_us) {
			work_for(line);
			rd__line_tick(line);
		} else {
			rd__wheel_add(thread, line);
		}
	}
}

static void run_wheel(struct rd__thread *thread)
{
	uint64_t now_ms = thread->now_us / 1000;

	/* After a long sleep each slot is looked at once. */
	if (now_ms > thread->wheel_ms + RD__WHEEL_SLOTS)
		thread->wheel_ms = now_ms - RD__WHEEL_SLOTS;
	while (thread->wheel_ms < now_ms) {
		thread->wheel_ms++;
		run_slot(thread, thread->wheel_ms % RD__WHEEL_SLOTS);
	}
}

static uint64_t wheel_due_ms(const struct rd__thread *thread)
{
	for (uint64_t ms = thread->wheel_ms + 1; ms < thread->wheel_ms + RD__WHEEL_SLOTS; ms++) {
		size_t slot = ms % RD__WHEEL_SLOTS;

		if (slot % 64 == 0 && !thread->wheel_bits[slot / 64])
			ms += 63;
		else if (thread->wheel_bits[slot / 64] & UINT64_C(1) << slot % 64)
			return ms;
	}
	return UINT64_MAX;
}

/* ---- rounds: all lines, a few at a time ---- */

static void run_rounds(struct rd__thread *thread)
{
	if (thread->round_us + 1000000 < thread->now_us)
		thread->round_us = thread->now_us;
	while (thread->round_us <= thread->now_us) {
		thread->round_us += RD__ROUND_MS * 1000;
		thread->round = (thread->round + 1) % RD__ROUNDS;
		rd_list_foreach(node, tmp, &thread->rounds[thread->round])
			rd__line_round(rd_list_entry(node, struct rd__line, in_round));
	}
}

uint64_t rd__thread_due_us(const struct rd__thread *thread)
{
	uint64_t due_us = rd__mixes_due_us(thread), wheel_ms;

	if (thread->lines == 0)
		return due_us;
	wheel_ms = wheel_due_ms(thread);
	if (wheel_ms != UINT64_MAX)
		due_us = RD_MIN(due_us, wheel_ms * 1000);
	/* Mixers wake it often enough for the rounds, which then cost no waking up. */
	return rd_list_empty(&thread->mixes) ? RD_MIN(thread->round_us, due_us) : due_us;
}

/* ---- the pass ---- */

static void run_commands(struct rd__thread *thread)
{
	struct rd__command command;

	while (rd__ring_pop(&thread->commands, &command)) {
		if (command.type == RD__CMD_QUIT)
			thread->quit = true;
		else
			rd__line_command(thread, &command);
	}
}

/* The line of an event; NULL: it is none of a line. */
static struct rd__line *line_of(const struct epoll_event *event)
{
	return (struct rd__line *)((uintptr_t)event->data.ptr & ~(uintptr_t)RD__READY_BITS);
}

/* Of commands, which are run later. */
static void take_notice(const struct rd__thread *thread)
{
	uint64_t count;
	ssize_t n = read(thread->command_fd, &count, sizeof(count));

	(void)n;
}

static void ready(struct rd__thread *thread, const struct epoll_event *event)
{
	struct rd__line *line = line_of(event);

	if (!line) {
		take_notice(thread);
		return;
	}
	work_for(line);
	switch ((enum rd__ready)((uintptr_t)event->data.ptr & RD__READY_BITS)) {
	case RD__READY_RTCP:
		rd__line_receive_rtcp(line);
		break;
	case RD__READY_EAR:
		rd__line_receive_elsewhere(line);
		break;
	default:
		rd__line_receive(line);
		thread->load_packets++;
	}
}

static void look_at_events(const struct epoll_event *events, int at, int count)
{
	if (at + 2 < count && line_of(&events[at + 2]))
		rd__fetch_line(line_of(&events[at + 2]));
	if (at + 1 < count && line_of(&events[at + 1]))
		rd__fetch_next(line_of(&events[at + 1]));
}

static void measure_load(struct rd__thread *thread)
{
	uint64_t span = thread->now_us - thread->load_us;

	if (span < LOAD_US)
		return;
	thread->busy = thread->load_packets * UINT64_C(1000000) / span >= BUSY_PPS;
	thread->load_us = thread->now_us;
	thread->load_packets = 0;
}

static uint64_t monotonic_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static void begin(struct rd__thread *thread, uint64_t now_us)
{
	thread->now_us = now_us;
	rd__work_pass_begin(now_us);
}

/* Again until nothing waits: after a late start each socket holds several
 * packets, and one for each pass would never catch up. */
static void receive_all(struct rd__thread *thread, uint64_t now_us, int timeout_ms)
{
	struct epoll_event events[BATCH];

	for (int round = 0; round < ROUNDS; round++) {
		int n = epoll_wait(thread->epoll_fd, events, BATCH, round ? 0 : timeout_ms);

		if (round == 0)
			begin(thread, now_us ? now_us : monotonic_us());
		for (int i = 0; i < n; i++) {
			look_at_events(events, i, n);
			ready(thread, &events[i]);
		}
		if (n <= 0)
			return;
	}
}

void rd__thread_pass(struct rd__thread *thread, uint64_t now_us, int timeout_ms)
{
	receive_all(thread, now_us, timeout_ms);
	/* After the packets: a command may close a line that was in the list. */
	run_commands(thread);
	run_wheel(thread);
	rd__mixes_run(thread);
	run_rounds(thread);
	measure_load(thread);
	rd__work_pass_end(thread);
	flush_events(thread);
}

static int timeout_of(const struct rd__thread *thread)
{
	uint64_t due = rd__thread_due_us(thread), now = monotonic_us();

	if (due == UINT64_MAX)
		return thread->overflow_count ? 10 : -1;
	return due <= now ? 0 : (int)RD_MIN((due - now + 999) / 1000, 1000u);
}

void *rd__thread_main(void *arg)
{
	struct rd__thread *thread = arg;

	rd__work_adopt(&thread->work);
	/* The window is meant as it says. */
	prctl(PR_SET_TIMERSLACK, 1000);
	while (!thread->quit) {
		rd__thread_pass(thread, 0, timeout_of(thread));
		if (thread->busy)
			nanosleep(&(struct timespec){ .tv_nsec = WINDOW_US * 1000 }, NULL);
	}
	return NULL;
}

uint32_t rd__thread_random(struct rd__thread *thread)
{
	/* xorshift64*: for intervals and first numbers, not for secrets. */
	thread->random ^= thread->random >> 12;
	thread->random ^= thread->random << 25;
	thread->random ^= thread->random >> 27;
	return (uint32_t)(thread->random * UINT64_C(2685821657736338717) >> 32);
}
