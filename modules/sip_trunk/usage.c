/* What each user has called today. A day is one of the machine's time zone; at its end all
 * begin anew, and calls that go on count from there. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ringdown/clock.h>
#include <ringdown/log.h>
#include <ringdown/map.h>
#include <ringdown/store.h>
#include <ringdown/zone.h>

#include "modules/sip_trunk/trunk.h"

#define FAMILY	 "trunk-usage"
#define UNUSUAL	 100 /* the largest short_calls and destinations */
#define MINUTE	 60000

/* The last ones of a kind, each with its time. */
struct trunk_pattern {
	struct {
		uint64_t at_ms; /* 0: none */
		char number[24];
	} last[UNUSUAL];
	int next;
	uint64_t told_ms; /* 0: never */
};

struct trunk_usage {
	struct rd_list link;
	long day;
	uint64_t ms;   /* of calls that are over */
	int64_t spent; /* for them, in RATE_UNITs */
	bool stopped;  /* until the end of the day, or by a command */
	bool told;     /* that he has reached a limit */
	bool ends; /* its calls are being ended */
	struct rd_list charges; /* answered calls that go on */
	struct rd_timer limit;	/* when they reach it */
	struct trunk_pattern *brief, *abroad; /* NULL: none yet */
	char user[];
};

static struct rd_list usages = RD_LIST_INIT(usages); /* the oldest first */
static struct rd_map *by_user; /* the same; NULL: none yet */

/* ---- telling ---- */

void trunk_alert(const char *what, const char *user, const char *trunk, const char *number,
		 const char *why)
{
	const struct rd_event_field fields[] = {
		{ "user", user }, { "trunk", trunk }, { "number", number }
	};
	struct rd_event event = { .type = RD_EVENT_SECURITY,
				  .name = what,
				  .text = why,
				  .fields = fields,
				  .field_count = RD_ARRAY_SIZE(fields) };

	rd_warning("%s: user '%s', trunk '%s', number '%s': %s", what, user, trunk, number, why);
	rd_event_publish(&event);
}

/* ---- days, and the store ---- */

static long today(void)
{
	struct tm tm;

	rd_zone_localtime(NULL, rd_wall(), &tm);
	return (tm.tm_year + 1900L) * 10000 + (tm.tm_mon + 1) * 100 + tm.tm_mday;
}

/* When this day began, on the clock of rd_now_ms(); 0: before that did. */
static uint64_t midnight_ms(void)
{
	uint64_t past_ms;
	struct tm tm;

	rd_zone_localtime(NULL, rd_wall(), &tm);
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_isdst = -1;
	past_ms = rd_wall_us() / 1000 - (uint64_t)rd_zone_mktime(NULL, &tm) * 1000;
	return past_ms < rd_now_ms() ? rd_now_ms() - past_ms : 0;
}

static void store(const struct trunk_usage *usage)
{
	char text[96];

	snprintf(text, sizeof(text), "%ld %" PRIu64 " %" PRId64 " %d", usage->day, usage->ms,
		 usage->spent, usage->stopped);
	rd_db_put(FAMILY, usage->user, text);
}

static void load(struct trunk_usage *usage)
{
	struct rd_pool *pool;
	const char *text;
	uint64_t ms;
	int64_t spent;
	int stopped;
	long day;

	if (rd_pool_new(&pool, 256))
		return;
	if (rd_db_get(FAMILY, usage->user, pool, &text) == 0 &&
	    sscanf(text, "%ld %" SCNu64 " %" SCNd64 " %d", &day, &ms, &spent, &stopped) == 4 &&
	    day == usage->day) {
		usage->ms = ms;
		usage->spent = spent;
		usage->stopped = stopped;
	}
	rd_pool_free(pool);
}

static struct trunk_charge *charge_of(struct rd_list *node)
{
	return rd_list_entry(node, struct trunk_charge, link);
}

/* Nothing counts that was before; of calls that go on, what comes after does. */
static void begin_day(struct trunk_usage *usage, uint64_t since_ms)
{
	usage->day = today();
	usage->ms = 0;
	usage->spent = 0;
	usage->stopped = usage->told = false;
	rd_list_foreach(node, tmp, &usage->charges) {
		struct trunk_charge *it = charge_of(node);

		it->counted_ms = RD_MAX(it->counted_ms, since_ms);
	}
}

/* Another day may have begun, and perhaps long ago. */
static void turn(struct trunk_usage *usage)
{
	if (usage->day != today())
		begin_day(usage, midnight_ms());
}

/* ---- how much it is ---- */

static int64_t cost(const struct trunk_charge *charge, uint64_t ms)
{
	return charge->price * (int64_t)ms / MINUTE;
}

struct sum {
	uint64_t ms;
	int64_t spent;
	int64_t price;	/* of a minute of all that go on ... */
	unsigned calls; /* ... so many */
};

static struct sum sum_up(const struct trunk_usage *usage)
{
	struct sum sum = { .ms = usage->ms, .spent = usage->spent };

