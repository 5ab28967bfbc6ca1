/* Whose the memory of the process is: by what it is for (memory.h of the SDK), and by how it
 * is mapped. */
#ifndef CORE_MEMORY_H
#define CORE_MEMORY_H

#include <ringdown/cli.h>

struct rd_metrics;

/* What is really there, in bytes. */
struct rd__memory_map {
	double files; /* of programs and libraries, and other files */
	double stacks; /* of fibers */
	double anonymous; /* the heap, large pages of slabs, stacks of threads */
};

RD_API_BEGIN

/* Asks the kernel, which takes a moment: for a pool thread. 0 or negative errno. */
int rd__memory_look(struct rd__memory_map *map);
/* memory_bytes, on the switch thread; process_memory_bytes, on a pool thread. */
void rd__memory_measure(struct rd_metrics *out);
void rd__memory_measure_process(struct rd_metrics *out);

extern const struct rd_cli_command rd__memory_commands[]; /* "core show memory" */

RD_API_END

#endif
