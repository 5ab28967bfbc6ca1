/* A house without prompts: what the call model asks of prompt.h, answered
 * with "there is none". Weak: the real ones win where linked. */
#include <ringdown/prompt.h>

#include "core/call/call.h"

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
