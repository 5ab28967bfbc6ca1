/* Texts outside of calls (MESSAGE, RFC 3428): from phone to phone, to all devices of
 * one, through the dialplan, and out of it. */
#include "tests/unit/test.h"

#include <ringdown/channel.h>
#include <ringdown/dialplan.h>

#include "channels/sip/call/tech.h"
#include "channels/sip/apps.h"
#include "channels/sip/pager/pager.h"
#include "core/call/reach.h"
#include "core/call/registry.h"
#include "tests/sim/sip_exchange.h"

static const char conf[] =
	"[global]\nuser_agent = Test\n"
	"[1001]\ntype = phone\nmatch = 127.0.0.11\ncontext = office\n"
	"[1002]\ntype = phone\nmatch = 127.0.0.12\ncontext = office\n"
	"[1003]\ntype = phone\nmatch = 127.0.0.13\ncontext = elsewhere\n"
	"[1004]\ntype = phone\nsecret = four\ncontext = office\n"
	"[writer]\ntype = phone\nmatch = 127.0.0.14\ncontext = office\n"
	"message_context = texts\ncallerid = \"The Writer\" <55>\n"
	"[texts](!)\ntype = phone\ncontext = office\nmessage_context = texts\n"
	"[plain](texts)\nmatch = 127.0.0.15\nmessage_context =\n"
	"[peer]\ntype = peer\nhost = 127.0.0.2:5060\ncontext = office\n";

#define HAS(text, part)	  assert_non_null(strstr(text, part))
#define LACKS(text, part) assert_null(strstr(text, part))

/* ---- the dialplan: what each number does with a text ---- */

static char said[8][512]; /* what it found */
static char status[64];

static void note(int i, const char *function, const char *args, struct rd_channel *ch)
{
	const struct rd_function *found = sip_functions;
	struct rd_buf buf;

	while (strcmp(found->name, function) != 0)
		found++;
	rd_buf_init(&buf);
	assert_int_equal(found->read(ch, args, &buf), 0);
	snprintf(said[i], sizeof(said[i]), "%s", rd_buf_text(&buf));
	rd_buf_fini(&buf);
}

static void set(struct rd_channel *ch, const char *function, const char *args,
		const char *value)
{
	const struct rd_function *found = sip_functions;

	while (strcmp(found->name, function) != 0)
		found++;
	assert_int_equal(found->write(ch, args, value), 0);
}

static int send_text(struct rd_channel *ch, const char *args)
{
	const char *value;
	int rc = rd_app_run(ch, "MessageSend", args);

	value = rd_var_get(ch, "MESSAGE_SEND_STATUS");
	snprintf(status, sizeof(status), "%s", value ? value : "");
	return rc;
}

static int run(struct rd_channel *ch)
{
	const char *exten = rd_channel_exten(ch);
	const struct rd_party *caller = rd_channel_party(ch, RD_PARTY_CALLER);
	char args[128];

	snprintf(said[0], sizeof(said[0]), "%s <%s>", caller->name ? caller->name : "",
		 caller->number ? caller->number : "");
	note(1, "MESSAGE", "to", ch);
	note(2, "MESSAGE", "from", ch);
	note(3, "MESSAGE", "body", ch);
	note(4, "MESSAGE_DATA", "X-Colour", ch);
	note(5, "MESSAGE", "content-type", ch);
	if (strcmp(exten, "1002") == 0) {
		note(6, "MESSAGE", "to", ch);
		return send_text(ch, said[6]);
	}
	if (strcmp(exten, "marked") == 0) {
		set(ch, "MESSAGE", "custom_data", "mark_all_outbound");
		return send_text(ch, "pjsip:1002");
	}
	if (strcmp(exten, "other") == 0) {
		set(ch, "MESSAGE", "body", "Another text");
		set(ch, "MESSAGE_DATA", "X-Size", "large\r\nVia: x");
		return send_text(ch, "pjsip:1002,\"Boss\" <sip:1@h>,sip:team@h");
	}
	snprintf(args, sizeof(args), "%s", exten);
	return send_text(ch, args);
}

