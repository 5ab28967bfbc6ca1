/* Lines of pictures and text, as they stand in our descriptions. */
#include <stdio.h>
#include <strings.h>

#include <ringdown/base.h>

#include "channels/sip/call/session_private.h"

/* ---- parameters of formats ---- */

static bool is_red(const struct rd_stream_format *format)
{
	return strcasecmp(format->codec->rtp_name, "RED") == 0;
}

/* Two generations of what it repeats: that is what RFC 4103 advises. */
static int red_parameters(struct rd_str *fmtp, struct rd_pool *scratch,
			  const struct rd_stream_config *config)
{
	char *text = rd_pool_alloc(scratch, 16);
	int n;

	if (!text)
		return -ENOMEM;
	for (int i = 0; i < config->format_count; i++) {
		unsigned payload = config->formats[i].payload;

		if (is_red(&config->formats[i]))
			continue;
		n = snprintf(text, 16, "%u/%u/%u", payload, payload, payload);
		*fmtp = (struct rd_str){ text, (size_t)n };
		break;
	}
	return 0;
}

/* Their parameters are echoed, but for those that describe their own stream. */
static int echoed_parameters(struct rd_str *fmtp, struct rd_pool *scratch, struct rd_str theirs)
{
	char *text = rd_pool_alloc(scratch, theirs.n + 1);
	struct rd_str parameter;
	struct sip_out out;

	if (!text)
		return -ENOMEM;
	sip_out_init(&out, text, theirs.n + 1);
	while (theirs.n) {
		rd_str_cut(&theirs, ';', &parameter);
		parameter = rd_str_trim(parameter);
		if (rd_str_starts(parameter, RD_STR("sprop-")))
			continue;
		if (out.n)
			sip_out_char(&out, ';');
		sip_out_str(&out, parameter);
	}
	*fmtp = sip_out_text(&out);
	return 0;
}

static int add_formats(struct sdp *sdp, struct rd_pool *scratch, struct sdp_media *media,
		       const struct rd_stream_config *config, bool offer)
{
	int rc = 0;

	for (int i = 0; rc == 0 && i < config->format_count; i++) {
		const struct rd_stream_format *ours = &config->formats[i];
		struct sdp_format *format =
			sdp_format_add(sdp, media, ours->payload, rd_str_of(ours->codec->rtp_name),
				       (uint32_t)rd_codec_clock(ours->codec), 1);

		if (!format)
			return -ENOMEM;
		if (is_red(ours))
			rc = red_parameters(&format->fmtp, scratch, config);
		else if (ours->fmtp[0] && offer)
			format->fmtp = rd_str_of(ours->fmtp);
		else if (ours->fmtp[0])
			rc = echoed_parameters(&format->fmtp, scratch, rd_str_of(ours->fmtp));
	}
	return rc;
}

/* ---- what may be asked for ---- */

static int add_wishes(struct sdp *sdp, struct sdp_media *media,
		      const struct rd_stream_config *config)
{
	static const struct {
		enum rd_feedback bit;
		struct rd_str text;
	} wishes[] = {
		{ RD_FEEDBACK_NACK, RD_STR_INIT("* nack") },
		{ RD_FEEDBACK_PLI, RD_STR_INIT("* nack pli") },
		{ RD_FEEDBACK_SLI, RD_STR_INIT("* nack sli") },
		{ RD_FEEDBACK_FIR, RD_STR_INIT("* ccm fir") },
	};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < RD_ARRAY_SIZE(wishes); i++)
		if (config->feedback & wishes[i].bit)
			rc = sdp_attribute_add(sdp, media, RD_STR("rtcp-fb"), wishes[i].text);
	if (rc == 0 && config->rtcp_rsize)
		rc = sdp_attribute_add(sdp, media, RD_STR("rtcp-rsize"), (struct rd_str){ 0 });
	return rc;
}

/* ---- lines ---- */

static int add_line(const struct sip_session *session, struct rd_pool *scratch, struct sdp *sdp,
		    int i, const struct sip_session_local *local)
{
	const struct sip_beside_line *line = &session->beside->lines[i];
	bool offer = session->state == SIP_OFFER_OURS;
	bool carried = sip_session_said(session, sip_beside_number(i))->carried;
	struct sdp_media *media =
		sdp_media_add(sdp, sip_beside_sdp_kind(i),
			      sip_bundle_port(session, local, sip_beside_number(i)),
			      sip_profile_name(line->secure.profile));
	int rc;

	if (!media)
		return -ENOMEM;
	media->direction = (enum sdp_direction)line->direction;
	media->has_direction = true;
	media->rtcp_mux = line->config.rtcp_mux;
	if (!line->config.rtcp_mux && local->beside_rtcp_ports[i] != media->port + 1)
		media->rtcp_port = local->beside_rtcp_ports[i];
	/* Theirs describe no stream of ours. */
	rc = add_formats(sdp, scratch, media, &line->config, offer && i < SIP_BESIDE_KINDS);
	if (rc == 0)
		rc = add_wishes(sdp, media, &line->config);
	if (rc == 0)
		rc = sip_session_add_extension(scratch, sdp, media, line->config.mid_id,
					       SIP_MID_URI);
	if (rc == 0 && !carried)
		rc = sip_secure_print(&line->secure, offer, &local->fingerprint, sdp, media);
	return rc ? rc : sip_session_add_ice(session, sip_beside_number(i), scratch, sdp, media,
					     local);
}

int sip_beside_print(const struct sip_session *session, struct rd_pool *scratch,
		     struct sdp *sdp, unsigned place, const struct sip_session_local *local)
{
	for (int i = 0; i < sip_beside_count(session->beside); i++) {
		const struct sip_beside_line *line = &session->beside->lines[i];

		if (line->on && line->line == place && local->beside_ports[i])
			return add_line(session, scratch, sdp, i, local);
	}
	return -ENOENT;
}
