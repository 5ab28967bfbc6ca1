/* Fibers: birth, the ready queue, park and wake, cancellation, shields, end.
 * What a fiber waits for is in cond.c, io.c, offload.c. */
#include <ringdown/clock.h>
#include <ringdown/log.h>
#include <ringdown/memory.h>
#include <ringdown/str.h>

#include "core/base/context.h"
#include "core/base/usage.h"
#include "core/sched/fiber.h"
#include "core/sched/sched.h"
#include "core/sched/switch.h"
#include "core/sched/watchdog.h"

static struct {
	struct rd_list all, ready;
	struct rd_list unshrunk; /* in the order in which they were parked */
	size_t count, max;
	size_t deepest; /* of those that were warned of */
	void *loop_context;
	struct rd__tool_side loop_side;
	int no_yield;
	const char *loop_subject, *loop_module; /* set outside of any fiber */
} fibers;

/* Other threads see NULL here. */
static _Thread_local struct rd_fiber *running;

/* ---- the running fiber ---- */

struct rd_fiber *rd_fiber_self(void)
{
	return running;
}

bool rd_fiber_cancelled(void)
{
	return running && running->cancelled;
}

const char *rd_fiber_name(const struct rd_fiber *fiber)
{
	RD_CHECK(fiber, RD__FIBER_MAGIC);
	return fiber->name;
}

static const char *swap(const char **where, const char *value)
{
	const char *former = *where;

	*where = value;
	return former;
}

const char *rd_fiber_set_subject(const char *channel_name)
{
	return swap(running ? &running->subject : &fibers.loop_subject, channel_name);
}

const char *rd__fiber_subject(void)
{
	return running ? running->subject : fibers.loop_subject;
}

const char *rd_fiber_set_module(const char *module_name)
{
	return swap(running ? &running->module : &fibers.loop_module, module_name);
}

/* Whose code was called last, where somebody has counted that; else who has said so. */
static const char *module_at_work(const char *said)
{
	const struct rd__usage *usage = rd__usage_now();

	return usage == rd__usages ? said : usage->name;
}

static void describe_running(struct rd__context *context)
{
	const char *said = NULL;

	if (running) {
		context->fiber = running->name;
		context->channel = running->subject;
		said = running->module;
	} else if (rd__sched_is_switch_thread()) {
		context->channel = fibers.loop_subject;
		context->given = rd__slice_arg();
		said = fibers.loop_module;
	}
	context->module = module_at_work(said);
}

/* ---- switching ---- */

static void switch_to_loop(struct rd_fiber *fiber, bool for_good)
{
	rd__tool_leave(&fiber->tool, &fibers.loop_side, for_good);
	rd__switch(&fiber->context, fibers.loop_context);
	rd__tool_arrive(&fiber->tool, &fibers.loop_side);
}

static void fiber_main(void *arg)
{
	struct rd_fiber *fiber = arg;

	rd__tool_arrive(&fiber->tool, &fibers.loop_side);
	fiber->result = fiber->run(fiber->arg);
	fiber->state = RD__FIBER_ENDED;
	switch_to_loop(fiber, true);
	rd_assert(!"an ended fiber runs again");
}

static void fiber_free(struct rd_fiber *fiber)
{
	rd_list_remove(&fiber->all);
	fibers.count--;
	fiber->magic = 0;
	rd_free(fiber);
}

static void warn_of_depth(const struct rd_fiber *fiber, size_t used)
{
	if (used <= fiber->stack.size / 4 * 3 || used <= fibers.deepest)
		return;
	fibers.deepest = used;
	rd_warning("fiber %s: used %zu KiB of its stack of %zu KiB", fiber->name, used / 1024,
		   fiber->stack.size / 1024);
}

/* Its stack can go only now that nobody stands on it. */
static void bury(struct rd_fiber *fiber)
{
	size_t used;

	rd__tool_fiber_end(&fiber->tool);
	used = rd__stack_used(&fiber->stack);
	warn_of_depth(fiber, used);
	rd__stack_put(&fiber->stack, used);
	fiber->stack.base = NULL;
	if (fiber->detached)
		fiber_free(fiber);
	else
		rd_cond_broadcast(&fiber->ended);
}

