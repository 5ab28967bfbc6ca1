/* INVITE with Replaces (RFC 3891): one phone takes over the call of another, in
 * confirmed and in early dialogs, or is told why not. */
#include "tests/unit/test.h"

#include <ringdown/bridge.h>

#include <ringdown/channel.h>

#include "channels/sip/call/replaces.h"
#include "tests/sim/sip_exchange.h"

static struct sip_phone far, callee, third, fourth;
static char replaces[256];

static void ring_peer(void)
{
	phones_dial(&far, &callee);
	phone_answer(&callee, "180 Ringing", "", "");
	run_for(10);
	phone_expect(&far, "SIP/2.0 180");
}

static void connect_peer(void)
{
	ring_peer();
	phones_connect(&far, &callee);
}

/* The header that names the dialog of this phone. */
static const char *naming(const struct sip_phone *phone, const char *more)
{
	snprintf(replaces, sizeof(replaces), "Replaces: %s;to-tag=%s;from-tag=%s%s\n",
		 phone->call_id, phone->their_tag, phone->our_tag, more);
	return replaces;
}

/* Another phone comes, with such headers. */
static void third_calls(const char *headers)
{
	phone_invite(&third, "bob", "600", headers, SDP(""));
	run_for(10);
}

static void expect_refused(const char *headers, const char *status)
{
	third_calls(headers);
	phone_final(&third, status);
	phone_ack(&third, "");
	run_for(10);
	line_expect_nothing();
}

static void bye_from(struct sip_phone *phone)
{
	phone_request(phone, "BYE", "", "");
	phone_expect(phone, "SIP/2.0 200");
	run_for(10);
}

static void expect_bye(struct sip_phone *phone)
{
	char bye[4096];

	snprintf(bye, sizeof(bye), "%s", line_expect("BYE "));
	assert_string_equal(line_header(bye, "Call-ID"), phone->call_id);
	snprintf(phone->request, sizeof(phone->request), "%s", bye);
	phone_answer(phone, "200 OK", "", "");
	run_for(10);
}

static void hang_up(void)
{
	bye_from(&far);
	expect_bye(&callee);
}

/* ---- confirmed dialogs ---- */

static void the_called_phone_is_replaced(void **state)
{
	(void)state;
	connect_peer();
	third_calls(naming(&callee, ""));
	phone_final(&third, "SIP/2.0 200");
	expect_bye(&callee);
	phone_ack(&third, "");
	run_for(10);
	line_expect_nothing();
	bye_from(&third);
	expect_bye(&far);
}

static void the_calling_phone_is_replaced(void **state)
{
	(void)state;
	connect_peer();
	third_calls(naming(&far, ""));
	phone_final(&third, "SIP/2.0 200");
	expect_bye(&far);
	phone_ack(&third, "");
	run_for(10);
	/* [peer] has send_pai: it is shown whom it talks to now. */
	phone_expect_request(&callee, "INVITE ");
	assert_non_null(strstr(callee.request, "P-Asserted-Identity: \"Far\" <sip:bob@"));
	phone_answer(&callee, "200 OK", "", SDP(""));
	line_expect("ACK ");
	bye_from(&third);
	expect_bye(&callee);
}

static void a_call_to_an_application_is_taken_over(void **state)
{
	(void)state;
	phone_invite(&far, "alice", "600", "", SDP(""));
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	run_for(10);
	third_calls(naming(&far, ""));
	phone_final(&third, "SIP/2.0 200");
	expect_bye(&far);
	phone_ack(&third, "");
	run_for(10);
	line_expect_nothing();
	bye_from(&third);
}

