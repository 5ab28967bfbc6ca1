/* The module chan_sip: what it offers to the house, and how it starts, reloads
 * and stops. */
#include <ringdown/channel_item.h>
#include <ringdown/log.h>
#include <ringdown/module.h>
#include <ringdown/mwi.h>

#include "channels/sip/apps.h"
#include "channels/sip/call/tech.h"
#include "channels/sip/call/trunk.h"
#include "channels/sip/endpoint/ask.h"
#include "channels/sip/endpoint/enrol.h"
#include "channels/sip/endpoint/examine.h"
#include "channels/sip/endpoint/settings_contexts.h"
#include "channels/sip/endpoint/settings_vars.h"
#include "channels/sip/event/event.h"
#include "channels/sip/event/interface.h"
#include "channels/sip/event/publish.h"
#include "channels/sip/listen.h"
#include "channels/sip/measure.h"
#include "channels/sip/pager/kept.h"
#include "channels/sip/proxy/proxy.h"
#include "channels/sip/transport/tls.h"
#include "channels/sip/transport/trace.h"
#include "channels/sip/wire.h"

/* ---- configuration ---- */

static int build(void **snapshot, struct rd_config_report *report)
{
	struct sip_settings *settings;
	int rc = sip_settings_read(&settings, report);

	if (rc == 0)
		*snapshot = settings;
	else if (!sip.settings)
		sip_digest_fini(); /* as in discard */
	return rc;
}

static void commit(void *snapshot)
{
	sip_driver_use_take(snapshot);
	if (sip.transactions)
		sip_listen_commit();
}

/* Before load there is nobody to listen. */
static void prepare(void *snapshot, struct rd_config_report *report)
{
	if (sip.transactions)
		sip_listen_prepare(snapshot, report);
}

static void review(void *snapshot, struct rd_config_report *report)
{
	sip_contexts_review(snapshot, report);
	sip_vars_review(snapshot, report);
	sip_ports_review(snapshot, report);
	sip_ways_review(snapshot, report);
	sip_music_review(snapshot, report);
	if (rd_config_is_examined())
		sip_settings_examine(snapshot, report);
}

static void discard(void *snapshot)
{
	sip_listen_discard();
	sip_settings_unref(snapshot);
	/* A check: there is no driver whose end would do it. */
	if (!sip.settings)
		sip_digest_fini();
}

static const char *const files[] = { "sip.conf", "pjsip.conf", "pjsip_wizard.conf",
				     "acl.conf", "codecs.conf", NULL };

static const struct rd_module_config config = {
	.files = files,
	.build = build,
	.commit = commit,
	.discard = discard,
};

/* ---- mailboxes of other exchanges ---- */

static bool any_mailbox(void)
{
	return sip_settings_next();
}

static bool has_mailbox(const char *mailbox)
{
	const struct sip_settings *settings = sip_settings_next();

	return settings && sip_mailbox_is_elsewhere(settings, mailbox);
}

static const struct rd_mailboxes mailboxes = { .any = any_mailbox, .has = has_mailbox };

/* ---- codecs that come and go ---- */

static struct rd_timer codec_timer;
static bool leaves; /* we stop, and so do they */

static void find_codecs(void *arg)
{
	(void)arg;
	sip_driver_find_codecs();
}

/* In the next turn: a module that goes says so before its tables are gone. Any may have
 * brought some. */
static void module_changed(const struct rd_event *event, void *arg)
{
	(void)arg;
	if (!sip.transactions)
		return;
	if (strcmp(event->text, "replacing") == 0)
		sip_packages_exchange(true);
	else if (strcmp(event->text, "replaced") == 0)
		sip_packages_exchange(false);
	else if (!leaves)
		rd_timer_start(&codec_timer, 0);
}

/* After an orderly end nobody is to wait for us; in a restart lamps go on. */
static void shutting_down(const struct rd_event *event, void *arg)
{
	(void)arg;
	leaves = true;
	if (!sip.transactions)
		return;
	sip_events_leave(event->number != 0);
	sip_enrolments_leave();
}

static const struct rd_subscriber subscribers[] = {
	{ .name = "sip_codecs",
	  .types = RD_EVENT_BIT(RD_EVENT_MODULE),
	  .notify = module_changed },
	{ .name = "sip_events",
	  .types = RD_EVENT_BIT(RD_EVENT_SHUTDOWN),
	  .notify = shutting_down },
	{ 0 }
};

static const struct rd_channel_items items = { .has = sip_has_item };

static const struct rd_interface interfaces[] = {
	{ .name = RD_CHANNEL_ITEMS("SIP"),
	  .version = RD_CHANNEL_ITEMS_VERSION,
	  .functions = &items },
	{ .name = RD_MAILBOXES("sip"), .version = RD_MAILBOXES_VERSION, .functions = &mailboxes },
	{ .name = RD_SIP_EVENTS,
	  .version = RD_SIP_EVENTS_VERSION,
	  .functions = &sip_events_interface },
	{ .name = RD_SIP_PROXY,
	  .version = RD_SIP_PROXY_VERSION,
	  .functions = &sip_proxy_interface },
	{ .name = RD_SIP_TRUNKS,
	  .version = RD_SIP_TRUNKS_VERSION,
	  .functions = &sip_trunks_interface },
	{ .name = RD_SIP_WIRE, .version = RD_SIP_WIRE_VERSION, .functions = &sip_wire_interface },
	{ 0 }
};

/* ---- life ---- */

static void unload(void)
{
	sip_enrolments_leave(); /* where only the module goes, nobody has asked yet */
	sip_enrolments_wait();
	rd_timer_stop(&codec_timer);
	sip_driver_stop();
}

static int load(void)
{
	const struct sip_timers timers = { .t1 = sip.settings->t1_ms,
					   .b = sip.settings->timer_b_ms };
	int rc = sip_driver_start(&timers);

	if (rc)
		return rc;
	rd_timer_init(&codec_timer, find_codecs, NULL);
	rc = sip_listen_prepare(sip.settings, NULL);
	if (rc == 0)
		sip_listen_commit();
	if (rc == 0)
		rc = sip_location_open(sip.location, sip.transports);
	if (rc == 0)
		rc = sip_watches_open();
	if (rc == 0)
		rc = sip_publications_open();
	if (rc == 0)
		rc = sip_texts_open();
	if (rc)
		unload();
	else
		sip_enrolments_configure();
	return rc;
}

RD_MODULE(.name = "chan_sip", .synopsis = "SIP phones and peers, RFC 3261", .techs = sip_techs,
	  .apps = sip_apps, .functions = sip_functions, .subscribers = subscribers,
	  .commands = sip_commands, .interfaces = interfaces, .config = &config,
	  .measure = sip_measure, .review = review, .prepare = prepare, .load = load,
	  .unload = unload);
