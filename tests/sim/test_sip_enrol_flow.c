/* The flows by which we register (RFC 5626): what is asked of a registrar that knows
 * them, how they are kept open, what happens when one fails. */
#include "tests/unit/test.h"

#include <ringdown/event.h>

#include "channels/sip/endpoint/enrol.h"
#include "channels/sip/transport/stun.h"
#include "tests/sim/sip_provider.h"
#include "tests/unit/console.h"

#define CONF                                                                                       \
	"[global]\nuser_agent = Test\n"                                                            \
	"[provider]\ntype = peer\nhost = 127.0.0.2:5060\nusername = me\n"                          \
	"secret = x\nregister = yes\n"
#define TWO_FLOWS CONF "register_proxies = sip:127.0.0.3\\;lr, 127.0.0.4:5070\n"

#define CONTACT "Contact: <sip:me@127.0.0.1:5060;ob>;expires=3600\n"
#define FLOW    "Require: outbound\n" CONTACT

static char told[4096];

static void note(const struct rd_event *event, void *arg)
{
	size_t n = strlen(told);

	(void)arg;
	snprintf(told + n, sizeof(told) - n, "%s %s %d by flow %s\n", event->name, event->text,
		 (int)event->number, rd_event_value(event, "flow"));
}

static const struct rd_subscriber subscriber = { .name = "test",
						 .types = RD_EVENT_BIT(RD_EVENT_REGISTRATION),
						 .notify = note };

static int open_with(const char *conf)
{
	int rc = office_open(conf);

	told[0] = '\0';
	return rc ? rc : rd_subscribe(&subscriber);
}

static int open_one(void **state)
{
	(void)state;
	return open_with(CONF);
}

static int open_two(void **state)
{
	(void)state;
	return open_with(TWO_FLOWS);
}

static int close_office(void **state)
{
	rd_unsubscribe(&subscriber);
	return provider_close(state);
}

static void expect_told(const char *text)
{
	assert_string_equal(told, text);
	told[0] = '\0';
}

/* ---- what is asked ---- */

static void we_say_who_we_are_and_which_flow_it_is(void **state)
{
	char first[256];

	(void)state;
	provider_expect("3600");
	assert_string_equal(provider_header("Supported"), "path, outbound, gruu");
	snprintf(first, sizeof(first), "%s", provider_header("Contact"));
	assert_int_equal(
		strncmp(first, "<sip:me@127.0.0.1:5060;ob>;+sip.instance=\"<urn:uuid:", 52), 0);
	assert_string_equal(strstr(first, ">\";reg-id"), ">\";reg-id=1");
	provider_answer("200 OK", FLOW);
	provider_reload(CONF "register_expires = 5m\n");
	provider_expect("300");
	assert_string_equal(provider_header("Contact"), first);
	provider_answer("200 OK", FLOW);
}

/* An SBC has its own address in it; other instances are other devices. */
static void we_are_known_by_our_instance(void **state)
{
	char contacts[512], ours[128];

	(void)state;
	provider_expect("3600");
	snprintf(ours, sizeof(ours), "%s",
		 line_part(provider_header("Contact"), "+sip.instance=", ";"));
	snprintf(contacts, sizeof(contacts),
		 "Contact: <sip:me@192.0.2.9>;+sip.instance=\"<urn:uuid:1>\";reg-id=1;expires=50, "
		 "<sip:me@192.0.2.9>;+sip.instance=%s;reg-id=2;expires=60, "
		 "<sip:me@192.0.2.9>;+sip.instance=%s;reg-id=1;expires=100\n",
		 ours, ours);
	provider_answer("200 OK", contacts);
	run_for(67900);
	line_expect_nothing();
	run_for(200);
	provider_expect("3600");
	provider_answer("200 OK", FLOW);
}

