/* A running command as the console's own files see it. */
#ifndef CORE_CLI_SESSION_H
#define CORE_CLI_SESSION_H

#include "core/cli/cli.h"

/* Output goes to write; gone is set when nobody reads it any more. */
struct rd_cli {
	void (*write)(void *arg, const char *text, size_t size);
	/* Wait until most of it has been read; NULL where nobody need be waited for. */
	RD_YIELDS void (*wait)(void *arg);
	void *arg;
	size_t printed; /* since the last pause */
	bool gone;
};

enum { RD__CLI_MAX_WORDS = 64 };

/* A line cut into words. Words in quotes keep their blanks; a backslash makes
 * the next character plain. */
struct rd__cli_line {
	char *text; /* holds the words */
	const char *words[RD__CLI_MAX_WORDS + 1];
	int count;
	bool open; /* ends in the middle of a word, or within quotes */
};

/* 0, -ENOMEM, or -E2BIG for more words than that. */
int rd__cli_line_split(struct rd__cli_line *line, const char *text);
void rd__cli_line_free(struct rd__cli_line *line);

/* What a typed line means. */
struct rd__cli_match {
	const struct rd_cli_command *command; /* NULL when there is none */
	int *running;			      /* use count of its table */
	int words;			      /* of the line, that name it */
	bool ambiguous;			      /* then: the word that may be several */
};

void rd__cli_find(const struct rd__cli_line *line, int count,
		  struct rd__cli_match *match);

/* The names of the commands that count here. */
void rd__cli_each_run(const int *running, void (*fn)(void *arg, const char *name), void *arg);
/* Cancel the commands that count here, and wait until they have ended. In a
 * fiber when there are any. Yields then. */
RD_YIELDS void rd__cli_end_running(const int *running);

/* Run a line with output to cli; messages about the line itself too. */
RD_YIELDS int rd__cli_run_in(struct rd_cli *cli, const char *text);

/* Candidates for the last word of what was typed, a line each. */
void rd__cli_complete(const char *text, struct rd_buf *out);

/* All commands in order of their names: start with *pos = 0. */
bool rd__cli_next(size_t *pos, const struct rd_cli_command **command,
		  const char **owner);

#endif
