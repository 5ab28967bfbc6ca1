/* confbridge.conf: its sections become profiles. Without the file, or those names in it,
 * there are default_bridge, default_user and default_menu. */
#include <string.h>

#include "apps/app_confbridge/confbridge.h"

const char *const conf_kind_names[] = { "bridge", "user", "menu", NULL };

static const char *const default_names[] = { "default_bridge", "default_user", "default_menu" };

enum conf_kind conf_kind_of(struct rd_str name)
{
	int kind = CONF_BRIDGE;

	while (kind < CONF_KINDS && !rd_str_ieq(name, rd_str_of(conf_kind_names[kind])))
		kind++;
	return (enum conf_kind)kind;
}

const struct conf_profile *conf_profile_find(const struct conf_settings *settings,
					     enum conf_kind kind, const char *name)
{
	if (!*name)
		name = default_names[kind];
	rd_list_foreach(node, tmp, &settings->profiles) {
		const struct conf_profile *profile = rd_list_entry(node, struct conf_profile, link);

		if (profile->kind == kind && strcmp(profile->name, name) == 0)
			return profile;
	}
	return NULL;
}

struct conf_settings *conf_settings_ref(struct conf_settings *settings)
{
	settings->refs++;
	return settings;
}

void conf_settings_unref(struct conf_settings *settings)
{
	if (!settings || --settings->refs)
		return;
	rd_config_unref(settings->config);
	rd_pool_free(settings->pool);
}

void conf_settings_drop(void)
{
	conf_settings_unref(conf_state->in_force);
	conf_state->in_force = NULL;
}

/* ---- reading ---- */

static int add(struct conf_settings *settings, enum conf_kind kind, const char *name,
	       const struct rd_config_section *section, struct rd_config_report *report)
{
	struct conf_profile *profile = rd_pool_zalloc(settings->pool, sizeof(*profile));

	if (!profile)
		return -ENOMEM;
	profile->kind = kind;
	profile->name = rd_pool_strdup(settings->pool, name);
	rd_list_push(&settings->profiles, &profile->link);
	return profile->name ? conf_profile_read(profile, section, settings->pool, report)
			     : -ENOMEM;
}

static int add_section(struct conf_settings *settings, const struct rd_config_section *section,
		       struct rd_config_report *report)
{
	static const struct rd_option general[] = { { 0 } };
	const char *name = rd_config_section_name(section);
	const char *type = rd_config_get(section, "type");
	enum conf_kind kind = conf_kind_of(rd_str_of(type));

	if (strcmp(name, "general") == 0)
		return rd_options_read(general, section, NULL, NULL, settings->pool, report);
	if (type && kind < CONF_KINDS)
		return add(settings, kind, name, section, report);
	rd_config_error(report, rd_config_section_file(section), rd_config_section_line(section),
			"[%s]: type = bridge, user or menu is expected", name);
	return -EINVAL;
}

static int add_defaults(struct conf_settings *settings, struct rd_config_report *report)
{
	int rc = 0;

	for (int kind = 0; kind < CONF_KINDS && !rc; kind++)
		if (!conf_profile_find(settings, (enum conf_kind)kind, ""))
			rc = add(settings, (enum conf_kind)kind, default_names[kind], NULL, report);
	return rc;
}

/* All sections, so that the report tells of everything at once. */
static int add_all(struct conf_settings *settings, struct rd_config_report *report)
{
	const struct rd_config_section *section = NULL;
	int result = 0;

	while ((section = rd_config_next(settings->config, section, NULL))) {
		int rc = add_section(settings, section, report);

		if (rc == -ENOMEM)
			return rc;
		result = rc ? rc : result;
	}
	return result ? result : add_defaults(settings, report);
}

int conf_settings_make(struct conf_settings **sp, struct rd_config *config,
		       struct rd_config_report *report)
{
	struct rd_pool *pool;
	struct conf_settings *settings = rd_pool_new_with(&pool, 0, sizeof(*settings));
	int rc;

	if (!settings)
		return -ENOMEM;
	settings->refs = 1;
	settings->pool = pool;
	settings->config = config ? rd_config_ref(config) : NULL;
	rd_list_init(&settings->profiles);
	rc = add_all(settings, report);
	if (rc)
		conf_settings_unref(settings);
	else
		*sp = settings;
	return rc;
}

static int make_defaults(struct conf_settings **sp)
{
	struct rd_config_report *report;
	int rc = rd_config_report_new(&report);

	if (rc)
		return rc;
	rc = conf_settings_make(sp, NULL, report);
	rd_config_report_free(report);
	return rc;
}

int conf_settings_get(struct conf_settings **sp)
{
	if (!conf_state->in_force)
		return make_defaults(sp);
	*sp = conf_settings_ref(conf_state->in_force);
	return 0;
}

int conf_settings_coming(struct conf_settings **sp)
{
	struct conf_settings *coming = rd_config_coming("app_confbridge");

	if (!coming)
		return conf_settings_get(sp);
	*sp = conf_settings_ref(coming);
	return 0;
}

/* ---- what is in force ---- */

static int build(void **snapshot, struct rd_config_report *report)
{
	struct conf_settings *settings;
	struct rd_config *config = NULL;
	int errors = rd_config_errors(report), rc;

	rc = rd_config_load_merged(&config, "confbridge.conf", RD_SECOND_JOINS, report);
	if (!rc || rc == -ENOENT) {
		rc = rd_config_check_sections(config, NULL, NULL, report);
		if (!rc)
			rc = conf_settings_make(&settings, config, report);
	}
	rd_config_unref(config);
	if (!rc && rd_config_errors(report) > errors) {
		conf_settings_unref(settings);
		rc = -EINVAL;
	}
	if (!rc)
		*snapshot = settings;
	return rc;
}

static void commit(void *snapshot)
{
	conf_settings_drop();
	conf_state->in_force = snapshot;
}

static void discard(void *snapshot)
{
	conf_settings_unref(snapshot);
}

static const char *const files[] = { "confbridge.conf", NULL };

const struct rd_module_config conf_config = {
	.files = files,
	.build = build,
	.commit = commit,
	.discard = discard,
};
