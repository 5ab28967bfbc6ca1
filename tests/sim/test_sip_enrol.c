/* We register with a provider, which is written by hand at 127.0.0.2. */
#include "tests/unit/test.h"

#include "channels/sip/endpoint/enrol.h"
#include "tests/sim/sip_provider.h"
#include "tests/unit/console.h"

#define PEER(more)                                                                                 \
	"[provider]\ntype = peer\nhost = 127.0.0.2:5060\nusername = me\nregister = yes\n"          \
	"outbound = no\ngruu = no\n" more
#define CONF(more) "[global]\nuser_agent = Test\n" PEER("secret = x\n" more)

static int open_office(void **state)
{
	(void)state;
	return office_open(CONF(""));
}

static void expect_register(const char *expires)
{
	provider_expect(expires);
	assert_string_equal(provider_header("Contact"), "<sip:me@127.0.0.1:5060>");
	assert_non_null(strstr(provider_header("To"), "<sip:me@127.0.0.2>"));
}

static void expect_cseq(const char *cseq)
{
	assert_string_equal(provider_header("CSeq"), cseq);
}

/* ---- a registration's life ---- */

static void we_register_and_do_it_again_in_time(void **state)
{
	(void)state;
	expect_register("3600");
	provider_answer("200 OK", PROVIDER_OK);
	run_for(67900);
	line_expect_nothing();
	run_for(200);
	expect_register("3600");
	provider_answer("200 OK", PROVIDER_OK);
	line_expect_nothing();
}

/* It comes back when the shortest that may be ours is about to end. */
static void expect_a_hundred_seconds(const char *contacts)
{
	expect_register("3600");
	provider_answer("200 OK", contacts);
	run_for(67900);
	line_expect_nothing();
	run_for(200);
}

static void a_contact_in_other_words_is_ours_all_the_same(void **state)
{
	(void)state;
	expect_a_hundred_seconds("Contact: <sip:me@127.0.0.1:5060;transport=udp>;expires=100\n");
	expect_a_hundred_seconds("Contact: <sip:me@192.0.2.9:1024>;expires=100\n");
	expect_a_hundred_seconds("Expires: 100\nContact: <sip:me@192.0.2.9:1024>\n");
	expect_a_hundred_seconds("Contact: <sip:a@192.0.2.9>;expires=900, "
				 "<sip:b@192.0.2.9>;expires=0, "
				 "<sip:c@192.0.2.9>;expires=100\n");
	expect_register("3600");
	provider_answer("200 OK", PROVIDER_OK);
}

static void a_challenge_is_answered(void **state)
{
	(void)state;
	expect_register("3600");
	expect_cseq("1 REGISTER");
	provider_answer("401 Unauthorized", PROVIDER_CHALLENGE);
	expect_register("3600");
	expect_cseq("2 REGISTER");
	assert_non_null(strstr(provider_header("Authorization"), "username=\"me\""));
	provider_answer("200 OK", PROVIDER_OK);
	run_for(68100);
	expect_register("3600");
	expect_cseq("3 REGISTER");
	provider_answer("200 OK", PROVIDER_OK);
}

/* Of me:p:x, in a realm that is called p. */
static void a_hash_of_the_password_answers_as_well(void **state)
{
	(void)state;
	expect_register("3600");
	provider_answer("200 OK", PROVIDER_OK);
	provider_reload("[global]\nuser_agent = Test\n" PEER(
		"answer_hash = MD5:3A6F82033DFA1A7C152F69CDEE92F710\n"));
	expect_register("3600");
	provider_answer("401 Unauthorized", PROVIDER_CHALLENGE);
	expect_register("3600");
	assert_non_null(strstr(provider_header("Authorization"),
			       "response=\"e565177eba402c251de22fba57fb3b78\""));
	provider_answer("401 Unauthorized", "WWW-Authenticate: Digest realm=\"p\", "
					    "nonce=\"m\", algorithm=SHA-256\n");
	run_for(10);
	line_expect_nothing();
}

