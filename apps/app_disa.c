/* DISA(): a caller from outside gives a passcode and dials on, as from a phone of the house. */
#include <string.h>

#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/dialplan.h>
#include <ringdown/io.h>
#include <ringdown/module.h>
#include <ringdown/mwi.h>
#include <ringdown/prompt.h>

#include "apps/secret.h"

#define NO_PASSWORD "no-password"

enum {
	FIRST_KEY_MS = 20000,
	NEXT_KEY_MS = 10000,
	REFUSED_MS = 10000, /* as long as the tone that says no */
	DIGITS_MAX = 79,
	FILE_LIMIT = 1024 * 1024,
};

enum { PASSCODE, CONTEXT, CALLER, MAILBOX, OPTIONS, ARGUMENTS };
enum { OPT_NO_ANSWER = 1, OPT_POUND_ENDS = 2 };

static const struct rd_app_option letters[] = {
	{ 'n', false, OPT_NO_ANSWER, 0 },
	{ 'p', false, OPT_POUND_ENDS, 0 },
	{ 0 },
};

struct disa {
	struct rd_channel *ch;
	const char *argv[ARGUMENTS]; /* those of the passcode's line may take their places */
	struct rd_app_options options;
};

/* -- tones and keys --------------------------------------------------------------------- */

static bool has_messages(const char *mailbox)
{
	char name[RD_MWI_NAME];
	struct rd_mwi mwi;

	return *mailbox && !rd_mwi_name(mailbox, name) && !rd_mwi_get(name, &mwi) &&
	       mwi.new_messages;
}

static void dial_tone(const struct disa *it)
{
	rd_tone_start(it->ch, has_messages(it->argv[MAILBOX]) ? "dialrecall" : "dial");
}

/* He hears that, and then the call ends. */
static int refuse(struct rd_channel *ch)
{
	int rc;

	rd_tone_start(ch, "congestion");
	rc = rd_channel_sleep(ch, REFUSED_MS);
	rd_tone_stop(ch);
	if (!rc)
		rd_hangup(ch, RD_CAUSE_CONGESTION);
	return -ECANCELED;
}

/* The n-th key: that, -ETIMEDOUT or -ECANCELED. */
static int read_key(const struct disa *it, size_t n)
{
	return rd_read_digit(it->ch, n ? NEXT_KEY_MS : FIRST_KEY_MS);
}

/* -- who may ----------------------------------------------------------------------------- */

/* Keys up to #: how many, or negative. */
static int read_passcode(const struct disa *it, char *code)
{
	size_t n = 0;
	int key;

	dial_tone(it);
	while ((key = read_key(it, n)) > 0 && key != '#') {
		rd_tone_stop(it->ch);
		if (n == DIGITS_MAX)
			break;
		code[n++] = (char)key;
	}
	rd_tone_stop(it->ch);
	code[n] = '\0';
	return key == -ECANCELED ? key : (int)n;
}

/* "passcode,context,caller,mailbox" of a file: what it has counts instead of the arguments. */
static int take_line(struct disa *it, const char *line)
{
	const char *argv[OPTIONS];
	int rc = rd_app_args(rd_channel_scratch(it->ch), line, argv, OPTIONS);

	for (int i = CONTEXT; rc >= 0 && i < OPTIONS; i++)
		if (*argv[i])
			it->argv[i] = argv[i];
	return RD_MIN(rc, 0);
}

/* 1: it is the passcode of a line, 0: of none, or negative. */
static int look_up(struct disa *it, const char *code)
{
	struct rd_str first, rest;
	char *lines, *line;
	size_t size;
	int rc = rd_file_read(it->argv[PASSCODE], rd_channel_scratch(it->ch), FILE_LIMIT, &lines,
			      &size);

	if (rc) {
		rd_app_error(it->ch, "%s: %s", it->argv[PASSCODE], rd_strerror(rc));
		return rc == -ECANCELED ? rc : 0;
	}
	while ((line = strsep(&lines, "\n"))) {
		line[strcspn(line, "\r;#")] = '\0';
		for (char *bar = line; (bar = strchr(bar, '|'));)
			*bar = ',';
		rest = rd_str_of(line);
		rd_str_cut(&rest, ',', &first);
		first = rd_str_trim(first);
		if (!first.n || !app_same_secret(first, rd_str_of(code)))
			continue;
		rc = take_line(it, line);
		return rc ? rc : 1;
	}
	return 0;
}

/* 1: he may, 0: not, or negative. */
static int let_in(struct disa *it)
{
	const char *passcode = it->argv[PASSCODE];
	char code[DIGITS_MAX + 1];
	int rc;

	if (strcmp(passcode, NO_PASSWORD) == 0)
		return 1;
	rc = read_passcode(it, code);
	if (rc > 0 && *passcode == '/')
		rc = look_up(it, code);
	else if (rc > 0)
		rc = app_same_secret(rd_str_of(passcode), rd_str_of(code));
	if (!rc)
		rd_app_warning(it->ch, "a wrong passcode from %s",
			       rd_channel_party(it->ch, RD_PARTY_CALLER)->number
				       ? rd_channel_party(it->ch, RD_PARTY_CALLER)->number
				       : "an unknown number");
	return rc;
}

