/* What somebody in a room hears: the common sound, encoded once for all of a
 * codec, or a sound of its own, because its voice is part of the sum or its
 * role is a special one. */
#include <string.h>

#include "core/media/change.h"
#include "core/media/dtmf_line.h"
#include "core/media/encoder.h"
#include "core/media/line.h"
#include "core/media/mix.h"
#include "core/media/rtp.h"
#include "core/media/send.h"
#include "core/media/thread.h"

/* ---- packets from frames ---- */

/* What the packet under way began with, one has heard from the other packer. Where nobody
 * has, with silence. */
static void begin_within(struct rd__packer *packer, const struct rd__packer *other, uint64_t tick)
{
	size_t before = (tick - 1) % (packer->size / packer->frame) * packer->frame;
	bool goes_on = other->size == packer->size && tick - other->tick <= 1;

	packer->count = before;
	if (goes_on)
		memcpy(packer->samples, other->samples, before * sizeof(*packer->samples));
	else
		memset(packer->samples, 0, before * sizeof(*packer->samples));
}

/* NULL: nobody has heard it. */
static const int16_t *common_before(const struct rd__mixer *mixer)
{
	uint64_t before = mixer->tick - 1;

	return mixer->common_ticks[before % 2] == before ? mixer->common[before % 2] : NULL;
}

static void shift(struct rd__packer *packer)
{
	packer->count -= packer->size;
	memmove(packer->samples, packer->samples + packer->size,
		packer->count * sizeof(*packer->samples));
}

/* Is a packet full? It lies at .samples then. */
static bool pack(struct rd__packer *packer, const struct rd__packer *other,
		 const struct rd__mixer *mixer, const int16_t *frame)
{
	size_t count = mixer->frame, room;
	int16_t *to;

	if (packer->tick + 1 != mixer->tick && packer->resampler)
		rd__resample_behind(packer->resampler, common_before(mixer), mixer->frame);
	if (packer->tick + 1 != mixer->tick)
		begin_within(packer, other, mixer->tick);
	else if (packer->count >= packer->size)
		shift(packer);
	packer->tick = mixer->tick;
	to = packer->samples + packer->count;
	room = packer->max - packer->count;
	if (packer->resampler) {
		packer->count += rd__resample(packer->resampler, frame, count, to, room);
	} else {
		count = RD_MIN(count, room);
		memcpy(to, frame, count * sizeof(*to));
		packer->count += count;
	}
	return packer->count >= packer->size;
}

/* Is a frame of the room a packet as it is? */
static bool is_whole(const struct rd__packer *packer, size_t frame)
{
	return !packer->resampler && packer->size == frame;
}

/* ---- the common sound ---- */

static const int16_t *common_sound(struct rd__mixer *mixer)
{
	int at = (int)(mixer->tick % 2);

	if (mixer->common_ticks[at] != mixer->tick)
		rd__mix_limit(mixer->common[at], mixer->sum, mixer->frame);
	mixer->common_ticks[at] = mixer->tick;
	return mixer->common[at];
}

/* Once for each tick, whoever comes first. */
static void encode(struct rd__mixer *mixer, struct rd__outlet *outlet,
		   const struct rd__packer *own)
{
	if (outlet->packer.tick == mixer->tick)
		return;
	outlet->bytes = 0;
	if (!pack(&outlet->packer, own, mixer, common_sound(mixer)))
		return;
	outlet->bytes = rd__codec_encode(outlet->codec, outlet->encoder, outlet->packer.samples,
					 outlet->packer.size, outlet->packet, outlet->bytes_max);
}

static void say_common(struct rd__mixer *mixer, struct rd__member *member)
{
	struct rd__outlet *outlet = member->outlet;
	struct rd__line *line = member->line;

	encode(mixer, outlet, &member->packer);
	if (outlet->bytes <= 0)
		return;
	memcpy(line->thread->packet2 + RD__RTP_HEADER, outlet->packet, (size_t)outlet->bytes);
	rd__line_say_bytes(line, mixer, (size_t)outlet->bytes, outlet->packer.size);
}

