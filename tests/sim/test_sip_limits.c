/* How much one may send, and how much there may be of everything; copies of one
 * request that come by two ways (RFC 3261 §8.2.2.2, RFC 5393); and STUN. */
#include "tests/unit/test.h"

#include "channels/sip/transport/implementation.h"
#include "channels/sip/transport/stun.h"
#include "core/config/config.h"
#include "core/media/media.h"
#include "core/media/port.h"
#include "tests/sim/sip_exchange.h"
#include "tests/unit/conf_dir.h"
#include "tests/unit/log_catch.h"

static struct sip_phone far, other;
static unsigned serial;

static void office(const char *global)
{
	char conf[512];

	snprintf(conf, sizeof(conf), "[global]\n%s[gate]\ntype = phone\nmatch = 127.0.0.9\n"
		 "context = office\n[1002]\ntype = phone\nsecret = two\n", global);
	assert_int_equal(office_reload(conf), 0);
	sip_settings_find_codecs(sip.settings);
}

static void send_options(unsigned call, const char *more, const char *body)
{
	static char text[8192];

	snprintf(text, sizeof(text), "OPTIONS sip:x@127.0.0.1 SIP/2.0\n"
		 "Via: SIP/2.0/UDP 127.0.0.9:5060;branch=z9hG4bKo%u;rport\n"
		 "From: <sip:a@h>;tag=f\nTo: <sip:x@h>\nCall-ID: o%u\nCSeq: 1 OPTIONS\n%s\n%s",
		 ++serial, call, more, body);
	line_feed_from("127.0.0.9", 5060, text);
}

static const char *filled(char *text, size_t size, const char *start)
{
	memset(text, 'x', size - 1);
	memcpy(text, start, strlen(start));
	text[size - 1] = '\0';
	return text;
}

static void a_body_that_is_too_long_is_413(void **state)
{
	char body[1200];

	(void)state;
	office("max_message_size = 1000\n");
	send_options(++serial, "Content-Type: text/plain\n", filled(body, sizeof(body), "x"));
	line_expect("SIP/2.0 413 message: a shorter one was expected");
	send_options(++serial, "", "");
	line_expect("SIP/2.0 200");
}

static void a_head_that_is_too_long_is_513(void **state)
{
	char header[1200];

	(void)state;
	office("max_message_size = 1000\n");
	filled(header, sizeof(header), "Subject: ");
	header[sizeof(header) - 2] = '\n';
	send_options(++serial, header, "");
	line_expect("SIP/2.0 513");
}

static void too_many_headers_are_513(void **state)
{
	char headers[1024] = "";

	(void)state;
	office("max_headers = 30\n");
	for (int i = 0; i < 20; i++)
		strcat(headers, "X: y\n");
	send_options(++serial, headers, "");
	line_expect("SIP/2.0 200");
	for (int i = 0; i < 10; i++)
		strcat(headers, "X: y\n");
	send_options(++serial, headers, "");
	line_expect("SIP/2.0 513");
}

/* RFC 3261 §7.3.1 */
static void so_are_too_many_entries_in_one_line(void **state)
{
	static const char *const lists[] = { "Route: <sip:127.0.0.1;lr>",
					     "Contact: <sip:a@127.0.0.1>",
					     "Record-Route: <sip:127.0.0.1;lr>",
					     "Via: SIP/2.0/UDP 127.0.0.9;branch=z9hG4bKx" };
	char headers[2048];

	(void)state;
	office("max_headers = 30\n");
	for (size_t i = 0; i < RD_ARRAY_SIZE(lists); i++) {
		const char *entry = strchr(lists[i], ' ') + 1;

		strcpy(headers, lists[i]);
		for (int n = 0; n < 19; n++)
			strcat(strcat(headers, ","), entry);
		send_options(++serial, strcat(headers, "\n"), "");
		line_expect("SIP/2.0 200");
		headers[strlen(headers) - 1] = '\0';
		for (int n = 0; n < 10; n++)
			strcat(strcat(headers, ","), entry);
		send_options(++serial, strcat(headers, "\n"), "");
		line_expect("SIP/2.0 513");
	}
}

static void above_the_transactions_only_what_we_have_goes_on(void **state)
{
	(void)state;
	phone_invite(&far, "alice", "600", "", SDP(""));
	run_for(20);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	office("max_transactions = 4\n");
	for (int i = 0; i < 3; i++) {
		send_options(++serial, "", "");
		line_expect("SIP/2.0 200");
	}
	send_options(++serial, "", "");
	assert_string_equal(line_header(line_expect("SIP/2.0 503"), "Retry-After"), "5");
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
	run_for(40000);
	send_options(++serial, "", "");
	line_expect("SIP/2.0 200");
}

