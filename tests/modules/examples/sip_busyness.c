/* An event package of SIP: who subscribes to "x-busyness" is told how many channels there
 * are, at once and whenever that changes. For a display on the wall. */
#define RD_MODULE_NAME "sip_busyness"

#include <ringdown/channel.h>
#include <ringdown/event.h>
#include <ringdown/module.h>
#include <ringdown/sip_event.h>

static const struct rd_sip_events *events; /* the driver's functions */

static int open_watch(struct rd_sip_watch *watch)
{
	(void)watch;
	return 0; /* whoever may subscribe may see it; else 403 */
}

static int print(struct rd_sip_watch *watch, const struct rd_sip_notice *notice,
		 struct rd_buf *body)
{
	(void)watch;
	(void)notice;
	rd_buf_printf(body, "channels: %zu\r\n", rd_channel_count());
	return 0;
}

static const char *const types[] = { "text/plain", NULL };

static const struct rd_sip_package package = {
	.name = "x-busyness",
	.types = types,
	.gap_ms = 200,
	.open = open_watch,
	.print = print,
};

static void notify(const struct rd_event *event, void *arg)
{
	(void)event;
	(void)arg;
	if (events)
		events->resource_changed(&package, "busyness");
}

static const struct rd_subscriber subscribers[] = {
	{ .name = RD_MODULE_NAME,
	  .types = RD_EVENT_BIT(RD_EVENT_CHANNEL_NEW) | RD_EVENT_BIT(RD_EVENT_CHANNEL_END),
	  .notify = notify },
	{ 0 },
};

static void unload(void)
{
	events->remove(&package);
	rd_interface_put(events);
	events = NULL;
}

static int load(void)
{
	int rc;

	events = rd_interface_get(RD_SIP_EVENTS, RD_SIP_EVENTS_VERSION);
	if (!events)
		return -ENOENT;
	rc = events->add(&package);
	if (rc) {
		rd_interface_put(events);
		events = NULL;
	}
	return rc;
}

static const char *const needs[] = { "chan_sip", NULL };

RD_MODULE(.name = RD_MODULE_NAME, .synopsis = "Tells how busy the exchange is", .needs = needs,
	  .subscribers = subscribers, .load = load, .unload = unload);
