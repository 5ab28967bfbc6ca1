/* Subscriptions that we serve, by the rules of RFC 6665 §4.2, with a package of a
 * few lines. */
#include "tests/unit/test.h"

#include "channels/sip/endpoint/gruu.h"
#include "channels/sip/event/event.h"
#include "core/sched/sched.h"
#include "tests/sim/sip_watcher.h"

static const char conf[] = "[global]\nuser_agent = Test\nsub_min_expiry = 60\n"
			   "sub_max_expiry = 600\n"
			   "[phone](!)\ntype = phone\ncontext = office\n"
			   "[gate](phone)\nmatch = 127.0.0.9\nmax_subscriptions = 3\n"
			   "notify_partial = yes\n"
			   "[1001](phone)\nsecret = one\n"
			   "[mute](phone)\nmatch = 127.0.0.8\nallow_subscribe = no\n";

/* ---- the package "weather" ---- */

static struct {
	int temperature, told, opened, closed, asked;
	int answer; /* of open() */
	struct rd_sip_watch *watch;
} weather;

static int open_weather(struct rd_sip_watch *watch)
{
	weather.asked++;
	if (strcmp(watch->resource, "nowhere") == 0)
		return 404;
	if (weather.answer == 0 || weather.answer == RD_SIP_PENDING) {
		weather.opened++;
		weather.watch = watch;
	}
	return weather.answer;
}

static void close_weather(struct rd_sip_watch *watch)
{
	weather.closed++;
	if (weather.watch == watch)
		weather.watch = NULL;
}

static int print_weather(struct rd_sip_watch *watch, const struct rd_sip_notice *notice,
			 struct rd_buf *body)
{
	if (strcmp(watch->resource, "mars") == 0)
		return -ENODATA;
	if (weather.temperature == weather.told && !notice->must)
		return -EALREADY;
	weather.told = weather.temperature;
	rd_buf_printf(body, "%s %d %s %u\n", watch->resource, weather.temperature,
		      notice->full ? "full" : "part", notice->version);
	return 0;
}

static const char *const types[] = { "text/weather", "application/weather+xml", NULL };

static const struct rd_sip_package package = {
	.name = "weather",
	.types = types,
	.expires_s = 300,
	.open = open_weather,
	.close = close_weather,
	.print = print_weather,
};

/* At most one NOTIFY in five seconds. */
static const struct rd_sip_package slow = {
	.name = "slow",
	.types = types,
	.gap_ms = 5000,
	.open = open_weather,
	.close = close_weather,
	.print = print_weather,
};

static int open_office(void **state)
{
	(void)state;
	memset(&weather, 0, sizeof(weather));
	office_open(conf);
	assert_int_equal(sip_package_add(&package), 0);
	return sip_package_add(&slow);
}

static int close_office(void **state)
{
	(void)state;
	/* Whatever a test left must be over by itself. */
	rd__sched_run_for(700000);
	line_clear();
	assert_int_equal(sip_events.watch_count, 0);
	assert_int_equal(sip_dialogs_count(sip.dialogs), 0);
	assert_int_equal(weather.opened, weather.closed);
	sip_package_remove(&slow);
	sip_package_remove(&package);
	return office_close();
}

static struct watcher w;

static void changed(int temperature)
{
	weather.temperature = temperature;
	sip_watch_changed(sip_watch_of(weather.watch), false);
	rd__sched_run_for(1);
}

#define ROME "sip:rome@127.0.0.1"
#define GATE "[gate]\ntype = phone\nmatch = 127.0.0.9\n"

static void an_answer_is_followed_by_the_state(void **state)
{
	const char *ok;

	(void)state;
	weather.temperature = 7;
	watcher_subscribe(&w, ROME, "weather", 120, "");
	ok = watcher_expect(&w, "SIP/2.0 200");
	assert_string_equal(line_header(ok, "Expires"), "120");
	assert_string_equal(line_header(ok, "Contact"), "<sip:127.0.0.1:5060>");
	assert_string_equal(watcher_notified(&w, "active;expires=120"), "rome 7 full 0\n");
	assert_string_equal(line_header(w.notify, "Content-Type"), "text/weather");
	assert_string_equal(line_header(w.notify, "Contact"), "<sip:127.0.0.1:5060>");
	watcher_answer(&w, "200 OK");
	line_expect_nothing();
	changed(8);
	assert_string_equal(watcher_notified(&w, "active;expires="), "rome 8 part 1\n");
	watcher_answer(&w, "200 OK");
}

