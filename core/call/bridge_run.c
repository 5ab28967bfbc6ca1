/* Two legs in a bridge, driven by one fiber with one wait: what one of them
 * is told goes to the other, until one goes. */
#include <ringdown/clock.h>
#include <ringdown/log.h>
#include <ringdown/prompt.h>

#include "core/call/bridge.h"
#include "core/call/join.h"
#include "core/call/keeper.h"
#include "core/call/music.h"
#include "core/call/transfer.h"

/* -- time limits ----------------------------------------------------------------- */

static void play_to(struct rd__side *side, const char *sound)
{
	if (sound && *sound)
		rd_play_start(side->ch, sound, false);
}

/* "You have two minutes twenty seconds": minutes up to 59, as prompts. */
static void time_as_prompts(uint64_t ms, struct rd_buf *out)
{
	const struct {
		unsigned count;
		const char *one, *many;
	} units[] = { { (unsigned)(ms / 60000) % 60, "minute", "minutes" },
		      { (unsigned)(ms / 1000) % 60, "second", "seconds" } };

	rd_buf_adds(out, "vm-youhave");
	for (size_t i = 0; i < RD_ARRAY_SIZE(units); i++) {
		unsigned n = units[i].count;

		if (n > 20 && n % 10)
			rd_buf_printf(out, "&digits/%u&digits/%u", n - n % 10, n % 10);
		else if (n)
			rd_buf_printf(out, "&digits/%u", n);
		if (n)
			rd_buf_printf(out, "&%s", n == 1 ? units[i].one : units[i].many);
	}
}

static void play_limit_sound(struct rd__run *run, const char *sound)
{
	if (run->options->warn_caller)
		play_to(&run->side[0], sound);
	if (run->options->warn_peer)
		play_to(&run->side[1], sound);
}

static void play_warning(struct rd__run *run, uint64_t left_ms)
{
	const char *sound = run->options->warn_sound;
	struct rd_buf text;

	rd_buf_init(&text);
	if (!sound)
		time_as_prompts(left_ms, &text);
	play_limit_sound(run, sound ? sound : rd_buf_text(&text));
	rd_buf_fini(&text);
}

static void set_limits(struct rd__run *run)
{
	const struct rd_bridge_options *options = run->options;

	run->started_ms = rd_now_ms();
	if (options->limit_ms <= 0)
		return;
	run->end_ms = run->started_ms + (uint64_t)options->limit_ms;
	if (options->warn_ms > 0 && options->warn_ms < options->limit_ms)
		run->warn_ms = run->end_ms - (uint64_t)options->warn_ms;
}

/* 0 or RD_BRIDGE_LIMIT. */
static int watch_limits(struct rd__run *run)
{
	const struct rd_bridge_options *options = run->options;
	uint64_t now = rd_now_ms();

	if (run->end_ms && now >= run->end_ms) {
		rd_verbose("%s: its time limit is over", rd_channel_name(run->side[0].ch));
		return RD_BRIDGE_LIMIT;
	}
	if (!run->warn_ms || now < run->warn_ms)
		return 0;
	play_warning(run, run->end_ms - now);
	run->warn_ms = options->warn_every_ms > 0 ? run->warn_ms + (uint64_t)options->warn_every_ms
						  : 0;
	if (run->warn_ms >= run->end_ms)
		run->warn_ms = 0;
	return 0;
}

/* -- hold -------------------------------------------------------------------------- */

static void hold(struct rd__side *other, const char *music_class)
{
	if (rd_indicate(other->ch, RD_INDICATE_HOLD) == -ENOSYS)
		other->music = rd__music_start_suggested(other->ch, music_class) == 0;
}

void rd__side_music_stop(struct rd__side *side)
{
	if (side->music)
		rd_music_stop(side->ch);
	side->music = false;
}

