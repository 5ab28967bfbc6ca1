/* The log of what happens to channels: which events, and what they say. */
#include "tests/sim/sim_dialplan.h"

#include <ringdown/module.h>
#include <ringdown/transfer.h>

#include "core/call/call.h"
#include "core/config/config.h"
#include "tests/unit/conf_dir.h"

static struct sim_phone phones[3];
static struct sim_phone *alice = &phones[0];
static const struct rd_module *cel;
static char events[2048], extra[512];

static const char plan[] = "[sim]\n"
			   "exten => bob,1,Dial(Sim/bob,20)\n"
			   "exten => odd,1,Set(DIALSTATUS=a\"b\\c)\n"
			   " same => n,CELGenUserEvent(door,open)\n"
			   "exten => spy,1,ChanSpy(Sim/alice,qw)\n"
			   "exten => payer,1,CELGenUserEvent(a)\n"
			   " same => n,Set(CHANNEL(amaflags)=billing)\n"
			   " same => n,CELGenUserEvent(b)\n"
			   " same => n,Set(CHANNEL(amaflags)=1)\n"
			   " same => n,CELGenUserEvent(c)\n";

/* "ANSWER bob," */
static void add_event(const struct rd_event *event, void *arg)
{
	const char *channel = rd_event_value(event, "channame");
	size_t n = strlen(events);

	(void)arg;
	channel = strchr(channel, '/') ? strchr(channel, '/') + 1 : channel;
	snprintf(events + n, sizeof(events) - n, "%s%s %.*s", n ? ", " : "",
		 rd_event_value(event, "eventtype"), (int)strcspn(channel, "-"), channel);
	if (strcmp(rd_event_value(event, "eventtype"), "HANGUP") == 0 ||
	    strcmp(rd_event_value(event, "eventtype"), "USER_DEFINED") == 0 ||
	    strcmp(rd_event_value(event, "eventtype"), "BLINDTRANSFER") == 0 ||
	    strncmp(rd_event_value(event, "eventtype"), "PARK_", 5) == 0)
		snprintf(extra + strlen(extra), sizeof(extra) - strlen(extra), "%s%s",
			 rd_event_value(event, "userdeftype"), rd_event_value(event, "extra"));
}

static const struct rd_subscriber listener = { .name = "test",
					       .types = RD_EVENT_BIT(RD_EVENT_CALL_EVENT),
					       .notify = add_event };

static char *reported; /* of the last configure() */

static int configure(const char *text)
{
	struct rd_config_report *report;
	void *snapshot;
	int rc;

	conf_dir_write("cel.conf", text);
	assert_int_equal(rd_config_report_new(&report), 0);
	rc = cel->config->build(&snapshot, report);
	rd_free(reported);
	reported = conf_report_text(report);
	rd_config_report_free(report);
	if (rc == 0)
		cel->config->commit(snapshot);
	return rc;
}

static int begin(void **state)
{
	phones[0] = (struct sim_phone){ .name = "alice" };
	phones[1] = (struct sim_phone){ .name = "bob", .ring_ms = 10, .answer_ms = 2000 };
	phones[2] = (struct sim_phone){ .name = "carol" };
	events[0] = extra[0] = '\0';
	sim_dialplan_begin(state);
	sim_phones(phones, RD_ARRAY_SIZE(phones));
	sim_load("app_dial");
	cel = sim_load("cel");
	assert_int_equal(cel->load(), 0);
	assert_int_equal(rd_subscribe(&listener), 0);
	sim_plan(plan);
	return 0;
}

static int end(void **state)
{
	rd_unsubscribe(&listener);
	cel->unload();
	rd_free(reported);
	reported = NULL;
	return sim_dialplan_end(state);
}

static void tell_parking(const char *text)
{
	const struct rd_event_field parker = { "parker", "Sim/b\"ob" };

	rd_event_publish(&(struct rd_event){ .type = RD_EVENT_PARKING, .channel = alice->ch,
					     .name = "701@default", .text = text,
					     .fields = &parker, .field_count = 1 });
}