/* -- where to ------------------------------------------------------------------------------ */

static const char *caller_of(const struct rd_channel *ch)
{
	return rd_channel_party(ch, RD_PARTY_CALLER)->number;
}

/* Keys until they are an extension that nothing longer could be, or none comes: 0, or
 * -ECANCELED. */
static int read_number(const struct disa *it, char *number)
{
	size_t n = 0;
	int key = 0;

	number[0] = '\0';
	dial_tone(it);
	while (n < DIGITS_MAX && (key = read_key(it, n)) > 0) {
		enum rd_match match;

		if (key == '#' && it->options.flags & OPT_POUND_ENDS)
			break;
		number[n++] = (char)key;
		number[n] = '\0';
		if (!rd_dialplan_ignore_pattern(it->argv[CONTEXT], number))
			rd_tone_stop(it->ch);
		match = rd_dialplan_match(it->argv[CONTEXT], number, 1, caller_of(it->ch));
		if (match == RD_MATCH_FULL || match == RD_MATCH_NONE)
			break;
	}
	rd_tone_stop(it->ch);
	return key == -ECANCELED ? key : 0;
}

static int show_as(struct rd_channel *ch, const char *caller)
{
	char name[80], number[80];
	struct rd_party party = *rd_channel_party(ch, RD_PARTY_CALLER);

	if (!*caller)
		return 0;
	rd_party_split(caller, name, number, sizeof(name));
	party.name = name;
	party.number = number;
	return rd_channel_set_party(ch, RD_PARTY_CALLER, &party);
}

static int go_there(const struct disa *it, const char *number)
{
	const char *context = it->argv[CONTEXT], *exten = number;
	int rc = show_as(it->ch, it->argv[CALLER]);

	if (rc)
		return rc;
	if (!*number || !rd_dialplan_exists(context, number, 1, caller_of(it->ch))) {
		rd_app_warning(it->ch, "there is no \"%s\" in context \"%s\"", number, context);
		exten = "i";
		rd_var_set(it->ch, "INVALID_EXTEN", number);
		if (!rd_dialplan_exists(context, exten, 1, caller_of(it->ch)))
			return refuse(it->ch);
	}
	rc = rd_channel_set_place(it->ch, context, exten, 1);
	return rc ? rc : RD_APP_JUMP;
}

static int disa_app(struct rd_channel *ch, const char *args)
{
	struct disa it = { .ch = ch };
	char number[DIGITS_MAX + 1];
	int rc = rd_app_args(rd_channel_scratch(ch), args, it.argv, ARGUMENTS);

	if (rc >= 0)
		rc = rd_app_read_options(ch, letters, it.argv[OPTIONS], &it.options);
	if (rc < 0)
		return rc;
	if (!*it.argv[PASSCODE]) {
		rd_app_error(ch, "a passcode is missing; " NO_PASSWORD " is none");
		return -EINVAL;
	}
	if (!*it.argv[CONTEXT])
		it.argv[CONTEXT] = "disa";
	rc = it.options.flags & OPT_NO_ANSWER ? RD_MIN(rd_indicate(ch, RD_INDICATE_PROGRESS), 0)
					      : rd_answer(ch);
	if (rc == -ENOSYS)
		rc = 0;
	if (!rc)
		rc = let_in(&it);
	if (rc < 0)
		return rc;
	if (!rc)
		return refuse(ch);
	rc = read_number(&it, number);
	return rc ? rc : go_there(&it, number);
}

static const char *check_arguments(struct rd_pool *pool, const char *const *argv, char *buf,
				   size_t size)
{
	const char *context = *argv[CONTEXT] ? argv[CONTEXT] : "disa";

	if (!*argv[PASSCODE])
		return "a passcode is missing; " NO_PASSWORD " is none";
	if (!strchr(context, '$') && *argv[PASSCODE] != '/' && !rd_dialplan_context_coming(context))
		return "there is no such context to dial in";
	return rd_app_check_options(pool, letters, argv[OPTIONS], buf, size);
}

static const char *disa_check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, ARGUMENTS, check_arguments, buf, size);
}

static const struct rd_app apps[] = {
	{ .name = "DISA",
	  .run = disa_app,
	  .check = disa_check,
	  .synopsis = "Let a caller from outside dial as from a phone of the house",
	  .syntax = "DISA(passcode,context,caller,mailbox,options)",
	  .description =
		  "He hears a dial tone, keys the passcode and #, hears it again and dials a "
		  "number "
		  "of the context (disa). A passcode that begins with / is a file of lines "
		  "\"passcode,context,caller,mailbox\"; " NO_PASSWORD " asks for none. The caller "
		  "is whom he is shown as then; the tone stutters while there are new messages in "
		  "the mailbox. A wrong passcode or number, for which there is no extension i, "
		  "gets "
		  "the tone of congestion and the end.\n"
		  "  n  he is not answered\n"
		  "  p  # ends the number; else it is part of it" },
	{ 0 },
};

RD_MODULE(.name = "app_disa", .synopsis = "DISA", .apps = apps);
