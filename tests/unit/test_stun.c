/* STUN messages: the vectors of RFC 5769 and RFC 8489 B.1, read and written
 * again; what is cut off, forged or not understood. */
#include <openssl/evp.h>

#include "tests/unit/test.h"

#include "core/media/stun.h"
#include "core/media/wire.h"

static const char sample_request[] =
	"00010058 2112a442 b7e7a701bc34d686fa87dfae"
	"80220010 5354554e207465737420636c69656e74"
	"00240004 6e0001ff"
	"80290008 932ff9b151263b36"
	"00060009 6576746a3a68367659202020"
	"00080014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2"
	"80280004 e57a3bcf";
static const char sample_response_4[] =
	"0101003c 2112a442 b7e7a701bc34d686fa87dfae"
	"8022000b 7465737420766563746f7220"
	"00200008 0001a147e112a643"
	"00080014 2b91f599fd9e90c38c7489f92af9ba53f06be7d7"
	"80280004 c07d4c96";
static const char sample_response_6[] =
	"01010048 2112a442 b7e7a701bc34d686fa87dfae"
	"8022000b 7465737420766563746f7220"
	"00200014 0002a1470113a9faa5d3f179bc25f4b5bed2b9d9"
	"00080014 a382954e4be67bf11784c97c8292c275bfe3ed41"
	"80280004 c8fb0b4c";
static const char sample_long_term[] =
	"00010060 2112a442 78ad3433c6ad72c029da412e"
	"00060012 e3839ee38388e383aae38383e382afe382b90000"
	"0015001c 662f2f3439396b39353464364f4c33346f4c39465354767936347341"
	"0014000b 6578616d706c652e6f726700"
	"00080014 f67024656dd64a3e02b8e0712e85c9a28ca89666";
/* As erratum 6268 of RFC 8489 corrects it. */
static const char sample_sha256[] =
	"00010090 2112a442 78ad3433c6ad72c029da412e"
	"001e0020 4a3cf38fef6992bda952c6780417da0f24819415569e60b205c46e41407f1704"
	"00150029 6f624d61744a6f733241414143662f2f3439396b39353464364f4c33346f4c39"
	"465354767936347341000000"
	"0014000b 6578616d706c652e6f726700"
	"001d0004 00020000"
	"001c0020 b5c7bf005b6c52a21c51c5e892f81924136296cb927c43149309278cc6518e65";

#define PASSWORD RD_STR("VOkJxbRl1RmTxUk/WvJxBt")
#define MATRIX	 RD_STR("\xe3\x83\x9e\xe3\x83\x88\xe3\x83\xaa\xe3\x83\x83\xe3\x82\xaf\xe3\x82\xb9")

static uint8_t bytes[RD__STUN_MAX];

