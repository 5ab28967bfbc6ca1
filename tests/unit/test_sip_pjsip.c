/* pjsip.conf: phones and peers in our words, what they cannot mean, and where that was
 * written. */
#include "tests/unit/test.h"

#include <ringdown/ident.h>

#include "channels/sip/endpoint/settings_domains.h"
#include "tests/unit/conf_dir.h"
#include "tests/unit/oom.h"
#include "tests/unit/pjsip_conf.h"

static void sections_of_a_phone_become_one(void **state)
{
	const struct sip_endpoint *phone;

	(void)state;
	pjsip_take(PHONE);
	assert_string_equal(findings, "");
	phone = pjsip_endpoint("1001");
	assert_int_equal(phone->type, SIP_SECTION_PHONE);
	assert_string_equal(phone->context, "office");
	assert_string_equal(phone->allow, "!all,alaw,ulaw");
	assert_string_equal(phone->callerid, "\"Ann\" <1001>");
	assert_string_equal(phone->mailbox, "1001@default");
	assert_string_equal(phone->secret, "pw");
	assert_int_equal(phone->max_contacts, 2);
	assert_int_equal(phone->min_expires_ms, 90000);
	assert_int_equal(phone->qualify_ms, 60000);
	assert_int_equal(phone->qualify_timeout_ms, 2500);
	assert_false(phone->remove_existing);
	assert_ptr_equal(sip_settings_find_user(settings, RD_STR("ann")), phone);
}

/* How Asterisk's users write codecs. */
static void codecs_are_read_as_asterisk_has_them(void **state)
{
	const struct sip_endpoint *phone;

	(void)state;
	conf_dir_write("codecs.conf", "[myopus]\ntype=opus\nmax_bandwidth=wide\n");
	pjsip_take("[1001]\ntype=endpoint\ndisallow=all\nallow=(ULAW|alaw:30|!Gsm|myopus)\n"
		   "allow = g729:30\nauth=a\naors=1001\n"
		   "[a]\ntype=auth\nusername=1001\npassword=p\n"
		   "[1001]\ntype=aor\nmax_contacts=1\n");
	assert_string_equal(findings, "");
	phone = pjsip_endpoint("1001");
	assert_string_equal(phone->allow, "!all,ulaw,alaw,!gsm,opus,g729");
	assert_int_equal(phone->ptime, 30);
	pjsip_take("[1001]\ntype=endpoint\nallow=ulaw:20,alaw:30\nauth=a\naors=1001\n"
		   "[a]\ntype=auth\nusername=1001\npassword=p\n"
		   "[1001]\ntype=aor\nmax_contacts=1\n");
	assert_non_null(strstr(findings, "pjsip.conf:3: warning: "));
	assert_non_null(strstr(findings, "the first length of packets holds for all codecs"));
	assert_int_equal(pjsip_endpoint("1001")->ptime, 20);
}

static bool registers_as(const struct sip_endpoint *phone, const char *record)
{
	struct sip_uri uri;

	assert_int_equal(sip_uri_parse(&uri, rd_str_of(record), NULL), 0);
	return sip_domains_is_record(phone, &uri);
}

/* Who registers names the aor; the endpoint is what is dialled. */
static void an_aor_may_have_another_name(void **state)
{
	const struct sip_endpoint *phone;

	(void)state;
	pjsip_take("[alice]\ntype=endpoint\naors=6001\nauth=a\n[a]\ntype=auth\nusername=6001\n"
		   "password=p\n[6001]\ntype=aor\nmax_contacts=1\n");
	assert_string_equal(findings, "");
	phone = pjsip_endpoint("alice");
	assert_true(registers_as(phone, "sip:6001@pbx.test"));
	assert_true(registers_as(phone, "sip:alice@pbx.test"));
	assert_false(registers_as(phone, "sip:600@pbx.test"));
	pjsip_take("[alice]\ntype=endpoint\naors=desk , mobile\nauth=a\n[a]\ntype=auth\n"
		   "username=6001\npassword=p\n[desk]\ntype=aor\nmax_contacts=1\n"
		   "[mobile]\ntype=aor\nmax_contacts=1\n");
	assert_non_null(strstr(findings, "what the first one says counts"));
	phone = pjsip_endpoint("alice");
	assert_true(registers_as(phone, "sip:desk@pbx.test"));
	assert_true(registers_as(phone, "sip:mobile@pbx.test"));
}

static const struct sip_endpoint *meant(const char *text)
{
	struct sip_uri uri;

	assert_int_equal(sip_uri_parse(&uri, rd_str_of(text), NULL), 0);
	return sip_domains_find_uri(settings, &uri);
}

#define TENANT(name)                                                                               \
	"[" name "]\ntype=endpoint\naors=" name "\nauth=a\n"                                       \
	"[" name "]\ntype=aor\nmax_contacts=1\n"

/* Capitals count in users, not in domains. */
static void a_name_with_a_domain_goes_before_the_user_alone(void **state)
{
	const struct sip_endpoint *phone;

	(void)state;
	pjsip_take("[a]\ntype=auth\nusername=1\npassword=p\n" TENANT("1") TENANT("1@a.test")
			   TENANT("Ann@A.Test") "[desk]\ntype=endpoint\naors=9@b.test\nauth=a\n"
						"[9@b.test]\ntype=aor\nmax_contacts=1\n"
						"[alias.test]\ntype=domain_alias\ndomain=A.TEST\n");
	assert_string_equal(findings, "");
	phone = pjsip_endpoint("1@a.test");
	assert_ptr_equal(meant("sip:1@A.test"), phone);
	assert_ptr_equal(meant("sip:%31@ALIAS.test"), phone);
	assert_ptr_equal(meant("sip:1@c.test"), pjsip_endpoint("1"));
	assert_ptr_equal(meant("sip:Ann@a.test"), pjsip_endpoint("Ann@A.Test"));
	assert_null(meant("sip:ann@a.test"));
	assert_null(meant("sip:9@b.test"));
	assert_ptr_equal(sip_settings_find(settings, RD_STR("1@A.TEST")), phone);
	assert_ptr_equal(sip_settings_find_record(settings, RD_STR("9@B.test")),
			 pjsip_endpoint("desk"));
	assert_true(registers_as(phone, "sip:1@alias.test"));
	assert_false(registers_as(phone, "sip:1@c.test"));
	assert_true(registers_as(pjsip_endpoint("desk"), "sips:9@B.test"));
	assert_false(registers_as(pjsip_endpoint("desk"), "sip:9@a.test"));
}

