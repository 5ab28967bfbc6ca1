/* A peer or a registrar at "sips:": whatever is sent there goes by TLS, and says so in all
 * its URIs (RFC 3261 §8.1.1.8, §26.2.2; RFC 5630 §5.1). */
#include "tests/unit/test.h"

#include "core/sched/sched.h"
#include "tests/sim/sip_exchange.h"
#include "tests/sim/sip_provider.h"
#include "tests/unit/console.h"

#define GATE                                                                                       \
	"[global]\nuser_agent = Test\n"                                                            \
	"[gate]\ntype = phone\nmatch = 127.0.0.9\ncontext = office\n"
#define PEER(more)                                                                                 \
	GATE "[peer]\ntype = peer\nusername = me\nsecret = x\ncontext = office\n"                  \
	     "register = yes\n" more

static struct sip_phone far, callee;

static void by_tls(void)
{
	struct sip_transport *line = sip_transports_find(sip.transports, "line");

	line_connect(7);
	line->protocol = SIP_TLS;
	line->secure = true;
}

static int open_office(void **state)
{
	int rc = exchange_open(state);

	by_tls();
	return rc;
}

static int close_office(void **state)
{
	provider_reload("[gate]\ntype = phone\nmatch = 127.0.0.9\n");
	rd__sched_run_for(40000);
	line_clear();
	sip_transports_find(sip.transports, "line")->secure = false;
	line_connect(0);
	line_answer_from(NULL);
	return exchange_close(state);
}

static void expect_register(const char *uri, const char *peer)
{
	char start[128];

	run_for(10);
	snprintf(start, sizeof(start), "REGISTER %s SIP/2.0", uri);
	provider_keep(line_expect(start));
	assert_string_equal(line_peer(), peer);
	line_answer_from(peer);
}

static void be_registered(const char *conf)
{
	provider_reload(conf);
	expect_register("sips:127.0.0.2", "127.0.0.2:5061");
	provider_answer("200 OK", "Require: outbound\n");
}

static const char host[] = PEER("host = sips:127.0.0.2\n");

/* ---- registering ---- */

static void we_register_by_tls(void **state)
{
	(void)state;
	provider_reload(host);
	expect_register("sips:127.0.0.2", "127.0.0.2:5061");
	assert_int_equal(strncmp(provider_header("Via"), "SIP/2.0/TLS ", 12), 0);
	assert_string_equal(provider_header("To"), "<sips:me@127.0.0.2>");
	assert_int_equal(strncmp(provider_header("Contact"), "<sips:me@127.0.0.1:5060;ob>;", 28),
			 0);
	provider_answer("200 OK", "Require: outbound\n");
}

static void the_registrar_alone_may_be_asked_by_tls(void **state)
{
	(void)state;
	provider_reload(PEER("host = 127.0.0.9\nregister_server = sips:127.0.0.2:5071\n"
			     "register_as = 100@home.example\n"));
	expect_register("sips:127.0.0.2:5071", "127.0.0.2:5071");
	assert_string_equal(provider_header("To"), "<sips:100@home.example>");
	provider_answer("200 OK", "");
}

static void without_tls_nothing_is_sent(void **state)
{
	(void)state;
	line_connect(0);
	provider_reload(host);
	run_for(60000);
	line_expect_nothing();
	assert_console(provider_commands, "registrations", 0,
		       "Peer             State        Status Expires  Contact\n"
		       "peer             waits             0       0  \n1 registration\n");
}

/* An edge proxy that is named without the scheme is on the way all the same. */
static void a_registration_goes_to_the_proxy_by_tls(void **state)
{
	(void)state;
	provider_reload(PEER("host = sips:127.0.0.2\noutbound_proxy = sip:127.0.0.3\\;lr\n"));
	expect_register("sips:127.0.0.2", "127.0.0.3:5061");
	provider_answer("200 OK", "");
}

static void nobody_sends_us_on_to_a_registrar_without_tls(void **state)
{
	(void)state;
	provider_reload(host);
	expect_register("sips:127.0.0.2", "127.0.0.2:5061");
	provider_answer("302 Moved Temporarily",
			"Contact: <sip:127.0.0.7>, <sips:127.0.0.8>;q=0.2\n");
	expect_register("sips:127.0.0.8", "127.0.0.8:5061");
	provider_answer("200 OK", "");
}

