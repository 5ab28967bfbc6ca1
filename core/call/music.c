/* Music for those who wait: files one after the other, the next one loaded
 * while one is heard; what a program plays; or tones. Without any class there
 * is a soft tone now and then. */
#include <stdio.h>

#include <ringdown/format.h>
#include <ringdown/log.h>
#include <ringdown/map.h>

#include "core/call/music.h"

enum { PATH_SIZE = 1024, NAME_SIZE = 80 };

/* How far a channel has come in a class, kept to its end. */
struct session {
	struct rd_channel *ch;
	char class_name[NAME_SIZE];
	int count; /* of the class then */
	struct rd__music *music; /* while it is heard */
	const struct rd__music_class *class;
	int at, upcoming; /* files */
	bool in_announcement, next_is_announcement;
	int64_t offset_ms;
	unsigned run; /* counts starts and stops */
};

/* -- classes ------------------------------------------------------------------------- */

static const struct rd__music_class *find_class(struct rd_channel *ch, const char *name)
{
	const struct rd__music_class *class = NULL;
	struct rd__music *music = rd__music_in_force();

	if (!music)
		return NULL;
	if (!name || !name[0])
		name = rd__channel_item(ch, RD__ITEM_MUSIC_CLASS);
	if (name && name[0])
		class = rd_map_get(music->classes, name);
	if (!class && name && name[0] && strcmp(name, "default") != 0)
		rd_warning("%s: there is no music class \"%s\", \"default\" is asked for",
			   rd_channel_name(ch), name);
	return class ? class : rd_map_get(music->classes, "default");
}

/* -- sessions ------------------------------------------------------------------------- */

static const char session_key;

static void session_free(void *data)
{
	struct session *session = data;

	rd__music_unref(session->music);
	rd_free(session);
}

static struct session *session_of(struct rd_channel *ch)
{
	struct session *session = rd_channel_keep(ch, &session_key, sizeof(*session), session_free);

	if (session)
		session->ch = ch;
	return session;
}

static int by_chance(int count)
{
	uint32_t r;

	rd_random(&r, sizeof(r));
	return (int)(r % (unsigned)count);
}

static int file_after(const struct rd__music_class *class, int at)
{
	if (class->sort == RD__SORT_RANDOM && class->count > 1)
		return (at + 1 + by_chance(class->count - 1)) % class->count;
	if (class->loop_last && at == class->count - 1)
		return at;
	return (at + 1) % class->count;
}

/* Where it was, when this is the class that was heard before. */
static void session_begin(struct session *session, const struct rd__music_class *class)
{
	bool again = class->resume && session->count == class->count &&
		     strcmp(session->class_name, class->name) == 0;

	session->run++;
	rd__music_unref(session->music);
	session->music = rd__music_ref(rd__music_in_force());
	session->class = class;
	rd_strcpy(session->class_name, sizeof(session->class_name), class->name);
	session->count = class->count;
	session->in_announcement = class->announcement != NULL;
	session->next_is_announcement = false;
	if (again)
		return;
	session->offset_ms = 0;
	session->at = class->sort == RD__SORT_RANDOM || class->sort == RD__SORT_RANDSTART
			      ? by_chance(class->count)
			      : 0;
}

void rd__music_left(struct rd_channel *ch, int64_t position_ms)
{
	struct session *session = rd_channel_attached(ch, &session_key);

	if (!session || !session->music)
		return;
	session->run++;
	if (!session->in_announcement)
		session->offset_ms = position_ms;
	rd__music_unref(session->music);
	session->music = NULL;
	session->class = NULL;
}

/* -- files -------------------------------------------------------------------------- */

/* While it was loaded, the music was stopped, or another one has begun. */
static bool is_over(const struct session *session, unsigned run)
{
	return rd_channel_gone(session->ch) || session->run != run;
}