static void an_alias_needs_a_domain(void **state)
{
	(void)state;
	conf_dir_write("pjsip.conf", PHONE "[alias.test]\ntype=domain_alias\n");
	assert_int_equal(pjsip_read(), -EINVAL);
	assert_non_null(strstr(findings, "[alias.test] \"domain\" is missing"));
}

/* Its contact is called beside what registers; without max_contacts nothing does. */
static void an_aor_may_have_a_contact_and_devices(void **state)
{
	const struct sip_endpoint *peer;

	(void)state;
	pjsip_take("[1]\ntype=endpoint\naors=1\nauth=a\n[a]\ntype=auth\nusername=1\n"
		   "password=p\n[1]\ntype=aor\ncontact=sip:192.0.2.1\nmax_contacts=2\n");
	assert_string_equal(findings, "");
	peer = pjsip_endpoint("1");
	assert_int_equal(peer->type, SIP_SECTION_PEER);
	assert_string_equal(peer->host, "192.0.2.1");
	assert_true(peer->ring_host);
	assert_int_equal(peer->max_contacts, 2);
	assert_false(peer->remove_existing);
	pjsip_take("[1]\ntype=endpoint\naors=1\nauth=a\n[a]\ntype=auth\nusername=1\n"
		   "password=p\n[1]\ntype=aor\ncontact=sip:192.0.2.1\n");
	assert_string_equal(findings, "");
	assert_int_equal(pjsip_endpoint("1")->max_contacts, 0);
}

#define LOGIN(name) "[" name "]\ntype=auth\nusername=" name "\npassword=p\n"

static void endpoints_may_share_an_aor(void **state)
{
	(void)state;
	pjsip_take("[1]\ntype=endpoint\naors=desk\nauth=1\n" LOGIN(
		"1") "[2]\ntype=endpoint\naors=desk\nauth=2\n" LOGIN("2") "[3]\ntype="
									  "endpoint\naors=3\nauth="
									  "3\n" LOGIN("3") "[desk]"
											   "\ntype="
											   "aor\nma"
											   "x_"
											   "contact"
											   "s=2\n["
											   "3]"
											   "\ntype="
											   "aor\nma"
											   "x_"
											   "contact"
											   "s=1\n");
	assert_string_equal(findings, "");
	assert_string_equal(pjsip_endpoint("1")->record, "1");
	assert_string_equal(pjsip_endpoint("2")->record, "1");
	assert_string_equal(pjsip_endpoint("3")->record, "3");
	assert_true(registers_as(pjsip_endpoint("1"), "sip:desk@pbx.test"));
	assert_true(registers_as(pjsip_endpoint("2"), "sip:desk@pbx.test"));
	assert_ptr_equal(sip_settings_find_record(settings, RD_STR("desk")), pjsip_endpoint("1"));
}

/* What Asterisk does when an aor says nothing. */
static void nobody_registers_without_max_contacts(void **state)
{
	(void)state;
	pjsip_take("[1]\ntype=endpoint\naors=1\nauth=a\n[a]\ntype=auth\nusername=1\n"
		   "password=p\n[1]\ntype=aor\n");
	assert_string_equal(findings, "pjsip.conf:3: warning: [1] cannot register: its aor has no "
				      "max_contacts\n");
	assert_int_equal(pjsip_endpoint("1")->max_contacts, 0);
	pjsip_take(PHONE_WITH(""));
	assert_string_equal(findings, "");
	assert_false(pjsip_endpoint("1")->remove_existing);
	pjsip_take(PHONE_WITH("") "remove_existing=yes\n");
	assert_true(pjsip_endpoint("1")->remove_existing);
}

static void lamps_are_what_they_were(void **state)
{
	const struct sip_endpoint *phone;

	(void)state;
	pjsip_take("[1]\ntype=endpoint\naors=1\nsubscribe_context=lamps\naggregate_mwi=yes\n"
	     "stir_shaken_profile=signed\n"
	     "auth=a\nvoicemail_extension=*97\n[a]\ntype=auth\nusername=1\npassword=p\n"
	     "[1]\ntype=aor\nmailboxes=1@a,2@b\n"
	     "voicemail_extension=*98\nmax_contacts=1\n"
	     "[panel]\ntype=resource_list\nevent=dialog\nlist_item=1001\nlist_item=1002\n"
	     "full_state=yes\nnotification_batch_interval=200\n");
	assert_string_equal(findings, "");
	phone = pjsip_endpoint("1");
	assert_string_equal(phone->mailbox, "1@a,2@b");
	assert_string_equal(phone->voicemail_number, "*97");
	assert_string_equal(phone->subscribe_context, "lamps");
	assert_string_equal(phone->stir_shaken_profile, "signed");
	assert_string_equal(settings->lists->name, "panel");
	assert_string_equal(settings->lists->event, "dialog");
	assert_string_equal(settings->lists->items[1], "1002");
	assert_true(settings->lists->full_state);
	assert_int_equal(settings->lists->batch_ms, 200);
}

