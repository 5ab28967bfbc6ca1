/* Raw G.711 in files: .ulaw and .alaw, 8,000 bytes a second, no header, so
 * that whatever was written is whole. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ringdown/module.h>

enum { BLOCK = 4096, RATE = 8000 };

struct law_file {
	int fd;
	const struct rd_codec *codec;
	uint8_t block[BLOCK];
};

/* From the codecs' modules, which this one needs. */
static const struct rd_codec *ulaw, *alaw;

static int open_law(const char *path, int flags, const struct rd_codec *codec, void **out)
{
	struct law_file *file = rd_malloc(sizeof(*file));

	if (!file)
		return -ENOMEM;
	file->codec = codec;
	file->fd = open(path, flags | O_CLOEXEC, 0640);
	if (file->fd < 0) {
		rd_free(file);
		return -errno;
	}
	*out = file;
	return 0;
}

static int ulaw_open_read(const char *path, void **file, int *rate)
{
	*rate = RATE;
	return open_law(path, O_RDONLY, ulaw, file);
}

static int alaw_open_read(const char *path, void **file, int *rate)
{
	*rate = RATE;
	return open_law(path, O_RDONLY, alaw, file);
}

static int flags_of(bool append)
{
	return O_WRONLY | O_CREAT | (append ? O_APPEND : O_TRUNC);
}

static int ulaw_open_write(const char *path, int rate, bool append, void **file)
{
	return rate == RATE ? open_law(path, flags_of(append), ulaw, file) : -ENOTSUP;
}

static int alaw_open_write(const char *path, int rate, bool append, void **file)
{
	return rate == RATE ? open_law(path, flags_of(append), alaw, file) : -ENOTSUP;
}

static ssize_t law_read(void *handle, int16_t *samples, size_t max)
{
	struct law_file *file = handle;
	ssize_t n = read(file->fd, file->block, RD_MIN(max, sizeof(file->block)));

	if (n < 0)
		return -errno;
	return file->codec->decode(NULL, file->block, (size_t)n, samples, max);
}

static int law_seek(void *handle, int64_t sample)
{
	struct law_file *file = handle;

	return lseek(file->fd, sample, SEEK_SET) < 0 ? -errno : 0;
}

static int law_write(void *handle, const int16_t *samples, size_t count)
{
	struct law_file *file = handle;

	while (count) {
		size_t n = RD_MIN(count, sizeof(file->block));
		ssize_t rc;

		file->codec->encode(NULL, samples, n, file->block, sizeof(file->block));
		rc = write(file->fd, file->block, n);
		if (rc <= 0)
			return rc < 0 ? -errno : -ENOSPC;
		samples += rc;
		count -= (size_t)rc;
	}
	return 0;
}

static int law_close(void *handle)
{
	struct law_file *file = handle;
	int rc = close(file->fd) < 0 ? -errno : 0;

	rd_free(file);
	return rc;
}

static const char *const ulaw_aliases[] = { "ul", "mu", "ulw", "pcm", NULL };
static const char *const alaw_aliases[] = { "al", "alw", NULL };

static const struct rd_format formats[] = {
	{ .name = "ulaw",
	  .extension = "ulaw",
	  .aliases = ulaw_aliases,
	  .rate = RATE,
	  .codec = "ulaw",
	  .open_read = ulaw_open_read,
	  .read = law_read,
	  .seek = law_seek,
	  .open_write = ulaw_open_write,
	  .write = law_write,
	  .close = law_close },
	{ .name = "alaw",
	  .extension = "alaw",
	  .aliases = alaw_aliases,
	  .rate = RATE,
	  .codec = "alaw",
	  .open_read = alaw_open_read,
	  .read = law_read,
	  .seek = law_seek,
	  .open_write = alaw_open_write,
	  .write = law_write,
	  .close = law_close },
	{ 0 },
};

static void find_codecs(void)
{
	ulaw = rd_codec_find("ulaw");
	alaw = rd_codec_find("alaw");
}

static int load(void)
{
	find_codecs();
	return ulaw && alaw ? 0 : -ENOENT;
}

/* Nothing is kept: a new file finds them for itself. */
static const struct rd_module_state state = { .version = 1, .take_over = find_codecs };

static const char *const needs[] = { "codec_ulaw", "codec_alaw", NULL };

RD_MODULE(.name = "format_pcm", .synopsis = "Sound files: raw G.711, .ulaw and .alaw",
	  .needs = needs, .formats = formats, .load = load, .state = &state);
