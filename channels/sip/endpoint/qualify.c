/* OPTIONS to registered contacts and to the hosts of peers: any final answer says that
 * it is there, silence that it is not. */
#include <ringdown/clock.h>
#include <ringdown/log.h>
#include <ringdown/map.h>

#include "channels/sip/driver.h"
#include "channels/sip/our_headers.h"
#include "channels/sip/outside.h"
#include "channels/sip/endpoint/enrol.h"
#include "channels/sip/endpoint/party.h"
#include "channels/sip/endpoint/proof.h"
#include "channels/sip/endpoint/proxy_route.h"
#include "channels/sip/endpoint/qualify.h"

#define CALL_ID_LENGTH 24

struct sip_probe {
	struct sip_contact *contact; /* NULL: it is of a host */
	const char *name;	     /* of the endpoint */
	struct rd_str uri;
	struct rd_timer timer;	   /* the next question */
	struct rd_timer patience;  /* the answer is overdue */
	struct sip_outside *question; /* NULL: none is out */
	struct sip_settings *settings; /* that the question was asked by */
	char tag[SIP_TAG_LENGTH + 1], call_id[CALL_ID_LENGTH + 1];
	uint64_t asked_us;
	unsigned rtt_us;
	enum sip_reach reach;
	bool missed; /* the last question was not answered */
	int others; /* answers in a row that say the opposite of reach */
	const char *key; /* of a host: its host_key */
	char text[]; /* of hosts: the name, the key */
};

static struct rd_map *hosts; /* those of hosts, by their host_key; NULL: none */

enum sip_reach sip_contact_reach(const struct sip_contact *contact)
{
	return contact->probe ? contact->probe->reach : SIP_REACH_UNKNOWN;
}

unsigned sip_contact_rtt_us(const struct sip_contact *contact)
{
	return contact->probe ? contact->probe->rtt_us : 0;
}

static const struct sip_endpoint *endpoint_of(const char *name)
{
	return sip.settings ? sip_settings_find(sip.settings, rd_str_of(name)) : NULL;
}

/* Of several hosts the one that is asked. */
static const struct sip_endpoint *at_host(const struct sip_endpoint *endpoint,
					  const struct sip_probe *probe)
{
	while (endpoint && probe->key &&
	       (!endpoint->host_key || strcmp(endpoint->host_key, probe->key) != 0))
		endpoint = endpoint->other_host;
	return endpoint;
}

/* As it was when the question was sent; NULL: none is out. */
static const struct sip_endpoint *asked_of(const struct sip_probe *probe)
{
	return probe->settings
		       ? at_host(sip_settings_find(probe->settings, rd_str_of(probe->name)), probe)
		       : NULL;
}

/* ---- answers ---- */

static void ask_again(struct sip_probe *probe, const struct sip_endpoint *endpoint)
{
	bool doubted = probe->others || probe->reach == SIP_UNREACHABLE;

	rd_timer_stop(&probe->patience);
	if (endpoint && endpoint->qualify_ms)
		rd_timer_start(&probe->timer, doubted && endpoint->qualify_retry_ms
						      ? endpoint->qualify_retry_ms
						      : endpoint->qualify_ms);
}

/* One answer, or one that does not come, may be chance. What was unknown is believed. */
static bool is_enough(struct sip_probe *probe, const struct sip_endpoint *endpoint,
		      enum sip_reach reach)
{
	if (probe->reach == reach) {
		probe->others = 0;
		return false;
	}
	probe->others++;
	if (endpoint && probe->reach != SIP_REACH_UNKNOWN &&
	    probe->others < (reach == SIP_REACHABLE ? endpoint->qualify_answers
						    : endpoint->qualify_failures))
		return false;
	probe->others = 0;
	return true;
}

static void learned(struct sip_probe *probe, enum sip_reach reach)
{
	const struct sip_endpoint *endpoint = endpoint_of(probe->name);
	bool changed = is_enough(probe, endpoint, reach);
	bool missed = probe->missed || probe->reach == SIP_REACH_UNKNOWN;

	probe->missed = reach != SIP_REACHABLE;
	if (!probe->missed && !probe->contact && endpoint)
		sip_enrolled_back(endpoint, missed);
	if (changed)
		probe->reach = reach;
	ask_again(probe, endpoint);
	if (!changed)
		return;
	if (reach == SIP_REACHABLE)
		rd_verbose("sip/%s: %.*s answers, after %u ms", probe->name,
			   RD_STR_ARG(probe->uri), probe->rtt_us / 1000);
	else
		rd_notice("sip/%s: %.*s does not answer any more", probe->name,
			  RD_STR_ARG(probe->uri));
	if (reach == SIP_UNREACHABLE && !probe->contact)
		sip_location_tell_silent(sip.location, probe->name, probe->uri);
	sip_tell_reached(probe->name, probe->uri, reach == SIP_REACHABLE);
}

