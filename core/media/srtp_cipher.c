/* AES in counter mode with HMAC-SHA1 (RFC 3711 §4, 6188), and AES-GCM (RFC
 * 7714): the algorithms are OpenSSL's, the arrangement is here. */
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "core/media/srtp_cipher.h"
#include "core/media/wire.h"

static const EVP_CIPHER *algorithm(const struct rd__srtp_suite *suite)
{
	if (suite->aead)
		return suite->key == 32 ? EVP_aes_256_gcm() : EVP_aes_128_gcm();
	return suite->key == 32 ? EVP_aes_256_ctr() : EVP_aes_128_ctr();
}

int rd__srtp_cipher_init(struct rd__srtp_cipher *cipher, const struct rd__srtp_suite *suite,
			 const struct rd__srtp_keys *keys, bool rtcp, bool sealing)
{
	cipher->aead = suite->aead;
	cipher->sealing = sealing;
	cipher->tag_size = rtcp ? suite->rtcp_tag : suite->tag;
	memcpy(cipher->salt, keys->salt, sizeof(cipher->salt));
	if (!suite->aead)
		rd__hmac_sha1_init(&cipher->hmac, keys->auth, sizeof(keys->auth));
	cipher->aes = EVP_CIPHER_CTX_new();
	/* Counter mode encrypts either way. */
	if (cipher->aes && EVP_CipherInit_ex2(cipher->aes, algorithm(suite), keys->key, NULL,
					      !suite->aead || sealing, NULL) == 1)
		return 0;
	rd__srtp_cipher_fini(cipher);
	return -ENOMEM;
}

void rd__srtp_cipher_fini(struct rd__srtp_cipher *cipher)
{
	EVP_CIPHER_CTX_free(cipher->aes);
	OPENSSL_cleanse(cipher, sizeof(*cipher));
}

/* ssrc and index, xored with the salt (RFC 3711 §4.1.1, 7714 §8.1 and 9.1). */
static bool begin(struct rd__srtp_cipher *cipher, const struct rd__srtp_text *text)
{
	uint8_t iv[16] = { 0 }, *at = iv + (cipher->aead ? 2 : 4);

	rd__put32(at, text->ssrc);
	rd__put16(at + 4, (uint16_t)(text->index >> 32));
	rd__put32(at + 6, (uint32_t)text->index);
	for (size_t i = 0; i < (cipher->aead ? 12 : sizeof(cipher->salt)); i++)
		iv[i] ^= cipher->salt[i];
	return EVP_CipherInit_ex2(cipher->aes, NULL, NULL, iv, -1, NULL) == 1;
}

static bool authenticate_too(EVP_CIPHER_CTX *aes, const struct rd__srtp_text *text)
{
	int n;

	return EVP_CipherUpdate(aes, NULL, &n, text->in, (int)text->clear) == 1 &&
	       (!text->word || EVP_CipherUpdate(aes, NULL, &n, text->word, 4) == 1);
}

static bool crypt(EVP_CIPHER_CTX *aes, const struct rd__srtp_text *text)
{
	int n;

	if (text->out != text->in)
		memcpy(text->out, text->in, text->clear);
	return text->size == text->clear ||
	       EVP_CipherUpdate(aes, text->out + text->clear, &n, text->in + text->clear,
				(int)(text->size - text->clear)) == 1;
}

static bool finish(EVP_CIPHER_CTX *aes)
{
	uint8_t nothing[16];
	int n;

	return EVP_CipherFinal_ex(aes, nothing, &n) == 1;
}

static void make_tag(const struct rd__srtp_cipher *cipher, const uint8_t *data,
		     const struct rd__srtp_text *text, uint8_t digest[SHA_DIGEST_LENGTH])
{
	rd__hmac_sha1(&cipher->hmac, data, text->size, text->word, digest);
}

bool rd__srtp_seal(struct rd__srtp_cipher *cipher, const struct rd__srtp_text *text,
		   uint8_t *tag)
{
	uint8_t digest[SHA_DIGEST_LENGTH];

	rd_assert(cipher->sealing);
	if (!begin(cipher, text))
		return false;
	if (cipher->aead)
		return authenticate_too(cipher->aes, text) && crypt(cipher->aes, text) &&
		       finish(cipher->aes) &&
		       EVP_CIPHER_CTX_ctrl(cipher->aes, EVP_CTRL_AEAD_GET_TAG, cipher->tag_size,
					   tag) == 1;
	if (!crypt(cipher->aes, text))
		return false;
	make_tag(cipher, text->out, text, digest);
	memcpy(tag, digest, cipher->tag_size);
	return true;
}

bool rd__srtp_open(struct rd__srtp_cipher *cipher, const struct rd__srtp_text *text,
		   const uint8_t *tag)
{
	uint8_t digest[SHA_DIGEST_LENGTH];

	rd_assert(!cipher->sealing);
	if (cipher->aead)
		return begin(cipher, text) &&
		       EVP_CIPHER_CTX_ctrl(cipher->aes, EVP_CTRL_AEAD_SET_TAG, cipher->tag_size,
					   (void *)(uintptr_t)tag) == 1 &&
		       authenticate_too(cipher->aes, text) && crypt(cipher->aes, text) &&
		       finish(cipher->aes);
	make_tag(cipher, text->in, text, digest);
	if (CRYPTO_memcmp(tag, digest, cipher->tag_size) != 0)
		return false;
	return begin(cipher, text) && crypt(cipher->aes, text);
}