static void send_invite(const char *host, unsigned call, const char *number)
{
	char text[4096], pad[1000];

	snprintf(text, sizeof(text),
		 "INVITE sip:%s@127.0.0.1 SIP/2.0\n"
		 "Via: SIP/2.0/UDP %s:5060;branch=z9hG4bKk%u;rport;p=%s\n"
		 "From: <sip:a@h>;tag=f\nTo: <sip:x@h>\nCall-ID: k%u\nCSeq: 1 INVITE\n"
		 "Contact: <sip:a@%s>\nSubject: %s\nContent-Length: 0\n\n",
		 number, host, call, filled(pad, sizeof(pad), "x"), call, host, pad);
	line_feed_from(host, 5060, text);
}

/* Each of another address, which may be forged. A refusal of who is known is kept. */
static void answers_to_strangers_are_not_kept_without_end(void **state)
{
	char host[16], tag[64];

	(void)state;
	office("max_kept_bytes = 6000\n");
	for (unsigned i = 1; i <= 20; i++) {
		snprintf(host, sizeof(host), "192.0.2.%u", i);
		send_invite(host, i, "600");
		line_expect("SIP/2.0 401");
	}
	run_for(10);
	assert_in_range(sip_transactions_count(sip.transactions), 4, 5);
	send_invite("127.0.0.9", 100, "none");
	rd_strcpy(tag, sizeof(tag), strstr(line_expect("SIP/2.0 404"), "\nTo: "));
	run_for(10);
	send_invite("127.0.0.9", 100, "none");
	assert_non_null(strstr(line_expect("SIP/2.0 404"), tag));
	run_for(40000);
	line_clear();
	send_invite("192.0.2.99", 200, "600");
	line_expect("SIP/2.0 401");
	run_for(10);
	assert_int_equal(sip_transactions_count(sip.transactions), 1);
	run_for(40000);
	line_clear();
}

static void above_the_dialogs_no_call_begins_and_all_can_end(void **state)
{
	(void)state;
	office("max_dialogs = 1\n");
	phone_invite(&far, "alice", "600", "", SDP(""));
	run_for(20);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	phone_invite(&other, "bob", "600", "", SDP(""));
	run_for(20);
	phone_expect(&other, "SIP/2.0 503");
	line_expect_nothing();
	send_options(++serial, "", "");
	line_expect("SIP/2.0 200");
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
	run_for(40000);
	phone_invite(&other, "bob", "604", "", SDP(""));
	run_for(20);
	phone_final(&other, "SIP/2.0 486");
	phone_ack(&other, "");
}

/* ---- two ways ---- */

static void read_rtp_conf(const char *text)
{
	assert_int_equal(conf_dir_apply(&rd__rtp_config, text), 0);
}

/* What is logged while three callers find no port. */
static int complaints_of_three(void)
{
	struct log_catch caught;
	const char *text;
	int count = 0;

	log_catch(&caught);
	for (int i = 0; i < 3; i++) {
		phone_invite(&other, "bob", "600", "", SDP(""));
		run_for(20);
		phone_final(&other, "SIP/2.0 503");
		phone_ack(&other, "");
	}
	text = log_caught(&caught);
	for (const char *at = text; (at = strstr(at, "ERROR")); at++)
		count++;
	for (const char *at = text; (at = strstr(at, "WARNING")); at++)
		count++;
	assert_true(!count == !strstr(text, "no port is free"));
	return count;
}

/* When there is none again soon after, that is no news. */
static void without_a_port_it_is_503_and_told_once(void **state)
{
	static const int told[] = { 1, 0, 1 };

	(void)state;
	office("");
	read_rtp_conf("[general]\nrtpstart = 33020\nrtpend = 33021\n");
	for (int i = 0; i < 3; i++) {
		phone_invite(&far, "alice", "600", "", SDP(""));
		run_for(20);
		phone_final(&far, "SIP/2.0 200");
		phone_ack(&far, "");
		assert_int_equal(complaints_of_three(), told[i]);
		phone_request(&far, "BYE", "", "");
		line_expect("SIP/2.0 200");
		run_for(40000);
		line_clear(); /* answers that came again */
	}
	read_rtp_conf("[general]\n");
}

static void a_copy_by_another_way_is_482(void **state)
{
	unsigned call = ++serial;

	(void)state;
	send_options(call, "", "");
	line_expect("SIP/2.0 200");
	send_options(call, "", "");
	line_expect("SIP/2.0 482 Loop Detected");
	/* When the first is forgotten, it is a new one. */
	run_for(40000);
	send_options(call, "", "");
	line_expect("SIP/2.0 200");
}

static void what_was_refused_may_come_another_way(void **state)
{
	unsigned call = ++serial;

	(void)state;
	send_options(call, "Require: teleport\n", "");
	line_expect("SIP/2.0 420");
	send_options(call, "", "");
	line_expect("SIP/2.0 200");
}

