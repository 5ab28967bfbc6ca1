/* What travels with a call: the identifiers of its ends (RFC 7989), INFO and its
 * packages (RFC 6086), and the wish that a phone answers by itself (RFC 5373). */
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

static const char *dial(const char *number, const char *more)
{
	phone_invite(&far, "alice", number, more, SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	return phone_called(&callee);
}

static void refused(void)
{
	phone_answer(&callee, "486 Busy Here", "", "");
	line_expect("ACK ");
	run_for(10);
	phone_final(&far, "SIP/2.0 486");
	phone_ack_refusal(&far);
}

static const char *answered(const char *more)
{
	static char ok[4096];

	phone_answer(&callee, "200 OK", more, SDP(""));
	run_for(10);
	line_expect("ACK ");
	snprintf(ok, sizeof(ok), "%s", phone_final(&far, "SIP/2.0 200"));
	phone_ack(&far, "");
	run_for(10);
	return ok;
}

static void hang_up(void)
{
	phones_hang_up(&far, &callee);
}

/* ---- identifiers of both ends ---- */

#define ALICE "ab30317f1a784dc48ff824d0d3715d86"
#define BOB   "47755a9de7794ba387653f2099600ef2"
#define NIL   "00000000000000000000000000000000"

static void both_ends_are_called_the_same_on_both_legs(void **state)
{
	const char *text;

	(void)state;
	/* RFC 7989 §10.1 with us in the middle. */
	text = dial("700", "Session-ID: " ALICE ";remote=" NIL "\n");
	expect_header(text, "Session-ID", ALICE ";remote=" NIL);
	phone_answer(&callee, "180 Ringing", "Session-ID: " BOB ";remote=" ALICE "\n", "");
	run_for(10);
	expect_header(phone_expect(&far, "SIP/2.0 180"), "Session-ID", BOB ";remote=" ALICE);
	phone_answer(&callee, "200 OK", "Session-ID: " BOB ";remote=" ALICE "\n", SDP(""));
	run_for(10);
	expect_header(line_expect("ACK "), "Session-ID", ALICE ";remote=" BOB);
	expect_header(phone_final(&far, "SIP/2.0 200"), "Session-ID", BOB ";remote=" ALICE);
	phone_ack(&far, "");
	run_for(10);
	phone_request(&far, "BYE", "Session-ID: " ALICE ";remote=" BOB "\n", "");
	expect_header(line_expect("SIP/2.0 200"), "Session-ID", BOB ";remote=" ALICE);
	run_for(10);
	expect_header(phone_expect_request(&callee, "BYE "), "Session-ID",
		      ALICE ";remote=" BOB);
	phone_answer(&callee, "200 OK", "", "");
}

static void who_refuses_at_once_is_called_by_its_name(void **state)
{
	(void)state;
	dial("700", "Session-ID: " ALICE ";remote=" NIL "\n");
	phone_answer(&callee, "486 Busy Here", "Session-ID: " BOB ";remote=" ALICE "\n", "");
	line_expect("ACK ");
	run_for(10);
	expect_header(phone_final(&far, "SIP/2.0 486"), "Session-ID", BOB ";remote=" ALICE);
	phone_ack_refusal(&far);
}

static void who_has_no_name_is_given_one(void **state)
{
	char alice[33], bob[33];
	const char *text;

	(void)state;
	text = dial("700", "");
	snprintf(alice, sizeof(alice), "%s", line_header(text, "Session-ID"));
	assert_int_equal(strspn(alice, "0123456789abcdef"), 32);
	assert_string_not_equal(alice, NIL);
	text = answered("");
	snprintf(bob, sizeof(bob), "%s", line_header(text, "Session-ID"));
	assert_int_equal(strspn(bob, "0123456789abcdef"), 32);
	assert_string_equal(line_part(line_header(text, "Session-ID"), ";remote=", ";"), alice);
	hang_up();
}

#define CAROL "0123456789abcdef0123456789abcdef"

static void who_calls_us_by_a_name_is_answered_by_it(void **state)
{
	(void)state;
	dial("700", "Session-ID: " ALICE ";remote=" CAROL "\n");
	expect_header(answered("Session-ID: " BOB ";remote=" ALICE "\n"), "Session-ID",
		      CAROL ";remote=" ALICE);
	hang_up();
}

static void who_is_silent_about_its_name_keeps_it(void **state)
{
	(void)state;
	dial("700", "Session-ID: " ALICE ";remote=" NIL "\n");
	answered("Session-ID: " BOB ";remote=" ALICE "\n");
	phone_request(&callee, "INFO", "Session-ID: " NIL ";remote=" ALICE "\n"
		      "Content-Type: application/dtmf\n", "5");
	phone_expect(&callee, "SIP/2.0 200");
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
	run_for(10);
	expect_header(phone_expect_request(&callee, "BYE "), "Session-ID",
		      ALICE ";remote=" BOB);
	phone_answer(&callee, "200 OK", "", "");
}

/* RFC 7989: whatever comes back of a session bears its name, once. */
static void names_us(const char *text, char us[33])
{
	const char *id = line_header(text, "Session-ID");

	if (*us)
		assert_int_equal(strncmp(id, us, 32), 0);
	snprintf(us, 33, "%s", id);
	assert_int_equal(strspn(us, "0123456789abcdef"), 32);
	assert_string_not_equal(us, NIL);
	assert_int_equal(us[12], '5'); /* RFC 4122: made out of a name */
	assert_non_null(strchr("89ab", us[16]));
	assert_memory_not_equal(us + 1, us + 17, 11);
	assert_string_equal(id + 32, ";remote=" ALICE);
	assert_null(strstr(strstr(text, "\nSession-ID") + 1, "\nSession-ID"));
}

static void an_answer_of_no_dialog_bears_the_name(void **state)
{
	static const char name[] = "Session-ID: " ALICE ";remote=" NIL "\n";
	char first[33] = "", second[33] = "", third[33] = "";

	(void)state;
	phone_invite(&far, "alice", "999", name, SDP(""));
	names_us(line_expect("SIP/2.0 404"), first);
	phone_ack_refusal(&far);
	phone_invite(&far, "alice", "602", name, SDP(""));
	run_for(10);
	names_us(phone_expect(&far, "SIP/2.0 100"), second);
	names_us(phone_expect(&far, "SIP/2.0 180"), second);
	phone_request(&far, "CANCEL", name, "");
	names_us(line_expect("SIP/2.0 200"), second);
	names_us(line_expect("SIP/2.0 487"), second);
	phone_ack_refusal(&far);
	assert_string_not_equal(first, second);
	phone_request(&far, "OPTIONS", name, "");
	names_us(line_expect("SIP/2.0 "), third);
}

#define SHORT "0123456789abcdef0123456789abcde"

static void a_name_that_is_none_is_ignored(void **state)
{
	static const char *const none[] = { SHORT, SHORT "g" };

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(none); i++) {
		char more[80];

		snprintf(more, sizeof(more), "Session-ID: %s\n", none[i]);
		LACKS(dial("700", more), SHORT);
		refused();
	}
	LACKS(dial("700", "Session-ID: x" ALICE "\n"), ALICE);
	phone_answer(&callee, "180 Ringing", "Session-ID: \"\n", "");
	run_for(10);
	phone_expect(&far, "SIP/2.0 180");
	/* CANCEL says the same as its INVITE. */
	phone_request(&far, "CANCEL", "", "");
	line_expect("SIP/2.0 200");
	line_expect("SIP/2.0 487");
	run_for(10);
	assert_true(*line_header(line_expect("CANCEL "), "Session-ID"));
	phone_answer(&callee, "487 Request Terminated", "", "");
	line_expect("ACK ");
}

