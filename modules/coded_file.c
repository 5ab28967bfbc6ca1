/* Each write leaves whole packets, so that whatever reached the disk can be heard. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "modules/coded_file.h"

enum { SAMPLES_MAX = 320,
       BYTES_MAX = 160 };

struct coded_file {
	int fd;
	const struct coded_kind *kind;
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
		file->kind->codec->state_free(file->state);
	if (file->fd >= 0)
		close(file->fd);
	rd_free(file);
}

static int make_state(struct coded_file *file)
{
	const struct rd_codec *codec = file->kind->codec;

	if (file->writes)
		file->state = codec->encode ? codec->encoder_new("") : NULL;
	else if (codec->decode)
		file->state = codec->decoder_new("");
	if (file->state)
		return 0;
	if (file->writes && !codec->encode)
		return -ENOTSUP;
	/* What nobody decodes can still be passed on as it is. */
	return codec->decode ? -ENOMEM : 0;
}

static int open_coded(const char *path, const struct coded_kind *kind, int flags, void **out)
{
	struct coded_file *file = rd_zalloc(sizeof(*file));
	int rc;

	if (!file)
		return -ENOMEM;
	file->kind = kind;
	file->writes = flags != O_RDONLY;
	file->fd = -1;
	rc = make_state(file);
	if (!rc)
		file->fd = open(path, flags | O_CLOEXEC, 0640);
	if (!rc && file->fd < 0)
		rc = -errno;
	if (rc)
		free_file(file);
	else
		*out = file;
	return rc;
}

int coded_open_read(const char *path, const struct coded_kind *kind, void **file, int *rate)
{
	*rate = kind->codec->rate;
	return open_coded(path, kind, O_RDONLY, file);
}

/* Half a packet at the end, of a writer that died, is cut off. */
int coded_open_write(const char *path, const struct coded_kind *kind, int rate, bool append,
		     void **out)
{
	int flags = O_RDWR | O_CREAT | (append ? 0 : O_TRUNC), rc;
	struct coded_file *file;
	off_t end;

	if (rate != kind->codec->rate)
		return -ENOTSUP;
	rc = open_coded(path, kind, flags, out);
	if (rc)
		return rc;
	file = *out;
	end = lseek(file->fd, 0, SEEK_END);
	end -= end % (off_t)kind->bytes;
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

	if (!file->state)
		return -ENOTSUP;
	if (n < (ssize_t)file->kind->bytes)
		return n < 0 ? -errno : 0;
	count = file->kind->codec->decode(file->state, bytes, (size_t)n, file->samples,
					  SAMPLES_MAX);
	file->at = 0;
	file->count = count > 0 ? (size_t)count : 0;
	return count;
}

ssize_t coded_read(void *handle, int16_t *samples, size_t max)
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

int coded_seek(void *handle, int64_t sample)
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
	int n = file->kind->codec->encode(file->state, file->samples, file->kind->samples, bytes,
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

int coded_write(void *handle, const int16_t *samples, size_t count)
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

int coded_close(void *handle)
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
