/* The guard: whom it hinders, for how long, and whom never. */
#include "tests/unit/test.h"

#include "channels/sip/guard/guard.h"
#include "tests/unit/virtual_clock.h"

static struct sip_guard *guard;
static struct sip_transport udp, tcp;
static struct sip_guard_policy policy;
static struct sip_flow phone, other, far;

static struct sip_flow flow_from(const char *host, uint16_t port)
{
	struct sip_flow flow = { .transport = &udp };

	assert_int_equal(sip_sockaddr_parse(&flow.peer, rd_str_of(host), port), 0);
	return flow;
}

/* Of 2001:db8:0:2::/64 the first address, too. */
static enum sip_guard_exempt is_far(void *arg, const union sip_sockaddr *address)
{
	static const uint8_t network[8] = { 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 2 };
	const uint8_t *bytes = address->in6.sin6_addr.s6_addr;

	(void)arg;
	if (sip_sockaddr_same_host(address, &far.peer))
		return SIP_GUARD_ALL;
	if (address->sa.sa_family != AF_INET6 || memcmp(bytes, network, sizeof(network)) != 0)
		return SIP_GUARD_NONE;
	return bytes[15] ? SIP_GUARD_SOME : SIP_GUARD_HOST;
}

static int setup(void **state)
{
	(void)state;
	policy = (struct sip_guard_policy){ .on = true,
					    .rate = 10,
					    .burst = 20,
					    .failures = 5,
					    .probes = 10,
					    .ban_ms = 60000,
					    .exempt = is_far };
	tcp.reliable = true;
	phone = flow_from("192.0.2.1", 5060);
	other = flow_from("192.0.2.1", 5070);
	far = flow_from("198.51.100.1", 5060);
	assert_int_equal(sip_guard_new(&guard), 0);
	sip_guard_set_policy(guard, &policy);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sip_guard_free(guard);
	return 0;
}

static bool passes(const struct sip_flow *flow)
{
	return sip_guard_receive(guard, flow, 400) && !sip_guard_doubts(guard, flow);
}

static void fail_times(const struct sip_flow *flow, int times)
{
	while (times--)
		sip_guard_failed(guard, &flow->peer);
}

static void count_ban(void *arg, const struct sip_ban *ban)
{
	(void)ban;
	++*(unsigned *)arg;
}

static unsigned bans(void)
{
	unsigned count = 0;

	sip_guard_each_ban(guard, count_ban, &count);
	return count;
}

static void who_guesses_is_banned_and_released(void **state)
{
	(void)state;
	fail_times(&phone, 5);
	assert_true(passes(&phone));
	fail_times(&phone, 1);
	assert_false(passes(&phone));
	assert_int_equal(bans(), 1);
	clock_advance(59000);
	assert_false(passes(&phone));
	clock_advance(1500);
	assert_true(passes(&phone));
	assert_int_equal(bans(), 0);
}

static void the_next_ban_is_twice_as_long(void **state)
{
	(void)state;
	fail_times(&phone, 6);
	clock_advance(61000);
	fail_times(&phone, 6);
	clock_advance(61000);
	assert_false(passes(&phone));
	clock_advance(61000);
	assert_true(passes(&phone));
}

/* A phone that tries its wrong password every twenty seconds. */
static void slow_failures_are_forgotten(void **state)
{
	(void)state;
	for (int i = 0; i < 200; i++) {
		clock_advance(20000);
		fail_times(&phone, 1);
	}
	assert_true(passes(&phone));
}

static void a_ban_spares_the_phones_that_authenticated(void **state)
{
	(void)state;
	sip_guard_trust(guard, &phone.peer);
	fail_times(&other, 25);
	assert_true(passes(&other));
	fail_times(&other, 1);
	assert_false(passes(&other));
	assert_true(passes(&phone));
	/* Trust ends when it has not been seen for long. */
	clock_advance(7200001);
	fail_times(&other, 26);
	assert_false(passes(&phone));
}

