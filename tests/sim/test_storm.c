/* Many phones that do whatever comes to their minds: dial, ring each other
 * through Local channels, hold, press keys, transfer, redirect, hang up. When
 * the storm is over, nothing is left. A seed plays the same storm again. */
#include "tests/sim/sim.h"

#include <ringdown/log.h>


enum { PHONES = 12, STEPS = 1500, SEEDS = 12 };

static struct sim_phone phones[PHONES];
static char names[PHONES][16];
static uint64_t seed;

static unsigned dice(unsigned sides)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % sides;
}

static const char *someone(void)
{
	return names[dice(PHONES)];
}

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
	snprintf(args, sizeof(args), forms[dice(RD_ARRAY_SIZE(forms))], someone(), someone());
#pragma GCC diagnostic pop
	return sim_app(ch, "Dial", args);
}

static int bridge_somebody(struct rd_channel *ch)
{
	char args[32];

	snprintf(args, sizeof(args), "Sim/%s,%s", someone(), dice(2) ? "x" : "hHtT");
	return sim_app(ch, "Bridge", args);
}

static int wait_a_while(struct rd_channel *ch)
{
	int rc = dice(2) ? rd_answer(ch) : 0;

	return rc ? rc : rd_channel_sleep(ch, (int)dice(8000));
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

static const char *some_exten(void)
{
	return extens[dice(RD_ARRAY_SIZE(extens))].exten;
}

/* -- what phones do ------------------------------------------------------------------ */

static void mood(struct sim_phone *phone)
{
	phone->ring_ms = (int)dice(3) ? 100 : 0;
	phone->progress_ms = dice(4) ? 0 : 300;
	phone->answer_ms = dice(3) ? (int)dice(4000) : 0;
	phone->refuse_ms = dice(5) ? 0 : (int)dice(3000);
	phone->refuse_cause = dice(2) ? RD_CAUSE_BUSY : RD_CAUSE_REJECTED;
	phone->forward_ms = dice(8) ? 0 : (int)dice(2000);
	phone->forward_to = dice(2) ? "dial" : "Sim/p1";
	phone->hangup_ms = dice(4) ? 0 : 1 + (int)dice(9000);
	phone->unreachable = dice(12) == 0;
	phone->slow_answer = false;
}

static struct rd_channel *some_channel(void)
{
	struct rd_channel *ch = NULL;

	for (unsigned n = dice((unsigned)rd_channel_count() + 1) + 1; n > 0; n--)
		ch = rd_channel_next(ch);
	return ch;
}

static void meddle(struct sim_phone *phone)
{
	struct rd_channel *ch = some_channel();

	switch (dice(9)) {
	case 0:
		sim_press(phone, "#*0123456789"[dice(12)]);
		break;
	case 1:
		sim_say(phone, dice(2) ? RD_SIGNAL_HOLD : RD_SIGNAL_RESUME, "");
		break;
	case 2:
		sim_say(phone, RD_SIGNAL_TRANSFER, some_exten());
		break;
	case 3:
		rd_channel_redirect(phone->ch, "sim", some_exten(), 1);
		break;
	case 4:
		if (ch)
			rd_channel_redirect(ch, "sim", some_exten(), 1);
		break;
	case 5:
		if (ch)
			rd_hangup(ch, RD_CAUSE_NORMAL);
		break;
	case 6:
		sim_say(phone, RD_SIGNAL_PARTY, "");
		break;
	default:
		sim_hangup(phone);
		break;
	}
}

static void step(void)
{
	struct sim_phone *phone = &phones[dice(PHONES)];

	if (phone->ch && !rd_channel_gone(phone->ch)) {
		meddle(phone);
	} else if (!phone->ch) {
		mood(phone);
		sim_call(phone, some_exten());
	}
	sim_pass((int)dice(400));
}

static void hang_up_all(void)
{
	struct rd_channel *ch, *next;

	for (int round = 0; round < 20 && rd_channel_count(); round++) {
		for (ch = rd_channel_next(NULL); ch; ch = next) {
			next = rd_channel_next(ch);
			rd_hangup(ch, RD_CAUSE_NORMAL);
		}
		sim_pass(10000);
	}
}

static void blow(uint64_t first)
{
	seed = first;
	for (int i = 0; i < STEPS; i++)
		step();
	hang_up_all();
	if (rd_channel_count() || rd__fiber_count() || rd_bridge_next(NULL))
		fail_msg("seed %llu: %zu channels and %zu fibers are left",
			 (unsigned long long)first, rd_channel_count(), rd__fiber_count());
}

static int begin(void **state)
{
	sim_begin(state);
	for (int i = 0; i < PHONES; i++) {
		snprintf(names[i], sizeof(names[i]), "p%d", i);
		phones[i] = (struct sim_phone){ .name = names[i] };
	}
	sim_phones(phones, PHONES);
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
