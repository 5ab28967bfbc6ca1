/* The options of [global] and of lists in sip.conf. */
#include "channels/sip/endpoint/networks.h"
#include "channels/sip/endpoint/settings_options.h"
#include "channels/sip/endpoint/settings_secret.h"

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
	{ .name = "realm",
	  .type = RD_OPTION_STRING,
	  .offset = GLOBAL(realm),
	  .fallback = "ringdown",
	  .help = "what passwords are for" },
	{ .name = "digest",
	  .type = RD_OPTION_CUSTOM,
	  .offset = GLOBAL(digest),
	  .fallback = "md5",
	  .parse = parse_digest,
	  .help = "what to challenge with; many phones refuse to register when they "
		  "are also offered an algorithm that they do not know" },
	{ .name = "digest_qop",
	  .type = RD_OPTION_ENUM,
	  .offset = GLOBAL(digest_qop),
	  .fallback = "auth",
	  .names = qop_names,
	  .help = "what passwords protect: auth: the request, auth-int: its body too" },
	{ .name = "userhash",
	  .type = RD_OPTION_BOOL,
	  .offset = GLOBAL(userhash),
	  .fallback = "no",
	  .help = "let phones hide their names in credentials" },
	{ .name = "authentication_info",
	  .type = RD_OPTION_BOOL,
	  .offset = GLOBAL(authentication_info),
	  .fallback = "no",
	  .help = "prove to phones with each registration that we know the password" },
	{ .name = "max_message_size",
	  .type = RD_OPTION_INT,
	  .offset = GLOBAL(max_message),
	  .fallback = "65535",
	  .min = 1000,
	  .max = 65535,
	  .help = "bytes of a message; longer ones get 413 or 513" },
	{ .name = "max_headers",
	  .type = RD_OPTION_INT,
	  .offset = GLOBAL(max_headers),
	  .fallback = "128",
	  .min = 20,
	  .max = 255,
	  .help = "header lines of a message; more get 513" },
	{ .name = "max_transactions",
	  .type = RD_OPTION_INT,
	  .offset = GLOBAL(max_transactions),
	  .fallback = "600000",
	  .min = 0,
	  .max = 10000000,
	  .help = "at a time; then what belongs to no dialog gets 503; 0: any" },
	{ .name = "max_kept_bytes",
	  .type = RD_OPTION_INT,
	  .offset = GLOBAL(max_kept_bytes),
	  .fallback = "33554432",
	  .min = 0,
	  .max = 2000000000,
	  .help = "answers that are kept for repetition, together; above it those to "
		  "strangers are not; 0: any" },
	{ .name = "max_dialogs",
	  .type = RD_OPTION_INT,
	  .offset = GLOBAL(max_dialogs),
	  .fallback = "50000",
	  .min = 0,
	  .max = 10000000,
	  .help = "at a time; then new calls and subscriptions get 503; 0: any" },
	{ .name = "flow_timer",
	  .type = RD_OPTION_DURATION,
	  .offset = GLOBAL(flow_timer_ms),
	  .fallback = "2m",
	  .help = "within which time phones that use outbound show that they live; 0: as "
		  "they like" },
	{ .name = "guard",
	  .type = RD_OPTION_BOOL,
	  .offset = GLOBAL(guard),
	  .fallback = "yes",
	  .help = "hinder floods and guessing, answer nobody with more "
		  "than he sent before he can be seen to receive it" },
	{ .name = "guard_exempt",
	  .type = RD_OPTION_CUSTOM,
	  .offset = GLOBAL(guard_exempt),
	  .parse = parse_networks,
	  .help = "addresses and networks that are never hindered" },
	{ .name = "guard_rate",
	  .type = RD_OPTION_INT,
	  .offset = GLOBAL(guard_rate),
	  .fallback = "50",
	  .min = 0,
	  .max = 1000000,
	  .help = "requests per second from an address that has not authenticated; 0: any" },
	{ .name = "guard_burst",
	  .type = RD_OPTION_INT,
	  .offset = GLOBAL(guard_burst),
	  .fallback = "600",
	  .min = 1,
	  .max = 1000000,
	  .help = "and so many at once" },
	{ .name = "guard_failures",
	  .type = RD_OPTION_INT,
	  .offset = GLOBAL(guard_failures),
	  .fallback = "20",
	  .min = 0,
	  .max = 1000000,
	  .help = "wrong passwords until an address is banned; 0: never" },
	{ .name = "guard_probes",
	  .type = RD_OPTION_INT,
	  .offset = GLOBAL(guard_probes),
	  .fallback = "100",
	  .min = 0,
	  .max = 1000000,
	  .help = "challenges without an answer until an address is banned; 0: never" },
	{ .name = "guard_ban",
	  .type = RD_OPTION_DURATION,
	  .offset = GLOBAL(guard_ban_ms),
	  .fallback = "10m",
	  .help = "for how long; each further time for twice as long" },
	{ .name = "scanners",
	  .type = RD_OPTION_STRING,
	  .offset = GLOBAL(scanners),
	  .fallback = "friendly-scanner, sipvicious, sipcli, sip-scan, sundayddr, "
		      "VaxSIPUserAgent, pplsip, iWar",
	  .help = "words of User-Agent that give a scanner away: banned at once, no answer" },
	{ .name = "redirect_contexts",
	  .type = RD_OPTION_LIST,
	  .offset = GLOBAL(redirect_contexts),
	  .help = "contexts whose callers are told where registered phones are: 302" },
	{ .name = "user_agent",
	  .type = RD_OPTION_STRING,
	  .offset = GLOBAL(user_agent),
	  .fallback = "Ringdown/" RD_VERSION,
	  .help = "how we call ourselves" },
	{ .name = "min_expires",
	  .type = RD_OPTION_DURATION,
	  .offset = GLOBAL(min_expires_ms),
	  .fallback = "60",
	  .help = "shortest registration that is accepted" },
	{ .name = "max_expires",
	  .type = RD_OPTION_DURATION,
	  .offset = GLOBAL(max_expires_ms),
	  .fallback = "3600",
	  .help = "longest registration that is granted" },
	{ .name = "default_expires",
	  .type = RD_OPTION_DURATION,
	  .offset = GLOBAL(default_expires_ms),
	  .fallback = "3600",
	  .help = "for phones that do not say" },
	{ .name = "sub_min_expiry",
	  .type = RD_OPTION_DURATION,
	  .offset = GLOBAL(sub_min_expiry_ms),
	  .fallback = "60",
	  .max = 3600000,
	  .unit = 1000,
	  .help = "shortest subscription that is accepted" },
	{ .name = "sub_max_expiry",
	  .type = RD_OPTION_DURATION,
	  .offset = GLOBAL(sub_max_expiry_ms),
	  .fallback = "3600",
	  .min = 60000,
	  .max = 86400000,
	  .help = "longest subscription that is granted" },
	{ .name = "media_dscp",
	  .type = RD_OPTION_INT,
	  .offset = GLOBAL(media_dscp),
	  .fallback = "46",
	  .min = 0,
	  .max = 63,
	  .help = "class of service of sound" },
	{ .name = "dns",
	  .type = RD_OPTION_BOOL,
	  .offset = GLOBAL(dns.enabled),
	  .fallback = "yes",
	  .help = "ask name servers" },
	{ .name = "dns_servers",
	  .type = RD_OPTION_CUSTOM,
	  .offset = GLOBAL(dns.servers),
	  .parse = parse_servers,
	  .help = "addresses of name servers; default: the system's" },
	{ .name = "dns_timeout",
	  .type = RD_OPTION_DURATION,
	  .offset = GLOBAL(dns.timeout_ms),
	  .fallback = "2s",
	  .min = 50,
	  .max = 60000,
	  .help = "until the first question is repeated" },
	{ .name = "dns_tries",
	  .type = RD_OPTION_INT,
	  .offset = GLOBAL(dns.tries),
	  .fallback = "2",
	  .min = 1,
	  .max = 10,
	  .help = "how often each server is asked" },
	{ .name = "dns_hosts",
	  .type = RD_OPTION_STRING,
	  .offset = GLOBAL(dns_hosts),
	  .fallback = "/etc/hosts",
	  .help = "a file of names that need no DNS" },
	{ .name = "dead_time",
	  .type = RD_OPTION_DURATION,
	  .offset = GLOBAL(dns.dead_ms),
	  .fallback = "60s",
	  .max = 86400000,
	  .help = "how long a target that failed is tried last" },
	{ .name = "failover_time",
	  .type = RD_OPTION_DURATION,
	  .offset = GLOBAL(dns.failover_ms),
	  .fallback = "4s",
	  .max = 60000,
	  .help = "how long a target may be silent while there is another; 0: as long "
		  "as its transaction lives" },
	{ .name = "timer_t1",
	  .type = RD_OPTION_DURATION,
	  .offset = GLOBAL(t1_ms),
	  .fallback = "500ms",
	  .min = 10,
	  .max = 10000,
	  .unit = 1,
	  .help = "round-trip estimate, RFC 3261 T1" },
	{ .name = "timer_b",
	  .type = RD_OPTION_DURATION,
	  .offset = GLOBAL(timer_b_ms),
	  .fallback = "0",
	  .max = 600000,
	  .unit = 1,
	  .help = "how long a request waits for its first answer; 0: 64 times timer_t1" },
	{ 0 }
};
