/* Provisional answers that are acknowledged (RFC 3262), and offers and answers in all the
 * places that this opens (RFC 6337, RFC 3311), as the one who is called. */
#include "tests/unit/test.h"

#include <stdlib.h>

#include <ringdown/channel.h>

#include "tests/sim/sip_exchange.h"

static struct sip_phone far;

#define HAS(text, part)	  assert_non_null(strstr(text, part))
#define LACKS(text, part) assert_null(strstr(text, part))

static char rseq[16];

static void call_in(const char *number, const char *more, const char *body)
{
	phone_invite(&far, "alice", number, more, body);
	run_for(10);
	line_expect("SIP/2.0 100");
}

/* The next message is a reliable provisional answer. */
static const char *reliable(const char *start)
{
	const char *text = phone_expect(&far, start);

	HAS(text, "\nRequire: 100rel\n");
	snprintf(rseq, sizeof(rseq), "%s", line_header(text, "RSeq"));
	return text;
}

static void prack(const char *number, const char *body)
{
	char rack[64];

	snprintf(rack, sizeof(rack), "RAck: %s 1 INVITE\n", number);
	phone_request(&far, "PRACK", rack, body);
}

static void end_call(void)
{
	phone_ack(&far, "");
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
	run_for(10);
}

static void give_up(void)
{
	phone_request(&far, "CANCEL", "", "");
	line_expect("SIP/2.0 200");
	line_expect("SIP/2.0 487");
}

/* 100rel = required: also what holds no description. */
static void ringing_is_sent_reliably_where_that_is_asked_for(void **state)
{
	(void)state;
	phone_source = "127.0.0.10";
	call_in("602", "Supported: 100rel\n", SDP(""));
	reliable("SIP/2.0 180");
	prack(rseq, "");
	line_expect("SIP/2.0 200");
	give_up();
	phone_source = "127.0.0.9";
}

/* RFC 3262 §3: the first is below 2^31, so that there is room to count. */
static void numbers_begin_in_the_lower_half(void **state)
{
	(void)state;
	for (int i = 0; i < 30; i++) {
		call_in("603", "Supported: 100rel\n", SDP(""));
		reliable("SIP/2.0 183");
		assert_in_range(strtoul(rseq, NULL, 10), 1, 0x7fffffff);
		prack(rseq, "");
		line_expect("SIP/2.0 200");
		give_up();
	}
}

static void early_sound_is_sent_reliably_to_who_can(void **state)
{
	const char *text;

	(void)state;
	call_in("603", "Supported: 100rel\n", SDP(""));
	text = reliable("SIP/2.0 183");
	HAS(text, "m=audio ");
	HAS(text, "\nContact: <sip:127.0.0.1:5060>\n");
	run_for(490);
	reliable("SIP/2.0 183");
	run_for(1000);
	reliable("SIP/2.0 183");
	line_expect_nothing();
	prack(rseq, "");
	line_expect("SIP/2.0 200");
	run_for(30000);
	line_expect_nothing();
	prack(rseq, "");
	line_expect("SIP/2.0 481");
	give_up();
}

static void ringing_alone_is_not_worth_it(void **state)
{
	(void)state;
	call_in("602", "Supported: 100rel\n", SDP(""));
	LACKS(phone_expect(&far, "SIP/2.0 180"), "RSeq");
	give_up();
}

static void who_insists_gets_all_reliably(void **state)
{
	(void)state;
	call_in("602", "Require: 100rel\n", SDP(""));
	LACKS(reliable("SIP/2.0 180"), "m=audio");
	prack(rseq, "");
	line_expect("SIP/2.0 200");
	/* Proxies forget an INVITE that is silent for three minutes. */
	run_for(60000);
	reliable("SIP/2.0 180");
	prack(rseq, "");
	line_expect("SIP/2.0 200");
	give_up();
}

