/* Whole SIP calls on the virtual clock: in, out, through, and every race that a
 * telephone call can have. */
#include "tests/unit/test.h"

#include <ringdown/channel.h>
#include <ringdown/log.h>

#include "core/sched/sched.h"
#include "tests/sim/sip_exchange.h"
#include "tests/unit/log_catch.h"

static void run_for(int ms)
{
	rd__sched_run_for(ms);
}

/* ---- being called ---- */

static struct sip_phone far, callee;

static const char *answered(const char *number, const char *body)
{
	const char *ok;

	phone_invite(&far, "alice", number, "", body);
	run_for(20);
	ok = phone_final(&far, "SIP/2.0 200");
	return ok;
}

static void a_call_is_answered_and_ended_by_the_caller(void **state)
{
	const char *ok;

	(void)state;
	ok = answered("600", SDP(""));
	assert_non_null(strstr(ok, "m=audio "));
	assert_non_null(strstr(ok, "Contact: <sip:127.0.0.1:5060>"));
	assert_non_null(strstr(ok, "Server: Test"));
	phone_ack(&far, "");
	run_for(1000);
	line_expect_nothing();
	phone_request(&far, "BYE", "", "");
	phone_expect(&far, "SIP/2.0 200");
	run_for(10);
	assert_int_equal(rd_channel_count(), 0);
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 481");
}

static void we_hang_up_only_after_the_ack(void **state)
{
	(void)state;
	answered("605", SDP(""));
	line_expect_nothing();
	phone_ack(&far, "");
	phone_expect_request(&far, "BYE ");
	assert_non_null(strstr(far.request, "Reason: Q.850;cause=16"));
	phone_answer(&far, "200 OK", "", "");
	run_for(10);
	assert_int_equal(sip.call_count, 0);
}

static void an_answer_without_ack_is_repeated_then_ended(void **state)
{
	unsigned repeats = 0;
	const char *text;

	(void)state;
	answered("600", SDP(""));
	run_for(31800);
	while ((text = line_take())) {
		assert_int_equal(strncmp(text, "SIP/2.0 200", 11), 0);
		repeats++;
	}
	assert_true(repeats >= 9 && repeats <= 11);
	run_for(1500);
	line_expect("BYE ");
	assert_int_equal(rd_channel_count(), 0);
}

static void unknown_and_partial_numbers(void **state)
{
	(void)state;
	phone_invite(&far, "alice", "999", "", SDP(""));
	line_expect("SIP/2.0 404");
	phone_invite(&far, "alice", "60", "", SDP(""));
	line_expect("SIP/2.0 484");
}

static void nothing_in_common_is_488_with_a_warning(void **state)
{
	const char *refused;

	(void)state;
	phone_invite(&far, "alice", "600", "",
		     "v=0\no=- 1 1 IN IP4 127.0.0.2\ns=-\nc=IN IP4 127.0.0.2\nt=0 0\n"
		     "m=audio 5000 RTP/AVP 9\n");
	refused = line_expect("SIP/2.0 488");
	assert_non_null(strstr(refused, "Warning: 305"));
}

static void bodies_that_are_no_description_are_415(void **state)
{
	(void)state;
	phone_invite(&far, "alice", "600", "Content-Type: text/plain\n", "");
	run_for(10);
	phone_final(&far, "SIP/2.0 200"); /* without a body the type means nothing */
	phone_ack(&far, SDP(""));
	phone_request(&far, "BYE", "", "");
	phone_expect(&far, "SIP/2.0 200");
	phone_request(&far, "OPTIONS", "", "");
	line_expect("SIP/2.0 481");
}

#define PARTS "Content-Type: multipart/mixed;boundary=b\n"
#define PART(type, body) "--b\nContent-Type: " type "\n\n" body "\n"

