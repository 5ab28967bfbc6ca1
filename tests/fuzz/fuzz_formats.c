/* Sound files that somebody uploaded, beside wav: opened, sought in, read to the end. The
 * first byte says as what. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include <ringdown/module.h>

#include "core/media/media.h"
#include "tests/unit/media_rig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libsndfile forgets what libvorbis has begun when the head of an ogg file is broken. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void)
{
	return "leak:vorbis_info_init\n";
}

enum { BLOCK = 777,
       BLOCKS_MAX = 2000 };

static const char *const needed[] = { "codec_g722", "codec_g726", "codec_gsm", "codec_ulaw",
				      "codec_alaw" };
static const char *const modules[] = { "format_sndfile", "format_coded", "format_pcm",
				       "format_sln" };

static void prepare(void)
{
	for (size_t i = 0; i < RD_ARRAY_SIZE(needed); i++)
		for (const struct rd_codec *codec = rig_codec(needed[i]); codec->name; codec++)
			rd__codec_add(codec, needed[i]);
	for (size_t i = 0; i < RD_ARRAY_SIZE(modules); i++) {
		const struct rd_module *module = rig_module(modules[i]);

		if (module->load)
			rd_assert(module->load() == 0);
	}
}

static const struct rd_format *choose(uint8_t number)
{
	const struct rd_format *format = rig_format(modules[number % RD_ARRAY_SIZE(modules)]);
	int count = 0;

	while (format[count].name)
		count++;
	return &format[number / RD_ARRAY_SIZE(modules) % (size_t)count];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool prepared;
	const struct rd_format *format;
	int16_t samples[BLOCK];
	char path[64];
	int fd, rate = 0;
	void *file;

	if (!prepared)
		prepare();
	prepared = true;
	if (size < 1)
		return 0;
	format = choose(data[0]);
	fd = memfd_create("sound", MFD_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fd >= 0 && write(fd, data + 1, size - 1) == (ssize_t)(size - 1) &&
	    format->open_read(path, &file, &rate) == 0) {
		rd_assert(rate > 0 || format->rate > 0);
		for (int i = 0; i < BLOCKS_MAX; i++)
			if (format->read(file, samples, BLOCK) <= 0)
				break;
		format->seek(file, BLOCK);
		format->read(file, samples, BLOCK);
		format->close(file);
	}
	close(fd);
	return 0;
}
