/* The house of the tests of attended transfers by keys: see consult_rig.h. */
#include "tests/sim/consult_rig.h"

#include <ringdown/config.h>

#include "core/call/bridge.h"
#include "core/call/call.h"
#include "tests/sim/sim_prompts.h"
#include "tests/unit/conf_dir.h"

struct sim_phone phones[4];
struct sim_phone *const alice = &phones[0], *const bob = &phones[1], *const carol = &phones[2],
			*const dave = &phones[3];
char transfers[256]; /* what RD_EVENT_TRANSFER and its end told */

static const struct sim_prompt prompts[] = {
	{ "pbx-transfer", 230, 't' },
	{ "beep", 220, 'b' },
	{ "beeperr", 210, 'e' },
	{ "pbx-invalid", 200, 'i' },
	{ "no-more", 190, 'n' },
	{ "music", 300, 'm' },
	{ 0 },
};

/* ---- the house ---- */

static void note_transfer(const struct rd_event *event, void *arg)
{
	size_t n = strlen(transfers);

	(void)arg;
	snprintf(transfers + n, sizeof(transfers) - n, "%s%s %.3s", n ? ", " : "",
		 event->type == RD_EVENT_TRANSFER ? event->name : event->text,
		 rd_channel_device(event->peer) + 4);
}

static const struct rd_subscriber subscriber = { .name = "test",
						 .types = RD_EVENT_BIT(RD_EVENT_TRANSFER) |
							  RD_EVENT_BIT(RD_EVENT_TRANSFER_END),
						 .notify = note_transfer };

void features(const char *conf)
{
	assert_int_equal(conf_dir_apply(&rd__features_config, conf), 0);
}

int consult_begin(void **state)
{
	static const char *const names[] = { "alice", "bob", "carol", "dave" };

	sim_dialplan_begin(state);
	for (size_t i = 0; i < RD_ARRAY_SIZE(phones); i++)
		phones[i] = (struct sim_phone){ .name = names[i],
						.ring_ms = 10,
						.answer_ms = 100,
						.says = (int16_t)(5000 + 1000 * i) };
	sim_phones(phones, RD_ARRAY_SIZE(phones));
	sim_sound();
	sim_prompts(prompts);
	sim_load("format_wav");
	sim_load("app_dial");
	sim_load("chan_local");
	sim_prompt_write("sounds/moh/music.wav", 300, 2000);
	sim_default_music();
	assert_int_equal(rd_subscribe(&subscriber), 0);
	features(FEATURES);
	transfers[0] = '\0';
	sim_plan(PLAN);
	return 0;
}

int consult_finish(void **state)
{
	sim_hangup_all();
	sim_finish();
	assert_int_equal(rd_channel_count(), 0);
	rd_unsubscribe(&subscriber);
	features("");
	rd__music_free();
	return sim_dialplan_end(state);
}

/* ---- steps ---- */

void press(struct sim_phone *phone, const char *keys)
{
	for (; *keys && phone->ch; keys++) {
		sim_press(phone, *keys);
		sim_pass(100);
	}
}

const char *hears(const struct sim_phone *phone, int ms)
{
	return sim_marks_heard(prompts, phone, ms);
}

void talk(const struct sim_phone *a, const struct sim_phone *b)
{
	assert_non_null(a->ch);
	assert_non_null(b->ch);
	assert_int_equal(a->hears, b->says);
	assert_int_equal(b->hears, a->says);
}

void alice_calls_bob(void)
{
	sim_call(alice, "bob");
	sim_pass(500);
	talk(alice, bob);
}

/* One of the two asks carol, who answers; the other hears music. */
void asks_carol(struct sim_phone *who, struct sim_phone *other)
{
	alice_calls_bob();
	press(who, "*23");
	sim_pass(500);
	talk(who, carol);
	assert_string_equal(hears(other, 200), "m");
}

/* The same, but she does not answer. */
void rings_at_carol(struct sim_phone *who)
{
	alice_calls_bob();
	carol->answer_ms = 0;
	press(who, "*23");
	sim_pass(500);
	assert_int_equal(carol->called, 1);
}
