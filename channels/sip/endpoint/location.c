/* Contacts by address of record: added, renewed, expired, told about. Which
 * REGISTER may change them is the registrar's to say. */
#include <ringdown/clock.h>
#include <ringdown/event.h>
#include <ringdown/log.h>
#include <ringdown/tech.h>

#include "channels/sip/endpoint/location_table.h"
#include "channels/sip/endpoint/qualify.h"
#include "channels/sip/endpoint/record.h"

#include "channels/sip/memory.h"
#include "channels/sip/message/uri.h"

int sip_location_new(struct sip_location **lp)
{
	struct sip_location *location = rd_zalloc(sizeof(*location));
	int rc;

	if (!location)
		return -ENOMEM;
	rc = rd_map_new(&location->aors, 0);
	if (rc) {
		rd_free(location);
		return rc;
	}
	rd_list_init(&location->dirty);
	rd_list_init(&location->watcher.link);
	for (size_t i = 0; i < RD_ARRAY_SIZE(location->connections); i++)
		rd_list_init(&location->connections[i]);
	sip_gruus_init(location);
	*lp = location;
	return 0;
}

static void contact_free(struct sip_contact *contact)
{
	const struct sip_location_user *user = contact->aor->location->user;

	if (user)
		user->unbound(contact);
	rd_timer_stop(&contact->expiry);
	rd_list_remove(&contact->link);
	sip_contact_flow_fini(contact);
	rd_list_remove(&contact->by_epoch);
	contact->aor->count--;
	contact->aor->stale_rows = true;
	rd_free(contact);
}

void sip_location_free(struct sip_location *location)
{
	struct sip_aor *aor;
	size_t pos = 0;

	if (!location)
		return;
	sip_location_flush(location);
	sip_flow_watcher_remove(&location->watcher);
	while ((aor = sip_location_next(location, &pos))) {
		while (!rd_list_empty(&aor->contacts))
			contact_free(sip_aor_first(aor));
		rd_free(aor);
	}
	rd_map_free(location->aors);
	rd_free(location);
}

struct sip_aor *sip_location_find(struct sip_location *location, struct rd_str name)
{
	return name.n ? rd_map_getn(location->aors, name.p, name.n) : NULL;
}

struct sip_aor *sip_location_get(struct sip_location *location, struct rd_str name)
{
	struct sip_aor *aor = sip_location_find(location, name);

	if (aor || !name.n)
		return aor;
	aor = rd_zalloc(sizeof(*aor) + name.n + 1);
	if (!aor)
		return NULL;
	rd_memory_belongs(aor, &sip_memory_registrations);
	aor->location = location;
	aor->stale_rows = true;
	rd_list_init(&aor->contacts);
	rd_list_init(&aor->dirty);
	memcpy(aor->name, name.p, name.n);
	if (rd_map_set(location->aors, aor->name, aor, NULL)) {
		rd_free(aor);
		return NULL;
	}
	return aor;
}

struct sip_aor *sip_location_next(struct sip_location *location, size_t *pos)
{
	void *aor;

	return rd_map_next(location->aors, pos, NULL, &aor) ? aor : NULL;
}

void sip_location_avoid(struct sip_location *location, struct rd_str name, uint64_t stamp,
			int ms)
{
	const struct sip_aor *aor = sip_location_find(location, name);
	struct sip_contact *contact = aor ? sip_aor_by_stamp(aor, stamp) : NULL;

	if (contact)
		contact->avoided_ms = ms > 0 ? rd_now_ms() + (uint64_t)ms : 0;
}

bool sip_contact_avoided(const struct sip_contact *contact)
{
	return contact->avoided_ms > rd_now_ms() || !sip_contact_reachable(contact);
}

/* ---- telling ---- */

