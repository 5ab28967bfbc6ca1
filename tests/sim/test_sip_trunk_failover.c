/* Dial(TRUNK/group/number): which trunk is called, and which one next. */
#include "tests/unit/test.h"

#include <ringdown/cause.h>

#include "core/sched/sched.h"
#include "tests/sim/sip_trunks.h"
#include "tests/unit/conf_dir.h"
#include "tests/unit/console.h"
#include "tests/unit/sip_zone.h"

static struct sip_phone gate, provider;

#define ONE_BY_ONE "trunks = a, b, c\n"

static void gate_talks_to(const char *address)
{
	provider_is_called(&provider, address);
	provider_says(&provider, "200 OK", SDP(""));
	both_hang_up(&gate, &provider);
}

static void the_first_is_called_alone(void **state)
{
	(void)state;
	trunks_group(ONE_BY_ONE);
	gate_dials(&gate, "TRUNK/out/4711");
	gate_talks_to("127.0.0.31");
	assert_null(trunk_state_find("b"));
}

static void a_peer_of_sip_conf_may_be_one_of_them(void **state)
{
	(void)state;
	trunks_group("trunks = peer, a\n");
	gate_dials(&gate, "TRUNK/out/4711");
	provider_is_called(&provider, "127.0.0.34");
	provider_refuses(&provider, "503 Service Unavailable");
	run_for(10);
	gate_talks_to("127.0.0.31");
}

static void a_refusal_of_the_list_leads_on(void **state)
{
	(void)state;
	trunks_group(ONE_BY_ONE);
	gate_dials(&gate, "TRUNK/out/4711");
	provider_is_called(&provider, "127.0.0.31");
	provider_refuses(&provider, "503 Service Unavailable");
	run_for(10);
	provider_is_called(&provider, "127.0.0.32");
	provider_refuses(&provider, "500 Oops");
	run_for(10);
	gate_talks_to("127.0.0.33");
	assert_int_equal(trunk_state_find("a")->out.attempts, 1);
	assert_int_equal(trunk_state_find("a")->out.answered, 0);
	assert_int_equal(trunk_state_find("c")->out.answered, 1);
}

static void a_peer_of_sip_conf_is_called_as_a_trunk_is(void **state)
{
	char what[160];

	(void)state;
	gate_dials(&gate, "TRUNK/peer/4711");
	gate_talks_to("127.0.0.34");
	assert_int_equal(trunk_state_find("peer")->out.answered, 1);
	gate_dials(&gate, "TRUNK/peer/4711");
	provider_is_called(&provider, "127.0.0.34");
	provider_refuses(&provider, "503 Service Unavailable");
	gate_is_refused(&gate, "SIP/2.0 503");
	assert_int_equal(rd_device_state("TRUNK/peer"), RD_DEVICE_NOT_INUSE);
	assert_true(trunk_groups.has("peer", "peer"));
	assert_false(trunk_groups.has("peer", "a"));
	assert_null(rd_devices_fault("TRUNK/peer/4711", what, sizeof(what)));
	assert_null(rd_devices_fault("TRUNK/peer&TRUNK/out", what, sizeof(what)));
	assert_string_equal(rd_devices_fault("TRUNK/nobody", what, sizeof(what)),
			    "there is no group, trunk or peer for \"nobody\"");
	assert_string_equal(rd_devices_fault("TRUNK/nobody/4711", what, sizeof(what)),
			    "there is no group, trunk or peer for \"nobody/4711\"");
	assert_string_equal(rd_devices_fault("TRUNK/peeer/4711", what, sizeof(what)),
			    "there is no group, trunk or peer for \"peeer/4711\"");
	assert_string_equal(rd_devices_fault("TRUNK/otu/4711", what, sizeof(what)),
			    "there is no group, trunk or peer for \"otu/4711\" "
			    "(did you mean out?)");
	/* A phone is none. */
	assert_string_equal(rd_devices_fault("TRUNK/gate/4711", what, sizeof(what)),
			    "there is no group, trunk or peer for \"gate/4711\"");
}

/* It sends the call to places of its own. */
static void a_sends_on(const char *contact)
{
	gate_dials(&gate, "TRUNK/out/4711");
	provider_is_called(&provider, "127.0.0.31");
	line_answer_from(line_peer());
	phone_answer(&provider, "302 Moved", contact, "");
	line_answer_from(NULL);
	line_expect("ACK ");
	run_for(10);
}