static void another_scheme_is_another_binding(void **state)
{
	(void)state;
	be_registered(host);
	provider_reload(PEER("host = sips:127.0.0.2\nregister_server = 127.0.0.2\n"));
	expect_register("sips:127.0.0.2", "127.0.0.2:5061");
	assert_string_equal(provider_header("Expires"), "0");
	provider_answer("200 OK", "");
	run_for(10);
	provider_keep(line_expect("REGISTER sip:127.0.0.2 SIP/2.0"));
	assert_int_equal(strncmp(provider_header("Contact"), "<sip:me@", 8), 0);
	provider_answer("200 OK", "");
}

static void without_tls_nothing_is_sent_to_the_proxy(void **state)
{
	(void)state;
	line_connect(0);
	provider_reload(PEER("host = sips:127.0.0.2\noutbound_proxy = sip:127.0.0.3\\;lr\n"));
	run_for(100);
	line_expect_nothing();
}

/* ---- what else goes there ---- */

static void a_call_goes_by_tls(void **state)
{
	(void)state;
	be_registered(host);
	phone_invite(&far, "alice", "700", "", SDP(""));
	line_expect("SIP/2.0 100");
	run_for(10);
	phone_called(&callee);
	assert_string_equal(line_peer(), "127.0.0.2:5061");
	assert_non_null(strstr(callee.request, "INVITE sips:42@127.0.0.2 SIP/2.0"));
	assert_string_equal(line_header(callee.request, "Contact"),
			    "<sips:me@127.0.0.1:5060;ob>");
	phone_answer(&callee, "486 Busy Here", "", "");
	line_expect("ACK ");
	run_for(10);
	phone_final(&far, "SIP/2.0 486");
	phone_ack_refusal(&far);
}

static void without_tls_there_is_no_call(void **state)
{
	(void)state;
	be_registered(host);
	line_connect(0);
	phone_invite(&far, "alice", "700", "", SDP(""));
	line_expect("SIP/2.0 100");
	run_for(10);
	phone_final(&far, "SIP/2.0 404");
	phone_ack_refusal(&far);
	line_expect_nothing();
}

static void a_call_goes_to_the_proxy_by_tls(void **state)
{
	(void)state;
	provider_reload(GATE "[peer]\ntype = peer\nhost = sips:127.0.0.2\n"
			     "outbound_proxy = sip:127.0.0.3\\;lr\n");
	phone_invite(&far, "alice", "700", "", SDP(""));
	line_expect("SIP/2.0 100");
	run_for(10);
	phone_called(&callee);
	assert_string_equal(line_peer(), "127.0.0.3:5061");
	line_answer_from("127.0.0.3:5061");
	phone_answer(&callee, "486 Busy Here", "", "");
	line_expect("ACK ");
	run_for(10);
	line_answer_from(NULL);
	phone_final(&far, "SIP/2.0 486");
	phone_ack_refusal(&far);
}

/* A name of ours that is none of TLS is of no use there. */
static void a_name_that_is_not_secure_is_not_said(void **state)
{
	(void)state;
	provider_reload(host);
	expect_register("sips:127.0.0.2", "127.0.0.2:5061");
	provider_answer("200 OK", "Contact: <sips:me@127.0.0.1:5060>;"
				  "pub-gruu=\"sip:me@home.example;gr=1\"\n");
	phone_invite(&far, "alice", "700", "", SDP(""));
	line_expect("SIP/2.0 100");
	run_for(10);
	phone_called(&callee);
	assert_string_equal(line_header(callee.request, "Contact"), "<sips:me@127.0.0.1:5060>");
	phone_answer(&callee, "486 Busy Here", "", "");
	line_expect("ACK ");
	run_for(10);
	phone_final(&far, "SIP/2.0 486");
	phone_ack_refusal(&far);
}

/* ---- what comes from there ---- */

