/* The call records of every way in which a call is moved, by each who may move it. Alice
 * calls bob; after ten seconds one of the two moves the call to carol; that part takes ten
 * seconds too. A record reads "src>dst channel-dstchannel DISPOSITION duration/billsec". */
#include "tests/sim/sim_dialplan.h"

#include <ringdown/config.h>
#include <ringdown/transfer.h>

#include "core/call/call.h"
#include "core/config/config.h"
#include "core/module/loader.h"
#include "tests/unit/conf_dir.h"

enum { PHONES = 5 };

static struct sim_phone phones[PHONES];
static struct sim_phone *alice = &phones[0], *bob = &phones[1], *carol = &phones[2],
			*line2 = &phones[3], *dave = &phones[4];
static const struct rd_module *cdr, *parking;
static char records[1024];
static char carol_id[48]; /* of whom keys call; "": nobody has been called by keys */

static const char plan[] = "[sim]\ninclude => parkedcalls\n"
			   "exten => 2,1,Dial(Sim/bob,20,tTkK)\n"
			   "exten => 3,1,Dial(Sim/carol,20)\n"
			   "exten => 4,1,Pickup(3@sim)\n"
			   "exten => 5,1,Dial(Sim/carol,20,tT)\n"
			   "exten => 6,1,PullCall(Sim/alice)\n"
			   "exten => 7,1,PullCall(Sim/bob)\n"
			   "exten => h,1,NoOp()\n";

/* ---- what is written ---- */

/* "bob" of "Sim/bob-00000001", "Local;1" of both ends of a Local channel. */
static void add_channel(const char *channel)
{
	size_t n = strlen(records);
	const char *end = strchr(channel, ';');

	if (strncmp(channel, "Local/", 6) == 0)
		snprintf(records + n, sizeof(records) - n, "Local%s", end ? end : "");
	else if (strchr(channel, '/'))
		snprintf(records + n, sizeof(records) - n, "%.*s",
			 (int)strcspn(strchr(channel, '/') + 1, "-"), strchr(channel, '/') + 1);
}

static void add_record(const struct rd_event *event, void *arg)
{
	size_t n = strlen(records);

	(void)arg;
	snprintf(records + n, sizeof(records) - n, "%s%s>%s ", n ? ", " : "",
		 rd_event_value(event, "src"), rd_event_value(event, "dst"));
	add_channel(rd_event_value(event, "channel"));
	strcat(records, "-");
	add_channel(rd_event_value(event, "dstchannel"));
	if (*carol_id && strncmp(rd_event_value(event, "dstchannel"), "Sim/carol", 9) == 0 &&
	    strcmp(rd_event_value(event, "dstuniqueid"), carol_id) != 0)
		strcat(records, " of another id");
	n = strlen(records);
	snprintf(records + n, sizeof(records) - n, " %s %s/%s",
		 rd_event_value(event, "disposition"), rd_event_value(event, "duration"),
		 rd_event_value(event, "billsec"));
}

static const struct rd_subscriber listener = { .name = "test",
					       .types = RD_EVENT_BIT(RD_EVENT_CALL_RECORD),
					       .notify = add_record };

/* ---- the house ---- */

static int begin(void **state)
{
	static const char *const names[] = { "alice", "bob", "carol", "line2", "dave" };

	sim_dialplan_begin(state);
	for (size_t i = 0; i < PHONES; i++)
		phones[i] =
			(struct sim_phone){ .name = names[i], .ring_ms = 10, .answer_ms = 2000 };
	sim_phones(phones, PHONES);
	sim_sound();
	sim_load("app_dial");
	sim_load("app_directed_pickup");
	sim_load("app_pullcall");
	sim_load("chan_local");
	parking = sim_load("res_parking");
	assert_int_equal(rd__interface_add(parking->interfaces, "res_parking"), 0);
	assert_int_equal(conf_dir_apply(parking->config, "[default]\n"), 0);
	assert_int_equal(
		conf_dir_apply(&rd__features_config,
			       "[general]\nxfersound =\nxferfailsound =\n"
			       "transferannouncesound =\n"
			       "[featuremap]\nblindxfer => #1\natxfer => *2\nparkcall => #7\n"),
		0);
	cdr = sim_load("cdr");
	assert_int_equal(conf_dir_apply(cdr->config, "[general]\n"), 0);
	assert_int_equal(cdr->load(), 0);
	assert_int_equal(rd_subscribe(&listener), 0);
	sim_plan(plan);
	return 0;
}

