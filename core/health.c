/* "core show health": is there something that somebody should look at? A line for
 * each thing that can be short, marked where it is, and then with what helps. */
#include "core/health.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>

#include <ringdown/clock.h>
#include <ringdown/fiber.h>
#include <ringdown/health.h>

#include "core/base/log.h"
#include "core/base/metric.h"
#include "core/base/usage.h"
#include "core/call/call.h"
#include "core/media/engine.h"
#include "core/media/port.h"
#include "core/media/thread.h"
#include "core/metrics.h"
#include "core/module/module.h"
#include "core/sched/admission.h"
#include "core/sched/clock.h"
#include "core/sched/place.h"
#include "core/sched/sched.h"
#include "core/sched/watchdog.h"
#include "core/sched/watched.h"
#include "core/store/store.h"

enum {
	LOOK_MS = 200, /* for how busy the switch thread is */
	FULL_PERCENT = 80, /* of anything */
	BUSY_PERCENT = 90,
	RECENT_S = 3600,
	STALE_MS = 2000, /* for a job of the pool */
	MEDIA_LATE_US = 60000, /* more than phones make up for */
};

struct rd_health {
	struct rd_cli *cli;
	unsigned wrong;
};

void rd_health_line(struct rd_health *out, const char *advice, const char *what, const char *fmt,
		    ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	out->wrong += advice != NULL;
	rd_cli_print(out->cli, "%c %-14s %s%s%s\n", advice ? '!' : ' ', what, text,
		     advice ? ": " : "", advice ? advice : "");
}

/* What was a week ago need not be looked at for ever. */
static bool is_recent(uint64_t at_us)
{
	return at_us && rd__clock_real_us() - at_us < (uint64_t)RECENT_S * 1000000;
}

static bool is_full(double used, double limit)
{
	return limit > 0 && used * 100 > limit * FULL_PERCENT;
}

static unsigned busy_percent(void)
{
	uint64_t began_us = rd_now_us(), idle_ns = rd__sched_idle_ns(), whole_us, idle_us;

	rd_sleep(LOOK_MS);
	whole_us = RD_MAX(rd_now_us() - began_us, 1u);
	idle_us = (rd__sched_idle_ns() - idle_ns) / 1000;
	return idle_us < whole_us ? (unsigned)((whole_us - idle_us) * 100 / whole_us) : 0;
}

static void tell_calls(struct rd_health *out, const struct rd__admission_state *state)
{
	const char *refused =
		state->why == RD_ADMISSION_OPEN ? NULL : rd_admission_text(state->why);

	rd_health_line(out, refused, "Calls",
		       "%zu, %zu channels; %" PRIu64 " since the start, %lu refused",
		       rd__calls_running() + rd__setups_running(), rd_channel_count(),
		       rd__calls_started(), state->refused);
}

static void print_stall(char *text, size_t size, uint64_t us, uint64_t at_us)
{
	snprintf(text, size, ", held for %" PRIu64 " ms %" PRIu64 " min ago", us / 1000,
		 (rd__clock_real_us() - at_us) / 60000000);
}

static void tell_thread(struct rd_health *out, const struct rd__admission_state *state,
			unsigned busy)
{
	const char *advice = NULL;
	uint64_t stall_at_us, stall_us = rd__watchdog_stall(&stall_at_us);
	char stall[64] = "";

	if (is_recent(stall_at_us))
		print_stall(stall, sizeof(stall), stall_us, stall_at_us);
	if (busy >= BUSY_PERCENT)
		advice = "it hardly keeps up; \"core show fibers\" shows what runs";
	else if (is_recent(rd__watchdog_stuck_at_us()) || is_recent(stall_at_us))
		advice = "the log names what held it";
	rd_health_line(
		out, advice, "Switch thread",
		"%u %% busy, lately %u ms without a pause; slow %lu times, stuck %lu times%s", busy,
		state->lag_ms, rd__watchdog_slow(), rd__watchdog_stuck(), stall);
}

static void tell_fibers(struct rd_health *out, const struct rd__admission_state *state)
{
	size_t fibers = rd__fiber_count();

	rd_health_line(out,
		       is_full((double)fibers, (double)state->fibers_max)
			       ? "raise max_fibers, or vm.max_map_count"
			       : NULL,
		       "Fibers", "%zu of %zu", fibers, state->fibers_max);
}

/* Half of it gone is a warning: when all is, files, prompts and passwords wait. */
static void tell_pool(struct rd_health *out)
{
	char module[RD__USAGE_NAME] = "the daemon", advice[128];
	struct rd__pool_state pool;
	bool is_held;

	rd__offload_look(STALE_MS, &pool);
	is_held = pool.stale > 0 && pool.stale * 2 >= pool.threads;
	rd__place_module(pool.code, module, sizeof(module));
	snprintf(advice, sizeof(advice), "%s takes too long there", module);
	rd_health_line(
		out, is_held ? advice : NULL, "Pool",
		"%d jobs, %d of them wait for one of %d threads; %d have run for more than %d s",
		rd__offload_running(), pool.waiting, pool.threads, pool.stale, STALE_MS / 1000);
}

static uint64_t media_lately_us(void)
{
	uint64_t us = 0;

	for (int i = 0; rd__media_running() && i < rd__thread_count(); i++)
		us = RD_MAX(us, rd__work_lately_us(&rd__thread_at(i)->work));
	return us;
}

