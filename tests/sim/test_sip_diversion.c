/* Calls that were sent on: Diversion (RFC 5806), History-Info (RFC 7044), and 302
 * with several contacts (RFC 3261 §8.1.3.4). */
#include "tests/unit/test.h"

#include <ringdown/channel.h>

#include "core/call/reach.h"
#include "core/sched/sched.h"
#include "tests/sim/sip_exchange.h"
#include "tests/unit/log_catch.h"

static const char conf[] =
	"[global]\nuser_agent = Test\n"
	"[gate]\ntype = phone\nmatch = 127.0.0.9\ncontext = office\n"
	"[desk]\ntype = phone\nsecret = x\ncallerid = \"Dan\" <1007>\n"
	"[peer]\ntype = peer\nhost = 127.0.0.2:5060\ncontext = office\n"
	"[late]\ntype = peer\nhost = 127.0.0.2:5060\ntrust_id_outbound = yes\n"
	"[strict]\ntype = peer\nhost = 127.0.0.2:5060\nsend_history_info = yes\n"
	"send_diversion = no\n"
	"[plain]\ntype = peer\nhost = 127.0.0.2:5060\nsend_diversion = no\n"
	"[bare]\ntype = phone\nhost = 127.0.0.2:5060\n"
	"[provider.test]\ntype = peer\nhost = 127.0.0.3:5064\nfrom_user = 4711\n"
	"[asking.test]\ntype = peer\nhost = 127.0.0.3:5064\nuser_eq_phone = yes\n";

static struct sip_phone far, callee, second, third;

#define HAS(text, part)	  assert_non_null(strstr(text, part))
#define LACKS(text, part) assert_null(strstr(text, part))

static const char *dial(const char *number, const char *more)
{
	phone_invite(&far, "alice", number, more, SDP(""));
	rd__sched_run_for(10);
	line_expect("SIP/2.0 100");
	return phone_called(&callee);
}

static void refused(void)
{
	phone_answer(&callee, "486 Busy Here", "", "");
	line_expect("ACK ");
	rd__sched_run_for(10);
	phone_final(&far, "SIP/2.0 486");
	phone_ack(&far, "");
	rd__sched_run_for(10);
}

#define BOB_CAROL \
	"Diversion: \"Bob\" <sip:bob@h>;reason=user-busy;counter=2;privacy=off;screen=yes,\n" \
	" <sip:carol@h>;reason=unconditional\n"

static void who_sent_it_on_is_passed_on(void **state)
{
	const char *invite;

	(void)state;
	invite = dial("700", BOB_CAROL);
	HAS(invite, "Diversion: \"Bob\" <sip:bob@127.0.0.1>;reason=user-busy;counter=2;"
		    "privacy=off;screen=yes\n");
	HAS(invite, "Diversion: <sip:carol@127.0.0.1>;reason=unconditional;counter=1;"
		    "privacy=off;screen=no\n");
	refused();
	LACKS(dial("705", BOB_CAROL), "Diversion");
	refused();
	LACKS(dial("700", ""), "Diversion");
	refused();
}

static void several_lines_are_as_one(void **state)
{
	const char *invite;

	(void)state;
	invite = dial("700", "Diversion: <tel:+49-30-1>;reason=no-answer\n"
			     "Diversion: <sip:dan@h>;reason=away\n"
			     "Diversion: <sip:eve@h>;reason=deflection\n");
	HAS(invite, "Diversion: <sip:+49301@127.0.0.1>;reason=no-answer;counter=1;");
	HAS(invite, "Diversion: <sip:dan@127.0.0.1>;reason=away;counter=1;");
	HAS(invite, "Diversion: <sip:eve@127.0.0.1>;reason=deflection;counter=1;");
	refused();
	/* Whoever is named has done it once at least. */
	invite = dial("700", "Diversion: <sip:dan@h>;reason=no-answer;counter=0\n");
	HAS(invite, "Diversion: <sip:dan@127.0.0.1>;reason=no-answer;counter=1;");
	refused();
}