static void where_a_trunk_sends_us_is_its_way_and_the_next_trunk_follows(void **state)
{
	(void)state;
	trunks_group(ONE_BY_ONE);
	a_sends_on("Contact: <sip:4711@127.0.0.35>\n");
	provider_is_called(&provider, "127.0.0.35");
	provider_refuses(&provider, "503 Service Unavailable");
	run_for(10);
	gate_talks_to("127.0.0.32");
	a_sends_on("Contact: <sip:4711@127.0.0.36>\n");
	run_for(1600);
	line_clear();
	run_for(10);
	assert_int_equal(trunk_state_find("b")->out.now, 1);
	phone_request(&gate, "CANCEL", "", "");
	run_for(1000);
	line_clear();
	a_sends_on("Contact: <sip:4711@127.0.0.37>\n");
	provider_is_called(&provider, "127.0.0.37");
	provider_refuses(&provider, "486 Busy Here");
	gate_is_refused(&gate, "SIP/2.0 486");
}

static void of_several_places_one_after_the_other_is_tried(void **state)
{
	(void)state;
	trunks_group(ONE_BY_ONE);
	a_sends_on("Contact: <sip:4711@127.0.0.37>;q=0.1\nContact: <sip:4711@127.0.0.35>\n");
	provider_is_called(&provider, "127.0.0.35");
	provider_refuses(&provider, "486 Busy Here");
	run_for(10);
	gate_talks_to("127.0.0.37");
	assert_null(trunk_state_find("b"));
}

/* Both send us to the other, for ever. */
static void places_that_send_in_circles_are_left_for_the_next_trunk(void **state)
{
	(void)state;
	trunks_group(ONE_BY_ONE);
	a_sends_on("Contact: <sip:4711@127.0.0.35>\n");
	for (int i = 0; i < 2; i++) {
		provider_is_called(&provider, i ? "127.0.0.38" : "127.0.0.35");
		line_answer_from(line_peer());
		phone_answer(&provider, "302 Moved",
			     i ? "Contact: <sip:4711@127.0.0.35>\n"
			       : "Contact: <sip:4711@127.0.0.38>\n", "");
		line_answer_from(NULL);
		line_expect("ACK ");
		run_for(10);
	}
	gate_talks_to("127.0.0.32");
}

static void any_other_refusal_is_the_callers(void **state)
{
	static const char *const refusals[][2] = {
		{ "486 Busy Here", "SIP/2.0 486" }, { "404 Not Found", "SIP/2.0 404" },
		{ "603 Decline", "SIP/2.0 603" },   { "403 Forbidden", "SIP/2.0 403" },
	};

	(void)state;
	trunks_group(ONE_BY_ONE);
	for (size_t i = 0; i < RD_ARRAY_SIZE(refusals); i++) {
		gate_dials(&gate, "TRUNK/out/4711");
		provider_is_called(&provider, "127.0.0.31");
		provider_refuses(&provider, refusals[i][0]);
		gate_is_refused(&gate, refusals[i][1]);
	}
}

static void the_group_says_which_refusals_lead_on(void **state)
{
	(void)state;
	trunks_group(ONE_BY_ONE "next_on = 403, 48x\n");
	gate_dials(&gate, "TRUNK/out/4711");
	provider_is_called(&provider, "127.0.0.31");
	provider_refuses(&provider, "403 Forbidden");
	run_for(10);
	provider_is_called(&provider, "127.0.0.32");
	provider_refuses(&provider, "486 Busy Here");
	run_for(10);
	provider_is_called(&provider, "127.0.0.33");
	provider_refuses(&provider, "503 Service Unavailable");
	gate_is_refused(&gate, "SIP/2.0 503");
}

/* Everybody has failed: the last one says why. */
static void when_nobody_is_left_the_last_refusal_is_told(void **state)
{
	(void)state;
	trunks_group("trunks = a, b\n");
	gate_dials(&gate, "TRUNK/out/4711");
	provider_is_called(&provider, "127.0.0.31");
	provider_refuses(&provider, "503 Service Unavailable");
	run_for(10);
	provider_is_called(&provider, "127.0.0.32");
	provider_refuses(&provider, "504 Server Time-out");
	gate_is_refused(&gate, "SIP/2.0 504");
}

static void silence_leads_on_within_two_seconds(void **state)
{
	uint64_t began = rd_now_ms();

	(void)state;
	trunks_group(ONE_BY_ONE);
	gate_dials(&gate, "TRUNK/out/4711");
	provider_is_called(&provider, "127.0.0.31");
	while (strncmp(line_peek(), "INVITE sip:4711@127.0.0.32", 26) != 0 &&
	       rd_now_ms() - began < 5000) {
		run_for(10);
		while (*line_peek() && strncmp(line_peek(), "INVITE sip:4711@127.0.0.32", 26) != 0)
			line_take();
	}
	assert_in_range(rd_now_ms() - began, 1400, 1600);
	gate_talks_to("127.0.0.32");
	assert_int_equal(trunk_state_find("a")->out.causes[RD_CAUSE_NO_USER_RESPONSE], 1);
}

