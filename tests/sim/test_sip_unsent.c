/* Datagrams that the kernel refuses to send, as it does while a queue is full, a route is
 * away or a filter is loaded: answers and what belongs to a dialog cost the interval
 * until they are repeated, no more (RFC 3261 §17.2, RFC 6026 §7.1). */
#include "tests/unit/test.h"

#include <ringdown/channel.h>

#include "tests/sim/sip_exchange.h"

static struct sip_phone far, callee;

static void refuse(bool on)
{
	line_break(on ? "127.0.0.9:5060" : NULL);
}

static void refuse_callee(bool on)
{
	line_break(on ? "127.0.0.2:5060" : NULL);
}

static void call_in(const char *number)
{
	phone_invite(&far, "alice", number, "", SDP(""));
	run_for(10);
}

static void in_a_call(void)
{
	call_in("600");
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
}

static void hang_up(void)
{
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
	run_for(10);
	assert_int_equal(rd_channel_count(), 0);
}

/* What was refused comes when T1 has passed, and no more after its ACK. */
static void expect_after_t1(const char *answer)
{
	line_expect_nothing();
	refuse(false);
	run_for(480);
	line_expect_nothing();
	run_for(20);
	phone_expect(&far, answer);
}

static void a_200_to_the_first_invite(void **state)
{
	(void)state;
	refuse(true);
	call_in("600");
	expect_after_t1("SIP/2.0 200");
	phone_ack(&far, "");
	run_for(40000);
	line_expect_nothing();
	hang_up();
}

static void a_refusal_of_the_first_invite(void **state)
{
	(void)state;
	refuse(true);
	call_in("604");
	expect_after_t1("SIP/2.0 486");
	phone_ack_refusal(&far);
	run_for(40000);
	line_expect_nothing();
}

static void a_200_to_a_later_invite(void **state)
{
	(void)state;
	in_a_call();
	refuse(true);
	phone_request(&far, "INVITE", "", SDP("a=sendonly\n"));
	run_for(10);
	assert_int_equal(seen.hold_changes, 1);
	expect_after_t1("SIP/2.0 200");
	phone_ack(&far, "");
	run_for(40000);
	line_expect_nothing();
	assert_int_equal(seen.hold_changes, 1);
	hang_up();
}

static void a_refusal_of_a_later_invite(void **state)
{
	(void)state;
	in_a_call();
	refuse(true);
	phone_request(&far, "INVITE", "", "v=0\no=- 1 2 IN IP4 127.0.0.2\ns=-\n"
		      "c=IN IP4 127.0.0.2\nt=0 0\nm=audio 5000 RTP/AVP 9\n");
	run_for(10);
	expect_after_t1("SIP/2.0 488");
	phone_ack_refusal(&far);
	run_for(40000);
	line_expect_nothing();
	hang_up();
}

/* All but INVITE are repeated by who asks; what was agreed on stays. */
static void a_200_to_an_update(void **state)
{
	(void)state;
	in_a_call();
	refuse(true);
	phone_request(&far, "UPDATE", "", SDP("a=sendonly\n"));
	run_for(500);
	line_expect_nothing();
	refuse(false);
	phone_repeat();
	line_expect("SIP/2.0 200");
	assert_int_equal(seen.hold_changes, 1);
	hang_up();
}

static void a_200_to_a_bye(void **state)
{
	(void)state;
	in_a_call();
	refuse(true);
	phone_request(&far, "BYE", "", "");
	run_for(20000);
	line_expect_nothing();
	assert_int_equal(rd_channel_count(), 0);
	refuse(false);
	phone_repeat();
	line_expect("SIP/2.0 200");
}

/* Nobody is called for as long as nothing can be sent. */
static void a_200_that_is_never_sent_ends_the_call(void **state)
{
	(void)state;
	refuse(true);
	call_in("600");
	run_for(33000);
	assert_int_equal(rd_channel_count(), 0);
	refuse(false);
}

/* ---- requests of ours ---- */

static void our_bye(void **state)
{
	(void)state;
	in_a_call();
	refuse(true);
	rd_hangup(rd_channel_next(NULL), RD_CAUSE_NORMAL);
	run_for(100);
	refuse(false);
	run_for(400);
	phone_expect_request(&far, "BYE ");
	phone_answer(&far, "200 OK", "", "");
}

static char invite[4096];

static void ring(void)
{
	phones_dial(&far, &callee);
	snprintf(invite, sizeof(invite), "%s", callee.request);
}

static void both_hang_up(void)
{
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	hang_up();
	phone_expect_request(&callee, "BYE ");
	phone_answer(&callee, "200 OK", "", "");
}

static void the_ack_to_a_200(void **state)
{
	(void)state;
	ring();
	refuse_callee(true);
	phone_answer_invite(&callee, invite, "200 OK", "", SDP(""));
	run_for(10);
	refuse_callee(false);
	phone_answer_invite(&callee, invite, "200 OK", "", SDP(""));
	phone_expect(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	line_expect("ACK ");
	run_for(10);
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
	run_for(10);
	phone_expect_request(&callee, "BYE ");
	phone_answer(&callee, "200 OK", "", "");
}

static void the_ack_to_a_refusal(void **state)
{
	(void)state;
	ring();
	refuse_callee(true);
	phone_answer_invite(&callee, invite, "486 Busy Here", "", "");
	run_for(10);
	refuse_callee(false);
	phone_final(&far, "SIP/2.0 486");
	phone_ack_refusal(&far);
	phone_answer_invite(&callee, invite, "486 Busy Here", "", "");
	line_expect("ACK ");
}

static void our_cancel(void **state)
{
	(void)state;
	ring();
	phone_answer_invite(&callee, invite, "180 Ringing", "", "");
	run_for(10);
	phone_expect(&far, "SIP/2.0 180");
	refuse_callee(true);
	phone_request(&far, "CANCEL", "", "");
	run_for(10);
	refuse_callee(false);
	line_expect("SIP/2.0 200");
	phone_expect(&far, "SIP/2.0 487");
	phone_ack_refusal(&far);
	run_for(500);
	line_expect("CANCEL ");
	phone_answer_invite(&callee, invite, "487 Request Terminated", "", "");
	line_expect("ACK ");
	run_for(40000);
	line_clear();
}

static void our_prack(void **state)
{
	(void)state;
	ring();
	refuse_callee(true);
	phone_answer_invite(&callee, invite, "183 Session Progress",
			    "Require: 100rel\nRSeq: 1\n", SDP(""));
	run_for(10);
	refuse_callee(false);
	phone_expect(&far, "SIP/2.0 183");
	run_for(500);
	phone_expect_request(&callee, "PRACK ");
	phone_answer(&callee, "200 OK", "", "");
	phone_answer_invite(&callee, invite, "200 OK", "", "");
	line_expect("ACK ");
	both_hang_up();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, exchange_open, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_200_to_the_first_invite),
		TEST(a_refusal_of_the_first_invite),
		TEST(a_200_to_a_later_invite),
		TEST(a_refusal_of_a_later_invite),
		TEST(a_200_to_an_update),
		TEST(a_200_to_a_bye),
		TEST(a_200_that_is_never_sent_ends_the_call),
		TEST(our_bye),
		TEST(the_ack_to_a_200),
		TEST(the_ack_to_a_refusal),
		TEST(our_cancel),
		TEST(our_prack),
	};

	return RUN_GROUP(tests);
}
