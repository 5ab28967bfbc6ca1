/* What each user has called today by trunks: minutes, money, and what was unusual. Kept in
 * the store, so that a restart gives nobody a second day. */
#ifndef MODULES_SIP_TRUNK_USAGE_H
#define MODULES_SIP_TRUNK_USAGE_H

#include <ringdown/cli.h>
#include <ringdown/fiber.h>
#include <ringdown/list.h>

#include "modules/sip_trunk/guard.h"

struct trunk_usage;

/* A call as its user pays for it. */
struct trunk_charge {
	struct rd_list link;	   /* among the user's answered ones */
	struct trunk_usage *usage; /* NULL: nobody pays */
	struct rd_channel *channel;
	int64_t price; /* of a minute, in RATE_UNITs */
	/* Since when it is answered, 0: it is not; and since when today. */
	uint64_t answered_ms, counted_ms;
};

/* Of this user; NULL without memory. */
struct trunk_usage *trunk_usage_of(const char *user);
/* What he may not go on for: a phrase, NULL: he may. */
const char *trunk_usage_fault(struct trunk_usage *usage, const struct trunk_guard *rules);

/* He calls a number of another country; when those are many, his calls may be hung up. */
void trunk_usage_foreign(struct trunk_usage *usage, const struct trunk_guard *rules,
			 const char *number);

/* The user and the channel are borrowed; price: of a minute, in RATE_UNITs. Until it is
 * answered it may be copied. */
void trunk_charge_begin(struct trunk_charge *charge, struct trunk_usage *usage,
			struct rd_channel *ch, int64_t price);
/* He pays from now on. If he may not, all his calls are hung up at once, and the charge
 * ends before this returns. */
void trunk_charge_answered(struct trunk_charge *charge);
/* The call is over, answered or not. The user's others may be hung up for that. */
void trunk_charge_end(struct trunk_charge *charge);

/* New rules are in force. */
void trunk_usages_look(void);
void trunk_usages_drop(void);

/* Tell bus and log: what, of whom, and why. */
void trunk_alert(const char *what, const char *user, const char *trunk, const char *number,
		 const char *why);

/* "sip show guard", "sip reset guard". */
int trunk_usage_show(struct rd_cli *cli, int argc, const char *const *argv);
int trunk_usage_reset(struct rd_cli *cli, int argc, const char *const *argv);

#endif