static void resume(struct rd_fiber *fiber)
{
	rd__slice_begin_for(fiber->usage);
	fiber->state = RD__FIBER_RUNNING;
	running = fiber;
	rd__tool_leave(&fibers.loop_side, &fiber->tool, false);
	rd__switch(&fibers.loop_context, fiber->context);
	rd__tool_arrive(&fibers.loop_side, NULL);
	fiber->usage = rd__usage_now();
	rd__slice_end(fiber->state == RD__FIBER_ENDED ? (const void *)fiber->run
						      : fiber->wait_place);
	running = NULL;
	if (fiber->state == RD__FIBER_ENDED)
		bury(fiber);
}

bool rd__fibers_ready(void)
{
	return !rd_list_empty(&fibers.ready);
}

void rd__fibers_run(void)
{
	struct rd_list batch;
	struct rd_list *node;

	if (rd_list_empty(&fibers.ready))
		return;
	rd_list_init(&batch);
	rd_list_insert_after(fibers.ready.prev, &batch);
	rd_list_remove(&fibers.ready);
	while ((node = rd_list_pop(&batch)))
		resume(rd_list_entry(node, struct rd_fiber, ready));
}

/* ---- park and wake ---- */

static void make_ready(struct rd_fiber *fiber)
{
	fiber->state = RD__FIBER_READY;
	rd_list_push(&fibers.ready, &fiber->ready);
}

void rd__wake(struct rd_fiber *fiber, int rc)
{
	if (fiber->state != RD__FIBER_PARKED)
		return;
	fiber->woken = rc;
	rd_list_remove(&fiber->waiting);
	rd_list_remove(&fiber->unshrunk);
	rd_timer_stop(&fiber->timer);
	make_ready(fiber);
}

static bool shielded(const struct rd_fiber *fiber)
{
	return fiber->shield_depth > 0 &&
	       rd_now_ms() < fiber->shields[fiber->shield_depth - 1];
}

static bool must_end_wait(const struct rd_fiber *fiber)
{
	return fiber->cancelled && !fiber->uncancellable && !shielded(fiber);
}

/* The next moment that matters to a wait: its timeout, or the end of the
 * shield, when a cancellation that is already known strikes. */
static void start_wait_timer(struct rd_fiber *fiber)
{
	uint64_t now = rd_now_ms(), until = fiber->wait_until_ms;
	bool sheltered = fiber->cancelled && !fiber->uncancellable && shielded(fiber);

	if (sheltered) {
		uint64_t end = fiber->shields[fiber->shield_depth - 1];

		until = until ? RD_MIN(until, end) : end;
	}
	if (until) {
		uint64_t left = until > now ? until - now : 0;

		rd_timer_start(&fiber->timer, (int)RD_MIN(left, INT32_MAX));
	}
}

static void on_wait_timer(void *arg)
{
	struct rd_fiber *fiber = arg;

	if (must_end_wait(fiber))
		rd__wake(fiber, -ECANCELED);
	else if (fiber->wait_until_ms && rd_now_ms() >= fiber->wait_until_ms)
		rd__wake(fiber, -ETIMEDOUT);
	else
		start_wait_timer(fiber);
}

bool rd__wait_refused(void)
{
	rd_assert(running != NULL);
	rd_assert(fibers.no_yield == 0);
	return must_end_wait(running);
}

int rd__park(struct rd_list *queue, const char *name, const void *place, int timeout_ms)
{
	struct rd_fiber *fiber = running;

	if (rd__wait_refused())
		return -ECANCELED;
	if (queue)
		rd_list_push(queue, &fiber->waiting);
	fiber->wait_name = name;
	fiber->wait_place = place;
	rd_list_push(&fibers.unshrunk, &fiber->unshrunk);
	fiber->wait_since_ms = rd_now_ms();
	fiber->wait_until_ms = timeout_ms < 0 ? 0 : fiber->wait_since_ms + (uint64_t)timeout_ms;
	start_wait_timer(fiber);
	fiber->state = RD__FIBER_PARKED;
	switch_to_loop(fiber, false);
	return fiber->woken;
}

int rd__park_deaf(const char *name, const void *place)
{
	int rc;

	rd_assert(running != NULL);
	running->uncancellable = true;
	rc = rd__park(NULL, name, place, RD_FOREVER);
	running->uncancellable = false;
	return rc;
}

