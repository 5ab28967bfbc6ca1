/* The registrar: reads all of a REGISTER first, refuses it as a whole or does
 * it as a whole. Contacts live in location.c. */
#include <ringdown/clock.h>
#include <ringdown/log.h>

#include "../driver.h"
#include "admit.h"
#include "registrar.h"

#define CONTACTS_MAX 16
#define URI_MAX	     512

/* One Contact of the request. */
struct wish {
	struct rd_str uri;
	uint32_t expires_s;
	uint16_t q;
	struct sip_contact *bound; /* that it renews or removes */
};

struct wishes {
	struct wish list[CONTACTS_MAX];
	int count;
	bool all; /* Contact: * */
};

/* Why a REGISTER is refused: a status, and a header that goes with it. */
struct refusal {
	unsigned status;
	const char *reason;
};

static const struct refusal fine = { 0, NULL };

static uint32_t seconds(int ms)
{
	return (uint32_t)ms / 1000;
}

/* "0.7" in thousandths; 1.0 when there is none. */
static int read_q(struct rd_str params, uint16_t *q)
{
	struct rd_str text, whole;
	uint64_t value, unit = 1000, digits = 0;

	*q = 1000;
	if (!sip_param_get(params, RD_STR("q"), &text))
		return 0;
	rd_str_cut(&text, '.', &whole);
	if (text.n > 3 || rd_str_to_u64(whole, 1, &value) ||
	    (text.n && rd_str_to_u64(text, 999, &digits)))
		return -EINVAL;
	for (size_t i = 0; i < text.n; i++)
		unit /= 10;
	*q = (uint16_t)RD_MIN(value * 1000 + digits * unit, 1000u);
	return 0;
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

static struct refusal read_wish(struct wishes *wishes,
				const struct sip_endpoint *endpoint,
				const struct sip_msg *msg,
				const struct sip_name_addr *contact)
{
	struct wish *wish = &wishes->list[wishes->count];
	struct sip_uri uri;

	if (wishes->count == CONTACTS_MAX)
		return (struct refusal){ 403, "Too many contacts" };
	if (sip_uri_parse(&uri, contact->uri, NULL) || uri.scheme != SIP_SCHEME_SIP ||
	    contact->uri.n > URI_MAX)
		return (struct refusal){ 400, "Contact: a sip URI was expected" };
	if (uri.headers.n && contact->uri.p[-1] != '<')
		return (struct refusal){ 400, "Contact: a URI with ? needs < and >" };
	if (read_q(contact->params, &wish->q))
		return (struct refusal){ 400, "Contact: q from 0 to 1 was expected" };
	wish->uri = contact->uri;
	wish->expires_s = wanted_expires(endpoint, msg, contact->params);
	if (wish->expires_s && wish->expires_s < seconds(endpoint->min_expires_ms))
		return (struct refusal){ 423, NULL };
	wish->expires_s = RD_MIN(wish->expires_s, seconds(endpoint->max_expires_ms));
	wishes->count++;
	return fine;
}

static struct refusal read_wishes(struct wishes *wishes,
				  const struct sip_endpoint *endpoint,
				  const struct sip_msg *msg)
{
	struct sip_walk walk = { .msg = msg, .id = SIP_H_CONTACT };
	struct refusal refusal = fine;
	struct sip_name_addr contact;
	uint32_t expires;
	int rc;

	while (!refusal.status && (rc = sip_walk_name_addr(&walk, &contact))) {
		if (rc < 0)
			return (struct refusal){ 400, "Contact: a URI was expected" };
		if (contact.is_star)
			wishes->all = true;
		else
			refusal = read_wish(wishes, endpoint, msg, &contact);
	}
	if (wishes->all && (wishes->count || refusal.status ||
			    sip_msg_number(msg, SIP_H_EXPIRES, &expires) || expires))
		return (struct refusal){ 400, "Contact: * goes alone, with Expires: 0" };
	return refusal;
}

/* An older REGISTER that was overtaken must not undo the newer one. */
static bool overtaken(const struct sip_contact *contact, const struct sip_msg *msg)
{
	return contact && rd_str_eq(contact->call_id, msg->call_id) &&
	       msg->cseq.number <= contact->cseq;
}

static struct refusal check_order(struct wishes *wishes, struct sip_aor *aor,
				  const struct sip_msg *msg)
{
	static const struct refusal late = { 500, "CSeq is not above the last one" };

	for (int i = 0; i < wishes->count; i++) {
		struct wish *wish = &wishes->list[i];

		wish->bound = sip_aor_find(aor, wish->uri);
		if (overtaken(wish->bound, msg))
			return late;
	}
	if (!wishes->all)
		return fine;
	rd_list_foreach(node, tmp, &aor->contacts)
		if (overtaken(rd_list_entry(node, struct sip_contact, link), msg))
			return late;
	return fine;
}

static struct refusal check_room(const struct wishes *wishes, int max)
{
	int added = 0;

	for (int i = 0; i < wishes->count; i++)
		added += wishes->list[i].expires_s && !wishes->list[i].bound;
	return added > max ? (struct refusal){ 403, "Too many contacts" } : fine;
}

/* A phone that moved leaves its old contact behind until it expires: when
 * there is no room, the one renewed longest ago gives way. */
static void make_room(struct sip_aor *aor, int max)
{
	while (aor->count >= (unsigned)max)
		sip_aor_unbind(sip_aor_oldest(aor));
}

static int grant(struct wish *wish, struct sip_aor *aor, const struct sip_server *server,
		 const struct sip_msg *msg)
{
	const struct sip_contact_params params = {
		.uri = wish->uri,
		.call_id = msg->call_id,
		.user_agent = sip_msg_value(msg, SIP_H_USER_AGENT),
		.cseq = msg->cseq.number,
		.q = wish->q,
		.expires_s = wish->expires_s,
		.flow = sip_server_flow(server),
	};

	return sip_aor_bind(aor, wish->bound, &params);
}

static int apply(struct wishes *wishes, struct sip_aor *aor, int max,
		 const struct sip_server *server, const struct sip_msg *msg)
{
	int rc = 0;

	while (wishes->all && aor->count)
		sip_aor_unbind(sip_aor_first(aor));
	for (int i = 0; rc == 0 && i < wishes->count; i++) {
		struct wish *wish = &wishes->list[i];

		/* Looked up anew: an earlier contact may have made room. */
		wish->bound = sip_aor_find(aor, wish->uri);
		if (wish->expires_s && !wish->bound)
			make_room(aor, max);
		if (wish->expires_s)
			rc = grant(wish, aor, server, msg);
		else if (wish->bound)
			sip_aor_unbind(wish->bound);
	}
	return rc;
}

static void print_contact(struct sip_out *out, const struct sip_contact *contact)
{
	uint64_t now = (uint64_t)rd_wall();

	sip_out_header_begin(out, SIP_H_CONTACT);
	sip_out_char(out, '<');
	sip_out_str(out, contact->uri);
	sip_out_cstr(out, ">;expires=");
	sip_out_number(out, contact->expires_s > now ? contact->expires_s - now : 0);
	if (contact->q != 1000) {
		char q[8] = ";q=0.000";

		q[5] = (char)('0' + contact->q / 100);
		q[6] = (char)('0' + contact->q / 10 % 10);
		q[7] = (char)('0' + contact->q % 10);
		sip_out_add(out, q, sizeof(q));
	}
	sip_out_crlf(out);
}

static void answer(struct sip_server *server, const struct sip_msg *msg,
		   const struct sip_endpoint *endpoint, const struct sip_aor *aor)
{
	struct sip_out *out = sip_reply_begin(server, 200, (struct rd_str){ 0 });

	if (!out)
		return;
	rd_list_foreach(node, tmp, &aor->contacts)
		print_contact(out, rd_list_entry(node, struct sip_contact, link));
	sip_print_authentication_info(out, endpoint, msg);
	sip_reply_send(server, out);
}

static void refuse(struct sip_server *server, const struct sip_endpoint *endpoint,
		   struct refusal refusal)
{
	struct sip_out *out = sip_reply_begin(server, refusal.status,
					      rd_str_of(refusal.reason));

	if (!out)
		return;
	if (refusal.status == 423)
		sip_out_header_number(out, SIP_H_MIN_EXPIRES,
				      seconds(endpoint->min_expires_ms));
	sip_reply_send(server, out);
}

/* To names the address of record; it must be the one whose password was
 * given. Whether another exists is nobody's business: 403 in any case. */
static bool is_own_record(const struct sip_endpoint *endpoint, const struct sip_msg *msg)
{
	char user[256];
	struct sip_uri uri;
	ssize_t n;

	if (sip_uri_parse(&uri, msg->to.uri, NULL))
		return false;
	n = sip_unescape(user, sizeof(user), uri.user);
	return n >= 0 && rd_str_eq((struct rd_str){ user, (size_t)n },
				   rd_str_of(endpoint->name));
}

/* An address of record is a sip URI (RFC 3261 §10.3). */
static bool names_record(const struct sip_msg *msg)
{
	struct sip_uri uri;

	return sip_uri_parse(&uri, msg->to.uri, NULL) == 0 && uri.scheme == SIP_SCHEME_SIP;
}

void sip_registrar_received(struct sip_server *server, const struct sip_msg *msg)
{
	static const struct refusal no_record = { 400, "To: a sip URI was expected" };
	const struct sip_endpoint *endpoint = NULL;
	struct wishes wishes = { .count = 0 };
	struct refusal refusal;
	struct sip_aor *aor;

	if (names_record(msg))
		endpoint = sip_admit(server, msg);
	else
		refuse(server, NULL, no_record);
	if (!endpoint)
		return;
	if (!is_own_record(endpoint, msg) || endpoint->max_contacts == 0) {
		refuse(server, endpoint, (struct refusal){ 403, NULL });
		return;
	}
	aor = sip_location_get(sip.location, rd_str_of(endpoint->name));
	if (!aor) {
		refuse(server, endpoint, (struct refusal){ 500, NULL });
		return;
	}
	refusal = read_wishes(&wishes, endpoint, msg);
	if (!refusal.status)
		refusal = check_order(&wishes, aor, msg);
	if (!refusal.status)
		refusal = check_room(&wishes, endpoint->max_contacts);
	if (!refusal.status &&
	    apply(&wishes, aor, endpoint->max_contacts, server, msg))
		refusal = (struct refusal){ 500, NULL };
	if (refusal.status)
		refuse(server, endpoint, refusal);
	else
		answer(server, msg, endpoint, aor);
}
