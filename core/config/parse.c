/* The grammar of .conf files: comments, sections, templates, assignments and
 * directives. Works in place on the text; what it finds wrong it reports, and
 * goes on, so that one run shows every error. */
#include <glob.h>
#include <string.h>
#include <strings.h>

#include <ringdown/str.h>

#include "core/config/config.h"
#include "core/config/source.h"
#include "core/config/tree.h"

enum { MAX_DEPTH = 20 };

/* A file being read, and the one that includes it. */
struct source {
	const struct source *parent;
	const char *file;
	int line;
	int depth;
	int comment_depth; /* of ;-- --; */
	int comment_line;  /* where the outermost began */
};

struct parser {
	struct rd_config *config;
	struct rd_config_report *report;
	struct rd_config_section *current;
	bool skipping; /* in a section whose header was wrong */
	bool no_memory;
};

#define COMPLAIN(parser, source, ...) \
	rd_config_error((parser)->report, (source)->file, (source)->line, __VA_ARGS__)

static void parse_text(struct parser *parser, struct source *source, char *text,
		       size_t size);

static char *trim(char *s)
{
	struct rd_str trimmed = rd_str_trim(rd_str_of(s));
	char *start = s + (trimmed.p - s);

	start[trimmed.n] = '\0';
	return start;
}

/* ---- comments ---- */

static bool opens_comment(const char *p)
{
	return p[0] == ';' && p[1] == '-' && p[2] == '-' && p[3] != '-';
}

static bool closes_comment(const char *p)
{
	return p[0] == '-' && p[1] == '-' && p[2] == ';';
}

/* One character or mark inside ;-- --;. Returns what follows it. */
static const char *skip_comment(struct source *source, const char *p)
{
	if (opens_comment(p)) {
		source->comment_depth++;
		return p + 3;
	}
	if (closes_comment(p)) {
		source->comment_depth--;
		return p + 3;
	}
	return p + 1;
}

