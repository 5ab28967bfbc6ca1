/* Secure streams over real sockets: what goes on the wire, what is refused,
 * new keys without a gap, and who is believed. With media threads and without. */
#include "tests/unit/test.h"
#include "tests/unit/media_rig.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/media/mixer.h"
#include "core/media/srtp.h"
#include "core/media/stream.h"
#include "core/media/wire.h"

enum { QUIET_MS = 60, SOON_MS = 1000, SETTLE_MS = 80 };

/* A phone with keys, and the stream that it talks to. */
struct phone {
	struct far_end far;
	struct rd_stream *stream;
	struct rd_srtp_key ours, theirs; /* the exchange sends with ours */
	struct rd__srtp *tx, *rx;
	uint8_t last[1500]; /* as it went out */
	size_t last_size;
};

static void renew(struct rd__srtp **srtp, struct rd_srtp_key *key, enum rd_srtp_suite suite,
		  bool sending)
{
	rd_srtp_key_make(key, suite);
	rd__srtp_free(*srtp);
	assert_int_equal(rd__srtp_new(srtp, key, sending), 0);
}

static void agree(struct phone *phone, enum rd_security by)
{
	struct rd_stream_config config = *rd_stream_config(phone->stream);

	memcpy(&config.remote, &phone->far.address, sizeof(phone->far.address));
	config.security.by = by;
	config.security.local = phone->ours;
	config.security.remote = phone->theirs;
	assert_int_equal(rd_stream_configure(phone->stream, &config), 0);
	rig_run(SETTLE_MS);
}

static void phone_open(struct phone *phone, enum rd_srtp_suite suite)
{
	memset(phone, 0, sizeof(*phone));
	far_end_open(&phone->far);
	phone->stream = rig_stream(&phone->far, "ulaw");
	if (suite == RD_SRTP_NONE)
		return;
	renew(&phone->tx, &phone->theirs, suite, true);
	renew(&phone->rx, &phone->ours, suite, false);
	agree(phone, RD_SECURITY_SDES);
}

static void phone_close(struct phone *phone)
{
	rd_stream_close(phone->stream);
	rig_run(20);
	far_end_close(&phone->far);
	rd__srtp_free(phone->tx);
	rd__srtp_free(phone->rx);
}

static size_t next_packet(struct far_end *far, uint8_t *packet, uint8_t byte)
{
	struct rd__rtp rtp = { .seq = far->seq++, .ts = far->ts, .ssrc = far->ssrc,
			       .payload = packet + RD__RTP_HEADER, .size = 160 };

	far->ts += 160;
	memset(rtp.payload, byte, 160);
	rd__rtp_print(&rtp);
	return RD__RTP_HEADER + 160;
}

/* From where it says, else from the phone's own socket. */
static void say_from(struct phone *phone, struct far_end *from, uint8_t byte)
{
	uint8_t packet[1500];
	size_t n = next_packet(&phone->far, packet, byte);

	n = rd__srtp_protect(phone->tx, phone->last, packet, n);
	assert_true(n > 0);
	phone->last_size = n;
	far_end_send_raw(from, phone->stream, phone->last, n);
}

static void say(struct phone *phone, uint8_t byte)
{
	say_from(phone, &phone->far, byte);
}

static bool holds_run_of(const struct arrived *got, uint8_t byte)
{
	uint8_t run[16];

	memset(run, byte, sizeof(run));
	return memmem(got->bytes, got->size, run, sizeof(run));
}

/* The payload's byte that a secure phone hears at socket `at`; -1: nothing. */
static int hear_at(struct phone *phone, struct far_end *at, int ms)
{
	struct arrived got;
	ssize_t n;

	if (!far_end_receive(at, &got, ms))
		return -1;
	n = rd__srtp_unprotect(phone->rx, got.bytes, got.size);
	assert_int_equal(n, 172);
	return got.bytes[171];
}

static int hear(struct phone *phone, int ms)
{
	return hear_at(phone, &phone->far, ms);
}

