/* queuerules.conf: rules by which the penalties that a caller accepts change with the time
 * that he waits. "penaltychange => seconds,max,min,raise", each a number, or +n and -n. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <ringdown/clock.h>

#include "apps/app_queue/caller.h"

enum { AT, MAX, MIN, RAISE, FIELDS };

struct change {
	bool given, relative;
	int n;
};

struct step {
	int at_s;
	struct change change[FIELDS]; /* of MAX, MIN, RAISE */
};

struct queue_rule {
	const char *name;
	size_t count;
	struct step *steps; /* in the order of their time */
};

const size_t queue_sizes_rules[] = { sizeof(struct queue_rule), sizeof(struct step),
				     sizeof(struct change), 0 };

/* -- reading ------------------------------------------------------------------------------ */

static bool read_change(struct rd_str text, struct change *out)
{
	uint64_t n;
	bool minus = text.n && *text.p == '-';

	if (!text.n)
		return true;
	out->given = true;
	out->relative = minus || *text.p == '+';
	if (out->relative) {
		text.p++;
		text.n--;
	}
	if (rd_str_to_u64(text, QUEUE_NUMBER_MAX, &n))
		return false;
	out->n = minus ? -(int)n : (int)n;
	return true;
}

static bool read_step(const char *value, struct step *step)
{
	struct rd_str rest = rd_str_of(value), field;
	bool more = true;
	uint64_t at;
	int i;

	for (i = 0; more && i < FIELDS; i++) {
		more = rd_str_cut(&rest, ',', &field);
		field = rd_str_trim(field);
		if (i == AT && rd_str_to_u64(field, 86400, &at))
			return false;
		if (i != AT && !read_change(field, &step->change[i]))
			return false;
	}
	step->at_s = (int)at;
	return !more && i > MAX;
}

static size_t count_lines(const struct rd_config_section *section)
{
	const struct rd_config_line *line = NULL;
	size_t n = 0;

	while ((line = rd_config_line_next(section, line)))
		n++;
	return n;
}

static int by_time(const void *a, const void *b)
{
	return ((const struct step *)a)->at_s - ((const struct step *)b)->at_s;
}

static int read_steps(struct queue_rule *rule, const struct rd_config_section *section,
		      struct rd_config_report *report)
{
	const struct rd_config_line *line = NULL;
	int rc = 0;

	while ((line = rd_config_line_next(section, line))) {
		if (strcasecmp(line->name, "penaltychange") == 0 &&
		    read_step(line->value, &rule->steps[rule->count])) {
			rule->count++;
			continue;
		}
		rd_config_error(report, line->file, line->line,
				"%s => %s: expected penaltychange => seconds,max[,min[,raise]]",
				line->name, line->value);
		rc = -EINVAL;
	}
	qsort(rule->steps, rule->count, sizeof(*rule->steps), by_time);
	return rc;
}

static int read_rule(struct queue_snapshot *snapshot, const struct rd_config_section *section,
		     struct rd_config_report *report)
{
	struct rd_pool *pool = snapshot->pool;
	struct queue_rule *rule = rd_pool_zalloc(pool, sizeof(*rule));
	int rc;

	if (!rule)
		return -ENOMEM;
	rule->name = rd_pool_strdup(pool, rd_config_section_name(section));
	rule->steps = rd_pool_zalloc(pool, (count_lines(section) + 1) * sizeof(*rule->steps));
	if (!rule->name || !rule->steps)
		return -ENOMEM;
	rc = read_steps(rule, section, report);
	return rc ? rc : rd_map_set(snapshot->rules, rule->name, rule, NULL);
}

int queue_rules_read(struct queue_snapshot *snapshot, const struct rd_config *config,
		     struct rd_config_report *report)
{
	static const char *const unused[] = { "general", NULL };
	const struct rd_config_section *section = NULL;
	int wrong = rd_config_check_sections(config, NULL, unused, report), rc;

