/* Texts for a phone that is away: for longer than they are kept, or where nobody hears it. */
#include "tests/unit/test.h"

#include "channels/sip/pager/kept.h"
#include "channels/sip/pager/pager.h"
#include "core/sched/sched.h"
#include "tests/sim/sip_phone.h"
#include "tests/sim/sip_store.h"

#define HOUR_MS 3600000

static const char conf[] = "[gate]\ntype = phone\nmatch = 127.0.0.2\ncontext = office\n"
			   "[1001]\ntype = phone\nmatch = 127.0.0.12\ncontext = office\n"
			   "max_kept_texts = 2\nkeep_texts = 5m\n";

static struct sip_phone device;

static int open_texts(void *arg)
{
	(void)arg;
	return sip_texts_open();
}

static int setup(void **state)
{
	(void)state;
	office_open(conf);
	store_open();
	assert_int_equal(store_call(open_texts, NULL), 0);
	return 0;
}

/* The driver goes before its store does. */
static int teardown(void **state)
{
	(void)state;
	sip_deliveries_stop();
	sip_texts_close();
	store_close();
	office_close();
	store_forget();
	return 0;
}

static void writes(const char *id)
{
	line_feed("MESSAGE sip:1001@127.0.0.1 SIP/2.0\n"
		  "Via: SIP/2.0/UDP 127.0.0.2:5060;branch=z9hG4bK%s\n"
		  "From: <sip:gate@127.0.0.2>;tag=%s\nTo: <sip:1001@127.0.0.1>\n"
		  "Call-ID: %s\nCSeq: 1 MESSAGE\nContent-Type: text/plain\n\nhello %s\n",
		  id, id, id, id);
	rd__sched_run_for(400);
}

static void is_written(const char *id, const char *answer)
{
	writes(id);
	line_expect(answer);
}

static void what_is_thrown_away_leaves_room_for_others(void **state)
{
	(void)state;
	is_written("one", "SIP/2.0 202");
	is_written("two", "SIP/2.0 202");
	is_written("three", "SIP/2.0 480");
	rd__sched_run_for(HOUR_MS);
	is_written("four", "SIP/2.0 202");
	is_written("five", "SIP/2.0 202");
	is_written("six", "SIP/2.0 480");
}

static void registers_again(unsigned port, unsigned cseq)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "REGISTER sip:127.0.0.1 SIP/2.0\n"
		 "Via: SIP/2.0/UDP 127.0.0.12:%u;branch=z9hG4bKr%u-%u;rport\nMax-Forwards: 70\n"
		 "From: <sip:1001@127.0.0.1>;tag=r\nTo: <sip:1001@127.0.0.1>\n"
		 "Call-ID: r%u\nCSeq: %u REGISTER\nContact: <sip:1001@127.0.0.12:%u>\n\n",
		 port, port, cseq, port, cseq, port);
	line_feed_from("127.0.0.12", (uint16_t)port, text);
	line_expect("SIP/2.0 200");
}

static void registers(unsigned port)
{
	registers_again(port, 1);
}

static bool is_sent_to(const char *peer)
{
	const char *text;

	while ((text = line_take()))
		if (strncmp(text, "MESSAGE ", 8) == 0 && strcmp(line_peer(), peer) == 0)
			return true;
	return false;
}

static void who_comes_while_another_place_is_tried_is_sent_it(void **state)
{
	(void)state;
	is_written("one", "SIP/2.0 202");
	registers(5061);
	rd__sched_run_for(10000);
	assert_true(is_sent_to("127.0.0.12:5061"));
	line_clear();
	registers(5062);
	rd__sched_run_for(20000);
	assert_false(is_sent_to("127.0.0.12:5062"));
	rd__sched_run_for(5000);
	assert_true(is_sent_to("127.0.0.12:5062"));
	line_clear();
}

/* Takes the text that it is sent, and answers so. */
static void answers(const char *status)
{
	phone_expect_request(&device, "MESSAGE ");
	line_answer_from("127.0.0.12:5061");
	phone_answer(&device, status, "", "");
	line_answer_from(NULL);
	rd__sched_run_for(100);
}

/* Told once is enough of a 403; of the others it is sent again when it is asked for. */
static void is_kept_after(const char *status, bool kept)
{
	is_written("one", "SIP/2.0 202");
	registers_again(5061, 1);
	rd__sched_run_for(1000);
	answers(status);
	line_clear();
	registers_again(5061, 2);
	rd__sched_run_for(1000);
	assert_true(is_sent_to("127.0.0.12:5061") == kept);
	line_clear();
}

