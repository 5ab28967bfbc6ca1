/* The network of ice_net.h. */
#include "tests/unit/test.h"

#include "core/media/stun.h"
#include "tests/sim/chance.h"
#include "tests/sim/ice_net.h"

struct rd__address net_address(const char *host, int port)
{
	struct rd__address address;

	assert_true(rd__address_parse(&address, host, (uint16_t)port));
	return address;
}

/* ---- datagrams ---- */

static uint32_t next_random(struct net *net)
{
	net->random = net->random * 1664525u + 1013904223u;
	return net->random >> 8;
}

static struct datagram *free_datagram(struct net *net)
{
	for (int i = 0; i < DATAGRAMS; i++)
		if (!net->datagrams[i].in_flight)
			return &net->datagrams[i];
	fail_msg("more than %d datagrams are under way", DATAGRAMS);
	return NULL;
}

void net_send(struct net *net, const struct rd__address *from, const struct rd__address *to,
	      const void *bytes, size_t size)
{
	struct datagram *datagram;

	if (net->cut || (int)(next_random(net) % 100) < net->loss_percent)
		return;
	datagram = free_datagram(net);
	datagram->in_flight = true;
	datagram->due_ms = net->now_ms + (uint64_t)net->delay_ms;
	datagram->from = *from;
	datagram->to = *to;
	datagram->size = size;
	memcpy(datagram->bytes, bytes, size);
}

/* ---- routers ---- */

/* The outside address of inside when it writes to this one, made when needed. */
static struct rd__address translate(struct side *side, const struct rd__address *inside,
				    const struct rd__address *to)
{
	struct net *net = side->net;
	struct mapping *mapping = NULL;
	struct rd__address outside = side->outside;
	bool known = false;

	for (int i = 0; i < net->mapping_count; i++) {
		mapping = &net->mappings[i];
		if (!rd__address_equal(&mapping->inside, inside))
			continue;
		if (rd__address_equal(&mapping->to, to))
			return mapping->outside;
		if (side->nat == NAT_CONE) {
			outside = mapping->outside;
			known = true;
		}
	}
	if (!known)
		rd__address_set_port(&outside, net->next_port++);
	assert_true(net->mapping_count < MAPPINGS);
	net->mappings[net->mapping_count++] = (struct mapping){ *inside, outside, *to };
	return outside;
}

/* Whom inside has written to may answer, nobody else. */
static bool let_in(struct net *net, struct datagram *datagram)
{
	for (int i = 0; i < net->mapping_count; i++) {
		struct mapping *mapping = &net->mappings[i];

		if (rd__address_equal(&mapping->outside, &datagram->to) &&
		    rd__address_equal(&mapping->to, &datagram->from)) {
			datagram->to = mapping->inside;
			return true;
		}
	}
	return false;
}

/* ---- what an agent does ---- */

static bool is_request(const uint8_t *packet)
{
	return packet[0] == 0 && packet[1] == 1;
}

static void on_send(void *arg, const struct rd__ice_candidate *local,
		    const struct rd__address *to, const void *packet, size_t size)
{
	struct side *side = arg;
	struct rd__address from = local->base;

	side->requests += is_request(packet);
	if (side->nat != NAT_NONE && local->type != RD__ICE_RELAY)
		from = translate(side, &from, to);
	net_send(side->net, &from, to, packet, size);
}

static void on_use(void *arg, int component, const struct rd__ice_candidate *local,
		   const struct rd__address *remote)
{
	struct side *side = arg;

	side->uses++;
	side->used[component - 1] = remote ? *remote : (struct rd__address){ .size = 0 };
	if (local)
		side->used_type = local->type;
}

static void on_change(void *arg, enum rd__ice_state state)
{
	struct side *side = arg;

	assert_true(side->state_count < (int)RD_ARRAY_SIZE(side->states));
	side->states[side->state_count++] = state;
}

/* ---- sides ---- */

static int add_local(struct side *side, enum rd__ice_type type, int component,
		     const struct rd__address *address, const struct rd__address *base)
{
	struct rd__ice_candidate candidate = { .type = type,
					       .component = (uint8_t)component,
					       .address = *address,
					       .base = *base };
	struct rd__address server = net_address("198.51.100.99", 3478);

	return rd__ice_add_local(side->ice, &candidate, type == RD__ICE_HOST ? NULL : &server);
}

