/* Offer and answer: codecs, payload types, directions, refused lines, versions. */
#include "tests/unit/test.h"

#include "channels/sip/call/session_private.h"
#include "tests/unit/sdp_rig.h"

static const struct rd_codec alaw = { .name = "alaw", .rtp_name = "PCMA", .rate = 8000,
				      .channels = 1, .payload = 8, .frame_ms = 10 };
static const struct rd_codec g722 = { .name = "g722", .rtp_name = "G722", .rate = 16000,
				      .rtp_rate = 8000, .channels = 1, .payload = 9,
				      .frame_ms = 10 };
static const struct rd_codec opus = { .name = "opus", .rtp_name = "opus", .rate = 48000,
				      .channels = 2, .payload = -1, .frame_ms = 10,
				      .fmtp = "useinbandfec=1" };

static int setup(void **state)
{
	int rc = sdp_rig_open();

	(void)state;
	policy.codecs[1] = &alaw;
	policy.codec_count = 2;
	policy.telephone_event = true;
	return rc;
}

/* What was there before is nobody's wish: of a late offer no answer has spoken yet. */
static void an_offer_begins_with_nothing(void **state)
{
	(void)state;
	memset(&config, 0xff, sizeof(config));
	assert_int_equal(sip_session_make_offer(&session, &policy, NULL, &config), 0);
	assert_false(config.ice || config.rtcp_mux || config.rtcp_xr || config.dtmf_inband);
	assert_null(strstr(printed(), "rtcp-xr"));
	memset(&config, 0xff, sizeof(config));
	sip_session_init(&session);
	assert_int_equal(offer(HEAD "m=audio 5000 RTP/AVP 8 0\r\n"), 0);
	assert_false(config.ice || config.rtcp_mux || config.rtcp_xr || config.dtmf_inband);
}

static void voip_metrics_are_asked_for_where_wanted(void **state)
{
	(void)state;
	policy.rtcp_xr = true;
	assert_int_equal(sip_session_make_offer(&session, &policy, NULL, &config), 0);
	assert_non_null(strstr(printed(), "a=rtcp-xr:voip-metrics\r\n"));
	/* Ours go to whoever says that he reads them. */
	assert_int_equal(answer(HEAD "m=audio 5000 RTP/AVP 0\r\n"), 0);
	assert_false(config.rtcp_xr);
	sip_session_init(&session);
	assert_int_equal(sip_session_make_offer(&session, &policy, NULL, &config), 0);
	assert_int_equal(answer(HEAD "m=audio 5000 RTP/AVP 0\r\n"
				     "a=rtcp-xr:rcvr-rtt=all voip-metrics\r\n"), 0);
	assert_true(config.rtcp_xr);
}

/* Of header extensions, the one that is true from end to end. */
static void how_loud_packets_are_may_be_said_in_them(void **state)
{
	static const char *const none[] = {
		"", "a=extmap:0 " SIP_LEVEL_URI "\r\n", "a=extmap:15 " SIP_LEVEL_URI "\r\n",
		"a=extmap:3/inactive " SIP_LEVEL_URI "\r\n", "a=extmap:" SIP_LEVEL_URI "\r\n",
		"a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid\r\n",
	};
	char body[512];

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(none); i++) {
		snprintf(body, sizeof(body), HEAD "m=audio 5000 RTP/AVP 0\r\n%s", none[i]);
		assert_int_equal(offer(body), 0);
		assert_int_equal(config.level_id, 0);
		assert_null(strstr(printed(), "extmap"));
	}
	assert_int_equal(offer(HEAD "m=audio 5000 RTP/AVP 0\r\n"
				    "a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/"
				    "abs-send-time\r\n"
				    "a=extmap:14/sendrecv  " SIP_LEVEL_URI " vad=on\r\n"), 0);
	assert_int_equal(config.level_id, 14);
	assert_non_null(strstr(printed(), "a=extmap:14 " SIP_LEVEL_URI "\r\n"));
	assert_null(strstr(text, "abs-send-time"));
	/* Browsers are asked. */
	policy.webrtc = true;
	sip_session_init(&session);
	assert_int_equal(sip_session_make_offer(&session, &policy, NULL, &config), 0);
	assert_non_null(strstr(printed(), "a=extmap:1 " SIP_LEVEL_URI "\r\n"));
	assert_int_equal(answer(HEAD "m=audio 5000 RTP/AVP 0\r\n"), 0);
	assert_int_equal(config.level_id, 0);
}

