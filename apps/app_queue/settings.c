/* queues.conf: its sections, and the snapshot that is in force. */
#include <string.h>
#include <strings.h>

#include <ringdown/log.h>

#include "apps/app_queue/queue.h"

static struct queue_snapshot *in_force;

const char *const queue_strategy_names[] = { "ringall",     "linear", "rrmemory",  "leastrecent",
					     "fewestcalls", "random", "rrordered", "wrandom",
					     "roundrobin",  NULL };

static const char *const absent_names[] = { "paused",      "penalty", "inuse",   "ringing",
					    "unavailable", "invalid", "unknown", "wrapup" };

enum {
	ABSENT_LOOSE = QUEUE_ABSENT_PENALTY | QUEUE_ABSENT_INVALID,
	ABSENT_STRICT = ABSENT_LOOSE | QUEUE_ABSENT_PAUSED | QUEUE_ABSENT_UNAVAILABLE,
};

/* -- joinempty, leavewhenempty ----------------------------------------------------- */

static bool absent_bit(struct rd_str word, unsigned *bits)
{
	for (size_t i = 0; i < RD_ARRAY_SIZE(absent_names); i++)
		if (rd_str_ieq(word, rd_str_of(absent_names[i]))) {
			*bits |= 1u << i;
			return true;
		}
	return false;
}

/* always: the word that lets everybody in, or nobody out. */
static const char *read_absent(const char *value, void *dest, bool always)
{
	struct rd_str rest = rd_str_of(value), word;
	unsigned *bits = dest;
	bool yes = strcasecmp(value, "yes") == 0, more = true;

	*bits = 0;
	if (yes || strcasecmp(value, "no") == 0) {
		*bits = yes == always ? 0 : ABSENT_LOOSE;
		return NULL;
	}
	*bits = strcasecmp(value, "strict") == 0 ? ABSENT_STRICT : ABSENT_LOOSE;
	if (strcasecmp(value, "strict") == 0 || strcasecmp(value, "loose") == 0)
		return NULL;
	*bits = 0;
	while (more) {
		more = rd_str_cut(&rest, ',', &word);
		if (!absent_bit(rd_str_trim(word), bits))
			return "yes, no, strict, loose, or some of paused, penalty, inuse, "
			       "ringing, unavailable, invalid, unknown, wrapup";
	}
	return NULL;
}

static const char *read_join(const char *value, void *dest, struct rd_pool *pool)
{
	(void)pool;
	return read_absent(value, dest, true);
}

static const char *read_leave(const char *value, void *dest, struct rd_pool *pool)
{
	(void)pool;
	return read_absent(value, dest, false);
}

/* -- the tables ---------------------------------------------------------------------- */

#define ROW(option, kind, field, value)                                                            \
	.name = option, .type = kind, .offset = offsetof(struct queue_settings, field),            \
	.fallback = value
#define LATER(option) RD_OPTION_ABSENT(option, "not supported yet")

static const struct rd_option queue_table[] = {
	{ ROW("strategy", RD_OPTION_ENUM, strategy, "ringall"), .names = queue_strategy_names },
	{ ROW("timeout", RD_OPTION_DURATION, timeout_ms, "15") },
	{ ROW("retry", RD_OPTION_DURATION, retry_ms, "5") },
	{ ROW("wrapuptime", RD_OPTION_DURATION, wrapup_ms, "0") },
	{ ROW("servicelevel", RD_OPTION_DURATION, servicelevel_ms, "0") },
	{ ROW("memberdelay", RD_OPTION_DURATION, memberdelay_ms, "0") },
	{ ROW("maxlen", RD_OPTION_INT, maxlen, "0"), .max = 1000000 },
	{ ROW("weight", RD_OPTION_INT, weight, "0"), .max = 1000000 },
	{ ROW("autofill", RD_OPTION_BOOL, autofill, "yes") },
	{ ROW("ringinuse", RD_OPTION_BOOL, ringinuse, "yes") },
	{ ROW("timeoutrestart", RD_OPTION_BOOL, timeoutrestart, "no") },
	{ ROW("joinempty", RD_OPTION_CUSTOM, joinempty, "yes"), .parse = read_join },
	{ ROW("leavewhenempty", RD_OPTION_CUSTOM, leavewhenempty, "no"), .parse = read_leave },
	{ ROW("musicclass", RD_OPTION_STRING, musicclass, NULL) },
	{ ROW("musiconhold", RD_OPTION_STRING, musicclass, NULL) },
	{ ROW("music", RD_OPTION_STRING, musicclass, NULL) },
	{ ROW("context", RD_OPTION_STRING, context, NULL) },
	RD_OPTION_ABSENT("setinterfacevar", "MEMBERINTERFACE and MEMBERNAME are always set"),
	RD_OPTION_ABSENT("setqueueentryvar", "QEHOLDTIME is always set"),
	RD_OPTION_ABSENT("setqueuevar", "QUEUENAME is always set"),
	LATER("announce"),
	LATER("announce-frequency"),
	LATER("announce-holdtime"),
	LATER("announce-position"),
	LATER("announce-position-limit"),
	LATER("announce-round-seconds"),
	LATER("announce-to-first-user"),
	LATER("min-announce-frequency"),
	LATER("periodic-announce"),
	LATER("periodic-announce-frequency"),
	LATER("random-periodic-announce"),
	LATER("relative-periodic-announce"),
	LATER("queue-youarenext"),
	LATER("queue-thereare"),
	LATER("queue-callswaiting"),
	LATER("queue-holdtime"),
	LATER("queue-minutes"),
	LATER("queue-seconds"),
	LATER("queue-thankyou"),
	LATER("queue-reporthold"),
	LATER("reportholdtime"),
	LATER("autopause"),
	LATER("autopausedelay"),
	LATER("autopausebusy"),
	LATER("autopauseunavail"),
	LATER("defaultrule"),
	LATER("timeoutpriority"),
	LATER("monitor-type"),
	LATER("monitor-format"),
	LATER("memberlimit"),
	LATER("membermacro"),
	LATER("membergosub"),
	LATER("penaltymemberslimit"),
	LATER("log-membername-as-agent"),
	{ 0 },
};

