/* pjsip.conf and pjsip_wizard.conf: what they mean in our words, what they cannot
 * mean, and where that was written. */
#include "tests/unit/test.h"

#include <ringdown/ident.h>

#include "channels/sip/endpoint/settings.h"
#include "tests/unit/conf_dir.h"
#include "tests/unit/oom.h"

static struct sip_settings *settings;
static char *findings;

static int open_dir(void **state)
{
	(void)state;
	conf_dir_make();
	return 0;
}

static void forget(void)
{
	sip_settings_unref(settings);
	settings = NULL;
	rd_free(findings);
	findings = NULL;
}

static int close_dir(void **state)
{
	(void)state;
	forget();
	conf_dir_remove();
	return 0;
}

static int read_all(void)
{
	struct rd_config_report *report;
	int rc;

	forget();
	assert_int_equal(rd__report_new(&report), 0);
	rc = sip_settings_read(&settings, report);
	findings = conf_report_text(report);
	rd__report_free(report);
	return rc;
}

static void take(const char *pjsip)
{
	conf_dir_write("pjsip.conf", pjsip);
	if (read_all())
		fail_msg("%s", findings);
}

static const struct sip_endpoint *endpoint(const char *name)
{
	const struct sip_endpoint *found = sip_settings_find(settings, rd_str_of(name));

	assert_non_null(found);
	return found;
}

#define PHONE                                                                       \
	"[1001]\ntype=endpoint\ncontext=office\ndisallow=all\nallow=alaw,ulaw\n"     \
	"auth=1001-auth\naors=1001\ncallerid=\"Ann\" <1001>\nmailboxes=1001@default\n" \
	"[1001-auth]\ntype=auth\nauth_type=userpass\nusername=ann\npassword=pw\n"     \
	"[1001]\ntype=aor\nmax_contacts=2\nminimum_expiration=90\nqualify_frequency=60\n"  \
	"qualify_timeout=2.5\nremove_existing=no\nsupport_path=yes\n"

