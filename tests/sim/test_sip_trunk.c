/* Calls from trunks and to them: who may call whom, and what is counted. */
#include "tests/unit/test.h"

#include <ringdown/bridge.h>
#include <ringdown/cause.h>

#include "core/sched/sched.h"
#include "tests/sim/sip_trunks.h"
#include "tests/unit/console.h"

static struct sip_phone gate, provider;

/* ---- calls that come ---- */

static void a_call_for_a_number_of_ours_comes_in(void **state)
{
	(void)state;
	provider_calls(&provider, "127.0.0.31", "600");
	run_for(10);
	phone_final(&provider, "SIP/2.0 200");
	assert_string_equal(seen.caller, "Far <0301234>");
	phone_ack(&provider, "");
	assert_int_equal(trunk_state_find("a")->in.now, 1);
	phone_request(&provider, "BYE", "", "");
	run_for(10);
	phone_final(&provider, "SIP/2.0 200");
	assert_int_equal(trunk_state_find("a")->in.now, 0);
	assert_int_equal(trunk_state_find("a")->in.answered, 1);
}

/* No channel is made: the dialplan has 700. */
static void a_call_for_another_is_refused_before_it_costs_anything(void **state)
{
	unsigned serial = rd_channel_count();

	(void)state;
	provider_calls(&provider, "127.0.0.31", "700");
	line_expect("SIP/2.0 404");
	phone_ack_refusal(&provider);
	assert_int_equal(rd_channel_count(), serial);
	assert_null(trunk_state_find("a"));
	run_for(10);
	line_expect_nothing();
}

#define SHARED(name, host, lines)                                                                  \
	"[" name "]\nhost = " host "\nmatch = 127.0.0.31\nnumbers = _6XX\ncontext = office\n"      \
	"qualify = 0\n" lines

/* It is called by these, in the request's URI and in To. */
static void calls_uri(const char *uri, const char *to, const char *answer)
{
	static unsigned serial;
	char text[2048];

	serial++;
	line_clear();
	snprintf(text, sizeof(text),
		 "INVITE %s SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.31:5060;branch=z9hG4bKext%u\n"
		 "Max-Forwards: 70\nFrom: <tel:+49-30-1>;tag=%u\nTo: <%s>\nCall-ID: ext%u\n"
		 "CSeq: 1 INVITE\nContact: <sip:127.0.0.31>\nContent-Type: application/sdp\n\n" SDP(
			 ""),
		 uri, serial, serial, to, serial);
	line_feed_from("127.0.0.31", 5060, text);
	run_for(10);
	if (strncmp(line_peek(), "SIP/2.0 100", 11) == 0)
		line_take();
	line_expect(answer);
	run_for(35000); /* nobody acknowledges it */
	line_clear();
}

static void an_extension_beside_the_number_is_its_end(void **state)
{
	(void)state;
	trunks_configure(SHARED("a", "127.0.0.31", "append_ext = yes\n"));
	calls_uri("sip:60;ext=6@127.0.0.1;user=phone", "sip:x@y", "SIP/2.0 200");
	calls_uri("tel:6;ext=0-6", "sip:x@y", "SIP/2.0 200");
	calls_uri("sip:606@127.0.0.1;user=phone", "sip:x@y", "SIP/2.0 200");
	calls_uri("sip:606;ext=6@127.0.0.1;user=phone", "sip:x@y", "SIP/2.0 404");
	calls_uri("sip:60;ext=6x@127.0.0.1;user=phone", "sip:x@y", "SIP/2.0 404");
	calls_uri("sip:1@127.0.0.1", "tel:60;ext=6", "SIP/2.0 404");
	trunks_configure(SHARED("a", "127.0.0.31", "append_ext = yes\nnumber_in = to\n"));
	calls_uri("sip:1@127.0.0.1", "tel:60;ext=6", "SIP/2.0 200");
	trunks_configure(SHARED("a", "127.0.0.31", ""));
	calls_uri("sip:606;ext=6@127.0.0.1;user=phone", "sip:x@y", "SIP/2.0 200");
	calls_uri("sip:60;ext=6@127.0.0.1;user=phone", "sip:x@y", "SIP/2.0 404");
}