/* One password of ours is no way to those of the others. */
static void who_has_authenticated_and_guesses_shares_the_ban(void **state)
{
	(void)state;
	sip_guard_trust(guard, &phone.peer);
	sip_guard_trust(guard, &other.peer);
	fail_times(&phone, 25);
	assert_true(passes(&phone));
	fail_times(&phone, 1);
	assert_false(passes(&phone));
	assert_true(passes(&other)); /* who worked goes on */
	clock_advance(61000);
	assert_true(passes(&phone));
	assert_true(sip_guard_trusts(guard, &other));
	assert_false(sip_guard_trusts(guard, &phone));
}

/* Nor are many flows, prepared before, so many ways. */
static void while_its_address_is_banned_a_flow_has_one_guess(void **state)
{
	(void)state;
	sip_guard_trust(guard, &phone.peer);
	fail_times(&other, 26);
	assert_true(passes(&phone));
	fail_times(&phone, 1);
	assert_false(passes(&phone));
}

/* Longer than a password: who is known has a week. */
static void a_password_does_not_shorten_what_is_proven(void **state)
{
	(void)state;
	sip_guard_proven(guard, &far.peer);
	sip_guard_trust(guard, &far.peer);
	clock_advance(7200001);
	assert_true(sip_guard_is_proven(guard, &far));
}

/* One phone with a wrong password every two seconds, in an office with others. */
static void an_office_bears_a_phone_that_never_learns(void **state)
{
	(void)state;
	sip_guard_trust(guard, &phone.peer);
	for (int i = 0; i < 1000; i++) {
		clock_advance(2000);
		fail_times(&other, 1);
	}
	assert_true(passes(&other));
}

static void who_asks_and_never_answers_is_banned(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++)
		sip_guard_challenged(guard, &phone);
	assert_true(passes(&phone));
	sip_guard_challenged(guard, &phone);
	assert_false(passes(&phone));
	assert_false(passes(&other));
}

static void a_flood_is_cut_and_then_banned(void **state)
{
	int passed = 0;

	(void)state;
	for (int i = 0; i < 30; i++)
		passed += passes(&phone);
	assert_int_equal(passed, 20);
	assert_int_equal(bans(), 0);
	/* What was dropped does not count: so many in a second pass. */
	for (int s = 0; s < 10; s++) {
		clock_advance(1000);
		passed = 0;
		for (int i = 0; i < 15; i++)
			passed += passes(&phone);
		assert_int_equal(passed, 10);
	}
	assert_int_equal(bans(), 0);
	clock_advance(3000);
	assert_true(passes(&phone));
	for (int i = 0; i < 60; i++)
		passes(&phone);
	assert_int_equal(bans(), 1);
	assert_true(passes(&far));
}

/* By a connection nothing is sent twice: there is an answer. */
static void what_is_too_much_by_a_connection_is_refused(void **state)
{
	struct sip_flow line = phone;

	(void)state;
	line.transport = &tcp;
	for (int i = 0; i < 20; i++)
		assert_true(passes(&line) && !sip_guard_slows(guard, &line));
	for (int i = 0; i < 20; i++)
		assert_true(passes(&line) && sip_guard_slows(guard, &line));
	assert_false(passes(&line));
	assert_int_equal(bans(), 1);
	clock_advance(60000);
	assert_true(passes(&line) && !sip_guard_slows(guard, &line));
}

static void without_the_guard_nobody_is_slowed(void **state)
{
	const struct sip_guard_policy off = { .rate = 10, .burst = 20, .ban_ms = 60000 };
	struct sip_flow line = phone;

	(void)state;
	line.transport = &tcp;
	for (int i = 0; i < 21; i++)
		assert_true(passes(&line));
	assert_true(sip_guard_slows(guard, &line));
	sip_guard_set_policy(guard, &off);
	assert_true(passes(&line) && !sip_guard_slows(guard, &line));
}

static void who_is_exempt_is_never_hindered(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++) {
		assert_true(passes(&far));
		sip_guard_failed(guard, &far.peer);
		sip_guard_challenged(guard, &far);
	}
	assert_true(sip_guard_scanner(guard, &far));
	assert_true(passes(&far));
}

