/* The small parts of the media engine: the ring between two threads, and the
 * tones of a country. */
#include "tests/unit/test.h"

#include <pthread.h>
#include <stdlib.h>

#include "core/config/config.h"
#include "core/media/media.h"
#include "core/media/ring.h"
#include "core/sched/sched.h"
#include "tests/unit/conf_dir.h"

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
	return conf_dir_apply(&rd__indications_config, text);
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
	/* What cannot be read is left out where the country has others. */
	assert_int_equal(read_indications("[general]\ncountry=de\n"
					  "[de]\nbusy=425-25\ndial=M69 + 425 / 10, 0\n"),
			 0);
	assert_string_equal(rd__tone_list("de", "busy"), "480+620/500,0/500");
	assert_string_equal(rd__tone_list("de", "dial"), "M69 + 425 / 10, 0");
	assert_int_equal(read_indications("[general]\ncountry=de\n[de]\ndial=425\n"), 0);
	/* A mistake changes nothing. */
	assert_int_equal(read_indications("[de]\ndial=4z5\n"), -EINVAL);
	assert_int_equal(read_indications("[general]\ncountry=xx\n"), -EINVAL);
	assert_string_equal(rd__tone_list("de", "dial"), "425");
	/* Those that are there without a file. */
	assert_int_equal(read_indications("[general]\ncountry=us\n[de]\ndial=425\n"), 0);
	assert_string_equal(rd__tone_list(NULL, "dial"), "350+440");
	rd__indications_free();
}

static int known_in_a_call(void *zone)
{
	return rd__tone_zone_known(zone);
}

/* It may yet be refused. */
static void a_country_is_there_for_calls_when_the_reload_is_done(void **state)
{
	const struct rd_module_config *config = &rd__indications_config;
	struct rd_config_report *report;
	void *snapshot;

	(void)state;
	assert_int_equal(rd__sched_init(4), 0);
	assert_int_equal(read_indications("[de]\ndial=425\n"), 0);
	conf_dir_write("indications.conf", "[fr]\ndial=440\n");
	assert_int_equal(rd_config_report_new(&report), 0);
	assert_int_equal(config->build(&snapshot, report), 0);
	rd_config_report_free(report);
	assert_true(rd__tone_zone_known("fr"));
	assert_false(rd__tone_zone_known("de"));
	assert_int_equal(rd__sched_call(known_in_a_call, "fr"), 0);
	assert_int_equal(rd__sched_call(known_in_a_call, "de"), 1);
	config->commit(snapshot);
	assert_int_equal(rd__sched_call(known_in_a_call, "fr"), 1);
	rd__indications_free();
	rd__sched_fini();
}

/* The office's file, behind a country whose tones nobody would take for its own. */
static void read_countries_of_the_office(void)
{
	static char text[65536] = "[general]\ncountry=zz\n[zz]\ndial=1\nbusy=1\nring=1\n"
				  "congestion=1\ncallwaiting=1\ndialrecall=1\nrecord=1\n"
				  "info=1\nstutter=1\n";
	const char *source = getenv("RD_SOURCE");
	char line[512];
	bool past_general = false;
	FILE *file;

	snprintf(line, sizeof(line), "%s/configs/office/indications.conf", source ? source : ".");
	file = fopen(line, "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		past_general |= strncmp(line, "[usual]", 7) == 0;
		if (past_general)
			strncat(text, line, sizeof(text) - strlen(text) - 1);
	}
	fclose(file);
	assert_true(past_general);
	assert_int_equal(read_indications(text), 0);
}

static void every_country_of_the_office_has_all_tones(void **state)
{
	static const char *const countries[] = {
		"ae", "at", "au", "be", "bg", "br", "ca", "ch", "cl", "cn", "cz", "de",
		"dk", "ee", "es", "fi", "fr", "gr", "hk", "hu", "id", "il", "in", "it",
		"jp", "lt", "mo", "mx", "my", "nl", "no", "nz", "om", "pa", "ph", "pl",
		"pt", "ro", "ru", "se", "sg", "th", "tr", "tw", "uk", "us", "us-old", "ve",
		"za",
	};
	static const char *const tones[] = { "dial", "busy", "ring", "congestion", "callwaiting",
					     "dialrecall", "record", "info", "stutter" };

	(void)state;
	read_countries_of_the_office();
	for (size_t i = 0; i < RD_ARRAY_SIZE(countries); i++)
		for (size_t j = 0; j < RD_ARRAY_SIZE(tones); j++)
			assert_string_not_equal(rd__tone_list(countries[i], tones[j]), "1");
	assert_string_equal(rd__tone_list("zz", "info"), "1");
	assert_string_equal(rd__tone_list("se", "busy"), "425/250,0/250");
	assert_string_equal(rd__tone_list("tw", "dial"), "350+440");
	assert_string_equal(rd__tone_list("us-old", "dialrecall"),
			    "!600*120/100,!0/100,!600*120/100,!0/100,!600*120/100,!0/100,600*120");
	rd__indications_free();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, conf_dir_setup, conf_dir_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_crosses_in_order),
		cmocka_unit_test(a_full_ring_says_so),
		TEST(tones_are_those_of_the_country),
		TEST(a_country_is_there_for_calls_when_the_reload_is_done),
		TEST(every_country_of_the_office_has_all_tones),
	};

	return RUN_GROUP(tests);
}
