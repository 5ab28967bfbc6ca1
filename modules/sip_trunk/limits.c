/* Limits of trunks: reading them, and counting calls against them. A meter belongs to a
 * direction and a prefix, whatever the limit is at the moment: it outlives reloads. */
#include <stdio.h>
#include <string.h>

#include <ringdown/clock.h>
#include <ringdown/log.h>

#include "modules/sip_trunk/trunk.h"

#define SECOND_MS    1000
#define TELL_ONCE_MS 10000 /* a full trunk is in the log so often */

/* ---- reading ---- */

#define CALLS_MAX 100000 /* at a time */
#define RATE_MAX  1000 /* in a second: their times are kept */

static const char expected[] = "calls at a time, or calls/calls per second, a prefix and a colon "
			       "before them or not: 30, 30/5, 0900:2, 00:10/1";

static bool is_prefix(struct rd_str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!strchr("+*#0123456789", text.p[i]))
			return false;
	return text.n && text.n < RD_SIP_NUMBER;
}

/* "0900" is a prefix without its colon. */
static bool is_count(struct rd_str text)
{
	return text.n == 1 || *text.p != '0';
}

/* "30/5", "30", "/5" */
static bool read_numbers(struct trunk_limit *limit, struct rd_str text)
{
	uint64_t calls = 0, rate = 0;
	struct rd_str head;
	bool has_rate = rd_str_cut(&text, '/', &head);

	if (!has_rate && !head.n)
		return false;
	head = rd_str_trim(head);
	if (head.n && (!is_count(head) || rd_str_to_u64(head, CALLS_MAX, &calls)))
		return false;
	if (has_rate && (rd_str_to_u64(rd_str_trim(text), RATE_MAX, &rate) || !rate))
		return false;
	limit->calls = head.n ? (int)calls : -1;
	limit->per_second = (int)rate;
	return true;
}

static const char *read_limit(struct trunk_limit *limit, struct rd_str text, struct rd_pool *pool)
{
	struct rd_str prefix = { 0 }, rest = text;
	char buf[RD_SIP_NUMBER];

	if (memchr(text.p, ':', text.n)) {
		rd_str_cut(&rest, ':', &prefix);
		prefix = rd_str_trim(prefix);
		if (!is_prefix(prefix))
			return expected;
	}
	if (!read_numbers(limit, rd_str_trim(rest)))
		return expected;
	rd_strcpyn(buf, sizeof(buf), prefix);
	limit->prefix = rd_pool_strdup(pool, buf);
	return limit->prefix ? NULL : rd_option_no_memory;
}

const char *trunk_limit_text(char *buf, size_t size, enum trunk_way way,
			     const struct trunk_limit *limit)
{
	static const char *const ways[] = { "limit", "limit_in", "limit_out" };
	char calls[12] = "", rate[12] = "";

	if (limit->calls >= 0)
		snprintf(calls, sizeof(calls), "%d", limit->calls);
	if (limit->per_second)
		snprintf(rate, sizeof(rate), "/%d", limit->per_second);
	snprintf(buf, size, "%s = %s%s%s%s", ways[way], limit->prefix, *limit->prefix ? ":" : "",
		 calls, rate);
	return buf;
}

const char *trunk_limits_parse(const char *value, void *dest, struct rd_pool *pool)
{
	struct trunk_limit **last = dest, *limit;
	struct rd_str list = rd_str_of(value), one;
	const char *wrong = list.n ? NULL : expected;

	while (*last)
		last = &(*last)->next;
	while (!wrong && list.p) {
		rd_str_cut(&list, ',', &one);
		limit = rd_pool_zalloc(pool, sizeof(*limit));
		wrong = limit ? read_limit(limit, rd_str_trim(one), pool) : rd_option_no_memory;
		if (!wrong) {
			*last = limit;
			last = &limit->next;
		}
	}
	return wrong;
}

/* ---- meters ---- */

