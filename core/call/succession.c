/* One leg takes the seat of another: in the bridge or the dial that a third
 * fiber drives, in the application that the other was in, or with the
 * other's partner, when it was the other's fiber that drove them. */
#include <ringdown/dialplan.h>
#include <ringdown/log.h>

#include "core/call/bridge.h"
#include "core/call/transfer.h"

enum {
	SEAT_MS = 2000, /* how long whoever drives a leg may take to seat its heir */
	H_MS = 10000,	/* as long as an h extension may wait */
};

void rd__channel_introduce(struct rd_channel *a, struct rd_channel *b)
{
	rd_channel_set_party(a, RD_PARTY_CONNECTED, rd_channel_party(b, RD_PARTY_CALLER));
	rd_channel_set_party(b, RD_PARTY_CONNECTED, rd_channel_party(a, RD_PARTY_CALLER));
	rd__channel_link_call(b, a);
}

/* -- the end of legs that have lost their own fiber --------------------------------- */

void rd__channel_finish(struct rd_channel *ch, int cause)
{
	cause = cause ? cause : RD_CAUSE_NORMAL;
	if (!ch->moved && !ch->outgoing)
		rd_dialplan_run_h(ch, ch->context, cause, H_MS);
	rd_channel_let_go(ch, cause);
}

static int run_farewell(void *arg)
{
	struct rd_channel *ch = arg;

	rd__channel_finish(ch, rd_channel_cause(ch));
	return 0;
}

void rd__channel_finish_apart(struct rd_channel *ch, int cause)
{
	rd_hangup(ch, cause);
	if (rd_fiber_new_detached("farewell", run_farewell, ch))
		rd_channel_let_go(ch, cause);
}

void rd__legs_talk_by(struct rd_channel *a, unsigned rights_a, struct rd_channel *b,
		      unsigned rights_b)
{
	const struct rd_bridge_options options = { .caller_seat = &a,
						   .peer_seat = &b,
						   .caller_features = rights_a,
						   .peer_features = rights_b };
	int cause;

	rd__channel_introduce(a, b);
	rd__calls_count(1);
	rd_bridge_run(a, b, &options);
	rd__calls_count(-1);
	cause = rd_channel_gone(a) ? rd_channel_cause(a) : rd_channel_cause(b);
	rd__channel_finish(a, cause);
	rd__channel_finish(b, cause);
}

void rd__legs_talk(struct rd_channel *a, struct rd_channel *b)
{
	rd__legs_talk_by(a, 0, b, 0);
}

/* -- seats ---------------------------------------------------------------------------- */

void rd__channel_seated(struct rd_channel *old)
{
	old->heir = NULL;
	old->moved = old->driven = false;
	rd_cond_broadcast(&old->own_notify);
}

/* Whoever drives old finds its heir at the next look, and before anything that
 * old still says. */
static int ask_driver(struct rd_channel *old, struct rd_channel *heir)
{
	int rc = 0;

	if (old->heir)
		return -EBUSY;
	old->heir = heir;
	old->moved = true; /* out of what it hears just now */
	rd__channel_wake(old);
	while (old->heir && old->driven && !rc)
		rc = rd_cond_wait(&old->own_notify, SEAT_MS);
	if (!old->heir)
		return 0;
	old->heir = NULL;
	return rc ? rc : -ECANCELED;
}

static int give_variable(struct rd_channel *heir, const char *name, const char *text)
{
	return rd_var_get(heir, name) ? 0 : rd_var_set(heir, name, text);
}

/* The application that old was in begins anew for heir. */
static int go_on_for(struct rd_channel *old, struct rd_channel *heir)
{
	const char *name, *text;
	size_t pos = 0;
	int rc = rd_channel_set_place(heir, old->context, old->exten, old->priority);

	while (!rc && rd_var_next(old, &pos, &name, &text))
		rc = give_variable(heir, name, text);
	if (!rc && *rd_channel_called_devices(old))
		rc = rd_channel_set_called_devices(heir, rd_channel_called_devices(old));
	if (!rc)
		rc = rd__channel_link_call(heir, old);
	if (!rc)
		rc = rd_channel_start(heir);
	if (!rc)
		rd__channel_unref(heir);
	return rc;
}

/* old's fiber drove the two: its partner is taken out of there. */
static int take_partner(struct rd_channel *old, struct rd_channel **partner)
{
	struct rd_channel *ch = rd__channel_ref(rd_channel_partner(old));
	int rc = rd_channel_take_over(ch);

	if (rc)
		rd__channel_unref(ch);
	else
		*partner = ch;
	return rc;
}

int rd__channel_succeed(struct rd_channel *old, struct rd_channel *heir,
			struct rd_channel **partner)
{
	*partner = NULL;
	if (rd_channel_gone(old) && !old->bridge)
		return -ECANCELED;
	if (old->driven)
		return ask_driver(old, heir);
	if (rd_channel_partner(old))
		return take_partner(old, partner);
	if (old->has_fiber && old->state == RD_CHANNEL_UP)
		return go_on_for(old, heir);
	return -EBUSY;
}

/* -- a new leg in the place of an old one ------------------------------------------------ */

struct replacement {
	struct rd_channel *old, *leg; /* references */
	bool runs;		      /* leg has a fiber, which it leaves first */
};

static int run_replacement(void *arg)
{
	struct replacement *it = arg;
	struct rd_channel *partner = NULL;
	bool rang = it->old->state != RD_CHANNEL_UP;
	int rc = it->runs ? rd__channel_collect(it->leg) : 0;

	if (!rc)
		rc = rd_answer(it->leg);
	if (!rc)
		rc = rd__channel_succeed(it->old, it->leg, &partner);
	if (rc)
		rd_notice("%s: cannot take the place of %s: %s", rd_channel_name(it->leg),
			  rd_channel_name(it->old), rd_strerror(rc));
	else
		rd_hangup(it->old, rang ? RD_CAUSE_ANSWERED_ELSEWHERE : RD_CAUSE_NORMAL);
	rd__channel_unref(it->old); /* the two talk for long */
	if (rc)
		rd_channel_let_go(it->leg, RD_CAUSE_REJECTED);
	else if (partner)
		rd__legs_talk(partner, it->leg);
	rd_free(it);
	return rc;
}

static int check(const struct rd_channel *old)
{
	if (old->state == RD_CHANNEL_GONE)
		return -ECANCELED;
	if (!old->outgoing && old->state != RD_CHANNEL_UP)
		return -EPERM;
	if (old->heir || old->taken || old->waits)
		return -EBUSY;
	return old->driven || old->has_fiber ? 0 : -EBUSY;
}

static void announce(struct rd_channel *old, struct rd_channel *leg)
{
	struct rd_channel *partner = rd_channel_partner(old);

	if (partner)
		rd__transfer_announce(old, partner, "replace", rd_channel_name(leg));
}

int rd_channel_replace(struct rd_channel *old, struct rd_channel *leg)
{
	struct replacement *it;
	int rc = check(old);

	if (rc)
		return rc;
	it = rd_zalloc(sizeof(*it));
	if (!it)
		return -ENOMEM;
	*it = (struct replacement){ old, leg, leg->has_fiber };
	rc = rd_fiber_new_detached("replace", run_replacement, it);
	if (rc) {
		rd_free(it);
		return rc;
	}
	rd__channel_ref(old);
	rd__channel_ref(leg);
	if (leg->has_fiber)
		rd__channel_reserve(leg);
	else
		rd_channel_drive(leg);
	announce(old, leg);
	return 0;
}