static void secure_and_plain_phones_talk(void **state)
{
	(void)state;
	for (int suite = 1; suite < RD_SRTP_SUITES; suite++) {
		struct phone secure, plain;
		struct arrived got;

		phone_open(&secure, (enum rd_srtp_suite)suite);
		phone_open(&plain, RD_SRTP_NONE);
		rd__stream_link(secure.stream, plain.stream, 0);
		rig_run(SETTLE_MS);
		say(&secure, 0x41);
		assert_true(far_end_receive(&plain.far, &got, SOON_MS));
		assert_int_equal(got.size, 172);
		assert_int_equal(got.rtp.payload[159], 0x41);
		far_end_send(&plain.far, plain.stream, 0x42);
		assert_true(far_end_receive(&secure.far, &got, SOON_MS));
		assert_false(holds_run_of(&got, 0x42));
		assert_int_equal(rd__srtp_unprotect(secure.rx, got.bytes, got.size), 172);
		assert_int_equal(got.bytes[171], 0x42);
		phone_close(&secure);
		phone_close(&plain);
	}
}

static void each_leg_has_its_own_keys(void **state)
{
	struct phone a, b;

	(void)state;
	phone_open(&a, RD_SRTP_AES_CM_128_SHA1_80);
	phone_open(&b, RD_SRTP_AEAD_AES_256_GCM);
	rd__stream_link(a.stream, b.stream, 0);
	rig_run(SETTLE_MS);
	for (uint8_t byte = 1; byte < 20; byte++) {
		say(&a, byte);
		assert_int_equal(hear(&b, SOON_MS), byte);
		say(&b, byte + 100);
		assert_int_equal(hear(&a, SOON_MS), byte + 100);
	}
	phone_close(&a);
	phone_close(&b);
}

static uint32_t refused(struct phone *phone)
{
	struct rd_stream_stats stats;

	rig_run(600);
	rd_stream_stats(phone->stream, &stats);
	return stats.rx_refused;
}

static void what_is_not_authentic_is_dropped_and_counted(void **state)
{
	struct phone a, b;
	struct arrived got;

	(void)state;
	phone_open(&a, RD_SRTP_AES_CM_128_SHA1_80);
	phone_open(&b, RD_SRTP_NONE);
	rd__stream_link(a.stream, b.stream, 0);
	rig_run(SETTLE_MS);
	/* In clear, changed, and heard before. */
	far_end_send(&a.far, a.stream, 1);
	say(&a, 2);
	assert_true(far_end_receive(&b.far, &got, SOON_MS));
	far_end_send_raw(&a.far, a.stream, a.last, a.last_size);
	a.last[3]++;
	far_end_send_raw(&a.far, a.stream, a.last, a.last_size);
	assert_false(far_end_receive(&b.far, &got, QUIET_MS));
	assert_int_equal(refused(&a), 3);
	phone_close(&a);
	phone_close(&b);
}

/* DTLS has not finished, or the description had no key. */
static void without_keys_nothing_comes_and_nothing_goes(void **state)
{
	struct phone a, b;
	struct arrived got;

	(void)state;
	phone_open(&a, RD_SRTP_NONE);
	phone_open(&b, RD_SRTP_NONE);
	agree(&a, RD_SECURITY_SDES);
	rd__stream_link(a.stream, b.stream, 0);
	rig_run(SETTLE_MS);
	far_end_send(&a.far, a.stream, 1);
	assert_false(far_end_receive(&b.far, &got, QUIET_MS));
	far_end_send(&b.far, b.stream, 1);
	assert_false(far_end_receive(&a.far, &got, QUIET_MS));
	phone_close(&a);
	phone_close(&b);
}

static void a_stranger_does_not_move_a_secure_stream(void **state)
{
	struct phone a, b;
	struct far_end stranger;
	struct arrived got;

	(void)state;
	phone_open(&a, RD_SRTP_AES_CM_128_SHA1_80);
	phone_open(&b, RD_SRTP_NONE);
	far_end_open(&stranger);
	rd__stream_link(a.stream, b.stream, 0);
	rig_run(SETTLE_MS);
	for (int i = 0; i < 8; i++)
		far_end_send(&stranger, a.stream, 0x66);
	assert_false(far_end_receive(&b.far, &got, QUIET_MS));
	far_end_send(&b.far, b.stream, 0x22);
	assert_int_equal(hear(&a, SOON_MS), 0x22);
	far_end_close(&stranger);
	phone_close(&a);
	phone_close(&b);
}

