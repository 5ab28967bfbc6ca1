/* The registrar, RFC 3261 §10.3: understands all of a REGISTER first, refuses it as
 * a whole or does it as a whole. How it is read is in registration.c, how many have room
 * in room.c; contacts live in location.c. */

#include <ringdown/clock.h>
#include <ringdown/log.h>

#include "channels/sip/driver.h"
#include "channels/sip/extension.h"
#include "channels/sip/our_headers.h"
#include "channels/sip/endpoint/admit.h"
#include "channels/sip/endpoint/gruu.h"
#include "channels/sip/endpoint/registrar.h"
#include "channels/sip/endpoint/registration.h"
#include "channels/sip/endpoint/room.h"
#include "channels/sip/endpoint/settings_domains.h"

static const struct sip_register_refusal fine = { 0, NULL };

static uint32_t seconds(int ms)
{
	return (uint32_t)ms / 1000;
}

static struct sip_contact *find_bound(struct sip_aor *aor, const struct sip_endpoint *endpoint,
				      const struct sip_registration *registration,
				      const struct sip_wish *wish, const struct sip_server *server)
{
	const struct sip_device device = { .uri = wish->uri,
					   .instance = wish->instance,
					   .call_id = sip_server_request(server)->call_id,
					   .path = registration->path,
					   .flow = sip_server_flow(server) };
	struct sip_contact *found;

	found = wish->reg_id ? sip_aor_find_flow(aor, wish->instance, wish->reg_id)
			     : sip_aor_find_device(aor, &device);
	if (!found)
		found = sip_aor_find_turned(aor, &device, !wish->reg_id);
	return found ? found : sip_room_former(aor, endpoint, registration, wish);
}

/* An older REGISTER that was overtaken must not undo the newer one. */
static bool overtaken(const struct sip_contact *contact, const struct sip_msg *msg)
{
	return contact && rd_str_eq(contact->call_id, msg->call_id) &&
	       msg->cseq.number <= contact->cseq;
}

static struct sip_register_refusal check_order(struct sip_registration *registration,
					       struct sip_aor *aor,
					       const struct sip_endpoint *endpoint,
					       const struct sip_server *server,
					       const struct sip_msg *msg)
{
	static const struct sip_register_refusal late = { 500, "CSeq is not above the last one" };

	for (int i = 0; i < registration->count; i++) {
		struct sip_wish *wish = &registration->list[i];

		wish->bound = find_bound(aor, endpoint, registration, wish, server);
		if (overtaken(wish->bound, msg))
			return late;
	}
	if (!registration->all)
		return fine;
	rd_list_foreach(node, tmp, &aor->contacts)
		if (overtaken(sip_contact_at(node), msg))
			return late;
	return fine;
}

static bool is_at(struct rd_str uri, const union sip_sockaddr *address)
{
	union sip_sockaddr host;

	return sip_uri_address(&host, uri) == 0 && sip_sockaddr_same_host(&host, address);
}

/* May it be done for a request that somebody else may have sent in the name of this
 * address? It must take nothing away, and lead calls nowhere else. */
static bool is_harmless(const struct sip_registration *registration,
			const struct sip_endpoint *endpoint, const struct sip_aor *aor,
			const union sip_sockaddr *source)
{
	for (int i = 0; i < registration->count; i++) {
		const struct sip_wish *wish = &registration->list[i];

		if (!wish->expires_s ||
		    (wish->bound && !sip_contact_is_meant(wish->bound, wish->uri)) ||
		    (endpoint->to_source == SIP_TO_SOURCE_NO && !is_at(wish->uri, source)))
			return false;
	}
	return !registration->all && !registration->path.n &&
	       sip_room_suffices(registration, endpoint, aor);
}

static int grant(const struct sip_registration *registration, struct sip_wish *wish,
		 struct sip_aor *aor, const struct sip_server *server,
		 const struct sip_msg *msg)
{
	const struct sip_contact_params params = {
		.uri = wish->uri,
		.call_id = msg->call_id,
		.user_agent = sip_msg_value(msg, SIP_H_USER_AGENT),
		.cseq = msg->cseq.number,
		.path = registration->path,
		.instance = wish->instance,
		.params = wish->params,
		.reg_id = wish->reg_id,
		.q = wish->q,
		.expires_s = wish->expires_s,
		.unproven = !sip_guard_is_proven(sip.guard, sip_server_flow(server)),
		.flow = sip_server_flow(server),
	};

	return sip_aor_bind(aor, wish->bound, &params);
}

static int apply(struct sip_registration *registration, struct sip_aor *aor,
		 const struct sip_endpoint *endpoint, const struct sip_server *server,
		 const struct sip_msg *msg)
{
	int rc = 0;

	while (registration->all && aor->count)
		sip_aor_unbind(sip_aor_first(aor), SIP_UNBOUND_BY_ITSELF);
	for (int i = 0; rc == 0 && i < registration->count; i++) {
		struct sip_wish *wish = &registration->list[i];

		/* Looked up anew: an earlier contact may have made room. */
		wish->bound = find_bound(aor, endpoint, registration, wish, server);
		if (wish->expires_s && !wish->bound)
			sip_room_make(aor, endpoint, wish);
		if (wish->expires_s)
			rc = grant(registration, wish, aor, server, msg);
		else if (wish->bound)
			sip_aor_unbind(wish->bound, SIP_UNBOUND_BY_ITSELF);
	}
	return rc;
}

