/* Calls whose sound is encrypted with keys from the descriptions: what is
 * offered, answered, refused, renewed. [sealed] has media_encryption=sdes by any
 * transport, [careful] by TLS only. */
#include "tests/unit/test.h"

#include <ringdown/channel.h>

#include "channels/sip/call/call.h"
#include "tests/sim/sip_exchange.h"

#define KEY_A "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
#define KEY_B "YUJDZGVmZ2hpSktMbW9QUXJzVHVWd3l6MTIzNDU2"
#define SECURE(key)                                                       \
	"v=0\no=- 1 1 IN IP4 127.0.0.2\ns=-\nc=IN IP4 127.0.0.2\nt=0 0\n" \
	"m=audio 5000 RTP/SAVP 0\na=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:" key "\n"

static struct sip_phone far, callee;

static int open_exchange(void **state)
{
	phone_source = "127.0.0.14";
	return exchange_open(state);
}

/* What our description's key line says behind "inline:". */
static void read_key(const char *message, char key[64])
{
	const char *at = strstr(message, "a=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:");

	assert_non_null(at);
	snprintf(key, 64, "%.40s", strstr(at, "inline:") + 7);
}

static void hang_up(struct sip_phone *phone)
{
	phone_request(phone, "BYE", "", "");
	phone_expect(phone, "SIP/2.0 200");
	run_for(10);
}

static void a_secure_phone_calls_and_changes_its_key(void **state)
{
	char first[64], second[64], third[64];
	const char *ok;

	(void)state;
	phone_invite(&far, "alice", "600", "", SECURE(KEY_A));
	run_for(20);
	ok = phone_final(&far, "SIP/2.0 200");
	assert_non_null(strstr(ok, " RTP/SAVP 0"));
	read_key(ok, first);
	phone_ack(&far, "");
	run_for(10);
	phone_request(&far, "INVITE", "", SECURE(KEY_A) "a=sendonly\n");
	read_key(phone_final(&far, "SIP/2.0 200"), second);
	assert_string_equal(first, second);
	phone_ack(&far, "");
	run_for(10);
	phone_request(&far, "INVITE", "", SECURE(KEY_B));
	read_key(phone_final(&far, "SIP/2.0 200"), third);
	assert_string_not_equal(first, third);
	phone_ack(&far, "");
	run_for(10);
	/* In the middle of it, clear is not good enough, and all stays. */
	phone_request(&far, "INVITE", "", SDP(""));
	assert_non_null(strstr(phone_final(&far, "SIP/2.0 488"),
			       "Warning: 399 ringdown \"How sound is encrypted"));
	phone_ack_refusal(&far);
	run_for(10);
	assert_int_equal(rd_stream_config(sip_call_of(rd_channel_next(NULL))->stream)->security.by,
			 RD_SECURITY_SDES);
	hang_up(&far);
}

static void in_clear_it_is_refused_with_the_reason(void **state)
{
	const char *refused;

	(void)state;
	phone_invite(&far, "alice", "600", "", SDP(""));
	refused = line_expect("SIP/2.0 488");
	assert_non_null(strstr(refused, "Warning: 399 ringdown \"How sound is encrypted"));
	assert_int_equal(rd_channel_count(), 0);
}

static void keys_are_not_taken_from_a_wire_that_everybody_reads(void **state)
{
	(void)state;
	phone_source = "127.0.0.15";
	phone_invite(&far, "alice", "600", "", SECURE(KEY_A));
	assert_non_null(strstr(line_expect("SIP/2.0 488"), "Warning: 399"));
	phone_source = "127.0.0.14";
}

/* Nor sent there: it is not even called. */
static void keys_are_not_sent_on_a_wire_that_everybody_reads(void **state)
{
	(void)state;
	seen.dials = "SIP/42@careful";
	phone_invite(&far, "alice", "707", "", SECURE(KEY_A));
	run_for(10);
	line_expect("SIP/2.0 100");
	line_expect("SIP/2.0 ");
	phone_ack_refusal(&far);
	run_for(10);
	line_expect_nothing();
	assert_int_not_equal(seen.dial_status, RD_DIAL_ANSWER);
	assert_int_equal(rd_channel_count(), 0);
}

/* Each leg is as secure as its phone: here only the one that is called. */
static void legs_are_secured_each_by_its_own(void **state)
{
	(void)state;
	phone_source = "127.0.0.9";
	seen.dials = "SIP/42@sealed";
	phone_invite(&far, "alice", "707", "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_called(&callee);
	assert_non_null(strstr(callee.request, " RTP/SAVP 0"));
	assert_non_null(strstr(callee.request, "a=crypto:1 AEAD_AES_256_GCM inline:"));
	assert_non_null(strstr(callee.request, "a=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:"));
	phone_answer(&callee, "200 OK", "", SECURE(KEY_A));
	line_expect("ACK ");
	run_for(10);
	assert_null(strstr(phone_final(&far, "SIP/2.0 200"), "a=crypto"));
	phone_ack(&far, "");
	run_for(10);
	assert_int_equal(seen.dial_status, RD_DIAL_ANSWER);
	hang_up(&far);
	phone_expect_request(&callee, "BYE ");
	phone_answer(&callee, "200 OK", "", "");
	run_for(10);
}

static void an_answer_in_clear_ends_the_call(void **state)
{
	(void)state;
	phone_source = "127.0.0.9";
	seen.dials = "SIP/42@sealed";
	phone_invite(&far, "alice", "707", "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_called(&callee);
	phone_answer(&callee, "200 OK", "", SDP(""));
	line_expect("ACK ");
	phone_expect_request(&callee, "BYE ");
	phone_answer(&callee, "200 OK", "", "");
	run_for(10);
	line_expect("SIP/2.0 ");
	phone_ack_refusal(&far);
	run_for(10);
	assert_int_not_equal(seen.dial_status, RD_DIAL_ANSWER);
	line_clear();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_exchange, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_secure_phone_calls_and_changes_its_key),
		TEST(in_clear_it_is_refused_with_the_reason),
		TEST(keys_are_not_taken_from_a_wire_that_everybody_reads),
		TEST(keys_are_not_sent_on_a_wire_that_everybody_reads),
		TEST(legs_are_secured_each_by_its_own),
		TEST(an_answer_in_clear_ends_the_call),
	};

	return RUN_GROUP(tests);
}
