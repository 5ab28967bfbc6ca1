/* The client of STUN and TURN servers, against a server of a few lines. */
#include "tests/unit/test.h"

#include "core/media/turn.h"

#define USER	 "exchange"
#define PASSWORD "s3cret"

static const uint8_t hello[] = "hello";

static struct rd__turn *turn;
static uint64_t now;

/* The server: what it got last, and how it behaves. */
static struct {
	uint8_t packet[RD__STUN_MAX];
	size_t size;
	int requests, allocations, refreshes, binds, permissions, gave_back;
	const char *nonce, *password;
	bool silent, busy, forged;
	uint32_t lifetime;
} server;

/* The client's report. */
static struct {
	int ready_count, rc, lost, bound_count;
	struct rd__address mapped, relayed, bound_peer, peer;
	uint16_t channel;
	uint8_t data[64];
	size_t data_size;
} seen;

static struct rd__address at(const char *host, int port)
{
	struct rd__address address;

	assert_true(rd__address_parse(&address, host, (uint16_t)port));
	return address;
}

static void assert_address(const struct rd__address *address, const char *wanted)
{
	char text[RD__ADDRESS_TEXT];

	assert_string_equal(rd__address_print(address, text), wanted);
}

/* ---- the server ---- */

static uint8_t key[RD__STUN_KEY];

static struct rd_str server_key(void)
{
	size_t n = rd__stun_long_term_key(key, false, RD_STR(USER), RD_STR("example.org"),
					  rd_str_of(server.password));

	return (struct rd_str){ (const char *)key, n };
}

static void finish(struct rd__stun_out *out, bool sign)
{
	if (sign)
		rd__stun_sign(out, RD__STUN_SHA1,
			      server.forged ? RD_STR("another key") : server_key());
	rd__stun_put_fingerprint(out);
	assert_true(rd__turn_receive(turn, out->packet, rd__stun_end(out), now));
}

static void refuse(const struct rd__stun *stun, int code)
{
	uint8_t packet[RD__STUN_MAX];
	struct rd__stun_out out;

	rd__stun_begin(&out, packet, sizeof(packet), stun->method, RD__STUN_ERROR, stun->id);
	rd__stun_put_error(&out, code);
	if (code == 401 || code == 438) {
		rd__stun_put_str(&out, RD__STUN_REALM, RD_STR("example.org"));
		rd__stun_put_str(&out, RD__STUN_NONCE, rd_str_of(server.nonce));
	}
	finish(&out, code == 437);
}

static void agree(const struct rd__stun *stun)
{
	struct rd__address mapped = at("198.51.100.7", 1234), relayed = at("203.0.113.5", 50000);
	uint8_t packet[RD__STUN_MAX];
	struct rd__stun_out out;

	rd__stun_begin(&out, packet, sizeof(packet), stun->method, RD__STUN_SUCCESS, stun->id);
	if (stun->method == RD__STUN_BINDING || stun->method == RD__STUN_ALLOCATE)
		rd__stun_put_address(&out, RD__STUN_XOR_MAPPED_ADDRESS, &mapped);
	if (stun->method == RD__STUN_ALLOCATE)
		rd__stun_put_address(&out, RD__STUN_XOR_RELAYED_ADDRESS, &relayed);
	if (stun->method == RD__STUN_ALLOCATE || stun->method == RD__STUN_REFRESH)
		rd__stun_put32(&out, RD__STUN_LIFETIME, server.lifetime);
	finish(&out, stun->method != RD__STUN_BINDING);
}

/* 0, or why not. */
static int judge(const struct rd__stun *stun)
{
	struct rd_str nonce = rd__stun_get(stun, RD__STUN_NONCE);
	uint32_t lifetime = 1;

	if (!rd__stun_get(stun, RD__STUN_USERNAME).p ||
	    !rd__stun_verify(stun, RD__STUN_SHA1, server_key()))
		return 401;
	if (!rd_str_eq(nonce, rd_str_of(server.nonce)))
		return 438;
	rd__stun_get32(stun, RD__STUN_LIFETIME, &lifetime);
	if (stun->method == RD__STUN_REFRESH && lifetime == 0) {
		server.gave_back++;
		server.busy = false;
	}
	return stun->method == RD__STUN_ALLOCATE && server.busy ? 437 : 0;
}

