/* MixMonitor() and its kin: a call recorded while it goes on. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ringdown/app.h>
#include <ringdown/config.h>
#include <ringdown/dialplan.h>
#include <ringdown/format.h>
#include <ringdown/module.h>
#include <ringdown/prompt.h>

#include "apps/app_mixmonitor/commands.h"

enum {
	OPT_APPEND = 1,
	OPT_BRIDGED = 2,
	OPT_DELETE = 4,
	OPT_STEREO = 8,
	OPT_BEEP_FIRST = 16,
	OPT_BEEP_LAST = 32,
	OPT_IN_FILE = 64,
	OPT_OUT_FILE = 128,
	OPT_HEARD = 256,
	OPT_SPOKEN = 512,
	OPT_BOTH = 1024,
	OPT_ID = 2048,
	OPT_SYNC = 4096,
	OPT_BEEPS = 8192,
	OPT_SKIP = 16384,
	OPT_MAILBOXES = 32768,
	OPT_REAL_CALLER = 65536,
};

enum {
	ARG_IN_FILE,
	ARG_OUT_FILE,
	ARG_HEARD,
	ARG_SPOKEN,
	ARG_BOTH,
	ARG_ID,
	ARG_BEEPS,
	ARG_SKIP,
	ARG_MAILBOXES,
};

enum { BEEPS_S = 15, BEEPS_MAX_S = 3600, SKIP_MAX_S = 120 };

const struct rd_app_option mixmonitor_options[] = {
	{ 'a', false, OPT_APPEND, 0 },
	{ 'b', false, OPT_BRIDGED, 0 },
	{ 'B', true, OPT_BEEPS, ARG_BEEPS },
	{ 'c', false, OPT_REAL_CALLER, 0 },
	{ 'd', false, OPT_DELETE, 0 },
	{ 'D', false, OPT_STEREO, 0 },
	{ 'p', false, OPT_BEEP_FIRST, 0 },
	{ 'P', false, OPT_BEEP_LAST, 0 },
	{ 'm', true, OPT_MAILBOXES, ARG_MAILBOXES },
	{ 's', true, OPT_SKIP, ARG_SKIP },
	{ 'r', true, OPT_IN_FILE, ARG_IN_FILE },
	{ 't', true, OPT_OUT_FILE, ARG_OUT_FILE },
	{ 'v', true, OPT_HEARD, ARG_HEARD },
	{ 'V', true, OPT_SPOKEN, ARG_SPOKEN },
	{ 'W', true, OPT_BOTH, ARG_BOTH },
	{ 'i', true, OPT_ID, ARG_ID },
	/* The sides of ours are always in step. */
	{ 'S', false, OPT_SYNC, 0 },
	{ 'n', false, OPT_SYNC, 0 },
	{ 0 },
};

/* ---- reading the arguments ---- */

/* NULL: without. */
static const char *extension_of(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && !strchr(dot, '/') ? dot + 1 : NULL;
}

/* Plain names lie in the spool. Without an extension it is a wav file. */
static const char *full_path(struct rd_pool *pool, const char *name)
{
	const char *extension = extension_of(name) ? "" : ".wav";

	if (name[0] == '/')
		return rd_pool_printf(pool, "%s%s", name, extension);
	return rd_pool_printf(pool, "%s/monitor/%s%s", rd_directory("spool"), name, extension);
}

/* What an option says, or what is taken instead: without it, or when it is wrong. */
static int read_number(struct rd_channel *ch, const char *what, const char *text, int min, int max,
		       int instead)
{
	char *end;
	long number;

	if (!text || !*text)
		return instead;
	number = strtol(text, &end, 10);
	if (!*end && number >= min && number <= max)
		return (int)number;
	rd_app_warning(ch, "%s \"%s\": expected %d to %d", what, text, min, max);
	return instead;
}

static int read_steps(struct rd_channel *ch, const char *text)
{
	return read_number(ch, "volume", text, -4, 4, 0);
}

static void plan_times(struct rd_channel *ch, const struct rd_app_options *options,
		       struct mixmonitor_plan *plan)
{
	if (options->flags & OPT_BEEPS)
		plan->beep_s = read_number(ch, "beep every", options->args[ARG_BEEPS], 1,
					   BEEPS_MAX_S, BEEPS_S);
	if (options->flags & OPT_SKIP)
		plan->skip_s = read_number(ch, "skip", options->args[ARG_SKIP], 1, SKIP_MAX_S, 0);
}

/* ^{NAME} was protected from being replaced too early. */
static int expand_command(struct rd_channel *ch, struct rd_pool *pool, const char *text,
			  const char **command)
{
	char *copy = rd_pool_strdup(pool, text);
	struct rd_buf out;
	int rc;

	if (!copy)
		return -ENOMEM;
	for (char *at = strstr(copy, "^{"); at; at = strstr(at, "^{"))
		*at = '$';
	rd_buf_init(&out);
	rc = rd_dialplan_expand(ch, copy, &out);
	*command = rc ? copy : rd_pool_strdup(pool, rd_buf_text(&out));
	rd_buf_fini(&out);
	return rc == -ENOMEM || !*command ? -ENOMEM : 0;
}

