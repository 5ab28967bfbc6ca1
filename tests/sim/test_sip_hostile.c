/* Strangers on a hostile network: what they get, and what they learn. Bytes are
 * counted, for an address may be forged. */
#include "tests/unit/test.h"

#include <stdlib.h>
#include <time.h>

#include "core/sched/sched.h"
#include "tests/sim/sip_exchange.h"

#define STRANGER "192.0.2.66"

static unsigned serial;

static size_t wire_size(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n' ? 2 : 1;
	return n;
}

/* Bytes that were sent to the stranger since the last time. */
static size_t sent(void)
{
	size_t bytes = 0;

	for (const char *text; (text = line_take());)
		if (strcmp(line_peer(), STRANGER ":5060") == 0)
			bytes += wire_size(text);
	return bytes;
}

static const char *request(const char *method, const char *user, const char *more)
{
	static char text[2048];

	snprintf(text, sizeof(text),
		 "%s sip:%s@127.0.0.1 SIP/2.0\n"
		 "Via: SIP/2.0/UDP %s:5060;branch=z9hG4bKx%u;rport\n"
		 "From: <sip:%s@h>;tag=f\nTo: <sip:%s@h>\nCall-ID: c%u\nCSeq: 1 %s\n"
		 "Max-Forwards: 70\n%sContent-Length: 0\n\n",
		 method, user, STRANGER, serial, user, user, serial, method, more);
	return text;
}

static size_t send_it(const char *text)
{
	line_feed_from(STRANGER, 5060, text);
	return wire_size(text);
}

#define BIG "User-Agent: a phone with a long name that says much about itself and its maker\n" \
	    "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, MESSAGE, NOTIFY, REFER\n" \
	    "Contact: <sip:1002@192.0.2.66:5060>\n"

/* Each method, small and large, once and repeated, and a minute of timers. */
static void a_forged_address_gets_no_more_than_was_sent_in_its_name(void **state)
{
	static const char *const methods[] = { "REGISTER", "INVITE", "OPTIONS", "MESSAGE",
					       "SUBSCRIBE", "BYE", "CANCEL", "FOO" };
	size_t in = 0, out = 0;

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(methods); i++) {
		for (int repeat = 0; repeat < 3; repeat++) {
			serial += repeat == 0;
			in += send_it(request(methods[i], "1002", i % 2 ? BIG : ""));
			out += sent();
			assert_true(out <= in);
			rd__sched_run_for(500);
			out += sent();
			assert_true(out <= in);
		}
		rd__sched_run_for(40000);
		out += sent();
		assert_true(out <= in);
	}
	assert_true(out > 0);
	in += send_it("INVITE sip:x SIP/2.0\nVia: SIP/2.0/UDP h\nCSeq: 1 INVITE\n\n");
	out += sent();
	assert_true(out <= in);
}

struct bytes {
	size_t in, out;
};

/* This message and then requests from the stranger's address: has more ever gone there
 * than came? What earlier ones left unanswered may be answered now, so all are counted. */
static bool gains(struct bytes *bytes, const char *first)
{
	bool more = false;

	bytes->in += send_it(first);
	bytes->out += sent();
	for (unsigned i = 0; i < 20; i++) {
		more |= bytes->out > bytes->in;
		serial++;
		bytes->in += send_it(request("OPTIONS", "1002", ""));
		bytes->out += sent();
		rd__sched_run_for(200);
	}
	assert_true(bytes->out > 0);
	return more || bytes->out > bytes->in;
}

/* The phone of a call lends its tags to somebody who writes another's address on his
 * datagrams. */
