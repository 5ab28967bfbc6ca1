/* ringdown.conf as a part of every reload: its options, and the folders of
 * [directories], which stay what they are until the next start. */
#include "core/settings.h"

#include "core/config/config.h"

struct snapshot {
	struct rd__settings settings;
	bool exec_before;
};

static struct rd__settings *in_force;
static void (*apply)(void);

/* The files that are read after this one heed its execincludes. */
static int build(void **snapshot, struct rd_config_report *report)
{
	struct snapshot *built = rd_zalloc(sizeof(*built));
	int rc, other;

	if (!built)
		return -ENOMEM;
	rc = rd__settings_load_again(&built->settings, in_force, report);
	other = rd__directories_look(report);
	rc = rc < 0 ? rc : other;
	if (rc < 0) {
		rd_free(built);
		return rc;
	}
	built->exec_before = in_force->exec_includes;
	rd__config_allow_exec(built->settings.exec_includes);
	*snapshot = built;
	return 0;
}

/* What is made once keeps the value that it was made with. */
static void commit(void *snapshot)
{
	const struct rd__settings *settings = &((struct snapshot *)snapshot)->settings;

	in_force->exec_includes = settings->exec_includes;
	in_force->max_lag_ms = settings->max_lag_ms;
	in_force->stop_ms = settings->stop_ms;
	apply();
	rd_free(snapshot);
}

static void discard(void *snapshot)
{
	rd__config_allow_exec(((struct snapshot *)snapshot)->exec_before);
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
