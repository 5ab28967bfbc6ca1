/* Sound files of libsndfile and of codecs' bytes: a tone written is a tone read, also
 * when the writer died, and what is no sound is said to be none. */
#include "tests/unit/test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sndfile.h>

#include <ringdown/module.h>

#include "core/media/media.h"
#include "core/media/sound.h"
#include "core/sched/sched.h"
#include "tests/unit/media_rig.h"
#include "tests/unit/tone_meter.h"

enum { LEVEL = 8000,
       HZ = 500,
       SECONDS = 4,
       COUNT_MAX = 48000 * SECONDS };

static const char *const modules[] = { "codec_g722", "codec_g726", "codec_gsm",
				       "codec_ulaw" };
static const char *const format_modules[] = { "format_wav", "format_sndfile", "format_coded",
					      "format_sln", "format_pcm" };
static char folder[64];
static int16_t in[COUNT_MAX], out[COUNT_MAX + 48000];

static const struct {
	const char *name, *extension;
	int rate;
	bool goes_on; /* can be appended to */
} rows[] = {
	{ "wav49", "WAV", 8000, false },
	{ "flac", "flac", 16000, false },

	{ "au", "au", 8000, true },
	{ "aiff", "aiff", 8000, true },
	{ "g722", "g722", 16000, true },
	{ "gsm", "gsm", 8000, true },
	{ "g726", "g726", 8000, true },
	{ "sln16", "sln16", 16000, true },
};

static void load_module(const char *name, void (*add)(const struct rd_module *, const char *))
{
	add(rig_module(name), name);
}

static void add_codecs(const struct rd_module *module, const char *name)
{
	for (const struct rd_codec *codec = module->codecs; codec->name; codec++)
		assert_int_equal(rd__codec_add(codec, name), 0);
}

static void add_formats(const struct rd_module *module, const char *name)
{
	if (module->load)
		assert_int_equal(module->load(), 0);
	for (const struct rd_format *format = module->formats; format->name; format++)
		assert_int_equal(rd__format_add(format, name), 0);
}

static void remove_formats(const struct rd_module *module, const char *name)
{
	(void)name;
	for (const struct rd_format *format = module->formats; format->name; format++)
		rd__format_remove(format);
}

static void remove_codecs(const struct rd_module *module, const char *name)
{
	(void)name;
	for (const struct rd_codec *codec = module->codecs; codec->name; codec++)
		rd__codec_remove(codec);
}

static int begin(void **state)
{
	(void)state;
	assert_int_equal(rd__sched_init(16), 0);
	assert_int_equal(rd__codec_add(rig_codec("codec_alaw"), "codec_alaw"), 0);
	for (size_t i = 0; i < RD_ARRAY_SIZE(modules); i++)
		load_module(modules[i], add_codecs);
	for (size_t i = 0; i < RD_ARRAY_SIZE(format_modules); i++)
		load_module(format_modules[i], add_formats);
	snprintf(folder, sizeof(folder), "/tmp/rd-formats-XXXXXX");
	assert_non_null(mkdtemp(folder));
	return 0;
}

static int end(void **state)
{
	char command[128];

	(void)state;
	rd__sound_cache_drop();
	for (size_t i = 0; i < RD_ARRAY_SIZE(format_modules); i++)
		load_module(format_modules[i], remove_formats);
	for (size_t i = 0; i < RD_ARRAY_SIZE(modules); i++)
		load_module(modules[i], remove_codecs);
	rd__codec_remove(rig_codec("codec_alaw"));
	rd__sched_fini();
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

static const char *path_of(const char *extension)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/a.%s", folder, extension);
	return path;
}

static void *create(const struct rd_format *format, const char *path, int rate, bool append)
{
	void *file = NULL;
	int rc = format->open_write(path, rate, append, &file);

	if (rc)
		fail_msg("%s: %s", path, rd_strerror(rc));
	return file;
}

/* A tone of so many ms, in pieces as the writer has them. */
static void write_tone(const struct rd_format *format, const char *path, int rate, int ms,
		       bool append)
{
	void *file = create(format, path, rate, append);
	size_t count = (size_t)rate * (size_t)ms / 1000;

	tone_make(in, count, rate, HZ, LEVEL, 0);
	for (size_t at = 0; at < count; at += 777)
		assert_int_equal(format->write(file, in + at, RD_MIN(count - at, (size_t)777)), 0);
	assert_int_equal(format->close(file), 0);
}

static size_t read_all(const struct rd_format *format, const char *path, int *rate)
{
	size_t count = 0;
	ssize_t n;
	void *file;

	assert_int_equal(format->open_read(path, &file, rate), 0);
	*rate = *rate ? *rate : format->rate;
	while ((n = format->read(file, out + count,
				 RD_MIN((size_t)999, RD_ARRAY_SIZE(out) - count))) > 0)
		count += (size_t)n;
	assert_int_equal(n, 0);
	assert_int_equal(format->close(file), 0);
	return count;
}