/* Whoever of them was there first. */
static void an_exempt_address_is_so_alone(void **state)
{
	struct sip_flow exempt = flow_from("2001:db8:0:2::", 5060);
	struct sip_flow near = flow_from("2001:db8:0:2::1", 5060);

	(void)state;
	assert_true(passes(&exempt));
	sip_guard_proven(guard, &near.peer);
	fail_times(&exempt, 100);
	assert_true(passes(&exempt));
	assert_true(passes(&near));
	fail_times(&near, 6);
	assert_false(passes(&near));
	assert_true(passes(&exempt));
	assert_true(sip_guard_scanner(guard, &exempt));
	assert_false(sip_guard_scanner(guard, &near));
}

/* A reload may make it so. */
static void who_is_exempt_alone_may_change(void **state)
{
	struct sip_flow exempt = flow_from("2001:db8:0:2::", 5060);
	struct sip_flow near = flow_from("2001:db8:0:2::1", 5060);

	(void)state;
	policy.exempt = NULL;
	sip_guard_set_policy(guard, &policy);
	fail_times(&near, 6);
	assert_false(passes(&exempt));
	policy.exempt = is_far;
	sip_guard_set_policy(guard, &policy);
	assert_true(passes(&exempt));
	assert_false(passes(&near));
	policy.exempt = NULL;
	sip_guard_set_policy(guard, &policy);
	assert_false(passes(&exempt));
}

/* Their addresses are those that are worth forging. */
static void who_is_exempt_must_show_that_it_receives(void **state)
{
	(void)state;
	assert_true(passes(&far));
	assert_false(sip_guard_send(guard, &far, 401, 0));
	assert_false(sip_guard_send(guard, &far, 300, 200));
	assert_true(sip_guard_send(guard, &far, 300, 100));
	assert_int_equal(sip_guard_credit(guard, &far.peer), 100);
	sip_guard_proven(guard, &far.peer);
	assert_true(sip_guard_send(guard, &far, 100000, 0));
	clock_advance(6 * 86400000);
	assert_true(sip_guard_is_proven(guard, &far));
	clock_advance(2 * 86400000);
	assert_false(sip_guard_is_proven(guard, &far));
}

static void nobody_is_asked_twice_at_once(void **state)
{
	(void)state;
	assert_false(sip_guard_ask(guard, &far, 300));
	assert_true(passes(&far));
	assert_true(sip_guard_ask(guard, &far, 300));
	assert_true(passes(&far));
	assert_false(sip_guard_ask(guard, &far, 300));
	clock_advance(5000);
	assert_true(sip_guard_ask(guard, &far, 300));
}

static void a_scanner_is_banned_at_once(void **state)
{
	(void)state;
	assert_false(sip_guard_scanner(guard, &phone));
	assert_false(passes(&phone));
	sip_guard_trust(guard, &other.peer);
	assert_true(sip_guard_scanner(guard, &other));
}

/* What brought the ban may have been sent by another. */
static void who_receives_is_acquitted(void **state)
{
	(void)state;
	sip_guard_scanner(guard, &phone);
	assert_true(sip_guard_receive(guard, &phone, 400));
	assert_true(sip_guard_doubts(guard, &phone));
	sip_guard_proven(guard, &phone.peer);
	assert_int_equal(bans(), 0);
	assert_true(passes(&phone));
	/* Nor is it banned again for what anybody can do. */
	assert_false(sip_guard_scanner(guard, &phone));
	for (int i = 0; i < 100; i++) {
		sip_guard_challenged(guard, &phone);
		sip_guard_receive(guard, &phone, 400);
	}
	clock_advance(60000);
	assert_true(passes(&phone));
	/* A nonce of ours came back with each of these. */
	fail_times(&phone, 6);
	assert_false(sip_guard_receive(guard, &phone, 400));
	sip_guard_proven(guard, &phone.peer);
	assert_false(sip_guard_receive(guard, &phone, 400));
	assert_int_equal(bans(), 1);
}

/* The first ban was perhaps for another: the next one is as short. */
static void an_acquitted_one_is_as_new(void **state)
{
	(void)state;
	sip_guard_scanner(guard, &phone);
	sip_guard_trust(guard, &phone.peer);
	assert_int_equal(bans(), 0);
	fail_times(&other, 26);
	clock_advance(61000);
	assert_true(passes(&other));
}

