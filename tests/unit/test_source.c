/* Whom a stream believes: the address agreed on, or the one that was learned, and
 * what becomes of strangers. With media threads and without. */
#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/unit/test.h"
#include "tests/unit/conf_dir.h"
#include "tests/unit/media_call.h"

#include "core/media/ear.h"
#include "core/media/stream.h"

/* Two phones that may talk, and others that send to the first one's stream; NULL: nobody. */
static void begin_talk(struct call *call, struct far_end *one, struct far_end *other)
{
	call_open(call, "ulaw", "ulaw");
	if (one)
		far_end_open(one);
	if (other)
		far_end_open(other);
	rd__stream_link(call->stream_a, call->stream_b, 0);
	rig_run(20);
}

static void end_talk(struct call *call, struct far_end *one, struct far_end *other)
{
	if (one)
		far_end_close(one);
	if (other)
		far_end_close(other);
	call_close(call);
}

/* Counted until it is known who is heard; then the kernel drops them. */
static void strangers_are_dropped_and_counted(void **state)
{
	enum { STRANGE = 5 };
	struct call call;
	struct far_end stranger, other;
	struct rd_stream_stats stats;
	struct arrived got;

	(void)state;
	begin_talk(&call, &stranger, &other);
	/* The stranger is first, and nobody else is heard beside him, but the agreed one
	 * wins at once. */
	far_end_send(&stranger, call.stream_a, 0x66);
	assert_true(far_end_receive(&call.b, &got, SOON_MS));
	for (int i = 0; i < STRANGE; i++)
		far_end_send(&other, call.stream_a, 0x67);
	far_end_send(&call.a, call.stream_a, 1);
	assert_true(far_end_receive(&call.b, &got, SOON_MS));
	assert_int_equal(got.rtp.payload[0], 1);
	for (int i = 0; i < 10; i++)
		far_end_send(&stranger, call.stream_a, 0x66);
	assert_false(far_end_receive(&call.b, &got, QUIET_MS));
	rig_run(600);
	rd_stream_stats(call.stream_a, &stats);
	assert_int_equal(stats.rx_packets, 2);
	assert_int_equal(stats.rx_stranger, STRANGE);
	end_talk(&call, &stranger, &other);
}

/* Told when the thread does its next round. */
static void expect_shown(const struct rd_stream *stream, const struct far_end *far)
{
	struct rd__address shown;

	rd__stream_remote(stream, &shown);
	assert_int_equal(rd__address_port(&shown), ntohs(far->address.in4.sin_port));
}

static void another_address_is_learned_and_held(void **state)
{
	struct call call;
	struct far_end behind_nat, stranger;
	struct rd_stream_stats stats;
	struct arrived got;

	(void)state;
	begin_talk(&call, &behind_nat, &stranger);
	for (int i = 0; i < 6; i++) {
		far_end_send(&behind_nat, call.stream_a, 0x40);
		far_end_send(&stranger, call.stream_a, 0x66);
		assert_true(far_end_receive(&call.b, &got, SOON_MS));
		assert_int_equal(got.rtp.payload[0], 0x40);
	}
	/* We send to where it comes from. */
	far_end_send(&call.b, call.stream_b, 0x22);
	assert_true(far_end_receive(&behind_nat, &got, SOON_MS));
	assert_int_equal(got.rtp.payload[0], 0x22);
	rig_run(600);
	rd_stream_stats(call.stream_a, &stats);
	assert_in_range(stats.rx_stranger, 1, 6);
	expect_shown(call.stream_a, &behind_nat);
	expect_shown(call.stream_b, &call.b);
	/* The same agreement again: its router may have moved it. */
	rig_configure(call.stream_a, &call.a, "ulaw", true);
	rig_run(50);
	far_end_send(&call.b, call.stream_b, 0x23);
	assert_true(far_end_receive(&behind_nat, &got, SOON_MS));
	far_end_send(&behind_nat, call.stream_a, 0x41);
	assert_true(far_end_receive(&call.b, &got, SOON_MS));
	far_end_send(&stranger, call.stream_a, 0x66);
	assert_false(far_end_receive(&call.b, &got, QUIET_MS));
	/* Another agreement begins to learn anew. */
	rig_configure(call.stream_a, &stranger, "ulaw", true);
	rig_run(20);
	far_end_send(&stranger, call.stream_a, 0x51);
	assert_true(far_end_receive(&call.b, &got, SOON_MS));
	assert_int_equal(got.rtp.payload[0], 0x51);
	end_talk(&call, &behind_nat, &stranger);
}

