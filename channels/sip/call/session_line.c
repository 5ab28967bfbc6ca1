/* One line of sound of theirs: which codecs both sides have, how keys go, and
 * where packets are sent. */
#include <ringdown/base.h>

#include "channels/sip/call/session_private.h"

enum { PTIME_MIN = 10, PTIME_MAX = 120 };

#define AFTER_FORMATS                                  \
	(offsetof(struct rd_stream_config, formats) +  \
	 sizeof(((struct rd_stream_config *)NULL)->formats))

void sip_session_config_init(struct rd_stream_config *config,
			     const struct sip_media_policy *policy)
{
	/* All but the formats, which are large and filled as they are counted. */
	memset(config, 0, offsetof(struct rd_stream_config, formats));
	memset((char *)config + AFTER_FORMATS, 0, sizeof(*config) - AFTER_FORMATS);
	config->dtmf_payload = config->cn_payload = -1;
	config->dtmf_rate = 8000;
	config->symmetric = policy->symmetric;
	config->rtcp_mux = false;
	config->timeout_ms = policy->timeout_ms;
	config->hold_timeout_ms = policy->hold_timeout_ms;
	config->keepalive_ms = policy->keepalive_ms;
}

bool sip_format_means(const struct sdp_format *format, const struct rd_codec *codec)
{
	return format->payload_type >= 0 && format->encoding.n &&
	       format->rate == (uint32_t)rd_codec_clock(codec) &&
	       format->channels == (codec->channels > 1 ? codec->channels : 1) &&
	       rd_str_ieq(format->encoding, rd_str_of(codec->rtp_name));
}

static const struct rd_codec *codec_of(const struct sip_media_policy *policy,
				       const struct sdp_format *format)
{
	for (int i = 0; i < policy->codec_count; i++)
		if (sip_format_means(format, policy->codecs[i]))
			return policy->codecs[i];
	return NULL;
}

static const struct sdp_format *format_of(const struct sdp_media *media,
					  const struct rd_codec *codec)
{
	for (unsigned i = 0; i < media->format_count; i++)
		if (sip_format_means(&media->formats[i], codec))
			return &media->formats[i];
	return NULL;
}

static void agree(struct rd_stream_config *config, const struct sip_media_policy *policy,
		  const struct sdp_media *media, const struct rd_codec *codec,
		  const struct sdp_format *theirs)
{
	int frame = codec->frame_ms ? codec->frame_ms : 10;
	struct rd_stream_format *format;

	for (int i = 0; i < config->format_count; i++)
		if (config->formats[i].codec == codec)
			return;
	if (config->format_count == RD_STREAM_FORMATS)
		return;
	format = &config->formats[config->format_count++];
	format->codec = codec;
	format->payload = (uint8_t)theirs->payload_type;
	format->ptime_ms = (uint16_t)RD_MAX(policy->ptime_ms - policy->ptime_ms % frame, frame);
	if (media->ptime >= PTIME_MIN && media->ptime <= PTIME_MAX && media->ptime % frame == 0)
		format->ptime_ms = media->ptime;
	if (media->maxptime >= frame && format->ptime_ms > media->maxptime)
		format->ptime_ms = (uint16_t)(media->maxptime - media->maxptime % frame);
	rd_strcpyn(format->fmtp, sizeof(format->fmtp), theirs->fmtp);
}

void sip_session_put_ours_first(struct rd_stream_config *config)
{
	int at = 0;

	while (at < config->format_count && !config->formats[at].codec->encode)
		at++;
	if (at > 0 && at < config->format_count) {
		struct rd_stream_format format = config->formats[at];

		memmove(config->formats + 1, config->formats, (size_t)at * sizeof(format));
		config->formats[0] = format;
	}
}

/* Whoever it talks to is told, as far as it makes sense. */
static void note_lengths(struct rd_stream_config *config, const struct sdp_media *media)
{
	if (media->ptime >= PTIME_MIN && media->ptime <= PTIME_MAX)
		config->asked_ptime_ms = media->ptime;
	if (media->maxptime >= PTIME_MIN)
		config->packet_ms_max = media->maxptime;
}

static void agree_on_codecs(struct rd_stream_config *config,
			    const struct sip_media_policy *policy,
			    const struct sdp_media *media, bool their_order)
{
	if (their_order) {
		for (unsigned i = 0; i < media->format_count; i++) {
			const struct rd_codec *codec = codec_of(policy, &media->formats[i]);

			if (codec)
				agree(config, policy, media, codec, &media->formats[i]);
		}
		return;
	}
	for (int i = 0; i < policy->codec_count; i++) {
		const struct sdp_format *theirs = format_of(media, policy->codecs[i]);

		if (theirs)
			agree(config, policy, media, policy->codecs[i], theirs);
	}
}