static unsigned digit(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static size_t from_hex(const char *hex)
{
	size_t n = 0;

	for (; *hex; hex++) {
		if (*hex == ' ')
			continue;
		bytes[n / 2] = (uint8_t)(bytes[n / 2] << 4 | digit(*hex));
		n++;
	}
	assert_int_equal(n % 2, 0);
	return n / 2;
}

static struct rd__stun parse(const char *hex)
{
	struct rd__stun stun;
	size_t size = from_hex(hex);

	assert_true(rd__stun_parse(&stun, bytes, size));
	return stun;
}

static void assert_text(struct rd_str found, struct rd_str wanted)
{
	assert_true(rd_str_eq(found, wanted));
}

static void the_sample_request_is_read(void **state)
{
	struct rd__stun stun = parse(sample_request);
	uint32_t priority;
	uint64_t tie;

	(void)state;
	assert_int_equal(stun.class, RD__STUN_REQUEST);
	assert_int_equal(stun.method, RD__STUN_BINDING);
	assert_text(rd__stun_get(&stun, RD__STUN_USERNAME), RD_STR("evtj:h6vY"));
	assert_text(rd__stun_get(&stun, RD__STUN_SOFTWARE), RD_STR("STUN test client"));
	assert_true(rd__stun_get32(&stun, RD__STUN_PRIORITY, &priority));
	assert_int_equal(priority, 0x6e0001ff);
	assert_true(rd__stun_get64(&stun, RD__STUN_ICE_CONTROLLED, &tie));
	assert_int_equal(tie, 0x932ff9b151263b36);
	assert_false(rd__stun_get64(&stun, RD__STUN_ICE_CONTROLLING, &tie));
	assert_int_equal(rd__stun_unknown(&stun, NULL, 0), 0);
	assert_true(rd__stun_verify(&stun, RD__STUN_SHA1, PASSWORD));
	assert_false(rd__stun_verify(&stun, RD__STUN_SHA1, RD_STR("VOkJxbRl1RmTxUk/WvJxBT")));
	assert_false(rd__stun_verify(&stun, RD__STUN_SHA256, PASSWORD));
}

static void the_sample_responses_tell_their_addresses(void **state)
{
	struct rd__stun stun = parse(sample_response_4);
	struct rd__address address;
	char text[RD__ADDRESS_TEXT];

	(void)state;
	assert_int_equal(stun.class, RD__STUN_SUCCESS);
	assert_true(rd__stun_verify(&stun, RD__STUN_SHA1, PASSWORD));
	assert_true(rd__stun_get_address(&stun, RD__STUN_XOR_MAPPED_ADDRESS, &address));
	assert_string_equal(rd__address_print(&address, text), "192.0.2.1:32853");
	stun = parse(sample_response_6);
	assert_true(rd__stun_verify(&stun, RD__STUN_SHA1, PASSWORD));
	assert_true(rd__stun_get_address(&stun, RD__STUN_XOR_MAPPED_ADDRESS, &address));
	assert_string_equal(rd__address_print(&address, text),
			    "[2001:db8:1234:5678:11:2233:4455:6677]:32853");
	assert_false(rd__stun_get_address(&stun, RD__STUN_MAPPED_ADDRESS, &address));
}

static void long_term_credentials_sign_the_samples(void **state)
{
	struct rd__stun stun = parse(sample_long_term);
	uint8_t key[RD__STUN_KEY];
	struct rd_str realm = RD_STR("example.org"), password = RD_STR("TheMatrIX");
	size_t size = rd__stun_long_term_key(key, false, MATRIX, realm, password);

	(void)state;
	assert_int_equal(size, 16);
	assert_text(rd__stun_get(&stun, RD__STUN_REALM), realm);
	assert_true(rd__stun_verify(&stun, RD__STUN_SHA1,
				    (struct rd_str){ (char *)key, size }));
	stun = parse(sample_sha256);
	size = rd__stun_long_term_key(key, true, MATRIX, realm, password);
	assert_int_equal(size, 32);
	assert_true(rd__stun_verify(&stun, RD__STUN_SHA256,
				    (struct rd_str){ (char *)key, size }));
	key[3] ^= 1;
	assert_false(rd__stun_verify(&stun, RD__STUN_SHA256,
				     (struct rd_str){ (char *)key, size }));
}

/* ---- written ---- */

static void write_response(const char *sample, const char *host)
{
	uint8_t packet[200], id[RD__STUN_ID];
	struct rd__address address;
	struct rd__stun_out out;
	size_t size = from_hex(sample);

	memcpy(id, bytes + 8, sizeof(id));
	assert_true(rd__address_parse(&address, host, 32853));
	rd__stun_begin(&out, packet, sizeof(packet), RD__STUN_BINDING, RD__STUN_SUCCESS, id);
	rd__stun_put_str(&out, RD__STUN_SOFTWARE, RD_STR("test vector"));
	packet[out.size - 1] = ' '; /* the sample's padding */
	rd__stun_put_address(&out, RD__STUN_XOR_MAPPED_ADDRESS, &address);
	rd__stun_sign(&out, RD__STUN_SHA1, PASSWORD);
	rd__stun_put_fingerprint(&out);
	assert_int_equal(rd__stun_end(&out), size);
	assert_memory_equal(packet, bytes, size);
}

static void the_samples_are_written_byte_by_byte(void **state)
{
	(void)state;
	write_response(sample_response_4, "192.0.2.1");
	write_response(sample_response_6, "2001:db8:1234:5678:11:2233:4455:6677");
}

static void both_signatures_may_stand_in_one_message(void **state)
{
	struct rd__stun_out out;
	struct rd__stun stun;
	uint32_t value;

	(void)state;
	rd__stun_begin(&out, bytes, sizeof(bytes), RD__STUN_ALLOCATE, RD__STUN_REQUEST, NULL);
	rd__stun_put32(&out, RD__STUN_LIFETIME, 600);
	rd__stun_sign(&out, RD__STUN_SHA1, PASSWORD);
	rd__stun_sign(&out, RD__STUN_SHA256, PASSWORD);
	rd__stun_put32(&out, RD__STUN_PRIORITY, 7); /* not protected: does not count */
	rd__stun_put_fingerprint(&out);
	assert_true(rd__stun_parse(&stun, bytes, rd__stun_end(&out)));
	assert_int_equal(stun.method, RD__STUN_ALLOCATE);
	assert_true(rd__stun_verify(&stun, RD__STUN_SHA1, PASSWORD));
	assert_true(rd__stun_verify(&stun, RD__STUN_SHA256, PASSWORD));
	assert_true(rd__stun_get32(&stun, RD__STUN_LIFETIME, &value));
	assert_false(rd__stun_get32(&stun, RD__STUN_PRIORITY, &value));
}

static void every_type_of_message_goes_there_and_back(void **state)
{
	static const struct {
		unsigned method;
		enum rd__stun_class class;
		unsigned type;
	} rows[] = {
		{ RD__STUN_BINDING, RD__STUN_ERROR, 0x0111 },
		{ RD__STUN_BINDING, RD__STUN_INDICATION, 0x0011 },
		{ RD__STUN_ALLOCATE, RD__STUN_SUCCESS, 0x0103 },
		{ RD__STUN_SEND, RD__STUN_INDICATION, 0x0016 },
		{ RD__STUN_CHANNEL_BIND, RD__STUN_ERROR, 0x0119 },
		{ 0x0ff, RD__STUN_ERROR, 0x03ff },
	};

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(rows); i++) {
		struct rd__stun_out out;
		struct rd__stun stun;

		rd__stun_begin(&out, bytes, sizeof(bytes), rows[i].method, rows[i].class, NULL);
		assert_int_equal(rd__get16(bytes), rows[i].type);
		assert_true(rd__stun_parse(&stun, bytes, rd__stun_end(&out)));
		assert_int_equal(stun.method, rows[i].method);
		assert_int_equal(stun.class, rows[i].class);
	}
}

