/* What a registration of ours means to everybody else: the way that requests to the
 * peer go, by which name it calls us back, and whose request it is that comes. */
#include "channels/sip/endpoint/enrol.h"
#include "channels/sip/endpoint/enrol_private.h"
#include "channels/sip/our_headers.h"

/* Is it one to send by? 0: the registrar does not know us by it. */
static unsigned worth(const struct enrolment *enrolment)
{
	if (!enrol_stands(enrolment))
		return 0;
	return enrolment->state == ENROL_REGISTERED ? 2 : 1;
}

/* The first of the best. */
static const struct enrolment *enrolment_with(const struct sip_endpoint *endpoint)
{
	const struct enrolment *best = NULL;

	if (!endpoint->registers)
		return NULL;
	rd_list_foreach(node, tmp, enrol_all()) {
		const struct enrolment *enrolment = enrol_of(node);

		if (worth(enrolment) > (best ? worth(best) : 0) &&
		    strcmp(enrolment->endpoint->name, endpoint->name) == 0)
			best = enrolment;
	}
	return best;
}

bool sip_enrolled(const struct sip_endpoint *endpoint, struct sip_enrolled *how)
{
	const struct enrolment *enrolment = enrolment_with(endpoint);

	*how = (struct sip_enrolled){ .proxy = enrol_proxy(endpoint, 1) };
	if (!enrolment)
		return false;
	how->proxy = enrol_proxy(enrolment->endpoint, enrolment->reg_id);
	how->service_route = enrolment->service_route;
	how->flow = &enrolment->flow.way;
	return true;
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
	const struct enrolment *enrolment = enrolment_with(endpoint);

	if (!enrolment) {
		sip_print_contact(out, flow);
		return;
	}
	if (print_gruu(out, withheld ? enrolment->temp_gruu : enrolment->pub_gruu))
		return;
	sip_out_header_begin(out, SIP_H_CONTACT);
	sip_out_cstr(out, out->secure ? "<sips:" : "<sip:");
	if (!withheld) {
		sip_out_escaped_user(out, rd_str_of(enrol_contact_user(endpoint)));
		sip_out_char(out, '@');
	}
	sip_print_us(out, flow);
	if (enrolment->flow.stands)
		sip_out_cstr(out, ";ob"); /* what follows comes by the flow of this request */
	sip_out_char(out, '>');
	sip_out_crlf(out);
}

/* ---- who calls ---- */

static bool came_by(const struct enrolment *enrolment, const struct sip_flow *flow)
{
	const struct sip_flow *way = &enrolment->flow.way;

	return way->transport == flow->transport && way->connection == flow->connection &&
	       sip_sockaddr_equal(&way->peer, &flow->peer);
}

static bool is_for(const struct enrolment *enrolment, const struct sip_msg *msg)
{
	return rd_str_eq(msg->target.user, rd_str_of(enrol_contact_user(enrolment->endpoint)));
}

const struct sip_endpoint *sip_enrolled_caller(const struct sip_flow *flow,
					       const struct sip_msg *msg)
{
	const struct enrolment *found = NULL;

	if (msg->method == SIP_REGISTER)
		return NULL;
	rd_list_foreach(node, tmp, enrol_all()) {
		const struct enrolment *enrolment = enrol_of(node);

		/* Who has to show a password is found by what he shows. */
		if (!enrol_stands(enrolment) || !enrolment->endpoint->trust_match ||
		    !came_by(enrolment, flow))
			continue;
		if (!found || is_for(enrolment, msg))
			found = enrolment;
		if (is_for(found, msg))
			break;
	}
	return found ? sip_settings_find(sip.settings, rd_str_of(found->endpoint->name)) : NULL;
}