static void expect_from(struct far_end *far, struct call *call, uint8_t byte)
{
	struct arrived got;

	far_end_send(far, call->stream_a, byte);
	assert_true(far_end_receive(&call->b, &got, SOON_MS));
	assert_int_equal(got.rtp.payload[0], byte);
}

/* It goes on speaking; how soon the socket is open for it depends on when the thread looks. */
static void expect_soon_from(struct far_end *far, struct call *call, uint8_t byte)
{
	struct arrived got = { .size = 0 };

	for (int ms = 0; ms < 5000; ms += 20) {
		far_end_send(far, call->stream_a, byte);
		if (far_end_receive(&call->b, &got, 20) && got.rtp.payload[0] == byte)
			return;
	}
	fail_msg("%x was not heard", byte);
}

/* A stranger was quicker than a phone that says nothing at first. */
static void who_was_quick_and_went_is_not_held(void **state)
{
	struct far_end behind_nat, stranger;
	struct arrived got;
	struct call call;

	(void)state;
	begin_talk(&call, &behind_nat, &stranger);
	for (int i = 0; i < 6; i++)
		expect_from(&stranger, &call, 0x66);
	rig_run(600);
	for (int i = 0; i < 55; i++)
		expect_from(&behind_nat, &call, 0x40);
	/* That was a second of voice: now it may be silent for as long as it likes. */
	rig_run(600);
	for (int i = 0; i < 6; i++)
		far_end_send(&stranger, call.stream_a, 0x66);
	far_end_send(&call.a, call.stream_a, 0x50);
	assert_false(far_end_receive(&call.b, &got, QUIET_MS));
	expect_from(&behind_nat, &call, 0x41);
	end_talk(&call, &behind_nat, &stranger);
}

/* However many packets of a stranger came before its first. */
static void the_address_agreed_on_wins_against_who_was_quick(void **state)
{
	struct far_end stranger;
	struct arrived got;
	struct call call;

	(void)state;
	begin_talk(&call, &stranger, NULL);
	for (int i = 0; i < 10; i++)
		expect_from(&stranger, &call, 0x66);
	expect_from(&call.a, &call, 0x50);
	far_end_send(&stranger, call.stream_a, 0x66);
	assert_false(far_end_receive(&call.b, &got, QUIET_MS));
	far_end_send(&call.b, call.stream_b, 0x22);
	assert_true(far_end_receive(&call.a, &got, SOON_MS));
	end_talk(&call, &stranger, NULL);
}

/* Its router has started anew, and gives it another port. */
static void a_voice_that_goes_on_elsewhere_is_followed(void **state)
{
	struct far_end moved, stranger;
	struct arrived got;
	struct call call;

	(void)state;
	begin_talk(&call, &moved, &stranger);
	for (int i = 0; i < 5; i++)
		expect_from(&call.a, &call, 0x40);
	/* Not while it is heard, and never with numbers of its own. */
	moved.ssrc = call.a.ssrc;
	moved.seq = call.a.seq;
	for (int i = 0; i < 6; i++)
		far_end_send(&moved, call.stream_a, 0x41);
	assert_false(far_end_receive(&call.b, &got, QUIET_MS));
	rig_run(1200);
	/* Numbers that go on are no proof: half of all do. */
	assert_true(stranger.ssrc != call.a.ssrc);
	stranger.seq = (uint16_t)(call.a.seq + 100);
	for (int i = 0; i < 6; i++)
		far_end_send(&stranger, call.stream_a, 0x66);
	stranger.ssrc = call.a.ssrc;
	stranger.seq = (uint16_t)(call.a.seq - 100);
	for (int i = 0; i < 6; i++)
		far_end_send(&stranger, call.stream_a, 0x66);
	assert_false(far_end_receive(&call.b, &got, QUIET_MS));
	moved.seq = (uint16_t)(moved.seq + 9000); /* three minutes later */
	expect_soon_from(&moved, &call, 0x42);
	far_end_send(&call.b, call.stream_b, 0x22);
	assert_true(far_end_receive(&moved, &got, SOON_MS));
	end_talk(&call, &moved, &stranger);
}

