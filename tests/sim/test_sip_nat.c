/* NATs on either side: what the world is told of us, and phones whose door is
 * kept open. */
#include "tests/unit/test.h"

#include <stdlib.h>

#include <ringdown/channel.h>

#include "tests/sim/sip_exchange.h"
#include "tests/sim/sip_register.h"
#include "tests/unit/sip_zone.h"

static struct sip_phone far, callee;

/* The world reaches us at 203.0.113.7; 127.0.0.9 is within, or is not. */
static void go_behind_nat(const char *inside)
{
	struct sip_transport *line = sip_transports_find(sip.transports, "line");
	struct sip_network network = { .next = NULL };
	union sip_sockaddr external;

	assert_int_equal(sip_sockaddr_parse(&external, RD_STR("203.0.113.7"), 0), 0);
	assert_int_equal(sip_network_parse(&network, inside), 0);
	assert_int_equal(sip_transport_set_external(line, &external, &network), 0);
}

static void hang_up(void)
{
	phone_request(&far, "BYE", "", "");
	phone_expect(&far, "SIP/2.0 200");
	run_for(10);
}

static void who_is_outside_gets_the_external_address(void **state)
{
	const char *ok;

	(void)state;
	go_behind_nat("10.0.0.0/8");
	phone_invite(&far, "alice", "600", "", SDP(""));
	run_for(20);
	ok = phone_final(&far, "SIP/2.0 200");
	assert_string_equal(line_header(ok, "Contact"), "<sip:203.0.113.7:5060>");
	assert_string_equal(line_part(ok, "c=IN IP4 ", "\n"), "203.0.113.7");
	assert_non_null(strstr(line_part(ok, "o=", "\n"), " 203.0.113.7"));
	assert_int_not_equal(atoi(line_part(ok, "m=audio ", " ")), 5060);
	phone_ack(&far, "");
	hang_up();
}

static void who_is_inside_gets_our_own(void **state)
{
	const char *ok;

	(void)state;
	go_behind_nat("127.0.0.9");
	phone_invite(&far, "alice", "600", "", SDP(""));
	run_for(20);
	ok = phone_final(&far, "SIP/2.0 200");
	assert_string_equal(line_header(ok, "Contact"), "<sip:127.0.0.1:5060>");
	assert_string_equal(line_part(ok, "c=IN IP4 ", "\n"), "127.0.0.1");
	phone_ack(&far, "");
	hang_up();
}

static void a_call_from_inside_goes_out_under_the_external_address(void **state)
{
	(void)state;
	go_behind_nat("127.0.0.9");
	phones_dial(&far, &callee);
	assert_non_null(strstr(line_header(callee.request, "Via"),
			       "SIP/2.0/UDP 203.0.113.7:5060;"));
	assert_string_equal(line_header(callee.request, "Contact"),
			    "<sip:203.0.113.7:5060>");
	assert_string_equal(line_part(callee.request, "c=IN IP4 ", "\n"), "203.0.113.7");
	phone_answer(&callee, "486 Busy Here", "", "");
	line_expect("ACK ");
	run_for(10);
	phone_final(&far, "SIP/2.0 ");
	phone_ack(&far, "");
}

/* ---- a name for our address ---- */

#define NAMED(more)                                                            \
	"[global]\nuser_agent = Test\ndns_hosts = /nonexistent\n"              \
	"[gate]\ntype = phone\nmatch = 127.0.0.9\ncontext = office\n"          \
	"[line]\ntype = transport\nbind = 127.0.0.1:5060\nlocal_net = 10.0.0.0/8\n" more

static void we_are_told_to_be_at(const char *contact)
{
	phone_invite(&far, "alice", "604", "", SDP(""));
	run_for(20);
	phone_invite(&far, "alice", "600", "", SDP(""));
	run_for(20);
	line_expect("SIP/2.0 100");
	line_expect("SIP/2.0 486");
	assert_string_equal(line_header(phone_final(&far, "SIP/2.0 200"), "Contact"), contact);
	phone_ack(&far, "");
	hang_up();
	line_clear();
	run_for(40000); /* nobody acknowledged the 486 */
	line_clear();
}

static void a_name_is_looked_up_and_again_in_time(void **state)
{
	(void)state;
	zone_set("pbx.test 60 A 203.0.113.9\npbx.test 60 AAAA 2001:db8::9\n");
	zone_serve(sip.resolver, 20);
	assert_int_equal(office_reload(NAMED("external_address = pbx.test:5099\n")), 0);
	run_for(100);
	we_are_told_to_be_at("<sip:203.0.113.9:5099>");
	zone_set("pbx.test 60 A 203.0.113.10\n");
	run_for(61000);
	we_are_told_to_be_at("<sip:203.0.113.10:5099>");
	zone_set("pbx.test 0 SILENT\n");
	run_for(120000); /* the last one serves on */
	we_are_told_to_be_at("<sip:203.0.113.10:5099>");
	zone_set("pbx.test 60 A 203.0.113.11\n");
	assert_int_equal(office_reload(NAMED("external_address = pbx.test\n")), 0);
	run_for(120000);
	we_are_told_to_be_at("<sip:203.0.113.11:5060>");
	assert_int_equal(office_reload(NAMED("")), 0);
	zone_forget();
}