static void who_is_shown_and_what_is_written_is_as_it_was(void **state)
{
	const struct sip_endpoint *phone;

	(void)state;
	pjsip_take("[1]\ntype=endpoint\naors=1\nauth=a\nmessage_context=texts\n"
	     "callerid_privacy=prohib_passed_screen\nsend_diversion=no\n"
	     "send_history_info=yes\nuser_eq_phone=yes\n"
	     "[a]\ntype=auth\nusername=1\npassword=p\n[1]\ntype=aor\nmax_contacts=1\n");
	assert_string_equal(findings, "");
	phone = pjsip_endpoint("1");
	assert_string_equal(phone->message_context, "texts");
	assert_int_equal(phone->callerid_privacy, RD_PRESENT_PROHIBITED_PASSED);
	assert_false(phone->send_diversion);
	assert_true(phone->send_history_info);
	assert_true(phone->user_eq_phone);
}

static void whose_codecs_come_first_is_as_it_was(void **state)
{
	(void)state;
	pjsip_take(PHONE_WITH("codec_prefs_incoming_offer=prefer: pending, operation: intersect\n"
			"codec_prefs_outgoing_offer=prefer:configured,keep:all\n"));
	assert_string_equal(findings, "");
	assert_int_equal(pjsip_endpoint("1")->codec_order, 1);
	assert_int_equal(pjsip_endpoint("1")->offer_order, 1);
	pjsip_take(PHONE_WITH("incoming_call_offer_pref=local\noutgoing_call_offer_pref=remote\n"));
	assert_string_equal(findings, "");
	assert_int_equal(pjsip_endpoint("1")->codec_order, 0);
	assert_int_equal(pjsip_endpoint("1")->offer_order, 0);
	pjsip_take(PHONE_WITH("codec_prefs_incoming_offer=prefer: pending, transcode: prevent\n"));
	assert_non_null(strstr(findings, "codec_prefs_incoming_offer"));
}

static void how_sound_finds_its_way_is_as_it_was(void **state)
{
	(void)state;
	pjsip_take(PHONE_WITH("ice_support=true\nrtcp_mux=yes\nbundle=yes\n"));
	assert_string_equal(findings, "");
	assert_int_equal(pjsip_endpoint("1")->ice, SIP_ICE_YES);
	assert_true(pjsip_endpoint("1")->rtcp_mux);
	assert_true(pjsip_endpoint("1")->bundle);
	assert_false(pjsip_endpoint("1")->webrtc);
	pjsip_take(PHONE_WITH("webrtc=yes\nice_support=maybe\n"));
	assert_non_null(strstr(findings, "ice_support"));
	assert_true(pjsip_endpoint("1")->webrtc);
}

static void what_is_so_anyway_needs_no_word(void **state)
{
	(void)state;
	pjsip_take("[t](!)\ntype=endpoint\ndirect_media=No\nforce_rport=true\nice_support=off\n"
	       "rtp_symmetric=yes\nrewrite_contact=yes\nwebrtc=no\n" PHONE);
	assert_string_equal(findings, "");
	pjsip_take(PHONE "[1001](+)\n");
}

static enum sip_to_source rewrites(const char *line)
{
	char text[512];

	snprintf(text, sizeof(text), "%s[1001](+)\n%s", PHONE, line);
	pjsip_take(text);
	assert_string_equal(findings, "");
	return (enum sip_to_source)pjsip_endpoint("1001")->to_source;
}

static void contacts_are_rewritten_as_they_were_or_where_a_nat_asks_for_it(void **state)
{
	(void)state;
	assert_int_equal(rewrites(""), SIP_TO_SOURCE_NAT);
	assert_int_equal(rewrites("rewrite_contact=true\n"), SIP_TO_SOURCE_YES);
	assert_int_equal(rewrites("rewrite_contact=0\n"), SIP_TO_SOURCE_NO);
}

static void variables_and_proxies_are_taken_over(void **state)
{
	const struct sip_endpoint *phone;

	(void)state;
	pjsip_take("[1001]\ntype=endpoint\nauth=a\naors=1001\nset_var=ONE=1\nset_var=TWO=a,b\n"
	     "[a]\ntype=auth\nusername=u\npassword=p\n"
	     "[1001]\ntype=aor\ncontact=sip:192.0.2.1\noutbound_proxy=sip:192.0.2.7\\;lr\n");
	phone = pjsip_endpoint("1001");
	assert_string_equal(phone->vars->name, "ONE");
	assert_string_equal(phone->vars->value, "1");
	assert_string_equal(phone->vars->next->name, "TWO");
	assert_string_equal(phone->vars->next->value, "a,b");
	assert_null(phone->vars->next->next);
	assert_string_equal(phone->outbound_proxy, "sip:192.0.2.7;lr");
	assert_null(strstr(findings, "not supported"));
}

static void a_contact_says_whom_it_is_for_and_how_it_is_reached(void **state)
{
	const struct sip_endpoint *trunk;

	(void)state;
	pjsip_take("[1]\ntype=endpoint\naors=1\n[2]\ntype=endpoint\naors=2\n"
		   "[1]\ntype=aor\ncontact=sip:47%2311@192.0.2.7:5081\\;transport=tcp\\;ob\n"
		   "[2]\ntype=aor\ncontact=sip:[2001:db8::7]\n");
	assert_string_equal(findings, "");
	trunk = pjsip_endpoint("1");
	assert_string_equal(trunk->host, "192.0.2.7:5081;transport=tcp");
	assert_string_equal(trunk->host_user, "47#11");
	trunk = pjsip_endpoint("2");
	assert_string_equal(trunk->host, "[2001:db8::7]");
	assert_null(trunk->host_user);
}