/* Names of trunks are looked up in this. */
static void with_zone(const char *zone, const char *conf)
{
	trunks_configure(conf);
	zone_set(zone);
	if (office_reload("[global]\nuser_agent = Test\ndns_hosts = /nonexistent\n"
			  "[gate]\ntype = phone\nmatch = 127.0.0.9\ncontext = office\n"))
		fail_msg("%s", office_report());
	zone_serve(sip.resolver, 20);
	run_for(200);
}

/* And the next call begins with it. */
static void the_next_server_of_a_silent_trunk_comes_before_the_next_trunk(void **state)
{
	(void)state;
	with_zone("a.test 60 A 127.0.0.31\na.test 60 A 127.0.0.35\n",
		  "[a]\nhost = a.test\nnumbers = none\nqualify = 0\n"
		  "[b]\nhost = 127.0.0.32\nnumbers = none\nqualify = 0\n"
		  "[out]\ntype = group\ntrunks = a, b\n");
	gate_dials(&gate, "TRUNK/out/4711");
	run_for(100);
	provider_is_called(&provider, "127.0.0.31");
	run_for(1000);
	line_clear();
	run_for(400);
	gate_talks_to("127.0.0.35");
	gate_dials(&gate, "TRUNK/out/4711");
	gate_talks_to("127.0.0.35");
	assert_null(trunk_state_find("b"));
	gate_dials(&gate, "TRUNK/out/4711");
	provider_is_called(&provider, "127.0.0.35");
	run_for(1600);
	line_clear();
	run_for(500);
	gate_talks_to("127.0.0.32");
	zone_serve(sip.resolver, 0);
}

/* It may only be slow. */
static void the_last_one_may_be_silent_for_longer(void **state)
{
	(void)state;
	gate_dials(&gate, "TRUNK/a/4711");
	provider_is_called(&provider, "127.0.0.31");
	run_for(10000);
	line_clear();
	provider_says(&provider, "200 OK", SDP(""));
	both_hang_up(&gate, &provider);
}

static void a_sign_of_life_is_no_silence(void **state)
{
	(void)state;
	trunks_group(ONE_BY_ONE);
	gate_dials(&gate, "TRUNK/out/4711");
	provider_is_called(&provider, "127.0.0.31");
	provider_says(&provider, "100 Trying", "");
	run_for(11900);
	line_expect_nothing();
	provider_says(&provider, "200 OK", SDP(""));
	both_hang_up(&gate, &provider);
}

/* Of international calls 95 in 100 ring within 11 s (ITU-T E.721). */
static void without_a_word_of_the_group_it_has_12_seconds_to_ring(void **state)
{
	(void)state;
	trunks_group(ONE_BY_ONE);
	gate_dials(&gate, "TRUNK/out/4711");
	provider_is_called(&provider, "127.0.0.31");
	provider_says(&provider, "100 Trying", "");
	run_for(12100);
	line_expect("CANCEL sip:4711@127.0.0.31");
	gate_talks_to("127.0.0.32");
}

static void the_last_one_may_ring_later(void **state)
{
	(void)state;
	gate_dials(&gate, "TRUNK/a/4711");
	provider_is_called(&provider, "127.0.0.31");
	provider_says(&provider, "100 Trying", "");
	run_for(14000);
	line_expect_nothing();
	provider_says(&provider, "200 OK", SDP(""));
	both_hang_up(&gate, &provider);
}

/* It says 503 for a way that leads nowhere: nobody has said that. */
static void what_leads_nowhere_is_no_refusal(void **state)
{
	(void)state;
	trunks_group(ONE_BY_ONE "next_on = 404\n");
	gate_dials(&gate, "TRUNK/out/4711");
	line_unreached("127.0.0.31:5060", line_expect("INVITE sip:4711@127.0.0.31"));
	run_for(10);
	gate_talks_to("127.0.0.32");
	assert_int_equal(trunk_state_find("a")->failures, 1);
}

static void what_does_not_ring_in_time_is_cancelled(void **state)
{
	(void)state;
	trunks_group(ONE_BY_ONE "progress = 4s\n");
	gate_dials(&gate, "TRUNK/out/4711");
	provider_is_called(&provider, "127.0.0.31");
	provider_says(&provider, "100 Trying", "");
	run_for(4100);
	line_expect("CANCEL sip:4711@127.0.0.31");
	gate_talks_to("127.0.0.32");
}

