/* What a proxy may do with the driver: thin wrappers around messages, addresses, and
 * the parts of this folder. */
#include "channels/sip/endpoint/gruu.h"
#include "channels/sip/endpoint/location.h"
#include "channels/sip/endpoint/record.h"
#include "channels/sip/endpoint/settings_domains.h"
#include "channels/sip/event/interface.h"
#include "channels/sip/proxy/proxy.h"

static int attach(const struct rd_sip_proxy_user *user)
{
	if (sip_proxy_user)
		return -EBUSY;
	sip_proxy_user = user;
	return 0;
}

static void detach(const struct rd_sip_proxy_user *user)
{
	if (sip_proxy_user == user)
		sip_proxy_stop();
}

/* ---- messages ---- */

static struct rd_str header(const struct rd_sip_message *message, const char *name,
			    unsigned index)
{
	const struct sip_header *found =
		sip_msg_find(sip_msg_of(message), rd_str_of(name), index);

	return found ? found->value : (struct rd_str){ 0 };
}

static bool uri_at(const struct rd_sip_message *message, enum sip_header_id id, unsigned index,
		   struct rd_str *uri)
{
	struct sip_walk walk = { .msg = sip_msg_of(message), .id = id };
	struct sip_name_addr addr;

	do {
		if (sip_walk_name_addr(&walk, &addr) != 1)
			return false;
	} while (index--);
	*uri = addr.uri;
	return true;
}

static bool route(const struct rd_sip_message *message, unsigned index, struct rd_str *uri)
{
	return uri_at(message, SIP_H_ROUTE, index, uri);
}

static bool record(const struct rd_sip_message *message, unsigned index, struct rd_str *uri)
{
	return uri_at(message, SIP_H_RECORD_ROUTE, index, uri);
}

static bool via_branch(const struct rd_sip_message *message, unsigned index,
		       struct rd_str *branch)
{
	struct sip_walk walk = { .msg = sip_msg_of(message), .id = SIP_H_VIA };
	struct sip_via via;

	do {
		if (sip_walk_via(&walk, &via) != 1)
			return false;
	} while (index--);
	*branch = via.branch;
	return true;
}

static bool contact(const struct rd_sip_message *message, unsigned index,
		    struct rd_sip_contact *found)
{
	struct sip_walk walk = { .msg = sip_msg_of(message), .id = SIP_H_CONTACT };
	struct sip_name_addr addr;
	uint16_t q;

	do {
		if (sip_walk_name_addr(&walk, &addr) != 1)
			return false;
	} while (index--);
	sip_param_q(addr.params, &q);
	*found = (struct rd_sip_contact){ addr.text, addr.uri, q };
	return true;
}

static struct rd_sip_message *keep(const struct rd_sip_message *message)
{
	void *place = rd_malloc(sip_msg_copy_size(sip_msg_of(message)));

	return place ? (struct rd_sip_message *)sip_msg_copy_to(place, sip_msg_of(message))
		     : NULL;
}

static void forget(struct rd_sip_message *message)
{
	rd_free(message);
}

/* ---- addresses ---- */

static void read_uri(struct rd_sip_uri *uri, struct rd_str text)
{
	struct sip_uri parsed;

	*uri = (struct rd_sip_uri){ 0 };
	if (sip_uri_parse(&parsed, text, NULL) ||
	    (parsed.scheme != SIP_SCHEME_SIP && parsed.scheme != SIP_SCHEME_SIPS))
		return;
	*uri = (struct rd_sip_uri){ .is_sip = true,
				    .is_secure = parsed.scheme == SIP_SCHEME_SIPS,
				    .user = parsed.user,
				    .host = parsed.host,
				    .port = parsed.port };
}

static bool is_listener(const union sip_sockaddr *address)
{
	struct sip_transport *transport = NULL;

	while ((transport = sip_transports_next(sip.transports, transport)))
		if (sip_sockaddr_equal(&transport->bound, address) ||
		    sip_sockaddr_equal(&transport->advertised, address))
			return true;
	return false;
}

static bool is_us(const struct rd_sip_request *request, const struct rd_sip_uri *uri)
{
	const struct sip_flow *flow = &sip_proxied_of(request)->flow;
	union sip_sockaddr address;

	if (!uri->is_sip || sip_sockaddr_parse(&address, uri->host, uri->port ? uri->port
									      : 5060))
		return false;
	if (!uri->port && flow->transport->secure)
		sip_sockaddr_set_port(&address, 5061);
	return sip_sockaddr_equal(&flow->local, &address) ||
	       sip_sockaddr_equal(sip_flow_sent_by(flow), &address) || is_listener(&address);
}

static bool find_phone(const struct rd_sip_uri *uri, char *name, size_t size)
{
	const struct sip_endpoint *endpoint = sip_domains_find(sip.settings, uri->user, uri->host);

	return endpoint && rd_strcpy(name, size, endpoint->name);
}

static int find_gruu(struct rd_str text, struct rd_sip_device *device)
{
	struct sip_gruu gruu;
	struct sip_uri uri;

	if (sip_uri_parse(&uri, text, NULL) || !sip_param_get(uri.params, RD_STR("gr"), NULL))
		return 0;
	if (sip_gruu_find(sip.location, &uri, &gruu) ||
	    !rd_strcpy(device->phone, sizeof(device->phone), gruu.aor->name) ||
	    !rd_strcpy(device->instance, sizeof(device->instance), gruu.instance))
		return -ENOENT;
	return 1;
}

static bool binding(const char *phone, size_t *pos, struct rd_sip_binding *out)
{
	return sip_events_interface.binding(phone, pos, out);
}

static bool next_flow(const char *phone, struct rd_str instance, uint64_t before,
		      struct rd_sip_binding *out)
{
	const struct sip_aor *aor = sip_record_named(rd_str_of(phone));
	const struct sip_contact *contact = aor ? sip_aor_next_flow(aor, instance, before) : NULL;

	if (contact)
		sip_binding_of(out, contact);
	return contact;
}

const struct rd_sip_proxy sip_proxy_interface = {
	.attach = attach,
	.detach = detach,
	.header = header,
	.route = route,
	.record = record,
	.via_branch = via_branch,
	.contact = contact,
	.keep = keep,
	.forget = forget,
	.uri = read_uri,
	.is_us = is_us,
	.phone = find_phone,
	.gruu = find_gruu,
	.binding = binding,
	.next_flow = next_flow,
	.admit = sip_proxied_admit,
	.trust = sip_proxied_trust,
	.is_known = sip_proxied_is_known,
	.take = sip_proxied_take,
	.answer = sip_proxied_answer,
	.relay = sip_proxied_relay,
	.forward = sip_proxied_forward,
	.forward_on = sip_branch_forward_on,
	.give_up = sip_branch_give_up,
	.avoids = sip_proxied_avoids,
	.cancel = sip_branch_cancel,
	.drop = sip_proxied_drop,
};
