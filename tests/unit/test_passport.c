/* PASSporTs: what is printed, signed and read; the examples of the RFCs. */
#include "tests/unit/test.h"

#include <openssl/pem.h>

#include "modules/sip_trunk/passport.h"

/* RFC 8225, appendix A */
#define HEADER                                                                                     \
	"eyJhbGciOiJFUzI1NiIsInR5cCI6InBhc3Nwb3J0IiwieDV1IjoiaHR0cHM6Ly9j"                         \
	"ZXJ0LmV4YW1wbGUub3JnL3Bhc3Nwb3J0LmNlciJ9"
#define PAYLOAD                                                                                    \
	"eyJkZXN0Ijp7InVyaSI6WyJzaXA6YWxpY2VAZXhhbXBsZS5jb20iXX0sImlhdCI"                          \
	"6MTQ3MTM3NTQxOCwib3JpZyI6eyJ0biI6IjEyMTU1NTUxMjEyIn19"
/* That of RFC 8224, 4.1.1, which fits the key of RFC 8225, A.2; the one of RFC 8225 itself
 * fits none of its keys, as OpenSSL's own command says, too. Its time stands in quotes. */
#define OTHER_PAYLOAD                                                                              \
	"eyJkZXN0Ijp7InVyaSI6WyJzaXA6YWxpY2VAZXhhbXBsZS5jb20iXX0sImlhdC"                           \
	"I6IjE0NDMyMDgzNDUiLCJvcmlnIjp7InRuIjoiMTIxNTU1NTEyMTIifX0"
#define SIGNATURE                                                                                  \
	"rq3pjT1hoRwakEGjHCnWSwUnshd0-zJ6F1VOgFWSjHBr8Qjpjlk-cpFYpFYs"                             \
	"ojNCpTzO3QfPOlckGaS6hEck7w"
#define PUBLIC                                                                                     \
	"-----BEGIN PUBLIC KEY-----\n"                                                             \
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE8HNbQd/TmvCKwPKHkMF9fScavGeH\n"                       \
	"78YTU8qLS8I5HLHSSmlATLcslQMhNC/OhlWBYC626nIlo7XeebYS7Sb37g==\n"                           \
	"-----END PUBLIC KEY-----\n"

static EVP_PKEY *read_key(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);

	BIO_free(bio);
	assert_non_null(key);
	return key;
}

static struct passport example(void)
{
	struct passport passport = { .x5u = "https://cert.example.org/passport.cer",
				     .orig = { .text = "12155551212" },
				     .dest = { { .text = "sip:alice@example.com",
						 .is_uri = true } },
				     .dests = 1,
				     .iat = 1471375418 };

	return passport;
}

static void split(struct passport_parts *parts, const char *text)
{
	assert_int_equal(passport_split(parts, rd_str_of(text)), 0);
}

static enum stir_result read_text(struct passport *passport, const char *text)
{
	struct passport_parts parts;

	split(&parts, text);
	return passport_read(passport, &parts);
}

/* Of JSON in the place of header or payload. */
static enum stir_result read_json(const char *header, const char *payload)
{
	struct passport passport;
	enum stir_result result;
	struct rd_buf text;
	const char *const parts[] = { header, payload };

	rd_buf_init(&text);
	for (size_t i = 0; i < 2; i++) {
		char buf[1024];
		int n = EVP_EncodeBlock((unsigned char *)buf, (const unsigned char *)parts[i],
					(int)strlen(parts[i]));

		buf[strcspn(buf, "=")] = '\0';
		assert_true(n > 0);
		rd_buf_printf(&text, "%s.", buf);
	}
	rd_buf_adds(&text, SIGNATURE);
	result = read_text(&passport, rd_buf_text(&text));
	passport_fini(&passport);
	rd_buf_fini(&text);
	return result;
}

/* ---- the examples ---- */