static void an_unreliable_one_is_said_again_each_minute(void **state)
{
	(void)state;
	call_in("602", "", SDP(""));
	phone_expect(&far, "SIP/2.0 180");
	run_for(61000);
	phone_expect(&far, "SIP/2.0 180");
	run_for(60000);
	phone_expect(&far, "SIP/2.0 180");
	give_up();
}

static void who_cannot_gets_none_reliably(void **state)
{
	const char *text;

	(void)state;
	call_in("603", "", SDP(""));
	text = phone_expect(&far, "SIP/2.0 183");
	LACKS(text, "RSeq");
	LACKS(text, "Require");
	give_up();
}

static void a_prack_of_another_answer_is_481_and_of_none_400(void **state)
{
	(void)state;
	call_in("603", "Supported: 100rel\n", SDP(""));
	reliable("SIP/2.0 183");
	prack("1", "");
	line_expect("SIP/2.0 481");
	phone_request(&far, "PRACK", "", "");
	line_expect("SIP/2.0 400");
	prack("x", "");
	line_expect("SIP/2.0 400");
	run_for(500);
	reliable("SIP/2.0 183");
	give_up();
}

static void without_a_prack_the_call_ends(void **state)
{
	int repeats = 0;
	const char *text;

	(void)state;
	call_in("603", "Supported: 100rel\n", SDP(""));
	run_for(31900);
	while ((text = line_take())) {
		assert_int_equal(strncmp(text, "SIP/2.0 183", 11), 0);
		repeats++;
	}
	assert_int_equal(repeats, 7); /* at 0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5 s */
	run_for(200);
	line_expect("SIP/2.0 504");
	phone_ack(&far, "");
	run_for(10);
	assert_int_equal(rd_channel_count(), 0);
}

static void the_200_waits_for_the_prack(void **state)
{
	const char *ok;

	(void)state;
	call_in("608", "Supported: 100rel\n", SDP(""));
	run_for(1300);
	reliable("SIP/2.0 183");
	reliable("SIP/2.0 183");
	line_expect_nothing();
	prack(rseq, "");
	line_expect("SIP/2.0 200");
	ok = phone_expect(&far, "SIP/2.0 200");
	HAS(ok, "CSeq: 1 INVITE");
	/* What was agreed on is not said again, RFC 6337 §3.1.1. */
	LACKS(ok, "m=audio");
	end_call();
}

static void an_answer_without_description_may_be_overtaken(void **state)
{
	(void)state;
	call_in("610", "Require: 100rel\n", SDP(""));
	reliable("SIP/2.0 180");
	run_for(1000);
	reliable("SIP/2.0 180");
	HAS(phone_expect(&far, "SIP/2.0 200"), "m=audio");
	/* It may still be acknowledged. */
	prack(rseq, "");
	line_expect("SIP/2.0 200");
	end_call();
}

static void the_next_answer_waits_for_the_prack(void **state)
{
	const char *text;
	char first[16];

	(void)state;
	call_in("609", "Require: 100rel\n", SDP(""));
	reliable("SIP/2.0 180");
	strcpy(first, rseq);
	line_expect_nothing();
	prack(rseq, "");
	line_expect("SIP/2.0 200");
	text = reliable("SIP/2.0 183");
	HAS(text, "m=audio");
	assert_int_equal(strtoul(rseq, NULL, 10), strtoul(first, NULL, 10) + 1);
	prack(rseq, "");
	line_expect("SIP/2.0 200");
	run_for(1000);
	LACKS(phone_expect(&far, "SIP/2.0 200"), "m=audio");
	end_call();
}

static void a_late_offer_comes_reliably(void **state)
{
	(void)state;
	call_in("608", "Supported: 100rel\n", "");
	HAS(reliable("SIP/2.0 183"), "m=audio");
	prack(rseq, SDP(""));
	LACKS(line_expect("SIP/2.0 200"), "m=audio");
	run_for(1000);
	LACKS(phone_expect(&far, "SIP/2.0 200"), "m=audio");
	end_call();
}

