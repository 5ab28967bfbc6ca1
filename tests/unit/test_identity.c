/* Identity headers: parts, dates, parties, and whether one fits its call. */
#include "tests/unit/test.h"

#include <jansson.h>
#include <openssl/ec.h>

#include "modules/sip_trunk/identity.h"

#define NOW 1443208345 /* Fri, 25 Sep 2015 19:12:25 GMT */
#define URL "https://cert.example.org/passport.cer"

static EVP_PKEY *key;

static int setup(void **state)
{
	(void)state;
	key = EVP_EC_gen("P-256");
	return !key;
}

static int teardown(void **state)
{
	(void)state;
	EVP_PKEY_free(key);
	return 0;
}

static struct passport shaken(void)
{
	struct passport passport = { .ppt = "shaken",
				     .x5u = URL,
				     .attest = 'A',
				     .iat = NOW,
				     .orig = { .text = "12155551212" },
				     .dest = { { .text = "12155551213" } },
				     .dests = 1,
				     .origid = "123e4567-e89b-12d3-a456-426655440000" };

	return passport;
}

static struct identity_call call_of(const char *from, const char *to)
{
	struct identity_call call = {
		.date = NOW, .now = NOW + 5, .max_age_s = 15, .max_date_age_s = 15
	};

	identity_party(&call.from, rd_str_of(from));
	identity_party(&call.dest[0], rd_str_of(to));
	return call;
}

/* The example of RFC 8225 §5.2.2. */
#define KEY_4A                                                                                     \
	"a=fingerprint:sha-256 4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB:3E:4B:" \
	"65:2E:7D:46:3F:54:42:CD:54:F1\r\n"
#define KEY_02                                                                                     \
	"a=fingerprint:SHA-256 02:1a:CC:54:27:AB:EB:9C:53:3F:3E:4B:65:2E:7D:46:3F:54:42:CD:54:F1:" \
	"7A:03:A2:7D:F9:B0:7F:46:19:B2\r\n"
#define SDP(keys) RD_STR("v=0\r\nm=audio 4000 UDP/TLS/RTP/SAVP 8\r\n" keys "a=sendrecv\r\n")

#define FROM "sip:+12155551212@example.com;user=phone"
#define TO   "sip:+1-215-555-1213@example.net"

/* The header that is made of it is read in this call. */
static enum stir_result meets(const struct passport *passport, const struct identity_call *call,
			      bool compact)
{
	struct rd_buf token, header;
	struct identity identity;
	struct passport read;
	enum stir_result result;

	rd_buf_init(&token);
	rd_buf_init(&header);
	assert_int_equal(passport_sign(passport, key, compact, &token), 0);
	identity_print(&header, rd_buf_text(&token), passport);
	assert_int_equal(identity_parse(&identity, rd_str_of(rd_buf_text(&header))), 0);
	result = identity_read(&read, &identity, call);
	if (result == STIR_SUCCESS && !identity_is_for(&read, call))
		result = STIR_DEST_MISMATCH;
	if (result == STIR_SUCCESS && !identity_is_signed(&read, &identity, key))
		result = STIR_SIGNATURE;
	passport_fini(&read);
	rd_buf_fini(&header);
	rd_buf_fini(&token);
	return result;
}

static void expect(enum stir_result result, enum stir_result expected)
{
	assert_string_equal(stir_result_name(result), stir_result_name(expected));
}

/* ---- the header ---- */

static void a_header_has_a_token_and_parameters(void **state)
{
	struct identity identity;

	(void)state;
	assert_int_equal(identity_parse(&identity, RD_STR("a.b.c ; info = <https://x/y;z> ;"
							  "alg=ES256;new;ppt=\"shaken\"")),
			 0);
	assert_true(rd_str_eq(identity.token, RD_STR("a.b.c")));
	assert_true(rd_str_eq(identity.info, RD_STR("https://x/y;z")));
	assert_true(rd_str_eq(identity.alg, RD_STR("ES256")));
	assert_true(rd_str_eq(identity.ppt, RD_STR("shaken")));
}