/* RFC 5806 §3.1: what is there is not removed, and ours comes on top of it. */
static void nobody_on_the_way_is_forgotten(void **state)
{
	static const char kept[] =
		"Diversion: <sip:79@127.0.0.1>;reason=user-busy;counter=1;privacy=off;screen=no\n"
		"Diversion: \"Dora\" <sip:78@127.0.0.1>;reason=do-not-disturb;counter=3;"
		"privacy=off;screen=yes\n"
		"Diversion: <sip:77@127.0.0.1>;reason=x-moon.full;counter=1;privacy=off;"
		"screen=no\n";
	const char *invite;

	(void)state;
	invite = dial("700", "Diversion: <sip:79@h>;reason=user-busy;counter=1,\n"
			     " \"Dora\" <sip:78@h>;reason=do-not-disturb;counter=3;screen=yes\n"
			     "Diversion: <sip:77@h>;reason=\"x-moon.full\";counter=1\n");
	HAS(invite, kept);
	phone_answer(&callee, "302 Moved", "Contact: <sip:x@127.0.0.3>\n", "");
	line_expect("ACK ");
	rd__sched_run_for(10);
	invite = phone_called(&callee);
	HAS(invite, kept);
	HAS(invite, "Diversion: <sip:42@127.0.0.1>;reason=unconditional;counter=1;privacy=off;"
		    "screen=no\nDiversion: <sip:79@");
	refused();
}

/* One of those between hides; the others are told. */
static void one_who_hides_leaves_the_others_seen(void **state)
{
	static const char three[] = "Diversion: <sip:79@h>;reason=away, "
				    "<sip:78@h>;privacy=full, <sip:77@h>;reason=no-answer\n";
	const char *invite;

	(void)state;
	invite = dial("700", three);
	HAS(invite, "Diversion: <sip:79@127.0.0.1>;reason=away;counter=1;");
	LACKS(invite, "sip:78");
	HAS(invite, "Diversion: <sip:77@127.0.0.1>;reason=no-answer;counter=1;");
	refused();
	HAS(dial("703", three), "Diversion: <sip:78@127.0.0.1>;reason=unknown;counter=1;"
				"privacy=full;screen=no\n");
	refused();
}

static void who_hides_is_not_told_to_everybody(void **state)
{
	static const char hidden[] = "Diversion: <sip:bob@h>;reason=user-busy;privacy=full\n";

	(void)state;
	LACKS(dial("700", hidden), "bob@");
	refused();
	HAS(dial("703", hidden), "Diversion: <sip:bob@127.0.0.1>;reason=user-busy;counter=1;"
				 "privacy=full;screen=no\n");
	refused();
	LACKS(dial("704", hidden), "bob@");
	refused();
}

static void a_history_says_the_same(void **state)
{
	static const char history[] =
		"History-Info: <sip:carol@h?Reason=SIP%3Bcause%3D302>;index=1,"
		" <sip:bob@h?Reason=SIP%3Bcause%3D486>;index=1.1;mp=1\n"
		"History-Info: <sip:700@127.0.0.1;cause=486>;index=1.1.1;mp=1.1\n";
	const char *invite;

	(void)state;
	invite = dial("700", history);
	HAS(invite, "Diversion: <sip:bob@127.0.0.1>;reason=user-busy;counter=1;");
	HAS(invite, "Diversion: <sip:carol@127.0.0.1>;reason=unconditional;counter=1;");
	refused();
	invite = dial("704", history);
	LACKS(invite, "Diversion");
	assert_string_equal(line_header(invite, "History-Info"),
			    "<sip:carol@127.0.0.1?Reason=SIP%3Bcause%3D302>;index=1, "
			    "<sip:bob@127.0.0.1?Reason=SIP%3Bcause%3D486>;index=1.1;mp=1, "
			    "<sip:42@127.0.0.2:5060;cause=486>;index=1.1.1;mp=1.1");
	refused();
	invite = dial("704", "History-Info: <sip:77@h?Reason=SIP%3Bcause%3D408>;index=1, "
			     "<sip:78@h?Reason=SIP%3Bcause%3D302&Privacy=none>;index=1.1;mp=1, "
			     "<sip:79@h?Reason=SIP%3Bcause%3D486>;index=1.1.1;mp=1.1, "
			     "<sip:704@127.0.0.1>;index=1.1.1.1;mp=1.1.1\n");
	assert_string_equal(line_header(invite, "History-Info"),
			    "<sip:77@127.0.0.1?Reason=SIP%3Bcause%3D408>;index=1, "
			    "<sip:78@127.0.0.1?Reason=SIP%3Bcause%3D302>;index=1.1;mp=1, "
			    "<sip:79@127.0.0.1?Reason=SIP%3Bcause%3D486>;index=1.1.1;mp=1.1, "
			    "<sip:42@127.0.0.2:5060;cause=486>;index=1.1.1.1;mp=1.1.1");
	refused();
	/* A route through proxies, of one user, is no diversion. */
	LACKS(dial("700", "History-Info: <sip:700@h>;index=1, <sip:700@i>;index=1.1;rc=1\n"),
	      "Diversion");
	refused();
	assert_string_equal(line_header(dial("704", ""), "History-Info"),
			    "<sip:42@127.0.0.2:5060>;index=1");
	refused();
}

