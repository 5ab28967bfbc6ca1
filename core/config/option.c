/* Typed option tables: from the lines of a section to the members of a
 * struct, with every mistake said in terms of what was expected. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <ringdown/prompt.h>
#include <ringdown/str.h>
#include <ringdown/tls.h>

#include "core/config/config.h"
#include "core/config/tree.h"

enum { MAX_OPTIONS = 256, EXPECTED_SIZE = 240 };

/* One section being read. */
struct reader {
	const struct rd_option *table;
	const struct rd_config_section *section;
	const char *section_name;
	struct rd_pool *pool;
	struct rd_config_report *report;
	bool seen[MAX_OPTIONS];
	bool failed;
};

/* A unit of measure: how it is written, what it counts. */
struct unit {
	const char *name;
	int64_t factor;
};

static const struct unit durations[] = { { "ms", 1 },	   { "s", 1000 },
					 { "sec", 1000 },  { "m", 60000 },
					 { "min", 60000 }, { "h", 3600000 },
					 { "d", 86400000 }, { 0 } };
static const struct unit sizes[] = { { "b", 1 },
				     { "k", 1 << 10 },
				     { "kb", 1 << 10 },
				     { "m", 1 << 20 },
				     { "mb", 1 << 20 },
				     { "g", 1 << 30 },
				     { "gb", 1 << 30 },
				     { 0 } };

/* ---- what was expected, in words ---- */

/* The one that says n shortest: the table goes from small to large, of each size the
 * usual name first. */
static const struct unit *largest_unit(const struct unit *units, int64_t n)
{
	const struct unit *best = units;

	for (const struct unit *unit = units + 1; n && unit->name; unit++)
		if (unit->factor > best->factor && n % unit->factor == 0)
			best = unit;
	return best;
}

/* A duration as a person writes it: 90000 is "90s", 1500 is "1500ms". */
static void print_duration(char *out, size_t size, int64_t ms)
{
	const struct unit *unit = largest_unit(durations, ms);

	snprintf(out, size, "%lld%s", (long long)(ms / unit->factor), unit->name);
}

static void print_size(char *out, size_t size, int64_t bytes)
{
	const struct unit *unit = largest_unit(sizes, bytes);

	snprintf(out, size, "%lld%s", (long long)(bytes / unit->factor),
		 unit == sizes ? "" : unit->name);
}

static void print_number(char *out, size_t size, enum rd_option_type type, int64_t n)
{
	if (type == RD_OPTION_DURATION)
		print_duration(out, size, n);
	else if (type == RD_OPTION_SIZE)
		print_size(out, size, n);
	else
		snprintf(out, size, "%lld", (long long)n);
}

static const char *expect_number(char *out, const struct rd_option *option)
{
	const char *what = option->type == RD_OPTION_DURATION ? "a duration such as 20s"
			   : option->type == RD_OPTION_SIZE   ? "a size such as 64k"
							      : "a whole number";
	char min[32], max[32];

	if (option->min == 0 && option->max == 0) {
		snprintf(out, EXPECTED_SIZE, "%s", what);
		return out;
	}
	print_number(min, sizeof(min), option->type, option->min);
	print_number(max, sizeof(max), option->type, option->max);
	snprintf(out, EXPECTED_SIZE, "%s between %s and %s%s", what, min, max,
		 option->or_zero ? ", or 0" : "");
	return out;
}

static const char *expect_enum(char *out, const struct rd_option *option,
			       const char *value)
{
	const char *nearest = rd_str_nearest(value, option->names);
	size_t n = 0;

	for (const char *const *name = option->names; *name && n < EXPECTED_SIZE; name++)
		n += (size_t)snprintf(out + n, EXPECTED_SIZE - n, "%s%s",
				      n == 0	? ""
				      : name[1] ? ", "
						: " or ",
				      *name);
	if (nearest && n < EXPECTED_SIZE)
		snprintf(out + n, EXPECTED_SIZE - n, "; did you mean \"%s\"?", nearest);
	return out;
}

/* ---- values ---- */

/* A number and its unit; false when it is not one. */
static bool read_number(const char *value, const struct unit *units,
			int64_t default_factor, int64_t *out)
{
	int64_t factor = default_factor;
	char *end;
	long long n;

	errno = 0;
	n = strtoll(value, &end, 10);
	if (end == value || errno)
		return false;
	while (*end == ' ')
		end++;
	if (*end && !units)
		return false;
	if (*end) {
		while (units->name && strcasecmp(units->name, end) != 0)
			units++;
		if (!units->name)
			return false;
		factor = units->factor;
	}
	return !__builtin_mul_overflow((int64_t)n, factor, out);
}