static void without_token_or_info_it_is_none(void **state)
{
	struct identity identity;

	(void)state;
	assert_int_equal(identity_parse(&identity, RD_STR("")), -EINVAL);
	assert_int_equal(identity_parse(&identity, RD_STR("a.b.c;alg=ES256")), -EINVAL);
	assert_int_equal(identity_parse(&identity, RD_STR(";info=<https://x>")), -EINVAL);
}

/* ---- dates ---- */

static void dates_are_read_and_printed(void **state)
{
	char text[32];

	(void)state;
	assert_int_equal(identity_date(RD_STR("Fri, 25 Sep 2015 19:12:25 GMT")), NOW);
	identity_print_date(text, NOW);
	assert_string_equal(text, "Fri, 25 Sep 2015 19:12:25 GMT");
	identity_print_date(text, 0);
	assert_string_equal(text, "Thu, 01 Jan 1970 00:00:00 GMT");
}

static void what_is_no_date_is_none(void **state)
{
	static const char *const texts[] = { "",
					     "now",
					     "Fri, 25 Sep 2015 19:12:25 CET",
					     "Fri, 25 Foo 2015 19:12:25 GMT",
					     "Fri, 32 Sep 2015 19:12:25 GMT",
					     "Fri, 25 Sep 2015 25:12:25 GMT",
					     "Fri, 25 Sep 2015 19:12:25 GMT x" };

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(texts); i++)
		if (identity_date(rd_str_of(texts[i])) != -1)
			fail_msg("%s", texts[i]);
}

/* ---- parties ---- */

static void numbers_and_uris_are_told_apart(void **state)
{
	static const struct {
		const char *uri, *text;
		bool is_uri;
	} cases[] = {
		{ "sip:+49-30-1234@host;user=phone", "49301234", false },
		{ "tel:+49-30-1234;ext=3", "49301234", false },
		{ "sips:4930;phone-context=+49:pw@host", "4930", false },
		{ "SIP:Alice@Example.COM;transport=tcp?a=b", "sip:Alice@example.com", true },
		{ "sip:example.com", "", false },
		{ "mailto:a@b", "", false },
		{ "", "", false },
	};
	struct passport_party party;

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(cases); i++) {
		identity_party(&party, rd_str_of(cases[i].uri));
		assert_string_equal(party.text, cases[i].text);
		assert_int_equal(party.is_uri, cases[i].is_uri);
	}
}

/* ---- does it fit? ---- */

static void what_is_signed_for_a_call_fits_it(void **state)
{
	struct identity_call call = call_of(FROM, TO);
	struct passport passport = shaken();

	(void)state;
	expect(meets(&passport, &call, false), STIR_SUCCESS);
	passport.ppt[0] = passport.origid[0] = passport.attest = '\0';
	expect(meets(&passport, &call, false), STIR_SUCCESS);
	expect(meets(&passport, &call, true), STIR_SUCCESS);
}

static void another_caller_has_stolen_it(void **state)
{
	struct identity_call call = call_of("sip:+12155559999@example.com", TO);
	struct passport passport = shaken();

	(void)state;
	expect(meets(&passport, &call, false), STIR_ORIG_MISMATCH);
	call = call_of("sip:anonymous.invalid", TO);
	expect(meets(&passport, &call, false), STIR_NO_CALLER);
}

static void it_is_for_one_call_alone(void **state)
{
	struct identity_call call = call_of(FROM, "sip:+12155559999@example.net");
	struct passport passport = shaken();

	(void)state;
	expect(meets(&passport, &call, false), STIR_DEST_MISMATCH);
	call.dest[1] = passport.dest[0]; /* the request's URI */
	expect(meets(&passport, &call, false), STIR_SUCCESS);
}

