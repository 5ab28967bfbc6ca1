/* What a registration of ours means to everybody else: the way that requests to the
 * peer go, by which name it calls us back, and whose request it is that comes. */
#include "channels/sip/endpoint/by_address.h"
#include "channels/sip/endpoint/enrol.h"
#include "channels/sip/endpoint/enrol_private.h"
#include "channels/sip/our_headers.h"

/* ---- which of several ---- */

/* Is it one to send by? The best is the greatest. */
enum worth {
	UNKNOWN, /* the registrar does not know us by it */
	DOUBTED,
	STALE, /* it was not renewed as it should have been */
	SOUND,
};

static enum worth worth_of(const struct enrolment *enrolment)
{
	if (!enrol_stands(enrolment))
		return UNKNOWN;
	if (enrolment->doubted)
		return DOUBTED;
	return enrolment->state == ENROL_REGISTERED ? SOUND : STALE;
}

static unsigned bit_of(const struct enrolment *enrolment)
{
	return 1u << (enrolment->reg_id - 1);
}

static bool is_with(const struct enrolment *enrolment, const struct sip_endpoint *endpoint)
{
	return strcmp(enrolment->endpoint->name, endpoint->name) == 0;
}

/* The first of the best, but those that were tried. */
static struct enrolment *best_with(const struct sip_endpoint *endpoint, unsigned tried)
{
	struct enrolment *best = NULL;

	if (!endpoint->registers)
		return NULL;
	rd_list_foreach(node, tmp, enrol_all()) {
		struct enrolment *enrolment = enrol_of(node);

		if (worth_of(enrolment) > (best ? worth_of(best) : UNKNOWN) &&
		    is_with(enrolment, endpoint) && !(bit_of(enrolment) & tried))
			best = enrolment;
	}
	return best;
}

/* A connection that was made anew leads to the same place. */
static bool leads_to(const struct enrolment *enrolment, const struct sip_flow *flow)
{
	const struct sip_flow *way = &enrolment->flow.way;

	return way->transport->protocol == flow->transport->protocol &&
	       sip_sockaddr_equal(&way->peer, &flow->peer);
}

/* NULL: we are not registered by it. */
static struct enrolment *enrolment_by(const struct sip_endpoint *endpoint,
				      const struct sip_flow *flow)
{
	if (!endpoint->registers)
		return NULL;
	rd_list_foreach(node, tmp, enrol_all()) {
		struct enrolment *enrolment = enrol_of(node);

		if (enrol_stands(enrolment) && is_with(enrolment, endpoint) &&
		    leads_to(enrolment, flow))
			return enrolment;
	}
	return NULL;
}

static const struct enrolment *enrolment_for(const struct sip_endpoint *endpoint,
					     const struct sip_flow *flow)
{
	const struct enrolment *by = flow ? enrolment_by(endpoint, flow) : NULL;

	return by ? by : best_with(endpoint, 0);
}

bool enrol_is_of(const struct enrolment *enrolment, const char *name)
{
	const char *other = enrolment->endpoint->register_endpoint;

	return strcmp(enrolment->endpoint->name, name) == 0 || (other && strcmp(other, name) == 0);
}

bool sip_enrolled_anyhow(const struct sip_endpoint *endpoint)
{
	rd_list_foreach(node, tmp, enrol_all())
		if (enrol_stands(enrol_of(node)) && enrol_is_of(enrol_of(node), endpoint->name))
			return true;
	return false;
}

static void tell_how(const struct enrolment *enrolment, struct sip_enrolled *how)
{
	how->proxy = enrol_proxy(enrolment->endpoint, enrolment->reg_id);
	how->service_route = enrolment->service_route;
	how->flow = &enrolment->flow.way;
}

bool sip_enrolled(const struct sip_endpoint *endpoint, const struct sip_flow *flow,
		  struct sip_enrolled *how)
{
	const struct enrolment *enrolment = enrolment_for(endpoint, flow);

	*how = (struct sip_enrolled){ .proxy = enrol_proxy(endpoint, 1) };
	if (enrolment)
		tell_how(enrolment, how);
	return enrolment;
}

bool sip_enrolled_instead(const struct sip_endpoint *endpoint, const struct sip_flow *failed,
			  unsigned *tried, struct sip_enrolled *how)
{
	struct enrolment *enrolment = enrolment_by(endpoint, failed);

	if (enrolment) {
		enrol_flow_doubt(enrolment);
		*tried |= bit_of(enrolment);
	}
	enrolment = best_with(endpoint, *tried);
	if (!enrolment)
		return false;
	*tried |= bit_of(enrolment);
	tell_how(enrolment, how);
	return true;
}