static void an_answer_counts_though_the_200_to_its_prack_is_lost(void **state)
{
	(void)state;
	call_in("608", "Supported: 100rel\n", "");
	reliable("SIP/2.0 183");
	line_break("127.0.0.9:5060");
	prack(rseq, SDP(""));
	line_break(NULL);
	line_expect_nothing();
	run_for(1000);
	LACKS(phone_final(&far, "SIP/2.0 200"), "m=audio");
	end_call();
}

static void a_late_offer_that_gets_no_answer_ends_the_call(void **state)
{
	(void)state;
	call_in("608", "Supported: 100rel\n", "");
	reliable("SIP/2.0 183");
	prack(rseq, "");
	line_expect("SIP/2.0 488");
	line_expect("SIP/2.0 488");
	run_for(10);
	assert_int_equal(rd_channel_count(), 0);
}

static void an_offer_in_the_prack_is_answered_in_its_200(void **state)
{
	const char *ok;

	(void)state;
	call_in("608", "Supported: 100rel\n", SDP(""));
	HAS(reliable("SIP/2.0 183"), "a=sendrecv");
	prack(rseq, SDP("a=sendonly\n"));
	ok = line_expect("SIP/2.0 200");
	HAS(ok, "a=recvonly");
	run_for(1000);
	LACKS(phone_expect(&far, "SIP/2.0 200"), "m=audio");
	end_call();
}

static void an_offer_in_the_prack_that_is_impossible(void **state)
{
	(void)state;
	call_in("608", "Supported: 100rel\n", SDP(""));
	reliable("SIP/2.0 183");
	prack(rseq, "v=0\no=- 1 2 IN IP4 127.0.0.2\ns=-\nc=IN IP4 127.0.0.2\nt=0 0\n"
		    "m=audio 5000 RTP/AVP 9\n");
	HAS(line_expect("SIP/2.0 488"), "\nWarning: 305 ");
	/* The call goes on with what was agreed on. */
	run_for(1000);
	phone_expect(&far, "SIP/2.0 200");
	end_call();
}

static void phones_that_must_and_phones_that_cannot(void **state)
{
	char invite[2048];
	static const char form[] =
		"INVITE sip:602@127.0.0.1 SIP/2.0\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s\n"
		"Max-Forwards: 70\nFrom: <sip:a@b>;tag=%s\nTo: <sip:602@127.0.0.1>\n"
		"Call-ID: %s\nCSeq: 1 INVITE\nContact: <sip:a@%s>\n%s\n";

	(void)state;
	snprintf(invite, sizeof(invite), form, "127.0.0.10", "x", "x", "x", "127.0.0.10", "");
	line_feed_from("127.0.0.10", 5060, invite);
	HAS(line_expect("SIP/2.0 421"), "\nRequire: 100rel\n");
	snprintf(invite, sizeof(invite), form, "127.0.0.11", "y", "y", "y", "127.0.0.11",
		 "Require: 100rel\n");
	line_feed_from("127.0.0.11", 5060, invite);
	HAS(line_expect("SIP/2.0 420"), "\nUnsupported: 100rel\n");
}

/* ---- UPDATE before the answer, RFC 3311 ---- */

static void an_update_in_the_early_dialog_is_answered(void **state)
{
	const char *ok;

	(void)state;
	call_in("608", "Supported: 100rel\n", SDP(""));
	reliable("SIP/2.0 183");
	prack(rseq, "");
	line_expect("SIP/2.0 200");
	phone_request(&far, "UPDATE", "", SDP("a=inactive\n"));
	ok = line_expect("SIP/2.0 200");
	HAS(ok, "a=inactive");
	HAS(ok, "\nContact: ");
	phone_request(&far, "UPDATE", "", SDP(""));
	HAS(line_expect("SIP/2.0 200"), "a=sendrecv");
	run_for(1000);
	phone_expect(&far, "SIP/2.0 200");
	end_call();
}

