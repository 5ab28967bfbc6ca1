/* Offers that cannot be answered for want of memory: nobody is told of them, and the next
 * offer in a dialog is taken (RFC 3261 §14.1, RFC 3311 §5.2), as is the next try to
 * answer the first. */
#include "tests/unit/test.h"

#include <stdlib.h>

#include <ringdown/channel.h>
#include <ringdown/stream.h>
#include <ringdown/tech.h>

#include "channels/sip/call/indialog.h"
#include "core/sched/sched.h"
#include "tests/sim/sip_exchange.h"
#include "tests/unit/oom.h"

static struct sip_phone far, callee;
static struct sip_phone *asking; /* whose offers are counted */
static int refused;		 /* of them */

static bool take_ok(void)
{
	const char *text = line_take();

	return text && strncmp(text, "SIP/2.0 200", 11) == 0;
}

/* The one that has an agreement with whoever asks. */
static const struct rd_stream_config *in_force(void)
{
	for (struct rd_channel *ch = rd_channel_next(NULL); ch; ch = rd_channel_next(ch)) {
		bool dialled = strncmp(rd_channel_name(ch), "SIP/peer", 8) == 0;

		if (dialled == (asking == &callee))
			return rd_stream_config(rd_channel_stream(ch, RD_MEDIA_AUDIO));
	}
	return NULL;
}

/* What the session of whoever asks expires by. */
static uint32_t interval(void)
{
	rd_list_foreach(node, tmp, &sip.calls) {
		struct sip_call *call = rd_list_entry(node, struct sip_call, link);
		bool dialled = call->state == SIP_CALL_OUTGOING;

		if (dialled == (asking == &callee))
			return call->expiry.interval_s;
	}
	return UINT32_MAX;
}

/* With a timer, which want_sound() is without. */
static void want_silence(void)
{
	phone_request(asking, "UPDATE", "Supported: timer\nSession-Expires: 1200;refresher=uac\n",
		      SDP("a=inactive\n"));
}

static void want_sound(void)
{
	int told = seen.hold_changes;

	if (!take_ok()) {
		refused++;
		assert_int_equal(interval(), 0);
		rd__sched_run_for(10);
		assert_int_equal(seen.hold_changes, told);
	}
	line_clear();
	phone_request(asking, "UPDATE", "", SDP(""));
	assert_true(take_ok());
	rd__sched_run_for(10);
	assert_int_equal(in_force()->direction, RD_SENDRECV);
}

static void sweep(struct sip_phone *phone)
{
	asking = phone;
	refused = 0;
	oom_sweep_steps(want_silence, want_sound);
	assert_true(take_ok());
	assert_true(refused > 3);
	assert_int_equal(in_force()->direction, RD_INACTIVE);
	assert_int_equal(interval(), 1200);
}

static void end(void)
{
	for (struct rd_channel *ch = rd_channel_next(NULL); ch; ch = rd_channel_next(ch))
		rd_hangup(ch, RD_CAUSE_NORMAL);
	rd__sched_run_for(70000);
	line_clear();
}

static void an_update_of_a_call(void **state)
{
	(void)state;
	phone_invite(&far, "alice", "600", "", SDP(""));
	rd__sched_run_for(10);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	sweep(&far);
	end();
}

/* An early dialog in which the callee has answered our offer reliably. */
static void an_update_of_a_callee_that_rings(void **state)
{
	char invite[4096];

	(void)state;
	phone_invite(&far, "alice", "700", "", SDP(""));
	rd__sched_run_for(10);
	line_expect("SIP/2.0 100");
	snprintf(invite, sizeof(invite), "%s", phone_called(&callee));
	phone_answer_invite(&callee, invite, "183 Session Progress",
			    "Require: 100rel\nRSeq: 1\n", SDP(""));
	rd__sched_run_for(10);
	phone_expect_request(&callee, "PRACK ");
	phone_answer(&callee, "200 OK", "", "");
	phone_expect(&far, "SIP/2.0 183");
	sweep(&callee);
	end();
}

/* ---- PRACK ---- */

static char rack[64];

static void ring_early(void)
{
	phone_invite(&far, "alice", "608", "Supported: 100rel\n", SDP(""));
	rd__sched_run_for(10);
	line_expect("SIP/2.0 100");
	snprintf(rack, sizeof(rack), "RAck: %s 1 INVITE\n",
		 line_header(phone_expect(&far, "SIP/2.0 183"), "RSeq"));
}

static void prack_for_silence(void)
{
	phone_request(&far, "PRACK", rack, SDP("a=inactive\n"));
}

/* A PRACK comes once for each answer: the next one needs a call of its own. */
static void call_anew(void)
{
	want_sound();
	end();
	ring_early();
}

static void a_prack_with_an_offer(void **state)
{
	(void)state;
	asking = &far;
	refused = 0;
	ring_early();
	oom_sweep_steps(prack_for_silence, call_anew);
	assert_true(take_ok());
	assert_true(refused > 3);
	assert_int_equal(in_force()->direction, RD_INACTIVE);
	end();
}

/* ---- answers to an INVITE ---- */

