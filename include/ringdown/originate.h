/* Ringdown SDK: a call that the house makes by itself: ring somebody and,
 * when they answer, run an application or the dialplan on their leg. */
#ifndef RINGDOWN_ORIGINATE_H
#define RINGDOWN_ORIGINATE_H

#include <ringdown/base.h>
#include <ringdown/dial.h>
#include <ringdown/transfer.h>

/* All borrowed for the time of the call. */
struct rd_originate {
	const char *channel; /* "SIP/1001", or several with & */
	const char *app, *app_args; /* either an application, */
	const char *context, *exten; /* or a place in the dialplan */
	int priority;	     /* 0: 1 */
	int timeout_ms;	     /* 0: 30 s */
	const char *caller_id; /* "Alice <1001>", shown to the channel; NULL: none */
	const char *account;
	const char *called_devices; /* rd_channel_set_called_devices(); NULL: all */
	const struct rd_originate_variable *variables; /* variable_count of them */
	size_t variable_count;
	bool early;	     /* go on as soon as early media comes, before the answer */
	bool async;	     /* do not wait for the answer */
	/* Somebody is being called; not so when nobody can be. May be NULL. */
	void (*called)(void *arg);
	/* Async: told once, on the switch thread, in a fiber. rc: as rd_originate();
	 * answered, it may yet be that the leg could not go on. May be NULL. */
	void (*done)(int rc, const struct rd_dial_result *result, const char *uniqueid,
		     void *arg);
	void *arg;
	/* Async: how the leg fares where it goes on, told before done. FAILED too
	 * when nobody answers it to begin with. changed NULL: nobody asks. */
	struct rd_transfer_watch watch;
	void *reserved[2];
};

/* What Set() would be given: "NAME" or "FUNCTION(args)", and its value. */
struct rd_originate_variable {
	const char *name, *value;
};

RD_API_BEGIN

/**
 * Ring, and go on there. The leg then lives by itself.
 *
 * 0 with *result (may be NULL; async: not filled): look at its status.
 * -EINVAL (neither application nor place, unreadable channel), -ENOENT (no
 * such application or extension), -ENOMEM, -EAGAIN, -ECANCELED. Yields.
 */
RD_YIELDS int rd_originate(const struct rd_originate *what, struct rd_dial_result *result);

RD_API_END

#endif
