/* What callers are told while they wait: their place, how long it will take, and what
 * periodic-announce says. A key that leads out of the queue cuts it short. */
#include <string.h>

#include <ringdown/clock.h>
#include <ringdown/module.h>
#include <ringdown/prompt.h>
#include <ringdown/say.h>

#include "apps/app_queue/caller.h"

/* Who hears it, and which keys end it; rc: what the last prompt said. */
struct speech {
	struct rd_channel *ch;
	char stop_keys[sizeof(RD_ANY_DIGIT)];
	int rc;
};

static const struct queue_saying *saying(const struct queue_caller *caller)
{
	return &caller->queue->settings->say;
}

/* -- speaking ----------------------------------------------------------------------------- */

/* A prompt that cannot be played is left out, he waits on; an empty one is meant to be. */
static void speak(struct speech *speech, const char *prompt)
{
	if (speech->rc || !prompt || !*prompt)
		return;
	speech->rc = rd_play(speech->ch, prompt, speech->stop_keys);
	if (speech->rc < 0 && speech->rc != -ECANCELED)
		speech->rc = 0;
}

static void speak_number(struct speech *speech, unsigned n)
{
	const struct rd_say *say;

	if (speech->rc)
		return;
	say = rd_interface_get(RD_SAY_NAME, RD_SAY_VERSION);
	if (!say)
		return;
	speech->rc = say->number(speech->ch, n, NULL, speech->stop_keys);
	if (speech->rc < 0 && speech->rc != -ECANCELED)
		speech->rc = 0;
	rd_interface_put(say);
}

static void speak_time(struct speech *speech, const struct queue_saying *say, unsigned minutes,
		       unsigned seconds)
{
	if (minutes) {
		speak_number(speech, minutes);
		speak(speech, minutes == 1 && *say->minute ? say->minute : say->minutes);
	}
	if (seconds) {
		speak_number(speech, seconds);
		speak(speech, say->seconds);
	}
}

/* -- place and time ------------------------------------------------------------------------ */

static bool position_is_told(const struct queue_saying *say, unsigned at)
{
	bool within = at <= (unsigned)say->position_limit;

	switch (say->position) {
	case QUEUE_SAY_NO:
		return false;
	case QUEUE_SAY_LIMIT:
		return within;
	default:
		return true;
	}
}

static void speak_position(struct speech *speech, const struct queue_saying *say, unsigned at)
{
	bool more = say->position == QUEUE_SAY_MORE && at > (unsigned)say->position_limit;

	if (at == 1) {
		speak(speech, say->youarenext);
		return;
	}
	speak(speech, more ? say->quantity1 : say->thereare);
	speak_number(speech, more ? (unsigned)say->position_limit : at);
	speak(speech, more ? say->quantity2 : say->callswaiting);
}

/* What is left of the mean, in whole minutes, or in steps of announce-round-seconds. */
static void speak_holdtime(struct speech *speech, const struct queue_caller *caller)
{
	const struct queue_saying *say = saying(caller);
	unsigned waited = (unsigned)((rd_now_ms() - caller->joined_ms) / 1000);
	unsigned mean = caller->queue->hold_s, left = mean > waited ? mean - waited : 0;
	unsigned step = (unsigned)say->round_s, minutes, seconds = 0;

	if (say->holdtime == QUEUE_HOLDTIME_NO ||
	    (say->holdtime == QUEUE_HOLDTIME_ONCE && caller->said_ms))
		return;
	left = step ? (left + step / 2) / step * step : (left + 30) / 60 * 60;
	minutes = left / 60;
	seconds = left % 60;
	if (!left)
		return;
	speak(speech, say->holdtime_is);
	speak_time(speech, say, minutes, seconds);
}