/* 127.0.0.31 calls our 127.0.0.1: it is this one of those that it may be. */
static void is_call_of(const char *conf, const char *name)
{
	trunks_configure(conf);
	provider_calls(&provider, "127.0.0.31", "606");
	run_for(10);
	phone_final(&provider, "SIP/2.0 200");
	phone_ack(&provider, "");
	assert_non_null(trunk_state_find(name));
	assert_int_equal(trunk_state_find(name)->in.now, 1);
	phone_request(&provider, "BYE", "", "");
	run_for(10);
	phone_final(&provider, "SIP/2.0 200");
}

static void of_several_at_one_address_it_is_the_one_that_it_names(void **state)
{
	(void)state;
	is_call_of(SHARED("a", "127.0.0.35", "") SHARED("b", "127.0.0.31:5061", ""), "b");
	is_call_of(SHARED("c", "127.0.0.35", "contact_domain = a.test\n")
			   SHARED("d", "127.0.0.36", "contact_domain = 127.0.0.1\n"),
		   "d");
	is_call_of(SHARED("e", "127.0.0.31", "")
			   SHARED("f", "127.0.0.36", "contact_domain = 127.0.0.1\n"),
		   "e");
	is_call_of(SHARED("g", "127.0.0.35", "") SHARED("h", "127.0.0.36", ""), "g");
	/* A name alone opens no door. */
	trunks_configure("[a]\nhost = 127.0.0.31\nmatch = 127.0.0.35\nnumbers = _6XX\n"
			 "context = office\nqualify = 0\n");
	provider_calls(&provider, "127.0.0.31", "606");
	line_expect("SIP/2.0 401");
	phone_ack_refusal(&provider);
}

#define ACCOUNT(name, numbers, more)                                                               \
	"[" name "]\nhost = 127.0.0.31\nnumbers = " numbers "\ncontext = office\nqualify = "       \
	"0\n" more

static void or_else_whose_number_is_called(void **state)
{
	(void)state;
	is_call_of(ACCOUNT("i", "_7XX", "") ACCOUNT("j", "_6XX", ""), "j");
	is_call_of(ACCOUNT("k", "none", "") ACCOUNT("l", "606", "") ACCOUNT("m", "_6XX", ""), "l");
	is_call_of(ACCOUNT("n", "_6XX", "") ACCOUNT("o", "606", "contact_domain = 127.0.0.1\n"),
		   "o");
	is_call_of(ACCOUNT("p", "_7XX", "") ACCOUNT("q", "600", "called_in_rules = 606 -> 600\n")
			   ACCOUNT("r", "_6XX", ""),
		   "q");
}

/* Whom nothing is refused does not open what the first closes. */
static void but_nobody_takes_what_another_may_not_call(void **state)
{
	(void)state;
	trunks_configure("[peer]\ntype = peer\nnumbers = _7XX\n");
	if (office_reload("[global]\nuser_agent = Test\ndns = no\n"
			  "[peer]\ntype = peer\nhost = 127.0.0.34\ncontext = office\n"
			  "[open]\ntype = peer\nhost = 127.0.0.34\ncontext = office\n"))
		fail_msg("%s", office_report());
	provider_calls(&provider, "127.0.0.34", "606");
	line_expect("SIP/2.0 404");
	phone_ack_refusal(&provider);
}

/* Of two accounts at one registrar, whose calls have lost the line of our Contact. */
static void by_its_flow_too(void **state)
{
	static const char conf[] = ACCOUNT("s", "_7XX", "user = 1\nsecret = x\n")
		ACCOUNT("t", "_6XX", "user = 2\nsecret = x\n");

	(void)state;
	trunks_configure(conf);
	for (int i = 0; i < 2; i++) {
		struct sip_phone registrar = { 0 };

		run_for(10);
		snprintf(registrar.request, sizeof(registrar.request), "%s",
			 line_expect("REGISTER sip:127.0.0.31"));
		line_answer_from("127.0.0.31:5060");
		phone_answer(&registrar, "200 OK", "", "");
		line_answer_from(NULL);
	}
	is_call_of(conf, "t");
	assert_int_equal(trunk_state_find("t")->in.attempts, 1);
	line_clear();
}

