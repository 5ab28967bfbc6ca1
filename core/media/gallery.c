/* Galleries as the switch thread sees them: who is in which, and sees whom. The
 * packets are pass_on.c's. */
#include <ringdown/log.h>

#include "core/media/command.h"
#include "core/media/engine.h"
#include "core/media/gallery.h"
#include "core/media/media.h"
#include "core/media/place.h"
#include "core/media/stream.h"

struct rd__gallery {
	struct rd__thread *home;
	struct rd_list streams; /* in_gallery */
};

int rd__gallery_new(struct rd__gallery **gp, struct rd_stream *near)
{
	struct rd__gallery *gallery;

	if (!rd__media_running())
		return -ENODEV;
	gallery = rd_zalloc(sizeof(*gallery));
	if (!gallery)
		return -ENOMEM;
	gallery->home = rd__thread_near(near);
	rd_list_init(&gallery->streams);
	*gp = gallery;
	return 0;
}

void rd__gallery_close(struct rd__gallery *gallery)
{
	if (!gallery)
		return;
	rd_list_foreach(node, tmp, &gallery->streams)
		rd__gallery_leave(rd_list_entry(node, struct rd_stream, in_gallery));
	rd_free(gallery);
}

struct rd__thread *rd__gallery_home(const struct rd__gallery *gallery)
{
	return gallery->home;
}

/* ---- who sees whom ---- */

static bool is_there(const struct rd_stream *stream)
{
	return stream->thread == stream->gallery->home;
}

/* As soon as both are where they can. */
static void look(struct rd_stream *stream)
{
	struct rd__command command = { .type = RD__CMD_SEE,
				       .stream = stream,
				       .object = stream->sees };
	int rc;

	if (stream->looks || !is_there(stream) || (stream->sees && !is_there(stream->sees)))
		return;
	rc = rd__order_new(stream, &command);
	if (rc)
		rd_error("media: a viewer sees nobody until the floor changes: %s",
			 rd_strerror(rc));
	stream->looks = rc == 0;
}

void rd__gallery_arrived(struct rd_stream *stream)
{
	look(stream);
	rd_list_foreach(node, tmp, &stream->gallery->streams) {
		struct rd_stream *viewer = rd_list_entry(node, struct rd_stream, in_gallery);

		if (viewer->sees == stream)
			look(viewer);
	}
}

void rd__gallery_show(struct rd_stream *stream, struct rd_stream *source)
{
	rd_assert(stream->gallery && (!source || source->gallery == stream->gallery));
	if (stream->sees == source && stream->looks)
		return;
	stream->sees = source;
	stream->looks = false;
	look(stream);
}

struct rd_stream *rd__gallery_seen(const struct rd_stream *stream)
{
	return stream->sees;
}

/* ---- coming and going ---- */

void rd__gallery_join(struct rd__gallery *gallery, struct rd_stream *stream)
{
	RD_CHECK(stream, RD__STREAM_MAGIC);
	rd_assert(!stream->closing);
	stream->marked = true;
	if (stream->gallery == gallery)
		return;
	rd__gallery_leave(stream);
	rd__stream_unlink(stream);
	stream->gallery = gallery;
	stream->looks = true; /* at nobody, as it did before */
	rd_list_push(&gallery->streams, &stream->in_gallery);
	rd__stream_settle(stream);
}

void rd__gallery_leave(struct rd_stream *stream)
{
	struct rd__gallery *gallery = stream->gallery;

	if (!gallery)
		return;
	rd_list_remove(&stream->in_gallery);
	stream->gallery = NULL;
	stream->sees = NULL;
	rd_list_foreach(node, tmp, &gallery->streams) {
		struct rd_stream *viewer = rd_list_entry(node, struct rd_stream, in_gallery);

		/* The order says so to them, too. */
		if (viewer->sees == stream)
			viewer->sees = NULL;
	}
	rd__order(stream, &stream->unlink_order);
}

void rd__gallery_mark(struct rd__gallery *gallery)
{
	rd_list_foreach(node, tmp, &gallery->streams)
		rd_list_entry(node, struct rd_stream, in_gallery)->marked = false;
}

void rd__gallery_sweep(struct rd__gallery *gallery)
{
	rd_list_foreach(node, tmp, &gallery->streams) {
		struct rd_stream *stream = rd_list_entry(node, struct rd_stream, in_gallery);

		if (!stream->marked)
			rd__gallery_leave(stream);
	}
}
