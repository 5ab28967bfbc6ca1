/* The exchange is called, and answers or refuses: offers and bodies, CANCEL and BYE at any
 * time, hold, keys. */
#include "tests/unit/test.h"

#include <ringdown/channel.h>
#include <ringdown/event.h>

#include "core/call/call.h"
#include "tests/sim/sip_exchange.h"
#include "tests/unit/conf_dir.h"

static struct sip_phone far;

static const char *answered(const char *number, const char *body)
{
	const char *ok;

	phone_invite(&far, "alice", number, "", body);
	run_for(20);
	ok = phone_final(&far, "SIP/2.0 200");
	return ok;
}

static void a_call_is_answered_and_ended_by_the_caller(void **state)
{
	const char *ok;

	(void)state;
	ok = answered("600", SDP(""));
	assert_non_null(strstr(ok, "m=audio "));
	assert_non_null(strstr(ok, "Contact: <sip:127.0.0.1:5060>"));
	assert_non_null(strstr(ok, "Server: Test"));
	phone_ack(&far, "");
	run_for(1000);
	line_expect_nothing();
	phone_request(&far, "BYE", "", "");
	phone_expect(&far, "SIP/2.0 200");
	run_for(10);
	assert_int_equal(rd_channel_count(), 0);
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 481");
}

static void we_hang_up_only_after_the_ack(void **state)
{
	(void)state;
	answered("605", SDP(""));
	line_expect_nothing();
	phone_ack(&far, "");
	phone_expect_request(&far, "BYE ");
	assert_non_null(strstr(far.request, "Reason: Q.850;cause=16"));
	phone_answer(&far, "200 OK", "", "");
	run_for(10);
	assert_int_equal(sip.call_count, 0);
}

static void an_answer_without_ack_is_repeated_then_ended(void **state)
{
	const struct sip_counts *counts = sip_transactions_counts(sip.transactions);
	uint64_t repeated = counts->repetitions, timeouts = counts->server_timeouts;
	unsigned repeats = 0;
	const char *text;

	(void)state;
	answered("600", SDP(""));
	run_for(31800);
	while ((text = line_take())) {
		assert_int_equal(strncmp(text, "SIP/2.0 200", 11), 0);
		repeats++;
	}
	assert_true(repeats >= 9 && repeats <= 11);
	assert_int_equal(counts->repetitions - repeated, repeats);
	assert_int_equal(counts->server_timeouts - timeouts, 0);
	run_for(1500);
	line_expect("BYE ");
	assert_int_equal(counts->server_timeouts - timeouts, 1);
	assert_int_equal(rd_channel_count(), 0);
}

static void unknown_and_partial_numbers(void **state)
{
	(void)state;
	phone_invite(&far, "alice", "999", "", SDP(""));
	line_expect("SIP/2.0 404");
	phone_invite(&far, "alice", "60", "", SDP(""));
	line_expect("SIP/2.0 484");
}

static void nothing_in_common_is_488_with_a_warning(void **state)
{
	const char *refused;

	(void)state;
	phone_invite(&far, "alice", "600", "",
		     "v=0\no=- 1 1 IN IP4 127.0.0.2\ns=-\nc=IN IP4 127.0.0.2\nt=0 0\n"
		     "m=audio 5000 RTP/AVP 9\n");
	refused = line_expect("SIP/2.0 488");
	assert_non_null(strstr(refused, "Warning: 305"));
}

static void bodies_that_are_no_description_are_415(void **state)
{
	(void)state;
	phone_invite(&far, "alice", "600", "Content-Type: text/plain\n", "");
	run_for(10);
	phone_final(&far, "SIP/2.0 200"); /* without a body the type means nothing */
	phone_ack(&far, SDP(""));
	phone_request(&far, "BYE", "", "");
	phone_expect(&far, "SIP/2.0 200");
	phone_request(&far, "OPTIONS", "", "");
	line_expect("SIP/2.0 481");
}

#define PARTS "Content-Type: multipart/mixed;boundary=b\n"
#define PART(type, body) "--b\nContent-Type: " type "\n\n" body "\n"

static void a_description_among_other_parts(void **state)
{
	const char *text;

	(void)state;
	phone_invite(&far, "alice", "600", PARTS,
		     PART("application/x-own\nContent-Disposition: x;handling=optional", "?")
		     PART("application/sdp", SDP("")) "--b--\n");
	run_for(10);
	text = phone_final(&far, "SIP/2.0 200");
	assert_non_null(strstr(text, "m=audio "));
	phone_ack(&far, "");
	phone_request(&far, "INVITE", PARTS, PART("application/sdp", SDP("a=sendonly\n"))
					      PART("application/x-own", "?") "--b--\n");
	text = line_expect("SIP/2.0 415");
	assert_non_null(strstr(line_header(text, "Accept"), "application/sdp"));
	assert_non_null(strstr(line_header(text, "Accept"), "multipart/mixed"));
	phone_ack(&far, "");
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
	run_for(10);
	assert_int_equal(seen.hold_changes, 0);
}

