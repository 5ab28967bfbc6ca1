/* What dialplan functions tell of phones, peers and their contacts. */
#ifndef CHANNELS_SIP_ENDPOINT_ASK_H
#define CHANNELS_SIP_ENDPOINT_ASK_H

#include <ringdown/function.h>

struct sip_settings;

/* During a review those that come, else those in force; NULL: none yet. */
const struct sip_settings *sip_settings_next(void);

int sip_endpoint_read(struct rd_channel *ch, const char *args, struct rd_buf *out);
int sip_aor_read(struct rd_channel *ch, const char *args, struct rd_buf *out);
int sip_contact_read(struct rd_channel *ch, const char *args, struct rd_buf *out);
int sip_dial_contacts_read(struct rd_channel *ch, const char *args, struct rd_buf *out);

/* rd_function.check of each. */
const char *sip_endpoint_check(const char *args, char *buf, size_t size);
const char *sip_aor_check(const char *args, char *buf, size_t size);
const char *sip_contact_check(const char *args, char *buf, size_t size);
const char *sip_dial_contacts_check(const char *args, char *buf, size_t size);

#endif
