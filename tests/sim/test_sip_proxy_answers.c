/* The proxy by RFC 3261 §16.7 to §16.10: what comes back of several copies, and how
 * the others end. Each test says its section. */
#include "tests/unit/test.h"

#include "core/cli/session.h"
#include "modules/sip_proxy/proxy.h"
#include "tests/sim/sip_proxied.h"

static struct copy one, two, three;

/* alice calls 8100: two ring at once, a third waits. */
static void fork_call(void)
{
	caller_sends("INVITE", "sip:8100@127.0.0.1", "");
	take_copy_at(&one, "INVITE ", "127.0.0.31:5060");
	take_copy_at(&two, "INVITE ", "127.0.0.32:5060");
	line_expect_nothing();
}

/* Its CANCEL comes, for this reason: 200, and 487 to the INVITE. */
static void is_cancelled(const struct copy *invite, const char *tag, const char *reason)
{
	struct copy cancel;

	take_copy_at(&cancel, "CANCEL ", invite->peer);
	lines_in(cancel.text, "Via", 1);
	assert_string_equal(line_part(line_header(cancel.text, "Via"), "branch=", "\n"),
			    line_part(line_header(invite->text, "Via"), "branch=", "\n"));
	assert_string_equal(line_header(cancel.text, "Reason"), reason);
	answer_copy(&cancel, "200 OK", tag, "");
	answer_copy(invite, "487 Request Terminated", tag, "");
	line_expect("ACK ");
}

/* ---- §16.7: answers ---- */

static void s16_7_5_provisional_answers_go_back_at_once_but_100(void **state)
{
	const char *text;

	(void)state;
	fork_call();
	answer_copy(&one, "100 Trying", "", "");
	line_expect_nothing();
	answer_copy(&one, "180 Ringing", "a", "X-Odd: kept\n");
	text = caller_gets("SIP/2.0 180 Ringing");
	lines_in(text, "Via", 1);
	lines_in(text, "Record-Route", 1);
	assert_non_null(strstr(line_header(text, "To"), ";tag=a"));
	assert_string_equal(line_header(text, "X-Odd"), "kept");
	answer_copy(&two, "183 Session Progress", "b", "");
	text = caller_gets("SIP/2.0 183");
	assert_non_null(strstr(line_header(text, "To"), ";tag=b"));
	refuse_copy(&one, "603 Decline", "");
	is_cancelled(&two, "b", "SIP;cause=603");
	caller_gets("SIP/2.0 603");
	caller_acks_refusal();
}

static void s16_7_9_the_first_2xx_ends_the_others(void **state)
{
	(void)state;
	fork_call();
	answer_copy(&two, "180 Ringing", "b", "");
	caller_gets("SIP/2.0 180");
	answer_copy(&one, "200 OK", "a", "Contact: <sip:a@127.0.0.31>\n");
	caller_gets("SIP/2.0 200");
	is_cancelled(&two, "b", "SIP;cause=200;text=\"Call completed elsewhere\"");
	run_for(1000);
	line_expect_nothing();
}

static void s16_7_5_every_2xx_goes_back_as_often_as_it_comes(void **state)
{
	const char *text;

	(void)state;
	fork_call();
	answer_copy(&one, "200 OK", "a", "Contact: <sip:a@127.0.0.31>\n");
	caller_gets("SIP/2.0 200");
	answer_copy(&two, "200 OK", "b", "Contact: <sip:b@127.0.0.32>\n");
	text = caller_gets("SIP/2.0 200");
	assert_non_null(strstr(line_header(text, "To"), ";tag=b"));
	answer_copy(&two, "200 OK", "b", "Contact: <sip:b@127.0.0.32>\n");
	caller_gets("SIP/2.0 200");
	line_expect_nothing();
}

static void s16_7_5_a_6xx_ends_all_and_the_third_is_not_tried(void **state)
{
	(void)state;
	fork_call();
	answer_copy(&two, "180 Ringing", "b", "");
	caller_gets("SIP/2.0 180");
	refuse_copy(&one, "600 Busy Everywhere", "");
	is_cancelled(&two, "b", "SIP;cause=600");
	caller_gets("SIP/2.0 600");
	caller_acks_refusal();
	line_expect_nothing();
}

