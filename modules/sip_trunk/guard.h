/* The guard against calls that somebody else pays for: who may call out by trunks, where
 * to, and how much on one day. In force without a line of configuration. */
#ifndef MODULES_SIP_TRUNK_GUARD_H
#define MODULES_SIP_TRUNK_GUARD_H

#include <ringdown/config.h>

/* type = guard: rules for some users, or for all others. */
struct trunk_guard {
	struct trunk_guard *next;
	const char *name, *file; /* file NULL: nobody wrote them */
	int line;
	const char *const *users; /* NULL: all that have no rules of their own */
	const char *const *forward; /* numbers that forwarded calls may go to: patterns */
	const char *const *countries; /* DE, or 49: that may be called; NULL: all */
	int daily_minutes; /* 0: any number */
	int64_t daily_spend; /* in RATE_UNITs; 0: any amount */
	int short_calls, short_ms; /* so many, shorter than this, ... */
	int destinations; /* ... or numbers abroad, ... */
	int window_ms; /* ... in this time are unusual; 0: any number is not */
	bool stops; /* who is unusual calls nobody any more */
};

struct trunk;
struct trunk_charge;
struct trunk_settings;
struct rd_sip_peer_call;

/* The section's; section NULL: as none says otherwise. 0 or -ENOMEM. */
int trunk_guard_read(struct trunk_settings *settings, const struct rd_config_section *section,
		     struct rd_config_report *report);
/* Those for this user; never NULL. */
const struct trunk_guard *trunk_guard_of(const struct trunk_settings *settings,
					 const char *user);

/* A call is about to go out by this trunk (NULL: a peer of another file). False: it may
 * not, and that has been told. Else whose call it is stands in charge. */
bool trunk_guard_allows(const struct rd_sip_peer_call *call, const struct trunk *trunk,
			struct trunk_charge *charge);

#endif
