/* What programs that print a cost have in common. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdio.h>
#include <time.h>

/* Of this process, so far. */
static inline double bench_cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* In multiples of the first cost of a run, the bare loop's: a slow day slows both. */
static inline double bench_ratio(double cost)
{
	static double bare;

	if (bare <= 0)
		bare = cost;
	return bare > 0 ? cost / bare : 0;
}

static inline void bench_row(const char *what, double us)
{
	printf("%-58s %9.3f us\n", what, us);
}

/* Of each of so many rounds since start_us. */
static inline void bench_row_since(const char *what, double start_us, int rounds)
{
	bench_row(what, (bench_cpu_us() - start_us) / rounds);
}

#endif
