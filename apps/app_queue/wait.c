/* A caller's time in a queue: he waits on a condition that is signalled when a member is
 * free for him, and otherwise only for what he himself is due. Nothing is looked at
 * meanwhile. */
#include <string.h>

#include <ringdown/clock.h>
#include <ringdown/dialplan.h>
#include <ringdown/prompt.h>

#include "apps/app_queue/caller.h"

static int leave_as(struct queue_caller *caller, const char *status)
{
	rd_var_set(caller->ch, "QUEUESTATUS", status);
	return 0;
}

static unsigned waited_s(const struct queue_caller *caller)
{
	return (unsigned)((rd_now_ms() - caller->joined_ms) / 1000);
}

unsigned queue_position(const struct queue_caller *caller)
{
	unsigned n = 1;

	for (const struct rd_list *it = caller->link.prev; it != &caller->queue->callers;
	     it = it->prev)
		n++;
	return n;
}

const char *queue_music(const struct queue_caller *caller)
{
	const char *given = caller->options.args[QUEUE_ARG_MUSIC];
	const char *of_queue = caller->queue->settings->musicclass;

	if (queue_has(caller, QUEUE_MUSIC) && given)
		return given;
	return of_queue ? of_queue : "";
}

bool queue_exit_key(struct queue_caller *caller, char digit)
{
	const char *context = caller->queue->settings->context;
	const char exten[2] = { digit, '\0' };

	if (!context || !rd_dialplan_exists(context, exten, 1,
					    rd_channel_party(caller->ch, RD_PARTY_CALLER)->number))
		return false;
	caller->exit_key = digit;
	return true;
}

/* -- joining ----------------------------------------------------------------------------- */

static unsigned absent_for(const struct queue_caller *caller, const struct queue_member *member)
{
	return queue_member_absent(member) |
	       (queue_penalty_fits(caller, member) ? 0u : QUEUE_ABSENT_PENALTY);
}

bool queue_is_empty(const struct queue *queue, unsigned absent, const struct queue_caller *caller)
{
	if (!absent)
		return false;
	rd_list_foreach(node, tmp, &queue->members)
		if (!(absent_for(caller, rd_list_entry(node, struct queue_member, link)) & absent))
			return false;
	return true;
}

/* Behind those of his priority and of higher ones; and of his own as far forward as the
 * dialplan has asked for. */
static void take_place(struct queue_caller *caller)
{
	struct rd_list *callers = &caller->queue->callers, *at = callers->prev;
	unsigned before = caller->queue->waiting;

	for (; at != callers; at = at->prev, before--) {
		int priority = rd_list_entry(at, struct queue_caller, link)->priority;
		bool wanted = caller->wanted_position && before >= caller->wanted_position;

		if (priority > caller->priority || (priority == caller->priority && !wanted))
			break;
	}
	rd_list_insert_after(at, &caller->link);
	caller->entered_at = before + 1;
}

/* Those behind have another place now; where they are told so, they look. */
static void tell_behind(const struct queue_caller *caller)
{
	if (!caller->queue->settings->say.frequency_ms)
		return;
	for (struct rd_list *it = caller->link.next; it != &caller->queue->callers; it = it->next)
		rd_cond_signal(&rd_list_entry(it, struct queue_caller, link)->changed);
}

static void log_entry(const struct queue_caller *caller)
{
	const struct rd_party *who = rd_channel_party(caller->ch, RD_PARTY_CALLER);
	struct rd_buf data;

	rd_buf_init(&data);
	queue_log_add(&data, rd_str_of(who->number));
	rd_buf_printf(&data, "|%u", caller->entered_at);
	if (caller->queue->settings->snapshot->log_caller_name && who->name) {
		rd_buf_addc(&data, '|');
		queue_log_add(&data, rd_str_of(who->name));
	}
	queue_log_caller(caller, NULL, "ENTERQUEUE", "|%s", rd_buf_text(&data));
	rd_buf_fini(&data);
}

static void join(struct queue_caller *caller)
{
	struct queue *queue = caller->queue;

	if (!queue->waiting)
		queue_refresh(queue);
	queue_ref(queue);
	caller->joined_ms = rd_now_ms();
	take_place(caller);
	tell_behind(caller);
	caller->choosy = caller->rule || caller->min_penalty > 0 || caller->raise_penalty > 0 ||
			 caller->max_penalty != QUEUE_NO_PENALTY;
	queue->choosy += caller->choosy;
	if (!queue->waiting++)
		queue_lamp_waiting(queue);
	rd_var_number(caller->ch, "QUEUEPOSITION", caller->entered_at);
	rd_var_number(caller->ch, "QEORIGINALPOS", caller->entered_at);
	rd_var_set(caller->ch, "QUEUENAME", queue->settings->name);
	if (queue->settings->setqueuevar)
		queue_set_variables(caller->ch, queue);
	log_entry(caller);
}

