/* Members of a mixer: all that a media thread will need for one of them, made
 * before it goes there. And what it was, taken down when it comes back. */
#include <string.h>

#include <speex/speex_preprocess.h>

#include "core/base/slab.h"
#include "core/media/command.h"
#include "core/media/engine.h"
#include "core/media/mix.h"
#include "core/media/registry.h"
#include "core/media/setup.h"
#include "core/media/stream.h"

enum {
	PORT_MS = 500, /* so long one end of a port may stand still, and nothing is lost */
	JITTER_MS = 1000, /* of sound that a jitter buffer holds */
	JITTER_BYTES_MIN = 4096,
	NOISE_DB = -18, /* by so much at most */
	CLEAN_LEVEL = 8000,
};

/* ---- packers ---- */

static void packer_fini(struct rd__packer *packer)
{
	rd__resampler_free(packer->resampler);
	rd_free(packer->samples);
	memset(packer, 0, sizeof(*packer));
}

/* Packets hold whole frames, as many as fit into what was agreed on. */
static int packer_init(struct rd__packer *packer, const struct rd__mixer *mixer, int rate, int ms)
{
	int frames = RD_MAX(ms / mixer->frame_ms, 1), rc = 0;

	memset(packer, 0, sizeof(*packer));
	packer->frame = (size_t)(rate * mixer->frame_ms / 1000);
	packer->size = RD_MIN(packer->frame * (size_t)frames, (size_t)RD__MIX_FRAME_MAX);
	packer->max = packer->size + RD__MIX_FRAME_MAX;
	packer->samples = rd_malloc(packer->max * sizeof(*packer->samples));
	if (!packer->samples)
		return -ENOMEM;
	if (rate != mixer->rate)
		rc = rd__resampler_new(&packer->resampler, mixer->rate, rate, RD__RESAMPLE_ROOM);
	if (rc)
		packer_fini(packer);
	return rc;
}

/* ---- outlets ---- */

static void outlet_free(struct rd__outlet *outlet)
{
	packer_fini(&outlet->packer);
	if (outlet->encoder)
		outlet->codec->state_free(outlet->encoder);
	rd__codec_use(outlet->codec, -1);
	rd_list_remove(&outlet->in_mixer);
	rd_free(outlet->packet);
	rd_free(outlet);
}

static void outlet_unref(struct rd__outlet *outlet)
{
	if (outlet && --outlet->users == 0)
		outlet_free(outlet);
}

static struct rd__outlet *find_outlet(struct rd__mixer *mixer,
				      const struct rd_stream_format *format)
{
	rd_list_foreach(node, tmp, &mixer->outlets) {
		struct rd__outlet *outlet = rd_list_entry(node, struct rd__outlet, in_mixer);
		int frames = RD_MAX(rd__frame_ms(format) / mixer->frame_ms, 1);
		size_t size = (size_t)(format->codec->rate * mixer->frame_ms * frames / 1000);

		if (outlet->codec == format->codec && outlet->packer.size == size &&
		    strcmp(outlet->fmtp, format->fmtp) == 0)
			return outlet;
	}
	return NULL;
}

static int outlet_new(struct rd__outlet **op, struct rd__mixer *mixer,
		      const struct rd_stream_format *format)
{
	struct rd__outlet *outlet = rd_zalloc(sizeof(*outlet));
	int rc;

	if (!outlet)
		return -ENOMEM;
	rd_list_init(&outlet->in_mixer);
	outlet->codec = format->codec;
	rd__codec_use(outlet->codec, 1);
	memcpy(outlet->fmtp, format->fmtp, sizeof(outlet->fmtp));
	outlet->bytes_max = RD__MIX_FRAME_MAX * sizeof(int16_t);
	outlet->packet = rd_malloc(outlet->bytes_max);
	rc = packer_init(&outlet->packer, mixer, format->codec->rate, rd__frame_ms(format));
	if (!rc && outlet->codec->encoder_new)
		outlet->encoder = outlet->codec->encoder_new(outlet->fmtp);
	if (rc || !outlet->packet || (outlet->codec->encoder_new && !outlet->encoder)) {
		outlet_free(outlet);
		return -ENOMEM;
	}
	rd_list_push(&mixer->outlets, &outlet->in_mixer);
	*op = outlet;
	return 0;
}

static int take_outlet(struct rd__member *member, const struct rd_stream_format *format)
{
	struct rd__outlet *outlet = find_outlet(member->mixer, format);
	int rc = outlet ? 0 : outlet_new(&outlet, member->mixer, format);

	if (rc)
		return rc;
	outlet->users++;
	member->outlet = outlet;
	return 0;
}

/* ---- the way in ---- */

static int resample_in(struct rd__member *member, int format, int rate)
{
	if (rate == member->mixer->rate)
		return 0;
	return rd__resampler_new(&member->in[format], rate, member->mixer->rate,
				 RD__RESAMPLE_ROOM);
}

static int jitter_for(struct rd__member *member, const struct rd_codec *codec)
{
	int clock = rd_codec_clock(codec);
	size_t bytes = (size_t)codec->bitrate / 8 * JITTER_MS / 1000;

	return rd__jitter_new(&member->jitter, (uint32_t)(clock * member->mixer->frame_ms / 1000),
			      (uint32_t)clock, RD_MAX(bytes, (size_t)JITTER_BYTES_MIN));
}

/* ---- noise and level ---- */

void rd__cleaner_free(void *cleaner)
{
	if (cleaner)
		speex_preprocess_state_destroy(cleaner);
}

