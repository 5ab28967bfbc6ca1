/* A module for the loader's test that is good, and needs one that does not start. */
#include <ringdown/module.h>

static int run(struct rd_channel *ch, const char *args)
{
	(void)ch;
	(void)args;
	return 0;
}

static const struct rd_app apps[] = { { .name = "Needy", .run = run }, { 0 } };
static const char *const needs[] = { "bad_load", NULL };

RD_MODULE(.name = "good_needy", .needs = needs, .apps = apps);