static enum rd_match match(const char *context, const char *exten, int priority,
			   const char *caller)
{
	(void)priority, (void)caller;
	return strcmp(context, "texts") == 0 && strcmp(exten, "404") != 0 ? RD_MATCH_FULL
									  : RD_MATCH_NONE;
}

static const struct rd_dialplan dialplan = { .run = run, .match = match };

/* ---- the far ends ---- */

static unsigned serial;

static void say(const char *source, const char *from, const char *to, const char *more,
		const char *body)
{
	static char text[40000];

	serial++;
	snprintf(text, sizeof(text),
		 "MESSAGE sip:%s@127.0.0.1 SIP/2.0\n"
		 "Via: SIP/2.0/UDP %s:5060;branch=z9hG4bKt%u;rport\nMax-Forwards: 70\n"
		 "From: \"Some One\" <sip:%s@127.0.0.1>;tag=f%u\nTo: <sip:%s@127.0.0.1>\n"
		 "Call-ID: t%u\nCSeq: 1 MESSAGE\n%s%s\n%s",
		 to, source, serial, from, serial, to, serial, more,
		 *body && !strstr(more, "Content-Type:") ? "Content-Type: text/plain\n" : "", body);
	line_feed_from(source, 5060, text);
	run_for(1);
}

static void registers(const char *source, const char *name, int port)
{
	char text[1024];

	serial++;
	snprintf(text, sizeof(text),
		 "REGISTER sip:127.0.0.1 SIP/2.0\n"
		 "Via: SIP/2.0/UDP %s:%d;branch=z9hG4bKr%u;rport\nMax-Forwards: 70\n"
		 "From: <sip:%s@127.0.0.1>;tag=r\nTo: <sip:%s@127.0.0.1>\n"
		 "Call-ID: r%d\nCSeq: %u REGISTER\nContact: <sip:%s@%s:%d>;expires=60\n\n",
		 source, port, serial, name, name, port, serial, name, source, port);
	line_feed_from(source, (uint16_t)port, text);
	line_expect("SIP/2.0 200");
}

/* The device there answers the MESSAGE that it got. */
static void answers(const char *message, const char *host, int port, const char *line)
{
	char text[4096], via[256], from[256], to[256], call_id[128];

	snprintf(via, sizeof(via), "%s", line_header(message, "Via"));
	snprintf(from, sizeof(from), "%s", line_header(message, "From"));
	snprintf(to, sizeof(to), "%s", line_header(message, "To"));
	snprintf(call_id, sizeof(call_id), "%s", line_header(message, "Call-ID"));
	snprintf(text, sizeof(text),
		 "SIP/2.0 %s\nVia: %s\nFrom: %s\nTo: %s;tag=x%d\nCall-ID: %s\n"
		 "CSeq: 1 MESSAGE\n\n", line, via, from, to, port, call_id);
	line_feed_from(host, (uint16_t)port, text);
	run_for(1);
}

static char copy[2][4096];

static const char *device_gets(int i)
{
	snprintf(copy[i], sizeof(copy[i]), "%s", line_expect("MESSAGE "));
	return copy[i];
}

/* ---- from phone to phone ---- */

static void an_empty_context_for_texts_is_none(void **state)
{
	(void)state;
	registers("127.0.0.12", "1002", 5060);
	say("127.0.0.15", "plain", "1002", "", "Hi");
	device_gets(0);
	answers(copy[0], "127.0.0.12", 5060, "200 OK");
	line_expect("SIP/2.0 200");
}

static void a_phone_writes_to_another(void **state)
{
	const char *got;

	(void)state;
	registers("127.0.0.12", "1002", 5060);
	say("127.0.0.11", "1001", "1002", "Subject: Lunch\nX-Secret: 1\n",
	    "Gr\xc3\xbc\xc3\x9f Gott");
	got = device_gets(0);
	assert_string_equal(line_peer(), "127.0.0.12:5060");
	HAS(got, "MESSAGE sip:1002@127.0.0.12:5060 SIP/2.0");
	HAS(got, "From: \"Some One\" <sip:1001@127.0.0.1>;tag=");
	HAS(got, "Subject: Lunch\n");
	HAS(got, "Content-Type: text/plain\n");
	HAS(got, "\n\nGr\xc3\xbc\xc3\x9f Gott");
	assert_string_equal(line_header(got, "Max-Forwards"), "69");
	/* RFC 3428 §8: a MESSAGE makes no dialog. */
	LACKS(got, "Contact:");
	LACKS(got, "X-Secret");
	line_expect_nothing();
	answers(got, "127.0.0.12", 5060, "200 OK");
	line_expect("SIP/2.0 200");
	assert_string_equal(line_peer(), "127.0.0.11:5060");
}

