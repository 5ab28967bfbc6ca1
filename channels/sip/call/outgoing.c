/* From SIP/1002, SIP/1002@peer or SIP/1002@host:port to a channel, and to the
 * INVITEs that call it: one per contact. What comes back is in leg.c. */
#include <ringdown/log.h>

#include "channels/sip/call/ice.h"
#include "channels/sip/call/indialog.h"
#include "channels/sip/call/leg.h"
#include "channels/sip/call/media.h"
#include "channels/sip/call/refer.h"
#include "channels/sip/call/resource.h"
#include "channels/sip/call/tech.h"
#include "channels/sip/call/trunk.h"
#include "channels/sip/endpoint/qualify.h"
#include "channels/sip/endpoint/record.h"

#define TARGET_MAX 1200 /* a 302 leads to places of 1024 */

/* A local number goes on as what it was: RFC 3966 has none without its context. */
static void print_context(struct sip_out *out, const struct sip_call *call,
			  struct rd_str number)
{
	const char *context = call->caller ? rd_var_get(call->caller, SIP_VAR_PHONE_CONTEXT)
					   : NULL;

	if (!context || !*context || !call->endpoint->user_eq_phone || number.p[0] == '+' ||
	    !sip_is_phone_number(number))
		return;
	sip_out_cstr(out, ";phone-context=");
	sip_out_escaped_user(out, rd_str_of(context));
}

/* Who is asked for there. */
struct user {
	struct rd_str number; /* absent: nobody in particular */
	const struct sip_uri *tel; /* what number is of; NULL: a name, or dialled digits */
	bool written; /* in a URI: with escapes */
};

static void print_user(struct sip_out *out, const struct sip_call *call, struct user user)
{
	if (user.tel) {
		sip_out_subscriber(out, user.tel);
	} else if (user.written) {
		sip_out_written_user(out, user.number);
	} else {
		sip_out_escaped_user(out, user.number);
		print_context(out, call, user.number);
	}
	sip_out_char(out, '@');
}

static int print_target(struct sip_call *call, char **target, const char *scheme,
			struct user user, struct rd_str host)
{
	char text[TARGET_MAX];
	struct sip_out out;

	sip_out_init(&out, text, sizeof(text));
	sip_out_cstr(&out, scheme);
	if (user.number.n)
		print_user(&out, call, user);
	sip_out_str(&out, host);
	if (host.n && user.tel)
		sip_out_cstr(&out, ";user=phone");
	else if (host.n)
		sip_print_number(&out, call->endpoint, user.number);
	call->to_number = user.tel;
	if (out.overflow)
		return -EMSGSIZE;
	*target = rd_strndup(text, out.n);
	return *target ? 0 : -ENOMEM;
}

/* The contact at the place of the URI, whoever is meant there. */
static struct sip_contact *find_place(struct sip_aor *aor, const struct sip_uri *place)
{
	rd_list_foreach(node, tmp, &aor->contacts) {
		struct sip_contact *contact = sip_contact_at(node);
		struct sip_uri uri;

		if (sip_uri_parse(&uri, contact->uri, NULL) == 0 &&
		    rd_str_ieq(uri.host, place->host) && uri.port == place->port)
			return contact;
	}
	return NULL;
}

/* PJSIP_DIAL_CONTACTS(1002,,4711): 4711 at a device of 1002. -ENOENT: no device is there. */
static int find_other_user(struct sip_call *call, struct sip_aor *aor, struct rd_str text,
			   struct sip_flow *flow)
{
	struct sip_contact *contact = NULL;
	struct sip_uri uri;
	char user[128];
	ssize_t n;

	if (aor && sip_uri_parse(&uri, text, NULL) == 0 && uri.user.n)
		contact = find_place(aor, &uri);
	n = contact ? sip_unescape(user, sizeof(user), uri.user) : -ENOENT;
	if (n < 0)
		return -ENOENT;
	call->contact = rd_strndup(contact->uri.p, contact->uri.n);
	if (!call->contact)
		return -ENOMEM;
	*flow = contact->flow;
	return print_target(call, &call->target, "sip:",
			    (struct user){ .number = { user, (size_t)n } },
			    (struct rd_str){ 0 });
}