/* A temporary GRUU stands for its phone (RFC 5627 §6.1), and hides its name. */
static void who_is_hidden_is_watched_too(void **state)
{
	char answer[1024], uri[128];
	struct sip_aor *aor = sip_location_get(sip.location, RD_STR("rome"));
	struct sip_out out;

	(void)state;
	office_bind("rome", "127.0.0.2", 5060,
		    &(struct sip_contact_params){ .uri = RD_STR("sip:rome@127.0.0.2"),
						  .instance = RD_STR("<urn:uuid:1>") });
	sip_out_init(&out, answer, sizeof(answer));
	sip_print_gruus(&out, sip_aor_first(aor), RD_STR("sip:rome@127.0.0.1"));
	answer[out.n] = '\0';
	snprintf(uri, sizeof(uri), "%s", line_part(answer, "temp-gruu=\"", "\""));
	weather.temperature = 7;
	assert_string_equal(watcher_start(&w, uri, "weather", 120, ""), "rome 7 full 0\n");
}

/* gate watches by a connection, loses it, and has registered by another one since. */
static void the_connection_is_lost_of(struct sip_transport *transport)
{
	struct sip_aor *aor = sip_location_get(sip.location, RD_STR("gate"));
	struct sip_flow flow;
	const struct sip_contact_params params = { .uri = RD_STR("sip:gate@127.0.0.9:5060"),
						   .call_id = RD_STR("r"),
						   .expires_s = 600,
						   .flow = &flow };
	union sip_sockaddr at;

	line_connect(1);
	watcher_start(&w, ROME, "weather", 120, "");
	sip_watch_of(weather.watch)->dialog->flow.transport = transport;
	line_connect(2);
	assert_int_equal(sip_sockaddr_parse(&at, RD_STR("127.0.0.9"), 7001), 0);
	assert_int_equal(
		sip_flow_open(&flow, sip_transports_next(sip.transports, NULL), &at), 0);
	assert_int_equal(sip_aor_bind(aor, NULL, &params), 0);
	changed(9);
}

static void a_watch_goes_on_by_what_its_phone_registered_by_since(void **state)
{
	(void)state;
	the_connection_is_lost_of(sip_transports_next(sip.transports, NULL));
	watcher_notified(&w, "active;expires=");
	assert_string_equal(line_peer(), "127.0.0.9:7001");
	watcher_answer(&w, "200 OK");
	line_connect(0);
}

static void what_was_watched_over_tls_is_not_told_in_clear(void **state)
{
	static struct sip_transport tls;

	(void)state;
	tls = *sip_transports_next(sip.transports, NULL);
	tls.secure = true;
	the_connection_is_lost_of(&tls);
	watcher_notified(&w, "active;expires=");
	assert_string_equal(line_peer(), "127.0.0.9:5060"); /* a new connection, as before */
	watcher_answer(&w, "200 OK");
	rd__sched_run_for(200000);
	line_connect(0);
}

static void all_is_told_to_those_who_want_it(void **state)
{
	(void)state;
	assert_int_equal(office_reload(GATE), 0);
	watcher_start(&w, ROME, "weather", 120, "");
	changed(8);
	assert_string_equal(watcher_notified(&w, "active"), "rome 8 full 1\n");
	watcher_answer(&w, "200 OK");
}

static void what_has_not_changed_is_not_told(void **state)
{
	(void)state;
	watcher_start(&w, ROME, "weather", 120, "");
	changed(5);
	watcher_notified(&w, "active");
	changed(6);
	changed(5);
	watcher_answer(&w, "200 OK");
	rd__sched_run_for(10);
	line_expect_nothing();
	/* But it is to whoever asks. */
	watcher_refresh(&w, 120);
	watcher_expect(&w, "SIP/2.0 200");
	assert_string_equal(watcher_notified(&w, "active"), "rome 5 full 2\n");
	watcher_answer(&w, "200 OK");
}

static void a_change_is_told_once_until_it_is_answered(void **state)
{
	(void)state;
	watcher_start(&w, ROME, "weather", 120, "");
	changed(1);
	watcher_notified(&w, "active");
	for (int i = 2; i < 50; i++)
		changed(i);
	line_expect_nothing();
	watcher_answer(&w, "200 OK");
	rd__sched_run_for(1);
	assert_string_equal(watcher_notified(&w, "active"), "rome 49 part 2\n");
	watcher_answer(&w, "200 OK");
	rd__sched_run_for(1000);
	line_expect_nothing();
}

