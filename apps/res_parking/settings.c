/* res_parking.conf: [general], and a section for each lot. Without the file there is the lot
 * "default". */
#include <stdio.h>
#include <string.h>

#include <ringdown/dialplan.h>
#include <ringdown/log.h>
#include <ringdown/prompt.h>

#include "apps/res_parking/parking.h"

static const struct rd_option general[] = {
	RD_OPTION_ABSENT("parkeddynamic", "a lot is a section of this file"),
	{ 0 },
};

struct parking_settings *parking_settings(void)
{
	return parking_state->in_force;
}

struct parking_settings *parking_settings_ref(struct parking_settings *settings)
{
	if (settings)
		settings->refs++;
	return settings;
}

void parking_settings_unref(struct parking_settings *settings)
{
	if (settings && --settings->refs == 0)
		rd_pool_free(settings->pool);
}

void parking_settings_drop(void)
{
	parking_settings_unref(parking_state->in_force);
	parking_state->in_force = NULL;
}

const struct parking_lot *parking_lot_find(const struct parking_settings *settings,
					   const char *name)
{
	const struct parking_lot *lot = settings ? settings->lots : NULL;

	while (lot && strcmp(lot->name, name) != 0)
		lot = lot->next;
	return lot;
}

const struct parking_lot *parking_lot_of(const struct parking_settings *settings,
					 struct rd_channel *ch)
{
	const char *name = rd_var_get(ch, "PARKINGLOT");
	const struct parking_lot *lot;
	struct rd_buf own;

	rd_buf_init(&own);
	if ((!name || !*name) && rd_channel_get(ch, "parkinglot", &own) == 0)
		name = rd_buf_text(&own);
	if (!name || !*name)
		name = "default";
	lot = parking_lot_find(settings, name);
	if (!lot)
		rd_warning("%s: no parking lot \"%s\"", rd_channel_name(ch), name);
	rd_buf_fini(&own);
	return lot;
}

/* -- reading ----------------------------------------------------------------------- */

static int add(struct parking_settings *settings, const struct rd_config_section *section,
	       struct rd_config_report *report)
{
	struct parking_lot **end = &settings->lots;

	while (*end)
		end = &(*end)->next;
	return parking_lot_read(end, section, settings->pool, report);
}

/* All sections, so that the report tells of everything at once. */
static int read_lots(struct parking_settings *settings, const struct rd_config *config,
		     struct rd_config_report *report)
{
	const struct rd_config_section *section = NULL;
	int result = rd_config_check_sections(config, NULL, NULL, report);

	while ((section = rd_config_next(config, section, NULL))) {
		int rc = 0;

		if (strcmp(rd_config_section_name(section), "general") != 0)
			rc = add(settings, section, report);
		if (rc == -ENOMEM)
			return rc;
		if (rc)
			result = rc;
	}
	if (!result && !parking_lot_find(settings, "default"))
		result = add(settings, NULL, report);
	return result;
}

static int read_file(struct parking_settings *settings, const struct rd_config *config,
		     struct rd_config_report *report)
{
	int errors = rd_config_errors(report), rc;

	rc = rd_options_read(general, rd_config_find(config, "general"), NULL, settings,
			     settings->pool, report);
	if (!rc)
		rc = read_lots(settings, config, report);
	if (!rc)
		parking_lots_compare(settings->lots, report);
	return !rc && rd_config_errors(report) > errors ? -EINVAL : rc;
}

int parking_settings_read(struct parking_settings **sp, struct rd_config_report *report)
{
	struct rd_pool *pool;
	struct parking_settings *settings = rd_pool_new_with(&pool, 0, sizeof(*settings));
	struct rd_config *config = NULL;
	int rc;

	if (!settings)
		return -ENOMEM;
	settings->refs = 1;
	settings->pool = pool;
	rc = rd_config_load_merged(&config, "res_parking.conf", RD_SECOND_JOINS, report);
	if (!rc || rc == -ENOENT)
		rc = read_file(settings, config, report);
	rd_config_unref(config);
	if (rc)
		parking_settings_unref(settings);
	else
		*sp = settings;
	return rc;
}

static int build(void **snapshot, struct rd_config_report *report)
{
	struct parking_settings *settings;
	int rc = parking_settings_read(&settings, report);

	if (!rc)
		*snapshot = settings;
	return rc;
}

static const struct parking_settings *settings_coming(void)
{
	const struct parking_settings *coming = rd_config_coming(RD_MODULE_NAME);

	return coming ? coming : parking_state->in_force;
}

const char *parking_lot_fault(const char *name, char *buf, size_t size)
{
	const struct parking_settings *settings = settings_coming();

	if (!settings || !*name || parking_lot_find(settings, name))
		return NULL;
	snprintf(buf, size, "res_parking.conf has no lot \"%s\"", name);
	return buf;
}

const struct parking_lot *parking_lots_coming(void)
{
	const struct parking_settings *settings = settings_coming();

	return settings ? settings->lots : NULL;
}

/* What was not written nobody misses who is always called back. */
static void review_comeback(const struct parking_lot *lot, struct rd_config_report *report)
{
	bool written = strcmp(lot->comeback_context, PARKING_COMEBACK) != 0;

	if (lot->file && (written || !lot->to_parker) &&
	    !rd_dialplan_context_coming(lot->comeback_context))
		rd_config_warning(report, lot->file, lot->line,
				  "[%s] comebackcontext: there is no context \"%s\"", lot->name,
				  lot->comeback_context);
}

void parking_review(void *snapshot, struct rd_config_report *report)
{
	const struct parking_settings *settings = snapshot;
	char what[128];

	for (const struct parking_lot *it = settings->lots; it; it = it->next) {
		snprintf(what, sizeof(what), "[%s] parkedmusicclass", it->name);
		rd_music_review(report, it->file, it->line, what, it->music);
		review_comeback(it, report);
	}
}

static void commit(void *snapshot)
{
	parking_settings_drop();
	parking_state->in_force = snapshot;
}

static void discard(void *snapshot)
{
	parking_settings_unref(snapshot);
}

static const char *const files[] = { "res_parking.conf", NULL };

const struct rd_module_config parking_config = {
	.files = files,
	.build = build,
	.commit = commit,
	.discard = discard,
};
