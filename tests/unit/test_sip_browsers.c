/* Offers as browsers make them, and what they are answered: those of RFC 8829 §7, and
 * ones with all that Chrome and Firefox say besides. */
#include "tests/unit/test.h"

#include "tests/unit/sdp_rig.h"

static const struct rd_codec vp8 = { .name = "vp8", .rtp_name = "VP8", .rtp_rate = 90000,
				     .payload = -1, .kind = RD_MEDIA_VIDEO };

static struct rd_ice_candidate ours;
static const struct sip_session_ice agent = { .ufrag = "ufrag123",
					      .pwd = "pwdpwdpwdpwdpwdpwdpwdpwd",
					      .candidates = &ours,
					      .candidate_count = 1 };
static int setup(void **state)
{
	int rc = sdp_rig_open();

	(void)state;
	policy.beside[policy.beside_count++] = &vp8;
	policy.telephone_event = true;
	policy.ice = policy.webrtc = policy.rtcp_mux = policy.bundle = true;
	policy.encryption = SIP_ENCRYPTION_DTLS;
	local.ssrc[RD_MEDIA_VIDEO] = 1147;
	local.ice[RD_MEDIA_AUDIO] = local.ice[RD_MEDIA_VIDEO] = &agent;
	local.beside_ports[0] = 4002;
	assert_true(sdp_candidate_parse(&ours,
					RD_STR("1 1 UDP 2130706431 192.0.2.1 4000 typ host")));
	return rc;
}

/* Our description, from the line on that begins like this. */
static const char *said_from(const char *start)
{
	const char *line;

	line = strstr(printed(), start);
	if (!line)
		fail_msg("\"%s\" is not in\n%s", start, text);
	return line;
}

static void assert_says(const char *start, const char *line)
{
	if (!strstr(said_from(start), line))
		fail_msg("\"%s\" is not behind \"%s\" in\n%s", line, start, text);
}

static const struct rd_stream_config *pictures(void)
{
	return session.beside && session.beside->lines[0].on ? &session.beside->lines[0].config
							      : NULL;
}

static unsigned candidates(enum rd_media_kind kind)
{
	const struct sdp_ice *ice = sip_session_said(&session, kind)->ice;

	return ice ? ice->count : 0;
}

/* What they all have in common. */
static void assert_browser_sound(void)
{
	assert_true(config.ice);
	assert_true(config.rtcp_mux);
	assert_int_equal(config.direction, RD_SENDRECV);
	assert_false(session.held);
	assert_int_equal(config.security.by, RD_SECURITY_DTLS);
	/* With ICE who answers begins the handshake. */
	assert_true(config.security.dtls.active);
	assert_says("m=audio 4000 UDP/TLS/RTP/SAVPF 0 ", "a=setup:active\r\n");
	assert_says("m=audio", "a=rtcp-mux\r\n");
	assert_says("m=audio", "a=fingerprint:sha-256 ");
	assert_says("m=audio", "a=ice-ufrag:ufrag123\r\n");
}

/* All of its transport is said elsewhere, but for what Chrome looks for. */
static void assert_carried(const char *start)
{
	static const char *const absent[] = { "a=ice-", "a=fingerprint", "a=setup", "a=candidate",
					      "a=crypto" };
	const char *line = said_from(start);

	assert_says(start, "a=rtcp-mux\r\n");
	for (size_t i = 0; i < RD_ARRAY_SIZE(absent); i++)
		if (strstr(line, absent[i]))
			fail_msg("\"%s\" is behind \"%s\" in\n%s", absent[i], start, text);
}

/* ---- RFC 8829 ---- */

#define JSEP_HEAD(group)                                         \
	"v=0\r\no=- 4962303333179871722 1 IN IP4 0.0.0.0\r\n"       \
	"s=-\r\nt=0 0\r\na=ice-options:trickle ice2\r\na=group:BUNDLE " \
	group "\r\na=group:LS a1 v1\r\n"
