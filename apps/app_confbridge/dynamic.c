/* CONFBRIDGE(): profiles that a channel makes for itself, option by option. They are
 * read as if they stood in a file, so that the same is wrong here and there. */
#include <string.h>

#include <ringdown/app.h>

#include "apps/app_confbridge/confbridge.h"

struct wish {
	struct rd_list link;
	enum conf_kind kind;
	const char *name, *value;
};

/* What a channel has set; it lies in its pool. */
struct wishes {
	struct rd_list list;
};

const size_t conf_sizes_wished[] = { sizeof(struct wish), sizeof(struct wishes), 0 };

/* The name of profiles that channels make. */
static const char own[] = "dynamic";

static struct wishes *wishes_of(struct rd_channel *ch)
{
	return rd_channel_attached(ch, &conf_state->key);
}

static void free_wish(struct wish *wish)
{
	rd_list_remove(&wish->link);
	rd_free(wish);
}

static void free_wishes(void *data)
{
	struct wishes *wishes = data;

	rd_list_foreach(node, tmp, &wishes->list)
		free_wish(rd_list_entry(node, struct wish, link));
	rd_free(wishes);
}

/* ---- a section of what was wished ---- */

static const struct wish *template_of(const struct wishes *wishes, enum conf_kind kind)
{
	const struct wish *found = NULL;

	rd_list_foreach(node, tmp, &wishes->list) {
		const struct wish *wish = rd_list_entry(node, struct wish, link);

		if (wish->kind == kind && strcmp(wish->name, "template") == 0)
			found = wish;
	}
	return found;
}

static int add_line(struct rd_config *config, struct rd_config_section *section, const char *name,
		    const char *value)
{
	const struct rd_config_line line = { .name = name, .value = value, .file = "CONFBRIDGE" };

	return rd_config_add_line(config, section, &line);
}

/* The lines of the template first, so that others count. */
static int add_template(struct rd_config *config, struct rd_config_section *section,
			enum conf_kind kind, const char *name, struct rd_config_report *report)
{
	const struct rd_config_line *line = NULL;
	struct conf_settings *file;
	const struct conf_profile *profile;
	const struct rd_config_section *from;
	int rc = conf_settings_get(&file);

	if (rc)
		return rc;
	profile = conf_profile_find(file, kind, name);
	from = profile ? rd_config_find(file->config, profile->name) : NULL;
	if (!profile) {
		rd_config_error(report, "CONFBRIDGE", 0, "there is no %s profile \"%s\"",
				conf_kind_names[kind], name);
		rc = -EINVAL;
	}
	while (from && !rc && (line = rd_config_line_next(from, line)))
		rc = rd_config_add_line(config, section, line);
	conf_settings_unref(file);
	return rc;
}

static int fill(struct rd_config *config, const struct wishes *wishes, enum conf_kind kind,
		struct rd_config_report *report)
{
	struct rd_config_section *section = rd_config_add_section(config, own, "CONFBRIDGE", 0);
	const struct wish *template = template_of(wishes, kind);
	int rc = section ? add_line(config, section, "type", conf_kind_names[kind]) : -ENOMEM;

	if (!rc && template)
		rc = add_template(config, section, kind, template->value, report);
	rd_list_foreach(node, tmp, &wishes->list) {
		const struct wish *wish = rd_list_entry(node, struct wish, link);

		if (!rc && wish->kind == kind && strcmp(wish->name, "template") != 0)
			rc = add_line(config, section, wish->name, wish->value);
	}
	return rc;
}

static void tell(struct rd_channel *ch, const char *what)
{
	if (what)
		rd_app_warning(ch, "%s", what);
}

/* What cannot be is in the log, and what was taken otherwise than it was written. */
static int make(struct conf_settings **sp, struct rd_channel *ch, enum conf_kind kind)
{
	struct rd_config_report *report;
	struct rd_config *config;
	int rc = rd_config_report_new(&report);

	if (rc)
		return rc;
	rc = rd_config_new(&config);
	if (!rc) {
		rc = fill(config, wishes_of(ch), kind, report);
		if (!rc)
			rc = conf_settings_make(sp, config, report);
		rd_config_unref(config);
	}
	tell(ch, rc ? rd_config_first_error(report) : rd_config_first_warning(report));
	rd_config_report_free(report);
	return rc;
}

