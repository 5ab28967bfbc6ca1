/* sip.conf as the driver uses it: an immutable, counted snapshot of transports
 * and endpoints. A call keeps the snapshot that it started with. Who is
 * registered is not here: that is location.h. */
#ifndef CHANNELS_SIP_ENDPOINT_SETTINGS_H
#define CHANNELS_SIP_ENDPOINT_SETTINGS_H

#include <ringdown/codec.h>
#include <ringdown/config.h>
#include <ringdown/map.h>
#include <ringdown/pool.h>

#include "channels/sip/message/digest.h"
#include "channels/sip/message/network.h"
#include "channels/sip/resolver/resolver.h"
#include "channels/sip/endpoint/listener.h"

#define SIP_SETTINGS_MAGIC 0x53534554u /* "SSET" */
#define SIP_CODECS_MAX 32
#define SIP_FLOWS_MAX      8 /* of a device: by which we register with a peer, or a phone with us */

enum sip_dtmf_mode {
	SIP_DTMF_RFC4733,
	SIP_DTMF_INFO,
	SIP_DTMF_INBAND,
	SIP_DTMF_AUTO, /* RFC 4733 where offered, else in band */
	SIP_DTMF_AUTO_INFO, /* RFC 4733 where offered, else by INFO */
};

/* digest_qop= of [global]: what credentials may protect. */
enum sip_qop_offer { SIP_OFFER_AUTH, SIP_OFFER_AUTH_INT, SIP_OFFER_EITHER };

/* session_timers=; refuse is what others call no */
enum sip_session_timers {
	SIP_TIMERS_NO,
	SIP_TIMERS_ACCEPT,
	SIP_TIMERS_ORIGINATE,
	SIP_TIMERS_REFUSE,
};

/* auto_answer=: how a phone is asked to answer by itself */
enum sip_auto_answer_form {
	SIP_AUTO_FORM_ALL,
	SIP_AUTO_FORM_MODE,
	SIP_AUTO_FORM_CALL_INFO,
	SIP_AUTO_FORM_ALERT_INFO,
	SIP_AUTO_FORM_RING_ANSWER,
	SIP_AUTO_FORM_AUTO_ANSWER,
	SIP_AUTO_FORM_NONE,
};

/* 100rel= */
enum sip_reliability { SIP_RELIABLE_NO, SIP_RELIABLE_SUPPORTED, SIP_RELIABLE_REQUIRED };

/* replaces=, join=: whose calls an INVITE may take over, or join. */
enum sip_replaces_policy {
	SIP_REPLACES_CONTEXT, /* of those in the same context */
	SIP_REPLACES_OWN,
	SIP_REPLACES_ANY,
	SIP_REPLACES_NO,
};

/* sips=: the scheme of the URIs that a phone may call us by (RFC 5630). */
enum sip_sips { SIP_SIPS_ALLOW, SIP_SIPS_REQUIRE, SIP_SIPS_REFUSE };

/* send_to_source=; nat: yes for phones, for peers where a NAT hides their Contact. */
enum sip_to_source { SIP_TO_SOURCE_NO, SIP_TO_SOURCE_YES, SIP_TO_SOURCE_NAT };

/* ice_support=; lite: we answer checks, and make none. */
enum sip_ice { SIP_ICE_NO, SIP_ICE_YES, SIP_ICE_LITE };

enum { SIP_PTIME_USUAL = 20 };
enum sip_section_type { SIP_SECTION_PHONE, SIP_SECTION_PEER };

/* A name in match=, or in host= of a peer that has no match=. */
struct sip_peer_name {
	struct sip_peer_name *next;
	const char *host;
	const struct sip_name *known; /* what it stands for; filled at commit */
};

/* match_header=, of which each tells whose the requests are that have it. */
struct sip_match_header {
	struct sip_match_header *next;
	const char *name, *value;
	bool is_pattern; /* value is a regular expression */
	const struct sip_endpoint *endpoint;
};

/* A list of acl.conf. */
struct sip_acl {
	struct sip_acl *next;
	const char *name; /* in acl.conf */
	struct sip_network *rules;
};

/* What an address must pass: rules in file order, and all of the lists. */
struct sip_access {
	struct sip_network *rules;
	struct sip_acl *lists;
};

/* Where requests may come from, and which Contacts may register. */
struct sip_permits {
	struct sip_access source, contact;
};

