/* Security in offer and answer: keys (RFC 4568 §7), which are for one direction,
 * made by who sends with them, or fingerprints (RFC 5763 §5). */
#include <string.h>

#include "channels/sip/call/session.h"

/* The strongest first. Short tags are taken, not offered. */
static const enum rd_srtp_suite offers[SIP_CRYPTO_OFFERS] = {
	RD_SRTP_AEAD_AES_256_GCM,
	RD_SRTP_AEAD_AES_128_GCM,
	RD_SRTP_AES_256_CM_SHA1_80,
	RD_SRTP_AES_CM_128_SHA1_80,
};

/* ---- profiles ---- */

static const char *const profiles[] = {
	[SIP_PROFILE_AVP] = "RTP/AVP",
	[SIP_PROFILE_FEEDBACK] = "RTP/AVPF",
	[SIP_PROFILE_SECURE] = "RTP/SAVP",
	[SIP_PROFILE_SECURE |
		SIP_PROFILE_FEEDBACK] = "RTP/SAVPF",
	[SIP_PROFILE_SECURE |
		SIP_PROFILE_DTLS] = "UDP/TLS/RTP/SAVP",
	[SIP_PROFILE_SECURE | SIP_PROFILE_DTLS |
		SIP_PROFILE_FEEDBACK] = "UDP/TLS/RTP/SAVPF",
};

int sip_profile_of(struct rd_str protocol)
{
	for (size_t i = 0; i < RD_ARRAY_SIZE(profiles); i++)
		if (profiles[i] && rd_str_ieq(protocol, rd_str_of(profiles[i])))
			return (int)i;
	return -EINVAL;
}

struct rd_str sip_profile_name(unsigned profile)
{
	rd_assert(profile < RD_ARRAY_SIZE(profiles) && profiles[profile]);
	return rd_str_of(profiles[profile]);
}

/* ---- theirs ---- */

/* Their line with this tag (0: any), as far as we understand it. */
static bool find_crypto(const struct sdp_media *media, unsigned tag, struct sdp_crypto *crypto)
{
	struct rd_str value;
	unsigned at = 0;

	while (sdp_attribute_each(&media->attributes, RD_STR("crypto"), &at, &value))
		if (sdp_crypto_parse(crypto, value) == 0 && (!tag || crypto->tag == tag))
			return true;
	return false;
}

/* Who changes its key may be another device behind the same dialog: it gets a
 * key that was never used, whose rollover counter it can know. */
static void choose_local(const struct sip_session_secure *before,
			 struct rd_stream_security *agreed)
{
	if (before->agreed.by == RD_SECURITY_SDES &&
	    rd_srtp_key_equal(&before->agreed.remote, &agreed->remote))
		agreed->local = before->agreed.local;
	else
		rd_srtp_key_make(&agreed->local, agreed->remote.suite);
}

/* What a line of theirs says, or else the whole description (RFC 8122 §5). */
static bool find_fingerprint(const struct sdp *sdp, const struct sdp_media *media,
			     struct rd_fingerprint *fingerprint)
{
	const struct sdp_attributes *places[] = { &media->attributes, &sdp->attributes };
	struct rd_str value;

	for (size_t i = 0; i < RD_ARRAY_SIZE(places); i++) {
		unsigned at = 0;

		while (sdp_attribute_each(places[i], RD_STR("fingerprint"), &at, &value))
			if (rd_fingerprint_parse(fingerprint, value) == 0)
				return true;
	}
	return false;
}

static struct rd_str setup_of(const struct sdp *sdp, const struct sdp_media *media)
{
	struct rd_str value = { 0 };

	if (!sdp_attribute_get(sdp, media, RD_STR("setup"), &value))
		sdp_attribute_get(sdp, NULL, RD_STR("setup"), &value);
	return rd_str_trim(value);
}

/* Whose turn is it to begin, when they leave it to us? The role that was taken
 * stays as long as the peer does (RFC 5763 §5). Without ICE a phone behind a NAT
 * can only be answered; with it, who answers begins sooner. */