/* All of a group refuse, then the next is tried, and its refusal with them weighed. */
static void refused_by_three(const char *a, const char *b, const char *c)
{
	fork_call();
	refuse_copy(&one, a, "");
	refuse_copy(&two, b, "");
	take_copy_at(&three, "INVITE ", "127.0.0.33:5060");
	refuse_copy(&three, c, "");
}

static void s16_7_6_the_lowest_class_wins_and_what_says_much(void **state)
{
	(void)state;
	refused_by_three("500 Server Error", "404 Not Found", "302 Moved");
	caller_gets("SIP/2.0 302");
	caller_acks_refusal();
	refused_by_three("404 Not Found", "484 Address Incomplete", "480 Gone");
	caller_gets("SIP/2.0 484");
	caller_acks_refusal();
	refused_by_three("408 Request Timeout", "486 Busy Here", "503 Service Unavailable");
	caller_gets("SIP/2.0 486");
	caller_acks_refusal();
	refused_by_three("487 Request Terminated", "480 Gone", "408 Request Timeout");
	caller_gets("SIP/2.0 480");
	caller_acks_refusal();
}

static void s16_7_6_a_503_alone_is_a_500(void **state)
{
	(void)state;
	refused_by_three("503 Service Unavailable", "503 Service Unavailable",
			 "503 Service Unavailable");
	caller_gets("SIP/2.0 500");
	caller_acks_refusal();
	refused_by_three("503 Service Unavailable", "503 Service Unavailable",
			 "504 Server Time-out");
	caller_gets("SIP/2.0 504");
	caller_acks_refusal();
}

static void s16_7_7_challenges_are_gathered(void **state)
{
	const char *text;

	(void)state;
	fork_call();
	refuse_copy(&one, "401 Unauthorized", "WWW-Authenticate: Digest realm=\"a\"\n");
	refuse_copy(&two, "407 Proxy Authentication Required",
		"Proxy-Authenticate: Digest realm=\"b\"\nProxy-Authenticate: Digest realm=\"c\"\n");
	take_copy(&three, "INVITE ");
	refuse_copy(&three, "404 Not Found", "");
	text = caller_gets("SIP/2.0 401");
	assert_string_equal(line_header(text, "WWW-Authenticate"), "Digest realm=\"a\"");
	lines_in(text, "WWW-Authenticate", 1);
	lines_in(text, "Proxy-Authenticate", 2);
	caller_acks_refusal();
}

static void s16_7_3_an_answer_that_lost_a_via_counts_all_the_same(void **state)
{
	char *second;

	(void)state;
	caller_sends("INVITE", "sip:8001@127.0.0.1", "");
	take_copy(&one, "INVITE ");
	second = strstr(one.text, "\nVia: SIP/2.0/UDP 127.0.0.9");
	assert_non_null(second);
	memcpy(second, "\nX-V", 4);
	answer_copy(&one, "180 Ringing", "a", "");
	line_expect_nothing();
	refuse_copy(&one, "486 Busy Here", "");
	caller_gets("SIP/2.0 486");
	caller_acks_refusal();
}

static void s16_7_4_redirections_are_followed_where_it_says_so(void **state)
{
	(void)state;
	caller_sends("INVITE", "sip:8300@127.0.0.1", "");
	take_copy_at(&one, "INVITE sip:8300@127.0.0.30 ", "127.0.0.30:5060");
	refuse_copy(&one, "302 Moved Temporarily",
		    "Contact: <sip:x@127.0.0.35?Subject=x>;q=0.2, "
		    "<sip:y@127.0.0.36;line=7;method=BYE;user=phone?Priority=x>;q=0.7\n");
	take_copy_at(&two, "INVITE sip:8300@127.0.0.33 ", "127.0.0.33:5060");
	refuse_copy(&two, "404 Not Found", "");
	/* without what is not for a request line (§16.6 step 2) */
	take_copy_at(&two, "INVITE sip:y@127.0.0.36;line=7;user=phone ", "127.0.0.36:5060");
	refuse_copy(&two, "302 Moved Temporarily", "Contact: <sip:8300@127.0.0.30>\n");
	take_copy_at(&two, "INVITE sip:x@127.0.0.35 ", "127.0.0.35:5060");
	refuse_copy(&two, "480 Gone", "");
	caller_gets("SIP/2.0 404");
	caller_acks_refusal();
	line_expect_nothing();
}