static void several_contacts_are_several_hosts(void **state)
{
	const struct sip_endpoint *other;

	(void)state;
	pjsip_take("[1]\ntype=endpoint\naors=1\n[2]\ntype=endpoint\naors=2\n"
		   "[1]\ntype=aor\ncontact=sip:192.0.2.7:5081,<sip:a%20b@192.0.2.8>\n"
		   "contact=sips:gate.example\n"
		   "[2]\ntype=aor\ncontact=<sip:11@192.0.2.9>\n");
	assert_string_equal(findings, "");
	assert_string_equal(pjsip_endpoint("1")->host, "192.0.2.7:5081");
	other = pjsip_endpoint("1")->other_host;
	assert_string_equal(other->name, "1");
	assert_string_equal(other->host, "192.0.2.8");
	assert_string_equal(other->host_user, "a b");
	other = other->other_host;
	assert_string_equal(other->host, "gate.example");
	assert_true(other->host_secure);
	assert_null(other->host_user);
	assert_null(other->other_host);
	assert_null(pjsip_endpoint("2")->other_host);
	assert_string_equal(pjsip_endpoint("2")->host, "192.0.2.9");
	assert_string_equal(pjsip_endpoint("2")->host_user, "11");
}

/* Asterisk starts with each of them, and so do we. */
static void what_is_not_there_does_not_keep_it_from_starting(void **state)
{
	(void)state;
	pjsip_take(PHONE_WITH("tone_zone=xx\n@mark=7\n"));
	assert_non_null(strstr(findings, ":5: warning: tone_zone = \"xx\" is not supported"));
	assert_non_null(strstr(findings, ":6: warning: @mark = \"7\" is not supported"));
	assert_true(!pjsip_endpoint("1")->tone_zone || !*pjsip_endpoint("1")->tone_zone);
	pjsip_take(PHONE_WITH("transport=t\n") "[t]\ntype=transport\nprotocol=tls\n"
						"bind=127.0.0.1:5061\n");
	assert_non_null(strstr(findings, "it needs a cert_file; the section is left out"));
	assert_non_null(strstr(findings, ":5: warning: transport = \"t\" is not supported"));
}

static void a_registration_needs_a_password_that_is_there(void **state)
{
	static const char rest[] = "server_uri=sip:192.0.2.7\nclient_uri=sip:u@192.0.2.7\n"
				   "[a]\ntype=auth\nusername=u\npassword=p\n[b]\ntype=auth\n";
	char conf[512];

	(void)state;
	snprintf(conf, sizeof(conf), "%s%s%s", PHONE "[r]\ntype=registration\n",
		 "outbound_auth=a,b\n", rest);
	pjsip_take(conf);
	assert_string_equal(pjsip_endpoint("r")->secret, "p");
	for (int i = 0; i < 2; i++) {
		snprintf(conf, sizeof(conf), "%s%s%s", PHONE "[r]\ntype=registration\n",
			 i ? "outbound_auth=b\n" : "outbound_auth=gone\n", rest);
		pjsip_take(conf);
		assert_non_null(strstr(findings, "warning: [r] is left out: there is no "
						 "type=auth \""));
		assert_int_equal(settings->endpoint_count, 1);
	}
}

/* Host and transport are 256 letters. */
static void a_contact_that_is_too_long_by_one_letter_is_told(void **state)
{
	char conf[512], host[243];

	(void)state;
	memset(host, 'h', sizeof(host) - 1);
	host[sizeof(host) - 1] = '\0';
	snprintf(conf, sizeof(conf),
		 "[1]\ntype=endpoint\naors=1\nauth=a\n"
		 "[a]\ntype=auth\nusername=1\npassword=p\n[1]\ntype=aor\n"
		 "contact=sip:%s\\;transport=tcp\n",
		 host);
	pjsip_take(conf);
	assert_non_null(strstr(findings, "it is too long"));
}

static void what_cannot_be_is_said_once_with_its_place(void **state)
{
	(void)state;
	pjsip_take("[t](!)\ntype=endpoint\ncontext=c\nmedia_encryption=zrtp\n"
		   "[a](t)\nauth=x\n[b](t)\nauth=x\n[x]\ntype=auth\npassword=p\nusername=u\n"
		   "[r]\ntype=phoneprov\n");
	assert_string_equal(
		findings,
		"pjsip.conf:4: warning: media_encryption = \"zrtp\" is not supported: there is no "
		"such choice here\n"
		"pjsip.conf:13: warning: [r] type=phoneprov is not supported: there is no "
		"provisioning of phones\n");
}

/* As programs write them that write every option. */
static void an_option_without_a_value_is_not_set(void **state)
{
	const struct sip_endpoint *phone;

	(void)state;
	pjsip_take("[t](!)\ntype=endpoint\ntransport=udp\noutbound_proxy=sip:192.0.2.1\n"
		   "context=office\nset_var=A=1\n"
		   "[1](t)\nauth=a\naors=1\noutbound_auth=\ntransport=\noutbound_proxy=\n"
		   "t38_udptl=\nmailboxes=\ncallerid=\nset_var=\nmedia_encryption=\n"
		   "follow_redirect_methods=\nrtp_timeout=\n"
		   "[2](t)\nauth=\naors=2\ntransport=\noutbound_proxy=\n"
		   "[a]\ntype=auth\nauth_type=\nusername=1\npassword=p\nmd5_cred=\nrealm=\n"
		   "[1]\ntype=aor\ncontact=\nmax_contacts=1\noutbound_proxy=\n"
		   "[2]\ntype=aor\ncontact=sip:192.0.2.7\n"
		   "[u]\ntype=transport\nbind=127.0.0.1\nexternal_signaling_address=\n"
		   "external_media_address=192.0.2.9\nexternal_signaling_port=\n");
	assert_string_equal(findings, "");
	phone = pjsip_endpoint("1");
	assert_int_equal(phone->type, SIP_SECTION_PHONE);
	assert_null(phone->transport);
	assert_null(phone->outbound_proxy);
	assert_string_equal(phone->context, "office");
	assert_string_equal(phone->vars->name, "A");
	assert_true(pjsip_endpoint("2")->trust_match);
}