static void calls_700_with(const char *line, const char *status)
{
	phone_source = "127.0.0.31";
	phone_invite(&provider, "0301234", "700", line, SDP(""));
	run_for(10);
	line_expect(status);
	phone_ack_refusal(&provider);
	line_expect_nothing();
}

/* A Join that names no call of ours is an ordinary call where the number is that of a room
 * (RFC 3911 §4), and none that may be. */
static void neither_join_nor_replaces_opens_another_number(void **state)
{
	const struct rd_bridge_setup setup = { .name = "700" };
	struct rd_bridge *room;

	(void)state;
	trunks_configure("[a]\nhost = 127.0.0.31\nnumbers = _6XX\ncontext = office\n"
			 "qualify = 0\njoin = context\nreplaces = context\n");
	assert_int_equal(rd_bridge_new(&room, &setup), 0);
	calls_700_with("Join: x;to-tag=1;from-tag=2\n", "SIP/2.0 404");
	calls_700_with("Replaces: x;to-tag=1;from-tag=2\n", "SIP/2.0 481");
	assert_int_equal(rd_channel_count(), 0);
	rd_bridge_close(room);
}

static void a_number_that_the_dialplan_lacks_is_counted_as_refused(void **state)
{
	(void)state;
	trunks_configure("[a]\nhost = 127.0.0.31\nnumbers = _9XX\ncontext = office\n"
			 "qualify = 0\n");
	provider_calls(&provider, "127.0.0.31", "999");
	line_expect("SIP/2.0 404");
	phone_ack_refusal(&provider);
	assert_int_equal(trunk_state_find("a")->in.now, 0);
	assert_int_equal(trunk_state_find("a")->in.attempts, 1);
	assert_int_equal(trunk_state_find("a")->in.causes[RD_CAUSE_UNALLOCATED], 1);
}

/* Whoever writes a trunk's name into From must know its password. */
static void a_name_in_from_opens_no_door(void **state)
{
	(void)state;
	phone_source = "127.0.0.77";
	phone_invite(&provider, "a", "600", "", SDP(""));
	line_expect("SIP/2.0 401");
	phone_ack_refusal(&provider);
	assert_null(trunk_state_find("a"));
}

static void none_lets_nobody_in(void **state)
{
	(void)state;
	trunks_configure("[a]\nhost = 127.0.0.31\nnumbers = none\ncontext = office\n"
			 "qualify = 0\n");
	provider_calls(&provider, "127.0.0.31", "600");
	line_expect("SIP/2.0 404");
	phone_ack_refusal(&provider);
}

/* Of sip.conf and pjsip.conf: they have no numbers, the dialplan decides. */
static void a_peer_is_counted_too(void **state)
{
	(void)state;
	provider_calls(&provider, "127.0.0.34", "604");
	run_for(10);
	phone_final(&provider, "SIP/2.0 486");
	phone_ack_refusal(&provider);
	assert_int_equal(trunk_state_find("peer")->in.attempts, 1);
	assert_int_equal(trunk_state_find("peer")->in.causes[RD_CAUSE_BUSY], 1);
}

static void a_phone_is_not_counted(void **state)
{
	(void)state;
	phone_source = "127.0.0.9";
	phone_invite(&gate, "alice", "604", "", SDP(""));
	gate_is_refused(&gate, "SIP/2.0 486");
	assert_null(trunk_state_find("gate"));
}

static void a_caller_who_goes_is_not_there_any_more(void **state)
{
	(void)state;
	provider_calls(&provider, "127.0.0.31", "602");
	run_for(10);
	assert_int_equal(trunk_state_find("a")->in.waiting, 1);
	phone_request(&provider, "CANCEL", "", "");
	run_for(10);
	phone_final(&provider, "SIP/2.0 200");
	phone_final(&provider, "SIP/2.0 487");
	phone_ack_refusal(&provider);
	assert_int_equal(trunk_state_find("a")->in.now, 0);
	assert_int_equal(trunk_state_find("a")->in.waiting, 0);
}