/* Of the same length, or longer; and of several of ours the first. */
static void others_instances_are_not_ours(void **state)
{
	char contacts[1024], ours[128], other[128];

	(void)state;
	provider_expect("3600");
	snprintf(ours, sizeof(ours), "%s",
		 line_part(provider_header("Contact"), "+sip.instance=\"<", ">"));
	snprintf(other, sizeof(other), "%s", ours);
	other[20] = other[20] == '0' ? '1' : '0';
	snprintf(contacts, sizeof(contacts),
		 "Contact: <sip:me@192.0.2.9>;+sip.instance=\"<%s>\";expires=50, "
		 "<sip:me@192.0.2.9>;+sip.instance=\"<%s0>\";expires=60, "
		 "<sip:me@192.0.2.9>;+sip.instance=\"<%s>\";expires=100, "
		 "<sip:me@192.0.2.8>;+sip.instance=\"<%s>\";expires=90\n",
		 other, ours, ours, ours);
	provider_answer("200 OK", contacts);
	run_for(67900);
	line_expect_nothing();
	run_for(200);
	provider_expect("3600");
	provider_answer("200 OK", FLOW);
}

static void where_flows_are_not_known_we_register_without(void **state)
{
	(void)state;
	provider_expect("3600");
	provider_answer("439 First Hop Lacks Outbound Support", "");
	provider_expect("3600");
	assert_string_equal(provider_header("Supported"), "path, gruu");
	assert_null(strstr(provider_header("Contact"), "reg-id"));
	assert_null(strstr(provider_header("Contact"), ";ob"));
	provider_answer("200 OK", PROVIDER_OK);
	run_for(60000);
	line_expect_nothing(); /* nobody promised to answer signs of life */
	expect_told("provider Registered 200 by flow 1\n");
}

/* ---- signs of life over datagrams ---- */

/* The STUN request that was sent, and its id. */
static const uint8_t *expect_stun(void)
{
	static uint8_t id[SIP_STUN_ID];
	const char *bytes = line_take();

	assert_non_null(bytes);
	assert_memory_equal(bytes, "\0\1\0\0\x21\x12\xa4\x42", 8);
	memcpy(id, bytes + 8, sizeof(id));
	return id;
}

static void answer_stun(const uint8_t *id, const char *address, uint16_t port)
{
	uint8_t request[SIP_STUN_REQUEST], answer[SIP_STUN_ANSWER];
	union sip_sockaddr peer;
	size_t n;

	assert_int_equal(sip_sockaddr_parse(&peer, rd_str_of(address), port), 0);
	sip_stun_ask(request, id);
	n = sip_stun_answer((const char *)request, sizeof(request), &peer, answer);
	line_feed_bytes((const char *)answer, n);
}

static void a_flow_is_kept_open_by_stun(void **state)
{
	(void)state;
	provider_expect("3600");
	provider_answer("200 OK", FLOW);
	for (int i = 0; i < 10; i++) {
		run_for(23900);
		line_expect_nothing();
		run_for(5200);
		answer_stun(expect_stun(), "192.0.2.1", 1024);
		line_clear();
	}
	expect_told("provider Registered 200 by flow 1\n");
}

static void the_registrar_says_how_often(void **state)
{
	(void)state;
	provider_expect("3600");
	provider_answer("200 OK", FLOW "Flow-Timer: 100\n");
	run_for(79900);
	line_expect_nothing();
	run_for(20200);
	expect_stun();
}

static void a_silent_flow_is_replaced(void **state)
{
	(void)state;
	provider_expect("3600");
	provider_answer("200 OK", FLOW);
	run_for(29000);
	answer_stun(expect_stun(), "192.0.2.1", 1024);
	line_clear();
	told[0] = '\0';
	run_for(23900);
	for (int i = 0, wait = 5200; i < 7; i++, wait = i == 1 ? 500 : 2 * wait) {
		run_for(wait);
		expect_stun();
		if (i == 0)
			run_for(0);
	}
	run_for(8000);
	expect_told("provider Failed 200 by flow 1\n");
	provider_expect("3600");
	provider_answer("200 OK", FLOW);
	expect_told("provider Registered 200 by flow 1\n");
}

