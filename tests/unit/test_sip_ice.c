/* ICE, BUNDLE and what browsers say, in offers and answers. */
#include "tests/unit/test.h"

#include "tests/unit/sdp_rig.h"

static int setup(void **state)
{
	int rc = sdp_rig_open();

	(void)state;
	policy.ice = true;
	return rc;
}

#define AUDIO	    "m=audio 5000 RTP/AVP 0\r\n"
#define CREDENTIALS "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789abcdefghijkl\r\n"
#define HOST	    "a=candidate:1 1 UDP 2130706431 192.0.2.9 5000 typ host\r\n"

static void assert_says(const char *line)
{
	if (!strstr(printed(), line))
		fail_msg("\"%s\" is not in\n%s", line, text);
}

static void assert_silent_on(const char *word)
{
	if (strstr(printed(), word))
		fail_msg("\"%s\" is in\n%s", word, text);
}

/* ---- candidates ---- */

static bool read_candidate(struct rd_ice_candidate *candidate, const char *value)
{
	return sdp_candidate_parse(candidate, rd_str_of(value));
}

static void candidates_go_there_and_back(void **state)
{
	static const char *const values[] = {
		"1 1 UDP 2130706431 192.0.2.9 5000 typ host",
		"a+b/9 2 UDP 1694498815 198.51.100.3 6001 typ srflx raddr 10.0.0.5 rport 5001",
		"3 1 UDP 255 2001:db8::7 50000 typ relay raddr 2001:db8::1 rport 9",
		"4 1 UDP 1862270975 192.0.2.3 1 typ prflx raddr 10.0.0.1 rport 2",
	};

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(values); i++) {
		struct rd_ice_candidate candidate;
		struct sip_out out;

		assert_true(read_candidate(&candidate, values[i]));
		sip_out_init(&out, text, sizeof(text) - 1);
		sdp_candidate_print(&out, &candidate);
		text[out.n] = '\0';
		assert_string_equal(text, values[i]);
	}
}

static void other_transports_names_and_nonsense_are_passed_over(void **state)
{
	static const char *const values[] = {
		"1 1 TCP 2130706431 192.0.2.9 9 typ host tcptype active",
		"1 1 udp 2113937151 4d8e0bd1-2a3c.local 55000 typ host",
		"1 1 UDP 2130706431 192.0.2.9 70000 typ host",
		"1 1 UDP 4294967296 192.0.2.9 5000 typ host",
		"1 1 UDP 1 192.0.2.9 5000 typ other",
		"1 1 UDP 1 192.0.2.9 5000",
		"123456789012345678901234567890123 1 UDP 1 192.0.2.9 5000 typ host",
		"",
	};
	struct rd_ice_candidate candidate;

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(values); i++)
		assert_false(read_candidate(&candidate, values[i]));
	assert_true(read_candidate(&candidate, "1 1 udp 5 192.0.2.9 5000 typ host generation 0 "
					       "ufrag abcd network-id 1"));
	assert_int_equal(candidate.related.ss_family, 0);
}

static void a_fragment_brings_more_of_them(void **state)
{
	struct sdp_ice *ice;

	(void)state;
	assert_int_equal(sdp_ice_read_fragment(&ice, RD_STR("a=group:BUNDLE 0\r\n" CREDENTIALS
							     "m=audio 9 RTP/AVP 0\r\na=mid:0\r\n"
							     HOST "a=end-of-candidates\r\n"),
					       RD_STR("")), 0);
	assert_string_equal(ice->ufrag, "abcd");
	assert_int_equal(ice->count, 1);
	assert_true(ice->ended);
	rd_free(ice);
	assert_int_equal(sdp_ice_read_fragment(&ice, RD_STR(HOST), RD_STR("")), -ENOENT);
}

/* ---- their offer ---- */

static struct rd_ice_candidate ours[2];
static const struct sip_session_ice agent = { .ufrag = "ufrag123",
					      .pwd = "pwdpwdpwdpwdpwdpwdpwdpwd",
					      .candidates = ours,
					      .candidate_count = 1 };

static void speak_ice(void)
{
	assert_true(read_candidate(&ours[0], "7 1 UDP 2130706431 192.0.2.1 4000 typ host"));
	local.ice[0] = &agent;
}

