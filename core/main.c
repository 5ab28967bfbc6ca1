/* The daemon's table of contents: what it is made of, in the order in which
 * that starts, and how it stops, in reverse. What it does on request while it
 * runs is in requests.c; a call comes in through a module (channels/sip). */
#include <stdio.h>
#include <unistd.h>

#include <ringdown/fiber.h>

#include "core/background.h"
#include "core/base/borrowed.h"
#include "core/base/context.h"
#include "core/base/log.h"
#include "core/call/call.h"
#include "core/claim.h"
#include "core/cli/cli.h"
#include "core/cli/top.h"
#include "core/config/config.h"
#include "core/config/logger.h"
#include "core/doctor/doctor.h"
#include "core/health.h"
#include "core/media/media.h"
#include "core/memory.h"
#include "core/module/module.h"
#include "core/options.h"
#include "core/requests.h"
#include "core/sched/admission.h"
#include "core/sched/crash.h"
#include "core/sched/place.h"
#include "core/sched/sched.h"
#include "core/sched/watchdog.h"
#include "core/settings.h"
#include "core/service.h"
#include "core/signals.h"
#include "core/store/store.h"
#include "core/trim.h"

static struct rd__options options;
static struct rd__settings settings;
static struct rd_config_report *report; /* what is wrong with the configuration */

/* Nothing of it is started. */
static bool is_only_read(void)
{
	return options.mode == RD__MODE_CHECK || options.mode == RD__MODE_DOCTOR;
}

/* ---- the parts ------------------------------------------------------------------- */

static int start_log(void)
{
	if (options.verbose)
		rd__log_set_terminal_minimum(options.verbose > 1 ? RD_LOG_DEBUG : RD_LOG_VERBOSE);
	return rd__log_start();
}

static int make_directories(void)
{
	return rd__directories_make(report);
}

/* Test runs make one for each configuration: let them not pile up. */
static void remove_run_directory(void)
{
	rmdir(rd_directory("run"));
}

/* What nobody hopes for: a crash, also of a module that loads; a stuck thread, too many
 * calls. */
static int await_crashes(void)
{
	char file[4096];
	int rc;

	snprintf(file, sizeof(file), "%s/crash.log", rd_directory("log"));
	rd__place_set_owner(rd__module_at);
	rd__context_set_finder(rd__channel_owner_name);
	if (options.mode != RD__MODE_DAEMON)
		return rd__crash_install(NULL);
	rc = rd__crash_install(file);
	return rc ? rc : rd__crash_guard_exit();
}

/* One may come until the end. */
static void await_crashes_still(void)
{
}

static int start_watchdog(void)
{
	rd__admission_limits(settings.max_lag_ms, 0);
	return rd__watchdog_start(settings.slow_ms, settings.stuck_ms);
}

static int start_media(void)
{
	int threads = settings.media_threads ? settings.media_threads : RD__MEDIA_PER_CORE;

	return rd__media_start(is_only_read() ? 0 : threads);
}

/* The files of the core itself; they are read together with the modules'. */
static const struct {
	const char *owner;
	const struct rd_module_config *config;
} files[] = {
	{ "logger", &rd__logger_config },	    { "rtp", &rd__rtp_config },
	{ "indications", &rd__indications_config }, { "musiconhold", &rd__music_config },
	{ "features", &rd__features_config },
};

static void leave_configuration(void)
{
	for (size_t i = 0; i < RD_ARRAY_SIZE(files); i++)
		rd__config_leave(files[i].config);
	rd__music_free();
	rd__features_free();
	rd__indications_free();
}

static int join_configuration(void)
{
	int rc = 0;

	for (size_t i = 0; i < RD_ARRAY_SIZE(files) && rc == 0; i++)
		rc = rd__config_join(files[i].owner, files[i].config);
	if (rc < 0)
		leave_configuration();
	else
		rd__config_set_review(&rd__features_config, rd__features_review, NULL);
	return rc;
}

static const struct rd_cli_command *const commands[] = {
	rd__channel_commands,  rd__call_registry_commands, rd__media_commands,
	rd__store_commands,    rd__module_commands,        rd__music_commands,
	rd__features_commands, rd__indication_commands,    rd__health_commands,
	rd__memory_commands,
};

static void unregister_commands(void)
{
	for (size_t i = 0; i < RD_ARRAY_SIZE(commands); i++)
		rd__cli_unregister(commands[i]);
	rd__cli_stop();
}

