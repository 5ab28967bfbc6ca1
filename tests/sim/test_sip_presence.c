/* Presence (RFC 3856): from devices, and from what people publish. */
#include "tests/unit/test.h"

#include <ringdown/tech.h>

#include "core/call/call.h"
#include "core/call/registry.h"
#include "core/sched/sched.h"
#include "tests/sim/sip_exchange.h"
#include "tests/sim/sip_module.h"

static struct watcher w;
static enum rd_device_state door;

static int door_state(const char *resource)
{
	(void)resource;
	return (int)door;
}

static const struct rd_tech custom = { .name = "Custom", .device_state = door_state };

static int open_presence(void **state)
{
	int rc = exchange_open(state);

	door = RD_DEVICE_NOT_INUSE;
	assert_int_equal(rd__tech_add(&custom, "test"), 0);
	module_open();
	return rc;
}

static int close_presence(void **state)
{
	module_close();
	rd__tech_remove(&custom);
	return exchange_close(state);
}

static const struct rd_xml *told(void)
{
	const struct rd_xml *root = document(watcher_notified(&w, "active"));

	watcher_answer(&w, "200 OK");
	assert_string_equal(line_header(w.notify, "Content-Type"), "application/pidf+xml");
	assert_string_equal(root->ns, "urn:ietf:params:xml:ns:pidf");
	return root;
}

static const struct rd_xml *watch(const char *uri)
{
	watcher_subscribe(&w, uri, "presence", 3600, "Accept: application/pidf+xml\n");
	watcher_expect(&w, "SIP/2.0 200");
	return told();
}

static const char *activity_of(const struct rd_xml *root)
{
	const struct rd_xml *person =
		rd_xml_child(root, "urn:ietf:params:xml:ns:pidf:data-model", "person");
	const struct rd_xml *activities =
		rd_xml_child(person, "urn:ietf:params:xml:ns:pidf:rpid", "activities");

	return activities && activities->first ? activities->first->name : "";
}

static void what_a_device_does_is_what_people_see(void **state)
{
	static const struct {
		enum rd_device_state state;
		const char *basic, *activity, *note;
	} rows[] = {
		{ RD_DEVICE_INUSE, "open", "on-the-phone", "On the phone" },
		{ RD_DEVICE_RINGING, "open", "", "Ringing" },
		{ RD_DEVICE_RINGINUSE, "open", "on-the-phone", "On the phone, ringing" },
		{ RD_DEVICE_ONHOLD, "open", "on-the-phone", "On hold" },
		{ RD_DEVICE_BUSY, "open", "busy", "Busy" },
		{ RD_DEVICE_UNAVAILABLE, "closed", "", "Unavailable" },
		{ RD_DEVICE_NOT_INUSE, "open", "", "Ready" },
	};
	const struct rd_xml *root;

	(void)state;
	root = watch("sip:800@127.0.0.1");
	assert_string_equal(attribute(root, "entity"), "sip:800@127.0.0.1");
	assert_string_equal(attribute(rd_xml_child(root, NULL, "tuple"), "id"), "x800");
	for (size_t i = 0; i < RD_ARRAY_SIZE(rows); i++) {
		const struct rd_xml *tuple;

		door = rows[i].state;
		rd_device_changed("Custom:door");
		rd__sched_run_for(1);
		root = told();
		tuple = rd_xml_child(root, NULL, "tuple");
		assert_string_equal(text_at(tuple, "status", "basic"), rows[i].basic);
		assert_string_equal(text_at(tuple, "note", NULL), rows[i].note);
		assert_string_equal(text_at(tuple, "contact", NULL), "sip:800@127.0.0.1");
		assert_string_equal(activity_of(root), rows[i].activity);
		/* The same again is no news. */
		rd_device_changed("Custom:door");
		rd__sched_run_for(1);
		line_expect_nothing();
	}
}

static void shows(const char *note)
{
	assert_string_equal(text_at(rd_xml_child(told(), NULL, "tuple"), "note", NULL), note);
}

static void is_called(struct sip_phone *far, struct sip_phone *callee)
{
	phones_dial(far, callee);
	line_expect_nothing();
}