static bool choose_active(const struct sip_session_secure *before,
			  const struct sip_media_policy *policy,
			  const struct rd_dtls_peer *peer)
{
	if (before->agreed.by == RD_SECURITY_DTLS &&
	    rd_fingerprint_equal(&before->agreed.dtls.fingerprint, &peer->fingerprint))
		return before->agreed.dtls.active;
	return policy->ice;
}

static bool take_dtls(const struct sip_session_secure *before,
		      const struct sip_media_policy *policy, const struct sdp *sdp,
		      const struct sdp_media *media, struct rd_stream_security *agreed)
{
	struct rd_str setup = setup_of(sdp, media);
	struct rd_dtls_peer *peer = &agreed->dtls;

	if (policy->encryption != SIP_ENCRYPTION_DTLS ||
	    rd_str_ieq(setup, RD_STR("holdconn")) ||
	    !find_fingerprint(sdp, media, &peer->fingerprint))
		return false;
	agreed->by = RD_SECURITY_DTLS;
	peer->active = rd_str_ieq(setup, RD_STR("passive"));
	if (rd_str_ieq(setup, RD_STR("actpass")) && !before->dtls_offered)
		peer->active = choose_active(before, policy, peer);
	return true;
}

static bool takes_keys(const struct sip_media_policy *policy)
{
	return policy->encryption == SIP_ENCRYPTION_SDES && !policy->exposed;
}

/* Is sound in clear all right, in a line of this profile? */
static int in_clear(const struct sip_media_policy *policy, unsigned profile)
{
	bool required = policy->encryption != SIP_ENCRYPTION_NO && !policy->optimistic;

	return required || profile & SIP_PROFILE_SECURE ? -EPROTONOSUPPORT : 0;
}

int sip_secure_take_offer(const struct sip_session_secure *secure,
			  const struct sip_media_policy *policy, const struct sdp *sdp,
			  const struct sdp_media *media, struct sip_session_secure *next)
{
	int profile = sip_profile_of(media->protocol);
	struct sdp_crypto crypto;

	if (profile < 0)
		return -ENOTSUP;
	memset(next, 0, sizeof(*next));
	next->profile = (uint8_t)profile;
	if (take_dtls(secure, policy, sdp, media, &next->agreed))
		return 0;
	if (profile & SIP_PROFILE_DTLS || !takes_keys(policy) || !find_crypto(media, 0, &crypto))
		return in_clear(policy, (unsigned)profile);
	next->agreed.by = RD_SECURITY_SDES;
	next->agreed.remote = crypto.key;
	next->tag = crypto.tag;
	choose_local(secure, &next->agreed);
	return 0;
}

/* The key that was chosen of those that we offered. */
static int take_key(struct sip_session_secure *secure, const struct sdp_crypto *crypto)
{
	unsigned tag = crypto->tag - secure->first_tag;

	if (tag >= secure->offered_count || secure->offered[tag].suite != crypto->key.suite)
		return -EPROTONOSUPPORT;
	secure->agreed = (struct rd_stream_security){ .by = RD_SECURITY_SDES,
						      .local = secure->offered[tag],
						      .remote = crypto->key };
	secure->tag = crypto->tag;
	return 0;
}

int sip_secure_take_answer(struct sip_session_secure *secure,
			   const struct sip_media_policy *policy, const struct sdp *sdp,
			   const struct sdp_media *media)
{
	struct rd_stream_security agreed = { .by = RD_SECURITY_NONE };
	struct sdp_crypto crypto;

	if (secure->offered_count && find_crypto(media, 0, &crypto))
		return take_key(secure, &crypto);
	if (secure->dtls_offered && take_dtls(secure, policy, sdp, media, &agreed)) {
		secure->agreed = agreed;
		return 0;
	}
	secure->agreed = (struct rd_stream_security){ .by = RD_SECURITY_NONE };
	return in_clear(policy, secure->profile);
}

/* ---- ours ---- */

static void offer_again(struct sip_session_secure *secure)
{
	secure->dtls_offered = secure->agreed.by == RD_SECURITY_DTLS;
	secure->offered_count = secure->agreed.by == RD_SECURITY_SDES;
	secure->first_tag = secure->tag;
	secure->offered[0] = secure->agreed.local;
}

