/* How a flow that we registered by is watched: what shows that it lives, what that it does
 * not, and what is none of its business. */
#include "tests/unit/test.h"

#include <ringdown/event.h>

#include "channels/sip/endpoint/enrol.h"
#include "channels/sip/transport/implementation.h"
#include "channels/sip/transport/stun.h"
#include "tests/sim/sip_provider.h"

#define CONF                                                                                       \
	"[global]\nuser_agent = Test\n"                                                            \
	"[provider]\ntype = peer\nhost = 127.0.0.2:5060\nusername = me\n"                          \
	"secret = x\nregister = yes\n"

#define FOR(seconds)                                                                               \
	"Require: outbound\nContact: <sip:me@127.0.0.1:5060;ob>;expires=" seconds "\n"
#define FLOW FOR("3600")

static char told[4096];

static void note(const struct rd_event *event, void *arg)
{
	size_t n = strlen(told);

	(void)arg;
	snprintf(told + n, sizeof(told) - n, "%s ", event->text);
}

static const struct rd_subscriber subscriber = { .name = "test",
						 .types = RD_EVENT_BIT(RD_EVENT_REGISTRATION),
						 .notify = note };

static int open_office(void **state)
{
	int rc = office_open(CONF);

	(void)state;
	told[0] = '\0';
	return rc ? rc : rd_subscribe(&subscriber);
}

static int open_connected(void **state)
{
	int rc = open_office(state);

	line_connect(7);
	return rc;
}

static int close_office(void **state)
{
	rd_unsubscribe(&subscriber);
	line_connect(0);
	return provider_close(state);
}

static void expect_told(const char *text)
{
	assert_string_equal(told, text);
	told[0] = '\0';
}

static void answered(const char *status, const char *more)
{
	provider_expect("3600");
	provider_answer(status, more);
}

static struct sip_transport *line(void)
{
	return sip_transports_find(sip.transports, "line");
}

/* What is sent within this time, signs of life and all, is no REGISTER. */
static void expect_no_register(int ms)
{
	for (; ms > 0; ms -= 100) {
		run_for(100);
		while (!line_is_empty())
			assert_true(line_take()[0] != 'R');
	}
}

static void expect_register_within(int ms)
{
	for (; ms > 0; ms -= 100) {
		run_for(100);
		while (!line_is_empty() && line_peek()[0] != 'R')
			line_take();
		if (!line_is_empty())
			return;
	}
	fail_msg("nothing was sent");
}

/* ---- STUN ---- */

static struct sip_stun_reply reply;

/* It is asked; the id of the question is that of the reply that may come. */
static void expect_stun(int ms)
{
	const char *bytes;

	for (; ms > 0 && line_is_empty(); ms -= 100)
		run_for(100);
	bytes = line_take();
	assert_non_null(bytes);
	assert_memory_equal(bytes, "\0\1\0\0\x21\x12\xa4\x42", 8);
	reply = (struct sip_stun_reply){ 0 };
	memcpy(reply.id, bytes + 8, sizeof(reply.id));
	assert_int_equal(sip_sockaddr_parse(&reply.mapped, RD_STR("192.0.2.1"), 1024), 0);
}

static void replied_over(struct sip_transport *transport, const char *peer)
{
	struct sip_flow flow = { .transport = transport };

	assert_int_equal(sip_hostport_parse(&flow.peer, peer, 0), 0);
	sip_transport_answered(transport, &flow, &reply);
}

static void replied(void)
{
	replied_over(line(), "127.0.0.2:5060");
	line_clear();
}

static void prove(void)
{
	expect_stun(29100);
	replied();
}

static void a_refusal_is_no_sign_of_life(void **state)
{
	(void)state;
	answered("200 OK", FLOW);
	prove();
	expect_stun(29100);
	reply.refused = true;
	replied();
	answered("200 OK", FLOW);
	expect_told("Registered Failed Registered ");
}

static void who_does_not_say_our_address_says_nothing_of_it(void **state)
{
	(void)state;
	answered("200 OK", FLOW);
	prove();
	expect_stun(29100);
	reply.mapped.sa.sa_family = 0;
	replied();
	expect_stun(29100);
	replied();
	expect_told("Registered ");
}

