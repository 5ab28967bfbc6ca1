/* A call by the trunks of a group, for route*.c only. */
#ifndef MODULES_SIP_TRUNK_ROUTE_H
#define MODULES_SIP_TRUNK_ROUTE_H

#include "modules/sip_trunk/trunk.h"

#define SENT_MAX 10 /* places that its trunks may name, all together */

struct trunk_route {
	struct rd_route route; /* first: the core's pointer */
	struct rd_list link;
	struct trunk_settings *settings; /* a reference */
	const struct trunk_group *group;
	/* That, where a peer of another file is called as one. */
	struct trunk_group own;
	struct trunk_choice own_choice;
	char own_name[TRUNK_NAME];
	char number[RD_SIP_NUMBER];
	/* Where it may go. */
	uint64_t tried; /* choices, by their place */
	uint64_t lapsed; /* of these, where nobody has refused it */
	bool is_second; /* those have been let in once more */
	char *sent[SENT_MAX]; /* where choices have sent it (302), "SIP/tel/sip:4711@host" */
	int sent_count, sent_next;
	char direct[ENUM_URI]; /* where ENUM leads; "": nowhere */
	/* Where it is. */
	const struct rd_channel *leg; /* that is called now; NULL: none */
	const struct trunk_choice *choice; /* by which the leg is called; NULL: by none */
	bool is_direct; /* the leg is called where ENUM leads ... */
	bool is_elsewhere; /* ... or where its choice has sent it */
	bool is_there; /* its far end was heard of, ... */
	bool rings; /* ... has rung or sent early media, ... */
	bool sounds; /* ... has sent early media */
	bool is_renewed; /* one that was heard of has given way to the next server of its host */
	struct rd_timer silence; /* it has said nothing, or does not ring */
	struct rd_timer look; /* is it still there? */
	/* How the leg has ended. */
	bool left; /* by us: it was silent, or did not ring */
	bool gone; /* by us or not: its far end is there no more */
	bool is_sent; /* it was sent elsewhere */
	unsigned status; /* that it was refused with; 0: by nobody */
};

/* ---- route_choice.c: which trunk is next ---- */

/* The best that has not been tried, and counts as tried then; NULL: none is worth it. */
const struct trunk_choice *trunk_route_choose(struct trunk_route *route);
/* The choice has come to nothing, but nobody has refused the call. */
void trunk_route_lapse(struct trunk_route *route);
/* Is there one that may still be called, whatever it is worth? One where nobody has refused the
 * call is let in once more. */
bool trunk_route_has_other(const struct trunk_route *route);
/* Is one left that is not silent itself? */
bool trunk_route_has_sound(const struct trunk_route *route);

/* ---- route_leg.c: how the leg does that is called now ---- */

void trunk_route_watch(struct trunk_route *route, struct rd_channel *leg);
void trunk_route_unwatch(struct trunk_route *route);
/* Its far end is there; it is heard of once more. */
void trunk_route_note(struct trunk_route *route, bool rings);
/* Nothing is known of the server that has it now: who was heard before has it no more. */
void trunk_route_renew(struct trunk_route *route);
void trunk_route_leg_init(struct trunk_route *route);
/* Something is known of its far end: is it dead? Then the leg is ended for another way. */
void trunk_route_look(struct trunk_route *route);
/* It is gone for certain. */
void trunk_route_lose(struct trunk_route *route);

#endif
