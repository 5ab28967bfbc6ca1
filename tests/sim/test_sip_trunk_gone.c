/* A provider that dies with calls that it was to put through: they go by another one. */
#include "tests/unit/test.h"

#include <ringdown/cause.h>

#include "tests/sim/sip_trunks.h"
#include "tests/unit/sip_zone.h"

#define A          "127.0.0.31:5060"
#define ONE_BY_ONE "trunks = a, b, c\n"

static struct sip_phone gate, other, provider, second;

static void gate_talks_to(struct sip_phone *phone, const char *address)
{
	provider_is_called(phone, address);
	provider_says(phone, "200 OK", SDP(""));
	both_hang_up(&gate, phone);
}

/* a has the call, and says this of it. */
static void a_says(const char *group, const char *status, const char *body)
{
	trunks_group(group);
	gate_dials(&gate, "TRUNK/out/4711");
	provider_is_called(&provider, "127.0.0.31");
	provider_says(&provider, status, body);
	run_for(100);
	line_clear();
}

/* Nobody listens there any more, says ICMP. */
static void a_dies(void)
{
	line_unreached(A, provider.request);
	run_for(10);
}

static void is_cancelled(const char *address)
{
	const char *cancel = line_expect("CANCEL sip:4711@");

	assert_non_null(strstr(cancel, address));
}

static void where_nobody_listens_no_call_is_waited_for(void **state)
{
	(void)state;
	a_says(ONE_BY_ONE, "100 Trying", "");
	a_dies();
	is_cancelled("127.0.0.31");
	gate_talks_to(&second, "127.0.0.32");
	assert_int_equal(trunk_state_find("a")->out.now, 0);
	assert_int_equal(trunk_state_find("a")->out.waiting, 0);
	assert_int_equal(trunk_state_find("a")->out.causes[RD_CAUSE_NO_USER_RESPONSE], 1);
	assert_int_equal(trunk_state_find("b")->out.answered, 1);
}

/* It has not had this request, and was to put others through. */
static void another_call_may_find_that_out(void **state)
{
	(void)state;
	a_says(ONE_BY_ONE, "100 Trying", "");
	gate_dials(&other, "SIP/4712@a");
	line_unreached(A, line_expect("INVITE sip:4712@127.0.0.31"));
	run_for(10);
	is_cancelled("127.0.0.31");
	phone_expect(&other, "SIP/2.0 503");
	phone_ack_refusal(&other);
	gate_talks_to(&second, "127.0.0.32");
}

static void not_even_where_it_has_rung(void **state)
{
	(void)state;
	a_says(ONE_BY_ONE, "180 Ringing", "");
	a_dies();
	is_cancelled("127.0.0.31");
	gate_talks_to(&second, "127.0.0.32");
}

/* What the caller has heard, he does not hear anew by somebody else. */
static void what_was_heard_stays(void **state)
{
	(void)state;
	a_says(ONE_BY_ONE, "183 Session Progress", SDP(""));
	a_dies();
	run_for(15000);
	line_expect_nothing();
	provider_refuses(&provider, "486 Busy Here");
	gate_is_refused(&gate, "SIP/2.0 486");
}

static void unless_the_group_says_otherwise(void **state)
{
	(void)state;
	a_says(ONE_BY_ONE "after_ringing = yes\n", "183 Session Progress", SDP(""));
	a_dies();
	is_cancelled("127.0.0.31");
	gate_talks_to(&second, "127.0.0.32");
}

/* Perhaps it comes back. */
static void without_another_way_it_is_waited_for(void **state)
{
	(void)state;
	a_says("trunks = a\n", "180 Ringing", "");
	a_dies();
	run_for(5000);
	line_expect_nothing();
	provider_says(&provider, "200 OK", SDP(""));
	both_hang_up(&gate, &provider);
}

/* It was not dead, or had answered just before. */
static void an_answer_that_crosses_is_ended_there(void **state)
{
	(void)state;
	a_says(ONE_BY_ONE, "180 Ringing", "");
	a_dies();
	is_cancelled("127.0.0.31");
	provider_is_called(&second, "127.0.0.32");
	line_clear();
	line_answer_from(A);
	phone_answer(&provider, "200 OK", "", SDP(""));
	line_answer_from(NULL);
	phone_expect_request(&provider, "ACK ");
	phone_expect_request(&provider, "BYE ");
	line_answer_from("127.0.0.32:5060");
	phone_answer(&second, "200 OK", "", SDP(""));
	line_answer_from(NULL);
	both_hang_up(&gate, &second);
	assert_int_equal(trunk_state_find("a")->out.answered, 0);
	assert_int_equal(trunk_state_find("a")->out.now, 0);
	assert_int_equal(trunk_state_find("b")->out.answered, 1);
}

