/* The channel event log in log/cel-custom/Master.csv, in the columns of the mapping
 * that Asterisk's cel_custom.conf comes with. */
#include <stdio.h>

#include <ringdown/log.h>
#include <ringdown/module.h>

#include "modules/line_file.h"
#include "modules/quoted.h"

static const char eventtime[] = "eventtime"; /* no field, but the event's own */

static const char *const columns[] = {
	"eventtype", eventtime,  "cidname",  "cidnum",    "cidani",      "cidrdnis", "ciddnid",
	"exten",     "context",  "channame", "appname",   "appdata",     "amaflags", "accountcode",
	"uniqueid",  "linkedid", "peer",     "userfield", "userdeftype", "extra",
};

/* What stays when a new file takes the module's place. */
static struct kept {
	struct line_file *file;
} own, *kept = &own;

static const size_t sizes[] = { sizeof(own), 0 };
static const size_t *const shape[] = { sizes, line_file_sizes, NULL };
static const struct rd_module_state state = {
	.version = 1, .shape = shape, .size = sizeof(own), .place = (void **)&kept
};

static void notify(const struct rd_event *event, void *arg)
{
	struct rd_buf line;
	char when[32];

	(void)arg;
	if (!kept->file)
		return;
	snprintf(when, sizeof(when), "%llu.%06u", (unsigned long long)(event->wall_us / 1000000),
		 (unsigned)(event->wall_us % 1000000));
	rd_buf_init(&line);
	for (size_t i = 0; i < RD_ARRAY_SIZE(columns); i++) {
		if (i)
			rd_buf_addc(&line, ',');
		csv_add_quoted(&line,
			       columns[i] == eventtime ? when : rd_event_value(event, columns[i]));
	}
	rd_buf_addc(&line, '\n');
	if (line.failed)
		rd_error("no memory for a line of the channel event log");
	else
		line_file_add(kept->file, line.p, line.n);
	rd_buf_fini(&line);
}

static const struct rd_subscriber subscribers[] = {
	{ .name = "cel_csv", .types = RD_EVENT_BIT(RD_EVENT_CALL_EVENT), .notify = notify }, { 0 }
};

static int load(void)
{
	char path[1024];

	snprintf(path, sizeof(path), "%s/cel-custom/Master.csv", rd_directory("log"));
	return line_file_new(&kept->file, path);
}

static void unload(void)
{
	line_file_free(kept->file);
	kept->file = NULL;
}

static const char *const needs[] = { "cel", NULL };

RD_MODULE(.name = "cel_csv", .synopsis = "The channel event log as CSV", .needs = needs,
	  .subscribers = subscribers, .load = load, .unload = unload, .state = &state);
