/* What Dial(SIP/...) names: phones and peers of sip.conf, or a host; and what it says at once
 * of names that are neither. */
#include "tests/unit/test.h"

#include <ringdown/cause.h>
#include <ringdown/tech.h>

#include "core/sched/sched.h"
#include "tests/sim/sip_exchange.h"

static struct sip_phone far;

static void dial(const char *resource)
{
	seen.dials = resource;
	seen.dial_status = RD_DIAL_ANSWER;
	phone_invite(&far, "alice", "707", "", SDP(""));
	rd__sched_run_for(10);
	line_expect("SIP/2.0 100");
}

static void expect_unknown(const char *resource)
{
	dial(resource);
	phone_final(&far, "SIP/2.0 480");
	phone_ack_refusal(&far);
	assert_int_equal(seen.dial_status, RD_DIAL_CHANUNAVAIL);
	assert_int_equal(seen.dial_cause, RD_CAUSE_SUBSCRIBER_ABSENT);
}

/* No name server is asked for it. */
static void a_word_that_is_no_section_is_no_host(void **state)
{
	(void)state;
	expect_unknown("SIP/1009");
	expect_unknown("SIP/nobody/1");
}

static void expect_call(const char *resource, const char *request)
{
	struct sip_phone callee = { 0 };

	dial(resource);
	assert_int_equal(strncmp(phone_called(&callee), request, strlen(request)), 0);
	phone_request(&far, "CANCEL", "", "");
	line_expect("SIP/2.0 200");
	line_expect("SIP/2.0 487");
	phone_ack_refusal(&far);
	rd__sched_run_for(70000);
	line_clear();
}

static void sections_and_hosts_are_called(void **state)
{
	(void)state;
	expect_call("SIP/peer", "INVITE sip:127.0.0.2:5060");
	expect_call("SIP/42@peer", "INVITE sip:42@127.0.0.2:5060 ");
	expect_call("SIP/peer/42", "INVITE sip:42@127.0.0.2:5060 ");
	expect_call("SIP/127.0.0.3", "INVITE sip:127.0.0.3 ");
	expect_call("SIP/bob@127.0.0.3:5070", "INVITE sip:bob@127.0.0.3:5070 ");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, exchange_open, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_word_that_is_no_section_is_no_host),
		TEST(sections_and_hosts_are_called),
	};

	return RUN_GROUP(tests);
}
