/* What each option of pjsip.conf is in sip.conf, type by type: the same under our
 * name, something to convert, a value that we have anyway, or a note. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include <ringdown/base.h>

#include "pjsip.h"

#define SAME(n)		  { .name = n, .ours = n }
#define OURS(n, o)	  { .name = n, .ours = o }
#define CONVERT(n, f)	  { .name = n, .convert = f }
#define ALWAYS(n, v, why) { .name = n, .only = v, .note = why }
#define NOTE(n, why)	  { .name = n, .note = why }

static const char by_fingerprint[] = "certificates are known by their fingerprints";
static const char one_certificate[] = "dtls_cert_file and dtls_private_key of rtp.conf";
static const char no_video[] = "sound only";
static const char no_fax[] = "there is no fax";
static const char no_groups[] = "there is no pickup by group yet; Replaces takes calls over";
static const char all_through[] = "sound always passes through here";
static const char one_loop[] = "nothing of the kind is needed here";

/* ---- conversions ---- */

/* What other sections say, or the driver looks up by itself. */
static int elsewhere(struct pjsip *pjsip, struct rd_config_section *to,
		     const struct rd_config_line *line)
{
	(void)pjsip, (void)to, (void)line;
	return 0;
}

/* Words of theirs that are words of ours; others are reported. */
struct word {
	const char *theirs, *ours;
};

static int convert_word(struct pjsip *pjsip, struct rd_config_section *to,
			const struct rd_config_line *line, const char *name,
			const struct word *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcasecmp(words[i].theirs, line->value) == 0)
			return pjsip_add(pjsip, to, line, name, words[i].ours);
	return pjsip_note(pjsip, line, "there is no such choice here");
}

static int dtmf_mode(struct pjsip *pjsip, struct rd_config_section *to,
		     const struct rd_config_line *line)
{
	static const struct word words[] = {
		{ "rfc4733", "rfc4733" }, { "rfc2833", "rfc4733" }, { "inband", "inband" },
		{ "info", "info" },	  { "auto", "auto" },	    { "auto_info", "auto_info" },
	};

	return convert_word(pjsip, to, line, "dtmf_mode", words, RD_ARRAY_SIZE(words));
}

static int ice_support(struct pjsip *pjsip, struct rd_config_section *to,
		       const struct rd_config_line *line)
{
	static const struct word words[] = {
		{ "yes", "yes" }, { "true", "yes" }, { "on", "yes" },  { "1", "yes" },
		{ "no", "no" },	  { "false", "no" }, { "off", "no" }, { "0", "no" },
	};

	return convert_word(pjsip, to, line, "ice_support", words, RD_ARRAY_SIZE(words));
}

/* There, keys are told by any transport; here, that has to be said. */
static int media_encryption(struct pjsip *pjsip, struct rd_config_section *to,
			    const struct rd_config_line *line)
{
	static const struct word words[] = {
		{ "no", "no" }, { "sdes", "sdes" }, { "dtls", "dtls" }
	};

	return convert_word(pjsip, to, line, "media_encryption", words,
			    RD_ARRAY_SIZE(words));
}

static int reliable(struct pjsip *pjsip, struct rd_config_section *to,
		    const struct rd_config_line *line)
{
	static const struct word words[] = { { "no", "no" },
					     { "yes", "supported" },
					     { "peer_supported", "supported" },
					     { "required", "required" } };

	return convert_word(pjsip, to, line, "100rel", words, RD_ARRAY_SIZE(words));
}

static int timers(struct pjsip *pjsip, struct rd_config_section *to,
		  const struct rd_config_line *line)
{
	static const struct word words[] = { { "no", "no" },
					     { "yes", "accept" },
					     { "required", "originate" },
					     { "always", "originate" } };

	return convert_word(pjsip, to, line, "session_timers", words, RD_ARRAY_SIZE(words));
}

/* In seconds, with a fraction: "3.0". */
static int qualify_timeout(struct pjsip *pjsip, struct rd_config_section *to,
			   const struct rd_config_line *line)
{
	char text[32], *end;
	double seconds = strtod(line->value, &end);

	if (*end || !(seconds >= 0 && seconds < 86400))
		return pjsip_note(pjsip, line, "seconds such as 3.0 are");
	snprintf(text, sizeof(text), "%dms", (int)(seconds * 1000));
	return pjsip_add(pjsip, to, line, "qualify_timeout", text);
}

