/* pjsip.conf: who may be which endpoint. What is not understood never lets anybody in. */
#include "tests/unit/test.h"

#include <strings.h>

#include "tests/unit/conf_dir.h"
#include "tests/unit/oom.h"
#include "tests/unit/pjsip_conf.h"

/* Of 1:asterisk:pw and 1:office:pw. */
#define MD5_ASTERISK	"E2222A53B06AD204023AE7A8F6763351"
#define MD5_OFFICE	"9e967720ce934a4de3d4e0828cfbebbd"
#define SHA256_ASTERISK "2f3731057e3579cb94a376a7b6250b9784f06609cbaaa77f7e22bb1f95798f30"

/* Where its contact is, anybody could be, who sends from there. */
#define ENDPOINT                                                        \
	"[1]\ntype=endpoint\naors=1\nauth=a\n"                          \
	"[1]\ntype=aor\ncontact=sip:1@192.0.2.7\n"                       \
	"[1]\ntype=identify\nendpoint=1\nmatch=192.0.2.8\n"
#define AUTH(lines) ENDPOINT "[a]\ntype=auth\nusername=1\n" lines

static void a_hash_is_as_good_as_a_password(void **state)
{
	static const char *const forms[] = {
		AUTH("auth_type=md5\nmd5_cred=" MD5_ASTERISK "\n"),
		AUTH("auth_type=md5\npassword=other\nmd5_cred=" MD5_ASTERISK "\n"),
		AUTH("auth_type=digest\npassword_digest=MD5:" MD5_ASTERISK "\n"),
		AUTH("auth_type=digest\npassword_digest=MD5:" MD5_ASTERISK "\n"
		     "password_digest=SHA-256:" SHA256_ASTERISK "\n"),
	};

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(forms); i++) {
		const struct sip_endpoint *phone;

		pjsip_take(forms[i]);
		assert_string_equal(settings->realm, "asterisk");
		phone = pjsip_endpoint("1");
		assert_true(phone->has_secret);
		assert_false(phone->trust_match);
		assert_string_equal(phone->ha1[SIP_DIGEST_MD5], "e2222a53b06ad204023ae7a8f6763351");
		assert_null(sip_endpoint_account(phone));
	}
}

static void a_hash_is_of_the_realm_that_is_asked_for(void **state)
{
	(void)state;
	pjsip_take(AUTH("auth_type=md5\nrealm=office\nmd5_cred=" MD5_OFFICE "\n"));
	assert_string_equal(findings, "");
	assert_string_equal(settings->realm, "office");
	assert_string_equal(pjsip_endpoint("1")->ha1[SIP_DIGEST_MD5], MD5_OFFICE);
	pjsip_take(AUTH("auth_type=md5\nmd5_cred=" MD5_OFFICE "\nrealm=office\n")
		   "[g]\ntype=global\ndefault_realm=office\n");
	assert_string_equal(findings, "");
	pjsip_endpoint("1");
}

static void algorithms_are_those_that_are_asked_for(void **state)
{
	(void)state;
	pjsip_take(AUTH("auth_type=digest\npassword_digest=SHA-256:" SHA256_ASTERISK "\n")
		   "[g]\ntype=global\ndefault_auth_algorithms_uas=SHA-256\n");
	assert_string_equal(findings, "");
	assert_int_equal(settings->digest, 1u << SIP_DIGEST_SHA256);
	assert_string_equal(pjsip_endpoint("1")->ha1[SIP_DIGEST_SHA256], SHA256_ASTERISK);
}

/* Neither is its section there, nor does its address let anybody in. */
static void left_out(const char *pjsip, const char *why)
{
	pjsip_take(pjsip);
	if (!strstr(findings, why) || !strstr(findings, "warning: [1] is left out: "))
		fail_msg("\"%s\" was expected in: %s", why, findings);
	assert_null(sip_settings_find(settings, RD_STR("1")));
	assert_null(settings->matched);
	assert_null(settings->hosted);
	assert_int_equal(settings->endpoint_count, 0);
}

static void a_credential_that_is_not_understood_lets_nobody_in(void **state)
{
	(void)state;
	left_out(AUTH("auth_type=google_oauth\noauth_secret=x\n"),
		 "pjsip.conf:4: warning: [1] is left out: there is no password in its auth");
	left_out(AUTH("auth_type=userpass\npassword=\n"), "there is no password");
	left_out(AUTH("auth_type=md5\npassword=pw\n"), "there is no password");
	left_out(AUTH("auth_type=md5\nmd5_cred=0123\n"),
		 "pjsip.conf:16: warning: [1] is left out: it is no hash of a password");
	left_out(AUTH("auth_type=digest\npassword_digest=SHA-1:" MD5_OFFICE "\n"),
		 "it is no hash of a password");
	left_out(AUTH("auth_type=digest\npassword_digest=MD5:" MD5_ASTERISK "\n"
		      "password_digest=MD5:x\n"), "it is no hash of a password");
	left_out(AUTH("auth_type=md5\nmd5_cred=" MD5_OFFICE "\nrealm=office\n")
		 "[g]\ntype=global\ndefault_realm=elsewhere\n",
		 "pjsip.conf:17: warning: [1] is left out: its hash is of another realm");
	left_out(AUTH("auth_type=digest\npassword_digest=SHA-256:" SHA256_ASTERISK "\n"),
		 "it has no hash for each algorithm");
	conf_dir_write("sip.conf", "[global]\nuser_agent = x\n");
	left_out(AUTH("auth_type=md5\nmd5_cred=" MD5_ASTERISK "\n"), "of another realm");
}