	rd_list_foreach(node, tmp, &usage->charges) {
		const struct trunk_charge *it = charge_of(node);
		uint64_t ms = rd_now_ms() - it->counted_ms;

		sum.ms += ms;
		sum.spent += cost(it, ms);
		sum.price += it->price;
		sum.calls++;
	}
	return sum;
}

static const char *limit_reached(const struct trunk_usage *usage, const struct trunk_guard *rules)
{
	struct sum sum = sum_up(usage);

	if (rules->daily_minutes && sum.ms >= (uint64_t)rules->daily_minutes * MINUTE)
		return "the minutes of this day are used up (daily_minutes)";
	if (rules->daily_spend && sum.spent >= rules->daily_spend)
		return "the money of this day is used up (daily_spend)";
	return NULL;
}

const char *trunk_usage_fault(struct trunk_usage *usage, const struct trunk_guard *rules)
{
	turn(usage);
	if (usage->stopped)
		return "the calls of this user were stopped";
	return limit_reached(usage, rules);
}

/* ---- calls that reach a limit ---- */

static const struct trunk_guard *rules_of(const struct trunk_usage *usage)
{
	return trunk_guard_of(trunks_in_force, usage->user);
}

/* The end of one may be what is unusual, and ask for that of all. */
static void hang_up_all(struct trunk_usage *usage)
{
	if (usage->ends)
		return;
	usage->ends = true;
	rd_list_foreach(node, tmp, &usage->charges)
		rd_hangup(charge_of(node)->channel, RD_CAUSE_REJECTED);
	usage->ends = false;
}

/* When, if nothing changes until then; 0: never. */
static uint64_t time_left(const struct trunk_usage *usage, const struct trunk_guard *rules)
{
	struct sum sum = sum_up(usage);
	uint64_t left = UINT64_MAX, money;

	if (sum.calls && rules->daily_minutes)
		left = ((uint64_t)rules->daily_minutes * MINUTE - sum.ms) / sum.calls;
	if (sum.price && rules->daily_spend) {
		money = (uint64_t)((rules->daily_spend - sum.spent) * MINUTE / sum.price);
		left = RD_MIN(left, money);
	}
	return left == UINT64_MAX ? 0 : left + 1;
}

static void look(struct trunk_usage *usage)
{
	const struct trunk_guard *rules = rules_of(usage);
	const char *reached;
	uint64_t left;

	if (usage->ends)
		return; /* each end of a call comes by here */
	turn(usage);
	rd_timer_stop(&usage->limit);
	reached = limit_reached(usage, rules);
	if (reached && !usage->told) {
		usage->told = true;
		trunk_alert("TollLimit", usage->user, "", "", reached);
	}
	if (reached) {
		hang_up_all(usage);
		return;
	}
	usage->told = false;
	left = time_left(usage, rules);
	if (left)
		rd_timer_start(&usage->limit, (int)RD_MIN(left, 24 * 60 * MINUTE));
}

static void timer_fired(void *arg)
{
	look(arg);
}

void trunk_usages_look(void)
{
	rd_list_foreach(node, tmp, &usages)
		look(rd_list_entry(node, struct trunk_usage, link));
}

/* ---- users ---- */

static struct trunk_usage *find(const char *user)
{
	return by_user ? rd_map_get(by_user, user) : NULL;
}

static int keep(struct trunk_usage *usage)
{
	int rc = by_user ? 0 : rd_map_new(&by_user, 0);

	if (rc == 0)
		rc = rd_map_set(by_user, usage->user, usage, NULL);
	if (rc == 0)
		rd_list_push(&usages, &usage->link);
	return rc;
}

struct trunk_usage *trunk_usage_of(const char *user)
{
	struct trunk_usage *usage = find(user);
	size_t size = strlen(user) + 1;

	if (usage)
		return usage;
	usage = rd_zalloc(sizeof(*usage) + size);
	if (!usage)
		return NULL;
	memcpy(usage->user, user, size);
	if (keep(usage)) {
		rd_free(usage);
		return NULL;
	}
	usage->day = today();
	rd_list_init(&usage->charges);
	rd_timer_init(&usage->limit, timer_fired, usage);
	load(usage);
	return usage;
}

/* Those of before a restart, too, who have called nobody since. */
static void recall(void)
{
	const char *path, *text;
	size_t pos = 0;

	while (rd_db_next(&pos, FAMILY, NULL, &path, &text))
		if (strtol(text, NULL, 10) == today())
			trunk_usage_of(path + strlen("/" FAMILY "/"));
}

static void drop(struct trunk_usage *usage)
{
	rd_timer_stop(&usage->limit);
	rd_free(usage->brief);
	rd_free(usage->abroad);
	rd_free(usage);
}

void trunk_usages_drop(void)
{
	struct rd_list *node;

	while ((node = rd_list_pop(&usages)))
		drop(rd_list_entry(node, struct trunk_usage, link));
	rd_map_free(by_user);
	by_user = NULL;
}

/* ---- what is unusual ---- */