static bool is_usual_pref(struct rd_str key, struct rd_str value)
{
	if (rd_str_ieq(key, RD_STR("operation")))
		return rd_str_ieq(value, RD_STR("intersect"));
	if (rd_str_ieq(key, RD_STR("keep")))
		return rd_str_ieq(value, RD_STR("all"));
	return rd_str_ieq(key, RD_STR("transcode")) && rd_str_ieq(value, RD_STR("allow"));
}

/* "prefer: pending, operation: intersect, keep: all, transcode: allow": whose order
 * counts is an option of ours; the rest is as it is always. */
static int codec_prefs(struct pjsip *pjsip, struct rd_config_section *to,
		       const struct rd_config_line *line)
{
	bool incoming = strstr(line->name, "incoming");
	struct rd_str rest = rd_str_of(line->value), item, key;
	const char *order = NULL;

	while (rest.n) {
		rd_str_cut(&rest, ',', &item);
		rd_str_cut(&item, ':', &key);
		key = rd_str_trim(key);
		item = rd_str_trim(item);
		if (rd_str_ieq(key, RD_STR("prefer")))
			order = rd_str_ieq(item, RD_STR("configured")) ? "ours" : "caller";
		else if (!is_usual_pref(key, item))
			return pjsip_note(pjsip, line, "what both sides have in common is kept");
	}
	if (!order)
		return 0;
	return pjsip_add(pjsip, to, line, incoming ? "codec_order" : "offer_order", order);
}

/* "local_merge", "remote_first", ...: whose order it is. */
static int offer_pref(struct pjsip *pjsip, struct rd_config_section *to,
		      const struct rd_config_line *line)
{
	bool incoming = strstr(line->name, "incoming");
	bool remote = strncasecmp(line->value, "remote", 6) == 0;

	return pjsip_add(pjsip, to, line, incoming ? "codec_order" : "offer_order",
			 remote ? "caller" : "ours");
}

/* disallow=all, then allow=ulaw: one list that is read from left to right. */
static int allow(struct pjsip *pjsip, struct rd_config_section *to,
		 const struct rd_config_line *line)
{
	bool refuse = strcasecmp(line->name, "disallow") == 0;
	const char *former = rd_config_get(to, "allow");
	struct rd_str rest = rd_str_of(line->value), item;
	char text[512];
	int n = snprintf(text, sizeof(text), "%s", former ? former : "");

	while (rest.n && n < (int)sizeof(text)) {
		rd_str_cut(&rest, ',', &item);
		item = rd_str_trim(item);
		n += snprintf(text + n, sizeof(text) - (size_t)n, "%s%s%.*s", n ? "," : "",
			      refuse ? "!" : "", RD_STR_ARG(item));
	}
	if (n >= (int)sizeof(text))
		return pjsip_note(pjsip, line, "the list is too long");
	return pjsip_add(pjsip, to, line, "allow", text);
}

/* What the aor says counts less than what the endpoint says. */
static int mailboxes(struct pjsip *pjsip, struct rd_config_section *to,
		     const struct rd_config_line *line)
{
	return rd_config_get(to, "mailbox")
		       ? 0 : pjsip_add(pjsip, to, line, "mailbox", line->value);
}

static int voicemail(struct pjsip *pjsip, struct rd_config_section *to,
		     const struct rd_config_line *line)
{
	return rd_config_get(to, "voicemail_number")
		       ? 0 : pjsip_add(pjsip, to, line, "voicemail_number", line->value);
}

/* sip:host:port;params: where a peer is. */
static int contact(struct pjsip *pjsip, struct rd_config_section *to,
		   const struct rd_config_line *line)
{
	struct rd_str rest = rd_str_trim(rd_str_of(line->value));
	const char *at;
	char host[256];

	if (rd_config_get(to, "host"))
		return pjsip_note(pjsip, line, "the first contact counts");
	if (rd_str_starts(rest, RD_STR("sip:")))
		rest = (struct rd_str){ rest.p + 4, rest.n - 4 };
	at = memchr(rest.p, '@', rest.n);
	if (at)
		rest = (struct rd_str){ at + 1, rest.n - (size_t)(at + 1 - rest.p) };
	rd_strcpyn(host, sizeof(host), (struct rd_str){ rest.p, strcspn(rest.p, ";?>") });
	return pjsip_add(pjsip, to, line, "host", host);
}

