/* A figure of an RFC in one line, played with the exchange as one of its ends: once as it
 * is drawn, and once more for each of its messages with that one lost. What was lost comes
 * again as the transactions of RFC 3261 §17 and §13.3.1.4 want; nothing else may come, and
 * at the end nothing may be left. Stands on sip_exchange.h.
 *
 *	"INVITE+> <100 <180 <200+ <=200+ reINVITE+> <491(reINVITE) ACK(INVITE)> ..."
 *
 * In the order of the exchange: INVITE> is sent by the far end, <200 by the exchange.
 * An answer or ACK names its request, INVITE when it says nothing; reINVITE is an INVITE in
 * the dialog. Each name may be followed or preceded by:
 *
 *	+	it has a description
 *	!	of an answer: it is reliable, with 100rel and RSeq
 *	@A	the tag of one fork
 *	=	before the name: the same message once more
 *	~	before the name: it is overtaken, and comes where = stands
 *
 * Words by themselves: hangup, party (whom the far end talks to changes), wait (1 s). */
#ifndef TESTS_SIM_SIP_FIGURE_H
#define TESTS_SIM_SIP_FIGURE_H

#include "tests/sim/sip_exchange.h"

struct sip_figure {
	const char *title, *drawn;
	/* Which number the far end calls, as [shown]; or NULL. */
	const char *calls;
	/* Which device the exchange calls for a phone that has dialled; NULL: SIP/42@peer. */
	const char *called;
};

/* A test of cmocka with the figure as its state. */
void sip_figure_play(void **state);

#define FIGURE(figure)                                                      \
	{                                                                   \
		.name = (figure)->title, .test_func = sip_figure_play,      \
		.setup_func = exchange_open, .teardown_func = exchange_close, \
		.initial_state = (void *)(uintptr_t)(figure),               \
	}

#endif
