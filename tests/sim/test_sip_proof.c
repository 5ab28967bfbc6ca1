/* A trunk that is known by its address, and whoever forges that address: what is sent
 * before it has shown that it receives, and how it shows it. Bytes are counted. */
#include "tests/unit/test.h"

#include "channels/sip/call/call.h"
#include "channels/sip/endpoint/location.h"
#include "channels/sip/event/event.h"
#include "core/sched/sched.h"
#include "tests/sim/sip_exchange.h"

#define TRUNK "192.0.2.8"

static const char conf[] = "[trunk]\ntype = phone\nmatch = " TRUNK "\ncontext = office\n"
			   "send_to_source = yes\nqualify = 10s\n";

/* As carriers write them. */
#define HEADERS                                                                                    \
	"User-Agent: a border controller of some maker\nSupported: 100rel,timer,replaces\n"        \
	"Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK, NOTIFY, REFER\n"           \
	"P-Asserted-Identity: <sip:+4930123456@carrier.example;user=phone>\n"                      \
	"Session-Expires: 1800;refresher=uac\nMin-SE: 90\nAccept: application/sdp\n"

static struct sip_phone phone;
static size_t in, out;
static unsigned questions;
static char question[2048]; /* the last one */

static int trunk_open(void **state)
{
	int rc = exchange_open(state);

	if (rc == 0 && office_reload(conf))
		fail_msg("%s", office_report());
	phone_source = TRUNK;
	in = out = 0;
	questions = 0;
	return rc;
}

static int trunk_close(void **state)
{
	phone_source = "127.0.0.9";
	return exchange_close(state);
}

static size_t wire_size(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n' ? 2 : 1;
	return n;
}

/* Look at all that was sent; the last answer of this kind, or NULL. */
static const char *look(const char *start)
{
	static char kept[4096];
	bool found = false;

	for (const char *text; (text = line_take());) {
		out += wire_size(text);
		assert_string_equal(line_peer(), TRUNK ":5060");
		if (strncmp(text, "OPTIONS", 7) == 0) {
			questions++;
			snprintf(question, sizeof(question), "%s", text);
		}
		if (strncmp(text, start, strlen(start)) == 0) {
			snprintf(kept, sizeof(kept), "%s", text);
			found = true;
		}
	}
	assert_true(out <= in);
	return found ? kept : NULL;
}

static void invite(const char *number)
{
	phone_invite(&phone, "trunk", number, HEADERS, SDP(""));
	in += phone_bytes();
}

static void repeat(void)
{
	phone_repeat();
	in += phone_bytes();
}

static void answer_question(const char *from)
{
	assert_int_equal(questions, 1);
	phone_answers_question(question, from, "405 Method Not Allowed");
}

static struct sip_call *only_call(void)
{
	assert_int_equal(sip.call_count, 1);
	return rd_list_entry(sip.calls.next, struct sip_call, link);
}

static void a_forged_invitation_is_no_call(void **state)
{
	(void)state;
	invite("600");
	rd__sched_run_for(60000);
	look("");
	assert_int_equal(questions, 1);
	assert_int_equal(sip.call_count, 0);
}

/* As often as one likes: each brings at least as much as it costs, until the end. */
static void many_forged_ones_cost_no_more_than_they_bring(void **state)
{
	(void)state;
	for (int i = 0; i < 40; i++) {
		if (i % 5)
			repeat();
		else
			invite("600");
		rd__sched_run_for(700);
		look("");
	}
	assert_true(questions > 1);
	rd__sched_run_for(60000);
	look("");
}

static void who_answers_is_served_at_the_next_repetition(void **state)
{
	(void)state;
	invite("600");
	look("");
	answer_question(TRUNK);
	rd__sched_run_for(500);
	phone_repeat();
	rd__sched_run_for(10);
	line_expect("SIP/2.0 100");
	phone_final(&phone, "SIP/2.0 200");
	assert_false(only_call()->dialog->unproven);
	phone_ack(&phone, "");
	phone_request(&phone, "BYE", "", "");
	line_expect("SIP/2.0 200");
	/* It is known now. */
	phone_invite(&phone, "trunk", "604", "", SDP(""));
	rd__sched_run_for(10);
	phone_final(&phone, "SIP/2.0 486");
	phone_ack_refusal(&phone);
}

