/* A feed between the switch thread, which puts samples in, and the media
 * threads, whose players take packets out: a track for each codec that somebody
 * hears, a ring of packets with one writer and any number of readers. */
#ifndef CORE_MEDIA_FEED_H
#define CORE_MEDIA_FEED_H

#include <ringdown/base.h>

struct rd__feed;
struct rd_codec;
struct rd_stream;

struct rd__track;

/* How far one player has come. */
struct rd__track_reader {
	size_t next; /* packet */
	bool joined;
};

/* The track that suits what the stream sends, one reference. 0 or -ENOMEM. */
int rd__feed_track(struct rd__track **tp, struct rd__feed *feed, const struct rd_stream *stream);
void rd__track_unref(struct rd__track *track);

/* The next packet of count samples of this codec (NULL: as samples), if there is one:
 * its bytes, else 0. Media thread. */
size_t rd__track_read(const struct rd__track *track, struct rd__track_reader *reader,
		      const struct rd_codec *codec, size_t count, uint8_t *out);

#endif