static void the_tags_of_one_prove_no_other(void **state)
{
	struct sip_phone phone;
	struct bytes bytes = { 0 };
	char ids[400];

	(void)state;
	phone_invite(&phone, "gate", "600", "", SDP(""));
	rd__sched_run_for(10);
	phone_final(&phone, "SIP/2.0 200");
	phone_ack(&phone, "");
	snprintf(ids, sizeof(ids),
		 "OPTIONS sip:127.0.0.1 SIP/2.0\nVia: SIP/2.0/UDP h;branch=z9hG4bKforged;rport\n"
		 "From: <sip:gate@h>;tag=%s\nTo: <sip:x@h>;tag=%s\nCall-ID: %s\n"
		 "CSeq: 77 OPTIONS\nContent-Length: 0\n\n",
		 phone.our_tag, phone.their_tag, phone.call_id);
	assert_false(gains(&bytes, ids));
	snprintf(ids, sizeof(ids),
		 "ACK sip:127.0.0.1 SIP/2.0\nVia: SIP/2.0/UDP h;branch=z9hG4bKforged2;rport\n"
		 "From: <sip:gate@h>;tag=%s\nTo: <sip:x@h>;tag=%s\nCall-ID: %s\n"
		 "CSeq: 1 ACK\nContent-Length: 0\n\n",
		 phone.our_tag, phone.their_tag, phone.call_id);
	assert_false(gains(&bytes, ids));
	phone.cseq = 78;
	phone_request(&phone, "BYE", "", "");
	line_expect("SIP/2.0 200");
}

/* Nor does a branch that we sent to another, or the tag of his refusal. */
static void the_branch_of_one_proves_no_other(void **state)
{
	struct sip_phone phone;
	struct bytes bytes = { 0 };
	const char *sent_to_peer;
	char text[1024];

	(void)state;
	phone_invite(&phone, "gate", "700", "", SDP(""));
	rd__sched_run_for(10);
	line_expect("SIP/2.0 100");
	sent_to_peer = line_expect("INVITE");
	snprintf(text, sizeof(text),
		 "SIP/2.0 180 Ringing\nVia: %s\nFrom: %s\nTo: %s;tag=t\nCall-ID: %s\n"
		 "CSeq: %s\nContent-Length: 0\n\n",
		 line_header(sent_to_peer, "Via"), line_header(sent_to_peer, "From"),
		 line_header(sent_to_peer, "To"), line_header(sent_to_peer, "Call-ID"),
		 line_header(sent_to_peer, "CSeq"));
	line_clear();
	assert_false(gains(&bytes, text));
	phone_request(&phone, "CANCEL", "", "");
	rd__sched_run_for(40000);
	line_clear();
}

/* A request too short to be answered in full is answered when it is repeated. */
static void a_short_request_is_answered_at_its_second_coming(void **state)
{
	const char *text;

	(void)state;
	serial++;
	text = request("REGISTER", "1002", "");
	send_it(text);
	line_expect_nothing();
	send_it(text);
	line_expect("SIP/2.0 401");
}

static const char *answer_of(const char *user, const char *password, const char *challenge)
{
	static char text[2048];
	char credentials[600];

	snprintf(credentials, sizeof(credentials), "%sContact: <sip:%s@192.0.2.66>\n",
		 office_credentials(challenge, "REGISTER", user, password, "MD5"), user);
	serial++;
	snprintf(text, sizeof(text), "%s", request("REGISTER", user, credentials));
	return text;
}

static const char *challenged(const char *user)
{
	serial++;
	send_it(request("REGISTER", user, BIG));
	return line_expect("SIP/2.0 401");
}

static void who_answers_a_challenge_is_believed(void **state)
{
	(void)state;
	send_it(answer_of("1002", "wrong", challenged("1002")));
	line_expect("SIP/2.0 403");
	serial++;
	send_it(request("OPTIONS", "1002", ""));
	line_expect("SIP/2.0 200");
}

static void the_repetitions_of_a_refusal_stop_at_what_was_sent(void **state)
{
	unsigned copies = 0;

	(void)state;
	serial++;
	send_it(request("INVITE", "1002", BIG));
	line_expect("SIP/2.0 401");
	rd__sched_run_for(33000);
	while (line_take())
		copies++;
	assert_int_equal(copies, 0);
}