	while ((section = rd_config_next(config, section, NULL))) {
		if (strcasecmp(rd_config_section_name(section), "general") == 0)
			continue;
		rc = read_rule(snapshot, section, report);
		if (rc == -ENOMEM)
			return rc;
		wrong = rc ? rc : wrong;
	}
	return wrong;
}

/* -- a caller and his rule ---------------------------------------------------------------- */

bool queue_rule_begin(struct queue_caller *caller, const char *name)
{
	struct queue_snapshot *snapshot = caller->queue->settings->snapshot;

	if (!name || !*name)
		name = caller->queue->settings->defaultrule;
	if (!name)
		return true;
	caller->rule = rd_map_get(snapshot->rules, name);
	if (!caller->rule)
		return false;
	caller->snapshot = queue_snapshot_ref(snapshot);
	return true;
}

void queue_rule_end(struct queue_caller *caller)
{
	if (caller->snapshot)
		queue_snapshot_unref(caller->snapshot);
	caller->snapshot = NULL;
	caller->rule = NULL;
}

/* What was not set has nothing to be changed by so much. */
static void change(struct rd_channel *ch, const char *name, int *value, const struct change *by)
{
	if (!by->given || (by->relative && *value == QUEUE_NO_PENALTY))
		return;
	*value = by->relative ? RD_MIN(RD_MAX(*value + by->n, 0), QUEUE_NUMBER_MAX) : by->n;
	rd_var_number(ch, name, *value);
}

uint64_t queue_rule_apply(struct queue_caller *caller)
{
	const struct queue_rule *rule = caller->rule;
	uint64_t now = rd_now_ms(), due;

	for (; rule && caller->rule_next < rule->count; caller->rule_next++) {
		const struct step *step = &rule->steps[caller->rule_next];

		due = caller->joined_ms + (uint64_t)step->at_s * 1000;
		if (due > now)
			return due;
		change(caller->ch, "QUEUE_MAX_PENALTY", &caller->max_penalty, &step->change[MAX]);
		change(caller->ch, "QUEUE_MIN_PENALTY", &caller->min_penalty, &step->change[MIN]);
		change(caller->ch, "QUEUE_RAISE_PENALTY", &caller->raise_penalty,
		       &step->change[RAISE]);
		caller->retry_at_ms = 0; /* others may be for him now */
	}
	return UINT64_MAX;
}

/* -- what a penalty means ------------------------------------------------------------------- */

static bool penalties_count(const struct queue *queue)
{
	return queue->member_count > (unsigned)queue->settings->penaltymemberslimit;
}

int queue_penalty(const struct queue_caller *caller, const struct queue_member *member)
{
	if (!penalties_count(member->queue))
		return 0;
	return caller ? RD_MAX(member->penalty, caller->raise_penalty) : member->penalty;
}

bool queue_penalty_fits(const struct queue_caller *caller, const struct queue_member *member)
{
	int penalty = queue_penalty(caller, member);

	if (!caller || !penalties_count(member->queue))
		return true;
	return penalty >= caller->min_penalty &&
	       (caller->max_penalty == QUEUE_NO_PENALTY || penalty <= caller->max_penalty);
}

/* -- the console's view --------------------------------------------------------------------- */

static void show_change(struct rd_cli *cli, const char *what, const struct change *by)
{
	if (by->given)
		rd_cli_print(cli, by->relative ? ", %s %+d" : ", %s %d", what, by->n);
}

void queue_rules_show(struct rd_cli *cli)
{
	const struct queue_snapshot *all = queue_in_force();
	size_t pos = 0;
	void *value;

	while (all && rd_map_next(all->rules, &pos, NULL, &value)) {
		const struct queue_rule *rule = value;

		rd_cli_print(cli, "%s:\n", rule->name);
		for (size_t i = 0; i < rule->count; i++) {
			rd_cli_print(cli, "    after %d s", rule->steps[i].at_s);
			show_change(cli, "max", &rule->steps[i].change[MAX]);
			show_change(cli, "min", &rule->steps[i].change[MIN]);
			show_change(cli, "raise", &rule->steps[i].change[RAISE]);
			rd_cli_print(cli, "\n");
		}
	}
}
