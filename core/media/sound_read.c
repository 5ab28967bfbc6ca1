/* Sounds out of files, in the pool: the files of a name are found, and the first
 * that can be read becomes one block of samples. Nothing here touches the cache. */
#include "core/media/sound_read.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <ringdown/format.h>

enum {
	SOUND_BYTES = 64 << 20, /* longer files are refused */
	CHUNK = 8192,
};

int rd__sound_name_file(const char *path, const char *extension, char *out, size_t size)
{
	int n = snprintf(out, size, "%s.%s", path, extension);

	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

static bool has_file(const char *path, const char *extension)
{
	char file[RD__SOUND_FILE_MAX];
	struct stat st;

	return rd__sound_name_file(path, extension, file, sizeof(file)) == 0 &&
	       stat(file, &st) == 0 && S_ISREG(st.st_mode);
}

static void note_file(struct rd__sound_job *job, const struct rd_format *format,
		      const char *extension)
{
	if (job->there_count < RD__SOUND_FORMATS && has_file(job->path, extension))
		job->there[job->there_count++] = (struct rd__sound_file){ format, extension };
}

static void find_files(struct rd__sound_job *job)
{
	for (int i = 0; i < job->format_count; i++) {
		const char *const *alias = job->formats[i]->aliases;

		note_file(job, job->formats[i], job->formats[i]->extension);
		for (; alias && *alias; alias++)
			note_file(job, job->formats[i], *alias);
	}
}

/* Twice the room, until that is too much. */
static int grow(struct rd__sound **sp, size_t *room)
{
	size_t wanted = *room * 2;
	struct rd__sound *grown;

	if (wanted * sizeof(int16_t) > SOUND_BYTES)
		return -EFBIG;
	grown = rd_realloc(*sp, sizeof(*grown) + wanted * sizeof(int16_t));
	if (!grown)
		return -ENOMEM;
	*sp = grown;
	*room = wanted;
	return 0;
}

/* Read all of it into one growing block. */
static int read_samples(const struct rd_format *format, void *handle, int rate,
			struct rd__sound **sp)
{
	size_t room = CHUNK * 4, count = 0;
	struct rd__sound *sound, *fitting;
	int rc = rd__sound_alloc(&sound, room, rate);
	ssize_t n;

	if (rc)
		return rc;
	do {
		rc = count + CHUNK > room ? grow(&sound, &room) : 0;
		n = rc ? rc : format->read(handle, sound->samples + count, CHUNK);
		count += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	if (n < 0) {
		rd_free(sound);
		return (int)n;
	}
	sound->count = count;
	fitting = rd_realloc(sound, sizeof(*sound) + count * sizeof(int16_t));
	*sp = fitting ? fitting : sound;
	rd__sound_init_lists(*sp);
	return 0;
}

/* Without its bytes a sound is heard all the same, if it has samples. */
static int read_sound(const struct rd_format *format, const char *file, struct rd__sound **sp)
{
	int rate = 0, rc;
	void *handle;

	rc = format->open_read(file, &handle, &rate);
	if (rc)
		return rc;
	rc = read_samples(format, handle, rate ? rate : format->rate, sp);
	format->close(handle);
	if (format->piece_bytes && (!rc || rc == -ENOTSUP)) {
		int coded_rc = rd__sound_read_coded(sp, format, file);

		rc = rc ? coded_rc : 0;
	}
	return rc;
}

/* Its reader can make nothing of it. */
static bool is_strange(int rc)
{
	return rc == -ENOTSUP || rc == -EILSEQ || rc == -ENOMSG;
}

static int load_file(struct rd__sound_job *job, const struct rd__sound_file *candidate)
{
	const struct rd_format *format = candidate->format;
	char file[RD__SOUND_FILE_MAX];
	struct stat st;
	int rc = rd__sound_name_file(job->path, candidate->extension, file, sizeof(file));

	if (!rc && stat(file, &st) < 0)
		rc = -errno;
	if (rc)
		return rc;
	if (st.st_mtim.tv_sec == job->changed.tv_sec && st.st_mtim.tv_nsec == job->changed.tv_nsec)
		return 0;
	rc = read_sound(format, file, &job->sound);
	if (!rc)
		job->sound->changed = st.st_mtim;
	return is_strange(rc) && st.st_size == 0 ? -ENOMSG : rc;
}

/* A strange one may be for another reader, or there is another. */
int rd__sound_read(void *arg)
{
	struct rd__sound_job *job = arg;
	int rc = -ENOENT;

	find_files(job);
	for (int i = 0; i < job->there_count; i++) {
		struct rd__sound_file first = job->there[i];

		rc = load_file(job, &first);
		if (is_strange(rc))
			continue;
		job->there[i] = job->there[0];
		job->there[0] = first;
		break;
	}
	return rc;
}
