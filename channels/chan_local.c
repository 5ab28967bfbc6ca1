/* Local: a channel whose far end is the dialplan. It has two ends: ;1 is
 * what was dialled, ;2 runs EXTEN@CONTEXT; what one is told, the other hears.
 * The core looks through it, so that sound takes the short way. */
#include <stdatomic.h>
#include <string.h>

#include <ringdown/dialplan.h>
#include <ringdown/log.h>
#include <ringdown/module.h>

/* -- sound between the two ends ------------------------------------------------- */

enum {
	RATE = 8000,
	RING_SAMPLES = 2048, /* a quarter of a second; a power of two */
};

/* One way: a media thread writes, another may read. */
struct sound_ring {
	_Atomic uint32_t written, taken;
	int16_t samples[RING_SAMPLES];
};

struct local {
	int ends; /* channels and streams that still use it */
	struct rd_channel *end[2];
	struct sound_ring *ring[2]; /* [0] is what ;1 says */
	struct local_end {
		struct local *local;
		int number;
	} self[2];
};

static void local_free(struct local *local)
{
	rd_free(local->ring[0]);
	rd_free(local->ring[1]);
	rd_free(local);
}

static void local_unuse(struct local *local)
{
	if (--local->ends == 0)
		local_free(local);
}

static ssize_t ring_read(void *arg, int16_t *samples, size_t max)
{
	struct local_end *end = arg;
	struct sound_ring *ring = end->local->ring[!end->number];
	uint32_t taken = atomic_load_explicit(&ring->taken, memory_order_relaxed);
	uint32_t there = atomic_load_explicit(&ring->written, memory_order_acquire) - taken;
	size_t n = RD_MIN((size_t)there, max);

	for (size_t i = 0; i < n; i++)
		samples[i] = ring->samples[(taken + i) % RING_SAMPLES];
	atomic_store_explicit(&ring->taken, taken + (uint32_t)n, memory_order_release);
	return (ssize_t)n;
}

/* What does not fit is dropped: nobody listens. */
static void ring_write(void *arg, const int16_t *samples, size_t count)
{
	struct local_end *end = arg;
	struct sound_ring *ring = end->local->ring[end->number];
	uint32_t written = atomic_load_explicit(&ring->written, memory_order_relaxed);
	uint32_t taken = atomic_load_explicit(&ring->taken, memory_order_acquire);
	size_t room = RING_SAMPLES - (written - taken);

	for (size_t i = 0; i < RD_MIN(count, room); i++)
		ring->samples[(written + i) % RING_SAMPLES] = samples[i];
	atomic_store_explicit(&ring->written, written + (uint32_t)RD_MIN(count, room),
			      memory_order_release);
}

static void ring_closed(void *arg)
{
	struct local_end *end = arg;

	local_unuse(end->local);
	rd_module_release(RD_MODULE_NAME);
}

static const struct rd_stream_ops ring_ops = {
	.read = ring_read, .write = ring_write, .closed = ring_closed
};

static int open_sound(struct local *local, int i)
{
	struct rd_stream *stream;
	int rc = rd_stream_new_custom(&stream, &ring_ops, &local->self[i], RATE);

	if (rc)
		return rc;
	local->ends++;
	rd_module_use(RD_MODULE_NAME); /* ring_closed lies in it */
	rc = rd_channel_take_stream(local->end[i], stream);
	if (rc)
		rd_stream_close(stream);
	return rc;
}

/* -- what one end is told, the other hears ------------------------------------------ */

static struct rd_channel *other_end(const struct rd_channel *ch)
{
	struct local_end *end = rd_channel_tech_data(ch);

	return end->local->end[!end->number];
}

static struct rd_channel *twin(const struct rd_channel *ch)
{
	struct rd_channel *other = other_end(ch);

	return other && !rd_channel_gone(other) ? other : NULL;
}

static void tell(struct rd_channel *ch, enum rd_signal_type type, int number)
{
	struct rd_channel *other = other_end(ch);

	if (other)
		rd_channel_post(other, type, number);
}

static int local_answer(struct rd_channel *ch)
{
	tell(ch, RD_SIGNAL_ANSWER, 0);
	return 0;
}