static int close_with_names(void **state)
{
	/* Nobody is there any more to be asked for names again and again. */
	zone_serve(sip.resolver, 0);
	return exchange_close(state);
}

static void a_name_that_is_none_is_refused(void **state)
{
	(void)state;
	assert_int_equal(office_reload(NAMED("external_address = pbx test\n")), -EINVAL);
	assert_non_null(strstr(office_report(), "or a name such as pbx.example.org"));
	assert_int_equal(office_reload(NAMED("external_address = pbx.test:77777\n")), -EINVAL);
}

/* ---- phones behind a NAT ---- */

static void bind_contact(const char *uri, const char *source)
{
	sip_transports_find(sip.transports, "line")->keepalive_ms = 25000;
	office_bind("1002", source, 40000,
		    &(struct sip_contact_params){ .uri = rd_str_of(uri), .q = 1000 });
}

static void unbind_all(void)
{
	struct sip_aor *aor = sip_location_get(sip.location, RD_STR("1002"));

	while (aor->count)
		sip_aor_unbind(sip_aor_first(aor), SIP_UNBOUND_BY_ITSELF);
}

static void a_phone_behind_a_nat_is_kept_alive(void **state)
{
	(void)state;
	bind_contact("sip:1002@192.168.1.7:5060", "127.0.0.3");
	for (int i = 0; i < 3; i++) {
		run_for(24990);
		line_expect_nothing();
		run_for(10);
		assert_string_equal(line_take(), "\n\n");
	}
	/* As long as it is registered. */
	unbind_all();
	run_for(60000);
	line_expect_nothing();
}

static void a_phone_that_knows_its_address_is_left_alone(void **state)
{
	(void)state;
	bind_contact("sip:1002@127.0.0.3:40000", "127.0.0.3");
	run_for(60000);
	line_expect_nothing();
	/* It moves behind one, and back. */
	bind_contact("sip:1002@127.0.0.3:40000", "127.0.0.4");
	run_for(25010);
	assert_string_equal(line_take(), "\n\n");
	bind_contact("sip:1002@127.0.0.3:40000", "127.0.0.3");
	run_for(60000);
	line_expect_nothing();
	unbind_all();
}

/* ---- phones behind a NAT that do not ask for rport ---- */

#define PHONES(more) \
	"[global]\nuser_agent = Test\n" \
	"[gate]\ntype = phone\nmatch = 127.0.0.9\ncontext = office\n" \
	"[1002]\ntype = phone\nsecret = two\ncontext = office\n" more

static const struct sip_registering old_phone = {
	.user = "1002",
	.password = "two",
	.call_id = "old",
	.more = "Contact: <sip:1002@192.168.1.50:5060>\n",
	.via = "192.168.1.50:5060",
	.from = "127.0.0.17",
	.port = 6000,
};

/* Its 401 and its 200 go to this port. */
static const char *registers_and_is_answered_at(const char *peer)
{
	const char *ok;

	sip_register_untold(&old_phone);
	assert_string_equal(line_peer(), peer); /* of the 401, which was taken */
	ok = line_expect("SIP/2.0 200");
	assert_string_equal(line_peer(), peer);
	return ok;
}

static void a_phone_without_rport_registers_through_a_nat_and_is_called(void **state)
{
	const char *ok;

	(void)state;
	assert_int_equal(office_reload(PHONES("")), 0);
	ok = registers_and_is_answered_at("127.0.0.17:6000");
	assert_non_null(strstr(line_header(ok, "Via"), ";received=127.0.0.17"));
	assert_null(strstr(line_header(ok, "Via"), "rport"));
	seen.dials = "SIP/1002";
	phone_invite(&far, "alice", "707", "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	line_expect("INVITE sip:1002@192.168.1.50:5060 ");
	assert_string_equal(line_peer(), "127.0.0.17:6000");
	phone_request(&far, "CANCEL", "", "");
	run_for(100000);
	line_clear();
	unbind_all();
}

static void a_phone_may_want_its_answers_where_its_via_says(void **state)
{
	(void)state;
	assert_int_equal(office_reload(PHONES("force_rport = no\n")), 0);
	registers_and_is_answered_at("127.0.0.17:5060");
	unbind_all();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, exchange_open, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_is_outside_gets_the_external_address),
		TEST(who_is_inside_gets_our_own),
		TEST(a_call_from_inside_goes_out_under_the_external_address),
		cmocka_unit_test_setup_teardown(a_name_is_looked_up_and_again_in_time,
						exchange_open, close_with_names),
		TEST(a_name_that_is_none_is_refused),
		TEST(a_phone_behind_a_nat_is_kept_alive),
		TEST(a_phone_that_knows_its_address_is_left_alone),
		TEST(a_phone_without_rport_registers_through_a_nat_and_is_called),
		TEST(a_phone_may_want_its_answers_where_its_via_says),
	};

	return RUN_GROUP(tests);
}