void queue_leave(struct queue_caller *caller)
{
	if (!rd_list_linked(&caller->link))
		return;
	tell_behind(caller);
	rd_list_remove(&caller->link);
	caller->queue->choosy -= caller->choosy;
	if (!--caller->queue->waiting)
		queue_lamp_waiting(caller->queue);
	rd_var_number(caller->ch, "QUEUEWAIT", waited_s(caller));
	queue_dispatch(caller->queue);
}

/* -- waiting ------------------------------------------------------------------------------- */

/* Are there more members free than callers who wait before this one? */
static bool my_turn(const struct queue_caller *caller)
{
	const struct queue_settings *settings = caller->queue->settings;
	bool one_at_a_time = !settings->autofill || settings->strategy == QUEUE_RINGALL;
	unsigned ready = one_at_a_time ? RD_MIN(caller->queue->ready, 1) : caller->queue->ready;

	if (!ready || rd_now_ms() < caller->retry_at_ms)
		return false;
	rd_list_foreach(node, tmp, &caller->queue->callers) {
		const struct queue_caller *it = rd_list_entry(node, struct queue_caller, link);

		if (it == caller)
			return ready > 0;
		if (!it->ringing || !settings->autofill)
			ready--;
		if (!ready)
			return false;
	}
	return false;
}

/* rule_ms: when the next step of his rule is due. */
static int until_due(const struct queue_caller *caller, uint64_t rule_ms)
{
	uint64_t now = rd_now_ms(), due = queue_announce_due(caller);

	due = RD_MIN(due, rule_ms);
	if (caller->deadline_ms)
		due = RD_MIN(due, caller->deadline_ms);
	if (caller->retry_at_ms > now)
		due = RD_MIN(due, caller->retry_at_ms);
	if (due == UINT64_MAX)
		return RD_FOREVER;
	return due > now ? (int)(due - now) : 0;
}

/* Keys that came meanwhile: 1 when one of them leads out. */
static int hear_keys(struct queue_caller *caller)
{
	struct rd_signal signal;
	int rc;

	while ((rc = rd_channel_take(caller->ch, &signal)) == 0)
		if (signal.type == RD_SIGNAL_DIGIT && queue_exit_key(caller, (char)signal.number))
			return 1;
	return rc == -EAGAIN ? 0 : rc;
}

/* Until something has happened: 0, 1 for a key that leads out, or -ECANCELED. */
static int pause_once(struct queue_caller *caller, uint64_t rule_ms)
{
	int rc;

	rd_channel_set_notify(caller->ch, &caller->changed);
	rc = hear_keys(caller);
	if (!rc)
		rc = rd_cond_wait(&caller->changed, until_due(caller, rule_ms));
	if (rc == -ETIMEDOUT)
		rc = 0;
	if (!rc)
		rc = hear_keys(caller);
	rd_channel_set_notify(caller->ch, NULL);
	return rc;
}

int queue_sound_begin(struct queue_caller *caller)
{
	if (queue_has(caller, QUEUE_RING)) {
		rd_indicate(caller->ch, RD_INDICATE_RINGING);
		return 0;
	}
	rd_indicate(caller->ch, RD_INDICATE_PROGRESS);
	return rd_music_start(caller->ch, queue_music(caller)) == -ECANCELED ? -ECANCELED : 0;
}

void queue_sound_end(struct queue_caller *caller)
{
	if (queue_has(caller, QUEUE_RING))
		rd_tone_stop(caller->ch);
	else
		rd_music_stop(caller->ch);
}

static bool is_over(const struct queue_caller *caller)
{
	return caller->deadline_ms && rd_now_ms() >= caller->deadline_ms;
}

/* Why he has to leave now; NULL: he stays. */
static const char *reason_to_leave(const struct queue_caller *caller)
{
	const struct queue *queue = caller->queue;

	if (is_over(caller))
		return "TIMEOUT";
	if (queue->retired || queue_is_empty(queue, queue->settings->leavewhenempty, caller))
		return "LEAVEEMPTY";
	return NULL;
}

/* The first of all who waits is told nothing before members have rung for him. */
static int announce(struct queue_caller *caller, bool turn)
{
	if (turn && !caller->attempts && !caller->queue->settings->say.to_first_user)
		return 0;
	return queue_announce(caller);
}

static int ring(struct queue_caller *caller)
{
	int rc = queue_ring(caller);

	if (rc)
		return rc;
	caller->attempts++;
	caller->retry_at_ms =
		rd_now_ms() + (uint64_t)RD_MAX(caller->queue->settings->retry_ms, 100);
	return queue_sound_begin(caller);
}

