/* Every case of RFC 5407, by its section: messages that cross on their way. The
 * exchange is Bob where it is called (600 and its like), Alice where it calls (700),
 * and both ends of a crossing where either may be hit. */
#include "tests/unit/test.h"

#include <ringdown/channel.h>
#include <ringdown/tech.h>

#include "tests/sim/sip_exchange.h"

static struct sip_phone far, callee;

#define HAS(text, part)	  assert_non_null(strstr(text, part))
#define LACKS(text, part) assert_null(strstr(text, part))

/* ---- the exchange is called ---- */

static void call_in(const char *number, const char *body)
{
	phone_invite(&far, "alice", number, "", body);
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
}

static void far_hangs_up(void)
{
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
	run_for(10);
	assert_int_equal(rd_channel_count(), 0);
}

static void rfc5407_3_1_1_the_invite_once_more_after_the_200(void **state)
{
	(void)state;
	call_in("600", SDP(""));
	phone_repeat();
	run_for(10);
	line_expect_nothing(); /* the 200 is repeated by its own timer */
	assert_int_equal(sip.call_count, 1);
	run_for(490);
	line_expect("SIP/2.0 200");
	phone_ack(&far, "");
	run_for(1000);
	line_expect_nothing();
	far_hangs_up();
}

static void rfc5407_3_1_2_a_cancel_after_the_200(void **state)
{
	(void)state;
	call_in("600", SDP(""));
	phone_request(&far, "CANCEL", "", "");
	HAS(line_expect("SIP/2.0 200"), "CSeq: 1 CANCEL");
	line_expect_nothing();
	phone_ack(&far, "");
	run_for(10);
	assert_int_equal(rd_channel_count(), 1);
	far_hangs_up();
}

static void rfc5407_3_1_3_a_bye_of_the_early_dialog_after_the_200(void **state)
{
	(void)state;
	call_in("600", SDP(""));
	far_hangs_up();
	/* The ACK completes the handshake; nothing is repeated any more. */
	phone_ack(&far, "");
	run_for(5000);
	line_expect_nothing();
}

static void rfc5407_3_1_4_a_reinvite_before_the_ack(void **state)
{
	(void)state;
	call_in("600", SDP(""));
	phone_request(&far, "INVITE", "", SDP("a=sendonly\n"));
	line_expect("SIP/2.0 491");
	phone_ack_refusal(&far);
	far.invite_cseq = 1;
	phone_ack(&far, "");
	run_for(2000);
	line_expect_nothing();
	/* Now it may. */
	phone_request(&far, "INVITE", "", SDP("a=sendonly\n"));
	HAS(line_expect("SIP/2.0 200"), "a=recvonly");
	phone_ack(&far, "");
	run_for(10);
	assert_int_equal(seen.hold_changes, 1);
	far_hangs_up();
}

static void rfc5407_3_1_5_an_offer_before_the_answer_in_the_ack(void **state)
{
	(void)state;
	call_in("600", "");
	phone_request(&far, "INVITE", "", SDP("a=sendonly\n"));
	line_expect("SIP/2.0 491");
	phone_ack_refusal(&far);
	phone_request(&far, "UPDATE", "", SDP("a=sendonly\n"));
	line_expect("SIP/2.0 491");
	far.invite_cseq = 1;
	phone_ack(&far, SDP(""));
	run_for(2000);
	line_expect_nothing();
	assert_int_equal(seen.hold_changes, 0);
	far_hangs_up();
}

static void rfc5407_3_1_6_a_bye_when_the_ack_was_lost(void **state)
{
	(void)state;
	call_in("600", "");
	run_for(490);
	line_expect("SIP/2.0 200");
	far_hangs_up();
	/* An answer that comes after that begins no session. */
	phone_ack(&far, SDP(""));
	run_for(5000);
	line_expect_nothing();
	assert_int_equal(sip.call_count, 0);
}

/* 605 answers and hangs up: its BYE waits for the ACK (RFC 3261 §15). */
static void rfc5407_3_2_1_two_byes(void **state)
{
	(void)state;
	call_in("605", SDP(""));
	phone_ack(&far, "");
	phone_expect_request(&far, "BYE ");
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
	phone_answer(&far, "200 OK", "", "");
	run_for(10);
	assert_int_equal(sip.call_count, 0);
}