static void count(unsigned method)
{
	server.allocations += method == RD__STUN_ALLOCATE;
	server.refreshes += method == RD__STUN_REFRESH;
	server.binds += method == RD__STUN_CHANNEL_BIND;
	server.permissions += method == RD__STUN_CREATE_PERMISSION;
}

/* Answer what has come, and what comes of that. */
static void serve(void)
{
	while (server.size && !server.silent) {
		struct rd__stun stun;
		uint8_t packet[RD__STUN_MAX];
		size_t size = server.size;
		int code;

		memcpy(packet, server.packet, size);
		if (!rd__stun_parse(&stun, packet, size) || stun.class != RD__STUN_REQUEST)
			return;
		server.size = 0;
		code = stun.method == RD__STUN_BINDING ? 0 : judge(&stun);
		if (code) {
			refuse(&stun, code);
			continue;
		}
		count(stun.method);
		agree(&stun);
	}
}

/* ---- the client's side ---- */

static void on_send(void *arg, const void *packet, size_t size)
{
	(void)arg;
	server.requests++;
	server.size = size;
	memcpy(server.packet, packet, size);
}

static void on_ready(void *arg, int rc, const struct rd__address *mapped,
		     const struct rd__address *relayed)
{
	(void)arg;
	seen.ready_count++;
	seen.rc = rc;
	if (mapped)
		seen.mapped = *mapped;
	if (relayed)
		seen.relayed = *relayed;
}

static void on_received(void *arg, const struct rd__address *peer, const uint8_t *packet,
			size_t size)
{
	(void)arg;
	seen.peer = *peer;
	seen.data_size = size;
	memcpy(seen.data, packet, size);
}

static void on_bound(void *arg, const struct rd__address *peer, uint16_t channel)
{
	(void)arg;
	seen.bound_count++;
	seen.bound_peer = *peer;
	seen.channel = channel;
}

static void on_lost(void *arg)
{
	(void)arg;
	seen.lost++;
}

static void begin_by(bool relay, bool reliable)
{
	static const struct rd__turn_ops ops = { on_send, on_ready, on_received, on_bound,
						 on_lost };
	struct rd__turn_options options = { relay, USER, PASSWORD, reliable };

	memset(&server, 0, sizeof(server));
	memset(&seen, 0, sizeof(seen));
	server.nonce = "first";
	server.password = PASSWORD;
	server.lifetime = 600;
	now = 1000;
	assert_int_equal(rd__turn_new(&turn, &options, &ops, NULL), 0);
}

static void begin(bool relay)
{
	begin_by(relay, false);
}

static void tick(void)
{
	rd__turn_tick(turn, now);
	serve();
}

static void pass(uint64_t ms)
{
	for (uint64_t end = now + ms; now < end; now += 100)
		if (rd__turn_due(turn) <= now)
			tick();
}

static void allocate(void)
{
	begin(true);
	tick();
	assert_int_equal(seen.ready_count, 1);
	assert_int_equal(seen.rc, 0);
}

static void end(void)
{
	server.silent = false;
	rd__turn_free(turn);
	turn = NULL;
}

/* ---- */

static void a_stun_server_says_what_our_address_is(void **state)
{
	(void)state;
	begin(false);
	assert_int_equal(rd__turn_due(turn), 0);
	tick();
	assert_int_equal(seen.rc, 0);
	assert_address(&seen.mapped, "198.51.100.7:1234");
	assert_int_equal(seen.relayed.size, 0);
	assert_int_equal(rd__turn_due(turn), UINT64_MAX);
	end();
}

static void a_relayed_address_is_had_after_the_challenge(void **state)
{
	(void)state;
	allocate();
	assert_address(&seen.mapped, "198.51.100.7:1234");
	assert_address(&seen.relayed, "203.0.113.5:50000");
	assert_int_equal(server.requests, 2);
	end();
}

static void a_wrong_password_is_tried_once(void **state)
{
	(void)state;
	begin(true);
	server.password = "another";
	tick();
	assert_int_equal(seen.rc, -EACCES);
	assert_int_equal(server.requests, 2);
	assert_int_equal(rd__turn_due(turn), UINT64_MAX);
	end();
}

