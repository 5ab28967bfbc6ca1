/* The call flows of RFC 3665 §3, each by its section: the exchange is Bob where it
 * is called, Alice where it calls, and the proxies are Vias, Record-Routes and
 * challenges. What fails over to another proxy (§3.4) is in test_sip_failover. */
#include "tests/unit/test.h"

#include <arpa/inet.h>

#include <ringdown/channel.h>
#include <ringdown/tech.h>

#include "tests/sim/sip_exchange.h"

static struct sip_phone far, callee;
static char invite[4096];

#define HAS(text, part)	  assert_non_null(strstr(text, part))
#define LACKS(text, part) assert_null(strstr(text, part))

/* ---- Alice: the exchange calls ---- */

static void dial(const char *number)
{
	phone_invite(&far, "alice", number, "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	snprintf(invite, sizeof(invite), "%s", phone_called(&callee));
}

static void answer(const char *status, const char *more, const char *body)
{
	phone_answer_invite(&callee, invite, status, more, body);
	run_for(10);
}

static void they_talk(void)
{
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	run_for(10);
	assert_int_equal(rd_channel_count(), 2);
}

static void far_hangs_up(void)
{
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
	run_for(10);
}

static const char *alice_hangs_up(void)
{
	const char *bye;

	far_hangs_up();
	bye = phone_expect_request(&callee, "BYE ");
	phone_answer(&callee, "200 OK", "", "");
	run_for(10);
	assert_int_equal(rd_channel_count(), 0);
	return bye;
}

static void rfc3665_3_1_alice_calls_bob(void **state)
{
	(void)state;
	dial("700");
	HAS(invite, "m=audio ");
	HAS(invite, "\nContact: <sip:127.0.0.1:5060>");
	HAS(invite, "\nMax-Forwards: 69");
	answer("180 Ringing", "", "");
	phone_expect(&far, "SIP/2.0 180");
	answer("200 OK", "", SDP(""));
	HAS(line_expect("ACK sip:callee@127.0.0.2:5060 "), "CSeq: 1 ACK");
	they_talk();
	HAS(alice_hangs_up(), "CSeq: 2 BYE");
}

#define ROUTES                                                      \
	"Record-Route: <sip:127.0.0.2:5062;lr>, <sip:127.0.0.2:5061;lr>\n" \
	"Contact: <sip:bob@127.0.0.2:5070>\n"

static void rfc3665_3_2_alice_calls_through_two_proxies(void **state)
{
	const char *text;

	(void)state;
	dial("700");
	answer("180 Ringing", ROUTES, "");
	phone_expect(&far, "SIP/2.0 180");
	answer("200 OK", ROUTES, SDP(""));
	text = line_expect("ACK sip:bob@127.0.0.2:5070 ");
	HAS(text, "\nRoute: <sip:127.0.0.2:5061;lr>, <sip:127.0.0.2:5062;lr>\n");
	they_talk();
	text = alice_hangs_up();
	HAS(text, "BYE sip:bob@127.0.0.2:5070 ");
	HAS(text, "\nRoute: <sip:127.0.0.2:5061;lr>, <sip:127.0.0.2:5062;lr>\n");
}

static void rfc3665_3_3_alice_is_asked_by_two_proxies(void **state)
{
	(void)state;
	dial("700");
	phone_answer(&callee, "407 Proxy Authorization Required",
		     "Proxy-Authenticate: Digest realm=\"atlanta\", nonce=\"a\"\n", "");
	line_expect("ACK ");
	phone_expect_request(&callee, "INVITE ");
	HAS(callee.request, "realm=\"atlanta\"");
	phone_answer(&callee, "100 Trying", "", "");
	phone_answer(&callee, "407 Proxy Authorization Required",
		     "Proxy-Authenticate: Digest realm=\"biloxi\", nonce=\"b\"\n", "");
	line_expect("ACK ");
	snprintf(invite, sizeof(invite), "%s", phone_expect_request(&callee, "INVITE "));
	HAS(invite, "realm=\"atlanta\"");
	HAS(invite, "realm=\"biloxi\"");
	HAS(invite, "CSeq: 3 INVITE");
	answer("200 OK", "", SDP(""));
	HAS(line_expect("ACK "), "CSeq: 3 ACK");
	they_talk();
	alice_hangs_up();
}

static void rfc3665_3_6_alice_is_redirected(void **state)
{
	(void)state;
	dial("703");
	LACKS(invite, "m=audio");
	answer("302 Moved Temporarily", "Contact: <sip:bob@127.0.0.2:5070>\n", "");
	line_expect("ACK ");
	snprintf(invite, sizeof(invite), "%s", phone_called(&callee));
	HAS(invite, "INVITE sip:bob@127.0.0.2:5070 ");
	answer("180 Ringing", "", "");
	phone_expect(&far, "SIP/2.0 180");
	answer("200 OK", "", SDP(""));
	line_expect("ACK ");
	they_talk();
	alice_hangs_up();
}

/* The port that a leg sends its sound to. */
static unsigned remote_port(const char *device)
{
	struct rd_channel *ch = rd_channel_find(device);
	const struct sockaddr_in *to;

	assert_non_null(ch);
	to = (const struct sockaddr_in *)&rd_stream_config(rd_channel_stream(ch, RD_MEDIA_AUDIO))
		     ->remote;
	rd_channel_unref(ch);
	return ntohs(to->sin_port);
}

#define MOVED                                                              \
	"v=0\no=- 1 2 IN IP4 127.0.0.2\ns=-\nc=IN IP4 127.0.0.2\nt=0 0\n"      \
	"m=audio 6000 RTP/AVP 0 8\n"

static void rfc3665_3_7_the_callee_gets_another_address(void **state)
{
	(void)state;
	dial("700");
	answer("200 OK", "", SDP(""));
	line_expect("ACK ");
	they_talk();
	assert_int_equal(remote_port("SIP/peer"), 5000);
	phone_request(&callee, "INVITE", "Content-Type: application/sdp\n", MOVED);
	HAS(line_expect("SIP/2.0 200"), "m=audio ");
	phone_ack(&callee, "");
	run_for(10);
	assert_int_equal(remote_port("SIP/peer"), 6000);
	/* What follows goes to the Contact of the re-INVITE. */
	HAS(alice_hangs_up(), "BYE sip:callee@127.0.0.9:5060 ");
}

static void rfc3665_3_8_alice_waits_in_vain(void **state)
{
	(void)state;
	dial("700");
	answer("180 Ringing", "", "");
	phone_expect(&far, "SIP/2.0 180");
	run_for(20000);
	HAS(line_expect("CANCEL "), "CSeq: 1 CANCEL");
	assert_int_equal(seen.dial_status, RD_DIAL_NOANSWER);
	answer("487 Request Terminated", "", "");
	line_expect("SIP/2.0 480");
	HAS(line_expect("ACK "), "CSeq: 1 ACK");
}

static void rfc3665_3_9_bob_is_busy_for_alice(void **state)
{
	(void)state;
	dial("700");
	answer("486 Busy Here", "", "");
	line_expect("ACK ");
	line_expect("SIP/2.0 486");
	assert_int_equal(seen.dial_status, RD_DIAL_BUSY);
}

static void rfc3665_3_10_alice_hears_nothing_at_all(void **state)
{
	static const int pauses[] = { 500, 1000, 2000, 4000, 8000 };

	(void)state;
	dial("700");
	for (size_t i = 0; i < RD_ARRAY_SIZE(pauses); i++) {
		run_for(pauses[i]);
		line_expect("INVITE ");
		line_expect_nothing();
	}
	run_for(4600);
	/* Nobody is there who could be told of a CANCEL (RFC 3261 §9.1). */
	line_expect("SIP/2.0 480");
	line_expect_nothing();
}

static void rfc3665_3_11_bob_is_away_for_alice(void **state)
{
	(void)state;
	dial("700");
	answer("180 Ringing", "", "");
	phone_expect(&far, "SIP/2.0 180");
	answer("480 Temporarily Unavailable", "", "");
	line_expect("ACK ");
	line_expect("SIP/2.0 480");
	assert_int_equal(seen.dial_status, RD_DIAL_NOANSWER);
}

/* ---- Bob: the exchange is called ---- */

static const char *bob_answers(const char *number, const char *more, const char *body)
{
	phone_invite(&far, "alice", number, more, body);
	run_for(10);
	return phone_final(&far, "SIP/2.0 200");
}

static void rfc3665_3_1_bob_is_called(void **state)
{
	(void)state;
	phone_invite(&far, "alice", "610", "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	HAS(phone_expect(&far, "SIP/2.0 180"), "\nContact: <sip:127.0.0.1:5060>");
	run_for(1000);
	HAS(phone_expect(&far, "SIP/2.0 200"), "m=audio ");
	phone_ack(&far, "");
	run_for(10);
	assert_int_equal(rd_channel_count(), 1);
	far_hangs_up();
	assert_int_equal(rd_channel_count(), 0);
}

static void rfc3665_3_2_bob_is_called_through_two_proxies(void **state)
{
	const char *ok = bob_answers("605",
				     "Record-Route: <sip:127.0.0.2:5062;lr>, "
				     "<sip:127.0.0.2:5061;lr>\n"
				     "Via: SIP/2.0/UDP atlanta.example.com;branch=z9hG4bKa\n",
				     SDP(""));

	(void)state;
	HAS(ok, "\nRecord-Route: <sip:127.0.0.2:5062;lr>, <sip:127.0.0.2:5061;lr>\n");
	HAS(ok, "\nVia: SIP/2.0/UDP atlanta.example.com;branch=z9hG4bKa\n");
	phone_ack(&far, "");
	phone_expect_request(&far, "BYE sip:alice@127.0.0.9:5060 ");
	HAS(far.request, "\nRoute: <sip:127.0.0.2:5062;lr>, <sip:127.0.0.2:5061;lr>\n");
	phone_answer(&far, "200 OK", "", "");
	run_for(10);
	assert_int_equal(sip.call_count, 0);
}

/* A gateway between two networks: its own Via on top, its address for sound. */
static void rfc3665_3_5_bob_is_called_through_a_gateway(void **state)
{
	const char *ok = bob_answers("600",
				     "Via: SIP/2.0/UDP 10.1.2.3:5060;branch=z9hG4bKin\n", MOVED);

	(void)state;
	HAS(ok, "\nVia: SIP/2.0/UDP 10.1.2.3:5060;branch=z9hG4bKin\n");
	assert_int_equal(remote_port("SIP/gate"), 6000);
	phone_ack(&far, "");
	far_hangs_up();
}

static void rfc3665_3_6_bob_answers_in_the_ack(void **state)
{
	(void)state;
	HAS(bob_answers("600", "", ""), "m=audio ");
	phone_ack(&far, SDP(""));
	run_for(10);
	assert_int_equal(remote_port("SIP/gate"), 5000);
	far_hangs_up();
}

static void rfc3665_3_7_the_caller_gets_another_address(void **state)
{
	(void)state;
	bob_answers("600", "", SDP(""));
	phone_ack(&far, "");
	phone_request(&far, "INVITE", "", MOVED);
	HAS(line_expect("SIP/2.0 200"), "m=audio ");
	phone_ack(&far, "");
	run_for(10);
	assert_int_equal(remote_port("SIP/gate"), 6000);
	far_hangs_up();
}

static void rfc3665_3_8_bob_is_not_there(void **state)
{
	(void)state;
	phone_invite(&far, "alice", "602", "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_expect(&far, "SIP/2.0 180");
	run_for(30000);
	phone_request(&far, "CANCEL", "", "");
	HAS(line_expect("SIP/2.0 200"), "CSeq: 1 CANCEL");
	HAS(line_expect("SIP/2.0 487"), "CSeq: 1 INVITE");
	phone_ack_refusal(&far);
	run_for(5000);
	line_expect_nothing();
}

static void rfc3665_3_9_bob_is_busy(void **state)
{
	(void)state;
	phone_invite(&far, "alice", "604", "", SDP(""));
	run_for(10);
	phone_final(&far, "SIP/2.0 486");
	phone_ack_refusal(&far);
	run_for(5000);
	line_expect_nothing();
}

static void rfc3665_3_11_bob_has_no_phone(void **state)
{
	(void)state;
	phone_invite(&far, "alice", "701", "", SDP(""));
	run_for(10);
	phone_final(&far, "SIP/2.0 480");
	phone_ack_refusal(&far);
	run_for(5000);
	line_expect_nothing();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, exchange_open, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rfc3665_3_1_alice_calls_bob),
		TEST(rfc3665_3_1_bob_is_called),
		TEST(rfc3665_3_2_alice_calls_through_two_proxies),
		TEST(rfc3665_3_2_bob_is_called_through_two_proxies),
		TEST(rfc3665_3_3_alice_is_asked_by_two_proxies),
		TEST(rfc3665_3_5_bob_is_called_through_a_gateway),
		TEST(rfc3665_3_6_alice_is_redirected),
		TEST(rfc3665_3_6_bob_answers_in_the_ack),
		TEST(rfc3665_3_7_the_callee_gets_another_address),
		TEST(rfc3665_3_7_the_caller_gets_another_address),
		TEST(rfc3665_3_8_alice_waits_in_vain),
		TEST(rfc3665_3_8_bob_is_not_there),
		TEST(rfc3665_3_9_bob_is_busy_for_alice),
		TEST(rfc3665_3_9_bob_is_busy),
		TEST(rfc3665_3_10_alice_hears_nothing_at_all),
		TEST(rfc3665_3_11_bob_is_away_for_alice),
		TEST(rfc3665_3_11_bob_has_no_phone),
	};

	return RUN_GROUP(tests);
}
