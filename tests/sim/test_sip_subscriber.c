/* Subscriptions of ours, by the rules of RFC 6665 §4.1. The far end is written by
 * hand, at 127.0.0.2. */
#include "tests/unit/test.h"

#include <stdlib.h>

#include "channels/sip/event/subscription.h"
#include "core/sched/sched.h"
#include "tests/unit/sip_office.h"
#include "tests/unit/sip_zone.h"

static const char conf[] = "[global]\nuser_agent = Test\n"
			   "[peer]\ntype = peer\nhost = 127.0.0.2:5060\nusername = me\nsecret = x\n"
			   "[phone]\ntype = phone\nsecret = y\n"
			   "[named]\ntype = peer\nhost = mail.example\nsecret = x\n";

/* What our callbacks have seen. */
static struct {
	int notices, ends, retry_s, answer;
	char state[32], type[64], body[128], reason[64];
	struct rd_sip_subscription *last;
} seen;

static struct rd_sip_subscription *ours;

static int notified(struct rd_sip_subscription *subscription, const char *state,
		    const char *type, struct rd_str body, void *arg)
{
	(void)arg;
	seen.notices++;
	seen.last = subscription;
	snprintf(seen.state, sizeof(seen.state), "%s", state);
	snprintf(seen.type, sizeof(seen.type), "%s", type);
	snprintf(seen.body, sizeof(seen.body), "%.*s", RD_STR_ARG(body));
	return seen.answer;
}

static void ended(struct rd_sip_subscription *subscription, const char *reason, int retry_s,
		  void *arg)
{
	(void)arg;
	seen.ends++;
	seen.retry_s = retry_s;
	snprintf(seen.reason, sizeof(seen.reason), "%s", reason);
	if (subscription == ours)
		ours = NULL;
}

static int open_office(void **state)
{
	(void)state;
	memset(&seen, 0, sizeof(seen));
	seen.answer = 200;
	ours = NULL;
	return office_open(conf);
}

static int close_office(void **state)
{
	(void)state;
	rd__sched_run_for(4000000);
	line_clear();
	assert_int_equal(sip_dialogs_count(sip.dialogs), 0);
	return office_close();
}

/* ---- the far end ---- */

static char asked[4096]; /* the last SUBSCRIBE */
static unsigned cseq, serial;

static void expect_subscribe(const char *uri, const char *expires)
{
	char start[128];

	snprintf(start, sizeof(start), "SUBSCRIBE %s SIP/2.0", uri);
	snprintf(asked, sizeof(asked), "%s", line_expect(start));
	assert_string_equal(line_header(asked, "Event"), "message-summary");
	assert_string_equal(line_header(asked, "Expires"), expires);
}

static void answer(const char *status, const char *tag, const char *more)
{
	const char *to = line_header(asked, "To");

	line_feed("SIP/2.0 %s\nVia: %s\nFrom: %s\nTo: %s%s%s\nCall-ID: %s\nCSeq: %s\n"
		  "Contact: <sip:box@127.0.0.2:5060>\n%s\n",
		  status, line_header(asked, "Via"), line_header(asked, "From"), to,
		  strstr(to, ";tag=") ? "" : ";tag=", strstr(to, ";tag=") ? "" : tag,
		  line_header(asked, "Call-ID"), line_header(asked, "CSeq"), more);
}

/* A NOTIFY of the side that calls itself tag; what it was answered with. */
static const char *notify(const char *tag, const char *state, const char *more,
			  const char *body)
{
	line_feed("NOTIFY sip:127.0.0.1:5060 SIP/2.0\n"
		  "Via: SIP/2.0/UDP 127.0.0.2:5060;branch=z9hG4bKn%u\nMax-Forwards: 70\n"
		  "From: <sip:1001@127.0.0.2:5060>;tag=%s\nTo: %s\nCall-ID: %s\n"
		  "CSeq: %u NOTIFY\nContact: <sip:box@127.0.0.2:5060>\n"
		  "Event: message-summary\n%s%s%s%s\n%s",
		  ++serial, tag, line_header(asked, "From"), line_header(asked, "Call-ID"),
		  ++cseq, *state ? "Subscription-State: " : "", state, *state ? "\n" : "",
		  more, body);
	return line_expect("SIP/2.0 ");
}

static void expect_status(const char *answer_text, const char *status)
{
	if (strncmp(answer_text, status, strlen(status)) != 0)
		fail_msg("%s was expected:\n%s", status, answer_text);
}

