/* The command line of the daemon, read. Not the configuration. */
#ifndef CORE_OPTIONS_H
#define CORE_OPTIONS_H

#include <stdio.h>

#include <ringdown/base.h>

enum rd__mode {
	RD__MODE_DAEMON, /* be the PBX */
	RD__MODE_CHECK, /* --check: read all of the configuration, say what is wrong */
	RD__MODE_CONSOLE, /* -r: a console of the running daemon */
	RD__MODE_COMMAND, /* -x: one command of it */
	RD__MODE_DOCTOR, /* doctor: check that, and the machine, and place a call */
	RD__MODE_TOP, /* top: look at it, again and again */
	RD__MODE_VERSION,
	RD__MODE_HELP,
};

/* The strings are those of argv. */
struct rd__options {
	enum rd__mode mode;
	bool foreground;
	int verbose;		/* how many -v */
	const char *config_dir; /* -C, NULL when not given */
	const char *state_dir;	/* -S, NULL when not given */
	const char *command;	/* -x, or line */
	char line[512];		/* "report calls ..." */
};

/* 0, or -EINVAL after saying on err what is wrong. */
int rd__options_parse(struct rd__options *options, int argc, char **argv, FILE *err);

void rd__options_help(FILE *out);

#endif