static void resume(struct rd__run *run, struct rd__side *other)
{
	if (other->music)
		rd_music_stop(other->ch);
	else
		rd_indicate(other->ch, RD_INDICATE_RESUME);
	other->music = false;
	rd__bridge_relink(run->bridge);
}

/* A leg that came from another call may hold already. */
static void begin_hold(struct rd__run *run)
{
	for (int i = 0; i < 2; i++)
		if (run->side[i].ch->on_hold)
			hold(rd__other_side(run, &run->side[i]), "");
}

static void stop_music(struct rd__run *run)
{
	for (int i = 0; i < 2; i++)
		rd__side_music_stop(&run->side[i]);
}

/* -- succession --------------------------------------------------------------------- */

/* What the one who leaves had the other hear. */
static void end_hold(struct rd__run *run, struct rd__side *side)
{
	struct rd__side *other = rd__other_side(run, side);

	rd__side_music_stop(side);
	if (side->ch->on_hold || other->music)
		resume(run, other);
}

/* True: the one who leaves was ours to look after. */
static bool change_seat(struct rd__run *run, struct rd__side *side, struct rd_channel *heir)
{
	bool was_ours = side->is_heir || side->seat;

	rd_channel_set_notify(side->ch, NULL);
	rd_channel_set_notify(heir, &run->changed);
	side->ch = heir;
	side->key_count = 0;
	if (side->seat)
		*side->seat = heir;
	else
		side->is_heir = true;
	return was_ours;
}

static void seat_heir(struct rd__run *run, struct rd__side *side)
{
	struct rd__side *other = rd__other_side(run, side);
	struct rd_channel *old = side->ch, *heir = old->heir;
	bool was_ours;

	end_hold(run, side);
	was_ours = change_seat(run, side, heir);
	rd__bridge_swap(run->bridge, old, heir);
	rd__channel_introduce(heir, other->ch);
	rd__channel_seated(old);
	if (was_ours) {
		rd__channel_handed_over(old, NULL);
		rd__channel_unref(old);
	}
	if (heir->on_hold)
		hold(other, "");
}

static void let_heirs_go(struct rd__run *run)
{
	for (int i = 0; i < 2; i++)
		if (run->side[i].is_heir)
			rd__channel_finish(run->side[i].ch,
					   rd_channel_cause(run->side[!i].ch));
}

/* -- passing on ------------------------------------------------------------------------ */

static int on_digit(struct rd__run *run, struct rd__side *from, const struct rd_signal *signal)
{
	/* The media engine has passed on what came as a packet. */
	if (run->bridge->passes_digits && signal->source)
		return 0;
	return rd__feature_key(run, from, (char)signal->number, signal->ms);
}

static int on_transfer(struct rd__run *run, struct rd__side *from, const struct rd_signal *signal)
{
	if (signal->number > 0)
		return rd__feature_attended(run, from, signal->text);
	return rd__feature_transfer(run, from, signal->text) == 0 ? RD_BRIDGE_MOVED : 0;
}

static int on_signal(struct rd__run *run, struct rd__side *from, const struct rd_signal *signal)
{
	struct rd__side *other = rd__other_side(run, from);

	switch (signal->type) {
	case RD_SIGNAL_HOLD:
		hold(other, signal->text);
		return 0;
	case RD_SIGNAL_RESUME:
		resume(run, other);
		return 0;
	case RD_SIGNAL_DIGIT:
		return on_digit(run, from, signal);
	case RD_SIGNAL_TEXT:
		rd_send_text(other->ch, rd_channel_text(from->ch, signal));
		return 0;
	case RD_SIGNAL_PARTY:
		rd_channel_set_party(other->ch, RD_PARTY_CONNECTED,
				     rd_channel_party(from->ch, RD_PARTY_CALLER));
		return 0;
	case RD_SIGNAL_TRANSFER:
		return on_transfer(run, from, signal);
	case RD_SIGNAL_STREAMS:
		rd__media_meet(from->ch, other->ch);
		rd__bridge_relink(run->bridge);
		return 0;
	default:
		return 0;
	}
}

