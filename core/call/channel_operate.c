/* What a channel does to its far end: answer, show, send, transfer. Where a
 * technology cannot show something, the caller hears it instead. */
#include <string.h>

#include <ringdown/app.h>
#include <ringdown/clock.h>
#include <ringdown/prompt.h>

#include "core/call/call.h"

enum {
	ANSWER_MS = 35000,   /* a driver that answers later hangs up by itself */
	TRANSFER_MS = 180000, /* as long as it may ring elsewhere */
	DIGIT_MS = 100,
	LONG_PAUSE_MS = 1000,
	SHORT_PAUSE_MS = 500,
};

static int tell_answer(struct rd_channel *ch)
{
	struct rd__usage *outer;
	int rc = 0;

	outer = rd__tech_enter(ch->tech);
	if (ch->tech->answer)
		rc = ch->tech->answer(ch);
	rd__tech_leave(outer);
	return rc;
}

int rd_answer(struct rd_channel *ch)
{
	int rc;

	RD_CHECK(ch, RD__CHANNEL_MAGIC);
	if (ch->state == RD_CHANNEL_GONE)
		return -ECANCELED;
	rd__transfer_answered(ch);
	if (ch->state == RD_CHANNEL_UP || ch->outgoing)
		return 0;
	rd_tone_stop(ch);
	rc = tell_answer(ch);
	if (rc == -EINPROGRESS) {
		rc = rd_channel_wait_for(ch, RD_SIGNAL_BIT(RD_SIGNAL_ANSWER), ANSWER_MS, NULL);
		return rc;
	}
	if (!rc)
		rd__channel_set_state(ch, RD_CHANNEL_UP);
	return rc;
}

/* -- showing ------------------------------------------------------------------- */

static const char *tone_of(enum rd_indication what)
{
	switch (what) {
	case RD_INDICATE_RINGING:
		return "ring";
	case RD_INDICATE_BUSY:
		return "busy";
	case RD_INDICATE_CONGESTION:
	case RD_INDICATE_INCOMPLETE:
		return "congestion";
	default:
		return NULL;
	}
}

int rd_indicate(struct rd_channel *ch, enum rd_indication what)
{
	struct rd__usage *outer;
	int rc = -ENOSYS;

	RD_CHECK(ch, RD__CHANNEL_MAGIC);
	if (ch->state == RD_CHANNEL_GONE)
		return -ECANCELED;
	if (rd__transfer_shown(ch, what))
		return -ECANCELED;
	if (what == RD_INDICATE_PROGRESS && (ch->early || ch->state == RD_CHANNEL_UP))
		return 0;
	if (ch->state != RD_CHANNEL_UP || !tone_of(what)) {
		outer = rd__tech_enter(ch->tech);
		if (ch->tech->indicate)
			rc = ch->tech->indicate(ch, what);
		rd__tech_leave(outer);
	}
	if (what == RD_INDICATE_PROGRESS && (rc == 0 || rc == -ENOSYS))
		ch->early = true;
	if (rc == -ENOSYS && tone_of(what))
		return rd_tone_start(ch, tone_of(what));
	return rc;
}

/* -- sending --------------------------------------------------------------------- */

/* By the technology where it has a way of its own, else in the sound. */
static int send_digit(struct rd_channel *ch, char digit, int ms)
{
	struct rd__usage *outer;
	struct rd_stream *stream = rd_channel_stream(ch, RD_MEDIA_AUDIO);
	int rc = -ENOSYS;

	outer = rd__tech_enter(ch->tech);
	if (ch->tech->send_digit)
		rc = ch->tech->send_digit(ch, digit, ms);
	rd__tech_leave(outer);
	if (rc == -ENOSYS && stream)
		rc = rd_stream_send_digit(stream, digit, ms);
	return rc;
}

int rd_send_digits(struct rd_channel *ch, const char *digits, int ms, int gap_ms)
{
	int rc = 0;

	ms = ms > 0 ? ms : DIGIT_MS;
	gap_ms = gap_ms > 0 ? gap_ms : DIGIT_MS;
	for (; *digits && !rc; digits++) {
		int pause = ms + gap_ms;

		if (rd_channel_gone(ch))
			return -ECANCELED;
		if (*digits == 'w')
			pause = SHORT_PAUSE_MS;
		else if (*digits == 'W')
			pause = LONG_PAUSE_MS;
		else if (strchr("0123456789*#ABCDabcd", *digits))
			rc = send_digit(ch, *digits, ms);
		else
			pause = 0;
		if (!pause)
			rd_app_warning(ch, "no key \"%c\" can be sent: it is passed over", *digits);
		else if (!rc)
			rc = rd_channel_sleep(ch, pause);
	}
	return rc;
}

int rd_channel_send_digit(struct rd_channel *ch, char digit, int ms)
{
	if (rd_channel_gone(ch))
		return -ECANCELED;
	return send_digit(ch, digit, ms > 0 ? ms : DIGIT_MS);
}

int rd_send_text(struct rd_channel *ch, const char *text)
{
	struct rd__usage *outer;
	int rc = -ENOSYS;

	if (rd_channel_gone(ch))
		return -ECANCELED;
	outer = rd__tech_enter(ch->tech);
	if (ch->tech->send_text)
		rc = ch->tech->send_text(ch, text);
	rd__tech_leave(outer);
	return rc;
}

/* "SIP/1003", "PJSIP/1003" or "1003": what the technology makes of it; NULL: it is
 * another technology's. */
static const char *own_part(const struct rd_channel *ch, const char *target)
{
	const char *slash = strchr(target, '/');
	const struct rd_tech *tech;
	char name[32];

	if (!slash ||
	    !rd_strcpyn(name, sizeof(name), (struct rd_str){ target, (size_t)(slash - target) }))
		return target;
	tech = rd_tech_find(name);
	if (!tech)
		return target;
	/* Of a channel that an old file of its driver has made there is another row. */
	return strcmp(tech->name, ch->tech->name) == 0 ? slash + 1 : NULL;
}

int rd_transfer(struct rd_channel *ch, const char *target)
{
	struct rd__usage *outer;
	struct rd_signal signal;
	int rc = -ENOSYS;

	if (rd_channel_gone(ch))
		return -ECANCELED;
	target = own_part(ch, target);
	outer = rd__tech_enter(ch->tech);
	if (ch->tech->transfer && target)
		rc = ch->tech->transfer(ch, target);
	rd__tech_leave(outer);
	if (rc != -EINPROGRESS)
		return rc;
	rc = rd_channel_wait_for(ch, RD_SIGNAL_BIT(RD_SIGNAL_TRANSFER), TRANSFER_MS, &signal);
	if (rc)
		return rc;
	if (*signal.text)
		rd_var_set(ch, "TRANSFERSTATUSPROTOCOL", signal.text);
	return signal.number;
}