/* One section serves for both: its name when it authenticates, and ours. */
static int username(struct pjsip *pjsip, struct rd_config_section *to,
		    const struct rd_config_line *line)
{
	int rc = pjsip_add(pjsip, to, line, "auth_user", line->value);

	return rc ? rc : pjsip_add(pjsip, to, line, "username", line->value);
}

static int auth_type(struct pjsip *pjsip, struct rd_config_section *to,
		     const struct rd_config_line *line)
{
	(void)to;
	if (strcasecmp(line->value, "userpass") == 0 || strcasecmp(line->value, "digest") == 0)
		return 0;
	return pjsip_note(pjsip, line, "write the password");
}

/* "cs3", "ef", "af41", or the whole byte of IP's header as a number. */
static int tos(struct pjsip *pjsip, struct rd_config_section *to,
	       const struct rd_config_line *line)
{
	const char *v = line->value;
	int class = v[0] && v[1] && v[2] ? v[2] - '0' : -1;
	char text[16], *end;
	long value = strtol(v, &end, 0) / 4;

	if (strcasecmp(v, "ef") == 0)
		value = 46;
	else if (strncasecmp(v, "cs", 2) == 0 && class >= 0 && class < 8)
		value = class * 8;
	else if (strncasecmp(v, "af", 2) == 0 && class > 0 && class < 5 && v[3] > '0' &&
		 v[3] < '4')
		value = class * 8 + (v[3] - '0') * 2;
	else if (*end || value < 0 || value > 63)
		return pjsip_note(pjsip, line, "cs0 to cs7, af11 to af43, ef or a number is");
	snprintf(text, sizeof(text), "%ld", value);
	return pjsip_add(pjsip, to, line, "dscp", text);
}

/* ---- the tables ---- */

