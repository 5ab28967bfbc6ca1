/* A line for an emergency call where all are taken: another call ends. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <ringdown/module.h>
#include <ringdown/trunk_groups.h>

#include "apps/app_emergency/emergency.h"

/* "TRUNK/out/112" leads to the trunks of out, "SIP/112@provider" to one peer. */
static bool leads_to(struct rd_str target, const char *peer, const struct rd_trunk_groups *groups)
{
	struct rd_str tech, group, number;
	char name[80];

	if (!rd_str_cut(&target, '/', &tech))
		return false;
	if (!rd_str_ieq(tech, RD_STR("TRUNK")))
		return rd_str_cut(&target, '@', &number) && rd_str_eq(target, rd_str_of(peer));
	rd_str_cut(&target, '/', &group);
	return groups && rd_strcpyn(name, sizeof(name), group) && groups->has(name, peer);
}

static bool is_needed(const struct em_call *call, const char *peer,
		      const struct rd_trunk_groups *groups)
{
	struct rd_str rest = rd_str_of(call->targets), one;

	while (rest.n) {
		rd_str_cut(&rest, '&', &one);
		if (leads_to(rd_str_trim(one), peer, groups))
			return true;
	}
	return false;
}

static bool can_end(const struct em_call *call, const struct rd_channel *ch,
		    const struct rd_trunk_groups *groups)
{
	const char *peer = strchr(rd_channel_device(ch), '/');

	return peer && !rd_channel_gone(ch) && strcasecmp(rd_channel_tech(ch), "SIP") == 0 &&
	       !em_is_urgent(ch) && is_needed(call, peer + 1, groups);
}

static struct rd_channel *youngest(const struct em_call *call, const struct rd_trunk_groups *groups)
{
	struct rd_channel *found = NULL;

	for (struct rd_channel *ch = rd_channel_next(NULL); ch; ch = rd_channel_next(ch))
		if (can_end(call, ch, groups) &&
		    (!found || rd_channel_created_ms(ch) >= rd_channel_created_ms(found)))
			found = ch;
	return found;
}

bool em_make_room(const struct em_call *call)
{
	const struct rd_trunk_groups *groups =
		rd_module_loaded("sip_trunk")
			? rd_interface_get(RD_TRUNK_GROUPS, RD_TRUNK_GROUPS_VERSION)
			: NULL;
	struct rd_channel *ch = youngest(call, groups);

	rd_interface_put(groups);
	if (!ch)
		return false;
	em_tell(call, "PREEMPT", ch, "");
	rd_hangup(ch, RD_CAUSE_PREEMPTION);
	return true;
}
