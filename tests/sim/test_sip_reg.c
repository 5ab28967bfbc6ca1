/* Registrations, told to those whose they are (RFC 3680). */
#include "tests/unit/test.h"

#include <ringdown/event.h>

#include "core/sched/sched.h"
#include "tests/sim/sip_module.h"

static const char conf[] = "[gate]\ntype = phone\nmatch = 127.0.0.9\n"
			   "[1001]\ntype = phone\nsecret = x\n";

static struct watcher w;

static int open_office(void **state)
{
	(void)state;
	office_open(conf);
	module_open();
	return 0;
}

static int close_office(void **state)
{
	(void)state;
	module_close();
	return office_close();
}

static unsigned serial;

static const char *preference = "0.5", *register_id = "r";

static void send_register(const char *contact, const char *expires)
{
	char text[4096];

	serial++;
	snprintf(text, sizeof(text),
		 "REGISTER sip:127.0.0.1 SIP/2.0\n"
		 "Via: SIP/2.0/UDP 127.0.0.9:5060;branch=z9hG4bKg%u\n"
		 "Max-Forwards: 70\nFrom: <sip:gate@127.0.0.1>;tag=r\nTo: <sip:gate@127.0.0.1>\n"
		 "Call-ID: %s\nCSeq: %u REGISTER\nContact: <%s>;q=%s\nExpires: %s\n\n",
		 serial, register_id, serial, contact, preference, expires);
	line_feed_from("127.0.0.9", 5060, text);
	line_expect("SIP/2.0 200");
	rd__sched_run_for(1);
}

/* What changes is told when the last NOTIFY is five seconds old. */
static const struct rd_xml *registration(const char *state, unsigned contacts)
{
	const struct rd_xml *root, *registration;

	if (line_is_empty())
		rd__sched_run_for(5000);
	root = document(watcher_notified(&w, "active"));
	watcher_answer(&w, "200 OK");
	assert_string_equal(line_header(w.notify, "Content-Type"), "application/reginfo+xml");
	assert_string_equal(root->ns, "urn:ietf:params:xml:ns:reginfo");
	registration = rd_xml_child(root, NULL, "registration");
	assert_string_equal(attribute(registration, "aor"), "sip:gate@127.0.0.1");
	assert_string_equal(attribute(registration, "state"), state);
	assert_int_equal(count_of(registration, "contact"), contacts);
	return registration;
}

static const struct rd_xml *first_contact(const struct rd_xml *registration)
{
	return rd_xml_child(registration, NULL, "contact");
}

static void watch(void)
{
	watcher_subscribe(&w, "sip:gate@127.0.0.1", "reg", 3600, "");
	watcher_expect(&w, "SIP/2.0 200");
}

static int told_as(const char *event, const struct rd_xml *registration)
{
	const struct rd_xml *contact = first_contact(registration);
	int count = 0;

	for (; contact; contact = rd_xml_next(contact, NULL, "contact"))
		count += strcmp(attribute(contact, "event"), event) == 0;
	return count;
}

static void a_device_comes_and_goes(void **state)
{
	const struct rd_xml *contact;
	char id[32];

	(void)state;
	watch();
	registration("init", 0);
	assert_non_null(strstr(w.notify, "version=\"0\" state=\"full\""));
	rd__sched_run_for(5000);
	send_register("sip:gate@127.0.0.9:5060", "600");
	contact = first_contact(registration("active", 1));
	snprintf(id, sizeof(id), "%s", attribute(contact, "id"));
	assert_string_equal(attribute(contact, "state"), "active");
	assert_string_equal(attribute(contact, "event"), "registered");
	assert_string_equal(attribute(contact, "expires"), "600");
	assert_string_equal(attribute(contact, "q"), "0.500");
	assert_string_equal(attribute(contact, "callid"), "r");
	assert_string_equal(text_at(contact, "uri", NULL), "sip:gate@127.0.0.9:5060");
	rd__sched_run_for(5000);
	/* renewed, and a second one */
	send_register("sip:gate@127.0.0.9:5060", "500");
	contact = first_contact(registration("active", 1));
	assert_string_equal(attribute(contact, "id"), id);
	assert_string_equal(attribute(contact, "event"), "refreshed");
	assert_string_equal(attribute(contact, "expires"), "500");
	send_register("sip:gate@127.0.0.9:5070", "600");
	assert_int_equal(told_as("registered", registration("active", 2)), 1);
	watcher_refresh(&w, 3600);
	watcher_expect(&w, "SIP/2.0 200");
	assert_int_equal(told_as("registered", registration("active", 2)), 1);
	/* the first one leaves: it is named once more */
	send_register("sip:gate@127.0.0.9:5060", "0");
	registration("active", 2);
	assert_non_null(strstr(w.notify, "state=\"terminated\" event=\"unregistered\""));
	assert_non_null(strstr(w.notify, id));
	send_register("sip:gate@127.0.0.9:5070", "0");
	contact = first_contact(registration("terminated", 1));
	assert_string_equal(attribute(contact, "state"), "terminated");
	watcher_refresh(&w, 3600);
	watcher_expect(&w, "SIP/2.0 200");
	registration("init", 0);
}

/* RFC 3680 §4.10. */
static void changes_are_told_five_seconds_apart(void **state)
{
	(void)state;
	watch();
	registration("init", 0);
	send_register("sip:gate@127.0.0.9:5060", "600");
	rd__sched_run_for(4900);
	line_expect_nothing();
	send_register("sip:gate@127.0.0.9:5070", "600");
	line_expect_nothing();
	rd__sched_run_for(200);
	assert_int_equal(told_as("registered", registration("active", 2)), 2);
	rd__sched_run_for(5000);
	send_register("sip:gate@127.0.0.9:5060", "0");
	rd__sched_run_for(1);
	assert_false(line_is_empty());
	registration("active", 2);
}

