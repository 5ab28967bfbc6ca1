/* Session timers (RFC 4028) as the one who is called and as the one who calls:
 * who refreshes, how, and what happens when nobody does. */
#include "tests/unit/test.h"

#include <ringdown/channel.h>

#include "tests/sim/sip_exchange.h"

static struct sip_phone far, callee;

#define HAS(text, part)	  assert_non_null(strstr(text, part))
#define LACKS(text, part) assert_null(strstr(text, part))

static void expect_header(const char *text, const char *name, const char *value)
{
	assert_string_equal(line_header(text, name), value);
}

/* ---- being called ---- */

/* 600 answers; what it says about timers in its 200. */
static const char *answered(const char *more)
{
	static char ok[4096];

	phone_invite(&far, "alice", "600", more, SDP(""));
	run_for(10);
	snprintf(ok, sizeof(ok), "%s", phone_final(&far, "SIP/2.0 200"));
	phone_ack(&far, "");
	run_for(10);
	line_expect_nothing();
	return ok;
}

static void far_hangs_up(void)
{
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
	run_for(10);
}

static void the_caller_asks_and_refreshes(void **state)
{
	const char *ok = answered("Supported: timer\nSession-Expires: 120\n");

	(void)state;
	expect_header(ok, "Session-Expires", "120;refresher=uac");
	expect_header(ok, "Require", "timer");
	run_for(60000);
	phone_request(&far, "UPDATE", "Supported: timer\nx: 120;refresher=uac\n", "");
	ok = line_expect("SIP/2.0 200");
	expect_header(ok, "Session-Expires", "120;refresher=uac");
	run_for(60000);
	phone_request(&far, "INVITE", "Supported: timer\nSession-Expires: 100;refresher=uac\n",
		      SDP(""));
	ok = line_expect("SIP/2.0 200");
	expect_header(ok, "Session-Expires", "100;refresher=uac");
	phone_ack(&far, "");
	run_for(60000);
	line_expect_nothing();
	far_hangs_up();
}

static void without_a_refresh_the_call_ends_a_little_early(void **state)
{
	(void)state;
	answered("Supported: timer\nSession-Expires: 120\n");
	run_for(87000);
	line_expect_nothing();
	run_for(1200);
	phone_expect_request(&far, "BYE ");
	HAS(far.request, "Reason: Q.850;cause=102");
	phone_answer(&far, "200 OK", "", "");
	run_for(10);
	assert_int_equal(rd_channel_count(), 0);
}

/* A third early, where half a minute would be more (RFC 4028 §10). */
static void a_short_session_ends_a_third_early(void **state)
{
	(void)state;
	answered("Supported: timer\nSession-Expires: 90\n");
	run_for(59500);
	line_expect_nothing();
	run_for(1000);
	phone_expect_request(&far, "BYE ");
	phone_answer(&far, "200 OK", "", "");
	run_for(10);
}

static void the_caller_leaves_the_refreshing_to_us(void **state)
{
	const char *ok = answered("Supported: timer\nAllow: INVITE, UPDATE\n"
				  "Session-Expires: 120;refresher=uas\nMin-SE: 100\n");

	(void)state;
	expect_header(ok, "Session-Expires", "120;refresher=uas");
	run_for(59000);
	line_expect_nothing();
	run_for(1200);
	phone_expect_request(&far, "UPDATE ");
	expect_header(far.request, "Session-Expires", "120;refresher=uac");
	expect_header(far.request, "Min-SE", "100");
	HAS(line_header(far.request, "Supported"), "timer");
	LACKS(far.request, "m=audio");
	phone_answer(&far, "200 OK", "Require: timer\nSession-Expires: 120;refresher=uac\n", "");
	/* From there on it counts anew. */
	run_for(59000);
	line_expect_nothing();
	run_for(1200);
	phone_expect_request(&far, "UPDATE ");
	phone_answer(&far, "200 OK", "Require: timer\nSession-Expires: 300;refresher=uas\n", "");
	/* Now it is for them. */
	run_for(160000);
	line_expect_nothing();
	far_hangs_up();
}

static void who_knows_no_timers_is_refreshed(void **state)
{
	const char *ok = answered("Session-Expires: 120\n"); /* a proxy put it there */
	char origin[128];

	(void)state;
	expect_header(ok, "Session-Expires", "120;refresher=uas");
	LACKS(ok, "Require:");
	snprintf(origin, sizeof(origin), "%s", line_part(ok, "\no=", "\n"));
	run_for(60200);
	/* It says nothing new, and says that (§7.4). */
	phone_expect_request(&far, "INVITE ");
	assert_string_equal(line_part(far.request, "\no=", "\n"), origin);
	phone_answer(&far, "200 OK", "", SDP(""));
	line_expect("ACK ");
	/* Its 200 says nothing of timers: they are off. */
	run_for(150000);
	line_expect_nothing();
	far_hangs_up();
}

