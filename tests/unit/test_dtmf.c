/* Telephone events: what a network does to them, and that what we send can
 * be read. Each case is a list of packets and the words that they give. */
#include "tests/unit/test.h"

#include "core/media/dtmf.h"

enum { RATE = 8000, END = 0x80 };

static struct rd__dtmf_receiver rx;
static char told[512];
static uint64_t now_us;
static int rate; /* of the clock */
static uint32_t ssrc; /* of whose keys they are */

static int begin(void **state)
{
	(void)state;
	memset(&rx, 0, sizeof(rx));
	told[0] = '\0';
	now_us = 1000000;
	rate = RATE;
	ssrc = 7;
	return 0;
}

/* "(5" for a beginning, "5:100)" for an end after 100 ms. */
static void tell(struct rd__dtmf_news news)
{
	for (int i = 0; i < news.count; i++) {
		size_t n = strlen(told);

		if (news.item[i].end)
			snprintf(told + n, sizeof(told) - n, "%c:%d)", news.item[i].digit,
				 news.item[i].ms);
		else
			snprintf(told + n, sizeof(told) - n, "(%c", news.item[i].digit);
	}
}

static void get_packet(uint8_t *payload, size_t size, uint32_t ts, bool marker)
{
	struct rd__rtp rtp = {
		.payload = payload, .size = size, .ts = ts, .marker = marker, .ssrc = ssrc
	};

	tell(rd__dtmf_packet(&rx, &rtp, rate, now_us));
}

static void get(int event, int flags, int duration, uint32_t ts, bool marker)
{
	uint8_t payload[4] = { (uint8_t)event, (uint8_t)(flags | 10),
			       (uint8_t)(duration >> 8), (uint8_t)duration };

	get_packet(payload, sizeof(payload), ts, marker);
	now_us += 20000;
}

static void wait_ms(int ms)
{
	now_us += (uint64_t)ms * 1000;
	tell(rd__dtmf_clock(&rx, rate, now_us));
}

static void a_digit_is_told_once(void **state)
{
	(void)state;
	get(5, 0, 160, 1000, true);
	get(5, 0, 320, 1000, false);
	get(5, 0, 480, 1000, false);
	get(5, END, 800, 1000, false);
	get(5, END, 800, 1000, false);
	get(5, END, 800, 1000, false);
	wait_ms(1000);
	assert_string_equal(told, "(55:100)");
}

static void all_ends_are_lost(void **state)
{
	(void)state;
	get(5, 0, 160, 1000, true);
	get(5, 0, 640, 1000, false);
	wait_ms(100);
	assert_string_equal(told, "(5");
	wait_ms(100);
	assert_string_equal(told, "(55:80)");
	/* An end that comes after all changes nothing. */
	get(5, END, 800, 1000, false);
	assert_string_equal(told, "(55:80)");
}

static void two_digits_may_have_one_time(void **state)
{
	(void)state;
	get(5, 0, 160, 1000, true);
	get(5, END, 800, 1000, false);
	get(6, 0, 160, 1000, true);
	/* An end of the first that comes late is not a third. */
	get(5, END, 800, 1000, false);
	get(6, END, 960, 1000, false);
	get(6, END, 960, 1000, false);
	wait_ms(1000);
	assert_string_equal(told, "(55:100)(66:120)");
}

static void the_next_digit_ends_the_last(void **state)
{
	(void)state;
	get(1, 0, 160, 1000, true);
	get(2, 0, 160, 3000, true);
	get(2, END, 320, 3000, false);
	assert_string_equal(told, "(11:20)(22:40)");
}

static void the_same_digit_twice_is_two(void **state)
{
	(void)state;
	get(7, 0, 160, 1000, true);
	get(7, END, 480, 1000, false);
	get(7, 0, 160, 3000, true);
	get(7, END, 480, 3000, false);
	assert_string_equal(told, "(77:60)(77:60)");
}

static void only_one_end_arrives(void **state)
{
	(void)state;
	get(11, END, 800, 1000, false);
	get(11, END, 800, 1000, false);
	assert_string_equal(told, "(##:100)");
}

