/* What messages of every kind say of ourselves: our host, our Contact, who we
 * are, what we read. For all layers above the dialog. */
#ifndef CHANNELS_SIP_OUR_HEADERS_H
#define CHANNELS_SIP_OUR_HEADERS_H

#include "channels/sip/transaction/transaction.h"

/* Our host on this way, as a URI has it. */
struct rd_str sip_our_host(const struct sip_flow *flow, char text[SIP_SOCKADDR_TEXT]);
/* Where we are reached on this way, behind a user: "us:5070;transport=tcp". */
void sip_print_us(struct sip_out *out, const struct sip_flow *flow);
/* "<sip:1002@us>" of what a dialplan calls "1002" or "sip:1002@there". */
void sip_print_place(struct sip_out *out, const char *target, const struct sip_flow *flow);
void sip_print_contact(struct sip_out *out, const struct sip_flow *flow);
/* The same with a user, and by a name of ours instead of our address; NULL: without. */
void sip_print_contact_of(struct sip_out *out, const struct sip_flow *flow, const char *user,
			  const char *domain);
void sip_print_agent(struct sip_out *out, bool is_response);
/* An answer with the standard phrase, and who we are in it; never NULL. It goes by
 * sip_reply_send(). */
struct sip_out *sip_answer_begin(struct sip_server *server, unsigned status);
/* The same without more, sent. */
void sip_answer_with(struct sip_server *server, unsigned status);
/* Why a URI of this scheme does not serve (RFC 5630 §7). */
#define SIP_WARN_SIPS_NOT_ALLOWED 380
#define SIP_WARN_SIPS_REQUIRED	  381
void sip_print_sips_warning(struct sip_out *out, unsigned code);
/* "Fri, 25 Sep 2015 19:12:25 GMT" (RFC 3261 §20.17); it lives until the next second. */
const char *sip_date_now(void);
/* Accept: what a body in a dialog may be. */
void sip_print_accept(struct sip_out *out);
/* The same for who asks by OPTIONS, with its coding and language (RFC 3261 §11.2). */
void sip_print_readable(struct sip_out *out);

#endif
