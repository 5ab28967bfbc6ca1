/* The jitter buffer under the weather of real networks: what a talker sends
 * every 20 ms comes late, twice, in the wrong order or not at all, and is
 * played every 20 ms. Time is virtual. */
#include "tests/unit/test.h"

#include "core/media/jitter.h"
#include "tests/unit/jitter_traces.h"

enum {
	STEP = 160, /* 20 ms at 8 kHz */
	RATE = 8000,
	BYTES = 8192,
	PACKETS = 1500, /* 30 s */
	NEVER = -1,
};

/* One run: packet i is sent at i * 20 ms and comes so much later. */
struct weather {
	int delay_ms[PACKETS]; /* NEVER: lost */
	int pauses; /* every so many packets 1 s of silence; 0: none */
	uint16_t first_seq;
	uint32_t first_ts;
};

struct outcome {
	int played, concealed, stretched, idle;
	int out_of_order;
	int delay_ms; /* of the last packet, from sending to playing */
	int worst_ms; /* after the first second */
	int calm; /* ticks at which speexdsp was not asked */
};

static struct weather weather;
static struct rd_jitter_buffer rule;

static void fair_weather(void)
{
	memset(&weather, 0, sizeof(weather));
	rule = (struct rd_jitter_buffer){ 0 };
	weather.first_seq = 1000;
	weather.first_ts = 5000;
}

static int sent_ms(int i)
{
	return i * 20 + (weather.pauses ? i / weather.pauses * 1000 : 0);
}

static void put(struct rd__jitter *jitter, int i)
{
	uint8_t bytes[STEP];
	struct rd__jitter_packet packet = {
		.data = bytes,
		.size = sizeof(bytes),
		.ts = weather.first_ts + (uint32_t)sent_ms(i) * (RATE / 1000),
		.span = STEP,
		.seq = (uint16_t)(weather.first_seq + i),
		.ssrc = 7,
	};

	memset(bytes, i & 0xff, sizeof(bytes));
	rd__jitter_put(jitter, &packet);
}

/* In the order of their coming. */
static void receive_until(struct rd__jitter *jitter, int now_ms, bool *came)
{
	for (int i = 0; i < PACKETS; i++)
		if (!came[i] && weather.delay_ms[i] != NEVER &&
		    sent_ms(i) + weather.delay_ms[i] <= now_ms) {
			came[i] = true;
			put(jitter, i);
		}
}

static void play(struct rd__jitter *jitter, int now_ms, struct outcome *outcome, int *last)
{
	struct rd__jitter_packet packet;
	int i;

	switch (rd__jitter_get(jitter, STEP, &packet)) {
	case RD__JITTER_PACKET:
		i = (uint16_t)(packet.seq - weather.first_seq);
		outcome->played++;
		outcome->out_of_order += i <= *last;
		assert_int_equal(packet.data[0], i & 0xff);
		assert_int_equal(packet.data[STEP - 1], i & 0xff);
		*last = i;
		outcome->delay_ms = now_ms - sent_ms(i);
		if (now_ms > 1000)
			outcome->worst_ms = RD_MAX(outcome->worst_ms, outcome->delay_ms);
		break;
	case RD__JITTER_LOST:
		outcome->concealed++;
		break;
	case RD__JITTER_STRETCH:
		outcome->stretched++;
		break;
	case RD__JITTER_IDLE:
		outcome->idle++;
		break;
	}
	rd__jitter_tick(jitter, 0);
	outcome->calm += rd__jitter_calm(jitter);
}

static struct outcome hear_all(void)
{
	struct outcome outcome = { 0 };
	bool came[PACKETS] = { 0 };
	struct rd__jitter *jitter;
	int last = -1;