/* Its tag is written as 0 where it has none (RFC 3891 §6.1). */
static void a_phone_without_tags_is_replaced(void **state)
{
	char ack[512];

	(void)state;
	line_feed_from("127.0.0.9", 5060,
		       "INVITE sip:600@127.0.0.1 SIP/2.0\n"
		       "Via: SIP/2.0/UDP 127.0.0.9:5060;branch=z9hG4bKold\n"
		       "Max-Forwards: 70\nFrom: <sip:old@127.0.0.9>\n"
		       "To: <sip:600@127.0.0.1>\nCall-ID: old\nCSeq: 1 INVITE\n"
		       "Contact: <sip:old@127.0.0.9:5060>\n"
		       "Content-Type: application/sdp\n\n" SDP(""));
	memset(&far, 0, sizeof(far));
	strcpy(far.call_id, "old");
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
	snprintf(ack, sizeof(ack),
		 "ACK sip:127.0.0.1:5060 SIP/2.0\n"
		 "Via: SIP/2.0/UDP 127.0.0.9:5060;branch=z9hG4bKolder\n"
		 "Max-Forwards: 70\nFrom: <sip:old@127.0.0.9>\n"
		 "To: <sip:600@127.0.0.1>;tag=%s\nCall-ID: old\nCSeq: 1 ACK\n\n",
		 far.their_tag);
	line_feed_from("127.0.0.9", 5060, ack);
	run_for(10);
	strcpy(far.our_tag, "0");
	third_calls(naming(&far, ""));
	phone_final(&third, "SIP/2.0 200");
	expect_bye(&far);
	phone_ack(&third, "");
	run_for(10);
	bye_from(&third);
}

static void who_insists_is_understood(void **state)
{
	const char *answer;

	(void)state;
	connect_peer();
	strcat((char *)naming(&callee, ""), "Require: replaces\n");
	third_calls(replaces);
	answer = phone_final(&third, "SIP/2.0 200");
	assert_non_null(strstr(line_header(answer, "Supported"), "replaces"));
	expect_bye(&callee);
	phone_ack(&third, "");
	bye_from(&far);
	expect_bye(&third);
}

static void an_offer_that_cannot_be_met_changes_nothing(void **state)
{
	(void)state;
	connect_peer();
	phone_invite(&third, "bob", "600", naming(&callee, ""),
		     "v=0\no=- 1 1 IN IP4 127.0.0.2\ns=-\nc=IN IP4 127.0.0.2\nt=0 0\n"
		     "m=audio 5000 RTP/AVP 18\n");
	run_for(10);
	phone_final(&third, "SIP/2.0 488");
	phone_ack(&third, "");
	run_for(10);
	line_expect_nothing();
	hang_up();
}

static void early_only_leaves_an_answered_call_alone(void **state)
{
	(void)state;
	connect_peer();
	expect_refused(naming(&callee, ";early-only"), "SIP/2.0 486");
	hang_up();
}

/* ---- early dialogs ---- */

static void a_ringing_phone_is_picked_up(void **state)
{
	char invite[4096];

	(void)state;
	ring_peer();
	snprintf(invite, sizeof(invite), "%s", callee.request);
	third_calls(naming(&callee, ";early-only"));
	phone_final(&third, "SIP/2.0 200");
	phone_final(&far, "SIP/2.0 200");
	phone_expect_request(&callee, "CANCEL ");
	assert_non_null(strstr(callee.request, "SIP;cause=200"));
	phone_answer(&callee, "200 OK", "", "");
	phone_answer_invite(&callee, invite, "487 Request Terminated", "", "");
	line_expect("ACK ");
	phone_ack(&far, "");
	phone_ack(&third, "");
	run_for(10);
	line_expect_nothing();
	bye_from(&far);
	expect_bye(&third);
}

static void a_dialog_that_we_did_not_begin_is_none_while_early(void **state)
{
	char invite[4096];

	(void)state;
	ring_peer();
	snprintf(invite, sizeof(invite), "%s", callee.request);
	expect_refused(naming(&far, ""), "SIP/2.0 481");
	phone_request(&far, "CANCEL", "", "");
	phone_expect(&far, "SIP/2.0 200");
	line_expect("SIP/2.0 487");
	phone_ack(&far, "");
	run_for(10);
	phone_expect_request(&callee, "CANCEL ");
	phone_answer(&callee, "200 OK", "", "");
	phone_answer_invite(&callee, invite, "487 Request Terminated", "", "");
	run_for(10);
	line_clear();
}

