/* SayNumber(), SayDigits(), SayAlpha(), SayPhonetic(), SayUnixTime(), and the
 * same for other modules as the interface "say". What is said is decided in
 * words.c and times.c; here it is played. */
#include <stdlib.h>
#include <string.h>

#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/clock.h>
#include <ringdown/module.h>
#include <ringdown/prompt.h>
#include <ringdown/say.h>
#include <ringdown/zone.h>

#include "apps/app_say/words.h"

#define DEFAULT_TIME_FORMAT "ABdY 'digits/at' IMp"

/* Play the list and free it. */
static int play_words(struct rd_channel *ch, struct rd_buf *words, const char *stop_keys)
{
	int rc = 0;

	if (words->failed)
		rc = -ENOMEM;
	else if (words->n)
		rc = rd_play(ch, rd_buf_text(words), stop_keys);
	rd_buf_fini(words);
	return rc;
}

/* ---- the interface ---------------------------------------------------------- */

static int number(struct rd_channel *ch, int64_t n, const char *gender,
		  const char *stop_keys)
{
	struct rd_buf words;

	(void)gender; /* English has none */
	rd_buf_init(&words);
	say_number(&words, n);
	return play_words(ch, &words, stop_keys);
}

static int digits(struct rd_channel *ch, const char *text, const char *stop_keys)
{
	struct rd_buf words;

	rd_buf_init(&words);
	say_digits(&words, text);
	return play_words(ch, &words, stop_keys);
}

static int alpha(struct rd_channel *ch, const char *text, const char *stop_keys)
{
	struct rd_buf words;

	rd_buf_init(&words);
	say_alpha(&words, text);
	return play_words(ch, &words, stop_keys);
}

static int phonetic(struct rd_channel *ch, const char *text, const char *stop_keys)
{
	struct rd_buf words;

	rd_buf_init(&words);
	say_phonetic(&words, text);
	return play_words(ch, &words, stop_keys);
}

static int unixtime(struct rd_channel *ch, time_t when, const char *zone,
		    const char *format, const char *stop_keys)
{
	struct tm then, now;
	struct rd_buf words;
	char unknown;

	if (zone && *zone && !rd_zone_known(zone))
		rd_app_warning(ch, "there is no timezone \"%s\": the machine's own is said", zone);
	rd_zone_localtime(zone, when, &then);
	rd_zone_localtime(zone, rd_wall(), &now);
	rd_buf_init(&words);
	say_time(&words, &then, &now, format ? format : DEFAULT_TIME_FORMAT, &unknown);
	if (unknown)
		rd_app_warning(ch, "a time format has no '%c': \"%s\"", unknown, format);
	return play_words(ch, &words, stop_keys);
}

static const struct rd_say say = { .number = number,
				   .digits = digits,
				   .alpha = alpha,
				   .phonetic = phonetic,
				   .unixtime = unixtime,
				   .write_number = say_number };

/* ---- the applications --------------------------------------------------------- */

/* Keys dial an extension meanwhile, where SAY_DTMF_INTERRUPT asks for it. */
static const char *interrupt_keys(const struct rd_channel *ch)
{
	const char *value = rd_var_get(ch, "SAY_DTMF_INTERRUPT");

	return value && strcasecmp(value, "true") == 0 ? RD_ANY_DIGIT : NULL;
}

/* A prompt that is missing is said; the call goes on. */
static int outcome(struct rd_channel *ch, const char *what, int rc)
{
	if (rc < 0 && rc != -ECANCELED && rc != -ENOMEM) {
		rd_app_warning(ch, "\"%s\" cannot be said: %s", what, rd_strerror(rc));
		return 0;
	}
	return rc;
}

static int saynumber_app(struct rd_channel *ch, const char *args)
{
	char *end;
	long long n = strtoll(args, &end, 10);

	if (end == args || (*end && *end != ',')) {
		rd_app_warning(ch, "\"%s\" is no number", args);
		return 0;
	}
	return outcome(ch, args, number(ch, n, NULL, interrupt_keys(ch)));
}

static int saydigits_app(struct rd_channel *ch, const char *args)
{
	return outcome(ch, args, digits(ch, args, interrupt_keys(ch)));
}

static int sayalpha_app(struct rd_channel *ch, const char *args)
{
	return outcome(ch, args, alpha(ch, args, interrupt_keys(ch)));
}

static int sayphonetic_app(struct rd_channel *ch, const char *args)
{
	return outcome(ch, args, phonetic(ch, args, interrupt_keys(ch)));
}

static int sayunixtime_app(struct rd_channel *ch, const char *args)
{
	const char *argv[4], *keys;
	double when = (double)rd_wall();
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, 4);

	if (rc < 0)
		return rc;
	if (*argv[0] && rd_zone_read_moment(argv[0], &when)) {
		rd_app_warning(ch, "\"%s\" is no number of seconds since 1970", argv[0]);
		return 0;
	}
	keys = strchr(argv[3], 'j') ? RD_ANY_DIGIT : interrupt_keys(ch);
	return outcome(ch, args,
		       unixtime(ch, (time_t)when, argv[1], *argv[2] ? argv[2] : NULL, keys));
}

static const struct rd_app apps[] = {
	{ .name = "SayNumber",
	  .run = saynumber_app,
	  .synopsis = "Say a number",
	  .syntax = "SayNumber(number)" },
	{ .name = "SayDigits",
	  .run = saydigits_app,
	  .synopsis = "Say digits one by one",
	  .syntax = "SayDigits(digits)" },
	{ .name = "SayAlpha",
	  .run = sayalpha_app,
	  .synopsis = "Spell a text",
	  .syntax = "SayAlpha(text)" },
	{ .name = "SayPhonetic",
	  .run = sayphonetic_app,
	  .synopsis = "Spell a text by the phonetic alphabet",
	  .syntax = "SayPhonetic(text)" },
	{ .name = "SayUnixTime",
	  .run = sayunixtime_app,
	  .synopsis = "Say a date and time",
	  .syntax = "SayUnixTime([seconds[,zone[,format[,j]]]])",
	  .description =
		  "Seconds since 1970, now without. Format: A day, B month, d day of "
		  "the month, Y year, I hour of twelve, H hour, M minute, S second, p "
		  "a.m. or p.m., Q today or date, R 24-hour time, 'name' a prompt; "
		  DEFAULT_TIME_FORMAT " without. j: keys dial an extension." },
	{ 0 }
};

static const struct rd_interface interfaces[] = {
	{ .name = RD_SAY_NAME, .version = RD_SAY_VERSION, .functions = &say },
	{ 0 }
};

RD_MODULE(.name = "app_say", .synopsis = "Say numbers, letters and dates", .apps = apps,
	  .interfaces = interfaces);
