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

bool rd_tone_zone_known(const char *country)
{
	return rd__tone_zone_known(country);
}

void rd_tone_stop(struct rd_channel *ch)
{
	const struct rd__voice *voice = rd__voice_there(ch);

	if (voice && voice->tone)
		rd__voice_stop(ch);
}

/* Pictures and text, too. 0 or negative errno. */
static int echo_all(struct rd_channel *ch, bool on)
{
	int rc = 0;

	for (int kind = RD_MEDIA_AUDIO; !rc && kind <= RD_MEDIA_TEXT; kind++) {
		struct rd_stream *stream = rd_channel_stream(ch, kind);

		if (stream)
			rc = rd__stream_echo(stream, on);
	}
	return rc;
}

int rd_echo(struct rd_channel *ch)
{
	struct rd_signal signal;
	int rc = echo_all(ch, true);

	while (!rc) {
		rc = rd_channel_wait_for(ch,
					 RD_SIGNAL_BIT(RD_SIGNAL_DIGIT) |
						 RD_SIGNAL_BIT(RD_SIGNAL_STREAMS),
					 RD_FOREVER, &signal);
		if (!rc && signal.type == RD_SIGNAL_STREAMS)
			rc = echo_all(ch, true); /* pictures came later */
		else if (!rc && signal.number == '#')
			break;
	}
	/* A leg that is gone takes its streams along. */
	if (!rd_channel_gone(ch))
		echo_all(ch, false);
	return rc;
}
