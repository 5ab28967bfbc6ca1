/* What the module offers of calls: technologies, functions and commands, and the
 * operations that stand in these tables. */
#ifndef CHANNELS_SIP_CALL_TECH_H
#define CHANNELS_SIP_CALL_TECH_H

#include "channels/sip/call/call.h"

/* ---- header_function.c: SIP_HEADER() ---- */

const char *sip_header_check(const char *args, char *buf, size_t size);
int sip_header_read(struct rd_channel *ch, const char *text, struct rd_buf *out);
int sip_header_write(struct rd_channel *ch, const char *text, const char *value);

/* Lines that the dialplan wants in the INVITEs of this leg or of those that a
 * caller dials; "" for none. */
const char *sip_added_headers(const struct rd_channel *ch);
int sip_add_header(struct rd_channel *ch, const char *name, const char *value);
void sip_remove_header(struct rd_channel *ch, const char *name);
/* SIP_BODY_PART() */
const char *sip_body_part_check(const char *args, char *buf, size_t size);
int sip_body_part_write(struct rd_channel *ch, const char *text, const char *value);
/* The part that goes beside the body of the INVITEs that it sends: what a referrer has signed,
 * or the dialplan has set. "" or NULL: none. 0 or -ENOMEM. */
int sip_set_token(struct rd_channel *ch, struct rd_str token);
const char *sip_token(const struct rd_channel *ch);

/* ---- function.c ---- */

extern const struct rd_function sip_functions[];

/* ---- item.c: CHANNEL() ---- */

int sip_get(struct rd_channel *ch, const char *item, struct rd_buf *out);
bool sip_has_item(const char *item);

/* ---- commands.c ---- */

extern const struct rd_cli_command sip_commands[];

/* ---- tech.c ---- */

extern const struct rd_tech sip_techs[];

#endif
