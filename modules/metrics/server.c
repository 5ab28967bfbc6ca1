/* The HTTP endpoint. libmicrohttpd reads and writes on a thread of its own, which knows
 * nothing of calls: it lets a request rest, the switch thread makes the page in a turn of
 * its own, and the thread sends it. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <microhttpd.h>

#include <ringdown/fiber.h>
#include <ringdown/list.h>
#include <ringdown/log.h>

#include "modules/metrics/metrics.h"

enum {
	CONNECTIONS = 32,
	IDLERS = 8, /* those without a request: the next one has the oldest closed */
	IDLE_S = 10, /* then a connection is closed */
	BACKLOG = 16,
	LOOK_MS = 20, /* whether one that ends has nothing to do any more */
};

struct metrics_server {
	struct rd_list link; /* in ending */
	struct MHD_Daemon *http;
	struct metrics_settings *settings;
	int listener;
	struct rd_list idle; /* visitors, the oldest first; of the library's thread */
	unsigned idlers;
	atomic_int asked; /* pages that the switch thread is to make */
	atomic_bool ends;
	bool stops; /* on a pool thread */
};

/* One connection. */
struct visitor {
	struct rd_list link; /* in idle: it asks nothing */
	int fd;
};

/* One request. */
struct scrape {
	struct metrics_server *server;
	struct MHD_Connection *connection;
	struct rd_buf page;
	atomic_bool made;
};

static struct rd_list ending = RD_LIST_INIT(ending);
static struct rd_timer end_timer;

/* ---- who is connected, on the library's thread ---- */

static void visitor_leaves(struct metrics_server *server, struct visitor *visitor)
{
	if (!rd_list_linked(&visitor->link))
		return;
	rd_list_remove(&visitor->link);
	server->idlers--;
}

/* Strangers who ask nothing keep out nobody who does. */
static void visitor_rests(struct metrics_server *server, struct visitor *visitor)
{
	struct visitor *oldest;

	rd_list_push(&server->idle, &visitor->link);
	if (++server->idlers <= IDLERS)
		return;
	oldest = rd_list_entry(server->idle.next, struct visitor, link);
	visitor_leaves(server, oldest);
	shutdown(oldest->fd, SHUT_RDWR); /* the library closes it */
}

static struct visitor *visitor_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

/* Without memory it is one that is never idle. */
static void came_or_went(void *arg, struct MHD_Connection *connection, void **context,
			 enum MHD_ConnectionNotificationCode how)
{
	const union MHD_ConnectionInfo *info;
	struct metrics_server *server = arg;
	struct visitor *visitor = *context;

	if (how == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (visitor)
			visitor_leaves(server, visitor);
		rd_free(visitor);
		*context = NULL;
		return;
	}
	info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	visitor = info ? rd_zalloc(sizeof(*visitor)) : NULL;
	if (!visitor)
		return;
	*context = visitor;
	visitor->fd = info->connect_fd;
	rd_list_init(&visitor->link);
	visitor_rests(server, visitor);
}

/* ---- answers, on the library's thread ---- */

static enum MHD_Result refuse(struct MHD_Connection *connection, unsigned status, const char *why)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
		strlen(why), (void *)(uintptr_t)why, MHD_RESPMEM_PERSISTENT);
	enum MHD_Result rc = MHD_NO;

	if (!response)
		return MHD_NO;
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	rc = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return rc;
}

static enum MHD_Result challenge(struct MHD_Connection *connection, const char *realm)
{
	static char why[] = "A user name and a password are needed.\n";
	struct MHD_Response *response =
		MHD_create_response_from_buffer(sizeof(why) - 1, why, MHD_RESPMEM_PERSISTENT);
	enum MHD_Result rc = MHD_NO;

	if (!response)
		return MHD_NO;
	rc = MHD_queue_basic_auth_fail_response(connection, realm, response);
	MHD_destroy_response(response);
	return rc;
}

/* In a time that does not tell where they differ. */
static bool same(const char *given, const char *wanted)
{
	size_t n = strlen(wanted);
	int differ = 0;

	if (strlen(given) != n)
		return false;
	for (size_t i = 0; i < n; i++)
		differ |= given[i] ^ wanted[i];
	return !differ;
}