/* 604 is busy: what its 486 says of the history. */
static const char *busy(const char *more)
{
	const char *answer;

	phone_invite(&far, "alice", "604", more, SDP(""));
	rd__sched_run_for(10);
	LACKS(line_expect("SIP/2.0 100"), "History-Info");
	answer = phone_expect(&far, "SIP/2.0 486");
	phone_ack_refusal(&far);
	rd__sched_run_for(10);
	return answer;
}

/* "why" and "not to be told" stand in the headers of a target's URI. */
/* Privacy for all of it at once. */
static void a_hidden_history_is_told_to_nobody_else(void **state)
{
	static const char *const hidden[] = { "Privacy: id;history\n", "Privacy: header\n" };

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(hidden); i++) {
		char more[400];
		const char *invite;

		snprintf(more, sizeof(more),
			 "%sHistory-Info: <sip:carol@h>;index=1, <sip:bob@h;cause=302>;index=1.1, "
			 "<sip:700@h;cause=486>;index=1.1.1\n", hidden[i]);
		invite = dial("700", more);
		LACKS(invite, "bob@");
		LACKS(invite, "carol@");
		refused();
		invite = dial("704", more);
		LACKS(invite, "bob@");
		LACKS(invite, "carol@");
		refused();
		HAS(dial("703", more), "Diversion: <sip:bob@127.0.0.1>;reason=user-busy;counter=1;"
				       "privacy=full;screen=no\n");
		refused();
	}
}

static void a_target_says_why_it_was_left_and_who_may_know(void **state)
{
	static const char secret[] =
		"History-Info: <sip:bob@h?Privacy=history&Reason=SIP%3Bcause%3D486>;index=1,"
		" <sip:700@127.0.0.1>;index=1.1\n";

	(void)state;
	HAS(dial("700", "History-Info: <sip:bob@h?Reason=SIP%3Bcause%3D486&Privacy=none>;"
			"index=1, <sip:700@127.0.0.1>;index=1.1\n"),
	    "Diversion: <sip:bob@127.0.0.1>;reason=user-busy;counter=1;privacy=off;");
	refused();
	LACKS(dial("700", secret), "bob@");
	refused();
	HAS(dial("703", secret),
	    "Diversion: <sip:bob@127.0.0.1>;reason=user-busy;counter=1;privacy=full;");
	refused();
}

