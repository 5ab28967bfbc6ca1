/* Music for those who wait: musiconhold.conf, classes from folders of files.
 * A folder is read when the configuration is; its files when they are
 * heard. Without any class there is a soft tone now and then. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include <ringdown/format.h>
#include <ringdown/log.h>
#include <ringdown/map.h>

#include "core/call/prompt.h"

enum { FILES_MAX = 64, AT_ONCE = 8, PATH_SIZE = 1024 };

static const char hold_tone[] = "425/120,0/180,425/120,0/8000";

struct music_class {
	const char *directory;
	const char *tones; /* instead of files */
	int sort;	   /* enum below */
	int count;
	const char *files[FILES_MAX]; /* without extension */
	bool playable; /* a format that is loaded knows one of the files by its name */
};

enum { SORT_ALPHA, SORT_RANDOM };

struct music {
	struct rd_pool *pool;
	struct rd_map *classes;
};

static struct music *in_force;

/* -- reading -------------------------------------------------------------------------- */

static void discard(void *snapshot)
{
	struct music *music = snapshot;

	if (!music)
		return;
	rd_map_free(music->classes);
	rd_pool_free(music->pool);
	rd_free(music);
}

static int music_new(struct music **mp)
{
	struct music *music = rd_zalloc(sizeof(*music));

	if (!music)
		return -ENOMEM;
	if (rd_pool_new(&music->pool, 0) || rd_map_new(&music->classes, RD_MAP_NOCASE)) {
		discard(music);
		return -ENOMEM;
	}
	*mp = music;
	return 0;
}

static const char *const sorts[] = { "alpha", "random", NULL };
static const char *const modes[] = { "files", "custom", "mp3", "mp3nb", "quietmp3",
				     "quietmp3nb", "playlist", NULL };

struct class_options {
	int mode, sort;
	const char *directory, *tones;
};

#define OPTION(member) offsetof(struct class_options, member)

static const struct rd_option options[] = {
	{ .name = "mode", .type = RD_OPTION_ENUM, .offset = OPTION(mode), .fallback = "files",
	  .names = modes, .help = "where the music comes from" },
	{ .name = "directory", .type = RD_OPTION_STRING, .offset = OPTION(directory),
	  .help = "folder of sound files" },
	{ .name = "sort", .type = RD_OPTION_ENUM, .offset = OPTION(sort), .fallback = "alpha",
	  .names = sorts, .help = "the order in which they are heard" },
	{ .name = "tones", .type = RD_OPTION_STRING, .offset = OPTION(tones),
	  .help = "a list of tones instead of files, as in indications.conf" },
	RD_OPTION_ABSENT("announcement", "nothing is said between the pieces yet"),
	RD_OPTION_ABSENT("answeredonly", "music starts when it is asked for"),
	RD_OPTION_ABSENT("application", "music comes from files"),
	RD_OPTION_ABSENT("digit", "no key changes the class"),
	RD_OPTION_ABSENT("entry", "music comes from a folder"),
	RD_OPTION_ABSENT("format", "the format is that of the leg"),
	RD_OPTION_ABSENT("kill_escalation_delay", "music comes from files"),
	RD_OPTION_ABSENT("kill_method", "music comes from files"),
	RD_OPTION_ABSENT("loop_last", "after the last file comes the first"),
	RD_OPTION_ABSENT("random", "write sort = random"),
	{ 0 },
};

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Each once, whatever formats it is there in. */
static int add_file(struct music_class *class, const char *name, struct rd_pool *pool)
{
	const char *dot = strrchr(name, '.');
	char *path;

	if (!dot || name[0] == '.' || class->count == FILES_MAX)
		return 0;
	class->playable = class->playable || rd_format_find(dot + 1);
	path = rd_pool_printf(pool, "%s/%.*s", class->directory, (int)(dot - name), name);
	if (!path)
		return -ENOMEM;
	for (int i = 0; i < class->count; i++)
		if (strcmp(class->files[i], path) == 0)
			return 0;
	class->files[class->count++] = path;
	return 0;
}

