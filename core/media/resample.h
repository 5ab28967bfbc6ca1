/* Samples of one rate become samples of another, without the images and
 * aliases that a straight line between samples leaves. On speexdsp. */
#ifndef CORE_MEDIA_RESAMPLE_H
#define CORE_MEDIA_RESAMPLE_H

#include <ringdown/base.h>

struct rd__resampler;

/* What to spend: filters grow with it, and so does their delay. */
enum rd__resample_quality {
	RD__RESAMPLE_CALL = 3, /* calls: 2 ms of delay */
	RD__RESAMPLE_ROOM = 5, /* what many hear */
	RD__RESAMPLE_SOUND = 8, /* files, converted once and kept */
};

RD_API_BEGIN

/* Rates in Hz, mono. On the switch thread or in the pool: 0, -ENOMEM, or -EINVAL. */
int rd__resampler_new(struct rd__resampler **rp, int from, int to, int quality);
void rd__resampler_free(struct rd__resampler *resampler);

/**
 * All of in, as a part of one sound: what it needs of earlier parts it keeps.
 * Between rates that divide each other count * to / from samples come out, each
 * time; between others one more or one less. What does not fit into max is lost.
 *
 * On whichever thread has the resampler; allocates nothing. Returns samples.
 */
size_t rd__resample(struct rd__resampler *resampler, const int16_t *in, size_t count,
		    int16_t *out, size_t max);

/* What comes next is another sound, or stands behind these samples; NULL: behind nothing
 * that is known. */
void rd__resample_behind(struct rd__resampler *resampler, const int16_t *before, size_t count);

/* A whole sound at once, for the pool: no delay, nothing cut off. *out is new
 * (rd_free). 0, -ENOMEM or -EINVAL. */
int rd__resample_whole(const int16_t *in, size_t count, int from, int to, int16_t **out,
		       size_t *out_count);

/* -- from whatever rate comes to one -------------------------------------------- */

enum { RD__RESAMPLERS_MAX = 8 };

struct rd__resamplers {
	int to, count;
	struct {
		int from;
		struct rd__resampler *resampler;
	} rows[RD__RESAMPLERS_MAX];
};

/* Embedded; starts with none. */
void rd__resamplers_init(struct rd__resamplers *set, int to);
void rd__resamplers_fini(struct rd__resamplers *set);
/* Take samples of this rate, too. 0 (also when it does already), or negative. */
int rd__resamplers_add(struct rd__resamplers *set, int from, int quality);
/* As rd__resample(); samples of the wanted rate come back as they are, in in itself.
 * *count becomes that of the result. NULL for a rate that was not added. */
const int16_t *rd__resamplers_run(struct rd__resamplers *set, int from, const int16_t *in,
				  size_t *count, int16_t *out, size_t max);

RD_API_END

#endif
