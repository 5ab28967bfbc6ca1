/* Encoders are made on several threads: they take a copy, under a lock that is held
 * for no longer than that. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <opus.h>

#include <ringdown/pool.h>
#include <ringdown/stream.h>

#include "modules/opus_settings.h"

#define USUAL_FMTP "minptime=10;useinbandfec=1"

enum { RATE_MIN = 8000,
       RATE_MAX = 48000,
       BIT_RATE_MIN = 500,
       BIT_RATE_MAX = 512000,
       COMPLEXITY_MAX = 10,
       FORMATS_MAX = 32,
       NARROWER = 4,
       STEREO = RD_STEREO_HEARD | RD_STEREO_SAID };

#define USUAL                                                                                      \
	{                                                                                          \
		.complexity = OPUS_COMPLEXITY_AUTO, .bandwidth = OPUS_BANDWIDTH_FULLBAND,          \
		.signal = OPUS_AUTO, .application = OPUS_APPLICATION_VOIP, .max_rate = RATE_MAX,   \
		.fec = true,                                                                       \
	}

static const struct opus_settings usual = USUAL;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct opus_settings in_force = USUAL;

char opus_settings_fmtp[RD_FMTP_MAX] = USUAL_FMTP;

/* The same where less is heard; "": not printed yet. Switch thread. */
static struct {
	int rate;
	char fmtp[RD_FMTP_MAX];
} narrower[NARROWER] = { { .rate = 8000 }, { .rate = 12000 }, { .rate = 16000 },
			 { .rate = 24000 } };

/* And where all of it is heard, by what is said of two channels: enum rd_stereo. */
static char in_stereo[STEREO + 1][RD_FMTP_MAX];

struct opus_settings opus_settings(void)
{
	struct opus_settings settings;

	pthread_mutex_lock(&lock);
	settings = in_force;
	pthread_mutex_unlock(&lock);
	return settings;
}

/* ---- reading ---- */

/* As the file has them: names are indices. */
struct raw {
	struct opus_settings settings;
	int type, bandwidth, signal, application;
};

static const char *const types[] = { "opus", NULL };
static const char *const bandwidths[] = { "narrow", "medium", "wide", "super_wide", "full", NULL };
static const char *const signals[] = { "auto", "voice", "music", NULL };
static const char *const applications[] = { "voip", "audio", "low_delay", NULL };

/* What Asterisk calls the default: as the far end wants it, which counts here anyway. */
static bool is_as_described(const char *value)
{
	return strcasecmp(value, "sdp") == 0;
}

static const char *parse_rate(const char *value, void *dest, struct rd_pool *pool)
{
	char *end;
	long n = is_as_described(value) ? RATE_MAX : strtol(value, &end, 10);

	(void)pool;
	if (!is_as_described(value) && (end == value || *end || n < RATE_MIN || n > RATE_MAX))
		return "sdp, or a number from 8000 to 48000";
	*(int *)dest = (int)n;
	return NULL;
}

/* usual: what "sdp" stands for. */
static const char *parse_switch(const char *value, bool usual, bool *dest)
{
	if (is_as_described(value))
		*dest = usual;
	else if (!rd_config_bool(rd_str_of(value), dest))
		return "sdp, yes or no";
	return NULL;
}

static const char *parse_cbr(const char *value, void *dest, struct rd_pool *pool)
{
	(void)pool;
	return parse_switch(value, usual.constant, dest);
}

static const char *parse_fec(const char *value, void *dest, struct rd_pool *pool)
{
	(void)pool;
	return parse_switch(value, usual.fec, dest);
}

static const char *parse_dtx(const char *value, void *dest, struct rd_pool *pool)
{
	(void)pool;
	return parse_switch(value, usual.dtx, dest);
}

static const char *parse_bit_rate(const char *value, void *dest, struct rd_pool *pool)
{
	char *end;
	long n = strtol(value, &end, 10);

	(void)pool;
	if (is_as_described(value) || strcasecmp(value, "auto") == 0)
		n = 0;
	else if (strcasecmp(value, "max") == 0)
		n = BIT_RATE_MAX;
	else if (*end || n < BIT_RATE_MIN || n > BIT_RATE_MAX)
		return "sdp, auto, max, or bits per second from 500 to 512000";
	*(int *)dest = (int)n;
	return NULL;
}

static const char *parse_complexity(const char *value, void *dest, struct rd_pool *pool)
{
	char *end;
	long n = strtol(value, &end, 10);

	(void)pool;
	if (strcasecmp(value, "auto") == 0)
		n = OPUS_COMPLEXITY_AUTO;
	else if (end == value || *end || n < 0 || n > COMPLEXITY_MAX)
		return "auto, or a number from 0 to 10";
	*(int *)dest = (int)n;
	return NULL;
}

