/* The module: providers and other exchanges that calls come from and go to. */
#include <ringdown/module.h>

#include "modules/sip_trunk/stir.h"
#include "modules/sip_trunk/trunk.h"

const struct rd_sip_trunks *trunk_driver;
struct trunk_settings *trunks_in_force;

static void commit(void *snapshot)
{
	struct trunk_settings *old = trunks_in_force;

	trunks_in_force = snapshot;
	stir_cache_flush();
	enum_ask_again();
	trunk_settings_unref(old);
	trunk_usages_look();
}

static void discard(void *snapshot)
{
	trunk_settings_unref(snapshot);
}

static const char *const files[] = { TRUNKS_CONF, STIR_CONF, NULL };

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
	if (trunk_driver)
		trunk_driver->detach(&trunk_driver_user);
	rd_interface_put(trunk_driver);
	trunk_driver = NULL;
	rd_interface_put(stir_messages);
	stir_messages = NULL;
	stir_cache_fini();
	trunk_states_drop();
	trunk_usages_drop();
	trunk_settings_unref(trunks_in_force);
	trunks_in_force = NULL;
}

static int load(void)
{
	int rc = stir_cache_init();

	if (rc)
		return rc;
	stir_messages = rd_interface_get(RD_SIP_PROXY, RD_SIP_PROXY_VERSION);
	trunk_driver = rd_interface_get(RD_SIP_TRUNKS, RD_SIP_TRUNKS_VERSION);
	rc = trunk_driver && stir_messages ? trunk_driver->attach(&trunk_driver_user) : -ENOENT;
	if (rc)
		unload();
	return rc;
}

static const struct rd_interface interfaces[] = {
	{ .name = RD_TRUNK_GROUPS, .version = RD_TRUNK_GROUPS_VERSION, .functions = &trunk_groups },
	{ 0 },
};

static const char *const needs[] = { "chan_sip", NULL };

RD_MODULE(.name = "sip_trunk", .synopsis = "Trunks to providers and other exchanges",
	  .needs = needs, .config = &config, .sources = sources, .review = trunk_settings_review,
	  .measure = trunks_measure, .look = trunks_look, .techs = trunk_techs,
	  .commands = trunk_commands, .functions = trunk_functions,
	  .subscribers = trunk_subscribers, .interfaces = interfaces, .load = load,
	  .unload = unload);
