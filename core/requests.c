/* Stop and reload, as signals and the console ask for them. */
#include "core/call/keeper.h"
#include "core/requests.h"

#include <ringdown/cause.h>
#include <ringdown/channel.h>
#include <ringdown/clock.h>
#include <ringdown/fiber.h>
#include <ringdown/log.h>

#include "core/base/log.h"
#include "core/call/call.h"
#include "core/cli/cli.h"
#include "core/cli/commands.h"
#include "core/config/config.h"
#include "core/module/module.h"
#include "core/sched/admission.h"
#include "core/sched/sched.h"
#include "core/signals.h"

enum {
	GOODBYE_MS = 3000, /* for hung-up calls to end */
	LOOK_MS = 100,	   /* how often somebody who waits for that looks */
};

static bool accepting, waiting;
static enum rd__stop wanted; /* while waiting */
static int graceful_ms;

/* ---- stop ---- */

static void refuse_calls(bool refuse)
{
	rd__admission_close(refuse);
	rd__channel_refuse_new(refuse);
}

static void stop_now(bool gracefully)
{
	struct rd_event event = { .type = RD_EVENT_SHUTDOWN, .number = gracefully };

	/* A second time would end the loop while the parts stop on it. */
	if (!accepting)
		return;
	rd_notice("stop: asked to");
	rd_event_publish(&event);
	accepting = false;
	rd__sched_stop();
}

static bool has_calls(void)
{
	return rd_channel_count() > 0 || rd__setups_running() > 0;
}

static void warn_of_left(const char *how)
{
	struct rd_buf names;

	rd_buf_init(&names);
	rd__channels_name_all(&names);
	rd_warning("stop: %s: %zu calls that pass through, %zu channels: %s", how,
		   rd__setups_running(), rd_channel_count(), rd_buf_text(&names));
	rd_buf_fini(&names);
}

/* Wait until no call is left: 0, -ETIMEDOUT or -ECANCELED. */
static int wait_for_calls(int ms)
{
	uint64_t deadline = rd_now_ms() + (uint64_t)ms;
	int rc = 0;

	while (rc == 0 && has_calls())
		rc = rd_now_ms() < deadline ? rd_sleep(LOOK_MS) : -ETIMEDOUT;
	return rc;
}

/* The same until it is called off (0), and for any time as long as calls are taken. */
static int wait_while_wanted(void)
{
	uint64_t deadline = 0;
	int rc = 0;

	while (rc == 0 && wanted != RD__STOP_CALLED_OFF && has_calls()) {
		if (wanted == RD__STOP_GRACEFULLY && !deadline)
			deadline = rd_now_ms() + (uint64_t)graceful_ms;
		if (wanted == RD__STOP_WHEN_IDLE)
			deadline = 0;
		rc = deadline && rd_now_ms() >= deadline ? -ETIMEDOUT : rd_sleep(LOOK_MS);
	}
	return rc;
}

static int stop_after_calls(void *arg)
{
	int rc;

	(void)arg;
	rd_notice("stop: waiting for %zu channels, %zu calls that pass through",
		  rd_channel_count(), rd__setups_running());
	rc = wait_while_wanted();
	waiting = false;
	if (rc == 0 && wanted == RD__STOP_CALLED_OFF) {
		rd_notice("stop: called off");
		return 0;
	}
	if (rc == -ETIMEDOUT)
		warn_of_left("not waiting any longer");
	refuse_calls(true);
	stop_now(true);
	return 0;
}

/* Another one who asks is told how far it is. */
static int begin_to_wait(void)
{
	if (!waiting)
		waiting = rd_fiber_new_detached("stop", stop_after_calls, NULL) == 0;
	return waiting ? 0 : -EAGAIN;
}

static void on_stop_signal(void)
{
	refuse_calls(true);
	stop_now(false);
}

/* They end in a moment, unless somebody keeps them. */
static void tell_of_left(struct rd_cli *cli)
{
	struct rd_buf names;

	rd_buf_init(&names);
	rd__channels_name_all(&names);
	rd_cli_print(cli, "Their calls have ended: %s\n", rd_buf_text(&names));
	rd_buf_fini(&names);
}

static void tell_waiting(struct rd_cli *cli)
{
	size_t calls = rd__calls_running() + rd__setups_running();
	size_t channels = rd_channel_count();

	rd_cli_print(cli,
		     "Waiting for %zu call%s (%zu channel%s) to end; %s. \"core stop now\" "
		     "ends them, \"core abort shutdown\" calls it off.\n",
		     calls, calls == 1 ? "" : "s", channels, channels == 1 ? "" : "s",
		     wanted == RD__STOP_GRACEFULLY ? "no new ones are taken"
						   : "new ones are taken meanwhile");
	if (!calls)
		tell_of_left(cli);
}