static void packets_in_disorder(void **state)
{
	(void)state;
	get(3, 0, 320, 2000, false);
	get(3, 0, 160, 2000, true);
	get(3, END, 640, 2000, false);
	get(3, 0, 480, 2000, false); /* after the end */
	get(4, 0, 160, 1000, true);  /* of long ago */
	assert_string_equal(told, "(33:80)");
}

static void a_long_event_comes_in_segments(void **state)
{
	(void)state;
	get(0, 0, 160, 1000, true);
	get(0, 0, 0xffff, 1000, false);
	get(0, 0, 160, 1000 + 0xffff, false);
	get(0, END, 8000, 1000 + 0xffff, false);
	get(0, END, 8000, 1000 + 0xffff, false);
	assert_string_equal(told, "(00:9191)");
}

static void the_full_packet_of_a_segment_is_lost(void **state)
{
	(void)state;
	get(0, 0, 64000, 1000, true);
	get(0, END, 8000, 1000 + 0xffff, false);
	assert_string_equal(told, "(00:9191)");
}

/* ---- the matrix: what is lost, twice, or backwards, at each clock ---- */

enum { UPDATES = 4, ENDS = 3, SENT = UPDATES + ENDS, SENT_MASKS = 1 << SENT };

/* Milliseconds that packet i of a digit of 100 ms tells. */
static int told_ms(int i)
{
	return i < UPDATES ? 20 * (i + 1) : 100;
}

static void get_sent(int i, uint32_t ts)
{
	get(5, i < UPDATES ? 0 : END, told_ms(i) * rate / 1000, ts, i == 0);
}

/* Those of the mask, each so often; then there is silence. Returns the longest. */
static int get_some(int mask, int times, bool backwards, uint32_t ts)
{
	int longest = 0;

	for (int k = 0; k < SENT; k++) {
		int i = backwards ? SENT - 1 - k : k;

		for (int n = 0; n < times && mask & 1 << i; n++) {
			get_sent(i, ts);
			longest = RD_MAX(longest, told_ms(i));
		}
	}
	wait_ms(RD__DTMF_LOST_MS);
	return longest;
}

static void assert_one_digit(int mask, int times, bool backwards)
{
	uint32_t ts = UINT32_MAX - (uint32_t)rate / 2; /* wraps before the second */
	char expected[64];
	int longest;

	memset(&rx, 0, sizeof(rx));
	told[0] = '\0';
	longest = get_some(mask, times, backwards, ts);
	get_some(SENT_MASKS - 1, 1, false, ts + (uint32_t)rate);
	/* An end is the end, whatever comes late. */
	snprintf(expected, sizeof(expected), "(55:%d)(55:100)", longest);
	assert_string_equal(told, expected);
}

static void whatever_is_lost_a_digit_is_one_at_every_clock(void **state)
{
	static const int rates[] = { 8000, 12000, 16000, 24000, 32000, 44100, 48000 };

	(void)state;
	for (size_t r = 0; r < RD_ARRAY_SIZE(rates); r++) {
		rate = rates[r];
		for (int mask = 1; mask < SENT_MASKS; mask++) {
			assert_one_digit(mask, 1, false);
			assert_one_digit(mask, 2, false);
			assert_one_digit(mask, 1, true);
		}
	}
}

/* A segment is as long as its 16 bits, which is less time the faster the clock. */
static void long_digits_are_whole_at_every_clock(void **state)
{
	static const int rates[] = { 8000, 16000, 48000 };

	(void)state;
	for (size_t r = 0; r < RD_ARRAY_SIZE(rates); r++) {
		uint32_t units = (uint32_t)(rates[r] * 20), begin_ts = 1000, at = 0;

		begin(NULL);
		rate = rates[r];
		for (; at + 0xffff < units; at += 0xffff) {
			get(9, 0, 160, begin_ts + at, at == 0);
			get(9, 0, 0xffff, begin_ts + at, false);
		}
		get(9, END, (int)(units - at), begin_ts + at, false);
		get(9, END, (int)(units - at), begin_ts + at, false);
		assert_string_equal(told, "(99:20000)");
	}
}

