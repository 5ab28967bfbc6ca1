/* PUBLISH by the rules of RFC 3903, with a package of a few lines. */
#include "tests/unit/test.h"

#include "channels/sip/event/publish.h"
#include "core/sched/sched.h"
#include "tests/sim/sip_watcher.h"

static const char conf[] = "[global]\nsub_min_expiry = 60\nsub_max_expiry = 600\n"
			   "[gate]\ntype = phone\nmatch = 127.0.0.9\ncontext = office\n"
			   "[1001]\ntype = phone\nsecret = one\ncontext = office\n";

/* ---- the package "mood": what was published, one after the other ---- */

static int print_mood(struct rd_sip_watch *watch, const struct rd_sip_notice *notice,
		      struct rd_buf *body);

static int check_mood(const char *resource, const char *type, struct rd_str body)
{
	(void)resource, (void)type;
	return rd_str_starts(body, RD_STR("bad")) ? 400 : 0;
}

static const char *const types[] = { "text/mood", NULL };

static const struct rd_sip_package package = {
	.name = "mood",
	.types = types,
	.publish_types = types,
	.published = check_mood,
	.print = print_mood,
};

/* Nothing can be published for this one. */
static const struct rd_sip_package silent = { .name = "silent", .types = types,
					      .print = print_mood };

static int print_mood(struct rd_sip_watch *watch, const struct rd_sip_notice *notice,
		      struct rd_buf *body)
{
	struct rd_sip_publication publication;
	size_t pos = 0;

	(void)notice;
	while (sip_publication_next(sip_package_find(RD_STR("mood")), watch->resource, &pos,
				    &publication))
		rd_buf_add(body, publication.body.p, publication.body.n);
	rd_buf_adds(body, ".");
	return 0;
}

static int open_office(void **state)
{
	(void)state;
	office_open(conf);
	assert_int_equal(sip_package_add(&package), 0);
	return sip_package_add(&silent);
}

static int close_office(void **state)
{
	(void)state;
	sip_package_remove(&silent);
	sip_package_remove(&package);
	return office_close();
}

static unsigned serial;
static const char *answer; /* to the latest PUBLISH */

/* From the phone that needs no password. The answer's etag, "" without. */
static const char *publish(const char *event, const char *resource, const char *more,
			   const char *body, const char *expected)
{
	static char text[24000];

	serial++;
	snprintf(text, sizeof(text),
		 "PUBLISH sip:%s@127.0.0.1 SIP/2.0\n"
		 "Via: SIP/2.0/UDP 127.0.0.9:5060;branch=z9hG4bKp%u\nMax-Forwards: 70\n"
		 "From: <sip:gate@127.0.0.1>;tag=p\nTo: <sip:%s@127.0.0.1>\nCall-ID: p%u\n"
		 "CSeq: 1 PUBLISH\nEvent: %s\n%s%s\n%s",
		 resource, serial, resource, serial, event, more,
		 *body && !strstr(more, "Content-Type") ? "Content-Type: text/mood\n" : "", body);
	line_feed_from("127.0.0.9", 5060, text);
	answer = line_expect(expected);
	return line_header(answer, "SIP-ETag");
}

static const char *matching(const char *etag, const char *expires)
{
	static char text[128];

	snprintf(text, sizeof(text), "SIP-If-Match: %s\nExpires: %s\n", etag, expires);
	return text;
}

static struct watcher w;

static void expect_mood(const char *mood)
{
	rd__sched_run_for(1);
	assert_string_equal(watcher_notified(&w, "active"), mood);
	watcher_answer(&w, "200 OK");
}

static void a_document_lives_from_its_birth_to_its_removal(void **state)
{
	char first[64], second[64], third[64];

	(void)state;
	assert_string_equal(watcher_start(&w, "sip:gate@127.0.0.1", "mood", 600, ""), ".");
	strcpy(first, publish("mood", "gate", "Expires: 60\n", "happy", "SIP/2.0 200"));
	assert_true(*first);
	expect_mood("happy.");
	/* changed */
	strcpy(second, publish("mood", "gate", matching(first, "60"), "tired", "SIP/2.0 200"));
	assert_string_not_equal(first, second);
	expect_mood("tired.");
	/* given more time: nobody is told */
	strcpy(third, publish("mood", "gate", matching(second, "60"), "", "SIP/2.0 200"));
	assert_true(*third);
	assert_string_not_equal(second, third);
	rd__sched_run_for(1);
	line_expect_nothing();
	publish("mood", "gate", matching(second, "60"), "", "SIP/2.0 412");
	/* removed */
	publish("mood", "gate", matching(third, "0"), "", "SIP/2.0 200");
	expect_mood(".");
}

