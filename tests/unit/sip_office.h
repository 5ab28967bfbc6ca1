/* The SIP driver on a virtual clock and a line without a wire, with a sip.conf of
 * the test's own: what tests of its upper layers begin with. */
#ifndef TESTS_UNIT_SIP_OFFICE_H
#define TESTS_UNIT_SIP_OFFICE_H

#include "tests/unit/sip_line.h"

/* Start scheduler and driver with this sip.conf; for setup functions. 0. */
int office_open(const char *sip_conf);
int office_close(void);
/* cmocka fixtures: with one phone, [a]. */
int office_setup(void **state);
int office_teardown(void **state);

/* Read another sip.conf: 0, or what sip_settings_read() says, and the findings
 * in office_report(). */
int office_reload(const char *sip_conf);
const char *office_report(void);

/* Bind what to the record of a name, as if its REGISTER came from there; an hour unless
 * what says how long. Where the URI is bound already, anew. */
void office_bind(const char *name, const char *host, uint16_t port,
		 const struct sip_contact_params *what);

/* 'Authorization: Digest ...' with its line end, that answers this 401. */
const char *office_credentials(const char *challenge, const char *method,
			       const char *user, const char *password,
			       const char *algorithm);
/* The same for a digest-uri that is not sip:127.0.0.1. */
const char *office_credentials_for(const char *uri, const char *challenge,
				   const char *method, const char *user,
				   const char *password, const char *algorithm);

#endif