static void a_package_may_ask_for_time_between(void **state)
{
	(void)state;
	watcher_start(&w, ROME, "slow", 120, "");
	changed(1);
	rd__sched_run_for(4000);
	changed(2);
	line_expect_nothing();
	rd__sched_run_for(1000);
	assert_string_equal(watcher_notified(&w, "active"), "rome 2 part 1\n");
	watcher_answer(&w, "200 OK");
	/* More time is answered at once. */
	watcher_refresh(&w, 120);
	watcher_expect(&w, "SIP/2.0 200");
	watcher_notified(&w, "active;expires=120");
	watcher_answer(&w, "200 OK");
}

static void it_ends_when_its_time_is_over(void **state)
{
	(void)state;
	watcher_start(&w, ROME, "weather", 60, "");
	rd__sched_run_for(59000);
	line_expect_nothing();
	rd__sched_run_for(1100);
	watcher_notified(&w, "terminated;reason=timeout");
	watcher_answer(&w, "200 OK");
	assert_int_equal(sip_events.watch_count, 0);
	watcher_refresh(&w, 60);
	watcher_expect(&w, "SIP/2.0 481");
}

static void more_time_is_given_in_its_dialog(void **state)
{
	(void)state;
	watcher_start(&w, ROME, "weather", 60, "");
	rd__sched_run_for(50000);
	watcher_refresh(&w, 100);
	assert_string_equal(line_header(watcher_expect(&w, "SIP/2.0 200"), "Expires"), "100");
	assert_string_equal(watcher_notified(&w, "active;expires=100"), "rome 0 full 1\n");
	watcher_answer(&w, "200 OK");
	rd__sched_run_for(90000);
	line_expect_nothing();
	rd__sched_run_for(12000);
	watcher_notified(&w, "terminated;reason=timeout");
	watcher_answer(&w, "200 OK");
}

static void it_ends_on_request(void **state)
{
	(void)state;
	watcher_start(&w, ROME, "weather", 60, "");
	watcher_refresh(&w, 0);
	assert_string_equal(line_header(watcher_expect(&w, "SIP/2.0 200"), "Expires"), "0");
	assert_string_equal(watcher_notified(&w, "terminated;reason=timeout"),
			    "rome 0 full 1\n");
	watcher_answer(&w, "200 OK");
	assert_int_equal(weather.closed, 1);
}

static void the_state_may_be_fetched_once(void **state)
{
	(void)state;
	watcher_subscribe(&w, ROME, "weather", 0, "");
	watcher_expect(&w, "SIP/2.0 200");
	assert_string_equal(watcher_notified(&w, "terminated;reason=timeout"),
			    "rome 0 full 0\n");
	watcher_answer(&w, "200 OK");
	assert_int_equal(sip_events.watch_count, 0);
}

static void time_is_within_limits(void **state)
{
	(void)state;
	watcher_subscribe(&w, ROME, "weather", 59, "");
	assert_string_equal(line_header(watcher_expect(&w, "SIP/2.0 423"), "Min-Expires"),
			    "60");
	watcher_subscribe(&w, ROME, "weather", 7200, "");
	assert_string_equal(line_header(watcher_expect(&w, "SIP/2.0 200"), "Expires"), "600");
	watcher_notified(&w, "active;expires=600");
	watcher_answer(&w, "200 OK");
	/* In the dialog too, and it stays as it was. */
	watcher_refresh(&w, 59);
	watcher_expect(&w, "SIP/2.0 423");
	line_expect_nothing();
	/* The package says how long when nobody else does. */
	watcher_subscribe(&w, ROME, "weather", -1, "");
	assert_string_equal(line_header(watcher_expect(&w, "SIP/2.0 200"), "Expires"), "300");
}

/* More than 32 bits is much, and no mistake (RFC 3261 §20.19). */
static void for_ever_is_as_long_as_it_goes(void **state)
{
	(void)state;
	watcher_subscribe(&w, ROME, "weather", -1, "Expires: 99999999999\n");
	assert_string_equal(line_header(watcher_expect(&w, "SIP/2.0 200"), "Expires"), "600");
	watcher_notified(&w, "active;expires=600");
	watcher_answer(&w, "200 OK");
	watcher_subscribe(&w, ROME, "weather", -1, "Expires: soon\n");
	watcher_expect(&w, "SIP/2.0 400");
}