/* ---- what is refused ---- */

static void a_dialog_that_nobody_knows_is_481(void **state)
{
	(void)state;
	connect_peer();
	expect_refused("Replaces: nobody;to-tag=1;from-tag=2\n", "SIP/2.0 481");
	/* The tags the wrong way round. */
	snprintf(replaces, sizeof(replaces), "Replaces: %s;to-tag=%s;from-tag=%s\n",
		 callee.call_id, callee.our_tag, callee.their_tag);
	expect_refused(replaces, "SIP/2.0 481");
	hang_up();
}

/* Of a subscription: [quiet] may send on from outside. */
static void a_dialog_that_is_no_call_is_481(void **state)
{
	struct sip_phone watcher = { .call_id = "watches", .our_tag = "w", .user = "a" };

	(void)state;
	connect_peer();
	phone_source = "127.0.0.7";
	phone_request(&watcher, "REFER", "Refer-To: <sip:600@127.0.0.1>\n", "");
	phone_source = "127.0.0.9";
	phone_expect(&watcher, "SIP/2.0 202");
	run_for(10);
	line_clear();
	expect_refused(naming(&watcher, ""), "SIP/2.0 481");
	run_for(70000);
	line_clear();
	hang_up();
}

/* The INVITE was forked, and another has answered. */
static void the_early_dialog_of_a_loser_is_481(void **state)
{
	struct sip_phone loser;

	(void)state;
	ring_peer();
	loser = callee;
	snprintf(callee.our_tag, sizeof(callee.our_tag), "winner");
	phones_connect(&far, &callee);
	expect_refused(naming(&loser, ""), "SIP/2.0 481");
	hang_up();
}

static void a_call_that_has_just_ended_is_603(void **state)
{
	(void)state;
	connect_peer();
	bye_from(&far);
	phone_expect_request(&callee, "BYE ");
	expect_refused(naming(&callee, ""), "SIP/2.0 603");
	phone_answer(&callee, "200 OK", "", "");
	run_for(10);
}

static void what_makes_no_sense_is_400(void **state)
{
	char two[512];

	(void)state;
	connect_peer();
	snprintf(two, sizeof(two), "%sReplaces: other;to-tag=1;from-tag=2\n",
		 naming(&callee, ""));
	expect_refused(two, "SIP/2.0 400");
	snprintf(two, sizeof(two), "%sJoin: other;to-tag=1;from-tag=2\n", naming(&callee, ""));
	expect_refused(two, "SIP/2.0 400");
	expect_refused("Replaces: lonely;to-tag=1\n", "SIP/2.0 400");
	expect_refused("Replaces: twice;to-tag=1;to-tag=2;from-tag=3\n", "SIP/2.0 400");
	expect_refused("Replaces: twice;to-tag=1;from-tag=2;from-tag=3\n", "SIP/2.0 400");
	phone_request(&far, "OPTIONS", naming(&callee, ""), "");
	phone_expect(&far, "SIP/2.0 400");
	hang_up();
}

static void a_stranger_to_the_context_is_403(void **state)
{
	(void)state;
	connect_peer();
	phone_source = "127.0.0.8";
	expect_refused(naming(&callee, ""), "SIP/2.0 403");
	phone_source = "127.0.0.9";
	hang_up();
}

/* ---- Join, RFC 3911 ---- */

static const char *joining(const struct sip_phone *phone, const char *more)
{
	snprintf(replaces, sizeof(replaces), "Join: %s;to-tag=%s;from-tag=%s\n%s",
		 phone->call_id, phone->their_tag, phone->our_tag, more);
	return replaces;
}

