/* REFER outside of a call: about a call that it names, or to have one made. */
#include "tests/unit/test.h"

#include <stdio.h>

#include "tests/sim/sip_exchange.h"

static struct sip_phone asks, far, callee;
static unsigned serial;

#define REFER_TO(number) "Refer-To: <sip:" number "@127.0.0.1>\n"

static int open_quiet(void **state)
{
	phone_source = "127.0.0.7"; /* [quiet] may */
	return exchange_open(state);
}

static int close_quiet(void **state)
{
	phone_source = "127.0.0.9";
	return exchange_close(state);
}

static void refer(const char *headers)
{
	memset(&asks, 0, sizeof(asks));
	snprintf(asks.call_id, sizeof(asks.call_id), "outside-%u", ++serial);
	snprintf(asks.our_tag, sizeof(asks.our_tag), "asks-%u", serial);
	snprintf(asks.user, sizeof(asks.user), "quiet");
	phone_request(&asks, "REFER", headers, "");
}

static void expect_notice(const char *state, const char *body)
{
	const char *notify = phone_expect_request(&asks, "NOTIFY ");

	assert_memory_equal(line_header(notify, "Subscription-State"), state, strlen(state));
	assert_non_null(strstr(line_header(notify, "To"), asks.our_tag));
	if (!strstr(notify, body))
		fail_msg("\"%s\" was expected, this was told:\n%s", body, notify);
	phone_answer(&asks, "200 OK", "", "");
	run_for(10);
}

static void expect_refused(const char *headers, const char *status)
{
	refer(headers);
	phone_expect(&asks, status);
	run_for(10);
	line_expect_nothing();
}

static void a_phone_is_rung_and_put_through(void **state)
{
	(void)state;
	refer(REFER_TO("600"));
	phone_expect(&asks, "SIP/2.0 202");
	run_for(10);
	expect_notice("active;expires=", "SIP/2.0 100 Trying\n");
	phone_called(&callee);
	assert_non_null(strstr(line_header(callee.request, "From"), "sip:600@"));
	phone_answer(&callee, "200 OK", "", SDP(""));
	line_expect("ACK ");
	run_for(10);
	expect_notice("terminated;reason=noresource", "SIP/2.0 200 OK\n");
	phone_request(&callee, "BYE", "", "");
	phone_expect(&callee, "SIP/2.0 200");
}

static void a_phone_that_does_not_answer_is_told(void **state)
{
	(void)state;
	refer(REFER_TO("600"));
	phone_expect(&asks, "SIP/2.0 202");
	run_for(10);
	expect_notice("active;expires=", "SIP/2.0 100 Trying\n");
	phone_called(&callee);
	phone_answer(&callee, "486 Busy Here", "", "");
	line_expect("ACK ");
	run_for(10);
	expect_notice("terminated;reason=noresource", "SIP/2.0 486 Busy Here\n");
}

static struct sip_phone second;

/* The first phone has answered; the one that Refer-To means now rings. */
static void put_through(void)
{
	refer(REFER_TO("700"));
	phone_expect(&asks, "SIP/2.0 202");
	run_for(10);
	expect_notice("active;expires=", "SIP/2.0 100 Trying\n");
	phone_called(&callee);
	phone_answer(&callee, "200 OK", "", SDP(""));
	line_expect("ACK ");
	run_for(10);
	phone_called(&second);
	phone_answer(&second, "180 Ringing", "", "");
	run_for(1000);
	line_expect_nothing();
}

static void what_is_told_is_what_became_of_the_call_to_refer_to(void **state)
{
	(void)state;
	put_through();
	phone_answer(&second, "486 Busy Here", "", "");
	line_expect("ACK ");
	run_for(10);
	expect_notice("terminated;reason=noresource", "SIP/2.0 486 Busy Here\n");
	run_for(10);
	phone_expect_request(&callee, "BYE ");
	phone_answer(&callee, "200 OK", "", "");
}

static void an_answer_at_refer_to_is_told_when_it_comes(void **state)
{
	(void)state;
	put_through();
	phone_answer(&second, "200 OK", "", SDP(""));
	line_expect("ACK ");
	run_for(10);
	expect_notice("terminated;reason=noresource", "SIP/2.0 200 OK\n");
	phones_hang_up(&second, &callee);
}