static void a_call_that_has_rung_stays_where_it_is(void **state)
{
	(void)state;
	trunks_group(ONE_BY_ONE "progress = 4s\n");
	gate_dials(&gate, "TRUNK/out/4711");
	provider_is_called(&provider, "127.0.0.31");
	provider_says(&provider, "180 Ringing", "");
	run_for(6000);
	phone_expect(&gate, "SIP/2.0 180");
	line_expect_nothing();
	provider_refuses(&provider, "503 Service Unavailable");
	gate_is_refused(&gate, "SIP/2.0 503");
}

/* The caller has heard why. */
static void a_call_that_was_heard_stays_where_it_is(void **state)
{
	(void)state;
	trunks_group(ONE_BY_ONE);
	gate_dials(&gate, "TRUNK/out/4711");
	provider_is_called(&provider, "127.0.0.31");
	provider_says(&provider, "183 Session Progress", SDP(""));
	run_for(100);
	line_clear();
	provider_refuses(&provider, "503 Service Unavailable");
	gate_is_refused(&gate, "SIP/2.0 503");
}

static void unless_the_group_says_otherwise(void **state)
{
	(void)state;
	trunks_group(ONE_BY_ONE "after_ringing = yes\n");
	gate_dials(&gate, "TRUNK/out/4711");
	provider_is_called(&provider, "127.0.0.31");
	provider_says(&provider, "180 Ringing", "");
	run_for(100);
	line_clear();
	provider_refuses(&provider, "503 Service Unavailable");
	run_for(10);
	gate_talks_to("127.0.0.32");
}

static void a_place_where_nothing_can_be_sent_is_passed(void **state)
{
	(void)state;
	trunks_group(ONE_BY_ONE);
	line_break("127.0.0.31:5060");
	gate_dials(&gate, "TRUNK/out/4711");
	run_for(10);
	gate_talks_to("127.0.0.32");
	line_break(NULL);
}

static int legs_prepared;

/* As a routine of option b does that takes its time, and then wants no call. */
static int prepare_second(struct rd_channel *leg, void *arg)
{
	(void)leg;
	(void)arg;
	if (legs_prepared++ == 0)
		return 0;
	rd_sleep(3000);
	return -EBUSY;
}

static void an_answer_counts_though_the_dial_is_still_at_the_next_one(void **state)
{
	(void)state;
	trunks_group(ONE_BY_ONE);
	legs_prepared = 0;
	seen.before_call = prepare_second;
	gate_dials(&gate, "TRUNK/out/4711&SIP/42@peer");
	provider_is_called(&provider, "127.0.0.31");
	provider_says(&provider, "200 OK", SDP(""));
	run_for(3100);
	assert_null(trunk_state_find("b"));
	both_hang_up(&gate, &provider);
	seen.before_call = NULL;
}

static enum rd_dial_status lost[2];

static void note_lost(size_t at, enum rd_dial_status why, void *arg)
{
	(void)arg;
	assert_in_range(at, 0, 1);
	lost[at] = why;
}

/* Its next trunk would have been called. */
static void who_answers_ends_the_search_for_another(void **state)
{
	struct sip_phone other;

	(void)state;
	trunks_group(ONE_BY_ONE);
	lost[0] = lost[1] = RD_DIAL_INVALIDARGS;
	seen.on_lost = note_lost;
	gate_dials(&gate, "TRUNK/out/4711&SIP/42@peer");
	provider_is_called(&provider, "127.0.0.31");
	provider_is_called(&other, "127.0.0.34");
	provider_says(&other, "200 OK", SDP(""));
	line_clear();
	line_answer_from("127.0.0.31:5060");
	phone_answer(&provider, "503 Service Unavailable", "", "");
	line_answer_from(NULL);
	run_for(10);
	line_clear();
	assert_int_equal(lost[0], RD_DIAL_CANCEL);
	assert_int_equal(lost[1], RD_DIAL_INVALIDARGS);
	assert_null(trunk_state_find("b"));
	phone_request(&gate, "BYE", "", "");
	run_for(100);
	line_clear();
	seen.on_lost = NULL;
}

/* ---- rest ---- */

static void refuse_at(const char *address, const char *status, const char *more)
{
	gate_dials(&gate, "TRUNK/out/4711");
	provider_is_called(&provider, address);
	line_answer_from(line_peer());
	phone_answer(&provider, status, more, "");
	line_answer_from(NULL);
	line_expect("ACK ");
	run_for(10);
}