/* ---- calls that go ---- */

static void a_number_at_a_trunk_is_called_there(void **state)
{
	const struct trunk_count *out;

	(void)state;
	gate_dials(&gate, "SIP/4711@b");
	provider_is_called(&provider, "127.0.0.32");
	assert_non_null(strstr(provider.request, "INVITE sip:4711@127.0.0.32 "));
	out = &trunk_state_find("b")->out;
	run_for(300);
	line_clear();
	provider_says(&provider, "180 Ringing", "");
	run_for(1000);
	phone_expect(&gate, "SIP/2.0 180");
	line_answer_from("127.0.0.32:5060");
	phone_answer(&provider, "200 OK", "", SDP(""));
	line_answer_from(NULL);
	assert_int_equal(out->answered, 1);
	assert_int_equal(out->waiting, 0);
	run_for(10);
	both_hang_up(&gate, &provider);
	assert_int_equal(out->now, 0);
	assert_int_equal(out->attempts, 1);
	assert_int_equal(out->rang, 1);
	assert_in_range(out->ring_ms, 300, 320);
	assert_int_equal(out->talks, 1);
}

static void why_nobody_answered_is_counted(void **state)
{
	(void)state;
	gate_dials(&gate, "SIP/4711@b");
	provider_is_called(&provider, "127.0.0.32");
	provider_refuses(&provider, "486 Busy Here");
	gate_is_refused(&gate, "SIP/2.0 486");
	assert_int_equal(trunk_state_find("b")->out.causes[RD_CAUSE_BUSY], 1);
	assert_int_equal(trunk_state_find("b")->out.now, 0);
}

static void a_trunk_is_a_group_of_its_own(void **state)
{
	(void)state;
	gate_dials(&gate, "TRUNK/c/4711");
	provider_is_called(&provider, "127.0.0.33");
	provider_refuses(&provider, "404 Not Found");
	gate_is_refused(&gate, "SIP/2.0 404");
}

static void what_is_no_number_is_called_nowhere(void **state)
{
	static const char *const wrong[] = { "TRUNK/a/4711@127.0.0.66", "TRUNK/a/", "TRUNK/a",
					     "TRUNK/nobody/4711", "TRUNK/a/sip:x" };

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(wrong); i++) {
		gate_dials(&gate, wrong[i]);
		run_for(10);
		if (strncmp(line_peek(), "SIP/2.0 ", 8) != 0)
			fail_msg("%s: %s", wrong[i], line_peek());
		assert_int_equal(seen.dial_status, RD_DIAL_CHANUNAVAIL);
		line_take();
		phone_ack_refusal(&gate);
	}
}

static void expect_console(const char *line, int status, const char *part)
{
	assert_int_equal(console(trunk_commands, line), status);
	if (!strstr(console_text(), part))
		fail_msg("\"%s\" is not in:\n%s", part, console_text());
}

static void the_console_shows_what_was_counted(void **state)
{
	(void)state;
	gate_dials(&gate, "SIP/4711@b");
	provider_is_called(&provider, "127.0.0.32");
	run_for(2000);
	line_clear();
	line_answer_from("127.0.0.32:5060");
	phone_answer(&provider, "200 OK", "", SDP(""));
	line_answer_from(NULL);
	run_for(10);
	phone_expect_request(&provider, "ACK ");
	phone_final(&gate, "SIP/2.0 200");
	phone_ack(&gate, "");
	run_for(60000);
	phone_request(&gate, "BYE", "", "");
	run_for(10);
	phone_final(&gate, "SIP/2.0 200");
	phone_expect_request(&provider, "BYE ");
	provider_says(&provider, "200 OK", "");
	gate_dials(&gate, "SIP/4711@b");
	provider_is_called(&provider, "127.0.0.32");
	provider_refuses(&provider, "486 Busy Here");
	gate_is_refused(&gate, "SIP/2.0 486");
	expect_console("sip show trunks", 0,
		       "b                unmonitored          -    0    0        0        2 "
		       "       1   50 %    60 s   2.0 s\n");
	expect_console("sip show trunks b", 0,
		       "  outgoing, not answered: 1 with cause 17, User busy\n");
	expect_console("sip drain trunk b", 0,
		       "b gets no new calls; 0 go on.\n");
	expect_console("sip show trunks b", 0, " drained ");
	expect_console("sip undrain trunk b", 0, "b gets calls again.\n");
	expect_console("sip drain trunk nobody", -ENOENT,
		       "There is no trunk \"nobody\".\n");
}