static void ice_is_answered_with_ice(void **state)
{
	(void)state;
	speak_ice();
	assert_int_equal(offer(HEAD AUDIO CREDENTIALS HOST), 0);
	assert_true(config.ice);
	assert_string_equal(sip_session_said(&session, 0)->ice->pwd, "0123456789abcdefghijkl");
	assert_int_equal(sip_session_said(&session, 0)->ice->count, 1);
	assert_says("a=ice-ufrag:ufrag123\r\n");
	assert_says("a=ice-pwd:pwdpwdpwdpwdpwdpwdpwdpwd\r\n");
	assert_says("a=candidate:7 1 UDP 2130706431 192.0.2.1 4000 typ host\r\n");
	assert_says("a=end-of-candidates\r\n");
	assert_silent_on("ice-lite");
	assert_silent_on("a=mid");
	assert_silent_on("BUNDLE");
	assert_silent_on("ssrc");
}

static void where_we_do_not_speak_it_plain_addresses_count(void **state)
{
	(void)state;
	policy.ice = false;
	assert_int_equal(offer(HEAD AUDIO CREDENTIALS HOST), 0);
	assert_false(config.ice);
	assert_null(sip_session_said(&session, 0)->ice);
	assert_silent_on("a=ice");
	assert_silent_on("candidate");
}

static void where_they_do_not_neither_do_we(void **state)
{
	(void)state;
	assert_int_equal(offer(HEAD AUDIO), 0);
	assert_false(config.ice);
	assert_int_equal(offer(HEAD AUDIO "a=ice-ufrag:abcd\r\n"), 0);
	assert_false(config.ice);
}

static void no_address_is_not_on_hold_when_ice_will_find_one(void **state)
{
	(void)state;
	assert_int_equal(offer("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nc=IN IP4 0.0.0.0\r\n"
			       "t=0 0\r\nm=audio 9 RTP/AVP 0\r\n" CREDENTIALS), 0);
	assert_false(session.held);
	assert_int_equal(config.direction, RD_SENDRECV);
	assert_int_equal(sip_session_said(&session, 0)->ice->count, 0);
	policy.ice = false;
	assert_int_equal(offer("v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\nc=IN IP4 0.0.0.0\r\n"
			       "t=0 0\r\nm=audio 9 RTP/AVP 0\r\n" CREDENTIALS), 0);
	assert_true(session.held);
}

#define BROWSER                                                              \
	"a=group:BUNDLE 0 1\r\na=msid-semantic: WMS s\r\n"                     \
	"m=audio 9 RTP/AVPF 111 0\r\na=rtpmap:111 opus/48000/2\r\n"            \
	"a=rtcp:9 IN IP4 0.0.0.0\r\n" CREDENTIALS "a=ice-options:trickle\r\n" \
	"a=mid:0\r\na=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n" \
	"a=msid:s t\r\na=rtcp-mux\r\na=rtcp-rsize\r\n"                         \
	"a=ssrc:1234 cname:x\r\na=ssrc:1234 msid:s t\r\n"                      \
	"m=video 9 RTP/AVPF 96\r\na=rtpmap:96 VP8/90000\r\na=mid:1\r\n" CREDENTIALS

static void a_browser_is_answered_in_its_own_words(void **state)
{
	(void)state;
	speak_ice();
	assert_int_equal(offer(HEAD BROWSER), 0);
	assert_true(config.rtcp_mux);
	assert_says("a=group:BUNDLE 0\r\n"); /* the refused line is not in it */
	assert_says("a=mid:0\r\n");
	assert_says("a=rtcp-mux\r\n");
	assert_says("a=rtcp-rsize\r\n");
	assert_says("a=msid:ringdown audio\r\n");
	assert_says("a=ssrc:4711 cname:ringdown\r\n");
	assert_int_equal(config.level_id, 1);
	assert_says("a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n");
	assert_says("m=video 0 ");
}

static const struct rd_codec vp8 = { .name = "vp8", .rtp_name = "VP8", .rtp_rate = 90000,
				     .payload = -1, .kind = RD_MEDIA_VIDEO };
static struct rd_ice_candidate of_pictures[1];
static const struct sip_session_ice picture_agent = { .ufrag = "ufrag456",
						      .pwd = "dwpdwpdwpdwpdwpdwpdwpdwp",
						      .candidates = of_pictures,
						      .candidate_count = 1 };

static void show_pictures(void)
{
	speak_ice();
	policy.beside[0] = &vp8;
	policy.beside_count = 1;
	assert_true(read_candidate(&of_pictures[0],
				   "7 1 UDP 2130706431 192.0.2.1 4002 typ host"));
	local.ice[RD_MEDIA_VIDEO] = &picture_agent;
	local.ssrc[RD_MEDIA_VIDEO] = 1147;
	local.beside_ports[0] = 4002;
}

