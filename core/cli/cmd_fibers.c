/* Commands about what runs: fibers and threads. */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ringdown/fiber.h>
#include <ringdown/str.h>

#include "core/cli/commands.h"
#include "core/cli/session.h"
#include "core/sched/admission.h"
#include "core/sched/place.h"
#include "core/sched/sched.h"

/* ---- core show fibers ---- */

/* "condition" and the code that waits for it. */
static void print_wait(char *out, size_t size, const struct rd__fiber_info *info)
{
	char place[48];

	rd__place_name(info->wait_place, place, sizeof(place));
	if (*info->wait)
		snprintf(out, size, "%s in %s", info->wait, place);
	else
		snprintf(out, size, "%s", info->state);
}

static void print_fiber(struct rd_cli *cli, const struct rd__fiber_info *info)
{
	char wait[64], left[24] = "-";

	print_wait(wait, sizeof(wait), info);
	if (info->left_ms)
		snprintf(left, sizeof(left), "%" PRIu64 ".%" PRIu64, info->left_ms / 1000,
			 info->left_ms / 100 % 10);
	rd_cli_print(cli, "%-24s %-34s %8" PRIu64 " %8s %5zuK %-14s %s%s\n", info->name, wait,
		     info->waited_ms / 1000, left, (info->stack_used + 1023) / 1024,
		     info->module, info->subject, info->cancelled ? " (cancelled)" : "");
}

static int show_fibers(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct rd__admission_state admission;
	struct rd__fiber_info info = { 0 };
	size_t count = 0;

	(void)argv;
	if (argc > 0)
		return -EINVAL;
	rd_cli_print(cli, "%-24s %-34s %8s %8s %6s %-14s %s\n", "Fiber", "Waits for",
		     "since s", "left s", "stack", "Module", "Channel");
	while (rd__fiber_next(info.fiber, &info, true)) {
		print_fiber(cli, &info);
		count++;
	}
	rd__admission_get(&admission);
	rd_cli_print(cli, "%zu fibers of at most %zu; lately %u ms late; %lu calls refused\n",
		     count, admission.fibers_max, admission.lag_ms, admission.refused);
	return 0;
}

/* ---- core show threads ---- */

static bool read_task(const char *task, const char *file, char *out, size_t size)
{
	char path[300];
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%s/%s", task, file);
	f = fopen(path, "re");
	if (f) {
		n = fread(out, 1, size - 1, f);
		fclose(f);
	}
	out[n] = '\0';
	return n > 0;
}

/* State, and seconds of processor time: fields 3, 14 and 15 of stat, which
 * come after a name in parentheses. */
static bool parse_stat(const char *stat, char *state, double *seconds)
{
	const char *after = strrchr(stat, ')');
	unsigned long user, system;

	if (!after || sscanf(after + 1, " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
			     state, &user, &system) != 3)
		return false;
	*seconds = (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
	return true;
}

static void print_thread(struct rd_cli *cli, const char *task)
{
	char name[32], stat[1024], state;
	double seconds;

	if (!read_task(task, "comm", name, sizeof(name)) ||
	    !read_task(task, "stat", stat, sizeof(stat)) ||
	    !parse_stat(stat, &state, &seconds))
		return; /* it has ended meanwhile */
	name[strcspn(name, "\n")] = '\0';
	/* libuv gives its threads no name: they keep the process's. */
	if (atoi(task) == (int)getpid())
		rd_strcpy(name, sizeof(name), "switch");
	else if (strcmp(name, program_invocation_short_name) == 0)
		rd_strcpy(name, sizeof(name), "pool");
	rd_cli_print(cli, "%8s  %-16s %-6s %10.2f\n", task, name,
		     state == 'R' ? "runs" : "waits", seconds);
}

static int show_threads(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct dirent *entry;
	DIR *tasks;

	(void)argv;
	if (argc > 0)
		return -EINVAL;
	tasks = opendir("/proc/self/task");
	if (!tasks)
		return -errno;
	rd_cli_print(cli, "%8s  %-16s %-6s %10s\n", "Thread", "Name", "State", "CPU s");
	while ((entry = readdir(tasks)))
		if (entry->d_name[0] != '.')
			print_thread(cli, entry->d_name);
	closedir(tasks);
	return 0;
}

const struct rd_cli_command rd__cli_fiber_commands[] = {
	{ .name = "core show fibers",
	  .help = "Show all fibers, what each waits for, and how deep its stack went.",
	  .run = show_fibers },
	{ .name = "core show threads",
	  .help = "Show the daemon's threads and their processor time.",
	  .run = show_threads },
	{ 0 },
};
