/* One MixMonitor() of a channel: its files, and what happens afterwards. */
#ifndef APPS_APP_MIXMONITOR_SESSION_H
#define APPS_APP_MIXMONITOR_SESSION_H

#include <ringdown/channel.h>
#include <ringdown/list.h>
#include <ringdown/module.h>
#include <ringdown/monitor.h>

enum { MIXMONITOR_FILES = 3 };

/* A file of it, and what goes in. */
struct mixmonitor_file {
	const char *path; /* NULL: none */
	unsigned sides;
};

struct mixmonitor_plan {
	struct mixmonitor_file files[MIXMONITOR_FILES]; /* the first is the one that is shown */
	bool append, stereo, bridged_only, beep_at_end, delete_after;
	int steps_in, steps_out;
	int skip_s, beep_s; /* 0: from the beginning; no beep in between */
	const char *command; /* run when it is over; "" */
	const char *mailboxes; /* that get it as a message: "1001@default,1002/Work"; NULL */
	bool real_caller; /* of that: who calls, not whom the channel talks to */
};

/* What is told of it in mailboxes: as it was at the beginning, for the end comes late. */
struct mixmonitor_letter {
	char *mailboxes; /* NULL: none */
	char *caller_name, *caller_number; /* NULL: not known, or withheld */
	char channel[96], exten[80];
};

struct mixmonitor {
	struct rd_list in_channel;
	struct rd_channel *ch; /* NULL: gone */
	char id[20];
	char *path, *command; /* path: of the first file */
	char *paths[MIXMONITOR_FILES];
	bool bridged_only, paused, stopping, beep_at_end, delete_after;
	unsigned muted; /* sides */
	int beep_ms; /* 0: none */
	uint64_t begins_ms, beeps_ms; /* 0: it has begun; never */
	struct mixmonitor_letter letter;
	struct rd_monitor *monitors[MIXMONITOR_FILES];
	struct rd_cond changed;
};

extern const struct rd_module_state mixmonitor_kept;

/* Everything in plan is copied. 0 or negative (logged). Yields. */
RD_YIELDS int mixmonitor_start(struct rd_channel *ch, const struct mixmonitor_plan *plan,
			       struct mixmonitor **mp);
/* Those of a channel: NULL starts, NULL ends. */
struct mixmonitor *mixmonitor_next(const struct rd_channel *ch, const struct mixmonitor *after);
/* id "" : any. */
struct mixmonitor *mixmonitor_find(const struct rd_channel *ch, const char *id);
/* Its files are closed soon, and the command is run. */
void mixmonitor_stop(struct mixmonitor *it);
/* By hand; a recording of bridges only is paused outside of them, too. */
void mixmonitor_pause(struct mixmonitor *it, bool paused);
/* Silence instead of these sides; 0: none. */
void mixmonitor_mute(struct mixmonitor *it, unsigned sides);
/* The channel has entered a bridge, or left it. */
void mixmonitor_bridged(struct mixmonitor *it);

/* -- mailboxes.c -- */

/* 0 or -ENOMEM. */
int mixmonitor_letter_init(struct mixmonitor_letter *letter, const struct rd_channel *ch,
			   const struct mixmonitor_plan *plan);
void mixmonitor_letter_fini(struct mixmonitor_letter *letter);
/* The file is whole. Does every mailbox have it now? Yields. */
RD_YIELDS bool mixmonitor_letter_send(const struct mixmonitor_letter *letter, const char *path,
				      int64_t length_ms);

#endif