static bool may_ask(struct MHD_Connection *connection, const struct metrics_settings *settings)
{
	char *password = NULL, *name;
	bool may;

	if (!settings->username)
		return true;
	name = MHD_basic_auth_get_username_password(connection, &password);
	may = name && password && same(name, settings->username) &&
	      same(password, settings->password);
	MHD_free(name);
	MHD_free(password);
	return may;
}

static enum MHD_Result send_page(struct scrape *scrape)
{
	struct MHD_Response *response;
	enum MHD_Result rc;
	size_t size;
	char *text;

	rd_metrics_collect_process(&scrape->page);
	size = scrape->page.n;
	text = rd_buf_take(&scrape->page);
	if (!text)
		return refuse(scrape->connection, MHD_HTTP_SERVICE_UNAVAILABLE, "Out of memory.\n");
	response = MHD_create_response_from_buffer_with_free_callback(size, text, rd_free);
	if (!response) {
		rd_free(text);
		return MHD_NO;
	}
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
				"text/plain; version=0.0.4; charset=utf-8");
	rc = MHD_queue_response(scrape->connection, MHD_HTTP_OK, response);
	MHD_destroy_response(response);
	return rc;
}

/* On the switch thread. The request may be over as soon as it is resumed. */
static void make_page(void *arg)
{
	struct scrape *scrape = arg;
	struct metrics_server *server = scrape->server;

	rd_metrics_collect(&scrape->page);
	atomic_store(&scrape->made, true);
	MHD_resume_connection(scrape->connection);
	atomic_fetch_sub(&server->asked, 1);
}

static enum MHD_Result ask_for_page(struct scrape *scrape)
{
	struct metrics_server *server = scrape->server;

	atomic_fetch_add(&server->asked, 1);
	if (!atomic_load(&server->ends)) {
		MHD_suspend_connection(scrape->connection);
		if (rd_call_soon(make_page, scrape) == 0)
			return MHD_YES;
		MHD_resume_connection(scrape->connection);
	}
	atomic_fetch_sub(&server->asked, 1);
	return MHD_NO; /* it is hung up */
}

static struct scrape *scrape_new(struct metrics_server *server, struct MHD_Connection *connection)
{
	struct scrape *scrape = rd_zalloc(sizeof(*scrape));
	struct visitor *visitor = visitor_of(connection);

	if (!scrape)
		return NULL;
	if (visitor)
		visitor_leaves(server, visitor);
	scrape->server = server;
	scrape->connection = connection;
	rd_buf_init(&scrape->page);
	return scrape;
}

/* "http://pbx.example/metrics", which is asked of proxies, is ours as well (RFC 9112 3.2.2). */
static const char *path_of(const char *url)
{
	const char *path;

	if (strncasecmp(url, "http://", 7) != 0)
		return url;
	path = strchr(url + 7, '/');
	return path ? path : "/";
}

/* Called when its head has come, for each part of its body, at its end, and once more when
 * its page is made. */
static enum MHD_Result answer(void *arg, struct MHD_Connection *connection, const char *url,
			      const char *method, const char *version, const char *body,
			      size_t *body_size, void **of_request)
{
	struct metrics_server *server = arg;
	struct scrape *scrape = *of_request;

	(void)version;
	(void)body;
	if (!scrape) {
		*of_request = scrape_new(server, connection);
		return *of_request ? MHD_YES : MHD_NO;
	}
	if (*body_size) {
		*body_size = 0;
		return MHD_YES;
	}
	if (atomic_load(&scrape->made))
		return send_page(scrape);
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return refuse(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "Only GET is known.\n");
	if (!may_ask(connection, server->settings))
		return challenge(connection, server->settings->realm);
	url = path_of(url);
	if (*url != '/' || strcmp(url + 1, server->settings->uri) != 0)
		return refuse(connection, MHD_HTTP_NOT_FOUND, "There is no such page.\n");
	return ask_for_page(scrape);
}

