/* From the answer on: what the two hear first, the talk, and who goes where
 * when it is over. */
#include <string.h>

#include <ringdown/clock.h>
#include <ringdown/dialplan.h>
#include <ringdown/fiber.h>
#include <ringdown/log.h>
#include <ringdown/prompt.h>

#include "apps/app_dial/dial.h"
#include "apps/place.h"

enum { PEER_H_MS = 10000 };

/* What a step says to the next, beside what an application may return. */
enum {
	GO_ON = 0,
	PEER_ENDS = 1000, /* the talk is over before it began */
	DECLINED = DIAL_DECIDED, /* the routine of U, or who was called, sends the caller on */
};

static void name_the_peer(struct dial *dial, struct rd_channel *peer)
{
	const struct rd_party *party = rd_channel_party(peer, RD_PARTY_CALLER);
	const char *slash = strchr(rd_channel_device(peer), '/');

	rd_var_set(dial->caller, "DIALEDPEERNAME", rd_channel_name(peer));
	rd_var_set(dial->caller, "DIALEDPEERNUMBER",
		   slash ? slash + 1 : party->number ? party->number : "");
	rd_var_set(peer, "DIALEDPEERNUMBER", slash ? slash + 1 : "");
}

/* -- before they talk ----------------------------------------------------------------- */

/* The routine of option U may decide: GOSUB_RESULT. */
static int obey_gosub(struct dial *dial, const char *result)
{
	if (strcmp(result, "ABORT") == 0) {
		rd_hangup(dial->caller, RD_CAUSE_NORMAL);
		return -ECANCELED;
	}
	if (strcmp(result, "BUSY") == 0 || strcmp(result, "CONGESTION") == 0) {
		rd_var_set(dial->caller, "DIALSTATUS", result);
		return DECLINED;
	}
	if (strcmp(result, "CONTINUE") == 0)
		return DECLINED;
	if (strncmp(result, "GOTO:", 5) == 0) {
		const char *place, *args;
		int rc = app_split_place(dial->caller, result + 5, &place, &args);

		if (!rc)
			rc = rd_dialplan_goto(dial->caller, place);
		return rc ? rc : RD_APP_JUMP;
	}
	return GO_ON;
}

/* U(context^arg1^arg2) is context,s,1 with these arguments. */
static int peer_gosub(struct dial *dial, struct rd_channel *peer)
{
	const char *text = dial_arg(dial, DIAL_ARG_PEER_GOSUB), *place, *args, *result;
	const char *caret = strchr(text, '^');
	struct rd_pool *pool = rd_channel_scratch(dial->caller);
	char *target;
	int rc = app_split_place(dial->caller, caret ? caret + 1 : "", &args, &place);

	target = rd_pool_printf(pool, "%.*s,s,1", caret ? (int)(caret - text) : (int)strlen(text),
				text);
	if (rc || !target)
		return -ENOMEM;
	if (rd_channel_gone(peer))
		return -ECANCELED;
	rc = rd_dialplan_gosub(peer, target, args);
	if (rc < 0 && rc != -ECANCELED)
		rd_app_error(dial->caller, "option U(%s): %s", text, rd_strerror(rc));
	if (rd_channel_gone(dial->caller) || rd_channel_moved(dial->caller))
		return -ECANCELED;
	result = rd_var_get(peer, "GOSUB_RESULT");
	if (result && *result)
		return obey_gosub(dial, result);
	return rd_channel_gone(peer) ? -ECANCELED : GO_ON;
}

static int announce(struct rd_channel *to, const char *prompt)
{
	return *prompt && rd_play(to, prompt, "") == -ECANCELED ? -ECANCELED : 0;
}

static int send_digits(struct rd_channel *to, const char *digits)
{
	return *digits ? rd_send_digits(to, digits, 0, 0) : 0;
}

