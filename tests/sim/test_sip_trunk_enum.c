/* Groups that ask the name servers for a number (ENUM) before they call a trunk. */
#include "tests/unit/test.h"

#include <ringdown/clock.h>

#include "channels/sip/outside.h"
#include "tests/sim/sip_trunks.h"
#include "tests/unit/sip_zone.h"

static struct sip_phone gate, callee;

#define OFFICE                                                                                     \
	"[global]\nuser_agent = Test\ndns_hosts = /nonexistent\n"                                  \
	"[gate]\ntype = phone\nmatch = 127.0.0.9\ncontext = office\n"

#define TRUNK(name, host)                                                                          \
	"[" name "]\nhost = " host                                                                 \
	"\nnumbers = _6XX\ncontext = office\nqualify = 0\ncountry = DE\narea_code = 30\n"          \
	"emergency_numbers = +4930112\n"

#define NAPTR(name, uri) name ".e164.arpa 60 NAPTR 1 1 U E2U+SIP !^.*$!" uri "!\n"

static const char zone[] = NAPTR("4.3.2.1.0.3.9.4", "sip:alice@far.test")
	NAPTR("9.3.2.1.0.3.9.4", "hello") NAPTR("5.3.2.1.0.3.9.4", "sip:0900123@127.0.0.31") NAPTR(
		"6.3.2.1.0.3.9.4", "sip:0900123@a.test:5060")
		NAPTR("8.4.3.2.1.0.3.9.4", "sip:0900123@alias.test")
		NAPTR("2.1.1.0.3.9.4", "sip:alice@far.test") "7.3.2.1.0.3.9.4.e164.arpa 60 SILENT\n"
							     "8.3.2.1.0.3.9.4.e164.arpa 60 FAIL\n"
							     "far.test 60 A 127.0.0.50\n"
							     "alias.test 60 A 127.0.0.31\n"
							     "a.test 60 A 127.0.0.31\n";

static void configure(const char *lines)
{
	char conf[1024];

	snprintf(conf, sizeof(conf), "%s%s",
		 TRUNK("a", "127.0.0.31")
			 TRUNK("a.test", "127.0.0.32") "[out]\ntype = group\ntrunks = a\n",
		 lines);
	trunks_configure(conf);
	if (office_reload(OFFICE))
		fail_msg("%s", office_report());
	zone_serve(sip.resolver, 20);
	run_for(200);
	zone_serve(sip.resolver, 20);
}

static int open_with_zone(void **state)
{
	int rc = trunks_open(state);

	zone_set(zone);
	zone_serve(sip.resolver, 20);
	configure("enum = e164.arpa\n");
	return rc;
}

static int close_with_zone(void **state)
{
	zone_serve(sip.resolver, 0);
	return trunks_close(state);
}

/* gate dials; whoever is called, and where. */
static void dials_as(const char *user, const char *target)
{
	line_clear();
	seen.dials = target;
	phone_source = "127.0.0.9";
	phone_invite(&gate, user, "707", "", SDP(""));
	phone_expect(&gate, "SIP/2.0 100");
	run_for(300);
}

static void dials(const char *target)
{
	dials_as("alice", target);
}

static void is_called(const char *uri, const char *address)
{
	char line[128];

	snprintf(line, sizeof(line), "INVITE %s", uri);
	if (strncmp(line_peek(), line, strlen(line)) != 0)
		fail_msg("\"%s\" was expected, not: %.60s", line, line_peek());
	provider_is_called(&callee, address);
}

static void talks(void)
{
	provider_says(&callee, "200 OK", SDP(""));
	both_hang_up(&gate, &callee);
}

static void a_number_that_is_there_is_called_there(void **state)
{
	(void)state;
	dials("TRUNK/out/0301234");
	is_called("sip:alice@far.test", "127.0.0.50");
	talks();
	assert_null(trunk_state_find("a"));
}

/* To him an extension means nothing. */
static void who_is_called_there_is_told_a_number_of_the_world(void **state)
{
	static const char from[] = "<sip:+493012340@";

	(void)state;
	trunks_configure(TRUNK("a", "127.0.0.31") "main_number = 03012340\nidentity = pai\n"
						  "enum = e164.arpa\n");
	if (office_reload(OFFICE))
		fail_msg("%s", office_report());
	dials("TRUNK/a/0301234");
	is_called("sip:alice@far.test", "127.0.0.50");
	if (!strstr(line_header(callee.request, "From"), from))
		fail_msg("%s", callee.request);
	assert_string_equal(line_header(callee.request, "P-Asserted-Identity"), "");
	talks();
}

