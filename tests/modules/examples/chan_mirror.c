/* A channel driver with media of its own: Dial(Mirror/300) reaches somebody who answers
 * at once and says all that he hears 300 ms later. */
#define RD_MODULE_NAME "chan_mirror"

#include <stdio.h>
#include <stdlib.h>

#include <ringdown/log.h>
#include <ringdown/module.h>

enum { RATE = 8000, DELAY_MIN_MS = 40, DELAY_MAX_MS = 2000, SAMPLES_PER_MS = RATE / 1000 };

/* What was heard and is to be said, in a ring. The media thread's alone, from when the
 * stream is made until mirror_closed(). */
struct mirror {
	size_t delay; /* samples */
	uint64_t heard, said;
	int16_t ring[2 * DELAY_MAX_MS * SAMPLES_PER_MS];
};

#define RING RD_ARRAY_SIZE(((struct mirror *)NULL)->ring)

/* ---- on the media thread: nothing is waited for, locked or allocated ---- */

static void mirror_write(void *arg, const int16_t *samples, size_t count)
{
	struct mirror *mirror = arg;

	for (size_t i = 0; i < count; i++)
		mirror->ring[mirror->heard++ % RING] = samples[i];
}

/* Once the delay is there, what is left in the ring is said, and silence where there is
 * none. */
static ssize_t mirror_read(void *arg, int16_t *samples, size_t max)
{
	struct mirror *mirror = arg;

	if (mirror->heard < mirror->delay)
		return 0;
	if (mirror->heard - mirror->said > mirror->delay + RING / 4)
		mirror->said = mirror->heard - mirror->delay; /* it was not asked for long */
	for (size_t i = 0; i < max; i++)
		samples[i] = mirror->said < mirror->heard ? mirror->ring[mirror->said++ % RING]
							  : (int16_t)0;
	return (ssize_t)max;
}

/* ---- on the switch thread ---- */

/* The last of it, later than the channel's end: this code must be there until then. */
static void mirror_closed(void *arg)
{
	rd_free(arg);
	rd_module_release(RD_MODULE_NAME);
}

static const struct rd_stream_ops sound = { .read = mirror_read,
					    .write = mirror_write,
					    .closed = mirror_closed };

/* The stream is the channel's from here on, and closed with it. */
static int give_sound(struct rd_channel *ch, int delay_ms)
{
	struct mirror *mirror = rd_zalloc(sizeof(*mirror));
	struct rd_stream *stream;
	int rc;

	if (!mirror)
		return -ENOMEM;
	mirror->delay = (size_t)delay_ms * SAMPLES_PER_MS;
	rc = rd_stream_new_custom(&stream, &sound, mirror, RATE);
	if (rc) {
		rd_free(mirror);
		return rc;
	}
	rd_module_use(RD_MODULE_NAME);
	rc = rd_channel_take_stream(ch, stream);
	if (rc)
		rd_stream_close(stream);
	return rc;
}

/* Milliseconds, or -EINVAL. */
static int read_delay(const char *resource)
{
	uint64_t ms;
	int rc = rd_str_to_u64(rd_str_of(resource), DELAY_MAX_MS, &ms);

	return rc || ms < DELAY_MIN_MS ? -EINVAL : (int)ms;
}

static const struct rd_tech techs[];

/* A channel, but nothing is sent yet. */
static int mirror_request(const struct rd_call_request *request, struct rd_channel **chp,
			  int *cause)
{
	int delay_ms = read_delay(request->resource);
	char base[48];
	struct rd_channel_params params = {
		.tech = &techs[0],
		.base_name = base,
		.state = RD_CHANNEL_DOWN,
		.outgoing = true,
		.linked_to = request->caller,
	};
	struct rd_channel *ch;
	int rc;

	*cause = delay_ms < 0 ? RD_CAUSE_INVALID_NUMBER_FORMAT : RD_CAUSE_SWITCH_CONGESTION;
	if (delay_ms < 0)
		return delay_ms;
	snprintf(base, sizeof(base), "Mirror/%d", delay_ms);
	rc = rd_channel_new(&ch, &params);
	if (rc)
		return rc;
	rc = give_sound(ch, delay_ms);
	if (rc)
		rd_hangup(ch, RD_CAUSE_SWITCH_CONGESTION);
	else
		*chp = ch;
	return rc;
}

static int mirror_call(struct rd_channel *ch)
{
	rd_channel_post(ch, RD_SIGNAL_RINGING, 0);
	rd_channel_post(ch, RD_SIGNAL_ANSWER, 0);
	return 0;
}

/* Nobody is to be told. */
static void mirror_hangup(struct rd_channel *ch, int cause)
{
	rd_verbose("%s: %s", rd_channel_name(ch), rd_cause_text(cause));
}

static int device_state(const char *resource)
{
	return read_delay(resource) < 0 ? RD_DEVICE_INVALID : RD_DEVICE_NOT_INUSE;
}

static const char *check(const char *resource, char *buf, size_t size)
{
	if (read_delay(resource) >= 0)
		return NULL;
	snprintf(buf, size, "Mirror/%s: expected %d to %d milliseconds", resource, DELAY_MIN_MS,
		 DELAY_MAX_MS);
	return buf;
}

static const struct rd_tech techs[] = {
	{ .name = "Mirror",
	  .synopsis = "Says what it hears",
	  .request = mirror_request,
	  .call = mirror_call,
	  .hangup = mirror_hangup,
	  .device_state = device_state,
	  .check = check },
	{ 0 },
};

RD_MODULE(.name = RD_MODULE_NAME, .synopsis = "Says what it hears", .techs = techs);