static void a_refresh_that_fails_is_tried_again_and_then_the_call_ends(void **state)
{
	(void)state;
	answered("Supported: timer\nAllow: UPDATE\nSession-Expires: 120;refresher=uas\n");
	run_for(60200);
	phone_expect_request(&far, "UPDATE ");
	phone_answer(&far, "403 Forbidden", "", "");
	run_for(30000);
	phone_expect_request(&far, "UPDATE ");
	phone_answer(&far, "403 Forbidden", "", "");
	run_for(28000);
	line_expect_nothing();
	run_for(2000);
	line_expect("BYE ");
}

static void a_refresh_in_a_lost_dialog_ends_the_call_at_once(void **state)
{
	(void)state;
	answered("Supported: timer\nAllow: UPDATE\nSession-Expires: 120;refresher=uas\n");
	run_for(60200);
	phone_expect_request(&far, "UPDATE ");
	phone_answer(&far, "481 Call/Transaction Does Not Exist", "", "");
	line_expect("BYE ");
}

static void a_refresh_without_an_answer_ends_the_call(void **state)
{
	(void)state;
	answered("Supported: timer\nAllow: UPDATE\nSession-Expires: 120;refresher=uas\n");
	run_for(60200);
	run_for(33000);
	while (strncmp(line_expect(""), "UPDATE ", 7) == 0)
		;
	run_for(10);
	assert_int_equal(rd_channel_count(), 0);
}

static void sessions_that_are_too_short(void **state)
{
	const char *text;

	(void)state;
	phone_invite(&far, "alice", "600", "Supported: timer\nSession-Expires: 60\n", SDP(""));
	text = line_expect("SIP/2.0 422");
	expect_header(text, "Min-SE", "90");
	phone_ack(&far, "");
	phone_invite(&far, "alice", "600", "Supported: timer\nSession-Expires: soon\n", SDP(""));
	line_expect("SIP/2.0 400");
	/* Who would not understand a 422 gets no timer. */
	text = answered("Session-Expires: 60\n");
	LACKS(text, "Session-Expires");
	phone_request(&far, "UPDATE", "Supported: timer\nSession-Expires: 60\n", "");
	expect_header(line_expect("SIP/2.0 422"), "Min-SE", "90");
	phone_request(&far, "INVITE", "Supported: timer\nSession-Expires: 60\n", SDP(""));
	expect_header(line_expect("SIP/2.0 422"), "Min-SE", "90");
	phone_ack(&far, "");
	far_hangs_up();
}

static void we_ask_for_a_timer_of_those_who_call(void **state)
{
	const char *ok;

	(void)state;
	phone_source = "127.0.0.12";
	ok = answered("Supported: timer\nAllow: UPDATE\n");
	expect_header(ok, "Session-Expires", "1800;refresher=uas");
	expect_header(ok, "Require", "timer");
	run_for(900200);
	phone_expect_request(&far, "UPDATE ");
	phone_answer(&far, "200 OK", "", "");
	/* That they do not care changes nothing for us. */
	run_for(900200);
	phone_expect_request(&far, "UPDATE ");
	phone_answer(&far, "200 OK", "", "");
	far_hangs_up();
	/* Not more often than they allow. */
	ok = answered("Supported: timer\nMin-SE: 3000\n");
	expect_header(ok, "Session-Expires", "3000;refresher=uas");
	far_hangs_up();
	phone_source = "127.0.0.9";
}

static void a_phone_without_timers(void **state)
{
	const char *ok;

	(void)state;
	phone_source = "127.0.0.11";
	phone_invite(&far, "alice", "600", "Require: timer\nSession-Expires: 120\n", SDP(""));
	expect_header(line_expect("SIP/2.0 420"), "Unsupported", "timer");
	ok = answered("Supported: timer\nSession-Expires: 60\n");
	LACKS(ok, "Session-Expires");
	LACKS(line_header(ok, "Supported"), "timer");
	far_hangs_up();
	phone_source = "127.0.0.9";
}

/* ---- calling ---- */