	assert_int_equal(rd__jitter_new(&jitter, STEP, RATE, BYTES), 0);
	if (rule.wanted)
		rd__jitter_rule(jitter, &rule);
	/* The ticks are between the packets, as they happen to be. */
	for (int now_ms = 7; now_ms < sent_ms(PACKETS - 1) + 20; now_ms += 20) {
		receive_until(jitter, now_ms, came);
		play(jitter, now_ms, &outcome, &last);
	}
	rd__jitter_free(jitter);
	assert_int_equal(outcome.out_of_order, 0);
	return outcome;
}

/* The same numbers each time. */
static unsigned dice(unsigned sides)
{
	static unsigned state;

	state = state * 1103515245 + 12345;
	return (state >> 16) % sides;
}

static void an_even_talker_is_played_whole_and_at_once(void **state)
{
	struct outcome outcome;

	(void)state;
	fair_weather();
	outcome = hear_all();
	assert_int_equal(outcome.played, PACKETS);
	assert_int_equal(outcome.concealed + outcome.stretched + outcome.idle, 0);
	assert_true(outcome.worst_ms < 20);
}

static void what_is_lost_is_concealed_once(void **state)
{
	struct outcome outcome;
	int lost = 0;

	(void)state;
	fair_weather();
	for (int i = 10; i < PACKETS; i++)
		if (dice(100) < 5)
			weather.delay_ms[i] = NEVER, lost++;
	assert_in_range(lost, 40, 110);
	outcome = hear_all();
	/* The last may not have been noticed. */
	assert_in_range(outcome.concealed, lost - 2, lost);
	assert_int_equal(outcome.played, PACKETS - lost);
	assert_true(outcome.worst_ms < 20);
}

static void jitter_is_learned_until_little_is_lost(void **state)
{
	struct outcome outcome;

	(void)state;
	fair_weather();
	for (int i = 0; i < PACKETS; i++)
		weather.delay_ms[i] = (int)dice(50);
	outcome = hear_all();
	assert_in_range(outcome.played, PACKETS * 95 / 100, PACKETS);
	assert_in_range(outcome.concealed + outcome.stretched, 0, PACKETS * 5 / 100);
	assert_in_range(outcome.worst_ms, 20, 110);
}

static void a_burst_after_a_stall_makes_no_lasting_delay(void **state)
{
	struct outcome outcome;

	(void)state;
	fair_weather();
	/* 200 ms of nothing, then all at once. */
	for (int i = 0; i < 10; i++)
		weather.delay_ms[100 + i] = 200 - i * 20;
	outcome = hear_all();
	assert_in_range(outcome.concealed + outcome.stretched, 1, 40);
	assert_in_range(outcome.delay_ms, 0, 60);
	assert_in_range(outcome.played, PACKETS - 40, PACKETS);
}

/* The trace again and again. */
static void live_through(const uint8_t *delays, int count)
{
	fair_weather();
	for (int i = 0; i < PACKETS; i++)
		weather.delay_ms[i] = delays[i % count];
}

static void a_busy_machine_costs_next_to_nothing(void **state)
{
	struct outcome outcome;

	(void)state;
	live_through(busy_machine, RD_ARRAY_SIZE(busy_machine));
	outcome = hear_all();
	assert_in_range(outcome.played, PACKETS - 10, PACKETS);
	assert_in_range(outcome.concealed + outcome.stretched, 0, 10);
	assert_in_range(outcome.worst_ms, 0, 30);
	assert_in_range(outcome.calm, PACKETS * 90 / 100, PACKETS);
}

/* Every third packet is more than 20 ms late, and some stalls last 190. */
static void a_starved_machine_is_still_understood(void **state)
{
	struct outcome outcome;

	(void)state;
	live_through(starved_machine, RD_ARRAY_SIZE(starved_machine));
	outcome = hear_all();
	assert_in_range(outcome.played, PACKETS * 96 / 100, PACKETS);
	assert_in_range(outcome.concealed + outcome.stretched, 0, PACKETS * 4 / 100);
	assert_in_range(outcome.worst_ms, 40, 180);
}