/* It has been answered, or never will be. */
static void question_over(struct sip_probe *probe)
{
	probe->question = NULL;
	sip_settings_unref(probe->settings);
	probe->settings = NULL;
}

static void forget(struct sip_probe *probe)
{
	sip_outside_forget(probe->question);
	question_over(probe);
}

/* A device that says by its refusal that it takes no calls, as servers do. */
static bool wants_2xx(const struct sip_probe *probe)
{
	const struct sip_endpoint *endpoint = endpoint_of(probe->name);

	return endpoint && endpoint->qualify_2xx;
}

static bool has_proxy(const struct sip_probe *probe)
{
	const struct sip_endpoint *endpoint = asked_of(probe);

	return probe->contact ? probe->contact->path.n
			      : endpoint && sip_first_proxy(endpoint).n;
}

static void answered(void *arg, const struct sip_msg *msg, const struct sip_flow *flow)
{
	struct sip_probe *probe = arg;
	bool by_proxy = has_proxy(probe);

	if (msg->status < 200)
		return;
	if (!probe->contact && asked_of(probe))
		sip_enrolled_seen(asked_of(probe), flow, msg);
	question_over(probe);
	if ((by_proxy && sip_is_of_another(msg->status)) ||
	    (msg->status >= 300 && wants_2xx(probe))) {
		learned(probe, SIP_UNREACHABLE);
		return;
	}
	probe->rtt_us = (unsigned)(rd_now_us() - probe->asked_us);
	learned(probe, SIP_REACHABLE);
}

static void failed(void *arg, int rc)
{
	struct sip_probe *probe = arg;

	(void)rc;
	question_over(probe);
	learned(probe, SIP_UNREACHABLE);
}

static void overdue(void *arg)
{
	struct sip_probe *probe = arg;

	forget(probe);
	learned(probe, SIP_UNREACHABLE);
}

/* ---- questions ---- */

static void print_side(struct sip_out *out, enum sip_header_id id, const char *name,
		       struct rd_str host, struct rd_str tag)
{
	char uri[256];
	struct sip_out text;

	sip_out_init(&text, uri, sizeof(uri));
	sip_out_cstr(&text, "sip:");
	sip_out_escaped_user(&text, rd_str_of(name));
	sip_out_char(&text, '@');
	sip_out_str(&text, host);
	sip_out_name_addr(out, id, (struct rd_str){ 0 }, sip_out_text(&text), tag);
}

static void print_rest(const struct sip_probe *probe, struct sip_out *out)
{
	sip_out_header(out, SIP_H_CALL_ID, rd_str_of(probe->call_id));
	sip_out_cseq(out, 1, RD_STR("OPTIONS"));
	sip_print_agent(out, false);
}

static int print(void *arg, struct sip_out *out, const struct sip_flow *flow)
{
	const struct sip_probe *probe = arg;
	char text[SIP_SOCKADDR_TEXT];
	struct rd_str us = sip_our_host(flow, text);

	if (probe->contact->path.n)
		sip_out_header(out, SIP_H_ROUTE, probe->contact->path);
	print_side(out, SIP_H_FROM, "qualify", us, rd_str_of(probe->tag));
	print_side(out, SIP_H_TO, probe->name, us, (struct rd_str){ 0 });
	sip_print_contact(out, flow);
	print_rest(probe, out);
	return 0;
}