static int read_folder(struct music_class *class, struct rd_pool *pool)
{
	DIR *folder = opendir(class->directory);
	struct dirent *entry;
	int rc = 0;

	if (!folder)
		return -errno;
	while (!rc && (entry = readdir(folder)))
		rc = add_file(class, entry->d_name, pool);
	closedir(folder);
	qsort(class->files, (size_t)class->count, sizeof(class->files[0]), by_name);
	return rc;
}

static int check_class(const struct rd_config_section *section, struct music_class *class,
		       struct rd_pool *pool, struct rd_config_report *report)
{
	const char *file = rd_config_section_file(section), *wrong = "";
	int line = rd_config_section_line(section), rc;
	struct rd__tones *tones;

	if (class->tones) {
		rc = rd__tones_new(&tones, class->tones, &wrong);
		if (rc == -EINVAL)
			rd_config_error(report, file, line,
					"tones: expected a list such as 425/500,0/500 at \"%s\"",
					wrong);
		if (!rc)
			rd__tones_free(tones);
		return rc;
	}
	if (!class->directory) {
		rd_config_error(report, file, line, "a class needs a directory");
		return -EINVAL;
	}
	rc = read_folder(class, pool);
	if (rc == -ENOMEM)
		return rc;
	if (rc || !class->playable)
		rd_config_warning(report, file, line, "directory = %s: %s", class->directory,
				  rc ? rd_strerror(rc) : "no sound files in it");
	return 0;
}

static int read_class(struct music *music, const struct rd_config_section *section,
		      struct rd_config_report *report)
{
	struct music_class *class = rd_pool_zalloc(music->pool, sizeof(*class));
	struct class_options read = { 0 };
	int rc;

	if (!class)
		return -ENOMEM;
	rc = rd_options_read(options, section, NULL, &read, music->pool, report);
	if (rc)
		return rc;
	class->directory = read.directory;
	class->tones = read.tones;
	if (read.mode && !class->tones) {
		rd_config_warning(report, rd_config_section_file(section),
				  rd_config_section_line(section),
				  "[%s] mode = %s: music comes from files only; the class "
				  "plays tones", rd_config_section_name(section),
				  modes[read.mode]);
		class->tones = hold_tone;
	}
	class->sort = read.sort;
	rc = check_class(section, class, music->pool, report);
	if (rc)
		return rc;
	return rd_map_set(music->classes, rd_config_section_name(section), class, NULL);
}

static const struct rd_option general[] = {
	RD_OPTION_ABSENT("cachertclasses", "classes are in this file"),
	RD_OPTION_ABSENT("preferchannelclass", "the channel's class comes first"),
	{ 0 },
};

static int read_file(struct music *music, const struct rd_config *config,
		     struct rd_config_report *report)
{
	const struct rd_config_section *section = NULL;
	int wrong = rd_config_check_sections(config, NULL, NULL, report);

	while ((section = rd_config_next(config, section, NULL))) {
		bool is_general = strcasecmp(rd_config_section_name(section), "general") == 0;
		int rc = is_general ? rd_options_read(general, section, NULL, NULL,
						      music->pool, report)
				    : read_class(music, section, report);

		if (rc == -ENOMEM)
			return rc;
		wrong |= rc;
	}
	return wrong ? -EINVAL : 0;
}

static int build(void **snapshot, struct rd_config_report *report)
{
	struct rd_config *config = NULL;
	struct music *music;
	int rc = music_new(&music);

	if (rc)
		return rc;
	rc = rd_config_load(&config, "musiconhold.conf", report);
	if (!rc)
		rc = read_file(music, config, report);
	else if (rc == -ENOENT)
		rc = 0;
	if (config)
		rd_config_unref(config);
	if (rc)
		discard(music);
	else
		*snapshot = music;
	return rc;
}