static bool is_at_plain(const char *device, const struct rd_channel *caller,
			struct rd_reach_wish *wish)
{
	(void)caller;
	if (strcmp(device, "SIP/1002") == 0)
		wish->device = "SIP/plain";
	return wish->device;
}

static const char *nobody(const char *device)
{
	(void)device;
	return NULL;
}

static void who_sits_at_another_phone_reads_there(void **state)
{
	static const struct rd_reach reach = { .wish = is_at_plain, .owner = nobody };
	const char *got;

	(void)state;
	registers("127.0.0.12", "1002", 5060);
	registers("127.0.0.15", "plain", 5060);
	assert_int_equal(rd__reach_set(&reach), 0);
	say("127.0.0.11", "1001", "1002", "", "Hi");
	assert_int_equal(rd__reach_set(NULL), 0);
	got = device_gets(0);
	HAS(got, "MESSAGE sip:plain@127.0.0.15:5060 SIP/2.0");
	line_expect_nothing();
	answers(got, "127.0.0.15", 5060, "200 OK");
	line_expect("SIP/2.0 200");
}

static bool nothing(const char *device, const struct rd_channel *caller,
		    struct rd_reach_wish *wish)
{
	(void)device;
	(void)caller;
	(void)wish;
	return false;
}

static const char *guest_is_writer(const char *device)
{
	return strcmp(device, "SIP/plain") == 0 ? "SIP/writer" : NULL;
}

static void and_writes_as_himself(void **state)
{
	static const struct rd_reach reach = { .wish = nothing, .owner = guest_is_writer };

	(void)state;
	registers("127.0.0.12", "1002", 5060);
	assert_int_equal(rd__reach_set(&reach), 0);
	say("127.0.0.15", "plain", "1002", "", "Hi");
	say("127.0.0.11", "1001", "1002", "", "Hi");
	assert_int_equal(rd__reach_set(NULL), 0);
	HAS(device_gets(0), "From: \"The Writer\" <sip:55@127.0.0.1>;tag=");
	HAS(device_gets(1), "From: \"Some One\" <sip:1001@127.0.0.1>;tag=");
	for (int i = 0; i < 2; i++) {
		answers(copy[i], "127.0.0.12", 5060, "200 OK");
		line_expect("SIP/2.0 200");
	}
}

static void other_kinds_of_text_pass_as_they_are(void **state)
{
	const char *got;

	(void)state;
	registers("127.0.0.12", "1002", 5060);
	say("127.0.0.11", "1001", "1002", "Content-Type: application/im-iscomposing+xml\n",
	    "<isComposing/>");
	got = device_gets(0);
	HAS(got, "Content-Type: application/im-iscomposing+xml\n");
	HAS(got, "\n\n<isComposing/>");
	answers(got, "127.0.0.12", 5060, "202 Accepted");
	line_expect("SIP/2.0 202");
}

static void all_devices_have_it_and_the_first_yes_counts(void **state)
{
	const char *a, *b;

	(void)state;
	registers("127.0.0.12", "1002", 5060);
	registers("127.0.0.12", "1002", 5070);
	say("127.0.0.11", "1001", "1002", "", "Hi");
	a = device_gets(0);
	b = device_gets(1);
	assert_string_not_equal(line_header(a, "Via"), "");
	answers(a, "127.0.0.12", strstr(a, ":5070 ") ? 5070 : 5060, "486 Busy Here");
	line_expect_nothing();
	answers(b, "127.0.0.12", strstr(b, ":5070 ") ? 5070 : 5060, "200 OK");
	line_expect("SIP/2.0 200");
}