static void a_connection_is_nobody_elses(void **state)
{
	struct sip_flow sure = phone;

	(void)state;
	sure.transport = &tcp;
	sip_guard_scanner(guard, &phone);
	assert_false(passes(&phone));
	assert_true(passes(&sure));
	sip_guard_scanner(guard, &sure);
	assert_false(sip_guard_receive(guard, &sure, 400));
	sip_guard_proven(guard, &phone.peer);
	assert_false(sip_guard_receive(guard, &phone, 400));
}

static void by_hand_means_everybody_and_until_it_is_lifted(void **state)
{
	(void)state;
	sip_guard_trust(guard, &phone.peer);
	assert_int_equal(sip_guard_unban(guard, &phone.peer), -ENOENT);
	assert_int_equal(sip_guard_ban(guard, &phone.peer, 0), 0);
	clock_advance(86400000);
	assert_false(passes(&phone));
	assert_int_equal(sip_guard_unban(guard, &phone.peer), 0);
	assert_true(passes(&phone));
	assert_int_equal(sip_guard_ban(guard, &far.peer, 5000), 0);
	assert_false(passes(&far));
	clock_advance(6000);
	assert_true(passes(&far));
}

static void nobody_gets_more_than_he_sent(void **state)
{
	(void)state;
	assert_false(sip_guard_send(guard, &phone, 1, 0));
	passes(&phone);
	assert_true(sip_guard_send(guard, &phone, 300, 0));
	assert_false(sip_guard_send(guard, &phone, 101, 0));
	assert_true(sip_guard_send(guard, &phone, 100, 0));
	assert_false(sip_guard_send(guard, &phone, 1, 0));
	sip_guard_proven(guard, &phone.peer);
	assert_true(sip_guard_send(guard, &phone, 100000, 0));
	clock_advance(600001);
	assert_false(sip_guard_send(guard, &phone, 1, 0));
}

static void what_cannot_be_forged_needs_no_credit(void **state)
{
	struct sip_flow local = flow_from("127.0.0.7", 5060), stream = phone;

	(void)state;
	stream.transport = &tcp;
	assert_true(sip_guard_send(guard, &local, 1000, 0));
	assert_true(sip_guard_send(guard, &stream, 1000, 0));
}

static void hosts_of_one_ipv6_network_are_one(void **state)
{
	struct sip_flow a = flow_from("2001:db8::1", 5060), b = flow_from("2001:db8::ffff", 1);
	struct sip_flow c = flow_from("2001:db8:0:1::1", 5060);

	(void)state;
	fail_times(&a, 6);
	assert_false(passes(&b));
	assert_true(passes(&c));
}

/* What one shows holds for no other. */
static void hosts_of_one_ipv6_network_show_it_each_for_itself(void **state)
{
	struct sip_flow a = flow_from("2001:db8::1", 5060), b = flow_from("2001:db8::2", 5060);

	(void)state;
	assert_true(passes(&a));
	sip_guard_trust(guard, &a.peer);
	assert_true(sip_guard_is_proven(guard, &a));
	assert_false(sip_guard_is_proven(guard, &b));
	assert_true(passes(&b));
	assert_true(sip_guard_send(guard, &a, 100000, 0));
	assert_false(sip_guard_send(guard, &b, 801, 0));
	fail_times(&b, 26);
	assert_false(passes(&b));
	assert_true(passes(&a));
	sip_guard_proven(guard, &b.peer);
	assert_true(sip_guard_is_proven(guard, &b));
	clock_advance(600001);
	assert_false(sip_guard_is_proven(guard, &b));
	assert_true(sip_guard_is_proven(guard, &a));
}

/* What was answered while it was proven is not owed to it later, nor to a neighbour. */
static void who_is_proven_saves_nothing_up(void **state)
{
	struct sip_flow a = flow_from("2001:db8::1", 5060), b = flow_from("2001:db8::2", 5060);
	struct sip_flow stream = phone;

	(void)state;
	stream.transport = &tcp;
	assert_true(passes(&stream));
	assert_int_equal(sip_guard_credit(guard, &phone.peer), 0);
	sip_guard_proven(guard, &phone.peer);
	sip_guard_proven(guard, &a.peer);
	assert_true(passes(&phone));
	assert_true(passes(&a));
	assert_true(sip_guard_send(guard, &a, 400, 0));
	assert_false(sip_guard_send(guard, &b, 1, 0));
	clock_advance(600001);
	assert_false(sip_guard_send(guard, &phone, 1, 0));
}

