/* Rows of the store from events: see record_store.h. Which tables there are, and how they
 * came to be, is the modules' own. */
#include <string.h>

#include <ringdown/channel.h>
#include <ringdown/module.h>
#include <ringdown/store.h>

#include "modules/record_store.h"

static void add(struct record_table *table, const char *text)
{
	size_t n = strlen(table->insert);

	rd_assert(n + strlen(text) < sizeof(table->insert));
	strcpy(table->insert + n, text);
}

static void print_insert(struct record_table *table)
{
	rd_assert(table->count <= RECORD_COLUMNS_MAX);
	table->insert[0] = '\0';
	add(table, "INSERT INTO ");
	add(table, table->name);
	for (size_t i = 0; i < table->count; i++) {
		add(table, i ? "\", \"" : " (\""); /* "end" is a word of SQL */
		add(table, table->columns[i].name);
	}
	add(table, "\") VALUES (");
	for (size_t i = 0; i < table->count; i++)
		add(table, i ? ", ?" : "?");
	add(table, ")");
}

/* The store makes numbers of them, which the columns are declared as. */
static struct rd_value number_of(const char *text, enum record_kind kind)
{
	bool never = kind == RECORD_MOMENT && text[strspn(text, "0.")] == '\0';

	return RD_TEXT(*text && !never ? text : NULL);
}

static struct rd_value value_of(const struct rd_event *event, const struct record_column *column,
				size_t *at)
{
	switch (column->kind) {
	case RECORD_TEXT:
		return RD_TEXT(rd_event_value_at(event, column->name, at));
	case RECORD_NOW:
		return RD_REAL((double)event->wall_us / 1e6);
	case RECORD_SUBJECT:
		return RD_TEXT(event->name);
	case RECORD_NOTE:
		return RD_TEXT(event->text);
	case RECORD_CHANNEL:
		return RD_TEXT(rd_channel_uniqueid(event->channel));
	default:
		return number_of(rd_event_value_at(event, column->name, at), column->kind);
	}
}

int record_table_write(struct record_table *table, const struct rd_event *event)
{
	struct rd_value values[RECORD_COLUMNS_MAX];
	size_t at = 0;

	if (!*table->insert)
		print_insert(table);
	for (size_t i = 0; i < table->count; i++)
		values[i] = value_of(event, &table->columns[i], &at);
	return rd_store_write_within(RECORD_WITHIN_MS, table->insert, values, (int)table->count,
				     NULL, NULL);
}
