/* Security in offer and answer (RFC 4568 §7). Keys are for one direction: who
 * sends with a key has made it. */
#include <string.h>

#include "session.h"

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
			  const struct sip_media_policy *policy,
			  const struct sdp_media *media, struct sip_session_secure *next)
{
	int profile = sip_profile_of(media->protocol);
	struct sdp_crypto crypto;

	if (profile < 0)
		return -ENOTSUP;
	memset(next, 0, sizeof(*next));
	next->profile = (uint8_t)profile;
	if (profile & SIP_PROFILE_DTLS || !takes_keys(policy) || !find_crypto(media, 0, &crypto))
		return in_clear(policy, (unsigned)profile);
	next->agreed.by = RD_SECURITY_SDES;
	next->agreed.remote = crypto.key;
	next->tag = crypto.tag;
	choose_local(secure, &next->agreed);
	return 0;
}

int sip_secure_take_answer(struct sip_session_secure *secure,
			   const struct sip_media_policy *policy,
			   const struct sdp_media *media)
{
	struct rd_stream_security agreed = { .by = RD_SECURITY_SDES };
	struct sdp_crypto crypto;
	unsigned tag;

	if (!secure->offered_count || !find_crypto(media, 0, &crypto)) {
		memset(&secure->agreed, 0, sizeof(secure->agreed));
		return in_clear(policy, secure->profile);
	}
	tag = crypto.tag - secure->first_tag;
	if (tag >= secure->offered_count || secure->offered[tag].suite != crypto.key.suite)
		return -EPROTONOSUPPORT;
	agreed.local = secure->offered[tag];
	agreed.remote = crypto.key;
	secure->agreed = agreed;
	secure->tag = crypto.tag;
	return 0;
}

/* ---- ours ---- */

static void offer_again(struct sip_session_secure *secure)
{
	secure->offered_count = secure->agreed.by == RD_SECURITY_SDES;
	secure->first_tag = secure->tag;
	secure->offered[0] = secure->agreed.local;
}

int sip_secure_make_offer(struct sip_session_secure *secure,
			  const struct sip_media_policy *policy, bool agreed)
{
	if (agreed) {
		offer_again(secure);
		return 0;
	}
	memset(secure, 0, sizeof(*secure));
	if (!takes_keys(policy))
		return in_clear(policy, SIP_PROFILE_AVP);
	if (!policy->optimistic)
		secure->profile = SIP_PROFILE_SECURE;
	secure->first_tag = 1;
	for (; secure->offered_count < SIP_CRYPTO_OFFERS; secure->offered_count++)
		rd_srtp_key_make(&secure->offered[secure->offered_count],
				 offers[secure->offered_count]);
	return 0;
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

int sip_secure_print(const struct sip_session_secure *secure, bool offer, struct sdp *sdp,
		     struct sdp_media *media)
{
	int rc = 0;

	if (offer) {
		for (unsigned i = 0; rc == 0 && i < secure->offered_count; i++)
			rc = add_crypto(sdp, media, secure->first_tag + i, &secure->offered[i]);
		return rc;
	}
	if (secure->agreed.by == RD_SECURITY_SDES)
		rc = add_crypto(sdp, media, secure->tag, &secure->agreed.local);
	return rc;
}
