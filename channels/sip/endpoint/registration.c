/* Reading a REGISTER: contacts with all that RFC 3261 §10.3, RFC 3327, RFC 5626 and
 * RFC 5627 let them say. */
#include "channels/sip/driver.h"
#include "channels/sip/extension.h"
#include "channels/sip/endpoint/gruu.h"
#include "channels/sip/endpoint/record.h"
#include "channels/sip/endpoint/registration.h"

#define PARAMS_MAX 512
#define PATH_MAX   2048

static const struct sip_register_refusal fine = { 0, NULL };

static uint32_t seconds(int ms)
{
	return (uint32_t)ms / 1000;
}

/* Of the contact, else of the message, else ours; garbage counts as 3600
 * (RFC 3261 §20.19 and §10.2.1.1). */
static uint32_t wanted_expires(const struct sip_endpoint *endpoint,
			       const struct sip_msg *msg, struct rd_str params)
{
	struct rd_str text;
	uint32_t value;
	int rc;

	if (sip_param_get(params, RD_STR("expires"), &text))
		return sip_number_parse(&value, text) ? 3600 : value;
	rc = sip_msg_number(msg, SIP_H_EXPIRES, &value);
	if (rc == -ENOENT)
		return seconds(endpoint->default_expires_ms);
	return rc ? 3600 : value;
}

/* ---- what else a contact says ---- */

static bool is_ours_to_tell(struct rd_str name)
{
	static const struct rd_str names[] = {
		RD_STR_INIT("expires"), RD_STR_INIT("q"),	 RD_STR_INIT("+sip.instance"),
		RD_STR_INIT("reg-id"),	RD_STR_INIT("pub-gruu"), RD_STR_INIT("temp-gruu"),
	};

	for (size_t i = 0; i < RD_ARRAY_SIZE(names); i++)
		if (rd_str_ieq(name, names[i]))
			return true;
	return false;
}

/* Capabilities and whatever else the phone wants others to know of it (RFC 3840):
 * given back as it was, without what we say ourselves. In the scratch pool. */
static struct rd_str other_params(struct rd_str params)
{
	char *text = rd_pool_alloc(sip.scratch, PARAMS_MAX);
	struct sip_param param;
	struct sip_out out;

	if (!text)
		return (struct rd_str){ 0 };
	sip_out_init(&out, text, PARAMS_MAX);
	while (sip_param_next(&params, &param)) {
		if (is_ours_to_tell(param.name))
			continue;
		sip_out_char(&out, ';');
		sip_out_str(&out, param.name);
		if (!param.value.p)
			continue;
		sip_out_char(&out, '=');
		sip_out_str(&out, param.value);
	}
	return out.overflow ? (struct rd_str){ 0 } : sip_out_text(&out);
}

static struct rd_str instance_of(struct rd_str params)
{
	struct rd_str instance;

	if (!sip_param_get(params, RD_STR("+sip.instance"), &instance))
		return (struct rd_str){ 0 };
	instance = sip_strip_quotes(instance);
	return instance.n > 200 ? (struct rd_str){ 0 } : instance;
}

/* A contact that is a GRUU of the record, or the record itself, would be called in
 * circles (RFC 5627 §5.1). */
static bool goes_in_circles(const struct sip_registration *registration,
			    const struct sip_endpoint *endpoint, const struct sip_uri *contact)
{
	struct sip_gruu gruu;

	if (sip_gruu_find(sip.location, contact, &gruu) == 0 &&
	    sip_record_is_of(gruu.aor, endpoint))
		return true;
	return sip_uri_equal(registration->record, contact);
}

/* ---- flows, RFC 5626 ---- */

/* The proxy next to the phone says so. The RFC calls its URI the first, and it is
 * the last in the header: any will do. */
static bool has_ob(struct rd_str path)
{
	struct sip_name_addr hop;
	struct sip_uri uri;

	while (sip_name_addr_next(&path, &hop, NULL) == 1)
		if (sip_uri_parse(&uri, hop.uri, NULL) == 0 &&
		    sip_param_get(uri.params, RD_STR("ob"), NULL))
			return true;
	return false;
}

static bool is_first_hop(const struct sip_msg *msg)
{
	struct sip_walk walk = { .msg = msg, .id = SIP_H_VIA };
	struct sip_via via;
	int count = 0;

	while (sip_walk_via(&walk, &via) == 1)
		count++;
	return count == 1;
}

/* Where its reg-id counts; else it is forgotten, or refused (§6). */
static struct sip_register_refusal check_flow(struct sip_registration *registration,
					      struct sip_wish *wish,
					      const struct sip_endpoint *endpoint,
					      const struct sip_msg *msg)
{
	static const struct sip_register_refusal lacks = { 439,
							   "First Hop Lacks Outbound Support" };

	if (!wish->reg_id)
		return fine;
	if (!wish->instance.n || !endpoint->outbound) {
		wish->reg_id = 0;
		return fine;
	}
	if (!is_first_hop(msg) && !has_ob(registration->path)) {
		wish->reg_id = 0;
		return sip_extension_offered(msg, RD_STR("outbound")) ? lacks : fine;
	}
	registration->outbound |= wish->expires_s > 0;
	return fine;
}

/* What is called securely must have come securely, and all of the way (RFC 5630 §5.2). */
static bool is_path_secure(struct rd_str path)
{
	struct sip_name_addr hop;

	while (sip_name_addr_next(&path, &hop, NULL) == 1)
		if (!sip_uri_is_secure(hop.uri))
			return false;
	return true;
}

