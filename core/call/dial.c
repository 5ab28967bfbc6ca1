/* Calling out: legs ring side by side, one wait hears them all, the first to
 * answer wins. How one leg is made, and forwarded, is in dial_leg.c. */
#include <stdlib.h>

#include <ringdown/app.h>
#include <ringdown/clock.h>
#include <ringdown/log.h>
#include <ringdown/prompt.h>

#include "core/call/dial.h"
#include "core/call/join.h"

const char *rd_dial_status_name(enum rd_dial_status status)
{
	static const char *const names[] = {
		[RD_DIAL_ANSWER] = "ANSWER",	     [RD_DIAL_BUSY] = "BUSY",
		[RD_DIAL_NOANSWER] = "NOANSWER",     [RD_DIAL_CANCEL] = "CANCEL",
		[RD_DIAL_CONGESTION] = "CONGESTION", [RD_DIAL_CHANUNAVAIL] = "CHANUNAVAIL",
		[RD_DIAL_INVALIDARGS] = "INVALIDARGS",
	};

	return status < RD_ARRAY_SIZE(names) ? names[status] : "INVALIDARGS";
}

/* -- what the caller is shown -------------------------------------------------- */

static int tone_for_caller(struct rd__dial *dial)
{
	const char *tone = dial->options->ring_tone;

	if (!*tone)
		return rd_indicate(dial->caller, RD_INDICATE_RINGING);
	rd_indicate(dial->caller, RD_INDICATE_PROGRESS);
	return rd_tone_start(dial->caller, tone);
}

static int sound_for_caller(struct rd__dial *dial)
{
	if (dial->options->music) {
		rd_indicate(dial->caller, RD_INDICATE_PROGRESS);
		return rd_music_start(dial->caller, dial->options->music);
	}
	return dial->options->ring_tone ? tone_for_caller(dial) : 0;
}

/* Who hears nothing waits all the same: 0, or -ECANCELED. */
static int begin_to_ring(struct rd__dial *dial)
{
	int rc = dial->caller ? sound_for_caller(dial) : 0;

	if (rc >= 0 || rc == -ECANCELED)
		return RD_MIN(rc, 0);
	if (rc != -EINVAL) /* a tone that is none was named already */
		rd_app_warning(dial->caller, "nothing to hear while it rings: %s",
			       rd_strerror(rc));
	return 0;
}

static void stop_ringing(struct rd__dial *dial)
{
	if (!dial->caller)
		return;
	if (dial->early)
		rd__media_part(dial->caller, dial->early);
	dial->early = NULL;
	if (dial->options->music)
		rd_music_stop(dial->caller);
	if (!dial->options->music || dial->options->ring_tone)
		rd_tone_stop(dial->caller);
}

/* What the legs say is hidden behind music or a tone of our own. */
static bool own_sound(const struct rd__dial *dial)
{
	return dial->options->music || dial->options->ring_tone;
}

static uint64_t elapsed(const struct rd__dial *dial)
{
	return RD_MAX(rd_now_ms() - dial->started_ms, (uint64_t)1);
}

static void publish_state(struct rd__dial *dial, struct rd__leg *leg, const char *state)
{
	struct rd_event event = {
		.type = RD_EVENT_DIAL_STATE, .channel = dial->caller, .peer = leg->ch, .text = state
	};

	rd_event_publish(&event);
}

/* Is what this leg says for the caller's ears? */
static bool is_shown(const struct rd__dial *dial)
{
	return dial->caller && dial->target_count == 1 && !own_sound(dial);
}

static void on_proceeding(struct rd__dial *dial, struct rd__leg *leg, int how)
{
	rd__route_heard(leg, false);
	publish_state(dial, leg, "PROCEEDING");
	if (is_shown(dial) && (how == RD_INDICATE_FORWARDED || how == RD_INDICATE_QUEUED))
		rd_indicate(dial->caller, (enum rd_indication)how);
}

/* A leg may still ring after sound came from it (RFC 3960 §3.2); a caller that is
 * answered hears that sound already. */
static bool ringing_is_news(const struct rd__dial *dial)
{
	return !dial->ringing_shown && !own_sound(dial) &&
	       (!dial->early || rd_channel_state(dial->caller) != RD_CHANNEL_UP);
}

static bool tone_follows_music(const struct rd__dial *dial)
{
	return dial->options->music && dial->options->ring_tone && !dial->ringing_shown;
}