static void agree_on_dtmf(struct rd_stream_config *config,
			  const struct sip_media_policy *policy,
			  const struct sdp_media *media)
{
	int rate = rd_codec_clock(config->formats[0].codec);
	const struct sdp_format *event =
		sdp_format_find(media, RD_STR("telephone-event"), (uint32_t)rate, 0);

	if (!policy->telephone_event)
		return;
	if (!event)
		event = sdp_format_find(media, RD_STR("telephone-event"), 8000, 0);
	if (!event)
		return;
	config->dtmf_payload = event->payload_type;
	config->dtmf_rate = (int)event->rate;
}

/* Who knows comfort noise gets what others send of it, and may send it. */
static void agree_on_noise(struct rd_stream_config *config, const struct sip_media_policy *policy,
			   const struct sdp_media *media)
{
	const struct rd_codec *sent = config->formats[0].codec;
	const struct sdp_format *noise = sdp_format_find(media, RD_STR("CN"), 8000, 0);

	config->cn_payload = -1;
	if (noise && rd_codec_clock(sent) == 8000)
		config->cn_payload = noise->payload_type;
	/* Codecs with a memory have a silence of their own. */
	config->cn_sent = policy->comfort_noise && config->cn_payload >= 0 && !sent->encoder_new;
}

static void store_address(union rd_sockaddr *to, const union sip_sockaddr *from)
{
	memset(to, 0, sizeof(*to));
	memcpy(to, from, sip_sockaddr_len(from));
}

/* With ICE the address means nothing (RFC 8840 §4.1.1), and that of a hold is none. */
int sip_session_check_address(const struct sip_media_policy *policy, const struct sdp *sdp,
			      const struct sdp_media *media)
{
	union sip_sockaddr rtp;

	if (sdp_media_address(sdp, media, &rtp) || sip_sockaddr_is_any(&rtp) ||
	    (policy->ice && sdp_has_ice(sdp, media)))
		return 0;
	if (sip_sockaddr_is_group(&rtp))
		return -EDESTADDRREQ;
	return policy->family && rtp.sa.sa_family != policy->family ? -EPFNOSUPPORT : 0;
}

void sip_session_agree_on_way(struct rd_stream_config *config, const struct sdp *sdp,
			      const struct sdp_media *media, uint8_t direction, bool *held)
{
	union sip_sockaddr rtp, rtcp;
	bool has_address = sdp_media_address(sdp, media, &rtp) == 0;
	/* With ICE the address means nothing (RFC 8840 §4.1.1). */
	bool nowhere = has_address && sip_sockaddr_is_any(&rtp) && !config->ice;

	config->direction = (enum rd_direction)direction;
	config->rtcp_mux = media->rtcp_mux;
	*held = nowhere || !(media->direction & SDP_RECVONLY);
	if (nowhere) /* the hold of RFC 2543 */
		config->direction &= ~(unsigned)RD_SENDONLY;
	if (!has_address || nowhere)
		return;
	store_address(&config->remote, &rtp);
	if (sdp_media_rtcp_address(sdp, media, &rtcp) == 0)
		store_address(&config->remote_rtcp, &rtcp);
	config->rtcp_xr = media->rtcp_xr;
}

/* "1 urn:...", "1/sendonly urn:... vad=on" */
static bool is_extension(struct rd_str value, struct rd_str wanted, uint64_t *id)
{
	enum { ONE_BYTE_MAX = 14 };
	struct rd_str number, uri;

	rd_str_cut(&value, ' ', &number);
	rd_str_cut(&number, '/', &uri);
	if (rd_str_to_u64(uri, ONE_BYTE_MAX, id) || *id == 0)
		return false;
	value = rd_str_trim(value);
	rd_str_cut(&value, ' ', &uri);
	return rd_str_eq(uri, wanted) && !rd_str_eq(number, RD_STR("inactive"));
}

uint8_t sip_extension_of(const struct sdp_media *media, struct rd_str uri)
{
	struct rd_str value;
	unsigned at = 0;
	uint64_t id;

	while (sdp_attribute_each(&media->attributes, RD_STR("extmap"), &at, &value))
		if (is_extension(value, uri, &id))
			return (uint8_t)id;
	return 0;
}

bool sip_session_agree_on_line(struct rd_stream_config *config,
			       const struct sip_media_policy *policy,
			       const struct sdp_media *media, bool their_order)
{
	if (media->kind != SDP_AUDIO || !media->port || sip_profile_of(media->protocol) < 0)
		return false;
	sip_session_config_init(config, policy);
	agree_on_codecs(config, policy, media, their_order);
	if (!config->format_count)
		return false;
	note_lengths(config, media);
	agree_on_dtmf(config, policy, media);
	agree_on_noise(config, policy, media);
	/* The level is true from end to end, and is passed on. Other extensions speak of
	 * a hop, such as when it was left, and end here: they are not agreed on. */
	config->level_id = sip_extension_of(media, RD_STR(SIP_LEVEL_URI));
	config->dtmf_inband = policy->tones && config->dtmf_payload < 0;
	return true;
}
