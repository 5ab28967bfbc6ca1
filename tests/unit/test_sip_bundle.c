/* Lines that share one port (RFC 9143) in offers and answers: who carries whom, and what
 * becomes of it when the other side does not want to. */
#include "tests/unit/test.h"

#include "tests/unit/sdp_rig.h"

static const struct rd_codec vp8 = { .name = "vp8", .rtp_name = "VP8", .rtp_rate = 90000,
				     .payload = -1, .kind = RD_MEDIA_VIDEO };
static const struct rd_codec t140 = { .name = "t140", .rtp_name = "t140", .rtp_rate = 1000,
				      .payload = -1, .kind = RD_MEDIA_TEXT };
static const struct rd_codec opus = { .name = "opus", .rtp_name = "opus", .rate = 48000,
				      .rtp_rate = 48000, .channels = 2, .payload = -1 };

static int setup(void **state)
{
	int rc = sdp_rig_open();

	(void)state;
	policy.codecs[policy.codec_count++] = &opus;
	policy.beside[policy.beside_count++] = &vp8;
	policy.bundle = policy.rtcp_mux = true;
	local.beside_ports[0] = 4002;
	local.beside_ports[1] = 4004;
	return rc;
}

static void make_offer(const struct rd_stream_config *agreed)
{
	assert_int_equal(sip_session_make_offer(&session, &policy, agreed, &config), 0);
}

static void assert_says(const char *what)
{
	if (!strstr(printed(), what))
		fail_msg("\"%s\" is not in\n%s", what, text);
}

static void assert_says_not(const char *what)
{
	if (strstr(printed(), what))
		fail_msg("\"%s\" is in\n%s", what, text);
}

static const struct rd_stream_config *beside(int i)
{
	return session.beside && session.beside->lines[i].on ? &session.beside->lines[i].config
							      : NULL;
}

static int port_of(const struct rd_stream_config *agreed)
{
	return ntohs(agreed->remote.in4.sin_port);
}

static bool is_carried(int kind)
{
	return sip_session_said(&session, kind)->carried;
}

#define TOP(group) "v=0\r\no=- 1 1 IN IP4 203.0.113.5\r\ns=-\r\nc=IN IP4 203.0.113.5\r\n" \
		    "t=0 0\r\n" group
#define GROUP(mids) "a=group:BUNDLE " mids "\r\n"
#define MID(id, name) "a=mid:" name "\r\na=extmap:" id " urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
#define AUDIO(port, more) "m=audio " port " RTP/AVP 0\r\n" more
#define VIDEO(port, more) "m=video " port " RTP/AVP 110\r\na=rtpmap:110 VP8/90000\r\n" more
#define MUX "a=rtcp-mux\r\n"

/* ---- ours ---- */

static void our_first_offer_has_a_port_for_each(void **state)
{
	(void)state;
	make_offer(NULL);
	assert_says("a=group:BUNDLE 0 1\r\n");
	assert_says("m=audio 4000 RTP/AVP 0 96\r\n");
	assert_says("m=video 4002 RTP/AVP 110\r\n"); /* no type of the sound's */
	assert_says("a=mid:0\r\n");
	assert_says("a=mid:1\r\n");
	assert_says("a=extmap:2 urn:ietf:params:rtp-hdrext:sdes:mid\r\n");
	policy.bundle = false;
	make_offer(NULL);
	assert_says_not("BUNDLE");
	assert_says("m=video 4002 RTP/AVP 96\r\n");
}

static void what_they_bundle_is_carried(void **state)
{
	(void)state;
	make_offer(NULL);
	assert_int_equal(answer(TOP(GROUP("0 1")) AUDIO("5000", MID("2", "0") MUX)
				VIDEO("5000", MID("2", "1"))), 0);
	assert_false(is_carried(RD_MEDIA_AUDIO));
	assert_true(is_carried(RD_MEDIA_VIDEO));
	assert_int_equal(sip_session_said(&session, RD_MEDIA_VIDEO)->carrier, RD_MEDIA_AUDIO);
	assert_int_equal(port_of(beside(0)), 5000);
	assert_true(beside(0)->rtcp_mux);
	assert_string_equal(config.mid, "0");
	assert_string_equal(beside(0)->mid, "1");
	assert_int_equal(config.mid_id, 2);
	assert_int_equal(beside(0)->mid_id, 2);
	/* From now on it is one port in our offers, too. */
	make_offer(&config);
	assert_says("a=group:BUNDLE 0 1\r\n");
	assert_says("m=video 4000 RTP/AVP 110\r\n");
}

