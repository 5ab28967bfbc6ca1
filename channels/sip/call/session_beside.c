/* Offers and answers of theirs for lines of pictures and text; ours are made in
 * session_beside_offer.c. They are passed on from leg to leg as they are, so what one
 * leg may agree on is what the other one has: formats with their parameters, and what
 * receivers may ask for. */
#include <string.h>
#include <strings.h>

#include <ringdown/base.h>

#include "channels/sip/call/session_private.h"

#define EVERY_WISH (RD_FEEDBACK_NACK | RD_FEEDBACK_PLI | RD_FEEDBACK_FIR | RD_FEEDBACK_SLI)

enum sdp_kind sip_beside_sdp_kind(int i)
{
	return sip_beside_kind(i) == RD_MEDIA_VIDEO ? SDP_VIDEO : SDP_TEXT;
}

struct sip_beside *sip_beside_new(int count)
{
	struct sip_beside *beside =
		rd_zalloc(sizeof(*beside) + (size_t)count * sizeof(beside->lines[0]));

	if (beside)
		beside->count = count;
	return beside;
}

/* ---- what a line may be ---- */

static bool allows(const struct sip_media_policy *policy, const struct rd_codec *codec)
{
	for (int i = 0; i < policy->beside_count; i++)
		if (policy->beside[i] == codec)
			return true;
	return false;
}

bool sip_beside_is_like(const struct rd_stream_config *like, const struct rd_codec *codec,
			const char *fmtp)
{
	for (int i = 0; like && i < like->format_count; i++)
		if (like->formats[i].codec == codec &&
		    (!codec->fits || codec->fits(like->formats[i].fmtp, fmtp)))
			return true;
	return false;
}

const struct rd_stream_config *sip_beside_like(const struct sip_media_policy *policy, int i)
{
	static const struct rd_stream_config nothing;

	if (!(policy->bound & 1u << i))
		return NULL;
	return policy->like[i] ? policy->like[i] : &nothing;
}

bool sip_beside_wanted(const struct sip_media_policy *policy, int i)
{
	const struct rd_stream_config *like = sip_beside_like(policy, i);

	if (policy->fax)
		return false;
	for (int n = 0; like && n < like->format_count; n++)
		if (allows(policy, like->formats[n].codec))
			return true;
	if (like)
		return false;
	for (int n = 0; n < policy->beside_count; n++)
		if (policy->beside[n]->kind == sip_beside_kind(i))
			return true;
	return false;
}

/* ---- parameters ---- */

/* They tell about a stream that the sender makes, not what he can read. */
static bool is_of_sender(struct rd_str parameter)
{
	return rd_str_starts(rd_str_trim(parameter), RD_STR("sprop-"));
}

/* All of them, or as many as there is room for. */
static void keep_parameters(struct rd_stream_format *format, struct rd_str fmtp)
{
	struct rd_str parameter;
	size_t n = 0;

	if (rd_strcpyn(format->fmtp, sizeof(format->fmtp), fmtp))
		return;
	while (fmtp.n) {
		rd_str_cut(&fmtp, ';', &parameter);
		if (is_of_sender(parameter) || n + parameter.n + 2 > sizeof(format->fmtp))
			continue;
		if (n)
			format->fmtp[n++] = ';';
		memcpy(format->fmtp + n, parameter.p, parameter.n);
		n += parameter.n;
	}
	format->fmtp[n] = '\0';
}

/* "96 nack pli", "* ccm fir" */
static unsigned wish_of(struct rd_str value)
{
	static const struct {
		const char *name;
		enum rd_feedback bit;
	} names[] = {
		{ "nack", RD_FEEDBACK_NACK },
		{ "nack pli", RD_FEEDBACK_PLI },
		{ "nack sli", RD_FEEDBACK_SLI },
		{ "ccm fir", RD_FEEDBACK_FIR },
	};
	struct rd_str types;

	rd_str_cut(&value, ' ', &types);
	value = rd_str_trim(value);
	for (size_t i = 0; i < RD_ARRAY_SIZE(names); i++)
		if (rd_str_ieq(value, rd_str_of(names[i].name)))
			return names[i].bit;
	return 0;
}

