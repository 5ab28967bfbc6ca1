/* Where an endpoint is called that has not registered: at its host, or at another one that
 * it has, when that does not answer. At each it is an endpoint of the same name. */
#include "channels/sip/endpoint/settings_hosts.h"
#include "channels/sip/endpoint/settings_match.h"
#include "channels/sip/message/out.h"

struct rd_str sip_host_uri(const struct sip_endpoint *endpoint, char buf[SIP_HOST_URI])
{
	struct sip_out out;

	sip_out_init(&out, buf, SIP_HOST_URI);
	sip_out_cstr(&out, sip_endpoint_scheme(endpoint));
	if (endpoint->host_user) {
		sip_out_escaped_user(&out, rd_str_of(endpoint->host_user));
		sip_out_char(&out, '@');
	}
	sip_out_cstr(&out, endpoint->host);
	return sip_out_text(&out);
}

static void complain(const struct rd_config_section *section, const char *option,
		     const char *what, struct rd_config_report *report)
{
	const struct rd_config_line *line = rd_config_line_find(section, option);

	rd_config_error(report, line->file, line->line, "%s: %s: %s",
			rd_config_section_name(section), option, what);
}

/* "sips:gate.example": what is sent there goes by TLS, on all of its way. */
static bool take_scheme(const char **place)
{
	if (!sip_uri_is_secure(rd_str_of(*place)))
		return false;
	*place += 5;
	return true;
}

/* "sip:user@host:port;transport=tcp", and each of these may be absent but the host. 0,
 * -EINVAL or -ENOMEM. */
static int read_other(struct sip_endpoint *other, const char *text, struct rd_pool *pool)
{
	struct rd_str rest, user;
	ssize_t n;
	char *name;

	other->host_secure = take_scheme(&text);
	if (rd_str_istarts(rd_str_of(text), RD_STR("sip:")))
		text += 4;
	rest = rd_str_of(text);
	if (rd_str_cut(&rest, '@', &user)) {
		name = rd_pool_alloc(pool, user.n + 1);
		if (!name)
			return -ENOMEM;
		n = sip_unescape(name, user.n, user);
		if (n < 0)
			return -EINVAL;
		name[n] = '\0';
		other->host_user = name;
		text = rest.p;
	}
	other->host = text;
	return sip_match_is_host(text) ? 0 : -EINVAL;
}

static int read_others(struct sip_settings *settings, struct sip_endpoint *endpoint,
		       const struct rd_config_section *section, struct rd_config_report *report)
{
	struct sip_endpoint **tail = &endpoint->other_host;

	for (const char *const *text = endpoint->other_hosts; text && *text; text++) {
		struct sip_endpoint *other = rd_pool_zalloc(settings->pool, sizeof(*other));
		int rc = other ? read_other(other, *text, settings->pool) : -ENOMEM;

		if (rc == -ENOMEM)
			return rc;
		if (rc)
			complain(section, "other_hosts",
				 "a URI such as sip:100@192.0.2.7:5080 was expected", report);
		*tail = other;
		tail = &other->other_host;
	}
	return 0;
}

int sip_hosts_of_read(struct sip_settings *settings, struct sip_endpoint *endpoint,
		      const struct rd_config_section *section, struct rd_config_report *report)
{
	endpoint->host_secure = take_scheme(&endpoint->host);
	if (endpoint->host && !sip_match_is_host(endpoint->host))
		complain(section, "host",
			 "a host such as sip.example.com or 192.0.2.7:5080 was expected", report);
	if (endpoint->other_hosts && !endpoint->host)
		complain(section, "other_hosts", "a line \"host\" was expected, too", report);
	return read_others(settings, endpoint, section, report);
}

/* For whoever keeps in mind what is known of a host, over reloads. */
static int name_host(struct sip_settings *settings, struct sip_endpoint *endpoint)
{
	char text[SIP_HOST_URI];
	struct rd_str uri = sip_host_uri(endpoint, text);

	endpoint->host_key = rd_pool_printf(settings->pool, "%s %.*s", endpoint->name,
					    RD_STR_ARG(uri));
	endpoint->next_hosted = settings->hosted;
	settings->hosted = endpoint;
	return endpoint->host_key ? 0 : -ENOMEM;
}

int sip_hosts_of_link(struct sip_settings *settings, struct sip_endpoint *endpoint)
{
	struct sip_endpoint *other = endpoint->other_host;
	int rc = endpoint->host ? name_host(settings, endpoint) : 0;

	for (; rc == 0 && other; other = other->other_host) {
		const struct sip_endpoint own = *other;

		*other = *endpoint;
		other->host = own.host;
		other->host_user = own.host_user;
		other->host_secure = own.host_secure;
		other->other_host = own.other_host;
		other->registers = false; /* it is at the first that we are known */
		other->register_proxies = NULL;
		rc = name_host(settings, other);
	}
	return rc;
}
