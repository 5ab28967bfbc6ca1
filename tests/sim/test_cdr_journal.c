/* Calls that go on when the daemon is killed have their records from its next run. A record reads
 * "dst channel-dstchannel DISPOSITION duration/billsec lastapp". */
#include "tests/sim/sim_dialplan.h"

#include <ringdown/module.h>
#include <ringdown/store.h>

#include "core/call/registry.h"
#include "core/config/config.h"
#include "tests/sim/sip_store.h"
#include "tests/unit/conf_dir.h"

static struct sim_phone phones[3];
static struct sim_phone *alice = &phones[0], *bob = &phones[1], *carol = &phones[2];
static const struct rd_module *cdr;
static char records[1024], fields[512];
static int told;

static const char plan[] =
	"[sim]\n"
	"exten => bob,1,Set(CDR(userfield)=a%25b=c)\nsame => n,Set(CDR(project)=x y)\n"
	"same => n,Dial(Sim/bob,20)\n"
	"exten => menu,1,Answer()\nsame => n,Pause(600)\n"
	"exten => long,1,Answer()\nsame => n,Pause(20)\nsame => n,Dial(Sim/bob,60)\n"
	"exten => asked,1,Answer()\nsame => n,Dial(Sim/bob,60,U(ask))\n"
	"exten => off,1,Set(CDR_PROP(disable)=1)\nsame => n,Answer()\nsame => n,Pause(600)\n"
	"[ask]\nexten => s,1,Pause(20)\nsame => n,Return()\n";

static void add_record(const struct rd_event *event, void *arg)
{
	size_t n = strlen(records);

	(void)arg;
	told++;
	snprintf(records + n, sizeof(records) - n, "%s%s %.*s-%.*s %s %s/%s %s", n ? ", " : "",
		 rd_event_value(event, "dst"), (int)strcspn(rd_event_value(event, "channel"), "-"),
		 rd_event_value(event, "channel"),
		 (int)strcspn(rd_event_value(event, "dstchannel"), "-"),
		 rd_event_value(event, "dstchannel"), rd_event_value(event, "disposition"),
		 rd_event_value(event, "duration"), rd_event_value(event, "billsec"),
		 rd_event_value(event, "lastapp"));
	snprintf(fields, sizeof(fields), "%s|%s|%s|%.3f", rd_event_value(event, "userfield"),
		 rd_event_value(event, "project"), rd_event_value(event, "dcontext"),
		 atof(rd_event_value(event, "end")) - atof(rd_event_value(event, "start")));
}

static const struct rd_subscriber listener = { .name = "test",
					       .types = RD_EVENT_BIT(RD_EVENT_CALL_RECORD),
					       .notify = add_record };

static void configure(const char *text)
{
	assert_int_equal(conf_dir_apply(cdr->config, text), 0);
}

static int load(void *arg)
{
	(void)arg;
	return cdr->load();
}

static int answer(struct rd_channel *ch, const char *args)
{
	(void)args;
	return rd_answer(ch);
}

static const struct rd_app answer_app = { .name = "Answer", .run = answer };

static int begin(void **state)
{
	static const char *const names[] = { "alice", "bob", "carol" };

	for (size_t i = 0; i < RD_ARRAY_SIZE(phones); i++)
		phones[i] =
			(struct sim_phone){ .name = names[i], .ring_ms = 10, .answer_ms = 2000 };
	records[0] = fields[0] = '\0';
	told = 0;
	sim_dialplan_begin(state);
	sim_phones(phones, RD_ARRAY_SIZE(phones));
	sim_load("app_dial");
	assert_int_equal(rd__app_add(&answer_app, "test"), 0);
	cdr = sim_load("cdr");
	configure("[general]\n");
	store_open();
	assert_int_equal(store_call(load, NULL), 0);
	assert_int_equal(rd_subscribe(&listener), 0);
	sim_plan(plan);
	return 0;
}

static int end(void **state)
{
	sim_hangup_all();
	sim_pass(2000);
	rd_unsubscribe(&listener);
	cdr->unload();
	store_close();
	store_forget();
	rd__app_remove(&answer_app);
	return sim_dialplan_end(state);
}

/* What is done without the store is not done. */
static void killed(void)
{
	store_close();
	sim_hangup_all();
	sim_pass(2000);
	cdr->unload();
	records[0] = '\0';
	store_open();
	assert_int_equal(store_call(load, NULL), 0);
}

static void expect_records(const char *expected)
{
	sim_pass(2000);
	assert_string_equal(records, expected);
	records[0] = '\0';
}

static int count_left(void *arg)
{
	struct rd_pool *pool;
	struct rd_rows rows;
	int rc = rd_pool_new(&pool, 0);

	(void)arg;
	rc = rc ? rc : rd_store_query("SELECT id FROM cdr_open", NULL, 0, pool, &rows);
	rc = rc < 0 ? rc : rows.count;
	rd_pool_free(pool);
	return rc;
}

static void assert_nothing_left(void)
{
	assert_int_equal(store_call(count_left, NULL), 0);
}

