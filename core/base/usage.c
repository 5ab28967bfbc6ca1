/* Whose code is where, and what has been counted for whom. Time is counted in usage.h, by
 * whoever calls into a module; memory in alloc.c. */
#include <string.h>

#include <ringdown/str.h>

#include "core/base/alloc.h"
#include "core/base/usage.h"

enum { PLACES_MAX = 4096, NEAR = 512, MEDIA_NEAR = 64, NEAR_ALIGN = 16, NS = 1000000000 };

struct rd__usage rd__usages[RD__USAGES_MAX];
_Thread_local struct rd__usage_turn rd__usage_turn;

static size_t used = 1;

/* Where code lies. A row that is free has no end; others may read while it is written. */
static struct {
	_Atomic(uintptr_t) begin, end;
	_Atomic(struct rd__usage *) usage;
} places[PLACES_MAX];
static atomic_size_t places_used;

struct near {
	const void *place;
	struct rd__usage *usage;
	unsigned age; /* a media thread's: of what it has seen of .places */
};

static struct near near[NEAR];
static _Thread_local struct near media_near[MEDIA_NEAR];
static atomic_uint places_age = 1;

/* When the switch thread began to count, by both clocks. */
static uint64_t began_ticks, began_ns;

struct rd__usage *rd__usage_of(const char *module)
{
	for (size_t i = 1; i < used; i++)
		if (strcmp(rd__usages[i].name, module) == 0)
			return &rd__usages[i];
	if (used == RD__USAGES_MAX || !rd_strcpy(rd__usages[used].name, RD__USAGE_NAME, module))
		return &rd__usages[0];
	return &rd__usages[used++];
}

/* -- whose code is where -------------------------------------------------------------------- */

bool rd__usage_add_code(struct rd__usage *usage, const void *begin, const void *end)
{
	size_t i = 0;

	while (i < PLACES_MAX && atomic_load(&places[i].end))
		i++;
	if (i == PLACES_MAX)
		return false;
	atomic_store(&places[i].usage, usage);
	atomic_store(&places[i].begin, (uintptr_t)begin);
	atomic_store(&places[i].end, (uintptr_t)end);
	if (i >= atomic_load(&places_used))
		atomic_store(&places_used, i + 1);
	memset(near, 0, sizeof(near));
	atomic_fetch_add(&places_age, 1);
	return true;
}

void rd__usage_remove_code(const void *begin)
{
	for (size_t i = 0; i < PLACES_MAX; i++)
		if (atomic_load(&places[i].end) &&
		    atomic_load(&places[i].begin) == (uintptr_t)begin)
			atomic_store(&places[i].end, 0);
	memset(near, 0, sizeof(near));
	atomic_fetch_add(&places_age, 1);
}

struct rd__usage *rd__usage_at(const void *place)
{
	size_t n = atomic_load(&places_used);

	for (size_t i = 0; i < n; i++)
		if ((uintptr_t)place >= atomic_load(&places[i].begin) &&
		    (uintptr_t)place < atomic_load(&places[i].end))
			return atomic_load(&places[i].usage);
	return &rd__usages[0];
}

struct rd__usage *rd__usage_near(const void *place)
{
	struct near *known = &near[(uintptr_t)place / NEAR_ALIGN % NEAR];

	if (known->place != place)
		*known = (struct near){ .place = place, .usage = rd__usage_at(place) };
	return known->usage;
}

void rd__usage_media(const void *code, uint64_t ticks)
{
	struct near *known = &media_near[(uintptr_t)code / NEAR_ALIGN % MEDIA_NEAR];
	unsigned age = atomic_load_explicit(&places_age, memory_order_relaxed);

	if (known->place != code || known->age != age)
		*known = (struct near){ code, rd__usage_at(code), age };
	atomic_fetch_add_explicit(&known->usage->media_ticks, ticks, memory_order_relaxed);
}

/* -- sums -------------------------------------------------------------------------------------- */

static uint64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS + (uint64_t)now.tv_nsec;
}

void rd__usage_start(void)
{
	began_ticks = rd__usage_ticks();
	began_ns = clock_ns();
}

static double seconds_per_tick(void)
{
	uint64_t ticks = rd__usage_ticks() - began_ticks;

	return ticks ? (double)(clock_ns() - began_ns) / NS / (double)ticks : 0;
}

/* With what the running slice has had so far. */
static uint64_t ticks_of(const struct rd__usage *usage)
{
	uint64_t more = 0;

	if (usage == rd__usage_now() && rd__usage_turn.since)
		more = rd__usage_ticks() - rd__usage_turn.since;
	return usage->ticks + more;
}

void rd__usage_sum(const struct rd__usage *usage, struct rd__usage_sum *sum)
{
	*sum = (struct rd__usage_sum){
		.switch_s = (double)ticks_of(usage) * seconds_per_tick(),
		.media_s = (double)atomic_load(&usage->media_ticks) * seconds_per_tick(),
		.pool_s = (double)atomic_load(&usage->pool_ns) / NS,
		.events = usage->events,
	};
	rd__alloc_usage((size_t)(usage - rd__usages), &sum->bytes, &sum->blocks);
}