/* RFC 8760 has registrars offer several: the best of those that can be answered. */
static void of_several_challenges_the_one_that_the_hash_is_for_is_answered(void **state)
{
	(void)state;
	expect_register("3600");
	provider_answer("200 OK", PROVIDER_OK);
	provider_reload("[global]\nuser_agent = Test\n" PEER(
		"answer_hash = MD5:3A6F82033DFA1A7C152F69CDEE92F710\n"));
	expect_register("3600");
	provider_answer("401 Unauthorized", "WWW-Authenticate: Digest realm=\"p\", nonce=\"n\", "
					    "algorithm=SHA-256\n" PROVIDER_CHALLENGE);
	expect_register("3600");
	assert_non_null(strstr(provider_header("Authorization"),
			       "response=\"e565177eba402c251de22fba57fb3b78\""));
	provider_answer("200 OK", PROVIDER_OK);
}

/* Who stops has no time to be asked first. */
static void what_was_answered_once_is_said_at_once(void **state)
{
	char first[512];

	(void)state;
	expect_register("3600");
	provider_answer("401 Unauthorized", PROVIDER_CHALLENGE);
	expect_register("3600");
	snprintf(first, sizeof(first), "%s", provider_header("Authorization"));
	provider_answer("200 OK", PROVIDER_OK);
	sip_enrolments_leave();
	provider_expect("0");
	assert_string_equal(provider_header("Authorization"), first); /* no qop: no count */
	provider_answer("200 OK", "");
}

static void a_new_password_is_not_told_the_old_way(void **state)
{
	(void)state;
	expect_register("3600");
	provider_answer("401 Unauthorized", PROVIDER_CHALLENGE);
	expect_register("3600");
	provider_answer("200 OK", PROVIDER_OK);
	provider_reload("[global]\nuser_agent = Test\n" PEER("secret = other\n"));
	expect_register("3600");
	assert_string_equal(provider_header("Authorization"), "");
	provider_answer("200 OK", PROVIDER_OK);
}

static void a_longer_time_is_taken(void **state)
{
	(void)state;
	expect_register("3600");
	provider_answer("423 Interval Too Brief", "Min-Expires: 7200\n");
	expect_register("7200");
	provider_answer("200 OK", "Expires: 7200\n");
	line_expect_nothing();
	provider_reload(CONF("callerid = 5\n"));
	run_for(6480000 - 100);
	line_expect_nothing();
	run_for(100);
	expect_register("7200");
	provider_answer("200 OK", PROVIDER_OK);
}

static void a_fault_that_passes_is_tried_again_later_and_later(void **state)
{
	(void)state;
	expect_register("3600");
	provider_answer("500 Server Error", "");
	run_for(29900);
	line_expect_nothing();
	run_for(30200);
	expect_register("3600");
	provider_answer("500 Server Error", "");
	run_for(59900);
	line_expect_nothing();
	run_for(60200);
	expect_register("3600");
	provider_answer("200 OK", PROVIDER_OK);
}

static void retry_after_is_heeded(void **state)
{
	(void)state;
	expect_register("3600");
	provider_answer("500 Server Error", "Retry-After: 300\n");
	run_for(299900);
	line_expect_nothing();
	run_for(200);
	expect_register("3600");
	provider_answer("200 OK", PROVIDER_OK);
}

static void expect_register_at(const char *uri, const char *peer)
{
	const char *asked;

	run_for(10);
	asked = provider_keep(line_expect("REGISTER "));
	assert_string_equal(line_part(asked, "REGISTER ", " "), uri);
	assert_string_equal(line_peer(), peer);
	line_answer_from(peer);
}

