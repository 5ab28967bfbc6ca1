/* How many calls a trunk may have, and how many may begin in a second. */
#include "tests/unit/test.h"

#include <ringdown/cause.h>

#include "core/sched/sched.h"
#include "tests/sim/sip_trunks.h"
#include "tests/unit/console.h"

static struct sip_phone gate;

#define A(lines) "[a]\nhost = 127.0.0.31\nnumbers = _6XX\ncontext = office\nqualify = 0\n" lines
#define A_AND_B(lines)                                                                             \
	A(lines)                                                                                   \
	"[b]\nhost = 127.0.0.32\nnumbers = none\nqualify = 0\n"                                    \
	"[out]\ntype = group\ntrunks = a, b\n"

/* ---- calls that come ---- */

static void comes_in(struct sip_phone *phone, const char *number)
{
	provider_calls(phone, "127.0.0.31", number);
	run_for(10);
	phone_final(phone, "SIP/2.0 200");
	phone_ack(phone, "");
}

static void is_refused(const char *number)
{
	struct sip_phone phone;

	provider_calls(&phone, "127.0.0.31", number);
	line_expect("SIP/2.0 503");
	phone_ack_refusal(&phone);
}

static void hangs_up(struct sip_phone *phone)
{
	phone_request(phone, "BYE", "", "");
	run_for(10);
	phone_final(phone, "SIP/2.0 200");
}

static void one_call_more_than_the_limit_gets_503(void **state)
{
	struct sip_phone phones[3];

	(void)state;
	trunks_configure(A("limit_in = 2\n"));
	comes_in(&phones[0], "600");
	comes_in(&phones[1], "600");
	is_refused("600");
	is_refused("605");
	assert_int_equal(trunk_state_find("a")->in.now, 2);
	assert_int_equal(trunk_state_find("a")->in.attempts, 2);
	hangs_up(&phones[0]);
	comes_in(&phones[2], "600");
	is_refused("600");
	hangs_up(&phones[1]);
	hangs_up(&phones[2]);
	assert_int_equal(trunk_state_find("a")->in.now, 0);
}

static void a_limit_of_a_prefix_is_for_numbers_that_begin_so(void **state)
{
	struct sip_phone phone, other;

	(void)state;
	trunks_configure(A("limit_in = 600:1\n"));
	comes_in(&phone, "600");
	is_refused("600");
	provider_calls(&other, "127.0.0.31", "604");
	run_for(10);
	phone_final(&other, "SIP/2.0 486");
	phone_ack_refusal(&other);
	hangs_up(&phone);
}

/* The call that was before the limit counts. */
static void a_limit_that_a_reload_brings_counts_calls_that_are_there(void **state)
{
	struct sip_phone phone;

	(void)state;
	trunks_configure(A(""));
	comes_in(&phone, "600");
	trunks_configure(A("limit_in = 60:1\n"));
	is_refused("600");
	trunks_configure(A(""));
	hangs_up(&phone);
	trunks_configure(A("limit_in = 60:1\n"));
	comes_in(&phone, "600");
	hangs_up(&phone);
}

/* ---- calls that begin in a second ---- */

static void so_many_may_begin_in_any_second(void **state)
{
	struct sip_phone phones[4];

	(void)state;
	trunks_configure(A("limit_in = /3\n"));
	for (int i = 0; i < 3; i++) {
		comes_in(&phones[i], "600");
		run_for(290);
	}
	is_refused("600"); /* 900 ms after the first */
	run_for(110);
	comes_in(&phones[3], "600"); /* 1010 ms after it */
	is_refused("600");
	run_for(1000);
	for (int i = 0; i < 4; i++)
		hangs_up(&phones[i]);
}

static void another_rate_keeps_what_it_has_counted(void **state)
{
	struct sip_phone phones[3];

	(void)state;
	trunks_configure(A("limit_in = /2\n"));
	comes_in(&phones[0], "600");
	comes_in(&phones[1], "600");
	trunks_configure(A("limit_in = /3\n"));
	comes_in(&phones[2], "600");
	is_refused("600");
	trunks_configure(A("limit_in = /1\n"));
	is_refused("600");
	run_for(1000);
	for (int i = 0; i < 3; i++)
		hangs_up(&phones[i]);
}

static void a_rate_may_be_written_beside_the_number_of_calls(void **state)
{
	struct sip_phone phones[2];

	(void)state;
	trunks_configure(A("limit_in = /1, 5\n"));
	comes_in(&phones[0], "600");
	is_refused("600");
	run_for(1000);
	comes_in(&phones[1], "600");
	for (int i = 0; i < 2; i++)
		hangs_up(&phones[i]);
}

/* ---- calls that go ---- */

static void dials_and_stays(struct sip_phone *caller, struct sip_phone *far, const char *target,
			    const char *address)
{
	gate_dials(caller, target);
	provider_is_called(far, address);
	provider_says(far, "200 OK", SDP(""));
	run_for(10);
	phone_expect_request(far, "ACK ");
	phone_final(caller, "SIP/2.0 200");
	phone_ack(caller, "");
}