/* Where the line of pictures begins in what was printed. */
static const char *pictures(void)
{
	const char *line = strstr(printed(), "m=video ");

	assert_non_null(line);
	return line;
}

static void a_browsers_pictures_have_a_transport_of_their_own(void **state)
{
	const struct rd_stream_config *video;

	(void)state;
	show_pictures();
	assert_int_equal(offer(HEAD BROWSER
			       "a=candidate:1 1 udp 2130706431 192.0.2.9 5002 typ host "
			       "generation 0 network-id 1\r\n"
			       "a=rtcp-mux\r\na=msid:s v\r\na=rtcp-fb:96 nack pli\r\n"),
			 0);
	video = &session.beside->lines[0].config;
	assert_true(video->ice);
	assert_true(video->rtcp_mux);
	assert_int_equal(sip_session_said(&session, RD_MEDIA_VIDEO)->ice->count, 1);
	/* It is not in the group of the sound, whose transport is another. */
	assert_says("a=group:BUNDLE 0\r\n");
	assert_says("m=video 4002 RTP/AVPF 96\r\n");
	pictures();
	assert_non_null(strstr(pictures(), "a=mid:1\r\n"));
	assert_non_null(strstr(pictures(), "a=ice-ufrag:ufrag456\r\n"));
	assert_non_null(strstr(pictures(), " 192.0.2.1 4002 typ host\r\n"));
	assert_non_null(strstr(pictures(), "a=msid:ringdown video\r\n"));
	assert_non_null(strstr(pictures(), "a=ssrc:1147 cname:ringdown\r\n"));
	assert_null(strstr(pictures(), "ufrag123"));
}

static void pictures_may_do_without_ice_beside_sound_with_it(void **state)
{
	(void)state;
	show_pictures();
	local.ice[RD_MEDIA_VIDEO] = NULL;
	assert_int_equal(offer(HEAD AUDIO CREDENTIALS HOST
			       "m=video 5002 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\n"), 0);
	assert_true(config.ice);
	assert_false(session.beside->lines[0].config.ice);
	assert_null(sip_session_said(&session, RD_MEDIA_VIDEO)->ice);
	assert_null(strstr(pictures(), "a=ice-ufrag"));
}

static void a_fragment_is_for_the_line_that_it_names(void **state)
{
	static const char *const lines[] = { "m=audio 9 RTP/AVP 0\r\na=mid:0\r\n" HOST,
					     "m=video 9 RTP/AVP 96\r\na=mid:1\r\n"
					     "a=candidate:1 1 UDP 5 192.0.2.9 5002 typ host\r\n"
					     "a=candidate:2 1 UDP 4 192.0.2.9 5004 typ host\r\n" };
	static const unsigned counts[] = { 1, 2, 0 };
	struct sdp_ice *ice;
	char whole[512];

	(void)state;
	snprintf(whole, sizeof(whole), "%s%s%s", CREDENTIALS, lines[0], lines[1]);
	for (int i = 0; i < 3; i++) {
		char mid[] = { (char)('0' + i), '\0' };

		assert_int_equal(sdp_ice_read_fragment(&ice, rd_str_of(whole), rd_str_of(mid)), 0);
		assert_int_equal(ice->count, counts[i]);
		rd_free(ice);
	}
}

static void a_bundled_line_has_its_groups_credentials(void **state)
{
	(void)state;
	assert_int_equal(offer(HEAD "a=group:BUNDLE v a\r\n"
				    "m=video 5000 RTP/AVP 96\r\na=mid:v\r\n" CREDENTIALS HOST
				    "m=audio 5000 RTP/AVP 0\r\na=mid:a\r\n"), 0);
	assert_string_equal(sip_session_said(&session, 0)->ice->ufrag, "abcd");
	assert_int_equal(sip_session_said(&session, 0)->ice->count, 1);
	assert_says("a=group:BUNDLE a\r\n");
}

static void credentials_may_stand_at_the_top(void **state)
{
	(void)state;
	assert_int_equal(offer(HEAD "a=ice-lite\r\n" CREDENTIALS AUDIO HOST), 0);
	assert_string_equal(sip_session_said(&session, 0)->ice->ufrag, "abcd");
	assert_true(sip_session_said(&session, 0)->ice->lite);
}

/* ---- our offer ---- */

