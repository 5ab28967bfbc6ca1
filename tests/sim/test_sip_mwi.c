/* Message waiting (RFC 3842): asked for, and unasked. */
#include "tests/unit/test.h"

#include <ringdown/event.h>
#include <ringdown/mwi.h>

#include "channels/sip/endpoint/location.h"
#include "core/call/reach.h"
#include "core/sched/sched.h"
#include "tests/sim/sip_module.h"
#include "tests/sim/sip_store.h"

static const char conf[] =
	"[phone](!)\ntype = phone\ncontext = office\n"
	"[gate](phone)\nmatch = 127.0.0.9\nmailbox = 1001,1002@sales\nvoicemail_number = *#97\n"
	"[desk](phone)\nmatch = 127.0.0.8\nmailbox = 1001@default\n"
	"[quiet](phone)\nmatch = 127.0.0.7\nmailbox = 1001\nunsolicited_mwi = no\n"
	"[carrier]\ntype = peer\nhost = 127.0.0.2:5060\nusername = us\nsecret = x\n"
	"mwi_subscribe = 1003\n"
	"[bare](phone)\nmatch = 127.0.0.6\n"
	"[branch]\ntype = peer\nhost = 127.0.0.4:5060\nhost_user = office\nmailbox = 1004\n"
	"outbound_proxy = sip:127.0.0.5\\;lr\n"
	"[teller]\ntype = peer\nhost = 127.0.0.11\nmwi_incoming = 1006@x\n";

static struct watcher w;

/* ---- the carrier, which keeps mailbox 1003 ---- */

static char asked[4096];
static unsigned carrier_cseq;

static void answer_carrier(void)
{
	line_feed("SIP/2.0 200 OK\nVia: %s\nFrom: %s\nTo: %s;tag=far\nCall-ID: %s\nCSeq: %s\n"
		  "Contact: <sip:box@127.0.0.2:5060>\nExpires: 3600\n\n",
		  line_header(asked, "Via"), line_header(asked, "From"), line_header(asked, "To"),
		  line_header(asked, "Call-ID"), line_header(asked, "CSeq"));
	line_clear();
}

static void carrier_says(const char *state, const char *type, const char *body,
			 const char *expected)
{
	carrier_cseq++;
	line_feed("NOTIFY sip:127.0.0.1:5060 SIP/2.0\n"
		  "Via: SIP/2.0/UDP 127.0.0.2:5060;branch=z9hG4bKc%u\nMax-Forwards: 70\n"
		  "From: <sip:us@127.0.0.2:5060>;tag=far\nTo: %s\nCall-ID: %s\nCSeq: %u NOTIFY\n"
		  "Contact: <sip:box@127.0.0.2:5060>\nEvent: message-summary\n"
		  "Subscription-State: %s\nContent-Type: %s\n\n%s",
		  carrier_cseq, line_header(asked, "From"), line_header(asked, "Call-ID"),
		  carrier_cseq, state, type, body);
	line_expect(expected);
}

static int open_office(void **state)
{
	(void)state;
	office_open(conf);
	store_open();
	module_open();
	/* The carrier is asked at once. */
	snprintf(asked, sizeof(asked), "%s",
		 line_expect("SUBSCRIBE sip:us@127.0.0.2:5060 SIP/2.0"));
	answer_carrier();
	return 0;
}

static int close_office(void **state)
{
	(void)state;
	module_close();
	store_close();
	store_forget();
	return office_close();
}

static void set(const char *mailbox, unsigned fresh, unsigned old)
{
	const struct rd_mwi mwi = { .new_messages = fresh, .old_messages = old };

	assert_int_equal(rd_mwi_set(mailbox, &mwi), 0);
	rd__sched_run_for(1);
}

static void expect_lamp(const char *body)
{
	assert_string_equal(watcher_notified(&w, "active"), body);
	watcher_answer(&w, "200 OK");
}

static void all_mailboxes_of_a_phone_are_added_up(void **state)
{
	(void)state;
	set("1001", 1, 5);
	assert_string_equal(watcher_start(&w, "sip:gate@127.0.0.1", "message-summary", 600,
					  "Accept: application/simple-message-summary\n"),
			    "Messages-Waiting: yes\nMessage-Account: sip:*%2397@127.0.0.1\n"
			    "Voice-Message: 1/5 (0/0)\n");
	assert_string_equal(line_header(w.notify, "Content-Type"),
			    "application/simple-message-summary");
	set("1002@sales", 2, 0);
	expect_lamp("Messages-Waiting: yes\nMessage-Account: sip:*%2397@127.0.0.1\n"
		    "Voice-Message: 3/5 (0/0)\n");
	set("1002@sales", 0, 2);
	set("1001", 0, 6);
	expect_lamp("Messages-Waiting: yes\nMessage-Account: sip:*%2397@127.0.0.1\n"
		    "Voice-Message: 1/7 (0/0)\n");
	rd__sched_run_for(1);
	expect_lamp("Messages-Waiting: no\nMessage-Account: sip:*%2397@127.0.0.1\n"
		    "Voice-Message: 0/8 (0/0)\n");
	/* The same again, and that of others, is no news. */
	set("1001", 0, 6);
	set("1003", 9, 9);
	line_expect_nothing();
}

