/* Parking between the files of this module: settings.c and lots.c read res_parking.conf,
 * extensions.c makes extensions of it, places.c knows who is parked where, park.c
 * parks, comeback.c is for those who were forgotten, retrieve.c gets them back,
 * commands.c is for the console. */
#ifndef APPS_RES_PARKING_PARKING_H
#define APPS_RES_PARKING_PARKING_H

#include <ringdown/base.h>
#include <ringdown/channel.h>
#include <ringdown/cli.h>
#include <ringdown/config.h>
#include <ringdown/function.h>
#include <ringdown/list.h>
#include <ringdown/map.h>

enum { PARKING_DEVICE_MAX = 128 };

#define PARKING_COMEBACK "parkedcallstimeout"

/* Of the two who talk when a call was retrieved. */
enum parking_side {
	PARKING_RETRIEVER = 1,
	PARKING_PARKED = 2,
};

struct parking_lot {
	struct parking_lot *next;
	const char *name;
	const char *file; /* where it is written; NULL: nowhere */
	int line;
	const char *exten; /* that parks; "": none */
	int first, last; /* the places */
	const char *context;
	int time_ms; /* 0: for ever */
	bool to_parker; /* whom nobody retrieves; otherwise to .comeback_context */
	int comeback_dial_ms;
	const char *comeback_context;
	const char *tone, *music; /* "": none, the channel's own */
	int tone_to, transfers, parks, hangs_up, records; /* enum parking_side, or'ed */
	int in_turn; /* a new place for each call, rather than the first that is free */
	bool exclusive, hints;
};

/* What res_parking.conf says; counted, because who is parked keeps what was in force. */
struct parking_settings {
	unsigned refs;
	struct rd_pool *pool;
	struct parking_lot *lots; /* in the order of the file */
};

/* One who is parked. It lies on the stack of the fiber that parked it. */
struct parking_place {
	struct rd_list link; /* by lot, then number */
	struct rd_channel *ch;
	struct parking_settings *settings; /* a reference */
	const struct parking_lot *lot; /* in there */
	int number;
	char parker[PARKING_DEVICE_MAX]; /* a device, "SIP/1001" */
	uint64_t since_ms;
	int time_ms; /* 0: for ever */
};

/* What stays when a new file takes the module's place. */
struct parking_state {
	struct rd_list places;
	struct rd_map *last_given; /* by lot: the number, for findslot = next */
	struct parking_settings *in_force;
};

/* -- state.c -- */

extern struct parking_state *parking_state;
extern const struct rd_module_state parking_kept;

/* -- settings.c -- */

extern const struct rd_module_config parking_config;
/* rd_module.review */
void parking_review(void *snapshot, struct rd_config_report *report);
/* Those in force; NULL before the first commit. Borrowed. */
struct parking_settings *parking_settings(void);
/* Counted; NULL is fine. */
struct parking_settings *parking_settings_ref(struct parking_settings *settings);
void parking_settings_unref(struct parking_settings *settings);
void parking_settings_drop(void); /* at the end */
/* Read the file. 0, -EINVAL (reported), -ENOMEM. */
int parking_settings_read(struct parking_settings **sp, struct rd_config_report *report);
const struct parking_lot *parking_lot_find(const struct parking_settings *settings,
					   const char *name);
/* For the check of the dialplan, by the file that is to come or is in force: there is no such lot,
 * said in buf. NULL: there is, or "" asks for the channel's. */
const char *parking_lot_fault(const char *name, char *buf, size_t size);
/* Likewise, the lots of that file; NULL: it was not read. */
const struct parking_lot *parking_lots_coming(void);
/* Where this leg parks: by its variable PARKINGLOT, or its own, or "default". NULL
 * (logged). */
const struct parking_lot *parking_lot_of(const struct parking_settings *settings,
					 struct rd_channel *ch);

/* -- lots.c -- */

/* One section; NULL: as "default" is without one. 0, -EINVAL (reported), -ENOMEM. */
int parking_lot_read(struct parking_lot **lp, const struct rd_config_section *section,
		     struct rd_pool *pool, struct rd_config_report *report);
/* Two of them must not have one extension. */
void parking_lots_compare(const struct parking_lot *lots, struct rd_config_report *report);

/* -- extensions.c -- */

int parking_extensions(struct rd_config *plan, struct rd_config_report *report);

/* -- places.c -- */

/**
 * Occupy a place of place->lot, and tell of it.
 *
 * @wanted  its number; 0: any
 *
 * 0, -EBUSY (that one is taken, or there is none of that number), -ENOSPC.
 */
int parking_occupy(struct parking_place *place, int wanted);
/* It is free again; why: "TIMEOUT", "ABANDONED", "RETRIEVED" (by). Harmless when it
 * is already. */
void parking_vacate(struct parking_place *place, const char *why, struct rd_channel *by);
/* number 0: any; the one who waits longest. NULL. */
struct parking_place *parking_find(const char *lot, int number);
struct parking_place *parking_next(const struct parking_place *after); /* NULL: the first */
int parking_device_state(const char *resource); /* "701@parkedcalls" */
const char *parking_device_check(const char *resource, char *buf, size_t size);
void parking_places_drop(void); /* at the end */

/* -- park.c, retrieve.c -- */

int parking_park_app(struct rd_channel *ch, const char *args);
int parking_announce_app(struct rd_channel *ch, const char *args);
/* What is wrong with the letters of both. */
const char *parking_check(const char *args, char *buf, size_t size);
const char *parking_check_retrieve(const char *args, char *buf, size_t size);
int parking_retrieve_app(struct rd_channel *ch, const char *args);
/* "7&0&1" as prompts. */
void parking_say_number(struct rd_buf *out, int number);

/* -- comeback.c -- */

/* Nobody came for it: where it goes on, as an application returns it. place: that of
 * option c, NULL: as its lot says. Yields. */
RD_YIELDS int parking_comeback(struct parking_place *place, const char *to);

/* -- commands.c -- */

extern const struct rd_cli_command parking_commands[];

#endif