static void sections_of_a_phone_become_one(void **state)
{
	const struct sip_endpoint *phone;

	(void)state;
	take(PHONE);
	assert_string_equal(findings, "");
	phone = endpoint("1001");
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

static void lamps_are_what_they_were(void **state)
{
	const struct sip_endpoint *phone;

	(void)state;
	take("[1]\ntype=endpoint\naors=1\nsubscribe_context=lamps\naggregate_mwi=yes\n"
	     "auth=a\nvoicemail_extension=*97\n[a]\ntype=auth\nusername=1\npassword=p\n"
	     "[1]\ntype=aor\nmailboxes=1@a,2@b\n"
	     "voicemail_extension=*98\nmax_contacts=1\n"
	     "[panel]\ntype=resource_list\nevent=dialog\nlist_item=1001\nlist_item=1002\n"
	     "full_state=yes\nnotification_batch_interval=200\n");
	assert_string_equal(findings, "");
	phone = endpoint("1");
	assert_string_equal(phone->mailbox, "1@a,2@b");
	assert_string_equal(phone->voicemail_number, "*97");
	assert_string_equal(phone->subscribe_context, "lamps");
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
	take("[1]\ntype=endpoint\naors=1\nauth=a\nmessage_context=texts\n"
	     "callerid_privacy=prohib_passed_screen\nsend_diversion=no\n"
	     "send_history_info=yes\nuser_eq_phone=yes\n"
	     "[a]\ntype=auth\nusername=1\npassword=p\n[1]\ntype=aor\nmax_contacts=1\n");
	assert_string_equal(findings, "");
	phone = endpoint("1");
	assert_string_equal(phone->message_context, "texts");
	assert_int_equal(phone->callerid_privacy, RD_PRESENT_PROHIBITED_PASSED);
	assert_false(phone->send_diversion);
	assert_true(phone->send_history_info);
	assert_true(phone->user_eq_phone);
}

#define PHONE_WITH(options)                                            \
	"[1]\ntype=endpoint\naors=1\nauth=a\n" options               \
	"[a]\ntype=auth\nusername=1\npassword=p\n[1]\ntype=aor\nmax_contacts=1\n"

static void whose_codecs_come_first_is_as_it_was(void **state)
{
	(void)state;
	take(PHONE_WITH("codec_prefs_incoming_offer=prefer: pending, operation: intersect\n"
			"codec_prefs_outgoing_offer=prefer:configured,keep:all\n"));
	assert_string_equal(findings, "");
	assert_int_equal(endpoint("1")->codec_order, 1);
	assert_int_equal(endpoint("1")->offer_order, 1);
	take(PHONE_WITH("incoming_call_offer_pref=local\noutgoing_call_offer_pref=remote\n"));
	assert_string_equal(findings, "");
	assert_int_equal(endpoint("1")->codec_order, 0);
	assert_int_equal(endpoint("1")->offer_order, 0);
	take(PHONE_WITH("codec_prefs_incoming_offer=prefer: pending, transcode: prevent\n"));
	assert_non_null(strstr(findings, "codec_prefs_incoming_offer"));
}

static void how_sound_finds_its_way_is_as_it_was(void **state)
{
	(void)state;
	take(PHONE_WITH("ice_support=true\nrtcp_mux=yes\nbundle=yes\n"));
	assert_string_equal(findings, "");
	assert_int_equal(endpoint("1")->ice, SIP_ICE_YES);
	assert_true(endpoint("1")->rtcp_mux);
	assert_true(endpoint("1")->bundle);
	assert_false(endpoint("1")->webrtc);
	take(PHONE_WITH("webrtc=yes\nice_support=maybe\n"));
	assert_non_null(strstr(findings, "ice_support"));
	assert_true(endpoint("1")->webrtc);
}

static void what_is_so_anyway_needs_no_word(void **state)
{
	(void)state;
	take("[t](!)\ntype=endpoint\ndirect_media=No\nforce_rport=true\nice_support=off\n"
	       "rtp_symmetric=yes\nrewrite_contact=yes\nwebrtc=no\n" PHONE);
	assert_string_equal(findings, "");
	take(PHONE "[1001](+)\n");
}

static void variables_and_proxies_are_taken_over(void **state)
{
	const struct sip_endpoint *phone;

	(void)state;
	take("[1001]\ntype=endpoint\nauth=a\naors=1001\nset_var=ONE=1\nset_var=TWO=a,b\n"
	     "[a]\ntype=auth\nusername=u\npassword=p\n"
	     "[1001]\ntype=aor\ncontact=sip:192.0.2.1\noutbound_proxy=sip:192.0.2.7\\;lr\n");
	phone = endpoint("1001");
	assert_string_equal(phone->vars->name, "ONE");
	assert_string_equal(phone->vars->value, "1");
	assert_string_equal(phone->vars->next->name, "TWO");
	assert_string_equal(phone->vars->next->value, "a,b");
	assert_null(phone->vars->next->next);
	assert_string_equal(phone->outbound_proxy, "sip:192.0.2.7;lr");
	assert_null(strstr(findings, "not supported"));
}

static void what_cannot_be_is_said_once_with_its_place(void **state)
{
	(void)state;
	take("[t](!)\ntype=endpoint\ncontext=c\nmedia_encryption=zrtp\n"
	       "[a](t)\nauth=x\n[b](t)\nauth=x\n[x]\ntype=auth\npassword=p\nusername=u\n"
	       "[r]\ntype=registration\nserver_uri=sip:example.net\n");
	assert_string_equal(findings,
		"pjsip.conf:4: warning: media_encryption = \"zrtp\" is not supported: there is no "
		"such choice here\n"
		"pjsip.conf:13: warning: [r] type=registration is not supported: registering "
		"with a provider is not there yet\n");
}

static void refuse(const char *pjsip, const char *words)
{
	conf_dir_write("pjsip.conf", pjsip);
	assert_int_equal(read_all(), -EINVAL);
	if (!strstr(findings, words))
		fail_msg("\"%s\" was expected in: %s", words, findings);
}

static void errors_name_the_line_of_pjsip_conf(void **state)
{
	(void)state;
	refuse("[a]\ntype=endpoint\ncontat=x\n",
	       "pjsip.conf:3: unknown option \"contat\" of type=endpoint; did you mean "
	       "\"context\"?");
	refuse("[a]\ntype=endpoint\nauth=nobody\n",
	       "pjsip.conf:3: auth: there is no [nobody] of type=auth");
	refuse("[a]\ntype=endpoint\nrtp_timeout=soon\n", "pjsip.conf:3: [a] rtp_timeout");
	refuse("[i]\ntype=identify\nendpoint=x\nmatch=10.0.0.1\n",
	       "pjsip.conf:3: [i] \"endpoint\" names no endpoint");
	refuse("[i]\ntype=identity\n", "pjsip.conf:1: [i] there is no type=identity");
	refuse("[i]\nmatch=1\n", "pjsip.conf:1: [i] a line \"type = ...\" was expected");
	/* Nobody may be it without a proof. */
	refuse("[a]\ntype=endpoint\ncontext=c\n", "pjsip.conf:1: a: \"secret\"");
}

/* What Asterisk's documentation lists, type by type. */
static const char *const documented[][2] = {
	{ "endpoint",
	  "100rel accept_multiple_sdp_answers accountcode acl aggregate_mwi allow allow_overlap "
	  "allow_subscribe allow_transfer allow_unauthenticated_options aors "
	  "asymmetric_rtp_codec auth bind_rtp_to_media_address bundle call_group callerid "
	  "callerid_privacy callerid_tag codec_prefs_incoming_answer "
	  "codec_prefs_incoming_offer codec_prefs_outgoing_answer codec_prefs_outgoing_offer "
	  "connected_line_method contact_acl contact_deny contact_permit contact_user context "
	  "cos_audio cos_video deny device_state_busy_at direct_media "
	  "direct_media_glare_mitigation direct_media_method disable_direct_media_on_nat "
	  "disallow dtls_auto_generate_cert dtls_ca_file dtls_ca_path dtls_cert_file "
	  "dtls_cipher dtls_fingerprint dtls_private_key dtls_rekey dtls_setup dtls_verify "
	  "dtmf_mode fax_detect fax_detect_timeout follow_early_media_fork force_avp "
	  "force_rport from_domain from_user g726_non_standard geoloc_incoming_call_profile "
	  "geoloc_outgoing_call_profile ice_support identify_by ignore_183_without_sdp "
	  "inband_progress incoming_call_offer_pref incoming_mwi_mailbox language mailboxes "
	  "max_audio_streams max_video_streams media_address media_encryption "
	  "media_encryption_optimistic media_use_received_transport message_context "
	  "moh_passthrough moh_suggest mwi_from_user mwi_subscribe_replaces_unsolicited "
	  "named_call_group named_pickup_group notify_early_inuse_ringing one_touch_recording "
	  "outbound_auth outbound_proxy outgoing_call_offer_pref overlap_context permit "
	  "pickup_group preferred_codec_only record_off_feature record_on_feature "
	  "redirect_method refer_blind_progress rewrite_contact rpid_immediate rtcp_mux "
	  "rtp_engine rtp_ipv6 rtp_keepalive rtp_symmetric rtp_timeout rtp_timeout_hold "
	  "sdp_owner sdp_session security_mechanisms security_negotiation send_aoc "
	  "send_connected_line send_diversion send_history_info send_pai send_rpid set_var "
	  "srtp_tag_32 stir_shaken stir_shaken_profile sub_min_expiry subscribe_context "
	  "suppress_moh_on_sendonly suppress_q850_reason_headers "
	  "t38_bind_udptl_to_media_address t38_udptl t38_udptl_ec t38_udptl_ipv6 "
	  "t38_udptl_maxdatagram t38_udptl_nat tenantid timers timers_min_se "
	  "timers_sess_expires tone_zone tos_audio tos_video transport trust_connected_line "
	  "trust_id_inbound trust_id_outbound use_avpf use_ptime user_eq_phone "
	  "voicemail_extension webrtc" },
	{ "auth", "auth_type md5_cred nonce_lifetime oauth_clientid oauth_secret password "
		  "password_digest realm refresh_token supported_algorithms_uac "
		  "supported_algorithms_uas username" },
	{ "aor",
	  "authenticate_qualify contact default_expiration mailboxes max_contacts "
	  "maximum_expiration minimum_expiration outbound_proxy qualify_2xx_only "
	  "qualify_frequency qualify_timeout remove_existing remove_unavailable support_path "
	  "voicemail_extension" },
	{ "identify", "endpoint match match_header match_request_uri srv_lookups transport" },
	{ "transport",
	  "allow_reload allow_wildcard_certs async_operations bind ca_list_file ca_list_path "
	  "cert_file cipher cos domain external_media_address external_signaling_address "
	  "external_signaling_port local_net method password priv_key_file protocol "
	  "require_client_cert symmetric_transport tcp_keepalive_enable "
	  "tcp_keepalive_idle_time tcp_keepalive_interval_time tcp_keepalive_probe_count tos "
	  "verify_client verify_server websocket_write_timeout" },
	{ "resource_list",
	  "event full_state list_item notification_batch_interval resource_display_name" },
	{ "acl", "acl contact_acl contact_deny contact_permit deny permit" },
	{ "domain_alias", "domain" },
	{ "global",
	  "all_codecs_on_empty_reinvite allow_sending_180_after_183 "
	  "contact_expiration_check_interval debug default_auth_algorithms_uac "
	  "default_auth_algorithms_uas default_from_user default_outbound_endpoint "
	  "default_realm default_voicemail_extension disable_multi_domain "
	  "endpoint_identifier_order ignore_uri_user_options keep_alive_interval max_forwards "
	  "max_initial_qualify_time mwi_disable_initial_unsolicited mwi_tps_queue_high "
	  "mwi_tps_queue_low norefersub regcontext send_contact_status_on_update_registration "
	  "taskprocessor_overload_trigger unidentified_request_count "
	  "unidentified_request_period unidentified_request_prune_interval "
	  "use_callerid_contact user_agent" },
	{ "system", "accept_multiple_sdp_answers compact_headers disable_rport disable_tcp_switch "
		    "follow_early_media_fork taskpool_auto_increment taskpool_idle_timeout "
		    "taskpool_initial_size taskpool_max_size taskpool_minimum_size "
		    "threadpool_auto_increment threadpool_idle_timeout threadpool_initial_size "
		    "threadpool_max_size timer_b timer_t1" },
};

/* One that is not taken over is named with its place, and with what there is instead. */
static void each_documented_option_is_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(documented); i++) {
		struct rd_str rest = rd_str_of(documented[i][1]), name;

		while (rest.n) {
			char conf[256];

			rd_str_cut(&rest, ' ', &name);
			snprintf(conf, sizeof(conf),
				 "[e]\ntype=endpoint\nauth=e\naors=e\n[e]\ntype=%s\n%.*s=1\n",
				 documented[i][0], RD_STR_ARG(name));
			conf_dir_write("pjsip.conf", conf);
			read_all();
			if (strstr(findings, "unknown option"))
				fail_msg("%s", findings);
		}
	}
}

