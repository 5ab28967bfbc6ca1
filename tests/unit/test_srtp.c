/* SRTP: against the vectors of RFC 3711, 6188 and 7714, against libsrtp in
 * both directions, and what must be refused. */
#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

#ifdef HAVE_LIBSRTP
#include <srtp2/srtp.h>
#endif

#include "core/media/rtp.h"
#include "core/media/srtp.h"
#include "core/media/srtp_cipher.h"
#include "core/media/wire.h"

enum { BIG = 2048 };

static size_t unhex(uint8_t *out, const char *hex)
{
	size_t n = 0;

	for (; hex[0] && hex[1]; hex += 2)
		out[n++] = (uint8_t)strtoul((char[]){ hex[0], hex[1], 0 }, NULL, 16);
	return n;
}

#define assert_hex(data, size, hex)                         \
	do {                                                \
		uint8_t expected_[BIG];                     \
		size_t n_ = unhex(expected_, hex);          \
		assert_int_equal((size), n_);               \
		assert_memory_equal((data), expected_, n_); \
	} while (0)

/* ---- vectors ---- */

static void keys_are_derived_as_in_the_standards(void **state)
{
	static const struct {
		enum rd_srtp_suite suite;
		const char *master, *key, *auth, *salt;
	} vectors[] = {
		/* RFC 3711 B.3 */
		{ RD_SRTP_AES_CM_128_SHA1_80,
		  "E1F97A0D3E018BE0D64FA32C06DE41390EC675AD498AFEEBB6960B3AABE6",
		  "C61E7A93744F39EE10734AFE3FF7A087", "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4",
		  "30CBBC08863D8C85D49DB34A9AE1" },
		/* RFC 6188 §7.2 */
		{ RD_SRTP_AES_256_CM_SHA1_80,
		  "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6"
		  "3b04803de51ee7c96423ab5b78d2",
		  "5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4",
		  "fd9c32d39ed5fbb5a9dc96b30818454d1313dc05", "fa31791685ca444a9e07c6c64e93" },
	};

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(vectors); i++) {
		struct rd_srtp_key key = { .suite = vectors[i].suite };
		size_t size = rd__srtp_suite(key.suite)->key;
		uint8_t out[32];

		assert_int_equal(unhex(key.master, vectors[i].master),
				 rd_srtp_master_size(key.suite));
		assert_int_equal(rd__srtp_derive(&key, 0, out, size), 0);
		assert_hex(out, size, vectors[i].key);
		assert_int_equal(rd__srtp_derive(&key, 1, out, 20), 0);
		assert_hex(out, 20u, vectors[i].auth);
		assert_int_equal(rd__srtp_derive(&key, 2, out, 14), 0);
		assert_hex(out, 14u, vectors[i].salt);
	}
}

static void init_cipher(struct rd__srtp_cipher *cipher, enum rd_srtp_suite suite,
			const char *key, const char *salt, bool sealing)
{
	struct rd__srtp_keys keys = { 0 };

	unhex(keys.key, key);
	unhex(keys.salt, salt);
	rd__srtp_cipher_init(cipher, rd__srtp_suite(suite), &keys, false, sealing);
}

/* RFC 3711 B.2, RFC 6188 §7.1: the keystream's first and later blocks. */
static void counter_mode_makes_the_standards_keystream(void **state)
{
	static const struct {
		enum rd_srtp_suite suite;
		const char *key, *first, *later;
	} vectors[] = {
		{ RD_SRTP_AES_CM_128_SHA1_80, "2B7E151628AED2A6ABF7158809CF4F3C",
		  "E03EAD0935C95E80E166B16DD92B4EB4D23513162B02D0F72A43A2FE4A5F97AB"
		  "41E95B3BB0A2E8DD477901E4FCA894C0",
		  "EC8CDF7398607CB0F2D21675EA9EA1E4362B7C3C6773516318A077D7FC5073AE"
		  "6A2CC3787889374FBEB4C81B17BA6C44" },
		{ RD_SRTP_AES_256_CM_SHA1_80,
		  "57f82fe3613fd170a85ec93c40b1f0922ec4cb0dc025b58272147cc438944a98",
		  "92bdd28a93c3f52511c677d08b5515a49da71b2378a854f67050756ded165bac"
		  "63c4868b7096d88421b563b8c94c9a31",
		  "cea518c90fd91ced9cbb18c078a547113dbc4814f4da5f00a08772b63c6a046d"
		  "6eb246913062a16891433e97dd01a57f" },
	};
	size_t size = 0xff02 * 16;
	uint8_t *text = calloc(1, size), tag[20], word[4] = { 0 };

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(vectors); i++) {
		struct rd__srtp_cipher cipher;
		struct rd__srtp_text packet = {
			.in = text, .out = text, .size = size, .word = word
		};

		memset(text, 0, size);
		init_cipher(&cipher, vectors[i].suite, vectors[i].key,
			    "F0F1F2F3F4F5F6F7F8F9FAFBFCFD", true);
		assert_true(rd__srtp_seal(&cipher, &packet, tag));
		assert_hex(text, 48u, vectors[i].first);
		assert_hex(text + size - 48, 48u, vectors[i].later);
		rd__srtp_cipher_fini(&cipher);
	}
	free(text);
}

