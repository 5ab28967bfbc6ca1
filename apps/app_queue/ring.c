/* Ringing members for a caller: one group after the other, and what became of each. */
#include <string.h>

#include <ringdown/clock.h>
#include <ringdown/dial.h>
#include <ringdown/prompt.h>

#include "apps/app_queue/caller.h"
#include "apps/place.h"

/* A member that rings, and how that ended unless it has answered. */
struct rung {
	struct queue_member *member;
	bool lost;
	enum rd_dial_status why;
	uint64_t ms;
};

/* One attempt: n members ring at the same time. */
struct attempt {
	struct queue_caller *caller;
	struct rung *rung;
	size_t n;
	struct rd_dial_result result;
	struct rd_channel *peer;
	uint64_t began_ms;
};

/* -- the members of an attempt --------------------------------------------------------- */

/* All of the lowest penalty for ringall, else one. */
static size_t group_size(const struct queue_caller *caller, struct queue_member *const *members,
			 size_t n)
{
	size_t size = 1;

	if (caller->queue->settings->strategy != QUEUE_RINGALL)
		return 1;
	while (size < n && members[size]->queue &&
	       queue_penalty(caller, members[size]) == queue_penalty(caller, members[0]))
		size++;
	return size;
}

/* Those of the group that can still be rung. */
static int gather(struct attempt *attempt, struct queue_member *const *members, size_t n)
{
	attempt->rung = rd_zalloc(n * sizeof(*attempt->rung));
	if (!attempt->rung)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		if (members[i]->ready)
			attempt->rung[attempt->n++].member = members[i];
	return 0;
}

static void seize(struct attempt *attempt, struct rd_buf *targets)
{
	for (size_t i = 0; i < attempt->n; i++) {
		if (i)
			rd_buf_addc(targets, '&');
		rd_buf_adds(targets, attempt->rung[i].member->interface);
	}
	for (size_t i = 0; i < attempt->n; i++)
		queue_member_seize(attempt->rung[i].member);
}

static void release(struct attempt *attempt, const struct queue_member *but)
{
	for (size_t i = 0; i < attempt->n; i++)
		if (attempt->rung[i].member != but)
			queue_member_release(attempt->rung[i].member);
}

static void move_on(struct attempt *attempt)
{
	unsigned next = attempt->rung[0].member->order + 1;

	attempt->caller->linear_next = next;
	attempt->caller->queue->rr_next = next;
}

/* -- who has not answered ------------------------------------------------------------ */

static void on_lost(size_t at, enum rd_dial_status why, void *arg)
{
	struct attempt *attempt = arg;

	if (at >= attempt->n)
		return;
	attempt->rung[at].lost = true;
	attempt->rung[at].why = why;
	attempt->rung[at].ms = rd_now_ms() - attempt->began_ms;
}

/* Of one that could not be called, and one that was too late, there is nothing to say. */
static const char *verb_of(const struct attempt *attempt, const struct rung *rung)
{
	if (!rung->lost || rung->why == RD_DIAL_CHANUNAVAIL)
		return NULL;
	if (rung->why == RD_DIAL_CANCEL)
		return attempt->peer ? NULL : "RINGCANCELED";
	return "RINGNOANSWER";
}

/* Who does not answer is paused, where the queue says so. */
static void autopause(const struct queue_caller *caller, struct queue_member *member,
		      enum rd_dial_status why)
{
	const struct queue_settings *settings = caller->queue->settings;
	uint64_t idle_ms = rd_wall_us() / 1000 - member->last_call_ms;

	if (!member->queue || settings->autopause == QUEUE_AUTOPAUSE_NO ||
	    (why == RD_DIAL_CHANUNAVAIL && !settings->autopauseunavail) ||
	    (why == RD_DIAL_BUSY && !settings->autopausebusy))
		return;
	if (member->last_call_ms && idle_ms < (uint64_t)settings->autopausedelay_ms)
		return;
	queue_pause(settings->autopause == QUEUE_AUTOPAUSE_ALL ? NULL : settings->name,
		    member->interface, true, "Auto-Pause");
}

static void tell_lost(const struct attempt *attempt)
{
	const struct queue_caller *caller = attempt->caller;

	for (size_t i = 0; i < attempt->n; i++) {
		const struct rung *rung = &attempt->rung[i];
		const char *verb = verb_of(attempt, rung);

		if (verb)
			queue_log_caller(caller, rung->member, verb, "%llu",
					 (unsigned long long)rung->ms);
		if (rung->lost && rung->why != RD_DIAL_CANCEL)
			autopause(caller, rung->member, rung->why);
	}
}

/* -- ringing ------------------------------------------------------------------------------ */

