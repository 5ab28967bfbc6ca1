/* Which trunks are in a group, for other modules. */
#include <string.h>

#include "modules/sip_trunk/trunk.h"

bool trunk_group_has(const struct trunk_group *group, const char *name)
{
	const struct trunk_choice *choice = group->choices;

	while (choice && strcmp(choice->name, name) != 0)
		choice = choice->next;
	return choice;
}

static bool has(const char *group, const char *peer)
{
	const struct trunk_group *it =
		trunks_in_force ? trunk_group_find(trunks_in_force, group) : NULL;

	/* A peer of another file is one of its own. */
	return it ? trunk_group_has(it, peer) : strcmp(group, peer) == 0;
}

const struct rd_trunk_groups trunk_groups = { .has = has };
