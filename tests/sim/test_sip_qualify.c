/* Peers at fixed hosts that are asked whether they are there, and what it means for
 * calls, for hints and for the dialplan. Phones that register: test_sip_registered.c. */
#include "tests/unit/test.h"

#include <ringdown/tech.h>

#include "channels/sip/endpoint/ask.h"
#include "channels/sip/endpoint/qualify.h"
#include "channels/sip/pager/pager.h"
#include "tests/sim/chance.h"
#include "tests/sim/sip_exchange.h"
#include "tests/unit/sip_zone.h"

static struct sip_phone far, callee;

static void peer_at(const char *options)
{
	char conf[512];

	snprintf(conf, sizeof(conf), "[global]\ndns_hosts = /nonexistent\n"
		 "[gate]\ntype = phone\nmatch = 127.0.0.9\ncontext = office\n"
		 "[peer]\ntype = peer\ncontext = office\n%s", options);
	if (office_reload(conf))
		fail_msg("%s", office_report());
}

static int open_with_peer(void **state)
{
	int rc = exchange_open(state);

	chance_begin(7); /* of when the first questions come */
	zone_set("two.test 60 NAPTR 1 1 S SIP+D2U _sip._udp.two.test\n"
		 "_sip._udp.two.test 60 SRV 1 1 5071 one.test\n"
		 "_sip._udp.two.test 60 SRV 2 1 5072 other.test\n"
		 "one.test 60 A 127.0.0.31\nother.test 60 A 127.0.0.32\n");
	zone_serve(sip.resolver, 20);
	peer_at("host = 127.0.0.31:5083\nqualify = 60\nqualify_timeout = 2s\n");
	return rc;
}

static int close_with_peer(void **state)
{
	zone_serve(sip.resolver, 0);
	return exchange_close(state);
}

static const struct sip_endpoint *peer(void)
{
	return sip_settings_find(sip.settings, RD_STR("peer"));
}

/* The next question, at whatever time of the interval it comes. */
static void asked_at(const char *where)
{
	for (int ms = 0; line_is_empty() && ms < 61000; ms += 50)
		run_for(50);
	phone_expect_request(&callee, "OPTIONS ");
	assert_string_equal(line_peer(), where);
}

static void answers(const char *status)
{
	line_answer_from(line_peer());
	phone_answer(&callee, status, "", "");
	line_answer_from(NULL);
}

static void expect_contact(const char *field, const char *want)
{
	struct rd_buf args, out;

	rd_buf_init(&args);
	rd_buf_init(&out);
	assert_int_equal(sip_aor_read(NULL, "peer,contact", &args), 0);
	rd_buf_printf(&args, ",%s", field);
	assert_int_equal(sip_contact_read(NULL, rd_buf_text(&args), &out), 0);
	assert_string_equal(rd_buf_text(&out), want);
	rd_buf_fini(&out);
	rd_buf_fini(&args);
}

static void a_peer_that_answers_is_there(void **state)
{
	(void)state;
	expect_contact("status", "Unknown");
	asked_at("127.0.0.31:5083");
	assert_non_null(strstr(callee.request, "OPTIONS sip:127.0.0.31:5083 SIP/2.0"));
	assert_string_equal(line_header(callee.request, "To"), "<sip:127.0.0.31:5083>");
	run_for(20);
	answers("404 Not Found");
	assert_int_equal(sip_host_reach(peer()), SIP_REACHABLE);
	assert_in_range(sip_host_rtt_us(peer()), 20000, 80000);
	expect_contact("status", "Reachable");
	expect_contact("uri", "sip:127.0.0.31:5083");
	expect_contact("endpoint", "peer");
	expect_contact("user_agent", "");
	run_for(59000);
	line_expect_nothing();
	asked_at("127.0.0.31:5083");
	answers("200 OK");
}

static void the_dialplan_knows_where_it_is(void **state)
{
	struct rd_buf out;

	(void)state;
	rd_buf_init(&out);
	assert_int_equal(sip_dial_contacts_read(NULL, "peer", &out), 0);
	assert_string_equal(rd_buf_text(&out), "PJSIP/peer/sip:127.0.0.31:5083");
	rd_buf_reset(&out);
	assert_int_equal(sip_dial_contacts_read(NULL, "peer,,55", &out), 0);
	assert_string_equal(rd_buf_text(&out), "PJSIP/peer/sip:55@127.0.0.31:5083");
	assert_int_equal(sip_contact_read(NULL, "peer;@0,uri", &out), -ENOENT);
	rd_buf_fini(&out);
}