/* a died, then b does: a may be back by now. */
static void who_died_is_tried_once_more_when_all_others_have_died(void **state)
{
	(void)state;
	a_says("trunks = a, b\n", "180 Ringing", "");
	a_dies();
	is_cancelled("127.0.0.31");
	line_unreached("127.0.0.32:5060", line_expect("INVITE sip:4711@127.0.0.32"));
	run_for(10);
	line_unreached(A, line_expect("INVITE sip:4711@127.0.0.31"));
	run_for(10);
	gate_is_refused(&gate, "SIP/2.0 503");
	assert_int_equal(trunk_state_find("a")->out.attempts, 2);
	assert_int_equal(trunk_state_find("b")->out.attempts, 1);
}

/* Who has refused the call has said all that it had to say. */
static void but_not_after_a_refusal(void **state)
{
	(void)state;
	a_says("trunks = a, b\n", "180 Ringing", "");
	a_dies();
	is_cancelled("127.0.0.31");
	provider_is_called(&second, "127.0.0.32");
	provider_refuses(&second, "503 Service Unavailable");
	gate_is_refused(&gate, "SIP/2.0 503");
}

/* ---- by connections ---- */

static int open_stream(void **state)
{
	int rc = trunks_open(state);

	line_connect(1);
	return rc;
}

static int close_stream(void **state)
{
	run_for(200000);
	line_connect(0);
	return trunks_close(state);
}

/* A second one is begun at once. */
static void a_connection_that_stands_again_is_no_end(void **state)
{
	(void)state;
	a_says(ONE_BY_ONE, "180 Ringing", "");
	line_connect(2);
	run_for(5000);
	line_expect_nothing();
	provider_says(&provider, "200 OK", SDP(""));
	run_for(10);
	phone_expect_request(&provider, "ACK ");
}

static void one_that_is_lost_for_good_is(const char *status)
{
	a_says(ONE_BY_ONE, status, "");
	line_connect(2);
	line_expect_nothing();
	line_connect(3); /* what was begun has come to nothing */
	run_for(10);
	while (strncmp(line_peek(), "INVITE ", 7) != 0 && line_take())
		;
	provider_is_called(&second, "127.0.0.32");
	provider_says(&second, "200 OK", SDP(""));
	run_for(10);
	phone_expect_request(&second, "ACK ");
	assert_int_equal(trunk_state_find("a")->out.now, 0);
}

static void one_that_is_lost_leads_on(void **state)
{
	(void)state;
	one_that_is_lost_for_good_is("100 Trying");
}

static void one_that_is_lost_leads_on_though_it_rang(void **state)
{
	(void)state;
	one_that_is_lost_for_good_is("180 Ringing");
}

/* ---- by OPTIONS ---- */

/* Does this begin the message? Then it is answered. */
static bool answers_options(const char *text)
{
	struct sip_phone phone = { 0 };

	if (strncmp(text, "OPTIONS ", 8) != 0)
		return false;
	snprintf(phone.request, sizeof(phone.request), "%s", text);
	provider_says(&phone, "200 OK", "");
	return true;
}

/* Both are asked, twice a minute. a has answered; silent from now on. */
static void a_is_asked(const char *status)
{
	trunks_configure("[a]\nhost = 127.0.0.31\nnumbers = 1\nqualify = 30s\n"
			 "[b]\nhost = 127.0.0.32\nnumbers = 1\nqualify = 0\n"
			 "[out]\ntype = group\ntrunks = a, b\n");
	for (int ms = 0; ms < 31000; ms += 10) {
		const char *text;

		run_for(10);
		while ((text = line_take()))
			answers_options(text);
	}
	gate_dials(&gate, "TRUNK/out/4711");
	provider_is_called(&provider, "127.0.0.31");
	provider_says(&provider, status, "");
	run_for(10);
	line_clear();
}

/* Until the call is at b; how often a was asked meanwhile. Milliseconds, or -1. */
static int until_b(unsigned *asked, int most_ms)
{
	*asked = 0;
	for (int ms = 0; ms < most_ms; ms += 10) {
		run_for(10);
		while (*line_peek() && strncmp(line_peek(), "INVITE sip:4711@127.0.0.32", 26) != 0)
			*asked += strncmp(line_take(), "OPTIONS ", 8) == 0;
		if (*line_peek())
			return ms;
	}
	return -1;
}

