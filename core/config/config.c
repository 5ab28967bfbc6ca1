/* The tree of a parsed configuration file: birth, counting and looking
 * around. The parser that fills it is parse.c. */
#include <string.h>
#include <strings.h>

#include "core/config/config.h"
#include "core/config/keeper.h"
#include "core/config/source.h"
#include "core/config/tree.h"

static int new_for(struct rd_config **cp, const void *place)
{
	struct rd_config *config = rd_zalloc(sizeof(*config));

	if (!config)
		return -ENOMEM;
	config->magic = RD__CONFIG_MAGIC;
	config->refs = 1;
	rd__config_enlist(config);
	rd__config_taken(config, place);
	if (rd_pool_new(&config->pool, 0) < 0 ||
	    rd_map_new(&config->by_name, RD_MAP_NOCASE) < 0) {
		rd_config_unref(config);
		return -ENOMEM;
	}
	*cp = config;
	return 0;
}

int rd_config_new(struct rd_config **cp)
{
	return new_for(cp, __builtin_return_address(0));
}

struct rd_config *rd_config_ref(struct rd_config *config)
{
	RD_CHECK(config, RD__CONFIG_MAGIC);
	config->refs++;
	rd__config_taken(config, __builtin_return_address(0));
	return config;
}

void rd_config_unref(struct rd_config *config)
{
	if (!config)
		return;
	RD_CHECK(config, RD__CONFIG_MAGIC);
	rd_assert(config->refs > 0);
	rd__config_given_back(config, __builtin_return_address(0));
	if (--config->refs > 0)
		return;
	rd__config_delist(config);
	config->magic = 0;
	rd_map_free(config->by_name);
	rd_pool_free(config->pool);
	rd_free(config);
}

static int load_text(struct rd_config *config, const char *name,
		     struct rd_config_report *report)
{
	char *path = rd__config_path(config->pool, name);
	char *text;
	size_t size;
	int rc;

	if (!path)
		return -ENOMEM;
	rc = rd__config_read_file(path, config->pool, &text, &size);
	if (rc == -ENOENT || rc == -ENOMEM)
		return rc;
	if (rc < 0) {
		rd_config_error(report, rd__config_show_path(path), 0,
				"cannot be read: %s", rd_strerror(rc));
		return -EINVAL;
	}
	return rd__config_parse(config, rd__config_show_path(path), text, size, report);
}

int rd__config_load_for(const void *place, struct rd_config **cp, const char *name,
			struct rd_config_report *report)
{
	struct rd_config *config;
	int rc = new_for(&config, place);

	if (rc < 0)
		return rc;
	config->file = rd_pool_strdup(config->pool, name);
	rc = config->file ? load_text(config, name, report) : -ENOMEM;
	if (rc < 0) {
		rd_config_unref(config);
		return rc;
	}
	*cp = config;
	return 0;
}

int rd_config_load(struct rd_config **cp, const char *name, struct rd_config_report *report)
{
	return rd__config_load_for(__builtin_return_address(0), cp, name, report);
}

/* ---- growing ---- */

struct rd_config_section *rd__config_add_section(struct rd_config *config,
						 const char *name, const char *file,
						 int line)
{
	struct rd_config_section *section, *same;

	section = rd_pool_zalloc(config->pool, sizeof(*section));
	if (!section)
		return NULL;
	section->name = name;
	section->file = file;
	section->line = line;
	same = rd_map_get(config->by_name, name);
	if (!same && rd_map_set(config->by_name, name, section, NULL) < 0)
		return NULL;
	while (same && same->next_same_name)
		same = same->next_same_name;
	if (same)
		same->next_same_name = section;
	if (config->last)
		config->last->next = section;
	else
		config->first = section;
	config->last = section;
	return section;
}

static int reserve_lines(struct rd_config *config, struct rd_config_section *section,
			 size_t more)
{
	size_t cap = section->cap ? section->cap : 4;
	struct rd_config_line *lines;

	if (section->cap - section->count >= more)
		return 0;
	while (cap - section->count < more)
		cap *= 2;
	lines = rd_pool_alloc(config->pool, cap * sizeof(*lines));
	if (!lines)
		return -ENOMEM;
	if (section->count)
		memcpy(lines, section->lines, section->count * sizeof(*lines));
	section->lines = lines;
	section->cap = cap;
	return 0;
}

