/* Subscriptions that outlive the daemon: kept in the store, as they were. */
#include "tests/unit/test.h"

#include <net/if.h>

#include "channels/sip/event/event.h"
#include "core/sched/admission.h"
#include "core/sched/sched.h"
#include "tests/sim/sip_store.h"
#include "tests/sim/sip_watcher.h"

static const char conf[] = "[gate]\ntype = phone\nmatch = 127.0.0.9\ncontext = office\n";
static const char other_conf[] = "[1001]\ntype = phone\nsecret = x\n";

static int print_clock(struct rd_sip_watch *watch, const struct rd_sip_notice *notice,
		       struct rd_buf *body)
{
	rd_buf_printf(body, "%s %s %s %s %u\n", watch->resource, watch->context, watch->id,
		      watch->entity, notice->version);
	return 0;
}

static int opened, refuse;
static bool passing;
static char params[64];

static int open_clock(struct rd_sip_watch *watch)
{
	snprintf(params, sizeof(params), "%s", watch->params);
	watch->passing = passing;
	opened++;
	return refuse;
}

static const char *const types[] = { "text/clock", "text/sundial", NULL };
static const struct rd_sip_package package = { .name = "clock", .types = types,
					       .open = open_clock, .print = print_clock };

static int open_events(void *arg)
{
	(void)arg;
	return sip_watches_open();
}

static void start(const char *sip_conf)
{
	office_open(sip_conf);
	store_open();
	assert_int_equal(store_call(open_events, NULL), 0);
	assert_int_equal(sip_package_add(&package), 0);
	rd__sched_run_for(200); /* less than T1 */
}

/* As the daemon does: the event first, then modules go, then the driver. */
static void stop(void)
{
	rd__sched_run_for(1000);
	sip_events_leave(false);
	sip_package_remove(&package);
	line_expect_nothing();
	sip_events_stop();
	store_close();
	office_close();
}

static int forget(void **state)
{
	(void)state;
	store_forget();
	opened = refuse = 0;
	passing = false;
	return 0;
}

static struct watcher w;

static void subscribe(void)
{
	watcher_start(&w, "sip:12@127.0.0.1", "clock;id=7", 3600, "Accept: text/sundial\n");
}

static void a_restart_is_not_noticed(void **state)
{
	unsigned before;

	(void)state;
	start(conf);
	subscribe();
	before = w.notify_cseq;
	stop();
	start(conf);
	assert_int_equal(opened, 2);
	assert_string_equal(watcher_notified(&w, "active;expires=360"),
			    "12 office 7 sip:12@127.0.0.1 100001\n");
	assert_string_equal(line_header(w.notify, "Content-Type"), "text/sundial");
	assert_true(w.notify_cseq > before);
	watcher_answer(&w, "200 OK");
	/* It goes on in its dialog. */
	watcher_refresh(&w, 100);
	watcher_expect(&w, "SIP/2.0 200");
	watcher_notified(&w, "active;expires=100");
	watcher_answer(&w, "200 OK");
	/* And a second time, with the time that it has now. */
	stop();
	start(conf);
	watcher_notified(&w, "active;expires=10");
	watcher_answer(&w, "200 OK");
	stop();
}

static const char *asks_early(const char *method, const char *more)
{
	static unsigned serial;
	char text[1024];

	serial++;
	snprintf(text, sizeof(text),
		 "%s sip:gate@127.0.0.1 SIP/2.0\n"
		 "Via: SIP/2.0/UDP 127.0.0.9:5060;branch=z9hG4bKearly%u\nMax-Forwards: 70\n"
		 "From: <sip:gate@127.0.0.1>;tag=e\nTo: <sip:gate@127.0.0.1>\n"
		 "Call-ID: early%u\nCSeq: 1 %s\nContact: <sip:gate@127.0.0.9:5060>\n%s\n",
		 method, serial, serial, method, more);
	line_feed_from("127.0.0.9", 5060, text);
	return line_header(line_expect("SIP/2.0 500"), "Retry-After");
}

/* Phones ask as soon as anybody listens; who has their package is loaded later. */
static void who_asks_before_all_is_there_is_to_ask_again(void **state)
{
	(void)state;
	start(conf);
	subscribe();
	stop();
	office_open(conf);
	rd__admission_close(true);
	store_open();
	watcher_refresh(&w, 100);
	assert_string_equal(line_header(watcher_expect(&w, "SIP/2.0 500"), "Retry-After"), "1");
	assert_string_equal(asks_early("SUBSCRIBE", "Event: clock\n"), "1");
	assert_string_equal(asks_early("PUBLISH", "Event: clock\nSIP-If-Match: x\n"), "1");
	assert_string_equal(asks_early("MESSAGE", "Content-Length: 0\n"), "1");
	assert_int_equal(store_call(open_events, NULL), 0);
	assert_int_equal(sip_package_add(&package), 0);
	rd__sched_run_for(200);
	watcher_notified(&w, "active");
	watcher_answer(&w, "200 OK");
	rd__admission_close(false);
	watcher_refresh(&w, 100);
	watcher_expect(&w, "SIP/2.0 200");
	watcher_notified(&w, "active;expires=100");
	watcher_answer(&w, "200 OK");
	/* As it stops nothing of that is refused. */
	rd__admission_close(true);
	watcher_refresh(&w, 90);
	watcher_expect(&w, "SIP/2.0 200");
	watcher_notified(&w, "active;expires=90");
	watcher_answer(&w, "200 OK");
	rd__admission_close(false);
	stop();
}

