/* A transport without a network, for tests of what stands above it: keeps what
 * is sent, brings in what the test writes, fails when told to. */
#ifndef TESTS_UNIT_SIP_WIRE_H
#define TESTS_UNIT_SIP_WIRE_H

#include "tests/unit/sip_text.h"

#include "channels/sip/transaction/transaction.h"
#include "channels/sip/transport/implementation.h"

enum { WIRE_LIMIT = 64, WIRE_SIZE = 4096 };

struct sip_wire {
	struct sip_transports *transports;
	struct sip_transport *transport;
	struct sip_transactions *layer; /* NULL without wire_open_layer() */
	struct sip_flow flow; /* 10.0.0.1:5060 to 10.0.0.2:5062 */
	int fail;	      /* what send returns, 0: all is well */
	uint16_t alias;	      /* that the peer has told */
	uint64_t connection;  /* the one that stands, 0: a wire of datagrams */
	unsigned count;	      /* messages sent since wire_clear() */
	char sent[WIRE_LIMIT][WIRE_SIZE];
	union sip_sockaddr sent_to;
};

static inline int wire_send(struct sip_transport *transport, const struct sip_flow *flow,
			    const char *data, size_t size)
{
	struct sip_wire *wire = transport->impl;

	if (wire->fail)
		return wire->fail;
	if (flow->connection != wire->connection)
		return -ENOTCONN;
	assert_true(wire->count < WIRE_LIMIT && size < WIRE_SIZE);
	memcpy(wire->sent[wire->count], data, size);
	wire->sent[wire->count++][size] = '\0';
	wire->sent_to = flow->peer;
	return 0;
}

static inline int wire_route(struct sip_transport *transport, struct sip_flow *flow)
{
	flow->local = transport->bound;
	return 0;
}

static inline int wire_connect(struct sip_transport *transport, struct sip_flow *flow,
			       struct rd_str name)
{
	struct sip_wire *wire = transport->impl;

	(void)name;
	flow->connection = wire->connection;
	return wire_route(transport, flow);
}

static inline void wire_alias(struct sip_transport *transport, const struct sip_flow *flow,
			      uint16_t port)
{
	struct sip_wire *wire = transport->impl;

	(void)flow;
	wire->alias = port;
}

static inline bool wire_alive(struct sip_transport *transport, const struct sip_flow *flow)
{
	return flow->connection == ((struct sip_wire *)transport->impl)->connection;
}

static inline void wire_close(struct sip_transport *transport)
{
	(void)transport;
}

static inline int wire_open(struct sip_wire *wire, bool reliable)
{
	static const struct sip_transport_ops ops = { .send = wire_send,
						      .route = wire_route,
						      .close = wire_close,
						      .connect = wire_connect,
						      .alive = wire_alive,
						      .alias = wire_alias };
	struct sip_transport *transport;
	union sip_sockaddr peer;
	int rc;

	memset(wire, 0, sizeof(*wire));
	wire->connection = reliable;
	rc = sip_transports_new(&wire->transports);
	if (rc)
		return rc;
	transport = rd_zalloc(sizeof(*transport));
	if (!transport) {
		sip_transports_free(wire->transports);
		wire->transports = NULL;
		return -ENOMEM;
	}
	rd_strcpy(transport->name, sizeof(transport->name), "wire");
	transport->protocol = reliable ? SIP_TCP : SIP_UDP;
	transport->reliable = reliable;
	transport->ops = &ops;
	transport->impl = wire;
	sip_sockaddr_parse(&transport->bound, RD_STR("10.0.0.1"), 5060);
	sip_transports_add_take(wire->transports, transport);
	wire->transport = transport;
	sip_sockaddr_parse(&peer, RD_STR("10.0.0.2"), 5062);
	return sip_flow_open(&wire->flow, transport, &peer);
}

/* The connection breaks; the next one to be opened stands. */
static inline void wire_break(struct sip_wire *wire, int rc)
{
	struct sip_flow flow = wire->flow;

	wire->connection++;
	sip_transport_lost(wire->transport, &flow, rc);
}

/* The wire, and transactions above it. */
static inline int wire_open_layer(struct sip_wire *wire, bool reliable, const struct sip_core *core)
{
	int rc = wire_open(wire, reliable);

	return rc ? rc : sip_transactions_new(&wire->layer, wire->transports, core, NULL, NULL);
}

/* Also of what could be opened by half only. */
static inline void wire_fini(struct sip_wire *wire)
{
	sip_transactions_free(wire->layer);
	sip_transports_free(wire->transports);
}

static inline void wire_clear(struct sip_wire *wire)
{
	wire->count = 0;
}

/* text comes in from the peer. */
static inline void wire_receive(struct sip_wire *wire, const char *text)
{
	char data[WIRE_SIZE];
	size_t size = strlen(text);

	assert_true(size < sizeof(data));
	memcpy(data, text, size);
	sip_transport_received(wire->transport, &wire->flow, data, size);
}

/* The n-th message sent starts like this. */
#define assert_sent(wire, n, start)                                            \
	do {                                                                   \
		assert_true((wire)->count > (n));                              \
		if (strncmp((wire)->sent[n], start, strlen(start)))            \
			fail_msg("sent %u: %s", (unsigned)(n), (wire)->sent[n]); \
	} while (0)

/* The line "Name: ..." of a message, without its end; "" when it has none. */
static inline const char *wire_line(const char *message, const char *name)
{
	static char line[WIRE_SIZE];
	const char *at = strstr(message, name);
	size_t n = at ? strcspn(at, "\r\n") : 0;

	memcpy(line, at ? at : "", n);
	line[n] = '\0';
	return line;
}

#endif