static int introduce(struct dial *dial, struct rd_channel *peer)
{
	int rc = dial_privacy_ask(dial, peer);

	if (!rc && *dial_arg(dial, DIAL_ARG_PEER_GOSUB))
		rc = peer_gosub(dial, peer);
	if (!rc)
		rc = announce(peer, dial->announce_peer);
	if (!rc)
		rc = send_digits(peer, dial->digits_peer);
	if (rc == -ECANCELED && !rd_channel_gone(dial->caller) && !rd_channel_moved(dial->caller))
		rc = PEER_ENDS;
	if (!rc)
		rc = rd_answer(dial->caller);
	if (!rc)
		rc = announce(dial->caller, dial->announce_caller);
	return rc ? rc : send_digits(dial->caller, dial->digits_caller);
}

/* -- when it is over -------------------------------------------------------------------- */

/* The caller's way when the talk has ended and the caller is still here. */
static int caller_goes_on(struct dial *dial, int cause)
{
	if (dial_has(dial, DIAL_GO_ON))
		return 0;
	rd_hangup(dial->caller, cause ? cause : RD_CAUSE_NORMAL);
	return -ECANCELED;
}

/* Another leg may take the peer's seat meanwhile: then that is the peer. */
static int talk(struct dial *dial, struct rd_channel **seat)
{
	struct rd_channel *caller = dial->caller, *peer;
	int end;

	dial->bridge.peer_seat = seat;
	end = rd_bridge_run(caller, *seat, &dial->bridge);
	peer = *seat;
	if (end < 0 && end != -ECANCELED)
		rd_app_error(caller, "%s and %s cannot be joined: %s",
			     rd_channel_name(caller), rd_channel_name(peer), rd_strerror(end));
	if (end == RD_BRIDGE_CALLER_GONE && dial_has(dial, DIAL_PEER_GOES_ON))
		app_send_on(caller, peer, dial_arg(dial, DIAL_ARG_PEER_GOES_ON));
	if (dial_has(dial, DIAL_PEER_H) && !rd_channel_moved(peer))
		rd_dialplan_run_h(peer, rd_channel_context(caller), RD_CAUSE_NORMAL, PEER_H_MS);
	if (rd_channel_gone(caller) || rd_channel_moved(caller))
		return -ECANCELED;
	dial->result.cause = rd_channel_gone(peer) ? rd_channel_cause(peer) : RD_CAUSE_NORMAL;
	return caller_goes_on(dial, dial->result.cause);
}

/* G: the caller to the place, the called party to the step after it. */
static int both_go(struct dial *dial, struct rd_channel *peer)
{
	struct rd_channel *caller = dial->caller;
	const char *place, *args;
	int rc = app_split_place(caller, dial_arg(dial, DIAL_ARG_BOTH_GO), &place, &args);

	if (!rc)
		rc = rd_dialplan_goto(caller, place);
	if (rc) {
		rd_app_error(caller, "option G(%s): %s",
			     dial_arg(dial, DIAL_ARG_BOTH_GO), app_place_fault(rc));
		return rc;
	}
	rc = rd_channel_redirect(peer, rd_channel_context(caller), rd_channel_exten(caller),
				 rd_channel_priority(caller) + 1);
	return rc && rc != -ECANCELED ? rc : RD_APP_JUMP;
}

int dial_answered(struct dial *dial, struct rd_channel *peer)
{
	uint64_t answered_ms = rd_now_ms();
	int cause, rc;

	name_the_peer(dial, peer);
	dial_set_result(dial, "ANSWER");
	rc = introduce(dial, peer);
	if (rc == GO_ON && *dial_arg(dial, DIAL_ARG_BOTH_GO))
		rc = both_go(dial, peer);
	else if (rc == GO_ON)
		rc = talk(dial, &peer);
	else if (rc == PEER_ENDS)
		rc = caller_goes_on(dial, rd_channel_cause(peer));
	else if (rc == DECLINED)
		rc = 0;
	rd_var_number(dial->caller, "HANGUPCAUSE", dial->result.cause);
	dial_set_time(dial, "ANSWEREDTIME", "ANSWEREDTIME_MS", rd_now_ms() - answered_ms);
	dial_set_time(dial, "DIALEDTIME", "DIALEDTIME_MS", rd_now_ms() - dial->started_ms);
	cause = rd_channel_cause(dial->caller);
	rd_channel_let_go(peer, cause ? cause : RD_CAUSE_NORMAL);
	return rc;
}
