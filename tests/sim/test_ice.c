/* Two ICE agents and what may lie between them. */
#include "tests/unit/test.h"

#include "core/media/stun.h"
#include "tests/sim/ice_net.h"

static struct net net;

static const struct net_side_options caller = { .controlling = true, .host = "192.0.2.1" };
static const struct net_side_options callee = { .host = "192.0.2.2" };
static const struct net_side_options caller_at_home = { .nat = NAT_CONE, .controlling = true,
							.host = "10.0.0.5",
							.outside = "203.0.113.1" };
static const struct net_side_options callee_at_home = { .nat = NAT_CONE, .host = "10.1.1.7",
							.outside = "203.0.113.2" };

static void begin(const struct net_side_options *a, const struct net_side_options *b)
{
	net_begin(&net, a, b);
}

/* The offer goes to b, the answer back. */
static void exchange(void)
{
	net_tell(&net.a, &net.b);
	net_tell(&net.b, &net.a);
}

static void assert_used(const struct side *side, const char *host, int port)
{
	struct rd__address wanted = net_address(host, port);

	assert_true(rd__address_equal(&side->used[0], &wanted));
}

static enum rd__ice_state state_of(const struct side *side)
{
	return rd__ice_state(side->ice);
}

/* ---- ways ---- */

static void two_hosts_find_each_other(void **state)
{
	(void)state;
	begin(&caller, &callee);
	exchange();
	assert_in_range(net_run_until_completed(&net, 2000), 1, 200);
	assert_used(&net.a, "192.0.2.2", 10000);
	assert_used(&net.b, "192.0.2.1", 10000);
	assert_true(rd__ice_controlling(net.a.ice));
	assert_false(rd__ice_controlling(net.b.ice));
	net_end(&net);
}

static void a_third_of_all_packets_may_be_lost(void **state)
{
	(void)state;
	for (uint32_t seed = 1; seed <= 20; seed++) {
		begin(&caller, &callee);
		net.random = seed;
		net.loss_percent = 33;
		exchange();
		assert_in_range(net_run_until_completed(&net, 40000), 1, 40000);
		assert_used(&net.a, "192.0.2.2", 10000);
		assert_used(&net.b, "192.0.2.1", 10000);
		net_end(&net);
	}
}

static void a_phone_behind_a_router_is_learned_from_its_checks(void **state)
{
	const struct rd__ice_candidate *local, *remote;

	(void)state;
	begin(&caller_at_home, &callee);
	exchange();
	assert_in_range(net_run_until_completed(&net, 5000), 1, 1500);
	assert_used(&net.a, "192.0.2.2", 10000);
	assert_used(&net.b, "203.0.113.1", 20000);
	assert_true(rd__ice_selected(net.b.ice, 1, &local, &remote));
	assert_int_equal(remote->type, RD__ICE_PRFLX);
	assert_true(rd__ice_selected(net.a.ice, 1, &local, &remote));
	assert_int_equal(local->type, RD__ICE_PRFLX);
	net_end(&net);
}

static void two_routers_are_passed_with_a_stun_server(void **state)
{
	(void)state;
	begin(&caller_at_home, &callee_at_home);
	net_gather(&net.a);
	net_gather(&net.b);
	exchange();
	assert_in_range(net_run_until_completed(&net, 5000), 1, 2500);
	assert_used(&net.a, "203.0.113.2", 20001);
	assert_used(&net.b, "203.0.113.1", 20000);
	net_end(&net);
}

static void two_symmetric_routers_are_passed_by_a_relay(void **state)
{
	struct net_side_options a = caller_at_home, b = callee_at_home;

	(void)state;
	a.nat = b.nat = NAT_SYMMETRIC;
	b.relay = "198.51.100.99";
	begin(&a, &b);
	net_gather(&net.a);
	net_gather(&net.b);
	exchange();
	assert_in_range(net_run_until_completed(&net, 5000), 1, 4000);
	assert_used(&net.a, "198.51.100.99", 50000);
	assert_int_equal(net.b.used_type, RD__ICE_RELAY);
	net_end(&net);
}

