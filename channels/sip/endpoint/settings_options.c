/* The options of sip.conf by type of section: what each is called, means, and is
 * when nobody sets it. */
#include "channels/sip/endpoint/settings_options.h"
#include "channels/sip/endpoint/settings_secret.h"

#include <ringdown/prompt.h>
#include <ringdown/transfer.h>

#include "channels/sip/endpoint/networks.h"

static const char *const dtmf_names[] = { "rfc4733", "info", "inband", "auto", "auto_info", NULL };
static const char *const sips_names[] = { "allow", "require", "refuse", NULL };
static const char *const replaces_names[] = { "context", "own", "any", "no", NULL };
static const char *const ice_names[] = { "no", "yes", "lite", NULL };
static const char *const order_names[] = { "ours", "caller", NULL };
static const char *const offer_names[] = { "caller", "ours", NULL };
static const char *const timer_names[] = { "no", "accept", "originate", "refuse", NULL };
static const char *const auto_answer_names[] = { "all", "answer-mode", "call-info",
						 "alert-info", "no", NULL };
/* In the order of enum sip_encryption. */
static const char *const encryption_names[] = { "no", "sdes", "dtls", NULL };
static const char *const reliable_names[] = { "no", "supported", "required", NULL };

/* In the order of enum rd_presentation. */
static const char *const privacy_names[] = {
	"allowed_not_screened", "allowed_passed_screen", "allowed_failed_screen", "allowed",
	"prohib_not_screened",	"prohib_passed_screen",	 "prohib_failed_screen",  "prohib",
	"unavailable",		NULL
};

#define PHONE(member) offsetof(struct sip_endpoint, member)