static void refuse(const char *pjsip, const char *words)
{
	conf_dir_write("pjsip.conf", pjsip);
	assert_int_equal(pjsip_read(), -EINVAL);
	if (!strstr(findings, words))
		fail_msg("\"%s\" was expected in: %s", words, findings);
}

static bool may_come_from(const char *host)
{
	union sip_sockaddr address;

	assert_int_equal(sip_sockaddr_parse(&address, rd_str_of(host), 5060), 0);
	return sip_endpoint_permits(pjsip_endpoint("1"), &address);
}

/* An address must pass each list, whatever another one says of it. */
static void lists_of_acl_conf_hold(void **state)
{
	(void)state;
	conf_dir_write("acl.conf", "[inside]\ndeny=0.0.0.0/0.0.0.0\npermit=10.0.0.0/8\n"
				   "[guests]\ndeny = 10.1.0.0/16\n");
	pjsip_take(PHONE_WITH("acl=inside, guests\n"));
	assert_string_equal(findings, "");
	assert_true(may_come_from("10.2.0.1"));
	assert_false(may_come_from("10.1.0.1"));
	assert_false(may_come_from("192.0.2.1"));
	pjsip_take(PHONE_WITH("acl=inside\npermit=192.0.2.0/24\n"));
	assert_false(may_come_from("192.0.2.1"));
	pjsip_take(PHONE_WITH("") "[all]\ntype=acl\nacl=guests\n");
	assert_string_equal(findings, "");
	assert_false(may_come_from("10.1.0.1"));
	assert_true(may_come_from("192.0.2.1"));
	pjsip_take(PHONE_WITH("acl=gone\n"));
	assert_string_equal(findings, "pjsip.conf:5: warning: acl: there is no [gone] in acl.conf: "
				      "nobody gets in\n");
	assert_false(may_come_from("10.2.0.1"));
	conf_dir_write("acl.conf", "[inside]\ndeny=everybody\n");
	refuse(PHONE_WITH("acl=inside\n"), "acl.conf:2: deny: an address or network");
	refuse(PHONE_WITH(""), "acl.conf:2: deny: an address or network"); /* nobody names it */
	conf_dir_write("acl.conf", "[inside]\npermit=10.0.0.0/8\nallow=all\n");
	pjsip_take(PHONE_WITH("acl=inside\n") "[all]\ntype=acl\nacl=inside\n");
	assert_string_equal(findings, "acl.conf:3: warning: allow has no effect: permit and deny "
				      "are understood\n"); /* once */
}

/* A rule that cannot be told here lets nobody in whom it was to keep out. */
static void a_mask_with_holes_opens_nothing(void **state)
{
	(void)state;
	conf_dir_write("acl.conf", "[inside]\ndeny=0/0\npermit=10.0.0.0/255.0.255.0\n"
				   "permit=192.0.2.0/24\n[not]\npermit=10.0.0.0/8\n"
				   "deny=10.0.0.0/255.0.255.0\npermit=10.1.0.0/16\n");
	pjsip_take(PHONE_WITH("acl=inside\n"));
	assert_non_null(strstr(findings, "acl.conf:3: warning: permit: the mask of "
					 "\"10.0.0.0/255.0.255.0\" has holes"));
	assert_false(may_come_from("10.0.0.1"));
	assert_true(may_come_from("192.0.2.1"));
	pjsip_take(PHONE_WITH("acl=not\n"));
	assert_non_null(strstr(findings, "acl.conf:7: warning: deny: the mask of "
					 "\"10.0.0.0/255.0.255.0\" has holes, write several "
					 "networks: nobody gets in"));
	assert_false(may_come_from("10.1.0.1"));
	assert_false(may_come_from("192.0.2.1"));
	conf_dir_write("acl.conf", "");
	pjsip_take(PHONE_WITH("permit=!10.0.0.0/255.0.255.0\npermit=10.1.0.0/16\n"));
	assert_false(may_come_from("10.1.0.1"));
	assert_false(may_come_from("192.0.2.1"));
	pjsip_take(PHONE_WITH("permit=10.0.0.0/255.0.255.0\n"));
	assert_true(may_come_from("192.0.2.1"));
}

static bool may_register(const char *uri)
{
	return sip_endpoint_permits_contact(pjsip_endpoint("1"), rd_str_of(uri));
}

/* That of the endpoint, and that of all, which may have an endpoint's name. */
static void contacts_have_lists_of_their_own(void **state)
{
	(void)state;
	conf_dir_write("acl.conf", "[inside]\ndeny=0.0.0.0/0.0.0.0\npermit=10.0.0.0/8\n");
	pjsip_take(PHONE_WITH("contact_acl=inside\ncontact_deny=10.0.0.5\n")
		   "[1]\ntype=acl\ncontact_deny=0.0.0.0/0\ncontact_permit=!10.0.0.6,10.0.0.0/29\n"
		   "contact_deny=10.0.0.4\n");
	assert_string_equal(findings, "");
	assert_true(may_come_from("192.0.2.1"));
	assert_true(may_register("sip:1@10.0.0.1"));
	assert_false(may_register("sip:1@10.0.0.4"));
	assert_false(may_register("sip:1@10.0.0.5"));
	assert_false(may_register("sip:1@10.0.0.9"));
	assert_false(may_register("sip:1@192.0.2.1"));
}

