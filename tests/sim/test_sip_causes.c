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

	phone_invite(&far, "alice", "700", "", SDP(""));
	rd__sched_run_for(10);
	line_expect("SIP/2.0 100");
	phone_called(&callee);
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, exchange_open, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_reason_may_be_a_status_of_sip),
	};

	return RUN_GROUP(tests);
}
