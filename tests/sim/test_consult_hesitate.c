/* Attended transfer by keys, and who asks goes back to the other while it rings: whoever presses
 * the keys, and whoever answers or leaves meanwhile. */
#include "tests/sim/consult_rig.h"

#include <ringdown/tech.h>

static struct sim_phone *const each[] = { &phones[1], &phones[0] }; /* bob, alice */

/* One of the two asks carol, and goes back to the other while it rings. */
static struct sim_phone *hesitates(int i)
{
	rings_at_carol(each[i]);
	assert_string_equal(hears(each[!i], 200), "m");
	press(each[i], "*4");
	sim_pass(100);
	talk(alice, bob);
	assert_int_equal(carol->hung_up, 0);
	return each[i];
}

static void all_hang_up(void)
{
	sim_hangup_all();
	sim_pass(1000);
	assert_int_equal(rd_channel_count(), 0);
	carol->called = carol->hung_up = 0;
}

static void answers(struct sim_phone *phone)
{
	rd_channel_post(phone->ch, RD_SIGNAL_ANSWER, 0);
	sim_pass(200);
}

/* A tone: no voice, and no music. */
static bool hears_ringing(struct sim_phone *phone)
{
	int16_t first;

	phone->heard = 0;
	sim_pass(50);
	first = phone->hears;
	sim_pass(50);
	return phone->heard > 100 && phone->hears != first;
}

static void who_asks_goes_back_and_waits_again(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct sim_phone *who = hesitates(i);

		press(who, "*4");
		assert_string_equal(hears(each[!i], 200), "m");
		assert_true(hears_ringing(who));
		press(who, "*4*4");
		answers(carol);
		talk(who, carol);
		sim_hangup(who);
		sim_pass(500);
		talk(each[!i], carol);
		all_hang_up();
	}
}

static void who_is_called_answers_meanwhile_and_waits(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct sim_phone *who = hesitates(i);

		answers(carol);
		talk(alice, bob);
		assert_string_equal(hears(carol, 200), "m");
		press(who, "*4");
		sim_pass(100);
		talk(who, carol);
		assert_string_equal(hears(each[!i], 200), "m");
		sim_hangup(who);
		sim_pass(500);
		talk(each[!i], carol);
		all_hang_up();
	}
}

static void who_hesitates_hangs_up(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct sim_phone *who = hesitates(i);

		if (i)
			sim_hangup(who);
		else
			press(who, "*2");
		sim_pass(500);
		assert_true(!who->ch || rd_channel_gone(who->ch));
		assert_true(hears_ringing(each[!i]));
		answers(carol);
		talk(each[!i], carol);
		all_hang_up();
	}
}

static void who_hesitates_thinks_better_of_it(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct sim_phone *who = hesitates(i);

		press(who, "*1");
		sim_pass(500);
		assert_int_equal(carol->hung_up, 1);
		talk(alice, bob);
		press(who, "*24");
		sim_pass(500);
		talk(who, dave);
		all_hang_up();
	}
}

static void nobody_answers_while_one_hesitates(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		hesitates(i);
		sim_pass(12000);
		assert_int_equal(carol->hung_up, 0);
		sim_pass(3000);
		assert_int_equal(carol->hung_up, 1);
		talk(alice, bob);
		all_hang_up();
	}
}

static void all_three_after_some_hesitation(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		press(hesitates(i), "*3");
		sim_pass(100);
		talk(alice, bob);
		answers(carol);
		sim_pass(500);
		assert_int_equal(alice->hears, bob->says + carol->says);
		all_hang_up();
	}
}

static void the_other_hangs_up_while_one_hesitates(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct sim_phone *who = hesitates(i);

		sim_hangup(each[!i]);
		sim_pass(500);
		assert_null(who->ch);
		assert_null(carol->ch);
		all_hang_up();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_asks_goes_back_and_waits_again),
		TEST(who_is_called_answers_meanwhile_and_waits),
		TEST(who_hesitates_hangs_up),
		TEST(who_hesitates_thinks_better_of_it),
		TEST(nobody_answers_while_one_hesitates),
		TEST(all_three_after_some_hesitation),
		TEST(the_other_hangs_up_while_one_hesitates),
	};

	return RUN_GROUP(tests);
}
