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

/* ---- how high it need sound ---- */

#define WIDE HEAD "m=audio 5000 RTP/AVP 96\na=rtpmap:96 opus/48000/2\n"

static void have_wide_phones(const char *more)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "[gate]\ntype = phone\nmatch = 127.0.0.9\ncontext = office\n"
		 "allow = opus,ulaw\n%s"
		 "[peer]\ntype = peer\nhost = 127.0.0.2:5060\nallow = opus,ulaw\n", more);
	if (office_reload(text))
		fail_msg("%s", office_report());
}

static bool says(const char *text, const char *parameters)
{
	return text && strstr(text, parameters);
}

static void callee_takes_wide(const char *callee_answers)
{
	phone_called(&callee);
	assert_true(says(callee.request, "top=48000"));
	phone_answer(&callee, "200 OK", "", callee_answers);
	line_expect("ACK ");
	run_for(10);
}

static void wide_calls(const char *number, const char *callee_answers)
{
	phone_invite(&caller, "alice", number, "", WIDE);
	run_for(10);
	line_expect("SIP/2.0 100");
	callee_takes_wide(callee_answers);
}

static void an_answer_asks_for_no_more_than_is_heard(void **state)
{
	(void)state;
	have_wide_phones("");
	wide_calls("700", AUDIO("0"));
	assert_true(says(phone_final(&caller, "SIP/2.0 200"), "top=8000"));
	phone_ack(&caller, "");
	run_for(5000);
	line_expect_nothing();
	hang_up();
}

static void who_hears_all_is_asked_for_all(void **state)
{
	(void)state;
	have_wide_phones("");
	wide_calls("700", WIDE);
	assert_true(says(phone_final(&caller, "SIP/2.0 200"), "top=48000"));
	phone_ack(&caller, "");
	run_for(50);
	assert_string_equal(way(), "relay");
	line_expect_nothing();
	hang_up();
}

static void an_offer_asks_for_no_more_than_the_caller_hears(void **state)
{
	(void)state;
	have_wide_phones("");
	phone_invite(&caller, "alice", "700", "", AUDIO("0"));
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_called(&callee);
	assert_true(says(callee.request, "top=8000"));
	phone_answer(&callee, "200 OK", "", WIDE);
	line_expect("ACK ");
	run_for(10);
	assert_true(phone_final(&caller, "SIP/2.0 200"));
	phone_ack(&caller, "");
	run_for(5000);
	line_expect_nothing();
	hang_up();
}

/* When the first has hung up, the caller goes on with another. */
static void dial_twice(struct rd_channel *ch, const char *exten)
{
	answer_and_dial(ch, exten);
	if (!rd_channel_gone(ch))
		answer_and_dial(ch, exten);
}

/* The caller was told in the answer to the first call, which it dialled unanswered. */
static void dial_and_then_answer(struct rd_channel *ch, const char *exten)
{
	const struct rd_dial_options options = { .timeout_ms = 20000 };
	struct rd_dial_result result;
	struct rd_channel *winner = NULL;

	if (rd_dial(ch, "SIP/42@peer", &options, &winner, &result) || rd_answer(ch))
		return;
	rd_bridge_run(ch, winner, NULL);
	rd_channel_let_go(winner, RD_CAUSE_NORMAL);
	answer_and_dial(ch, exten);
}

static void first_leaves_for(const char *callee_answers)
{
	assert_true(says(phone_final(&caller, "SIP/2.0 200"), "top=8000"));
	phone_ack(&caller, "");
	run_for(50);
	phone_request(&callee, "BYE", "", "");
	phone_expect(&callee, "SIP/2.0 200");
	run_for(10);
	callee_takes_wide(callee_answers);
}

static void who_talks_to_one_who_hears_all_is_asked_for_all_again(void **state)
{
	(void)state;
	have_wide_phones("");
	seen.service = dial_and_then_answer;
	wide_calls("621", AUDIO("0"));
	first_leaves_for(WIDE);
	phone_expect_request(&caller, "INVITE ");
	assert_true(says(caller.request, "top=48000"));
	phone_answer(&caller, "200 OK", "", WIDE);
	line_expect("ACK ");
	run_for(5000);
	assert_string_equal(way(), "relay");
	line_expect_nothing();
	hang_up();
}

/* 622 is the first in a room, which whoever leaves a call enters. */
static struct rd_bridge *room;

