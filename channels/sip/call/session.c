/* Offer and answer. The stream's configuration is the memory of what was
 * agreed; the session adds what only a description needs: version, lines,
 * direction. */
#include <stdio.h>

#include <ringdown/base.h>

#include "channels/sip/call/session_private.h"

#define DTMF_PAYLOAD   101
#define NOISE_PAYLOAD  13 /* RFC 3389 */
#define NOISE_RATE     8000
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
	sip_session_forget_said(session);
	rd_free(session->beside);
	rd_free(session->beside_before);
	rd_free(session->fax);
	rd_free(session->fax_before);
	session->lines = NULL;
	session->beside = session->beside_before = NULL;
	session->fax = session->fax_before = NULL;
}

static struct sip_beside *dup_beside(const struct sip_beside *beside)
{
	struct sip_beside *copy = beside ? sip_beside_new(beside->count) : NULL;

	if (copy)
		memcpy(copy->lines, beside->lines,
		       (size_t)beside->count * sizeof(*beside->lines));
	return copy;
}

static struct sip_fax *dup_fax(const struct sip_fax *fax)
{
	struct sip_fax *copy = fax ? rd_malloc(sizeof(*copy)) : NULL;

	if (copy)
		*copy = *fax;
	return copy;
}

int sip_session_copy(struct sip_session *copy, const struct sip_session *session)
{
	size_t size = session->lines ? session->line_count * sizeof(*session->lines) : 0;
	bool said;

	*copy = *session;
	copy->lines = session->lines ? rd_malloc(size) : NULL;
	said = sip_session_copy_said(copy, session);
	copy->beside = dup_beside(session->beside);
	copy->beside_before = dup_beside(session->beside_before);
	copy->fax = dup_fax(session->fax);
	copy->fax_before = dup_fax(session->fax_before);
	if ((session->lines && !copy->lines) || !said || (session->beside && !copy->beside) ||
	    (session->beside_before && !copy->beside_before) || (session->fax && !copy->fax) ||
	    (session->fax_before && !copy->fax_before)) {
		sip_session_fini(copy);
		return -ENOMEM;
	}
	if (size)
		memcpy(copy->lines, session->lines, size);
	return 0;
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

int sip_session_remember_lines(struct sip_session *session, const struct sdp *offer,
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
		    !sip_session_agree_on_line(&line, policy, m, policy->caller_order))
			continue;
		sip_session_put_ours_first(&line);
		rc = sip_session_check_address(policy, offer, m);
		if (rc == 0)
			rc = sip_secure_take_offer(&session->secure, policy, offer, m,
						   &here.secure);
		if (rc) {
			wrong = rc;
			continue;
		}
		*config = line;
		if (policy->one_codec)
			config->format_count = RD_MIN(config->format_count, 1);
		config->security = here.secure.agreed;
		*found = here;
	}
	return found->media ? 0 : wrong;
}

static bool offers_anything(const struct sdp *offer)
{
	for (const struct sdp_media *m = offer->media; m; m = m->next)
		if (m->port)
			return true;
	return false;
}

static bool offers_sound(const struct sdp *offer)
{
	for (const struct sdp_media *m = offer->media; m; m = m->next)
		if (m->port && m->kind == SDP_AUDIO)
			return true;
	return false;
}

static bool takes_something(const struct sip_beside *beside)
{
	for (int i = 0; i < sip_beside_count(beside); i++)
		if (beside->lines[i].on)
			return true;
	return false;
}

/* They may switch the sound off and keep the call (RFC 3264 §8.2). */
void sip_session_switch_off(struct rd_stream_config *config, const struct sip_media_policy *policy)
{
	sip_session_config_init(config, policy);
	config->format_count = 0;
	config->direction = RD_INACTIVE;
}

void sip_session_begin_offer(struct sip_session *session, enum sip_offer_state state)
{
	session->state_before = session->state;
	session->direction_before = session->direction;
	session->state = (uint8_t)state;
}

