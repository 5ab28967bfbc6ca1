/* A phone that registers with the driver on a line without a wire. */
#ifndef TESTS_SIM_SIP_REGISTER_H
#define TESTS_SIM_SIP_REGISTER_H

#include "tests/unit/sip_office.h"

struct sip_registering {
	const char *user, *password, *call_id;
	const char *record; /* whom it registers; NULL: user */
	const char *more; /* header lines */
	bool proxied;	  /* another Via stands above the phone's */
	const char *via;  /* its sent-by, without rport; NULL: 127.0.0.2:5060, with rport */
	const char *from; /* NULL: 127.0.0.2 */
	uint16_t port;	  /* 0: 5060 */
};

/* REGISTER, 401, REGISTER: the final answer. */
const char *sip_register(const struct sip_registering *who);
/* The same, and the answer is still to be taken. */
void sip_register_untold(const struct sip_registering *who);
/* The same of 1002, with these header lines. */
const char *register_1002(const char *call_id, const char *more);

/* This is how the text must begin. */
void starts(const char *text, const char *start);

#endif
