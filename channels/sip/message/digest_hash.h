/* Hashing as digest does it, shared by the files of digest. */
#ifndef CHANNELS_SIP_MESSAGE_DIGEST_HASH_H
#define CHANNELS_SIP_MESSAGE_DIGEST_HASH_H

#include "channels/sip/message/digest.h"

/* H(parts joined by ':') as hex with a NUL. 0 or -EIO. */
int sip_digest_hash(char hex[SIP_DIGEST_HEX], enum sip_digest_algorithm algorithm,
		    const struct rd_str *parts, size_t count);

#endif
