/* What the files of this module share. */
#ifndef MODULES_SIP_TRUNK_TRUNK_H
#define MODULES_SIP_TRUNK_TRUNK_H

#include <ringdown/cli.h>
#include <ringdown/event.h>
#include <ringdown/fiber.h>
#include <ringdown/function.h>
#include <ringdown/health.h>
#include <ringdown/list.h>
#include <ringdown/metric.h>
#include <ringdown/sip_trunk.h>
#include <ringdown/tech.h>
#include <ringdown/trunk_groups.h>

#include "modules/sip_trunk/enum.h"
#include "modules/sip_trunk/settings.h"
#include "modules/sip_trunk/usage.h"

extern const struct rd_sip_trunks *trunk_driver; /* its functions; NULL before load */
extern struct trunk_settings *trunks_in_force;	 /* NULL before the first commit */

/* ---- state.c: what is known of a trunk, whatever becomes of its section ---- */

#define TRUNK_CAUSES 128 /* of Q.850 */
#define TRUNK_NAME   80 /* in what is dialled, with its NUL */

/* Of calls in one direction, since the module was loaded. */
struct trunk_count {
	unsigned now;	  /* there are, answered or not ... */
	unsigned waiting; /* ... and of these are not */
	unsigned attempts, answered;
	uint64_t talk_ms; /* of answered calls that are over ... */
	unsigned talks;	  /* ... so many */
	uint64_t ring_ms; /* until the far end rang or answered ... */
	unsigned rang;	  /* ... where it did */
	unsigned causes[TRUNK_CAUSES]; /* of those that were not answered */
};

struct trunk_state {
	struct rd_list link;
	struct trunk_count in, out;
	struct rd_list calls; /* that are */
	struct trunk_meter *meters;
	bool drained; /* it gets no new calls, by command */
	int failures; /* of outgoing calls in a row */
	uint64_t rest_until_ms;
	struct rd_timer rest; /* its end is told */
	const char *told; /* the last that the bus was told; NULL: nothing yet */
	char name[];
};

/* Make it where there is none; NULL without memory. */
struct trunk_state *trunk_state_of(const char *name);
/* NULL: nothing is known. */
struct trunk_state *trunk_state_find(const char *name);
void trunk_states_drop(void);
/* "registered", "unreachable", ...; state NULL: nothing is known. */
const char *trunk_state_name(const struct rd_sip_peer *peer, const struct trunk_state *state);
/* Something may have changed: tell the bus if it has. */
void trunk_state_look(const char *name);
void trunk_set_drained(struct trunk_state *state, bool drained);
extern const struct rd_subscriber trunk_subscribers[];

/* Is it worth a try, as far as one can know? The best is the greatest. */
enum trunk_worth {
	TRUNK_USELESS, /* there is none, or it was tried */
	TRUNK_CLOSED, /* drained, does not know us: for calls for help, before nothing at all */
	TRUNK_SILENT, /* it answers no OPTIONS: before nothing at all, it is tried */
	TRUNK_RESTS, /* it asked for it, or calls came to nothing there */
	TRUNK_FIT,
};

enum trunk_worth trunk_worth(const char *name);

/* An outgoing call came to nothing there, or did not. */
void trunk_failed(struct trunk_state *state, int retry_after_s);
void trunk_worked(struct trunk_state *state);

/* ---- caller.c: numbers of the parties of a call ---- */

/* Is it one that the trunk may call, one of its "numbers"? */
bool trunk_has_number(const struct trunk *trunk, const char *number);
/* The digits in all of the world of a number of ours or of somebody else, as the trunk writes
 * it in this direction. False: it has none there. */
bool trunk_number_world(char out[NUMBER_WORLD], const struct trunk *trunk, enum number_way way,
			const char *number);
/* Has who calls by this leg a number of the trunk's, or will be told by one? Before he is. */
bool trunk_caller_is_ours(const struct rd_channel *ch, const struct trunk *trunk);
/* An outgoing leg: who calls, and who has sent it on, as the trunk wants to be told. 0 or
 * -ENOMEM. */