static void calls_at(const char *from, const char *params, unsigned cseq)
{
	char text[2048];

	snprintf(text, sizeof(text),
		 "INVITE sips:604@127.0.0.1:5060%s SIP/2.0\n"
		 "Via: SIP/2.0/TLS %s:5061;branch=z9hG4bKs%u\nMax-Forwards: 70\n"
		 "From: <sip:x@192.0.2.1>;tag=1\nTo: <sip:604@home.example>\n"
		 "Call-ID: secure\nCSeq: %u INVITE\nContact: <sip:x@192.0.2.1>\n"
		 "Content-Type: application/sdp\n\n%s",
		 params, from, cseq, cseq, SDP(""));
	line_feed_from(from, 5061, text);
	run_for(10);
}

/* The scheme is that of our Contact: its caller has dialled a sip URI, and knows no other. */
static void a_registrar_may_send_us_who_called_by_sip(void **state)
{
	char line[64];

	(void)state;
	provider_reload(PEER("host = sips:127.0.0.2\nregister_line = yes\noutbound = no\n"
			     "gruu = no\n"));
	expect_register("sips:127.0.0.2", "127.0.0.2:5061");
	snprintf(line, sizeof(line), ";line=%s",
		 line_part(provider_header("Contact"), ";line=", ">"));
	provider_answer("200 OK", "");
	calls_at("127.0.0.3", ";line=other", 1);
	line_expect("SIP/2.0 400");
	calls_at("127.0.0.3", line, 2);
	line_expect("SIP/2.0 100");
	line_expect("SIP/2.0 486");
}

static void write_to(const char *uri, const char *start)
{
	struct sip_recipient to;
	unsigned told;

	assert_int_equal(sip_recipient_read(&to, rd_str_of(uri), (struct rd_str){ 0 }), 0);
	provider_writes(&to, &told);
	run_for(10);
	provider_keep(line_expect(start));
	assert_string_equal(line_peer(), "127.0.0.2:5061");
	provider_answer("200 OK", "");
	assert_int_equal(told, 200);
}

static void a_text_goes_by_tls(void **state)
{
	(void)state;
	be_registered(host);
	write_to("peer", "MESSAGE sips:127.0.0.2 SIP/2.0");
	write_to("sip:42@peer", "MESSAGE sips:42@127.0.0.2 SIP/2.0");
}

static struct provider_subscription ours;

static void a_subscription_goes_by_tls(void **state)
{
	(void)state;
	be_registered(host);
	assert_int_equal(provider_subscribes(&ours), 0);
	provider_keep(line_expect("SUBSCRIBE sips:1001@127.0.0.2 SIP/2.0"));
	assert_string_equal(line_peer(), "127.0.0.2:5061");
	assert_string_equal(provider_header("To"), "<sips:1001@127.0.0.2>");
	assert_string_equal(provider_header("Contact"), "<sips:me@127.0.0.1:5060;ob>");
	provider_answer("404 Not Found", "");
}

static void without_tls_there_is_no_subscription(void **state)
{
	(void)state;
	line_connect(0);
	provider_reload(GATE "[peer]\ntype = peer\nhost = sips:127.0.0.2\n"
			     "outbound_proxy = sip:127.0.0.3\\;lr\n");
	assert_int_equal(provider_subscribes(&ours), -EPROTONOSUPPORT);
	line_expect_nothing();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_office, close_office)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(we_register_by_tls),
		TEST(the_registrar_alone_may_be_asked_by_tls),
		TEST(without_tls_nothing_is_sent),
		TEST(a_registration_goes_to_the_proxy_by_tls),
		TEST(nobody_sends_us_on_to_a_registrar_without_tls),
		TEST(another_scheme_is_another_binding),
		TEST(without_tls_nothing_is_sent_to_the_proxy),
		TEST(a_call_goes_by_tls),
		TEST(without_tls_there_is_no_call),
		TEST(a_call_goes_to_the_proxy_by_tls),
		TEST(a_name_that_is_not_secure_is_not_said),
		TEST(a_registrar_may_send_us_who_called_by_sip),
		TEST(a_text_goes_by_tls),
		TEST(a_subscription_goes_by_tls),
		TEST(without_tls_there_is_no_subscription),
	};

	return RUN_GROUP(tests);
}
