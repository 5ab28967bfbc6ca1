/* A new leg joins two who talk (RFC 3911): it is answered, and stays in their bridge
 * until it leaves, or they end. */
#include <ringdown/bridge.h>
#include <ringdown/log.h>

#include "core/call/transfer.h"

struct third {
	struct rd_channel *with, *leg; /* references */
};

/* Whom it hears is whom it asked for, and who is with him. */
RD_YIELDS static int join(struct third *it)
{
	int rc = rd_answer(it->leg);

	if (rc)
		return rc;
	if (!rd_channel_bridge(it->with))
		return -ENOTCONN;
	rd_channel_set_party(it->leg, RD_PARTY_CONNECTED,
			     rd_channel_party(it->with, RD_PARTY_CALLER));
	rd__channel_link_call(it->leg, it->with);
	rc = rd_bridge_join(rd_channel_bridge(it->with), it->leg, NULL);
	return rc < 0 ? rc : 0;
}

static int run_third(void *arg)
{
	struct third *it = arg;
	int rc = join(it);

	if (rc && rc != -ECANCELED)
		rd_notice("%s: cannot join the call of %s: %s", rd_channel_name(it->leg),
			  rd_channel_name(it->with), rd_strerror(rc));
	rd__channel_finish(it->leg, rc ? RD_CAUSE_REJECTED : RD_CAUSE_NORMAL);
	rd_channel_unref(it->with);
	rd_free(it);
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
	*it = (struct third){ with, leg };
	rc = rd_fiber_new_detached("join", run_third, it);
	if (rc) {
		rd_free(it);
		return rc;
	}
	rd_channel_ref(with);
	rd_channel_drive(rd_channel_ref(leg));
	return 0;
}