static void rtcp_finds_a_way_of_its_own(void **state)
{
	struct net_side_options a = caller, b = callee;

	(void)state;
	a.components = b.components = 2;
	begin(&a, &b);
	exchange();
	assert_in_range(net_run_until_completed(&net, 2000), 1, 600);
	assert_int_equal(rd__address_port(&net.a.used[0]), 10000);
	assert_int_equal(rd__address_port(&net.a.used[1]), 10001);
	assert_int_equal(rd__address_port(&net.b.used[1]), 10001);
	net_end(&net);
}

static void with_rtcp_mux_the_second_component_is_dropped(void **state)
{
	struct net_side_options a = caller;

	(void)state;
	a.components = 2;
	begin(&a, &callee);
	net_tell(&net.a, &net.b);
	rd__ice_mux(net.a.ice);
	net_tell(&net.b, &net.a);
	assert_in_range(net_run_until_completed(&net, 2000), 1, 200);
	assert_int_equal(net.a.used[1].size, 0);
	net_end(&net);
}

/* ---- roles ---- */

static void who_thinks_to_lead_too_yields(void **state)
{
	struct net_side_options b = callee;

	(void)state;
	for (int both = 0; both < 2; both++) {
		struct net_side_options a = caller;

		a.controlling = b.controlling = both;
		begin(&a, &b);
		exchange();
		assert_in_range(net_run_until_completed(&net, 3000), 1, 1500);
		assert_int_not_equal(rd__ice_controlling(net.a.ice),
				     rd__ice_controlling(net.b.ice));
		net_end(&net);
	}
}

static void tell_as_lite(struct side *from, struct side *to)
{
	assert_int_equal(rd__ice_set_remote(to->ice, rd_str_of(rd__ice_ufrag(from->ice)),
					    rd_str_of(rd__ice_pwd(from->ice)), true, net.now_ms),
			 0);
	net_tell_candidates(from, to);
}

static void a_lite_agent_answers_and_asks_nothing(void **state)
{
	struct net_side_options b = callee;

	(void)state;
	b.lite = true;
	begin(&caller_at_home, &b);
	net_tell(&net.a, &net.b);
	tell_as_lite(&net.b, &net.a);
	assert_in_range(net_run_until_completed(&net, 3000), 1, 1000);
	assert_int_equal(net.b.requests, 0);
	assert_used(&net.b, "203.0.113.1", 20000);
	net_run(&net, 60000); /* it is asked for consent, and gives it */
	assert_int_equal(state_of(&net.a), RD__ICE_COMPLETED);
	net_end(&net);
}

static void facing_a_lite_agent_we_lead_even_when_it_offered(void **state)
{
	struct net_side_options a = caller;

	(void)state;
	a.lite = true;
	begin(&a, &callee);
	tell_as_lite(&net.a, &net.b);
	net_tell(&net.b, &net.a);
	assert_in_range(net_run_until_completed(&net, 3000), 1, 1000);
	assert_true(rd__ice_controlling(net.b.ice));
	net_end(&net);
}

/* ---- order of events ---- */

static void checks_may_come_before_the_answer(void **state)
{
	(void)state;
	begin(&caller, &callee);
	net_tell(&net.a, &net.b); /* b has the offer and begins to check */
	net_run(&net, 300);
	assert_int_equal(state_of(&net.a), RD__ICE_NEW);
	assert_int_equal(net.a.requests, 0);
	net_tell(&net.b, &net.a);
	assert_in_range(net_run_until_completed(&net, 2000), 1, 200);
	net_end(&net);
}

static void candidates_may_come_one_by_one(void **state)
{
	struct rd_str ufrag, pwd;

	(void)state;
	begin(&caller, &callee);
	for (int i = 0; i < 2; i++) {
		struct side *from = i ? &net.b : &net.a, *to = i ? &net.a : &net.b;

		ufrag = rd_str_of(rd__ice_ufrag(from->ice));
		pwd = rd_str_of(rd__ice_pwd(from->ice));
		assert_int_equal(rd__ice_set_remote(to->ice, ufrag, pwd, false, net.now_ms), 0);
	}
	net_run(&net, 5000);
	assert_int_equal(state_of(&net.a), RD__ICE_CHECKING);
	net_tell_candidates(&net.b, &net.a);
	rd__ice_end_of_candidates(net.a.ice);
	assert_in_range(net_run_until_completed(&net, 2000), 1, 200);
	net_end(&net);
}