static void packets_that_overtake_each_other_are_put_in_order(void **state)
{
	struct outcome outcome;

	(void)state;
	fair_weather();
	for (int i = 0; i < PACKETS; i += 4)
		weather.delay_ms[i] = 30;
	outcome = hear_all();
	assert_in_range(outcome.played, PACKETS * 97 / 100, PACKETS);
}

static void after_a_pause_speech_begins_at_once(void **state)
{
	struct outcome outcome;

	(void)state;
	fair_weather();
	weather.pauses = 100;
	outcome = hear_all();
	assert_int_equal(outcome.played, PACKETS);
	assert_true(outcome.worst_ms < 20);
	/* Of 14 pauses of a second most is silence, not concealment. */
	assert_in_range(outcome.concealed, 14, 14 * 12);
	assert_in_range(outcome.idle, 14 * 35, 14 * 50);
}

static void numbers_may_wrap_around(void **state)
{
	struct outcome outcome;

	(void)state;
	fair_weather();
	weather.first_seq = 65500;
	weather.first_ts = UINT32_MAX - 20 * STEP;
	outcome = hear_all();
	assert_int_equal(outcome.played, PACKETS);
	assert_int_equal(outcome.concealed, 0);
}

static void another_source_is_another_beginning(void **state)
{
	uint8_t byte = 1;
	struct rd__jitter_packet packet = {
		.data = &byte, .size = 1, .ts = 1000, .span = STEP, .ssrc = 1
	};
	struct rd__jitter *jitter;

	(void)state;
	assert_int_equal(rd__jitter_new(&jitter, STEP, RATE, BYTES), 0);
	for (int i = 0; i < 5; i++) {
		rd__jitter_put(jitter, &packet);
		assert_int_equal(rd__jitter_get(jitter, STEP, &packet), RD__JITTER_PACKET);
		rd__jitter_tick(jitter, 0);
		packet.ts += STEP;
		packet.data = &byte;
	}
	packet.ssrc = 2;
	packet.ts = 900; /* would be late */
	rd__jitter_put(jitter, &packet);
	assert_int_equal(rd__jitter_get(jitter, STEP, &packet), RD__JITTER_PACKET);
	assert_int_equal(packet.ssrc, 2);
	rd__jitter_free(jitter);
}

static void what_waits_can_be_had_at_once(void **state)
{
	struct rd__jitter_packet packet;
	struct rd__jitter *jitter;
	int got = 0;

	(void)state;
	fair_weather();
	assert_int_equal(rd__jitter_new(&jitter, STEP, RATE, BYTES), 0);
	for (int i = 0; i < 4; i++)
		if (i != 2)
			put(jitter, i);
	while (rd__jitter_drain(jitter, &packet))
		assert_int_equal(packet.data[0], got == 2 ? 3 : got), got++;
	assert_int_equal(got, 3);
	assert_false(rd__jitter_waiting(jitter));
	rd__jitter_free(jitter);
}

/* More than it holds: the oldest are lost, nothing is read that is not there. */
static void a_flood_costs_packets_and_nothing_else(void **state)
{
	struct rd__jitter_packet packet;
	struct rd__jitter *jitter;
	int got = 0;

	(void)state;
	fair_weather();
	assert_int_equal(rd__jitter_new(&jitter, STEP, RATE, 10 * STEP), 0);
	for (int i = 0; i < 100; i++)
		put(jitter, i);
	for (int i = 0; i < 100; i++) {
		if (rd__jitter_get(jitter, STEP, &packet) != RD__JITTER_PACKET)
			continue;
		got++;
		assert_int_equal(packet.data[0], (uint16_t)(packet.seq - 1000) & 0xff);
	}
	assert_in_range(got, 1, 10);
	rd__jitter_free(jitter);
}

