/* Call records in the store, table "cdr": what the console's "report calls" reads.
 * The quality of each leg stands beside them in "call_quality". */
#include <stdlib.h>

#include <ringdown/channel.h>
#include <ringdown/log.h>
#include <ringdown/module.h>
#include <ringdown/store.h>

#include "modules/record_store.h"

/* Of a Local channel: is it the end that was called, and how is the other one called. */
#define IS_FRONT(column) column " LIKE 'Local/%;1'"
#define OTHER(column, end) "substr(" column ", 1, length(" column ") - 1) || '" end "'"

/* What a call became behind Local channels, as by forwards: its record, and those of the ends
 * that went on. The first of who answered counts, or else of who was called. */
#define LAST_OF_WAY                                                                   \
	"(WITH RECURSIVE way(id) AS (SELECT cdr.id UNION SELECT next.id FROM way "    \
	"JOIN cdr AS at ON at.id = way.id "                                           \
	"JOIN cdr AS next ON next.linkedid = at.linkedid "                            \
	"AND next.channel = " OTHER("at.dstchannel", "2")                             \
	" WHERE " IS_FRONT("at.dstchannel") ") "                                      \
	"SELECT id FROM way JOIN cdr USING (id) ORDER BY disposition <> 'ANSWERED', " \
	IS_FRONT("dstchannel") ", id LIMIT 1)"

/* The records as who called sees them: who was called through a Local channel instead of that
 * one, and none of the end that called him. */
#define CALL_VIEW                                                                     \
	"CREATE VIEW call AS SELECT cdr.id, cdr.start, cdr.src, cdr.dst, "            \
	"last.dst AS last_dst, cdr.disposition, cdr.duration, cdr.billsec, "          \
	"cdr.channel, last.dstchannel, cdr.accountcode, last.lastapp, cdr.uniqueid, " \
	"last.dstuniqueid, cdr.linkedid FROM cdr JOIN cdr AS last ON last.id = "      \
	"CASE WHEN " IS_FRONT("cdr.dstchannel") " THEN " LAST_OF_WAY                  \
	" ELSE cdr.id END WHERE NOT (cdr.channel LIKE 'Local/%;2' AND EXISTS "        \
	"(SELECT 1 FROM cdr AS front WHERE front.linkedid = cdr.linkedid "            \
	"AND front.dstchannel = " OTHER("cdr.channel", "1") "));"

static const char *const steps[] = {
	"CREATE TABLE cdr (id INTEGER PRIMARY KEY, start REAL NOT NULL, answer REAL, "
	"\"end\" REAL NOT NULL, duration INTEGER NOT NULL, billsec INTEGER NOT NULL, "
	"disposition TEXT NOT NULL, src TEXT, dst TEXT, dcontext TEXT, clid TEXT, channel TEXT, "
	"dstchannel TEXT, lastapp TEXT, lastdata TEXT, accountcode TEXT, peeraccount TEXT, "
	"amaflags TEXT, userfield TEXT, uniqueid TEXT, dstuniqueid TEXT, linkedid TEXT, "
	"sequence INTEGER);"
	"CREATE INDEX cdr_start ON cdr (start);"
	"CREATE INDEX cdr_linkedid ON cdr (linkedid);"
	"CREATE TABLE cdr_variables (uniqueid TEXT NOT NULL, sequence INTEGER NOT NULL, "
	"name TEXT NOT NULL, value TEXT, PRIMARY KEY (uniqueid, sequence, name)) WITHOUT ROWID;"
	"CREATE TABLE call_quality (uniqueid TEXT NOT NULL, kind TEXT NOT NULL, codec TEXT, "
	"rxmos REAL, txmos REAL, rxcount INTEGER, txcount INTEGER, rxploss INTEGER, "
	"txploss INTEGER, rxjitter REAL, txjitter REAL, rtt REAL);"
	"CREATE INDEX call_quality_uniqueid ON call_quality (uniqueid);",
	CALL_VIEW,
	NULL
};

static const struct rd_schema schema = { .name = "cdr_sqlite", .steps = steps };

/* ---- records ---- */

static const struct record_column record_columns[] = {
	{ "accountcode", RECORD_TEXT }, { "src", RECORD_TEXT },
	{ "dst", RECORD_TEXT },		{ "dcontext", RECORD_TEXT },
	{ "clid", RECORD_TEXT },	{ "channel", RECORD_TEXT },
	{ "dstchannel", RECORD_TEXT },	{ "lastapp", RECORD_TEXT },
	{ "lastdata", RECORD_TEXT },	{ "start", RECORD_NUMBER },
	{ "answer", RECORD_MOMENT },	{ "end", RECORD_NUMBER },
	{ "duration", RECORD_NUMBER }, { "billsec", RECORD_NUMBER },
	{ "disposition", RECORD_TEXT }, { "amaflags", RECORD_TEXT },
	{ "uniqueid", RECORD_TEXT },	{ "userfield", RECORD_TEXT },
	{ "linkedid", RECORD_TEXT },	{ "sequence", RECORD_NUMBER },
	{ "peeraccount", RECORD_TEXT }, { "dstuniqueid", RECORD_TEXT },
};

