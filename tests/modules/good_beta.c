/* A module for the loader's test that needs another, and uses its interface
 * from load to unload. */
#include <ringdown/module.h>

static const void *alpha;

static int load(void)
{
	alpha = rd_interface_get("alpha", 2);
	return alpha ? 0 : -ENOENT;
}

static void unload(void)
{
	rd_interface_put(alpha);
}

static const char *const needs[] = { "good_alpha", NULL };

RD_MODULE(.name = "good_beta", .needs = needs, .load = load, .unload = unload);