static int local_indicate(struct rd_channel *ch, enum rd_indication what)
{
	static const enum rd_signal_type heard_as[] = {
		[RD_INDICATE_PROCEEDING] = RD_SIGNAL_PROCEEDING,
		[RD_INDICATE_RINGING] = RD_SIGNAL_RINGING,
		[RD_INDICATE_PROGRESS] = RD_SIGNAL_PROGRESS,
		[RD_INDICATE_BUSY] = RD_SIGNAL_BUSY,
		[RD_INDICATE_CONGESTION] = RD_SIGNAL_CONGESTION,
		[RD_INDICATE_HOLD] = RD_SIGNAL_HOLD,
		[RD_INDICATE_RESUME] = RD_SIGNAL_RESUME,
		[RD_INDICATE_INCOMPLETE] = RD_SIGNAL_CONGESTION,
		[RD_INDICATE_FORWARDED] = RD_SIGNAL_PROCEEDING,
		[RD_INDICATE_QUEUED] = RD_SIGNAL_PROCEEDING,
	};

	tell(ch, heard_as[what], heard_as[what] == RD_SIGNAL_PROCEEDING ? (int)what : 0);
	return 0;
}

static void local_hangup(struct rd_channel *ch, int cause)
{
	tell(ch, RD_SIGNAL_HANGUP, cause);
}

static int local_send_digit(struct rd_channel *ch, char digit, int ms)
{
	struct rd_channel *other = other_end(ch);
	struct rd_signal signal = { .type = RD_SIGNAL_DIGIT, .number = digit, .ms = ms };

	if (other)
		rd_channel_signal(other, &signal);
	return 0;
}

static int local_send_text(struct rd_channel *ch, const char *text)
{
	struct rd_channel *other = other_end(ch);

	if (other)
		rd_channel_post_text(other, rd_str_of(text));
	return 0;
}

/* Who one end talks to is who is at the other end. */
static int local_party_changed(struct rd_channel *ch, enum rd_party_kind kind)
{
	struct rd_channel *other = other_end(ch);

	if (!other)
		return 0;
	rd_channel_set_party(other, RD_PARTY_CALLER, rd_channel_party(ch, kind));
	rd_channel_post(other, RD_SIGNAL_PARTY, 0);
	return 0;
}

static void local_destroy(struct rd_channel *ch)
{
	struct local_end *end = rd_channel_tech_data(ch);

	end->local->end[end->number] = NULL;
	local_unuse(end->local);
}

/* -- the beginning ---------------------------------------------------------------------- */

static const struct rd_tech local_techs[2];

/* "1003@office/n" to extension and context; the letters after '/' choose
 * how Asterisk shortens the way, which the core here always does. */
static int read_target(const struct rd_call_request *request, char *exten, char *context,
		       size_t size)
{
	struct rd_str rest = rd_str_of(request->resource), head, name;

	rd_str_cut(&rest, '/', &head);
	rd_str_cut(&head, '@', &name);
	if (!name.n || !rd_strcpyn(exten, size, name))
		return -EINVAL;
	if (head.p)
		return rd_strcpyn(context, size, head) && head.n ? 0 : -EINVAL;
	return rd_strcpy(context, size, request->context ? request->context : "default")
		       ? 0
		       : -EINVAL;
}

static struct local *local_new(void)
{
	struct local *local = rd_zalloc(sizeof(*local));

	if (!local)
		return NULL;
	for (int i = 0; i < 2; i++) {
		local->self[i] = (struct local_end){ local, i };
		local->ring[i] = rd_zalloc(sizeof(*local->ring[i]));
	}
	if (local->ring[0] && local->ring[1])
		return local;
	local_free(local);
	return NULL;
}

