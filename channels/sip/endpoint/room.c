/* How many devices an address of record has, and who gives way to another one. */
#include "channels/sip/endpoint/room.h"

#include "channels/sip/endpoint/qualify.h"

/* Who is counted. */
struct census {
	bool nobody;
	bool reachable_only;
	const struct sip_registration *registration; /* not what it removes; or NULL */
};

static bool is_removed(const struct sip_contact *contact,
		       const struct sip_registration *registration)
{
	for (int i = 0; i < registration->count; i++)
		if (registration->list[i].bound == contact && !registration->list[i].expires_s)
			return true;
	return false;
}

static bool is_counted(const struct sip_contact *contact, const struct census *census)
{
	return !census->nobody && !(census->reachable_only && !sip_contact_reachable(contact)) &&
	       !(census->registration && is_removed(contact, census->registration));
}

static bool is_of_device(const struct sip_contact *contact, struct rd_str instance)
{
	return instance.n && rd_str_eq(contact->instance, instance);
}

static bool same_device(const struct sip_contact *one, const struct sip_contact *other)
{
	return one == other || is_of_device(other, one->instance);
}

static bool is_first_of_device(const struct sip_contact *contact, const struct census *census)
{
	rd_list_foreach(node, tmp, &contact->aor->contacts) {
		const struct sip_contact *other = sip_contact_at(node);

		if (same_device(contact, other) && is_counted(other, census))
			return other == contact;
	}
	return false;
}

static int count_devices(const struct sip_aor *aor, const struct census *census)
{
	int count = 0;

	rd_list_foreach(node, tmp, &aor->contacts)
		count += is_first_of_device(sip_contact_at(node), census);
	return count;
}

/* Those of its device that this wish joins. */
static int count_beside(const struct sip_aor *aor, const struct sip_wish *wish,
			const struct census *census)
{
	int count = 0;

	rd_list_foreach(node, tmp, &aor->contacts)
		count += is_of_device(sip_contact_at(node), wish->instance) &&
			 is_counted(sip_contact_at(node), census);
	return count;
}

/* Beside those who are counted. */
static bool fits(const struct sip_registration *registration, const struct sip_endpoint *endpoint,
		 const struct sip_aor *aor, const struct census *census)
{
	int added = 0;

	for (int i = 0; i < registration->count; i++) {
		const struct sip_wish *wish = &registration->list[i];
		int beside = count_beside(aor, wish, census);

		if (!wish->expires_s || wish->bound)
			continue;
		if (beside >= SIP_FLOWS_MAX)
			return false;
		added += beside == 0;
	}
	return !added || count_devices(aor, census) + added <= endpoint->max_contacts;
}

bool sip_room_for_another(const struct sip_aor *aor, const struct sip_endpoint *endpoint)
{
	return count_devices(aor, &(struct census){ 0 }) < endpoint->max_contacts;
}

bool sip_room_suffices(const struct sip_registration *registration,
		       const struct sip_endpoint *endpoint, const struct sip_aor *aor)
{
	return fits(registration, endpoint, aor, &(struct census){ 0 });
}

struct sip_register_refusal sip_room_check(const struct sip_registration *registration,
					   const struct sip_endpoint *endpoint,
					   const struct sip_aor *aor)
{
	static const struct sip_register_refusal full = { 403, "Too many contacts" };
	const struct census census = { .nobody = endpoint->remove_existing,
				       .reachable_only = endpoint->remove_unavailable,
				       .registration = registration };

	return fits(registration, endpoint, aor, &census) ? (struct sip_register_refusal){ 0 }
							  : full;
}

/* ---- giving way ---- */

/* Of a contact, or of all flows of its device. */
struct age {
	uint64_t expires_s;
	bool reachable;
};

static struct age age_of_contact(const struct sip_contact *contact)
{
	return (struct age){ contact->expires_s, sip_contact_reachable(contact) };
}

static struct age age_of_device(const struct sip_contact *contact)
{
	struct age age = age_of_contact(contact);

