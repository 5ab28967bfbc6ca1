/* REFER in a call (RFC 3515, 4488, 3892, 5589): who is sent where, what the phone
 * that asked for it is told, and that a transfer that fails changes nothing. */
#include "tests/unit/test.h"

#include <stdlib.h>

#include <ringdown/channel.h>

#include "tests/sim/sip_refer.h"

/* ---- blind ---- */

/* Both legs: whoever asks, the other is connected with a third. */
static void assert_sent_on(struct sip_phone *asks, struct sip_phone *goes)
{
	join_peer(&far, &callee);
	refer_accepted(asks, REFER_TO("700") "Referred-By: \"Boss\" <sip:boss@far.test>\n");
	phone_called(&third);
	assert_string_equal(line_header(third.request, "Referred-By"),
			    "\"Boss\" <sip:boss@far.test>");
	phone_answer(&third, "180 Ringing", "", "");
	run_for(1050);
	expect_notice(asks, "active;expires=", "refer", "SIP/2.0 180 Ringing\n");
	phone_answer_invite(&third, third.request, "200 OK", "", SDP(""));
	run_for(10);
	expect_end(asks, "SIP/2.0 200 OK\n");
	expect_bye(asks);
	bye_from(goes);
	expect_bye(goes == &third ? (asks == &far ? &callee : &far) : &third);
}

static void the_calling_phone_sends_the_other_on(void **state)
{
	(void)state;
	assert_sent_on(&far, &third);
}

static void the_called_phone_sends_the_other_on(void **state)
{
	(void)state;
	assert_sent_on(&callee, &far);
}

static void an_application_answers_at_once(void **state)
{
	(void)state;
	join_peer(&far, &callee);
	refer_accepted(&callee, REFER_TO("600"));
	expect_end(&callee, "SIP/2.0 200 OK\n");
	expect_bye(&callee);
	bye_from(&far);
	expect_silence();
}

static void busy_gives_the_call_back(void **state)
{
	(void)state;
	join_peer(&far, &callee);
	refer_accepted(&far, REFER_TO("604"));
	expect_end(&far, "SIP/2.0 486 Busy Here\n");
	expect_silence();
	hang_up();
}

static void assert_told(const char *status, const char *told)
{
	join_peer(&far, &callee);
	refer_accepted(&callee, REFER_TO("700"));
	phone_called(&third);
	phone_answer(&third, status, "", "");
	line_expect("ACK ");
	run_for(10);
	expect_end(&callee, told);
	hang_up();
}

static void what_the_target_said_is_told(void **state)
{
	(void)state;
	assert_told("403 Forbidden", "SIP/2.0 403 Forbidden\n");
	assert_told("603 Decline", "SIP/2.0 603 Decline\n");
	/* RFC 3892 §5: who has to prove that it was he. */
	assert_told("429 Provide Referrer Identity", "SIP/2.0 429 Provide Referrer Identity\n");
}

static void dial_and_be_busy(struct rd_channel *ch, const char *exten)
{
	const struct rd_dial_options options = { .timeout_ms = 20000 };
	struct rd_channel *winner = NULL;
	struct rd_dial_result result;

	(void)exten;
	rd_dial(ch, "SIP/42@peer", &options, &winner, &result);
	rd_hangup(ch, RD_CAUSE_BUSY);
}

/* Of what it had heard before nothing is told. */
static void what_the_dialplan_says_after_it_is_told(void **state)
{
	(void)state;
	seen.service = dial_and_be_busy;
	join_peer(&far, &callee);
	refer_accepted(&callee, REFER_TO("777"));
	phone_called(&third);
	phone_answer(&third, "429 Provide Referrer Identity", "", "");
	line_expect("ACK ");
	run_for(10);
	expect_end(&callee, "SIP/2.0 486 Busy Here\n");
	hang_up();
}

static void no_answer_gives_the_call_back(void **state)
{
	char invite[4096];

	(void)state;
	join_peer(&far, &callee);
	refer_accepted(&callee, REFER_TO("700"));
	phone_called(&third);
	snprintf(invite, sizeof(invite), "%s", third.request);
	phone_answer(&third, "180 Ringing", "", "");
	run_for(1050);
	expect_notice(&callee, "active;expires=", "refer", "SIP/2.0 180 Ringing\n");
	run_for(19000);
	expect(&third, "CANCEL ");
	phone_answer(&third, "200 OK", "", "");
	phone_answer_invite(&third, invite, "487 Request Terminated", "", "");
	expect_end(&callee, "SIP/2.0 480 Temporarily Unavailable\n");
	/* far, who was sent away, and callee talk on. */
	phone_request(&callee, "INFO", "Content-Type: application/dtmf\n", "5");
	expect(&callee, "SIP/2.0 ");
	hang_up();
}

