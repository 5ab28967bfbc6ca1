/* What a channel is told, and how one waits for it. Signals are queued in
 * order; digits stay in the queue until somebody wants digits. */
#include <ringdown/clock.h>
#include <ringdown/log.h>

#include "core/call/call.h"
#include "core/call/device.h"
#include "core/call/music.h"

/* One signal in the queue: as long as its text. */
struct queued {
	struct rd_list link;
	enum rd_signal_type type;
	int number, ms;
	void *source;
	char text[];
};

void rd__channel_wake(struct rd_channel *ch)
{
	rd_cond_broadcast(ch->notify);
}

static void free_queued(struct rd_channel *ch, struct queued *queued)
{
	rd_list_remove(&queued->link);
	rd_free(queued);
	ch->signal_count--;
}

static void keep_long(struct rd_channel *ch, struct queued *queued)
{
	rd_free(ch->long_signal);
	ch->long_signal = queued;
}

void rd__channel_drop_signals(struct rd_channel *ch)
{
	rd_list_foreach(node, tmp, &ch->signals)
		free_queued(ch, rd_list_entry(node, struct queued, link));
	keep_long(ch, NULL);
}

/* -- posting ---------------------------------------------------------------- */

/* Without these a call hangs for ever; the others are news of the moment. */
static bool must_arrive(enum rd_signal_type type)
{
	switch (type) {
	case RD_SIGNAL_ANSWER:
	case RD_SIGNAL_BUSY:
	case RD_SIGNAL_CONGESTION:
	case RD_SIGNAL_REDIRECT:
	case RD_SIGNAL_TRANSFER:
	case RD_SIGNAL_MEDIA:
		return true;
	default:
		return false;
	}
}

static void enqueue(struct rd_channel *ch, const struct rd_signal *signal, struct rd_str text)
{
	struct queued *queued = NULL;

	if (ch->signal_count < RD__SIGNALS_MAX || must_arrive(signal->type))
		queued = rd_malloc(sizeof(*queued) + text.n + 1);
	if (queued) {
		queued->type = signal->type;
		queued->number = signal->number;
		queued->ms = signal->ms;
		queued->source = signal->source;
		memcpy(queued->text, text.p, text.n);
		queued->text[text.n] = '\0';
		rd_list_push(&ch->signals, &queued->link);
		ch->signal_count++;
		rd__channel_wake(ch);
		return;
	}
	if (!must_arrive(signal->type)) {
		rd_debug("%s: signal %d dropped, nobody takes them", ch->name, signal->type);
		return;
	}
	rd_error("%s: no memory for a signal: hanging up", ch->name);
	rd_hangup(ch, RD_CAUSE_SWITCH_CONGESTION);
}

static void publish_digit(struct rd_channel *ch, const struct rd_signal *signal)
{
	char digit[2] = { (char)signal->number, '\0' };
	struct rd_event event = {
		.type = RD_EVENT_CHANNEL_DIGIT, .channel = ch, .text = digit, .number = signal->ms
	};

	rd_event_publish(&event);
}

static void set_hold(struct rd_channel *ch, bool hold)
{
	rd__device_count(ch, -1);
	ch->on_hold = hold;
	rd__device_count(ch, 1);
	rd__event_channel(RD_EVENT_CHANNEL_HOLD, ch, NULL, hold);
	rd__device_changed(ch->device);
}

/* The first that is known: what follows is how it is cleared away. */
static void set_cause(struct rd_channel *ch, int cause)
{
	if (!ch->cause)
		ch->cause = cause;
}

static struct rd_str text_of(const struct rd_signal *signal)
{
	return (struct rd_str){ signal->text, strnlen(signal->text, sizeof(signal->text) - 1) };
}