static void one_mailbox_may_be_watched_alone(void **state)
{
	(void)state;
	set("1001", 1, 0);
	set("1002@sales", 0, 3);
	watcher_start(&w, "sip:1001@127.0.0.1", "message-summary", 600, "");
	assert_non_null(strstr(w.notify, "Voice-Message: 1/0 "));
	set("1002@sales", 1, 3);
	line_expect_nothing();
}

static void the_mailboxes_of_others_are_theirs(void **state)
{
	(void)state;
	watcher_subscribe(&w, "sip:1003@127.0.0.1", "message-summary", 600, "");
	watcher_expect(&w, "SIP/2.0 404");
	watcher_subscribe(&w, "sip:1002@127.0.0.1", "message-summary", 600, "");
	watcher_expect(&w, "SIP/2.0 404");
}

static void send_register(const char *name, const char *host, unsigned cseq, const char *more)
{
	char text[1024];

	snprintf(text, sizeof(text),
		 "REGISTER sip:127.0.0.1 SIP/2.0\nVia: SIP/2.0/UDP %s:5060;branch=z9hG4bKr%s%u\n"
		 "Max-Forwards: 70\nFrom: <sip:%s@127.0.0.1>;tag=r\nTo: <sip:%s@127.0.0.1>\n"
		 "Call-ID: r-%s\nCSeq: %u REGISTER\nContact: <sip:%s@%s:5060>\n%s\n",
		 host, name, cseq, name, name, name, cseq, name, host, more);
	line_feed_from(host, 5060, text);
	line_expect("SIP/2.0 200");
	rd__sched_run_for(1);
}

static const char *unsolicited(const char *name)
{
	char start[64];
	const char *text;

	snprintf(start, sizeof(start), "NOTIFY sip:%s@", name);
	text = line_expect(start);
	assert_string_equal(line_header(text, "Event"), "message-summary");
	assert_string_equal(line_header(text, "Subscription-State"), "terminated");
	assert_null(strstr(line_header(text, "To"), ";tag="));
	return strstr(text, "\n\n") + 2;
}

static void a_phone_is_told_when_it_registers(void **state)
{
	(void)state;
	set("1001", 4, 1);
	send_register("desk", "127.0.0.8", 1, "Expires: 600\n");
	assert_string_equal(unsolicited("desk"),
			    "Messages-Waiting: yes\nVoice-Message: 4/1 (0/0)\n");
	/* A renewal is no news, a new count is. */
	send_register("desk", "127.0.0.8", 2, "Expires: 600\n");
	line_expect_nothing();
	set("1001", 0, 5);
	assert_string_equal(unsolicited("desk"),
			    "Messages-Waiting: no\nVoice-Message: 0/5 (0/0)\n");
	send_register("desk", "127.0.0.8", 3, "Expires: 0\n");
	set("1001", 1, 5);
	line_expect_nothing();
}

static void it_is_told_what_its_message_key_dials(void **state)
{
	(void)state;
	set("1001", 1, 2);
	send_register("gate", "127.0.0.9", 70, "Expires: 600\n");
	assert_string_equal(unsolicited("gate"),
			    "Messages-Waiting: yes\nMessage-Account: sip:*%2397@127.0.0.1\n"
			    "Voice-Message: 1/2 (0/0)\n");
}

/* By the proxies that it registered through; and nobody answers until the daemon stops. */
static void what_is_told_unasked_takes_the_path(void **state)
{
	(void)state;
	send_register("gate", "127.0.0.9", 60, "Path: <sip:127.0.0.77;lr>\nSupported: path\n");
	rd__sched_run_for(10);
	assert_string_equal(line_header(line_expect("NOTIFY "), "Route"), "<sip:127.0.0.77;lr>");
}

static void told_says(const char *text, const char *status)
{
	line_answer_from(line_peer());
	line_feed("SIP/2.0 %s\nVia: %s\nFrom: %s\nTo: %s;tag=far\nCall-ID: %s\nCSeq: %s\n\n",
		  status, line_header(text, "Via"), line_header(text, "From"),
		  line_header(text, "To"), line_header(text, "Call-ID"),
		  line_header(text, "CSeq"));
	line_answer_from(NULL);
}

