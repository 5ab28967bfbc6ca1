/* Saying to a spy whom he hears from now on. */
#ifndef APPS_APP_CHANSPY_ANNOUNCE_H
#define APPS_APP_CHANSPY_ANNOUNCE_H

#include <ringdown/base.h>
#include <ringdown/fiber.h>

struct rd_channel;

struct announcement {
	bool by_name; /* that was recorded for a mailbox, where there is one */
	const char *mailbox; /* "1001@sales", "@sales", "" is the number of who is heard */
	bool no_tech; /* a number without "SIP" before it */
};

/* A beep, and the name or the number. 0 or -ECANCELED. Yields. */
RD_YIELDS int announce(struct rd_channel *spy, const struct rd_channel *target,
		       const struct announcement *how);

#endif