/* Who is sent on to a registrar stays with it, and asks the first one when it fails. */
static void a_registrar_that_sends_us_on_is_heeded(void **state)
{
	char call_id[64];

	(void)state;
	expect_register("3600");
	snprintf(call_id, sizeof(call_id), "%s", provider_header("Call-ID"));
	provider_answer("302 Moved Temporarily", "Contact: <tel:5>, <sip:127.0.0.8>;q=0.3, "
						 "<sip:x@127.0.0.7:5062;transport=udp>;q=0.5\n");
	expect_register_at("sip:127.0.0.7:5062;transport=udp", "127.0.0.7:5062");
	assert_string_equal(provider_header("Call-ID"), call_id);
	assert_string_equal(provider_header("To"), "<sip:me@127.0.0.2>");
	provider_answer("200 OK", PROVIDER_OK);
	run_for(68100);
	expect_register_at("sip:127.0.0.7:5062;transport=udp", "127.0.0.7:5062");
	provider_answer("500 Server Error", "");
	run_for(60100);
	expect_register_at("sip:127.0.0.2:5060", "127.0.0.2:5060");
	provider_answer("200 OK", PROVIDER_OK);
}

/* Nothing is changed, and it is asked again as after any refusal. */
static void without_memory_nobody_is_sent_on(void **state)
{
	(void)state;
	expect_register("3600");
	rd__alloc_fail_after(0);
	provider_answer("302 Moved Temporarily", "Contact: <sip:127.0.0.7:5062>\n");
	rd__alloc_fail_after(-1);
	run_for(29900);
	line_expect_nothing();
	run_for(30200);
	expect_register("3600");
	provider_answer("200 OK", PROVIDER_OK);
}

static void registrars_that_send_us_round_in_circles_are_asked_later(void **state)
{
	(void)state;
	for (int i = 0; i <= 5; i++) {
		expect_register_at("sip:127.0.0.2:5060", "127.0.0.2:5060");
		provider_answer("302 Moved Temporarily", "Contact: <sip:127.0.0.2:5060>\n");
	}
	run_for(29900);
	line_expect_nothing();
	run_for(30200);
	expect_register("3600");
	provider_answer("200 OK", PROVIDER_OK);
}

static void who_stays_silent_is_asked_again(void **state)
{
	(void)state;
	expect_register("3600");
	run_for(33000);
	line_clear();
	run_for(60100);
	expect_register("3600");
	expect_cseq("6 REGISTER");
	provider_answer("200 OK", PROVIDER_OK);
}

static void a_refusal_stands_until_a_reload(void **state)
{
	(void)state;
	expect_register("3600");
	provider_answer("403 Forbidden", "");
	run_for(7200000);
	line_expect_nothing();
	provider_reload(CONF(""));
	expect_register("3600");
	provider_answer("200 OK", PROVIDER_OK);
}

static void all_goes_by_the_outbound_proxy(void **state)
{
	(void)state;
	expect_register("3600");
	provider_answer("200 OK", PROVIDER_OK);
	provider_reload(CONF("outbound_proxy = sip:127.0.0.3:5070\\;lr\n"));
	expect_register("0");
	provider_answer("200 OK", "");
	expect_register("3600");
	assert_string_equal(line_peer(), "127.0.0.3:5070");
	assert_string_equal(provider_header("Route"), "<sip:127.0.0.3:5070;lr>");
	provider_answer("200 OK", PROVIDER_OK);
}

static void registrar_address_and_number_may_be_others(void **state)
{
	(void)state;
	expect_register("3600");
	provider_answer("200 OK", PROVIDER_OK);
	provider_reload("[provider]\ntype = peer\nhost = 127.0.0.9\nsecret = x\nregister = yes\n"
			"register_server = 127.0.0.2:5060\nregister_as = 100@home.example:5070\n"
			"register_contact = s\noutbound = no\n");
	expect_register("0");
	provider_answer("200 OK", "");
	provider_expect("3600");
	assert_string_equal(line_peer(), "127.0.0.2:5060");
	assert_string_equal(provider_header("To"), "<sip:100@home.example:5070>");
	assert_int_equal(strncmp(provider_header("Contact"), "<sip:s@127.0.0.1:5060>", 22), 0);
	provider_answer("200 OK", PROVIDER_OK);
}

static const char *move_to(const char *address)
{
	provider_sees_us_at(address);
	return provider_expect("3600");
}

