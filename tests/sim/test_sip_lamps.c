/* Lamps: the event package dialog (RFC 4235), while calls come and go. */
#include "tests/unit/test.h"

#include <ringdown/tech.h>

#include "core/call/call.h"
#include "core/call/registry.h"
#include "tests/sim/sip_exchange.h"
#include "tests/sim/sip_module.h"

static struct watcher w;
static struct sip_phone far, callee;
static enum rd_device_state door;

static int door_state(const char *resource)
{
	(void)resource;
	return (int)door;
}

static const struct rd_tech custom = { .name = "Custom", .device_state = door_state };

static int open_lamps(void **state)
{
	int rc = exchange_open(state);

	door = RD_DEVICE_NOT_INUSE;
	assert_int_equal(rd__tech_add(&custom, "test"), 0);
	module_open();
	return rc;
}

static int close_lamps(void **state)
{
	module_close();
	rd__tech_remove(&custom);
	return exchange_close(state);
}

/* The NOTIFY that was just sent, answered. */
static const struct rd_xml *told(void)
{
	const struct rd_xml *root = document(watcher_notified(&w, "active"));

	watcher_answer(&w, "200 OK");
	assert_string_equal(line_header(w.notify, "Content-Type"), "application/dialog-info+xml");
	assert_string_equal(root->ns, "urn:ietf:params:xml:ns:dialog-info");
	return root;
}

static const struct rd_xml *watch(const char *uri)
{
	const struct rd_xml *root;

	watcher_subscribe(&w, uri, "dialog", 3600, "Accept: application/dialog-info+xml\n");
	watcher_expect(&w, "SIP/2.0 200");
	root = told();
	assert_string_equal(attribute(root, "entity"), uri);
	assert_string_equal(attribute(root, "version"), "0");
	assert_string_equal(attribute(root, "state"), "full");
	return root;
}

static const struct rd_xml *dialog_of(const struct rd_xml *root)
{
	assert_int_equal(count_of(root, "dialog"), 1);
	return rd_xml_child(root, NULL, "dialog");
}

static void expect_dialog(const struct rd_xml *root, const char *direction, const char *state)
{
	const struct rd_xml *dialog = dialog_of(root);

	assert_string_equal(attribute(dialog, "direction"), direction);
	assert_string_equal(text_at(dialog, "state", NULL), state);
}

static const struct rd_xml *watch_one(const char *event)
{
	watcher_subscribe(&w, "sip:peer@127.0.0.1", event, 3600, "");
	strcpy(w.event, "dialog"); /* its NOTIFYs say no more */
	watcher_expect(&w, "SIP/2.0 200");
	return told();
}

/* RFC 4235 §3.2: that one, or none. */
static void one_dialog_may_be_watched(void **state)
{
	char event[400], tags[200];
	const struct rd_xml *root;

	(void)state;
	watch("sip:peer@127.0.0.1");
	phones_dial(&far, &callee);
	told();
	phone_answer(&callee, "180 Ringing", "", "");
	run_for(10);
	root = told();
	snprintf(tags, sizeof(tags), "to-tag=%s;from-tag=%s",
		 attribute(dialog_of(root), "local-tag"), attribute(dialog_of(root), "remote-tag"));
	phone_expect(&far, "SIP/2.0 180");
	snprintf(event, sizeof(event), "dialog;call-id=\"other\";%s", tags);
	assert_int_equal(count_of(watch_one(event), "dialog"), 0);
	snprintf(event, sizeof(event), "dialog;call-id=\"%s\";%s", callee.call_id, tags);
	expect_dialog(watch_one(event), "recipient", "early");
	snprintf(event, sizeof(event), "dialog;call-id=\"%s\";to-tag=x", callee.call_id);
	assert_int_equal(count_of(watch_one(event), "dialog"), 0);
	/* As it may be written, too. */
	snprintf(event, sizeof(event), "dialog;call-id=\"\\%s\";%s;x=\"a;call-id=other;\"",
		 callee.call_id, tags);
	expect_dialog(watch_one(event), "recipient", "early");
	phone_request(&far, "CANCEL", "", "");
}