/* Listeners are many, and to send to them without a connection is dearer. */
static void who_only_listens_stays_connected(void **state)
{
	struct rd__line *line;
	struct call call;

	(void)state;
	begin_talk(&call, NULL, NULL);
	line = &call.stream_a->line;
	for (int spell = 0; spell < 3; spell++) {
		expect_from(&call.a, &call, 0x40);
		rig_run(900);
		assert_false(rd__ear_is_open(line));
		rig_run(700);
		for (int i = 0; i < 100; i++) {
			assert_true(line->source.connected);
			assert_true(rd__ear_is_open(line));
			rig_run(100);
		}
		expect_from(&call.a, &call, 0x41);
		rig_run(600);
		assert_false(rd__ear_is_open(line));
	}
	end_talk(&call, NULL, NULL);
}

/* Four packets in a row: the fourth is heard. */
static void expect_to_follow(struct far_end *moved, struct call *call)
{
	struct arrived got;

	moved->ssrc = call->a.ssrc;
	moved->seq = call->a.seq;
	for (int i = 0; i < 3; i++)
		far_end_send(moved, call->stream_a, 0x41);
	assert_false(far_end_receive(&call->b, &got, QUIET_MS));
	for (int i = 0; i < 20; i++)
		expect_from(moved, call, 0x42);
	far_end_send(&call->b, call->stream_b, 0x22);
	assert_true(far_end_receive(moved, &got, SOON_MS));
}

static void who_moved_is_heard_at_once_however_long_it_was_silent(void **state)
{
	(void)state;
	for (int ms = 2000; ms < 6000; ms += 300) {
		struct far_end moved;
		struct call call;

		begin_talk(&call, &moved, NULL);
		expect_from(&call.a, &call, 0x40);
		rig_run(ms);
		expect_to_follow(&moved, &call);
		end_talk(&call, &moved, NULL);
	}
}

/* The descriptors are all in use. */
static void who_moved_is_heard_although_no_other_socket_can_be_had(void **state)
{
	struct rlimit usual;
	struct far_end moved;
	struct call call;

	(void)state;
	begin_talk(&call, &moved, NULL);
	expect_from(&call.a, &call, 0x40);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &usual), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 3, usual.rlim_max }), 0);
	rig_run(2000);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &usual), 0);
	assert_false(rd__ear_is_open(&call.stream_a->line));
	assert_false(call.stream_a->line.source.connected);
	expect_to_follow(&moved, &call);
	end_talk(&call, &moved, NULL);
}

/* Not even who would share it. */
static void nobody_else_gets_a_port_that_has_two_sockets(void **state)
{
	int other = socket(AF_INET, SOCK_DGRAM, 0), yes = 1;
	struct sockaddr_storage at;
	struct call call;

	(void)state;
	assert_int_equal(setsockopt(other, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)), 0);
	begin_talk(&call, NULL, NULL);
	expect_from(&call.a, &call, 0x40);
	rig_run(2000);
	assert_true(rd__ear_is_open(&call.stream_a->line));
	rd_stream_local(call.stream_a, &at);
	assert_int_equal(bind(other, (struct sockaddr *)&at, sizeof(struct sockaddr_in)), -1);
	assert_int_equal(errno, EADDRINUSE);
	close(other);
	end_talk(&call, NULL, NULL);
}

/* Early sound of a carrier comes from elsewhere, with a source of its own. */
static void the_address_agreed_on_is_heard_when_the_learned_one_ends(void **state)
{
	struct far_end early;
	struct arrived got;
	struct call call;

	(void)state;
	begin_talk(&call, &early, NULL);
	for (int i = 0; i < 60; i++)
		expect_from(&early, &call, 0x66);
	far_end_send(&call.a, call.stream_a, 0x50);
	assert_false(far_end_receive(&call.b, &got, QUIET_MS));
	rig_run(1200);
	expect_soon_from(&call.a, &call, 0x51);
	far_end_send(&call.b, call.stream_b, 0x22);
	assert_true(far_end_receive(&call.a, &got, SOON_MS));
	end_talk(&call, &early, NULL);
}

