/* The channel event log in the store, table "cel". */
#include <ringdown/log.h>
#include <ringdown/module.h>
#include <ringdown/store.h>

#include "modules/record_store.h"

static const char *const steps[] = {
	"CREATE TABLE cel (id INTEGER PRIMARY KEY, eventtype, eventtime, cidname, cidnum, cidani, "
	"cidrdnis, ciddnid, exten, context, channame, appname, appdata, amaflags, accountcode, "
	"uniqueid, linkedid, userfield, peer, userdeftype, extra);"
	"CREATE INDEX cel_eventtime ON cel (eventtime);"
	"CREATE INDEX cel_linkedid ON cel (linkedid);",
	NULL
};

static const struct rd_schema schema = { .name = "cel_sqlite", .steps = steps };

static const struct record_column columns[] = {
	{ "eventtype", RECORD_TEXT },	{ "eventtime", RECORD_NOW },
	{ "cidname", RECORD_TEXT },	{ "cidnum", RECORD_TEXT },
	{ "cidani", RECORD_TEXT },	{ "cidrdnis", RECORD_TEXT },
	{ "ciddnid", RECORD_TEXT },	{ "exten", RECORD_TEXT },
	{ "context", RECORD_TEXT },	{ "channame", RECORD_TEXT },
	{ "appname", RECORD_TEXT },	{ "appdata", RECORD_TEXT },
	{ "amaflags", RECORD_TEXT },	{ "accountcode", RECORD_TEXT },
	{ "uniqueid", RECORD_TEXT },	{ "linkedid", RECORD_TEXT },
	{ "userfield", RECORD_TEXT },	{ "peer", RECORD_TEXT },
	{ "userdeftype", RECORD_TEXT }, { "extra", RECORD_TEXT },
};

static struct record_table events = { .name = "cel", .columns = columns,
				      .count = RD_ARRAY_SIZE(columns) };

static void notify(const struct rd_event *event, void *arg)
{
	int rc = record_table_write(&events, event);

	(void)arg;
	if (rc)
		rd_error("a channel event could not be stored: %s", rd_strerror(rc));
}

static const struct rd_subscriber subscribers[] = {
	{ .name = "cel_sqlite", .types = RD_EVENT_BIT(RD_EVENT_CALL_EVENT), .notify = notify },
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

static const char *const needs[] = { "cel", NULL };

RD_MODULE(.name = "cel_sqlite", .synopsis = "The channel event log in the store", .needs = needs,
	  .subscribers = subscribers, .load = load, .state = &state);