static void commit(void *snapshot)
{
	discard(in_force);
	in_force = snapshot;
}

static const char *const files[] = { "musiconhold.conf", NULL };

const struct rd_module_config rd__music_config = {
	.files = files,
	.build = build,
	.commit = commit,
	.discard = discard,
};

void rd__music_free(void)
{
	commit(NULL);
}

/* -- playing ---------------------------------------------------------------------------- */

static const struct music_class *find_class(struct rd_channel *ch, const char *name)
{
	const struct music_class *class = NULL;

	if (!in_force)
		return NULL;
	if (!name || !name[0])
		name = rd__channel_item(ch, RD__ITEM_MUSIC_CLASS);
	if (name && name[0])
		class = rd_map_get(in_force->classes, name);
	if (!class && name && name[0] && strcmp(name, "default") != 0)
		rd_warning("%s: there is no music class \"%s\", \"default\" is asked for",
			   rd_channel_name(ch), name);
	return class ? class : rd_map_get(in_force->classes, "default");
}

/* Cuts the path. */
static const char *class_folder(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash)
		*slash = '\0';
	return path;
}

/* From one of them on, in a circle: as many as can be loaded. The class may
 * be gone after each wait, so its names are taken along. */
static int load_files(struct rd__prompts *prompts, const struct music_class *class)
{
	char (*paths)[PATH_SIZE];
	uint32_t start = 0;
	int count = RD_MIN(class->count, (int)AT_ONCE), rc = 0;

	memset(prompts, 0, sizeof(*prompts));
	paths = rd_malloc((size_t)count * sizeof(*paths));
	if (!paths)
		return -ENOMEM;
	if (class->sort == SORT_RANDOM)
		rd_random(&start, sizeof(start));
	for (int i = 0; i < count; i++)
		rd_strcpy(paths[i], PATH_SIZE,
			  class->files[(start + (unsigned)i) % (unsigned)class->count]);
	for (int i = 0; i < count && rc != -ECANCELED; i++) {
		rc = rd__sound_load(&prompts->sounds[prompts->count], paths[i]);
		if (!rc)
			prompts->count++;
		else /* a folder may hold other things too */
			rd_debug("music %s: %s", paths[i], rd_strerror(rc));
	}
	if (!prompts->count && rc != -ECANCELED)
		rd_warning("music: nothing in %s can be played", class_folder(paths[0]));
	rd_free(paths);
	return rc == -ECANCELED ? rc : 0;
}

static int start_tones(struct rd_channel *ch, const char *tones)
{
	struct rd__play play = { .tones = tones };

	return rd__voice_start(ch, &play, false);
}

static int start_files(struct rd_channel *ch, const struct music_class *class)
{
	struct rd__prompts prompts;
	struct rd__play play = { .sounds = prompts.sounds, .loop = true };
	int rc = load_files(&prompts, class);

	play.count = prompts.count;
	rd__prompts_prepare(ch, &prompts);
	if (!rc && rd_channel_gone(ch))
		rc = -ECANCELED;
	if (!rc)
		rc = prompts.count ? rd__voice_start(ch, &play, false)
				   : start_tones(ch, hold_tone);
	rd__prompts_free(&prompts);
	return rc;
}

int rd_music_start(struct rd_channel *ch, const char *class_name)
{
	const struct music_class *class = find_class(ch, class_name);
	struct rd__voice *voice;
	int rc;

	if (class && class->count)
		rc = start_files(ch, class);
	else
		rc = start_tones(ch, class && class->tones ? class->tones : hold_tone);
	voice = rc ? NULL : rd__voice(ch);
	if (voice)
		voice->music = true;
	return rc == -ENODATA ? 0 : rc;
}

void rd_music_stop(struct rd_channel *ch)
{
	const struct rd__voice *voice = rd__voice_there(ch);

	if (voice && voice->music)
		rd__voice_stop(ch);
}
