/* modules.conf: which modules are wanted. Says what is wrong with a line;
 * opens no module. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <ringdown/str.h>

#include "core/module/foreign.h"
#include "core/module/wanted.h"

/* The lists are read a second time, by line, so that a complaint has a place. */
struct options {
	bool autoload;
	const char **load, **preload, **noload, **require, **preload_require;
};

#define OPTION(member) offsetof(struct options, member)

static const struct rd_option options[] = {
	{ .name = "autoload", .type = RD_OPTION_BOOL, .offset = OPTION(autoload),
	  .fallback = "yes", .help = "load all that are in the modules directory" },
	{ .name = "load", .type = RD_OPTION_LIST, .offset = OPTION(load),
	  .help = "load these" },
	{ .name = "preload", .type = RD_OPTION_LIST, .offset = OPTION(preload),
	  .help = "load these before all others" },
	{ .name = "noload", .type = RD_OPTION_LIST, .offset = OPTION(noload),
	  .help = "do not load these" },
	{ .name = "require", .type = RD_OPTION_LIST, .offset = OPTION(require),
	  .help = "the same as load" },
	{ .name = "preload-require", .type = RD_OPTION_LIST, .offset = OPTION(preload_require),
	  .help = "the same as preload" },
	{ 0 }
};

/* What a line says of one module. */
struct mention {
	const struct rd_config_line *line;
	const char *name;
	bool foreign; /* as Asterisk writes it: in ".so", or one that is known only there */
};

static bool ends_so(struct rd_str text)
{
	return text.n > 3 && memcmp(text.p + text.n - 3, ".so", 3) == 0;
}

/* "app_echo.so" is written for "app_echo" in files that came from elsewhere. */
static char *plain_name(struct rd_pool *pool, struct rd_str text)
{
	return rd_pool_strndup(pool, text.p, ends_so(text) ? text.n - 3 : text.n);
}

