/* 701 dials 1002, who has registered by two devices: both ring, and one wins or none. */
#include "tests/unit/test.h"

#include "tests/sim/sip_exchange.h"

static struct sip_phone far, callee;

static void nobody_at_home_is_480(void **state)
{
	(void)state;
	phone_invite(&far, "alice", "701", "", SDP(""));
	run_for(10);
	phone_final(&far, "SIP/2.0 480");
	assert_int_equal(seen.dial_cause, RD_CAUSE_SUBSCRIBER_ABSENT);
}

static void register_1002(const char *contact, unsigned n)
{
	const char *challenge = NULL;

	for (int i = 0; i < 2; i++) {
		line_feed("REGISTER sip:127.0.0.1 SIP/2.0\n"
			  "Via: SIP/2.0/UDP 127.0.0.2:5060;branch=z9hG4bKreg%u-%d\n"
			  "From: <sip:1002@127.0.0.1>;tag=r\nTo: <sip:1002@127.0.0.1>\n"
			  "Call-ID: reg%u\nCSeq: %d REGISTER\nContact: <%s>\n%s\n",
			  n, i, n, i + 1, contact,
			  i ? office_credentials(challenge, "REGISTER", "1002", "two", "MD5")
			    : "");
		challenge = line_expect(i ? "SIP/2.0 200" : "SIP/2.0 401");
	}
}

static void both_are_called(struct sip_phone *other)
{
	register_1002("sip:desk@127.0.0.2:5060", 1);
	register_1002("sip:soft@127.0.0.2:5070", 2);
	phone_invite(&far, "alice", "701", "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_called(&callee);
	phone_called(other);
}

static void two_devices_ring_and_one_wins(void **state)
{
	struct sip_phone other;
	char invite[4096];

	(void)state;
	both_are_called(&other);
	strcpy(invite, other.request);
	assert_string_not_equal(line_header(callee.request, "Call-ID"),
				line_header(other.request, "Call-ID"));
	phone_answer(&other, "180 Ringing", "", "");
	phone_answer(&callee, "180 Ringing", "", "");
	run_for(10);
	line_clear();
	phone_answer(&callee, "200 OK", "", SDP(""));
	phone_expect_request(&other, "CANCEL ");
	assert_non_null(strstr(other.request, "cause=26"));
	phone_answer(&other, "200 OK", "", "");
	line_expect("ACK ");
	phone_answer_invite(&other, invite, "487 Request Terminated", "", "");
	line_expect("ACK ");
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	run_for(10);
	phones_hang_up(&far, &callee);
}

static void one_busy_device_does_not_end_the_other(void **state)
{
	struct sip_phone other;

	(void)state;
	both_are_called(&other);
	phone_answer(&other, "486 Busy Here", "", "");
	line_expect("ACK ");
	run_for(10);
	line_expect_nothing();
	phone_answer(&callee, "404 Not Found", "", "");
	line_expect("ACK ");
	run_for(10);
	assert_int_equal(seen.dial_cause, RD_CAUSE_BUSY);
	phone_final(&far, "SIP/2.0 486");
}

/* Whichever of them speaks first. */
static void busy_says_more_than_not_found(void **state)
{
	struct sip_phone other;

	(void)state;
	both_are_called(&other);
	phone_answer(&other, "404 Not Found", "", "");
	line_expect("ACK ");
	phone_answer(&callee, "486 Busy Here", "", "");
	line_expect("ACK ");
	run_for(10);
	phone_final(&far, "SIP/2.0 486");
}

/* That nobody listens at one of them is our own guess at a status. */
static void what_one_says_counts_before_the_silence_of_the_other(void **state)
{
	char where[SIP_SOCKADDR_TEXT];
	struct sip_phone other;

	(void)state;
	both_are_called(&other);
	rd_strcpy(where, sizeof(where), line_peer());
	phone_answer(&callee, "180 Ringing", "", "");
	run_for(10);
	phone_expect(&far, "SIP/2.0 180");
	line_unreached(where, other.request);
	run_for(10);
	line_expect_nothing();
	phone_answer(&callee, "500 Server Internal Error", "", "");
	line_expect("ACK ");
	run_for(10);
	phone_final(&far, "SIP/2.0 500");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, exchange_open, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nobody_at_home_is_480),
		TEST(two_devices_ring_and_one_wins),
		TEST(one_busy_device_does_not_end_the_other),
		TEST(busy_says_more_than_not_found),
		TEST(what_one_says_counts_before_the_silence_of_the_other),
	};

	return RUN_GROUP(tests);
}
