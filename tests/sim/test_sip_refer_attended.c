/* REFER with Replaces (RFC 5589 §7): two calls of a phone become one, also where the second
 * rings only. */
#include "tests/unit/test.h"

#include "tests/sim/sip_refer.h"

/* Refer-To that names the dialog of this phone's other call. */
static const char *to_dialog(const struct sip_phone *phone, const char *more)
{
	static char text[512];

	snprintf(text, sizeof(text),
		 "Refer-To: <sip:700@127.0.0.1?Replaces=%s%%3Bto-tag%%3D%s%%3Bfrom-tag%%3D%s%s>\n",
		 phone->call_id, phone->their_tag, phone->our_tag, more);
	return text;
}

static void refer_attended(struct sip_phone *phone, struct sip_phone *other)
{
	refer(phone, to_dialog(other, ""));
	expect(phone, "SIP/2.0 202");
	run_for(10);
}

/* Both lines of a phone that has joined two calls end, and one is told: before it ends
 * (RFC 5589 §7.1). */
static void expect_joined(struct sip_phone *asks, struct sip_phone *other)
{
	bool told = false;

	for (int i = 0; i < 3; i++) {
		const char *text = refer_next();
		struct sip_phone *phone = asks;

		if (strcmp(line_header(text, "Call-ID"), other->call_id) == 0)
			phone = other;
		else
			assert_string_equal(line_header(text, "Call-ID"), asks->call_id);
		if (strncmp(text, "NOTIFY ", 7) == 0) {
			assert_ptr_equal(phone, asks);
			assert_non_null(strstr(text, "\n\nSIP/2.0 200 OK\n"));
			assert_string_equal(line_header(text, "Subscription-State"),
					    "terminated;reason=noresource");
			told = true;
		} else {
			assert_memory_equal(text, "BYE ", 4);
			assert_true(told || phone == other);
		}
		phone_answer_invite(phone, text, "200 OK", "", "");
		run_for(10);
	}
	assert_true(told);
}

/* far talks to callee, and by another line to third. */
static void two_calls_of_one_phone_become_one(void **state)
{
	(void)state;
	join_peer(&far, &callee);
	join_peer(&second, &third);
	refer_attended(&far, &second);
	expect_joined(&far, &second);
	bye_from(&third);
	expect_bye(&callee);
}

static void one_who_called_and_one_who_was_called_are_joined(void **state)
{
	(void)state;
	join_peer(&far, &callee);
	join_peer(&second, &third);
	/* callee and third are the same phone, the peer. */
	refer_attended(&callee, &third);
	expect_joined(&callee, &third);
	bye_from(&far);
	expect_bye(&second);
}

static void a_consultation_with_an_application_works(void **state)
{
	(void)state;
	join_peer(&far, &callee);
	phone_invite(&second, "alice", "600", "", SDP(""));
	run_for(10);
	phone_final(&second, "SIP/2.0 200");
	phone_ack(&second, "");
	refer_attended(&far, &second);
	expect_joined(&far, &second);
	bye_from(&callee);
}

static void an_answered_call_is_not_early(void **state)
{
	(void)state;
	join_peer(&far, &callee);
	join_peer(&second, &third);
	expect_refused(&far, to_dialog(&second, "%3Bearly-only"), "SIP/2.0 603");
	bye_from(&second);
	expect_bye(&third);
	hang_up();
}

static void calls_of_others_are_not_for_the_taking(void **state)
{
	(void)state;
	join_peer(&second, &third);
	phone_source = "127.0.0.5"; /* [own] may replace its own calls only */
	join_peer(&far, &callee);
	expect_refused(&far, to_dialog(&second, ""), "SIP/2.0 603");
	hang_up();
	phone_source = "127.0.0.9";
	bye_from(&second);
	expect_bye(&third);
}

/* third is just sending far's second line on to somebody else. */
static void a_call_that_is_being_moved_is_for_later(void **state)
{
	struct sip_phone fourth;

	(void)state;
	join_peer(&far, &callee);
	join_peer(&second, &third);
	refer_accepted(&third, REFER_TO("700"));
	phone_called(&fourth);
	expect_refused(&far, to_dialog(&second, ""), "SIP/2.0 491");
	phone_answer(&fourth, "486 Busy Here", "", "");
	line_expect("ACK ");
	run_for(10);
	expect_end(&third, "SIP/2.0 486 Busy Here\n");
	/* and works then */
	refer_attended(&far, &second);
	expect_joined(&far, &second);
	bye_from(&third);
	expect_bye(&callee);
}

/* The second call went through another exchange: that one has the dialog. */
static void a_dialog_elsewhere_is_replaced_there(void **state)
{
	(void)state;
	join_peer(&far, &callee);
	refer_accepted(&far, "Refer-To: <sip:700@other.test?Replaces=a%40b%3Bto-tag%3D1%3B"
			     "from-tag%3D2&Require=replaces>\n");
	phone_called(&third);
	assert_string_equal(line_header(third.request, "Replaces"), "a@b;to-tag=1;from-tag=2");
	assert_string_equal(line_header(third.request, "Require"), "replaces");
	phone_answer(&third, "481 No such dialog", "", "");
	run_for(10);
	expect_end(&far, "SIP/2.0 ");
	/* What is called after that replaces nothing. */
	refer_in_vain();
	assert_string_equal(line_header(third.request, "Replaces"), "");
	assert_string_equal(line_header(third.request, "Require"), "");
	hang_up();
}