static bool concerns(enum trunk_way way, const char *prefix, const struct trunk_talk *talk)
{
	if (way != TRUNK_BOTH_WAYS && (way == TRUNK_OUT) != talk->outgoing)
		return false;
	return strncmp(talk->number, prefix, strlen(prefix)) == 0 ||
	       strncmp(talk->dialled, prefix, strlen(prefix)) == 0;
}

static struct trunk_meter *find(const struct trunk_state *state, enum trunk_way way,
				const char *prefix)
{
	struct trunk_meter *meter = state ? state->meters : NULL;

	while (meter && (meter->way != way || strcmp(meter->prefix, prefix) != 0))
		meter = meter->next;
	return meter;
}

const struct trunk_meter *trunk_meter_of(const struct trunk_state *state, enum trunk_way way,
					 const struct trunk_limit *limit)
{
	return find(state, way, limit->prefix);
}

static unsigned count(const struct trunk_state *state, enum trunk_way way, const char *prefix)
{
	unsigned n = 0;

	rd_list_foreach(node, tmp, &state->calls)
		n += concerns(way, prefix, rd_list_entry(node, struct trunk_talk, link));
	return n;
}

/* A limit that a reload brings finds calls that are there already. */
static struct trunk_meter *meter_of(struct trunk_state *state, enum trunk_way way,
				    const char *prefix)
{
	struct trunk_meter *meter = find(state, way, prefix);
	size_t size = strlen(prefix) + 1;

	if (meter)
		return meter;
	meter = rd_zalloc(sizeof(*meter) + size);
	if (!meter)
		return NULL;
	memcpy(meter->prefix, prefix, size);
	meter->way = way;
	meter->now = count(state, way, prefix);
	meter->next = state->meters;
	state->meters = meter;
	return meter;
}

/* Room for the times of so many; those of the latest are kept. */
static int resize(struct trunk_meter *meter, int size)
{
	uint64_t *times;

	if (size == meter->size)
		return 0;
	times = size ? rd_zalloc((size_t)size * sizeof(*times)) : NULL;
	if (size && !times)
		return -ENOMEM;
	for (int i = 1; i <= RD_MIN(size, meter->size); i++)
		times[size - i] = meter->began_ms[(meter->at + meter->size - i) % meter->size];
	rd_free(meter->began_ms);
	meter->began_ms = times;
	meter->size = size;
	meter->at = 0;
	return 0;
}

static void note_time(struct trunk_meter *meter)
{
	if (!meter->size)
		return;
	meter->began_ms[meter->at] = rd_now_ms();
	meter->at = (meter->at + 1) % meter->size;
}

void trunk_limits_drop(struct trunk_state *state)
{
	struct trunk_meter *next;

	for (struct trunk_meter *it = state->meters; it; it = next) {
		next = it->next;
		rd_free(it->began_ms);
		rd_free(it);
	}
	state->meters = NULL;
}

/* ---- may it be? ---- */

/* The call that began so many calls ago has to be a second old. */
static bool is_too_fast(const struct trunk_meter *meter, int per_second)
{
	uint64_t began;

	if (!per_second || per_second > meter->size)
		return false;
	began = meter->began_ms[(meter->at + meter->size - per_second) % meter->size];
	return began && rd_now_ms() - began < SECOND_MS;
}

/* Calls for help have some of all to themselves, and are held up by no prefix. */
static int calls_of(const struct trunk *trunk, enum trunk_way way, const struct trunk_limit *limit,
		    const struct trunk_talk *talk)
{
	if (way == TRUNK_IN || *limit->prefix || talk->emergency)
		return limit->calls;
	return RD_MAX(limit->calls - trunk->emergency_channels, 0);
}

static bool allows(const struct trunk *trunk, enum trunk_way way, const struct trunk_limit *limit,
		   const struct trunk_meter *meter, const struct trunk_talk *talk)
{
	unsigned now = meter ? meter->now : 0;

	if (!concerns(way, limit->prefix, talk))
		return true;
	if (talk->emergency && *limit->prefix)
		return true;
	if (limit->calls >= 0 && now >= (unsigned)calls_of(trunk, way, limit, talk))
		return false;
	return talk->emergency || !meter || !is_too_fast(meter, limit->per_second);
}

