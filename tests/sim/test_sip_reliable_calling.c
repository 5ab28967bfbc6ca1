/* Provisional answers that we acknowledge (RFC 3262), and offers and answers in all the places
 * that this opens (RFC 6337, RFC 3311), as the one who calls; several early dialogs. */
#include "tests/unit/test.h"

#include <ringdown/channel.h>
#include <ringdown/tech.h>

#include "tests/sim/sip_exchange.h"
#include "tests/sim/sip_register.h"

static struct sip_phone far, callee;

#define HAS(text, part)	  assert_non_null(strstr(text, part))
#define LACKS(text, part) assert_null(strstr(text, part))

static char invite[4096];

static const char *dial(const char *number)
{
	phone_invite(&far, "alice", number, "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	snprintf(invite, sizeof(invite), "%s", phone_called(&callee));
	return invite;
}

static void answer(const char *status, const char *more, const char *body)
{
	phone_answer_invite(&callee, invite, status, more, body);
	run_for(10);
}

static const char *expect_prack(const char *rack)
{
	const char *text = phone_expect_request(&callee, "PRACK ");

	assert_string_equal(line_header(text, "RAck"), rack);
	return text;
}

static void they_talk_and_hang_up(void)
{
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	run_for(10);
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
	run_for(10);
	line_expect("BYE ");
	assert_int_equal(seen.dial_status, RD_DIAL_ANSWER);
}

/* The callee does not answer: the caller gives up. */
static void nobody_answers(void)
{
	answer("100 Trying", "", "");
	line_clear();
	phone_request(&far, "CANCEL", "", "");
	line_expect("SIP/2.0 200");
	line_expect("SIP/2.0 487");
	run_for(10);
	line_expect("CANCEL ");
	answer("487 Request Terminated", "", "");
	line_expect("ACK ");
}

#define RELIABLE(rseq) "Require: 100rel\nRSeq: " rseq "\n"

static void a_reliable_answer_is_acknowledged_once(void **state)
{
	const char *text = dial("700");

	(void)state;
	HAS(line_header(text, "Supported"), "100rel");
	answer("180 Ringing", RELIABLE("77"), "");
	HAS(expect_prack("77 1 INVITE"), ";tag=callee");
	phone_answer(&callee, "200 OK", "", "");
	phone_expect(&far, "SIP/2.0 180");
	answer("180 Ringing", RELIABLE("77"), "");
	line_expect_nothing();
	/* 79 came before 78: it is as if it was not there. */
	answer("183 Session Progress", RELIABLE("79"), SDP(""));
	line_expect_nothing();
	answer("183 Session Progress", RELIABLE("78"), SDP(""));
	expect_prack("78 1 INVITE");
	phone_answer(&callee, "200 OK", "", "");
	phone_expect(&far, "SIP/2.0 183");
	nobody_answers();
}

static void a_100_is_never_reliable(void **state)
{
	(void)state;
	dial("700");
	answer("100 Trying", RELIABLE("77"), "");
	line_expect_nothing();
	nobody_answers();
}

/* RFC 3262 §3, §7.1: one that does not require it is not, and a number is above 0. */
static void what_is_not_said_to_be_reliable_is_not(void **state)
{
	(void)state;
	dial("700");
	answer("180 Ringing", "RSeq: 77\n", "");
	phone_expect(&far, "SIP/2.0 180");
	line_expect_nothing();
	answer("183 Session Progress", RELIABLE("0"), "");
	line_expect_nothing();
	nobody_answers();
}

static void the_answer_comes_with_a_183_and_counts(void **state)
{
	static const char other[] =
		"v=0\no=- 1 1 IN IP4 127.0.0.2\ns=-\nc=IN IP4 127.0.0.2\nt=0 0\n"
		"m=audio 6666 RTP/AVP 9\n";

	(void)state;
	dial("700");
	answer("183 Session Progress", RELIABLE("5"), SDP(""));
	expect_prack("5 1 INVITE");
	phone_answer(&callee, "200 OK", "", "");
	/* What a 200 describes after that means nothing (RFC 6337 §3.1.1). */
	answer("200 OK", "", other);
	line_expect("SIP/2.0 183");
	LACKS(line_expect("ACK "), "m=audio");
	they_talk_and_hang_up();
}

static void a_preview_is_not_the_answer(void **state)
{
	(void)state;
	dial("700");
	answer("183 Session Progress", "", SDP("a=inactive\n"));
	answer("200 OK", "", SDP(""));
	phone_expect(&far, "SIP/2.0 183");
	line_expect("ACK ");
	they_talk_and_hang_up();
}

static void a_prack_is_challenged(void **state)
{
	(void)state;
	dial("700");
	answer("180 Ringing", RELIABLE("8"), "");
	expect_prack("8 1 INVITE");
	phone_answer(&callee, "407 Proxy Authentication Required",
		     "Proxy-Authenticate: Digest realm=\"p\", nonce=\"n\"\n", "");
	run_for(10);
	line_expect("SIP/2.0 180");
	HAS(expect_prack("8 1 INVITE"), "\nProxy-Authorization: Digest username=\"me\"");
	phone_answer(&callee, "407 Proxy Authentication Required",
		     "Proxy-Authenticate: Digest realm=\"p\", nonce=\"m\"\n", "");
	run_for(10);
	line_expect_nothing();
	nobody_answers();
}

static void a_peer_that_must_acknowledge_is_told(void **state)
{
	(void)state;
	HAS(dial("704"), "\nRequire: 100rel\n");
	nobody_answers();
	LACKS(dial("705"), "100rel");
	nobody_answers();
}

static void a_late_offer_is_answered_in_the_ack(void **state)
{
	const char *text = dial("703");
	char first[2048];

	(void)state;
	LACKS(text, "m=audio");
	answer("180 Ringing", "", SDP("")); /* an offer only by a way that is sure */
	phone_expect(&far, "SIP/2.0 180");
	answer("200 OK", "", SDP(""));
	text = line_expect("ACK ");
	HAS(text, "m=audio");
	snprintf(first, sizeof(first), "%s", strstr(text, "v=0"));
	answer("200 OK", "", SDP(""));
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
	text = line_expect("ACK ");
	assert_string_equal(strstr(text, "v=0"), first);
	phone_ack(&far, "");
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
	run_for(10);
	line_expect("BYE ");
}

/* RFC 3261 §13.2.2.4: a valid answer in the ACK, and then the BYE. */
static void a_late_offer_that_cannot_be_had_is_refused_in_the_ack(void **state)
{
	const char *ack;

	(void)state;
	phone_invite(&far, "alice", "703", "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_called(&callee);
	phone_answer(&callee, "200 OK", "",
		     "v=0\no=- 1 1 IN IP4 127.0.0.2\ns=-\nc=IN IP4 127.0.0.2\nt=0 0\n"
		     "m=audio 5000 RTP/AVP 97\na=rtpmap:97 odd/8000\n"
		     "m=video 5002 RTP/AVP 31\n");
	ack = line_expect("ACK ");
	assert_non_null(strstr(ack, "\nm=audio 0 RTP/AVP 97\n"));
	assert_non_null(strstr(ack, "\nm=video 0 RTP/AVP 31\n"));
	run_for(10);
	phone_expect_request(&callee, "BYE ");
	assert_non_null(strstr(callee.request, "\nReason: Q.850;cause=88;"));
	phone_answer(&callee, "200 OK", "", "");
	phone_final(&far, "SIP/2.0 488");
	phone_ack_refusal(&far);
}

static void a_late_offer_is_answered_in_the_prack(void **state)
{
	const char *text;

	(void)state;
	dial("703");
	answer("183 Session Progress", RELIABLE("1"), SDP("a=sendonly\n"));
	text = expect_prack("1 1 INVITE");
	HAS(text, "a=recvonly");
	phone_answer(&callee, "200 OK", "", "");
	phone_expect(&far, "SIP/2.0 183");
	answer("200 OK", "", "");
	LACKS(line_expect("ACK "), "m=audio");
	they_talk_and_hang_up();
}

static void a_late_offer_that_is_impossible_ends_the_invite(void **state)
{
	(void)state;
	dial("703");
	answer("183 Session Progress", RELIABLE("1"),
	       "v=0\no=- 1 1 IN IP4 127.0.0.2\ns=-\nc=IN IP4 127.0.0.2\nt=0 0\n"
	       "m=audio 6666 RTP/AVP 9\n");
	expect_prack("1 1 INVITE");
	phone_answer(&callee, "200 OK", "", "");
	line_expect("CANCEL ");
	answer("487 Request Terminated", "", "");
	line_expect("ACK ");
	run_for(10);
	assert_int_equal(rd_channel_count(), 0);
}

/* ---- the callee's UPDATE before the answer ---- */

static void an_update_of_the_callee_before_its_answer(void **state)
{
	const char *ok;

	(void)state;
	dial("700");
	answer("180 Ringing", "", "");
	phone_expect(&far, "SIP/2.0 180");
	phone_request(&callee, "UPDATE", "", SDP("a=sendonly\n"));
	line_expect("SIP/2.0 491");
	answer("183 Session Progress", RELIABLE("1"), SDP(""));
	expect_prack("1 1 INVITE");
	phone_answer(&callee, "200 OK", "", "");
	phone_expect(&far, "SIP/2.0 183");
	phone_request(&callee, "UPDATE", "", SDP("a=sendonly\n"));
	ok = line_expect("SIP/2.0 200");
	HAS(ok, "a=recvonly");
	phone_request(&callee, "UPDATE", "", SDP(""));
	HAS(line_expect("SIP/2.0 200"), "a=sendrecv");
	answer("200 OK", "", "");
	line_expect("ACK ");
	they_talk_and_hang_up();
}

/* ---- several early dialogs ---- */

static void each_fork_agrees_for_itself(void **state)
{
	(void)state;
	dial("700");
	strcpy(callee.our_tag, "one");
	answer("183 Session Progress", RELIABLE("100"), SDP(""));
	HAS(expect_prack("100 1 INVITE"), ";tag=one\n");
	phone_answer(&callee, "200 OK", "", "");
	phone_expect(&far, "SIP/2.0 183");
	strcpy(callee.our_tag, "two");
	answer("183 Session Progress", RELIABLE("7"), SDP("a=sendonly\n"));
	HAS(expect_prack("7 1 INVITE"), ";tag=two\n");
	phone_answer(&callee, "200 OK", "", "");
	/* The first one changes what it hears; the second one's is not touched. */
	strcpy(callee.our_tag, "one");
	phone_request(&callee, "UPDATE", "", SDP("a=inactive\n"));
	HAS(line_expect("SIP/2.0 200"), "a=inactive");
	strcpy(callee.our_tag, "two");
	answer("200 OK", "", "");
	HAS(line_expect("ACK "), ";tag=two\n");
	they_talk_and_hang_up();
}

static void a_fork_that_has_not_won_changes_nothing(void **state)
{
	(void)state;
	dial("700");
	strcpy(callee.our_tag, "one");
	answer("183 Session Progress", RELIABLE("100"), SDP(""));
	expect_prack("100 1 INVITE");
	phone_answer(&callee, "200 OK", "", "");
	phone_expect(&far, "SIP/2.0 183");
	strcpy(callee.our_tag, "two");
	answer("200 OK", "", SDP(""));
	line_expect("ACK ");
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	strcpy(callee.our_tag, "one");
	phone_request(&callee, "UPDATE", "Supported: timer\nSession-Expires: 90;refresher=uac\n",
		      SDP("a=inactive\n"));
	line_expect("SIP/2.0 481");
	run_for(100000);
	line_expect_nothing();
	strcpy(callee.our_tag, "two");
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
	run_for(10);
	phone_expect_request(&callee, "BYE ");
	phone_answer(&callee, "200 OK", "", "");
}

static void a_fork_that_ends_is_forgotten(void **state)
{
	(void)state;
	HAS(line_header(dial("700"), "Supported"), "199");
	strcpy(callee.our_tag, "one");
	answer("180 Ringing", "", "");
	strcpy(callee.our_tag, "two");
	answer("180 Ringing", "", "");
	phone_expect(&far, "SIP/2.0 180");
	assert_int_equal(sip_dialogs_count(sip.dialogs), 3);
	answer("199 Early Dialog Terminated", "", "");
	assert_int_equal(sip_dialogs_count(sip.dialogs), 2);
	phone_request(&callee, "UPDATE", "", "");
	line_expect("SIP/2.0 481");
	strcpy(callee.our_tag, "one");
	answer("200 OK", "", SDP(""));
	HAS(line_expect("ACK "), ";tag=one\n");
	they_talk_and_hang_up();
}

/* The port that our sound for the callee goes to. */
static unsigned port_of_callee(void)
{
	for (struct rd_channel *ch = rd_channel_next(NULL); ch; ch = rd_channel_next(ch))
		if (strncmp(rd_channel_name(ch), "SIP/peer", 8) == 0)
			return sip_sockaddr_port((const union sip_sockaddr *)&rd_stream_config(
				rd_channel_stream(ch, RD_MEDIA_AUDIO))->remote);
	return 0;
}

static void early_sound(const char *tag, const char *port)
{
	char sdp[256];

	strcpy(callee.our_tag, tag);
	snprintf(sdp, sizeof(sdp), "v=0\no=- 1 1 IN IP4 127.0.0.2\ns=-\n"
		 "c=IN IP4 127.0.0.2\nt=0 0\nm=audio %s RTP/AVP 0\n", port);
	answer("183 Session Progress", RELIABLE("1"), sdp);
	expect_prack("1 1 INVITE");
	phone_answer(&callee, "200 OK", "", "");
}

/* RFC 6228 §4: what ends is the one dialog, the others go on. */
static void a_fork_that_ends_leaves_the_caller_to_the_one_before(void **state)
{
	(void)state;
	dial("700");
	early_sound("one", "30000");
	phone_expect(&far, "SIP/2.0 183");
	early_sound("two", "30002");
	early_sound("three", "30004");
	assert_int_equal(port_of_callee(), 30004);
	strcpy(callee.our_tag, "two");
	answer("199 Early Dialog Terminated", "", "");
	assert_int_equal(port_of_callee(), 30004);
	strcpy(callee.our_tag, "three");
	phone_request(&callee, "BYE", "", "");
	line_expect("SIP/2.0 200");
	assert_int_equal(port_of_callee(), 30000);
	strcpy(callee.our_tag, "one");
	phone_request(&callee, "UPDATE", "", SDP(""));
	line_expect("SIP/2.0 200");
	assert_int_equal(port_of_callee(), 5000);
	answer("200 OK", "", "");
	line_expect("ACK ");
	they_talk_and_hang_up();
}

static void early_sound_of_one_of_two_devices_is_ringing(void **state)
{
	struct sip_phone other;

	(void)state;
	starts(register_1002("desk", "Contact: <sip:desk@127.0.0.2:5060>\n"),
	       "SIP/2.0 200");
	starts(register_1002("soft", "Contact: <sip:soft@127.0.0.2:5070>\n"),
	       "SIP/2.0 200");
	phone_invite(&far, "alice", "701", "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_called(&callee);
	phone_called(&other);
	phone_answer(&other, "183 Session Progress", "", SDP(""));
	run_for(10);
	assert_null(strstr(phone_expect(&far, "SIP/2.0 180"), "m=audio"));
	phone_answer(&callee, "183 Session Progress", "", SDP(""));
	run_for(10);
	line_expect_nothing();
	phone_request(&far, "CANCEL", "", "");
	line_expect("SIP/2.0 200");
	line_expect("SIP/2.0 487");
	run_for(10);
	line_expect("CANCEL ");
	line_expect("CANCEL ");
	phone_answer(&callee, "487 Request Terminated", "", "");
	line_expect("ACK ");
	phone_answer(&other, "487 Request Terminated", "", "");
	line_expect("ACK ");
}

/* ---- memory ---- */

static void one_reliable_call(long allowed)
{
	phone_invite(&far, "alice", "703", "Supported: 100rel\n", SDP(""));
	rd__alloc_fail_after(allowed);
	run_for(10);
	for (const char *text; (text = line_take());)
		if (strncmp(text, "INVITE ", 7) == 0)
			snprintf(invite, sizeof(invite), "%s", text);
	if (invite[0]) {
		strcpy(callee.our_tag, "callee");
		answer("183 Session Progress", RELIABLE("1"), SDP(""));
		answer("200 OK", "", "");
	}
	rd__alloc_fail_after(-1);
	for (struct rd_channel *ch = rd_channel_next(NULL); ch; ch = rd_channel_next(ch))
		rd_hangup(ch, RD_CAUSE_NORMAL);
	run_for(70000);
	line_clear();
	invite[0] = '\0';
	assert_int_equal(rd_channel_count(), 0);
	assert_int_equal(sip.call_count, 0);
}

static void memory_may_run_out_at_any_moment(void **state)
{
	(void)state;
	invite[0] = '\0';
	for (long n = 0; n < 90; n++)
		one_reliable_call(n);
}

/* Whether there was memory to acknowledge this. */
static bool rings_reliably(long allowed)
{
	const char *text;
	bool acknowledged = false;

	rd__alloc_fail_after(allowed);
	answer("180 Ringing", RELIABLE("1"), "");
	rd__alloc_fail_after(-1);
	while ((text = line_take()))
		if (strncmp(text, "PRACK ", 6) == 0) {
			acknowledged = true;
			snprintf(callee.request, sizeof(callee.request), "%s", text);
			phone_answer(&callee, "200 OK", "", "");
		}
	return acknowledged;
}

static void what_there_was_no_memory_to_acknowledge_may_come_again(void **state)
{
	unsigned failures = 0;

	(void)state;
	for (long n = 0; n < 40; n++) {
		dial("700");
		if (!rings_reliably(n)) {
			failures++;
			assert_true(rings_reliably(-1));
		}
		assert_false(rings_reliably(-1));
		nobody_answers();
		run_for(70000);
		line_clear();
	}
	assert_true(failures > 0 && failures < 40);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, exchange_open, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_reliable_answer_is_acknowledged_once),
		TEST(a_100_is_never_reliable),
		TEST(what_is_not_said_to_be_reliable_is_not),
		TEST(the_answer_comes_with_a_183_and_counts),
		TEST(a_preview_is_not_the_answer),
		TEST(a_prack_is_challenged),
		TEST(a_peer_that_must_acknowledge_is_told),
		TEST(a_late_offer_is_answered_in_the_ack),
		TEST(a_late_offer_that_cannot_be_had_is_refused_in_the_ack),
		TEST(a_late_offer_is_answered_in_the_prack),
		TEST(a_late_offer_that_is_impossible_ends_the_invite),
		TEST(an_update_of_the_callee_before_its_answer),
		TEST(each_fork_agrees_for_itself),
		TEST(a_fork_that_has_not_won_changes_nothing),
		TEST(a_fork_that_ends_is_forgotten),
		TEST(a_fork_that_ends_leaves_the_caller_to_the_one_before),
		TEST(early_sound_of_one_of_two_devices_is_ringing),
		TEST(what_there_was_no_memory_to_acknowledge_may_come_again),
		TEST(memory_may_run_out_at_any_moment),
	};

	return RUN_GROUP(tests);
}
