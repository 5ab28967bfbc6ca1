/* Read(): keys into variables. */
#include <stdlib.h>
#include <string.h>

#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/module.h>
#include <ringdown/prompt.h>

#include "apps/seconds.h"

#define MAX_DIGITS     255
#define KEY_TIMEOUT_MS 10000

enum { READ_VARIABLES, READ_PROMPTS, READ_MAX, READ_OPTIONS, READ_ATTEMPTS,
       READ_TIMEOUT, READ_ARGS };
enum { OPT_SKIP = 1, OPT_TONE = 2, OPT_NOANSWER = 4, OPT_END = 8, OPT_EMPTY = 16,
       OPT_DEAF = 32 };

static const struct rd_app_option read_options[] = {
	{ 's', false, OPT_SKIP, 0 },  { 'i', false, OPT_TONE, 0 },
	{ 'n', false, OPT_NOANSWER, 0 }, { 't', true, OPT_END, 0 },
	{ 'e', false, OPT_EMPTY, 0 }, { 'p', false, OPT_DEAF, 0 },
	{ 0 }
};

/* One Read(), from the arguments on. */
struct reading {
	const char *prompts, *end_keys;
	uint64_t flags;
	int max, attempts, first_ms, next_ms;
	char digits[MAX_DIGITS + 1];
	int ended; /* the key that ended it, or 0 */
};

static int read_arguments(struct rd_channel *ch, const char **argv, struct reading *r)
{
	struct rd_app_options options;
	int response = rd_channel_timeout(ch, RD_TIMEOUT_RESPONSE);
	int digit = rd_channel_timeout(ch, RD_TIMEOUT_DIGIT);
	int rc = rd_app_read_options(ch, read_options, argv[READ_OPTIONS], &options);

	if (rc)
		return rc;
	r->flags = options.flags;
	r->end_keys = options.flags & OPT_END && options.args[0] ? options.args[0] : "#";
	r->prompts = argv[READ_PROMPTS];
	r->max = *argv[READ_MAX] ? atoi(argv[READ_MAX]) : MAX_DIGITS;
	if (r->max <= 0 || r->max > MAX_DIGITS)
		r->max = MAX_DIGITS;
	r->attempts = RD_MAX(atoi(argv[READ_ATTEMPTS]), 1);
	r->first_ms = response > 0 ? response : KEY_TIMEOUT_MS;
	r->next_ms = digit > 0 ? digit : KEY_TIMEOUT_MS / 2;
	if (*argv[READ_TIMEOUT] && app_seconds(ch, argv[READ_TIMEOUT], &r->first_ms) == 0)
		r->next_ms = r->first_ms;
	return 0;
}

/* The prompt, and the key that cut it short. The tone goes on till a key. */
static int prompt_once(struct rd_channel *ch, const struct reading *r)
{
	if (!*r->prompts)
		return 0;
	if (r->flags & OPT_TONE)
		return rd_tone_start(ch, r->prompts);
	return rd_play(ch, r->prompts, r->flags & OPT_DEAF ? "" : RD_ANY_DIGIT);
}

/* One attempt: number of digits, or negative. */
static int attempt(struct rd_channel *ch, struct reading *r)
{
	int n = 0;
	int key = prompt_once(ch, r);

	r->ended = 0;
	r->digits[0] = '\0';
	if (key == -ECANCELED)
		return key;
	if (key > 0 && strchr(r->end_keys, key)) {
		r->ended = key;
		return 0;
	}
	if (key > 0)
		r->digits[n++] = (char)key;
	if (n < r->max)
		key = rd_read_digits(ch, r->digits + n, r->max - n, r->end_keys,
				     n ? r->next_ms : r->first_ms, r->next_ms, &r->ended);
	if (r->flags & OPT_TONE)
		rd_tone_stop(ch);
	return key < 0 ? key : (int)strlen(r->digits);
}

static const char *read_until(struct rd_channel *ch, struct reading *r)
{
	for (int i = 0; i < r->attempts; i++) {
		int n = attempt(ch, r);

		if (n == -ECANCELED)
			return "HANGUP";
		if (n < 0)
			return "ERROR";
		if (n > 0 || (r->ended && !(r->flags & OPT_EMPTY)))
			return "OK";
		if (r->ended) { /* e: the end key alone is what was entered */
			r->digits[0] = (char)r->ended;
			r->digits[1] = '\0';
			return "OK";
		}
	}
	return "TIMEOUT";
}

/* "a&b": both variables get what was keyed. */
static int set_all(struct rd_channel *ch, const char *names, const char *value)
{
	char *list = rd_pool_strdup(rd_channel_scratch(ch), names), *name;
	int rc = 0;

	if (!list)
		return -ENOMEM;
	while (!rc && (name = strsep(&list, "&")))
		rc = rd_var_assign(ch, name, value);
	return rc;
}

static int read_app(struct rd_channel *ch, const char *args)
{
	struct reading r = { 0 };
	const char *argv[READ_ARGS], *status;
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, READ_ARGS);

	if (rc < 0)
		return rc;
	if (!*argv[READ_VARIABLES]) {
		rd_app_warning(ch, "a variable is missing");
		return 0;
	}
	rc = read_arguments(ch, argv, &r);
	if (rc)
		return rc;
	if (rd_channel_state(ch) != RD_CHANNEL_UP && (r.flags & OPT_SKIP)) {
		rd_var_set(ch, "READSTATUS", "SKIPPED");
		return set_all(ch, argv[READ_VARIABLES], "");
	}
	if (!(r.flags & OPT_NOANSWER)) {
		rc = rd_answer(ch);
		if (rc)
			return rc;
	}
	status = read_until(ch, &r);
	rd_var_set(ch, "READSTATUS", status);
	rc = set_all(ch, argv[READ_VARIABLES], r.digits);
	return rd_channel_gone(ch) ? -ECANCELED : rc;
}

static const char *check_read_letters(struct rd_pool *pool, const char *const *argv,
				      char *buf, size_t size)
{
	return rd_app_check_options(pool, read_options, argv[READ_OPTIONS], buf, size);
}

static const char *read_check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, READ_ARGS, check_read_letters, buf, size);
}

static const struct rd_app apps[] = {
	{ .name = "Read",
	  .run = read_app,
	  .check = read_check,
	  .synopsis = "Read keys into a variable",
	  .syntax = "Read(variable[&...][,prompt[&...][,max_digits[,options[,attempts"
		    "[,seconds]]]]])",
	  .description =
		  "s: only when up. n: do not answer. i: the prompt is a tone. "
		  "t(keys): what ends it instead of #. e: the end key alone is "
		  "stored. p: keys do not cut the prompt short. READSTATUS is OK, "
		  "TIMEOUT, HANGUP, SKIPPED or ERROR." },
	{ 0 }
};

RD_MODULE(.name = "app_read", .synopsis = "Read keys", .apps = apps);