/* A flow of the desk's device, which is told when it registers. */
static void bind_flow(const char *host, uint32_t reg_id)
{
	char uri[64];

	snprintf(uri, sizeof(uri), "sip:desk@%s", host);
	office_bind("desk", host, 5060,
		    &(struct sip_contact_params){ .uri = rd_str_of(uri),
						  .instance = RD_STR("<urn:uuid:1>"),
						  .reg_id = reg_id,
						  .q = 1000 });
	rd__sched_run_for(1);
	told_says(line_expect("NOTIFY "), "200 OK");
	line_expect_nothing();
}

/* The NOTIFY. */
static const char *desk_is_told_at(const char *peer)
{
	static char text[4096];

	snprintf(text, sizeof(text), "%s", line_expect("NOTIFY sip:desk@"));
	assert_string_equal(line_peer(), peer);
	line_expect_nothing();
	return text;
}

static void a_device_of_several_flows_is_told_once(void **state)
{
	const char *text;

	(void)state;
	bind_flow("127.0.0.31", 1);
	bind_flow("127.0.0.32", 2);
	set("1001", 2, 0);
	text = desk_is_told_at("127.0.0.32:5060");
	assert_string_equal(strstr(text, "\n\n") + 2,
			    "Messages-Waiting: yes\nVoice-Message: 2/0 (0/0)\n");
	told_says(text, "489 Bad Event");
	line_expect_nothing();
}

static void a_flow_that_its_proxy_has_lost_gives_way(void **state)
{
	(void)state;
	bind_flow("127.0.0.31", 1);
	bind_flow("127.0.0.32", 2);
	set("1001", 2, 0);
	told_says(desk_is_told_at("127.0.0.32:5060"), "430 Flow Failed");
	told_says(desk_is_told_at("127.0.0.31:5060"), "430 Flow Failed");
	line_expect_nothing();
}

static void so_does_one_that_is_silent(void **state)
{
	(void)state;
	bind_flow("127.0.0.31", 1);
	bind_flow("127.0.0.32", 2);
	set("1001", 2, 0);
	desk_is_told_at("127.0.0.32:5060");
	rd__sched_run_for(3800);
	line_clear();
	rd__sched_run_for(300);
	while (strstr(line_peek(), "@127.0.0.32 "))
		line_take();
	told_says(desk_is_told_at("127.0.0.31:5060"), "200 OK");
	rd__sched_run_for(40000);
	line_clear();
	set("1001", 3, 0);
	desk_is_told_at("127.0.0.31:5060");
}

/* It does not register, and calls to it go to its host: so do the news of its mailbox. */
static void a_peer_is_told_at_its_host(void **state)
{
	const char *text;

	(void)state;
	set("1004", 4, 1);
	text = line_expect("NOTIFY sip:office@127.0.0.4:5060 SIP/2.0");
	assert_string_equal(line_peer(), "127.0.0.5:5060");
	assert_string_equal(line_header(text, "Route"), "<sip:127.0.0.5;lr>");
	assert_string_equal(line_header(text, "Event"), "message-summary");
	assert_string_equal(strstr(text, "\n\n") + 2,
			    "Messages-Waiting: yes\nVoice-Message: 4/1 (0/0)\n");
	told_says(text, "200 OK");
	/* This one nobody answers until the daemon stops. */
	set("1004", 0, 5);
	line_expect("NOTIFY sip:office@127.0.0.4:5060 SIP/2.0");
}

static void some_phones_are_told_nothing_unasked(void **state)
{
	(void)state;
	send_register("quiet", "127.0.0.7", 1, "");
	send_register("bare", "127.0.0.6", 1, "");
	set("1001", 4, 1);
	line_expect_nothing();
}

static void who_asked_is_not_told_twice(void **state)
{
	(void)state;
	send_register("gate", "127.0.0.9", 1, "");
	unsolicited("gate");
	watcher_start(&w, "sip:gate@127.0.0.1", "message-summary", 600, "");
	set("1001", 4, 1);
	watcher_notified(&w, "active");
	watcher_answer(&w, "200 OK");
	line_expect_nothing();
}

