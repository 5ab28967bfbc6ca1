/* Packets that overtake each other on their way to a decoder: in order again, nothing
 * waits without need, and nobody waits for long. */
#include "tests/unit/test.h"

#include <limits.h>
#include <stdlib.h>

#include "core/media/registry.h"
#include "core/media/sorter.h"
#include "core/media/tap.h"
#include "tests/unit/mix_party.h"
#include "tests/unit/tone_meter.h"

enum { MS = 1000,
       PACKET_MS = 20 };

/* ---- alone ---- */

static struct rd__sorter sorter;
static uint16_t highest;
static uint64_t now_us;
static char order[64]; /* what was played: a letter for each number, '-' for one given up */

static int begin(void **state)
{
	(void)state;
	order[0] = '\0';
	now_us = 1000 * MS;
	return rd__sorter_init(&sorter);
}

static int end(void **state)
{
	(void)state;
	rd__sorter_fini(&sorter);
	return 0;
}

static void note(char letter, unsigned missed)
{
	size_t n = strlen(order);

	while (missed--)
		order[n++] = '-';
	order[n++] = letter;
	order[n] = '\0';
}

static void play(uint64_t at_us)
{
	const struct rd__sorted *next;
	unsigned missed;

	while ((next = rd__sorter_next(&sorter, at_us, &missed)))
		note((char)next->rtp.payload[0], missed);
}

/* As a line does it: of the number `base` and the letter behind 'a'. */
static void come_sized(uint16_t base, char letter, size_t size)
{
	static uint8_t bytes[RD__SORTER_BYTES + 1];
	struct rd__rtp rtp = { .seq = (uint16_t)(base + letter - 'a'),
			       .payload = bytes,
			       .size = size };
	unsigned missed = (uint16_t)(rtp.seq - highest - 1);
	bool in_order = letter == 'a' || missed < 0x8000, kept;

	memset(bytes, letter, sizeof(bytes));
	missed = letter == 'a' ? 0 : missed;
	if (in_order)
		highest = rtp.seq;
	kept = in_order ? rd__sorter_keep(&sorter, &rtp, 0, missed, now_us)
			: rd__sorter_keep_late(&sorter, &rtp, 0, now_us);
	play(in_order && !kept ? UINT64_MAX : now_us);
	if (in_order && !kept)
		note(letter, missed);
}

/* Letters one after the other, '.' are ten milliseconds. */
static void come(uint16_t base, const char *letters)
{
	for (; *letters; letters++) {
		if (*letters != '.')
			come_sized(base, *letters, 33);
		else
			now_us += 10 * MS;
		play(now_us);
	}
}

static void what_comes_in_order_does_not_wait(void **state)
{
	(void)state;
	come(0xfffe, "a..b..c..d");
	assert_string_equal(order, "abcd");
	assert_int_equal(sorter.waiting, 0);
}

static void what_was_overtaken_is_played_in_its_place(void **state)
{
	(void)state;
	come(0xfffd, "a..c");
	assert_string_equal(order, "a");
	come(0xfffd, ".b");
	assert_string_equal(order, "abc");
	come(0xfffd, ".e.g.d");
	assert_string_equal(order, "abcde");
	come(0xfffd, ".f..h");
	assert_string_equal(order, "abcdefgh");
}

static void what_does_not_come_is_waited_for_forty_milliseconds(void **state)
{
	(void)state;
	come(7, "a..c..d.");
	assert_string_equal(order, "a");
	come(7, ".");
	assert_string_equal(order, "a-cd");
	/* Too late now. */
	come(7, "b..e");
	assert_string_equal(order, "a-cde");
}

static void of_two_gaps_each_has_its_own_time(void **state)
{
	(void)state;
	come(7, "a.c..f.");
	assert_string_equal(order, "a");
	come(7, ".");
	assert_string_equal(order, "a-c");
	come(7, "..");
	assert_string_equal(order, "a-c--f");
}

static void where_things_are_lost_nobody_waits_after_a_few(void **state)
{
	(void)state;
	come(7, "a.c....e....g....");
	assert_string_equal(order, "a-c-e-g");
	come(7, "i");
	assert_string_equal(order, "a-c-e-g-i");
	/* One that comes late after all is worth waiting again. */
	come(7, ".h..k");
	assert_string_equal(order, "a-c-e-g-i");
	come(7, ".j");
	assert_string_equal(order, "a-c-e-g-ijk");
}

static void one_that_is_later_than_anybody_waits_is_no_reason_to(void **state)
{
	(void)state;
	come(7, "a.c....e....g....i....");
	assert_string_equal(order, "a-c-e-g-i");
	come(7, "h.k");
	assert_string_equal(order, "a-c-e-g-i-k");
}

static void what_came_twice_is_played_once(void **state)
{
	(void)state;
	come(7, "a.c.c.c.b.b.c.d");
	assert_string_equal(order, "abcd");
}

