/* What modules may do with events: thin wrappers, and their look at the phones. */
#include <ringdown/clock.h>

#include "channels/sip/endpoint/record.h"
#include "channels/sip/event/interface.h"
#include "channels/sip/event/publish.h"
#include "channels/sip/event/subscription.h"

static void changed(struct rd_sip_watch *watch)
{
	sip_watch_changed(sip_watch_of(watch), false);
}

static void activate(struct rd_sip_watch *watch)
{
	sip_watch_activate(sip_watch_of(watch));
}

static void end(struct rd_sip_watch *watch, enum rd_sip_end why, int retry_s)
{
	sip_watch_end(sip_watch_of(watch), why, retry_s);
}

static bool publication(const struct rd_sip_package *ops, const char *resource, size_t *pos,
			struct rd_sip_publication *out)
{
	const struct sip_package *package = sip_package_find(rd_str_of(ops->name));

	return package && sip_publication_next(package, resource, pos, out);
}

/* ---- phones ---- */

void sip_phone_of(struct rd_sip_phone *phone, const struct sip_endpoint *endpoint)
{
	const struct sip_aor *aor = sip_record_of(endpoint);

	*phone = (struct rd_sip_phone){
		.name = endpoint->name,
		.context = endpoint->context,
		.mailbox = endpoint->mailbox,
		.voicemail_number = endpoint->voicemail_number,
		.account = endpoint->username ? endpoint->username : endpoint->name,
		.mwi_subscribe = endpoint->mwi_subscribe,
		.mwi_incoming = endpoint->mwi_incoming,
		.unsolicited_mwi = endpoint->unsolicited_mwi,
		.contacts = aor ? aor->count : 0,
		.has_host = endpoint->host,
	};
}

static int find_phone(const char *name, struct rd_sip_phone *phone)
{
	const struct sip_endpoint *endpoint = sip_settings_find(sip.settings, rd_str_of(name));

	if (!endpoint)
		return -ENOENT;
	sip_phone_of(phone, endpoint);
	return 0;
}

static bool next_phone(const void **pos, struct rd_sip_phone *phone)
{
	const struct sip_endpoint *endpoint = *pos;

	endpoint = endpoint ? endpoint->next : sip.settings->first;
	if (!endpoint)
		return false;
	*pos = endpoint;
	sip_phone_of(phone, endpoint);
	return true;
}

void sip_binding_of(struct rd_sip_binding *binding, const struct sip_contact *contact)
{
	uint64_t now = (uint64_t)rd_wall();

	*binding = (struct rd_sip_binding){
		.uri = contact->uri,
		.call_id = contact->call_id,
		.user_agent = contact->user_agent,
		.cseq = contact->cseq,
		.expires_s = contact->expires_s > now ? (uint32_t)(contact->expires_s - now) : 0,
		.q = contact->q,
		.renewed = contact->renewed,
		.instance = contact->instance,
		.stamp = contact->stamp,
	};
}

static bool next_binding(const char *phone, size_t *pos, struct rd_sip_binding *binding)
{
	const struct sip_aor *aor = sip_record_named(rd_str_of(phone));
	size_t i = 0;

	if (!aor)
		return false;
	rd_list_foreach(node, tmp, &aor->contacts) {
		const struct sip_contact *contact = sip_contact_at(node);

		if (i++ < *pos)
			continue;
		++*pos;
		sip_binding_of(binding, contact);
		return true;
	}
	return false;
}

static int param(const struct rd_sip_watch *watch, const char *name, char *value, size_t size)
{
	struct rd_str text;
	ssize_t n;

	*value = '\0';
	if (!sip_param_get(rd_str_of(watch->params), rd_str_of(name), &text))
		return -ENOENT;
	n = sip_unquote(value, size - 1, text);
	value[n < 0 ? 0 : n] = '\0';
	return n < 0 ? -EMSGSIZE : 0;
}

int sip_uri_beside(const struct rd_sip_watch *watch, const char *user, char *uri, size_t size)
{
	const char *host = strrchr(watch->entity, '@');
	struct sip_out out;

	sip_out_init(&out, uri, size - 1);
	sip_out_cstr(&out, "sip:");
	sip_out_escaped_user(&out, rd_str_of(user));
	sip_out_cstr(&out, host ? host : "");
	uri[out.overflow ? 0 : out.n] = '\0';
	return out.overflow ? -EMSGSIZE : 0;
}

const struct rd_sip_events sip_events_interface = {
	.add = sip_package_add,
	.remove = sip_package_remove,
	.changed = changed,
	.resource_changed = sip_resource_changed,
	.activate = activate,
	.end = end,
	.publication = publication,
	.phone = find_phone,
	.phone_next = next_phone,
	.binding = next_binding,
	.tell_phone = sip_tell_phone,
	.subscribe = sip_subscription_new,
	.unsubscribe = sip_subscription_end,
	.param = param,
	.uri_beside = sip_uri_beside,
	.tell_phone_uri = sip_tell_phone_uri,
};