int sip_session_agree_on_ice(struct rd_stream_config *config,
			     const struct sip_media_policy *policy,
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

static void forget_said(struct sip_session_said said[SIP_LINES])
{
	for (int i = 0; i < SIP_LINES; i++)
		rd_free(said[i].ice);
}

/* A later offer may add lines, never take one away (RFC 3264 §8). */
int sip_session_take_offer(struct sip_session *session,
			   const struct sip_media_policy *policy,
			   const struct sdp *offer, struct rd_stream_config *config)
{
	struct found found = { .index = offer->media_count };
	struct sip_bundle bundle;
	struct sip_session_said said[SIP_LINES] = { 0 };
	struct sip_beside *beside = NULL;
	uint8_t direction = SDP_INACTIVE;
	bool held = true;
	int rc;

	if (offer->media_count > SIP_MEDIA_LINES)
		return -E2BIG;
	if (offer->media_count < session->line_count)
		return -EINVAL;
	rc = policy->fax ? sip_fax_take_offer(session, policy, offer, config) : -ENOENT;
	if (rc != -ENOENT)
		return rc;
	rc = sip_bundle_spread(&offer, policy, &bundle);
	if (rc)
		return rc;
	rc = agree_on_sound(session, policy, offer, config, &found);
	if (rc == 0) {
		rc = sip_session_agree_on_ice(config, policy, offer, found.media, &said[0]);
		if (rc)
			return rc;
		direction = (uint8_t)sdp_direction_reverse(found.media->direction);
		sip_session_agree_on_way(config, offer, found.media, direction, &held);
	} else if (session->line_count && !offers_sound(offer)) {
		found.secure = session->secure;
		sip_session_switch_off(config, policy);
	} else {
		return rc;
	}
	rc = sip_beside_take_offer(session, policy, offer, &beside, said + 1);
	/* Of what is offered we take nothing: that is no session (§6.1). */
	if (rc == 0 && !found.media && offers_anything(offer) && !takes_something(beside))
		rc = -ENOTSUP;
	if (rc == 0 && beside)
		rc = sip_session_widen(session);
	if (rc == 0)
		rc = sip_session_remember_lines(session, offer, found.index);
	if (rc) {
		forget_said(said);
		rd_free(beside);
		return rc;
	}
	rd_free(session->beside);
	session->beside = beside;
	rd_free(session->fax);
	session->fax = NULL;
	for (int i = 0; i < SIP_LINES && sip_session_saying(session, i); i++)
		sip_session_keep_ice(sip_session_saying(session, i), &said[i]);
	sip_session_begin_offer(session, SIP_OFFER_THEIRS);
	session->direction = direction;
	session->held = held;
	session->secure = found.secure;
	sip_bundle_settle(session, offer, &bundle, config);
	return 0;
}

int sip_session_refuse_offer(struct sip_session *session, const struct sdp *offer)
{
	int rc = -EINVAL;

	if (offer->media_count && offer->media_count <= SIP_MEDIA_LINES)
		rc = sip_session_remember_lines(session, offer, offer->media_count);
	if (rc)
		return rc;
	rd_free(session->beside);
	session->beside = NULL;
	sip_session_begin_offer(session, SIP_OFFER_THEIRS);
	return 0;
}

void sip_session_answered(struct sip_session *session)
{
	session->state = SIP_OFFER_AGREED;
}

/* ---- ours ---- */

uint8_t sip_session_free_payload(const struct rd_stream_config *config, uint8_t first)
{
	uint8_t payload = first;

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
		format->payload = codec->payload >= 0
					  ? (uint8_t)codec->payload
					  : sip_session_free_payload(config, FIRST_DYNAMIC);
		format->ptime_ms = (uint16_t)policy->ptime_ms;
		rd_strcpy(format->fmtp, sizeof(format->fmtp), codec->fmtp ? codec->fmtp : "");
		config->format_count = i + 1;
	}
}

static void offer_noise(struct rd_stream_config *config, const struct sip_media_policy *policy)
{
	for (int i = 0; policy->comfort_noise && i < config->format_count; i++)
		if (rd_codec_clock(config->formats[i].codec) == NOISE_RATE)
			config->cn_payload = NOISE_PAYLOAD;
}