static void ends(struct sip_phone *caller, struct sip_phone *far, const char *address)
{
	char peer[64];

	phone_source = "127.0.0.9";
	phone_request(caller, "BYE", "", "");
	run_for(10);
	phone_final(caller, "SIP/2.0 200");
	phone_expect_request(far, "BYE ");
	snprintf(peer, sizeof(peer), "%s:5060", address);
	line_answer_from(peer);
	phone_answer(far, "200 OK", "", "");
	line_answer_from(NULL);
	run_for(10);
}

static void dial_fails(const char *target)
{
	gate_dials(&gate, target);
	gate_is_refused(&gate, "SIP/2.0 503");
	assert_int_equal(seen.dial_cause, RD_CAUSE_CONGESTION);
}

static void above_the_limit_the_next_one_of_the_group_is_called(void **state)
{
	struct sip_phone callers[2], far[2];

	(void)state;
	trunks_configure(A_AND_B("limit_out = 1\n"));
	dials_and_stays(&callers[0], &far[0], "TRUNK/out/4711", "127.0.0.31");
	dials_and_stays(&callers[1], &far[1], "TRUNK/out/4711", "127.0.0.32");
	dial_fails("TRUNK/a/4711");
	dial_fails("SIP/4711@a");
	ends(&callers[0], &far[0], "127.0.0.31");
	ends(&callers[1], &far[1], "127.0.0.32");
	dials_and_stays(&callers[0], &far[0], "TRUNK/out/4711", "127.0.0.31");
	ends(&callers[0], &far[0], "127.0.0.31");
	assert_int_equal(console(trunk_commands, "sip show trunks a"), 0);
	assert_non_null(strstr(console_text(), "  limit_out = 1: 0 calls now, 2 refused\n"));
}

static void both_directions_share_a_limit(void **state)
{
	struct sip_phone caller, far, in;

	(void)state;
	trunks_configure(A("limit = 2\nlimit_out = 1\n"));
	dials_and_stays(&caller, &far, "SIP/4711@a", "127.0.0.31");
	dial_fails("SIP/4711@a");
	comes_in(&in, "600");
	is_refused("600");
	phone_source = "127.0.0.31";
	hangs_up(&in);
	ends(&caller, &far, "127.0.0.31");
}

static void a_prefix_of_numbers_that_are_called(void **state)
{
	struct sip_phone callers[2], far[2];

	(void)state;
	trunks_configure(A("limit_out = 5, 0900:1, 00:0\n"));
	dials_and_stays(&callers[0], &far[0], "TRUNK/a/0900123", "127.0.0.31");
	dial_fails("TRUNK/a/0900124");
	dial_fails("TRUNK/a/0043123");
	dials_and_stays(&callers[1], &far[1], "TRUNK/a/030123", "127.0.0.31");
	ends(&callers[0], &far[0], "127.0.0.31");
	ends(&callers[1], &far[1], "127.0.0.31");
}

/* However the trunk wants numbers to be written. */
static void a_prefix_as_people_dial_it(void **state)
{
	struct sip_phone caller, far;

	(void)state;
	trunks_configure(A("country = DE\ncalled_out = e164\nlimit_out = 0900:1, 00:0\n"));
	dials_and_stays(&caller, &far, "TRUNK/a/0900123456", "127.0.0.31");
	dial_fails("TRUNK/a/0900123457");
	dial_fails("TRUNK/a/+33140205050");
	ends(&caller, &far, "127.0.0.31");
}

/* Of the number that goes out, not of the one that was dialled. */
static void a_group_knows_whose_prefix_is_full(void **state)
{
	struct sip_phone callers[2], far[2];

	(void)state;
	trunks_configure(A_AND_B("country = DE\ncalled_out = international\nlimit_out = 0033:1\n"));
	dials_and_stays(&callers[0], &far[0], "TRUNK/out/+33140205050", "127.0.0.31");
	dials_and_stays(&callers[1], &far[1], "TRUNK/out/+33140205051", "127.0.0.32");
	assert_int_equal(console(trunk_commands, "sip show trunks a"), 0);
	if (!strstr(console_text(), "  limit_out = 0033:1: 1 calls now, 0 refused\n"))
		fail_msg("%s", console_text());
	ends(&callers[0], &far[0], "127.0.0.31");
	ends(&callers[1], &far[1], "127.0.0.32");
}

/* The one that was ends, and the place is taken. */
static void who_takes_the_place_of_a_call_has_it(void **state)
{
	struct sip_phone phone, next;
	char replaces[256];

	(void)state;
	trunks_configure(A("limit_in = 1/1\nreplaces = own\n"));
	comes_in(&phone, "600");
	snprintf(replaces, sizeof(replaces), "Replaces: %s;to-tag=%s;from-tag=%s\n", phone.call_id,
		 phone.their_tag, phone.our_tag);
	phone_invite(&next, "0301234", "600", replaces, SDP(""));
	run_for(10);
	phone_final(&next, "SIP/2.0 200");
	phone_ack(&next, "");
	run_for(10);
	phone_expect_request(&phone, "BYE ");
	provider_says(&phone, "200 OK", "");
	run_for(2000);
	assert_int_equal(trunk_state_find("a")->in.now, 1);
	is_refused("600");
	hangs_up(&next);
	assert_int_equal(trunk_state_find("a")->in.now, 0);
	comes_in(&phone, "600");
	hangs_up(&phone);
}