/* ---- INFO packages ---- */

#define KEY "Signal=7\nDuration=160\n"
#define RELAY "Content-Type: application/dtmf-relay\n"

static void packages_that_we_take_are_named(void **state)
{
	const char *text;

	(void)state;
	expect_header(dial("700", ""), "Recv-Info", "infoDtmf, trickle-ice");
	expect_header(answered(""), "Recv-Info", "infoDtmf, trickle-ice");
	phone_request(&far, "INFO", "Info-Package: foo\nContent-Type: text/plain\n", "x");
	text = line_expect("SIP/2.0 469");
	expect_header(text, "Recv-Info", "infoDtmf, trickle-ice");
	hang_up();
}

static void keys_as_a_package(void **state)
{
	(void)state;
	phone_invite(&far, "alice", "600", "Recv-Info: infoDtmf\n", SDP(""));
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	phone_request(&far, "INFO", "Info-Package: infoDtmf;x=y\n" RELAY, KEY);
	line_expect("SIP/2.0 200");
	run_for(10);
	assert_int_equal(seen.last_digit, '7');
	phone_request(&far, "INFO", "Info-Package: infoDtmf\nContent-Type: text/plain\n", "7");
	line_expect("SIP/2.0 415");
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
}

static void keys_go_out_as_the_far_end_takes_them(void **state)
{
	const char *text;

	(void)state;
	dial("700", "");
	answered("Recv-Info: infoDtmf, other\n");
	phone_request(&far, "INFO", RELAY, KEY);
	line_expect("SIP/2.0 200");
	run_for(10);
	text = phone_expect_request(&callee, "INFO ");
	expect_header(text, "Info-Package", "infoDtmf");
	expect_header(text, "Content-Disposition", "Info-Package");
	HAS(text, "Signal=7");
	phone_answer(&callee, "200 OK", "", "");
	run_for(500);
	hang_up();
	dial("700", "");
	answered("");
	phone_request(&far, "INFO", RELAY, KEY);
	line_expect("SIP/2.0 200");
	run_for(10);
	LACKS(phone_expect_request(&callee, "INFO "), "Info-Package");
	phone_answer(&callee, "200 OK", "", "");
	run_for(500);
	hang_up();
}

