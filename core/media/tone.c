/* Tones: reading a list, and the sine that makes it sound. */
#include <math.h>
#include <string.h>

#include <ringdown/str.h>

#include "core/media/dtmf.h"
#include "core/media/media.h"
#include "core/media/sound.h"
#include "core/media/tone.h"

enum {
	SINE_BITS = 11,
	SINE_SIZE = 1 << SINE_BITS,
	/* -13 dB of full scale for each of two: loud, and never clipped. */
	TONE_LEVEL = 7219,
	DIGIT_LEVEL = 7219,
	/* 0 dBm0: 3.17 dB below the loudest sine of mu-law. */
	ZERO_DBM0 = 22658,
	DBM0_MIN = 60, /* below zero */
	HZ_MAX = 4000,
	NOTE_MAX = 107, /* of MIDI: 3,951 Hz */
	NOTE_A = 69,
	MS_MAX = 3600000,
	BEEP_RATE = 8000,
	BEEP_SAMPLES = 2400,
};

static int16_t sine[SINE_SIZE + 1];

void rd__tone_setup(void)
{
	if (sine[SINE_SIZE / 4])
		return;
	for (int i = 0; i <= SINE_SIZE; i++)
		sine[i] = (int16_t)lrint(32767 * sin(2 * M_PI * i / SINE_SIZE));
}

/* ---- sounding ---- */

static int32_t sine_at(uint32_t phase)
{
	uint32_t i = phase >> (32 - SINE_BITS);
	int32_t fraction = (int32_t)(phase >> (16 - SINE_BITS) & 0xffff);

	return sine[i] + ((sine[i + 1] - sine[i]) * fraction >> 16);
}

static uint32_t step_of(int hz, int rate)
{
	return (uint32_t)(((uint64_t)(unsigned)hz << 32) / (unsigned)rate);
}

void rd__tone_sound(struct rd__oscillator *oscillator, const struct rd__tone *tone, int rate,
		    int16_t *samples, size_t count)
{
	uint32_t step[2] = { step_of(tone->hz[0], rate), step_of(tone->hz[1], rate) };

	for (size_t i = 0; i < count; i++) {
		int32_t a = tone->hz[0] ? sine_at(oscillator->phase[0]) : 0;
		int32_t b = tone->hz[1] ? sine_at(oscillator->phase[1]) : 0;

		/* Full depth: from silence to the double, and back. */
		if (tone->modulated)
			b = (int32_t)((int64_t)a * b / 32767);
		samples[i] = (int16_t)((a + b) * tone->level / 32767);
		oscillator->phase[0] += step[0];
		oscillator->phase[1] += step[1];
	}
}

static void next_tone(const struct rd__tones *tones, struct rd__tone_voice *voice)
{
	voice->done = 0;
	voice->at = voice->at + 1 < tones->count ? voice->at + 1 : tones->loop_from;
	memset(&voice->oscillator, 0, sizeof(voice->oscillator));
}

size_t rd__tones_read(const struct rd__tones *tones, struct rd__tone_voice *voice, int rate,
		      int16_t *samples, size_t count)
{
	size_t given = 0;

	while (given < count && voice->at < tones->count) {
		const struct rd__tone *tone = &tones->tone[voice->at];
		size_t n = count - given;

		if (tone->ms) {
			size_t all = (size_t)((int64_t)tone->ms * rate / 1000);

			n = RD_MIN(n, all - RD_MIN(voice->done, all));
		}
		rd__tone_sound(&voice->oscillator, tone, rate, samples + given, n);
		given += n;
		voice->done += (uint32_t)n;
		if (given < count)
			next_tone(tones, voice);
	}
	return given;
}

void rd__tone_digit(struct rd__oscillator *oscillator, char digit, int rate,
		    int16_t *samples, size_t count)
{
	static const int rows[] = { 697, 770, 852, 941 };
	static const int columns[] = { 1209, 1336, 1477, 1633 };
	/* In the order of the events: "0123456789*#ABCD". */
	static const char keys[] = "123A456B789C*0#D";
	const char *key = digit ? strchr(keys, digit) : NULL;
	struct rd__tone tone = { .level = DIGIT_LEVEL };

	if (key) {
		tone.hz[0] = rows[(key - keys) / 4];
		tone.hz[1] = columns[(key - keys) % 4];
	}
	rd__tone_sound(oscillator, &tone, rate, samples, count);
}

