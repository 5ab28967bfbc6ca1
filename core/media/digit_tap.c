/* In-band keys, by spandsp's detector. While a key is heard, its sound does not
 * reach a peer who gets keys otherwise (hear.c). */
#include "core/media/digit_tap.h"

#include <spandsp.h>

#include "core/media/line.h"
#include "core/media/stream.h"
#include "core/media/tap.h"

enum {
	RATE = 8000,
	BLOCK = 102, /* samples that are looked at together */
	PIECE = 40,  /* 5 ms */
	ABSENT = 280, /* so long until it has ended */
	/* Phones and the lines behind them: 8 dB, and what a codec adds. */
	TWIST_MAX = 10,
	REVERSE_TWIST_MAX = 10,
	LEVEL_MIN = -42, /* dBm0 */
};

/* ---- the detector ---- */

/* Of two, half a block of samples apart: a short key fits whole blocks of one. */
struct half {
	dtmf_rx_state_t *rx;
	char digit;
};

struct rd__digit_detector {
	struct half half[2];
	void (*told)(void *arg, char digit, int ms);
	void *arg;
	char digit;	      /* that sounds; 0: none */
	int64_t heard, since, lost; /* samples */
};

/* What sounds goes on as long as one of them says so. */
static char digit_now(const struct rd__digit_detector *detector)
{
	char one = detector->half[0].digit, other = detector->half[1].digit;

	if (detector->digit && (one == detector->digit || other == detector->digit))
		return detector->digit;
	return one ? one : other;
}

static void tell_end(struct rd__digit_detector *detector)
{
	int64_t length = detector->lost - detector->since;

	detector->told(detector->arg, detector->digit, (int)(length * 1000 / RATE));
	detector->digit = 0;
}

static void tell_begin(struct rd__digit_detector *detector, char digit)
{
	detector->digit = digit;
	detector->since = detector->heard;
	detector->told(detector->arg, digit, -1);
}

/* A key that is gone for a moment is still the same one. */
static void update(struct rd__digit_detector *detector)
{
	char now = digit_now(detector);

	if (now == detector->digit) {
		detector->lost = detector->heard;
		return;
	}
	if (detector->digit && (now || detector->heard - detector->lost >= ABSENT))
		tell_end(detector);
	if (now) {
		tell_begin(detector, now);
		detector->lost = detector->heard;
	}
}

static void changed(void *arg, int code, int level, int delay)
{
	struct half *half = arg;

	(void)level;
	(void)delay;
	half->digit = (char)code;
}

static int start_half(struct rd__digit_detector *detector, int i)
{
	static const int16_t silence[BLOCK / 2];
	struct half *half = &detector->half[i];

	half->rx = dtmf_rx_init(NULL, NULL, NULL);
	if (!half->rx)
		return -ENOMEM;
	dtmf_rx_set_realtime_callback(half->rx, changed, half);
	dtmf_rx_parms(half->rx, 0, TWIST_MAX, REVERSE_TWIST_MAX, LEVEL_MIN);
	dtmf_rx(half->rx, silence, i * BLOCK / 2);
	return 0;
}

int rd__digit_detector_new(struct rd__digit_detector **dp,
			   void (*told)(void *arg, char digit, int ms), void *arg)
{
	struct rd__digit_detector *detector = rd_zalloc(sizeof(*detector));
	int rc = 0;

	if (!detector)
		return -ENOMEM;
	detector->told = told;
	detector->arg = arg;
	for (int i = 0; i < 2 && !rc; i++)
		rc = start_half(detector, i);
	if (rc)
		rd__digit_detector_free(detector);
	else
		*dp = detector;
	return rc;
}

void rd__digit_detector_free(struct rd__digit_detector *detector)
{
	for (int i = 0; i < 2; i++)
		if (detector->half[i].rx)
			dtmf_rx_free(detector->half[i].rx);
	rd_free(detector);
}

/* samples NULL: lost. */
static void hear_piece(struct rd__digit_detector *detector, const int16_t *samples, size_t count)
{
	for (int i = 0; i < 2; i++) {
		if (samples)
			dtmf_rx(detector->half[i].rx, samples, (int)count);
		else
			dtmf_rx_fillin(detector->half[i].rx, (int)count);
	}
	detector->heard += (int64_t)count;
	update(detector);
}

void rd__digit_detector_hear(struct rd__digit_detector *detector, const int16_t *samples,
			     size_t count)
{
	if (!samples) {
		hear_piece(detector, NULL, count);
		return;
	}
	/* In small pieces, so that lengths are known better than to a packet. */
	for (size_t n; count; samples += n, count -= n) {
		n = RD_MIN(count, (size_t)PIECE);
		hear_piece(detector, samples, n);
	}
}

/* ---- the tap ---- */

struct rd__digit_tap {
	struct rd__tap tap;
	struct rd__digit_detector *detector;
	struct rd__line *line; /* while it hears */
};

static void tap_free(struct rd__digit_tap *it)
{
	rd__tap_fini(&it->tap);
	rd__digit_detector_free(it->detector);
	rd_free(it);
}

static void told(void *arg, char digit, int ms)
{
	struct rd__digit_tap *it = arg;

	it->line->digit_heard = ms < 0;
	rd__line_notice(it->line, ms < 0 ? RD_STREAM_DIGIT_BEGIN : RD_STREAM_DIGIT, digit,
			RD_MAX(ms, 0));
}

static void hear(struct rd__tap *tap, struct rd__line *line, enum rd__tap_side side,
		 const int16_t *samples, size_t count)
{
	struct rd__digit_tap *it = RD_CONTAINER_OF(tap, struct rd__digit_tap, tap);

	(void)side;
	it->line = line;
	rd__digit_detector_hear(it->detector, samples, count);
}

static void leave(struct rd__tap *tap, struct rd__line *line, bool closing)
{
	(void)tap;
	(void)closing;
	line->digit_heard = false;
}

static void left(struct rd__tap *tap, bool closing)
{
	(void)closing;
	tap_free(RD_CONTAINER_OF(tap, struct rd__digit_tap, tap));
}

static int listen_for_digits(struct rd_stream *stream)
{
	static const struct rd__tap_ops ops = { .hear = hear, .leave = leave, .left = left };
	struct rd__digit_tap *it = rd_zalloc(sizeof(*it));
	int rc;

	if (!it)
		return -ENOMEM;
	rc = rd__digit_detector_new(&it->detector, told, it);
	if (rc) {
		rd_free(it);
		return rc;
	}
	rc = rd__tap_init(&it->tap, &ops, 1u << RD__TAP_IN, RATE);
	if (!rc)
		rc = rd__stream_tap(stream, &it->tap);
	if (rc)
		tap_free(it);
	else
		stream->digit_tap = it;
	return rc;
}

int rd__digit_tap_configure(struct rd_stream *stream)
{
	bool wanted = rd_stream_config(stream)->dtmf_inband;

	if (wanted == (stream->digit_tap != NULL))
		return 0;
	if (wanted)
		return listen_for_digits(stream);
	rd__stream_untap(&stream->digit_tap->tap);
	stream->digit_tap = NULL;
	return 0;
}