static void a_description_among_other_parts(void **state)
{
	const char *text;

	(void)state;
	phone_invite(&far, "alice", "600", PARTS,
		     PART("application/x-own\nContent-Disposition: x;handling=optional", "?")
		     PART("application/sdp", SDP("")) "--b--\n");
	run_for(10);
	text = phone_final(&far, "SIP/2.0 200");
	assert_non_null(strstr(text, "m=audio "));
	phone_ack(&far, "");
	phone_request(&far, "INVITE", PARTS, PART("application/sdp", SDP("a=sendonly\n"))
					      PART("application/x-own", "?") "--b--\n");
	text = line_expect("SIP/2.0 415");
	assert_non_null(strstr(line_header(text, "Accept"), "application/sdp"));
	assert_non_null(strstr(line_header(text, "Accept"), "multipart/mixed"));
	phone_ack(&far, "");
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
	run_for(10);
	assert_int_equal(seen.hold_changes, 0);
}

static void a_body_that_nobody_needs_is_passed_over(void **state)
{
	(void)state;
	phone_invite(&far, "alice", "600",
		     "Content-Type: text/plain\nContent-Disposition: render;handling=optional\n",
		     "hello");
	run_for(10);
	assert_non_null(strstr(phone_final(&far, "SIP/2.0 200"), "m=audio "));
	phone_ack(&far, SDP(""));
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
	phone_invite(&far, "alice", "600", "Content-Type: text/plain\n", "hello");
	assert_non_null(strstr(line_expect("SIP/2.0 415"), "\nAccept: application/sdp"));
}

static void an_encoding_that_we_lack_is_answered_with_those_that_we_have(void **state)
{
	const char *text;

	(void)state;
	phone_invite(&far, "alice", "600", "Content-Encoding: gzip\n", SDP(""));
	text = line_expect("SIP/2.0 415");
	assert_string_equal(line_header(text, "Accept-Encoding"), "identity");
	phone_invite(&far, "alice", "600", "Content-Type: text/plain\n", "hello");
	text = line_expect("SIP/2.0 415");
	assert_string_equal(line_header(text, "Accept-Encoding"), "");
}

static void extensions_that_we_lack_are_named(void **state)
{
	const char *refused;

	(void)state;
	phone_invite(&far, "alice", "600", "Require: bar, 100rel, foo\n", SDP(""));
	refused = line_expect("SIP/2.0 420");
	assert_non_null(strstr(refused, "Unsupported: bar\n"));
	assert_non_null(strstr(refused, "Unsupported: foo\n"));
	assert_null(strstr(refused, "100rel"));
}