#define JSEP_AUDIO(port, address)                                              \
	"m=audio " port " UDP/TLS/RTP/SAVPF 96 0 8 97 98\r\nc=IN IP4 " address  \
	"\r\na=mid:a1\r\na=sendrecv\r\na=rtpmap:96 opus/48000/2\r\n"             \
	"a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"                       \
	"a=rtpmap:97 telephone-event/8000\r\na=rtpmap:98 telephone-event/48000\r\n" \
	"a=fmtp:97 0-15\r\na=fmtp:98 0-15\r\na=maxptime:120\r\n"                 \
	"a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"                     \
	"a=extmap:2 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n"             \
	"a=msid:47017fee-b6c1-4162-929c-a25110252400\r\n"                        \
	"a=ice-ufrag:ETEn\r\na=ice-pwd:OtSK0WpNtpUjkY4+86js7ZQl\r\n" SECRET
#define SECRET                                                            \
	"a=fingerprint:sha-256 19:E2:1C:3B:4B:9F:81:E6:B8:5C:F4:A5:A8:"    \
	"D8:73:04:BB:05:2F:70:9F:04:A9:0E:05:E9:26:33:E8:70:88:A2\r\n"     \
	"a=setup:actpass\r\na=tls-id:91bbf309c0990a6bec11e38ba2933cee\r\n" \
	"a=rtcp-mux\r\na=rtcp-rsize\r\n"
#define JSEP_VIDEO(port)                                                           \
	"m=video " port " UDP/TLS/RTP/SAVPF 100 101 102 103\r\n"                    \
	"c=IN IP4 203.0.113.100\r\na=mid:v1\r\na=sendrecv\r\n"                      \
	"a=rtpmap:100 VP8/90000\r\na=rtpmap:101 H264/90000\r\n"                     \
	"a=fmtp:101 packetization-mode=1;profile-level-id=42e01f\r\n"               \
	"a=rtpmap:102 rtx/90000\r\na=fmtp:102 apt=100\r\n"                          \
	"a=rtpmap:103 rtx/90000\r\na=fmtp:103 apt=101\r\n"                          \
	"a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"                        \
	"a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n"              \
	"a=rtcp-fb:100 ccm fir\r\na=rtcp-fb:100 nack\r\na=rtcp-fb:100 nack pli\r\n" \
	"a=msid:47017fee-b6c1-4162-929c-a25110252400\r\n"

static void the_simple_example(void **state)
{
	(void)state;
	assert_int_equal(offer(JSEP_HEAD("a1 v1") JSEP_AUDIO("10100", "203.0.113.100")
			       "a=rtcp:10101 IN IP4 203.0.113.100\r\n"
			       "a=candidate:1 1 udp 2113929471 203.0.113.100 10100 typ host\r\n"
			       "a=candidate:1 2 udp 2113929470 203.0.113.100 10101 typ host\r\n"
			       "a=end-of-candidates\r\n" JSEP_VIDEO("10102")
			       "a=ice-ufrag:BGKk\r\na=ice-pwd:mqyWsAjvtKwTGnvhPztQ9mIf\r\n" SECRET
			       "a=candidate:1 1 udp 2113929471 203.0.113.100 10102 typ host\r\n"
			       "a=end-of-candidates\r\n"), 0);
	assert_browser_sound();
	assert_int_equal(config.dtmf_payload, 97);
	assert_int_equal(candidates(RD_MEDIA_AUDIO), 2);
	assert_true(sip_session_said(&session, RD_MEDIA_AUDIO)->ice->ended);
	assert_says("v=0", "a=group:BUNDLE a1 v1\r\n");
	assert_says("m=audio", "a=mid:a1\r\n");
	assert_non_null(pictures());
	assert_int_equal(pictures()->formats[0].payload, 100);
	assert_int_equal(pictures()->format_count, 1);
	assert_int_equal(pictures()->feedback,
			 RD_FEEDBACK_FIR | RD_FEEDBACK_NACK | RD_FEEDBACK_PLI);
	assert_string_equal(sip_session_said(&session, RD_MEDIA_VIDEO)->ice->ufrag, "ETEn");
	assert_says("m=video 4000 UDP/TLS/RTP/SAVPF 100\r\n", "a=mid:v1\r\n");
	assert_says("m=video", "a=rtcp-rsize\r\n");
	assert_carried("m=video");
	assert_string_equal(config.mid, "a1");
	assert_int_equal(config.mid_id, 1);
	assert_says("m=audio", "a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid\r\n");
}