static void a_call_that_was_cut_off_is_told_of_once(void **state)
{
	(void)state;
	sim_call(alice, "bob");
	sim_pass(63000); /* it rang for two, and was last seen at 60 s */
	killed();
	expect_records("bob Sim/alice-Sim/bob ANSWERED 60/58 Dial");
	assert_string_equal(fields, "a%25b=c|x y|sim|60.000");
	assert_nothing_left();
	killed();
	expect_records("");
}

static void so_is_who_was_alone_with_what_he_did_last(void **state)
{
	(void)state;
	sim_call(alice, "menu");
	sim_call(carol, "long");
	sim_pass(17000);
	killed();
	expect_records(
		"menu Sim/alice- ANSWERED 15/15 Pause, long Sim/carol- ANSWERED 15/15 Pause");
}

/* The record that he had when he was alone goes on with bob. */
static void what_a_call_became_counts(void **state)
{
	(void)state;
	sim_call(alice, "long");
	sim_pass(21000); /* it rings */
	sim_pass(5000);
	killed();
	expect_records("long Sim/alice-Sim/bob ANSWERED 25/25 Dial");
}

static void a_call_that_rings_again_has_none(void **state)
{
	(void)state;
	bob->answer_ms = 50000;
	sim_call(alice, "long");
	sim_pass(31000);
	killed();
	expect_records("");
	assert_nothing_left();
}

/* He may yet decline. */
static void so_has_one_while_who_has_answered_is_asked(void **state)
{
	(void)state;
	sim_call(alice, "asked");
	sim_pass(17000);
	assert_nothing_left();
	sim_pass(11000);
	killed();
	expect_records("asked Sim/alice-Sim/bob ANSWERED 25/25 Dial");
}

static void a_call_that_ends_leaves_nothing(void **state)
{
	(void)state;
	sim_call(alice, "menu");
	sim_pass(20000);
	sim_hangup(alice);
	expect_records("menu Sim/alice- ANSWERED 20/20 Pause");
	assert_nothing_left();
	killed();
	expect_records("");
}

static void short_ones_and_those_without_records_are_not_kept(void **state)
{
	(void)state;
	sim_call(carol, "off");
	sim_pass(11000);
	sim_call(alice, "menu");
	sim_pass(6000); /* looked at after 4 s */
	killed();
	expect_records("");
}

static void nothing_is_told_where_no_records_are_wanted(void **state)
{
	(void)state;
	sim_call(alice, "menu");
	sim_pass(20000);
	configure("[general]\nenable = no\n");
	killed();
	expect_records("");
	assert_nothing_left();
}

static void a_module_that_goes_takes_them_along(void **state)
{
	(void)state;
	sim_call(alice, "menu");
	sim_pass(20000);
	cdr->unload();
	sim_pass(1000);
	assert_nothing_left();
	assert_int_equal(store_call(load, NULL), 0);
	expect_records("");
}

/* More calls than are written in one turn, while they are being written. */
static void begin_many(void)
{
	for (int i = 0; i < 220; i++)
		sim_call(alice, "menu");
	sim_pass(4500);
	for (int i = 0; i < 2000 && store_call(count_left, NULL) == 0; i++)
		sim_pass(5);
	assert_in_range(store_call(count_left, NULL), 1, 219);
}

static void many_calls_are_written_bit_by_bit(void **state)
{
	(void)state;
	begin_many();
	sim_pass(1000);
	assert_int_equal(store_call(count_left, NULL), 220);
	killed();
	told = 0;
	sim_pass(2000);
	assert_int_equal(told, 220);
	assert_nothing_left();
}

static void they_may_end_in_the_middle_of_it(void **state)
{
	struct rd_channel *ch = NULL;

	(void)state;
	begin_many();
	while ((ch = rd_channel_next(ch)))
		rd_hangup(ch, RD_CAUSE_NORMAL);
	sim_pass(2000);
	assert_int_equal(told, 220);
	assert_nothing_left();
	sim_call(alice, "menu");
	sim_pass(12000);
	assert_int_equal(store_call(count_left, NULL), 1);
}

static void it_works_without_a_store(void **state)
{
	(void)state;
	cdr->unload();
	store_close();
	assert_int_equal(store_call(load, NULL), 0);
	sim_call(alice, "menu");
	sim_pass(20000);
	sim_hangup(alice);
	expect_records("menu Sim/alice- ANSWERED 20/20 Pause");
	store_open();
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(a_call_that_was_cut_off_is_told_of_once),
		TEST(so_is_who_was_alone_with_what_he_did_last),
		TEST(what_a_call_became_counts),
		TEST(a_call_that_rings_again_has_none),
		TEST(so_has_one_while_who_has_answered_is_asked),
		TEST(a_call_that_ends_leaves_nothing),
		TEST(short_ones_and_those_without_records_are_not_kept),
		TEST(nothing_is_told_where_no_records_are_wanted),
		TEST(a_module_that_goes_takes_them_along),
		TEST(many_calls_are_written_bit_by_bit),
		TEST(they_may_end_in_the_middle_of_it),
		TEST(it_works_without_a_store),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