static void alarm_user(struct trunk_usage *usage, const struct trunk_guard *rules,
		       struct trunk_pattern *pattern, const char *number, const char *why)
{
	if (!rd_log_is_due(&pattern->told_ms, (uint64_t)rules->window_ms))
		return;
	trunk_alert("UnusualCalls", usage->user, "", number, why);
	if (!rules->stops)
		return;
	usage->stopped = true;
	store(usage);
	hang_up_all(usage);
}

static bool is_recent(uint64_t at_ms, const struct trunk_guard *rules)
{
	return at_ms && rd_now_ms() - at_ms < (uint64_t)rules->window_ms;
}

/* The same number counts once. */
static int place_of(const struct trunk_pattern *pattern, const char *number)
{
	for (int i = 0; *number && i < UNUSUAL; i++)
		if (strcmp(pattern->last[i].number, number) == 0)
			return i;
	return -1;
}

static bool note(struct trunk_pattern **pp, const struct trunk_guard *rules, const char *number,
		 int many)
{
	struct trunk_pattern *pattern = *pp ? *pp : rd_zalloc(sizeof(*pattern));
	int at, recent = 0;

	if (!pattern)
		return false;
	*pp = pattern;
	at = place_of(pattern, number);
	if (at < 0) {
		at = pattern->next;
		pattern->next = (at + 1) % UNUSUAL;
	}
	pattern->last[at].at_ms = rd_now_ms();
	rd_strcpy(pattern->last[at].number, sizeof(pattern->last[at].number), number);
	for (int i = 0; i < UNUSUAL; i++)
		recent += is_recent(pattern->last[i].at_ms, rules);
	return recent >= many;
}

void trunk_usage_foreign(struct trunk_usage *usage, const struct trunk_guard *rules,
			 const char *number)
{
	if (rules->destinations && note(&usage->abroad, rules, number, rules->destinations))
		alarm_user(usage, rules, usage->abroad, number,
			   "many numbers abroad in a short time (destinations)");
}

static void note_brief(struct trunk_usage *usage, uint64_t ms)
{
	const struct trunk_guard *rules = rules_of(usage);

	if (rules->short_calls && ms < (uint64_t)rules->short_ms &&
	    note(&usage->brief, rules, "", rules->short_calls))
		alarm_user(usage, rules, usage->brief, "",
			   "many short calls in a short time (short_calls)");
}

/* ---- a call ---- */

void trunk_charge_begin(struct trunk_charge *charge, struct trunk_usage *usage,
			struct rd_channel *ch, int64_t price)
{
	charge->usage = usage;
	charge->channel = ch;
	charge->price = price;
}

void trunk_charge_answered(struct trunk_charge *charge)
{
	struct trunk_usage *usage = charge->usage;

	if (!usage)
		return;
	turn(usage);
	charge->answered_ms = charge->counted_ms = rd_now_ms();
	rd_list_push(&usage->charges, &charge->link);
	look(usage);
}

void trunk_charge_end(struct trunk_charge *charge)
{
	struct trunk_usage *usage = charge->usage;
	uint64_t ms;

	if (!usage || !charge->answered_ms)
		return;
	turn(usage);
	rd_list_remove(&charge->link);
	ms = rd_now_ms() - charge->counted_ms;
	usage->ms += ms;
	usage->spent += cost(charge, ms);
	store(usage);
	note_brief(usage, rd_now_ms() - charge->answered_ms);
	look(usage);
}

/* ---- commands ---- */

int trunk_usage_show(struct rd_cli *cli, int argc, const char *const *argv)
{
	unsigned count = 0;

	(void)argv;
	if (argc)
		return -EINVAL;
	recall();
	rd_cli_print(cli, "%-20s %10s %10s %6s  %s\n", "User", "Minutes", "Spent", "Calls",
		     "State");
	rd_list_foreach(node, tmp, &usages) {
		struct trunk_usage *usage = rd_list_entry(node, struct trunk_usage, link);
		const char *fault = trunk_usage_fault(usage, rules_of(usage));
		struct sum sum = sum_up(usage);

		rd_cli_print(cli, "%-20s %10.1f %10.2f %6u  %s\n", usage->user,
			     (double)sum.ms / MINUTE, (double)sum.spent / RATE_UNIT, sum.calls,
			     fault ? fault : "may call");
		count++;
	}
	rd_cli_count(cli, count, "user", "users");
	return 0;
}

int trunk_usage_reset(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct trunk_usage *usage;

	if (argc != 1)
		return -EINVAL;
	recall();
	usage = find(argv[0]);
	if (!usage) {
		rd_cli_print(cli, "\"%s\" has called nobody by a trunk.\n", argv[0]);
		return -ENOENT;
	}
	begin_day(usage, rd_now_ms());
	rd_free(usage->brief);
	rd_free(usage->abroad);
	usage->brief = usage->abroad = NULL;
	store(usage);
	look(usage);
	rd_cli_print(cli, "%s begins this day anew.\n", usage->user);
	return 0;
}
