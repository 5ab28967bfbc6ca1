/* What we are willing to do on a call, from a phone's settings. */
#include "channels/sip/call/session_private.h"

/* Two with one name could not be told apart: the first is meant. */
static bool has_name(const struct sip_media_policy *policy, const struct rd_codec *codec)
{
	for (int i = 0; i < policy->codec_count; i++)
		if (strcmp(policy->codecs[i]->rtp_name, codec->rtp_name) == 0 &&
		    rd_codec_clock(policy->codecs[i]) == rd_codec_clock(codec))
			return true;
	return false;
}

/* For the line of sound. */
static void want(struct sip_media_policy *policy, const struct rd_codec *codec)
{
	if (codec->kind == RD_MEDIA_AUDIO && !has_name(policy, codec) &&
	    policy->codec_count < SIP_CODECS_MAX)
		policy->codecs[policy->codec_count++] = codec;
}

/* For those of pictures and text. */
static void want_beside(struct sip_media_policy *policy, const struct sip_endpoint *endpoint)
{
	policy->beside_count = 0;
	for (int i = 0; i < endpoint->codec_count; i++)
		if (endpoint->codecs[i]->kind != RD_MEDIA_AUDIO)
			policy->beside[policy->beside_count++] = endpoint->codecs[i];
	memset(policy->like, 0, sizeof(policy->like));
	policy->bound = 0;
	policy->anew = policy->more = 0;
}

static bool allows(const struct sip_endpoint *endpoint, const struct rd_codec *codec)
{
	for (int i = 0; i < endpoint->codec_count; i++)
		if (endpoint->codecs[i] == codec)
			return true;
	return false;
}

void sip_media_policy_of(struct sip_media_policy *policy,
			 const struct sip_endpoint *endpoint,
			 const struct rd_codec *const *preferred)
{
	policy->codec_count = 0;
	for (; endpoint->offer_order == 0 && preferred && *preferred; preferred++)
		if (allows(endpoint, *preferred))
			want(policy, *preferred);
	for (int i = 0; i < endpoint->codec_count; i++)
		want(policy, endpoint->codecs[i]);
	want_beside(policy, endpoint);
	policy->caller_order = endpoint->codec_order == 1;
	policy->one_codec = endpoint->one_codec;
	policy->telephone_event = endpoint->dtmf_mode == SIP_DTMF_RFC4733 ||
				  endpoint->dtmf_mode == SIP_DTMF_AUTO ||
				  endpoint->dtmf_mode == SIP_DTMF_AUTO_INFO;
	policy->tones = endpoint->dtmf_mode == SIP_DTMF_INBAND ||
			endpoint->dtmf_mode == SIP_DTMF_AUTO;
	policy->symmetric = endpoint->symmetric_rtp;
	policy->encryption = endpoint->webrtc ? SIP_ENCRYPTION_DTLS : endpoint->media_encryption;
	policy->ice = false;
	policy->webrtc = endpoint->webrtc;
	policy->rtcp_xr = endpoint->rtcp_xr;
	policy->comfort_noise = endpoint->comfort_noise;
	policy->bundle = endpoint->bundle || endpoint->webrtc;
	policy->rtcp_mux = endpoint->rtcp_mux || policy->bundle ||
			   policy->encryption == SIP_ENCRYPTION_DTLS;
	policy->ptime_ms = endpoint->ptime;
	policy->timeout_ms = endpoint->rtp_timeout_ms;
	policy->hold_timeout_ms = endpoint->rtp_hold_timeout_ms;
	policy->keepalive_ms = endpoint->rtp_keepalive_ms;
	policy->optimistic = endpoint->media_encryption_optimistic;
	policy->exposed = false;
	policy->fax = NULL;
	policy->fax_symmetric = endpoint->t38_symmetric;
}
