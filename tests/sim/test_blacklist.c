/* BLACKLIST(): whom the house does not want to hear. */
#include "tests/sim/sim_dialplan.h"

#include "tests/sim/sip_store.h"

#define PLAN                                                                                       \
	"[sim]\nexten => add,1,Set(DB(blacklist/alice)=1)\n"                                       \
	"exten => name,1,Set(DB(blacklist/Mallory)=1)\n"                                           \
	"exten => remove,1,Set(gone=${DB_DELETE(blacklist/alice)})\n"                              \
	"exten => ask,1,GotoIf(${BLACKLIST()}?no)\n same => n,Note(welcome)\n same => "            \
	"n,Hangup()\n"                                                                             \
	" same => n(no),Note(blocked)\n"                                                           \
	"exten => as,1,Set(CALLERID(name)=Mallory)\n same => n,Set(CALLERID(num)=)\n"              \
	" same => n,Note(${BLACKLIST()})\n"

static int begin(void **state)
{
	sim_dialplan_begin(state);
	store_open();
	sim_load("func_db");
	sim_load("func_blacklist");
	sim_plan(PLAN);
	return 0;
}

static int finish(void **state)
{
	sim_finish();
	store_close();
	return sim_dialplan_end(state);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, finish)

static void a_number_is_on_the_list_until_it_is_taken_off(void **state)
{
	(void)state;
	assert_string_equal(sim_dial("ask"), "welcome");
	sim_dial("add");
	assert_string_equal(sim_dial("ask"), "blocked");
	sim_dial("remove");
	assert_string_equal(sim_dial("ask"), "welcome");
}

static void a_name_may_be_on_it_and_nobody_is_not(void **state)
{
	(void)state;
	assert_string_equal(sim_dial("as"), "0");
	sim_dial("name");
	assert_string_equal(sim_dial("as"), "1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_number_is_on_the_list_until_it_is_taken_off),
		TEST(a_name_may_be_on_it_and_nobody_is_not),
	};

	return RUN_GROUP(tests);
}