/* Does it lead to the host of the peer? What says no port goes to that of the host. */
static bool is_at_host(const struct sip_endpoint *endpoint, struct rd_str uri)
{
	struct sip_where host, wanted;

	return endpoint->host && sip_where_of_text(&host, rd_str_of(endpoint->host)) == 0 &&
	       sip_where_of_text(&wanted, uri) == 0 && rd_str_ieq(host.host, wanted.host) &&
	       (!wanted.port || wanted.port == host.port);
}

static char *dup_written(struct rd_str uri)
{
	size_t cap = 3 * uri.n; /* all of it escaped */
	char *text = rd_malloc(cap + 1);
	struct sip_out out;

	if (!text)
		return NULL;
	sip_out_init(&out, text, cap);
	sip_out_written_uri(&out, uri);
	text[out.n] = '\0';
	return text;
}

/* One of its contacts, the way that it registered; or another name at a peer; or anybody,
 * with the options of this one. Where we are registered, the peer finds him. */
static int find_way_of_uri(struct sip_call *call, struct sip_aor *aor, struct rd_str uri,
			   struct sip_flow *flow)
{
	struct sip_contact *contact = aor ? sip_aor_newest_at(aor, uri) : NULL;
	char **kept = contact ? &call->contact : &call->target;
	int rc = contact ? -ENOENT : find_other_user(call, aor, uri, flow);

	if (rc != -ENOENT)
		return rc;
	*kept = contact ? rd_strndup(uri.p, uri.n) : dup_written(uri);
	if (!*kept)
		return -ENOMEM;
	if (!contact) {
		call->only_target = true;
		call->elsewhere = !call->endpoint->registers && !is_at_host(call->endpoint, uri);
		return call->elsewhere || sip_host_reachable(call->endpoint)
			       ? sip_call_find_way(call, flow)
			       : -ENOTCONN;
	}
	*flow = contact->flow;
	return 0;
}

/* Of its hosts the one that is meant, or that answers. */
static const struct sip_endpoint *host_of(const struct sip_destination *to)
{
	const struct sip_endpoint *at = to->endpoint;

	if (to->host.n)
		return at;
	if (!to->uri.n)
		return sip_hosts_first(at);
	while (at && !is_at_host(at, to->uri))
		at = at->other_host;
	return at ? at : to->endpoint;
}

static const char *scheme_of(const struct sip_destination *to)
{
	if (to->secure)
		return "sips:";
	return to->host.n ? "sip:" : sip_endpoint_scheme(to->endpoint);
}

static struct user user_of(const struct sip_destination *to)
{
	if (to->tel.scheme == SIP_SCHEME_TEL)
		return (struct user){ to->number, &to->tel, false };
	if (to->host.n)
		return (struct user){ to->number, NULL, true };
	return (struct user){ to->number.n ? to->number : rd_str_of(to->endpoint->host_user), NULL,
			      false };
}

/* Where it is called, before anything is sent: the first contact, or the URI. */
static int find_way(struct sip_call *call, const struct sip_destination *to,
		    struct sip_flow *flow)
{
	const struct sip_endpoint *endpoint = call->endpoint;
	struct sip_aor *aor = sip_record_of(endpoint);
	const struct rd_str none = { 0 };
	int rc;

	if (to->uri.n)
		return find_way_of_uri(call, aor, to->uri, flow);
	if (aor && aor->count && !to->host.n) {
		*flow = sip_aor_first(aor)->flow;
		rc = to->number.n ? print_target(call, &call->target, "sip:", user_of(to), none)
				  : 0;
		return rc || !endpoint->ring_host || !sip_host_reachable(endpoint)
			       ? rc
			       : print_target(call, &call->host_target, scheme_of(to), user_of(to),
					      rd_str_of(endpoint->host));
	}
	if (!to->host.n && !sip_host_reachable(endpoint) && !sip_trunk_insists(endpoint))
		return -ENOTCONN;
	rc = print_target(call, &call->target, scheme_of(to), user_of(to),
			  to->host.n ? to->host : rd_str_of(endpoint->host));
	return rc ? rc : sip_call_find_way(call, flow);
}

