/* musiconhold.conf: classes of music. A folder is read when the configuration
 * is; its files when they are heard. Programs are started when a reading goes
 * into force, and those that a class still wants run on. */
#include <dirent.h>
#include <stdlib.h>
#include <strings.h>

#include <ringdown/format.h>
#include <ringdown/log.h>
#include <ringdown/map.h>

#include "core/call/music.h"

enum { FILES_MAX = 4096 };

const char rd__hold_tone[] = "425/120,0/180,425/120,0/8000";

static struct rd__music *in_force;

struct rd__music *rd__music_in_force(void)
{
	return in_force;
}

bool rd_music_exists(const char *class_name)
{
	const struct rd__music *music = rd_config_coming("musiconhold");

	if (!music)
		music = in_force;
	return !music || !*class_name || strcasecmp(class_name, "default") == 0 ||
	       rd_map_get(music->classes, class_name);
}

void rd_music_review(struct rd_config_report *report, const char *file, int line, const char *what,
		     const char *class_name)
{
	if (!rd_music_exists(class_name))
		rd_config_warning(report, file, line, "%s: musiconhold.conf has no class \"%s\"",
				  what, class_name);
}

/* -- birth and death ------------------------------------------------------------------- */

struct rd__music *rd__music_ref(struct rd__music *music)
{
	music->refs++;
	return music;
}

void rd__music_unref(struct rd__music *music)
{
	if (!music || --music->refs > 0)
		return;
	rd_map_free(music->classes);
	rd_pool_free(music->pool);
	rd_free(music);
}

static int music_new(struct rd__music **mp)
{
	struct rd__music *music = rd_zalloc(sizeof(*music));

	if (!music)
		return -ENOMEM;
	music->refs = 1;
	if (rd_pool_new(&music->pool, 0) || rd_map_new(&music->classes, RD_MAP_NOCASE)) {
		rd__music_unref(music);
		return -ENOMEM;
	}
	*mp = music;
	return 0;
}

/* -- options ----------------------------------------------------------------------------- */

static const char *const sorts[] = { "none", "alpha", "random", "randstart", NULL };
static const char *const modes[] = { "files",    "playlist",   "custom",  "mp3", "mp3nb",
				     "quietmp3", "quietmp3nb", "httpmp3", NULL };
static const char *const kill_methods[] = { "process_group", "process", NULL };

struct class_options {
	int mode, sort, kill_method, kill_delay_ms;
	bool random, answered_only, loop_last, resume;
	const char *directory, *tones, *announcement, *application, *format, *digit;
	const char **entries;
};

#define OPTION(member) offsetof(struct class_options, member)

static const struct rd_option options[] = {
	{ .name = "mode",
	  .type = RD_OPTION_ENUM,
	  .offset = OPTION(mode),
	  .fallback = "files",
	  .names = modes,
	  .help = "where the music comes from" },
	{ .name = "directory",
	  .type = RD_OPTION_STRING,
	  .offset = OPTION(directory),
	  .help = "folder of sound files; of a program: where it runs" },
	{ .name = "entry",
	  .type = RD_OPTION_LIST,
	  .offset = OPTION(entries),
	  .help = "a sound file of a playlist, without its extension" },
	{ .name = "sort",
	  .type = RD_OPTION_ENUM,
	  .offset = OPTION(sort),
	  .names = sorts,
	  .help = "the order in which they are heard" },
	{ .name = "random",
	  .type = RD_OPTION_BOOL,
	  .offset = OPTION(random),
	  .help = "the same as sort = random" },
	{ .name = "announcement",
	  .type = RD_OPTION_STRING,
	  .offset = OPTION(announcement),
	  .prompt = true,
	  .help = "a prompt that is heard at the beginning and before each file" },
	{ .name = "answeredonly",
	  .type = RD_OPTION_BOOL,
	  .offset = OPTION(answered_only),
	  .help = "no music before the call is answered" },
	{ .name = "loop_last",
	  .type = RD_OPTION_BOOL,
	  .offset = OPTION(loop_last),
	  .help = "stay with the last file" },
	{ .name = "resume",
	  .type = RD_OPTION_BOOL,
	  .offset = OPTION(resume),
	  .fallback = "yes",
	  .help = "who heard it before goes on where it was" },
	{ .name = "tones",
	  .type = RD_OPTION_STRING,
	  .offset = OPTION(tones),
	  .help = "a list of tones instead of files, as in indications.conf" },
	{ .name = "application",
	  .type = RD_OPTION_STRING,
	  .offset = OPTION(application),
	  .help = "the program of mode = custom; raw samples come from its output" },
	{ .name = "format",
	  .type = RD_OPTION_STRING,
	  .offset = OPTION(format),
	  .fallback = "slin",
	  .help = "of that output: slin, slin16, ulaw, ..." },
	{ .name = "kill_escalation_delay",
	  .type = RD_OPTION_DURATION,
	  .unit = 1,
	  .offset = OPTION(kill_delay_ms),
	  .fallback = "500",
	  .max = 60000,
	  .help = "after so long a program that does not end gets the next signal" },
	{ .name = "kill_method",
	  .type = RD_OPTION_ENUM,
	  .offset = OPTION(kill_method),
	  .names = kill_methods,
	  .fallback = "process_group",
	  .help = "whether what the program has started ends with it" },
	{ .name = "digit",
	  .type = RD_OPTION_STRING,
	  .offset = OPTION(digit),
	  .help = "the key that chooses this class, for who hears another one" },
	{ 0 },
};

