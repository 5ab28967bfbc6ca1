/* What the core has to say of itself on a page of figures, and whom else it asks:
 * every module that measures. Who serves such pages is a module's business. */
#include "core/metrics.h"

#include <dirent.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/metric.h"
#include "core/base/usage.h"
#include "core/call/call.h"
#include "core/media/engine.h"
#include "core/media/port.h"
#include "core/media/thread.h"
#include "core/memory.h"
#include "core/module/module.h"
#include "core/sched/admission.h"
#include "core/sched/sched.h"
#include "core/sched/stack.h"
#include "core/sched/watchdog.h"
#include "core/sched/watched.h"

/* For metrics that have one value and no labels. */
static void counter(struct rd_metrics *out, const char *name, double value, const char *help)
{
	rd_metric_begin(out, name, RD_METRIC_COUNTER, help);
	rd_metric_value(out, value, NULL);
}

static void gauge(struct rd_metrics *out, const char *name, double value, const char *help)
{
	rd_metric_begin(out, name, RD_METRIC_GAUGE, help);
	rd_metric_value(out, value, NULL);
}

/* ---- calls ---- */

static void channels_by_state(size_t counts[RD_CHANNEL_GONE + 1])
{
	struct rd_channel *ch = NULL;

	while ((ch = rd_channel_next(ch)))
		counts[rd_channel_state(ch)]++;
}

static void print_calls(struct rd_metrics *out)
{
	size_t counts[RD_CHANNEL_GONE + 1] = { 0 };

	channels_by_state(counts);
	gauge(out, "calls", (double)rd__calls_running(), "Calls that are under way.");
	counter(out, "calls_started_total", (double)rd__calls_started(),
		"Calls that have entered the dialplan.");
	gauge(out, "calls_passing_through", (double)rd__setups_running(),
	      "Calls that a proxy sets up between others, without channels.");
	rd_metric_begin(out, "channels", RD_METRIC_GAUGE, "Channels by state.");
	for (int state = 0; state <= RD_CHANNEL_GONE; state++)
		rd_metric_value(out, (double)counts[state], "state",
				rd_channel_state_name((enum rd_channel_state)state), NULL);
	rd_metric_begin(out, "events_total", RD_METRIC_COUNTER, "Events on the bus.");
	for (int type = 1; type < RD_EVENT_TYPES; type++)
		rd_metric_value(out, (double)rd__event_count((enum rd_event_type)type), "type",
				rd_event_name((enum rd_event_type)type), NULL);
}

/* ---- the switch thread ---- */

/* Turns are counted by powers of two of microseconds; from 64 of them to a second. */
enum { FIRST_POWER = 6 };

static const double turn_bounds[] = { 64e-6,    128e-6,   256e-6,   512e-6,   1024e-6,
				      2048e-6,  4096e-6,  8192e-6,  16384e-6, 32768e-6,
				      65536e-6, 0.131072, 0.262144, 0.524288, 1.048576 };

static void add_power(struct rd_histogram *turns, size_t power, uint64_t count)
{
	size_t i = power < FIRST_POWER ? 0 : power - FIRST_POWER;

	turns->counts[RD_MIN(i, turns->bound_count)] += count;
}

static void print_turns(struct rd_metrics *out, const struct rd__admission_state *state)
{
	struct rd_histogram turns = { .bounds = turn_bounds,
				      .bound_count = RD_ARRAY_SIZE(turn_bounds),
				      .sum = (double)state->turns_us / 1e6 };

	for (size_t power = 0; power < RD__TURN_POWERS; power++)
		add_power(&turns, power, state->turns[power]);
	rd_metric_begin(out, "loop_turn_seconds", RD_METRIC_HISTOGRAM,
			"How long the switch thread worked between two waits.");
	rd_metric_histogram(out, &turns, NULL);
}

