/* Sounds: what was read from files (sound_read.c) is kept as long as there is room,
 * and looked at again when the file may have changed. */
#include <string.h>

#include <ringdown/clock.h>
#include <ringdown/fiber.h>
#include <ringdown/map.h>

#include "core/media/encoding.h"
#include "core/media/media.h"
#include "core/media/registry.h"
#include "core/media/sound.h"
#include "core/media/sound_read.h"

enum {
	CACHE_BYTES = 64 << 20,
	FRESH_MS = 1000, /* so long a file is believed not to change */
};

static struct rd_map *cache; /* by path without extension */
static struct rd_list used = RD_LIST_INIT(used);
static size_t cached_bytes;

struct rd_memory_part rd__sound_memory = { .name = "prompts" };

/* ---- birth and death ---- */

void rd__sound_init_lists(struct rd__sound *sound)
{
	rd_list_init(&sound->used);
	rd_list_init(&sound->encodings);
}

int rd__sound_alloc(struct rd__sound **sp, size_t count, int rate)
{
	struct rd__sound *sound = rd_malloc(sizeof(*sound) + count * sizeof(int16_t));

	if (!sound)
		return -ENOMEM;
	rd_memory_belongs(sound, &rd__sound_memory);
	memset(sound, 0, sizeof(*sound));
	sound->magic = RD__SOUND_MAGIC;
	sound->refs = 1;
	sound->rate = rate;
	sound->count = count;
	rd__sound_init_lists(sound);
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

size_t rd__sound_cache_bytes(void)
{
	return cached_bytes;
}

void rd__sound_cache_drop(void)
{
	make_room(0);
	if (cache && rd_map_count(cache) == 0) {
		rd_map_free(cache);
		cache = NULL;
	}
}

/* ---- asking the pool ---- */

/* wav first: what the prompts are. only: that one. */
static void list_formats(struct rd__sound_job *job, const struct rd_format *only)
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
		if (format != wav && format->open_read && job->format_count < RD__SOUND_JOB_FORMATS)
			job->formats[job->format_count++] = format;
}

static int run_job(struct rd__sound_job *job, const struct rd_format *only)
{
	struct rd__format_use use = { .path = job->path, .formats = job->formats };
	int rc;

	list_formats(job, only);
	use.count = job->format_count;
	rd__format_use_begin(&use);
	rc = rd_offload(rd__sound_read, job);
	rd__format_use_end(&use);
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

static void remember_formats(struct rd__sound *sound, const struct rd__sound_job *job)
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
	struct rd__sound_job job = { .path = path };
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
	char key[RD__SOUND_FILE_MAX];

	if (!format || rd__sound_name_file(path, format->extension, key, sizeof(key)))
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
