/* Keys in descriptions: a=crypto lines, and what offers and answers make of them
 * by a phone's settings. */
#include "tests/unit/test.h"

#include "tests/unit/sdp_rig.h"

#define KEY_A "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
#define KEY_B "YUJDZGVmZ2hpSktMbW9QUXJzVHVWd3l6MTIzNDU2"

/* ---- lines ---- */

static int parse_crypto(const char *value, struct sdp_crypto *crypto)
{
	return sdp_crypto_parse(crypto, rd_str_of(value));
}

static void lines_are_read(void **state)
{
	struct sdp_crypto crypto;

	(void)state;
	/* RFC 4568 §9.1.3, and all that may stand around. */
	assert_int_equal(parse_crypto("1 AES_CM_128_HMAC_SHA1_80 inline:" KEY_A "|2^20", &crypto),
			 0);
	assert_int_equal(crypto.tag, 1);
	assert_int_equal(crypto.key.suite, RD_SRTP_AES_CM_128_SHA1_80);
	assert_memory_equal(crypto.key.master, "YS___semctl () {\t220;}\n}\nunles", 30);
	assert_int_equal(parse_crypto("007  aes_cm_128_hmac_sha1_32   INLINE:" KEY_A " WSH=64",
				      &crypto),
			 0);
	assert_int_equal(crypto.tag, 7);
	assert_int_equal(crypto.key.suite, RD_SRTP_AES_CM_128_SHA1_32);
	assert_int_equal(parse_crypto("2 AES_256_CM_HMAC_SHA1_80 inline:"
				      "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5"
				      "YWJjZA==",
				      &crypto),
			 0);
	assert_int_equal(parse_crypto("3 AEAD_AES_128_GCM inline:"
				      "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYg==",
				      &crypto),
			 0);
	assert_memory_equal(crypto.key.master, "0123456789abcdef0123456789ab", 28);
}

static void lines_that_we_cannot_do_are_told_from_wrong_ones(void **state)
{
	static const char *const unknown[] = {
		"1 F8_128_HMAC_SHA1_80 inline:" KEY_A,
		"1 NULL_HMAC_SHA1_80 inline:" KEY_A,
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY_A "|2^20|1:4",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY_A "|1:4;inline:" KEY_B "|2:4",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY_A " UNENCRYPTED_SRTP",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY_A " UNENCRYPTED_SRTCP",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY_A " UNAUTHENTICATED_SRTP",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY_A " KDR=20",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY_A " FEC_ORDER=FEC_SRTP",
		"1 AES_CM_128_HMAC_SHA1_80 uri:https://example.net/key",
	};
	static const char *const wrong[] = {
		"",
		"1",
		"x AES_CM_128_HMAC_SHA1_80 inline:" KEY_A,
		"1234567890 AES_CM_128_HMAC_SHA1_80 inline:" KEY_A,
		"1 AES_CM_128_HMAC_SHA1_80",
		"1 AES_CM_128_HMAC_SHA1_80 inline:",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY_A "AA==",
		"1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGU=",
		"1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVub!!!",
		"1 AEAD_AES_128_GCM inline:" KEY_A,
	};
	struct sdp_crypto crypto;

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(unknown); i++)
		assert_int_equal(parse_crypto(unknown[i], &crypto), -ENOTSUP);
	for (size_t i = 0; i < RD_ARRAY_SIZE(wrong); i++)
		assert_int_equal(parse_crypto(wrong[i], &crypto), -EINVAL);
}

static void what_is_printed_is_read_again(void **state)
{
	(void)state;
	for (int suite = 1; suite < RD_SRTP_SUITES; suite++) {
		struct sdp_crypto crypto = { .tag = 12 }, again;
		char text[SDP_CRYPTO_TEXT];

		rd_srtp_key_make(&crypto.key, (enum rd_srtp_suite)suite);
		sdp_crypto_print(&crypto, text);
		assert_int_equal(parse_crypto(text, &again), 0);
		assert_int_equal(again.tag, 12);
		assert_true(rd_srtp_key_equal(&again.key, &crypto.key));
	}
}

/* ---- offers and answers ---- */

static int setup(void **state)
{
	int rc = sdp_rig_open();

	(void)state;
	policy.encryption = SIP_ENCRYPTION_SDES;
	return rc;
}

