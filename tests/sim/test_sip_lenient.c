/* Answers that say less than RFC 3261 wants: without a tag, as RFC 2543 had it, or without
 * a Contact; and one that no dialog can be made of. */
#include "tests/unit/test.h"

#include "tests/sim/sip_exchange.h"

static struct sip_phone far;
static char invite[4096];

static void dial_peer(void)
{
	struct sip_phone callee;

	phone_invite(&far, "alice", "700", "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	snprintf(invite, sizeof(invite), "%s", phone_called(&callee));
}

/* To as it came. */
static void answer(const char *status, const char *tag, const char *more, const char *body)
{
	line_feed("SIP/2.0 %s\nVia: %s\nFrom: %s\nTo: %s%s\nCall-ID: %s\nCSeq: %s\n%s%s\n%s",
		  status, line_header(invite, "Via"), line_header(invite, "From"),
		  line_header(invite, "To"), tag, line_header(invite, "Call-ID"),
		  line_header(invite, "CSeq"), more,
		  *body ? "Content-Type: application/sdp\n" : "", body);
	run_for(10);
}

static void is_answered(void)
{
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	run_for(10);
	line_expect_nothing();
}

/* The far end hangs up: its request finds the dialog. */
static void far_end_hangs_up(const char *tag)
{
	line_feed("BYE sip:127.0.0.1:5060 SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.2;branch=z9hG4bK%s\n"
		  "From: %s%s\nTo: %s\nCall-ID: %s\nCSeq: 1 BYE\n\n",
		  far.call_id, line_header(invite, "To"), tag, line_header(invite, "From"),
		  line_header(invite, "Call-ID"));
	run_for(10);
	line_expect("SIP/2.0 200");
	line_expect("BYE ");
}

#define CONTACT "Contact: <sip:42@127.0.0.2:5060>\n"

/* RFC 3261 §12.1.2 */
static void an_answer_without_a_tag_is_one(void **state)
{
	const char *ack;

	(void)state;
	dial_peer();
	answer("180 Ringing", "", "", "");
	phone_expect(&far, "SIP/2.0 180");
	answer("200 OK", "", CONTACT, SDP(""));
	ack = line_expect("ACK sip:42@127.0.0.2:5060 ");
	assert_string_equal(line_header(ack, "To"), line_header(invite, "To"));
	assert_null(strstr(line_header(ack, "To"), "tag="));
	is_answered();
	/* The ACK was lost. */
	answer("200 OK", "", CONTACT, SDP(""));
	line_expect("ACK ");
	far_end_hangs_up("");
}

static void an_answer_without_contact_comes_from_whom_was_called(void **state)
{
	(void)state;
	dial_peer();
	answer("180 Ringing", ";tag=b", "", "");
	phone_expect(&far, "SIP/2.0 180");
	answer("200 OK", ";tag=b", "", SDP(""));
	line_expect("ACK sip:42@127.0.0.2:5060 ");
	is_answered();
	far_end_hangs_up(";tag=b");
}

/* A proxy answers before the phone does. */
static void a_tag_may_come_with_the_second_answer(void **state)
{
	(void)state;
	dial_peer();
	answer("180 Ringing", "", "", "");
	phone_expect(&far, "SIP/2.0 180");
	answer("200 OK", ";tag=b", CONTACT, SDP(""));
	assert_non_null(strstr(line_expect("ACK "), ";tag=b\n"));
	is_answered();
	far_end_hangs_up(";tag=b");
}

static void one_that_makes_no_dialog_fails_the_call_at_once(void **state)
{
	char routes[8192] = "";

	(void)state;
	for (int i = 0; i < 60; i++)
		snprintf(routes + strlen(routes), sizeof(routes) - strlen(routes),
			 "Record-Route: <sip:a.proxy.with.a.very.long.name.indeed.and.more.of.it."
			 "%02d.example;lr>\n", i);
	strcat(routes, CONTACT);
	dial_peer();
	answer("200 OK", ";tag=b", routes, SDP(""));
	run_for(10);
	phone_final(&far, "SIP/2.0 5");
	phone_ack_refusal(&far);
}

/* Nothing could be said to who is behind it: neither ACK nor BYE. */
static void one_whose_record_route_cannot_be_read_likewise(void **state)
{
	(void)state;
	dial_peer();
	answer("200 OK", ";tag=b", "Record-Route: <sip:p1.test;lr>, rubbish\n" CONTACT, SDP(""));
	run_for(10);
	phone_final(&far, "SIP/2.0 500");
	phone_ack_refusal(&far);
	run_for(40000);
	line_expect_nothing();
}

/* Who calls hears why not (RFC 3261 §21.4.1). */
static void nor_is_a_call_with_such_a_one_taken(void **state)
{
	(void)state;
	phone_invite(&far, "alice", "700", "Record-Route: rubbish\n", SDP(""));
	run_for(10);
	phone_final(&far, "SIP/2.0 400");
	phone_ack_refusal(&far);
	line_expect_nothing();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, exchange_open, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_answer_without_a_tag_is_one),
		TEST(an_answer_without_contact_comes_from_whom_was_called),
		TEST(a_tag_may_come_with_the_second_answer),
		TEST(one_that_makes_no_dialog_fails_the_call_at_once),
		TEST(one_whose_record_route_cannot_be_read_likewise),
		TEST(nor_is_a_call_with_such_a_one_taken),
	};

	return RUN_GROUP(tests);
}
