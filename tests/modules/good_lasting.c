/* A module for the tests of unloading: what it begins lasts for ten seconds, and it has no
 * unload() to end that. Its table is taken back. */
#undef RD_MODULE_NAME
#define RD_MODULE_NAME "good_lasting"

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

static int load(void)
{
	rd_timer_init(&timer, fire, NULL);
	rd_timer_start(&timer, 10000);
	return 0;
}

static void hear(const struct rd_event *event, void *arg)
{
	(void)event;
	(void)arg;
}

#define BOTH (RD_EVENT_BIT(RD_EVENT_CONTACT) | RD_EVENT_BIT(RD_EVENT_USER))

static const struct rd_subscriber subscribers[] = {
	{ .name = "lasting", .types = BOTH, .notify = hear },
	{ .name = "lasting too", .types = BOTH, .notify = hear },
	{ 0 }
};

RD_MODULE(.name = RD_MODULE_NAME, .load = load, .subscribers = subscribers);
