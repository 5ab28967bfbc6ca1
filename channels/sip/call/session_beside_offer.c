/* Our offers of lines of pictures and text: what the phone may have, and the other leg
 * has. A line keeps its place once it was offered. */
#include <string.h>

#include "channels/sip/call/session_private.h"

#define OUR_WISHES (RD_FEEDBACK_NACK | RD_FEEDBACK_PLI | RD_FEEDBACK_FIR)

/* By one port, types are to be told apart (RFC 9143 §9.1.1). */
static uint8_t first_payload(const struct sip_media_policy *policy, enum rd_media_kind kind)
{
	enum { ANY = 96, PICTURES = 110, TEXT = 122 };

	if (!policy->bundle)
		return ANY;
	return kind == RD_MEDIA_VIDEO ? PICTURES : TEXT;
}

static void offer_format(struct rd_stream_config *config, const struct sip_media_policy *policy,
			 const struct rd_codec *codec, const char *fmtp)
{
	uint8_t first = first_payload(policy, codec->kind);
	struct rd_stream_format *format = &config->formats[config->format_count];

	if (config->format_count == RD_STREAM_FORMATS)
		return;
	memset(format, 0, sizeof(*format));
	format->codec = codec;
	format->payload =
		codec->payload >= 0 ? (uint8_t)codec->payload
				    : sip_session_free_payload(config, first);
	rd_strcpy(format->fmtp, sizeof(format->fmtp), fmtp ? fmtp : "");
	config->format_count++;
}

static void offer_formats(struct rd_stream_config *config, const struct sip_media_policy *policy,
			  int i)
{
	const struct rd_stream_config *like = sip_beside_like(policy, i);

	for (int n = 0; n < policy->beside_count; n++) {
		const struct rd_codec *codec = policy->beside[n];

		if (codec->kind != sip_beside_kind(i))
			continue;
		if (!like)
			offer_format(config, policy, codec, codec->fmtp);
		for (int k = 0; like && k < like->format_count; k++)
			if (like->formats[k].codec == codec)
				offer_format(config, policy, codec,
					     like->formats[k].fmtp);
	}
}

static int offer_new(struct sip_beside_line *line, struct sip_session *session,
		     const struct sip_media_policy *policy, int i)
{
	int rc = sip_secure_make_offer(&line->secure, policy, false);

	if (rc)
		return rc;
	if (!line->known)
		line->line = session->line_count++;
	line->known = line->on = true;
	line->direction = SDP_SENDRECV;
	sip_session_config_init(&line->config, policy);
	line->config.timeout_ms = line->config.hold_timeout_ms = 0;
	line->config.keepalive_ms = 0;
	line->config.rtcp_mux = policy->rtcp_mux;
	line->config.rtcp_rsize = sip_beside_kind(i) == RD_MEDIA_VIDEO;
	if (sip_beside_kind(i) == RD_MEDIA_VIDEO)
		line->config.feedback = OUR_WISHES;
	sip_session_name_line(session, policy, sip_beside_number(i));
	line->config.mid_id = policy->bundle ? SIP_OUR_MID : 0;
	offer_formats(&line->config, policy, i);
	return 0;
}

/* What the other leg does not have any more is left out. */
static void narrow(struct rd_stream_config *config, const struct rd_stream_config *like)
{
	int kept = 0;

	for (int i = 0; i < config->format_count; i++)
		if (sip_beside_is_like(like, config->formats[i].codec, config->formats[i].fmtp))
			config->formats[kept++] = config->formats[i];
	config->format_count = kept;
}

static int offer_again(struct sip_beside_line *line, struct sip_session *session,
		       const struct sip_media_policy *policy, int i)
{
	if (policy->bound & 1u << i)
		narrow(&line->config, policy->like[i]);
	if (!line->config.format_count)
		return offer_new(line, session, policy, i);
	line->direction = SDP_SENDRECV;
	line->config.direction = RD_SENDRECV;
	return sip_secure_make_offer(&line->secure, policy, true);
}

