/* A phone is where its contacts are. One that comes over a new connection is known
 * there by what it says itself, before it is bound: the requests that are From
 * it, and our answers. */
#include "channels/sip/trace_phone.h"

#include "channels/sip/driver.h"
#include "channels/sip/endpoint/record.h"
#include "channels/sip/endpoint/settings_domains.h"

static bool is_contact(const char *phone, const union sip_sockaddr *peer)
{
	struct sip_aor *aor = sip_record_named(rd_str_of(phone));

	if (!aor)
		return false;
	rd_list_foreach(it, tmp, &aor->contacts)
		if (sip_sockaddr_equal(&sip_contact_at(it)->flow.peer, peer))
			return true;
	return false;
}

/* By its name, or one that has a domain in it. */
static bool is_record(const char *phone, const struct sip_uri *uri)
{
	const struct sip_endpoint *endpoint =
		sip.settings ? sip_settings_find(sip.settings, rd_str_of(phone)) : NULL;

	return endpoint && sip_domains_is_record(endpoint, uri);
}

static bool is_from(const char *phone, struct rd_str message)
{
	struct rd_str from_header = sip_trace_header(message, RD_STR("From"), RD_STR("f"));
	struct sip_name_addr from;
	struct sip_uri uri;
	const char *what;

	return sip_name_addr_parse(&from, from_header, &what) == 0 &&
	       sip_uri_parse(&uri, from.uri, &what) == 0 &&
	       (rd_str_eq(uri.user, rd_str_of(phone)) || is_record(phone, &uri));
}

bool sip_trace_phone_wants(const char *phone, const struct sip_flow *flow, bool in,
			   const char *data, size_t size)
{
	struct rd_str message = { data, size };
	bool request = !rd_str_starts(message, RD_STR("SIP/2.0 "));

	return is_contact(phone, &flow->peer) || (request == in && is_from(phone, message));
}