static void connect_to(const char *number, const char *more)
{
	phone_invite(&far, "alice", number, "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_called(&callee);
	phone_answer(&callee, "200 OK", more, SDP(""));
	line_expect("ACK ");
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	run_for(10);
	line_expect_nothing();
}

static void hang_up(void)
{
	far_hangs_up();
	phone_expect_request(&callee, "BYE ");
	phone_answer(&callee, "200 OK", "", "");
	run_for(10);
}

static void we_ask_for_nothing_but_do_as_asked(void **state)
{
	(void)state;
	connect_to("700", "Require: timer\nSession-Expires: 120;refresher=uac\nAllow: UPDATE\n");
	HAS(line_header(callee.request, "Supported"), "timer");
	LACKS(callee.request, "Session-Expires");
	run_for(60200);
	phone_expect_request(&callee, "UPDATE ");
	expect_header(callee.request, "Session-Expires", "120;refresher=uac");
	phone_answer(&callee, "200 OK", "Require: timer\nSession-Expires: 120;refresher=uac\n",
		     "");
	hang_up();
}

static void the_callee_refreshes_or_not(void **state)
{
	(void)state;
	connect_to("706", "Require: timer\nSession-Expires: 120;refresher=uas\n");
	expect_header(callee.request, "Session-Expires", "1800");
	expect_header(callee.request, "Min-SE", "90");
	run_for(60000);
	phone_request(&callee, "UPDATE", "Supported: timer\nSession-Expires: 120;refresher=uac\n",
		      "");
	expect_header(line_expect("SIP/2.0 200"), "Session-Expires", "120;refresher=uac");
	run_for(87000);
	line_expect_nothing();
	run_for(1200);
	phone_expect_request(&callee, "BYE ");
	phone_answer(&callee, "200 OK", "", "");
	run_for(10);
	line_expect("BYE ");
}

static void a_callee_without_timers_is_refreshed(void **state)
{
	(void)state;
	connect_to("706", "");
	run_for(900200);
	phone_expect_request(&callee, "INVITE ");
	expect_header(callee.request, "Session-Expires", "1800;refresher=uac");
	phone_answer(&callee, "200 OK", "", SDP(""));
	line_expect("ACK ");
	hang_up();
}

static void a_callee_who_wants_longer_sessions(void **state)
{
	(void)state;
	phone_invite(&far, "alice", "706", "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_called(&callee);
	phone_answer(&callee, "422 Session Interval Too Small", "Min-SE: 3600\n", "");
	line_expect("ACK ");
	phone_expect_request(&callee, "INVITE ");
	expect_header(callee.request, "Session-Expires", "3600");
	expect_header(callee.request, "Min-SE", "3600");
	expect_header(callee.request, "CSeq", "2 INVITE");
	LACKS(line_header(callee.request, "To"), "tag=");
	phone_answer(&callee, "200 OK", "Require: timer\nAllow: UPDATE\n"
					"Session-Expires: 3600;refresher=uac\n", SDP(""));
	HAS(line_expect("ACK "), "CSeq: 2 ACK");
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	/* The same in a refresh. */
	run_for(1800200);
	phone_expect_request(&callee, "UPDATE ");
	phone_answer(&callee, "422 Session Interval Too Small", "Min-SE: 4000\n", "");
	phone_expect_request(&callee, "UPDATE ");
	expect_header(callee.request, "Session-Expires", "4000;refresher=uac");
	phone_answer(&callee, "200 OK", "Require: timer\nSession-Expires: 4000;refresher=uac\n",
		     "");
	hang_up();
}

static void a_callee_who_is_never_content(void **state)
{
	(void)state;
	phone_invite(&far, "alice", "706", "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_called(&callee);
	phone_answer(&callee, "422 Session Interval Too Small", "Min-SE: 1800\n", "");
	line_expect("ACK ");
	run_for(10);
	assert_int_equal(rd_channel_count(), 0);
	assert_int_equal(seen.dial_cause, RD_CAUSE_INTERWORKING);
}

static void a_callee_that_rings_asks_for_too_short_a_session(void **state)
{
	char invite[4096];

	(void)state;
	phone_invite(&far, "alice", "700", "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	snprintf(invite, sizeof(invite), "%s", phone_called(&callee));
	phone_answer_invite(&callee, invite, "183 Session Progress",
			    "Require: 100rel\nRSeq: 1\n", SDP(""));
	run_for(10);
	phone_expect_request(&callee, "PRACK ");
	phone_answer(&callee, "200 OK", "", "");
	phone_expect(&far, "SIP/2.0 183");
	phone_request(&callee, "UPDATE", "Supported: timer\nSession-Expires: 60\n",
		      SDP("a=inactive\n"));
	expect_header(line_expect("SIP/2.0 422"), "Min-SE", "90");
	phone_request(&callee, "UPDATE", "Supported: timer\nSession-Expires: 90\n",
		      SDP("a=inactive\n"));
	expect_header(line_expect("SIP/2.0 200"), "Session-Expires", "90;refresher=uac");
	phone_answer_invite(&callee, invite, "480 Temporarily Unavailable", "", "");
	run_for(100);
	line_clear();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, exchange_open, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_caller_asks_and_refreshes),
		TEST(without_a_refresh_the_call_ends_a_little_early),
		TEST(a_short_session_ends_a_third_early),
		TEST(the_caller_leaves_the_refreshing_to_us),
		TEST(who_knows_no_timers_is_refreshed),
		TEST(a_refresh_that_fails_is_tried_again_and_then_the_call_ends),
		TEST(a_refresh_in_a_lost_dialog_ends_the_call_at_once),
		TEST(a_refresh_without_an_answer_ends_the_call),
		TEST(sessions_that_are_too_short),
		TEST(we_ask_for_a_timer_of_those_who_call),
		TEST(a_phone_without_timers),
		TEST(we_ask_for_nothing_but_do_as_asked),
		TEST(the_callee_refreshes_or_not),
		TEST(a_callee_without_timers_is_refreshed),
		TEST(a_callee_who_wants_longer_sessions),
		TEST(a_callee_who_is_never_content),
		TEST(a_callee_that_rings_asks_for_too_short_a_session),
	};

	return RUN_GROUP(tests);
}
