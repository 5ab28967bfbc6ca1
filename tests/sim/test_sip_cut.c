/* Calls over connections that break: while they ring, and later. What the far end says by
 * another connection counts, and what we say goes where it is now. */
#include "tests/unit/test.h"

#include <ringdown/bridge.h>
#include <ringdown/channel.h>

#include "tests/sim/sip_exchange.h"
#include "tests/sim/sip_register.h"

#define CONTACT(port) "Contact: <sip:1002@127.0.0.2:" port ";transport=tcp>\n"
#define INSTANCE(host)                                                                             \
	"Contact: <sip:1002@" host ";transport=tcp>"                                               \
	";+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-000000000001>\"\n"

static struct sip_phone far, callee;

static void talk_for_a_while(struct rd_channel *ch)
{
	if (rd_answer(ch) == 0 && rd_channel_sleep(ch, 20000) == 0)
		rd_hangup(ch, RD_CAUSE_NORMAL);
}

/* 630 is answered here. All others are called with more patience than 701 has. */
static void dial_with_patience(struct rd_channel *ch, const char *exten)
{
	const char *target = strcmp(exten, "621") == 0 ? "SIP/42@peer" : "SIP/1002";
	const struct rd_dial_options options = { .timeout_ms = 300000 };
	struct rd_channel *winner = NULL;
	const struct rd_bridge_options seats = { .peer_seat = &winner };
	struct rd_dial_result result;

	if (strcmp(exten, "630") == 0) {
		talk_for_a_while(ch);
		return;
	}
	rd_dial(ch, target, &options, &winner, &result);
	seen.dial_status = result.status;
	if (winner && rd_answer(ch) == 0)
		rd_bridge_run(ch, winner, &seats);
	if (winner)
		rd_channel_let_go(winner, RD_CAUSE_NORMAL);
	rd_hangup(ch, result.cause);
}

static int open_cut(void **state)
{
	int rc = exchange_open(state);

	seen.service = dial_with_patience;
	line_connect(1);
	return rc;
}

static int close_cut(void **state)
{
	line_break(NULL);
	line_answer_from(NULL);
	phone_port = 5060;
	run_for(100000);
	line_clear();
	line_connect(0);
	return exchange_close(state);
}

static struct sip_registering as_1002(const char *contact)
{
	return (struct sip_registering){
		.user = "1002", .password = "two", .call_id = "reg", .more = contact
	};
}

static void registers(const char *contact)
{
	const struct sip_registering who = as_1002(contact);
	const char *ok = sip_register(&who);

	if (strncmp(ok, "SIP/2.0 200", 11) != 0)
		fail_msg("a 200 was expected:\n%s", ok);
}

/* From there. */
static void registers_from(uint16_t port, const char *contact)
{
	struct sip_registering who = as_1002(contact);

	who.port = port;
	sip_register(&who);
}

/* And is told that it rings no more. */
static void registers_and_is_cancelled(const char *contact)
{
	const struct sip_registering who = as_1002(contact);

	sip_register_untold(&who);
	phone_expect_request(&callee, "CANCEL ");
	phone_answer(&callee, "200 OK", "", "");
	line_expect("SIP/2.0 200");
}

