/* Samples between two threads: all of them for who records, the newest for who is
 * heard. */
#include "tests/unit/test.h"

#include "core/media/sample_ring.h"

enum { FRAME = 100, FRAMES = 6 };

static struct rd__sample_ring *ring;

static int setup(void **state)
{
	(void)state;
	ring = rd__sample_ring_new(FRAMES * FRAME);
	assert_non_null(ring);
	for (int16_t i = 1; i <= FRAMES; i++) {
		int16_t frame[FRAME];

		for (int k = 0; k < FRAME; k++)
			frame[k] = i;
		rd__sample_ring_write(ring, frame, FRAME);
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	rd_free(ring);
	return 0;
}

static void who_records_gets_all(void **state)
{
	int16_t frame[FRAME];

	(void)state;
	for (int i = 1; i <= FRAMES; i++) {
		assert_true(rd__sample_ring_read_all(ring, frame, FRAME));
		assert_int_equal(frame[0], i);
		assert_int_equal(frame[FRAME - 1], i);
	}
	assert_false(rd__sample_ring_read_all(ring, frame, FRAME));
}

static void who_is_heard_is_never_far_behind(void **state)
{
	int16_t frame[FRAME];

	(void)state;
	assert_true(rd__sample_ring_read(ring, frame, FRAME));
	assert_int_equal(frame[0], FRAMES - 1);
	assert_true(rd__sample_ring_read(ring, frame, FRAME));
	assert_int_equal(frame[0], FRAMES);
	assert_false(rd__sample_ring_read(ring, frame, FRAME));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_records_gets_all),
		TEST(who_is_heard_is_never_far_behind),
	};

	return RUN_GROUP(tests);
}