static void s16_6_2_a_long_contact_loses_its_method_too(void **state)
{
	char pad[1101], contact[1300], start[1300];

	(void)state;
	memset(pad, 'x', sizeof(pad) - 1);
	pad[sizeof(pad) - 1] = '\0';
	snprintf(contact, sizeof(contact), "Contact: <sip:y@127.0.0.36;method=BYE;line=%s>\n", pad);
	snprintf(start, sizeof(start), "INVITE sip:y@127.0.0.36;line=%s ", pad);
	caller_sends("INVITE", "sip:8300@127.0.0.1", "");
	take_copy_at(&one, "INVITE sip:8300@127.0.0.30 ", "127.0.0.30:5060");
	refuse_copy(&one, "302 Moved Temporarily", contact);
	take_copy_at(&two, start, "127.0.0.36:5060");
	refuse_copy(&two, "404 Not Found", "");
	take_copy_at(&two, "INVITE sip:8300@127.0.0.33 ", "127.0.0.33:5060");
	refuse_copy(&two, "480 Gone", "");
	caller_gets("SIP/2.0 404");
	caller_acks_refusal();
	line_expect_nothing();
}

static void s16_7_6_where_all_lead_back_nobody_has_answered(void **state)
{
	(void)state;
	caller_sends("INVITE", "sip:8300@127.0.0.1", "");
	take_copy_at(&one, "INVITE sip:8300@127.0.0.30 ", "127.0.0.30:5060");
	refuse_copy(&one, "302 Moved Temporarily", "Contact: <sip:8300@127.0.0.33>\n");
	take_copy_at(&two, "INVITE sip:8300@127.0.0.33 ", "127.0.0.33:5060");
	refuse_copy(&two, "302 Moved Temporarily", "Contact: <sip:8300@127.0.0.30>\n");
	caller_gets("SIP/2.0 408");
	caller_acks_refusal();
	line_expect_nothing();
}

/* Those that were tried are no news to the caller, the others are. */
static void s16_7_4_contacts_that_are_left_are_for_the_caller(void **state)
{
	const char *text;

	(void)state;
	caller_sends("INVITE", "sip:8300@127.0.0.1", "");
	take_copy_at(&one, "INVITE sip:8300@127.0.0.30 ", "127.0.0.30:5060");
	refuse_copy(&one, "302 Moved Temporarily",
		"Contact: <mailto:x@y.test>;q=0.9, <sip:x@127.0.0.35>;q=0.5\n"
		"Contact: \"Her phone\" <sips:x@127.0.0.36>, <sip:8300@127.0.0.30>\n"
		"Retry-After: 9\n");
	take_copy_at(&two, "INVITE sip:8300@127.0.0.33 ", "127.0.0.33:5060");
	refuse_copy(&two, "404 Not Found", "");
	take_copy_at(&two, "INVITE sip:x@127.0.0.35 ", "127.0.0.35:5060");
	refuse_copy(&two, "302 Moved Temporarily", "Contact: <tel:+4930123>\n");
	text = caller_gets("SIP/2.0 302");
	lines_in(text, "Contact", 2);
	assert_non_null(strstr(text, "Contact: <mailto:x@y.test>;q=0.9\n"
				     "Contact: \"Her phone\" <sips:x@127.0.0.36>\n"));
	assert_string_equal(line_header(text, "Retry-After"), "9");
	caller_acks_refusal();
	line_expect_nothing();
}

static void is_passed_on(const char *status, const char *contact)
{
	char more[96], start[16];

	snprintf(more, sizeof(more), "Contact: %s\n", contact);
	snprintf(start, sizeof(start), "SIP/2.0 %.3s", status);
	caller_sends("INVITE", "sip:8300@127.0.0.1", "");
	take_copy_at(&one, "INVITE sip:8300@127.0.0.30 ", "127.0.0.30:5060");
	refuse_copy(&one, status, more);
	take_copy_at(&two, "INVITE sip:8300@127.0.0.33 ", "127.0.0.33:5060");
	refuse_copy(&two, "404 Not Found", "");
	assert_string_equal(line_header(caller_gets(start), "Contact"), contact);
	caller_acks_refusal();
	line_expect_nothing();
}