static void print_loop(struct rd_metrics *out)
{
	struct rd__admission_state state;

	rd__admission_get(&state);
	print_turns(out, &state);
	gauge(out, "loop_lag_seconds", state.lag_ms / 1e3,
	      "The longest that the switch thread has lately had no pause.");
	counter(out, "loop_idle_seconds_total", (double)rd__sched_idle_ns() / 1e9,
		"How long the switch thread has waited in all.");
	counter(out, "calls_refused_total", (double)state.refused,
		"Calls that were refused because of overload, or while starting or stopping.");
	counter(out, "slices_slow_total", (double)rd__watchdog_slow(),
		"Slices that held the switch thread for longer than slow_slice.");
	counter(out, "slices_stuck_total", (double)rd__watchdog_stuck(),
		"Backtraces of slices longer than stuck_slice.");
	gauge(out, "fibers", (double)rd__fiber_count(), "Fibers that there are.");
	gauge(out, "fibers_max", (double)state.fibers_max, "Fibers that there may be.");
	gauge(out, "stacks_pooled", (double)rd__stacks_pooled(),
	      "Stacks that wait for the next fiber.");
	gauge(out, "pool_jobs", rd__offload_running(),
	      "Jobs that run on pool threads or wait for one.");
	rd_metric_begin(out, "log_lines_total", RD_METRIC_COUNTER, "Lines of the log by level.");
	rd_metric_value(out, (double)rd__log_count(RD_LOG_ERROR), "level", "error", NULL);
	rd_metric_value(out, (double)rd__log_count(RD_LOG_WARNING), "level", "warning", NULL);
	counter(out, "log_lines_dropped_total", (double)rd__log_dropped(),
		"Lines of the log that were dropped because its queue was full.");
	counter(out, "log_lines_lost_total", (double)rd__log_lost(),
		"Lines of the log that a file, the terminal or the system log did not take.");
}

/* ---- media ---- */

/* Of all threads together. The buckets are those of the switch thread's turns. */
static void print_passes(struct rd_metrics *out)
{
	struct rd_histogram passes = { .bounds = turn_bounds,
				       .bound_count = RD_ARRAY_SIZE(turn_bounds) };

	for (int t = 0; rd__media_running() && t < rd__thread_count(); t++) {
		const struct rd__work *work = &rd__thread_at(t)->work;

		for (size_t power = 0; power < RD__PASS_POWERS; power++)
			add_power(&passes, power, atomic_load(&work->passes[power]));
		passes.sum += (double)atomic_load(&work->passes_us) / 1e6;
	}
	rd_metric_begin(out, "media_pass_seconds", RD_METRIC_HISTOGRAM,
			"How long a media thread worked between two waits.");
	rd_metric_histogram(out, &passes, NULL);
	counter(out, "media_slow_total", (double)rd__watchdog_media_slow(),
		"Calls into modules that held a media thread for longer than slow_slice.");
	counter(out, "media_stuck_total", (double)rd__watched_stuck(),
		"Passes of media threads that lasted longer than stuck_slice.");
}

static void print_media(struct rd_metrics *out)
{
	size_t streams = rd__media_running() ? rd__streams_count() : 0;

	gauge(out, "rtp_streams", (double)streams, "Streams of sound, pictures and text.");
	gauge(out, "rtp_port_pairs", rd__ports_used(), "Pairs of ports that streams use.");
	gauge(out, "media_threads", rd__media_running() ? rd__thread_count() : 0,
	      "Threads that carry media.");
	print_passes(out);
}

/* ---- modules ---- */

/* A value of each module. */
static void of_modules(struct rd_metrics *out, double (*value)(const struct rd__usage *usage))
{
	struct rd__module_info info;
	size_t pos = 0;

	while (rd__module_next(&pos, &info))
		if (!info.retired)
			rd_metric_value(out, value(info.usage), "module", info.name, NULL);
}

static double seconds_of(const struct rd__usage *usage)
{
	struct rd__usage_sum sum;

	rd__usage_sum(usage, &sum);
	return sum.switch_s + sum.media_s + sum.pool_s;
}

static double bytes_of(const struct rd__usage *usage)
{
	struct rd__usage_sum sum;

	rd__usage_sum(usage, &sum);
	return (double)sum.bytes;
}