static void a_number_that_does_not_exist_is_told(void **state)
{
	(void)state;
	join_peer(&far, &callee);
	refer(&far, REFER_TO("999"));
	expect(&far, "SIP/2.0 202");
	run_for(10);
	expect_end(&far, "SIP/2.0 404 Not Found\n");
	expect_silence();
	hang_up();
}

static void the_context_is_the_one_that_the_dialplan_says(void **state)
{
	struct rd_channel *ch;

	(void)state;
	join_peer(&far, &callee);
	ch = rd_channel_find("SIP/gate");
	rd_var_set(ch, "TRANSFER_CONTEXT", "elsewhere");
	rd_channel_unref(ch);
	refer(&far, REFER_TO("600"));
	expect(&far, "SIP/2.0 202");
	run_for(10);
	expect_end(&far, "SIP/2.0 404 Not Found\n");
	hang_up();
}

/* With the CRs that the line leaves out. */
static int wire_size(const char *text)
{
	int size = (int)strlen(text);

	for (; *text; text++)
		size += *text == '\n';
	return size;
}

static void the_dialplan_sees_who_sent_it(void **state)
{
	struct rd_channel *ch;

	(void)state;
	join_peer(&far, &callee);
	refer(&far, REFER_TO("600") "Referred-By: <sip:boss@far.test>;cid=\"1@far\"\n");
	expect(&far, "SIP/2.0 202");
	ch = rd_channel_find("SIP/peer");
	assert_string_equal(rd_var_get(ch, "SIPTRANSFER"), "yes");
	assert_string_equal(rd_var_get(ch, "SIPREFERREDBYHDR"), "<sip:boss@far.test>");
	assert_string_equal(rd_var_get(ch, "SIPREFERTOHDR"), "<sip:600@127.0.0.1>");
	assert_string_equal(rd_var_get(ch, "SIPREFERRINGCONTEXT"), "office");
	assert_memory_equal(rd_var_get(ch, "BLINDTRANSFER"), "SIP/gate-", 9);
	rd_channel_unref(ch);
	run_for(10);
	expect_notice(&far, "active", "refer", "SIP/2.0 100");
	expect_end(&far, "SIP/2.0 200 OK\n");
	expect_bye(&far);
	bye_from(&callee);
}

/* RFC 3892 §2.2: header and token go on without modification. */
static void what_the_referrer_has_signed_goes_along(void **state)
{
	static const char referred_by[] = "<sip:boss@far.test>;cid=\"1@far\";x=y";
	static const char token[] = "Content-Type: multipart/signed;x=1\nContent-ID: <1@far>\n\n"
				    "signed by me\n";
	char headers[512], body[512];
	const char *type;

	(void)state;
	join_peer(&far, &callee);
	snprintf(headers, sizeof(headers), REFER_TO("700") "Referred-By: %s\n"
		 "Content-Type: multipart/mixed;boundary=b\n", referred_by);
	snprintf(body, sizeof(body), "--b\nContent-ID: <2@far>\n\nother\n--b\n%s\n--b--\n", token);
	phone_request(&far, "REFER", headers, body);
	expect(&far, "SIP/2.0 202");
	run_for(10);
	expect_notice(&far, "active;expires=", "refer", "\n\nSIP/2.0 100 Trying\n");
	phone_called(&third);
	assert_string_equal(line_header(third.request, "Referred-By"), referred_by);
	type = line_header(third.request, "Content-Type");
	assert_memory_equal(type, "multipart/mixed;boundary=\"", 26);
	assert_non_null(strstr(third.request, "\n\n--"));
	assert_non_null(strstr(third.request, "\nContent-Type: application/sdp\n\nv=0\n"));
	assert_non_null(strstr(third.request, token));
	assert_null(strstr(third.request, "other"));
	assert_int_equal(atoi(line_header(third.request, "Content-Length")),
			 wire_size(strstr(third.request, "\n\n") + 2));
	phone_answer(&third, "486 Busy Here", "", "");
	line_expect("ACK ");
	run_for(10);
	expect_end(&far, "SIP/2.0 486");
	/* It was for that call alone. */
	refer_in_vain();
	assert_string_equal(line_header(third.request, "Referred-By"), "");
	assert_null(strstr(third.request, "signed by me"));
	hang_up();
}

