/* Prompts: found by language, decoded, and played to a channel, one thing at
 * a time. Tones, keys and recordings have files of their own. */
#include <stdio.h>

#include <ringdown/app.h>
#include <ringdown/clock.h>

#include "core/call/music.h"

enum { PATH_SIZE = 1024,
       DEFAULT_SKIP_MS = 3000 };

/* -- finding --------------------------------------------------------------------- */

static int load_from(struct rd__sound **sp, const char *folder, const char *name,
		     const struct rd_codec *codec)
{
	char path[PATH_SIZE];
	int n = snprintf(path, sizeof(path), "%s/%s/%s", rd_directory("sounds"), folder, name);

	if (n < 0 || (size_t)n >= sizeof(path))
		return -ENAMETOOLONG;
	return rd__sound_load_for(sp, path, codec);
}

/* What there is without a file. */
static int make_sound(struct rd__sound **sp, const char *name)
{
	return strcmp(name, "beep") == 0 ? rd__sound_beep(sp) : -ENOENT;
}

/* sounds/de_AT/name, sounds/de/name, sounds/en/name, sounds/name. */
static int find_sound(struct rd__sound **sp, const char *name, const char *language,
		      const struct rd_codec *codec)
{
	char parent[16];
	int rc = -ENOENT;

	if (name[0] == '/')
		return rd__sound_load_for(sp, name, codec);
	if (language && language[0]) {
		rc = load_from(sp, language, name, codec);
		rd_strcpyn(parent, sizeof(parent),
			   (struct rd_str){ language, strcspn(language, "_-") });
		if (rc == -ENOENT && strcmp(parent, language) != 0)
			rc = load_from(sp, parent, name, codec);
	}
	if (rc == -ENOENT)
		rc = load_from(sp, "en", name, codec);
	if (rc == -ENOENT)
		rc = load_from(sp, ".", name, codec);
	return rc == -ENOENT ? make_sound(sp, name) : rc;
}

static const char *in_words(int rc)
{
	switch (rc) {
	case -ENOMSG:
		return "it is empty";
	case -EILSEQ:
		return "it is no sound file of the kind that its name says";
	case -ENOTSUP:
		return "no format or codec that is loaded reads it for this call";
	default:
		return rd_strerror(rc);
	}
}

int rd__prompts_load(struct rd__prompts *prompts, const char *names, const char *language,
		     const struct rd_codec *codec, struct rd_channel *hearer)
{
	struct rd_str rest = rd_str_of(names), part;
	char name[PATH_SIZE];
	int rc = 0, missing = 0;

	memset(prompts, 0, sizeof(*prompts));
	while (rest.n && prompts->count < RD__PROMPT_PARTS && !rc) {
		struct rd__sound *sound;

		rd_str_cut(&rest, '&', &part);
		part = rd_str_trim(part);
		if (!part.n)
			continue;
		if (!rd_strcpyn(name, sizeof(name), part))
			rc = -ENAMETOOLONG;
		else
			rc = find_sound(&sound, name, language, codec);
		if (!rc) {
			prompts->sounds[prompts->count++] = sound;
			prompts->length_ms += rd__sound_ms(sound);
		} else if (rc != -ENOMEM && rc != -ECANCELED) {
			rd_app_warning(hearer, "prompt \"%s\" (language %s): %s", name,
				       language, in_words(rc));
			missing = rc;
			rc = 0;
		}
	}
	if (!rc && prompts->count == 0)
		rc = missing ? missing : -ENOENT;
	if (rc)
		rd__prompts_free(prompts);
	return rc;
}

void rd__prompts_free(struct rd__prompts *prompts)
{
	while (prompts->count)
		rd__sound_unref(prompts->sounds[--prompts->count]);
}

/* Encoded once, however many hear them. Without memory for that they are heard all the
 * same. */
void rd__prompts_prepare(struct rd_channel *ch, const struct rd__prompts *prompts)
{
	for (int i = 0; i < prompts->count && !rd_channel_gone(ch); i++) {
		struct rd_stream *stream = rd_channel_stream(ch, RD_MEDIA_AUDIO);

		if (stream)
			rd__stream_prepare_soon(stream, prompts->sounds[i]);
	}
}

const struct rd_codec *rd__prompt_codec(const struct rd_channel *ch)
{
	const struct rd_stream *stream = rd_channel_stream(ch, RD_MEDIA_AUDIO);

	return stream ? rd_stream_config(stream)->formats[0].codec : NULL;
}