static void a_package_before_the_answer(void **state)
{
	(void)state;
	dial("700", "");
	phone_answer(&callee, "180 Ringing", "", "");
	run_for(10);
	phone_expect(&far, "SIP/2.0 180");
	callee.cseq = 0;
	phone_request(&callee, "INFO", "Info-Package: foo\n", "");
	line_expect("SIP/2.0 469");
	phone_request(&callee, "INFO", RELAY, KEY);
	line_expect("SIP/2.0 200");
	phone_request(&far, "CANCEL", "", "");
	line_expect("SIP/2.0 200");
	line_expect("SIP/2.0 487");
	run_for(10);
	line_expect("CANCEL ");
}

/* ---- automatic answers ---- */

static void nobody_asks(const char *text)
{
	LACKS(text, "Answer-Mode");
	LACKS(text, "Call-Info");
	LACKS(text, "Alert-Info");
}

static struct sip_endpoint *peer(void)
{
	return sip_settings_find(sip.settings, RD_STR("peer"));
}

static void the_dialplan_asks_for_an_automatic_answer(void **state)
{
	const char *text;

	(void)state;
	nobody_asks(dial("700", ""));
	refused();
	rd_var_set(NULL, "SIP_AUTO_ANSWER", "yes");
	text = dial("700", "");
	expect_header(text, "Answer-Mode", "Auto");
	expect_header(text, "Call-Info", "<sip:127.0.0.1>;answer-after=0");
	expect_header(text, "Alert-Info", "<http://127.0.0.1>;info=alert-autoanswer;delay=0");
	refused();
	text = dial("703", "");
	HAS(text, "\nCall-Info: ");
	LACKS(text, "Alert-Info");
	LACKS(text, "Answer-Mode");
	refused();
	text = dial("704", "");
	HAS(text, "\nAlert-Info: ");
	LACKS(text, "Call-Info");
	refused();
	nobody_asks(dial("705", ""));
	refused();
	peer()->auto_answer = SIP_AUTO_FORM_RING_ANSWER;
	text = dial("700", "");
	expect_header(text, "Alert-Info", "Ring Answer");
	LACKS(text, "Answer-Mode");
	refused();
	peer()->auto_answer = SIP_AUTO_FORM_AUTO_ANSWER;
	expect_header(dial("700", ""), "Alert-Info", "Auto Answer");
	refused();
	rd_var_set(NULL, "SIP_AUTO_ANSWER", "require");
	text = dial("706", "");
	expect_header(text, "Answer-Mode", "Auto;require");
	expect_header(text, "Require", "answermode");
	LACKS(text, "Call-Info");
	refused();
	rd_var_set(NULL, "SIP_AUTO_ANSWER", "privileged");
	text = dial("706", "");
	expect_header(text, "Priv-Answer-Mode", "Auto");
	refused();
	rd_var_set(NULL, "SIP_AUTO_ANSWER", NULL);
}