/* The transaction of the first is forgotten by then, its dialog is not. */
static void a_late_copy_makes_no_second_call(void **state)
{
	(void)state;
	refer(REFER_TO("700"));
	phone_expect(&asks, "SIP/2.0 202");
	run_for(10);
	expect_notice("active;expires=", "SIP/2.0 100 Trying\n");
	phone_called(&callee);
	phone_answer(&callee, "180 Ringing", "", "");
	run_for(25000);
	phone_answer(&callee, "200 OK", "", SDP(""));
	line_expect("ACK ");
	run_for(10000);
	line_clear();
	asks.their_tag[0] = '\0';
	asks.cseq--;
	phone_request(&asks, "REFER", REFER_TO("700"), "");
	phone_expect(&asks, "SIP/2.0 482");
	run_for(10);
	line_expect_nothing();
}

static void without_a_subscription_there_is_no_dialog(void **state)
{
	(void)state;
	refer(REFER_TO("600") "Refer-Sub: false\n");
	phone_expect(&asks, "SIP/2.0 202");
	run_for(10);
	phone_called(&callee);
	phone_answer(&callee, "486 Busy Here", "", "");
	line_expect("ACK ");
	run_for(10);
	line_expect_nothing();
}

static void what_cannot_be_done_is_refused(void **state)
{
	(void)state;
	expect_refused(REFER_TO("999"), "SIP/2.0 404");
	expect_refused("Refer-To: <http://far.test/>\n", "SIP/2.0 416");
	expect_refused("", "SIP/2.0 400");
	expect_refused(REFER_TO("600") "Record-Route: rubbish\n", "SIP/2.0 400");
	expect_refused("Refer-To: <sip:600@127.0.0.1?Replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2>\n",
		       "SIP/2.0 603");
}

static void it_is_off_by_default(void **state)
{
	(void)state;
	expect_refused(REFER_TO("600"), "SIP/2.0 403");
}

static void a_stranger_is_asked_who_it_is(void **state)
{
	(void)state;
	phone_source = "127.0.0.99";
	expect_refused(REFER_TO("600"), "SIP/2.0 401");
	phone_source = "127.0.0.9";
}

/* far calls the peer and then, in another dialog, sends it elsewhere. */
static void call_peer(void)
{
	phones_dial(&far, &callee);
	phones_connect(&far, &callee);
}

static const char *naming(const struct sip_phone *phone, const char *number)
{
	static char text[512];

	snprintf(text, sizeof(text),
		 "Refer-To: <sip:%s@127.0.0.1>\nRequire: tdialog\n"
		 "Target-Dialog: %s;local-tag=%s;remote-tag=%s\n",
		 number, phone->call_id, phone->their_tag, phone->our_tag);
	return text;
}

static void a_call_that_it_names_is_transferred(void **state)
{
	(void)state;
	call_peer();
	refer(naming(&far, "600"));
	phone_expect(&asks, "SIP/2.0 202");
	run_for(10);
	expect_notice("active;expires=", "SIP/2.0 100 Trying\n");
	expect_notice("terminated;reason=noresource", "SIP/2.0 200 OK\n");
	run_for(510);
	phone_expect_request(&far, "BYE ");
	phone_answer(&far, "200 OK", "", "");
	phone_request(&callee, "BYE", "", "");
	phone_expect(&callee, "SIP/2.0 200");
}

static void who_may_not_transfer_may_not_so_either(void **state)
{
	(void)state;
	phone_source = "127.0.0.6"; /* [kept] */
	call_peer();
	expect_refused(naming(&far, "600"), "SIP/2.0 403");
	phones_hang_up(&far, &callee);
	phone_source = "127.0.0.9";
}

static void the_call_of_another_phone_is_not(void **state)
{
	(void)state;
	call_peer();
	expect_refused(naming(&callee, "600"), "SIP/2.0 403");
	phones_hang_up(&far, &callee);
}

#define QUIET(name) cmocka_unit_test_setup_teardown(name, open_quiet, close_quiet)
#define TEST(name)  cmocka_unit_test_setup_teardown(name, exchange_open, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		QUIET(a_phone_is_rung_and_put_through),
		QUIET(a_phone_that_does_not_answer_is_told),
		QUIET(what_is_told_is_what_became_of_the_call_to_refer_to),
		QUIET(an_answer_at_refer_to_is_told_when_it_comes),
		QUIET(a_late_copy_makes_no_second_call),
		QUIET(without_a_subscription_there_is_no_dialog),
		QUIET(what_cannot_be_done_is_refused),
		TEST(it_is_off_by_default),
		TEST(a_stranger_is_asked_who_it_is),
		TEST(a_call_that_it_names_is_transferred),
		TEST(who_may_not_transfer_may_not_so_either),
		TEST(the_call_of_another_phone_is_not),
	};

	return RUN_GROUP(tests);
}
