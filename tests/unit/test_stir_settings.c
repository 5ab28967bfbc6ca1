/* stir_shaken.conf: what becomes of it, and what is wrong where. */
#include "tests/unit/test.h"
#include "tests/unit/conf_dir.h"

#include <openssl/ec.h>
#include <openssl/pem.h>

#include "modules/sip_trunk/stir_settings.h"

static struct stir_settings settings;
static struct rd_pool *pool;
static char *findings;

static void write_key(const char *name, const char *curve)
{
	EVP_PKEY *key = EVP_EC_gen(curve);
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	long n;

	PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
	n = BIO_get_mem_data(bio, &text);
	conf_dir_write_bytes(name, text, (size_t)n);
	BIO_free(bio);
	EVP_PKEY_free(key);
}

static void drop(void)
{
	stir_settings_fini(&settings);
	memset(&settings, 0, sizeof(settings));
	if (pool)
		rd_pool_free(pool);
	pool = NULL;
	rd_free(findings);
	findings = NULL;
}

static const char *take(const char *conf)
{
	struct rd_config_report *report;

	drop();
	conf_dir_write(STIR_CONF, conf);
	assert_int_equal(rd_pool_new(&pool, 4096), 0);
	assert_int_equal(rd_config_report_new(&report), 0);
	assert_int_equal(stir_settings_read(&settings, pool, report), 0);
	findings = conf_report_text(report);
	rd_config_report_free(report);
	return findings;
}

static int setup(void **state)
{
	(void)state;
	conf_dir_make();
	write_key("stir.key", "P-256");
	write_key("other.key", "P-384");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	drop();
	conf_dir_remove();
	return 0;
}

#define SIGNS "private_key_file = stir.key\npublic_cert_url = https://a.example/c.pem\n"

static void a_profile_has_what_the_two_sections_say(void **state)
{
	const struct stir_profile *one, *other;

	(void)state;
	assert_string_equal(take("[attestation]\nattest_level = B\n" SIGNS
				 "[verification]\nload_system_certs = yes\nmax_iat_age = 60\n"
				 "x5u_permit = 10.0.0.0/8\nfailure_action = reject_request\n"
				 "[one]\ntype = profile\nendpoint_behavior = on\n"
				 "[other]\ntype = profile\nendpoint_behavior = attest\n"
				 "failure_action = continue_return_reason\n"
				 "attest_level = C\nmax_iat_age = 5\nx5u_permit = 127.0.0.1\n"),
			    "");
	one = stir_profile_find(&settings, "one");
	other = stir_profile_find(&settings, "other");
	assert_int_equal(one->behavior, STIR_SIGNS | STIR_VERIFIES);
	assert_int_equal(one->signer.level, STIR_PARTIAL);
	assert_non_null(one->signer.key);
	assert_non_null(one->store);
	assert_int_equal(one->max_age_ms, 60000);
	assert_int_equal(one->failure_action, STIR_REJECT);
	assert_null(one->sources.permit->next);
	assert_int_equal(other->behavior, STIR_SIGNS);
	assert_int_equal(other->signer.level, STIR_GATEWAY);
	assert_int_equal(other->max_age_ms, 5000);
	assert_int_equal(other->failure_action, STIR_CONTINUE_AND_TELL);
	assert_null(other->store);
	assert_non_null(other->sources.permit->next);
	assert_null(stir_profile_find(&settings, "third"));
}

static void what_is_not_said_is_careful(void **state)
{
	const struct stir_profile *profile;

	(void)state;
	assert_string_equal(take("[a]\ntype = profile\n"), "");
	profile = stir_profile_find(&settings, "a");
	assert_int_equal(profile->behavior, STIR_OFF);
	assert_int_equal(profile->failure_action, STIR_CONTINUE);
	assert_true(profile->needs_list && profile->needs_identity);
	assert_int_equal(profile->max_age_ms, 15000);
	assert_int_equal(profile->sources.timeout_ms, 2000);
	assert_false(profile->sources.any_port || profile->sources.any_path);
	assert_null(profile->sources.permit);
}