int rd__config_add_lines(struct rd_config *config, struct rd_config_section *section,
			 const struct rd_config_line *lines, size_t count)
{
	if (count == 0)
		return 0;
	if (reserve_lines(config, section, count) < 0)
		return -ENOMEM;
	memcpy(section->lines + section->count, lines, count * sizeof(*lines));
	section->count += count;
	return 0;
}

/* ---- for those who translate ---- */

struct rd_config_section *rd_config_add_section(struct rd_config *config,
						const char *name, const char *file,
						int line)
{
	struct rd_config_section *section;

	RD_CHECK(config, RD__CONFIG_MAGIC);
	name = rd_pool_strdup(config->pool, name);
	file = rd_pool_strdup(config->pool, file);
	section = name && file ? rd__config_add_section(config, name, file, line) : NULL;
	if (section)
		section->is_asterisks = true;
	return section;
}

int rd_config_add_line(struct rd_config *config, struct rd_config_section *section,
		       const struct rd_config_line *line)
{
	struct rd_config_line copy = *line;

	RD_CHECK(config, RD__CONFIG_MAGIC);
	copy.name = rd_pool_strdup(config->pool, line->name);
	copy.value = rd_pool_strdup(config->pool, line->value);
	/* Most lines are of the same file as their section. */
	copy.file = strcmp(line->file, section->file) == 0
			    ? section->file : rd_pool_strdup(config->pool, line->file);
	if (!copy.name || !copy.value || !copy.file)
		return -ENOMEM;
	return rd__config_add_lines(config, section, &copy, 1);
}

/* ---- looking ---- */

struct rd_config_section *rd__config_lookup(const struct rd_config *config,
					    const char *name)
{
	struct rd_config_section *first = rd_map_get(config->by_name, name);

	for (struct rd_config_section *it = first; it; it = it->next_same_name)
		if (strcmp(it->name, name) == 0)
			return it;
	return first;
}

const struct rd_config_section *
rd_config_next(const struct rd_config *config, const struct rd_config_section *after,
	       const char *name)
{
	const struct rd_config_section *it;

	if (!config)
		return NULL;
	RD_CHECK(config, RD__CONFIG_MAGIC);
	if (!name) {
		it = after ? after->next : config->first;
		while (it && it->is_template)
			it = it->next;
		return it;
	}
	it = after ? after->next_same_name : rd_map_get(config->by_name, name);
	while (it && it->is_template)
		it = it->next_same_name;
	return it;
}

const struct rd_config_section *rd_config_find(const struct rd_config *config,
					       const char *name)
{
	const struct rd_config_section *first = rd_config_next(config, NULL, name);

	for (const struct rd_config_section *it = first; it;
	     it = rd_config_next(config, it, name))
		if (strcmp(it->name, name) == 0)
			return it;
	return first;
}

const char *rd_config_section_name(const struct rd_config_section *section)
{
	return section->name;
}

const char *rd_config_section_file(const struct rd_config_section *section)
{
	return section->file;
}

int rd_config_section_line(const struct rd_config_section *section)
{
	return section->line;
}

const struct rd_config_line *rd_config_line_find(const struct rd_config_section *section,
						 const char *name)
{
	for (size_t i = section->count; i > 0; i--)
		if (strcasecmp(section->lines[i - 1].name, name) == 0)
			return &section->lines[i - 1];
	return NULL;
}

const char *rd_config_get(const struct rd_config_section *section, const char *name)
{
	const struct rd_config_line *line = rd_config_line_find(section, name);

	return line ? line->value : NULL;
}

const struct rd_config_line *rd_config_line_next(const struct rd_config_section *section,
						 const struct rd_config_line *after)
{
	size_t next = after ? (size_t)(after - section->lines) + 1 : 0;

	return next < section->count ? &section->lines[next] : NULL;
}