static void only_the_address_that_was_asked_can_answer(void **state)
{
	(void)state;
	invite("600");
	look("");
	answer_question("192.0.2.66");
	rd__sched_run_for(500);
	repeat();
	look("");
	assert_int_equal(sip.call_count, 0);
}

/* One that heeds no OPTIONS repeats its INVITE: these bytes are enough for a call, and
 * its ACK says the rest. Sound waits for that. */
static void who_does_not_answer_is_served_for_what_it_sends(void **state)
{
	static const int waits[] = { 500, 1000, 2000, 4000 };
	const struct rd_stream_config *config;
	const char *ok = NULL;

	(void)state;
	invite("600");
	for (size_t i = 0; !ok && i < RD_ARRAY_SIZE(waits); i++) {
		rd__sched_run_for(waits[i]);
		ok = look("SIP/2.0 200");
		if (!ok)
			repeat();
	}
	rd__sched_run_for(10);
	if (!ok)
		ok = look("SIP/2.0 200");
	assert_non_null(ok);
	snprintf(phone.their_tag, sizeof(phone.their_tag), "%s",
		 line_part(line_header(ok, "To"), ";tag=", "\n"));
	config = rd_stream_config(only_call()->stream);
	assert_int_equal(config->remote.ss_family, 0);
	assert_false(config->symmetric);
	phone_ack(&phone, "");
	config = rd_stream_config(only_call()->stream);
	assert_int_equal(config->remote.ss_family, AF_INET);
	assert_true(config->symmetric);
	phone_request(&phone, "BYE", "", "");
	line_expect("SIP/2.0 200");
}

/* A ringing phone is told of when the 200 that may follow will find room. */
static void ringing_leaves_room_for_the_answer(void **state)
{
	bool rang = false, answered = false;

	(void)state;
	invite("602");
	for (int i = 0; i < 20 && !rang; i++) {
		rd__sched_run_for(500);
		repeat();
		rang = look("SIP/2.0 180");
	}
	assert_true(rang);
	assert_true(in - out >= 1200);
	phone_request(&phone, "CANCEL", "", "");
	in += phone_bytes();
	answered = look("SIP/2.0 487");
	assert_true(answered);
	rd__sched_run_for(40000);
	look("");
}

static void sends(const char *method, unsigned serial, const char *more)
{
	char text[1024];

	snprintf(text, sizeof(text),
		 "%s sip:trunk@127.0.0.1 SIP/2.0\n"
		 "Via: SIP/2.0/UDP " TRUNK ":5060;branch=z9hG4bKo%u;rport\n"
		 "From: <sip:trunk@h>;tag=f\nTo: <sip:trunk@h>\nCall-ID: o%u\n"
		 "CSeq: 1 %s\nMax-Forwards: 70\nEvent: dialog\nRefer-To: <sip:600@h>\n"
		 "User-Agent: one that says much about itself, its maker and its age\n%s"
		 "Content-Length: 0\n\n",
		 method, serial, serial, method, more);
	line_feed_from(TRUNK, 5060, text);
	in += wire_size(text);
}

/* As Timer E has it. The answer, or NULL. */
static const char *repeats(const char *method, unsigned serial, const char *more)
{
	static const int waits[] = { 500, 1000, 2000, 4000, 4000, 4000 };
	const char *answer = NULL;

	for (size_t i = 0; !answer && i < RD_ARRAY_SIZE(waits); i++) {
		sends(method, serial, more);
		rd__sched_run_for(waits[i]);
		answer = look("SIP/2.0");
	}
	return answer;
}

/* What would make us send more, to it or to others, waits too. */
static void other_requests_wait_for_its_answer(void **state)
{
	static const char *const methods[] = { "SUBSCRIBE", "PUBLISH", "REFER" };

	(void)state;
	for (unsigned i = 0; i < RD_ARRAY_SIZE(methods); i++)
		assert_null(repeats(methods[i], i, "Contact: <sip:trunk@" TRUNK ">\n"));
	assert_true(questions > 1);
}

static unsigned contacts(void)
{
	struct sip_aor *aor = sip_location_find(sip.location, RD_STR("trunk"));

	return aor ? aor->count : 0;
}

#define BEHIND "Contact: <sip:trunk@10.0.0.7>;expires=600\n"