static void errors_tell_code_and_reason(void **state)
{
	const uint16_t wanted[] = { 0x0055, 0x7fff };
	struct rd__stun_out out;
	struct rd__stun stun;

	(void)state;
	rd__stun_begin(&out, bytes, sizeof(bytes), RD__STUN_BINDING, RD__STUN_ERROR, NULL);
	rd__stun_put_error(&out, 487);
	rd__stun_put_unknown(&out, wanted, 2);
	assert_true(rd__stun_parse(&stun, bytes, rd__stun_end(&out)));
	assert_int_equal(rd__stun_error(&stun), 487);
	assert_int_equal(rd__stun_get(&stun, RD__STUN_ERROR_CODE).n, 4 + strlen("Role Conflict"));
	assert_int_equal(rd__stun_get(&stun, RD__STUN_UNKNOWN_ATTRIBUTES).n, 4);
}

static void what_does_not_fit_is_not_written(void **state)
{
	uint8_t little[RD__STUN_HEADER + 11];
	struct rd__stun_out out;

	(void)state;
	rd__stun_begin(&out, little, sizeof(little), RD__STUN_BINDING, RD__STUN_REQUEST, NULL);
	rd__stun_put32(&out, RD__STUN_PRIORITY, 1);
	assert_int_equal(rd__stun_end(&out), RD__STUN_HEADER + 8);
	rd__stun_put_fingerprint(&out);
	assert_int_equal(rd__stun_end(&out), 0);
	rd__stun_begin(&out, little, 19, RD__STUN_BINDING, RD__STUN_REQUEST, NULL);
	assert_int_equal(rd__stun_end(&out), 0);
}

/* ---- refused ---- */

static void what_is_cut_off_is_no_message(void **state)
{
	size_t size = from_hex(sample_request);

	(void)state;
	for (size_t cut = 0; cut < size; cut++) {
		uint8_t *copy = rd_malloc(cut ? cut : 1); /* so that ASan sees the end */
		struct rd__stun stun;

		memcpy(copy, bytes, cut);
		assert_false(rd__stun_parse(&stun, copy, cut));
		if (cut >= RD__STUN_HEADER) {
			rd__put16(copy + 2, (uint16_t)(cut - RD__STUN_HEADER));
			(void)rd__stun_parse(&stun, copy, cut);
		}
		rd_free(copy);
	}
}