static void answers(struct sip_phone *callee, const char *note)
{
	phone_answer(callee, "200 OK", "", SDP(""));
	rd__sched_run_for(10);
	line_expect("ACK ");
	shows(note);
}

static void is_over(struct sip_phone *far, const char *note)
{
	phone_final(far, "SIP/2.0 200");
	phone_ack(far, "");
	phone_request(far, "BYE", "", "");
	rd__sched_run_for(10);
	line_expect("SIP/2.0 200");
	line_expect("BYE ");
	shows(note);
	rd__sched_run_for(40000);
	line_clear();
}

/* It is reached, or not, within a moment. */
static void who_does_not_ring_yet_is_not_on_the_phone(void **state)
{
	struct sip_phone far, callee;

	(void)state;
	watch("sip:peer@127.0.0.1");
	is_called(&far, &callee);
	phone_answer(&callee, "180 Ringing", "", "");
	rd__sched_run_for(10);
	shows("Ringing");
	line_expect("SIP/2.0 180");
	answers(&callee, "On the phone");
	is_over(&far, "Ready");
	is_called(&far, &callee);
	answers(&callee, "On the phone");
	is_over(&far, "Ready");
}

/* The phone and a bell of one extension. */
static void nor_is_he_where_something_else_rings(void **state)
{
	struct sip_phone far, callee;

	(void)state;
	door = RD_DEVICE_RINGING;
	watch("sip:both@127.0.0.1");
	is_called(&far, &callee);
	phone_answer(&callee, "180 Ringing", "", "");
	rd__sched_run_for(10);
	line_expect("SIP/2.0 180");
	line_expect_nothing();
	answers(&callee, "On the phone, ringing");
	is_over(&far, "Ringing");
}

static void nor_busy(void **state)
{
	struct sip_phone far, callee;

	(void)state;
	assert_int_equal(office_reload("[gate]\ntype = phone\nmatch = 127.0.0.9\n"
				       "context = office\n[peer]\ntype = peer\n"
				       "host = 127.0.0.2:5060\ncontext = office\nbusy_at = 1\n"),
			 0);
	watch("sip:peer@127.0.0.1");
	is_called(&far, &callee);
	answers(&callee, "Busy");
	is_over(&far, "Ready");
}

static void a_phone_needs_no_hint(void **state)
{
	const struct rd_xml *root;

	(void)state;
	root = watch("sip:1002@127.0.0.1");
	assert_string_equal(text_at(rd_xml_child(root, NULL, "tuple"), "status", "basic"),
			    "closed");
	watcher_subscribe(&w, "sip:nobody@127.0.0.1", "presence", 3600, "");
	watcher_expect(&w, "SIP/2.0 404");
}

#define AWAY                                                                        \
	"<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" entity=\"sip:gate@x\" "     \
	"xmlns:d=\"urn:ietf:params:xml:ns:pidf:data-model\" "                        \
	"xmlns:r=\"urn:ietf:params:xml:ns:pidf:rpid\">"                              \
	"<tuple id=\"t1\"><status><basic>open</basic></status></tuple>"              \
	"<d:person id=\"p1\"><r:activities><r:away/></r:activities>"                 \
	"<d:note>Lunch &amp; more</d:note></d:person></presence>"

static unsigned serial;

static void publish(const char *body, const char *expected)
{
	static char text[24000];

	serial++;
	snprintf(text, sizeof(text),
		 "PUBLISH sip:gate@127.0.0.1 SIP/2.0\n"
		 "Via: SIP/2.0/UDP 127.0.0.9:5060;branch=z9hG4bKpp%u\nMax-Forwards: 70\n"
		 "From: <sip:gate@127.0.0.1>;tag=p\nTo: <sip:gate@127.0.0.1>\nCall-ID: pp%u\n"
		 "CSeq: 1 PUBLISH\nEvent: presence\nExpires: 60\n"
		 "Content-Type: application/pidf+xml\n\n%s",
		 serial, serial, body);
	line_feed_from("127.0.0.9", 5060, text);
	line_expect(expected);
	rd__sched_run_for(1);
}

