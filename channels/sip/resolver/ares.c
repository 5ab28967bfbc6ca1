/* c-ares on the loop: its sockets are watched, its time-outs are a timer, and no
 * call of it waits. It sends, repeats, changes servers and goes to TCP for long
 * answers; what the answers say is read in answer.c. */
#include <ares.h>
#include <arpa/nameser.h>
#include <sys/time.h>

#include <ringdown/io.h>
#include <ringdown/log.h>

#include "channels/sip/resolver/private.h"

#define UDP_SIZE 1232 /* EDNS, as dnsflagday.net recommends */

struct dns_ares {
	struct sip_resolver *resolver; /* NULL: going */
	ares_channel channel;
	struct rd_list sockets;
	struct rd_timer timer;
	bool silent; /* no name server answers */
};

struct ares_socket {
	struct rd_list link;
	struct dns_ares *ares;
	int fd;
	struct rd_watch *watch;
};

struct question {
	struct dns_ares *ares;
	enum dns_type type;
	char name[];
};

/* ---- sockets and time ---- */

static void start_timer(struct dns_ares *ares)
{
	struct timeval tv, *next = ares_timeout(ares->channel, NULL, &tv);

	if (next)
		rd_timer_start(&ares->timer,
			       (int)(next->tv_sec * 1000 + (next->tv_usec + 999) / 1000));
	else
		rd_timer_stop(&ares->timer);
}

