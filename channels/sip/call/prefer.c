/* To speak what the other side of a call speaks: the codecs that were agreed on, in
 * another order. As long as our answer is not out, it just says so; later the far end
 * is asked by a re-INVITE, once for each codec. And to have it send no more than the
 * other side hears: that is said by the way, but taken back by a re-INVITE. */
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

/* ---- how high it need sound ---- */

int sip_heard_rate_of(const struct sip_call *call, const struct sip_session *session)
{
	/* An answer says what it said before. */
	if (session->state == SIP_OFFER_THEIRS && session->printed)
		return session->heard_rate;
	return call->heard_rate;
}

/* Would it be told anything else of this rate than it was of that one? */
static bool tells_more(const struct rd_stream *stream, int rate, int told)
{
	const struct rd_stream_config *config = rd_stream_config(stream);

	if (!told || (rate && rate <= told))
		return false;
	for (int i = 0; i < config->format_count; i++) {
		const struct rd_codec *codec = config->formats[i].codec;

		if (codec->fmtp_for && strcmp(codec->fmtp_for(rate), codec->fmtp_for(told)) != 0)
			return true;
	}
	return false;
}

void sip_heard_rate(struct rd_channel *ch, int rate)
{
	struct sip_call *call = sip_call_of(ch);

	/* Who is not asked again could not be told that it may sound higher now. */
	if (!call || !call->stream || !call->endpoint->reoffer)
		return;
	call->heard_rate = rate;
	if (call->state != SIP_CALL_UP ||
	    !tells_more(call->stream, rate, call->session.heard_rate))
		return;
	call->modify.offers = true;
	sip_call_modify(call);
}
