/* ringdown.conf as a part of every reload: its options, and the folders of
 * [directories], which stay what they are until the next start. */
#include "core/settings.h"

#include "core/config/config.h"

static struct rd__settings *in_force;
static void (*apply)(void);

static void use_exec(const struct rd__settings *settings)
{
	rd__config_allow_exec(settings->exec_includes);
	rd__config_limit_exec(settings->exec_ms);
}

static int read_all(struct rd__settings *built, struct rd_config_report *report)
{
	struct rd__daemon_files files;
	int rc = rd__daemon_files_load(&files, report), other;

	if (rc < 0)
		return rc;
	rc = rd__settings_read(built, in_force, &files, report);
	other = rd__directories_look(&files, report);
	rd__daemon_files_fini(&files);
	return rc < 0 ? rc : other;
}

/* The files that are read after this one heed its execincludes. */
static int build(void **snapshot, struct rd_config_report *report)
{
	struct rd__settings *built = rd_zalloc(sizeof(*built));
	int rc = built ? read_all(built, report) : -ENOMEM;

	if (rc < 0) {
		rd_free(built);
		return rc;
	}
	use_exec(built);
	*snapshot = built;
	return 0;
}

/* What is made once keeps the value that it was made with. */
static void commit(void *snapshot)
{
	const struct rd__settings *settings = snapshot;

	in_force->exec_includes = settings->exec_includes;
	in_force->exec_ms = settings->exec_ms;
	in_force->max_lag_ms = settings->max_lag_ms;
	in_force->stop_ms = settings->stop_ms;
	apply();
	rd_free(snapshot);
}

static void discard(void *snapshot)
{
	use_exec(in_force);
	rd_free(snapshot);
}

static const char *const files[] = { "ringdown.conf", NULL };

static const struct rd_module_config config = {
	.files = files,
	.build = build,
	.commit = commit,
	.discard = discard,
};

int rd__settings_join(struct rd__settings *settings, void (*put_to_use)(void))
{
	in_force = settings;
	apply = put_to_use;
	return rd__config_join_first("core", &config);
}

void rd__settings_leave(void)
{
	rd__config_leave(&config);
}
