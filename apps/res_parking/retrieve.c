/* ParkedCall(): talk to somebody who is parked. */
#include <stdlib.h>

#include <ringdown/app.h>
#include <ringdown/bridge.h>
#include <ringdown/prompt.h>

#include "apps/res_parking/parking.h"

static int hang_up(struct rd_channel *ch, int cause)
{
	if (rd_channel_moved(ch))
		return -ECANCELED;
	rd_hangup(ch, cause ? cause : RD_CAUSE_NORMAL);
	return -ECANCELED;
}

static void introduce(struct rd_channel *a, struct rd_channel *b)
{
	rd_channel_set_party(a, RD_PARTY_CONNECTED, rd_channel_party(b, RD_PARTY_CALLER));
	rd_channel_set_party(b, RD_PARTY_CONNECTED, rd_channel_party(a, RD_PARTY_CALLER));
}

static unsigned features(const struct parking_lot *lot, enum parking_side side)
{
	return (lot->transfers & side ? RD_FEATURE_TRANSFER : 0u) |
	       (lot->hangs_up & side ? RD_FEATURE_DISCONNECT : 0u) |
	       (lot->parks & side ? RD_FEATURE_PARK : 0u) |
	       (lot->records & side ? RD_FEATURE_RECORD : 0u);
}

/* Whether one of them goes meanwhile, the bridge finds out. */
static void play_tone(struct rd_channel *ch, struct rd_channel *parked,
		      const struct parking_lot *lot)
{
	if (*lot->tone && lot->tone_to & PARKING_RETRIEVER)
		rd_play(ch, lot->tone, "");
	if (*lot->tone && lot->tone_to & PARKING_PARKED)
		rd_play(parked, lot->tone, "");
}

/* Another leg may take the parked one's seat meanwhile. */
static void talk(struct rd_channel *ch, struct rd_channel **seat, const struct parking_lot *lot)
{
	const struct rd_bridge_options options = {
		.peer_seat = seat,
		.caller_features = features(lot, PARKING_RETRIEVER),
		.peer_features = features(lot, PARKING_PARKED),
	};
	int end;

	introduce(ch, *seat);
	play_tone(ch, *seat, lot);
	end = rd_bridge_run(ch, *seat, &options);
	if (end < 0 && end != -ECANCELED)
		rd_app_error(ch, "cannot be joined with %s: %s", rd_channel_name(*seat),
			     rd_strerror(end));
}

/* The place is free, and nobody else's call, before the leg has left what it does there. */
static int retrieve(struct rd_channel *ch, struct parking_place *place)
{
	struct rd_channel *parked = rd_channel_ref(place->ch);
	const struct parking_lot *lot = place->lot;
	/* The leg's own ends with its stay. */
	struct parking_settings *settings = parking_settings_ref(place->settings);
	int rc;

	parking_vacate(place, "RETRIEVED", ch);
	rc = rd_channel_take_over(parked);
	if (!rc) {
		talk(ch, &parked, lot);
		rc = rd_channel_gone(parked) ? rd_channel_cause(parked) : RD_CAUSE_NORMAL;
		rd_channel_let_go(parked, RD_CAUSE_NORMAL);
	} else {
		rd_channel_unref(parked);
	}
	parking_settings_unref(settings);
	return hang_up(ch, rc < 0 ? RD_CAUSE_NORMAL : rc);
}

static const char *check(struct rd_pool *pool, const char *const *argv, char *buf, size_t size)
{
	(void)pool;
	return parking_lot_fault(argv[0], buf, size);
}

const char *parking_check_retrieve(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, 2, check, buf, size);
}

/* That of the argument, else where this leg parks. NULL: there is none. */
static struct parking_place *find_place(struct rd_channel *ch, const char *lot, const char *place)
{
	const struct parking_lot *own;

	if (!*lot) {
		own = parking_lot_of(parking_settings(), ch);
		lot = own ? own->name : "";
	}
	return parking_find(lot, atoi(place));
}

int parking_retrieve_app(struct rd_channel *ch, const char *args)
{
	struct parking_place *place;
	const char *argv[2];
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, 2);

	if (rc >= 0)
		rc = rd_answer(ch);
	if (rc < 0)
		return rc;
	/* Looked for now: it may have been retrieved while we answered. */
	place = find_place(ch, argv[0], argv[1]);
	if (place && place->ch != ch)
		return retrieve(ch, place);
	rc = rd_play(ch, "pbx-invalidpark", "");
	return rc == -ECANCELED ? rc : hang_up(ch, RD_CAUSE_NORMAL);
}