static void an_address_that_changes_is_told(void **state)
{
	const char *asked;

	(void)state;
	expect_register("3600");
	provider_answer("200 OK", PROVIDER_OK);
	provider_sees_us_at("127.0.0.1");
	run_for(10);
	line_expect_nothing();
	asked = move_to("192.0.2.9");
	assert_string_equal(provider_header("Contact"), "<sip:me@192.0.2.9:5060>");
	assert_non_null(strstr(asked, "Contact: <sip:me@127.0.0.1:5060>;expires=0\n"));
	provider_answer("200 OK", "Expires: 100\n");
	run_for(68000);
	asked = provider_expect("3600");
	assert_null(strstr(asked, "127.0.0.1:5060>;expires=0"));
	provider_answer("200 OK", PROVIDER_OK);
}

#define FORMER "Contact: <sip:me@127.0.0.1:5060>;expires=0\n"

static void a_registrar_that_takes_one_contact_only_gets_one(void **state)
{
	(void)state;
	expect_register("3600");
	provider_answer("200 OK", PROVIDER_OK);
	assert_non_null(strstr(move_to("192.0.2.9"), FORMER));
	provider_answer("400 Bad Request", "");
	assert_null(strstr(provider_expect("3600"), FORMER));
	provider_answer("403 Forbidden", "");
	run_for(7200000);
	line_expect_nothing();
}

/* Not asked for once more: the password, and how long. */
static void the_former_contact_is_taken_back_until_it_is_gone(void **state)
{
	(void)state;
	expect_register("3600");
	provider_answer("200 OK", PROVIDER_OK);
	move_to("192.0.2.9");
	provider_answer("401 Unauthorized", PROVIDER_CHALLENGE);
	assert_non_null(strstr(provider_expect("3600"), FORMER));
	provider_answer("423 Interval Too Brief", "Min-Expires: 7200\n");
	assert_non_null(strstr(provider_expect("7200"), FORMER));
	sip_enrolments_leave();
	assert_non_null(strstr(provider_expect("0"), FORMER));
	provider_answer("200 OK", "");
}

static void what_has_run_out_is_not_taken_back(void **state)
{
	(void)state;
	expect_register("3600");
	provider_answer("200 OK", PROVIDER_OK);
	run_for(68100);
	expect_register("3600");
	provider_answer("500 Server Error", "Retry-After: 60\n");
	provider_sees_us_at("192.0.2.9");
	run_for(60100);
	assert_null(strstr(provider_expect("3600"), "expires=0"));
	assert_string_equal(provider_header("Contact"), "<sip:me@192.0.2.9:5060>");
	provider_answer("200 OK", PROVIDER_OK);
}

/* ---- reloads ---- */

static void a_reload_leaves_alone_what_has_not_changed(void **state)
{
	(void)state;
	expect_register("3600");
	provider_reload(CONF(""));
	line_expect_nothing();
	provider_answer("200 OK", PROVIDER_OK);
	provider_reload(CONF("callerid = 5\n"));
	run_for(67900);
	line_expect_nothing();
	run_for(200);
	expect_register("3600");
	provider_answer("200 OK", PROVIDER_OK);
}

static void a_reload_tells_what_has_changed(void **state)
{
	(void)state;
	expect_register("3600");
	provider_answer("200 OK", PROVIDER_OK);
	provider_reload(CONF("register_expires = 10m\n"));
	expect_register("600");
	expect_cseq("2 REGISTER");
	provider_reload(CONF("register_expires = 20m\n")); /* one at a time */
	run_for(10);
	line_expect_nothing();
	provider_answer("200 OK", PROVIDER_OK);
	expect_register("1200");
	provider_answer("200 OK", PROVIDER_OK);
}

