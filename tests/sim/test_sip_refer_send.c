/* Transfer() of a call that is up: our REFER, and what the far end makes of it. */
#include "tests/unit/test.h"

#include "core/call/call.h"
#include "tests/sim/sip_exchange.h"

static struct sip_phone far;

static void call(const char *number)
{
	seen.transfer = 1;
	phone_invite(&far, "alice", number, "", SDP(""));
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	run_for(10);
}

/* far calls 650 and gets the REFER. */
static void be_referred(void)
{
	call("650");
	phone_expect_request(&far, "REFER ");
}

static void tell(const char *event, const char *state, const char *fragment)
{
	char text[1024];

	far.cseq++;
	snprintf(text, sizeof(text),
		 "NOTIFY sip:127.0.0.1:5060 SIP/2.0\n"
		 "Via: SIP/2.0/UDP 127.0.0.9:5060;branch=z9hG4bKnot%u;rport\nMax-Forwards: 70\n"
		 "From: <sip:far@127.0.0.9>;tag=%s\nTo: <sip:x@127.0.0.1>;tag=%s\n"
		 "Call-ID: %s\nCSeq: %u NOTIFY\nContact: <sip:far@127.0.0.9>\nEvent: %s\n"
		 "Subscription-State: %s\nContent-Type: message/sipfrag;version=2.0\n\n%s\n",
		 far.cseq, far.our_tag, far.their_tag, far.call_id, far.cseq, event, state,
		 fragment);
	line_feed_from("127.0.0.9", 5060, text);
}

static void hang_up(void)
{
	phone_request(&far, "BYE", "", "");
	phone_expect(&far, "SIP/2.0 200");
	run_for(10);
}

static void assert_outcome(int rc, const char *status)
{
	run_for(10);
	assert_int_equal(seen.transfer, rc);
	assert_string_equal(seen.transfer_status, status);
}

static void the_refer_says_where_and_who(void **state)
{
	(void)state;
	be_referred();
	assert_string_equal(line_header(far.request, "Refer-To"), "<sip:1003@127.0.0.1:5060>");
	assert_string_equal(line_header(far.request, "Referred-By"), "<sip:x@127.0.0.1>");
	assert_non_null(strstr(line_header(far.request, "Supported"), "norefersub"));
	phone_answer(&far, "202 Accepted", "", "");
	hang_up();
}

static void a_tel_uri_is_told_as_it_is(void **state)
{
	(void)state;
	call("655");
	phone_expect_request(&far, "REFER ");
	assert_string_equal(line_header(far.request, "Refer-To"), "<tel:+4930123>");
	phone_answer(&far, "202 Accepted", "", "");
	hang_up();
}

static void a_technology_before_the_number_is_no_part_of_it(void **state)
{
	(void)state;
	call("651");
	phone_expect_request(&far, "REFER ");
	assert_string_equal(line_header(far.request, "Refer-To"), "<sip:1003@127.0.0.1:5060>");
	phone_answer(&far, "202 Accepted", "", "");
	hang_up();
}

static void refer_to(const char *number, const char *place)
{
	call(number);
	phone_expect_request(&far, "REFER ");
	assert_string_equal(line_header(far.request, "Refer-To"), place);
	phone_answer(&far, "202 Accepted", "", "");
	hang_up();
}

static void a_number_with_a_hash_is_escaped(void **state)
{
	(void)state;
	refer_to("653", "<sip:%2355@127.0.0.1:5060>");
	refer_to("654", "<sip:%2355%41@branch.example>");
}

static void a_place_of_another_technology_is_not_ours_to_send_to(void **state)
{
	static const struct rd_tech other = { .name = "Other" };

	(void)state;
	assert_int_equal(rd__tech_add(&other, "test"), 0);
	call("652");
	assert_outcome(-ENOSYS, "");
	rd__tech_remove(&other);
	hang_up();
}

static void success_is_told_when_somebody_has_answered(void **state)
{
	(void)state;
	be_referred();
	phone_answer(&far, "202 Accepted", "", "");
	tell("refer", "active;expires=60", "SIP/2.0 100 Trying");
	line_expect("SIP/2.0 200");
	tell("refer", "active;expires=60", "SIP/2.0 180 Ringing");
	line_expect("SIP/2.0 200");
	run_for(1000);
	assert_int_equal(seen.transfer, 1);
	tell("refer", "terminated;reason=noresource", "SIP/2.0 200 OK");
	line_expect("SIP/2.0 200");
	assert_outcome(0, "200");
	hang_up();
}

