/* What phones do. */
#include "tests/sim/sim_storm.h"

static struct sim_phone phones[STORM_PHONES];
static char names[STORM_PHONES][16];
static const char *const *extens;
static size_t exten_count;
static uint64_t seed;

unsigned storm_dice(unsigned sides)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % sides;
}

void storm_seed(uint64_t first)
{
	seed = first;
}

void storm_begin(const char *const *numbers, size_t count)
{
	extens = numbers;
	exten_count = count;
	for (int i = 0; i < STORM_PHONES; i++) {
		snprintf(names[i], sizeof(names[i]), "p%d", i);
		phones[i] = (struct sim_phone){ .name = names[i] };
	}
	sim_phones(phones, STORM_PHONES);
}

const char *storm_someone(void)
{
	return names[storm_dice(STORM_PHONES)];
}

static const char *some_exten(void)
{
	return extens[storm_dice((unsigned)exten_count)];
}

static void mood(struct sim_phone *phone)
{
	phone->ring_ms = (int)storm_dice(3) ? 100 : 0;
	phone->progress_ms = storm_dice(4) ? 0 : 300;
	phone->answer_ms = storm_dice(3) ? (int)storm_dice(4000) : 0;
	phone->refuse_ms = storm_dice(5) ? 0 : (int)storm_dice(3000);
	phone->refuse_cause = storm_dice(2) ? RD_CAUSE_BUSY : RD_CAUSE_REJECTED;
	phone->forward_ms = storm_dice(8) ? 0 : (int)storm_dice(2000);
	phone->forward_to = storm_dice(2) ? "dial" : "Sim/p1";
	phone->hangup_ms = storm_dice(4) ? 0 : 1 + (int)storm_dice(9000);
	phone->unreachable = storm_dice(12) == 0;
	phone->slow_answer = false;
}

static struct rd_channel *some_channel(void)
{
	struct rd_channel *ch = NULL;

	for (unsigned n = storm_dice((unsigned)rd_channel_count() + 1) + 1; n > 0; n--)
		ch = rd_channel_next(ch);
	return ch;
}

static void meddle(struct sim_phone *phone)
{
	struct rd_channel *ch = some_channel();

	switch (storm_dice(9)) {
	case 0:
		sim_press(phone, "#*0123456789"[storm_dice(12)]);
		break;
	case 1:
		sim_say(phone, storm_dice(2) ? RD_SIGNAL_HOLD : RD_SIGNAL_RESUME, "");
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

void storm_step(void)
{
	struct sim_phone *phone = &phones[storm_dice(STORM_PHONES)];

	if (phone->ch && !rd_channel_gone(phone->ch)) {
		meddle(phone);
	} else if (!phone->ch) {
		mood(phone);
		sim_call(phone, some_exten());
	}
	sim_pass((int)storm_dice(400));
}

void storm_end(void)
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