static void a_parked_call_is_told(void **state)
{
	(void)state;
	assert_int_equal(configure("[general]\nenable = yes\nevents = PARK_START,PARK_END\n"), 0);
	sim_call(alice, "bob");
	tell_parking("PARKED");
	tell_parking("ABANDONED");
	assert_string_equal(events, "PARK_START alice, PARK_END alice");
	sim_hangup(alice);
	sim_finish();
	assert_string_equal(extra, "{\"parker_dial_string\":\"Sim/b\\\"ob\","
				   "\"parking_lot\":\"default\"}"
				   "{\"reason\":\"ABANDONED\",\"parking_lot\":\"default\"}");
}

/* Tools look for the extension by itself. */
static void a_blind_transfer_tells_where_the_other_one_goes(void **state)
{
	(void)state;
	assert_int_equal(configure("[general]\nenable = yes\nevents = BLINDTRANSFER\n"), 0);
	sim_call(alice, "bob");
	sim_pass(3000);
	assert_int_equal(rd_transfer_blind(phones[1].ch, "sim", "odd", NULL, NULL), 0);
	sim_pass(100);
	sim_hangup(alice);
	sim_finish();
	assert_string_equal(events, "BLINDTRANSFER bob");
	assert_string_equal(extra, "{\"extension\":\"odd\",\"context\":\"sim\"}");
}

static void note_ama_flags(const struct rd_event *event, void *arg)
{
	(void)arg;
	snprintf(extra + strlen(extra), sizeof(extra) - strlen(extra), "%s ",
		 rd_event_value(event, "amaflags"));
}

/* As Asterisk names them, whoever pays: by default, by name, by number. */
static void who_is_to_pay_is_told(void **state)
{
	static const struct rd_subscriber to_ama = { .name = "ama",
						     .types = RD_EVENT_BIT(RD_EVENT_CALL_EVENT),
						     .notify = note_ama_flags };

	(void)state;
	assert_int_equal(configure("[general]\nenable = yes\nevents = HANGUP,USER_DEFINED\n"), 0);
	rd_unsubscribe(&listener);
	assert_int_equal(rd_subscribe(&to_ama), 0);
	sim_call(alice, "payer");
	sim_finish();
	rd_unsubscribe(&to_ama);
	assert_string_equal(extra, "DOCUMENTATION BILLING OMIT OMIT ");
}

static void a_call_is_told_event_by_event(void **state)
{
	(void)state;
	assert_int_equal(configure("[general]\nenable = yes\napps = dial\n"), 0);
	sim_call(alice, "bob");
	sim_pass(5000);
	sim_hangup(alice);
	sim_finish();
	assert_string_equal(events, "CHAN_START alice, APP_START alice, CHAN_START bob, "
				    "ANSWER bob, ANSWER alice, BRIDGE_ENTER alice, "
				    "BRIDGE_ENTER bob, APP_END alice, HANGUP alice, "
				    "BRIDGE_EXIT bob, BRIDGE_EXIT alice, HANGUP bob, "
				    "CHAN_END alice, CHAN_END bob, LINKEDID_END bob");
}

static void all_applications_can_be_told(void **state)
{
	(void)state;
	assert_int_equal(configure("[general]\nenable = yes\napps = all\nevents = APP_START\n"), 0);
	sim_call(alice, "bob");
	sim_pass(5000);
	sim_hangup(alice);
	sim_finish();
	assert_string_equal(events, "APP_START alice");
}

/* It goes in and out of the call beside it as it is asked to speak. */
static void a_spy_enters_no_call(void **state)
{
	(void)state;
	assert_int_equal(configure("[general]\nenable = yes\n"
				   "events = BRIDGE_ENTER, BRIDGE_EXIT\n"),
			 0);
	sim_load("app_chanspy");
	sim_sound();
	sim_call(alice, "bob");
	sim_pass(5000);
	sim_call(&phones[2], "spy");
	sim_pass(2000);
	sim_hangup(&phones[2]);
	sim_pass(1000);
	sim_hangup(alice);
	sim_finish();
	assert_string_equal(events, "BRIDGE_ENTER alice, BRIDGE_ENTER bob, "
				    "BRIDGE_EXIT bob, BRIDGE_EXIT alice");
}

