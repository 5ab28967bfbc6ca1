/* A registrar that has a name, of which DNS says something else by and by: the flow that we
 * registered by is where it was. And one of two servers, of which the first fails. */
#include "tests/unit/test.h"

#include "core/sched/sched.h"
#include "tests/sim/sip_exchange.h"
#include "tests/sim/sip_provider.h"
#include "tests/unit/sip_zone.h"

static const char conf[] =
	"[global]\nuser_agent = Test\ndns_hosts = /nonexistent\n"
	"[gate]\ntype = phone\nmatch = 127.0.0.9\ncontext = office\n"
	"[peer]\ntype = peer\nhost = provider.test\nusername = me\nsecret = x\n"
	"register = yes\n";

#define ZONE(first, second)                                                                        \
	"provider.test 60 NAPTR 1 1 S SIP+D2U _sip._udp.provider.test\n"                           \
	"_sip._udp.provider.test 60 SRV " first " 1 5071 one.provider.test\n"                      \
	"_sip._udp.provider.test 60 SRV " second " 1 5072 two.provider.test\n"                     \
	"one.provider.test 60 A 127.0.0.31\ntwo.provider.test 60 A 127.0.0.32\n"

#define ONE "127.0.0.31:5071"
#define TWO "127.0.0.32:5072"

static struct sip_phone far, callee;

static void expect_register_at(const char *peer)
{
	run_for(10);
	provider_keep(line_expect("REGISTER sip:provider.test SIP/2.0"));
	assert_string_equal(line_peer(), peer);
	line_answer_from(peer);
}

static int open_office(void **state)
{
	int rc = exchange_open(state);

	zone_set(ZONE("1", "2"));
	zone_serve(sip.resolver, 1);
	provider_reload(conf);
	expect_register_at(ONE);
	return rc;
}

static int close_office(void **state)
{
	line_answer_from(NULL);
	provider_reload("[gate]\ntype = phone\nmatch = 127.0.0.9\n");
	rd__sched_run_for(40000);
	line_clear();
	zone_serve(sip.resolver, 0);
	return exchange_close(state);
}

/* What was known of the name is known no more. */
static void another_comes_first(void)
{
	zone_set(ZONE("2", "1"));
	run_for(61000);
	line_expect_nothing();
}

static void called_at(const char *peer)
{
	phone_invite(&far, "alice", "700", "", SDP(""));
	line_expect("SIP/2.0 100");
	run_for(10);
	phone_called(&callee);
	assert_string_equal(line_peer(), peer);
	line_answer_from(peer);
	phone_answer(&callee, "486 Busy Here", "", "");
	line_expect("ACK ");
	run_for(10);
	line_answer_from(NULL);
	phone_final(&far, "SIP/2.0 486");
	phone_ack_refusal(&far);
}

#define FLOW "Require: outbound\nFlow-Timer: 600\n"

static void a_call_goes_where_we_are_registered(void **state)
{
	(void)state;
	provider_answer("200 OK", FLOW);
	another_comes_first();
	called_at(ONE);
}

static void where_we_are_not_it_goes_to_the_first(void **state)
{
	(void)state;
	provider_answer("403 Forbidden", "");
	another_comes_first();
	called_at(TWO);
}

static void a_flow_is_renewed_where_it_is(void **state)
{
	(void)state;
	provider_answer("200 OK", FLOW "Expires: 130\n");
	another_comes_first();
	run_for(37010);
	expect_register_at(ONE);
	provider_answer("200 OK", "");
}

static void without_flows_the_first_is_asked(void **state)
{
	(void)state;
	provider_answer("200 OK", "Expires: 130\n");
	another_comes_first();
	run_for(37010);
	expect_register_at(TWO);
	provider_answer("200 OK", "");
}

/* ---- a registrar of two servers ---- */

static void one_that_has_no_room_is_left_for_the_next(void **state)
{
	(void)state;
	provider_answer("503 Service Unavailable", "");
	expect_register_at(TWO);
	provider_answer("200 OK", "");
}

static void one_that_stays_silent_is_left_for_the_next(void **state)
{
	(void)state;
	run_for(3900); /* failover_time is 4 s */
	line_clear();
	run_for(100);
	expect_register_at(TWO);
	provider_answer("200 OK", "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_office, close_office)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_call_goes_where_we_are_registered),
		TEST(where_we_are_not_it_goes_to_the_first),
		TEST(a_flow_is_renewed_where_it_is),
		TEST(without_flows_the_first_is_asked),
		TEST(one_that_has_no_room_is_left_for_the_next),
		TEST(one_that_stays_silent_is_left_for_the_next),
	};

	return RUN_GROUP(tests);
}
