/* Calls and requests to hosts that have names: where they go, what happens when a
 * target is silent, broken or says 503, and what DNS does not hold up. */
#include "tests/unit/test.h"

#include <ringdown/channel.h>

#include "channels/sip/endpoint/admit.h"
#include "channels/sip/outside.h"
#include "tests/sim/sip_exchange.h"
#include "tests/unit/sip_zone.h"

static const char conf[] =
	"[global]\nuser_agent = Test\ndns_hosts = /nonexistent\n"
	"[gate]\ntype = phone\nmatch = 127.0.0.9\ncontext = office\n"
	"[1002]\ntype = peer\nhost = 127.0.0.2\ncontext = office\n"
	"[peer]\ntype = peer\nhost = provider.test\nmatch = provider.test\ncontext = office\n"
	"send_to_source = no\n";

static const char zone[] =
	"provider.test 60 NAPTR 1 1 S SIP+D2U _sip._udp.provider.test\n"
	"_sip._udp.provider.test 60 SRV 1 1 5071 one.provider.test\n"
	"_sip._udp.provider.test 60 SRV 2 1 5072 two.provider.test\n"
	"one.provider.test 60 A 127.0.0.31\ntwo.provider.test 60 A 127.0.0.32\n"
	"proxy.test 60 A 127.0.0.40\n";

static struct sip_phone far, callee;

static int open_with_names(void **state)
{
	int rc = exchange_open(state);

	zone_set(zone);
	zone_serve(sip.resolver, 20);
	if (office_reload(conf))
		fail_msg("%s", office_report());
	run_for(200); /* what names stand for is asked at once */
	return rc;
}

static int close_with_names(void **state)
{
	/* Nobody is there any more to be asked for names again and again. */
	zone_serve(sip.resolver, 0);
	return exchange_close(state);
}

#define PROXIED                                                                   \
	"[global]\nuser_agent = Test\ndns_hosts = /nonexistent\n"                   \
	"[gate]\ntype = phone\nmatch = 127.0.0.9\ncontext = office\n"               \
	"set_var = CUSTOMER=ann = bob\nset_var = EMPTY=\n"                          \
	"[peer]\ntype = peer\nhost = 192.0.2.9\ncontext = office\n"                 \
	"outbound_proxy = proxy.test\\;x\n"

static char customer[32];

static void note_customer(struct rd_channel *ch, const char *exten)
{
	(void)exten;
	rd_strcpy(customer, sizeof(customer), rd_var_get(ch, "CUSTOMER"));
	assert_string_equal(rd_var_get(ch, "EMPTY"), "");
	rd_hangup(ch, RD_CAUSE_BUSY);
}

/* alice calls 700, which dials SIP/42@peer. */
static void dial(void)
{
	line_clear(); /* what refused calls before it repeat */
	phone_invite(&far, "alice", "700", "", SDP(""));
	line_expect("SIP/2.0 100");
}

static void called_at(const char *where)
{
	phone_called(&callee);
	assert_string_equal(line_peer(), where);
}

/* It comes from where the INVITE went. */
static void answers(const char *status, const char *more, const char *body)
{
	line_answer_from(line_peer());
	phone_answer(&callee, status, more, body);
	line_answer_from(NULL);
}

static void hang_up(void)
{
	phone_ack(&far, "");
	phone_request(&far, "BYE", "", "");
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
	phone_expect_request(&callee, "BYE ");
	phone_answer(&callee, "200 OK", "", "");
	run_for(10);
}

#define CONTACT(host) "Contact: <sip:42@" host ">\n"

/* ---- where a call goes ---- */

static void a_name_is_called_at_its_first_target(void **state)
{
	(void)state;
	dial();
	run_for(10);
	called_at("127.0.0.31:5071");
	assert_non_null(strstr(callee.request, "INVITE sip:42@provider.test SIP/2.0"));
	answers("200 OK", CONTACT("127.0.0.31:5071"), SDP(""));
	phone_expect_request(&callee, "ACK ");
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
	hang_up();
}