/* RFC 4235 §3.3: they are for whom we authorize, which is nobody: in them are addresses
 * and keys. */
static void descriptions_of_sessions_are_not_told(void **state)
{
	const struct rd_xml *local, *remote;

	(void)state;
	phones_dial(&far, &callee);
	phones_connect(&far, &callee);
	local = dialog_of(watch_one("dialog;include-session-description"));
	remote = rd_xml_child(local, NULL, "remote");
	local = rd_xml_child(local, NULL, "local");
	assert_non_null(rd_xml_child(local, NULL, "target"));
	assert_null(rd_xml_child(local, NULL, "session-description"));
	assert_null(rd_xml_child(remote, NULL, "session-description"));
	phone_request(&callee, "BYE", "", "");
	phone_expect(&callee, "SIP/2.0 200");
}

static void a_dialog_whose_name_is_too_long_is_not_there(void **state)
{
	char event[400];

	(void)state;
	snprintf(event, sizeof(event), "dialog;call-id=%0300d", 7);
	watcher_subscribe(&w, "sip:peer@127.0.0.1", event, 3600, "");
	watcher_expect(&w, "SIP/2.0 404");
}

static void an_idle_lamp_is_out(void **state)
{
	const struct rd_xml *dialog;

	(void)state;
	dialog = dialog_of(watch("sip:peer@127.0.0.1"));
	assert_string_equal(attribute(dialog, "id"), "peer");
	assert_string_equal(text_at(dialog, "state", NULL), "terminated");
}

/* "Replaces: ..." that the picture of a dialog allows: to-tag is ours. */
static void replaces(char header[512], const struct rd_xml *dialog)
{
	snprintf(header, 512, "Replaces: %s;to-tag=%s;from-tag=%s\n",
		 attribute(dialog, "call-id"), attribute(dialog, "remote-tag"),
		 attribute(dialog, "local-tag"));
}

