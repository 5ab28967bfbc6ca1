/* Sound files by libsndfile: whatever kind of wav the own reader leaves, wav with GSM
 * inside (.WAV, .wav49), flac, ogg and opus, au, aiff, mp3. Several channels become one. */
#include <errno.h>
#include <string.h>

#include <sndfile.h>

#include <ringdown/module.h>

enum { BLOCK = 4096,
       CHANNELS_MAX = 8 };

struct sound_file {
	SNDFILE *handle;
	int channels;
	bool writes;
	float block[BLOCK];
};

static int error_of(SNDFILE *handle)
{
	int error = sf_error(handle);

	if (error == SF_ERR_NO_ERROR)
		return 0;
	if (error == SF_ERR_SYSTEM)
		return errno ? -errno : -EIO;
	return error == SF_ERR_UNRECOGNISED_FORMAT || error == SF_ERR_UNSUPPORTED_ENCODING
		       ? -ENOTSUP
		       : -EILSEQ;
}

static int open_file(const char *path, int mode, SF_INFO *info, void **out)
{
	struct sound_file *file = rd_zalloc(sizeof(*file));
	int rc;

	if (!file)
		return -ENOMEM;
	errno = 0;
	file->handle = sf_open(path, mode, info);
	if (!file->handle) {
		rc = error_of(NULL);
		rd_free(file);
		return rc ? rc : -EIO;
	}
	file->channels = info->channels;
	file->writes = mode != SFM_READ;
	*out = file;
	return 0;
}

static int file_close(void *handle)
{
	struct sound_file *file = handle;
	int rc = 0;

	errno = 0;
	if (file->writes)
		sf_write_sync(file->handle);
	/* What could not be written is noticed here at the latest. */
	if (sf_close(file->handle) != 0)
		rc = errno ? -errno : -EIO;
	rd_free(file);
	return rc;
}

/* ---- reading ---- */

static int file_open_read(const char *path, void **out, int *rate)
{
	SF_INFO info = { 0 };
	struct sound_file *file;
	int rc = open_file(path, SFM_READ, &info, out);

	if (rc)
		return rc;
	file = *out;
	if (info.channels < 1 || info.channels > CHANNELS_MAX || info.samplerate < 1000 ||
	    info.samplerate > 384000) {
		file_close(file);
		return -ENOTSUP;
	}
	*rate = info.samplerate;
	return 0;
}

/* The mean of all channels, at full scale. */
static void mix(const struct sound_file *file, int16_t *out, size_t frames)
{
	const float *in = file->block;

	for (size_t i = 0; i < frames; i++) {
		float sum = 0;

		for (int c = 0; c < file->channels; c++)
			sum += *in++;
		sum *= 32768.0f / (float)file->channels;
		out[i] = (int16_t)RD_MAX(-32768.0f, RD_MIN(32767.0f, sum));
	}
}

static ssize_t file_read(void *handle, int16_t *samples, size_t max)
{
	struct sound_file *file = handle;
	size_t most = RD_MIN(max, (size_t)(BLOCK / file->channels));
	sf_count_t n = sf_readf_float(file->handle, file->block, (sf_count_t)most);

	if (n <= 0)
		return error_of(file->handle);
	mix(file, samples, (size_t)n);
	return n;
}

static int file_seek(void *handle, int64_t sample)
{
	struct sound_file *file = handle;

	return sf_seek(file->handle, sample, SEEK_SET) < 0 ? -ESPIPE : 0;
}

/* ---- writing ---- */

static bool is_compressed(int format)
{
	int kind = format & SF_FORMAT_TYPEMASK;

	return kind == SF_FORMAT_FLAC || (format & SF_FORMAT_SUBMASK) == SF_FORMAT_GSM610;
}

static int open_write(const char *path, int rate, bool append, int format, void **out)
{
	SF_INFO info = { .samplerate = rate, .channels = 1, .format = format };
	int rc;
	struct sound_file *file;

	if (!sf_format_check(&info))
		return -ENOTSUP;
	/* What is compressed cannot be gone on with. */
	if (append && is_compressed(format))
		return -ENOTSUP;
	rc = open_file(path, append ? SFM_RDWR : SFM_WRITE, &info, out);
	if (rc)
		return rc;
	file = *out;
	if (append && (info.channels != 1 || info.samplerate != rate)) {
		file_close(file);
		return -EINVAL;
	}
	if (append)
		sf_seek(file->handle, 0, SEEK_END);
	/* FLAC has no place for it. */
	if ((format & SF_FORMAT_TYPEMASK) != SF_FORMAT_FLAC)
		sf_command(file->handle, SFC_SET_UPDATE_HEADER_AUTO, NULL, SF_TRUE);
	return 0;
}

static int file_write(void *handle, const int16_t *samples, size_t count)
{
	struct sound_file *file = handle;
	int rc;

	errno = 0;
	if (sf_write_short(file->handle, samples, (sf_count_t)count) == (sf_count_t)count)
		return 0;
	rc = errno ? -errno : error_of(file->handle);
	return rc ? rc : -ENOSPC;
}

#define WRITER(name, format)                                                  \
	static int name(const char *path, int rate, bool append, void **file) \
	{                                                                     \
		return open_write(path, rate, append, format, file);          \
	}

WRITER(write_wav49, SF_FORMAT_WAV | SF_FORMAT_GSM610)
WRITER(write_flac, SF_FORMAT_FLAC | SF_FORMAT_PCM_16)
WRITER(write_au, SF_FORMAT_AU | SF_FORMAT_PCM_16)
WRITER(write_aiff, SF_FORMAT_AIFF | SF_FORMAT_PCM_16)

#define READS                                                              \
	.open_read = file_open_read, .read = file_read, .seek = file_seek, \
	.close = file_close

#define WRITES(function) .open_write = function, .write = file_write

static const char *const wav49_aliases[] = { "wav49", NULL };
static const char *const ogg_aliases[] = { "oga", NULL };
static const char *const au_aliases[] = { "snd", NULL };
static const char *const aiff_aliases[] = { "aif", "aifc", NULL };

static const struct rd_format formats[] = {
	/* What format_wav does not read; it writes. */
	{ READS, .name = "wav-any", .extension = "wav" },
	{ READS, WRITES(write_wav49), .name = "wav49", .extension = "WAV", .rate = 8000,
	  .aliases = wav49_aliases },
	{ READS, WRITES(write_flac), .name = "flac", .extension = "flac" },
	/* Only read: a writer that dies leaves nothing of them. */
	{ READS, .name = "ogg", .extension = "ogg", .aliases = ogg_aliases },
	{ READS, .name = "opus", .extension = "opus", .rate = 48000 },
	{ READS, WRITES(write_au), .name = "au", .extension = "au", .aliases = au_aliases },
	{ READS, WRITES(write_aiff), .name = "aiff", .extension = "aiff",
	  .aliases = aiff_aliases },
	{ READS, .name = "mp3", .extension = "mp3" },
	{ 0 },
};

RD_MODULE(.name = "format_sndfile", .synopsis = "Sound files: wav of any kind, flac, ogg, opus, au",
	  .formats = formats);