static void offer_keys(struct sip_session_secure *secure)
{
	secure->first_tag = 1;
	for (; secure->offered_count < SIP_CRYPTO_OFFERS; secure->offered_count++)
		rd_srtp_key_make(&secure->offered[secure->offered_count],
				 offers[secure->offered_count]);
}

/* Who may do without gets the profile that everybody takes. */
static uint8_t offered_profile(const struct sip_media_policy *policy)
{
	if (policy->encryption == SIP_ENCRYPTION_DTLS && policy->webrtc)
		return SIP_PROFILE_SECURE | SIP_PROFILE_DTLS | SIP_PROFILE_FEEDBACK;
	if (policy->optimistic)
		return SIP_PROFILE_AVP;
	return policy->encryption == SIP_ENCRYPTION_DTLS ? SIP_PROFILE_SECURE | SIP_PROFILE_DTLS
							 : SIP_PROFILE_SECURE;
}

int sip_secure_make_offer(struct sip_session_secure *secure,
			  const struct sip_media_policy *policy, bool agreed)
{
	if (agreed) {
		offer_again(secure);
		return 0;
	}
	memset(secure, 0, sizeof(*secure));
	secure->dtls_offered = policy->encryption == SIP_ENCRYPTION_DTLS;
	if (takes_keys(policy))
		offer_keys(secure);
	else if (!secure->dtls_offered)
		return in_clear(policy, SIP_PROFILE_AVP);
	secure->profile = offered_profile(policy);
	return 0;
}

static int add_fingerprint(struct sdp *sdp, struct sdp_media *media,
			   const struct rd_fingerprint *ours, struct rd_str setup)
{
	char *text = rd_pool_alloc(sdp->pool, RD_FINGERPRINT_TEXT);
	struct rd_str printed;
	int rc;

	if (!text)
		return -ENOMEM;
	if (!ours->size)
		return -EIO;
	printed = (struct rd_str){ text, rd_fingerprint_print(ours, text) };
	rc = sdp_attribute_add(sdp, media, RD_STR("setup"), setup);
	return rc ? rc : sdp_attribute_add(sdp, media, RD_STR("fingerprint"), printed);
}

static int add_crypto(struct sdp *sdp, struct sdp_media *media, unsigned tag,
		      const struct rd_srtp_key *key)
{
	struct sdp_crypto crypto = { tag, *key };
	char *text = rd_pool_alloc(sdp->pool, SDP_CRYPTO_TEXT);

	if (!text)
		return -ENOMEM;
	return sdp_attribute_add(sdp, media, RD_STR("crypto"),
				 (struct rd_str){ text, sdp_crypto_print(&crypto, text) });
}

static int print_offer(const struct sip_session_secure *secure,
		       const struct rd_fingerprint *ours, struct sdp *sdp,
		       struct sdp_media *media)
{
	int rc = secure->dtls_offered ? add_fingerprint(sdp, media, ours, RD_STR("actpass")) : 0;

	for (unsigned i = 0; rc == 0 && i < secure->offered_count; i++)
		rc = add_crypto(sdp, media, secure->first_tag + i, &secure->offered[i]);
	return rc;
}

bool sip_secure_has_dtls(const struct sip_session_secure *secure, bool offer)
{
	return offer ? secure->dtls_offered : secure->agreed.by == RD_SECURITY_DTLS;
}

int sip_secure_print(const struct sip_session_secure *secure, bool offer,
		     const struct rd_fingerprint *ours, struct sdp *sdp,
		     struct sdp_media *media)
{
	if (offer)
		return print_offer(secure, ours, sdp, media);
	if (secure->agreed.by == RD_SECURITY_SDES)
		return add_crypto(sdp, media, secure->tag, &secure->agreed.local);
	if (secure->agreed.by == RD_SECURITY_NONE)
		return 0;
	return add_fingerprint(sdp, media, ours,
			       rd_str_of(secure->agreed.dtls.active ? "active" : "passive"));
}