/* Its router gave it another address: the first packet that proves itself wins. */
static void a_secure_phone_may_move(void **state)
{
	struct phone a, b;
	struct far_end elsewhere;
	struct arrived got;

	(void)state;
	phone_open(&a, RD_SRTP_AES_CM_128_SHA1_80);
	phone_open(&b, RD_SRTP_NONE);
	far_end_open(&elsewhere);
	rd__stream_link(a.stream, b.stream, 0);
	rig_run(SETTLE_MS);
	say(&a, 1);
	assert_true(far_end_receive(&b.far, &got, SOON_MS));
	rig_run(1700);
	say_from(&a, &elsewhere, 2);
	assert_true(far_end_receive(&b.far, &got, SOON_MS));
	assert_int_equal(got.rtp.payload[0], 2);
	far_end_send(&b.far, b.stream, 0x23);
	assert_int_equal(hear_at(&a, &elsewhere, SOON_MS), 0x23);
	far_end_close(&elsewhere);
	phone_close(&a);
	phone_close(&b);
}

static void a_new_key_is_not_heard(void **state)
{
	struct phone a, b;
	struct rd__srtp *old;
	struct arrived got;

	(void)state;
	phone_open(&a, RD_SRTP_AEAD_AES_128_GCM);
	phone_open(&b, RD_SRTP_NONE);
	rd__stream_link(a.stream, b.stream, 0);
	rig_run(SETTLE_MS);
	say(&a, 1);
	assert_true(far_end_receive(&b.far, &got, SOON_MS));
	/* The exchange knows the new key; packets under the old one still come. */
	old = a.tx;
	a.tx = NULL;
	renew(&a.tx, &a.theirs, RD_SRTP_AES_CM_128_SHA1_80, true);
	agree(&a, RD_SECURITY_SDES);
	for (uint8_t byte = 2; byte < 8; byte++) {
		struct rd__srtp *new = a.tx;

		if (byte % 2)
			a.tx = old;
		say(&a, byte);
		a.tx = new;
		assert_true(far_end_receive(&b.far, &got, SOON_MS));
		assert_int_equal(got.rtp.payload[0], byte);
	}
	/* Ours stayed, and so do its numbers. */
	far_end_send(&b.far, b.stream, 0x33);
	assert_int_equal(hear(&a, SOON_MS), 0x33);
	/* After a while the old one is worth nothing. */
	rig_run(2100);
	rd__srtp_free(a.tx);
	a.tx = old;
	say(&a, 9);
	assert_false(far_end_receive(&b.far, &got, QUIET_MS));
	phone_close(&a);
	phone_close(&b);
}

/* The rollover counter is nowhere in the packet: whoever lost it is deaf. */
static void the_same_agreement_again_keeps_the_rollover_counter(void **state)
{
	struct phone a, b;
	struct arrived got;

	(void)state;
	phone_open(&a, RD_SRTP_AES_CM_128_SHA1_80);
	phone_open(&b, RD_SRTP_NONE);
	rd__stream_link(a.stream, b.stream, 0);
	a.far.seq = 65534;
	rig_run(SETTLE_MS);
	for (uint8_t byte = 1; byte < 5; byte++) {
		say(&a, byte);
		assert_true(far_end_receive(&b.far, &got, SOON_MS));
	}
	agree(&a, RD_SECURITY_SDES);
	rd__stream_unlink(a.stream);
	rd__stream_link(b.stream, a.stream, 0);
	rig_run(SETTLE_MS);
	say(&a, 5);
	assert_true(far_end_receive(&b.far, &got, SOON_MS));
	assert_int_equal(got.rtp.payload[0], 5);
	phone_close(&a);
	phone_close(&b);
}

/* What b says comes to a under the new key; does it with the counter of the former one? */
static bool counts_on(struct phone *a, struct phone *b, struct far_end *at)
{
	struct rd__srtp *anew;
	struct arrived got;
	bool on;

	assert_int_equal(rd__srtp_new(&anew, &a->ours, false), 0);
	far_end_send(&b->far, b->stream, 0x51);
	assert_true(far_end_receive(at, &got, SOON_MS));
	on = rd__srtp_unprotect(anew, got.bytes, got.size) == -EBADMSG;
	rd__srtp_free(anew);
	return on;
}