int rd_sleep(int ms)
{
	int rc = rd__park(NULL, "sleep", __builtin_return_address(0), RD_MAX(ms, 0));

	return rc == -ETIMEDOUT ? 0 : rc;
}

int rd_yield(void)
{
	if (rd__wait_refused())
		return -ECANCELED;
	running->wait_place = __builtin_return_address(0);
	make_ready(running);
	switch_to_loop(running, false);
	return must_end_wait(running) ? -ECANCELED : 0;
}

void rd_fiber_cancel(struct rd_fiber *fiber)
{
	RD_CHECK(fiber, RD__FIBER_MAGIC);
	if (fiber->cancelled)
		return;
	fiber->cancelled = true;
	if (fiber->state != RD__FIBER_PARKED)
		return;
	if (must_end_wait(fiber))
		rd__wake(fiber, -ECANCELED);
	else if (!fiber->uncancellable)
		start_wait_timer(fiber);
}

void rd_shield_begin(int deadline_ms)
{
	struct rd_fiber *fiber = running;
	uint64_t deadline = rd_now_ms() + (uint64_t)RD_MAX(deadline_ms, 0);

	rd_assert(fiber && fiber->shield_depth < RD__SHIELDS_MAX);
	if (fiber->shield_depth > 0)
		deadline = RD_MIN(deadline, fiber->shields[fiber->shield_depth - 1]);
	fiber->shields[fiber->shield_depth++] = deadline;
}

void rd_shield_end(void)
{
	rd_assert(running && running->shield_depth > 0);
	running->shield_depth--;
}

bool rd_may_yield(void)
{
	return running && fibers.no_yield == 0;
}

/* No fiber gives way in between, so one counter serves them all. */
void rd_no_yield_begin(void)
{
	fibers.no_yield++;
}

void rd_no_yield_end(void)
{
	rd_assert(fibers.no_yield > 0);
	fibers.no_yield--;
}

/* ---- birth and end ---- */

static struct rd_memory_part part = { .name = "fibers" };

int rd_fiber_new(struct rd_fiber **fp, const char *name, int (*run)(void *arg), void *arg)
{
	struct rd_fiber *fiber;

	if (fibers.count >= fibers.max)
		return -EAGAIN;
	fiber = rd_zalloc(sizeof(*fiber));
	if (!fiber)
		return -ENOMEM;
	rd_memory_belongs(fiber, &part);
	if (rd__stack_get(&fiber->stack)) {
		rd_free(fiber);
		return -ENOMEM;
	}
	fiber->magic = RD__FIBER_MAGIC;
	rd_strcpy(fiber->name, sizeof(fiber->name), name);
	fiber->run = run;
	fiber->arg = arg;
	fiber->usage = rd__usage_near((const void *)run);
	fiber->born_ms = rd_now_ms();
	rd_list_init(&fiber->waiting);
	rd_list_init(&fiber->unshrunk);
	rd_cond_init(&fiber->ended);
	rd_timer_init(&fiber->timer, on_wait_timer, fiber);
	rd__tool_fiber_begin(&fiber->tool, fiber->stack.base, fiber->stack.size);
	fiber->context =
		rd__switch_prepare(fiber->stack.base, fiber->stack.size, fiber_main, fiber);
	rd_list_push(&fibers.all, &fiber->all);
	fibers.count++;
	make_ready(fiber);
	*fp = fiber;
	return 0;
}

int rd_fiber_new_detached(const char *name, int (*run)(void *arg), void *arg)
{
	struct rd_fiber *fiber;
	int rc = rd_fiber_new(&fiber, name, run, arg);

	if (rc == 0)
		fiber->detached = true;
	return rc;
}

void rd_fiber_detach(struct rd_fiber *fiber)
{
	RD_CHECK(fiber, RD__FIBER_MAGIC);
	rd_assert(!fiber->detached);
	fiber->detached = true;
	if (fiber->state == RD__FIBER_ENDED && fiber != running)
		fiber_free(fiber);
}

