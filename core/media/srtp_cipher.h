/* One packet under session keys: encrypted and tagged, or the other way
 * round. Knows no sequence, no replay, no layout: srtp.c does. */
#ifndef CORE_MEDIA_SRTP_CIPHER_H
#define CORE_MEDIA_SRTP_CIPHER_H

#include "core/media/hmac_sha1.h"
#include "core/media/srtp_suite.h"

/* Two cache lines. OpenSSL's contexts would take ten more for each direction of
 * each stream, and fetching those costs more than working a key in: there is one
 * context for each thread. */
struct rd__srtp_cipher {
	bool aead, sealing;
	uint8_t tag_size;
	uint8_t algorithm; /* index of the thread's context */
	uint8_t salt[RD__SRTP_SALT];
	uint8_t key[RD__SRTP_KEY_MAX];
	struct rd__hmac_sha1 hmac;
};

/* Session keys. */
struct rd__srtp_keys {
	uint8_t key[RD__SRTP_KEY_MAX], salt[RD__SRTP_SALT], auth[RD__SRTP_AUTH_KEY];
};

/* A packet, and what its protection depends on. */
struct rd__srtp_text {
	uint32_t ssrc;
	uint64_t index; /* 48 bits */
	const uint8_t *in;
	uint8_t *out; /* may be in; else the clear bytes are copied too */
	size_t clear, size; /* so many bytes of size are not encrypted */
	const uint8_t *word; /* four bytes that are authenticated too, or NULL */
};

RD_API_BEGIN

/* sealing: for what we send. rtcp: its tag may be longer. */
void rd__srtp_cipher_init(struct rd__srtp_cipher *cipher, const struct rd__srtp_suite *suite,
			  const struct rd__srtp_keys *keys, bool rtcp, bool sealing);
/* Harmless for zeros, and twice. */
void rd__srtp_cipher_fini(struct rd__srtp_cipher *cipher);
/* tag: where tag_size bytes go, within .out or not. False when OpenSSL fails. */
bool rd__srtp_seal(const struct rd__srtp_cipher *cipher, const struct rd__srtp_text *text,
		   uint8_t *tag);
/* False when the tag is not right; then .out is not to be used. With an AEAD
 * suite it is overwritten even so, else it is untouched. */
bool rd__srtp_open(const struct rd__srtp_cipher *cipher, const struct rd__srtp_text *text,
		   const uint8_t *tag);

RD_API_END

#endif
