/* The options of phones and peers in sip.conf: what each is called, means, and is when
 * nobody sets it. */
#include "channels/sip/endpoint/settings_options.h"

#include <ringdown/prompt.h>
#include <ringdown/transfer.h>

static const char *const dtmf_names[] = { "rfc4733", "info", "inband", "auto", "auto_info", NULL };
static const char *const sips_names[] = { "allow", "require", "refuse", NULL };
static const char *const replaces_names[] = { "context", "own", "any", "no", NULL };
static const char *const to_source_names[] = { "no", "yes", "nat", NULL };
static const char *const ice_names[] = { "no", "yes", "lite", NULL };
static const char *const order_names[] = { "ours", "caller", NULL };
static const char *const offer_names[] = { "caller", "ours", NULL };
static const char *const timer_names[] = { "no", "accept", "originate", "refuse", NULL };
static const char *const auto_answer_names[] = { "all", "answer-mode", "call-info",
						 "alert-info", "ring-answer",
						 "auto-answer", "no", NULL };
/* In the order of enum sip_encryption. */
static const char *const encryption_names[] = { "no", "sdes", "dtls", NULL };
/* In the order of enum sdp_t38_ec. */
static const char *const ec_names[] = { "other", "none", "redundancy", "fec", NULL };
static const char *const reliable_names[] = { "no", "supported", "required", NULL };

/* In the order of enum rd_presentation. */
static const char *const privacy_names[] = {
	"allowed_not_screened", "allowed_passed_screen", "allowed_failed_screen", "allowed",
	"prohib_not_screened",	"prohib_passed_screen",	 "prohib_failed_screen",  "prohib",
	"unavailable",		NULL
};

/* "<sip:host;lr>" */
static struct rd_str without_brackets(struct rd_str text)
{
	if (text.n > 1 && text.p[0] == '<' && text.p[text.n - 1] == '>')
		return (struct rd_str){ text.p + 1, text.n - 2 };
	return text;
}

/* A host, or a URI; one without ;lr is none of today (RFC 3261 §16.12), and gets it. */
static const char *parse_proxy(const char *value, void *dest, struct rd_pool *pool)
{
	static const char *const expected = "a URI such as sip:proxy.example.com\\;lr";
	struct rd_str given = without_brackets(rd_str_of(value));
	char *uri = rd_pool_printf(pool, "%s%.*s", sip_uri_has_scheme(given) ? "" : "sip:",
				   RD_STR_ARG(given));
	struct sip_where where;
	struct sip_uri parsed;

	if (!uri)
		return rd_option_no_memory;
	if (sip_uri_parse(&parsed, rd_str_of(uri), NULL) ||
	    sip_where_of_uri(&where, rd_str_of(uri)) || strpbrk(uri, "<>, "))
		return expected;
	if (!sip_param_get(parsed.params, RD_STR("lr"), NULL))
		uri = rd_pool_printf(pool, "%s;lr", uri);
	*(const char **)dest = uri;
	return uri ? NULL : rd_option_no_memory;
}

/* Several, and the NULL behind them. */
static const char *parse_proxies(const char *value, void *dest, struct rd_pool *pool)
{
	const char **list = rd_pool_zalloc(pool, (SIP_FLOWS_MAX + 1) * sizeof(*list));
	struct rd_str rest = rd_str_of(value), item;
	const char *expected = NULL;
	size_t count = 0;

	while (list && !expected && rest.n) {
		char text[300];

		rd_str_cut(&rest, ',', &item);
		if (count == SIP_FLOWS_MAX)
			return "eight proxies at most";
		if (!rd_strcpyn(text, sizeof(text), rd_str_trim(item)))
			return "shorter URIs";
		expected = parse_proxy(text, &list[count++], pool);
	}
	*(const char *const **)dest = count ? list : NULL;
	return list ? expected : rd_option_no_memory;
}

