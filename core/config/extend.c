/* Sections that a module brings for a file that another one reads: the places of the
 * parking lots for extensions.conf, the trunks for sip.conf. */
#include <string.h>

#include <ringdown/list.h>

#include "core/config/config.h"

struct source {
	struct rd_list link;
	const struct rd_config_source *row;
	bool retired;
};

static struct rd_list sources = RD_LIST_INIT(sources);

static int add(const struct rd_config_source *row)
{
	struct source *source = rd_zalloc(sizeof(*source));

	if (!source)
		return -ENOMEM;
	source->row = row;
	rd_list_push(&sources, &source->link);
	return 0;
}

static void forget(const struct rd_config_source *row)
{
	rd_list_foreach(node, tmp, &sources) {
		struct source *source = rd_list_entry(node, struct source, link);

		if (source->row != row)
			continue;
		rd_list_remove(node);
		rd_free(source);
	}
}

int rd__config_sources_add(const struct rd_config_source *table)
{
	int rc = 0;

	for (const struct rd_config_source *row = table; row && row->file && !rc; row++)
		rc = add(row);
	if (rc)
		rd__config_sources_remove(table);
	return rc;
}

void rd__config_sources_remove(const struct rd_config_source *table)
{
	for (const struct rd_config_source *row = table; row && row->file; row++)
		forget(row);
}

static void retire(const struct rd_config_source *row, bool back)
{
	rd_list_foreach(node, tmp, &sources) {
		struct source *source = rd_list_entry(node, struct source, link);

		if (source->row == row)
			source->retired = !back;
	}
}

void rd__config_sources_retire(const struct rd_config_source *table, bool back)
{
	for (const struct rd_config_source *row = table; row && row->file; row++)
		retire(row, back);
}

int rd_config_extend(struct rd_config *config, const char *file, struct rd_config_report *report)
{
	int rc = 0;

	rd_list_foreach(node, tmp, &sources) {
		const struct source *source = rd_list_entry(node, struct source, link);

		if (!rc && !source->retired && strcmp(source->row->file, file) == 0)
			rc = source->row->add(config, report);
	}
	return rc;
}
