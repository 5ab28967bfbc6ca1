/* Reading type = transport, and the certificates that it names. Runs in the pool:
 * files may be slow. */
#include "channels/sip/endpoint/listener.h"

#include "channels/sip/message/uri.h"
#include "channels/sip/transport/tls.h"
#include "channels/sip/transport/transport.h"
#include "channels/sip/endpoint/networks.h"
#include "channels/sip/endpoint/secrets.h"
#include "channels/sip/endpoint/settings_match.h"

/* Those that are read by hand: local_net may stand in several lines. */
static const char *const by_hand[] = { "type", "local_net", NULL };

/* ---- options ---- */

enum { METHOD_TLS_1_2, METHOD_TLS_1_3 };

static const char *const protocol_names[] = { "udp", "tcp", "tls", NULL };
static const char *const method_names[] = { [METHOD_TLS_1_2] = "tlsv1_2",
					    [METHOD_TLS_1_3] = "tlsv1_3", NULL };
static const char *const verify_names[] = { "no", "optional", "yes", NULL };

#define LISTENER(member) offsetof(struct sip_listener, member)

static const char *parse_bind(const char *value, void *dest, struct rd_pool *pool)
{
	(void)pool;
	return sip_hostport_parse(dest, value, SIP_PORT)
		       ? "an address such as 0.0.0.0:5060 or [::]"
		       : NULL;
}

/* The port, which may be any, keeps NAPTR and SRV out: it is an address that we want. */
static int read_name(struct sip_external *external, const char *value, struct rd_pool *pool)
{
	const char *colon = strchr(value, ':');
	uint64_t port = 0;

	if (!sip_match_is_host(value) ||
	    (colon && rd_str_to_u64(rd_str_of(colon + 1), 65535, &port)))
		return -EINVAL;
	external->port = (uint16_t)port;
	external->name = rd_pool_zalloc(pool, sizeof(*external->name));
	if (!external->name)
		return -ENOMEM;
	external->name->host = colon ? rd_pool_strdup(pool, value)
				     : rd_pool_printf(pool, "%s:%u", value, SIP_PORT);
	return external->name->host ? 0 : -ENOMEM;
}

static const char *parse_external(const char *value, void *dest, struct rd_pool *pool)
{
	struct sip_external *external = dest;

	if (sip_hostport_parse(&external->address, value, 0) == 0)
		return NULL;
	return read_name(external, value, pool)
		       ? "an address such as 203.0.113.7, or a name such as pbx.example.org"
		       : NULL;
}

static const struct rd_option options[] = {
	{ .name = "bind", .type = RD_OPTION_CUSTOM,
	  .offset = LISTENER(bind), .parse = parse_bind,
	  .help = "address[:port] to listen on" },
	{ .name = "protocol", .type = RD_OPTION_ENUM,
	  .offset = LISTENER(protocol), .fallback = "udp", .names = protocol_names,
	  .help = "udp, tcp or tls" },
	{ .name = "dscp", .type = RD_OPTION_INT,
	  .offset = LISTENER(dscp), .fallback = "24", .max = 63,
	  .help = "class of service of signalling" },
	{ .name = "keepalive", .type = RD_OPTION_DURATION,
	  .offset = LISTENER(keepalive_ms), .fallback = "25s", .max = 3600000,
	  .help = "between signs of life through NATs; 0: none" },
	{ .name = "external_address", .type = RD_OPTION_CUSTOM,
	  .offset = LISTENER(external), .parse = parse_external,
	  .help = "address or name[:port] that the world reaches us by, through a NAT" },
	{ .name = "max_connections", .type = RD_OPTION_INT,
	  .offset = LISTENER(connections), .fallback = "10000", .min = 1, .max = 500000,
	  .help = "how many connections at a time" },
	{ .name = "max_connections_per_peer", .type = RD_OPTION_INT,
	  .offset = LISTENER(peer_connections), .fallback = "500", .min = 1, .max = 500000,
	  .help = "how many of them with one address" },
	{ .name = "half_open_timeout", .type = RD_OPTION_DURATION,
	  .offset = LISTENER(half_open_ms), .fallback = "20s", .min = 100, .max = 600000,
	  .help = "until a first message, the rest of one, or a slow reader" },
	{ .name = "idle_timeout", .type = RD_OPTION_DURATION,
	  .offset = LISTENER(idle_ms), .fallback = "65m", .min = 1000, .max = 86400000,
	  .help = "until an unused connection is closed" },
	{ .name = "trust_alias", .type = RD_OPTION_BOOL,
	  .offset = LISTENER(trust_alias), .fallback = "no",
	  .help = "heed RFC 5923 from anybody" },
	{ .name = "certificate", .type = RD_OPTION_STRING,
	  .offset = LISTENER(certificate),
	  .help = "tls: a file with our certificate and its chain; several, for several "
		  "names" },
	{ .name = "key", .type = RD_OPTION_STRING,
	  .offset = LISTENER(key),
	  .help = "tls: a file with its key; default: the certificate's" },
	{ .name = "ca_file", .type = RD_OPTION_STRING,
	  .offset = LISTENER(ca_file), .pem = RD_PEM_OTHERS,
	  .help = "tls: whom we trust; default: whom the system trusts" },
	{ .name = "ca_path", .type = RD_OPTION_STRING,
	  .offset = LISTENER(ca_path),
	  .help = "tls: the same as a directory of hashed names" },
	{ .name = "ciphers", .type = RD_OPTION_STRING,
	  .offset = LISTENER(ciphers),
	  .help = "tls: for TLS 1.2, as openssl ciphers has them" },
	{ .name = "method", .type = RD_OPTION_ENUM,
	  .offset = LISTENER(method), .fallback = "tlsv1_2", .names = method_names,
	  .help = "tls: the least that we accept" },
	{ .name = "verify_server", .type = RD_OPTION_BOOL,
	  .offset = LISTENER(verify_server), .fallback = "yes",
	  .help = "tls: whom we connect to must prove its name" },
	{ .name = "verify_client", .type = RD_OPTION_ENUM,
	  .offset = LISTENER(verify_client), .fallback = "no", .names = verify_names,
	  .help = "tls: whoever connects must show a certificate" },
	{ 0 }
};

