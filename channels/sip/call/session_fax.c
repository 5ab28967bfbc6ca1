/* Offers and answers of T.38: a line of it takes the place of the sound (RFC 3264
 * §8.3.3), or stands beside it, and the sound is off as long as it is there. */
#include <ringdown/base.h>

#include "channels/sip/call/session_private.h"

static const struct sdp_media *find(const struct sdp *offer, unsigned *line)
{
	*line = 0;
	for (const struct sdp_media *m = offer->media; m; m = m->next, ++*line)
		if (sdp_is_t38(m))
			return m;
	return NULL;
}

const struct sdp_media *sip_fax_offered(const struct sdp *offer)
{
	unsigned line;

	return find(offer, &line);
}

static unsigned sound_in(const struct sdp *offer, unsigned otherwise)
{
	unsigned line = 0;

	for (const struct sdp_media *m = offer->media; m; m = m->next, line++)
		if (m->kind == SDP_AUDIO)
			return line;
	return otherwise;
}

/* A fax may be silent for as long as a page is fed: only its own line has a time-out. */
static void silence(struct rd_stream_config *sound, const struct sip_media_policy *policy)
{
	sip_session_switch_off(sound, policy);
	sound->timeout_ms = sound->hold_timeout_ms = sound->keepalive_ms = 0;
}

static struct sip_fax *fax_new(const struct sip_media_policy *policy, unsigned line)
{
	struct sip_fax *fax = rd_zalloc(sizeof(*fax));

	if (!fax)
		return NULL;
	fax->line = line;
	fax->ours = *policy->fax;
	sip_session_config_init(&fax->config, policy);
	fax->config.symmetric = policy->fax_symmetric;
	fax->config.keepalive_ms = 0;
	fax->config.formats[0] = (struct rd_stream_format){ .codec = &rd_codec_t38 };
	fax->config.format_count = 1;
	fax->config.direction = RD_SENDRECV;
	return fax;
}

/* ---- theirs ---- */

static int agree(struct sip_fax *fax, const struct sip_media_policy *policy, const struct sdp *sdp,
		 const struct sdp_media *media, bool *held)
{
	int rc = sip_session_check_address(policy, sdp, media);

	if (rc)
		return rc;
	sdp_t38_read(&fax->theirs, media);
	sip_session_agree_on_way(&fax->config, sdp, media,
				 (uint8_t)sdp_direction_reverse(media->direction), held);
	return 0;
}

int sip_fax_take_offer(struct sip_session *session, const struct sip_media_policy *policy,
		       const struct sdp *offer, struct rd_stream_config *sound)
{
	const struct sdp_media *media;
	struct sip_fax *fax;
	unsigned line;
	bool held;
	int rc;

	media = find(offer, &line);
	if (!media)
		return -ENOENT;
	fax = fax_new(policy, line);
	if (!fax)
		return -ENOMEM;
	rc = agree(fax, policy, offer, media, &held);
	if (rc == 0)
		rc = sip_session_remember_lines(session, offer, sound_in(offer, line));
	if (rc) {
		rd_free(fax);
		return rc;
	}
	rd_free(session->fax);
	session->fax = fax;
	rd_free(session->beside);
	session->beside = NULL;
	silence(sound, policy);
	sip_session_begin_offer(session, SIP_OFFER_THEIRS);
	session->held = held;
	return 0;
}

int sip_fax_take_answer(struct sip_session *session, const struct sip_media_policy *policy,
			const struct sdp *answer, struct rd_stream_config *sound)
{
	const struct sdp_media *media = answer->media;
	bool held;
	int rc;

	for (unsigned i = 0; media && i < session->fax->line; i++)
		media = media->next;
	if (!media)
		return -EINVAL;
	rc = sdp_is_t38(media) ? agree(session->fax, policy, answer, media, &held) : -ENOTSUP;
	if (rc)
		return rc;
	silence(sound, policy);
	session->held = held;
	return 0;
}

/* ---- ours ---- */

int sip_fax_make_offer(struct sip_session *session, const struct sip_media_policy *policy,
		       struct rd_stream_config *sound)
{
	unsigned place = session->fax ? session->fax->line : session->audio_line;
	struct sip_fax *fax = NULL;

	if (policy->fax) {
		fax = fax_new(policy, place);
		if (!fax)
			return -ENOMEM;
		silence(sound, policy);
		if (session->fax)
			fax->theirs = session->fax->theirs;
	}
	rd_free(session->fax_before);
	session->fax_before = session->fax;
	session->fax = fax;
	return 0;
}

void sip_fax_withdraw(struct sip_session *session)
{
	rd_free(session->fax);
	session->fax = session->fax_before;
	session->fax_before = NULL;
}

int sip_fax_print(const struct sip_session *session, struct sdp *sdp,
		  const struct sip_session_local *local)
{
	return sdp_t38_add(sdp, local->fax_port, &session->fax->ours) ? 0 : -ENOMEM;
}