/* Whoever asks for an hour is not told that it is too short (RFC 6665 §4.2.1.1). */
static void an_hour_is_never_too_short(void **state)
{
	(void)state;
	assert_int_equal(office_reload("[global]\nsub_min_expiry = 3601\n" GATE), -EINVAL);
	assert_int_equal(office_reload("[global]\nsub_min_expiry = 3600\n" GATE), 0);
	watcher_subscribe(&w, ROME, "weather", 3599, "");
	assert_string_equal(line_header(watcher_expect(&w, "SIP/2.0 423"), "Min-Expires"), "3600");
	watcher_start(&w, ROME, "weather", 3600, "");
	watcher_refresh(&w, 0);
	watcher_expect(&w, "SIP/2.0 200");
	watcher_notified(&w, "terminated");
	watcher_answer(&w, "200 OK");
}

static void what_nobody_knows_is_refused(void **state)
{
	const char *bad;

	(void)state;
	watcher_subscribe(&w, ROME, "tides", 60, "");
	bad = watcher_expect(&w, "SIP/2.0 489");
	assert_string_equal(line_header(bad, "Allow-Events"), "weather, slow");
	/* Known, and none to ask for: a REFER makes it. */
	watcher_subscribe(&w, ROME, "refer", 60, "");
	watcher_expect(&w, "SIP/2.0 403");
	watcher_subscribe(&w, ROME, "we(ather", 60, "");
	watcher_expect(&w, "SIP/2.0 400");
	watcher_subscribe(&w, ROME, "weather", 60, "Record-Route: <sip:p1.test;lr>, rubbish\n");
	watcher_expect(&w, "SIP/2.0 400");
	watcher_subscribe(&w, "sip:nowhere@127.0.0.1", "weather", 60, "");
	watcher_expect(&w, "SIP/2.0 404");
	watcher_subscribe(&w, ROME, "weather", 60, "Accept: text/plain\n");
	watcher_expect(&w, "SIP/2.0 406");
	assert_int_equal(sip_events.watch_count, 0);
	assert_int_equal(sip_dialogs_count(sip.dialogs), 0);
}

static void the_subscriber_picks_the_type(void **state)
{
	(void)state;
	watcher_start(&w, ROME, "weather", 60,
		      "Accept: text/plain, application/weather+xml;q=0.5\n");
	assert_string_equal(line_header(w.notify, "Content-Type"), "application/weather+xml");
	watcher_start(&w, ROME, "weather", 60, "Accept: application/*\n");
	assert_string_equal(line_header(w.notify, "Content-Type"), "application/weather+xml");
	watcher_start(&w, ROME, "weather", 60, "Accept: */*\n");
	assert_string_equal(line_header(w.notify, "Content-Type"), "text/weather");
}

static void strangers_are_asked_for_their_password(void **state)
{
	char subscribe[1024];

	(void)state;
	snprintf(subscribe, sizeof(subscribe),
		 "SUBSCRIBE %s SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.2:5060;branch=z9hG4bKs\n"
		 "From: <sip:1001@127.0.0.1>;tag=f\nTo: <%s>\nCall-ID: s\nCSeq: 1 SUBSCRIBE\n"
		 "Contact: <sip:1001@127.0.0.2>\nEvent: weather\n\n", ROME, ROME);
	line_feed_from("127.0.0.2", 5060, subscribe);
	line_expect("SIP/2.0 401");
	line_expect_nothing();
	line_feed_from("127.0.0.8", 5060,
		       "SUBSCRIBE sip:rome@127.0.0.1 SIP/2.0\n"
		       "Via: SIP/2.0/UDP 127.0.0.8:5060;branch=z9hG4bKt\n"
		       "From: <sip:mute@127.0.0.1>;tag=f\nTo: <sip:rome@127.0.0.1>\n"
		       "Call-ID: t\nCSeq: 1 SUBSCRIBE\nContact: <sip:mute@127.0.0.8>\n"
		       "Event: weather\n\n");
	line_expect("SIP/2.0 403");
	assert_int_equal(weather.asked, 0);
}