static void plan_volumes(struct rd_channel *ch, const struct rd_app_options *options,
			 struct mixmonitor_plan *plan)
{
	plan->steps_in = plan->steps_out = read_steps(ch, options->args[ARG_BOTH]);
	if (options->flags & OPT_HEARD)
		plan->steps_out = read_steps(ch, options->args[ARG_HEARD]);
	if (options->flags & OPT_SPOKEN)
		plan->steps_in = read_steps(ch, options->args[ARG_SPOKEN]);
}

static int plan_files(struct rd_pool *pool, const char *name,
		      const struct rd_app_options *options, struct mixmonitor_plan *plan)
{
	const char *names[MIXMONITOR_FILES] = { name, options->args[ARG_IN_FILE],
						options->args[ARG_OUT_FILE] };
	static const unsigned sides[MIXMONITOR_FILES] = { RD_MONITOR_IN | RD_MONITOR_OUT,
							  RD_MONITOR_IN, RD_MONITOR_OUT };
	bool any = false;

	for (int i = 0; i < MIXMONITOR_FILES; i++) {
		if (!names[i] || !names[i][0])
			continue;
		plan->files[i].path = full_path(pool, names[i]);
		plan->files[i].sides = sides[i];
		if (!plan->files[i].path)
			return -ENOMEM;
		any = true;
	}
	return any ? 0 : -EINVAL;
}

int mixmonitor_plan(struct rd_channel *ch, struct rd_pool *pool, const char *const *argv,
		    const struct rd_app_options *options, struct mixmonitor_plan *plan)
{
	int rc;

	memset(plan, 0, sizeof(*plan));
	plan->append = options->flags & OPT_APPEND;
	plan->stereo = options->flags & OPT_STEREO;
	plan->bridged_only = options->flags & OPT_BRIDGED;
	plan->beep_at_end = options->flags & OPT_BEEP_LAST;
	plan->delete_after = options->flags & OPT_DELETE;
	plan->mailboxes = options->args[ARG_MAILBOXES];
	plan->real_caller = options->flags & OPT_REAL_CALLER;
	plan_volumes(ch, options, plan);
	plan_times(ch, options, plan);
	rc = plan_files(pool, argv[MIXMONITOR_FILE], options, plan);
	return rc ? rc : expand_command(ch, pool, argv[MIXMONITOR_COMMAND], &plan->command);
}

/* ---- applications ---- */

static int read_arguments(struct rd_channel *ch, const char *args, struct mixmonitor_plan *plan,
			  struct rd_app_options *options)
{
	struct rd_pool *pool = rd_channel_scratch(ch);
	const char *argv[MIXMONITOR_ARGS];
	int rc = rd_app_args(pool, args, argv, MIXMONITOR_ARGS);

	if (rc >= 0)
		rc = rd_app_read_options(ch, mixmonitor_options, argv[MIXMONITOR_OPTIONS],
					 options);
	return rc ? rc : mixmonitor_plan(ch, pool, argv, options, plan);
}

static int set_id(struct rd_channel *ch, const char *variable, const char *id)
{
	char *target = rd_pool_strdup(rd_channel_scratch(ch), variable);

	return target ? rd_var_assign(ch, target, id) : -ENOMEM;
}

static int mixmonitor_app(struct rd_channel *ch, const char *args)
{
	struct rd_app_options options;
	struct mixmonitor_plan plan;
	struct mixmonitor *it;
	int rc = read_arguments(ch, args, &plan, &options);

	if (rc == -EINVAL)
		rd_app_warning(ch, "a file name is missing");
	if (rc)
		return rc == -EINVAL ? 0 : rc;
	if (options.flags & OPT_BEEP_FIRST)
		rc = rd_play(ch, "beep", "");
	if (rc == -ECANCELED)
		return rc;
	rc = mixmonitor_start(ch, &plan, &it);
	if (rc)
		return rc == -ECANCELED ? rc : 0;
	rc = rd_var_set(ch, "MIXMONITOR_FILENAME", it->path);
	if (!rc && options.args[ARG_ID] && options.args[ARG_ID][0])
		rc = set_id(ch, options.args[ARG_ID], it->id);
	return rc;
}

static int stopmixmonitor_app(struct rd_channel *ch, const char *args)
{
	struct mixmonitor *it;
	int count = 0;

	while ((it = mixmonitor_find(ch, args))) {
		mixmonitor_stop(it);
		count++;
	}
	if (!count)
		rd_app_warning(ch, "nothing is being recorded%s%s", args[0] ? " as " : "", args);
	return 0;
}

static int set_paused(struct rd_channel *ch, bool paused)
{
	struct mixmonitor *it = NULL;

	while ((it = mixmonitor_next(ch, it)))
		mixmonitor_pause(it, paused);
	return 0;
}

static int pausemonitor_app(struct rd_channel *ch, const char *args)
{
	(void)args;
	return set_paused(ch, true);
}

static int unpausemonitor_app(struct rd_channel *ch, const char *args)
{
	(void)args;
	return set_paused(ch, false);
}

/* ---- the function ---- */

