/* From the moment a member answers: what he hears first, the talk with the caller, and
 * who ended it. A transfer ends it as far as the queue goes. */
#include <stdio.h>
#include <string.h>

#include <ringdown/bridge.h>
#include <ringdown/clock.h>
#include <ringdown/dialplan.h>
#include <ringdown/prompt.h>

#include "apps/app_queue/caller.h"
#include "apps/features.h"
#include "apps/place.h"

struct talk {
	struct rd_list link;
	struct queue_caller *caller;
	struct queue_member *member;
	struct rd_channel *peer;
	unsigned hold_s;
	uint64_t began_ms;
	bool over; /* it was told of, and the member has time again */
};

const size_t queue_sizes_talk[] = { sizeof(struct talk), 0 };

static unsigned seconds_since(uint64_t ms)
{
	return (unsigned)((rd_now_ms() - ms) / 1000);
}

/* -- before they talk -------------------------------------------------------------------- */

static int play(struct rd_channel *ch, const char *prompt)
{
	int rc = prompt && *prompt ? rd_play(ch, prompt, "") : 0;

	return rc == -ECANCELED ? rc : 0;
}

/* The argument of Queue(), else membergosub: a context, or context,exten,priority. */
static int run_gosub(const struct queue_caller *caller, struct rd_channel *peer)
{
	const char *of_queue = caller->queue->settings->membergosub;
	const char *name = *caller->gosub ? caller->gosub : of_queue;
	char target[256];
	int rc;

	if (!name || !*name)
		return 0;
	snprintf(target, sizeof(target), "%s%s", name, strchr(name, ',') ? "" : ",s,1");
	rc = rd_dialplan_gosub(peer, target, "");
	if (rc < 0 && rc != -ECANCELED)
		rd_app_error(caller->ch, "gosub %s: %s", name, app_place_fault(rc));
	return rd_channel_gone(peer) ? -ECANCELED : 0;
}

static const char *announcement(const struct queue_caller *caller)
{
	const char *of_queue = caller->queue->settings->announce;

	return *caller->announce ? caller->announce : of_queue ? of_queue : "";
}

static bool is_introduced(const struct queue_caller *caller)
{
	const struct queue_settings *settings = caller->queue->settings;

	return settings->memberdelay_ms || settings->reportholdtime || settings->membergosub ||
	       *caller->gosub || *announcement(caller);
}

/* What the caller, and the member's gosub, can read of the two. */
static void name_both(const struct talk *talk, struct rd_channel *ch)
{
	const struct queue_member *member = talk->member;
	const struct queue_caller *caller = talk->caller;
	const struct queue *queue = caller->queue;

	rd_var_set(ch, "MEMBERINTERFACE", member->interface);
	rd_var_set(ch, "MEMBERNAME", member->name);
	rd_var_number(ch, "MEMBERPENALTY", member->penalty);
	rd_var_number(ch, "MEMBERCALLS", member->calls);
	rd_var_number(ch, "MEMBERLASTCALL", (int64_t)(member->last_call_ms / 1000));
	rd_var_number(ch, "MEMBERDYNAMIC", member->dynamic);
	rd_var_number(ch, "MEMBERREALTIME", 0);
	rd_var_number(ch, "QEHOLDTIME", seconds_since(caller->joined_ms));
	rd_var_number(ch, "QEORIGINALPOS", caller->entered_at);
	rd_var_set(ch, "QUEUENAME", queue->settings->name);
	if (queue->settings->setqueuevar)
		queue_set_variables(ch, queue);
}

/* What the member hears before the caller, who is still on hold. */
static int tell_member(struct queue_caller *caller, struct rd_channel *peer)
{
	int delay_ms = caller->queue->settings->memberdelay_ms, rc = 0;

	if (delay_ms)
		rc = rd_channel_sleep(peer, delay_ms);
	if (!rc)
		rc = play(peer, announcement(caller));
	if (!rc && caller->queue->settings->reportholdtime)
		rc = queue_report_hold(caller, peer);
	return rc ? rc : run_gosub(caller, peer);
}