static void a_candidate_of_ours_may_come_late(void **state)
{
	struct net_side_options a = caller_at_home, b = callee_at_home;

	(void)state;
	begin(&a, &b);
	exchange();
	net_run(&net, 1000);
	assert_int_equal(state_of(&net.a), RD__ICE_CHECKING);
	net_gather(&net.a);
	net_gather(&net.b);
	net_tell_candidates(&net.a, &net.b);
	net_tell_candidates(&net.b, &net.a);
	assert_in_range(net_run_until_completed(&net, 5000), 1, 3000);
	net_end(&net);
}

static void where_nobody_answers_it_fails_after_patience(void **state)
{
	(void)state;
	begin(&caller, &callee);
	exchange();
	net.cut = true;
	net_run(&net, RD__ICE_PATIENCE_MS - 100);
	assert_int_equal(state_of(&net.a), RD__ICE_CHECKING);
	net_run(&net, 3000);
	assert_int_equal(state_of(&net.a), RD__ICE_FAILED);
	assert_int_equal(rd__ice_due(net.a.ice), UINT64_MAX);
	/* Seven questions for the one pair. */
	assert_int_equal(net.a.requests, 7);
	net_end(&net);
}

static void a_better_pair_is_waited_for_but_not_long(void **state)
{
	(void)state;
	begin(&caller_at_home, &callee);
	net_gather(&net.a);
	/* A candidate of b's that is better than any, and never answers. */
	rd__ice_add_remote(net.a.ice, &(struct rd__ice_candidate){
					      .component = 1, .priority = 0x7fffffff,
					      .foundation = "x",
					      .address = net_address("192.0.2.77", 9) });
	exchange();
	/* set_remote() of a's first description keeps what was told before. */
	assert_in_range(net_run_until_completed(&net, 5000), 300, 1500);
	assert_used(&net.a, "192.0.2.2", 10000);
	net_end(&net);
}

/* ---- restart ---- */

static void a_restart_changes_credentials_and_not_the_sound(void **state)
{
	char before[RD__ICE_UFRAG + 1];
	int uses;

	(void)state;
	begin(&caller, &callee);
	exchange();
	assert_in_range(net_run_until_completed(&net, 2000), 1, 200);
	rd_strcpy(before, sizeof(before), rd__ice_ufrag(net.a.ice));
	uses = net.a.uses;
	rd__ice_restart(net.a.ice, true);
	assert_string_not_equal(before, rd__ice_ufrag(net.a.ice));
	net_run(&net, 12000); /* the answer takes long: consent goes on meanwhile */
	assert_used(&net.a, "192.0.2.2", 10000);
	assert_used(&net.b, "192.0.2.1", 10000);
	rd__ice_restart(net.b.ice, false);
	exchange();
	assert_in_range(net_run_until_completed(&net, 2000), 1, 300);
	assert_int_equal(net.a.uses, uses); /* the same way as before */
	net_run(&net, 60000);
	assert_int_equal(state_of(&net.a), RD__ICE_COMPLETED);
	net_end(&net);
}

/* ---- consent ---- */

static void consent_is_asked_for_every_five_seconds(void **state)
{
	int before;

	(void)state;
	begin(&caller, &callee);
	exchange();
	assert_in_range(net_run_until_completed(&net, 2000), 1, 200);
	before = net.a.requests;
	net_run(&net, 100000);
	assert_in_range(net.a.requests - before, 16, 26);
	assert_int_equal(state_of(&net.a), RD__ICE_COMPLETED);
	net_end(&net);
}

static void without_consent_nothing_is_sent_after_half_a_minute(void **state)
{
	(void)state;
	begin(&caller, &callee);
	exchange();
	assert_in_range(net_run_until_completed(&net, 2000), 1, 200);
	net_run(&net, 20000);
	net.cut = true;
	net_run(&net, 23000);
	assert_used(&net.a, "192.0.2.2", 10000);
	net_run(&net, 8000);
	assert_int_equal(net.a.used[0].size, 0);
	assert_int_equal(net.b.used[0].size, 0);
	assert_int_equal(state_of(&net.a), RD__ICE_FAILED);
	net_end(&net);
}