static void request_over(void *arg, struct MHD_Connection *connection, void **of_request,
			 enum MHD_RequestTerminationCode how)
{
	struct visitor *visitor = visitor_of(connection);
	struct scrape *scrape = *of_request;

	(void)how;
	if (!scrape)
		return;
	if (visitor)
		visitor_rests(arg, visitor);
	rd_buf_fini(&scrape->page);
	rd_free(scrape);
	*of_request = NULL;
}

/* ---- birth ---- */

int metrics_listen(const struct host_port *address)
{
	const struct sockaddr *socket_address = (const struct sockaddr *)&address->socket;
	int fd = socket(socket_address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1, rc = fd < 0 ? -errno : 0;

	if (rc)
		return rc;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    bind(fd, socket_address, address->size) || listen(fd, BACKLOG)) {
		rc = -errno;
		close(fd);
	}
	return rc ? rc : fd;
}

/* Its thread is deaf to signals, as ours are: it has our mask. */
static int start_http(struct metrics_server *server)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	server->http = MHD_start_daemon(
		MHD_USE_INTERNAL_POLLING_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_POLL, 0, NULL,
		NULL, answer, server, MHD_OPTION_LISTEN_SOCKET, server->listener,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
		(unsigned)IDLE_S, MHD_OPTION_NOTIFY_COMPLETED, request_over, server,
		MHD_OPTION_NOTIFY_CONNECTION, came_or_went, server, MHD_OPTION_END);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return server->http ? 0 : -EIO;
}

static void server_free(struct metrics_server *server)
{
	if (server->listener >= 0)
		close(server->listener);
	metrics_settings_free(server->settings);
	rd_free(server);
}

/* The one before it does not listen any more. */
static int take_listener(struct metrics_server *before)
{
	int listener = before->listener;

	MHD_quiesce_daemon(before->http);
	before->listener = -1;
	return listener;
}

int metrics_server_take(struct metrics_server **sp, struct metrics_settings *settings,
			struct metrics_server *before)
{
	struct metrics_server *server = rd_zalloc(sizeof(*server));
	int rc;

	if (!server) {
		metrics_settings_free(settings);
		return -ENOMEM;
	}
	rd_list_init(&server->link);
	rd_list_init(&server->idle);
	server->settings = settings;
	server->listener = settings->listener >= 0 ? settings->listener : take_listener(before);
	settings->listener = -1;
	rc = start_http(server);
	if (rc)
		server_free(server);
	else
		*sp = server;
	return rc;
}

const struct metrics_settings *metrics_server_settings(const struct metrics_server *server)
{
	return server->settings;
}

/* ---- end ---- */

static int stop_http(void *arg)
{
	struct metrics_server *server = arg;

	MHD_stop_daemon(server->http);
	return 0;
}

static void stopped(int rc, void *arg)
{
	struct metrics_server *server = arg;

	(void)rc;
	rd_list_remove(&server->link);
	server_free(server);
}

static void look_at_ending(void *arg)
{
	(void)arg;
	rd_list_foreach(node, next, &ending) {
		struct metrics_server *server = rd_list_entry(node, struct metrics_server, link);

		if (!server->stops && atomic_load(&server->asked) == 0)
			server->stops = rd_offload_then(stop_http, stopped, server) == 0;
	}
	if (!rd_list_empty(&ending))
		rd_timer_start(&end_timer, LOOK_MS);
}

void metrics_server_end(struct metrics_server *server)
{
	atomic_store(&server->ends, true);
	if (server->listener >= 0)
		MHD_quiesce_daemon(server->http);
	rd_list_push(&ending, &server->link);
	if (!end_timer.fire)
		rd_timer_init(&end_timer, look_at_ending, NULL);
	rd_timer_start(&end_timer, 0);
}

void metrics_servers_wait(void)
{
	rd_shield_begin(10000);
	while (!rd_list_empty(&ending) && rd_sleep(LOOK_MS) == 0)
		;
	rd_shield_end();
	if (end_timer.fire)
		rd_timer_stop(&end_timer);
}