static void enter(struct rd_channel *ch, const char *exten)
{
	const struct rd_dial_options options = { .timeout_ms = 20000 };
	struct rd_dial_result result;
	struct rd_channel *winner = NULL;

	if (strcmp(exten, "622") != 0 &&
	    rd_dial(ch, "SIP/42@peer", &options, &winner, &result) == 0 && rd_answer(ch) == 0) {
		rd_bridge_run(ch, winner, NULL);
		rd_channel_let_go(winner, RD_CAUSE_NORMAL);
	}
	if (rd_answer(ch) == 0)
		rd_bridge_join(room, ch, NULL);
}

static void who_enters_a_room_is_asked_for_all_again(void **state)
{
	const struct rd_bridge_setup setup = { .name = "room" };
	struct sip_phone first;

	(void)state;
	have_wide_phones("");
	assert_int_equal(rd_bridge_new(&room, &setup), 0);
	seen.service = enter;
	phone_invite(&first, "bob", "622", "", AUDIO("0"));
	run_for(10);
	phone_final(&first, "SIP/2.0 200");
	phone_ack(&first, "");
	wide_calls("621", AUDIO("0"));
	assert_true(says(phone_final(&caller, "SIP/2.0 200"), "top=8000"));
	phone_ack(&caller, "");
	run_for(50);
	phone_request(&callee, "BYE", "", "");
	phone_expect(&callee, "SIP/2.0 200");
	run_for(10);
	phone_expect_request(&caller, "INVITE ");
	assert_true(says(caller.request, "top=48000"));
	phone_answer(&caller, "200 OK", "", WIDE);
	line_expect("ACK ");
	run_for(5000);
	line_expect_nothing();
	rd_bridge_close(room);
	run_for(10);
	line_clear();
}

static void another_who_hears_as_little_changes_nothing(void **state)
{
	(void)state;
	have_wide_phones("");
	seen.service = dial_and_then_answer;
	wide_calls("621", AUDIO("0"));
	first_leaves_for(AUDIO("0"));
	run_for(5000);
	line_expect_nothing();
	hang_up();
}

static void nobody_is_asked_again_to_send_less(void **state)
{
	(void)state;
	have_wide_phones("");
	seen.service = dial_twice;
	phone_invite(&caller, "alice", "621", "", WIDE);
	run_for(10);
	assert_true(says(phone_final(&caller, "SIP/2.0 200"), "top=48000"));
	phone_ack(&caller, "");
	run_for(10);
	phone_called(&callee);
	phone_answer(&callee, "200 OK", "", AUDIO("0"));
	line_expect("ACK ");
	run_for(5000);
	line_expect_nothing();
	hang_up();
}

static void who_may_not_be_asked_again_is_asked_for_all(void **state)
{
	(void)state;
	have_wide_phones("reoffer = no\n");
	wide_calls("700", AUDIO("0"));
	assert_true(says(phone_final(&caller, "SIP/2.0 200"), "top=48000"));
	phone_ack(&caller, "");
	run_for(50);
	hang_up();
}

/* ---- in two channels ---- */

#define BOTH(what) WIDE "a=fmtp:96 both=" what "\n"

static void two_channels_are_said_to_each_side(void **state)
{
	(void)state;
	have_wide_phones("");
	phone_invite(&caller, "alice", "700", "", BOTH("said"));
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_called(&callee);
	assert_true(says(callee.request, "top=48000;both=said"));
	phone_answer(&callee, "200 OK", "", BOTH("heard"));
	line_expect("ACK ");
	run_for(10);
	assert_true(says(phone_final(&caller, "SIP/2.0 200"), "top=48000;both=heard"));
	phone_ack(&caller, "");
	run_for(5000);
	assert_string_equal(way(), "relay");
	line_expect_nothing();
	hang_up();
}

/* Answered by us it sends one channel: nobody heard more. */
static void called_by_one_answered_in_one_channel(const char *says_of_itself)
{
	have_wide_phones("");
	seen.service = answer_and_dial;
	phone_invite(&caller, "alice", "621", "", BOTH("all"));
	run_for(10);
	assert_false(says(phone_final(&caller, "SIP/2.0 200"), "both="));
	phone_ack(&caller, "");
	run_for(10);
	phone_called(&callee);
	assert_true(says(callee.request, "both=all"));
	phone_answer(&callee, "200 OK", "", says_of_itself);
	line_expect("ACK ");
	run_for(10);
}

