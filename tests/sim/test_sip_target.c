/* Where requests of a dialog without a route set go (RFC 3261 §12.2.1.1): to where Contact
 * says, also from peers that send by a dispatcher, or by a proxy that does not record its
 * route; and back to phones behind a NAT, whose Contact leads nowhere. */
#include "tests/unit/test.h"

#include <ringdown/channel.h>

#include "core/sched/sched.h"
#include "tests/sim/sip_exchange.h"

static const char conf[] =
	"[global]\nuser_agent = Test\nguard = no\n"
	"[gate]\ntype = phone\nmatch = 127.0.0.9\ncontext = office\n"
	"[trunk]\ntype = peer\nhost = 127.0.0.12\ncontext = office\n"
	"[branch]\ntype = peer\nhost = 198.51.100.7:5062\ncontext = office\n"
	"[away]\ntype = peer\nsecret = two\ncontext = office\n"
	"[phone]\ntype = phone\nmatch = 127.0.0.14\ncontext = office\n"
	"[roamer]\ntype = phone\nmatch = 198.51.100.8\ncontext = office\n"
	"[back]\ntype = peer\nmatch = 127.0.0.15\ncontext = office\nsend_to_source = yes\n"
	"[told]\ntype = phone\nmatch = 127.0.0.16\ncontext = office\nsend_to_source = no\n"
	"[1002]\ntype = phone\nsecret = two\ncontext = office\n";

static struct sip_phone far, callee;
static unsigned serial;

static int open_office(void **state)
{
	int rc = exchange_open(state);

	if (office_reload(conf))
		fail_msg("%s", office_report());
	return rc;
}

/* ---- who calls ---- */

#define PROXIED "Via: SIP/2.0/UDP 127.0.0.77:5060;branch=z9hG4bKbelow\n"

static void send_as_caller(const char *source, uint16_t port, const char *method,
			   const char *to_tag, const char *contact, const char *more)
{
	bool is_invite = strcmp(method, "INVITE") == 0;
	char text[2048];

	snprintf(text, sizeof(text),
		 "%s sip:605@127.0.0.1 SIP/2.0\nVia: SIP/2.0/UDP %s:%u;branch=z9hG4bK%s%u;rport\n"
		 "%sMax-Forwards: 70\nFrom: <sip:a@h>;tag=f%u\nTo: <sip:605@h>%s\n"
		 "Call-ID: target-%u\nCSeq: 1 %s\nContact: <sip:a@%s>\n%s\n%s",
		 method, source, port, method, serial, more, serial, to_tag, serial, method,
		 contact, is_invite ? "Content-Type: application/sdp\n" : "",
		 is_invite ? SDP("") : "");
	line_feed_from(source, port, text);
}

/* 605 answers and hangs up: its BYE names the Contact, and goes there (peer). */
static void is_ended_at(const char *source, uint16_t port, const char *contact,
			const char *more, const char *peer)
{
	char to_tag[80], bye[128];

	serial++;
	send_as_caller(source, port, "INVITE", "", contact, more);
	run_for(20);
	snprintf(to_tag, sizeof(to_tag), ";tag=%s",
		 line_part(line_header(phone_final(&far, "SIP/2.0 200"), "To"), ";tag=", ";\n"));
	send_as_caller(source, port, "ACK", to_tag, contact, more);
	run_for(20);
	snprintf(bye, sizeof(bye), "BYE sip:a@%s SIP/2.0", contact);
	snprintf(far.request, sizeof(far.request), "%s", line_expect(bye));
	assert_string_equal(line_peer(), peer);
	phone_answer(&far, "200 OK", "", "");
	run_for(100);
}

static void a_peer_is_told_where_its_contact_says(void **state)
{
	(void)state;
	is_ended_at("127.0.0.12", 5060, "127.0.0.11:5070", "", "127.0.0.11:5070");
	is_ended_at("127.0.0.12", 5060, "127.0.0.11", PROXIED, "127.0.0.11:5060");
	is_ended_at("198.51.100.7", 5062, "203.0.113.5:5070", "", "203.0.113.5:5070");
	is_ended_at("127.0.0.12", 5062, "127.0.0.12:5060", "", "127.0.0.12:5060");
}

static void but_for_one_behind_a_nat(void **state)
{
	(void)state;
	is_ended_at("198.51.100.7", 5062, "192.168.1.50", "", "198.51.100.7:5062");
	is_ended_at("198.51.100.7", 5062, "100.64.0.9", "", "198.51.100.7:5062");
	is_ended_at("198.51.100.7", 5062, "127.0.0.1", "", "198.51.100.7:5062");
}

static void a_phone_is_told_where_it_sends_from(void **state)
{
	(void)state;
	is_ended_at("127.0.0.14", 5099, "127.0.0.11", "", "127.0.0.14:5099");
	is_ended_at("198.51.100.8", 5099, "192.168.1.50", "", "198.51.100.8:5099");
}

static void but_for_one_behind_a_proxy_that_records_no_route(void **state)
{
	(void)state;
	is_ended_at("127.0.0.14", 5060, "127.0.0.11", PROXIED, "127.0.0.11:5060");
	/* There is no other way. */
	is_ended_at("198.51.100.8", 5060, "192.168.1.50", PROXIED, "198.51.100.8:5060");
}