/* Take the comments out of a line, in place. */
static void strip_comments(struct source *source, char *line)
{
	const char *from = line;
	char *to = line;

	while (*from) {
		if (source->comment_depth) {
			from = skip_comment(source, from);
		} else if (from[0] == '\\' && from[1] == ';') {
			*to++ = ';';
			from += 2;
		} else if (opens_comment(from)) {
			source->comment_depth = 1;
			source->comment_line = source->line;
			from += 3;
		} else if (*from == ';') {
			break;
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
}

/* ---- [section](options) ---- */

/* The nearest other name of a section, for a hint; NULL when none is near. */
static const char *nearest_section(struct parser *parser, const char *name)
{
	size_t pos = 0, n = 0, count = rd_map_count(parser->config->by_name);
	const char **names = rd_malloc((count + 1) * sizeof(*names));
	const char *nearest;

	if (!names)
		return NULL;
	while (n < count && rd_map_next(parser->config->by_name, &pos, &names[n], NULL))
		n += strcasecmp(names[n], name) != 0;
	names[n] = NULL;
	nearest = rd_str_nearest(name, names);
	rd_free(names);
	return nearest;
}

static void complain_unknown(struct parser *parser, struct source *source,
			     const char *what, const char *name)
{
	const char *nearest = nearest_section(parser, name);

	if (nearest)
		COMPLAIN(parser, source,
			 "no section \"%s\" before this line %s; did you mean \"%s\"?",
			 name, what, nearest);
	else
		COMPLAIN(parser, source, "no section \"%s\" before this line %s", name,
			 what);
}

static bool has_line(const struct rd_config_section *section, const char *name,
		     const char *value)
{
	const char *have = rd_config_get(section, name);

	return have && strcasecmp(have, value) == 0;
}

/* (+) or (+type=endpoint): which of the sections of that name is meant. */
static struct rd_config_section *find_reopened(struct parser *parser, const char *name,
					       char *filter)
{
	struct rd_config_section *section = rd__config_lookup(parser->config, name);
	char *equals = strchr(filter, '=');

	if (!equals)
		return section;
	*equals = '\0';
	while (section && !has_line(section, trim(filter), trim(equals + 1)))
		section = section->next_same_name;
	return section;
}

static void inherit(struct parser *parser, struct source *source,
		    struct rd_config_section *section, const char *base_name)
{
	struct rd_config_section *base = rd__config_lookup(parser->config, base_name);

	/* The section itself is in the tree already. */
	if (base == section)
		base = NULL;
	if (!base)
		complain_unknown(parser, source, "to inherit from", base_name);
	else if (rd__config_add_lines(parser->config, section, base->lines,
				      base->count) < 0)
		parser->no_memory = true;
}

/* What stands in the parentheses of a header. */
struct header {
	bool is_template;
	bool reopen;
	char *filter; /* behind the + */
	char *bases;  /* comma-separated, read by a second pass */
};

/* Sort the words; bases are moved to the front of the text. */
static void read_header_options(struct header *header, char *options)
{
	char *start = options, *to = options, *word;

	while ((word = strsep(&options, ","))) {
		word = trim(word);
		if (strcmp(word, "!") == 0) {
			header->is_template = true;
		} else if (*word == '+') {
			header->reopen = true;
			header->filter = word + 1;
		} else if (*word) {
			size_t n = strlen(word);

			memmove(to, word, n);
			to += n;
			*to++ = ',';
		}
	}
	if (to == start)
		return;
	to[-1] = '\0';
	header->bases = start;
}

/* Cut "[name](options)" apart. NULL, with the error reported, when wrong. */
static char *split_header(struct parser *parser, struct source *source, char *line,
			  char **options)
{
	char *end = strchr(line, ']');
	char *rest, *close;

	*options = NULL;
	if (!end) {
		COMPLAIN(parser, source, "\"]\" expected after the section's name");
		return NULL;
	}
	*end = '\0';
	rest = trim(end + 1);
	if (*rest == '(') {
		close = strchr(rest, ')');
		if (!close) {
			COMPLAIN(parser, source, "[%s]: \")\" expected", line + 1);
			return NULL;
		}
		*close = '\0';
		*options = rest + 1;
		rest = trim(close + 1);
	}
	if (*rest) {
		COMPLAIN(parser, source, "[%s]: \"%s\" after the section's name; \"(\" or "
			 "the end of the line expected", line + 1, rest);
		return NULL;
	}
	line = trim(line + 1);
	if (!*line)
		COMPLAIN(parser, source, "section without a name");
	return *line ? line : NULL;
}

static struct rd_config_section *open_section(struct parser *parser,
					      struct source *source, const char *name,
					      struct header *header)
{
	struct rd_config_section *section;

	if (header->reopen) {
		section = find_reopened(parser, name, header->filter);
		if (!section)
			complain_unknown(parser, source, "to add to", name);
		return section;
	}
	section = rd__config_add_section(parser->config, name, source->file,
					 source->line);
	if (!section)
		parser->no_memory = true;
	else
		section->is_template = header->is_template;
	return section;
}

static void parse_header(struct parser *parser, struct source *source, char *line)
{
	struct header header = { 0 };
	char *options, *base;
	char *name = split_header(parser, source, line, &options);

	parser->current = NULL;
	parser->skipping = true;
	if (!name)
		return;
	if (options)
		read_header_options(&header, options);
	parser->current = open_section(parser, source, name, &header);
	parser->skipping = !parser->current;
	while (parser->current && (base = strsep(&header.bases, ",")))
		inherit(parser, source, parser->current, base);
}

/* ---- name = value ---- */

/* "+=" adds to the text of the last line of that name. True when done. */
static bool append_value(struct parser *parser, const struct rd_config_line *line)
{
	struct rd_config_section *section = parser->current;

	for (size_t i = section->count; i > 0; i--) {
		struct rd_config_line *former = &section->lines[i - 1];
		char *value;

		if (strcasecmp(former->name, line->name) != 0)
			continue;
		value = rd_pool_printf(parser->config->pool, "%s%s", former->value,
				       line->value);
		if (!value)
			parser->no_memory = true;
		*former = *line;
		former->value = value ? value : "";
		return true;
	}
	return false;
}

static bool parse_assignment(struct parser *parser, struct source *source, char *text,
			     struct rd_config_line *line)
{
	char *equals = strchr(text, '=');
	char *value;

	if (!equals) {
		COMPLAIN(parser, source, "\"%.60s\": expected \"name = value\"", text);
		return false;
	}
	value = equals + 1;
	line->arrow = *value == '>';
	line->append = equals > text && equals[-1] == '+';
	value += line->arrow;
	equals[line->append ? -1 : 0] = '\0';
	line->name = trim(text);
	line->value = trim(value);
	line->file = source->file;
	line->line = source->line;
	if (!*line->name)
		COMPLAIN(parser, source, "a name is missing before \"=\"");
	return *line->name;
}

static void parse_line(struct parser *parser, struct source *source, char *text)
{
	struct rd_config_line line;

	if (!parse_assignment(parser, source, text, &line) || parser->skipping)
		return;
	if (!parser->current) {
		COMPLAIN(parser, source, "\"%.60s\" stands before the first [section]",
			 line.name);
		return;
	}
	if (line.append && append_value(parser, &line))
		return;
	if (rd__config_add_lines(parser->config, parser->current, &line, 1) < 0)
		parser->no_memory = true;
}

/* ---- #include, #tryinclude, #exec ---- */

static bool is_open(const struct source *source, const char *file)
{
	for (; source; source = source->parent)
		if (strcmp(source->file, file) == 0)
			return true;
	return false;
}

static void include_file(struct parser *parser, struct source *source, const char *path,
			 bool must_exist)
{
	const char *shown = rd__config_show_path(path);
	struct source inner = { .parent = source, .depth = source->depth + 1 };
	size_t size;
	char *text;
	int rc;

	if (is_open(source, shown) || inner.depth > MAX_DEPTH) {
		COMPLAIN(parser, source, "\"%s\" includes itself", shown);
		return;
	}
	inner.file = rd_pool_strdup(parser->config->pool, shown);
	rc = inner.file ? rd__config_read_file(path, parser->config->pool, &text, &size)
			: -ENOMEM;
	if (rc == -ENOMEM)
		parser->no_memory = true;
	else if (rc == 0)
		parse_text(parser, &inner, text, size);
	else if (rc != -ENOENT || must_exist)
		COMPLAIN(parser, source, "#include \"%s\": %s", shown, rd_strerror(rc));
}

static void include(struct parser *parser, struct source *source, const char *name,
		    bool must_exist)
{
	char *path = rd__config_path(parser->config->pool, name);
	bool is_pattern = strpbrk(name, "*?[") != NULL;
	glob_t found;
	int rc;

	if (!path) {
		parser->no_memory = true;
		return;
	}
	if (!is_pattern) {
		include_file(parser, source, path, must_exist);
		return;
	}
	rc = glob(path, 0, NULL, &found);
	if (rc == GLOB_NOMATCH)
		return; /* an empty folder of additions is as good as any */
	if (rc != 0) {
		COMPLAIN(parser, source, "#include \"%s\": the folder cannot be read", name);
		return;
	}
	for (size_t i = 0; i < found.gl_pathc; i++)
		include_file(parser, source, found.gl_pathv[i], must_exist);
	globfree(&found);
}

static void exec(struct parser *parser, struct source *source, const char *command)
{
	struct source inner = { .parent = source, .depth = source->depth + 1 };
	size_t size;
	char *text;
	int rc;

	if (!rd__config_exec_allowed()) {
		COMPLAIN(parser, source, "#exec is off; \"execincludes = yes\" in [options] "
			 "of ringdown.conf turns it on");
		return;
	}
	if (inner.depth > MAX_DEPTH) {
		COMPLAIN(parser, source, "#exec within #exec, too deep");
		return;
	}
	inner.file = rd_pool_printf(parser->config->pool, "output of \"%s\"", command);
	rc = inner.file ? rd__config_read_command(command, parser->config->pool, &text,
						  &size)
			: -ENOMEM;
	if (rc == -ENOMEM)
		parser->no_memory = true;
	else if (rc < 0)
		COMPLAIN(parser, source, "#exec %s: it failed", command);
	else
		parse_text(parser, &inner, text, size);
}

/* What follows the directive, without "" or <> around it. */
static char *unquote(char *argument)
{
	size_t n = strlen(argument);

	if (n >= 2 && ((argument[0] == '"' && argument[n - 1] == '"') ||
		       (argument[0] == '<' && argument[n - 1] == '>'))) {
		argument[n - 1] = '\0';
		return trim(argument + 1);
	}
	return argument;
}

static void parse_directive(struct parser *parser, struct source *source, char *text)
{
	size_t n = strcspn(text + 1, " \t\"<");
	struct rd_str word = { text + 1, n };
	char *argument = unquote(trim(text + 1 + n));

	if (*argument && rd_str_ieq(word, RD_STR("include")))
		include(parser, source, argument, true);
	else if (*argument && rd_str_ieq(word, RD_STR("tryinclude")))
		include(parser, source, argument, false);
	else if (*argument && rd_str_ieq(word, RD_STR("exec")))
		exec(parser, source, argument);
	else
		COMPLAIN(parser, source, "\"%.60s\": expected #include FILE, #tryinclude "
			 "FILE or #exec COMMAND", text);
}

/* ---- the file ---- */

static void parse_any_line(struct parser *parser, struct source *source, char *text)
{
	strip_comments(source, text);
	text = trim(text);
	if (*text == '[')
		parse_header(parser, source, text);
	else if (*text == '#')
		parse_directive(parser, source, text);
	else if (*text)
		parse_line(parser, source, text);
}

/* Every line, and the errors that only the end of the file shows. */
static void parse_text(struct parser *parser, struct source *source, char *text,
		       size_t size)
{
	char *end = text + size;

	if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		text += 3;
	while (text < end && !parser->no_memory) {
		char *stop = memchr(text, '\n', (size_t)(end - text));

		if (!stop)
			stop = end;
		*stop = '\0';
		source->line++;
		if (memchr(text, '\0', (size_t)(stop - text)))
			COMPLAIN(parser, source, "a NUL byte; is this a text file?");
		else
			parse_any_line(parser, source, text);
		text = stop + 1;
	}
	if (source->comment_depth)
		rd_config_error(parser->report, source->file, source->comment_line,
				"\";--\" is never closed with \"--;\"");
}

int rd__config_parse(struct rd_config *config, const char *file, char *text,
		     size_t size, struct rd_config_report *report)
{
	struct parser parser = { .config = config, .report = report };
	struct source source = { .file = file };

	parse_text(&parser, &source, text, size);
	return parser.no_memory ? -ENOMEM : 0;
}
