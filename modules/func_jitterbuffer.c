/* JITTERBUFFER(): the voice of a channel waits until it can be heard evenly. */
#include <stdio.h>
#include <strings.h>

#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/module.h>
#include <ringdown/str.h>

enum {
	SIZE_MS = 200,
	SIZE_MAX_MS = 1000, /* of what a buffer holds */
	RESYNC_MS = 1000,
	EXTRA_MS = 40,
	ANY_MS = 600000,
};

/* "200,1500,,yes": the next number, its fallback where there is none. */
static int next_number(struct rd_str *rest, int fallback, int max, int *out)
{
	struct rd_str part;
	uint64_t number;

	rd_str_cut(rest, ',', &part);
	part = rd_str_trim(part);
	*out = fallback;
	if (!part.n)
		return 0;
	if (rd_str_to_u64(part, (uint64_t)max, &number))
		return -EINVAL;
	*out = (int)number;
	return 0;
}

/* "-1": however much it leaps. */
static int next_threshold(struct rd_str *rest, int *out)
{
	struct rd_str after = *rest, part;

	rd_str_cut(&after, ',', &part);
	if (!rd_str_eq(rd_str_trim(part), RD_STR("-1")))
		return next_number(rest, RESYNC_MS, ANY_MS, out);
	*out = -1;
	*rest = after;
	return 0;
}

static int read_sizes(struct rd_channel *ch, const char *value, struct rd_jitter_buffer *buffer)
{
	struct rd_str rest = rd_str_trim(rd_str_of(value));
	bool usual = !rest.n || rd_str_ieq(rest, RD_STR("default"));

	/* Unasked, it adapts without limits. */
	if (usual && !buffer->fixed)
		return 0;
	if (usual)
		rest = (struct rd_str){ 0 };
	if (next_number(&rest, SIZE_MS, SIZE_MAX_MS, &buffer->size_ms) ||
	    next_threshold(&rest, &buffer->resync_ms) ||
	    next_number(&rest, EXTRA_MS, SIZE_MAX_MS, &buffer->extra_ms)) {
		rd_app_warning(ch, "JITTERBUFFER()=%s: not up to %d ms, a threshold in ms, and up "
			       "to %d ms more", value, SIZE_MAX_MS, SIZE_MAX_MS);
		return -EINVAL;
	}
	if (rest.n)
		rd_app_warning(ch, "JITTERBUFFER()=%s: pictures do not wait for the sound",
			       value);
	return 0;
}

static int read_kind(const char *kind, struct rd_jitter_buffer *buffer)
{
	buffer->wanted = strcasecmp(kind, "disabled") != 0;
	buffer->fixed = strcasecmp(kind, "fixed") == 0;
	return !buffer->wanted || buffer->fixed || strcasecmp(kind, "adaptive") == 0 ? 0 : -EINVAL;
}

static int write(struct rd_channel *ch, const char *kind, const char *value)
{
	struct rd_jitter_buffer buffer = { 0 };
	int rc = 0;

	if (!ch || read_kind(kind, &buffer))
		return -EINVAL;
	if (buffer.wanted)
		rc = read_sizes(ch, value, &buffer);
	if (rc == 0)
		rd_channel_set_jitter_buffer(ch, &buffer);
	return rc;
}

static int read(struct rd_channel *ch, const char *kind, struct rd_buf *out)
{
	const struct rd_jitter_buffer *buffer;

	(void)kind;
	if (!ch)
		return -EINVAL;
	buffer = rd_channel_jitter_buffer(ch);
	rd_buf_adds(out, !buffer->wanted ? "disabled" : buffer->fixed ? "fixed" : "adaptive");
	return 0;
}

/* Without one it can be read. */
static const char *check(const char *kind, char *buf, size_t size)
{
	struct rd_jitter_buffer buffer = { 0 };

	if (!*kind || read_kind(kind, &buffer) == 0)
		return NULL;
	snprintf(buf, size, "it is adaptive, fixed or disabled, not \"%s\"", kind);
	return buf;
}

static const struct rd_function functions[] = {
	{ .name = "JITTERBUFFER",
	  .read = read,
	  .write = write,
	  .check = check,
	  .synopsis = "Hear a channel evenly whose packets do not come so",
	  .syntax = "JITTERBUFFER(adaptive|fixed|disabled)",
	  .description = "Set(JITTERBUFFER(adaptive)=default): whoever talks to the channel hears "
			 "it a little later, and without the gaps of a shaky network; the call "
			 "is mixed for that, so it costs more. Rooms do so by themselves.\n"
			 "Set(JITTERBUFFER(fixed)=200,1000): all that it says waits 200 ms, the "
			 "default; a leap of its clock by 1000 ms (the default; -1: none) is a "
			 "new beginning.\n"
			 "Set(JITTERBUFFER(adaptive)=200,1000,40): as long as the network asks "
			 "for and 40 ms more, but at most 200 ms. At most 1000 ms can wait." },
	{ 0 }
};

RD_MODULE(.name = "func_jitterbuffer", .synopsis = "Jitter buffers of channels",
	  .functions = functions);