static void our_order_counts(void **state)
{
	(void)state;
	assert_int_equal(offer(HEAD "m=audio 5000 RTP/AVP 8 0 101\r\n"
				    "a=rtpmap:101 telephone-event/8000\r\n"), 0);
	assert_int_equal(config.format_count, 2);
	assert_ptr_equal(config.formats[0].codec, &ulaw);
	assert_ptr_equal(config.formats[1].codec, &alaw);
	assert_int_equal(config.dtmf_payload, 101);
	assert_int_equal(config.direction, RD_SENDRECV);
	assert_non_null(strstr(printed(), "m=audio 4000 RTP/AVP 0 8 101\r\n"));
	assert_non_null(strstr(text, "a=sendrecv\r\n"));
}

static void the_callers_order_counts_if_so_configured(void **state)
{
	(void)state;
	policy.caller_order = true;
	assert_int_equal(offer(HEAD "m=audio 5000 RTP/AVP 8 0\r\n"), 0);
	assert_ptr_equal(config.formats[0].codec, &alaw);
	assert_int_equal(config.dtmf_payload, -1);
}

static void dynamic_types_are_matched_by_name(void **state)
{
	(void)state;
	policy.codecs[0] = &opus;
	policy.codecs[1] = &g722;
	assert_int_equal(offer(HEAD "m=audio 5000 RTP/AVP 120 9\r\n"
				    "a=rtpmap:120 OPUS/48000/2\r\na=fmtp:120 maxptime=40\r\n"), 0);
	assert_ptr_equal(config.formats[0].codec, &opus);
	assert_int_equal(config.formats[0].payload, 120);
	assert_string_equal(config.formats[0].fmtp, "maxptime=40");
	assert_ptr_equal(config.formats[1].codec, &g722);
}

static void no_common_codec_is_not_supported(void **state)
{
	(void)state;
	assert_int_equal(offer(HEAD "m=audio 5000 RTP/AVP 9\r\n"), -ENOTSUP);
	assert_int_equal(offer(HEAD "m=audio 0 RTP/AVP 0\r\n"), -ENOTSUP);
	assert_int_equal(offer(HEAD "m=audio 5000 RTP/SAVP 0\r\n"), -EPROTONOSUPPORT);
	assert_int_equal(offer(HEAD "m=video 5000 RTP/AVP 0\r\n"), -ENOTSUP);
	assert_int_equal(session.version, 0);
}

