/* Letters of Queue(): keys for the member and for the caller, forwards, and what phones show. */
#include "tests/sim/queue_rig.h"

#include "core/call/call.h"
#include "core/config/config.h"
#include "core/module/loader.h"
#include "tests/sim/sim_prompts.h"
#include "tests/unit/conf_dir.h"

static void features(const char *conf)
{
	assert_int_equal(conf_dir_apply(&rd__features_config, conf), 0);
}

static void press(struct sim_phone *phone, const char *keys)
{
	for (; *keys; keys++) {
		sim_press(phone, *keys);
		sim_pass(20);
	}
}

static void talk(const char *letter)
{
	char step[64];

	queues("[q]\nmember => Sim/bob\n");
	bob->answer_ms = 200;
	snprintf(step, sizeof(step), "Queue(q,%s)", letter);
	dials(alice, step);
	sim_pass(600);
	assert_int_equal(bob->hears, alice->says);
}

static void part(void)
{
	sim_hangup_all();
	sim_pass(1000);
}

/* -- keys ---------------------------------------------------------------------------------- */

static void h_and_H_end_the_call(void **state)
{
	struct sim_phone *const who[] = { bob, alice };

	(void)state;
	features("[featuremap]\ndisconnect => *0\n");
	for (int i = 0; i < 2; i++) {
		talk(i ? "H" : "h");
		press(who[!i], "*0");
		sim_pass(3000);
		assert_non_null(rd_bridge_next(NULL));
		press(who[i], "*0");
		sim_pass(200);
		assert_null(rd_bridge_next(NULL));
		part();
	}
	features("");
}

static void letters_record(const char *letters, const char *feature)
{
	struct sim_phone *const who[] = { bob, alice };
	char conf[64];

	snprintf(conf, sizeof(conf), "[featuremap]\n%s => *3\n", feature);
	features(conf);
	for (int i = 0; i < 2; i++) {
		const char letter[] = { letters[i], '\0' };

		talk(letter);
		press(who[!i], "*3");
		sim_pass(3000);
		assert_null(rd_var_get(who[!i]->ch, "TOUCH_MIXMONITOR_OUTPUT"));
		press(who[i], "*3");
		sim_pass(500);
		assert_non_null(rd_var_get(who[i]->ch, "TOUCH_MIXMONITOR_OUTPUT"));
		part();
	}
	features("");
}

static void x_and_X_record(void **state)
{
	(void)state;
	sim_load("app_mixmonitor");
	letters_record("xX", "automixmon");
}

static void w_and_W_record(void **state)
{
	(void)state;
	sim_load("app_mixmonitor");
	letters_record("wW", "automon");
}

static void t_and_T_transfer(void **state)
{
	struct sim_phone *const who[] = { bob, alice };

	(void)state;
	features("[featuremap]\nblindxfer => #1\n");
	for (int i = 0; i < 2; i++) {
		talk(i ? "T" : "t");
		press(who[!i], "#1other#");
		sim_pass(3000);
		assert_non_null(rd_bridge_next(NULL));
		sim_plan("[sim]\nexten => 4,1,Note(${CHANNEL(name):4:3})\n same => n,Pause(9)\n");
		press(who[i], "#14");
		sim_pass(5000);
		assert_non_null(strstr(sim_notes(), i ? "bob" : "ali"));
		assert_int_equal(who[i]->hung_up, 1);
		assert_int_equal(who[!i]->hung_up, 0);
		part();
		alice->hung_up = bob->hung_up = 0;
	}
	features("");
}

