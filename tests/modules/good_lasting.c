/* A module for the tests of unloading: what it begins lasts for ten seconds, and it has no
 * unload() to end that, nor to give back whom it keeps. Its table is taken back. */
#undef RD_MODULE_NAME
#define RD_MODULE_NAME "good_lasting"

#include <string.h>

#include <ringdown/channel.h>
#include <ringdown/event.h>
#include <ringdown/fiber.h>
#include <ringdown/module.h>

static struct rd_timer timer;
static volatile int fired;

static void fire(void *arg)
{
	(void)arg;
	fired++;
}

/* What it gets of others it does not put back. */
static int load(void)
{
	rd_interface_get("alpha", 2);
	rd_timer_init(&timer, fire, NULL);
	rd_timer_start(&timer, 10000);
	return 0;
}

/* Whoever speaks is kept. */
static void hear(const struct rd_event *event, void *arg)
{
	(void)arg;
	if (event->type == RD_EVENT_USER && strcmp(event->name, "Keep") == 0)
		rd_channel_find(rd_channel_name(event->channel));
}

#define BOTH (RD_EVENT_BIT(RD_EVENT_CONTACT) | RD_EVENT_BIT(RD_EVENT_USER))

static const struct rd_subscriber subscribers[] = {
	{ .name = "lasting", .types = BOTH, .notify = hear },
	{ .name = "lasting too", .types = RD_EVENT_BIT(RD_EVENT_CONTACT), .notify = hear },
	{ 0 }
};

RD_MODULE(.name = RD_MODULE_NAME, .load = load, .subscribers = subscribers);
