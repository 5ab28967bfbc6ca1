/* The attributes that carry keys: a=crypto of RFC 4568. Pure text to keys and
 * back; which of them counts is decided in the call. */
#ifndef CHANNELS_SIP_SDP_CRYPTO_H
#define CHANNELS_SIP_SDP_CRYPTO_H

#include <ringdown/srtp.h>

#include "channels/sip/sdp/sdp.h"

#define SDP_CRYPTO_TEXT 128 /* longest line of ours */

struct sdp_crypto {
	unsigned tag;
	struct rd_srtp_key key;
};

/**
 * Read the value of an a=crypto line. 0; -ENOTSUP for a suite or a parameter
 * that we do not have, -EINVAL for what breaks the rules.
 */
int sdp_crypto_parse(struct sdp_crypto *crypto, struct rd_str value);
/* Into out, with a NUL behind it; returns the length. */
size_t sdp_crypto_print(const struct sdp_crypto *crypto, char out[SDP_CRYPTO_TEXT]);

#endif
