/* The proxy before devices with several flows (RFC 5626 §5.3) and before one that is
 * called by its GRUU (RFC 5627 §5.4). */
#include "tests/unit/test.h"

#include <stdio.h>

#include "tests/sim/sip_proxied.h"

static struct copy one, two;

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

/* ---- in a dialog ---- */

/* Our Route as the caller has it; who is called says that he is there. */
static void talk(char route[192], const char *contact)
{
	char line[128];

	snprintf(line, sizeof(line), "Contact: <%s>\n", contact);
	caller_sends("INVITE", "sip:1002@here.test", "");
	take_copy(&one, "INVITE ");
	answer_copy(&one, "200 OK", "far", line);
	snprintf(route, 192, "Route: <%s>\n",
		 line_part(line_header(caller_gets("SIP/2.0 200"), "Record-Route"), "<", ">"));
}

static void the_device_gets(const char *method, const char *uri, const char *route,
			    const char *peer)
{
	caller_goes_on(method, uri, "far", route);
	take_copy_at(&two, method, peer);
	if (strcmp(method, "ACK") == 0)
		return;
	answer_copy(&two, "200 OK", "", "");
	caller_gets("SIP/2.0 200");
}

static void rfc5627_4_4_a_gruu_as_contact_leads_to_its_device(void **state)
{
	static const char *const gruus[] = { "sip:1002@127.0.0.1;gr=urn:x:1",
					     "sip:1002@here.test;gr=urn:x:1" };
	char route[192];

	(void)state;
	flows_of_1002();
	for (size_t i = 0; i < RD_ARRAY_SIZE(gruus); i++) {
		talk(route, gruus[i]);
		the_device_gets("ACK", gruus[i], route, "127.0.0.32:5060");
		the_device_gets("UPDATE", gruus[i], route, "127.0.0.32:5060");
		the_device_gets("BYE", gruus[i], route, "127.0.0.32:5060");
	}
}

/* A dialog with one device opens no other. */
static void a_gruu_of_somebody_else_is_not_called(void **state)
{
	char route[192];

	(void)state;
	flows_of_1002();
	proxied_register_flow("1001", "sip:1001@127.0.0.33", "<urn:x:9>", 1);
	stranger_sends("INVITE", "sip:1002@here.test", "");
	take_copy(&one, "INVITE ");
	answer_copy(&one, "200 OK", "far", "Contact: <sip:1002@127.0.0.1;gr=urn:x:1>\n");
	snprintf(route, sizeof(route), "Route: <%s>\n",
		 line_part(line_header(line_expect("SIP/2.0 200"), "Record-Route"), "<", ">"));
	stranger_goes_on("INVITE", "sip:1001@127.0.0.1;gr=urn:x:9", "far", route);
	line_expect("SIP/2.0 407");
	line_expect_nothing();
}

static void rfc5626_5_3_a_device_that_registered_anew_is_followed(void **state)
{
	char route[192];

	(void)state;
	proxied_register_flow("1002", "sip:1002@127.0.0.31:40001", "<urn:x:1>", 0);
	talk(route, "sip:1002@127.0.0.31:40001");
	the_device_gets("ACK", "sip:1002@127.0.0.31:40001", route, "127.0.0.31:40001");
	proxied_register_flow("1002", "sip:1002@127.0.0.31:40002", "<urn:x:1>", 0);
	the_device_gets("UPDATE", "sip:1002@127.0.0.31:40001", route, "127.0.0.31:40002");
	the_device_gets("BYE", "sip:1002@127.0.0.31:40001", route, "127.0.0.31:40002");
}

static void a_phone_is_followed_to_the_port_of_its_next_connection(void **state)
{
	char route[192];

	(void)state;
	proxied_register("1002", "sip:1002@127.0.0.31:40002", 1000);
	talk(route, "sip:1002@127.0.0.31:40001");
	the_device_gets("BYE", "sip:1002@127.0.0.31:40001", route, "127.0.0.31:40002");
	talk(route, "sip:1002@127.0.0.32:40001");
	the_device_gets("BYE", "sip:1002@127.0.0.32:40001", route, "127.0.0.32:40001");
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
		TEST(rfc5627_4_4_a_gruu_as_contact_leads_to_its_device),
		TEST(a_gruu_of_somebody_else_is_not_called),
		TEST(rfc5626_5_3_a_device_that_registered_anew_is_followed),
		TEST(a_phone_is_followed_to_the_port_of_its_next_connection),
	};

	return RUN_GROUP(tests);
}