static struct record_table records = { .name = "cdr", .columns = record_columns,
				       .count = RD_ARRAY_SIZE(record_columns) };

static void complain(const struct rd_event *event, int rc)
{
	rd_error("the record of the call from %s to %s could not be stored: %s",
		 rd_event_value(event, "src"), rd_event_value(event, "dst"), rd_strerror(rc));
}

/* Most likely the one at that place. */
static bool has_column(const char *name, size_t place)
{
	if (place < records.count && strcmp(record_columns[place].name, name) == 0)
		return true;
	for (size_t i = 0; i < records.count; i++)
		if (strcmp(record_columns[i].name, name) == 0)
			return true;
	return false;
}

static const char insert_variable[] = "INSERT OR REPLACE INTO cdr_variables VALUES (?, ?, ?, ?)";

static int write_variable(const struct rd_event *event, const struct rd_event_field *field)
{
	const struct rd_value values[] = {
		RD_TEXT(rd_event_value(event, "uniqueid")),
		RD_INT(atoll(rd_event_value(event, "sequence"))),
		RD_TEXT(field->name),
		RD_TEXT(field->value),
	};

	return rd_store_write_within(RECORD_WITHIN_MS, insert_variable, values,
				     RD_ARRAY_SIZE(values), NULL, NULL);
}

/* What the dialplan has put into it by names of its own. */
static int write_variables(const struct rd_event *event)
{
	int rc = 0;

	for (size_t i = 0; i < event->field_count && !rc; i++)
		if (!has_column(event->fields[i].name, i))
			rc = write_variable(event, &event->fields[i]);
	return rc;
}

static void write_record(const struct rd_event *event)
{
	int rc = record_table_write(&records, event);

	if (!rc)
		rc = write_variables(event);
	if (rc)
		complain(event, rc);
}

/* ---- quality ---- */

static const struct record_column quality_columns[] = {
	{ "uniqueid", RECORD_CHANNEL }, { "kind", RECORD_SUBJECT },
	{ "codec", RECORD_NOTE },	{ "rxmos", RECORD_NUMBER },
	{ "txmos", RECORD_NUMBER },	{ "rxcount", RECORD_NUMBER },
	{ "txcount", RECORD_NUMBER },	{ "rxploss", RECORD_NUMBER },
	{ "txploss", RECORD_NUMBER },	{ "rxjitter", RECORD_NUMBER },
	{ "txjitter", RECORD_NUMBER },	{ "rtt", RECORD_NUMBER },
};

static struct record_table qualities = { .name = "call_quality", .columns = quality_columns,
					 .count = RD_ARRAY_SIZE(quality_columns) };

/* Of a leg that neither heard nor said anything there is nothing to tell. */
static bool has_packets(const struct rd_event *event)
{
	return strcmp(rd_event_value(event, "rxcount"), "0") != 0 ||
	       strcmp(rd_event_value(event, "txcount"), "0") != 0;
}

static void write_quality(const struct rd_event *event)
{
	int rc = record_table_write(&qualities, event);

	if (rc)
		rd_error("%s: its quality could not be stored: %s",
			 rd_channel_name(event->channel), rd_strerror(rc));
}

/* ---- the module ---- */

static void notify(const struct rd_event *event, void *arg)
{
	(void)arg;
	if (event->type == RD_EVENT_CALL_RECORD)
		write_record(event);
	else if (has_packets(event))
		write_quality(event);
}

static const struct rd_subscriber subscribers[] = {
	{ .name = "cdr_sqlite",
	  .types = RD_EVENT_BIT(RD_EVENT_CALL_RECORD) | RD_EVENT_BIT(RD_EVENT_CHANNEL_QUALITY),
	  .notify = notify },
	{ 0 }
};

static int load(void)
{
	return rd_store_schema(&schema);
}

/* Before the first row that the new file writes; nothing else is kept. */
static void take_over(void)
{
	int rc = load();

	if (rc)
		rd_error("its tables: %s", rd_strerror(rc));
}

static const struct rd_module_state state = { .version = 1, .take_over = take_over };

static const char *const needs[] = { "cdr", NULL };

RD_MODULE(.name = "cdr_sqlite", .synopsis = "Call detail records in the store", .needs = needs,
	  .subscribers = subscribers, .load = load, .state = &state);
