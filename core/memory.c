/* Memory by what it is for. Blocks of the heap know it (alloc.c), so do blocks of slabs, and
 * libraries that get theirs from us (borrowed.c); of the rest the kernel tells what it is. */
#include "core/memory.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ringdown/fiber.h>
#include <ringdown/metric.h>

#include "core/base/alloc.h"
#include "core/base/borrowed.h"
#include "core/base/slab.h"

enum { ROWS = 160, KIB = 1024 };

/* ---- as the kernel sees it ---- */

/* Stacks of fibers are what alone was asked never to become large pages (stack.c). */
static double *kind_of(struct rd__memory_map *map, unsigned long inode, const char *flags)
{
	if (inode)
		return &map->files;
	return strstr(flags, " nh") ? &map->stacks : &map->anonymous;
}

/* A mapping begins with its addresses and ends with its flags. */
static int read_maps(struct rd__memory_map *map, FILE *f)
{
	unsigned long inode = 0, kib = 0;
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, f) > 0) {
		unsigned long from, to, found;

		if (sscanf(line, "%lx-%lx %*s %*s %*s %lu", &from, &to, &found) == 3)
			inode = found;
		else if (sscanf(line, "Rss: %lu kB", &found) == 1)
			kib = found;
		else if (strncmp(line, "VmFlags:", 8) == 0)
			*kind_of(map, inode, line) += (double)kib * 1024;
	}
	free(line);
	return 0;
}

int rd__memory_look(struct rd__memory_map *map)
{
	FILE *f = fopen("/proc/self/smaps", "re");
	int rc = f ? read_maps(map, f) : -errno;

	if (f)
		fclose(f);
	return rc;
}

void rd__memory_measure_process(struct rd_metrics *out)
{
	struct rd__memory_map map = { 0 };

	if (rd__memory_look(&map))
		return;
	rd_metric_begin(out, "process_memory_bytes", RD_METRIC_GAUGE,
			"Memory that is really there, by what the kernel has it for.");
	rd_metric_value(out, map.files, "kind", "files", NULL);
	rd_metric_value(out, map.stacks, "kind", "fiber_stacks", NULL);
	rd_metric_value(out, map.anonymous, "kind", "anonymous", NULL);
}

/* ---- by what it is for ---- */

struct rows {
	struct row {
		const char *name;
		double bytes;
	} at[ROWS];
	size_t count;
	double sum;
};

static void add(struct rows *rows, const char *name, double bytes)
{
	size_t i = 0;

	while (i < rows->count && strcmp(rows->at[i].name, name) != 0)
		i++;
	if (i == ROWS)
		return;
	rows->count += i == rows->count;
	rows->at[i].name = name;
	rows->at[i].bytes += bytes;
	rows->sum += bytes;
}

/* What a block of malloc has beside what can be used of it goes to nobody. */
static double add_heap(struct rows *rows)
{
	double before = rows->sum;
	const char *name;
	long bytes;

	for (unsigned id = 0; (name = rd__alloc_part_next(id, &bytes)); id++)
		add(rows, name, (double)bytes);
	for (int who = 0; who < RD__BORROWED; who++) {
		name = rd__borrowed((enum rd__borrowed)who, &bytes);
		add(rows, name, (double)bytes);
	}
	return rows->sum - before;
}

static void add_slabs(struct rows *rows)
{
	double whole = (double)rd__slab_bytes(), before = rows->sum;

	for (int use = 0; use < RD__SLAB_USES; use++) {
		size_t bytes;
		const char *name = rd__slab_use((enum rd__slab_use)use, &bytes);

		add(rows, name, (double)bytes);
	}
	add(rows, "media_free", whole - (rows->sum - before));
}

void rd__memory_measure(struct rd_metrics *out)
{
	struct rows rows = { .count = 0 };

	add_heap(&rows);
	add_slabs(&rows);
	rd_metric_begin(out, "memory_bytes", RD_METRIC_GAUGE,
			"Memory that a part of the daemon has.");
	for (size_t i = 0; i < rows.count; i++)
		rd_metric_value(out, rows.at[i].bytes, "part", rows.at[i].name, NULL);
}

/* ---- the console ---- */

struct look {
	struct rd__memory_map map;
	double heap; /* in use, whoever has it */
	int rc;
};

static int look(void *arg)
{
	struct look *seen = arg;

	seen->rc = rd__memory_look(&seen->map);
#ifdef __GLIBC__
	struct mallinfo2 heap = mallinfo2();

	seen->heap = (double)(heap.uordblks + heap.hblkhd);
#endif
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct row *one = a, *other = b;

	return (one->bytes < other->bytes) - (one->bytes > other->bytes);
}

/* What is asked for and not touched yet is not there: rows may be more than all. */
static void print_rows(struct rd_cli *cli, struct rows *rows, double whole)
{
	qsort(rows->at, rows->count, sizeof(rows->at[0]), compare);
	for (size_t i = 0; i < rows->count; i++)
		rd_cli_print(cli, "%9.0f KiB %5.1f %%  %s\n", rows->at[i].bytes / KIB,
			     whole > 0 ? rows->at[i].bytes * 100 / whole : 0,
			     rows->at[i].name);
	rd_cli_print(cli, "%9.0f KiB resident\n", whole / KIB);
}

static int show_memory(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct look seen = { .heap = 0 };
	struct rows rows = { .count = 0 };
	double known;

	(void)argv;
	if (argc)
		return -EINVAL;
	rd_offload(look, &seen);
	if (seen.rc) {
		rd_cli_print(cli, "/proc/self/smaps: %s\n", rd_strerror(seen.rc));
		return 1;
	}
	known = add_heap(&rows);
	add(&rows, "libraries", RD_MAX(seen.heap - known, 0));
	add_slabs(&rows);
	add(&rows, "other", RD_MAX(seen.map.anonymous - rows.sum, 0));
	add(&rows, "files", seen.map.files);
	add(&rows, "fiber_stacks", seen.map.stacks);
	print_rows(cli, &rows, seen.map.files + seen.map.stacks + seen.map.anonymous);
	return 0;
}

const struct rd_cli_command rd__memory_commands[] = {
	{ .name = "core show memory",
	  .help = "Show what the memory of the process is for.\n"
		  "core and modules: heap of which nothing more is known; \"module show\" says\n"
		  "whose; libraries: heap of others; files: programs and libraries themselves;\n"
		  "other: free heap, stacks of threads, static data. What was never touched yet,\n"
		  "of queues, is there in its part and not in the whole.",
	  .run = show_memory },
	{ 0 },
};