void *rd__cleaner_new(const struct rd__mixer *mixer, const struct rd__mix_role *role, int *rc)
{
	int denoise = role->denoise, level = role->level, noise_db = NOISE_DB;
	float target = CLEAN_LEVEL;
	void *cleaner;

	if (!denoise && !level)
		return NULL;
	cleaner = speex_preprocess_state_init((int)mixer->frame, mixer->rate);
	if (!cleaner) {
		*rc = -ENOMEM;
		return NULL;
	}
	speex_preprocess_ctl(cleaner, SPEEX_PREPROCESS_SET_DENOISE, &denoise);
	speex_preprocess_ctl(cleaner, SPEEX_PREPROCESS_SET_NOISE_SUPPRESS, &noise_db);
	speex_preprocess_ctl(cleaner, SPEEX_PREPROCESS_SET_AGC, &level);
	speex_preprocess_ctl(cleaner, SPEEX_PREPROCESS_SET_AGC_LEVEL, &target);
	return cleaner;
}

/* ---- ports ---- */

void rd__port_unref(struct rd__port *port)
{
	if (!port || atomic_fetch_sub(&port->ends, 1) > 1)
		return;
	rd_free(port->in);
	rd_free(port->out);
	rd_free(port);
}

int rd__port_new(struct rd__port **pp, const struct rd__mixer *mixer)
{
	struct rd__port *port = rd_zalloc(sizeof(*port));
	size_t size = (size_t)(mixer->rate * PORT_MS / 1000);

	if (!port)
		return -ENOMEM;
	atomic_init(&port->ends, 1);
	port->in = rd__sample_ring_new(size);
	port->out = rd__sample_ring_new(size);
	if (!port->in || !port->out) {
		rd__port_unref(port);
		return -ENOMEM;
	}
	*pp = port;
	return 0;
}

/* ---- the whole ---- */

static bool is_mixed(const struct rd_codec *codec)
{
	return codec->decode && codec->encode;
}

static int fit_custom(struct rd__member *member, int rate)
{
	int rc = resample_in(member, 0, rate);

	if (!rc)
		rc = packer_init(&member->packer, member->mixer, rate, member->mixer->frame_ms);
	return rc;
}

static int fit_formats(struct rd__member *member, const struct rd_stream_config *config)
{
	const struct rd_stream_format *sent = &config->formats[0];
	int rc;

	/* What is only passed through has no place in a sum. */
	if (config->format_count == 0 || !is_mixed(sent->codec))
		return 0;
	rc = jitter_for(member, sent->codec);
	for (int i = 0; i < config->format_count && !rc; i++)
		if (is_mixed(config->formats[i].codec))
			rc = resample_in(member, i, config->formats[i].codec->rate);
	if (!rc && !sent->codec->conceals)
		rc = rd__plc_new(&member->plc, sent->codec->rate);
	if (!rc)
		rc = packer_init(&member->packer, member->mixer, sent->codec->rate,
				 rd__frame_ms(sent));
	if (!rc)
		rc = take_outlet(member, sent);
	return rc;
}

int rd__member_new(struct rd__member **mp, struct rd__mixer *mixer, struct rd_stream *stream,
		   struct rd__port *port)
{
	size_t queue = mixer->frame + (size_t)(mixer->rate * RD__MIX_PACKET_MS / 1000);
	struct rd__member *member = rd__slab_zalloc(sizeof(*member) + queue * sizeof(int16_t),
						     RD__SLAB_OTHER);
	int rc = 0;

	if (!member)
		return -ENOMEM;
	member->queue_max = queue;
	member->mixer = mixer;
	member->stream = stream;
	member->port = port;
	member->role.gain_in = member->role.gain_out = RD__MIX_UNITY;
	rd_list_init(&member->in_mixer);
	rd_list_init(&member->in_mix);
	rd_list_init(&member->in_heard);
	rd__order_init(&member->start, stream, RD__CMD_MIX_JOIN, member);
	rd__order_init(&member->stop, stream, RD__CMD_MIX_LEAVE, member);
	if (stream && stream->line.ops)
		rc = fit_custom(member, stream->line.ops_rate);
	else if (stream && stream->setup)
		rc = fit_formats(member, &stream->setup->config);
	if (rc) {
		member->port = NULL;
		rd__member_free(member);
		return rc;
	}
	*mp = member;
	return 0;
}

void rd__member_free(struct rd__member *member)
{
	rd_list_remove(&member->in_mixer);
	rd__jitter_free(member->jitter);
	for (int i = 0; i < RD_STREAM_FORMATS; i++)
		rd__resampler_free(member->in[i]);
	packer_fini(&member->packer);
	outlet_unref(member->outlet);
	rd__cleaner_free(member->cleaner);
	rd__plc_free(member->plc);
	rd__port_unref(member->port);
	rd__slab_free(member, RD__SLAB_OTHER);
}

bool rd__member_fits(const struct rd__member *member, const struct rd__setup *setup)
{
	const struct rd_stream_config *before, *after = &setup->config;

	if (!member->stream->setup)
		return false;
	before = &member->stream->setup->config;
	if (before->format_count != after->format_count)
		return false;
	for (int i = 0; i < after->format_count; i++)
		if (before->formats[i].codec != after->formats[i].codec ||
		    before->formats[i].ptime_ms != after->formats[i].ptime_ms ||
		    strcmp(before->formats[i].fmtp, after->formats[i].fmtp) != 0)
			return false;
	return true;
}