static void failure_says_which(void **state)
{
	(void)state;
	be_referred();
	phone_answer(&far, "202 Accepted", "", "");
	tell("refer;id=1", "terminated;reason=noresource", "SIP/2.0 486 Busy Here");
	line_expect("SIP/2.0 200");
	assert_outcome(-ECONNREFUSED, "486");
	hang_up();
}

static void a_phone_that_declines_is_a_failure(void **state)
{
	(void)state;
	be_referred();
	phone_answer(&far, "603 Decline", "", "");
	assert_outcome(-ECONNREFUSED, "603");
	hang_up();
}

/* RFC 3261 §12.2.1.2: who does not know the dialog has no call any more. */
static void a_phone_that_knows_no_such_call_is_hung_up_on(void **state)
{
	(void)state;
	be_referred();
	phone_answer(&far, "481 Call/Transaction Does Not Exist", "", "");
	run_for(10);
	phone_expect_request(&far, "BYE ");
	phone_answer(&far, "481 Call/Transaction Does Not Exist", "", "");
	run_for(10);
	assert_int_equal(sip.call_count, 0);
}

static void a_phone_that_cannot_is_no_failure_of_its(void **state)
{
	(void)state;
	be_referred();
	phone_answer(&far, "405 Method Not Allowed", "", "");
	assert_outcome(-ENOSYS, "405");
	hang_up();
}

static void a_phone_that_tells_nothing_has_accepted(void **state)
{
	(void)state;
	be_referred();
	phone_answer(&far, "202 Accepted", "Refer-Sub: false\n", "");
	assert_outcome(0, "202");
	hang_up();
}

static void a_phone_that_stops_telling_has_begun(void **state)
{
	(void)state;
	be_referred();
	phone_answer(&far, "202 Accepted", "", "");
	tell("refer", "terminated;reason=noresource", "SIP/2.0 100 Trying");
	line_expect("SIP/2.0 200");
	assert_outcome(0, "202");
	hang_up();
}

static void silence_ends_the_call(void **state)
{
	const char *text;

	(void)state;
	be_referred();
	run_for(31900);
	line_clear(); /* the REFER, again and again */
	run_for(200);
	text = line_expect("BYE ");
	assert_non_null(strstr(text, "\nReason: Q.850;cause=102;"));
	assert_int_equal(seen.transfer, -ECANCELED);
}

static void news_of_something_else_are_refused(void **state)
{
	(void)state;
	be_referred();
	phone_answer(&far, "202 Accepted", "", "");
	tell("presence", "active", "SIP/2.0 200 OK");
	line_expect("SIP/2.0 489");
	tell("refer;id=999", "active", "SIP/2.0 200 OK");
	line_expect("SIP/2.0 481");
	run_for(10);
	assert_int_equal(seen.transfer, 1);
	hang_up();
}

static void a_phone_that_hangs_up_has_gone_there(void **state)
{
	(void)state;
	be_referred();
	phone_answer(&far, "202 Accepted", "", "");
	hang_up();
	assert_int_equal(seen.transfer, -ECANCELED);
}

static void before_the_answer_it_is_redirected(void **state)
{
	(void)state;
	phone_invite(&far, "alice", "607", "", SDP(""));
	run_for(10);
	phone_final(&far, "SIP/2.0 302");
	phone_ack(&far, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, exchange_open, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_refer_says_where_and_who),
		TEST(a_tel_uri_is_told_as_it_is),
		TEST(a_technology_before_the_number_is_no_part_of_it),
		TEST(a_number_with_a_hash_is_escaped),
		TEST(a_place_of_another_technology_is_not_ours_to_send_to),
		TEST(success_is_told_when_somebody_has_answered),
		TEST(failure_says_which),
		TEST(a_phone_that_declines_is_a_failure),
		TEST(a_phone_that_knows_no_such_call_is_hung_up_on),
		TEST(a_phone_that_cannot_is_no_failure_of_its),
		TEST(a_phone_that_tells_nothing_has_accepted),
		TEST(a_phone_that_stops_telling_has_begun),
		TEST(silence_ends_the_call),
		TEST(news_of_something_else_are_refused),
		TEST(a_phone_that_hangs_up_has_gone_there),
		TEST(before_the_answer_it_is_redirected),
	};

	return RUN_GROUP(tests);
}
