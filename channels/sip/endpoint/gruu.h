/* Globally routable user agent URIs, RFC 5627: one device of an address of record as
 * a URI. The public one is the address with ;gr=INSTANCE; a temporary one hides both
 * in a block that only we can read, and holds as long as the device stays registered
 * with the same Call-ID. */
#ifndef CHANNELS_SIP_ENDPOINT_GRUU_H
#define CHANNELS_SIP_ENDPOINT_GRUU_H

#include "channels/sip/message/out.h"

struct sip_aor;
struct sip_contact;
struct sip_location;

/* What a GRUU means. */
struct sip_gruu {
	struct sip_aor *aor;
	char instance[256]; /* "<urn:uuid:...>" */
};

/* ;pub-gruu="..." and ;temp-gruu="..." of a contact with an instance; aor is the
 * address of record as its owner wrote it (the URI in To). */
void sip_print_gruus(struct sip_out *out, const struct sip_contact *contact,
		     struct rd_str aor);

/* Is the URI a GRUU of ours? 0; -ENOENT: no, or no longer. */
int sip_gruu_find(struct sip_location *location, const struct sip_uri *uri,
		  struct sip_gruu *gruu);

/* For location.c: the lists and a key; the epoch of a new contact (0: the one that
 * RFC 5627 §5.1 demands). */
void sip_gruus_init(struct sip_location *location);
void sip_gruu_begin(struct sip_contact *contact, uint64_t epoch);

#endif