/* ---- the function ---- */

static void clear(struct rd_channel *ch, enum conf_kind kind)
{
	struct wishes *wishes = wishes_of(ch);

	if (!wishes)
		return;
	rd_list_foreach(node, tmp, &wishes->list) {
		struct wish *wish = rd_list_entry(node, struct wish, link);

		if (wish->kind == kind)
			free_wish(wish);
	}
}

static struct wish *wish_new(enum conf_kind kind, struct rd_str name, const char *value)
{
	size_t size = strlen(value) + 1;
	struct wish *wish = rd_zalloc(sizeof(*wish) + name.n + 1 + size);
	char *text = (char *)(wish + 1);

	if (!wish)
		return NULL;
	rd_list_init(&wish->link);
	wish->kind = kind;
	memcpy(text, name.p, name.n);
	memcpy(text + name.n + 1, value, size);
	wish->name = text;
	wish->value = text + name.n + 1;
	return wish;
}

/* It stays only when all that was wished so far can be read. */
static int add(struct rd_channel *ch, enum conf_kind kind, struct rd_str name, const char *value)
{
	struct wishes *wishes = rd_channel_keep_list(ch, &conf_state->key, sizeof(*wishes),
						     offsetof(struct wishes, list), free_wishes);
	struct wish *wish = wishes ? wish_new(kind, name, value) : NULL;
	struct conf_settings *settings;
	int rc;

	if (!wish)
		return -ENOMEM;
	rd_list_push(&wishes->list, &wish->link);
	rc = make(&settings, ch, kind);
	if (rc)
		free_wish(wish);
	else
		conf_settings_unref(settings);
	return rc;
}

/* "user,pin": the kind, CONF_KINDS where there is none, and what is left. */
static enum conf_kind read_args(const char *args, struct rd_str *name)
{
	struct rd_str what;

	*name = rd_str_of(args);
	rd_str_cut(name, ',', &what);
	*name = rd_str_trim(*name);
	return conf_kind_of(rd_str_trim(what));
}

static bool is_clear(struct rd_str name)
{
	return rd_str_eq(name, RD_STR("clear"));
}

int conf_dynamic_set(struct rd_channel *ch, const char *args, const char *value)
{
	struct rd_str name;
	enum conf_kind kind = read_args(args, &name);

	if (kind == CONF_KINDS || !name.n)
		return -EINVAL;
	if (!is_clear(name))
		return add(ch, kind, name, value);
	clear(ch, kind);
	return 0;
}

const char *conf_dynamic_check(const char *args, char *buf, size_t size)
{
	struct rd_str name;
	enum conf_kind kind = read_args(args, &name);

	if (kind == CONF_KINDS)
		return "it is CONFBRIDGE(bridge|user|menu,option)";
	if (!name.n)
		return "the option is missing";
	if (is_clear(name) || rd_str_eq(name, RD_STR("template")))
		return NULL;
	return conf_profile_fault(kind, name, buf, size);
}

static bool has_wishes(struct rd_channel *ch, enum conf_kind kind)
{
	const struct wishes *wishes = wishes_of(ch);

	if (!wishes)
		return false;
	rd_list_foreach(node, tmp, &wishes->list)
		if (rd_list_entry(node, struct wish, link)->kind == kind)
			return true;
	return false;
}

int conf_choose(struct conf_choice *choice, enum conf_kind kind, const char *name,
		struct rd_channel *ch)
{
	bool dynamic = !*name && has_wishes(ch, kind);
	int rc = dynamic ? make(&choice->settings, ch, kind) : conf_settings_get(&choice->settings);

	if (rc)
		return rc;
	choice->profile = conf_profile_find(choice->settings, kind, dynamic ? own : name);
	if (choice->profile)
		return 0;
	conf_settings_unref(choice->settings);
	choice->settings = NULL;
	return -ENOENT;
}