static void the_example_is_printed_as_rfc_8225_prints_it(void **state)
{
	struct passport passport = example();
	struct rd_buf input;

	(void)state;
	rd_buf_init(&input);
	assert_int_equal(passport_print(&passport, &input), 0);
	assert_string_equal(rd_buf_text(&input), HEADER "." PAYLOAD);
	rd_buf_fini(&input);
}

static void the_signature_of_rfc_8224_fits_its_key(void **state)
{
	EVP_PKEY *key = read_key(PUBLIC);

	(void)state;
	assert_true(passport_is_signed(RD_STR(HEADER "." OTHER_PAYLOAD), RD_STR(SIGNATURE), key));
	assert_false(passport_is_signed(RD_STR(HEADER "." PAYLOAD), RD_STR(SIGNATURE), key));
	EVP_PKEY_free(key);
}

static void the_example_is_read(void **state)
{
	struct passport passport;

	(void)state;
	assert_int_equal(read_text(&passport, HEADER "." PAYLOAD "." SIGNATURE), STIR_SUCCESS);
	assert_string_equal(passport.x5u, "https://cert.example.org/passport.cer");
	assert_string_equal(passport.orig.text, "12155551212");
	assert_false(passport.orig.is_uri);
	assert_int_equal(passport.dests, 1);
	assert_string_equal(passport.dest[0].text, "sip:alice@example.com");
	assert_true(passport.dest[0].is_uri);
	assert_int_equal(passport.iat, 1471375418);
	assert_string_equal(passport.ppt, "");
	passport_fini(&passport);
}

static void a_time_in_quotes_is_read_too(void **state)
{
	struct passport passport;

	(void)state;
	assert_int_equal(read_text(&passport, HEADER "." OTHER_PAYLOAD "." SIGNATURE),
			 STIR_SUCCESS);
	assert_int_equal(passport.iat, 1443208345);
	passport_fini(&passport);
}

/* RFC 8946, section 4.1 */
static void a_diverted_call_says_who_has_sent_it_on(void **state)
{
	struct passport passport;

	(void)state;
	assert_int_equal(
		read_text(&passport,
			  "eyJhbGciOiJFUzI1NiIsInBwdCI6ImRpdiIsInR5cCI6InBhc3Nwb3J0I"
			  "iwieDV1IjoiaHR0cHM6Ly93d3cuZXhhbXBsZS5jb20vY2VydC5jZXIifQ.eyJkZXN0"
			  "Ijp7InRuIjpbIjEyMTU1NTUxMjE0Il19LCJkaXYiOnsidG4iOiIxMjE1NTU1NTEyMT"
			  "MifSwiaWF0IjoxNDQzMjA4MzQ1LCJvcmlnIjp7InRuIjoiMTIxNTU1NTEyMTIifX0."
			  "xBHWipDEEJ8a6TsdX6xUXAnblsFiGUiAxwLiv0HLC9IICj6eG9jQd6WzeSSjHRBwxm"
			  "ChHhVIiMTSqIlk3yCNkg"),
		STIR_SUCCESS);
	assert_string_equal(passport.ppt, "div");
	assert_string_equal(passport.div.text, "121555551213");
	assert_string_equal(passport.dest[0].text, "12155551214");
	passport_fini(&passport);
}

/* ---- signing ---- */

static void what_one_signs_the_other_believes(void **state)
{
	EVP_PKEY *key = EVP_EC_gen("P-256"), *other = EVP_EC_gen("P-256");
	struct passport passport = example(), read;
	struct passport_parts parts;
	struct rd_buf out;

	(void)state;
	strcpy(passport.ppt, "shaken");
	strcpy(passport.origid, "123e4567-e89b-12d3-a456-426655440000");
	passport.attest = 'B';
	rd_buf_init(&out);
	assert_int_equal(passport_sign(&passport, key, false, &out), 0);
	split(&parts, rd_buf_text(&out));
	assert_true(passport_is_signed(parts.input, parts.signature, key));
	assert_false(passport_is_signed(parts.input, parts.signature, other));
	assert_int_equal(passport_read(&read, &parts), STIR_SUCCESS);
	assert_int_equal(read.attest, 'B');
	assert_string_equal(read.origid, passport.origid);
	passport_fini(&read);
	rd_buf_fini(&out);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
}

