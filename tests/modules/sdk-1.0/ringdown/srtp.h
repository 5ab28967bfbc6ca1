/* Ringdown SDK: what secures a stream (RFC 3711): the crypto suites and their
 * names, and keys. How keys are agreed on is a driver's affair; the packets
 * are the media engine's. */
#ifndef RINGDOWN_SRTP_H
#define RINGDOWN_SRTP_H

#include <ringdown/base.h>
#include <ringdown/str.h>

/* In the order in which we would choose. */
enum rd_srtp_suite {
	RD_SRTP_NONE,
	RD_SRTP_AEAD_AES_256_GCM, /* RFC 7714 */
	RD_SRTP_AEAD_AES_128_GCM,
	RD_SRTP_AES_256_CM_SHA1_80, /* RFC 6188 */
	RD_SRTP_AES_CM_128_SHA1_80, /* RFC 3711, 4568 */
	RD_SRTP_AES_256_CM_SHA1_32,
	RD_SRTP_AES_CM_128_SHA1_32,
	RD_SRTP_SUITES,
};

#define RD_SRTP_MASTER_MAX 46

/* A master key with the salt behind it, for one direction. */
struct rd_srtp_key {
	enum rd_srtp_suite suite; /* NONE: no key */
	uint8_t master[RD_SRTP_MASTER_MAX];
};

RD_API_BEGIN

/* As in SDP: "AES_CM_128_HMAC_SHA1_80". */
const char *rd_srtp_name(enum rd_srtp_suite suite);
/* NONE when it is none of ours. Names have no case (RFC 4568 §9.1.1). */
enum rd_srtp_suite rd_srtp_by_name(struct rd_str name);
/* Bytes of a master key and its salt. */
size_t rd_srtp_master_size(enum rd_srtp_suite suite);
/* A new key of random bytes. */
void rd_srtp_key_make(struct rd_srtp_key *key, enum rd_srtp_suite suite);
bool rd_srtp_key_equal(const struct rd_srtp_key *a, const struct rd_srtp_key *b);

RD_API_END

#endif