static const char *parse_country(const char *value, void *dest, struct rd_pool *pool)
{
	const char **country = dest;

	if (*value && !rd_tone_zone_known(value))
		return "a country of indications.conf";
	*country = rd_pool_strdup(pool, value);
	return *country ? NULL : rd_option_no_memory;
}

static const char *parse_address(const char *value, void *dest, struct rd_pool *pool)
{
	(void)pool;
	return sip_sockaddr_parse(dest, rd_str_of(value), 0) ? "an IP address" : NULL;
}

static const char *parse_groups(const char *value, void *dest, struct rd_pool *pool)
{
	const char **list = dest;
	uint64_t groups;

	if (rd_group_numbers(value, &groups))
		return "numbers of groups, 0 to 63: 1,3-5";
	*list = rd_pool_strdup(pool, value);
	return *list ? NULL : rd_option_no_memory;
}

/* A row for an option and the member that it fills: what it is called, where it goes, what it
 * is when nobody sets it (NULL: nothing). */
#define ROW(n, kind, member, otherwise)                                                            \
	.name = n, .type = RD_OPTION_##kind, .offset = offsetof(struct sip_endpoint, member),      \
	.fallback = otherwise
#define TEXT(n, member, otherwise)          ROW(n, STRING, member, otherwise)
#define LIST(n, member)                     ROW(n, LIST, member, NULL)
#define YESNO(n, member, otherwise)         ROW(n, BOOL, member, otherwise)
#define NUMBER(n, member, otherwise)        ROW(n, INT, member, otherwise)
#define TIME(n, member, otherwise)          ROW(n, DURATION, member, otherwise)
/* After which something is sent, again and again, or never (0); sooner would be a flood. */
#define REPEAT(n, member)                                                                          \
	TIME(n, member, "0"), .or_zero = true, .min = 1000, .max = 604800000
#define CHOICE(n, member, otherwise, words) ROW(n, ENUM, member, otherwise), .names = words
#define PARSED(n, member, function)         ROW(n, CUSTOM, member, NULL), .parse = function

