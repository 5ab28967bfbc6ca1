/* Passwords in whole calls, we being the client: whatever request is refused with
 * 401 or 407 comes again with credentials, once, and those after it bring them along
 * (RFC 3261 §22, RFC 7616, RFC 8760). */
#include "tests/unit/test.h"

#include "channels/sip/call/indialog.h"
#include "tests/sim/sip_exchange.h"

static struct sip_phone far, callee;

#define PROXY(realm, nonce, more)                                                   \
	"Proxy-Authenticate: Digest realm=\"" realm "\", nonce=\"" nonce "\", "      \
	"qop=\"auth\"" more "\n"

static void refuse(const char *headers)
{
	phone_answer(&callee, "407 Proxy Authentication Required", headers, "");
	line_expect("ACK ");
}

/* The response that "open" demands for the request that came last. */
static const char *right(const char *method, const char *realm, const char *nonce,
			 const char *header)
{
	static char hex[SIP_DIGEST_HEX], line[1024];
	char ha1[SIP_DIGEST_HEX];
	struct sip_digest digest;

	snprintf(line, sizeof(line), "%s", line_header(callee.request, header));
	assert_int_equal(sip_digest_parse(&digest, rd_str_of(line), NULL), 0);
	assert_true(rd_str_eq(digest.nonce, rd_str_of(nonce)));
	sip_digest_ha1(ha1, digest.algorithm, RD_STR("me"), rd_str_of(realm), RD_STR("open"));
	sip_digest_response(hex, &digest, ha1, rd_str_of(method), RD_STR(""));
	assert_true(rd_str_eq(digest.response, rd_str_of(hex)));
	return line_part(line, "nc=", ",");
}

static void an_invite_comes_again_and_the_rest_of_the_call_brings_credentials(void **state)
{
	(void)state;
	phones_dial(&far, &callee);
	refuse(PROXY("p", "n1", ", algorithm=SHA-256"));
	phone_called(&callee);
	assert_string_equal(line_header(callee.request, "CSeq"), "2 INVITE");
	assert_string_equal(right("INVITE", "p", "n1", "Proxy-Authorization"), "00000001");
	phones_connect(&far, &callee);
	/* The ACK has the INVITE's (RFC 3261 §13.2.2.4). */
	assert_string_equal(right("INVITE", "p", "n1", "Proxy-Authorization"), "00000001");
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
	run_for(10);
	phone_expect_request(&callee, "BYE ");
	assert_string_equal(line_header(callee.request, "CSeq"), "3 BYE");
	assert_string_equal(right("BYE", "p", "n1", "Proxy-Authorization"), "00000002");
	phone_answer(&callee, "200 OK", "", "");
}

static void a_wrong_password_is_not_tried_twice(void **state)
{
	(void)state;
	phones_dial(&far, &callee);
	refuse(PROXY("p", "n1", ""));
	phone_called(&callee);
	refuse(PROXY("p", "n2", ""));
	run_for(10);
	phone_final(&far, "SIP/2.0 ");
	phone_ack(&far, "");
	run_for(10);
	line_expect_nothing();
	assert_int_equal(seen.dial_cause, RD_CAUSE_REJECTED);
}

static void a_stale_nonce_is_answered_but_not_for_ever(void **state)
{
	unsigned attempts = 0;

	(void)state;
	phones_dial(&far, &callee);
	refuse(PROXY("p", "n0", ""));
	while (!line_is_empty() && attempts < 20) {
		const char *text = line_take();

		if (strncmp(text, "INVITE ", 7) != 0)
			break;
		attempts++;
		snprintf(callee.request, sizeof(callee.request), "%s", text);
		refuse("Proxy-Authenticate: Digest realm=\"p\", nonce=\"x\", stale=true\n");
	}
	assert_int_equal(attempts, 4);
	run_for(40000);
	line_clear();
}

static void each_realm_gets_its_own(void **state)
{
	(void)state;
	phones_dial(&far, &callee);
	refuse(PROXY("p", "n1", "") PROXY("q", "n2", ", algorithm=SHA-512-256")
	       PROXY("q", "n3", ""));
	phone_called(&callee);
	assert_non_null(strstr(callee.request, "realm=\"p\", nonce=\"n1\""));
	assert_non_null(strstr(callee.request, "realm=\"q\", nonce=\"n2\""));
	assert_null(strstr(callee.request, "nonce=\"n3\""));
	/* Behind them the server asks as well; the proxies' stay. */
	phone_answer(&callee, "401 Unauthorized",
		     "WWW-Authenticate: Digest realm=\"s\", nonce=\"n4\"\n", "");
	line_expect("ACK ");
	phone_called(&callee);
	assert_string_equal(line_header(callee.request, "CSeq"), "3 INVITE");
	assert_non_null(strstr(callee.request, "realm=\"q\", nonce=\"n2\""));
	right("INVITE", "s", "n4", "Authorization");
	phones_connect(&far, &callee);
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
	run_for(10);
	phone_expect_request(&callee, "BYE ");
	phone_answer(&callee, "200 OK", "", "");
}

static void refuse_quietly(const char *headers)
{
	phone_answer(&callee, "401 Unauthorized", headers, "");
}

static struct sip_call *call_to(const char *endpoint)
{
	rd_list_foreach(node, tmp, &sip.calls) {
		struct sip_call *call = rd_list_entry(node, struct sip_call, link);

		if (strcmp(call->endpoint->name, endpoint) == 0)
			return call;
	}
	fail_msg("no call to %s", endpoint);
	return NULL;
}

