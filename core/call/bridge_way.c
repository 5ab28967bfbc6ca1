/* How the sound of a bridge goes: two plain legs are linked, for more, or for
 * those with a special seat, it is mixed. Looked at anew whenever something
 * has changed; what is right already stays as it is. */
#include <ringdown/log.h>

#include "core/call/bridge.h"
#include "core/call/join.h"
#include "core/media/media.h"
#include "core/media/mixer.h"

/* A decibel up and down, of 65,536. */
enum { DB_UP = 73533,
       DB_DOWN = 58409,
       DB_MIN = -40,
       DB_MAX = 24 };

static int gain_of(int db)
{
	int64_t gain = (int64_t)RD__MIX_UNITY << 16;

	db = RD_MAX(DB_MIN, RD_MIN(db, DB_MAX));
	for (int i = 0; i < (db < 0 ? -db : db); i++)
		gain = gain * (db < 0 ? DB_DOWN : DB_UP) >> 16;
	return (int)(gain >> 16);
}

/* -- what the seats ask for --------------------------------------------------------- */

static struct rd__mix_role role_of(const struct rd__guest *guest)
{
	const struct rd_bridge_seat *seat = &guest->seat;
	struct rd__mix_role role = {
		.mute = seat->mute || guest->ch->on_hold,
		.deaf = seat->deaf,
		.gain_in = gain_of(seat->volume_in_db),
		.gain_out = gain_of(seat->volume_out_db),
		.denoise = seat->denoise,
		.level = seat->level,
		.buffer = guest->ch->jitter_buffer,
	};

	if (seat->hears)
		role.hears = rd__media_voice(seat->hears);
	if (seat->heard_by)
		role.heard_by = rd__media_voice(seat->heard_by);
	return role;
}

static bool is_plain(const struct rd_bridge_seat *seat)
{
	return !seat->mute && !seat->deaf && !seat->volume_in_db && !seat->volume_out_db &&
	       !seat->hears && !seat->heard_by && !seat->denoise && !seat->level;
}

int rd_bridge_count(const struct rd_bridge *bridge)
{
	return bridge->guest_count + (bridge->legs[0] != NULL) + (bridge->legs[1] != NULL);
}

/* -- jitter buffers ------------------------------------------------------------------- */

/* What its phone is told in; NULL: samples, or nothing. */
static const struct rd_codec *codec_of(struct rd_channel *ch)
{
	const struct rd_stream *voice = rd__media_voice(ch);
	const struct rd_stream_config *config = voice ? rd_stream_config(voice) : NULL;

	return config && config->format_count ? config->formats[0].codec : NULL;
}

/* Two, of whom one wants a buffer: those are a mixer's, and a voice that nobody decodes
 * cannot be in one. */
static bool wants_buffer(const struct rd_bridge *bridge)
{
	struct rd_channel *two[2];
	bool wanted = false;

	if (rd_bridge_count(bridge) != 2)
		return false;
	rd_bridge_channels(bridge, two, 2);
	for (int i = 0; i < 2; i++) {
		const struct rd_codec *codec = codec_of(two[i]);

		if (codec && (!codec->decode || !codec->encode))
			return false;
		wanted |= two[i]->jitter_buffer.wanted;
	}
	return wanted;
}

/* -- its rate ------------------------------------------------------------------------- */

static int rate_of(struct rd_channel *ch)
{
	const struct rd_codec *codec = ch ? codec_of(ch) : NULL;

	return codec ? codec->rate : 0;
}

/* So that nobody sounds worse than before. */
static int rate_for_all(const struct rd_bridge *bridge)
{
	int most = RD_MAX(rate_of(bridge->legs[0]), rate_of(bridge->legs[1])), i = 0;

	rd_list_foreach(node, tmp, &bridge->guests) {
		struct rd__guest *guest = rd_list_entry(node, struct rd__guest, link);

		most = RD_MAX(most, rate_of(guest->ch));
	}
	while (i < RD_MIX_RATES - 1 && rd_mix_rates[i] < most)
		i++;
	return rd_mix_rates[i];
}

static bool needs_mix(const struct rd_bridge *bridge)
{
	int count = rd_bridge_count(bridge);

	if (count == 0)
		return bridge->speaker; /* which goes on when somebody comes again */
	if (bridge->setup.mix || bridge->speaker || count > 2)
		return true;
	if (count < 2)
		return false;
	if (wants_buffer(bridge))
		return true;
	rd_list_foreach(node, tmp, &bridge->guests)
		if (!is_plain(&rd_list_entry(node, struct rd__guest, link)->seat))
			return true;
	return false;
}

/* -- linked --------------------------------------------------------------------------- */

/* One of the two may be in a room, through a Local channel: that has its sound. */
static bool left_to_a_room(const struct rd_channel *ch)
{
	struct rd_bridge *room = rd__room_beyond(ch);

	if (room)
		rd__bridge_relink(room);
	return room;
}

static void link_two(struct rd_bridge *bridge, struct rd_channel *a, struct rd_channel *b)
{
	bool room = rd__bridge_is_room(bridge);
	int rc;

	if (!room && (left_to_a_room(a) || left_to_a_room(b)))
		return;
	bridge->passes_digits = !room && !bridge->wants_digits && rd__media_passes_digits(a, b);
	rc = rd__media_join(a, b, bridge->passes_digits);
	if (rc == -ENOTSUP)
		rd__media_explain(a, b);
	else if (rc && rc != -ENODATA)
		rd_error("%s and %s cannot hear each other: %s", rd_channel_name(a),
			 rd_channel_name(b), rd_strerror(rc));
	if (!room)
		rd__channels_meet(a, b);
}