static void what_is_too_long_or_too_far_ahead_goes_behind_all_that_waits(void **state)
{
	(void)state;
	come(7, "a.c.d");
	come_sized(7, 'e', RD__SORTER_BYTES + 1);
	assert_string_equal(order, "a-cde");
}

/* ---- in a call that is converted ---- */

enum { TONE_HZ = 440,
       PART_MS = 10 };

/* How late packets came that were sent every 20 ms over a network that holds each back
 * for up to 40: in ms, recorded. */
/* clang-format off */
static const uint8_t late_ms[] = {
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 39, 16, 22, 33, 1, 29, 15, 3, 10, 7, 23, 30, 15, 24, 34,
	6, 36, 15, 0, 13, 26, 17, 11, 24, 10, 4, 8, 39, 39, 28, 8, 8, 0, 0, 13, 13, 10, 10,
	18, 20, 12, 34, 40, 13, 11, 12, 24, 19, 1, 23, 26, 10, 9, 16, 4, 21, 19, 38, 37, 0,
	38, 21, 4, 19, 22, 19, 30, 20, 11, 30, 30, 11, 3, 16, 1, 22, 25, 1, 35, 26, 23, 24,
	37, 0, 28, 2, 11, 39, 12, 7, 15, 29, 22, 32, 22, 33, 16, 29, 6, 37, 23, 18, 2, 27, 5,
	13, 21, 32, 39, 23, 9, 21, 17, 34, 5, 19, 20, 19, 11, 5, 40, 9, 19, 30, 10, 3, 5, 38,
	34, 25, 2, 15, 38, 22, 16, 29, 26, 9, 3, 40, 2, 31, 21, 13, 8, 36, 8, 40, 26, 6,
};
/* clang-format on */

static struct party talker, listener;

static int begin_call(void **state)
{
	(void)state;
	party_rig_start(0);
	assert_int_equal(rd__codec_add(rig_codec("codec_opus"), "codec_opus"), 0);
	assert_int_equal(rd__codec_add(rig_codec("codec_gsm"), "codec_gsm"), 0);
	return 0;
}

static int end_call(void **state)
{
	(void)state;
	rd__codec_remove(rig_codec("codec_opus"));
	rd__codec_remove(rig_codec("codec_gsm"));
	party_rig_stop();
	return 0;
}

static void open_call(const char *codec)
{
	party_open(&talker, codec, TONE_HZ);
	party_open(&listener, "ulaw", 0);
	listener.quiet = true;
	assert_int_equal(rd__stream_link(talker.stream, listener.stream, 0), 0);
	rig_run(PACKET_MS);
}

static void close_call(void)
{
	party_close(&talker);
	party_close(&listener);
	rig_run(40);
}

/* Each packet when it came: of one ms those that were sent first, first. */
static void talk_over_that_network(unsigned lost)
{
	static struct { uint8_t bytes[RD__RTP_MAX]; size_t size; } sent[RD_ARRAY_SIZE(late_ms)];

	for (size_t i = 0; i < RD_ARRAY_SIZE(late_ms); i++)
		sent[i].size = party_packet(&talker, sent[i].bytes);
	for (size_t ms = 0; ms < RD_ARRAY_SIZE(late_ms) * PACKET_MS + 100; ms++) {
		for (size_t i = 0; i < RD_ARRAY_SIZE(late_ms); i++)
			if (ms == i * PACKET_MS + late_ms[i] && i != lost)
				far_end_send_raw(&talker.far, talker.stream, sent[i].bytes,
						 sent[i].size);
		parties_talk(&listener, 1, 1);
	}
}

static void check_steady(const char *codec)
{
	size_t skip = 8 * PACKET_MS * 10; /* until the codec is at its level */
	double weakest;

	open_call(codec);
	talk_over_that_network(UINT_MAX);
	assert_int_equal(listener.count, RD_ARRAY_SIZE(late_ms) * PACKET_MS * 8);
	weakest = tone_weakest(listener.heard + skip, listener.count - skip, 8000, PART_MS);
	if (tone_db(weakest, talker.amplitude) < -3)
		fail_msg("%s: %.1f dB", codec, tone_db(weakest, talker.amplitude));
	close_call();
}

static void a_codec_with_a_memory_hears_them_as_they_were_sent(void **state)
{
	(void)state;
	check_steady("opus");
	check_steady("gsm");
}

static void nothing_stays_behind_when_the_talker_falls_silent(void **state)
{
	(void)state;
	open_call("gsm");
	/* The last but one is lost, and none comes behind the last. */
	talk_over_that_network(RD_ARRAY_SIZE(late_ms) - 2);
	assert_int_equal(listener.count, RD_ARRAY_SIZE(late_ms) * PACKET_MS * 8);
	close_call();
}

static void what_waits_is_heard_before_the_call_becomes_another(void **state)
{
	uint8_t packet[RD__RTP_MAX];

	(void)state;
	open_call("gsm");
	for (int i = 0; i < 6; i++) {
		size_t size = party_packet(&talker, packet);

		if (i != 4)
			far_end_send_raw(&talker.far, talker.stream, packet, size);
		parties_talk(&listener, 1, i < 5 ? PACKET_MS : 2);
	}
	assert_int_equal(listener.packets, 4);
	rd__stream_unlink(talker.stream);
	parties_talk(&listener, 1, 2);
	assert_int_equal(listener.packets, 6);
	close_call();
}