/* Nobody waits for the answer to this one, and yet it is answered. */
static void a_text_is_challenged_too(void **state)
{
	(void)state;
	phones_dial(&far, &callee);
	phones_connect(&far, &callee);
	assert_int_equal(sip_call_send_text(call_to("peer"), "hello"), 0);
	phone_expect_request(&callee, "MESSAGE ");
	refuse_quietly("WWW-Authenticate: Digest realm=\"t\", nonce=\"n\", qop=\"auth-int\"\n");
	phone_expect_request(&callee, "MESSAGE ");
	assert_non_null(strstr(callee.request, "qop=auth-int"));
	assert_non_null(strstr(callee.request, "Content-Type: text/plain;charset=UTF-8"));
	assert_non_null(strstr(callee.request, "\n\nhello"));
	phone_answer(&callee, "200 OK", "", "");
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
	run_for(10);
	phone_expect_request(&callee, "BYE ");
	refuse_quietly("WWW-Authenticate: Digest realm=\"s\", nonce=\"n\", qop=\"auth-int\"\n");
	phone_expect_request(&callee, "BYE ");
	assert_non_null(strstr(callee.request, "realm=\"s\", nonce=\"n\""));
	assert_non_null(strstr(callee.request, "realm=\"t\", nonce=\"n\""));
	phone_answer(&callee, "200 OK", "", "");
}

static void a_call_that_is_cancelled_meanwhile_is_not_tried_again(void **state)
{
	char invite[4096];

	(void)state;
	phones_dial(&far, &callee);
	strcpy(invite, callee.request);
	phone_answer(&callee, "100 Trying", "", "");
	phone_request(&far, "CANCEL", "", "");
	run_for(10);
	line_clear();
	phone_answer_invite(&callee, invite, "407 Proxy Authentication Required",
			    PROXY("p", "n", ""), "");
	line_expect("ACK ");
	line_expect_nothing();
}

static void the_second_attempt_can_be_cancelled(void **state)
{
	char invite[4096];

	(void)state;
	phones_dial(&far, &callee);
	refuse(PROXY("p", "n", ""));
	phone_called(&callee);
	strcpy(invite, callee.request);
	phone_answer(&callee, "180 Ringing", "", "");
	run_for(10);
	line_clear();
	phone_request(&far, "CANCEL", "", "");
	run_for(10);
	line_expect("SIP/2.0 200");
	line_expect("SIP/2.0 487");
	phone_expect_request(&callee, "CANCEL ");
	assert_string_equal(line_header(callee.request, "CSeq"), "2 CANCEL");
	assert_string_equal(line_header(callee.request, "Via"), line_header(invite, "Via"));
	phone_answer(&callee, "200 OK", "", "");
	phone_answer_invite(&callee, invite, "487 Request Terminated", "", "");
	line_expect("ACK ");
}

/* The 407 comes once more: its ACK again, nothing else. */
static void a_repeated_challenge_is_absorbed(void **state)
{
	char first[4096];

	(void)state;
	phones_dial(&far, &callee);
	strcpy(first, callee.request);
	refuse(PROXY("p", "n", ""));
	phone_called(&callee);
	phone_answer_invite(&callee, first, "407 Proxy Authentication Required",
			    PROXY("p", "n", ""), "");
	line_expect("ACK ");
	line_expect_nothing();
	phone_answer(&callee, "486 Busy Here", "", "");
	line_expect("ACK ");
	run_for(10);
	line_clear();
}

static void a_nonce_for_next_time_is_used(void **state)
{
	(void)state;
	phones_dial(&far, &callee);
	phone_answer(&callee, "401 Unauthorized",
		     "WWW-Authenticate: Digest realm=\"s\", nonce=\"n1\", qop=\"auth\"\n", "");
	line_expect("ACK ");
	phone_called(&callee);
	phone_answer(&callee, "200 OK", "Authentication-Info: nextnonce=\"n2\"\n", SDP(""));
	phone_expect_request(&callee, "ACK ");
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
	run_for(10);
	phone_expect_request(&callee, "BYE ");
	assert_string_equal(right("BYE", "s", "n2", "Authorization"), "00000001");
	phone_answer(&callee, "200 OK", "", "");
}

static void challenged_calls(long allowed)
{
	rd__alloc_fail_after(allowed);
	phone_invite(&far, "alice", "700", "", SDP(""));
	run_for(10);
	for (const char *text; (text = line_take());) {
		bool again = strstr(text, "Proxy-Authorization") != NULL;

		if (strncmp(text, "INVITE ", 7) != 0)
			continue;
		memset(&callee, 0, sizeof(callee));
		strcpy(callee.our_tag, "callee");
		strcpy(callee.request, text);
		phone_answer(&callee, again ? "486 Busy Here" : "407 Who",
			     again ? "" : PROXY("p", "n", ""), "");
		run_for(10);
	}
	rd__alloc_fail_after(-1);
	run_for(70000);
	line_clear();
}

static void memory_may_run_out(void **state)
{
	(void)state;
	for (long n = 0; n < 120; n++)
		challenged_calls(n);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, exchange_open, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_invite_comes_again_and_the_rest_of_the_call_brings_credentials),
		TEST(a_wrong_password_is_not_tried_twice),
		TEST(a_stale_nonce_is_answered_but_not_for_ever),
		TEST(each_realm_gets_its_own),
		TEST(a_text_is_challenged_too),
		TEST(a_call_that_is_cancelled_meanwhile_is_not_tried_again),
		TEST(the_second_attempt_can_be_cancelled),
		TEST(a_repeated_challenge_is_absorbed),
		TEST(a_nonce_for_next_time_is_used),
		TEST(memory_may_run_out),
	};

	return RUN_GROUP(tests);
}
