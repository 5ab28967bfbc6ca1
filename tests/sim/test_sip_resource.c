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

/* ---- sips: (RFC 3261 §26.2.2, RFC 5630) ---- */

static void by_tls(bool tls)
{
	struct sip_transport *line = sip_transports_find(sip.transports, "line");

	line_connect(tls ? 7 : 0);
	line->protocol = tls ? SIP_TLS : SIP_UDP;
	line->secure = tls;
}

static int open_tls(void **state)
{
	int rc = exchange_open(state);

	by_tls(true);
	return rc;
}

static int close_tls(void **state)
{
	rd__sched_run_for(200000);
	by_tls(false);
	return exchange_close(state);
}

static void expect_no_call(const char *resource)
{
	dial(resource);
	phone_final(&far, "SIP/2.0 4");
	phone_ack_refusal(&far);
	rd__sched_run_for(10);
	line_expect_nothing();
	assert_int_equal(seen.dial_status, RD_DIAL_CHANUNAVAIL);
}

static void registers(const char *uri)
{
	office_bind("1002", "127.0.0.2", 5060,
		    &(struct sip_contact_params){ .uri = rd_str_of(uri) });
}

static void what_is_dialled_by_sips_never_goes_in_clear(void **state)
{
	(void)state;
	expect_no_call("SIP/sips:bob@127.0.0.3");
	expect_no_call("PJSIP/sips:bob@127.0.0.3:5061");
	expect_no_call("SIP/sips:42@peer");
	expect_no_call("PJSIP/peer/sips:43@127.0.0.2");
	registers("sip:1002@127.0.0.2:5060");
	expect_no_call("SIP/sips:1002");
	expect_no_call("SIP/sips:42@1002");
	expect_no_call("PJSIP/1002/sips:1002@127.0.0.2:5060");
}

static void it_goes_by_tls_and_says_so(void **state)
{
	(void)state;
	expect_call("SIP/sips:bob@127.0.0.3", "INVITE sips:bob@127.0.0.3 SIP/2.0");
	expect_call("SIP/SIPS:bob@127.0.0.3:5062", "INVITE sips:bob@127.0.0.3:5062 SIP/2.0");
	expect_call("SIP/sips:42@peer", "INVITE sips:42@127.0.0.2:5060 SIP/2.0");
	expect_call("PJSIP/peer/sips:43@127.0.0.2", "INVITE sips:43@127.0.0.2 SIP/2.0");
	registers("sips:1002@127.0.0.2:5060");
	expect_call("SIP/sips:1002", "INVITE sips:1002@127.0.0.2:5060 SIP/2.0");
	expect_call("SIP/sips:42@1002", "INVITE sips:42@127.0.0.2:5060 SIP/2.0");
}

static void flow(const char *uri, const char *host, uint32_t reg_id, uint16_t q)
{
	office_bind("1002", host, 5061,
		    &(struct sip_contact_params){ .uri = rd_str_of(uri),
						  .instance = RD_STR("<urn:uuid:1>"),
						  .reg_id = reg_id,
						  .q = q });
}

/* Of its flows those by TLS, be they new or old, preferred or not. */
static void so_it_goes_to_a_device_with_several_flows(void **state)
{
	(void)state;
	flow("sips:1002@127.0.0.2:5061", "127.0.0.2", 1, 500);
	flow("sip:1002@127.0.0.3:5061", "127.0.0.3", 2, 1000);
	expect_call("SIP/sips:1002", "INVITE sips:1002@127.0.0.2:5061 SIP/2.0");
	flow("sip:1002@127.0.0.3:5061", "127.0.0.3", 2, 100);
	expect_call("SIP/sips:1002", "INVITE sips:1002@127.0.0.2:5061 SIP/2.0");
}

static void forwards_with(const char *dialled, const char *contact)
{
	struct sip_phone callee = { 0 };
	char more[128];

	dial(dialled);
	phone_called(&callee);
	snprintf(more, sizeof(more), "Contact: <%s>\n", contact);
	line_answer_from("127.0.0.3:5061");
	phone_answer(&callee, "302 Moved Temporarily", more, "");
	line_answer_from(NULL);
	rd__sched_run_for(10);
	line_expect("ACK ");
}

/* RFC 3261 §8.1.3.4 */
static void a_forward_goes_on_by_sips_or_not_at_all(void **state)
{
	(void)state;
	forwards_with("SIP/sips:bob@127.0.0.3", "sips:eve@127.0.0.4");
	line_expect("INVITE sips:eve@127.0.0.4 SIP/2.0");
	phone_request(&far, "CANCEL", "", "");
	rd__sched_run_for(70000);
	line_clear();
	forwards_with("SIP/sips:bob@127.0.0.3", "sip:eve@127.0.0.4");
	while (!line_is_empty())
		assert_int_not_equal(strncmp(line_take(), "INVITE ", 7), 0);
}

/* Where TLS is there; what was called by sip is not called by that in its place. */
static void a_forward_of_a_plain_call_may_be_to_sips(void **state)
{
	(void)state;
	forwards_with("SIP/bob@127.0.0.3", "sips:eve@127.0.0.4");
	line_expect("INVITE sips:eve@127.0.0.4 SIP/2.0");
	phone_request(&far, "CANCEL", "", "");
	rd__sched_run_for(70000);
	line_clear();
}

static void but_not_in_clear(void **state)
{
	(void)state;
	forwards_with("SIP/bob@127.0.0.3", "sips:eve@127.0.0.4");
	phone_final(&far, "SIP/2.0 4");
	phone_ack_refusal(&far);
	line_expect_nothing();
}

#define TLS(name)  cmocka_unit_test_setup_teardown(name, open_tls, close_tls)
#define TEST(name) cmocka_unit_test_setup_teardown(name, exchange_open, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_word_that_is_no_section_is_no_host),
		TEST(sections_and_hosts_are_called),
		TEST(what_is_dialled_by_sips_never_goes_in_clear),
		TLS(it_goes_by_tls_and_says_so),
		TLS(so_it_goes_to_a_device_with_several_flows),
		TLS(a_forward_goes_on_by_sips_or_not_at_all),
		TLS(a_forward_of_a_plain_call_may_be_to_sips),
		TEST(but_not_in_clear),
	};

	return RUN_GROUP(tests);
}