static struct sip_register_refusal check_schemes(const struct sip_registration *registration,
						 const struct sip_msg *msg)
{
	int secure = 0, wanted = 0;

	for (int i = 0; i < registration->count; i++) {
		const struct sip_wish *wish = &registration->list[i];

		wanted += wish->expires_s > 0;
		secure += wish->expires_s > 0 && sip_uri_is_secure(wish->uri);
	}
	if (secure && (secure < wanted || !sip_uri_is_secure(msg->uri) ||
		       !is_path_secure(registration->path)))
		return (struct sip_register_refusal){ 400,
						      "Contact: sips wants all URIs to be sips" };
	return fine;
}

/* A flow is registered alone, though others may be removed with it. */
static struct sip_register_refusal check_flows(const struct sip_registration *registration)
{
	int wanted = 0;

	for (int i = 0; i < registration->count; i++)
		wanted += registration->list[i].expires_s > 0;
	if (registration->outbound && wanted > 1)
		return (struct sip_register_refusal){ 400, "Contact: one with reg-id goes alone" };
	return fine;
}

/* ---- contacts ---- */

static struct sip_register_refusal check_uri(const struct sip_registration *registration,
					     const struct sip_endpoint *endpoint,
					     const struct sip_name_addr *contact)
{
	struct sip_uri uri;

	if (sip_uri_parse(&uri, contact->uri, NULL) ||
	    (uri.scheme != SIP_SCHEME_SIP && uri.scheme != SIP_SCHEME_SIPS))
		return (struct sip_register_refusal){ 400, "Contact: a sip URI was expected" };
	if (contact->uri.n > SIP_CONTACT_URI_MAX)
		return (struct sip_register_refusal){ 400, "Contact: the URI is too long" };
	if (goes_in_circles(registration, endpoint, &uri))
		return (struct sip_register_refusal){ 403, "Contact: not the address itself" };
	return fine;
}

static struct sip_register_refusal read_wish(struct sip_registration *registration,
					     const struct sip_endpoint *endpoint,
					     const struct sip_msg *msg,
					     const struct sip_name_addr *contact)
{
	struct sip_wish *wish = &registration->list[registration->count];
	struct sip_register_refusal refusal;
	struct rd_str text;

	if (registration->count == SIP_WISHES_MAX)
		return (struct sip_register_refusal){ 403, "Too many contacts" };
	refusal = check_uri(registration, endpoint, contact);
	if (refusal.status)
		return refusal;
	if (sip_param_q(contact->params, &wish->q))
		return (struct sip_register_refusal){ 400, "Contact: q from 0 to 1 was expected" };
	wish->uri = contact->uri;
	wish->instance = instance_of(contact->params);
	wish->params = other_params(contact->params);
	wish->reg_id = 0;
	if (sip_param_get(contact->params, RD_STR("reg-id"), &text) &&
	    sip_number_parse(&wish->reg_id, text))
		return (struct sip_register_refusal){ 400,
						      "Contact: reg-id: a number was expected" };
	wish->expires_s = wanted_expires(endpoint, msg, contact->params);
	if (wish->expires_s && wish->expires_s < seconds(endpoint->min_expires_ms))
		return (struct sip_register_refusal){ 423, NULL };
	if (wish->expires_s && !sip_endpoint_permits_contact(endpoint, wish->uri))
		return (struct sip_register_refusal){ 403, "Contact: not from there" };
	wish->expires_s = RD_MIN(wish->expires_s, seconds(endpoint->max_expires_ms));
	registration->count++;
	return check_flow(registration, wish, endpoint, msg);
}

/* The proxies on the way, joined; where they are not wanted, none. */
static struct sip_register_refusal read_path(struct sip_registration *registration,
					     const struct sip_endpoint *endpoint,
					     const struct sip_msg *msg)
{
	struct sip_walk walk = { .msg = msg, .id = SIP_H_PATH };
	struct sip_name_addr hop;
	struct sip_out out;
	char *text;
	int rc;

	if (!endpoint->path || !sip_msg_header(msg, SIP_H_PATH))
		return fine;
	text = rd_pool_alloc(sip.scratch, PATH_MAX);
	if (!text)
		return (struct sip_register_refusal){ 500, NULL };
	sip_out_init(&out, text, PATH_MAX);
	while ((rc = sip_walk_name_addr(&walk, &hop)) == 1) {
		if (out.n)
			sip_out_cstr(&out, ", ");
		sip_out_str(&out, hop.text);
	}
	if (rc)
		return (struct sip_register_refusal){ 400, "Path: URIs were expected" };
	if (out.overflow)
		return (struct sip_register_refusal){ 400, "Path: it is too long" };
	registration->path = sip_out_text(&out);
	return fine;
}

struct sip_register_refusal sip_registration_read(struct sip_registration *registration,
						  const struct sip_endpoint *endpoint,
						  const struct sip_msg *msg,
						  const struct sip_uri *record)
{
	struct sip_walk walk = { .msg = msg, .id = SIP_H_CONTACT };
	struct sip_register_refusal refusal = read_path(registration, endpoint, msg);
	struct sip_name_addr contact;
	uint32_t expires;
	int rc;

	registration->record = record;
	while (!refusal.status && (rc = sip_walk_name_addr(&walk, &contact))) {
		if (rc < 0)
			return (struct sip_register_refusal){ 400, "Contact: a URI was expected" };
		if (contact.is_star)
			registration->all = true;
		else
			refusal = read_wish(registration, endpoint, msg, &contact);
	}
	if (registration->all &&
	    (registration->count || refusal.status ||
	     sip_msg_number(msg, SIP_H_EXPIRES, &expires) || expires))
		return (struct sip_register_refusal){ 400,
						      "Contact: * goes alone, with Expires: 0" };
	if (!refusal.status)
		refusal = check_schemes(registration, msg);
	return refusal.status ? refusal : check_flows(registration);
}