static void register_gate(const char *more)
{
	char text[1024];

	snprintf(text, sizeof(text),
		 "REGISTER sip:127.0.0.1 SIP/2.0\n"
		 "Via: SIP/2.0/TCP 127.0.0.9:5060;branch=z9hG4bKreg\n"
		 "Max-Forwards: 70\nFrom: <sip:gate@127.0.0.1>;tag=r\nTo: <sip:gate@127.0.0.1>\n"
		 "Call-ID: r\nCSeq: 1 REGISTER\nContact: <%s>\n\n", more);
	line_feed_from("127.0.0.9", 40000, text);
	line_expect("SIP/2.0 200");
}

/* The line under another name, behind one of the same kind at another port. */
static struct sip_transport *rename_line(void)
{
	struct sip_transport *first = sip_transports_find(sip.transports, "line");
	struct sip_transport *line = rd_zalloc(sizeof(*line));

	assert_non_null(line);
	strcpy(line->name, "office");
	line->protocol = first->protocol;
	line->ops = first->ops;
	line->bound = first->bound;
	sip_transports_add_take(sip.transports, line);
	strcpy(first->name, "first");
	sip_sockaddr_set_port(&first->bound, 5062);
	return line;
}

/* A NAT lets in only what comes from where the phone has written to. */
static void a_phone_is_told_from_its_socket_though_that_is_called_otherwise(void **state)
{
	struct sip_transport *line;

	(void)state;
	start(conf);
	subscribe();
	stop();
	office_open(conf);
	line = rename_line();
	assert_ptr_not_equal(sip_transports_next(sip.transports, NULL), line);
	store_open();
	assert_int_equal(store_call(open_events, NULL), 0);
	assert_int_equal(sip_package_add(&package), 0);
	rd__sched_run_for(200);
	watcher_notified(&w, "active;expires=360");
	assert_int_equal(strncmp(line_header(w.notify, "Via"), "SIP/2.0/UDP 127.0.0.1:5060;", 27),
			 0);
	watcher_answer(&w, "200 OK");
	stop();
}

static struct sip_dialog *watched_by(void)
{
	assert_int_equal(sip_events.watch_count, 1);
	return rd_list_entry(sip_events.watches.next, struct sip_watch, in_all)->dialog;
}

/* Without its interface such an address is nowhere. */
static void a_phone_of_a_link_is_told_over_its_interface(void **state)
{
	union sip_sockaddr phone;

	(void)state;
	start(conf);
	subscribe();
	assert_int_equal(sip_sockaddr_parse(&phone, RD_STR("fe80::9"), 5060), 0);
	phone.in6.sin6_scope_id = if_nametoindex("lo");
	watched_by()->flow.peer = phone;
	stop();
	start(conf);
	assert_true(sip_sockaddr_equal(&watched_by()->flow.peer, &phone));
	assert_int_equal(watched_by()->flow.peer.in6.sin6_scope_id, if_nametoindex("lo"));
	watcher_notified(&w, "active");
	watcher_answer(&w, "200 OK");
	stop();
}

/* It went by a connection, which nobody takes until the phone has come back. */
static void a_phone_behind_a_connection_is_told_when_it_is_back(void **state)
{
	(void)state;
	start(conf);
	line_connect(7);
	subscribe();
	stop();
	office_open(conf);
	line_connect(8);
	line_break("127.0.0.9:5060");
	store_open();
	assert_int_equal(store_call(open_events, NULL), 0);
	assert_int_equal(sip_package_add(&package), 0);
	rd__sched_run_for(30000);
	line_expect_nothing();
	assert_int_equal(sip_events.watch_count, 1);
	register_gate("sip:gate@127.0.0.9:5060");
	rd__sched_run_for(40000);
	watcher_notified(&w, "active;expires=35");
	assert_string_equal(line_peer(), "127.0.0.9:40000");
	watcher_answer(&w, "200 OK");
	line_break(NULL);
	stop();
}

static void changes_while_it_is_away(void)
{
	start(conf);
	line_connect(7);
	subscribe();
	line_connect(8);
	line_break("127.0.0.9:5060");
	sip_resource_changed(&package, "12");
}

