/* Offers in a dialog that cannot be answered for want of memory: nobody is told of
 * them, and the next offer is taken (RFC 3261 §14.1, RFC 3311 §5.2). */
#include "tests/unit/test.h"

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

#define TEST(name) cmocka_unit_test_setup_teardown(name, exchange_open, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_update_of_a_call),
		TEST(an_update_of_a_callee_that_rings),
		TEST(a_prack_with_an_offer),
	};

	return RUN_GROUP(tests);
}