static void a_body_that_nobody_needs_is_passed_over(void **state)
{
	(void)state;
	phone_invite(&far, "alice", "600",
		     "Content-Type: text/plain\nContent-Disposition: render;handling=optional\n",
		     "hello");
	run_for(10);
	assert_non_null(strstr(phone_final(&far, "SIP/2.0 200"), "m=audio "));
	phone_ack(&far, SDP(""));
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
	phone_invite(&far, "alice", "600", "Content-Type: text/plain\n", "hello");
	assert_non_null(strstr(line_expect("SIP/2.0 415"), "\nAccept: application/sdp"));
}

static void an_encoding_that_we_lack_is_answered_with_those_that_we_have(void **state)
{
	const char *text;

	(void)state;
	phone_invite(&far, "alice", "600", "Content-Encoding: gzip\n", SDP(""));
	text = line_expect("SIP/2.0 415");
	assert_string_equal(line_header(text, "Accept-Encoding"), "identity");
	phone_invite(&far, "alice", "600", "Content-Type: text/plain\n", "hello");
	text = line_expect("SIP/2.0 415");
	assert_string_equal(line_header(text, "Accept-Encoding"), "");
}

static void extensions_that_we_lack_are_named(void **state)
{
	const char *refused;

	(void)state;
	phone_invite(&far, "alice", "600", "Require: bar, 100rel, foo\n", SDP(""));
	refused = line_expect("SIP/2.0 420");
	assert_non_null(strstr(refused, "Unsupported: bar\n"));
	assert_non_null(strstr(refused, "Unsupported: foo\n"));
	assert_null(strstr(refused, "100rel"));
}

