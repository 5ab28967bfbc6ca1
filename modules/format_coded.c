/* Files of a codec's bytes, packet after packet, without a header: .g722, .gsm, .g726.
 * Each write leaves whole packets, so that whatever reached the disk can be heard. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <ringdown/module.h>

enum { SAMPLES_MAX = 320,
       BYTES_MAX = 160 };

struct kind {
	const char *codec;
	size_t samples, bytes; /* of a packet of 20 ms */
};

enum { G722,
       GSM,
       G726,
       KINDS };

static const struct kind kinds[KINDS] = {
	[G722] = { "g722", 320, 160 },
	[GSM] = { "gsm", 160, 33 },
	[G726] = { "g726", 160, 80 },
};

static const struct rd_codec *codecs[KINDS];

struct coded_file {
	int fd;
	const struct kind *kind;
	const struct rd_codec *codec;
	void *state;
	bool writes;
	/* Decoded and not read yet, or not yet a packet to be written. */
	size_t count, at;
	int16_t samples[SAMPLES_MAX];
};

/* ---- opening and closing ---- */

static void free_file(struct coded_file *file)
{
	if (file->state)
		file->codec->state_free(file->state);
	if (file->fd >= 0)
		close(file->fd);
	rd_free(file);
}

static int open_coded(const char *path, int kind, int flags, void **out)
{
	struct coded_file *file = rd_zalloc(sizeof(*file));
	int rc = 0;

	if (!file)
		return -ENOMEM;
	file->kind = &kinds[kind];
	file->codec = codecs[kind];
	file->writes = flags != O_RDONLY;
	file->fd = open(path, flags | O_CLOEXEC, 0640);
	if (file->fd < 0)
		rc = -errno;
	else
		file->state = file->writes ? file->codec->encoder_new("")
					   : file->codec->decoder_new("");
	if (!rc && !file->state)
		rc = -ENOMEM;
	if (rc)
		free_file(file);
	else
		*out = file;
	return rc;
}

static int open_read(const char *path, int kind, void **file, int *rate)
{
	*rate = codecs[kind]->rate;
	return open_coded(path, kind, O_RDONLY, file);
}

/* Half a packet at the end, of a writer that died, is cut off. */
static int open_write(const char *path, int kind, int rate, bool append, void **out)
{
	int flags = O_RDWR | O_CREAT | (append ? 0 : O_TRUNC), rc;
	struct coded_file *file;
	off_t end;

	if (rate != codecs[kind]->rate)
		return -ENOTSUP;
	rc = open_coded(path, kind, flags, out);
	if (rc)
		return rc;
	file = *out;
	end = lseek(file->fd, 0, SEEK_END);
	end -= end % (off_t)file->kind->bytes;
	if (end < 0 || ftruncate(file->fd, end) < 0 || lseek(file->fd, end, SEEK_SET) < 0) {
		rc = -errno;
		free_file(file);
	}
	return rc;
}

/* ---- reading ---- */

static int next_packet(struct coded_file *file)
{
	uint8_t bytes[BYTES_MAX];
	ssize_t n = read(file->fd, bytes, file->kind->bytes);
	int count;

	if (n < (ssize_t)file->kind->bytes)
		return n < 0 ? -errno : 0;
	count = file->codec->decode(file->state, bytes, (size_t)n, file->samples, SAMPLES_MAX);
	file->at = 0;
	file->count = count > 0 ? (size_t)count : 0;
	return count;
}

static ssize_t coded_read(void *handle, int16_t *samples, size_t max)
{
	struct coded_file *file = handle;
	size_t given = 0, n;
	int rc;

	while (given < max) {
		if (file->at == file->count) {
			rc = next_packet(file);
			if (rc <= 0)
				return given ? (ssize_t)given : rc;
		}
		n = RD_MIN(max - given, file->count - file->at);
		memcpy(samples + given, file->samples + file->at, n * sizeof(*samples));
		file->at += n;
		given += n;
	}
	return (ssize_t)given;
}

static int coded_seek(void *handle, int64_t sample)
{
	struct coded_file *file = handle;
	int64_t packet = sample / (int64_t)file->kind->samples;
	int rc;

	file->at = file->count = 0;
	if (lseek(file->fd, packet * (int64_t)file->kind->bytes, SEEK_SET) < 0)
		return -errno;
	rc = next_packet(file);
	if (rc > 0)
		file->at = RD_MIN((size_t)(sample % (int64_t)file->kind->samples), file->count);
	return RD_MIN(rc, 0);
}

/* ---- writing ---- */

static int write_packet(struct coded_file *file)
{
	uint8_t bytes[BYTES_MAX];
	off_t start = lseek(file->fd, 0, SEEK_CUR);
	int n = file->codec->encode(file->state, file->samples, file->kind->samples, bytes,
				    sizeof(bytes));
	ssize_t rc;

	file->count = 0;
	if (n != (int)file->kind->bytes || start < 0)
		return -EIO;
	rc = write(file->fd, bytes, (size_t)n);
	if (rc == n)
		return 0;
	rc = rc < 0 ? -errno : -ENOSPC;
	if (ftruncate(file->fd, start) == 0)
		lseek(file->fd, start, SEEK_SET);
	return (int)rc;
}

static int coded_write(void *handle, const int16_t *samples, size_t count)
{
	struct coded_file *file = handle;

	while (count) {
		size_t n = RD_MIN(count, file->kind->samples - file->count);
		int rc;

		memcpy(file->samples + file->count, samples, n * sizeof(*samples));
		file->count += n;
		samples += n;
		count -= n;
		if (file->count < file->kind->samples)
			continue;
		rc = write_packet(file);
		if (rc)
			return rc;
	}
	return 0;
}

static int coded_close(void *handle)
{
	struct coded_file *file = handle;
	int rc = 0;

	if (file->writes && file->count) {
		memset(file->samples + file->count, 0,
		       (file->kind->samples - file->count) * sizeof(*file->samples));
		rc = write_packet(file);
	}
	free_file(file);
	return rc;
}

/* ---- the table ---- */

#define KIND(kind, prefix)                                                                   \
	static int prefix##_open_read(const char *path, void **file, int *rate)              \
	{                                                                                    \
		return open_read(path, kind, file, rate);                                    \
	}                                                                                    \
	static int prefix##_open_write(const char *path, int rate, bool append, void **file) \
	{                                                                                    \
		return open_write(path, kind, rate, append, file);                           \
	}

KIND(G722, g722)
KIND(GSM, gsm)
KIND(G726, g726)

#define CODED(prefix)                                                                \
	.codec = #prefix, .open_read = prefix##_open_read, .read = coded_read,       \
	.seek = coded_seek, .open_write = prefix##_open_write, .write = coded_write, \
	.close = coded_close

static const struct rd_format formats[] = {
	{ CODED(g722), .name = "g722", .extension = "g722", .rate = 16000 },
	{ CODED(gsm), .name = "gsm", .extension = "gsm", .rate = 8000 },
	{ CODED(g726), .name = "g726", .extension = "g726", .rate = 8000 },
	{ 0 },
};

static int load(void)
{
	for (int i = 0; i < KINDS; i++) {
		codecs[i] = rd_codec_find(kinds[i].codec);
		if (!codecs[i])
			return -ENOENT;
	}
	return 0;
}

static const char *const needs[] = { "codec_g722", "codec_gsm", "codec_g726", NULL };

RD_MODULE(.name = "format_coded", .synopsis = "Sound files: bytes of G.722, GSM and G.726",
	  .needs = needs, .formats = formats, .load = load);