static void the_detailed_example_with_data(void **state)
{
	(void)state;
	assert_int_equal(offer(JSEP_HEAD("a1 d1") JSEP_AUDIO("9", "0.0.0.0")
			       "a=rtcp-mux-only\r\n"
			       "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n"
			       "c=IN IP4 0.0.0.0\r\na=mid:d1\r\na=sctp-port:5000\r\n"
			       "a=max-message-size:65536\r\na=bundle-only\r\n"), 0);
	assert_browser_sound();
	assert_int_equal(candidates(RD_MEDIA_AUDIO), 0);
	assert_says("v=0", "a=group:BUNDLE a1\r\n");
	assert_says("m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n", "");
}

/* A line that is bundled or nothing has no transport of its own. */
static void the_early_example_with_bundle_only(void **state)
{
	(void)state;
	assert_int_equal(offer(JSEP_HEAD("a1 v1") JSEP_AUDIO("9", "0.0.0.0") JSEP_VIDEO("0")
			       "a=bundle-only\r\n"), 0);
	assert_browser_sound();
	assert_non_null(pictures());
	assert_says("m=video 4000 UDP/TLS/RTP/SAVPF 100\r\n", "a=mid:v1\r\n");
	assert_carried("m=video");
}

static void bundle_only_is_nothing_to_whom_has_no_bundle(void **state)
{
	(void)state;
	policy.bundle = false;
	assert_int_equal(offer(JSEP_HEAD("a1 v1") JSEP_AUDIO("9", "0.0.0.0") JSEP_VIDEO("0")
			       "a=bundle-only\r\n"), 0);
	assert_browser_sound();
	assert_null(pictures());
	assert_says("m=video 0 UDP/TLS/RTP/SAVPF", "");
	assert_says("v=0", "a=group:BUNDLE a1\r\n");
}

/* ---- with all that they say ---- */