static int end(void **state)
{
	rd_unsubscribe(&listener);
	cdr->unload();
	assert_int_equal(conf_dir_apply(&rd__features_config, ""), 0);
	rd__interface_remove(parking->interfaces);
	parking->unload();
	return sim_dialplan_end(state);
}

/* ---- the ways ---- */

static void press(struct sim_phone *phone, const char *keys)
{
	for (; *keys; keys++)
		sim_press(phone, *keys);
	sim_pass(10);
}

static void blind(struct sim_phone *who)
{
	assert_int_equal(rd_transfer_blind(who->ch, "sim", "3", NULL, NULL), 0);
	sim_pass(12000);
}

static void blind_by_keys(struct sim_phone *who)
{
	press(who, "#13");
	sim_pass(12000);
}

/* His second line calls carol; the two are joined when she has answered... */
static void attended(struct sim_phone *who)
{
	sim_call(line2, "3");
	sim_pass(12000);
	assert_int_equal(rd_transfer_attended(who->ch, line2->ch, NULL, NULL), 0);
	sim_pass(10000);
}

/* ... or while it still rings there. */
static void attended_early(struct sim_phone *who)
{
	sim_call(line2, "3");
	sim_pass(1000);
	assert_int_equal(rd_transfer_attended(who->ch, line2->ch, NULL, NULL), 0);
	sim_pass(12000);
}

static void asks_carol(struct sim_phone *who)
{
	press(who, "*23");
	sim_pass(12000);
	rd_strcpy(carol_id, sizeof(carol_id), rd_channel_uniqueid(carol->ch));
}

static void attended_by_keys(struct sim_phone *who)
{
	asks_carol(who);
	press(who, "*2");
	sim_pass(10000);
}

static void attended_by_keys_early(struct sim_phone *who)
{
	press(who, "*23");
	sim_pass(1000);
	sim_hangup(who);
	sim_pass(11000);
}

static void back_by_keys(struct sim_phone *who)
{
	asks_carol(who);
	press(who, "*1");
	sim_pass(10000);
}

static void three_by_keys(struct sim_phone *who)
{
	asks_carol(who);
	press(who, "*3");
	sim_pass(10000);
	sim_hangup(who);
	sim_pass(10000);
}

static void swap_by_keys(struct sim_phone *who)
{
	asks_carol(who);
	press(who, "*4");
	sim_pass(5000);
	press(who, "*4");
	sim_pass(5000);
	press(who, "*2");
	sim_pass(10000);
}

/* Dave takes over what who had. */
static void pulled(struct sim_phone *who)
{
	sim_call(dave, who == alice ? "6" : "7");
	sim_pass(10000);
}

/* Carol dials the number five seconds later. */
static void park(struct sim_phone *who)
{
	assert_int_equal(rd_transfer_blind(who->ch, "sim", "700", NULL, NULL), 0);
	sim_pass(5000);
	sim_call(carol, "701");
	sim_pass(10000);
}

static void park_by_key(struct sim_phone *who)
{
	press(who, "#7");
	sim_pass(5000);
	sim_call(carol, "701");
	sim_pass(10000);
}

/* Who asks the lot hangs up when he knows the number. */
static void park_by_asking(struct sim_phone *who)
{
	press(who, "*2700");
	sim_pass(4000);
	sim_hangup(who);
	sim_pass(1000);
	sim_call(carol, "701");
	sim_pass(10000);
}

/* Somebody sends the call on to carol, for whom dave answers. */
static void blind_and_picked_up(struct sim_phone *who)
{
	carol->answer_ms = 0;
	assert_int_equal(rd_transfer_blind(who->ch, "sim", "3", NULL, NULL), 0);
	sim_pass(2000);
	sim_call(dave, "4");
	sim_pass(10000);
}

/* ---- the table ---- */

/* A call by keys goes through a Local channel, of which the records show nothing, unless nobody is
 * behind it: who asks a lot. Whose leg came in keeps the extension that it dialled; one that was
 * dialled shows whom it talks to. */
