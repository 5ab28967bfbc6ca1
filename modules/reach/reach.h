/* What each person wants of calls to him. He is named as his device is: "1001" of "SIP/1001".
 * people.c keeps it, in memory and in the store; wishes.c says what follows for a call. */
#ifndef MODULES_REACH_REACH_H
#define MODULES_REACH_REACH_H

#include <ringdown/base.h>
#include <ringdown/cli.h>
#include <ringdown/function.h>
#include <ringdown/map.h>
#include <ringdown/reach.h>
#include <ringdown/tech.h>

enum reach_item {
	REACH_FORWARD_ALWAYS, /* in the order of enum rd_forward */
	REACH_FORWARD_BUSY,
	REACH_FORWARD_NO_ANSWER,
	REACH_FORWARD_UNREACHABLE,
	REACH_FORWARD_TIME, /* seconds before REACH_FORWARD_NO_ANSWER */
	REACH_DND,
	REACH_CALL_WAITING,
	REACH_SCREENING,
	REACH_HOTDESK, /* the device where he has logged in */
	REACH_ITEMS
};

enum { REACH_NAME_MAX = 80, REACH_VALUE_MAX = 128, REACH_HOME_MAX = REACH_NAME_MAX + 40 };

/* Who is kept wants something. */
struct reach_person {
	char *value[REACH_ITEMS]; /* NULL: as everybody */
	struct rd_map *blocked; /* numbers, patterns, "anonymous"; NULL: none */
	char *home; /* with REACH_HOTDESK: his own device */
	char name[];
};

/* -- people.c -- */

extern const struct rd_module_state reach_kept;
int reach_people_load(void);
void reach_people_free(void);
/* Does anybody want something? Most calls are none of our business. */
bool reach_is_anybody(void);
/* NULL: he wants nothing. */
const struct reach_person *reach_person_find(const char *name);
/* "1001" for "SIP/1001" and what follows a second slash; false for "SIP/1001@peer". */
bool reach_name_of(const char *device, char name[REACH_NAME_MAX]);
/* Who is at a device: who has logged in there, or whose it is. NULL: nobody has. */
const struct reach_person *reach_guest_of(const char *device);
/* Walk over all who want something: *pos begins at 0. */
const struct reach_person *reach_person_next(size_t *pos);

const char *reach_item_name(enum reach_item item); /* "forward/busy" */
int reach_item_of(const char *name); /* or -ENOENT */
/* "": as everybody. For a switch "1" or "0", see reach_is_switch(). */
const char *reach_get(const struct reach_person *person, enum reach_item item);
bool reach_is_switch(enum reach_item item);
/* "" or the value that everybody has ends it. 0, -EINVAL (no such value), -ENAMETOOLONG,
 * -ENOMEM, or -ENODEV without a store: nothing is changed then. */
int reach_set(const char *name, enum reach_item item, const char *value);
int reach_block(const char *name, const char *number, bool blocked);

/* -- wishes.c -- */

extern const struct rd_reach reach_wishes;
bool reach_blocks(const struct reach_person *person, const struct rd_channel *caller);

/* -- functions.c, commands.c, lamps.c -- */

extern const struct rd_function reach_functions[];
extern const struct rd_cli_command reach_commands[];
extern const struct rd_tech reach_lamps[];
void reach_lamp_changed(const char *name, enum reach_item item);

#endif
