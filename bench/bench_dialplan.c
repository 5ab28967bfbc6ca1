/* What the dialplan costs: a step of Set() and NoOp() in a running call, a
 * lookup among 50,000 extensions, and reading them. CPU time, next to the
 * budgets of docs/architecture.md. */
#include "tests/sim/sim_dialplan.h"

#include <stdlib.h>

#include <ringdown/log.h>

#include "bench/bench.h"
#include "core/config/config.h"
#include "dialplan/plan.h"
#include "tests/unit/conf_dir.h"

enum { EXTENSIONS = 50000, LOOKUPS = 1000000, STEPS = 2000, CALLS = 200 };

/* budget 0: there is none. */
static void row(const char *what, double us, double budget)
{
	printf("%-40s %9.3f us", what, us);
	if (budget > 0)
		printf("   budget %4.1f   %s", budget, us <= budget ? "within" : "OVER BUDGET");
	printf("\n");
}

/* -- steps ------------------------------------------------------------------------ */

static void bench_steps(const char *what, const char *step, double budget)
{
	struct rd_buf plan;
	double start;

	rd_buf_init(&plan);
	rd_buf_adds(&plan, "[general]\nsteplimit = 1000000\n[sim]\nexten => 100,1,Set(x=value)\n");
	for (int i = 0; i < STEPS; i++)
		rd_buf_printf(&plan, " same => n,%s\n", step);
	sim_dialplan_begin(NULL);
	rd_log_max = RD_LOG_NOTICE;
	sim_plan(rd_buf_text(&plan));
	start = bench_cpu_us();
	for (int i = 0; i < CALLS; i++)
		sim_dial("100");
	row(what, (bench_cpu_us() - start) / CALLS / STEPS, budget);
	sim_dialplan_end(NULL);
	rd_buf_fini(&plan);
}

/* -- lookups ------------------------------------------------------------------------ */

static void one_extension(struct rd_buf *plan, int i, bool pattern)
{
	if (pattern) /* 6ddd dX and so on: the last two places vary */
		rd_buf_printf(plan, "exten => _6%04d%s,1,NoOp()\n", i % 10000,
			      i % 3 == 0 ? "XX" : i % 3 == 1 ? "NZX" : "[1-5]X.");
	else
		rd_buf_printf(plan, "exten => 2%05d,1,NoOp()\n", i);
}

static struct dp_plan *plan_of_many(bool pattern, double *us)
{
	struct rd_config_report *report;
	struct dp_plan *plan;
	struct rd_buf text;
	double start;

	rd_buf_init(&text);
	rd_buf_adds(&text, "[office]\n");
	for (int i = 0; i < EXTENSIONS; i++)
		one_extension(&text, i, pattern);
	conf_dir_make();
	conf_dir_write("extensions.conf", rd_buf_text(&text));
	rd_buf_fini(&text);
	rd_config_report_new(&report);
	start = bench_cpu_us();
	if (dp_plan_load(&plan, report)) {
		fprintf(stderr, "%s\n", conf_report_text(report));
		exit(1);
	}
	*us = bench_cpu_us() - start;
	rd_config_report_free(report);
	conf_dir_remove();
	return plan;
}

static void bench_lookup(const char *what, bool pattern)
{
	struct dp_wanted wanted = { .context = "office", .priority = 1 };
	double reading, start;
	struct dp_plan *plan = plan_of_many(pattern, &reading);
	struct dp_found found;
	unsigned seed = 1, hits = 0;
	static char numbers[4096][12];

	for (size_t i = 0; i < RD_ARRAY_SIZE(numbers); i++) {
		seed = seed * 1103515245 + 12345;
		if (pattern)
			snprintf(numbers[i], sizeof(numbers[i]), "6%04u%03u", seed / 16 % 10000,
				 seed / 65536 % 1000);
		else
			snprintf(numbers[i], sizeof(numbers[i]), "2%05u", seed / 16 % EXTENSIONS);
	}
	start = bench_cpu_us();
	for (int i = 0; i < LOOKUPS; i++) {
		wanted.number = numbers[i % RD_ARRAY_SIZE(numbers)];
		hits += dp_find(plan, &wanted, &found);
	}
	row(what, (bench_cpu_us() - start) / LOOKUPS, 3.0);
	printf("  %u of %u found; %zu KiB; reading took %.0f ms\n", hits, LOOKUPS,
	       rd_pool_size(plan->pool) / 1024, reading / 1000);
	dp_plan_free(plan);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	bench_steps("step NoOp()", "NoOp()", 1.0);
	bench_steps("step NoOp(${x})", "NoOp(${x})", 1.0);
	bench_steps("step Set(y=1)", "Set(y=1)", 1.0);
	bench_steps("step Set(y=${x}1)", "Set(y=${x}1)", 1.0);
	bench_steps("step Set(y=$[1 + 2])", "Set(y=$[1 + 2])", 0);
	bench_steps("step Set(y=${LEN(${x})})", "Set(y=${LEN(${x})})", 0);
	bench_lookup("lookup among 50,000 extensions", false);
	bench_lookup("lookup among 50,000 patterns", true);
	return 0;
}