static const struct rd_option general_table[] = {
	{ .name = "persistentmembers",
	  .type = RD_OPTION_BOOL,
	  .offset = offsetof(struct queue_snapshot, persistent),
	  .fallback = "yes" },
	LATER("autofill"),
	LATER("monitor-type"),
	LATER("updatecdr"),
	LATER("shared_lastcall"),
	LATER("negative_penalty_invalid"),
	LATER("log_membername_as_agent"),
	LATER("log-caller-id-name"),
	LATER("force_longest_waiting_caller"),
	LATER("keepstats"),
	{ 0 },
};

/* -- life ---------------------------------------------------------------------------- */

const struct queue_snapshot *queue_in_force(void)
{
	return in_force;
}

static void settings_drop(struct queue_settings *settings)
{
	struct rd_list *node;

	while ((node = rd_list_pop(&settings->members)))
		queue_member_unref(rd_list_entry(node, struct queue_member, link));
	if (settings->live)
		queue_unref(settings->live);
}

static void snapshot_free(struct queue_snapshot *snapshot)
{
	rd_map_free(snapshot->queues);
	rd_pool_free(snapshot->pool);
	rd_free(snapshot);
}

void queue_snapshot_unref(struct queue_snapshot *snapshot)
{
	if (snapshot && --snapshot->refs == 0)
		snapshot_free(snapshot);
}

static void discard(void *data)
{
	struct queue_snapshot *snapshot = data;
	size_t pos = 0;
	void *value;

	while (snapshot->queues && rd_map_next(snapshot->queues, &pos, NULL, &value))
		settings_drop(value);
	snapshot_free(snapshot);
}

static int snapshot_new(struct queue_snapshot **sp)
{
	struct queue_snapshot *snapshot = rd_zalloc(sizeof(*snapshot));
	int rc = snapshot ? rd_pool_new(&snapshot->pool, 0) : -ENOMEM;

	if (!rc)
		rc = rd_map_new(&snapshot->queues, 0);
	if (rc && snapshot)
		snapshot_free(snapshot);
	if (rc)
		return rc;
	snapshot->refs = 1;
	*sp = snapshot;
	return 0;
}

/* -- reading ----------------------------------------------------------------------------- */

static bool is_there(const struct queue_settings *settings, const char *interface)
{
	rd_list_foreach(node, tmp, &settings->members)
		if (strcmp(rd_list_entry(node, struct queue_member, link)->interface, interface) ==
		    0)
			return true;
	return false;
}

static int read_member(struct queue_settings *settings, const struct rd_config_line *line,
		       struct rd_config_report *report)
{
	struct queue_member *member;
	const char *wrong = "";
	int rc = queue_member_read(&member, line->value, &wrong);

	if (rc == -EINVAL)
		rd_config_error(report, line->file, line->line, "member => %s: expected %s",
				line->value, wrong);
	if (rc)
		return rc;
	if (is_there(settings, member->interface)) {
		rd_config_error(report, line->file, line->line,
				"member => %s: it is a member "
				"already",
				line->value);
		queue_member_unref(member);
		return -EINVAL;
	}
	rd_list_push(&settings->members, &member->link);
	return 0;
}

