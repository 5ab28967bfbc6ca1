/* The line without a wire. */
#include "tests/unit/test.h"

#include <stdlib.h>
#include <strings.h>

#include "tests/unit/sip_line.h"
#include "channels/sip/transport/implementation.h"

#define QUEUE 64

static struct sip_transport *line;
static char *queue[QUEUE], peers[QUEUE][SIP_SOCKADDR_TEXT];
static char last_peer[SIP_SOCKADDR_TEXT], broken[SIP_SOCKADDR_TEXT];
static char answering_host[SIP_SOCKADDR_TEXT] = "127.0.0.2";
static uint16_t answering_port = 5060;
static unsigned head, tail;
static uint64_t connection;

static char *unix_ends(const char *data, size_t size)
{
	char *text = calloc(1, size + 1), *to = text;

	if (size && data[0] == '\0')
		return memcpy(text, data, size);
	for (size_t i = 0; i < size; i++)
		if (data[i] != '\r')
			*to++ = data[i];
	return text;
}

static int line_send(struct sip_transport *transport, const struct sip_flow *flow,
		     const char *data, size_t size)
{
	char peer[SIP_SOCKADDR_TEXT];

	(void)transport;
	sip_sockaddr_text(&flow->peer, peer);
	if (flow->connection != connection)
		return -ENOTCONN;
	if (strcmp(peer, broken) == 0)
		return -ECONNREFUSED;
	if (tail - head == QUEUE) /* nobody listens: the oldest goes */
		free(queue[head++ % QUEUE]);
	strcpy(peers[tail % QUEUE], peer);
	queue[tail++ % QUEUE] = unix_ends(data, size);
	return 0;
}

static int line_route(struct sip_transport *transport, struct sip_flow *flow)
{
	flow->local = transport->bound;
	return 0;
}

static int line_to(struct sip_transport *transport, struct sip_flow *flow,
		   struct rd_str name)
{
	(void)name;
	flow->connection = connection;
	return line_route(transport, flow);
}

static bool line_alive(struct sip_transport *transport, const struct sip_flow *flow)
{
	(void)transport;
	return flow->connection == connection;
}

void line_connect(uint64_t number)
{
	struct sip_flow lost = { .transport = line, .connection = connection };

	connection = number;
	line->reliable = number;
	line->protocol = number ? SIP_TCP : SIP_UDP;
	if (lost.connection)
		sip_transport_lost(line, &lost, -ECONNRESET);
}

static void line_close(struct sip_transport *transport)
{
	(void)transport;
	line_clear();
}

static int line_ping(struct sip_transport *transport, const struct sip_flow *flow)
{
	return line_send(transport, flow, "\r\n\r\n", 4);
}

static const struct sip_transport_ops line_ops = {
	.ping = line_ping,
	.send = line_send,
	.route = line_route,
	.connect = line_to,
	.alive = line_alive,
	.close = line_close,
};

void line_open(void)
{
	line = rd_zalloc(sizeof(*line));
	assert_non_null(line);
	strcpy(line->name, "line");
	line->protocol = SIP_UDP;
	line->ops = &line_ops;
	connection = 0;
	assert_int_equal(sip_sockaddr_parse(&line->bound, RD_STR("127.0.0.1"), 5060), 0);
	sip_transports_add_take(sip.transports, line);
}

/* CRLF line ends, and a Content-Length where there is none. */
static size_t wire_form(const char *text, char *to)
{
	const char *body = strstr(text, "\n\n");
	bool has_length = strstr(text, "Content-Length:") != NULL;
	char *start = to;

	for (; *text; text++) {
		if (text == body && !has_length)
			to += sprintf(to, "\r\nContent-Length: %zu",
				      strlen(body + 2) + (size_t)({
					      size_t n = 0;
					      for (const char *p = body + 2; *p; p++)
						      n += *p == '\n';
					      n;
				      }));
		if (*text == '\n')
			*to++ = '\r';
		*to++ = *text;
	}
	return (size_t)(to - start);
}

void line_feed_from(const char *host, uint16_t port, const char *text)
{
	struct sip_flow flow = { .transport = line,
				 .connection = connection,
				 .local = line->bound };
	char *data = calloc(1, 2 * strlen(text) + 64);
	size_t size = wire_form(text, data);

	assert_int_equal(sip_sockaddr_parse(&flow.peer, rd_str_of(host), port), 0);
	sip_transport_received(line, &flow, data, size);
	free(data);
}

