/* Whole SIP calls through the exchange on the virtual clock: refused, answered, given up,
 * and what crosses on the way. */
#include "tests/unit/test.h"

#include <ringdown/channel.h>
#include <ringdown/log.h>

#include "tests/sim/sip_exchange.h"
#include "tests/unit/log_catch.h"

static struct sip_phone far, callee;

/* Each stands in the answer, and in all that follow: there is an end to what is remembered. */
static void more_than_sixteen_media_lines_are_488(void **state)
{
	char lines[2048] = SDP("");

	(void)state;
	for (int i = 1; i < 16; i++)
		strcat(lines, "m=application 9 TCP/BFCP *\n");
	phone_invite(&far, "alice", "600", "", lines);
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	phone_request(&far, "BYE", "", "");
	run_for(10);
	line_clear();
	phone_invite(&far, "alice", "600", "", strcat(lines, "m=application 9 TCP/BFCP *\n"));
	run_for(10);
	assert_non_null(strstr(phone_final(&far, "SIP/2.0 488"),
			       "Warning: 399 ringdown \"Fewer media lines"));
	phone_ack_refusal(&far);
	run_for(10);
}

static void a_later_offer_is_refused_with_the_reason(void **state)
{
	static const char nothing[] = "v=0\no=- 1 2 IN IP4 127.0.0.2\ns=-\n"
				      "c=IN IP4 127.0.0.2\nt=0 0\nm=audio 5000 RTP/AVP 9\n";

	(void)state;
	phones_dial(&far, &callee);
	phones_connect(&far, &callee);
	phone_request(&far, "INVITE", "", nothing);
	assert_non_null(strstr(phone_final(&far, "SIP/2.0 488"),
			       "Warning: 305 ringdown \"No codec in common\""));
	phone_ack_refusal(&far);
	phone_request(&far, "INVITE", "", "v=0\no=- 1 2 IN IP4 127.0.0.2\ns=-\nt=0 0\n"
		      "c=IN IP4 127.0.0.2\nm=image 40002 udptl t38\n");
	assert_non_null(strstr(phone_final(&far, "SIP/2.0 488"), "Warning: 305 "));
	phone_ack_refusal(&far);
	phone_request(&far, "UPDATE", "", nothing);
	assert_non_null(strstr(phone_final(&far, "SIP/2.0 488"), "Warning: 305 "));
	phone_request(&far, "INVITE", "", "v=0\n");
	assert_non_null(strstr(phone_final(&far, "SIP/2.0 488"),
			       "Warning: 399 ringdown \"The description"));
	phone_ack_refusal(&far);
	run_for(10);
	phone_request(&far, "BYE", "", "");
	phone_expect(&far, "SIP/2.0 200");
	run_for(10);
	line_clear();
}

static void a_call_through_the_exchange(void **state)
{
	(void)state;
	phones_dial(&far, &callee);
	assert_non_null(strstr(callee.request, "INVITE sip:42@127.0.0.2:5060 SIP/2.0"));
	assert_non_null(strstr(callee.request, "From: \"Far\" <sip:alice@127.0.0.1>;tag="));
	assert_non_null(strstr(callee.request, "P-Asserted-Identity: \"Far\" <sip:alice@"));
	assert_non_null(strstr(callee.request, "m=audio "));
	phone_answer(&callee, "180 Ringing", "", "");
	run_for(10);
	phone_expect(&far, "SIP/2.0 180");
	phones_connect(&far, &callee);
	assert_int_equal(seen.dial_status, RD_DIAL_ANSWER);
	phones_hang_up(&far, &callee);
	assert_int_equal(rd_channel_count(), 0);
	assert_int_equal(sip.call_count, 0);
}

static void refusals_come_through(void **state)
{
	static const struct {
		const char *theirs, *ours;
		int cause;
	} refusals[] = {
		{ "486 Busy Here", "SIP/2.0 486", RD_CAUSE_BUSY },
		{ "603 Decline", "SIP/2.0 603", RD_CAUSE_REJECTED },
		{ "404 Not Found", "SIP/2.0 404", RD_CAUSE_UNALLOCATED },
		{ "403 Forbidden", "SIP/2.0 403", RD_CAUSE_REJECTED },
		{ "600 Busy Everywhere", "SIP/2.0 600", RD_CAUSE_BUSY },
		{ "604 Does Not Exist Anywhere", "SIP/2.0 604", RD_CAUSE_UNALLOCATED },
		{ "503 Service Unavailable", "SIP/2.0 503", RD_CAUSE_CONGESTION },
	};

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(refusals); i++) {
		phones_dial(&far, &callee);
		phone_answer(&callee, refusals[i].theirs, "", "");
		line_expect("ACK ");
		run_for(10);
		assert_int_equal(seen.dial_cause, refusals[i].cause);
		phone_final(&far, refusals[i].ours);
		run_for(40000);
		line_clear();
	}
}

