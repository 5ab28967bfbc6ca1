/* The line of a registration: a word in our Contact, by which a request is known to be its
 * peer's, wherever it comes from. */
#include "tests/unit/test.h"

#include "channels/sip/endpoint/enrol.h"
#include "core/sched/sched.h"
#include "tests/sim/sip_exchange.h"
#include "tests/sim/sip_provider.h"
#include "tests/sim/sip_store.h"

#define HEAD                                                                                       \
	"[global]\nuser_agent = Test\n"                                                            \
	"[gate]\ntype = phone\nmatch = 127.0.0.9\ncontext = office\n"
#define PEER(more)                                                                                 \
	"[peer]\ntype = peer\nhost = 127.0.0.2:5060\nusername = me\nsecret = x\n"                  \
	"context = office\nregister = yes\noutbound = no\ngruu = no\n" more

static const char with_line[] = HEAD PEER("register_line = yes\n");

static char line[64];
static unsigned serial;

static void open_with(const char *conf)
{
	void *none = NULL;

	assert_int_equal(exchange_open(&none), 0);
	store_open();
	provider_reload(conf);
}

static void close_again(void)
{
	void *none = NULL;

	line_answer_from(NULL);
	sip_enrolments_leave();
	rd__sched_run_for(40000); /* nobody answers our farewell */
	line_clear();
	store_close();
	exchange_close(&none);
}

static int open_office(void **state)
{
	(void)state;
	open_with(with_line);
	return 0;
}

static int close_office(void **state)
{
	(void)state;
	close_again();
	store_forget();
	return 0;
}

/* The line of the Contact that the registrar is told. */
static void registers(void)
{
	provider_expect("3600");
	snprintf(line, sizeof(line), "%s",
		 line_part(provider_header("Contact"), ";line=", ">"));
	provider_answer("200 OK", "");
}

static void send_as(const char *host, const char *method, const char *uri_line,
		    const char *to_line, const char *body)
{
	char text[2048];

	snprintf(text, sizeof(text),
		 "%s sip:604@127.0.0.1%s SIP/2.0\nVia: SIP/2.0/UDP %s;branch=z9hG4bKl%u;rport\n"
		 "Max-Forwards: 70\nFrom: <sip:x@192.0.2.1>;tag=1\nTo: <sip:me@127.0.0.1%s>\n"
		 "Call-ID: line-%u\nCSeq: 1 %s\nContact: <sip:x@%s>\n"
		 "Content-Type: application/sdp\n\n%s",
		 method, uri_line, host, serial, to_line, serial, method, host, body);
	line_feed_from(host, 5060, text);
}

/* It calls 604, which is busy; what it hears: 401 where nobody knows it. */
static void calls_from(const char *host, const char *uri_line, const char *to_line,
		       const char *hears)
{
	serial++;
	send_as(host, "INVITE", uri_line, to_line, SDP(""));
	run_for(10);
	while (strncmp(line_peek(), "SIP/2.0 100", 11) == 0)
		line_take();
	line_expect(hears);
	send_as(host, "ACK", uri_line, to_line, "");
}

static char *named(const char *word)
{
	static char text[80];

	snprintf(text, sizeof(text), ";line=%s", word);
	return text;
}

static void it_is_a_word_that_nobody_guesses(void **state)
{
	char first[64];

	(void)state;
	registers();
	assert_int_equal(strlen(line), 24);
	snprintf(first, sizeof(first), "%s", line);
	provider_reload(HEAD PEER("register_line = yes\nregister_expires = 10m\n"));
	provider_expect("600");
	assert_non_null(strstr(provider_header("Contact"), first));
	provider_answer("200 OK", "");
}

static void each_registration_has_its_own(void **state)
{
	char first[64];

	(void)state;
	registers();
	snprintf(first, sizeof(first), "%s", line);
	provider_reload(HEAD PEER("register_line = yes\n")
			"[other]\ntype = peer\nhost = 127.0.0.2:5060\nusername = you\n"
			"register = yes\nregister_line = yes\noutbound = no\n");
	registers();
	assert_string_not_equal(line, first);
}

static void who_wants_none_has_none(void **state)
{
	(void)state;
	registers();
	provider_reload(HEAD PEER(""));
	provider_expect("0");
	assert_non_null(strstr(provider_header("Contact"), line));
	provider_answer("200 OK", "");
	run_for(10);
	provider_expect("3600");
	assert_string_equal(provider_header("Contact"), "<sip:me@127.0.0.1:5060>");
	provider_answer("200 OK", "");
	calls_from("127.0.0.77", named(line), "", "SIP/2.0 401");
}

static void who_names_it_is_the_peer(void **state)
{
	(void)state;
	registers();
	calls_from("127.0.0.77", "", "", "SIP/2.0 401");
	calls_from("127.0.0.77", named("x"), named("x"), "SIP/2.0 401");
	calls_from("127.0.0.77", named(line), "", "SIP/2.0 486");
	calls_from("127.0.0.78", "", named(line), "SIP/2.0 486");
}

static void where_a_password_is_wanted_it_is_none(void **state)
{
	(void)state;
	registers();
	provider_reload(HEAD PEER("register_line = yes\ntrust_match = no\n"));
	calls_from("127.0.0.77", named(line), "", "SIP/2.0 401");
}