static void the_compact_form_is_its_signature_alone(void **state)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	struct passport passport = example();
	struct passport_parts parts;
	struct rd_buf out;

	(void)state;
	rd_buf_init(&out);
	assert_int_equal(passport_sign(&passport, key, true, &out), 0);
	assert_int_equal(strncmp(rd_buf_text(&out), "..", 2), 0);
	assert_int_equal(out.n, 2 + PASSPORT_SIGNATURE);
	split(&parts, rd_buf_text(&out));
	assert_int_equal(parts.payload.n, 0);
	assert_true(passport_is_signed(RD_STR(HEADER "." PAYLOAD), parts.signature, key));
	rd_buf_fini(&out);
	EVP_PKEY_free(key);
}

/* The numbers of a signature may begin with zeros, and have their length all the same. */
static void a_signature_has_its_length_always(void **state)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	struct passport passport = example();
	struct rd_buf out;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		rd_buf_init(&out);
		passport.iat++;
		assert_int_equal(passport_sign(&passport, key, true, &out), 0);
		assert_int_equal(out.n, 2 + PASSPORT_SIGNATURE);
		rd_buf_fini(&out);
	}
	EVP_PKEY_free(key);
}

/* ---- what is not believed ---- */

#define GOOD_HEADER "{\"alg\":\"ES256\",\"typ\":\"passport\",\"x5u\":\"https://a/b\"}"
#define SHAKEN_HEADER                                                                              \
	"{\"alg\":\"ES256\",\"ppt\":\"shaken\",\"typ\":\"passport\",\"x5u\":\"https://a/b\"}"
#define ORIG "\"orig\":{\"tn\":\"1\"}"
#define DEST "\"dest\":{\"tn\":[\"2\"]}"

static void what_is_wrong_is_told_by_its_name(void **state)
{
	static const struct {
		const char *header, *payload;
		enum stir_result result;
	} cases[] = {
		{ GOOD_HEADER, "{" ORIG "," DEST ",\"iat\":7}", STIR_SUCCESS },
		{ GOOD_HEADER, "{" ORIG ",\"dest\":{\"tn\":\"2\"},\"iat\":7}", STIR_SUCCESS },
		{ "{\"alg\":\"none\",\"typ\":\"passport\",\"x5u\":\"https://a/b\"}", "{}",
		  STIR_ALG },
		{ "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"x5u\":\"https://a/b\"}", "{}", STIR_TYP },
		{ "{\"alg\":\"ES256\",\"typ\":\"passport\"}", "{}", STIR_INVALID_HEADER },
		{ "{\"alg\":\"ES256\",\"crit\":[\"zz\"],\"typ\":\"passport\","
		  "\"x5u\":\"https://a/b\"}",
		  "{" ORIG "," DEST ",\"iat\":7}", STIR_INVALID_HEADER },
		{ "[1]", "{}", STIR_INVALID_HEADER },
		{ GOOD_HEADER, "no JSON", STIR_CLAIMS },
		{ GOOD_HEADER, "{\"a\":1,\"a\":2}", STIR_CLAIMS },
		{ GOOD_HEADER, "{\"a\":[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]}", STIR_CLAIMS },
		{ GOOD_HEADER, "{" ORIG "," DEST "}", STIR_NO_IAT },
		{ GOOD_HEADER, "{" ORIG "," DEST ",\"iat\":\"x\"}", STIR_NO_IAT },
		{ GOOD_HEADER, "{" DEST ",\"iat\":7}", STIR_NO_ORIG },
		{ GOOD_HEADER, "{\"orig\":{\"tn\":\"1\",\"uri\":\"2\"}," DEST ",\"iat\":7}",
		  STIR_NO_ORIG },
		{ GOOD_HEADER, "{" ORIG ",\"iat\":7}", STIR_NO_DEST },
		{ GOOD_HEADER, "{" ORIG ",\"dest\":{\"tn\":[]},\"iat\":7}", STIR_NO_DEST },
		{ GOOD_HEADER,
		  "{" ORIG ",\"dest\":{\"tn\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\","
		  "\"9\"]},\"iat\":7}",
		  STIR_NO_DEST },
		{ SHAKEN_HEADER, "{" ORIG "," DEST ",\"iat\":7,\"origid\":\"x\"}", STIR_ATTEST },
		{ SHAKEN_HEADER, "{\"attest\":\"D\"," ORIG "," DEST ",\"iat\":7}", STIR_ATTEST },
		{ SHAKEN_HEADER, "{\"attest\":\"A\"," ORIG "," DEST ",\"iat\":7}", STIR_NO_ORIGID },
	};

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(cases); i++) {
		enum stir_result result = read_json(cases[i].header, cases[i].payload);

		if (result != cases[i].result)
			fail_msg("%s %s: %s", cases[i].header, cases[i].payload,
				 stir_result_name(result));
	}
}