static void a_silent_server_is_given_up(void **state)
{
	(void)state;
	begin(true);
	server.silent = true;
	pass(20000);
	assert_int_equal(seen.ready_count, 0);
	assert_int_equal(server.requests, 6);
	pass(15000);
	assert_int_equal(seen.rc, -ETIMEDOUT);
	assert_int_equal(server.requests, 6);
	end();
}

static void an_allocation_is_refreshed_before_it_ends(void **state)
{
	(void)state;
	allocate();
	pass(539000);
	assert_int_equal(server.refreshes, 0);
	pass(2000);
	assert_int_equal(server.refreshes, 1);
	server.nonce = "second"; /* the first one has gone stale */
	pass(600000);
	assert_int_equal(server.refreshes, 2);
	assert_int_equal(seen.lost, 0);
	end();
}

static void an_allocation_that_cannot_be_refreshed_is_lost(void **state)
{
	(void)state;
	allocate();
	server.silent = true;
	pass(600000);
	assert_int_equal(seen.lost, 1);
	assert_int_equal(rd__turn_due(turn), UINT64_MAX);
	end();
}

static void what_was_taken_is_given_back(void **state)
{
	struct rd__stun stun;
	uint32_t lifetime = 1;

	(void)state;
	allocate();
	end();
	assert_true(rd__stun_parse(&stun, server.packet, server.size));
	assert_int_equal(stun.method, RD__STUN_REFRESH);
	assert_true(rd__stun_get32(&stun, RD__STUN_LIFETIME, &lifetime));
	assert_int_equal(lifetime, 0);
	assert_true(rd__stun_verify(&stun, RD__STUN_SHA1, server_key()));
}

static void what_a_former_user_of_the_port_left_is_cleared(void **state)
{
	(void)state;
	begin(true);
	server.busy = true;
	tick();
	assert_int_equal(seen.rc, 0);
	assert_int_equal(server.gave_back, 1);
	assert_int_equal(server.allocations, 1);
	end();
}

static void an_answer_of_somebody_else_changes_nothing(void **state)
{
	(void)state;
	begin(true);
	server.forged = true;
	tick();
	assert_int_equal(seen.ready_count, 0);
	server.forged = false;
	pass(1000);
	assert_int_equal(seen.rc, 0);
	end();
}

static void packets_to_a_peer_are_permitted_first(void **state)
{
	struct rd__address peer = at("192.0.2.77", 7000), told;
	struct rd__stun stun;

	(void)state;
	allocate();
	rd__turn_send(turn, &peer, hello, 5, now);
	/* The request for permission came first, then the packet. */
	assert_true(rd__stun_parse(&stun, server.packet, server.size));
	assert_int_equal(stun.method, RD__STUN_SEND);
	assert_int_equal(stun.class, RD__STUN_INDICATION);
	assert_true(rd__stun_get_address(&stun, RD__STUN_XOR_PEER_ADDRESS, &told));
	assert_true(rd__address_equal(&told, &peer));
	assert_memory_equal(rd__stun_get(&stun, RD__STUN_DATA).p, hello, 5);
	pass(1000); /* the request is repeated, since the fake server only reads the last one */
	assert_int_equal(server.permissions, 1);
	pass(300000);
	assert_int_equal(server.permissions, 2);
	end();
}

static void a_peers_packet_comes_as_an_indication(void **state)
{
	struct rd__address peer = at("2001:db8::5", 9);
	uint8_t packet[RD__STUN_MAX];
	struct rd__stun_out out;

	(void)state;
	allocate();
	rd__stun_begin(&out, packet, sizeof(packet), RD__STUN_DATA_METHOD, RD__STUN_INDICATION,
		       NULL);
	rd__stun_put_address(&out, RD__STUN_XOR_PEER_ADDRESS, &peer);
	rd__stun_put(&out, RD__STUN_DATA, hello, 5);
	assert_true(rd__turn_receive(turn, packet, rd__stun_end(&out), now));
	assert_int_equal(seen.data_size, 5);
	assert_true(rd__address_equal(&seen.peer, &peer));
	end();
}

