/* modules.conf as a part of every reload: a module that a line names since is loaded
 * after it; what else the file has changed waits for the next start, and is told. */
#include <string.h>

#include <ringdown/fiber.h>

#include "core/config/config.h"
#include "core/module/wanted.h"

static struct rd__wanted_list listed;

void rd__modules_listed_take(struct rd__wanted_list *list)
{
	rd__wanted_free(&listed);
	listed = *list;
}

static void discard(void *snapshot)
{
	rd__wanted_free(snapshot);
	rd_free(snapshot);
}

static int build(void **snapshot, struct rd_config_report *report)
{
	struct rd__wanted_list *list = rd_malloc(sizeof(*list));
	int rc = list ? rd__wanted_read(list, report) : -ENOMEM;

	if (rc == 0)
		*snapshot = list;
	else if (list)
		discard(list);
	return rc;
}

/* Whoever was unloaded by hand stays away until the file names it anew. */
static bool is_new(const struct rd__wanted *wanted)
{
	const struct rd__wanted *known = rd__wanted_find(&listed, wanted->name);

	return (!known || known->missing || rd__left_out_why(wanted->name)) &&
	       !rd__module_find(wanted->name);
}

void rd__modules_stay_away(const char *name)
{
	for (size_t i = 0; i < listed.count; i++)
		if (strcmp(listed.wanted[i].name, name) == 0)
			listed.wanted[i].missing = false;
}

enum { NAMED_MAX = 3 }; /* of modules that are forgotten, each in a line of its own */

static void note_unwanted(const struct rd__wanted_list *list, struct rd_config_report *report)
{
	for (size_t i = 0; i < list->unwanted_count; i++) {
		const struct rd__wanted *unwanted = &list->unwanted[i];

		if (rd__module_find(unwanted->name))
			rd_config_warning(report, unwanted->file, unwanted->line,
					  "noload of %s takes effect at the next start, or by "
					  "\"module unload %s\"", unwanted->name, unwanted->name);
	}
}

/* Its line, or autoload, was taken away: of many it is autoload. */
static void note_forgotten(const struct rd__wanted_list *list, struct rd_config_report *report)
{
	const char *last = NULL;
	size_t count = 0;

	for (size_t i = 0; i < listed.count; i++) {
		const char *name = listed.wanted[i].name;

		if (rd__wanted_find(list, name) || rd__unwanted_find(list, name) ||
		    !rd__module_find(name))
			continue;
		last = name;
		if (++count <= NAMED_MAX)
			rd_config_warning(report, "modules.conf", 0,
					  "%s is not wanted any more, and stays until "
					  "the next start", name);
	}
	if (count > NAMED_MAX)
		rd_config_warning(report, "modules.conf", 0,
				  "%zu more, up to %s, are not wanted any more and stay, too",
				  count - NAMED_MAX, last);
}

static void review(void *snapshot, struct rd_config_report *report)
{
	note_unwanted(snapshot, report);
	note_forgotten(snapshot, report);
}

/* What is to be loaded when the reload is over, which is at once. */
static struct rd__wanted_list committed;
static bool has_committed;

static void commit(void *snapshot)
{
	committed = *(struct rd__wanted_list *)snapshot;
	has_committed = true;
	rd_free(snapshot);
}

static void pass_on(const char *text, bool is_error, void *report)
{
	if (is_error)
		rd_config_error(report, NULL, 0, "%s", text);
	else
		rd_config_warning(report, NULL, 0, "%s", text);
}

/* With a report of its own: errors of another one would refuse its configuration. */
static void load(const char *name, struct rd_config_report *report)
{
	struct rd_config_report *own;
	int errors = rd_config_errors(report), rc = 0;

	while (rc == 0 && rd__config_under_way()) /* the next one has begun already */
		rc = rd_sleep(10);
	if (rc == 0)
		rc = rd_config_report_new(&own);
	if (rc == 0) {
		rc = rd__module_load(name, own);
		rd__report_each(own, pass_on, report);
		rd_config_report_free(own);
	}
	if (rc == -ENOMEM && rd_config_errors(report) == errors)
		rd_config_error(report, NULL, 0, "module %s: no memory to load it", name);
}

