/* Of an endpoint that has several hosts (other_hosts=): at which of them it is called, and at
 * which one next. Each is an endpoint of the same name, see settings_hosts.c. */
#include "channels/sip/call/leg.h"
#include "channels/sip/call/trunk.h"
#include "channels/sip/endpoint/proxy_route.h"
#include "channels/sip/endpoint/qualify.h"

#define HOSTS_MAX 32 /* of one endpoint that are looked at */

/* ---- what each is worth ---- */

/* Is it worth a try? The best is the greatest. */
enum worth {
	USELESS, /* it was tried */
	SILENT, /* it answers no OPTIONS */
	DOUBTED, /* another request has failed there a while ago, or no way leads there */
	SOUND,
};

static bool has_failed(const struct sip_endpoint *host)
{
	struct rd_str proxy = sip_first_proxy(host);
	struct sip_where where;
	struct sip_way *way;
	bool failed;
	int rc = sip_where_of_text(&where, proxy.n ? proxy : rd_str_of(host->host));

	if (rc)
		return true;
	where.secure |= host->host_secure;
	sip_where_by(&where, sip.transports, host->transport);
	rc = sip_find_now(sip.resolver, &where, host->transport, &way);
	if (rc)
		return rc != -EINPROGRESS;
	failed = !sip_way_has_better(way);
	sip_way_free(way);
	return failed;
}

/* tried: by their places, as bits. */
static enum worth worth_of(const struct sip_endpoint *host, unsigned place, unsigned tried)
{
	if (place >= HOSTS_MAX || tried & 1u << place)
		return USELESS;
	if (!sip_host_reachable(host))
		return SILENT;
	return has_failed(host) ? DOUBTED : SOUND;
}

/* The first of the best, if it is worth so much; NULL: there is none. */
static const struct sip_endpoint *best_of(const struct sip_endpoint *first, unsigned tried,
					  enum worth least)
{
	const struct sip_endpoint *best = NULL;
	enum worth most = least - 1;
	unsigned place = 0;

	for (const struct sip_endpoint *it = first; it && most < SOUND; it = it->other_host) {
		enum worth worth = worth_of(it, place++, tried);

		if (worth > most) {
			best = it;
			most = worth;
		}
	}
	return best;
}

const struct sip_endpoint *sip_hosts_first(const struct sip_endpoint *endpoint)
{
	const struct sip_endpoint *best =
		endpoint->other_host ? best_of(endpoint, 0, DOUBTED) : NULL;

	return best ? best : endpoint;
}

/* ---- the next one ---- */

/* The first host of the endpoint; NULL: it has no other, or is called at a place of its own. */
static const struct sip_endpoint *hosts_of(const struct sip_call *call)
{
	const struct sip_endpoint *first;

	if (call->only_target || !call->endpoint->other_hosts)
		return NULL;
	first = sip_settings_find(call->settings, rd_str_of(call->endpoint->name));
	return first && first->other_host ? first : NULL;
}

static unsigned bit_of(const struct sip_endpoint *host, const struct sip_endpoint *first)
{
	unsigned place = 0;

	while (first && first != host) {
		first = first->other_host;
		place++;
	}
	return place < HOSTS_MAX ? 1u << place : 0;
}

static const struct sip_endpoint *next_of(const struct sip_call *call, enum sip_host_wish wish)
{
	const struct sip_endpoint *first = hosts_of(call), *next;
	unsigned here;

	if (!first)
		return NULL;
	here = bit_of(call->endpoint, first);
	next = best_of(first, call->hosts_tried | here, wish == SIP_HOST_SOUND ? SOUND : SILENT);
	if (next || wish != SIP_HOST_AGAIN || call->hosts_again)
		return next;
	return best_of(first, call->hosts_refused | here, SILENT);
}

bool sip_call_has_host(const struct sip_call *call, enum sip_host_wish wish)
{
	return next_of(call, wish);
}

/* The same user, who may be the host's own. */
static char *print_at(const struct sip_call *call, const struct sip_uri *uri,
		      const struct sip_endpoint *host)
{
	char text[SIP_HOST_URI + 1200];
	struct sip_out out;

	sip_out_init(&out, text, sizeof(text));
	sip_out_cstr(&out, call->secure ? "sips:" : sip_endpoint_scheme(host));
	if (call->asks_host_user && host->host_user)
		sip_out_escaped_user(&out, rd_str_of(host->host_user));
	else if (!call->asks_host_user)
		sip_out_str(&out, uri->user);
	if (!call->asks_host_user || host->host_user)
		sip_out_char(&out, '@');
	sip_out_cstr(&out, host->host);
	if (sip_param_get(uri->params, RD_STR("user"), NULL))
		sip_out_cstr(&out, ";user=phone");
	return out.overflow ? NULL : rd_strndup(text, out.n);
}

static bool aim_at(struct sip_call *call, const struct sip_endpoint *host)
{
	char **target = call->host_target ? &call->host_target : &call->target, *text;
	struct sip_uri uri;

	if (sip_uri_parse(&uri, rd_str_of(*target), NULL))
		return false;
	text = print_at(call, &uri, host);
	if (!text)
		return false;
	rd_free(*target);
	*target = text;
	call->endpoint = host;
	return true;
}

bool sip_call_try_host(struct sip_call *call, enum sip_host_wish wish)
{
	const struct sip_endpoint *here = call->endpoint, *next;

	while ((next = next_of(call, wish))) {
		const struct sip_endpoint *first = hosts_of(call);

		call->hosts_tried |= bit_of(call->endpoint, first);
		if (call->hosts_tried & bit_of(next, first)) {
			call->hosts_again = true;
			call->hosts_tried = call->hosts_refused | bit_of(call->endpoint, first);
		}
		if (!aim_at(call, next))
			break;
		call->flows_tried = 0;
		if (sip_call_hunt_here(call) == 0) {
			sip_trunk_moved(call);
			return true;
		}
	}
	if (call->endpoint != here)
		aim_at(call, here);
	return false;
}

void sip_call_host_refuses(struct sip_call *call)
{
	const struct sip_endpoint *first = hosts_of(call);

	if (first)
		call->hosts_refused |= bit_of(call->endpoint, first);
}

/* ---- one that dies ---- */

static bool is_at(const struct sip_call *call, const char *name, struct rd_str uri)
{
	const char *key = call->endpoint->host_key;
	size_t n = strlen(name);

	return call->state == SIP_CALL_OUTGOING && key && strncmp(key, name, n) == 0 &&
	       key[n] == ' ' && rd_str_eq(rd_str_of(key + n + 1), uri);
}

static void leave(struct sip_call *call)
{
	rd_list_foreach(node, tmp, &call->legs) {
		struct sip_leg *leg = rd_list_entry(node, struct sip_leg, link);

		if (leg->waits && !leg->cancelled && sip_leg_goes_on(leg))
			return;
	}
}

void sip_calls_leave_host(const char *name, struct rd_str uri)
{
	rd_list_foreach(node, tmp, &sip.calls) {
		struct sip_call *call = rd_list_entry(node, struct sip_call, link);

		if (is_at(call, name, uri) && hosts_of(call))
			leave(call);
	}
}
