/* What Dial() names, and whether there is such a thing. */
#include <stdio.h>

#include "channels/sip/call/resource.h"
#include "channels/sip/endpoint/ask.h"
#include "channels/sip/endpoint/record.h"

/* Is it a URI? The rest of text is what its scheme stands before. */
static bool cut_scheme(struct rd_str *text, bool *secure)
{
	struct rd_str rest = *text, scheme;

	if (!rd_str_cut(&rest, ':', &scheme))
		return false;
	*secure = rd_str_ieq(scheme, RD_STR("sips"));
	if (!*secure && !rd_str_ieq(scheme, RD_STR("sip")))
		return false;
	*text = rest;
	return true;
}

/* "1002/sip:x@192.0.2.7:5062": the endpoint's settings, but just this way. */
static bool read_contact(struct sip_destination *to, const struct sip_settings *settings,
			 struct rd_str resource)
{
	struct rd_str name, rest;

	if (!rd_str_cut(&resource, '/', &name))
		return false;
	rest = resource;
	if (!cut_scheme(&rest, &to->secure))
		return false;
	to->endpoint = sip_settings_find(settings, name);
	to->uri = resource;
	return to->endpoint;
}

/* A word is a phone's name, and not looked up as that of a host. */
static bool is_host(struct rd_str text)
{
	return text.n && (memchr(text.p, '.', text.n) || memchr(text.p, ':', text.n));
}

/* "tel:+49-30-12;ext=3" in the place of a number. False: it is no tel URI. */
static bool read_tel(struct sip_destination *to)
{
	if (!rd_str_istarts(to->number, RD_STR("tel:")))
		return true;
	if (sip_uri_parse(&to->tel, to->number, NULL))
		return false;
	to->number = to->tel.user;
	return true;
}

/* "101@tenant.example", "101@tenant.example/number": a section that has a domain in its name. */
static bool read_domained(struct sip_destination *to, const struct sip_settings *settings,
			  struct rd_str resource)
{
	struct rd_str name;

	rd_str_cut(&resource, '/', &name);
	to->endpoint = memchr(name.p, '@', name.n) ? sip_settings_find(settings, name) : NULL;
	to->number = resource;
	return to->endpoint && read_tel(to);
}

/* "1002", "number@peer", "peer/number", "number@host[:port]", "host[:port]", and these
 * after "sip:" or "sips:". */
void sip_read_resource(struct sip_destination *to, const struct sip_settings *settings,
		       const char *resource)
{
	struct rd_str rest = rd_str_of(resource), head;
	bool is_uri;

	memset(to, 0, sizeof(*to));
	if (read_contact(to, settings, rest))
		return;
	memset(to, 0, sizeof(*to));
	if (read_domained(to, settings, rest))
		return;
	memset(to, 0, sizeof(*to));
	is_uri = cut_scheme(&rest, &to->secure);
	if (is_uri && read_domained(to, settings, rest))
		return;
	to->number = (struct rd_str){ 0 };
	if (rd_str_cut(&rest, '@', &head)) {
		to->number = head;
		to->endpoint = sip_settings_find(settings, rest);
		if (!to->endpoint)
			to->host = rest;
	} else if (rd_str_cut(&head, '/', &rest)) {
		to->endpoint = sip_settings_find(settings, rest);
		to->number = head;
	} else {
		to->endpoint = sip_settings_find(settings, rest);
		if (!to->endpoint && (is_uri || is_host(rest)))
			to->host = rest;
	}
	if (to->host.n)
		to->endpoint = &settings->stranger;
	/* A number alone is nowhere. */
	if (!read_tel(to) || rd_str_istarts(to->host, RD_STR("tel:")))
		to->endpoint = NULL;
}

const char *sip_resource_fault(const char *resource, char *buf, size_t size)
{
	const struct sip_settings *settings = sip_settings_next();
	struct sip_destination to;

	if (!settings)
		return NULL;
	sip_read_resource(&to, settings, resource);
	if (to.endpoint)
		return NULL;
	snprintf(buf, size, "there is no phone or peer \"%s\" in sip.conf", resource);
	return buf;
}

/* "10" for all of 1000 to 1099, "1001-" for 1001 alone. */
const char *sip_prefix_fault(const char *prefix, char *buf, size_t size)
{
	const struct sip_settings *settings = sip_settings_next();
	struct rd_str wanted = rd_str_of(prefix);
	const struct sip_endpoint *endpoint = settings ? settings->first : NULL;

	if (!settings || is_host(wanted))
		return NULL;
	for (; endpoint; endpoint = endpoint->next) {
		struct rd_str name = rd_str_of(endpoint->name);

		if (rd_str_starts(name, wanted) ||
		    (rd_str_starts(wanted, name) && wanted.p[name.n] == '-'))
			return NULL;
	}
	snprintf(buf, size, "no phone or peer in sip.conf has a name that begins with \"%s\"",
		 prefix);
	return buf;
}