static void who_proves_nothing_is_left_out(void **state)
{
	(void)state;
	left_out("[1]\ntype=endpoint\ncontext=c\n",
		 "pjsip.conf:1: warning: [1] is left out: anybody could be it");
	pjsip_take("[anonymous]\ntype=endpoint\ncontext=public\nallow=ulaw\n" PHONE);
	assert_string_equal(findings, "pjsip.conf:1: warning: [anonymous] is left out: calls of "
				      "strangers are refused; an identify says which addresses "
				      "may call\n");
	assert_int_equal(settings->endpoint_count, 1);
	pjsip_take("[anonymous]\ntype=endpoint\ncontext=public\n"
		   "[a]\ntype=identify\nendpoint=anonymous\nmatch=192.0.2.0/24\n");
	assert_string_equal(findings, "");
	pjsip_endpoint("anonymous");
}

#define BY_HEADER(lines)                                                                   \
	"[1]\ntype=endpoint\naors=1\n[1]\ntype=aor\nmax_contacts=1\n"                     \
	"[1]\ntype=identify\nendpoint=1\n" lines

#define OPEN_TO_ALL "whoever sends this header is [1], an auth would ask for a password\n"

/* Without a password that is all that it proves. */
static void a_header_may_tell_who_it_is(void **state)
{
	const struct sip_match_header *header;

	(void)state;
	pjsip_take(BY_HEADER("match_header=X-Me: it is\n")
		   "[2]\ntype=identify\nendpoint=1\nmatch_header=x-trunk:/^on[ce]$/\n");
	assert_string_equal(findings, "pjsip.conf:10: warning: " OPEN_TO_ALL "pjsip.conf:14: "
				      "warning: " OPEN_TO_ALL);
	header = settings->match_headers;
	assert_string_equal(header->name, "X-Me");
	assert_string_equal(header->value, "it is");
	assert_false(header->is_pattern);
	assert_string_equal(header->endpoint->name, "1");
	assert_string_equal(header->next->value, "^on[ce]$");
	assert_true(header->next->is_pattern);
	assert_null(header->next->next);
	pjsip_take(PHONE_WITH("") "[1]\ntype=identify\nendpoint=1\nmatch_header=X-Me: it\n");
	assert_string_equal(findings, "");
	assert_false(pjsip_endpoint("1")->trust_match);
}

/* What is not understood lets nobody in. */
static void a_header_that_cannot_be_told_is_left_out(void **state)
{
	(void)state;
	left_out(BY_HEADER("match_header=X-Me\n"), "no match of its identify sections");
	left_out(BY_HEADER("match_header=X-Me: /(/\n"), "no match of its identify sections");
	left_out(BY_HEADER("match_header=X-Me: a\nmatch_header=X-You: b\n"),
		 "write one for each; all are left out");
}

/* That of a provider is nothing that we ask for. */
static void only_what_endpoints_are_asked_for_says_the_realm(void **state)
{
	(void)state;
	pjsip_take("[provider]\ntype=auth\nusername=me\nauth_type=md5\nrealm=provider\n"
		   "md5_cred=" MD5_OFFICE "\n[trunk]\ntype=endpoint\naors=trunk\n"
		   "outbound_auth=provider\n[trunk]\ntype=aor\ncontact=sip:192.0.2.7\n"
		   AUTH("auth_type=md5\nmd5_cred=" MD5_ASTERISK "\n"));
	assert_string_equal(settings->realm, "asterisk");
	assert_true(pjsip_endpoint("1")->has_secret);
}

/* A hash of ours is no password of theirs, but answers them. */
static void a_hash_of_ours_answers_a_far_end(void **state)
{
	(void)state;
	pjsip_take("[1]\ntype=endpoint\naors=1\noutbound_auth=a\n"
		   "[1]\ntype=aor\ncontact=sip:192.0.2.7\n"
		   "[a]\ntype=auth\nusername=me\nauth_type=md5\nrealm=provider\n"
		   "md5_cred=" MD5_ASTERISK "\n");
	assert_null(strstr(findings, "md5_cred"));
	assert_int_equal(
		strcasecmp(pjsip_endpoint("1")->answer_ha1[SIP_DIGEST_MD5], MD5_ASTERISK), 0);
	assert_false(pjsip_endpoint("1")->has_secret);
	pjsip_take("[1]\ntype=endpoint\naors=1\noutbound_auth=a\n"
		   "[1]\ntype=aor\ncontact=sip:192.0.2.7\n"
		   "[a]\ntype=auth\nusername=me\nauth_type=md5\nmd5_cred=12\n");
	assert_non_null(strstr(findings, "it is no hash of a password"));
	assert_null(pjsip_endpoint("1")->answer_ha1[SIP_DIGEST_MD5]);
}

static void memory_may_run_out(void **state)
{
	(void)state;
	conf_dir_write("pjsip.conf", AUTH("auth_type=md5\nmd5_cred=" MD5_ASTERISK "\n")
					  "[2]\ntype=endpoint\n");
	assert_true(oom_sweep(pjsip_read_once, NULL) > 10);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, pjsip_open, pjsip_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_hash_is_as_good_as_a_password),
		TEST(a_hash_is_of_the_realm_that_is_asked_for),
		TEST(algorithms_are_those_that_are_asked_for),
		TEST(a_credential_that_is_not_understood_lets_nobody_in),
		TEST(who_proves_nothing_is_left_out),
		TEST(a_header_may_tell_who_it_is),
		TEST(a_header_that_cannot_be_told_is_left_out),
		TEST(only_what_endpoints_are_asked_for_says_the_realm),
		TEST(a_hash_of_ours_answers_a_far_end),
		TEST(memory_may_run_out),
	};

	return RUN_GROUP(tests);
}
