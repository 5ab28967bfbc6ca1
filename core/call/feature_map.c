/* [applicationmap] of features.conf: applications that a key runs while two talk, and
 * groups of them. DYNAMIC_FEATURES says who has which. */
#include <string.h>
#include <strings.h>

#include <ringdown/app.h>
#include <ringdown/str.h>

#include "core/call/feature_map.h"

enum { KEYS, WHERE, APP, ARGS, MUSIC, PARTS };

bool rd__feature_keys(const char *text, char *keys)
{
	size_t n = strlen(text);

	if (n > RD__KEYS_MAX || strspn(text, "0123456789*#ABCD") != n)
		return false;
	memcpy(keys, text, n + 1);
	return true;
}

/* ---- one line ---- */

static bool is_either(struct rd_str word, const char *name, const char *former)
{
	return rd_str_ieq(word, rd_str_of(name)) || rd_str_ieq(word, rd_str_of(former));
}

/* "self", "peer", or of old "caller", "callee"; after a slash, as it once was, who may press
 * the keys. */
static bool read_where(const char *text, bool *on_peer)
{
	static const char *const by[] = { "self", "peer", "caller", "callee", "both", "" };
	struct rd_str rest = rd_str_of(text), where;

	rd_str_cut(&rest, '/', &where);
	where = rd_str_trim(where);
	*on_peer = is_either(where, "peer", "callee");
	if (!*on_peer && !is_either(where, "self", "caller"))
		return false;
	for (size_t i = 0; i < RD_ARRAY_SIZE(by); i++)
		if (rd_str_ieq(rd_str_trim(rest), rd_str_of(by[i])))
			return true;
	return false;
}

/* "Playback(hello)" is an application and its arguments, what is behind it the music. */
static int split_call(struct rd_pool *pool, const char **part)
{
	const char *open = strchr(part[APP], '('), *close = strrchr(part[APP], ')');

	if (!open || !close || close < open)
		return 0;
	part[MUSIC] = part[ARGS];
	part[ARGS] = rd_pool_strndup(pool, open + 1, (size_t)(close - open - 1));
	part[APP] = rd_pool_strndup(pool, part[APP], (size_t)(open - part[APP]));
	return part[ARGS] && part[APP] ? 0 : -ENOMEM;
}

/* NULL: it is fine. */
static const char *fault_of(const char *const *part, struct rd__feature_app *it)
{
	if (!*part[KEYS] || !rd__feature_keys(part[KEYS], it->keys))
		return "expected " RD__KEYS_EXPECTED " first";
	if (!read_where(part[WHERE], &it->on_peer))
		return "expected self or peer after the keys";
	return *part[APP] ? NULL : "expected an application after self or peer";
}

static int read_parts(struct rd_pool *pool, const char *value, const char **part)
{
	int rc = rd_app_args(pool, value, part, PARTS);

	for (int i = 0; rc >= 0 && i < PARTS; i++) {
		struct rd_str text = rd_str_trim(rd_str_of(part[i]));

		part[i] = rd_pool_strndup(pool, text.p, text.n);
		if (!part[i])
			rc = -ENOMEM;
	}
	return rc < 0 ? rc : split_call(pool, part);
}

static int add(struct rd__features *features, const struct rd__feature_app *it)
{
	struct rd__feature_app *copy = rd_pool_alloc(features->apps_pool, sizeof(*copy));

	if (!copy)
		return -ENOMEM;
	*copy = *it;
	copy->next = features->apps;
	features->apps = copy;
	return 0;
}

static int read_line(const struct rd_config_line *line, struct rd__features *features,
		     struct rd_config_report *report)
{
	struct rd_pool *pool = features->apps_pool;
	struct rd__feature_app it = { .listed_as = rd_pool_strdup(pool, line->name) };
	const char *part[PARTS], *fault;
	int rc = it.listed_as ? read_parts(pool, line->value, part) : -ENOMEM;