/* Each type has names of its own, as there. */
static void a_transport_may_be_called_as_an_endpoint(void **state)
{
	(void)state;
	pjsip_take("[1]\ntype=transport\nprotocol=udp\nbind=127.0.0.1:5070\n" PHONE_WITH(
		"transport=1\n") "[1]\ntype=resource_list\nevent=dialog\nlist_item=1\n"
				 "[1]\ntype=acl\ndeny=10.0.0.9\n[1]\ntype=global\nuser_agent=x\n");
	assert_string_equal(findings, "");
	assert_string_equal(pjsip_endpoint("1")->transport, "1");
	assert_string_equal(settings->listeners->name, "1");
	assert_null(settings->listeners->next);
	assert_string_equal(settings->lists->name, "1");
	assert_string_equal(settings->user_agent, "x");
	assert_false(may_come_from("10.0.0.9"));
	refuse("[t]\ntype=transport\nprotocol=udp\nbind=127.0.0.1:5070\n"
	       "[t]\ntype=transport\nprotocol=udp\nbind=127.0.0.1:5071\n",
	       "pjsip.conf:5: a second section [t], after pjsip.conf:1");
}

/* The first of them would be taken without a word. */
static void a_part_stands_there_once(void **state)
{
	(void)state;
	refuse(PHONE_WITH("") "[a]\ntype=auth\nusername=1\npassword=q\n",
	       "pjsip.conf:12: a second section [a] of type=auth, after pjsip.conf:5; to add to "
	       "the first, write [a](+type=auth)");
	refuse(PHONE_WITH("") "[1]\ntype=aor\nmax_contacts=2\n",
	       "a second section [1] of type=aor");
	refuse(PHONE_WITH("") "[1]\ntype=endpoint\nauth=a\n",
	       "pjsip.conf:12: a second section [1] of type=endpoint, after pjsip.conf:1");
	pjsip_take(PHONE_WITH("") "[1](+type=aor)\nmax_contacts=2\n");
	assert_int_equal(pjsip_endpoint("1")->max_contacts, 2);
}

/* The line of the file, by the name of sip.conf. */
static void a_password_that_a_comment_cuts_is_told(void **state)
{
	(void)state;
	pjsip_take("[1]\ntype=endpoint\naors=1\nauth=a\n[1]\ntype=aor\nmax_contacts=1\n"
		   "[a]\ntype=auth\nusername=1\npassword=p;q\n");
	assert_non_null(strstr(findings,
			       "pjsip.conf:11: warning: the password ends before the \";\""));
	assert_string_equal(pjsip_endpoint("1")->secret, "p");
}

/* Left-overs of what was removed; Asterisk starts with them. */
static void references_that_lead_nowhere_are_told(void **state)
{
	(void)state;
	pjsip_take("[a]\ntype=endpoint\nauth=nobody\n[a]\ntype=identify\nendpoint=a\n"
		   "match=10.0.0.1\n" PHONE);
	assert_string_equal(findings, "pjsip.conf:3: warning: [a] is left out: there is no such "
				      "section of type=auth\n");
	assert_int_equal(settings->endpoint_count, 1);
	pjsip_take(PHONE "[i]\ntype=identify\nendpoint=x\nmatch=10.0.0.1\n");
	assert_non_null(strstr(findings, "[i] is left out: there is no endpoint \"x\""));
	pjsip_take("[1]\ntype=endpoint\naors=x\nauth=a\n"
		   "[a]\ntype=auth\nusername=1\npassword=p\n");
	assert_non_null(strstr(findings, ":3: warning: aors: there is no [x] of type=aor"));
	assert_int_equal(pjsip_endpoint("1")->max_contacts, 0);
	pjsip_take(PHONE_WITH("transport=gone\n"));
	assert_string_equal(findings, "pjsip.conf:5: warning: transport = \"gone\" is not "
				      "supported: there is no such section; any transport is "
				      "used\n");
	assert_null(pjsip_endpoint("1")->transport);
	pjsip_take(PHONE_WITH("transport=udp\n") "[udp]\ntype=transport\nbind=127.0.0.1\n");
	assert_string_equal(findings, "");
	assert_string_equal(pjsip_endpoint("1")->transport, "udp");
}

/* Without its password there is nothing to tell who it is. */
static void a_password_that_is_not_there_lets_nobody_in(void **state)
{
	(void)state;
	pjsip_take("[a]\ntype=endpoint\noutbound_auth=gone\n" PHONE);
	assert_non_null(strstr(findings, "[a] is left out: anybody could be it"));
	assert_int_equal(settings->endpoint_count, 1);
}

static void errors_name_the_line_of_pjsip_conf(void **state)
{
	(void)state;
	refuse(PHONE_WITH("contat=x\n"),
	       "pjsip.conf:5: unknown option \"contat\" of type=endpoint; did you mean "
	       "\"context\"?");
	refuse(PHONE_WITH("rtp_timeout=soon\n"), "pjsip.conf:5: [1] rtp_timeout");
	refuse("[i]\ntype=identify\nmatch=10.0.0.1\n",
	       "pjsip.conf:1: [i] a line \"endpoint = ...\" was expected");
}

