/* logger.conf: where log lines go. Asterisk's grammar ("console =>
 * notice,warning") with what it has no words for. */
#include <string.h>
#include <strings.h>
#include <syslog.h>
#include <unistd.h>

#include <ringdown/str.h>

#include "core/base/log.h"
#include "core/config/config.h"
#include "core/config/logger.h"

enum { MAX_LEVELS = 32 };

/* What [general] says. */
struct general {
	const char *date_format;
	int level;
	int rotation;
	int64_t rotate_size;
	int rotate_time_ms;
	int rotate_keep;
};

struct snapshot {
	struct rd__log_settings *settings;
	int level;
	size_t own_count;
	struct {
		const char *module;
		int level;
	} own[MAX_LEVELS];
};

static const char *const strategies[] = { "rotate", "sequential", "timestamp", "none",
					  NULL };

static const char log_of_queues[] = "the modules queue_log and queue_log_sqlite write it";

static const struct rd_option general_table[] = {
	{ .name = "dateformat",
	  .type = RD_OPTION_STRING,
	  .offset = offsetof(struct general, date_format),
	  .fallback = "%F %T.%3q",
	  .help = "How times are written: strftime(3), and %3q for milliseconds" },
	{ .name = "level",
	  .type = RD_OPTION_ENUM,
	  .offset = offsetof(struct general, level),
	  .fallback = "verbose",
	  .names = rd__log_level_names,
	  .help = "Lines above this level are not made, whoever would take them" },
	{ .name = "rotatestrategy",
	  .type = RD_OPTION_ENUM,
	  .offset = offsetof(struct general, rotation),
	  .fallback = "rotate",
	  .names = strategies,
	  .help = "How old files are named; none: files are only opened again" },
	{ .name = "rotatesize",
	  .type = RD_OPTION_SIZE,
	  .offset = offsetof(struct general, rotate_size),
	  .fallback = "0",
	  .min = 0,
	  .max = INT64_MAX,
	  .help = "Rotate a file that has grown so large; 0: never" },
	{ .name = "rotatetime",
	  .type = RD_OPTION_DURATION,
	  .offset = offsetof(struct general, rotate_time_ms),
	  .fallback = "0",
	  .min = 0,
	  .max = 20 * 86400000LL,
	  .help = "Rotate a file that has been open so long; 0: never" },
	{ .name = "rotatecount",
	  .type = RD_OPTION_INT,
	  .offset = offsetof(struct general, rotate_keep),
	  .fallback = "5",
	  .min = 0,
	  .max = 1000,
	  .help = "Old files that are kept, with the strategy \"rotate\"" },
	RD_OPTION_ABSENT("appendhostname", "files are named as [logfiles] says"),
	RD_OPTION_ABSENT("exec_after_rotate", "files are rotated without help"),
	RD_OPTION_ABSENT("logger_queue_limit", "lines that do not fit are counted"),
	RD_OPTION_ABSENT("queue_adaptive_realtime", log_of_queues),
	RD_OPTION_ABSENT("queue_log", log_of_queues),
	RD_OPTION_ABSENT("queue_log_name", log_of_queues),
	RD_OPTION_ABSENT("queue_log_realtime_use_gmt", log_of_queues),
	RD_OPTION_ABSENT("queue_log_to_file", log_of_queues),
	RD_OPTION_ABSENT("rotatetimestamp", "write rotatestrategy = timestamp"),
	RD_OPTION_ABSENT("use_callids", "every line names its channel"),
	{ 0 },
};

static const char *const levels_of_no_effect[] = { "dtmf", "fax", "trace", NULL };

static bool is_one_of(const char *const *list, const char *name)
{
	for (; *list; list++)
		if (strcasecmp(*list, name) == 0)
			return true;
	return false;
}

/* ---- [logfiles] ---- */

/* Asterisk has degrees of some levels, "verbose(3)", "verbose(*)": here there is one. */
static void drop_degree(char *name)
{
	char *at = strchr(name, '(');
	size_t digits = at ? strspn(at + 1, "0123456789*") : 0;

	if (digits && strcmp(at + 1 + digits, ")") == 0)
		*at = '\0';
}