static void who_watches_elsewhere_than_he_calls_says_so(void **state)
{
	(void)state;
	watcher_start(&w, ROME, "weather", 60, "");
	assert_string_equal(weather.watch->context, "office");
	watcher_refresh(&w, 0);
	watcher_expect(&w, "SIP/2.0 200");
	watcher_notified(&w, "terminated");
	watcher_answer(&w, "200 OK");
	rd__sched_run_for(1);
	assert_int_equal(office_reload("[gate]\ntype = phone\nmatch = 127.0.0.9\n"
				       "context = office\nsubscribe_context = lamps\n"),
			 0);
	watcher_start(&w, ROME, "weather", 60, "");
	assert_string_equal(weather.watch->context, "lamps");
}

static void a_phone_has_only_so_many(void **state)
{
	struct watcher more;

	(void)state;
	for (int i = 0; i < 3; i++)
		watcher_start(&w, ROME, "weather", 60, "");
	watcher_subscribe(&more, ROME, "weather", 60, "");
	watcher_expect(&more, "SIP/2.0 403");
	watcher_refresh(&w, 0);
	watcher_expect(&w, "SIP/2.0 200");
	watcher_notified(&w, "terminated");
	watcher_start(&more, ROME, "weather", 60, "");
}

static void a_copy_of_the_request_is_merged(void **state)
{
	(void)state;
	watcher_subscribe(&w, ROME, "weather", 60, "");
	watcher_expect(&w, "SIP/2.0 200");
	watcher_notified(&w, "active");
	/* The same by another way: another branch, the same CSeq. */
	w.their_tag[0] = '\0';
	w.cseq--;
	watcher_refresh(&w, 60);
	line_expect("SIP/2.0 482");
}

/* The transaction is over and forgotten; its dialog is not. */
static void a_late_copy_is_merged_too(void **state)
{
	(void)state;
	watcher_start(&w, ROME, "weather", 600, "");
	rd__sched_run_for(40000);
	line_expect_nothing();
	w.their_tag[0] = '\0';
	w.cseq--;
	watcher_refresh(&w, 600);
	line_expect("SIP/2.0 482");
	assert_int_equal(sip_events.watch_count, 1);
}

static void an_unknown_dialog_ends_it(void **state)
{
	(void)state;
	watcher_start(&w, ROME, "weather", 60, "");
	changed(1);
	watcher_notified(&w, "active");
	watcher_answer(&w, "481 Gone");
	rd__sched_run_for(1);
	assert_int_equal(sip_events.watch_count, 0);
	assert_int_equal(weather.closed, 1);
	line_expect_nothing();
}

static void silence_ends_it(void **state)
{
	(void)state;
	watcher_start(&w, ROME, "weather", 600, "");
	changed(1);
	rd__sched_run_for(33000);
	line_clear();
	assert_int_equal(sip_events.watch_count, 0);
}

static void overload_of_the_phone_does_not(void **state)
{
	(void)state;
	watcher_start(&w, ROME, "weather", 60, "");
	changed(1);
	watcher_notified(&w, "active");
	watcher_answer(&w, "503 Later\nRetry-After: 2");
	changed(2);
	rd__sched_run_for(1900);
	line_expect_nothing();
	rd__sched_run_for(200);
	assert_string_equal(watcher_notified(&w, "active"), "rome 2 full 2\n");
	watcher_answer(&w, "200 OK");
	assert_int_equal(sip_events.watch_count, 1);
}

static void an_end_waits_for_the_answer_before_it(void **state)
{
	(void)state;
	watcher_start(&w, ROME, "weather", 60, "");
	changed(1);
	watcher_notified(&w, "active");
	sip_watch_end(sip_watch_of(weather.watch), RD_SIP_END_GIVEUP, 17);
	line_expect_nothing();
	watcher_answer(&w, "200 OK");
	assert_string_equal(watcher_notified(&w, "terminated;reason=giveup;retry-after=17"),
			    "rome 1 full 2\n");
	watcher_answer(&w, "200 OK");
	line_expect_nothing();
}