static void who_asks_for_a_rest_gets_it(void **state)
{
	(void)state;
	trunks_group(ONE_BY_ONE);
	refuse_at("127.0.0.31", "503 Service Unavailable", "Retry-After: 20\n");
	gate_talks_to("127.0.0.32");
	assert_int_equal(trunk_worth("a"), TRUNK_RESTS);
	run_for(19000);
	gate_dials(&gate, "TRUNK/out/4711");
	gate_talks_to("127.0.0.32");
	run_for(2000);
	assert_int_equal(trunk_worth("a"), TRUNK_FIT);
	gate_dials(&gate, "TRUNK/out/4711");
	gate_talks_to("127.0.0.31");
}

static void nobody_rests_for_a_day(void **state)
{
	(void)state;
	trunks_group(ONE_BY_ONE);
	refuse_at("127.0.0.31", "503 Service Unavailable", "Retry-After: 86400\n");
	gate_talks_to("127.0.0.32");
	run_for(601000);
	assert_int_equal(trunk_worth("a"), TRUNK_FIT);
}

/* 503 without Retry-After is about one call. */
static void calls_that_come_to_nothing_one_after_the_other_are_a_rest_too(void **state)
{
	(void)state;
	trunks_group(ONE_BY_ONE);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(trunk_worth("a"), TRUNK_FIT);
		refuse_at("127.0.0.31", "503 Service Unavailable", "");
		gate_talks_to("127.0.0.32");
	}
	assert_int_equal(trunk_worth("a"), TRUNK_RESTS);
	run_for(30100);
	assert_int_equal(trunk_worth("a"), TRUNK_FIT);
}

static void a_call_that_works_makes_up_for_those_before(void **state)
{
	(void)state;
	trunks_group(ONE_BY_ONE);
	for (int i = 0; i < 6; i++) {
		if (i % 3 == 2) {
			gate_dials(&gate, "TRUNK/out/4711");
			provider_is_called(&provider, "127.0.0.31");
			provider_refuses(&provider, "486 Busy Here");
			gate_is_refused(&gate, "SIP/2.0 486");
			continue;
		}
		refuse_at("127.0.0.31", "503 Service Unavailable", "");
		gate_talks_to("127.0.0.32");
	}
	assert_int_equal(trunk_worth("a"), TRUNK_FIT);
}

/* There is no other way out. */
static void when_all_others_fail_who_rests_is_called(void **state)
{
	(void)state;
	trunks_group("trunks = a, b\n");
	refuse_at("127.0.0.31", "503 Service Unavailable", "Retry-After: 60\n");
	gate_talks_to("127.0.0.32");
	trunk_set_drained(trunk_state_of("b"), true);
	gate_dials(&gate, "TRUNK/out/4711");
	gate_talks_to("127.0.0.31");
}

/* a answers no OPTIONS for so long that it is known to be away; b is not asked. */
/* And is not asked again for a minute. */
static void a_is_away(void)
{
	trunks_configure("[a]\nhost = 127.0.0.31\nnumbers = 1\nqualify = 60s\n"
			 "qualify_failures = 1\nqualify_retry = 60s\n"
			 "[b]\nhost = 127.0.0.32\nnumbers = 1\nqualify = 0\n"
			 "[out]\ntype = group\ntrunks = a, b\n");
	for (int ms = 0; ms < 70000 && trunk_worth("a") != TRUNK_SILENT; ms += 100)
		run_for(100);
	assert_int_equal(trunk_worth("a"), TRUNK_SILENT);
	line_clear();
}

static void one_that_answers_no_options_is_the_last_resort(void **state)
{
	(void)state;
	a_is_away();
	gate_dials(&gate, "TRUNK/out/4711");
	provider_is_called(&provider, "127.0.0.32");
	provider_refuses(&provider, "503 Service Unavailable");
	run_for(10);
	gate_talks_to("127.0.0.31");
	trunk_set_drained(trunk_state_of("b"), true);
	assert_int_equal(rd_device_state("TRUNK/out"), RD_DEVICE_UNAVAILABLE);
}

/* It would be as silent. */
static void silence_is_not_left_for_it(void **state)
{
	(void)state;
	a_is_away();
	gate_dials(&gate, "TRUNK/out/4711");
	provider_is_called(&provider, "127.0.0.32");
	run_for(5000);
	line_clear();
	provider_says(&provider, "200 OK", SDP(""));
	both_hang_up(&gate, &provider);
}

/* What a minute to Germany and to Berlin costs there. */
static void write_rates(const char *file, const char *germany, const char *berlin)
{
	char text[64];

	snprintf(text, sizeof(text), "49,%s\n4930,%s\n", germany, berlin);
	conf_dir_write(file, text);
}

