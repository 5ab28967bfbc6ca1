/* Waiting for time or for keys: Wait(), WaitExten(), WaitDigit(). */
#include <string.h>

#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/clock.h>
#include <ringdown/dialplan.h>
#include <ringdown/module.h>
#include <ringdown/prompt.h>

#include "apps/seconds.h"

static int wait_app(struct rd_channel *ch, const char *args)
{
	int ms;

	return app_seconds(ch, args, &ms) == 0 ? rd_channel_sleep(ch, ms) : 0;
}

enum { OPT_MUSIC = 1, OPT_DIALTONE = 2 };
enum { ARG_MUSIC, ARG_TONE };

static const struct rd_app_option exten_options[] = {
	{ 'm', true, OPT_MUSIC, ARG_MUSIC },
	{ 'd', true, OPT_DIALTONE, ARG_TONE },
	{ 0 }
};

static int start_sound(struct rd_channel *ch, const struct rd_app_options *options)
{
	if (options->flags & OPT_MUSIC)
		return rd_music_start(ch, options->args[ARG_MUSIC] ?
						  options->args[ARG_MUSIC] : "");
	if (options->flags & OPT_DIALTONE)
		return rd_tone_start(ch, options->args[ARG_TONE] ?
						 options->args[ARG_TONE] : "dial");
	return 0;
}

static void stop_sound(struct rd_channel *ch, const struct rd_app_options *options)
{
	if (options->flags & OPT_MUSIC)
		rd_music_stop(ch);
	if (options->flags & OPT_DIALTONE)
		rd_tone_stop(ch);
}

/* Nobody pressed a key: on where the extension goes on, else to t; where there
 * is none, the dialplan looks for e. */
static int nobody_dialled(struct rd_channel *ch)
{
	const char *context = rd_channel_context(ch);
	const char *caller = rd_channel_party(ch, RD_PARTY_CALLER)->number;
	int rc;

	if (rd_dialplan_exists(context, rd_channel_exten(ch), rd_channel_priority(ch) + 1, caller))
		return 0;
	if (!rd_dialplan_exists(context, "t", 1, caller)) {
		if (!rd_dialplan_exists(context, "e", 1, caller))
			rd_app_warning(ch, "no key was pressed, and context \"%s\" has no t or e",
				       context);
		return -ETIMEDOUT;
	}
	rc = rd_channel_set_place(ch, NULL, "t", 1);
	return rc ? rc : RD_APP_JUMP;
}

static int waitexten_app(struct rd_channel *ch, const char *args)
{
	struct rd_app_options options;
	const char *argv[2];
	int ms = rd_channel_timeout(ch, RD_TIMEOUT_RESPONSE);
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, 2);

	if (rc < 0)
		return rc;
	if (rd_app_read_options(ch, exten_options, argv[1], &options))
		return -ENOMEM;
	if (*argv[0])
		app_seconds(ch, argv[0], &ms);
	rc = start_sound(ch, &options);
	if (rc == 0)
		rc = rd_read_digit(ch, ms);
	stop_sound(ch, &options);
	return rc == -ETIMEDOUT ? nobody_dialled(ch) : rc;
}

static int waitdigit_app(struct rd_channel *ch, const char *args)
{
	const char *argv[2];
	char result[2] = "";
	int ms = RD_FOREVER;
	uint64_t end;
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, 2);

	if (rc < 0)
		return rc;
	if (*argv[0])
		app_seconds(ch, argv[0], &ms);
	end = ms == RD_FOREVER ? 0 : rd_now_ms() + (uint64_t)ms;
	do {
		rc = rd_read_digit(ch, ms);
		if (end)
			ms = rd_now_ms() < end ? (int)(end - rd_now_ms()) : 0;
	} while (rc > 0 && *argv[1] && !strchr(argv[1], rc));
	if (rc > 0)
		result[0] = (char)rc;
	rd_var_set(ch, "WAITDIGITRESULT", result);
	rd_var_set(ch, "WAITDIGITSTATUS",
		   rc > 0		? "DTMF" :
		   rc == -ETIMEDOUT	? "TIMEOUT" :
		   rc == -ECANCELED	? "CANCEL" :
					  "ERROR");
	return rc == -ECANCELED ? rc : 0;
}

static const char *check_exten_letters(struct rd_pool *pool, const char *const *argv,
				       char *buf, size_t size)
{
	return rd_app_check_options(pool, exten_options, argv[1], buf, size);
}

static const char *exten_check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, 2, check_exten_letters, buf, size);
}

static const struct rd_app apps[] = {
	{ .name = "Wait",
	  .run = wait_app,
	  .synopsis = "Wait, and keep the keys that are pressed",
	  .syntax = "Wait(seconds)" },
	{ .name = "WaitExten",
	  .run = waitexten_app,
	  .check = exten_check,
	  .synopsis = "Wait for the caller to dial an extension",
	  .syntax = "WaitExten([seconds][,options])",
	  .description = "Without seconds, TIMEOUT(response) counts. When no key is "
			 "pressed, goes on, or to t where the extension ends. "
			 "m(class): music meanwhile; d(tone): a tone." },
	{ .name = "WaitDigit",
	  .run = waitdigit_app,
	  .synopsis = "Wait for one key",
	  .syntax = "WaitDigit([seconds][,digits])",
	  .description = "WAITDIGITRESULT is the key, WAITDIGITSTATUS one of DTMF, "
			 "TIMEOUT, CANCEL, ERROR." },
	{ 0 }
};

RD_MODULE(.name = "app_wait", .synopsis = "Wait for time and keys", .apps = apps);