static void a_ringing_lamp_can_be_picked_up(void **state)
{
	struct sip_phone third;
	char header[512];

	(void)state;
	watch("sip:peer@127.0.0.1");
	phones_dial(&far, &callee);
	assert_string_equal(attribute(dialog_of(told()), "call-id"), callee.call_id);
	phone_answer(&callee, "180 Ringing", "", "");
	run_for(10);
	replaces(header, dialog_of(told()));
	phone_expect(&far, "SIP/2.0 180");
	phone_invite(&third, "third", "x", header, SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_final(&third, "SIP/2.0 200");
	phone_ack(&third, "");
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	line_clear();
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
	run_for(40000);
	line_clear();
}

static void a_lamp_follows_a_call(void **state)
{
	const struct rd_xml *dialog, *root;
	char id[64];

	(void)state;
	watch("sip:peer@127.0.0.1");
	phones_dial(&far, &callee);
	root = told();
	expect_dialog(root, "recipient", "trying");
	assert_string_equal(attribute(root, "version"), "1");
	snprintf(id, sizeof(id), "%s", attribute(dialog_of(root), "id"));
	/* it rings: who calls is said */
	phone_answer(&callee, "180 Ringing", "", "");
	run_for(10);
	root = told();
	phone_expect(&far, "SIP/2.0 180");
	expect_dialog(root, "recipient", "early");
	dialog = dialog_of(root);
	assert_string_equal(attribute(dialog, "id"), id);
	assert_string_equal(text_at(dialog, "local", "identity"), "sip:peer@127.0.0.1");
	assert_string_equal(text_at(dialog, "remote", "identity"), "sip:alice@127.0.0.1");
	assert_string_equal(attribute(rd_xml_child(rd_xml_child(dialog, NULL, "remote"), NULL,
						   "identity"), "display"), "Far");
	assert_string_equal(attribute(rd_xml_child(rd_xml_child(dialog, NULL, "remote"), NULL,
						   "target"), "uri"), "sip:alice@127.0.0.1");
	/* it is answered */
	phone_answer(&callee, "200 OK", "", SDP(""));
	run_for(10);
	line_expect("ACK ");
	expect_dialog(told(), "recipient", "confirmed");
	phone_expect(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	/* it is over: the dialog is named once more */
	phones_hang_up(&far, &callee);
	root = told();
	assert_string_equal(attribute(dialog_of(root), "id"), id);
	expect_dialog(root, "", "terminated");
	assert_string_equal(attribute(root, "version"), "4");
	/* and whoever asks then is told of none */
	watcher_refresh(&w, 3600);
	watcher_expect(&w, "SIP/2.0 200");
	root = told();
	assert_string_equal(attribute(dialog_of(root), "id"), "peer");
}

static unsigned held_in(const char *notify)
{
	unsigned count = 0;

	for (; (notify = strstr(notify, "+sip.rendering")); notify++)
		count++;
	return count;
}

static void is_answered_and_held(struct sip_phone *by)
{
	phone_answer(by, "200 OK", "", SDP(""));
	run_for(10);
	line_expect("ACK ");
	told();
	phone_expect(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	phone_request(by, "INVITE", "", SDP("a=sendonly\n"));
	run_for(10);
	phone_final(by, "SIP/2.0 200");
	phone_ack(by, "");
	told();
	assert_int_equal(held_in(w.notify), 1);
}

/* It is the call that is on hold, not the phone (RFC 4235 §4.1.6). */
static void a_call_on_hold_is_told_so_beside_another(void **state)
{
	struct sip_phone second, third;

	(void)state;
	watch("sip:peer@127.0.0.1");
	phones_dial(&far, &callee);
	told();
	is_answered_and_held(&callee);
	phone_invite(&second, "bob", "700", "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_called(&third);
	assert_int_equal(count_of(told(), "dialog"), 2);
	assert_int_equal(held_in(w.notify), 1);
	phone_answer(&third, "486 Busy Here", "", "");
	run_for(10);
	line_clear();
	phone_request(&far, "BYE", "", "");
	run_for(40000);
	line_clear();
}

/* Hints of who came from Asterisk: its lamp is that of the same phone. */
static void a_lamp_knows_the_other_name_of_a_phone(void **state)
{
	(void)state;
	watch("sip:other@127.0.0.1");
	phones_dial(&far, &callee);
	expect_dialog(told(), "recipient", "trying");
	phone_answer(&callee, "180 Ringing", "", "");
	run_for(10);
	expect_dialog(told(), "recipient", "early");
	phone_expect(&far, "SIP/2.0 180");
	phone_answer(&callee, "486 Busy Here", "", "");
	run_for(10);
	line_expect("ACK ");
	expect_dialog(told(), "", "terminated");
	phone_expect(&far, "SIP/2.0 486");
	phone_ack(&far, "");
}

/* Of two forks that ring the first goes; whoever picks up needs the tag of the other. */
static void another_early_dialog_is_news(void **state)
{
	struct rd_event changed = { .type = RD_EVENT_DEVICE_STATE, .name = "SIP/peer" };
	char first[64];

	(void)state;
	watch("sip:peer@127.0.0.1");
	phones_dial(&far, &callee);
	told();
	phone_answer(&callee, "180 Ringing", "", "");
	run_for(10);
	snprintf(first, sizeof(first), "%s", attribute(dialog_of(told()), "local-tag"));
	assert_string_equal(first, callee.our_tag);
	phone_expect(&far, "SIP/2.0 180");
	strcpy(callee.our_tag, "other");
	phone_answer(&callee, "180 Ringing", "", "");
	strcpy(callee.our_tag, first);
	phone_answer(&callee, "199 Early Dialog Terminated", "", "");
	rd_event_publish(&changed);
	run_for(10);
	assert_string_equal(attribute(dialog_of(told()), "local-tag"), "other");
	strcpy(callee.our_tag, "other");
	phone_answer(&callee, "486 Busy", "", "");
	run_for(10);
	line_clear();
}

static void who_calls_out_is_the_initiator(void **state)
{
	const struct rd_xml *root;

	(void)state;
	watch("sip:gate@127.0.0.1");
	phone_invite(&far, "alice", "602", "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	root = told();
	phone_expect(&far, "SIP/2.0 180");
	expect_dialog(root, "initiator", "early");
	assert_string_equal(text_at(dialog_of(root), "remote", "identity"), "sip:602@127.0.0.1");
	phone_request(&far, "CANCEL", "", "");
	run_for(10);
	line_clear();
}

static void what_is_strange_in_a_number_is_escaped(void **state)
{
	const struct rd_xml *root;

	(void)state;
	watch("sip:peer@127.0.0.1");
	phone_invite(&far, "%23x%40y", "700", "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_called(&callee);
	root = told();
	assert_string_equal(text_at(dialog_of(root), "remote", "identity"),
			    "sip:%23x%40y@127.0.0.1");
	phone_answer(&callee, "486 Busy", "", "");
	run_for(10);
	line_clear();
}

static void who_withholds_his_number_is_nobody(void **state)
{
	const struct rd_xml *root;

	(void)state;
	watch("sip:peer@127.0.0.1");
	phone_invite(&far, "alice", "700", "Privacy: id\n", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_called(&callee);
	root = told();
	assert_string_equal(text_at(dialog_of(root), "remote", "identity"),
			    "sip:anonymous@anonymous.invalid");
	assert_null(strstr(w.notify, "alice"));
	phone_answer(&callee, "486 Busy", "", "");
	run_for(10);
	line_clear();
}

static void what_has_changed_is_enough_for_some(void **state)
{
	const struct rd_xml *root;

	(void)state;
	sip_settings_find(sip.settings, RD_STR("gate"))->notify_partial = true;
	watch("sip:both@127.0.0.1"); /* SIP/peer and the door */
	phones_dial(&far, &callee);
	root = told();
	assert_string_equal(attribute(root, "state"), "partial");
	expect_dialog(root, "recipient", "trying");
	door = RD_DEVICE_INUSE;
	rd_device_changed("Custom:door");
	run_for(1);
	root = told();
	assert_string_equal(attribute(root, "state"), "partial");
	assert_string_equal(attribute(dialog_of(root), "id"), "Custom:door");
	/* Whoever asks is told all. */
	watcher_refresh(&w, 3600);
	watcher_expect(&w, "SIP/2.0 200");
	root = told();
	assert_string_equal(attribute(root, "state"), "full");
	assert_int_equal(count_of(root, "dialog"), 2);
	phone_answer(&callee, "486 Busy", "", "");
	run_for(10);
	line_clear();
}

static void a_device_without_calls_has_a_lamp_too(void **state)
{
	static const struct {
		enum rd_device_state state;
		const char *text, *direction;
	} rows[] = {
		{ RD_DEVICE_INUSE, "confirmed", "" },
		{ RD_DEVICE_RINGING, "early", "recipient" },
		{ RD_DEVICE_BUSY, "confirmed", "" },
		{ RD_DEVICE_RINGINUSE, "early", "recipient" },
		{ RD_DEVICE_ONHOLD, "confirmed", "" },
		{ RD_DEVICE_NOT_INUSE, "terminated", "" },
	};
	const struct rd_xml *root;

	(void)state;
	watch("sip:800@127.0.0.1");
	for (size_t i = 0; i < RD_ARRAY_SIZE(rows); i++) {
		door = rows[i].state;
		rd_device_changed("Custom:door");
		run_for(1);
		root = told();
		expect_dialog(root, rows[i].direction, rows[i].text);
		assert_int_equal(!!strstr(w.notify, "+sip.rendering"),
				 rows[i].state == RD_DEVICE_ONHOLD);
	}
	/* Another device is none of its business. */
	rd_device_changed("SIP/gate");
	run_for(1);
	line_expect_nothing();
}

static void what_has_no_hint_has_no_lamp(void **state)
{
	(void)state;
	watcher_subscribe(&w, "sip:nobody@127.0.0.1", "dialog", 3600, "");
	watcher_expect(&w, "SIP/2.0 404");
}

static void a_hint_that_is_taken_away_takes_its_lamps_along(void **state)
{
	struct rd_event reload = { .type = RD_EVENT_RELOAD, .name = "core" };

	(void)state;
	watch("sip:800@127.0.0.1");
	seen.no_hints = true;
	rd_event_publish(&reload);
	watcher_notified(&w, "terminated;reason=noresource");
	watcher_answer(&w, "200 OK");
	line_expect_nothing();
}

static void module_has_come(void)
{
	rd_event_publish(&(struct rd_event){
		.type = RD_EVENT_MODULE, .name = "dialplan", .text = "loaded" });
	run_for(1);
}

/* Its files are read, and that is told, before it is in force. */
static void a_dialplan_that_is_exchanged_takes_none_along(void **state)
{
	struct rd_event reload = { .type = RD_EVENT_RELOAD, .name = "dialplan" };

	(void)state;
	watch("sip:800@127.0.0.1");
	exchange_dialplan(false);
	rd_event_publish(&reload);
	run_for(1);
	line_expect_nothing();
	watcher_subscribe(&w, "sip:peer@127.0.0.1", "dialog", 3600, "");
	watcher_expect(&w, "SIP/2.0 500");
	exchange_dialplan(true);
	module_has_come();
	line_expect_nothing();
}

static void what_the_new_dialplan_does_not_know_ends(void **state)
{
	struct rd_event reload = { .type = RD_EVENT_RELOAD, .name = "dialplan" };

	(void)state;
	watch("sip:800@127.0.0.1");
	exchange_dialplan(false);
	rd_event_publish(&reload);
	exchange_dialplan(true);
	seen.no_hints = true;
	module_has_come();
	watcher_notified(&w, "terminated;reason=noresource");
	watcher_answer(&w, "200 OK");
}

static void many_may_watch_one(void **state)
{
	struct watcher one;

	(void)state;
	watch("sip:800@127.0.0.1");
	one = w;
	watch("sip:800@127.0.0.1");
	door = RD_DEVICE_INUSE;
	rd_device_changed("Custom:door");
	run_for(1);
	watcher_notified(&one, "active");
	watcher_answer(&one, "200 OK");
	told();
	watcher_refresh(&w, 0);
	watcher_expect(&w, "SIP/2.0 200");
	watcher_notified(&w, "terminated");
	watcher_answer(&w, "200 OK");
	door = RD_DEVICE_NOT_INUSE;
	rd_device_changed("Custom:door");
	run_for(1);
	watcher_notified(&one, "active");
	watcher_answer(&one, "200 OK");
	line_expect_nothing();
}

static void watch_both(void)
{
	watcher_subscribe(&w, "sip:both@127.0.0.1", "dialog", 60, "");
}

static void forget(void)
{
	run_for(100000);
	line_clear();
	assert_int_equal(sip_dialogs_count(sip.dialogs), 0);
}

static void memory_may_run_out_anywhere(void **state)
{
	long needed = oom_sweep_steps(watch_both, forget);

	(void)state;
	watcher_expect(&w, "SIP/2.0 200");
	told();
	assert_true(needed >= 10);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_lamps, close_lamps)
	const struct CMUnitTest tests[] = {
		TEST(one_dialog_may_be_watched),
		TEST(descriptions_of_sessions_are_not_told),
		TEST(a_dialog_whose_name_is_too_long_is_not_there),
		TEST(an_idle_lamp_is_out),
		TEST(a_lamp_follows_a_call),
		TEST(a_ringing_lamp_can_be_picked_up),
		TEST(a_call_on_hold_is_told_so_beside_another),
		TEST(a_lamp_knows_the_other_name_of_a_phone),
		TEST(another_early_dialog_is_news),
		TEST(who_calls_out_is_the_initiator),
		TEST(what_is_strange_in_a_number_is_escaped),
		TEST(who_withholds_his_number_is_nobody),
		TEST(what_has_changed_is_enough_for_some),
		TEST(a_device_without_calls_has_a_lamp_too),
		TEST(what_has_no_hint_has_no_lamp),
		TEST(a_hint_that_is_taken_away_takes_its_lamps_along),
		TEST(a_dialplan_that_is_exchanged_takes_none_along),
		TEST(what_the_new_dialplan_does_not_know_ends),
		TEST(many_may_watch_one),
		TEST(memory_may_run_out_anywhere),
	};

	return RUN_GROUP(tests);
}