static void rfc5407_3_2_2_a_reinvite_across_our_bye(void **state)
{
	(void)state;
	call_in("605", SDP(""));
	phone_ack(&far, "");
	phone_expect_request(&far, "BYE ");
	phone_request(&far, "INVITE", "", SDP(""));
	line_expect("SIP/2.0 481");
	phone_ack_refusal(&far);
	phone_request(&far, "UPDATE", "", "");
	line_expect("SIP/2.0 481");
	phone_answer(&far, "200 OK", "", "");
	run_for(10);
	assert_int_equal(sip.call_count, 0);
}

static void rfc5407_3_2_3_a_bye_across_our_200_to_a_reinvite(void **state)
{
	(void)state;
	call_in("600", SDP(""));
	phone_ack(&far, "");
	phone_request(&far, "INVITE", "", SDP("a=sendonly\n"));
	line_expect("SIP/2.0 200");
	far.cseq = 2;
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
	phone_ack(&far, "");
	run_for(5000);
	line_expect_nothing();
	assert_int_equal(rd_channel_count(), 0);
}

static void rfc5407_3_2_4_an_ack_with_an_answer_when_we_are_done(void **state)
{
	(void)state;
	call_in("605", "");
	line_expect_nothing();
	phone_ack(&far, SDP("a=sendonly\n"));
	phone_expect_request(&far, "BYE ");
	phone_answer(&far, "200 OK", "", "");
	run_for(10);
	assert_int_equal(seen.hold_changes, 0);
	assert_int_equal(rd_channel_count(), 0);
}

static void rfc5407_3_3_3_a_refer_across_our_bye(void **state)
{
	(void)state;
	call_in("605", SDP(""));
	phone_ack(&far, "");
	phone_expect_request(&far, "BYE ");
	phone_request(&far, "REFER", "Refer-To: <sip:1003@127.0.0.1>\n", "");
	line_expect("SIP/2.0 481");
	phone_answer(&far, "200 OK", "", "");
	run_for(10);
}

/* ---- the exchange calls ---- */

static char invite[4096];

static void dial(void)
{
	phones_dial(&far, &callee);
	snprintf(invite, sizeof(invite), "%s", callee.request);
}

static void answer(const char *status, const char *body)
{
	phone_answer_invite(&callee, invite, status, "", body);
	run_for(10);
}

/* Both legs are up; callee.request is the INVITE. */
static void connect_peer(const char *allow)
{
	dial();
	phone_answer_invite(&callee, invite, "200 OK", allow, SDP(""));
	line_expect("ACK ");
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	run_for(10);
}

static void hang_up(void)
{
	phones_hang_up(&far, &callee);
	assert_int_equal(rd_channel_count(), 0);
}

/* Somebody else is on the line now: a re-INVITE or UPDATE of ours. */
static void something_changes(void)
{
	static const struct rd_party party = { .name = "New", .number = "777" };
	struct rd_channel *ch = rd_channel_find("SIP/peer");

	assert_non_null(ch);
	rd_channel_set_party(ch, RD_PARTY_CONNECTED, &party);
	rd_channel_unref(ch);
}

static void rfc5407_3_1_1_our_invite_crosses_its_200(void **state)
{
	(void)state;
	dial();
	run_for(500);
	phone_expect_request(&callee, "INVITE "); /* its 180 was lost */
	answer("200 OK", SDP(""));
	line_expect("ACK ");
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	run_for(10);
	hang_up();
}

static void rfc5407_3_1_2_our_cancel_crosses_the_200(void **state)
{
	(void)state;
	dial();
	answer("180 Ringing", "");
	phone_expect(&far, "SIP/2.0 180");
	phone_request(&far, "CANCEL", "", "");
	line_expect("SIP/2.0 200");
	line_expect("SIP/2.0 487");
	run_for(10);
	line_expect("CANCEL ");
	answer("200 OK", SDP(""));
	line_expect("ACK ");
	phone_expect_request(&callee, "BYE ");
	phone_answer(&callee, "200 OK", "", "");
	run_for(10);
	assert_int_equal(sip.call_count, 0);
}

static void rfc5407_3_1_4_our_reinvite_crosses_a_repeated_200(void **state)
{
	(void)state;
	connect_peer("");
	something_changes();
	phone_expect_request(&callee, "INVITE ");
	/* Our first ACK was lost. */
	phone_answer_invite(&callee, invite, "200 OK", "", SDP(""));
	HAS(line_expect("ACK "), "CSeq: 1 ACK");
	phone_answer(&callee, "200 OK", "", SDP(""));
	HAS(line_expect("ACK "), "CSeq: 2 ACK");
	hang_up();
}