/* ---- drained ---- */

static void a_drained_trunk_keeps_its_calls_and_gets_no_more(void **state)
{
	struct sip_phone second;

	(void)state;
	provider_calls(&provider, "127.0.0.31", "600");
	run_for(10);
	phone_final(&provider, "SIP/2.0 200");
	phone_ack(&provider, "");
	trunk_set_drained(trunk_state_find("a"), true);
	provider_calls(&second, "127.0.0.31", "600");
	line_expect("SIP/2.0 503");
	phone_ack_refusal(&second);
	gate_dials(&gate, "SIP/4711@a");
	gate_is_refused(&gate, "SIP/2.0 503");
	phone_source = "127.0.0.31";
	phone_request(&provider, "BYE", "", "");
	run_for(10);
	phone_final(&provider, "SIP/2.0 200");
	trunk_set_drained(trunk_state_find("a"), false);
	provider_calls(&second, "127.0.0.31", "605");
	run_for(10);
	phone_final(&second, "SIP/2.0 200");
}

/* ---- reload, unload ---- */

static void a_trunk_that_is_gone_keeps_its_calls(void **state)
{
	(void)state;
	provider_calls(&provider, "127.0.0.31", "600");
	run_for(10);
	phone_final(&provider, "SIP/2.0 200");
	phone_ack(&provider, "");
	trunks_configure("[b]\nhost = 127.0.0.32\nnumbers = 1\nqualify = 0\n");
	run_for(1000);
	assert_int_equal(trunk_state_find("a")->in.now, 1);
	phone_request(&provider, "BYE", "", "");
	run_for(10);
	phone_final(&provider, "SIP/2.0 200");
	assert_int_equal(trunk_state_find("a")->in.now, 0);
}

static void calls_outlive_the_module(void **state)
{
	(void)state;
	provider_calls(&provider, "127.0.0.31", "600");
	run_for(10);
	phone_final(&provider, "SIP/2.0 200");
	phone_ack(&provider, "");
	module_close();
	phone_request(&provider, "BYE", "", "");
	run_for(10);
	phone_final(&provider, "SIP/2.0 200");
	trunks_group("trunks = a\n");
	module_open();
}

/* ---- the bus ---- */

static char told[256];

static void note(const struct rd_event *event, void *arg)
{
	(void)arg;
	snprintf(told + strlen(told), sizeof(told) - strlen(told), "%s=%s ", event->name,
		 event->text);
}

/* The next OPTIONS, which is no repetition. */
static const char *new_question(void)
{
	static char last[64];
	const char *text = NULL;

	for (int i = 0; i < 1500; i++) {
		text = line_take();
		if (text && strcmp(line_header(text, "Call-ID"), last) != 0)
			break;
		run_for(10);
	}
	assert_non_null(text);
	rd_strcpy(last, sizeof(last), line_header(text, "Call-ID"));
	return text;
}

static void each_change_of_state_is_told(void **state)
{
	static const struct rd_subscriber subscriber = { .name = "test",
							 .types = RD_EVENT_BIT(RD_EVENT_TRUNK),
							 .notify = note };

	(void)state;
	told[0] = '\0';
	assert_int_equal(rd_subscribe(&subscriber), 0);
	trunks_configure("[a]\nhost = 127.0.0.31\nnumbers = _6XX\ncontext = office\n"
			 "qualify = 10s\nqualify_failures = 1\nqualify_answers = 1\n");
	phone_answers_question(new_question(), "127.0.0.31", "200 OK");
	assert_string_equal(told, "a=reachable ");
	new_question();
	run_for(3100); /* it is silent */
	assert_string_equal(told, "a=reachable a=unreachable ");
	phone_answers_question(new_question(), "127.0.0.31", "200 OK");
	assert_string_equal(told, "a=reachable a=unreachable a=reachable ");
	trunk_set_drained(trunk_state_find("a"), true);
	assert_string_equal(told, "a=reachable a=unreachable a=reachable a=drained ");
	rd_unsubscribe(&subscriber);
}