int rd_fiber_join(struct rd_fiber *fiber, int timeout_ms, int *result)
{
	RD_CHECK(fiber, RD__FIBER_MAGIC);
	rd_assert(!fiber->detached && fiber != running);
	if (fiber->state != RD__FIBER_ENDED) {
		int rc = rd__park(&fiber->ended.waiters, "join", __builtin_return_address(0),
				  timeout_ms);

		if (rc)
			return rc;
	}
	if (result)
		*result = fiber->result;
	fiber_free(fiber);
	return 0;
}

void rd__fibers_init(size_t max_fibers)
{
	rd_list_init(&fibers.all);
	rd_list_init(&fibers.ready);
	rd_list_init(&fibers.unshrunk);
	fibers.count = 0;
	fibers.max = max_fibers;
	fibers.no_yield = 0;
	rd__tool_loop_begin(&fibers.loop_side);
	rd__context_set_source(describe_running);
}

void rd__fibers_fini(void)
{
	rd_assert(fibers.count == 0);
	rd__context_set_source(NULL);
}

size_t rd__fibers_max(void)
{
	return fibers.max;
}

static void shrink(struct rd_fiber *fiber)
{
	const char *lowest = rd__switch_lowest(fiber->context);

	rd_list_remove(&fiber->unshrunk);
	if (!lowest)
		return;
	warn_of_depth(fiber, rd__stack_used(&fiber->stack));
	rd__stack_shrink(&fiber->stack, lowest);
}

bool rd__fibers_shrink(uint64_t waited_ms, int most)
{
	rd_list_foreach(it, next, &fibers.unshrunk) {
		struct rd_fiber *fiber = rd_list_entry(it, struct rd_fiber, unshrunk);

		if (rd_now_ms() - fiber->wait_since_ms < waited_ms)
			break;
		if (most-- == 0)
			return true;
		shrink(fiber);
	}
	return false;
}

/* ---- who is there ---- */

size_t rd__fiber_count(void)
{
	return fibers.count;
}

void rd__fiber_cancel_all(void)
{
	rd_list_foreach(it, next, &fibers.all)
		rd_fiber_cancel(rd_list_entry(it, struct rd_fiber, all));
}

static void describe(const struct rd_fiber *fiber, struct rd__fiber_info *info, bool with_stack)
{
	static const char *const states[] = { "ready", "running", "parked", "ended" };
	bool parked = fiber->state == RD__FIBER_PARKED;
	uint64_t now = rd_now_ms();

	*info = (struct rd__fiber_info){
		.fiber = fiber,
		.name = fiber->name,
		.state = states[fiber->state],
		.wait = parked ? fiber->wait_name : "",
		.wait_place = parked ? fiber->wait_place : NULL,
		.waited_ms = parked ? now - fiber->wait_since_ms : 0,
		.age_ms = now - fiber->born_ms,
		.subject = fiber->subject ? fiber->subject : "",
		.module = fiber->module ? fiber->module : "",
		.code = (const void *)fiber->run,
		.usage = fiber == running ? rd__usage_now() : fiber->usage,
		.cancelled = fiber->cancelled,
		.stack_size = fiber->stack.size,
	};
	if (parked && fiber->wait_until_ms > now)
		info->left_ms = fiber->wait_until_ms - now;
	if (with_stack && fiber->stack.base)
		info->stack_used = rd__stack_used(&fiber->stack);
}

size_t rd__fibers_begun_in(const void *begin, const void *end)
{
	size_t count = 0;

	rd_list_foreach(it, next, &fibers.all) {
		uintptr_t run = (uintptr_t)rd_list_entry(it, struct rd_fiber, all)->run;

		count += run >= (uintptr_t)begin && run < (uintptr_t)end;
	}
	return count;
}

void rd__fibers_by_usage(size_t *counts)
{
	struct rd__fiber_info info = { 0 };

	while (rd__fiber_next(info.fiber, &info, false))
		counts[info.usage - rd__usages]++;
}

bool rd__fiber_next(const struct rd_fiber *after, struct rd__fiber_info *info, bool with_stack)
{
	const struct rd_list *node = after ? after->all.next : fibers.all.next;

	if (node == NULL || node == &fibers.all)
		return false;
	describe(rd_list_entry(node, struct rd_fiber, all), info, with_stack);
	return true;
}