static void s16_7_4_where_no_request_can_go_is_for_the_caller_to_know(void **state)
{
	(void)state;
	is_passed_on("302 Moved Temporarily", "<mailto:x@y.test>");
	is_passed_on("302 Moved Temporarily", "<tel:+4930123>");
}

static void s16_7_4_a_proxy_to_go_by_is_for_the_caller(void **state)
{
	(void)state;
	is_passed_on("305 Use Proxy", "<sip:127.0.0.35>");
}

/* ---- §16.8: timer C ---- */

static void s16_8_timer_c_ends_what_rings_for_ever(void **state)
{
	(void)state;
	caller_sends("INVITE", "sip:8001@127.0.0.1", "");
	take_copy(&one, "INVITE ");
	answer_copy(&one, "180 Ringing", "a", "");
	caller_gets("SIP/2.0 180");
	run_for(180000);
	line_expect_nothing();
	answer_copy(&one, "183 Session Progress", "a", "");
	caller_gets("SIP/2.0 183");
	run_for(180000);
	line_expect_nothing();
	run_for(1001);
	is_cancelled(&one, "a", "");
	caller_gets("SIP/2.0 408");
	caller_acks_refusal();
}

/* ---- §16.9: who is not there ---- */

static void s16_9_silence_is_a_408_and_the_next_is_tried(void **state)
{
	(void)state;
	fork_call();
	run_for(3900);
	line_clear();
	run_for(200);
	take_copy_at(&three, "INVITE sip:8100@127.0.0.33 ", "127.0.0.33:5060");
	run_for(32500);
	skip_to_copy("SIP/2.0 408");
	caller_gets("SIP/2.0 408");
	caller_acks_refusal();
}

static void s16_9_who_cannot_be_reached_counts_as_503(void **state)
{
	(void)state;
	line_break("127.0.0.31:5060");
	caller_sends("INVITE", "sip:8100@127.0.0.1", "");
	take_copy_at(&two, "INVITE ", "127.0.0.32:5060");
	refuse_copy(&two, "503 Service Unavailable", "");
	take_copy_at(&three, "INVITE ", "127.0.0.33:5060");
	line_break(NULL);
	refuse_copy(&three, "503 Service Unavailable", "");
	caller_gets("SIP/2.0 500");
	caller_acks_refusal();
}

/* RFC 4320: a request other than INVITE is not told that nobody answered. */
static void s16_9_only_invites_hear_of_silence(void **state)
{
	(void)state;
	caller_sends("MESSAGE", "sip:8001@127.0.0.1", "");
	run_for(60000);
	while (!line_is_empty())
		if (strncmp(line_peek(), "SIP/2.0 100", 11) == 0)
			line_take();
		else
			line_expect("MESSAGE ");
}

/* ---- §16.10: CANCEL ---- */

static void s16_10_a_cancel_goes_to_all_that_ring(void **state)
{
	(void)state;
	fork_call();
	answer_copy(&one, "180 Ringing", "a", "");
	answer_copy(&two, "180 Ringing", "b", "");
	line_clear();
	caller_sends("CANCEL", "sip:8100@127.0.0.1",
		     "Reason: Q.850;cause=16, X;cause=1\nReason: SIP;cause=200\n");
	caller_gets("SIP/2.0 200");
	take_copy_at(&three, "CANCEL ", "127.0.0.31:5060");
	assert_non_null(strstr(three.text, "\nReason: Q.850;cause=16, X;cause=1\n"
					   "Reason: SIP;cause=200\n"));
	answer_copy(&three, "200 OK", "a", "");
	is_cancelled(&two, "b", "Q.850;cause=16, X;cause=1");
	line_expect_nothing();
	refuse_copy(&one, "487 Request Terminated", "");
	caller_gets("SIP/2.0 487");
	caller_acks_refusal();
}

