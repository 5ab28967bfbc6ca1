/* Certificates of STIR: who has issued one, for which numbers and claims it is, and where it
 * may be fetched from. */
#include "tests/unit/test.h"

#include <arpa/inet.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "modules/sip_trunk/fetch.h"

#define NUMBERS "1.3.6.1.5.5.7.1.26"
#define CLAIMS  "1.3.6.1.5.5.7.1.27"

static EVP_PKEY *authority_key, *key;
static X509 *authority;
static X509_STORE *store;

static void add(X509 *x509, const char *name, const char *value)
{
	X509_EXTENSION *extension;
	X509V3_CTX context;

	X509V3_set_ctx(&context, authority, x509, NULL, NULL, 0);
	extension = X509V3_EXT_conf(NULL, &context, name, value);
	assert_non_null(extension);
	X509_add_ext(x509, extension, -1);
	X509_EXTENSION_free(extension);
}

/* extension: "1.2.3", "DER:..."; NULL: none. From yesterday until in so many days. */
static X509 *make(const char *name, EVP_PKEY *owner, const char *extension, const char *value,
		  int days)
{
	X509 *x509 = X509_new();
	static int serial;

	X509_set_version(x509, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x509), ++serial);
	X509_time_adj_ex(X509_getm_notBefore(x509), -2, 0, NULL);
	X509_time_adj_ex(X509_getm_notAfter(x509), days, 0, NULL);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_ASC,
				   (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(x509, X509_get_subject_name(authority ? authority : x509));
	X509_set_pubkey(x509, owner);
	add(x509, "basicConstraints", authority ? "critical,CA:FALSE" : "critical,CA:TRUE");
	if (extension)
		add(x509, extension, value);
	assert_true(X509_sign(x509, authority_key, EVP_sha256()) > 0);
	return x509;
}

static int setup(void **state)
{
	(void)state;
	authority_key = EVP_EC_gen("P-256");
	key = EVP_EC_gen("P-256");
	authority = make("authority", authority_key, NULL, NULL, 2);
	store = X509_STORE_new();
	return !X509_STORE_add_cert(store, authority);
}

static int teardown(void **state)
{
	(void)state;
	X509_STORE_free(store);
	X509_free(authority);
	authority = NULL;
	EVP_PKEY_free(key);
	EVP_PKEY_free(authority_key);
	return 0;
}

/* ---- who has issued it ---- */

static enum stir_result read_as(X509 *x509, bool der)
{
	BIO *bio = BIO_new(BIO_s_mem());
	enum stir_result result;
	const char *error;
	struct rd_str text;
	X509 *read;
	char *data;

	if (der)
		i2d_X509_bio(bio, x509);
	else
		PEM_write_bio_X509(bio, x509);
	text.n = (size_t)BIO_get_mem_data(bio, &data);
	text.p = data;
	result = stir_certificate_read(&read, text, store, &error);
	assert_int_equal(!error, result == STIR_SUCCESS);
	X509_free(read);
	BIO_free(bio);
	X509_free(x509);
	return result;
}

static void one_of_an_authority_is_believed(void **state)
{
	(void)state;
	assert_int_equal(read_as(make("a", key, NULL, NULL, 2), false), STIR_SUCCESS);
	assert_int_equal(read_as(make("a", key, NULL, NULL, 2), true), STIR_SUCCESS);
}

static void one_of_another_is_not(void **state)
{
	EVP_PKEY *ours = authority_key, *theirs = EVP_EC_gen("P-256");

	(void)state;
	authority_key = theirs;
	assert_int_equal(read_as(make("a", key, NULL, NULL, 2), false), STIR_NOT_TRUSTED);
	authority_key = ours;
	EVP_PKEY_free(theirs);
}

static void one_that_is_over_is_not(void **state)
{
	(void)state;
	assert_int_equal(read_as(make("a", key, NULL, NULL, -1), false), STIR_CERT_DATE);
}

/* ES256 is over P-256 alone. */
static void one_of_another_curve_is_not(void **state)
{
	EVP_PKEY *other = EVP_EC_gen("P-384");

	(void)state;
	assert_int_equal(read_as(make("a", other, NULL, NULL, 2), false), STIR_CONTENTS);
	EVP_PKEY_free(other);
}

static void what_is_none_is_told(void **state)
{
	static const char *const texts[] = { "", "no certificate",
					     "-----BEGIN CERTIFICATE-----\nAAAA\n" };
	const char *error;
	X509 *x509;

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(texts); i++) {
		assert_int_equal(stir_certificate_read(&x509, rd_str_of(texts[i]), store, &error),
				 STIR_CONTENTS);
		assert_null(x509);
		assert_string_equal(error, "it is no certificate");
	}
}

/* ---- for what ---- */

