/* Person or machine, from what is said and how long it takes. */
#include "tests/unit/test.h"

#include "apps/app_amd/amd.h"

static const struct amd_settings usual = {
	.initial_silence = 2500,
	.greeting = 1500,
	.after_greeting_silence = 800,
	.total_analysis_time = 5000,
	.min_word_length = 100,
	.between_words_silence = 50,
	.max_words = 2,
	.threshold = 256,
	.max_word_length = 5000,
};

/* "v" is 100 ms of voice, "-" of silence: what is said of it, or nothing. */
static const char *said_of(const char *sound, const struct amd_settings *settings)
{
	static const char *const names[] = { "", "HUMAN ", "MACHINE ", "NOTSURE " };
	static char text[80];
	enum amd_verdict verdict = AMD_UNDECIDED;
	struct amd amd;

	amd_init(&amd, settings);
	for (; *sound && verdict == AMD_UNDECIDED; sound++)
		for (int i = 0; i < 5 && verdict == AMD_UNDECIDED; i++)
			verdict = amd_step(&amd, *sound == 'v', 20);
	snprintf(text, sizeof(text), "%s%s", names[verdict], amd.cause);
	return text;
}

static void a_word_and_a_pause_is_a_person(void **state)
{
	(void)state;
	assert_string_equal(said_of("---vvvv--------", &usual), "HUMAN HUMAN-800-800");
	assert_string_equal(said_of("vvv-vvv--------", &usual), "HUMAN HUMAN-800-800");
}

static void a_speech_is_a_machine(void **state)
{
	(void)state;
	assert_string_equal(said_of("vvvvvvvvvvvvvvvvvvvv", &usual),
			    "MACHINE LONGGREETING-1500-1500");
	assert_string_equal(said_of("vvv-vvv-vvv-vvv", &usual), "MACHINE MAXWORDS-3-2");
}

static void nobody_who_answers_is_a_machine(void **state)
{
	(void)state;
	assert_string_equal(said_of("------------------------------", &usual),
			    "MACHINE INITIALSILENCE-2500-2500");
}

static void a_long_word_is_a_machine(void **state)
{
	struct amd_settings settings = usual;

	(void)state;
	settings.max_word_length = 1000;
	assert_string_equal(said_of("vvvvvvvvvvvvvvv", &settings), "MACHINE MAXWORDLENGTH-1000");
}

static void a_cough_is_no_word(void **state)
{
	struct amd_settings settings = usual;

	(void)state;
	settings.min_word_length = 200;
	settings.initial_silence = 1000;
	assert_string_equal(said_of("-v---------------", &settings),
			    "MACHINE INITIALSILENCE-1000-1000");
}

static void who_cannot_be_told_is_not_sure(void **state)
{
	struct amd_settings settings = usual;

	(void)state;
	settings.max_words = 40;
	settings.greeting = 10000;
	assert_string_equal(said_of("v-v-v-v-v-v-v-v-v-v-v-v-v-v-v-v-v-v-v-v-v-v-v-v-v-v-v-v-v-",
				    &settings), "NOTSURE TOOLONG-5000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_word_and_a_pause_is_a_person),
		cmocka_unit_test(a_speech_is_a_machine),
		cmocka_unit_test(nobody_who_answers_is_a_machine),
		cmocka_unit_test(a_long_word_is_a_machine),
		cmocka_unit_test(a_cough_is_no_word),
		cmocka_unit_test(who_cannot_be_told_is_not_sure),
	};

	return RUN_GROUP(tests);
}