static void only_what_is_wanted_is_told(void **state)
{
	(void)state;
	assert_int_equal(configure("[general]\nenable = yes\nevents = ANSWER, hangup\n"), 0);
	sim_call(alice, "bob");
	sim_pass(5000);
	sim_hangup(alice);
	sim_finish();
	assert_null(strstr(events, "CHAN_START"));
	assert_non_null(strstr(events, "ANSWER bob"));
	assert_int_equal(configure("[general]\nevents = ANSWERED\n"), -EINVAL);
	events[0] = '\0';
	assert_int_equal(configure("[general]\nenable = no\n"), 0);
	sim_call(alice, "bob");
	sim_pass(5000);
	sim_hangup(alice);
	sim_finish();
	assert_string_equal(events, "");
}

static bool listens(void)
{
	const struct rd_subscriber *subscriber;
	void *pos = NULL;

	while (rd__subscriber_next(RD_EVENT_CHANNEL_NEW, &pos, &subscriber))
		if (strcmp(subscriber->name, "cel") == 0)
			return true;
	return false;
}

static void what_there_is_not_is_left_out_with_a_word(void **state)
{
	(void)state;
	assert_int_equal(configure("[general]\nenable = yes\nevents = HANGUP,ANSWER\n"), 0);
	assert_string_equal(reported, "");
	assert_int_equal(configure("[general]\nenable = yes\nevents = HANGUP,LOCAL_OPTIMIZE\n"), 0);
	assert_non_null(strstr(reported, "LOCAL_OPTIMIZE"));
	assert_int_equal(configure("[general]\nenable = yes\nevents = HANGUP,NOSUCH\n"), -EINVAL);
}

static void what_is_off_hears_nothing(void **state)
{
	(void)state;
	assert_int_equal(configure("[general]\nenable = no\n"), 0);
	assert_false(listens());
	assert_int_equal(configure("[general]\nenable = yes\n"), 0);
	assert_true(listens());
	assert_int_equal(configure("[general]\nenable = yes\n"), 0);
	assert_int_equal(configure("[general]\nenable = no\n"), 0);
	assert_false(listens());
}

/* What it knew of their applications must be given back, too. */
static void a_call_goes_on_when_it_is_switched_off(void **state)
{
	(void)state;
	assert_int_equal(configure("[general]\nenable = yes\napps = dial\n"), 0);
	sim_call(alice, "bob");
	sim_pass(5000);
	events[0] = '\0';
	assert_int_equal(configure("[general]\nenable = no\n"), 0);
	sim_hangup(alice);
	sim_finish();
	assert_string_equal(events, "");
}

static void what_is_said_beside_it_is_json(void **state)
{
	(void)state;
	assert_int_equal(configure("[general]\nenable = yes\n"), 0);
	sim_call(alice, "odd");
	sim_pass(1000);
	sim_finish();
	assert_string_equal(extra, "dooropen{\"hangupcause\":16,\"dialstatus\":\"a\\\"b\\\\c\"}");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_call_is_told_event_by_event),
		TEST(a_blind_transfer_tells_where_the_other_one_goes),
		TEST(all_applications_can_be_told),
		TEST(a_spy_enters_no_call),
		TEST(only_what_is_wanted_is_told),
		TEST(what_there_is_not_is_left_out_with_a_word),
		TEST(what_is_off_hears_nothing),
		TEST(a_call_goes_on_when_it_is_switched_off),
		TEST(what_is_said_beside_it_is_json),
		TEST(a_parked_call_is_told),
		TEST(who_is_to_pay_is_told),
	};

	return RUN_GROUP(tests);
}