static void a_late_answer_of_another_device_changes_nothing(void **state)
{
	const char *a, *b;

	(void)state;
	registers("127.0.0.12", "1002", 5060);
	registers("127.0.0.12", "1002", 5070);
	say("127.0.0.11", "1001", "1002", "", "Hi");
	a = device_gets(0);
	b = device_gets(1);
	answers(a, "127.0.0.12", strstr(a, ":5070 ") ? 5070 : 5060, "200 OK");
	line_expect("SIP/2.0 200");
	answers(b, "127.0.0.12", strstr(b, ":5070 ") ? 5070 : 5060, "200 OK");
	line_expect_nothing();
}

static void what_all_refuse_is_told(void **state)
{
	(void)state;
	registers("127.0.0.12", "1002", 5060);
	say("127.0.0.11", "1001", "1002", "", "Hi");
	answers(device_gets(0), "127.0.0.12", 5060, "415 Unsupported Media Type");
	line_expect("SIP/2.0 415");
	say("127.0.0.11", "1001", "1002", "", "Hi");
	/* What the device wants of us is not the writer's: RFC 4320, RFC 3261 §16.7. */
	answers(device_gets(0), "127.0.0.12", 5060, "408 Request Timeout");
	line_expect("SIP/2.0 480");
}

static void who_is_silent_is_not_there(void **state)
{
	(void)state;
	registers("127.0.0.12", "1002", 5060);
	say("127.0.0.11", "1001", "1002", "", "Hi");
	run_for(33000);
	while (strncmp(line_peek(), "MESSAGE ", 8) == 0 ||
	       strncmp(line_peek(), "SIP/2.0 100", 11) == 0)
		line_take();
	line_expect("SIP/2.0 480");
}

static void the_number_decides_who_is_asked(void **state)
{
	(void)state;
	say("127.0.0.11", "1001", "1002", "", "Hi");
	line_expect("SIP/2.0 480"); /* no device */
	say("127.0.0.11", "1001", "nobody", "", "Hi");
	line_expect("SIP/2.0 404");
	registers("127.0.0.13", "1003", 5060);
	say("127.0.0.11", "1001", "1003", "", "Hi");
	line_expect("SIP/2.0 404"); /* another house's */
	say("127.0.0.11", "1001", "peer", "", "Hi");
	HAS(line_expect("MESSAGE "), "MESSAGE sip:127.0.0.2:5060 SIP/2.0");
	line_clear();
}

static void strangers_are_asked_who_they_are(void **state)
{
	(void)state;
	registers("127.0.0.12", "1002", 5060);
	say("127.0.0.99", "1001", "1002", "", "Buy now");
	line_expect("SIP/2.0 401");
	say("127.0.0.99", "1004", "1002", "", "Buy now");
	line_expect("SIP/2.0 401");
}

static void a_text_too_long_is_refused(void **state)
{
	static char long_text[20000];

	(void)state;
	registers("127.0.0.12", "1002", 5060);
	memset(long_text, 'x', 1200);
	say("127.0.0.11", "1001", "1002", "", long_text);
	line_expect("SIP/2.0 413"); /* RFC 3428 §8: datagrams are all there is */
	memset(long_text, 'x', 700);
	long_text[700] = '\0';
	say("127.0.0.11", "1001", "1002", "", long_text);
	answers(device_gets(0), "127.0.0.12", 5060, "200 OK");
	line_expect("SIP/2.0 200");
	memset(long_text, 'x', sizeof(long_text) - 1);
	say("127.0.0.14", "writer", "1002", "", long_text);
	line_expect("SIP/2.0 413");
}

static void who_writes_too_much_is_told_to_wait(void **state)
{
	const char *no;

	(void)state;
	sip_settings_find(sip.settings, RD_STR("1001"))->max_texts = 4;
	for (int i = 0; i < 4; i++) {
		say("127.0.0.11", "1001", "1009", "", "Hi");
		line_expect("SIP/2.0 404");
	}
	say("127.0.0.11", "1001", "1009", "", "Hi");
	no = line_expect("SIP/2.0 480");
	assert_string_equal(line_header(no, "Retry-After"), "15");
	HAS(no, "Too many texts");
	say("127.0.0.12", "1002", "1009", "", "Hi"); /* each for himself */
	line_expect("SIP/2.0 404");
	run_for(15000);
	say("127.0.0.11", "1001", "1009", "", "Hi");
	line_expect("SIP/2.0 404");
	say("127.0.0.11", "1001", "1009", "", "Hi");
	line_expect("SIP/2.0 480");
	sip_settings_find(sip.settings, RD_STR("1001"))->max_texts = 0;
	for (int i = 0; i < 100; i++) {
		say("127.0.0.11", "1001", "1009", "", "Hi");
		line_expect("SIP/2.0 404");
	}
}

