/* pjsip_wizard.conf. */
#include "tests/unit/test.h"

#include "tests/unit/conf_dir.h"
#include "tests/unit/pjsip_conf.h"

static void a_wizard_stands_for_all_sections(void **state)
{
	const struct sip_endpoint *peer;

	(void)state;
	conf_dir_write("pjsip_wizard.conf",
		       "[1003]\ntype=wizard\naccepts_auth=yes\naccepts_registrations=yes\n"
		       "inbound_auth/username=u3\ninbound_auth/password=p3\n"
		       "endpoint/allow=ulaw\naor/max_contacts=3\n"
		       "[itsp]\ntype=wizard\nsends_auth=yes\nsends_registrations=yes\n"
		       "remote_hosts=192.0.2.20:5080\noutbound_auth/username=me\n"
		       "outbound_auth/password=p\nendpoint/context=in\n");
	assert_int_equal(pjsip_read(), 0);
	assert_int_equal(pjsip_endpoint("1003")->max_contacts, 3);
	assert_string_equal(pjsip_endpoint("1003")->auth_user, "u3");
	assert_string_equal(pjsip_endpoint("1003")->allow, "ulaw");
	peer = pjsip_endpoint("itsp");
	assert_string_equal(peer->host, "192.0.2.20:5080");
	assert_string_equal(peer->context, "in");
	assert_int_equal(sip_sockaddr_port(&peer->match->address), 0);
	assert_true(peer->registers);
	assert_string_equal(peer->register_server, "192.0.2.20:5080");
	assert_string_equal(peer->register_as, "me@192.0.2.20:5080");
	assert_string_equal(peer->register_contact, "s");
	assert_string_equal(peer->secret, "p");
	assert_string_equal(findings, "");
}

static void nothing_of_a_wizard_is_passed_over(void **state)
{
	(void)state;
	conf_dir_write("pjsip_wizard.conf",
		       "[itsp]\ntype=wizard\nsends_registrations=no\nhas_hint=yes\n"
		       "remote_hosts=192.0.2.20\ncontact_pattern=sip:${REMOTE_HOST}:5070\n"
		       "server_uri_pattern=sip:${REMOTE_HOST}\nphoneprov/PROFILE=x\n"
		       "registration/expiration=60\nendpoint/allow=ulaw\n");
	assert_int_equal(pjsip_read(), 0);
	assert_string_equal(pjsip_endpoint("itsp")->host, "192.0.2.20:5070");
	assert_non_null(strstr(findings, "pjsip_wizard.conf:4: warning: has_hint"));
	assert_non_null(strstr(findings, ":8: warning: phoneprov/PROFILE"));
	assert_false(pjsip_endpoint("itsp")->registers);
	conf_dir_write("pjsip_wizard.conf", "[itsp]\ntype=wizard\nremote_host=192.0.2.20\n");
	assert_int_equal(pjsip_read(), -EINVAL);
	assert_non_null(strstr(findings, "pjsip_wizard.conf:3: unknown option \"remote_host\" of "
					 "type=wizard; did you mean \"remote_hosts\"?"));
}

/* With each of its hosts; calls go to the endpoint. */
static void a_wizard_registers_with_each_host(void **state)
{
	(void)state;
	conf_dir_write("pjsip_wizard.conf",
		       "[itsp]\ntype=wizard\nsends_registrations=yes\nsends_auth=yes\n"
		       "sends_line_with_registrations=yes\n"
		       "remote_hosts=a.example, b.example\noutbound_auth/username=me\n"
		       "outbound_auth/password=p\noutbound_proxy=sip:px.example\\;lr\n"
		       "server_uri_pattern=sip:${REMOTE_HOST}:5070\n"
		       "client_uri_pattern=sip:${USERNAME}@home.example\n"
		       "registration/expiration=600\nregistration/contact_user=100\n");
	assert_int_equal(pjsip_read(), 0);
	assert_string_equal(pjsip_endpoint("itsp")->register_server, "a.example:5070");
	assert_string_equal(pjsip_endpoint("itsp")->register_as, "me@home.example");
	assert_string_equal(pjsip_endpoint("itsp")->register_contact, "100");
	assert_int_equal(pjsip_endpoint("itsp")->register_expires_ms, 600000);
	assert_string_equal(pjsip_endpoint("itsp")->register_proxies[0], "sip:px.example;lr");
	assert_string_equal(pjsip_endpoint("itsp-reg-1")->register_server, "b.example:5070");
	assert_string_equal(pjsip_endpoint("itsp-reg-1")->secret, "p");
	assert_false(pjsip_endpoint("itsp-reg-1")->trust_match);
	assert_true(pjsip_endpoint("itsp")->register_line);
	assert_true(pjsip_endpoint("itsp-reg-1")->register_line);
	assert_string_equal(pjsip_endpoint("itsp-reg-1")->register_endpoint, "itsp");
}

/* As a trunk of trunks.conf: often while it is away, or somebody waits. */
static void a_trunk_that_is_asked_is_asked_again_in_doubt(void **state)
{
	(void)state;
	conf_dir_write("pjsip_wizard.conf",
		       "[often](!)\ntype=wizard\naor/qualify_frequency=60\n"
		       "[1003](often)\naccepts_auth=yes\naccepts_registrations=yes\n"
		       "inbound_auth/username=u3\ninbound_auth/password=p3\n"
		       "[itsp](often)\nremote_hosts=192.0.2.20, 192.0.2.21\n"
		       "[each](often)\nremote_hosts=192.0.2.22\naor/qualify_frequency=1\n"
		       "[none](often)\nremote_hosts=192.0.2.23\naor/qualify_frequency=0\n");
	assert_int_equal(pjsip_read(), 0);
	assert_int_equal(pjsip_endpoint("itsp")->qualify_ms, 60000);
	assert_int_equal(pjsip_endpoint("itsp")->qualify_retry_ms, 2000);
	assert_int_equal(pjsip_endpoint("itsp")->other_host->qualify_retry_ms, 2000);
	assert_int_equal(pjsip_endpoint("1003")->qualify_ms, 60000);
	assert_int_equal(pjsip_endpoint("1003")->qualify_retry_ms, 0);
	assert_int_equal(pjsip_endpoint("each")->qualify_retry_ms, 0);
	assert_int_equal(pjsip_endpoint("none")->qualify_retry_ms, 0);
	assert_string_equal(findings, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, pjsip_open, pjsip_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_wizard_stands_for_all_sections),
		TEST(nothing_of_a_wizard_is_passed_over),
		TEST(a_wizard_registers_with_each_host),
		TEST(a_trunk_that_is_asked_is_asked_again_in_doubt),
	};

	return RUN_GROUP(tests);
}
