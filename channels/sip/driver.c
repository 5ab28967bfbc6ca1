/* The driver's parts put together, and taken apart again. */
#include <ringdown/admission.h>
#include <ringdown/clock.h>
#include <ringdown/log.h>

#include "channels/sip/call/follow.h"
#include "channels/sip/call/leg.h"
#include "channels/sip/call/refer.h"
#include "channels/sip/driver.h"
#include "channels/sip/endpoint/account.h"
#include "channels/sip/endpoint/enrol.h"
#include "channels/sip/endpoint/gate.h"
#include "channels/sip/endpoint/qualify.h"
#include "channels/sip/event/event.h"
#include "channels/sip/event/subscription.h"
#include "channels/sip/external.h"
#include "channels/sip/listen.h"
#include "channels/sip/pager/kept.h"
#include "channels/sip/proxy/proxy.h"
#include "channels/sip/router.h"

#define NONCE_LIFETIME_S 300
#define REFUSALS_TOLD_MS 10000 /* the next line about them */

struct sip_driver sip = { .calls = RD_LIST_INIT(sip.calls) };

/* Hashes that no password has, to check unknown users against. */
static void make_nobody(void)
{
	static const char hex[] = "0123456789abcdef";
	static const int length[SIP_DIGEST_ALGORITHMS] = { 32, 64, 64 };
	unsigned char random[64];

	for (int i = 0; i < SIP_DIGEST_ALGORITHMS; i++) {
		rd_random(random, sizeof(random));
		for (int j = 0; j < length[i]; j++)
			sip.nobody[i][j] = hex[random[j] & 15];
		sip.nobody[i][length[i]] = '\0';
	}
}

/* A storm of calls is no storm of lines. */
static void tell_refusal(enum rd_admission why)
{
	static uint64_t told_ms;

	if (rd_log_is_due(&told_ms, REFUSALS_TOLD_MS))
		rd_warning("sip: new calls are refused with 503: %s", rd_admission_text(why));
}

static void contact_bound(struct sip_contact *contact, bool is_new)
{
	sip_qualify_bound(contact, is_new);
	sip_legs_look_again(contact);
	sip_byes_look_again(contact);
	if (is_new)
		sip_watches_look_again(contact);
	sip_texts_look(contact);
}

static void contact_moved(const struct sip_contact *contact, const struct sip_flow *before)
{
	sip_calls_follow(contact, before);
	sip_watches_follow(contact, before);
}

static const struct sip_location_user location_user = { .bound = contact_bound,
							.moved = contact_moved,
							.unbound = sip_qualify_end,
							.host_silent = sip_calls_leave_host };

/* For how many seconds new calls are to stay away; 0: welcome. */
static unsigned seconds_to_wait(void *arg)
{
	int seconds = 0;
	enum rd_admission why = rd_admission_ask(&seconds);

	(void)arg;
	if (why == RD_ADMISSION_OPEN)
		return 0;
	tell_refusal(why);
	return seconds > 0 ? (unsigned)seconds : 1;
}

static void use_names(void)
{
	sip_resolver_configure(sip.resolver, &sip.settings->dns);
	sip_names_watch(sip.names, sip_external_update);
	sip_names_use(sip.names, sip.settings);
}

int sip_driver_start(const struct sip_timers *timers)
{
	int rc = rd_pool_new(&sip.scratch, 16384);

	sip_listen_start();
	sip_byes_start();
	if (rc == 0)
		rc = sip_dialogs_new(&sip.dialogs);
	if (rc == 0)
		rc = sip_nonces_new(&sip.nonces, 0, NONCE_LIFETIME_S);
	if (rc == 0)
		rc = sip_guard_new(&sip.guard);
	if (rc == 0)
		rc = sip_location_new(&sip.location);
	if (rc == 0)
		rc = sip_resolver_new(&sip.resolver);
	if (rc == 0)
		rc = sip_names_new(&sip.names, sip.resolver);
	if (rc == 0)
		sip_dialogs_set_resolver(sip.dialogs, sip.resolver);
	if (rc == 0)
		rc = sip_transports_new(&sip.transports);
	if (rc == 0)
		rc = sip_transactions_new(&sip.transactions, sip.transports, &sip_router,
					  NULL, timers);
	if (rc) {
		sip_driver_stop();
		return rc;
	}
	sip_location_watch(sip.location, sip.transports);
	sip_enrolments_watch(sip.transports);
	sip_transactions_set_resolver(sip.transactions, sip.resolver);
	sip_location_set_user(sip.location, &location_user);
	sip_transactions_set_admission(sip.transactions, seconds_to_wait, NULL);
	sip_transactions_set_gate(sip.transactions, &sip_gate);
	sip_transports_set_stun(sip.transports, sip_gate_stun);
	sip_transactions_set_authenticator(sip.transactions, &sip_accounts);
	make_nobody();
	if (sip.settings) {
		use_names();
		sip_gate_configure();
	}
	return 0;
}

void sip_driver_stop(void)
{
	sip_listen_stop();
	sip_byes_stop();
	sip_enrolments_stop();
	sip_subscriptions_stop();
	sip_texts_close();
	sip_deliveries_stop();
	sip_refer_calls_forget();
	sip_events_stop();
	sip_proxy_stop();
	sip_qualify_stop();
	sip_transactions_free(sip.transactions);
	sip.transactions = NULL;
	rd_list_foreach(node, tmp, &sip.calls)
		sip_call_abandon(rd_list_entry(node, struct sip_call, link));
	sip_location_free(sip.location);
	sip_names_free(sip.names);
	sip_resolver_free(sip.resolver);
	sip_transports_free(sip.transports);
	sip_nonces_free(sip.nonces);
	sip_guard_free(sip.guard);
	sip_dialogs_free(sip.dialogs);
	sip_settings_unref(sip.settings);
	rd_pool_free(sip.scratch);
	sip_digest_fini();
	sip.location = NULL;
	sip.resolver = NULL;
	sip.names = NULL;
	sip.transports = NULL;
	sip.nonces = NULL;
	sip.guard = NULL;
	sip.dialogs = NULL;
	sip.settings = NULL;
	sip.scratch = NULL;
	sip.has_begun = false;
}

void sip_driver_use_take(struct sip_settings *settings)
{
	struct sip_settings *old = sip.settings;

	sip.settings = settings;
	if (sip.resolver)
		use_names();
	sip_settings_unref(old);
	sip_settings_find_codecs(settings);
	sip_gate_configure();
	sip_qualify_configure();
	sip_enrolments_configure();
	sip_watches_check();
}

void sip_driver_find_codecs(void)
{
	if (sip.settings)
		sip_settings_find_codecs(sip.settings);
	rd_list_foreach(node, tmp, &sip.calls) {
		struct sip_call *call = rd_list_entry(node, struct sip_call, link);

		if (call->settings != sip.settings)
			sip_settings_find_codecs(call->settings);
	}
}
