/* A module for the loader's test that waits as it goes, as one does whose work is
 * on another thread. */
#include <ringdown/fiber.h>
#include <ringdown/module.h>

/* What it publishes: set when the work has ended; the host's. */
static bool *worked;

static const struct rd_interface interfaces[] = {
	{ .name = "patient", .version = 1, .functions = &worked }, { 0 }
};

static void unload(void)
{
	if (rd_sleep(20) == 0)
		*worked = true;
}

RD_MODULE(.name = "good_patient", .interfaces = interfaces, .unload = unload);