static void the_answer_to_no_question_is_none(void **state)
{
	(void)state;
	answered("200 OK", FLOW);
	prove();
	assert_int_equal(sip_sockaddr_parse(&reply.mapped, RD_STR("192.0.2.9"), 9), 0);
	replied();
	expect_told("Registered ");
}

static void somebody_elses_answer_is_none(void **state)
{
	struct sip_transport other = *line();

	(void)state;
	answered("200 OK", FLOW);
	expect_stun(29100);
	replied_over(line(), "127.0.0.9:5060");
	replied_over(&other, "127.0.0.2:5060");
	expect_stun(600); /* asked again */
}

static void a_new_flow_has_a_new_address(void **state)
{
	(void)state;
	answered("200 OK", FLOW);
	prove();
	expect_stun(29100);
	reply.refused = true;
	replied();
	answered("200 OK", FLOW);
	expect_stun(29100);
	assert_int_equal(sip_sockaddr_parse(&reply.mapped, RD_STR("192.0.2.9"), 9), 0);
	replied();
	expect_told("Registered Failed Registered ");
}

/* What served before it is not what it does. */
static void a_new_flow_has_not_served_yet(void **state)
{
	(void)state;
	answered("200 OK", FLOW);
	prove();
	expect_stun(29100);
	reply.refused = true;
	replied();
	answered("200 OK", FLOW);
	expect_stun(29100);
	reply.refused = true;
	replied();
	expect_told("Registered Failed Registered Failed ");
	expect_no_register(29900);
	expect_register_within(30300);
}

/* Of twice as long each time, until it has served. */
static void who_never_answers_is_tried_less_and_less(void **state)
{
	(void)state;
	answered("200 OK", FLOW);
	expect_stun(29100);
	reply.refused = true;
	replied();
	expect_no_register(29900);
	expect_register_within(30300);
	answered("200 OK", FLOW);
	expect_stun(29100);
	reply.refused = true;
	replied();
	expect_no_register(59900);
	expect_register_within(60300);
}

/* A renewal does not change when. */
static void what_is_asked_goes_on_when_it_is_renewed(void **state)
{
	(void)state;
	answered("200 OK", FOR("60"));
	expect_stun(29100);
	expect_register_within(7000);
	answered("200 OK", FLOW);
	expect_stun(600);
}

static void without_a_flow_timer_the_time_is_the_usual_one(void **state)
{
	(void)state;
	answered("200 OK", FOR("60") "Flow-Timer: 600\n");
	run_for(29900);
	expect_register_within(300);
	answered("200 OK", FLOW);
	expect_stun(29100);
}

static void who_takes_part_no_more_is_left_alone(void **state)
{
	(void)state;
	line()->keepalive_ms = 25000;
	answered("200 OK", FOR("20"));
	run_for(10000);
	answered("200 OK", "Contact: <sip:me@127.0.0.1:5060;ob>;expires=3600\n");
	run_for(60000);
	line_expect_nothing();
}

static void a_refusal_ends_its_watch(void **state)
{
	(void)state;
	answered("200 OK", FOR("20"));
	run_for(10000);
	answered("403 Forbidden", "");
	run_for(60000);
	line_expect_nothing();
	expect_told("Registered Refused ");
}

static void one_that_is_tried_again_ends_it_too(void **state)
{
	(void)state;
	answered("200 OK", FOR("20"));
	provider_reload(CONF "register_refused_retry = 1h\n");
	run_for(10000);
	answered("403 Forbidden", "");
	run_for(3599900);
	line_expect_nothing();
	run_for(100);
	answered("200 OK", "");
}

/* ---- doors ---- */

static void seen_as(const char *received)
{
	char via[256];

	provider_expect("3600");
	snprintf(via, sizeof(via), "%s", provider_header("Via"));
	line_feed("SIP/2.0 200 OK\nVia: %s%s\nFrom: %s\nTo: <sip:me@x>;tag=r\n"
		  "Call-ID: %s\nCSeq: %s\nExpires: 100\n\n",
		  via, received, provider_header("From"), provider_header("Call-ID"),
		  provider_header("CSeq"));
	line_clear();
}

static void expect_door(bool kept)
{
	for (int i = 0; i < 2; i++) {
		run_for(24800);
		line_expect_nothing();
		run_for(200);
		if (kept)
			assert_string_equal(line_take(), "\n\n");
		line_expect_nothing();
	}
}

static void another_address_is_a_door(void **state)
{
	(void)state;
	line()->keepalive_ms = 25000;
	seen_as(";received=192.0.2.1");
	expect_door(true);
}