#define AVP                     HEAD "m=audio 5000 RTP/AVP 0\r\n"
#define SAVP                    HEAD "m=audio 5000 RTP/SAVP 0\r\n"
#define CRYPTO(tag, suite, key) "a=crypto:" tag " " suite " inline:" key "\r\n"
#define CM_80                   "AES_CM_128_HMAC_SHA1_80"

/* The nth key that our description names. */
static struct sdp_crypto printed_crypto(unsigned nth)
{
	const struct sdp *sdp = parse(printed());
	struct sdp_crypto crypto = { 0 };
	struct rd_str value;
	unsigned at = 0;

	for (unsigned i = 0; i <= nth; i++)
		if (!sdp_attribute_each(&sdp->media->attributes, RD_STR("crypto"), &at, &value))
			return (struct sdp_crypto){ 0 };
	assert_int_equal(sdp_crypto_parse(&crypto, value), 0);
	return crypto;
}

static bool names_key(const struct rd_srtp_key *key)
{
	struct sdp_crypto crypto = printed_crypto(0);

	return rd_srtp_key_equal(&crypto.key, key);
}

static void an_offer_with_keys_is_answered_with_one_of_ours(void **state)
{
	struct sdp_crypto ours;

	(void)state;
	assert_int_equal(offer(SAVP CRYPTO("4", "F8_128_HMAC_SHA1_80", KEY_A)
				       CRYPTO("5", CM_80, KEY_A)
					       CRYPTO("6", "AEAD_AES_256_GCM", KEY_B)),
			 0);
	assert_int_equal(config.security.by, RD_SECURITY_SDES);
	assert_int_equal(config.security.remote.suite, RD_SRTP_AES_CM_128_SHA1_80);
	assert_memory_equal(config.security.remote.master, "YS___semctl", 11);
	assert_non_null(strstr(printed(), "m=audio 4000 RTP/SAVP 0\r\n"));
	ours = printed_crypto(0);
	assert_int_equal(ours.tag, 5);
	assert_true(rd_srtp_key_equal(&ours.key, &config.security.local));
	assert_memory_not_equal(ours.key.master, config.security.remote.master, 30);
	assert_int_equal(printed_crypto(1).tag, 0);
}

static void keys_stay_as_long_as_theirs_do(void **state)
{
	struct rd_srtp_key first;

	(void)state;
	assert_int_equal(offer(SAVP CRYPTO("1", CM_80, KEY_A)), 0);
	sip_session_answered(&session);
	first = config.security.local;
	assert_int_equal(offer(SAVP CRYPTO("1", CM_80, KEY_A) "a=sendonly\r\n"), 0);
	sip_session_answered(&session);
	assert_true(rd_srtp_key_equal(&first, &config.security.local));
	/* Another device took over: it cannot know how far ours has counted. */
	assert_int_equal(offer(SAVP CRYPTO("1", CM_80, KEY_B)), 0);
	assert_false(rd_srtp_key_equal(&first, &config.security.local));
	assert_true(names_key(&config.security.local));
}

static void what_must_be_encrypted_is_refused_in_clear(void **state)
{
	(void)state;
	assert_int_equal(offer(AVP), -EPROTONOSUPPORT);
	assert_int_equal(offer(SAVP), -EPROTONOSUPPORT);
	assert_int_equal(offer(SAVP CRYPTO("1", "NULL_HMAC_SHA1_80", KEY_A)), -EPROTONOSUPPORT);
	/* No codec is the other reason. */
	assert_int_equal(offer(HEAD "m=audio 5000 RTP/SAVP 9\r\n" CRYPTO("1", CM_80, KEY_A)),
			 -ENOTSUP);
	assert_int_equal(session.state, SIP_OFFER_NONE);
	/* Keys in a line of the plain profile are good enough. */
	assert_int_equal(offer(AVP CRYPTO("1", CM_80, KEY_A)), 0);
	assert_int_equal(config.security.by, RD_SECURITY_SDES);
	assert_non_null(strstr(printed(), "m=audio 4000 RTP/AVP 0\r\n"));
	assert_int_equal(printed_crypto(0).tag, 1);
}

static void the_optimistic_take_what_they_get(void **state)
{
	(void)state;
	policy.optimistic = true;
	assert_int_equal(offer(AVP), 0);
	assert_int_equal(config.security.by, RD_SECURITY_NONE);
	sip_session_answered(&session);
	assert_int_equal(offer(AVP CRYPTO("1", CM_80, KEY_A)), 0);
	assert_int_equal(config.security.by, RD_SECURITY_SDES);
	sip_session_answered(&session);
	/* A line that says it is secure is not answered in clear. */
	assert_int_equal(offer(SAVP), -EPROTONOSUPPORT);
	/* Of two lines, the first that can be done. */
	session.line_count = 0;
	assert_int_equal(offer(SAVP "m=audio 5002 RTP/AVP 0\r\n"), 0);
	assert_non_null(strstr(printed(), "m=audio 0 RTP/SAVP 0\r\n"));
	assert_non_null(strstr(printed(), "m=audio 4000 RTP/AVP 0\r\n"));
}

