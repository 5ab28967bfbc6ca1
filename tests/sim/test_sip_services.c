/* The service examples of RFC 5359, each as this exchange gives it: a test is
 * titled by its section. */
#include "tests/unit/test.h"

#include <ringdown/app.h>
#include <ringdown/bridge.h>
#include <ringdown/channel.h>

#include "channels/sip/driver.h"
#include "core/call/call.h"
#include "core/call/prompt.h"
#include "core/call/registry.h"
#include "tests/sim/sip_exchange.h"

#define PEER "SIP/42@plain"
#define OTHER "SIP/43@plain"

static struct sip_phone alice, bob, carol, alice2;

/* ---- what the dialplan does with the numbers of these services ---- */

/* True when somebody answered, and the talk is over. */
static bool dial(struct rd_channel *ch, const char *target)
{
	struct rd_channel *winner = NULL;
	const struct rd_bridge_options seats = { .peer_seat = &winner };
	const struct rd_dial_options options = { .timeout_ms = 20000 };
	struct rd_dial_result result;

	if (rd_dial(ch, target, &options, &winner, &result) == 0 && winner &&
	    rd_answer(ch) == 0)
		rd_bridge_run(ch, winner, &seats);
	seen.dial_status = result.status;
	seen.dial_cause = result.cause;
	if (winner)
		rd_channel_let_go(winner, RD_CAUSE_NORMAL);
	return winner || rd_channel_gone(ch) || rd_channel_moved(ch);
}

static void end(struct rd_channel *ch, int cause)
{
	if (!rd_channel_moved(ch))
		rd_hangup(ch, cause);
}

static void dial_next_when(struct rd_channel *ch, enum rd_dial_status status)
{
	if (!dial(ch, PEER) && seen.dial_status == status)
		dial(ch, OTHER);
	end(ch, seen.dial_cause);
}

/* Incoming screening: whom the callee does not want to hear. */
static void screen(struct rd_channel *ch)
{
	const char *number = rd_channel_party(ch, RD_PARTY_CALLER)->number;

	if (number && strcmp(number, "unwanted") == 0)
		end(ch, RD_CAUSE_REJECTED);
	else
		dial(ch, PEER);
	end(ch, RD_CAUSE_NORMAL);
}

/* Talk to a leg that somebody has parked. */
static void fetch(struct rd_channel *ch, const char *device)
{
	struct rd_channel *parked = rd_channel_find(device);
	const struct rd_bridge_options seats = { .peer_seat = &parked };

	if (parked && rd_answer(ch) == 0 && rd_channel_take_over(parked) == 0) {
		rd_bridge_run(ch, parked, &seats);
		rd_channel_let_go(parked, RD_CAUSE_NORMAL);
	}
	end(ch, RD_CAUSE_NORMAL);
}

static void redial(struct rd_channel *ch)
{
	while (!dial(ch, PEER) && seen.dial_status == RD_DIAL_BUSY)
		if (rd_channel_sleep(ch, 5000))
			break;
	end(ch, RD_CAUSE_NORMAL);
}

static void serve(struct rd_channel *ch, const char *exten)
{
	if (strcmp(exten, "720") == 0)
		dial_next_when(ch, RD_DIAL_BUSY);
	else if (strcmp(exten, "721") == 0)
		dial_next_when(ch, RD_DIAL_NOANSWER);
	else if (strcmp(exten, "722") == 0)
		dial(ch, PEER "&" OTHER);
	else if (strcmp(exten, "723") == 0)
		screen(ch);
	else if (strcmp(exten, "724") == 0)
		end(ch, RD_CAUSE_INCOMING_CALL_BARRED);
	else if (strcmp(exten, "725") == 0)
		fetch(ch, "SIP/plain");
	else if (strcmp(exten, "726") == 0)
		redial(ch);
	else
		dial(ch, PEER);
	end(ch, RD_CAUSE_NORMAL);
}

static int open_services(void **state)
{
	int rc = exchange_open(state);

	seen.service = serve;
	return rc;
}

/* ---- steps that the flows share ---- */

