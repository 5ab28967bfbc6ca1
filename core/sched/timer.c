/* Timers on a hierarchical wheel. Level L has 64 slots of 64^L ms; a timer
 * lies on the level of the highest six bits in which its due time differs
 * from the wheel's, so each level's slots are all in the future, and the
 * earliest is the lowest bit of the lowest level that is not empty. */
#include "core/sched/clock.h"
#include "core/sched/timer.h"
#include "core/sched/watchdog.h"

enum { BITS = 6, SLOTS = 1 << BITS, LEVELS = 8 };

/* A timer may come late by this part of its time, and by so many ms. */
enum { GRAIN_SHARE = 32, GRAIN_MAX = 64 };

static struct {
	uint64_t now_ms;
	uint64_t used[LEVELS]; /* a bit may be set for a slot since emptied */
	struct rd_list slots[LEVELS][SLOTS];
	struct rd_list due;
	size_t count;
} wheel;

void rd__timers_init(void)
{
	for (int level = 0; level < LEVELS; level++) {
		wheel.used[level] = 0;
		for (int slot = 0; slot < SLOTS; slot++)
			rd_list_init(&wheel.slots[level][slot]);
	}
	rd_list_init(&wheel.due);
	wheel.now_ms = rd_now_ms();
	wheel.count = 0;
}

static void place(struct rd_timer *timer)
{
	uint64_t differ = timer->due_ms ^ wheel.now_ms;
	int level, slot;

	if (timer->due_ms <= wheel.now_ms) {
		rd_list_push(&wheel.due, &timer->link);
		return;
	}
	level = (63 - __builtin_clzll(differ)) / BITS;
	rd_assert(level < LEVELS);
	slot = (int)(timer->due_ms >> (level * BITS) & (SLOTS - 1));
	wheel.used[level] |= UINT64_C(1) << slot;
	rd_list_push(&wheel.slots[level][slot], &timer->link);
}

void rd_timer_init(struct rd_timer *timer, void (*fire)(void *arg), void *arg)
{
	rd_list_init(&timer->link);
	timer->due_ms = 0;
	timer->fire = fire;
	timer->arg = arg;
}

/* Waking up costs more than most timers do: long ones are due on a grid, so
 * that many share a wake-up. Nothing wakes up on the virtual clock. */
static uint64_t grain(int ms)
{
	if (ms < 2 * GRAIN_SHARE || rd__clock_virtual())
		return 1;
	return RD_MIN(UINT64_C(1) << (31 - __builtin_clz((unsigned)ms / GRAIN_SHARE)), GRAIN_MAX);
}

/* Rounded up: a timer may be late, never early. */
static uint64_t due_in(int ms)
{
	uint64_t grid = grain(ms);
	uint64_t due_ms = (rd_now_us() + 999) / 1000 + (uint64_t)ms;

	return (due_ms + grid - 1) & ~(grid - 1);
}

void rd_timer_start(struct rd_timer *timer, int ms)
{
	rd_timer_stop(timer);
	wheel.count++;
	if (ms > 0) {
		timer->due_ms = due_in(ms);
		place(timer);
	} else {
		/* In the next turn, which does not wait. */
		timer->due_ms = rd_now_ms();
		rd_list_push(&wheel.due, &timer->link);
	}
}

void rd_timer_stop(struct rd_timer *timer)
{
	if (!rd_list_linked(&timer->link))
		return;
	rd_list_remove(&timer->link);
	wheel.count--;
}

bool rd_timer_running(const struct rd_timer *timer)
{
	return rd_list_linked(&timer->link);
}

static size_t count_in(const struct rd_list *list, uintptr_t begin, uintptr_t end)
{
	size_t count = 0;

	rd_list_foreach(node, tmp, list) {
		uintptr_t timer = (uintptr_t)node;
		uintptr_t fire = (uintptr_t)rd_list_entry(node, struct rd_timer, link)->fire;

		count += (timer >= begin && timer < end) || (fire >= begin && fire < end);
	}
	return count;
}

size_t rd__timers_in(const void *begin, const void *end)
{
	size_t count = count_in(&wheel.due, (uintptr_t)begin, (uintptr_t)end);

	for (int level = 0; level < LEVELS; level++)
		for (int slot = 0; slot < SLOTS; slot++)
			count += count_in(&wheel.slots[level][slot], (uintptr_t)begin,
					  (uintptr_t)end);
	return count;
}

size_t rd__timers_count(void)
{
	return wheel.count;
}

/* The first slot in time that holds a timer; its level, or -1. */
static int first_slot(int *slot)
{
	for (int level = 0; level < LEVELS; level++) {
		while (wheel.used[level]) {
			*slot = __builtin_ctzll(wheel.used[level]);
			if (!rd_list_empty(&wheel.slots[level][*slot]))
				return level;
			wheel.used[level] &= wheel.used[level] - 1;
		}
	}
	return -1;
}

static uint64_t slot_begins(int level, int slot)
{
	uint64_t span = UINT64_C(1) << (level * BITS);
	uint64_t above = wheel.now_ms & ~(span * SLOTS - 1);

	return above | (uint64_t)slot * span;
}

bool rd__timers_next(uint64_t *due_ms)
{
	int slot, level;

	if (!rd_list_empty(&wheel.due)) {
		*due_ms = wheel.now_ms;
		return true;
	}
	level = first_slot(&slot);
	if (level < 0)
		return false;
	*due_ms = slot_begins(level, slot);
	return true;
}

/* Time has come to this slot: its timers go down a level, or are due. */
static void open_slot(int level, int slot)
{
	struct rd_list *list = &wheel.slots[level][slot];
	struct rd_list *node;

	wheel.used[level] &= ~(UINT64_C(1) << slot);
	while ((node = rd_list_pop(list)))
		place(rd_list_entry(node, struct rd_timer, link));
}

static void advance(uint64_t now_ms)
{
	int slot, level;

	while ((level = first_slot(&slot)) >= 0) {
		uint64_t begins = slot_begins(level, slot);

		if (begins > now_ms)
			break;
		wheel.now_ms = begins;
		open_slot(level, slot);
	}
	wheel.now_ms = RD_MAX(wheel.now_ms, now_ms);
}

void rd__timers_run(uint64_t now_ms)
{
	struct rd_list firing;
	struct rd_list *node;

	advance(now_ms);
	if (rd_list_empty(&wheel.due))
		return;
	rd_list_init(&firing);
	rd_list_insert_after(wheel.due.prev, &firing);
	rd_list_remove(&wheel.due);
	while ((node = rd_list_pop(&firing))) {
		struct rd_timer *timer = rd_list_entry(node, struct rd_timer, link);
		void (*fire)(void *arg) = timer->fire; /* it may free its timer */

		wheel.count--;
		rd__slice_begin((const void *)fire, timer->arg);
		fire(timer->arg);
		rd__slice_end((const void *)fire);
	}
}