static void is_not_called(const char *caller, const char *number)
{
	phone_invite(&far, caller, number, "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_final(&far, "SIP/2.0 480");
	phone_ack_refusal(&far);
}

static void is_written_to(const char *to, int want)
{
	const struct rd_party from = { .number = "55" };
	const struct sip_text text = { .type = RD_STR("text/plain"), .body = RD_STR("Hi"),
				       .from = &from };
	struct sip_delivery *delivery;
	struct sip_recipient who;

	assert_int_equal(sip_recipient_read(&who, rd_str_of(to), (struct rd_str){ 0 }), 0);
	assert_int_equal(sip_deliver(&delivery, &who, &text, NULL, NULL), want);
	if (want == 0)
		sip_delivery_forget(delivery);
}

static void is_not_written_to(void)
{
	is_written_to("pjsip:peer", -ENOTCONN);
	is_written_to("pjsip:peer/sip:55@127.0.0.31:5083", -ENOTCONN);
	is_written_to("sip:55@peer", -ENOTCONN);
	line_expect_nothing();
	is_written_to("pjsip:peer/sip:55@127.0.0.33", 0); /* at another host he may live */
	line_expect("MESSAGE sip:55@127.0.0.33 ");
}

static void one_that_is_silent_is_not_called(void **state)
{
	(void)state;
	assert_int_equal(rd_device_state("SIP/peer"), RD_DEVICE_NOT_INUSE);
	asked_at("127.0.0.31:5083");
	run_for(2100);
	assert_int_equal(rd_device_state("SIP/peer"), RD_DEVICE_UNAVAILABLE);
	expect_contact("status", "Unreachable");
	line_clear();
	is_not_called("alice", "700");
	seen.dials = "SIP/peer/sip:55@127.0.0.31:5083"; /* nor somebody at its host */
	is_not_called("carol", "707");
	is_not_written_to();
	run_for(40000); /* what was asked is repeated so long */
	line_clear();
	asked_at("127.0.0.31:5083");
	answers("200 OK");
	assert_int_equal(rd_device_state("SIP/peer"), RD_DEVICE_NOT_INUSE);
	phone_invite(&far, "bob", "700", "", SDP(""));
	line_expect("SIP/2.0 100");
	run_for(10);
	phone_called(&callee);
	answers("486 Busy Here");
	run_for(10);
	line_clear();
}

static void a_refusal_is_no_answer_where_it_says_so(void **state)
{
	(void)state;
	peer_at("host = 127.0.0.31:5083\nqualify = 60\nqualify_2xx_only = yes\n");
	asked_at("127.0.0.31:5083");
	answers("404 Not Found");
	assert_int_equal(sip_host_reach(peer()), SIP_UNREACHABLE);
}

static void of_two_servers_the_one_that_lives_answers(void **state)
{
	(void)state;
	peer_at("host = two.test\nqualify = 60\nqualify_timeout = 2s\n");
	run_for(200);
	asked_at("127.0.0.31:5071");
	run_for(1900);
	line_clear(); /* repeats */
	run_for(200);
	phone_expect_request(&callee, "OPTIONS sip:two.test SIP/2.0");
	assert_string_equal(line_peer(), "127.0.0.32:5072");
	assert_int_equal(sip_host_reach(peer()), SIP_REACH_UNKNOWN);
	answers("200 OK");
	assert_int_equal(sip_host_reach(peer()), SIP_REACHABLE);
}

static void a_contact_with_a_user_is_asked_as_it_is_called(void **state)
{
	(void)state;
	peer_at("host = 127.0.0.31:5083\nhost_user = 47 11\nqualify = 60\n");
	asked_at("127.0.0.31:5083");
	assert_non_null(strstr(callee.request, "OPTIONS sip:47%2011@127.0.0.31:5083 SIP/2.0"));
	answers("200 OK");
	expect_contact("uri", "sip:47%2011@127.0.0.31:5083");
}

static void a_proxy_that_does_not_reach_it_says_so(void **state)
{
	(void)state;
	peer_at("host = 192.0.2.9\nqualify = 60\noutbound_proxy = 127.0.0.40\nfrom_user = me\n");
	asked_at("127.0.0.40:5060");
	assert_string_equal(line_header(callee.request, "Route"), "<sip:127.0.0.40;lr>");
	assert_non_null(strstr(line_header(callee.request, "From"), "<sip:me@"));
	answers("408 Request Timeout");
	assert_int_equal(sip_host_reach(peer()), SIP_UNREACHABLE);
}

/* Asked within so long, and not as a repetition of any question before. */
static void asked_anew_within(int ms)
{
	static char asked[4096];
	uint64_t began = rd_now_ms();

	do
		asked_at("127.0.0.31:5083");
	while (strstr(asked, line_header(callee.request, "Call-ID")));
	strcat(asked, line_header(callee.request, "Call-ID"));
	assert_in_range(rd_now_ms() - began, 0, ms);
}

static void ask_in_doubt(void)
{
	peer_at("host = 127.0.0.31:5083\nqualify = 60\nqualify_timeout = 300\n"
		"qualify_failures = 3\nqualify_answers = 2\nqualify_retry = 5s\n");
	asked_anew_within(61000);
	answers("200 OK");
	assert_int_equal(sip_host_reach(peer()), SIP_REACHABLE);
	asked_anew_within(61000);
	asked_anew_within(5500);
	run_for(200);
	assert_int_equal(sip_host_reach(peer()), SIP_REACHABLE);
	asked_anew_within(5500);
	run_for(400);
	assert_int_equal(sip_host_reach(peer()), SIP_UNREACHABLE);
}

static void one_answer_that_is_lost_may_be_chance(void **state)
{
	(void)state;
	ask_in_doubt();
	asked_anew_within(5500);
	answers("200 OK");
	assert_int_equal(sip_host_reach(peer()), SIP_UNREACHABLE);
	asked_anew_within(5500);
	answers("200 OK");
	assert_int_equal(sip_host_reach(peer()), SIP_REACHABLE);
}

/* A single one that comes in time, and the doubt is gone. */
static void answers_between_silences_make_up_for_them(void **state)
{
	(void)state;
	ask_in_doubt();
	for (int i = 0; i < 3; i++) {
		asked_anew_within(5500);
		answers("200 OK");
		assert_int_equal(sip_host_reach(peer()), SIP_UNREACHABLE);
		asked_anew_within(5500);
	}
}

static void a_reload_keeps_what_is_known_of_the_same_host(void **state)
{
	(void)state;
	asked_at("127.0.0.31:5083");
	run_for(40000); /* what was asked is repeated so long */
	line_clear();
	peer_at("host = 127.0.0.31:5083\nqualify = 60\ncallerid = 1\n");
	assert_int_equal(sip_host_reach(peer()), SIP_UNREACHABLE);
	peer_at("host = 127.0.0.32:5083\nqualify = 60\n");
	assert_int_equal(sip_host_reach(peer()), SIP_REACH_UNKNOWN);
	run_for(100);
	line_clear();
	asked_at("127.0.0.32:5083");
	peer_at("host = 127.0.0.32:5083\n"); /* while a question is out */
	run_for(40000);
	line_clear();
	run_for(200000);
	line_expect_nothing();
}

/* The way that the question goes by is one of that configuration, too. */
static void a_question_goes_on_as_it_began(void **state)
{
	(void)state;
	peer_at("host = two.test\nqualify = 60\nqualify_timeout = 2s\nfrom_user = before\n");
	run_for(200);
	asked_at("127.0.0.31:5071");
	peer_at("host = two.test\nqualify = 60\nqualify_timeout = 2s\nfrom_user = after\n");
	run_for(1900);
	line_clear(); /* repeats */
	run_for(200);
	phone_expect_request(&callee, "OPTIONS ");
	assert_string_equal(line_peer(), "127.0.0.32:5072");
	assert_non_null(strstr(line_header(callee.request, "From"), "<sip:before@"));
	answers("200 OK");
	assert_int_equal(sip_host_reach(peer()), SIP_REACHABLE);
}

#define TWO_HOSTS                                                                                  \
	"host = 127.0.0.31:5083\nother_hosts = sip:47@127.0.0.32:5084\n"                           \
	"qualify = 60\nqualify_timeout = 2s\n"

static void is_asked(const char *which_answers)
{
	phone_expect_request(&callee, "OPTIONS ");
	if (which_answers && strcmp(line_peer(), which_answers) == 0)
		answers("200 OK");
}

/* The questions to both come at any time, and again; then one of them is known to be silent. */
static void both_are_asked(const char *which_answers)
{
	bool asked[2] = { false, false };

	for (int ms = 0; !(asked[0] && asked[1]) && ms < 61000; ms += 50) {
		bool second = strncmp(line_peek(), "OPTIONS sip:47@127.0.0.32:5084 ", 31) == 0;

		if (line_is_empty()) {
			run_for(50);
			continue;
		}
		is_asked(which_answers);
		asked[second] = true;
	}
	assert_true(asked[0] && asked[1]);
	for (int ms = 0; ms < 2100; ms += 50) {
		run_for(50);
		while (!line_is_empty())
			is_asked(which_answers);
	}
}

static void dials_to(const char *caller, const char *dials, const char *peer, const char *line)
{
	seen.dials = dials;
	phone_invite(&far, caller, "707", "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_called(&callee);
	assert_string_equal(line_peer(), peer);
	assert_true(strncmp(callee.request, line, strlen(line)) == 0);
	answers("486 Busy Here");
	run_for(10);
	line_expect("ACK ");
	phone_final(&far, "SIP/2.0 486");
	phone_ack_refusal(&far);
	run_for(10);
}

static void the_first_of_several_hosts_that_answers_is_called(void **state)
{
	(void)state;
	peer_at(TWO_HOSTS);
	dials_to("alice", "SIP/peer", "127.0.0.31:5083", "INVITE sip:127.0.0.31:5083 ");
	both_are_asked("127.0.0.32:5084");
	assert_int_equal(sip_host_reach(peer()), SIP_UNREACHABLE);
	assert_int_equal(rd_device_state("SIP/peer"), RD_DEVICE_NOT_INUSE);
	dials_to("bob", "SIP/peer", "127.0.0.32:5084", "INVITE sip:47@127.0.0.32:5084 ");
	dials_to("carol", "SIP/55@peer", "127.0.0.32:5084", "INVITE sip:55@127.0.0.32:5084 ");
	is_written_to("sip:55@peer", 0);
	line_expect("MESSAGE sip:55@127.0.0.32:5084 ");
}

static void all_hosts_are_contacts(void **state)
{
	struct rd_buf out;
	char *second;

	(void)state;
	peer_at(TWO_HOSTS);
	rd_buf_init(&out);
	assert_int_equal(sip_dial_contacts_read(NULL, "peer", &out), 0);
	assert_string_equal(rd_buf_text(&out), "PJSIP/peer/sip:127.0.0.31:5083&"
					       "PJSIP/peer/sip:47@127.0.0.32:5084");
	both_are_asked("127.0.0.31:5083");
	rd_buf_reset(&out);
	assert_int_equal(sip_aor_read(NULL, "peer,contact", &out), 0);
	second = strchr(rd_buf_text(&out), ',') + 1;
	second = rd_asprintf("%s,status", second);
	rd_buf_reset(&out);
	assert_int_equal(sip_contact_read(NULL, second, &out), 0);
	assert_string_equal(rd_buf_text(&out), "Unreachable");
	rd_free(second);
	/* One that is said to be silent is not called, though the first is there. */
	seen.dials = "SIP/peer/sip:55@127.0.0.32:5084";
	is_not_called("alice", "707");
	dials_to("bob", "SIP/peer/sip:55@127.0.0.31:5083", "127.0.0.31:5083",
		 "INVITE sip:55@127.0.0.31:5083 ");
	/* What is known outlives a reload, whichever is first. */
	peer_at("host = 127.0.0.32:5084\nhost_user = 47\nother_hosts = 127.0.0.31:5083\n"
		"qualify = 60\nqualify_timeout = 2s\n");
	assert_int_equal(sip_host_reach(peer()), SIP_UNREACHABLE);
	assert_int_equal(sip_host_reach(peer()->other_host), SIP_REACHABLE);
	rd_buf_fini(&out);
}

static void memory_may_run_out(void **state)
{
	(void)state;
	for (long n = 0; n < 40; n++) {
		peer_at("host = 127.0.0.31:5083\n");
		peer_at("host = 127.0.0.31:5083\nqualify = 1\n");
		rd__alloc_fail_after(n);
		run_for(1500);
		rd__alloc_fail_after(-1);
		line_clear();
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_with_peer, close_with_peer)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_peer_that_answers_is_there),
		TEST(the_dialplan_knows_where_it_is),
		TEST(one_that_is_silent_is_not_called),
		TEST(a_refusal_is_no_answer_where_it_says_so),
		TEST(of_two_servers_the_one_that_lives_answers),
		TEST(a_contact_with_a_user_is_asked_as_it_is_called),
		TEST(a_proxy_that_does_not_reach_it_says_so),
		TEST(one_answer_that_is_lost_may_be_chance),
		TEST(answers_between_silences_make_up_for_them),
		TEST(a_reload_keeps_what_is_known_of_the_same_host),
		TEST(a_question_goes_on_as_it_began),
		TEST(the_first_of_several_hosts_that_answers_is_called),
		TEST(all_hosts_are_contacts),
		TEST(memory_may_run_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