/* Found, loaded and ready for this channel. */
static int load_for(struct rd_channel *ch, const char *names, struct rd__prompts *prompts)
{
	int rc = rd__prompts_load(prompts, names, rd_channel_language(ch), rd__prompt_codec(ch),
				  ch);

	if (!rc)
		rd__prompts_prepare(ch, prompts);
	return rc;
}

bool rd_prompt_exists(const char *prompt, const char *language)
{
	struct rd__sound *sound;

	int rc = find_sound(&sound, prompt, language, NULL);

	if (!rc)
		rd__sound_unref(sound);
	return !rc || rc == -ENOTSUP; /* it is for those who speak its codec */
}

void rd_prompt_changed(const char *path)
{
	rd__sound_changed(path);
}

/* -- the channel's voice ------------------------------------------------------------ */

static const char voice_key;

static void voice_free(void *data)
{
	struct rd__voice *voice = data;

	if (voice->player)
		rd__player_stop(voice->player);
	rd_free(voice);
}

struct rd__voice *rd__voice_there(struct rd_channel *ch)
{
	return rd_channel_attached(ch, &voice_key);
}

struct rd__voice *rd__voice(struct rd_channel *ch)
{
	struct rd__voice *voice = rd_channel_keep(ch, &voice_key, sizeof(*voice), voice_free);

	if (voice)
		voice->ch = ch;
	return voice;
}

static void ended(void *arg, int rc)
{
	struct rd__voice *voice = arg;

	voice->player = NULL;
	voice->music = voice->tone = false;
	voice->ended_rc = rc;
}

static void ended_and_tell(void *arg, int rc)
{
	struct rd__voice *voice = arg;
	struct rd_signal signal = { .type = RD_SIGNAL_MEDIA, .number = rc, .source = voice };

	ended(arg, rc);
	rd_channel_signal(voice->ch, &signal);
}

void rd__voice_stop(struct rd_channel *ch)
{
	struct rd__voice *voice = rd__voice_there(ch);

	if (!voice || !voice->player)
		return;
	if (voice->music)
		rd__music_left(ch, rd__player_position_ms(voice->player));
	rd__player_stop(voice->player);
	voice->player = NULL;
	voice->music = voice->tone = false;
}

int rd__voice_start(struct rd_channel *ch, const struct rd__play *play, bool signal)
{
	struct rd_stream *stream = rd_channel_stream(ch, RD_MEDIA_AUDIO);
	struct rd__voice *voice = rd__voice(ch);
	struct rd__play heard = *play;

	if (!stream)
		return -ENODATA;
	if (!voice)
		return -ENOMEM;
	/* Who has not been answered hears it only as early media. */
	if (ch->state == RD_CHANNEL_RING)
		rd_indicate(ch, RD_INDICATE_PROGRESS);
	rd__voice_stop(ch);
	heard.ended = signal ? ended_and_tell : ended;
	heard.arg = voice;
	return rd__stream_play(stream, &heard, &voice->player);
}

int rd__voice_wait(struct rd_channel *ch, const char *stop_keys)
{
	struct rd__voice *voice = rd__voice(ch);
	unsigned kinds = RD_SIGNAL_BIT(RD_SIGNAL_MEDIA);
	struct rd_signal signal;
	int rc = 0;

	if (stop_keys && stop_keys[0])
		kinds |= RD_SIGNAL_BIT(RD_SIGNAL_DIGIT);
	while (voice->player && !rc) {
		rc = rd_channel_wait_for(ch, kinds, RD_FOREVER, &signal);
		if (!rc && signal.type == RD_SIGNAL_DIGIT && strchr(stop_keys, signal.number))
			rc = signal.number;
	}
	rd__voice_stop(ch);
	return rc;
}

/* -- playing ------------------------------------------------------------------------- */

/* Find, load and begin; *length_ms of it all. What is missing was named. */
static int begin(struct rd_channel *ch, const char *names, struct rd__play *play, bool signal,
		 int64_t *length_ms)
{
	struct rd__prompts prompts;
	int rc = rd_channel_gone(ch) ? -ECANCELED : load_for(ch, names, &prompts);

	if (rc == -ENOMEM)
		rd_app_warning(ch, "prompt \"%s\": %s", names, in_words(rc));
	if (rc)
		return rc == -ENODATA ? -ENOENT : rc; /* that is a leg without sound */
	play->sounds = prompts.sounds;
	play->count = prompts.count;
	*length_ms = prompts.length_ms;
	rc = rd_channel_gone(ch) ? -ECANCELED : rd__voice_start(ch, play, signal);
	rd__prompts_free(&prompts);
	if (rc && rc != -ECANCELED && rc != -ENODATA)
		rd_app_warning(ch, "prompt \"%s\": %s", names, in_words(rc));
	return rc;
}

