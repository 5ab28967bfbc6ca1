/* Why calls end, from one leg to the other: statuses, causes and Reason (RFC 3326, RFC 3398
 * §8.2.6.1). */
#include "tests/unit/test.h"

#include <ringdown/cause.h>
#include <ringdown/channel.h>

#include "core/sched/sched.h"
#include "tests/sim/sip_exchange.h"

static struct sip_phone far, callee;

/* The peer refuses; what the caller is told. */
static const char *refused(const char *status, const char *reason, const char *answer)
{
	const char *text;

	phones_dial(&far, &callee);
	phone_answer(&callee, status, reason, "");
	line_expect("ACK ");
	rd__sched_run_for(10);
	text = phone_final(&far, answer);
	phone_ack_refusal(&far);
	rd__sched_run_for(10);
	return text;
}

static void a_reason_may_be_a_status_of_sip(void **state)
{
	const char *text;

	(void)state;
	text = refused("500 Oops", "Reason: SIP;cause=486;text=\"Busy\"\n", "SIP/2.0 486");
	assert_int_equal(seen.dial_cause, RD_CAUSE_BUSY);
	assert_non_null(strstr(text, "\nReason: Q.850;cause=17;"));
	refused("500 Oops", "Reason: SIP;cause=410\n", "SIP/2.0 410");
	assert_int_equal(seen.dial_cause, RD_CAUSE_NUMBER_CHANGED);
	/* What the telephone network said is more exact. */
	refused("500 Oops", "Reason: SIP;cause=486, Q.850;cause=28\n", "SIP/2.0 484");
	assert_int_equal(seen.dial_cause, RD_CAUSE_INVALID_NUMBER_FORMAT);
}

/* What means something to the caller comes to him as it was said; what our own request
 * was refused for does not. */
static void what_was_said_is_passed_on(void **state)
{
	static const char *const rows[][2] = {
		{ "482 Loop Detected", "SIP/2.0 482" },
		{ "483 Too Many Hops", "SIP/2.0 483" },
		{ "600 Busy Everywhere", "SIP/2.0 600" },
		{ "603 Decline", "SIP/2.0 603" },
		{ "604 Does Not Exist Anywhere", "SIP/2.0 604" },
		{ "607 Unwanted", "SIP/2.0 607" },
		{ "608 Rejected", "SIP/2.0 608" },
		{ "403 Forbidden", "SIP/2.0 403" },
		{ "413 Request Entity Too Large", "SIP/2.0 500" },
		{ "416 Unsupported URI Scheme", "SIP/2.0 500" },
		{ "420 Bad Extension", "SIP/2.0 500" },
	};

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(rows); i++)
		refused(rows[i][0], "", rows[i][1]);
	/* Another cause than the status means is what counts. */
	refused("603 Decline", "Reason: Q.850;cause=17\n", "SIP/2.0 603");
}

static int hangup_cause;

static void hang_up(struct rd_channel *ch, const char *exten)
{
	(void)exten;
	rd_hangup(ch, hangup_cause);
}

static void the_dialplan_says_why_it_hangs_up(void **state)
{
	static const struct {
		int cause;
		const char *answer;
	} rows[] = {
		{ RD_CAUSE_REJECTED, "SIP/2.0 403" },
		{ RD_CAUSE_NORMAL, "SIP/2.0 603" },
		{ RD_CAUSE_EXCHANGE_ROUTING_ERROR, "SIP/2.0 483" },
		{ RD_CAUSE_NOT_SUBSCRIBED, "SIP/2.0 403" },
		{ RD_CAUSE_BUSY, "SIP/2.0 486" },
	};

	(void)state;
	seen.service = hang_up;
	for (size_t i = 0; i < RD_ARRAY_SIZE(rows); i++) {
		hangup_cause = rows[i].cause;
		phone_invite(&far, "alice", "720", "", SDP(""));
		rd__sched_run_for(10);
		phone_final(&far, rows[i].answer);
		phone_ack_refusal(&far);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, exchange_open, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_reason_may_be_a_status_of_sip),
		TEST(what_was_said_is_passed_on),
		TEST(the_dialplan_says_why_it_hangs_up),
	};

	return RUN_GROUP(tests);
}
