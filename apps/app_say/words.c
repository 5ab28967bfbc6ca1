/* Numbers, digits and letters as lists of prompts. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

#include "apps/app_say/words.h"

static void add(struct rd_buf *out, const char *prompt)
{
	if (out->n)
		rd_buf_addc(out, '&');
	rd_buf_adds(out, prompt);
}

static void add_digit(struct rd_buf *out, const char *prefix, int n)
{
	if (out->n)
		rd_buf_addc(out, '&');
	rd_buf_printf(out, "digits/%s%d", prefix, n);
}

/* 1 to 999. */
static void say_below_thousand(struct rd_buf *out, int n)
{
	if (n >= 100) {
		add_digit(out, "", n / 100);
		add(out, "digits/hundred");
		n %= 100;
	}
	if (n >= 20) {
		add_digit(out, "", n / 10 * 10);
		n %= 10;
	}
	if (n)
		add_digit(out, "", n);
}

void say_number(struct rd_buf *out, int64_t n)
{
	static const struct {
		uint64_t unit;
		const char *prompt;
	} scales[] = {
		{ 1000000000, "digits/billion" },
		{ 1000000, "digits/million" },
		{ 1000, "digits/thousand" },
	};
	uint64_t left = n < 0 ? -(uint64_t)n : (uint64_t)n;

	if (n < 0)
		add(out, "digits/minus");
	if (n == 0)
		add_digit(out, "", 0);
	if (left >= UINT64_C(1000000000000)) {
		char digits[24];

		/* beyond all words: digit by digit */
		snprintf(digits, sizeof(digits), "%" PRIu64, left);
		say_digits(out, digits);
		return;
	}
	for (size_t i = 0; i < RD_ARRAY_SIZE(scales); i++) {
		if (left < scales[i].unit)
			continue;
		say_below_thousand(out, (int)(left / scales[i].unit));
		add(out, scales[i].prompt);
		left %= scales[i].unit;
	}
	say_below_thousand(out, (int)left);
}

void say_ordinal(struct rd_buf *out, int n)
{
	if (n >= 100) {
		add_digit(out, "", n / 100);
		add(out, n % 100 ? "digits/hundred" : "digits/h-hundred");
		n %= 100;
	}
	if (n > 20 && n % 10) {
		add_digit(out, "", n / 10 * 10);
		n %= 10;
	}
	if (n)
		add_digit(out, "h-", n);
}

void say_digits(struct rd_buf *out, const char *digits)
{
	for (; *digits; digits++) {
		if (isdigit((unsigned char)*digits))
			add_digit(out, "", *digits - '0');
		else if (*digits == '*')
			add(out, "digits/star");
		else if (*digits == '#')
			add(out, "digits/pound");
		else if (*digits == '-')
			add(out, "digits/minus");
	}
}

/* The prompt of a sign that has a name, NULL for another. */
static const char *sign_prompt(char c)
{
	static const struct {
		char c;
		const char *prompt;
	} signs[] = {
		{ '!', "letters/exclaimation-point" },
		{ '@', "letters/at" },
		{ '$', "letters/dollar" },
		{ '*', "letters/asterisk" },
		{ '-', "letters/dash" },
		{ '.', "letters/dot" },
		{ '=', "letters/equals" },
		{ '+', "letters/plus" },
		{ '/', "letters/slash" },
		{ ' ', "letters/space" },
		{ '#', "digits/pound" },
	};

	for (size_t i = 0; i < RD_ARRAY_SIZE(signs); i++)
		if (signs[i].c == c)
			return signs[i].prompt;
	return NULL;
}

/* One sign, its letter spoken as letter_format says. */
static void say_sign(struct rd_buf *out, char c, const char *folder, const char *suffix)
{
	const char *prompt = sign_prompt(c);

	if (isdigit((unsigned char)c)) {
		add_digit(out, "", c - '0');
	} else if (isalpha((unsigned char)c)) {
		if (out->n)
			rd_buf_addc(out, '&');
		rd_buf_printf(out, "%s/%c%s", folder, tolower((unsigned char)c), suffix);
	} else if (prompt) {
		add(out, prompt);
	} else if (c > ' ' && c < 127) {
		if (out->n)
			rd_buf_addc(out, '&');
		rd_buf_printf(out, "letters/ascii%d", c);
	}
}

void say_alpha(struct rd_buf *out, const char *text)
{
	for (; *text; text++)
		say_sign(out, *text, "letters", "");
}

void say_phonetic(struct rd_buf *out, const char *text)
{
	for (; *text; text++)
		say_sign(out, *text, "phonetic", "_p");
}
