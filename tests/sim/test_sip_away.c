/* The module of an event package is exchanged for a new file: its subscriptions and what was
 * published wait for the new one, or for the old one again. */
#include "tests/unit/test.h"

#include "channels/sip/event/publish.h"
#include "core/sched/sched.h"
#include "tests/sim/sip_watcher.h"

static const char conf[] = "[global]\nsub_min_expiry = 60\nsub_max_expiry = 600\n"
			   "[gate]\ntype = phone\nmatch = 127.0.0.9\ncontext = office\n"
			   "[panel]\ntype = resource_list\nevent = clock\n"
			   "list_item = 1\nlist_item = 2\n";

static int opened, closed, refuse;
static char refused[8]; /* a resource that is, too */

static int open_clock(struct rd_sip_watch *watch)
{
	if (refuse < 0 || refuse >= 300 || strcmp(watch->resource, refused) == 0)
		return 404;
	opened++;
	return refuse;
}

static void close_clock(struct rd_sip_watch *watch)
{
	(void)watch;
	closed++;
}

static int allow(const char *resource, const char *type, struct rd_str body)
{
	(void)resource, (void)type, (void)body;
	return 0;
}

static int print(const char *whose, struct rd_sip_watch *watch, const struct rd_sip_notice *notice,
		 struct rd_buf *body)
{
	struct rd_sip_publication publication;
	size_t pos = 0;

	rd_buf_printf(body, "%s %s %u\n", whose, watch->resource, notice->version);
	while (sip_publication_next(sip_package_find(RD_STR("clock")), watch->resource, &pos,
				    &publication))
		rd_buf_printf(body, "%s %.*s\n", publication.type, RD_STR_ARG(publication.body));
	return 0;
}

static int print_old(struct rd_sip_watch *watch, const struct rd_sip_notice *notice,
		     struct rd_buf *body)
{
	return print("old", watch, notice, body);
}

static int print_new(struct rd_sip_watch *watch, const struct rd_sip_notice *notice,
		     struct rd_buf *body)
{
	return print("new", watch, notice, body);
}

/* Words of the old one go with it. */
static char name[8], sundial[16];
static const char *old_types[] = { "text/clock", sundial, NULL };
static const char *const new_types[] = { "text/sundial", "text/clock", NULL };

static const struct rd_sip_package old = { .name = name,
					   .types = old_types,
					   .publish_types = old_types,
					   .published = allow,
					   .open = open_clock,
					   .close = close_clock,
					   .print = print_old };
static const struct rd_sip_package new = { .name = "clock",
					   .types = new_types,
					   .publish_types = new_types,
					   .published = allow,
					   .open = open_clock,
					   .close = close_clock,
					   .print = print_new };

static int open_office(void **state)
{
	(void)state;
	opened = closed = refuse = 0;
	*refused = '\0';
	strcpy(name, "clock");
	strcpy(sundial, "text/sundial");
	office_open(conf);
	return sip_package_add(&old);
}

static int close_office(void **state)
{
	(void)state;
	rd__sched_run_for(700000);
	line_clear();
	assert_int_equal(sip_events.watch_count, 0);
	sip_package_remove(&new);
	sip_package_remove(&old);
	assert_int_equal(opened, closed);
	return office_close();
}

static struct watcher w;

static void subscribe(void)
{
	assert_string_equal(
		watcher_start(&w, "sip:gate@127.0.0.1", "clock", 600, "Accept: text/sundial\n"),
		"old gate 0\n");
}

static void take_away(void)
{
	sip_packages_exchange(true);
	sip_package_remove(&old);
	strcpy(name, "XXXXX");
	strcpy(sundial, "XXXX/XXXXXXX");
}

static void bring(const struct rd_sip_package *package)
{
	if (package == &old) {
		strcpy(name, "clock");
		strcpy(sundial, "text/sundial");
	}
	assert_int_equal(sip_package_add(package), 0);
	sip_packages_exchange(false);
	rd__sched_run_for(1);
}

