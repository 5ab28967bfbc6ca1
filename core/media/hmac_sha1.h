/* HMAC-SHA1 (RFC 2104) for packets: the key is worked in once, and what is
 * left for each packet allocates nothing. */
#ifndef CORE_MEDIA_HMAC_SHA1_H
#define CORE_MEDIA_HMAC_SHA1_H

#include <openssl/sha.h>

#include <ringdown/base.h>

/* The state behind the block of the key: no more, since each stream has one
 * and it has to be fetched from memory for each packet. */
struct rd__hmac_sha1 {
	uint32_t inner[5], outer[5];
};

RD_API_BEGIN

/* size: at most 64 bytes. */
void rd__hmac_sha1_init(struct rd__hmac_sha1 *hmac, const uint8_t *key, size_t size);
/* Of data, and the four bytes of word behind it. */
void rd__hmac_sha1(const struct rd__hmac_sha1 *hmac, const uint8_t *data, size_t size,
		   const uint8_t word[4], uint8_t digest[SHA_DIGEST_LENGTH]);

RD_API_END

#endif
