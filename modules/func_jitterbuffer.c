/* JITTERBUFFER(): the voice of a channel waits until it can be heard evenly. */
#include <strings.h>

#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/module.h>

static int write(struct rd_channel *ch, const char *kind, const char *value)
{
	bool adaptive = strcasecmp(kind, "adaptive") == 0;
	bool fixed = strcasecmp(kind, "fixed") == 0;

	if (!ch || (!adaptive && !fixed && strcasecmp(kind, "disabled") != 0))
		return -EINVAL;
	if (fixed || (adaptive && *value && strcasecmp(value, "default") != 0))
		rd_app_warning(ch, "JITTERBUFFER(%s)=%s: it waits as long as packets are late, "
			       "whatever is said here",
			       kind, value);
	rd_channel_set_jitter_buffer(ch, adaptive || fixed);
	return 0;
}

static int read(struct rd_channel *ch, const char *kind, struct rd_buf *out)
{
	(void)kind;
	if (!ch)
		return -EINVAL;
	rd_buf_adds(out, rd_channel_jitter_buffer(ch) ? "adaptive" : "disabled");
	return 0;
}

static const struct rd_function functions[] = {
	{ .name = "JITTERBUFFER",
	  .read = read,
	  .write = write,
	  .synopsis = "Hear a channel evenly whose packets do not come so",
	  .syntax = "JITTERBUFFER(adaptive|disabled)",
	  .description = "Set(JITTERBUFFER(adaptive)=default): whoever talks to the channel hears "
			 "it a little later, and without the gaps of a shaky network; the call "
			 "is mixed for that, so it costs more. Rooms do so by themselves. "
			 "fixed, and sizes, are taken as adaptive." },
	{ 0 }
};

RD_MODULE(.name = "func_jitterbuffer", .synopsis = "Jitter buffers of channels",
	  .functions = functions);
