/* What a registrar tells who has registered: for how long, by which names the world
 * may call us (RFC 5627), and which way our requests are to take (RFC 3608). */
#include <ringdown/str.h>

#include "channels/sip/endpoint/enrol_private.h"

#define TEXT_MAX 1024

static bool is_our_uri(const struct enrolment *enrolment, struct rd_str text)
{
	struct sip_uri uri, ours;

	return sip_uri_parse(&uri, text, NULL) == 0 &&
	       sip_uri_parse(&ours, rd_str_of(enrolment->contact), NULL) == 0 &&
	       sip_uri_equal(&uri, &ours);
}

/* Our Contact among all that the registrar has. */
static bool find_ours(const struct enrolment *enrolment, const struct sip_msg *msg,
		      struct sip_name_addr *addr)
{
	struct sip_walk walk = { .msg = msg, .id = SIP_H_CONTACT };

	while (sip_walk_name_addr(&walk, addr) == 1) {
		struct rd_str text;
		uint32_t id;

		if (is_our_uri(enrolment, addr->uri) &&
		    (!sip_param_get(addr->params, RD_STR("reg-id"), &text) ||
		     sip_number_parse(&id, text) || id == enrolment->reg_id))
			return true;
	}
	return false;
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
	keep(&enrolment->service_route, out.overflow ? (struct rd_str){ 0 } : sip_out_text(&out));
}

uint32_t enrol_learn(struct enrolment *enrolment, const struct sip_msg *msg)
{
	uint32_t seconds = enrolment->expires_s, said;
	struct sip_name_addr ours;
	struct rd_str text;

	if (sip_msg_number(msg, SIP_H_EXPIRES, &said) == 0)
		seconds = said;
	keep_service_route(enrolment, msg);
	if (find_ours(enrolment, msg, &ours)) {
		if (sip_param_get(ours.params, RD_STR("expires"), &text) &&
		    sip_number_parse(&said, text) == 0)
			seconds = said;
		keep_gruu(&enrolment->pub_gruu, ours.params, RD_STR("pub-gruu"));
		keep_gruu(&enrolment->temp_gruu, ours.params, RD_STR("temp-gruu"));
	}
	return RD_MIN(seconds, ENROL_EXPIRES_MAX_S);
}
