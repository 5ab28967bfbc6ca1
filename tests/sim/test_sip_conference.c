/* Conferences shown to phones (RFC 4575): those that somebody runs, and the bridge of
 * one's own call. */
#include "tests/unit/test.h"

#include <ringdown/conference.h>
#include <ringdown/event.h>
#include <ringdown/spy.h>

#include "core/module/loader.h"
#include "core/sched/sched.h"
#include "tests/sim/sip_exchange.h"
#include "tests/sim/sip_module.h"

/* ---- somebody who runs conferences: "board" ---- */

static struct rd_conference_user users[4];
static unsigned user_count;
static bool is_open;

static int find(const char *name, struct rd_conference *conference)
{
	if (!is_open || strcmp(name, "board") != 0)
		return -ENOENT;
	conference->users = user_count;
	conference->subject = "Budget & more";
	conference->max_users = 10;
	conference->locked = true;
	return 0;
}

static bool next_user(const char *name, size_t *pos, struct rd_conference_user *user)
{
	(void)name;
	if (*pos >= user_count)
		return false;
	*user = users[(*pos)++];
	return true;
}

static const char *by_number(const char *dialled)
{
	return is_open && strcmp(dialled, "699") == 0 ? "board" : NULL;
}

static const struct rd_conferences functions = { .find = find,
						 .user = next_user,
						 .by_number = by_number };
static const struct rd_interface conferences = { .name = RD_CONFERENCES,
						 .version = RD_CONFERENCES_VERSION,
						 .functions = &functions };

static struct watcher w;

static int open_conference(void **state)
{
	int rc = exchange_open(state);

	is_open = true;
	user_count = 0;
	assert_int_equal(rd__interface_add(&conferences, "test"), 0);
	module_open();
	return rc;
}

static int close_conference(void **state)
{
	module_close();
	rd__interface_remove(&conferences);
	return exchange_close(state);
}

static void changed(void)
{
	struct rd_event event = { .type = RD_EVENT_CONFERENCE, .name = "board" };

	rd_event_publish(&event);
	rd__sched_run_for(1);
}

static const struct rd_xml *told(void)
{
	const struct rd_xml *root = document(watcher_notified(&w, "active"));

	watcher_answer(&w, "200 OK");
	assert_string_equal(line_header(w.notify, "Content-Type"),
			    "application/conference-info+xml");
	assert_string_equal(root->ns, "urn:ietf:params:xml:ns:conference-info");
	return root;
}

static const struct rd_xml *watch(const char *uri)
{
	watcher_subscribe(&w, uri, "conference", 3600, "");
	watcher_expect(&w, "SIP/2.0 200");
	return told();
}

static const struct rd_xml *users_of(const struct rd_xml *root, unsigned count)
{
	const struct rd_xml *list = rd_xml_child(root, NULL, "users");

	assert_int_equal(count_of(list, "user"), count);
	return list;
}

static void people_come_and_go(void **state)
{
	const struct rd_xml *root, *user;

	(void)state;
	root = watch("sip:board@127.0.0.1");
	assert_string_equal(attribute(root, "entity"), "sip:board@127.0.0.1");
	assert_string_equal(text_at(root, "conference-description", "subject"),
			    "Budget & more");
	assert_string_equal(text_at(root, "conference-state", "user-count"), "0");
	assert_string_equal(text_at(root, "conference-state", "locked"), "true");
	users_of(root, 0);
	users[user_count++] = (struct rd_conference_user){ .id = "c1", .name = "Al",
							   .number = "#1@x" };
	users[user_count++] = (struct rd_conference_user){ .id = "c2", .muted = true,
							   .dialled_out = true };
	changed();
	root = told();
	assert_string_equal(text_at(root, "conference-state", "user-count"), "2");
	user = rd_xml_child(users_of(root, 2), NULL, "user");
	assert_string_equal(attribute(user, "entity"), "sip:%231%40x@127.0.0.1");
	assert_string_equal(text_at(user, "display-text", NULL), "Al");
	assert_string_equal(text_at(user, "endpoint", "status"), "connected");
	user = rd_xml_next(user, NULL, "user");
	assert_string_equal(attribute(user, "entity"), "sip:c2@anonymous.invalid");
	assert_string_equal(text_at(user, "endpoint", "status"), "muted-via-focus");
	assert_string_equal(text_at(user, "endpoint", "joining-method"), "dialed-out");
	/* nothing new */
	changed();
	line_expect_nothing();
	user_count = 1;
	changed();
	users_of(told(), 1);
	/* it is over */
	is_open = false;
	changed();
	watcher_notified(&w, "terminated;reason=noresource");
	watcher_answer(&w, "200 OK");
}

