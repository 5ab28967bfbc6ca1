/* What a conference costs besides its packets: a hundred come, five talk, a hundred go. CPU
 * time of a house on the virtual clock whose phones have sound but no sockets; those are in
 * bench_media_rooms. */
#include "tests/sim/sim.h"

#include <ringdown/log.h>

#include "bench/bench.h"
#include "tests/unit/conf_dir.h"

enum { PARTIES = 100, TALKERS = 5, TALK_S = 60, FRAME_MS = 20, NAME_SIZE = 12 };

static struct sim_phone phones[PARTIES];
static char names[PARTIES][NAME_SIZE];

static int confer(struct rd_channel *ch)
{
	return sim_app(ch, "ConfBridge", "bench,,u");
}

static int just_stay(struct rd_channel *ch)
{
	int rc = rd_answer(ch);

	return rc ? rc : rd_channel_sleep(ch, RD_FOREVER);
}

static const struct sim_exten extens[] = { { "confer", confer }, { "stay", just_stay } };

static const struct rd_module *begin(void)
{
	const struct rd_module *module;

	sim_room_for(4 * PARTIES);
	conf_dir_make();
	sim_begin(NULL);
	rd_log_max = RD_LOG_ERROR;
	for (int i = 0; i < PARTIES; i++) {
		snprintf(names[i], NAME_SIZE, "p%d", i);
		phones[i] = (struct sim_phone){ .name = names[i],
						.says = i < TALKERS ? (int16_t)(1000 + i) : 0 };
	}
	sim_phones(phones, PARTIES);
	sim_sound();
	module = sim_load("app_confbridge");
	conf_dir_apply(module->config, "[u]\ntype = user\nquiet = yes\n");
	sim_extens(extens, RD_ARRAY_SIZE(extens));
	return module;
}

static void end(const struct rd_module *module)
{
	sim_finish();
	module->unload();
	sim_end(NULL);
	conf_dir_remove();
}

static double all_come(const char *exten)
{
	double start = bench_cpu_us();

	for (int i = 0; i < PARTIES; i++)
		sim_call(&phones[i], exten);
	sim_pass(100);
	return bench_cpu_us() - start;
}

static double all_go(void)
{
	double start = bench_cpu_us();

	for (int i = 0; i < PARTIES; i++)
		sim_hangup(&phones[i]);
	sim_pass(100);
	return bench_cpu_us() - start;
}

/* budgets 0: there is none. */
static void print(const char *what, double us, double budget)
{
	if (budget > 0)
		bench_budget(what, us, budget);
	else
		bench_row(what, us);
}

static void bench(const char *exten, const char *what, double budget, const char *second,
		  double second_budget)
{
	const struct rd_module *module = begin();
	double come = all_come(exten), stay = bench_cpu_us(), go;

	sim_pass(TALK_S * 1000);
	stay = bench_cpu_us() - stay;
	go = all_go();
	print(what, (come + go) / PARTIES, budget);
	print(second, stay / PARTIES / (TALK_S * 1000 / FRAME_MS), second_budget);
	end(module);
}

int main(void)
{
	printf("%d in a conference, %d talk\n", PARTIES, TALKERS);
	bench("stay", "a leg that comes, waits alone and goes", 0, "20 ms of it", 0);
	bench("confer", "the same in the conference, with its mixing meanwhile", 60,
	      "20 ms of a participant", 1);
	return 0;
}