static void unmix(struct rd_bridge *bridge)
{
	if (bridge->mixer)
		rd__mixer_close(bridge->mixer);
	bridge->mixer = NULL;
}

/* -- mixed ----------------------------------------------------------------------------- */

static int mix_one(struct rd_bridge *bridge, struct rd_channel *ch,
		   const struct rd__mix_role *role)
{
	struct rd_stream *voice = rd__media_voice(ch);

	if (!voice)
		return 0;
	if (rd__stream_mixer(voice) == bridge->mixer)
		return rd__mixer_set_role(voice, role);
	return rd__mixer_join(bridge->mixer, voice, role);
}

static int mix_all(struct rd_bridge *bridge)
{
	/* In a call nothing is too soft to be heard. */
	struct rd__mix_role plain = { .gain_in = RD__MIX_UNITY,
				      .gain_out = RD__MIX_UNITY,
				      .always = wants_buffer(bridge) };
	int rc = 0;

	rd__mixer_mark(bridge->mixer);
	for (int i = 0; i < 2 && !rc; i++) {
		if (!bridge->legs[i])
			continue;
		plain.buffer = bridge->legs[i]->jitter_buffer;
		rc = mix_one(bridge, bridge->legs[i], &plain);
	}
	rd_list_foreach(node, tmp, &bridge->guests) {
		struct rd__guest *guest = rd_list_entry(node, struct rd__guest, link);
		struct rd__mix_role role = role_of(guest);

		if (!rc)
			rc = mix_one(bridge, guest->ch, &role);
	}
	rd__mixer_sweep(bridge->mixer);
	return rc;
}

int rd__bridge_make_mixer(struct rd_bridge *bridge)
{
	struct rd__mixer_options options = { .rate = bridge->setup.rate,
					     .frame_ms = bridge->setup.frame_ms };
	struct rd_channel *first;

	if (bridge->mixer)
		return 0;
	if (!options.rate)
		options.rate = rate_for_all(bridge);
	if (rd_bridge_channels(bridge, &first, 1))
		options.near = rd__media_voice(first);
	return rd__mixer_new(&bridge->mixer, &options);
}

static void mix(struct rd_bridge *bridge)
{
	int rc = rd__bridge_make_mixer(bridge);

	bridge->passes_digits = false;
	if (!rc)
		rc = mix_all(bridge);
	if (rc && rc != -ENODEV)
		rd_error("bridge %s: cannot mix: %s", bridge->id, rd_strerror(rc));
}

/* Pictures and text are never mixed. Of text there is none between more than two, and no
 * fax. */
static void part_beside(const struct rd_bridge *bridge, const struct rd_channel *ch)
{
	if (bridge->setup.pictures == RD_PICTURES_NONE) {
		rd__media_part_beside(ch);
		return;
	}
	for (int kind = RD_MEDIA_TEXT; kind <= RD_MEDIA_IMAGE; kind++) {
		struct rd_stream *stream = rd_channel_stream(ch, kind);

		if (stream)
			rd__stream_unlink(stream);
	}
}

static void part_all_beside(const struct rd_bridge *bridge)
{
	for (int i = 0; i < 2; i++)
		if (bridge->legs[i])
			part_beside(bridge, bridge->legs[i]);
	rd_list_foreach(node, tmp, &bridge->guests)
		part_beside(bridge, rd_list_entry(node, struct rd__guest, link)->ch);
}

static void relink_beside(struct rd_bridge *bridge)
{
	struct rd_channel *two[2];

	if (bridge->setup.pictures != RD_PICTURES_NONE && rd_bridge_count(bridge) == 2 &&
	    rd_bridge_channels(bridge, two, 2) == 2) {
		rd__media_join_beside(two[0], two[1]);
		rd__stage_clear(bridge);
		rd__stage_ask_for_nothing(bridge);
		return;
	}
	part_all_beside(bridge);
	if (bridge->setup.pictures != RD_PICTURES_NONE)
		rd__stage_set(bridge);
}

static void tell_who_hears(const struct rd_bridge *bridge)
{
	struct rd_channel *two[2];

	if (!rd__bridge_is_room(bridge) && rd_bridge_count(bridge) == 2 &&
	    rd_bridge_channels(bridge, two, 2) == 2) {
		rd__channel_heard_by(two[0], two[1]);
		rd__channel_heard_by(two[1], two[0]);
		return;
	}
	/* Who is alone waits for somebody. */
	if (rd_bridge_count(bridge) < 2)
		return;
	for (int i = 0; i < 2; i++)
		if (bridge->legs[i])
			rd__channel_heard_by(bridge->legs[i], NULL);
	rd_list_foreach(node, tmp, &bridge->guests)
		rd__channel_heard_by(rd_list_entry(node, struct rd__guest, link)->ch, NULL);
}

void rd__bridge_relink(struct rd_bridge *bridge)
{
	struct rd_channel *two[2];

	tell_who_hears(bridge);
	relink_beside(bridge);
	if (needs_mix(bridge)) {
		mix(bridge);
		return;
	}
	if (rd_bridge_channels(bridge, two, 2) == 2)
		link_two(bridge, two[0], two[1]);
	unmix(bridge);
}
