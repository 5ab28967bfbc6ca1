/* What a registrar tells who has registered: for how long, by which names the world
 * may call us (RFC 5627), and which way our requests are to take (RFC 3608). */
#include <strings.h>

#include <ringdown/log.h>
#include <ringdown/str.h>

#include "channels/sip/endpoint/enrol_private.h"

#define TEXT_MAX 2048

bool enrol_same_contact(struct rd_str a, struct rd_str b)
{
	struct sip_uri one, other;

	return sip_uri_parse(&one, a, NULL) == 0 && sip_uri_parse(&other, b, NULL) == 0 &&
	       sip_uri_equal(&one, &other);
}

/* A registrar may have put another address in (a NAT's, its own): the instance stays
 * ours (RFC 5626 §4.2.1). */
static bool is_our_instance(struct rd_str params)
{
	struct rd_str quoted, ours = enrol_instance();
	char text[128];
	ssize_t n;

	if (!sip_param_get(params, RD_STR("+sip.instance"), &quoted))
		return false;
	n = sip_unquote(text, sizeof(text), quoted);
	return n == (ssize_t)ours.n + 2 && strncasecmp(text + 1, ours.p, ours.n) == 0;
}

static bool is_other_flow(const struct enrolment *enrolment, struct rd_str params)
{
	struct rd_str text;
	uint32_t id;

	return sip_param_get(params, RD_STR("reg-id"), &text) &&
	       sip_number_parse(&id, text) == 0 && id != enrolment->reg_id;
}

/* Our Contact among all that the registrar has. False: none is known to be ours. */
static bool find_ours(const struct enrolment *enrolment, const struct sip_msg *msg,
		      struct sip_name_addr *found)
{
	struct sip_walk walk = { .msg = msg, .id = SIP_H_CONTACT };
	struct sip_name_addr addr;
	bool any = false;

	while (sip_walk_name_addr(&walk, &addr) == 1) {
		bool exact = enrol_same_contact(addr.uri, rd_str_of(enrolment->contact));

		if (is_other_flow(enrolment, addr.params) ||
		    (!exact && (any || !is_our_instance(addr.params))))
			continue;
		*found = addr;
		any = true;
	}
	return any;
}

/* How long a Contact stands; seconds: what the Expires header says of all. */
static uint32_t time_of(const struct sip_name_addr *contact, uint32_t seconds)
{
	struct rd_str text;
	uint32_t said;

	if (!sip_param_get(contact->params, RD_STR("expires"), &text) ||
	    sip_number_parse(&said, text))
		return seconds;
	return said;
}

/* One of them is ours in another's words: whichever it is, it stands so long. */
static uint32_t least_time(const struct sip_msg *msg, uint32_t seconds)
{
	struct sip_walk walk = { .msg = msg, .id = SIP_H_CONTACT };
	struct sip_name_addr addr;
	uint32_t least = seconds;

	while (sip_walk_name_addr(&walk, &addr) == 1) {
		uint32_t said = time_of(&addr, seconds);

		if (said)
			least = RD_MIN(least, said);
	}
	return least;
}

/* In the place of what was there; without memory nothing is known. */
static void keep(char **place, struct rd_str text)
{
	rd_free(*place);
	*place = text.n ? rd_strndup(text.p, text.n) : NULL;
}

static void keep_gruu(char **place, struct rd_str params, struct rd_str name)
{
	struct rd_str quoted;
	struct sip_uri uri;
	char text[TEXT_MAX];
	ssize_t n;

	if (!sip_param_get(params, name, &quoted))
		return;
	n = sip_unquote(text, sizeof(text), quoted);
	if (n > 0 && sip_uri_parse(&uri, (struct rd_str){ text, (size_t)n }, NULL) == 0)
		keep(place, (struct rd_str){ text, (size_t)n });
}

static void keep_service_route(struct enrolment *enrolment, const struct sip_msg *msg)
{
	struct sip_walk walk = { .msg = msg, .id = SIP_H_SERVICE_ROUTE };
	struct sip_name_addr hop;
	char text[TEXT_MAX];
	struct sip_out out;

	sip_out_init(&out, text, sizeof(text));
	while (sip_walk_name_addr(&walk, &hop) == 1) {
		if (out.n)
			sip_out_cstr(&out, ", ");
		sip_out_str(&out, hop.text);
	}
	if (out.overflow)
		rd_warning("sip/%s: a Service-Route of more than %d bytes is left out",
			   enrolment->endpoint->name, TEXT_MAX);
	keep(&enrolment->service_route, out.overflow ? (struct rd_str){ 0 } : sip_out_text(&out));
}

uint32_t enrol_learn(struct enrolment *enrolment, const struct sip_msg *msg)
{
	uint32_t seconds = enrolment->expires_s, said;
	struct sip_name_addr ours;

	if (sip_msg_number(msg, SIP_H_EXPIRES, &said) == 0)
		seconds = said;
	keep_service_route(enrolment, msg);
	if (find_ours(enrolment, msg, &ours)) {
		seconds = time_of(&ours, seconds);
		keep_gruu(&enrolment->pub_gruu, ours.params, RD_STR("pub-gruu"));
		keep_gruu(&enrolment->temp_gruu, ours.params, RD_STR("temp-gruu"));
	} else {
		seconds = least_time(msg, seconds);
	}
	return RD_MIN(seconds, ENROL_EXPIRES_MAX_S);
}
