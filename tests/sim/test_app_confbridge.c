/* ConfBridge: named rooms, keys, kicks, and what others are told of it. */
#include "tests/sim/sim.h"
#include "tests/unit/console.h"

#include <ringdown/conference.h>
#include <ringdown/function.h>

#include "core/call/call.h"
#include "core/call/registry.h"

static struct sim_phone phones[3];
static struct sim_phone *alice = &phones[0], *bob = &phones[1], *carol = &phones[2];
static const struct rd_conferences *conferences;
static char results[3][16];
static const struct rd_cli_command *commands;

static int begin(void **state)
{
	const struct rd_module *module;

	static const char *const names[] = { "alice", "bob", "carol" };

	for (int i = 0; i < 3; i++)
		phones[i] = (struct sim_phone){ .name = names[i], .says = (int16_t)(1000 << i) };
	memset(results, 0, sizeof(results));
	sim_begin(state);
	sim_phones(phones, 3);
	sim_sound();
	module = sim_load("app_confbridge");
	conferences = module->interfaces->functions;
	commands = module->commands;
	return 0;
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, sim_end)

static int confer_in(struct rd_channel *ch, const char *args)
{
	struct rd_channel *self = rd_channel_ref(ch);
	const char *result;
	int i = 0, rc = sim_app(ch, "ConfBridge", args);

	while (strcmp(rd_channel_device(self) + 4, phones[i].name) != 0)
		i++;
	assert_null(rd_channel_conference(self));
	result = rd_var_get(self, "CONFBRIDGE_RESULT");
	snprintf(results[i], sizeof(results[i]), "%s", result ? result : "");
	rd_channel_unref(self);
	return rc;
}

static int confer(struct rd_channel *ch)
{
	return confer_in(ch, "sales");
}

static int confer_nowhere(struct rd_channel *ch)
{
	return confer_in(ch, "");
}

static int kick_alice(struct rd_channel *ch)
{
	char args[64];

	/* By the other name of its technology. */
	snprintf(args, sizeof(args), "sales,Simulated%s", strchr(rd_channel_name(alice->ch), '/'));
	sim_app(ch, "ConfKick", args);
	assert_string_equal(rd_var_get(ch, "CONFKICKSTATUS"), "SUCCESS");
	sim_app(ch, "ConfKick", "marketing,all");
	assert_string_equal(rd_var_get(ch, "CONFKICKSTATUS"), "FAILURE");
	return 0;
}

static const struct sim_exten extens[] = {
	{ "sales", confer },
	{ "601", confer },
	{ "nowhere", confer_nowhere },
	{ "kick", kick_alice },
};

static void enter(struct sim_phone *phone, const char *exten)
{
	sim_extens(extens, RD_ARRAY_SIZE(extens));
	sim_call(phone, exten);
	sim_pass(500);
}

static void all_enter(void)
{
	enter(alice, "sales");
	enter(bob, "sales");
	enter(carol, "sales");
}

static unsigned users(void)
{
	struct rd_conference conference;

	return conferences->find("sales", &conference) ? 0 : conference.users;
}

static void assert_heard(int a, int b, int c)
{
	sim_pass(500);
	assert_int_equal(alice->hears, a);
	assert_int_equal(bob->hears, b);
	assert_int_equal(carol->hears, c);
}

static void each_hears_the_others_and_the_last_closes_the_door(void **state)
{
	(void)state;
	sim_watch(RD_EVENT_BIT(RD_EVENT_CONFERENCE));
	all_enter();
	assert_heard(6000, 5000, 3000);
	assert_int_equal(users(), 3);
	sim_hangup(alice);
	sim_hangup(bob);
	sim_pass(100);
	assert_int_equal(users(), 1);
	sim_hangup(carol);
	sim_finish();
	assert_int_equal(users(), 0);
	assert_null(rd_bridge_next(NULL));
	assert_string_equal(results[0], "HANGUP");
	assert_string_equal(sim_events(),
			    "Conference:START Conference:JOIN Conference:JOIN Conference:JOIN "
			    "Conference:LEAVE Conference:LEAVE Conference:LEAVE Conference:END");
}

/* Who shows a conference finds it by the number that leads there, and by its members. */
static void a_number_leads_to_whoever_dialled_it(void **state)
{
	(void)state;
	assert_null(conferences->by_number("601"));
	enter(alice, "sales");
	assert_null(conferences->by_number("601"));
	enter(bob, "601");
	assert_string_equal(conferences->by_number("601"), "sales");
	assert_string_equal(rd_channel_conference(bob->ch), "sales");
	sim_hangup(bob);
	sim_pass(100);
	assert_null(conferences->by_number("601"));
	sim_hangup(alice);
	sim_finish();
}

static void the_console_mutes_locks_and_kicks(void **state)
{
	char line[128];

	(void)state;
	all_enter();
	snprintf(line, sizeof(line), "confbridge mute sales %s", rd_channel_name(alice->ch));
	assert_console(commands, line, 0, "1 channel\n");
	assert_heard(6000, 4000, 2000);
	assert_console(commands, "confbridge unmute sales all", 0, "3 channels\n");
	assert_heard(6000, 5000, 3000);
	assert_console(commands, "confbridge lock sales", 0, "");
	assert_int_equal(console(commands, "confbridge list"), 0);
	assert_non_null(strstr(console_text(), "     3 yes\n"));
	assert_console(commands, "confbridge unlock sales", 0, "");
	assert_int_equal(console(commands, "confbridge list"), 0);
	assert_non_null(strstr(console_text(), "     3 no\n"));
	snprintf(line, sizeof(line), "confbridge kick sales %s", rd_channel_name(bob->ch));
	assert_console(commands, line, 0, "1 channel\n");
	sim_pass(100);
	assert_int_equal(users(), 2);
	assert_string_equal(results[1], "KICKED");
	assert_console(commands, "confbridge kick sales all", 0, "2 channels\n");
	sim_finish();
	assert_int_equal(users(), 0);
}

