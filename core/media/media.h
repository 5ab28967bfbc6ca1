/* What the rest of the core may ask of the media engine, beyond the SDK's
 * stream.h, codec.h and format.h: start and stop, links between streams,
 * players, recorders, and the registries. Knows streams, no channels.
 *
 * Everything here is called on the switch thread and never waits, but what
 * is marked RD_YIELDS. Callbacks run on the switch thread, on the loop:
 * they must not yield. */
#ifndef CORE_MEDIA_MEDIA_H
#define CORE_MEDIA_MEDIA_H

#include <ringdown/cli.h>
#include <ringdown/config.h>
#include <ringdown/format.h>
#include <ringdown/stream.h>

RD_API_BEGIN

/* -- the engine ------------------------------------------------------------ */

/**
 * Start the engine; streams can be made from now on.
 *
 * @threads  media threads; RD__MEDIA_PER_CORE for one per core; 0: none, the
 *           engine runs on the switch thread, driven by timers (virtual
 *           clock: the same each time)
 *
 * The scheduler must be up. 0, -ENOMEM or what the system says.
 */
enum { RD__MEDIA_PER_CORE = -1 };
int rd__media_start(int threads);
/* Ends what still runs, joins the threads, frees all. All streams should be
 * closed; those that are not get closed. Harmless when not started. */
void rd__media_stop(void);

/* rtp.conf; join it with rd__config_join("rtp", &rd__rtp_config). */
extern const struct rd_module_config rd__rtp_config;
/* "rtp show streams", "rtp show settings". */
extern const struct rd_cli_command rd__media_commands[];

/* Whose it is, for the log and for crash reports. */
void rd__stream_set_label(struct rd_stream *stream, const char *label);
const char *rd__stream_label(const struct rd_stream *stream);
/* For whom there are custom streams whose table lies there, those that close included. */
void rd__streams_each_custom(const void *begin, const void *end,
			     void (*tell)(void *arg, const char *name), void *arg);

/* The arg of rd_stream_on_event(), if notify listens there; NULL: it does not, or the stream
 * was closed. */
void *rd__stream_listener(const struct rd_stream *stream,
			  void (*notify)(const struct rd_stream_event *event, void *arg));

/* -- links: two streams that hear each other --------------------------------- */

enum rd__link_flags {
	/* The engine passes RFC 4733 digits on, packet by packet, or between two
	 * clocks as keys of our own, held as long; digit events are still raised on
	 * both, but whoever gets them must not send them on. Effective when both
	 * sides agreed on telephone-event; see rd__streams_pass_digits(). Without
	 * it digits stop here. */
	RD__LINK_PASS_DIGITS = 1,
};

enum rd__link_way {
	RD__WAY_NONE,	   /* not linked, or no codec that both can meet in */
	RD__WAY_RELAY,	   /* packets forwarded, headers rewritten */
	RD__WAY_TRANSCODE, /* decoded and encoded */
};

/**
 * From now on each side hears the other. Both move to one media thread; they
 * may be on different ones, not configured yet, on hold, or playing: a
 * player wins over the peer until it ends. Reconfiguring a side later keeps
 * the link. A former link of either side ends. 0, -ENOTSUP (both configured,
 * and no way between their codecs), -ENOMEM.
 */
int rd__stream_link(struct rd_stream *a, struct rd_stream *b, unsigned flags);
/* Harmless when not linked. Closing a stream unlinks it. */
void rd__stream_unlink(struct rd_stream *stream);
/* These two will be linked: let stream, if it is on no thread yet, begin on
 * the other's, so that it need not move. */
void rd__stream_near(struct rd_stream *stream, struct rd_stream *other);
enum rd__link_way rd__stream_way(const struct rd_stream *stream);
/* "none", "relay", "transcode". */
const char *rd__link_way_name(enum rd__link_way way);
/* Have both agreed on telephone-event? */
bool rd__streams_pass_digits(const struct rd_stream *a, const struct rd_stream *b);

/* Why rd__stream_link() refuses these two: a codec that one of them sends and that no
 * module converts. NULL: it does not, or not for that. */
const struct rd_codec *rd__unconvertible(const struct rd_stream *a, const struct rd_stream *b);
/* A codec that both have agreed on, by which packets would pass as they are, when they
 * do not now; NULL: they do, or there is none. */
const struct rd_codec *rd__streams_meet(const struct rd_stream *a, const struct rd_stream *b);
/* What a far end that has agreed on this has told that whoever talks to it should know. */
struct rd_beyond rd__beyond_of(const struct rd_stream_config *config);
/* Does conversion between what they send cost more than looking up bytes? */
bool rd__conversion_costs(const struct rd_stream *a, const struct rd_stream *b);

