/* A subscriber to events: counts the calls that each device did not take. ${MISSED(device)}
 * tells how many; Set(MISSED(device)=0) begins anew. */
#define RD_MODULE_NAME "event_missed"

#include <string.h>

#include <ringdown/channel.h>
#include <ringdown/event.h>
#include <ringdown/list.h>
#include <ringdown/log.h>
#include <ringdown/module.h>

struct missed {
	struct rd_list link;
	uint64_t calls;
	char device[];
};

/* One thread has it, so it needs no lock; events come before load() is called, so it is
 * good from the beginning. */
static struct rd_list all = RD_LIST_INIT(all);

static struct missed *find(const char *device)
{
	rd_list_foreach(node, tmp, &all) {
		struct missed *missed = rd_list_entry(node, struct missed, link);

		if (strcmp(missed->device, device) == 0)
			return missed;
	}
	return NULL;
}

/* NULL without memory. */
static struct missed *find_or_new(const char *device)
{
	struct missed *missed = find(device);

	if (missed)
		return missed;
	missed = rd_zalloc(sizeof(*missed) + strlen(device) + 1);
	if (!missed)
		return NULL;
	strcpy(missed->device, device);
	rd_list_push(&all, &missed->link);
	return missed;
}

/* At once, where it happens: it must not wait, and what the event points to is gone when
 * it returns. */
static void notify(const struct rd_event *event, void *arg)
{
	struct missed *missed;

	(void)arg;
	if (!event->peer || !event->text || strcmp(event->text, "NOANSWER") != 0)
		return;
	missed = find_or_new(rd_channel_device(event->peer));
	if (missed)
		missed->calls++;
	else
		rd_error("%s: no memory to count a call", rd_channel_device(event->peer));
}

static const struct rd_subscriber subscribers[] = {
	{ .name = RD_MODULE_NAME, .types = RD_EVENT_BIT(RD_EVENT_DIAL_END), .notify = notify },
	{ 0 },
};

static int missed_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	const struct missed *missed = find(args);

	(void)ch;
	rd_buf_printf(out, "%llu", missed ? (unsigned long long)missed->calls : 0ull);
	return out->failed ? -ENOMEM : 0;
}

static int missed_write(struct rd_channel *ch, const char *args, const char *value)
{
	struct missed *missed = find_or_new(args);

	(void)ch;
	return missed ? rd_str_to_u64(rd_str_of(value), UINT64_MAX, &missed->calls) : -ENOMEM;
}

static const struct rd_function functions[] = {
	{ .name = "MISSED",
	  .read = missed_read,
	  .write = missed_write,
	  .synopsis = "How many calls a device did not take",
	  .syntax = "MISSED(device)" },
	{ 0 },
};

static void unload(void)
{
	struct rd_list *node;

	while ((node = rd_list_pop(&all)))
		rd_free(rd_list_entry(node, struct missed, link));
}

RD_MODULE(.name = RD_MODULE_NAME, .synopsis = "Counts missed calls", .subscribers = subscribers,
	  .functions = functions, .unload = unload);