static void keep_preferred(struct sip_call *call, const struct rd_codec *const *codecs)
{
	for (int i = 0; codecs && codecs[i] && i < SIP_PREFERRED; i++)
		call->preferred[i] = codecs[i];
}

/* Another user at a peer, "tel/sip:4711@host". */
static bool names_user(struct sip_party *who, const struct sip_call *call, struct rd_str uri_text)
{
	struct sip_uri uri;

	return uri_text.n && call->endpoint->type == SIP_SECTION_PEER &&
	       sip_uri_parse(&uri, uri_text, NULL) == 0 &&
	       sip_uri_number(who->number, sizeof(who->number), &uri) > 0;
}

/* The leg's own identity: who is called there. */
static void identify(struct sip_party *who, const struct sip_call *call,
		     const struct sip_destination *to)
{
	memset(who, 0, sizeof(*who));
	if (call->endpoint->callerid)
		rd_party_split(call->endpoint->callerid, who->name, who->number, sizeof(who->name));
	else if (to->tel.scheme == SIP_SCHEME_TEL)
		sip_uri_number(who->number, sizeof(who->number), &to->tel);
	else if (!names_user(who, call, to->uri))
		rd_strcpyn(who->number, sizeof(who->number),
			   to->dialled.n ? to->dialled : sip_endpoint_number(call->endpoint));
	who->party.name = who->name[0] ? who->name : NULL;
	who->party.number = who->number[0] ? who->number : NULL;
	who->party.tag = call->endpoint->callerid_tag;
}

static int open_channel(struct sip_call *call, const struct rd_call_request *request,
			const struct sip_destination *to)
{
	char name[96] = "SIP/";
	struct sip_party who;
	struct rd_channel_params params = {
		.base_name = name,
		.state = RD_CHANNEL_DOWN,
		.outgoing = true,
		.context = call->endpoint->context,
		.linked_to = request->caller,
		.caller = &who.party,
	};
	int rc;

	if (to->host.n)
		rd_strcpyn(name + 4, sizeof(name) - 4, to->host);
	else
		rd_strcpy(name + 4, sizeof(name) - 4, call->endpoint->name);
	identify(&who, call, to);
	rc = sip_call_open_channel(call, &params);
	return rc || !call->channel ? rc : sip_call_set_vars(call);
}

/* A call that goes in circles through several exchanges runs out of hops. */
static int hops_left(const struct rd_channel *caller)
{
	const struct sip_call *call = sip_call_of_leg(caller);

	return call && call->received.hops > 0 ? call->received.hops - 1 : -1;
}

static int keep_dialled(struct sip_call *call, struct rd_str dialled)
{
	if (!dialled.n || call->endpoint->type != SIP_SECTION_PEER)
		return 0;
	call->dialled = rd_strndup(dialled.p, dialled.n);
	return call->dialled ? 0 : -ENOMEM;
}

/* What was set for this leg alone comes in the place of the caller's. */
static int keep_token(struct sip_call *call, const char *token)
{
	char *copy;

	if (!token || !*token)
		return 0;
	copy = rd_strdup(token);
	if (!copy)
		return -ENOMEM;
	rd_free(call->token);
	call->token = copy;
	return 0;
}

/* The call, as far as it got, ends before anything was sent. */
static int give_up(struct sip_call *call, int rc)
{
	call->state = SIP_CALL_ENDED;
	if (call->channel)
		rd_hangup(call->channel, RD_CAUSE_SWITCH_CONGESTION);
	else
		sip_call_settle(call);
	return rc;
}