void rd_channel_signal(struct rd_channel *ch, const struct rd_signal *signal)
{
	RD_CHECK(ch, RD__CHANNEL_MAGIC);
	if (ch->state == RD_CHANNEL_GONE)
		return;
	switch (signal->type) {
	case RD_SIGNAL_HANGUP:
		set_cause(ch, signal->number);
		rd__channel_set_state(ch, RD_CHANNEL_GONE);
		return;
	case RD_SIGNAL_RINGING:
		if (ch->state < RD_CHANNEL_RINGING)
			rd__channel_set_state(ch, RD_CHANNEL_RINGING);
		break;
	case RD_SIGNAL_ANSWER:
		rd__channel_set_state(ch, RD_CHANNEL_UP);
		break;
	case RD_SIGNAL_BUSY:
		set_cause(ch, signal->number ? signal->number : RD_CAUSE_BUSY);
		break;
	case RD_SIGNAL_CONGESTION:
		set_cause(ch, signal->number ? signal->number : RD_CAUSE_CONGESTION);
		break;
	case RD_SIGNAL_HOLD:
	case RD_SIGNAL_RESUME:
		set_hold(ch, signal->type == RD_SIGNAL_HOLD);
		break;
	case RD_SIGNAL_DIGIT:
		publish_digit(ch, signal);
		rd__music_key(ch, (char)signal->number);
		break;
	default:
		break;
	}
	enqueue(ch, signal, text_of(signal));
}

void rd_channel_post_redirect(struct rd_channel *ch, int rank, struct rd_str target)
{
	const struct rd_signal signal = { .type = RD_SIGNAL_REDIRECT, .number = rank };

	RD_CHECK(ch, RD__CHANNEL_MAGIC);
	if (ch->state != RD_CHANNEL_GONE)
		enqueue(ch, &signal, target);
}

void rd_channel_post(struct rd_channel *ch, enum rd_signal_type type, int number)
{
	struct rd_signal signal = { .type = type, .number = number };

	rd_channel_signal(ch, &signal);
}

/* -- waiting ------------------------------------------------------------------ */

void rd_channel_set_notify(struct rd_channel *ch, struct rd_cond *shared)
{
	RD_CHECK(ch, RD__CHANNEL_MAGIC);
	ch->notify = shared ? shared : &ch->own_notify;
}

/* A text for which there is no room stays to be asked for. */
static void hand_over(struct rd_channel *ch, struct queued *queued, struct rd_signal *signal)
{
	keep_long(ch, NULL);
	if (signal) {
		signal->type = queued->type;
		signal->number = queued->number;
		signal->ms = queued->ms;
		signal->source = queued->source;
	}
	if (!signal || rd_strcpy(signal->text, sizeof(signal->text), queued->text)) {
		free_queued(ch, queued);
		return;
	}
	rd_list_remove(&queued->link);
	ch->signal_count--;
	keep_long(ch, queued);
}

const char *rd__channel_text_taken(const struct rd_channel *ch, const struct rd_signal *signal)
{
	const struct queued *queued = ch->long_signal;

	return queued ? queued->text : signal->text;
}

int rd_channel_take_of(struct rd_channel *ch, unsigned kinds, struct rd_signal *signal)
{
	RD_CHECK(ch, RD__CHANNEL_MAGIC);
	if (ch->state == RD_CHANNEL_GONE || ch->moved)
		return -ECANCELED;
	rd_list_foreach(node, tmp, &ch->signals) {
		struct queued *queued = rd_list_entry(node, struct queued, link);

		if (kinds & RD_SIGNAL_BIT(queued->type)) {
			hand_over(ch, queued, signal);
			return 0;
		}
		if (queued->type != RD_SIGNAL_DIGIT)
			free_queued(ch, queued);
	}
	return -EAGAIN;
}

int rd_channel_take(struct rd_channel *ch, struct rd_signal *signal)
{
	return rd_channel_take_of(ch, RD_SIGNAL_ALL, signal);
}

int rd_channel_wait_for(struct rd_channel *ch, unsigned kinds, int timeout_ms,
			struct rd_signal *signal)
{
	uint64_t deadline = rd_now_ms() + (timeout_ms < 0 ? 0 : (uint64_t)timeout_ms);
	int rc;

	for (;;) {
		int left = RD_FOREVER;

		rc = rd_channel_take_of(ch, kinds, signal);
		if (rc != -EAGAIN)
			return rc;
		if (timeout_ms >= 0) {
			uint64_t now = rd_now_ms();

			left = deadline > now ? (int)(deadline - now) : 0;
		}
		rc = rd_cond_wait(ch->notify, left);
		if (rc)
			return rc;
	}
}

int rd_channel_wait(struct rd_channel *ch, int timeout_ms, struct rd_signal *signal)
{
	return rd_channel_wait_for(ch, RD_SIGNAL_ALL, timeout_ms, signal);
}

int rd_channel_sleep(struct rd_channel *ch, int ms)
{
	int rc = rd_channel_wait_for(ch, 0, ms, NULL);

	return rc == -ETIMEDOUT ? 0 : rc;
}