static void subscribe_with(int expires_s, bool forks)
{
	const struct rd_sip_subscribe params = {
		.peer = "peer",
		.resource = "1001",
		.event = "message-summary",
		.accept = "application/simple-message-summary",
		.expires_s = expires_s,
		.forks = forks,
		.notified = notified,
		.ended = ended,
	};

	assert_int_equal(sip_subscription_new(&ours, &params), 0);
}

#define FAR_URI "sip:1001@127.0.0.2:5060"
#define BOX_URI "sip:box@127.0.0.2:5060"

/* As usual: 200, then a NOTIFY. */
static void start(void)
{
	subscribe_with(3600, false);
	expect_subscribe(FAR_URI, "3600");
	answer("200 OK", "far", "Expires: 3600\n");
	expect_status(notify("far", "active;expires=3600", "", ""), "SIP/2.0 200");
}

static void finish(void)
{
	if (ours)
		sip_subscription_end(ours);
	ours = NULL;
	line_clear();
}

/* Stop as soon as something is sent, within so many seconds. */
static void run_until_sent(int seconds)
{
	for (int i = 0; i < seconds * 10 && line_is_empty(); i++)
		rd__sched_run_for(100);
}

/* ---- scenarios ---- */

static void we_ask_and_are_told(void **state)
{
	(void)state;
	subscribe_with(3600, false);
	expect_subscribe(FAR_URI, "3600");
	assert_string_equal(line_header(asked, "Accept"), "application/simple-message-summary");
	assert_string_equal(line_header(asked, "Contact"), "<sip:127.0.0.1:5060>");
	answer("200 OK", "far", "Expires: 3600\n");
	expect_status(notify("far", "active;expires=3600",
			     "Content-Type: application/simple-message-summary\n",
			     "Messages-Waiting: yes\n"), "SIP/2.0 200");
	assert_int_equal(seen.notices, 1);
	assert_string_equal(seen.state, "active");
	assert_string_equal(seen.type, "application/simple-message-summary");
	assert_non_null(strstr(seen.body, "Messages-Waiting: yes"));
	finish();
}

static void a_password_is_given_when_asked_for(void **state)
{
	(void)state;
	subscribe_with(3600, false);
	expect_subscribe(FAR_URI, "3600");
	answer("401 Who", "far", "WWW-Authenticate: Digest realm=\"far\", nonce=\"1\"\n");
	expect_subscribe(FAR_URI, "3600");
	assert_non_null(strstr(asked, "Authorization: Digest username=\"me\""));
	answer("200 OK", "far", "Expires: 3600\n");
	notify("far", "active", "", "");
	assert_int_equal(seen.notices, 1);
	finish();
}

static void a_notify_may_come_before_the_answer(void **state)
{
	(void)state;
	subscribe_with(3600, false);
	expect_subscribe(FAR_URI, "3600");
	expect_status(notify("far", "pending;expires=3600", "", ""), "SIP/2.0 200");
	assert_string_equal(seen.state, "pending");
	answer("200 OK", "far", "Expires: 3600\n");
	expect_status(notify("far", "active", "", ""), "SIP/2.0 200");
	assert_int_equal(seen.notices, 2);
	finish();
}

static void it_is_renewed_in_time(void **state)
{
	(void)state;
	start();
	rd__sched_run_for(3200000);
	line_expect_nothing();
	run_until_sent(45);
	/* In the dialog, to where its Contact says. */
	expect_subscribe(BOX_URI, "3600");
	assert_non_null(strstr(line_header(asked, "To"), ";tag=far"));
	answer("200 OK", "far", "Expires: 100\n");
	notify("far", "active;expires=100", "", "");
	rd__sched_run_for(85000);
	line_expect_nothing();
	run_until_sent(9);
	expect_subscribe(BOX_URI, "3600");
	/* The far end has forgotten. */
	answer("481 Who", "far", "");
	assert_int_equal(seen.ends, 1);
	assert_string_equal(seen.reason, "481");
	assert_int_equal(seen.retry_s, 0);
}

static void a_passing_failure_of_a_renewal_ends_nothing(void **state)
{
	(void)state;
	start();
	run_until_sent(3245);
	expect_subscribe(BOX_URI, "3600");
	answer("500 Tired", "far", "");
	assert_int_equal(seen.ends, 0);
	notify("far", "active", "", "x");
	assert_int_equal(seen.notices, 2);
	rd__sched_run_for(400000);
	assert_int_equal(seen.ends, 1);
	assert_string_equal(seen.reason, "timeout");
}