static void every_reason_has_its_word(void **state)
{
	static const struct {
		enum rd_sip_end why;
		const char *state;
	} rows[] = {
		{ RD_SIP_END_DEACTIVATED, "terminated;reason=deactivated" },
		{ RD_SIP_END_PROBATION, "terminated;reason=probation" },
		{ RD_SIP_END_REJECTED, "terminated;reason=rejected" },
		{ RD_SIP_END_NORESOURCE, "terminated;reason=noresource" },
		{ RD_SIP_END_INVARIANT, "terminated;reason=invariant" },
	};

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(rows); i++) {
		watcher_start(&w, ROME, "weather", 60, "");
		sip_watch_end(sip_watch_of(weather.watch), rows[i].why, 0);
		watcher_notified(&w, rows[i].state);
		assert_string_equal(line_header(w.notify, "Subscription-State"), rows[i].state);
		watcher_answer(&w, "200 OK");
	}
}

static void one_that_is_not_granted_yet_learns_nothing(void **state)
{
	(void)state;
	weather.answer = RD_SIP_PENDING;
	watcher_subscribe(&w, ROME, "weather", 60, "");
	watcher_expect(&w, "SIP/2.0 200");
	assert_string_equal(watcher_notified(&w, "pending;expires=60"), "");
	watcher_answer(&w, "200 OK");
	sip_watch_activate(sip_watch_of(weather.watch));
	rd__sched_run_for(1);
	assert_string_equal(watcher_notified(&w, "active"), "rome 0 full 0\n");
	watcher_answer(&w, "200 OK");
}

static void a_state_without_words_has_no_body(void **state)
{
	(void)state;
	assert_string_equal(watcher_start(&w, "sip:mars@127.0.0.1", "weather", 60, ""), "");
	assert_string_equal(line_header(w.notify, "Content-Type"), "");
}

static void the_id_of_an_event_comes_back(void **state)
{
	(void)state;
	watcher_start(&w, ROME, "weather;id=42", 60, "");
	watcher_refresh(&w, 60);
	watcher_expect(&w, "SIP/2.0 200");
	watcher_notified(&w, "active");
	watcher_answer(&w, "200 OK");
	/* Another id is another subscription, which this dialog cannot hold. */
	snprintf(w.event, sizeof(w.event), "weather;id=43");
	watcher_refresh(&w, 60);
	watcher_expect(&w, "SIP/2.0 403");
}

static void a_module_that_goes_says_goodbye(void **state)
{
	(void)state;
	watcher_start(&w, ROME, "weather", 60, "");
	sip_package_remove(&package);
	watcher_notified(&w, "terminated;reason=probation;retry-after=30");
	watcher_answer(&w, "200 OK");
	watcher_subscribe(&w, ROME, "weather", 60, "");
	watcher_expect(&w, "SIP/2.0 489");
	assert_int_equal(sip_package_add(&package), 0);
}

static void a_phone_that_is_taken_away_is_rejected(void **state)
{
	(void)state;
	watcher_start(&w, ROME, "weather", 60, "");
	assert_int_equal(office_reload("[1001]\ntype = phone\nsecret = one\n"), 0);
	watcher_notified(&w, "terminated;reason=rejected");
	watcher_answer(&w, "200 OK");
}

/* ---- in the dialog of something else ---- */

static const char *const sipfrag[] = { "message/sipfrag;version=2.0", NULL };

static const struct rd_sip_package refer = {
	.name = "refer",
	.types = sipfrag,
	.close = close_weather,
	.print = print_weather,
};

static void ignore(void *arg, struct sip_dialog *dialog, struct sip_server *server,
		   const struct sip_msg *msg)
{
	(void)arg, (void)dialog, (void)msg;
	sip_reply(server, 200, (struct rd_str){ 0 });
}

static const struct sip_dialog_user call_user = { .request = ignore };

/* The dialog of a call with the watcher, and a REFER's subscription in it. */
static struct sip_dialog *refer_in_a_call(struct sip_watch **watch)
{
	struct sip_dialog *dialog;

	watcher_start(&w, ROME, "weather", 600, "");
	dialog = sip_watch_of(weather.watch)->dialog;
	sip_dialog_set_user(dialog, &call_user, NULL);
	snprintf(w.event, sizeof(w.event), "refer;id=7");
	assert_int_equal(sip_watch_implicit(watch, dialog, &refer, "7", 60, NULL), 0);
	weather.opened++;
	return dialog;
}