static void timed_out(void *arg)
{
	struct dns_ares *ares = arg;

	ares_process_fd(ares->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	start_timer(ares);
}

static void socket_ready(unsigned events, void *arg)
{
	const struct ares_socket *at = arg;
	struct dns_ares *ares = at->ares;
	int fd = at->fd;

	ares_process_fd(ares->channel, events & RD_IO_READ ? fd : ARES_SOCKET_BAD,
			events & RD_IO_WRITE ? fd : ARES_SOCKET_BAD);
	start_timer(ares);
}

static struct ares_socket *find_socket(struct dns_ares *ares, int fd)
{
	rd_list_foreach(node, tmp, &ares->sockets) {
		struct ares_socket *at = rd_list_entry(node, struct ares_socket, link);

		if (at->fd == fd)
			return at;
	}
	return NULL;
}

/* Without memory for a watch its question runs into its time-out. */
static void watch_socket(struct dns_ares *ares, int fd, unsigned events)
{
	struct ares_socket *at = rd_zalloc(sizeof(*at));

	if (!at)
		return;
	*at = (struct ares_socket){ .ares = ares, .fd = fd };
	if (rd_watch_new(&at->watch, fd, events, socket_ready, at)) {
		rd_free(at);
		return;
	}
	rd_list_push(&ares->sockets, &at->link);
}

static void socket_changed(void *arg, ares_socket_t fd, int readable, int writable)
{
	unsigned events = (readable ? RD_IO_READ : 0) | (writable ? RD_IO_WRITE : 0);
	struct dns_ares *ares = arg;
	struct ares_socket *at = find_socket(ares, fd);

	if (!at && events) {
		watch_socket(ares, fd, events);
	} else if (at && events) {
		rd_watch_set(at->watch, events);
	} else if (at) {
		rd_watch_free(at->watch);
		rd_list_remove(&at->link);
		rd_free(at);
	}
}

/* ---- life ---- */

static int set_servers(struct dns_ares *ares, const char *servers)
{
	char text[1024];
	size_t n = 0;

	for (; *servers && n < sizeof(text) - 1; servers++)
		if (*servers != ' ' && *servers != '\t')
			text[n++] = *servers;
	text[n] = '\0';
	return ares_set_servers_ports_csv(ares->channel, text) == ARES_SUCCESS ? 0 : -EINVAL;
}

static int open_channel(struct dns_ares *ares, const struct sip_dns_settings *settings)
{
	struct ares_options options = {
		.flags = ARES_FLAG_EDNS,
		.ednspsz = UDP_SIZE,
		.timeout = settings->timeout_ms,
		.tries = settings->tries,
		.sock_state_cb = socket_changed,
		.sock_state_cb_data = ares,
	};
	int status = ares_library_init(ARES_LIB_INIT_ALL);

	if (status == ARES_SUCCESS)
		status = ares_init_options(&ares->channel, &options,
					   ARES_OPT_FLAGS | ARES_OPT_EDNSPSZ |
						   ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
						   ARES_OPT_SOCK_STATE_CB);
	if (status == ARES_SUCCESS)
		return 0;
	ares_library_cleanup();
	rd_error("sip: no names are resolved: %s", ares_strerror(status));
	return status == ARES_ENOMEM ? -ENOMEM : -EIO;
}

int dns_ares_new(struct dns_ares **ap, struct sip_resolver *resolver,
		 const struct sip_dns_settings *settings)
{
	struct dns_ares *ares = rd_zalloc(sizeof(*ares));
	int rc;

	if (!ares)
		return -ENOMEM;
	rd_list_init(&ares->sockets);
	rd_timer_init(&ares->timer, timed_out, ares);
	rc = open_channel(ares, settings);
	if (rc) {
		rd_free(ares);
		return rc;
	}
	ares->resolver = resolver;
	if (settings->servers && set_servers(ares, settings->servers))
		rd_error("sip.conf: dns_servers: addresses such as \"192.0.2.1, "
			 "[::1]:5353\" were expected, not \"%s\"",
			 settings->servers);
	*ap = ares;
	return 0;
}

void dns_ares_free(struct dns_ares *ares)
{
	if (!ares)
		return;
	ares->resolver = NULL;
	ares_destroy(ares->channel);
	ares_library_cleanup();
	rd_timer_stop(&ares->timer);
	rd_free(ares);
}

/* ---- asking ---- */

static int rc_of(int status)
{
	switch (status) {
	case ARES_ETIMEOUT:
		return -ETIMEDOUT;
	case ARES_ENOMEM:
		return -ENOMEM;
	default:
		return -EIO;
	}
}

/* "No such name" comes with a message too, which says for how long. */
static struct dns_answer *answer_of(int status, const uint8_t *data, int size,
				    enum dns_type type)
{
	struct dns_answer *answer = NULL;
	int rc = -EINVAL;

	if (data && (status == ARES_SUCCESS || status == ARES_ENODATA ||
		     status == ARES_ENOTFOUND))
		rc = dns_answer_parse(&answer, data, (size_t)size, type);
	if (rc == -EINVAL)
		rc = rc_of(status);
	return rc ? dns_answer_empty(rc, 0) : answer;
}

/* Said once, not for each name. */
static void note_health(struct dns_ares *ares, int status, const char *name)
{
	bool silent = status == ARES_ETIMEOUT || status == ARES_ECONNREFUSED;
	bool news = rd_log_is_news(&ares->silent, silent);

	if (news && silent)
		rd_warning("sip: no name server answers what %s is", name);
	else if (news)
		rd_notice("sip: a name server answers again");
}

static void answered(void *arg, int status, int timeouts, unsigned char *data, int size)
{
	struct question *question = arg;
	struct sip_resolver *resolver = question->ares->resolver;

	(void)timeouts;
	if (resolver) {
		note_health(question->ares, status, question->name);
		sip_resolver_answer_take(resolver, question->type, question->name,
					 answer_of(status, data, size, question->type));
	}
	rd_free(question);
}

void dns_ares_ask(struct dns_ares *ares, enum dns_type type, const char *name)
{
	size_t size = strlen(name) + 1;
	struct question *question = rd_malloc(sizeof(*question) + size);

	if (!question) {
		sip_resolver_answer_take(ares->resolver, type, name, NULL);
		return;
	}
	question->ares = ares;
	question->type = type;
	memcpy(question->name, name, size);
	ares_query(ares->channel, name, ns_c_in, (int)type, answered, question);
	start_timer(ares);
}