static void a_phone_without_encryption_gets_none(void **state)
{
	(void)state;
	policy.encryption = SIP_ENCRYPTION_NO;
	assert_int_equal(offer(SAVP CRYPTO("1", CM_80, KEY_A)), -EPROTONOSUPPORT);
	assert_int_equal(offer(AVP CRYPTO("1", CM_80, KEY_A)), 0);
	assert_int_equal(config.security.by, RD_SECURITY_NONE);
	assert_null(strstr(printed(), "crypto"));
	sip_session_answered(&session);
	assert_int_equal(sip_session_make_offer(&session, &policy, NULL, &config), 0);
	assert_null(strstr(printed(), "crypto"));
	assert_non_null(strstr(printed(), "RTP/AVP 0\r\n"));
}

static void keys_do_not_travel_in_clear(void **state)
{
	(void)state;
	policy.exposed = true;
	assert_int_equal(offer(SAVP CRYPTO("1", CM_80, KEY_A)), -EPROTONOSUPPORT);
	assert_int_equal(sip_session_make_offer(&session, &policy, NULL, &config),
			 -EPROTONOSUPPORT);
	assert_int_equal(session.state, SIP_OFFER_NONE);
	policy.optimistic = true;
	assert_int_equal(sip_session_make_offer(&session, &policy, NULL, &config), 0);
	assert_null(strstr(printed(), "crypto"));
}

static void our_offer_names_a_key_for_each_suite(void **state)
{
	struct sdp_crypto offered[3];
	char body[1024];

	(void)state;
	assert_int_equal(sip_session_make_offer(&session, &policy, NULL, &config), 0);
	assert_non_null(strstr(printed(), "m=audio 4000 RTP/SAVP 0\r\n"));
	for (unsigned i = 0; i < 3; i++) {
		offered[i] = printed_crypto(i + 1);
		assert_int_equal(offered[i].tag, i + 2);
	}
	assert_int_equal(offered[2].key.suite, RD_SRTP_AES_CM_128_SHA1_80);
	snprintf(body, sizeof(body), "%s%s", SAVP, CRYPTO("4", CM_80, KEY_A));
	assert_int_equal(answer(body), 0);
	assert_int_equal(config.security.by, RD_SECURITY_SDES);
	assert_true(rd_srtp_key_equal(&config.security.local, &offered[2].key));
	assert_memory_equal(config.security.remote.master, "YS___semctl", 11);
	/* The next offer names the key that is in use, under its tag. */
	assert_int_equal(sip_session_make_offer(&session, &policy, &config, &config), 0);
	assert_int_equal(printed_crypto(0).tag, 4);
	assert_true(names_key(&offered[2].key));
	assert_int_equal(printed_crypto(1).tag, 0);
	assert_int_equal(answer(body), 0);
	assert_true(rd_srtp_key_equal(&config.security.local, &offered[2].key));
}

static void a_wrong_answer_is_no_agreement(void **state)
{
	(void)state;
	assert_int_equal(sip_session_make_offer(&session, &policy, NULL, &config), 0);
	assert_int_equal(answer(SAVP), -EPROTONOSUPPORT);
	assert_int_equal(answer(SAVP CRYPTO("9", CM_80, KEY_A)), -EPROTONOSUPPORT);
	assert_int_equal(answer(SAVP CRYPTO("0", CM_80, KEY_A)), -EPROTONOSUPPORT);
	/* Under a tag that we gave to another suite. */
	assert_int_equal(answer(SAVP CRYPTO("1", CM_80, KEY_A)), -EPROTONOSUPPORT);
	assert_int_equal(answer(SAVP CRYPTO("4", CM_80, KEY_A)), 0);
}

static void an_optimistic_offer_may_be_answered_in_clear(void **state)
{
	(void)state;
	policy.optimistic = true;
	assert_int_equal(sip_session_make_offer(&session, &policy, NULL, &config), 0);
	assert_non_null(strstr(printed(), "m=audio 4000 RTP/AVP 0\r\n"));
	assert_int_equal(printed_crypto(3).key.suite, RD_SRTP_AES_CM_128_SHA1_80);
	assert_int_equal(answer(AVP), 0);
	assert_int_equal(config.security.by, RD_SECURITY_NONE);
}