static void who_is_busy_is_sent_it_again(void **state)
{
	(void)state;
	is_kept_after("486 Busy Here", true);
}

static void who_is_sent_too_much_is_sent_it_again(void **state)
{
	(void)state;
	is_kept_after("429 Too Many", true);
}

static void who_refuses_is_not_sent_it_again(void **state)
{
	(void)state;
	is_kept_after("403 Forbidden", false);
}

static void who_wants_none_anywhere_is_not_sent_it_again(void **state)
{
	(void)state;
	is_kept_after("603 Decline", false);
}

static void who_knows_no_texts_is_not_sent_it_again(void **state)
{
	(void)state;
	is_kept_after("501 Not Implemented", false);
}

static void who_knows_another_version_is_not_sent_it_again(void **state)
{
	(void)state;
	is_kept_after("505 Version Not Supported", false);
}

static void who_finds_it_too_long_is_not_sent_it_again(void **state)
{
	(void)state;
	is_kept_after("513 Message Too Large", false);
}

static void who_has_a_fault_is_sent_it_again(void **state)
{
	(void)state;
	is_kept_after("500 Server Internal Error", true);
}

static void who_is_not_there_is_sent_it_again(void **state)
{
	(void)state;
	is_kept_after("480 Temporarily Unavailable", true);
}

static void is_sent(const char *id, const char *status)
{
	phone_expect_request(&device, "MESSAGE ");
	assert_non_null(strstr(device.request, id));
	while (!line_is_empty() && strstr(line_peek(), device.call_id))
		line_take(); /* it was sent again meanwhile */
	line_answer_from("127.0.0.12:5061");
	phone_answer(&device, status, "", "");
	line_answer_from(NULL);
	rd__sched_run_for(100);
}

static void who_was_busy_is_sent_it_again_after_a_minute(void **state)
{
	(void)state;
	is_written("one", "SIP/2.0 202");
	registers(5061);
	rd__sched_run_for(1000);
	is_sent("one", "486 Busy Here");
	rd__sched_run_for(58000);
	line_expect_nothing();
	rd__sched_run_for(2000);
	is_sent("one", "486 Busy Here");
	rd__sched_run_for(61000);
	is_sent("one", "200 OK");
	rd__sched_run_for(61000);
	line_expect_nothing();
}

/* In their order, and none of them twice. */
static void who_was_busy_is_sent_all_when_the_next_is_written(void **state)
{
	(void)state;
	is_written("one", "SIP/2.0 202");
	registers(5061);
	rd__sched_run_for(1000);
	is_sent("one", "486 Busy Here");
	is_written("two", "SIP/2.0 202");
	is_sent("one", "200 OK");
	is_sent("two", "200 OK");
	rd__sched_run_for(120000);
	line_expect_nothing();
}

/* It is here, and said 480 to the first that it was sent. */
static void who_did_not_take_the_first_gets_it_later(void **state)
{
	(void)state;
	registers(5061);
	writes("one");
	is_sent("one", "480 Temporarily Unavailable");
	line_expect("SIP/2.0 202");
	rd__sched_run_for(58000);
	line_expect_nothing();
	rd__sched_run_for(3000);
	is_sent("one", "200 OK");
	rd__sched_run_for(120000);
	line_expect_nothing();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_thrown_away_leaves_room_for_others),
		TEST(who_comes_while_another_place_is_tried_is_sent_it),
		TEST(who_is_busy_is_sent_it_again),
		TEST(who_is_sent_too_much_is_sent_it_again),
		TEST(who_refuses_is_not_sent_it_again),
		TEST(who_wants_none_anywhere_is_not_sent_it_again),
		TEST(who_knows_no_texts_is_not_sent_it_again),
		TEST(who_knows_another_version_is_not_sent_it_again),
		TEST(who_finds_it_too_long_is_not_sent_it_again),
		TEST(who_has_a_fault_is_sent_it_again),
		TEST(who_is_not_there_is_sent_it_again),
		TEST(who_was_busy_is_sent_it_again_after_a_minute),
		TEST(who_was_busy_is_sent_all_when_the_next_is_written),
		TEST(who_did_not_take_the_first_gets_it_later),
	};

	return RUN_GROUP(tests);
}