const struct pjsip_option pjsip_endpoint_options[] = {
	CONVERT("100rel", reliable),
	SAME("accountcode"),
	NOTE("acl", "write permit and deny here"),
	CONVERT("allow", allow),
	CONVERT("disallow", allow),
	SAME("allow_subscribe"),
	SAME("allow_transfer"),
	ALWAYS("aggregate_mwi", "yes", "the mailboxes of a phone are added up"),
	ALWAYS("allow_overlap", "yes", "a number that is not complete gets 484"),
	NOTE("allow_unauthenticated_options", "OPTIONS are always answered"),
	NOTE("asymmetric_rtp_codec", "what is sent follows the agreement"),
	CONVERT("aors", elsewhere),
	CONVERT("auth", elsewhere),
	CONVERT("outbound_auth", elsewhere),
	ALWAYS("bind_rtp_to_media_address", "no", "sound uses the address that faces the phone"),
	SAME("bundle"),
	NOTE("call_group", no_groups),
	SAME("callerid"),
	SAME("callerid_privacy"),
	NOTE("callerid_tag", "there are no tags"),
	NOTE("codec_prefs_incoming_answer", "the answer's order counts"),
	CONVERT("codec_prefs_incoming_offer", codec_prefs),
	NOTE("codec_prefs_outgoing_answer", "the answer's order counts"),
	CONVERT("codec_prefs_outgoing_offer", codec_prefs),
	NOTE("connected_line_method", "UPDATE where the phone has it, else INVITE"),
	NOTE("contact_acl", "write permit and deny here"),
	NOTE("contact_deny", "write permit and deny here"),
	NOTE("contact_permit", "write permit and deny here"),
	NOTE("contact_user", "the Contact of calls is ours"),
	SAME("context"),
	NOTE("cos_audio", "media_dscp of [global]"),
	NOTE("cos_video", no_video),
	SAME("deny"),
	SAME("permit"),
	NOTE("device_state_busy_at", "limit calls with GROUP() in the dialplan"),
	ALWAYS("direct_media", "no", all_through),
	NOTE("direct_media_glare_mitigation", all_through),
	NOTE("direct_media_method", all_through),
	NOTE("disable_direct_media_on_nat", all_through),
	CONVERT("dtmf_mode", dtmf_mode),
	ALWAYS("dtls_auto_generate_cert", "yes", "without dtls_cert_file one is made at start"),
	NOTE("dtls_ca_file", by_fingerprint),
	NOTE("dtls_ca_path", by_fingerprint),
	NOTE("dtls_cert_file", one_certificate),
	NOTE("dtls_cipher", "those with ephemeral keys are taken"),
	NOTE("dtls_fingerprint", "SHA-256 is told, any is understood"),
	NOTE("dtls_private_key", one_certificate),
	NOTE("dtls_rekey", "keys stay as long as the agreement does"),
	ALWAYS("dtls_setup", "actpass", "the far end chooses"),
	ALWAYS("dtls_verify", "fingerprint", by_fingerprint),
	SAME("fax_detect"),
	SAME("fax_detect_timeout"),
	ALWAYS("follow_early_media_fork", "yes", "the newest early answer counts"),
	ALWAYS("accept_multiple_sdp_answers", "no", "one answer for each dialog"),
	ALWAYS("force_avp", "no", "RTP/AVP"),
	ALWAYS("force_rport", "yes", "answers go to where the request came from"),
	SAME("from_domain"),
	SAME("from_user"),
	ALWAYS("g726_non_standard", "no", "write g726nonstd in allow"),
	NOTE("geoloc_incoming_call_profile", "there is no geolocation"),
	NOTE("geoloc_outgoing_call_profile", "there is no geolocation"),
	CONVERT("ice_support", ice_support),
	NOTE("identify_by", "by credentials, by address, then by From"),
	ALWAYS("ignore_183_without_sdp", "no", "183 is passed on as progress"),
	ALWAYS("inband_progress", "no", "use Progress() and PlayTones() in the dialplan"),
	CONVERT("incoming_call_offer_pref", offer_pref),
	CONVERT("outgoing_call_offer_pref", offer_pref),
	NOTE("incoming_mwi_mailbox", "mwi_subscribe asks the peer"),
	SAME("language"),
	CONVERT("mailboxes", mailboxes),
	ALWAYS("max_audio_streams", "1", "one line of sound"),
	ALWAYS("max_video_streams", "0", no_video),
	NOTE("media_address", "sound uses the address that faces the phone"),
	CONVERT("media_encryption", media_encryption),
	SAME("media_encryption_optimistic"),
	ALWAYS("media_use_received_transport", "no", "RTP/AVP"),
	SAME("message_context"),
	ALWAYS("moh_passthrough", "no", "music is played from here"),
	OURS("moh_suggest", "music_class"),
	NOTE("mwi_from_user", "from_user"),
	ALWAYS("mwi_subscribe_replaces_unsolicited", "yes", "a subscription replaces them"),
	NOTE("named_call_group", no_groups),
	NOTE("named_pickup_group", no_groups),
	NOTE("pickup_group", no_groups),
	ALWAYS("notify_early_inuse_ringing", "no", "a busy phone that rings is shown as busy"),
	ALWAYS("one_touch_recording", "no", "there is no key for it yet"),
	NOTE("record_off_feature", "there is no key for it yet"),
	NOTE("record_on_feature", "there is no key for it yet"),
	SAME("outbound_proxy"),
	NOTE("overlap_context", "context"),
	NOTE("preferred_codec_only", "all codecs in common are agreed on"),
	NOTE("redirect_method", "user: a number of ours goes through the dialplan"),
	SAME("refer_blind_progress"),
	OURS("rewrite_contact", "send_to_source"),
	ALWAYS("rpid_immediate", "no", "it goes with the next message"),
	SAME("rtcp_mux"),
	ALWAYS("rtp_engine", "asterisk", "there is one"),
	NOTE("rtp_ipv6", "as the signalling"),
	NOTE("rtp_keepalive", "comfort noise is not sent"),
	SAME("rtp_symmetric"),
	SAME("rtp_timeout"),
	SAME("rtp_timeout_hold"),
	NOTE("sdp_owner", "it is -"),
	NOTE("sdp_session", "it is -"),
	NOTE("security_mechanisms", "there is no negotiation of security"),
	ALWAYS("security_negotiation", "no", "there is no negotiation of security"),
	ALWAYS("send_aoc", "no", "there is no advice of charge"),
	ALWAYS("send_connected_line", "yes", "send_pai and send_rpid turn it on"),
	SAME("send_diversion"),
	SAME("send_history_info"),
	SAME("send_pai"),
	SAME("send_rpid"),
	SAME("set_var"),
	ALWAYS("srtp_tag_32", "no", "tags of 32 bits are taken, not offered"),
	ALWAYS("stir_shaken", "no", "there is no STIR yet"),
	NOTE("stir_shaken_profile", "there is no STIR yet"),
	NOTE("sub_min_expiry", "sub_min_expiry of [global]"),
	SAME("subscribe_context"),
	ALWAYS("suppress_moh_on_sendonly", "no", "a phone on hold hears music"),
	ALWAYS("suppress_q850_reason_headers", "no", "they are sent"),
	ALWAYS("t38_udptl", "no", no_fax),
	NOTE("t38_bind_udptl_to_media_address", no_fax),
	NOTE("t38_udptl_ec", no_fax),
	NOTE("t38_udptl_ipv6", no_fax),
	NOTE("t38_udptl_maxdatagram", no_fax),
	NOTE("t38_udptl_nat", no_fax),
	NOTE("tenantid", "there are no tenants"),
	CONVERT("timers", timers),
	OURS("timers_min_se", "min_se"),
	OURS("timers_sess_expires", "session_expires"),
	SAME("tone_zone"),
	NOTE("tos_audio", "media_dscp of [global]"),
	NOTE("tos_video", no_video),
	SAME("transport"),
	ALWAYS("trust_connected_line", "yes", "trust_id_inbound"),
	SAME("trust_id_inbound"),
	SAME("trust_id_outbound"),
	ALWAYS("use_avpf", "no", "RTP/AVP"),
	NOTE("use_ptime", "what the phone asks for is sent"),
	SAME("user_eq_phone"),
	CONVERT("voicemail_extension", voicemail),
	SAME("webrtc"),
	{ 0 }
};