/* ---- networks ---- */

/* On our side of the NAT when nobody says who is: what is never in the world. */
static const char *const private_networks[] = { "10.0.0.0/8", "172.16.0.0/12",
						"192.168.0.0/16", "127.0.0.0/8",
						"169.254.0.0/16", "fc00::/7", "fe80::/10",
						"::1" };

struct reading {
	const struct rd_config_line *line;
	struct rd_config_report *report;
};

static int report_element(void *arg, const char *text)
{
	const struct reading *reading = arg;

	rd_config_error(reading->report, reading->line->file, reading->line->line,
			"local_net: an address or network such as 10.0.0.0/8 was expected, "
			"not \"%s\"",
			text);
	return 0;
}

static int read_networks(struct sip_listener *listener,
			 const struct rd_config_section *section, struct rd_pool *pool,
			 struct rd_config_report *report)
{
	struct reading reading = { .report = report };
	struct sip_networks local = { .pool = pool, .tail = &listener->local,
				      .other = report_element, .arg = &reading };
	int rc = 0;

	while (!rc && (reading.line = rd_config_line_next(section, reading.line)))
		if (strcmp(reading.line->name, "local_net") == 0)
			rc = sip_networks_add(&local, reading.line->value, false);
	if (listener->local)
		return rc;
	for (size_t i = 0; !rc && i < RD_ARRAY_SIZE(private_networks); i++)
		rc = sip_networks_add(&local, private_networks[i], false);
	return rc;
}

/* ---- certificates ---- */

static int line_of(const struct rd_config_section *section, const char *option,
		   const char **file)
{
	const struct rd_config_line *found = rd_config_line_find(section, option);

	*file = found ? found->file : rd_config_section_file(section);
	return found ? found->line : rd_config_section_line(section);
}

static int read_tls(struct sip_listener *listener, const struct rd_config_section *section,
		    struct rd_config_report *report)
{
	const struct sip_tls_options tls = { .certificate = listener->certificate,
					     .key = listener->key,
					     .ca_file = listener->ca_file,
					     .ca_path = listener->ca_path,
					     .ciphers = listener->ciphers,
					     .only_13 = listener->method == METHOD_TLS_1_3,
					     .verify_server = listener->verify_server,
					     .verify_client = listener->verify_client };
	struct sip_tls_error error;
	const char *file;
	int line, rc = sip_tls_new(&listener->tls, &tls, &error);

	if (rc != -EINVAL)
		return rc;
	line = line_of(section, error.option, &file);
	rd_config_error(report, file, line, "%s: %s: %s", listener->name, error.option,
			error.text);
	return 0;
}