static void one_that_answers_no_options_is_left(void **state)
{
	unsigned asked;

	(void)state;
	a_is_asked("180 Ringing");
	assert_in_range(until_b(&asked, 20000), 5000, 11000);
	assert_in_range(asked, 2, 40);
	gate_talks_to(&second, "127.0.0.32");
}

/* OPTIONS of a and b are answered, or one of them is silent; until somebody is called. */
static void run_answering(int most_ms, bool a, bool b)
{
	for (int ms = 0; ms < most_ms; ms += 10) {
		run_for(10);
		while (*line_peek() && strncmp(line_peek(), "INVITE ", 7) != 0) {
			const char *text = line_take();

			if (strncmp(text, "OPTIONS sip:127.0.0.31 ", 23) == 0 ? a : b)
				answers_options(text);
		}
		if (*line_peek())
			return;
	}
}

/* When a died, b was dead as well. */
static void one_that_comes_back_takes_the_calls_of_the_dead(void **state)
{
	unsigned asked;

	(void)state;
	trunks_configure("[a]\nhost = 127.0.0.31\nnumbers = 1\nqualify = 30s\n"
			 "[b]\nhost = 127.0.0.32\nnumbers = 1\nqualify = 30s\n"
			 "[out]\ntype = group\ntrunks = a, b\n");
	run_answering(31000, true, true);
	run_answering(45000, true, false);
	gate_dials(&gate, "TRUNK/out/4711");
	run_answering(1000, true, false);
	provider_is_called(&provider, "127.0.0.31");
	provider_says(&provider, "180 Ringing", "");
	assert_int_equal(until_b(&asked, 12000), -1);
	run_answering(7000, false, true);
	provider_is_called(&second, "127.0.0.32");
	provider_says(&second, "486 Busy Here", "");
	run_for(40000); /* among all that is asked nobody listens for the rest */
	line_clear();
	assert_int_equal(trunk_state_find("a")->out.now, 0);
	assert_int_equal(trunk_state_find("b")->out.now, 0);
}

static void one_that_answers_them_may_ring_for_long(void **state)
{
	unsigned asked = 0;

	(void)state;
	a_is_asked("180 Ringing");
	for (int ms = 0; ms < 15000; ms += 10) {
		const char *text;

		run_for(10);
		while ((text = line_take()))
			asked += answers_options(text);
	}
	assert_in_range(asked, 5, 8);
	assert_null(trunk_state_find("b"));
	line_answer_from(A);
	phone_answer(&provider, "200 OK", "", SDP(""));
	line_answer_from(NULL);
	both_hang_up(&gate, &provider);
	run_for(5000);
	line_clear();
}

/* ---- by its registrar ---- */

static void a_answers_register(const char *status, const char *more)
{
	struct sip_phone registrar = { 0 };

	snprintf(registrar.request, sizeof(registrar.request), "%s",
		 line_expect("REGISTER sip:127.0.0.31"));
	line_answer_from(line_peer());
	phone_answer(&registrar, status, more, "");
	line_answer_from(NULL);
}

/* The next REGISTER, after 30 s, is refused while the call waits. */
static void a_forgets_us(const char *status)
{
	trunks_configure("[a]\nhost = 127.0.0.31\nuser = u\nsecret = s\nnumbers = 1\n"
			 "qualify = 0\nregister_expires = 1m\n"
			 "[b]\nhost = 127.0.0.32\nnumbers = 1\nqualify = 0\n"
			 "[out]\ntype = group\ntrunks = a, b\n");
	run_for(10);
	a_answers_register("200 OK", "");
	run_for(25000);
	gate_dials(&gate, "TRUNK/out/4711");
	provider_is_called(&provider, "127.0.0.31");
	provider_says(&provider, status, "");
	run_for(10);
	while (strncmp(line_peek(), "REGISTER ", 9) != 0) {
		line_take();
		run_for(10);
	}
	a_answers_register("403 Forbidden", "");
	run_for(10);
}

static void where_we_are_not_registered_any_more_nothing_is_waited_for(void **state)
{
	(void)state;
	a_forgets_us("100 Trying");
	is_cancelled("127.0.0.31");
	gate_talks_to(&second, "127.0.0.32");
}