/* ---- calls for help ---- */

static void some_room_is_kept_for_calls_for_help(void **state)
{
	struct sip_phone callers[3], far[3], in;

	(void)state;
	trunks_configure(A("limit = 2\nemergency_channels = 1\n"));
	dials_and_stays(&callers[0], &far[0], "TRUNK/a/4711", "127.0.0.31");
	dial_fails("TRUNK/a/4711");
	is_refused("600");
	dials_and_stays(&callers[1], &far[1], "TRUNK/a/112", "127.0.0.31");
	/* Whether there is more the provider says, not we. */
	dials_and_stays(&callers[2], &far[2], "TRUNK/a/112", "127.0.0.31");
	for (int i = 0; i < 3; i++)
		ends(&callers[i], &far[i], "127.0.0.31");
	comes_in(&in, "600");
	hangs_up(&in);
}

static void a_call_for_help_goes_where_there_is_room_first(void **state)
{
	struct sip_phone callers[2], far[2];

	(void)state;
	trunks_configure(A_AND_B("limit = 1/1, 1:0\n"));
	dials_and_stays(&callers[0], &far[0], "TRUNK/out/112", "127.0.0.31");
	dials_and_stays(&callers[1], &far[1], "TRUNK/out/112", "127.0.0.32");
	ends(&callers[0], &far[0], "127.0.0.31");
	ends(&callers[1], &far[1], "127.0.0.32");
	dials_and_stays(&callers[0], &far[0], "TRUNK/out/112", "127.0.0.31");
	ends(&callers[0], &far[0], "127.0.0.31");
}

/* ---- peers of other files ---- */

/* [peer] of sip.conf: what it is called for, its dialplan says alone. */
static void a_peer_has_limits_as_a_trunk_has(void **state)
{
	struct sip_phone caller, far, phone, other;

	(void)state;
	trunks_configure("[peer]\ntype = peer\nlimit_out = 1\nlimit_in = 1\n"
			 "called_out_rules = 0301 -> +49{1}\n");
	gate_dials(&gate, "SIP/0301@peer");
	provider_is_called(&far, "127.0.0.34");
	if (!strstr(far.request, "INVITE sip:+49301@127.0.0.34 "))
		fail_msg("%s", far.request);
	provider_refuses(&far, "486 Busy Here");
	gate_is_refused(&gate, "SIP/2.0 486");
	dials_and_stays(&caller, &far, "TRUNK/peer/0301", "127.0.0.34");
	dial_fails("TRUNK/peer/0302");
	ends(&caller, &far, "127.0.0.34");
	provider_calls(&phone, "127.0.0.34", "600");
	run_for(10);
	phone_final(&phone, "SIP/2.0 200");
	phone_ack(&phone, "");
	provider_calls(&other, "127.0.0.34", "604");
	line_expect("SIP/2.0 503");
	phone_ack_refusal(&other);
	hangs_up(&phone);
	provider_calls(&other, "127.0.0.34", "604");
	run_for(10);
	phone_final(&other, "SIP/2.0 486");
	phone_ack_refusal(&other);
}

static void and_numbers_of_its_own(void **state)
{
	struct sip_phone phone;

	(void)state;
	trunks_configure("[peer]\ntype = peer\nnumbers = 604\n");
	provider_calls(&phone, "127.0.0.34", "604");
	run_for(10);
	phone_final(&phone, "SIP/2.0 486");
	phone_ack_refusal(&phone);
	provider_calls(&phone, "127.0.0.34", "600");
	line_expect("SIP/2.0 404");
	phone_ack_refusal(&phone);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, trunks_open, trunks_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_call_more_than_the_limit_gets_503),
		TEST(a_limit_of_a_prefix_is_for_numbers_that_begin_so),
		TEST(a_limit_that_a_reload_brings_counts_calls_that_are_there),
		TEST(so_many_may_begin_in_any_second),
		TEST(another_rate_keeps_what_it_has_counted),
		TEST(a_rate_may_be_written_beside_the_number_of_calls),
		TEST(above_the_limit_the_next_one_of_the_group_is_called),
		TEST(both_directions_share_a_limit),
		TEST(a_prefix_of_numbers_that_are_called),
		TEST(a_prefix_as_people_dial_it),
		TEST(a_group_knows_whose_prefix_is_full),
		TEST(who_takes_the_place_of_a_call_has_it),
		TEST(some_room_is_kept_for_calls_for_help),
		TEST(a_call_for_help_goes_where_there_is_room_first),
		TEST(a_peer_has_limits_as_a_trunk_has),
		TEST(and_numbers_of_its_own),
	};

	return RUN_GROUP(tests);
}
