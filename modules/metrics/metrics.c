/* The module metrics: prometheus.conf, and when its endpoint begins and ends. What is
 * counted is counted elsewhere, but for the quality of calls. */
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include <ringdown/log.h>
#include <ringdown/module.h>
#include <ringdown/secret.h>

#include "modules/metrics/metrics.h"

static const char CONF[] = "prometheus.conf";

static struct metrics_settings *coming; /* committed before `load` */
static struct metrics_server *server; /* NULL: it is off */
static bool loaded;

/* ---- prometheus.conf ---- */

#define SETTING(member) offsetof(struct metrics_settings, member)

static const struct rd_option options[] = {
	{ .name = "enabled",
	  .type = RD_OPTION_BOOL,
	  .offset = SETTING(enabled),
	  .fallback = "no",
	  .help = "are pages served?" },
	{ .name = "bind",
	  .type = RD_OPTION_CUSTOM,
	  .offset = SETTING(bind),
	  .fallback = "127.0.0.1:9560",
	  .parse = option_host_port,
	  .help = "where" },
	{ .name = "uri",
	  .type = RD_OPTION_STRING,
	  .offset = SETTING(uri),
	  .fallback = "metrics",
	  .help = "the path of the page" },
	{ .name = "auth_username",
	  .type = RD_OPTION_STRING,
	  .offset = SETTING(username),
	  .help = "who may read it; unset: everybody" },
	{ .name = "auth_password",
	  .type = RD_OPTION_STRING,
	  .offset = SETTING(password),
	  .secret = true,
	  .help = "and how he proves it" },
	{ .name = "auth_realm",
	  .type = RD_OPTION_STRING,
	  .offset = SETTING(realm),
	  .fallback = "Ringdown",
	  .help = "what he is asked for" },
	RD_OPTION_ABSENT("core_metrics_enabled", "the figures of the core are always there"),
	{ 0 }
};

static const char *const sections[] = { "general", NULL };
static const struct rd_options_file conf = {
	.name = CONF, .section = "general", .table = options, .sections = sections
};

void metrics_settings_free(struct metrics_settings *settings)
{
	if (!settings)
		return;
	if (settings->listener >= 0)
		close(settings->listener);
	rd_pool_free(settings->pool);
}

static bool is_loopback(const struct host_port *address)
{
	const struct sockaddr_in *v4 = (const void *)&address->socket;
	const struct sockaddr_in6 *v6 = (const void *)&address->socket;

	if (address->socket.ss_family == AF_INET)
		return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
	return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

static void judge(struct metrics_settings *settings, struct rd_config_report *report)
{
	if (*settings->uri == '/')
		settings->uri++;
	if (!settings->username != !settings->password)
		rd_config_error(report, CONF, 0,
				"[general] auth_username and auth_password: one "
				"of them alone protects nothing");
	else if (settings->enabled && !settings->username && !is_loopback(&settings->bind))
		rd_config_warning(report, CONF, 0,
				  "[general] bind: without auth_username whoever "
				  "reaches that address reads the figures");
}

static void examine(const struct metrics_settings *settings, struct rd_config_report *report)
{
	const char *why = NULL;

	if (rd_config_is_examined() && settings->enabled && settings->password)
		why = rd_secret_weakness(settings->password, settings->username);
	if (why)
		rd_config_warning(report, CONF, 0, "[general] auth_password: it is %s", why);
}

static int build(void **snapshot, struct rd_config_report *report)
{
	struct metrics_settings *settings;
	struct rd_pool *pool = NULL;
	int rc;

	settings = rd_pool_new_with(&pool, 0, sizeof(*settings));
	if (!settings)
		return -ENOMEM;
	settings->pool = pool;
	settings->listener = -1;
	rc = rd_options_load(&conf, settings, pool, report);
	if (rc) {
		metrics_settings_free(settings);
		return rc;
	}
	judge(settings, report);
	examine(settings, report);
	*snapshot = settings;
	return 0;
}

static void discard(void *snapshot)
{
	metrics_settings_free(snapshot);
}

/* ---- what is in force ---- */

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_address(const struct host_port *a, const struct host_port *b)
{
	return a->size == b->size && memcmp(&a->socket, &b->socket, a->size) == 0;
}

static bool listens_there(const struct metrics_settings *settings)
{
	return server && same_address(&metrics_server_settings(server)->bind, &settings->bind);
}

static bool is_in_force(const struct metrics_settings *settings)
{
	const struct metrics_settings *now = server ? metrics_server_settings(server) : NULL;

	if (!now)
		return !settings->enabled;
	return settings->enabled && listens_there(settings) && same_text(now->uri, settings->uri) &&
	       same_text(now->username, settings->username) &&
	       same_text(now->password, settings->password) &&
	       same_text(now->realm, settings->realm);
}

static int get_listener(struct metrics_settings *settings)
{
	int rc = 0;

	if (settings->enabled && !listens_there(settings)) {
		settings->listener = metrics_listen(&settings->bind);
		rc = RD_MIN(settings->listener, 0);
	}
	return rc;
}

static int put_in_force(struct metrics_settings *settings)
{
	struct metrics_server *before = server;
	int rc = 0;

	if (is_in_force(settings)) {
		metrics_settings_free(settings);
		return 0;
	}
	server = NULL;
	if (settings->enabled)
		rc = metrics_server_take(&server, settings, before);
	else
		metrics_settings_free(settings);
	if (before)
		metrics_server_end(before);
	return rc;
}

static void prepare(void *snapshot, struct rd_config_report *report)
{
	int rc = loaded ? get_listener(snapshot) : 0;

	if (rc)
		rd_config_error(report, CONF, 0, "[general] bind: %s", rd_strerror(rc));
}

static void commit(void *snapshot)
{
	int rc;

	if (!loaded) {
		metrics_settings_free(coming);
		coming = snapshot;
		return;
	}
	rc = put_in_force(snapshot);
	if (rc)
		rd_error("metrics: no endpoint: %s", rd_strerror(rc));
}

static const char *const files[] = { CONF, NULL };

static const struct rd_module_config config = {
	.files = files,
	.build = build,
	.commit = commit,
	.discard = discard,
};

/* ---- life ---- */

static int load(void)
{
	struct metrics_settings *settings = coming;
	int rc = get_listener(settings);

	coming = NULL;
	if (rc)
		metrics_settings_free(settings);
	else
		rc = put_in_force(settings);
	if (rc)
		rd_error("metrics: %s: bind: %s", CONF, rd_strerror(rc));
	loaded = rc == 0;
	return rc;
}

static void unload(void)
{
	if (server)
		metrics_server_end(server);
	server = NULL;
	metrics_servers_wait();
	metrics_settings_free(coming);
	coming = NULL;
	loaded = false;
}

RD_MODULE(.name = "metrics", .synopsis = "Figures for Prometheus, over HTTP", .config = &config,
	  .prepare = prepare, .subscribers = metrics_subscribers, .measure = metrics_quality_print,
	  .load = load, .unload = unload);