/* It never served: whoever comes back at once comes back for ever. */
static void a_flow_that_never_answered_is_replaced_later(void **state)
{
	(void)state;
	provider_expect("3600");
	provider_answer("200 OK", FLOW);
	while (!told[0] || !strstr(told, "Failed")) {
		run_for(100);
		line_clear();
	}
	run_for(29800);
	line_expect_nothing();
	for (int i = 0; i < 304 && line_is_empty(); i++)
		run_for(100);
	provider_expect("3600");
	expect_told("provider Registered 200 by flow 1\nprovider Failed 200 by flow 1\n");
	provider_answer("200 OK", FLOW);
}

static void an_address_that_changes_is_another_flow(void **state)
{
	(void)state;
	provider_expect("3600");
	provider_answer("200 OK", FLOW);
	run_for(29000);
	answer_stun(expect_stun(), "192.0.2.1", 1024);
	line_clear();
	run_for(29000);
	answer_stun(expect_stun(), "192.0.2.1", 1025);
	line_clear();
	provider_expect("3600");
	provider_answer("200 OK", FLOW);
}

/* Past all signs of life to the REGISTER that is sent next. */
static void expect_refresh(const char *cseq)
{
	while (line_peek()[0] != 'R')
		assert_non_null(line_take());
	provider_keep(line_take());
	assert_string_equal(provider_header("CSeq"), cseq);
}

static void expect_no_other(const char *cseq)
{
	for (const char *sent; (sent = line_take());)
		if (sent[0] == 'R')
			assert_string_equal(line_header(sent, "CSeq"), cseq);
}

#define SHORTLY(s) "Require: outbound\nContact: <sip:me@127.0.0.1:5060;ob>;expires=" s "\n"

/* The answers to two REGISTERs may come in any order (RFC 3261 §10.2). */
static void a_flow_that_fails_while_one_is_out_waits_for_its_answer(void **state)
{
	(void)state;
	provider_expect("3600");
	provider_answer("200 OK", SHORTLY("60"));
	run_for(29000);
	answer_stun(expect_stun(), "192.0.2.1", 1024);
	run_for(1100);
	expect_refresh("2 REGISTER");
	run_for(29000);
	while (line_peek()[0] == 'R')
		line_take();
	answer_stun(expect_stun(), "192.0.2.1", 1025);
	run_for(100);
	expect_no_other("2 REGISTER");
	provider_answer("200 OK", FLOW);
	run_for(10);
	expect_refresh("3 REGISTER");
	provider_answer("200 OK", FLOW);
	expect_told("provider Registered 200 by flow 1\n");
}

/* What is out asks by this very flow. */
static void one_that_never_answered_is_left_to_what_is_out(void **state)
{
	(void)state;
	provider_expect("3600");
	provider_answer("200 OK", SHORTLY("90"));
	run_for(58100);
	expect_refresh("2 REGISTER");
	run_for(11000); /* given up after 63 to 69 seconds */
	provider_answer("200 OK", FLOW);
	run_for(20000);
	expect_no_other("2 REGISTER");
	expect_told("provider Registered 200 by flow 1\n");
}

static void strangers_answer_for_nobody(void **state)
{
	static const uint8_t other[SIP_STUN_ID] = { 1 };

	(void)state;
	provider_expect("3600");
	provider_answer("200 OK", FLOW);
	run_for(29000);
	expect_stun();
	line_clear();
	answer_stun(other, "192.0.2.1", 1024);
	run_for(5000);
	expect_stun(); /* asked again */
}

static void expect_mapped(const char *address)
{
	static const uint8_t id[SIP_STUN_ID] = "twelve bytes";
	uint8_t request[SIP_STUN_REQUEST], answer[SIP_STUN_ANSWER];
	union sip_sockaddr peer;
	struct sip_stun_reply reply;
	size_t n;

	assert_int_equal(sip_sockaddr_parse(&peer, rd_str_of(address), 40000), 0);
	sip_stun_ask(request, id);
	assert_false(sip_stun_read(&reply, (const char *)request, sizeof(request)));
	n = sip_stun_answer((const char *)request, sizeof(request), &peer, answer);
	for (size_t cut = 0; cut < n; cut++)
		assert_false(sip_stun_read(&reply, (const char *)answer, cut));
	assert_true(sip_stun_read(&reply, (const char *)answer, n));
	assert_memory_equal(reply.id, id, sizeof(id));
	assert_true(sip_sockaddr_equal(&reply.mapped, &peer));
	assert_false(reply.refused);
	answer[1] = 0x11;
	assert_true(sip_stun_read(&reply, (const char *)answer, n));
	assert_true(reply.refused);
}