/* "a.pem, b.pem" */
static const char *expand_list(struct rd_pool *pool, const char *list)
{
	struct rd_str rest = rd_str_of(list), item;
	const char *all = NULL, *one;

	while (rest.n) {
		rd_str_cut(&rest, ',', &item);
		item = rd_str_trim(item);
		one = rd_pool_strndup(pool, item.p, item.n);
		one = one ? sip_path_expand(pool, one) : NULL;
		all = !one ? NULL : all ? rd_pool_printf(pool, "%s,%s", all, one) : one;
		if (!all)
			return NULL;
	}
	return all ? all : list;
}

static int expand_paths(struct sip_listener *listener, struct rd_pool *pool)
{
	const char **paths[] = { &listener->certificate, &listener->key, &listener->ca_file,
				 &listener->ca_path };

	for (size_t i = 0; i < RD_ARRAY_SIZE(paths); i++) {
		if (!*paths[i])
			continue;
		*paths[i] = expand_list(pool, *paths[i]);
		if (!*paths[i])
			return -ENOMEM;
	}
	return 0;
}

/* ---- sections ---- */

/* Where TLS listens when no port is told is another port. */
static void set_address(struct sip_listener *listener, const char *bind)
{
	uint16_t port = sip_usual_port(listener->protocol == SIP_TLS);

	sip_hostport_parse(&listener->bind, bind ? bind : "0.0.0.0", port);
}

static void check_families(const struct sip_listener *listener,
			   const struct rd_config_section *section,
			   struct rd_config_report *report)
{
	const char *file;
	int line = line_of(section, "external_address", &file);

	int family = listener->external.address.sa.sa_family;

	if (family && family != listener->bind.sa.sa_family)
		rd_config_error(report, file, line,
				"%s: external_address: it is of another family than bind",
				listener->name);
}

static int read_rest(struct sip_listener *listener, const struct rd_config_section *section,
		     struct rd_pool *pool, struct rd_config_report *report)
{
	int rc = read_networks(listener, section, pool, report);

	if (!rc)
		rc = expand_paths(listener, pool);
	if (!rc && listener->protocol == SIP_TLS)
		rc = read_tls(listener, section, report);
	return rc;
}

int sip_listener_read(struct sip_listener **lp, const struct rd_config_section *section,
		      struct rd_pool *pool, struct rd_config_report *report)
{
	struct sip_listener *listener = rd_pool_zalloc(pool, sizeof(*listener));
	int rc;

	if (!listener)
		return -ENOMEM;
	rc = rd_options_read(options, section, by_hand, listener, pool, report);
	listener->name = rd_pool_strdup(pool, rd_config_section_name(section));
	listener->file = rd_pool_strdup(pool, rd_config_section_file(section));
	listener->line = rd_config_section_line(section);
	if (rc == -ENOMEM || !listener->name || !listener->file)
		return -ENOMEM;
	if (rc == 0) {
		set_address(listener, rd_config_get(section, "bind"));
		check_families(listener, section, report);
		rc = read_rest(listener, section, pool, report);
		if (rc)
			return rc;
	}
	*lp = listener;
	return 0;
}

static int default_listener(struct sip_listener **lp, const char *name, int protocol,
			    struct rd_pool *pool, struct rd_config_report *report)
{
	struct sip_listener *listener = rd_pool_zalloc(pool, sizeof(*listener));

	if (!listener ||
	    rd_options_read(options, NULL, NULL, listener, pool, report) == -ENOMEM)
		return -ENOMEM;
	listener->name = name;
	listener->file = "sip.conf";
	listener->protocol = protocol;
	set_address(listener, NULL);
	*lp = listener;
	return 0;
}

/* What RFC 3261 §18 expects of everybody. */
int sip_listener_defaults(struct sip_listener **first, struct rd_pool *pool,
			  struct rd_config_report *report)
{
	int rc = default_listener(first, "udp", SIP_UDP, pool, report);

	return rc ? rc : default_listener(&(*first)->next, "tcp", SIP_TCP, pool, report);
}

void sip_listeners_release(struct sip_listener *first)
{
	for (; first; first = first->next)
		sip_tls_unref(first->tls);
}

bool sip_listener_overlaps(const struct sip_listener *listener, int protocol,
			   const union sip_sockaddr *bound)
{
	const union sip_sockaddr *bind = &listener->bind;

	return (protocol == SIP_UDP) == (listener->protocol == SIP_UDP) &&
	       bound->sa.sa_family == bind->sa.sa_family && sip_sockaddr_port(bind) &&
	       sip_sockaddr_port(bound) == sip_sockaddr_port(bind) &&
	       (sip_sockaddr_is_any(bound) || sip_sockaddr_is_any(bind) ||
		sip_sockaddr_same_host(bound, bind));
}