/* The same without a restart: what changes between two of its connections is told by the next. */
static void what_changes_between_two_connections_is_told(void **state)
{
	(void)state;
	changes_while_it_is_away();
	rd__sched_run_for(500);
	line_expect_nothing();
	assert_int_equal(sip_events.watch_count, 1);
	register_gate("sip:gate@127.0.0.9:5060");
	rd__sched_run_for(1000);
	watcher_notified(&w, "active;expires=360");
	assert_string_equal(line_peer(), "127.0.0.9:40000");
	watcher_answer(&w, "200 OK");
	line_break(NULL);
	stop();
}

/* However long it was away, it is told as soon as it has registered. */
static void who_comes_back_late_is_told_at_once(void **state)
{
	(void)state;
	start(conf);
	line_connect(7);
	subscribe();
	line_connect(8);
	line_break("127.0.0.9:5060");
	sip_resource_changed(&package, "12");
	rd__sched_run_for(140 * 1000); /* the next try is at 255 s */
	line_expect_nothing();
	register_gate("sip:gate@127.0.0.9:5060");
	line_expect_nothing();
	rd__sched_run_for(200);
	watcher_notified(&w, "active;expires=34");
	assert_string_equal(line_peer(), "127.0.0.9:40000");
	watcher_answer(&w, "200 OK");
	line_break(NULL);
	stop();
}

/* Who does not come back is forgotten when the time is over. */
static void who_does_not_come_back_is_forgotten_in_time(void **state)
{
	(void)state;
	changes_while_it_is_away();
	rd__sched_run_for(3590 * 1000);
	assert_int_equal(sip_events.watch_count, 1);
	rd__sched_run_for(60 * 1000);
	line_expect_nothing();
	assert_int_equal(sip_events.watch_count, 0);
	line_break(NULL);
	stop();
}

static void one_that_has_ended_does_not_come_back(void **state)
{
	(void)state;
	start(conf);
	subscribe();
	watcher_refresh(&w, 0);
	watcher_expect(&w, "SIP/2.0 200");
	watcher_notified(&w, "terminated");
	watcher_answer(&w, "200 OK");
	subscribe();
	rd__sched_run_for(1000);
	sip_events_leave(true);
	watcher_notified(&w, "terminated;reason=probation;retry-after=30");
	watcher_answer(&w, "200 OK");
	stop();
	start(conf);
	line_expect_nothing();
	assert_int_equal(sip_events.watch_count, 0);
	stop();
}

static void what_an_event_header_said_is_known_again(void **state)
{
	(void)state;
	start(conf);
	watcher_subscribe(&w, "sip:12@127.0.0.1", "clock;id=7;call-id=\"a;b\"", 3600, "");
	strcpy(w.event, "clock;id=7"); /* its NOTIFYs say no more */
	watcher_expect(&w, "SIP/2.0 200");
	watcher_notified(&w, "active;expires=3600");
	watcher_answer(&w, "200 OK");
	stop();
	*params = '\0';
	start(conf);
	assert_string_equal(params, "id=7;call-id=\"a;b\"");
	watcher_notified(&w, "active;expires=360");
	watcher_answer(&w, "200 OK");
	stop();
}

static void what_ends_with_us_does_not_come_back(void **state)
{
	(void)state;
	start(conf);
	passing = true;
	subscribe();
	stop();
	start(conf);
	line_expect_nothing();
	assert_int_equal(sip_events.watch_count, 0);
	stop();
}

static void what_is_gone_meanwhile_is_told(void **state)
{
	(void)state;
	start(conf);
	subscribe();
	stop();
	refuse = 404;
	start(conf);
	watcher_notified(&w, "terminated;reason=noresource");
	watcher_answer(&w, "200 OK");
	stop();
}

static void a_phone_that_is_gone_meanwhile_is_forgotten(void **state)
{
	(void)state;
	start(conf);
	subscribe();
	stop();
	start(other_conf);
	line_expect_nothing();
	assert_int_equal(sip_dialogs_count(sip.dialogs), 0);
	stop();
}

int main(void)
{
#define TEST(f) cmocka_unit_test_teardown(f, forget)
	const struct CMUnitTest tests[] = {
		TEST(a_restart_is_not_noticed),
		TEST(who_asks_before_all_is_there_is_to_ask_again),
		TEST(a_phone_is_told_from_its_socket_though_that_is_called_otherwise),
		TEST(a_phone_of_a_link_is_told_over_its_interface),
		TEST(a_phone_behind_a_connection_is_told_when_it_is_back),
		TEST(what_changes_between_two_connections_is_told),
		TEST(who_comes_back_late_is_told_at_once),
		TEST(who_does_not_come_back_is_forgotten_in_time),
		TEST(one_that_has_ended_does_not_come_back),
		TEST(what_an_event_header_said_is_known_again),
		TEST(what_ends_with_us_does_not_come_back),
		TEST(what_is_gone_meanwhile_is_told),
		TEST(a_phone_that_is_gone_meanwhile_is_forgotten),
	};

	return RUN_GROUP(tests);
}
