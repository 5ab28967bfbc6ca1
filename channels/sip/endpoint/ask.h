/* What dialplan functions tell of phones, peers and their contacts. */
#ifndef CHANNELS_SIP_ENDPOINT_ASK_H
#define CHANNELS_SIP_ENDPOINT_ASK_H

#include <ringdown/function.h>

int sip_endpoint_read(struct rd_channel *ch, const char *args, struct rd_buf *out);
int sip_aor_read(struct rd_channel *ch, const char *args, struct rd_buf *out);
int sip_contact_read(struct rd_channel *ch, const char *args, struct rd_buf *out);
int sip_dial_contacts_read(struct rd_channel *ch, const char *args, struct rd_buf *out);

#endif