/* As it stands on the wire, with NUL for \1. */
static void feed_with_nul(const char *text)
{
	char bytes[4096];
	size_t n = 0;

	for (; *text; text++) {
		assert_true(n + 2 < sizeof(bytes));
		if (*text == '\n')
			bytes[n++] = '\r';
		bytes[n++] = *text == '\1' ? '\0' : *text;
	}
	line_feed_raw(bytes, n);
}

/* Cut there it would be another one than was signed. */
static void a_token_with_a_nul_does_not_go_along(void **state)
{
	static const char body[] = "--b\nContent-ID: <1@far>\n\nsigned\1by me\n\n--b--\n";

	(void)state;
	join_peer(&far, &callee);
	phone_unheard = true;
	phone_request(&far, "REFER", REFER_TO("700") "Referred-By: <sip:boss@far.test>;"
		      "cid=\"1@far\"\nContent-Type: multipart/mixed;boundary=b\n", body);
	phone_unheard = false;
	feed_with_nul(phone_said());
	expect(&far, "SIP/2.0 202");
	run_for(10);
	expect_notice(&far, "active;expires=", "refer", "\n\nSIP/2.0 100 Trying\n");
	phone_called(&third);
	assert_string_equal(line_header(third.request, "Referred-By"), "<sip:boss@far.test>");
	assert_string_equal(line_header(third.request, "Content-Type"), "application/sdp");
	phone_answer(&third, "486 Busy Here", "", "");
	line_expect("ACK ");
	run_for(10);
	expect_end(&far, "SIP/2.0 486");
	hang_up();
}

/* ---- the subscription ---- */

static void who_wants_no_news_gets_none(void **state)
{
	const char *answer;

	(void)state;
	join_peer(&far, &callee);
	refer(&far, REFER_TO("600") "Refer-Sub: false\nRequire: norefersub\n");
	answer = expect(&far, "SIP/2.0 202");
	assert_string_equal(line_header(answer, "Refer-Sub"), "false");
	run_for(10);
	expect_bye(&far);
	bye_from(&callee);
	expect_silence();
}

static void without_news_a_wrong_number_is_declined(void **state)
{
	(void)state;
	join_peer(&far, &callee);
	expect_refused(&far, REFER_TO("999") "Refer-Sub: false\n", "SIP/2.0 603");
	hang_up();
}

static void later_ones_have_an_id(void **state)
{
	char event[32];

	(void)state;
	join_peer(&far, &callee);
	refer_accepted(&far, REFER_TO("604"));
	expect_end(&far, "SIP/2.0 486");
	refer(&far, REFER_TO("600"));
	expect(&far, "SIP/2.0 202");
	snprintf(event, sizeof(event), "refer;id=%u", far.cseq);
	run_for(10);
	expect_notice(&far, "active", event, "SIP/2.0 100");
	expect_notice(&far, "terminated;reason=noresource", event, "SIP/2.0 200 OK\n");
	expect_bye(&far);
	bye_from(&callee);
}

static void one_who_hangs_up_at_once_is_told_all_the_same(void **state)
{
	(void)state;
	join_peer(&far, &callee);
	refer_accepted(&far, REFER_TO("700"));
	phone_called(&third);
	bye_from(&far);
	phone_answer(&third, "200 OK", "", SDP(""));
	run_for(10);
	expect_end(&far, "SIP/2.0 200 OK\n");
	bye_from(&third);
	expect_bye(&callee);
}

static void unsubscribing_does_not_stop_the_transfer(void **state)
{
	(void)state;
	join_peer(&far, &callee);
	refer_accepted(&far, REFER_TO("700"));
	phone_called(&third);
	phone_request(&far, "SUBSCRIBE", "Event: refer\nExpires: 0\n", "");
	expect(&far, "SIP/2.0 200");
	expect_notice(&far, "terminated;reason=timeout", "refer", "SIP/2.0 100 Trying\n");
	phone_answer_invite(&third, third.request, "200 OK", "", SDP(""));
	run_for(10);
	expect_bye(&far);
	bye_from(&third);
	expect_bye(&callee);
}

