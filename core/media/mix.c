/* The mixer's tick: hear everybody, sum those who talk, let everybody hear. */
#include <string.h>

#include "core/media/command.h"
#include "core/media/fetch.h"
#include "core/media/hear.h"
#include "core/media/line.h"
#include "core/media/mix.h"
#include "core/media/rtp.h"
#include "core/media/send.h"
#include "core/media/setup.h"
#include "core/media/stream.h"
#include "core/media/thread.h"

enum {
	/* Later than so many frames, the rest is not made up for. */
	LATE_FRAMES = 5,
	/* A voice that was sent so lately goes on in the mix without a jump. */
	GOES_ON_MS = 60,
	/* The first tick leaves room for a packet that comes a little late. */
	LEEWAY_US = 5000,
};

/* ---- coming and going ---- */

static void begin(struct rd__thread *thread, struct rd__mixer *mixer)
{
	mixer->due_us = thread->now_us + (uint64_t)mixer->frame_ms * 1000;
	rd_list_push(&thread->mixes, &mixer->in_thread);
}

static void give_back(struct rd__thread *thread, enum rd__event_type type, void *object)
{
	struct rd__event event = { .type = type, .object = object };

	rd__thread_event(thread, &event);
}

static void end(struct rd__thread *thread, struct rd__mixer *mixer)
{
	rd_assert(rd_list_empty(&mixer->members));
	rd_list_remove(&mixer->in_thread);
	give_back(thread, RD__EVENT_MIX_GONE, mixer);
}

static void forget(struct rd__mixer *mixer, const struct rd__member *gone)
{
	rd_list_foreach(node, tmp, &mixer->members) {
		struct rd__member *member = rd_list_entry(node, struct rd__member, in_mix);

		/* Whoever heard or was heard by it alone is silent until told. */
		if (member->role.hears == gone) {
			member->role.hears = NULL;
			member->role.deaf = true;
		}
		if (member->role.heard_by == gone) {
			member->role.heard_by = NULL;
			member->role.mute = true;
			mixer->whisperers--;
		}
	}
}

static void tell_silence(struct rd__member *member)
{
	if (member->voice.talking && member->line)
		rd__line_notice(member->line, RD_STREAM_TALK_END, 0, 0);
	member->voice.talking = false;
}

static void take_out(struct rd__member *member)
{
	struct rd__line *line = member->line;

	if (!rd_list_linked(&member->in_mix))
		return;
	tell_silence(member);
	rd_list_remove(&member->in_mix);
	rd_list_remove(&member->in_heard);
	if (member->role.heard_by)
		member->mixer->whisperers--;
	forget(member->mixer, member);
	member->line = NULL;
	if (!line)
		return;
	line->member = NULL;
	rd__line_watch(line);
	rd__line_wake(line);
}

static void keep_going(struct rd__line *line, const struct rd__mixer *mixer)
{
	struct rd__sender *tx = &line->sender;

	if (tx->started && line->thread->now_us < tx->sent_us + GOES_ON_MS * 1000)
		tx->source = mixer;
}

/* Before the first tick the next packet of each is to be here, so that whoever
 * was linked until now hears no silence in between. */
static void wait_for_next(struct rd__mixer *mixer, const struct rd__line *line)
{
	uint64_t next_us = line->receiver.heard_us + (uint64_t)rd__line_tick_ms(line) * 1000;

	if (mixer->tick == 0 && line->receiver.first_told)
		mixer->due_us = RD_MAX(mixer->due_us, next_us + LEEWAY_US);
}

static void put_in(struct rd__member *member)
{
	rd_list_push(&member->mixer->members, &member->in_mix);
	rd_list_push(&member->mixer->heard, &member->in_heard);
	member->mixer->whisperers += member->role.heard_by != NULL;
	if (!member->stream)
		return;
	member->line = &member->stream->line;
	if (member->line->member)
		take_out(member->line->member);
	member->line->member = member;
	rd__line_unlink(member->line);
	/* What a link has asked of the codecs is over. */
	if (member->line->setup) {
		rd__setup_tune_in(member->line->setup, 0);
		rd__setup_tune_out(member->line->setup, 0);
	}
	member->line->echo = false;
	member->setup = member->line->setup;
	member->behind = true;
	wait_for_next(member->mixer, member->line);
	keep_going(member->line, member->mixer);
	rd__line_unwatch(member->line);
}

static void change(struct rd__role_change *change)
{
	struct rd__member *member = change->member;
	void *cleaner = member->cleaner;

	if (rd_list_linked(&member->in_mix)) {
		member->mixer->whisperers -= member->role.heard_by != NULL;
		member->mixer->whisperers += change->role.heard_by != NULL;
	}
	member->role = change->role;
	member->cleaner = change->cleaner;
	change->cleaner = cleaner;
	if (change->another_buffer && member->jitter)
		rd__jitter_rule(member->jitter, &change->buffer);
	if (member->role.mute)
		tell_silence(member);
}