static void an_update_before_the_first_answer_waits(void **state)
{
	const char *text;

	(void)state;
	call_in("602", "", SDP(""));
	phone_expect(&far, "SIP/2.0 180");
	phone_request(&far, "UPDATE", "", SDP("a=inactive\n"));
	text = line_expect("SIP/2.0 500");
	assert_true(strtoul(line_header(text, "Retry-After"), NULL, 10) <= 10);
	assert_true(*line_header(text, "Retry-After"));
	/* One that offers nothing is never in the way. */
	phone_request(&far, "UPDATE", "", "");
	line_expect("SIP/2.0 200");
	give_up();
}

/* Somebody else will answer: the caller is told before it happens. */
static void our_update_before_the_answer(void **state)
{
	static const struct rd_party party = { .name = "New", .number = "777" };
	struct rd_channel *ch;

	(void)state;
	phone_source = "127.0.0.13"; /* [shown] */
	call_in("608", "Supported: 100rel\nAllow: INVITE, UPDATE\n", SDP(""));
	reliable("SIP/2.0 183");
	ch = rd_channel_next(NULL);
	rd_channel_set_party(ch, RD_PARTY_CONNECTED, &party);
	line_expect_nothing(); /* the caller may not know the dialog yet */
	prack(rseq, "");
	line_expect("SIP/2.0 200");
	phone_expect_request(&far, "UPDATE ");
	HAS(far.request, "P-Asserted-Identity: \"New\" <sip:777@");
	LACKS(far.request, "m=audio");
	phone_answer(&far, "481 Call/Transaction Does Not Exist", "", "");
	run_for(1000);
	HAS(phone_expect(&far, "SIP/2.0 200"), "P-Asserted-Identity: ");
	end_call();
	phone_source = "127.0.0.9";
}

static void an_update_across_our_offer_is_491(void **state)
{
	(void)state;
	call_in("608", "Supported: 100rel\n", "");
	reliable("SIP/2.0 183");
	phone_request(&far, "UPDATE", "", SDP(""));
	line_expect("SIP/2.0 491");
	prack(rseq, SDP(""));
	line_expect("SIP/2.0 200");
	run_for(1000);
	phone_expect(&far, "SIP/2.0 200");
	end_call();
}

static void a_reinvite_before_the_answer_is_500(void **state)
{
	(void)state;
	call_in("602", "", SDP(""));
	phone_expect(&far, "SIP/2.0 180");
	phone_request(&far, "INVITE", "", SDP(""));
	HAS(line_expect("SIP/2.0 500"), "\nRetry-After: ");
	phone_ack(&far, "");
	far.invite_cseq = 1;
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
	line_expect("SIP/2.0 487");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, exchange_open, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ringing_is_sent_reliably_where_that_is_asked_for),
		TEST(numbers_begin_in_the_lower_half),
		TEST(early_sound_is_sent_reliably_to_who_can),
		TEST(ringing_alone_is_not_worth_it),
		TEST(who_insists_gets_all_reliably),
		TEST(an_unreliable_one_is_said_again_each_minute),
		TEST(who_cannot_gets_none_reliably),
		TEST(a_prack_of_another_answer_is_481_and_of_none_400),
		TEST(without_a_prack_the_call_ends),
		TEST(the_200_waits_for_the_prack),
		TEST(an_answer_without_description_may_be_overtaken),
		TEST(the_next_answer_waits_for_the_prack),
		TEST(a_late_offer_comes_reliably),
		TEST(an_answer_counts_though_the_200_to_its_prack_is_lost),
		TEST(a_late_offer_that_gets_no_answer_ends_the_call),
		TEST(an_offer_in_the_prack_is_answered_in_its_200),
		TEST(an_offer_in_the_prack_that_is_impossible),
		TEST(phones_that_must_and_phones_that_cannot),
		TEST(an_update_in_the_early_dialog_is_answered),
		TEST(an_update_before_the_first_answer_waits),
		TEST(our_update_before_the_answer),
		TEST(an_update_across_our_offer_is_491),
		TEST(a_reinvite_before_the_answer_is_500),
	};

	return RUN_GROUP(tests);
}