static void k_and_K_park(void **state)
{
	struct sim_phone *const who[] = { bob, alice };
	const struct rd_module *parking = sim_load("res_parking");

	(void)state;
	assert_int_equal(rd__interface_add(parking->interfaces, "res_parking"), 0);
	features("[featuremap]\nparkcall => *7\n");
	assert_int_equal(conf_dir_apply(parking->config, "[default]\n"), 0);
	for (int i = 0; i < 2; i++) {
		talk(i ? "K" : "k");
		press(who[!i], "*7");
		sim_pass(3000);
		assert_non_null(rd_bridge_next(NULL));
		press(who[i], "*7");
		sim_pass(5000);
		assert_int_equal(who[i]->hung_up, 1);
		assert_int_equal(who[!i]->hung_up, 0);
		part();
		alice->hung_up = bob->hung_up = 0;
	}
	features("");
	rd__interface_remove(parking->interfaces);
	parking->unload();
}

/* -- others -------------------------------------------------------------------------------- */

static void C_spares_the_members_a_missed_call(void **state)
{
	(void)state;
	queues("[q]\nmember => Sim/bob\n");
	dials(alice, "Queue(q)");
	sim_pass(500);
	sim_hangup(alice);
	sim_pass(500);
	assert_int_not_equal(bob->cause, RD_CAUSE_ANSWERED_ELSEWHERE);
	dials(alice, "Queue(q,C)");
	sim_pass(500);
	sim_hangup(alice);
	sim_pass(500);
	assert_int_equal(bob->cause, RD_CAUSE_ANSWERED_ELSEWHERE);
}

static void i_follows_no_forward(void **state)
{
	(void)state;
	queues("[q]\nmember => Sim/bob\n");
	bob->ring_ms = 0;
	bob->forward_ms = 100;
	bob->forward_to = "Sim/carol";
	dials(alice, "Queue(q,i)");
	sim_pass(1000);
	assert_int_equal(bob->called, 1);
	assert_int_equal(carol->called, 0);
	part();
	dials(alice, "Queue(q)");
	sim_pass(1000);
	assert_int_equal(carol->called, 1);
}

static void I_tells_the_caller_nothing_of_who_answered(void **state)
{
	(void)state;
	talk("");
	assert_string_equal(alice->connected, "bob");
	part();
	alice->connected[0] = '\0';
	talk("I");
	assert_string_equal(alice->connected, "");
}

/* -- while he waits ------------------------------------------------------------------------- */

static bool rings(const struct sim_phone *phone)
{
	return phone->shown & 1u << RD_INDICATE_RINGING;
}

static void R_is_music_until_a_member_rings(void **state)
{
	long heard;

	(void)state;
	queues("[q]\ntimeout = 3\nretry = 5\nmember => Sim/bob\n");
	bob->ring_ms = 1000;
	dials(alice, "Queue(q,R)");
	assert_string_equal(hears(alice, 900), "~");
	assert_false(rings(alice));
	sim_pass(300);
	assert_true(rings(alice));
	heard = alice->heard;
	sim_pass(500);
	assert_int_equal(alice->heard, heard);
	sim_pass(1500);
	assert_string_equal(hears(alice, 500), "~"); /* nobody rings */
}

static void m_may_name_the_class(void **state)
{
	(void)state;
	sim_other_music(270);
	queues("[q]\n");
	dials(alice, "Queue(q,m(other))");
	assert_string_equal(hears(alice, 500), "o");
	part();
	queues("[q]\nmusicclass = other\n");
	dials(alice, "Queue(q)");
	assert_string_equal(hears(alice, 500), "o");
	part();
	dials(alice, "Queue(q,m(default))");
	assert_string_equal(hears(alice, 500), "~");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		QUEUE_TEST(h_and_H_end_the_call),
		QUEUE_TEST(x_and_X_record),
		QUEUE_TEST(w_and_W_record),
		QUEUE_TEST(t_and_T_transfer),
		QUEUE_TEST(k_and_K_park),
		QUEUE_TEST(C_spares_the_members_a_missed_call),
		QUEUE_TEST(i_follows_no_forward),
		QUEUE_TEST(I_tells_the_caller_nothing_of_who_answered),
		QUEUE_TEST(R_is_music_until_a_member_rings),
		QUEUE_TEST(m_may_name_the_class),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
