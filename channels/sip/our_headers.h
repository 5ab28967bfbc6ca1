/* What messages of every kind say of ourselves: our host, our Contact, who we
 * are, what we read. For all layers above the dialog. */
#ifndef SIP_OUR_HEADERS_H
#define SIP_OUR_HEADERS_H

#include "message/out.h"
#include "transport/transport.h"

/* Our host on this way, as a URI has it. */
struct rd_str sip_our_host(const struct sip_flow *flow, char text[SIP_SOCKADDR_TEXT]);
void sip_print_contact(struct sip_out *out, const struct sip_flow *flow);
void sip_print_agent(struct sip_out *out, bool is_response);
/* Accept: what a body in a dialog may be. */
void sip_print_accept(struct sip_out *out);

#endif
