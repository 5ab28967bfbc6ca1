/* Calls that a REFER outside of a call has made: not too many for one phone, and none that
 * goes on without anybody in it. */
#include "tests/unit/test.h"

#include <stdio.h>

#include <ringdown/module.h>

#include "core/call/call.h"
#include "core/call/registry.h"
#include "core/sched/sched.h"
#include "tests/sim/sip_exchange.h"

extern const struct rd_module rd_module; /* chan_local */

static struct sip_phone callee;
static unsigned serial;

/* [quiet] sends it to this number, "": to the exchange, which rings the phone then. */
static void refer(const char *number, const char *to, const char *status)
{
	char text[1024];

	serial++;
	snprintf(text, sizeof(text),
		 "REFER sip:%s%s127.0.0.1 SIP/2.0\n"
		 "Via: SIP/2.0/UDP 127.0.0.7:5060;branch=z9hG4bKr%u;rport\nMax-Forwards: 70\n"
		 "From: <sip:quiet@127.0.0.7>;tag=r\nTo: <sip:127.0.0.1>\nCall-ID: refer%u\n"
		 "CSeq: 1 REFER\nContact: <sip:quiet@127.0.0.7>\nRefer-Sub: false\n"
		 "Refer-To: <sip:%s@127.0.0.1>\n\n",
		 number, *number ? "@" : "", serial, serial, to);
	line_feed_from("127.0.0.7", 5060, text);
	line_expect(status);
	run_for(10);
}

static void phone_is_rung(const char *number, const char *to)
{
	refer(number, to, "SIP/2.0 202");
	phone_called(&callee);
}

static void phone_is_busy(void)
{
	phone_answer(&callee, "486 Busy Here", "", "");
	line_expect("ACK ");
	run_for(10);
}

static void phone_answers(void)
{
	phone_answer(&callee, "200 OK", "", SDP(""));
	line_expect("ACK ");
	run_for(10);
}

static void a_phone_has_only_so_many_made(void **state)
{
	(void)state;
	sip_settings_find(sip.settings, RD_STR("quiet"))->max_refer_calls = 2;
	phone_is_rung("", "600");
	phone_answers();
	refer("600", "600", "SIP/2.0 202");
	refer("", "600", "SIP/2.0 486");
	line_expect_nothing();
	phone_request(&callee, "BYE", "", "");
	phone_expect(&callee, "SIP/2.0 200");
	run_for(10);
	phone_is_rung("", "600"); /* one has ended: there is room again */
	phone_is_busy();
	phone_is_rung("", "600"); /* who does not answer has none */
	phone_is_busy();
}

static void also_of_those_that_come_at_once(void **state)
{
	(void)state;
	sip_settings_find(sip.settings, RD_STR("quiet"))->max_refer_calls = 1;
	phone_is_rung("", "600");
	refer("", "600", "SIP/2.0 486");
	phone_is_busy();
	sip_settings_find(sip.settings, RD_STR("quiet"))->max_refer_calls = 0;
	phone_is_rung("", "600");
	phone_is_busy();
}

/* 600 answers and waits: at both ends. */
static void a_call_without_anybody_is_ended(void **state)
{
	(void)state;
	refer("600", "600", "SIP/2.0 202");
	run_for(20000);
	assert_int_not_equal(rd_channel_count(), 0);
	run_for(15000);
	assert_int_equal(rd_channel_count(), 0);
	run_for(15000);
}

static void one_with_somebody_goes_on(void **state)
{
	(void)state;
	phone_is_rung("", "600");
	phone_answers();
	run_for(200000);
	assert_int_equal(rd_channel_count(), 1);
	phone_request(&callee, "BYE", "", "");
	phone_expect(&callee, "SIP/2.0 200");
}

/* 700 is the peer, behind a number: Local, and then the phone. */
static void also_behind_the_dialplan(void **state)
{
	(void)state;
	phone_is_rung("700", "600");
	phone_answers();
	run_for(200000);
	assert_int_not_equal(rd_channel_count(), 0);
	phone_request(&callee, "BYE", "", "");
	phone_expect(&callee, "SIP/2.0 200");
	run_for(31000);
	assert_int_equal(rd_channel_count(), 0);
}

static int open_with_local(void **state)
{
	int rc = exchange_open(state);

	return rc ? rc : rd__tech_add(&rd_module.techs[0], "chan_local");
}

static int close_with_local(void **state)
{
	int rc;

	run_for(60000);
	rc = exchange_close(state);
	rd__tech_remove(&rd_module.techs[0]);
	return rc;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_with_local, close_with_local)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_phone_has_only_so_many_made),
		TEST(also_of_those_that_come_at_once),
		TEST(a_call_without_anybody_is_ended),
		TEST(one_with_somebody_goes_on),
		TEST(also_behind_the_dialplan),
	};

	return RUN_GROUP(tests);
}
