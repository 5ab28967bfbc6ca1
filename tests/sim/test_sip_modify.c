/* What an answered call tells the far end of later (who it talks to, other codecs): when
 * it may be told at last, it is; what could not be sent is sent again. */
#include "tests/unit/test.h"

#include <ringdown/channel.h>
#include <ringdown/tech.h>

#include "core/sched/sched.h"
#include "tests/sim/sip_exchange.h"

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

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_shown, close_shown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_waits_for_the_ack_comes_after_it),
		TEST(so_it_does_where_the_ack_answers_our_offer),
	};

	return RUN_GROUP(tests);
}