/* What is read of "shaken", of this caller with this attestation. */
static void passport_of(struct passport *passport, const char *caller, char attest)
{
	struct passport said = { .ppt = "shaken",
				 .x5u = "https://a/b",
				 .dest = { { .text = "2" } },
				 .dests = 1,
				 .iat = 1,
				 .origid = "id",
				 .attest = attest };
	struct passport_parts parts;
	struct rd_buf text;

	rd_strcpy(said.orig.text, sizeof(said.orig.text), caller);
	rd_buf_init(&text);
	assert_int_equal(passport_sign(&said, key, false, &text), 0);
	assert_int_equal(passport_split(&parts, rd_str_of(rd_buf_text(&text))), 0);
	assert_int_equal(passport_read(passport, &parts), STIR_SUCCESS);
	rd_buf_fini(&text);
}

static enum stir_result check(const char *extension, const char *value, const char *caller,
			      char attest, bool needs_list)
{
	X509 *x509 = make("a", key, extension, value, 2);
	struct passport passport;
	enum stir_result result;

	passport_of(&passport, caller, attest);
	result = stir_certificate_check(x509, &passport, (int64_t)time(NULL), needs_list);
	passport_fini(&passport);
	X509_free(x509);
	return result;
}

/* One 4930, and 100 from 493100 on. */
#define TWO      "DER:30:17:A2:06:16:04:34:39:33:30:A1:0D:30:0B:16:06:34:39:33:31:30:30:02:01:64"
#define PROVIDER "DER:30:06:A0:04:16:02:31:32"

static void it_is_for_the_numbers_that_it_names(void **state)
{
	(void)state;
	assert_int_equal(check(NUMBERS, TWO, "4930", 'A', true), STIR_SUCCESS);
	assert_int_equal(check(NUMBERS, TWO, "493100", 'A', true), STIR_SUCCESS);
	assert_int_equal(check(NUMBERS, TWO, "493199", 'A', true), STIR_SUCCESS);
	assert_int_equal(check(NUMBERS, TWO, "493200", 'A', true), STIR_NUMBER_NOT_OURS);
	assert_int_equal(check(NUMBERS, TWO, "493099", 'A', true), STIR_NUMBER_NOT_OURS);
	assert_int_equal(check(NUMBERS, TWO, "49310", 'A', true), STIR_NUMBER_NOT_OURS);
	assert_int_equal(check(NUMBERS, PROVIDER, "7", 'A', true), STIR_SUCCESS);
}

static void a_list_that_is_broken_is_for_nobody(void **state)
{
	(void)state;
	assert_int_equal(check(NUMBERS, "DER:02:01:00", "4930", 'A', true), STIR_NO_TN_AUTH);
	assert_int_equal(check(NUMBERS, "DER:30:02:A2:7F", "4930", 'A', true),
			 STIR_NUMBER_NOT_OURS);
	assert_int_equal(check(NUMBERS, "DER:30:80:00:00", "4930", 'A', true), STIR_NO_TN_AUTH);
}

static void without_a_list_it_is_for_all_where_that_may_be(void **state)
{
	(void)state;
	assert_int_equal(check(NULL, NULL, "4930", 'A', true), STIR_NO_TN_AUTH);
	assert_int_equal(check(NULL, NULL, "4930", 'A', false), STIR_SUCCESS);
	assert_int_equal(check(NUMBERS, TWO, "7", 'A', false), STIR_NUMBER_NOT_OURS);
}

/* mustInclude attest; then permittedValues attest = B, C. */
#define MUST      "DER:30:0C:A0:0A:30:08:16:06:61:74:74:65:73:74"
#define MUST_ELSE "DER:30:08:A0:06:30:04:16:02:78:79"
#define PERMITTED "DER:30:16:A1:14:30:12:30:10:16:06:61:74:74:65:73:74:30:06:0C:01:42:0C:01:43"

static void its_owner_may_say_what_it_permits(void **state)
{
	(void)state;
	assert_int_equal(check(CLAIMS, MUST, "1", 'A', false), STIR_SUCCESS);
	assert_int_equal(check(CLAIMS, MUST_ELSE, "1", 'A', false), STIR_CLAIMS);
	assert_int_equal(check(CLAIMS, PERMITTED, "1", 'A', false), STIR_CLAIMS);
	assert_int_equal(check(CLAIMS, PERMITTED, "1", 'B', false), STIR_SUCCESS);
	assert_int_equal(check(CLAIMS, PERMITTED, "1", 'C', false), STIR_SUCCESS);
	assert_int_equal(check(CLAIMS, "DER:30:02:A1:7F", "1", 'C', false), STIR_CLAIMS);
}

static void it_is_valid_when_it_is_used(void **state)
{
	X509 *x509 = make("a", key, NULL, NULL, 2);
	int64_t now = (int64_t)time(NULL), day = 86400;
	struct passport passport;

	(void)state;
	passport_of(&passport, "1", 'A');
	assert_int_equal(stir_certificate_check(x509, &passport, now - 3 * day, false),
			 STIR_CERT_DATE);
	assert_int_equal(stir_certificate_check(x509, &passport, now + 3 * day, false),
			 STIR_CERT_DATE);
	passport_fini(&passport);
	X509_free(x509);
}