static void tell_place(struct speech *speech, struct queue_caller *caller)
{
	const struct queue_saying *say = saying(caller);
	unsigned at = queue_position(caller);
	uint64_t began = rd_now_ms();

	if (position_is_told(say, at))
		speak_position(speech, say, at);
	speak_holdtime(speech, caller);
	if (position_is_told(say, at) || say->holdtime != QUEUE_HOLDTIME_NO)
		speak(speech, say->thankyou);
	caller->said_ms = RD_MAX(began, (uint64_t)1);
	caller->said_position = at;
}

static uint64_t place_due(const struct queue_caller *caller)
{
	const struct queue_saying *say = saying(caller);
	unsigned at;
	int ms = say->frequency_ms;

	if (!ms)
		return UINT64_MAX;
	if (!caller->said_ms)
		return caller->joined_ms;
	at = queue_position(caller);
	if (say->only_up ? at < caller->said_position : at != caller->said_position)
		ms = RD_MIN(ms, say->min_frequency_ms);
	return caller->said_ms + (uint64_t)RD_MAX(ms, say->min_frequency_ms);
}

/* -- periodic-announce --------------------------------------------------------------------- */

static size_t count_periodic(const struct queue_saying *say)
{
	size_t n = 0;

	while (say->periodic && say->periodic[n])
		n++;
	return n;
}

static void tell_periodic(struct speech *speech, struct queue_caller *caller)
{
	const struct queue_saying *say = saying(caller);
	size_t n = count_periodic(say);
	uint64_t began = rd_now_ms();
	uint32_t random;

	rd_random(&random, sizeof(random));
	if (n)
		speak(speech, say->periodic[(say->random ? random : caller->periodic_next++) % n]);
	say = saying(caller); /* a reload may have changed it meanwhile */
	caller->periodic_at_ms =
		(say->relative ? rd_now_ms() : began) + (uint64_t)RD_MAX(say->periodic_ms, 1000);
}

static uint64_t periodic_due(const struct queue_caller *caller)
{
	const struct queue_saying *say = saying(caller);
	int first_ms = say->startdelay_ms ? say->startdelay_ms : say->periodic_ms;

	if (!say->periodic_ms)
		return UINT64_MAX;
	return caller->periodic_at_ms ? caller->periodic_at_ms
				      : caller->joined_ms + (uint64_t)first_ms;
}

/* -- all of it ------------------------------------------------------------------------ */

uint64_t queue_announce_due(const struct queue_caller *caller)
{
	uint64_t place = place_due(caller), periodic = periodic_due(caller);

	return RD_MIN(place, periodic);
}

static void find_stop_keys(struct speech *speech, struct queue_caller *caller)
{
	size_t n = 0;

	for (const char *key = RD_ANY_DIGIT; *key; key++)
		if (queue_exit_key(caller, *key))
			speech->stop_keys[n++] = *key;
	speech->stop_keys[n] = '\0';
	caller->exit_key = '\0';
}

int queue_announce(struct queue_caller *caller)
{
	struct speech speech = { .ch = caller->ch };
	uint64_t now = rd_now_ms();
	bool place = place_due(caller) <= now, periodic = periodic_due(caller) <= now;
	int rc;

	if (!place && !periodic)
		return 0;
	find_stop_keys(&speech, caller);
	queue_sound_end(caller);
	if (place)
		tell_place(&speech, caller);
	if (periodic)
		tell_periodic(&speech, caller);
	if (speech.rc > 0 && queue_exit_key(caller, (char)speech.rc))
		return QUEUE_LEFT_BY_KEY;
	rc = speech.rc < 0 ? speech.rc : queue_sound_begin(caller);
	return rc;
}

int queue_report_hold(const struct queue_caller *caller, struct rd_channel *peer)
{
	struct speech speech = { .ch = peer };
	unsigned waited = (unsigned)((rd_now_ms() - caller->joined_ms) / 1000);

	speak(&speech, saying(caller)->reporthold);
	speak_time(&speech, saying(caller), waited / 60, waited % 60);
	return RD_MIN(speech.rc, 0);
}