static int register_commands(void)
{
	int rc = rd__cli_start();

	for (size_t i = 0; i < RD_ARRAY_SIZE(commands) && rc == 0; i++)
		rc = rd__cli_register("core", commands[i], sizeof(*commands[i]));
	if (rc < 0)
		unregister_commands();
	return rc;
}

static int load_modules(void)
{
	return is_only_read() ? rd__modules_check(report) : rd__modules_start(report);
}

static int accept_calls(void)
{
	return rd__requests_start(settings.stop_ms);
}

static int tell_service(void)
{
	rd__service_start();
	return 0;
}

static int open_console(void)
{
	int rc = rd__cli_listen();

	if (rc == -EADDRINUSE)
		rd_config_error(report, rd_directory("run"), 0,
				"another ringdown runs with this configuration already");
	return rc;
}

/* A state directory is one daemon's: two would overwrite each other's. */
static int claim_state(void)
{
	int rc = rd__claim_take(report);

	if (rc == 0)
		rd__control_record();
	return rc;
}

static void leave_state(void)
{
	rd__control_forget();
	rd__claim_drop();
}

/* What changes of the options while the daemon runs. */
static void apply_settings(void)
{
	rd__admission_limits(settings.max_lag_ms, 0);
	rd__requests_set_stop(settings.stop_ms);
}

static void leave_reload(void)
{
	while (rd__config_under_way() && rd_sleep(10) == 0)
		; /* it walks the list of who takes part */
	rd__modules_leave();
	rd__settings_leave();
}

/* The files that were read before all others: now they are read again with them. */
static int join_reload(void)
{
	int rc = rd__settings_join(&settings, apply_settings);

	if (rc == 0)
		rc = rd__modules_join();
	if (rc < 0)
		leave_reload();
	return rc;
}

enum { DAEMON_ONLY = 1 }; /* --check, which leaves no trace, does without it */

/* Started from the first to the last, in a fiber; stopped from the last to the
 * first, also when one of them has failed. The console is opened before all
 * that another daemon of the same configuration would share with this one, for
 * its socket tells that there is one; the watchdog after the modules, which may
 * take their time to load. */
static const struct part {
	const char *name;
	int (*start)(void);
	void (*stop)(void);
	int flags;
} parts[] = {
	{ "directories", make_directories, remove_run_directory, DAEMON_ONLY },
	{ "console", open_console, rd__cli_close, DAEMON_ONLY },
	{ "state", claim_state, leave_state, DAEMON_ONLY },
	{ "commands", register_commands, unregister_commands, 0 },
	{ "configuration", join_configuration, leave_configuration, 0 },
	{ "store", rd__store_start, rd__store_stop, DAEMON_ONLY },
	{ "media", start_media, rd__media_stop, 0 },
	{ "crash reports", await_crashes, await_crashes_still, 0 },
	{ "modules", load_modules, rd__modules_stop, 0 },
	{ "reload", join_reload, leave_reload, DAEMON_ONLY },
	{ "watchdog", start_watchdog, rd__watchdog_stop, 0 },
	{ "memory", rd__trim_start, rd__trim_stop, DAEMON_ONLY },
	{ "calls", accept_calls, rd__requests_stop, DAEMON_ONLY },
	{ "service", tell_service, rd__service_stop, DAEMON_ONLY },
};

static size_t parts_started;

enum { END_MS = 5000 }; /* for what still runs when all parts have stopped */

/* ---- start, run, stop --------------------------------------------------------------- */

static void print_finding(const char *text, bool is_error, void *arg)
{
	(void)is_error;
	(void)arg;
	fprintf(stderr, "ringdown: %s\n", text);
}

static bool has_all_modules(void)
{
	const char *name, *why;
	size_t pos = 0;

	return !rd__module_left_out(&pos, &name, &why);
}

/* Say on the terminal what a step has found; rc is what the step returned. */
static int tell(const char *step, int rc)
{
	if (rc == 0 && rd_config_errors(report))
		rc = -EINVAL;
	if (options.mode == RD__MODE_DOCTOR)
		rd__doctor_configuration(report, rc, has_all_modules());
	else
		rd__report_each(report, print_finding, NULL);
	if (rc < 0 && !rd_config_errors(report) && options.mode != RD__MODE_DOCTOR)
		fprintf(stderr, "ringdown: %s: %s\n", step, rd_strerror(rc));
	rd_config_report_free(report);
	report = NULL;
	return rc;
}

static bool is_needed(const struct part *part)
{
	return !is_only_read() || !(part->flags & DAEMON_ONLY);
}