static void rfc5407_3_1_6_our_bye_crosses_a_repeated_200(void **state)
{
	(void)state;
	connect_peer("");
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
	run_for(10);
	phone_expect_request(&callee, "BYE ");
	phone_answer_invite(&callee, invite, "200 OK", "", SDP(""));
	HAS(line_expect("ACK "), "CSeq: 1 ACK");
	run_for(10);
	assert_int_equal(rd_channel_count(), 0);
	phone_answer(&callee, "200 OK", "", "");
	run_for(10);
	assert_int_equal(sip.call_count, 0);
}

static void rfc5407_3_2_3_our_bye_overtakes_a_200_to_our_reinvite(void **state)
{
	struct sip_phone bye;

	(void)state;
	connect_peer("");
	something_changes();
	phone_expect_request(&callee, "INVITE ");
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
	run_for(10);
	bye = callee;
	phone_expect_request(&bye, "BYE ");
	phone_answer(&callee, "200 OK", "", SDP(""));
	HAS(line_expect("ACK "), "CSeq: 2 ACK");
	phone_answer(&bye, "200 OK", "", "");
	run_for(10);
	assert_int_equal(sip.call_count, 0);
}

static void rfc5407_3_2_4_a_bye_crosses_our_ack(void **state)
{
	(void)state;
	dial();
	phone_answer_invite(&callee, invite, "200 OK", "", SDP(""));
	phone_request(&callee, "BYE", "", "");
	line_expect("ACK ");
	line_expect("SIP/2.0 200");
	run_for(10);
	assert_int_equal(rd_channel_count(), 0);
	line_clear();
}

/* ---- offers that cross ---- */

/* Nothing comes for so long, then the same again, before `most` have passed. */
static void comes_again_between(int least, int most)
{
	run_for(least);
	line_expect_nothing();
	for (int i = 0; i < most - least && line_is_empty(); i += 20)
		run_for(20);
	phone_expect_request(&callee, "INVITE ");
	phone_answer(&callee, "200 OK", "", SDP(""));
	line_expect("ACK ");
}

static void rfc5407_3_3_1_two_reinvites_and_we_made_the_call(void **state)
{
	(void)state;
	connect_peer("");
	something_changes();
	phone_expect_request(&callee, "INVITE ");
	phone_request(&callee, "INVITE", "", SDP("a=sendonly\n"));
	line_expect("SIP/2.0 491");
	phone_ack_refusal(&callee);
	phone_answer(&callee, "491 Request Pending", "", "");
	line_expect("ACK ");
	/* Theirs comes first, ours after 2.1 s at the earliest. */
	run_for(1000);
	phone_request(&callee, "INVITE", "", SDP(""));
	line_expect("SIP/2.0 200");
	phone_ack(&callee, "");
	comes_again_between(1080, 3020);
	hang_up();
}

static void rfc5407_3_3_1_two_reinvites_and_they_made_the_call(void **state)
{
	static const struct rd_party party = { .name = "New", .number = "777" };
	struct rd_channel *ch;

	(void)state;
	phone_source = "127.0.0.13"; /* of [shown], which is told who is there */
	call_in("600", SDP(""));
	phone_ack(&far, "");
	ch = rd_channel_next(NULL);
	rd_channel_set_party(ch, RD_PARTY_CONNECTED, &party);
	phone_expect_request(&far, "INVITE ");
	phone_request(&far, "INVITE", "", SDP("a=sendonly\n"));
	line_expect("SIP/2.0 491");
	phone_ack_refusal(&far);
	phone_answer(&far, "491 Request Pending", "", "");
	line_expect("ACK ");
	for (int i = 0; i < 2020 && line_is_empty(); i += 20)
		run_for(20);
	phone_expect_request(&far, "INVITE ");
	phone_answer(&far, "200 OK", "", SDP(""));
	line_expect("ACK ");
	far_hangs_up();
	phone_source = "127.0.0.9";
}

static void rfc5407_3_3_2_an_update_crosses_our_reinvite(void **state)
{
	(void)state;
	connect_peer("");
	something_changes();
	phone_expect_request(&callee, "INVITE ");
	phone_request(&callee, "UPDATE", "", SDP("a=sendonly\n"));
	line_expect("SIP/2.0 491");
	/* One that only refreshes is in nobody's way. */
	phone_request(&callee, "UPDATE", "", "");
	line_expect("SIP/2.0 200");
	phone_answer(&callee, "200 OK", "", SDP(""));
	line_expect("ACK ");
	hang_up();
}