static void a_mailbox_has_a_whole_name(void **state)
{
	char name[RD_MWI_NAME], longest[RD_MWI_NAME + 1];
	struct rd_mwi mwi = { .new_messages = 7 };

	(void)state;
	assert_int_equal(rd_mwi_name("1001", name), 0);
	assert_string_equal(name, "1001@default");
	assert_int_equal(rd_mwi_name("1001@x", name), 0);
	assert_string_equal(name, "1001@x");
	memset(longest, 'a', RD_MWI_NAME);
	longest[RD_MWI_NAME] = '\0';
	assert_int_equal(rd_mwi_name(longest, name), -EINVAL);
	assert_int_equal(rd_mwi_name("", name), -EINVAL);
	assert_int_equal(rd_mwi_name("@x", name), -EINVAL);
	assert_int_equal(rd_mwi_name("a/b", name), -EINVAL);
	assert_int_equal(rd_mwi_get("1003", &mwi), -ENOENT);
	assert_int_equal(mwi.new_messages, 0);
	set("1003", 2, 1);
	assert_int_equal(rd_mwi_get("1003@default", &mwi), 0);
	assert_int_equal(mwi.new_messages, 2);
	assert_int_equal(rd_mwi_forget("1003"), 0);
	assert_int_equal(rd_mwi_forget("1003"), -ENOENT);
}

#define SUMMARY "application/simple-message-summary"

static void expect_count(unsigned fresh, unsigned old)
{
	struct rd_mwi mwi;

	rd_mwi_get("1003", &mwi);
	assert_int_equal(mwi.new_messages, fresh);
	assert_int_equal(mwi.old_messages, old);
}

static void what_a_carrier_keeps_is_counted_here(void **state)
{
	(void)state;
	assert_string_equal(line_header(asked, "Event"), "message-summary");
	assert_string_equal(line_header(asked, "Accept"), SUMMARY);
	carrier_says("active;expires=3600", SUMMARY,
		     "Messages-Waiting: yes\nVoice-Message: 2/8 (1/0)\n", "SIP/2.0 200");
	expect_count(2, 8);
	carrier_says("active", SUMMARY, "messages-waiting: yes\n", "SIP/2.0 200");
	expect_count(1, 0);
	carrier_says("active", SUMMARY, "Messages-Waiting: no\n", "SIP/2.0 200");
	expect_count(0, 0);
	carrier_says("active", SUMMARY, "Voice-Message: many\n", "SIP/2.0 400");
	carrier_says("active", "text/plain", "x\n", "SIP/2.0 415");
	expect_count(0, 0);
}

static void tell_unasked(const char *from, unsigned serial, const char *tag, const char *event,
			 const char *body, const char *expected)
{
	char text[1024];

	snprintf(text, sizeof(text),
		 "NOTIFY sip:us@127.0.0.1 SIP/2.0\nVia: SIP/2.0/UDP %s:5060;branch=z9hG4bKu%u\n"
		 "Max-Forwards: 70\nFrom: <sip:box@%s>;tag=u\nTo: <sip:us@127.0.0.1>%s\n"
		 "Call-ID: unasked%u\nCSeq: 1 NOTIFY\nContact: <sip:box@%s>\nEvent: %s\n"
		 "Subscription-State: terminated\nContent-Type: " SUMMARY "\n\n%s",
		 from, serial, from, tag, serial, from, event, body);
	line_feed_from(from, 5060, text);
	line_expect(expected);
}

/* As many providers do. */
static void a_peer_may_tell_unasked(void **state)
{
	static const char body[] = "Messages-Waiting: yes\nVoice-Message: 3/4 (0/0)\n";
	struct rd_mwi mwi;

	(void)state;
	tell_unasked("127.0.0.11", 1, "", "message-summary", body, "SIP/2.0 200");
	assert_int_equal(rd_mwi_get("1006@x", &mwi), 0);
	assert_int_equal(mwi.new_messages, 3);
	assert_int_equal(mwi.old_messages, 4);
	tell_unasked("127.0.0.11", 2, "", "message-summary", "Voice-Message: many\n",
		     "SIP/2.0 400");
	/* Nobody is to; another event; a dialog that is gone; a stranger. */
	tell_unasked("127.0.0.9", 3, "", "message-summary", body, "SIP/2.0 481");
	tell_unasked("127.0.0.11", 4, "", "dialog", body, "SIP/2.0 481");
	tell_unasked("127.0.0.11", 5, ";tag=gone", "message-summary", body, "SIP/2.0 481");
	tell_unasked("127.0.0.77", 6, "", "message-summary", body, "SIP/2.0 401");
}

static void a_carrier_that_ends_it_is_asked_again(void **state)
{
	(void)state;
	carrier_says("terminated;reason=probation;retry-after=20", SUMMARY, "", "SIP/2.0 200");
	rd__sched_run_for(19000);
	line_expect_nothing();
	rd__sched_run_for(1300);
	line_expect("SUBSCRIBE sip:us@127.0.0.2:5060");
}