static void answers_tell_the_history_to_who_asks(void **state)
{
	const char *answer;

	(void)state;
	LACKS(busy(""), "History-Info");
	assert_string_equal(line_header(busy("Supported: timer, histinfo\n"), "History-Info"),
			    "<sip:604@127.0.0.1>;index=1");
	/* Whoever sent it on before has not said that it went to us. */
	answer = busy("History-Info: <sip:bob@h?Reason=SIP%3Bcause%3D302>;index=1,"
		      " <sip:carol@h>;index=1.1\n");
	HAS(answer, "History-Info: <sip:bob@h?Reason=SIP%3Bcause%3D302>;index=1,"
		    " <sip:carol@h>;index=1.1\n"
		    "History-Info: <sip:604@127.0.0.1>;index=1.1.1\n");
	answer = busy("History-Info: rubbish;;index\n");
	HAS(answer, "\nHistory-Info: <sip:604@127.0.0.1>;index=1\n");
	answer = busy("History-Info: <sip:604@127.0.0.1>;index=1\nSupported: histinfo\n");
	assert_string_equal(line_header(answer, "History-Info"), "<sip:604@127.0.0.1>;index=1");
	LACKS(answer, "index=1.1");
	answer = busy("History-Info: <sip:bob@h>;index=abc\n");
	HAS(answer, "\nHistory-Info: <sip:604@127.0.0.1>;index=1\n");
	answer = busy("History-Info: <\n");
	HAS(answer, "History-Info: <sip:604@127.0.0.1>;index=1\n");
}

static void it_may_be_required(void **state)
{
	(void)state;
	phone_invite(&far, "alice", "605", "Require: histinfo\n", SDP(""));
	rd__sched_run_for(10);
	line_expect("SIP/2.0 100");
	HAS(phone_expect(&far, "SIP/2.0 200"), "histinfo");
	phone_ack(&far, "");
	rd__sched_run_for(10);
	phone_expect_request(&far, "BYE ");
	phone_answer(&far, "200 OK", "", "");
	rd__sched_run_for(10);
}

static void what_goes_in_circles_ends(void **state)
{
	(void)state;
	phone_invite(&far, "alice", "700",
		     "Diversion: <sip:b@h>;counter=15, <sip:c@h>;counter=6\n", SDP(""));
	phone_expect(&far, "SIP/2.0 482");
	phone_ack(&far, "");
	dial("700", "Diversion: <sip:b@h>;counter=14, <sip:c@h>;counter=6\n");
	refused();
}

static void broken_headers_say_nothing(void **state)
{
	static const char *const broken[] = {
		"Diversion: \n", "Diversion: <\n", "Diversion: ;;\n",
		"History-Info: <sip:a@h\n", "History-Info: ,,\n",
		"History-Info: <sip:a@h?Reason=%>;index=1, <sip:b@h>;index=2\n",
	};

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(broken); i++) {
		LACKS(dial("700", broken[i]), "Diversion");
		refused();
	}
}

/* ---- 302 ---- */

static void answer_all(struct sip_phone *phone, const char *status, const char *more)
{
	phone_answer(phone, status, more, "");
	line_expect("ACK ");
	rd__sched_run_for(10);
}

static void who_is_sent_on_is_told_by_whom_and_why(void **state)
{
	const char *invite;

	(void)state;
	dial("700", "");
	answer_all(&callee, "302 Moved",
		   "Contact: <sip:x@127.0.0.3>\nDiversion: <sip:42@h>;reason=no-answer\n");
	invite = phone_called(&second);
	HAS(invite, "INVITE sip:x@127.0.0.3 SIP/2.0");
	HAS(invite, "Diversion: <sip:42@127.0.0.1>;reason=no-answer;counter=1;");
	answer_all(&second, "302 Moved", "Contact: <sip:y@127.0.0.4>\n");
	invite = phone_called(&third);
	HAS(invite, "Diversion: <sip:x@127.0.0.1>;reason=unconditional;counter=1;");
	HAS(invite, "Diversion: <sip:42@127.0.0.1>;reason=no-answer;counter=1;");
	answer_all(&third, "486 Busy Here", "");
	phone_final(&far, "SIP/2.0 486");
	phone_ack(&far, "");
}

