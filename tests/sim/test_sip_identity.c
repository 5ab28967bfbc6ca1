/* Who calls, and who may know: P-Asserted-Identity, P-Preferred-Identity,
 * Remote-Party-ID, Privacy, anonymous callers (RFC 3323, 3325), and telephone numbers
 * as URIs (RFC 3966). */
#include "tests/unit/test.h"

#include <ringdown/channel.h>
#include <ringdown/dial.h>
#include <ringdown/event.h>
#include <ringdown/tech.h>

#include "channels/sip/call/leg.h"
#include "channels/sip/call/resource.h"
#include "core/sched/sched.h"
#include "tests/sim/sip_exchange.h"

static const char conf[] =
	"[global]\nuser_agent = Test\n"
	"[gate]\ntype = phone\nmatch = 127.0.0.9\ncontext = office\ntrust_id_inbound = yes\n"
	"[1001]\ntype = phone\nmatch = 127.0.0.11\ncontext = office\n"
	"identities = +4930123,555\n"
	"[shy]\ntype = phone\nmatch = 127.0.0.12\ncontext = office\n"
	"callerid = \"M\xfc" "ller\" <77>\ncallerid_privacy = prohib\n"
	"[1002]\ntype = phone\nsecret = two\ncontext = office\n"
	"[peer]\ntype = peer\nhost = 127.0.0.2:5060\ncontext = office\n"
	"send_pai = yes\nsend_rpid = yes\n"
	"[late]\ntype = peer\nhost = 127.0.0.2:5060\nsend_pai = yes\nsend_rpid = yes\n"
	"trust_id_outbound = yes\n"
	"[strict]\ntype = peer\nhost = 127.0.0.2:5060\nsend_pai = yes\nuser_eq_phone = yes\n"
	"[plain]\ntype = peer\nhost = 127.0.0.2:5060\n"
	"[trunk]\ntype = peer\ncontext = office\ncallerid = <88>\ncallerid_tag = red\n"
	"match_header = X-Trunk: it is\n"
	"[many]\ntype = peer\ncontext = office\ncallerid = <89>\n"
	"match_header = Organization: /^Many,? [A-Z]/\n"
	"[proven]\ntype = peer\ncontext = office\nsecret = x\ntrust_match = no\n"
	"match_header = X-Trunk: proven\n"
	"[timed]\ntype = peer\nhost = 127.0.0.2:5060\ntrust_id_outbound = yes\n";

static struct sip_phone far, callee;

#define HAS(text, part)	  assert_non_null(strstr(text, part))
#define LACKS(text, part) assert_null(strstr(text, part))

static void expect_header(const char *text, const char *name, const char *value)
{
	assert_string_equal(line_header(text, name), value);
}

