/* Calls that phones have had made by a REFER outside of a call: how many each may have,
 * and their end when nobody is there: two announcements would listen to each other for
 * ever. */
#include <ringdown/bridge.h>
#include <ringdown/log.h>

#include "channels/sip/call/refer.h"

enum { LOOK_MS = 15000, LOOKS = 2 };

struct sip_refer_call {
	struct rd_list link;
	struct rd_timer look;
	int alone; /* nobody was there so many times */
	char linkedid[48]; /* "": it has not been answered yet */
	char name[];	   /* of the phone */
};

static struct rd_list all = RD_LIST_INIT(all);

void sip_refer_call_free(struct sip_refer_call *made)
{
	rd_timer_stop(&made->look);
	rd_list_remove(&made->link);
	rd_free(made);
}

/* ---- who is there ---- */

static bool is_somebody(const struct rd_channel *ch, const char *linkedid)
{
	return strcmp(rd_channel_tech(ch), "Local") != 0 ||
	       strcmp(rd_channel_linkedid(ch), linkedid) != 0;
}

static bool meets_somebody(const struct rd_channel *ch, const char *linkedid)
{
	struct rd_bridge *bridge = rd_channel_bridge(ch);
	struct rd_channel *members[16];
	int count = bridge ? rd_bridge_channels(bridge, members, RD_ARRAY_SIZE(members)) : 0;

	for (int i = 0; i < count; i++)
		if (is_somebody(members[i], linkedid))
			return true;
	return false;
}

enum presence { GONE, ALONE, TAKEN };

static enum presence presence_of(const char *linkedid)
{
	enum presence found = GONE;
	struct rd_channel *ch = NULL;

	while ((ch = rd_channel_next(ch))) {
		if (strcmp(rd_channel_linkedid(ch), linkedid) != 0)
			continue;
		if (is_somebody(ch, linkedid) || meets_somebody(ch, linkedid))
			return TAKEN;
		found = ALONE;
	}
	return found;
}

static void end_call(const struct sip_refer_call *made)
{
	struct rd_channel *ch = NULL;

	rd_notice("sip/%s: nobody is in the call that its REFER began: it is ended", made->name);
	while ((ch = rd_channel_next(ch)))
		if (strcmp(rd_channel_linkedid(ch), made->linkedid) == 0)
			rd_hangup(ch, RD_CAUSE_NORMAL);
}

static void look(void *arg)
{
	struct sip_refer_call *made = arg;

	switch (presence_of(made->linkedid)) {
	case GONE:
		sip_refer_call_free(made);
		return;
	case ALONE:
		if (++made->alone == LOOKS)
			end_call(made);
		break;
	case TAKEN:
		made->alone = 0;
		break;
	}
	rd_timer_start(&made->look, LOOK_MS);
}

/* ---- which there are ---- */

static int count_calls(const char *name)
{
	int count = 0;

	rd_list_foreach(node, tmp, &all) {
		struct sip_refer_call *made = rd_list_entry(node, struct sip_refer_call, link);

		if (strcmp(made->name, name) != 0)
			continue;
		if (made->linkedid[0] && presence_of(made->linkedid) == GONE)
			sip_refer_call_free(made);
		else
			count++;
	}
	return count;
}

int sip_refer_call_new(struct sip_refer_call **mp, const struct sip_endpoint *endpoint)
{
	size_t size = strlen(endpoint->name) + 1;
	struct sip_refer_call *made;

	if (endpoint->max_refer_calls && count_calls(endpoint->name) >= endpoint->max_refer_calls) {
		rd_notice("sip/%s: no more calls are made by REFER: it has %d",
			  endpoint->name, endpoint->max_refer_calls);
		return -EBUSY;
	}
	made = rd_zalloc(sizeof(*made) + size);
	if (!made)
		return -ENOMEM;
	memcpy(made->name, endpoint->name, size);
	rd_timer_init(&made->look, look, made);
	rd_list_push(&all, &made->link);
	*mp = made;
	return 0;
}

void sip_refer_call_answered(int rc, const struct rd_dial_result *result, const char *uniqueid,
			     void *arg)
{
	struct rd_channel *leg = NULL;
	struct sip_refer_call *made = arg;

	if (rc == 0 && result->status == RD_DIAL_ANSWER)
		leg = rd_channel_find(uniqueid);
	if (!leg) {
		sip_refer_call_free(made);
		return;
	}
	rd_strcpy(made->linkedid, sizeof(made->linkedid), rd_channel_linkedid(leg));
	rd_channel_unref(leg);
	rd_timer_start(&made->look, LOOK_MS);
}

/* Of the others we are told yet. */
void sip_refer_calls_forget(void)
{
	rd_list_foreach(node, tmp, &all) {
		struct sip_refer_call *made = rd_list_entry(node, struct sip_refer_call, link);

		if (made->linkedid[0])
			sip_refer_call_free(made);
	}
}
