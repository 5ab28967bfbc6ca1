/* Prompts: Playback(), Background(), ControlPlayback(). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/dialplan.h>
#include <ringdown/module.h>
#include <ringdown/prompt.h>
#include <ringdown/str.h>

/* Play "a&b&c" one by one, because *missing counts those that cannot be played.
 * Returns a stop key, 0, or negative. */
static int play_all(struct rd_channel *ch, const char *prompts, const char *stop_keys,
		    int *missing)
{
	char *list = rd_pool_strdup(rd_channel_scratch(ch), prompts);
	char *rest = list, *prompt;
	int rc = 0;

	if (!list)
		return -ENOMEM;
	while (rc == 0 && (prompt = strsep(&rest, "&"))) {
		if (!*prompt)
			continue;
		rc = rd_play(ch, prompt, stop_keys);
		if (rc >= 0 || rc == -ECANCELED)
			continue;
		++*missing;
		rc = 0;
	}
	return rc;
}

/* ---- Playback ------------------------------------------------------------ */

/* A word that is none of ours; empty: there is none. */
static struct rd_str unknown_word(const char *words)
{
	struct rd_str rest = rd_str_of(words), one = RD_STR("");

	while (rest.n) {
		rd_str_cut(&rest, ',', &one);
		one = rd_str_trim(one);
		if (one.n && !rd_str_ieq(one, RD_STR("skip")) &&
		    !rd_str_ieq(one, RD_STR("noanswer")))
			return one;
	}
	return RD_STR("");
}

static const char *check_playback_words(struct rd_pool *pool, const char *const *argv,
					char *buf, size_t size)
{
	struct rd_str word = unknown_word(argv[1]);

	(void)pool;
	if (!word.n)
		return NULL;
	snprintf(buf, size, "no such option \"%.*s\"; there are skip, noanswer", (int)word.n,
		 word.p);
	return buf;
}

static const char *playback_check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, 2, check_playback_words, buf, size);
}

static int playback_app(struct rd_channel *ch, const char *args)
{
	const char *argv[2];
	char buf[128];
	int missing = 0;
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, 2);

	if (rc < 0)
		return rc;
	if (check_playback_words(rd_channel_scratch(ch), argv, buf, sizeof(buf)))
		rd_app_warning(ch, "%s; it is passed over", buf);
	if (rd_channel_state(ch) != RD_CHANNEL_UP && strstr(argv[1], "skip")) {
		rd_var_set(ch, "PLAYBACKSTATUS", "SUCCESS");
		return 0;
	}
	if (!strstr(argv[1], "noanswer")) {
		rc = rd_answer(ch);
		if (rc)
			return rc;
	}
	rc = play_all(ch, argv[0], NULL, &missing);
	rd_var_set(ch, "PLAYBACKSTATUS", rc < 0 || missing ? "FAILED" : "SUCCESS");
	return rc;
}

/* ---- Background ---------------------------------------------------------- */

/* s: not unless answered; n: do not answer; m: only keys that match; p: no key */
static const struct rd_app_option background_options[] = {
	{ 's', false, 1, 0 }, { 'n', false, 2, 0 }, { 'm', false, 4, 0 },
	{ 'p', false, 8, 0 }, { 0 }
};
enum { OPT_SKIP = 1, OPT_NOANSWER = 2, OPT_MATCH = 4, OPT_DEAF = 8 };

/* The keys with which an extension of the context may begin. */
static void matching_keys(struct rd_channel *ch, const char *context, char *keys)
{
	const char *caller = rd_channel_party(ch, RD_PARTY_CALLER)->number;

	for (const char *key = RD_ANY_DIGIT; *key; key++) {
		char exten[2] = { *key };

		if (rd_dialplan_match(context, exten, 1, caller) != RD_MATCH_NONE)
			*keys++ = *key;
	}
	*keys = '\0';
}

static int background_app(struct rd_channel *ch, const char *args)
{
	struct rd_app_options options;
	const char *argv[4], *context;
	char keys[] = RD_ANY_DIGIT;
	int missing = 0;
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, 4);

	if (rc < 0)
		return rc;
	if (rd_app_read_options(ch, background_options, argv[1], &options))
		return -ENOMEM;
	if (rd_channel_state(ch) != RD_CHANNEL_UP && (options.flags & OPT_SKIP))
		return 0;
	if (!(options.flags & OPT_NOANSWER)) {
		rc = rd_answer(ch);
		if (rc)
			return rc;
	}
	context = *argv[3] ? argv[3] : rd_channel_context(ch);
	if (options.flags & OPT_MATCH)
		matching_keys(ch, context, keys);
	if (options.flags & OPT_DEAF)
		keys[0] = '\0';
	if (*argv[2])
		rd_channel_set(ch, "language", argv[2]);
	rc = play_all(ch, argv[0], keys, &missing);
	rd_var_set(ch, "BACKGROUNDSTATUS", rc < 0 || missing ? "FAILED" : "SUCCESS");
	if (rc > 0 && *argv[3] && rd_channel_set_place(ch, context, NULL, 0))
		return -ENOMEM;
	return rc;
}