/* That our account is closed does not end its calls. */
static void but_what_rings(void **state)
{
	(void)state;
	a_forgets_us("180 Ringing");
	line_expect_nothing();
	line_answer_from(A);
	phone_answer(&provider, "200 OK", "", SDP(""));
	line_answer_from(NULL);
	both_hang_up(&gate, &provider);
}

/* ---- several servers of one trunk ---- */

/* a has two, and b is another. The call goes to one of them, which is told. */
static void a_has_two_servers(char first[SIP_SOCKADDR_TEXT])
{
	trunks_configure("[a]\nhost = a.test\nnumbers = none\nqualify = 0\n"
			 "[b]\nhost = 127.0.0.32\nnumbers = none\nqualify = 0\n"
			 "[out]\ntype = group\ntrunks = a, b\n");
	zone_set("a.test 60 A 127.0.0.31\na.test 60 A 127.0.0.35\n");
	if (office_reload("[global]\nuser_agent = Test\ndns_hosts = /nonexistent\n"
			  "[gate]\ntype = phone\nmatch = 127.0.0.9\ncontext = office\n"))
		fail_msg("%s", office_report());
	zone_serve(sip.resolver, 20);
	run_for(200);
	gate_dials(&gate, "TRUNK/out/4711");
	run_for(100);
	phone_called(&provider);
	rd_strcpy(first, SIP_SOCKADDR_TEXT, line_peer());
}

static const char *other_than(const char *first)
{
	return strcmp(first, A) == 0 ? "127.0.0.35:5060" : A;
}

/* It rings at the first, which dies: then at the second. */
static void it_rings_at_the_second(char first[SIP_SOCKADDR_TEXT])
{
	a_has_two_servers(first);
	provider_says(&provider, "180 Ringing", "");
	run_for(100);
	line_clear();
	line_unreached(first, provider.request);
	run_for(10);
	phone_called(&second);
	assert_string_equal(line_peer(), other_than(first));
	line_expect("CANCEL ");
	assert_string_equal(line_peer(), first);
}

static void the_next_server_of_its_host_comes_first(void **state)
{
	char first[SIP_SOCKADDR_TEXT];

	(void)state;
	it_rings_at_the_second(first);
	line_answer_from(other_than(first));
	phone_answer(&second, "200 OK", "", SDP(""));
	line_answer_from(NULL);
	both_hang_up(&gate, &second);
	assert_null(trunk_state_find("b"));
	zone_serve(sip.resolver, 0);
}

/* It has rung, but nobody is left who could answer it. */
static void when_no_server_is_left_the_next_trunk_follows(void **state)
{
	char first[SIP_SOCKADDR_TEXT];

	(void)state;
	it_rings_at_the_second(first);
	line_unreached(other_than(first), second.request);
	run_for(10);
	gate_talks_to(&second, "127.0.0.32");
	zone_serve(sip.resolver, 0);
}

/* Nobody rings any more, and as much is known of the second as of one that is called anew. */
static void where_the_next_server_is_silent_the_next_trunk_follows(void **state)
{
	char first[SIP_SOCKADDR_TEXT];
	unsigned asked;

	(void)state;
	it_rings_at_the_second(first);
	assert_in_range(until_b(&asked, 40000), 1000, 2500);
	gate_talks_to(&second, "127.0.0.32");
	zone_serve(sip.resolver, 0);
}

/* It had time to ring, beginning with the second. */
static void where_the_next_server_does_not_ring_the_next_trunk_follows(void **state)
{
	char first[SIP_SOCKADDR_TEXT];
	unsigned asked;

	(void)state;
	it_rings_at_the_second(first);
	run_for(1000);
	line_answer_from(other_than(first));
	phone_answer(&second, "100 Trying", "", "");
	line_answer_from(NULL);
	assert_in_range(until_b(&asked, 40000), 11500, 13000);
	gate_talks_to(&second, "127.0.0.32");
	zone_serve(sip.resolver, 0);
}

static void also_if_the_first_says_that_it_cannot(void **state)
{
	char first[SIP_SOCKADDR_TEXT];
	unsigned asked;

	(void)state;
	a_has_two_servers(first);
	line_answer_from(first);
	phone_answer(&provider, "100 Trying", "", "");
	run_for(100);
	phone_answer(&provider, "503 Service Unavailable", "", "");
	line_answer_from(NULL);
	phone_expect_request(&provider, "ACK ");
	phone_called(&second);
	assert_string_equal(line_peer(), other_than(first));
	assert_in_range(until_b(&asked, 40000), 1000, 2500);
	gate_talks_to(&second, "127.0.0.32");
	zone_serve(sip.resolver, 0);
}

