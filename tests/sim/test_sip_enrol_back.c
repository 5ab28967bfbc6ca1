/* A registrar that was away for a moment and may have forgotten us: whatever shows that it was,
 * we are registered anew soon, and not only when our time is over. */
#include "tests/unit/test.h"

#include <ringdown/clock.h>

#include "tests/sim/sip_exchange.h"
#include "tests/sim/sip_provider.h"

#define CONF(more)                                                                                 \
	"[global]\nuser_agent = Test\n"                                                            \
	"[gate]\ntype = phone\nmatch = 127.0.0.9\ncontext = office\n"                              \
	"[peer]\ntype = peer\nhost = 127.0.0.2:5060\nusername = me\nsecret = x\n"                  \
	"context = office\nregister = yes\n" more

#define WATCHED "qualify = 30s\nqualify_failures = 2\nqualify_answers = 2\nqualify_retry = 2s\n"

static struct sip_phone far, callee;
static bool is_away; /* it answers no OPTIONS */

static int open_office(void **state)
{
	int rc = exchange_open(state);

	is_away = false;
	provider_reload(CONF(""));
	provider_expect("3600");
	provider_answer("200 OK", "");
	return rc;
}

static int open_connected(void **state)
{
	int rc = exchange_open(state);

	line_connect(1);
	provider_reload(CONF(""));
	provider_expect("3600");
	provider_answer("200 OK", "");
	return rc;
}

static int close_office(void **state)
{
	provider_reload("[gate]\ntype = phone\nmatch = 127.0.0.9\n");
	run_for(40000); /* nobody answers our farewell */
	line_clear();
	line_connect(0);
	return exchange_close(state);
}

static void answer_options(const char *text)
{
	struct sip_phone phone = { 0 };

	if (is_away || strncmp(text, "OPTIONS ", 8) != 0)
		return;
	snprintf(phone.request, sizeof(phone.request), "%s", text);
	phone_answer(&phone, "200 OK", "", "");
}

/* A REGISTER comes within that time, and is kept; when. -1: none does. */
static int until_register(int most_ms)
{
	for (int ms = 0; ms <= most_ms; ms += 10) {
		const char *text;

		while ((text = line_take())) {
			if (strncmp(text, "REGISTER ", 9) == 0) {
				provider_keep(text);
				return ms;
			}
			answer_options(text);
		}
		run_for(10);
	}
	return -1;
}

static void expect_register_after(int least_ms, int most_ms)
{
	int ms = until_register(most_ms);

	if (ms < least_ms)
		fail_msg("after %d ms", ms);
	provider_answer("200 OK", "");
}

static void expect_none_for(int ms)
{
	assert_int_equal(until_register(ms), -1);
}

static void when_its_connection_is_lost_it_is_asked_at_once(void **state)
{
	(void)state;
	run_for(60000);
	line_connect(2);
	expect_register_after(0, 20);
}

/* It may be its habit to close what is idle. */
static void but_not_more_often_than_twice_a_minute(void **state)
{
	(void)state;
	run_for(10000);
	line_connect(2);
	expect_register_after(19000, 20100);
	line_connect(3);
	expect_register_after(29000, 30100);
}

/* A REGISTER fails, and would be sent again after half a minute at least. */
static void when_it_answers_options_again_it_is_asked(void **state)
{
	(void)state;
	provider_reload(CONF(WATCHED));
	expect_none_for(40000);
	is_away = true;
	assert_in_range(until_register(40000), 0, 40000);
	run_for(33000);
	line_clear();
	is_away = false;
	expect_register_after(0, 3000);
}