static void it_grows_stale(void **state)
{
	struct identity_call call = call_of(FROM, TO);
	struct passport passport = shaken();

	(void)state;
	call.date = 0;
	call.now = NOW + 15;
	expect(meets(&passport, &call, false), STIR_SUCCESS);
	call.now = NOW + 16;
	expect(meets(&passport, &call, false), STIR_IAT_STALE);
	call.now = NOW - 16;
	expect(meets(&passport, &call, false), STIR_IAT_STALE);
	call.now = passport.iat = NOW + 100;
	call.date = NOW;
	expect(meets(&passport, &call, false), STIR_DATE_STALE);
	call.ignores_date = true;
	expect(meets(&passport, &call, false), STIR_SUCCESS);
}

/* It has no time but that of Date (RFC 8224 §4.1). */
static void the_compact_form_needs_a_date(void **state)
{
	struct identity_call call = call_of(FROM, TO);
	struct passport passport = shaken();

	(void)state;
	passport.ppt[0] = passport.origid[0] = passport.attest = '\0';
	call.date = 0;
	expect(meets(&passport, &call, true), STIR_NO_DATE);
	call.date = -1;
	expect(meets(&passport, &call, true), STIR_DATE_INVALID);
	call.date = NOW + 1;
	expect(meets(&passport, &call, true), STIR_SIGNATURE);
}

/* RFC 8224 §6.2 step 1. */
static void keys_that_were_signed_are_those_of_the_call(void **state)
{
	static const struct {
		struct rd_str sdp;
		enum stir_result result;
	} calls[] = {
		{ SDP(KEY_4A KEY_02), STIR_SUCCESS },
		{ SDP(KEY_02 KEY_4A KEY_02), STIR_SUCCESS },
		{ SDP(KEY_02), STIR_CLAIMS },
		{ SDP(KEY_02 "a=fingerprint:sha-256 00:11\r\n"), STIR_CLAIMS },
		{ SDP(""), STIR_CLAIMS },
		{ { 0 }, STIR_CLAIMS },
	};
	struct passport passport = shaken();
	struct identity_call call = call_of(FROM, TO);

	(void)state;
	passport_take_keys(&passport, SDP(KEY_4A KEY_02));
	for (size_t i = 0; i < RD_ARRAY_SIZE(calls); i++) {
		call.sdp = calls[i].sdp;
		expect(meets(&passport, &call, false), calls[i].result);
	}
	passport_fini(&passport);
	call.sdp = SDP(KEY_02); /* few say anything of keys */
	expect(meets(&passport, &call, false), STIR_SUCCESS);
}

static void the_claim_of_keys_is_in_order(void **state)
{
	struct passport passport = shaken();
	char *text;

	(void)state;
	passport_take_keys(&passport, SDP(KEY_4A "a=fingerprint:sha-1 0A:0B\r\n" KEY_4A));
	text = json_dumps(passport.keys, JSON_COMPACT);
	assert_string_equal(text,
			    "[{\"alg\":\"sha-1\",\"dig\":\"0A0B\"},{\"alg\":\"sha-256\",\"dig\":"
			    "\"4AADB9B13F82183B540212DF3E5D496B19E57CAB3E4B652E7D463F5442CD54F1"
			    "\"}]");
	free(text);
	passport_fini(&passport);
}

static void the_compact_form_has_the_keys_of_the_call(void **state)
{
	struct passport passport = shaken();
	struct identity_call call = call_of(FROM, TO);

	(void)state;
	passport.ppt[0] = passport.attest = passport.origid[0] = '\0';
	call.sdp = SDP(KEY_4A);
	expect(meets(&passport, &call, true), STIR_SIGNATURE);
	passport_take_keys(&passport, SDP(KEY_4A));
	expect(meets(&passport, &call, true), STIR_SUCCESS);
	passport_fini(&passport);
}

