/* The small parts of the media engine: the ring between two threads, and the
 * tones of a country. */
#include "tests/unit/test.h"

#include <pthread.h>

#include "core/config/config.h"
#include "core/media/engine.h"
#include "tests/unit/conf_dir.h"

static int make_folder(void **state)
{
	(void)state;
	conf_dir_make();
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	conf_dir_remove();
	return 0;
}

/* ---- the ring ---- */

enum { NUMBERS = 200000 };

static void *push_numbers(void *arg)
{
	struct rd__ring *ring = arg;

	for (uint64_t i = 0; i < NUMBERS; i++) {
		while (!rd__ring_push(ring, &i))
			sched_yield();
	}
	return NULL;
}

static void everything_crosses_in_order(void **state)
{
	struct rd__ring ring;
	pthread_t pusher;
	uint64_t got;

	(void)state;
	assert_int_equal(rd__ring_init(&ring, 64, sizeof(uint64_t)), 0);
	assert_int_equal(pthread_create(&pusher, NULL, push_numbers, &ring), 0);
	for (uint64_t i = 0; i < NUMBERS; i++) {
		while (!rd__ring_pop(&ring, &got))
			sched_yield();
		assert_int_equal(got, i);
	}
	pthread_join(pusher, NULL);
	assert_false(rd__ring_pop(&ring, &got));
	rd__ring_fini(&ring);
}

static void a_full_ring_says_so(void **state)
{
	struct rd__ring ring;
	int n = 0, got;

	(void)state;
	assert_int_equal(rd__ring_init(&ring, 8, sizeof(int)), 0);
	while (rd__ring_push(&ring, &n))
		n++;
	assert_int_equal(n, 8);
	assert_int_equal(rd__ring_room(&ring, 1), 0);
	assert_true(rd__ring_pop(&ring, &got));
	assert_int_equal(got, 0);
	assert_int_equal(rd__ring_room(&ring, 1), 1);
	assert_true(rd__ring_push(&ring, &n));
	assert_false(rd__ring_push(&ring, &n));
	rd__ring_fini(&ring);
}

/* ---- indications.conf ---- */

static int read_indications(const char *text)
{
	struct rd_config_report *report;
	void *snapshot;
	int rc;

	conf_dir_write("indications.conf", text);
	assert_int_equal(rd__report_new(&report), 0);
	rc = rd__indications_config.build(&snapshot, report);
	if (!rc)
		rd__indications_config.commit(snapshot);
	rd__report_free(report);
	return rc;
}

static void tones_are_those_of_the_country(void **state)
{
	(void)state;
	assert_string_equal(rd__tone_list("de", "dial"), "350+440");
	assert_int_equal(read_indications("[general]\ncountry=de\n"
					  "[de]\ndescription=Germany\nringcadence=1000,4000\n"
					  "dial=425\nbusy=425/480,0/480\n"
					  "[uk]\ndial=350+440\n"),
			 0);
	assert_string_equal(rd__tone_list("de", "dial"), "425");
	assert_string_equal(rd__tone_list("UK", "dial"), "350+440");
	assert_string_equal(rd__tone_list("uk", "busy"), "425/480,0/480");
	assert_string_equal(rd__tone_list("xx", "dial"), "425");
	assert_string_equal(rd__tone_list(NULL, "dial"), "425");
	assert_string_equal(rd__tone_list("de", "info"), "!950/330,!1400/330,!1800/330,0");
	assert_null(rd__tone_list("de", "425/500"));
	/* A mistake changes nothing. */
	assert_int_equal(read_indications("[de]\ndial=4z5\n"), -EINVAL);
	assert_int_equal(read_indications("[general]\ncountry=xx\n"), -EINVAL);
	assert_string_equal(rd__tone_list("de", "dial"), "425");
	rd__indications_free();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_crosses_in_order),
		cmocka_unit_test(a_full_ring_says_so),
		TEST(tones_are_those_of_the_country),
	};

	return RUN_GROUP(tests);
}