#define AT(member) .offset = offsetof(struct raw, member)

static const struct rd_option options[] = {
	{ .name = "type",
	  .type = RD_OPTION_ENUM,
	  .names = types,
	  AT(type),
	  .fallback = "opus",
	  .help = "opus" },
	{ .name = "packet_loss",
	  .type = RD_OPTION_INT,
	  AT(settings.loss),
	  .fallback = "0",
	  .min = 0,
	  .max = 100,
	  .help = "percent that encoders reckon with at least" },
	{ .name = "complexity",
	  .type = RD_OPTION_CUSTOM,
	  .parse = parse_complexity,
	  AT(settings.complexity),
	  .fallback = "auto",
	  .help = "how hard encoders try" },
	{ .name = "max_bandwidth",
	  .type = RD_OPTION_ENUM,
	  .names = bandwidths,
	  AT(bandwidth),
	  .fallback = "full",
	  .help = "how high what we send may sound" },
	{ .name = "signal",
	  .type = RD_OPTION_ENUM,
	  .names = signals,
	  AT(signal),
	  .fallback = "auto",
	  .help = "what it mostly is" },
	{ .name = "application",
	  .type = RD_OPTION_ENUM,
	  .names = applications,
	  AT(application),
	  .fallback = "voip",
	  .help = "what encoders are to be good at" },
	{ .name = "max_playback_rate",
	  .type = RD_OPTION_CUSTOM,
	  .parse = parse_rate,
	  AT(settings.max_rate),
	  .fallback = "48000",
	  .help = "we ask for nothing that sounds higher" },
	{ .name = "bitrate",
	  .type = RD_OPTION_CUSTOM,
	  .parse = parse_bit_rate,
	  AT(settings.bit_rate),
	  .fallback = "auto",
	  .help = "the most, both ways" },
	{ .name = "cbr",
	  .type = RD_OPTION_CUSTOM,
	  .parse = parse_cbr,
	  AT(settings.constant),
	  .fallback = "no",
	  .help = "packets of one length, both ways" },
	{ .name = "fec",
	  .type = RD_OPTION_CUSTOM,
	  .parse = parse_fec,
	  AT(settings.fec),
	  .fallback = "yes",
	  .help = "packets may carry what was in the one before, both ways" },
	{ .name = "dtx",
	  .type = RD_OPTION_CUSTOM,
	  .parse = parse_dtx,
	  AT(settings.dtx),
	  .fallback = "no",
	  .help = "we ask that silence is not sent" },
	{ 0 },
};

static void name_constants(struct raw *raw)
{
	static const int bands[] = { OPUS_BANDWIDTH_NARROWBAND, OPUS_BANDWIDTH_MEDIUMBAND,
				     OPUS_BANDWIDTH_WIDEBAND, OPUS_BANDWIDTH_SUPERWIDEBAND,
				     OPUS_BANDWIDTH_FULLBAND };
	static const int kinds[] = { OPUS_AUTO, OPUS_SIGNAL_VOICE, OPUS_SIGNAL_MUSIC };
	static const int uses[] = { OPUS_APPLICATION_VOIP, OPUS_APPLICATION_AUDIO,
				    OPUS_APPLICATION_RESTRICTED_LOWDELAY };

	raw->settings.bandwidth = bands[raw->bandwidth];
	raw->settings.signal = kinds[raw->signal];
	raw->settings.application = uses[raw->application];
}

/* Asterisk's sections of other codecs. */
static const char *const unused[] = { "plc",	"speex",  "silk8",  "silk12", "silk16",
				      "silk24", "celt44", "celt48", NULL };

static bool is_unused(const char *name)
{
	for (size_t i = 0; unused[i]; i++)
		if (strcasecmp(unused[i], name) == 0)
			return true;
	return false;
}

/* Asterisk's formats of one's own: "[myopus] type = opus", for allow = myopus. They are
 * no mistake; known: their names are added. */
static void note_formats(const struct rd_config *config, const char *known[FORMATS_MAX],
			 struct rd_config_report *report)
{
	const struct rd_config_section *section = NULL;
	size_t count = 1;

	while ((section = rd_config_next(config, section, NULL))) {
		const char *name = rd_config_section_name(section);
		const char *type = rd_config_get(section, "type");

		if (strcasecmp(name, "opus") == 0 || is_unused(name) || !type ||
		    count + 1 == FORMATS_MAX)
			continue;
		rd_config_warning(report, rd_config_section_file(section),
				  rd_config_section_line(section),
				  strcasecmp(type, "opus") == 0
					  ? "%s: what [opus] says holds for this, too"
					  : "%s has no effect: only Opus has settings",
				  name);
		known[count++] = name;
	}
}

