/* PJSIP_HEADER() in whole calls: what came in, what goes out with a leg, and names that
 * end with a star. */
#include "tests/unit/test.h"

#include <ringdown/channel.h>

#include "channels/sip/call/tech.h"
#include "core/sched/sched.h"
#include "tests/sim/sip_exchange.h"

static struct sip_phone far, callee;

static void tells(struct rd_channel *ch, const char *args, const char *want)
{
	struct rd_buf out;

	rd_buf_init(&out);
	assert_int_equal(sip_header_read(ch, args, &out), 0);
	assert_string_equal(rd_buf_text(&out), want);
	rd_buf_fini(&out);
}

static void sets(struct rd_channel *ch, const char *args, const char *value)
{
	assert_int_equal(sip_header_write(ch, args, value), 0);
}

static void read_what_came(struct rd_channel *ch, const char *exten)
{
	(void)exten;
	tells(ch, "X-A", "one");
	tells(ch, "read,X-A,2", "two");
	tells(ch, "read,X-*,1", "one");
	tells(ch, "read,x-*,3", "three");
	tells(ch, "read,X-*,4", "");
	tells(ch, "read,X-Q", "");
	tells(ch, "read,Subject", "short");
	tells(ch, "remove,X-A", "0"); /* what came is not ours to take away */
	tells(ch, "X-A", "one");
	rd_hangup(ch, RD_CAUSE_BUSY);
}

static int prepare(struct rd_channel *leg, void *arg)
{
	(void)arg;
	sets(leg, "add,X-Test", "one");
	sets(leg, "add,X-Test", "two");
	tells(leg, "read,X-Test", "one");
	tells(leg, "read,X-Test,2", "two");
	tells(leg, "read,X-*,2", "two");
	tells(leg, "remove,X-Test", "2");
	tells(leg, "remove,X-Test", "0");
	sets(leg, "add,X-Test", "three");
	sets(leg, "add,X-My-First", "gone");
	sets(leg, "add,X-My-Second", "gone");
	sets(leg, "remove,x-my*", "");
	sets(leg, "add,Y-Kept", "kept");
	assert_int_equal(sip_header_write(leg, "add,Via", "x"), -EPERM);
	return 0;
}

static int clear_all(struct rd_channel *leg, void *arg)
{
	prepare(leg, arg);
	sets(leg, "remove,*", "");
	return 0;
}

static void dial(struct rd_channel *ch, int (*before)(struct rd_channel *leg, void *arg))
{
	const struct rd_dial_options options = { .timeout_ms = 20000, .before_call = before };
	struct rd_channel *winner = NULL;
	struct rd_dial_result result;

	rd_dial(ch, "SIP/42@peer", &options, &winner, &result);
	assert_null(winner);
	rd_hangup(ch, result.cause);
}

static void dial_prepared(struct rd_channel *ch, const char *exten)
{
	dial(ch, strcmp(exten, "620") == 0 ? prepare : clear_all);
}

static const char *called(const char *number)
{
	phone_invite(&far, "alice", number, "", SDP(""));
	rd__sched_run_for(10);
	line_expect("SIP/2.0 100");
	return phone_called(&callee);
}

static void is_busy(void)
{
	phone_answer(&callee, "486 Busy Here", "", "");
	line_expect("ACK ");
	rd__sched_run_for(10);
	phone_final(&far, "SIP/2.0 486");
	phone_ack_refusal(&far);
}

static void headers_that_came_are_read_by_name_and_number(void **state)
{
	(void)state;
	seen.service = read_what_came;
	phone_invite(&far, "alice", "620", "X-A: one\nX-A: two\nX-B: three\ns: short\n", SDP(""));
	rd__sched_run_for(10);
	phone_final(&far, "SIP/2.0 486");
	phone_ack_refusal(&far);
}

static void headers_of_a_leg_are_read_and_removed_before_they_go(void **state)
{
	const char *invite;

	(void)state;
	seen.service = dial_prepared;
	invite = called("620");
	assert_string_equal(line_header(invite, "X-Test"), "three");
	assert_string_equal(line_header(invite, "Y-Kept"), "kept");
	assert_null(strstr(invite, "X-My"));
	is_busy();
}

static void a_star_removes_all(void **state)
{
	const char *invite;

	(void)state;
	seen.service = dial_prepared;
	invite = called("621");
	assert_null(strstr(invite, "X-Test"));
	assert_null(strstr(invite, "Y-Kept"));
	is_busy();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, exchange_open, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(headers_that_came_are_read_by_name_and_number),
		TEST(headers_of_a_leg_are_read_and_removed_before_they_go),
		TEST(a_star_removes_all),
	};

	return RUN_GROUP(tests);
}
