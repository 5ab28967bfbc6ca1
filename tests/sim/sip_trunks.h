/* Trunks, their providers played by the test: calls that come from them and go to them. */
#ifndef TESTS_SIM_SIP_TRUNKS_H
#define TESTS_SIM_SIP_TRUNKS_H

#include "modules/sip_trunk/trunk.h"
#include "tests/sim/sip_exchange.h"
#include "tests/sim/sip_module.h"

/* [gate], 127.0.0.9, is a phone that needs no password, [desk] one at 127.0.0.40.
 * trunks.conf has [a], [b] and [c] at 127.0.0.31, .32 and .33, which call 6XX in office,
 * and the group [out] = a, b & c*3. */
int trunks_open(void **state);
int trunks_close(void **state);

/* Other trunks, and lines of the group's section; both files are read anew. */
void trunks_configure(const char *conf);
void trunks_group(const char *lines);

/* A provider calls us; its address is the name's. */
void provider_calls(struct sip_phone *phone, const char *address, const char *number);

/* gate dials what is called by 707: "TRUNK/out/4711"; or does so as another, with these lines
 * and this body. */
void gate_dials(struct sip_phone *gate, const char *target);
void gate_dials_as(struct sip_phone *gate, const char *target, const char *user, const char *more,
		   const char *body);
/* The next message is the INVITE of that, to this address. */
void provider_is_called(struct sip_phone *provider, const char *address);
/* It answers from there. */
void provider_says(struct sip_phone *provider, const char *status, const char *body);
/* It refuses, and takes the ACK. */
void provider_refuses(struct sip_phone *provider, const char *status);
/* gate hears this in the end, and nobody else is called. */
void gate_is_refused(struct sip_phone *gate, const char *status);
/* The call of both ends: the provider has answered. */
void both_hang_up(struct sip_phone *gate, struct sip_phone *provider);

/* What goes out has nothing of a phone in the house: its address, call and tag, and words with
 * "inside" or "secret", which it has said. */
void expect_nothing_inside(const char *message, const struct sip_phone *phone, const char *address);

#endif