#define QUID_PRO_QUO "517569642070726f2071756f"
#define KEY_128      "000102030405060708090a0b0c0d0e0f"
#define KEY_256      KEY_128 "101112131415161718191a1b1c1d1e1f"
#define GALLIA                                                                   \
	"8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e697320646976697361" \
	"20696e207061727465732074726573"

/* RFC 7714 §16.1, §16.2 */
static void galois_counter_mode_seals_as_in_the_standard(void **state)
{
	static const struct {
		enum rd_srtp_suite suite;
		const char *key, *sealed;
	} vectors[] = {
		{ RD_SRTP_AEAD_AES_128_GCM, KEY_128,
		  "8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f"
		  "42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce" },
		{ RD_SRTP_AEAD_AES_256_GCM, KEY_256,
		  "8040f17b8041f8d35501a0b232b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3"
		  "b50b2a0276ffae0f1ba63799b87b7aa3db36dfffd6b0f9bb7878d7a76c13" },
	};

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(vectors); i++) {
		struct rd__srtp_cipher seal, open;
		uint8_t in[BIG], out[BIG];
		size_t n = unhex(in, GALLIA);
		struct rd__srtp_text text = {
			.ssrc = 0x5501a0b2,
			.index = 0xf17b,
			.in = in,
			.out = out,
			.clear = 12,
			.size = n,
		};

		init_cipher(&seal, vectors[i].suite, vectors[i].key, QUID_PRO_QUO, true);
		init_cipher(&open, vectors[i].suite, vectors[i].key, QUID_PRO_QUO, false);
		assert_true(rd__srtp_seal(&seal, &text, out + n));
		assert_hex(out, n + 16, vectors[i].sealed);
		text.in = text.out = out;
		assert_true(rd__srtp_open(&open, &text, out + n));
		assert_hex(out, n, GALLIA);
		rd__srtp_cipher_fini(&seal);
		rd__srtp_cipher_fini(&open);
	}
}

/* RFC 7714 §17.1: the tag stands before the index, which is authenticated. */
static void a_report_is_opened_as_in_the_standard(void **state)
{
	uint8_t packet[BIG], word[4] = { 0x80, 0, 0x05, 0xd4 };
	size_t n = unhex(packet, "81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f3"
				 "2dc676a5f1730d6fda4ce09b4686303ded0bb9275bc84aa45896cf4d2fc5ab"
				 "f87245d9eade");
	struct rd__srtp_cipher open;
	struct rd__srtp_text text = {
		.ssrc = 0x4d617273,
		.index = 0x5d4,
		.in = packet,
		.out = packet,
		.clear = 8,
		.size = n - 16,
		.word = word,
	};

	(void)state;
	init_cipher(&open, RD_SRTP_AEAD_AES_128_GCM, KEY_128, QUID_PRO_QUO, false);
	assert_true(rd__srtp_open(&open, &text, packet + n - 16));
	assert_hex(packet, n - 16,
		   "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61"
		   "deadbeefdeadbeefdeadbeefdeadbeefdeadbeef");
	rd__srtp_cipher_fini(&open);
}

/* ---- our own two ends ---- */

struct ends {
	struct rd_srtp_key key;
	struct rd__srtp *tx, *rx;
};

