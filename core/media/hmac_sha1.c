/* SHA-1 is taken from OpenSSL directly: its EVP copies a context on the heap
 * twice for each packet and takes twice as long (docs/decisions/0016). */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "core/media/hmac_sha1.h"

static void begin(uint32_t state[5], const uint8_t *key, size_t size, uint8_t pad)
{
	uint8_t block[SHA_CBLOCK];
	SHA_CTX context;

	rd_assert(size <= sizeof(block));
	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = (uint8_t)((i < size ? key[i] : 0) ^ pad);
	SHA1_Init(&context);
	SHA1_Update(&context, block, sizeof(block));
	state[0] = context.h0;
	state[1] = context.h1;
	state[2] = context.h2;
	state[3] = context.h3;
	state[4] = context.h4;
}

static void resume(SHA_CTX *context, const uint32_t state[5])
{
	context->h0 = state[0];
	context->h1 = state[1];
	context->h2 = state[2];
	context->h3 = state[3];
	context->h4 = state[4];
	context->Nl = SHA_CBLOCK * 8; /* bits so far */
	context->Nh = 0;
	context->num = 0;
}

void rd__hmac_sha1_init(struct rd__hmac_sha1 *hmac, const uint8_t *key, size_t size)
{
	begin(hmac->inner, key, size, 0x36);
	begin(hmac->outer, key, size, 0x5c);
}

void rd__hmac_sha1(const struct rd__hmac_sha1 *hmac, const uint8_t *data, size_t size,
		   const uint8_t word[4], uint8_t digest[SHA_DIGEST_LENGTH])
{
	SHA_CTX context;

	resume(&context, hmac->inner);
	SHA1_Update(&context, data, size);
	SHA1_Update(&context, word, 4);
	SHA1_Final(digest, &context);
	resume(&context, hmac->outer);
	SHA1_Update(&context, digest, SHA_DIGEST_LENGTH);
	SHA1_Final(digest, &context);
}