static void an_extension_is_not_told_there_whatever_the_trunk_is_told(void **state)
{
	(void)state;
	trunks_configure(TRUNK("a", "127.0.0.31") "main_number = +493012340\nsend_ext = yes\n"
						  "identity = from\nenum = e164.arpa\n");
	if (office_reload(OFFICE))
		fail_msg("%s", office_report());
	dials_as("101", "TRUNK/a/0301234");
	is_called("sip:alice@far.test", "127.0.0.50");
	if (strstr(callee.request, "ext="))
		fail_msg("%s", callee.request);
	talks();
}

static void one_that_is_not_there_goes_by_the_group(void **state)
{
	(void)state;
	dials("TRUNK/out/0309999");
	is_called("sip:0309999@127.0.0.31", "127.0.0.31");
	talks();
	assert_int_not_equal(zone_asked(), 0);
}

static void a_group_that_does_not_say_so_asks_nobody(void **state)
{
	(void)state;
	configure("");
	dials("TRUNK/out/0301234");
	is_called("sip:0301234@127.0.0.31", "127.0.0.31");
	talks();
	assert_int_equal(zone_asked(), 0);
}

static void a_trunk_may_say_it_as_well(void **state)
{
	(void)state;
	trunks_configure(TRUNK("a", "127.0.0.31") "enum = e164.arpa\n");
	if (office_reload(OFFICE))
		fail_msg("%s", office_report());
	zone_serve(sip.resolver, 20);
	dials("TRUNK/a/0301234");
	is_called("sip:alice@far.test", "127.0.0.50");
	talks();
}

static void what_was_answered_is_not_asked_again(void **state)
{
	unsigned asked;

	(void)state;
	dials("TRUNK/out/0301234");
	is_called("sip:alice@far.test", "127.0.0.50");
	talks();
	dials("TRUNK/out/0309999");
	is_called("sip:0309999@127.0.0.31", "127.0.0.31");
	talks();
	asked = zone_asked();
	dials("TRUNK/out/0301234");
	is_called("sip:alice@far.test", "127.0.0.50");
	talks();
	dials("TRUNK/out/0309999");
	is_called("sip:0309999@127.0.0.31", "127.0.0.31");
	talks();
	assert_int_equal(zone_asked(), asked);
}

/* Where it leads nobody may be, or nobody who wants our calls. */
static void a_refusal_there_leads_to_the_trunks(void **state)
{
	static const char *const refusals[] = { "404 Not Found", "401 Unauthorized",
						"503 Service Unavailable" };

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(refusals); i++) {
		dials("TRUNK/out/0301234");
		is_called("sip:alice@far.test", "127.0.0.50");
		provider_refuses(&callee, refusals[i]);
		run_for(10);
		is_called("sip:0301234@127.0.0.31", "127.0.0.31");
		talks();
		run_for(1000);
	}
}

static void whoever_is_busy_there_is_busy(void **state)
{
	(void)state;
	dials("TRUNK/out/0301234");
	is_called("sip:alice@far.test", "127.0.0.50");
	provider_refuses(&callee, "486 Busy Here");
	gate_is_refused(&gate, "SIP/2.0 486");
	line_expect_nothing();
}

static void silence_there_leads_to_the_trunks(void **state)
{
	uint64_t began;

	(void)state;
	dials("TRUNK/out/0301234");
	is_called("sip:alice@far.test", "127.0.0.50");
	began = rd_now_ms();
	while (strncmp(line_peek(), "INVITE sip:0301234@", 19) != 0 && rd_now_ms() - began < 5000) {
		run_for(10);
		while (*line_peek() && strncmp(line_peek(), "INVITE sip:0301234@", 19) != 0)
			line_take();
	}
	assert_in_range(rd_now_ms() - began, 900, 1600);
	is_called("sip:0301234@127.0.0.31", "127.0.0.31");
	talks();
}

static void a_sign_of_life_there_is_no_silence(void **state)
{
	(void)state;
	dials("TRUNK/out/0301234");
	is_called("sip:alice@far.test", "127.0.0.50");
	provider_says(&callee, "100 Trying", "");
	run_for(10000);
	line_expect_nothing();
	talks();
}

/* Its owner would have us pay for calls to his 0900. */
static void no_number_leads_to_a_peer_of_ours(void **state)
{
	(void)state;
	dials("TRUNK/out/0301235");
	is_called("sip:0301235@127.0.0.31", "127.0.0.31");
	talks();
	dials("TRUNK/out/0301236");
	is_called("sip:0301236@127.0.0.31", "127.0.0.31");
	talks();
}