static double events_of(const struct rd__usage *usage)
{
	return (double)usage->events;
}

static size_t module_fibers[RD__USAGES_MAX];

static double fibers_of(const struct rd__usage *usage)
{
	return (double)module_fibers[usage - rd__usages];
}

static void print_modules(struct rd_metrics *out)
{
	memset(module_fibers, 0, sizeof(module_fibers));
	rd__fibers_by_usage(module_fibers);
	rd_metric_begin(out, "module_cpu_seconds_total", RD_METRIC_COUNTER,
			"Time of the switch thread, media threads and the pool that a module "
			"has had.");
	of_modules(out, seconds_of);
	rd_metric_begin(out, "module_memory_bytes", RD_METRIC_GAUGE,
			"Heap memory that was made for a module.");
	of_modules(out, bytes_of);
	rd_metric_begin(out, "module_fibers", RD_METRIC_GAUGE,
			"Fibers that are in a module's code.");
	of_modules(out, fibers_of);
	rd_metric_begin(out, "module_events_total", RD_METRIC_COUNTER,
			"Events that a module was told.");
	of_modules(out, events_of);
}

/* ---- pages ---- */

static void fill(struct rd_metrics *out)
{
	struct rd__module_info info;
	size_t pos = 0;

	rd_metric_begin(out, "info", RD_METRIC_GAUGE, "Always 1; the version of the daemon.");
	rd_metric_value(out, 1, "version", RD_VERSION, NULL);
	print_calls(out);
	print_loop(out);
	print_media(out);
	rd__memory_measure(out);
	print_modules(out);
	while (rd__module_next(&pos, &info)) {
		struct rd__usage *outer;

		if (!info.module->measure || info.retired)
			continue;
		outer = rd__usage_enter_at((const void *)info.module->measure);
		info.module->measure(out);
		rd__usage_enter(outer);
	}
}

void rd_metrics_collect(struct rd_buf *page)
{
	rd_no_yield_begin();
	rd__metrics_print(page, fill);
	rd_no_yield_end();
}

/* ---- the process ---- */

double rd__process_resident(void)
{
	unsigned long size, resident = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	if (f && fscanf(f, "%lu %lu", &size, &resident) != 2)
		resident = 0;
	if (f)
		fclose(f);
	return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

double rd__process_descriptors(void)
{
	DIR *open_ones = opendir("/proc/self/fd");
	struct dirent *entry;
	double count = -1; /* that of the directory itself */

	if (!open_ones)
		return 0;
	while ((entry = readdir(open_ones)))
		count += entry->d_name[0] != '.';
	closedir(open_ones);
	return count;
}

static double processor_seconds(const struct rusage *usage)
{
	return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) +
	       (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1e6;
}

static void fill_process(struct rd_metrics *out)
{
	struct rusage usage;
	struct rlimit files;

	if (getrusage(RUSAGE_SELF, &usage) == 0)
		counter(out, "process_cpu_seconds_total", processor_seconds(&usage),
			"Processor time of all threads.");
	gauge(out, "process_resident_bytes", rd__process_resident(),
	      "Memory that is really there.");
	rd__memory_measure_process(out);
	gauge(out, "process_descriptors", rd__process_descriptors(), "File descriptors in use.");
	if (getrlimit(RLIMIT_NOFILE, &files) == 0)
		gauge(out, "process_descriptors_max", (double)files.rlim_cur,
		      "File descriptors that there may be.");
#ifdef __GLIBC__
	struct mallinfo2 heap = mallinfo2();

	rd_metric_begin(out, "heap_bytes", RD_METRIC_GAUGE, "The heap of the C library.");
	rd_metric_value(out, (double)(heap.uordblks + heap.hblkhd), "state", "used", NULL);
	rd_metric_value(out, (double)heap.fordblks, "state", "free", NULL);
#endif
}

void rd_metrics_collect_process(struct rd_buf *page)
{
	rd__metrics_print(page, fill_process);
}
