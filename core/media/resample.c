/* Resamplers, on those of speexdsp. */
#include <string.h>

#include <speex/speex_resampler.h>

#include <ringdown/codec.h>

#include "core/media/resample.h"

enum {
	RATE_MIN = 1000,
	RATE_MAX = 384000,
	CHUNK = 4096,
	BACK_MAX = 960, /* samples that a filter may look back at: 20 ms of 48 kHz */
	LOST_MAX = 960, /* that come out at a time, for nobody */
};

struct rd__resampler {
	SpeexResamplerState *state;
	bool begun; /* it has what stands before the next sample */
};

const int rd_rates[RD_RATES] = { 8000, 12000, 16000, 24000, 32000, 44100, 48000 };
_Static_assert((int)RD_RATES <= (int)RD__RESAMPLERS_MAX, "a rate has no place");

static bool is_rate(int rate)
{
	return rate >= RATE_MIN && rate <= RATE_MAX;
}

void rd__resampler_free(struct rd__resampler *resampler)
{
	if (!resampler)
		return;
	if (resampler->state)
		speex_resampler_destroy(resampler->state);
	rd_free(resampler);
}

int rd__resampler_new(struct rd__resampler **rp, int from, int to, int quality)
{
	struct rd__resampler *resampler;
	int error = 0;

	if (!is_rate(from) || !is_rate(to))
		return -EINVAL;
	resampler = rd_zalloc(sizeof(*resampler));
	if (!resampler)
		return -ENOMEM;
	resampler->state = speex_resampler_init(1, (spx_uint32_t)from, (spx_uint32_t)to, quality,
						&error);
	if (!resampler->state) {
		rd_free(resampler);
		return error == RESAMPLER_ERR_INVALID_ARG ? -EINVAL : -ENOMEM;
	}
	*rp = resampler;
	return 0;
}

/* All that its filter looks back at, in whole periods: what comes out behind it are as many
 * samples as ever. */
static size_t looks_back(SpeexResamplerState *state)
{
	size_t count = 2 * (size_t)speex_resampler_get_input_latency(state);
	spx_uint32_t from, to;

	speex_resampler_get_ratio(state, &from, &to);
	return (count + from - 1) / from * from;
}

/* For nobody. */
static void run(SpeexResamplerState *state, const int16_t *in, size_t count)
{
	int16_t lost[LOST_MAX];

	for (size_t at = 0; at < count;) {
		spx_uint32_t taken = (spx_uint32_t)(count - at), given = LOST_MAX;

		speex_resampler_process_int(state, 0, in + at, &taken, lost, &given);
		at += taken;
	}
}

/* Before its beginning a sound is what it is behind it, mirrored. Silence would be a hole,
 * where it goes on from another way. */
static void begin(SpeexResamplerState *state, const int16_t *in, size_t count)
{
	int16_t mirrored[BACK_MAX];
	size_t back = looks_back(state);

	if (back > RD_MIN(count, (size_t)BACK_MAX))
		return;
	for (size_t i = 0; i < back; i++)
		mirrored[i] = in[back - 1 - i];
	run(state, mirrored, back);
}

void rd__resample_behind(struct rd__resampler *resampler, const int16_t *before, size_t count)
{
	speex_resampler_reset_mem(resampler->state);
	resampler->begun = before != NULL;
	if (before)
		run(resampler->state, before, count);
}

size_t rd__resample(struct rd__resampler *resampler, const int16_t *in, size_t count,
		    int16_t *out, size_t max)
{
	spx_uint32_t taken = (spx_uint32_t)count, given = (spx_uint32_t)max;

	if (!resampler->begun)
		begin(resampler->state, in, count);
	resampler->begun = true;
	speex_resampler_process_int(resampler->state, 0, in, &taken, out, &given);
	return given;
}

/* ---- whole sounds ---- */

/* NULL: silence, which pushes out what the filter still holds. */
static size_t convert(SpeexResamplerState *state, const int16_t *in, size_t count, int16_t *out,
		      size_t max)
{
	static const int16_t silence[CHUNK];
	size_t at = 0, filled = 0;

	while (at < count && filled < max) {
		spx_uint32_t taken = (spx_uint32_t)RD_MIN(count - at, (size_t)CHUNK);
		spx_uint32_t given = (spx_uint32_t)RD_MIN(max - filled, (size_t)UINT32_MAX);

		speex_resampler_process_int(state, 0, in ? in + at : silence, &taken,
					    out + filled, &given);
		at += taken;
		filled += given;
	}
	return filled;
}

int rd__resample_whole(const int16_t *in, size_t count, int from, int to, int16_t **out,
		       size_t *out_count)
{
	struct rd__resampler *resampler;
	size_t want, filled;
	int16_t *samples;
	int rc = rd__resampler_new(&resampler, from, to, RD__RESAMPLE_SOUND);

	if (rc)
		return rc;
	want = (count * (size_t)to + (size_t)from - 1) / (size_t)from;
	samples = rd_malloc((want + 1) * sizeof(*samples));
	if (samples) {
		SpeexResamplerState *state = resampler->state;
		size_t tail = (size_t)speex_resampler_get_input_latency(state) + 1;

		speex_resampler_skip_zeros(state);
		filled = convert(state, in, count, samples, want);
		filled += convert(state, NULL, tail, samples + filled, want - filled);
		memset(samples + filled, 0, (want - filled) * sizeof(*samples));
		*out = samples;
		*out_count = want;
	}
	rd__resampler_free(resampler);
	return samples ? 0 : -ENOMEM;
}

/* ---- sets ---- */

void rd__resamplers_init(struct rd__resamplers *set, int to)
{
	memset(set, 0, sizeof(*set));
	set->to = to;
}

void rd__resamplers_fini(struct rd__resamplers *set)
{
	while (set->count)
		rd__resampler_free(set->rows[--set->count].resampler);
}

static struct rd__resampler *find(const struct rd__resamplers *set, int from)
{
	for (int i = 0; i < set->count; i++)
		if (set->rows[i].from == from)
			return set->rows[i].resampler;
	return NULL;
}

int rd__resamplers_add(struct rd__resamplers *set, int from, int quality)
{
	int rc;

	if (from == set->to || find(set, from))
		return 0;
	if (set->count == RD__RESAMPLERS_MAX)
		return -ENOSPC;
	rc = rd__resampler_new(&set->rows[set->count].resampler, from, set->to, quality);
	if (rc)
		return rc;
	set->rows[set->count++].from = from;
	return 0;
}

const int16_t *rd__resamplers_run(struct rd__resamplers *set, int from, const int16_t *in,
				  size_t *count, int16_t *out, size_t max)
{
	struct rd__resampler *resampler;

	if (from == set->to)
		return in;
	resampler = find(set, from);
	if (!resampler)
		return NULL;
	*count = rd__resample(resampler, in, *count, out, max);
	return out;
}