/* Both directions have new keys; a's phone keeps its counter, or makes all anew. */
static void renew_both(struct phone *a, bool keeps)
{
	struct rd__srtp *tx = a->tx, *rx = a->rx;

	a->tx = a->rx = NULL;
	renew(&a->tx, &a->theirs, RD_SRTP_AES_CM_128_SHA1_80, true);
	renew(&a->rx, &a->ours, RD_SRTP_AES_CM_128_SHA1_80, false);
	if (keeps)
		rd__srtp_follow(a->tx, tx);
	rd__srtp_follow(a->rx, rx);
	rd__srtp_free(tx);
	rd__srtp_free(rx);
}

static void a_new_key_after_a_wrap(bool keeps)
{
	struct phone a, b;
	struct far_end elsewhere;
	struct arrived got;

	phone_open(&a, RD_SRTP_AES_CM_128_SHA1_80);
	phone_open(&b, RD_SRTP_NONE);
	far_end_open(&elsewhere);
	rd__stream_link(a.stream, b.stream, 0);
	a.far.seq = 65534;
	rig_run(SETTLE_MS);
	a.stream->line.sender.seq = 65533;
	for (uint8_t byte = 1; byte < 6; byte++) {
		say(&a, byte);
		assert_true(far_end_receive(&b.far, &got, SOON_MS));
		far_end_send(&b.far, b.stream, byte);
		assert_int_equal(hear(&a, SOON_MS), byte);
	}
	renew_both(&a, keeps);
	agree(&a, RD_SECURITY_SDES);
	for (uint8_t byte = 6; byte < 9; byte++) {
		say(&a, byte);
		assert_true(far_end_receive(&b.far, &got, SOON_MS));
		assert_int_equal(got.rtp.payload[0], byte);
	}
	assert_true(counts_on(&a, &b, &a.far));
	/* Another address may be another phone (RFC 4568 §7.1.4). */
	renew_both(&a, false);
	memcpy(&a.far.address, &elsewhere.address, sizeof(a.far.address));
	agree(&a, RD_SECURITY_SDES);
	say_from(&a, &elsewhere, 9);
	assert_true(far_end_receive(&b.far, &got, SOON_MS));
	assert_int_equal(got.rtp.payload[0], 9);
	assert_false(counts_on(&a, &b, &elsewhere));
	far_end_close(&elsewhere);
	phone_close(&a);
	phone_close(&b);
}

static void a_new_key_after_a_wrap_is_heard_of_both_kinds_of_phones(void **state)
{
	(void)state;
	if (rig_threads)
		skip(); /* the number is the media thread's */
	a_new_key_after_a_wrap(true);
	a_new_key_after_a_wrap(false);
}

/* The last of what is heard until it is this. */
static void wait_to_hear(struct phone *phone, struct phone *speaker, int byte)
{
	int heard = -1;

	for (int i = 0; i < 50 && heard != byte; i++) {
		far_end_send(&speaker->far, speaker->stream, (uint8_t)byte);
		heard = hear(phone, SOON_MS);
	}
	assert_int_equal(heard, byte);
}

static void our_rollover_counter_goes_on_from_bridge_to_bridge(void **state)
{
	struct rd__mixer_options options = { .rate = 8000 };
	struct rd__mixer *room;
	struct phone a, b;

	(void)state;
	if (rig_threads)
		skip(); /* the number is the media thread's */
	phone_open(&a, RD_SRTP_AES_CM_128_SHA1_80);
	phone_open(&b, RD_SRTP_NONE);
	rd__stream_link(a.stream, b.stream, 0);
	rig_run(SETTLE_MS);
	a.stream->line.sender.seq = 65533;
	for (uint8_t byte = 1; byte < 6; byte++) {
		far_end_send(&b.far, b.stream, byte);
		assert_int_equal(hear(&a, SOON_MS), byte);
	}
	assert_in_range(a.stream->line.sender.seq, 1, 5);
	/* hear() fails at what it cannot decrypt: nothing does, on the way or behind it. */
	options.near = a.stream;
	assert_int_equal(rd__mixer_new(&room, &options), 0);
	assert_int_equal(rd__mixer_join(room, a.stream, NULL), 0);
	assert_int_equal(rd__mixer_join(room, b.stream, NULL), 0);
	for (int i = 0; i < 10; i++)
		assert_true(hear(&a, SOON_MS) >= 0);
	rd__stream_link(a.stream, b.stream, 0);
	rd__mixer_close(room);
	wait_to_hear(&a, &b, 0x44);
	phone_close(&a);
	phone_close(&b);
}

