/* A house without sound: what the call model asks of the media engine,
 * answered with "there is none". Weak: the engine's own win where linked. */
#include <ringdown/prompt.h>

#include "core/call/call.h"
#include "core/media/media.h"

#define SILENT __attribute__((weak))

SILENT int rd_tone_start(struct rd_channel *ch, const char *tone)
{
	(void)ch, (void)tone;
	return 0;
}

SILENT void rd_tone_stop(struct rd_channel *ch)
{
	(void)ch;
}

SILENT int rd_music_start(struct rd_channel *ch, const char *class_name)
{
	(void)ch, (void)class_name;
	return 0;
}

SILENT void rd_music_stop(struct rd_channel *ch)
{
	(void)ch;
}

SILENT int rd_play(struct rd_channel *ch, const char *prompt, const char *stop_keys)
{
	(void)ch, (void)prompt, (void)stop_keys;
	return -ENOENT;
}

SILENT int rd_play_start(struct rd_channel *ch, const char *prompt, bool loop)
{
	(void)ch, (void)prompt, (void)loop;
	return -ENOENT;
}

SILENT int rd_read_digit(struct rd_channel *ch, int timeout_ms)
{
	struct rd_signal signal;
	int rc = rd_channel_wait_for(ch, RD_SIGNAL_BIT(RD_SIGNAL_DIGIT), timeout_ms, &signal);

	return rc ? rc : signal.number;
}

SILENT void rd_stream_close(struct rd_stream *stream)
{
	(void)stream;
}

SILENT enum rd_media_kind rd_stream_kind(const struct rd_stream *stream)
{
	(void)stream;
	return RD_MEDIA_AUDIO;
}

SILENT const struct rd_stream_config *rd_stream_config(const struct rd_stream *stream)
{
	(void)stream;
	return NULL;
}

SILENT void rd_stream_on_event(struct rd_stream *stream,
			       void (*notify)(const struct rd_stream_event *event, void *arg),
			       void *arg)
{
	(void)stream, (void)notify, (void)arg;
}

SILENT int rd_stream_send_digit(struct rd_stream *stream, char digit, int ms)
{
	(void)stream, (void)digit, (void)ms;
	return -ENOSYS;
}

SILENT int rd__stream_link(struct rd_stream *a, struct rd_stream *b, unsigned flags)
{
	(void)a, (void)b, (void)flags;
	return 0;
}

SILENT void rd__stream_unlink(struct rd_stream *stream)
{
	(void)stream;
}

SILENT bool rd__streams_pass_digits(const struct rd_stream *a, const struct rd_stream *b)
{
	(void)a, (void)b;
	return false;
}

SILENT enum rd__link_way rd__stream_way(const struct rd_stream *stream)
{
	(void)stream;
	return RD__WAY_NONE;
}

SILENT const char *rd__link_way_name(enum rd__link_way way)
{
	(void)way;
	return "none";
}

SILENT void rd_stream_stats(const struct rd_stream *stream, struct rd_stream_stats *out)
{
	(void)stream;
	*out = (struct rd_stream_stats){ 0 };
}

SILENT bool rd__codec_next(size_t *pos, const struct rd_codec **codec, const char **module)
{
	(void)pos, (void)codec, (void)module;
	return false;
}