static void what_somebody_publishes_is_shown(void **state)
{
	const struct rd_xml *root;

	(void)state;
	assert_string_equal(activity_of(watch("sip:gate@127.0.0.1")), "");
	publish(AWAY, "SIP/2.0 200");
	root = told();
	assert_int_equal(count_of(root, "tuple"), 2);
	assert_int_equal(count_of(root, "person"), 1);
	assert_string_equal(activity_of(root), "away");
	assert_string_equal(text_at(root, "person", "note"), "Lunch & more");
	/* until it has expired */
	rd__sched_run_for(61000);
	root = told();
	assert_int_equal(count_of(root, "tuple"), 1);
	assert_string_equal(activity_of(root), "");
}

/* RFC 3863 §4.1.2; a phone that was switched off hard publishes it all anew. */
static void what_is_published_twice_has_two_ids(void **state)
{
	const struct rd_xml *first, *second;

	(void)state;
	watch("sip:gate@127.0.0.1");
	publish(AWAY, "SIP/2.0 200");
	told();
	publish(AWAY, "SIP/2.0 200");
	first = told();
	assert_int_equal(count_of(first, "tuple"), 3);
	second = rd_xml_next(rd_xml_child(first, NULL, "tuple"), NULL, "tuple");
	assert_string_equal(attribute(second, "id"), "t1");
	assert_string_equal(attribute(rd_xml_next(second, NULL, "tuple"), "id"), "t1.2");
	second = rd_xml_child(first, NULL, "person");
	assert_string_equal(attribute(second, "id"), "p1");
	assert_string_equal(attribute(rd_xml_next(second, NULL, "person"), "id"), "p1.2");
}

static void who_is_on_the_phone_is_not_away(void **state)
{
	struct sip_phone far;

	(void)state;
	watch("sip:gate@127.0.0.1");
	publish(AWAY, "SIP/2.0 200");
	assert_string_equal(activity_of(told()), "away");
	phone_invite(&far, "alice", "602", "", SDP(""));
	rd__sched_run_for(10);
	line_expect("SIP/2.0 100");
	assert_string_equal(activity_of(told()), "on-the-phone");
	phone_expect(&far, "SIP/2.0 180");
	phone_request(&far, "CANCEL", "", "");
	rd__sched_run_for(10);
	line_clear();
}

/* Each <r:a/> becomes one with its namespace written out. */
static void who_tells_too_much_is_not_heard(void **state)
{
	static char large[16000];
	const struct rd_xml *root;

	(void)state;
	watch("sip:gate@127.0.0.1");
	strcpy(large, "<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" entity=\"sip:gate@x\" "
		      "xmlns:d=\"urn:ietf:params:xml:ns:pidf:data-model\" "
		      "xmlns:r=\"urn:ietf:params:xml:ns:pidf:rpid\"><d:person id=\"p\">");
	for (int i = 0; i < 1000; i++)
		strcat(large, "<r:a/>");
	strcat(large, "</d:person></presence>");
	publish(large, "SIP/2.0 200");
	root = told();
	assert_int_equal(count_of(root, "tuple"), 1);
	assert_string_equal(text_at(root, "person", "note"), "Unavailable"); /* not its words */
}

static void what_is_no_presence_cannot_be_published(void **state)
{
	(void)state;
	publish("nonsense", "SIP/2.0 400");
	publish("<presence/>", "SIP/2.0 400");
	publish("<!DOCTYPE presence><presence xmlns=\"urn:ietf:params:xml:ns:pidf\"/>",
		"SIP/2.0 400");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_presence, close_presence)
	const struct CMUnitTest tests[] = {
		TEST(what_a_device_does_is_what_people_see),
		TEST(who_does_not_ring_yet_is_not_on_the_phone),
		TEST(nor_is_he_where_something_else_rings),
		TEST(nor_busy),
		TEST(a_phone_needs_no_hint),
		TEST(what_somebody_publishes_is_shown),
		TEST(what_is_published_twice_has_two_ids),
		TEST(who_is_on_the_phone_is_not_away),
		TEST(who_tells_too_much_is_not_heard),
		TEST(what_is_no_presence_cannot_be_published),
	};

	return RUN_GROUP(tests);
}