#define CHROME                                                                     \
	"v=0\r\no=- 8284746264828592648 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"     \
	"a=group:BUNDLE 0 1\r\na=extmap-allow-mixed\r\na=msid-semantic: WMS stream\r\n" \
	"m=audio 56143 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126\r\n"               \
	"c=IN IP4 198.51.100.7\r\na=rtcp:9 IN IP4 0.0.0.0\r\n"                      \
	"a=candidate:2537720842 1 udp 2122260223 5f1c2b70-0b5e-4d2c-9d2e-"          \
	"5c7c14b0a1f3.local 56143 typ host generation 0 network-id 1 network-cost 10\r\n" \
	"a=candidate:842163049 1 udp 1686052607 198.51.100.7 56143 typ srflx raddr 0.0.0.0 " \
	"rport 0 generation 0 network-id 1 network-cost 10\r\n"                     \
	"a=candidate:1876313031 1 udp 2122197247 2001:db8::7 50021 typ host generation 0\r\n" \
	"a=candidate:3790812154 1 tcp 1518280447 5f1c2b70-0b5e-4d2c-9d2e-"          \
	"5c7c14b0a1f3.local 9 typ host tcptype active generation 0 network-id 1\r\n" \
	"a=ice-ufrag:Rk5f\r\na=ice-pwd:Z1yRUsqTSp1+NWbe6oYsP0Eg\r\n"                \
	"a=ice-options:trickle\r\n"                                                 \
	"a=fingerprint:sha-256 75:74:5A:A6:A4:E5:52:F4:A7:67:4C:01:C7:EE:91:3F:21:" \
	"3D:A2:E3:53:7B:6F:30:86:F2:30:AA:65:FB:04:24\r\na=setup:actpass\r\na=mid:0\r\n" \
	"a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n"                \
	"a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\n" \
	"a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\na=sendrecv\r\n"          \
	"a=msid:stream track-a\r\na=rtcp-mux\r\na=rtcp-rsize\r\n"                   \
	"a=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 transport-cc\r\n"               \
	"a=fmtp:111 minptime=10;useinbandfec=1\r\na=rtpmap:63 red/48000/2\r\n"      \
	"a=fmtp:63 111/111\r\na=rtpmap:9 G722/8000\r\na=rtpmap:0 PCMU/8000\r\n"     \
	"a=rtpmap:8 PCMA/8000\r\na=rtpmap:13 CN/8000\r\n"                           \
	"a=rtpmap:110 telephone-event/48000\r\na=rtpmap:126 telephone-event/8000\r\n" \
	"a=ssrc:2231627014 cname:xyz\r\na=ssrc:2231627014 msid:stream track-a\r\n"  \
	"m=video 56145 UDP/TLS/RTP/SAVPF 96 97 102 103\r\nc=IN IP4 198.51.100.7\r\n" \
	"a=rtcp:9 IN IP4 0.0.0.0\r\n"                                               \
	"a=candidate:842163049 1 udp 1686052607 198.51.100.7 56145 typ srflx raddr 0.0.0.0 " \
	"rport 0 generation 0\r\na=ice-ufrag:Rk5f\r\na=ice-pwd:Z1yRUsqTSp1+NWbe6oYsP0Eg\r\n" \
	"a=fingerprint:sha-256 75:74:5A:A6:A4:E5:52:F4:A7:67:4C:01:C7:EE:91:3F:21:" \
	"3D:A2:E3:53:7B:6F:30:86:F2:30:AA:65:FB:04:24\r\na=setup:actpass\r\na=mid:1\r\n" \
	"a=extmap:3 urn:3gpp:video-orientation\r\na=sendrecv\r\na=msid:stream track-v\r\n" \
	"a=rtcp-mux\r\na=rtcp-rsize\r\na=rtpmap:96 VP8/90000\r\n"                   \
	"a=rtcp-fb:96 goog-remb\r\na=rtcp-fb:96 transport-cc\r\na=rtcp-fb:96 ccm fir\r\n" \
	"a=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\na=rtpmap:97 rtx/90000\r\n"   \
	"a=fmtp:97 apt=96\r\na=rtpmap:102 H264/90000\r\na=fmtp:102 level-asymmetry-allowed=1;" \
	"packetization-mode=1;profile-level-id=42001f\r\na=rtpmap:103 rtx/90000\r\n" \
	"a=fmtp:103 apt=102\r\na=ssrc-group:FID 2 3\r\na=ssrc:2 cname:xyz\r\na=ssrc:3 cname:xyz\r\n"

static void chrome(void **state)
{
	(void)state;
	assert_int_equal(offer(CHROME), 0);
	assert_browser_sound();
	assert_int_equal(config.dtmf_payload, 126);
	/* Names of its own network and TCP are passed over. */
	assert_int_equal(candidates(RD_MEDIA_AUDIO), 2);
	assert_false(sip_session_said(&session, RD_MEDIA_AUDIO)->ice->ended);
	assert_non_null(pictures());
	assert_int_equal(candidates(RD_MEDIA_VIDEO), 2);
	assert_says("m=video 4000 UDP/TLS/RTP/SAVPF 96\r\n", "a=mid:1\r\n");
	assert_carried("m=video");
	assert_int_equal(config.mid_id, 4);
	assert_int_equal(pictures()->mid_id, 0); /* it has not agreed to that */
	assert_string_equal(pictures()->mid, "1");
	assert_says("m=video", "a=ssrc:1147 cname:ringdown\r\n");
	/* The same again, as after a hold: nothing has changed. */
	sip_session_answered(&session);
	assert_int_equal(offer(CHROME), 0);
	assert_browser_sound();
}