static bool is_number(const struct rd_option *option)
{
	return option->type == RD_OPTION_INT || option->type == RD_OPTION_DURATION ||
	       option->type == RD_OPTION_SIZE;
}

static bool read_number_of(const struct rd_option *option, const char *value, int64_t *out)
{
	const struct unit *units = option->type == RD_OPTION_DURATION ? durations
				   : option->type == RD_OPTION_SIZE   ? sizes
								      : NULL;
	int64_t factor = 1;
	bool yes;

	if (option->type == RD_OPTION_DURATION)
		factor = option->unit ? option->unit : 1000;
	if (read_number(value, units, factor, out))
		return true;
	if (!option->yes || !rd_config_bool(rd_str_of(value), &yes))
		return false;
	*out = yes ? option->yes : 0;
	return true;
}

/* Within the option's limits. */
static int64_t nearest_number(const struct rd_option *option, int64_t n)
{
	bool limited = option->min || option->max;
	int64_t min = limited ? option->min : option->type == RD_OPTION_INT ? INT32_MIN : 0;
	int64_t max = limited ? option->max
		      : option->type == RD_OPTION_SIZE ? INT64_MAX : INT32_MAX;

	if (n == 0 && option->or_zero)
		return 0;
	return n < min ? min : n > max ? max : n;
}

static void store_number(const struct rd_option *option, int64_t n, void *dest)
{
	if (option->type == RD_OPTION_SIZE)
		*(int64_t *)dest = n;
	else
		*(int *)dest = (int)n;
}

bool rd_config_bool(struct rd_str text, bool *out)
{
	static const char *const words[][2] = {
		{ "no", "yes" }, { "false", "true" }, { "off", "on" },
		{ "0", "1" },	 { "n", "y" },	      { "f", "t" },
	};

	for (size_t i = 0; i < RD_ARRAY_SIZE(words); i++)
		for (int yes = 0; yes <= 1; yes++)
			if (rd_str_ieq(text, rd_str_of(words[i][yes]))) {
				*out = yes;
				return true;
			}
	return false;
}

static const char *set_bool(const char *value, bool *dest)
{
	return rd_config_bool(rd_str_of(value), dest) ? NULL : "yes or no";
}

static const char *set_number(const struct rd_option *option, const char *value,
			      void *dest, char *expected)
{
	int64_t n;

	if (!read_number_of(option, value, &n) || nearest_number(option, n) != n)
		return expect_number(expected, option);
	store_number(option, n, dest);
	return NULL;
}

static bool find_name(const struct rd_option *option, const char *value, int *dest)
{
	for (int i = 0; option->names[i]; i++)
		if (strcasecmp(option->names[i], value) == 0) {
			*dest = i;
			return true;
		}
	return false;
}

static const char *set_enum(const struct rd_option *option, const char *value, int *dest,
			    char *expected)
{
	bool yes;

	if (find_name(option, value, dest))
		return NULL;
	/* "true", "on", "0": where yes or no is among the names. */
	if (rd_config_bool(rd_str_of(value), &yes) && find_name(option, yes ? "yes" : "no", dest))
		return NULL;
	return expect_enum(expected, option, value);
}

/* Not an expectation: known by its address. */
const char rd_option_no_memory[] = "more memory";

static const char *set_string(const struct rd_option *option, const char *value,
			      const char **dest, struct rd_pool *pool, char *expected)
{
	size_t n = strlen(value);

	if ((option->min || option->max) &&
	    (n < (size_t)option->min || n > (size_t)option->max)) {
		snprintf(expected, EXPECTED_SIZE, "text of %lld to %lld characters",
			 (long long)option->min, (long long)option->max);
		return expected;
	}
	*dest = rd_pool_strdup(pool, value);
	return *dest ? NULL : rd_option_no_memory;
}

static size_t list_length(const char *const *list)
{
	size_t n = 0;

	while (list && list[n])
		n++;
	return n;
}

static const char *add_to_list(const char *value, const char ***dest, struct rd_pool *pool)
{
	size_t had = list_length(*dest), more = 1;
	struct rd_str rest = rd_str_of(value), item;
	const char **list;

	for (const char *p = value; (p = strchr(p, ',')); p++)
		more++;
	list = rd_pool_alloc(pool, (had + more + 1) * sizeof(*list));
	if (!list)
		return rd_option_no_memory;
	if (had)
		memcpy(list, *dest, had * sizeof(*list));
	while (rest.p) {
		rd_str_cut(&rest, ',', &item);
		item = rd_str_trim(item);
		if (item.n == 0)
			continue;
		list[had] = rd_pool_strndup(pool, item.p, item.n);
		if (!list[had++])
			return rd_option_no_memory;
	}
	list[had] = NULL;
	*dest = list;
	return NULL;
}

