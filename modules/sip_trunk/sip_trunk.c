/* The module: providers and other exchanges that calls come from and go to. */
#include <ringdown/module.h>

#include "modules/sip_trunk/trunk.h"

struct trunk_settings *trunks_in_force;

static void commit(void *snapshot)
{
	struct trunk_settings *old = trunks_in_force;

	trunks_in_force = snapshot;
	trunk_settings_unref(old);
}

static void discard(void *snapshot)
{
	trunk_settings_unref(snapshot);
}

static const char *const files[] = { TRUNKS_CONF, NULL };

static const struct rd_module_config config = {
	.files = files,
	.build = trunk_settings_read,
	.commit = commit,
	.discard = discard,
};

static const struct rd_config_source sources[] = {
	{ .file = "sip.conf", .add = trunk_sections },
	{ 0 },
};

static void unload(void)
{
	trunk_settings_unref(trunks_in_force);
	trunks_in_force = NULL;
}

static const char *const needs[] = { "chan_sip", NULL };

RD_MODULE(.name = "sip_trunk",
	  .synopsis = "Trunks to providers and other exchanges",
	  .needs = needs,
	  .config = &config,
	  .sources = sources,
	  .unload = unload);