/* far talks to callee, and calls third, who rings. */
static void consult_ringing(void)
{
	join_peer(&far, &callee);
	phones_dial(&second, &third);
	phone_answer(&third, "180 Ringing", "", "");
	run_for(10);
	phone_expect(&second, "SIP/2.0 180");
	refer_accepted(&far, to_dialog(&second, ""));
	run_for(1050);
	expect_notice(&far, "active;expires=", "refer", "SIP/2.0 180 Ringing\n");
	expect_silence();
}

/* RFC 5589 §7.6: it is the ringing call that is answered, no missed one and another. */
static void who_rings_answers_the_one_that_was_transferred(void **state)
{
	const char *text;

	(void)state;
	consult_ringing();
	phone_answer(&third, "200 OK", "", SDP(""));
	line_expect("ACK ");
	text = line_expect("INVITE "); /* who it is that it talks to now */
	assert_string_equal(line_header(text, "Call-ID"), third.call_id);
	assert_string_equal(line_header(text, "P-Asserted-Identity"), "<sip:42@127.0.0.1>");
	phone_answer_invite(&third, text, "200 OK", "", SDP(""));
	run_for(10);
	expect_end(&far, "SIP/2.0 200");
	phone_final(&second, "SIP/2.0 487");
	phone_ack_refusal(&second);
	expect_bye(&far);
	bye_from(&callee);
	expect_bye(&third);
	expect_silence();
}

static void who_rings_and_refuses_gives_the_call_back(void **state)
{
	(void)state;
	consult_ringing();
	phone_answer(&third, "600 Busy Everywhere", "", "");
	line_expect("ACK ");
	run_for(10);
	expect_end(&far, "SIP/2.0 600");
	phone_final(&second, "SIP/2.0 486");
	phone_ack_refusal(&second);
	expect_silence();
	hang_up();
}

/* The CANCEL comes first: nobody has that dialog now, so nobody is asked to replace it. */
static void who_cancels_in_the_moment_of_the_transfer_has_a_new_call_made(void **state)
{
	struct sip_phone former;
	char invite[4096];

	(void)state;
	join_peer(&far, &callee);
	phones_dial(&second, &third);
	snprintf(invite, sizeof(invite), "%s", third.request);
	phone_answer(&third, "180 Ringing", "", "");
	run_for(10);
	phone_expect(&second, "SIP/2.0 180");
	phone_request(&second, "CANCEL", "", "");
	expect(&second, "SIP/2.0 200");
	phone_final(&second, "SIP/2.0 487");
	refer(&far, to_dialog(&second, ""));
	expect(&far, "SIP/2.0 202");
	phone_ack_refusal(&second);
	run_for(10);
	expect_notice(&far, "active;expires=", "refer", "SIP/2.0 100");
	former = third;
	phone_expect_request(&former, "CANCEL ");
	phone_called(&third);
	phone_answer(&former, "200 OK", "", "");
	phone_answer_invite(&former, invite, "487 Request Terminated", "", "");
	line_expect("ACK ");
	assert_null(strstr(third.request, "\nReplaces:"));
	phone_answer(&third, "200 OK", "", SDP(""));
	line_expect("ACK ");
	run_for(10);
	expect_end(&far, "SIP/2.0 200");
	expect_bye(&far);
	bye_from(&callee);
	expect_bye(&third);
}

/* As phones do that have no use for the second call any more. */
static void who_cancels_the_ringing_call_after_all_loses_nothing(void **state)
{
	(void)state;
	consult_ringing();
	phone_request(&second, "CANCEL", "", "");
	expect(&second, "SIP/2.0 200");
	phone_final(&second, "SIP/2.0 487");
	phone_ack_refusal(&second);
	run_for(10);
	expect_silence();
	phone_answer(&third, "200 OK", "", SDP(""));
	line_expect("ACK ");
	run_for(10);
	expect_end(&far, "SIP/2.0 200");
	bye_from(&far);
	bye_from(&callee);
	expect_bye(&third);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, exchange_open, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(two_calls_of_one_phone_become_one),
		TEST(one_who_called_and_one_who_was_called_are_joined),
		TEST(a_consultation_with_an_application_works),
		TEST(who_rings_answers_the_one_that_was_transferred),
		TEST(who_rings_and_refuses_gives_the_call_back),
		TEST(who_cancels_the_ringing_call_after_all_loses_nothing),
		TEST(who_cancels_in_the_moment_of_the_transfer_has_a_new_call_made),
		TEST(an_answered_call_is_not_early),
		TEST(a_call_that_is_being_moved_is_for_later),
		TEST(calls_of_others_are_not_for_the_taking),
		TEST(a_dialog_elsewhere_is_replaced_there),
	};

	return RUN_GROUP(tests);
}
