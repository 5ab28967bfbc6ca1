/* A file that is being parsed, between parse.c (the grammar) and include.c (its
 * directives, which lead to other files). */
#ifndef CORE_CONFIG_PARSE_H
#define CORE_CONFIG_PARSE_H

#include <ringdown/config.h>

/* A file being read, and the one that includes it. */
struct rd__parse_source {
	const struct rd__parse_source *parent;
	const char *file;
	int line;
	int depth;
	int comment_depth; /* of ;-- --; */
	int comment_line; /* where the outermost began */
};

struct rd__parser {
	struct rd_config *config;
	struct rd_config_report *report;
	struct rd_config_section *current;
	bool skipping; /* in a section whose header was wrong */
	bool no_memory;
};

#define RD__COMPLAIN(parser, source, ...)                                                          \
	rd_config_error((parser)->report, (source)->file, (source)->line, __VA_ARGS__)

/* Every line of a text, in place. */
void rd__parse_text(struct rd__parser *parser, struct rd__parse_source *source, char *text,
		    size_t size);
/* "#include FILE" and its like. */
void rd__parse_directive(struct rd__parser *parser, struct rd__parse_source *source, char *text);
/* Without the blanks at either end; in place. */
char *rd__parse_trim(char *s);

#endif