static void assert_played(const struct rd__jitter *jitter, const int *packets, size_t count)
{
	uint8_t bytes[STEP * 8];

	assert_int_equal(rd__jitter_played(jitter, bytes, sizeof(bytes)), count * STEP);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(bytes[i * STEP], packets[i]);
		assert_int_equal(bytes[i * STEP + STEP - 1], packets[i]);
	}
}

/* Six fit: 10 is gone when 16 comes. */
static void while_nothing_is_lost_what_was_played_last_is_remembered(void **state)
{
	static const int first[] = { 0, 1, 2 }, last[] = { 13, 14, 15, 16, 17, 18 };
	struct rd__jitter_packet packet;
	struct rd__jitter *jitter;
	uint8_t bytes[STEP + 40];

	(void)state;
	fair_weather();
	assert_int_equal(rd__jitter_new(&jitter, STEP, RATE, BYTES), 0);
	assert_int_equal(rd__jitter_played(jitter, bytes, sizeof(bytes)), 0);
	for (int i = 0; i <= 18; i++) {
		put(jitter, i);
		assert_int_equal(rd__jitter_get(jitter, STEP, &packet), RD__JITTER_PACKET);
		assert_true(rd__jitter_calm(jitter));
		if (i == 2)
			assert_played(jitter, first, RD_ARRAY_SIZE(first));
	}
	assert_played(jitter, last, RD_ARRAY_SIZE(last));
	/* Less than all: the newest. */
	assert_int_equal(rd__jitter_played(jitter, bytes, sizeof(bytes)), sizeof(bytes));
	assert_int_equal(bytes[39], 17);
	assert_int_equal(bytes[40], 18);
	/* 20 is lost; 19 and 21 wait, and were not played. */
	put(jitter, 19);
	put(jitter, 21);
	assert_false(rd__jitter_calm(jitter));
	assert_played(jitter, last + 1, RD_ARRAY_SIZE(last) - 1);
	rd__jitter_free(jitter);
}

/* Puts a packet (-1: none), and wants the one that is played (-1: a gap). */
static void pass(struct rd__jitter *jitter, int comes, int played)
{
	struct rd__jitter_packet packet;
	enum rd__jitter_result result;

	if (comes >= 0)
		put(jitter, comes);
	result = rd__jitter_get(jitter, STEP, &packet);
	assert_int_equal(result, played < 0 ? RD__JITTER_LOST : RD__JITTER_PACKET);
	if (played >= 0)
		assert_int_equal(packet.data[0], played & 0xff);
	rd__jitter_tick(jitter, 0);
}

static void a_single_late_packet_is_passed_over(void **state)
{
	struct rd__jitter *jitter;
	static const int behind_gap[] = { 12, 13 };
	int i;

	(void)state;
	fair_weather();
	assert_int_equal(rd__jitter_new(&jitter, STEP, RATE, BYTES), 0);
	for (i = 0; i < 10; i++)
		pass(jitter, i, i);
	pass(jitter, -1, -1);
	put(jitter, 10);
	assert_false(rd__jitter_waiting(jitter));
	for (i = 11; i < 14; i++)
		pass(jitter, i, i);
	assert_true(rd__jitter_calm(jitter));
	assert_played(jitter, behind_gap, RD_ARRAY_SIZE(behind_gap));
	/* So soon after it is weather. */
	pass(jitter, -1, -1);
	assert_false(rd__jitter_calm(jitter));
	/* Much later it is not: after 50 in time it is calm, after 250 all is forgotten. */
	for (; i < 600; i++)
		pass(jitter, i, i);
	pass(jitter, -1, -1);
	assert_true(rd__jitter_calm(jitter));
	rd__jitter_free(jitter);
}