static void side_begin(struct net *net, struct side *side, const struct net_side_options *options)
{
	static const struct rd__ice_ops ops = { on_send, on_use, on_change };
	int components = options->components ? options->components : 1;
	struct rd__ice_options agent = { options->controlling, options->lite, components };

	side->net = net;
	side->nat = options->nat;
	side->relay_index = -1;
	assert_int_equal(rd__ice_new(&side->ice, &agent, &ops, side), 0);
	for (int i = 0; i < components; i++) {
		side->host[i] = net_address(options->host, 10000 + i);
		side->host_index[i] = add_local(side, RD__ICE_HOST, i + 1, &side->host[i],
						&side->host[i]);
	}
	if (options->outside)
		side->outside = net_address(options->outside, 0);
	if (!options->relay)
		return;
	side->relay = net_address(options->relay, 50000);
	side->relay_index = add_local(side, RD__ICE_RELAY, 1, &side->relay, &side->relay);
}

void net_gather(struct side *side)
{
	struct rd__address server = net_address("198.51.100.99", 3478);
	struct rd__address seen = translate(side, &side->host[0], &server);

	add_local(side, RD__ICE_SRFLX, 1, &seen, &side->host[0]);
}

void net_begin(struct net *net, const struct net_side_options *a,
	       const struct net_side_options *b)
{
	memset(net, 0, sizeof(*net));
	net->now_ms = 1000;
	net->random = 7;
	chance_begin(7); /* the agents' intervals and names */
	net->delay_ms = 10;
	net->next_port = 20000;
	side_begin(net, &net->a, a);
	side_begin(net, &net->b, b);
}

void net_end(struct net *net)
{
	rd__ice_free(net->a.ice);
	rd__ice_free(net->b.ice);
}

void net_tell_candidates(struct side *from, struct side *to)
{
	for (int i = 0; i < rd__ice_local_count(from->ice); i++)
		rd__ice_add_remote(to->ice, rd__ice_local(from->ice, i));
}

void net_tell(struct side *from, struct side *to)
{
	int rc = rd__ice_set_remote(to->ice, rd_str_of(rd__ice_ufrag(from->ice)),
				    rd_str_of(rd__ice_pwd(from->ice)), false,
				    to->net->now_ms);

	assert_int_equal(rc, 0);
	net_tell_candidates(from, to);
}

/* ---- time ---- */

static bool hand_to(struct side *side, const struct datagram *datagram)
{
	int index = -1;

	for (int i = 0; i < 2; i++)
		if (side->host[i].size && rd__address_equal(&datagram->to, &side->host[i]))
			index = side->host_index[i];
	if (side->relay_index >= 0 && rd__address_equal(&datagram->to, &side->relay))
		index = side->relay_index;
	if (index < 0)
		return false;
	rd__ice_receive(side->ice, index, &datagram->from, datagram->bytes, datagram->size,
			side->net->now_ms);
	return true;
}

/* A private address is not reached from outside of its router. */
static bool is_hidden(const struct side *side, const struct datagram *datagram)
{
	return side->nat != NAT_NONE && rd__address_same_host(&datagram->to, &side->host[0]);
}

static void deliver(struct net *net, struct datagram *slot)
{
	struct datagram datagram = *slot; /* its place may be taken by an answer */

	slot->in_flight = false;
	if (net->cut || is_hidden(&net->a, &datagram) || is_hidden(&net->b, &datagram))
		return;
	let_in(net, &datagram);
	if (!hand_to(&net->a, &datagram))
		hand_to(&net->b, &datagram);
}

static void step(struct net *net)
{
	struct side *sides[] = { &net->a, &net->b };

	for (int i = 0; i < DATAGRAMS; i++)
		if (net->datagrams[i].in_flight && net->datagrams[i].due_ms <= net->now_ms)
			deliver(net, &net->datagrams[i]);
	for (int i = 0; i < 2; i++) {
		for (int n = 0; n < 3 && rd__ice_due(sides[i]->ice) <= net->now_ms; n++)
			rd__ice_tick(sides[i]->ice, net->now_ms);
		/* What was due is done: nobody spins. */
		assert_true(rd__ice_due(sides[i]->ice) > net->now_ms);
	}
	net->now_ms++;
}

void net_run(struct net *net, uint64_t ms)
{
	for (uint64_t end = net->now_ms + ms; net->now_ms < end;)
		step(net);
}

int net_run_until_completed(struct net *net, int limit_ms)
{
	for (int ms = 0; ms < limit_ms; ms++) {
		if (rd__ice_state(net->a.ice) == RD__ICE_COMPLETED &&
		    rd__ice_state(net->b.ice) == RD__ICE_COMPLETED)
			return ms;
		step(net);
	}
	return -1;
}