static void cancel_while_ringing(void **state)
{
	(void)state;
	phone_invite(&far, "alice", "602", "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_expect(&far, "SIP/2.0 180");
	phone_request(&far, "CANCEL", "", "");
	line_expect("SIP/2.0 200");
	line_expect("SIP/2.0 487");
	run_for(10);
	assert_int_equal(rd_channel_count(), 0);
}

static void cancel_that_comes_too_late(void **state)
{
	(void)state;
	answered("600", SDP(""));
	phone_request(&far, "CANCEL", "", "");
	line_expect("SIP/2.0 200");
	line_expect_nothing();
	phone_ack(&far, "");
	run_for(10);
	assert_int_equal(rd_channel_count(), 1);
	phone_request(&far, "BYE", "", "");
	phone_expect(&far, "SIP/2.0 200");
}

static void a_bye_before_the_answer_ends_the_invite(void **state)
{
	(void)state;
	phone_invite(&far, "alice", "602", "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_expect(&far, "SIP/2.0 180");
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
	line_expect("SIP/2.0 487");
}

static void early_media_comes_with_a_183(void **state)
{
	const char *progress;

	(void)state;
	phone_invite(&far, "alice", "603", "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	progress = phone_expect(&far, "SIP/2.0 183");
	assert_non_null(strstr(progress, "m=audio "));
	phone_request(&far, "CANCEL", "", "");
	line_clear();
}

static void busy_is_486(void **state)
{
	(void)state;
	phone_invite(&far, "alice", "604", "", SDP(""));
	run_for(10);
	phone_final(&far, "SIP/2.0 486");
}

static void a_late_offer(void **state)
{
	const char *ok;

	(void)state;
	ok = answered("600", "");
	assert_non_null(strstr(ok, "m=audio "));
	phone_ack(&far, SDP(""));
	run_for(10);
	assert_int_equal(rd_channel_count(), 1);
	phone_request(&far, "BYE", "", "");
	phone_expect(&far, "SIP/2.0 200");
}

static void a_late_offer_that_is_not_answered(void **state)
{
	(void)state;
	answered("600", "");
	phone_ack(&far, "");
	line_expect("BYE ");
	run_for(10);
	assert_int_equal(rd_channel_count(), 0);
}

static void hold_and_resume(void **state)
{
	const char *ok;

	(void)state;
	answered("600", SDP(""));
	phone_ack(&far, "");
	phone_request(&far, "INVITE", "", SDP("a=sendonly\n"));
	ok = phone_expect(&far, "SIP/2.0 200");
	assert_non_null(strstr(ok, "a=recvonly"));
	phone_ack(&far, "");
	run_for(10);
	assert_int_equal(seen.hold_changes, 1);
	phone_request(&far, "INVITE", "", SDP(""));
	ok = phone_expect(&far, "SIP/2.0 200");
	assert_non_null(strstr(ok, "a=sendrecv"));
	phone_ack(&far, "");
	run_for(10);
	assert_int_equal(seen.hold_changes, 2);
	phone_request(&far, "UPDATE", "", SDP("a=inactive\n"));
	ok = phone_expect(&far, "SIP/2.0 200");
	assert_non_null(strstr(ok, "a=inactive"));
	run_for(10);
	assert_int_equal(seen.hold_changes, 3);
	phone_request(&far, "BYE", "", "");
	phone_expect(&far, "SIP/2.0 200");
}

static void a_reinvite_before_the_ack_is_491(void **state)
{
	(void)state;
	answered("600", SDP(""));
	phone_request(&far, "INVITE", "", SDP(""));
	line_expect("SIP/2.0 491");
	far.invite_cseq = 1;
	phone_ack(&far, "");
	phone_request(&far, "BYE", "", "");
	phone_expect(&far, "SIP/2.0 200");
}

static void an_old_cseq_is_500(void **state)
{
	(void)state;
	answered("600", SDP(""));
	phone_ack(&far, "");
	far.cseq = 0;
	phone_request(&far, "OPTIONS", "", "");
	line_expect("SIP/2.0 500");
	far.cseq = 7;
	phone_request(&far, "BYE", "", "");
	phone_expect(&far, "SIP/2.0 200");
}

static void keys_by_info(void **state)
{
	(void)state;
	answered("600", SDP(""));
	phone_ack(&far, "");
	phone_request(&far, "INFO", "Content-Type: application/dtmf-relay\n", "");
	line_expect("SIP/2.0 200");
	phone_request(&far, "BYE", "", "");
	phone_expect(&far, "SIP/2.0 200");
}

static void who_calls_and_with_which_header(void **state)
{
	(void)state;
	phone_invite(&far, "alice", "602",
		     "P-Asserted-Identity: \"Trusted\" <sip:4711@example.com>\nX-Test: seen\n",
		     SDP(""));
	run_for(10);
	assert_string_equal(seen.caller, "Trusted <4711>");
	assert_string_equal(seen.header, "seen");
	phone_request(&far, "CANCEL", "", "");
	line_clear();
}

static void the_same_invite_by_two_ways_is_482(void **state)
{
	struct sip_phone second;

	(void)state;
	phone_invite(&far, "alice", "602", "", SDP(""));
	run_for(10);
	line_clear();
	second = far;
	phone_invite(&second, "alice", "602", "", SDP(""));
	line_clear();
	line_feed_from("127.0.0.9", 5060,
		       "INVITE sip:602@127.0.0.1 SIP/2.0\n"
		       "Via: SIP/2.0/UDP 127.0.0.9:5060;branch=z9hG4bKotherway\n"
		       "From: <sip:a@b>;tag=m\nTo: <sip:x@127.0.0.1>\nCall-ID: merged\n"
		       "CSeq: 1 INVITE\nContact: <sip:a@127.0.0.9>\nMax-Forwards: 70\n\n");
	run_for(10);
	line_clear();
	line_feed_from("127.0.0.9", 5060,
		       "INVITE sip:602@127.0.0.1 SIP/2.0\n"
		       "Via: SIP/2.0/UDP 127.0.0.9:5060;branch=z9hG4bKthirdway\n"
		       "From: <sip:a@b>;tag=m\nTo: <sip:x@127.0.0.1>\nCall-ID: merged\n"
		       "CSeq: 1 INVITE\nContact: <sip:a@127.0.0.9>\nMax-Forwards: 70\n\n");
	line_expect("SIP/2.0 482");
	/* end them */
	for (struct rd_channel *ch = rd_channel_next(NULL); ch; ch = rd_channel_next(ch))
		rd_hangup(ch, RD_CAUSE_NORMAL);
	run_for(10);
	line_clear();
}

/* ---- calling ---- */

/* alice calls 700, which rings the peer. */
static void dial_peer(void)
{
	phone_invite(&far, "alice", "700", "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_called(&callee);
}

static void bye_from_caller(void)
{
	phone_request(&far, "BYE", "", "");
	phone_expect(&far, "SIP/2.0 200");
	run_for(10);
	phone_expect_request(&callee, "BYE ");
	phone_answer(&callee, "200 OK", "", "");
	run_for(10);
}

static void connect_call(void)
{
	phone_answer(&callee, "200 OK", "", SDP(""));
	line_expect("ACK ");
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	run_for(10);
}

static void a_later_offer_is_refused_with_the_reason(void **state)
{
	static const char nothing[] = "v=0\no=- 1 2 IN IP4 127.0.0.2\ns=-\n"
				      "c=IN IP4 127.0.0.2\nt=0 0\nm=audio 5000 RTP/AVP 9\n";

	(void)state;
	dial_peer();
	connect_call();
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
	dial_peer();
	assert_non_null(strstr(callee.request, "INVITE sip:42@127.0.0.2:5060 SIP/2.0"));
	assert_non_null(strstr(callee.request, "From: \"Far\" <sip:alice@127.0.0.1>;tag="));
	assert_non_null(strstr(callee.request, "P-Asserted-Identity: \"Far\" <sip:alice@"));
	assert_non_null(strstr(callee.request, "m=audio "));
	phone_answer(&callee, "180 Ringing", "", "");
	run_for(10);
	phone_expect(&far, "SIP/2.0 180");
	connect_call();
	assert_int_equal(seen.dial_status, RD_DIAL_ANSWER);
	bye_from_caller();
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
		dial_peer();
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
	dial_peer();
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
	dial_peer();
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
	dial_peer();
	phone_answer(&callee, "302 Moved Temporarily",
		     "Contact: <sip:bob@127.0.0.2:5081>\n", "");
	line_expect("ACK ");
	run_for(10);
	phone_called(&callee);
	assert_non_null(strstr(callee.request, "INVITE sip:bob@127.0.0.2:5081 SIP/2.0"));
	connect_call();
	bye_from_caller();
}

static void a_peer_that_asks_for_a_password(void **state)
{
	(void)state;
	dial_peer();
	phone_answer(&callee, "407 Proxy Authentication Required",
		     "Proxy-Authenticate: Digest realm=\"p\", nonce=\"n\", algorithm=MD5, "
		     "qop=\"auth\"\n", "");
	line_expect("ACK ");
	phone_called(&callee);
	assert_non_null(strstr(callee.request, "Proxy-Authorization: Digest username=\"me\""));
	assert_non_null(strstr(callee.request, "CSeq: 2 INVITE"));
	connect_call();
	bye_from_caller();
}

static void the_caller_gives_up(void **state)
{
	char invite[4096];

	(void)state;
	dial_peer();
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
	dial_peer();
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
	dial_peer();
	strcpy(invite, callee.request);
	connect_call();
	phone_answer_invite(&callee, invite, "200 OK", "", SDP(""));
	line_expect("ACK ");
	line_expect_nothing();
	bye_from_caller();
}

static void another_fork_that_answers_late_is_ended(void **state)
{
	struct sip_phone other;
	char invite[4096];

	(void)state;
	dial_peer();
	strcpy(invite, callee.request);
	connect_call();
	other = callee;
	strcpy(other.our_tag, "fork2");
	phone_answer_invite(&other, invite, "200 OK", "", SDP(""));
	line_expect("ACK ");
	phone_expect_request(&other, "BYE ");
	assert_non_null(strstr(other.request, ";tag=fork2"));
	phone_answer(&other, "200 OK", "", "");
	bye_from_caller();
}

static void nobody_at_home_is_480(void **state)
{
	(void)state;
	phone_invite(&far, "alice", "701", "", SDP(""));
	run_for(10);
	phone_final(&far, "SIP/2.0 480");
	assert_int_equal(seen.dial_cause, RD_CAUSE_SUBSCRIBER_ABSENT);
}

static void register_1002(const char *contact, unsigned n)
{
	const char *challenge = NULL;

	for (int i = 0; i < 2; i++) {
		line_feed("REGISTER sip:127.0.0.1 SIP/2.0\n"
			  "Via: SIP/2.0/UDP 127.0.0.2:5060;branch=z9hG4bKreg%u-%d\n"
			  "From: <sip:1002@127.0.0.1>;tag=r\nTo: <sip:1002@127.0.0.1>\n"
			  "Call-ID: reg%u\nCSeq: %d REGISTER\nContact: <%s>\n%s\n",
			  n, i, n, i + 1, contact,
			  i ? office_credentials(challenge, "REGISTER", "1002", "two", "MD5")
			    : "");
		challenge = line_expect(i ? "SIP/2.0 200" : "SIP/2.0 401");
	}
}

static void two_devices_ring_and_one_wins(void **state)
{
	struct sip_phone other;
	char invite[4096];

	(void)state;
	register_1002("sip:desk@127.0.0.2:5060", 1);
	register_1002("sip:soft@127.0.0.2:5070", 2);
	phone_invite(&far, "alice", "701", "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_called(&callee);
	phone_called(&other);
	strcpy(invite, other.request);
	assert_string_not_equal(line_header(callee.request, "Call-ID"),
				line_header(other.request, "Call-ID"));
	phone_answer(&other, "180 Ringing", "", "");
	phone_answer(&callee, "180 Ringing", "", "");
	run_for(10);
	line_clear();
	phone_answer(&callee, "200 OK", "", SDP(""));
	phone_expect_request(&other, "CANCEL ");
	assert_non_null(strstr(other.request, "cause=26"));
	phone_answer(&other, "200 OK", "", "");
	line_expect("ACK ");
	phone_answer_invite(&other, invite, "487 Request Terminated", "", "");
	line_expect("ACK ");
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	run_for(10);
	bye_from_caller();
}

static void one_busy_device_does_not_end_the_other(void **state)
{
	struct sip_phone other;

	(void)state;
	register_1002("sip:desk@127.0.0.2:5060", 1);
	register_1002("sip:soft@127.0.0.2:5070", 2);
	phone_invite(&far, "alice", "701", "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_called(&callee);
	phone_called(&other);
	phone_answer(&other, "486 Busy Here", "", "");
	line_expect("ACK ");
	run_for(10);
	line_expect_nothing();
	phone_answer(&callee, "404 Not Found", "", "");
	line_expect("ACK ");
	run_for(10);
	assert_int_equal(seen.dial_cause, RD_CAUSE_BUSY);
	phone_final(&far, "SIP/2.0 486");
}

/* Whichever of them speaks first. */
static void busy_says_more_than_not_found(void **state)
{
	struct sip_phone other;

	(void)state;
	register_1002("sip:desk@127.0.0.2:5060", 1);
	register_1002("sip:soft@127.0.0.2:5070", 2);
	phone_invite(&far, "alice", "701", "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_called(&callee);
	phone_called(&other);
	phone_answer(&other, "404 Not Found", "", "");
	line_expect("ACK ");
	phone_answer(&callee, "486 Busy Here", "", "");
	line_expect("ACK ");
	run_for(10);
	phone_final(&far, "SIP/2.0 486");
}

/* RFC 3261 §20.1 */
static void a_caller_who_reads_no_description_is_406(void **state)
{
	static const char *const readable[] = { "*/*", "application/*", "text/x, application/sdp" };
	char accept[64];

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(readable); i++) {
		snprintf(accept, sizeof(accept), "Accept: %s\n", readable[i]);
		phone_invite(&far, "alice", "605", accept, SDP(""));
		run_for(10);
		phone_final(&far, "SIP/2.0 200");
		phone_ack(&far, "");
		run_for(10);
		phone_expect_request(&far, "BYE ");
		phone_answer(&far, "200 OK", "", "");
	}
	phone_invite(&far, "alice", "605", "Accept: text/plain\n", SDP(""));
	run_for(10);
	phone_final(&far, "SIP/2.0 406");
	phone_ack_refusal(&far);
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
	dial_peer();
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
	dial_peer();
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
	bye_from_caller();
}

static void forwarded_and_queued_and_ringing_after_sound(void **state)
{
	(void)state;
	dial_peer();
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
	connect_call();
	bye_from_caller();
}

static void a_caller_who_was_answered_elsewhere(void **state)
{
	(void)state;
	dial_peer();
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
	dial_peer();
	phone_answer(&callee, "500 Server Internal Error", "Reason: Q.850;cause=34\n", "");
	line_expect("ACK ");
	run_for(10);
	assert_int_equal(seen.dial_cause, 34);
	assert_non_null(strstr(phone_expect(&far, "SIP/2.0 503"), "\nReason: Q.850;cause=34;"));
	phone_ack(&far, "");
	dial_peer();
	connect_call();
	phone_request(&far, "BYE", "Reason: Q.850;cause=31\n", "");
	line_expect("SIP/2.0 200");
	run_for(10);
	phone_expect_request(&callee, "BYE ");
	phone_answer(&callee, "200 OK", "", "");
}

static void our_bye_is_challenged(void **state)
{
	(void)state;
	dial_peer();
	connect_call();
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
		TEST(a_call_is_answered_and_ended_by_the_caller),
		TEST(we_hang_up_only_after_the_ack),
		TEST(an_answer_without_ack_is_repeated_then_ended),
		TEST(unknown_and_partial_numbers),
		TEST(nothing_in_common_is_488_with_a_warning),
		TEST(bodies_that_are_no_description_are_415),
		TEST(a_description_among_other_parts),
		TEST(a_body_that_nobody_needs_is_passed_over),
		TEST(an_encoding_that_we_lack_is_answered_with_those_that_we_have),
		TEST(extensions_that_we_lack_are_named),
		TEST(cancel_while_ringing),
		TEST(cancel_that_comes_too_late),
		TEST(a_bye_before_the_answer_ends_the_invite),
		TEST(early_media_comes_with_a_183),
		TEST(busy_is_486),
		TEST(a_late_offer),
		TEST(a_late_offer_that_is_not_answered),
		TEST(hold_and_resume),
		TEST(a_reinvite_before_the_ack_is_491),
		TEST(an_old_cseq_is_500),
		TEST(keys_by_info),
		TEST(who_calls_and_with_which_header),
		TEST(the_same_invite_by_two_ways_is_482),
		TEST(a_later_offer_is_refused_with_the_reason),
		TEST(a_call_through_the_exchange),
		TEST(refusals_come_through),
		TEST(an_answer_that_cannot_be_used_is_told_in_words),
		TEST(nobody_answers),
		TEST(a_phone_that_moved_is_followed),
		TEST(a_peer_that_asks_for_a_password),
		TEST(the_caller_gives_up),
		TEST(an_answer_that_crosses_our_cancel),
		TEST(a_200_that_is_repeated_gets_its_ack_again),
		TEST(another_fork_that_answers_late_is_ended),
		TEST(nobody_at_home_is_480),
		TEST(two_devices_ring_and_one_wins),
		TEST(one_busy_device_does_not_end_the_other),
		TEST(busy_says_more_than_not_found),
		TEST(a_caller_who_reads_no_description_is_406),
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