static void the_profile_with_feedback_is_answered_in_kind(void **state)
{
	(void)state;
	assert_int_equal(offer(HEAD "m=audio 5000 RTP/SAVPF 0\r\n" CRYPTO("1", CM_80, KEY_A)), 0);
	assert_non_null(strstr(printed(), "m=audio 4000 RTP/SAVPF 0\r\n"));
	assert_int_equal(sip_profile_of(RD_STR("RTP/FOO")), -EINVAL);
	assert_int_equal(sip_profile_of(RD_STR("TCP/RTP/AVP")), -EINVAL);
}

/* ---- fingerprints ---- */

#define DTLS HEAD "m=audio 5000 UDP/TLS/RTP/SAVP 0\r\n"
#define FINGERPRINT(first)                                                          \
	"a=fingerprint:sha-256 " first ":AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:" \
	"19:E5:7C:AB:4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF\r\n"

static int setup_dtls(void **state)
{
	int rc = setup(state);

	policy.encryption = SIP_ENCRYPTION_DTLS;
	return rc;
}

static void an_offer_with_a_fingerprint_is_answered_with_ours(void **state)
{
	struct rd_fingerprint ours;
	char line[RD_FINGERPRINT_TEXT];

	(void)state;
	assert_int_equal(rd_dtls_fingerprint(&ours), 0);
	rd_fingerprint_print(&ours, line);
	assert_int_equal(offer(DTLS FINGERPRINT("4A") "a=setup:actpass\r\na=rtcp-mux\r\n"), 0);
	assert_int_equal(config.security.by, RD_SECURITY_DTLS);
	assert_int_equal(config.security.dtls.fingerprint.digest[0], 0x4a);
	assert_true(config.rtcp_mux);
	assert_non_null(strstr(printed(), "m=audio 4000 UDP/TLS/RTP/SAVP 0\r\n"));
	assert_non_null(strstr(text, line));
	/* Without ICE we wait; their port may only answer. */
	assert_false(config.security.dtls.active);
	assert_non_null(strstr(text, "a=setup:passive\r\n"));
}

static void who_begins_is_as_they_say(void **state)
{
	static const struct {
		const char *setup, *ours;
		bool ice, active;
	} rows[] = {
		{ "a=setup:actpass\r\n", "a=setup:active", true, true },
		{ "a=setup:actpass\r\n", "a=setup:passive", false, false },
		{ "a=setup:active\r\n", "a=setup:passive", true, false },
		{ "a=setup:passive\r\n", "a=setup:active", false, true },
		{ "", "a=setup:passive", false, false },
	};
	char body[1024];

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(rows); i++) {
		sip_session_fini(&session);
		sip_session_init(&session);
		policy.ice = rows[i].ice;
		snprintf(body, sizeof(body), "%s%s%s", DTLS, FINGERPRINT("01"), rows[i].setup);
		assert_int_equal(offer(body), 0);
		assert_int_equal(config.security.dtls.active, rows[i].active);
		assert_non_null(strstr(printed(), rows[i].ours));
	}
	sip_session_answered(&session);
	assert_int_equal(offer(DTLS FINGERPRINT("01") "a=setup:holdconn\r\n"),
			 -EPROTONOSUPPORT);
}

/* RFC 5763 §5: the same peer keeps its role, another one chooses anew. */
static void roles_stay_as_long_as_the_peer_does(void **state)
{
	(void)state;
	assert_int_equal(offer(DTLS FINGERPRINT("01") "a=setup:passive\r\n"), 0);
	assert_true(config.security.dtls.active);
	sip_session_answered(&session);
	assert_int_equal(offer(DTLS FINGERPRINT("01") "a=setup:actpass\r\n"), 0);
	assert_true(config.security.dtls.active);
	sip_session_answered(&session);
	assert_int_equal(offer(DTLS FINGERPRINT("02") "a=setup:actpass\r\n"), 0);
	assert_false(config.security.dtls.active);
}