static void a_carrier_that_is_taken_away_is_told(void **state)
{
	struct rd_event reload = { .type = RD_EVENT_RELOAD, .name = "chan_sip" };

	(void)state;
	carrier_says("active", SUMMARY, "", "SIP/2.0 200");
	rd_event_publish(&reload);
	line_expect_nothing();
	assert_int_equal(office_reload("[carrier]\ntype = peer\nhost = 127.0.0.2:5060\n"
				       "username = us\nsecret = x\n"), 0);
	rd_event_publish(&reload);
	assert_string_equal(line_header(line_expect("SUBSCRIBE sip:box@127.0.0.2:5060"),
					"Expires"), "0");
}

/* ---- who has logged in at another phone ---- */

static const char *guest, *desk; /* "SIP/gate" sits there */

static const char *guest_at(const char *device)
{
	return desk && strcmp(device, desk) == 0 ? guest : NULL;
}

static void sits_down(const char *who, const char *at)
{
	const struct rd_event_field fields[] = { { "value", at ? at : "" },
						 { "before", desk ? desk : "" } };
	struct rd_event event = { .type = RD_EVENT_REACH,
				  .name = "who",
				  .text = "hotdesk",
				  .fields = fields,
				  .field_count = 2 };

	guest = who;
	desk = at;
	rd_event_publish(&event);
	rd__sched_run_for(1);
}

static void the_lamp_of_who_sits_at_another_phone_is_there(void **state)
{
	static const struct rd_reach reach = { .owner = guest_at };

	(void)state;
	assert_int_equal(rd__reach_set(&reach), 0);
	send_register("bare", "127.0.0.6", 1, "Expires: 600\n");
	set("1001", 1, 0);
	line_expect_nothing();
	sits_down("SIP/gate", "SIP/bare");
	assert_string_equal(unsolicited("bare"),
			    "Messages-Waiting: yes\nVoice-Message: 1/0 (0/0)\n");
	set("1002@sales", 2, 0);
	assert_string_equal(unsolicited("bare"),
			    "Messages-Waiting: yes\nVoice-Message: 3/0 (0/0)\n");
	sits_down(NULL, NULL);
	assert_string_equal(unsolicited("bare"),
			    "Messages-Waiting: no\nVoice-Message: 0/0 (0/0)\n");
	set("1002@sales", 3, 0);
	line_expect_nothing();
	assert_int_equal(rd__reach_set(NULL), 0);
}

static void and_where_the_phone_has_asked_it_is_told_so(void **state)
{
	static const struct rd_reach reach = { .owner = guest_at };

	(void)state;
	assert_int_equal(rd__reach_set(&reach), 0);
	set("1002@sales", 2, 0);
	watcher_start(&w, "sip:gate@127.0.0.1", "message-summary", 600, "");
	assert_non_null(strstr(w.notify, "Voice-Message: 2/0 "));
	sits_down("SIP/desk", "SIP/gate");
	expect_lamp("Messages-Waiting: no\nMessage-Account: sip:*%2397@127.0.0.1\n"
		    "Voice-Message: 0/0 (0/0)\n");
	sits_down(NULL, NULL);
	expect_lamp("Messages-Waiting: yes\nMessage-Account: sip:*%2397@127.0.0.1\n"
		    "Voice-Message: 2/0 (0/0)\n");
	assert_int_equal(rd__reach_set(NULL), 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_office, close_office)
	const struct CMUnitTest tests[] = {
		TEST(all_mailboxes_of_a_phone_are_added_up),
		TEST(one_mailbox_may_be_watched_alone),
		TEST(the_mailboxes_of_others_are_theirs),
		TEST(a_phone_is_told_when_it_registers),
		TEST(it_is_told_what_its_message_key_dials),
		TEST(what_is_told_unasked_takes_the_path),
		TEST(a_device_of_several_flows_is_told_once),
		TEST(a_flow_that_its_proxy_has_lost_gives_way),
		TEST(so_does_one_that_is_silent),
		TEST(a_peer_is_told_at_its_host),
		TEST(some_phones_are_told_nothing_unasked),
		TEST(who_asked_is_not_told_twice),
		TEST(a_mailbox_has_a_whole_name),
		TEST(what_a_carrier_keeps_is_counted_here),
		TEST(a_peer_may_tell_unasked),
		TEST(a_carrier_that_ends_it_is_asked_again),
		TEST(a_carrier_that_is_taken_away_is_told),
		TEST(the_lamp_of_who_sits_at_another_phone_is_there),
		TEST(and_where_the_phone_has_asked_it_is_told_so),
	};

	return RUN_GROUP(tests);
}