static void no_text_goes_in_circles(void **state)
{
	static const char text[] =
		"MESSAGE sip:1002@127.0.0.1 SIP/2.0\n"
		"Via: SIP/2.0/UDP 127.0.0.11:5060;branch=z9hG4bKc\nMax-Forwards: 0\n"
		"From: <sip:1001@h>;tag=1\nTo: <sip:1002@h>\nCall-ID: c\nCSeq: 1 MESSAGE\n\n";

	(void)state;
	registers("127.0.0.12", "1002", 5060);
	line_feed_from("127.0.0.11", 5060, text);
	line_expect("SIP/2.0 483");
}

static void a_body_must_say_what_it_is(void **state)
{
	static const char text[] =
		"MESSAGE sip:1002@127.0.0.1 SIP/2.0\n"
		"Via: SIP/2.0/UDP 127.0.0.11:5060;branch=z9hG4bKb\nMax-Forwards: 70\n"
		"From: <sip:1001@h>;tag=1\nTo: <sip:1002@h>\nCall-ID: b\nCSeq: 1 MESSAGE\n\nHi";

	(void)state;
	line_feed_from("127.0.0.11", 5060, text);
	line_expect("SIP/2.0 400");
}

/* ---- through the dialplan ---- */

static void the_dialplan_has_it_and_sends_it_on(void **state)
{
	const char *got;

	(void)state;
	registers("127.0.0.12", "1002", 5060);
	say("127.0.0.14", "writer", "1002", "X-Colour: blue\n", "Hi");
	line_expect("SIP/2.0 202");
	got = device_gets(0);
	assert_string_equal(said[0], "The Writer <55>");
	assert_string_equal(said[1], "pjsip:1002@127.0.0.1");
	assert_string_equal(said[2], "\"Some One\" <sip:writer@127.0.0.1>");
	assert_string_equal(said[3], "Hi");
	assert_string_equal(said[4], "blue");
	assert_string_equal(said[5], "text/plain");
	HAS(got, "MESSAGE sip:1002@127.0.0.12:5060 SIP/2.0");
	HAS(got, "From: \"Some One\" <sip:writer@127.0.0.1>;tag=");
	HAS(got, "\n\nHi");
	LACKS(got, "X-Colour");
	assert_string_equal(line_header(got, "Max-Forwards"), "69");
	answers(got, "127.0.0.12", 5060, "200 OK");
	assert_string_equal(status, "SUCCESS");
}

static void bind_device(const char *uri, const char *instance)
{
	office_bind("1002", "127.0.0.12", 5070,
		    &(struct sip_contact_params){ .uri = rd_str_of(uri),
						  .instance = rd_str_of(instance),
						  .q = 1000 });
}

/* RFC 5627 §6.1: MessageSend(pjsip:1002) is for the device that was written to. */
static void a_gruu_is_one_device_after_the_dialplan_too(void **state)
{
	static const char text[] =
		"MESSAGE sip:1002@127.0.0.1;gr=urn:uuid:2 SIP/2.0\n"
		"Via: SIP/2.0/UDP 127.0.0.14:5060;branch=z9hG4bKgruu\nMax-Forwards: 70\n"
		"From: <sip:writer@h>;tag=1\nTo: <sip:1002@127.0.0.1>\nCall-ID: gruu\n"
		"CSeq: 1 MESSAGE\nContent-Type: text/plain\n\nHi";

	(void)state;
	bind_device("sip:first@127.0.0.12", "<urn:uuid:1>");
	bind_device("sip:second@127.0.0.12", "<urn:uuid:2>");
	line_feed_from("127.0.0.14", 5060, text);
	line_expect("SIP/2.0 202");
	run_for(1);
	HAS(device_gets(0), "MESSAGE sip:second@127.0.0.12 SIP/2.0");
	line_expect_nothing();
	answers(copy[0], "127.0.0.12", 5070, "200 OK");
	assert_string_equal(status, "SUCCESS");
}