static void an_answer_that_cannot_be_used_is_told_in_words(void **state)
{
	struct log_catch caught;

	(void)state;
	phones_dial(&far, &callee);
	rd_log_max = RD_LOG_WARNING;
	log_catch(&caught);
	phone_answer(&callee, "200 OK", "",
		     "v=0\no=- 1 2 IN IP4 127.0.0.2\ns=-\nc=IN IP4 127.0.0.2\nt=0 0\n"
		     "m=audio 6000 RTP/AVP 3\n");
	rd_log_max = RD_LOG_ERROR;
	assert_non_null(strstr(log_caught(&caught), "its answer cannot be used: it has no codec"));
	line_expect("ACK ");
	phone_expect_request(&callee, "BYE ");
	run_for(40000);
	line_clear();
}

/* 19 of the dialplan's clock, not of the phone. */
static void nobody_answers(void **state)
{
	(void)state;
	phones_dial(&far, &callee);
	phone_answer(&callee, "180 Ringing", "", "");
	run_for(10);
	phone_expect(&far, "SIP/2.0 180");
	run_for(20000);
	phone_expect_request(&callee, "CANCEL ");
	assert_int_equal(seen.dial_status, RD_DIAL_NOANSWER);
	assert_int_equal(seen.dial_cause, RD_CAUSE_NO_ANSWER);
	assert_non_null(strstr(phone_final(&far, "SIP/2.0 480"), "\nReason: Q.850;cause=19;"));
	run_for(40000);
	line_clear();
}

static void a_phone_that_moved_is_followed(void **state)
{
	(void)state;
	phones_dial(&far, &callee);
	phone_answer(&callee, "302 Moved Temporarily",
		     "Contact: <sip:bob@127.0.0.2:5081>\n", "");
	line_expect("ACK ");
	run_for(10);
	phone_called(&callee);
	assert_non_null(strstr(callee.request, "INVITE sip:bob@127.0.0.2:5081 SIP/2.0"));
	phones_connect(&far, &callee);
	phones_hang_up(&far, &callee);
}

/* RFC 3261 §21.3.5: its alternatives are in the body. */
static void an_alternative_service_is_not_called(void **state)
{
	(void)state;
	phones_dial(&far, &callee);
	phone_answer(&callee, "380 Alternative Service", "Contact: <sip:alt@127.0.0.2:5081>\n", "");
	line_expect("ACK ");
	run_for(10);
	phone_final(&far, "SIP/2.0 500");
	phone_ack_refusal(&far);
	line_expect_nothing();
}

static void a_peer_that_asks_for_a_password(void **state)
{
	(void)state;
	phones_dial(&far, &callee);
	phone_answer(&callee, "407 Proxy Authentication Required",
		     "Proxy-Authenticate: Digest realm=\"p\", nonce=\"n\", algorithm=MD5, "
		     "qop=\"auth\"\n", "");
	line_expect("ACK ");
	phone_called(&callee);
	assert_non_null(strstr(callee.request, "Proxy-Authorization: Digest username=\"me\""));
	assert_non_null(strstr(callee.request, "CSeq: 2 INVITE"));
	phones_connect(&far, &callee);
	phones_hang_up(&far, &callee);
}

static void the_caller_gives_up(void **state)
{
	char invite[4096];

	(void)state;
	phones_dial(&far, &callee);
	strcpy(invite, callee.request);
	phone_answer(&callee, "180 Ringing", "", "");
	run_for(10);
	phone_expect(&far, "SIP/2.0 180");
	phone_request(&far, "CANCEL", "", "");
	line_expect("SIP/2.0 200");
	line_expect("SIP/2.0 487");
	run_for(10);
	phone_expect_request(&callee, "CANCEL ");
	phone_answer(&callee, "200 OK", "", "");
	phone_answer_invite(&callee, invite, "487 Request Terminated", "", "");
	line_expect("ACK ");
}

