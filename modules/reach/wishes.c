/* What a person's settings mean for a call to him. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/dialplan.h>

#include "modules/reach/reach.h"

/* ---- who may call ---- */

static bool is_anonymous(const struct rd_party *who)
{
	return !who->number || !*who->number || !rd_presentation_shown(who->number_pres) ||
	       strcasecmp(who->number, "anonymous") == 0;
}

static bool is_listed(const struct rd_map *list, const char *number)
{
	const char *entry;
	size_t pos = 0;
	void *value;

	if (rd_map_get(list, number))
		return true;
	while (rd_map_next(list, &pos, &entry, &value))
		if (*entry == '_' && rd_dialplan_pattern(entry, number))
			return true;
	return false;
}

bool reach_blocks(const struct reach_person *person, const struct rd_channel *caller)
{
	const struct rd_party *who = rd_channel_party(caller, RD_PARTY_CALLER);

	if (!person || !person->blocked)
		return false;
	if (is_anonymous(who) && rd_map_get(person->blocked, "anonymous"))
		return true;
	return who->number && *who->number && is_listed(person->blocked, who->number);
}

/* ---- is he on the phone? ---- */

/* In another call than the one that comes. */
static bool is_in_a_call(const char *device, const struct rd_channel *caller)
{
	for (const struct rd_channel *ch = rd_device_channel(device, NULL); ch;
	     ch = rd_device_channel(device, ch))
		if (!rd_channel_gone(ch) &&
		    strcmp(rd_channel_linkedid(ch), rd_channel_linkedid(caller)) != 0)
			return true;
	return false;
}

static const char *why_busy(const struct reach_person *person, const char *device,
			    const struct rd_channel *caller)
{
	if (person->value[REACH_DND])
		return "do not disturb";
	if (person->value[REACH_CALL_WAITING] && is_in_a_call(device, caller))
		return "on the phone, and no call waiting";
	return NULL;
}

/* ---- for the core ---- */

/* REACH_IGNORE: what a person has set does not count. With "calls", as EmergencyCall() has it, he
 * is called at his desk all the same. */
static bool gets_through(const struct rd_channel *caller)
{
	const char *ignore = rd_var_get(caller, "REACH_IGNORE");

	return ignore && rd_app_true(rd_str_of(ignore));
}

static bool ignores_desk(const struct rd_channel *caller)
{
	return gets_through(caller) && strcasecmp(rd_var_get(caller, "REACH_IGNORE"), "calls") != 0;
}

static bool wish(const char *device, const struct rd_channel *caller, struct rd_reach_wish *wish)
{
	char name[REACH_NAME_MAX];
	const struct reach_person *person = NULL;

	if (reach_is_anybody() && !(caller && ignores_desk(caller)) && reach_name_of(device, name))
		person = reach_person_find(name);

	if (!person)
		return false;
	wish->device = person->value[REACH_HOTDESK];
	if (!caller || gets_through(caller))
		return true;
	if (reach_blocks(person, caller))
		wish->refused = "the caller is blocked";
	wish->busy = why_busy(person, wish->device ? wish->device : device, caller);
	for (int i = 0; i < RD_FORWARDS; i++)
		wish->forward[i] = person->value[REACH_FORWARD_ALWAYS + i];
	if (person->value[REACH_FORWARD_TIME])
		wish->no_answer_ms = atoi(person->value[REACH_FORWARD_TIME]) * 1000;
	return true;
}

static const char *owner(const char *device)
{
	const struct reach_person *guest = reach_guest_of(device);

	return guest ? guest->home : NULL;
}

const struct rd_reach reach_wishes = { .wish = wish, .owner = owner };