/* NULL when the value was good, else what was expected. */
static const char *set_value(const struct reader *reader, const struct rd_option *option,
			     const char *value, void *dest, char *expected)
{
	switch (option->type) {
	case RD_OPTION_BOOL:
		return set_bool(value, dest);
	case RD_OPTION_INT:
	case RD_OPTION_DURATION:
	case RD_OPTION_SIZE:
		return set_number(option, value, dest, expected);
	case RD_OPTION_STRING:
		return set_string(option, value, dest, reader->pool, expected);
	case RD_OPTION_ENUM:
		return set_enum(option, value, dest, expected);
	case RD_OPTION_LIST:
		return add_to_list(value, dest, reader->pool);
	case RD_OPTION_CUSTOM:
		return option->parse(value, dest, reader->pool);
	case RD_OPTION_NO_EFFECT:
	case RD_OPTION_END:
		break;
	}
	rd_assert(!"a known option type");
	return NULL;
}

/* ---- a section ---- */

static void *dest_of(const struct rd_option *option, void *dest)
{
	return (char *)dest + option->offset;
}

static size_t find_option(const struct rd_option *table, const char *name)
{
	size_t i = 0;

	while (table[i].name && ((table[i].name[0] ^ name[0]) & ~0x20 ||
				 strcasecmp(table[i].name, name) != 0))
		i++;
	return i;
}

static int set_fallbacks(const struct reader *reader, void *dest)
{
	char expected[EXPECTED_SIZE];

	for (const struct rd_option *option = reader->table; option->name; option++) {
		const char *wrong;

		if (!option->fallback)
			continue;
		/* Constant: it needs no copy per section. */
		if (option->type == RD_OPTION_STRING) {
			*(const char **)dest_of(option, dest) = option->fallback;
			continue;
		}
		if (option->type == RD_OPTION_LIST)
			*(const char ***)dest_of(option, dest) = NULL;
		wrong = set_value(reader, option, option->fallback, dest_of(option, dest),
				  expected);
		if (wrong == rd_option_no_memory)
			return -ENOMEM;
		rd_assert(!wrong);
	}
	return 0;
}

static bool is_ignored(const char *const *ignore, const char *name)
{
	for (; ignore && *ignore; ignore++)
		if (strcasecmp(*ignore, name) == 0)
			return true;
	return false;
}

static void complain_unknown(struct reader *reader, const struct rd_config_line *line)
{
	const char *names[MAX_OPTIONS + 1], *nearest;
	size_t n = 0;

	for (; reader->table[n].name; n++)
		names[n] = reader->table[n].name;
	names[n] = NULL;
	nearest = rd_str_nearest(line->name, names);
	reader->failed = true;
	if (nearest)
		rd_config_error(reader->report, line->file, line->line,
				"[%s] unknown option \"%s\"; did you mean \"%s\"?",
				reader->section_name, line->name, nearest);
	else
		rd_config_error(reader->report, line->file, line->line,
				"[%s] unknown option \"%s\"", reader->section_name,
				line->name);
}

/* The line of this section itself that had the same option before. */
static const struct rd_config_line *former_line(const struct reader *reader,
						const struct rd_config_line *line)
{
	const struct rd_config_line *it = NULL, *former = NULL;

	while ((it = rd_config_line_next(reader->section, it)) && it != line)
		if (!it->inherited && strcasecmp(it->name, line->name) == 0)
			former = it;
	return former;
}

/* A password that is another than the one meant shows only when nobody gets in. */
static void check_secret(const struct reader *reader, const struct rd_config_line *line)
{
	const struct rd_config_line *former = line->inherited ? NULL : former_line(reader, line);

	if (former)
		rd_config_warning(reader->report, line->file, line->line,
				  "[%s] a second \"%s\": it counts, the one of %s:%d does not",
				  reader->section_name, line->name, former->file, former->line);
	/* No section: the line may be a template's, or of a file that names it otherwise. */
	if (line->cut)
		rd_config_warning(reader->report, line->file, line->line,
				  "the password ends before the \";\", which begins a comment; "
				  "write \"\\;\" where it is part of it, else put a blank "
				  "before it");
}

/* What Asterisk's users write starts there, and so it does here. What is negative and may
 * not be is a mistake in both. */
