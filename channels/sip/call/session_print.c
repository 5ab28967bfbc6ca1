/* The description that a session stands for, as text. Offer and answer are made
 * in session.c. */
#include <ringdown/base.h>

#include "channels/sip/call/session_private.h"

/* What the engine decodes of one packet; Opus has no longer ones either. */
enum { PACKET_MS_MAX = 120 };

static const char *parameters(const struct rd_codec *codec, const struct rd_beyond *beyond)
{
	return codec->fmtp_for ? codec->fmtp_for(beyond) : codec->fmtp;
}

static int add_formats(struct sdp *sdp, struct sdp_media *media,
		       const struct rd_stream_config *config, const struct rd_beyond *beyond)
{
	struct sdp_format *format;

	for (int i = 0; i < config->format_count; i++) {
		const struct rd_codec *codec = config->formats[i].codec;
		const char *fmtp = parameters(codec, beyond);

		format = sdp_format_add(sdp, media, config->formats[i].payload,
					rd_str_of(codec->rtp_name),
					(uint32_t)rd_codec_clock(codec),
					codec->channels > 1 ? (unsigned)codec->channels : 1);
		if (!format)
			return -ENOMEM;
		if (fmtp && *fmtp)
			format->fmtp = rd_str_of(fmtp);
	}
	if (config->cn_payload >= 0 &&
	    !sdp_format_add(sdp, media, config->cn_payload, RD_STR("CN"), 8000, 1))
		return -ENOMEM;
	if (config->dtmf_payload < 0)
		return 0;
	format = sdp_format_add(sdp, media, config->dtmf_payload,
				RD_STR("telephone-event"), (uint32_t)config->dtmf_rate, 1);
	if (!format)
		return -ENOMEM;
	format->fmtp = RD_STR("0-16");
	return 0;
}

int sip_session_add_extension(struct rd_pool *scratch, struct sdp *sdp, struct sdp_media *media,
			      uint8_t id, const char *uri)
{
	char *text;

	if (!id)
		return 0;
	text = rd_pool_printf(scratch, "%u %s", id, uri);
	return text ? sdp_attribute_add(sdp, media, RD_STR("extmap"), rd_str_of(text)) : -ENOMEM;
}

/* What is relayed need not be cut where the other side's limit is kept. */
static void add_lengths(struct sdp_media *media, const struct sip_session_local *local)
{
	int most = local->beyond.packet_ms_max;

	media->maxptime = (uint16_t)(most ? RD_MIN(most, PACKET_MS_MAX) : PACKET_MS_MAX);
	media->ptime = (uint16_t)RD_MIN(local->ptime_ms, media->maxptime);
}

static int add_audio(const struct sip_session *session, struct rd_pool *scratch,
		     struct sdp *sdp, const struct rd_stream_config *config,
		     const struct sip_session_local *local)
{
	struct sdp_media *media =
		sdp_media_add(sdp, SDP_AUDIO, sip_bundle_port(session, local, RD_MEDIA_AUDIO),
			      sip_profile_name(session->secure.profile));
	int rc;

	if (!media)
		return -ENOMEM;
	media->direction = (enum sdp_direction)session->direction;
	media->has_direction = true;
	/* Also where another line's is true of it: Chrome refuses a group without (RFC 9143
	 * §7.1.3 has it in one alone). */
	media->rtcp_mux = config->rtcp_mux;
	media->rtcp_xr = config->rtcp_xr;
	if (!config->rtcp_mux && local->rtcp_port != media->port + 1)
		media->rtcp_port = local->rtcp_port;
	add_lengths(media, local);
	rc = add_formats(sdp, media, config, &local->beyond);
	if (rc == 0)
		rc = sip_session_add_extension(scratch, sdp, media, config->level_id,
					       SIP_LEVEL_URI);
	if (rc == 0)
		rc = sip_session_add_extension(scratch, sdp, media, config->mid_id, SIP_MID_URI);
	if (rc == 0 && !session->said.carried)
		rc = sip_secure_print(&session->secure, session->state == SIP_OFFER_OURS,
				      &local->fingerprint, sdp, media);
	return rc ? rc : sip_session_add_ice(session, RD_MEDIA_AUDIO, scratch, sdp, media, local);
}

