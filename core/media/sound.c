/* Sounds: files decoded in the pool, kept as long as there is room, looked
 * at again when the file may have changed. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <ringdown/clock.h>
#include <ringdown/fiber.h>
#include <ringdown/map.h>

#include "core/media/encoding.h"
#include "core/media/media.h"
#include "core/media/registry.h"

enum {
	CACHE_BYTES = 64 << 20,
	SOUND_BYTES = 64 << 20, /* longer files are refused */
	FRESH_MS = 1000, /* so long a file is believed not to change */
	FORMATS_MAX = 64,
	CHUNK = 8192,
	FILE_MAX = 2048,
};

static struct rd_map *cache; /* by path without extension */
static struct rd_list used = RD_LIST_INIT(used);
static size_t cached_bytes;

/* ---- birth and death ---- */

/* Also after it has moved. */
static void init_lists(struct rd__sound *sound)
{
	rd_list_init(&sound->used);
	rd_list_init(&sound->encodings);
}

int rd__sound_alloc(struct rd__sound **sp, size_t count, int rate)
{
	struct rd__sound *sound = rd_malloc(sizeof(*sound) + count * sizeof(int16_t));

	if (!sound)
		return -ENOMEM;
	memset(sound, 0, sizeof(*sound));
	sound->magic = RD__SOUND_MAGIC;
	sound->refs = 1;
	sound->rate = rate;
	sound->count = count;
	init_lists(sound);
	*sp = sound;
	return 0;
}

int rd__sound_new(struct rd__sound **sp, const int16_t *samples, size_t count, int rate)
{
	int rc = rd__sound_alloc(sp, count, rate);

	if (!rc && count)
		memcpy((*sp)->samples, samples, count * sizeof(*samples));
	return rc;
}

struct rd__sound *rd__sound_ref(struct rd__sound *sound)
{
	RD_CHECK(sound, RD__SOUND_MAGIC);
	sound->refs++;
	return sound;
}

void rd__sound_unref(struct rd__sound *sound)
{
	if (!sound)
		return;
	RD_CHECK(sound, RD__SOUND_MAGIC);
	if (--sound->refs > 0)
		return;
	sound->magic = 0;
	rd__encodings_free(sound);
	rd_free(sound->coded);
	rd_free(sound->path);
	rd_free(sound);
}

int64_t rd__sound_ms(const struct rd__sound *sound)
{
	return sound->rate ? (int64_t)sound->count * 1000 / sound->rate : 0;
}

/* ---- the cache ---- */

static size_t bytes_of(const struct rd__sound *sound)
{
	return sizeof(*sound) + sound->count * sizeof(int16_t) + sound->encoded_bytes +
	       rd__sound_coded_size(sound);
}

static void forget(struct rd__sound *sound)
{
	rd_map_remove(cache, sound->path);
	rd_list_remove(&sound->used);
	cached_bytes -= bytes_of(sound);
	rd__sound_unref(sound);
}

static void make_room(size_t limit)
{
	rd_list_foreach(node, tmp, &used) {
		struct rd__sound *sound = rd_list_entry(node, struct rd__sound, used);

		if (cached_bytes <= limit)
			return;
		if (sound->refs == 1)
			forget(sound);
	}
}

/* Without memory for it, the sound simply is not kept. */
static void keep(struct rd__sound *sound, const char *path)
{
	struct rd__sound *old;

	if (!cache && rd_map_new(&cache, 0) < 0)
		return;
	old = rd_map_get(cache, path);
	if (old)
		forget(old);
	sound->path = rd_strdup(path);
	if (!sound->path || rd_map_set(cache, path, sound, NULL) < 0)
		return;
	rd__sound_ref(sound);
	rd_list_push(&used, &sound->used);
	sound->checked_ms = rd_now_ms();
	cached_bytes += bytes_of(sound);
	make_room(CACHE_BYTES);
}

void rd__sound_grew(struct rd__sound *sound, size_t bytes)
{
	sound->encoded_bytes += bytes;
	if (!rd_list_linked(&sound->used))
		return;
	cached_bytes += bytes;
	make_room(CACHE_BYTES);
}

static struct rd__sound *cached(const char *path)
{
	struct rd__sound *sound = cache ? rd_map_get(cache, path) : NULL;

	if (!sound)
		return NULL;
	rd_list_remove(&sound->used);
	rd_list_push(&used, &sound->used);
	return sound;
}