static unsigned wishes_of(const struct sdp_media *media)
{
	unsigned at = 0, wishes = 0;
	struct rd_str value;

	while (sdp_attribute_each(&media->attributes, RD_STR("rtcp-fb"), &at, &value))
		wishes |= wish_of(value);
	return wishes;
}

/* ---- theirs ---- */

static void agree(struct rd_stream_config *config, const struct rd_codec *codec,
		  const struct sdp_format *theirs)
{
	struct rd_stream_format *format = &config->formats[config->format_count];

	if (config->format_count == RD_STREAM_FORMATS)
		return;
	for (int i = 0; i < config->format_count; i++)
		if (config->formats[i].payload == theirs->payload_type)
			return;
	memset(format, 0, sizeof(*format));
	format->codec = codec;
	format->payload = (uint8_t)theirs->payload_type;
	keep_parameters(format, theirs->fmtp);
	config->format_count++;
}

/* A codec may stand there more than once, with different parameters. */
static void agree_on_codec(struct rd_stream_config *config, const struct rd_codec *codec,
			   const struct rd_stream_config *like, const struct sdp_media *media)
{
	for (unsigned i = 0; i < media->format_count; i++) {
		const struct sdp_format *theirs = &media->formats[i];
		struct rd_stream_format read;

		if (!sip_format_means(theirs, codec))
			continue;
		keep_parameters(&read, theirs->fmtp);
		if (!like || sip_beside_is_like(like, codec, read.fmtp))
			agree(config, codec, theirs);
	}
}

static void agree_on_format(struct rd_stream_config *config,
			    const struct sip_media_policy *policy,
			    const struct rd_stream_config *like, const struct sdp_media *media,
			    unsigned at)
{
	const struct sdp_format *theirs = &media->formats[at];
	struct rd_stream_format read;

	keep_parameters(&read, theirs->fmtp);
	for (int i = 0; i < policy->beside_count; i++)
		if (sip_format_means(theirs, policy->beside[i]) &&
		    (!like || sip_beside_is_like(like, policy->beside[i], read.fmtp)))
			agree(config, policy->beside[i], theirs);
}

static void agree_on_formats(struct rd_stream_config *config,
			     const struct sip_media_policy *policy, int i,
			     const struct sdp_media *media, bool their_order)
{
	const struct rd_stream_config *like = sip_beside_like(policy, i);

	for (unsigned n = 0; their_order && n < media->format_count; n++)
		agree_on_format(config, policy, like, media, n);
	for (int n = 0; !their_order && n < policy->beside_count; n++)
		if (policy->beside[n]->kind == sip_beside_kind(i))
			agree_on_codec(config, policy->beside[n], like, media);
}

/* All but security. */
static bool agree_on_line(struct sip_beside_line *line, const struct sip_media_policy *policy,
			  int i, const struct sdp *sdp, const struct sdp_media *media,
			  bool their_order)
{
	struct rd_stream_config *config = &line->config;
	bool held;

	if (media->kind != sip_beside_sdp_kind(i) || !media->port ||
	    sip_profile_of(media->protocol) < 0 ||
	    sip_session_check_address(policy, sdp, media))
		return false;
	sip_session_config_init(config, policy);
	config->timeout_ms = config->hold_timeout_ms = config->keepalive_ms = 0;
	agree_on_formats(config, policy, i, media, their_order);
	if (!config->format_count)
		return false;
	config->feedback = wishes_of(media) & EVERY_WISH;
	config->rtcp_rsize =
		sdp_attribute_get(sdp, media, RD_STR("rtcp-rsize"), NULL);
	config->ice = policy->ice && sdp_has_ice(sdp, media);
	line->direction = (uint8_t)sdp_direction_reverse(media->direction);
	sip_session_agree_on_way(config, sdp, media, line->direction, &held);
	return true;
}

