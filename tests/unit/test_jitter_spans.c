/* The jitter buffer with packets that are longer than a step, as of talkers who
 * save headers: one that comes just behind its tick, or never, costs what was
 * not there in time, and no more. */
#include "tests/unit/test.h"

#include "core/media/jitter.h"

enum {
	STEP = 160, /* 20 ms at 8 kHz */
	RATE = 8000,
	BYTES = 8192,
	LONGEST = 3 * STEP,
	PACKETS = 40,
	UNLUCKY = 10, /* that packet */
};

struct talk {
	struct rd__jitter *jitter;
	uint32_t span, sent; /* packets */
	uint32_t left; /* units that were fetched and not played yet */
	uint32_t played, lost; /* units */
};

static struct talk begin(uint32_t span)
{
	struct talk talk = { .span = span };

	assert_int_equal(rd__jitter_new(&talk.jitter, STEP, RATE, BYTES), 0);
	return talk;
}

static void send_at(struct talk *talk, uint32_t ts, uint32_t span)
{
	static const uint8_t bytes[LONGEST];
	struct rd__jitter_packet packet = { .data = bytes,
					    .size = span,
					    .ts = 1000 + ts,
					    .span = span,
					    .seq = (uint16_t)talk->sent++,
					    .ssrc = 7 };

	rd__jitter_put(talk->jitter, &packet);
}

static void pass(struct talk *talk)
{
	send_at(talk, talk->sent * talk->span, talk->span);
}

static void play_a_step(struct talk *talk)
{
	struct rd__jitter_packet packet;

	while (talk->left < STEP) {
		enum rd__jitter_result result =
			rd__jitter_get(talk->jitter, STEP - talk->left, &packet);

		*(result == RD__JITTER_PACKET ? &talk->played : &talk->lost) += packet.span;
		talk->left += packet.span;
	}
	talk->left -= STEP;
	rd__jitter_tick(talk->jitter, talk->left);
}

/* Each packet is there when it is wanted, but the unlucky one. */
static struct talk hear(uint32_t span, bool late)
{
	struct talk talk = begin(span);

	for (uint32_t now = 0; now < PACKETS * span; now += STEP) {
		bool due = talk.sent < PACKETS && now + STEP > talk.sent * span;
		bool unlucky = due && talk.sent == UNLUCKY;

		if (due && !unlucky)
			pass(&talk);
		play_a_step(&talk);
		if (unlucky && late)
			pass(&talk);
		else if (unlucky)
			talk.sent++;
	}
	while (rd__jitter_waiting(talk.jitter))
		play_a_step(&talk);
	rd__jitter_free(talk.jitter);
	return talk;
}

static const uint32_t spans[] = { STEP * 3 / 2, STEP * 2, STEP * 3 };

static void one_that_is_a_little_late_costs_a_step(void **state)
{
	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(spans); i++) {
		struct talk talk = hear(spans[i], true);

		assert_int_equal(talk.lost, STEP);
		assert_int_equal(talk.played, PACKETS * spans[i]);
	}
}

static void one_that_is_lost_costs_its_length(void **state)
{
	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(spans); i++) {
		struct talk talk = hear(spans[i], false);

		assert_in_range(talk.lost, spans[i], spans[i] + STEP - 1);
		assert_int_equal(talk.played, (PACKETS - 1) * spans[i]);
	}
}

/* Whoever sends a step at a time, and then three at once. */
static void the_first_longer_one_may_be_late_too(void **state)
{
	struct talk talk = begin(STEP);

	(void)state;
	for (int i = 0; i < UNLUCKY; i++) {
		pass(&talk);
		play_a_step(&talk);
	}
	play_a_step(&talk);
	assert_true(rd__jitter_calm(talk.jitter));
	send_at(&talk, UNLUCKY * STEP, LONGEST);
	for (int i = 0; i < 3; i++)
		play_a_step(&talk);
	assert_int_equal(talk.lost, STEP);
	assert_int_equal(talk.played, UNLUCKY * STEP + LONGEST);
	rd__jitter_free(talk.jitter);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_is_a_little_late_costs_a_step),
		cmocka_unit_test(one_that_is_lost_costs_its_length),
		cmocka_unit_test(the_first_longer_one_may_be_late_too),
	};

	return RUN_GROUP(tests);
}
