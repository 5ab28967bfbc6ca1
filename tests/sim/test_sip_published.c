/* What phones have published outlives the daemon, with its tag and its time. */
#include "tests/unit/test.h"

#include "channels/sip/event/publish.h"
#include "core/sched/sched.h"
#include "tests/sim/sip_store.h"
#include "tests/sim/sip_watcher.h"

static const char conf[] = "[global]\nsub_min_expiry = 60\n"
			   "[gate]\ntype = phone\nmatch = 127.0.0.9\ncontext = office\n";
static const char other_conf[] = "[1001]\ntype = phone\nsecret = x\n";

static int print_mood(struct rd_sip_watch *watch, const struct rd_sip_notice *notice,
		      struct rd_buf *body)
{
	struct rd_sip_publication publication;
	size_t pos = 0;

	(void)notice;
	while (sip_publication_next(sip_package_find(RD_STR("mood")), watch->resource, &pos,
				    &publication))
		rd_buf_printf(body, "%s: %.*s, ", publication.type, RD_STR_ARG(publication.body));
	return 0;
}

static int rejected; /* by the package, of all */
static int looked_at;

static int look_at(const char *resource, const char *type, struct rd_str body)
{
	(void)resource, (void)type, (void)body;
	looked_at++;
	return rejected;
}

static const char *const types[] = { "text/mood", "text/smile", NULL };
static const struct rd_sip_package package = { .name = "mood",
					       .types = types,
					       .publish_types = types,
					       .published = look_at,
					       .print = print_mood };

static int open_events(void *arg)
{
	int rc = sip_publications_open();

	(void)arg;
	return rc ? rc : sip_watches_open();
}

/* Without the package. */
static void begin(const char *sip_conf)
{
	office_open(sip_conf);
	store_open();
	assert_int_equal(store_call(open_events, NULL), 0);
}

static void start(const char *sip_conf)
{
	begin(sip_conf);
	assert_int_equal(sip_package_add(&package), 0);
	rd__sched_run_for(200);
}

/* As the daemon does: the event first, then modules go, then the driver. */
static void stop(void)
{
	rd__sched_run_for(1000);
	sip_events_leave(false);
	sip_package_remove(&package);
	sip_events_stop();
	store_close();
	office_close();
}

static void restart(void)
{
	stop();
	start(conf);
}

static int forget(void **state)
{
	(void)state;
	store_forget();
	rejected = looked_at = 0;
	return 0;
}

/* The tag that it has now, "" where it is refused. */
static const char *publish(const char *more, const char *body, const char *expected)
{
	static unsigned serial;
	static char text[20000], etag[64];

	serial++;
	snprintf(text, sizeof(text),
		 "PUBLISH sip:gate@127.0.0.1 SIP/2.0\n"
		 "Via: SIP/2.0/UDP 127.0.0.9:5060;branch=z9hG4bKp%u\nMax-Forwards: 70\n"
		 "From: <sip:gate@127.0.0.1>;tag=p\nTo: <sip:gate@127.0.0.1>\nCall-ID: p%u\n"
		 "CSeq: 1 PUBLISH\nEvent: mood\n%s%s\n%s",
		 serial, serial, more, *body ? "Content-Type: text/smile\n" : "", body);
	line_feed_from("127.0.0.9", 5060, text);
	snprintf(etag, sizeof(etag), "%s", line_header(line_expect(expected), "SIP-ETag"));
	return etag;
}

static const char *matching(const char *etag, unsigned expires)
{
	static char text[128];

	snprintf(text, sizeof(text), "SIP-If-Match: %s\nExpires: %u\n", etag, expires);
	return text;
}

/* A fetch. */
static void expect_moods(const char *moods)
{
	struct watcher w;

	watcher_subscribe(&w, "sip:gate@127.0.0.1", "mood", 0, "");
	watcher_expect(&w, "SIP/2.0 200");
	assert_string_equal(watcher_notified(&w, "terminated"), moods);
	watcher_answer(&w, "200 OK");
}

static void a_phone_goes_on_with_the_tag_that_it_has(void **state)
{
	char etag[64];

	(void)state;
	start(conf);
	strcpy(etag, publish("Expires: 600\n", ":)", "SIP/2.0 200"));
	restart();
	expect_moods("text/smile: :), ");
	/* It is given more time, and another tag; and changed; and taken back. */
	strcpy(etag, publish(matching(etag, 900), "", "SIP/2.0 200"));
	restart();
	strcpy(etag, publish(matching(etag, 600), ":(", "SIP/2.0 200"));
	restart();
	expect_moods("text/smile: :(, ");
	publish(matching(etag, 0), "", "SIP/2.0 200");
	restart();
	expect_moods("");
	publish(matching(etag, 600), "", "SIP/2.0 412");
	stop();
}