/* Load one, or those after it when it cannot be; *at becomes what it was. */
static int load_file(struct session *session, int *at, struct rd__sound **sp)
{
	struct rd__music *music = rd__music_ref(session->music);
	const struct rd__music_class *class = session->class;
	unsigned run = session->run;
	int rc = -ENOENT;

	for (int tried = 0; tried < class->count && rc && rc != -ECANCELED; tried++) {
		rc = rd__sound_load_for(sp, class->files[*at],
					rd__prompt_codec(session->ch));
		if (is_over(session, run)) {
			if (!rc)
				rd__sound_unref(*sp);
			rc = -ECANCELED;
		}
		if (!rc || rc == -ECANCELED)
			break;
		/* A folder may hold other things too. */
		rd_debug("music %s: %s", class->files[*at], rd_strerror(rc));
		*at = (*at + 1) % class->count;
	}
	if (rc && rc != -ECANCELED)
		rd_warning("music: nothing in %s can be played",
			   class->directory ? class->directory : class->name);
	rd__music_unref(music);
	return rc;
}

static int load_announcement(struct session *session, struct rd__sound **sp)
{
	struct rd__music *music = rd__music_ref(session->music);
	unsigned run = session->run;
	struct rd__prompts prompts;
	int rc = rd__prompts_load(&prompts, session->class->announcement,
				  rd_channel_language(session->ch),
				  rd__prompt_codec(session->ch), session->ch);

	rd__music_unref(music);
	if (!rc && !is_over(session, run))
		*sp = rd__sound_ref(prompts.sounds[0]);
	if (!rc)
		rd__prompts_free(&prompts);
	return is_over(session, run) ? -ECANCELED : rc;
}

static void prepare(struct rd_channel *ch, struct rd__sound *sound)
{
	struct rd_stream *stream = rd_channel_stream(ch, RD_MEDIA_AUDIO);

	if (stream)
		rd__stream_prepare_soon(stream, sound);
}

/* What comes after what is heard now. */
static int load_next(struct session *session, struct rd__sound **sp)
{
	const struct rd__music_class *class = session->class;
	int rc;

	session->next_is_announcement = class->announcement && !session->in_announcement;
	session->upcoming =
		session->in_announcement ? session->at : file_after(class, session->at);
	if (session->next_is_announcement) {
		rc = load_announcement(session, sp);
		if (rc == -ECANCELED || !rc)
			return rc;
		session->next_is_announcement = false;
	}
	return load_file(session, &session->upcoming, sp);
}

/* A fiber of its own, while the channel does other things. */
struct errand {
	struct rd_channel *ch;
	struct session *session;
	unsigned run;
};

static int append_next(void *arg)
{
	struct errand *errand = arg;
	struct session *session = errand->session;
	struct rd__sound *sound;
	int rc = -ECANCELED;

	if (session->run == errand->run && session->music && !rd_channel_gone(errand->ch))
		rc = load_next(session, &sound);
	if (!rc) {
		struct rd__voice *voice;

		prepare(errand->ch, sound);
		voice = rd__voice_there(errand->ch);
		if (session->run == errand->run && voice && voice->music && voice->player)
			rc = rd__player_append(voice->player, sound);
		rd__sound_unref(sound);
	}
	if (rc && rc != -ECANCELED)
		rd_warning("%s: its music ends: %s", rd_channel_name(errand->ch),
			   rd_strerror(rc));
	rd__channel_unref(errand->ch);
	rd_free(errand);
	return 0;
}

static void send_for_next(struct session *session)
{
	struct errand *errand = rd_zalloc(sizeof(*errand));
	int rc = -ENOMEM;

	if (errand) {
		errand->ch = rd__channel_ref(session->ch);
		errand->session = session;
		errand->run = session->run;
		rc = rd_fiber_new_detached("music", append_next, errand);
	}
	if (!rc)
		return;
	rd_warning("%s: its music ends: %s", rd_channel_name(session->ch), rd_strerror(rc));
	if (errand)
		rd__channel_unref(errand->ch);
	rd_free(errand);
}

/* What was upcoming has begun. */
static void has_begun(void *arg)
{
	struct session *session = arg;

	if (!session->music)
		return;
	session->in_announcement = session->next_is_announcement;
	session->offset_ms = 0;
	/* During an announcement it is what will be heard after it. */
	session->at = session->upcoming;
	send_for_next(session);
}

static int first_sound(struct session *session, struct rd__sound **sp, int64_t *offset_ms)
{
	int rc = -ENOENT;

	*offset_ms = 0;
	if (session->in_announcement)
		rc = load_announcement(session, sp);
	if (!rc || rc == -ECANCELED)
		return rc;
	session->in_announcement = false;
	rc = load_file(session, &session->at, sp);
	if (!rc)
		*offset_ms = RD_MIN(session->offset_ms, rd__sound_ms(*sp));
	return rc;
}