/* set_var= */
struct sip_var {
	struct sip_var *next;
	const char *name, *value; /* as before and after the '=' of Set() */
	const char *file;
	int line;
};

/* The features that the record button of a phone may stand for. */

/* A phone, or a peer that we reach at a fixed address. */
struct sip_endpoint {
	const char *name; /* of its section ... */
	const char *file; /* ... which stands here, in trunks.conf perhaps */
	int line;
	int type; /* enum sip_section_type */
	const char *context, *callerid, *language, *mailbox;
	const char *account, *music_class, *tone_zone;
	const char *call_group, *pickup_group, *named_call_group, *named_pickup_group;
	const char *from_domain, *from_user;
	const char *callerid_tag; /* CALLERID(tag) of its channels; NULL: none */
	const char *contact_user; /* of our Contact; NULL: none, or that of a registration */
	const char *contact_domain; /* our name there, where we do not register; NULL: an address */
	const char *service_route; /* for its own requests, RFC 3608 */
	const char *secret, *secret_file;
	const char *const *secret_hashes; /* without a secret; NULL-terminated, or NULL */
	const char *const *answer_hashes; /* likewise, of what answers a far end; or NULL */
	const char *answer_ha1[SIP_DIGEST_ALGORITHMS]; /* the same, in small letters; NULL: none */
	const char *const *aors; /* names that it may also register as; NULL: none */
	const char *devices_of; /* another, whose devices are its own; NULL: none */
	const char *record; /* where its devices are kept: by its name, or the other's */
	const char *auth_user, *username, *host, *transport;
	const char *host_user; /* whom calls to host are for; NULL: nobody */
	const char *const *other_hosts; /* URIs, as they are written; NULL: none */
	struct sip_endpoint *other_host; /* the same at the next of them; NULL: no more */
	const char *host_key; /* its name and the URI of its host; NULL: it has none */
	bool ring_host; /* beside what is registered, not only instead of it */
	const char *allow;
	int dtmf_mode;	  /* enum sip_dtmf_mode */
	int reliable;	  /* enum sip_reliability */
	int session_timers; /* enum sip_session_timers */
	int session_expires_ms, min_se_ms;
	int auto_answer;    /* enum sip_auto_answer_form */
	bool may_auto_answer;
	bool redirect; /* what it calls is answered with 302 */
	int codec_order;  /* 0: ours, 1: the caller's */
	int offer_order;  /* 0: the caller's, 1: ours */
	bool reoffer;	  /* rather than convert */
	bool one_codec; /* in answers */
	int busy_at; /* so many calls, and its state is BUSY; 0: never */
	int max_contacts, qualify_ms, qualify_timeout_ms;
	bool qualify_2xx; /* any other answer is none */
	/* So many in a row, and what was there is not, or is again; while in doubt, and while it
	 * is away, it is asked so often (0: as ever). */
	int qualify_failures, qualify_answers, qualify_retry_ms;
	int min_expires_ms, max_expires_ms, default_expires_ms;
	int ptime; /* SIP_PTIME_USUAL: nothing else was set */
	int rtp_timeout_ms, rtp_hold_timeout_ms, rtp_keepalive_ms;
	bool t38, t38_symmetric;
	int t38_ec; /* enum sdp_t38_ec; unsaid: as the other end of a call says */
	int t38_max_datagram; /* that it takes, whatever it says; 0: as it says */
	bool fax_detect;
	int fax_detect_timeout_ms; /* 0: never */
	bool trust_id_inbound, trust_id_outbound, send_pai, send_ppi, send_rpid;
	bool path, outbound, gruu, remove_existing, remove_unavailable;
	int to_source; /* enum sip_to_source */
	bool force_rport, symmetric_rtp, late_offer;
	union sip_sockaddr media_address; /* told for its sound; family 0: as its flow has it */
	bool media_address_bind; /* its sound comes from there, too */
	int ice; /* enum sip_ice */
	bool comfort_noise;
	bool early_media; /* its early sound is heard */
	bool inband_progress; /* it hears that it rings as a tone of ours */
	int max_video_streams; /* lines of pictures */
	bool rtcp_mux, rtcp_xr, bundle, webrtc; /* webrtc: all that browsers want */
	int media_encryption; /* enum sip_encryption */
	bool media_encryption_optimistic, sdes_in_clear;
	int replaces, join; /* enum sip_replaces_policy */
	int sips;     /* enum sip_sips */
	bool host_secure, register_secure; /* "sips:" stood before host, register_server */
	bool registers; /* we register with it */
	int register_expires_ms;
	/* After a fault that passes, after 403, after another refusal; 0: as RFC 5626 has it,
	 * never, never. */
	int register_retry_ms, register_forbidden_ms, register_refused_ms;
	int register_retries; /* faults in a row, and it is left alone; -1: any number */
	bool register_password_final; /* a refused password is a refusal, not a fault */
	/* "host:port", NULL: host; "user@domain", NULL: username at from_domain or host; the
	 * user of our Contact, NULL: username */
	const char *register_server, *register_as, *register_contact;
	bool register_gin; /* all of its numbers at once, RFC 6140 */
	bool register_line; /* our Contact has a word by which we know its calls */
	const char *register_endpoint; /* whose these are; NULL: its own */
	const char *const *register_proxies; /* a flow by each; NULL: by outbound_proxy */
	bool allow_transfer, refer_outside, refer_progress;
	bool one_touch_recording;
	const char *record_on, *record_off; /* whose keys of features.conf */
	bool trust_match; /* an address of match is proof enough */