/* RFC 5806 §4.4 */
static void who_sends_on_may_hide(void **state)
{
	const char *invite;

	(void)state;
	dial("700", "");
	answer_all(&callee, "302 Moved", "Contact: <sip:x@127.0.0.3>\n"
					 "Diversion: <sip:42@h>;reason=no-answer;privacy=full\n");
	invite = phone_called(&second);
	HAS(invite, "INVITE sip:x@127.0.0.3 SIP/2.0");
	assert_null(strstr(invite, "Diversion:"));
	answer_all(&second, "302 Moved", "Contact: <sip:y@127.0.0.4>\n");
	invite = phone_called(&third);
	HAS(invite, "Diversion: <sip:x@127.0.0.1>;reason=unconditional;counter=1;privacy=off");
	assert_null(strstr(invite, "sip:42@"));
	answer_all(&third, "486 Busy Here", "");
	phone_final(&far, "SIP/2.0 486");
	phone_ack(&far, "");
}

static enum rd_presentation name_pres, number_pres;

static int note_presentation(struct rd_channel *leg, void *unused)
{
	struct rd_diversion by;

	(void)unused;
	name_pres = number_pres = RD_PRESENT_ALLOWED;
	if (rd_channel_diversion(leg, &by)) {
		name_pres = by.who.name_pres;
		number_pres = by.who.number_pres;
	}
	return 0;
}

/* His name as well as his number: the dialplan may tell either of them alone. */
static void who_hides_has_his_name_hidden_too(void **state)
{
	(void)state;
	seen.dials = "SIP/42@peer";
	seen.before_call = note_presentation;
	dial("707", "");
	answer_all(&callee, "302 Moved",
		   "Contact: <sip:x@127.0.0.3>\n"
		   "Diversion: \"Bob\" <sip:42@h>;privacy=full;screen=yes\n");
	phone_called(&second);
	assert_int_equal(number_pres, RD_PRESENT_PROHIBITED_NETWORK);
	assert_int_equal(name_pres, RD_PRESENT_PROHIBITED_NETWORK);
	answer_all(&second, "486 Busy Here", "");
	phone_final(&far, "SIP/2.0 486");
	phone_ack(&far, "");
}

static void sent_on_to(const char *contact, const char *request, const char *peer)
{
	seen.dials = "SIP/bare";
	dial("707", "");
	answer_all(&callee, "302 Moved", contact);
	HAS(phone_called(&second), request);
	assert_string_equal(line_peer(), peer);
	answer_all(&second, "486 Busy Here", "");
	phone_final(&far, "SIP/2.0 486");
	phone_ack(&far, "");
	rd__sched_run_for(10);
}

static void an_escape_stays_one(void **state)
{
	(void)state;
	sent_on_to("Contact: <sip:%2B49%2330@127.0.0.3>\n",
		   "INVITE sip:%2B49%2330@127.0.0.3 SIP/2.0", "127.0.0.3:5060");
}

/* By the name that a phone was told of it, and as it is called elsewhere. */
static void a_phone_may_name_a_section(void **state)
{
	(void)state;
	sent_on_to("Contact: <sip:4930@provider.test>\n", "INVITE sip:4930@127.0.0.3:5064 SIP/2.0",
		   "127.0.0.3:5064");
	HAS(second.request, "<sip:4711@");
	sent_on_to("Contact: <sip:+49-30(12)@provider.test;user=phone>\n",
		   "INVITE sip:+493012@127.0.0.3:5064 SIP/2.0", "127.0.0.3:5064");
	HAS(second.request, "<sip:4711@");
	sent_on_to("Contact: <sip:%2B4930@asking.test;user=phone>\n",
		   "INVITE sip:+4930@127.0.0.3:5064;user=phone SIP/2.0", "127.0.0.3:5064");
}

/* ---- by what its owner has decided ---- */

static enum rd_forward forwarded_when;

static bool wish(const char *device, const struct rd_channel *caller, struct rd_reach_wish *out)
{
	(void)caller;
	if (strcmp(device, "SIP/desk") != 0)
		return false;
	out->forward[forwarded_when] = "SIP/9@peer";
	return true;
}

static const char *no_owner(const char *device)
{
	(void)device;
	return NULL;
}

static const struct rd_reach reach = { .wish = wish, .owner = no_owner };

