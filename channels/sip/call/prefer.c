/* To speak what the other side of a call speaks: the codecs that were agreed on, in
 * another order. As long as our answer is not out, it just says so; later the far end
 * is asked by a re-INVITE, once for each codec. */
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