	struct sip_settings *settings; /* that it is part of */
	struct sip_var *vars;	       /* of its channels */
	const char *outbound_proxy;    /* "sip:proxy;lr": the way to its host; NULL: straight */

	const char *identities; /* numbers that it may also choose to be */
	int callerid_privacy;	/* enum rd_presentation */
	bool user_eq_phone, send_diversion, send_history_info;
	const char *message_context; /* where its texts go; NULL: to whom they are for */

	/* subscriptions */
	const char *subscribe_context; /* NULL: context */
	const char *stir_shaken_profile; /* for the module of trunks; NULL: none */
	int max_subscriptions;
	int max_texts; /* a minute; 0: any number */
	int keep_texts_ms; /* while it is away; 0: they are refused */
	int max_kept_texts;
	int max_refer_calls; /* at a time; 0: any number */
	bool allow_subscribe, notify_partial, unsolicited_mwi;
	const char *voicemail_number, *mwi_subscribe;
	const char *mwi_incoming; /* the mailbox that its unasked NOTIFYs count; NULL: none */

	struct sip_permits permits; /* beside those of the settings */
	struct sip_network *match;
	struct sip_peer_name *names; /* match them too */
	bool has_secret;
	char ha1[SIP_DIGEST_ALGORITHMS][SIP_DIGEST_HEX];
	const struct rd_codec *codecs[SIP_CODECS_MAX]; /* filled at commit */
	int codec_count;
	struct sip_endpoint *next, *next_match, *next_hosted, *next_sharing;
	struct sip_endpoint *next_certified;
	const char *const *certificates; /* names that prove whose a request is; NULL: none */
};

/* type=resource_list */
struct sip_list {
	struct sip_list *next;
	const char *name, *event;
	const char *const *items; /* NULL-terminated; NULL: none */
	const char *const *members; /* the same, with those of lists instead of lists */
	bool full_state;
	int batch_ms;
	const char *file;
	int line;
};

/* The options of a phone that name contexts (settings_contexts.c). */
#define SIP_CONTEXT_OPTIONS 3

/* A context that a line of a phone names; whether it exists is asked in a review. */
struct sip_context_line {
	struct sip_context_line *next;
	const char *context, *option, *section; /* the first with this line */
	const char *file;
	int line;
};

struct sip_settings {
	unsigned magic, refs;
	struct rd_pool *pool;
	unsigned mute; /* sections without a codec that is loaded, as it was told */

	/* [global] */
	const char *realm, *user_agent;
	int min_expires_ms, max_expires_ms, default_expires_ms; /* for phones that do not say */
	int media_dscp, t1_ms, timer_b_ms;
	unsigned digest; /* what we challenge with: 1 << enum sip_digest_algorithm */
	int digest_qop;	 /* enum sip_qop_offer */
	bool userhash, authentication_info;
	int flow_timer_ms;
	int max_message, max_headers, max_transactions, max_kept_bytes, max_dialogs;
	bool guard;
	int guard_rate, guard_burst, guard_failures, guard_probes, guard_ban_ms;
	struct sip_network *guard_exempt;
	const char *scanners; /* words of User-Agent */
	const char *const *redirect_contexts; /* NULL-terminated; NULL: none */
	int sub_min_expiry_ms, sub_max_expiry_ms; /* of subscriptions */
	struct sip_dns_settings dns;
	const char *dns_hosts; /* path of the file */

