/* NOTIFY, as the subscriber sees it (RFC 6665 §4.1.3): which subscription of ours
 * it belongs to, and what becomes of that. */
#include <ringdown/clock.h>

#include "channels/sip/our_headers.h"
#include "channels/sip/event/subscription_private.h"

#define RETRY_S 60

/* Subscription-State taken apart. */
struct state {
	char word[16], reason[64];
	bool has_expires;
	uint32_t expires_s;
	int retry_after_s; /* -1: not said */
};

static void reply(struct sip_server *server, unsigned status)
{
	struct sip_out *out = sip_answer_begin(server, status);

	if (status == 489)
		sip_print_allow_events(out);
	sip_reply_send(server, out);
}

static int read_state(struct state *state, const struct sip_msg *msg)
{
	struct rd_str rest = sip_msg_value(msg, SIP_H_SUBSCRIPTION_STATE), word, value;
	uint32_t seconds;

	memset(state, 0, sizeof(*state));
	state->retry_after_s = -1;
	rd_str_cut(&rest, ';', &word);
	word = rd_str_trim(word);
	if (!word.n || !rd_strcpyn(state->word, sizeof(state->word), word))
		return -EINVAL;
	if (sip_param_get(rest, RD_STR("reason"), &value))
		rd_strcpyn(state->reason, sizeof(state->reason), value);
	if (sip_param_get(rest, RD_STR("expires"), &value))
		state->has_expires = sip_number_parse(&state->expires_s, value) == 0;
	if (sip_param_get(rest, RD_STR("retry-after"), &value) &&
	    sip_number_parse(&seconds, value) == 0)
		state->retry_after_s = (int)RD_MIN(seconds, SIP_RETRY_AFTER_MAX_S);
	return 0;
}

/* When to try again, by the reason (§4.1.3); -1: never. */
static int when_to_retry(const struct state *state)
{
	const char *reason = state->reason;

	if (strcmp(reason, "rejected") == 0 || strcmp(reason, "noresource") == 0 ||
	    strcmp(reason, "invariant") == 0)
		return -1;
	if (strcmp(reason, "deactivated") == 0 || strcmp(reason, "timeout") == 0)
		return 0;
	if (state->retry_after_s >= 0)
		return state->retry_after_s;
	return strcmp(reason, "probation") == 0 || strcmp(reason, "giveup") == 0 ? RETRY_S : 0;
}

static unsigned tell(struct rd_sip_subscription *subscription, const struct state *state,
		     const struct sip_msg *msg)
{
	char type[128] = "";

	rd_strcpyn(type, sizeof(type), sip_msg_value(msg, SIP_H_CONTENT_TYPE));
	return subscription->notified
		       ? (unsigned)subscription->notified(subscription, state->word, type,
							  msg->body, subscription->arg)
		       : 200;
}

static void take(struct rd_sip_subscription *subscription, struct sip_server *server,
		 const struct sip_msg *msg)
{
	struct state state;

	if (read_state(&state, msg)) {
		reply(server, 400);
		return;
	}
	rd_timer_stop(&subscription->wait);
	subscription->confirmed = true;
	if (state.has_expires)
		sip_subscription_drop_first(subscription);
	sip_dialog_refresh(subscription->dialog, msg);
	/* Answered before anybody may end it. */
	reply(server, tell(subscription, &state, msg));
	if (strcmp(state.word, "terminated") == 0)
		sip_subscription_over(subscription, state.reason, when_to_retry(&state));
	else if (state.has_expires && !subscription->leaving)
		sip_subscription_set_expires(subscription, state.expires_s);
}

/* ---- whose it is ---- */

static struct rd_sip_subscription *find_in(const struct sip_dialog *dialog,
					   const struct sip_msg *msg)
{
	const struct rd_list *usages = &dialog->usages[SIP_USAGE_SUBSCRIBER];
	struct rd_str event, id;

	if (sip_event_parse(sip_msg_value(msg, SIP_H_EVENT), &event, &id))
		return NULL;
	rd_list_foreach(node, tmp, usages) {
		struct rd_sip_subscription *subscription =
			rd_list_entry(node, struct rd_sip_subscription, usage);

		/* Ours have no id. */
		if (!id.n && rd_str_eq(rd_str_of(subscription->event), event))
			return subscription;
	}
	return NULL;
}

void sip_notify_in_dialog(struct sip_dialog *dialog, struct sip_server *server,
			  const struct sip_msg *msg)
{
	struct rd_sip_subscription *subscription = find_in(dialog, msg);

	if (subscription)
		take(subscription, server, msg);
	else if (dialog->user) /* news of a REFER that a call has sent */
		dialog->user->request(dialog->arg, dialog, server, msg);
	else
		reply(server, 481);
}

/* The dialog that a NOTIFY opens before its 200 has: the one that waits for it, or
 * another fork's while forks may still come. */
static struct rd_sip_subscription *opened_by(struct sip_dialog *dialog,
					     const struct sip_msg *msg)
{
	struct rd_sip_subscription *first = find_in(dialog, msg), *fork;

	if (!first || first->leaving)
		return NULL;
	if (dialog->state == SIP_DIALOG_HALF)
		return sip_dialog_established(dialog, msg) ? NULL : first;
	if (!first->forks || rd_now_ms() >= first->forks_until_ms)
		return NULL;
	return sip_subscription_fork(&fork, first, msg) ? NULL : fork;
}

void sip_notify_unmatched(struct sip_server *server, const struct sip_msg *msg)
{
	struct sip_dialog *dialog = sip_dialog_find_ours(sip.dialogs, msg);
	struct rd_sip_subscription *subscription = dialog ? opened_by(dialog, msg) : NULL;

	if (!subscription) {
		reply(server, 481);
		return;
	}
	sip_dialog_sequence(subscription->dialog, msg);
	take(subscription, server, msg);
}