/* A leg without sound hears nothing, for as long as it takes. */
static int wait_in_silence(struct rd_channel *ch, int64_t ms, const char *stop_keys)
{
	unsigned kinds = stop_keys && stop_keys[0] ? RD_SIGNAL_BIT(RD_SIGNAL_DIGIT) : 0;
	int64_t end_ms = (int64_t)rd_now_ms() + ms;
	struct rd_signal signal;
	int rc;

	do {
		int64_t left_ms = end_ms - (int64_t)rd_now_ms();

		rc = rd_channel_wait_for(ch, kinds, (int)RD_MAX(left_ms, (int64_t)0), &signal);
		if (rc)
			return rc == -ETIMEDOUT ? 0 : rc;
	} while (!strchr(stop_keys, signal.number));
	return signal.number;
}

int rd_play(struct rd_channel *ch, const char *prompt, const char *stop_keys)
{
	struct rd__play play = { 0 };
	int64_t length_ms;
	int rc = begin(ch, prompt, &play, true, &length_ms);

	if (rc == -ENODATA)
		return wait_in_silence(ch, length_ms, stop_keys);
	return rc ? rc : rd__voice_wait(ch, stop_keys);
}

int rd_play_start(struct rd_channel *ch, const char *prompt, bool loop)
{
	struct rd__play play = { .loop = loop };
	int64_t length_ms;
	int rc = begin(ch, prompt, &play, false, &length_ms);

	return rc == -ENODATA ? 0 : rc;
}

void rd_play_stop(struct rd_channel *ch)
{
	rd__voice_stop(ch);
}

/* -- playing with keys that steer ------------------------------------------------------ */

static bool has_key(const char *keys, int key)
{
	return keys && keys[0] && strchr(keys, key);
}

/* True when the key stops it. */
static bool steer(struct rd__voice *voice, const struct rd_play_control *control, int key,
		  bool *paused)
{
	int skip_ms = control->skip_ms > 0 ? control->skip_ms : DEFAULT_SKIP_MS;
	struct rd__player *player = voice->player;

	if (has_key(control->stop, key))
		return true;
	if (has_key(control->pause, key)) {
		*paused = !*paused;
		rd__player_control(player, *paused ? RD__PLAYER_PAUSE : RD__PLAYER_RESUME, 0);
	} else if (has_key(control->forward, key)) {
		rd__player_control(player, RD__PLAYER_SEEK_BY, skip_ms);
	} else if (has_key(control->rewind, key)) {
		rd__player_control(player, RD__PLAYER_SEEK_BY, -skip_ms);
	} else if (has_key(control->restart, key)) {
		rd__player_control(player, RD__PLAYER_SEEK_TO, 0);
	}
	return false;
}

static int wait_and_steer(struct rd_channel *ch, struct rd_play_control *control)
{
	unsigned kinds = RD_SIGNAL_BIT(RD_SIGNAL_MEDIA) | RD_SIGNAL_BIT(RD_SIGNAL_DIGIT);
	struct rd__voice *voice = rd__voice(ch);
	struct rd_signal signal;
	bool paused = false;
	int rc = 0;

	while (voice->player && !rc) {
		rc = rd_channel_wait_for(ch, kinds, RD_FOREVER, &signal);
		if (!voice->player)
			break;
		control->offset_ms = rd__player_position_ms(voice->player);
		if (!rc && signal.type == RD_SIGNAL_DIGIT &&
		    steer(voice, control, signal.number, &paused))
			rc = signal.number;
	}
	rd__voice_stop(ch);
	return rc;
}

int rd_play_controlled(struct rd_channel *ch, const char *prompt,
		       struct rd_play_control *control)
{
	struct rd__play play = { .offset_ms = control->offset_ms };
	int64_t length_ms;
	int rc = begin(ch, prompt, &play, true, &length_ms);

	if (rc == -ENODATA)
		rc = wait_in_silence(ch, length_ms - control->offset_ms, control->stop);
	else if (!rc)
		rc = wait_and_steer(ch, control);
	if (rc == 0)
		control->offset_ms = length_ms;
	return rc;
}