static void replies_tell_our_address(void **state)
{
	(void)state;
	expect_mapped("192.0.2.1");
	expect_mapped("2001:db8::1");
}

/* Two line ends, which everybody passes over. */
static void behind_a_nat_the_door_is_kept_open(void **state)
{
	char via[256];

	(void)state;
	sip_transports_find(sip.transports, "line")->keepalive_ms = 25000;
	provider_expect("3600");
	snprintf(via, sizeof(via), "%s", provider_header("Via"));
	line_feed("SIP/2.0 200 OK\nVia: %s;received=192.0.2.1\nFrom: %s\nTo: <sip:me@x>;tag=r\n"
		  "Call-ID: %s\nCSeq: %s\n" PROVIDER_OK "\n",
		  via, provider_header("From"), provider_header("Call-ID"),
		  provider_header("CSeq"));
	run_for(24900);
	line_expect_nothing();
	run_for(200);
	assert_string_equal(line_take(), "\n\n");
}

/* The registrar answers the message: it has come from that port of a NAT's. */
static void answer_seen(const char *message, const char *port, const char *more)
{
	char text[2048], branch[64], from[128], call_id[64], cseq[32];

	snprintf(text, sizeof(text), "%s", message);
	snprintf(branch, sizeof(branch), "%s", line_part(line_header(text, "Via"), "branch=", ";"));
	snprintf(from, sizeof(from), "%s", line_header(text, "From"));
	snprintf(call_id, sizeof(call_id), "%s", line_header(text, "Call-ID"));
	snprintf(cseq, sizeof(cseq), "%s", line_header(text, "CSeq"));
	line_feed("SIP/2.0 200 OK\nVia: SIP/2.0/UDP 127.0.0.1:5060;received=192.0.2.1;rport=%s;"
		  "branch=%s\nFrom: %s\nTo: <sip:me@x>;tag=r\nCall-ID: %s\nCSeq: %s\n%s\n",
		  port, branch, from, call_id, cseq, more);
}

/* OPTIONS are answered so, meanwhile. */
static bool registers_within(int ms, const char *port)
{
	for (; ms > 0 && strncmp(line_peek(), "REGISTER ", 9) != 0; ms -= 100) {
		if (*line_peek())
			answer_seen(line_expect("OPTIONS "), port, "");
		run_for(100);
	}
	return ms > 0;
}

static void whoever_sees_us_elsewhere_is_told_where_we_are(void **state)
{
	(void)state;
	provider_reload(CONF "qualify = 20s\n");
	answer_seen(provider_expect("3600"), "4001", CONTACT);
	assert_false(registers_within(70000, "4001"));
	assert_true(registers_within(21000, "4002"));
	answer_seen(provider_expect("3600"), "4002", CONTACT);
	assert_false(registers_within(100000, "4002"));
}

/* A NAT with two lines: a renewal goes by the first again, and what follows by the second. */
static void one_who_saw_us_there_before_may_do_so_again(void **state)
{
	(void)state;
	provider_reload(CONF "qualify = 20s\n");
	answer_seen(provider_expect("3600"), "4001", CONTACT);
	assert_true(registers_within(52000, "4002"));
	answer_seen(provider_expect("3600"), "4002", CONTACT);
	assert_true(registers_within(3600000, "4002"));
	answer_seen(provider_expect("3600"), "4001", CONTACT);
	assert_true(registers_within(52000, "4002"));
	answer_seen(provider_expect("3600"), "4002", CONTACT);
}

/* In the answer to OPTIONS alone: it would be asked for ever. */
static void one_that_says_different_things_is_asked_once(void **state)
{
	(void)state;
	provider_reload(CONF "qualify = 20s\n");
	answer_seen(provider_expect("3600"), "4001", CONTACT);
	assert_false(registers_within(29000, "4002")); /* not after each answer */
	assert_true(registers_within(23000, "4002"));
	answer_seen(provider_expect("3600"), "4001", CONTACT);
	assert_false(registers_within(100000, "4002"));
}