static void a_number_may_have_a_signature_of_its_own(void **state)
{
	const struct stir_number *number;

	(void)state;
	assert_string_equal(take("[+49-30-1234]\ntype = tn\nattest_level = A\n" SIGNS), "");
	number = stir_number_find(&settings, "49301234");
	assert_non_null(number);
	assert_int_equal(number->signer.level, STIR_FULL);
	assert_non_null(number->signer.key);
	assert_null(stir_number_find(&settings, "49309999"));
}

static void what_is_turned_off_needs_nothing(void **state)
{
	(void)state;
	assert_string_equal(take("[attestation]\nglobal_disable = yes\nprivate_key_file = none\n"
				 "[verification]\nglobal_disable = yes\nca_file = none\n"
				 "[a]\ntype = profile\nendpoint_behavior = on\n"),
			    "");
}

static void what_is_wrong_is_told_with_file_and_line(void **state)
{
	static const char *const wrong[][2] = {
		{ "[a]\ntype = profil\n", "stir_shaken.conf:2: a: type: profile or tn" },
		{ "[a]\nendpoint_behavior = on\n", "stir_shaken.conf:1: a: type: profile or tn" },
		{ "[a]\ntype = profile\nendpoint_behavior = sign\n",
		  "stir_shaken.conf:3: [a] endpoint_behavior" },
		{ "[a]\ntype = profile\nendpoint_behaviour = on\n", "stir_shaken.conf:3: " },
		{ "[a]\ntype = profile\nendpoint_behavior = verify\n",
		  "stir_shaken.conf:1: a: ca_file: whom are we to believe?" },
		{ "[a]\ntype = profile\nendpoint_behavior = verify\nca_file = none.pem\n",
		  "stir_shaken.conf:4: a: ca_file: " },
		{ "[a]\ntype = profile\nendpoint_behavior = attest\nprivate_key_file = stir.key\n",
		  "stir_shaken.conf:1: a: public_cert_url: where is the certificate?" },
		{ "[a]\ntype = profile\nendpoint_behavior = attest\nprivate_key_file = none\n"
		  "public_cert_url = https://a/b\n",
		  "no such file" },
		{ "[a]\ntype = profile\nendpoint_behavior = attest\nprivate_key_file = other.key\n"
		  "public_cert_url = https://a/b\n",
		  "a key of P-256" },
		{ "[a]\ntype = profile\nendpoint_behavior = attest\npublic_cert_url = ftp://a/b\n",
		  "stir_shaken.conf:4: a: public_cert_url: ftp://a/b: it is not https" },
		{ "[a]\ntype = profile\nx5u_permit = 10.0.0.0/40\n",
		  "stir_shaken.conf:3: [a] x5u_permit" },
		{ "[alice]\ntype = tn\n", "stir_shaken.conf:2: alice: type: the name of" },
	};

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(wrong); i++)
		if (!strstr(take(wrong[i][0]), wrong[i][1]))
			fail_msg("%s\n%s", wrong[i][0], findings);
}

/* Files of before are no reason not to start. */
static void what_asterisk_had_is_a_warning(void **state)
{
	(void)state;
	assert_non_null(strstr(take("[general]\nca_file = x\n"), "warning"));
	assert_non_null(strstr(take("[a]\ntype = certificate\npath = x\n"), "warning"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_profile_has_what_the_two_sections_say, setup,
						teardown),
		cmocka_unit_test_setup_teardown(what_is_not_said_is_careful, setup, teardown),
		cmocka_unit_test_setup_teardown(a_number_may_have_a_signature_of_its_own, setup,
						teardown),
		cmocka_unit_test_setup_teardown(what_is_turned_off_needs_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_wrong_is_told_with_file_and_line, setup,
						teardown),
		cmocka_unit_test_setup_teardown(what_asterisk_had_is_a_warning, setup, teardown),
	};

	return RUN_GROUP(tests);
}
