/* queue_log, the file that reporting tools read: "epoch|callid|queue|agent|verb|data". */
#include <stdio.h>
#include <string.h>

#include <ringdown/log.h>
#include <ringdown/module.h>

#include "modules/line_file.h"
#include "modules/queue_start.h"

/* What stays when a new file takes the module's place. */
static struct kept {
	struct line_file *file;
} own, *kept = &own;

static const size_t sizes[] = { sizeof(own), 0 };
static const size_t *const shape[] = { sizes, line_file_sizes, NULL };
static const struct rd_module_state state = {
	.version = 1, .shape = shape, .size = sizeof(own), .place = (void **)&kept
};

/* What came from outside must not end what it is in, a line or a field of one. */
static void add(struct rd_buf *line, const char *text, const char *marks)
{
	for (; *text; text++)
		rd_buf_addc(line, strchr(marks, *text) ? ' ' : *text);
}

static void add_line(struct rd_buf *line, const struct rd_event *event)
{
	const char *const fields[] = { rd_event_value(event, "callid"), event->name,
				       rd_event_value(event, "agent"), event->text };

	rd_buf_printf(line, "%llu|", (unsigned long long)(event->wall_us / 1000000));
	for (size_t i = 0; i < RD_ARRAY_SIZE(fields); i++) {
		add(line, fields[i], "|\r\n");
		rd_buf_addc(line, '|');
	}
	add(line, rd_event_value(event, "data"), "\r\n");
	rd_buf_addc(line, '\n');
}

static void notify(const struct rd_event *event, void *arg)
{
	struct rd_buf line;

	(void)arg;
	if (!kept->file)
		return;
	rd_buf_init(&line);
	add_line(&line, event);
	if (line.failed)
		rd_error("no memory for a line of queue_log");
	else
		line_file_add(kept->file, line.p, line.n);
	rd_buf_fini(&line);
}

static const struct rd_subscriber subscribers[] = {
	{ .name = "queue_log", .types = RD_EVENT_BIT(RD_EVENT_QUEUE), .notify = notify }, { 0 }
};

static int load(void)
{
	const struct rd_event start = queue_start();
	char path[1024];
	int rc;

	snprintf(path, sizeof(path), "%s/queue_log", rd_directory("log"));
	rc = line_file_new(&kept->file, path);
	if (!rc)
		notify(&start, NULL);
	return rc;
}

static void unload(void)
{
	line_file_free(kept->file);
	kept->file = NULL;
}

RD_MODULE(.name = "queue_log", .synopsis = "What happens in queues, as a file",
	  .subscribers = subscribers, .load = load, .unload = unload, .state = &state);