/* clang-format off */
static const struct way {
	const char *name;
	void (*move)(struct sim_phone *who);
	const char *by_caller, *by_callee;
} ways[] = {
	{ "blind transfer by REFER", blind,
	  /* by the caller */
	  "alice>2 alice-bob ANSWERED 12/10, "
	  "bob>3 bob-carol ANSWERED 12/12",
	  /* by the called party */
	  "alice>2 alice-bob ANSWERED 12/10, "
	  "alice>3 alice-carol ANSWERED 12/12" },
	{ "blind transfer by keys", blind_by_keys,
	  /* by the caller */
	  "alice>2 alice-bob ANSWERED 12/10, "
	  "bob>3 bob-carol ANSWERED 12/12",
	  /* by the called party */
	  "alice>2 alice-bob ANSWERED 12/10, "
	  "alice>3 alice-carol ANSWERED 12/12" },
	{ "blind transfer by REFER, picked up", blind_and_picked_up,
	  /* by the caller */
	  "alice>2 alice-bob ANSWERED 12/10, "
	  "bob>3 bob-carol NO ANSWER 2/0, "
	  "dave>4 dave-bob ANSWERED 10/10",
	  /* by the called party */
	  "alice>2 alice-bob ANSWERED 12/10, "
	  "alice>3 alice-carol NO ANSWER 2/0, "
	  "dave>4 dave- ANSWERED 10/10, "
	  "alice>3 alice-dave ANSWERED 10/10" },
	{ "attended transfer by REFER, answered", attended,
	  /* by the caller */
	  "line2>3 line2-carol ANSWERED 12/10, "
	  "alice>2 alice-bob ANSWERED 24/22, "
	  "bob>carol bob-carol ANSWERED 10/10",
	  /* by the called party */
	  "line2>3 line2-carol ANSWERED 12/10, "
	  "alice>2 alice-bob ANSWERED 24/22, "
	  "alice>2 alice-carol ANSWERED 10/10" },
	{ "attended transfer by REFER, early", attended_early,
	  /* by the caller */
	  "line2>3 line2-carol NO ANSWER 1/0, "
	  "alice>2 alice-bob ANSWERED 13/11, "
	  "bob>3 bob-carol ANSWERED 12/12",
	  /* by the called party */
	  "line2>3 line2-carol NO ANSWER 1/0, "
	  "alice>2 alice-bob ANSWERED 13/11, "
	  "alice>3 alice-carol ANSWERED 12/12" },
	{ "attended transfer by keys, complete", attended_by_keys,
	  /* by the caller */
	  "alice>2 alice-bob ANSWERED 12/10, "
	  "alice>3 alice-carol ANSWERED 12/12, "
	  "bob>carol bob-carol ANSWERED 10/10",
	  /* by the called party */
	  "alice>2 alice-bob ANSWERED 12/10, "
	  "bob>3 bob-carol ANSWERED 12/12, "
	  "alice>2 alice-carol ANSWERED 10/10" },
	{ "attended transfer by keys, early", attended_by_keys_early,
	  /* by the caller */
	  "alice>2 alice-bob ANSWERED 12/10, "
	  "alice>3 alice-carol NO ANSWER 1/0, "
	  "bob>3 bob-carol ANSWERED 11/11",
	  /* by the called party */
	  "alice>2 alice-bob ANSWERED 12/10, "
	  "bob>3 bob-carol NO ANSWER 1/0, "
	  "alice>3 alice-carol ANSWERED 11/11" },
	{ "attended transfer by keys, abort", back_by_keys,
	  /* by the caller */
	  "alice>2 alice-bob ANSWERED 12/10, "
	  "alice>3 alice-carol ANSWERED 12/12, "
	  "alice>2 alice-bob ANSWERED 10/10",
	  /* by the called party */
	  "alice>2 alice-bob ANSWERED 12/10, "
	  "bob>3 bob-carol ANSWERED 12/12, "
	  "alice>2 alice-bob ANSWERED 10/10" },
	{ "attended transfer by keys, three-way", three_by_keys,
	  /* by the caller */
	  "alice>2 alice-bob ANSWERED 12/10, "
	  "alice>3 alice-carol ANSWERED 22/22, "
	  "alice>2 alice-bob ANSWERED 10/10, "
	  "bob>carol bob-carol ANSWERED 10/10",
	  /* by the called party */
	  "alice>2 alice-bob ANSWERED 12/10, "
	  "bob>3 bob-carol ANSWERED 12/12, "
	  "alice>2 alice-bob ANSWERED 10/10, "
	  "alice>2 alice-carol ANSWERED 20/20" },
	{ "attended transfer by keys, swapped twice", swap_by_keys,
	  /* by the caller */
	  "alice>2 alice-bob ANSWERED 12/10, "
	  "alice>3 alice-carol ANSWERED 12/12, "
	  "alice>2 alice-bob ANSWERED 5/5, "
	  "alice>2 alice-carol ANSWERED 5/5, "
	  "bob>carol bob-carol ANSWERED 10/10",
	  /* by the called party */
	  "alice>2 alice-bob ANSWERED 12/10, "
	  "bob>3 bob-carol ANSWERED 12/12, "
	  "alice>2 alice-bob ANSWERED 5/5, "
	  "bob>carol bob-carol ANSWERED 5/5, "
	  "alice>2 alice-carol ANSWERED 10/10" },
	{ "another phone takes the call over", pulled,
	  /* from the caller */
	  "alice>2 alice-bob ANSWERED 12/10, "
	  "dave>6 dave-bob ANSWERED 10/10",
	  /* from the called party */
	  "alice>2 alice-bob ANSWERED 12/10, "
	  "dave>7 dave- ANSWERED 10/10, "
	  "alice>2 alice-dave ANSWERED 10/10" },
	{ "parking by REFER", park,
	  /* by the caller */
	  "alice>2 alice-bob ANSWERED 12/10, "
	  "bob>700 bob- ANSWERED 15/15, "
	  "carol>701 carol-bob ANSWERED 10/10",
	  /* by the called party */
	  "alice>2 alice-bob ANSWERED 12/10, "
	  "alice>700 alice-carol ANSWERED 15/15, "
	  "carol>701 carol- ANSWERED 10/10" },
	{ "parking by key", park_by_key,
	  /* by the caller */
	  "alice>2 alice-bob ANSWERED 12/10, "
	  "bob>700 bob- ANSWERED 15/15, "
	  "carol>701 carol-bob ANSWERED 10/10",
	  /* by the called party */
	  "alice>2 alice-bob ANSWERED 12/10, "
	  "alice>700 alice-carol ANSWERED 15/15, "
	  "carol>701 carol- ANSWERED 10/10" },
	{ "parking by an attended transfer by keys", park_by_asking,
	  /* by the caller */
	  "alice>2 alice-bob ANSWERED 12/10, "
	  "alice>700 alice-Local;1 ANSWERED 4/4, "
	  "bob>700 bob-carol ANSWERED 11/11, "
	  "carol>701 carol- ANSWERED 10/10",
	  /* by the called party */
	  "alice>2 alice-bob ANSWERED 12/10, "
	  "bob>700 bob-Local;1 ANSWERED 4/4, "
	  "alice>2 alice-carol ANSWERED 11/11, "
	  "carol>701 carol- ANSWERED 10/10" },
};