static void guessing_ends_in_silence_for_all_users_alike(void **state)
{
	static const char *const users[] = { "1002", "nobody" };
	unsigned tries[2] = { 0 };

	(void)state;
	for (int i = 0; i < 2; i++) {
		const char *text;

		do {
			serial++;
			send_it(request("REGISTER", users[i], BIG));
			text = line_take();
			if (text) {
				send_it(answer_of(users[i], "guess", text));
				line_expect("SIP/2.0 403");
				tries[i]++;
			}
		} while (text && tries[i] < 100);
		rd__sched_run_for(599000);
		serial++;
		send_it(request("REGISTER", "1002", BIG));
		if (i == 0)
			line_expect_nothing();
		rd__sched_run_for(2000 + i * 700000);
		line_clear();
	}
	assert_int_equal(tries[0], 21);
	assert_int_equal(tries[1], tries[0]);
}

/* It has a password of its own, and would like those of others. */
static void one_password_is_no_way_to_the_others(void **state)
{
	unsigned tries = 0;
	const char *text;

	(void)state;
	send_it(answer_of("1002", "two", challenged("1002")));
	line_expect("SIP/2.0 200");
	do {
		serial++;
		send_it(request("REGISTER", "1001", BIG));
		text = line_take();
		if (text) {
			send_it(answer_of("1001", "guess", text));
			line_expect("SIP/2.0 403");
		}
	} while (text && ++tries < 1000);
	assert_int_equal(tries, 101);
	rd__sched_run_for(601000);
	challenged("1002");
	rd__sched_run_for(700000);
	line_clear();
}

enum { GUESSES = 800 };

static uint64_t cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* What it costs to be refused, in nanoseconds. */
static uint64_t refusal_ns(const char *user)
{
	const char *text = answer_of(user, "guess", challenged(user));
	uint64_t began = cpu_ns(), ns;

	send_it(text);
	ns = cpu_ns() - began;
	line_expect("SIP/2.0 403");
	return ns;
}

static int compare_ns(const void *a, const void *b)
{
	uint64_t one = *(const uint64_t *)a, two = *(const uint64_t *)b;

	return (one > two) - (one < two);
}

static uint64_t median_ns(uint64_t *samples)
{
	qsort(samples, GUESSES, sizeof(*samples), compare_ns);
	return samples[GUESSES / 2];
}

/* How far the one takes longer than the other, in hundredths. */
static int difference(void)
{
	static uint64_t known[GUESSES], unknown[GUESSES];
	int64_t a, b;

	/* Each is the first of the two as often: that one finds colder caches. */
	for (int i = 0; i < GUESSES; i++) {
		if (i % 2)
			known[i] = refusal_ns("1002");
		unknown[i] = refusal_ns("9999");
		if (i % 2 == 0)
			known[i] = refusal_ns("1002");
		if (i % 8 == 7)
			rd__sched_run_for(16 * 15000 + 1000); /* until it is forgiven */
	}
	a = (int64_t)median_ns(known);
	b = (int64_t)median_ns(unknown);
	return (int)(llabs(a - b) * 100 / a);
}

/* One that is made, as by a digest that is left out, is there each time; one that the
 * machine makes is not. */
static void an_unknown_user_takes_as_long_as_a_wrong_password(void **state)
{
	int least = 100;

	(void)state;
#ifdef __SANITIZE_ADDRESS__
	skip(); /* what it watches of memory outweighs the work that is to be the same */
#endif
	for (int i = 0; i < 5 && least > 6; i++)
		least = RD_MIN(least, difference());
	assert_in_range(least, 0, 6);
}

#define INVENTED "x nonce=\"0123456789abcdef0123456789abcdef0123456789abcdef\""

/* Guesses that cost nothing must tell nothing: the right password gets the same words. */
static void an_invented_nonce_learns_nothing(void **state)
{
	static const char *const passwords[] = { "guess", "two" };

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(passwords); i++) {
		send_it(answer_of("1002", passwords[i], INVENTED));
		assert_non_null(strstr(line_expect("SIP/2.0 401"), "stale=true"));
		rd__sched_run_for(100);
	}
}