/* ---- on the side ---- */

struct ear {
	struct rd__tap tap;
	int16_t heard[RD_ARRAY_SIZE(late_ms) * PACKET_MS * 8 * 2];
	size_t count;
	bool left;
};

static void ear_hears(struct rd__tap *tap, struct rd__line *line, enum rd__tap_side side,
		      const int16_t *samples, size_t count)
{
	struct ear *ear = RD_CONTAINER_OF(tap, struct ear, tap);

	(void)line;
	(void)side;
	assert_true(ear->count + count <= RD_ARRAY_SIZE(ear->heard));
	if (samples)
		memcpy(ear->heard + ear->count, samples, count * sizeof(*samples));
	else
		memset(ear->heard + ear->count, 0, count * sizeof(*samples));
	ear->count += count;
}

static void ear_left(struct rd__tap *tap, bool closing)
{
	(void)closing;
	RD_CONTAINER_OF(tap, struct ear, tap)->left = true;
}

static void ear_begin(struct ear *ear, struct rd_stream *stream, enum rd__tap_side side)
{
	static const struct rd__tap_ops ops = { .hear = ear_hears,
					     .made_up = ear_hears,
					     .left = ear_left };

	memset(ear, 0, sizeof(*ear));
	assert_int_equal(rd__tap_init(&ear->tap, &ops, 1u << side, 8000), 0);
	assert_int_equal(rd__stream_tap(stream, &ear->tap), 0);
}

static void ear_end(struct ear *ear)
{
	size_t skip = 8 * PACKET_MS * 10;

	assert_int_equal(ear->count, RD_ARRAY_SIZE(late_ms) * PACKET_MS * 8);
	rd__stream_untap(&ear->tap);
	rig_run(2);
	assert_true(ear->left);
	rd__tap_fini(&ear->tap);
	assert_true(tone_db(tone_weakest(ear->heard + skip, ear->count - skip, 8000, PART_MS),
			    talker.amplitude) > -3);
}

static void who_listens_on_the_side_hears_them_as_they_were_sent(void **state)
{
	static struct ear in, out;

	(void)state;
	party_open(&talker, "gsm", TONE_HZ);
	party_open(&listener, "gsm", 0);
	listener.quiet = true;
	assert_int_equal(rd__stream_link(talker.stream, listener.stream, 0), 0);
	ear_begin(&in, talker.stream, RD__TAP_IN);
	ear_begin(&out, listener.stream, RD__TAP_OUT);
	rig_run(PACKET_MS);
	/* The last but one is lost, and none comes behind the last. */
	talk_over_that_network(RD_ARRAY_SIZE(late_ms) - 2);
	ear_end(&in);
	ear_end(&out);
	close_call();
}

static void what_waits_is_heard_on_the_side_before_nobody_listens(void **state)
{
	static struct ear in;
	uint8_t packet[RD__RTP_MAX];

	(void)state;
	open_call("gsm");
	ear_begin(&in, talker.stream, RD__TAP_IN);
	rig_run(PACKET_MS);
	for (int i = 0; i < 6; i++) {
		size_t size = party_packet(&talker, packet);

		if (i != 4)
			far_end_send_raw(&talker.far, talker.stream, packet, size);
		parties_talk(&listener, 1, i < 5 ? PACKET_MS : 2);
	}
	assert_int_equal(in.count, 4 * PACKET_MS * 8);
	rd__stream_untap(&in.tap);
	rig_run(2);
	assert_true(in.left);
	assert_int_equal(in.count, 6 * PACKET_MS * 8);
	rd__tap_fini(&in.tap);
	close_call();
}

#define CALL(name) cmocka_unit_test_setup_teardown(name, begin_call, end_call)
#define ALONE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(what_comes_in_order_does_not_wait),
		ALONE(what_was_overtaken_is_played_in_its_place),
		ALONE(what_does_not_come_is_waited_for_forty_milliseconds),
		ALONE(of_two_gaps_each_has_its_own_time),
		ALONE(where_things_are_lost_nobody_waits_after_a_few),
		ALONE(one_that_is_later_than_anybody_waits_is_no_reason_to),
		ALONE(what_came_twice_is_played_once),
		ALONE(what_is_too_long_or_too_far_ahead_goes_behind_all_that_waits),
		CALL(a_codec_with_a_memory_hears_them_as_they_were_sent),
		CALL(nothing_stays_behind_when_the_talker_falls_silent),
		CALL(what_waits_is_heard_before_the_call_becomes_another),
		CALL(who_listens_on_the_side_hears_them_as_they_were_sent),
		CALL(what_waits_is_heard_on_the_side_before_nobody_listens),
	};

	return RUN_GROUP(tests);
}