static void a_header_has_its_uri_behind_any_name(void **state)
{
	static const char *const headers[][2] = {
		{ "sip:a@b;tag=1", "sip:a@b" },
		{ "Alice <sip:a@b;x>;tag=1", "sip:a@b;x" },
		{ "\"a <sip:x@y> b\" <sip:a@b>;tag=1", "sip:a@b" },
		{ " \"a \\\" <sip:x@y>\" <sip:a@b>", "sip:a@b" },
		{ "\"a <sip:x@y>", "" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(headers); i++)
		if (!rd_str_eq(identity_uri(rd_str_of(headers[i][0])), rd_str_of(headers[i][1])) &&
		    (headers[i][1][0] || identity_uri(rd_str_of(headers[i][0])).n))
			fail_msg("%s", headers[i][0]);
}

static void an_unknown_kind_is_not_used(void **state)
{
	struct identity_call call = call_of(FROM, TO);
	struct passport passport = shaken();

	(void)state;
	strcpy(passport.ppt, "rph");
	expect(meets(&passport, &call, false), STIR_PPT);
	expect(meets(&passport, &call, true), STIR_PPT);
}

/* "info" and "x5u" are one (RFC 8224 §4.1). */
static void the_certificate_is_the_one_that_was_signed(void **state)
{
	struct identity_call call = call_of(FROM, TO);
	struct passport passport = shaken(), read;
	struct identity identity;
	struct rd_buf token;

	(void)state;
	rd_buf_init(&token);
	assert_int_equal(passport_sign(&passport, key, false, &token), 0);
	identity = (struct identity){ .token = rd_str_of(rd_buf_text(&token)),
				      .info = RD_STR("https://evil.example/cert"),
				      .ppt = RD_STR("shaken") };
	expect(identity_read(&read, &identity, &call), STIR_INVALID_HEADER);
	passport_fini(&read);
	identity.info = RD_STR(URL);
	identity.alg = RD_STR("RS256");
	expect(identity_read(&read, &identity, &call), STIR_INVALID_HEADER);
	passport_fini(&read);
	rd_buf_fini(&token);
}

static void a_call_that_was_sent_on_says_by_whom(void **state)
{
	struct passport first = shaken(), on = shaken();

	(void)state;
	strcpy(on.dest[0].text, "12155551214");
	strcpy(on.div.text, "12155551213");
	assert_true(identity_is_diverted(&first, &on));
	strcpy(on.div.text, "12155551299");
	assert_false(identity_is_diverted(&first, &on));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_header_has_a_token_and_parameters),
		cmocka_unit_test(without_token_or_info_it_is_none),
		cmocka_unit_test(dates_are_read_and_printed),
		cmocka_unit_test(what_is_no_date_is_none),
		cmocka_unit_test(numbers_and_uris_are_told_apart),
		cmocka_unit_test_setup_teardown(what_is_signed_for_a_call_fits_it, setup, teardown),
		cmocka_unit_test_setup_teardown(another_caller_has_stolen_it, setup, teardown),
		cmocka_unit_test_setup_teardown(it_is_for_one_call_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(it_grows_stale, setup, teardown),
		cmocka_unit_test_setup_teardown(the_compact_form_needs_a_date, setup, teardown),
		cmocka_unit_test_setup_teardown(keys_that_were_signed_are_those_of_the_call, setup,
						teardown),
		cmocka_unit_test_setup_teardown(the_compact_form_has_the_keys_of_the_call, setup,
						teardown),
		cmocka_unit_test(the_claim_of_keys_is_in_order),
		cmocka_unit_test(a_header_has_its_uri_behind_any_name),
		cmocka_unit_test_setup_teardown(an_unknown_kind_is_not_used, setup, teardown),
		cmocka_unit_test_setup_teardown(the_certificate_is_the_one_that_was_signed, setup,
						teardown),
		cmocka_unit_test(a_call_that_was_sent_on_says_by_whom),
	};

	return RUN_GROUP(tests);
}
