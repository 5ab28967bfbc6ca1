/* Phones that change their address in a call: another network, another port of their
 * NAT. What the exchange asks of them follows, if they show that they receive there. */
#include "tests/unit/test.h"

#include <ringdown/channel.h>

#include "tests/sim/sip_exchange.h"

static struct sip_phone far;

static void talk_for_a_while(struct rd_channel *ch, const char *exten)
{
	(void)exten;
	if (rd_answer(ch) == 0 && rd_channel_sleep(ch, 20000) == 0)
		rd_hangup(ch, RD_CAUSE_NORMAL);
}

static int open_roaming(void **state)
{
	int rc = exchange_open(state);

	seen.service = talk_for_a_while;
	return rc;
}

static int close_roaming(void **state)
{
	phone_source = "127.0.0.9";
	phone_port = 5060;
	return exchange_close(state);
}

static void talk(const char *more)
{
	phone_invite(&far, "gate", "620", more, SDP(""));
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
}

static void go_to(const char *host, uint16_t port)
{
	phone_source = host;
	phone_port = port;
}

/* The exchange hangs up: by which way does it say so? */
static void bye_goes_to(const char *uri, const char *peer)
{
	char line[128];

	run_for(20000);
	snprintf(line, sizeof(line), "BYE %s SIP/2.0", uri);
	snprintf(far.request, sizeof(far.request), "%s", line_expect(line));
	assert_string_equal(line_peer(), peer);
	phone_answer(&far, "200 OK", "", "");
}

static void reinvited_from(const char *where)
{
	phone_expect(&far, "SIP/2.0 200");
	assert_string_equal(line_peer(), where);
	phone_ack(&far, "");
}

static void another_port_of_its_nat_is_followed(void **state)
{
	(void)state;
	talk("");
	go_to("127.0.0.9", 5099);
	phone_request(&far, "INVITE", "", SDP(""));
	reinvited_from("127.0.0.9:5099");
	bye_goes_to("sip:gate@127.0.0.9:5099", "127.0.0.9:5099");
}

static void an_update_is_followed(void **state)
{
	(void)state;
	talk("");
	go_to("127.0.0.9", 5099);
	phone_request(&far, "UPDATE", "", "");
	phone_expect(&far, "SIP/2.0 200");
	bye_goes_to("sip:gate@127.0.0.9:5099", "127.0.0.9:5099");
}

/* What tells nothing of where its sender is. */
static void another_method_moves_nothing(void **state)
{
	(void)state;
	talk("");
	go_to("127.0.0.9", 5099);
	phone_request(&far, "OPTIONS", "", "");
	phone_expect(&far, "SIP/2.0 200");
	bye_goes_to("sip:gate@127.0.0.9:5060", "127.0.0.9:5060");
}

static void another_network_is_followed_when_the_phone_answers_there(void **state)
{
	char question[2048];

	(void)state;
	talk("");
	go_to("192.0.2.20", 5060);
	phone_request(&far, "INVITE", "", SDP(""));
	snprintf(question, sizeof(question), "%s", line_expect("OPTIONS "));
	assert_string_equal(line_peer(), "192.0.2.20:5060");
	line_expect_nothing();
	phone_answers_question(question, "192.0.2.20", "405 Method Not Allowed");
	run_for(500);
	phone_repeat();
	reinvited_from("192.0.2.20:5060");
	bye_goes_to("sip:gate@192.0.2.20:5060", "192.0.2.20:5060");
}

/* Who knows the dialog may forge an address: nothing but the question goes there. */
static void a_forged_address_gets_no_requests(void **state)
{
	(void)state;
	talk("");
	go_to("192.0.2.66", 5060);
	phone_request(&far, "UPDATE", "User-Agent: as long a name as many a phone has\n", "");
	line_expect("OPTIONS ");
	for (int i = 0; i < 4; i++) {
		run_for(1000);
		phone_repeat();
	}
	line_expect_nothing();
	go_to("127.0.0.9", 5060);
	bye_goes_to("sip:gate@127.0.0.9:5060", "127.0.0.9:5060");
}

/* Where a proxy recorded its route, requests go there, whoever brought the last one. */
static void a_recorded_route_stays(void **state)
{
	(void)state;
	talk("Record-Route: <sip:127.0.0.2;lr>\n");
	go_to("127.0.0.9", 5099);
	phone_request(&far, "INVITE", "", SDP(""));
	reinvited_from("127.0.0.9:5099");
	bye_goes_to("sip:gate@127.0.0.9:5099", "127.0.0.2:5060");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_roaming, close_roaming)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(another_port_of_its_nat_is_followed),
		TEST(an_update_is_followed),
		TEST(another_method_moves_nothing),
		TEST(another_network_is_followed_when_the_phone_answers_there),
		TEST(a_forged_address_gets_no_requests),
		TEST(a_recorded_route_stays),
	};

	return RUN_GROUP(tests);
}
