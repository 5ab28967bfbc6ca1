/* Contacts of an address of record, found by what a request says of them. */
#include "channels/sip/endpoint/location.h"

#include "channels/sip/message/uri.h"

/* sip and sips are one, of which the later counts (RFC 5630 §5.1.1.1). */
static bool read_uri(struct sip_uri *uri, struct rd_str text)
{
	if (sip_uri_parse(uri, text, NULL))
		return false;
	if (uri->scheme == SIP_SCHEME_SIPS)
		uri->scheme = SIP_SCHEME_SIP;
	return true;
}

/* Is it known by an address of its house only, and came from another one? */
static bool is_behind_nat(struct rd_str uri, const struct sip_flow *flow)
{
	union sip_sockaddr host;
	struct sip_uri parsed;

	return read_uri(&parsed, uri) && sip_sockaddr_parse(&host, parsed.host, 0) == 0 &&
	       sip_sockaddr_scope(&host) == SIP_SCOPE_PRIVATE &&
	       !sip_sockaddr_same_host(&host, &flow->peer);
}

/* Two phones behind two NATs may have one private address. Where one of them does not say
 * which device it is, another place and another Call-ID at once tell: one phone keeps its
 * Call-ID until it starts anew, and does that where it was. Where a proxy lies between, it
 * hides the place. */
static bool is_another_device(const struct sip_contact *contact, const struct sip_device *device)
{
	const struct sip_flow *flow = device->flow;

	if (!flow)
		return false;
	if (device->instance.n && contact->instance.n)
		return !rd_str_eq(contact->instance, device->instance) &&
		       !sip_sockaddr_equal(&contact->flow.peer, &flow->peer);
	return !rd_str_eq(contact->call_id, device->call_id) && !contact->path.n &&
	       !device->path.n && !sip_sockaddr_same_host(&contact->flow.peer, &flow->peer) &&
	       is_behind_nat(contact->uri, &contact->flow) && is_behind_nat(device->uri, flow);
}

/* 0: another URI. What is written alike counts more. */
static unsigned uri_likeness(const struct sip_contact *contact, struct rd_str uri)
{
	struct sip_uri wanted, have;

	if (rd_str_eq(contact->uri, uri))
		return 2;
	return read_uri(&wanted, uri) && read_uri(&have, contact->uri) &&
	       sip_uri_equal(&wanted, &have);
}

/* 0: it is not this contact. Of several with one URI it is the device's own, or else the
 * one from where the request comes. */
static unsigned likeness(const struct sip_contact *contact, const struct sip_device *device)
{
	unsigned points = contact->reg_id ? 0 : uri_likeness(contact, device->uri);

	if (!points || is_another_device(contact, device))
		return 0;
	if (device->instance.n && rd_str_eq(contact->instance, device->instance))
		points += 8;
	if (device->flow && sip_sockaddr_equal(&contact->flow.peer, &device->flow->peer))
		points += 4;
	return points;
}

struct sip_contact *sip_aor_find_device(struct sip_aor *aor, const struct sip_device *device)
{
	struct sip_contact *found = NULL;
	unsigned best = 0, points;

	rd_list_foreach(node, tmp, &aor->contacts) {
		points = likeness(sip_contact_at(node), device);
		if (points > best) {
			best = points;
			found = sip_contact_at(node);
		}
	}
	return found;
}

struct sip_contact *sip_aor_find(struct sip_aor *aor, struct rd_str uri)
{
	return sip_aor_find_device(aor, &(struct sip_device){ .uri = uri });
}

static bool is_at(const struct sip_contact *contact, const struct sip_uri *wanted)
{
	struct sip_uri have;

	return read_uri(&have, contact->uri) && sip_uri_equal(wanted, &have);
}

static bool is_written_alike(const struct sip_aor *aor, struct rd_str uri)
{
	rd_list_foreach(node, tmp, &aor->contacts)
		if (rd_str_eq(sip_contact_at(node)->uri, uri))
			return true;
	return false;
}