static void sections_that_can_only_be_reported(void **state)
{
	static const char *const types[] = { "registration",
					     "contact",
					     "phoneprov",
					     "outbound-publish",
					     "inbound-publication",
					     "asterisk-publication",
					     "subscription_persistence" };

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(types); i++) {
		char conf[256], words[64];

		snprintf(conf, sizeof(conf), PHONE_WITH("") "[x]\ntype=%s\nanything=1\n", types[i]);
		snprintf(words, sizeof(words), "[x] type=%s is not supported: ", types[i]);
		take(conf);
		assert_non_null(strstr(findings, words));
	}
}

/* There, keys travel by whatever transport; here, only by TLS unless it is said. */
static void keys_in_clear_are_reported(void **state)
{
	static const char words[] = "pjsip.conf:5: warning: media_encryption = \"sdes\"";

	(void)state;
	take(PHONE_WITH("media_encryption=sdes\n"));
	assert_non_null(strstr(findings, words));
	assert_non_null(strstr(findings, "sdes_in_clear"));
	take(PHONE_WITH("media_encryption=sdes\nsdes_in_clear=yes\n"));
	assert_string_equal(findings, "");
	assert_true(endpoint("1")->sdes_in_clear);
	take(PHONE_WITH("media_encryption=dtls\n"));
	assert_string_equal(findings, "");
	conf_dir_write("pjsip.conf",
		       PHONE_WITH("media_encryption=sdes\n") "[t]\ntype=transport\nprotocol=tls\n");
	read_all(); /* it lacks a certificate */
	assert_null(strstr(findings, "media_encryption"));
}