static void the_clock_may_wrap_around(void **state)
{
	(void)state;
	get(1, END, 800, 0xffffff00u, true);
	get(2, END, 800, 0x00000600u, true);
	assert_string_equal(told, "(11:100)(22:100)");
}

/* As behind a provider who transfers the call. The times of its clock may be any. */
static void another_source_counts_anew(void **state)
{
	static const uint32_t times[] = { 3000000000, 1000000000, 1000, 500, 500 };

	(void)state;
	for (int i = 0; i < (int)RD_ARRAY_SIZE(times); i++, ssrc++) {
		get(i, 0, 160, times[i], true);
		get(i, END, 800, times[i], false);
		get(i, END, 800, times[i], false);
	}
	assert_string_equal(told, "(00:100)(11:100)(22:100)(33:100)(44:100)");
}

/* A phone that starts its stream anew, by a re-INVITE, and keeps its SSRC. */
static void the_same_source_with_an_earlier_time_counts_anew(void **state)
{
	static const uint32_t times[] = { 3000000000, 1000000000, 1000, 500 };

	(void)state;
	for (int i = 0; i < (int)RD_ARRAY_SIZE(times); i++) {
		get(i, 0, 160, times[i], true);
		get(i, END, 800, times[i], false);
		/* What is late is not that late. */
		wait_ms(700);
		get(i, END, 800, times[i], false);
		get(9, END, 800, times[i] - 800, false);
		wait_ms(1000);
	}
	assert_string_equal(told, "(00:100)(11:100)(22:100)(33:100)");
}

static void another_source_ends_a_key_of_the_last(void **state)
{
	(void)state;
	get(5, 0, 160, 90000, true);
	ssrc++;
	get(5, 0, 320, 90000 + 65535, false);
	get(5, END, 320, 90000 + 65535, false);
	/* The same key at the same time is one more. */
	ssrc++;
	get(5, END, 480, 90000 + 65535, false);
	assert_string_equal(told, "(55:20)(55:40)(55:60)");
}

static void other_events_and_fragments_are_nothing(void **state)
{
	uint8_t payload[4] = { 5, 0, 0, 160 };

	(void)state;
	get(16, 0, 160, 1000, true);
	get(255, END, 160, 1000, true);
	get_packet(payload, 3, 5000, true);
	assert_string_equal(told, "");
}

/* ---- sending, read back ---- */

static int packets, markers, ends;

static void send_all(struct rd__dtmf_sender *tx, int step_ms, int lose_every)
{
	struct rd__dtmf_packet packet;
	uint32_t ts = 5000;

	packets = markers = ends = 0;
	for (int i = 0; i < 2000 && (tx->count || tx->gap_ms > 0); i++) {
		if (rd__dtmf_step(tx, step_ms, RATE, ts, &packet)) {
			packets++;
			markers += packet.first;
			ends += packet.payload[1] >> 7;
			if (!lose_every || packets % lose_every)
				get_packet(packet.payload, 4, packet.ts, packet.first);
		}
		ts += (uint32_t)(step_ms * RATE / 1000);
		now_us += (uint64_t)step_ms * 1000;
	}
}

static void what_is_sent_is_read(void **state)
{
	struct rd__dtmf_sender tx = { .count = 0 };

	(void)state;
	assert_true(rd__dtmf_queue(&tx, '1', 100));
	assert_true(rd__dtmf_queue(&tx, 'd', 100));
	assert_true(rd__dtmf_queue(&tx, '*', 10)); /* too short for anybody */
	assert_false(rd__dtmf_queue(&tx, 'e', 100));
	send_all(&tx, 20, 0);
	assert_string_equal(told, "(11:100)(DD:100)(**:40)");
	assert_int_equal(markers, 3);
	assert_int_equal(ends, 9);
}

