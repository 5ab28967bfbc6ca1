/* An application: Morse(text[,options]) plays the text as Morse code. It reads as what
 * it does, from top to bottom, because it may wait. */
#define RD_MODULE_NAME "app_morse"

#include <ctype.h>
#include <string.h>

#include <ringdown/channel.h>
#include <ringdown/module.h>
#include <ringdown/prompt.h>

enum { UNIT_MS = 80 }; /* of a dot: 15 words a minute */

static const char *const letters[] = {
	".-",   "-...", "-.-.", "-..",  ".",   "..-.", "--.",  "....", "..",
	".---", "-.-",  ".-..", "--",   "-.",  "---",  ".--.", "--.-", ".-.",
	"...",  "-",    "..-",  "...-", ".--", "-..-", "-.--", "--..",
};
static const char *const digits[] = {
	"-----", ".----", "..---", "...--", "....-", ".....", "-....", "--...", "---..", "----.",
};

/* NULL: it has none. */
static const char *code_of(char c)
{
	if (c >= '0' && c <= '9')
		return digits[c - '0'];
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'z' ? letters[c - 'a'] : NULL;
}

/* So many units of a tone, or of silence: 0, the key that was pressed, or negative. */
static int pass(struct rd_channel *ch, const char *tone, int units)
{
	int rc = tone ? rd_tone_start(ch, tone) : 0;

	if (rc)
		return rc;
	rc = rd_read_digit(ch, units * UNIT_MS);
	if (tone)
		rd_tone_stop(ch);
	return rc == -ETIMEDOUT ? 0 : rc;
}

static int play_letter(struct rd_channel *ch, const char *code, const char *tone)
{
	int rc = 0;

	for (; *code && rc == 0; code++) {
		rc = pass(ch, tone, *code == '-' ? 3 : 1);
		if (rc == 0)
			rc = pass(ch, NULL, 1);
	}
	return rc ? rc : pass(ch, NULL, 2); /* between letters: three in all */
}

static int play_text(struct rd_channel *ch, const char *text, const char *tone)
{
	int rc = 0;

	for (; *text && rc == 0; text++) {
		const char *code = code_of(*text);

		rc = code ? play_letter(ch, code, tone) : pass(ch, NULL, 4);
	}
	return rc;
}

enum { TONE = 1 };

static const struct rd_app_option options[] = {
	{ .letter = 't', .has_arg = true, .bit = TONE, .arg = 0 },
	{ 0 },
};

static int morse_app(struct rd_channel *ch, const char *args)
{
	struct rd_app_options given;
	const char *argv[2], *tone = "800";
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, 2);

	if (rc >= 0)
		rc = rd_app_read_options(ch, options, argv[1], &given);
	if (rc >= 0)
		rc = rd_answer(ch);
	if (rc < 0)
		return rc;
	if (given.flags & TONE && given.args[0])
		tone = given.args[0];
	rc = play_text(ch, argv[0], tone);
	if (rc < 0)
		return rc;
	return rd_var_set(ch, "MORSESTATUS", rc ? "STOPPED" : "PLAYED");
}

static const char *check_argv(struct rd_pool *pool, const char *const *argv, char *buf, size_t size)
{
	if (!argv[0][0])
		return "there is no text to be played";
	return rd_app_check_options(pool, options, argv[1], buf, size);
}

static const char *check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, 2, check_argv, buf, size);
}

static const struct rd_app apps[] = {
	{ .name = "Morse",
	  .run = morse_app,
	  .check = check,
	  .synopsis = "Play a text as Morse code",
	  .syntax = "Morse(text[,t(tone)])",
	  .description = "Any key stops it. MORSESTATUS becomes PLAYED or STOPPED.\n"
			 "t(tone): another one than 800 Hz, or a list as indications.conf has it" },
	{ 0 },
};

RD_MODULE(.name = RD_MODULE_NAME, .synopsis = "Morse code", .apps = apps);