/* RFC 3515 §2.4.6: "MUST contain this id", also that of the first. */
static void a_transfer_is_named_by_its_cseq(void **state)
{
	char more[80];
	unsigned cseq;

	(void)state;
	join_peer(&far, &callee);
	refer_accepted(&far, REFER_TO("700"));
	cseq = far.cseq;
	phone_called(&third);
	snprintf(more, sizeof(more), "Event: refer;id=%u\nExpires: 100\n", cseq + 1);
	phone_request(&far, "SUBSCRIBE", more, "");
	expect(&far, "SIP/2.0 403");
	snprintf(more, sizeof(more), "Event: refer;id=%u\nExpires: 100\n", cseq);
	phone_request(&far, "SUBSCRIBE", more, "");
	expect(&far, "SIP/2.0 200");
	expect_notice(&far, "active;expires=100", "refer", "SIP/2.0 100 Trying\n");
	snprintf(more, sizeof(more), "Event: refer;id=%u\nExpires: 0\n", cseq);
	phone_request(&far, "SUBSCRIBE", more, "");
	expect(&far, "SIP/2.0 200");
	expect_notice(&far, "terminated;reason=timeout", "refer", "SIP/2.0 100 Trying\n");
	phone_answer_invite(&third, third.request, "200 OK", "", SDP(""));
	run_for(10);
	expect_bye(&far);
	bye_from(&third);
	expect_bye(&callee);
}

/* The first has ended, and is told so when its first notice is answered. */
static void the_transfer_that_goes_on_is_meant(void **state)
{
	char first[4096], event[REFER_EVENT];

	(void)state;
	join_peer(&far, &callee);
	refer(&far, REFER_TO("604"));
	expect(&far, "SIP/2.0 202");
	run_for(10);
	snprintf(first, sizeof(first), "%s", expect(&far, "NOTIFY "));
	run_for(100);
	refer_to_third(event);
	phone_request(&far, "SUBSCRIBE", "Event: refer\nExpires: 100\n", "");
	expect(&far, "SIP/2.0 200");
	expect_notice(&far, "active;expires=100", event, "SIP/2.0 100");
	phone_answer_invite(&far, first, "200 OK", "", "");
	run_for(10);
	expect_end(&far, "SIP/2.0 486");
	phone_answer_invite(&third, third.request, "200 OK", "", SDP(""));
	run_for(10);
	expect_notice(&far, "terminated;reason=noresource", event, "SIP/2.0 200 OK\n");
	expect_bye(&far);
	bye_from(&third);
	expect_bye(&callee);
}

static void a_refused_notice_is_the_last(void **state)
{
	(void)state;
	join_peer(&far, &callee);
	refer(&far, REFER_TO("700"));
	expect(&far, "SIP/2.0 202");
	run_for(10);
	expect(&far, "NOTIFY ");
	phone_answer(&far, "481 Gone", "", "");
	phone_called(&third);
	phone_answer(&third, "200 OK", "", SDP(""));
	run_for(10);
	expect_bye(&far);
	bye_from(&third);
	expect_bye(&callee);
}

static void nobody_subscribes_to_what_nobody_asked_for(void **state)
{
	(void)state;
	join_peer(&far, &callee);
	phone_request(&far, "SUBSCRIBE", "Event: refer\n", "");
	expect(&far, "SIP/2.0 403");
	hang_up();
}

static void progress_can_be_kept_from_a_phone(void **state)
{
	(void)state;
	phone_source = "127.0.0.7";
	join_peer(&far, &callee);
	refer_accepted(&far, REFER_TO("700"));
	phone_called(&third);
	phone_answer(&third, "180 Ringing", "", "");
	run_for(5000);
	expect_silence();
	phone_answer(&third, "200 OK", "", SDP(""));
	run_for(10);
	expect_end(&far, "SIP/2.0 200 OK\n");
	expect_bye(&far);
	bye_from(&third);
	expect_bye(&callee);
	phone_source = "127.0.0.9";
}

/* ---- what is refused ---- */

#define DIALOG "Replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2"