static void so_is_another_port(void **state)
{
	char via[256];

	(void)state;
	line()->keepalive_ms = 25000;
	provider_expect("3600");
	snprintf(via, sizeof(via), "SIP/2.0/UDP 127.0.0.1:5060;rport=1024;received=127.0.0.1;%s",
		 strstr(provider_header("Via"), "branch="));
	line_feed("SIP/2.0 200 OK\nVia: %s\nFrom: %s\nTo: <sip:me@x>;tag=r\n"
		  "Call-ID: %s\nCSeq: %s\nExpires: 100\n\n",
		  via, provider_header("From"), provider_header("Call-ID"),
		  provider_header("CSeq"));
	line_clear();
	expect_door(true);
}

static void our_own_address_is_none(void **state)
{
	(void)state;
	line()->keepalive_ms = 25000;
	seen_as(";received=127.0.0.1");
	expect_door(false);
}

static void where_none_is_wanted_none_is_kept(void **state)
{
	(void)state;
	line()->keepalive_ms = 0;
	seen_as(";received=192.0.2.1");
	expect_door(false);
}

static void a_connection_needs_none(void **state)
{
	(void)state;
	line()->keepalive_ms = 25000;
	seen_as(";received=192.0.2.1");
	expect_door(false);
}

/* Whoever answers no more may do so again. */
static void it_is_kept_when_the_registrar_is_silent(void **state)
{
	int doors = 0;

	(void)state;
	line()->keepalive_ms = 25000;
	seen_as(";received=192.0.2.1");
	run_for(101000);
	line_clear();
	for (int i = 0; i < 20; i++) {
		run_for(1300);
		while (!line_is_empty())
			doors += line_take()[0] == '\n';
	}
	assert_int_equal(doors, 1);
}

/* ---- connections ---- */

static void expect_line_ends(void)
{
	int ms = 0;

	for (; line_is_empty() && ms < 120200; ms += 100)
		run_for(100);
	assert_true(ms > 94900);
	assert_string_equal(line_take(), "\n\n");
	line_expect_nothing();
}

static void they_are_asked_again_and_again(void **state)
{
	(void)state;
	answered("200 OK", FLOW);
	expect_line_ends();
	line_pong();
	expect_line_ends();
}

static void another_connection_answers_for_none(void **state)
{
	struct sip_flow other = { .transport = line(), .connection = 9 };

	(void)state;
	answered("200 OK", FLOW);
	sip_transport_answered(line(), &other, NULL);
	line_connect(8);
	expect_told("Registered Failed ");
	expect_no_register(29900);
	expect_register_within(30300);
}

static void nor_is_its_loss_ours(void **state)
{
	struct sip_flow other = { .transport = line(), .connection = 9 };

	(void)state;
	answered("200 OK", FLOW);
	sip_transport_lost(line(), &other, -ECONNRESET);
	run_for(60000);
	line_expect_nothing();
	expect_told("Registered ");
}

/* It may be its habit to close what is idle. */
static void without_flows_a_loss_has_time(void **state)
{
	(void)state;
	answered("200 OK", "Expires: 3600\n");
	line_connect(8);
	expect_told("Registered ");
	expect_no_register(29900);
	expect_register_within(30300);
}

/* A pong that nobody asked for. */
static void without_flows_nothing_is_proven(void **state)
{
	(void)state;
	answered("200 OK", "Expires: 40\n");
	run_for(20000);
	answered("500 Server Error", "");
	line_pong();
	expect_register_within(60300);
	answered("500 Server Error", "");
	expect_no_register(59900);
	expect_register_within(60300);
}

static void what_has_served_has_not_failed(void **state)
{
	(void)state;
	answered("200 OK", FLOW);
	line_connect(8);
	expect_register_within(60300);
	answered("200 OK", FOR("40"));
	line_pong();
	run_for(20000);
	answered("500 Server Error", "");
	expect_register_within(60300);
}

static void a_renewal_of_what_has_served_makes_good(void **state)
{
	(void)state;
	answered("200 OK", FOR("40"));
	line_pong();
	run_for(20000);
	answered("500 Server Error", "");
	expect_register_within(60300);
	answered("200 OK", FOR("40"));
	run_for(20000);
	answered("500 Server Error", "");
	expect_register_within(60300);
}