#define LEAST_COST                                                                                 \
	"[a]\nhost = 127.0.0.31\nnumbers = 1\nqualify = 0\n"                                       \
	"[b]\nhost = 127.0.0.32\nnumbers = 1\nqualify = 0\nrates = b.csv\ncountry = DE\n"          \
	"[c]\nhost = 127.0.0.33\nnumbers = 1\nqualify = 0\nrates = c.csv\n"                        \
	"[out]\ntype = group\ntrunks = a, b & c\nleast_cost = yes\n"

static void the_cheapest_comes_first(void **state)
{
	uint32_t price;

	(void)state;
	write_rates("b.csv", "0.02", "0.005");
	write_rates("c.csv", "0.01", "0.01");
	trunks_configure(LEAST_COST);
	assert_true(trunk_price("b", "0305551234", &price));
	assert_int_equal(price, 5000);
	assert_true(trunk_price("c", "49305551234", &price));
	assert_int_equal(price, 10000);
	assert_false(trunk_price("c", "112", &price));
	assert_false(trunk_price("b", "0033140205050", &price));
	assert_false(trunk_price("a", "+49305551234", &price));
	assert_false(trunk_price("nobody", "+49305551234", &price));
	assert_int_equal(console(trunk_commands, "sip show rates 0305551234"), 0);
	assert_non_null(strstr(console_text(), "b                         2     0.005000 4930\n"
					       "c                         2            - \n"
					       "2 trunks with prices"));
	gate_dials(&gate, "TRUNK/out/+49305551234");
	gate_talks_to("127.0.0.32");
	gate_dials(&gate, "TRUNK/out/+4989123456");
	gate_talks_to("127.0.0.33");
}

static void of_the_cheapest_the_next_is_the_next(void **state)
{
	(void)state;
	write_rates("b.csv", "0.02", "0.005");
	write_rates("c.csv", "0.01", "0.01");
	trunks_configure(LEAST_COST);
	gate_dials(&gate, "TRUNK/out/+49305551234");
	provider_is_called(&provider, "127.0.0.32");
	provider_refuses(&provider, "503 Service Unavailable");
	run_for(10);
	provider_is_called(&provider, "127.0.0.33");
	provider_refuses(&provider, "503 Service Unavailable");
	run_for(10);
	gate_talks_to("127.0.0.31");
	gate_dials(&gate, "TRUNK/out/+33140205050");
	gate_talks_to("127.0.0.31");
}

static void of_one_price_the_order_and_chance_decide(void **state)
{
	unsigned first = 0;

	(void)state;
	write_rates("b.csv", "0.01", "0.01");
	write_rates("c.csv", "0.01", "0.01");
	trunks_configure(LEAST_COST);
	for (int i = 0; i < 40; i++) {
		gate_dials(&gate, "TRUNK/out/+49305551234");
		phone_called(&provider);
		first += strcmp(line_peer(), "127.0.0.32:5060") == 0;
		provider_refuses(&provider, "486 Busy Here");
		gate_is_refused(&gate, "SIP/2.0 486");
	}
	assert_in_range(first, 1, 39);
	assert_null(trunk_state_find("a"));
}

static void a_drained_one_is_passed(void **state)
{
	(void)state;
	trunks_group(ONE_BY_ONE);
	trunk_set_drained(trunk_state_of("a"), true);
	gate_dials(&gate, "TRUNK/out/4711");
	gate_talks_to("127.0.0.32");
}

static void one_that_is_not_registered_is_passed(void **state)
{
	(void)state;
	trunks_configure("[a]\nhost = 127.0.0.31\nuser = u\nsecret = s\nnumbers = 1\nqualify = 0\n"
			 "[b]\nhost = 127.0.0.32\nnumbers = 1\nqualify = 0\n"
			 "[out]\ntype = group\ntrunks = a, b\n");
	run_for(10);
	line_expect("REGISTER sip:127.0.0.31");
	gate_dials(&gate, "TRUNK/out/4711");
	gate_talks_to("127.0.0.32");
}

static void help_is_called_by_a_drained_one_before_nobody_is(void **state)
{
	(void)state;
	trunks_group("trunks = a, b\n");
	trunk_set_drained(trunk_state_of("a"), true);
	gate_dials(&gate, "TRUNK/out/112");
	gate_talks_to("127.0.0.32");
	trunk_set_drained(trunk_state_of("b"), true);
	gate_dials(&gate, "TRUNK/out/4711");
	gate_is_refused(&gate, "SIP/2.0 503");
	gate_dials(&gate, "TRUNK/out/112");
	provider_is_called(&provider, "127.0.0.31");
	provider_refuses(&provider, "503 Service Unavailable");
	run_for(10);
	gate_talks_to("127.0.0.32");
}