/* number: 620 calls 1002, 621 the peer. Their phone rings. */
static void call(const char *number)
{
	phone_invite(&far, "alice", number, "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_called(&callee);
	phone_answer(&callee, "180 Ringing", CONTACT("5060"), "");
	run_for(10);
	phone_expect(&far, "SIP/2.0 180");
}

static void calls_1002(const char *contact)
{
	registers(contact);
	call("620");
}

static void answers(const char *more)
{
	phone_answer_invite(&callee, callee.request, "200 OK", more, SDP(""));
	phone_expect_request(&callee, "ACK ");
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	run_for(10);
	assert_true(line_is_empty());
}

/* The caller does: the phone is told. */
static void hangs_up(const char *bye)
{
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
	run_for(10);
	snprintf(callee.request, sizeof(callee.request), "%s", line_expect(bye));
	phone_answer(&callee, "200 OK", "", "");
}

static void is_refused(const char *status)
{
	phone_final(&far, status);
	phone_ack_refusal(&far);
}

/* ---- while it rings ---- */

static void a_phone_that_registers_anew_rings_on_and_answers(void **state)
{
	(void)state;
	calls_1002(CONTACT("5060"));
	line_connect(2);
	run_for(2000);
	registers(CONTACT("5060"));
	run_for(50000);
	line_expect_nothing();
	answers(CONTACT("5060"));
	run_for(40000);
	registers(CONTACT("5060")); /* as it does from time to time */
	hangs_up("BYE sip:1002@127.0.0.2:5060;transport=tcp SIP/2.0");
}

static void a_phone_may_lose_its_connection_more_than_once(void **state)
{
	(void)state;
	calls_1002(CONTACT("5060"));
	for (unsigned n = 2; n < 5; n++) {
		line_connect(n);
		run_for(10000);
		registers(CONTACT("5060"));
	}
	run_for(20000);
	line_expect_nothing();
	answers(CONTACT("5060"));
	hangs_up("BYE ");
}

static void one_of_two_devices_that_has_declined_is_left_alone(void **state)
{
	static const char both[] = "Contact: <sip:a@127.0.0.2:5060>, <sip:b@127.0.0.2:5061>\n";
	struct sip_phone other;

	(void)state;
	registers(both);
	phone_invite(&far, "alice", "620", "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_called(&other);
	phone_called(&callee);
	phone_answer(&other, "180 Ringing", "", "");
	phone_answer(&callee, "180 Ringing", "", "");
	run_for(10);
	phone_expect(&far, "SIP/2.0 180");
	line_connect(2);
	registers(both);
	phone_answer(&other, "486 Busy Here", "", "");
	line_expect("ACK ");
	run_for(10000);
	registers(both);
	assert_true(line_is_empty());
	answers(CONTACT("5060"));
	hangs_up("BYE ");
}

static void a_phone_may_answer_by_a_connection_that_it_did_not_register_by(void **state)
{
	(void)state;
	calls_1002(CONTACT("5060"));
	line_connect(2);
	run_for(30000);
	line_break("127.0.0.2:5060"); /* nobody listens where it says */
	line_answer_from("127.0.0.2:7001");
	answers(CONTACT("5060"));
	hangs_up("BYE ");
	assert_string_equal(line_peer(), "127.0.0.2:7001");
}

static void a_provisional_answer_shows_that_it_rings_on(void **state)
{
	(void)state;
	calls_1002(CONTACT("5060"));
	line_connect(2);
	run_for(30000);
	phone_answer(&callee, "180 Ringing", CONTACT("5060"), "");
	run_for(200000);
	line_clear();
	assert_int_equal(seen.dial_status, 0);
	answers(CONTACT("5060"));
	hangs_up("BYE ");
}

/* It says it again, for the PRACK was lost with the connection (RFC 3262 §3). */
static void what_was_acknowledged_in_vain_is_acknowledged_again(void **state)
{
	static const char reliable[] = CONTACT("5060") "Require: 100rel\nRSeq: 1\n";

	(void)state;
	calls_1002(CONTACT("5060"));
	phone_answer(&callee, "183 Session Progress", reliable, SDP(""));
	assert_string_equal(line_header(line_expect("PRACK "), "RAck"), "1 1 INVITE");
	run_for(10);
	phone_expect(&far, "SIP/2.0 183");
	line_connect(2);
	run_for(10);
	line_expect_nothing();
	for (int i = 0; i < 2; i++) {
		phone_answer(&callee, "183 Session Progress", reliable, SDP(""));
		run_for(10);
		if (i == 0)
			assert_string_equal(line_header(line_expect("PRACK "), "RAck"),
					    "1 1 INVITE");
		line_expect_nothing();
	}
	answers(CONTACT("5060"));
	hangs_up("BYE ");
}

/* Whatever registers since, for another device may have done it. */
static void a_phone_that_has_answered_elsewhere_is_cancelled_there(void **state)
{
	(void)state;
	calls_1002(CONTACT("5060"));
	line_connect(2);
	line_break("127.0.0.2:5060");
	line_answer_from("127.0.0.2:7001");
	phone_answer(&callee, "180 Ringing", CONTACT("5060"), "");
	run_for(10);
	line_clear();
	line_break(NULL);
	line_answer_from(NULL);
	registers(CONTACT("5060"));
	line_answer_from("127.0.0.2:7001");
	phone_request(&far, "CANCEL", "", "");
	line_expect("SIP/2.0 200");
	is_refused("SIP/2.0 487");
	run_for(10);
	line_expect("CANCEL ");
	assert_string_equal(line_peer(), "127.0.0.2:7001");
}

static void a_phone_that_stays_away_rings_no_more_after_32_seconds(void **state)
{
	(void)state;
	calls_1002(CONTACT("5060"));
	line_connect(2);
	run_for(31900);
	line_expect_nothing();
	run_for(200);
	is_refused("SIP/2.0 503");
	assert_int_equal(seen.dial_status, RD_DIAL_CONGESTION);
}

/* It is found ringing when it comes back, for nobody. */
static void one_that_comes_back_later_is_cancelled(void **state)
{
	char rings[sizeof(callee.request)];

	(void)state;
	calls_1002(CONTACT("5060"));
	snprintf(rings, sizeof(rings), "%s", callee.request);
	line_connect(2);
	run_for(32100);
	is_refused("SIP/2.0 503");
	run_for(100000);
	line_expect_nothing();
	registers_and_is_cancelled(CONTACT("6001"));
	phone_answer_invite(&callee, rings, "487 Request Terminated", "", "");
	line_expect("ACK ");
	run_for(50000);
	line_expect_nothing();
}

static void also_when_its_caller_had_hung_up(void **state)
{
	(void)state;
	calls_1002(CONTACT("5060"));
	line_connect(2);
	phone_request(&far, "CANCEL", "", "");
	line_expect("SIP/2.0 200");
	is_refused("SIP/2.0 487");
	run_for(60000);
	assert_int_equal(sip.call_count, 0);
	registers_and_is_cancelled(CONTACT("6001"));
}

/* Before it has registered, say. */
static void one_that_is_answered_later_is_hung_up(void **state)
{
	(void)state;
	calls_1002(CONTACT("5060"));
	line_connect(2);
	run_for(60000);
	line_clear();
	phone_answer_invite(&callee, callee.request, "200 OK", CONTACT("5060"), SDP(""));
	line_expect("ACK ");
	line_expect("BYE ");
}

/* Then it has given up ringing itself. */
static void but_not_after_minutes(void **state)
{
	(void)state;
	calls_1002(CONTACT("5060"));
	line_connect(2);
	run_for(33000 + 181000);
	line_clear();
	registers(CONTACT("6001"));
	line_expect_nothing();
}

static void nor_is_another_device_cancelled(void **state)
{
	(void)state;
	calls_1002(INSTANCE("127.0.0.2:5060"));
	line_connect(2);
	run_for(60000);
	line_clear();
	registers("Contact: <sip:1002@127.0.0.3:5060;transport=tcp>\n");
	line_expect_nothing();
}

static void a_call_that_is_given_up_meanwhile_is_cancelled_when_the_phone_is_back(void **state)
{
	(void)state;
	calls_1002(CONTACT("5060"));
	line_connect(2);
	run_for(1000);
	phone_request(&far, "CANCEL", "", "");
	line_expect("SIP/2.0 200");
	is_refused("SIP/2.0 487");
	run_for(10000);
	line_expect_nothing();
	registers_and_is_cancelled(CONTACT("6001"));
}

/* Nobody knows whether it was read. */
static void a_cancel_that_went_by_the_broken_connection_is_sent_again(void **state)
{
	(void)state;
	calls_1002(CONTACT("5060"));
	phone_request(&far, "CANCEL", "", "");
	line_expect("SIP/2.0 200");
	is_refused("SIP/2.0 487");
	run_for(10);
	line_expect("CANCEL ");
	line_connect(2);
	registers_and_is_cancelled(CONTACT("5060"));
}

static void another_device_of_the_phone_does_not_stand_in_for_it(void **state)
{
	(void)state;
	calls_1002(CONTACT("5060"));
	line_connect(2);
	registers("Contact: <sip:1002@127.0.0.3:5060;transport=tcp>, "
		  "<sip:other@127.0.0.2:5060;transport=tcp>\n");
	run_for(40000);
	is_refused("SIP/2.0 503");
}

static void a_device_is_known_by_its_instance_wherever_it_is(void **state)
{
	(void)state;
	calls_1002(INSTANCE("127.0.0.2:5060"));
	line_connect(2);
	registers(INSTANCE("127.0.0.77:5999"));
	run_for(50000);
	line_expect_nothing();
	answers(CONTACT("5060"));
	hangs_up("BYE ");
}

/* Where somebody listens a connection is made, and what comes of it is awaited. */
static void a_peer_is_connected_to_anew(void **state)
{
	(void)state;
	call("621");
	line_connect(2);
	run_for(50000);
	line_expect_nothing();
	phone_request(&far, "CANCEL", "", "");
	line_expect("SIP/2.0 200");
	is_refused("SIP/2.0 487");
	run_for(10);
	line_expect("CANCEL ");
	assert_string_equal(line_peer(), "127.0.0.2:5060");
}

static void a_peer_that_wants_a_password_late_may_lose_another_connection(void **state)
{
	(void)state;
	call("621");
	line_connect(2);
	phone_answer_invite(&callee, callee.request, "401 Unauthorized",
			    "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\n",
			    "");
	line_expect("ACK ");
	phone_called(&callee);
	phone_answer(&callee, "180 Ringing", CONTACT("5060"), "");
	line_connect(3);
	run_for(50000);
	line_clear();
	phone_request(&far, "CANCEL", "", "");
	line_expect("SIP/2.0 200");
	is_refused("SIP/2.0 487");
	run_for(10);
	line_expect("CANCEL ");
}

/* ---- the caller's connection, while it rings here ---- */

static void gate_registers(const char *cseq, const char *contact)
{
	char text[1024];

	snprintf(text, sizeof(text),
		 "REGISTER sip:127.0.0.1 SIP/2.0\nVia: SIP/2.0/TCP 127.0.0.9:5060;"
		 "branch=z9hG4bKgate%s;rport\nFrom: <sip:gate@127.0.0.1>;tag=r\n"
		 "To: <sip:gate@127.0.0.1>\nCall-ID: gate\nCSeq: %s REGISTER\n"
		 "Max-Forwards: 70\n%s\n",
		 cseq, cseq, contact);
	line_feed_from("127.0.0.9", 6001, text);
	line_expect("SIP/2.0 200");
}

static void hears_it_ring_and_is_cut(const char *caller, const char *number)
{
	phone_invite(&far, caller, number, "", SDP(""));
	run_for(10);
	phone_expect(&far, "SIP/2.0 100");
	phone_expect(&far, "SIP/2.0 180");
	line_connect(2);
}

static void talks_and_hangs_up(void)
{
	phone_ack(&far, "");
	run_for(10);
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
}

static void a_caller_is_answered_by_a_new_connection(void **state)
{
	(void)state;
	hears_it_ring_and_is_cut("alice", "610");
	run_for(1000);
	phone_expect(&far, "SIP/2.0 200");
	assert_string_equal(line_peer(), "127.0.0.9:5060");
	talks_and_hangs_up();
}

static void a_caller_cancels_by_a_new_connection(void **state)
{
	(void)state;
	hears_it_ring_and_is_cut("alice", "602");
	run_for(1000);
	phone_request(&far, "CANCEL", "", "");
	line_expect("SIP/2.0 200");
	is_refused("SIP/2.0 487");
}

/* The way back to gate, by the connection that it registered by last. */
static void a_caller_who_listens_nowhere_is_answered_by_what_it_registered_by(void **state)
{
	(void)state;
	gate_registers("1", INSTANCE("127.0.0.9:5060"));
	hears_it_ring_and_is_cut("gate", "610");
	line_break("127.0.0.9:5060");
	gate_registers("2", INSTANCE("127.0.0.77:5999"));
	run_for(1000);
	phone_expect(&far, "SIP/2.0 200");
	assert_string_equal(line_peer(), "127.0.0.9:6001");
	line_break(NULL);
	talks_and_hangs_up();
}

static void a_caller_is_answered_by_what_its_dialog_has_come_to_since(void **state)
{
	(void)state;
	hears_it_ring_and_is_cut("gate", "610");
	line_break("127.0.0.9:5060");
	phone_port = 6002;
	phone_request(&far, "OPTIONS", "", "");
	line_expect("SIP/2.0 200");
	run_for(1000);
	phone_expect(&far, "SIP/2.0 200");
	assert_string_equal(line_peer(), "127.0.0.9:6002");
	talks_and_hangs_up();
}

static void what_came_through_a_proxy_goes_back_to_it(void **state)
{
	(void)state;
	gate_registers("1", INSTANCE("127.0.0.9:5060"));
	phone_invite(&far, "gate", "610", "Record-Route: <sip:127.0.0.9:5060;lr>\n", SDP(""));
	run_for(10);
	phone_expect(&far, "SIP/2.0 100");
	phone_expect(&far, "SIP/2.0 180");
	line_connect(2);
	gate_registers("2", INSTANCE("127.0.0.77:5999"));
	run_for(1000);
	phone_expect(&far, "SIP/2.0 200");
	assert_string_equal(line_peer(), "127.0.0.9:5060");
	talks_and_hangs_up();
}

/* ---- in the call ---- */

static void talks(const char *contact)
{
	calls_1002(contact);
	answers(CONTACT("5060"));
}

static void a_bye_goes_by_the_connection_that_the_phone_registered_by_since(void **state)
{
	(void)state;
	talks(CONTACT("5060"));
	line_connect(2);
	line_break("127.0.0.2:5060"); /* nobody listens where it says */
	registers_from(6002, CONTACT("6002"));
	registers_from(6001, CONTACT("6001"));
	hangs_up("BYE sip:1002@127.0.0.2:5060;transport=tcp SIP/2.0");
	assert_string_equal(line_peer(), "127.0.0.2:6001");
}

/* Its Contact in the call has a user of its own. */
static void so_does_one_to_the_only_phone_there(void **state)
{
	(void)state;
	calls_1002(CONTACT("5060"));
	answers("Contact: <sip:line7@127.0.0.2:5060;transport=tcp>\n");
	line_connect(2);
	line_break("127.0.0.2:5060");
	registers_from(6001, CONTACT("6001"));
	hangs_up("BYE sip:line7@127.0.0.2:5060;transport=tcp SIP/2.0");
	assert_string_equal(line_peer(), "127.0.0.2:6001");
}

static void a_bye_goes_to_a_device_that_has_another_address(void **state)
{
	(void)state;
	talks(INSTANCE("127.0.0.2:5060"));
	line_connect(2);
	line_break("127.0.0.2:5060");
	registers_from(6001, INSTANCE("127.0.0.77:5999"));
	hangs_up("BYE ");
	assert_string_equal(line_peer(), "127.0.0.2:6001");
}

static void a_bye_goes_to_a_device_that_called_here_by_its_new_connection(void **state)
{
	(void)state;
	gate_registers("1", INSTANCE("127.0.0.9:5060"));
	phone_invite(&far, "gate", "630", "", SDP(""));
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	line_connect(2);
	line_break("127.0.0.9:5060");
	gate_registers("2", INSTANCE("127.0.0.77:5999"));
	run_for(20000);
	line_expect("BYE ");
	assert_string_equal(line_peer(), "127.0.0.9:6001");
}

/* ---- a BYE that was perhaps not read ---- */

/* 1002 talks; its caller hangs up. */
static void is_hung_up_over(uint64_t connection)
{
	calls_1002(CONTACT("5060"));
	answers(CONTACT("5060"));
	line_connect(connection);
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
	run_for(10);
	line_expect("BYE ");
}

static void takes_the_bye(void)
{
	snprintf(callee.request, sizeof(callee.request), "%s", line_expect("BYE "));
	phone_answer(&callee, "200 OK", "", "");
}

static void a_bye_that_its_connection_loses_goes_by_another_one(void **state)
{
	(void)state;
	is_hung_up_over(1);
	line_connect(2);
	assert_string_equal(line_peer(), "127.0.0.2:5060");
	takes_the_bye();
	run_for(40000);
	line_expect_nothing();
	assert_int_equal(sip.call_count, 0);
}

static void or_by_the_one_that_the_phone_comes_back_with(void **state)
{
	const struct sip_registering who = as_1002(CONTACT("6001"));

	(void)state;
	is_hung_up_over(1);
	line_break("127.0.0.2:5060");
	line_connect(2);
	line_expect_nothing();
	run_for(20000);
	line_expect_nothing();
	line_break(NULL);
	sip_register_untold(&who);
	takes_the_bye();
	line_expect("SIP/2.0 200"); /* to its REGISTER */
	run_for(40000);
	line_expect_nothing();
}

/* It registers with nobody, as a provider. */
static void or_by_one_to_the_same_place_when_that_is_back(void **state)
{
	(void)state;
	is_hung_up_over(1);
	line_break("127.0.0.2:5060");
	line_connect(2);
	run_for(5000);
	line_expect_nothing();
	assert_int_equal(sip.call_count, 1);
	line_break(NULL);
	run_for(2000);
	takes_the_bye();
	run_for(40000);
	line_expect_nothing();
	assert_int_equal(sip.call_count, 0);
}

static void a_phone_that_stays_away_is_waited_for_no_longer_than_32_seconds(void **state)
{
	(void)state;
	is_hung_up_over(1);
	line_break("127.0.0.2:5060");
	line_connect(2);
	run_for(31900);
	assert_int_equal(sip.call_count, 1);
	run_for(200);
	assert_int_equal(sip.call_count, 0);
	line_break(NULL);
	registers(CONTACT("6001"));
	line_expect_nothing();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_cut, close_cut)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_phone_that_registers_anew_rings_on_and_answers),
		TEST(a_phone_may_lose_its_connection_more_than_once),
		TEST(one_of_two_devices_that_has_declined_is_left_alone),
		TEST(a_phone_may_answer_by_a_connection_that_it_did_not_register_by),
		TEST(a_provisional_answer_shows_that_it_rings_on),
		TEST(what_was_acknowledged_in_vain_is_acknowledged_again),
		TEST(a_phone_that_has_answered_elsewhere_is_cancelled_there),
		TEST(or_by_one_to_the_same_place_when_that_is_back),
		TEST(a_phone_that_stays_away_rings_no_more_after_32_seconds),
		TEST(one_that_comes_back_later_is_cancelled),
		TEST(also_when_its_caller_had_hung_up),
		TEST(one_that_is_answered_later_is_hung_up),
		TEST(but_not_after_minutes),
		TEST(nor_is_another_device_cancelled),
		TEST(a_call_that_is_given_up_meanwhile_is_cancelled_when_the_phone_is_back),
		TEST(a_cancel_that_went_by_the_broken_connection_is_sent_again),
		TEST(another_device_of_the_phone_does_not_stand_in_for_it),
		TEST(a_device_is_known_by_its_instance_wherever_it_is),
		TEST(a_peer_is_connected_to_anew),
		TEST(a_peer_that_wants_a_password_late_may_lose_another_connection),
		TEST(a_caller_is_answered_by_a_new_connection),
		TEST(a_caller_cancels_by_a_new_connection),
		TEST(a_caller_who_listens_nowhere_is_answered_by_what_it_registered_by),
		TEST(a_caller_is_answered_by_what_its_dialog_has_come_to_since),
		TEST(what_came_through_a_proxy_goes_back_to_it),
		TEST(a_bye_goes_by_the_connection_that_the_phone_registered_by_since),
		TEST(so_does_one_to_the_only_phone_there),
		TEST(a_bye_goes_to_a_device_that_has_another_address),
		TEST(a_bye_goes_to_a_device_that_called_here_by_its_new_connection),
		TEST(a_bye_that_its_connection_loses_goes_by_another_one),
		TEST(or_by_the_one_that_the_phone_comes_back_with),
		TEST(a_phone_that_stays_away_is_waited_for_no_longer_than_32_seconds),
	};

	return RUN_GROUP(tests);
}