static void a_tag_that_is_not_known_is_412(void **state)
{
	char etag[64];

	(void)state;
	publish("mood", "gate", matching("nobody", "60"), "", "SIP/2.0 412");
	strcpy(etag, publish("mood", "gate", "", "x", "SIP/2.0 200"));
	publish("mood", "gate", matching(etag, "60"), "y", "SIP/2.0 200");
	publish("mood", "gate", matching(etag, "60"), "z", "SIP/2.0 412");
}

static void it_is_gone_when_its_time_is_over(void **state)
{
	char etag[64];

	(void)state;
	watcher_start(&w, "sip:gate@127.0.0.1", "mood", 600, "");
	strcpy(etag, publish("mood", "gate", "Expires: 60\n", "x", "SIP/2.0 200"));
	expect_mood("x.");
	rd__sched_run_for(59000);
	line_expect_nothing();
	rd__sched_run_for(1200);
	assert_string_equal(watcher_notified(&w, "active"), ".");
	watcher_answer(&w, "200 OK");
	publish("mood", "gate", matching(etag, "60"), "", "SIP/2.0 412");
	publish("mood", "gate", "Expires: 59\n", "x", "SIP/2.0 423");
	assert_string_equal(line_header(answer, "Min-Expires"), "60");
	publish("mood", "gate", "Expires: 999999\n", "x", "SIP/2.0 200");
	assert_string_equal(line_header(answer, "Expires"), "600");
}

static void several_devices_publish_side_by_side(void **state)
{
	(void)state;
	publish("mood", "gate", "", "a", "SIP/2.0 200");
	publish("mood", "gate", "", "b", "SIP/2.0 200");
	assert_string_equal(watcher_start(&w, "sip:gate@127.0.0.1", "mood", 600, ""), "ab.");
	for (int i = 2; i < 10; i++)
		publish("mood", "gate", "", "c", "SIP/2.0 200");
	publish("mood", "gate", "", "d", "SIP/2.0 403");
}

static void what_cannot_be_published_is_refused(void **state)
{
	static char large[20000];

	(void)state;
	publish("tides", "gate", "", "x", "SIP/2.0 489");
	publish("silent", "gate", "", "x", "SIP/2.0 489");
	publish("mood", "1001", "", "x", "SIP/2.0 403"); /* somebody else */
	publish("mood", "gate", "", "", "SIP/2.0 400");
	publish("mood", "gate", "", "bad", "SIP/2.0 400");
	publish("mood", "gate", "SIP-If-Match: a\nSIP-If-Match: b\n", "x", "SIP/2.0 400");
	publish("mood", "gate", "Content-Type: text/plain\n", "x", "SIP/2.0 415");
	assert_string_equal(line_header(answer, "Accept"), "text/mood");
	memset(large, 'x', 16385);
	publish("mood", "gate", "", large, "SIP/2.0 413");
	assert_string_equal(watcher_start(&w, "sip:gate@127.0.0.1", "mood", 600, ""), ".");
}

static void strangers_are_asked_for_their_password(void **state)
{
	(void)state;
	line_feed("PUBLISH sip:1001@127.0.0.1 SIP/2.0\n"
		  "Via: SIP/2.0/UDP 127.0.0.2:5060;branch=z9hG4bKq\n"
		  "From: <sip:1001@127.0.0.1>;tag=p\nTo: <sip:1001@127.0.0.1>\nCall-ID: q\n"
		  "CSeq: 1 PUBLISH\nEvent: mood\nContent-Type: text/mood\n\nx");
	line_expect("SIP/2.0 401");
}

static void publish_mood(void)
{
	static unsigned times;
	char text[1024];

	snprintf(text, sizeof(text),
		 "PUBLISH sip:gate@127.0.0.1 SIP/2.0\n"
		 "Via: SIP/2.0/UDP 127.0.0.9:5060;branch=z9hG4bKneed%u\nMax-Forwards: 70\n"
		 "From: <sip:gate@127.0.0.1>;tag=p\nTo: <sip:gate@127.0.0.1>\n"
		 "Call-ID: need\nCSeq: 1 PUBLISH\nEvent: mood\nContent-Type: text/mood\n\nx",
		 times++);
	line_feed_from("127.0.0.9", 5060, text);
}

static void forget(void)
{
	rd__sched_run_for(700000);
	line_clear();
}

static void memory_may_run_out_anywhere(void **state)
{
	long needed = oom_sweep_steps(publish_mood, forget);

	(void)state;
	line_expect("SIP/2.0 200");
	assert_true(needed >= 4);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_office, close_office)
	const struct CMUnitTest tests[] = {
		TEST(a_document_lives_from_its_birth_to_its_removal),
		TEST(a_tag_that_is_not_known_is_412),
		TEST(it_is_gone_when_its_time_is_over),
		TEST(several_devices_publish_side_by_side),
		TEST(what_cannot_be_published_is_refused),
		TEST(strangers_are_asked_for_their_password),
		TEST(memory_may_run_out_anywhere),
	};

	return RUN_GROUP(tests);
}