static bool has(const char *const *names, const char *name)
{
	for (; names && *names; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

static const struct rd__wanted *find(const struct rd__wanted *items, size_t count,
				     const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(items[i].name, name) == 0)
			return &items[i];
	return NULL;
}

const struct rd__wanted *rd__wanted_find(const struct rd__wanted_list *list, const char *name)
{
	return find(list->wanted, list->count, name);
}

const struct rd__wanted *rd__unwanted_find(const struct rd__wanted_list *list, const char *name)
{
	return find(list->unwanted, list->unwanted_count, name);
}

/* Append to a NULL-terminated array in the pool. */
static int append(struct rd_pool *pool, const char ***names, const char *name)
{
	size_t n = 0;
	const char **longer;

	while (*names && (*names)[n])
		n++;
	longer = rd_pool_alloc(pool, (n + 2) * sizeof(*longer));
	if (!longer || !name)
		return -ENOMEM;
	if (n)
		memcpy(longer, *names, n * sizeof(*longer));
	longer[n] = name;
	longer[n + 1] = NULL;
	*names = longer;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int read_folder(struct rd__wanted_list *list, struct rd_config_report *report)
{
	const char *path = rd_directory("modules");
	const struct dirent *entry;
	DIR *folder = opendir(path);
	size_t count = 0;
	int rc = 0;

	if (!folder) {
		rd_config_error(report, path, 0, "the modules directory cannot be read: %s",
				rd_strerror(errno));
		return -EINVAL;
	}
	while (rc == 0 && (entry = readdir(folder))) {
		struct rd_str file = rd_str_of(entry->d_name);

		if (!ends_so(file))
			continue;
		rc = append(list->pool, &list->present, plain_name(list->pool, file));
		count++;
	}
	closedir(folder);
	if (count && rc == 0)
		qsort(list->present, count, sizeof(*list->present), by_name);
	return rc;
}

static int push(struct rd__wanted **items, size_t *count, size_t *capacity,
		const struct rd__wanted *item)
{
	if (*count == *capacity) {
		size_t more = *capacity ? 2 * *capacity : 64;
		struct rd__wanted *longer = rd_realloc(*items, more * sizeof(*longer));

		if (!longer)
			return -ENOMEM;
		*items = longer;
		*capacity = more;
	}
	(*items)[(*count)++] = *item;
	return 0;
}

static int want(struct rd__wanted_list *list, const struct rd__wanted *item)
{
	return push(&list->wanted, &list->count, &list->capacity, item);
}

/* An exchange without telephones, or in which no number leads anywhere, is none. */
static bool is_vital(const char *name)
{
	return strcmp(name, "chan_sip") == 0 || strcmp(name, "dialplan") == 0;
}

static int want_present(struct rd__wanted_list *list, const char *name)
{
	const struct rd__wanted item = { .name = name, .optional = !is_vital(name) };

	if (rd__wanted_find(list, name))
		return 0;
	return want(list, &item);
}

/* Of a line; what it says lives as long as the list. */
static int item_of(struct rd__wanted_list *list, const struct rd_config_line *line,
		   const char *name, struct rd__wanted *item)
{
	*item = (struct rd__wanted){ .name = name,
				     .file = rd_pool_strdup(list->pool, line->file),
				     .line = line->line };
	return item->file ? 0 : -ENOMEM;
}

static void complain_absent(const struct rd__wanted_list *list, const struct rd_config_line *line,
			    const char *name, struct rd_config_report *report)
{
	const char *near = list->present ? rd_str_nearest(name, list->present) : NULL;

	rd_config_error(report, line->file, line->line, "%s: there is no module \"%s\" in %s%s%s%s",
			line->name, name, rd_directory("modules"),
			near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

/* Asterisk's chan_sip is its former driver, which our own is not. */
static bool is_former_driver(const struct mention *mention)
{
	return mention->foreign && strcmp(mention->name, "chan_sip") == 0;
}

/* The name of ours that is meant, NULL when there is none; then that has been said. */
static const char *name_here(const struct rd__wanted_list *list, const struct mention *mention,
			     struct rd_config_report *report)
{
	const struct rd_config_line *line = mention->line;
	const char *ours = NULL, *name = mention->name;
	enum rd__foreign kind = RD__FOREIGN_NOT;

	if (has(list->present, name) && !is_former_driver(mention))
		return name;
	if (mention->foreign)
		kind = rd__module_foreign(name, &ours);
	if (kind == RD__FOREIGN_OURS && has(list->present, ours))
		return ours;
	if (kind == RD__FOREIGN_NOT || kind == RD__FOREIGN_OURS)
		complain_absent(list, line, name, report);
	else if (kind == RD__FOREIGN_ABSENT)
		rd_config_warning(report, line->file, line->line,
				  "%s: there is nothing here like Asterisk's module %s", line->name,
				  name);
	return NULL;
}

/* A line of ours that keeps nothing from loading is a mistake, but no reason not
 * to start. */
static void doubt_unwanted(const struct rd__wanted_list *list, const struct mention *mention,
			   struct rd_config_report *report)
{
	const struct rd_config_line *line = mention->line;
	const char *near, *name = mention->name;

	if (mention->foreign || has(list->present, name))
		return;
	near = list->present ? rd_str_nearest(name, list->present) : NULL;
	rd_config_warning(report, line->file, line->line, "noload: there is no module \"%s\"%s%s%s",
			  name, near ? "; did you mean \"" : "", near ? near : "",
			  near ? "\"?" : "");
}

/* Only a name that is one module's, there and here, keeps that from loading. */
static int take_unwanted(struct rd__wanted_list *list, const struct mention *mention,
			 struct rd_config_report *report)
{
	const char *name = mention->name;
	struct rd__wanted item;
	int rc;

	if (is_former_driver(mention))
		return 0;
	if (mention->foreign && strcmp(name, "chan_pjsip") == 0)
		name = "chan_sip";
	doubt_unwanted(list, mention, report);
	rc = item_of(list, mention->line, name, &item);
	if (rc)
		return rc;
	return push(&list->unwanted, &list->unwanted_count, &list->unwanted_capacity, &item);
}

static int take_name(struct rd__wanted_list *list, const struct mention *mention,
		     struct rd_config_report *report)
{
	const struct rd_config_line *line = mention->line;
	struct rd__wanted item;
	const char *name;
	int rc;

	if (strcasecmp(line->name, "noload") == 0)
		return take_unwanted(list, mention, report);
	name = name_here(list, mention, report);
	if (!name || rd__wanted_find(list, name))
		return 0;
	if (rd__unwanted_find(list, name)) {
		rd_config_warning(report, line->file, line->line,
				  "%s: %s is under noload too, and stays away", line->name, name);
		return 0;
	}
	rc = item_of(list, line, name, &item);
	return rc ? rc : want(list, &item);
}

/* The ending may be left out there. */
static enum rd__foreign foreign_kind(const struct rd__wanted_list *list, const char *name)
{
	const char *ours;

	return has(list->present, name) ? RD__FOREIGN_NOT : rd__module_foreign(name, &ours);
}

static bool is_known_there(const struct rd__wanted_list *list, const char *name)
{
	enum rd__foreign kind = foreign_kind(list, name);

	return kind == RD__FOREIGN_OURS || kind == RD__FOREIGN_CORE;
}

/* What nobody knows by name is theirs in a file of theirs; but what is nearly a name of
 * ours is a slip. */
static bool is_only_theirs(const struct rd__wanted_list *list, const char *name)
{
	if (foreign_kind(list, name) != RD__FOREIGN_ABSENT)
		return is_known_there(list, name);
	return list->foreign && !(list->present && rd_str_nearest(name, list->present));
}

static int take_written(struct rd__wanted_list *list, const struct rd_config_line *line,
			struct rd_str written, struct rd_config_report *report)
{
	struct mention mention = { .line = line, .name = plain_name(list->pool, written) };

	if (!mention.name)
		return -ENOMEM;
	mention.foreign = ends_so(written) || is_only_theirs(list, mention.name);
	return take_name(list, &mention, report);
}

static int take_line(struct rd__wanted_list *list, const struct rd_config_line *line,
		     struct rd_config_report *report)
{
	struct rd_str rest = rd_str_of(line->value), item;
	bool named = false;
	int rc = 0;

	while (rest.p && rc == 0) {
		rd_str_cut(&rest, ',', &item);
		item = rd_str_trim(item);
		if (!item.n)
			continue;
		named = true;
		rc = take_written(list, line, item, report);
	}
	if (!named)
		rd_config_error(report, line->file, line->line,
				"\"%s\": expected the name of a module", line->name);
	return rc;
}

/* All lines of that name. */
static int take_names(struct rd__wanted_list *list, const struct rd_config_section *section,
		      const char *option, struct rd_config_report *report)
{
	const struct rd_config_line *line = NULL;
	int rc = 0;

	while (section && rc == 0 && (line = rd_config_line_next(section, line)))
		if (strcasecmp(line->name, option) == 0)
			rc = take_line(list, line, report);
	return rc;
}

static int take_present(struct rd__wanted_list *list)
{
	int rc = 0;

	for (const char **name = list->present; name && *name && rc == 0; name++)
		if (!rd__unwanted_find(list, *name))
			rc = want_present(list, *name);
	return rc;
}

/* A list of theirs leaves out what is no module there. */
static int take_core_there(struct rd__wanted_list *list)
{
	int rc = 0;

	if (!list->foreign)
		return 0;
	for (const char *const *name = rd__modules_core_there; *name && rc == 0; name++)
		if (has(list->present, *name))
			rc = want_present(list, *name);
	return rc;
}

static bool names_theirs(const struct rd__wanted_list *list, struct rd_str value)
{
	struct rd_str item;
	char name[64];

	while (value.n) {
		rd_str_cut(&value, ',', &item);
		item = rd_str_trim(item);
		if (ends_so(item) ||
		    (rd_strcpyn(name, sizeof(name), item) && is_known_there(list, name)))
			return true;
	}
	return false;
}

/* Was it written for Asterisk? One name tells. */
static bool is_theirs(const struct rd__wanted_list *list, const struct rd_config_section *section)
{
	const struct rd_config_line *line = NULL;

	while (section && (line = rd_config_line_next(section, line)))
		if (names_theirs(list, rd_str_of(line->value)))
			return true;
	return false;
}

/* In the order in which they count. */
static const char *const lists[] = { "noload", "preload-require", "preload", "load", "require" };

static int read_section(struct rd__wanted_list *list, const struct rd_config_section *section,
			struct rd_config_report *report)
{
	struct options values = { 0 };
	int rc = rd_options_read(options, section, NULL, &values, list->pool, report);

	list->foreign = is_theirs(list, section);
	/* A wrong line is reported, and the others are read for what they say. */
	if (rc == -EINVAL)
		rc = 0;
	for (size_t i = 0; i < RD_ARRAY_SIZE(lists) && rc == 0; i++)
		rc = take_names(list, section, lists[i], report);
	if (rc == 0)
		rc = values.autoload ? take_present(list) : take_core_there(list);
	return rc;
}

static const char *const sections[] = { "modules", NULL };
static const char *const sections_unused[] = { "global", NULL };

static int read_file(struct rd__wanted_list *list, struct rd_config_report *report)
{
	struct rd_config *config;
	int rc;

	rc = rd_config_load_merged(&config, "modules.conf", RD_SECOND_JOINS, report);
	if (rc == -ENOENT)
		return take_present(list);
	if (rc < 0)
		return rc;
	rd_config_check_sections(config, sections, sections_unused, report);
	rc = read_section(list, rd_config_find(config, "modules"), report);
	rd_config_unref(config);
	return rc;
}

int rd__wanted_read(struct rd__wanted_list *list, struct rd_config_report *report)
{
	int errors = rd_config_errors(report);
	int rc;

	*list = (struct rd__wanted_list){ 0 };
	rc = rd_pool_new(&list->pool, 0);
	if (rc == 0)
		rc = read_folder(list, report);
	if (rc == 0)
		rc = read_file(list, report);
	if (rc == 0 && rd_config_errors(report) > errors)
		rc = -EINVAL;
	if (rc < 0 && rc != -EINVAL)
		rd__wanted_free(list);
	return rc;
}

void rd__wanted_free(struct rd__wanted_list *list)
{
	rd_free(list->wanted);
	rd_free(list->unwanted);
	rd_pool_free(list->pool);
	*list = (struct rd__wanted_list){ 0 };
}