static void check_tone(const char *name, size_t count, int rate, int ms)
{
	size_t want = (size_t)rate * (size_t)ms / 1000, middle = (size_t)rate / 2;
	double level = tone_db(tone_level(out + rate / 4, middle, rate, HZ), LEVEL);

	/* Packets are filled up, and some begin with what their filters hold. */
	if (count < want || count > want + (size_t)rate / 25)
		fail_msg("%s: %zu samples, not %zu", name, count, want);
	if (fabs(level) > 1)
		fail_msg("%s: %.2f dB", name, level);
}

static void a_tone_written_is_a_tone_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(rows); i++) {
		const struct rd_format *format = rd_format_find(rows[i].name);
		const char *path = path_of(rows[i].extension);
		int rate = 0;
		size_t count;

		assert_non_null(format);
		write_tone(format, path, rows[i].rate, 1000, false);
		count = read_all(format, path, &rate);
		assert_int_equal(rate, rows[i].rate);
		check_tone(rows[i].name, count, rate, 1000);
	}
}

static void a_recording_is_gone_on_with(void **state)
{
	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(rows); i++) {
		const struct rd_format *format = rd_format_find(rows[i].name);
		const char *path = path_of(rows[i].extension);
		int rate = 0;
		void *file;

		write_tone(format, path, rows[i].rate, 1000, false);
		if (!rows[i].goes_on) {
			assert_int_equal(format->open_write(path, rows[i].rate, true, &file),
					 -ENOTSUP);
			continue;
		}
		write_tone(format, path, rows[i].rate, 1000, true);
		check_tone(rows[i].name, read_all(format, path, &rate), rows[i].rate, 2000);
	}
}

static void die_writing(const struct rd_format *format, const char *path, int rate)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		void *file = create(format, path, rate, false);
		size_t part = (size_t)rate / 5;

		tone_make(in, (size_t)(rate * SECONDS), rate, HZ, LEVEL, 0);
		for (size_t at = 0; at < (size_t)(rate * SECONDS); at += part)
			if (format->write(file, in + at, part))
				_exit(1);
		raise(SIGKILL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
}

static uint32_t little_endian(const uint8_t *bytes)
{
	return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
	       (uint32_t)bytes[3] << 24;
}

/* Others believe the header. */
static void check_sizes(const char *name, const char *path)
{
	uint8_t head[128] = { 0 };
	const uint8_t *data;
	int fd = open(path, O_RDONLY);
	off_t size = lseek(fd, 0, SEEK_END);

	assert_true(pread(fd, head, sizeof(head), 0) > 0);
	close(fd);
	data = memcmp(head, "RIFF", 4) == 0 ? memmem(head, sizeof(head) - 4, "data", 4) : NULL;
	if (!data)
		return;
	if (little_endian(head + 4) < size * 9 / 10 || little_endian(data + 4) < size * 9 / 10)
		fail_msg("%s: %lld bytes, %u by RIFF, %u by data", name, (long long)size,
			 little_endian(head + 4), little_endian(data + 4));
}

static void what_was_written_before_kill_9_is_there(void **state)
{
	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(rows); i++) {
		const struct rd_format *format = rd_format_find(rows[i].name);
		const char *path = path_of(rows[i].extension);
		int rate = 0;
		size_t count;

		die_writing(format, path, rows[i].rate);
		check_sizes(rows[i].name, path);
		count = read_all(format, path, &rate);
		/* Packets that wait for company are lost. */
		if (count < (size_t)(rate * (rows[i].goes_on ? SECONDS * 9 : SECONDS * 5) / 10))
			fail_msg("%s: %zu samples of %d", rows[i].name, count, rate * SECONDS);
	}
}

static void seeking_finds_the_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(rows); i++) {
		const struct rd_format *format = rd_format_find(rows[i].name);
		const char *path = path_of(rows[i].extension);
		int rate = 0;
		size_t count = 0;
		ssize_t n;
		void *file;

		write_tone(format, path, rows[i].rate, 1000, false);
		assert_int_equal(format->open_read(path, &file, &rate), 0);
		if (format->seek(file, rows[i].rate * 3 / 4) == -ESPIPE) {
			/* libsndfile cannot find its way in GSM. */
			assert_string_equal(rows[i].name, "wav49");
			format->close(file);
			continue;
		}
		while ((n = format->read(file, out, 999)) > 0)
			count += (size_t)n;
		format->close(file);
		assert_in_range(count, rows[i].rate / 4, rows[i].rate / 4 + rows[i].rate / 25);
	}
}

static void what_is_no_sound_is_refused(void **state)
{
	const char *path = path_of("txt");
	int fd = open(path, O_WRONLY | O_CREAT, 0600), rate;
	void *file;

	(void)state;
	assert_int_equal(write(fd, "no sound at all, however long\n", 30), 30);
	close(fd);
	assert_int_equal(rd_format_find("flac")->open_read(path, &file, &rate), -ENOTSUP);
	assert_int_equal(rd_format_find("flac")->open_read("/nowhere.flac", &file, &rate), -ENOENT);
	assert_int_equal(rd_format_find("gsm")->open_read(path, &file, &rate), 0);
	assert_int_equal(rd_format_find("gsm")->read(file, out, 100), 0);
	rd_format_find("gsm")->close(file);
	assert_int_equal(rd_format_find("g722")->open_write(path, 8000, false, &file), -ENOTSUP);
}

