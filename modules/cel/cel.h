/* What the files of this module share: cel.c tells of events, settings.c has cel.conf. */
#ifndef MODULES_CEL_CEL_H
#define MODULES_CEL_CEL_H

#include <ringdown/config.h>
#include <ringdown/event.h>
#include <ringdown/map.h>
#include <ringdown/pool.h>

enum cel_type {
	CEL_CHAN_START,
	CEL_CHAN_END,
	CEL_ANSWER,
	CEL_HANGUP,
	CEL_APP_START,
	CEL_APP_END,
	CEL_BRIDGE_ENTER,
	CEL_BRIDGE_EXIT,
	CEL_BLINDTRANSFER,
	CEL_ATTENDEDTRANSFER,
	CEL_PICKUP,
	CEL_PARK_START,
	CEL_PARK_END,
	CEL_FORWARD,
	CEL_LINKEDID_END,
	CEL_DTMF,
	CEL_USER_DEFINED,
	CEL_TYPES
};

extern const char *const cel_type_names[]; /* NULL ends them */

struct cel_settings {
	bool enable;
	unsigned types; /* 1 << enum cel_type */
	/* Among the events, and left out. */
	bool names_of_old, names_absent;
	const char **apps; /* CEL_APP_START and CEL_APP_END of these */
	struct rd_pool *pool;
};

extern const struct rd_module_config cel_config;
/* In force; NULL before the first commit. Borrowed. */
const struct cel_settings *cel_settings(void);
void cel_settings_drop(void); /* at the end */

/* What stays when a new file takes the module's place. */
struct cel_kept {
	struct cel_settings *in_force;
	struct rd_map *running; /* unique id to "app\0args" of CEL_APP_START */
	const struct rd_subscriber *listener; /* NULL: nobody hears of channels */
};
extern struct cel_kept *cel_kept;

/* Hear of channels, or no longer: each event costs whoever hears it. */
void cel_listen(bool on);

#endif
