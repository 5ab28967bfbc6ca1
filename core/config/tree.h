/* The parsed file inside: shared by the parser, which builds it, and the
 * accessors, which only look. */
#ifndef CORE_CONFIG_TREE_H
#define CORE_CONFIG_TREE_H

#include <ringdown/config.h>
#include <ringdown/list.h>
#include <ringdown/map.h>

#include "core/base/keepers.h"

struct rd_config_section {
	const char *name;
	const char *file;
	int line;
	bool is_template;
	bool is_asterisks; /* a number outside of the limits is taken as the nearest */
	struct rd_config_line *lines;
	size_t count, cap;
	struct rd_config_section *next;
	struct rd_config_section *next_same_name;
};

enum { RD__CONFIG_KEEPERS = 4 };

struct rd_config {
	unsigned magic;
	int refs;
	struct rd_list link; /* this and keepers are keeper.c's */
	struct rd__keeper keepers[RD__CONFIG_KEEPERS];
	const char *file; /* NULL: it was made of something else */
	struct rd_pool *pool;
	struct rd_map *by_name; /* the first section of each name, case apart */
	struct rd_config_section *first, *last;
};

#define RD__CONFIG_MAGIC 0x52434f4eu /* "RCON" */

/* As rd_config_load(), for the module whose code that place is. */
int rd__config_load_for(const void *place, struct rd_config **cp, const char *name,
			struct rd_config_report *report);

/* The section of exactly this name, else the first that differs in case
 * only; templates too. NULL when there is none. */
struct rd_config_section *rd__config_lookup(const struct rd_config *config,
					    const char *name);

/* A new section at the end. NULL without memory. */
struct rd_config_section *rd__config_add_section(struct rd_config *config,
						 const char *name, const char *file,
						 int line);

/* Append lines. 0 or -ENOMEM. */
int rd__config_add_lines(struct rd_config *config, struct rd_config_section *section,
			 const struct rd_config_line *lines, size_t count);

/* Parse text, which is changed and must live as long as the tree, as if it
 * were the contents of the file. 0 or -ENOMEM; errors go to the report. */
int rd__config_parse(struct rd_config *config, const char *file, char *text,
		     size_t size, struct rd_config_report *report);

#endif