static void capitals_tell_wav_from_wav49(void **state)
{
	(void)state;
	assert_string_equal(rd_format_find("wav")->name, "wav");
	assert_string_equal(rd_format_find("WAV")->name, "wav49");
	assert_string_equal(rd_format_find("wav49")->name, "wav49");
	assert_string_equal(rd_format_find("Flac")->name, "flac");
}

/* ---- which file ---- */

static const char *wanted_codec;
static int found_rate;
static double found_level;

/* Each file has a level of its own. */
static void make_file(const char *format_name, const char *extension, int rate, int level)
{
	const struct rd_format *format = rd_format_find(format_name);
	char path[128];
	void *file;

	snprintf(path, sizeof(path), "%s/p.%s", folder, extension);
	file = create(format, path, rate, false);
	tone_make(in, (size_t)rate, rate, HZ, level, 0);
	assert_int_equal(format->write(file, in, (size_t)rate), 0);
	assert_int_equal(format->close(file), 0);
}

static int load_it(void *arg)
{
	struct rd__sound *sound;
	char path[128];
	int rc;

	(void)arg;
	snprintf(path, sizeof(path), "%s/p", folder);
	rc = rd__sound_load_for(&sound, path, wanted_codec ? rd_codec_find(wanted_codec) : NULL);
	if (rc)
		return rc;
	found_rate = sound->rate;
	found_level = tone_level(sound->samples + sound->rate / 4, (size_t)sound->rate / 2,
				 sound->rate, HZ);
	rd__sound_unref(sound);
	return 0;
}

static void expect_file(const char *codec, int rate, int level)
{
	wanted_codec = codec;
	assert_int_equal(rd__sched_call(load_it, NULL), 0);
	if (found_rate != rate || fabs(tone_db(found_level, level)) > 1)
		fail_msg("for %s: %d Hz, level %.0f", codec ? codec : "nobody", found_rate,
			 found_level);
}

static void the_file_that_suits_the_codec_is_chosen(void **state)
{
	(void)state;
	make_file("wav", "wav", 8000, 2000);
	expect_file("g722", 8000, 2000);
	rd__sound_cache_drop();
	make_file("sln16", "sln16", 16000, 4000);
	make_file("ulaw", "ulaw", 8000, 8000);
	expect_file(NULL, 8000, 2000);
	expect_file("ulaw", 8000, 8000);
	expect_file("g722", 16000, 4000);
	expect_file("alaw", 16000, 4000);
	make_file("g722", "g722", 16000, 16000);
	rd__sound_cache_drop();
	expect_file("g722", 16000, 16000);
	/* Now from the cache. */
	expect_file("g722", 16000, 16000);
	expect_file("ulaw", 8000, 8000);
}

static void wav_of_any_kind_is_read(void **state)
{
	/* 8 bits, unsigned: what the own reader leaves. */
	static const uint8_t header[44] = "RIFF\x64\x1f\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0"
					  "\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data\x40\x1f\0";
	char path[128];
	FILE *file;

	(void)state;
	snprintf(path, sizeof(path), "%s/p.wav", folder);
	file = fopen(path, "w");
	assert_non_null(file);
	fwrite(header, 1, sizeof(header), file);
	for (int i = 0; i < 8000; i++)
		fputc(128 + (int)lrint(100 * sin(2 * M_PI * HZ * i / 8000)), file);
	fclose(file);
	expect_file(NULL, 8000, 25600);
}

/* As other programs write them. */
static void ogg_and_opus_are_read(void **state)
{
	static const struct {
		const char *name;
		int format, rate;
	} kinds[] = { { "ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 16000 },
		      { "opus", SF_FORMAT_OGG | SF_FORMAT_OPUS, 48000 } };

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(kinds); i++) {
		SF_INFO info = { .samplerate = kinds[i].rate,
				 .channels = 2,
				 .format = kinds[i].format };
		SNDFILE *file = sf_open(path_of(kinds[i].name), SFM_WRITE, &info);
		int rate = 0;

		assert_non_null(file);
		tone_make(in, (size_t)kinds[i].rate, kinds[i].rate, HZ, LEVEL, 0);
		for (int k = 0; k < kinds[i].rate; k++) {
			int16_t both[2] = { in[k], in[k] };

			assert_int_equal(sf_writef_short(file, both, 1), 1);
		}
		sf_close(file);
		check_tone(kinds[i].name,
			   read_all(rd_format_find(kinds[i].name), path_of(kinds[i].name), &rate),
			   kinds[i].rate, 1000);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_tone_written_is_a_tone_read),
		TEST(a_recording_is_gone_on_with),
		TEST(what_was_written_before_kill_9_is_there),
		TEST(seeking_finds_the_place),
		TEST(what_is_no_sound_is_refused),
		TEST(capitals_tell_wav_from_wav49),
		TEST(the_file_that_suits_the_codec_is_chosen),
		TEST(wav_of_any_kind_is_read),
		TEST(ogg_and_opus_are_read),
	};

	return RUN_GROUP(tests);
}
