/* All numbers of an account are registered at once (RFC 6140), and called by their own. */
#include "tests/unit/test.h"

#include "channels/sip/endpoint/enrol.h"
#include "core/sched/sched.h"
#include "tests/sim/sip_exchange.h"
#include "tests/sim/sip_provider.h"
#include "tests/sim/sip_store.h"

#define PEER(more)                                                                                 \
	"[global]\nuser_agent = Test\n"                                                            \
	"[gate]\ntype = phone\nmatch = 127.0.0.9\ncontext = office\n"                              \
	"[peer]\ntype = peer\nhost = 127.0.0.2:5060\nusername = me\nsecret = x\n"                  \
	"context = office\nregister = yes\ngruu = yes\n" more

static int open_office(void **state)
{
	assert_int_equal(exchange_open(state), 0);
	store_open();
	provider_reload(PEER("outbound = no\nregister_gin = yes\nregister_line = yes\n"));
	return 0;
}

static int close_office(void **state)
{
	line_answer_from(NULL);
	sip_enrolments_leave();
	rd__sched_run_for(40000);
	line_clear();
	store_close();
	exchange_close(state);
	store_forget();
	return 0;
}

static void contact_begins(const char *start)
{
	const char *contact = provider_header("Contact");

	if (strncmp(contact, start, strlen(start)) != 0)
		fail_msg("%s was expected, not %s", start, contact);
}

static void the_contact_names_none_of_them(void **state)
{
	(void)state;
	provider_expect("3600");
	contact_begins("<sip:127.0.0.1:5060;line=");
	assert_non_null(strstr(provider_header("Contact"), ";bnc>"));
	assert_string_equal(provider_header("To"), "<sip:me@127.0.0.2>");
	assert_string_equal(provider_header("Require"), "gin");
	assert_string_equal(provider_header("Proxy-Require"), "gin");
	assert_string_equal(provider_header("Supported"), "path");
	provider_answer("200 OK", "");
}

static void without_it_one_is_registered(void **state)
{
	(void)state;
	provider_expect("3600");
	provider_answer("200 OK", "");
	provider_reload(PEER("outbound = no\n"));
	provider_expect("0");
	provider_answer("200 OK", "");
	provider_expect("3600");
	contact_begins("<sip:me@127.0.0.1:5060>");
	assert_string_equal(provider_header("Require"), "");
	assert_string_equal(provider_header("Supported"), "path, gruu");
	provider_answer("200 OK", "");
}

static void flows_go_with_it(void **state)
{
	(void)state;
	provider_expect("3600");
	provider_answer("200 OK", "");
	provider_reload(PEER("outbound = yes\nregister_gin = yes\n"));
	provider_expect("0");
	provider_answer("200 OK", "");
	provider_expect("3600");
	contact_begins("<sip:127.0.0.1:5060;ob;bnc>;+sip.instance");
	assert_string_equal(provider_header("Supported"), "path, outbound");
	provider_answer("200 OK", "");
}

/* For as long as the registrar says of this very Contact. */
static void its_time_is_read(void **state)
{
	char contact[256];

	(void)state;
	provider_expect("3600");
	snprintf(contact, sizeof(contact), "Contact: %s;expires=100\n", provider_header("Contact"));
	provider_answer("200 OK", contact);
	rd__sched_run_for(40000);
	line_expect_nothing();
	rd__sched_run_for(59000);
	provider_expect("3600");
	provider_answer("200 OK", contact);
}

/* 604 is busy. The line of the Contact stays in the URI, "bnc" does not (§5.2). */
static void a_call_has_its_number_in_the_uri(void **state)
{
	char line[64], text[1024];

	(void)state;
	provider_expect("3600");
	snprintf(line, sizeof(line), "%s",
		 line_part(provider_header("Contact"), ";line=", ";"));
	provider_answer("200 OK", "");
	snprintf(text, sizeof(text),
		 "INVITE sip:604@127.0.0.1:5060;line=%s SIP/2.0\n"
		 "Via: SIP/2.0/UDP 127.0.0.77;branch=z9hG4bKb1;rport\nMax-Forwards: 70\n"
		 "From: <sip:x@192.0.2.1>;tag=1\nTo: <sip:604@127.0.0.2>\nCall-ID: bulk\n"
		 "CSeq: 1 INVITE\nContact: <sip:x@127.0.0.77>\n"
		 "Content-Type: application/sdp\n\n%s",
		 line, SDP(""));
	line_feed_from("127.0.0.77", 5060, text);
	run_for(10);
	line_expect("SIP/2.0 100");
	line_expect("SIP/2.0 486");
}

static void who_cannot_do_it_is_not_asked_again(void **state)
{
	(void)state;
	provider_expect("3600");
	provider_answer("420 Bad Extension", "Unsupported: gin\n");
	rd__sched_run_for(600000);
	line_expect_nothing();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_office, close_office)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_contact_names_none_of_them),
		TEST(without_it_one_is_registered),
		TEST(flows_go_with_it),
		TEST(its_time_is_read),
		TEST(a_call_has_its_number_in_the_uri),
		TEST(who_cannot_do_it_is_not_asked_again),
	};

	return RUN_GROUP(tests);
}