static int before_leg(struct rd_channel *leg, void *arg)
{
	const struct attempt *attempt = arg;
	const struct queue_caller *caller = attempt->caller;

	return app_gosub_option(caller->ch, leg, 'b', caller->options.args[QUEUE_ARG_BEFORE_LEG]);
}

static bool on_key(char digit, void *arg)
{
	const struct attempt *attempt = arg;

	return queue_exit_key(attempt->caller, digit);
}

static int dial(struct attempt *attempt, const char *targets, int timeout_ms)
{
	struct queue_caller *caller = attempt->caller;
	bool ring = queue_has(caller, QUEUE_RING) || queue_has(caller, QUEUE_RING_LATE);
	struct rd_dial_options options = {
		.timeout_ms = timeout_ms,
		.ring_tone = ring ? "" : NULL,
		.music = queue_has(caller, QUEUE_RING) ? NULL : queue_music(caller),
		.group = true,
		.ignore_forward = queue_has(caller, QUEUE_IGNORE_FORWARD),
		.no_caller_update = queue_has(caller, QUEUE_NO_UPDATE),
		.elsewhere = queue_has(caller, QUEUE_ELSEWHERE),
		.before_call = before_leg,
		.caller_digit = on_key,
		.on_lost = on_lost,
		.arg = attempt,
	};
	int rc = rd_dial(caller->ch, targets, &options, &attempt->peer, &attempt->result);

	return rc == -EINVAL ? QUEUE_UNSERVED : rc;
}

/* 0 with attempt->peer, or NULL: none of them answered. */
static int ring_group(struct attempt *attempt, int timeout_ms)
{
	struct rd_buf targets;
	int rc = -ENOMEM;

	rd_buf_init(&targets);
	attempt->began_ms = rd_now_ms();
	seize(attempt, &targets);
	if (!targets.failed)
		rc = dial(attempt, rd_buf_text(&targets), timeout_ms);
	rd_buf_fini(&targets);
	move_on(attempt);
	tell_lost(attempt);
	return rc;
}

/* Ring these, and let the one who answers talk: as queue_ring(). */
static int try_group(struct queue_caller *caller, struct queue_member *const *members, size_t n,
		     int timeout_ms)
{
	struct attempt attempt = { .caller = caller };
	struct queue_member *member = NULL;
	int rc = gather(&attempt, members, n);

	if (!rc && attempt.n) {
		rc = ring_group(&attempt, timeout_ms);
		if (attempt.peer)
			member = attempt.rung[attempt.result.target].member;
		release(&attempt, member);
	}
	rd_free(attempt.rung);
	if (member)
		return queue_talk(caller, member, attempt.peer, attempt.began_ms);
	if (rc)
		return rc;
	return caller->exit_key ? QUEUE_LEFT_BY_KEY : QUEUE_NOBODY;
}

/* -- all of them, one group after the other ---------------------------------------------------- */

static int time_left(const struct queue_caller *caller, uint64_t until_ms)
{
	uint64_t now = rd_now_ms(), until = until_ms;

	if (caller->deadline_ms && !caller->queue->settings->timeoutpriority)
		until = RD_MIN(until, caller->deadline_ms);
	return until > now ? (int)(until - now) : 0;
}

static uint64_t ring_until(const struct queue_caller *caller)
{
	int ms = caller->queue->settings->timeout_ms;

	return rd_now_ms() + (ms ? (uint64_t)ms : 86400000u);
}

static int ring_all(struct queue_caller *caller, struct queue_member **members, size_t n)
{
	uint64_t until = ring_until(caller);
	int rc = QUEUE_NOBODY;

	for (size_t i = 0, size; i < n && rc == QUEUE_NOBODY; i += size) {
		int left = time_left(caller, until);

		if (!left)
			break;
		size = members[i]->queue ? group_size(caller, members + i, n - i) : 1;
		rc = try_group(caller, members + i, size, left);
		/* Who refused cost the others no time; who let it ring ends the attempt. */
		if (caller->queue->settings->timeoutrestart && time_left(caller, until))
			until = ring_until(caller);
	}
	return rc;
}

int queue_ring(struct queue_caller *caller)
{
	struct queue_member **members;
	size_t n;
	int rc = app_gosub_option(caller->ch, caller->ch, 'B',
				  caller->options.args[QUEUE_ARG_BEFORE_CALLER]);

	if (rc)
		return rc == -ECANCELED ? rc : QUEUE_UNSERVED;
	rc = queue_candidates(caller, &members, &n);
	if (rc)
		return rc;
	caller->ringing = true;
	if (queue_has(caller, QUEUE_RING_LATE))
		rd_music_stop(caller->ch);
	rc = ring_all(caller, members, n);
	caller->ringing = false;
	queue_candidates_free(members, n);
	return rc;
}
