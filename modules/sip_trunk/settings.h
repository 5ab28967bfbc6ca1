/* trunks.conf: the providers and exchanges that calls come from and go to, and groups of
 * them. What a trunk has in common with any peer is the SIP driver's, and is handed to it
 * (sections.c); the rest is here. */
#ifndef MODULES_SIP_TRUNK_SETTINGS_H
#define MODULES_SIP_TRUNK_SETTINGS_H

#include <ringdown/config.h>
#include <ringdown/map.h>

#include "modules/sip_trunk/guard.h"
#include "modules/sip_trunk/limits.h"
#include "modules/sip_trunk/numbers.h"
#include "modules/sip_trunk/rates.h"
#include "modules/sip_trunk/stir_settings.h"

#define TRUNKS_CONF "trunks.conf"

/* What says whom a call from there is for. */
enum trunk_number_in { TRUNK_NUMBER_IN_URI, TRUNK_NUMBER_IN_TO };

/* Which numbers are looked for among the name servers before a trunk is called (ENUM). */
struct trunk_enum {
	const char *zone; /* "e164.arpa"; NULL: none */
	int timeout_ms;
};

/* A section of the file: one trunk, or what is said here of a peer of another file. */
struct trunk {
	struct trunk *next;
	const char *name; /* also that of its section in the driver */
	const char *file;
	int line;
	bool of_peer; /* type = peer: host, account and the rest stand in that file */
	const char *user; /* who we are there; NULL: nobody in particular */
	/* That calls from it may be for: patterns, or "none"; NULL, where it is a peer: any. */
	const char *const *numbers;
	int number_in; /* enum trunk_number_in */
	bool sends_ext;	  /* whom main_number stands for is told behind it */
	bool appends_ext; /* an extension that is told beside the number is its end */
	const char *const *identity; /* where it is told who calls; NULL: in From */
	const char *main_number; /* who calls when it is none of numbers; NULL: as he is */
	struct number_policy policy; /* how numbers are written */
	struct trunk_enum lookup; /* of Dial(TRUNK/name/number) */
	const char *rates_file;
	struct rates *rates; /* what calls cost; NULL: nobody says */
	int max_failures; /* calls in a row that come to nothing there, and it rests; 0: never */
	int rest_ms;	  /* so long */
	struct trunk_limit *limits[TRUNK_WAYS];
	int emergency_channels; /* of these, for calls for help alone */
	bool guarded;	/* the guard minds calls to it */
	bool calls_out; /* calls from it are no strangers' to the guard */
};

/* A trunk as a member of a group. */
struct trunk_choice {
	struct trunk_choice *next;
	const char *name; /* of a trunk, or of a peer of sip.conf or pjsip.conf */
	int place;  /* in the group, from 0 */
	int rank;   /* of lower ones first, from 0 */
	int weight; /* among those of one rank */
};

/* type = group; or one trunk as a group of its own, of the same name. */
struct trunk_group {
	struct trunk_group *next;
	const char *name;
	const char *file; /* where that is said; NULL: nowhere */
	int line;
	const char *trunks; /* as written: "a & b*3, c" */
	struct trunk_choice *choices; /* in file order */
	const char *const *next_on; /* refusals that lead on: "503", "5xx" */
	int silence_ms;	 /* without any answer, and the next one is tried */
	int progress_ms; /* without ringing; 0: as long as it takes */
	struct trunk_enum lookup;
	bool least_cost; /* the cheapest first, then those whose price nobody knows */
	bool after_ringing; /* a call that has rung may be tried elsewhere */
};

/* An immutable, counted snapshot. */
struct trunk_settings {
	unsigned refs;
	struct rd_pool *pool;
	struct trunk *trunks; /* in file order */
	struct trunk_group *groups;
	struct trunk_group *usual; /* without a name or choices, as none says otherwise */
	struct trunk_guard *guards; /* the last one is for whom no other is */
	struct stir_settings stir;
};

int trunk_settings_read(void **snapshot, struct rd_config_report *report);
struct trunk_settings *trunk_settings_ref(struct trunk_settings *settings);
/* Groups of what comes into force next: do their trunks exist? What does not is reported. */
void trunk_settings_review(void *snapshot, struct rd_config_report *report);
void trunk_settings_unref(struct trunk_settings *settings); /* NULL is fine */

/* In a review: is it a peer of the SIP driver in what comes next? Phones are none. */
bool trunk_is_peer_next(const char *name);

const struct trunk *trunk_find(const struct trunk_settings *settings, const char *name);
const struct trunk_group *trunk_group_find(const struct trunk_settings *settings,
					   const char *name);

/* Does a refusal fit "503", "5xx"? */
bool trunk_status_fits(const char *pattern, unsigned status);

/* Is it a section of a trunk? For groups and what has a wrong type: no. */
bool trunk_is_section(const struct rd_config_section *section);
/* Is it one of a peer that another file has? */
bool trunk_is_of_peer(const struct rd_config_section *section);
/* Is it an option that is read here, not by the driver? */
bool trunk_is_own_option(const char *name);

/* The trunks as sections of sip.conf: a row of struct rd_config_source. */
int trunk_sections(struct rd_config *config, struct rd_config_report *report);

#endif
