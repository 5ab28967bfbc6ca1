/* A module for the tests of unloading: what it begins lasts for ten seconds, and it has no
 * unload() to end that. */
#undef RD_MODULE_NAME
#define RD_MODULE_NAME "good_lasting"

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

RD_MODULE(.name = RD_MODULE_NAME, .load = load);