static void each_changed_bit_is_noticed(void **state)
{
	size_t size = from_hex(sample_request);
	struct rd__stun stun;

	(void)state;
	for (size_t i = 0; i < size * 8; i++) {
		uint8_t bit = (uint8_t)(1 << i % 8);

		bytes[i / 8] ^= bit;
		/* Only the fingerprint's own type may change: then there is none. */
		assert_true(!rd__stun_parse(&stun, bytes, size) || !stun.fingerprint);
		bytes[i / 8] ^= bit;
	}
	assert_true(rd__stun_parse(&stun, bytes, size));
}

static void what_must_be_understood_is_listed(void **state)
{
	struct rd__stun_out out;
	struct rd__stun stun;
	uint16_t types[1] = { 0 };

	(void)state;
	rd__stun_begin(&out, bytes, sizeof(bytes), RD__STUN_BINDING, RD__STUN_REQUEST, NULL);
	rd__stun_put32(&out, 0x7abc, 1);
	rd__stun_put32(&out, 0x8abc, 1);
	rd__stun_put(&out, 0x7abd, NULL, 0);
	assert_true(rd__stun_parse(&stun, bytes, rd__stun_end(&out)));
	assert_int_equal(rd__stun_unknown(&stun, types, 1), 2);
	assert_int_equal(types[0], 0x7abc);
}

static void numbers_and_addresses_of_a_wrong_size_are_none(void **state)
{
	struct rd__address address;
	struct rd__stun_out out;
	struct rd__stun stun;
	uint32_t value;

	(void)state;
	rd__stun_begin(&out, bytes, sizeof(bytes), RD__STUN_BINDING, RD__STUN_ERROR, NULL);
	rd__stun_put(&out, RD__STUN_PRIORITY, "abc", 3);
	rd__stun_put(&out, RD__STUN_MAPPED_ADDRESS, "\0\2\1\1abcd", 8);
	rd__stun_put(&out, RD__STUN_XOR_MAPPED_ADDRESS, "\0\3\1\1abcd", 8);
	rd__stun_put(&out, RD__STUN_ERROR_CODE, "\0\0\7\1", 4);
	assert_true(rd__stun_parse(&stun, bytes, rd__stun_end(&out)));
	assert_false(rd__stun_get32(&stun, RD__STUN_PRIORITY, &value));
	assert_false(rd__stun_get_address(&stun, RD__STUN_MAPPED_ADDRESS, &address));
	assert_false(rd__stun_get_address(&stun, RD__STUN_XOR_MAPPED_ADDRESS, &address));
	assert_int_equal(rd__stun_error(&stun), 0);
}

static void the_first_bytes_tell_stun_from_sound(void **state)
{
	const uint8_t rtp[20] = { 0x80, 0, 0, 0, 0x21, 0x12, 0xa4, 0x42 };
	const uint8_t dtls[20] = { 22, 0xfe, 0xfd };

	(void)state;
	from_hex(sample_request);
	assert_true(rd__is_stun(bytes, 20));
	assert_false(rd__is_stun(bytes, 19));
	assert_false(rd__is_stun(rtp, sizeof(rtp)));
	assert_false(rd__is_stun(dtls, sizeof(dtls)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_sample_request_is_read),
		cmocka_unit_test(the_sample_responses_tell_their_addresses),
		cmocka_unit_test(long_term_credentials_sign_the_samples),
		cmocka_unit_test(the_samples_are_written_byte_by_byte),
		cmocka_unit_test(both_signatures_may_stand_in_one_message),
		cmocka_unit_test(every_type_of_message_goes_there_and_back),
		cmocka_unit_test(errors_tell_code_and_reason),
		cmocka_unit_test(what_does_not_fit_is_not_written),
		cmocka_unit_test(what_is_cut_off_is_no_message),
		cmocka_unit_test(each_changed_bit_is_noticed),
		cmocka_unit_test(what_must_be_understood_is_listed),
		cmocka_unit_test(numbers_and_addresses_of_a_wrong_size_are_none),
		cmocka_unit_test(the_first_bytes_tell_stun_from_sound),
	};

	return RUN_GROUP(tests);
}
