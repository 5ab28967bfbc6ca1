/* Resource lists (RFC 4662): many lamps in one subscription, with a package of a few
 * lines. */
#include "tests/unit/test.h"

#include <ringdown/xml.h>

#include "channels/sip/event/event.h"
#include "core/sched/sched.h"
#include "tests/sim/sip_watcher.h"

static const char conf[] =
	"[gate]\ntype = phone\nmatch = 127.0.0.9\ncontext = office\n"
	"[panel]\ntype = resource_list\nevent = lamp\nlist_item = 1,2\nlist_item = lost\n"
	"[keys]\ntype = resource_list\nevent = lamp\nlist_item = #\n"
	"[outer]\ntype = resource_list\nevent = lamp\nlist_item = inner,1,panel\n"
	"[inner]\ntype = resource_list\nevent = lamp\nlist_item = 2,outer,other\n"
	"[other]\ntype = resource_list\nevent = else\nlist_item = 1\n"
	"[whole]\ntype = resource_list\nevent = lamp\nlist_item = 1,2\nfull_state = yes\n"
	"[huge]\ntype = resource_list\nevent = lamp\nlist_item = 1,lost,2,missing\n"
	"[hugewhole]\ntype = resource_list\nevent = lamp\nlist_item = 1,2\nfull_state = yes\n"
	"[slow]\ntype = resource_list\nevent = lamp\nlist_item = 1,2\n"
	"notification_batch_interval = 300\n";

/* ---- the package "lamp": a number for each of 1 and 2 ---- */

static struct rd_sip_watch *watches[3];
static int values[3], opened, closed;
static size_t filling; /* so much more is said of each */

static int index_of(const struct rd_sip_watch *watch)
{
	return watch->resource[0] == '1' ? 1 : 2;
}

static int open_lamp(struct rd_sip_watch *watch)
{
	if (strlen(watch->resource) > 1)
		return 404;
	opened++;
	watches[index_of(watch)] = watch;
	return 0;
}

static void close_lamp(struct rd_sip_watch *watch)
{
	closed++;
	watches[index_of(watch)] = NULL;
}

static int print_lamp(struct rd_sip_watch *watch, const struct rd_sip_notice *notice,
		      struct rd_buf *body)
{
	static int told[3];
	int i = index_of(watch);

	if (!notice->must && told[i] == values[i])
		return -EALREADY;
	told[i] = values[i];
	rd_buf_printf(body, "lamp %s %d %u", watch->entity, values[i], notice->version);
	for (size_t n = 0; n < filling; n++)
		rd_buf_addc(body, '.');
	return 0;
}

static const char *const types[] = { "text/lamp", NULL };
static const struct rd_sip_package package = { .name = "lamp", .types = types,
					       .open = open_lamp, .close = close_lamp,
					       .print = print_lamp };

static struct rd_pool *pool;

static int open_office(void **state)
{
	(void)state;
	memset(values, 0, sizeof(values));
	opened = closed = 0;
	filling = 0;
	assert_int_equal(rd_pool_new(&pool, 0), 0);
	office_open(conf);
	return sip_package_add(&package);
}

static int close_office(void **state)
{
	(void)state;
	sip_package_remove(&package);
	assert_int_equal(opened, closed);
	rd_pool_free(pool);
	return office_close();
}

/* ---- reading a multipart ---- */

static struct watcher w;

static struct {
	const struct rd_xml *list;
	int parts;
	char text[8][256], id[8][128]; /* of those after the list */
} told;

static void read_part(char *part)
{
	char *body = strstr(part, "\n\n");

	assert_non_null(body);
	*body = '\0';
	body += 2;
	assert_non_null(strstr(part, "Content-Transfer-Encoding: binary"));
	if (strstr(part, "application/rlmi+xml")) {
		assert_null(told.list);
		assert_int_equal(rd_xml_read(&told.list, pool, rd_str_of(body)), 0);
		return;
	}
	assert_non_null(strstr(part, "Content-Type: text/lamp"));
	snprintf(told.id[told.parts], 128, "%s", line_part(part, "Content-ID: <", ">"));
	snprintf(told.text[told.parts++], 256, "%s", body);
}

