/* What happens in queues, told on the bus in the words of queue_log. Who writes it down
 * (the file, the store) subscribes. */
#include "apps/app_queue/caller.h"

enum { PARTS = 5 };

static const char *or_none(const char *text)
{
	return text && *text ? text : "NONE";
}

/* Cut at | in place; the last part has the rest. */
static void cut(char *data, const char *part[PARTS])
{
	for (size_t i = 0; i < PARTS; i++) {
		char *bar = i + 1 < PARTS ? strchr(data, '|') : NULL;

		part[i] = data;
		if (bar)
			*bar++ = '\0';
		data = bar ? bar : data + strlen(data);
	}
}

static void publish_parts(const char *callid, const char *queue, const char *agent,
			  const char *verb, const char *data, const char *const part[PARTS])
{
	const struct rd_event_field fields[] = {
		{ "callid", or_none(callid) }, { "agent", or_none(agent) }, { "data", data },
		{ "data1", part[0] },          { "data2", part[1] },        { "data3", part[2] },
		{ "data4", part[3] },          { "data5", part[4] },
	};
	struct rd_event event = {
		.type = RD_EVENT_QUEUE,
		.name = or_none(queue),
		.text = verb,
		.fields = fields,
		.field_count = RD_ARRAY_SIZE(fields),
	};

	rd_event_publish(&event);
}

static void publish(const char *callid, const char *queue, const char *agent, const char *verb,
		    const char *data)
{
	char *text = rd_strdup(data);
	const char *part[PARTS];

	if (!text) {
		rd_warning("%s: no memory to tell of %s", or_none(queue), verb);
		return;
	}
	cut(text, part);
	publish_parts(callid, queue, agent, verb, data, part);
	rd_free(text);
}

static void publish_args(const char *callid, const char *queue, const char *agent, const char *verb,
			 const char *fmt, va_list ap)
{
	struct rd_buf data;

	if (!rd_event_wanted(RD_EVENT_QUEUE))
		return;
	rd_buf_init(&data);
	rd_buf_vprintf(&data, fmt, ap);
	publish(callid, queue, agent, verb, rd_buf_text(&data));
	rd_buf_fini(&data);
}

void queue_log_add(struct rd_buf *data, struct rd_str text)
{
	for (size_t i = 0; i < text.n; i++)
		rd_buf_addc(data, text.p[i] == '|' ? ' ' : text.p[i]);
}

void queue_log(const char *callid, const char *queue, const char *agent, const char *verb,
	       const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	publish_args(callid, queue, agent, verb, fmt, ap);
	va_end(ap);
}

void queue_log_caller(const struct queue_caller *caller, const struct queue_member *member,
		      const char *verb, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	publish_args(rd_channel_uniqueid(caller->ch), caller->queue->settings->name,
		     member ? member->name : NULL, verb, fmt, ap);
	va_end(ap);
}

void queue_log_member(const char *callid, const struct queue_member *member, const char *verb,
		      const char *data)
{
	queue_log(callid, member->queue->settings->name, member->name, verb, "%s", data);
}