static long allowed;   /* allocations */
static bool had_enough; /* they were */
static int (*answer)(struct rd_channel *ch);

static int show_progress(struct rd_channel *ch)
{
	return rd_indicate(ch, RD_INDICATE_PROGRESS);
}

static int try_without_memory(struct rd_channel *ch)
{
	int rc;

	rd__alloc_fail_after(allowed);
	rc = answer(ch);
	had_enough = rd__alloc_refused() == 0;
	rd__alloc_fail_after(-1);
	return rc;
}

/* What fails is tried again. */
static void answer_at_last(struct rd_channel *ch, const char *exten)
{
	(void)exten;
	if (rd_indicate(ch, RD_INDICATE_RINGING) || rd_channel_sleep(ch, 100))
		return;
	if (try_without_memory(ch) && answer(ch))
		return;
	if (rd_channel_sleep(ch, 100) == 0 && rd_answer(ch) == 0)
		rd_channel_sleep(ch, 5000);
}

static uint32_t acknowledge(const char *text)
{
	char line[64];

	snprintf(line, sizeof(line), "RAck: %s 1 INVITE\n", line_header(text, "RSeq"));
	phone_request(&far, "PRACK", line, "");
	line_expect("SIP/2.0 200");
	return (uint32_t)strtoul(line + strlen("RAck: "), NULL, 10);
}

/* True when there was memory enough. */
static bool answered_with(int (*how)(struct rd_channel *ch), const char *offer)
{
	const char *ok;

	answer = how;
	seen.service = answer_at_last;
	phone_invite(&far, "alice", "690", "", offer);
	rd__sched_run_for(300);
	ok = phone_final(&far, "SIP/2.0 200");
	assert_non_null(strstr(ok, "m=audio"));
	phone_ack(&far, *offer ? "" : SDP(""));
	rd__sched_run_for(100);
	phone_request(&far, "BYE", "", "");
	line_expect("SIP/2.0 200");
	end();
	return had_enough;
}

static void a_200_and_progress(void **state)
{
	(void)state;
	for (allowed = 0; !answered_with(rd_answer, SDP("")); allowed++)
		;
	assert_true(allowed > 0);
	for (allowed = 0; !answered_with(rd_answer, ""); allowed++)
		;
	assert_true(allowed > 0);
	for (allowed = 0; !answered_with(show_progress, SDP("")); allowed++)
		;
	assert_true(allowed > 0);
}

/* The numbers have no gap, and the description is there once. */
static bool progress_is_whole(void)
{
	const char *progress;
	uint32_t rseq;

	answer = show_progress;
	seen.service = answer_at_last;
	phone_invite(&far, "alice", "690", "Require: 100rel\n", SDP(""));
	rd__sched_run_for(10);
	line_expect("SIP/2.0 100");
	progress = phone_expect(&far, "SIP/2.0 180");
	rseq = acknowledge(progress);
	rd__sched_run_for(100);
	progress = phone_expect(&far, "SIP/2.0 183");
	assert_non_null(strstr(progress, "m=audio"));
	assert_int_equal(acknowledge(progress), rseq + 1);
	rd__sched_run_for(100);
	assert_null(strstr(phone_final(&far, "SIP/2.0 200"), "m=audio"));
	phone_ack(&far, "");
	end();
	return had_enough;
}

static void reliable_progress(void **state)
{
	(void)state;
	for (allowed = 0; !progress_is_whole(); allowed++)
		;
	assert_true(allowed > 0);
}

/* What is not acknowledged is repeated, and is as good as new. */
static bool callee_progress_counts(void)
{
	char invite[4096];

	phone_invite(&far, "alice", "700", "", SDP(""));
	rd__sched_run_for(10);
	line_expect("SIP/2.0 100");
	snprintf(invite, sizeof(invite), "%s", phone_called(&callee));
	rd__alloc_fail_after(allowed);
	phone_answer_invite(&callee, invite, "183 Session Progress",
			    "Require: 100rel\nRSeq: 1\n", SDP(""));
	had_enough = rd__alloc_refused() == 0;
	rd__alloc_fail_after(-1);
	phone_answer_invite(&callee, invite, "183 Session Progress",
			    "Require: 100rel\nRSeq: 1\n", SDP(""));
	phone_expect_request(&callee, "PRACK ");
	phone_answer(&callee, "200 OK", "", "");
	phone_answer_invite(&callee, invite, "200 OK", "", "");
	line_expect("ACK ");
	rd__sched_run_for(10);
	assert_non_null(strstr(phone_final(&far, "SIP/2.0 200"), "m=audio"));
	phone_ack(&far, "");
	end();
	return had_enough;
}

static void reliable_progress_of_a_callee(void **state)
{
	(void)state;
	for (allowed = 0; !callee_progress_counts(); allowed++)
		;
	assert_true(allowed > 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, exchange_open, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_update_of_a_call),
		TEST(an_update_of_a_callee_that_rings),
		TEST(a_prack_with_an_offer),
		TEST(a_200_and_progress),
		TEST(reliable_progress),
		TEST(reliable_progress_of_a_callee),
	};

	return RUN_GROUP(tests);
}