/* Its server of calls may be there, and its registrar not. */
static void and_by_one_that_is_not_registered(void **state)
{
	(void)state;
	trunks_configure(
		"[a]\nhost = 127.0.0.31\nuser = u\nsecret = s\nnumbers = 1\nqualify = 0\n");
	run_for(10);
	line_expect("REGISTER sip:127.0.0.31");
	gate_dials(&gate, "TRUNK/a/112");
	gate_talks_to("127.0.0.31");
}

/* It is called by another number there, and is one for help all the same: for a trunk that is
 * drained, one that has no room, and the guard. */
static void and_by_whatever_number_it_has_there(void **state)
{
	(void)state;
	trunks_configure("[a]\nhost = 127.0.0.31\nnumbers = 1\nqualify = 0\n"
			 "called_out_rules = 112 -> 0112\nlimit = 0\n"
			 "[g]\ntype = guard\nusers = gate\ncountries = DE\n");
	gate_dials(&gate, "SIP/4711@a");
	gate_is_refused(&gate, "SIP/2.0 403");
	gate_dials(&gate, "TRUNK/a/4711");
	gate_is_refused(&gate, "SIP/2.0 503");
	trunk_set_drained(trunk_state_of("a"), true);
	gate_dials(&gate, "TRUNK/a/112");
	gate_talks_to("127.0.0.31");
}

static void without_any_the_call_is_refused_at_once(void **state)
{
	(void)state;
	trunks_group("trunks = a\n");
	trunk_set_drained(trunk_state_of("a"), true);
	gate_dials(&gate, "TRUNK/out/4711");
	gate_is_refused(&gate, "SIP/2.0 503");
	assert_int_equal(rd_device_state("TRUNK/out"), RD_DEVICE_UNAVAILABLE);
	trunk_set_drained(trunk_state_of("a"), false);
	assert_int_equal(rd_device_state("TRUNK/out"), RD_DEVICE_NOT_INUSE);
	assert_int_equal(rd_device_state("TRUNK/nobody"), RD_DEVICE_INVALID);
}

static char lamp[64];
static const char *lamp_of = "TRUNK/out";

static void note_lamp(const struct rd_event *event, void *arg)
{
	(void)arg;
	if (strcmp(event->name, lamp_of) == 0)
		rd_strcpy(lamp, sizeof(lamp), event->text);
}

static void a_lamp_shows_whether_a_group_has_anybody(void **state)
{
	static const struct rd_subscriber subscriber = {
		.name = "test", .types = RD_EVENT_BIT(RD_EVENT_DEVICE_STATE), .notify = note_lamp
	};

	(void)state;
	trunks_group("trunks = a, b\n");
	assert_int_equal(rd_subscribe(&subscriber), 0);
	trunk_set_drained(trunk_state_of("a"), true);
	run_for(100);
	assert_string_not_equal(lamp, "UNAVAILABLE");
	trunk_set_drained(trunk_state_of("b"), true);
	run_for(100);
	assert_string_equal(lamp, "UNAVAILABLE");
	trunk_set_drained(trunk_state_of("a"), false);
	run_for(100);
	assert_string_equal(lamp, "NOT_INUSE");
	lamp_of = "TRUNK/peer";
	trunk_set_drained(trunk_state_of("peer"), true);
	run_for(100);
	assert_string_equal(lamp, "UNAVAILABLE");
	trunk_set_drained(trunk_state_of("peer"), false);
	lamp_of = "TRUNK/out";
	rd_unsubscribe(&subscriber);
}

/* b and c*3: of 200 calls about 50 and 150; six sigma are 37. */
static void equals_share_calls_by_their_weights(void **state)
{
	unsigned at_b = 0;

	(void)state;
	trunks_group("trunks = b & c*3\n");
	for (int i = 0; i < 200; i++) {
		gate_dials(&gate, "TRUNK/out/4711");
		phone_called(&provider);
		at_b += strcmp(line_peer(), "127.0.0.32:5060") == 0;
		provider_refuses(&provider, "486 Busy Here");
		gate_is_refused(&gate, "SIP/2.0 486");
	}
	assert_in_range(at_b, 50 - 37, 50 + 37);
}

static void of_equals_that_fail_each_is_tried_once(void **state)
{
	(void)state;
	trunks_group("trunks = b & c*3, a\n");
	gate_dials(&gate, "TRUNK/out/4711");
	phone_called(&provider);
	provider_refuses(&provider, "503 Service Unavailable");
	run_for(10);
	phone_called(&provider);
	provider_refuses(&provider, "503 Service Unavailable");
	run_for(10);
	assert_int_equal(trunk_state_find("b")->out.attempts, 1);
	assert_int_equal(trunk_state_find("c")->out.attempts, 1);
	gate_talks_to("127.0.0.31");
}

