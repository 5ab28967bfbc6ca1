/* Sound files of the .wav kind: PCM of 16 bits, one channel when written.
 * The header is right after each write, and a reader trusts the file's size
 * more than the header, so a recording that was cut off can be heard. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ringdown/module.h>

enum {
	HEADER = 44,
	FORMAT_PCM = 1,
	FORMAT_EXTENSIBLE = 0xfffe,
	CHANNELS_MAX = 8,
	CHUNKS_MAX = 64, /* before "data" */
	BLOCK = 4096,
};

struct wav {
	int fd, rate, channels;
	int64_t start, end; /* where the samples lie in the file */
	int64_t at;
	uint8_t block[BLOCK * 2];
};

static uint32_t get32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static void put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

/* ---- reading ---- */

static int read_format(struct wav *wav, int64_t at, uint32_t size)
{
	uint8_t p[16];
	int format;

	if (size < sizeof(p) || pread(wav->fd, p, sizeof(p), at) != (ssize_t)sizeof(p))
		return -EILSEQ;
	format = get16(p);
	wav->channels = get16(p + 2);
	wav->rate = (int)get32(p + 4);
	if ((format != FORMAT_PCM && format != FORMAT_EXTENSIBLE) || get16(p + 14) != 16)
		return -ENOTSUP;
	if (wav->channels < 1 || wav->channels > CHANNELS_MAX || wav->rate < 1000 ||
	    wav->rate > 384000)
		return -EILSEQ;
	return 0;
}

/* A header that was not finished, or not believed: up to the end. */
static void set_data(struct wav *wav, int64_t at, uint32_t size, int64_t file_size)
{
	wav->start = wav->at = at;
	wav->end = at + size;
	if (size == 0 || wav->end > file_size)
		wav->end = file_size;
	wav->end -= (wav->end - wav->start) % (wav->channels * 2);
}

static int read_header(struct wav *wav)
{
	uint8_t p[12];
	struct stat st;
	int64_t at = sizeof(p);

	if (fstat(wav->fd, &st) < 0)
		return -errno;
	if (pread(wav->fd, p, 12, 0) != 12 || memcmp(p, "RIFF", 4) || memcmp(p + 8, "WAVE", 4))
		return -EILSEQ;
	for (int i = 0; i < CHUNKS_MAX; i++) {
		uint32_t size;
		int rc;

		if (pread(wav->fd, p, 8, at) != 8)
			return -EILSEQ;
		size = get32(p + 4);
		at += 8;
		if (memcmp(p, "data", 4) == 0) {
			if (!wav->channels)
				return -EILSEQ;
			set_data(wav, at, size, st.st_size);
			return 0;
		}
		if (memcmp(p, "fmt ", 4) == 0) {
			rc = read_format(wav, at, size);
			if (rc)
				return rc;
		}
		at += (int64_t)size + (size & 1);
	}
	return -EILSEQ;
}

static int wav_open_read(const char *path, void **file, int *rate)
{
	struct wav *wav = rd_zalloc(sizeof(*wav));
	int rc;

	if (!wav)
		return -ENOMEM;
	wav->fd = open(path, O_RDONLY | O_CLOEXEC);
	rc = wav->fd < 0 ? -errno : read_header(wav);
	if (rc) {
		if (wav->fd >= 0)
			close(wav->fd);
		rd_free(wav);
		return rc;
	}
	*file = wav;
	*rate = wav->rate;
	return 0;
}

/* Several channels become one: their mean. */
static int16_t mix(const uint8_t *p, int channels)
{
	int32_t sum = 0;

	for (int i = 0; i < channels; i++)
		sum += (int16_t)get16(p + 2 * i);
	return (int16_t)(sum / channels);
}

static ssize_t wav_read(void *file, int16_t *samples, size_t max)
{
	struct wav *wav = file;
	size_t frame = (size_t)wav->channels * 2, given = 0;

	while (given < max && wav->at < wav->end) {
		size_t want = RD_MIN((max - given) * frame, sizeof(wav->block) / frame * frame);
		ssize_t n = pread(wav->fd, wav->block,
				  RD_MIN(want, (size_t)(wav->end - wav->at)), wav->at);

		if (n < 0)
			return -errno;
		n -= n % (ssize_t)frame;
		if (n == 0)
			break;
		for (ssize_t i = 0; i < n; i += (ssize_t)frame)
			samples[given++] = mix(wav->block + i, wav->channels);
		wav->at += n;
	}
	return (ssize_t)given;
}