/* One word of "notice,warning,verbose(3),json" or "pid". */
static void read_word(struct rd__log_sink *sink, struct rd_str word,
		      const struct rd_config_line *line, struct rd_config_report *report)
{
	const char *nearest;
	char name[32];
	int level;

	rd_strcpyn(name, sizeof(name), word);
	drop_degree(name);
	level = rd__log_level_of(name);
	if (level >= 0)
		sink->levels |= RD__LOG_BIT(level);
	else if (strcmp(name, "*") == 0)
		sink->levels |= RD__LOG_UP_TO(RD_LOG_DEBUG);
	else if (strcasecmp(name, "security") == 0)
		sink->levels |= RD__LOG_BIT(RD_LOG_NOTICE);
	else if (strcasecmp(name, "json") == 0)
		sink->layout = RD__LOG_JSON;
	else if (strcasecmp(name, "pid") == 0)
		sink->layout = RD__LOG_PID;
	else if (is_one_of(levels_of_no_effect, name))
		rd_config_warning(report, line->file, line->line,
				  "%s: nothing is logged at level \"%s\" here", line->name,
				  name);
	else if ((nearest = rd_str_nearest(name, rd__log_level_names)))
		rd_config_error(report, line->file, line->line,
				"%s: unknown level \"%s\"; did you mean \"%s\"?", line->name,
				name, nearest);
	else
		rd_config_error(report, line->file, line->line,
				"%s: unknown level \"%s\"; expected error, warning, notice, "
				"verbose, debug, *, json or pid",
				line->name, name);
}

static void read_words(struct rd__log_sink *sink, const struct rd_config_line *line,
		       struct rd_config_report *report)
{
	struct rd_str rest = rd_str_of(line->value), word;
	int errors = rd_config_errors(report);

	/* Asterisk writes the format before the levels: [json]notice,error. */
	if (strncasecmp(line->value, "[json]", 6) == 0) {
		sink->layout = RD__LOG_JSON;
		rest = rd_str_of(line->value + 6);
	} else if (*line->value == '[' && strchr(line->value, ']')) {
		rest = rd_str_of(strchr(line->value, ']') + 1);
	}
	while (rest.p) {
		rd_str_cut(&rest, ',', &word);
		word = rd_str_trim(word);
		if (word.n)
			read_word(sink, word, line, report);
	}
	if (!sink->levels && rd_config_errors(report) == errors)
		rd_config_warning(report, line->file, line->line,
				  "%s: no level, so nothing comes there; there are error, "
				  "warning, notice, verbose, debug",
				  line->name);
}

static int facility_of(const char *name)
{
	static const struct {
		const char *name;
		int facility;
	} facilities[] = {
		{ "daemon", LOG_DAEMON },
		{ "user", LOG_USER },
		{ "auth", LOG_AUTH },
		{ "authpriv", LOG_AUTHPRIV },
		{ "syslog", LOG_SYSLOG },
		{ "cron", LOG_CRON },
		{ "ftp", LOG_FTP },
		{ "kern", LOG_KERN },
		{ "lpr", LOG_LPR },
		{ "mail", LOG_MAIL },
		{ "news", LOG_NEWS },
		{ "uucp", LOG_UUCP },
		{ "local0", LOG_LOCAL0 },
		{ "local1", LOG_LOCAL1 },
		{ "local2", LOG_LOCAL2 },
		{ "local3", LOG_LOCAL3 },
		{ "local4", LOG_LOCAL4 },
		{ "local5", LOG_LOCAL5 },
		{ "local6", LOG_LOCAL6 },
		{ "local7", LOG_LOCAL7 },
	};

	for (size_t i = 0; i < RD_ARRAY_SIZE(facilities); i++)
		if (strcasecmp(facilities[i].name, name) == 0)
			return facilities[i].facility;
	return -ENOENT;
}

static int set_path(struct rd__log_sink *sink, const struct rd_config_line *line,
		    struct rd_pool *pool, struct rd_config_report *report)
{
	const char *dir = rd_directory("log");
	char *slash;