static void show_ringing(struct rd__dial *dial)
{
	if (!dial->caller || (!ringing_is_news(dial) && !tone_follows_music(dial)))
		return;
	if (dial->options->music)
		rd_music_stop(dial->caller);
	dial->ringing_shown = true;
	if (dial->options->music)
		tone_for_caller(dial);
	else
		rd_indicate(dial->caller, RD_INDICATE_RINGING);
}

static void on_ringing(struct rd__dial *dial, struct rd__leg *leg)
{
	leg->rang = true;
	rd__route_heard(leg, true);
	publish_state(dial, leg, "RINGING");
	if (!dial->result->ring_ms)
		dial->result->ring_ms = elapsed(dial);
	show_ringing(dial);
}

static void on_progress(struct rd__dial *dial, struct rd__leg *leg)
{
	leg->progressed = true;
	rd__route_heard(leg, true);
	publish_state(dial, leg, "PROGRESS");
	if (!dial->result->progress_ms)
		dial->result->progress_ms = elapsed(dial);
	if (dial->options->on_progress)
		dial->options->on_progress(leg->ch, dial->options->arg);
	/* Of several none is heard, but the caller must not wait in silence. */
	if (dial->target_count > 1)
		show_ringing(dial);
	if (!is_shown(dial) || dial->early)
		return;
	rd_tone_stop(dial->caller);
	rd_indicate(dial->caller, RD_INDICATE_PROGRESS);
	if (rd__media_join(dial->caller, leg->ch, false))
		return;
	rd__media_join_beside(dial->caller, leg->ch);
	dial->early = leg->ch;
	leg->sounded = true;
}

/* -- hearing the legs and the caller ----------------------------------------------- */

/* True when this leg has answered. */
static bool on_signal(struct rd__dial *dial, struct rd__leg *leg, const struct rd_signal *signal)
{
	switch (signal->type) {
	case RD_SIGNAL_ANSWER:
		return true;
	case RD_SIGNAL_PROCEEDING:
		on_proceeding(dial, leg, signal->number);
		break;
	case RD_SIGNAL_RINGING:
		on_ringing(dial, leg);
		break;
	case RD_SIGNAL_PROGRESS:
		on_progress(dial, leg);
		return dial->options->early_answers;
	case RD_SIGNAL_BUSY:
		rd__leg_end(dial, leg, signal->number ? signal->number : RD_CAUSE_BUSY);
		break;
	case RD_SIGNAL_CONGESTION:
		rd__leg_end(dial, leg, signal->number ? signal->number : RD_CAUSE_CONGESTION);
		break;
	case RD_SIGNAL_REDIRECT:
		rd__leg_forward(dial, leg, signal);
		break;
	case RD_SIGNAL_PARTY:
		if (dial->target_count == 1)
			rd__dial_tell_party(dial, leg);
		break;
	default:
		break;
	}
	return false;
}

static struct rd__leg *hear_legs(struct rd__dial *dial)
{
	struct rd_signal signal;

	rd_list_foreach(node, tmp, &dial->legs) {
		struct rd__leg *leg = rd_list_entry(node, struct rd__leg, link);

		while (leg->ch) {
			int rc;

			if (leg->ch->heir) {
				rd__leg_picked_up(dial, leg);
				return leg;
			}
			rc = rd_channel_take(leg->ch, &signal);
			if (rc == -EAGAIN)
				break;
			if (rc)
				rd__leg_end(dial, leg, rd_channel_cause(leg->ch));
			else if (on_signal(dial, leg, &signal))
				return leg;
		}
	}
	return NULL;
}

static int hear_caller(struct rd__dial *dial)
{
	const struct rd_dial_options *options = dial->options;
	struct rd_signal signal;
	int rc;

	while (dial->caller) {
		rc = rd_channel_take(dial->caller, &signal);
		if (rc == -EAGAIN)
			return 0;
		if (rc)
			return rc;
		if (signal.type != RD_SIGNAL_DIGIT)
			continue;
		if (options->caller_digit &&
		    options->caller_digit((char)signal.number, options->arg))
			return -EINTR;
		if (dial->early)
			rd_channel_send_digit(dial->early, (char)signal.number, signal.ms);
	}
	return 0;
}

static int time_left(const struct rd__dial *dial)
{
	uint64_t past = rd_now_ms() - dial->rings_from_ms;

	if (dial->options->timeout_ms <= 0)
		return RD_FOREVER;
	return past >= (uint64_t)dial->options->timeout_ms
		       ? 0
		       : dial->options->timeout_ms - (int)past;
}