static bool is_named(const struct sip_contact *contact, struct rd_str uri, bool exactly)
{
	struct sip_uri wanted;

	return exactly ? rd_str_eq(contact->uri, uri)
		       : read_uri(&wanted, uri) && is_at(contact, &wanted);
}

bool sip_contact_is_meant(const struct sip_contact *contact, struct rd_str uri)
{
	bool exactly = is_written_alike(contact->aor, uri);

	if (!is_named(contact, uri, exactly))
		return false;
	rd_list_foreach(node, tmp, &contact->aor->contacts) {
		const struct sip_contact *other = sip_contact_at(node);

		if (other->stamp > contact->stamp && contact->instance.n &&
		    rd_str_eq(other->instance, contact->instance) && is_named(other, uri, exactly))
			return false;
	}
	return true;
}

struct sip_contact *sip_aor_newest_at(const struct sip_aor *aor, struct rd_str uri)
{
	struct sip_contact *newest = NULL;
	struct sip_uri wanted;

	if (!read_uri(&wanted, uri))
		return NULL;
	rd_list_foreach(node, tmp, &aor->contacts) {
		struct sip_contact *contact = sip_contact_at(node);

		if ((!newest || contact->stamp > newest->stamp) && is_at(contact, &wanted))
			newest = contact;
	}
	return newest;
}

struct sip_contact *sip_aor_find_flow(struct sip_aor *aor, struct rd_str instance, uint32_t reg_id)
{
	rd_list_foreach(node, tmp, &aor->contacts) {
		struct sip_contact *contact = sip_contact_at(node);

		if (contact->reg_id == reg_id && rd_str_eq(contact->instance, instance))
			return contact;
	}
	return NULL;
}

struct sip_contact *sip_aor_find_turned(struct sip_aor *aor, const struct sip_device *device,
					bool flow)
{
	rd_list_foreach(node, tmp, &aor->contacts) {
		struct sip_contact *contact = sip_contact_at(node);

		if (device->instance.n && (contact->reg_id != 0) == flow &&
		    rd_str_eq(contact->instance, device->instance) &&
		    rd_str_eq(contact->path, device->path) &&
		    uri_likeness(contact, device->uri))
			return contact;
	}
	return NULL;
}

struct sip_contact *sip_aor_newest(const struct sip_aor *aor, struct rd_str instance,
				   uint64_t before)
{
	struct sip_contact *newest = NULL;

	rd_list_foreach(node, tmp, &aor->contacts) {
		struct sip_contact *contact = sip_contact_at(node);

		if (rd_str_eq(contact->instance, instance) && contact->stamp < before &&
		    (!newest || contact->stamp > newest->stamp))
			newest = contact;
	}
	return newest;
}

struct sip_contact *sip_aor_next_flow(const struct sip_aor *aor, struct rd_str instance,
				      uint64_t before)
{
	struct sip_contact *next = NULL;
	bool next_lives = false;

	rd_list_foreach(node, tmp, &aor->contacts) {
		struct sip_contact *contact = sip_contact_at(node);
		bool lives = !sip_contact_avoided(contact);

		if (!rd_str_eq(contact->instance, instance) || contact->stamp >= before)
			continue;
		if (next && lives == next_lives ? contact->stamp < next->stamp : next && !lives)
			continue;
		next = contact;
		next_lives = lives;
	}
	return next;
}

struct sip_contact *sip_aor_by_stamp(const struct sip_aor *aor, uint64_t stamp)
{
	rd_list_foreach(node, tmp, &aor->contacts)
		if (sip_contact_at(node)->stamp == stamp)
			return sip_contact_at(node);
	return NULL;
}

bool sip_contact_is_called(const struct sip_contact *contact)
{
	return !contact->instance.n ||
	       sip_aor_next_flow(contact->aor, contact->instance, UINT64_MAX) == contact;
}

bool sip_contact_stands_for_device(const struct sip_contact *contact)
{
	rd_list_foreach(node, tmp, &contact->aor->contacts)
		if (rd_str_eq(sip_contact_at(node)->instance, contact->instance))
			return sip_contact_at(node) == contact;
	return true;
}