static void a_caller_who_goes_ends_the_search(void **state)
{
	(void)state;
	trunks_group(ONE_BY_ONE);
	gate_dials(&gate, "TRUNK/out/4711");
	provider_is_called(&provider, "127.0.0.31");
	provider_says(&provider, "100 Trying", "");
	phone_request(&gate, "CANCEL", "", "");
	run_for(10);
	line_clear();
	provider_says(&provider, "487 Request Terminated", "");
	run_for(3000);
	for (const char *text; (text = line_take());)
		if (strncmp(text, "INVITE ", 7) == 0)
			fail_msg("%s", text);
	phone_ack_refusal(&gate);
}

/* To a number of the office: no way of the group is left, and no time that it has. */
static void a_trunk_that_sends_the_call_to_the_office_is_forgotten(void **state)
{
	(void)state;
	trunks_group(ONE_BY_ONE);
	a_sends_on("Contact: <sip:601@127.0.0.1>\n");
	run_for(5000);
	assert_null(trunk_state_find("b"));
	phone_request(&gate, "CANCEL", "", "");
	run_for(10);
	line_clear();
}

static void a_reload_takes_no_group_from_under_a_call(void **state)
{
	(void)state;
	trunks_group(ONE_BY_ONE);
	gate_dials(&gate, "TRUNK/out/4711");
	provider_is_called(&provider, "127.0.0.31");
	trunks_group("trunks = c\n");
	provider_refuses(&provider, "503 Service Unavailable");
	run_for(10);
	gate_talks_to("127.0.0.32");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, trunks_open, trunks_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_first_is_called_alone),
		TEST(a_peer_of_sip_conf_may_be_one_of_them),
		TEST(a_peer_of_sip_conf_is_called_as_a_trunk_is),
		TEST(a_refusal_of_the_list_leads_on),
		TEST(where_a_trunk_sends_us_is_its_way_and_the_next_trunk_follows),
		TEST(of_several_places_one_after_the_other_is_tried),
		TEST(places_that_send_in_circles_are_left_for_the_next_trunk),
		TEST(any_other_refusal_is_the_callers),
		TEST(the_group_says_which_refusals_lead_on),
		TEST(when_nobody_is_left_the_last_refusal_is_told),
		TEST(silence_leads_on_within_two_seconds),
		TEST(the_next_server_of_a_silent_trunk_comes_before_the_next_trunk),
		TEST(the_last_one_may_be_silent_for_longer),
		TEST(a_sign_of_life_is_no_silence),
		TEST(without_a_word_of_the_group_it_has_12_seconds_to_ring),
		TEST(the_last_one_may_ring_later),
		TEST(what_leads_nowhere_is_no_refusal),
		TEST(what_does_not_ring_in_time_is_cancelled),
		TEST(a_call_that_has_rung_stays_where_it_is),
		TEST(a_call_that_was_heard_stays_where_it_is),
		TEST(unless_the_group_says_otherwise),
		TEST(an_answer_counts_though_the_dial_is_still_at_the_next_one),
		TEST(who_answers_ends_the_search_for_another),
		TEST(a_place_where_nothing_can_be_sent_is_passed),
		TEST(who_asks_for_a_rest_gets_it),
		TEST(nobody_rests_for_a_day),
		TEST(calls_that_come_to_nothing_one_after_the_other_are_a_rest_too),
		TEST(a_call_that_works_makes_up_for_those_before),
		TEST(when_all_others_fail_who_rests_is_called),
		TEST(one_that_answers_no_options_is_the_last_resort),
		TEST(silence_is_not_left_for_it),
		TEST(the_cheapest_comes_first),
		TEST(of_the_cheapest_the_next_is_the_next),
		TEST(of_one_price_the_order_and_chance_decide),
		TEST(a_drained_one_is_passed),
		TEST(one_that_is_not_registered_is_passed),
		TEST(help_is_called_by_a_drained_one_before_nobody_is),
		TEST(and_by_one_that_is_not_registered),
		TEST(and_by_whatever_number_it_has_there),
		TEST(without_any_the_call_is_refused_at_once),
		TEST(a_lamp_shows_whether_a_group_has_anybody),
		TEST(equals_share_calls_by_their_weights),
		TEST(of_equals_that_fail_each_is_tried_once),
		TEST(a_caller_who_goes_ends_the_search),
		TEST(a_trunk_that_sends_the_call_to_the_office_is_forgotten),
		TEST(a_reload_takes_no_group_from_under_a_call),
	};

	return RUN_GROUP(tests);
}