static void ends_open(struct ends *ends, enum rd_srtp_suite suite)
{
	rd_srtp_key_make(&ends->key, suite);
	assert_int_equal(rd__srtp_new(&ends->tx, &ends->key, true), 0);
	assert_int_equal(rd__srtp_new(&ends->rx, &ends->key, false), 0);
}

static void ends_close(struct ends *ends)
{
	rd__srtp_free(ends->tx);
	rd__srtp_free(ends->rx);
}

static size_t make_rtp(uint8_t *packet, uint32_t ssrc, uint16_t seq, size_t payload)
{
	memset(packet, seq & 0xff, RD__RTP_HEADER + payload);
	packet[0] = 0x80;
	packet[1] = 0;
	rd__put16(packet + 2, seq);
	rd__put32(packet + 4, seq * 160u);
	rd__put32(packet + 8, ssrc);
	return RD__RTP_HEADER + payload;
}

/* To the other end; what its unprotect returned. */
static ssize_t carry(struct ends *ends, uint32_t ssrc, uint16_t seq)
{
	uint8_t packet[BIG], sealed[BIG];
	size_t n = make_rtp(packet, ssrc, seq, 160);
	size_t size = rd__srtp_protect(ends->tx, sealed, packet, n);
	ssize_t opened;

	assert_int_equal(size, n + rd__srtp_suite(ends->key.suite)->tag);
	opened = rd__srtp_unprotect(ends->rx, sealed, size);
	if (opened >= 0) {
		assert_int_equal(opened, n);
		assert_memory_equal(sealed, packet, n);
	}
	return opened;
}

static void numbers_wrap_around_and_count_on(void **state)
{
	struct ends ends;

	(void)state;
	ends_open(&ends, RD_SRTP_AES_CM_128_SHA1_80);
	for (uint32_t i = 30000; i < 70000 + 65536; i += 7)
		assert_int_equal(carry(&ends, 1, (uint16_t)i), 172);
	/* Late by some, from before and behind the wrap. */
	assert_int_equal(carry(&ends, 2, 65530), 172);
	assert_int_equal(carry(&ends, 2, 3), 172);
	assert_int_equal(carry(&ends, 2, 65533), 172);
	assert_int_equal(carry(&ends, 2, 4), 172);
	ends_close(&ends);
}

/* After 70000 packets under another key: who counts on, who begins anew. */
static void take_new_key(struct ends *ends, enum rd_srtp_suite suite, bool tx_counts_on)
{
	struct ends next;

	ends_open(&next, suite);
	if (tx_counts_on)
		rd__srtp_follow(next.tx, ends->tx);
	rd__srtp_follow(next.rx, ends->rx);
	ends_close(ends);
	*ends = next;
}

/* RFC 3711 §3.3.1 has the counter go on; those who make all anew are heard as well. */
static void under_a_new_key_numbers_count_on_or_begin_anew(void **state)
{
	(void)state;
	for (int suite = 1; suite < RD_SRTP_SUITES; suite++)
		for (int counts_on = 0; counts_on < 2; counts_on++) {
			struct ends ends;

			ends_open(&ends, (enum rd_srtp_suite)suite);
			for (uint32_t i = 60000; i < 70000; i += 7)
				assert_int_equal(carry(&ends, 1, (uint16_t)i), 172);
			take_new_key(&ends, (enum rd_srtp_suite)suite, counts_on);
			/* A second new key before anything came under the first one. */
			take_new_key(&ends, (enum rd_srtp_suite)suite, counts_on);
			for (uint32_t i = 70000; i < 70000 + 65536; i += 7)
				assert_int_equal(carry(&ends, 1, (uint16_t)i), 172);
			/* Another one is nobody who was expected. */
			assert_int_equal(carry(&ends, 2, 9), 172);
			assert_int_equal(carry(&ends, 2, 10), 172);
			ends_close(&ends);
		}
}