static void what_cannot_be_followed_is_refused(void **state)
{
	(void)state;
	join_peer(&far, &callee);
	expect_refused(&far, "", "SIP/2.0 400");
	expect_refused(&far, REFER_TO("600") REFER_TO("700"), "SIP/2.0 400");
	expect_refused(&far, "Refer-To: <sip:>\n", "SIP/2.0 400");
	expect_refused(&far, "Refer-To: <http://far.test/>\n", "SIP/2.0 603");
	expect_refused(&far, "Refer-To: <sip:600@127.0.0.1;method=BYE>\n", "SIP/2.0 603");
	expect_refused(&far, "Refer-To: <sip:600@127.0.0.1?Replaces=x>\n", "SIP/2.0 400");
	expect_refused(&far, "Refer-To: <sip:600@127.0.0.1?" DIALOG "&" DIALOG ">\n",
		       "SIP/2.0 400");
	/* It would become a header of its own in the INVITE to another exchange. */
	expect_refused(&far, "Refer-To: <sip:600@127.0.0.1?" DIALOG "%0D%0AX-Own%3A1>\n",
		       "SIP/2.0 400");
	hang_up();
}

static void parameters_of_the_number_do_not_count(void **state)
{
	(void)state;
	join_peer(&far, &callee);
	refer(&far, "Refer-To: <sip:600;cic=1@127.0.0.1>\n");
	expect(&far, "SIP/2.0 202");
	run_for(10);
	expect_notice(&far, "active", "refer", "SIP/2.0 100");
	expect_end(&far, "SIP/2.0 200 OK\n");
	expect_bye(&far);
	bye_from(&callee);
}

static void a_phone_may_be_kept_from_transferring(void **state)
{
	(void)state;
	phone_source = "127.0.0.8";
	phone_invite(&far, "alice", "600", "", SDP(""));
	run_for(10);
	phone_final(&far, "SIP/2.0 404");
	phone_ack(&far, "");
	phone_source = "127.0.0.6";
	join_peer(&far, &callee);
	expect_refused(&far, REFER_TO("600"), "SIP/2.0 603");
	hang_up();
	phone_source = "127.0.0.9";
}

static void an_application_cannot_be_transferred(void **state)
{
	(void)state;
	phone_invite(&far, "alice", "600", "", SDP(""));
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	expect_refused(&far, REFER_TO("700"), "SIP/2.0 603");
	bye_from(&far);
}

/* Nobody goes two ways at once. */
static void a_second_one_meanwhile_is_declined(void **state)
{
	(void)state;
	join_peer(&far, &callee);
	refer_accepted(&far, REFER_TO("700"));
	phone_called(&third);
	expect_refused(&far, REFER_TO("600"), "SIP/2.0 603");
	phone_answer(&third, "200 OK", "", SDP(""));
	run_for(10);
	expect_end(&far, "SIP/2.0 200 OK\n");
	expect_bye(&far);
	bye_from(&third);
	expect_bye(&callee);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, exchange_open, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_calling_phone_sends_the_other_on),
		TEST(the_called_phone_sends_the_other_on),
		TEST(an_application_answers_at_once),
		TEST(busy_gives_the_call_back),
		TEST(what_the_target_said_is_told),
		TEST(what_the_dialplan_says_after_it_is_told),
		TEST(no_answer_gives_the_call_back),
		TEST(a_number_that_does_not_exist_is_told),
		TEST(the_context_is_the_one_that_the_dialplan_says),
		TEST(what_the_referrer_has_signed_goes_along),
		TEST(a_token_with_a_nul_does_not_go_along),
		TEST(the_dialplan_sees_who_sent_it),
		TEST(who_wants_no_news_gets_none),
		TEST(without_news_a_wrong_number_is_declined),
		TEST(later_ones_have_an_id),
		TEST(one_who_hangs_up_at_once_is_told_all_the_same),
		TEST(unsubscribing_does_not_stop_the_transfer),
		TEST(a_transfer_is_named_by_its_cseq),
		TEST(the_transfer_that_goes_on_is_meant),
		TEST(a_refused_notice_is_the_last),
		TEST(nobody_subscribes_to_what_nobody_asked_for),
		TEST(progress_can_be_kept_from_a_phone),
		TEST(what_cannot_be_followed_is_refused),
		TEST(parameters_of_the_number_do_not_count),
		TEST(a_phone_may_be_kept_from_transferring),
		TEST(an_application_cannot_be_transferred),
		TEST(a_second_one_meanwhile_is_declined),
	};

	return RUN_GROUP(tests);
}
