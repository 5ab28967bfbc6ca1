/* A module for the loader's test that offers what good_alpha offers. */
#include <ringdown/module.h>

static int run(struct rd_channel *ch, const char *args)
{
	(void)ch;
	(void)args;
	return 0;
}

static const struct rd_app apps[] = { { .name = "Alpha", .run = run }, { 0 } };

RD_MODULE(.name = "bad_alike", .apps = apps);