static void a_renewal_that_cannot_be_sent_ends_it(void **state)
{
	(void)state;
	start();
	rd__sched_run_for(3239000);
	line_expect_nothing();
	rd__alloc_fail_after(0);
	rd__sched_run_for(2000);
	rd__alloc_fail_after(-1);
	line_expect_nothing();
	assert_int_equal(seen.ends, 1);
	assert_int_equal(seen.retry_s, 60);
}

static void a_longer_time_is_asked_for_when_it_must_be(void **state)
{
	(void)state;
	subscribe_with(60, false);
	expect_subscribe(FAR_URI, "60");
	answer("423 Brief", "far", "Min-Expires: 300\n");
	expect_subscribe(FAR_URI, "300");
	answer("200 OK", "far", "Expires: 300\n");
	notify("far", "active", "", "");
	finish();
}

static void a_refusal_ends_it(void **state)
{
	(void)state;
	subscribe_with(3600, false);
	expect_subscribe(FAR_URI, "3600");
	answer("489 What", "far", "");
	assert_int_equal(seen.ends, 1);
	assert_int_equal(seen.retry_s, -1);
	subscribe_with(3600, false);
	expect_subscribe(FAR_URI, "3600");
	answer("503 Later", "far", "Retry-After: 77\n");
	assert_int_equal(seen.ends, 2);
	assert_int_equal(seen.retry_s, 77);
}

static void without_a_notify_it_has_failed(void **state)
{
	(void)state;
	subscribe_with(3600, false);
	expect_subscribe(FAR_URI, "3600");
	answer("200 OK", "far", "Expires: 3600\n");
	rd__sched_run_for(31000);
	assert_int_equal(seen.ends, 0);
	rd__sched_run_for(3000);
	assert_int_equal(seen.ends, 1);
	assert_string_equal(seen.reason, "no NOTIFY came");
	expect_status(notify("far", "active", "", ""), "SIP/2.0 481");
}

static void silence_ends_it(void **state)
{
	(void)state;
	subscribe_with(3600, false);
	rd__sched_run_for(40000);
	line_clear();
	assert_int_equal(seen.ends, 1);
	assert_int_equal(seen.retry_s, 60);
}

/* When to try again, by the word of the far end. */
static void every_reason_says_what_to_do(void **state)
{
	static const struct {
		const char *state;
		int retry_s;
	} rows[] = {
		{ "terminated;reason=deactivated", 0 },
		{ "terminated;reason=probation;retry-after=9", 9 },
		{ "terminated;reason=probation", 60 },
		{ "terminated;reason=rejected", -1 },
		{ "terminated;reason=rejected;retry-after=9", -1 },
		{ "terminated;reason=timeout", 0 },
		{ "terminated;reason=giveup;retry-after=5", 5 },
		{ "terminated;reason=noresource", -1 },
		{ "terminated;reason=invariant", -1 },
		{ "terminated;retry-after=4", 4 },
		{ "terminated;reason=new-word", 0 },
		{ "terminated", 0 },
	};

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(rows); i++) {
		start();
		expect_status(notify("far", rows[i].state, "", "last"), "SIP/2.0 200");
		assert_string_equal(seen.body, "last");
		assert_int_equal(seen.ends, i + 1);
		if (seen.retry_s != rows[i].retry_s)
			fail_msg("%s: %d", rows[i].state, seen.retry_s);
		expect_status(notify("far", "active", "", ""), "SIP/2.0 481");
	}
}

static void the_user_may_refuse_a_body(void **state)
{
	(void)state;
	start();
	seen.answer = 415;
	expect_status(notify("far", "active", "Content-Type: text/odd\n", "x"), "SIP/2.0 415");
	finish();
}

static void a_notify_without_a_state_is_400(void **state)
{
	(void)state;
	start();
	expect_status(notify("far", "", "", ""), "SIP/2.0 400");
	assert_int_equal(seen.notices, 1);
	finish();
}

static void we_can_end_it(void **state)
{
	(void)state;
	start();
	sip_subscription_end(ours);
	expect_subscribe(BOX_URI, "0");
	answer("200 OK", "far", "Expires: 0\n");
	expect_status(notify("far", "terminated;reason=timeout", "", ""), "SIP/2.0 200");
	assert_int_equal(seen.notices, 1);
	assert_int_equal(seen.ends, 0);
	assert_int_equal(sip_dialogs_count(sip.dialogs), 0);
}