static void a_webrtc_phone_is_offered_what_browsers_want(void **state)
{
	(void)state;
	speak_ice();
	policy.rtcp_mux = policy.bundle = policy.webrtc = true;
	sip_session_make_offer(&session, &policy, NULL, &config);
	assert_says("a=group:BUNDLE 0\r\n");
	assert_says("a=mid:0\r\n");
	assert_says("a=rtcp-mux\r\n");
	assert_says("a=rtcp-rsize\r\n");
	assert_says("a=ssrc:4711 cname:ringdown\r\n");
	assert_says("a=ice-options:trickle ice2\r\n");
	assert_int_equal(answer(HEAD AUDIO CREDENTIALS HOST "a=rtcp-mux\r\na=mid:0\r\n"), 0);
	assert_true(config.ice);
	assert_true(config.rtcp_mux);
}

static void who_answers_without_gets_plain_addresses(void **state)
{
	(void)state;
	speak_ice();
	policy.rtcp_mux = true;
	sip_session_make_offer(&session, &policy, NULL, &config);
	assert_says("a=candidate:7");
	assert_int_equal(answer(HEAD AUDIO), 0);
	assert_false(config.ice);
	assert_false(config.rtcp_mux);
	assert_null(sip_session_said(&session, 0)->ice);
}

static void a_later_offer_tells_what_was_chosen(void **state)
{
	struct sip_session_ice later;
	unsigned version;

	(void)state;
	speak_ice();
	sip_session_make_offer(&session, &policy, NULL, &config);
	printed();
	assert_int_equal(answer(HEAD AUDIO CREDENTIALS HOST), 0);
	version = session.version;
	sip_session_make_offer(&session, &policy, &config, &config);
	printed();
	assert_int_equal(session.version, version); /* nothing new */
	later = agent;
	assert_true(read_candidate(&later.chosen[0], "1 1 UDP 1 192.0.2.9 5000 typ host"));
	assert_true(read_candidate(&later.chosen[1], "1 2 UDP 1 192.0.2.9 5001 typ host"));
	later.chosen_count = 2;
	local.ice[0] = &later;
	assert_says("a=remote-candidates:1 192.0.2.9 5000 2 192.0.2.9 5001\r\n");
	assert_int_equal(session.version, version + 1);
}

static void lite_is_said(void **state)
{
	struct sip_session_ice lite = agent;

	(void)state;
	speak_ice();
	lite.lite = true;
	local.ice[0] = &lite;
	sip_session_make_offer(&session, &policy, NULL, &config);
	assert_says("t=0 0\r\na=ice-lite\r\n");
}

static void a_copy_has_all_of_it_or_nothing(void **state)
{
	struct sip_session copy;

	(void)state;
	assert_int_equal(offer(HEAD AUDIO CREDENTIALS HOST "m=video 0 RTP/AVP 96\r\n"), 0);
	for (long n = 0;; n++) {
		int rc;

		rd__alloc_fail_after(n);
		rc = sip_session_copy(&copy, &session);
		rd__alloc_fail_after(-1);
		if (rc == 0)
			break;
		assert_int_equal(rc, -ENOMEM);
	}
	assert_string_equal(sip_session_said(&copy, 0)->ice->ufrag, "abcd");
	assert_int_equal(sip_session_said(&copy, 0)->ice->count, 1);
	sip_session_fini(&copy);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, sdp_rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(candidates_go_there_and_back),
		TEST(other_transports_names_and_nonsense_are_passed_over),
		TEST(a_fragment_brings_more_of_them),
		TEST(ice_is_answered_with_ice),
		TEST(where_we_do_not_speak_it_plain_addresses_count),
		TEST(where_they_do_not_neither_do_we),
		TEST(no_address_is_not_on_hold_when_ice_will_find_one),
		TEST(a_browser_is_answered_in_its_own_words),
		TEST(a_browsers_pictures_have_a_transport_of_their_own),
		TEST(pictures_may_do_without_ice_beside_sound_with_it),
		TEST(a_fragment_is_for_the_line_that_it_names),
		TEST(a_bundled_line_has_its_groups_credentials),
		TEST(credentials_may_stand_at_the_top),
		TEST(a_webrtc_phone_is_offered_what_browsers_want),
		TEST(who_answers_without_gets_plain_addresses),
		TEST(a_later_offer_tells_what_was_chosen),
		TEST(lite_is_said),
		TEST(a_copy_has_all_of_it_or_nothing),
	};

	return RUN_GROUP(tests);
}
