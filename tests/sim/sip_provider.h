/* A provider that we register with, written by hand at the far end of the line. */
#ifndef TESTS_SIM_SIP_PROVIDER_H
#define TESTS_SIM_SIP_PROVIDER_H

#include <ringdown/cli.h>

#include "channels/sip/event/subscription.h"
#include "channels/sip/pager/pager.h"
#include "tests/unit/sip_office.h"

#define PROVIDER_OK                                                                                \
	"Contact: <sip:other@127.0.0.9>;expires=5, <sip:me@127.0.0.1:5060>;expires=100\n"
#define PROVIDER_CHALLENGE "WWW-Authenticate: Digest realm=\"p\", nonce=\"n\"\n"

/* For setup_teardown; the clock is virtual. */
int provider_close(void **state);
void provider_reload(const char *conf);

/* Our external address changes to this one, port 5060. */
void provider_sees_us_at(const char *address);

/* The next that is sent is a REGISTER to 127.0.0.2:5060 with this Expires. */
const char *provider_expect(const char *expires);
/* The one that is spoken of from now on. */
const char *provider_keep(const char *request);
/* A header of it, "" when it has none. */
const char *provider_header(const char *name);
/* Answer it: "200 OK" and header lines. */
void provider_answer(const char *status, const char *more);

/* alice writes "hello" to somebody; *told: the status when it is known, 0 until then. */
void provider_writes(const struct sip_recipient *to, unsigned *told);

/* Ours to the messages of 1001 at [peer]; over: why it ended, "" until then. */
struct provider_subscription {
	struct rd_sip_subscription *subscription;
	char over[64];
};

/* 0, or what sip_subscription_new() says. */
int provider_subscribes(struct provider_subscription *ours);

/* "registrations" */
extern const struct rd_cli_command provider_commands[];

#endif