/* It is away, and its owner's name and number are known all the same. */
static void a_phone_that_is_forwarded_here_is_told_like_one_that_does_it_itself(void **state)
{
	static const char *const said[] = {
		[RD_FORWARD_ALWAYS] = "Diversion: \"Dan\" <sip:1007@127.0.0.1>;"
				      "reason=unconditional;counter=1;",
		[RD_FORWARD_UNREACHABLE] = "Diversion: \"Dan\" <sip:1007@127.0.0.1>;"
					   "reason=unavailable;counter=1;",
	};

	(void)state;
	assert_int_equal(rd__reach_set(&reach), 0);
	seen.dials = "SIP/desk";
	for (size_t i = 0; i < RD_ARRAY_SIZE(said); i++) {
		if (!said[i])
			continue;
		forwarded_when = (enum rd_forward)i;
		HAS(dial("707", ""), said[i]);
		refused();
	}
	rd__reach_set(NULL);
}

static void two_dials(struct rd_channel *ch, const char *exten)
{
	struct rd_dial_options options = { .timeout_ms = 20000 };
	struct rd_dial_result result;
	struct rd_channel *leg;

	if (strcmp(exten, "621") == 0) {
		rd_dial(ch, "SIP/42@peer&SIP/43@peer", &options, &leg, &result);
		return;
	}
	rd_dial(ch, "SIP/42@peer", &options, &leg, &result);
	rd_dial(ch, "SIP/43@peer", &options, &leg, &result);
}

/* Of whom is called after him, nobody was sent on by him. */
static void who_sent_on_in_vain_is_not_told_to_others(void **state)
{
	(void)state;
	seen.service = two_dials;
	dial("620", "Diversion: <sip:77@h>;reason=no-answer\n");
	answer_all(&callee, "302 Moved", "Contact: <sip:x@127.0.0.3>\n");
	HAS(phone_called(&second), "Diversion: <sip:42@127.0.0.1>;reason=unconditional;counter=1;");
	answer_all(&second, "486 Busy Here", "");
	HAS(phone_called(&third), "INVITE sip:43@");
	LACKS(third.request, "Diversion: <sip:42@");
	HAS(third.request, "Diversion: <sip:77@127.0.0.1>;reason=no-answer;counter=1;");
	answer_all(&third, "486 Busy Here", "");
	phone_final(&far, "SIP/2.0 ");
	phone_ack(&far, "");
}

static void two_who_send_on_at_once_do_not_send_on_each_other(void **state)
{
	(void)state;
	seen.service = two_dials;
	dial("621", "");
	phone_called(&second);
	answer_all(&callee, "302 Moved", "Contact: <sip:x@127.0.0.3>\n");
	HAS(phone_called(&callee), "Diversion: <sip:42@");
	answer_all(&second, "302 Moved", "Contact: <sip:y@127.0.0.4>\n");
	HAS(phone_called(&second), "Diversion: <sip:43@127.0.0.1>;reason=unconditional;counter=1;");
	LACKS(second.request, "Diversion: <sip:42@");
	answer_all(&callee, "486 Busy Here", "");
	answer_all(&second, "486 Busy Here", "");
	phone_final(&far, "SIP/2.0 ");
	phone_ack(&far, "");
}

#define THREE "Contact: <sip:c@127.0.0.5;transport=udp>;q=0.1\n" \
	      "Contact: <sip:a@127.0.0.3>;q=0.9, <mailto:x@y>, <sip:b@127.0.0.4>;q=0.9\n" \
	      "Contact: <sips:s@127.0.0.6>\n"

static void all_contacts_are_tried_the_preferred_first(void **state)
{
	(void)state;
	dial("700", "");
	answer_all(&callee, "302 Moved", THREE);
	HAS(phone_called(&callee), "INVITE sip:a@127.0.0.3 SIP/2.0");
	HAS(phone_called(&second), "INVITE sip:b@127.0.0.4 SIP/2.0");
	line_expect_nothing();
	answer_all(&callee, "486 Busy Here", "");
	line_expect_nothing();
	answer_all(&second, "480 Gone", "");
	HAS(phone_called(&third), "INVITE sip:c@127.0.0.5;transport=udp SIP/2.0");
	answer_all(&third, "404 Not Found", "");
	phone_final(&far, "SIP/2.0 ");
	phone_ack(&far, "");
	assert_int_equal(seen.dial_status, RD_DIAL_BUSY);
}