static void a_stream_goes_back_to_clear(void **state)
{
	struct phone a, b;
	struct arrived got;

	(void)state;
	phone_open(&a, RD_SRTP_AES_CM_128_SHA1_80);
	phone_open(&b, RD_SRTP_NONE);
	rd__stream_link(a.stream, b.stream, 0);
	memset(&a.ours, 0, sizeof(a.ours));
	memset(&a.theirs, 0, sizeof(a.theirs));
	agree(&a, RD_SECURITY_NONE);
	far_end_send(&a.far, a.stream, 7);
	assert_true(far_end_receive(&b.far, &got, SOON_MS));
	assert_int_equal(got.rtp.payload[0], 7);
	phone_close(&a);
	phone_close(&b);
}

static void reports_are_secured_as_well(void **state)
{
	uint8_t report[RD__RTCP_MAX + RD__SRTP_GROWTH] = { 0 };
	struct rd__rtcp_block block = { .ssrc = 0, .lost = 7 };
	struct rd__rtcp_sender sender = { .ssrc = 5, .sent = true, .cname = "x" };
	struct rd_stream_stats stats;
	struct rd_stream_config config;
	struct phone a, b;
	size_t n;

	(void)state;
	phone_open(&a, RD_SRTP_AES_CM_128_SHA1_32);
	phone_open(&b, RD_SRTP_NONE);
	rd__stream_link(a.stream, b.stream, 0);
	config = *rd_stream_config(a.stream);
	config.rtcp_mux = true;
	assert_int_equal(rd_stream_configure(a.stream, &config), 0);
	rig_run(20);
	far_end_send(&b.far, b.stream, 1);
	assert_int_equal(hear(&a, SOON_MS), 1);
	rig_run(600);
	rd_stream_stats(a.stream, &stats);
	block.ssrc = stats.ssrc;
	n = rd__rtcp_print(report, &sender, &block);
	far_end_send_raw(&a.far, a.stream, report, n); /* in clear: refused */
	n = rd__srtcp_protect(a.tx, report, report, n);
	far_end_send_raw(&a.far, a.stream, report, n);
	assert_int_equal(refused(&a), 1);
	rd_stream_stats(a.stream, &stats);
	assert_int_equal(stats.far_lost, 7);
	phone_close(&a);
	phone_close(&b);
}

/* One of the allocations fails: the old keys stay, and nothing leaks. */
static int try_keys(void *arg)
{
	struct phone *phone = arg;
	struct rd_stream_config config = *rd_stream_config(phone->stream);

	config.security.by = RD_SECURITY_SDES;
	rd_srtp_key_make(&config.security.local, RD_SRTP_AES_CM_128_SHA1_80);
	rd_srtp_key_make(&config.security.remote, RD_SRTP_AES_CM_128_SHA1_80);
	return rd_stream_configure(phone->stream, &config);
}

static void memory_may_run_out(void **state)
{
	struct phone a;
	int rc = -ENOMEM;

	(void)state;
	phone_open(&a, RD_SRTP_NONE);
	rig_run(20);
	for (long n = 0; rc == -ENOMEM && n < 100; n++) {
		rd__alloc_fail_after(n);
		rc = try_keys(&a);
		rd__alloc_fail_after(-1);
		rig_run(5);
	}
	assert_int_equal(rc, 0);
	phone_close(&a);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(secure_and_plain_phones_talk),
		TEST(each_leg_has_its_own_keys),
		TEST(what_is_not_authentic_is_dropped_and_counted),
		TEST(without_keys_nothing_comes_and_nothing_goes),
		TEST(a_stranger_does_not_move_a_secure_stream),
		TEST(a_secure_phone_may_move),
		TEST(a_new_key_is_not_heard),
		TEST(the_same_agreement_again_keeps_the_rollover_counter),
		TEST(a_new_key_after_a_wrap_is_heard_of_both_kinds_of_phones),
		TEST(our_rollover_counter_goes_on_from_bridge_to_bridge),
		TEST(a_stream_goes_back_to_clear),
		TEST(reports_are_secured_as_well),
		TEST(memory_may_run_out),
	};
	int failed;

	rig_threads = 2;
	failed = RUN_GROUP(tests);
	rig_threads = 0;
	return failed + RUN_GROUP(tests);
}