/* It came up later than we did. */
static void when_it_answers_options_for_the_first_time_it_is_asked(void **state)
{
	const char *text = NULL;

	(void)state;
	/* At any time of these the first OPTIONS comes; the next REGISTER after 30 s at least. */
	provider_reload(CONF("qualify = 5s\n"));
	/* OPTIONS, if any went, is sent once more when it has come up. */
	for (int ms = 0; ms < 1000 && (!text || strncmp(text, "REGISTER ", 9) != 0); ms += 10) {
		text = line_take();
		if (!text)
			run_for(10);
	}
	assert_non_null(text);
	line_unreached("127.0.0.2:5060", text);
	expect_register_after(1, 10000);
}

static void whoever_says_when_is_not_asked_before(void **state)
{
	(void)state;
	provider_reload(CONF(WATCHED));
	expect_none_for(40000);
	is_away = true;
	assert_in_range(until_register(40000), 0, 40000);
	provider_answer("503 Service Unavailable", "Retry-After: 100\n");
	is_away = false;
	expect_none_for(90000);
}

static void it_is_called_and_nobody_listens(void)
{
	line_clear();
	phone_invite(&far, "alice", "700", "", SDP(""));
	line_expect("SIP/2.0 100");
	run_for(10);
	phone_called(&callee);
	line_unreached("127.0.0.2:5060", callee.request);
}

static void when_nobody_listens_there_it_is_asked(void **state)
{
	(void)state;
	run_for(60000);
	it_is_called_and_nobody_listens();
	expect_register_after(0, 20);
}

/* Until the next REGISTER, which finds nobody. */
static void another_finds_nobody(void)
{
	while (strncmp(line_peek(), "REGISTER ", 9) != 0) {
		if (*line_peek())
			answer_options(line_take());
		else
			run_for(10);
	}
	line_unreached("127.0.0.2:5060", line_take());
}

/* A call has shown that it was away, and no question did: it was back before the next one. Its
 * registrar may be gone for all that. */
static void when_it_was_away_between_two_questions_it_is_asked_after_the_next(void **state)
{
	(void)state;
	provider_reload(CONF("qualify = 5s\n"));
	expect_none_for(60000);
	it_is_called_and_nobody_listens();
	another_finds_nobody();
	assert_in_range(until_register(6000), 1, 6000);
	provider_answer("200 OK", "");
	expect_none_for(40000);
	it_is_called_and_nobody_listens();
	another_finds_nobody();
	another_finds_nobody();
	expect_none_for(25000);
}

/* alice calls 700, which dials SIP/42@peer. */
static void a_call_is_refused(const char *status)
{
	line_clear();
	phone_invite(&far, "alice", "700", "", SDP(""));
	line_expect("SIP/2.0 100");
	run_for(10);
	phone_called(&callee);
	phone_answer(&callee, status, "", "");
	run_for(10);
	phone_ack_refusal(&far);
}

static void when_it_forbids_a_call_it_is_asked(void **state)
{
	(void)state;
	run_for(60000);
	a_call_is_refused("486 Busy Here");
	a_call_is_refused("404 Not Found");
	expect_none_for(1000);
	a_call_is_refused("403 Forbidden");
	expect_register_after(0, 20);
	a_call_is_refused("403 Forbidden");
	expect_register_after(29000, 30100);
}

#define ALONE(name)     cmocka_unit_test_setup_teardown(name, exchange_open, close_office)
#define TEST(name)      cmocka_unit_test_setup_teardown(name, open_office, close_office)
#define CONNECTED(name) cmocka_unit_test_setup_teardown(name, open_connected, close_office)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONNECTED(when_its_connection_is_lost_it_is_asked_at_once),
		CONNECTED(but_not_more_often_than_twice_a_minute),
		TEST(when_it_answers_options_again_it_is_asked),
		ALONE(when_it_answers_options_for_the_first_time_it_is_asked),
		TEST(whoever_says_when_is_not_asked_before),
		TEST(when_nobody_listens_there_it_is_asked),
		TEST(when_it_was_away_between_two_questions_it_is_asked_after_the_next),
		TEST(when_it_forbids_a_call_it_is_asked),
	};

	return RUN_GROUP(tests);
}