static void dial_number(struct sip_phone *phone, const char *user, const char *number)
{
	phone_invite(phone, user, number, "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
}

static void answer(struct sip_phone *phone)
{
	phone_answer(phone, "200 OK", "", SDP(""));
	line_expect("ACK ");
	run_for(10);
}

static void is_answered(struct sip_phone *phone)
{
	phone_final(phone, "SIP/2.0 200");
	phone_ack(phone, "");
	run_for(10);
}

static void connect_to(struct sip_phone *caller, struct sip_phone *callee, const char *number)
{
	dial_number(caller, "alice", number);
	phone_called(callee);
	answer(callee);
	is_answered(caller);
}

static void hangs_up(struct sip_phone *phone)
{
	phone_request(phone, "BYE", "", "");
	phone_expect(phone, "SIP/2.0 200");
	run_for(10);
}

static void gets_bye(struct sip_phone *phone)
{
	char call_id[64];

	if (line_is_empty())
		run_for(510);
	snprintf(call_id, sizeof(call_id), "%s", phone->call_id);
	phone_expect_request(phone, "BYE ");
	assert_string_equal(phone->call_id, call_id);
	phone_answer(phone, "200 OK", "", "");
	run_for(10);
}

static void reinvites(struct sip_phone *phone, const char *direction, const char *answered)
{
	char offer[512];
	const char *text;

	snprintf(offer, sizeof(offer), "%sa=%s\n", SDP(""), direction);
	phone_request(phone, "INVITE", "", offer);
	run_for(10);
	text = phone_final(phone, "SIP/2.0 200");
	assert_non_null(strstr(text, answered));
	phone_ack(phone, "");
	run_for(10);
}

static bool hears_music(const char *device)
{
	struct rd_channel *ch = rd_channel_find(device);
	struct rd__voice *voice;
	bool music;

	assert_non_null(ch);
	voice = rd__voice_there(ch);
	music = voice && voice->music;
	rd_channel_unref(ch);
	return music;
}

static void is_told(struct sip_phone *phone, const char *status)
{
	const char *text = phone_expect_request(phone, "NOTIFY ");

	assert_non_null(strstr(text, status));
	phone_answer(phone, "200 OK", "", "");
	run_for(10);
}

static void refers(struct sip_phone *phone, const char *headers)
{
	phone_request(phone, "REFER", headers, "");
	phone_expect(phone, "SIP/2.0 202");
	run_for(10);
}

static void refuses(struct sip_phone *phone, const char *status)
{
	phone_answer(phone, status, "", "");
	line_expect("ACK ");
	run_for(10);
}

static void gives_up_ringing(struct sip_phone *phone)
{
	char invite[4096];

	snprintf(invite, sizeof(invite), "%s", phone->request);
	phone_expect_request(phone, "CANCEL ");
	phone_answer(phone, "200 OK", "", "");
	phone_answer_invite(phone, invite, "487 Request Terminated", "", "");
}

/* ---- the sections ---- */

static void s2_1_call_hold(void **state)
{
	(void)state;
	connect_to(&alice, &bob, "799");
	reinvites(&alice, "sendonly", "a=recvonly");
	line_expect_nothing(); /* bob's dialog is not touched: music comes from us */
	reinvites(&alice, "sendrecv", "a=sendrecv");
	assert_false(hears_music("SIP/plain"));
	hangs_up(&alice);
	gets_bye(&bob);
}

static void s2_2_consultation_hold(void **state)
{
	(void)state;
	connect_to(&alice, &bob, "799");
	reinvites(&alice, "sendonly", "a=recvonly");
	connect_to(&alice2, &carol, "799");
	hangs_up(&alice2);
	gets_bye(&carol);
	reinvites(&alice, "sendrecv", "a=sendrecv");
	hangs_up(&bob);
	gets_bye(&alice);
}

static void s2_3_music_on_hold(void **state)
{
	(void)state;
	connect_to(&alice, &bob, "799");
	reinvites(&alice, "inactive", "a=inactive");
	assert_true(hears_music("SIP/plain"));
	reinvites(&alice, "sendrecv", "a=sendrecv");
	assert_false(hears_music("SIP/plain"));
	hangs_up(&alice);
	gets_bye(&bob);
}

static void s2_4_transfer_unattended(void **state)
{
	(void)state;
	connect_to(&alice, &bob, "799");
	reinvites(&bob, "sendonly", "a=recvonly");
	refers(&bob, "Refer-To: <sip:798@127.0.0.1>\n");
	is_told(&bob, "SIP/2.0 100");
	phone_called(&carol);
	answer(&carol);
	is_told(&bob, "SIP/2.0 200 OK");
	hangs_up(&bob); /* by itself, as it has heard of success */
	assert_false(hears_music("SIP/gate"));
	hangs_up(&alice);
	gets_bye(&carol);
}

static void s2_5_transfer_attended(void **state)
{
	char refer_to[512];

	(void)state;
	connect_to(&alice, &bob, "799");
	reinvites(&alice, "sendonly", "a=recvonly");
	connect_to(&alice2, &carol, "799");
	snprintf(refer_to, sizeof(refer_to),
		 "Refer-To: <sip:799@127.0.0.1?Replaces=%s%%3Bto-tag%%3D%s%%3Bfrom-tag%%3D%s>\n",
		 alice2.call_id, alice2.their_tag, alice2.our_tag);
	refers(&alice, refer_to);
	line_clear(); /* in which order is test_sip_refer's */
	assert_false(hears_music("SIP/plain"));
	hangs_up(&carol);
	gets_bye(&bob);
}

/* "name: call;to-tag=ours;from-tag=theirs" of this phone's dialog. */
static void name_dialog(char header[512], const char *name, const struct sip_phone *phone)
{
	snprintf(header, 512, "%s: %s;to-tag=%s;from-tag=%s\n", name, phone->call_id,
		 phone->their_tag, phone->our_tag);
}

/* Bob writes to Carol which dialog she may take over: his own. */
static void s2_6_transfer_instant_messaging(void **state)
{
	char text[2048], replaces[512];

	(void)state;
	connect_to(&alice, &bob, "799");
	name_dialog(replaces, "Replaces", &bob);
	snprintf(text, sizeof(text),
		 "MESSAGE sip:peer@127.0.0.1 SIP/2.0\n"
		 "Via: SIP/2.0/UDP 127.0.0.11:5060;branch=z9hG4bKim;rport\nMax-Forwards: 70\n"
		 "From: <sip:plain@127.0.0.1>;tag=im\nTo: <sip:peer@127.0.0.1>\nCall-ID: im\n"
		 "CSeq: 1 MESSAGE\nContent-Type: text/plain\n\n%s", replaces);
	line_feed_from("127.0.0.11", 5060, text);
	run_for(10);
	phone_expect_request(&carol, "MESSAGE ");
	assert_non_null(strstr(carol.request, "\n\nReplaces: "));
	phone_answer(&carol, "200 OK", "", "");
	line_expect("SIP/2.0 200");
	phone_invite(&carol, "carol", "799", replaces, SDP(""));
	run_for(10);
	is_answered(&carol);
	gets_bye(&bob);
	hangs_up(&carol);
	gets_bye(&alice);
}

/* What is no call is declined, and the call goes on. */
static void s2_6_a_transfer_to_no_call_is_declined(void **state)
{
	(void)state;
	connect_to(&alice, &bob, "799");
	phone_request(&alice, "REFER", "Refer-To: <sip:799@127.0.0.1;method=MESSAGE>\n", "");
	phone_expect(&alice, "SIP/2.0 603");
	phone_request(&alice, "REFER", "Refer-To: <im:carol@far.test>\n", "");
	phone_expect(&alice, "SIP/2.0 603");
	hangs_up(&alice);
	gets_bye(&bob);
}

static void s2_7_call_forwarding_unconditional(void **state)
{
	(void)state;
	dial_number(&alice, "alice", "799");
	phone_called(&bob);
	phone_answer(&bob, "302 Moved Temporarily", "Contact: <sip:carol@127.0.0.3:5060>\n", "");
	line_expect("ACK ");
	run_for(10);
	phone_called(&carol);
	assert_memory_equal(carol.request, "INVITE sip:carol@127.0.0.3:5060", 31);
	answer(&carol);
	is_answered(&alice);
	hangs_up(&alice);
	gets_bye(&carol);
}

static void s2_8_call_forwarding_busy(void **state)
{
	(void)state;
	dial_number(&alice, "alice", "720");
	phone_called(&bob);
	refuses(&bob, "486 Busy Here");
	phone_called(&carol);
	answer(&carol);
	is_answered(&alice);
	hangs_up(&alice);
	gets_bye(&carol);
}

static void s2_9_call_forwarding_no_answer(void **state)
{
	(void)state;
	dial_number(&alice, "alice", "721");
	phone_called(&bob);
	phone_answer(&bob, "180 Ringing", "", "");
	run_for(10);
	phone_expect(&alice, "SIP/2.0 180");
	run_for(20000);
	gives_up_ringing(&bob);
	phone_called(&carol);
	line_expect("ACK ");
	answer(&carol);
	is_answered(&alice);
	hangs_up(&alice);
	gets_bye(&carol);
}

/* Bob's phone mixes: it tells Alice that it is a conference now, and calls Carol. */
static void s2_10_three_way_conference_third_party_is_added(void **state)
{
	(void)state;
	connect_to(&alice, &bob, "799");
	reinvites(&bob, "sendrecv", "a=sendrecv");
	line_expect_nothing(); /* Alice's dialog is not touched */
	connect_to(&alice2, &carol, "799");
	assert_int_equal(rd_channel_count(), 4);
	hangs_up(&alice2);
	gets_bye(&carol);
	hangs_up(&bob);
	gets_bye(&alice);
}

/* The exchange mixes: Carol joins by naming a dialog of the two. */
static void s2_11_three_way_conference_third_party_joins(void **state)
{
	char join[512];

	(void)state;
	connect_to(&alice, &bob, "799");
	name_dialog(join, "Join", &bob);
	phone_invite(&carol, "carol", "799", join, SDP(""));
	run_for(10);
	is_answered(&carol);
	assert_int_equal(rd_bridge_count(rd_bridge_next(NULL)), 3);
	hangs_up(&carol);
	assert_int_equal(rd_bridge_count(rd_bridge_next(NULL)), 2);
	hangs_up(&alice);
	gets_bye(&bob);
}

static void s2_12_find_me(void **state)
{
	char invite[4096];

	(void)state;
	dial_number(&alice, "alice", "722");
	phone_called(&bob);
	phone_called(&carol);
	phone_answer(&bob, "180 Ringing", "", "");
	run_for(10);
	phone_expect(&alice, "SIP/2.0 180");
	snprintf(invite, sizeof(invite), "%s", bob.request);
	phone_answer(&carol, "200 OK", "", SDP(""));
	line_expect("ACK ");
	run_for(10);
	phone_expect_request(&bob, "CANCEL ");
	assert_non_null(strstr(bob.request, "SIP;cause=200"));
	phone_answer(&bob, "200 OK", "", "");
	phone_answer_invite(&bob, invite, "487 Request Terminated", "", "");
	is_answered(&alice);
	line_clear();
	hangs_up(&carol);
	gets_bye(&alice);
}

static void s2_13_incoming_call_screening(void **state)
{
	(void)state;
	dial_number(&alice, "unwanted", "723");
	phone_final(&alice, "SIP/2.0 403");
	phone_ack(&alice, "");
	dial_number(&alice, "alice", "723");
	phone_called(&bob);
	answer(&bob);
	is_answered(&alice);
	hangs_up(&alice);
	gets_bye(&bob);
}

static void s2_14_outgoing_call_screening(void **state)
{
	(void)state;
	dial_number(&alice, "alice", "724");
	phone_final(&alice, "SIP/2.0 403");
	phone_ack(&alice, "");
	run_for(10);
	line_expect_nothing();
}

/* alice parks bob at 600 and hangs up; carol fetches him by another number. */
static void s2_15_call_park(void **state)
{
	(void)state;
	connect_to(&alice, &bob, "799");
	refers(&alice, "Refer-To: <sip:600@127.0.0.1>\n");
	is_told(&alice, "SIP/2.0 100");
	is_told(&alice, "SIP/2.0 200 OK");
	gets_bye(&alice);
	run_for(60000);
	line_expect_nothing();
	dial_number(&carol, "carol", "725");
	is_answered(&carol);
	hangs_up(&carol);
	gets_bye(&bob);
}

static void s2_16_call_pickup(void **state)
{
	char headers[256];

	(void)state;
	dial_number(&alice, "alice", "799");
	phone_called(&bob);
	phone_answer(&bob, "180 Ringing", "", "");
	run_for(10);
	phone_expect(&alice, "SIP/2.0 180");
	snprintf(headers, sizeof(headers),
		 "Replaces: %s;to-tag=%s;from-tag=%s;early-only\nRequire: replaces\n", bob.call_id,
		 bob.their_tag, bob.our_tag);
	phone_invite(&carol, "carol", "799", headers, SDP(""));
	run_for(10);
	is_answered(&carol);
	is_answered(&alice);
	gives_up_ringing(&bob);
	run_for(10);
	line_clear();
	hangs_up(&alice);
	gets_bye(&carol);
}

/* pickupexten: a number that the dialplan does not have. */

static int answer_for(struct rd_channel *ch, const char *args)
{
	assert_string_equal(args, "");
	return rd_answer(ch);
}

static void a_number_of_features_conf_picks_up(void **state)
{
	static const struct rd_app pickup = { .name = "Pickup", .run = answer_for };

	(void)state;
	phone_invite(&carol, "carol", "*8", "", SDP(""));
	run_for(10);
	phone_final(&carol, "SIP/2.0 404");
	phone_ack(&carol, "");
	assert_int_equal(rd__app_add(&pickup, "test"), 0);
	dial_number(&carol, "carol", "*8");
	is_answered(&carol);
	gets_bye(&carol);
	rd__app_remove(&pickup);
}

static void s2_17_automatic_redial(void **state)
{
	(void)state;
	dial_number(&alice, "alice", "726");
	for (int i = 0; i < 3; i++) {
		phone_called(&bob);
		refuses(&bob, "486 Busy Here");
		run_for(4900);
		line_expect_nothing();
		run_for(150);
	}
	phone_called(&bob);
	answer(&bob);
	is_answered(&alice);
	hangs_up(&bob);
	gets_bye(&alice);
}

/* The phone [quiet] is rung, and put through when it answers. */
static void s2_18_click_to_dial(void **state)
{
	struct sip_phone web = { .call_id = "web", .our_tag = "web", .user = "quiet" };

	(void)state;
	phone_source = "127.0.0.7";
	phone_request(&web, "REFER", "Refer-To: <sip:799@127.0.0.1>\n", "");
	phone_source = "127.0.0.9";
	phone_expect(&web, "SIP/2.0 202");
	run_for(10);
	is_told(&web, "SIP/2.0 100");
	phone_called(&alice);
	answer(&alice);
	phone_called(&bob);
	answer(&bob);
	is_told(&web, "SIP/2.0 200 OK");
	hangs_up(&bob);
	gets_bye(&alice);
}

#define SECTION(name) cmocka_unit_test_setup_teardown(name, open_services, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SECTION(s2_1_call_hold),
		SECTION(s2_2_consultation_hold),
		SECTION(s2_3_music_on_hold),
		SECTION(s2_4_transfer_unattended),
		SECTION(s2_5_transfer_attended),
		SECTION(s2_6_transfer_instant_messaging),
		SECTION(s2_6_a_transfer_to_no_call_is_declined),
		SECTION(s2_7_call_forwarding_unconditional),
		SECTION(s2_8_call_forwarding_busy),
		SECTION(s2_9_call_forwarding_no_answer),
		SECTION(s2_10_three_way_conference_third_party_is_added),
		SECTION(s2_11_three_way_conference_third_party_joins),
		SECTION(s2_12_find_me),
		SECTION(s2_13_incoming_call_screening),
		SECTION(s2_14_outgoing_call_screening),
		SECTION(s2_15_call_park),
		SECTION(s2_16_call_pickup),
		SECTION(a_number_of_features_conf_picks_up),
		SECTION(s2_17_automatic_redial),
		SECTION(s2_18_click_to_dial),
	};

	return RUN_GROUP(tests);
}