/* Reachable or not: what they are doing, the core knows. */
static void changed(const char *record)
{
	const struct sip_endpoint *at;
	const char *name = NULL;
	char device[128];

	while ((name = sip_record_next_owner(record, name, &at)))
		if (rd_strcpy(device, sizeof(device), "SIP/") &&
		    rd_strcpy(device + 4, sizeof(device) - 4, name))
			rd_device_changed(device);
}

/* Once for each whose contact it is. */
static void publish_of(struct rd_event *event, const char *record, struct rd_str uri)
{
	const struct sip_endpoint *at;
	char text[SIP_CONTACT_URI_MAX + 1];

	if (!rd_event_wanted(event->type))
		return;
	rd_strcpyn(text, sizeof(text), uri);
	event->text = text;
	while ((event->name = sip_record_next_owner(record, event->name, &at)))
		rd_event_publish(event);
}

/* number: see RD_EVENT_CONTACT. */
static void publish(const char *record, struct rd_str uri, int number, const char *reason)
{
	const struct rd_event_field field = { "reason", reason };
	struct rd_event event = { .type = RD_EVENT_CONTACT,
				  .number = number,
				  .fields = &field,
				  .field_count = reason != NULL };

	publish_of(&event, record, uri);
}

void sip_location_tell_silent(const struct sip_location *location, const char *name,
			      struct rd_str uri)
{
	if (location && location->user && location->user->host_silent)
		location->user->host_silent(name, uri);
}

void sip_tell_reached(const char *name, struct rd_str uri, bool reached)
{
	publish(name, uri, reached ? 2 : 3, NULL);
	changed(name);
}

/* ---- changing ---- */

void sip_aor_unbind(struct sip_contact *contact, enum sip_unbound why)
{
	static const char *const reasons[] = { [SIP_UNBOUND_BY_ITSELF] = "unregistered",
					       [SIP_UNBOUND_EXPIRED] = "expired",
					       [SIP_UNBOUND_LOST] = "deactivated",
					       [SIP_UNBOUND_REPLACED] = "rejected" };
	struct sip_aor *aor = contact->aor;

	rd_verbose("sip/%s: %.*s is gone", aor->name, RD_STR_ARG(contact->uri));
	publish(aor->name, contact->uri, 0, reasons[why]);
	contact_free(contact);
	sip_location_touch(aor, NULL);
	if (!aor->count)
		changed(aor->name);
}

static void expired(void *arg)
{
	struct sip_contact *contact = arg;

	sip_aor_unbind(contact, SIP_UNBOUND_EXPIRED);
}

/* With an end, for whoever wants terminated texts. */
static struct rd_str put(char **at, struct rd_str text)
{
	struct rd_str copy = { *at, text.n };

	if (text.n)
		memcpy(*at, text.p, text.n);
	(*at)[text.n] = '\0';
	*at += text.n + 1;
	return copy;
}

static struct sip_contact *contact_new(struct sip_aor *aor,
				       const struct sip_contact_params *params)
{
	struct sip_contact *contact = rd_malloc(
		sizeof(*contact) + params->uri.n + params->call_id.n + params->user_agent.n +
		params->path.n + params->instance.n + params->params.n + 6);
	char *at;

	if (!contact)
		return NULL;
	rd_memory_belongs(contact, &sip_memory_registrations);
	memset(contact, 0, sizeof(*contact));
	contact->aor = aor;
	at = contact->text;
	contact->uri = put(&at, params->uri);
	contact->call_id = put(&at, params->call_id);
	contact->user_agent = put(&at, params->user_agent);
	contact->path = put(&at, params->path);
	contact->instance = put(&at, params->instance);
	contact->params = put(&at, params->params);
	contact->reg_id = params->reg_id;
	rd_list_init(&contact->by_epoch);
	rd_list_init(&contact->link);
	sip_contact_flow_init(contact);
	rd_timer_init(&contact->expiry, expired, contact);
	return contact;
}

