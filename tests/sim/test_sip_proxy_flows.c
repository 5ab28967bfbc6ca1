/* The proxy before devices with several flows (RFC 5626 §5.3) and before one that is
 * called by its GRUU (RFC 5627 §5.4). */
#include "tests/unit/test.h"

#include "core/sched/sched.h"
#include "tests/sim/sip_proxied.h"

static struct copy one, two;

static void run_for(int ms)
{
	rd__sched_run_for(ms);
}

static void flows_of_1002(void)
{
	proxied_register_flow("1002", "sip:1002@127.0.0.31", "<urn:x:1>", 1);
	proxied_register_flow("1002", "sip:1002@127.0.0.32", "<urn:x:1>", 2);
}

static void caller_is_refused(const char *status)
{
	caller_gets(status);
	caller_acks_refusal();
	line_expect_nothing();
}

static void rfc5626_5_3_a_device_is_called_by_one_flow_then_by_the_next(void **state)
{
	(void)state;
	flows_of_1002();
	caller_sends("INVITE", "sip:1002@here.test", "");
	take_copy_at(&one, "INVITE ", "127.0.0.32:5060");
	line_expect_nothing();
	answer_copy(&one, "430 Flow Failed", "no", "");
	skip_to_copy("ACK ");
	line_expect("ACK ");
	take_copy_at(&two, "INVITE ", "127.0.0.31:5060");
	refuse_copy(&two, "486 Busy Here", "");
	caller_is_refused("SIP/2.0 486");
}

static void rfc5626_5_3_what_the_device_says_is_final(void **state)
{
	(void)state;
	flows_of_1002();
	caller_sends("INVITE", "sip:1002@here.test", "");
	take_copy_at(&one, "INVITE ", "127.0.0.32:5060");
	refuse_copy(&one, "486 Busy Here", "");
	caller_is_refused("SIP/2.0 486");
}

/* Nothing comes of a flow for failover_time. */
static void rfc5626_5_3_a_silent_flow_gives_way_to_the_next(void **state)
{
	(void)state;
	flows_of_1002();
	caller_sends("INVITE", "sip:1002@here.test", "");
	take_copy_at(&one, "INVITE ", "127.0.0.32:5060");
	run_for(4001);
	skip_to_copy("INVITE sip:1002@127.0.0.31 ");
	take_copy_at(&two, "INVITE ", "127.0.0.31:5060");
	refuse_copy(&two, "486 Busy Here", "");
	caller_is_refused("SIP/2.0 486");
}

static void a_flow_that_was_silent_is_not_the_first_of_the_next_call(void **state)
{
	rfc5626_5_3_a_silent_flow_gives_way_to_the_next(state);
	caller_sends("INVITE", "sip:1002@here.test", "");
	take_copy_at(&two, "INVITE ", "127.0.0.31:5060");
	refuse_copy(&two, "486 Busy Here", "");
	caller_is_refused("SIP/2.0 486");
}

/* And where nobody waits for that, its transaction ends. */
static void rfc5626_5_3_without_failover_it_is_so_after_32_seconds(void **state)
{
	(void)state;
	assert_int_equal(proxied_set("failover_time = 0"), 0);
	flows_of_1002();
	caller_sends("MESSAGE", "sip:1002@here.test", "");
	take_copy_at(&one, "MESSAGE ", "127.0.0.32:5060");
	run_for(31000);
	line_clear();
	run_for(1500);
	skip_to_copy("MESSAGE sip:1002@127.0.0.31 ");
	take_copy_at(&two, "MESSAGE ", "127.0.0.31:5060");
	answer_copy(&two, "200 OK", "b", "");
}

static void rfc5626_5_3_a_flow_that_has_gone_gives_way_to_the_next(void **state)
{
	(void)state;
	flows_of_1002();
	caller_sends("INVITE", "sip:1002@here.test", "");
	take_copy_at(&one, "INVITE ", "127.0.0.32:5060");
	line_break("127.0.0.32:5060");
	run_for(600);
	line_break(NULL);
	skip_to_copy("INVITE ");
	take_copy_at(&two, "INVITE ", "127.0.0.31:5060");
	refuse_copy(&two, "486 Busy Here", "");
	caller_is_refused("SIP/2.0 486");
}

/* What comes back of one that has rung for ring_time is no reason to try another. */
static void who_was_called_off_has_had_his_turn(void **state)
{
	(void)state;
	flows_of_1002();
	proxied_register("1002", "sip:1002@127.0.0.33", 500);
	caller_sends("INVITE", "sip:1002@here.test", "");
	take_copy_at(&one, "INVITE ", "127.0.0.32:5060");
	answer_copy(&one, "180 Ringing", "a", "");
	run_for(30100);
	line_clear();
	answer_copy(&one, "430 Flow Failed", "a", "");
	line_expect("ACK ");
	take_copy_at(&two, "INVITE ", "127.0.0.33:5060");
	refuse_copy(&two, "486 Busy Here", "");
	caller_is_refused("SIP/2.0 430");
}

/* A flow that was silent for ring_time makes room for the next phone, not for
 * the next flow. */
static void after_ring_time_no_other_flow_is_called(void **state)
{
	(void)state;
	assert_int_equal(proxied_set("failover_time = 0"), 0);
	flows_of_1002();
	proxied_register("1002", "sip:1002@127.0.0.33", 500);
	caller_sends("INVITE", "sip:1002@here.test", "");
	take_copy_at(&one, "INVITE ", "127.0.0.32:5060");
	run_for(29900);
	line_clear();
	run_for(200);
	take_copy_at(&two, "INVITE ", "127.0.0.33:5060");
	answer_copy(&two, "180 Ringing", "no", "");
	caller_gets("SIP/2.0 180");
	run_for(40000);
	line_expect_nothing();
	refuse_copy(&two, "486 Busy Here", "");
	caller_is_refused("SIP/2.0 486");
}

static void rfc5627_5_4_a_gruu_is_one_device(void **state)
{
	(void)state;
	flows_of_1002();
	proxied_register_flow("1002", "sip:1002@127.0.0.33", "<urn:x:2>", 1);
	caller_sends("INVITE", "sip:1002@here.test;gr=urn:x:2", "");
	take_copy_at(&one, "INVITE ", "127.0.0.33:5060");
	line_expect_nothing();
	refuse_copy(&one, "486 Busy Here", "");
	caller_is_refused("SIP/2.0 486");
	caller_sends("INVITE", "sip:1002@here.test;gr=urn:x:3", "");
	caller_is_refused("SIP/2.0 480");
	caller_sends("INVITE", "sip:nobody@here.test;gr=urn:x:3", "");
	caller_is_refused("SIP/2.0 404");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, proxied_open, proxied_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rfc5626_5_3_a_device_is_called_by_one_flow_then_by_the_next),
		TEST(rfc5626_5_3_what_the_device_says_is_final),
		TEST(rfc5626_5_3_a_silent_flow_gives_way_to_the_next),
		TEST(a_flow_that_was_silent_is_not_the_first_of_the_next_call),
		TEST(rfc5626_5_3_without_failover_it_is_so_after_32_seconds),
		TEST(rfc5626_5_3_a_flow_that_has_gone_gives_way_to_the_next),
		TEST(who_was_called_off_has_had_his_turn),
		TEST(after_ring_time_no_other_flow_is_called),
		TEST(rfc5627_5_4_a_gruu_is_one_device),
	};

	return RUN_GROUP(tests);
}