static void tell_media_threads(struct rd_health *out)
{
	uint64_t stall_at_us, stall_us = rd__watchdog_media_stall(&stall_at_us);
	uint64_t lately_us = media_lately_us();
	const char *advice = NULL;
	char stall[64] = "";

	if (is_recent(stall_at_us))
		print_stall(stall, sizeof(stall), stall_us, stall_at_us);
	if (is_recent(stall_at_us) || is_recent(rd__watched_stuck_at_us()))
		advice = "sound is late; the log names what held them";
	else if (lately_us > MEDIA_LATE_US)
		advice = "sound is late; fewer calls that are converted, or more cores";
	rd_health_line(out, advice, "Media threads",
		       "%d, lately %" PRIu64
		       " ms without a pause; slow %lu times, stuck %lu times%s",
		       rd__media_running() ? rd__thread_count() : 0, lately_us / 1000,
		       rd__watchdog_media_slow(), rd__watched_stuck(), stall);
}

static void tell_media(struct rd_health *out)
{
	size_t streams = rd__media_running() ? rd__streams_count() : 0;
	int ports = rd__ports_used(), most = rd__ports_possible();

	rd_health_line(out, is_full(ports, most) ? "rtp.conf allows few ports" : NULL, "Media",
		       "%zu streams, %d of %d pairs of ports", streams, ports, most);
}

struct process {
	double descriptors, resident;
};

/* Counting thousands of files takes a moment. */
static int look_at_process(void *arg)
{
	struct process *process = arg;

	process->descriptors = rd__process_descriptors();
	process->resident = rd__process_resident();
	return 0;
}

static void tell_process(struct rd_health *out)
{
	struct process process = { 0 };
	struct rlimit limit = { 0 };
	struct rd__pool_state pool;

	rd__offload_look(STALE_MS, &pool);
	/* Or who looks because the pool is stuck would wait for it. */
	if (rd__offload_running() >= pool.threads)
		look_at_process(&process);
	else
		rd_offload(look_at_process, &process);
	getrlimit(RLIMIT_NOFILE, &limit);
	rd_health_line(out,
		       is_full(process.descriptors, (double)limit.rlim_cur)
			       ? "raise ulimit -n, or LimitNOFILE"
			       : NULL,
		       "Descriptors", "%.0f of %.0f", process.descriptors, (double)limit.rlim_cur);
	rd_health_line(out, NULL, "Memory",
		       "%.1f MiB, %.1f MiB of them prompts; see core show memory",
		       process.resident / 0x1p20, (double)rd__sound_cache_bytes() / 0x1p20);
}

static void tell_log(struct rd_health *out)
{
	const char *advice = NULL;

	if (is_recent(rd__log_lost_at_us()))
		advice = "lines could not be written: is the disk full? Standard error says where";
	else if (is_recent(rd__log_dropped_at_us()))
		advice = "lines were lost, the disk or the reader is slow";
	rd_health_line(out, advice, "Log",
		       "%lu errors, %lu warnings, %lu lines dropped, %lu not written",
		       rd__log_count(RD_LOG_ERROR), rd__log_count(RD_LOG_WARNING),
		       rd__log_dropped(), rd__log_lost());
}

static void tell_store(struct rd_health *out)
{
	struct rd__store_state store;
	const char *advice = NULL;

	rd__store_look(&store);
	if (store.is_moved)
		advice = "its file was moved or removed; put it back, or restart";
	else if (store.is_stuck)
		advice = "the disk does not take them: is it full? The log says more";
	rd_health_line(out, advice, "Store", "%zu writes wait for the disk", store.waiting);
}

/* Nothing where there are none. */
static void tell_left_out(struct rd_health *out)
{
	const char *name, *why;
	struct rd_buf names;
	size_t pos = 0;

	rd_buf_init(&names);
	while (rd__module_left_out(&pos, &name, &why))
		rd_buf_printf(&names, "%s%s", pos > 1 ? ", " : "", name);
	if (pos)
		rd_health_line(out,
			       "\"module show\" says why; mend that, then \"module load NAME\"",
			       "Modules", "%zu left out: %s", pos, rd_buf_text(&names));
	rd_buf_fini(&names);
}

static void tell_modules(struct rd_health *out)
{
	struct rd__module_info info;
	size_t pos = 0;

	rd_no_yield_begin();
	while (rd__module_next(&pos, &info)) {
		struct rd__usage *outer;

		if (!info.module->look || info.retired)
			continue;
		outer = rd__usage_enter_at((const void *)info.module->look);
		info.module->look(out);
		rd__usage_enter(outer);
	}
	rd_no_yield_end();
}

static int show_health(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct rd_health out = { .cli = cli };
	struct rd__admission_state state;
	unsigned busy;

	(void)argv;
	if (argc)
		return -EINVAL;
	busy = busy_percent();
	rd__admission_get(&state);
	tell_calls(&out, &state);
	tell_thread(&out, &state, busy);
	tell_fibers(&out, &state);
	tell_pool(&out);
	tell_media(&out);
	tell_media_threads(&out);
	tell_process(&out);
	tell_store(&out);
	tell_log(&out);
	tell_left_out(&out);
	tell_modules(&out);
	if (out.wrong)
		rd_cli_count(cli, out.wrong, "thing to look at", "things to look at");
	else
		rd_cli_print(cli, "All is well.\n");
	return out.wrong > 0;
}

const struct rd_cli_command rd__health_commands[] = {
	{ .name = "core show health",
	  .help = "Show load, what is in use of what there is, and what is wrong.\n"
		  "Lines with ! want somebody to look; then the status is 1.",
	  .run = show_health },
	{ 0 },
};
