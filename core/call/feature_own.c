/* Features of one channel: what FEATURE() and FEATUREMAP() set, beside what features.conf says
 * for all. */
#include <strings.h>

#include <ringdown/features.h>
#include <ringdown/log.h>

#include "core/call/call.h"
#include "core/call/feature_map.h"
#include "core/config/config.h"

static const char own_key;

const struct rd__features *rd__features_of(const struct rd_channel *ch)
{
	const struct rd__features *own = rd_channel_attached(ch, &own_key);

	return own ? own : rd__features();
}

/* Applications are the same for all. */
static struct rd__features *give_own(struct rd_channel *ch, const struct rd__features *like)
{
	struct rd__features *own = rd_channel_attached(ch, &own_key);

	if (own)
		return own;
	own = rd_malloc(sizeof(*own));
	if (!own)
		return NULL;
	*own = *like;
	own->apps_pool = NULL;
	own->apps = NULL;
	if (!rd_channel_attach_for("core", ch, &own_key, own, rd_free))
		return own;
	rd_free(own);
	return NULL;
}

int rd__features_inherit(const struct rd_channel *dialler, struct rd_channel *leg)
{
	const struct rd__features *own = rd_channel_attached(dialler, &own_key);

	return !own || !own->inherit || give_own(leg, own) ? 0 : -ENOMEM;
}

/* ---- options by their names ---- */

static const struct rd_option inherit_option = { .name = "inherit",
						 .type = RD_OPTION_BOOL,
						 .offset = offsetof(struct rd__features, inherit) };

/* NULL: there is none. */
static const struct rd_option *find(enum rd_features_section section, const char *name)
{
	const struct rd_option *it =
		section == RD_FEATURES_MAP ? rd__features_map : rd__features_general;

	if (section == RD_FEATURES_GENERAL && strcasecmp(name, inherit_option.name) == 0)
		return &inherit_option;
	while (it->name && strcasecmp(it->name, name) != 0)
		it++;
	return it->name && it->type != RD_OPTION_NO_EFFECT ? it : NULL;
}

bool rd_features_known(enum rd_features_section section, const char *name)
{
	return find(section, name) != NULL;
}

static size_t size_of(const struct rd_option *option)
{
	if (option->type == RD_OPTION_BOOL)
		return sizeof(bool);
	if (option->type != RD_OPTION_CUSTOM)
		return sizeof(int);
	return option->parse == rd__features_read_code ? RD__KEYS_MAX + 1 : RD__SOUND_SIZE;
}

/* In the unit that a bare number has in the file. */
static void add_duration(struct rd_buf *out, int ms, int unit)
{
	unit = unit ? unit : 1000;
	rd_buf_printf(out, "%d", ms / unit);
	if (ms % unit)
		rd_buf_printf(out, ".%03d", ms % unit);
}

int rd_features_get(const struct rd_channel *ch, enum rd_features_section section, const char *name,
		    struct rd_buf *out)
{
	const struct rd_option *option = find(section, name);
	const struct rd__feature_app *app;
	const void *value;

	if (!option) {
		app = section == RD_FEATURES_MAP ? rd__feature_app_named(rd__features_of(ch), name)
						 : NULL;
		if (!app)
			return -ENOENT;
		rd_buf_adds(out, app->keys);
		return 0;
	}
	value = (const char *)rd__features_of(ch) + option->offset;
	if (option->type == RD_OPTION_BOOL)
		rd_buf_adds(out, *(const bool *)value ? "yes" : "no");
	else if (option->type == RD_OPTION_DURATION)
		add_duration(out, *(const int *)value, option->unit);
	else if (option->type == RD_OPTION_INT)
		rd_buf_printf(out, "%d", *(const int *)value);
	else
		rd_buf_adds(out, value);
	return 0;
}

/* The one value, read as if it stood in a file of the function's name. */
static int read_one(enum rd_features_section part, const struct rd_option *option,
		    const char *value, void *dest, struct rd_config_report *report)
{
	const char *file = part == RD_FEATURES_MAP ? "FEATUREMAP()" : "FEATURE()";
	const struct rd_option table[] = { *option, { 0 } };
	const struct rd_config_line line = { .name = option->name, .value = value, .file = file };
	struct rd_config_section *section;
	struct rd_config *config;
	struct rd_pool *pool;
	int rc = rd_pool_new(&pool, 0);

	if (rc)
		return rc;
	rc = rd_config_new(&config);
	if (!rc) {
		section = rd_config_add_section(config, "general", file, 0);
		rc = section ? rd_config_add_line(config, section, &line) : -ENOMEM;
		if (!rc)
			rc = rd_options_read(table, section, NULL, dest, pool, report);
		rd_config_unref(config);
	}
	rd_pool_free(pool);
	return rc;
}

static void say(const char *text, bool is_error, void *ch)
{
	(void)is_error;
	rd_warning("%s: %s", rd_channel_name(ch), text);
}

static int read_value(struct rd_channel *ch, enum rd_features_section part,
		      const struct rd_option *option, const char *value, void *dest)
{
	struct rd_config_report *report;
	int rc = rd_config_report_new(&report);

	if (rc)
		return rc;
	rc = read_one(part, option, value, dest, report);
	rd__report_each(report, say, ch);
	rd_config_report_free(report);
	return rc;
}

int rd_features_set(struct rd_channel *ch, enum rd_features_section section, const char *name,
		    const char *value)
{
	const struct rd_option *option = find(section, name);
	struct rd__features read = *rd__features_of(ch), *own;
	int rc = option ? read_value(ch, section, option, value, &read) : -ENOENT;

	if (rc)
		return rc;
	own = give_own(ch, rd__features_of(ch));
	if (!own)
		return -ENOMEM;
	memcpy((char *)own + option->offset, (char *)&read + option->offset, size_of(option));
	return 0;
}