#define FIREFOX                                                                       \
	"v=0\r\no=mozilla...THIS_IS_SDPARTA-99.0 5164729653108411642 0 IN IP4 0.0.0.0\r\n" \
	"s=-\r\nt=0 0\r\n"                                                            \
	"a=fingerprint:sha-256 4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:" \
	"AB:3E:4B:65:2E:7D:46:3F:54:42:CD:54:F1\r\na=group:BUNDLE 0\r\n"              \
	"a=ice-options:trickle\r\na=msid-semantic:WMS *\r\n"                          \
	"m=audio 9 UDP/TLS/RTP/SAVPF 109 9 0 8 101\r\nc=IN IP4 0.0.0.0\r\na=sendrecv\r\n" \
	"a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n"                  \
	"a=extmap:2/recvonly urn:ietf:params:rtp-hdrext:csrc-audio-level\r\n"         \
	"a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"                          \
	"a=fmtp:109 maxplaybackrate=48000;stereo=1;useinbandfec=1\r\na=fmtp:101 0-15\r\n" \
	"a=ice-pwd:2d8a4d5a1f6ac0ae2f2de53e9a1ab2f0\r\na=ice-ufrag:a2e53f1b\r\na=mid:0\r\n" \
	"a=msid:{5a990edd-0568-ac40-8d97-310fc33f3411} {218cfa1c-617d-2249-9997}\r\n" \
	"a=rtcp-mux\r\na=rtpmap:109 opus/48000/2\r\na=rtpmap:9 G722/8000/1\r\n"       \
	"a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"                            \
	"a=rtpmap:101 telephone-event/8000/1\r\na=setup:actpass\r\n"                  \
	"a=ssrc:2655508255 cname:{735484ea-4f6c-f74a-bd66-7425f8476c2e}\r\n"

static void firefox(void **state)
{
	(void)state;
	assert_int_equal(offer(FIREFOX), 0);
	assert_browser_sound();
	assert_int_equal(config.dtmf_payload, 101);
	assert_string_equal(sip_session_said(&session, RD_MEDIA_AUDIO)->ice->ufrag, "a2e53f1b");
	assert_says("m=audio", "a=mid:0\r\n");
}

/* ---- an answer of a peer that does nothing by itself ---- */

static void a_lite_peer_answers_our_offer(void **state)
{
	(void)state;
	assert_int_equal(sip_session_make_offer(&session, &policy, NULL, &config), 0);
	assert_says("m=audio 4000 UDP/TLS/RTP/SAVPF", "a=setup:actpass\r\n");
	assert_int_equal(answer("v=0\r\no=- 1 1 IN IP4 203.0.113.5\r\ns=-\r\n"
				"c=IN IP4 203.0.113.5\r\nt=0 0\r\na=ice-lite\r\n"
				"a=group:BUNDLE 0\r\n"
				"m=audio 3478 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\na=rtcp-mux\r\n"
				"a=ice-ufrag:lite\r\na=ice-pwd:litelitelitelitelitelite\r\n"
				"a=candidate:1 1 udp 2130706431 203.0.113.5 3478 typ host\r\n"
				"a=end-of-candidates\r\na=setup:passive\r\n"
				"a=fingerprint:sha-256 19:E2:1C:3B:4B:9F:81:E6:B8:5C:F4:A5:A8:D8:"
				"73:04:BB:05:2F:70:9F:04:A9:0E:05:E9:26:33:E8:70:88:A2\r\n"
				"m=video 0 UDP/TLS/RTP/SAVPF 96\r\n"),
			 0);
	assert_true(config.ice);
	assert_true(config.rtcp_mux);
	assert_true(sip_session_said(&session, RD_MEDIA_AUDIO)->ice->lite);
	assert_true(config.security.dtls.active);
	assert_null(pictures());
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, sdp_rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_simple_example),
		TEST(the_detailed_example_with_data),
		TEST(the_early_example_with_bundle_only),
		TEST(bundle_only_is_nothing_to_whom_has_no_bundle),
		TEST(chrome),
		TEST(firefox),
		TEST(a_lite_peer_answers_our_offer),
	};

	return RUN_GROUP(tests);
}