static void rfc5407_3_3_2_a_reinvite_crosses_our_update(void **state)
{
	(void)state;
	connect_peer("Allow: INVITE, UPDATE\n");
	something_changes();
	phone_expect_request(&callee, "UPDATE ");
	/* Ours offers nothing: both succeed. */
	phone_request(&callee, "INVITE", "", SDP("a=sendonly\n"));
	HAS(line_expect("SIP/2.0 200"), "a=recvonly");
	phone_ack(&callee, "");
	phone_answer(&callee, "200 OK", "", "");
	run_for(10);
	hang_up();
}

/* ---- the appendices ---- */

static void rfc5407_a_a_bye_of_the_early_dialog(void **state)
{
	(void)state;
	phone_invite(&far, "alice", "602", "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_expect(&far, "SIP/2.0 180");
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
	line_expect("SIP/2.0 487");
	phone_ack_refusal(&far);
	run_for(10);
	assert_int_equal(rd_channel_count(), 0);
}

static void is_called_and_says_bye(void)
{
	phone_invite(&far, "alice", "700", "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_called(&callee);
	snprintf(invite, sizeof(invite), "%s", callee.request);
	phone_answer(&callee, "180 Ringing", "", "");
	run_for(10);
	phone_expect(&far, "SIP/2.0 180");
	phone_request(&callee, "BYE", "", "");
	line_expect("SIP/2.0 200");
}

/* Which RFC 3261 §15 does not allow, but §15.1.2 answers: who sent it has his INVITE
 * to refuse. */
static void who_is_called_says_bye_before_he_answers(void **state)
{
	(void)state;
	is_called_and_says_bye();
	phone_answer_invite(&callee, invite, "180 Ringing", "", "");
	run_for(1000);
	line_expect_nothing();
	assert_int_equal(sip.call_count, 2);
	phone_answer_invite(&callee, invite, "486 Busy Here", "", "");
	line_expect("ACK ");
	run_for(10);
	phone_final(&far, "SIP/2.0 486");
	phone_ack_refusal(&far);
}

/* His 200 was lost or is late. */
static void a_bye_overtakes_the_200(void **state)
{
	(void)state;
	is_called_and_says_bye();
	phone_answer_invite(&callee, invite, "200 OK", "", SDP(""));
	line_expect("ACK ");
	run_for(10);
	phone_final(&far, "SIP/2.0 480");
	phone_ack_refusal(&far);
	line_expect_nothing();
}

static void rfc5407_b_a_bye_overlaps_a_reinvite(void **state)
{
	(void)state;
	call_in("600", SDP(""));
	phone_ack(&far, "");
	phone_request(&far, "INVITE", "", SDP(""));
	line_expect("SIP/2.0 200");
	phone_repeat(); /* its 200 was lost */
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
	run_for(510);
	HAS(line_expect("SIP/2.0 200"), "CSeq: 2 INVITE");
	phone_ack(&far, "");
	run_for(5000);
	line_expect_nothing();
	assert_int_equal(sip.call_count, 0);
}

static void rfc5407_c_a_cancel_before_any_answer(void **state)
{
	(void)state;
	dial();
	phone_request(&far, "CANCEL", "", "");
	line_expect("SIP/2.0 200");
	line_expect("SIP/2.0 487");
	run_for(10);
	line_expect_nothing(); /* ours waits for a provisional answer */
	answer("180 Ringing", "");
	line_expect("CANCEL ");
	answer("487 Request Terminated", "");
	line_expect("ACK ");
}

static void rfc5407_d_a_bye_is_challenged_in_the_mortal_state(void **state)
{
	(void)state;
	connect_peer("");
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
	run_for(10);
	phone_expect_request(&callee, "BYE ");
	phone_answer(&callee, "407 Proxy Authentication Required",
		     "Proxy-Authenticate: Digest realm=\"p\", nonce=\"n\"\n", "");
	run_for(10);
	HAS(phone_expect_request(&callee, "BYE "), "\nProxy-Authorization: Digest ");
	phone_request(&callee, "OPTIONS", "", "");
	line_expect("SIP/2.0 481");
	phone_answer(&callee, "200 OK", "", "");
	run_for(10);
	assert_int_equal(sip.call_count, 0);
}

/* Who hung up without having heard of his answer gets it again, for half a minute. */
static void a_200_is_repeated_after_a_bye(void **state)
{
	unsigned copies = 0;

	(void)state;
	call_in("600", SDP(""));
	far_hangs_up();
	assert_int_equal(sip.call_count, 1);
	run_for(33000);
	for (; !line_is_empty(); copies++)
		HAS(line_expect("SIP/2.0 200"), "CSeq: 1 INVITE");
	assert_int_equal(copies, 10);
	assert_int_equal(sip.call_count, 0);
}

/* The far end hangs up and says 200 to our BYE, but never heard our ACK. */
static void rfc5407_3_1_6_a_200_is_repeated_when_all_is_over(void **state)
{
	struct sip_phone bye;

	(void)state;
	connect_peer("");
	hang_up();
	assert_int_equal(sip.call_count, 0);
	bye = callee;
	phone_answer_invite(&callee, invite, "200 OK", "", SDP(""));
	HAS(line_expect("ACK sip:callee@127.0.0.2:5060 "), "CSeq: 1 ACK");
	run_for(10);
	line_expect_nothing(); /* no second BYE */
	/* A fork that nobody has heard of. */
	strcpy(bye.our_tag, "other");
	phone_answer_invite(&bye, invite, "200 OK", "Record-Route: <sip:127.0.0.7;lr>\n", "");
	HAS(line_expect("ACK "), ";tag=other\n");
	assert_string_equal(line_peer(), "127.0.0.7:5060");
	HAS(line_expect("BYE "), ";tag=other\n");
	/* Who cannot say where he is is where he was called. */
	phone_answer_invite(&bye, invite, "200 OK", "Contact: <\n", "");
	HAS(line_expect("ACK sip:42@127.0.0.2:5060 "), ";tag=other\n");
	line_expect("BYE sip:42@127.0.0.2:5060 ");
	line_expect_nothing();
	run_for(33000);
	line_clear();
	phone_answer_invite(&callee, invite, "200 OK", "", SDP(""));
	line_expect_nothing(); /* it is anybody's by now */
}

static void rfc5407_3_2_3_a_200_to_our_reinvite_when_all_is_over(void **state)
{
	char reinvite[4096];

	(void)state;
	connect_peer("");
	something_changes();
	phone_expect_request(&callee, "INVITE ");
	snprintf(reinvite, sizeof(reinvite), "%s", callee.request);
	hang_up();
	assert_int_equal(sip.call_count, 0);
	phone_answer_invite(&callee, reinvite, "200 OK", "", SDP(""));
	HAS(line_expect("ACK "), "CSeq: 2 ACK");
	line_expect_nothing();
}

/* Figures 4 to 6: the first 2xx wins, others are thanked and ended. */
static void rfc5407_e_new_to_tags(void **state)
{
	struct sip_phone other;

	(void)state;
	dial();
	strcpy(callee.our_tag, "A");
	answer("180 Ringing", "");
	strcpy(callee.our_tag, "B");
	answer("180 Ringing", "");
	phone_expect(&far, "SIP/2.0 180");
	strcpy(callee.our_tag, "A");
	answer("200 OK", SDP(""));
	HAS(line_expect("ACK "), ";tag=A\n");
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	for (int i = 0; i < 2; i++) {
		other = callee;
		strcpy(other.our_tag, i ? "C" : "B");
		phone_answer_invite(&other, invite, "200 OK", "", SDP(""));
		HAS(line_expect("ACK "), i ? ";tag=C\n" : ";tag=B\n");
		HAS(phone_expect_request(&other, "BYE "), i ? ";tag=C\n" : ";tag=B\n");
		phone_answer(&other, "200 OK", "", "");
	}
	run_for(10);
	assert_int_equal(rd_channel_count(), 2);
	hang_up();
}

/* ---- out of order (RFC 3261 §12.2.2) ---- */

/* Of whoever is called, in its early dialog: tags, Call-ID, branch, CSeq. */
#define CALLEE_OPTIONS                                                                             \
	"OPTIONS sip:127.0.0.1:5060 SIP/2.0\n"                                                     \
	"Via: SIP/2.0/UDP 127.0.0.2:5060;branch=z9hG4bKcallee%4$u;rport\n"                         \
	"From: <sip:42@127.0.0.2>;tag=%2$s\nTo: <sip:a@127.0.0.1>;tag=%1$s\n"                      \
	"Call-ID: %3$s\nCSeq: %5$u OPTIONS\nMax-Forwards: 70\n\n"

/* Before the answer as well; what is refused so changes nothing. */
static void a_bye_out_of_order_does_not_end_an_early_dialog(void **state)
{
	(void)state;
	phone_invite(&far, "alice", "602", "", SDP(""));
	run_for(10);
	phone_expect(&far, "SIP/2.0 100");
	phone_expect(&far, "SIP/2.0 180");
	far.cseq = 7;
	phone_request(&far, "OPTIONS", "", "");
	line_expect("SIP/2.0 200");
	far.cseq = 6;
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 500");
	run_for(1000);
	assert_int_equal(sip.call_count, 1);
	far.cseq = 20;
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
	phone_final(&far, "SIP/2.0 487");
	phone_ack_refusal(&far);
}

/* Each side counts for itself, and the callee begins when it likes. */
static void a_callee_begins_to_count_where_it_likes(void **state)
{
	(void)state;
	phone_invite(&far, "alice", "700", "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_called(&callee);
	phone_answer(&callee, "180 Ringing", "", "");
	run_for(10);
	line_clear();
	line_feed(CALLEE_OPTIONS, callee.their_tag, callee.our_tag, callee.call_id, 1u, 1u);
	line_expect("SIP/2.0 200");
	line_feed(CALLEE_OPTIONS, callee.their_tag, callee.our_tag, callee.call_id, 2u, 1u);
	line_expect("SIP/2.0 500");
	phone_request(&far, "CANCEL", "", "");
	run_for(10);
	line_clear();
	phone_answer(&callee, "487 Request Terminated", "", "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, exchange_open, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rfc5407_3_1_1_the_invite_once_more_after_the_200),
		TEST(rfc5407_3_1_1_our_invite_crosses_its_200),
		TEST(rfc5407_3_1_2_a_cancel_after_the_200),
		TEST(rfc5407_3_1_2_our_cancel_crosses_the_200),
		TEST(rfc5407_3_1_3_a_bye_of_the_early_dialog_after_the_200),
		TEST(rfc5407_3_1_4_a_reinvite_before_the_ack),
		TEST(rfc5407_3_1_4_our_reinvite_crosses_a_repeated_200),
		TEST(rfc5407_3_1_5_an_offer_before_the_answer_in_the_ack),
		TEST(rfc5407_3_1_6_a_bye_when_the_ack_was_lost),
		TEST(rfc5407_3_1_6_our_bye_crosses_a_repeated_200),
		TEST(rfc5407_3_1_6_a_200_is_repeated_when_all_is_over),
		TEST(rfc5407_3_2_1_two_byes),
		TEST(rfc5407_3_2_2_a_reinvite_across_our_bye),
		TEST(rfc5407_3_2_3_a_bye_across_our_200_to_a_reinvite),
		TEST(rfc5407_3_2_3_our_bye_overtakes_a_200_to_our_reinvite),
		TEST(rfc5407_3_2_3_a_200_to_our_reinvite_when_all_is_over),
		TEST(rfc5407_3_2_4_an_ack_with_an_answer_when_we_are_done),
		TEST(rfc5407_3_2_4_a_bye_crosses_our_ack),
		TEST(rfc5407_3_3_1_two_reinvites_and_we_made_the_call),
		TEST(rfc5407_3_3_1_two_reinvites_and_they_made_the_call),
		TEST(rfc5407_3_3_2_an_update_crosses_our_reinvite),
		TEST(rfc5407_3_3_2_a_reinvite_crosses_our_update),
		TEST(rfc5407_3_3_3_a_refer_across_our_bye),
		TEST(rfc5407_a_a_bye_of_the_early_dialog),
		TEST(who_is_called_says_bye_before_he_answers),
		TEST(a_bye_overtakes_the_200),
		TEST(rfc5407_b_a_bye_overlaps_a_reinvite),
		TEST(a_200_is_repeated_after_a_bye),
		TEST(rfc5407_c_a_cancel_before_any_answer),
		TEST(rfc5407_d_a_bye_is_challenged_in_the_mortal_state),
		TEST(rfc5407_e_new_to_tags),
		TEST(a_bye_out_of_order_does_not_end_an_early_dialog),
		TEST(a_callee_begins_to_count_where_it_likes),
	};

	return RUN_GROUP(tests);
}