/* Send back what comes in. Off when linked. */
int rd__stream_echo(struct rd_stream *stream, bool on);

/* -- sounds: decoded files, shared by all that play them --------------------- */

struct rd__sound;

/* Load "DIR/name" with the first extension that exists and a format that is
 * loaded ("wav" first), or from the cache. One reference. -ENOENT, -ENOTSUP
 * (a file, but no format for it), -EILSEQ (not what its name says), -ENOMSG (an empty
 * one), -ENOMEM, ... Yields. */
RD_YIELDS int rd__sound_load(struct rd__sound **sp, const char *path);
/* The same, of several files the one that costs least to be heard in this codec: its
 * own bytes, its rate. codec NULL: the usual one. */
RD_YIELDS int rd__sound_load_for(struct rd__sound **sp, const char *path,
				 const struct rd_codec *codec);
/* A sound of one's own samples (copied). 0 or -ENOMEM. */
int rd__sound_new(struct rd__sound **sp, const int16_t *samples, size_t count, int rate);
/* 300 ms of 1,000 Hz. 0 or -ENOMEM. */
int rd__sound_beep(struct rd__sound **sp);
struct rd__sound *rd__sound_ref(struct rd__sound *sound);
void rd__sound_unref(struct rd__sound *sound);
int64_t rd__sound_ms(const struct rd__sound *sound);
/* A file was written ("DIR/name.wav"): what is kept of it is old. */
void rd__sound_changed(const char *file);
void rd__sound_cache_drop(void); /* what nobody plays */
size_t rd__sound_cache_bytes(void);
/* Have it ready in what this stream sends, once for all streams alike: then playing
 * it costs packets, and no encoding. Without it, it is encoded while it is heard.
 * 0 or negative errno. Yields. */
RD_YIELDS int rd__stream_prepare(struct rd_stream *stream, struct rd__sound *sound);
/* The same for who is to hear it now: for a long one nobody waits, it is encoded for him
 * while he hears it, and meanwhile for all who come later. */
RD_YIELDS int rd__stream_prepare_soon(struct rd_stream *stream, struct rd__sound *sound);

/* -- tones: lists as in indications.conf -------------------------------------- */

struct rd__tones;

/* "425/500,0/500", "!950/330,!1400/330,0", "350+440", "400*25/400". *wrong
 * (may be NULL): the phrase that was not understood. -EINVAL, -ENOMEM. */
int rd__tones_new(struct rd__tones **tp, const char *list, const char **wrong);
void rd__tones_free(struct rd__tones *tones);
/* The list of a country's tone: "us", "dial". NULL when there is none; zone
 * NULL, "" or unknown: the default country of indications.conf. */
const char *rd__tone_list(const char *zone, const char *tone);
/* Is it a country of indications.conf, or, without the file, "us"? During a reload
 * the file as it is read anew; any thread may ask. */
bool rd__tone_zone_known(const char *zone);
/* indications.conf. */
extern const struct rd_module_config rd__indications_config;
extern const struct rd_cli_command rd__indication_commands[]; /* "indication show" */
void rd__indications_free(void); /* at the end */

/* -- players -------------------------------------------------------------------- */

struct rd__player;
struct rd__feed;

/* What to play: sounds one after the other, tones, or a feed. */
struct rd__play {
	struct rd__sound *const *sounds; /* the player takes its own references */
	int count;
	const char *tones;    /* a tone list; then no sounds */
	struct rd__feed *feed; /* what it gives from now on; then no sounds either */
	int64_t offset_ms;    /* where to start, in all sounds together */
	bool loop;	      /* tones loop by themselves, by their "!" */
	/* Once, unless stopped by rd__player_stop(): 0 at the end, -ECANCELED
	 * when another player took its place or the stream was closed. The
	 * player is gone when it returns. May be NULL. */
	void (*ended)(void *arg, int rc);
	void *arg;
	/* A queue: one sound to begin with, and another whenever this is called, which
	 * is when the last has begun; see rd__player_append(). It never ends by itself,
	 * and does not loop. May be NULL. */
	void (*next)(void *arg);
	void *next_arg;
};

enum rd__player_action {
	RD__PLAYER_PAUSE,
	RD__PLAYER_RESUME,
	RD__PLAYER_SEEK_BY, /* ms, forward or back */
	RD__PLAYER_SEEK_TO, /* ms from the start */
};

/* Replaces what the stream plays. *pp may be NULL: nobody will stop it by
 * hand. 0, -EINVAL (bad tone list), -ENOMEM. */
