/* Lines: the media thread's half of streams. Commands are carried out here,
 * and what passing time means is decided here. */
#include <stdio.h>
#include <sys/epoll.h>

#include "core/media/bundle.h"
#include "core/media/change.h"
#include "core/media/command.h"
#include "core/media/convert.h"
#include "core/media/dtmf.h"
#include "core/media/dtmf_line.h"
#include "core/media/ear.h"
#include "core/media/hear.h"
#include "core/media/ice_stream.h"
#include "core/media/line.h"
#include "core/media/mix.h"
#include "core/media/pass_on.h"
#include "core/media/player.h"
#include "core/media/quality.h"
#include "core/media/recorder.h"
#include "core/media/rtcp_line.h"
#include "core/media/rtp.h"
#include "core/media/secure.h"
#include "core/media/setup.h"
#include "core/media/source.h"
#include "core/media/stream.h"
#include "core/media/thread.h"

enum {
	GRID_US = 4000,
	CATCH_UP_STEPS = 25, /* half a second, as much as a room keeps (member.c) */
};

/* ---- coming and going ---- */

static void watch(struct rd__thread *thread, int fd, struct rd__line *line, enum rd__ready what)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = rd__ready_tag(line, what) };

	if (fd >= 0)
		epoll_ctl(thread->epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

static void unwatch(struct rd__thread *thread, int fd)
{
	if (fd >= 0)
		epoll_ctl(thread->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

void rd__line_watch(struct rd__line *line)
{
	watch(line->thread, line->fd, line, RD__READY_RTP);
}

void rd__line_unwatch(struct rd__line *line)
{
	unwatch(line->thread, line->fd);
}

static void attach(struct rd__thread *thread, struct rd__line *line)
{
	line->thread = thread;
	line->attached = true;
	if (thread->lines++ == 0)
		thread->wheel_ms = thread->now_us / 1000;
	rd_list_push(&thread->rounds[rd__thread_random(thread) % RD__ROUNDS], &line->in_round);
	watch(thread, line->fd, line, RD__READY_RTP);
	watch(thread, line->rtcp_fd, line, RD__READY_RTCP);
	if (!line->receiver.heard_us) {
		line->sender.seq = (uint16_t)(rd__thread_random(thread) & 0x7fff);
		line->sender.ts = rd__thread_random(thread);
		line->receiver.heard_us = thread->now_us;
	}
	rd__line_wake(line);
}

void rd__line_stand_on(struct rd__line *line, struct rd__feet *feet)
{
	unwatch(line->thread, line->fd);
	unwatch(line->thread, line->rtcp_fd);
	rd__ear_close(line);
	line->fd = feet->fd;
	line->rtcp_fd = feet->rtcp_fd;
	line->out_fd = feet->out_fd;
	/* In a room, packets are asked for. */
	if (!line->member)
		rd__line_watch(line);
	watch(line->thread, line->rtcp_fd, line, RD__READY_RTCP);
}

/* The next one counts from the beginning: to who listened it is a new source. */
static void set_converter(struct rd__line *line, struct rd__line *listener,
			  struct rd__converter *converter)
{
	struct rd__event event = { .type = RD__EVENT_CONVERTER_DONE,
				   .stream = RD__STREAM_OF(line),
				   .object = line->converter };

	line->converter = converter;
	if (!event.object)
		return;
	if (listener->sender.source == line)
		listener->sender.source = NULL;
	rd__thread_event(line->thread, &event);
}

/* Codecs that can choose work at the rate of those who listen. */
static void tune(struct rd__line *line, const struct rd__converter *hears,
		 const struct rd__converter *says)
{
	if (!line->setup)
		return;
	rd__setup_tune_in(line->setup, hears ? hears->decode_rate : 0);
	rd__setup_tune_out(line->setup, says ? says->resamplers.to : 0);
}

void rd__line_unlink(struct rd__line *line)
{
	struct rd__line *peer = line->peer;

	rd__line_unsee(line);
	if (!peer)
		return;
	rd__line_hear_rest(line);
	rd__line_hear_rest(peer);
	line->peer = peer->peer = NULL;
	line->noising = peer->noising = false;
	line->table = peer->table = NULL;
	set_converter(line, peer, NULL);
	set_converter(peer, line, NULL);
	tune(line, NULL, NULL);
	tune(peer, NULL, NULL);
}

static void detach(struct rd__line *line)
{
	struct rd__thread *thread = line->thread;

	rd__mix_hand_over(line, NULL);
	rd__line_unlink(line);
	unwatch(thread, line->fd);
	unwatch(thread, line->rtcp_fd);
	rd__ear_close(line);
	rd_list_remove(&line->in_round);
	rd_list_remove(&line->in_wheel);
	thread->lines--;
	line->attached = false;
}

static void release(struct rd__line *line)
{
	struct rd__event event = { .type = RD__EVENT_RELEASED,
				   .stream = RD__STREAM_OF(line) };
	struct rd__thread *thread = line->thread;

	detach(line);
	rd__work_forget(event.stream);
	line->thread = NULL;
	rd__thread_event(thread, &event);
}

static void close_line(struct rd__line *line)
{
	struct rd__event event = { .type = RD__EVENT_CLOSED, .stream = RD__STREAM_OF(line) };

	rd__player_end(line, -ECANCELED);
	rd__taps_close(line);
	rd__changers_close(line);
	rd__line_send_report(line, true);
	detach(line);
	rd__work_forget(event.stream);
	/* The sockets go back with the stream. */
	line->fd = line->rtcp_fd = line->out_fd = -1;
	rd__thread_event(line->thread, &event);
}

/* ---- what was agreed on ---- */

static void take_setup(struct rd__line *line, struct rd__setup *setup)
{
	struct rd__event event = { .type = RD__EVENT_SETUP_DONE,
				   .stream = RD__STREAM_OF(line),
				   .object = line->setup };

	rd__line_hear_rest(line);
	rd__setup_go_on(setup, line->setup);
	line->setup = setup;
	line->hush = (struct rd__hush){ 0 }; /* it may be judged no more */
	line->receiver.heard_us = line->thread->now_us;
	line->receiver.timeout_told = false;
	line->named = setup->config.mid_id && setup->config.mid[0];
	if (line->fd >= 0)
		rd__source_agree(line);
	if (event.object)
		rd__thread_event(line->thread, &event);
	rd__line_wake(line);
}

static void link_lines(struct rd__line *line, const struct rd__command *command)
{
	struct rd__line *peer = &((struct rd_stream *)command->object)->line;

	/* The same two again: codecs go on as they are. */
	if (line->peer == peer) {
		rd__line_hear_rest(line);
		rd__line_hear_rest(peer);
	} else {
		rd__line_unlink(line);
		rd__line_unlink(peer);
	}
	line->peer = peer;
	peer->peer = line;
	line->table = command->table[0];
	peer->table = command->table[1];
	set_converter(line, peer, command->converter[0]);
	set_converter(peer, line, command->converter[1]);
	tune(line, line->converter, peer->converter);
	tune(peer, peer->converter, line->converter);
	line->link_flags = peer->link_flags = (unsigned)command->number;
	line->echo = peer->echo = false;
	rd__mix_hand_over(line, peer);
	rd__mix_hand_over(peer, line);
}

/* ---- commands ---- */

static void send_digit(struct rd__line *line, char digit, int ms)
{
	line->keying |= rd__dtmf_queue(&line->dtmf_out, digit, ms);
	rd__line_wake(line);
}

static void player_command(struct rd__line *line, const struct rd__command *command)
{
	if (command->type == RD__CMD_PLAY)
		rd__player_begin(line, command->object);
	else if (command->type == RD__CMD_PLAYER_STOP)
		rd__player_drop(line, command->object);
	else if (command->type == RD__CMD_PLAYER_APPEND)
		rd__player_take(line, command->object, (const void *)(intptr_t)command->number);
	else
		rd__player_act(line, command->object, (int)command->number, command->number2);
	rd__line_wake(line);
}

static void tap_command(struct rd__line *line, const struct rd__command *command)
{
	if (command->type == RD__CMD_RECORDER_ACT)
		rd__recorder_act(line, command);
	else
		rd__taps_command(line, command);
	rd__line_wake(line);
}

void rd__line_command(struct rd__thread *thread, const struct rd__command *command)
{
	struct rd__line *line = command->stream ? &command->stream->line : NULL;

	switch (command->type) {
	case RD__CMD_ATTACH:
		attach(thread, line);
		break;
	case RD__CMD_RELEASE:
		release(line);
		break;
	case RD__CMD_CLOSE:
		close_line(line);
		break;
	case RD__CMD_SETUP:
		take_setup(line, command->object);
		break;
	case RD__CMD_LINK:
		link_lines(line, command);
		break;
	case RD__CMD_UNLINK:
		rd__line_unlink(line);
		break;
	case RD__CMD_SEE:
		rd__line_see(line, command->object);
		break;
	case RD__CMD_ECHO:
		line->echo = command->number;
		break;
	case RD__CMD_DIGIT:
		send_digit(line, (char)command->number, (int)command->number2);
		break;
	case RD__CMD_PICTURE:
		rd__line_wish_for_picture(line);
		break;
	case RD__CMD_PLAY:
	case RD__CMD_PLAYER_STOP:
	case RD__CMD_PLAYER_APPEND:
	case RD__CMD_PLAYER_CONTROL:
		player_command(line, command);
		break;
	case RD__CMD_TAP:
	case RD__CMD_UNTAP:
	case RD__CMD_TAP_DECODERS:
	case RD__CMD_RECORDER_ACT:
		tap_command(line, command);
		break;
	case RD__CMD_CHANGE:
	case RD__CMD_UNCHANGE:
		rd__changers_command(line, command);
		break;
	case RD__CMD_KEY:
		rd__line_take_key(line, command->object, command->number);
		break;
	case RD__CMD_BUNDLE:
		rd__line_take_bundle(line, command->object);
		break;
	case RD__CMD_FEET:
		rd__line_take_feet(line, command->object);
		break;
	case RD__CMD_ICE_WAY:
		rd__line_take_way(line, command->object);
		break;
	case RD__CMD_WANT:
		line->wanted_kinds = (unsigned)command->number;
		break;
	case RD__CMD_MIX:
	case RD__CMD_MIX_END:
	case RD__CMD_MIX_JOIN:
	case RD__CMD_MIX_LEAVE:
	case RD__CMD_MIX_ROLE:
		rd__mix_command(thread, command);
		break;
	case RD__CMD_QUIT:
		break;
	}
}

/* ---- time ---- */

int rd__line_rate(const struct rd__line *line)
{
	if (line->ops)
		return line->ops_rate;
	return rd__sent_format(line->setup) ? line->setup->rate_out : 8000;
}

int rd__line_tick_ms(const struct rd__line *line)
{
	const struct rd_stream_format *format = rd__sent_format(line->setup);

	return format ? rd__frame_ms(format) : RD__TICK_MS;
}

static bool ticks(const struct rd__line *line)
{
	return line->player || line->noising || line->ticking_taps || rd__taps_wait(line) ||
	       (line->converter && line->converter->sorter.waiting) ||
	       (line->ops && !line->member) || line->dtmf_in.open || rd__line_digits_busy(line);
}

void rd__line_wake(struct rd__line *line)
{
	/* In its own tick the end of that decides. */
	if (!line->attached || line->in_tick || !ticks(line) || rd_list_linked(&line->in_wheel))
		return;
	/* A line that rested begins at once, or nearly: lines that tick together
	 * wake the thread once. */
	line->due_us = (line->thread->now_us + GRID_US - 1) / GRID_US * GRID_US;
	rd__wheel_add(line->thread, line);
}

ssize_t rd__line_ask(struct rd__line *line, int16_t *samples, size_t max)
{
	ssize_t n;

	if (!line->ops->read)
		return 0;
	rd__work_enter((const void *)line->ops->read);
	n = line->ops->read(line->ops_arg, samples, max);
	rd__work_leave((const void *)line->ops->read);
	return n;
}

static void read_custom(struct rd__line *line)
{
	int16_t *samples = line->thread->samples2;
	size_t max = (size_t)(line->ops_rate * RD__TICK_MS / 1000);
	ssize_t n = rd__line_ask(line, samples, max);

	if (n > 0)
		rd__line_heard(line, samples, (size_t)n);
}

/* Recorders and detectors get what was missed. */
static void catch_up(struct rd__line *line, uint64_t steps)
{
	if (!line->ops || line->member || line->peer)
		return;
	for (steps = RD_MIN(steps, (uint64_t)CATCH_UP_STEPS); steps; steps--)
		read_custom(line);
}

static void tick(struct rd__line *line)
{
	if (line->ops && !line->member)
		read_custom(line);
	rd__line_hear_tick(line);
	rd__line_digit_clock(line);
	if (!rd__line_digit_tick(line))
		rd__player_tick(line);
	rd__line_noise_tick(line);
	rd__taps_tick(line);
}

static void set_due(struct rd__line *line)
{
	uint64_t step_us = (uint64_t)rd__line_tick_ms(line) * 1000;

	line->due_us += step_us;
	/* The machine stood still: what was missed is not sent in a burst. */
	if (line->due_us + 5 * step_us < line->thread->now_us) {
		catch_up(line, (line->thread->now_us - line->due_us) / step_us);
		line->due_us = line->thread->now_us;
	}
}

void rd__line_tick(struct rd__line *line)
{
	line->in_tick = true;
	tick(line);
	if (ticks(line))
		set_due(line);
	line->in_tick = false;
	if (ticks(line))
		rd__wheel_add(line->thread, line);
}

void rd__line_notice(struct rd__line *line, enum rd_stream_event_type type, char digit, int ms)
{
	struct rd__event event = { .type = RD__EVENT_NOTICE,
				   .stream = RD__STREAM_OF(line),
				   .notice = { type, digit, ms } };

	rd__thread_event(line->thread, &event);
}

static void check_timeout(struct rd__line *line)
{
	const struct rd_stream_config *config = &line->setup->config;
	bool held = config->direction != RD_SENDRECV;
	int limit_ms = held ? config->hold_timeout_ms : config->timeout_ms;

	if (limit_ms <= 0 || line->receiver.timeout_told ||
	    line->thread->now_us < line->receiver.heard_us + (uint64_t)limit_ms * 1000)
		return;
	line->receiver.timeout_told = true;
	rd__line_notice(line, RD_STREAM_TIMEOUT, 0, limit_ms);
}

#define PUBLISH(member, value) \
	atomic_store_explicit(&line->stats.member, (value), memory_order_relaxed)

static void publish_stats(struct rd__line *line)
{
	const struct rd__rtp_reception *reception = &line->receiver.reception;
	unsigned rate = rd__line_clock(line);
	int32_t lost = rd__reception_lost(reception);

	PUBLISH(rx_packets, line->receiver.packets);
	PUBLISH(rx_bytes, line->receiver.bytes);
	PUBLISH(tx_packets, line->sender.packets);
	PUBLISH(tx_bytes, line->sender.bytes);
	PUBLISH(rx_lost, line->receiver.lost_before + (uint32_t)RD_MAX(lost, 0));
	PUBLISH(rx_late, reception->late);
	PUBLISH(rx_stranger, line->receiver.strangers);
	PUBLISH(rx_refused, line->receiver.refused);
	PUBLISH(rx_jitter_us,
		(uint32_t)((uint64_t)(reception->jitter16 >> 4) * 1000000 / rate));
	PUBLISH(far_jitter_us, line->rtcp.far_jitter_us);
	PUBLISH(far_lost, line->rtcp.far_lost);
	PUBLISH(round_trip_us, line->rtcp.round_trip_us);
	PUBLISH(far_mos, line->rtcp.far_mos);
	PUBLISH(rx_burst_ratio,
		(uint32_t)(rd__loss_shape(&line->receiver.runs).burst_ratio * 100));
	PUBLISH(ssrc, line->sender.ssrc);
	PUBLISH(far_ssrc, reception->ssrc);
	rd__stats_tell_remote(line);
}

static void report_when_due(struct rd__line *line)
{
	uint64_t now_us = line->thread->now_us, interval_us;

	if (line->setup->rtcp_interval_ms == 0)
		return;
	/* RFC 3550 §6.3.1: half to one and a half of the interval. */
	interval_us = (uint64_t)line->setup->rtcp_interval_ms *
		      (500 + rd__thread_random(line->thread) % 1000);
	if (!line->rtcp.due_us)
		line->rtcp.due_us = now_us + interval_us / 2;
	if (now_us < line->rtcp.due_us)
		return;
	line->rtcp.due_us = now_us + interval_us;
	rd__line_send_report(line, false);
}

void rd__line_round(struct rd__line *line)
{
	publish_stats(line);
	if (!line->setup || line->fd < 0)
		return;
	rd__source_round(line);
	rd__line_keep_alive(line);
	check_timeout(line);
	report_when_due(line);
}
