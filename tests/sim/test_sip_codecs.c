/* Which codec the two sides of a call get, so that nothing need be converted: in the
 * answer that is still to come, or by asking again. */
#include "tests/unit/test.h"

#include <ringdown/bridge.h>
#include <ringdown/channel.h>

#include "tests/sim/sip_exchange.h"

#define HEAD "v=0\no=- 1 1 IN IP4 127.0.0.2\ns=-\nc=IN IP4 127.0.0.2\nt=0 0\n"
#define AUDIO(payloads) HEAD "m=audio 5000 RTP/AVP " payloads "\n"

static struct sip_phone caller, callee;

static const char *way(void)
{
	const struct rd_bridge *bridge = rd_bridge_next(NULL);

	return bridge ? rd_bridge_way(bridge) : "no bridge";
}

/* The codecs of a description, as its line of sound says. */
static bool offers(const char *text, const char *payloads)
{
	const char *line = strstr(text, "m=audio ");

	line = line ? strstr(line, "RTP/AVP ") : NULL;
	return line && strncmp(line + 8, payloads, strlen(payloads)) == 0;
}

static void hang_up(void)
{
	phones_hang_up(&caller, &callee);
}

static void the_answer_says_what_the_other_side_speaks(void **state)
{
	const char *ok;

	(void)state;
	phone_invite(&caller, "alice", "700", "", AUDIO("0 8"));
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_called(&callee);
	/* The caller's order. */
	assert_true(offers(callee.request, "0 8"));
	phone_answer(&callee, "200 OK", "", AUDIO("8"));
	line_expect("ACK ");
	run_for(10);
	ok = phone_final(&caller, "SIP/2.0 200");
	assert_true(offers(ok, "8 0"));
	phone_ack(&caller, "");
	run_for(50);
	assert_string_equal(way(), "relay");
	line_expect_nothing();
	hang_up();
}

/* It has been answered before somebody was called. */
static void answer_and_dial(struct rd_channel *ch, const char *exten)
{
	const struct rd_dial_options options = { .timeout_ms = 20000 };
	struct rd_dial_result result;
	struct rd_channel *winner = NULL;

	(void)exten;
	if (rd_answer(ch))
		return;
	rd_dial(ch, "SIP/42@peer", &options, &winner, &result);
	if (!winner)
		return;
	rd_bridge_run(ch, winner, NULL);
	rd_channel_let_go(winner, RD_CAUSE_NORMAL);
}

static void connect_answered(const char *callee_answers)
{
	const char *ok;

	seen.service = answer_and_dial;
	phone_invite(&caller, "alice", "620", "", AUDIO("0 8"));
	run_for(10);
	ok = phone_final(&caller, "SIP/2.0 200");
	assert_true(offers(ok, "0 8"));
	phone_ack(&caller, "");
	run_for(10);
	phone_called(&callee);
	phone_answer(&callee, "200 OK", "", callee_answers);
	line_expect("ACK ");
	run_for(10);
}

static void who_was_answered_before_is_asked_again(void **state)
{
	(void)state;
	connect_answered(AUDIO("8"));
	phone_expect_request(&caller, "INVITE ");
	assert_true(offers(caller.request, "8 0"));
	assert_string_equal(way(), "transcode");
	phone_answer(&caller, "200 OK", "", AUDIO("8"));
	line_expect("ACK ");
	run_for(50);
	assert_string_equal(way(), "relay");
	hang_up();
}

static void who_does_not_want_to_is_asked_once(void **state)
{
	(void)state;
	connect_answered(AUDIO("8"));
	phone_expect_request(&caller, "INVITE ");
	phone_answer(&caller, "200 OK", "", AUDIO("0"));
	line_expect("ACK ");
	run_for(5000);
	assert_string_equal(way(), "transcode");
	line_expect_nothing();
	hang_up();
}

static void a_refusal_leaves_all_as_it_was(void **state)
{
	(void)state;
	connect_answered(AUDIO("8"));
	phone_expect_request(&caller, "INVITE ");
	phone_answer(&caller, "488 Not Acceptable Here", "", "");
	line_expect("ACK ");
	run_for(5000);
	assert_string_equal(way(), "transcode");
	line_expect_nothing();
	hang_up();
}

/* Some phones switch without a word between all that an answer names. */
static void an_answer_may_name_one_codec_alone(void **state)
{
	const char *ok;

	(void)state;
	assert_int_equal(office_reload("[gate]\ntype = phone\nmatch = 127.0.0.9\n"
				       "context = office\none_codec = yes\n"),
			 0);
	phone_invite(&caller, "alice", "600", "",
		     AUDIO("0 8 101") "a=rtpmap:101 telephone-event/8000\n");
	run_for(10);
	ok = phone_final(&caller, "SIP/2.0 200");
	assert_true(offers(ok, "0 101\n"));
	phone_ack(&caller, "");
	phone_request(&caller, "BYE", "", "");
	phone_expect(&caller, "SIP/2.0 200");
}

static void who_agrees_is_not_asked(void **state)
{
	(void)state;
	connect_answered(AUDIO("0"));
	run_for(5000);
	assert_string_equal(way(), "relay");
	line_expect_nothing();
	hang_up();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, exchange_open, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_answer_says_what_the_other_side_speaks),
		TEST(who_was_answered_before_is_asked_again),
		TEST(who_does_not_want_to_is_asked_once),
		TEST(a_refusal_leaves_all_as_it_was),
		TEST(who_agrees_is_not_asked),
		TEST(an_answer_may_name_one_codec_alone),
	};

	return RUN_GROUP(tests);
}