static void offer_transport(struct sip_session *session, const struct sip_media_policy *policy,
			    struct rd_stream_config *config)
{
	config->rtcp_mux = policy->rtcp_mux;
	config->rtcp_xr = policy->rtcp_xr;
	config->level_id = policy->webrtc ? SIP_OUR_LEVEL : 0;
	config->mid_id = policy->bundle ? SIP_OUR_MID : 0;
	sip_session_name_line(session, policy, RD_MEDIA_AUDIO);
	session->said.rsize = policy->webrtc;
}

void sip_session_name_line(struct sip_session *session, const struct sip_media_policy *policy,
			   int number)
{
	struct sip_session_said *said = sip_session_saying(session, number);

	said->msid = policy->webrtc;
	said->bundled = policy->bundle;
	said->carried = false;
	/* Lines that come later are not to be called as one of theirs. */
	if (policy->bundle)
		snprintf(said->mid, sizeof(said->mid), number > SIP_BESIDE_KINDS ? "more%d" : "%d",
			 number);
	else
		said->mid[0] = '\0';
}

static int offer_sound(struct sip_session *session, const struct sip_media_policy *policy,
		       const struct rd_stream_config *agreed, struct rd_stream_config *config)
{
	bool again = agreed && agreed->format_count;
	int rc = sip_secure_make_offer(&session->secure, policy, again);

	if (rc)
		return rc;
	if (again) {
		*config = *agreed;
	} else {
		sip_session_config_init(config, policy);
		offer_codecs(config, policy);
		offer_noise(config, policy);
		offer_transport(session, policy, config);
	}
	config->direction = RD_SENDRECV;
	return 0;
}

int sip_session_make_offer(struct sip_session *session, const struct sip_media_policy *policy,
			   const struct rd_stream_config *agreed, struct rd_stream_config *config)
{
	int rc = policy->fax ? 0 : offer_sound(session, policy, agreed, config);

	if (rc == 0)
		rc = sip_beside_make_offer(session, policy);
	if (rc)
		return rc;
	rc = sip_fax_make_offer(session, policy, config);
	if (rc) {
		sip_beside_withdraw(session);
		return rc;
	}
	sip_session_begin_offer(session, SIP_OFFER_OURS);
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
	sip_fax_withdraw(session);
}

static int take_sound_answer(struct sip_session *session, const struct sip_media_policy *policy,
			     const struct sdp *answer, struct rd_stream_config *config)
{
	struct sip_session_said said;
	const struct sdp_media *media;
	struct sip_bundle bundle;
	uint8_t direction;
	int rc = sip_bundle_spread(&answer, policy, &bundle);

	if (rc)
		return rc;
	media = answer->media;
	for (unsigned i = 0; media && i < session->audio_line; i++)
		media = media->next;
	if (!media)
		return -EINVAL;
	if (!sip_session_agree_on_line(config, policy, media, true))
		return -ENOTSUP;
	rc = sip_session_check_address(policy, answer, media);
	if (rc)
		return rc;
	rc = sip_secure_take_answer(&session->secure, policy, answer, media);
	if (rc)
		return rc;
	config->security = session->secure.agreed;
	rc = sip_session_agree_on_ice(config, policy, answer, media, &said);
	if (rc)
		return rc;
	direction = (uint8_t)sdp_direction_reverse(media->direction);
	sip_session_agree_on_way(config, answer, media, direction & session->direction,
		     &session->held);
	/* Names of lines are the offer's. */
	rd_free(session->said.ice);
	session->said.ice = said.ice;
	sip_beside_take_answer(session, policy, answer);
	sip_bundle_settle(session, answer, &bundle, config);
	return 0;
}

int sip_session_take_answer(struct sip_session *session, const struct sip_media_policy *policy,
			    const struct sdp *answer, bool preview, struct rd_stream_config *config)
{
	int rc = session->fax ? sip_fax_take_answer(session, policy, answer, config)
			      : take_sound_answer(session, policy, answer, config);

	if (rc || preview)
		return rc;
	session->state = SIP_OFFER_AGREED;
	rd_free(session->beside_before);
	rd_free(session->fax_before);
	session->beside_before = NULL;
	session->fax_before = NULL;
	return 0;
}
