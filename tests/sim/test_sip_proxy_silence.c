/* The proxy and targets that are silent: the next gets its turn after failover_time, or
 * after ring_time, and who did not answer comes last for a while. */
#include "tests/unit/test.h"

#include <stdio.h>

#include "tests/sim/sip_proxied.h"
#include "tests/unit/conf_dir.h"

static struct copy one, two;

static void ends_busy(const struct copy *copy)
{
	line_clear();
	answer_copy(copy, "486 Busy Here", "busy", "");
	line_expect("ACK ");
	caller_gets("SIP/2.0 486");
	caller_goes_on("ACK", "sip:x@127.0.0.1", "busy", "");
	line_expect_nothing();
}

/* 8300 is at two servers, one after the other; the first is silent. */
static void goes_on_from_the_first(const char *method)
{
	caller_sends(method, "sip:8300@127.0.0.1", "");
	take_copy_at(&one, method, "127.0.0.30:5060");
	run_for(3900);
	line_clear();
	run_for(200);
	take_copy_at(&two, method, "127.0.0.33:5060");
}

static void a_call_goes_on_after_failover_time(void **state)
{
	(void)state;
	goes_on_from_the_first("INVITE");
	ends_busy(&two);
}

static void a_text_goes_on_before_its_sender_gives_up(void **state)
{
	(void)state;
	goes_on_from_the_first("MESSAGE");
	answer_copy(&two, "200 OK", "b", "");
	caller_gets("SIP/2.0 200");
	run_for(60000);
	line_expect_nothing(); /* nor is it repeated to the first */
}

static void the_next_call_begins_with_who_lives(void **state)
{
	(void)state;
	goes_on_from_the_first("INVITE");
	ends_busy(&two);
	caller_sends("INVITE", "sip:8300@127.0.0.1", "");
	take_copy_at(&two, "INVITE ", "127.0.0.33:5060");
	line_expect_nothing();
	answer_copy(&two, "486 Busy Here", "no", "");
	line_expect("ACK ");
	take_copy_at(&one, "INVITE ", "127.0.0.30:5060"); /* last is not never */
	answer_copy(&one, "180 Ringing", "a", "");
	caller_gets("SIP/2.0 180");
	ends_busy(&one);
	/* It has answered. */
	caller_sends("INVITE", "sip:8300@127.0.0.1", "");
	take_copy_at(&one, "INVITE ", "127.0.0.30:5060");
	answer_copy(&one, "603 Decline", "no", "");
	line_expect("ACK ");
	caller_gets("SIP/2.0 603");
	caller_goes_on("ACK", "sip:x@127.0.0.1", "no", "");
}

/* It rings after all: nobody waits for that any more. */
static void who_is_late_is_cancelled(void **state)
{
	struct copy cancel;

	(void)state;
	goes_on_from_the_first("INVITE");
	answer_copy(&one, "180 Ringing", "a", "");
	take_copy_at(&cancel, "CANCEL ", "127.0.0.30:5060");
	line_expect_nothing();
	answer_copy(&cancel, "200 OK", "a", "");
	answer_copy(&one, "487 Request Terminated", "a", "");
	line_expect("ACK ");
	ends_busy(&two);
}

static void but_if_he_answers_it_is_his_call(void **state)
{
	struct copy cancel;

	(void)state;
	goes_on_from_the_first("INVITE");
	answer_copy(&two, "180 Ringing", "b", "");
	caller_gets("SIP/2.0 180");
	answer_copy(&one, "200 OK", "a", "Contact: <sip:a@127.0.0.30>\n");
	caller_gets("SIP/2.0 200");
	take_copy_at(&cancel, "CANCEL ", "127.0.0.33:5060");
	answer_copy(&cancel, "200 OK", "b", "");
	answer_copy(&two, "487 Request Terminated", "b", "");
	line_expect("ACK ");
}

static void the_last_one_is_waited_for(void **state)
{
	(void)state;
	caller_sends("INVITE", "sip:8001@127.0.0.1", "");
	take_copy_at(&one, "INVITE ", "127.0.0.30:5060");
	run_for(20000);
	line_clear();
	answer_copy(&one, "180 Ringing", "a", "");
	caller_gets("SIP/2.0 180");
	ends_busy(&one);
}

/* As long as one of a group rings, the silent one beside it has time. */
static void who_is_silent_beside_one_that_rings_has_ring_time(void **state)
{
	struct copy cancel;

	(void)state;
	caller_sends("INVITE", "sip:8100@127.0.0.1", "");
	take_copy_at(&one, "INVITE ", "127.0.0.31:5060");
	take_copy_at(&two, "INVITE ", "127.0.0.32:5060");
	answer_copy(&two, "180 Ringing", "b", "");
	run_for(29900);
	line_clear();
	run_for(200);
	take_copy_at(&cancel, "CANCEL ", "127.0.0.32:5060");
	line_expect_nothing();
	answer_copy(&cancel, "200 OK", "b", "");
	answer_copy(&two, "487 Request Terminated", "b", "");
	line_expect("ACK ");
	take_copy_at(&one, "INVITE ", "127.0.0.33:5060");
	ends_busy(&one);
}