const struct pjsip_option pjsip_auth_options[] = {
	CONVERT("auth_type", auth_type),
	NOTE("md5_cred", "write the password"),
	NOTE("nonce_lifetime", "nonces prove themselves"),
	NOTE("oauth_clientid", "passwords only"),
	NOTE("oauth_secret", "passwords only"),
	OURS("password", "secret"),
	NOTE("password_digest", "write the password"),
	NOTE("realm", "realm of [global]"),
	NOTE("refresh_token", "passwords only"),
	NOTE("supported_algorithms_uac", "all of RFC 8760"),
	NOTE("supported_algorithms_uas", "digest of [global]"),
	CONVERT("username", username),
	{ 0 }
};

const struct pjsip_option pjsip_aor_options[] = {
	ALWAYS("authenticate_qualify", "no", "any answer will do"),
	CONVERT("contact", contact),
	OURS("default_expiration", "default_expires"),
	CONVERT("mailboxes", mailboxes),
	SAME("max_contacts"),
	OURS("maximum_expiration", "max_expires"),
	OURS("minimum_expiration", "min_expires"),
	SAME("outbound_proxy"),
	NOTE("qualify_2xx_only", "any answer will do"),
	OURS("qualify_frequency", "qualify"),
	CONVERT("qualify_timeout", qualify_timeout),
	SAME("remove_existing"),
	SAME("remove_unavailable"),
	OURS("support_path", "path"),
	CONVERT("voicemail_extension", voicemail),
	{ 0 }
};

const struct pjsip_option pjsip_identify_options[] = {
	CONVERT("endpoint", elsewhere),
	SAME("match"),
	NOTE("match_header", "by address only: a header proves nothing"),
	NOTE("match_request_uri", "by address only: a header proves nothing"),
	NOTE("srv_lookups", "names are looked up as RFC 3263 says"),
	NOTE("transport", "by address only"),
	{ 0 }
};

/* Older ones than TLS 1.2 are history (RFC 8996). */
static int tls_method(struct pjsip *pjsip, struct rd_config_section *to,
		      const struct rd_config_line *line)
{
	if (strcasecmp(line->value, "tlsv1_2") == 0 || strcasecmp(line->value, "tlsv1_3") == 0)
		return pjsip_add(pjsip, to, line, "method", line->value);
	return pjsip_note(pjsip, line, "TLS 1.2 and 1.3 are spoken");
}