static void third_joins(const struct sip_phone *whose)
{
	third_calls(joining(whose, ""));
	phone_final(&third, "SIP/2.0 200");
	phone_ack(&third, "");
	run_for(10);
}

static void fourth_joins(const struct sip_phone *whose)
{
	phone_invite(&fourth, "bob", "600", joining(whose, ""), SDP(""));
	run_for(10);
	phone_final(&fourth, "SIP/2.0 200");
	phone_ack(&fourth, "");
	run_for(10);
}

/* Who is shown somebody else now may be told by a re-INVITE. */
static void settle(void)
{
	run_for(100);
	line_clear();
}

/* Two are left, in a bridge as any other. */
static void assert_they_talk(void)
{
	struct rd_bridge *bridge = rd_bridge_next(NULL);

	assert_non_null(bridge);
	assert_null(rd_bridge_next(bridge));
	assert_int_equal(rd_bridge_count(bridge), 2);
	assert_int_equal(rd_channel_count(), 2);
	assert_string_equal(rd_bridge_way(bridge), "relay");
}

static void a_third_joins_two(void **state)
{
	const char *answer;
	struct rd_bridge *bridge;

	(void)state;
	connect_peer();
	third_calls(joining(&far, "Require: join\n"));
	answer = phone_final(&third, "SIP/2.0 200");
	assert_non_null(strstr(line_header(answer, "Supported"), "join"));
	phone_ack(&third, "");
	run_for(10);
	bridge = rd_bridge_next(NULL);
	assert_int_equal(rd_bridge_count(bridge), 3);
	/* It leaves, and the others stay. */
	bye_from(&third);
	assert_int_equal(rd_bridge_count(bridge), 2);
	/* By the other dialog, too. */
	third_joins(&callee);
	assert_int_equal(rd_bridge_count(bridge), 3);
	bye_from(&third);
	hang_up();
}

static void who_joined_goes_on_with_the_called_one(void **state)
{
	(void)state;
	connect_peer();
	third_joins(&far);
	bye_from(&far);
	settle();
	assert_they_talk();
	bye_from(&third);
	expect_bye(&callee);
}

static void who_joined_goes_on_with_the_caller(void **state)
{
	(void)state;
	connect_peer();
	third_joins(&far);
	bye_from(&callee);
	settle();
	assert_they_talk();
	bye_from(&far);
	expect_bye(&third);
}

static void of_two_who_joined_both_go_on(void **state)
{
	(void)state;
	connect_peer();
	third_joins(&far);
	fourth_joins(&far);
	assert_int_equal(rd_bridge_count(rd_bridge_next(NULL)), 4);
	bye_from(&far);
	settle();
	assert_int_equal(rd_bridge_count(rd_bridge_next(NULL)), 3);
	bye_from(&callee);
	settle();
	assert_they_talk();
	bye_from(&third);
	expect_bye(&fourth);
}

/* Who joined is replaced: the other leg has its place among them. */
static void fourth_replaces_third(void)
{
	phone_invite(&fourth, "bob", "600", naming(&third, ""), SDP(""));
	run_for(10);
	phone_final(&fourth, "SIP/2.0 200");
	phone_ack(&fourth, "");
	expect_bye(&third);
	settle();
}

static void who_joined_is_replaced(void **state)
{
	struct rd_bridge *bridge;

	(void)state;
	connect_peer();
	third_joins(&far);
	fourth_replaces_third();
	bridge = rd_bridge_next(NULL);
	assert_int_equal(rd_bridge_count(bridge), 3);
	assert_int_equal(rd_channel_count(), 3);
	bye_from(&fourth);
	assert_int_equal(rd_bridge_count(bridge), 2);
	hang_up();
}

static void whoever_has_its_place_goes_on_with_who_stays(void **state)
{
	(void)state;
	connect_peer();
	third_joins(&far);
	fourth_replaces_third();
	bye_from(&far);
	settle();
	assert_they_talk();
	bye_from(&callee);
	expect_bye(&fourth);
}