static void what_has_changed_is_enough_for_some(void **state)
{
	const struct rd_xml *list, *user;

	(void)state;
	sip_settings_find(sip.settings, RD_STR("gate"))->notify_partial = true;
	users[user_count++] = (struct rd_conference_user){ .id = "c1", .number = "1" };
	users[user_count++] = (struct rd_conference_user){ .id = "c2", .number = "2" };
	users_of(watch("sip:board@127.0.0.1"), 2);
	users[1].on_hold = true;
	changed();
	list = users_of(told(), 1);
	assert_string_equal(attribute(list, "state"), "partial");
	user = rd_xml_child(list, NULL, "user");
	assert_string_equal(text_at(user, "endpoint", "status"), "on-hold");
	user_count = 1;
	changed();
	user = rd_xml_child(users_of(told(), 1), NULL, "user");
	assert_string_equal(attribute(user, "state"), "deleted");
	assert_string_equal(attribute(user, "entity"), "sip:2@127.0.0.1");
}

static void what_is_none_is_not_found(void **state)
{
	(void)state;
	watcher_subscribe(&w, "sip:none@127.0.0.1", "conference", 3600, "");
	watcher_expect(&w, "SIP/2.0 404");
}

static void ones_own_call_is_a_conference_of_two(void **state)
{
	struct sip_phone far, callee;
	const struct rd_xml *list;

	(void)state;
	users_of(watch("sip:gate@127.0.0.1"), 0);
	phones_dial(&far, &callee);
	phones_connect(&far, &callee);
	list = users_of(told(), 2);
	assert_string_equal(attribute(rd_xml_child(list, NULL, "user"), "entity"),
			    "sip:alice@127.0.0.1");
	phone_request(&far, "INVITE", "", SDP("a=sendonly\n"));
	rd__sched_run_for(10);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	list = users_of(told(), 2);
	assert_string_equal(text_at(rd_xml_child(list, NULL, "user"), "endpoint", "status"),
			    "on-hold");
	phones_hang_up(&far, &callee);
	users_of(told(), 0);
}

/* At 699: one speaks to whoever is in a call. */
static void whisper(struct rd_channel *ch, const char *exten)
{
	static const struct rd_spy_options options = { .mode = RD_SPY_WHISPER };
	struct rd_channel *target = NULL;

	(void)exten;
	while ((target = rd_channel_next(target)) && !rd_channel_bridge(target))
		;
	if (target && rd_answer(ch) == 0)
		rd_spy(ch, target, &options);
}

static void a_spy_is_not_shown(void **state)
{
	struct sip_phone far, callee, third;

	(void)state;
	seen.service = whisper;
	phones_dial(&far, &callee);
	phones_connect(&far, &callee);
	phone_invite(&third, "alice", "699", "", SDP(""));
	rd__sched_run_for(10);
	phone_final(&third, "SIP/2.0 200");
	phone_ack(&third, "");
	rd__sched_run_for(10);
	users_of(watch("sip:gate@127.0.0.1"), 2);
	phone_request(&third, "BYE", "", "");
	rd__sched_run_for(10);
	phone_expect(&third, "SIP/2.0 200");
	phones_hang_up(&far, &callee);
}

/* What the dialplan does at 699. */
static void enter(struct rd_channel *ch, const char *exten)
{
	struct rd_signal signal;

	(void)exten;
	if (rd_channel_set_conference(ch, "board") == 0 && rd_answer(ch) == 0)
		while (rd_channel_wait(ch, RD_FOREVER, &signal) == 0)
			;
}