/* From a phone by its address; the INVITE that comes out. */
static const char *dial(const char *source, const char *from, const char *number,
			const char *more)
{
	phone_source = source;
	phone_invite(&far, from, number, more, SDP(""));
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

#define GATE  "127.0.0.9"
#define PHONE "127.0.0.11"
#define SHY   "127.0.0.12"

/* ---- what comes in ---- */

static char begun[128];

static void note_begun(const struct rd_event *event, void *arg)
{
	const struct rd_party *caller = rd_channel_party(event->channel, RD_PARTY_CALLER);
	size_t n = strlen(begun);

	(void)arg;
	snprintf(begun + n, sizeof(begun) - n, "%s,", caller->number ? caller->number : "-");
}

/* For the first line of a log of channel events. */
static void who_hears_of_a_channel_hears_who_it_is(void **state)
{
	static const struct rd_subscriber listener = { .name = "test",
						       .types = RD_EVENT_BIT(RD_EVENT_CHANNEL_NEW),
						       .notify = note_begun };

	(void)state;
	begun[0] = '\0';
	assert_int_equal(rd_subscribe(&listener), 0);
	dial(GATE, "x", "705", "P-Asserted-Identity: \"Ann\" <sip:4711@h>\n");
	rd_unsubscribe(&listener);
	refused();
	assert_int_equal(strncmp(begun, "4711,", 5), 0);
	assert_null(strchr(begun, '-'));
}

static void who_is_trusted_may_say_who_calls(void **state)
{
	(void)state;
	dial(GATE, "x", "705", "P-Asserted-Identity: \"Ann\" <sip:4711@h>, <tel:+49-30-1>\n");
	assert_string_equal(seen.caller, "Ann <4711>");
	refused();
	dial(GATE, "x", "705", "P-Asserted-Identity: <sip:h>\n"
			       "P-Asserted-Identity: <tel:+49(30)1.2-3>\n");
	assert_string_equal(seen.caller, " <+4930123>");
	refused();
	dial(GATE, "x", "705", "P-Asserted-Identity: \"Ann\" <sip:ann@h>, <tel:+4930123>\n");
	assert_string_equal(seen.caller, "Ann <+4930123>");
	refused();
	dial(GATE, "x", "705", "P-Asserted-Identity: <sip:ann@h>, \"B\" <sip:bob@h>\n");
	assert_string_equal(seen.caller, " <ann>");
	refused();
	dial(GATE, "x", "705", "P-Asserted-Identity: garbage\n");
	assert_string_equal(seen.caller, "Far <x>");
	refused();
	dial(GATE, "x", "705",
	     "Remote-Party-ID: \"Bob\" <sip:1@h>;party=called\n"
	     "Remote-Party-ID: \"Ann\" <sip:4711@h>;party=calling\n");
	assert_string_equal(seen.caller, "Ann <4711>");
	refused();
	dial(PHONE, "1001", "705", "P-Asserted-Identity: \"Ann\" <sip:4711@h>\n");
	assert_string_equal(seen.caller, "Far <1001>");
	refused();
}

/* RFC 3261 §25.1: what goes on is UTF-8. */
static void a_name_in_latin1_goes_on_as_utf8(void **state)
{
	const char *invite = dial(GATE, "x", "705",
				  "P-Asserted-Identity: \"M\xfc" "ller\" <sip:4711@h>\n");

	(void)state;
	HAS(line_header(invite, "From"), "\"M\xc3\xbcller\" <sip:4711@");
	assert_string_equal(seen.caller, "M\xc3\xbcller <4711>");
	refused();
	invite = dial(SHY, "x", "705", "Privacy: none\n");
	HAS(line_header(invite, "From"), "\"M\xc3\xbcller\" <sip:77@"); /* of sip.conf */
	refused();
}

#define TEN "\u0436\u0436\u0436\u0436\u0436\u0436\u0436\u0436\u0436\u0436"
#define NAME39 TEN TEN TEN "\u0436\u0436\u0436\u0436\u0436\u0436\u0436\u0436\u0436"

#define FIVE "\U0001f600\U0001f600\U0001f600\U0001f600\U0001f600"

static void a_long_name_is_cut_between_letters(void **state)
{
	const char *invite = dial(GATE, "x", "705",
				  "P-Asserted-Identity: \"" TEN TEN TEN TEN "\" <sip:4711@h>\n");

	(void)state;
	HAS(line_header(invite, "From"), "\"" NAME39 "\" <sip:4711@");
	refused();
	invite = dial(GATE, "x", "705",
		      "P-Asserted-Identity: \"\\\"" TEN TEN TEN TEN TEN "\" <sip:4711@h>\n");
	HAS(line_header(invite, "From"), "\"\\\"" NAME39 "\" <sip:4711@");
	refused();
	invite = dial(GATE, "x", "705",
		      "P-Asserted-Identity: \"123" FIVE FIVE FIVE FIVE "\" <sip:4711@h>\n");
	HAS(line_header(invite, "From"), FIVE "\U0001f600\U0001f600\U0001f600\U0001f600\" <sip:");
	refused();
}

static void a_phone_chooses_among_its_own_numbers(void **state)
{
	(void)state;
	dial(PHONE, "1001", "705", "P-Preferred-Identity: \"Desk\" <sip:555@h>\n");
	assert_string_equal(seen.caller, "Desk <555>");
	refused();
	dial(PHONE, "1001", "705", "P-Preferred-Identity: <sip:666@h>, <tel:+49-30-123>\n");
	assert_string_equal(seen.caller, "Far <+4930123>");
	refused();
	dial(PHONE, "1001", "705", "P-Preferred-Identity: \"Boss\" <sip:1@h>\n");
	assert_string_equal(seen.caller, "Far <1001>");
	refused();
	dial(GATE, "x", "705", "P-Preferred-Identity: <sip:gate@h>\n");
	assert_string_equal(seen.caller, "Far <x>");
	refused();
}

/* ---- what goes out ---- */

static void nobody_vouches_for_what_a_phone_says(void **state)
{
	const char *invite;

	(void)state;
	invite = dial(PHONE, "1001", "700", "");
	expect_header(invite, "Remote-Party-ID",
		      "\"Far\" <sip:1001@127.0.0.1>;party=calling;privacy=off;screen=no");
	expect_header(invite, "P-Asserted-Identity", "\"Far\" <sip:1001@127.0.0.1>");
	LACKS(invite, "Privacy:");
	refused();
	invite = dial(GATE, "x", "700", "P-Asserted-Identity: <sip:4711@h>\n");
	HAS(line_header(invite, "Remote-Party-ID"), ";privacy=off;screen=yes");
	refused();
	invite = dial(GATE, "x", "700",
		      "Remote-Party-ID: \"Ann\" <sip:4711@h>;screen=no;privacy=off\n");
	HAS(line_header(invite, "Remote-Party-ID"), ";privacy=off;screen=no");
	refused();
	invite = dial(GATE, "x", "703",
		      "Remote-Party-ID: \"Ann\" <sip:4711@h>;screen=yes;privacy=name\n");
	HAS(line_header(invite, "Remote-Party-ID"), ";privacy=name;screen=yes");
	refused();
}

/* By chance a port or an id may have the digits. */
static void tells_nobody(const char *invite)
{
	LACKS(invite, "1001@");
	LACKS(invite, "tel:");
	LACKS(invite, "\"Far\"");
}

static void who_hides_is_shown_to_the_trusted_only(void **state)
{
	static const char *const ways[][2] = {
		{ "1001", "Privacy: id\n" }, { "1001", "Privacy: header;user\n" },
		{ "anonymous", "" }, { "anonymous", "Privacy: id;critical\n" },
	};
	const char *invite;

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(ways); i++) {
		invite = dial(PHONE, ways[i][0], "700", ways[i][1]);
		HAS(invite, "From: \"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=");
		tells_nobody(invite);
		LACKS(invite, "P-Asserted-Identity");
		expect_header(invite, "Privacy", "id");
		refused();
		invite = dial(PHONE, ways[i][0], "703", ways[i][1]);
		HAS(invite, "From: \"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=");
		HAS(line_header(invite, "P-Asserted-Identity"), "<sip:1001@127.0.0.1>");
		HAS(line_header(invite, "Remote-Party-ID"), ";privacy=full;screen=no");
		expect_header(invite, "Privacy", "id");
		refused();
	}
}