static int wav_seek(void *file, int64_t sample)
{
	struct wav *wav = file;
	int64_t at = wav->start + sample * wav->channels * 2;

	if (sample < 0 || at > wav->end)
		return -EINVAL;
	wav->at = at;
	return 0;
}

/* ---- writing ---- */

static int write_header(struct wav *wav)
{
	int64_t size = RD_MIN(wav->end - HEADER, (int64_t)UINT32_MAX - HEADER);
	uint8_t p[HEADER] = "RIFF....WAVEfmt \x10\0\0\0\1\0\1\0rateratE\2\0\x10\0data";
	ssize_t written;

	put32(p + 4, (uint32_t)(size + HEADER - 8));
	p[22] = (uint8_t)wav->channels;
	put32(p + 24, (uint32_t)wav->rate);
	put32(p + 28, (uint32_t)(wav->rate * wav->channels * 2));
	p[32] = (uint8_t)(wav->channels * 2);
	put32(p + 40, (uint32_t)size);
	written = pwrite(wav->fd, p, HEADER, 0);
	if (written < 0)
		return -errno;
	return written == HEADER ? 0 : -EIO;
}

/* Go on after what a former recording left, however it ended. */
static int continue_file(struct wav *wav)
{
	int rate = wav->rate, channels = wav->channels, rc = read_header(wav);

	if (rc)
		return rc;
	if (wav->rate != rate || wav->channels != channels || wav->start != HEADER)
		return -ENOTSUP;
	wav->at = wav->end;
	return 0;
}

static int open_write(const char *path, int rate, int channels, bool append, void **file)
{
	struct wav *wav = rd_zalloc(sizeof(*wav));
	struct stat st;
	int rc = 0;

	if (!wav)
		return -ENOMEM;
	wav->rate = rate;
	wav->channels = channels;
	wav->start = wav->end = wav->at = HEADER;
	wav->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | (append ? 0 : O_TRUNC), 0640);
	if (wav->fd < 0 || fstat(wav->fd, &st) < 0)
		rc = -errno;
	else if (append && st.st_size > 0)
		rc = continue_file(wav);
	if (!rc)
		rc = write_header(wav);
	if (rc) {
		if (wav->fd >= 0)
			close(wav->fd);
		rd_free(wav);
		return rc;
	}
	*file = wav;
	return 0;
}

static int wav_open_write(const char *path, int rate, bool append, void **file)
{
	return open_write(path, rate, 1, append, file);
}

static int wav_open_write_stereo(const char *path, int rate, bool append, void **file)
{
	return open_write(path, rate, 2, append, file);
}

static int wav_write(void *file, const int16_t *samples, size_t count)
{
	struct wav *wav = file;

	while (count) {
		size_t n = RD_MIN(count, sizeof(wav->block) / 2);
		ssize_t rc;

		for (size_t i = 0; i < n; i++) {
			wav->block[2 * i] = (uint8_t)samples[i];
			wav->block[2 * i + 1] = (uint8_t)((uint16_t)samples[i] >> 8);
		}
		rc = pwrite(wav->fd, wav->block, n * 2, wav->at);
		if (rc < 0)
			return -errno;
		/* A piece of a sample is written over. */
		rc -= rc % 2;
		if (rc == 0)
			return -ENOSPC;
		wav->at += rc;
		wav->end = wav->at;
		samples += rc / 2;
		count -= (size_t)rc / 2;
	}
	return write_header(wav);
}

static int wav_close(void *file)
{
	struct wav *wav = file;
	int rc = close(wav->fd) < 0 ? -errno : 0;

	rd_free(wav);
	return rc;
}

static const struct rd_format formats[] = {
	{ .name = "wav",
	  .extension = "wav",
	  .open_read = wav_open_read,
	  .read = wav_read,
	  .seek = wav_seek,
	  .open_write = wav_open_write,
	  .write = wav_write,
	  .close = wav_close,
	  .open_write_stereo = wav_open_write_stereo },
	{ 0 },
};

RD_MODULE(.name = "format_wav", .synopsis = "Sound files: wav, PCM of 16 bits",
	  .formats = formats);