static void the_session_may_say_it_for_the_line(void **state)
{
	(void)state;
	assert_int_equal(offer(HEAD FINGERPRINT("33") "a=setup:passive\r\n"
			       "m=audio 5000 RTP/SAVPF 0\r\n"), 0);
	assert_int_equal(config.security.by, RD_SECURITY_DTLS);
	assert_int_equal(config.security.dtls.fingerprint.digest[0], 0x33);
	assert_true(config.security.dtls.active);
	sip_session_answered(&session);
	/* A hash that we do not know, and one behind it that we do. */
	assert_int_equal(offer(DTLS "a=fingerprint:md5 00:11\r\n" FINGERPRINT("34")), 0);
	assert_int_equal(config.security.dtls.fingerprint.digest[0], 0x34);
}

static void without_a_fingerprint_there_is_no_dtls(void **state)
{
	(void)state;
	assert_int_equal(offer(DTLS "a=setup:actpass\r\n"), -EPROTONOSUPPORT);
	assert_int_equal(offer(SAVP CRYPTO("1", CM_80, KEY_A)), -EPROTONOSUPPORT);
	assert_int_equal(offer(AVP), -EPROTONOSUPPORT);
	policy.optimistic = true;
	assert_int_equal(offer(DTLS "a=setup:actpass\r\n"), -EPROTONOSUPPORT);
	assert_int_equal(offer(AVP), 0);
	assert_int_equal(config.security.by, RD_SECURITY_NONE);
	sip_session_answered(&session);
	policy.encryption = SIP_ENCRYPTION_SDES;
	assert_int_equal(offer(DTLS FINGERPRINT("01")), -EPROTONOSUPPORT);
}

static void our_offer_leaves_the_role_to_them(void **state)
{
	(void)state;
	policy.rtcp_mux = true;
	assert_int_equal(sip_session_make_offer(&session, &policy, NULL, &config), 0);
	assert_non_null(strstr(printed(), "m=audio 4000 UDP/TLS/RTP/SAVP 0\r\n"));
	assert_non_null(strstr(text, "a=setup:actpass\r\n"));
	assert_non_null(strstr(text, "a=fingerprint:sha-256 "));
	assert_non_null(strstr(text, "a=rtcp-mux\r\n"));
	assert_null(strstr(text, "a=crypto"));
	assert_int_equal(answer(DTLS), -EPROTONOSUPPORT);
	assert_int_equal(answer(DTLS FINGERPRINT("05") "a=setup:passive\r\n"), 0);
	assert_true(config.security.dtls.active);
	assert_int_equal(answer(DTLS FINGERPRINT("05") "a=setup:active\r\n"), 0);
	assert_false(config.security.dtls.active);
	assert_int_equal(config.security.dtls.fingerprint.digest[0], 5);
	/* And so does the next one. */
	assert_int_equal(sip_session_make_offer(&session, &policy, &config, &config), 0);
	assert_non_null(strstr(printed(), "a=setup:actpass\r\n"));
}

static void browsers_get_their_profile(void **state)
{
	(void)state;
	policy.webrtc = true;
	assert_int_equal(sip_session_make_offer(&session, &policy, NULL, &config), 0);
	assert_non_null(strstr(printed(), "m=audio 4000 UDP/TLS/RTP/SAVPF 0\r\n"));
}

#define TEST(f)      cmocka_unit_test_setup_teardown(f, setup, sdp_rig_teardown)
#define TEST_DTLS(f) cmocka_unit_test_setup_teardown(f, setup_dtls, sdp_rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_read),
		cmocka_unit_test(lines_that_we_cannot_do_are_told_from_wrong_ones),
		cmocka_unit_test(what_is_printed_is_read_again),
		TEST(an_offer_with_keys_is_answered_with_one_of_ours),
		TEST(keys_stay_as_long_as_theirs_do),
		TEST(what_must_be_encrypted_is_refused_in_clear),
		TEST(the_optimistic_take_what_they_get),
		TEST(a_phone_without_encryption_gets_none),
		TEST(keys_do_not_travel_in_clear),
		TEST(our_offer_names_a_key_for_each_suite),
		TEST(a_wrong_answer_is_no_agreement),
		TEST(an_optimistic_offer_may_be_answered_in_clear),
		TEST(the_profile_with_feedback_is_answered_in_kind),
		TEST_DTLS(an_offer_with_a_fingerprint_is_answered_with_ours),
		TEST_DTLS(who_begins_is_as_they_say),
		TEST_DTLS(roles_stay_as_long_as_the_peer_does),
		TEST_DTLS(the_session_may_say_it_for_the_line),
		TEST_DTLS(without_a_fingerprint_there_is_no_dtls),
		TEST_DTLS(our_offer_leaves_the_role_to_them),
		TEST_DTLS(browsers_get_their_profile),
	};

	return RUN_GROUP(tests);
}