/* -- files ---------------------------------------------------------------------------------- */

/* While a folder is read. */
struct listing {
	struct rd__music_class *class;
	struct rd_pool *pool;
	int room;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int add_path(struct listing *listing, const char *path)
{
	struct rd__music_class *class = listing->class;

	if (class->count == listing->room) {
		int room = listing->room ? listing->room * 2 : 16;
		const char **grown = rd_pool_alloc(listing->pool, (size_t)room * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		if (class->count)
			memcpy(grown, class->files, (size_t)class->count * sizeof(*grown));
		class->files = grown;
		listing->room = room;
	}
	class->files[class->count++] = path;
	return 0;
}

/* Each once, whatever formats it is there in. */
static int add_file(struct listing *listing, const char *name)
{
	struct rd__music_class *class = listing->class;
	const char *dot = strrchr(name, '.');
	char *path;

	if (!dot || name[0] == '.' || class->count == FILES_MAX)
		return 0;
	class->playable = class->playable || rd_format_find(dot + 1);
	path = rd_pool_printf(listing->pool, "%s/%.*s", class->directory, (int)(dot - name),
			      name);
	if (!path)
		return -ENOMEM;
	for (int i = 0; i < class->count; i++)
		if (strcmp(class->files[i], path) == 0)
			return 0;
	return add_path(listing, path);
}

static int read_folder(struct rd__music_class *class, struct rd_pool *pool)
{
	struct listing listing = { class, pool, 0 };
	DIR *folder = opendir(class->directory);
	struct dirent *entry;
	int rc = 0;

	if (!folder)
		return -errno;
	while (!rc && (entry = readdir(folder)))
		rc = add_file(&listing, entry->d_name);
	closedir(folder);
	if (class->count)
		qsort(class->files, (size_t)class->count, sizeof(class->files[0]), by_name);
	return rc;
}

/* -- checking a class ------------------------------------------------------------------------ */

/* Where to complain. */
struct place {
	const char *file, *name;
	int line;
	const struct rd_config_section *section;
	struct rd_config_report *report;
};

/* The class is there without those that nobody can read. */
static int check_tones(struct rd__music_class *class, const struct place *at)
{
	const struct rd_config_line *line = rd_config_line_find(at->section, "tones");
	struct rd__tones *tones;
	const char *wrong = "";
	int rc = rd__tones_new(&tones, class->tones, &wrong);

	if (rc == 0)
		rd__tones_free(tones);
	if (rc != -EINVAL)
		return rc;
	rd_config_warning(at->report, line->file, line->line,
			  "[%s] tones is left out: expected a list such as 425/500,0/500 at \"%s\"",
			  at->name, wrong);
	class->tones = NULL;
	return 0;
}

static int check_folder(struct rd__music_class *class, struct rd_pool *pool,
			const struct place *at)
{
	int rc;

	if (!class->directory) {
		rd_config_warning(at->report, at->file, at->line,
				  "[%s] directory is missing: who waits hears tones", at->name);
		return 0;
	}
	rc = read_folder(class, pool);
	if (rc == -ENOMEM)
		return rc;
	if (rc || !class->playable)
		rd_config_warning(at->report, at->file, at->line, "directory = %s: %s",
				  class->directory,
				  rc ? rd_strerror(rc) : "no sound files in it");
	return 0;
}

static bool is_of_the_web(const char *entry)
{
	struct rd_str url = rd_str_of(entry);

	return rd_str_istarts(url, RD_STR("http://")) || rd_str_istarts(url, RD_STR("https://"));
}

static int check_playlist(struct rd__music_class *class, const char **entries,
			  struct rd_pool *pool, const struct place *at)
{
	struct listing listing = { class, pool, 0 };
	bool left_out = false;
	int rc = 0;

	for (; entries && *entries && !rc; entries++) {
		if (is_of_the_web(*entries)) {
			rd_config_warning(at->report, at->file, at->line,
					  "[%s] entry = %s is left out: nothing is fetched from "
					  "the web", at->name, *entries);
			left_out = true;
			continue;
		}
		if ((*entries)[0] != '/') {
			rd_config_error(at->report, at->file, at->line,
					"[%s] entry = %s: expected the full path of a file, "
					"without its extension", at->name, *entries);
			return -EINVAL;
		}
		rc = add_path(&listing, *entries);
	}
	if (!rc && !class->count && !left_out) {
		rd_config_error(at->report, at->file, at->line,
				"[%s] mode = playlist: there is no entry", at->name);
		return -EINVAL;
	}
	if (class->sort == RD__SORT_ALPHA)
		qsort(class->files, (size_t)class->count, sizeof(class->files[0]), by_name);
	return rc;
}

static const struct output {
	const char *name;
	int rate;
	bool coded;
} outputs[] = {
	{ "slin", 8000, false },    { "slin12", 12000, false }, { "slin16", 16000, false },
	{ "slin24", 24000, false }, { "slin32", 32000, false }, { "slin44", 44100, false },
	{ "slin48", 48000, false }, { "ulaw", 8000, true },	{ "alaw", 8000, true },
};

static int check_program(struct rd__music_class *class, const char *format,
			 const struct place *at)
{
	if (!class->application) {
		rd_config_error(at->report, at->file, at->line,
				"[%s] mode = custom: an application is missing", at->name);
		return -EINVAL;
	}
	for (size_t i = 0; i < RD_ARRAY_SIZE(outputs); i++) {
		if (strcasecmp(outputs[i].name, format) != 0)
			continue;
		class->rate = outputs[i].rate;
		class->codec = outputs[i].coded ? outputs[i].name : NULL;
		return 0;
	}
	rd_config_error(at->report, at->file, at->line,
			"[%s] format = %s: expected slin, slin12, slin16, slin24, slin32, slin44, "
			"slin48, ulaw or alaw", at->name, format);
	return -EINVAL;
}

static int check_class(struct rd__music_class *class, const struct class_options *read,
		       struct rd_pool *pool, const struct place *at)
{
	int rc = class->tones ? check_tones(class, at) : 0;

	if (rc || class->tones)
		return rc;
	switch (class->mode) {
	case RD__MUSIC_FILES:
		return check_folder(class, pool, at);
	case RD__MUSIC_PLAYLIST:
		return check_playlist(class, read->entries, pool, at);
	case RD__MUSIC_CUSTOM:
		return check_program(class, read->format, at);
	default:
		rd_config_warning(at->report, at->file, at->line,
				  "[%s] mode = %s: write mode = custom and the program as "
				  "application; the class plays tones", at->name,
				  modes[class->mode]);
		class->tones = rd__hold_tone;
		return 0;
	}
}

/* -- reading ----------------------------------------------------------------------------------- */

static void take_options(struct rd__music_class *class, const struct class_options *read)
{
	class->mode = read->mode;
	class->sort = read->random ? RD__SORT_RANDOM : read->sort;
	class->directory = read->directory;
	class->tones = read->tones;
	class->announcement = read->announcement;
	class->answered_only = read->answered_only;
	class->loop_last = read->loop_last;
	class->resume = read->resume;
	class->application = read->application;
	class->kill_delay_ms = read->kill_delay_ms;
	class->kill_group = read->kill_method == 0;
}

static void take_key(struct rd__music_class *class, const char *digit, const struct place *at)
{
	if (!digit)
		return;
	if (strlen(digit) == 1 && strchr("0123456789*#ABCD", *digit))
		class->key = *digit;
	else
		rd_config_warning(at->report, at->file, at->line,
				  "[%s] digit = %s: expected one key; none chooses the class",
				  at->name, digit);
}

static int add_class(struct rd__music *music, struct rd__music_class *class)
{
	size_t size = (size_t)(music->count + 1) * sizeof(void *);
	struct rd__music_class **grown = rd_pool_alloc(music->pool, size);

	if (!grown)
		return -ENOMEM;
	if (music->count)
		memcpy(grown, music->in_order, size - sizeof(void *));
	grown[music->count++] = class;
	music->in_order = grown;
	return rd_map_set(music->classes, class->name, class, NULL);
}

static int read_class(struct rd__music *music, const struct rd_config_section *section,
		      struct rd_config_report *report)
{
	struct rd__music_class *class = rd_pool_zalloc(music->pool, sizeof(*class));
	struct class_options read = { 0 };
	struct place at = { rd_config_section_file(section), rd_config_section_name(section),
			    rd_config_section_line(section), section, report };
	int rc;

	if (!class)
		return -ENOMEM;
	rc = rd_options_read(options, section, NULL, &read, music->pool, report);
	if (rc)
		return rc;
	take_options(class, &read);
	take_key(class, read.digit, &at);
	class->name = rd_pool_strdup(music->pool, at.name);
	rc = class->name ? check_class(class, &read, music->pool, &at) : -ENOMEM;
	return rc ? rc : add_class(music, class);
}

static const struct rd_option general[] = {
	{ .name = "preferchannelclass", .type = RD_OPTION_BOOL,
	  .offset = offsetof(struct rd__music, prefer_channel_class), .fallback = "yes",
	  .help = "the class of who waits counts before what the one who holds suggests" },
	RD_OPTION_ABSENT("cachertclasses", "classes are in this file"),
	{ 0 },
};

/* Where classes stood in the first files of Asterisk, one in a line. */
static const char *const of_old[] = { "classes", "moh_files", NULL };

static bool is_class(const char *section)
{
	const char *const *old = of_old;

	while (*old && strcasecmp(section, *old) != 0)
		old++;
	return !*old && strcasecmp(section, "general") != 0;
}

static int read_file(struct rd__music *music, const struct rd_config *config,
		     struct rd_config_report *report)
{
	const struct rd_config_section *section = rd_config_find(config, "general");
	int wrong = rd_config_check_sections(config, NULL, of_old, report);
	int rc = rd_options_read(general, section, NULL, music, music->pool, report);

	for (section = NULL; rc != -ENOMEM && (section = rd_config_next(config, section, NULL));) {
		wrong |= rc;
		rc = 0;
		if (is_class(rd_config_section_name(section)))
			rc = read_class(music, section, report);
	}
	if (rc == -ENOMEM)
		return rc;
	return wrong | rc ? -EINVAL : 0;
}

static int build(void **snapshot, struct rd_config_report *report)
{
	struct rd_config *config = NULL;
	struct rd__music *music;
	int rc = music_new(&music);

	if (rc)
		return rc;
	rc = rd_config_load_merged(&config, "musiconhold.conf", RD_SECOND_JOINS, report);
	if (!rc)
		rc = read_file(music, config, report);
	else if (rc == -ENOENT)
		rc = 0;
	rd_config_unref(config);
	if (rc)
		rd__music_unref(music);
	else
		*snapshot = music;
	return rc;
}

/* -- going into force ---------------------------------------------------------------------- */

static void discard(void *snapshot)
{
	rd__music_unref(snapshot);
}

/* The program of a former reading that is still wanted, as it runs. */
static struct rd__music_program *take_running(const struct rd__music_class *class)
{
	for (int i = 0; in_force && i < in_force->count; i++) {
		struct rd__music_class *old = in_force->in_order[i];
		struct rd__music_program *program = old->program;

		if (!program || !rd__music_program_suits(program, class))
			continue;
		old->program = NULL;
		return program;
	}
	return NULL;
}

static void start_program(struct rd__music_class *class)
{
	int rc = 0;

	if (class->mode != RD__MUSIC_CUSTOM || class->tones)
		return;
	class->program = take_running(class);
	if (!class->program)
		rc = rd__music_program_start(&class->program, class);
	if (rc)
		rd_error("music %s: %s", class->name, rd_strerror(rc));
}

static void stop_programs(struct rd__music *music, bool at_once)
{
	for (int i = 0; music && i < music->count; i++) {
		if (music->in_order[i]->program)
			rd__music_program_stop(music->in_order[i]->program, at_once);
		music->in_order[i]->program = NULL;
	}
}

static void commit(void *snapshot)
{
	struct rd__music *music = snapshot;

	for (int i = 0; i < music->count; i++)
		start_program(music->in_order[i]);
	stop_programs(in_force, false);
	rd__music_unref(in_force);
	in_force = music;
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
	stop_programs(in_force, true);
	rd__music_unref(in_force);
	in_force = NULL;
}
