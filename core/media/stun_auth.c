/* Who wrote a STUN message, and is it whole: signatures, keys, fingerprint
 * (RFC 8489 §9, §14.5 to §14.7). */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "core/media/stun.h"
#include "core/media/wire.h"

enum { SHA256_LEAST = 16 }; /* it may be cut to so many */

bool rd__stun_hmac(uint8_t *out, enum rd__stun_integrity integrity, struct rd_str key,
		   const uint8_t *bytes, size_t size)
{
	const EVP_MD *md = integrity == RD__STUN_SHA256 ? EVP_sha256() : EVP_sha1();

	return HMAC(md, key.p, (int)key.n, bytes, size, out, NULL) != NULL;
}

/* The bytes before the signature, in a header whose length ends with it. */
static bool sign_again(const struct rd__stun *stun, enum rd__stun_integrity integrity,
		       struct rd_str key, size_t at, size_t size, uint8_t *out)
{
	uint8_t copy[RD__STUN_MAX];

	memcpy(copy, stun->packet, at);
	rd__put16(copy + 2, (uint16_t)(at + RD__STUN_ATTRIBUTE + size - RD__STUN_HEADER));
	return rd__stun_hmac(out, integrity, key, copy, at);
}

static bool is_good_size(enum rd__stun_integrity integrity, size_t size)
{
	if (integrity == RD__STUN_SHA1)
		return size == RD__STUN_SHA1_SIZE;
	return size >= SHA256_LEAST && size <= RD__STUN_SHA256_SIZE && size % 4 == 0;
}

bool rd__stun_verify(const struct rd__stun *stun, enum rd__stun_integrity integrity,
		     struct rd_str key)
{
	size_t at = integrity == RD__STUN_SHA256 ? stun->sha256 : stun->sha1, size;
	uint8_t right[EVP_MAX_MD_SIZE];

	if (integrity == RD__STUN_UNSIGNED || !at)
		return false;
	size = rd__get16(stun->packet + at + 2);
	return is_good_size(integrity, size) &&
	       sign_again(stun, integrity, key, at, size, right) &&
	       CRYPTO_memcmp(right, stun->packet + at + RD__STUN_ATTRIBUTE, size) == 0;
}

/* ---- keys ---- */

/* Of the parts with colons between them. */
static size_t hash_parts(uint8_t *out, const EVP_MD *md, const struct rd_str *parts,
			 size_t count)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned size = 0;
	bool ok = context && EVP_DigestInit_ex(context, md, NULL);

	for (size_t i = 0; ok && i < count; i++) {
		if (i)
			ok = EVP_DigestUpdate(context, ":", 1);
		ok = ok && EVP_DigestUpdate(context, parts[i].p, parts[i].n);
	}
	if (ok && !EVP_DigestFinal_ex(context, out, &size))
		size = 0;
	EVP_MD_CTX_free(context);
	return size;
}

size_t rd__stun_long_term_key(uint8_t key[RD__STUN_KEY], bool sha256, struct rd_str user,
			      struct rd_str realm, struct rd_str password)
{
	struct rd_str parts[] = { user, realm, password };

	return hash_parts(key, sha256 ? EVP_sha256() : EVP_md5(), parts,
			  RD_ARRAY_SIZE(parts));
}

/* ---- fingerprint ---- */

/* CRC-32 of ITU-T V.42, four bits at a time. */
static uint32_t crc_step(uint32_t crc)
{
	static const uint32_t table[16] = {
		0x00000000,
		0x1db71064,
		0x3b6e20c8,
		0x26d930ac,
		0x76dc4190,
		0x6b6b51f4,
		0x4db26158,
		0x5005713c,
		0xedb88320,
		0xf00f9344,
		0xd6d6a3e8,
		0xcb61b38c,
		0x9b64c2b0,
		0x86d3d2d4,
		0xa00ae278,
		0xbdbdf21c,
	};

	return crc >> 4 ^ table[crc & 15];
}

uint32_t rd__stun_crc(const uint8_t *bytes, size_t size)
{
	uint32_t crc = 0xffffffff;

	while (size--)
		crc = crc_step(crc_step(crc ^ *bytes++));
	return ~crc ^ 0x5354554e; /* "STUN" (§14.7) */
}
