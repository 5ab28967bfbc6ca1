/* Offer and answer. The stream's configuration is the memory of what was
 * agreed; the session adds what only a description needs: version, lines,
 * direction. */
#include <ringdown/base.h>

#include "session_private.h"

#define DTMF_PAYLOAD   101
#define FIRST_DYNAMIC  96
#define LAST_DYNAMIC   127

void sip_session_init(struct sip_session *session)
{
	memset(session, 0, sizeof(*session));
	rd_random(&session->id, sizeof(session->id));
	session->id >>= 33; /* short, and fit for peers that read 32 bits */
	session->direction = SDP_SENDRECV;
}

void sip_session_fini(struct sip_session *session)
{
	rd_free(session->lines);
	rd_free(session->ice);
	rd_free(session->beside);
	rd_free(session->beside_before);
	session->lines = NULL;
	session->ice = NULL;
	session->beside = session->beside_before = NULL;
}

static struct sip_beside *dup_beside(const struct sip_beside *beside)
{
	struct sip_beside *copy = beside ? rd_malloc(sizeof(*copy)) : NULL;

	if (copy)
		*copy = *beside;
	return copy;
}

int sip_session_copy(struct sip_session *copy, const struct sip_session *session)
{
	size_t size = session->lines ? session->line_count * sizeof(*session->lines) : 0;

	*copy = *session;
	copy->lines = session->lines ? rd_malloc(size) : NULL;
	copy->ice = session->ice ? sdp_ice_dup(session->ice) : NULL;
	copy->beside = dup_beside(session->beside);
	copy->beside_before = dup_beside(session->beside_before);
	if ((session->lines && !copy->lines) || (session->ice && !copy->ice) ||
	    (session->beside && !copy->beside) ||
	    (session->beside_before && !copy->beside_before)) {
		sip_session_fini(copy);
		return -ENOMEM;
	}
	if (size)
		memcpy(copy->lines, session->lines, size);
	return 0;
}

/* ---- what we are willing to do ---- */

static int rtp_rate(const struct rd_codec *codec)
{
	return codec->rtp_rate ? codec->rtp_rate : codec->rate;
}

/* Two with one name could not be told apart: the first is meant. */
static bool has_name(const struct sip_media_policy *policy, const struct rd_codec *codec)
{
	for (int i = 0; i < policy->codec_count; i++)
		if (strcmp(policy->codecs[i]->rtp_name, codec->rtp_name) == 0 &&
		    rtp_rate(policy->codecs[i]) == rtp_rate(codec))
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
	policy->anew = 0;
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
	policy->telephone_event = endpoint->dtmf_mode == SIP_DTMF_RFC4733 ||
				  endpoint->dtmf_mode == SIP_DTMF_AUTO ||
				  endpoint->dtmf_mode == SIP_DTMF_AUTO_INFO;
	policy->tones = endpoint->dtmf_mode == SIP_DTMF_INBAND ||
			endpoint->dtmf_mode == SIP_DTMF_AUTO;
	policy->symmetric = endpoint->symmetric_rtp;
	policy->encryption = endpoint->webrtc ? SIP_ENCRYPTION_DTLS : endpoint->media_encryption;
	policy->ice = false;
	policy->webrtc = endpoint->webrtc;
	policy->rtcp_mux = endpoint->rtcp_mux || policy->encryption == SIP_ENCRYPTION_DTLS;
	policy->bundle = endpoint->bundle || endpoint->webrtc;
	policy->ptime_ms = endpoint->ptime;
	policy->timeout_ms = endpoint->rtp_timeout_ms;
	policy->hold_timeout_ms = endpoint->rtp_hold_timeout_ms;
	policy->optimistic = endpoint->media_encryption_optimistic;
	policy->exposed = false;
}

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
}

/* ---- reading theirs ---- */

bool sip_format_means(const struct sdp_format *format, const struct rd_codec *codec)
{
	return format->payload_type >= 0 && format->encoding.n &&
	       format->rate == (uint32_t)rtp_rate(codec) &&
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
	if (media->ptime >= 10 && media->ptime <= 120 && media->ptime % frame == 0)
		format->ptime_ms = media->ptime;
	if (media->maxptime >= frame && format->ptime_ms > media->maxptime)
		format->ptime_ms = (uint16_t)(media->maxptime - media->maxptime % frame);
	rd_strcpyn(format->fmtp, sizeof(format->fmtp), theirs->fmtp);
}

/* One that we can speak ourselves, for prompts. Whoever passes another one through
 * says so before the answer (prefer.c). */
static void put_ours_first(struct rd_stream_config *config)
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
	int rate = rtp_rate(config->formats[0].codec);
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