static void a_short_outage_costs_nothing(void **state)
{
	int uses;

	(void)state;
	begin(&caller, &callee);
	exchange();
	assert_in_range(net_run_until_completed(&net, 2000), 1, 200);
	uses = net.a.uses;
	net.cut = true;
	net_run(&net, 20000);
	net.cut = false;
	net_run(&net, 60000);
	assert_int_equal(state_of(&net.a), RD__ICE_COMPLETED);
	assert_int_equal(net.a.uses, uses);
	net_end(&net);
}

/* ---- strangers ---- */

struct forged {
	const char *username, *pwd;
	bool nominate, unknown;
	size_t padding;
};

static size_t forge(uint8_t *packet, const struct forged *forged)
{
	struct rd__stun_out out;

	rd__stun_begin(&out, packet, RD__STUN_MAX, RD__STUN_BINDING, RD__STUN_REQUEST, NULL);
	if (forged->username)
		rd__stun_put_str(&out, RD__STUN_USERNAME, rd_str_of(forged->username));
	if (forged->unknown)
		rd__stun_put32(&out, 0x7777, 1);
	if (forged->nominate)
		rd__stun_put(&out, RD__STUN_USE_CANDIDATE, NULL, 0);
	rd__stun_put32(&out, RD__STUN_PRIORITY, 99);
	if (forged->pwd)
		rd__stun_sign(&out, RD__STUN_SHA1, rd_str_of(forged->pwd));
	rd__stun_put_fingerprint(&out);
	return rd__stun_end(&out);
}

/* Answers to what a asks b, in b's place. */
static void answer_instead(const struct rd__address *from, const char *pwd)
{
	for (int i = 0; i < DATAGRAMS; i++) {
		struct datagram *datagram = &net.datagrams[i];
		uint8_t packet[RD__STUN_MAX];
		struct rd__stun_out out;
		struct rd__stun stun;

		if (!datagram->in_flight ||
		    !rd__address_equal(&datagram->to, &net.b.host[0]) ||
		    !rd__stun_parse(&stun, datagram->bytes, datagram->size) ||
		    stun.class != RD__STUN_REQUEST)
			continue;
		datagram->in_flight = false;
		rd__stun_begin(&out, packet, sizeof(packet), RD__STUN_BINDING,
			       RD__STUN_SUCCESS, stun.id);
		rd__stun_put_address(&out, RD__STUN_XOR_MAPPED_ADDRESS, &net.a.host[0]);
		if (pwd)
			rd__stun_sign(&out, RD__STUN_SHA1, rd_str_of(pwd));
		rd__stun_put_fingerprint(&out);
		net_send(&net, from, &net.a.host[0], packet, rd__stun_end(&out));
	}
}

/* Does a still send after a minute of such answers? */
static bool sends_for(const char *host, bool knows_pwd, const char *guess)
{
	struct rd__address from = net_address(host, 10000);
	bool sends;

	begin(&caller, &callee);
	exchange();
	assert_in_range(net_run_until_completed(&net, 2000), 1, 200);
	net_run(&net, 1000);
	for (int ms = 0; ms < 60000; ms++) {
		net_run(&net, 1);
		answer_instead(&from, knows_pwd ? rd__ice_pwd(net.b.ice) : guess);
	}
	sends = net.a.used[0].size;
	net_end(&net);
	return sends;
}

static void only_who_was_asked_and_proves_it_consents(void **state)
{
	(void)state;
	assert_true(sends_for("192.0.2.2", true, NULL));
	assert_false(sends_for("192.0.2.2", false, NULL));
	assert_false(sends_for("192.0.2.2", false, "guessed"));
	assert_false(sends_for("198.51.100.66", true, NULL));
}

/* What one datagram from a stranger to b brings back: the bytes, 0 for none. */
static size_t knock(const struct forged *forged, int *code)
{
	struct rd__address stranger = net_address("198.51.100.66", 666);
	uint8_t packet[RD__STUN_MAX];
	size_t size = forge(packet, forged), answer = 0;
	struct rd__stun stun;

	net_send(&net, &stranger, &net.b.host[0], packet, size);
	for (int ms = 0; ms < 30; ms++) {
		net_run(&net, 1);
		for (int i = 0; i < DATAGRAMS; i++) {
			struct datagram *datagram = &net.datagrams[i];

			if (!datagram->in_flight ||
			    !rd__address_equal(&datagram->to, &stranger) ||
			    !rd__stun_parse(&stun, datagram->bytes, datagram->size) ||
			    stun.class == RD__STUN_REQUEST)
				continue;
			answer = datagram->size;
			*code = rd__stun_error(&stun);
			datagram->in_flight = false;
		}
	}
	assert_true(answer <= size || forged->pwd);
	return answer;
}

