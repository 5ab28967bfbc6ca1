/* Answers to an INVITE that cannot be sent for want of memory: they have not been said,
 * and the next one says it all (RFC 3262 §3, RFC 6337 §3.1.1). */
#include "tests/unit/test.h"

#include <stdlib.h>

#include <ringdown/channel.h>
#include <ringdown/tech.h>

#include "core/sched/sched.h"
#include "tests/sim/sip_exchange.h"
#include "tests/unit/oom.h"

static struct sip_phone far;
static long allowed; /* allocations, while the answer is tried first */
static int failed;   /* first tries */
static int late;     /* answers that were tried again by the clock */

static int begin(void **state)
{
	failed = 0;
	return exchange_open(state);
}

/* Once with little memory, and again. */
static void twice(int (*answer)(struct rd_channel *ch), struct rd_channel *ch)
{
	int rc;

	rd__alloc_fail_after(allowed);
	rc = answer(ch);
	rd__alloc_fail_after(-1);
	if (rc == 0)
		return;
	failed++;
	assert_int_equal(answer(ch), 0);
}

static int ring(struct rd_channel *ch)
{
	return rd_indicate(ch, RD_INDICATE_RINGING);
}

static int play(struct rd_channel *ch)
{
	return rd_indicate(ch, RD_INDICATE_PROGRESS);
}

static void wait_for_end(struct rd_channel *ch)
{
	struct rd_signal signal;

	while (rd_channel_wait(ch, RD_FOREVER, &signal) == 0)
		;
}

/* 620: plays early after ringing; 621: at once; 622: answers; 623: rings and plays, with
 * all the memory that there is. */
static void service(struct rd_channel *ch, const char *exten)
{
	if (strcmp(exten, "622") == 0) {
		twice(rd_answer, ch);
	} else if (strcmp(exten, "623") == 0) {
		assert_int_equal(ring(ch), 0);
		assert_int_equal(play(ch), 0);
	} else {
		if (strcmp(exten, "620") == 0 && ring(ch) == 0)
			rd_channel_sleep(ch, 100);
		twice(play, ch);
		rd_channel_sleep(ch, 1000);
		rd_answer(ch);
	}
	wait_for_end(ch);
}

static void call_in(const char *number, const char *more, const char *body)
{
	seen.service = service;
	phone_invite(&far, "alice", number, more, body);
	rd__sched_run_for(10);
	line_expect("SIP/2.0 100");
}

/* The next message is a reliable answer that is acknowledged; its RSeq. */
static unsigned long acknowledge(const char *start, bool described, const char *body)
{
	const char *text = phone_expect(&far, start);
	unsigned long rseq = strtoul(line_header(text, "RSeq"), NULL, 10);
	char rack[64];

	assert_int_equal(strstr(text, "m=audio") != NULL, described);
	snprintf(rack, sizeof(rack), "RAck: %lu 1 INVITE\n", rseq);
	phone_request(&far, "PRACK", rack, body);
	line_expect("SIP/2.0 200");
	return rseq;
}

static bool is_shown; /* a 183 with a description came */
static bool is_heard; /* the PRACK got its 200 */

static void read_on(void)
{
	for (const char *text; (text = line_take());) {
		is_heard |= strncmp(text, "SIP/2.0 200", 11) == 0;
		is_shown |= strncmp(text, "SIP/2.0 183", 11) == 0 && strstr(text, "m=audio");
	}
}

/* The one that waits for the PRACK goes by nobody's order: it goes all the same. */
static void play_behind_a_prack(void)
{
	const char *text;
	char rack[64];

	is_shown = is_heard = false;
	call_in("623", "Require: 100rel\n", SDP(""));
	text = phone_expect(&far, "SIP/2.0 180");
	snprintf(rack, sizeof(rack), "RAck: %s 1 INVITE\n", line_header(text, "RSeq"));
	rd__alloc_fail_after(allowed);
	phone_request(&far, "PRACK", rack, "");
	rd__alloc_fail_after(-1);
	read_on();
	failed += !is_shown;
	late += is_heard && !is_shown;
	if (!is_heard)
		phone_request(&far, "PRACK", rack, "");
	rd__sched_run_for(1000);
	read_on();
	assert_true(is_shown);
	phone_request(&far, "CANCEL", "", "");
	rd__sched_run_for(40000);
	line_clear();
}

static void expect_answer(bool described)
{
	const char *text = phone_expect(&far, "SIP/2.0 200");

	assert_int_equal(strstr(text, "m=audio") != NULL, described);
}

static void end(const char *body)
{
	phone_ack(&far, body);
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
	rd__sched_run_for(40000);
	line_clear();
}

/* With ever more memory, until it suffices. */
static void sweep(void (*call)(void))
{
	int before = -1;

	for (allowed = 0; before != failed; allowed++) {
		before = failed;
		call();
	}
	assert_true(failed > 0);
}

static void ring_and_play(void)
{
	unsigned long rseq;

	call_in("620", "Require: 100rel\n", SDP(""));
	rseq = acknowledge("SIP/2.0 180", false, "");
	rd__sched_run_for(100);
	assert_int_equal(acknowledge("SIP/2.0 183", true, ""), rseq + 1);
	rd__sched_run_for(1000);
	expect_answer(false);
	end("");
}

static void a_reliable_answer(void **state)
{
	(void)state;
	sweep(ring_and_play);
}

static void what_waits_for_a_prack(void **state)
{
	(void)state;
	late = 0;
	sweep(play_behind_a_prack);
	assert_true(late > 0);
}

static void play_to_who_offers_nothing(void)
{
	call_in("621", "Supported: 100rel\n", "");
	acknowledge("SIP/2.0 183", true, SDP(""));
	rd__sched_run_for(1000);
	expect_answer(false);
	end("");
}

static void a_reliable_offer(void **state)
{
	(void)state;
	sweep(play_to_who_offers_nothing);
}

static void answer_call(void)
{
	call_in("622", "", SDP(""));
	expect_answer(true);
	end("");
}

static void a_200(void **state)
{
	(void)state;
	sweep(answer_call);
}

static void answer_who_offers_nothing(void)
{
	call_in("622", "", "");
	expect_answer(true);
	end(SDP(""));
}

static void a_200_with_an_offer(void **state)
{
	(void)state;
	sweep(answer_who_offers_nothing);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_reliable_answer),
		TEST(what_waits_for_a_prack),
		TEST(a_reliable_offer),
		TEST(a_200),
		TEST(a_200_with_an_offer),
	};

	return RUN_GROUP(tests);
}
