/* To speak what the other side of a call speaks: the codecs that were agreed on, in
 * another order. As long as our answer is not out, it just says so; later the far end
 * is asked by a re-INVITE, once for each codec. And to have it send what the other side
 * hears: no higher, in two channels, in packets no longer. Less is asked for by the way,
 * more by a re-INVITE. */
#include "channels/sip/call/indialog.h"
#include "channels/sip/call/media.h"

static bool move_first(struct rd_stream_config *config, const struct rd_codec *codec)
{
	struct rd_stream_format format;
	int at = 0;

	while (at < config->format_count && config->formats[at].codec != codec)
		at++;
	if (at == config->format_count)
		return false;
	format = config->formats[at];
	memmove(config->formats + 1, config->formats, (size_t)at * sizeof(format));
	config->formats[0] = format;
	return true;
}

void sip_call_put_first(const struct sip_call *call, struct rd_stream_config *config)
{
	if (call->asked_codec)
		move_first(config, call->asked_codec);
}

/* Nothing of ours is out that an answer could contradict. */
static bool may_answer_otherwise(const struct sip_call *call)
{
	return call->state == SIP_CALL_INCOMING &&
	       call->session.state == SIP_OFFER_THEIRS && !call->session.printed;
}

int sip_prefer_codec(struct rd_channel *ch, const struct rd_codec *codec, bool ask)
{
	struct sip_call *call = sip_call_of(ch);
	struct rd_stream_config config;

	if (!call || !call->stream)
		return -ENOTCONN;
	config = *rd_stream_config(call->stream);
	if (!move_first(&config, codec))
		return -ENOTSUP;
	if (may_answer_otherwise(call))
		return rd_stream_configure(call->stream, &config);
	if (!ask || !call->endpoint->reoffer || call->state != SIP_CALL_UP ||
	    call->asked_codec == codec)
		return -ENOSYS;
	call->asked_codec = codec;
	call->modify.offers = true;
	sip_call_modify(call);
	return 0;
}

/* ---- whom it talks to ---- */

const struct rd_beyond *sip_beyond_of(const struct sip_call *call,
				      const struct sip_session *session)
{
	/* An answer says what it said before. */
	if (session->state == SIP_OFFER_THEIRS && session->printed)
		return &session->beyond;
	return &call->beyond;
}

/* What was set for a phone, or else what the other side likes. */
int sip_asked_ptime(const struct sip_call *call, const struct rd_beyond *beyond)
{
	int set = call->endpoint->ptime;

	return set == SIP_PTIME_USUAL && beyond->ptime_ms ? beyond->ptime_ms : set;
}

static bool texts_differ(const struct rd_codec *codec, int rate, int told)
{
	struct rd_beyond one = { .rate = rate }, other = { .rate = told };

	return codec->fmtp_for && strcmp(codec->fmtp_for(&one), codec->fmtp_for(&other)) != 0;
}

/* Would it send more than it does, or hear more, if it was told this? */
static bool wants_more(const struct rd_stream_format *format, const struct rd_beyond *beyond,
		       const struct rd_beyond *told)
{
	unsigned news = beyond->stereo & ~told->stereo, able = 0;
	bool higher = told->rate && (!beyond->rate || beyond->rate > told->rate);

	if (news && format->codec->stereo)
		able = format->codec->stereo(format->fmtp);
	return (higher && texts_differ(format->codec, beyond->rate, told->rate)) ||
	       (news & RD_STEREO_HEARD && able & RD_STEREO_SAID) ||
	       (news & RD_STEREO_SAID && able & RD_STEREO_HEARD);
}

/* Its packets are as long as those that it likes itself. */
static bool sends_too_long(const struct rd_stream_config *config, const struct rd_beyond *beyond,
			   const struct rd_beyond *told)
{
	int most = beyond->packet_ms_max;

	return most && config->asked_ptime_ms > most &&
	       (!told->packet_ms_max || told->packet_ms_max > most);
}

static bool tells_more(const struct rd_stream *stream, const struct rd_beyond *beyond,
		       const struct rd_beyond *told)
{
	const struct rd_stream_config *config = rd_stream_config(stream);

	for (int i = 0; i < config->format_count; i++)
		if (wants_more(&config->formats[i], beyond, told))
			return true;
	return sends_too_long(config, beyond, told);
}

void sip_beyond(struct rd_channel *ch, const struct rd_beyond *beyond)
{
	struct sip_call *call = sip_call_of(ch);

	if (!call || !call->stream)
		return;
	call->beyond = *beyond;
	if (!call->endpoint->reoffer) {
		/* It could not be told that it may sound higher than it did. */
		call->beyond.rate = 0;
		return;
	}
	if (call->state != SIP_CALL_UP ||
	    !tells_more(call->stream, &call->beyond, &call->session.beyond))
		return;
	call->modify.offers = true;
	sip_call_modify(call);
}
