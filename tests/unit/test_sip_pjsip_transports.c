/* pjsip.conf: transports and what is global. */
#include "tests/unit/test.h"

#include "tests/unit/conf_dir.h"
#include "tests/unit/pjsip_conf.h"

static void transports_and_globals_are_ours(void **state)
{
	const struct sip_listener *listener;

	(void)state;
	pjsip_take("[global]\ntype=global\nuser_agent=PBX\ndefault_realm=office\n"
		   "[system]\ntype=system\ntimer_t1=250\ntimer_b=8000\n"
		   "[udp]\ntype=transport\nprotocol=udp\nbind=127.0.0.1:5070\ntos=cs3\n"
		   "[wss]\ntype=transport\nprotocol=wss\nbind=0.0.0.0\n" PHONE);
	assert_string_equal(settings->user_agent, "PBX");
	assert_string_equal(settings->realm, "office");
	assert_int_equal(settings->t1_ms, 250);
	assert_int_equal(settings->timer_b_ms, 8000);
	listener = settings->listeners;
	assert_string_equal(listener->name, "udp");
	assert_int_equal(sip_sockaddr_port(&listener->bind), 5070);
	assert_int_equal(listener->dscp, 24);
	assert_null(listener->next);
	assert_non_null(strstr(findings, "pjsip.conf:16: warning: protocol = \"wss\""));
}

/* Whoever asks for one port alone has no use for another. */
static void without_its_last_transport_nothing_listens(void **state)
{
	static const char wss[] = "[wss]\ntype=transport\nprotocol=wss\nbind=0.0.0.0\n" PHONE;

	(void)state;
	pjsip_take(wss);
	assert_null(settings->listeners);
	assert_non_null(strstr(findings, "pjsip.conf:1: warning: without [wss] no transport is "
					 "left"));
	/* One of sip.conf is another. */
	conf_dir_write("sip.conf", "[udp]\ntype = transport\nbind = 127.0.0.1:5070\n");
	pjsip_take(wss);
	assert_string_equal(settings->listeners->name, "udp");
	assert_null(strstr(findings, "no transport is left"));
	/* Who says nothing of transports has those of everybody. */
	conf_dir_write("sip.conf", "");
	pjsip_take(PHONE);
	assert_int_equal(sip_sockaddr_port(&settings->listeners->bind), 5060);
}

/* By connections alone, as there: datagrams have a NAT to keep open. */
static void what_is_global_holds_where_nothing_else_is_said(void **state)
{
	(void)state;
	pjsip_take("[global]\ntype=global\nkeep_alive_interval=90\n"
		   "default_voicemail_extension=*97\n"
		   "[tcp]\ntype=transport\nprotocol=tcp\nbind=127.0.0.1:5070\n"
		   "[udp]\ntype=transport\nprotocol=udp\nbind=127.0.0.1:5070\n" PHONE_WITH(""));
	assert_string_equal(findings, "");
	assert_int_equal(settings->listeners->keepalive_ms, 90000);
	assert_int_equal(settings->listeners->next->keepalive_ms, 25000);
	assert_string_equal(pjsip_endpoint("1")->voicemail_number, "*97");
	pjsip_take("[global]\ntype=global\ndefault_voicemail_extension=*97\n" PHONE_WITH(
		"voicemail_extension=*98\n"));
	assert_string_equal(pjsip_endpoint("1")->voicemail_number, "*98");
}

static void nat_and_certificates_are_ours(void **state)
{
	(void)state;
	pjsip_take("[nat]\ntype=transport\nprotocol=tcp\nbind=127.0.0.1:5070\n"
	     "external_signaling_address=203.0.113.7\nexternal_media_address=203.0.113.7\n"
	     "local_net=10.0.0.0/8\nlocal_net=127.0.0.0/8\nmethod=tlsv1\n" PHONE);
	assert_int_equal(settings->listeners->protocol, 1); /* TCP */
	assert_int_equal(settings->listeners->external.address.sa.sa_family, AF_INET);
	assert_int_equal(settings->listeners->local->bits, 8);
	assert_non_null(settings->listeners->local->next);
	assert_null(settings->listeners->local->next->next);
	assert_non_null(strstr(findings, "TLS 1.2 and 1.3 are spoken"));
	assert_null(strstr(findings, "external"));
	conf_dir_write("pjsip.conf", "[tls]\ntype=transport\nprotocol=tls\nbind=127.0.0.1\n"
				     "cert_file=/nowhere/a.crt\npriv_key_file=/nowhere/a.key\n"
				     "ca_list_file=/nowhere/ca\nmethod=tlsv1_3\n"
				     "verify_client=yes\nverify_server=yes\n" PHONE);
	assert_int_equal(pjsip_read(), -EINVAL);
	assert_non_null(strstr(findings, "certificate: /nowhere/a.crt: no such file"));
}