/* ---- a sound of one's own ---- */

static bool is_heard_common(const struct rd__mixer *mixer, const struct rd__member *member)
{
	const struct rd__member_role *role = &member->role;

	return member->outlet && !member->summed && !role->deaf && !role->hears &&
	       !mixer->whisperers && role->gain_out == RD__MIX_UNITY &&
	       !rd__line_changes(member->line, RD__TAP_OUT);
}

/* What is said to this one alone, on top of the rest. */
static void add_whispers(struct rd__mixer *mixer, const struct rd__member *member, int16_t *frame)
{
	int32_t sum[RD__MIX_FRAME_MAX / 4];

	rd_list_foreach(node, tmp, &mixer->members) {
		struct rd__member *whisperer = rd_list_entry(node, struct rd__member, in_mix);

		if (whisperer->role.heard_by != member || !whisperer->heard)
			continue;
		for (size_t at = 0; at < mixer->frame; at += RD_ARRAY_SIZE(sum)) {
			size_t n = RD_MIN(mixer->frame - at, RD_ARRAY_SIZE(sum));

			memset(sum, 0, n * sizeof(*sum));
			rd__mix_add(sum, frame + at, n);
			rd__mix_add(sum, whisperer->frame + at, n);
			rd__mix_limit(frame + at, sum, n);
		}
	}
}

static const int16_t *own_sound(struct rd__mixer *mixer, const struct rd__member *member)
{
	const struct rd__member_role *role = &member->role;
	int16_t *frame = mixer->scratch;

	if (role->hears && role->hears->heard)
		memcpy(frame, role->hears->frame, mixer->frame * sizeof(*frame));
	else if (role->deaf || role->hears)
		memset(frame, 0, mixer->frame * sizeof(*frame));
	else if (member->summed)
		rd__mix_without(frame, mixer->sum, member->frame, mixer->frame);
	else
		memcpy(frame, common_sound(mixer), mixer->frame * sizeof(*frame));
	if (mixer->whisperers)
		add_whispers(mixer, member, frame);
	if (role->gain_out != RD__MIX_UNITY)
		rd__mix_gain(frame, frame, role->gain_out, mixer->frame);
	return frame;
}

static void say_own(struct rd__mixer *mixer, struct rd__member *member)
{
	struct rd__packer *packer = &member->packer;
	const int16_t *sound = own_sound(mixer, member);

	if (!is_whole(packer, mixer->frame)) {
		if (!pack(packer, member->outlet ? &member->outlet->packer : packer, mixer, sound))
			return;
		sound = packer->samples;
	}
	rd__line_say(member->line, mixer, sound, packer->size);
}

/* The common encoder may be out of step with the far end's decoder (encoder.h). Its own is
 * not: that says the same for a while, and the other goes along. */
static void lead_to_common(struct rd__mixer *mixer, struct rd__member *member)
{
	if (member->led < rd__setup_lead(member->line->setup)) {
		encode(mixer, member->outlet, &member->packer);
		member->led += member->outlet->bytes > 0;
		say_own(mixer, member);
		return;
	}
	member->led = UINT8_MAX;
	say_common(mixer, member);
}

/* A prompt to one, or a key, is heard instead of the room. */
static bool is_free(const struct rd__member *member)
{
	const struct rd__line *line = member->line;

	return member->packer.size && rd__line_can_send(line) && !line->player &&
	       !rd__line_digits_busy(line);
}

void rd__member_say(struct rd__mixer *mixer, struct rd__member *member)
{
	if (member->port) {
		rd__sample_ring_write(rd__member_sink(member), own_sound(mixer, member),
				      mixer->frame);
		return;
	}
	if (is_free(member) && is_heard_common(mixer, member)) {
		lead_to_common(mixer, member);
		return;
	}
	member->led = 0;
	if (is_free(member))
		say_own(mixer, member);
}