	if (rc)
		return rc;
	fault = fault_of(part, &it);
	if (fault) {
		rd_config_warning(report, line->file, line->line, "%s is left out: %s", line->name,
				  fault);
		return 0;
	}
	it.file = rd_pool_strdup(pool, line->file);
	it.line = line->line;
	if (!it.file)
		return -ENOMEM;
	it.app = part[APP];
	it.args = part[ARGS];
	it.music = *part[MUSIC] ? part[MUSIC] : NULL;
	return add(features, &it);
}

/* ---- groups ---- */

const struct rd__feature_app *rd__feature_app_named(const struct rd__features *features,
						    const char *name)
{
	const struct rd__feature_app *it = features->apps;

	while (it && strcasecmp(it->listed_as, name) != 0)
		it = it->next;
	return it;
}

/* "name", or "name => keys" where they are others there. */
static int read_member(const struct rd_config_line *line, const char *group,
		       const struct rd__features *known, struct rd__features *features,
		       struct rd_config_report *report)
{
	const struct rd__feature_app *of_map = rd__feature_app_named(known, line->name);
	struct rd__feature_app it;

	if (!of_map) {
		rd_config_warning(report, line->file, line->line,
				  "%s is left out of group %s: [applicationmap] has none of "
				  "that name",
				  line->name, group);
		return 0;
	}
	it = *of_map;
	it.listed_as = group;
	it.file = NULL;
	if (*line->value && !rd__feature_keys(line->value, it.keys)) {
		rd_config_warning(report, line->file, line->line,
				  "%s is left out of group %s: expected " RD__KEYS_EXPECTED,
				  line->name, group);
		return 0;
	}
	return add(features, &it);
}

static int read_groups(const struct rd_config *config, struct rd__features *features,
		       struct rd_config_report *report)
{
	const struct rd__features known = *features; /* without groups */
	const struct rd_config_section *section = NULL;
	int rc = 0;

	while (!rc && (section = rd_config_next(config, section, NULL))) {
		const struct rd_config_line *line = NULL;
		const char *group;

		if (!rd__feature_is_group(section))
			continue;
		group = rd_pool_strdup(features->apps_pool, rd_config_section_name(section));
		rc = group ? 0 : -ENOMEM;
		while (!rc && (line = rd_config_line_next(section, line)))
			rc = read_member(line, group, &known, features, report);
	}
	return rc;
}

/* ---- what would fail when the key is pressed ---- */

/* Arguments with variables may be right or wrong, call by call. */
static const char *fault_of_app(const struct rd__feature_app *it, char *buf, size_t size)
{
	const struct rd_app *app = rd_app_find(it->app);

	if (!app)
		return "there is no such application";
	return app->check && !strchr(it->args, '$') ? app->check(it->args, buf, size) : NULL;
}

void rd__features_review(void *snapshot, struct rd_config_report *report)
{
	const struct rd__features *features = snapshot;

	for (const struct rd__feature_app *it = features->apps; it; it = it->next) {
		const char *fault;
		char buf[160];

		fault = it->file ? fault_of_app(it, buf, sizeof(buf)) : NULL;
		if (fault)
			rd_config_warning(report, it->file, it->line, "%s: %s: %s", it->listed_as,
					  it->app, fault);
	}
}

int rd__feature_map_read(const struct rd_config *config, struct rd__features *features,
			 struct rd_config_report *report)
{
	const struct rd_config_section *map = rd_config_find(config, "applicationmap");
	const struct rd_config_line *line = NULL;
	int rc = rd_pool_new(&features->apps_pool, 0);

	while (!rc && map && (line = rd_config_line_next(map, line)))
		rc = read_line(line, features, report);
	if (!rc)
		rc = read_groups(config, features, report);
	if (!features->apps) {
		rd_pool_free(features->apps_pool);
		features->apps_pool = NULL;
	}
	return rc;
}