static void without_such_headers_from_is_all_that_the_trusted_have(void **state)
{
	(void)state;
	HAS(dial(PHONE, "1001", "706", "Privacy: id\n"), "From: \"Far\" <sip:1001@127.0.0.1>;");
	refused();
	tells_nobody(dial(PHONE, "1001", "705", "Privacy: id\n"));
	refused();
}

static void only_other_kinds_of_privacy_hide_nobody(void **state)
{
	(void)state;
	HAS(dial(PHONE, "1001", "700", "Privacy: session\n"), "From: \"Far\" <sip:1001@");
	refused();
}

/* RFC 3323 §5 */
static void what_is_critical_must_be_known(void **state)
{
	(void)state;
	phone_source = GATE;
	phone_invite(&far, "x", "705", "Privacy: id;sealed;critical\n", SDP(""));
	phone_final(&far, "SIP/2.0 500");
	phone_ack_refusal(&far);
	dial(GATE, "x", "705", "Privacy: header ; session;Critical\n");
	refused();
	dial(GATE, "x", "705", "Privacy: sealed\n");
	refused();
}

static void a_phone_may_hide_unless_it_says_otherwise(void **state)
{
	(void)state;
	HAS(dial(SHY, "shy", "705", ""), "<sip:anonymous@anonymous.invalid>");
	refused();
	HAS(dial(SHY, "shy", "705", "Privacy: none\n"), "<sip:77@127.0.0.1>");
	refused();
}

/* ---- telephone numbers ---- */

