/* ENUM (RFC 6116): a number of the world as a name, and what its NAPTR records make of it. */
#ifndef MODULES_SIP_TRUNK_ENUM_H
#define MODULES_SIP_TRUNK_ENUM_H

#include <ringdown/sip_trunk.h>
#include <ringdown/str.h>

struct rd_channel;

#define ENUM_NAME 256 /* room for a domain name, with NUL */
#define ENUM_URI  256

/* "4.3.2.1.9.4.e164.arpa" of "+491234"; what is no digit is left out. False: no digit is
 * left, or there is no room. */
bool enum_name(char out[ENUM_NAME], struct rd_str number, const char *zone);

/* The URI that a record makes of "+491234". False: it is none of the method ("sip"; "ALL": of
 * any), or cannot be read. */
bool enum_uri(char out[ENUM_URI], const struct rd_sip_naptr *record, const char *method,
	      struct rd_str number);

/* Where the number wants to be called by SIP, by that zone: "sip:alice@example.com". False:
 * nowhere, or nobody knows in time, and then none is asked about for half a minute. Yields. */
RD_YIELDS bool enum_find(char uri[ENUM_URI], const char *number, const char *zone, int timeout_ms);
/* Other servers may be in force. */
void enum_ask_again(void);

/* ENUMLOOKUP(). Yields. */
RD_YIELDS int enum_lookup_read(struct rd_channel *ch, const char *args, struct rd_buf *out);
const char *enum_lookup_check(const char *args, char *buf, size_t size);

#endif
