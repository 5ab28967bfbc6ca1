/* Many phones that do whatever comes to their minds: dial, ring each other
 * through Local channels, hold, press keys, transfer, redirect, hang up. When
 * the storm is over, nothing is left. A seed plays the same storm again. */
#include "tests/sim/sim_storm.h"

#include <ringdown/log.h>


enum { STEPS = 1500, SEEDS = 12 };

/* -- extensions ------------------------------------------------------------------- */

static int dial_somebody(struct rd_channel *ch)
{
	static const char *const forms[] = {
		"Sim/%s,20,tTgh", "Sim/%s&Sim/%s,10,HF(sim^wait^1)", "Local/dial@sim,15,t",
		"Local/wait@sim&Sim/%s,5,m", "Sim/%s,20,L(3000:1000)U(wait)", "Sim/%s,3,ce",
		"Sim/%s,9,G(sim^wait^1)", "Local/bridge@sim/n,8,r(ring)",
	};
	char args[128];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(args, sizeof(args), forms[storm_dice(RD_ARRAY_SIZE(forms))],
		 storm_someone(), storm_someone());
#pragma GCC diagnostic pop
	return sim_app(ch, "Dial", args);
}

static int bridge_somebody(struct rd_channel *ch)
{
	char args[32];

	snprintf(args, sizeof(args), "Sim/%s,%s", storm_someone(), storm_dice(2) ? "x" : "hHtT");
	return sim_app(ch, "Bridge", args);
}

static int wait_a_while(struct rd_channel *ch)
{
	int rc = storm_dice(2) ? rd_answer(ch) : 0;

	return rc ? rc : rd_channel_sleep(ch, (int)storm_dice(8000));
}

static int read_keys(struct rd_channel *ch)
{
	struct rd_signal signal;

	return rd_channel_wait_for(ch, RD_SIGNAL_BIT(RD_SIGNAL_DIGIT), 4000, &signal);
}

static const struct sim_exten extens[] = {
	{ "dial", dial_somebody }, { "bridge", bridge_somebody }, { "wait", wait_a_while },
	{ "keys", read_keys },	   { "h", read_keys },		  { "1", wait_a_while },
	{ "23", dial_somebody },
};

static const char *const numbers[] = { "dial", "bridge", "wait", "keys", "h", "1", "23" };

static void blow(uint64_t first)
{
	storm_seed(first);
	for (int i = 0; i < STEPS; i++)
		storm_step();
	storm_end();
	if (rd_channel_count() || rd__fiber_count() || rd_bridge_next(NULL))
		fail_msg("seed %llu: %zu channels and %zu fibers are left",
			 (unsigned long long)first, rd_channel_count(), rd__fiber_count());
}

static int begin(void **state)
{
	sim_begin(state);
	storm_begin(numbers, RD_ARRAY_SIZE(numbers));
	sim_extens(extens, RD_ARRAY_SIZE(extens));
	sim_sound();
	sim_load("app_dial");
	sim_load("app_bridge");
	sim_load("chan_local");
	rd_log_max = RD_LOG_NOTICE;
	return 0;
}

static void after_the_storm_nothing_is_left(void **state)
{
	(void)state;
	for (uint64_t first = 1; first <= SEEDS; first++)
		blow(first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(after_the_storm_nothing_is_left, begin, sim_end),
	};

	return RUN_GROUP(tests);
}