static void one_of_them_answers_and_the_others_stop(void **state)
{
	(void)state;
	dial("700", "");
	answer_all(&callee, "302 Moved", THREE);
	phone_called(&callee);
	phone_called(&second);
	phone_answer(&callee, "180 Ringing", "", "");
	phone_answer(&second, "180 Ringing", "", "");
	rd__sched_run_for(10);
	phone_expect(&far, "SIP/2.0 180");
	phone_answer(&second, "200 OK", "", SDP(""));
	line_expect("ACK ");
	rd__sched_run_for(10);
	phone_expect_request(&callee, "CANCEL ");
	phone_answer(&callee, "200 OK", "", "");
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	rd__sched_run_for(10);
	line_expect_nothing(); /* the third is never called */
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
	rd__sched_run_for(10);
	phone_expect_request(&second, "BYE ");
	phone_answer(&second, "200 OK", "", "");
	line_clear();
}

static void nobody_is_called_a_second_time(void **state)
{
	(void)state;
	dial("700", "");
	answer_all(&callee, "302 Moved", "Contact: <sip:42@127.0.0.2:5060>, <sip:b@127.0.0.3>\n");
	HAS(phone_called(&second), "INVITE sip:b@127.0.0.3 SIP/2.0");
	answer_all(&second, "302 Moved",
		   "Contact: <sip:c@127.0.0.4>;q=0.5, <sip:42@127.0.0.2:5060>,\n"
		   " <sip:c@127.0.0.4>;q=0.1\n");
	HAS(phone_called(&third), "INVITE sip:c@127.0.0.4 SIP/2.0");
	answer_all(&third, "302 Moved", "Contact: <sip:b@127.0.0.3>\n");
	phone_final(&far, "SIP/2.0 486");
	phone_ack(&far, "");
	line_expect_nothing();
}

/* It is no section of ours: whom it names is called as it was. */
static void who_is_called_by_a_uri_may_send_on(void **state)
{
	(void)state;
	seen.dials = "SIP/42@127.0.0.7";
	dial("707", "");
	answer_all(&callee, "302 Moved", "Contact: <sip:x@127.0.0.3>\n");
	HAS(phone_called(&second), "INVITE sip:x@127.0.0.3 SIP/2.0");
	answer_all(&second, "486 Busy Here", "");
	phone_final(&far, "SIP/2.0 486");
	phone_ack(&far, "");
}

#define GRUU "gr=urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6"
#define LINE "line=f81d4fae7dec11d0a76500a0c91e6bf6f81d4fae7dec11d0a76500a0c91e6bf6"

static void a_place_keeps_what_leads_to_one_device_there(void **state)
{
	(void)state;
	dial("700", "");
	answer_all(&callee, "302 Moved",
		   "Contact: <sip:x@127.0.0.3;" GRUU ";" LINE ";method=INVITE>\n");
	HAS(phone_called(&second), "INVITE sip:x@127.0.0.3;" GRUU ";" LINE " SIP/2.0");
	answer_all(&second, "302 Moved",
		   "Contact: <sip:x@127.0.0.3;" GRUU ";" LINE ">, "
		   "<sip:y@127.0.0.4;" LINE ";" GRUU ">\n");
	HAS(phone_called(&third), "INVITE sip:y@127.0.0.4;" LINE ";" GRUU " SIP/2.0");
	answer_all(&third, "486 Busy Here", "");
	phone_final(&far, "SIP/2.0 486");
	phone_ack(&far, "");
}

static void a_phone_that_is_no_peer_may_name_one_device(void **state)
{
	(void)state;
	sent_on_to("Contact: <sip:x@127.0.0.3;" GRUU ";" LINE ">\n",
		   "INVITE sip:x@127.0.0.3;" GRUU ";" LINE " SIP/2.0", "127.0.0.3:5060");
}