void rd__sound_changed(const char *file)
{
	const char *dot = strrchr(file, '.');
	struct rd__sound *sound = NULL;

	if (!cache)
		return;
	sound = rd_map_getn(cache, file, dot ? (size_t)(dot - file) : strlen(file));
	if (sound)
		forget(sound);
	sound = rd_map_get(cache, file);
	if (sound)
		forget(sound);
}

void rd__sound_cache_drop(void)
{
	make_room(0);
	if (cache && rd_map_count(cache) == 0) {
		rd_map_free(cache);
		cache = NULL;
	}
}

/* ---- finding and reading, in the pool ---- */

/* A file that fits, and how it is to be read. */
struct candidate {
	const struct rd_format *format;
	const char *extension;
};

struct job {
	const char *path;
	const struct rd_format *formats[FORMATS_MAX];
	int format_count;
	struct timespec changed; /* of what is cached; 0: nothing is */
	struct rd__sound *sound; /* the result; NULL: as before */
	struct candidate there[RD__SOUND_FORMATS];
	int there_count;
};

static int name_file(const char *path, const char *extension, char *out, size_t size)
{
	int n = snprintf(out, size, "%s.%s", path, extension);

	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

static bool has_file(const char *path, const char *extension)
{
	char file[FILE_MAX];
	struct stat st;

	return name_file(path, extension, file, sizeof(file)) == 0 && stat(file, &st) == 0 &&
	       S_ISREG(st.st_mode);
}

static void note_file(struct job *job, const struct rd_format *format, const char *extension)
{
	if (job->there_count < RD__SOUND_FORMATS && has_file(job->path, extension))
		job->there[job->there_count++] = (struct candidate){ format, extension };
}

static void find_files(struct job *job)
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
	init_lists(*sp);
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

static int load_file(struct job *job, const struct candidate *candidate)
{
	const struct rd_format *format = candidate->format;
	char file[FILE_MAX];
	struct stat st;
	int rc = name_file(job->path, candidate->extension, file, sizeof(file));

	if (!rc && stat(file, &st) < 0)
		rc = -errno;
	if (rc)
		return rc;
	if (st.st_mtim.tv_sec == job->changed.tv_sec &&
	    st.st_mtim.tv_nsec == job->changed.tv_nsec)
		return 0;
	rc = read_sound(format, file, &job->sound);
	if (!rc)
		job->sound->changed = st.st_mtim;
	return rc;
}

/* One that its reader cannot make anything of may be another's, or there is another. */
static int load(void *arg)
{
	struct job *job = arg;
	int rc = -ENOENT;

	find_files(job);
	for (int i = 0; i < job->there_count; i++) {
		struct candidate first = job->there[i];

		rc = load_file(job, &first);
		if (rc == -ENOTSUP || rc == -EILSEQ)
			continue;
		job->there[i] = job->there[0];
		job->there[0] = first;
		break;
	}
	return rc;
}

/* ---- asking the pool ---- */

/* wav first: what the prompts are. only: that one. */
static void list_formats(struct job *job, const struct rd_format *only)
{
	const struct rd_format *format, *wav = rd_format_find("wav");
	const char *module;
	size_t pos = 0;

	if (only) {
		job->formats[job->format_count++] = only;
		return;
	}
	if (wav)
		job->formats[job->format_count++] = wav;
	while (rd__format_next(&pos, &format, &module))
		if (format != wav && format->open_read && job->format_count < FORMATS_MAX)
			job->formats[job->format_count++] = format;
}

static int run_job(struct job *job, const struct rd_format *only)
{
	int rc;

	list_formats(job, only);
	for (int i = 0; i < job->format_count; i++)
		rd__format_use(job->formats[i], 1);
	rc = rd_offload(load, job);
	for (int i = 0; i < job->format_count; i++)
		rd__format_use(job->formats[i], -1);
	return rc;
}

/* Files that are being read. Who wants one of them too waits for its turn, and
 * finds it in the cache. */
struct loading {
	struct rd_list link;
	const char *path;
};

static struct rd_list loading_now = RD_LIST_INIT(loading_now);
static struct rd_cond loaded = { RD_LIST_INIT(loaded.waiters) };

static bool is_loading(const char *path)
{
	rd_list_foreach(node, tmp, &loading_now)
		if (strcmp(rd_list_entry(node, struct loading, link)->path, path) == 0)
			return true;
	return false;
}

static void remember_formats(struct rd__sound *sound, const struct job *job)
{
	for (int i = 0; i < job->there_count; i++)
		sound->there[i] = job->there[i].format;
	sound->there_count = job->there_count;
}

/* key: what it is kept as. */
static int load_or_refresh(struct rd__sound **sp, const char *path, const char *key,
			   const struct rd_format *only)
{
	struct rd__sound *sound = cached(key);
	struct job job = { .path = path };
	int rc;

	if (sound && rd_now_ms() < sound->checked_ms + FRESH_MS) {
		*sp = rd__sound_ref(sound);
		return 0;
	}
	if (sound) {
		rd__sound_ref(sound);
		job.changed = sound->changed;
	}
	rc = run_job(&job, only);
	if (rc || job.sound) {
		rd__sound_unref(sound);
		if (rc)
			return rc;
		sound = job.sound;
		keep(sound, key);
	} else {
		sound->checked_ms = rd_now_ms();
	}
	remember_formats(sound, &job);
	*sp = sound;
	return 0;
}

static int load_as(struct rd__sound **sp, const char *path, const char *key,
		   const struct rd_format *only)
{
	struct loading loading = { .path = key };
	int rc = 0;

	while (!rc && is_loading(key))
		rc = rd_cond_wait(&loaded, RD_FOREVER);
	if (rc)
		return rc;
	rd_list_push(&loading_now, &loading.link);
	rc = load_or_refresh(sp, path, key, only);
	rd_list_remove(&loading.link);
	rd_cond_broadcast(&loaded);
	return rc;
}

int rd__sound_load(struct rd__sound **sp, const char *path)
{
	return load_as(sp, path, path, NULL);
}

/* ---- for whom ---- */

static bool cannot_decode(const char *name)
{
	const struct rd_codec *codec = rd_codec_find(name);

	return !codec || !codec->decode;
}

/* What it costs the sound to be heard in this codec by way of this file, roughly: the
 * codec's own bytes lose nothing, its rate little, what is too narrow most. */
static int price(const struct rd_format *format, const struct rd_codec *codec)
{
	if (format->codec && strcmp(format->codec, codec->name) == 0)
		return 0;
	if (format->codec && cannot_decode(format->codec))
		return 7;
	if (!format->rate) /* the file says */
		return 3;
	if (format->codec)
		return format->rate < codec->rate ? 6 : 4;
	if (format->rate == codec->rate)
		return 1;
	return format->rate > codec->rate ? 2 : 5;
}

static bool is_there(const struct rd__sound *sound, const struct rd_format *format)
{
	for (int i = 0; i < sound->there_count; i++)
		if (sound->there[i] == format)
			return true;
	return false;
}

/* NULL: the one that was read. */
static const struct rd_format *better(const struct rd__sound *sound,
				      const struct rd_codec *codec)
{
	const struct rd_format *best = NULL, *format;
	const char *module;
	size_t pos = 0;

	/* The usual case: one file, perhaps readable in two ways. */
	if (sound->there_count < 2)
		return NULL;
	while (rd__format_next(&pos, &format, &module))
		if (is_there(sound, format) &&
		    (!best || price(format, codec) < price(best, codec) ||
		     (price(format, codec) == price(best, codec) && format == sound->there[0])))
			best = format;
	return best == sound->there[0] ? NULL : best;
}

/* *sp: the usual one, until there is a better one. Without that there is still it. */
static void exchange(struct rd__sound **sp, const char *path, const struct rd_codec *codec)
{
	const struct rd_format *format = better(*sp, codec);
	struct rd__sound *usual = *sp;
	char key[FILE_MAX];

	if (!format || name_file(path, format->extension, key, sizeof(key)))
		return;
	if (load_as(sp, path, key, format) == 0)
		rd__sound_unref(usual);
	else
		*sp = usual;
}

int rd__sound_load_for(struct rd__sound **sp, const char *path, const struct rd_codec *codec)
{
	struct rd__sound *sound;
	int rc = rd__sound_load(&sound, path);

	if (rc)
		return rc;
	if (codec)
		exchange(&sound, path, codec);
	if (!rd__sound_suits(sound, codec)) {
		rd__sound_unref(sound);
		return -ENOTSUP;
	}
	*sp = sound;
	return 0;
}