/* A host, or a URI; one without ;lr is none of today (RFC 3261 §16.12), and gets it. */
static const char *parse_proxy(const char *value, void *dest, struct rd_pool *pool)
{
	static const char *const expected = "a URI such as sip:proxy.example.com\\;lr";
	bool has_scheme = strncmp(value, "sip:", 4) == 0 || strncmp(value, "sips:", 5) == 0;
	char *uri = rd_pool_printf(pool, "%s%s", has_scheme ? "" : "sip:", value);
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

static const char *parse_groups(const char *value, void *dest, struct rd_pool *pool)
{
	const char **list = dest;
	uint64_t groups;

	if (rd_group_numbers(value, &groups))
		return "numbers of groups, 0 to 63: 1,3-5";
	*list = rd_pool_strdup(pool, value);
	return *list ? NULL : rd_option_no_memory;
}

const struct rd_option sip_phone_options[] = {
	{ .name = "context",
	  .type = RD_OPTION_STRING,
	  .offset = PHONE(context),
	  .fallback = "default",
	  .help = "where its calls enter the dialplan" },
	{ .name = "callerid",
	  .type = RD_OPTION_STRING,
	  .offset = PHONE(callerid),
	  .help = "\"Name\" <number> shown to those it calls" },
	{ .name = "secret",
	  .type = RD_OPTION_STRING,
	  .offset = PHONE(secret),
	  .help = "its password" },
	{ .name = "secret_file",
	  .type = RD_OPTION_STRING,
	  .offset = PHONE(secret_file),
	  .help = "a file with a line name:password" },
	{ .name = "secret_hash",
	  .type = RD_OPTION_LIST,
	  .offset = PHONE(secret_hashes),
	  .help = "instead of the password: MD5:hash of name:realm:password" },
	{ .name = "aors",
	  .type = RD_OPTION_LIST,
	  .offset = PHONE(aors),
	  .help = "names that it may register as, besides the section's" },
	{ .name = "auth_user",
	  .type = RD_OPTION_STRING,
	  .offset = PHONE(auth_user),
	  .help = "its name when it gives a password; default: the section's" },
	{ .name = "username",
	  .type = RD_OPTION_STRING,
	  .offset = PHONE(username),
	  .help = "our name when the far end asks for one; default: the section's" },
	{ .name = "host",
	  .type = RD_OPTION_STRING,
	  .offset = PHONE(host),
	  .help = "address[:port] of a peer that does not register" },
	{ .name = "outbound_proxy",
	  .type = RD_OPTION_CUSTOM,
	  .offset = PHONE(outbound_proxy),
	  .parse = parse_proxy,
	  .help = "a URI: what goes to its host goes by there" },
	{ .name = "transport",
	  .type = RD_OPTION_STRING,
	  .offset = PHONE(transport),
	  .help = "the transport section to reach it by" },
	{ .name = "allow",
	  .type = RD_OPTION_STRING,
	  .offset = PHONE(allow),
	  .fallback = "ulaw,alaw",
	  .help = "codecs, the preferred first" },
	{ .name = "codec_order",
	  .type = RD_OPTION_ENUM,
	  .offset = PHONE(codec_order),
	  .fallback = "ours",
	  .names = order_names,
	  .help = "whose preference counts when the far end offers" },
	{ .name = "offer_order",
	  .type = RD_OPTION_ENUM,
	  .offset = PHONE(offer_order),
	  .fallback = "caller",
	  .names = offer_names,
	  .help = "whose preference counts when we offer: the caller's codecs first, or ours" },
	{ .name = "reoffer",
	  .type = RD_OPTION_BOOL,
	  .offset = PHONE(reoffer),
	  .fallback = "yes",
	  .help = "ask it to change its codec when that saves converting" },
	{ .name = "dtmf_mode",
	  .type = RD_OPTION_ENUM,
	  .offset = PHONE(dtmf_mode),
	  .fallback = "rfc4733",
	  .names = dtmf_names,
	  .help = "how keys are sent" },
	{ .name = "100rel",
	  .type = RD_OPTION_ENUM,
	  .offset = PHONE(reliable),
	  .fallback = "supported",
	  .names = reliable_names,
	  .help = "provisional answers that are acknowledged, RFC 3262" },
	{ .name = "session_timers",
	  .type = RD_OPTION_ENUM,
	  .offset = PHONE(session_timers),
	  .fallback = "accept",
	  .names = timer_names,
	  .help = "sessions that expire, RFC 4028" },
	{ .name = "session_expires",
	  .type = RD_OPTION_DURATION,
	  .offset = PHONE(session_expires_ms),
	  .fallback = "1800",
	  .min = 90000,
	  .max = 86400000,
	  .help = "how long a session of ours lasts without a refresh" },
	{ .name = "min_se",
	  .type = RD_OPTION_DURATION,
	  .offset = PHONE(min_se_ms),
	  .fallback = "90",
	  .min = 90000,
	  .max = 86400000,
	  .help = "the shortest session that is accepted" },
	{ .name = "auto_answer",
	  .type = RD_OPTION_ENUM,
	  .offset = PHONE(auto_answer),
	  .fallback = "all",
	  .names = auto_answer_names,
	  .help = "the header that makes it answer by itself" },
	{ .name = "auto_answer_inbound",
	  .type = RD_OPTION_BOOL,
	  .offset = PHONE(may_auto_answer),
	  .fallback = "no",
	  .help = "it may ask that whom it calls answers by itself" },
	{ .name = "redirect",
	  .type = RD_OPTION_BOOL,
	  .offset = PHONE(redirect),
	  .fallback = "no",
	  .help = "tell it where the phones are that it calls: 302" },
	{ .name = "late_offer",
	  .type = RD_OPTION_BOOL,
	  .offset = PHONE(late_offer),
	  .fallback = "no",
	  .help = "call it without a description: it offers first" },
	{ .name = "max_contacts",
	  .type = RD_OPTION_INT,
	  .offset = PHONE(max_contacts),
	  .fallback = "5",
	  .min = 0,
	  .max = 100,
	  .help = "how many devices may register at a time" },
	{ .name = "remove_existing",
	  .type = RD_OPTION_BOOL,
	  .offset = PHONE(remove_existing),
	  .fallback = "yes",
	  .help = "one more than that, and the one renewed longest ago gives way; no: 403" },
	{ .name = "remove_unavailable",
	  .type = RD_OPTION_BOOL,
	  .offset = PHONE(remove_unavailable),
	  .fallback = "no",
	  .help = "one that does not answer (qualify) gives way before any other" },
	{ .name = "qualify",
	  .type = RD_OPTION_DURATION,
	  .offset = PHONE(qualify_ms),
	  .fallback = "0",
	  .help = "how often to ask whether its devices answer; 0: never" },
	{ .name = "qualify_timeout",
	  .type = RD_OPTION_DURATION,
	  .offset = PHONE(qualify_timeout_ms),
	  .fallback = "3s",
	  .min = 100,
	  .max = 60000,
	  .unit = 1,
	  .help = "how long the answer may take" },
	{ .name = "path",
	  .type = RD_OPTION_BOOL,
	  .offset = PHONE(path),
	  .fallback = "yes",
	  .help = "heed the proxies that its registration came by, RFC 3327" },
	{ .name = "service_route",
	  .type = RD_OPTION_STRING,
	  .offset = PHONE(service_route),
	  .help = "\"<sip:proxy;lr>\": the way that its own requests are to take" },
	{ .name = "outbound",
	  .type = RD_OPTION_BOOL,
	  .offset = PHONE(outbound),
	  .fallback = "yes",
	  .help = "let it register by several flows, RFC 5626" },
	{ .name = "gruu",
	  .type = RD_OPTION_BOOL,
	  .offset = PHONE(gruu),
	  .fallback = "yes",
	  .help = "give its devices URIs of their own, RFC 5627" },
	{ .name = "min_expires",
	  .type = RD_OPTION_DURATION,
	  .offset = PHONE(min_expires_ms),
	  .help = "shortest registration that is accepted; default: the global one" },
	{ .name = "max_expires",
	  .type = RD_OPTION_DURATION,
	  .offset = PHONE(max_expires_ms),
	  .help = "longest registration that is granted; default: the global one" },
	{ .name = "default_expires",
	  .type = RD_OPTION_DURATION,
	  .offset = PHONE(default_expires_ms),
	  .help = "when it does not say; default: the global one" },
	{ .name = "ptime",
	  .type = RD_OPTION_INT,
	  .offset = PHONE(ptime),
	  .fallback = "20",
	  .min = 10,
	  .max = 120,
	  .help = "milliseconds per packet" },
	{ .name = "mailbox",
	  .type = RD_OPTION_STRING,
	  .offset = PHONE(mailbox),
	  .help = "its voice mailbox" },
	{ .name = "language",
	  .type = RD_OPTION_STRING,
	  .offset = PHONE(language),
	  .help = "of prompts" },
	{ .name = "accountcode",
	  .type = RD_OPTION_STRING,
	  .offset = PHONE(account),
	  .help = "for call records" },
	{ .name = "music_class",
	  .type = RD_OPTION_STRING,
	  .offset = PHONE(music_class),
	  .help = "music that others hear on hold" },
	{ .name = "tone_zone",
	  .type = RD_OPTION_CUSTOM,
	  .offset = PHONE(tone_zone),
	  .parse = parse_country,
	  .help = "country of its tones" },
	{ .name = "call_group",
	  .type = RD_OPTION_CUSTOM,
	  .offset = PHONE(call_group),
	  .parse = parse_groups,
	  .help = "groups 0 to 63 whose members may answer for it: 1,3-5" },
	{ .name = "pickup_group",
	  .type = RD_OPTION_CUSTOM,
	  .offset = PHONE(pickup_group),
	  .parse = parse_groups,
	  .help = "groups for which it may answer" },
	{ .name = "named_call_group",
	  .type = RD_OPTION_STRING,
	  .offset = PHONE(named_call_group),
	  .help = "the same by names: sales,support" },
	{ .name = "named_pickup_group",
	  .type = RD_OPTION_STRING,
	  .offset = PHONE(named_pickup_group),
	  .help = "and for these" },
	{ .name = "from_domain",
	  .type = RD_OPTION_STRING,
	  .offset = PHONE(from_domain),
	  .help = "host in the From of calls to it" },
	{ .name = "from_user",
	  .type = RD_OPTION_STRING,
	  .offset = PHONE(from_user),
	  .help = "user in the From of calls to it" },
	{ .name = "trust_id_inbound",
	  .type = RD_OPTION_BOOL,
	  .offset = PHONE(trust_id_inbound),
	  .fallback = "no",
	  .help = "believe its P-Asserted-Identity and Remote-Party-ID" },
	{ .name = "trust_id_outbound",
	  .type = RD_OPTION_BOOL,
	  .offset = PHONE(trust_id_outbound),
	  .fallback = "no",
	  .help = "tell it withheld identities" },
	{ .name = "send_pai",
	  .type = RD_OPTION_BOOL,
	  .offset = PHONE(send_pai),
	  .fallback = "no",
	  .help = "send P-Asserted-Identity" },
	{ .name = "send_rpid",
	  .type = RD_OPTION_BOOL,
	  .offset = PHONE(send_rpid),
	  .fallback = "no",
	  .help = "send Remote-Party-ID" },
	{ .name = "callerid_privacy",
	  .type = RD_OPTION_ENUM,
	  .offset = PHONE(callerid_privacy),
	  .fallback = "allowed_not_screened",
	  .names = privacy_names,
	  .help = "may others see who calls, when it does not say" },
	{ .name = "identities",
	  .type = RD_OPTION_STRING,
	  .offset = PHONE(identities),
	  .help = "numbers that it may call as, by P-Preferred-Identity" },
	{ .name = "send_diversion",
	  .type = RD_OPTION_BOOL,
	  .offset = PHONE(send_diversion),
	  .fallback = "yes",
	  .help = "tell it by Diversion who sent a call on" },
	{ .name = "send_history_info",
	  .type = RD_OPTION_BOOL,
	  .offset = PHONE(send_history_info),
	  .fallback = "no",
	  .help = "tell it by History-Info who sent a call on" },
	{ .name = "user_eq_phone",
	  .type = RD_OPTION_BOOL,
	  .offset = PHONE(user_eq_phone),
	  .fallback = "no",
	  .help = "say user=phone where a URI holds a number" },
	{ .name = "sips",
	  .type = RD_OPTION_ENUM,
	  .offset = PHONE(sips),
	  .fallback = "allow",
	  .names = sips_names,
	  .help = "may it, must it call by sips: URIs" },
	{ .name = "join",
	  .type = RD_OPTION_ENUM,
	  .offset = PHONE(join),
	  .fallback = "context",
	  .names = replaces_names,
	  .help = "whose calls it may join by an INVITE with Join" },
	{ .name = "replaces",
	  .type = RD_OPTION_ENUM,
	  .offset = PHONE(replaces),
	  .fallback = "context",
	  .names = replaces_names,
	  .help = "whose calls it may take over by an INVITE with Replaces" },
	{ .name = "allow_transfer",
	  .type = RD_OPTION_BOOL,
	  .offset = PHONE(allow_transfer),
	  .fallback = "yes",
	  .help = "may it transfer calls by REFER" },
	{ .name = "refer_blind_progress",
	  .type = RD_OPTION_BOOL,
	  .offset = PHONE(refer_progress),
	  .fallback = "yes",
	  .help = "tell it how a blind transfer proceeds, not only how it ends" },
	{ .name = "trust_match",
	  .type = RD_OPTION_BOOL,
	  .offset = PHONE(trust_match),
	  .fallback = "yes",
	  .help = "whoever sends from its match needs no password" },
	{ .name = "refer_outside",
	  .type = RD_OPTION_BOOL,
	  .offset = PHONE(refer_outside),
	  .fallback = "no",
	  .help = "may it have calls made by a REFER outside of a call" },
	{ .name = "send_to_source",
	  .type = RD_OPTION_BOOL,
	  .offset = PHONE(to_source),
	  .fallback = "yes",
	  .help = "talk to where it sends from, not to its Contact" },
	{ .name = "media_encryption",
	  .type = RD_OPTION_ENUM,
	  .offset = PHONE(media_encryption),
	  .fallback = "no",
	  .names = encryption_names,
	  .help = "how its sound is encrypted" },
	{ .name = "media_encryption_optimistic",
	  .type = RD_OPTION_BOOL,
	  .offset = PHONE(media_encryption_optimistic),
	  .fallback = "no",
	  .help = "in clear when it cannot do that, instead of no call" },
	{ .name = "sdes_in_clear",
	  .type = RD_OPTION_BOOL,
	  .offset = PHONE(sdes_in_clear),
	  .fallback = "no",
	  .help = "let keys of sdes travel by UDP and TCP as well" },
	{ .name = "rtp_symmetric",
	  .type = RD_OPTION_BOOL,
	  .offset = PHONE(symmetric_rtp),
	  .fallback = "yes",
	  .help = "send sound to where its sound comes from" },
	{ .name = "ice_support",
	  .type = RD_OPTION_ENUM,
	  .offset = PHONE(ice),
	  .fallback = "no",
	  .names = ice_names,
	  .help = "find with ICE the way that sound takes" },
	{ .name = "comfort_noise",
	  .type = RD_OPTION_BOOL,
	  .offset = PHONE(comfort_noise),
	  .fallback = "no",
	  .help = "offer comfort noise, and send it instead of silence" },
	{ .name = "rtcp_mux",
	  .type = RD_OPTION_BOOL,
	  .offset = PHONE(rtcp_mux),
	  .fallback = "no",
	  .help = "offer that RTCP comes by RTP's port" },
	{ .name = "rtcp_xr",
	  .type = RD_OPTION_BOOL,
	  .offset = PHONE(rtcp_xr),
	  .fallback = "no",
	  .help = "ask for reports that say how speech sounds there" },
	{ .name = "bundle",
	  .type = RD_OPTION_BOOL,
	  .offset = PHONE(bundle),
	  .fallback = "no",
	  .help = "offer that lines of media share one port" },
	{ .name = "webrtc",
	  .type = RD_OPTION_BOOL,
	  .offset = PHONE(webrtc),
	  .fallback = "no",
	  .help = "all that browsers want: ICE, rtcp_mux, bundle" },
	{ .name = "rtp_timeout",
	  .type = RD_OPTION_DURATION,
	  .offset = PHONE(rtp_timeout_ms),
	  .fallback = "0",
	  .help = "hang up after so long without a packet" },
	{ .name = "rtp_timeout_hold",
	  .type = RD_OPTION_DURATION,
	  .offset = PHONE(rtp_hold_timeout_ms),
	  .fallback = "0",
	  .help = "the same while on hold" },
	{ .name = "fax_detect",
	  .type = RD_OPTION_BOOL,
	  .offset = PHONE(fax_detect),
	  .fallback = "no",
	  .help = "a fax that calls goes to the extension fax" },
	{ .name = "fax_detect_timeout",
	  .type = RD_OPTION_DURATION,
	  .offset = PHONE(fax_detect_timeout_ms),
	  .fallback = "0",
	  .help = "so long after the call has come; 0: as long as it lasts" },
	{ .name = "message_context",
	  .type = RD_OPTION_STRING,
	  .offset = PHONE(message_context),
	  .help = "where its texts enter the dialplan; default: they go to whom they are for" },
	{ .name = "allow_subscribe",
	  .type = RD_OPTION_BOOL,
	  .offset = PHONE(allow_subscribe),
	  .fallback = "yes",
	  .help = "it may subscribe to lamps, presence, message waiting" },
	{ .name = "notify_partial",
	  .type = RD_OPTION_BOOL,
	  .offset = PHONE(notify_partial),
	  .fallback = "no",
	  .help = "tell it what has changed only, not all each time" },
	{ .name = "unsolicited_mwi",
	  .type = RD_OPTION_BOOL,
	  .offset = PHONE(unsolicited_mwi),
	  .fallback = "yes",
	  .help = "tell it of waiting messages although it did not subscribe" },
	{ .name = "mwi_subscribe",
	  .type = RD_OPTION_STRING,
	  .offset = PHONE(mwi_subscribe),
	  .help = "ask it for waiting messages, and count them in this mailbox" },
	{ .name = "register",
	  .type = RD_OPTION_BOOL,
	  .offset = PHONE(registers),
	  .fallback = "no",
	  .help = "register with its host as username" },
	{ .name = "register_expires",
	  .type = RD_OPTION_DURATION,
	  .offset = PHONE(register_expires_ms),
	  .fallback = "1h",
	  .min = 60000,
	  .max = 86400000,
	  .help = "for how long we ask to be registered" },
	{ .name = "register_server",
	  .type = RD_OPTION_STRING,
	  .offset = PHONE(register_server),
	  .help = "the registrar, when it is not its host" },
	{ .name = "register_as",
	  .type = RD_OPTION_STRING,
	  .offset = PHONE(register_as),
	  .help = "user@domain: whom we register, when it is not username there" },
	{ .name = "register_contact",
	  .type = RD_OPTION_STRING,
	  .offset = PHONE(register_contact),
	  .help = "the number that its calls are for; default: username" },
	{ .name = "register_proxies",
	  .type = RD_OPTION_CUSTOM,
	  .offset = PHONE(register_proxies),
	  .parse = parse_proxies,
	  .help = "URIs of proxies: we register by each of them" },
	{ .name = "voicemail_number",
	  .type = RD_OPTION_STRING,
	  .offset = PHONE(voicemail_number),
	  .help = "what its message key dials" },
	{ .name = "subscribe_context",
	  .type = RD_OPTION_STRING,
	  .offset = PHONE(subscribe_context),
	  .help = "where the hints of its lamps are looked up; default: context" },
	{ .name = "max_texts",
	  .type = RD_OPTION_INT,
	  .offset = PHONE(max_texts),
	  .fallback = "60",
	  .min = 0,
	  .max = 100000,
	  .help = "how many texts (MESSAGE) it may write in a minute; 0: any number" },
	{ .name = "max_subscriptions",
	  .type = RD_OPTION_INT,
	  .offset = PHONE(max_subscriptions),
	  .fallback = "200",
	  .min = 0,
	  .max = 100000,
	  .help = "how many subscriptions it may have at a time" },
	{ 0 }
};

static const char *const qop_names[] = { "auth", "auth-int", "both", NULL };

static const char *parse_digest(const char *value, void *dest, struct rd_pool *pool)
{
	unsigned *set = dest;

	(void)pool;
	*set = sip_digest_set_parse(rd_str_of(value));
	return *set ? NULL : "md5, sha-256, sha-512-256, several with commas, both or all";
}

static const char *parse_servers(const char *value, void *dest, struct rd_pool *pool)
{
	struct rd_str rest = rd_str_of(value), item;
	union sip_sockaddr address;
	const char *copy;
	char text[96];

	while (rest.n) {
		rd_str_cut(&rest, ',', &item);
		if (!rd_strcpyn(text, sizeof(text), rd_str_trim(item)) ||
		    sip_hostport_parse(&address, text, 53))
			return "addresses such as \"192.0.2.1, [::1]:5353\"";
	}
	copy = rd_pool_strdup(pool, value);
	if (!copy)
		return rd_option_no_memory;
	*(const char **)dest = copy;
	return NULL;
}

/* "10.0.0.0/8, 192.0.2.7" to a list. */
static const char *parse_networks(const char *value, void *dest, struct rd_pool *pool)
{
	struct sip_networks networks = { .pool = pool, .tail = dest };

	switch (sip_networks_add(&networks, value, false)) {
	case 0:
		return NULL;
	case -ENOMEM:
		return rd_option_no_memory;
	default:
		return "addresses or networks such as 10.0.0.0/8, with commas";
	}
}

#define LIST(member) offsetof(struct sip_list, member)

const struct rd_option sip_list_options[] = {
	{ .name = "event", .type = RD_OPTION_STRING, .offset = LIST(event), .required = true,
	  .help = "the event package that it is for: dialog, presence, message-summary" },
	{ .name = "list_item", .type = RD_OPTION_LIST, .offset = LIST(items),
	  .help = "extensions that it is made of" },
	{ .name = "full_state", .type = RD_OPTION_BOOL, .offset = LIST(full_state),
	  .fallback = "no", .help = "tell all of it each time, not what has changed" },
	{ .name = "notification_batch_interval", .type = RD_OPTION_DURATION,
	  .offset = LIST(batch_ms), .fallback = "0", .unit = 1, .max = 60000,
	  .help = "how long changes wait for others, to be told together" },
	{ 0 }
};

#define GLOBAL(member) offsetof(struct sip_settings, member)

const struct rd_option sip_global_options[] = {
	{ .name = "realm", .type = RD_OPTION_STRING, .offset = GLOBAL(realm),
	  .fallback = "ringdown", .help = "what passwords are for" },
	{ .name = "digest", .type = RD_OPTION_CUSTOM, .offset = GLOBAL(digest),
	  .fallback = "md5", .parse = parse_digest,
	  .help = "what to challenge with; many phones refuse to register when they "
		  "are also offered an algorithm that they do not know" },
	{ .name = "digest_qop", .type = RD_OPTION_ENUM, .offset = GLOBAL(digest_qop),
	  .fallback = "auth", .names = qop_names,
	  .help = "what passwords protect: auth: the request, auth-int: its body too" },
	{ .name = "userhash", .type = RD_OPTION_BOOL, .offset = GLOBAL(userhash),
	  .fallback = "no", .help = "let phones hide their names in credentials" },
	{ .name = "authentication_info", .type = RD_OPTION_BOOL,
	  .offset = GLOBAL(authentication_info), .fallback = "no",
	  .help = "prove to phones with each registration that we know the password" },
	{ .name = "max_message_size", .type = RD_OPTION_INT, .offset = GLOBAL(max_message),
	  .fallback = "65535", .min = 1000, .max = 65535,
	  .help = "bytes of a message; longer ones get 413 or 513" },
	{ .name = "max_headers", .type = RD_OPTION_INT, .offset = GLOBAL(max_headers),
	  .fallback = "128", .min = 20, .max = 255,
	  .help = "header lines of a message; more get 513" },
	{ .name = "max_transactions", .type = RD_OPTION_INT, .offset = GLOBAL(max_transactions),
	  .fallback = "600000", .min = 0, .max = 10000000,
	  .help = "at a time; then what belongs to no dialog gets 503; 0: any" },
	{ .name = "max_dialogs", .type = RD_OPTION_INT, .offset = GLOBAL(max_dialogs),
	  .fallback = "50000", .min = 0, .max = 10000000,
	  .help = "at a time; then new calls and subscriptions get 503; 0: any" },
	{ .name = "flow_timer", .type = RD_OPTION_DURATION, .offset = GLOBAL(flow_timer_ms),
	  .fallback = "2m",
	  .help = "within which time phones that use outbound show that they live; 0: as "
		  "they like" },
	{ .name = "guard", .type = RD_OPTION_BOOL, .offset = GLOBAL(guard),
	  .fallback = "yes", .help = "hinder floods and guessing, answer nobody with more "
				     "than he sent before he can be seen to receive it" },
	{ .name = "guard_exempt", .type = RD_OPTION_CUSTOM, .offset = GLOBAL(guard_exempt),
	  .parse = parse_networks, .help = "addresses and networks that are never hindered" },
	{ .name = "guard_rate", .type = RD_OPTION_INT, .offset = GLOBAL(guard_rate),
	  .fallback = "50", .min = 0, .max = 1000000,
	  .help = "requests per second from an address that has not authenticated; 0: any" },
	{ .name = "guard_burst", .type = RD_OPTION_INT, .offset = GLOBAL(guard_burst),
	  .fallback = "200", .min = 1, .max = 1000000, .help = "and so many at once" },
	{ .name = "guard_failures", .type = RD_OPTION_INT, .offset = GLOBAL(guard_failures),
	  .fallback = "20", .min = 0, .max = 1000000,
	  .help = "wrong passwords until an address is banned; 0: never" },
	{ .name = "guard_probes", .type = RD_OPTION_INT, .offset = GLOBAL(guard_probes),
	  .fallback = "100", .min = 0, .max = 1000000,
	  .help = "challenges without an answer until an address is banned; 0: never" },
	{ .name = "guard_ban", .type = RD_OPTION_DURATION, .offset = GLOBAL(guard_ban_ms),
	  .fallback = "10m", .help = "for how long; each further time for twice as long" },
	{ .name = "scanners", .type = RD_OPTION_STRING, .offset = GLOBAL(scanners),
	  .fallback = "friendly-scanner, sipvicious, sipcli, sip-scan, sundayddr, "
		      "VaxSIPUserAgent, pplsip, iWar",
	  .help = "words of User-Agent that give a scanner away: banned at once, no answer" },
	{ .name = "user_agent", .type = RD_OPTION_STRING, .offset = GLOBAL(user_agent),
	  .fallback = "Ringdown/" RD_VERSION, .help = "how we call ourselves" },
	{ .name = "min_expires", .type = RD_OPTION_DURATION,
	  .offset = GLOBAL(min_expires_ms), .fallback = "60",
	  .help = "shortest registration that is accepted" },
	{ .name = "max_expires", .type = RD_OPTION_DURATION,
	  .offset = GLOBAL(max_expires_ms), .fallback = "3600",
	  .help = "longest registration that is granted" },
	{ .name = "default_expires", .type = RD_OPTION_DURATION,
	  .offset = GLOBAL(default_expires_ms), .fallback = "3600",
	  .help = "for phones that do not say" },
	{ .name = "sub_min_expiry", .type = RD_OPTION_DURATION,
	  .offset = GLOBAL(sub_min_expiry_ms), .fallback = "60", .max = 3600000, .unit = 1000,
	  .help = "shortest subscription that is accepted" },
	{ .name = "sub_max_expiry", .type = RD_OPTION_DURATION,
	  .offset = GLOBAL(sub_max_expiry_ms), .fallback = "3600", .min = 60000, .max = 86400000,
	  .help = "longest subscription that is granted" },
	{ .name = "media_dscp", .type = RD_OPTION_INT, .offset = GLOBAL(media_dscp),
	  .fallback = "46", .min = 0, .max = 63, .help = "class of service of sound" },
	{ .name = "dns", .type = RD_OPTION_BOOL, .offset = GLOBAL(dns.enabled),
	  .fallback = "yes", .help = "ask name servers" },
	{ .name = "dns_servers", .type = RD_OPTION_CUSTOM,
	  .offset = GLOBAL(dns.servers), .parse = parse_servers,
	  .help = "addresses of name servers; default: the system's" },
	{ .name = "dns_timeout", .type = RD_OPTION_DURATION,
	  .offset = GLOBAL(dns.timeout_ms), .fallback = "2s", .min = 50, .max = 60000,
	  .help = "until the first question is repeated" },
	{ .name = "dns_tries", .type = RD_OPTION_INT, .offset = GLOBAL(dns.tries),
	  .fallback = "2", .min = 1, .max = 10, .help = "how often each server is asked" },
	{ .name = "dns_hosts", .type = RD_OPTION_STRING, .offset = GLOBAL(dns_hosts),
	  .fallback = "/etc/hosts", .help = "a file of names that need no DNS" },
	{ .name = "dead_time", .type = RD_OPTION_DURATION, .offset = GLOBAL(dns.dead_ms),
	  .fallback = "60s", .max = 86400000,
	  .help = "how long a target that failed is tried last" },
	{ .name = "failover_time", .type = RD_OPTION_DURATION,
	  .offset = GLOBAL(dns.failover_ms), .fallback = "4s", .max = 60000,
	  .help = "how long a target may be silent while there is another; 0: as long "
		  "as its transaction lives" },
	{ .name = "timer_t1", .type = RD_OPTION_DURATION, .offset = GLOBAL(t1_ms),
	  .fallback = "500ms", .min = 10, .max = 10000, .unit = 1,
	  .help = "round-trip estimate, RFC 3261 T1" },
	{ 0 }
};