static const struct sip_beside_line *line_before(const struct sip_session *session, int i)
{
	static const struct sip_beside_line none;

	return i < sip_beside_count(session->beside) ? &session->beside->lines[i] : &none;
}

/* The line that had it keeps it, as long as they leave it there. */
static void take_line(struct sip_beside_line *taken, const struct sip_session *session,
		      const struct sip_media_policy *policy, int i, const struct sdp *offer)
{
	const struct sip_beside_line *before = line_before(session, i);
	unsigned index = 0;

	for (const struct sdp_media *m = offer->media; m; m = m->next, index++) {
		struct sip_beside_line line = { .known = true, .on = true, .line = index };

		if ((taken->on && !(before->known && index == before->line)) ||
		    !sip_more_may_take(session, policy, i, index) ||
		    !agree_on_line(&line, policy, i, offer, m, policy->caller_order) ||
		    sip_secure_take_offer(&before->secure, policy, offer, m, &line.secure))
			continue;
		line.config.security = line.secure.agreed;
		*taken = line;
	}
}

static const struct sdp_media *media_at(const struct sdp *sdp, unsigned index)
{
	const struct sdp_media *media = sdp->media;

	while (media && index--)
		media = media->next;
	return media;
}

int sip_beside_take_offer(const struct sip_session *session,
			  const struct sip_media_policy *policy, const struct sdp *offer,
			  struct sip_beside **besidep, struct sip_session_said said[SIP_BESIDE])
{
	struct sip_beside *beside;
	bool any = session->beside;
	int rc = 0;

	*besidep = NULL;
	for (int i = 0; i < SIP_BESIDE_KINDS; i++)
		any |= sip_beside_wanted(policy, i) && offer->media_count > 1;
	if (!any)
		return 0;
	beside = sip_beside_new(RD_MAX(SIP_BESIDE_KINDS,
				       sip_beside_count(session->beside)));
	if (!beside)
		return -ENOMEM;
	for (int i = 0; i < beside->count && rc == 0; i++) {
		struct sip_beside_line *line = &beside->lines[i];

		take_line(line, session, policy, i, offer);
		if (i >= SIP_BESIDE_KINDS)
			sip_more_take(beside, session, i, offer);
		if (line->on)
			rc = sip_session_agree_on_ice(&line->config, policy, offer,
						      media_at(offer, line->line), &said[i]);
	}
	*besidep = beside;
	return rc;
}

/* ---- their answer ---- */

static bool take_answer(struct sip_beside_line *line, const struct sip_media_policy *policy,
			int i, const struct sdp *answer, struct sip_session_said *kept)
{
	const struct sdp_media *media = media_at(answer, line->line);
	unsigned offered = line->config.feedback;
	uint8_t direction = line->direction;
	struct sip_session_said said;

	if (!media || !agree_on_line(line, policy, i, answer, media, true) ||
	    sip_secure_take_answer(&line->secure, policy, answer, media) ||
	    sip_session_agree_on_ice(&line->config, policy, answer, media, &said))
		return false;
	/* Names of lines are the offer's. */
	rd_free(kept->ice);
	kept->ice = said.ice;
	line->direction &= direction;
	line->config.direction &= direction;
	line->config.feedback &= offered;
	line->config.security = line->secure.agreed;
	return true;
}

void sip_beside_take_answer(struct sip_session *session, const struct sip_media_policy *policy,
			    const struct sdp *answer)
{
	for (int i = 0; i < sip_beside_count(session->beside); i++) {
		struct sip_beside_line *line = &session->beside->lines[i];
		struct sip_session_said *said = sip_session_saying(session, sip_beside_number(i));

		line->on = line->on && take_answer(line, policy, i, answer, said);
	}
}
