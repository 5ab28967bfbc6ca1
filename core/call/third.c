/* A new leg joins two who talk (RFC 3911): it is answered, and stays in their bridge.
 * When one of the two leaves, it goes on with the other. */
#include <ringdown/bridge.h>
#include <ringdown/clock.h>
#include <ringdown/log.h>

#include "core/call/bridge.h"
#include "core/call/transfer.h"

enum {
	FOLLOW_MS = 2000, /* how long the first third may take to talk to who has stayed */
	LOOK_MS = 20,
};

struct third {
	struct rd_list link;	       /* in thirds, while it is in the bridge */
	struct rd_channel *with, *leg; /* references */
	bool left;		       /* with, by whom he talked to */
	bool follows;		       /* then another third takes care of him */
};

static struct rd_list thirds = RD_LIST_INIT(thirds);

/* ---- when one of the two leaves ---- */

static void leave_to(struct third *it, struct rd_channel *stays, bool follows)
{
	rd__channel_unref(it->with);
	it->with = rd__channel_ref(stays);
	it->left = true;
	it->follows = follows;
}

/* The first one takes him out of the hands that drive him, before these let him go. */
bool rd__third_go_on(struct rd_bridge *bridge, struct rd_channel *stays)
{
	bool found = false;

	if (rd_channel_gone(stays) || stays->moved || stays->taken || stays->heir)
		return false;
	rd_list_foreach(node, tmp, &thirds) {
		struct third *it = rd_list_entry(node, struct third, link);

		if (it->leg->bridge != bridge || rd_channel_gone(it->leg))
			continue;
		leave_to(it, stays, found);
		found = true;
	}
	if (found)
		rd__channel_reserve(stays);
	return found;
}

static int talk(struct third *it)
{
	int rc = rd__channel_collect(it->with);

	if (rc)
		return rc;
	rd__legs_talk(rd__channel_ref(it->with), rd__channel_ref(it->leg));
	return 0;
}

/* Until those two are in a bridge again: nobody tells when. */
static int follow(struct third *it)
{
	uint64_t end_ms = rd_now_ms() + FOLLOW_MS;

	it->left = it->follows = false;
	while (!rd_channel_bridge(it->with) && rd_now_ms() < end_ms &&
	       !rd_channel_gone(it->leg) && !rd_channel_gone(it->with))
		if (rd_sleep(LOOK_MS))
			return -ECANCELED;
	return rd_channel_bridge(it->with) ? 0 : -ENOTCONN;
}

/* ---- coming ---- */

static int stay(struct third *it)
{
	struct rd_bridge *bridge = rd_channel_bridge(it->with);
	int rc;

	if (!bridge)
		return -ENOTCONN;
	rd_channel_set_party(it->leg, RD_PARTY_CONNECTED,
			     rd_channel_party(it->with, RD_PARTY_CALLER));
	rd__channel_link_call(it->leg, it->with);
	rd_list_push(&thirds, &it->link);
	rc = rd_bridge_join(bridge, it->leg, NULL);
	rd_list_remove(&it->link);
	return rc < 0 ? rc : 0;
}

/* Another leg has taken the place of it. */
static bool seat_heir(struct third *it)
{
	struct rd_channel *old = it->leg;

	if (!old->heir)
		return false;
	it->leg = old->heir;
	rd__channel_seated(old);
	rd__channel_unref(old);
	return true;
}

static int stay_as_whoever(struct third *it)
{
	int rc = stay(it);

	while (seat_heir(it))
		rc = it->left ? 0 : stay(it);
	return rc;
}

/* Whom it hears is whom it asked for, and who is with him. 1: others have looked
 * after its leg to the end. */
static int join(struct third *it)
{
	int rc = rd_answer(it->leg);

	if (!rc)
		rc = stay_as_whoever(it);
	while (!rc && it->follows) {
		rc = follow(it);
		if (!rc)
			rc = stay_as_whoever(it);
	}
	if (rc || !it->left)
		return rc;
	rc = talk(it);
	return rc ? rc : 1;
}

static void third_free(struct third *it)
{
	rd__channel_unref(it->with);
	rd__channel_unref(it->leg);
	rd_free(it);
}

static int run_third(void *arg)
{
	struct third *it = arg;
	int rc = join(it);

	if (rc < 0 && rc != -ECANCELED)
		rd_notice("%s: cannot join the call of %s: %s", rd_channel_name(it->leg),
			  rd_channel_name(it->with), rd_strerror(rc));
	if (rc <= 0)
		rd__channel_finish(rd__channel_ref(it->leg),
				   rc ? RD_CAUSE_REJECTED : RD_CAUSE_NORMAL);
	third_free(it);
	return rc;
}

int rd_channel_join(struct rd_channel *with, struct rd_channel *leg)
{
	struct third *it;
	int rc;

	if (rd_channel_gone(with))
		return -ECANCELED;
	if (!rd_channel_bridge(with))
		return -ENOTCONN;
	it = rd_zalloc(sizeof(*it));
	if (!it)
		return -ENOMEM;
	*it = (struct third){ .with = with, .leg = leg };
	rd_list_init(&it->link);
	rc = rd_fiber_new_detached("join", run_third, it);
	if (rc) {
		rd_free(it);
		return rc;
	}
	rd__channel_ref(with);
	rd_channel_drive(rd__channel_ref(leg));
	return 0;
}