static void read_document(void)
{
	const char *type = line_header(w.notify, "Content-Type");
	char end[80], *part, *next;

	memset(&told, 0, sizeof(told));
	assert_int_equal(strncmp(type, "multipart/related;type=\"application/rlmi+xml\";", 46), 0);
	assert_string_equal(line_header(w.notify, "Require"), "eventlist");
	snprintf(end, sizeof(end), "--%s", line_part(type, "boundary=\"", "\""));
	part = strstr(w.notify, end) + strlen(end) + 1;
	while ((next = strstr(part, end))) {
		next[-1] = '\0';
		read_part(part);
		part = next + strlen(end);
		if (strncmp(part, "--", 2) == 0)
			break;
		part++;
	}
	assert_non_null(told.list);
	assert_string_equal(told.list->ns, "urn:ietf:params:xml:ns:rlmi");
	assert_int_equal(strncmp(part, "--\n", 3), 0);
}

static void expect(const char *state)
{
	watcher_notified(&w, state);
	watcher_answer(&w, "200 OK");
	read_document();
}

static const struct rd_xml *resource(int index)
{
	const struct rd_xml *node = rd_xml_child(told.list, NULL, "resource");

	while (index-- > 0)
		node = rd_xml_next(node, NULL, "resource");
	return node;
}

static const char *instance(int index, const char *attribute)
{
	const char *value = rd_xml_attribute(rd_xml_child(resource(index), NULL, "instance"),
					     attribute);

	return value ? value : "";
}

static void subscribe(const char *uri)
{
	const char *ok;

	watcher_subscribe(&w, uri, "lamp", 3600,
			  "Supported: eventlist\nAccept: text/lamp, multipart/related, "
			  "application/rlmi+xml\n");
	ok = watcher_expect(&w, "SIP/2.0 200");
	assert_string_equal(line_header(ok, "Require"), "eventlist");
	expect("active");
}

static void turn(int lamp, int value)
{
	values[lamp] = value;
	sip_watch_changed(sip_watch_of(watches[lamp]), false);
}

static void all_of_a_list_is_told_first(void **state)
{
	(void)state;
	subscribe("sip:panel@127.0.0.1");
	assert_string_equal(rd_xml_attribute(told.list, "uri"), "sip:panel@127.0.0.1");
	assert_string_equal(rd_xml_attribute(told.list, "version"), "0");
	assert_string_equal(rd_xml_attribute(told.list, "fullState"), "true");
	assert_string_equal(rd_xml_attribute(resource(0), "uri"), "sip:1@127.0.0.1");
	assert_string_equal(instance(0, "state"), "active");
	assert_string_equal(instance(0, "cid"), told.id[0]);
	assert_string_equal(instance(1, "cid"), told.id[1]);
	assert_string_equal(instance(2, "state"), "terminated");
	assert_string_equal(instance(2, "reason"), "noresource");
	assert_string_equal(instance(2, "cid"), "");
	assert_null(resource(3));
	assert_int_equal(told.parts, 2);
	assert_string_equal(told.text[0], "lamp sip:1@127.0.0.1 0 0");
	assert_string_equal(told.text[1], "lamp sip:2@127.0.0.1 0 0");
}

static void a_resource_with_a_hash_is_escaped(void **state)
{
	(void)state;
	subscribe("sip:keys@127.0.0.1");
	assert_string_equal(rd_xml_attribute(resource(0), "uri"), "sip:%23@127.0.0.1");
	assert_string_equal(told.text[0], "lamp sip:%23@127.0.0.1 0 0");
}