static void several_come_back_in_their_order(void **state)
{
	char first[64];

	(void)state;
	start(conf);
	strcpy(first, publish("Expires: 600\n", "a", "SIP/2.0 200"));
	publish("Expires: 600\n", "b", "SIP/2.0 200");
	publish(matching(first, 300), "", "SIP/2.0 200");
	restart();
	expect_moods("text/smile: a, text/smile: b, ");
	stop();
}

/* The time of day of this test begins anew with each start. */
static void its_time_is_kept(void **state)
{
	char etag[64];

	(void)state;
	start(conf);
	strcpy(etag, publish("Expires: 90\n", "x", "SIP/2.0 200"));
	restart();
	rd__sched_run_for(88000);
	expect_moods("text/smile: x, ");
	rd__sched_run_for(3000);
	expect_moods("");
	publish(matching(etag, 60), "", "SIP/2.0 412");
	restart();
	expect_moods("");
	stop();
}

/* Who subscribed before the restart is told of both, the restart and what came back. */
static void a_subscriber_is_told(void **state)
{
	struct watcher w;

	(void)state;
	start(conf);
	publish("Expires: 600\n", "x", "SIP/2.0 200");
	assert_string_equal(watcher_start(&w, "sip:gate@127.0.0.1", "mood", 3600, ""),
			    "text/smile: x, ");
	restart();
	assert_string_equal(watcher_notified(&w, "active"), "text/smile: x, ");
	watcher_answer(&w, "200 OK");
	stop();
}

static void what_nobody_would_take_does_not_come_back(void **state)
{
	(void)state;
	start(conf);
	publish("Expires: 600\n", "x", "SIP/2.0 200");
	stop();
	start(other_conf);
	assert_false(sip_publication_next(sip_package_find(RD_STR("mood")), "gate", &(size_t){ 0 },
					  &(struct rd_sip_publication){ 0 }));
	stop();
	rejected = 400;
	start(conf);
	expect_moods("");
	stop();
}

/* Its module comes later, or goes and comes back. */
static void it_comes_back_with_its_module(void **state)
{
	(void)state;
	start(conf);
	publish("Expires: 600\n", "x", "SIP/2.0 200");
	sip_package_remove(&package);
	rd__sched_run_for(1000);
	assert_int_equal(sip_package_add(&package), 0);
	rd__sched_run_for(200);
	expect_moods("text/smile: x, ");
	stop();
}

static void what_is_over_by_then_does_not(void **state)
{
	(void)state;
	start(conf);
	publish("Expires: 60\n", "x", "SIP/2.0 200");
	sip_package_remove(&package);
	rd__sched_run_for(60000);
	assert_int_equal(sip_package_add(&package), 0);
	rd__sched_run_for(200);
	assert_int_equal(looked_at, 1); /* as it was published */
	stop();
}

/* In the same turn in which its package came. */
static void who_comes_before_it_is_back_is_to_try_again(void **state)
{
	char etag[64];

	(void)state;
	start(conf);
	strcpy(etag, publish("Expires: 600\n", "x", "SIP/2.0 200"));
	stop();
	begin(conf);
	assert_int_equal(sip_package_add(&package), 0);
	publish(matching(etag, 600), "", "SIP/2.0 500");
	rd__sched_run_for(200);
	publish(matching(etag, 600), "", "SIP/2.0 200");
	stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_phone_goes_on_with_the_tag_that_it_has, forget),
		cmocka_unit_test_teardown(several_come_back_in_their_order, forget),
		cmocka_unit_test_teardown(its_time_is_kept, forget),
		cmocka_unit_test_teardown(a_subscriber_is_told, forget),
		cmocka_unit_test_teardown(what_nobody_would_take_does_not_come_back, forget),
		cmocka_unit_test_teardown(it_comes_back_with_its_module, forget),
		cmocka_unit_test_teardown(what_is_over_by_then_does_not, forget),
		cmocka_unit_test_teardown(who_comes_before_it_is_back_is_to_try_again, forget),
	};

	return RUN_GROUP(tests);
}