static int print_to_host(void *arg, struct sip_out *out, const struct sip_flow *flow)
{
	const struct sip_probe *probe = arg;
	const struct rd_str none = { 0 };
	const struct sip_endpoint *endpoint = asked_of(probe);
	char proxies[SIP_PROXY_ROUTE], text[SIP_SOCKADDR_TEXT];
	struct rd_str route;

	if (!endpoint)
		return -ENOENT;
	if (sip_print_proxy_route(endpoint, flow, proxies, &route))
		return -EMSGSIZE;
	if (route.n)
		sip_out_header(out, SIP_H_ROUTE, route);
	print_side(out, SIP_H_FROM, endpoint->from_user ? endpoint->from_user : "qualify",
		   sip_domain_of(endpoint, sip_our_host(flow, text)), rd_str_of(probe->tag));
	sip_out_name_addr(out, SIP_H_TO, none, probe->uri, none);
	sip_print_contact_of(out, flow, NULL, endpoint->contact_domain);
	print_rest(probe, out);
	return 0;
}

static const struct sip_outside_user user = {
	.print = print,
	.response = answered,
	.failed = failed,
};

static const struct sip_outside_user host_user = {
	.print = print_to_host,
	.response = answered,
	.failed = failed,
};

static int ask_contact(struct sip_probe *probe, const struct sip_endpoint *endpoint)
{
	struct sip_flow flow;
	const struct sip_outside_params params = { .method = RD_STR("OPTIONS"),
						   .uri = probe->uri,
						   .account = sip_endpoint_account(endpoint),
						   .flow = &flow };
	int rc = sip_contact_way(probe->contact, &flow);

	if (rc == 0)
		rc = sip_outside_send(&probe->question, &params, &user, probe);
	if (rc == 0)
		rd_timer_start(&probe->patience, endpoint->qualify_timeout_ms);
	return rc;
}

/* Where its name stands for several servers, each has as long to answer. */
static int ask_host(struct sip_probe *probe, const struct sip_endpoint *endpoint)
{
	const struct sip_outside_params params = {
		.method = RD_STR("OPTIONS"),
		.uri = probe->uri,
		.next = sip_first_proxy(endpoint),
		.transport = endpoint->transport,
		.peer = endpoint,
		.account = sip_endpoint_account(endpoint),
		.patience_ms = endpoint->qualify_timeout_ms,
	};

	return sip_outside_send(&probe->question, &params, &host_user, probe);
}

static void ask(void *arg)
{
	struct sip_probe *probe = arg;
	const struct sip_endpoint *endpoint = at_host(endpoint_of(probe->name), probe);
	int rc;

	if (!endpoint || !endpoint->qualify_ms)
		return;
	forget(probe);
	if (!sip.transactions || (probe->contact && sip_proof_lacks(probe->contact))) {
		rd_timer_start(&probe->timer, endpoint->qualify_ms);
		return;
	}
	probe->settings = sip_settings_ref(sip.settings);
	probe->asked_us = rd_now_us();
	rd_random_token(probe->tag, SIP_TAG_LENGTH);
	rd_random_token(probe->call_id, CALL_ID_LENGTH);
	rc = probe->contact ? ask_contact(probe, endpoint) : ask_host(probe, endpoint);
	if (rc) {
		question_over(probe);
		learned(probe, SIP_UNREACHABLE);
	}
}

/* ---- which contacts ---- */

/* The first question comes at any time of the interval: after a restart they
 * would all come at once. */
static void begin(struct sip_probe *probe, const struct sip_endpoint *endpoint, bool soon)
{
	uint32_t random;

	rd_random(&random, sizeof(random));
	rd_timer_init(&probe->timer, ask, probe);
	rd_timer_init(&probe->patience, overdue, probe);
	rd_timer_start(&probe->timer, soon ? 0 : (int)(random % (uint32_t)endpoint->qualify_ms));
}

static void begin_contact(struct sip_contact *contact, const struct sip_endpoint *endpoint,
			  bool soon)
{
	struct sip_probe *probe = rd_zalloc(sizeof(*probe));

	if (!probe)
		return;
	probe->contact = contact;
	probe->name = contact->aor->name;
	probe->uri = contact->uri;
	contact->probe = probe;
	begin(probe, endpoint, soon);
}

static void end(struct sip_probe *probe)
{
	forget(probe);
	rd_timer_stop(&probe->timer);
	rd_timer_stop(&probe->patience);
	rd_free(probe);
}

void sip_qualify_end(struct sip_contact *contact)
{
	struct sip_probe *probe = contact->probe;

	contact->probe = NULL;
	if (probe)
		end(probe);
}