/* A name of his own stands for our provider's address: it is not tried, and not thought silent. */
static void no_name_leads_to_a_peer_of_ours(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		dials("TRUNK/out/03012348");
		is_called("sip:03012348@127.0.0.31", "127.0.0.31");
		talks();
	}
}

static void whoever_sends_us_on_from_there_is_not_followed(void **state)
{
	(void)state;
	dials("TRUNK/out/0301234");
	is_called("sip:alice@far.test", "127.0.0.50");
	line_answer_from(line_peer());
	phone_answer(&callee, "302 Moved", "Contact: <sip:0900123@127.0.0.51>\n", "");
	line_answer_from(NULL);
	line_expect("ACK ");
	run_for(10);
	is_called("sip:0301234@127.0.0.31", "127.0.0.31");
	talks();
}

/* Whoever owns a number writes what he likes. */
static void what_is_no_uri_of_sip_leads_to_the_trunks(void **state)
{
	(void)state;
	dials("TRUNK/out/0301239");
	is_called("sip:0301239@127.0.0.31", "127.0.0.31");
	talks();
}

static void help_is_called_by_trunks(void **state)
{
	(void)state;
	dials("TRUNK/out/112");
	is_called("sip:112@127.0.0.31", "127.0.0.31");
	talks();
	dials("TRUNK/out/+4930112");
	is_called("sip:+4930112@127.0.0.31", "127.0.0.31");
	talks();
	assert_int_equal(zone_asked(), 0);
}

static void servers_that_do_not_help_hold_up_one_call(void **state)
{
	static const char *const numbers[] = { "TRUNK/out/0301237", "TRUNK/out/0301238" };

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(numbers); i++) {
		uint64_t began = rd_now_ms();

		dials(numbers[i]);
		while (!*line_peek() && rd_now_ms() - began < 5000)
			run_for(10);
		assert_in_range(rd_now_ms() - began, 300, i ? 400 : 1100);
		provider_is_called(&callee, "127.0.0.31");
		talks();
		dials("TRUNK/out/0301234"); /* nobody is asked for a while */
		is_called("sip:0301234@127.0.0.31", "127.0.0.31");
		talks();
		run_for(31000);
		dials("TRUNK/out/0301234");
		is_called("sip:alice@far.test", "127.0.0.50");
		talks();
	}
}

static void the_group_says_how_long_it_waits(void **state)
{
	uint64_t began = rd_now_ms();

	(void)state;
	configure("enum = e164.arpa\nenum_timeout = 3s\n");
	began = rd_now_ms();
	dials("TRUNK/out/0301237");
	while (!*line_peek() && rd_now_ms() - began < 5000)
		run_for(10);
	assert_in_range(rd_now_ms() - began, 2990, 3100);
	provider_is_called(&callee, "127.0.0.31");
	talks();
	run_for(31000);
}

/* Whoever gives up while the name servers are asked. */
static void a_caller_may_hang_up_meanwhile(void **state)
{
	(void)state;
	dials("TRUNK/out/0301237");
	phone_request(&gate, "CANCEL", "", "");
	run_for(10);
	phone_final(&gate, "SIP/2.0 200");
	phone_final(&gate, "SIP/2.0 487");
	phone_ack_refusal(&gate);
	run_for(31000);
	line_expect_nothing();
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, open_with_zone, close_with_zone)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_number_that_is_there_is_called_there),
		TEST(who_is_called_there_is_told_a_number_of_the_world),
		TEST(an_extension_is_not_told_there_whatever_the_trunk_is_told),
		TEST(one_that_is_not_there_goes_by_the_group),
		TEST(a_group_that_does_not_say_so_asks_nobody),
		TEST(a_trunk_may_say_it_as_well),
		TEST(what_was_answered_is_not_asked_again),
		TEST(a_refusal_there_leads_to_the_trunks),
		TEST(whoever_is_busy_there_is_busy),
		TEST(silence_there_leads_to_the_trunks),
		TEST(a_sign_of_life_there_is_no_silence),
		TEST(no_number_leads_to_a_peer_of_ours),
		TEST(no_name_leads_to_a_peer_of_ours),
		TEST(whoever_sends_us_on_from_there_is_not_followed),
		TEST(what_is_no_uri_of_sip_leads_to_the_trunks),
		TEST(help_is_called_by_trunks),
		TEST(servers_that_do_not_help_hold_up_one_call),
		TEST(the_group_says_how_long_it_waits),
		TEST(a_caller_may_hang_up_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