	sink->kind = RD__LOG_FILE;
	/* As fail2ban expects them. */
	if (sink->layout == RD__LOG_TEXT)
		sink->layout = RD__LOG_PID;
	if (line->name[0] == '/' || !dir)
		sink->path = rd_pool_strdup(pool, line->name);
	else
		sink->path = rd_pool_printf(pool, "%s/%s", dir, line->name);
	if (!sink->path)
		return -ENOMEM;
	if (strlen(sink->path) > RD__LOG_PATH_MAX) {
		rd_config_error(report, line->file, line->line,
				"%.40s...: expected a path of up to %d characters", line->name,
				RD__LOG_PATH_MAX);
		return 0;
	}
	/* A directory of ours is made later; any other must be there. */
	slash = strrchr(line->name, '/');
	if (!slash || slash == line->name)
		return 0;
	slash = rd_pool_strndup(pool, sink->path,
				(size_t)(strrchr(sink->path, '/') - sink->path));
	if (!slash)
		return -ENOMEM;
	if (access(slash, W_OK | X_OK) < 0)
		rd_config_error(report, line->file, line->line, "%s: %s: %s", line->name,
				slash, rd_strerror(errno));
	return 0;
}

static int read_sink(struct rd__log_sink *sink, const struct rd_config_line *line,
		     struct rd_pool *pool, struct rd_config_report *report)
{
	sink->fd = -1;
	read_words(sink, line, report);
	if (strcasecmp(line->name, "console") == 0) {
		sink->kind = RD__LOG_TERMINAL;
		return 0;
	}
	if (strncasecmp(line->name, "syslog.", 7) != 0)
		return set_path(sink, line, pool, report);
	sink->kind = RD__LOG_SYSLOG;
	sink->facility = facility_of(line->name + 7);
	if (sink->facility < 0)
		rd_config_error(report, line->file, line->line,
				"\"%s\": no such facility; expected daemon, user, auth, "
				"authpriv, cron, ftp, kern, lpr, mail, news, syslog, uucp or "
				"local0 to local7",
				line->name + 7);
	return 0;
}

static int read_sinks(struct rd__log_settings *settings,
		      const struct rd_config_section *section,
		      struct rd_config_report *report)
{
	const struct rd_config_line *line = NULL;
	size_t count = 0;

	while ((line = rd_config_line_next(section, line)))
		count++;
	settings->sinks = rd_pool_zalloc(settings->pool, count * sizeof(*settings->sinks));
	if (!settings->sinks)
		return -ENOMEM;
	while ((line = rd_config_line_next(section, line)))
		if (read_sink(&settings->sinks[settings->sink_count++], line,
			      settings->pool, report) < 0)
			return -ENOMEM;
	return 0;
}

/* Without [logfiles]: the terminal, and a file for when there is none. */
static int default_sinks(struct rd__log_settings *settings)
{
	const char *dir = rd_directory("log");

	settings->sinks = rd_pool_zalloc(settings->pool, 2 * sizeof(*settings->sinks));
	if (!settings->sinks)
		return -ENOMEM;
	settings->sinks[settings->sink_count++] = (struct rd__log_sink){
		.kind = RD__LOG_TERMINAL,
		.levels = RD__LOG_UP_TO(RD_LOG_NOTICE),
	};
	if (!dir)
		return 0;
	settings->sinks[settings->sink_count++] = (struct rd__log_sink){
		.kind = RD__LOG_FILE,
		.levels = RD__LOG_UP_TO(RD_LOG_NOTICE),
		.path = rd_pool_printf(settings->pool, "%s/messages", dir),
	};
	return settings->sinks[1].path ? 0 : -ENOMEM;
}

/* ---- the other sections ---- */

static int read_general(struct snapshot *snapshot, const struct rd_config_section *section,
			struct rd_config_report *report)
{
	struct rd__log_settings *settings = snapshot->settings;
	struct general general = { 0 };
	int rc = rd_options_read(general_table, section, NULL, &general, settings->pool,
				 report);

	snapshot->level = general.level;
	settings->date_format = general.date_format;
	settings->rotation = (enum rd__log_rotation)general.rotation;
	settings->rotate_size = general.rotate_size;
	settings->rotate_seconds = (general.rotate_time_ms + 999) / 1000;
	settings->rotate_keep = general.rotate_keep;
	return rc == -ENOMEM ? rc : 0;
}

/* A module from elsewhere may have any name, but one that is nearly that of ours
 * is a slip. */
static void check_module(struct rd_pool *pool, const struct rd_config_line *line,
			 struct rd_config_report *report)
{
	const char *near;