static int add_refused(struct sdp *sdp, const struct sip_media_line *line)
{
	struct sdp_media *media = sdp_media_add(sdp, SDP_OTHER, 0, rd_str_of(line->protocol));

	if (!media)
		return -ENOMEM;
	media->kind_text = rd_str_of(line->kind);
	return sdp_format_add_text(sdp, media, rd_str_of(line->format)) ? 0 : -ENOMEM;
}

static int add_lines(const struct sip_session *session, struct rd_pool *scratch,
		     struct sdp *sdp, const struct rd_stream_config *config,
		     const struct sip_session_local *local)
{
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < session->line_count; i++) {
		if (session->fax && i == session->fax->line) {
			rc = sip_fax_print(session, sdp, local);
			continue;
		}
		if (!session->fax && i == session->audio_line) {
			rc = add_audio(session, scratch, sdp, config, local);
			continue;
		}
		rc = sip_beside_print(session, scratch, sdp, i, local);
		if (rc == -ENOENT)
			rc = add_refused(sdp, &session->lines[i]);
	}
	return rc;
}

/* FNV-1a */
static uint64_t hash_of(struct rd_str text)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (size_t i = 0; i < text.n; i++)
		hash = (hash ^ (unsigned char)text.p[i]) * 0x100000001b3u;
	return hash;
}

/* From the third line on: the second, "o=", has the version. */
static struct rd_str behind_origin(struct rd_str text)
{
	for (int line = 0; line < 2 && text.n; line++)
		rd_str_cut(&text, '\n', &(struct rd_str){ 0 });
	return text;
}

/* What was said before is said with the same version (RFC 3264 §8). */
static void print_version(struct sip_session *session, struct sdp *sdp,
			  struct sip_out *out)
{
	size_t start = out->n;
	uint64_t hash;

	if (!session->version)
		session->version = 1;
	sdp->session_version = session->version;
	sdp_print(out, sdp);
	hash = hash_of(behind_origin((struct rd_str){ out->p + start, out->n - start }));
	if (session->printed && hash != session->printed) {
		out->n = start;
		sdp->session_version = ++session->version;
		sdp_print(out, sdp);
	}
	session->printed = hash;
}

bool sip_session_has_dtls(const struct sip_session *session)
{
	bool offer = session->state == SIP_OFFER_OURS;
	bool has = sip_secure_has_dtls(&session->secure, offer);

	for (int i = 0; i < sip_beside_count(session->beside) && !has; i++)
		has = sip_secure_has_dtls(&session->beside->lines[i].secure, offer);
	return has;
}

int sip_session_print(struct sip_session *session, struct rd_pool *scratch,
		      const struct rd_stream_config *config,
		      const struct sip_session_local *local, struct sip_out *out)
{
	struct sdp *sdp = sdp_new(scratch);
	char host[SIP_SOCKADDR_TEXT];
	int rc;

	if (!sdp)
		return -ENOMEM;
	sdp->connection.family = (uint8_t)local->address.sa.sa_family;
	sdp->connection.address =
		(struct rd_str){ host, sip_sockaddr_host(&local->address, host) };
	sdp->origin_family = sdp->connection.family;
	sdp->origin_address = sdp->connection.address;
	sdp->origin_user = RD_STR("-");
	sdp->name = RD_STR("-");
	sdp->session_id = session->id;
	rc = add_lines(session, scratch, sdp, config, local);
	if (rc == 0)
		rc = sip_bundle_add_group(session, scratch, sdp);
	if (rc)
		return rc;
	session->beyond = local->beyond;
	print_version(session, sdp, out);
	return out->overflow ? -EMSGSIZE : 0;
}
