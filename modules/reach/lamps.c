/* Lamps for hints: DND:1001, Forward:1001, Hotdesk:1001. */
#include <stdio.h>

#include "modules/reach/reach.h"

static int state_if(bool lit, enum rd_device_state state)
{
	return lit ? state : RD_DEVICE_NOT_INUSE;
}

static int dnd_state(const char *name)
{
	const struct reach_person *person = reach_person_find(name);

	return state_if(person && person->value[REACH_DND], RD_DEVICE_BUSY);
}

static bool forwards(const struct reach_person *person)
{
	for (int i = 0; person && i < RD_FORWARDS; i++)
		if (person->value[REACH_FORWARD_ALWAYS + i])
			return true;
	return false;
}

static int forward_state(const char *name)
{
	return state_if(forwards(reach_person_find(name)), RD_DEVICE_INUSE);
}

static int hotdesk_state(const char *name)
{
	const struct reach_person *person = reach_person_find(name);

	return state_if(person && person->value[REACH_HOTDESK], RD_DEVICE_INUSE);
}

const struct rd_tech reach_lamps[] = { { .name = "DND",
					 .synopsis = "Lamps: who does not want to be disturbed",
					 .device_state = dnd_state },
				       { .name = "Forward",
					 .synopsis = "Lamps: whose calls are forwarded",
					 .device_state = forward_state },
				       { .name = "Hotdesk",
					 .synopsis = "Lamps: who has logged in on another phone",
					 .device_state = hotdesk_state },
				       { 0 } };

void reach_lamp_changed(const char *name, enum reach_item item)
{
	char device[REACH_NAME_MAX + 16];
	const char *lamp = item == REACH_DND           ? "DND"
			   : item == REACH_HOTDESK     ? "Hotdesk"
			   : item < REACH_FORWARD_TIME ? "Forward"
						       : NULL;

	if (!lamp)
		return;
	snprintf(device, sizeof(device), "%s:%s", lamp, name);
	rd_device_changed(device);
}