int rd__sound_beep(struct rd__sound **sp)
{
	static const struct rd__tone tone = { .hz = { 1000 }, .level = DIGIT_LEVEL };
	struct rd__oscillator oscillator = { 0 };
	int rc = rd__sound_alloc(sp, BEEP_SAMPLES, BEEP_RATE);

	if (rc)
		return rc;
	rd__tone_setup();
	rd__tone_sound(&oscillator, &tone, BEEP_RATE, (*sp)->samples, BEEP_SAMPLES);
	return 0;
}

/* ---- reading a list ---- */

static void skip_blanks(struct rd_str *s)
{
	while (s->n && (s->p[0] == ' ' || s->p[0] == '\t')) {
		s->p++;
		s->n--;
	}
}

/* A number at the head of *s; -1 when there is none or it is over max. */
static int take_number(struct rd_str *s, int max)
{
	int n = -1;

	skip_blanks(s);
	while (s->n && s->p[0] >= '0' && s->p[0] <= '9') {
		n = RD_MAX(n, 0) * 10 + (s->p[0] - '0');
		if (n > max)
			return -1;
		s->p++;
		s->n--;
	}
	return n;
}

static bool take_char(struct rd_str *s, char c)
{
	skip_blanks(s);
	if (!s->n || s->p[0] != c)
		return false;
	s->p++;
	s->n--;
	return true;
}

/* "440", or a note of MIDI: "M69". */
static int take_hz(struct rd_str *s)
{
	int note;

	if (!take_char(s, 'M'))
		return take_number(s, HZ_MAX);
	note = take_number(s, NOTE_MAX);
	return note < 0 ? -1 : (int)lrint(440 * pow(2, (note - NOTE_A) / 12.0));
}

/* "@0", "@-10": 0 to 60 dB below. */
static bool take_level(struct rd_str *s, int *level)
{
	int db;

	if (!take_char(s, '@'))
		return true;
	take_char(s, '-');
	db = take_number(s, DBM0_MIN);
	*level = (int)lrint(ZERO_DBM0 * pow(10, -db / 20.0));
	return db >= 0;
}

static bool parse_tone(struct rd__tone *tone, struct rd_str s)
{
	memset(tone, 0, sizeof(*tone));
	tone->once = take_char(&s, '!');
	tone->hz[0] = take_hz(&s);
	if (tone->hz[0] < 0)
		return false;
	tone->modulated = take_char(&s, '*');
	if (tone->modulated || take_char(&s, '+'))
		tone->hz[1] = take_hz(&s);
	tone->level = TONE_LEVEL;
	if (!take_level(&s, &tone->level))
		return false;
	/* Two tones together must not be clipped. */
	if (tone->hz[1] && tone->level > 16383)
		return false;
	if (take_char(&s, '/'))
		tone->ms = take_number(&s, MS_MAX);
	return s.n == 0 && tone->hz[1] >= 0 && tone->ms >= 0;
}

static void find_loop(struct rd__tones *tones)
{
	tones->loop_from = 0;
	while (tones->loop_from < tones->count && tones->tone[tones->loop_from].once)
		tones->loop_from++;
	/* What is repeated must take time. */
	for (int i = tones->loop_from; i < tones->count; i++)
		if (!tones->tone[i].ms || tones->tone[i].ms >= 10)
			return;
	tones->loop_from = tones->count;
}

/* An element without a duration sounds for ever, but for the last of a list
 * that does not repeat: "!950/330,!1800/330,0" ends in silence. */
static int parse_list(struct rd__tones *tones, const char *list, const char **wrong)
{
	struct rd_str rest = rd_str_of(list), element;
	char between = strchr(list, '|') ? '|' : ',';
	const char *at;

	do {
		at = rest.p;
		rd_str_cut(&rest, between, &element);
		if (tones->count && !rd_str_trim(rest).n && !rd_str_trim(element).n)
			break; /* the last one is followed by a comma */
		if (tones->count == RD__TONES_MAX ||
		    !parse_tone(&tones->tone[tones->count], rd_str_trim(element))) {
			*wrong = at;
			return -EINVAL;
		}
		tones->count++;
	} while (rest.p);
	find_loop(tones);
	return 0;
}

int rd__tones_new(struct rd__tones **tp, const char *list, const char **wrong)
{
	const char *ignored;
	struct rd__tones *tones =
		rd_zalloc(sizeof(*tones) + RD__TONES_MAX * sizeof(tones->tone[0]));
	int rc;

	if (!tones)
		return -ENOMEM;
	rd__tone_setup();
	rc = parse_list(tones, list, wrong ? wrong : &ignored);
	if (rc) {
		rd_free(tones);
		return rc;
	}
	*tp = tones;
	return 0;
}

void rd__tones_free(struct rd__tones *tones)
{
	rd_free(tones);
}
