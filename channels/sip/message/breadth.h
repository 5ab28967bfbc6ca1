/* Max-Breadth (RFC 5393 §5.3): into how many branches at once a request may still be
 * forked, by us and by all behind us. For whoever forks requests that came in. */
#ifndef SIP_BREADTH_H
#define SIP_BREADTH_H

#include "out.h"

#define SIP_BREADTH_DEFAULT 60

/* What the request says; 60 when it says nothing; -EINVAL. 0 is for nobody: answer
 * 440. */
int sip_breadth_of(const struct sip_msg *request);

/* The share of branch i of so many that run at the same time: together they have what
 * there is, and 0 means that this one has to wait for another to end. */
unsigned sip_breadth_share(unsigned breadth, unsigned branches, unsigned i);

void sip_print_breadth(struct sip_out *out, unsigned breadth);

#endif