static bool is_away(const struct rd_channel *ch)
{
	return rd_channel_gone(ch) || rd_channel_moved(ch);
}

static int why_ended(const struct rd__side *side, int gone)
{
	return rd_channel_gone(side->ch) ? gone : RD_BRIDGE_MOVED;
}

static int hear(struct rd__run *run, struct rd__side *side, int gone)
{
	struct rd_signal signal;

	for (;;) {
		int rc;

		if (side->ch->heir)
			seat_heir(run, side);
		rc = rd_channel_take(side->ch, &signal);
		if (rc == -EAGAIN)
			return 0;
		if (rc)
			return why_ended(side, gone);
		rc = on_signal(run, side, &signal);
		if (rc)
			return rc;
	}
}

/* -- the wait ----------------------------------------------------------------------------- */

static void sooner(uint64_t *next, uint64_t ms)
{
	if (ms && (!*next || ms < *next))
		*next = ms;
}

static int time_left(const struct rd__run *run)
{
	uint64_t now = rd_now_ms(), next = 0;

	sooner(&next, run->end_ms);
	sooner(&next, run->warn_ms);
	for (int i = 0; i < 2; i++)
		if (run->side[i].key_count)
			sooner(&next, run->side[i].keys_until_ms);
	if (!next)
		return RD_FOREVER;
	return next > now ? (int)(next - now) : 0;
}

/* Nobody presses another key: 0 or an enum rd_bridge_end. */
static int end_keys(struct rd__run *run)
{
	int rc = 0;

	for (int i = 0; i < 2 && !rc; i++)
		if (run->side[i].key_count && rd_now_ms() >= run->side[i].keys_until_ms)
			rc = rd__feature_timeout(run, &run->side[i]);
	return rc;
}

static bool is_over(const struct rd__beside *beside)
{
	return (beside->leg && is_away(beside->leg)) || (beside->over && *beside->over);
}

static int drive(struct rd__run *run)
{
	for (;;) {
		int rc = hear(run, &run->side[0], RD_BRIDGE_CALLER_GONE);

		if (!rc)
			rc = hear(run, &run->side[1], RD_BRIDGE_PEER_GONE);
		if (!rc && run->beside && is_over(run->beside))
			rc = RD_BRIDGE_KICKED;
		if (!rc)
			rc = watch_limits(run);
		if (!rc)
			rc = end_keys(run);
		if (rc)
			return rc;
		rc = rd_cond_wait(&run->changed, time_left(run));
		if (rc == -ECANCELED) {
			rc = hear(run, &run->side[0], RD_BRIDGE_CALLER_GONE);
			return rc ? rc : -ECANCELED;
		}
	}
}

/* Somebody who joined the two goes on with who is left. */
static int leave_to_third(struct rd__run *run, int end)
{
	int stays = end == RD_BRIDGE_CALLER_GONE;

	if (end != RD_BRIDGE_CALLER_GONE && end != RD_BRIDGE_PEER_GONE)
		return end;
	return rd__third_go_on(run->bridge, run->side[stays].ch) ? RD_BRIDGE_MOVED : end;
}

static bool wants_digits(const struct rd__run *run)
{
	for (int i = 0; i < 2; i++)
		if (rd__features_any(run->side[i].ch, run->side[i].features))
			return true;
	return run->options->digit;
}

/* What Dial and its kin say, and BRIDGE_FEATURES of the caller in the same letters. */
static void set_features(struct rd__run *run)
{
	const char *letters = rd_var_get(run->side[0].ch, "BRIDGE_FEATURES");

	run->side[0].features =
		run->options->caller_features | rd__features_of_letters(letters, true);
	run->side[1].features =
		run->options->peer_features | rd__features_of_letters(letters, false);
}