/* A list for another event is none here; a circle ends where it begins. */
static void lists_within_lists_are_followed(void **state)
{
	(void)state;
	subscribe("sip:outer@127.0.0.1");
	assert_string_equal(rd_xml_attribute(resource(0), "uri"), "sip:2@127.0.0.1");
	assert_string_equal(instance(0, "cid"), told.id[0]);
	assert_string_equal(rd_xml_attribute(resource(1), "uri"), "sip:other@127.0.0.1");
	assert_string_equal(instance(1, "state"), "terminated");
	assert_string_equal(rd_xml_attribute(resource(2), "uri"), "sip:1@127.0.0.1");
	assert_string_equal(rd_xml_attribute(resource(3), "uri"), "sip:lost@127.0.0.1");
	assert_null(resource(4));
	turn(2, 7);
	rd__sched_run_for(1);
	expect("active");
	assert_string_equal(told.text[0], "lamp sip:2@127.0.0.1 7 1");
	assert_int_equal(office_reload(conf), 0);
	assert_non_null(strstr(office_report(), "[inner] list_item = outer: it is left out: that "
						"list has this one in it"));
	assert_null(strstr(office_report(), "panel"));
}

static void lists_within_lists_have_an_end(void **state)
{
	char text[4096];
	int n = snprintf(text, sizeof(text),
			 "[gate]\ntype = phone\nmatch = 127.0.0.9\n"
			 "context = office\n");

	(void)state;
	for (int i = 0; i < 20; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n,
			      "[l%d]\ntype = resource_list\n"
			      "event = lamp\nlist_item = e%d,l%d\n",
			      i, i, i + 1);
	assert_int_equal(office_reload(text), 0);
	assert_non_null(strstr(office_report(), "[l16] list_item = l17: it is left out: lists "
						"within lists are too deep"));
}

static void then_only_what_has_changed(void **state)
{
	(void)state;
	subscribe("sip:panel@127.0.0.1");
	turn(2, 7);
	rd__sched_run_for(1);
	expect("active");
	assert_string_equal(rd_xml_attribute(told.list, "fullState"), "false");
	assert_string_equal(rd_xml_attribute(told.list, "version"), "1");
	assert_string_equal(rd_xml_attribute(resource(0), "uri"), "sip:2@127.0.0.1");
	assert_null(resource(1));
	assert_int_equal(told.parts, 1);
	assert_string_equal(told.text[0], "lamp sip:2@127.0.0.1 7 1");
	/* Nothing new: nothing is sent. */
	turn(2, 7);
	rd__sched_run_for(1);
	line_expect_nothing();
	/* Two at once are told together. */
	turn(1, 3);
	turn(2, 8);
	rd__sched_run_for(1);
	expect("active");
	assert_int_equal(told.parts, 2);
	/* Who asks is told all. */
	watcher_refresh(&w, 3600);
	watcher_expect(&w, "SIP/2.0 200");
	expect("active");
	assert_string_equal(rd_xml_attribute(told.list, "fullState"), "true");
	assert_int_equal(told.parts, 2);
}

static void one_that_ends_is_told_as_such(void **state)
{
	(void)state;
	subscribe("sip:panel@127.0.0.1");
	sip_watch_end(sip_watch_of(watches[1]), RD_SIP_END_NORESOURCE, 0);
	rd__sched_run_for(1);
	assert_int_equal(closed, 1);
	expect("active");
	assert_string_equal(rd_xml_attribute(resource(0), "uri"), "sip:1@127.0.0.1");
	assert_string_equal(instance(0, "state"), "terminated");
	assert_int_equal(told.parts, 0);
	watcher_refresh(&w, 0);
	watcher_expect(&w, "SIP/2.0 200");
	expect("terminated;reason=timeout");
	assert_int_equal(sip_events.watch_count, 0);
}