static void a_new_preference_is_told(void **state)
{
	const struct rd_xml *contact;

	(void)state;
	send_register("sip:gate@127.0.0.9:5060", "600");
	watch();
	registration("active", 1);
	preference = "0.3";
	send_register("sip:gate@127.0.0.9:5060", "600");
	preference = "0.5";
	contact = first_contact(registration("active", 1));
	assert_string_equal(attribute(contact, "event"), "refreshed");
	assert_string_equal(attribute(contact, "q"), "0.300");
}

static void a_device_that_starts_anew_is_another_contact(void **state)
{
	(void)state;
	watch();
	registration("init", 0);
	send_register("sip:gate@127.0.0.9:5060", "600");
	registration("active", 1);
	register_id = "r2";
	send_register("sip:gate@127.0.0.9:5060", "600");
	assert_int_equal(told_as("registered", registration("active", 2)), 1);
	assert_non_null(strstr(w.notify, "state=\"terminated\""));
	send_register("sip:gate@127.0.0.9:5060", "600");
	assert_int_equal(told_as("refreshed", registration("active", 1)), 1);
	register_id = "r";
}

/* All phones renew: it costs nothing where nobody watches. */
static void renewals_are_looked_at_while_somebody_watches(void **state)
{
	(void)state;
	send_register("sip:gate@127.0.0.9:5060", "600");
	assert_false(rd_event_wanted(RD_EVENT_CONTACT_RENEWED));
	watch();
	registration("active", 1);
	assert_true(rd_event_wanted(RD_EVENT_CONTACT_RENEWED));
	watcher_refresh(&w, 0);
	watcher_expect(&w, "SIP/2.0 200");
	watcher_notified(&w, "terminated");
	watcher_answer(&w, "200 OK");
	rd__sched_run_for(100);
	assert_false(rd_event_wanted(RD_EVENT_CONTACT_RENEWED));
	send_register("sip:gate@127.0.0.9:5060", "600");
	line_expect_nothing();
}

static const char *why_it_went(void)
{
	return attribute(first_contact(registration("terminated", 1)), "event");
}

static void it_says_why_a_device_has_gone(void **state)
{
	(void)state;
	watch();
	registration("init", 0);
	send_register("sip:gate@127.0.0.9:5060", "60");
	registration("active", 1);
	while (line_is_empty())
		rd__sched_run_for(100);
	assert_string_equal(why_it_went(), "expired");
	send_register("sip:gate@127.0.0.9:5060", "60");
	registration("active", 1);
	sip_aor_unbind(sip_aor_first(sip_location_find(sip.location, RD_STR("gate"))),
		       SIP_UNBOUND_LOST);
	rd__sched_run_for(1);
	assert_string_equal(why_it_went(), "deactivated");
	sip_settings_find(sip.settings, RD_STR("gate"))->max_contacts = 1;
	send_register("sip:gate@127.0.0.10:5060", "60");
	registration("active", 1);
	send_register("sip:gate@127.0.0.11:5060", "60");
	registration("active", 2);
	assert_non_null(strstr(w.notify, "state=\"terminated\" event=\"rejected\""));
}

/* With what is needed to wake it (RFC 8599). */
static void a_device_with_a_long_uri_has_it_to_the_end(void **state)
{
	const struct rd_xml *contact;
	char uri[1600];

	(void)state;
	snprintf(uri, sizeof(uri), "sip:gate@127.0.0.9:5060;pn-prid=%01500d", 7);
	watch();
	registration("init", 0);
	send_register(uri, "60");
	registration("active", 1);
	while (line_is_empty())
		rd__sched_run_for(100);
	contact = first_contact(registration("terminated", 1));
	assert_string_equal(attribute(contact, "event"), "expired");
	assert_string_equal(text_at(contact, "uri", NULL), uri);
}

static void a_registration_with_a_long_name_has_it_to_the_end(void **state)
{
	char name[3001];

	(void)state;
	snprintf(name, sizeof(name), "%03000d", 7);
	watch();
	registration("init", 0);
	register_id = name;
	send_register("sip:gate@127.0.0.9:5060", "600");
	register_id = "r";
	assert_string_equal(attribute(first_contact(registration("active", 1)), "callid"), name);
}

static void what_has_changed_is_marked_as_such(void **state)
{
	(void)state;
	sip_settings_find(sip.settings, RD_STR("gate"))->notify_partial = true;
	watch();
	registration("init", 0);
	send_register("sip:gate@127.0.0.9:5060", "600");
	registration("active", 1);
	assert_non_null(strstr(w.notify, "version=\"1\" state=\"partial\""));
}

static void others_are_none_of_its_business(void **state)
{
	(void)state;
	watcher_subscribe(&w, "sip:1001@127.0.0.1", "reg", 3600, "");
	watcher_expect(&w, "SIP/2.0 403");
	watcher_subscribe(&w, "sip:nobody@127.0.0.1", "reg", 3600, "");
	watcher_expect(&w, "SIP/2.0 403");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_office, close_office)
	const struct CMUnitTest tests[] = {
		TEST(a_device_comes_and_goes),
		TEST(changes_are_told_five_seconds_apart),
		TEST(a_new_preference_is_told),
		TEST(a_device_that_starts_anew_is_another_contact),
		TEST(renewals_are_looked_at_while_somebody_watches),
		TEST(it_says_why_a_device_has_gone),
		TEST(a_device_with_a_long_uri_has_it_to_the_end),
		TEST(a_registration_with_a_long_name_has_it_to_the_end),
		TEST(what_has_changed_is_marked_as_such),
		TEST(others_are_none_of_its_business),
	};

	return RUN_GROUP(tests);
}