static void an_answer_that_crosses_our_cancel(void **state)
{
	char invite[4096];

	(void)state;
	phones_dial(&far, &callee);
	strcpy(invite, callee.request);
	phone_answer(&callee, "180 Ringing", "", "");
	run_for(10);
	phone_request(&far, "CANCEL", "", "");
	run_for(10);
	line_clear();
	phone_answer_invite(&callee, invite, "200 OK", "", SDP(""));
	line_expect("ACK ");
	phone_expect_request(&callee, "BYE ");
	phone_answer(&callee, "200 OK", "", "");
}

static void a_200_that_is_repeated_gets_its_ack_again(void **state)
{
	char invite[4096];

	(void)state;
	phones_dial(&far, &callee);
	strcpy(invite, callee.request);
	phones_connect(&far, &callee);
	phone_answer_invite(&callee, invite, "200 OK", "", SDP(""));
	line_expect("ACK ");
	line_expect_nothing();
	phones_hang_up(&far, &callee);
}

static void another_fork_that_answers_late_is_ended(void **state)
{
	struct sip_phone other;
	char invite[4096];

	(void)state;
	phones_dial(&far, &callee);
	strcpy(invite, callee.request);
	phones_connect(&far, &callee);
	other = callee;
	strcpy(other.our_tag, "fork2");
	phone_answer_invite(&other, invite, "200 OK", "", SDP(""));
	line_expect("ACK ");
	phone_expect_request(&other, "BYE ");
	assert_non_null(strstr(other.request, ";tag=fork2"));
	phone_answer(&other, "200 OK", "", "");
	phones_hang_up(&far, &callee);
}