static void the_state_may_be_fetched_once(void **state)
{
	(void)state;
	subscribe_with(0, false);
	expect_subscribe(FAR_URI, "0");
	answer("200 OK", "far", "Expires: 0\n");
	expect_status(notify("far", "terminated;reason=timeout", "", "now"), "SIP/2.0 200");
	assert_string_equal(seen.body, "now");
	assert_int_equal(seen.ends, 1);
}

static void each_fork_is_a_subscription(void **state)
{
	struct rd_sip_subscription *first;

	(void)state;
	subscribe_with(3600, true);
	expect_subscribe(FAR_URI, "3600");
	answer("200 OK", "one", "Expires: 3600\n");
	expect_status(notify("one", "active;expires=3600", "", "a"), "SIP/2.0 200");
	first = seen.last;
	expect_status(notify("two", "active;expires=3600", "", "b"), "SIP/2.0 200");
	assert_ptr_not_equal(first, seen.last);
	assert_string_equal(seen.body, "b");
	assert_int_equal(sip_dialogs_count(sip.dialogs), 2);
	/* Each ends by itself. */
	expect_status(notify("one", "terminated;reason=noresource", "", ""), "SIP/2.0 200");
	expect_status(notify("two", "active", "", "c"), "SIP/2.0 200");
	assert_string_equal(seen.body, "c");
	expect_status(notify("two", "terminated;reason=noresource", "", ""), "SIP/2.0 200");
	assert_int_equal(seen.ends, 2);
	assert_int_equal(sip_dialogs_count(sip.dialogs), 0);
}

static void forks_come_in_time_or_not_at_all(void **state)
{
	(void)state;
	subscribe_with(3600, true);
	expect_subscribe(FAR_URI, "3600");
	answer("200 OK", "one", "Expires: 3600\n");
	notify("one", "active;expires=3600", "", "a");
	rd__sched_run_for(33000);
	expect_status(notify("two", "active;expires=3600", "", "b"), "SIP/2.0 481");
	finish();
	/* Nor where one is enough. */
	start();
	expect_status(notify("two", "active;expires=3600", "", "b"), "SIP/2.0 481");
	finish();
}

static void what_nobody_asked_for_is_481(void **state)
{
	(void)state;
	line_feed("NOTIFY sip:127.0.0.1 SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.2:5060;branch=z9hG4bKu\n"
		  "Max-Forwards: 70\nFrom: <sip:a@127.0.0.2>;tag=u\nTo: <sip:127.0.0.1>\n"
		  "Call-ID: u\nCSeq: 1 NOTIFY\nContact: <sip:a@127.0.0.2>\n"
		  "Event: message-summary\nSubscription-State: active\n\n");
	line_expect("SIP/2.0 481");
	start();
	line_feed("NOTIFY sip:127.0.0.1 SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.2:5060;branch=z9hG4bKv\n"
		  "Max-Forwards: 70\nFrom: <sip:1001@127.0.0.2:5060>;tag=far\nTo: %s\n"
		  "Call-ID: %s\nCSeq: 99 NOTIFY\nContact: <sip:a@127.0.0.2>\n"
		  "Event: presence\nSubscription-State: active\n\n",
		  line_header(asked, "From"), line_header(asked, "Call-ID"));
	line_expect("SIP/2.0 481");
	finish();
}

static void nobody_is_asked_who_cannot_be(void **state)
{
	struct rd_sip_subscribe params = { .peer = "nobody", .resource = "1",
					   .event = "presence", .ended = ended,
					   .notified = notified };

	(void)state;
	assert_int_equal(sip_subscription_new(&ours, &params), -ENOENT);
	params.peer = "phone"; /* it has no address */
	assert_int_equal(sip_subscription_new(&ours, &params), -EHOSTUNREACH);
}

/* ---- a peer with a name ---- */

static void subscribe_by_name(void)
{
	const struct rd_sip_subscribe params = { .peer = "named", .resource = "1001",
						 .event = "message-summary",
						 .expires_s = 600, .ended = ended,
						 .notified = notified };

	assert_int_equal(sip_subscription_new(&ours, &params), 0);
}