void rd__mix_command(struct rd__thread *thread, const struct rd__command *command)
{
	switch (command->type) {
	case RD__CMD_MIX:
		begin(thread, command->object);
		break;
	case RD__CMD_MIX_END:
		end(thread, command->object);
		break;
	case RD__CMD_MIX_JOIN:
		put_in(command->object);
		break;
	case RD__CMD_MIX_LEAVE:
		take_out(command->object);
		give_back(thread, RD__EVENT_MEMBER_GONE, command->object);
		break;
	case RD__CMD_MIX_ROLE:
		change(command->object);
		give_back(thread, RD__EVENT_ROLE_CHANGED, command->object);
		break;
	default:
		rd_assert(!"a mixer's command");
	}
}

/* ---- to another way ---- */

/* As if each packet had come just now. */
static void pass_on(struct rd__line *line, const struct rd__jitter_packet *packet)
{
	struct rd__rtp rtp = { .payload_type = line->setup->config.formats[packet->format].payload,
			       .marker = packet->marker,
			       .seq = packet->seq,
			       .ts = packet->ts,
			       .ssrc = packet->ssrc,
			       .size = packet->size };

	/* With room for a header before it, as when it was received. */
	rtp.payload = line->thread->packet + RD__RTP_HEADER + 32;
	memcpy(rtp.payload, packet->data, packet->size);
	rd__line_voice(line, &rtp, packet->format);
}

void rd__mix_hand_over(struct rd__line *line, struct rd__line *target)
{
	struct rd__member *member = line->member;
	struct rd__jitter_packet packet;

	if (!member)
		return;
	take_out(member);
	while (target && member->jitter && rd__jitter_drain(member->jitter, &packet))
		if (packet.format < line->setup->config.format_count)
			pass_on(line, &packet);
}

/* ---- the tick ---- */

static void fetch_frame(const struct rd__mixer *mixer, const struct rd__member *member)
{
	rd__fetch(member->frame, mixer->frame * sizeof(*member->frame));
}

/* Members lie all over the memory: the next one's is fetched meanwhile, and of the
 * one after next what leads to its own. */
static void look_ahead_hearing(const struct rd__mixer *mixer, const struct rd_list *next)
{
	const struct rd__member *member = rd_list_entry(next, struct rd__member, in_heard);

	if (next == &mixer->heard)
		return;
	rd__fetch(rd_list_entry(next->next, struct rd__member, in_heard), RD__MEMBER_HOT);
	if (member->awake) {
		fetch_frame(mixer, member);
		if (member->jitter)
			rd__fetch(member->jitter, RD__JITTER_HOT);
	}
	if (!member->line)
		return;
	rd__fetch_line(member->line);
	rd__fetch_setup(member->setup);
	rd__fetch_decoder(member->setup);
}

static void look_ahead_saying(const struct rd__mixer *mixer, const struct rd_list *next)
{
	const struct rd__member *member = rd_list_entry(next, struct rd__member, in_mix);

	if (next == &mixer->members)
		return;
	rd__fetch(rd_list_entry(next->next, struct rd__member, in_mix), RD__MEMBER_HOT);
	if (member->summed)
		fetch_frame(mixer, member);
	if (!member->line)
		return;
	rd__fetch_sender(member->line);
	rd__fetch_setup(member->setup);
}

static void hear_all(struct rd__mixer *mixer)
{
	rd_list_foreach(node, tmp, &mixer->heard) {
		struct rd__member *member = rd_list_entry(node, struct rd__member, in_heard);

		look_ahead_hearing(mixer, tmp);
		if (member->stream)
			rd__work_for(member->stream, member->stream->label);
		rd__member_listen(mixer, member);
		member->summed = member->heard && !member->role.mute && !member->role.heard_by;
		if (member->summed)
			rd__mix_add(mixer->sum, member->frame, mixer->frame);
		if (rd__member_is_away(member))
			rd_list_remove(&member->in_heard);
	}
}

static void tick(struct rd__mixer *mixer)
{
	mixer->tick++;
	memset(mixer->sum, 0, mixer->frame * sizeof(*mixer->sum));
	hear_all(mixer);
	rd_list_foreach(node, tmp, &mixer->members) {
		look_ahead_saying(mixer, tmp);
		rd__member_say(mixer, rd_list_entry(node, struct rd__member, in_mix));
	}
}

void rd__mixes_run(struct rd__thread *thread)
{
	rd_list_foreach(node, tmp, &thread->mixes) {
		struct rd__mixer *mixer = rd_list_entry(node, struct rd__mixer, in_thread);
		uint64_t step_us = (uint64_t)mixer->frame_ms * 1000;

		if (mixer->due_us > thread->now_us)
			continue;
		tick(mixer);
		mixer->due_us += step_us;
		if (mixer->due_us + LATE_FRAMES * step_us < thread->now_us)
			mixer->due_us = thread->now_us;
	}
}

uint64_t rd__mixes_due_us(const struct rd__thread *thread)
{
	uint64_t due_us = UINT64_MAX;

	for (const struct rd_list *node = thread->mixes.next; node != &thread->mixes;
	     node = node->next)
		due_us = RD_MIN(due_us, rd_list_entry(node, struct rd__mixer, in_thread)->due_us);
	return due_us;
}
