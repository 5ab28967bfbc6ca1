/* Files of a codec's bytes, as those hear them who speak the codec: byte for byte. */
#include "tests/unit/test.h"
#include "tests/unit/media_rig.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ringdown/module.h>

#include "core/media/encoding.h"
#include "core/sched/sched.h"

enum { SOON_MS = 1000,
       PACKETS = 6 };

static const char *const codec_modules[] = { "codec_g722", "codec_gsm", "codec_g726",
					     G729_MODULE };
static const char *const format_modules[] = { "format_coded", "format_g729" };

static char folder[] = "/tmp/rd-coded-XXXXXX", path[64], file[80];

static int setup(void **state)
{
	(void)state;
	rig_start(0);
	for (size_t i = 0; i < RD_ARRAY_SIZE(codec_modules); i++)
		for (const struct rd_codec *row = rig_codec(codec_modules[i]); row->name; row++)
			assert_int_equal(rd__codec_add(row, codec_modules[i]), 0);
	for (size_t i = 0; i < RD_ARRAY_SIZE(format_modules); i++) {
		assert_int_equal(rig_module(format_modules[i])->load(), 0);
		for (const struct rd_format *row = rig_format(format_modules[i]); row->name; row++)
			assert_int_equal(rd__format_add(row, format_modules[i]), 0);
	}
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/prompt", folder);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	rd__media_stop();
	rd__sound_cache_drop();
	for (size_t i = 0; i < RD_ARRAY_SIZE(format_modules); i++)
		for (const struct rd_format *row = rig_format(format_modules[i]); row->name; row++)
			rd__format_remove(row);
	for (size_t i = 0; i < RD_ARRAY_SIZE(codec_modules); i++)
		for (const struct rd_codec *row = rig_codec(codec_modules[i]); row->name; row++)
			rd__codec_remove(row);
	rig_stop();
	unlink(file);
	assert_int_equal(rmdir(folder), 0);
	return 0;
}

/* Bytes that no encoder would give again once they are decoded; GSM's packets, 33 long,
 * begin with a mark. */
static uint8_t byte_at(const char *codec, size_t i)
{
	uint8_t byte = (uint8_t)(i * 73 + i / 7);

	return strcmp(codec, "gsm") == 0 && i % 33 == 0 ? 0xd0 | (byte & 0x0f) : byte;
}

static void write_file(const char *extension, size_t size)
{
	FILE *out;

	snprintf(file, sizeof(file), "%s.%s", path, extension);
	out = fopen(file, "w");
	assert_non_null(out);
	for (size_t i = 0; i < size; i++)
		putc(byte_at(extension, i), out);
	fclose(out);
}

struct listener {
	struct far_end far;
	struct rd_stream *stream;
	struct rd__sound *sound;
};

static int load(void *arg)
{
	struct listener *listener = arg;
	const struct rd_codec *codec = rd_stream_config(listener->stream)->formats[0].codec;
	int rc = rd__sound_load_for(&listener->sound, path, codec);

	return rc ? rc : rd__stream_prepare(listener->stream, listener->sound);
}

static int begin(struct listener *listener, const char *codec)
{
	memset(listener, 0, sizeof(*listener));
	far_end_open(&listener->far);
	listener->stream = rig_stream(&listener->far, codec);
	return rd__sched_call(load, listener);
}

static int play(struct listener *listener)
{
	struct rd__play request = { .sounds = &listener->sound, .count = 1 };

	return rd__stream_play(listener->stream, &request, NULL);
}

static void end(struct listener *listener)
{
	rd_stream_close(listener->stream);
	rig_run(20);
	far_end_close(&listener->far);
	rd__sound_unref(listener->sound);
}

/* Packets of 20 ms of so many bytes, as they lie in the file; the last is `rest` long. */
static void hear_the_file(const char *codec, size_t packet, size_t rest)
{
	struct listener listener;
	struct arrived got;
	size_t at = 0;

	write_file(codec, packet * (PACKETS - 1) + rest);
	assert_int_equal(begin(&listener, codec), 0);
	assert_int_equal(play(&listener), 0);
	for (int i = 0; i < PACKETS; i++) {
		assert_true(far_end_receive(&listener.far, &got, SOON_MS));
		assert_int_equal(got.rtp.size, i == PACKETS - 1 ? rest : packet);
		for (size_t j = 0; j < got.rtp.size; j++, at++)
			assert_int_equal(got.rtp.payload[j], byte_at(codec, at));
	}
	assert_false(far_end_receive(&listener.far, &got, 60));
	end(&listener);
}

static void gsm_is_heard_as_it_lies_in_the_file(void **state)
{
	(void)state;
	hear_the_file("gsm", 33, 33);
}

static void g722_is_heard_as_it_lies_in_the_file(void **state)
{
	(void)state;
	hear_the_file("g722", 160, 160);
}

static void g726_is_heard_as_it_lies_in_the_file(void **state)
{
	(void)state;
	hear_the_file("g726", 80, 80);
}

/* Also where nobody decodes it, and with half a packet at its end. */
static void g729_is_heard_as_it_lies_in_the_file(void **state)
{
	(void)state;
	hear_the_file("g729", 20, 10);
}

static void what_nobody_decodes_is_for_its_speakers_only(void **state)
{
	struct listener listener;

	(void)state;
	write_file("g729", 200);
	if (rd_codec_find("g729")->decode) {
		assert_int_equal(begin(&listener, "ulaw"), 0);
		assert_int_equal(play(&listener), 0);
	} else {
		assert_int_equal(begin(&listener, "ulaw"), -ENOTSUP);
	}
	end(&listener);
}

/* A prompt that its stream was not made for: it has agreed on another codec since. */
static void silence_is_not_played_for_what_nobody_decodes(void **state)
{
	struct listener listener;

	(void)state;
	write_file("g729", 200);
	assert_int_equal(begin(&listener, "g729"), 0);
	rig_configure(listener.stream, &listener.far, "ulaw", true);
	assert_int_equal(play(&listener), rd_codec_find("g729")->decode ? 0 : -ENOTSUP);
	end(&listener);
}

/* Another codec hears what is decoded. */
static void others_hear_it_decoded(void **state)
{
	struct listener listener;
	struct arrived got;

	(void)state;
	write_file("g722", 320);
	assert_int_equal(begin(&listener, "ulaw"), 0);
	assert_int_equal(play(&listener), 0);
	assert_true(far_end_receive(&listener.far, &got, SOON_MS));
	assert_int_equal(got.rtp.size, 160);
	end(&listener);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(gsm_is_heard_as_it_lies_in_the_file),
		TEST(g722_is_heard_as_it_lies_in_the_file),
		TEST(g726_is_heard_as_it_lies_in_the_file),
		TEST(g729_is_heard_as_it_lies_in_the_file),
		TEST(what_nobody_decodes_is_for_its_speakers_only),
		TEST(silence_is_not_played_for_what_nobody_decodes),
		TEST(others_hear_it_decoded),
	};

	return RUN_GROUP(tests);
}
