/* The module chan_sip: what it offers to the house, and how it starts, reloads
 * and stops. */
#include <ringdown/log.h>
#include <ringdown/module.h>

#include "call/call.h"
#include "transport/trace.h"

/* ---- configuration ---- */

static int build(void **snapshot, struct rd_config_report *report)
{
	struct sip_settings *settings;
	int rc = sip_settings_read(&settings, report);

	if (rc == 0)
		*snapshot = settings;
	return rc;
}

static void commit(void *snapshot)
{
	sip_driver_use_take(snapshot);
	if (sip.transactions)
		sip_driver_listen();
}

static void discard(void *snapshot)
{
	sip_settings_unref(snapshot);
	/* A check: there is no driver whose end would do it. */
	if (!sip.settings)
		sip_digest_fini();
}

static const char *const files[] = { "sip.conf", NULL };

static const struct rd_module_config config = {
	.files = files,
	.build = build,
	.commit = commit,
	.discard = discard,
};

/* ---- life ---- */

static int load(void)
{
	const struct sip_timers timers = { .t1 = sip.settings->t1_ms };
	int rc = sip_driver_start(&timers);

	if (rc)
		return rc;
	sip_settings_find_codecs(sip.settings);
	rc = sip_driver_listen();
	if (rc == 0)
		rc = sip_location_open(sip.location, sip.transports);
	if (rc)
		sip_driver_stop();
	return rc;
}

static void unload(void)
{
	sip_driver_stop();
	sip_trace_settle();
}

RD_MODULE(.name = "chan_sip",
	  .synopsis = "SIP phones and peers, RFC 3261",
	  .techs = sip_techs,
	  .functions = sip_functions,
	  .commands = sip_commands,
	  .config = &config,
	  .load = load,
	  .unload = unload);