static void a_phone_asks_for_an_automatic_answer(void **state)
{
	static const char *const forms[] = {
		"Answer-Mode: Auto\n",
		"Call-Info: <sip:x@y>;answer-after=0\n",
		"Call-Info: <sip:x@y>;purpose=icon, <sip:z>;answer-after=2\n",
		"Alert-Info: <http://x>;info=alert-autoanswer\n",
		"Alert-Info: <http://x>;delay=0;info=\"alert-autoanswer\"\n",
		"Alert-Info: info=alert-autoanswer\n",
		"Alert-Info: ;info=alert-autoanswer\n",
		"Alert-Info: info = alert-autoanswer\n",
		"Alert-Info: <http://x>;info=RingAnswer\n",
		"Alert-Info: Auto Answer\n",
		"Alert-Info: <http://x>;info=Auto Answer\n",
		"Alert-Info: Ring Answer\n",
		"Alert-Info: Ring;Answer\n",
		"Alert-Info: ring-answer\n",
		"Alert-Info: Answer-After=0\n",
		"Alert-Info: Intercom\n",
		"Alert-Info: <http://x>;info=loud\nAlert-Info: auto-answer\n",
		"Call-Info: answer-after=0\n",
		"Call-Info: <sip:x@y>;info=alert-autoanswer;delay=0\n",
		"P-Auto-Answer: normal\n",
	};

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(forms); i++) {
		/* One that may, and one that may not. */
		phone_source = "127.0.0.12";
		expect_header(dial("700", forms[i]), "Answer-Mode", "Auto");
		refused();
		phone_source = "127.0.0.9";
		nobody_asks(dial("700", forms[i]));
		refused();
	}
	phone_source = "127.0.0.12";
	nobody_asks(dial("700", "Alert-Info: <http://x>;info=loud\n"));
	refused();
	nobody_asks(dial("700", "Alert-Info: <http://auto-answer>;info=intercom-2\n"));
	refused();
	expect_header(dial("700", "Priv-Answer-Mode: Auto\n"), "Priv-Answer-Mode", "Auto");
	refused();
	expect_header(dial("700", "Require: answermode\nAnswer-Mode: Auto;require\n"),
		      "Answer-Mode", "Auto;require");
	refused();
	phone_source = "127.0.0.9";
	phone_invite(&far, "alice", "700", "Answer-Mode: Auto;require\n", SDP(""));
	line_expect("SIP/2.0 403");
	phone_invite(&far, "alice", "700", "Priv-Answer-Mode: Auto;require\n", SDP(""));
	line_expect("SIP/2.0 403");
}

/* RFC 5373 §4.5.1: whoever may not ask for it may forbid it. */
static void a_phone_asks_for_somebody_who_takes_the_call(void **state)
{
	const char *text;

	(void)state;
	text = dial("700", "Answer-Mode: Manual\nCall-Info: <sip:x@y>;answer-after=0\n");
	expect_header(text, "Answer-Mode", "Manual");
	LACKS(text, "Call-Info");
	LACKS(text, "Alert-Info");
	refused();
	text = dial("700", "Priv-Answer-Mode: Manual;require\n");
	expect_header(text, "Answer-Mode", "Manual;require");
	expect_header(text, "Require", "answermode");
	refused();
	nobody_asks(dial("703", "Answer-Mode: Manual\n"));
	refused();
	/* What forbids counts where one that may ask for it says both. */
	phone_source = "127.0.0.12";
	text = dial("700", "Priv-Answer-Mode: Manual\nAnswer-Mode: Auto\n");
	expect_header(text, "Answer-Mode", "Manual");
	refused();
	phone_source = "127.0.0.9";
	/* An application is nobody, a phone that answers is somebody. */
	phone_invite(&far, "alice", "600", "Answer-Mode: Manual;require\n", SDP(""));
	run_for(10);
	phone_final(&far, "SIP/2.0 403");
	phone_ack_refusal(&far);
	phone_invite(&far, "alice", "600", "Answer-Mode: Manual\n", SDP(""));
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
	dial("700", "Answer-Mode: Manual;require\n");
	answered("");
	hang_up();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, exchange_open, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(both_ends_are_called_the_same_on_both_legs),
		TEST(who_refuses_at_once_is_called_by_its_name),
		TEST(who_has_no_name_is_given_one),
		TEST(a_name_that_is_none_is_ignored),
		TEST(who_calls_us_by_a_name_is_answered_by_it),
		TEST(who_is_silent_about_its_name_keeps_it),
		TEST(an_answer_of_no_dialog_bears_the_name),
		TEST(packages_that_we_take_are_named),
		TEST(keys_as_a_package),
		TEST(keys_go_out_as_the_far_end_takes_them),
		TEST(a_package_before_the_answer),
		TEST(the_dialplan_asks_for_an_automatic_answer),
		TEST(a_phone_asks_for_an_automatic_answer),
		TEST(a_phone_asks_for_somebody_who_takes_the_call),
	};

	return RUN_GROUP(tests);
}