static void a_name_is_looked_up_first(void **state)
{
	(void)state;
	zone_set("mail.example 60 A 127.0.0.2\n");
	zone_serve(sip.resolver, 20);
	subscribe_by_name();
	line_expect_nothing();
	rd__sched_run_for(100);
	expect_subscribe("sip:1001@mail.example", "600");
	answer("200 OK", "far", "Expires: 600\n");
	expect_status(notify("far", "active;expires=600", "", ""), "SIP/2.0 200");
	finish();
	/* It may be given up before. */
	sip_resolver_configure(sip.resolver, &sip.settings->dns);
	subscribe_by_name();
	finish();
	rd__sched_run_for(100);
	line_expect_nothing();
	/* Nobody knows it. */
	zone_set("mail.example 0 FAIL\n_sip._udp.mail.example 0 FAIL\n");
	sip_resolver_configure(sip.resolver, &sip.settings->dns);
	subscribe_by_name();
	rd__sched_run_for(60000);
	assert_int_equal(seen.ends, 1);
	assert_int_equal(seen.retry_s, 60);
	zone_forget();
}

/* Two machines stand behind its name. */
static void subscribe_to_two(void)
{
	zone_set("_sip._udp.mail.example 60 SRV 10 0 5071 one.example\n"
		 "_sip._udp.mail.example 60 SRV 20 0 5072 two.example\n"
		 "one.example 60 A 127.0.0.31\ntwo.example 60 A 127.0.0.32\n");
	zone_serve(sip.resolver, 20);
	subscribe_by_name();
	rd__sched_run_for(100);
}

static void is_asked_at(const char *peer)
{
	line_answer_from(peer);
	expect_subscribe("sip:1001@mail.example", "600");
	assert_string_equal(line_peer(), peer);
}

static void is_told_by_the_second(void)
{
	answer("200 OK", "far", "Expires: 600\n");
	expect_status(notify("far", "active;expires=600", "", ""), "SIP/2.0 200");
	assert_int_equal(seen.notices, 1);
	rd__sched_run_for(60000);
	line_expect_nothing();
	finish();
	line_answer_from(NULL);
	zone_forget();
}

static void after_503_the_next_machine_is_asked(void **state)
{
	(void)state;
	subscribe_to_two();
	is_asked_at("127.0.0.31:5071");
	answer("503 Service Unavailable", "one", "");
	is_asked_at("127.0.0.32:5072");
	is_told_by_the_second();
}

static void after_silence_the_next_machine_is_asked_and_the_first_avoided(void **state)
{
	(void)state;
	subscribe_to_two();
	is_asked_at("127.0.0.31:5071");
	rd__sched_run_for(3900);
	line_clear();
	rd__sched_run_for(200);
	is_asked_at("127.0.0.32:5072");
	answer("404 Not Found", "far", "");
	assert_string_equal(seen.reason, "404");
	line_clear();
	subscribe_by_name();
	is_asked_at("127.0.0.32:5072");
	is_told_by_the_second();
}

/* RFC 6665 §4.1.2.4 */
static void who_tells_before_he_answers_is_asked_no_more(void **state)
{
	(void)state;
	subscribe_to_two();
	is_asked_at("127.0.0.31:5071");
	expect_status(notify("far", "active;expires=600", "", ""), "SIP/2.0 200");
	for (int i = 0; i < 400; i++) {
		rd__sched_run_for(100);
		if (line_is_empty())
			continue;
		line_expect("SUBSCRIBE ");
		assert_string_equal(line_peer(), "127.0.0.31:5071");
	}
	assert_int_equal(seen.ends, 0);
	finish();
	line_answer_from(NULL);
	zone_forget();
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_office, close_office)
	const struct CMUnitTest tests[] = {
		TEST(we_ask_and_are_told),
		TEST(a_password_is_given_when_asked_for),
		TEST(a_notify_may_come_before_the_answer),
		TEST(it_is_renewed_in_time),
		TEST(a_passing_failure_of_a_renewal_ends_nothing),
		TEST(a_renewal_that_cannot_be_sent_ends_it),
		TEST(a_longer_time_is_asked_for_when_it_must_be),
		TEST(a_refusal_ends_it),
		TEST(without_a_notify_it_has_failed),
		TEST(silence_ends_it),
		TEST(every_reason_says_what_to_do),
		TEST(the_user_may_refuse_a_body),
		TEST(a_notify_without_a_state_is_400),
		TEST(we_can_end_it),
		TEST(the_state_may_be_fetched_once),
		TEST(each_fork_is_a_subscription),
		TEST(forks_come_in_time_or_not_at_all),
		TEST(what_nobody_asked_for_is_481),
		TEST(nobody_is_asked_who_cannot_be),
		TEST(a_name_is_looked_up_first),
		TEST(after_503_the_next_machine_is_asked),
		TEST(after_silence_the_next_machine_is_asked_and_the_first_avoided),
		TEST(who_tells_before_he_answers_is_asked_no_more),
	};

	return RUN_GROUP(tests);
}