/* Asterisk passes over them. */
static void sections_that_mean_nothing_are_told_and_left_out(void **state)
{
	(void)state;
	conf_dir_write("pjsip_wizard.conf", "[w]\ntype=wizzard\n");
	pjsip_take("[i]\ntype=identity\n[old]\nmatch=1\n[friend]\ntype=friend\n"
		   "[g]\ntype=global\nuser_agent=one\n[h]\ntype=global\nuser_agent=two\n"
		   "[s]\ntype=system\n[s2]\ntype=system\ntimer_t1=700\n" PHONE);
	assert_string_equal(findings,
			    "pjsip_wizard.conf:1: warning: [w] is not read: it has no line "
			    "\"type = wizard\"\n"
			    "pjsip.conf:10: warning: [h] is not read: a second section of "
			    "type=global, after pjsip.conf:7\n"
			    "pjsip.conf:15: warning: [s2] is not read: a second section of "
			    "type=system, after pjsip.conf:13\n"
			    "pjsip.conf:1: warning: [i] is not read: there is no type=identity\n"
			    "pjsip.conf:3: warning: [old] is not read: it has no line \"type = "
			    "...\"\n"
			    "pjsip.conf:5: warning: [friend] is not read: there is no "
			    "type=friend\n");
	assert_string_equal(settings->user_agent, "one");
}

/* There, keys travel by whatever transport; here, only by TLS unless it is said. */
static void keys_in_clear_are_reported(void **state)
{
	static const char words[] = "pjsip.conf:5: warning: media_encryption = \"sdes\"";

	(void)state;
	pjsip_take(PHONE_WITH("media_encryption=sdes\n"));
	assert_non_null(strstr(findings, words));
	assert_non_null(strstr(findings, "sdes_in_clear"));
	pjsip_take(PHONE_WITH("media_encryption=sdes\nsdes_in_clear=yes\n"));
	assert_string_equal(findings, "");
	assert_true(pjsip_endpoint("1")->sdes_in_clear);
	pjsip_take(PHONE_WITH("media_encryption=dtls\n"));
	assert_string_equal(findings, "");
	conf_dir_write("pjsip.conf",
		       PHONE_WITH("media_encryption=sdes\n") "[t]\ntype=transport\nprotocol=tls\n");
	pjsip_read(); /* it lacks a certificate */
	assert_null(strstr(findings, "media_encryption"));
}

static void a_peer_is_where_its_contact_says(void **state)
{
	const struct sip_endpoint *peer;
	union sip_sockaddr address;

	(void)state;
	pjsip_take("[gw]\ntype=endpoint\ncontext=in\naors=gw\noutbound_auth=gw\ndtmf_mode=info\n"
	       "100rel=yes\ntimers=always\n[gw]\ntype=aor\ncontact=sip:x@192.0.2.7:5070\n"
	       "[gw]\ntype=auth\nusername=me\npassword=pw\n"
	       "[gw]\ntype=identify\nendpoint=gw\nmatch=192.0.2.7,198.51.100.0/24\n"
	       "[acl]\ntype=acl\ndeny=0.0.0.0/0\npermit=198.51.100.0/24\n");
	assert_string_equal(findings, "");
	peer = pjsip_endpoint("gw");
	assert_int_equal(peer->type, SIP_SECTION_PEER);
	assert_string_equal(peer->host, "192.0.2.7:5070");
	assert_string_equal(peer->username, "me");
	assert_int_equal(peer->dtmf_mode, SIP_DTMF_INFO);
	assert_int_equal(peer->reliable, SIP_RELIABLE_SUPPORTED);
	assert_int_equal(sip_sockaddr_parse(&address, RD_STR("198.51.100.9"), 1), 0);
	assert_true(sip_network_has(peer->match->next, &address));
	assert_true(sip_endpoint_permits(peer, &address));
	assert_int_equal(sip_sockaddr_parse(&address, RD_STR("203.0.113.9"), 1), 0);
	assert_false(sip_endpoint_permits(peer, &address));
}

static void a_contact_is_where_to_call_and_no_proof(void **state)
{
	const struct sip_endpoint *peer;

	(void)state;
	pjsip_take("[1]\ntype=endpoint\naors=1\nauth=a\n[a]\ntype=auth\nusername=1\n"
		   "password=p\n[1]\ntype=aor\ncontact=sip:1@192.0.2.7\n"
		   "[2]\ntype=endpoint\naors=1\nauth=a\n"
		   "[2]\ntype=identify\nendpoint=2\nmatch=192.0.2.8\n"
		   "[3]\ntype=endpoint\naors=1\n"
		   "[3]\ntype=identify\nendpoint=3\nmatch=192.0.2.9\n");
	peer = pjsip_endpoint("1");
	assert_string_equal(peer->host, "192.0.2.7");
	assert_null(peer->match);
	assert_false(peer->trust_match);
	assert_false(pjsip_endpoint("2")->trust_match);
	assert_true(pjsip_endpoint("3")->trust_match);
}

#define GATEWAY(match, options)                                                        \
	"[gw]\ntype=identify\nendpoint=gw\n" match "[gw]\ntype=endpoint\naors=gw\n" options \
	"[gw]\ntype=aor\ncontact=sip:192.0.2.7\n[a]\ntype=auth\nusername=me\npassword=p\n"

static void a_match_that_cannot_be_told_lets_nobody_in(void **state)
{
	const struct sip_endpoint *peer;

	(void)state;
	pjsip_take(GATEWAY("match=192.0.2.7:5060/32\nmatch=192.0.2.8\n"
			   "match=10.0.0.0/255.0.255.0\n", ""));
	assert_non_null(strstr(findings, "pjsip.conf:4: warning: match = \"192.0.2.7:5060/32\" is "
					 "not supported: ports are not looked at"));
	assert_non_null(strstr(findings, "its mask has holes, write several networks"));
	peer = pjsip_endpoint("gw");
	assert_int_equal(peer->match->address.in4.sin_addr.s_addr, htonl(0xc0000208));
	assert_null(peer->match->next);
	pjsip_take(GATEWAY("match=!192.0.2.9\nmatch=192.0.2.8\n", "outbound_auth=a\n"));
	assert_non_null(strstr(findings, "pjsip.conf:4: warning: match = \"!192.0.2.9\" is not "
					 "supported: say who fits"));
	peer = pjsip_endpoint("gw");
	assert_null(peer->match);
	assert_false(peer->trust_match);
	pjsip_take(PHONE GATEWAY("match=192.0.2.8:5060\n", ""));
	assert_non_null(strstr(findings, "[gw] is left out: no match of its identify sections"));
	assert_non_null(strstr(findings, "match = \"192.0.2.8:5060\" is not supported: ports"));
	assert_null(sip_settings_find(settings, RD_STR("gw")));
}