static void the_administrator_may_know_better(void **state)
{
	(void)state;
	is_ended_at("127.0.0.15", 5060, "127.0.0.11", PROXIED, "127.0.0.15:5060");
	is_ended_at("127.0.0.16", 5060, "127.0.0.11", "", "127.0.0.11:5060");
}

/* ---- who is called ---- */

/* Dial(resource) is answered with this Contact: ACK, and BYE when the caller hangs up,
 * go to peer. */
static void answers_and_is_heard_at(const char *resource, const char *contact,
				    const char *peer)
{
	char more[128], line[128];

	seen.dials = resource;
	phone_invite(&far, "alice", "707", "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_called(&callee);
	snprintf(more, sizeof(more), "Contact: <sip:b@%s>\n", contact);
	phone_answer(&callee, "200 OK", more, SDP(""));
	snprintf(line, sizeof(line), "ACK sip:b@%s SIP/2.0", contact);
	line_expect(line);
	assert_string_equal(line_peer(), peer);
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	run_for(10);
	phone_request(&far, "BYE", "", "");
	phone_expect(&far, "SIP/2.0 200");
	run_for(10);
	phone_expect_request(&callee, "BYE ");
	assert_string_equal(line_peer(), peer);
	phone_answer(&callee, "200 OK", "", "");
	run_for(100);
}

static void a_peer_that_was_called_is_told_where_its_contact_says(void **state)
{
	(void)state;
	answers_and_is_heard_at("SIP/trunk", "127.0.0.15:5070", "127.0.0.15:5070");
}

static void register_at(const char *name, const char *host)
{
	office_bind(name, host, 40000, &(struct sip_contact_params){
		.uri = RD_STR("sip:x@192.168.1.50"), .q = 1000 });
}

static void unregister(const char *name)
{
	sip_aor_unbind(sip_aor_first(sip_location_get(sip.location, rd_str_of(name))),
		       SIP_UNBOUND_BY_ITSELF);
}

static void but_for_one_that_is_behind_a_nat(void **state)
{
	(void)state;
	register_at("away", "198.51.100.9");
	answers_and_is_heard_at("SIP/away", "192.168.1.50", "198.51.100.9:40000");
	answers_and_is_heard_at("SIP/away", "203.0.113.5", "203.0.113.5:5060");
	unregister("away");
}

static void so_is_whoever_a_bare_uri_leads_to(void **state)
{
	(void)state;
	answers_and_is_heard_at("SIP/sip:x@127.0.0.12", "127.0.0.15", "127.0.0.15:5060");
}

/* A second phone behind the far end answers, too, when the call with the first is over. */
static void answers_late_and_is_heard_at(const char *resource, const char *peer)
{
	char invite[4096];

	seen.dials = resource;
	phone_invite(&far, "alice", "707", "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	snprintf(invite, sizeof(invite), "%s", phone_called(&callee));
	line_answer_from(line_peer());
	phone_answer(&callee, "200 OK", "", SDP(""));
	run_for(10);
	line_clear();
	phone_request(&callee, "BYE", "", "");
	run_for(100);
	line_clear();
	snprintf(callee.our_tag, sizeof(callee.our_tag), "another");
	phone_answer_invite(&callee, invite, "200 OK", "Contact: <sip:b@127.0.0.15:5070>\n",
			    SDP(""));
	line_expect("ACK sip:b@127.0.0.15:5070 SIP/2.0");
	assert_string_equal(line_peer(), peer);
	phone_expect_request(&callee, "BYE ");
	assert_string_equal(line_peer(), peer);
	phone_answer(&callee, "200 OK", "", "");
	line_answer_from(NULL);
	run_for(100000);
	line_clear();
}

static void who_answers_too_late_is_told_so_at_the_same_place(void **state)
{
	(void)state;
	answers_late_and_is_heard_at("SIP/trunk", "127.0.0.15:5070");
	register_at("1002", "127.0.0.3");
	answers_late_and_is_heard_at("SIP/1002", "127.0.0.3:40000");
	unregister("1002");
}

static void a_phone_that_was_called_is_told_where_it_registered_from(void **state)
{
	(void)state;
	register_at("1002", "127.0.0.3");
	answers_and_is_heard_at("SIP/1002", "127.0.0.15", "127.0.0.3:40000");
	unregister("1002");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_office, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_peer_is_told_where_its_contact_says),
		TEST(but_for_one_behind_a_nat),
		TEST(a_phone_is_told_where_it_sends_from),
		TEST(but_for_one_behind_a_proxy_that_records_no_route),
		TEST(the_administrator_may_know_better),
		TEST(a_peer_that_was_called_is_told_where_its_contact_says),
		TEST(but_for_one_that_is_behind_a_nat),
		TEST(so_is_whoever_a_bare_uri_leads_to),
		TEST(who_answers_too_late_is_told_so_at_the_same_place),
		TEST(a_phone_that_was_called_is_told_where_it_registered_from),
	};

	return RUN_GROUP(tests);
}