static void a_few_may_wait_in_a_row(void **state)
{
	struct rd__jitter *jitter;
	int i;

	(void)state;
	fair_weather();
	assert_int_equal(rd__jitter_new(&jitter, STEP, RATE, BYTES), 0);
	put(jitter, 0);
	put(jitter, 1);
	for (i = 2; i < 100; i++)
		pass(jitter, i, i - 2);
	assert_true(rd__jitter_calm(jitter));
	/* A fourth, and it is weather; nothing is lost by that. */
	put(jitter, 100);
	put(jitter, 101);
	assert_false(rd__jitter_calm(jitter));
	for (i = 98; i < 102; i++)
		pass(jitter, -1, i);
	rd__jitter_free(jitter);
}

static void what_always_waits_is_skipped_in_time(void **state)
{
	struct rd__jitter *jitter;
	int played = -1, skipped_at = 0;

	(void)state;
	fair_weather();
	assert_int_equal(rd__jitter_new(&jitter, STEP, RATE, BYTES), 0);
	put(jitter, 0);
	for (int i = 1; i < 1200; i++) {
		struct rd__jitter_packet packet;
		int now;

		put(jitter, i);
		assert_int_equal(rd__jitter_get(jitter, STEP, &packet), RD__JITTER_PACKET);
		now = (uint16_t)(packet.seq - weather.first_seq);
		if (now != played + 1) {
			assert_int_equal(now, played + 2);
			assert_int_equal(skipped_at, 0);
			skipped_at = i;
		}
		played = now;
		rd__jitter_tick(jitter, 0);
	}
	/* After five whole seconds, that is, and once. */
	assert_in_range(skipped_at, 250, 501);
	assert_int_equal(played, 1199);
	rd__jitter_free(jitter);
}

/* ---- as somebody has ruled ---- */

static void a_fixed_buffer_makes_all_wait_as_long(void **state)
{
	struct outcome outcome;

	(void)state;
	fair_weather();
	rule = (struct rd_jitter_buffer){ .wanted = true, .fixed = true, .size_ms = 200 };
	outcome = hear_all();
	/* Those that still wait at the end are not heard in this test. */
	assert_in_range(outcome.played, PACKETS - 11, PACKETS);
	assert_int_equal(outcome.concealed + outcome.stretched, 0);
	assert_in_range(outcome.delay_ms, 200, 220);
	assert_int_equal(outcome.worst_ms, outcome.delay_ms);
	/* Whatever comes in time. */
	for (int i = 0; i < PACKETS; i++)
		weather.delay_ms[i] = (int)dice(180);
	weather.delay_ms[0] = 0;
	outcome = hear_all();
	assert_int_equal(outcome.concealed + outcome.stretched, 0);
	assert_in_range(outcome.worst_ms, 200, 220);
}

static void what_a_fixed_buffer_does_not_wait_for_is_concealed(void **state)
{
	struct outcome outcome;
	int late = 0;

	(void)state;
	fair_weather();
	rule = (struct rd_jitter_buffer){ .wanted = true, .fixed = true, .size_ms = 60 };
	for (int i = 10; i + 10 < PACKETS; i += 10) {
		weather.delay_ms[i] = i % 20 ? NEVER : 150;
		late++;
	}
	outcome = hear_all();
	assert_int_equal(outcome.concealed, late);
	assert_in_range(outcome.worst_ms, 60, 80);
	/* After a pause it waits anew, and so long again. */
	fair_weather();
	rule = (struct rd_jitter_buffer){ .wanted = true, .fixed = true, .size_ms = 60 };
	weather.pauses = 100;
	outcome = hear_all();
	assert_in_range(outcome.worst_ms, 60, 80);
	assert_in_range(outcome.played, PACKETS - 4, PACKETS);
}