static void losing_every_third_packet_loses_no_digit(void **state)
{
	struct rd__dtmf_sender tx = { .count = 0 };

	(void)state;
	for (const char *digit = "0123456789"; *digit; digit++)
		rd__dtmf_queue(&tx, *digit, 100);
	send_all(&tx, 20, 3);
	for (char digit = '0'; digit <= '9'; digit++) {
		char word[8] = { '(', digit, 0 };

		assert_non_null(strstr(told, word));
	}
}

static void a_long_digit_is_sent_in_segments(void **state)
{
	struct rd__dtmf_sender tx = { .count = 0 };

	(void)state;
	rd__dtmf_queue(&tx, '9', 20000);
	send_all(&tx, 20, 0);
	assert_string_equal(told, "(99:20000)");
	assert_int_equal(markers, 1);
}

static void a_key_that_is_held_begins_at_once(void **state)
{
	struct rd__dtmf_sender tx = { .count = 0 };
	struct rd__dtmf_packet packet;

	(void)state;
	assert_true(rd__dtmf_press(&tx, '7'));
	assert_true(rd__dtmf_queue(&tx, '8', 60));
	for (int i = 1; i <= 10; i++) {
		assert_true(rd__dtmf_step(&tx, 20, RATE, 1000, &packet));
		assert_int_equal(packet.first, i == 1);
		assert_int_equal(packet.payload[1] & END, 0);
		assert_int_equal(packet.payload[2] << 8 | packet.payload[3], i * 160);
	}
	/* Its end came later than it was. */
	rd__dtmf_release(&tx, 180);
	assert_false(rd__dtmf_holds(&tx));
	for (int i = 0; i < RD__DTMF_ENDS; i++) {
		assert_true(rd__dtmf_step(&tx, 20, RATE, 1000, &packet));
		assert_int_equal(packet.payload[1] & END, END);
		assert_int_equal(packet.payload[2] << 8 | packet.payload[3], 1600);
	}
	rd__dtmf_release(&tx, 1000); /* of nothing */
	assert_int_equal(tx.count, 1);
	assert_int_equal(tx.queue[0].digit, '8');
	assert_int_equal(tx.queue[0].ms, 60);
	/* As long as it was said to be, when there is time for that. */
	memset(&tx, 0, sizeof(tx));
	assert_true(rd__dtmf_press(&tx, '9'));
	assert_true(rd__dtmf_step(&tx, 20, RATE, 1000, &packet));
	rd__dtmf_release(&tx, 70);
	while (tx.count)
		rd__dtmf_step(&tx, 20, RATE, 1000, &packet);
	assert_int_equal(packet.payload[2] << 8 | packet.payload[3], 560);
}

static void the_queue_has_an_end(void **state)
{
	struct rd__dtmf_sender tx = { .count = 0 };

	(void)state;
	for (int i = 0; i < RD__DTMF_QUEUE; i++)
		assert_true(rd__dtmf_queue(&tx, '1', 40));
	assert_false(rd__dtmf_queue(&tx, '1', 40));
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_digit_is_told_once),
		TEST(two_digits_may_have_one_time),
		TEST(all_ends_are_lost),
		TEST(the_next_digit_ends_the_last),
		TEST(the_same_digit_twice_is_two),
		TEST(only_one_end_arrives),
		TEST(packets_in_disorder),
		TEST(a_long_event_comes_in_segments),
		TEST(the_full_packet_of_a_segment_is_lost),
		TEST(whatever_is_lost_a_digit_is_one_at_every_clock),
		TEST(long_digits_are_whole_at_every_clock),
		TEST(the_clock_may_wrap_around),
		TEST(another_source_counts_anew),
		TEST(the_same_source_with_an_earlier_time_counts_anew),
		TEST(another_source_ends_a_key_of_the_last),
		TEST(other_events_and_fragments_are_nothing),
		TEST(what_is_sent_is_read),
		TEST(losing_every_third_packet_loses_no_digit),
		TEST(a_long_digit_is_sent_in_segments),
		TEST(a_key_that_is_held_begins_at_once),
		TEST(the_queue_has_an_end),
	};

	return RUN_GROUP(tests);
}