static void a_number_is_marked_where_that_is_wanted(void **state)
{
	const char *invite;

	(void)state;
	invite = dial(GATE, "x", "704", "P-Asserted-Identity: <tel:+4930123>\n");
	HAS(invite, "INVITE sip:42@127.0.0.2:5060;user=phone SIP/2.0");
	HAS(invite, "To: <sip:42@127.0.0.2:5060;user=phone>");
	HAS(invite, "From: <sip:+4930123@127.0.0.1;user=phone>;tag=");
	expect_header(invite, "P-Asserted-Identity", "<sip:+4930123@127.0.0.1;user=phone>");
	refused();
	HAS(dial(GATE, "bob", "704", ""), "From: \"Far\" <sip:bob@127.0.0.1>;tag=");
	refused();
}

static void call_uri(const char *uri, const char *answer)
{
	static unsigned serial;
	char text[2048];

	serial++;
	snprintf(text, sizeof(text),
		 "INVITE %s SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.9:5060;branch=z9hG4bKtel%u\n"
		 "Max-Forwards: 70\nFrom: <tel:+49-30-1>;tag=%u\nTo: <%s>\nCall-ID: tel%u\n"
		 "CSeq: 1 INVITE\nContact: <sip:127.0.0.9>\nContent-Type: application/sdp\n\n"
		 SDP(""), uri, serial, serial, uri, serial);
	line_feed_from(GATE, 5060, text);
	rd__sched_run_for(10);
	if (strncmp(line_peek(), "SIP/2.0 100", 11) == 0)
		line_take();
	line_expect(answer);
	line_clear();
}

static void numbers_are_dialled_in_every_form(void **state)
{
	(void)state;
	seen.accepts = "|+4930123|7042|";
	call_uri("tel:+49-30-123", "SIP/2.0 200");
	assert_string_equal(seen.caller, " <+49301>");
	call_uri("tel:+49(30)1.23;isub=9", "SIP/2.0 200");
	call_uri("tel:7042;phone-context=example.com", "SIP/2.0 200");
	call_uri("sip:+49-30-123@127.0.0.1;user=phone", "SIP/2.0 200");
	call_uri("sip:7042;phone-context=+49@127.0.0.1;user=phone", "SIP/2.0 200");
	call_uri("sip:+49-30-123@127.0.0.1", "SIP/2.0 404");
	call_uri("tel:9999", "SIP/2.0 404");
	call_uri("http://127.0.0.1/", "SIP/2.0 416");
	call_uri("sips:7042@127.0.0.1", "SIP/2.0 416");
}

static void is_dialled(const char *resource, const char *want)
{
	seen.dials = resource;
	HAS(dial(GATE, "bob", "707", ""), want);
	refused();
}

/* RFC 3261 §19.1.6: the number with its parameters, as RFC 3966 §3 has them in order. */
static void a_tel_uri_is_dialled_at_a_peer(void **state)
{
	(void)state;
	is_dialled("SIP/peer/tel:+4930123",
		   "INVITE sip:+4930123@127.0.0.2:5060;user=phone SIP/2.0");
	is_dialled("SIP/tel:+49-30-ABC@peer",
		   "INVITE sip:+49-30-abc@127.0.0.2:5060;user=phone SIP/2.0");
	is_dialled("SIP/tel:704;zeta=Q%20q;Alpha;PHONE-context=Example.com;EXT=9@peer",
		   "INVITE sip:704;ext=9;phone-context=example.com;alpha;zeta=Q%20q@127.0.0.2:5060"
		   ";user=phone SIP/2.0");
	is_dialled("SIP/tel:704;phone-context=%2B49;isub=1@127.0.0.2",
		   "INVITE sip:704;isub=1;phone-context=+49@127.0.0.2;user=phone SIP/2.0");
}

static void a_tel_uri_is_no_place(void **state)
{
	char fault[128];

	(void)state;
	assert_non_null(sip_resource_fault("tel:+4930123", fault, sizeof(fault)));
	assert_non_null(sip_resource_fault("peer/tel:x", fault, sizeof(fault)));
	assert_non_null(sip_resource_fault("tel:@peer", fault, sizeof(fault)));
	assert_null(sip_resource_fault("peer/tel:+4930123", fault, sizeof(fault)));
}

static void a_local_number_keeps_its_context(void **state)
{
	(void)state;
	call_uri("tel:704;phone-context=example.com",
		 "INVITE sip:42;phone-context=example.com@127.0.0.2:5060;user=phone SIP/2.0");
	call_uri("sip:704;phone-context=%2B49@127.0.0.1;user=phone",
		 "INVITE sip:42;phone-context=+49@127.0.0.2:5060;user=phone SIP/2.0");
	call_uri("tel:705;phone-context=example.com", "INVITE sip:42@127.0.0.2:5060 SIP/2.0");
	call_uri("sip:704;phone-context=x@127.0.0.1",
		 "SIP/2.0 404"); /* no telephone: all of it is a name */
}