static void a_channel_saves_the_envelope(void **state)
{
	struct rd__address peer = at("192.0.2.77", 7000);
	uint8_t packet[RD__CHANNEL_HEADER + 8];

	(void)state;
	allocate();
	rd__turn_bind(turn, &peer, now);
	serve();
	assert_int_equal(server.binds, 1);
	assert_int_equal(seen.channel, RD__CHANNEL_FIRST);
	assert_true(rd__address_equal(&seen.bound_peer, &peer));
	rd__turn_send(turn, &peer, hello, 5, now);
	assert_int_equal(server.size, RD__CHANNEL_HEADER + 5);
	assert_memory_equal(server.packet, "\x40\x00\x00\x05hello", 9);
	rd__channel_print(packet, seen.channel, 5);
	memcpy(packet + RD__CHANNEL_HEADER, hello, 5);
	assert_true(rd__turn_receive(turn, packet, sizeof(packet), now)); /* padded */
	assert_int_equal(seen.data_size, 5);
	assert_true(rd__address_equal(&seen.peer, &peer));
	server.size = 0;
	pass(700000);
	assert_in_range(server.binds, 3, 4);
	assert_int_equal(seen.bound_count, 1);
	end();
}

static void channels_that_lie_are_none(void **state)
{
	const uint8_t short_one[] = { 0x40, 0, 0, 5, 1, 2, 3, 4 };
	const uint8_t strange[] = { 0x50, 0, 0, 1, 1 };
	const uint8_t *payload;
	uint16_t channel;
	size_t size;

	(void)state;
	assert_false(rd__channel_parse(short_one, sizeof(short_one), &channel, &payload, &size));
	assert_false(rd__channel_parse(strange, sizeof(strange), &channel, &payload, &size));
	assert_false(rd__channel_parse(short_one, 3, &channel, &payload, &size));
	allocate();
	seen.data_size = 0;
	/* One that nobody bound. */
	assert_true(rd__turn_receive(turn, (const uint8_t[]){ 0x40, 9, 0, 1, 1 }, 5, now));
	assert_int_equal(seen.data_size, 0);
	end();
}

static void by_a_connection_nothing_is_asked_twice(void **state)
{
	(void)state;
	begin_by(true, true);
	server.silent = true;
	tick();
	pass(39000);
	assert_int_equal(server.requests, 1);
	assert_int_equal(seen.ready_count, 0);
	pass(1000);
	assert_int_equal(seen.rc, -ETIMEDOUT);
	end();
}

static void a_connection_that_breaks_takes_the_relay_along(void **state)
{
	(void)state;
	allocate();
	rd__turn_broken(turn);
	assert_int_equal(seen.lost, 1);
	rd__turn_broken(turn);
	assert_int_equal(seen.lost, 1);
	assert_int_equal(rd__turn_due(turn), UINT64_MAX);
	end();
	begin_by(true, true);
	server.silent = true;
	tick();
	rd__turn_broken(turn);
	assert_int_equal(seen.rc, -ECONNRESET);
	end();
}

static void credentials_must_fit(void **state)
{
	char much[RD__TURN_CREDENTIAL + 2];
	static const struct rd__turn_ops ops = { .send = on_send };
	struct rd__turn_options options = { .relay = true, .user = much, .password = PASSWORD };

	(void)state;
	memset(much, 'x', sizeof(much) - 1);
	much[sizeof(much) - 1] = '\0';
	assert_int_equal(rd__turn_new(&turn, &options, &ops, NULL), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stun_server_says_what_our_address_is),
		cmocka_unit_test(a_relayed_address_is_had_after_the_challenge),
		cmocka_unit_test(a_wrong_password_is_tried_once),
		cmocka_unit_test(a_silent_server_is_given_up),
		cmocka_unit_test(an_allocation_is_refreshed_before_it_ends),
		cmocka_unit_test(an_allocation_that_cannot_be_refreshed_is_lost),
		cmocka_unit_test(what_was_taken_is_given_back),
		cmocka_unit_test(what_a_former_user_of_the_port_left_is_cleared),
		cmocka_unit_test(an_answer_of_somebody_else_changes_nothing),
		cmocka_unit_test(packets_to_a_peer_are_permitted_first),
		cmocka_unit_test(a_peers_packet_comes_as_an_indication),
		cmocka_unit_test(a_channel_saves_the_envelope),
		cmocka_unit_test(channels_that_lie_are_none),
		cmocka_unit_test(by_a_connection_nothing_is_asked_twice),
		cmocka_unit_test(a_connection_that_breaks_takes_the_relay_along),
		cmocka_unit_test(credentials_must_fit),
	};

	return RUN_GROUP(tests);
}