/* What the next request must have (RFC 3261 §8.1.3.4) stays where not all fits. */
static void a_place_with_many_parameters_keeps_those_that_lead_there(void **state)
{
	char contact[1400], line[1001];
	struct log_catch log;

	(void)state;
	memset(line, 'l', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	snprintf(contact, sizeof(contact),
		 "Contact: <sip:x@127.0.0.3;line=%s;user=phone;"
		 "maddr=127.0.0.4;method=INVITE>\n",
		 line);
	dial("700", "");
	log_catch(&log);
	answer_all(&callee, "302 Moved", contact);
	HAS(phone_called(&second), "INVITE sip:x@127.0.0.3;maddr=127.0.0.4;user=phone SIP/2.0");
	HAS(log_caught(&log), "sip/peer: it redirects to x@127.0.0.3, of whose parameters "
			      "there is no room for all");
	assert_string_equal(line_peer(), "127.0.0.4:5060");
	answer_all(&second, "486 Busy Here", "");
	phone_final(&far, "SIP/2.0 486");
	phone_ack(&far, "");
}

static void a_name_too_long_leaves_the_others(void **state)
{
	static char contact[12400], name[12001];
	static const size_t lengths[] = { 1100, 12000 };

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(lengths); i++) {
		memset(name, 'n', lengths[i]);
		snprintf(contact, sizeof(contact),
			 "Contact: <sip:%s@127.0.0.3>, <sip:y@127.0.0.4>;q=0.1\n", name);
		sent_on_to(contact, "INVITE sip:y@127.0.0.4 SIP/2.0", "127.0.0.4:5060");
	}
}

/* Its contact is no target, and the request does not go by it either. */
static void a_305_is_a_refusal(void **state)
{
	(void)state;
	dial("700", "");
	answer_all(&callee, "305 Use Proxy", "Contact: <sip:127.0.0.3:5080>\n");
	phone_final(&far, "SIP/2.0 500");
	phone_ack(&far, "");
	line_expect_nothing();
}

static void a_302_of_nobody_is_a_refusal(void **state)
{
	(void)state;
	dial("700", "");
	answer_all(&callee, "302 Moved", "Contact: <mailto:x@y>\n");
	phone_final(&far, "SIP/2.0 ");
	phone_ack(&far, "");
	assert_int_not_equal(seen.dial_status, RD_DIAL_ANSWER);
}

static int open_diversion(void **state)
{
	return exchange_open(state) || office_reload(conf);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, open_diversion, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(who_sent_it_on_is_passed_on),
		CASE(several_lines_are_as_one),
		CASE(nobody_on_the_way_is_forgotten),
		CASE(one_who_hides_leaves_the_others_seen),
		CASE(who_hides_is_not_told_to_everybody),
		CASE(a_history_says_the_same),
		CASE(a_hidden_history_is_told_to_nobody_else),
		CASE(a_target_says_why_it_was_left_and_who_may_know),
		CASE(answers_tell_the_history_to_who_asks),
		CASE(it_may_be_required),
		CASE(what_goes_in_circles_ends),
		CASE(broken_headers_say_nothing),
		CASE(who_is_sent_on_is_told_by_whom_and_why),
		CASE(who_sends_on_may_hide),
		CASE(who_hides_has_his_name_hidden_too),
		CASE(a_phone_may_name_a_section),
		CASE(an_escape_stays_one),
		CASE(a_phone_that_is_forwarded_here_is_told_like_one_that_does_it_itself),
		CASE(who_sent_on_in_vain_is_not_told_to_others),
		CASE(two_who_send_on_at_once_do_not_send_on_each_other),
		CASE(all_contacts_are_tried_the_preferred_first),
		CASE(one_of_them_answers_and_the_others_stop),
		CASE(nobody_is_called_a_second_time),
		CASE(a_place_keeps_what_leads_to_one_device_there),
		CASE(a_phone_that_is_no_peer_may_name_one_device),
		CASE(a_place_with_many_parameters_keeps_those_that_lead_there),
		CASE(a_name_too_long_leaves_the_others),
		CASE(a_305_is_a_refusal),
		CASE(who_is_called_by_a_uri_may_send_on),
		CASE(a_302_of_nobody_is_a_refusal),
	};

	return RUN_GROUP(tests);
}