static void strangers_get_no_more_than_they_send_and_change_nothing(void **state)
{
	const struct forged wrong_pwd = { .username = "nobody:me", .pwd = "guessed" };
	const struct forged bare = { 0 };
	char username[64];
	struct forged guess = { .username = username, .pwd = "guessed", .nominate = true };
	int code = 0;

	(void)state;
	begin(&caller, &callee);
	exchange();
	assert_in_range(net_run_until_completed(&net, 2000), 1, 200);
	snprintf(username, sizeof(username), "%s:%s", rd__ice_ufrag(net.b.ice),
		 rd__ice_ufrag(net.a.ice));
	assert_int_equal(knock(&bare, &code), 0); /* an answer would be longer */
	assert_int_not_equal(knock(&wrong_pwd, &code), 0);
	assert_int_equal(code, 401);
	assert_int_not_equal(knock(&guess, &code), 0);
	assert_int_equal(code, 401);
	assert_int_equal(rd__ice_remote_count(net.b.ice), 1);
	assert_used(&net.b, "192.0.2.1", 10000);
	net_end(&net);
}

static void what_must_be_understood_and_is_not_is_named(void **state)
{
	char username[64];
	struct forged odd = { .username = username, .unknown = true };
	int code = 0;

	(void)state;
	begin(&caller, &callee);
	exchange();
	snprintf(username, sizeof(username), "%s:x", rd__ice_ufrag(net.b.ice));
	odd.pwd = rd__ice_pwd(net.b.ice);
	assert_int_not_equal(knock(&odd, &code), 0);
	assert_int_equal(code, 420);
	net_end(&net);
}

/* As older agents do, each check says that its pair be used. */
static void aggressive_nomination_is_understood(void **state)
{
	char username[64];
	struct forged check = { .username = username, .nominate = true };
	struct rd__address from[] = { net_address("192.0.2.1", 10000) };
	uint8_t packet[RD__STUN_MAX];
	size_t size;

	(void)state;
	begin(&caller, &callee);
	net_tell(&net.a, &net.b);
	snprintf(username, sizeof(username), "%s:%s", rd__ice_ufrag(net.b.ice),
		 rd__ice_ufrag(net.a.ice));
	check.pwd = rd__ice_pwd(net.b.ice);
	size = forge(packet, &check);
	net_send(&net, &from[0], &net.b.host[0], packet, size);
	net_run(&net, 100);
	/* Our own check back has been answered by a: chosen at once. */
	assert_int_equal(state_of(&net.b), RD__ICE_COMPLETED);
	assert_used(&net.b, "192.0.2.1", 10000);
	net_end(&net);
}

static void floods_of_candidates_are_cut_off(void **state)
{
	(void)state;
	begin(&caller, &callee);
	net_tell(&net.b, &net.a);
	for (int i = 0; i < 500; i++)
		rd__ice_add_remote(net.a.ice, &(struct rd__ice_candidate){
						      .component = 1,
						      .priority = (uint32_t)i,
						      .foundation = "f",
						      .address = net_address("192.0.2.200",
									     1000 + i) });
	assert_int_equal(rd__ice_remote_count(net.a.ice), RD__ICE_REMOTES);
	net_tell(&net.a, &net.b);
	assert_in_range(net_run_until_completed(&net, 5000), 1, 1000);
	net_end(&net);
}

static void credentials_of_a_wrong_length_are_refused(void **state)
{
	struct rd_str pwd = RD_STR("0123456789012345678901");

	(void)state;
	begin(&caller, &callee);
	assert_int_equal(rd__ice_set_remote(net.a.ice, RD_STR("abc"), pwd, false, 0), -EINVAL);
	pwd.n--;
	assert_int_equal(rd__ice_set_remote(net.a.ice, RD_STR("abcd"), pwd, false, 0), -EINVAL);
	assert_int_equal(state_of(&net.a), RD__ICE_NEW);
	net_end(&net);
}

