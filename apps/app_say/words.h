/* What is said, as a list of prompts: "digits/20&digits/3". English order.
 * Pure text: these functions play nothing and never wait. */
#ifndef APPS_APP_SAY_WORDS_H
#define APPS_APP_SAY_WORDS_H

#include <time.h>

#include <ringdown/str.h>

/* All append to out; an allocation that fails shows in out->failed. */
void say_number(struct rd_buf *out, int64_t n);
/* 21: "twenty-first". 1 to 999. */
void say_ordinal(struct rd_buf *out, int n);
/* Digits, * # and -; other characters are passed over. */
void say_digits(struct rd_buf *out, const char *digits);
void say_alpha(struct rd_buf *out, const char *text);
void say_phonetic(struct rd_buf *out, const char *text);

/**
 * A time by the letters of SayUnixTime: A B d Y I M p and so on, 'file' for
 * a prompt. when and now are broken down in the zone wanted (now: for
 * "today", "yesterday"). *unknown gets the first letter that is not known,
 * else it is 0.
 */
void say_time(struct rd_buf *out, const struct tm *when, const struct tm *now,
	      const char *format, char *unknown);

#endif
