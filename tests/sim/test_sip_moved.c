/* Phones that register from another address or connection while they have a call or watch
 * somebody: what we have to say goes there (RFC 5626 §5.3, RFC 5627 §6.1), although the way
 * that they went before seems to be open. */
#include "tests/unit/test.h"

#include "channels/sip/endpoint/ask.h"
#include "channels/sip/event/event.h"
#include "tests/sim/sip_exchange.h"
#include "tests/sim/sip_register.h"

static struct sip_phone far, callee;

#define BEHIND_NAT "Contact: <sip:1002@10.0.0.9:5060>\n"
#define DEVICE(host, id)                                                                           \
	"Supported: gruu\nContact: <sip:1002@" host ">;+sip.instance=\"<urn:uuid:" id ">\"\n"

static const char *registers_from(const char *from, uint16_t port, const char *call_id,
				  const char *contact)
{
	const char *ok = sip_register(&(struct sip_registering){ .user = "1002",
								 .password = "two",
								 .call_id = call_id,
								 .more = contact,
								 .from = from,
								 .port = port });

	if (strncmp(ok, "SIP/2.0 200", 11) != 0)
		fail_msg("a 200 was expected:\n%s", ok);
	return ok;
}

static const char *registers(uint16_t port, const char *call_id, const char *contact)
{
	return registers_from("127.0.0.3", port, call_id, contact);
}