/* -- while somebody else drives them ------------------------------------------------------- */

void rd__run_suspend(struct rd__run *run)
{
	rd__bridge_end(run->bridge);
	run->bridge = NULL;
	for (int i = 0; i < 2; i++) {
		run->side[i].key_count = 0;
		rd_channel_set_notify(run->side[i].ch, NULL);
	}
}

void rd__run_reseat(struct rd__run *run, struct rd__side *side, struct rd_channel *heir)
{
	struct rd_channel *old = side->ch;

	side->music = false;
	if (change_seat(run, side, heir)) {
		rd__channel_handed_over(old, NULL);
		rd_channel_let_go(old, RD_CAUSE_NORMAL);
	} else {
		rd_hangup(old, RD_CAUSE_NORMAL);
	}
}

int rd__run_resume(struct rd__run *run)
{
	struct rd_channel *caller = run->side[0].ch, *peer = run->side[1].ch;
	int rc;

	stop_music(run);
	if (is_away(caller))
		return why_ended(&run->side[0], RD_BRIDGE_CALLER_GONE);
	if (is_away(peer))
		return why_ended(&run->side[1], RD_BRIDGE_PEER_GONE);
	rd_channel_set_notify(caller, &run->changed);
	rd_channel_set_notify(peer, &run->changed);
	rc = rd__bridge_new(&run->bridge, caller, peer, wants_digits(run));
	if (rc)
		return rc;
	rd__channel_introduce(peer, caller);
	begin_hold(run);
	return 0;
}

/* -- all of it ------------------------------------------------------------------------------ */

static int talk(struct rd__run *run)
{
	int rc = rd__bridge_new(&run->bridge, run->side[0].ch, run->side[1].ch, wants_digits(run));

	if (rc)
		return rc;
	set_limits(run);
	play_limit_sound(run, run->options->start_sound);
	begin_hold(run);
	rc = drive(run);
	if (run->bridge)
		rc = leave_to_third(run, rc);
	stop_music(run);
	if (run->bridge)
		rd__bridge_end(run->bridge);
	if (run->pending)
		rd__consult_forget(run->pending);
	if (rc == RD_BRIDGE_LIMIT)
		play_limit_sound(run, run->options->end_sound);
	return rc;
}

int rd__bridge_run(struct rd_channel *caller, struct rd_channel *peer,
		   const struct rd_bridge_options *options, const struct rd__beside *beside,
		   enum rd__code *code)
{
	static const struct rd_bridge_options plain;
	struct rd__run run = {
		.side = { { .ch = caller }, { .ch = peer } },
		.options = options ? options : &plain,
		.beside = beside,
	};
	int rc;

	*code = RD__CODES;
	set_features(&run);
	run.side[0].seat = run.options->caller_seat;
	run.side[1].seat = run.options->peer_seat;
	if (rd_channel_gone(caller))
		return RD_BRIDGE_CALLER_GONE;
	if (caller->bridge || peer->bridge || caller == peer)
		return -EBUSY;
	if (rd__is_circle(caller, peer))
		return -ELOOP;
	rd_cond_init(&run.changed);
	rd_channel_set_notify(caller, &run.changed);
	rd_channel_set_notify(peer, &run.changed);
	if (beside && beside->leg)
		rd_channel_set_notify(beside->leg, &run.changed);
	rc = talk(&run);
	if (beside && beside->leg)
		rd_channel_set_notify(beside->leg, NULL);
	rd_channel_set_notify(run.side[0].ch, NULL);
	rd_channel_set_notify(run.side[1].ch, NULL);
	let_heirs_go(&run);
	rd_cond_fini(&run.changed);
	*code = run.code;
	return rc;
}

int rd_bridge_run(struct rd_channel *caller, struct rd_channel *peer,
		  const struct rd_bridge_options *options)
{
	enum rd__code code;

	return rd__bridge_run(caller, peer, options, NULL, &code);
}
