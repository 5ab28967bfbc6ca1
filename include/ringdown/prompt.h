/* Ringdown SDK: what a caller hears, says and presses. All of these want a
 * leg that is up, or rings with early media, and return -ECANCELED when the
 * leg goes. Keys pressed while nobody listened are kept and count. */
#ifndef RINGDOWN_PROMPT_H
#define RINGDOWN_PROMPT_H

#include <ringdown/base.h>
#include <ringdown/str.h>

struct rd_channel;
struct rd_config_report;
struct rd_sound;

#define RD_ANY_DIGIT "0123456789*#ABCD"

RD_API_BEGIN

/**
 * Play a prompt; returns when it ends or a key of stop_keys is pressed.
 *
 * @prompt     name without extension, searched in sounds/de_AT, then sounds/de,
 *             sounds/en and sounds itself; one that begins with / is a path; "a&b"
 *             plays one after the other, and leaves out what is not there
 * @stop_keys  "" or NULL for none
 *
 * 0 at the end, the key, -ENOENT where nothing of it is there, -ENOMEM, -ECANCELED.
 * What cannot be played is logged here. A leg without sound waits as long as the
 * prompt lasts. Yields.
 */
RD_YIELDS int rd_play(struct rd_channel *ch, const char *prompt, const char *stop_keys);

/* With control keys, as ControlPlayback. *offset_ms: where to start, where it
 * stopped. Returns the stop key, 0 at the end, or negative as rd_play(). Yields. */
struct rd_play_control {
	const char *forward, *rewind, *stop, *pause, *restart; /* sets of keys */
	int skip_ms;
	int64_t offset_ms;
	void *reserved[2];
};
RD_YIELDS int rd_play_controlled(struct rd_channel *ch, const char *prompt,
				 struct rd_play_control *control);

/* Start and go on; a second start replaces it. Background, hold music. 0, also for a
 * leg without sound, -ENOENT, -ENOMEM, -ECANCELED: nothing is played then. Yields. */
RD_YIELDS int rd_play_start(struct rd_channel *ch, const char *prompt, bool loop);
/* Harmless when nothing is played, as those below. */
void rd_play_stop(struct rd_channel *ch);
/* Music of a class ("" for the channel's own, then "default"). The same. Yields. */
RD_YIELDS int rd_music_start(struct rd_channel *ch, const char *class_name);
void rd_music_stop(struct rd_channel *ch);
/* Has musiconhold.conf such a class; in a review, the one that is to be in force? True for ""
 * and "default", and where nobody can say. */
bool rd_music_exists(const char *class_name);
/* In a review: warn where it has not. what: "[support] musicclass". */
void rd_music_review(struct rd_config_report *report, const char *file, int line, const char *what,
		     const char *class_name);

/* Is there such a prompt for this language? Yields (looks at the disk). */
RD_YIELDS bool rd_prompt_exists(const char *prompt, const char *language);
/* While a doctor asks (rd_config_is_examined(); at other times nothing is done): warn of those
 * of "a&b" that are in no language. what: how they are called there, "[support] announce".
 * Reads the disk; rd_options_read() does it for options with .prompt. */
void rd_prompt_examine(struct rd_config_report *report, const char *file, int line,
		       const char *what, const char *prompts);

/* A prompt by its path, without extension: its file is another one now. Otherwise one that
 * was heard within the last second is not looked at again. */
void rd_prompt_changed(const char *path);

/* "dial", "busy", "ring", "congestion", ... of the channel's country, or a
 * tone list as in indications.conf: "425/500,0/500" "!950/330,!1400/330".
 * "1004@0" is at 0 dBm0, "1004@-10" 10 dB below. 0, also for a leg without sound,
 * -EINVAL (logged): it is neither; -ENOMEM. */
int rd_tone_start(struct rd_channel *ch, const char *tone);
/* Silence; does not yield. */
void rd_tone_stop(struct rd_channel *ch);
/* Is this a country whose tones indications.conf has ("us" without that file)? In a
 * build it is the file as it is read anew; any thread may ask. */
bool rd_tone_zone_known(const char *country);

/* The key, -ETIMEDOUT, or -ECANCELED. Yields. */
RD_YIELDS int rd_read_digit(struct rd_channel *ch, int timeout_ms);

/* Keys until max, until one of end_keys (not stored), or until timeouts:
 * first_ms for the first, next_ms between. buf holds max + 1. Returns the
 * number stored (also after a time-out), or -ECANCELED. *ended: the end key, or 0.
 * Yields. */
RD_YIELDS int rd_read_digits(struct rd_channel *ch, char *buf, int max,
			     const char *end_keys, int first_ms, int next_ms,
			     int *ended);

struct rd_record_options {
	const char *path;	/* without extension */
	const char *format;	/* "wav", "ulaw", ... */
	const char *stop_keys;
	int max_ms;		/* 0: no limit */
	int silence_ms;		/* stop after so much silence; 0: never */
	bool append, beep;
	bool keep_on_hangup;
	int gain_db; /* louder than he is, or softer: -24 to 24 */
	void *reserved[1];
};
struct rd_record_result {
	int64_t length_ms, bytes;
	int key;	  /* that stopped it, or 0 */
	bool by_silence, by_limit;
	void *reserved[2];
};
/* Record the caller. 0, -ECANCELED (with *result filled), -ENOSPC, ... Yields. */
RD_YIELDS int rd_record(struct rd_channel *ch, const struct rd_record_options *options,
			struct rd_record_result *result);

/* Send back what is heard until '#' (0), or -ECANCELED: it is gone. Yields. */
RD_YIELDS int rd_echo(struct rd_channel *ch);

RD_API_END

#endif