static int prepare(struct sip_call *call, const struct rd_call_request *request,
		   const struct sip_destination *to)
{
	const char *headers = request->caller ? sip_added_headers(request->caller) : "";
	struct sip_flow flow;
	int rc;

	call->secure = to->secure;
	call->asks_host_user = !to->number.n;
	if (request->caller)
		call->caller = rd_channel_ref(request->caller);
	rc = find_way(call, to, &flow);
	if (rc == 0)
		rc = sip_call_open_stream(call, &flow, NULL);
	if (rc == 0 && request->caller)
		sip_beside_follow(call, request->caller);
	if (rc == 0)
		rc = sip_ice_begin(call, NULL);
	if (rc)
		return rc;
	sip_beside_prepare(call);
	keep_preferred(call, request->codecs);
	call->hops = hops_left(request->caller);
	if (request->caller && keep_token(call, sip_token(request->caller)))
		return -ENOMEM;
	if (keep_dialled(call, to->dialled))
		return -ENOMEM;
	if (*headers) {
		call->headers = rd_strdup(headers);
		if (!call->headers)
			return -ENOMEM;
	}
	return open_channel(call, request, to);
}

int sip_call_request(const struct rd_call_request *request, struct rd_channel **chp,
		     int *cause)
{
	char number[RD_SIP_NUMBER];
	struct sip_destination to;
	struct sip_call *call;
	int rc;

	sip_read_resource(&to, sip.settings, request->resource);
	if (!to.endpoint) {
		rd_warning("sip: there is no phone or peer \"%s\" in sip.conf",
			   request->resource);
		*cause = RD_CAUSE_SUBSCRIBER_ABSENT;
		return -ENOENT;
	}
	to.endpoint = host_of(&to);
	to.dialled = to.number;
	*cause = to.tel.scheme == SIP_SCHEME_TEL
			 ? 0 : sip_trunk_dialled(to.endpoint, &to.number, number, sizeof(number));
	if (*cause)
		return -EPERM;
	rc = sip_call_new(&call, sip.settings, to.endpoint);
	if (rc == 0) {
		rc = prepare(call, request, &to);
		if (rc)
			rc = give_up(call, rc);
	}
	if (rc) {
		if (rc == -EPROTONOSUPPORT && to.secure)
			rd_warning("sip: %s is not called: there is no transport with TLS that "
				   "leads there", request->resource);
		*cause = sip_cause_of_error(rc);
		return rc;
	}
	*chp = call->channel;
	return 0;
}

/* ---- calling ---- */

/* And its host with them. 0 when anybody is called. */
static int call_devices(struct sip_call *call, struct sip_aor *aor)
{
	int rc = sip_call_contacts(call, aor);
	int host = call->host_target ? sip_call_hunt(call) : rc;

	return rc ? host : 0;
}

/* Whoever is registered, or the address that was dialled. */
static int reach(struct sip_call *call)
{
	struct sip_aor *aor = sip_record_of(call->endpoint);

	if (aor && aor->count && !call->only_target)
		return call_devices(call, aor);
	return call->target ? sip_call_hunt(call) : -ENOTCONN;
}

static void go_on(void *arg)
{
	struct sip_call *call = arg;
	int rc;

	if (call->state != SIP_CALL_OUTGOING)
		return;
	rc = reach(call);
	if (rc)
		sip_call_over(call, sip_cause_of_error(rc));
}

int sip_call_start(struct sip_call *call)
{
	const char *headers = sip_added_headers(call->channel);
	int cause, rc;

	if (*headers) {
		char *both = rd_asprintf("%s%s", call->headers ? call->headers : "", headers);

		if (!both)
			return -ENOMEM;
		rd_free(call->headers);
		call->headers = both;
	}
	if (keep_token(call, sip_token(call->channel)))
		return -ENOMEM;
	sip_call_hide_referrer(call);
	cause = sip_trunk_outgoing(call);
	if (cause) {
		sip_call_over(call, cause);
		return -EPERM;
	}
	call->state = SIP_CALL_OUTGOING;
	rc = sip_ice_waits(call, go_on) ? 0 : reach(call);
	if (rc == -EPERM)
		sip_call_over(call, sip_cause_of_error(rc));
	return rc;
}