static void store_address(struct sockaddr_storage *to, const union sip_sockaddr *from)
{
	memset(to, 0, sizeof(*to));
	memcpy(to, from, sip_sockaddr_len(from));
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

/* All that both sides can do on one audio line of theirs. */
static bool agree_on_line(struct rd_stream_config *config,
			  const struct sip_media_policy *policy,
			  const struct sdp_media *media, bool their_order)
{
	if (media->kind != SDP_AUDIO || !media->port || sip_profile_of(media->protocol) < 0)
		return false;
	sip_session_config_init(config, policy);
	agree_on_codecs(config, policy, media, their_order);
	if (!config->format_count)
		return false;
	agree_on_dtmf(config, policy, media);
	config->dtmf_inband = policy->tones && config->dtmf_payload < 0;
	return true;
}

/* ---- lines that we refuse ---- */

/* Which line has the sound. */
struct found {
	const struct sdp_media *media;
	unsigned index;
	struct sip_session_secure secure;
};

static void remember(struct sip_media_line *line, const struct sdp_media *media)
{
	rd_strcpyn(line->kind, sizeof(line->kind), media->kind_text);
	rd_strcpyn(line->protocol, sizeof(line->protocol), media->protocol);
	rd_strcpyn(line->format, sizeof(line->format),
		   media->format_count ? media->formats[0].text : RD_STR("0"));
}

static int remember_lines(struct sip_session *session, const struct sdp *offer,
			  unsigned audio_line)
{
	struct sip_media_line *lines = NULL, *line;

	if (offer->media_count > 1 || audio_line == offer->media_count) {
		lines = line = rd_malloc(offer->media_count * sizeof(*lines));
		if (!lines)
			return -ENOMEM;
		for (const struct sdp_media *m = offer->media; m; m = m->next)
			remember(line++, m);
	}
	rd_free(session->lines);
	session->lines = lines;
	session->line_count = offer->media_count;
	session->audio_line = audio_line;
	return 0;
}

/* The line that had the sound keeps it, as long as they leave it there. 0, or
 * what is wrong with the lines that might have had it. */
static int agree_on_sound(const struct sip_session *session,
			  const struct sip_media_policy *policy,
			  const struct sdp *offer, struct rd_stream_config *config,
			  struct found *found)
{
	unsigned index = 0;
	int wrong = -ENOTSUP;

	found->media = NULL;
	for (const struct sdp_media *m = offer->media; m; m = m->next, index++) {
		struct found here = { .media = m, .index = index };
		struct rd_stream_config line;
		int rc;

		if ((found->media && index != session->audio_line) ||
		    !agree_on_line(&line, policy, m, policy->caller_order))
			continue;
		put_ours_first(&line);
		rc = sip_secure_take_offer(&session->secure, policy, offer, m, &here.secure);
		if (rc) {
			wrong = rc;
			continue;
		}
		*config = line;
		config->security = here.secure.agreed;
		*found = here;
	}
	return found->media ? 0 : wrong;
}

static bool has_sound(const struct sdp *offer)
{
	for (const struct sdp_media *m = offer->media; m; m = m->next)
		if (m->port && m->kind == SDP_AUDIO)
			return true;
	return false;
}

/* They may switch the sound off and keep the call (RFC 3264 §8.2). */
static void switch_off(struct rd_stream_config *config,
		       const struct sip_media_policy *policy)
{
	sip_session_config_init(config, policy);
	config->format_count = 0;
	config->direction = RD_INACTIVE;
}

static void begin_offer(struct sip_session *session, enum sip_offer_state state)
{
	session->state_before = session->state;
	session->direction_before = session->direction;
	session->state = (uint8_t)state;
}

/* ICE is in force when both of us speak it. */
static int agree_on_ice(struct rd_stream_config *config, const struct sip_media_policy *policy,
			const struct sdp *sdp, const struct sdp_media *media,
			struct sip_session_said *said)
{
	int rc = sip_session_read_ice(said, sdp, media);

	if (rc == 0 && !policy->ice) {
		rd_free(said->ice);
		said->ice = NULL;
	}
	config->ice = said->ice;
	return rc;
}

/* A later offer may add lines, never take one away (RFC 3264 §8). */
int sip_session_take_offer(struct sip_session *session,
			   const struct sip_media_policy *policy,
			   const struct sdp *offer, struct rd_stream_config *config)
{
	struct found found = { .index = offer->media_count };
	struct sip_session_said said = { 0 };
	struct sip_beside *beside = NULL;
	uint8_t direction = SDP_INACTIVE;
	bool held = true;
	int rc;

	if (offer->media_count > SIP_MEDIA_LINES ||
	    offer->media_count < session->line_count)
		return -EINVAL;
	rc = agree_on_sound(session, policy, offer, config, &found);
	if (rc == 0) {
		rc = agree_on_ice(config, policy, offer, found.media, &said);
		if (rc)
			return rc;
		direction = (uint8_t)sdp_direction_reverse(found.media->direction);
		sip_session_agree_on_way(config, offer, found.media, direction, &held);
	} else if (session->line_count && !has_sound(offer)) {
		found.secure = session->secure;
		switch_off(config, policy);
	} else {
		return rc;
	}
	rc = sip_beside_take_offer(session, policy, offer, !config->ice, &beside);
	if (rc == 0)
		rc = remember_lines(session, offer, found.index);
	if (rc) {
		rd_free(said.ice);
		rd_free(beside);
		return rc;
	}
	rd_free(session->beside);
	session->beside = beside;
	sip_session_keep_ice(session, &said);
	begin_offer(session, SIP_OFFER_THEIRS);
	session->direction = direction;
	session->held = held;
	session->secure = found.secure;
	return 0;
}

void sip_session_answered(struct sip_session *session)
{
	session->state = SIP_OFFER_AGREED;
}

/* ---- ours ---- */

uint8_t sip_session_free_payload(const struct rd_stream_config *config)
{
	uint8_t payload = FIRST_DYNAMIC;

	for (int i = 0; i < config->format_count; i++)
		if (config->formats[i].payload == payload ||
		    config->dtmf_payload == payload) {
			payload = payload == LAST_DYNAMIC ? FIRST_DYNAMIC : payload + 1;
			i = -1;
		}
	return payload;
}

static void offer_codecs(struct rd_stream_config *config,
			 const struct sip_media_policy *policy)
{
	if (policy->telephone_event)
		config->dtmf_payload = DTMF_PAYLOAD;
	for (int i = 0; i < policy->codec_count && i < RD_STREAM_FORMATS; i++) {
		const struct rd_codec *codec = policy->codecs[i];
		struct rd_stream_format *format = &config->formats[i];

		format->codec = codec;
		format->payload = codec->payload >= 0 ? (uint8_t)codec->payload
						      : sip_session_free_payload(config);
		format->ptime_ms = (uint16_t)policy->ptime_ms;
		rd_strcpy(format->fmtp, sizeof(format->fmtp), codec->fmtp ? codec->fmtp : "");
		config->format_count = i + 1;
	}
}

static void offer_transport(struct sip_session *session, const struct sip_media_policy *policy,
			    struct rd_stream_config *config)
{
	config->rtcp_mux = policy->rtcp_mux;
	session->bundled = policy->bundle;
	session->msid = session->rsize = policy->webrtc;
	rd_strcpy(session->mid, sizeof(session->mid), policy->bundle ? "0" : "");
}

int sip_session_make_offer(struct sip_session *session,
			    const struct sip_media_policy *policy,
			    const struct rd_stream_config *agreed,
			    struct rd_stream_config *config)
{
	bool again = agreed && agreed->format_count;
	int rc = sip_secure_make_offer(&session->secure, policy, again);

	if (rc == 0)
		rc = sip_beside_make_offer(session, policy);
	if (rc)
		return rc;
	if (again) {
		*config = *agreed;
	} else {
		sip_session_config_init(config, policy);
		offer_codecs(config, policy);
		offer_transport(session, policy, config);
	}
	begin_offer(session, SIP_OFFER_OURS);
	config->direction = RD_SENDRECV;
	session->direction = SDP_SENDRECV;
	return 0;
}

void sip_session_withdraw(struct sip_session *session)
{
	if (session->state != SIP_OFFER_OURS)
		return;
	session->state = session->state_before;
	session->direction = session->direction_before;
	sip_beside_withdraw(session);
}

int sip_session_take_answer(struct sip_session *session,
			    const struct sip_media_policy *policy,
			    const struct sdp *answer, bool preview,
			    struct rd_stream_config *config)
{
	const struct sdp_media *media = answer->media;
	struct sip_session_said said;
	uint8_t direction;
	int rc;

	for (unsigned i = 0; media && i < session->audio_line; i++)
		media = media->next;
	if (!media)
		return -EINVAL;
	if (!agree_on_line(config, policy, media, true))
		return -ENOTSUP;
	rc = sip_secure_take_answer(&session->secure, policy, answer, media);
	if (rc)
		return rc;
	config->security = session->secure.agreed;
	rc = agree_on_ice(config, policy, answer, media, &said);
	if (rc)
		return rc;
	direction = (uint8_t)sdp_direction_reverse(media->direction);
	sip_session_agree_on_way(config, answer, media, direction & session->direction,
		     &session->held);
	/* Names of lines are the offer's. */
	rd_free(session->ice);
	session->ice = said.ice;
	sip_beside_take_answer(session, policy, answer);
	if (preview)
		return 0;
	session->state = SIP_OFFER_AGREED;
	rd_free(session->beside_before);
	session->beside_before = NULL;
	return 0;
}