static void a_text_by_sips_never_goes_in_clear(void **state)
{
	struct sip_recipient to;

	(void)state;
	say("127.0.0.14", "writer", "pjsip%3Asips%3Abob%40127.0.0.3", "", "Hi");
	line_expect("SIP/2.0 202");
	run_for(10);
	line_expect_nothing();
	assert_string_equal(status, "FAILURE");
	registers("127.0.0.12", "1002", 5060);
	say("127.0.0.14", "writer", "pjsip%3Asips%3A1002", "", "Hi");
	line_expect("SIP/2.0 202");
	run_for(10);
	line_expect_nothing();
	assert_string_equal(status, "FAILURE");
	assert_int_equal(sip_recipient_read(&to, RD_STR("sips:bob@127.0.0.3"), RD_STR("x")), 0);
	assert_string_equal(to.uri, "sips:bob@127.0.0.3");
	assert_int_equal(sip_recipient_read(&to, RD_STR("pjsip:peer/sips:b@h"), RD_STR("x")), 0);
	assert_string_equal(to.uri, "sips:b@h");
}

static void a_number_with_a_hash_is_escaped(void **state)
{
	struct sip_recipient to;

	(void)state;
	assert_int_equal(sip_recipient_read(&to, RD_STR("pjsip:#5@127.0.0.3"), RD_STR("x")), 0);
	assert_string_equal(to.uri, "sip:%235@127.0.0.3");
	assert_int_equal(sip_recipient_read(&to, RD_STR("pjsip:#5@peer"), RD_STR("x")), 0);
	assert_int_equal(strncmp(to.uri, "sip:%235@127.", 13), 0);
	assert_int_equal(sip_recipient_read(&to, RD_STR("pjsip:peer/sip:#%23@h"), RD_STR("x")), 0);
	assert_string_equal(to.uri, "sip:%23%23@h");
}

static void nor_to_a_device_that_registered_in_clear(void **state)
{
	(void)state;
	bind_device("sip:first@127.0.0.12", "<urn:uuid:1>");
	say("127.0.0.14", "writer", "pjsip%3Asips%3A1002", "", "Hi");
	line_expect("SIP/2.0 202");
	run_for(10);
	line_expect_nothing();
	assert_string_equal(status, "FAILURE");
}

static void headers_go_on_when_they_are_marked(void **state)
{
	(void)state;
	registers("127.0.0.12", "1002", 5060);
	say("127.0.0.14", "writer", "marked", "X-Colour: blue\n", "Hi");
	line_expect("SIP/2.0 202");
	HAS(device_gets(0), "X-Colour: blue\n");
	answers(copy[0], "127.0.0.12", 5060, "200 OK");
}

static void the_dialplan_writes_what_it_likes(void **state)
{
	const char *got;

	(void)state;
	registers("127.0.0.12", "1002", 5060);
	say("127.0.0.14", "writer", "other", "", "Hi");
	line_expect("SIP/2.0 202");
	got = device_gets(0);
	HAS(got, "From: \"Boss\" <sip:1@127.0.0.1>;tag=");
	HAS(got, "To: <sip:team@h>\n");
	HAS(got, "X-Size: large\n");
	LACKS(got, "Via: x");
	HAS(got, "\n\nAnother text");
	answers(got, "127.0.0.12", 5060, "603 Decline");
	assert_string_equal(status, "FAILURE");
}

static void an_unknown_number_is_not_there(void **state)
{
	(void)state;
	say("127.0.0.14", "writer", "404", "", "Hi");
	line_expect("SIP/2.0 404");
}