int rd__stream_play(struct rd_stream *stream, const struct rd__play *play,
		    struct rd__player **pp);
void rd__player_stop(struct rd__player *player); /* .ended is not called */
void rd__player_control(struct rd__player *player, enum rd__player_action action,
			int64_t ms);
/* The next sound of a queue, without a gap after the last. 0 or -ENOMEM. */
int rd__player_append(struct rd__player *player, struct rd__sound *sound);
/* As of the packet last sent; in a queue, in the sound at hand. */
int64_t rd__player_position_ms(const struct rd__player *player);

/* -- feeds: sound that comes from somewhere as it is made, for many at once ---------- */

/* One reference. 0 or -ENOMEM. */
int rd__feed_new(struct rd__feed **fp, int rate);
struct rd__feed *rd__feed_ref(struct rd__feed *feed);
void rd__feed_unref(struct rd__feed *feed);
/* The next samples, in real time; encoded once for each codec that somebody hears. */
void rd__feed_put(struct rd__feed *feed, const int16_t *samples, size_t count);

/* -- recorders -------------------------------------------------------------------- */

struct rd__recorder;

/* What the line hears (the far end's voice), and what it says. */
enum rd__record_sides { RD__RECORD_IN = 1, RD__RECORD_OUT = 2 };

struct rd__record {
	const char *path; /* with its extension */
	const struct rd_format *format;
	unsigned sides; /* enum rd__record_sides; 0: IN. Both are mixed... */
	bool stereo;	/* ... or a channel each, IN first */
	int steps_in, steps_out; /* louder or softer, by 6 dB each: -4 to 4 */
	int gain_db; /* ... and besides, of both: -24 to 24 */
	bool append;
	bool patient; /* its sound may come late, and nobody hears that: wait for it */
	int max_ms;	/* 0: no limit */
	int silence_ms; /* 0: never mind */
	/* Something that whoever records should act on: RD__RECORD_*. */
	void (*notify)(void *arg, int what, int rc);
	void *arg;
};

enum rd__record_event {
	RD__RECORD_LIMIT,   /* max_ms are in the file; it takes no more */
	RD__RECORD_SILENCE, /* silence_ms of it; it goes on */
	RD__RECORD_FAILED,  /* rc: -ENOSPC, ...; it takes no more */
	RD__RECORD_DETACHED, /* the stream was closed; stop it now */
};

struct rd__record_result {
	int64_t length_ms, bytes;
	int rc; /* 0, or the first error of the disk */
};

/* Write what the stream hears or says to a file, as any number of recorders may;
 * packets go on their way as they would without. 0, -ENOTSUP, or negative errno of
 * opening the file. Yields. */
RD_YIELDS int rd__stream_record(struct rd_stream *stream, const struct rd__record *record,
				struct rd__recorder **rp);
/* While it is paused no time passes in the file. */
void rd__recorder_pause(struct rd__recorder *recorder, bool paused);
/* Silence instead of these sides; 0: of none any more. */
void rd__recorder_mute(struct rd__recorder *recorder, unsigned sides);
/* The file is whole when it returns; frees the recorder. Waits in a shield
 * (5 s at most): also for a leg that is gone. Yields. */
RD_YIELDS void rd__recorder_stop(struct rd__recorder *recorder,
				 struct rd__record_result *result);

/* -- registries: rows and module names are borrowed until removed --------------- */

/* 0, -ENOMEM, or -EEXIST (logged). */
int rd__codec_add(const struct rd_codec *codec, const char *module);
void rd__codec_remove(const struct rd_codec *codec);
/* Nobody finds it any more, and streams that use it go on; back: it is found again.
 * It is to be removed yet. So with formats. */
void rd__codec_retire(const struct rd_codec *codec, bool back);
/* Whose it is, retired or not; NULL: nobody's. */
const char *rd__codec_module(const struct rd_codec *codec);
/* Streams that use a codec of this module: it must not be unloaded. */
int rd__codecs_running(const char *module);
/* Walk: start with *pos = 0. */
bool rd__codec_next(size_t *pos, const struct rd_codec **codec, const char **module);

int rd__format_add(const struct rd_format *format, const char *module);
void rd__format_remove(const struct rd_format *format);
void rd__format_retire(const struct rd_format *format, bool back);
int rd__formats_running(const char *module);
/* The files that these are: their paths. */
void rd__formats_each_file(const char *module, void (*fn)(void *arg, const char *path), void *arg);
bool rd__format_next(size_t *pos, const struct rd_format **format, const char **module);

RD_API_END

#endif
