/* A module for the loader's test that offers something of most kinds, and
 * tells through its interface what was done with it. */
#include <ringdown/module.h>

#include "tests/modules/alpha.h"

static struct alpha_state state;

static int alpha_run(struct rd_channel *ch, const char *args)
{
	(void)ch;
	(void)args;
	return 0;
}

static int alpha_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	(void)ch;
	(void)args;
	rd_buf_adds(out, "alpha");
	return 0;
}

static int alpha_command(struct rd_cli *cli, int argc, const char *const *argv)
{
	(void)argc;
	(void)argv;
	rd_cli_print(cli, "level %d\n", state.level);
	return 0;
}

struct snapshot {
	int level;
};

static const struct rd_option options[] = {
	{ .name = "level", .type = RD_OPTION_INT, .offset = offsetof(struct snapshot, level),
	  .fallback = "3", .min = 0, .max = 9 },
	{ 0 }
};

static int build(void **snapshot, struct rd_config_report *report)
{
	struct snapshot *built = rd_zalloc(sizeof(*built));
	struct rd_config *config = NULL;
	struct rd_pool *pool;
	int rc;

	if (!built)
		return -ENOMEM;
	rc = rd_pool_new(&pool, 0);
	if (rc == 0) {
		rc = rd_config_load(&config, "alpha.conf", report);
		if (rc == 0 || rc == -ENOENT)
			rc = rd_options_read(options,
					     config ? rd_config_find(config, "alpha") : NULL, NULL,
					     built, pool, report);
		rd_config_unref(config);
		rd_pool_free(pool);
	}
	if (rc < 0)
		rd_free(built);
	else
		*snapshot = built;
	return rc;
}

static void commit(void *snapshot)
{
	state.level = ((struct snapshot *)snapshot)->level;
	state.commits++;
	rd_free(snapshot);
}

static void discard(void *snapshot)
{
	rd_free(snapshot);
}

static int load(void)
{
	state.loads++;
	state.commits_at_load = state.commits;
	return 0;
}

static const struct rd_app apps[] = { { .name = "Alpha", .run = alpha_run }, { 0 } };
static const struct rd_function functions[] = { { .name = "ALPHA", .read = alpha_read }, { 0 } };
static const struct rd_cli_command commands[] = {
	{ .name = "alpha show", .usage = "", .help = "Show it.", .run = alpha_command }, { 0 }
};
static const struct rd_interface interfaces[] = {
	{ .name = "alpha", .version = 2, .functions = &state }, { 0 }
};
static const char *const files[] = { "alpha.conf", NULL };
static const struct rd_module_config config = {
	.files = files, .build = build, .commit = commit, .discard = discard
};

RD_MODULE(.name = "good_alpha", .synopsis = "offers of most kinds", .apps = apps,
	  .functions = functions, .commands = commands, .interfaces = interfaces,
	  .config = &config, .load = load);