const struct pjsip_option pjsip_transport_options[] = {
	NOTE("allow_reload", "transports change with a reload"),
	ALWAYS("allow_wildcard_certs", "no", "names are compared as RFC 5922 says"),
	NOTE("async_operations", one_loop),
	SAME("bind"),
	OURS("ca_list_file", "ca_file"),
	OURS("ca_list_path", "ca_path"),
	OURS("cert_file", "certificate"),
	OURS("cipher", "ciphers"),
	NOTE("cos", "dscp"),
	NOTE("domain", "the address is sent"),
	NOTE("external_media_address", "external_signaling_address stands for both"),
	OURS("external_signaling_address", "external_address"),
	NOTE("external_signaling_port", "external_signaling_address = address:port"),
	SAME("local_net"),
	CONVERT("method", tls_method),
	NOTE("password", "keys are read without one"),
	OURS("priv_key_file", "key"),
	SAME("protocol"),
	NOTE("require_client_cert", "verify_client = yes requires one"),
	ALWAYS("symmetric_transport", "yes", "answers and calls use the way they came"),
	NOTE("tcp_keepalive_enable", "keepalive"),
	NOTE("tcp_keepalive_idle_time", "keepalive"),
	NOTE("tcp_keepalive_interval_time", "keepalive"),
	NOTE("tcp_keepalive_probe_count", "keepalive"),
	CONVERT("tos", tos),
	SAME("verify_client"),
	SAME("verify_server"),
	NOTE("websocket_write_timeout", "there is no WebSocket yet"),
	{ 0 }
};

const struct pjsip_option pjsip_list_options[] = {
	SAME("event"),
	SAME("full_state"),
	SAME("list_item"),
	SAME("notification_batch_interval"),
	NOTE("resource_display_name", "lists do not name what they hold"),
	{ 0 }
};

const struct pjsip_option pjsip_global_options[] = {
	NOTE("all_codecs_on_empty_reinvite", "what was agreed is offered"),
	NOTE("allow_sending_180_after_183", "it is sent"),
	NOTE("contact_expiration_check_interval", one_loop),
	NOTE("debug", "the console's \"sip trace on\""),
	NOTE("default_auth_algorithms_uac", "all of RFC 8760"),
	NOTE("default_auth_algorithms_uas", "digest"),
	NOTE("default_from_user", "from_user of the phone"),
	NOTE("default_outbound_endpoint", "bare addresses have the defaults of all options"),
	OURS("default_realm", "realm"),
	NOTE("default_voicemail_extension", "voicemail_extension of the endpoint"),
	NOTE("disable_multi_domain", one_loop),
	NOTE("endpoint_identifier_order", "by credentials, by address, then by From"),
	NOTE("ignore_uri_user_options", "they are part of the number"),
	NOTE("keep_alive_interval", "keepalive of the transports"),
	ALWAYS("max_forwards", "70", "it is 70"),
	NOTE("max_initial_qualify_time", one_loop),
	NOTE("mwi_disable_initial_unsolicited", "they are sent when a phone registers"),
	NOTE("mwi_tps_queue_high", one_loop),
	NOTE("mwi_tps_queue_low", one_loop),
	ALWAYS("norefersub", "yes", "it is offered"),
	NOTE("regcontext", "use hints"),
	NOTE("send_contact_status_on_update_registration", "the event bus has it"),
	NOTE("taskprocessor_overload_trigger", one_loop),
	NOTE("unidentified_request_count", "strangers are limited by address"),
	NOTE("unidentified_request_period", "strangers are limited by address"),
	NOTE("unidentified_request_prune_interval", "strangers are limited by address"),
	ALWAYS("use_callerid_contact", "no", "the Contact of calls is ours"),
	SAME("user_agent"),
	{ 0 }
};

const struct pjsip_option pjsip_system_options[] = {
	NOTE("accept_multiple_sdp_answers", "one answer for each dialog"),
	ALWAYS("compact_headers", "no", "headers are written out"),
	NOTE("disable_rport", "rport is always there"),
	NOTE("disable_tcp_switch", "large requests go by TCP, RFC 3261 section 18.1.1"),
	NOTE("follow_early_media_fork", "the newest early answer counts"),
	NOTE("threadpool_auto_increment", one_loop),
	NOTE("threadpool_idle_timeout", one_loop),
	NOTE("threadpool_initial_size", one_loop),
	NOTE("threadpool_max_size", one_loop),
	NOTE("timer_b", "64 times timer_t1"),
	SAME("timer_t1"),
	{ 0 }
};