/* ---- other ways ---- */

static void who_sends_us_on_is_asked_by_no_flow_of_his(void **state)
{
	(void)state;
	answered("200 OK", FOR("20"));
	run_for(10000);
	answered("302 Moved Temporarily", "Contact: <sip:127.0.0.7>\n");
	run_for(10);
	provider_keep(line_expect("REGISTER sip:127.0.0.7 "));
	assert_string_equal(line_peer(), "127.0.0.7:5060");
	line_answer_from("127.0.0.7:5060");
	provider_answer("200 OK", "");
}

/* RFC 5626 §11.5 */
static void a_proxy_that_has_lost_it_gets_another_at_once(void **state)
{
	(void)state;
	answered("200 OK", FOR("60"));
	prove();
	expect_register_within(31000);
	answered("430 Flow Failed", "");
	answered("200 OK", FLOW);
	expect_told("Registered Failed Registered ");
}

static void a_provisional_answer_is_none(void **state)
{
	(void)state;
	answered("100 Trying", "");
	expect_told("");
	provider_answer("200 OK", FLOW);
	expect_told("Registered ");
}

/* What could not be said is said with the next one, once. */
static void a_wish_that_cannot_be_told_is_told_later(void **state)
{
	(void)state;
	provider_expect("3600");
	provider_reload(CONF "register_expires = 10m\n");
	line_break("127.0.0.2:5060");
	provider_answer("200 OK", FOR("20"));
	line_break(NULL);
	run_for(10000);
	provider_expect("600");
	provider_answer("200 OK", FLOW);
	run_for(10);
	line_expect_nothing();
}

static void the_longest_time_is_half_an_hour(void **state)
{
	(void)state;
	provider_reload(CONF "register_proxies = 127.0.0.3\\;lr, 127.0.0.4\\;lr\n");
	run_for(40000); /* the one without a proxy is given up */
	line_clear();
	line_break("127.0.0.3:5060");
	provider_reload(CONF "register_proxies = 127.0.0.3\\;lr, 127.0.0.4\\;lr\n"
			     "register_expires = 1d\n");
	run_for(10);
	while (strcmp(line_peer(), "127.0.0.4:5060") != 0)
		assert_non_null(provider_keep(line_take()));
	line_answer_from("127.0.0.4:5060");
	provider_answer("200 OK", "Expires: 86400\n");
	run_for(30000000);
	told[0] = '\0';
	run_for(1801000);
	assert_non_null(strstr(told, "Failed"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_office, close_office)
#define CONNECTED(name) cmocka_unit_test_setup_teardown(name, open_connected, close_office)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_refusal_is_no_sign_of_life),
		TEST(who_does_not_say_our_address_says_nothing_of_it),
		TEST(the_answer_to_no_question_is_none),
		TEST(somebody_elses_answer_is_none),
		TEST(a_new_flow_has_a_new_address),
		TEST(a_new_flow_has_not_served_yet),
		TEST(who_never_answers_is_tried_less_and_less),
		TEST(what_is_asked_goes_on_when_it_is_renewed),
		TEST(without_a_flow_timer_the_time_is_the_usual_one),
		TEST(who_takes_part_no_more_is_left_alone),
		TEST(a_refusal_ends_its_watch),
		TEST(one_that_is_tried_again_ends_it_too),
		TEST(another_address_is_a_door),
		TEST(so_is_another_port),
		TEST(our_own_address_is_none),
		TEST(where_none_is_wanted_none_is_kept),
		CONNECTED(a_connection_needs_none),
		TEST(it_is_kept_when_the_registrar_is_silent),
		CONNECTED(they_are_asked_again_and_again),
		CONNECTED(another_connection_answers_for_none),
		CONNECTED(nor_is_its_loss_ours),
		CONNECTED(without_flows_a_loss_has_time),
		CONNECTED(without_flows_nothing_is_proven),
		CONNECTED(what_has_served_has_not_failed),
		CONNECTED(a_renewal_of_what_has_served_makes_good),
		TEST(who_sends_us_on_is_asked_by_no_flow_of_his),
		TEST(a_proxy_that_has_lost_it_gets_another_at_once),
		TEST(a_provisional_answer_is_none),
		TEST(a_wish_that_cannot_be_told_is_told_later),
		TEST(the_longest_time_is_half_an_hour),
	};

	return RUN_GROUP(tests);
}
