/* A module for the tests of replacing one that runs, built in several versions: each plays a
 * tone of its own, and says which it is. */
#undef RD_MODULE_NAME
#define RD_MODULE_NAME "good_twin"

#include <stdlib.h>

#include <ringdown/attach.h>
#include <ringdown/channel.h>
#include <ringdown/fiber.h>
#include <ringdown/module.h>
#include <ringdown/prompt.h>

#ifndef TWIN
#define TWIN 1
#endif

#define WORDS(n) WORD(n)
#define WORD(n)  #n

/* Until the caller hangs up. */
static int twin_app(struct rd_channel *ch, const char *args)
{
	int rc = rd_answer(ch);

	(void)args;
	if (rc == 0)
		rc = rd_tone_start(ch, TWIN == 1 ? "440" : "1000");
	while (rc == 0)
		rc = rd_channel_sleep(ch, 1000);
	rd_tone_stop(ch);
	return rc;
}

static int level;

/* TWIN(): which it is; TWIN(level): what its file says. */
static int twin_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	(void)ch;
	if (*args)
		rd_buf_printf(out, "%d", level);
	else
		rd_buf_adds(out, WORDS(TWIN));
	return 0;
}

static const struct rd_option options[] = {
	{ .name = "level", .type = RD_OPTION_INT, .fallback = "3", .min = 0, .max = 9 }, { 0 }
};

static int build(void **snapshot, struct rd_config_report *report)
{
	int *built = rd_zalloc(sizeof(*built));
	struct rd_config *config = NULL;
	int rc = built ? rd_config_load(&config, "twin.conf", report) : -ENOMEM;

	if (rc == 0 || rc == -ENOENT)
		rc = rd_options_read(options, config ? rd_config_find(config, "twin") : NULL, NULL,
				     built, NULL, report);
	rd_config_unref(config);
	if (rc < 0)
		rd_free(built);
	else
		*snapshot = built;
	return rc;
}

static void commit(void *snapshot)
{
	level = *(int *)snapshot;
	rd_free(snapshot);
}

static void discard(void *snapshot)
{
	rd_free(snapshot);
}

static const char *const files[] = { "twin.conf", NULL };
static const struct rd_module_config config = {
	.files = files, .build = build, .commit = commit, .discard = discard
};

static const char key;

static void forget(void *data)
{
	rd_free(data);
}

/* It holds the module until the channel ends. */
static int attach_app(struct rd_channel *ch, const char *args)
{
	(void)args;
	return rd_channel_keep(ch, &key, 1, forget) ? 0 : -ENOMEM;
}

static int sleep_for(void *ms)
{
	return rd_sleep((int)(intptr_t)ms);
}

static int begin_app(struct rd_channel *ch, const char *args)
{
	(void)ch;
	return rd_fiber_new_detached("twin", sleep_for, (void *)(intptr_t)atoi(args));
}

/* For so many milliseconds. */
static int wait_command(struct rd_cli *cli, int argc, const char *const *argv)
{
	int rc = argc ? rd_sleep(atoi(argv[0])) : 0;

	rd_cli_print(cli, "version " WORDS(TWIN) "\n");
	return rc;
}

static const struct rd_app apps[] = { { .name = "Twin", .run = twin_app },
				      { .name = "TwinAttach", .run = attach_app },
				      { .name = "TwinBegin", .run = begin_app },
#if TWIN == 3
				      { .name = "Hibernate", .run = attach_app },
#endif
				      { 0 } };
static const struct rd_function functions[] = { { .name = "TWIN", .read = twin_read }, { 0 } };
static const struct rd_cli_command commands[] = {
	{ .name = "twin show", .usage = "[MS]", .help = "Which it is.", .run = wait_command }, { 0 }
};

#if TWIN >= 4 /* what can be there but once; 5 does not start, 6 holds itself for a second */

static int hold_on(void *unused)
{
	int rc = rd_sleep(1000);

	(void)unused;
	rd_module_release(RD_MODULE_NAME);
	return rc;
}

static int load(void)
{
	if (TWIN == 5)
		return -EIO;
	if (TWIN < 6)
		return 0;
	rd_module_use(RD_MODULE_NAME);
	return rd_fiber_new_detached("twin", hold_on, NULL);
}

#define LOAD .load = load,
#else
#define LOAD
#endif

/* Its fibers it leaves. */
static void unload(void)
{
}

RD_MODULE(.name = "good_twin", .unload = unload, .synopsis = "version " WORDS(TWIN), .apps = apps,
	  LOAD.functions = functions, .commands = commands, .config = &config);