static void a_list_may_tell_all_each_time(void **state)
{
	(void)state;
	subscribe("sip:whole@127.0.0.1");
	turn(2, 7);
	rd__sched_run_for(1);
	expect("active");
	assert_string_equal(rd_xml_attribute(told.list, "fullState"), "true");
	assert_int_equal(told.parts, 2);
}

/* RFC 4662 §5.3: the names are there from the first document on. */
static void what_is_too_long_for_one_document_goes_on_in_the_next(void **state)
{
	(void)state;
	filling = 40000;
	subscribe("sip:huge@127.0.0.1");
	assert_string_equal(rd_xml_attribute(told.list, "fullState"), "true");
	assert_int_equal(told.parts, 1);
	assert_string_equal(instance(0, "cid"), told.id[0]);
	assert_string_equal(instance(1, "reason"), "noresource");
	for (int i = 2; i < 4; i++) {
		assert_non_null(resource(i));
		assert_null(rd_xml_child(resource(i), NULL, "instance"));
	}
	assert_null(resource(4));
	/* at once, without a change */
	expect("active");
	assert_string_equal(rd_xml_attribute(told.list, "fullState"), "false");
	assert_string_equal(rd_xml_attribute(told.list, "version"), "1");
	assert_string_equal(rd_xml_attribute(resource(0), "uri"), "sip:2@127.0.0.1");
	assert_string_equal(instance(0, "state"), "active");
	assert_string_equal(instance(1, "state"), "terminated");
	assert_null(resource(2));
	assert_int_equal(told.parts, 1);
	rd__sched_run_for(100);
	line_expect_nothing();
	/* what changes in both is too long again */
	turn(1, 3);
	turn(2, 4);
	rd__sched_run_for(1);
	expect("active");
	assert_string_equal(rd_xml_attribute(resource(0), "uri"), "sip:1@127.0.0.1");
	assert_null(resource(1));
	expect("active");
	assert_string_equal(rd_xml_attribute(resource(0), "uri"), "sip:2@127.0.0.1");
	rd__sched_run_for(100);
	line_expect_nothing();
}

static void who_leaves_hears_all_of_a_long_list(void **state)
{
	(void)state;
	filling = 40000;
	subscribe("sip:huge@127.0.0.1");
	expect("active");
	watcher_refresh(&w, 0);
	watcher_expect(&w, "SIP/2.0 200");
	expect("active;expires=0");
	assert_string_equal(rd_xml_attribute(resource(0), "uri"), "sip:1@127.0.0.1");
	assert_int_equal(told.parts, 1);
	expect("terminated;reason=timeout");
	assert_string_equal(rd_xml_attribute(resource(0), "uri"), "sip:2@127.0.0.1");
	assert_int_equal(told.parts, 1);
	assert_int_equal(sip_events.watch_count, 0);
	/* Who changes his mind meanwhile has to subscribe anew. */
	subscribe("sip:huge@127.0.0.1");
	expect("active");
	watcher_refresh(&w, 0);
	watcher_expect(&w, "SIP/2.0 200");
	watcher_notified(&w, "active;expires=0");
	watcher_refresh(&w, 300);
	watcher_expect(&w, "SIP/2.0 481");
	watcher_answer(&w, "200 OK");
	watcher_notified(&w, "terminated;reason=timeout");
	watcher_answer(&w, "200 OK");
	/* Who leaves before he has heard the rest, too. */
	subscribe("sip:huge@127.0.0.1");
	watcher_refresh(&w, 0);
	rd__sched_run_for(100);
	line_clear();
	rd__sched_run_for(40000);
	line_clear();
	assert_int_equal(sip_events.watch_count, 0);
}