static void what_is_forged_is_none_that_was_expected(void **state)
{
	uint8_t packet[BIG], sealed[BIG];
	struct ends ends;
	size_t n, size;

	(void)state;
	ends_open(&ends, RD_SRTP_AEAD_AES_256_GCM);
	for (uint32_t i = 65000; i < 66000; i++)
		assert_int_equal(carry(&ends, 1, (uint16_t)i), 172);
	take_new_key(&ends, RD_SRTP_AEAD_AES_256_GCM, true);
	n = make_rtp(packet, 1, 500, 160);
	size = rd__srtp_protect(ends.tx, sealed, packet, n);
	sealed[40] ^= 1;
	assert_int_equal(rd__srtp_unprotect(ends.rx, sealed, size), -EBADMSG);
	assert_int_equal(carry(&ends, 1, 501), 172);
	/* It counts on from now on: what begins anew is nothing any more. */
	rd__srtp_free(ends.tx);
	assert_int_equal(rd__srtp_new(&ends.tx, &ends.key, true), 0);
	assert_int_equal(carry(&ends, 1, 502), -EBADMSG);
	ends_close(&ends);
}

static void a_packet_counts_once(void **state)
{
	uint8_t packet[BIG], sealed[BIG], again[BIG];
	struct ends ends;
	size_t n, size;

	(void)state;
	ends_open(&ends, RD_SRTP_AEAD_AES_128_GCM);
	for (uint16_t seq = 1000; seq < 1200; seq += 2)
		assert_int_equal(carry(&ends, 1, seq), 172);
	n = make_rtp(packet, 1, 1101, 20);
	size = rd__srtp_protect(ends.tx, sealed, packet, n);
	memcpy(again, sealed, size);
	assert_int_equal(rd__srtp_unprotect(ends.rx, sealed, size), n);
	assert_int_equal(rd__srtp_unprotect(ends.rx, again, size), -EALREADY);
	/* Nor is a number used twice to send. */
	assert_int_equal(rd__srtp_protect(ends.tx, sealed, packet, n), 0);
	n = make_rtp(packet, 1, 1198 - RD__SRTP_WINDOW, 20);
	assert_int_equal(rd__srtp_protect(ends.tx, sealed, packet, n), 0);
	n = make_rtp(packet, 1, 1199 - RD__SRTP_WINDOW, 20);
	assert_int_equal(rd__srtp_protect(ends.tx, sealed, packet, n), n + 16);
	ends_close(&ends);
}

static void a_changed_bit_anywhere_is_found(void **state)
{
	(void)state;
	for (int suite = 1; suite < RD_SRTP_SUITES; suite++) {
		uint8_t packet[BIG], sealed[BIG], forged[BIG];
		struct ends ends;
		size_t n, size;

		ends_open(&ends, (enum rd_srtp_suite)suite);
		n = make_rtp(packet, 7, 1, 20);
		size = rd__srtp_protect(ends.tx, sealed, packet, n);
		for (size_t bit = 8; bit < size * 8; bit++) {
			memcpy(forged, sealed, size);
			forged[bit / 8] ^= (uint8_t)(1u << bit % 8);
			assert_int_equal(rd__srtp_unprotect(ends.rx, forged, size), -EBADMSG);
		}
		assert_int_equal(rd__srtp_unprotect(ends.rx, sealed, size), n);
		memset(packet, 3, 60);
		packet[0] = 0x81, packet[1] = 200;
		size = rd__srtcp_protect(ends.tx, sealed, packet, 60);
		for (size_t bit = 8; bit < size * 8; bit++) {
			memcpy(forged, sealed, size);
			forged[bit / 8] ^= (uint8_t)(1u << bit % 8);
			assert_true(rd__srtcp_unprotect(ends.rx, forged, size) < 0);
		}
		assert_int_equal(rd__srtcp_unprotect(ends.rx, sealed, size), 60);
		assert_memory_equal(sealed, packet, 60);
		ends_close(&ends);
	}
}

static void what_is_cut_off_is_refused(void **state)
{
	uint8_t packet[BIG] = { 0 }, sealed[BIG];
	struct ends ends;

	(void)state;
	ends_open(&ends, RD_SRTP_AES_CM_128_SHA1_80);
	packet[0] = 0x9f; /* 15 contributors and an extension */
	for (size_t n = 0; n < 76; n++) {
		assert_int_equal(rd__srtp_protect(ends.tx, sealed, packet, n), 0);
		assert_int_equal(rd__srtp_unprotect(ends.rx, packet, n), -EINVAL);
	}
	for (size_t n = 0; n < 8 + 4 + 10; n++)
		assert_int_equal(rd__srtcp_unprotect(ends.rx, packet, n), -EINVAL);
	assert_int_equal(rd__srtcp_protect(ends.tx, sealed, packet, 7), 0);
	/* Its extension is longer than itself. */
	packet[0] = 0x90, packet[15] = 2;
	assert_int_equal(rd__srtp_protect(ends.tx, sealed, packet, 16), 0);
	assert_int_equal(rd__srtp_protect(ends.tx, sealed, packet, 24), 24 + 10);
	ends_close(&ends);
}

