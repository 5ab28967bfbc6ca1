/* Ringing members for a caller, and what follows when one of them answers. */
#include <string.h>

#include <ringdown/bridge.h>
#include <ringdown/clock.h>
#include <ringdown/dial.h>
#include <ringdown/prompt.h>
#include <ringdown/tech.h>

#include "apps/app_queue/queue.h"
#include "apps/features.h"

/* One attempt: the members that ring at the same time are members[0] to [n - 1]. */
struct attempt {
	struct queue_caller *caller;
	struct queue_member **members;
	size_t n;
	struct rd_dial_result result;
	struct rd_channel *peer;
	uint64_t began_ms;
};

static const char *callid(const struct queue_caller *caller)
{
	return rd_channel_uniqueid(caller->ch);
}

static const char *queue_name(const struct queue_caller *caller)
{
	return caller->queue->settings->name;
}

/* -- the members of an attempt --------------------------------------------------------- */

/* All of the lowest penalty for ringall, else one. */
static size_t group_size(const struct queue *queue, struct queue_member *const *members, size_t n)
{
	size_t size = 1;

	if (queue->settings->strategy != QUEUE_RINGALL)
		return 1;
	while (size < n && members[size]->penalty == members[0]->penalty)
		size++;
	return size;
}

static void seize(struct attempt *attempt, struct rd_buf *targets)
{
	for (size_t i = 0; i < attempt->n; i++) {
		struct queue_member *member = attempt->members[i];

		if (!member->ready)
			continue;
		if (targets->n)
			rd_buf_addc(targets, '&');
		rd_buf_adds(targets, member->interface);
	}
	for (size_t i = 0; i < attempt->n; i++)
		queue_member_seize(attempt->members[i]);
}

static void release(struct attempt *attempt, const struct queue_member *but)
{
	for (size_t i = 0; i < attempt->n; i++)
		if (attempt->members[i] != but)
			queue_member_release(attempt->members[i]);
}

static bool is_leg_of(const struct rd_channel *leg, const struct queue_member *member)
{
	const char *device = rd_channel_device(leg);
	size_t n = strlen(device);
	char alias[QUEUE_DEVICE_MAX];

	if (strncmp(member->interface, device, n) == 0 &&
	    (!member->interface[n] || member->interface[n] == '/'))
		return true;
	return rd_device_alias(device, alias, sizeof(alias)) &&
	       strcmp(member->interface, alias) == 0;
}

/* A member that has forwarded its call is none of the devices: then it is the first. */
static struct queue_member *who_answered(const struct attempt *attempt)
{
	for (size_t i = 0; i < attempt->n; i++)
		if (is_leg_of(attempt->peer, attempt->members[i]))
			return attempt->members[i];
	return attempt->members[0];
}

static void move_on(struct attempt *attempt)
{
	unsigned next = attempt->members[0]->order + 1;

	attempt->caller->linear_next = next;
	attempt->caller->queue->rr_next = next;
}

static void log_unanswered(const struct attempt *attempt)
{
	for (size_t i = 0; i < attempt->n; i++)
		queue_log(callid(attempt->caller), queue_name(attempt->caller),
			  attempt->members[i]->name, "RINGNOANSWER", "%llu",
			  (unsigned long long)(rd_now_ms() - attempt->began_ms));
}

/* -- ringing ------------------------------------------------------------------------------ */

static bool on_key(char digit, void *arg)
{
	return queue_exit_key(arg, digit);
}

static int dial(struct attempt *attempt, const char *targets, int timeout_ms)
{
	struct queue_caller *caller = attempt->caller;
	bool ring = queue_has(caller, QUEUE_RING) || queue_has(caller, QUEUE_RING_LATE);
	struct rd_dial_options options = {
		.timeout_ms = timeout_ms,
		.ring_tone = ring ? "" : NULL,
		.music = ring ? NULL : queue_music(caller),
		.ignore_forward = queue_has(caller, QUEUE_IGNORE_FORWARD),
		.no_caller_update = queue_has(caller, QUEUE_NO_UPDATE),
		.elsewhere = queue_has(caller, QUEUE_ELSEWHERE),
		.caller_digit = on_key,
		.arg = caller,
	};

	return rd_dial(caller->ch, targets, &options, &attempt->peer, &attempt->result);
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
	if (!attempt->peer) {
		log_unanswered(attempt);
		release(attempt, NULL);
	}
	return rc;
}

/* -- talking --------------------------------------------------------------------------------- */

static unsigned seconds(uint64_t ms)
{
	return (unsigned)(ms / 1000);
}