	rd_list_foreach(node, tmp, &contact->aor->contacts) {
		const struct sip_contact *other = sip_contact_at(node);

		if (!same_device(contact, other))
			continue;
		age.expires_s = RD_MAX(age.expires_s, other->expires_s);
		age.reachable |= sip_contact_reachable(other);
	}
	return age;
}

/* Of the contacts of an instance, or, where none is said, of the devices: the one renewed
 * longest ago, perhaps only of those that do not answer. NULL: there is none. */
static struct sip_contact *oldest(const struct sip_aor *aor, struct rd_str instance, bool silent)
{
	struct sip_contact *found = NULL;
	uint64_t found_s = UINT64_MAX;

	rd_list_foreach(node, tmp, &aor->contacts) {
		struct sip_contact *contact = sip_contact_at(node);
		struct age age = instance.n ? age_of_contact(contact) : age_of_device(contact);

		if ((instance.n && !is_of_device(contact, instance)) || (silent && age.reachable) ||
		    age.expires_s > found_s)
			continue;
		found = contact;
		found_s = age.expires_s;
	}
	return found;
}

static struct sip_contact *who_gives_way(const struct sip_aor *aor,
					 const struct sip_endpoint *endpoint,
					 struct rd_str instance)
{
	struct sip_contact *silent =
		endpoint->remove_unavailable ? oldest(aor, instance, true) : NULL;

	return silent ? silent : oldest(aor, instance, false);
}

static void unbind_device(struct sip_contact *one)
{
	rd_list_foreach(node, tmp, &one->aor->contacts) {
		struct sip_contact *other = sip_contact_at(node);

		if (other != one && same_device(one, other))
			sip_aor_unbind(other, SIP_UNBOUND_REPLACED);
	}
	sip_aor_unbind(one, SIP_UNBOUND_REPLACED);
}

/* Does the device say in the same REGISTER what is to become of it? */
static bool is_named(const struct sip_contact *contact, const struct sip_registration *registration)
{
	for (int i = 0; i < registration->count; i++)
		if (is_of_device(contact, registration->list[i].instance) &&
		    sip_contact_is_meant(contact, registration->list[i].uri))
			return true;
	return false;
}

static struct sip_contact *oldest_without_flow(const struct sip_aor *aor, struct rd_str instance,
					       const struct sip_registration *registration)
{
	struct sip_contact *found = NULL;

	rd_list_foreach(node, tmp, &aor->contacts) {
		struct sip_contact *contact = sip_contact_at(node);

		if (!contact->reg_id && is_of_device(contact, instance) &&
		    (!found || contact->stamp < found->stamp) && !is_named(contact, registration))
			found = contact;
	}
	return found;
}

struct sip_contact *sip_room_former(struct sip_aor *aor, const struct sip_endpoint *endpoint,
				    const struct sip_registration *registration,
				    const struct sip_wish *wish)
{
	if (wish->reg_id || (sip_room_for_another(aor, endpoint) &&
			     count_beside(aor, wish, &(struct census){ 0 }) < SIP_FLOWS_MAX))
		return NULL;
	/* What it takes back is what it names, or nothing. */
	if (wish->instance.n)
		return wish->expires_s ? oldest_without_flow(aor, wish->instance, registration)
				       : NULL;
	return endpoint->remove_existing ? NULL : sip_aor_find(aor, wish->uri);
}

/* A phone that moved leaves its old contact behind until it expires: when there is
 * no room, one that does not answer gives way, or the one renewed longest ago. */
void sip_room_make(struct sip_aor *aor, const struct sip_endpoint *endpoint,
		   const struct sip_wish *wish)
{
	const struct census all = { 0 };

	if (count_beside(aor, wish, &all)) {
		while (count_beside(aor, wish, &all) >= SIP_FLOWS_MAX)
			sip_aor_unbind(who_gives_way(aor, endpoint, wish->instance),
				       SIP_UNBOUND_REPLACED);
		return;
	}
	while (aor->count && !sip_room_for_another(aor, endpoint))
		unbind_device(who_gives_way(aor, endpoint, (struct rd_str){ 0 }));
}