static bool take_nearest(const struct reader *reader, const struct rd_option *option,
			 const struct rd_config_line *line, void *dest)
{
	char taken[32];
	int64_t n;

	if (!reader->section->is_asterisks || !is_number(option) ||
	    !read_number_of(option, line->value, &n) || (n < 0 && option->min >= 0))
		return false;
	n = nearest_number(option, n);
	store_number(option, n, dest);
	print_number(taken, sizeof(taken), option->type, n);
	rd_config_warning(reader->report, line->file, line->line,
			  "[%s] %s = \"%s\": %s is taken, the nearest that there is here",
			  reader->section_name, line->name, line->value, taken);
	return true;
}

static void examine(const struct reader *reader, const struct rd_option *option,
		    const struct rd_config_line *line)
{
	char what[128];

	if (!option->pem && !option->prompt)
		return;
	snprintf(what, sizeof(what), "[%s] %s", reader->section_name, line->name);
	if (option->pem)
		rd_tls_examine(reader->report, line->file, line->line, what, option->pem,
			       line->value);
	else
		rd_prompt_examine(reader->report, line->file, line->line, what, line->value);
}

static int read_line(struct reader *reader, const struct rd_config_line *line, void *dest)
{
	size_t i = find_option(reader->table, line->name);
	const struct rd_option *option = &reader->table[i];
	char expected[EXPECTED_SIZE];
	const char *wrong;

	if (!option->name) {
		complain_unknown(reader, line);
		return 0;
	}
	if (option->type == RD_OPTION_NO_EFFECT) {
		rd_config_warning(reader->report, line->file, line->line,
				  "[%s] %s has no effect: %s", reader->section_name,
				  line->name, option->help);
		return 0;
	}
	dest = dest_of(option, dest);
	/* The default list gives way to the first line; more lines add. */
	if (option->type == RD_OPTION_LIST && !reader->seen[i])
		*(const char ***)dest = NULL;
	reader->seen[i] = true;
	if (option->secret)
		check_secret(reader, line);
	wrong = set_value(reader, option, line->value, dest, expected);
	if (wrong == rd_option_no_memory)
		return -ENOMEM;
	examine(reader, option, line);
	if (!wrong || take_nearest(reader, option, line, dest))
		return 0;
	reader->failed = true;
	rd_config_error(reader->report, line->file, line->line,
			"[%s] %s = \"%s\": expected %s", reader->section_name, line->name,
			line->value, wrong);
	return 0;
}

static void check_required(struct reader *reader, const struct rd_config_section *section)
{
	for (size_t i = 0; reader->table[i].name; i++) {
		if (!reader->table[i].required || reader->seen[i])
			continue;
		reader->failed = true;
		rd_config_error(reader->report,
				section ? rd_config_section_file(section) : NULL,
				section ? rd_config_section_line(section) : 0,
				"[%s] \"%s\" is missing", reader->section_name,
				reader->table[i].name);
	}
}

int rd_options_read(const struct rd_option *table,
		    const struct rd_config_section *section,
		    const char *const *ignore, void *dest, struct rd_pool *pool,
		    struct rd_config_report *report)
{
	struct reader reader = {
		.table = table,
		.section = section,
		.section_name = section ? rd_config_section_name(section) : "",
		.pool = pool,
		.report = report,
	};
	const struct rd_config_line *line = NULL;
	size_t count = 0;
	int rc;

	while (table[count].name)
		count++;
	rd_assert(count <= MAX_OPTIONS);
	rc = set_fallbacks(&reader, dest);
	if (rc < 0)
		return rc;
	while (section && (line = rd_config_line_next(section, line))) {
		if (is_ignored(ignore, line->name))
			continue;
		rc = read_line(&reader, line, dest);
		if (rc < 0)
			return rc;
	}
	check_required(&reader, section);
	return reader.failed ? -EINVAL : 0;
}

int rd_options_load(const struct rd_options_file *file, void *dest, struct rd_pool *pool,
		    struct rd_config_report *report)
{
	struct rd_config *config = NULL;
	int wrong = 0, rc = rd_config_load_merged(&config, file->name, RD_SECOND_JOINS, report);

	if (!rc && file->sections)
		wrong = rd_config_check_sections(config, file->sections, file->unused, report);
	if (!rc || rc == -ENOENT)
		rc = rd_options_read(file->table, rd_config_find(config, file->section), NULL, dest,
				     pool, report);
	rd_config_unref(config);
	return rc ? rc : wrong;
}

int rd_options_new(const struct rd_options_file *file, size_t size, void **snapshot,
		   struct rd_config_report *report)
{
	void *settings = rd_zalloc(size);
	int rc = settings ? rd_options_load(file, settings, NULL, report) : -ENOMEM;

	if (rc)
		rd_free(settings);
	else
		*snapshot = settings;
	return rc;
}
