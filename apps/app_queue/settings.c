/* queues.conf and queuerules.conf as snapshots, and the one that is in force. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <ringdown/dialplan.h>
#include <ringdown/log.h>
#include <ringdown/prompt.h>
#include <ringdown/tech.h>

#include "apps/app_queue/queue.h"

/* -- life ---------------------------------------------------------------------------- */

const struct queue_snapshot *queue_in_force(void)
{
	return queue_kept->in_force;
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
	rd_map_free(snapshot->rules);
	rd_pool_free(snapshot->pool);
	rd_free(snapshot);
}

struct queue_snapshot *queue_snapshot_ref(struct queue_snapshot *snapshot)
{
	snapshot->refs++;
	return snapshot;
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
	if (!rc)
		rc = rd_map_new(&snapshot->rules, 0);
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
	struct queue_member_doubts doubts;
	int rc = queue_member_read(&member, line->value, &wrong, &doubts);

	if (rc == -EINVAL)
		rd_config_error(report, line->file, line->line, "member => %s: expected %s",
				line->value, wrong);
	if (rc)
		return rc;
	if (doubts.negative)
		rd_config_warning(report, line->file, line->line,
				  "member => %s: no penalty is negative, 0 is taken", line->value);
	if (is_there(settings, member->interface)) {
		rd_config_warning(report, line->file, line->line,
				  "member => %s: it is a member already", line->value);
		queue_member_unref(member);
		return 0;
	}
	member->line = line->line;
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

/* What one option says by the absence of another, or under an old name. */
static void settle(struct queue_settings *settings, const struct rd_config_section *section)
{
	if (settings->strategy == QUEUE_ROUNDROBIN)
		settings->strategy = QUEUE_RRMEMORY;
	if (!rd_config_get(section, "autofill"))
		settings->autofill = settings->snapshot->autofill;
}

static void check_rule(struct queue_settings *settings,
		       const struct rd_config_section *section, struct rd_config_report *report)
{
	const struct rd_config_line *line = rd_config_line_find(section, "defaultrule");

	if (!line || !settings->defaultrule ||
	    rd_map_get(settings->snapshot->rules, settings->defaultrule))
		return;
	rd_config_warning(report, line->file, line->line,
			  "defaultrule = %s: queuerules.conf has no such rule", line->value);
	settings->defaultrule = NULL;
}

/* What FreePBX writes for the option n of Queue(): no number, so Asterisk's own. */
static bool retry_is_none(const struct rd_config_section *section, struct rd_config_report *report)
{
	const struct rd_config_line *line = rd_config_line_find(section, "retry");

	if (!line || strcasecmp(line->value, "none") != 0)
		return false;
	rd_config_warning(report, line->file, line->line,
			  "retry = none: 5s are taken; Queue(%s,n) does not try again",
			  rd_config_section_name(section));
	return true;
}

/* Monitor() is no more, as in Asterisk: what is recorded is the same. */
static void check_monitor(const struct rd_config_section *section, struct rd_config_report *report)
{
	const struct rd_config_line *line =
		section ? rd_config_line_find(section, "monitor-type") : NULL;

	if (line && strcasecmp(line->value, "MixMonitor") != 0)
		rd_config_warning(report, line->file, line->line,
				  "monitor-type = %s: it is MixMonitor() that records",
				  line->value);
}

static int read_queue(struct queue_snapshot *snapshot, const struct rd_config_section *section,
		      struct rd_config_report *report)
{
	static const char *const elsewhere[] = { "member", "monitor-type", NULL };
	static const char *const no_retry[] = { "member", "monitor-type", "retry", NULL };
	struct queue_settings *settings = rd_pool_zalloc(snapshot->pool, sizeof(*settings));
	int rc, other;

	if (!settings)
		return -ENOMEM;
	settings->snapshot = snapshot;
	rd_list_init(&settings->members);
	settings->name = rd_pool_strdup(snapshot->pool, rd_config_section_name(section));
	settings->line = rd_config_section_line(section);
	settings->live = queue_new();
	if (settings->name && settings->live)
		rc = rd_map_set(snapshot->queues, settings->name, settings, NULL);
	else
		rc = -ENOMEM;
	if (rc) {
		settings_drop(settings);
		return rc;
	}
	rc = rd_options_read(queue_option_table, section,
			     retry_is_none(section, report) ? no_retry : elsewhere, settings,
			     snapshot->pool, report);
	settle(settings, section);
	check_monitor(section, report);
	if (!rc)
		check_rule(settings, section, report);
	other = rc == -ENOMEM ? rc : read_members(settings, section, report);
	return other ? other : rc;
}

static int read_all(struct queue_snapshot *snapshot, const struct rd_config *config,
		    struct rd_config_report *report)
{
	static const char *const elsewhere[] = { "monitor-type", NULL };
	const struct rd_config_section *general = rd_config_find(config, "general"), *section;
	int wrong = rd_config_check_sections(config, NULL, NULL, report), rc;

	check_monitor(general, report);
	section = NULL;
	rc = rd_options_read(queue_general_table, general, elsewhere, snapshot, snapshot->pool,
			     report);
	if (rc == -ENOMEM)
		return rc;
	wrong = rc ? rc : wrong;
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

static int read_file(struct queue_snapshot *snapshot, const char *name,
		     enum rd_second_section second,
		     int (*read)(struct queue_snapshot *, const struct rd_config *,
				 struct rd_config_report *),
		     struct rd_config_report *report)
{
	struct rd_config *config = NULL;
	int rc = rd_config_load_merged(&config, name, second, report);