static void s16_10_who_said_nothing_is_cancelled_when_he_does(void **state)
{
	(void)state;
	caller_sends("INVITE", "sip:8001@127.0.0.1", "");
	take_copy(&one, "INVITE ");
	caller_sends("CANCEL", "sip:8001@127.0.0.1", "");
	caller_gets("SIP/2.0 200");
	line_expect_nothing();
	answer_copy(&one, "180 Ringing", "a", "");
	take_copy_at(&two, "CANCEL ", "127.0.0.30:5060");
	caller_gets("SIP/2.0 180");
	answer_copy(&two, "200 OK", "a", "");
	refuse_copy(&one, "487 Request Terminated", "");
	caller_gets("SIP/2.0 487");
	caller_acks_refusal();
}

/* Its INVITE may have passed before we were started anew. */
static void s16_10_a_cancel_of_nothing_known_is_passed_on(void **state)
{
	char branch[80];

	(void)state;
	caller_sends("CANCEL", "sip:8001@127.0.0.1", "");
	take_copy_at(&one, "CANCEL sip:8001@127.0.0.30 ", "127.0.0.30:5060");
	line_expect_nothing();
	snprintf(branch, sizeof(branch), "%s", line_part(one.text, "branch=", "\n;"));
	/* Without a state: what comes again goes again, by the same branch. */
	caller_sends("CANCEL", "sip:8001@127.0.0.1", "");
	take_copy(&two, "CANCEL ");
	assert_string_equal(line_part(two.text, "branch=", "\n;"), branch);
	/* An answer without a transaction goes nowhere (RFC 6026 §7.3). */
	answer_copy(&two, "200 OK", "a", "");
	line_expect_nothing();
	caller_sends("CANCEL", "sip:600@127.0.0.1", ""); /* the exchange's */
	caller_gets("SIP/2.0 481");
}

static void bind_by(const char *instance, const char *path, uint16_t q)
{
	proxied_bind("1002", &(struct sip_contact_params){ .uri = RD_STR("sip:1002@127.0.0.31"),
							  .instance = rd_str_of(instance),
							  .path = rd_str_of(path),
							  .reg_id = 1,
							  .q = q });
}

/* By the binding that its INVITE went to, not by another one of that URI. */
static void s16_11_a_cancel_of_nothing_known_goes_the_way_of_its_invite(void **state)
{
	(void)state;
	bind_by("<urn:x:1>", "<sip:near.test;lr>", 1000);
	bind_by("<urn:x:2>", "<sip:far.test;lr>", 500);
	caller_sends("CANCEL", "sip:1002@here.test", "");
	take_copy(&one, "CANCEL ");
	assert_string_equal(line_header(one.text, "Route"), "<sip:near.test;lr>");
}

/* They would be sent in our name, also to who is reached by us alone. */
static void what_strangers_send_without_an_invite_goes_nowhere(void **state)
{
	(void)state;
	stranger_sends("CANCEL", "sip:8001@127.0.0.1", "");
	line_expect("SIP/2.0 481");
	stranger_sends("CANCEL", "sip:bob@127.0.0.50", "");
	line_expect("SIP/2.0 481");
	stranger_sends("ACK", "sip:bob@127.0.0.50", "");
	stranger_sends("ACK", "sip:x@127.0.0.1", "Route: <sip:127.0.0.50:9999;lr>\n");
	line_expect_nothing();
	caller_sends("ACK", "sip:bob@127.0.0.50", "");
	take_copy_at(&one, "ACK ", "127.0.0.50:5060");
}

/* ---- the console ---- */

static struct rd_buf screen;

static void print(void *arg, const char *text, size_t n)
{
	(void)arg;
	rd_buf_add(&screen, text, n);
}

static bool is_shown(const char *part)
{
	struct rd_cli cli = { .write = print };
	bool found;

	rd_buf_init(&screen);
	assert_int_equal(proxy_commands[0].run(&cli, 0, NULL), 0);
	found = strstr(rd_buf_text(&screen), part);
	rd_buf_fini(&screen);
	return found;
}