static int read_members(struct queue_settings *settings, const struct rd_config_section *section,
			struct rd_config_report *report)
{
	const struct rd_config_line *line = NULL;
	int wrong = 0, rc;

	while ((line = rd_config_line_next(section, line))) {
		if (strcasecmp(line->name, "member") != 0)
			continue;
		rc = read_member(settings, line, report);
		if (rc == -ENOMEM)
			return rc;
		wrong = rc ? rc : wrong;
	}
	return wrong;
}

static int read_queue(struct queue_snapshot *snapshot, const struct rd_config_section *section,
		      struct rd_config_report *report)
{
	static const char *const elsewhere[] = { "member", NULL };
	struct queue_settings *settings = rd_pool_zalloc(snapshot->pool, sizeof(*settings));
	int rc, other;

	if (!settings)
		return -ENOMEM;
	settings->snapshot = snapshot;
	rd_list_init(&settings->members);
	settings->name = rd_pool_strdup(snapshot->pool, rd_config_section_name(section));
	settings->live = queue_new();
	if (settings->name && settings->live)
		rc = rd_map_set(snapshot->queues, settings->name, settings, NULL);
	else
		rc = -ENOMEM;
	if (rc) {
		settings_drop(settings);
		return rc;
	}
	rc = rd_options_read(queue_table, section, elsewhere, settings, snapshot->pool, report);
	if (settings->strategy == QUEUE_ROUNDROBIN)
		settings->strategy = QUEUE_RRMEMORY;
	other = rc == -ENOMEM ? rc : read_members(settings, section, report);
	return other ? other : rc;
}

static int read_all(struct queue_snapshot *snapshot, const struct rd_config *config,
		    struct rd_config_report *report)
{
	const struct rd_config_section *section = NULL;
	int wrong = rd_config_check_sections(config, NULL, NULL, report), rc;

	rc = rd_options_read(general_table, rd_config_find(config, "general"), NULL, snapshot,
			     snapshot->pool, report);
	if (rc)
		return rc;
	/* Of a section that is there twice, which was reported, the first will do. */
	while ((section = rd_config_next(config, section, NULL))) {
		const char *name = rd_config_section_name(section);

		if (strcasecmp(name, "general") == 0 || rd_map_get(snapshot->queues, name))
			continue;
		rc = read_queue(snapshot, section, report);
		if (rc == -ENOMEM)
			return rc;
		wrong = rc ? rc : wrong;
	}
	return wrong;
}

static int build(void **out, struct rd_config_report *report)
{
	struct queue_snapshot *snapshot;
	struct rd_config *config = NULL;
	int rc = snapshot_new(&snapshot);

	if (rc)
		return rc;
	rc = rd_config_load(&config, "queues.conf", report);
	if (rc == -ENOENT)
		rc = 0;
	if (!rc)
		rc = read_all(snapshot, config, report);
	rd_config_unref(config);
	if (rc)
		discard(snapshot);
	else
		*out = snapshot;
	return rc;
}

/* -- in force -------------------------------------------------------------------------------- */

static void take_effect(struct queue_settings *settings)
{
	struct queue_settings *former =
		in_force ? rd_map_get(in_force->queues, settings->name) : NULL;

	if (former) {
		queue_unref(settings->live);
		settings->live = former->live;
		former->live = NULL;
	}
	queue_apply(settings->live, settings, &settings->members);
	if (!former)
		queue_restore(settings->live);
}

static void retire_all(struct queue_snapshot *snapshot)
{
	size_t pos = 0;
	void *value;

	while (snapshot && rd_map_next(snapshot->queues, &pos, NULL, &value)) {
		struct queue_settings *settings = value;

		if (settings->live)
			queue_retire(settings->live);
		settings->live = NULL;
	}
	queue_snapshot_unref(snapshot);
}

static void commit(void *data)
{
	struct queue_snapshot *snapshot = data, *former = in_force;
	size_t pos = 0;
	void *value;

	while (rd_map_next(snapshot->queues, &pos, NULL, &value))
		take_effect(value);
	in_force = snapshot;
	retire_all(former);
	if (former)
		queue_log(NULL, NULL, NULL, "CONFIGRELOAD", "%s", "");
}

void queue_settings_forget(void)
{
	struct queue_snapshot *former = in_force;

	in_force = NULL;
	retire_all(former);
}

static const char *const files[] = { "queues.conf", NULL };

const struct rd_module_config queue_config = {
	.files = files, .build = build, .commit = commit, .discard = discard
};