/* After a stall a second comes at once: what is behind the newest by more is skipped. */
static void an_adaptive_buffer_may_have_a_limit(void **state)
{
	static const struct {
		int size_ms, plays;
	} rows[] = { { 0, 10 }, { 1500, 10 }, { 200, 49 }, { 60, 56 } };

	(void)state;
	fair_weather();
	for (size_t n = 0; n < RD_ARRAY_SIZE(rows); n++) {
		struct rd__jitter *jitter;

		rule = (struct rd_jitter_buffer){ .wanted = true, .size_ms = rows[n].size_ms };
		assert_int_equal(rd__jitter_new(&jitter, STEP, RATE, BYTES), 0);
		rd__jitter_rule(jitter, &rule);
		for (int i = 0; i < 10; i++)
			pass(jitter, i, i);
		for (int i = 10; i < 60; i++)
			put(jitter, i);
		for (int tick = 0; tick < 4; tick++)
			pass(jitter, -1, rows[n].plays + tick);
		rd__jitter_free(jitter);
	}
}

static void an_adaptive_buffer_may_wait_longer_than_it_must(void **state)
{
	struct outcome plain, longer;

	(void)state;
	fair_weather();
	for (int i = 0; i < PACKETS; i++)
		weather.delay_ms[i] = (int)dice(60);
	plain = hear_all();
	rule = (struct rd_jitter_buffer){ .wanted = true, .size_ms = 500, .extra_ms = 80 };
	longer = hear_all();
	assert_true(longer.delay_ms >= plain.delay_ms + 40);
	assert_true(longer.concealed <= plain.concealed);
}

/* Its clock leaps 700 ms ahead without a pause. */
static void how_far_a_clock_may_leap_can_be_said(void **state)
{
	static const struct {
		int resync_ms;
		bool waits; /* for what seems to be missing */
	} rows[] = { { 0, true }, { 500, false }, { -1, true } };

	(void)state;
	for (size_t n = 0; n < RD_ARRAY_SIZE(rows); n++) {
		struct rd__jitter *jitter;
		struct rd__jitter_packet packet;

		fair_weather();
		rule = (struct rd_jitter_buffer){ .wanted = true, .fixed = true,
						  .resync_ms = rows[n].resync_ms };
		assert_int_equal(rd__jitter_new(&jitter, STEP, RATE, BYTES), 0);
		rd__jitter_rule(jitter, &rule);
		for (int i = 0; i < 10; i++)
			pass(jitter, i, i);
		put(jitter, 45);
		assert_int_equal(rd__jitter_get(jitter, STEP, &packet),
				 rows[n].waits ? RD__JITTER_LOST : RD__JITTER_PACKET);
		rd__jitter_free(jitter);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_even_talker_is_played_whole_and_at_once),
		cmocka_unit_test(a_fixed_buffer_makes_all_wait_as_long),
		cmocka_unit_test(what_a_fixed_buffer_does_not_wait_for_is_concealed),
		cmocka_unit_test(an_adaptive_buffer_may_have_a_limit),
		cmocka_unit_test(an_adaptive_buffer_may_wait_longer_than_it_must),
		cmocka_unit_test(how_far_a_clock_may_leap_can_be_said),
		cmocka_unit_test(what_is_lost_is_concealed_once),
		cmocka_unit_test(jitter_is_learned_until_little_is_lost),
		cmocka_unit_test(a_burst_after_a_stall_makes_no_lasting_delay),
		cmocka_unit_test(a_busy_machine_costs_next_to_nothing),
		cmocka_unit_test(a_starved_machine_is_still_understood),
		cmocka_unit_test(packets_that_overtake_each_other_are_put_in_order),
		cmocka_unit_test(after_a_pause_speech_begins_at_once),
		cmocka_unit_test(numbers_may_wrap_around),
		cmocka_unit_test(another_source_is_another_beginning),
		cmocka_unit_test(what_waits_can_be_had_at_once),
		cmocka_unit_test(a_flood_costs_packets_and_nothing_else),
		cmocka_unit_test(while_nothing_is_lost_what_was_played_last_is_remembered),
		cmocka_unit_test(a_single_late_packet_is_passed_over),
		cmocka_unit_test(a_few_may_wait_in_a_row),
		cmocka_unit_test(what_always_waits_is_skipped_in_time),
	};

	return RUN_GROUP(tests);
}