static void the_new_one_goes_on_with_its_subscriptions(void **state)
{
	unsigned cseq;

	(void)state;
	subscribe();
	cseq = w.notify_cseq;
	take_away();
	assert_int_equal(closed, 1);
	rd__sched_run_for(5000);
	line_expect_nothing();
	bring(&new);
	assert_int_equal(opened, 2);
	assert_string_equal(watcher_notified(&w, "active;expires=595"), "new gate 1\n");
	assert_string_equal(line_header(w.notify, "Content-Type"), "text/sundial");
	assert_int_equal(w.notify_cseq, cseq + 1);
	watcher_answer(&w, "200 OK");
	sip_resource_changed(&new, "gate");
	rd__sched_run_for(1);
	assert_string_equal(watcher_notified(&w, "active"), "new gate 2\n");
	watcher_answer(&w, "200 OK");
	line_expect_nothing();
}

static void so_does_the_old_one_when_it_comes_back(void **state)
{
	(void)state;
	subscribe();
	take_away();
	bring(&old);
	assert_string_equal(watcher_notified(&w, "active"), "old gate 1\n");
	watcher_answer(&w, "200 OK");
}

static void where_none_comes_back_they_end(void **state)
{
	(void)state;
	subscribe();
	take_away();
	sip_packages_exchange(false);
	assert_string_equal(watcher_notified(&w, "terminated;reason=probation;retry-after=30"), "");
	watcher_answer(&w, "200 OK");
	watcher_subscribe(&w, "sip:gate@127.0.0.1", "clock", 600, "");
	watcher_expect(&w, "SIP/2.0 489");
	strcpy(name, "clock");
	assert_int_equal(sip_package_add(&old), 0);
}

/* A module that is unloaded at another time is not exchanged. */
static void the_next_one_that_goes_ends_them(void **state)
{
	(void)state;
	subscribe();
	take_away();
	bring(&old);
	watcher_notified(&w, "active");
	watcher_answer(&w, "200 OK");
	sip_package_remove(&old);
	watcher_notified(&w, "terminated;reason=probation");
	watcher_answer(&w, "200 OK");
}

static void what_a_phone_asks_meanwhile_has_its_answer(void **state)
{
	(void)state;
	subscribe();
	take_away();
	watcher_refresh(&w, 300);
	watcher_expect(&w, "SIP/2.0 200");
	line_expect_nothing();
	bring(&new);
	watcher_notified(&w, "active;expires=300");
	watcher_answer(&w, "200 OK");
	strcpy(name, "clock");
}

static void who_ends_it_meanwhile_is_told_so(void **state)
{
	(void)state;
	subscribe();
	take_away();
	watcher_refresh(&w, 0);
	watcher_expect(&w, "SIP/2.0 200");
	watcher_notified(&w, "terminated;reason=timeout");
	watcher_answer(&w, "200 OK");
	bring(&new);
	line_expect_nothing();
	assert_int_equal(opened, 1);
}

static void who_comes_meanwhile_is_to_try_again(void **state)
{
	const char *answer;

	(void)state;
	take_away();
	watcher_subscribe(&w, "sip:gate@127.0.0.1", "clock", 600, "");
	answer = watcher_expect(&w, "SIP/2.0 500");
	assert_string_equal(line_header(answer, "Retry-After"), "1");
	line_feed_from("127.0.0.9", 5060,
		       "PUBLISH sip:gate@127.0.0.1 SIP/2.0\n"
		       "Via: SIP/2.0/UDP 127.0.0.9:5060;branch=z9hG4bKaway\nMax-Forwards: 70\n"
		       "From: <sip:gate@127.0.0.1>;tag=p\nTo: <sip:gate@127.0.0.1>\n"
		       "Call-ID: away\nCSeq: 1 PUBLISH\nEvent: clock\nExpires: 600\n"
		       "Content-Type: text/clock\nContent-Length: 4\n\nnoon");
	answer = line_expect("SIP/2.0 500");
	assert_string_equal(line_header(answer, "Retry-After"), "1");
	bring(&new);
}

/* The answer to a NOTIFY comes when nobody is there to write the next. */
static void a_notify_that_is_on_its_way_is_answered_meanwhile(void **state)
{
	(void)state;
	subscribe();
	sip_resource_changed(&old, "gate");
	rd__sched_run_for(1);
	watcher_notified(&w, "active");
	sip_resource_changed(&old, "gate");
	take_away();
	watcher_answer(&w, "200 OK");
	rd__sched_run_for(100);
	line_expect_nothing();
	bring(&new);
	assert_string_equal(watcher_notified(&w, "active"), "new gate 2\n");
	watcher_answer(&w, "200 OK");
}