static void a_call_waits_for_dns_and_others_do_not(void **state)
{
	(void)state;
	zone_set("provider.test 0 SILENT\n_sip._udp.provider.test 0 SILENT\n");
	sip_resolver_configure(sip.resolver, &sip.settings->dns);
	dial();
	run_for(500);
	line_expect_nothing();
	phone_invite(&far, "bob", "701", "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	called_at("127.0.0.2:5060");
	answers("486 Busy Here", "", "");
	line_expect("ACK ");
	run_for(100);
	phone_final(&far, "SIP/2.0 486");
	phone_ack(&far, "");
	assert_int_equal(sip.call_count, 2);
	/* it rings out: nothing was ever sent */
	run_for(21000);
	phone_final(&far, "SIP/2.0 4");
	run_for(40000);
	line_clear();
	assert_int_equal(sip.call_count, 0);
}

static void an_answer_of_dns_lets_the_call_go_on(void **state)
{
	(void)state;
	zone_serve(sip.resolver, 300);
	sip_resolver_configure(sip.resolver, &sip.settings->dns);
	dial();
	run_for(550); /* NAPTR and, beside it, SRV; then addresses */
	line_expect_nothing();
	run_for(200);
	called_at("127.0.0.31:5071");
	assert_non_null(strstr(callee.request, "c=IN IP4 127.0.0.1"));
	answers("486 Busy Here", "", "");
	line_expect("ACK ");
	run_for(10);
	phone_final(&far, "SIP/2.0 486");
	phone_ack(&far, "");
}

static void a_name_that_is_none(void **state)
{
	(void)state;
	zone_set("");
	sip_resolver_configure(sip.resolver, &sip.settings->dns);
	dial();
	run_for(500);
	phone_final(&far, "SIP/2.0 404");
	phone_ack(&far, "");
	line_expect_nothing();
}

static void the_caller_hangs_up_before_dns_has_answered(void **state)
{
	(void)state;
	zone_set("provider.test 0 SILENT\n_sip._udp.provider.test 0 SILENT\n");
	sip_resolver_configure(sip.resolver, &sip.settings->dns);
	dial();
	run_for(300);
	phone_request(&far, "CANCEL", "", "");
	run_for(100);
	phone_expect(&far, "SIP/2.0 200");
	phone_expect(&far, "SIP/2.0 487");
	phone_ack(&far, "");
	line_expect_nothing();
	assert_int_equal(sip.call_count, 0);
}

/* ---- failover ---- */

static char first_branch[64], first_id[64], first_from[128], first_cseq[32];

static void note_first(void)
{
	strcpy(first_branch, line_part(line_header(callee.request, "Via"), "branch=", ";\n"));
	strcpy(first_id, line_header(callee.request, "Call-ID"));
	strcpy(first_from, line_header(callee.request, "From"));
	strcpy(first_cseq, line_header(callee.request, "CSeq"));
}

/* RFC 3263 §4.3: identical but for the branch. */
static void is_the_same_but_for_its_branch(void)
{
	assert_string_not_equal(
		line_part(line_header(callee.request, "Via"), "branch=", ";\n"), first_branch);
	assert_string_equal(line_header(callee.request, "Call-ID"), first_id);
	assert_string_equal(line_header(callee.request, "From"), first_from);
	assert_string_equal(line_header(callee.request, "CSeq"), first_cseq);
	assert_null(strstr(line_header(callee.request, "To"), "tag="));
}

static void after_503_the_next_one_is_called(void **state)
{
	(void)state;
	dial();
	run_for(10);
	called_at("127.0.0.31:5071");
	note_first();
	answers("503 Service Unavailable", "Retry-After: 10\n", "");
	line_expect("ACK ");
	called_at("127.0.0.32:5072");
	is_the_same_but_for_its_branch();
	answers("200 OK", CONTACT("127.0.0.32:5072"), SDP(""));
	phone_expect_request(&callee, "ACK ");
	assert_string_equal(line_peer(), "127.0.0.32:5072");
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
	hang_up();

	/* Retry-After: the next call avoids it, one after ten seconds does not. */
	dial();
	run_for(10);
	called_at("127.0.0.32:5072");
	answers("486 Busy Here", "", "");
	line_expect("ACK ");
	run_for(10);
	phone_final(&far, "SIP/2.0 486");
	phone_ack(&far, "");
	run_for(10000);
	dial();
	run_for(10);
	called_at("127.0.0.31:5071");
	answers("486 Busy Here", "", "");
	run_for(10);
	line_expect("ACK ");
	phone_final(&far, "SIP/2.0 486");
	phone_ack(&far, "");
}

static void after_silence_the_next_one_is_called(void **state)
{
	char silent[64];

	(void)state;
	dial();
	run_for(10);
	called_at("127.0.0.31:5071");
	note_first();
	run_for(3900);
	while (strncmp(line_peek(), "INVITE", 6) == 0) {
		line_take();
		assert_string_equal(line_peer(), "127.0.0.31:5071");
	}
	line_expect_nothing();
	run_for(200);
	called_at("127.0.0.32:5072");
	is_the_same_but_for_its_branch();
	snprintf(silent, sizeof(silent), "%s", "127.0.0.31:5071");
	answers("180 Ringing", CONTACT("127.0.0.32:5072"), "");
	run_for(10);
	line_expect("SIP/2.0 180");
	answers("200 OK", CONTACT("127.0.0.32:5072"), SDP(""));
	phone_expect_request(&callee, "ACK ");
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
	run_for(20000);
	while (line_take()) /* the first one gets it no more */
		assert_string_not_equal(line_peer(), "127.0.0.31:5071");
	hang_up();
	run_for(40000);
	line_clear();
	assert_int_equal(sip.call_count, 0);
}

/* The first target is silent, the second is called; then the first rings, and is cancelled. */
static void wake_up_too_late(struct sip_phone *late)
{
	static struct sip_phone cancelled;

	dial();
	run_for(10);
	called_at("127.0.0.31:5071");
	*late = callee;
	run_for(4200);
	do
		phone_called(&callee);
	while (strcmp(line_peer(), "127.0.0.32:5072") != 0);
	line_answer_from("127.0.0.31:5071");
	phone_answer(late, "180 Ringing", "", "");
	phone_expect_request(&cancelled, "CANCEL ");
	assert_string_equal(line_peer(), "127.0.0.31:5071");
	phone_answer(&cancelled, "200 OK", "", "");
	line_answer_from(NULL);
}

static void who_wakes_up_too_late_is_cancelled(void **state)
{
	static struct sip_phone late;

	(void)state;
	wake_up_too_late(&late);
	run_for(60000);
	line_clear();
}

static void a_broken_way_is_left_at_once(void **state)
{
	(void)state;
	line_break("127.0.0.31:5071");
	dial();
	run_for(10);
	called_at("127.0.0.32:5072");
	answers("503 Service Unavailable", "", "");
	line_expect("ACK ");
	run_for(10);
	line_break(NULL);
	phone_final(&far, "SIP/2.0 503");
	phone_ack(&far, "");
	line_expect_nothing();
}

static void the_last_one_says_why(void **state)
{
	(void)state;
	dial();
	run_for(10);
	called_at("127.0.0.31:5071");
	answers("503 Service Unavailable", "", "");
	line_expect("ACK ");
	called_at("127.0.0.32:5072");
	answers("486 Busy Here", "", "");
	line_expect("ACK ");
	run_for(10);
	phone_final(&far, "SIP/2.0 486");
	phone_ack(&far, "");
	run_for(100);
	line_expect_nothing();
}

/* 487 is his word for that. */
static void who_was_cancelled_does_not(void **state)
{
	static struct sip_phone late;

	(void)state;
	wake_up_too_late(&late);
	line_answer_from("127.0.0.31:5071");
	phone_answer(&late, "487 Request Terminated", "", "");
	line_expect("ACK ");
	line_answer_from(NULL);
	line_answer_from("127.0.0.32:5072");
	phone_answer(&callee, "503 Service Unavailable", "", "");
	line_expect("ACK ");
	line_answer_from(NULL);
	run_for(10);
	phone_final(&far, "SIP/2.0 503");
	phone_ack(&far, "");
	run_for(60000);
	line_clear();
}

/* ---- in a dialog ---- */

static void requests_in_a_dialog_go_to_the_name_in_its_contact(void **state)
{
	(void)state;
	dial();
	run_for(10);
	called_at("127.0.0.31:5071");
	answers("200 OK", CONTACT("proxy.test:5099"), SDP(""));
	run_for(100);
	phone_expect_request(&callee, "ACK ");
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	phone_request(&far, "BYE", "", "");
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
	phone_expect_request(&callee, "BYE sip:42@proxy.test:5099");
	assert_string_equal(line_peer(), "127.0.0.40:5099");
	phone_answer(&callee, "200 OK", "", "");
	run_for(10);
}

static void a_route_by_name_keeps_to_the_proxy_it_came_by(void **state)
{
	(void)state;
	dial();
	run_for(10);
	called_at("127.0.0.31:5071");
	answers("503 Service Unavailable", "", "");
	line_expect("ACK ");
	called_at("127.0.0.32:5072");
	answers("200 OK",
		CONTACT("10.9.9.9") "Record-Route: <sip:provider.test;lr>\n", SDP(""));
	phone_expect_request(&callee, "ACK ");
	assert_string_equal(line_peer(), "127.0.0.32:5072");
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
	hang_up();
}

static void by_record_route(void)
{
	dial();
	run_for(10);
	called_at("127.0.0.31:5071");
	answers("200 OK",
		CONTACT("10.9.9.9") "Record-Route: <sip:provider.test;lr>\n", SDP(""));
	phone_expect_request(&callee, "ACK ");
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	phone_request(&far, "BYE", "", "");
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
	phone_expect_request(&callee, "BYE sip:42@10.9.9.9");
	assert_string_equal(line_peer(), "127.0.0.31:5071");
	note_first();
}

static void a_bye_that_gets_503_goes_to_the_next_proxy(void **state)
{
	(void)state;
	by_record_route();
	answers("503 Service Unavailable", "", "");
	phone_expect_request(&callee, "BYE sip:42@10.9.9.9");
	assert_string_equal(line_peer(), "127.0.0.32:5072");
	assert_string_not_equal(
		line_part(line_header(callee.request, "Via"), "branch=", ";\n"), first_branch);
	assert_string_equal(line_header(callee.request, "CSeq"), first_cseq);
	assert_non_null(strstr(callee.request, "Reason: "));
	answers("200 OK", "", "");
	run_for(10);
	assert_int_equal(sip.call_count, 0);
}

static void a_bye_that_nobody_hears_goes_to_the_next_proxy(void **state)
{
	(void)state;
	by_record_route();
	run_for(31500);
	while (line_take())
		assert_string_equal(line_peer(), "127.0.0.31:5071");
	run_for(1000);
	phone_expect_request(&callee, "BYE sip:42@10.9.9.9");
	assert_string_equal(line_peer(), "127.0.0.32:5072");
	answers("200 OK", "", "");
	run_for(10);
	assert_int_equal(sip.call_count, 0);
}

static void a_bye_that_cannot_be_repeated_goes_to_the_next_proxy(void **state)
{
	(void)state;
	by_record_route();
	line_break("127.0.0.31:5071");
	run_for(500);
	line_break(NULL);
	phone_expect_request(&callee, "BYE sip:42@10.9.9.9");
	assert_string_equal(line_peer(), "127.0.0.32:5072");
	answers("200 OK", "", "");
	run_for(10);
	assert_int_equal(sip.call_count, 0);
}

static void a_bye_that_was_heard_waits_for_the_proxy_that_has_it(void **state)
{
	(void)state;
	by_record_route();
	answers("100 Trying", "", "");
	line_break("127.0.0.31:5071");
	run_for(600);
	line_break(NULL);
	line_expect_nothing();
	run_for(4000);
	phone_expect_request(&callee, "BYE sip:42@10.9.9.9");
	assert_string_equal(line_peer(), "127.0.0.31:5071");
	answers("200 OK", "", "");
	run_for(10);
	assert_int_equal(sip.call_count, 0);
}

/* ---- who calls ---- */

static const struct sip_endpoint *comes_from(const char *host)
{
	const struct sip_endpoint *endpoint = sip.settings->matched;
	union sip_sockaddr source;

	assert_int_equal(sip_sockaddr_parse(&source, rd_str_of(host), 5060), 0);
	while (endpoint && !sip_endpoint_named(endpoint, &source))
		endpoint = endpoint->next_match;
	return endpoint;
}

static void a_name_tells_who_calls(void **state)
{
	(void)state;
	assert_string_equal(comes_from("127.0.0.31")->name, "peer");
	assert_string_equal(comes_from("127.0.0.32")->name, "peer");
	assert_null(comes_from("127.0.0.33"));
	phone_invite(&far, "whoever", "605", "", SDP(""));
	line_clear();
	run_for(100);
	phone_ack(&far, "");
	run_for(100);
	line_clear();
	/* they move to another address */
	zone_set("provider.test 60 NAPTR 1 1 S SIP+D2U _sip._udp.provider.test\n"
		 "_sip._udp.provider.test 60 SRV 1 1 5071 one.provider.test\n"
		 "one.provider.test 60 A 127.0.0.33\n");
	run_for(30000);
	assert_null(comes_from("127.0.0.33"));
	run_for(33000);
	assert_string_equal(comes_from("127.0.0.33")->name, "peer");
	assert_null(comes_from("127.0.0.31"));
	/* a name server that is gone changes nothing */
	zone_set("provider.test 0 FAIL\n_sip._udp.provider.test 0 FAIL\n"
		 "one.provider.test 0 FAIL\n");
	run_for(200000);
	assert_string_equal(comes_from("127.0.0.33")->name, "peer");
}

/* ---- outside of a dialog ---- */

static struct {
	unsigned status, printed, failed;
	int rc;
} heard;

static int print_options(void *arg, struct sip_out *out, const struct sip_flow *flow)
{
	(void)arg, (void)flow;
	heard.printed++;
	sip_out_header(out, SIP_H_FROM, RD_STR("<sip:us@127.0.0.1>;tag=a"));
	sip_out_header(out, SIP_H_TO, RD_STR("<sip:provider.test>"));
	sip_out_header(out, SIP_H_CALL_ID, RD_STR("outside"));
	sip_out_cseq(out, 1, RD_STR("OPTIONS"));
	return 0;
}

static void options_response(void *arg, const struct sip_msg *msg,
			     const struct sip_flow *flow)
{
	(void)arg, (void)flow;
	heard.status = msg->status;
}

static void options_failed(void *arg, int rc)
{
	(void)arg;
	heard.failed++;
	heard.rc = rc;
}

static const struct sip_outside_user options_user = {
	.print = print_options,
	.response = options_response,
	.failed = options_failed,
};

static int send_options(const char *uri, struct sip_outside **outside)
{
	const struct sip_outside_params params = { .method = RD_STR("OPTIONS"),
						   .uri = rd_str_of(uri) };

	memset(&heard, 0, sizeof(heard));
	return sip_outside_send(outside, &params, &options_user, NULL);
}

/* The proxy is looked up, the host is left to it; its answer makes the way back. */
static void an_outbound_proxy_is_the_way_to_the_host(void **state)
{
	(void)state;
	assert_int_equal(office_reload(PROXIED), 0);
	run_for(200);
	dial();
	run_for(200);
	called_at("127.0.0.40:5060");
	assert_non_null(strstr(callee.request, "INVITE sip:42@192.0.2.9 SIP/2.0\n"));
	assert_string_equal(line_header(callee.request, "Route"), "<sip:proxy.test;x;lr>");
	answers("200 OK", "Record-Route: <sip:127.0.0.41;lr>\n", SDP(""));
	assert_string_equal(line_header(line_expect("ACK "), "Route"), "<sip:127.0.0.41;lr>");
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
	hang_up();
}

static void a_call_without_a_number_is_for_the_one_of_the_section(void **state)
{
	static const char user_of_peer[] =
		"[gate]\ntype = phone\nmatch = 127.0.0.9\ncontext = office\n"
		"[1002]\ntype = peer\nhost = 127.0.0.2\nhost_user = 47#11\n";

	(void)state;
	assert_int_equal(office_reload(user_of_peer), 0);
	phone_invite(&far, "alice", "701", "", SDP(""));
	line_expect("SIP/2.0 100");
	run_for(10);
	phone_called(&callee);
	assert_non_null(strstr(callee.request, "INVITE sip:47%2311@127.0.0.2 SIP/2.0\n"));
	answers("486 Busy Here", "", "");
	line_expect("ACK ");
	run_for(10);
	phone_final(&far, "SIP/2.0 486");
	phone_ack_refusal(&far);
}

static void variables_are_those_of_the_section(void **state)
{
	(void)state;
	assert_int_equal(office_reload(PROXIED), 0);
	seen.service = note_customer;
	phone_invite(&far, "alice", "799", "", SDP(""));
	run_for(10);
	phone_final(&far, "SIP/2.0 486");
	phone_ack_refusal(&far);
	assert_string_equal(customer, "ann = bob");
	assert_int_equal(office_reload(PROXIED "set_var = x\n"), -EINVAL);
	assert_non_null(strstr(office_report(), "NAME=value was expected, not \"x\""));
	assert_int_equal(office_reload(PROXIED "outbound_proxy = a b\n"), -EINVAL);
	assert_non_null(strstr(office_report(), "sip:proxy.example.com"));
}

static void take_options(const char *where)
{
	phone_expect_request(&callee, "OPTIONS ");
	assert_string_equal(line_peer(), where);
}

static void a_request_outside_goes_from_target_to_target(void **state)
{
	(void)state;
	assert_int_equal(send_options("sip:provider.test", NULL), 0);
	take_options("127.0.0.31:5071");
	answers("503 Service Unavailable", "", "");
	take_options("127.0.0.32:5072");
	answers("200 OK", "", "");
	assert_int_equal(heard.status, 200);
	assert_int_equal(heard.printed, 2);
	assert_int_equal(send_options("sip:provider.test", NULL), 0);
	take_options("127.0.0.32:5072"); /* the other one is still dead */
	answers("503 Service Unavailable", "", "");
	take_options("127.0.0.31:5071");
	answers("503 Service Unavailable", "", "");
	assert_int_equal(heard.status, 503);
	assert_int_equal(heard.failed, 0);
}

static void take_register(const char *target)
{
	phone_expect_request(&callee, "REGISTER sip:provider.test SIP/2.0");
	assert_string_equal(line_peer(), target);
}

static void a_registrar_that_fails_is_left_for_the_next_one(void **state)
{
	static const char registers[] =
		"[global]\nuser_agent = Test\ndns_hosts = /nonexistent\n"
		"[peer]\ntype = peer\nhost = provider.test\ncontext = office\n"
		"username = us\nsecret = between-us\nregister = yes\n";

	(void)state;
	line_clear();
	if (office_reload(registers))
		fail_msg("%s", office_report());
	run_for(200);
	take_register("127.0.0.31:5071");
	answers("503 Service Unavailable", "", "");
	take_register("127.0.0.32:5072");
	answers("200 OK", "Contact: <sip:us@127.0.0.1>;expires=60\r\n", "");
	run_for(45000);
	take_register("127.0.0.32:5072"); /* the first one is still dead */
	answers("200 OK", "Contact: <sip:us@127.0.0.1>;expires=60\r\n", "");
	line_clear();
}

static void a_request_outside_that_nobody_answers(void **state)
{
	unsigned to_one = 0, to_one_later = 0, to_two = 0;

	(void)state;
	assert_int_equal(send_options("sip:provider.test", NULL), 0);
	run_for(4100);
	while (line_take())
		to_one += strcmp(line_peer(), "127.0.0.31:5071") == 0;
	run_for(33000);
	while (line_take()) {
		to_two += strcmp(line_peer(), "127.0.0.32:5072") == 0;
		to_one_later += strcmp(line_peer(), "127.0.0.31:5071") == 0;
	}
	assert_int_equal(to_one, 4); /* 0, 0.5, 1.5, 3.5 s; the fifth is the other's */
	assert_int_equal(to_one_later, 0);
	assert_true(to_two >= 9);
	assert_int_equal(heard.failed, 1);
	assert_int_equal(heard.rc, -ETIMEDOUT);
}

static void a_request_outside_waits_for_dns(void **state)
{
	struct sip_outside *outside;

	(void)state;
	assert_int_equal(send_options("sip:proxy.test", &outside), 0);
	line_expect_nothing();
	run_for(200);
	take_options("127.0.0.40:5060");
	answers("200 OK", "", "");
	assert_int_equal(heard.status, 200);
	assert_int_equal(send_options("sip:nobody.test", NULL), 0);
	run_for(200);
	assert_int_equal(heard.rc, -ENOENT);
	assert_int_equal(send_options("tel:+49", NULL), -EINVAL);
	assert_int_equal(send_options("sips:provider.test", NULL), -EPROTONOSUPPORT);
	assert_int_equal(send_options("sip:somebody.test", &outside), 0);
	sip_outside_forget(outside);
	assert_int_equal(send_options("sip:127.0.0.50:5070", &outside), 0);
	take_options("127.0.0.50:5070");
	sip_outside_forget(outside);
	run_for(40000);
	line_clear();
	assert_int_equal(heard.failed + heard.status, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_with_names, close_with_names)
	const struct CMUnitTest tests[] = {
		TEST(a_name_is_called_at_its_first_target),
		TEST(a_call_waits_for_dns_and_others_do_not),
		TEST(an_answer_of_dns_lets_the_call_go_on),
		TEST(a_name_that_is_none),
		TEST(the_caller_hangs_up_before_dns_has_answered),
		TEST(after_503_the_next_one_is_called),
		TEST(after_silence_the_next_one_is_called),
		TEST(who_wakes_up_too_late_is_cancelled),
		TEST(a_broken_way_is_left_at_once),
		TEST(the_last_one_says_why),
		TEST(who_was_cancelled_does_not),
		TEST(requests_in_a_dialog_go_to_the_name_in_its_contact),
		TEST(a_route_by_name_keeps_to_the_proxy_it_came_by),
		TEST(a_bye_that_gets_503_goes_to_the_next_proxy),
		TEST(a_bye_that_nobody_hears_goes_to_the_next_proxy),
		TEST(a_bye_that_cannot_be_repeated_goes_to_the_next_proxy),
		TEST(a_bye_that_was_heard_waits_for_the_proxy_that_has_it),
		TEST(a_name_tells_who_calls),
		TEST(an_outbound_proxy_is_the_way_to_the_host),
		TEST(a_call_without_a_number_is_for_the_one_of_the_section),
		TEST(variables_are_those_of_the_section),
		TEST(a_request_outside_goes_from_target_to_target),
		TEST(a_registrar_that_fails_is_left_for_the_next_one),
		TEST(a_request_outside_that_nobody_answers),
		TEST(a_request_outside_waits_for_dns),
	};

	return RUN_GROUP(tests);
}