static void no_codec_at_all_is_a_list_too(void **state)
{
	(void)state;
	pjsip_take(PHONE_WITH("allow=ulaw\nallow=none\n"));
	assert_string_equal(findings, "");
	assert_string_equal(pjsip_endpoint("1")->allow, "ulaw,!all");
	pjsip_take(PHONE_WITH("disallow=none\nallow=alaw,!none\n"));
	assert_string_equal(findings, "");
	assert_string_equal(pjsip_endpoint("1")->allow, "alaw");
	pjsip_take(PHONE_WITH("disallow=none\n"));
	assert_string_equal(findings, "");
	assert_string_equal(pjsip_endpoint("1")->allow, "ulaw,alaw");
}

static void a_flood_is_slowed_down(void **state)
{
	(void)state;
	pjsip_take(PHONE_WITH("rtp_keepalive=1ms\n"));
	assert_non_null(strstr(findings, "rtp_keepalive = \"1ms\": 1s is taken"));
	assert_int_equal(pjsip_endpoint("1")->rtp_keepalive_ms, 1000);
	pjsip_take(PHONE_WITH("rtp_keepalive=0\n"));
	assert_string_equal(findings, "");
	assert_int_equal(pjsip_endpoint("1")->rtp_keepalive_ms, 0);
}

static void both_files_are_read_and_the_old_one_is_not(void **state)
{
	(void)state;
	conf_dir_write("sip.conf", "[2001]\ntype=phone\nsecret=x\n");
	pjsip_take(PHONE);
	pjsip_endpoint("1001");
	pjsip_endpoint("2001");
	conf_dir_write("sip.conf", "[general]\nbindport=5060\n[2001]\ntype=friend\n");
	pjsip_take(PHONE);
	assert_int_equal(settings->endpoint_count, 1);
	assert_non_null(strstr(findings, "chan_sip"));
}

static void without_any_file_it_is_said(void **state)
{
	(void)state;
	assert_int_equal(pjsip_read(), -EINVAL);
	assert_non_null(strstr(findings, "neither this file nor pjsip.conf"));
}

static void memory_may_run_out(void **state)
{
	(void)state;
	conf_dir_write("pjsip.conf", PHONE "[g]\ntype=identify\nendpoint=1001\nmatch=10.0.0.1\n"
					   "[a]\ntype=auth\nusername=1\npassword=p\n" TENANT(
						   "1001@a.test") "[b.test]\ntype=domain_alias\n"
								  "domain=a.test\n");
	conf_dir_write("pjsip_wizard.conf", "[w]\ntype=wizard\nremote_hosts=192.0.2.1\n"
					    "endpoint/context=c\n");
	assert_true(oom_sweep(pjsip_read_once, NULL) > 10);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, pjsip_open, pjsip_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sections_of_a_phone_become_one),
		TEST(codecs_are_read_as_asterisk_has_them),
		TEST(an_aor_may_have_another_name),
		TEST(a_name_with_a_domain_goes_before_the_user_alone),
		TEST(an_alias_needs_a_domain),
		TEST(an_aor_may_have_a_contact_and_devices),
		TEST(endpoints_may_share_an_aor),
		TEST(nobody_registers_without_max_contacts),
		TEST(lamps_are_what_they_were),
		TEST(who_is_shown_and_what_is_written_is_as_it_was),
		TEST(whose_codecs_come_first_is_as_it_was),
		TEST(how_sound_finds_its_way_is_as_it_was),
		TEST(what_is_so_anyway_needs_no_word),
		TEST(contacts_are_rewritten_as_they_were_or_where_a_nat_asks_for_it),
		TEST(variables_and_proxies_are_taken_over),
		TEST(a_contact_says_whom_it_is_for_and_how_it_is_reached),
		TEST(several_contacts_are_several_hosts),
		TEST(what_is_not_there_does_not_keep_it_from_starting),
		TEST(a_registration_needs_a_password_that_is_there),
		TEST(a_contact_that_is_too_long_by_one_letter_is_told),
		TEST(what_cannot_be_is_said_once_with_its_place),
		TEST(an_option_without_a_value_is_not_set),
		TEST(lists_of_acl_conf_hold),
		TEST(a_mask_with_holes_opens_nothing),
		TEST(a_match_that_cannot_be_told_lets_nobody_in),
		TEST(no_codec_at_all_is_a_list_too),
		TEST(a_flood_is_slowed_down),
		TEST(contacts_have_lists_of_their_own),
		TEST(a_transport_may_be_called_as_an_endpoint),
		TEST(a_part_stands_there_once),
		TEST(a_password_that_a_comment_cuts_is_told),
		TEST(references_that_lead_nowhere_are_told),
		TEST(a_password_that_is_not_there_lets_nobody_in),
		TEST(errors_name_the_line_of_pjsip_conf),
		TEST(sections_that_mean_nothing_are_told_and_left_out),
		TEST(keys_in_clear_are_reported),
		TEST(a_peer_is_where_its_contact_says),
		TEST(a_contact_is_where_to_call_and_no_proof),
		TEST(both_files_are_read_and_the_old_one_is_not),
		TEST(without_any_file_it_is_said),
		TEST(memory_may_run_out),
	};

	return RUN_GROUP(tests);
}
