/* Calling a registered phone: an INVITE to each of its devices. What registered
 * several times is one device: it is called by the flow that it renewed last, and by
 * the one before when that fails (RFC 5626 §5.3). */
#include "channels/sip/endpoint/callee.h"
#include "channels/sip/endpoint/qualify.h"
#include "channels/sip/endpoint/record.h"
#include "channels/sip/call/leg.h"

/* The target's user, at the contact's host, by its scheme and with its parameters: they
 * may say which way leads there. */
static void print_user_at(struct sip_out *out, const struct sip_call *call,
			  struct rd_str contact, const struct sip_uri *uri)
{
	struct rd_str target = rd_str_of(call->target), scheme;

	rd_str_cut(&target, ':', &scheme);
	sip_out_cstr(out, sip_uri_is_secure(contact) ? "sips:" : "sip:");
	sip_out_str(out, target);
	sip_out_hostport(out, uri->host, uri->port);
	if (uri->params.n) {
		sip_out_char(out, ';');
		sip_out_str(out, uri->params);
	}
	if (call->to_number && !sip_param_get(uri->params, RD_STR("user"), NULL))
		sip_out_cstr(out, ";user=phone");
}

/* "sip:1002@" before a contact's host: the peer is asked for another user. */
static int start_leg(struct sip_call *call, const struct sip_contact *contact,
		     const struct sip_flow *flow)
{
	struct sip_uri uri;
	char text[SIP_CONTACT_URI_MAX + SIP_NUMBER_MAX + sizeof("sips:@;user=phone")];
	struct sip_out out;

	if (!call->target)
		return sip_leg_start(call, contact->uri, contact->path, flow);
	if (sip_uri_parse(&uri, contact->uri, NULL))
		return -EINVAL;
	sip_out_init(&out, text, sizeof(text));
	print_user_at(&out, call, contact->uri, &uri);
	return out.overflow ? -EMSGSIZE
			    : sip_leg_start(call, sip_out_text(&out), contact->path, flow);
}

/* Who calls by sips goes to a device that registered so, or nowhere (RFC 5630 §5.3); so
 * does what the dialplan calls by sips. */
static bool is_too_open(const struct sip_call *call, const struct sip_contact *contact)
{
	struct sip_call *caller = sip_call_of_leg(call->caller);

	if (sip_uri_is_secure(contact->uri))
		return false;
	if (call->secure)
		return true;
	if (!caller || !caller->received.secure)
		return false;
	caller->lacks_sips = true;
	return true;
}

static struct sip_leg *last_leg(const struct sip_call *call)
{
	return rd_list_entry(call->legs.prev, struct sip_leg, link);
}

static int call_contact(struct sip_call *call, struct sip_contact *contact)
{
	struct sip_flow flow;
	struct sip_leg *leg;
	int rc = sip_contact_way(contact, &flow);

	if (rc == 0)
		rc = start_leg(call, contact, &flow);
	if (rc || !contact->instance.n)
		return rc;
	/* Without memory it has no second way. */
	leg = last_leg(call);
	leg->instance = rd_strndup(contact->instance.p, contact->instance.n);
	leg->stamp = contact->stamp;
	return 0;
}

/* Of its flows that were renewed before this stamp the first that works: 0, or why the last
 * one did not. */
static int call_device(struct sip_call *call, const struct sip_aor *aor,
		       struct rd_str instance, uint64_t before)
{
	struct sip_contact *contact;
	int rc = -ENOTCONN;

	while ((contact = sip_aor_next_flow(aor, instance, before))) {
		before = contact->stamp;
		if (!sip_contact_reachable(contact) || is_too_open(call, contact))
			continue;
		rc = call_contact(call, contact);
		if (rc == 0 && sip_aor_next_flow(aor, instance, before))
			sip_leg_be_patient(last_leg(call));
		if (rc == 0)
			return 0;
	}
	return rc;
}

static bool is_wanted(const struct sip_call *call, const struct sip_contact *contact)
{
	if (call->contact)
		return sip_contact_is_meant(contact, rd_str_of(call->contact));
	return sip_callee_is(call->caller, call->endpoint->name, contact->instance);
}

/* What is called by its URI is called there first. */
static int call_device_of(struct sip_call *call, const struct sip_contact *contact)
{
	return call_device(call, contact->aor, contact->instance,
			   call->contact ? contact->stamp + 1 : UINT64_MAX);
}

int sip_call_contacts(struct sip_call *call, struct sip_aor *aor)
{
	int rc = -ENOTCONN, started = 0;

	rd_list_foreach(node, tmp, &aor->contacts) {
		struct sip_contact *contact = sip_contact_at(node);
		bool is_device = contact->instance.n;
		int one = -ENOTCONN;

		if (!is_wanted(call, contact) ||
		    (is_device && !call->contact && !sip_contact_stands_for_device(contact)))
			continue;
		if (is_device)
			one = call_device_of(call, contact);
		else if (is_too_open(call, contact))
			continue;
		else if (sip_contact_reachable(contact))
			one = call_contact(call, contact);
		rc = one;
		started += one == 0;
	}
	return started ? 0 : rc;
}

/* The flow that it was sent by is silent for this long; 0: it is heard of. */
static void avoid_flow(const struct sip_leg *leg, int ms)
{
	sip_location_avoid(sip.location, rd_str_of(leg->call->endpoint->record), leg->stamp, ms);
}

void sip_leg_flow_heard(const struct sip_leg *leg)
{
	if (leg->instance)
		avoid_flow(leg, 0);
}

bool sip_leg_other_flow(struct sip_leg *leg, unsigned status, const struct sip_msg *msg)
{
	struct sip_call *call = leg->call;
	struct sip_aor *aor;

	/* 430: the proxy has lost the flow; without a message nobody answered. */
	if (!leg->instance || leg->cancelled || call->state != SIP_CALL_OUTGOING ||
	    (msg ? status != 430 : status != 408 && status != 503))
		return false;
	avoid_flow(leg, call->settings->dns.dead_ms);
	aor = sip_record_of(call->endpoint);
	return aor && call_device(call, aor, rd_str_of(leg->instance), leg->stamp) == 0;
}