/* Where a word of a line begins. */
static int column(const char *line, const char *word)
{
	const char *at = strstr(line, word);

	assert_non_null(at);
	return (int)(at - line);
}

static void the_heads_of_a_list_stand_over_its_columns(void **state)
{
	const char *head, *row;

	(void)state;
	enter(alice, "sales");
	assert_int_equal(console(commands, "confbridge mute sales all"), 0);
	assert_int_equal(console(commands, "confbridge list sales"), 0);
	head = console_text();
	row = strchr(head, '\n') + 1;
	assert_int_equal(column(row, "alice "), column(head, "Caller"));
	assert_int_equal(column(head, "Flags"), column(head, "Caller") + 21);
	assert_int_equal(column(row, "yes "), column(head, "Muted"));
	assert_int_equal(column(row, "0 s\n"), column(head, "Since"));
	sim_hangup(alice);
	sim_finish();
}

static void the_console_knows_no_other_conference(void **state)
{
	(void)state;
	all_enter();
	assert_console(commands, "confbridge kick none all", 1, "No conference \"none\"\n");
	assert_console(commands, "confbridge lock none", 1, "No conference \"none\"\n");
	assert_console(commands, "confbridge mute sales nobody", 1, "0 channels\n");
	assert_console(commands, "confbridge mute sales Sim/ali", 1, "0 channels\n");
	assert_console(commands, "confbridge mute sales Sim/alice", 0, "1 channel\n");
	assert_int_equal(console(commands, "confbridge kick sales"), -EINVAL);
	assert_int_equal(users(), 3);
	assert_console(commands, "confbridge kick sales all", 0, "3 channels\n");
}

static bool first_is_on_hold(void)
{
	struct rd_conference_user user;
	size_t pos = 0;

	assert_true(conferences->user("sales", &pos, &user));
	return user.on_hold;
}

static void who_holds_is_shown_so(void **state)
{
	(void)state;
	all_enter();
	assert_false(first_is_on_hold());
	rd_channel_post(alice->ch, RD_SIGNAL_HOLD, 0);
	assert_true(first_is_on_hold());
	rd_channel_post(alice->ch, RD_SIGNAL_RESUME, 0);
	assert_false(first_is_on_hold());
	sim_hangup(alice);
	sim_hangup(bob);
	sim_hangup(carol);
}

static void keys_mute_change_the_volume_and_leave(void **state)
{
	struct rd_conference_user user;
	size_t pos = 0;

	(void)state;
	all_enter();
	sim_press(alice, '1');
	assert_heard(6000, 4000, 2000);
	assert_true(conferences->user("sales", &pos, &user));
	assert_true(user.muted);
	sim_press(alice, '1');
	assert_heard(6000, 5000, 3000);
	/* 6 dB. */
	sim_press(bob, '4');
	sim_press(bob, '4');
	sim_press(carol, '9');
	sim_press(carol, '9');
	sim_pass(500);
	assert_in_range(bob->hears, 4400, 4600);
	assert_in_range(alice->hears, 9900, 10100);
	sim_press(bob, '8');
	sim_pass(500);
	assert_string_equal(results[1], "DTMF");
	assert_int_equal(users(), 2);
	sim_hangup(alice);
	sim_hangup(carol);
	sim_finish();
}

static void somebody_can_be_kicked(void **state)
{
	(void)state;
	enter(alice, "sales");
	enter(bob, "sales");
	enter(carol, "kick");
	assert_string_equal(results[0], "KICKED");
	assert_int_equal(users(), 1);
	sim_hangup(bob);
	sim_finish();
}

static void without_a_name_there_is_no_conference(void **state)
{
	(void)state;
	enter(alice, "nowhere");
	assert_string_equal(results[0], "FAILED");
	sim_finish();
}

static void the_function_counts(void **state)
{
	struct rd_buf out;

	(void)state;
	all_enter();
	sim_press(bob, '1');
	sim_pass(100);
	rd_buf_init(&out);
	assert_int_equal(rd_function_read(NULL, "CONFBRIDGE_INFO", "parties,sales", &out), 0);
	rd_buf_adds(&out, " ");
	assert_int_equal(rd_function_read(NULL, "CONFBRIDGE_INFO", "Muted,sales", &out), 0);
	rd_buf_adds(&out, " ");
	assert_int_equal(rd_function_read(NULL, "CONFBRIDGE_INFO", "parties,none", &out), 0);
	assert_string_equal(rd_buf_text(&out), "3 1 0");
	assert_int_equal(rd_function_read(NULL, "CONFBRIDGE_INFO", "colour,sales", &out), -EINVAL);
	rd_buf_fini(&out);
	for (int i = 0; i < 3; i++)
		sim_hangup(&phones[i]);
	sim_finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_hears_the_others_and_the_last_closes_the_door),
		TEST(a_number_leads_to_whoever_dialled_it),
		TEST(the_console_mutes_locks_and_kicks),
		TEST(the_heads_of_a_list_stand_over_its_columns),
		TEST(the_console_knows_no_other_conference),
		TEST(who_holds_is_shown_so),
		TEST(keys_mute_change_the_volume_and_leave),
		TEST(somebody_can_be_kicked),
		TEST(without_a_name_there_is_no_conference),
		TEST(the_function_counts),
	};

	return RUN_GROUP(tests);
}