	if (rd__module_name_known(pool, line->name, &near))
		return;
	if (near)
		rd_config_error(report, line->file, line->line,
				"[levels] there is no module \"%s\"; did you mean \"%s\"?",
				line->name, near);
	else
		rd_config_warning(report, line->file, line->line,
				  "[levels] no module \"%s\" is installed", line->name);
}

/* [levels]: app_dial = debug */
static int read_levels(struct snapshot *snapshot, const struct rd_config_section *section,
		       struct rd_config_report *report)
{
	const struct rd_config_line *line = NULL;

	while (section && (line = rd_config_line_next(section, line))) {
		int level = rd__log_level_of(line->value);

		if (level < 0 || snapshot->own_count == MAX_LEVELS) {
			rd_config_error(report, line->file, line->line,
					level < 0 ? "[levels] %s = \"%s\": expected error, "
						    "warning, notice, verbose or debug"
						  : "[levels] %s = \"%s\": too many lines",
					line->name, line->value);
			continue;
		}
		check_module(snapshot->settings->pool, line, report);
		snapshot->own[snapshot->own_count].module =
			rd_pool_strdup(snapshot->settings->pool, line->name);
		snapshot->own[snapshot->own_count].level = level;
		if (!snapshot->own[snapshot->own_count++].module)
			return -ENOMEM;
	}
	return 0;
}

static const char *const sections[] = { "general", "logfiles", "levels", NULL };

/* config NULL: there is no file. */
static int read_sections(struct snapshot *snapshot, const struct rd_config *config,
			 struct rd_config_report *report)
{
	const struct rd_config_section *files = rd_config_find(config, "logfiles");
	int rc;

	rd_config_check_sections(config, sections, NULL, report);
	rc = read_general(snapshot, rd_config_find(config, "general"), report);
	if (rc == 0)
		rc = read_levels(snapshot, rd_config_find(config, "levels"), report);
	if (rc == 0)
		rc = files ? read_sinks(snapshot->settings, files, report)
			   : default_sinks(snapshot->settings);
	return rc;
}

/* ---- the participant ---- */

static void discard(void *arg)
{
	struct snapshot *snapshot = arg;

	rd__log_settings_free(snapshot->settings);
	rd_free(snapshot);
}

static int snapshot_new(struct snapshot **sp)
{
	struct snapshot *snapshot = rd_zalloc(sizeof(*snapshot));
	struct rd_pool *pool = NULL;

	if (!snapshot || rd_pool_new(&pool, 0) < 0) {
		rd_free(snapshot);
		return -ENOMEM;
	}
	snapshot->settings = rd_pool_zalloc(pool, sizeof(*snapshot->settings));
	if (!snapshot->settings) {
		rd_pool_free(pool);
		rd_free(snapshot);
		return -ENOMEM;
	}
	snapshot->settings->pool = pool;
	*sp = snapshot;
	return 0;
}

static int build(void **out, struct rd_config_report *report)
{
	int errors = rd_config_errors(report);
	struct rd_config *config = NULL;
	struct snapshot *snapshot;
	int rc = rd_config_load_merged(&config, "logger.conf", RD_SECOND_JOINS, report);

	if (rc < 0 && rc != -ENOENT)
		return rc;
	rc = snapshot_new(&snapshot);
	if (rc == 0) {
		rc = read_sections(snapshot, config, report);
		if (rc == 0 && rd_config_errors(report) > errors)
			rc = -EINVAL;
		if (rc < 0)
			discard(snapshot);
	}
	rd_config_unref(config);
	if (rc == 0)
		*out = snapshot;
	return rc;
}

static void commit(void *arg)
{
	struct snapshot *snapshot = arg;
	enum rd_log_level level;
	char module[64];
	size_t pos;

	while (pos = 0, rd__log_level_next(&pos, module, sizeof(module), &level))
		rd__log_set_level(module, -1);
	rd__log_set_level(NULL, snapshot->level);
	for (size_t i = 0; i < snapshot->own_count; i++)
		rd__log_set_level(snapshot->own[i].module, snapshot->own[i].level);
	rd__log_configure_take(snapshot->settings);
	rd_free(snapshot);
}

static const char *const files[] = { "logger.conf", NULL };

const struct rd_module_config rd__logger_config = {
	.files = files,
	.build = build,
	.commit = commit,
	.discard = discard,
};