static int sooner(int a_ms, int b_ms)
{
	if (a_ms == RD_FOREVER || b_ms == RD_FOREVER)
		return RD_MAX(a_ms, b_ms);
	return RD_MIN(a_ms, b_ms);
}

int rd__dial_wait(struct rd__dial *dial, struct rd__leg **answered)
{
	for (;;) {
		int rc = hear_caller(dial), left;

		if (!rc && dial->beside && dial->beside(dial->options->arg))
			rc = -EINTR;
		if (rc)
			return rc;
		do
			*answered = hear_legs(dial);
		while (!*answered && (rd__routes_go_on(dial) || rd__forwards_go_on(dial)));
		if (*answered || dial->alive == 0)
			return 0;
		left = time_left(dial);
		if (rd__legs_forward_unanswered(dial, left == 0)) {
			if (!dial->alive)
				dial->rings_from_ms = rd_now_ms();
			continue;
		}
		if (left == 0)
			return -ETIMEDOUT;
		rc = rd_cond_wait(&dial->changed, sooner(left, rd__legs_patience_ms(dial)));
		if (rc && rc != -ETIMEDOUT)
			return rc;
	}
}

/* -- the end -------------------------------------------------------------------------- */

/* Of several, the one that says most: somebody is there and busy. */
static void conclude_from_failures(const struct rd__dial *dial)
{
	static const enum rd_dial_status order[] = { RD_DIAL_BUSY, RD_DIAL_CONGESTION,
						     RD_DIAL_CHANUNAVAIL, RD_DIAL_NOANSWER };
	size_t i = 0;

	while (i < RD_ARRAY_SIZE(order) - 1 && !dial->failures[order[i]])
		i++;
	dial->result->status = order[i];
	dial->result->cause = dial->failures[order[i]];
}

static int conclude(struct rd__dial *dial, int rc, const struct rd__leg *answered)
{
	struct rd_dial_result *result = dial->result;

	if (answered) {
		result->status = RD_DIAL_ANSWER;
		result->cause = RD_CAUSE_NORMAL;
		result->dial_ms = elapsed(dial);
		result->target = answered->target;
	} else if (rc == -ETIMEDOUT) {
		result->status = RD_DIAL_NOANSWER;
		result->cause = RD_CAUSE_NO_ANSWER;
	} else if (rc) {
		result->status = RD_DIAL_CANCEL;
		result->cause = RD_CAUSE_NORMAL;
	} else {
		conclude_from_failures(dial);
	}
	return rc == -ETIMEDOUT || rc == -EINTR ? 0 : rc;
}

/* The call was one of several that somebody made at once, and another won. */
static bool caller_is_served(const struct rd__dial *dial)
{
	return dial->caller &&
	       rd_channel_cause(dial->caller) == RD_CAUSE_ANSWERED_ELSEWHERE;
}

static int cause_for_losers(const struct rd__dial *dial)
{
	switch (dial->result->status) {
	case RD_DIAL_ANSWER:
		return dial->options->beaten_cause ? dial->options->beaten_cause
						   : RD_CAUSE_ANSWERED_ELSEWHERE;
	case RD_DIAL_NOANSWER:
		return dial->options->elsewhere ? RD_CAUSE_ANSWERED_ELSEWHERE
						: RD_CAUSE_NO_ANSWER;
	default:
		return dial->options->elsewhere || caller_is_served(dial)
			       ? RD_CAUSE_ANSWERED_ELSEWHERE : RD_CAUSE_NORMAL;
	}
}

/* Records count the answer, when it comes. */
static bool is_early(const struct rd__dial *dial, const struct rd_channel *winner)
{
	return dial->options->early_answers && winner->state != RD_CHANNEL_UP;
}

static struct rd_channel *take_winner(struct rd__dial *dial, struct rd__leg *answered)
{
	struct rd_channel *winner;

	if (!answered)
		return NULL;
	rd__leg_settles(dial, answered);
	winner = answered->ch;
	answered->ch = NULL;
	/* The caller's answer is still to come: it may say what the winner speaks. */
	if (dial->caller) {
		rd__channel_heard_by(dial->caller, winner);
		rd__channels_meet(dial->caller, winner);
		rd_channel_match(dial->caller, winner);
	}
	rd__channel_set_dialler(winner, NULL);
	rd_channel_set_notify(winner, NULL);
	rd__dial_publish_end(dial, winner, is_early(dial, winner) ? "NOANSWER" : "ANSWER");
	if (!dial->options->no_caller_update)
		rd__dial_show_party(dial, winner);
	return winner;
}

