/* L8: there and back. */
#include <ringdown/test.h>

enum { COUNT = 160 };

static const struct rd_codec *codec(void)
{
	const struct rd_codec *codec;

	rd_test_load("./codec_l8.so");
	codec = rd_codec_by_rtp("L8", 8000, 1);
	assert_non_null(codec);
	assert_ptr_equal(codec, rd_codec_find("l8"));
	return codec;
}

/* The mean of what comes back. */
static int there_and_back(const struct rd_codec *codec, int16_t sample)
{
	int16_t samples[COUNT], back[COUNT];
	uint8_t bytes[COUNT];
	void *encoder = codec->encoder_new("");
	long sum = 0;

	for (int i = 0; i < COUNT; i++)
		samples[i] = sample;
	assert_int_equal(codec->encode(encoder, samples, COUNT, bytes, COUNT), COUNT);
	assert_int_equal(codec->decode(NULL, bytes, COUNT, back, COUNT), COUNT);
	codec->state_free(encoder);
	for (int i = 0; i < COUNT; i++)
		sum += back[i];
	return (int)(sum / COUNT);
}

static void a_soft_voice_does_not_vanish(void **state)
{
	static const int16_t levels[] = { 0, 3, 100, -100, 12345, -12345, 32512, -32768 };
	const struct rd_codec *it = codec();

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(levels); i++)
		assert_in_range(there_and_back(it, levels[i]) + 40000, levels[i] + 39997,
				levels[i] + 40003);
}

static void what_does_not_fit_is_an_error(void **state)
{
	const struct rd_codec *it = codec();
	int16_t samples[2] = { 0 };
	uint8_t byte;

	(void)state;
	assert_int_equal(it->encode(NULL, samples, 2, &byte, 1), -ENOSPC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RD_TEST(a_soft_voice_does_not_vanish),
		RD_TEST(what_does_not_fit_is_an_error),
	};

	return rd_test_run(tests);
}