static void who_is_removed_leaves(void **state)
{
	(void)state;
	expect_register("3600");
	provider_answer("200 OK", PROVIDER_OK);
	provider_reload("[global]\nuser_agent = Test\n");
	expect_register("0");
	provider_answer("401 Unauthorized", PROVIDER_CHALLENGE);
	expect_register("0");
	assert_non_null(strstr(provider_header("Authorization"), "username=\"me\""));
	provider_answer("200 OK", "");
	assert_console(provider_commands, "registrations", 0,
		       "Peer             State        Status Expires  Contact\n"
		       "0 registrations\n");
}

static void who_is_removed_before_an_answer_leaves_after_it(void **state)
{
	(void)state;
	expect_register("3600");
	provider_reload("[global]\nuser_agent = Test\n");
	run_for(10);
	line_expect_nothing();
	provider_answer("200 OK", PROVIDER_OK);
	expect_register("0");
	provider_answer("200 OK", "");
	run_for(7200000);
	line_expect_nothing();
}

/* The same contact at another registrar: first the one, then the other. */
static void who_moves_leaves_first(void **state)
{
	(void)state;
	expect_register("3600");
	provider_answer("200 OK", PROVIDER_OK);
	provider_reload(CONF("from_domain = provider.example\n"));
	expect_register("0");
	provider_answer("200 OK", "");
	run_for(10);
	provider_expect("3600");
	assert_string_equal(provider_header("To"), "<sip:me@provider.example>");
	expect_cseq("1 REGISTER");
	provider_answer("200 OK", PROVIDER_OK);
}

static void a_registration_needs_a_host(void **state)
{
	(void)state;
	expect_register("3600");
	provider_answer("200 OK", PROVIDER_OK);
	assert_int_equal(office_reload("[provider]\ntype = peer\nsecret = x\nregister = yes\n"),
			 -EINVAL);
	assert_non_null(strstr(office_report(), "sip.conf:4: provider: register: "));
	line_expect_nothing();
}

/* ---- stopping ---- */

static void who_stops_leaves(void **state)
{
	(void)state;
	expect_register("3600");
	provider_answer("200 OK", PROVIDER_OK);
	sip_enrolments_leave();
	expect_register("0");
	provider_answer("200 OK", "");
	run_for(7200000);
	line_expect_nothing();
}

static bool waited;

static int wait_for_farewells(void *arg)
{
	(void)arg;
	sip_enrolments_wait();
	waited = true;
	return 0;
}

static void leave_and_wait(void)
{
	sip_enrolments_leave();
	expect_register("0");
	waited = false;
	assert_int_equal(rd_fiber_new_detached("stop", wait_for_farewells, NULL), 0);
	run_for(100);
}

static void stop_and_wait(void)
{
	expect_register("3600");
	provider_answer("200 OK", PROVIDER_OK);
	leave_and_wait();
	assert_false(waited);
}

static void who_stops_may_be_asked_for_his_password(void **state)
{
	(void)state;
	stop_and_wait();
	provider_answer("401 Unauthorized", PROVIDER_CHALLENGE);
	expect_register("0");
	assert_non_null(strstr(provider_header("Authorization"), "username=\"me\""));
	run_for(100);
	assert_false(waited);
	provider_answer("200 OK", "");
	run_for(100);
	assert_true(waited);
}

static void who_stops_does_not_wait_for_ever(void **state)
{
	(void)state;
	stop_and_wait();
	run_for(1800);
	assert_false(waited);
	run_for(200);
	assert_true(waited);
	line_clear();
}

static void who_was_never_answered_stops_at_once(void **state)
{
	(void)state;
	expect_register("3600");
	run_for(33000);
	line_clear();
	leave_and_wait();
	assert_true(waited);
}

/* The last answer was a fault, and the one before was not. */
static void who_is_still_registered_waits(void **state)
{
	(void)state;
	expect_register("3600");
	provider_answer("200 OK", PROVIDER_OK);
	run_for(68100);
	expect_register("3600");
	provider_answer("500 Server Error", "");
	leave_and_wait();
	assert_false(waited);
	provider_answer("200 OK", "");
	run_for(100);
	assert_true(waited);
}

