/* The SIP driver with channels, Dial and a dialplan of a few lines of C, on the
 * virtual clock: what simulations of whole SIP calls begin with.
 *
 * [gate] is known by its address 127.0.0.9; [1002] registers; [peer] is at
 * 127.0.0.2. Numbers: 600 answers and waits, 602 rings, 603 plays early, 604 is
 * busy, 605 answers and hangs up, 606 answers and sends a key, 607 sends to 1003,
 * 650 answers and does the same, 700 dials the
 * peer, 701 dials 1002; 608 plays early and answers after a second, 609 rings,
 * plays early and answers, 610 rings and answers, 611 runs Redirect(). 703 to 706
 * dial peers that are like it but for one option: [late] is offered nothing, [strict] must
 * acknowledge provisional answers, [plain] cannot and has no session timers, [timed]
 * asks for them. Codecs carry nothing; "opus" can be told that less is
 * heard. */
#ifndef TESTS_SIM_SIP_EXCHANGE_H
#define TESTS_SIM_SIP_EXCHANGE_H

#include <ringdown/dial.h>

#include "tests/sim/sip_phone.h"

/* What the dialplan saw since the test began. */
struct sip_seen {
	int last_digit, hold_changes;
	enum rd_dial_status dial_status;
	int dial_cause;
	char caller[64], tag[16], header[64]; /* tag: CALLERID(tag) */
	bool no_hints; /* the test took them away */
	const char *redirect_to; /* set by a test: what 611 is sent to */
	char redirect_status[32];
	int transfer;		 /* 650: what rd_transfer() returned */
	char transfer_status[8]; /* and TRANSFERSTATUSPROTOCOL */
	/* Set by a test: what all other numbers do. */
	void (*service)(struct rd_channel *ch, const char *exten);
	const char *dials;   /* set by a test: what 707 dials */
	int (*before_call)(struct rd_channel *leg, void *arg); /* of each leg of that */
	void (*on_lost)(size_t at, enum rd_dial_status why, void *arg);
	const char *accepts; /* set by a test: numbers, "|a|b|", that answer as 605 */
};

extern struct sip_seen seen;

int exchange_open(void **state);
/* Checks that everything ends by itself and nothing is left. */
int exchange_close(void **state);
/* As while its module gets a new file. */
void exchange_dialplan(bool is_there);
/* Runs Redirect() and hangs up; what it says is in seen.redirect_status, "" for nothing. */
void exchange_redirect(struct rd_channel *ch, const char *to);

#endif