/* The call goes to no other trunk then, and may as well wait. */
static void what_was_heard_waits_for_the_next_server(void **state)
{
	char first[SIP_SOCKADDR_TEXT];

	(void)state;
	a_has_two_servers(first);
	line_answer_from(first);
	phone_answer(&provider, "183 Session Progress", "", SDP(""));
	run_for(100);
	phone_answer(&provider, "503 Service Unavailable", "", "");
	line_answer_from(NULL);
	run_for(10);
	line_expect("SIP/2.0 183");
	phone_expect_request(&provider, "ACK ");
	phone_called(&second);
	run_for(5000);
	line_clear();
	line_answer_from(other_than(first));
	phone_answer(&second, "200 OK", "", SDP(""));
	line_answer_from(NULL);
	both_hang_up(&gate, &second);
	assert_null(trunk_state_find("b"));
	zone_serve(sip.resolver, 0);
}

/* The first is silent, and its port is told as closed when the second has the call, which has
 * said this. */
static void the_first_is_unreached_late(char first[SIP_SOCKADDR_TEXT], const char *status)
{
	a_has_two_servers(first);
	run_for(1000);
	line_clear();
	run_for(600);
	while (strcmp(line_peek(), provider.request) == 0)
		line_take();
	phone_called(&second);
	assert_string_equal(line_peer(), other_than(first));
	line_answer_from(other_than(first));
	phone_answer(&second, status, "", "");
	run_for(10);
	line_unreached(first, provider.request);
	run_for(10);
	line_clear();
}

static void the_second_refuses(const char *status)
{
	phone_answer(&second, status, "", "");
	line_answer_from(NULL);
	phone_expect_request(&second, "ACK ");
}

/* That the first could not be reached is no matter then. */
static void what_the_second_server_says_counts(void **state)
{
	char first[SIP_SOCKADDR_TEXT];

	(void)state;
	the_first_is_unreached_late(first, "100 Trying");
	the_second_refuses("404 Not Found");
	gate_is_refused(&gate, "SIP/2.0 404");
	zone_serve(sip.resolver, 0);
}

static void also_if_it_says_that_it_cannot(void **state)
{
	char first[SIP_SOCKADDR_TEXT];

	(void)state;
	the_first_is_unreached_late(first, "180 Ringing");
	the_second_refuses("500 Server Internal Error");
	gate_is_refused(&gate, "SIP/2.0 500");
	zone_serve(sip.resolver, 0);
}

#define TEST(name)   cmocka_unit_test_setup_teardown(name, trunks_open, trunks_close)
#define STREAM(name) cmocka_unit_test_setup_teardown(name, open_stream, close_stream)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(where_nobody_listens_no_call_is_waited_for),
		TEST(another_call_may_find_that_out),
		TEST(not_even_where_it_has_rung),
		TEST(what_was_heard_stays),
		TEST(unless_the_group_says_otherwise),
		TEST(without_another_way_it_is_waited_for),
		TEST(an_answer_that_crosses_is_ended_there),
		TEST(who_died_is_tried_once_more_when_all_others_have_died),
		TEST(but_not_after_a_refusal),
		STREAM(a_connection_that_stands_again_is_no_end),
		STREAM(one_that_is_lost_leads_on),
		STREAM(one_that_is_lost_leads_on_though_it_rang),
		TEST(one_that_answers_no_options_is_left),
		TEST(one_that_comes_back_takes_the_calls_of_the_dead),
		TEST(one_that_answers_them_may_ring_for_long),
		TEST(where_we_are_not_registered_any_more_nothing_is_waited_for),
		TEST(but_what_rings),
		TEST(the_next_server_of_its_host_comes_first),
		TEST(when_no_server_is_left_the_next_trunk_follows),
		TEST(where_the_next_server_is_silent_the_next_trunk_follows),
		TEST(where_the_next_server_does_not_ring_the_next_trunk_follows),
		TEST(also_if_the_first_says_that_it_cannot),
		TEST(what_was_heard_waits_for_the_next_server),
		TEST(what_the_second_server_says_counts),
		TEST(also_if_it_says_that_it_cannot),
	};

	return RUN_GROUP(tests);
}