struct trial {
	const struct rd__wanted_list *list;
	const char *name;
};

static int try_to_open(void *arg, struct rd_config_report *report)
{
	const struct trial *trial = arg;
	struct rd__plan plan;
	int rc = rd__modules_begin(trial->name, report);

	if (rc < 0)
		return rc;
	rd__plan_init(&plan, trial->list, report);
	rc = rd__plan_open_name(&plan, trial->name);
	rd__plan_fini(&plan);
	rd__modules_end();
	return rc;
}

static void note_found(const char *name, struct rd_config_report *report)
{
	const char *why = rd__left_out_why(name);

	if (why)
		rd_config_warning(report, "modules.conf", 0,
				  "%s is left out still (%s): it is tried again at the next "
				  "start, or by \"module load %s\"",
				  name, why, name);
	else
		rd_config_warning(report, "modules.conf", 0,
				  "%s is loaded at the next start, or by \"module load %s\"", name,
				  name);
}

/* Autoload has found it since, or could not have it: can it be opened? Who reloads looks on,
 * and nobody may when the daemon starts again. */
static void look_ahead(const struct rd__wanted *wanted, const struct rd__wanted_list *list,
		       struct rd_config_report *report)
{
	struct trial trial = { list, wanted->name };
	int rc;

	while (rd__modules_busy())
		if (rd_sleep(10) < 0)
			return;
	if (wanted->optional)
		rc = rd__left_out_try(wanted->name, try_to_open, &trial, report);
	else
		rc = try_to_open(&trial, report);
	if (rc == 0)
		note_found(wanted->name, report);
}

static bool joined; /* false: the daemon stops */

/* Who did not start is tried again by the next reload. */
static void load_new(struct rd__wanted_list *list, struct rd_config_report *report)
{
	for (size_t i = 0; i < list->count && joined; i++) {
		struct rd__wanted *wanted = &list->wanted[i];

		wanted->missing = is_new(wanted);
		if (wanted->missing && wanted->file)
			load(wanted->name, report);
		else if (wanted->missing)
			look_ahead(wanted, list, report);
		wanted->missing = wanted->missing && !rd__module_find(wanted->name);
	}
}

/* Reloads that have committed, in that order: the first one loads. */
static struct rd_list turns = RD_LIST_INIT(turns);

static int await_turn(const struct rd_list *turn)
{
	int rc = 0;

	while (rc == 0 && turns.next != turn)
		rc = joined ? rd_sleep(10) : -ECANCELED;
	return rc;
}

/* One that does not start is an error by itself: the reload has happened, and what
 * follows from it does so too when its console has gone meanwhile. What a module
 * reloads as it loads is its own part, and has no list. */
static void follow(const char *owner, struct rd_config_report *report)
{
	struct rd__wanted_list list = committed;
	struct rd_list turn;

	(void)owner;
	if (!has_committed)
		return;
	has_committed = false;
	rd_shield_begin(INT32_MAX);
	rd_list_push(&turns, &turn);
	if (await_turn(&turn) == 0) {
		rd__left_out_keep(&list);
		load_new(&list, report);
		rd__modules_listed_take(&list);
	} else {
		rd__wanted_free(&list);
	}
	rd_list_remove(&turn);
	rd_shield_end();
}

static const char *const files[] = { "modules.conf", NULL };

static const struct rd_module_config config = {
	.files = files,
	.build = build,
	.commit = commit,
	.discard = discard,
};

int rd__modules_join(void)
{
	int rc = rd__config_join("modules", &config);

	if (rc < 0)
		return rc;
	rd__config_set_review(&config, review, NULL);
	rd__config_on_commit(follow);
	joined = true;
	return 0;
}

void rd__modules_leave(void)
{
	joined = false;
	rd__config_on_commit(NULL);
	rd__config_leave(&config);
}