static void that_nobody_asks_any_more_is_told_when_it_is_reloaded(void **state)
{
	static const struct rd_subscriber subscriber = { .name = "test",
							 .types = RD_EVENT_BIT(RD_EVENT_TRUNK),
							 .notify = note };
	struct rd_event reloaded = { .type = RD_EVENT_RELOAD, .name = "core" };

	(void)state;
	told[0] = '\0';
	assert_int_equal(rd_subscribe(&subscriber), 0);
	trunks_configure("[a]\nhost = 127.0.0.31\nnumbers = _6XX\ncontext = office\n"
			 "qualify = 10s\nqualify_failures = 1\n");
	new_question();
	run_for(3100);
	assert_string_equal(told, "a=unreachable ");
	trunks_configure("[a]\nhost = 127.0.0.31\nnumbers = _6XX\ncontext = office\n"
			 "qualify = 0\n");
	rd_event_publish(&reloaded);
	assert_string_equal(told, "a=unreachable a=unmonitored ");
	rd_event_publish(&reloaded);
	assert_string_equal(told, "a=unreachable a=unmonitored ");
	rd_unsubscribe(&subscriber);
}

#define WITH_ACCOUNT "user = u\nsecret = s\nnumbers = 1\nqualify = 0\n"

/* So long at most nobody reaches us whose registrar has forgotten us unseen. */
static void it_is_registered_for_two_minutes_unless_its_section_says_otherwise(void **state)
{
	(void)state;
	trunks_configure("[a]\nhost = 127.0.0.31\n" WITH_ACCOUNT
			 "[b]\nhost = 127.0.0.32\nregister_expires = 1h\n" WITH_ACCOUNT);
	run_for(10);
	for (int i = 0; i < 2; i++) {
		const char *text = line_expect("REGISTER sip:127.0.0.3"),
			   *expires = strstr(text, "sip:127.0.0.31") ? "120" : "3600";

		assert_string_equal(line_header(text, "Expires"), expires);
	}
	line_expect_nothing();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, trunks_open, trunks_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_call_for_a_number_of_ours_comes_in),
		TEST(an_extension_beside_the_number_is_its_end),
		TEST(of_several_at_one_address_it_is_the_one_that_it_names),
		TEST(or_else_whose_number_is_called),
		TEST(but_nobody_takes_what_another_may_not_call),
		TEST(by_its_flow_too),
		TEST(a_call_for_another_is_refused_before_it_costs_anything),
		TEST(neither_join_nor_replaces_opens_another_number),
		TEST(a_number_that_the_dialplan_lacks_is_counted_as_refused),
		TEST(a_name_in_from_opens_no_door),
		TEST(none_lets_nobody_in),
		TEST(a_peer_is_counted_too),
		TEST(a_phone_is_not_counted),
		TEST(a_caller_who_goes_is_not_there_any_more),
		TEST(a_number_at_a_trunk_is_called_there),
		TEST(why_nobody_answered_is_counted),
		TEST(a_trunk_is_a_group_of_its_own),
		TEST(what_is_no_number_is_called_nowhere),
		TEST(the_console_shows_what_was_counted),
		TEST(a_drained_trunk_keeps_its_calls_and_gets_no_more),
		TEST(a_trunk_that_is_gone_keeps_its_calls),
		TEST(calls_outlive_the_module),
		TEST(each_change_of_state_is_told),
		TEST(that_nobody_asks_any_more_is_told_when_it_is_reloaded),
		TEST(it_is_registered_for_two_minutes_unless_its_section_says_otherwise),
	};

	return RUN_GROUP(tests);
}
