/* What a SIP call can do beside ringing and talking: who is there now, keys and
 * texts, hops, states of devices, reloads and overload around it. */
#include "tests/unit/test.h"

#include <stdlib.h>

#include <ringdown/channel.h>
#include <ringdown/event.h>
#include <ringdown/log.h>
#include <ringdown/tech.h>

#include "channels/sip/call/tech.h"
#include "core/sched/admission.h"
#include "tests/sim/sip_exchange.h"
#include "tests/unit/log_catch.h"

static struct sip_phone far, callee;

/* far talks to the peer. allow: a header of the peer's answer. */
static void connect_peer(const char *allow)
{
	phone_invite(&far, "alice", "700", "User-Agent: Desk 1\n", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_called(&callee);
	phone_answer(&callee, "200 OK", allow, SDP(""));
	line_expect("ACK ");
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	run_for(10);
}

static void hang_up(void)
{
	phones_hang_up(&far, &callee);
}

static struct rd_channel *channel_of(const char *name)
{
	struct rd_channel *ch = rd_channel_find(name);

	assert_non_null(ch);
	rd_channel_unref(ch);
	return ch;
}

static struct rd_channel *peer_channel(void)
{
	return channel_of("SIP/peer");
}

static void show(const char *number)
{
	const struct rd_party party = { .name = "New", .number = number };

	assert_int_equal(rd_channel_set_party(peer_channel(), RD_PARTY_CONNECTED, &party), 0);
}

/* CHANNEL(item) of a leg begins like this. */
static void expect_item_of(const char *name, const char *item, const char *start)
{
	struct rd_buf text = { 0 };

	assert_int_equal(rd_channel_get(channel_of(name), item, &text), 0);
	if (strncmp(rd_buf_text(&text), start, strlen(start)) != 0)
		fail_msg("%s: \"%s\", expected: \"%s\"", item, rd_buf_text(&text), start);
	rd_buf_fini(&text);
}

static void expect_item(const char *item, const char *start)
{
	expect_item_of("SIP/peer", item, start);
}

/* What came in says more than what we sent. */
static void a_leg_tells_how_its_call_began(void **state)
{
	struct rd_buf text = { 0 };

	(void)state;
	connect_peer("");
	expect_item_of("SIP/gate", "pjsip,request_uri", "sip:700@127.0.0.1");
	expect_item_of("SIP/gate", "from", "sip:alice@");
	expect_item_of("SIP/gate", "useragent", "Desk 1");
	expect_item_of("SIP/gate", "peerip", "127.0.0.9");
	expect_item("pjsip,request_uri", "sip:42@127.0.0.2");
	expect_item("pjsip,target_uri", "sip:callee@127.0.0.2:5060");
	expect_item("from", "sip:42@");
	expect_item("pjsip,t38state", "DISABLED");
	expect_item("rtp,direct", "");
	expect_item("videonativeformat", "");
	assert_int_equal(rd_channel_get(peer_channel(), "useragent", &text), -ENOENT);
	rd_buf_fini(&text);
	hang_up();
}

static void a_leg_tells_about_its_dialog_and_sound(void **state)
{
	struct rd_buf text = { 0 };

	(void)state;
	connect_peer("");
	expect_item("pjsip,call-id", callee.call_id);
	expect_item("pjsip,secure", "0");
	expect_item("pjsip,local_tag", callee.their_tag);
	expect_item("pjsip,remote_tag", callee.our_tag);
	expect_item("pjsip,remote_addr", "127.0.0.2:5060");
	expect_item("pjsip,target_uri", "sip:");
	expect_item("rtp,dest,audio", "127.0.0.2:5000");
	expect_item("rtp,src", "127.0.0.1:");
	expect_item("rtp,hold", "0");
	expect_item("rtcp,all", "ssrc=");
	expect_item("rtcp,rxploss", "0");
	expect_item("endpoint", "peer");
	expect_item("audioreadformat", "ulaw");
	expect_item("audionativeformat", "ulaw,alaw");
	assert_int_equal(rd_channel_get(peer_channel(), "pjsip,colour", &text), -ENOENT);
	assert_int_equal(rd_channel_get(peer_channel(), "colour", &text), -ENOENT);
	rd_buf_fini(&text);
	hang_up();
}

#define NOTHING_HEARD                                                                 \
	"audio ulaw rxmos= txmos= rxcount=0 txcount=0 rxploss=0 txploss=0 rxjitter=0.0" \
	" txjitter=0.0 rtt=0.0 strangers=0\n"

static struct rd_buf quality;

static void note_quality(const struct rd_event *event, void *arg)
{
	(void)arg;
	rd_buf_printf(&quality, "%s %s", event->name, event->text);
	for (size_t i = 0; i < event->field_count; i++)
		rd_buf_printf(&quality, " %s=%s", event->fields[i].name,
			      event->fields[i].value);
	rd_buf_adds(&quality, "\n");
}

static void how_it_sounded_is_told_at_the_end(void **state)
{
	static const struct rd_subscriber subscriber = {
		.name = "test",
		.types = RD_EVENT_BIT(RD_EVENT_CHANNEL_QUALITY),
		.notify = note_quality,
	};

	(void)state;
	rd_buf_init(&quality);
	assert_int_equal(rd_subscribe(&subscriber), 0);
	connect_peer("");
	hang_up();
	run_for(100);
	rd_unsubscribe(&subscriber);
	/* Nothing was heard, on either leg: no score. */
	assert_string_equal(rd_buf_text(&quality), NOTHING_HEARD NOTHING_HEARD);
	rd_buf_fini(&quality);
}

static void a_new_party_is_shown_by_reinvite(void **state)
{
	(void)state;
	connect_peer("");
	show("777");
	phone_expect_request(&callee, "INVITE ");
	assert_non_null(strstr(callee.request, "P-Asserted-Identity: \"New\" <sip:777@"));
	assert_non_null(strstr(callee.request, "m=audio "));
	assert_non_null(strstr(line_header(callee.request, "To"), ";tag="));
	/* Another change waits until this one is through. */
	show("888");
	line_expect_nothing();
	phone_answer(&callee, "200 OK", "", SDP(""));
	line_expect("ACK ");
	phone_expect_request(&callee, "INVITE ");
	assert_non_null(strstr(callee.request, "<sip:888@"));
	phone_answer(&callee, "200 OK", "", SDP(""));
	line_expect("ACK ");
	hang_up();
}

static void a_new_party_is_shown_by_update(void **state)
{
	(void)state;
	connect_peer("Allow: INVITE, UPDATE\n");
	show("777");
	phone_expect_request(&callee, "UPDATE ");
	assert_non_null(strstr(callee.request, "<sip:777@"));
	phone_answer(&callee, "200 OK", "", "");
	hang_up();
}

static void glare_waits_and_tries_again(void **state)
{
	(void)state;
	connect_peer("");
	show("777");
	phone_expect_request(&callee, "INVITE ");
	phone_answer(&callee, "491 Request Pending", "", "");
	line_expect("ACK ");
	run_for(2000);
	line_expect_nothing();
	for (int i = 0; i < 110 && line_is_empty(); i++)
		run_for(20);
	phone_expect_request(&callee, "INVITE ");
	phone_answer(&callee, "200 OK", "", SDP(""));
	line_expect("ACK ");
	hang_up();
}

static void an_offer_across_ours_is_491(void **state)
{
	struct sip_phone there;

	(void)state;
	connect_peer("");
	there = callee;
	show("777");
	phone_expect_request(&callee, "INVITE ");
	line_feed("INVITE sip:127.0.0.1:5060 SIP/2.0\n"
		  "Via: SIP/2.0/UDP 127.0.0.2:5060;branch=z9hG4bKglare\n"
		  "From: <sip:42@127.0.0.2>;tag=%s\nTo: <sip:a@127.0.0.1>;tag=%s\n"
		  "Call-ID: %s\nCSeq: 5 INVITE\nContact: <sip:callee@127.0.0.2>\n\n",
		  there.our_tag, there.their_tag, there.call_id);
	line_expect("SIP/2.0 491");
	phone_answer(&callee, "200 OK", "", SDP(""));
	line_expect("ACK ");
	hang_up();
}

static void a_200_without_an_answer_changes_nothing(void **state)
{
	(void)state;
	connect_peer("");
	show("777");
	phone_expect_request(&callee, "INVITE ");
	phone_answer(&callee, "200 OK", "", "");
	line_expect("ACK ");
	run_for(10);
	/* Nothing of ours is open: an offer of theirs is taken. */
	phone_request(&callee, "INVITE", "", SDP("a=sendonly\n"));
	assert_non_null(strstr(line_expect("SIP/2.0 200"), "a=recvonly"));
	phone_ack(&callee, "");
	/* What the peer repeats of long ago is acknowledged, no more. */
	phone_request(&callee, "INVITE", "", SDP(""));
	assert_non_null(strstr(line_expect("SIP/2.0 200"), "a=sendrecv"));
	phone_ack(&callee, "");
	hang_up();
}

static void a_500_with_a_time_is_tried_again_then(void **state)
{
	(void)state;
	connect_peer("");
	show("777");
	phone_expect_request(&callee, "INVITE ");
	phone_answer(&callee, "500 Server Internal Error", "Retry-After: 7\n", "");
	line_expect("ACK ");
	run_for(6900);
	line_expect_nothing();
	run_for(200);
	phone_expect_request(&callee, "INVITE ");
	phone_answer(&callee, "200 OK", "", SDP(""));
	line_expect("ACK ");
	hang_up();
}

static void an_update_that_is_not_known_becomes_an_invite(void **state)
{
	(void)state;
	connect_peer("Allow: INVITE, UPDATE\n");
	show("777");
	phone_expect_request(&callee, "UPDATE ");
	phone_answer(&callee, "405 Method Not Allowed", "", "");
	run_for(10);
	phone_expect_request(&callee, "INVITE ");
	phone_answer(&callee, "200 OK", "", SDP(""));
	line_expect("ACK ");
	hang_up();
}

static void a_dialog_that_the_peer_lost_ends_the_call(void **state)
{
	(void)state;
	connect_peer("");
	show("777");
	phone_expect_request(&callee, "INVITE ");
	phone_answer(&callee, "481 Call/Transaction Does Not Exist", "", "");
	line_expect("ACK ");
	line_expect("BYE ");
	run_for(10);
	line_expect("BYE ");
}

static void a_refused_change_leaves_the_call(void **state)
{
	(void)state;
	connect_peer("");
	show("777");
	phone_expect_request(&callee, "INVITE ");
	phone_answer(&callee, "488 Not Acceptable Here", "", "");
	line_expect("ACK ");
	run_for(100);
	assert_int_equal(rd_channel_count(), 2);
	hang_up();
}

static void keys_pass_by_info(void **state)
{
	(void)state;
	connect_peer("");
	line_feed("INFO sip:127.0.0.1:5060 SIP/2.0\n"
		  "Via: SIP/2.0/UDP 127.0.0.9:5060;branch=z9hG4bKkey\n"
		  "From: <sip:alice@127.0.0.9>;tag=%s\nTo: <sip:x@127.0.0.1>;tag=%s\n"
		  "Call-ID: %s\nCSeq: 2 INFO\nContent-Type: application/dtmf-relay\n\n"
		  "Signal=5\nDuration=160\n",
		  far.our_tag, far.their_tag, far.call_id);
	line_expect("SIP/2.0 200");
	run_for(10);
	phone_expect_request(&callee, "INFO ");
	assert_non_null(strstr(callee.request, "Signal=5"));
	phone_answer(&callee, "200 OK", "", "");
	run_for(1000);
	far.cseq = 2;
	hang_up();
}

static void a_text_is_heard_and_answered(void **state)
{
	(void)state;
	phone_invite(&far, "alice", "600", "", SDP(""));
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	line_feed("MESSAGE sip:127.0.0.1:5060 SIP/2.0\n"
		  "Via: SIP/2.0/UDP 127.0.0.9:5060;branch=z9hG4bKtext\n"
		  "From: <sip:alice@127.0.0.9>;tag=%s\nTo: <sip:x@127.0.0.1>;tag=%s\n"
		  "Call-ID: %s\nCSeq: 2 MESSAGE\nContent-Type: text/plain\n\nhello\n",
		  far.our_tag, far.their_tag, far.call_id);
	line_expect("SIP/2.0 200");
	run_for(10);
	phone_expect_request(&far, "MESSAGE ");
	assert_non_null(strstr(far.request, "\n\nhello"));
	phone_answer(&far, "200 OK", "", "");
	far.cseq = 2;
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
}

static void say(const char *body)
{
	static char text[20000];
	static unsigned cseq = 10;

	snprintf(text, sizeof(text),
		 "MESSAGE sip:127.0.0.1:5060 SIP/2.0\n"
		 "Via: SIP/2.0/UDP 127.0.0.9:5060;branch=z9hG4bKtext%u\n"
		 "From: <sip:alice@127.0.0.9>;tag=%s\nTo: <sip:x@127.0.0.1>;tag=%s\n"
		 "Call-ID: %s\nCSeq: %u MESSAGE\nContent-Type: text/plain\n\n%s\n",
		 cseq, far.our_tag, far.their_tag, far.call_id, cseq, body);
	cseq++;
	line_feed_from("127.0.0.9", 5060, text);
}

static void a_long_text_arrives_whole(void **state)
{
	static char text[17000];

	(void)state;
	phone_invite(&far, "alice", "600", "", SDP(""));
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	memset(text, 'a', 1000);
	strcpy(text + 1000, "end");
	say("short");
	line_expect("SIP/2.0 200");
	say(text);
	line_expect("SIP/2.0 200");
	run_for(10);
	phone_expect_request(&far, "MESSAGE ");
	assert_non_null(strstr(far.request, "\n\nshort"));
	phone_answer(&far, "200 OK", "", "");
	phone_expect_request(&far, "MESSAGE ");
	assert_non_null(strstr(far.request, text));
	phone_answer(&far, "200 OK", "", "");
	memset(text, 'a', 16400);
	say(text);
	line_expect("SIP/2.0 413");
	far.cseq = 100;
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
}

static void hops_count_down(void **state)
{
	(void)state;
	phones_dial(&far, &callee);
	assert_string_equal(line_header(callee.request, "Max-Forwards"), "69");
	phone_answer(&callee, "486 Busy Here", "", "");
	run_for(10);
	line_clear();
}

static void overload_is_503_before_anything_is_made(void **state)
{
	const char *refused, *lines;
	struct log_catch caught;

	(void)state;
	rd__admission_close(true);
	rd_log_max = RD_LOG_WARNING;
	log_catch(&caught);
	phone_invite(&far, "alice", "600", "", SDP(""));
	phone_invite(&far, "alice", "600", "", SDP(""));
	rd_log_max = RD_LOG_ERROR;
	lines = strstr(log_caught(&caught), "refused with 503: the daemon starts or stops");
	assert_non_null(lines);
	assert_null(strstr(lines + 1, "refused with 503"));
	refused = line_expect("SIP/2.0 503");
	assert_true(atoi(line_header(refused, "Retry-After")) > 0);
	line_expect("SIP/2.0 503");
	assert_int_equal(sip_dialogs_count(sip.dialogs), 0);
	rd__admission_close(false);
}

static void a_reload_leaves_calls_alone(void **state)
{
	(void)state;
	connect_peer("");
	assert_int_equal(office_reload("[gate]\ntype = phone\nmatch = 127.0.0.9\n"), 0);
	assert_null(sip_settings_find(sip.settings, RD_STR("peer")));
	run_for(1000);
	assert_int_equal(rd_channel_count(), 2);
	hang_up();
}

static void a_reload_with_errors_changes_nothing(void **state)
{
	struct sip_settings *before = sip.settings;

	(void)state;
	assert_int_equal(office_reload("[gate]\ntype = phone\nmatch = 127.0.0.9\n"
				       "contxt = office\n"), -EINVAL);
	assert_non_null(strstr(office_report(), "sip.conf:4"));
	assert_non_null(strstr(office_report(), "context"));
	assert_ptr_equal(sip.settings, before);
}

static void devices_say_how_they_are(void **state)
{
	struct rd_channel *ch;

	(void)state;
	assert_int_equal(rd_device_state("SIP/1002"), RD_DEVICE_UNAVAILABLE);
	assert_int_equal(rd_device_state("SIP/peer"), RD_DEVICE_NOT_INUSE);
	assert_int_equal(rd_device_state("SIP/4711"), RD_DEVICE_INVALID);
	connect_peer("");
	assert_int_equal(rd_device_state("SIP/peer"), RD_DEVICE_INUSE);
	assert_int_equal(rd_device_state("PJSIP/peer"), RD_DEVICE_INUSE);
	ch = rd_channel_find("PJSIP/peer");
	assert_ptr_equal(ch, peer_channel());
	rd_channel_unref(ch);
	hang_up();
	assert_int_equal(rd_device_state("SIP/peer"), RD_DEVICE_NOT_INUSE);
}

static void an_unanswered_call_is_sent_elsewhere(void **state)
{
	const char *moved;

	(void)state;
	phone_invite(&far, "alice", "607", "", SDP(""));
	run_for(10);
	moved = phone_final(&far, "SIP/2.0 302");
	assert_string_equal(line_header(moved, "Contact"), "<sip:1003@127.0.0.1:5060>");
	phone_ack(&far, "");
	run_for(10);
	assert_int_equal(rd_channel_count(), 0);
}

/* The proxy that recorded its route gets what follows. */
static void requests_follow_the_recorded_route(void **state)
{
	(void)state;
	connect_peer("Record-Route: <sip:127.0.0.7;lr>\n");
	phone_request(&far, "BYE", "", "");
	phone_expect(&far, "SIP/2.0 200");
	run_for(10);
	phone_expect_request(&callee, "BYE sip:callee@127.0.0.2:5060 ");
	assert_string_equal(line_header(callee.request, "Route"), "<sip:127.0.0.7;lr>");
	phone_answer(&callee, "200 OK", "", "");
	run_for(10);
}

/* ---- codecs by the dialplan ---- */

static const struct rd_function *media_offer(void)
{
	for (const struct rd_function *it = sip_functions; it->name; it++)
		if (strcmp(it->name, "PJSIP_MEDIA_OFFER") == 0)
			return it;
	fail_msg("PJSIP_MEDIA_OFFER is not there");
	return NULL;
}

static int offer_alaw(struct rd_channel *leg, void *arg)
{
	struct rd_buf out;

	(void)arg;
	rd_buf_init(&out);
	assert_int_equal(media_offer()->read(leg, "audio", &out), 0);
	assert_string_equal(rd_buf_text(&out), "ulaw,alaw");
	rd_buf_fini(&out);
	assert_int_equal(media_offer()->write(leg, "audio", "g7222"), -EINVAL);
	assert_int_equal(media_offer()->write(leg, "video", "alaw"), -EINVAL);
	return media_offer()->write(leg, "audio", "alaw");
}

static void dial_with_alaw(struct rd_channel *ch, const char *exten)
{
	const struct rd_dial_options options = { .timeout_ms = 20000, .before_call = offer_alaw };
	struct rd_dial_result result;
	struct rd_channel *winner = NULL;

	(void)exten;
	rd_dial(ch, "SIP/42@peer", &options, &winner, &result);
	rd_hangup(ch, RD_CAUSE_NORMAL);
}

static void the_dialplan_says_what_is_offered(void **state)
{
	(void)state;
	seen.service = dial_with_alaw;
	phone_invite(&far, "alice", "799", "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_called(&callee);
	assert_non_null(strstr(callee.request, "RTP/AVP 8\n"));
	phone_request(&far, "CANCEL", "", "");
	run_for(40000);
	line_clear();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, exchange_open, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_leg_tells_how_its_call_began),
		TEST(a_leg_tells_about_its_dialog_and_sound),
		TEST(how_it_sounded_is_told_at_the_end),
		TEST(the_dialplan_says_what_is_offered),
		TEST(a_new_party_is_shown_by_reinvite),
		TEST(a_new_party_is_shown_by_update),
		TEST(glare_waits_and_tries_again),
		TEST(an_offer_across_ours_is_491),
		TEST(a_200_without_an_answer_changes_nothing),
		TEST(a_500_with_a_time_is_tried_again_then),
		TEST(an_update_that_is_not_known_becomes_an_invite),
		TEST(a_dialog_that_the_peer_lost_ends_the_call),
		TEST(a_refused_change_leaves_the_call),
		TEST(keys_pass_by_info),
		TEST(a_text_is_heard_and_answered),
		TEST(a_long_text_arrives_whole),
		TEST(hops_count_down),
		TEST(overload_is_503_before_anything_is_made),
		TEST(a_reload_leaves_calls_alone),
		TEST(a_reload_with_errors_changes_nothing),
		TEST(devices_say_how_they_are),
		TEST(an_unanswered_call_is_sent_elsewhere),
		TEST(requests_follow_the_recorded_route),
	};

	return RUN_GROUP(tests);
}