static void a_list_that_tells_all_each_time_goes_on_likewise(void **state)
{
	(void)state;
	filling = 40000;
	subscribe("sip:hugewhole@127.0.0.1");
	assert_string_equal(rd_xml_attribute(told.list, "fullState"), "true");
	expect("active");
	assert_string_equal(rd_xml_attribute(told.list, "fullState"), "false");
	assert_int_equal(told.parts, 1);
	rd__sched_run_for(100);
	line_expect_nothing();
	turn(2, 7);
	rd__sched_run_for(1);
	expect("active");
	assert_string_equal(rd_xml_attribute(told.list, "fullState"), "true");
	expect("active");
	assert_string_equal(rd_xml_attribute(told.list, "fullState"), "false");
	rd__sched_run_for(100);
	line_expect_nothing();
}

static void changes_of_a_list_may_wait_for_each_other(void **state)
{
	(void)state;
	subscribe("sip:slow@127.0.0.1");
	turn(1, 1);
	rd__sched_run_for(200);
	turn(2, 2);
	line_expect_nothing();
	rd__sched_run_for(110);
	expect("active");
	assert_int_equal(told.parts, 2);
}

static void who_cannot_read_it_is_told_so(void **state)
{
	const char *refusal;

	(void)state;
	watcher_subscribe(&w, "sip:panel@127.0.0.1", "lamp", 3600, "");
	refusal = watcher_expect(&w, "SIP/2.0 421");
	assert_string_equal(line_header(refusal, "Require"), "eventlist");
	/* What is no list is told as ever, whatever the phone can read. */
	watcher_start(&w, "sip:1@127.0.0.1", "lamp", 3600, "Supported: eventlist\n");
	assert_string_equal(line_header(w.notify, "Content-Type"), "text/lamp");
	assert_string_equal(line_header(w.notify, "Require"), "");
}

static void another_list_begins_anew(void **state)
{
	(void)state;
	subscribe("sip:panel@127.0.0.1");
	assert_int_equal(office_reload(conf), 0);
	line_expect_nothing();
	assert_int_equal(office_reload("[gate]\ntype = phone\nmatch = 127.0.0.9\n"
				       "[panel]\ntype = resource_list\nevent = lamp\n"
				       "list_item = 1\n"), 0);
	watcher_notified(&w, "terminated;reason=deactivated");
	watcher_answer(&w, "200 OK");
}

static void a_module_that_goes_says_goodbye(void **state)
{
	(void)state;
	subscribe("sip:panel@127.0.0.1");
	sip_package_remove(&package);
	watcher_notified(&w, "terminated;reason=probation");
	watcher_answer(&w, "200 OK");
	assert_int_equal(sip_package_add(&package), 0);
}

static void watch_panel(void)
{
	watcher_subscribe(&w, "sip:panel@127.0.0.1", "lamp", 60, "Supported: eventlist\n");
}

static void forget(void)
{
	rd__sched_run_for(100000);
	line_clear();
	assert_int_equal(sip_events.watch_count, 0);
	assert_int_equal(opened, closed);
}

static void memory_may_run_out_anywhere(void **state)
{
	long needed = oom_sweep_steps(watch_panel, forget);

	(void)state;
	watcher_expect(&w, "SIP/2.0 200");
	expect("active");
	assert_true(needed >= 8);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_office, close_office)
	const struct CMUnitTest tests[] = {
		TEST(all_of_a_list_is_told_first),
		TEST(a_resource_with_a_hash_is_escaped),
		TEST(lists_within_lists_are_followed),
		TEST(lists_within_lists_have_an_end),
		TEST(then_only_what_has_changed),
		TEST(one_that_ends_is_told_as_such),
		TEST(a_list_may_tell_all_each_time),
		TEST(what_is_too_long_for_one_document_goes_on_in_the_next),
		TEST(who_leaves_hears_all_of_a_long_list),
		TEST(a_list_that_tells_all_each_time_goes_on_likewise),
		TEST(changes_of_a_list_may_wait_for_each_other),
		TEST(who_cannot_read_it_is_told_so),
		TEST(another_list_begins_anew),
		TEST(a_module_that_goes_says_goodbye),
		TEST(memory_may_run_out_anywhere),
	};

	return RUN_GROUP(tests);
}