/* RFC 8843 had port 0 in answers. */
static void port_0_of_what_is_bundled_is_its_carriers(void **state)
{
	(void)state;
	make_offer(NULL);
	assert_int_equal(answer(TOP(GROUP("0 1")) AUDIO("5000", MID("2", "0") MUX)
				VIDEO("0", MID("2", "1") "a=bundle-only\r\n")), 0);
	assert_true(is_carried(RD_MEDIA_VIDEO));
	assert_int_equal(port_of(beside(0)), 5000);
}

static void without_a_group_each_has_its_own(void **state)
{
	static const char *const answers[] = {
		TOP("") AUDIO("5000", MUX) VIDEO("5002", ""),
		/* One that is not muxed can carry nobody. */
		TOP(GROUP("0 1")) AUDIO("5000", MID("2", "0")) VIDEO("5002", MID("2", "1")),
		TOP(GROUP("0")) AUDIO("5000", MID("2", "0") MUX) VIDEO("5002", MID("2", "1")),
	};

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(answers); i++) {
		make_offer(NULL);
		assert_int_equal(answer(answers[i]), 0);
		assert_false(is_carried(RD_MEDIA_AUDIO) || is_carried(RD_MEDIA_VIDEO));
		assert_int_equal(port_of(&config), 5000);
		assert_int_equal(port_of(beside(0)), 5002);
		assert_string_equal(beside(0)->mid, "");
		make_offer(&config);
		assert_says("m=video 4002 RTP/AVP 110\r\n");
	}
}

/* The name of our pictures is that of their sound: such a group is none. */
static void a_name_of_another_line_is_none(void **state)
{
	(void)state;
	make_offer(NULL);
	assert_int_equal(answer(TOP(GROUP("5 1")) AUDIO("5000", MID("2", "1") MUX)
				VIDEO("5002", "")), 0);
	assert_false(is_carried(RD_MEDIA_AUDIO) || is_carried(RD_MEDIA_VIDEO));
	assert_int_equal(port_of(beside(0)), 5002);
}

static void a_line_that_they_refuse_is_not_carried(void **state)
{
	(void)state;
	make_offer(NULL);
	assert_int_equal(answer(TOP(GROUP("0")) AUDIO("5000", MID("2", "0") MUX)
				VIDEO("0", "")), 0);
	assert_null(beside(0));
	assert_false(is_carried(RD_MEDIA_VIDEO));
	assert_string_equal(config.mid, "");
}

/* ---- theirs ---- */

static void an_offer_is_answered_alike(void **state)
{
	(void)state;
	policy.beside[policy.beside_count++] = &t140;
	assert_int_equal(offer(TOP(GROUP("a v t")) AUDIO("5000", MID("5", "a") MUX)
			       VIDEO("5002", MID("5", "v") MUX)
			       "m=text 5004 RTP/AVP 98\r\na=rtpmap:98 t140/1000\r\na=rtcp-mux\r\n"
			       MID("5", "t")), 0);
	assert_true(is_carried(RD_MEDIA_VIDEO) && is_carried(RD_MEDIA_TEXT));
	assert_int_equal(port_of(beside(0)), 5000);
	assert_int_equal(port_of(beside(1)), 5000);
	assert_says("a=group:BUNDLE a v t\r\n");
	assert_says("m=video 4000 RTP/AVP 110\r\n");
	assert_says("m=text 4000 RTP/AVP 98\r\n");
	assert_says("a=extmap:5 urn:ietf:params:rtp-hdrext:sdes:mid\r\n");
}

static void only_whoever_is_to_takes_it(void **state)
{
	(void)state;
	policy.bundle = false;
	assert_int_equal(offer(TOP(GROUP("a v")) AUDIO("5000", MID("5", "a") MUX)
			       VIDEO("5002", MID("5", "v") MUX)), 0);
	assert_false(is_carried(RD_MEDIA_VIDEO));
	assert_int_equal(port_of(beside(0)), 5002);
	assert_says("a=group:BUNDLE a\r\n");
	assert_says("m=video 4002 RTP/AVP 110\r\n");
}