/* 0 to go on, or with *status to leave; or as queue_ring(). */
static int wait_once(struct queue_caller *caller, const char **status)
{
	uint64_t rule_ms = queue_rule_apply(caller);
	int rc;

	*status = reason_to_leave(caller);
	if (*status)
		return 0;
	rc = announce(caller, my_turn(caller));
	if (rc)
		return rc;
	if (!my_turn(caller)) {
		rc = pause_once(caller, rule_ms);
		return rc > 0 ? QUEUE_LEFT_BY_KEY : rc;
	}
	rc = ring(caller);
	if (!rc && queue_has(caller, QUEUE_ONCE))
		*status = "TIMEOUT";
	return rc;
}

/* A reload may come while prompts or names of the settings are in use: those stay. */
static struct queue_snapshot *hold_settings(const struct queue_caller *caller)
{
	return queue_snapshot_ref(caller->queue->settings->snapshot);
}

/* Until somebody answers, a key is pressed or the wait ends. What queue_ring() returns, or
 * 0 with *status set. */
static int wait_for_member(struct queue_caller *caller, const char **status)
{
	struct queue_snapshot *held = hold_settings(caller);
	int rc = queue_sound_begin(caller);

	while (!rc && !*status) {
		queue_snapshot_unref(held);
		held = hold_settings(caller);
		rc = wait_once(caller, status);
	}
	queue_snapshot_unref(held);
	return rc;
}

/* -- leaving --------------------------------------------------------------------------------- */

static int by_key(struct queue_caller *caller, unsigned at)
{
	const char *context = caller->queue->settings->context;
	const char exten[2] = { caller->exit_key, '\0' };
	int rc = rd_channel_set_place(caller->ch, context, exten, 1);

	queue_log_caller(caller, NULL, "EXITWITHKEY", "%c|%u|%u|%u", caller->exit_key, at,
			 caller->entered_at, waited_s(caller));
	return rc ? rc : RD_APP_JUMP;
}

static int given_up(struct queue_caller *caller, unsigned at)
{
	queue_count_abandoned(caller->queue);
	rd_var_set(caller->ch, "ABANDONED", "TRUE");
	queue_log_caller(caller, NULL, "ABANDON", "%u|%u|%u", at, caller->entered_at,
			 waited_s(caller));
	return -ECANCELED;
}

static int left_as(struct queue_caller *caller, const char *status, unsigned at)
{
	bool late = strcmp(status, "TIMEOUT") == 0;

	queue_log_caller(caller, NULL, late ? "EXITWITHTIMEOUT" : "EXITEMPTY", "%u|%u|%u", at,
			 caller->entered_at, waited_s(caller));
	return leave_as(caller, status);
}

/* It is not his doing that nobody can be called for him: the dialplan goes on. */
static int failed(struct queue_caller *caller, int rc, unsigned at)
{
	if (rc != QUEUE_UNSERVED)
		rd_app_warning(caller->ch, "queue %s cannot serve the call: %s",
			       caller->queue->settings->name, rd_strerror(rc));
	return left_as(caller, "LEAVEUNAVAIL", at);
}

static int after_talk(struct queue_caller *caller)
{
	if (queue_has(caller, QUEUE_CONTINUE))
		return leave_as(caller, "CONTINUE");
	rd_hangup(caller->ch, RD_CAUSE_NORMAL);
	return -ECANCELED;
}

static int conclude(struct queue_caller *caller, int rc, const char *status)
{
	bool waited = rd_list_linked(&caller->link);
	unsigned at = waited ? queue_position(caller) : 0;

	queue_leave(caller);
	queue_sound_end(caller);
	if (rc == QUEUE_SERVED)
		return after_talk(caller);
	if (rc == QUEUE_LEFT_BY_KEY)
		return by_key(caller, at);
	if (!waited)
		return rc;
	if (rc == -ECANCELED || rd_channel_gone(caller->ch))
		return given_up(caller, at);
	return rc ? failed(caller, rc, at) : left_as(caller, status, at);
}

int queue_wait(struct queue_caller *caller)
{
	struct queue *queue = caller->queue;
	const char *status = NULL;
	int rc;

	if (queue->settings->maxlen && queue->waiting >= (unsigned)queue->settings->maxlen)
		return leave_as(caller, "FULL");
	if (queue_is_empty(queue, queue->settings->joinempty, caller))
		return leave_as(caller, "JOINEMPTY");
	rd_list_init(&caller->link);
	rd_cond_init(&caller->changed);
	join(caller);
	rc = wait_for_member(caller, &status);
	rc = conclude(caller, rc, status);
	rd_cond_fini(&caller->changed);
	queue_unref(queue);
	return rc;
}