static void who_was_answered_in_one_channel_is_asked_for_two(void **state)
{
	(void)state;
	called_by_one_answered_in_one_channel(BOTH("heard"));
	phone_expect_request(&caller, "INVITE ");
	assert_true(says(caller.request, "both=heard"));
	phone_answer(&caller, "200 OK", "", BOTH("all"));
	line_expect("ACK ");
	run_for(5000);
	line_expect_nothing();
	hang_up();
}

static void who_talks_to_one_channel_is_not_asked_for_two(void **state)
{
	(void)state;
	called_by_one_answered_in_one_channel(WIDE);
	run_for(5000);
	line_expect_nothing();
	hang_up();
}

/* ---- how long packets may be ---- */

static void connect_with_lengths(const char *caller_says, const char *callee_says,
				 const char *callee_is_told, const char *caller_is_told)
{
	char text[512];

	snprintf(text, sizeof(text), "%s%s", AUDIO("0"), caller_says);
	phone_invite(&caller, "alice", "700", "", text);
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_called(&callee);
	assert_true(says(callee.request, callee_is_told));
	snprintf(text, sizeof(text), "%s%s", AUDIO("0"), callee_says);
	phone_answer(&callee, "200 OK", "", text);
	line_expect("ACK ");
	run_for(10);
	assert_true(says(phone_final(&caller, "SIP/2.0 200"), caller_is_told));
	phone_ack(&caller, "");
	run_for(5000);
	line_expect_nothing();
	hang_up();
}

static void each_side_is_told_how_long_packets_of_the_other_may_be(void **state)
{
	(void)state;
	connect_with_lengths("a=ptime:60\n", "a=ptime:20\na=maxptime:20\n",
			     "a=ptime:60\na=maxptime:120\n",
			     "a=ptime:20\na=maxptime:20\n");
	connect_with_lengths("a=maxptime:10\n", "a=ptime:40\n",
			     "a=ptime:10\na=maxptime:10\n",
			     "a=ptime:40\na=maxptime:120\n");
	/* What makes no sense is passed over. */
	connect_with_lengths("a=ptime:5\na=maxptime:1\n", "a=maxptime:500\n",
			     "a=ptime:20\na=maxptime:120\n",
			     "a=ptime:20\na=maxptime:120\n");
}

static void what_is_set_for_a_phone_counts_more_than_what_the_other_likes(void **state)
{
	(void)state;
	have_wide_phones("ptime = 40\n");
	connect_with_lengths("", "a=ptime:20\n", "a=ptime:20\n", "a=ptime:40\n");
	connect_with_lengths("", "a=maxptime:30\n", "a=ptime:20\n",
			     "a=ptime:30\na=maxptime:30\n");
}

static void who_sends_longer_packets_than_are_taken_is_asked_again(void **state)
{
	(void)state;
	seen.service = answer_and_dial;
	phone_invite(&caller, "alice", "620", "", AUDIO("0") "a=ptime:60\n");
	run_for(10);
	assert_true(says(phone_final(&caller, "SIP/2.0 200"), "a=maxptime:120\n"));
	phone_ack(&caller, "");
	run_for(10);
	phone_called(&callee);
	phone_answer(&callee, "200 OK", "", AUDIO("0") "a=maxptime:30\n");
	line_expect("ACK ");
	run_for(10);
	phone_expect_request(&caller, "INVITE ");
	assert_true(says(caller.request, "a=ptime:20\na=maxptime:30\n"));
	phone_answer(&caller, "200 OK", "", AUDIO("0") "a=ptime:60\n");
	line_expect("ACK ");
	run_for(5000);
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
		TEST(an_answer_asks_for_no_more_than_is_heard),
		TEST(who_hears_all_is_asked_for_all),
		TEST(an_offer_asks_for_no_more_than_the_caller_hears),
		TEST(who_talks_to_one_who_hears_all_is_asked_for_all_again),
		TEST(who_enters_a_room_is_asked_for_all_again),
		TEST(another_who_hears_as_little_changes_nothing),
		TEST(nobody_is_asked_again_to_send_less),
		TEST(who_may_not_be_asked_again_is_asked_for_all),
		TEST(two_channels_are_said_to_each_side),
		TEST(who_was_answered_in_one_channel_is_asked_for_two),
		TEST(who_talks_to_one_channel_is_not_asked_for_two),
		TEST(each_side_is_told_how_long_packets_of_the_other_may_be),
		TEST(what_is_set_for_a_phone_counts_more_than_what_the_other_likes),
		TEST(who_sends_longer_packets_than_are_taken_is_asked_again),
	};

	return RUN_GROUP(tests);
}