/* RFC 4579 §4.2 */
static void who_calls_a_room_is_told_its_name_and_finds_it_by_all_it_knows(void **state)
{
	static const char *const uris[] = { "sip:699@127.0.0.1", "sip:board@127.0.0.1:5060",
					    "sip:gate@127.0.0.1" };
	struct sip_phone far;
	const char *ok;

	(void)state;
	seen.service = enter;
	users[user_count++] = (struct rd_conference_user){ .id = "c1", .number = "alice" };
	phone_invite(&far, "alice", "699", "", SDP(""));
	rd__sched_run_for(10);
	ok = phone_final(&far, "SIP/2.0 200");
	assert_string_equal(line_header(ok, "Contact"), "<sip:board@127.0.0.1:5060>;isfocus");
	phone_ack(&far, "");
	for (size_t i = 0; i < RD_ARRAY_SIZE(uris); i++) {
		users_of(watch(uris[i]), 1);
		is_open = false;
		changed();
		watcher_notified(&w, "terminated;reason=noresource");
		watcher_answer(&w, "200 OK");
		is_open = true;
	}
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
}

/* Nobody but the channel itself says that. */
static void who_holds_in_a_room_is_told(void **state)
{
	const struct rd_xml *user;
	struct sip_phone far;

	(void)state;
	seen.service = enter;
	users[user_count++] = (struct rd_conference_user){ .id = "c1", .number = "alice" };
	phone_invite(&far, "alice", "699", "", SDP(""));
	rd__sched_run_for(10);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	watch("sip:board@127.0.0.1");
	users[0].on_hold = true;
	phone_request(&far, "INVITE", "", SDP("a=sendonly\n"));
	rd__sched_run_for(10);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	user = rd_xml_child(users_of(told(), 1), NULL, "user");
	assert_string_equal(text_at(user, "endpoint", "status"), "on-hold");
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
}

/* A dialplan that answers first. */
static void enter_later(struct rd_channel *ch, const char *exten)
{
	if (rd_answer(ch) == 0 && rd_sleep(1000) == 0)
		enter(ch, exten);
}

static void who_was_answered_before_is_told_by_a_new_target(void **state)
{
	struct sip_phone far;
	const char *text;

	(void)state;
	seen.service = enter_later;
	phone_invite(&far, "alice", "699", "Allow: INVITE, UPDATE\n", SDP(""));
	rd__sched_run_for(10);
	text = phone_final(&far, "SIP/2.0 200");
	assert_null(strstr(line_header(text, "Contact"), "isfocus"));
	phone_ack(&far, "");
	line_expect_nothing();
	rd__sched_run_for(1000);
	text = phone_expect_request(&far, "UPDATE ");
	assert_string_equal(line_header(text, "Contact"), "<sip:board@127.0.0.1:5060>;isfocus");
	phone_answer(&far, "200 OK", "", "");
	line_expect_nothing();
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
}

/* Who knows no UPDATE gets an INVITE, when he has acknowledged the first. */
static void and_so_is_who_has_no_update(void **state)
{
	struct sip_phone far;
	const char *text;

	(void)state;
	seen.service = enter_later;
	phone_invite(&far, "alice", "699", "", SDP(""));
	rd__sched_run_for(1100);
	phone_final(&far, "SIP/2.0 200");
	line_clear();
	phone_ack(&far, "");
	rd__sched_run_for(10);
	text = phone_expect_request(&far, "INVITE ");
	assert_string_equal(line_header(text, "Contact"), "<sip:board@127.0.0.1:5060>;isfocus");
	phone_answer(&far, "200 OK", "", SDP(""));
	line_expect("ACK ");
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_conference, close_conference)
	const struct CMUnitTest tests[] = {
		TEST(people_come_and_go),
		TEST(what_has_changed_is_enough_for_some),
		TEST(what_is_none_is_not_found),
		TEST(ones_own_call_is_a_conference_of_two),
		TEST(a_spy_is_not_shown),
		TEST(who_calls_a_room_is_told_its_name_and_finds_it_by_all_it_knows),
		TEST(who_holds_in_a_room_is_told),
		TEST(who_was_answered_before_is_told_by_a_new_target),
		TEST(and_so_is_who_has_no_update),
	};

	return RUN_GROUP(tests);
}