static int introduce(struct queue_caller *caller, struct rd_channel *peer)
{
	int rc = 0;

	if (is_introduced(caller)) {
		rc = queue_sound_begin(caller);
		if (!rc)
			rc = tell_member(caller, peer);
		queue_sound_end(caller);
	}
	if (!rc)
		rc = rd_answer(caller->ch);
	return rc ? rc : play(caller->ch, caller->queue->settings->say.callerannounce);
}

/* The member has hung up: the caller waits on. */
static int not_introduced(struct talk *talk, int rc)
{
	struct queue_caller *caller = talk->caller;

	rd_channel_let_go(talk->peer, RD_CAUSE_NORMAL);
	queue_member_release(talk->member);
	if (rd_channel_gone(caller->ch) || rd_channel_moved(caller->ch))
		return -ECANCELED;
	if (rc != -ECANCELED)
		return rc;
	queue_log_caller(caller, talk->member, "AGENTDUMP", "%s", "");
	return QUEUE_NOBODY;
}

/* rang_s: how long the member let it ring, without what he heard then. */
static void connected(struct talk *talk, unsigned rang_s)
{
	struct rd_channel *ch = talk->caller->ch;

	talk->hold_s = seconds_since(talk->caller->joined_ms);
	talk->began_ms = rd_now_ms();
	queue_leave(talk->caller);
	queue_count_hold(talk->caller->queue, talk->hold_s);
	rd_var_number(ch, "QEHOLDTIME", talk->hold_s);
	rd_var_set(ch, "BRIDGEPEER", rd_channel_name(talk->peer));
	queue_log_caller(talk->caller, talk->member, "CONNECT", "%u|%s|%u", talk->hold_s,
			 rd_channel_uniqueid(talk->peer), rang_s);
}

/* -- monitor-format ------------------------------------------------------------------------ */

/* MixMonitor(file,options,command), while they talk; what goes wrong it says itself. */
static void record(const struct queue_caller *caller)
{
	const char *format = caller->queue->settings->monitor_format;
	const char *file = rd_var_get(caller->ch, "MONITOR_FILENAME");
	const char *options = rd_var_get(caller->ch, "MONITOR_OPTIONS");
	const char *command = rd_var_get(caller->ch, "MONITOR_EXEC");
	struct rd_buf args;

	if (!format || !*format)
		return;
	rd_buf_init(&args);
	rd_buf_printf(&args, "%s.%.*s,b%s,%s",
		      file && *file ? file : rd_channel_uniqueid(caller->ch),
		      (int)strcspn(format, "|&,"), format, options ? options : "",
		      command ? command : "");
	if (!args.failed && rd_app_run(caller->ch, "MixMonitor", rd_buf_text(&args)) == -ENOENT)
		rd_app_warning(caller->ch, "monitor-format: there is no MixMonitor()");
	rd_buf_fini(&args);
}

/* -- the end ------------------------------------------------------------------------------ */

/* where: NULL, or what a transfer tells before the times. */
static void conclude(struct talk *talk, const char *verb, const char *where)
{
	if (talk->over)
		return;
	talk->over = true;
	queue_log_caller(talk->caller, talk->member, verb, "%s%s%u|%u|%u", where ? where : "",
			 where ? "|" : "", talk->hold_s, seconds_since(talk->began_ms),
			 talk->caller->entered_at);
	queue_count_talk(talk->caller->queue, talk->member, talk->hold_s,
			 seconds_since(talk->began_ms));
	queue_member_release(talk->member);
}

static bool is_away(const struct rd_channel *ch)
{
	return rd_channel_gone(ch) || rd_channel_moved(ch);
}

