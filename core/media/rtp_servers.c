/* The servers that rtp.conf names: STUN and TURN. Their names are looked up when
 * the file is read, on a thread that may wait. */
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <ringdown/tls.h>

#include "core/media/address.h"
#include "core/media/rtp_config.h"
#include "core/media/tunnel.h"

#define DEFAULT_PORT "3478"
#define TLS_PORT     "5349"

const char *const rd__rtp_servers[] = { "stunaddr", "turnaddr", "turnport",
					"turnusername", "turnpassword", "turntransport",
					"turncafile",	NULL };

/* "stun.example.com", "192.0.2.1:3478", "[2001:db8::1]:3478". */
static bool split(const char *text, char *host, size_t size, struct rd_str *port)
{
	struct rd_str rest = rd_str_of(text), head;

	if (rest.n && rest.p[0] == '[') {
		rest = (struct rd_str){ rest.p + 1, rest.n - 1 };
		if (!rd_str_cut(&rest, ']', &head))
			return false;
		if (rest.n && rest.p[0] == ':')
			*port = (struct rd_str){ rest.p + 1, rest.n - 1 };
		return rd_strcpyn(host, size, head);
	}
	if (rd_str_cut(&rest, ':', &head))
		*port = rest;
	return head.n && rd_strcpyn(host, size, head);
}

static int look_up(struct rd__address *address, const char *host, const char *port)
{
	struct addrinfo hints = { .ai_socktype = SOCK_DGRAM }, *found;
	struct sockaddr_storage storage = { 0 };

	if (getaddrinfo(host, port, &hints, &found) != 0)
		return -ENOENT;
	memcpy(&storage, found->ai_addr, RD_MIN(sizeof(storage), (size_t)found->ai_addrlen));
	rd__address_set(address, &storage);
	freeaddrinfo(found);
	return address->size ? 0 : -EAFNOSUPPORT;
}

/* A server that has no address now would not help calls: a warning. */
static int read_server(struct rd__address *address, const struct rd_config_section *section,
		       const char *name, const char *default_port,
		       struct rd_config_report *report)
{
	const char *text = rd_config_get(section, name);
	struct rd_str port = rd_str_of(default_port);
	char host[256], digits[8];
	uint64_t n;

	address->size = 0;
	if (!text || !*text)
		return 0;
	if (!split(text, host, sizeof(host), &port) || rd_str_to_u64(port, 65535, &n) || !n) {
		rd_config_error(report, "rtp.conf", rd_config_section_line(section),
				"%s: an address was expected, such as stun.example.com or "
				"192.0.2.1:3478",
				name);
		return -EINVAL;
	}
	snprintf(digits, sizeof(digits), "%u", (unsigned)n);
	if (look_up(address, host, digits))
		rd_config_warning(report, "rtp.conf", rd_config_section_line(section),
				  "%s: %s has no address, so it is not asked", name, host);
	return 0;
}

static int read_word(char *to, size_t size, const struct rd_config_section *section,
		     const char *name, struct rd_config_report *report)
{
	const char *text = rd_config_get(section, name);

	if (rd_strcpy(to, size, text ? text : ""))
		return 0;
	rd_config_error(report, "rtp.conf", rd_config_section_line(section),
			"%s: at most %zu characters", name, size - 1);
	return -EINVAL;
}

static int read_transport(struct rd__rtp_settings *settings,
			  const struct rd_config_section *section,
			  struct rd_config_report *report)
{
	static const char *const names[] = { "udp", "tcp", "tls" };
	const char *text = rd_config_get(section, "turntransport");

	for (size_t i = 0; i < RD_ARRAY_SIZE(names); i++)
		if (!text || strcasecmp(text, names[i]) == 0) {
			settings->turn_transport = (enum rd__turn_transport)i;
			return 0;
		}
	rd_config_error(report, "rtp.conf", rd_config_section_line(section),
			"turntransport: udp, tcp or tls was expected");
	return -EINVAL;
}

/* The name that the server's certificate must have. */
static void keep_name(struct rd__rtp_settings *settings, const struct rd_config_section *section)
{
	const char *text = rd_config_get(section, "turnaddr");
	struct rd_str port;

	if (!text || !split(text, settings->turn_name, sizeof(settings->turn_name), &port))
		settings->turn_name[0] = '\0';
}

static int read_tls(struct rd__rtp_settings *settings, const struct rd_config_section *section,
		    struct rd_config_report *report)
{
	const char *ca_file = rd_config_get(section, "turncafile"), *why;
	SSL_CTX *context;

	if (settings->turn_transport != RD__TURN_TLS || !settings->turn.size)
		return 0;
	if (ca_file)
		rd_tls_examine(report, "rtp.conf", rd_config_section_line(section), "turncafile",
			       RD_PEM_OTHERS, ca_file);
	if (rd_tls_client_new(&context, ca_file, &why) == 0) {
		settings->turn_tls = context;
		return 0;
	}
	rd_config_error(report, "rtp.conf", rd_config_section_line(section), "turncafile: %s", why);
	return -EINVAL;
}

int rd__rtp_read_servers(struct rd__rtp_settings *settings,
			 const struct rd_config_section *section,
			 struct rd_config_report *report)
{
	const char *port;
	int rc;

	if (!section)
		return 0;
	rc = read_transport(settings, section, report);
	if (rc)
		return rc;
	port = rd_config_get(section, "turnport");
	if (!port)
		port = settings->turn_transport == RD__TURN_TLS ? TLS_PORT : DEFAULT_PORT;
	keep_name(settings, section);
	rc = read_server(&settings->stun, section, "stunaddr", DEFAULT_PORT, report);
	if (rc == 0)
		rc = read_server(&settings->turn, section, "turnaddr", port, report);
	if (rc == 0)
		rc = read_word(settings->turn_user, sizeof(settings->turn_user), section,
			       "turnusername", report);
	if (rc == 0)
		rc = read_word(settings->turn_password, sizeof(settings->turn_password),
			       section, "turnpassword", report);
	return rc ? rc : read_tls(settings, section, report);
}
