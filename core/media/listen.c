/* Listening in: taps of the target write into a room in which the ear is the
 * only one who hears. See listen.h. */
#include "core/media/listen.h"

#include "core/media/line.h"
#include "core/media/mixer.h"
#include "core/media/tap.h"

/* Wide band is worth hearing; of narrow band it costs little. */
enum { RATE = 16000 };

struct rd__listen {
	struct rd__tap tap;
	struct rd__mixer *mixer;
	struct rd__port *sides[RD__TAP_SIDES]; /* NULL: not that side */
	struct rd_stream *ear;
	bool tapped;  /* .left has not been called yet */
	bool stopped;
};

static void listen_free(struct rd__listen *listen)
{
	for (int side = 0; side < RD__TAP_SIDES; side++)
		if (listen->sides[side])
			rd__mixer_feed_free(listen->sides[side]);
	rd__tap_fini(&listen->tap);
	rd_free(listen);
}

/* ---- what the tap gives ---- */

static void hear(struct rd__tap *tap, struct rd__line *line, enum rd__tap_side side,
		 const int16_t *samples, size_t count)
{
	struct rd__listen *listen = RD_CONTAINER_OF(tap, struct rd__listen, tap);

	(void)line;
	/* What was lost and not made up is silence anyway. */
	if (samples && listen->sides[side])
		rd__mixer_feed(listen->sides[side], samples, count);
}

static void leave(struct rd__tap *tap, struct rd__line *line, bool closing)
{
	(void)tap;
	(void)line;
	(void)closing;
}

static void left(struct rd__tap *tap, bool closing)
{
	struct rd__listen *listen = RD_CONTAINER_OF(tap, struct rd__listen, tap);

	(void)closing;
	listen->tapped = false;
	if (listen->stopped)
		listen_free(listen);
}

static const struct rd__tap_ops ops = { .hear = hear, .made_up = hear, .leave = leave,
					.left = left };

/* ---- start and stop ---- */

static int make_room(struct rd__listen *listen, bool both)
{
	const struct rd__mix_role ear = { .mute = true };
	int rc = rd__mixer_feed_new(listen->mixer, &listen->sides[RD__TAP_IN]);

	if (!rc && both)
		rc = rd__mixer_feed_new(listen->mixer, &listen->sides[RD__TAP_OUT]);
	if (!rc)
		rc = rd__mixer_join(listen->mixer, listen->ear, &ear);
	return rc;
}

int rd__listen_start(struct rd__listen **lp, struct rd_stream *ear, struct rd_stream *target,
		     bool both)
{
	struct rd__mixer_options options = { .rate = RATE, .near = ear };
	unsigned sides = 1u << RD__TAP_IN | (both ? 1u << RD__TAP_OUT : 0);
	struct rd__listen *listen = rd_zalloc(sizeof(*listen));
	int rc;

	if (!listen)
		return -ENOMEM;
	listen->ear = ear;
	rc = rd__tap_init(&listen->tap, &ops, sides, RATE);
	if (rc) {
		rd_free(listen);
		return rc;
	}
	rc = rd__mixer_new(&listen->mixer, &options);
	if (!rc)
		rc = make_room(listen, both);
	if (!rc)
		rc = rd__stream_tap(target, &listen->tap);
	if (rc) {
		if (listen->mixer)
			rd__mixer_close(listen->mixer);
		listen_free(listen);
		return rc;
	}
	listen->tapped = true;
	*lp = listen;
	return 0;
}

void rd__listen_stop(struct rd__listen *listen)
{
	listen->stopped = true;
	rd__mixer_close(listen->mixer);
	rd__stream_untap(&listen->tap);
	if (!listen->tapped)
		listen_free(listen);
}