/* 1002 is called, and rings. */
static void rings(const char *more)
{
	phone_invite(&far, "alice", "701", "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_called(&callee);
	line_answer_from(line_peer());
	phone_answer(&callee, "180 Ringing", more, "");
	run_for(10);
	phone_expect(&far, "SIP/2.0 180");
}

static void talks(const char *more)
{
	rings(more);
	phone_answer(&callee, "200 OK", more, SDP(""));
	line_expect("ACK ");
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	run_for(10);
}

/* The other one hangs up: the phone is told, and where. */
static void is_over(const char *peer)
{
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
	run_for(10);
	phone_expect_request(&callee, "BYE ");
	assert_string_equal(line_peer(), peer);
	line_answer_from(peer);
	phone_answer(&callee, "200 OK", "", "");
	line_answer_from(NULL);
	run_for(10);
}

static void a_phone_is_followed_to_another_port_of_its_nat(void **state)
{
	(void)state;
	registers(5071, "r", BEHIND_NAT);
	talks(BEHIND_NAT);
	registers(5072, "r", BEHIND_NAT);
	is_over("127.0.0.3:5072");
}

/* Its GRUU is its Contact, or what it registered; its address is another one, and so is
 * its Contact. */
static void a_phone_is_followed_to_another_address_of_its_own(void **state)
{
	char contact[256];

	(void)state;
	snprintf(contact, sizeof(contact), "Contact: <%s>\n",
		 line_part(registers(5071, "r", DEVICE("10.0.0.9:5060", "1")),
			   "pub-gruu=\"", "\""));
	talks(contact);
	registers(5072, "r", DEVICE("10.0.0.10:5060", "1"));
	is_over("127.0.0.3:5072");
}

static void a_phone_is_followed_to_a_new_connection_before_the_old_is_lost(void **state)
{
	(void)state;
	line_connect(1);
	registers(5071, "r", DEVICE("10.0.0.9:5060;transport=tcp", "1"));
	talks("Contact: <sip:1002@10.0.0.9:5060;transport=tcp>\n");
	registers(5072, "r", DEVICE("10.0.0.9:5060;transport=tcp", "1"));
	is_over("127.0.0.3:5072");
	line_connect(0);
}

/* It has not heard the PRACK, and says the same by the new connection. */
static void a_reliable_answer_is_acknowledged_by_the_new_connection(void **state)
{
	(void)state;
	line_connect(1);
	registers(5071, "r", DEVICE("10.0.0.9:5060;transport=tcp", "1"));
	phone_invite(&far, "alice", "701", "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_called(&callee);
	line_answer_from(line_peer());
	phone_answer(&callee, "183 Session Progress", "Require: 100rel\nRSeq: 7\n" BEHIND_NAT,
		     SDP(""));
	line_expect("PRACK ");
	run_for(10);
	phone_expect(&far, "SIP/2.0 183");
	phone_answer(&callee, "183 Session Progress", "Require: 100rel\nRSeq: 7\n" BEHIND_NAT,
		     SDP(""));
	run_for(100);
	line_expect_nothing();
	line_connect(2);
	registers(5072, "r", DEVICE("10.0.0.9:5060;transport=tcp", "1"));
	line_answer_from("127.0.0.3:5072");
	phone_answer(&callee, "183 Session Progress", "Require: 100rel\nRSeq: 7\n" BEHIND_NAT,
		     SDP(""));
	assert_string_equal(line_header(line_expect("PRACK "), "RAck"), "7 1 INVITE");
	assert_string_equal(line_peer(), "127.0.0.3:5072");
	line_answer_from(NULL);
	line_clear();
	run_for(100000);
	line_clear();
	line_connect(0);
}

static void another_device_takes_nothing(void **state)
{
	(void)state;
	registers(5071, "r", DEVICE("10.0.0.9:5060", "1"));
	talks(BEHIND_NAT);
	registers(5072, "s", DEVICE("10.0.0.10:5060", "2"));
	registers(5073, "s", DEVICE("10.0.0.10:5060", "2"));
	/* Not even from the same place. */
	registers(5071, "s", DEVICE("10.0.0.10:5060", "2"));
	registers(5074, "s", DEVICE("10.0.0.10:5060", "2"));
	is_over("127.0.0.3:5071");
}

/* At home and in the branch, behind a NAT each. */
static void two_devices_may_have_one_private_address(void **state)
{
	(void)state;
	registers(5071, "r", DEVICE("10.0.0.9:5060", "1"));
	talks(BEHIND_NAT);
	registers(5072, "s", DEVICE("10.0.0.9:5060", "2"));
	registers(5072, "s", DEVICE("10.0.0.9:5060", "2"));
	assert_int_equal(sip_location_find(sip.location, RD_STR("1002"))->count, 2);
	is_over("127.0.0.3:5071");
	/* One that took the place of another is alone there. */
	registers(5072, "t", DEVICE("10.0.0.9:5060", "3"));
	assert_int_equal(sip_location_find(sip.location, RD_STR("1002"))->count, 2);
}

/* Who leaves without saying which device it is, is the one at that place. */
static void of_two_with_one_address_the_one_that_asks_leaves(void **state)
{
	struct sip_aor *aor;

	(void)state;
	registers(5071, "r", DEVICE("10.0.0.9:5060", "1"));
	registers(5072, "s", DEVICE("10.0.0.9:5060", "2"));
	aor = sip_location_find(sip.location, RD_STR("1002"));
	assert_int_equal(aor->count, 2);
	registers(5071, "t", "Contact: <sip:1002@10.0.0.9:5060>;expires=0\n");
	assert_int_equal(aor->count, 1);
	assert_int_equal(sip_sockaddr_port(&sip_aor_first(aor)->flow.peer), 5072);
	registers(5071, "u", DEVICE("10.0.0.9:5060", "1"));
	registers(5072, "v", "Contact: <sip:1002@10.0.0.9:5060>;expires=0\n");
	assert_int_equal(aor->count, 1);
	assert_int_equal(sip_sockaddr_port(&sip_aor_first(aor)->flow.peer), 5071);
}

/* A call to what the dialplan is told of 1002's contacts rings there, once each. */
static void are_called(const char *contacts, const char *one, const char *other)
{
	struct sip_phone first, second;
	struct rd_buf out;

	rd_buf_init(&out);
	assert_int_equal(sip_dial_contacts_read(NULL, "1002", &out), 0);
	assert_string_equal(rd_buf_text(&out), contacts);
	seen.dials = rd_buf_text(&out);
	phone_invite(&far, "alice", "707", "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_called(&first);
	assert_string_equal(line_peer(), one);
	phone_called(&second);
	assert_string_equal(line_peer(), other);
	line_expect_nothing();
	rd_buf_fini(&out);
	line_clear();
	phone_request(&far, "CANCEL", "", "");
	run_for(100000);
	line_clear();
}

static void both_at_one_private_address_are_called(void **state)
{
	(void)state;
	registers(5071, "r", DEVICE("10.0.0.9:5060", "1"));
	registers(5072, "s", DEVICE("10.0.0.9:5060", "2"));
	are_called("PJSIP/1002/sip:1002@10.0.0.9:5060", "127.0.0.3:5072", "127.0.0.3:5071");
}

/* Equal by RFC 3261 §19.1.4, but told apart: each is named. */
static void both_are_called_once_where_one_has_a_parameter_more(void **state)
{
	(void)state;
	registers(5071, "r", DEVICE("10.0.0.9:5060", "1"));
	registers(5072, "s", DEVICE("10.0.0.9:5060;rinstance=2", "2"));
	are_called("PJSIP/1002/sip:1002@10.0.0.9:5060;rinstance=2&"
		   "PJSIP/1002/sip:1002@10.0.0.9:5060",
		   "127.0.0.3:5072", "127.0.0.3:5071");
}

static unsigned count_1002(void)
{
	return sip_location_find(sip.location, RD_STR("1002"))->count;
}

/* Neither says which device it is: they come from two places, with a Call-ID each. */
static void two_that_say_nothing_may_have_one_private_address(void **state)
{
	(void)state;
	registers_from("127.0.0.3", 5071, "r", BEHIND_NAT);
	registers_from("127.0.0.4", 5072, "s", BEHIND_NAT);
	assert_int_equal(count_1002(), 2);
	registers_from("127.0.0.3", 5071, "r", BEHIND_NAT);
	assert_int_equal(count_1002(), 2);
	are_called("PJSIP/1002/sip:1002@10.0.0.9:5060", "127.0.0.3:5071", "127.0.0.4:5072");
	/* One that started anew, and one whose router has another address. */
	registers_from("127.0.0.4", 5073, "t", BEHIND_NAT);
	registers_from("127.0.0.5", 5074, "r", BEHIND_NAT);
	assert_int_equal(count_1002(), 2);
	are_called("PJSIP/1002/sip:1002@10.0.0.9:5060", "127.0.0.5:5074", "127.0.0.4:5073");
	registers_from("127.0.0.5", 5074, "r", "Contact: <sip:1002@10.0.0.9:5060>;expires=0\n");
	assert_int_equal(count_1002(), 1);
	/* Nor does one that says it take the place of one that does not. */
	registers_from("127.0.0.3", 5075, "u", DEVICE("10.0.0.9:5060", "1"));
	assert_int_equal(count_1002(), 2);
}

/* Nobody sees where it is through a proxy: that it comes by one is no other device. */
static void through_a_proxy_it_is_the_same_one(void **state)
{
	(void)state;
	registers_from("127.0.0.3", 5071, "r", BEHIND_NAT);
	registers_from("127.0.0.4", 5072, "s",
		       "Supported: path\nPath: <sip:127.0.0.4;lr>\n" BEHIND_NAT);
	assert_int_equal(count_1002(), 1);
	registers_from("127.0.0.3", 5071, "t", BEHIND_NAT);
	assert_int_equal(count_1002(), 1);
}

/* Without a NAT it is one binding, wherever the request comes from (RFC 3261 §10.3). */
static void one_public_address_is_one_binding(void **state)
{
	(void)state;
	registers_from("127.0.0.3", 5071, "r", "Contact: <sip:1002@192.0.2.9>\n");
	registers_from("127.0.0.4", 5072, "s", "Contact: <sip:1002@192.0.2.9>\n");
	assert_int_equal(count_1002(), 1);
}

/* RFC 5626 §5.3: both flows of a device stand. */
static void another_flow_takes_nothing(void **state)
{
	(void)state;
	registers(5071, "r", "Supported: outbound\nContact: <sip:1002@10.0.0.9:5060;ob>"
		  ";reg-id=1;+sip.instance=\"<urn:uuid:1>\"\n");
	talks("Contact: <sip:1002@10.0.0.9:5060;ob>\n");
	registers(5072, "s", "Supported: outbound\nContact: <sip:1002@10.0.0.9:5060;ob>"
		  ";reg-id=2;+sip.instance=\"<urn:uuid:1>\"\n");
	is_over("127.0.0.3:5071");
}

/* It registers from another port; the answer is not read yet. */
static void moves(void)
{
	sip_register_untold(&(struct sip_registering){ .user = "1002", .password = "two",
						       .call_id = "r", .more = BEHIND_NAT,
						       .from = "127.0.0.3", .port = 5072 });
}

static void hung_up_while_it_moves(void)
{
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
	run_for(10);
	line_expect("BYE ");
	assert_string_equal(line_peer(), "127.0.0.3:5071");
	run_for(300);
	moves();
	phone_expect_request(&callee, "BYE ");
	assert_string_equal(line_peer(), "127.0.0.3:5072");
}

/* What went to where it was is lost, or it would have been answered. */
static void a_bye_under_way_follows(void **state)
{
	(void)state;
	registers(5071, "r", BEHIND_NAT);
	talks(BEHIND_NAT);
	hung_up_while_it_moves();
	line_expect("SIP/2.0 200"); /* to its REGISTER */
	run_for(510);
	line_expect("BYE ");
	assert_string_equal(line_peer(), "127.0.0.3:5072");
	line_answer_from("127.0.0.3:5072");
	phone_answer(&callee, "200 OK", "", "");
	line_answer_from(NULL);
	run_for(40000);
	line_expect_nothing();
	assert_int_equal(sip.call_count, 0);
}

static void a_session_refresh_under_way_follows(void **state)
{
	(void)state;
	registers(5071, "r", BEHIND_NAT);
	talks(BEHIND_NAT "Require: timer\nSession-Expires: 90;refresher=uac\n");
	run_for(45000);
	line_expect("INVITE ");
	assert_string_equal(line_peer(), "127.0.0.3:5071");
	run_for(200);
	moves();
	line_expect("SIP/2.0 200");
	run_for(400);
	phone_expect_request(&callee, "INVITE ");
	assert_string_equal(line_peer(), "127.0.0.3:5072");
	line_answer_from("127.0.0.3:5072");
	phone_answer(&callee, "200 OK", BEHIND_NAT, SDP(""));
	line_expect("ACK ");
	is_over("127.0.0.3:5072");
}

static void a_bye_that_is_answered_is_not_sent_again(void **state)
{
	(void)state;
	registers(5071, "r", BEHIND_NAT);
	talks(BEHIND_NAT);
	is_over("127.0.0.3:5071");
	registers(5072, "r", BEHIND_NAT);
	line_expect_nothing();
}

static void who_rings_is_cancelled_where_it_is(void **state)
{
	(void)state;
	registers(5071, "r", BEHIND_NAT);
	rings(BEHIND_NAT);
	registers(5072, "r", BEHIND_NAT);
	phone_request(&far, "CANCEL", "", "");
	line_expect("SIP/2.0 200");
	line_expect("SIP/2.0 487");
	run_for(10);
	line_expect("CANCEL ");
	assert_string_equal(line_peer(), "127.0.0.3:5072");
	line_answer_from(NULL);
}

/* ---- who watches ---- */

static int open_nothing(struct rd_sip_watch *watch)
{
	(void)watch;
	return 0;
}

static int print_nothing(struct rd_sip_watch *watch, const struct rd_sip_notice *notice,
			 struct rd_buf *body)
{
	(void)watch, (void)notice;
	rd_buf_printf(body, "x\n");
	return 0;
}

static const char *const types[] = { "text/x", NULL };
static const struct rd_sip_package package = {
	.name = "x", .types = types, .expires_s = 300, .open = open_nothing, .print = print_nothing
};

static void subscribes(unsigned cseq, const char *credentials)
{
	char text[2048];

	snprintf(text, sizeof(text), "SUBSCRIBE sip:127.0.0.1 SIP/2.0\n"
		 "Via: SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bKsub%u;rport\nMax-Forwards: 70\n"
		 "From: <sip:1002@127.0.0.1>;tag=w\nTo: <sip:1002@127.0.0.1>\nCall-ID: sub\n"
		 "CSeq: %u SUBSCRIBE\nEvent: x\nExpires: 100\n" BEHIND_NAT "%s\n",
		 cseq, cseq, credentials);
	line_feed_from("127.0.0.3", 5071, text);
}

static void who_watches_is_told_where_it_is(void **state)
{
	struct sip_phone watcher = { 0 };

	(void)state;
	assert_int_equal(sip_package_add(&package), 0);
	registers(5071, "r", BEHIND_NAT);
	subscribes(1, "");
	subscribes(2, office_credentials(line_expect("SIP/2.0 401"), "SUBSCRIBE", "1002", "two",
					 "MD5"));
	line_expect("SIP/2.0 200");
	run_for(10);
	phone_expect_request(&watcher, "NOTIFY ");
	line_answer_from("127.0.0.3:5071");
	phone_answer(&watcher, "200 OK", "", "");
	/* What was sent before it moved, too. */
	sip_resource_changed(&package, "1002");
	run_for(100);
	line_expect("NOTIFY ");
	assert_string_equal(line_peer(), "127.0.0.3:5071");
	moves();
	phone_expect_request(&watcher, "NOTIFY ");
	assert_string_equal(line_peer(), "127.0.0.3:5072");
	line_expect("SIP/2.0 200"); /* to its REGISTER */
	line_answer_from("127.0.0.3:5072");
	phone_answer(&watcher, "200 OK", "", "");
	run_for(101000); /* it is not renewed, and so ends */
	line_expect("NOTIFY ");
	assert_string_equal(line_peer(), "127.0.0.3:5072");
	line_answer_from(NULL);
	run_for(40000);
	sip_package_remove(&package);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, exchange_open, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_phone_is_followed_to_another_port_of_its_nat),
		TEST(a_phone_is_followed_to_another_address_of_its_own),
		TEST(a_phone_is_followed_to_a_new_connection_before_the_old_is_lost),
		TEST(a_reliable_answer_is_acknowledged_by_the_new_connection),
		TEST(another_device_takes_nothing),
		TEST(two_devices_may_have_one_private_address),
		TEST(of_two_with_one_address_the_one_that_asks_leaves),
		TEST(both_at_one_private_address_are_called),
		TEST(both_are_called_once_where_one_has_a_parameter_more),
		TEST(two_that_say_nothing_may_have_one_private_address),
		TEST(through_a_proxy_it_is_the_same_one),
		TEST(one_public_address_is_one_binding),
		TEST(another_flow_takes_nothing),
		TEST(a_bye_under_way_follows),
		TEST(a_session_refresh_under_way_follows),
		TEST(a_bye_that_is_answered_is_not_sent_again),
		TEST(who_rings_is_cancelled_where_it_is),
		TEST(who_watches_is_told_where_it_is),
	};

	return RUN_GROUP(tests);
}
