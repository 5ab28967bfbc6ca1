/* Tones and echo: what a channel hears that comes from no file. */
#include <ringdown/log.h>

#include "core/call/prompt.h"

int rd_tone_start(struct rd_channel *ch, const char *tone)
{
	const char *list = rd__tone_list(rd__channel_item(ch, RD__ITEM_TONE_ZONE), tone);
	struct rd__play play = { .tones = list ? list : tone };
	int rc = rd__voice_start(ch, &play, false);

	if (rc == -EINVAL)
		rd_warning("%s: no tone \"%s\", and no list of tones such as 425/500,0/500",
			   rd_channel_name(ch), tone);
	if (!rc)
		rd__voice(ch)->tone = true;
	return rc == -ENODATA ? 0 : rc;
}

void rd_tone_stop(struct rd_channel *ch)
{
	const struct rd__voice *voice = rd__voice_there(ch);

	if (voice && voice->tone)
		rd__voice_stop(ch);
}

int rd_echo(struct rd_channel *ch)
{
	struct rd_stream *stream = rd_channel_stream(ch, RD_MEDIA_AUDIO);
	struct rd_signal signal;
	int rc = stream ? rd__stream_echo(stream, true) : 0;

	while (!rc) {
		rc = rd_channel_wait_for(ch, RD_SIGNAL_BIT(RD_SIGNAL_DIGIT), RD_FOREVER, &signal);
		if (!rc && signal.number == '#')
			break;
	}
	/* A leg that is gone takes its streams along. */
	if (!rd_channel_gone(ch) && rd_channel_stream(ch, RD_MEDIA_AUDIO) == stream && stream)
		rd__stream_echo(stream, false);
	return rc;
}