static void a_local_caller_keeps_his_context(void **state)
{
	const char *invite = dial(GATE, "x", "704",
				  "P-Asserted-Identity: <sip:ann@h>, "
				  "<tel:555;phone-context=y.example>\n");

	(void)state;
	HAS(invite, "From: <sip:555;phone-context=y.example@127.0.0.1;user=phone>;");
	expect_header(invite, "P-Asserted-Identity",
		      "<sip:555;phone-context=y.example@127.0.0.1;user=phone>");
	refused();
	LACKS(dial(GATE, "x", "705", "P-Asserted-Identity: <tel:555;phone-context=y.example>\n"),
	      "phone-context");
	refused();
	LACKS(dial(GATE, "x", "704", "P-Asserted-Identity: <tel:+4955;phone-context=y.example>\n"),
	      "phone-context");
	refused();
	LACKS(dial(GATE, "x", "704",
		   "P-Asserted-Identity: <sip:ann;phone-context=y.example@h;user=phone>\n"),
	      "phone-context");
	refused();
}

static void who_is_called_by_a_uri_has_its_number(void **state)
{
	struct rd_channel *leg;

	(void)state;
	seen.dials = "SIP/plain/sip:4711@127.0.0.2";
	dial(GATE, "bob", "707", "");
	leg = rd_device_channel("SIP/plain", NULL);
	assert_non_null(leg);
	assert_string_equal(rd_channel_party(leg, RD_PARTY_CALLER)->number, "4711");
	refused();
}

static const char *shown_as;

static void dials_as_another(struct rd_channel *ch, const char *exten)
{
	const struct rd_dial_options options = { .timeout_ms = 20000 };
	const struct rd_party who = { .number = shown_as };
	struct rd_channel *winner = NULL;
	struct rd_dial_result result;

	(void)exten;
	if (rd_channel_set_party(ch, RD_PARTY_CALLER, &who) == 0)
		rd_dial(ch, "SIP/42@strict", &options, &winner, &result);
}

/* Also where the number that came begins like it, or it like that. */
static void who_gets_another_number_has_no_context(void **state)
{
	static const char *const numbers[] = { "55", "5555", "77" };

	(void)state;
	seen.service = dials_as_another;
	for (size_t i = 0; i < RD_ARRAY_SIZE(numbers); i++) {
		const char *invite;
		char from[64];

		shown_as = numbers[i];
		snprintf(from, sizeof(from), "<sip:%s@127.0.0.1;user=phone>", shown_as);
		invite = dial(GATE, "x", "699",
			      "P-Asserted-Identity: <tel:555;phone-context=y.example>\n");
		HAS(line_header(invite, "From"), from);
		LACKS(invite, "phone-context");
		line_clear();
		phone_request(&far, "CANCEL", "", "");
		rd__sched_run_for(40000);
		line_clear();
	}
}

static void an_invite_allows_what_its_dialog_takes(void **state)
{
	const char *allow = line_header(dial(GATE, "x", "705", ""), "Allow");

	(void)state;
	HAS(allow, "INVITE, ACK, BYE, CANCEL, OPTIONS");
	HAS(allow, "MESSAGE");
	LACKS(allow, "REGISTER");
	LACKS(allow, "PUBLISH");
	refused();
}

/* ---- credentials ---- */

/* 1002 dials this number with credentials for this URI. */
static void dial_with(const char *number, const char *uri, const char *answer)
{
	char more[1024];

	phone_source = "127.0.0.20";
	phone_invite(&far, "1002", number, "", SDP(""));
	snprintf(more, sizeof(more), "%s",
		 office_credentials_for(uri, phone_expect(&far, "SIP/2.0 401"), "INVITE",
					"1002", "two", "MD5"));
	phone_ack(&far, "");
	phone_invite(&far, "1002", number, more, SDP(""));
	rd__sched_run_for(10);
	phone_final(&far, answer);
	phone_ack(&far, "");
	rd__sched_run_for(10);
}

/* 604 is busy. */
static void prove_for(const char *uri, const char *answer)
{
	dial_with("604", uri, answer);
}