#define BEHIND_NAT(lines) "[nat]\ntype=transport\nprotocol=udp\nbind=127.0.0.1:5070\n" lines PHONE

static void expect_outside(const char *address_and_port)
{
	char text[SIP_SOCKADDR_TEXT];

	assert_string_equal(sip_sockaddr_text(&settings->listeners->external.address, text),
			    address_and_port);
}

static void the_outside_of_a_nat_is_one_address(void **state)
{
	(void)state;
	pjsip_take(BEHIND_NAT("external_media_address=203.0.113.8\n"));
	assert_string_equal(findings, "");
	expect_outside("203.0.113.8:0");
	pjsip_take(BEHIND_NAT("external_signaling_port=5099\n"
			"external_signaling_address=203.0.113.7\n"));
	assert_string_equal(findings, "");
	expect_outside("203.0.113.7:5099");
	pjsip_take(BEHIND_NAT("external_media_address=203.0.113.8\n"
			"external_signaling_address=203.0.113.7\n"));
	expect_outside("203.0.113.7:0");
	assert_non_null(strstr(findings, "external_media_address = \"203.0.113.8\" is not"));
	pjsip_take(BEHIND_NAT("external_signaling_port=5099\n"));
	assert_non_null(strstr(findings, "external_signaling_port = \"5099\" is not"));
}

static void an_outside_of_another_family_is_none(void **state)
{
	(void)state;
	pjsip_take("[nat]\ntype=transport\nprotocol=udp\nbind=localhost:5070\n"
		   "external_media_address=2001:db8::7\n" PHONE);
	assert_non_null(strstr(findings, "pjsip.conf:5: warning: external_media_address = "
					 "\"2001:db8::7\" is not supported: it is of another "
					 "family than bind"));
	assert_int_equal(settings->listeners->external.address.sa.sa_family, 0);
	assert_int_equal(settings->listeners->bind.in4.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
	assert_int_equal(sip_sockaddr_port(&settings->listeners->bind), 5070);
	pjsip_take("[nat]\ntype=transport\nprotocol=udp\nbind=LOCALHOST\n" PHONE);
	assert_int_equal(settings->listeners->bind.in4.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
	assert_int_equal(sip_sockaddr_port(&settings->listeners->bind), 5060);
	pjsip_take("[nat]\ntype=transport\nprotocol=udp\nbind=[::1]:5070\n"
		   "external_signaling_address=203.0.113.7\nexternal_media_address=203.0.113.7\n"
		   PHONE);
	assert_non_null(strstr(findings, "pjsip.conf:5: warning: external_signaling_address"));
	assert_int_equal(settings->listeners->external.address.sa.sa_family, 0);
}

/* Its phones are there all the same, and may use what there is. */
static void a_transport_that_was_left_out_is_not_used(void **state)
{
	(void)state;
	pjsip_take("[w]\ntype=transport\nprotocol=wss\nbind=0.0.0.0\n"
		   "[f]\ntype=transport\nprotocol=flow\n" PHONE_WITH("transport=w\n"));
	assert_non_null(strstr(findings, "pjsip.conf:3: warning: protocol = \"wss\""));
	assert_non_null(strstr(findings, "pjsip.conf:7: warning: protocol = \"flow\""));
	assert_non_null(strstr(findings, "transport = \"w\" is not supported: that section is left "
					 "out"));
	assert_null(pjsip_endpoint("1")->transport);
	pjsip_take(PHONE_WITH("transport=nowhere\n"));
	assert_non_null(strstr(findings, "there is no such section; any transport is used"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, pjsip_open, pjsip_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_transport_that_was_left_out_is_not_used),
		TEST(transports_and_globals_are_ours),
		TEST(without_its_last_transport_nothing_listens),
		TEST(what_is_global_holds_where_nothing_else_is_said),
		TEST(nat_and_certificates_are_ours),
		TEST(an_outside_of_another_family_is_none),
		TEST(the_outside_of_a_nat_is_one_address),
	};

	return RUN_GROUP(tests);
}