static int read_section(struct raw *raw, const struct rd_config *config,
			struct rd_config_report *report)
{
	const char *known[FORMATS_MAX] = { "opus" };
	struct rd_pool *pool;
	int wrong, rc = rd_pool_new(&pool, 0);

	if (rc)
		return rc;
	note_formats(config, known, report);
	wrong = rd_config_check_sections(config, known, unused, report);
	rc = rd_options_read(options, rd_config_find(config, "opus"), NULL, raw, pool, report);
	rd_pool_free(pool);
	return rc ? rc : wrong;
}

static int build(void **snapshot, struct rd_config_report *report)
{
	struct raw *raw = rd_zalloc(sizeof(*raw));
	struct rd_config *config = NULL;
	int rc;

	if (!raw)
		return -ENOMEM;
	rc = rd_config_load_merged(&config, "codecs.conf", RD_SECOND_JOINS, report);
	if (!rc || rc == -ENOENT)
		rc = read_section(raw, config, report);
	rd_config_unref(config);
	if (rc) {
		rd_free(raw);
		return rc;
	}
	name_constants(raw);
	*snapshot = raw;
	return 0;
}

static void discard(void *snapshot)
{
	rd_free(snapshot);
}

/* ---- in force ---- */

/* max_rate: that is heard; stereo: enum rd_stereo. */
static void print_fmtp(char *out, const struct opus_settings *settings, int max_rate,
		       unsigned stereo)
{
	struct rd_buf text;

	rd_buf_init(&text);
	rd_buf_printf(&text, "minptime=10;useinbandfec=%d", settings->fec);
	if (RD_MIN(settings->max_rate, max_rate) < RATE_MAX)
		rd_buf_printf(&text, ";maxplaybackrate=%d", RD_MIN(settings->max_rate, max_rate));
	if (max_rate < RATE_MAX)
		rd_buf_printf(&text, ";sprop-maxcapturerate=%d", max_rate);
	if (stereo & RD_STEREO_HEARD)
		rd_buf_printf(&text, ";stereo=1");
	if (stereo & RD_STEREO_SAID)
		rd_buf_printf(&text, ";sprop-stereo=1");
	if (settings->bit_rate)
		rd_buf_printf(&text, ";maxaveragebitrate=%d",
			      RD_MAX(OPUS_ASKED_MIN, RD_MIN(settings->bit_rate, OPUS_ASKED_MAX)));
	if (settings->constant)
		rd_buf_printf(&text, ";cbr=1");
	if (settings->dtx)
		rd_buf_printf(&text, ";usedtx=1");
	rd_strcpy(out, RD_FMTP_MAX, rd_buf_text(&text));
	rd_buf_fini(&text);
}

static const char *fmtp_in_stereo(unsigned stereo)
{
	if (!stereo)
		return opus_settings_fmtp;
	if (!in_stereo[stereo][0])
		print_fmtp(in_stereo[stereo], &in_force, RATE_MAX, stereo);
	return in_stereo[stereo];
}

/* Who hears less speaks no Opus, and has one channel. */
const char *opus_settings_fmtp_for(const struct rd_beyond *beyond)
{
	int i = 0;

	while (i < NARROWER && narrower[i].rate < beyond->rate)
		i++;
	if (beyond->rate <= 0 || i == NARROWER)
		return fmtp_in_stereo(beyond->stereo & STEREO);
	if (!narrower[i].fmtp[0])
		print_fmtp(narrower[i].fmtp, &in_force, narrower[i].rate, 0);
	return narrower[i].fmtp;
}

static void put_in_force(const struct opus_settings *settings)
{
	pthread_mutex_lock(&lock);
	in_force = *settings;
	pthread_mutex_unlock(&lock);
	print_fmtp(opus_settings_fmtp, settings, RATE_MAX, 0);
	for (int i = 0; i < NARROWER; i++)
		narrower[i].fmtp[0] = '\0';
	for (int i = 0; i <= STEREO; i++)
		in_stereo[i][0] = '\0';
}

static void commit(void *snapshot)
{
	put_in_force(&((struct raw *)snapshot)->settings);
	rd_free(snapshot);
}

void opus_settings_forget(void)
{
	put_in_force(&usual);
}

static const char *const files[] = { "codecs.conf", NULL };

const struct rd_module_config opus_settings_config = {
	.files = files,
	.build = build,
	.commit = commit,
	.discard = discard,
};
