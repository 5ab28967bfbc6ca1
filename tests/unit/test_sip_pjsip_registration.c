/* type=registration of pjsip.conf: whose it is, and what it says. */
#include "tests/unit/test.h"

#include "tests/unit/conf_dir.h"
#include "tests/unit/pjsip_conf.h"

#define TRUNK                                                                                      \
	"[trunk]\ntype=endpoint\ncontext=in\naors=trunk\noutbound_auth=trunk\n"                    \
	"[trunk]\ntype=aor\ncontact=sip:sip.example.com\n"                                         \
	"[trunk]\ntype=auth\nusername=100\npassword=pw\n"

#define REGISTRATION                                                                               \
	"type=registration\noutbound_auth=trunk\nserver_uri=sip:reg.example.com\n"                 \
	"client_uri=sip:100@example.com\n"

static const struct sip_endpoint *trunk(void)
{
	return pjsip_endpoint("trunk");
}

static void it_is_the_endpoint_of_its_name(void **state)
{
	(void)state;
	pjsip_take(TRUNK "[trunk]\n" REGISTRATION "expiration=600\ncontact_user=4930\n"
			 "support_outbound=yes\noutbound_proxy=sip:edge.example.com\\;lr\n");
	assert_string_equal(findings, "");
	assert_true(trunk()->registers);
	assert_string_equal(trunk()->host, "sip.example.com");
	assert_string_equal(trunk()->register_server, "reg.example.com");
	assert_string_equal(trunk()->register_as, "100@example.com");
	assert_string_equal(trunk()->register_contact, "4930");
	assert_int_equal(trunk()->register_expires_ms, 600000);
	assert_string_equal(trunk()->register_proxies[0], "sip:edge.example.com;lr");
	assert_null(trunk()->register_proxies[1]);
	assert_string_equal(trunk()->secret, "pw");
	assert_string_equal(trunk()->username, "100");
	assert_true(trunk()->outbound);
	assert_true(trunk()->gruu);
	assert_false(trunk()->register_line);
}

static void what_is_not_said_is_as_asterisk_has_it(void **state)
{
	(void)state;
	pjsip_take(TRUNK "[trunk]\n" REGISTRATION);
	assert_string_equal(trunk()->register_contact, "s");
	assert_int_equal(trunk()->register_expires_ms, 3600000);
	assert_false(trunk()->outbound);
	assert_false(trunk()->gruu);
	pjsip_take(TRUNK "[trunk]\n" REGISTRATION "support_outbound=no\n");
	assert_false(trunk()->outbound);
	assert_false(trunk()->gruu);
}

static void it_is_the_endpoint_that_it_names_or_that_has_its_password(void **state)
{
	(void)state;
	pjsip_take(TRUNK "[r]\n" REGISTRATION "endpoint=trunk\nline=yes\n");
	assert_true(trunk()->registers);
	assert_true(trunk()->register_line);
	assert_null(trunk()->register_endpoint);
	pjsip_take(TRUNK "[r]\n" REGISTRATION);
	assert_true(trunk()->registers);
	assert_null(sip_settings_find(settings, RD_STR("r")));
}

static void it_may_be_by_tls(void **state)
{
	(void)state;
	pjsip_take("[trunk]\ntype=endpoint\naors=trunk\n"
		   "[trunk]\ntype=aor\ncontact=sips:100@sip.example.com:5071\n"
		   "[trunk]\ntype=registration\nserver_uri=sips:reg.example.com\n"
		   "client_uri=sips:100@example.com\n");
	assert_string_equal(findings, "");
	assert_true(trunk()->host_secure);
	assert_string_equal(trunk()->host, "sip.example.com:5071");
	assert_true(trunk()->register_secure);
	assert_string_equal(trunk()->register_server, "reg.example.com");
	assert_string_equal(trunk()->register_as, "100@example.com");
	pjsip_take(TRUNK "[trunk]\n" REGISTRATION);
	assert_false(trunk()->host_secure);
	assert_false(trunk()->register_secure);
}

static void what_fails_is_tried_again_as_it_says(void **state)
{
	(void)state;
	pjsip_take(TRUNK "[trunk]\n" REGISTRATION);
	assert_int_equal(trunk()->register_retry_ms, 0);
	assert_int_equal(trunk()->register_retries, -1);
	assert_true(trunk()->register_password_final);
	pjsip_take(TRUNK "[trunk]\n" REGISTRATION
			 "retry_interval=90\nmax_retries=20\nforbidden_retry_interval=600\n"
			 "fatal_retry_interval=1200\nauth_rejection_permanent=no\n");
	assert_string_equal(findings, "");
	assert_int_equal(trunk()->register_retry_ms, 90000);
	assert_int_equal(trunk()->register_retries, 20);
	assert_int_equal(trunk()->register_forbidden_ms, 600000);
	assert_int_equal(trunk()->register_refused_ms, 1200000);
	assert_false(trunk()->register_password_final);
}