/* ---- candidates ---- */

static void foundations_and_priorities_follow_the_rfc(void **state)
{
	struct net_side_options a = caller_at_home;

	(void)state;
	a.components = 2;
	a.relay = "198.51.100.99";
	begin(&a, &callee);
	net_gather(&net.a);
	/* host 1, host 2, relay, reflexive */
	assert_int_equal(rd__ice_local(net.a.ice, 0)->priority, 126u << 24 | 65535u << 8 | 255);
	assert_int_equal(rd__ice_local(net.a.ice, 1)->priority, 126u << 24 | 65535u << 8 | 254);
	assert_int_equal(rd__ice_local(net.a.ice, 2)->priority, 65535u << 8 | 255);
	assert_int_equal(rd__ice_local(net.a.ice, 3)->priority, 100u << 24 | 65535u << 8 | 255);
	assert_string_equal(rd__ice_local(net.a.ice, 0)->foundation,
			    rd__ice_local(net.a.ice, 1)->foundation);
	assert_string_not_equal(rd__ice_local(net.a.ice, 0)->foundation,
				rd__ice_local(net.a.ice, 3)->foundation);
	net_end(&net);
}

static void what_a_check_found_is_told_when_a_server_tells_it_too(void **state)
{
	(void)state;
	begin(&caller_at_home, &callee);
	exchange();
	assert_in_range(net_run_until_completed(&net, 5000), 1, 1500);
	assert_int_equal(rd__ice_local_count(net.a.ice), 2);
	assert_int_equal(rd__ice_local(net.a.ice, 1)->type, RD__ICE_PRFLX);
	net_gather(&net.a); /* the router gives it the same address */
	assert_int_equal(rd__ice_local_count(net.a.ice), 2);
	assert_int_equal(rd__ice_local(net.a.ice, 1)->type, RD__ICE_SRFLX);
	assert_int_equal(rd__ice_local(net.a.ice, 1)->priority, 100u << 24 | 65535u << 8 | 255);
	net_end(&net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_hosts_find_each_other),
		cmocka_unit_test(a_third_of_all_packets_may_be_lost),
		cmocka_unit_test(a_phone_behind_a_router_is_learned_from_its_checks),
		cmocka_unit_test(two_routers_are_passed_with_a_stun_server),
		cmocka_unit_test(two_symmetric_routers_are_passed_by_a_relay),
		cmocka_unit_test(rtcp_finds_a_way_of_its_own),
		cmocka_unit_test(with_rtcp_mux_the_second_component_is_dropped),
		cmocka_unit_test(who_thinks_to_lead_too_yields),
		cmocka_unit_test(a_lite_agent_answers_and_asks_nothing),
		cmocka_unit_test(facing_a_lite_agent_we_lead_even_when_it_offered),
		cmocka_unit_test(checks_may_come_before_the_answer),
		cmocka_unit_test(candidates_may_come_one_by_one),
		cmocka_unit_test(a_candidate_of_ours_may_come_late),
		cmocka_unit_test(where_nobody_answers_it_fails_after_patience),
		cmocka_unit_test(a_better_pair_is_waited_for_but_not_long),
		cmocka_unit_test(a_restart_changes_credentials_and_not_the_sound),
		cmocka_unit_test(consent_is_asked_for_every_five_seconds),
		cmocka_unit_test(without_consent_nothing_is_sent_after_half_a_minute),
		cmocka_unit_test(only_who_was_asked_and_proves_it_consents),
		cmocka_unit_test(a_short_outage_costs_nothing),
		cmocka_unit_test(strangers_get_no_more_than_they_send_and_change_nothing),
		cmocka_unit_test(what_must_be_understood_and_is_not_is_named),
		cmocka_unit_test(aggressive_nomination_is_understood),
		cmocka_unit_test(floods_of_candidates_are_cut_off),
		cmocka_unit_test(credentials_of_a_wrong_length_are_refused),
		cmocka_unit_test(foundations_and_priorities_follow_the_rfc),
		cmocka_unit_test(what_a_check_found_is_told_when_a_server_tells_it_too),
	};

	return RUN_GROUP(tests);
}
