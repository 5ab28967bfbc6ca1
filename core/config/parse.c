/* The grammar of .conf files: comments, sections, templates and assignments;
 * directives are in include.c. Works in place on the text; what it finds wrong it reports, and
 * goes on, so that one run shows every error. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include <ringdown/str.h>

#include "core/config/config.h"
#include "core/config/parse.h"
#include "core/config/tree.h"

char *rd__parse_trim(char *s)
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
static const char *skip_comment(struct rd__parse_source *source, const char *p)
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

/* Take the comments out of a line, in place. True when the text before one ends without
 * a blank: the ";" may have been meant as part of it. */
static bool strip_comments(struct rd__parse_source *source, char *line)
{
	const char *from = line;
	char *to = line;
	bool cut = false;

	while (*from) {
		if (!source->comment_depth && *from == ';')
			cut |= to > line && !isspace((unsigned char)to[-1]);
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
	return cut;
}

/* ---- [section](options) ---- */

/* The nearest other name of a section, for a hint; NULL when none is near. */
static const char *nearest_section(struct rd__parser *parser, const char *name)
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

static void complain_unknown(struct rd__parser *parser, struct rd__parse_source *source,
			     const char *what, const char *name)
{
	const char *nearest = nearest_section(parser, name);

	if (nearest)
		RD__COMPLAIN(parser, source,
			     "no section \"%s\" before this line %s; did you mean \"%s\"?", name,
			     what, nearest);
	else
		RD__COMPLAIN(parser, source, "no section \"%s\" before this line %s", name, what);
}

static bool has_line(const struct rd_config_section *section, const char *name,
		     const char *value)
{
	const char *have = rd_config_get(section, name);

	return have && strcasecmp(have, value) == 0;
}

/* (+) or (+type=endpoint): which of the sections of that name is meant. */
static struct rd_config_section *find_reopened(struct rd__parser *parser, const char *name,
					       char *filter)
{
	struct rd_config_section *section = rd__config_lookup(parser->config, name);
	char *equals = strchr(filter, '=');

	if (!equals)
		return section;
	*equals = '\0';
	while (section && !has_line(section, rd__parse_trim(filter), rd__parse_trim(equals + 1)))
		section = section->next_same_name;
	return section;
}

static void inherit(struct rd__parser *parser, struct rd__parse_source *source,
		    struct rd_config_section *section, const char *base_name)
{
	struct rd_config_section *base = rd__config_lookup(parser->config, base_name);
	size_t count = section->count;

	/* The section itself is in the tree already. */
	if (base == section)
		base = NULL;
	if (!base)
		complain_unknown(parser, source, "to inherit from", base_name);
	else if (rd__config_add_lines(parser->config, section, base->lines,
				      base->count) < 0)
		parser->no_memory = true;
	while (count < section->count)
		section->lines[count++].inherited = true;
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
		word = rd__parse_trim(word);
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
static char *split_header(struct rd__parser *parser, struct rd__parse_source *source, char *line,
			  char **options)
{
	char *end = strchr(line, ']');
	char *rest, *close;

	*options = NULL;
	if (!end) {
		RD__COMPLAIN(parser, source, "\"]\" expected after the section's name");
		return NULL;
	}
	*end = '\0';
	rest = rd__parse_trim(end + 1);
	if (*rest == '(') {
		close = strchr(rest, ')');
		if (!close) {
			RD__COMPLAIN(parser, source, "[%s]: \")\" expected", line + 1);
			return NULL;
		}
		*close = '\0';
		*options = rest + 1;
		rest = rd__parse_trim(close + 1);
	}
	if (*rest) {
		RD__COMPLAIN(parser, source,
			     "[%s]: \"%s\" after the section's name; \"(\" or "
			     "the end of the line expected",
			     line + 1, rest);
		return NULL;
	}
	line = rd__parse_trim(line + 1);
	if (!*line)
		RD__COMPLAIN(parser, source, "section without a name");
	return *line ? line : NULL;
}

static struct rd_config_section *open_section(struct rd__parser *parser,
					      struct rd__parse_source *source, const char *name,
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

static void parse_header(struct rd__parser *parser, struct rd__parse_source *source, char *line)
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
static bool append_value(struct rd__parser *parser, const struct rd_config_line *line)
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

static bool parse_assignment(struct rd__parser *parser, struct rd__parse_source *source, char *text,
			     struct rd_config_line *line)
{
	char *equals = strchr(text, '=');
	char *value;

	if (!equals) {
		RD__COMPLAIN(parser, source, "\"%.60s\": expected \"name = value\"", text);
		return false;
	}
	value = equals + 1;
	line->arrow = *value == '>';
	line->append = equals > text && equals[-1] == '+';
	value += line->arrow;
	equals[line->append ? -1 : 0] = '\0';
	line->name = rd__parse_trim(text);
	line->value = rd__parse_trim(value);
	line->file = source->file;
	line->line = source->line;
	if (!*line->name)
		RD__COMPLAIN(parser, source, "a name is missing before \"=\"");
	return *line->name;
}

static void parse_line(struct rd__parser *parser, struct rd__parse_source *source, char *text,
		       bool cut)
{
	struct rd_config_line line = { .cut = cut };

	if (!parse_assignment(parser, source, text, &line) || parser->skipping)
		return;
	if (!parser->current) {
		RD__COMPLAIN(parser, source, "\"%.60s\" stands before the first [section]",
			     line.name);
		return;
	}
	if (line.append && append_value(parser, &line))
		return;
	if (rd__config_add_lines(parser->config, parser->current, &line, 1) < 0)
		parser->no_memory = true;
}

/* ---- the file ---- */

static void parse_any_line(struct rd__parser *parser, struct rd__parse_source *source, char *text)
{
	bool cut = strip_comments(source, text);

	text = rd__parse_trim(text);
	if (*text == '[')
		parse_header(parser, source, text);
	else if (*text == '#')
		rd__parse_directive(parser, source, text);
	else if (*text)
		parse_line(parser, source, text, cut);
}

/* Every line, and the errors that only the end of the file shows. */
void rd__parse_text(struct rd__parser *parser, struct rd__parse_source *source, char *text,
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
			RD__COMPLAIN(parser, source, "a NUL byte; is this a text file?");
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
	struct rd__parser parser = { .config = config, .report = report };
	struct rd__parse_source source = { .file = file };

	rd__parse_text(&parser, &source, text, size);
	return parser.no_memory ? -ENOMEM : 0;
}