static int offer_line(struct sip_beside_line *line, struct sip_session *session,
		      const struct sip_media_policy *policy, int i, bool first)
{
	if (i >= SIP_BESIDE_KINDS)
		return sip_more_offer_line(session, policy, i);
	if (!sip_beside_wanted(policy, i)) {
		line->on = false;
		return 0;
	}
	if (first || (!line->on && policy->anew & 1u << i))
		return offer_new(line, session, policy, i);
	return line->on ? offer_again(line, session, policy, i) : 0;
}

/* Should one be refused later, it still has its place. */
static int remember_lines(struct sip_session *session, unsigned before)
{
	static const struct sip_media_line sound = { "audio", "RTP/AVP", "0" };
	struct sip_media_line *lines;

	if (session->line_count == before || session->line_count == 1)
		return 0;
	lines = rd_malloc(session->line_count * sizeof(*lines));
	if (!lines)
		return -ENOMEM;
	for (unsigned i = 0; i < session->line_count; i++)
		lines[i] = session->lines && i < before ? session->lines[i] : sound;
	for (int i = 0; i < session->beside->count; i++) {
		struct sip_beside_line *line = &session->beside->lines[i];
		struct sip_media_line place = { .format = "96" };

		if (!line->known)
			continue;
		rd_strcpyn(place.kind, sizeof(place.kind), sdp_kind_name(sip_beside_sdp_kind(i)));
		rd_strcpyn(place.protocol, sizeof(place.protocol),
			   sip_profile_name(line->secure.profile));
		lines[line->line] = place;
	}
	rd_free(session->lines);
	session->lines = lines;
	return 0;
}

static bool offers_beside(const struct sip_session *session, const struct sip_media_policy *policy)
{
	return session->beside || sip_beside_wanted(policy, 0) || sip_beside_wanted(policy, 1);
}

int sip_beside_make_offer(struct sip_session *session, const struct sip_media_policy *policy)
{
	/* Also to one target after the other. */
	bool first = session->state == SIP_OFFER_NONE || session->state == SIP_OFFER_OURS;
	unsigned before = session->line_count;
	int kept = sip_beside_count(session->beside), rc = 0;
	struct sip_beside *beside = NULL;

	if (offers_beside(session, policy)) {
		if (sip_session_widen(session))
			return -ENOMEM;
		beside = sip_beside_new(RD_MAX(sip_more_count(policy), kept));
		if (!beside)
			return -ENOMEM;
		if (kept)
			memcpy(beside->lines, session->beside->lines,
			       (size_t)kept * sizeof(*beside->lines));
	}
	rd_free(session->beside_before);
	session->beside_before = session->beside;
	session->beside = beside;
	session->line_count_before = before;
	session->line_count = RD_MAX(before, 1u);
	for (int i = 0; rc == 0 && i < sip_beside_count(beside); i++)
		rc = offer_line(&beside->lines[i], session, policy, i, first);
	if (rc == 0)
		rc = remember_lines(session, before);
	if (rc)
		sip_beside_withdraw(session);
	return rc;
}

void sip_beside_narrow(struct sip_session *session, const struct sip_media_policy *policy)
{
	for (int i = 0; i < sip_beside_count(session->beside); i++) {
		struct sip_beside_line *line = &session->beside->lines[i];

		if (policy->bound & 1u << i)
			narrow(&line->config, policy->like[i]);
		line->on = line->on && line->config.format_count;
	}
}

enum sip_beside_lack sip_beside_lacks(const struct sip_session *session,
				      const struct sip_media_policy *policy, int i)
{
	const struct rd_stream_config *agreed = session->beside && session->beside->lines[i].on
							? &session->beside->lines[i].config
							: NULL;

	if (!agreed)
		return sip_beside_wanted(policy, i) ? SIP_BESIDE_LINE : SIP_BESIDE_NOTHING;
	if (!sip_beside_wanted(policy, i) ||
	    !sip_beside_is_like(sip_beside_like(policy, i), agreed->formats[0].codec,
				agreed->formats[0].fmtp))
		return SIP_BESIDE_AGREEMENT;
	return SIP_BESIDE_NOTHING;
}

void sip_beside_withdraw(struct sip_session *session)
{
	rd_free(session->beside);
	session->beside = session->beside_before;
	session->beside_before = NULL;
	session->line_count = session->line_count_before;
}