/* The best q first; among equals the one renewed last. */
static void sort_in(struct sip_aor *aor, struct sip_contact *contact)
{
	struct rd_list *at = &aor->contacts;

	rd_list_remove(&contact->link);
	while (at->next != &aor->contacts && sip_contact_at(at->next)->q > contact->q)
		at = at->next;
	rd_list_insert_after(at, &contact->link);
}

static void renew(struct sip_contact *contact, const struct sip_contact_params *params)
{
	contact->cseq = params->cseq;
	contact->q = params->q;
	contact->stamp = ++contact->aor->location->stamp;
	contact->flow = *params->flow;
	contact->unproven = params->unproven;
	contact->avoided_ms = 0;
	sip_contact_flow_changed(contact);
	contact->expires_s = (uint64_t)rd_wall() + params->expires_s;
	rd_timer_start(&contact->expiry, (int)RD_MIN(params->expires_s, 2000000u) * 1000);
	sort_in(contact->aor, contact);
	sip_location_touch(contact->aor, contact);
}

static bool same_contact(const struct sip_contact *contact,
			 const struct sip_contact_params *params)
{
	return contact->reg_id == params->reg_id && rd_str_eq(contact->uri, params->uri) &&
	       rd_str_eq(contact->call_id, params->call_id) &&
	       rd_str_eq(contact->user_agent, params->user_agent) &&
	       rd_str_eq(contact->path, params->path) &&
	       rd_str_eq(contact->instance, params->instance) &&
	       rd_str_eq(contact->params, params->params);
}

/* Of a connection that is lost they know already who was there. */
static void tell_moved(const struct sip_contact *contact, const struct sip_flow *before)
{
	const struct sip_location_user *user = contact->aor->location->user;

	if (user && user->moved && !sip_flow_same(&contact->flow, before) &&
	    sip_flow_alive(before))
		user->moved(contact, before);
}

/* A device of one flow has but one address: what it registered before is not where it is
 * (RFC 5627 §6.1: "most recently registered"). */
static void tell_device_moved(const struct sip_contact *contact)
{
	if (!contact->instance.n || contact->reg_id)
		return;
	rd_list_foreach(node, tmp, &contact->aor->contacts) {
		const struct sip_contact *other = sip_contact_at(node);

		if (other != contact && !other->reg_id &&
		    rd_str_eq(other->instance, contact->instance))
			tell_moved(contact, &other->flow);
	}
}

/* Of a device that starts anew, or elsewhere, the contact is another one to who watches. */
static bool is_renewed(const struct sip_contact *old, const struct sip_contact_params *params)
{
	return old && rd_str_eq(old->uri, params->uri) && rd_str_eq(old->call_id, params->call_id);
}

int sip_aor_bind(struct sip_aor *aor, struct sip_contact *old,
		 const struct sip_contact_params *params)
{
	struct rd_event renewal = { .type = RD_EVENT_CONTACT_RENEWED };
	bool renewed = is_renewed(old, params);
	struct sip_flow before = old ? old->flow : *params->flow;
	struct sip_contact *contact = old;

	if (!old || !same_contact(old, params)) {
		contact = contact_new(aor, params);
		if (!contact)
			return -ENOMEM;
		sip_gruu_begin(contact, params->epoch);
		if (old)
			contact_free(old);
		aor->count++;
	}
	renew(contact, params);
	contact->renewed = renewed;
	if (aor->location->user)
		aor->location->user->bound(contact, contact != old);
	tell_moved(contact, &before);
	tell_device_moved(contact);
	if (old) {
		publish_of(&renewal, aor->name, contact->uri);
		return 0;
	}
	rd_verbose("sip/%s: registered %.*s for %u s", aor->name,
		   RD_STR_ARG(contact->uri), (unsigned)params->expires_s);
	publish(aor->name, contact->uri, 1, NULL);
	if (aor->count == 1)
		changed(aor->name);
	return 0;
}

void sip_location_set_user(struct sip_location *location,
			   const struct sip_location_user *user)
{
	location->user = user;
}
