/* What happens in queues in the store, table "queue_log": the columns that reports over
 * Asterisk's realtime queue_log ask for. */
#include <ringdown/log.h>
#include <ringdown/module.h>
#include <ringdown/store.h>

#include "modules/queue_start.h"
#include "modules/record_store.h"

static const char *const steps[] = {
	"CREATE TABLE queue_log (id INTEGER PRIMARY KEY, time, callid, queuename, agent, event, "
	"data1, data2, data3, data4, data5);"
	"CREATE INDEX queue_log_time ON queue_log (time);"
	"CREATE INDEX queue_log_callid ON queue_log (callid);",
	NULL
};

static const struct rd_schema schema = { .name = "queue_log_sqlite", .steps = steps };

static const struct record_column columns[] = {
	{ "time", RECORD_NOW },   { "callid", RECORD_TEXT }, { "queuename", RECORD_SUBJECT },
	{ "agent", RECORD_TEXT }, { "event", RECORD_NOTE },  { "data1", RECORD_TEXT },
	{ "data2", RECORD_TEXT }, { "data3", RECORD_TEXT },  { "data4", RECORD_TEXT },
	{ "data5", RECORD_TEXT },
};

static struct record_table lines = { .name = "queue_log",
				     .columns = columns,
				     .count = RD_ARRAY_SIZE(columns) };

static void notify(const struct rd_event *event, void *arg)
{
	int rc = record_table_write(&lines, event);

	(void)arg;
	if (rc)
		rd_error("%s of queue %s could not be stored: %s", event->text, event->name,
			 rd_strerror(rc));
}

static const struct rd_subscriber subscribers[] = {
	{ .name = "queue_log_sqlite", .types = RD_EVENT_BIT(RD_EVENT_QUEUE), .notify = notify },
	{ 0 }
};

static int load(void)
{
	const struct rd_event start = queue_start();
	int rc = rd_store_schema(&schema);

	if (!rc)
		notify(&start, NULL);
	return rc;
}

/* Before the first row that the new file writes; nothing else is kept. */
static void take_over(void)
{
	int rc = rd_store_schema(&schema);

	if (rc)
		rd_error("its tables: %s", rd_strerror(rc));
}

static const struct rd_module_state state = { .version = 1, .take_over = take_over };

RD_MODULE(.name = "queue_log_sqlite", .synopsis = "What happens in queues, in the store",
	  .subscribers = subscribers, .load = load, .state = &state);