/* RFC 7616 §3.4.6; what proxies rewrite and phones leave out is let pass. */
static void credentials_for_another_number_are_refused(void **state)
{
	(void)state;
	prove_for("sip:604@127.0.0.1", "SIP/2.0 486");
	prove_for("sip:604@office.example:5070;transport=udp", "SIP/2.0 486");
	prove_for("sip:127.0.0.1", "SIP/2.0 486");
	prove_for("tel:60-4", "SIP/2.0 486");
	prove_for("sip:600@127.0.0.1", "SIP/2.0 400");
	prove_for("604", "SIP/2.0 400");
}

/* There is no such number; who asks for it has proven who he is all the same. */
static void the_credentials_of_a_long_number_are_read(void **state)
{
	enum { LONG = 300 };
	char number[LONG + 1], uri[LONG + 32];

	(void)state;
	memset(number, '7', LONG);
	number[LONG] = '\0';
	snprintf(uri, sizeof(uri), "sip:%s@127.0.0.1", number);
	dial_with(number, uri, "SIP/2.0 404");
	uri[strlen("sip:")] = '8';
	dial_with(number, uri, "SIP/2.0 400");
	snprintf(uri, sizeof(uri), "sip:%%37%s@127.0.0.1", number + 1);
	dial_with(number, uri, "SIP/2.0 404");
}

#define STRANGER "127.0.0.77"

static void is_asked(const char *header)
{
	phone_source = STRANGER;
	phone_invite(&far, "x", "705", header, SDP(""));
	rd__sched_run_for(10);
	phone_expect(&far, "SIP/2.0 401");
	phone_ack_refusal(&far);
	line_expect_nothing();
}

static void a_header_may_tell_who_calls(void **state)
{
	(void)state;
	dial(STRANGER, "x", "705", "X-Trunk: it is\n");
	assert_string_equal(seen.caller, " <88>");
	assert_string_equal(seen.tag, "red");
	refused();
	/* Who is known by the user of From is somebody else then. */
	dial(STRANGER, "1002", "705", "X-Other: a\nx-trunk:  it is \n");
	assert_string_equal(seen.caller, " <88>");
	refused();
	dial(STRANGER, "x", "705", "Organization: Many, Inc.\n");
	assert_string_equal(seen.caller, " <89>");
	assert_string_equal(seen.tag, "");
	refused();
	dial(GATE, "x", "705", "X-Trunk: it is\n"); /* an address says more */
	assert_string_equal(seen.caller, "Far <x>");
	refused();
	is_asked("");
	is_asked("X-Trunk: it\n");
	is_asked("X-Trunk: it is not\n");
	is_asked("Organization: Not Many Inc.\n");
	is_asked("X-Trunk: proven\n");
}

static int open_identity(void **state)
{
	return exchange_open(state) || office_reload(conf);
}

static int close_identity(void **state)
{
	phone_source = "127.0.0.9";
	return exchange_close(state);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, open_identity, close_identity)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(who_hears_of_a_channel_hears_who_it_is),
		CASE(who_is_trusted_may_say_who_calls),
		CASE(a_name_in_latin1_goes_on_as_utf8),
		CASE(a_long_name_is_cut_between_letters),
		CASE(a_phone_chooses_among_its_own_numbers),
		CASE(nobody_vouches_for_what_a_phone_says),
		CASE(who_hides_is_shown_to_the_trusted_only),
		CASE(without_such_headers_from_is_all_that_the_trusted_have),
		CASE(only_other_kinds_of_privacy_hide_nobody),
		CASE(what_is_critical_must_be_known),
		CASE(a_phone_may_hide_unless_it_says_otherwise),
		CASE(a_number_is_marked_where_that_is_wanted),
		CASE(numbers_are_dialled_in_every_form),
		CASE(a_tel_uri_is_dialled_at_a_peer),
		CASE(a_tel_uri_is_no_place),
		CASE(a_local_number_keeps_its_context),
		CASE(a_local_caller_keeps_his_context),
		CASE(who_gets_another_number_has_no_context),
		CASE(who_is_called_by_a_uri_has_its_number),
		CASE(credentials_for_another_number_are_refused),
		CASE(the_credentials_of_a_long_number_are_read),
		CASE(a_header_may_tell_who_calls),
		CASE(an_invite_allows_what_its_dialog_takes),
	};

	return RUN_GROUP(tests);
}