/* It was ours, so the guesses count. */
static void an_old_nonce_serves_no_guesser(void **state)
{
	char challenge[2048];
	unsigned tries = 0;

	(void)state;
	snprintf(challenge, sizeof(challenge), "%s", challenged("1002"));
	rd__sched_run_for(400000);
	do {
		send_it(answer_of("1002", "guess", challenge));
		rd__sched_run_for(100);
	} while (line_take() && ++tries < 100);
	assert_int_equal(tries, 21);
	rd__sched_run_for(1300000);
	line_clear();
}

/* A wrong password that was not asked for proves nothing about its sender. */
static void nobody_is_banned_in_anothers_name(void **state)
{
	(void)state;
	for (int i = 0; i < 60; i++) {
		send_it(answer_of("1002", "guess", INVENTED));
		rd__sched_run_for(100);
	}
	line_clear();
	serial++;
	send_it(request("REGISTER", "1002", BIG));
	line_expect("SIP/2.0 401");
}

static void a_scanner_gets_no_answer(void **state)
{
	(void)state;
	serial++;
	send_it(request("OPTIONS", "100", "User-Agent: Friendly-Scanner\n" BIG));
	line_expect_nothing();
	serial++;
	send_it(request("OPTIONS", "100", "User-Agent: friendly-scanner\n" BIG));
	line_expect_nothing();
}

/* What bore its address may have come from another: it is asked, and served when it
 * answers. */
static void one_datagram_keeps_nobody_out(void **state)
{
	char question[2048];

	(void)state;
	serial++;
	send_it(request("OPTIONS", "100", "User-Agent: friendly-scanner\n" BIG));
	serial++;
	send_it(request("REGISTER", "1002", BIG));
	snprintf(question, sizeof(question), "%s", line_expect("OPTIONS "));
	line_expect_nothing();
	phone_answers_question(question, STRANGER, "200 OK");
	send_it(request("REGISTER", "1002", BIG));
	line_expect("SIP/2.0 401");
	serial++;
	send_it(request("OPTIONS", "100", "User-Agent: friendly-scanner\n" BIG));
	line_expect_nothing();
	serial++;
	send_it(request("REGISTER", "1002", BIG));
	line_expect("SIP/2.0 401");
}

static void the_host_of_a_peer_is_let_alone(void **state)
{
	(void)state;
	serial++;
	line_feed_from("127.0.0.2", 5060,
		       request("OPTIONS", "100", "User-Agent: Friendly-Scanner\n" BIG));
	line_expect("SIP/2.0 ");
}

static void walking_through_user_names_ends(void **state)
{
	unsigned answers = 0, questions = 0;

	(void)state;
	for (int user = 1000; user < 1300; user++) {
		char name[8];

		snprintf(name, sizeof(name), "%d", user);
		serial++;
		send_it(request("REGISTER", name, BIG));
		for (const char *text; (text = line_take());) {
			answers += strncmp(text, "SIP/2.0 401", 11) == 0;
			questions += strncmp(text, "OPTIONS ", 8) == 0;
		}
		rd__sched_run_for(20);
	}
	assert_in_range(answers, 100, 110);
	assert_in_range(questions, 1, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, exchange_open, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_forged_address_gets_no_more_than_was_sent_in_its_name),
		TEST(the_tags_of_one_prove_no_other),
		TEST(the_branch_of_one_proves_no_other),
		TEST(a_short_request_is_answered_at_its_second_coming),
		TEST(who_answers_a_challenge_is_believed),
		TEST(the_repetitions_of_a_refusal_stop_at_what_was_sent),
		TEST(guessing_ends_in_silence_for_all_users_alike),
		TEST(one_password_is_no_way_to_the_others),
		TEST(an_unknown_user_takes_as_long_as_a_wrong_password),
		TEST(an_invented_nonce_learns_nothing),
		TEST(an_old_nonce_serves_no_guesser),
		TEST(nobody_is_banned_in_anothers_name),
		TEST(a_scanner_gets_no_answer),
		TEST(one_datagram_keeps_nobody_out),
		TEST(the_host_of_a_peer_is_let_alone),
		TEST(walking_through_user_names_ends),
	};

	return RUN_GROUP(tests);
}