/* The next of "SIP/1001&SIP/1002". An empty place, mostly a variable that is not
 * set, is nobody. */
static bool next_target(struct rd_str *rest, struct rd_str *one)
{
	while (rest->n) {
		rd_str_cut(rest, '&', one);
		*one = rd_str_trim(*one);
		if (one->n)
			return true;
	}
	return false;
}

/* "SIP/1001" of "SIP/1001/device". */
static struct rd_str device_of(struct rd_str target)
{
	struct rd_str rest = target, tech, resource;

	rd_str_cut(&rest, '/', &tech);
	rd_str_cut(&rest, '/', &resource);
	if (resource.n)
		target.n = (size_t)(resource.p + resource.n - target.p);
	return target;
}

static void count_targets(struct rd__dial *dial, const char *targets)
{
	struct rd_str rest = rd_str_of(targets), one, first = { 0 };

	while (next_target(&rest, &one)) {
		if (dial->target_count++ == 0)
			first = device_of(one);
		dial->group |= !rd_str_ieq(device_of(one), first);
	}
}

static int start_legs(struct rd__dial *dial, const char *targets)
{
	struct rd_str rest, one;
	int rc = 0;

	count_targets(dial, targets);
	if (!dial->target_count)
		rd__dial_failed(dial, RD_CAUSE_SUBSCRIBER_ABSENT);
	rest = rd_str_of(targets);
	while (rc >= 0 && next_target(&rest, &one))
		rc = rd__leg_start(dial, one);
	return rc;
}

/* -- one attempt ---------------------------------------------------------------------- */

int rd__dial_begin(struct rd__dial *dial, const char *targets)
{
	int rc;

	dial->started_ms = dial->rings_from_ms = rd_now_ms();
	*dial->result = (struct rd_dial_result){ .status = RD_DIAL_INVALIDARGS };
	rd_list_init(&dial->legs);
	rd_list_init(&dial->forwards);
	rd_cond_init(&dial->changed);
	if (dial->caller)
		rd_channel_set_notify(dial->caller, &dial->changed);
	rc = start_legs(dial, targets);
	/* Who forwards all calls is not called himself. */
	while (!rc && (rd__routes_go_on(dial) || rd__forwards_go_on(dial)))
		continue;
	if (!rc && dial->alive && dial->options->on_called)
		dial->options->on_called(dial->options->arg);
	if (!rc && dial->alive)
		rc = begin_to_ring(dial);
	return rc;
}

void rd__dial_hand_over(struct rd__dial *dial, struct rd_channel *caller)
{
	stop_ringing(dial);
	if (dial->caller)
		rd_channel_set_notify(dial->caller, NULL);
	dial->caller = caller;
	dial->ringing_shown = false;
	if (caller)
		rd_channel_set_notify(caller, &dial->changed);
	rd_list_foreach(node, tmp, &dial->legs) {
		struct rd__leg *leg = rd_list_entry(node, struct rd__leg, link);

		if (!leg->ch)
			continue;
		rd__channel_set_dialler(leg->ch, caller);
		if (caller) /* it is his call from now on */
			rd__dial_publish_begin(dial, leg->ch, leg->dialled);
	}
}

int rd__dial_end(struct rd__dial *dial, int rc, struct rd__leg *answered,
		 struct rd_channel **winner)
{
	if (rc != -EINVAL)
		rc = conclude(dial, rc, answered);
	stop_ringing(dial);
	*winner = take_winner(dial, answered);
	rd__legs_drop(dial, cause_for_losers(dial));
	if (dial->caller)
		rd_channel_set_notify(dial->caller, NULL);
	rd_cond_fini(&dial->changed);
	return rc;
}

int rd_dial(struct rd_channel *caller, const char *targets, const struct rd_dial_options *options,
	    struct rd_channel **winner, struct rd_dial_result *result)
{
	struct rd__dial dial = { .caller = caller, .options = options, .result = result };
	struct rd__leg *answered = NULL;
	int rc = rd__dial_begin(&dial, targets);

	*winner = NULL;
	if (rc != -ECANCELED && rc != -EINVAL)
		rc = rd__dial_wait(&dial, &answered);
	return rd__dial_end(&dial, rc, answered, winner);
}

int rd_dialled_cause(const struct rd_channel *ch)
{
	const char *text = rd_var_get(ch, "HANGUPCAUSE");

	return text ? atoi(text) : RD_CAUSE_NONE;
}