/* Of which recording, of what there is one: filename. */
static int read_question(const char *args, char *wanted, size_t size)
{
	struct rd_str rest = rd_str_of(args), id;

	rd_str_cut(&rest, ',', &id);
	return rd_strcpyn(wanted, size, rd_str_trim(id)) &&
			       rd_str_ieq(rd_str_trim(rest), RD_STR("filename"))
		       ? 0
		       : -EINVAL;
}

static const char *function_check(const char *args, char *buf, size_t size)
{
	char wanted[20];

	(void)buf;
	(void)size;
	return read_question(args, wanted, sizeof(wanted)) ? "expected id,filename" : NULL;
}

static int read_function(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	const struct mixmonitor *it;
	char wanted[20];

	if (!ch || read_question(args, wanted, sizeof(wanted)))
		return -EINVAL;
	it = mixmonitor_find(ch, wanted);
	if (!it)
		return -EINVAL;
	rd_buf_adds(out, it->path);
	return 0;
}

/* ---- bridges ---- */

static void bridged(const struct rd_event *event, void *arg)
{
	struct mixmonitor *it = NULL;

	(void)arg;
	while (event->channel && (it = mixmonitor_next(event->channel, it)))
		mixmonitor_bridged(it);
}

/* ---- the module ---- */

static const char *fault_of_file(const char *name, char *buf, size_t size)
{
	const char *extension = name ? extension_of(name) : NULL;
	const struct rd_format *format = extension ? rd_format_find(extension) : NULL;

	if (!extension || (format && format->open_write))
		return NULL;
	snprintf(buf, size, "no module writes the format \"%s\"", extension);
	return buf;
}

static const char *check_arguments(struct rd_pool *pool, const char *const *argv, char *buf,
				   size_t size)
{
	const char *letters = argv[MIXMONITOR_OPTIONS];
	const char *wrong = rd_app_check_options(pool, mixmonitor_options, letters, buf, size);
	struct rd_app_options options;

	if (wrong || rd_app_options(pool, mixmonitor_options, letters, &options, NULL))
		return wrong;
	wrong = fault_of_file(argv[MIXMONITOR_FILE], buf, size);
	if (!wrong)
		wrong = fault_of_file(options.args[ARG_IN_FILE], buf, size);
	return wrong ? wrong : fault_of_file(options.args[ARG_OUT_FILE], buf, size);
}

static const char *mixmonitor_check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, MIXMONITOR_ARGS, check_arguments, buf, size);
}

static const struct rd_app apps[] = {
	{ .name = "MixMonitor",
	  .run = mixmonitor_app,
	  .check = mixmonitor_check,
	  .synopsis = "Record the call while it goes on",
	  .syntax = "MixMonitor(file[,options[,command]])",
	  .description =
		  "Both sides are mixed into the file; its extension says the format, and a "
		  "plain name lies in the spool's folder monitor. Options: a append; b only "
		  "while bridged; s(x) not the first x seconds; D two channels, the caller's "
		  "voice first; r(file), t(file) what comes from the channel, what it hears, "
		  "alone; v(x), V(x), W(x) what it hears, what it says, both louder or softer "
		  "by 6 dB each, -4 to 4; p, P a beep at the beginning, at the end; B(x) one "
		  "every x seconds (15), which who talks to the channel hears, too; "
		  "m(mailbox,mailbox/folder) it becomes a message of voicemail, from whom the "
		  "channel talks to, c from its caller; i(name) a variable for the id; d delete"
		  " the files after the command. The command runs when the files are whole; in "
		  "it ^{NAME} is a variable. Sets MIXMONITOR_FILENAME." },
	{ .name = "StopMixMonitor",
	  .run = stopmixmonitor_app,
	  .synopsis = "End recordings of this channel, or the one with this id",
	  .syntax = "StopMixMonitor([id])" },
	{ .name = "PauseMonitor",
	  .run = pausemonitor_app,
	  .synopsis = "Pause the recordings of this channel",
	  .syntax = "PauseMonitor()",
	  .description = "What is said until UnpauseMonitor() is in no file." },
	{ .name = "UnpauseMonitor",
	  .run = unpausemonitor_app,
	  .synopsis = "Let paused recordings of this channel go on",
	  .syntax = "UnpauseMonitor()" },
	{ 0 }
};

static const struct rd_function functions[] = { { .name = "MIXMONITOR",
						  .read = read_function,
						  .check = function_check,
						  .synopsis = "What is known of a recording",
						  .syntax = "MIXMONITOR(id,filename)" },
						{ 0 } };

static const struct rd_subscriber subscribers[] = {
	{ .name = "mixmonitor",
	  .types = RD_EVENT_BIT(RD_EVENT_BRIDGE_ENTER) | RD_EVENT_BIT(RD_EVENT_BRIDGE_LEAVE),
	  .notify = bridged },
	{ 0 }
};

RD_MODULE(.name = "app_mixmonitor", .synopsis = "Recording of calls", .apps = apps,
	  .functions = functions, .subscribers = subscribers, .commands = mixmonitor_commands,
	  .state = &mixmonitor_kept);