static void many_sources_take_turns_only_where_it_is_safe(void **state)
{
	uint8_t packet[BIG], sealed[BIG];
	struct ends ends;
	size_t n;

	(void)state;
	ends_open(&ends, RD_SRTP_AES_CM_128_SHA1_80);
	for (uint32_t ssrc = 1; ssrc <= RD__SRTP_SOURCES; ssrc++)
		assert_int_equal(carry(&ends, ssrc, 5), 172);
	/* One more to send could only begin anew under a keystream that was used. */
	n = make_rtp(packet, 99, 5, 20);
	assert_int_equal(rd__srtp_protect(ends.tx, sealed, packet, n), 0);
	rd__srtp_free(ends.tx);
	assert_int_equal(rd__srtp_new(&ends.tx, &ends.key, true), 0);
	assert_int_equal(carry(&ends, 99, 5), 172);
	/* The first one had to make place, the last one not. */
	assert_int_equal(carry(&ends, RD__SRTP_SOURCES, 5), -EALREADY);
	assert_int_equal(carry(&ends, 1, 5), 172);
	ends_close(&ends);
}

static void memory_may_run_out(void **state)
{
	struct rd__srtp *srtp = NULL;
	struct rd_srtp_key key;

	(void)state;
	rd_srtp_key_make(&key, RD_SRTP_AES_CM_128_SHA1_80);
	rd__alloc_fail_after(0);
	assert_int_equal(rd__srtp_new(&srtp, &key, true), -ENOMEM);
	rd__alloc_fail_after(-1);
	assert_null(srtp);
	rd__srtp_free(NULL);
}

static void suites_have_their_names(void **state)
{
	(void)state;
	for (int i = 1; i < RD_SRTP_SUITES; i++)
		assert_int_equal(rd_srtp_by_name(rd_str_of(rd_srtp_name((enum rd_srtp_suite)i))),
				 i);
	assert_int_equal(rd_srtp_by_name(RD_STR("aes_cm_128_hmac_sha1_32")),
			 RD_SRTP_AES_CM_128_SHA1_32);
	assert_int_equal(rd_srtp_by_name(RD_STR("F8_128_HMAC_SHA1_80")), RD_SRTP_NONE);
	assert_int_equal(rd_srtp_by_name(RD_STR("none")), RD_SRTP_NONE);
	assert_int_equal(rd_srtp_master_size(RD_SRTP_AES_CM_128_SHA1_32), 30);
	assert_int_equal(rd_srtp_master_size(RD_SRTP_AEAD_AES_256_GCM), 44);
}

/* ---- against the reference implementation ---- */

#ifdef HAVE_LIBSRTP

static void set_policy(srtp_policy_t *policy, struct rd_srtp_key *key, bool sending)
{
	static void (*const set[RD_SRTP_SUITES])(srtp_crypto_policy_t *) = {
		[RD_SRTP_AEAD_AES_256_GCM] = srtp_crypto_policy_set_aes_gcm_256_16_auth,
		[RD_SRTP_AEAD_AES_128_GCM] = srtp_crypto_policy_set_aes_gcm_128_16_auth,
		[RD_SRTP_AES_256_CM_SHA1_80] = srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80,
		[RD_SRTP_AES_CM_128_SHA1_80] = srtp_crypto_policy_set_rtp_default,
		[RD_SRTP_AES_256_CM_SHA1_32] = srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32,
		[RD_SRTP_AES_CM_128_SHA1_32] = srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32,
	};

	memset(policy, 0, sizeof(*policy));
	set[key->suite](&policy->rtp);
	set[key->suite](&policy->rtcp);
	/* RFC 4568 §6.2.2, 6188 §4: reports have the long tag in any case. */
	if (!rd__srtp_suite(key->suite)->aead)
		policy->rtcp.auth_tag_len = 10;
	policy->key = key->master;
	policy->window_size = RD__SRTP_WINDOW;
	policy->ssrc.type = sending ? ssrc_any_outbound : ssrc_any_inbound;
}

