/* A module for the loader's test that offers something and does not start. */
#include <ringdown/module.h>

static int run(struct rd_channel *ch, const char *args)
{
	(void)ch;
	(void)args;
	return 0;
}

static int load(void)
{
	return -EADDRINUSE;
}

static const struct rd_app apps[] = { { .name = "NeverThere", .run = run }, { 0 } };

RD_MODULE(.name = "bad_load", .apps = apps, .load = load);