/* ---- from where ---- */

static bool permitted(const struct stir_sources *sources, const char *text)
{
	struct sockaddr_in six_or_four = { .sin_family = AF_INET };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, text, &six_or_four.sin_addr) == 1)
		return stir_address_permitted(sources, (struct sockaddr *)&six_or_four);
	assert_int_equal(inet_pton(AF_INET6, text, &six.sin6_addr), 1);
	return stir_address_permitted(sources, (struct sockaddr *)&six);
}

static void nothing_of_the_house_is_asked(void **state)
{
	static const char *const inside[] = {
		"127.0.0.1",       "10.1.2.3",   "172.31.0.1", "192.168.1.1",
		"169.254.169.254", "100.64.0.1", "0.0.0.0",    "224.0.0.1",
		"255.255.255.255", "::1",        "::",         "::ffff:127.0.0.1",
		"::ffff:10.0.0.1", "fd00::1",    "fe80::1",    "ff02::1",
		"64:ff9b::7f00:1",
	};
	static const char *const outside[] = { "203.0.114.1", "172.32.0.1", "8.8.8.8",
					       "2001:db9::1" };
	struct stir_sources sources = { 0 };

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(inside); i++)
		if (permitted(&sources, inside[i]))
			fail_msg("%s", inside[i]);
	for (size_t i = 0; i < RD_ARRAY_SIZE(outside); i++)
		if (!permitted(&sources, outside[i]))
			fail_msg("%s", outside[i]);
}

static void networks_may_be_permitted_and_denied(void **state)
{
	struct stir_sources sources = { 0 };
	struct rd_pool *pool;

	(void)state;
	assert_int_equal(rd_pool_new(&pool, 1024), 0);
	assert_null(stir_networks_parse("10.0.0.0/255.255.0.0, fd00::/8,192.0.2.7", &sources.permit,
					pool));
	assert_null(stir_networks_parse("8.0.0.0/8", &sources.deny, pool));
	assert_true(permitted(&sources, "10.0.255.1"));
	assert_false(permitted(&sources, "10.1.0.1"));
	assert_true(permitted(&sources, "fd01::1"));
	assert_false(permitted(&sources, "8.8.8.8"));
	assert_non_null(stir_networks_parse("10.0.0.0/33", &sources.deny, pool));
	assert_non_null(stir_networks_parse("10.0.0.0/255.0.255.0", &sources.deny, pool));
	assert_non_null(stir_networks_parse("example.com", &sources.deny, pool));
	rd_pool_free(pool);
}

static void only_https_of_a_usual_port_is_asked(void **state)
{
	static const char *const good[] = { "https://a.example/b.pem", "https://a.example:8443/b" };
	static const char *const bad[] = { "http://a.example/b",
					   "https://a.example:22/b",
					   "https://u:p@a.example/b",
					   "https://a.example/b?c=d",
					   "file:///etc/passwd",
					   "b",
					   "" };
	struct stir_sources sources = { 0 };

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(good); i++)
		assert_null(stir_url_fault(&sources, good[i]));
	for (size_t i = 0; i < RD_ARRAY_SIZE(bad); i++)
		assert_non_null(stir_url_fault(&sources, bad[i]));
	sources.any_port = sources.any_path = true;
	for (size_t i = 0; i < 4; i++)
		assert_null(stir_url_fault(&sources, bad[i]));
	for (size_t i = 4; i < RD_ARRAY_SIZE(bad); i++)
		assert_non_null(stir_url_fault(&sources, bad[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_of_an_authority_is_believed, setup, teardown),
		cmocka_unit_test_setup_teardown(one_of_another_is_not, setup, teardown),
		cmocka_unit_test_setup_teardown(one_that_is_over_is_not, setup, teardown),
		cmocka_unit_test_setup_teardown(one_of_another_curve_is_not, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_none_is_told, setup, teardown),
		cmocka_unit_test_setup_teardown(it_is_for_the_numbers_that_it_names, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_list_that_is_broken_is_for_nobody, setup,
						teardown),
		cmocka_unit_test_setup_teardown(without_a_list_it_is_for_all_where_that_may_be,
						setup, teardown),
		cmocka_unit_test_setup_teardown(its_owner_may_say_what_it_permits, setup, teardown),
		cmocka_unit_test_setup_teardown(it_is_valid_when_it_is_used, setup, teardown),
		cmocka_unit_test(nothing_of_the_house_is_asked),
		cmocka_unit_test(networks_may_be_permitted_and_denied),
		cmocka_unit_test(only_https_of_a_usual_port_is_asked),
	};

	return RUN_GROUP(tests);
}