/* The first one that we take, in their order, speaks for all. */
static void pictures_may_carry_the_sound(void **state)
{
	(void)state;
	assert_int_equal(offer(TOP(GROUP("d v a")) AUDIO("0", MID("5", "a") "a=bundle-only\r\n")
			       VIDEO("5002", MID("5", "v") MUX)
			       "m=application 5004 UDP/DTLS/SCTP x\r\na=mid:d\r\na=rtcp-mux\r\n"),
			 0);
	assert_true(is_carried(RD_MEDIA_AUDIO));
	assert_int_equal(sip_session_said(&session, RD_MEDIA_AUDIO)->carrier, RD_MEDIA_VIDEO);
	assert_int_equal(port_of(&config), 5002);
	assert_says("a=group:BUNDLE v a\r\n");
	assert_says("m=audio 4002 RTP/AVP 0\r\n");
	assert_says("m=video 4002 RTP/AVP 110\r\n");
}

static void a_later_offer_may_take_it_apart(void **state)
{
	(void)state;
	assert_int_equal(offer(TOP(GROUP("a v")) AUDIO("5000", MID("5", "a") MUX)
			       VIDEO("5002", MID("5", "v") MUX)), 0);
	sip_session_answered(&session);
	/* As it is written once there is a group. */
	assert_int_equal(offer(TOP(GROUP("a v")) AUDIO("5000", MID("5", "a") MUX)
			       VIDEO("0", MID("5", "v") "a=bundle-only\r\n")), 0);
	assert_true(is_carried(RD_MEDIA_VIDEO));
	sip_session_answered(&session);
	assert_int_equal(offer(TOP(GROUP("a")) AUDIO("5000", MID("5", "a") MUX)
			       VIDEO("5002", MID("5", "v") MUX)), 0);
	assert_false(is_carried(RD_MEDIA_VIDEO));
	assert_int_equal(port_of(beside(0)), 5002);
	assert_says("m=video 4002 RTP/AVP 110\r\n");
	sip_session_answered(&session);
	assert_int_equal(offer(TOP(GROUP("a")) AUDIO("5000", MID("5", "a") MUX)
			       VIDEO("0", MID("5", "v"))), 0);
	assert_null(beside(0));
	assert_says("m=video 0 RTP/AVP");
}

#define KEY "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\n"
#define OTHER_KEY \
	"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR\r\n"

static void keys_are_the_carriers(void **state)
{
	(void)state;
	policy.encryption = SIP_ENCRYPTION_SDES;
	assert_int_equal(offer(TOP(GROUP("a v")) "m=audio 5000 RTP/SAVP 0\r\n" MID("5", "a") MUX
			       KEY "m=video 5002 RTP/SAVP 110\r\na=rtpmap:110 VP8/90000\r\n"
			       MID("5", "v") MUX OTHER_KEY), 0);
	assert_true(is_carried(RD_MEDIA_VIDEO));
	assert_int_equal(beside(0)->security.by, RD_SECURITY_SDES);
	assert_true(rd_srtp_key_equal(&beside(0)->security.remote, &config.security.remote));
	assert_true(rd_srtp_key_equal(&beside(0)->security.local, &config.security.local));
}

/* Longer than packets can say: then types must do. */
static void a_long_name_is_no_name_in_packets(void **state)
{
	(void)state;
	assert_int_equal(offer(TOP(GROUP("a the-line-of-pictures")) AUDIO("5000", MID("5", "a") MUX)
			       VIDEO("5002", MID("5", "the-line-of-pictures") MUX)), 0);
	assert_true(is_carried(RD_MEDIA_VIDEO));
	assert_int_equal(config.mid_id, 0);
	assert_int_equal(beside(0)->mid_id, 0);
	assert_says("a=group:BUNDLE a the-line-of-pictures\r\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, sdp_rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(our_first_offer_has_a_port_for_each),
		TEST(what_they_bundle_is_carried),
		TEST(port_0_of_what_is_bundled_is_its_carriers),
		TEST(without_a_group_each_has_its_own),
		TEST(a_name_of_another_line_is_none),
		TEST(a_line_that_they_refuse_is_not_carried),
		TEST(an_offer_is_answered_alike),
		TEST(only_whoever_is_to_takes_it),
		TEST(pictures_may_carry_the_sound),
		TEST(a_later_offer_may_take_it_apart),
		TEST(keys_are_the_carriers),
		TEST(a_long_name_is_no_name_in_packets),
	};

	return RUN_GROUP(tests);
}
