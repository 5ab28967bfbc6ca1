/* We are registered with [peer] by two flows, by way of a proxy each: 700 dials SIP/42@peer,
 * which goes by the first one. */
#ifndef TESTS_SIM_SIP_TWO_FLOWS_H
#define TESTS_SIM_SIP_TWO_FLOWS_H

#include "tests/sim/sip_exchange.h"
#include "tests/sim/sip_provider.h"

#define TWO_FLOWS                                                                                  \
	"[global]\nuser_agent = Test\n"                                                            \
	"[gate]\ntype = phone\nmatch = 127.0.0.9\ncontext = office\n"                              \
	"[peer]\ntype = peer\nhost = 127.0.0.2:5060\nusername = me\nsecret = x\n"                  \
	"context = office\nregister = yes\n"                                                      \
	"register_proxies = sip:127.0.0.3\\;lr, sip:127.0.0.4\\;lr\n"

#define FIRST  "127.0.0.3:5060"
#define SECOND "127.0.0.4:5060"

/* For setup_teardown. */
int flows_open(void **state);
int flows_open_connected(void **state);
int flows_close(void **state);

/* A REGISTER by this flow comes next; the registrar agrees. */
void flows_expect_by(const char *peer);
/* The registrar says yes, by this flow, to the REGISTER that was kept. */
void flows_registrar_agrees(const char *peer);
/* A REGISTER by each flow, to be answered in any order. */
extern char flows_requests[2][4096];
void flows_keep_both(void);

/* Signs of life are sent when chance wants it. */
void flows_pass_signs(void);
/* Let time pass, and them. */
void flows_pass(int ms);

/* By the proxy of this flow, to where the registrar's Service-Route leads. */
void flows_went_by(const char *peer, const char *request);
/* Nothing of this method goes to that peer in the meantime; all else is passed over. */
void flows_send_none(const char *method, const char *peer, int ms);

#endif
