/* sips: URIs by RFC 5630: who may register with one, who may be called by one, and what
 * passes through. Each test says its section. */
#include "tests/unit/test.h"

#include "core/sched/sched.h"
#include "tests/sim/sip_proxied.h"

static const char conf[] =
	"[global]\nuser_agent = Test\ndns = no\ndns_hosts = /nonexistent\n"
	"[gate]\ntype = phone\nmatch = 127.0.0.9\ncontext = office\n"
	"[only]\ntype = phone\nmatch = 127.0.0.8\ncontext = office\nsips = require\n"
	"[never]\ntype = phone\nmatch = 127.0.0.7\ncontext = office\nsips = refuse\n"
	"[1002]\ntype = phone\nmatch = 127.0.0.6\ncontext = office\n";

static struct copy one;
static unsigned serial;

static void send_as(const char *host, const char *method, const char *uri, const char *more)
{
	char text[4096];
	bool invite = strcmp(method, "INVITE") == 0;

	snprintf(text, sizeof(text),
		 "%s %s SIP/2.0\nVia: SIP/2.0/TLS %s:5061;branch=z9hG4bKsec%u;rport\n"
		 "Max-Forwards: 70\nFrom: <sip:alice@%s>;tag=from\nTo: <sip:1002@127.0.0.1>\n"
		 "Call-ID: sec-%u\nCSeq: 7 %s\n%s%s\n%s",
		 method, uri, host, serial + 1, host, serial + 1, method, more,
		 invite ? "Content-Type: application/sdp\n" : "", invite ? SDP("") : "");
	serial++;
	line_feed_from(host, 5061, text);
	rd__sched_run_for(10);
}

static const char *answer_to(const char *method, const char *uri, const char *more,
			     const char *start)
{
	send_as("127.0.0.9", method, uri, more);
	if (strncmp(line_peek(), "SIP/2.0 100", 11) == 0)
		line_take();
	return line_expect(start);
}

static const char *registered(const char *uri, const char *more, const char *start)
{
	send_as("127.0.0.6", "REGISTER", uri, more);
	return line_expect(start);
}

static struct sip_aor *record(void)
{
	return sip_location_find(sip.location, RD_STR("1002"));
}

#define SECURE "Contact: <sips:1002@127.0.0.6:5061>\n"
#define PLAIN  "Contact: <sip:1002@127.0.0.6:5061>\n"

/* ---- §5.2: the registrar ---- */

static void s5_2_a_sips_contact_wants_all_uris_to_be_sips(void **state)
{
	(void)state;
	registered("sip:127.0.0.1:5060", SECURE, "SIP/2.0 400");
	registered("sips:127.0.0.1:5060", SECURE "Path: <sip:edge.test;lr>\n", "SIP/2.0 400");
	registered("sips:127.0.0.1:5060", SECURE "Contact: <sip:b@127.0.0.6>\n", "SIP/2.0 400");
	assert_int_equal(record() ? record()->count : 0, 0);
	registered("sips:127.0.0.1:5060", SECURE "Path: <sips:edge.test;lr>\n", "SIP/2.0 200");
	assert_int_equal(record()->count, 1);
	registered("sips:127.0.0.1:5060", PLAIN, "SIP/2.0 200");
}

static void s5_1_1_1_the_later_scheme_counts(void **state)
{
	(void)state;
	registered("sips:127.0.0.1:5060", SECURE, "SIP/2.0 200");
	registered("sip:127.0.0.1:5060", PLAIN, "SIP/2.0 200");
	assert_int_equal(record()->count, 1);
	assert_true(rd_str_starts(sip_aor_first(record())->uri, RD_STR("sip:")));
}