const struct rd_option sip_phone_options[] = {
	{ TEXT("context", context, "default"), .help = "where its calls enter the dialplan" },
	{ TEXT("callerid", callerid, NULL), .help = "\"Name\" <number> shown to those it calls" },
	{ TEXT("secret", secret, NULL), .secret = true, .help = "its password" },
	{ TEXT("secret_file", secret_file, NULL), .help = "a file with a line name:password" },
	{ LIST("secret_hash", secret_hashes),
	  .help = "instead of the password: MD5:hash of name:realm:password" },
	{ LIST("answer_hash", answer_hashes),
	  .help = "what answers a far end instead of the password: MD5:hash of "
		  "username:its realm:password" },
	{ LIST("aors", aors), .help = "names that it may register as, besides the section's" },
	{ TEXT("devices_of", devices_of, NULL),
	  .help = "another section: what registered with either rings for both" },
	{ TEXT("auth_user", auth_user, NULL),
	  .help = "its name when it gives a password; default: the section's" },
	{ TEXT("username", username, NULL),
	  .help = "our name when the far end asks for one; default: the section's" },
	{ TEXT("host", host, NULL),
	  .help = "address[:port] of a peer that does not register; sips:address: by TLS" },
	{ TEXT("host_user", host_user, NULL),
	  .help = "whom a call to its host is for that names no number" },
	{ LIST("other_hosts", other_hosts),
	  .help = "where it is called when its host does not answer: URIs, the first that does" },
	{ YESNO("ring_host", ring_host, "no"),
	  .help = "call its host, too, when devices of it are registered" },
	{ PARSED("outbound_proxy", outbound_proxy, parse_proxy),
	  .help = "a URI: what goes to its host goes by there" },
	{ TEXT("transport", transport, NULL), .help = "the transport section to reach it by" },
	{ TEXT("allow", allow, "ulaw,alaw"), .help = "codecs, the preferred first" },
	{ CHOICE("codec_order", codec_order, "ours", order_names),
	  .help = "whose preference counts when the far end offers" },
	{ CHOICE("offer_order", offer_order, "caller", offer_names),
	  .help = "whose preference counts when we offer: the caller's codecs first, or ours" },
	{ YESNO("reoffer", reoffer, "yes"),
	  .help = "ask it to change its codec when that saves converting" },
	{ YESNO("one_codec", one_codec, "no"),
	  .help = "answer with the first codec in common alone, not with all" },
	{ CHOICE("dtmf_mode", dtmf_mode, "rfc4733", dtmf_names), .help = "how keys are sent" },
	{ CHOICE("100rel", reliable, "supported", reliable_names),
	  .help = "provisional answers that are acknowledged, RFC 3262" },
	{ CHOICE("session_timers", session_timers, "accept", timer_names),
	  .help = "sessions that expire, RFC 4028" },
	{ TIME("session_expires", session_expires_ms, "1800"), .min = 90000, .max = 86400000,
	  .help = "how long a session of ours lasts without a refresh" },
	{ TIME("min_se", min_se_ms, "90"), .min = 90000, .max = 86400000,
	  .help = "the shortest session that is accepted" },
	{ CHOICE("auto_answer", auto_answer, "all", auto_answer_names),
	  .help = "the header that makes it answer by itself" },
	{ YESNO("auto_answer_inbound", may_auto_answer, "no"),
	  .help = "it may ask that whom it calls answers by itself" },
	{ YESNO("redirect", redirect, "no"),
	  .help = "tell it where the phones are that it calls: 302" },
	{ YESNO("late_offer", late_offer, "no"),
	  .help = "call it without a description: it offers first" },
	{ NUMBER("max_contacts", max_contacts, "5"), .min = 0, .max = 100,
	  .help = "how many devices may register at a time" },
	{ NUMBER("busy_at", busy_at, "0"), .min = 0, .max = 10000,
	  .help = "so many calls of it, and its state is BUSY, not INUSE; 0: never" },
	{ YESNO("remove_existing", remove_existing, "yes"),
	  .help = "one more than that, and the one renewed longest ago gives way; no: 403" },
	{ YESNO("remove_unavailable", remove_unavailable, "no"),
	  .help = "one that does not answer (qualify) gives way before any other" },
	{ TIME("qualify", qualify_ms, "0"),
	  .help = "how often to ask whether its devices and its host answer; 0: never" },
	{ TIME("qualify_timeout", qualify_timeout_ms, "3s"), .min = 100, .max = 60000, .unit = 1,
	  .help = "how long the answer may take" },
	{ NUMBER("qualify_failures", qualify_failures, "1"), .min = 1, .max = 100,
	  .help = "how many questions in a row without an answer say that it is away" },
	{ NUMBER("qualify_answers", qualify_answers, "1"), .min = 1, .max = 100,
	  .help = "how many answers in a row say that it is there again" },
	{ TIME("qualify_retry", qualify_retry_ms, "0"), .or_zero = true, .min = 500,
	  .max = 86400000, .help = "how often to ask while it is away, or in doubt; 0: as ever" },
	{ YESNO("qualify_2xx_only", qualify_2xx, "no"),
	  .help = "only a 2xx says that a device is there, not a 404 or 503" },
	{ YESNO("path", path, "yes"),
	  .help = "heed the proxies that its registration came by, RFC 3327" },
	{ TEXT("service_route", service_route, NULL),
	  .help = "\"<sip:proxy;lr>\": the way that its own requests are to take" },
	{ YESNO("outbound", outbound, "yes"),
	  .help = "let it register by several flows, RFC 5626" },
	{ YESNO("gruu", gruu, "yes"), .help = "give its devices URIs of their own, RFC 5627" },
	{ TIME("min_expires", min_expires_ms, NULL),
	  .help = "shortest registration that is accepted; default: the global one" },
	{ TIME("max_expires", max_expires_ms, NULL),
	  .help = "longest registration that is granted; default: the global one" },
	{ TIME("default_expires", default_expires_ms, NULL),
	  .help = "when it does not say; default: the global one" },
	{ NUMBER("ptime", ptime, "20"), .min = 10, .max = 120, .help = "milliseconds per packet" },
	{ TEXT("mailbox", mailbox, NULL), .help = "its voice mailbox" },
	{ TEXT("language", language, NULL), .help = "of prompts" },
	{ TEXT("accountcode", account, NULL), .help = "for call records" },
	{ TEXT("music_class", music_class, NULL), .help = "music that others hear on hold" },
	{ PARSED("tone_zone", tone_zone, parse_country), .help = "country of its tones" },
	{ PARSED("call_group", call_group, parse_groups),
	  .help = "groups 0 to 63 whose members may answer for it: 1,3-5" },
	{ PARSED("pickup_group", pickup_group, parse_groups),
	  .help = "groups for which it may answer" },
	{ TEXT("named_call_group", named_call_group, NULL),
	  .help = "the same by names: sales,support" },
	{ TEXT("named_pickup_group", named_pickup_group, NULL), .help = "and for these" },
	{ TEXT("from_domain", from_domain, NULL), .help = "host in the From of calls to it" },
	{ TEXT("from_user", from_user, NULL), .help = "user in the From of calls to it" },
	{ TEXT("contact_user", contact_user, NULL),
	  .help = "user in our Contact of calls with it" },
	{ TEXT("contact_domain", contact_domain, NULL),
	  .help = "our name instead of our address in that, where we do not register" },
	{ TEXT("stir_shaken_profile", stir_shaken_profile, NULL),
	  .help = "of stir_shaken.conf: how calls with it are signed and verified; for a peer" },
	{ YESNO("trust_id_inbound", trust_id_inbound, "no"),
	  .help = "believe its P-Asserted-Identity and Remote-Party-ID" },
	{ YESNO("trust_id_outbound", trust_id_outbound, "no"),
	  .help = "tell it withheld identities" },
	{ YESNO("send_pai", send_pai, "no"), .help = "send P-Asserted-Identity" },
	{ YESNO("send_ppi", send_ppi, "no"), .help = "send P-Preferred-Identity" },
	{ YESNO("send_rpid", send_rpid, "no"), .help = "send Remote-Party-ID" },
	{ TEXT("callerid_tag", callerid_tag, NULL),
	  .help = "CALLERID(tag) of its channels, for the dialplan alone" },
	{ CHOICE("callerid_privacy", callerid_privacy, "allowed_not_screened", privacy_names),
	  .help = "may others see who calls, when it does not say" },
	{ TEXT("identities", identities, NULL),
	  .help = "numbers that it may call as, by P-Preferred-Identity" },
	{ YESNO("send_diversion", send_diversion, "yes"),
	  .help = "tell it by Diversion who sent a call on" },
	{ YESNO("send_history_info", send_history_info, "no"),
	  .help = "tell it by History-Info who sent a call on" },
	{ YESNO("user_eq_phone", user_eq_phone, "no"),
	  .help = "say user=phone where a URI holds a number" },
	{ CHOICE("sips", sips, "allow", sips_names), .help = "may it, must it call by sips: URIs" },
	{ CHOICE("join", join, "context", replaces_names),
	  .help = "whose calls it may join by an INVITE with Join" },
	{ CHOICE("replaces", replaces, "context", replaces_names),
	  .help = "whose calls it may take over by an INVITE with Replaces" },
	{ YESNO("allow_transfer", allow_transfer, "yes"),
	  .help = "may it transfer calls by REFER" },
	{ YESNO("refer_blind_progress", refer_progress, "yes"),
	  .help = "tell it how a blind transfer proceeds, not only how it ends" },
	{ YESNO("one_touch_recording", one_touch_recording, "no"),
	  .help = "may its record button (INFO with Record) press a key of features.conf" },
	{ TEXT("record_on_feature", record_on, "automixmon"), .help = "which one, for on" },
	{ TEXT("record_off_feature", record_off, "automixmon"), .help = "and for off" },
	{ LIST("match_certificate", certificates),
	  .help = "names: whoever shows a certificate in one of them, by TLS, needs no password" },
	{ YESNO("trust_match", trust_match, "yes"),
	  .help = "whoever sends from its match needs no password" },
	{ YESNO("refer_outside", refer_outside, "no"),
	  .help = "may it have calls made by a REFER outside of a call" },
	{ NUMBER("max_refer_calls", max_refer_calls, "10"), .max = 1000000,
	  .help = "how many of those it may have at a time; 0: any number" },
	{ CHOICE("send_to_source", to_source, "nat", to_source_names),
	  .help = "talk to where it sends from, not to its Contact; nat: where that is needed" },
	{ YESNO("force_rport", force_rport, "yes"),
	  .help = "answer to where it sends from when its Via names another host" },
	{ CHOICE("media_encryption", media_encryption, "no", encryption_names),
	  .help = "how its sound is encrypted" },
	{ YESNO("media_encryption_optimistic", media_encryption_optimistic, "no"),
	  .help = "in clear when it cannot do that, instead of no call" },
	{ YESNO("sdes_in_clear", sdes_in_clear, "no"),
	  .help = "let keys of sdes travel by UDP and TCP as well" },
	{ PARSED("media_address", media_address, parse_address),
	  .help = "the address that it is told to send sound to" },
	{ YESNO("media_address_bind", media_address_bind, "no"),
	  .help = "send sound from there, too: it is one of this machine" },
	{ YESNO("rtp_symmetric", symmetric_rtp, "yes"),
	  .help = "send sound to where its sound comes from" },
	{ CHOICE("ice_support", ice, "no", ice_names),
	  .help = "find with ICE the way that sound takes" },
	{ YESNO("comfort_noise", comfort_noise, "no"),
	  .help = "offer comfort noise, and send it instead of silence" },
	{ YESNO("early_media", early_media, "yes"),
	  .help = "who calls it hears what it plays before it answers; no: that it rings" },
	{ YESNO("inband_progress", inband_progress, "no"),
	  .help = "when it calls, it hears a tone of ours while there is ringing, with 183" },
	{ YESNO("rtcp_mux", rtcp_mux, "no"), .help = "offer that RTCP comes by RTP's port" },
	{ YESNO("rtcp_xr", rtcp_xr, "no"),
	  .help = "ask for reports that say how speech sounds there" },
	{ YESNO("bundle", bundle, "no"), .help = "sound, pictures and text by one port" },
	{ NUMBER("max_video_streams", max_video_streams, "1"), .min = 1, .max = 1000,
	  .help = "so many members of a conference with video_mode = sfu it is shown at once, "
		  "at most; 9 are enough" },
	{ YESNO("webrtc", webrtc, "no"), .help = "all that browsers want: ICE, rtcp_mux, bundle" },
	{ TIME("rtp_timeout", rtp_timeout_ms, "0"),
	  .help = "hang up after so long without a packet" },
	{ TIME("rtp_timeout_hold", rtp_hold_timeout_ms, "0"), .help = "the same while on hold" },
	{ REPEAT("rtp_keepalive", rtp_keepalive_ms),
	  .help = "send noise when nothing was sent for so long; 0: never" },
	{ YESNO("t38", t38, "no"),
	  .help = "faxes by T.38, where the other end of the call may have it, too" },
	{ CHOICE("t38_ec", t38_ec, "other", ec_names),
	  .help = "how it is told to make good for lost packets; other: as the other end says" },
	{ NUMBER("t38_max_datagram", t38_max_datagram, "0"), .max = 1400,
	  .help = "the most that it takes, whatever it says; 0: as it says" },
	{ YESNO("t38_symmetric", t38_symmetric, "yes"),
	  .help = "send faxes to where they come from" },
	{ YESNO("fax_detect", fax_detect, "no"),
	  .help = "a fax that calls goes to the extension fax" },
	{ TIME("fax_detect_timeout", fax_detect_timeout_ms, "0"),
	  .help = "so long after the call has come; 0: as long as it lasts" },
	{ TEXT("message_context", message_context, NULL),
	  .help = "where its texts enter the dialplan; default: they go to whom they are for" },
	{ YESNO("allow_subscribe", allow_subscribe, "yes"),
	  .help = "it may subscribe to lamps, presence, message waiting" },
	{ YESNO("notify_partial", notify_partial, "no"),
	  .help = "tell it what has changed only, not all each time" },
	{ YESNO("unsolicited_mwi", unsolicited_mwi, "yes"),
	  .help = "tell it of waiting messages although it did not subscribe" },
	{ TEXT("mwi_subscribe", mwi_subscribe, NULL),
	  .help = "ask it for waiting messages, and count them in this mailbox" },
	{ TEXT("mwi_incoming", mwi_incoming, NULL),
	  .help = "the mailbox that it tells us of without being asked" },
	{ YESNO("register", registers, "no"), .help = "register with its host as username" },
	{ TIME("register_expires", register_expires_ms, "1h"), .min = 60000, .max = 86400000,
	  .help = "for how long we ask to be registered" },
	{ REPEAT("register_retry", register_retry_ms),
	  .help = "after a fault that passes; 0: 30 to 60 s, twice as long each time" },
	{ NUMBER("register_retries", register_retries, "-1"), .min = -1, .max = 1000000,
	  .help = "so many faults in a row, and it is left alone until a reload; -1: never" },
	{ REPEAT("register_forbidden_retry", register_forbidden_ms),
	  .help = "after a 403; 0: not before a reload" },
	{ REPEAT("register_refused_retry", register_refused_ms),
	  .help = "after another refusal; 0: not before a reload" },
	{ YESNO("register_password_final", register_password_final, "yes"),
	  .help = "a password that is refused is left alone, not tried again as after a fault" },
	{ TEXT("register_server", register_server, NULL),
	  .help = "the registrar, when it is not its host; sips:host: by TLS" },
	{ TEXT("register_as", register_as, NULL),
	  .help = "user@domain: whom we register, when it is not username there" },
	{ TEXT("register_contact", register_contact, NULL),
	  .help = "the number that its calls are for; default: username" },
	{ YESNO("register_line", register_line, "no"),
	  .help = "know its calls by a word in our Contact, too" },
	{ YESNO("register_gin", register_gin, "no"),
	  .help = "register all numbers that the account has there, not one (RFC 6140)" },
	{ TEXT("register_endpoint", register_endpoint, NULL),
	  .help = "whose the calls are that come so; default: its own" },
	{ PARSED("register_proxies", register_proxies, parse_proxies),
	  .help = "URIs of proxies: we register by each of them" },
	{ TEXT("voicemail_number", voicemail_number, NULL), .help = "what its message key dials" },
	{ TEXT("subscribe_context", subscribe_context, NULL),
	  .help = "where the hints of its lamps are looked up; default: context" },
	{ NUMBER("max_texts", max_texts, "60"), .min = 0, .max = 100000,
	  .help = "how many texts (MESSAGE) it may write in a minute; 0: any number" },
	{ TIME("keep_texts", keep_texts_ms, "7d"), .min = 60000, .max = 1814400000, .or_zero = true,
	  .help = "texts to it are kept so long while it is away; 0: they are refused" },
	{ NUMBER("max_kept_texts", max_kept_texts, "100"), .min = 1, .max = 10000,
	  .help = "so many wait for it; more are refused" },
	{ NUMBER("max_subscriptions", max_subscriptions, "200"), .min = 0, .max = 100000,
	  .help = "how many subscriptions it may have at a time" },
	{ 0 }
};