static size_t random_rtp(uint8_t *packet, uint16_t seq)
{
	size_t contributors = (size_t)rand() % 4, extension = (size_t)rand() % 3;
	size_t n = make_rtp(packet, 0x1234 + (uint32_t)rand() % 2, seq, (size_t)rand() % 1200 + 24);

	packet[0] = (uint8_t)(0x80 | contributors);
	if (extension) {
		packet[0] |= 0x10;
		rd__put16(packet + 12 + contributors * 4 + 2, (uint16_t)(extension - 1));
	}
	return n;
}

static void packets_are_the_same_as_libsrtps(void **state)
{
	(void)state;
	assert_int_equal(srtp_init(), srtp_err_status_ok);
	srand(4);
	for (int suite = 1; suite < RD_SRTP_SUITES; suite++) {
		uint8_t packet[BIG], ours[BIG], theirs[BIG];
		srtp_policy_t policy;
		srtp_t tx, rx;
		struct ends ends;

		ends_open(&ends, (enum rd_srtp_suite)suite);
		set_policy(&policy, &ends.key, true);
		assert_int_equal(srtp_create(&tx, &policy), srtp_err_status_ok);
		set_policy(&policy, &ends.key, false);
		assert_int_equal(srtp_create(&rx, &policy), srtp_err_status_ok);
		for (uint32_t seq = 65000; seq < 66200; seq += 1 + (uint32_t)rand() % 3) {
			size_t n = random_rtp(packet, (uint16_t)seq), size;
			int len = (int)n;

			memcpy(theirs, packet, n);
			assert_int_equal(srtp_protect(tx, theirs, &len), srtp_err_status_ok);
			size = rd__srtp_protect(ends.tx, ours, packet, n);
			assert_int_equal(size, len);
			assert_memory_equal(ours, theirs, size);
			assert_int_equal(srtp_unprotect(rx, ours, &len), srtp_err_status_ok);
			assert_memory_equal(ours, packet, n);
			assert_int_equal(rd__srtp_unprotect(ends.rx, theirs, size), n);
			assert_memory_equal(theirs, packet, n);
		}
		for (int i = 0; i < 20; i++) {
			size_t n = 8 + 4 * ((size_t)rand() % 20), size;
			int len = (int)n;

			memset(packet, i, n);
			packet[0] = 0x81, packet[1] = 200;
			rd__put32(packet + 4, 77);
			memcpy(theirs, packet, n);
			size = rd__srtcp_protect(ends.tx, ours, packet, n);
			assert_int_equal(srtp_protect_rtcp(tx, theirs, &len), srtp_err_status_ok);
			assert_int_equal(size, len);
			assert_memory_equal(ours, theirs, size);
			assert_int_equal(srtp_unprotect_rtcp(rx, ours, &len), srtp_err_status_ok);
			assert_memory_equal(ours, packet, n);
			assert_int_equal(rd__srtcp_unprotect(ends.rx, theirs, size), n);
			assert_memory_equal(theirs, packet, n);
		}
		srtp_dealloc(tx);
		srtp_dealloc(rx);
		ends_close(&ends);
	}
	srtp_shutdown();
}

#else

static void packets_are_the_same_as_libsrtps(void **state)
{
	(void)state;
	skip();
}

#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_derived_as_in_the_standards),
		cmocka_unit_test(counter_mode_makes_the_standards_keystream),
		cmocka_unit_test(galois_counter_mode_seals_as_in_the_standard),
		cmocka_unit_test(a_report_is_opened_as_in_the_standard),
		cmocka_unit_test(numbers_wrap_around_and_count_on),
		cmocka_unit_test(under_a_new_key_numbers_count_on_or_begin_anew),
		cmocka_unit_test(what_is_forged_is_none_that_was_expected),
		cmocka_unit_test(a_packet_counts_once),
		cmocka_unit_test(a_changed_bit_anywhere_is_found),
		cmocka_unit_test(what_is_cut_off_is_refused),
		cmocka_unit_test(many_sources_take_turns_only_where_it_is_safe),
		cmocka_unit_test(memory_may_run_out),
		cmocka_unit_test(suites_have_their_names),
		cmocka_unit_test(packets_are_the_same_as_libsrtps),
	};

	return RUN_GROUP(tests);
}