static void s5_2_1_gruus_are_of_the_contacts_scheme(void **state)
{
	static const char device[] = ";+sip.instance=\"<urn:uuid:1>\"\nSupported: gruu\n";
	char more[256];
	const char *ok;

	(void)state;
	snprintf(more, sizeof(more), "Contact: <sips:1002@127.0.0.6:5061>%s", device);
	ok = registered("sips:127.0.0.1:5060", more, "SIP/2.0 200");
	assert_non_null(strstr(ok, "pub-gruu=\"sips:"));
	assert_non_null(strstr(ok, "temp-gruu=\"sips:"));
	snprintf(more, sizeof(more), "Contact: <sip:1002@127.0.0.6:5061>%s", device);
	ok = registered("sip:127.0.0.1:5060", more, "SIP/2.0 200");
	assert_non_null(strstr(ok, "pub-gruu=\"sip:"));
}

/* ---- §5.1.2: we are called ---- */

static void s5_1_2_a_contact_of_the_wrong_scheme_is_400(void **state)
{
	(void)state;
	answer_to("INVITE", "sips:605@127.0.0.1:5060", "Contact: <sip:a@127.0.0.9>\n",
		  "SIP/2.0 400");
}

static void end_answered(void)
{
	line_clear();
	rd__sched_run_for(40000);
	line_clear();
}

static void s5_1_2_our_contact_is_as_theirs(void **state)
{
	const char *ok;

	(void)state;
	ok = answer_to("INVITE", "sips:605@127.0.0.1:5060", "Contact: <sips:a@127.0.0.9>\n",
		       "SIP/2.0 200");
	assert_non_null(strstr(line_header(ok, "Contact"), "<sips:"));
	end_answered();
	ok = answer_to("INVITE", "sip:605@127.0.0.1:5060", "Contact: <sips:a@127.0.0.9>\n",
		       "SIP/2.0 200");
	assert_non_null(strstr(line_header(ok, "Contact"), "<sips:"));
	end_answered();
	ok = answer_to("INVITE", "sip:605@127.0.0.1:5060",
		       "Contact: <sip:a@127.0.0.9>\nRecord-Route: <sips:edge.test;lr>\n",
		       "SIP/2.0 200");
	assert_non_null(strstr(line_header(ok, "Contact"), "<sips:"));
	end_answered();
	ok = answer_to("INVITE", "sip:605@127.0.0.1:5060", "Contact: <sip:a@127.0.0.9>\n",
		       "SIP/2.0 200");
	assert_non_null(strstr(line_header(ok, "Contact"), "<sip:"));
	end_answered();
}

static void s5_1_2_a_phone_may_have_to_call_by_sips_or_never(void **state)
{
	const char *no;

	(void)state;
	send_as("127.0.0.8", "INVITE", "sip:605@127.0.0.1:5060", "Contact: <sip:a@127.0.0.8>\n");
	no = line_expect("SIP/2.0 480");
	assert_string_equal(line_header(no, "Warning"), "381 ringdown \"SIPS Required\"");
	send_as("127.0.0.7", "MESSAGE", "sips:1002@127.0.0.1:5060", "");
	no = line_expect("SIP/2.0 480");
	assert_string_equal(line_header(no, "Warning"), "380 ringdown \"SIPS Not Allowed\"");
	send_as("127.0.0.8", "MESSAGE", "sips:1002@127.0.0.1:5060", "");
	line_expect("SIP/2.0 480"); /* nobody registered */
	send_as("127.0.0.8", "REGISTER", "sip:127.0.0.1:5060", "");
	assert_string_equal(line_header(line_take(), "Warning"), "");
}

#define CALLER "Contact: <sips:a@127.0.0.9>\n"

