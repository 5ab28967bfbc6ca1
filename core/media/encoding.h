/* Encodings: a sound as the bytes of one codec, made once and sent to all
 * that hear it. They belong to their sound and live as long as it does;
 * media threads only read them. */
#ifndef CORE_MEDIA_ENCODING_H
#define CORE_MEDIA_ENCODING_H

#include "core/media/sound.h"

struct rd__encoding {
	struct rd_list in_sound, in_all; /* the switch thread's */
	bool ready, stale;
	const struct rd_codec *codec;
	char fmtp[sizeof(((struct rd_stream_format *)0)->fmtp)];
	const struct rd__sound *sound; /* at the codec's rate: the one it belongs to, or */
	struct rd__sound *resampled; /* with a reference; else NULL */
	size_t frame; /* samples of a packet; 0: bytes that may be cut anywhere */
	size_t stride; /* bytes of a sample, when they may */
	size_t size, frames;
	uint8_t *bytes;
	uint32_t *ends; /* of each frame, in bytes */
};

/* Bytes of a sample; 0: the codec has a memory, or packs samples closer than that. */
size_t rd__codec_stride(const struct rd_codec *codec);
/* Make the sound ready for streams that send in this format; a second one who asks
 * meanwhile waits for the first. 0, also when there is nothing to be made; negative
 * errno: it can be heard all the same, encoded for each listener. Yields. */
RD_YIELDS int rd__sound_encode(struct rd__sound *sound, const struct rd_stream_format *format);
/* The same in a fiber of its own; 0 or -ENOMEM. */
int rd__sound_encode_aside(struct rd__sound *sound, const struct rd_stream_format *format);
/* NULL: there is none. */
const struct rd__encoding *rd__encoding_find(const struct rd__sound *sound,
					     const struct rd_stream_format *format);
/* Nobody plays the sound any more. */
void rd__encodings_free(struct rd__sound *sound);
/* The codec goes; what was encoded with it is not used again. */
void rd__encodings_forget(const struct rd_codec *codec);

/* The bytes of the frame that the sample `at` is in. Media thread. */
static inline const uint8_t *rd__encoding_frame(const struct rd__encoding *encoding, size_t at,
						size_t *size)
{
	size_t i = at / encoding->frame;
	size_t begin = i ? encoding->ends[i - 1] : 0;

	*size = encoding->ends[i] - begin;
	return encoding->bytes + begin;
}

#endif
