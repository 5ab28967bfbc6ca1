/* A module for the loader's test that waits as it comes and as it goes, as one does
 * whose work is on another thread. */
#include <time.h>

#include <ringdown/fiber.h>
#include <ringdown/module.h>

/* What it publishes: set when the work has ended; the host's. */
static bool *worked;

static const struct rd_interface interfaces[] = {
	{ .name = "patient", .version = 1, .functions = &worked }, { 0 }
};

static bool gone;

/* Longer than a reload, of which .build is the most. */
static int load(void)
{
	return rd_sleep(200);
}

static void unload(void)
{
	if (rd_sleep(20) == 0)
		*worked = true;
	gone = true;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* As long as a large file. */
static int build(void **snapshot, struct rd_config_report *report)
{
	double until = seconds() + 0.1;

	(void)report;
	*snapshot = NULL;
	while (seconds() < until)
		;
	return 0;
}

static void commit(void *snapshot)
{
	(void)snapshot;
	if (gone)
		*worked = false;
}

static void discard(void *snapshot)
{
	(void)snapshot;
}

static const char *const files[] = { "patient.conf", NULL };
static const struct rd_module_config config = {
	.files = files, .build = build, .commit = commit, .discard = discard
};

RD_MODULE(.name = "good_patient", .config = &config, .interfaces = interfaces, .load = load,
	  .unload = unload);
