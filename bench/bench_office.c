/* What a crowd in a queue costs: a thousand callers who wait, next to a thousand who only
 * sleep; what a change of a member costs them; and calls that two hundred members take, next
 * to the same calls by Dial(). CPU time of a house without sound, on the virtual clock. */
#include "tests/sim/sim_dialplan.h"

#include <stdlib.h>

#include <ringdown/log.h>

#include "bench/bench.h"
#include "tests/unit/conf_dir.h"

enum { CALLERS = 1000, MEMBERS = 200, WAIT_S = 600, CHANGES = 1000, NAME_SIZE = 12 };

static struct sim_phone phones[CALLERS + MEMBERS];
static char names[CALLERS + MEMBERS][NAME_SIZE];
static const struct rd_module *queue;

/* Microseconds: of a caller who waits, in a second; of a change while a thousand do; of a call
 * that a member takes, as much as one by Dial() may. */
static const double wait_budget = 1, change_budget = 20, call_budget = 180;

/* -- the house ------------------------------------------------------------------------- */

static void begin(const char *options, bool members_are_there)
{
	struct rd_buf conf;

	sim_room_for(2 * CALLERS);
	sim_dialplan_begin(NULL);
	rd_log_max = RD_LOG_ERROR;
	for (int i = 0; i < CALLERS + MEMBERS; i++) {
		snprintf(names[i], NAME_SIZE, "%s%d", i < CALLERS ? "c" : "m", i % CALLERS);
		phones[i] = (struct sim_phone){ .name = names[i] };
	}
	for (int i = CALLERS; i < CALLERS + MEMBERS; i++) {
		phones[i].answer_ms = 1000;
		phones[i].hangup_ms = 30000;
	}
	sim_phones(phones, CALLERS + MEMBERS);
	queue = sim_load("app_queue");
	sim_load("app_dial");
	rd_buf_init(&conf);
	rd_buf_printf(&conf, "[crowd]\nstrategy = rrmemory\nringinuse = no\nretry = 1\n%s",
		      options);
	for (int i = 0; i < MEMBERS; i++)
		rd_buf_printf(&conf, "member => Sim/m%d,0,,,,,%s\n", i,
			      members_are_there ? "no" : "yes");
	conf_dir_apply(queue->config, rd_buf_text(&conf));
	rd_buf_fini(&conf);
	sim_plan("[sim]\nexten => queue,1,Queue(crowd,r)\nexten => sleep,1,Pause(86400)\n"
		 "exten => _dX.,1,Dial(Sim/m${EXTEN:1})\n");
}

static void end(void)
{
	for (int i = 0; i < CALLERS; i++)
		if (phones[i].ch)
			sim_hangup(&phones[i]);
	sim_pass(1000);
	queue->unload();
	sim_dialplan_end(NULL);
}

static void all_call(const char *exten)
{
	for (int i = 0; i < CALLERS; i++)
		sim_call(&phones[i], exten);
	sim_pass(1000);
}

/* -- waiting --------------------------------------------------------------------------- */

static double waits(const char *exten, const char *options)
{
	double start;

	begin(options, false);
	all_call(exten);
	start = bench_cpu_us();
	sim_pass(WAIT_S * 1000);
	start = bench_cpu_us() - start;
	end();
	return start / CALLERS / WAIT_S;
}

static void bench_waiting(void)
{
	bench_row("a second of a caller who sleeps", waits("sleep", ""));
	bench_budget("a second of a caller who waits, no member has time", waits("queue", ""),
		     wait_budget);
	bench_budget("the same, leavewhenempty = invalid",
		     waits("queue", "leavewhenempty = invalid\n"), wait_budget);
}

/* A member who is paused is reachable or not, by turns: nobody is to be woken for that. */
static void bench_changes(const char *what, const char *options)
{
	struct sim_phone *member = &phones[CALLERS + 7];
	double start;

	begin(options, false);
	all_call("queue");
	start = bench_cpu_us();
	for (int i = 0; i < CHANGES; i++) {
		member->unreachable = !member->unreachable;
		rd_device_changed("Sim/m7");
		sim_pass(1);
	}
	bench_budget(what, (bench_cpu_us() - start) / CHANGES, change_budget);
	end();
}

/* -- talking ----------------------------------------------------------------------------- */

static int served(void)
{
	int n = 0;

	for (int i = CALLERS; i < CALLERS + MEMBERS; i++)
		n += phones[i].answered;
	return n;
}

static void bench_serving(void)
{
	double start;

	begin("", true);
	start = bench_cpu_us();
	all_call("queue");
	sim_pass(WAIT_S * 1000);
	bench_budget("a call that a member takes, five callers to each",
		     (bench_cpu_us() - start) / served(), call_budget);
	printf("%d of %d callers were served\n", served(), CALLERS);
	end();
}

static void bench_dialling(void)
{
	char exten[NAME_SIZE];
	double start;

	begin("", true);
	start = bench_cpu_us();
	for (int round = 0; round < CALLERS / MEMBERS; round++) {
		for (int i = 0; i < MEMBERS; i++) {
			snprintf(exten, sizeof(exten), "d%d", i);
			sim_call(&phones[round * MEMBERS + i], exten);
		}
		sim_pass(40000);
	}
	bench_row("the same calls by Dial()", (bench_cpu_us() - start) / served());
	end();
}

int main(void)
{
	printf("%d callers, %d members\n", CALLERS, MEMBERS);
	bench_waiting();
	bench_changes("a member's device changes, all wait", "");
	bench_changes("the same, leavewhenempty = invalid", "leavewhenempty = invalid\n");
	bench_serving();
	bench_dialling();
	return 0;
}
