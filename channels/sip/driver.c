/* The driver's parts put together, and taken apart again. */
#include <ringdown/admission.h>
#include <ringdown/log.h>

#include "channels/sip/call/call.h"
#include "channels/sip/driver.h"
#include "channels/sip/endpoint/account.h"
#include "channels/sip/endpoint/gate.h"
#include "channels/sip/endpoint/qualify.h"
#include "channels/sip/event/subscription.h"
#include "channels/sip/external.h"
#include "channels/sip/pager/pager.h"
#include "channels/sip/proxy/proxy.h"
#include "channels/sip/router.h"

#define NONCE_LIFETIME_S 300

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

/* For how many seconds new calls are to stay away; 0: welcome. */
static unsigned seconds_to_wait(void *arg)
{
	int seconds = 0;

	(void)arg;
	if (rd_admission_ask(&seconds) == RD_ADMISSION_OPEN)
		return 0;
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
	sip_transactions_set_resolver(sip.transactions, sip.resolver);
	sip_location_set_user(sip.location, &sip_qualify);
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
	sip_subscriptions_stop();
	sip_deliveries_stop();
	sip_events_stop();
	sip_proxy_stop();
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

/* ---- sockets ---- */

static const struct sip_listener *wanted(const struct sip_transport *transport)
{
	const struct sip_listener *listener;

	for (listener = sip.settings->listeners; listener; listener = listener->next)
		if (strcmp(listener->name, transport->name) == 0 &&
		    listener->protocol == (int)transport->protocol &&
		    (sip_sockaddr_port(&listener->bind) == 0 ||
		     sip_sockaddr_equal(&listener->bind, &transport->bound)))
			return listener;
	return NULL;
}

static void close_unwanted(void)
{
	struct sip_transport *transport = sip_transports_next(sip.transports, NULL);

	while (transport) {
		struct sip_transport *next = sip_transports_next(sip.transports, transport);

		if (!wanted(transport))
			sip_transport_close(transport);
		transport = next;
	}
}

static int open_udp(const struct sip_listener *listener)
{
	const struct sip_udp_options options = {
		.name = listener->name,
		.bind = listener->bind,
		.dscp = listener->dscp,
	};

	return sip_udp_open(sip.transports, &options, NULL);
}

static int open_stream(const struct sip_listener *listener)
{
	const struct sip_stream_options options = {
		.name = listener->name,
		.protocol = (enum sip_protocol)listener->protocol,
		.bind = listener->bind,
		.dscp = listener->dscp,
		.tls = listener->tls,
		.trust_alias = listener->trust_alias,
		.connections = (unsigned)listener->connections,
		.peer_connections = (unsigned)listener->peer_connections,
		.half_open_ms = listener->half_open_ms,
		.idle_ms = listener->idle_ms,
		.keepalive_ms = listener->keepalive_ms ? listener->keepalive_ms : -1,
	};

	return sip_stream_open(sip.transports, &options, NULL);
}

static int open_listener(const struct sip_listener *listener)
{
	char text[SIP_SOCKADDR_TEXT];
	int rc = listener->protocol == SIP_UDP ? open_udp(listener)
					       : open_stream(listener);

	sip_sockaddr_text(&listener->bind, text);
	if (rc == -EADDRINUSE)
		rd_error("%s:%d: %s: %s is in use by another program; stop it, or "
			 "choose another port with bind =", listener->file,
			 listener->line, listener->name, text);
	else if (rc)
		rd_error("%s:%d: %s: cannot listen on %s: %s", listener->file,
			 listener->line, listener->name, text, rd_strerror(rc));
	return rc;
}

/* What can change without closing it. */
static void update_transport(struct sip_transport *transport,
			     const struct sip_listener *listener)
{
	if (listener->tls)
		sip_stream_set_tls(transport, listener->tls);
	sip_external_apply(transport, listener);
	transport->keepalive_ms = listener->keepalive_ms;
}

int sip_driver_listen(void)
{
	const struct sip_listener *listener;
	int first = 0;

	close_unwanted();
	for (listener = sip.settings->listeners; listener; listener = listener->next) {
		struct sip_transport *transport =
			sip_transports_find(sip.transports, listener->name);
		int rc = transport ? 0 : open_listener(listener);

		if (!transport)
			transport = sip_transports_find(sip.transports, listener->name);
		if (transport)
			update_transport(transport, listener);
		if (rc && !first)
			first = rc;
	}
	return first;
}