/* ---- ControlPlayback ----------------------------------------------------- */

enum {
	CONTROL_FILE, CONTROL_SKIP, CONTROL_FORWARD, CONTROL_REWIND, CONTROL_STOP,
	CONTROL_PAUSE, CONTROL_RESTART, CONTROL_OPTIONS, CONTROL_ARGS
};

static const struct rd_app_option control_options[] = { { 'o', true, 1, 0 }, { 0 } };

static const char *keys_or(const char *given, const char *fallback)
{
	return *given ? given : fallback;
}

/* Says how it ended in CPLAYBACKSTATUS, -STOPKEY and -OFFSET. */
static void say_how(struct rd_channel *ch, int rc, int64_t offset_ms)
{
	char text[24] = "";

	rd_var_set(ch, "CPLAYBACKSTATUS",
		   rc > 0	     ? "USERSTOPPED" :
		   rc == 0	     ? "SUCCESS" :
		   rc == -ECANCELED ? "HANGUP" :
				       "ERROR");
	if (rc > 0)
		text[0] = (char)rc;
	rd_var_set(ch, "CPLAYBACKSTOPKEY", text);
	snprintf(text, sizeof(text), "%lld", rc == 0 ? -1LL : (long long)offset_ms);
	rd_var_set(ch, "CPLAYBACKOFFSET", text);
}

static int controlplayback_app(struct rd_channel *ch, const char *args)
{
	struct rd_play_control control = { 0 };
	struct rd_app_options options;
	const char *argv[CONTROL_ARGS];
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, CONTROL_ARGS);

	if (rc < 0)
		return rc;
	if (rd_app_read_options(ch, control_options, argv[CONTROL_OPTIONS], &options))
		return -ENOMEM;
	control.forward = keys_or(argv[CONTROL_FORWARD], "#");
	control.rewind = keys_or(argv[CONTROL_REWIND], "*");
	control.stop = argv[CONTROL_STOP];
	control.pause = argv[CONTROL_PAUSE];
	control.restart = argv[CONTROL_RESTART];
	control.skip_ms = *argv[CONTROL_SKIP] ? atoi(argv[CONTROL_SKIP]) : 3000;
	if (options.args[0])
		control.offset_ms = atoll(options.args[0]);
	rc = rd_answer(ch);
	if (rc)
		return rc;
	rc = rd_play_controlled(ch, argv[CONTROL_FILE], &control);
	say_how(ch, rc, control.offset_ms);
	return rc == -ECANCELED ? rc : 0;
}

static const char *check_background_letters(struct rd_pool *pool, const char *const *argv,
					    char *buf, size_t size)
{
	return rd_app_check_options(pool, background_options, argv[1], buf, size);
}

static const char *background_check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, 4, check_background_letters, buf, size);
}

static const char *check_control_letters(struct rd_pool *pool, const char *const *argv,
					 char *buf, size_t size)
{
	return rd_app_check_options(pool, control_options, argv[CONTROL_OPTIONS], buf, size);
}

static const char *control_check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, CONTROL_ARGS, check_control_letters, buf, size);
}

static const struct rd_app apps[] = {
	{ .name = "Playback",
	  .run = playback_app,
	  .check = playback_check,
	  .synopsis = "Play prompts",
	  .syntax = "Playback(prompt[&prompt...][,options])",
	  .description = "Answers first, but with noanswer; with skip, plays only "
			 "when the call is up. PLAYBACKSTATUS is SUCCESS or FAILED." },
	{ .name = "Background",
	  .run = background_app,
	  .check = background_check,
	  .synopsis = "Play prompts while the caller may dial",
	  .syntax = "Background(prompt[&prompt...][,options[,language[,context]]])",
	  .description = "s: only when up. n: do not answer. m: only keys with which "
			 "an extension begins. p: no key at all." },
	{ .name = "ControlPlayback",
	  .run = controlplayback_app,
	  .check = control_check,
	  .synopsis = "Play a prompt that keys control",
	  .syntax = "ControlPlayback(prompt[,skip_ms[,forward[,rewind[,stop[,pause"
		    "[,restart[,o(offset_ms)]]]]]]])",
	  .description = "CPLAYBACKSTATUS is SUCCESS, USERSTOPPED or ERROR; "
			 "CPLAYBACKSTOPKEY and CPLAYBACKOFFSET say where, -1 is the end." },
	{ 0 }
};

RD_MODULE(.name = "app_playback", .synopsis = "Play prompts", .apps = apps);