/* A peer without one has no empty one. */
static void no_line_is_no_line(void **state)
{
	(void)state;
	registers();
	provider_reload(HEAD PEER(""));
	provider_expect("0");
	provider_answer("200 OK", "");
	calls_from("127.0.0.77", ";line=", ";line", "SIP/2.0 401");
}

static void each_flow_has_its_own(void **state)
{
	char farewell[4096], second[64];

	(void)state;
	registers();
	provider_reload(HEAD PEER("register_line = yes\n"
				  "register_proxies = 127.0.0.2\\;lr, 127.0.0.3\\;lr\n"));
	snprintf(farewell, sizeof(farewell), "%s", provider_expect("0"));
	provider_expect("3600");
	assert_string_equal(line_peer(), "127.0.0.3:5060");
	snprintf(second, sizeof(second), "%s",
		 line_part(provider_header("Contact"), ";line=", ">"));
	provider_keep(farewell);
	provider_answer("200 OK", "");
	registers();
	assert_string_equal(line_peer(), "127.0.0.2:5060");
	assert_string_not_equal(line, second);
}

/* Nor is he kept from being somebody else. */
static void who_is_known_otherwise_stays_who_he_is(void **state)
{
	(void)state;
	registers();
	provider_reload(HEAD PEER("register_line = yes\ntrust_match = no\n"));
	calls_from("127.0.0.9", named(line), "", "SIP/2.0 486");
}

static void who_may_not_come_from_there_does_not(void **state)
{
	(void)state;
	registers();
	provider_reload(HEAD PEER("register_line = yes\ndeny = 127.0.0.77\n"));
	calls_from("127.0.0.77", named(line), "", "SIP/2.0 401");
	calls_from("127.0.0.78", named(line), "", "SIP/2.0 486");
}

/* The registrar calls by the one that it was told, also before it is told anew. */
static void it_outlives_a_restart(void **state)
{
	char first[64];

	(void)state;
	registers();
	snprintf(first, sizeof(first), "%s", line);
	close_again();
	open_with(with_line);
	provider_expect("3600");
	calls_from("127.0.0.77", named(first), "", "SIP/2.0 486");
	assert_non_null(strstr(provider_header("Contact"), first));
	provider_answer("200 OK", "");
}

static void what_was_given_up_is_forgotten(void **state)
{
	char first[64];

	(void)state;
	registers();
	snprintf(first, sizeof(first), "%s", line);
	provider_reload(HEAD);
	provider_expect("0");
	provider_answer("200 OK", "");
	provider_reload(with_line);
	registers();
	assert_string_not_equal(line, first);
}

/* ---- whose the calls are ---- */

static void a_registration_may_serve_another_section(void **state)
{
	char uri[80];

	(void)state;
	registers();
	provider_reload(HEAD PEER("register_line = yes\n")
			"[account]\ntype = peer\nregister_server = 127.0.0.2:5060\nusername = acc\n"
			"secret = x\ncontext = nowhere\nregister = yes\noutbound = no\n"
			"register_line = yes\ntrust_match = no\nregister_endpoint = peer\n");
	registers();
	snprintf(uri, sizeof(uri), ";line=%s", line);
	calls_from("127.0.0.77", uri, "", "SIP/2.0 486");
	provider_reload(HEAD PEER("trust_match = no\nregister_line = yes\n")
			"[account]\ntype = peer\nregister_server = 127.0.0.2:5060\nusername = acc\n"
			"secret = x\ncontext = nowhere\nregister = yes\noutbound = no\n"
			"register_line = yes\ntrust_match = no\nregister_endpoint = peer\n");
	calls_from("127.0.0.77", uri, "", "SIP/2.0 401");
}

static void a_section_that_is_not_there_is_an_error(void **state)
{
	(void)state;
	registers();
	assert_int_equal(office_reload(HEAD PEER("register_endpoint = none\n")), -EINVAL);
	assert_non_null(
		strstr(office_report(), "register_endpoint: there is no such phone or peer"));
}

/* Two accounts with one provider: the flow is the same. */
static void it_says_more_than_the_flow_does(void **state)
{
	char first[64];

	(void)state;
	registers();
	snprintf(first, sizeof(first), "%s", line);
	provider_reload(HEAD PEER("register_line = yes\n")
			"[other]\ntype = peer\nhost = 127.0.0.2:5060\nusername = you\n"
			"register = yes\nregister_line = yes\noutbound = no\ncontext = nowhere\n");
	registers();
	calls_from("127.0.0.2", named(line), "", "SIP/2.0 404");
	calls_from("127.0.0.2", named(first), "", "SIP/2.0 486");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_office, close_office)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_is_a_word_that_nobody_guesses),
		TEST(each_registration_has_its_own),
		TEST(who_wants_none_has_none),
		TEST(who_names_it_is_the_peer),
		TEST(where_a_password_is_wanted_it_is_none),
		TEST(no_line_is_no_line),
		TEST(each_flow_has_its_own),
		TEST(who_is_known_otherwise_stays_who_he_is),
		TEST(who_may_not_come_from_there_does_not),
		TEST(it_outlives_a_restart),
		TEST(what_was_given_up_is_forgotten),
		TEST(a_registration_may_serve_another_section),
		TEST(a_section_that_is_not_there_is_an_error),
		TEST(it_says_more_than_the_flow_does),
	};

	return RUN_GROUP(tests);
}
