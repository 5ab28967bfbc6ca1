/* What an answered call tells the far end of later (who it talks to, other codecs): when
 * it may be told at last, it is; what could not be sent is sent again. */
#include "tests/unit/test.h"

#include <ringdown/channel.h>
#include <ringdown/tech.h>

#include "core/sched/sched.h"
#include "tests/sim/sip_exchange.h"
#include "tests/unit/oom.h"

#define CAN_UPDATE "Allow: INVITE, UPDATE\n"

static struct sip_phone far;

/* [shown], which is told whom it talks to. */
static int open_shown(void **state)
{
	phone_source = "127.0.0.13";
	return exchange_open(state);
}

static int close_shown(void **state)
{
	phone_source = "127.0.0.9";
	return exchange_close(state);
}

static void call_in(const char *more, const char *body)
{
	phone_invite(&far, "alice", "600", more, body);
	rd__sched_run_for(10);
	phone_final(&far, "SIP/2.0 200");
}

static void talk(const char *more)
{
	call_in(more, SDP(""));
	phone_ack(&far, "");
}

static int show_new_party(void)
{
	static const struct rd_party party = { .name = "New", .number = "777" };

	return rd_channel_set_party(rd_channel_next(NULL), RD_PARTY_CONNECTED, &party);
}

static void expect_new_party(const char *method)
{
	phone_expect_request(&far, method);
	assert_non_null(strstr(far.request, "P-Asserted-Identity: \"New\" <sip:777@"));
	phone_answer(&far, "200 OK", "", *method == 'I' ? SDP("") : "");
	rd__sched_run_for(10);
	if (*method == 'I')
		line_expect("ACK ");
}

static void hang_up(void)
{
	line_expect_nothing();
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
	rd__sched_run_for(10);
	assert_int_equal(rd_channel_count(), 0);
}

static void what_waits_for_the_ack_comes_after_it(void **state)
{
	(void)state;
	call_in(CAN_UPDATE, SDP(""));
	show_new_party();
	line_expect_nothing();
	phone_ack(&far, "");
	expect_new_party("UPDATE ");
	hang_up();
}

static void so_it_does_where_the_ack_answers_our_offer(void **state)
{
	(void)state;
	call_in(CAN_UPDATE, "");
	show_new_party();
	line_expect_nothing();
	phone_ack(&far, SDP(""));
	expect_new_party("UPDATE ");
	hang_up();
}

/* ---- what could not be sent ---- */

/* The channel knows it in any case. */
static void show_with_little_memory(long allowed)
{
	int rc;

	rd__alloc_fail_after(allowed);
	rc = show_new_party();
	rd__alloc_fail_after(-1);
	if (rc)
		show_new_party();
}

static void await_message(void)
{
	for (int ms = 0; line_is_empty() && ms < 2000; ms += 10)
		rd__sched_run_for(10);
}

static void tell_with_little_memory(const char *more, const char *method)
{
	int untold = 0;

	for (long allowed = 0; allowed < 30; allowed++) {
		talk(more);
		show_with_little_memory(allowed);
		untold += line_is_empty();
		await_message();
		expect_new_party(method);
		hang_up();
	}
	assert_true(untold > 0);
}

static void an_update_that_wants_memory_is_sent_later(void **state)
{
	(void)state;
	tell_with_little_memory(CAN_UPDATE, "UPDATE ");
}

static void so_is_an_invite(void **state)
{
	(void)state;
	tell_with_little_memory("", "INVITE ");
}

static void so_is_one_whose_connection_broke(void **state)
{
	(void)state;
	line_connect(1);
	talk("");
	show_new_party();
	line_expect("INVITE ");
	line_connect(2);
	await_message();
	expect_new_party("INVITE ");
	hang_up();
	line_connect(0);
}

/* It is not tried for ever. */
static void what_can_never_be_sent_is_given_up(void **state)
{
	static char number[70000];
	const struct rd_party party = { .name = "X", .number = number };

	(void)state;
	memset(number, '7', sizeof(number) - 1);
	talk(CAN_UPDATE);
	rd_channel_set_party(rd_channel_next(NULL), RD_PARTY_CONNECTED, &party);
	rd__sched_run_for(60000);
	line_expect_nothing();
	show_new_party();
	expect_new_party("UPDATE ");
	hang_up();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_shown, close_shown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_waits_for_the_ack_comes_after_it),
		TEST(so_it_does_where_the_ack_answers_our_offer),
		TEST(an_update_that_wants_memory_is_sent_later),
		TEST(so_is_an_invite),
		TEST(so_is_one_whose_connection_broke),
		TEST(what_can_never_be_sent_is_given_up),
	};

	return RUN_GROUP(tests);
}
