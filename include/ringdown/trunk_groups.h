/* Ringdown SDK: which trunks a call by Dial(TRUNK/group/number) may go by. Whoever knows publishes
 * struct rd_trunk_groups as the interface RD_TRUNK_GROUPS. */
#ifndef RINGDOWN_TRUNK_GROUPS_H
#define RINGDOWN_TRUNK_GROUPS_H

#include <ringdown/base.h>

#define RD_TRUNK_GROUPS         "trunk_groups"
#define RD_TRUNK_GROUPS_VERSION 1

struct rd_trunk_groups {
	/* Is the trunk or peer of this name in the group, or the group itself? Does not yield. */
	bool (*has)(const char *group, const char *peer);
};

#endif
