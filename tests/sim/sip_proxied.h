/* The proxy between a caller and several far ends, all played by the test: requests
 * that come in, the copies that go out, answers that come back. */
#ifndef TESTS_SIM_SIP_PROXIED_H
#define TESTS_SIM_SIP_PROXIED_H

#include "tests/sim/sip_exchange.h"
#include "tests/sim/sip_module.h"

/* A message that was sent, and where to. */
struct copy {
	char text[4096];
	char peer[64];
};

/* 127.0.0.9 is [gate], which needs no password; 127.0.0.4 is a stranger, whom
 * the guard lets alone. proxy.conf:
 * here.test are our users, for everybody; 80XX goes to 127.0.0.30; 81XX to .31 and
 * .32, then to .33; 82XX to .30 by way of 127.0.0.40; 83XX follows redirects; any
 * other domain is for who is known. */
int proxied_open(void **state);
int proxied_close(void **state);
int proxied_configure(const char *conf);
/* Another line of [global] in sip.conf. */
int proxied_set(const char *line);

/* A device of a phone that lives at an address. */
void proxied_register(const char *phone, const char *uri, uint16_t q);
void proxied_register_by(const char *phone, const char *uri, uint16_t q, const char *path);
/* The same, with all that it says. */
void proxied_bind(const char *phone, const struct sip_contact_params *what);
/* One of the flows of a device, "<urn:x:1>". */
void proxied_register_flow(const char *phone, const char *uri, const char *instance,
			   uint32_t reg_id);

/* The caller sends: method, URI, header lines. Each makes a branch of its own, but
 * CANCEL, which has that of the request before. */
void caller_sends(const char *method, const char *uri, const char *more);
/* The same as somebody else, from another address. */
void stranger_sends(const char *method, const char *uri, const char *more);
/* In the dialog that an answer made: its To tag; Routes are in more. */
void caller_goes_on(const char *method, const char *uri, const char *to_tag,
		    const char *more);
/* The ACK to what refuse_copy() refused. */
void caller_acks_refusal(void);

void stranger_goes_on(const char *method, const char *uri, const char *to_tag,
		      const char *more);
/* The same with both tags: as the far end, say. */
void stranger_sends_as(const char *method, const char *uri, const char *from_tag,
		       const char *to_tag, const char *more);
/* What both say from now on in their Contact. */
void contact_is(const char *uri);

/* Take the next message; it must begin so. */
void take_copy(struct copy *copy, const char *start);
/* The same, and it must have gone there: "127.0.0.30:5060". */
void take_copy_at(struct copy *copy, const char *start, const char *peer);
/* Answer it from there; tag: of To, "" for none. */
void answer_copy(const struct copy *copy, const char *status, const char *tag,
		 const char *more);
/* Refuse it from there, To tag "no", and take the ACK, which must go there. */
void refuse_copy(const struct copy *copy, const char *status, const char *more);
/* Pass over what was sent before the next message that begins so. */
void skip_to_copy(const char *start);
/* What the caller gets next. */
const char *caller_gets(const char *start);
/* It has so many lines of this header. */
void lines_in(const char *text, const char *name, unsigned count);

/* Our Record-Route as the far end knows it. */
void record_of(char uri[128], const struct copy *copy);
/* The caller calls 8001 at 127.0.0.30, who answers as "far" and is at 127.0.0.70. */
void answered_call(struct copy *copy, char record[128]);
/* A call that nobody shall answer ends. */
void end_call(const struct copy *copy);

#endif