void sip_qualify_bound(struct sip_contact *contact, bool is_new)
{
	const struct sip_endpoint *endpoint = endpoint_of(contact->aor->name);

	if (!endpoint || !endpoint->qualify_ms)
		return;
	if (!contact->probe)
		begin_contact(contact, endpoint, is_new);
	/* It has just been heard of. */
	else if (contact->probe->reach == SIP_UNREACHABLE)
		rd_timer_start(&contact->probe->timer, 0);
}

static void configure_contact(struct sip_contact *contact)
{
	const struct sip_endpoint *endpoint = endpoint_of(contact->aor->name);

	if (!endpoint || !endpoint->qualify_ms)
		sip_qualify_end(contact);
	else if (!contact->probe)
		begin_contact(contact, endpoint, false);
}

/* ---- which hosts ---- */

static struct sip_probe *probe_of_host(const struct sip_endpoint *endpoint)
{
	return hosts && endpoint->host_key ? rd_map_get(hosts, endpoint->host_key) : NULL;
}

enum sip_reach sip_host_reach(const struct sip_endpoint *endpoint)
{
	const struct sip_probe *probe = probe_of_host(endpoint);

	return probe ? probe->reach : SIP_REACH_UNKNOWN;
}

unsigned sip_host_rtt_us(const struct sip_endpoint *endpoint)
{
	const struct sip_probe *probe = probe_of_host(endpoint);

	return probe ? probe->rtt_us : 0;
}

bool sip_host_reachable(const struct sip_endpoint *endpoint)
{
	return endpoint->host && sip_host_reach(endpoint) != SIP_UNREACHABLE;
}

const struct sip_endpoint *sip_host_best(const struct sip_endpoint *endpoint)
{
	const struct sip_endpoint *at = endpoint;

	while (at && !sip_host_reachable(at))
		at = at->other_host;
	return at ? at : endpoint;
}

void sip_host_ask(const struct sip_endpoint *endpoint)
{
	struct sip_probe *probe = probe_of_host(endpoint);
	uint64_t retry_us = (uint64_t)endpoint->qualify_retry_ms * 1000;

	if (probe && retry_us && !probe->question && rd_now_us() - probe->asked_us >= retry_us)
		rd_timer_start(&probe->timer, 0);
}

static void begin_host(const struct sip_endpoint *endpoint)
{
	size_t name_size = strlen(endpoint->name) + 1, key_size = strlen(endpoint->host_key) + 1;
	struct sip_probe *probe = rd_zalloc(sizeof(*probe) + name_size + key_size);

	if (!probe || (!hosts && rd_map_new(&hosts, 0)) ||
	    rd_map_set(hosts, endpoint->host_key, probe, NULL)) {
		rd_free(probe);
		return;
	}
	memcpy(probe->text, endpoint->name, name_size);
	memcpy(probe->text + name_size, endpoint->host_key, key_size);
	probe->name = probe->text;
	probe->key = probe->text + name_size;
	probe->uri = rd_str_of(probe->key + name_size);
	begin(probe, endpoint, false);
}

static void end_host(struct sip_probe *probe)
{
	rd_map_remove(hosts, probe->key);
	end(probe);
}

/* Is that still to be asked? */
static bool is_wanted(const struct sip_probe *probe)
{
	const struct sip_endpoint *endpoint = at_host(endpoint_of(probe->name), probe);

	return endpoint && endpoint->qualify_ms;
}

static void configure_hosts(void)
{
	const struct sip_endpoint *endpoint = sip.settings ? sip.settings->hosted : NULL;
	void *probe;

	for (size_t pos = 0; hosts && rd_map_next(hosts, &pos, NULL, &probe);)
		if (!is_wanted(probe))
			end_host(probe);
	for (; endpoint; endpoint = endpoint->next_hosted)
		if (endpoint->qualify_ms && !probe_of_host(endpoint))
			begin_host(endpoint);
}

void sip_qualify_configure(void)
{
	struct sip_aor *aor;
	size_t pos = 0;

	configure_hosts();
	while (sip.location && (aor = sip_location_next(sip.location, &pos)))
		rd_list_foreach(node, tmp, &aor->contacts)
			configure_contact(sip_contact_at(node));
}

void sip_qualify_stop(void)
{
	void *probe;

	for (size_t pos = 0; hosts && rd_map_next(hosts, &pos, NULL, &probe);)
		end_host(probe);
	rd_map_free(hosts);
	hosts = NULL;
}