bool sip_enrolled_spare(const struct sip_endpoint *endpoint, const struct sip_flow *flow)
{
	const struct enrolment *enrolment = enrolment_by(endpoint, flow);
	const struct enrolment *other = best_with(endpoint, enrolment ? bit_of(enrolment) : 0);

	return other && worth_of(other) == SOUND;
}

/* ---- our Contact ---- */

static bool print_gruu(struct sip_out *out, const char *gruu)
{
	if (!gruu || (out->secure && !sip_uri_is_secure(rd_str_of(gruu))))
		return false;
	sip_out_name_addr(out, SIP_H_CONTACT, (struct rd_str){ 0 }, rd_str_of(gruu),
			  (struct rd_str){ 0 });
	return true;
}

void sip_print_contact_for(struct sip_out *out, const struct sip_flow *flow,
			   const struct sip_endpoint *endpoint, bool withheld)
{
	const struct enrolment *enrolment = enrolment_for(endpoint, flow);

	if (!enrolment) {
		sip_print_contact_of(out, flow, withheld ? NULL : endpoint->contact_user,
				     endpoint->contact_domain);
		return;
	}
	if (print_gruu(out, withheld ? enrolment->temp_gruu : enrolment->pub_gruu))
		return;
	sip_out_header_begin(out, SIP_H_CONTACT);
	sip_out_cstr(out, out->secure ? "<sips:" : "<sip:");
	if (!withheld) {
		sip_out_escaped_user(out, rd_str_of(endpoint->contact_user
							    ? endpoint->contact_user
							    : enrol_contact_user(endpoint)));
		sip_out_char(out, '@');
	}
	sip_print_us(out, flow);
	if (enrolment->flow.stands)
		sip_out_cstr(out, ";ob"); /* what follows comes by the flow of this request */
	sip_out_char(out, '>');
	sip_out_crlf(out);
}

/* ---- who calls ---- */

bool sip_enrolled_as(const struct sip_endpoint *endpoint, struct rd_str user)
{
	return endpoint->registers && rd_str_eq(user, rd_str_of(enrol_contact_user(endpoint)));
}

/* The account says more than the number that is called. */
static int fitness(const struct enrolment *enrolment, const struct sip_msg *msg)
{
	return 2 * sip_enrolled_as(enrolment->endpoint, msg->target.user) +
	       sip_endpoint_expects(enrolment->endpoint, msg);
}

/* Who has to show a password is found by what he shows. */
static const struct sip_endpoint *trusted(const char *name)
{
	const struct sip_endpoint *endpoint = sip_settings_find(sip.settings, rd_str_of(name));

	return endpoint && endpoint->trust_match ? endpoint : NULL;
}

static const struct enrolment *flow_of(const struct sip_flow *flow, const struct sip_msg *msg)
{
	const struct enrolment *found = NULL;

	rd_list_foreach(node, tmp, enrol_all()) {
		const struct enrolment *enrolment = enrol_of(node);

		if (!enrol_stands(enrolment) || !enrolment->endpoint->trust_match ||
		    !sip_flow_same(&enrolment->flow.way, flow))
			continue;
		if (!found || fitness(enrolment, msg) > fitness(found, msg))
			found = enrolment;
	}
	return found;
}

const struct sip_endpoint *sip_enrolled_caller(const struct sip_flow *flow,
					       const struct sip_msg *msg, bool *by_flow)
{
	const struct enrolment *found;

	*by_flow = false;
	if (msg->method == SIP_REGISTER)
		return NULL;
	/* Whether it stands or not: the registrar may have it from before we were started. */
	found = enrol_line_find(msg);
	if (found) {
		const char *other = found->endpoint->register_endpoint;

		*by_flow = enrol_stands(found) && sip_flow_same(&found->flow.way, flow);
		return trusted(other ? other : found->endpoint->name);
	}
	found = flow_of(flow, msg);
	*by_flow = found;
	return found ? trusted(found->endpoint->name) : NULL;
}

bool sip_called_securely(const struct sip_flow *flow, const struct sip_msg *msg)
{
	bool by_flow;

	return sip_uri_is_secure(msg->uri) && !sip_enrolled_caller(flow, msg, &by_flow);
}