static void print_instance(struct sip_out *out, const struct sip_contact *contact)
{
	sip_out_cstr(out, ";+sip.instance=\"");
	sip_out_str(out, contact->instance);
	sip_out_char(out, '"');
	if (!contact->reg_id)
		return;
	sip_out_cstr(out, ";reg-id=");
	sip_out_number(out, contact->reg_id);
}

static void print_contact(struct sip_out *out, const struct sip_contact *contact,
			  struct rd_str gruu_of)
{
	uint64_t now = (uint64_t)rd_wall();

	sip_out_header_begin(out, SIP_H_CONTACT);
	sip_out_char(out, '<');
	sip_out_str(out, contact->uri);
	sip_out_cstr(out, ">;expires=");
	sip_out_number(out, contact->expires_s > now ? contact->expires_s - now : 0);
	sip_out_q(out, contact->q);
	sip_out_str(out, contact->params);
	if (contact->instance.n)
		print_instance(out, contact);
	if (gruu_of.n)
		sip_print_gruus(out, contact, gruu_of);
	sip_out_crlf(out);
}

/* What the way to us and from us is (RFC 3327 §5.3, RFC 3608 §6.4, RFC 5626 §6). */
static void print_ways(struct sip_out *out, const struct sip_msg *msg,
		       const struct sip_endpoint *endpoint,
		       const struct sip_registration *registration)
{
	bool outbound = registration->outbound && sip_extension_offered(msg, RD_STR("outbound"));

	if (registration->path.n && sip_extension_offered(msg, RD_STR("path")))
		sip_out_header(out, SIP_H_PATH, registration->path);
	if (endpoint->service_route)
		sip_out_header(out, SIP_H_SERVICE_ROUTE, rd_str_of(endpoint->service_route));
	if (outbound)
		sip_out_header(out, SIP_H_REQUIRE, RD_STR("outbound"));
	if (outbound && sip.settings->flow_timer_ms)
		sip_out_header_number(out, SIP_H_FLOW_TIMER,
				      seconds(sip.settings->flow_timer_ms));
}

static void answer(struct sip_server *server, const struct sip_msg *msg,
		   const struct sip_endpoint *endpoint, const struct sip_digest *given,
		   const struct sip_aor *aor, const struct sip_registration *registration)
{
	struct sip_out *out = sip_reply_begin(server, 200, (struct rd_str){ 0 });
	bool gruu = endpoint->gruu && sip_extension_offered(msg, RD_STR("gruu"));

	rd_list_foreach(node, tmp, &aor->contacts)
		print_contact(out, sip_contact_at(node), gruu ? msg->to.uri : (struct rd_str){ 0 });
	/* Step 8: phones without a clock set theirs by it. */
	sip_out_header(out, SIP_H_DATE, rd_str_of(sip_date_now()));
	print_ways(out, msg, endpoint, registration);
	sip_print_authentication_info(out, endpoint, given, &msg->source);
	sip_reply_send(server, out);
}

static void refuse(struct sip_server *server, const struct sip_endpoint *endpoint,
		   struct sip_register_refusal refusal)
{
	struct sip_out *out = sip_reply_begin(server, refusal.status,
					      rd_str_of(refusal.reason));

	if (refusal.status == 423)
		sip_out_header_number(out, SIP_H_MIN_EXPIRES,
				      seconds(endpoint->min_expires_ms));
	sip_reply_send(server, out);
}

/* An address of record is a sip URI (RFC 3261 §10.3). */
static bool names_record(const struct sip_msg *msg, struct sip_uri *record)
{
	return sip_uri_parse(record, msg->to.uri, NULL) == 0 &&
	       (record->scheme == SIP_SCHEME_SIP || record->scheme == SIP_SCHEME_SIPS);
}

void sip_registrar_received(struct sip_server *server, const struct sip_msg *msg)
{
	static const struct sip_register_refusal no_record = { 400, "To: a sip URI was expected" };
	const struct sip_endpoint *endpoint = NULL;
	struct sip_registration registration = { .count = 0 };
	struct sip_register_refusal refusal;
	struct sip_digest given;
	struct sip_uri record;
	struct sip_aor *aor;

	if (names_record(msg, &record))
		endpoint = sip_admit_with(server, msg, &given);
	else
		refuse(server, NULL, no_record);
	if (!endpoint)
		return;
	/* It must be the one whose password was given. Whether another exists is nobody's
	 * business: 403 in any case. */
	if (!sip_domains_is_record(endpoint, &record) || endpoint->max_contacts == 0) {
		refuse(server, endpoint, (struct sip_register_refusal){ 403, NULL });
		return;
	}
	aor = sip_location_get(sip.location, rd_str_of(endpoint->record));
	if (!aor) {
		refuse(server, endpoint, (struct sip_register_refusal){ 500, NULL });
		return;
	}
	refusal = sip_registration_read(&registration, endpoint, msg, &record);
	if (!refusal.status)
		refusal = check_order(&registration, aor, endpoint, server, msg);
	if (!refusal.status && !sip_guard_is_proven(sip.guard, sip_server_flow(server)) &&
	    !is_harmless(&registration, endpoint, aor, &msg->source)) {
		sip_server_ignore(server);
		return;
	}
	if (!refusal.status)
		refusal = sip_room_check(&registration, endpoint, aor);
	if (!refusal.status && apply(&registration, aor, endpoint, server, msg))
		refusal = (struct sip_register_refusal){ 500, NULL };
	if (refusal.status)
		refuse(server, endpoint, refusal);
	else
		answer(server, msg, endpoint, &given, aor, &registration);
}
