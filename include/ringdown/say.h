/* Ringdown SDK: numbers, digits, letters, dates spoken from prompts. The
 * interface "say", version 1, published by app_say. */
#ifndef RINGDOWN_SAY_H
#define RINGDOWN_SAY_H

#include <time.h>

#include <ringdown/base.h>

struct rd_channel;
struct rd_buf;

#define RD_SAY_NAME    "say"
#define RD_SAY_VERSION 1

/* All yield; stop_keys and results as rd_play(). */
struct rd_say {
	int (*number)(struct rd_channel *ch, int64_t n, const char *gender,
		      const char *stop_keys);
	int (*digits)(struct rd_channel *ch, const char *digits, const char *stop_keys);
	int (*alpha)(struct rd_channel *ch, const char *text, const char *stop_keys);
	int (*phonetic)(struct rd_channel *ch, const char *text, const char *stop_keys);
	/* format as SayUnixTime's: "ABdY 'digits/at' IMp"; NULL the default. */
	int (*unixtime)(struct rd_channel *ch, time_t when, const char *zone,
			const char *format, const char *stop_keys);
	/* Append the prompts of a number, "digits/20&digits/3", for who plays them himself.
	 * Does not yield. */
	void (*write_number)(struct rd_buf *out, int64_t n);
};

#endif