static void the_console_shows_what_passes(void **state)
{
	(void)state;
	assert_true(is_shown("0 requests pass through"));
	fork_call();
	assert_true(is_shown("INVITE     sip:8100@127.0.0.1 "));
	assert_true(is_shown(" many         forwarded        3       2      0  the-call\n"));
	answer_copy(&one, "180 Ringing", "a", "");
	caller_gets("SIP/2.0 180");
	assert_true(is_shown(" proceeding "));
	assert_true(is_shown("1 requests pass through"));
	assert_int_equal(proxy_commands[0].run(NULL, 1, NULL), -EINVAL);
	refuse_copy(&two, "486 Busy Here", "");
	refuse_copy(&one, "486 Busy Here", "");
	take_copy(&three, "INVITE ");
	refuse_copy(&three, "486 Busy Here", "");
	caller_gets("SIP/2.0 486");
	caller_acks_refusal();
}

/* ---- the house around it ---- */

static void the_caller_is_told_to_wait_after_200_ms(void **state)
{
	(void)state;
	caller_sends("INVITE", "sip:8001@127.0.0.1", "");
	take_copy(&one, "INVITE ");
	run_for(201);
	caller_gets("SIP/2.0 100");
	refuse_copy(&one, "486 Busy Here", "");
	caller_gets("SIP/2.0 486");
	caller_acks_refusal();
}

static void a_reload_leaves_calls_alone(void **state)
{
	(void)state;
	fork_call();
	assert_int_equal(proxied_configure(""), 0);
	refuse_copy(&one, "480 Gone", "");
	refuse_copy(&two, "480 Gone", "");
	take_copy_at(&three, "INVITE ", "127.0.0.33:5060");
	refuse_copy(&three, "486 Busy Here", "");
	caller_gets("SIP/2.0 480");
	caller_acks_refusal();
	caller_sends("MESSAGE", "sip:8001@127.0.0.1", "");
	line_expect("SIP/2.0 4");
}

static void an_unload_answers_what_waits_and_cancels_what_rings(void **state)
{
	(void)state;
	fork_call();
	assert_int_equal(proxy_contexts_count(), 1);
	proxy_contexts_drop();
	caller_gets("SIP/2.0 500");
	caller_acks_refusal();
	answer_copy(&one, "180 Ringing", "a", "");
	line_expect("CANCEL sip:8100@127.0.0.31 ");
	line_expect_nothing();
	answer_copy(&one, "487 Request Terminated", "a", "");
	line_expect("ACK ");
	line_expect_nothing();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, proxied_open, proxied_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(s16_7_5_provisional_answers_go_back_at_once_but_100),
		TEST(s16_7_9_the_first_2xx_ends_the_others),
		TEST(s16_7_5_every_2xx_goes_back_as_often_as_it_comes),
		TEST(s16_7_5_a_6xx_ends_all_and_the_third_is_not_tried),
		TEST(s16_7_6_the_lowest_class_wins_and_what_says_much),
		TEST(s16_7_6_a_503_alone_is_a_500),
		TEST(s16_7_7_challenges_are_gathered),
		TEST(s16_7_3_an_answer_that_lost_a_via_counts_all_the_same),
		TEST(s16_7_4_redirections_are_followed_where_it_says_so),
		TEST(s16_6_2_a_long_contact_loses_its_method_too),
		TEST(s16_7_6_where_all_lead_back_nobody_has_answered),
		TEST(s16_7_4_contacts_that_are_left_are_for_the_caller),
		TEST(s16_7_4_where_no_request_can_go_is_for_the_caller_to_know),
		TEST(s16_7_4_a_proxy_to_go_by_is_for_the_caller),
		TEST(s16_8_timer_c_ends_what_rings_for_ever),
		TEST(s16_9_silence_is_a_408_and_the_next_is_tried),
		TEST(s16_9_who_cannot_be_reached_counts_as_503),
		TEST(s16_9_only_invites_hear_of_silence),
		TEST(s16_10_a_cancel_goes_to_all_that_ring),
		TEST(s16_10_who_said_nothing_is_cancelled_when_he_does),
		TEST(s16_10_a_cancel_of_nothing_known_is_passed_on),
		TEST(s16_11_a_cancel_of_nothing_known_goes_the_way_of_its_invite),
		TEST(what_strangers_send_without_an_invite_goes_nowhere),
		TEST(the_console_shows_what_passes),
		TEST(the_caller_is_told_to_wait_after_200_ms),
		TEST(a_reload_leaves_calls_alone),
		TEST(an_unload_answers_what_waits_and_cancels_what_rings),
	};

	return RUN_GROUP(tests);
}