static void it_can_be_switched_off(void **state)
{
	(void)state;
	policy.on = false;
	sip_guard_set_policy(guard, &policy);
	fail_times(&phone, 100);
	assert_true(passes(&phone));
	assert_true(sip_guard_send(guard, &phone, 100000, 0));
}

/* Forged addresses by the hundred thousand push out neither bans nor proofs that
 * were there before them. */
static void a_crowd_of_strangers_changes_nothing(void **state)
{
	struct sip_flow stranger = phone;

	(void)state;
	fail_times(&phone, 6);
	sip_guard_trust(guard, &far.peer);
	for (uint32_t i = 0; i < 150000; i++) {
		stranger.peer.in4.sin_addr.s_addr = htonl(0x0a000000 + i);
		assert_true(passes(&stranger));
	}
	assert_false(passes(&phone));
	assert_true(passes(&far));
	assert_true(sip_guard_send(guard, &far, 1000, 0));
}

static int make_guard(void *arg)
{
	struct sip_guard *made;
	int rc = sip_guard_new(&made);

	(void)arg;
	if (rc)
		return rc;
	sip_guard_set_policy(made, &policy);
	rc = sip_guard_ban(made, &phone.peer, 0);
	sip_guard_free(made);
	return rc;
}

/* Whoever cannot be counted is not heeded; phones are. */
static void without_memory_only_strangers_suffer(void **state)
{
	(void)state;
	sip_guard_trust(guard, &phone.peer);
	rd__alloc_fail_after(0);
	assert_true(passes(&phone));
	assert_true(passes(&other));
	assert_false(passes(&far));
	sip_guard_trust(guard, &far.peer);
	sip_guard_failed(guard, &far.peer);
	assert_false(sip_guard_send(guard, &far, 1, 0));
	rd__alloc_fail_after(-1);
	assert_true(passes(&far));
}

static void no_memory_is_survived(void **state)
{
	(void)state;
	assert_true(oom_sweep(make_guard, NULL) >= 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_guesses_is_banned_and_released),
		TEST(the_next_ban_is_twice_as_long),
		TEST(slow_failures_are_forgotten),
		TEST(a_ban_spares_the_phones_that_authenticated),
		TEST(who_has_authenticated_and_guesses_shares_the_ban),
		TEST(while_its_address_is_banned_a_flow_has_one_guess),
		TEST(a_password_does_not_shorten_what_is_proven),
		TEST(an_office_bears_a_phone_that_never_learns),
		TEST(who_asks_and_never_answers_is_banned),
		TEST(a_flood_is_cut_and_then_banned),
		TEST(what_is_too_much_by_a_connection_is_refused),
		TEST(without_the_guard_nobody_is_slowed),
		TEST(who_is_exempt_is_never_hindered),
		TEST(an_exempt_address_is_so_alone),
		TEST(who_is_exempt_alone_may_change),
		TEST(who_is_exempt_must_show_that_it_receives),
		TEST(nobody_is_asked_twice_at_once),
		TEST(a_scanner_is_banned_at_once),
		TEST(who_receives_is_acquitted),
		TEST(an_acquitted_one_is_as_new),
		TEST(a_connection_is_nobody_elses),
		TEST(by_hand_means_everybody_and_until_it_is_lifted),
		TEST(nobody_gets_more_than_he_sent),
		TEST(what_cannot_be_forged_needs_no_credit),
		TEST(hosts_of_one_ipv6_network_are_one),
		TEST(hosts_of_one_ipv6_network_show_it_each_for_itself),
		TEST(who_is_proven_saves_nothing_up),
		TEST(it_can_be_switched_off),
		TEST(a_crowd_of_strangers_changes_nothing),
		TEST(without_memory_only_strangers_suffer),
		TEST(no_memory_is_survived),
	};
	int rc;

	clock_begin();
	rc = RUN_GROUP(tests);
	clock_end();
	return rc;
}