static void an_invite_by_two_ways_rings_once(void **state)
{
	char text[1024];

	(void)state;
	phone_invite(&far, "alice", "602", "", SDP(""));
	run_for(20);
	line_clear();
	snprintf(text, sizeof(text), "INVITE sip:602@127.0.0.1 SIP/2.0\n"
		 "Via: SIP/2.0/UDP 127.0.0.9:5060;branch=z9hG4bKanother;rport\n"
		 "From: \"Far\" <sip:alice@127.0.0.9>;tag=%s\nTo: <sip:x@127.0.0.1>\n"
		 "Call-ID: %s\nCSeq: 1 INVITE\nContact: <sip:alice@127.0.0.9:5060>\n\n",
		 far.our_tag, far.call_id);
	line_feed_from("127.0.0.9", 5060, text);
	line_expect("SIP/2.0 482");
	line_expect_nothing();
	phone_request(&far, "CANCEL", "", "");
	run_for(10);
	line_clear();
}

/* A call that goes in circles loses a hop with each round, and ends. */
static void hops_run_out_from_leg_to_leg(void **state)
{
	(void)state;
	phones_dial(&far, &other);
	assert_string_equal(line_header(other.request, "Max-Forwards"), "69");
	phone_answer(&other, "486 Busy Here", "", "");
	run_for(10);
	line_clear();
	line_feed_from("127.0.0.9", 5060, "INVITE sip:700@127.0.0.1 SIP/2.0\n"
		       "Via: SIP/2.0/UDP 127.0.0.9:5060;branch=z9hG4bKlast;rport\n"
		       "Max-Forwards: 0\nFrom: <sip:a@h>;tag=l\nTo: <sip:x@h>\nCall-ID: last\n"
		       "CSeq: 1 INVITE\nContact: <sip:a@127.0.0.9>\n\n");
	line_expect("SIP/2.0 483");
}

/* ---- STUN at the SIP port ---- */

static const uint8_t binding[20] = { 0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6,
				     7, 8, 9, 10, 11, 12 };

static size_t stun(const char *host, const uint8_t *bytes, size_t size,
		   uint8_t answer[SIP_STUN_ANSWER])
{
	union sip_sockaddr peer;

	assert_int_equal(sip_sockaddr_parse(&peer, rd_str_of(host), 0x1234), 0);
	return sip_stun_answer((const char *)bytes, size, &peer, answer);
}

static void a_phone_learns_its_address(void **state)
{
	static const uint8_t v4[] = { 1, 1, 0, 12, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7,
				      8, 9, 10, 11, 12, 0, 0x20, 0, 8, 0, 1, 0x12 ^ 0x21,
				      0x34 ^ 0x12, 192 ^ 0x21, 0 ^ 0x12, 2 ^ 0xa4, 7 ^ 0x42 };
	uint8_t answer[SIP_STUN_ANSWER], more[24];

	(void)state;
	assert_int_equal(stun("192.0.2.7", binding, 20, answer), sizeof(v4));
	assert_memory_equal(answer, v4, sizeof(v4));
	assert_int_equal(stun("2001:db8::1", binding, 20, answer), 44);
	assert_int_equal(answer[25], 2);
	assert_int_equal(answer[28], 0x20 ^ 0x21);
	assert_int_equal(answer[43], 1 ^ 12);
	/* Cut short, of another kind, with words that must be understood. */
	assert_int_equal(stun("192.0.2.7", binding, 19, answer), 0);
	memcpy(more, binding, 20);
	more[1] = 2;
	assert_int_equal(stun("192.0.2.7", more, 20, answer), 0);
	memcpy(more, binding, 20);
	memcpy(more + 20, "\x80\x22\0\0", 4);
	more[3] = 4;
	assert_int_equal(stun("192.0.2.7", more, 24, answer), 32);
	more[20] = 0;
	assert_int_equal(stun("192.0.2.7", more, 24, answer), 0);
}

/* The answer is longer than the question: who has not shown that it receives gets
 * none. */
static void stun_is_for_those_that_we_know(void **state)
{
	struct sip_flow flow = { .transport = sip_transports_next(sip.transports, NULL) };

	(void)state;
	assert_int_equal(sip_sockaddr_parse(&flow.peer, RD_STR("192.0.2.7"), 5060), 0);
	sip_transport_received(flow.transport, &flow, (char *)binding, sizeof(binding));
	line_expect_nothing();
	sip_guard_proven(sip.guard, &flow.peer);
	sip_transport_received(flow.transport, &flow, (char *)binding, sizeof(binding));
	line_expect("\001\001");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, exchange_open, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_body_that_is_too_long_is_413),
		TEST(a_head_that_is_too_long_is_513),
		TEST(too_many_headers_are_513),
		TEST(so_are_too_many_entries_in_one_line),
		TEST(above_the_transactions_only_what_we_have_goes_on),
		TEST(answers_to_strangers_are_not_kept_without_end),
		TEST(above_the_dialogs_no_call_begins_and_all_can_end),
		TEST(without_a_port_it_is_503_and_told_once),
		TEST(a_copy_by_another_way_is_482),
		TEST(what_was_refused_may_come_another_way),
		TEST(an_invite_by_two_ways_rings_once),
		TEST(hops_run_out_from_leg_to_leg),
		TEST(a_phone_learns_its_address),
		TEST(stun_is_for_those_that_we_know),
	};

	return RUN_GROUP(tests);
}