int trunk_tell_parties(struct rd_channel *ch, const struct trunk *trunk);
/* Anybody else who talks with it, likewise. */
void trunk_tell_party(const struct trunk *trunk, struct rd_party *who, char buf[RD_SIP_NUMBER]);
/* Who writes to somebody there, as one who calls. */
void trunk_tell_writer(const struct trunk *trunk, struct rd_party *who, char buf[RD_SIP_NUMBER]);
/* Whom a call from it is for, as the dialplan is to see it. False: it is none of ours. */
bool trunk_read_called(const struct trunk *trunk, char number[RD_SIP_NUMBER]);
void trunk_read_caller(const struct trunk *trunk, char number[RD_SIP_NUMBER]);

/* ---- price.c ---- */

/* What a minute to a number that is dialled there costs, in RATE_UNITs. False: nobody says. */
bool trunk_price(const char *name, const char *number, uint32_t *price);
int trunk_show_rates(struct rd_cli *cli, int argc, const char *const *argv);

/* ---- groups.c ---- */

bool trunk_group_has(const struct trunk_group *group, const char *name);
extern const struct rd_trunk_groups trunk_groups;

/* ---- call.c: what the driver tells of calls ---- */

extern const struct rd_sip_trunks_user trunk_driver_user;

/* Do its limits let another call to this number begin, which somebody dials there? */
bool trunk_has_room(const char *name, const char *number);
/* If they do not, a call was refused for that. */
void trunk_note_full(const char *name, const char *number);
bool trunk_is_emergency(const char *name, const char *number);
/* One that goes out, as somebody dials it or as the trunk is told. */
bool trunk_call_is_emergency(const struct rd_sip_peer_call *call);

/* ---- enum_way.c ---- */

/* Where the name servers say that this number wants to be called, if the group asks them. False:
 * nowhere but by its trunks. Yields. */
RD_YIELDS bool trunk_enum_way(char uri[ENUM_URI], const struct trunk_settings *settings,
			      const struct trunk_group *group, const char *number);
/* Who is called there is told who calls as the group's first trunk would be, with numbers in
 * the form of the world: extensions mean nothing to him. 0 or -ENOMEM. */
int trunk_enum_tell(struct rd_channel *leg, const struct trunk_settings *settings,
		    const struct trunk_group *group);

/* ---- route.c: Dial(TRUNK/group/number) ---- */

extern const struct rd_tech trunk_techs[];

/* Has a route just chosen it, knowing that it is silent? */
bool trunk_route_insists(const char *name);
/* Is it called where the name servers have led? */
bool trunk_route_is_direct(const struct rd_channel *leg);
/* Its far end has named these in its own place, "SIP/tel/sip:4711@host", the best first. True:
 * it has failed, and its route goes on by them; or by others, if it may not name any. */
bool trunk_route_sent_on(const struct rd_channel *leg, const char *const *targets, int count);
/* A leg that a route has begun is heard of (sounds: by the caller, too), has lost its far end, or
 * has ended: with this status (0: nobody refused it), or because no way leads there. */
void trunk_route_heard(const struct rd_channel *leg, bool rings, bool sounds);
void trunk_route_gone(const struct rd_channel *leg);
/* Another server of its host has it now. */
void trunk_route_moved(const struct rd_channel *leg);
void trunk_route_refused(const struct rd_channel *leg, unsigned status);
void trunk_route_unreached(const struct rd_channel *leg);

/* A trunk is there no more, perhaps: legs that wait at it are ended for another way. */
void trunk_routes_look(const char *name);

/* ---- measure.c ---- */

void trunks_measure(struct rd_metrics *out);
void trunks_look(struct rd_health *out);

/* ---- functions.c ---- */

extern const struct rd_function trunk_functions[];

/* ---- commands.c ---- */

extern const struct rd_cli_command trunk_commands[];

#endif