static int start_parts(void *arg)
{
	int rc = 0;

	(void)arg;
	for (size_t i = 0; i < RD_ARRAY_SIZE(parts) && rc == 0; i++) {
		rc = is_needed(&parts[i]) ? parts[i].start() : 0;
		if (rc == 0)
			parts_started++;
	}
	return rc;
}

static int stop_parts(void *arg)
{
	(void)arg;
	while (parts_started) {
		const struct part *part = &parts[--parts_started];

		if (is_needed(part))
			part->stop();
	}
	return 0;
}

static int run(void)
{
	int rc = rd__sched_call(start_parts, NULL);
	const char *last = parts[RD_MIN(parts_started, RD_ARRAY_SIZE(parts) - 1)].name;

	rc = tell(last, rc);
	if (rc == 0 && options.mode == RD__MODE_DAEMON) {
		rd__background_ready();
		rd__sched_run();
	}
	rd__sched_call(stop_parts, NULL);
	if (!rd__sched_end_all(END_MS))
		return -EBUSY;
	rd__channels_fini();
	rd__sched_fini();
	return rc;
}

static int run_daemon(void)
{
	int rc = 0;

	if (options.mode == RD__MODE_DAEMON && !options.foreground)
		rc = rd__background_enter();
	if (rc == 0)
		rc = start_log();
	if (rc == 0)
		rc = rd__sched_init((size_t)settings.max_fibers);
	if (rc < 0)
		return tell("start", rc);
	/* Until the last part, "calls", has started: */
	rd__admission_close(true);
	rd__config_close(true);
	rc = run();
	rd__log_stop();
	return rc;
}

/* ---- the command line ------------------------------------------------------------------ */

/* A check reads the other files in spite of a mistake, as far as it knows where they are. */
static bool may_go_on(int rc)
{
	return rc == 0 || (rc == -EINVAL && is_only_read() && rd_directory("modules"));
}

/* What every mode needs to know: where things are, and the daemon's options. */
static int load_settings(void)
{
	struct rd__daemon_files files;
	int rc = rd_config_report_new(&report);

	if (rc < 0)
		return rc;
	rc = rd__directories_read(options.config_dir, options.state_dir, &files, report);
	if (may_go_on(rc))
		rc = rd__settings_read(&settings, NULL, &files, report);
	rd__daemon_files_fini(&files);
	rd__config_allow_exec(settings.exec_includes);
	rd__config_limit_exec(settings.exec_ms);
	return rc;
}

/* To talk to a daemon, its directories will do: a mistake elsewhere, which it may not
 * even have seen yet, must not lock anybody out. */
static int run_client(void)
{
	int rc = rd_config_report_new(&report);

	if (rc == 0)
		rc = rd__directories_load(options.config_dir, options.state_dir, report);
	if (rc == -EINVAL && rd_directory("run"))
		rc = 0;
	if (rc < 0)
		return tell("configuration", rc) < 0;
	if (rd_config_errors(report))
		rd__report_each(report, print_finding, NULL);
	if (options.mode == RD__MODE_TOP)
		return rd__cli_top();
	return options.mode == RD__MODE_CONSOLE ? rd__cli_remote_console() :
						  rd__cli_remote_command(options.command);
}

static int run_mode(void)
{
	int rc;

	if (options.mode == RD__MODE_CONSOLE || options.mode == RD__MODE_COMMAND ||
	    options.mode == RD__MODE_TOP)
		return run_client();
	if (options.mode == RD__MODE_DAEMON)
		rd__signals_hold();
	rc = load_settings();
	if (!may_go_on(rc))
		return tell("configuration", rc) < 0;
	if (options.mode == RD__MODE_DOCTOR)
		rd__doctor_begin();
	rc = run_daemon();
	if (options.mode == RD__MODE_DOCTOR)
		return rd__doctor_end();
	if (rc == 0 && options.mode == RD__MODE_CHECK)
		puts("ringdown: the configuration is good");
	return rc < 0;
}

int main(int argc, char **argv)
{
	int status;

	rd__tls_count(); /* before anybody uses it */
	rd__trim_prepare();
	if (rd__options_parse(&options, argc, argv, stderr) < 0)
		return 2;
	if (options.mode == RD__MODE_HELP) {
		rd__options_help(stdout);
		return 0;
	}
	if (options.mode == RD__MODE_VERSION) {
		puts("ringdown " RD_VERSION);
		return 0;
	}
	status = run_mode();
	rd__crash_allow_exit();
	rd_config_report_free(report);
	rd__directories_free();
	if (rd__offload_running()) { /* exit() would wait for the pool's threads */
		fflush(NULL);
		_exit(status);
	}
	return status;
}