/* ---- connections ---- */

static void a_lost_connection_is_replaced(void **state)
{
	(void)state;
	line_connect(7);
	provider_expect("3600");
	assert_non_null(strstr(provider_header("Contact"), ";transport=tcp;ob>"));
	provider_answer("200 OK", "Require: outbound\n"
				  "Contact: <sip:me@127.0.0.1:5060;transport=tcp;ob>\n");
	run_for(120000);
	assert_string_equal(line_take(), "\n\n");
	line_pong();
	line_connect(8);
	provider_expect("3600");
	provider_answer("200 OK", FLOW);
	line_expect_nothing();
}

#define BY_TCP "Require: outbound\nContact: <sip:me@127.0.0.1:5060;transport=tcp;ob>;expires=100\n"

/* Whoever waits, for a registrar that restarts, does not come back by what is gone. */
static void a_connection_lost_while_we_wait_is_left(void **state)
{
	(void)state;
	line_connect(7);
	provider_expect("3600");
	provider_answer("200 OK", BY_TCP);
	run_for(68100);
	provider_expect("3600");
	provider_answer("500 Server Error", "");
	line_connect(8);
	run_for(29800);
	line_expect_nothing();
	run_for(30300);
	provider_expect("3600");
	provider_answer("200 OK", BY_TCP);
	line_expect_nothing();
	expect_told("provider Registered 200 by flow 1\n"
		    "provider Failed 500 by flow 1\n"
		    "provider Registered 200 by flow 1\n");
}

/* The loss of a connection may be seen by who sends before it is told. */
static void a_flow_that_takes_nothing_is_replaced_at_once(void **state)
{
	(void)state;
	line_connect(7);
	provider_expect("3600");
	provider_answer("302 Moved Temporarily", "Contact: <sip:127.0.0.7:5062;transport=tcp>\n");
	run_for(10);
	provider_keep(line_expect("REGISTER sip:127.0.0.7:5062"));
	line_answer_from("127.0.0.7:5062");
	provider_answer("200 OK", BY_TCP);
	line_pong();
	line_break("127.0.0.7:5062");
	run_for(68100);
	line_answer_from(NULL);
	provider_expect("3600");
	provider_answer("200 OK", BY_TCP);
}

/* Whoever knows flows puts the one in the place of the other. */
static void an_address_of_ours_that_changes_is_the_same_flow(void **state)
{
	(void)state;
	provider_expect("3600");
	provider_answer("200 OK", FLOW);
	provider_sees_us_at("192.0.2.9");
	assert_null(strstr(provider_expect("3600"), "expires=0"));
	provider_answer("200 OK", FLOW);
}

/* ---- several flows ---- */

static void expect_by(const char *peer, const char *route, const char *reg_id)
{
	provider_expect("3600");
	assert_string_equal(line_peer(), peer);
	assert_string_equal(provider_header("Route"), route);
	assert_string_equal(strstr(provider_header("Contact"), "reg-id"), reg_id);
}

static void each_proxy_is_a_flow(void **state)
{
	char call_id[64];

	(void)state;
	expect_by("127.0.0.3:5060", "<sip:127.0.0.3;lr>", "reg-id=1");
	snprintf(call_id, sizeof(call_id), "%s", provider_header("Call-ID"));
	expect_by("127.0.0.4:5070", "<sip:127.0.0.4:5070;lr>", "reg-id=2");
	assert_string_not_equal(provider_header("Call-ID"), call_id);
	provider_answer("200 OK", FLOW);
	expect_told("provider Registered 200 by flow 2\n");
}

/* There is another one, so there is no hurry. */
static void while_one_stands_the_other_has_time(void **state)
{
	(void)state;
	line_break("127.0.0.3:5060");
	run_for(20);
	expect_by("127.0.0.4:5070", "<sip:127.0.0.4:5070;lr>", "reg-id=2");
	provider_answer("200 OK", PROVIDER_OK);
	run_for(60100);
	line_clear();
	expect_told("provider Failed 0 by flow 1\nprovider Registered 200 by flow 2\n"
		    "provider Failed 0 by flow 1\n");
	run_for(149000); /* 180 s after the second time at least */
	assert_null(strstr(told, "flow 1"));
}