static void who_has_nothing_to_leave_stops_at_once(void **state)
{
	(void)state;
	expect_register("3600");
	provider_answer("403 Forbidden", "");
	sip_enrolments_leave();
	waited = false;
	assert_int_equal(rd_fiber_new_detached("stop", wait_for_farewells, NULL), 0);
	run_for(0);
	assert_true(waited);
}

static void who_stops_before_an_answer_leaves_at_once(void **state)
{
	(void)state;
	expect_register("3600");
	provider_answer("401 Unauthorized", PROVIDER_CHALLENGE);
	expect_register("3600");
	expect_cseq("2 REGISTER");
	sip_enrolments_leave();
	expect_register("0");
	expect_cseq("6 REGISTER");
	provider_answer("200 OK", "");
}

static void who_stops_while_he_waits_leaves(void **state)
{
	(void)state;
	expect_register("3600");
	provider_answer("500 Server Error", "");
	sip_enrolments_leave();
	expect_register("0");
	expect_cseq("2 REGISTER");
	provider_answer("200 OK", "");
}

static void who_was_refused_has_nothing_to_leave(void **state)
{
	(void)state;
	expect_register("3600");
	provider_answer("403 Forbidden", "");
	sip_enrolments_leave();
	run_for(100);
	line_expect_nothing();
}

/* ---- the console ---- */

static void the_console_lists_what_came_of_it(void **state)
{
	(void)state;
	expect_register("3600");
	assert_console(provider_commands, "registrations", 0,
		       "Peer             State        Status Expires  Contact\n"
		       "provider         asked             0       0  sip:me@127.0.0.1:5060\n"
		       "1 registration\n");
	provider_answer("200 OK", PROVIDER_OK);
	assert_console(provider_commands, "registrations", 0,
		       "Peer             State        Status Expires  Contact\n"
		       "provider         registered      200     100  sip:me@127.0.0.1:5060\n"
		       "1 registration\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_office, provider_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(we_register_and_do_it_again_in_time),
		TEST(a_contact_in_other_words_is_ours_all_the_same),
		TEST(a_challenge_is_answered),
		TEST(a_hash_of_the_password_answers_as_well),
		TEST(of_several_challenges_the_one_that_the_hash_is_for_is_answered),
		TEST(what_was_answered_once_is_said_at_once),
		TEST(a_new_password_is_not_told_the_old_way),
		TEST(a_longer_time_is_taken),
		TEST(a_fault_that_passes_is_tried_again_later_and_later),
		TEST(retry_after_is_heeded),
		TEST(a_registrar_that_sends_us_on_is_heeded),
		TEST(without_memory_nobody_is_sent_on),
		TEST(registrars_that_send_us_round_in_circles_are_asked_later),
		TEST(who_stays_silent_is_asked_again),
		TEST(a_refusal_stands_until_a_reload),
		TEST(all_goes_by_the_outbound_proxy),
		TEST(registrar_address_and_number_may_be_others),
		TEST(an_address_that_changes_is_told),
		TEST(a_registrar_that_takes_one_contact_only_gets_one),
		TEST(the_former_contact_is_taken_back_until_it_is_gone),
		TEST(what_has_run_out_is_not_taken_back),
		TEST(a_reload_leaves_alone_what_has_not_changed),
		TEST(a_reload_tells_what_has_changed),
		TEST(who_is_removed_leaves),
		TEST(who_is_removed_before_an_answer_leaves_after_it),
		TEST(who_moves_leaves_first),
		TEST(a_registration_needs_a_host),
		TEST(who_stops_leaves),
		TEST(who_stops_may_be_asked_for_his_password),
		TEST(who_stops_does_not_wait_for_ever),
		TEST(who_was_never_answered_stops_at_once),
		TEST(who_is_still_registered_waits),
		TEST(who_has_nothing_to_leave_stops_at_once),
		TEST(who_stops_before_an_answer_leaves_at_once),
		TEST(who_stops_while_he_waits_leaves),
		TEST(who_was_refused_has_nothing_to_leave),
		TEST(the_console_lists_what_came_of_it),
	};

	return RUN_GROUP(tests);
}
