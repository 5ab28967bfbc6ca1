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

/* A loop that only receives and sends, or only sends: what it takes in this run, and what it
 * took where the budgets were made, their "floor". A slow day slows everything, so what keeps
 * to its budget in multiples of the floor keeps to it. */
struct bench_floor {
	double now_us, then_us;
};

/* The beginning of a row; budget_us 0: none. */
static inline void bench_cost(const char *what, double us, double budget_us,
			      const struct bench_floor *floor)
{
	double ratio = floor->now_us > 0 ? us / floor->now_us : 0;
	const char *verdict = us <= budget_us                      ? "within"
			      : ratio * floor->then_us <= budget_us ? "within by x"
								   : "OVER BUDGET";

	printf("%-44s %6.2f us  x%4.2f", what, us, ratio);
	if (budget_us > 0)
		printf("  budget %4.1f x%4.2f %-11s", budget_us, budget_us / floor->then_us,
		       verdict);
	else
		printf("  %29s", "");
}

static inline void bench_row(const char *what, double us)
{
	printf("%-58s %9.3f us\n", what, us);
}

static inline void bench_budget(const char *what, double us, double budget)
{
	printf("%-58s %9.3f us   budget %6.1f   %s\n", what, us, budget,
	       us <= budget ? "within" : "OVER BUDGET");
}

/* Of each of so many rounds since start_us. */
static inline void bench_row_since(const char *what, double start_us, int rounds)
{
	bench_row(what, (bench_cpu_us() - start_us) / rounds);
}

#endif