static int play_tones(struct rd_channel *ch, const char *tones)
{
	struct rd__play play = { .tones = tones };

	return rd__voice_start(ch, &play, false);
}

static int play_files(struct rd_channel *ch, const struct rd__music_class *class)
{
	struct session *session = session_of(ch);
	struct rd__play play = { .count = 1, .next = has_begun, .next_arg = session };
	struct rd__sound *sound;
	unsigned run;
	int rc;

	if (!session)
		return -ENOMEM;
	rd_music_stop(ch);
	session_begin(session, class);
	run = session->run;
	rc = first_sound(session, &sound, &play.offset_ms);
	if (rc)
		return rc == -ECANCELED ? rc : play_tones(ch, rd__hold_tone);
	prepare(ch, sound);
	play.sounds = &sound;
	rc = rd_channel_gone(ch) || session->run != run ? -ECANCELED
							: rd__voice_start(ch, &play, false);
	rd__sound_unref(sound);
	if (!rc)
		send_for_next(session);
	return rc;
}

/* -- any music ------------------------------------------------------------------------- */

static int play_program(struct rd_channel *ch, const struct rd__music_class *class)
{
	struct rd__play play = { .feed = rd__music_program_feed(class->program) };

	return rd__voice_start(ch, &play, false);
}

static int start(struct rd_channel *ch, const struct rd__music_class *class)
{
	if (class && class->answered_only && ch->state != RD_CHANNEL_UP)
		return -ENODATA;
	if (class && class->tones)
		return play_tones(ch, class->tones);
	if (class && class->program)
		return play_program(ch, class);
	if (class && class->count)
		return play_files(ch, class);
	return play_tones(ch, rd__hold_tone);
}

int rd_music_start(struct rd_channel *ch, const char *class_name)
{
	int rc = start(ch, find_class(ch, class_name));
	struct rd__voice *voice = rc ? NULL : rd__voice(ch);

	if (voice)
		voice->music = true;
	return rc == -ENODATA ? 0 : rc;
}

int rd__music_start_suggested(struct rd_channel *ch, const char *class_name)
{
	const struct rd__music *music = rd__music_in_force();
	const char *own = rd__channel_item(ch, RD__ITEM_MUSIC_CLASS);

	if (own && own[0] && (!music || music->prefer_channel_class))
		class_name = "";
	return rd_music_start(ch, class_name);
}

void rd_music_stop(struct rd_channel *ch)
{
	struct session *session = rd_channel_attached(ch, &session_key);
	const struct rd__voice *voice = rd__voice_there(ch);

	/* What is still being loaded is not to begin any more. */
	if (session)
		session->run++;
	if (voice && voice->music)
		rd__voice_stop(ch);
}

/* -- keys -------------------------------------------------------------------------------- */

struct choice {
	struct rd_channel *ch;
	char class_name[NAME_SIZE];
};

static bool hears_music(struct rd_channel *ch)
{
	const struct rd__voice *voice = rd__voice_there(ch);

	return voice && voice->music;
}

static int change_class(void *arg)
{
	struct choice *choice = arg;

	if (hears_music(choice->ch))
		rd_music_start(choice->ch, choice->class_name);
	rd__channel_unref(choice->ch);
	rd_free(choice);
	return 0;
}

static const struct rd__music_class *class_of_key(char key)
{
	const struct rd__music *music = rd__music_in_force();

	for (int i = 0; music && i < music->count; i++)
		if (music->in_order[i]->key == key)
			return music->in_order[i];
	return NULL;
}

void rd__music_key(struct rd_channel *ch, char key)
{
	const struct rd__music_class *class = hears_music(ch) ? class_of_key(key) : NULL;
	struct choice *choice = class ? rd_zalloc(sizeof(*choice)) : NULL;

	if (!choice)
		return;
	choice->ch = rd__channel_ref(ch);
	rd_strcpy(choice->class_name, sizeof(choice->class_name), class->name);
	if (rd_fiber_new_detached("music", change_class, choice)) {
		rd__channel_unref(choice->ch);
		rd_free(choice);
	}
}
