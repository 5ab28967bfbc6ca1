/* Hosts of peers that have no address: who is called there cannot be called. Asked as calls
 * ask, all at once. */
#include <string.h>

#include <ringdown/clock.h>
#include <ringdown/fiber.h>

#include "channels/sip/endpoint/examine.h"
#include "channels/sip/resolver/resolver.h"

enum { PATIENCE_MS = 10000 }; /* for all of them */

/* A host that is asked for, and what became of it. */
struct asked {
	struct asked *next;
	struct hosts *hosts;
	const struct sip_endpoint *endpoint;
	const char *option, *text;
	struct sip_lookup *lookup; /* NULL: it is done */
	int rc;
};

struct hosts {
	const struct sip_settings *settings;
	struct sip_resolver *resolver;
	struct rd_pool *pool;
	struct asked *first, **end;
	struct rd_cond told;
	unsigned under_way;
};

/* ---- asking ---- */

static void located(void *arg, int rc, const struct sip_targets *targets)
{
	struct asked *asked = arg;

	(void)targets;
	asked->rc = rc;
	asked->lookup = NULL;
	asked->hosts->under_way--;
	rd_cond_signal(&asked->hosts->told);
}

/* By the transports that are configured, of which none need be there yet. */
static void set_ways(const struct sip_settings *settings, const char *transport,
		     struct sip_where *where)
{
	memset(where->ways, 0, sizeof(where->ways));
	for (const struct sip_listener *it = settings->listeners; it; it = it->next)
		if (!transport || strcmp(it->name, transport) == 0)
			where->ways[it->protocol] |=
				it->bind.sa.sa_family == AF_INET6 ? SIP_V6 : SIP_V4;
}

/* An address needs nobody. */
static void ask(void *arg, const struct sip_endpoint *endpoint, const char *option,
		const char *text, bool secure)
{
	struct hosts *hosts = arg;
	struct sip_where where;
	struct asked *asked;

	if (sip_where_of_text(&where, rd_str_of(text)) || !sip_where_is_name(&where))
		return;
	asked = rd_pool_zalloc(hosts->pool, sizeof(*asked));
	if (!asked)
		return;
	*asked = (struct asked){ .hosts = hosts,
				 .endpoint = endpoint,
				 .option = option,
				 .text = rd_pool_strndup(hosts->pool, where.host.p, where.host.n) };
	where.secure = where.secure || secure;
	set_ways(hosts->settings, endpoint->transport, &where);
	if (!asked->text || sip_locate(hosts->resolver, &asked->lookup, &where, located, asked))
		return;
	hosts->under_way++;
	*hosts->end = asked;
	hosts->end = &asked->next;
}

typedef void host_fn(void *arg, const struct sip_endpoint *endpoint, const char *option,
		     const char *text, bool secure);

/* With a proxy before it, what stands behind is the proxy's to find. */
static void for_hosts(const struct sip_endpoint *endpoint, host_fn *each, void *arg)
{
	const char *const *proxy = endpoint->register_proxies;

	if (endpoint->outbound_proxy)
		each(arg, endpoint, "outbound_proxy", endpoint->outbound_proxy, false);
	for (; endpoint->registers && proxy && *proxy; proxy++)
		each(arg, endpoint, "register_proxies", *proxy, false);
	if (endpoint->outbound_proxy)
		return;
	if (endpoint->host)
		each(arg, endpoint, "host", endpoint->host, endpoint->host_secure);
	for (const struct sip_endpoint *it = endpoint->other_host; it; it = it->other_host)
		if (it->host)
			each(arg, endpoint, "other_hosts", it->host, it->host_secure);
	if (endpoint->registers && endpoint->register_server && !endpoint->register_proxies)
		each(arg, endpoint, "register_server", endpoint->register_server,
		     endpoint->register_secure);
}

/* ---- telling ---- */

static const char *reason(const struct asked *asked)
{
	if (asked->lookup)
		return "no name server has answered yet; look at /etc/resolv.conf";
	switch (asked->rc) {
	case -ENOENT:
		return "no such host is known, or none for SIP";
	case -EPROTONOSUPPORT:
		return "no transport of sip.conf leads there";
	default:
		return "no name server helps; look at /etc/resolv.conf";
	}
}

static void tell(const struct hosts *hosts, struct rd_config_report *report)
{
	for (const struct asked *it = hosts->first; it; it = it->next)
		if (it->lookup || it->rc)
			rd_config_error(report, it->endpoint->file, it->endpoint->line,
					"[%s] %s: %s has no address: %s", it->endpoint->name,
					it->option, it->text, reason(it));
}

static void wait_for_all(struct hosts *hosts)
{
	uint64_t end = rd_now_ms() + PATIENCE_MS, now;

	while (hosts->under_way && (now = rd_now_ms()) < end)
		if (rd_cond_wait(&hosts->told, (int)(end - now)) == -ECANCELED)
			break;
}

static int begin(struct hosts *hosts)
{
	int rc = rd_pool_new(&hosts->pool, 0);

	if (!rc)
		rc = sip_resolver_new(&hosts->resolver);
	if (!rc)
		sip_resolver_configure(hosts->resolver, &hosts->settings->dns);
	return rc;
}

void sip_hosts_examine(const struct sip_settings *settings, struct rd_config_report *report)
{
	struct hosts hosts = { .settings = settings, .end = &hosts.first };

	if (!rd_fiber_self())
		return;
	rd_cond_init(&hosts.told);
	if (begin(&hosts) == 0) {
		for (const struct sip_endpoint *it = settings->first; it; it = it->next)
			for_hosts(it, ask, &hosts);
		wait_for_all(&hosts);
		tell(&hosts, report);
	}
	sip_resolver_free(hosts.resolver);
	rd_cond_fini(&hosts.told);
	rd_pool_free(hosts.pool);
}

/* ---- without asking anybody ---- */

struct reviewer {
	const struct sip_settings *settings;
	struct rd_config_report *report;
};

/* An examination asks for names, and says it of them as well. */
static void review(void *arg, const struct sip_endpoint *endpoint, const char *option,
		   const char *text, bool secure)
{
	const struct reviewer *reviewer = arg;
	struct sip_where where;

	if (sip_where_of_text(&where, rd_str_of(text)) ||
	    (rd_config_is_examined() && sip_where_is_name(&where)))
		return;
	where.secure = where.secure || secure;
	set_ways(reviewer->settings, endpoint->transport, &where);
	if (!sip_where_has_way(&where))
		rd_config_warning(reviewer->report, endpoint->file, endpoint->line,
				  "[%s] %s: no transport of sip.conf leads to %s%s",
				  endpoint->name, option, secure ? "sips:" : "", text);
}

void sip_ways_review(const struct sip_settings *settings, struct rd_config_report *report)
{
	struct reviewer reviewer = { settings, report };

	for (const struct sip_endpoint *it = settings->first; it; it = it->next)
		for_hosts(it, review, &reviewer);
}