static void what_the_new_one_does_not_know_ends(void **state)
{
	(void)state;
	subscribe();
	take_away();
	refuse = 404;
	bring(&new);
	refuse = 0;
	watcher_notified(&w, "terminated;reason=deactivated");
	watcher_answer(&w, "200 OK");
}

/* The new one may see it otherwise. */
static void who_was_not_yet_allowed_may_be_by_the_new_one(void **state)
{
	(void)state;
	refuse = RD_SIP_PENDING;
	watcher_subscribe(&w, "sip:gate@127.0.0.1", "clock", 600, "");
	watcher_expect(&w, "SIP/2.0 200");
	watcher_notified(&w, "pending");
	watcher_answer(&w, "200 OK");
	take_away();
	refuse = 0;
	bring(&new);
	assert_string_equal(watcher_notified(&w, "active"), "new gate 0\n");
	watcher_answer(&w, "200 OK");
}

static void lists_go_on_too(void **state)
{
	const char *body;

	(void)state;
	watcher_start(&w, "sip:panel@127.0.0.1", "clock", 600, "Supported: eventlist\n");
	take_away();
	rd__sched_run_for(1000);
	line_expect_nothing();
	strcpy(refused, "2");
	bring(&new);
	body = watcher_notified(&w, "active");
	assert_non_null(strstr(body, "fullState=\"true\""));
	assert_non_null(strstr(body, "new 1 1"));
	assert_null(strstr(body, "new 2"));
	assert_non_null(strstr(body, "noresource"));
	watcher_answer(&w, "200 OK");
}

static void what_was_published_stays(void **state)
{
	(void)state;
	subscribe();
	line_feed_from("127.0.0.9", 5060,
		       "PUBLISH sip:gate@127.0.0.1 SIP/2.0\n"
		       "Via: SIP/2.0/UDP 127.0.0.9:5060;branch=z9hG4bKstay\nMax-Forwards: 70\n"
		       "From: <sip:gate@127.0.0.1>;tag=p\nTo: <sip:gate@127.0.0.1>\n"
		       "Call-ID: stay\nCSeq: 1 PUBLISH\nEvent: clock\nExpires: 60\n"
		       "Content-Type: text/sundial\nContent-Length: 4\n\nnoon");
	line_expect("SIP/2.0 200");
	rd__sched_run_for(1);
	watcher_notified(&w, "active");
	watcher_answer(&w, "200 OK");
	take_away();
	bring(&new);
	assert_string_equal(watcher_notified(&w, "active"), "new gate 2\ntext/sundial noon\n");
	watcher_answer(&w, "200 OK");
	/* And goes in its time, also while nobody is there. */
	sip_packages_exchange(true);
	sip_package_remove(&new);
	rd__sched_run_for(61000);
	line_expect_nothing();
	bring(&old);
	assert_string_equal(watcher_notified(&w, "active"), "old gate 3\n");
	watcher_answer(&w, "200 OK");
}

#define AWAY(test) cmocka_unit_test_setup_teardown(test, open_office, close_office)

int main(void)
{
	const struct CMUnitTest tests[] = {
		AWAY(the_new_one_goes_on_with_its_subscriptions),
		AWAY(so_does_the_old_one_when_it_comes_back),
		AWAY(where_none_comes_back_they_end),
		AWAY(the_next_one_that_goes_ends_them),
		AWAY(what_a_phone_asks_meanwhile_has_its_answer),
		AWAY(who_ends_it_meanwhile_is_told_so),
		AWAY(who_comes_meanwhile_is_to_try_again),
		AWAY(a_notify_that_is_on_its_way_is_answered_meanwhile),
		AWAY(what_the_new_one_does_not_know_ends),
		AWAY(who_was_not_yet_allowed_may_be_by_the_new_one),
		AWAY(lists_go_on_too),
		AWAY(what_was_published_stays),
	};

	return RUN_GROUP(tests);
}