/* Early sound from elsewhere goes on to the last: who answers is heard at once all the same. */
static void the_address_agreed_on_again_is_heard_at_once(void **state)
{
	struct far_end early;
	struct call call;

	(void)state;
	begin_talk(&call, &early, NULL);
	for (int i = 0; i < 60; i++)
		expect_from(&early, &call, 0x66);
	assert_int_equal(rd_stream_configure(call.stream_a, rd_stream_config(call.stream_a)), 0);
	rig_run(20);
	expect_from(&early, &call, 0x67);
	expect_from(&call.a, &call, 0x51);
	end_talk(&call, &early, NULL);
}

/* Whoever fell silent and goes on where he was is heard at once. */
static void who_was_silent_is_heard_again(void **state)
{
	struct call call;

	(void)state;
	begin_talk(&call, NULL, NULL);
	for (int i = 0; i < 3; i++) {
		expect_from(&call.a, &call, 0x40);
		rig_run(1200);
		expect_from(&call.b, &(struct call){ .b = call.a, .stream_a = call.stream_b },
			    0x50);
	}
	end_talk(&call, NULL, NULL);
}

static void who_is_not_strict_hears_all_and_answers_the_last(void **state)
{
	struct call call;
	struct far_end elsewhere;
	struct arrived got;

	(void)state;
	conf_dir_make();
	assert_int_equal(conf_dir_apply(&rd__rtp_config, "[general]\nstrictrtp = no\n"), 0);
	begin_talk(&call, &elsewhere, NULL);
	for (uint8_t byte = 0x30; byte < 0x36; byte++) {
		struct far_end *from = byte % 2 ? &call.a : &elsewhere;

		far_end_send(from, call.stream_a, byte);
		assert_true(far_end_receive(&call.b, &got, SOON_MS));
		assert_int_equal(got.rtp.payload[0], byte);
		far_end_send(&call.b, call.stream_b, byte);
		assert_true(far_end_receive(from, &got, SOON_MS));
		assert_int_equal(got.rtp.payload[0], byte);
	}
	/* Heard all the same where we are to speak to the address agreed on. */
	rig_configure(call.stream_a, &call.a, "ulaw", false);
	rig_run(50);
	far_end_send(&elsewhere, call.stream_a, 0x40);
	assert_true(far_end_receive(&call.b, &got, SOON_MS));
	far_end_send(&call.b, call.stream_b, 0x41);
	assert_true(far_end_receive(&call.a, &got, SOON_MS));
	end_talk(&call, &elsewhere, NULL);
	assert_int_equal(conf_dir_apply(&rd__rtp_config, "[general]\n"), 0);
	conf_dir_remove();
}

#define TEST(name)    cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
#define VIRTUAL(name) cmocka_unit_test_setup_teardown(name, rig_virtual_setup, rig_virtual_teardown)

int main(void)
{
	/* By IPv6 no kernel keeps them out. */
	const struct CMUnitTest by_ipv4[] = {
		TEST(strangers_are_dropped_and_counted),
	};
	const struct CMUnitTest tests[] = {
		TEST(another_address_is_learned_and_held),
		TEST(who_was_quick_and_went_is_not_held),
		TEST(the_address_agreed_on_wins_against_who_was_quick),
		TEST(a_voice_that_goes_on_elsewhere_is_followed),
		TEST(the_address_agreed_on_is_heard_when_the_learned_one_ends),
		TEST(the_address_agreed_on_again_is_heard_at_once),
		TEST(who_was_silent_is_heard_again),
		TEST(who_is_not_strict_hears_all_and_answers_the_last),
	};
	const struct CMUnitTest virtual[] = {
		VIRTUAL(who_only_listens_stays_connected),
		VIRTUAL(who_moved_is_heard_at_once_however_long_it_was_silent),
		VIRTUAL(who_moved_is_heard_although_no_other_socket_can_be_had),
		VIRTUAL(nobody_else_gets_a_port_that_has_two_sockets),
	};
	int failed;

	rig_threads = 2;
	failed = RUN_GROUP(by_ipv4) + RUN_GROUP(tests);
	rig_threads = 0;
	failed += RUN_GROUP(by_ipv4) + RUN_GROUP(tests);
	failed += RUN_GROUP(virtual);
	rig_family = AF_INET6;
	return failed + RUN_GROUP(tests);
}