static void stop(struct rd_cli *cli, enum rd__stop how)
{
	if (how == RD__STOP_NOW || !has_calls()) {
		rd_cli_print(cli, "Stopping.\n");
		refuse_calls(true);
		stop_now(how != RD__STOP_NOW);
		return;
	}
	wanted = how;
	refuse_calls(how == RD__STOP_GRACEFULLY);
	if (begin_to_wait() == 0)
		tell_waiting(cli);
	else
		stop_now(false);
}

static int call_stop_off(struct rd_cli *cli)
{
	if (!waiting || wanted == RD__STOP_CALLED_OFF) {
		rd_cli_print(cli, "Nobody has asked for a stop.\n");
		return 1;
	}
	wanted = RD__STOP_CALLED_OFF;
	refuse_calls(false);
	rd_cli_print(cli, "The stop is called off; new calls are taken.\n");
	return 0;
}

/* ---- reload ---- */

static bool reload_waits; /* its fiber has read no file yet */

static int reload_all(void *arg)
{
	struct rd_config_report *report;
	int rc = 0;

	(void)arg;
	while (rc == 0 && rd__config_under_way())
		rc = rd_sleep(LOOK_MS);
	reload_waits = false;
	if (rc < 0)
		return rc;
	rc = rd_config_report_new(&report);
	if (rc < 0)
		return rc;
	rc = rd__config_ask(NULL, report);
	/* Whoever moved the log's files counts on this, errors or not. */
	rd__log_reopen();
	rd__report_log(report);
	if (rc < 0)
		rd_error("reload: nothing was changed: %s",
			 rd_config_errors(report) ? "see the errors before" : rd_strerror(rc));
	else
		rd_notice("reload: done%s", rd_config_errors(report) ? ", but not all of it" : "");
	rd_config_report_free(report);
	return rc;
}

static void reloaded(const char *owner, int rc)
{
	struct rd_event event = { .type = RD_EVENT_RELOAD, .name = owner ? owner : "core",
				  .number = rc };

	rd_event_publish(&event);
}

/* What changed after a reload that is under way read it needs another one. */
static void on_reload_signal(void)
{
	if (reload_waits)
		return;
	reload_waits = rd_fiber_new_detached("reload", reload_all, NULL) == 0;
	if (!reload_waits)
		rd_error("reload: no fiber for it");
}

static int reload_from_console(struct rd_cli *cli)
{
	return rd_cli_reload(cli, NULL);
}

/* ---- start and end ---- */

static bool ready(void)
{
	return accepting;
}

static const char *next_module(size_t *pos)
{
	struct rd__module_info info;

	while (rd__module_next(pos, &info))
		if (!info.retired)
			return info.name;
	return NULL;
}

void rd__requests_set_stop(int stop_ms)
{
	graceful_ms = stop_ms;
}

int rd__requests_start(int stop_ms)
{
	static const struct rd__cli_daemon daemon = {
		.stop = stop,
		.call_stop_off = call_stop_off,
		.reload = reload_from_console,
		.ready = ready,
		.next_module = next_module,
	};
	int rc = rd__signals_start(on_stop_signal, on_reload_signal);

	if (rc < 0)
		return rc;
	rd__config_close(false);
	graceful_ms = stop_ms;
	rd__config_on_reload(reloaded);
	rd__cli_set_daemon(&daemon);
	accepting = true;
	waiting = false;
	rd__admission_close(false);
	rd_notice("start: ringdown " RD_VERSION " accepts calls");
	return 0;
}

void rd__requests_stop(void)
{
	struct rd_channel *ch = NULL;

	accepting = false;
	rd__config_close(true);
	rd__config_stop_exec(true); /* a reload is waited for */
	rd__config_on_reload(NULL);
	refuse_calls(true);
	/* Who still waits for an answer is not declined: another exchange may take the call. */
	while ((ch = rd_channel_next(ch)))
		rd_hangup(ch, rd_channel_state(ch) == RD_CHANNEL_UP ? RD_CAUSE_NORMAL
								    : RD_CAUSE_TEMPORARY_FAILURE);
	if (wait_for_calls(GOODBYE_MS) < 0)
		warn_of_left("not all calls have ended");
	rd__signals_stop();
}