static void a_refer_reports_in_its_dialog(void **state)
{
	struct sip_watch *watch;

	(void)state;
	refer_in_a_call(&watch);
	sip_watch_changed(watch, true);
	rd__sched_run_for(1);
	watcher_notified(&w, "active;expires=60");
	assert_string_equal(line_header(w.notify, "Content-Type"), sipfrag[0]);
	watcher_answer(&w, "200 OK");
	sip_watch_end(watch, RD_SIP_END_NORESOURCE, 0);
	watcher_notified(&w, "terminated;reason=noresource");
	watcher_answer(&w, "200 OK");
	/* The call and its other subscription go on. */
	assert_int_equal(sip_events.watch_count, 1);
	sip_dialog_free(sip_watch_of(weather.watch)->dialog);
}

static void a_dialog_stays_until_its_last_usage_has_gone(void **state)
{
	struct sip_dialog *dialog;
	struct sip_watch *watch;

	(void)state;
	dialog = refer_in_a_call(&watch);
	sip_dialog_free(dialog); /* the call is over */
	sip_watch_free(sip_watch_of(weather.watch));
	assert_int_equal(sip_dialogs_count(sip.dialogs), 1);
	sip_watch_changed(watch, true);
	rd__sched_run_for(1);
	watcher_notified(&w, "active");
	watcher_answer(&w, "200 OK");
	/* It may be refreshed and ended by the far end. */
	watcher_refresh(&w, 60);
	watcher_expect(&w, "SIP/2.0 200");
	watcher_notified(&w, "active");
	watcher_answer(&w, "200 OK");
	watcher_refresh(&w, 0);
	watcher_expect(&w, "SIP/2.0 200");
	watcher_notified(&w, "terminated;reason=timeout");
	watcher_answer(&w, "200 OK");
	assert_int_equal(sip_dialogs_count(sip.dialogs), 0);
	watcher_refresh(&w, 60);
	watcher_expect(&w, "SIP/2.0 481");
}

/* ---- memory ---- */

static void watch_weather(void)
{
	watcher_subscribe(&w, ROME, "weather", 60, "");
}

static void forget(void)
{
	rd__sched_run_for(100000);
	line_clear();
	assert_int_equal(sip_events.watch_count, 0);
	assert_int_equal(weather.opened, weather.closed);
}

static void memory_may_run_out_anywhere(void **state)
{
	long needed = oom_sweep_steps(watch_weather, forget);

	(void)state;
	watcher_expect(&w, "SIP/2.0 200");
	watcher_notified(&w, "active");
	watcher_answer(&w, "200 OK");
	assert_true(needed >= 5);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_office, close_office)
	const struct CMUnitTest tests[] = {
		TEST(an_answer_is_followed_by_the_state),
		TEST(a_watch_goes_on_by_what_its_phone_registered_by_since),
		TEST(what_was_watched_over_tls_is_not_told_in_clear),
		TEST(all_is_told_to_those_who_want_it),
		TEST(what_has_not_changed_is_not_told),
		TEST(a_change_is_told_once_until_it_is_answered),
		TEST(who_is_hidden_is_watched_too),
		TEST(a_package_may_ask_for_time_between),
		TEST(it_ends_when_its_time_is_over),
		TEST(more_time_is_given_in_its_dialog),
		TEST(it_ends_on_request),
		TEST(the_state_may_be_fetched_once),
		TEST(time_is_within_limits),
		TEST(for_ever_is_as_long_as_it_goes),
		TEST(an_hour_is_never_too_short),
		TEST(what_nobody_knows_is_refused),
		TEST(the_subscriber_picks_the_type),
		TEST(strangers_are_asked_for_their_password),
		TEST(a_phone_has_only_so_many),
		TEST(who_watches_elsewhere_than_he_calls_says_so),
		TEST(a_copy_of_the_request_is_merged),
		TEST(a_late_copy_is_merged_too),
		TEST(an_unknown_dialog_ends_it),
		TEST(silence_ends_it),
		TEST(overload_of_the_phone_does_not),
		TEST(an_end_waits_for_the_answer_before_it),
		TEST(every_reason_has_its_word),
		TEST(one_that_is_not_granted_yet_learns_nothing),
		TEST(a_state_without_words_has_no_body),
		TEST(the_id_of_an_event_comes_back),
		TEST(a_module_that_goes_says_goodbye),
		TEST(a_phone_that_is_taken_away_is_rejected),
		TEST(a_refer_reports_in_its_dialog),
		TEST(a_dialog_stays_until_its_last_usage_has_gone),
		TEST(memory_may_run_out_anywhere),
	};

	return RUN_GROUP(tests);
}