static bool caller_ended(const struct talk *talk, int end)
{
	switch (end) {
	case RD_BRIDGE_PEER_GONE:
		return false;
	case RD_BRIDGE_CALLER_GONE:
		return true;
	case RD_BRIDGE_KEY:
		return !(talk->caller->options.flags & APP_PEER_DISCONNECTS);
	default:
		return is_away(talk->caller->ch);
	}
}

/* "exten@context" as "exten|context". */
static void add_place(struct rd_buf *data, const char *place)
{
	struct rd_str context = rd_str_of(place), exten;

	rd_str_cut(&context, '@', &exten);
	queue_log_add(data, exten);
	rd_buf_addc(data, '|');
	queue_log_add(data, context);
}

static void add_company(struct rd_buf *data, const char *name)
{
	struct rd_channel *other = rd_channel_find(name);
	const struct rd_bridge *bridge = other ? rd_channel_bridge(other) : NULL;

	rd_buf_adds(data, bridge ? "BRIDGE|" : "APP|");
	queue_log_add(data, rd_str_of(bridge ? rd_bridge_id(bridge) : name));
	if (other)
		rd_channel_unref(other);
}

static bool concerns(const struct talk *talk, const struct rd_channel *ch)
{
	return ch == talk->caller->ch || ch == talk->peer;
}

void queue_transfer_event(const struct rd_event *event, void *arg)
{
	bool blind = strcmp(event->name, "blind") == 0;
	struct rd_buf where;

	(void)arg;
	if (!blind && strcmp(event->name, "attended") != 0)
		return; /* a phone takes the place of another: they talk on */
	rd_buf_init(&where);
	if (blind)
		add_place(&where, event->text);
	else
		add_company(&where, event->text);
	rd_list_foreach(node, tmp, &queue_kept->talks) {
		struct talk *talk = rd_list_entry(node, struct talk, link);

		if (talk->over || (!concerns(talk, event->channel) && !concerns(talk, event->peer)))
			continue;
		conclude(talk, blind ? "BLINDTRANSFER" : "ATTENDEDTRANSFER", rd_buf_text(&where));
	}
	rd_buf_fini(&where);
}

/* -- the talk ----------------------------------------------------------------------------- */

static int run(struct talk *talk)
{
	struct queue_caller *caller = talk->caller;
	struct rd_bridge_options options = {
		.caller_features = app_caller_features(caller->options.flags),
		.peer_features = app_peer_features(caller->options.flags),
		.peer_seat = &talk->peer,
	};
	int end;

	rd_list_push(&queue_kept->talks, &talk->link);
	end = rd_bridge_run(caller->ch, talk->peer, &options);
	rd_list_remove(&talk->link);
	return end;
}

int queue_talk(struct queue_caller *caller, struct queue_member *member, struct rd_channel *peer,
	       uint64_t rang_ms)
{
	struct talk talk = { .caller = caller, .member = member, .peer = peer };
	unsigned rang_s = seconds_since(rang_ms);
	int rc, end;

	name_both(&talk, caller->ch);
	name_both(&talk, peer);
	rc = introduce(caller, peer);
	if (rc)
		return not_introduced(&talk, rc);
	connected(&talk, rang_s);
	record(caller);
	end = run(&talk);
	if (end == RD_BRIDGE_CALLER_GONE && queue_has(caller, QUEUE_MEMBER_GOES_ON))
		app_send_on(caller->ch, talk.peer, caller->options.args[QUEUE_ARG_MEMBER_GOES_ON]);
	conclude(&talk, caller_ended(&talk, end) ? "COMPLETECALLER" : "COMPLETEAGENT", NULL);
	rd_var_number(caller->ch, "ANSWEREDTIME", seconds_since(talk.began_ms));
	rd_var_number(caller->ch, "DIALEDTIME", seconds_since(rang_ms));
	rd_channel_let_go(talk.peer, RD_CAUSE_NORMAL);
	return is_away(caller->ch) ? -ECANCELED : QUEUE_SERVED;
}