static void cancel_while_ringing(void **state)
{
	(void)state;
	phone_invite(&far, "alice", "602", "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_expect(&far, "SIP/2.0 180");
	phone_request(&far, "CANCEL", "", "");
	line_expect("SIP/2.0 200");
	line_expect("SIP/2.0 487");
	run_for(10);
	assert_int_equal(rd_channel_count(), 0);
}

static void cancel_that_comes_too_late(void **state)
{
	(void)state;
	answered("600", SDP(""));
	phone_request(&far, "CANCEL", "", "");
	line_expect("SIP/2.0 200");
	line_expect_nothing();
	phone_ack(&far, "");
	run_for(10);
	assert_int_equal(rd_channel_count(), 1);
	phone_request(&far, "BYE", "", "");
	phone_expect(&far, "SIP/2.0 200");
}

static void a_bye_before_the_answer_ends_the_invite(void **state)
{
	(void)state;
	phone_invite(&far, "alice", "602", "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_expect(&far, "SIP/2.0 180");
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
	line_expect("SIP/2.0 487");
}

static void early_media_comes_with_a_183(void **state)
{
	const char *progress;

	(void)state;
	phone_invite(&far, "alice", "603", "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	progress = phone_expect(&far, "SIP/2.0 183");
	assert_non_null(strstr(progress, "m=audio "));
	phone_request(&far, "CANCEL", "", "");
	line_clear();
}

static void busy_is_486(void **state)
{
	(void)state;
	phone_invite(&far, "alice", "604", "", SDP(""));
	run_for(10);
	phone_final(&far, "SIP/2.0 486");
}

static void a_late_offer(void **state)
{
	const char *ok;

	(void)state;
	ok = answered("600", "");
	assert_non_null(strstr(ok, "m=audio "));
	phone_ack(&far, SDP(""));
	run_for(10);
	assert_int_equal(rd_channel_count(), 1);
	phone_request(&far, "BYE", "", "");
	phone_expect(&far, "SIP/2.0 200");
}

static void a_late_offer_that_is_not_answered(void **state)
{
	(void)state;
	answered("600", "");
	phone_ack(&far, "");
	line_expect("BYE ");
	run_for(10);
	assert_int_equal(rd_channel_count(), 0);
}

static void hold_and_resume(void **state)
{
	const char *ok;

	(void)state;
	answered("600", SDP(""));
	phone_ack(&far, "");
	phone_request(&far, "INVITE", "", SDP("a=sendonly\n"));
	ok = phone_expect(&far, "SIP/2.0 200");
	assert_non_null(strstr(ok, "a=recvonly"));
	phone_ack(&far, "");
	run_for(10);
	assert_int_equal(seen.hold_changes, 1);
	phone_request(&far, "INVITE", "", SDP(""));
	ok = phone_expect(&far, "SIP/2.0 200");
	assert_non_null(strstr(ok, "a=sendrecv"));
	phone_ack(&far, "");
	run_for(10);
	assert_int_equal(seen.hold_changes, 2);
	phone_request(&far, "UPDATE", "", SDP("a=inactive\n"));
	ok = phone_expect(&far, "SIP/2.0 200");
	assert_non_null(strstr(ok, "a=inactive"));
	run_for(10);
	assert_int_equal(seen.hold_changes, 3);
	phone_request(&far, "BYE", "", "");
	phone_expect(&far, "SIP/2.0 200");
}

static void a_reinvite_before_the_ack_is_491(void **state)
{
	(void)state;
	answered("600", SDP(""));
	phone_request(&far, "INVITE", "", SDP(""));
	line_expect("SIP/2.0 491");
	far.invite_cseq = 1;
	phone_ack(&far, "");
	phone_request(&far, "BYE", "", "");
	phone_expect(&far, "SIP/2.0 200");
}

/* RFC 3261 §11.2 */
static void says_what_is_read(void)
{
	const char *ok;

	phone_request(&far, "OPTIONS", "", "");
	ok = phone_expect(&far, "SIP/2.0 200");
	assert_non_null(strstr(line_header(ok, "Accept"), "application/sdp"));
	assert_string_equal(line_header(ok, "Accept-Encoding"), "identity");
	assert_string_equal(line_header(ok, "Accept-Language"), "en");
	assert_non_null(strstr(line_header(ok, "Supported"), "100rel"));
	assert_non_null(strstr(line_header(ok, "Allow"), "INVITE"));
}

static void who_asks_is_told_what_is_read(void **state)
{
	(void)state;
	far = (struct sip_phone){ .call_id = "none", .our_tag = "f", .user = "alice" };
	says_what_is_read();
	answered("600", SDP(""));
	phone_ack(&far, "");
	says_what_is_read();
	phone_request(&far, "BYE", "", "");
	phone_expect(&far, "SIP/2.0 200");
}

static void an_old_cseq_is_500(void **state)
{
	(void)state;
	answered("600", SDP(""));
	phone_ack(&far, "");
	far.cseq = 0;
	phone_request(&far, "OPTIONS", "", "");
	line_expect("SIP/2.0 500");
	far.cseq = 7;
	phone_request(&far, "BYE", "", "");
	phone_expect(&far, "SIP/2.0 200");
}

static void keys_by_info(void **state)
{
	(void)state;
	answered("600", SDP(""));
	phone_ack(&far, "");
	phone_request(&far, "INFO", "Content-Type: application/dtmf-relay\n", "");
	line_expect("SIP/2.0 200");
	phone_request(&far, "BYE", "", "");
	phone_expect(&far, "SIP/2.0 200");
}

static char pressed[16];

static void note_key(const struct rd_event *event, void *arg)
{
	(void)arg;
	strncat(pressed, event->text, sizeof(pressed) - strlen(pressed) - 1);
}

static const struct rd_subscriber key_listener = {
	.name = "keys", .types = RD_EVENT_BIT(RD_EVENT_CHANNEL_DIGIT), .notify = note_key
};

static void record_button(const char *state, const char *answer)
{
	char header[64];

	snprintf(header, sizeof(header), "Record: %s\n", state);
	phone_request(&far, "INFO", header, "");
	line_expect(answer);
}

static void the_record_button_is_a_key_where_it_may_be(void **state)
{
	(void)state;
	answered("600", SDP(""));
	phone_ack(&far, "");
	record_button("on", "SIP/2.0 403");
	phone_request(&far, "BYE", "", "");
	phone_expect(&far, "SIP/2.0 200");
	assert_int_equal(office_reload("[gate]\ntype = phone\nmatch = 127.0.0.9\n"
				       "context = office\none_touch_recording = yes\n"
				       "record_off_feature = apprecord\n"),
			 0);
	assert_int_equal(rd_subscribe(&key_listener), 0);
	pressed[0] = '\0';
	answered("600", SDP(""));
	phone_ack(&far, "");
	record_button("on", "SIP/2.0 501"); /* features.conf has no key for it */
	assert_int_equal(conf_dir_apply(&rd__features_config,
					"[featuremap]\nautomixmon => *3\n"
					"[applicationmap]\napprecord => 7,self,NoOp\n"), 0);
	record_button("on", "SIP/2.0 200");
	record_button("OFF", "SIP/2.0 200");
	record_button("maybe", "SIP/2.0 400");
	assert_string_equal(pressed, "*37");
	rd_unsubscribe(&key_listener);
	assert_int_equal(conf_dir_apply(&rd__features_config, ""), 0);
	phone_request(&far, "BYE", "", "");
	phone_expect(&far, "SIP/2.0 200");
}

static void who_calls_and_with_which_header(void **state)
{
	(void)state;
	phone_invite(&far, "alice", "602",
		     "P-Asserted-Identity: \"Trusted\" <sip:4711@example.com>\nX-Test: seen\n",
		     SDP(""));
	run_for(10);
	assert_string_equal(seen.caller, "Trusted <4711>");
	assert_string_equal(seen.header, "seen");
	phone_request(&far, "CANCEL", "", "");
	line_clear();
}

static void the_same_invite_by_two_ways_is_482(void **state)
{
	struct sip_phone second;

	(void)state;
	phone_invite(&far, "alice", "602", "", SDP(""));
	run_for(10);
	line_clear();
	second = far;
	phone_invite(&second, "alice", "602", "", SDP(""));
	line_clear();
	line_feed_from("127.0.0.9", 5060,
		       "INVITE sip:602@127.0.0.1 SIP/2.0\n"
		       "Via: SIP/2.0/UDP 127.0.0.9:5060;branch=z9hG4bKotherway\n"
		       "From: <sip:a@b>;tag=m\nTo: <sip:x@127.0.0.1>\nCall-ID: merged\n"
		       "CSeq: 1 INVITE\nContact: <sip:a@127.0.0.9>\nMax-Forwards: 70\n\n");
	run_for(10);
	line_clear();
	line_feed_from("127.0.0.9", 5060,
		       "INVITE sip:602@127.0.0.1 SIP/2.0\n"
		       "Via: SIP/2.0/UDP 127.0.0.9:5060;branch=z9hG4bKthirdway\n"
		       "From: <sip:a@b>;tag=m\nTo: <sip:x@127.0.0.1>\nCall-ID: merged\n"
		       "CSeq: 1 INVITE\nContact: <sip:a@127.0.0.9>\nMax-Forwards: 70\n\n");
	line_expect("SIP/2.0 482");
	/* end them */
	for (struct rd_channel *ch = rd_channel_next(NULL); ch; ch = rd_channel_next(ch))
		rd_hangup(ch, RD_CAUSE_NORMAL);
	run_for(10);
	line_clear();
}

/* RFC 3261 §20.1 */
static void a_caller_who_reads_no_description_is_406(void **state)
{
	static const char *const readable[] = { "*/*", "application/*", "text/x, application/sdp" };
	char accept[64];

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(readable); i++) {
		snprintf(accept, sizeof(accept), "Accept: %s\n", readable[i]);
		phone_invite(&far, "alice", "605", accept, SDP(""));
		run_for(10);
		phone_final(&far, "SIP/2.0 200");
		phone_ack(&far, "");
		run_for(10);
		phone_expect_request(&far, "BYE ");
		phone_answer(&far, "200 OK", "", "");
	}
	phone_invite(&far, "alice", "605", "Accept: text/plain\n", SDP(""));
	run_for(10);
	phone_final(&far, "SIP/2.0 406");
	phone_ack_refusal(&far);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, exchange_open, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_call_is_answered_and_ended_by_the_caller),
		TEST(we_hang_up_only_after_the_ack),
		TEST(an_answer_without_ack_is_repeated_then_ended),
		TEST(unknown_and_partial_numbers),
		TEST(nothing_in_common_is_488_with_a_warning),
		TEST(bodies_that_are_no_description_are_415),
		TEST(a_description_among_other_parts),
		TEST(a_body_that_nobody_needs_is_passed_over),
		TEST(an_encoding_that_we_lack_is_answered_with_those_that_we_have),
		TEST(extensions_that_we_lack_are_named),
		TEST(cancel_while_ringing),
		TEST(cancel_that_comes_too_late),
		TEST(a_bye_before_the_answer_ends_the_invite),
		TEST(early_media_comes_with_a_183),
		TEST(busy_is_486),
		TEST(a_late_offer),
		TEST(a_late_offer_that_is_not_answered),
		TEST(hold_and_resume),
		TEST(a_reinvite_before_the_ack_is_491),
		TEST(who_asks_is_told_what_is_read),
		TEST(an_old_cseq_is_500),
		TEST(keys_by_info),
		TEST(the_record_button_is_a_key_where_it_may_be),
		TEST(who_calls_and_with_which_header),
		TEST(the_same_invite_by_two_ways_is_482),
		TEST(a_caller_who_reads_no_description_is_406),
	};

	return RUN_GROUP(tests);
}