static void what_has_not_three_parts_is_no_passport(void **state)
{
	static const char *const texts[] = { "", ".", "a.b", "a.b.c.d", "a..c", ".b.c" };
	struct passport_parts parts;

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(texts); i++)
		if (passport_split(&parts, rd_str_of(texts[i])) == 0)
			fail_msg("%s", texts[i]);
}

static void a_signature_of_another_form_is_none(void **state)
{
	EVP_PKEY *key = read_key(PUBLIC);

	(void)state;
	assert_false(passport_is_signed(RD_STR(HEADER "." OTHER_PAYLOAD), RD_STR(""), key));
	assert_false(passport_is_signed(RD_STR(HEADER "." OTHER_PAYLOAD), RD_STR("AAAA"), key));
	assert_false(
		passport_is_signed(RD_STR(HEADER "." OTHER_PAYLOAD), RD_STR(SIGNATURE "A"), key));
	EVP_PKEY_free(key);
}

/* ---- numbers ---- */

static void numbers_are_made_canonical(void **state)
{
	static const char *const cases[][2] = {
		{ "+49 (30) 555-12.34", "49305551234" },
		{ "911", "911" },
		{ "*21#", "*21#" },
		{ "alice", "" },
		{ "49+30", "" },
		{ "", "" },
		{ "+", "" },
		{ "12;ext=3", "" },
		{ "123456789012345678901", "" },
	};
	char number[20];

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(cases); i++) {
		bool is = passport_number(number, sizeof(number), rd_str_of(cases[i][0]));

		assert_string_equal(number, cases[i][1]);
		assert_int_equal(is, cases[i][1][0] != '\0');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_is_printed_as_rfc_8225_prints_it),
		cmocka_unit_test(the_signature_of_rfc_8224_fits_its_key),
		cmocka_unit_test(the_example_is_read),
		cmocka_unit_test(a_time_in_quotes_is_read_too),
		cmocka_unit_test(a_diverted_call_says_who_has_sent_it_on),
		cmocka_unit_test(what_one_signs_the_other_believes),
		cmocka_unit_test(the_compact_form_is_its_signature_alone),
		cmocka_unit_test(a_signature_has_its_length_always),
		cmocka_unit_test(what_is_wrong_is_told_by_its_name),
		cmocka_unit_test(what_has_not_three_parts_is_no_passport),
		cmocka_unit_test(a_signature_of_another_form_is_none),
		cmocka_unit_test(numbers_are_made_canonical),
	};

	return RUN_GROUP(tests);
}