/* RFC 3261 §13.3.1 */
static void an_invitation_may_expire(void **state)
{
	(void)state;
	phone_invite(&far, "alice", "700", "Expires: 2\n", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_called(&callee);
	phone_answer(&callee, "180 Ringing", "", "");
	run_for(10);
	phone_expect(&far, "SIP/2.0 180");
	run_for(1900);
	line_expect_nothing();
	run_for(100);
	phone_expect(&far, "SIP/2.0 487");
	phone_ack_refusal(&far);
	phone_expect_request(&callee, "CANCEL ");
	phone_answer(&callee, "200 OK", "", "");
	run_for(30000);
	line_clear();
	/* Who has an answer has no end. */
	phone_invite(&far, "alice", "600", "Expires: 2\n", SDP(""));
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	run_for(3000);
	line_expect_nothing();
	phone_request(&far, "BYE", "", "");
	phone_expect(&far, "SIP/2.0 200");
}

static void a_peer_that_is_silent(void **state)
{
	(void)state;
	phone_invite(&far, "alice", "700", "", SDP(""));
	run_for(19000);
	line_clear();
	run_for(30000);
	assert_int_equal(rd_channel_count(), 0);
}

static void an_answer_without_description_is_ended(void **state)
{
	(void)state;
	phones_dial(&far, &callee);
	phone_answer(&callee, "200 OK", "", "");
	line_expect("ACK ");
	phone_expect_request(&callee, "BYE ");
	phone_answer(&callee, "200 OK", "", "");
	run_for(10);
	phone_final(&far, "SIP/2.0 488");
}

static void early_sound_is_passed_on(void **state)
{
	const char *progress;

	(void)state;
	phones_dial(&far, &callee);
	phone_answer(&callee, "183 Session Progress", "", SDP(""));
	run_for(10);
	progress = phone_expect(&far, "SIP/2.0 183");
	assert_non_null(strstr(progress, "m=audio "));
	/* The answer may then come without one. */
	phone_answer(&callee, "200 OK", "", "");
	line_expect("ACK ");
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	run_for(10);
	phones_hang_up(&far, &callee);
}

static void forwarded_and_queued_and_ringing_after_sound(void **state)
{
	(void)state;
	phones_dial(&far, &callee);
	phone_answer(&callee, "181 Call Is Being Forwarded", "", "");
	run_for(10);
	phone_expect(&far, "SIP/2.0 181");
	phone_answer(&callee, "182 Queued", "", "");
	run_for(10);
	phone_expect(&far, "SIP/2.0 182");
	phone_answer(&callee, "183 Session Progress", "", SDP(""));
	run_for(10);
	phone_expect(&far, "SIP/2.0 183");
	phone_answer(&callee, "180 Ringing", "", "");
	run_for(10);
	phone_expect(&far, "SIP/2.0 180");
	phones_connect(&far, &callee);
	phones_hang_up(&far, &callee);
}

static void a_caller_who_was_answered_elsewhere(void **state)
{
	(void)state;
	phones_dial(&far, &callee);
	phone_answer(&callee, "180 Ringing", "", "");
	run_for(10);
	phone_expect(&far, "SIP/2.0 180");
	phone_request(&far, "CANCEL", "Reason: SIP;cause=200;text=\"Call completed elsewhere\"\n",
		      "");
	line_expect("SIP/2.0 200");
	line_expect("SIP/2.0 487");
	run_for(10);
	/* The phone that rang need not list it as a missed call. */
	assert_non_null(strstr(line_expect("CANCEL "),
			       "\nReason: SIP;cause=200;text=\"Call completed elsewhere\", "
			       "Q.850;cause=26;"));
	phone_answer(&callee, "487 Request Terminated", "", "");
	line_expect("ACK ");
}

static void causes_pass_both_ways(void **state)
{
	(void)state;
	phones_dial(&far, &callee);
	phone_answer(&callee, "500 Server Internal Error", "Reason: Q.850;cause=34\n", "");
	line_expect("ACK ");
	run_for(10);
	assert_int_equal(seen.dial_cause, 34);
	assert_non_null(strstr(phone_expect(&far, "SIP/2.0 503"), "\nReason: Q.850;cause=34;"));
	phone_ack(&far, "");
	phones_dial(&far, &callee);
	phones_connect(&far, &callee);
	phone_request(&far, "BYE", "Reason: Q.850;cause=31\n", "");
	line_expect("SIP/2.0 200");
	run_for(10);
	phone_expect_request(&callee, "BYE ");
	phone_answer(&callee, "200 OK", "", "");
}

static void our_bye_is_challenged(void **state)
{
	(void)state;
	phones_dial(&far, &callee);
	phones_connect(&far, &callee);
	phone_request(&far, "BYE", "", "");
	phone_expect(&far, "SIP/2.0 200");
	run_for(10);
	phone_expect_request(&callee, "BYE ");
	phone_answer(&callee, "401 Unauthorized",
		     "WWW-Authenticate: Digest realm=\"p\", nonce=\"n\"\n", "");
	phone_expect_request(&callee, "BYE ");
	assert_non_null(strstr(callee.request, "Authorization: Digest"));
	phone_answer(&callee, "200 OK", "", "");
	run_for(10);
	assert_int_equal(sip.call_count, 0);
}

static void one_call(long allowed)
{
	rd__alloc_fail_after(allowed);
	phone_invite(&far, "alice", "700", "", SDP(""));
	run_for(10);
	for (const char *text; (text = line_take());) {
		if (strncmp(text, "INVITE ", 7) != 0)
			continue;
		memset(&callee, 0, sizeof(callee));
		strcpy(callee.our_tag, "callee");
		strcpy(callee.request, text);
		phone_answer(&callee, "180 Ringing", "", "");
		run_for(10);
		phone_answer(&callee, "200 OK", "", SDP(""));
		run_for(10);
	}
	rd__alloc_fail_after(-1);
	for (struct rd_channel *ch = rd_channel_next(NULL); ch; ch = rd_channel_next(ch))
		rd_hangup(ch, RD_CAUSE_NORMAL);
	run_for(100000);
	line_clear();
	assert_int_equal(rd_channel_count(), 0);
	assert_int_equal(sip.call_count, 0);
	assert_int_equal(sip_dialogs_count(sip.dialogs), 0);
}

static void memory_may_run_out_at_any_moment(void **state)
{
	(void)state;
	for (long n = 0; n < 120; n++)
		one_call(n);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, exchange_open, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_later_offer_is_refused_with_the_reason),
		TEST(more_than_sixteen_media_lines_are_488),
		TEST(a_call_through_the_exchange),
		TEST(refusals_come_through),
		TEST(an_answer_that_cannot_be_used_is_told_in_words),
		TEST(nobody_answers),
		TEST(a_phone_that_moved_is_followed),
		TEST(an_alternative_service_is_not_called),
		TEST(a_peer_that_asks_for_a_password),
		TEST(the_caller_gives_up),
		TEST(an_answer_that_crosses_our_cancel),
		TEST(a_200_that_is_repeated_gets_its_ack_again),
		TEST(another_fork_that_answers_late_is_ended),
		TEST(an_invitation_may_expire),
		TEST(a_peer_that_is_silent),
		TEST(an_answer_without_description_is_ended),
		TEST(early_sound_is_passed_on),
		TEST(forwarded_and_queued_and_ringing_after_sound),
		TEST(a_caller_who_was_answered_elsewhere),
		TEST(causes_pass_both_ways),
		TEST(our_bye_is_challenged),
		TEST(memory_may_run_out_at_any_moment),
	};

	return RUN_GROUP(tests);
}