static void other_schemes_are_reported(void **state)
{
	(void)state;
	pjsip_take(TRUNK "[trunk]\ntype=registration\nserver_uri=tel:100\nclient_uri=tel:100\n");
	assert_string_equal(findings,
			    "pjsip.conf:15: warning: server_uri = \"tel:100\" is not supported: "
			    "a sip: or sips: URI is\n"
			    "pjsip.conf:16: warning: client_uri = \"tel:100\" is not supported: "
			    "a sip: or sips: URI is\n");
}

/* Nobody is known by it, but it registers. */
static void without_an_endpoint_it_stands_alone(void **state)
{
	(void)state;
	pjsip_take(TRUNK "[trunk]\n" REGISTRATION "[second]\n" REGISTRATION "user_agent=x\n");
	assert_true(trunk()->registers);
	assert_true(pjsip_endpoint("second")->registers);
	assert_string_equal(pjsip_endpoint("second")->secret, "pw");
	assert_false(pjsip_endpoint("second")->trust_match);
	assert_null(pjsip_endpoint("second")->host);
	assert_string_equal(findings,
			    "pjsip.conf:23: warning: user_agent = \"x\" is not supported: "
			    "user_agent of type=global\n");
}

static void what_comes_by_its_line_is_its_endpoints(void **state)
{
	const struct sip_endpoint *second;

	(void)state;
	pjsip_take(TRUNK "[trunk]\n" REGISTRATION "[second]\n" REGISTRATION
			 "endpoint=trunk\nline=yes\n[third]\n" REGISTRATION "endpoint=none\n");
	second = pjsip_endpoint("second");
	assert_true(second->register_line);
	assert_string_equal(second->register_endpoint, "trunk");
	assert_false(trunk()->register_line);
	assert_null(pjsip_endpoint("third")->register_endpoint);
}

static void what_it_lacks_is_an_error(void **state)
{
	(void)state;
	conf_dir_write("pjsip.conf", TRUNK "[trunk]\ntype=registration\n");
	assert_int_equal(pjsip_read(), -EINVAL);
	assert_non_null(strstr(findings, "pjsip.conf:13: [trunk] a line \"server_uri = sip:...\""));
	conf_dir_write("pjsip.conf", TRUNK "[trunk]\ntype=registration\nserver_uri=sip:a.example\n"
					   "outbound_auth=other\n");
	assert_int_equal(pjsip_read(), 0);
	assert_non_null(strstr(findings, "pjsip.conf:16: warning: outbound_auth: there is no "
					 "[other]"));
}

static void a_hash_answers_the_registrar(void **state)
{
	const struct sip_endpoint *other;

	(void)state;
	pjsip_take(TRUNK "[other]\n"
			 "type=registration\noutbound_auth=h\nserver_uri=sip:reg.example.com\n"
			 "client_uri=sip:100@example.com\n[h]\ntype=auth\nusername=100\n"
			 "auth_type=md5\nmd5_cred=0123456789abcdef0123456789abcdef\n");
	assert_int_equal(settings->endpoint_count, 2);
	other = pjsip_endpoint("other");
	assert_true(other->registers);
	assert_string_equal(other->answer_ha1[SIP_DIGEST_MD5], "0123456789abcdef0123456789abcdef");
	assert_null(other->secret);
}

static void two_passwords_cannot_both_be_said(void **state)
{
	(void)state;
	pjsip_take(TRUNK "[o]\ntype=auth\nusername=100\npassword=other\n"
			 "[trunk]\ntype=registration\nserver_uri=sip:a.example\n"
			 "client_uri=sip:100@a.example\noutbound_auth=o\n");
	assert_string_equal(trunk()->secret, "pw");
	assert_non_null(strstr(findings, "the endpoint's password serves"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, pjsip_open, pjsip_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_is_the_endpoint_of_its_name),
		TEST(what_is_not_said_is_as_asterisk_has_it),
		TEST(it_is_the_endpoint_that_it_names_or_that_has_its_password),
		TEST(it_may_be_by_tls),
		TEST(other_schemes_are_reported),
		TEST(what_fails_is_tried_again_as_it_says),
		TEST(without_an_endpoint_it_stands_alone),
		TEST(what_comes_by_its_line_is_its_endpoints),
		TEST(what_it_lacks_is_an_error),
		TEST(a_hash_answers_the_registrar),
		TEST(two_passwords_cannot_both_be_said),
	};

	return RUN_GROUP(tests);
}