static void both_register(void)
{
	char first[4096];

	run_for(10);
	snprintf(first, sizeof(first), "%s", line_expect("REGISTER "));
	provider_keep(line_expect("REGISTER "));
	line_answer_from("127.0.0.4:5070");
	provider_answer("200 OK", FLOW);
	provider_keep(first);
	line_answer_from("127.0.0.3:5060");
	provider_answer("200 OK", FLOW);
	told[0] = '\0';
}

/* One that leaves is none to wait for. */
static void while_the_other_leaves_there_is_a_hurry(void **state)
{
	(void)state;
	both_register();
	line_break("127.0.0.3:5060");
	provider_reload(CONF "register_proxies = sip:127.0.0.3\\;lr\nregister_expires = 5m\n");
	run_for(100);
	expect_told("provider Failed 0 by flow 1\n");
	run_for(60100);
	line_clear();
	assert_non_null(strstr(told, "provider Failed 0 by flow 1\n"));
}

/* Its number is of a flow that there is no more, whatever way there is. */
static void fewer_proxies_are_fewer_flows(void **state)
{
	(void)state;
	both_register();
	provider_reload(CONF "outbound_proxy = 127.0.0.4:5070\n");
	run_for(40000);
	line_clear();
	assert_non_null(strstr(told, "provider Unregistered 0 by flow 1\n"));
	assert_non_null(strstr(told, "provider Unregistered 0 by flow 2\n"));
}

static void a_proxy_that_is_no_more_is_left(void **state)
{
	(void)state;
	provider_expect("3600");
	line_answer_from("127.0.0.3:5060");
	provider_answer("200 OK", FLOW);
	provider_reload(CONF "register_proxies = sip:127.0.0.3\\;lr\n");
	run_for(100);
	line_clear(); /* flow 2 waits for its answer, and leaves then */
	assert_console(provider_commands, "registrations", 0,
		       "Peer             State        Status Expires  Contact\n"
		       "provider         registered      200    3599  sip:me@127.0.0.1:5060;ob\n"
		       "provider/2       leaves            0       0  sip:me@127.0.0.1:5060;ob\n"
		       "2 registrations\n");
}

#define ONE(name) cmocka_unit_test_setup_teardown(name, open_one, close_office)
#define TWO(name) cmocka_unit_test_setup_teardown(name, open_two, close_office)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ONE(we_say_who_we_are_and_which_flow_it_is),
		ONE(we_are_known_by_our_instance),
		ONE(others_instances_are_not_ours),
		ONE(where_flows_are_not_known_we_register_without),
		ONE(a_flow_is_kept_open_by_stun),
		ONE(the_registrar_says_how_often),
		ONE(a_silent_flow_is_replaced),
		ONE(a_flow_that_never_answered_is_replaced_later),
		ONE(an_address_that_changes_is_another_flow),
		ONE(a_flow_that_fails_while_one_is_out_waits_for_its_answer),
		ONE(one_that_never_answered_is_left_to_what_is_out),
		ONE(strangers_answer_for_nobody),
		cmocka_unit_test(replies_tell_our_address),
		ONE(behind_a_nat_the_door_is_kept_open),
		ONE(whoever_sees_us_elsewhere_is_told_where_we_are),
		ONE(one_who_saw_us_there_before_may_do_so_again),
		ONE(one_that_says_different_things_is_asked_once),
		ONE(a_lost_connection_is_replaced),
		ONE(a_connection_lost_while_we_wait_is_left),
		ONE(a_flow_that_takes_nothing_is_replaced_at_once),
		ONE(an_address_of_ours_that_changes_is_the_same_flow),
		TWO(each_proxy_is_a_flow),
		TWO(while_one_stands_the_other_has_time),
		TWO(while_the_other_leaves_there_is_a_hurry),
		TWO(fewer_proxies_are_fewer_flows),
		TWO(a_proxy_that_is_no_more_is_left),
	};

	return RUN_GROUP(tests);
}