static int make_end(struct local *local, int i, const char *exten, const char *context,
		    const struct rd_channel *caller)
{
	char base[200] = "Local/";
	struct rd_channel *first = local->end[0];
	struct rd_channel_params params = {
		.tech = &local_techs[0],
		.tech_data = &local->self[i],
		.base_name = base,
		.suffix = i ? ";2" : ";1",
		.serial = first ? rd_channel_serial(first) : 0,
		.state = i ? RD_CHANNEL_RING : RD_CHANNEL_DOWN,
		.outgoing = i == 0,
		.context = context,
		.exten = i ? exten : NULL,
		.language = caller ? rd_channel_language(caller) : NULL,
		.linked_to = first ? first : caller,
	};
	int rc;

	strcat(base, exten);
	strcat(base, "@");
	strcat(base, context);
	rc = rd_channel_new(&local->end[i], &params);
	if (!rc)
		local->ends++;
	return rc;
}

static int local_request(const struct rd_call_request *request, struct rd_channel **chp,
			 int *cause)
{
	char exten[80], context[80];
	struct rd_party dialled = { .number = exten };
	struct local *local;
	int rc = read_target(request, exten, context, sizeof(exten));

	*cause = RD_CAUSE_UNALLOCATED;
	if (!rc && !rd_dialplan_exists(context, exten, 1, NULL))
		rc = -ENOENT;
	if (rc) {
		rd_notice("Local/%s: no such extension", request->resource);
		return rc;
	}
	*cause = RD_CAUSE_SWITCH_CONGESTION;
	local = local_new();
	if (!local)
		return -ENOMEM;
	local->ends = 1;
	rc = make_end(local, 0, exten, context, request->caller);
	if (!rc)
		rc = make_end(local, 1, exten, context, request->caller);
	for (int i = 0; !rc && i < 2; i++)
		rc = open_sound(local, i);
	if (!rc)
		rc = rd_channel_set_party(local->end[0], RD_PARTY_CALLER, &dialled);
	if (!rc)
		*chp = local->end[0];
	for (int i = 0; rc && i < 2; i++)
		if (local->end[i])
			rd_hangup(local->end[i], *cause);
	local_unuse(local);
	return rc;
}

/* Both ends are one leg of the caller's: what Dial or an originator has given
 * to the near end is not inherited once more, it is there too. */
static int share_variables(const struct rd_channel *ch, struct rd_channel *other)
{
	const char *name, *text;
	size_t pos = 0;
	int rc = 0;

	while (!rc && rd_var_next(ch, &pos, &name, &text))
		rc = rd_var_set(other, name, text);
	return rc ? rc : rd_channel_inherit(other, ch);
}

/* The other end learns who calls, and starts. */
static int local_call(struct rd_channel *ch)
{
	struct rd_channel *other = other_end(ch);
	int rc;

	if (!other)
		return -ECONNRESET;
	rc = rd_channel_set_party(other, RD_PARTY_CALLER, rd_channel_party(ch, RD_PARTY_CONNECTED));
	for (int kind = RD_PARTY_ANI; !rc && kind < RD_PARTY_KINDS; kind++)
		rc = rd_channel_set_party(other, kind, rd_channel_party(ch, kind));
	if (!rc)
		rc = share_variables(ch, other);
	return rc ? rc : rd_channel_start(other);
}

static int local_device_state(const char *resource)
{
	char exten[80], context[80];
	struct rd_call_request request = { .resource = resource };

	if (read_target(&request, exten, context, sizeof(exten)))
		return RD_DEVICE_INVALID;
	return rd_dialplan_exists(context, exten, 1, NULL) ? RD_DEVICE_NOT_INUSE
							    : RD_DEVICE_INVALID;
}

static const struct rd_tech local_techs[2] = {
	{
		.name = "Local",
		.synopsis = "A channel whose far end is the dialplan",
		.request = local_request,
		.call = local_call,
		.answer = local_answer,
		.indicate = local_indicate,
		.hangup = local_hangup,
		.send_digit = local_send_digit,
		.send_text = local_send_text,
		.party_changed = local_party_changed,
		.twin = twin,
		.destroy = local_destroy,
		.device_state = local_device_state,
	},
};

/* .twin of a new file is asked for channels of the old. */
static const size_t sizes[] = { sizeof(struct local), sizeof(struct local_end), 0 };
static const size_t *const shape[] = { sizes, NULL };
static const struct rd_module_state state = { .version = 1, .shape = shape };

RD_MODULE(.name = "chan_local", .synopsis = "Channels whose far end is the dialplan",
	  .techs = local_techs, .state = &state);
