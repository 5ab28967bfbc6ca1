/* AES in counter mode with HMAC-SHA1 (RFC 3711 §4, 6188), and AES-GCM (RFC
 * 7714): the algorithms are OpenSSL's, the arrangement is here. */
#include <pthread.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "core/media/srtp_cipher.h"
#include "core/media/wire.h"

/* ---- OpenSSL's contexts, a set for each thread ---- */

enum { ALGORITHMS = 4 };

static const EVP_CIPHER *(*const algorithms[ALGORITHMS])(void) = {
	EVP_aes_128_ctr, EVP_aes_256_ctr, EVP_aes_128_gcm, EVP_aes_256_gcm
};

static _Thread_local EVP_CIPHER_CTX *contexts[ALGORITHMS];
static pthread_key_t at_end; /* of a thread that has a set */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void drop_contexts(void *arg)
{
	(void)arg;
	for (int i = 0; i < ALGORITHMS; i++) {
		EVP_CIPHER_CTX_free(contexts[i]);
		contexts[i] = NULL;
	}
}

static void watch_ends(void)
{
	pthread_key_create(&at_end, drop_contexts);
}

/* For the first packet of a thread. */
static EVP_CIPHER_CTX *context_new(int algorithm)
{
	EVP_CIPHER_CTX *aes = EVP_CIPHER_CTX_new();

	pthread_once(&once, watch_ends);
	if (!aes || EVP_CipherInit_ex2(aes, algorithms[algorithm](), NULL, NULL, 1, NULL) != 1 ||
	    pthread_setspecific(at_end, contexts)) {
		EVP_CIPHER_CTX_free(aes);
		return NULL;
	}
	contexts[algorithm] = aes;
	return aes;
}

/* ---- life ---- */

void rd__srtp_cipher_init(struct rd__srtp_cipher *cipher, const struct rd__srtp_suite *suite,
			  const struct rd__srtp_keys *keys, bool rtcp, bool sealing)
{
	cipher->aead = suite->aead;
	cipher->sealing = sealing;
	cipher->tag_size = rtcp ? suite->rtcp_tag : suite->tag;
	cipher->algorithm = (uint8_t)(suite->aead * 2 + (suite->key == 32));
	memcpy(cipher->salt, keys->salt, sizeof(cipher->salt));
	memcpy(cipher->key, keys->key, sizeof(cipher->key));
	if (!suite->aead)
		rd__hmac_sha1_init(&cipher->hmac, keys->auth, sizeof(keys->auth));
}

void rd__srtp_cipher_fini(struct rd__srtp_cipher *cipher)
{
	OPENSSL_cleanse(cipher, sizeof(*cipher));
}

/* ---- a packet ---- */

/* The context with this key, at the packet's place: ssrc and index, xored with
 * the salt (RFC 3711 §4.1.1, 7714 §8.1 and 9.1). NULL when OpenSSL fails. */
static EVP_CIPHER_CTX *begin(const struct rd__srtp_cipher *cipher,
			     const struct rd__srtp_text *text)
{
	EVP_CIPHER_CTX *aes = contexts[cipher->algorithm];
	uint8_t iv[16] = { 0 }, *at = iv + (cipher->aead ? 2 : 4);

	if (!aes)
		aes = context_new(cipher->algorithm);
	rd__put32(at, text->ssrc);
	rd__put16(at + 4, (uint16_t)(text->index >> 32));
	rd__put32(at + 6, (uint32_t)text->index);
	for (size_t i = 0; i < (cipher->aead ? 12 : sizeof(cipher->salt)); i++)
		iv[i] ^= cipher->salt[i];
	/* Counter mode encrypts either way. */
	if (aes && EVP_CipherInit_ex2(aes, NULL, cipher->key, iv,
				      !cipher->aead || cipher->sealing, NULL) == 1)
		return aes;
	return NULL;
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

static bool seal_aead(EVP_CIPHER_CTX *aes, const struct rd__srtp_text *text, uint8_t *tag)
{
	return authenticate_too(aes, text) && crypt(aes, text) && finish(aes) &&
	       EVP_CIPHER_CTX_ctrl(aes, EVP_CTRL_AEAD_GET_TAG, RD__SRTP_TAG_MAX, tag) == 1;
}

bool rd__srtp_seal(const struct rd__srtp_cipher *cipher, const struct rd__srtp_text *text,
		   uint8_t *tag)
{
	EVP_CIPHER_CTX *aes = begin(cipher, text);
	uint8_t digest[SHA_DIGEST_LENGTH];

	rd_assert(cipher->sealing);
	if (!aes)
		return false;
	if (cipher->aead)
		return seal_aead(aes, text, tag);
	if (!crypt(aes, text))
		return false;
	make_tag(cipher, text->out, text, digest);
	memcpy(tag, digest, cipher->tag_size);
	return true;
}

static bool open_aead(EVP_CIPHER_CTX *aes, const struct rd__srtp_text *text, const uint8_t *tag)
{
	return EVP_CIPHER_CTX_ctrl(aes, EVP_CTRL_AEAD_SET_TAG, RD__SRTP_TAG_MAX,
				   (void *)(uintptr_t)tag) == 1 &&
	       authenticate_too(aes, text) && crypt(aes, text) && finish(aes);
}

bool rd__srtp_open(const struct rd__srtp_cipher *cipher, const struct rd__srtp_text *text,
		   const uint8_t *tag)
{
	uint8_t digest[SHA_DIGEST_LENGTH];
	EVP_CIPHER_CTX *aes;

	rd_assert(!cipher->sealing);
	if (!cipher->aead) {
		make_tag(cipher, text->in, text, digest);
		if (CRYPTO_memcmp(tag, digest, cipher->tag_size) != 0)
			return false;
	}
	aes = begin(cipher, text);
	if (!aes)
		return false;
	return cipher->aead ? open_aead(aes, text, tag) : crypt(aes, text);
}
