/* Names without a name server: a test writes the zone as lines
 *
 *	name ttl A 192.0.2.1
 *	name ttl SRV priority weight port target
 *	name ttl NAPTR order preference flags service replacement
 *	name ttl FAIL		(nobody knows)
 *	name ttl SILENT		(no answer comes)
 *
 * "." is the root. */
#ifndef TESTS_UNIT_SIP_ZONE_H
#define TESTS_UNIT_SIP_ZONE_H

#include "channels/sip/resolver/private.h"

/* The zone from now on; text must stay. */
void zone_set(const char *text);
/* What it says; NULL: no answer comes, or there is no memory for one. */
struct dns_answer *zone_answer(enum dns_type type, const char *name);

/* Answer the resolver's questions, each after so many ms (0: at once). */
void zone_serve(struct sip_resolver *resolver, int delay_ms);
/* Questions since zone_serve(), and those that are not answered yet forgotten. */
unsigned zone_asked(void);
void zone_forget(void);

#endif
