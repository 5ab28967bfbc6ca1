/* A stream cut into pieces gives the same messages as the whole of it. The first
 * byte says how large the pieces are. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "channels/sip/transport/framer.h"

#define LIMIT      2000
#define FRAMES_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct reading {
	uint8_t frames[FRAMES_MAX];
	size_t sizes[FRAMES_MAX];
	unsigned count;
	bool bad;
};

/* The bytes stand in memory of their own, so that a sanitizer sees each that
 * is read beyond them. */
static enum sip_frame look(struct sip_framer *framer, const uint8_t *at, size_t n,
			   size_t *size)
{
	char *copy = malloc(n ? n : 1);
	enum sip_frame frame;

	rd_assert(copy);
	memcpy(copy, at, n);
	frame = sip_framer_next(framer, copy, n, size);
	rd_assert(frame != SIP_FRAME_BAD || framer->why);
	free(copy);
	return frame;
}

static void read_in_pieces(struct reading *reading, const uint8_t *data, size_t size,
			   size_t piece)
{
	size_t begin = 0, end = 0, n;
	struct sip_framer framer;

	sip_framer_init(&framer, LIMIT);
	*reading = (struct reading){ .count = 0 };
	while (end < size && !reading->bad && reading->count < FRAMES_MAX) {
		enum sip_frame frame;

		end = RD_MIN(end + piece, size);
		while (begin < end && reading->count < FRAMES_MAX) {
			frame = look(&framer, data + begin, end - begin, &n);
			if (frame == SIP_FRAME_MORE)
				break;
			reading->bad = frame == SIP_FRAME_BAD;
			if (reading->bad)
				return;
			rd_assert(n >= 2 && n <= LIMIT && begin + n <= end);
			reading->frames[reading->count] = (uint8_t)frame;
			reading->sizes[reading->count++] = n;
			begin += n;
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct reading whole, pieces;

	if (size < 2 || size > 4 * LIMIT)
		return 0;
	read_in_pieces(&whole, data + 1, size - 1, size);
	read_in_pieces(&pieces, data + 1, size - 1, (size_t)data[0] % 64 + 1);
	rd_assert(whole.count == pieces.count && whole.bad == pieces.bad);
	rd_assert(!memcmp(whole.frames, pieces.frames, whole.count));
	rd_assert(!memcmp(whole.sizes, pieces.sizes, whole.count * sizeof(whole.sizes[0])));
	return 0;
}