	struct sip_acl *acls; /* acl.conf */
	struct sip_permits permits; /* of type=acl: for all */
	struct rd_map *endpoints; /* by name */
	struct rd_map *users;	  /* by auth_user, of those that have one */
	struct rd_map *records; /* by each of their aors */
	/* By names with a domain, and what each domain is an alias of, or itself; both NULL
	 * where no name has one (settings_domains.c). */
	struct rd_map *domained, *domains;
	struct rd_map *hashed;	  /* by the hash of name and realm; NULL without userhash */
	struct sip_endpoint *first;
	struct sip_endpoint *matched, *hosted; /* those with match=; with host= */
	struct sip_endpoint *certified; /* with match_certificate= */
	struct sip_match_header *match_headers; /* of all, in file order */
	struct sip_endpoint *sharing; /* those with devices_of= */
	struct sip_listener *listeners;
	struct sip_list *lists;
	struct sip_context_line *contexts, *last_context;
	struct sip_context_line *context_of[SIP_CONTEXT_OPTIONS]; /* of each option the last */
	struct sip_endpoint stranger; /* defaults, for calls to bare URIs */
	unsigned endpoint_count;
};

/* Read sip.conf; on a pool thread. 0, -EINVAL (reported), -ENOMEM. */
int sip_settings_read(struct sip_settings **sp, struct rd_config_report *report);
struct sip_settings *sip_settings_ref(struct sip_settings *settings);
void sip_settings_unref(struct sip_settings *settings);

/* Look up the codecs that allow= names; on the switch thread, and again when
 * codecs have come or gone. */
void sip_settings_find_codecs(struct sip_settings *settings);

/* By its name; of a domain in it the letters may be small or capital. */
struct sip_endpoint *sip_settings_find(const struct sip_settings *settings,
				       struct rd_str name);

/* The same, or by a name that it registers as: the first that has it. */
struct sip_endpoint *sip_settings_find_record(const struct sip_settings *settings,
					      struct rd_str name);

/* Who authenticates with this name: as auth_user says, else by the section. */
struct sip_endpoint *sip_settings_find_user(const struct sip_settings *settings,
					    struct rd_str user);

/* Whose name has this hash (RFC 7616 §3.4.4)? NULL: nobody's. */
struct sip_endpoint *sip_settings_find_hashed(const struct sip_settings *settings,
					      struct rd_str hash);

/* Its name in credentials. */
static inline struct rd_str sip_endpoint_user(const struct sip_endpoint *endpoint)
{
	return rd_str_of(endpoint->auth_user ? endpoint->auth_user : endpoint->name);
}

/* Its name without a domain: what one dials. */
static inline struct rd_str sip_endpoint_number(const struct sip_endpoint *endpoint)
{
	return (struct rd_str){ endpoint->name, strcspn(endpoint->name, "@") };
}

/* The scheme of URIs at its host (RFC 5630). */
static inline const char *sip_endpoint_scheme(const struct sip_endpoint *endpoint)
{
	return endpoint->host_secure ? "sips:" : "sip:";
}

#define SIP_HOST_URI 512
/* The URI of its host, in buf; only where it has one. */
struct rd_str sip_host_uri(const struct sip_endpoint *endpoint, char buf[SIP_HOST_URI]);

/* What answers challenges to requests that we send it; NULL without a password as text:
 * hashes are of our own realm. */
static inline const void *sip_endpoint_account(const struct sip_endpoint *endpoint)
{
	bool hashed = endpoint->answer_hashes && *endpoint->answer_hashes;

	return (endpoint->secret && endpoint->secret[0]) || hashed ? endpoint : NULL;
}

/* Do we challenge with it, and so take an answer by it? */
static inline bool sip_settings_offer(const struct sip_settings *settings,
				      enum sip_digest_algorithm algorithm)
{
	return algorithm < SIP_DIGEST_ALGORITHMS && settings->digest & 1u << algorithm;
}

/* Is a registered phone not called but told of, whoever calls it in this context? */
bool sip_settings_redirect(const struct sip_settings *settings, const char *context);

/* May this address use the endpoint? The last rule that fits decides, in each list;
 * without any, yes. */
bool sip_endpoint_permits(const struct sip_endpoint *endpoint,
			  const union sip_sockaddr *source);
/* May this Contact register? Likewise; a host name does only where there are no rules. */
bool sip_endpoint_permits_contact(const struct sip_endpoint *endpoint, struct rd_str uri);

#endif