/* The mean moves by a quarter, as Asterisk's users know it. */
static void count_hold(struct queue *queue, unsigned hold_s)
{
	queue->hold_s = (3 * queue->hold_s + hold_s) / 4;
	queue->completed++;
	if (hold_s * 1000 <= (unsigned)queue->settings->servicelevel_ms)
		queue->in_time++;
}

static void name_member(struct queue_caller *caller, const struct queue_member *member,
			struct rd_channel *peer, unsigned hold_s)
{
	rd_var_set(caller->ch, "MEMBERINTERFACE", member->interface);
	rd_var_set(caller->ch, "MEMBERNAME", member->name);
	rd_var_number(caller->ch, "MEMBERPENALTY", member->penalty);
	rd_var_number(caller->ch, "MEMBERCALLS", member->calls);
	rd_var_number(caller->ch, "QEHOLDTIME", hold_s);
	rd_var_set(caller->ch, "BRIDGEPEER", rd_channel_name(peer));
	rd_var_set(peer, "QUEUENAME", queue_name(caller));
}

/* What the member hears before the caller: the caller is still on hold. */
static int introduce(struct queue_caller *caller, struct rd_channel *peer)
{
	int delay_ms = caller->queue->settings->memberdelay_ms, rc = 0;

	if (delay_ms)
		rc = rd_channel_sleep(peer, delay_ms);
	if (!rc && *caller->announce)
		rc = rd_play(peer, caller->announce, "");
	if (rc == -ECANCELED)
		return rc;
	return rd_answer(caller->ch);
}

static int talk(struct queue_caller *caller, struct rd_channel **seat)
{
	struct rd_bridge_options options = {
		.caller_features = app_features(queue_has(caller, QUEUE_CALLER_TRANSFERS),
						queue_has(caller, QUEUE_CALLER_DISCONNECTS),
						queue_has(caller, QUEUE_CALLER_PARKS)),
		.peer_features = app_features(queue_has(caller, QUEUE_MEMBER_TRANSFERS),
					      queue_has(caller, QUEUE_MEMBER_DISCONNECTS),
					      queue_has(caller, QUEUE_MEMBER_PARKS)),
		.peer_seat = seat,
	};

	return rd_bridge_run(caller->ch, *seat, &options);
}

static int serve(struct attempt *attempt, struct queue_member *member)
{
	struct queue_caller *caller = attempt->caller;
	struct rd_channel *peer = attempt->peer;
	uint64_t answered_ms = rd_now_ms();
	unsigned hold_s = seconds(answered_ms - caller->joined_ms);
	int rc, end = 0;

	queue_leave(caller);
	count_hold(caller->queue, hold_s);
	name_member(caller, member, peer, hold_s);
	queue_log(callid(caller), queue_name(caller), member->name, "CONNECT", "%u|%s|%u", hold_s,
		  rd_channel_uniqueid(peer), seconds(answered_ms - attempt->began_ms));
	rc = introduce(caller, peer);
	if (!rc)
		end = talk(caller, &peer);
	queue_log(callid(caller), queue_name(caller), member->name,
		  end == RD_BRIDGE_CALLER_GONE ? "COMPLETECALLER" : "COMPLETEAGENT", "%u|%u|1",
		  hold_s, seconds(rd_now_ms() - answered_ms));
	rd_var_number(caller->ch, "ANSWEREDTIME", seconds(rd_now_ms() - answered_ms));
	rd_channel_let_go(peer, RD_CAUSE_NORMAL);
	queue_member_served(member);
	queue_member_release(member);
	if (rd_channel_gone(caller->ch) || rd_channel_moved(caller->ch))
		return -ECANCELED;
	return QUEUE_SERVED;
}

/* -- all of them, one group after the other ---------------------------------------------------- */

static int time_left(const struct queue_caller *caller, uint64_t until_ms)
{
	uint64_t now = rd_now_ms(), until = until_ms;

	if (caller->deadline_ms)
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

	for (size_t i = 0; i < n;) {
		struct attempt attempt = { .caller = caller, .members = members + i };
		int left = time_left(caller, until), rc;

		attempt.n = group_size(caller->queue, members + i, n - i);
		i += attempt.n;
		if (!left)
			break;
		if (!attempt.members[0]->ready)
			continue;
		rc = ring_group(&attempt, left);
		if (attempt.peer) {
			struct queue_member *member = who_answered(&attempt);

			release(&attempt, member);
			return serve(&attempt, member);
		}
		if (rc)
			return rc;
		if (caller->exit_key)
			return QUEUE_LEFT_BY_KEY;
		if (caller->queue->settings->timeoutrestart)
			until = ring_until(caller);
	}
	return QUEUE_NOBODY;
}

int queue_ring(struct queue_caller *caller)
{
	struct queue_member **members;
	size_t n;
	int rc = queue_candidates(caller, &members, &n);

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
