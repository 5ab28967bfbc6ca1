/* REFER in a call: far has called callee, and is to be rid of one of them, or both of it. What
 * the exchange sends is taken one by one, but for ACKs and what shows [peer] whom it talks
 * to now. */
#ifndef TESTS_SIM_SIP_REFER_H
#define TESTS_SIM_SIP_REFER_H

#include "tests/sim/sip_exchange.h"

#define REFER_TO(number) "Refer-To: <sip:" number "@127.0.0.1>\n"

/* third: whom it is sent to; second: another line of far. */
extern struct sip_phone far, callee, third, second;

/* The next message that matters; there must be one. */
const char *refer_next(void);
/* The same: it begins like this, and is for this phone. */
const char *expect(struct sip_phone *phone, const char *start);
void expect_silence(void);
/* A phone calls 700, the peer, who answers. */
void join_peer(struct sip_phone *from, struct sip_phone *to);
void bye_from(struct sip_phone *phone);
void expect_bye(struct sip_phone *phone);
/* The phone is told: a NOTIFY that it answers. */
void expect_notice(struct sip_phone *phone, const char *state, const char *event, const char *body);
/* The last one. */
void expect_end(struct sip_phone *phone, const char *body);

void refer(struct sip_phone *phone, const char *headers);
/* It is followed. */
void refer_accepted(struct sip_phone *phone, const char *headers);
void expect_refused(struct sip_phone *phone, const char *headers, const char *status);
/* In far's dialog, to the peer, who is called; event: what its notices are of. */
enum { REFER_EVENT = 32 };
void refer_to_third(char event[REFER_EVENT]);
/* Once more, and the peer refuses. */
void refer_in_vain(void);
/* far, and so callee is. */
void hang_up(void);

#endif