/* Nor does more go there than came from there: no lamp, no question, no keep-alive. */
static void a_registration_is_served_for_what_it_sends(void **state)
{
	const char *ok;

	(void)state;
	sip_transports_next(sip.transports, NULL)->keepalive_ms = 25000;
	sends("REGISTER", 1, BEHIND);
	assert_null(look("SIP/2.0"));
	ok = repeats("REGISTER", 1, BEHIND);
	assert_non_null(ok);
	assert_memory_equal(ok, "SIP/2.0 200", 11);
	assert_int_equal(contacts(), 1);
	questions = 0;
	sip_tell_phone("trunk", "message-summary", "text/plain", RD_STR("x"));
	rd__sched_run_for(120000);
	assert_null(line_take());
	rd__sched_run_for(500000);
	assert_int_equal(contacts(), 0);
}

/* It takes nothing away, and leads calls nowhere else, whoever has sent it. */
static void a_registration_that_could_do_harm_waits(void **state)
{
	struct sip_aor *aor;

	(void)state;
	assert_non_null(repeats("REGISTER", 1, BEHIND));
	assert_null(repeats("REGISTER", 2, "Contact: *\nExpires: 0\n"));
	assert_null(repeats("REGISTER", 3, "Contact: <sip:trunk@10.0.0.7>;expires=0\n"));
	assert_null(repeats("REGISTER", 4, BEHIND "Path: <sip:192.0.2.66;lr>\n"));
	for (unsigned i = 2; i <= 5; i++) {
		char more[64];

		snprintf(more, sizeof(more), "Contact: <sip:%u@10.0.0.7>\n", i);
		assert_non_null(repeats("REGISTER", 10 + i, more));
	}
	assert_null(repeats("REGISTER", 20, "Contact: <sip:6@10.0.0.7>\n"));
	assert_int_equal(contacts(), 5);
	assert_int_equal(office_reload("[trunk]\ntype = phone\nmatch = " TRUNK "\n"
				       "send_to_source = no\nmax_contacts = 9\n"), 0);
	assert_null(repeats("REGISTER", 21, "Contact: <sip:7@10.0.0.7>\n"));
	assert_non_null(repeats("REGISTER", 22, "Contact: <sip:7@" TRUNK ":5070>\n"));
	/* Now that it is known to be there: */
	aor = sip_location_find(sip.location, RD_STR("trunk"));
	sip_guard_proven(sip.guard, &sip_aor_first(aor)->flow.peer);
	sends("REGISTER", 30, "Contact: *\nExpires: 0\n");
	line_expect("SIP/2.0 200");
	assert_int_equal(contacts(), 0);
}

#define DEVICE_AT(n) "Contact: <sip:" #n "@10.0.0.7>;+sip.instance=\"<urn:uuid:2>\"\n"

/* Where there is room for one the device would be found at the new place only. */
static void a_device_that_moves_waits(void **state)
{
	static const char conf[] = "[trunk]\ntype = phone\nmatch = " TRUNK "\nmax_contacts = %d\n"
				   "send_to_source = yes\n";
	char text[128];

	(void)state;
	for (int places = 1; places <= 2; places++) {
		snprintf(text, sizeof(text), conf, places);
		assert_int_equal(office_reload(text), 0);
		if (places == 1)
			assert_non_null(repeats("REGISTER", 1, DEVICE_AT(1)));
		assert_int_equal(repeats("REGISTER", 2 * (unsigned)places, DEVICE_AT(2)) != NULL,
				 places == 2);
		assert_int_equal(contacts(), places);
		assert_non_null(repeats("REGISTER", 20 + (unsigned)places, DEVICE_AT(1)));
	}
}

static void a_text_is_served_for_what_it_sends(void **state)
{
	const char *answer;

	(void)state;
	answer = repeats("MESSAGE", 1, "");
	assert_non_null(answer);
	assert_memory_equal(answer, "SIP/2.0 480", 11); /* it is for who is not there */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, trunk_open, trunk_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_forged_invitation_is_no_call),
		TEST(many_forged_ones_cost_no_more_than_they_bring),
		TEST(who_answers_is_served_at_the_next_repetition),
		TEST(only_the_address_that_was_asked_can_answer),
		TEST(who_does_not_answer_is_served_for_what_it_sends),
		TEST(ringing_leaves_room_for_the_answer),
		TEST(other_requests_wait_for_its_answer),
		TEST(a_registration_is_served_for_what_it_sends),
		TEST(a_registration_that_could_do_harm_waits),
		TEST(a_device_that_moves_waits),
		TEST(a_text_is_served_for_what_it_sends),
	};

	return RUN_GROUP(tests);
}