/* Its battery is empty, say. */
static void who_does_not_answer_his_cancel_is_not_waited_for(void **state)
{
	(void)state;
	caller_sends("INVITE", "sip:8300@127.0.0.1", "");
	take_copy_at(&one, "INVITE ", "127.0.0.30:5060");
	answer_copy(&one, "180 Ringing", "a", "");
	run_for(33900);
	line_clear();
	run_for(200);
	take_copy_at(&two, "INVITE ", "127.0.0.33:5060");
	ends_busy(&two);
}

static void without_failover_time_ring_time_counts(void **state)
{
	(void)state;
	assert_int_equal(proxied_set("failover_time = 0"), 0);
	caller_sends("INVITE", "sip:8300@127.0.0.1", "");
	take_copy_at(&one, "INVITE ", "127.0.0.30:5060");
	run_for(29900);
	line_clear();
	run_for(200);
	take_copy_at(&two, "INVITE ", "127.0.0.33:5060");
	ends_busy(&two);
}

static void a_phone_of_lower_q_has_its_turn(void **state)
{
	(void)state;
	proxied_register("1002", "sip:1002@127.0.0.21", 1000);
	proxied_register("1002", "sip:1002@127.0.0.22", 500);
	caller_sends("INVITE", "sip:1002@here.test", "");
	take_copy_at(&one, "INVITE ", "127.0.0.21:5060");
	run_for(3900);
	line_clear();
	run_for(200);
	take_copy_at(&two, "INVITE ", "127.0.0.22:5060");
	ends_busy(&two);
}

/* The first of them has to be silent but once. */
static void a_phone_that_is_silent_comes_last(void **state)
{
	a_phone_of_lower_q_has_its_turn(state);
	caller_sends("INVITE", "sip:1002@here.test", "");
	take_copy_at(&two, "INVITE ", "127.0.0.22:5060");
	line_expect_nothing();
	answer_copy(&two, "486 Busy Here", "no", "");
	line_expect("ACK ");
	take_copy_at(&one, "INVITE ", "127.0.0.21:5060"); /* last is not never */
	answer_copy(&one, "180 Ringing", "a", "");
	caller_gets("SIP/2.0 180");
	ends_busy(&one);
	/* It has answered. */
	caller_sends("INVITE", "sip:1002@here.test", "");
	take_copy_at(&one, "INVITE ", "127.0.0.21:5060");
	answer_copy(&one, "603 Decline", "no", "");
	line_expect("ACK ");
	caller_gets("SIP/2.0 603");
	caller_goes_on("ACK", "sip:x@127.0.0.1", "no", "");
}

static void calls_its_first_phone(void)
{
	caller_sends("INVITE", "sip:1002@here.test", "");
	take_copy_at(&one, "INVITE ", "127.0.0.21:5060");
	line_expect_nothing();
	answer_copy(&one, "603 Decline", "no", "");
	line_expect("ACK ");
	caller_gets("SIP/2.0 603");
	caller_goes_on("ACK", "sip:x@127.0.0.1", "no", "");
}

static void a_phone_that_registers_again_is_no_more_silent(void **state)
{
	a_phone_of_lower_q_has_its_turn(state);
	proxied_register("1002", "sip:1002@127.0.0.21", 1000);
	calls_its_first_phone();
}

static void nor_is_one_after_dead_time(void **state)
{
	a_phone_of_lower_q_has_its_turn(state);
	run_for(60000);
	line_clear();
	calls_its_first_phone();
}

/* One name, two addresses. */
static void the_next_address_of_a_name_is_tried(void **state)
{
	char hosts[300];

	(void)state;
	conf_dir_write("hosts", "127.0.0.30 tie.test\n127.0.0.33 tie.test\n");
	snprintf(hosts, sizeof(hosts), "dns_hosts = %s/hosts", conf_dir_path());
	assert_int_equal(proxied_set(hosts), 0);
	assert_int_equal(proxied_configure("[tie]\npattern = _8XXX\nto = sip:tie.test:5060\n"), 0);
	caller_sends("INVITE", "sip:8300@127.0.0.1", "");
	run_for(1);
	take_copy(&one, "INVITE ");
	run_for(3800);
	line_clear();
	run_for(300);
	take_copy(&two, "INVITE sip:8300@tie.test:5060 ");
	assert_string_not_equal(one.peer, two.peer);
	lines_in(two.text, "Record-Route", 1);
	run_for(8000);
	line_clear(); /* none is left: it is waited for */
	ends_busy(&two);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, proxied_open, proxied_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_call_goes_on_after_failover_time),
		TEST(a_text_goes_on_before_its_sender_gives_up),
		TEST(the_next_call_begins_with_who_lives),
		TEST(who_is_late_is_cancelled),
		TEST(but_if_he_answers_it_is_his_call),
		TEST(the_last_one_is_waited_for),
		TEST(who_is_silent_beside_one_that_rings_has_ring_time),
		TEST(who_does_not_answer_his_cancel_is_not_waited_for),
		TEST(without_failover_time_ring_time_counts),
		TEST(a_phone_of_lower_q_has_its_turn),
		TEST(a_phone_that_is_silent_comes_last),
		TEST(a_phone_that_registers_again_is_no_more_silent),
		TEST(nor_is_one_after_dead_time),
		TEST(the_next_address_of_a_name_is_tried),
	};

	return RUN_GROUP(tests);
}