	if (!rc || rc == -ENOENT)
		rc = read(snapshot, config, report);
	rd_config_unref(config);
	return rc;
}

static int build(void **out, struct rd_config_report *report)
{
	struct queue_snapshot *snapshot;
	int rc = snapshot_new(&snapshot), rules;

	if (rc)
		return rc;
	rules = read_file(snapshot, "queuerules.conf", RD_SECOND_JOINS, queue_rules_read, report);
	rc = rules == -ENOMEM
		     ? rules
		     : read_file(snapshot, "queues.conf", RD_SECOND_IS_DROPPED, read_all, report);
	if (!rc)
		rc = rules;
	if (rc)
		discard(snapshot);
	else
		*out = snapshot;
	return rc;
}

/* -- reviewed ------------------------------------------------------------------------------ */

static void review_member(const char *queue, const struct queue_member *member,
			  struct rd_config_report *report)
{
	char buf[256];
	const char *fault = rd_devices_fault(member->interface, buf, sizeof(buf));

	if (!fault && strcmp(member->device, member->interface) != 0)
		fault = rd_devices_fault(member->device, buf, sizeof(buf));
	if (fault)
		rd_config_warning(report, "queues.conf", member->line, "[%s] member => %s: %s",
				  queue, member->interface, fault);
}

/* "context" or "context,exten,priority". */
static void review_context(const struct queue_settings *settings, const char *option,
			   const char *place, struct rd_config_report *report)
{
	struct rd_str rest = rd_str_of(place ? place : ""), context;
	char name[80];

	rd_str_cut(&rest, ',', &context);
	if (place && rd_strcpyn(name, sizeof(name), rd_str_trim(context)) &&
	    !rd_dialplan_context_coming(name))
		rd_config_warning(report, "queues.conf", settings->line,
				  "[%s] %s = %s: there is no such context", settings->name, option,
				  place);
}

static void review_music(const struct queue_settings *settings, struct rd_config_report *report)
{
	char what[QUEUE_NAME_MAX + 16];

	snprintf(what, sizeof(what), "[%s] musicclass", settings->name);
	if (settings->musicclass)
		rd_music_review(report, "queues.conf", settings->line, what, settings->musicclass);
}

void queue_settings_review(void *data, struct rd_config_report *report)
{
	const struct queue_snapshot *snapshot = data;
	size_t pos = 0;
	void *value;

	while (rd_map_next(snapshot->queues, &pos, NULL, &value)) {
		struct queue_settings *settings = value;

		review_context(settings, "context", settings->context, report);
		review_context(settings, "membergosub", settings->membergosub, report);
		review_music(settings, report);
		rd_list_foreach(node, tmp, &settings->members)
			review_member(settings->name,
				      rd_list_entry(node, struct queue_member, link), report);
	}
}

const struct queue_snapshot *queue_newest(void)
{
	const struct queue_snapshot *coming = rd_config_coming(RD_MODULE_NAME);

	return coming ? coming : queue_kept->in_force;
}

bool queue_is_configured(const char *name)
{
	const struct queue_snapshot *snapshot = queue_newest();

	return !snapshot || rd_map_get(snapshot->queues, name);
}

const char *queue_fault(struct rd_str name, char *buf, size_t size)
{
	char text[QUEUE_NAME_MAX];

	name = rd_str_trim(name);
	if (!name.n)
		return "which queue?";
	if (rd_strcpyn(text, sizeof(text), name) && queue_is_configured(text))
		return NULL;
	snprintf(buf, size, "queues.conf has no queue \"%.*s\"", RD_STR_ARG(name));
	return buf;
}

bool queue_rule_is_configured(const char *name)
{
	const struct queue_snapshot *snapshot = queue_newest();

	return !snapshot || rd_map_get(snapshot->rules, name);
}

/* -- in force -------------------------------------------------------------------------------- */

static void take_effect(struct queue_settings *settings)
{
	struct queue_settings *former =
		queue_kept->in_force ? rd_map_get(queue_kept->in_force->queues, settings->name)
				     : NULL;

	if (former) {
		queue_unref(settings->live);
		settings->live = former->live;
		former->live = NULL;
	}
	queue_apply(settings->live, settings, &settings->members);
	if (!former) {
		queue_statistics_restore(settings->live);
		queue_restore(settings->live);
	}
	queue_keep(settings->live);
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

/* Those of queues that were not there before. */
static void show_lamps(const struct queue_snapshot *snapshot)
{
	size_t pos = 0;
	void *value;

	while (rd_map_next(snapshot->queues, &pos, NULL, &value)) {
		queue_lamp_waiting(((struct queue_settings *)value)->live);
		queue_lamp_ready(((struct queue_settings *)value)->live);
	}
}

static void commit(void *data)
{
	struct queue_snapshot *snapshot = data, *former = queue_kept->in_force;
	size_t pos = 0;
	void *value;

	while (rd_map_next(snapshot->queues, &pos, NULL, &value))
		take_effect(value);
	queue_kept->in_force = snapshot;
	retire_all(former);
	show_lamps(snapshot);
	if (former)
		queue_log(NULL, NULL, NULL, "CONFIGRELOAD", "%s", "");
}

void queue_settings_forget(void)
{
	struct queue_snapshot *former = queue_kept->in_force;

	queue_look_no_more();
	queue_kept->in_force = NULL;
	retire_all(former);
	queue_state_forget();
}

static const char *const files[] = { "queues.conf", "queuerules.conf", NULL };

const struct rd_module_config queue_config = {
	.files = files, .build = build, .commit = commit, .discard = discard
};