static void other_lines_are_refused_in_place(void **state)
{
	(void)state;
	assert_int_equal(offer(HEAD "m=video 6000 RTP/AVP 99\r\na=rtpmap:99 H264/90000\r\n"
				    "m=audio 5000 RTP/AVP 0\r\n"
				    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"), 0);
	printed();
	assert_non_null(strstr(text, "m=video 0 RTP/AVP 99\r\n"));
	assert_non_null(strstr(text, "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n"));
	assert_true(strstr(text, "m=video") < strstr(text, "m=audio"));
	assert_true(strstr(text, "m=audio") < strstr(text, "m=application"));
}

static void a_later_offer_may_not_lose_lines(void **state)
{
	(void)state;
	assert_int_equal(offer(HEAD "m=audio 5000 RTP/AVP 0\r\nm=video 6000 RTP/AVP 99\r\n"), 0);
	assert_int_equal(offer(HEAD "m=audio 5000 RTP/AVP 0\r\n"), -EINVAL);
}

static void hold_by_direction(void **state)
{
	(void)state;
	assert_int_equal(offer(HEAD "m=audio 5000 RTP/AVP 0\r\na=sendonly\r\n"), 0);
	assert_true(session.held);
	assert_int_equal(config.direction, RD_RECVONLY);
	assert_non_null(strstr(printed(), "a=recvonly"));
	assert_int_equal(offer(HEAD "m=audio 5000 RTP/AVP 0\r\na=inactive\r\n"), 0);
	assert_true(session.held);
	assert_int_equal(config.direction, RD_INACTIVE);
	assert_non_null(strstr(printed(), "a=inactive"));
	assert_int_equal(offer(HEAD "m=audio 5000 RTP/AVP 0\r\n"), 0);
	assert_false(session.held);
	assert_non_null(strstr(printed(), "a=sendrecv"));
	assert_int_equal(session.version, 3);
}

static void hold_by_address(void **state)
{
	(void)state;
	assert_int_equal(offer(HEAD "m=audio 5000 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\n"), 0);
	assert_true(session.held);
	assert_int_equal(config.direction, RD_RECVONLY);
	assert_int_equal(config.remote.ss_family, 0);
}

static void keys_by_info_take_no_event_type(void **state)
{
	(void)state;
	policy.telephone_event = false;
	assert_int_equal(offer(HEAD "m=audio 5000 RTP/AVP 0 101\r\n"
				    "a=rtpmap:101 telephone-event/8000\r\n"), 0);
	assert_int_equal(config.dtmf_payload, -1);
	assert_null(strstr(printed(), "telephone-event"));
}

static void their_packet_length_is_kept(void **state)
{
	(void)state;
	assert_int_equal(offer(HEAD "m=audio 5000 RTP/AVP 0\r\na=ptime:30\r\n"), 0);
	assert_int_equal(config.formats[0].ptime_ms, 30);
	assert_int_equal(offer(HEAD "m=audio 5000 RTP/AVP 0\r\na=ptime:3\r\n"), 0);
	assert_int_equal(config.formats[0].ptime_ms, 20);
}

static void our_offer_and_its_answer(void **state)
{
	(void)state;
	policy.codecs[2] = &opus;
	policy.codec_count = 3;
	sip_session_make_offer(&session, &policy, NULL, &config);
	assert_non_null(strstr(printed(), "m=audio 4000 RTP/AVP 0 8 96 101\r\n"));
	assert_non_null(strstr(text, "a=rtpmap:96 opus/48000/2\r\n"));
	assert_non_null(strstr(text, "a=fmtp:96 useinbandfec=1\r\n"));
	assert_non_null(strstr(text, "a=ptime:20\r\n"));
	assert_non_null(strstr(text, "a=maxptime:120\r\n"));
	assert_int_equal(sip_session_take_answer(&session, &policy,
						 parse(HEAD "m=audio 5000 RTP/AVP 8 0\r\n"), false,
						 &config), 0);
	/* The far end's first is what it wants to hear. */
	assert_ptr_equal(config.formats[0].codec, &alaw);
	assert_int_equal(config.dtmf_payload, -1);
	assert_int_equal(config.remote.ss_family, AF_INET);
}

static void an_answer_that_refuses_all(void **state)
{
	(void)state;
	sip_session_make_offer(&session, &policy, NULL, &config);
	assert_int_equal(sip_session_take_answer(&session, &policy,
						 parse(HEAD "m=audio 0 RTP/AVP 0\r\n"), false,
						 &config), -ENOTSUP);
	assert_int_equal(sip_session_take_answer(&session, &policy, parse(HEAD), false, &config),
			 -EINVAL);
}

static void a_caller_s_codec_is_offered_first(void **state)
{
	struct sip_endpoint phone = { .codecs = { &ulaw, &alaw, &g722 }, .codec_count = 3 };
	const struct rd_codec *preferred[] = { &opus, &alaw, NULL };

	(void)state;
	sip_media_policy_of(&policy, &phone, preferred);
	assert_int_equal(policy.codec_count, 3);
	assert_ptr_equal(policy.codecs[0], &alaw);
	assert_ptr_equal(policy.codecs[1], &ulaw);
	/* Unless the phone's own order is to count. */
	phone.offer_order = 1;
	sip_media_policy_of(&policy, &phone, preferred);
	assert_ptr_equal(policy.codecs[0], &ulaw);
}

static void codecs_of_other_lines_are_not_for_sound(void **state)
{
	static const struct rd_codec video = { .name = "h264", .kind = RD_MEDIA_VIDEO };
	struct sip_endpoint phone = { .codecs = { &video, &alaw }, .codec_count = 2 };

	(void)state;
	sip_media_policy_of(&policy, &phone, NULL);
	assert_int_equal(policy.codec_count, 1);
	assert_ptr_equal(policy.codecs[0], &alaw);
}

/* 50 ms are no whole frames of 20. */
static void packets_hold_whole_frames(void **state)
{
	static const struct rd_codec gsm = { .name = "gsm", .rtp_name = "GSM", .rate = 8000,
					     .payload = 3, .frame_ms = 20 };

	(void)state;
	policy.codecs[0] = &gsm;
	policy.codec_count = 1;
	policy.ptime_ms = 50;
	assert_int_equal(offer(HEAD "m=audio 5000 RTP/AVP 3\r\n"), 0);
	assert_int_equal(config.formats[0].ptime_ms, 40);
	assert_int_equal(offer(HEAD "m=audio 5000 RTP/AVP 3\r\na=ptime:60\r\n"), 0);
	assert_int_equal(config.formats[0].ptime_ms, 60);
	assert_int_equal(offer(HEAD "m=audio 5000 RTP/AVP 3\r\na=maxptime:30\r\n"), 0);
	assert_int_equal(config.formats[0].ptime_ms, 20);
}

static int code(void *state, const int16_t *samples, size_t count, uint8_t *out, size_t max)
{
	return (void)state, (void)samples, (void)count, (void)out, (int)max;
}

static void what_we_cannot_speak_is_not_chosen_for_prompts(void **state)
{
	static const struct rd_codec g729 = { .name = "g729", .rtp_name = "G729", .rate = 8000,
					      .payload = 18, .frame_ms = 10 };
	struct rd_codec spoken = ulaw;

	(void)state;
	spoken.encode = code;
	policy.codecs[0] = &g729;
	policy.codecs[1] = &spoken;
	policy.codec_count = 2;
	assert_int_equal(offer(HEAD "m=audio 5000 RTP/AVP 18 0\r\n"), 0);
	assert_int_equal(config.format_count, 2);
	assert_ptr_equal(config.formats[0].codec, &spoken);
	assert_ptr_equal(config.formats[1].codec, &g729);
	assert_int_equal(offer(HEAD "m=audio 5000 RTP/AVP 18\r\n"), 0);
	assert_ptr_equal(config.formats[0].codec, &g729);
}

static void what_was_said_before_keeps_its_version(void **state)
{
	char first[SIP_OUT_MAX];

	(void)state;
	assert_int_equal(offer(HEAD "m=audio 5000 RTP/AVP 0\r\n"), 0);
	strcpy(first, printed());
	assert_non_null(strstr(first, " 1 IN IP4 192.0.2.1\r\n"));
	assert_int_equal(offer(HEAD "m=audio 5002 RTP/AVP 0\r\n"), 0);
	assert_string_equal(printed(), first);
	sip_session_answered(&session);
	assert_int_equal(offer(HEAD "m=audio 5002 RTP/AVP 0\r\na=sendonly\r\n"), 0);
	assert_non_null(strstr(printed(), " 2 IN IP4 192.0.2.1\r\n"));
}

static void the_line_with_the_sound_keeps_it(void **state)
{
	(void)state;
	assert_int_equal(offer(HEAD "m=audio 0 RTP/AVP 0\r\nm=audio 5000 RTP/AVP 0\r\n"), 0);
	assert_int_equal(session.audio_line, 1);
	assert_int_equal(offer(HEAD "m=audio 6000 RTP/AVP 0\r\nm=audio 5000 RTP/AVP 0\r\n"), 0);
	assert_int_equal(session.audio_line, 1);
	printed();
	assert_non_null(strstr(text, "m=audio 0 RTP/AVP 0\r\nm=audio 4000 RTP/AVP 0\r\n"));
	/* It goes away, the other is there: sound moves. */
	assert_int_equal(offer(HEAD "m=audio 6000 RTP/AVP 0\r\nm=audio 0 RTP/AVP 0\r\n"
				    "m=audio 0 RTP/AVP 8\r\n"), 0);
	assert_int_equal(session.audio_line, 0);
	assert_int_equal(session.line_count, 3);
}

/* A fax machine asks for T.38: when that is refused, it goes on as it was. */
static void an_offer_of_which_nothing_is_taken_changes_nothing(void **state)
{
	static const char *const offers[] = {
		HEAD "m=image 40002 udptl t38\r\n",
		HEAD "m=audio 0 RTP/AVP 0\r\nm=image 40002 udptl t38\r\n",
		HEAD "m=video 40002 RTP/AVP 31\r\n",
	};

	(void)state;
	assert_int_equal(offer(HEAD "m=audio 6000 RTP/AVP 0\r\n"), 0);
	sip_session_answered(&session);
	for (size_t i = 0; i < RD_ARRAY_SIZE(offers); i++) {
		assert_int_equal(offer(offers[i]), -ENOTSUP);
		assert_int_equal(session.state, SIP_OFFER_AGREED);
		assert_int_equal(session.line_count, 1);
	}
}

static void all_lines_may_be_switched_off_and_on(void **state)
{
	(void)state;
	assert_int_equal(offer(HEAD "m=audio 5000 RTP/AVP 0\r\n"), 0);
	assert_int_equal(offer(HEAD "m=audio 0 RTP/AVP 0\r\n"), 0);
	assert_true(session.held);
	assert_int_equal(config.direction, RD_INACTIVE);
	assert_non_null(strstr(printed(), "m=audio 0 RTP/AVP 0\r\n"));
	assert_int_equal(offer(HEAD "m=audio 5000 RTP/AVP 0\r\n"), 0);
	assert_false(session.held);
	assert_non_null(strstr(printed(), "m=audio 4000 RTP/AVP 0\r\n"));
}

static void an_offer_that_was_refused_leaves_all_as_it_was(void **state)
{
	(void)state;
	assert_int_equal(offer(HEAD "m=audio 5000 RTP/AVP 0\r\na=sendonly\r\n"), 0);
	printed();
	sip_session_answered(&session);
	sip_session_make_offer(&session, &policy, &config, &config);
	assert_int_equal(session.state, SIP_OFFER_OURS);
	assert_int_equal(session.direction, SDP_SENDRECV);
	sip_session_withdraw(&session);
	assert_int_equal(session.state, SIP_OFFER_AGREED);
	assert_int_equal(session.direction, SDP_RECVONLY);
}

static void packets_are_no_longer_than_they_may_be(void **state)
{
	(void)state;
	policy.ptime_ms = 60;
	assert_int_equal(offer(HEAD "m=audio 5000 RTP/AVP 0\r\na=maxptime:45\r\n"), 0);
	assert_int_equal(config.formats[0].ptime_ms, 40);
}

static void a_preview_leaves_the_offer_open(void **state)
{
	(void)state;
	sip_session_make_offer(&session, &policy, NULL, &config);
	assert_int_equal(sip_session_take_answer(&session, &policy,
						 parse(HEAD "m=audio 5000 RTP/AVP 0\r\n"), true,
						 &config), 0);
	assert_int_equal(session.state, SIP_OFFER_OURS);
}

static int take_two_lines(void *arg)
{
	int rc;

	(void)arg;
	sip_session_init(&session);
	rc = sip_session_take_offer(&session, &policy,
				    parse(HEAD "m=audio 5000 RTP/AVP 0\r\n"
					       "m=video 6000 RTP/AVP 99\r\n"), &config);
	sip_session_fini(&session);
	return rc;
}

static void memory_may_run_out(void **state)
{
	(void)state;
	rd__alloc_fail_after(-1);
	assert_int_equal(take_two_lines(NULL), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, sdp_rig_teardown)

static void comfort_noise_is_agreed_on_with_who_offers_it(void **state)
{
	(void)state;
	assert_int_equal(offer(HEAD "m=audio 5000 RTP/AVP 0 13\r\na=rtpmap:13 CN/8000\r\n"), 0);
	assert_int_equal(config.cn_payload, 13);
	assert_non_null(strstr(printed(), "a=rtpmap:13 CN/8000\r\n"));
	assert_int_equal(offer(HEAD "m=audio 5000 RTP/AVP 0\r\n"), 0);
	assert_int_equal(config.cn_payload, -1);
	assert_null(strstr(printed(), "CN/8000"));
}

static void comfort_noise_is_offered_and_sent_where_wanted(void **state)
{
	(void)state;
	sip_session_make_offer(&session, &policy, NULL, &config);
	assert_null(strstr(printed(), "CN/8000"));
	sip_session_withdraw(&session);
	policy.comfort_noise = true;
	sip_session_make_offer(&session, &policy, NULL, &config);
	assert_non_null(strstr(printed(), "m=audio 4000 RTP/AVP 0 8 13 101\r\n"));
	assert_non_null(strstr(text, "a=rtpmap:13 CN/8000\r\n"));
	assert_int_equal(sip_session_take_answer(&session, &policy,
						 parse(HEAD "m=audio 5000 RTP/AVP 8 13\r\n"), false,
						 &config),
			 0);
	assert_true(config.cn_payload == 13 && config.cn_sent);
	/* Who does not know it hears all. */
	sip_session_make_offer(&session, &policy, NULL, &config);
	assert_int_equal(sip_session_take_answer(&session, &policy,
						 parse(HEAD "m=audio 5000 RTP/AVP 8\r\n"), false,
						 &config),
			 0);
	assert_true(config.cn_payload == -1 && !config.cn_sent);
	/* Opus counts by another clock. */
	policy.codecs[0] = &opus;
	policy.codec_count = 1;
	sip_session_make_offer(&session, &policy, NULL, &config);
	assert_null(strstr(printed(), "CN/8000"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_offer_begins_with_nothing),
		TEST(voip_metrics_are_asked_for_where_wanted),
		TEST(how_loud_packets_are_may_be_said_in_them),
		TEST(our_order_counts),
		TEST(the_callers_order_counts_if_so_configured),
		TEST(dynamic_types_are_matched_by_name),
		TEST(no_common_codec_is_not_supported),
		TEST(other_lines_are_refused_in_place),
		TEST(a_later_offer_may_not_lose_lines),
		TEST(comfort_noise_is_agreed_on_with_who_offers_it),
		TEST(comfort_noise_is_offered_and_sent_where_wanted),
		TEST(hold_by_direction),
		TEST(hold_by_address),
		TEST(keys_by_info_take_no_event_type),
		TEST(their_packet_length_is_kept),
		TEST(our_offer_and_its_answer),
		TEST(an_answer_that_refuses_all),
		TEST(a_caller_s_codec_is_offered_first),
		TEST(codecs_of_other_lines_are_not_for_sound),
		TEST(packets_hold_whole_frames),
		TEST(what_we_cannot_speak_is_not_chosen_for_prompts),
		TEST(what_was_said_before_keeps_its_version),
		TEST(the_line_with_the_sound_keeps_it),
		TEST(an_offer_of_which_nothing_is_taken_changes_nothing),
		TEST(all_lines_may_be_switched_off_and_on),
		TEST(an_offer_that_was_refused_leaves_all_as_it_was),
		TEST(packets_are_no_longer_than_they_may_be),
		TEST(a_preview_leaves_the_offer_open),
		TEST(memory_may_run_out),
	};

	return RUN_GROUP(tests);
}