static struct sip_flow flow_from(const char *host, uint16_t port)
{
	struct sip_flow flow = { .transport = line,
				 .connection = connection,
				 .local = line->bound };

	assert_int_equal(sip_sockaddr_parse(&flow.peer, rd_str_of(host), port), 0);
	return flow;
}

void line_unreached(const char *peer, const char *message)
{
	struct rd_str port = rd_str_of(peer), host;
	uint64_t number = 0;
	char name[SIP_SOCKADDR_TEXT];
	char *data = calloc(1, 2 * strlen(message) + 64);
	struct sip_flow flow;

	assert_true(rd_str_cut(&port, ':', &host) && rd_strcpyn(name, sizeof(name), host));
	assert_int_equal(rd_str_to_u64(port, UINT16_MAX, &number), 0);
	flow = flow_from(name, (uint16_t)number);
	sip_transport_unreached(line, &flow, (struct rd_str){ data, wire_form(message, data) },
				-ECONNREFUSED);
	free(data);
}

static void feed_bytes(const struct sip_flow *flow, const char *bytes, size_t size)
{
	char *data = malloc(size + 1);

	memcpy(data, bytes, size);
	data[size] = '\0';
	sip_transport_received(line, flow, data, size);
	free(data);
}

void line_feed_raw(const char *bytes, size_t size)
{
	const struct sip_flow flow = flow_from("127.0.0.9", 5060);

	feed_bytes(&flow, bytes, size);
}

void line_feed_bytes(const char *bytes, size_t size)
{
	const struct sip_flow flow = flow_from(answering_host, answering_port);

	feed_bytes(&flow, bytes, size);
}

void line_pong(void)
{
	const struct sip_flow flow = flow_from(answering_host, answering_port);

	sip_transport_answered(line, &flow, NULL);
}

void line_feed(const char *fmt, ...)
{
	char text[16384];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	line_feed_from(answering_host, answering_port, text);
}

const char *line_take(void)
{
	static char *last;

	free(last);
	if (head != tail)
		strcpy(last_peer, peers[head % QUEUE]);
	last = head == tail ? NULL : queue[head++ % QUEUE];
	return last;
}

const char *line_peek(void)
{
	return head == tail ? "" : queue[head % QUEUE];
}

const char *line_peer(void)
{
	return last_peer;
}

void line_break(const char *peer)
{
	snprintf(broken, sizeof(broken), "%s", peer ? peer : "");
}

void line_answer_from(const char *peer)
{
	const char *text = peer ? peer : "127.0.0.2:5060";
	const char *colon = strrchr(text, ':');

	snprintf(answering_host, sizeof(answering_host), "%.*s", (int)(colon - text), text);
	answering_port = (uint16_t)atoi(colon + 1);
}

const char *line_expect(const char *start)
{
	const char *text = line_take();

	if (!text)
		fail_msg("nothing was sent, \"%s\" was expected", start);
	if (strncmp(text, start, strlen(start)) != 0)
		fail_msg("\"%s\" was expected, this was sent:\n%s", start, text);
	return text;
}

bool line_is_empty(void)
{
	return head == tail;
}

void line_expect_nothing(void)
{
	const char *text = line_take();

	if (text)
		fail_msg("nothing was expected, this was sent:\n%s", text);
}

void line_clear(void)
{
	while (line_take())
		;
}

static char *rotating(void)
{
	static char buffers[8][1024];
	static unsigned turn;

	return buffers[turn++ % 8];
}

const char *line_part(const char *text, const char *before, const char *ends)
{
	const char *at = strstr(text, before);
	char *part = rotating();

	part[0] = '\0';
	if (at) {
		at += strlen(before);
		snprintf(part, 1024, "%.*s", (int)strcspn(at, ends), at);
	}
	return part;
}

const char *line_header(const char *message, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = message; (at = strchr(at, '\n'));) {
		at++;
		if (strncasecmp(at, name, n) == 0 && at[n] == ':')
			return line_part(at, ": ", "\n");
	}
	return "";
}
