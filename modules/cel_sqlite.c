/* The channel event log in the store, table "cel". */
#include <ringdown/log.h>
#include <ringdown/module.h>
#include <ringdown/store.h>

#include "modules/record_store.h"

#define FIELDS                                                                              \
	"eventtype, eventtime, cidname, cidnum, cidani, cidrdnis, ciddnid, exten, context, " \
	"channame, appname, appdata, amaflags, accountcode, uniqueid, linkedid, userfield, " \
	"peer, userdeftype, extra"

static const char *const names[] = {
	"eventtype", NULL,	 "cidname",  "cidnum",	 "cidani",	"cidrdnis", "ciddnid",
	"exten",     "context",	 "channame", "appname",	 "appdata",	"amaflags", "accountcode",
	"uniqueid",  "linkedid", "userfield", "peer",	 "userdeftype", "extra",
};

static const char *const steps[] = {
	"CREATE TABLE cel (id INTEGER PRIMARY KEY, " FIELDS ");"
	"CREATE INDEX cel_eventtime ON cel (eventtime);"
	"CREATE INDEX cel_linkedid ON cel (linkedid);",
	NULL
};

static const struct rd_schema schema = { .name = "cel_sqlite", .steps = steps };

static const char insert_event[] =
	"INSERT INTO cel (" FIELDS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
	"?, ?, ?)";

static void notify(const struct rd_event *event, void *arg)
{
	struct rd_value values[RD_ARRAY_SIZE(names)];
	size_t at = 0;
	int rc;

	(void)arg;
	for (size_t i = 0; i < RD_ARRAY_SIZE(names); i++)
		values[i] = names[i] ? RD_TEXT(rd_event_value_at(event, names[i], &at))
				     : RD_REAL((double)event->wall_us / 1e6);
	rc = rd_store_write_within(RECORD_WITHIN_MS, insert_event, values, RD_ARRAY_SIZE(values),
				   NULL, NULL);
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

static const char *const needs[] = { "cel", NULL };

RD_MODULE(.name = "cel_sqlite", .synopsis = "The channel event log in the store", .needs = needs,
	  .subscribers = subscribers, .load = load);