static void destinations_are_read_as_people_write_them(void **state)
{
	static const struct {
		const char *number, *line; /* "" : nothing is sent */
		const char *status;
	} rows[] = {
		{ "sip%3a1002", "sip:1002@127.0.0.12:5060", NULL },
		{ "pjsip%3a%3csip%3a1002@127.0.0.1%3e", "sip:1002@127.0.0.12:5060", NULL },
		{ "pjsip%3apeer/sip%3a4711@127.0.0.2", "sip:4711@127.0.0.2", NULL },
		{ "sip%3a4711@peer", "sip:4711@127.0.0.2:5060", NULL },
		{ "pjsip%3asip%3abob@127.0.0.9", "sip:bob@127.0.0.9", NULL },
		{ "xmpp%3abob", "", "INVALID_PROTOCOL" },
		{ "pjsip%3anobody", "", "INVALID_URI" },
		{ "pjsip%3a1004", "", "FAILURE" },
	};

	(void)state;
	registers("127.0.0.12", "1002", 5060);
	for (size_t i = 0; i < RD_ARRAY_SIZE(rows); i++) {
		char number[128], uri[128];

		snprintf(number, sizeof(number), "%s", rows[i].number);
		for (char *p; (p = strchr(number, '@'));)
			memmove(p + 3, p + 1, strlen(p)), memcpy(p, "%40", 3);
		say("127.0.0.14", "writer", number, "", "Hi");
		line_expect("SIP/2.0 202");
		if (*rows[i].line) {
			snprintf(uri, sizeof(uri), "MESSAGE %s SIP/2.0", rows[i].line);
			HAS(device_gets(0), uri);
			answers(copy[0], "127.0.0.2", 5060, "200 OK");
		} else {
			assert_string_equal(status, rows[i].status);
		}
		line_expect_nothing();
	}
}

static void an_end_while_a_text_is_out_leaves_nothing(void **state)
{
	struct rd_channel *ch;

	(void)state;
	registers("127.0.0.12", "1002", 5060);
	say("127.0.0.14", "writer", "1002", "", "Hi");
	ch = rd_channel_find("Message/writer");
	assert_non_null(ch);
	rd_hangup(ch, RD_CAUSE_NORMAL);
	rd_channel_unref(ch);
	run_for(1);
	assert_int_equal(rd_channel_count(), 0);
	line_clear();
	say("127.0.0.11", "1001", "1002", "", "Hi");
	device_gets(0);
	sip_deliveries_stop(); /* as when the driver goes */
	line_expect_nothing();
}

/* ---- */

static int open_pager(void **state)
{
	int rc = exchange_open(state);

	if (rc || office_reload(conf))
		return -1;
	memset(said, 0, sizeof(said));
	status[0] = '\0';
	rd__dialplan_set(NULL);
	return rd__dialplan_set(&dialplan) || rd__app_add(&sip_apps[1], "chan_sip");
}

static int close_pager(void **state)
{
	rd__app_remove(&sip_apps[1]);
	return exchange_close(state);
}

#define TEXT(name) cmocka_unit_test_setup_teardown(name, open_pager, close_pager)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEXT(an_empty_context_for_texts_is_none),
		TEXT(a_phone_writes_to_another),
		TEXT(who_sits_at_another_phone_reads_there),
		TEXT(and_writes_as_himself),
		TEXT(other_kinds_of_text_pass_as_they_are),
		TEXT(all_devices_have_it_and_the_first_yes_counts),
		TEXT(a_late_answer_of_another_device_changes_nothing),
		TEXT(what_all_refuse_is_told),
		TEXT(who_is_silent_is_not_there),
		TEXT(the_number_decides_who_is_asked),
		TEXT(strangers_are_asked_who_they_are),
		TEXT(a_text_too_long_is_refused),
		TEXT(who_writes_too_much_is_told_to_wait),
		TEXT(no_text_goes_in_circles),
		TEXT(a_body_must_say_what_it_is),
		TEXT(the_dialplan_has_it_and_sends_it_on),
		TEXT(a_gruu_is_one_device_after_the_dialplan_too),
		TEXT(a_text_by_sips_never_goes_in_clear),
		TEXT(a_number_with_a_hash_is_escaped),
		TEXT(nor_to_a_device_that_registered_in_clear),
		TEXT(headers_go_on_when_they_are_marked),
		TEXT(the_dialplan_writes_what_it_likes),
		TEXT(an_unknown_number_is_not_there),
		TEXT(destinations_are_read_as_people_write_them),
		TEXT(an_end_while_a_text_is_out_leaves_nothing),
	};

	return RUN_GROUP(tests);
}