static void who_has_no_conversation_cannot_be_joined(void **state)
{
	(void)state;
	ring_peer();
	expect_refused(joining(&callee, ""), "SIP/2.0 488");
	phone_request(&far, "CANCEL", "", "");
	run_for(40000);
	line_clear();
	phone_invite(&far, "alice", "600", "", SDP("")); /* an application */
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	expect_refused(joining(&far, ""), "SIP/2.0 488");
	bye_from(&far);
}

static void a_join_that_makes_no_sense(void **state)
{
	char both[1024];

	(void)state;
	expect_refused("Join: x;to-tag=1;from-tag=2\n", "SIP/2.0 481");
	connect_peer();
	expect_refused("Join: x;to-tag=1\n", "SIP/2.0 400");
	snprintf(both, sizeof(both), "%s%s", joining(&far, ""), joining(&callee, ""));
	expect_refused(both, "SIP/2.0 400");
	snprintf(both, sizeof(both), "%s", joining(&far, ""));
	strcat(both, naming(&far, ""));
	expect_refused(both, "SIP/2.0 400");
	phone_request(&far, "OPTIONS", joining(&far, ""), "");
	line_expect("SIP/2.0 400");
	hang_up();
}

/* A conference of that number is where it is meant to be anyhow. */
static void a_join_to_a_conference_is_a_call_to_it(void **state)
{
	const struct rd_bridge_setup setup = { .name = "600" };
	struct rd_bridge *room;

	(void)state;
	assert_int_equal(rd_bridge_new(&room, &setup), 0);
	third_calls("Join: x;to-tag=1;from-tag=2\n");
	phone_final(&third, "SIP/2.0 200");
	phone_ack(&third, "");
	bye_from(&third);
	rd_bridge_close(room);
}

static void a_stranger_may_not_join(void **state)
{
	(void)state;
	connect_peer();
	phone_source = "127.0.0.8";
	expect_refused(joining(&callee, ""), "SIP/2.0 403");
	phone_source = "127.0.0.9";
	sip_settings_find(sip.settings, RD_STR("gate"))->join = SIP_REPLACES_NO;
	expect_refused(joining(&callee, ""), "SIP/2.0 403");
	expect_refused("Join: none;to-tag=1;from-tag=2\n", "SIP/2.0 403");
	expect_refused(joining(&callee, "Require: join\n"), "SIP/2.0 420");
	hang_up();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, exchange_open, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_called_phone_is_replaced),
		TEST(the_calling_phone_is_replaced),
		TEST(a_call_to_an_application_is_taken_over),
		TEST(a_phone_without_tags_is_replaced),
		TEST(who_insists_is_understood),
		TEST(an_offer_that_cannot_be_met_changes_nothing),
		TEST(early_only_leaves_an_answered_call_alone),
		TEST(a_ringing_phone_is_picked_up),
		TEST(a_dialog_that_we_did_not_begin_is_none_while_early),
		TEST(a_dialog_that_nobody_knows_is_481),
		TEST(a_dialog_that_is_no_call_is_481),
		TEST(the_early_dialog_of_a_loser_is_481),
		TEST(a_call_that_has_just_ended_is_603),
		TEST(what_makes_no_sense_is_400),
		TEST(a_stranger_to_the_context_is_403),
		TEST(a_third_joins_two),
		TEST(who_joined_goes_on_with_the_called_one),
		TEST(who_joined_goes_on_with_the_caller),
		TEST(of_two_who_joined_both_go_on),
		TEST(who_joined_is_replaced),
		TEST(whoever_has_its_place_goes_on_with_who_stays),
		TEST(who_has_no_conversation_cannot_be_joined),
		TEST(a_join_that_makes_no_sense),
		TEST(a_join_to_a_conference_is_a_call_to_it),
		TEST(a_stranger_may_not_join),
	};

	return RUN_GROUP(tests);
}