/* clang-format on */

static void hang_all_up(void)
{
	sim_hangup_all();
	sim_finish();
}

static void check(const struct way *way, struct sim_phone *who, const char *expected)
{
	records[0] = carol_id[0] = '\0';
	for (int i = 0; i < PHONES; i++)
		phones[i].answer_ms = 2000;
	sim_call(alice, "2");
	sim_pass(12000);
	way->move(who);
	hang_all_up();
	if (strcmp(records, expected) != 0) {
		print_message("%s by %s:\n  \"%s\"\n", way->name, who->name, records);
		fail();
	}
}

static void every_way_by_every_party(void **state)
{
	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(ways); i++) {
		check(&ways[i], alice, ways[i].by_caller);
		check(&ways[i], bob, ways[i].by_callee);
	}
}

/* The phone says where to: one record is of the way there, one of the call there. */
static void who_is_forwarded_has_a_record_of_each_number(void **state)
{
	(void)state;
	records[0] = carol_id[0] = '\0';
	bob->forward_ms = 1000;
	bob->forward_to = "3";
	sim_call(alice, "2");
	sim_pass(13000);
	hang_all_up();
	bob->forward_ms = 0;
	assert_string_equal(records, "alice>2 alice-bob NO ANSWER 1/0, "
				     "alice>2 alice-Local;1 ANSWERED 12/10, "
				     "alice>3 Local;2-carol ANSWERED 12/10");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_way_by_every_party, begin, end),
		cmocka_unit_test_setup_teardown(who_is_forwarded_has_a_record_of_each_number, begin,
						end),
	};

	return RUN_GROUP(tests);
}
