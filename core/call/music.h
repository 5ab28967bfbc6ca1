/* Music on hold between music.c (what a channel hears), music_class.c (what
 * musiconhold.conf says), music_program.c (sound from a program's output) and
 * cmd_music.c (the console). */
#ifndef CORE_CALL_MUSIC_H
#define CORE_CALL_MUSIC_H

#include "core/call/prompt.h"

enum rd__music_mode { RD__MUSIC_FILES, RD__MUSIC_PLAYLIST, RD__MUSIC_CUSTOM };
enum rd__music_sort { RD__SORT_NONE, RD__SORT_ALPHA, RD__SORT_RANDOM, RD__SORT_RANDSTART };

struct rd__music_program;

struct rd__music_class {
	const char *name;
	int mode, sort;
	const char *directory;
	const char *tones; /* instead of all else; NULL */
	const char *announcement; /* before each file; NULL */
	bool answered_only, loop_last, resume;
	char key; /* who hears music and presses it hears this class; 0: none */
	int count;
	const char **files; /* without extension */
	bool playable;	    /* a format that is loaded knows one of the files by its name */
	/* From a program: */
	const char *application;
	const char *codec; /* of its output; NULL: samples of the machine's order */
	int rate;
	int kill_delay_ms;
	bool kill_group;
	struct rd__music_program *program; /* NULL: none */
};

/* One reading of musiconhold.conf; who hears music keeps it. */
struct rd__music {
	int refs;
	struct rd_pool *pool;
	struct rd_map *classes;
	bool prefer_channel_class;
	int count;
	struct rd__music_class **in_order;
};

/* What is heard where there is no class. */
extern const char rd__hold_tone[];

/* NULL: no file. */
struct rd__music *rd__music_in_force(void);
struct rd__music *rd__music_ref(struct rd__music *music);
void rd__music_unref(struct rd__music *music);

/* Run the class's program until stopped; its output is the feed. On the switch
 * thread. 0 or -ENOMEM; a program that cannot be started is tried again. */
int rd__music_program_start(struct rd__music_program **pp, const struct rd__music_class *class);
/* Was it started for a class like this one? */
bool rd__music_program_suits(const struct rd__music_program *program,
			     const struct rd__music_class *class);
/* It is asked to end, and made to. at_once: it is killed and waited for, or killed as soon
 * as it has started. */
void rd__music_program_stop(struct rd__music_program *program, bool at_once);
struct rd__feed *rd__music_program_feed(struct rd__music_program *program);
/* 0: it does not run now. */
int rd__music_program_pid(const struct rd__music_program *program);

/* As rd_music_start(), for a class that who holds suggests to who waits. */
RD_YIELDS int rd__music_start_suggested(struct rd_channel *ch, const char *class_name);
/* A key was pressed; it may choose another class. */
void rd__music_key(struct rd_channel *ch, char key);
/* The music of this channel gives way to something else; so far it got. */
void rd__music_left(struct rd_channel *ch, int64_t position_ms);

#endif