static void s5_3_who_is_called_by_sips_has_registered_so(void **state)
{
	const char *no;

	(void)state;
	registered("sip:127.0.0.1:5060", PLAIN, "SIP/2.0 200");
	no = answer_to("INVITE", "sips:701@127.0.0.1:5060", CALLER, "SIP/2.0 480");
	assert_string_equal(line_header(no, "Warning"), "380 ringdown \"SIPS Not Allowed\"");
	registered("sips:127.0.0.1:5060", SECURE, "SIP/2.0 200");
	send_as("127.0.0.9", "INVITE", "sips:701@127.0.0.1:5060", CALLER);
	line_expect("SIP/2.0 100");
	take_copy(&one, "INVITE sips:1002@127.0.0.6:5061 ");
	answer_copy(&one, "480 Gone", "b", "");
	line_expect("ACK ");
	rd__sched_run_for(10);
	assert_string_equal(line_header(line_expect("SIP/2.0 480"), "Warning"), "");
}

/* ---- §5.3: the proxy ---- */

static void s5_3_the_proxy_tells_who_has_no_sips_contact(void **state)
{
	const char *no;

	(void)state;
	registered("sip:127.0.0.1:5060", PLAIN, "SIP/2.0 200");
	no = answer_to("MESSAGE", "sips:1002@here.test", "", "SIP/2.0 480");
	assert_string_equal(line_header(no, "Warning"), "380 ringdown \"SIPS Not Allowed\"");
	no = answer_to("MESSAGE", "sips:gate@here.test", "", "SIP/2.0 480");
	assert_string_equal(line_header(no, "Warning"), "");
}

static void s5_3_a_sip_request_stays_one_on_its_way_to_a_sips_contact(void **state)
{
	(void)state;
	registered("sips:127.0.0.1:5060", SECURE, "SIP/2.0 200");
	send_as("127.0.0.9", "MESSAGE", "sip:1002@here.test", "");
	take_copy_at(&one, "MESSAGE sip:1002@127.0.0.6:5061 ", "127.0.0.6:5061");
	answer_copy(&one, "200 OK", "b", "");
	line_expect("SIP/2.0 200");
	send_as("127.0.0.9", "MESSAGE", "sips:1002@here.test", "");
	take_copy(&one, "MESSAGE sips:1002@127.0.0.6:5061 ");
	answer_copy(&one, "200 OK", "b", "");
	line_expect("SIP/2.0 200");
}

static void s5_3_a_redirection_to_the_other_scheme_is_not_followed(void **state)
{
	(void)state;
	send_as("127.0.0.9", "MESSAGE", "sip:8301@127.0.0.1:5060", "");
	take_copy(&one, "MESSAGE ");
	answer_copy(&one, "302 Moved", "b", "Contact: <sips:x@127.0.0.40>\n");
	take_copy_at(&one, "MESSAGE ", "127.0.0.33:5060");
	answer_copy(&one, "404 Not Found", "b", "");
	line_expect("SIP/2.0 302");
}

/* The line is one that nobody can listen to. */
static int open_secure(void **state)
{
	int rc = proxied_open(state);

	if (rc == 0 && office_reload(conf))
		fail_msg("%s", office_report());
	sip_transports_find(sip.transports, "line")->secure = true;
	return rc;
}

static int close_secure(void **state)
{
	if (record())
		while (record()->count)
			sip_aor_unbind(sip_aor_first(record()), SIP_UNBOUND_BY_ITSELF);
	line_clear();
	return proxied_close(state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_secure, close_secure)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(s5_2_a_sips_contact_wants_all_uris_to_be_sips),
		TEST(s5_1_1_1_the_later_scheme_counts),
		TEST(s5_2_1_gruus_are_of_the_contacts_scheme),
		TEST(s5_1_2_a_contact_of_the_wrong_scheme_is_400),
		TEST(s5_1_2_our_contact_is_as_theirs),
		TEST(s5_1_2_a_phone_may_have_to_call_by_sips_or_never),
		TEST(s5_3_who_is_called_by_sips_has_registered_so),
		TEST(s5_3_the_proxy_tells_who_has_no_sips_contact),
		TEST(s5_3_a_sip_request_stays_one_on_its_way_to_a_sips_contact),
		TEST(s5_3_a_redirection_to_the_other_scheme_is_not_followed),
	};

	return RUN_GROUP(tests);
}