static void a_peer_is_where_its_contact_says(void **state)
{
	const struct sip_endpoint *peer;
	union sip_sockaddr address;

	(void)state;
	take("[gw]\ntype=endpoint\ncontext=in\naors=gw\noutbound_auth=gw\ndtmf_mode=info\n"
	       "100rel=yes\ntimers=always\n[gw]\ntype=aor\ncontact=sip:x@192.0.2.7:5070\n"
	       "[gw]\ntype=auth\nusername=me\npassword=pw\n"
	       "[gw]\ntype=identify\nendpoint=gw\nmatch=192.0.2.7,198.51.100.0/24\n"
	       "[acl]\ntype=acl\ndeny=0.0.0.0/0\npermit=198.51.100.0/24\n");
	assert_string_equal(findings, "");
	peer = endpoint("gw");
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

static void transports_and_globals_are_ours(void **state)
{
	const struct sip_listener *listener;

	(void)state;
	take("[global]\ntype=global\nuser_agent=PBX\ndefault_realm=office\n"
	       "[system]\ntype=system\ntimer_t1=250\n"
	       "[udp]\ntype=transport\nprotocol=udp\nbind=127.0.0.1:5070\ntos=cs3\n"
	       "[wss]\ntype=transport\nprotocol=wss\nbind=0.0.0.0\n" PHONE);
	assert_string_equal(settings->user_agent, "PBX");
	assert_string_equal(settings->realm, "office");
	assert_int_equal(settings->t1_ms, 250);
	listener = settings->listeners;
	assert_string_equal(listener->name, "udp");
	assert_int_equal(sip_sockaddr_port(&listener->bind), 5070);
	assert_int_equal(listener->dscp, 24);
	assert_null(listener->next);
	assert_non_null(strstr(findings, "pjsip.conf:15: warning: protocol = \"wss\""));
}

static void nat_and_certificates_are_ours(void **state)
{
	(void)state;
	take("[nat]\ntype=transport\nprotocol=tcp\nbind=127.0.0.1:5070\n"
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
	assert_int_equal(read_all(), -EINVAL);
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
	take(BEHIND_NAT("external_media_address=203.0.113.8\n"));
	assert_string_equal(findings, "");
	expect_outside("203.0.113.8:0");
	take(BEHIND_NAT("external_signaling_port=5099\n"
			"external_signaling_address=203.0.113.7\n"));
	assert_string_equal(findings, "");
	expect_outside("203.0.113.7:5099");
	take(BEHIND_NAT("external_media_address=203.0.113.8\n"
			"external_signaling_address=203.0.113.7\n"));
	expect_outside("203.0.113.7:0");
	assert_non_null(strstr(findings, "external_media_address = \"203.0.113.8\" is not"));
	take(BEHIND_NAT("external_signaling_port=5099\n"));
	assert_non_null(strstr(findings, "external_signaling_port = \"5099\" is not"));
}

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
	assert_int_equal(read_all(), 0);
	assert_int_equal(endpoint("1003")->max_contacts, 3);
	assert_string_equal(endpoint("1003")->auth_user, "u3");
	assert_string_equal(endpoint("1003")->allow, "ulaw");
	peer = endpoint("itsp");
	assert_string_equal(peer->host, "192.0.2.20:5080");
	assert_string_equal(peer->context, "in");
	assert_int_equal(sip_sockaddr_port(&peer->match->address), 0);
	assert_string_equal(findings,
		"pjsip_wizard.conf:12: warning: sends_registrations = \"yes\" is not supported: "
		"registering with a provider is not there yet\n");
}

static void nothing_of_a_wizard_is_passed_over(void **state)
{
	(void)state;
	conf_dir_write("pjsip_wizard.conf",
		       "[itsp]\ntype=wizard\nsends_registrations=no\nhas_hint=yes\n"
		       "remote_hosts=192.0.2.20\ncontact_pattern=sip:${REMOTE_HOST}:5070\n"
		       "server_uri_pattern=sip:${REMOTE_HOST}\nphoneprov/PROFILE=x\n"
		       "registration/expiration=60\nendpoint/allow=ulaw\n");
	assert_int_equal(read_all(), 0);
	assert_string_equal(endpoint("itsp")->host, "192.0.2.20:5070");
	assert_non_null(strstr(findings, "pjsip_wizard.conf:4: warning: has_hint"));
	assert_non_null(strstr(findings, ":7: warning: server_uri_pattern"));
	assert_non_null(strstr(findings, ":8: warning: phoneprov/PROFILE"));
	assert_non_null(strstr(findings, ":9: warning: registration/expiration"));
	assert_null(strstr(findings, "sends_registrations"));
	conf_dir_write("pjsip_wizard.conf", "[itsp]\ntype=wizard\nremote_host=192.0.2.20\n");
	assert_int_equal(read_all(), -EINVAL);
	assert_non_null(strstr(findings, "pjsip_wizard.conf:3: unknown option \"remote_host\" of "
					 "type=wizard; did you mean \"remote_hosts\"?"));
}

static void both_files_are_read_and_the_old_one_is_not(void **state)
{
	(void)state;
	conf_dir_write("sip.conf", "[2001]\ntype=phone\nsecret=x\n");
	take(PHONE);
	endpoint("1001");
	endpoint("2001");
	conf_dir_write("sip.conf", "[general]\nbindport=5060\n[2001]\ntype=friend\n");
	take(PHONE);
	assert_int_equal(settings->endpoint_count, 1);
	assert_non_null(strstr(findings, "chan_sip"));
}

static void without_any_file_it_is_said(void **state)
{
	(void)state;
	assert_int_equal(read_all(), -EINVAL);
	assert_non_null(strstr(findings, "neither this file nor pjsip.conf"));
}

static int read_once(void *arg)
{
	struct rd_config_report *report;
	struct sip_settings *mine;
	int rc = rd__report_new(&report);

	(void)arg;
	if (rc)
		return rc;
	rc = sip_settings_read(&mine, report);
	if (rc == 0)
		sip_settings_unref(mine);
	rd__report_free(report);
	return rc;
}

static void memory_may_run_out(void **state)
{
	(void)state;
	conf_dir_write("pjsip.conf", PHONE "[g]\ntype=identify\nendpoint=1001\nmatch=10.0.0.1\n");
	conf_dir_write("pjsip_wizard.conf", "[w]\ntype=wizard\nremote_hosts=192.0.2.1\n"
					    "endpoint/context=c\n");
	assert_true(oom_sweep(read_once, NULL) > 10);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_dir, close_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sections_of_a_phone_become_one),
		TEST(lamps_are_what_they_were),
		TEST(who_is_shown_and_what_is_written_is_as_it_was),
		TEST(whose_codecs_come_first_is_as_it_was),
		TEST(how_sound_finds_its_way_is_as_it_was),
		TEST(what_is_so_anyway_needs_no_word),
		TEST(variables_and_proxies_are_taken_over),
		TEST(what_cannot_be_is_said_once_with_its_place),
		TEST(errors_name_the_line_of_pjsip_conf),
		TEST(each_documented_option_is_known),
		TEST(sections_that_can_only_be_reported),
		TEST(keys_in_clear_are_reported),
		TEST(a_peer_is_where_its_contact_says),
		TEST(transports_and_globals_are_ours),
		TEST(nat_and_certificates_are_ours),
		TEST(the_outside_of_a_nat_is_one_address),
		TEST(a_wizard_stands_for_all_sections),
		TEST(nothing_of_a_wizard_is_passed_over),
		TEST(both_files_are_read_and_the_old_one_is_not),
		TEST(without_any_file_it_is_said),
		TEST(memory_may_run_out),
	};

	return RUN_GROUP(tests);
}