/* NULL: none does. */
static const struct trunk_limit *forbidding(const struct trunk_state *state,
					    const struct trunk *trunk,
					    const struct trunk_talk *talk, enum trunk_way *way)
{
	for (*way = 0; *way < TRUNK_WAYS && !talk->replaces; (*way)++)
		for (const struct trunk_limit *it = trunk->limits[*way]; it; it = it->next)
			if (!allows(trunk, *way, it, find(state, *way, it->prefix), talk))
				return it;
	return NULL;
}

bool trunk_limits_allow(const struct trunk_state *state, const struct trunk *trunk,
			const struct trunk_talk *talk)
{
	enum trunk_way way;

	return !forbidding(state, trunk, talk, &way);
}

/* ---- a call begins, and ends ---- */

/* The fastest that anybody says of a prefix: it may be written more than once. */
static int rate_of(const struct trunk_limit *limits, const char *prefix)
{
	int rate = 0;

	for (; limits; limits = limits->next)
		if (strcmp(limits->prefix, prefix) == 0)
			rate = RD_MAX(rate, limits->per_second);
	return rate;
}

/* What all limits of the trunk count with, and room for the times that they ask for. */
static int make_meters(struct trunk_state *state, const struct trunk *trunk)
{
	for (enum trunk_way way = 0; way < TRUNK_WAYS; way++)
		for (const struct trunk_limit *it = trunk->limits[way]; it; it = it->next) {
			struct trunk_meter *meter = meter_of(state, way, it->prefix);

			if (!meter || resize(meter, rate_of(trunk->limits[way], it->prefix)))
				return -ENOMEM;
		}
	return 0;
}

static void refuse(const struct trunk_state *state, struct trunk_meter *meter,
		   const struct trunk_limit *limit, const struct trunk_talk *talk)
{
	char text[RD_SIP_NUMBER + 32];

	meter->refused++;
	if (!rd_log_is_due(&meter->told_ms, TELL_ONCE_MS))
		return;
	rd_notice("trunk %s: a call %s %s is refused: %s is reached; calls now: %u, refused: %u",
		  state->name, talk->outgoing ? "to" : "for", talk->number,
		  trunk_limit_text(text, sizeof(text), meter->way, limit), meter->now,
		  meter->refused);
}

void trunk_limits_refuse(const struct trunk_state *state, const struct trunk *trunk,
			 const struct trunk_talk *talk)
{
	enum trunk_way way;
	const struct trunk_limit *forbids = forbidding(state, trunk, talk, &way);
	struct trunk_meter *meter = forbids ? find(state, way, forbids->prefix) : NULL;

	if (meter)
		refuse(state, meter, forbids, talk);
}

int trunk_limits_begin(struct trunk_state *state, const struct trunk *trunk,
		       struct trunk_talk *talk)
{
	const struct trunk_limit *forbids = NULL;
	enum trunk_way way;

	if (trunk && make_meters(state, trunk))
		return -ENOMEM;
	if (trunk)
		forbids = forbidding(state, trunk, talk, &way);
	if (forbids && !talk->emergency) {
		refuse(state, find(state, way, forbids->prefix), forbids, talk);
		return -EBUSY;
	}
	for (struct trunk_meter *it = state->meters; it; it = it->next)
		if (concerns(it->way, it->prefix, talk)) {
			it->now++;
			if (!talk->replaces)
				note_time(it);
		}
	rd_list_push(&state->calls, &talk->link);
	return 0;
}

void trunk_limits_end(struct trunk_state *state, struct trunk_talk *talk)
{
	rd_list_remove(&talk->link);
	for (struct trunk_meter *it = state->meters; it; it = it->next)
		it->now -= concerns(it->way, it->prefix, talk);
}
