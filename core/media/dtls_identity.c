/* The certificate of DTLS proves nothing by itself: descriptions carry its
 * fingerprint (RFC 5763), so one that we signed ourselves is as good as any. */
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <ringdown/log.h>
#include <ringdown/tls.h>

#include "core/media/dtls_identity.h"
#include "core/media/srtp_suite.h"
#include "core/media/stream.h"

enum { VALID_S = 10 * 365 * 86400,
       EARLIER_S = 86400 };

static SSL_CTX *in_force;

/* ---- a certificate of our own ---- */

static bool name_it(X509 *certificate)
{
	X509_NAME *name = X509_get_subject_name(certificate);

	return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
					  (const unsigned char *)"ringdown", -1, -1, 0) == 1 &&
	       X509_set_issuer_name(certificate, name) == 1;
}

static bool fill(X509 *certificate, EVP_PKEY *key)
{
	uint64_t serial;

	rd_random(&serial, sizeof(serial));
	return X509_set_version(certificate, X509_VERSION_3) == 1 &&
	       ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1) == 1 &&
	       X509_gmtime_adj(X509_getm_notBefore(certificate), -EARLIER_S) &&
	       X509_gmtime_adj(X509_getm_notAfter(certificate), VALID_S) &&
	       name_it(certificate) && X509_set_pubkey(certificate, key) == 1 &&
	       X509_sign(certificate, key, EVP_sha256()) > 0;
}

static bool use_own(SSL_CTX *context)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = X509_new();
	bool ok = key && certificate && fill(certificate, key) &&
		  SSL_CTX_use_certificate(context, certificate) == 1 &&
		  SSL_CTX_use_PrivateKey(context, key) == 1;

	X509_free(certificate);
	EVP_PKEY_free(key);
	return ok;
}

/* ---- the context ---- */

/* Any certificate will do here; its fingerprint is compared afterwards. */
static int accept_any(int ok, X509_STORE_CTX *store)
{
	(void)ok, (void)store;
	return 1;
}

/* In our order of preference. */
static bool set_profiles(SSL_CTX *context)
{
	char profiles[160] = "";

	for (int i = RD_SRTP_NONE + 1; i < RD_SRTP_SUITES; i++) {
		const char *profile = rd__srtp_suite((enum rd_srtp_suite)i)->profile;
		size_t n = strlen(profiles);

		if (profile)
			rd_strcpy(profiles + n, sizeof(profiles) - n, n ? ":" : "");
		n = strlen(profiles);
		if (profile)
			rd_strcpy(profiles + n, sizeof(profiles) - n, profile);
	}
	return SSL_CTX_set_tlsext_use_srtp(context, profiles) == 0;
}

static SSL_CTX *context_new(void)
{
	SSL_CTX *context = SSL_CTX_new(DTLS_method());

	if (!context)
		return NULL;
	SSL_CTX_set_options(context, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET |
					     SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
			   accept_any);
	if (SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION) == 1 &&
	    SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES") == 1 &&
	    set_profiles(context))
		return context;
	SSL_CTX_free(context);
	return NULL;
}

SSL_CTX *rd__dtls_context(void)
{
	return in_force;
}

static const char *openssl_reason(const char *otherwise)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	return reason ? reason : otherwise;
}

int rd__dtls_identity_make(SSL_CTX **contextp, const char **why)
{
	SSL_CTX *context = context_new();

	if (context && use_own(context)) {
		*contextp = context;
		return 0;
	}
	*why = openssl_reason("out of memory");
	SSL_CTX_free(context);
	return -EIO;
}

/* Nobody sits there who could type it: OpenSSL would ask the terminal, and wait. */
static int note_passphrase(char *buf, int size, int is_written, void *why)
{
	(void)buf, (void)size, (void)is_written;
	*(const char **)why = "its key has a passphrase, which nobody could type here";
	return -1;
}

/* *culprit: the file that will not do. */
static bool use_files(SSL_CTX *context, const char *cert_file, const char *key_file,
		      const char **culprit, const char **why)
{
	bool used;

	ERR_clear_error();
	*culprit = cert_file;
	SSL_CTX_set_default_passwd_cb(context, note_passphrase);
	SSL_CTX_set_default_passwd_cb_userdata(context, why);
	used = SSL_CTX_use_certificate_chain_file(context, cert_file) == 1;
	if (used) {
		*culprit = key_file;
		used = SSL_CTX_use_PrivateKey_file(context, key_file, SSL_FILETYPE_PEM) == 1 &&
		       SSL_CTX_check_private_key(context) == 1;
	}
	SSL_CTX_set_default_passwd_cb(context, NULL);
	SSL_CTX_set_default_passwd_cb_userdata(context, NULL);
	return used;
}

int rd__dtls_identity_read(SSL_CTX **contextp, const char *cert_file, const char *key_file,
			   const char **why)
{
	static _Thread_local char text[512];
	const char *culprit = cert_file, *words = NULL;
	SSL_CTX *context = context_new();

	if (context && use_files(context, cert_file, key_file, &culprit, &words)) {
		*contextp = context;
		return 0;
	}
	snprintf(text, sizeof(text), "%s: %s", culprit, words ? words : rd_tls_fault());
	*why = text;
	ERR_clear_error();
	SSL_CTX_free(context);
	return -EINVAL;
}

void rd__dtls_identity_take(SSL_CTX *context)
{
	SSL_CTX_free(in_force);
	in_force = context;
}

static SSL_CTX *context_ref(SSL_CTX *context)
{
	return context && SSL_CTX_up_ref(context) ? context : NULL;
}

/* What one description has said of us holds for those that follow, and for each handshake
 * (RFC 8842 §5.5): another fingerprint would ask for another association. */
SSL_CTX *rd__stream_identity(struct rd_stream *stream)
{
	if (!stream->identity)
		stream->identity = context_ref(in_force);
	return stream->identity;
}

void rd__stream_share_identity(struct rd_stream *stream, struct rd_stream *like)
{
	stream->identity = context_ref(rd__stream_identity(like));
}

/* ---- fingerprints ---- */

/* SHA-1 is not asked for, but phones of some age have nothing else. */
static const struct hash {
	const char *name;
	const EVP_MD *(*digest)(void);
} hashes[] = {
	{ "sha-256", EVP_sha256 },
	{ "sha-384", EVP_sha384 },
	{ "sha-512", EVP_sha512 },
	{ "sha-224", EVP_sha224 },
	{ "sha-1", EVP_sha1 },
};

static const struct hash *hash_of(struct rd_str name)
{
	for (size_t i = 0; i < RD_ARRAY_SIZE(hashes); i++)
		if (rd_str_ieq(name, rd_str_of(hashes[i].name)))
			return &hashes[i];
	return NULL;
}

int rd__dtls_digest(const X509 *certificate, struct rd_fingerprint *fingerprint)
{
	const struct hash *hash = hash_of(rd_str_of(fingerprint->hash));
	unsigned size = sizeof(fingerprint->digest);

	if (!hash || X509_digest(certificate, hash->digest(), fingerprint->digest, &size) != 1)
		return -ENOTSUP;
	fingerprint->size = (uint8_t)size;
	return 0;
}

static int fingerprint_of(SSL_CTX *context, struct rd_fingerprint *out)
{
	memset(out, 0, sizeof(*out));
	if (!context) {
		rd_error("dtls: there is no certificate; another one is tried with the next "
			 "reload of rtp.conf");
		return -EIO;
	}
	rd_strcpy(out->hash, sizeof(out->hash), "sha-256");
	return rd__dtls_digest(SSL_CTX_get0_certificate(context), out);
}

int rd_dtls_fingerprint(struct rd_fingerprint *out)
{
	return fingerprint_of(in_force, out);
}

int rd_stream_fingerprint(struct rd_stream *stream, struct rd_fingerprint *out)
{
	RD_CHECK(stream, RD__STREAM_MAGIC);
	return fingerprint_of(rd__stream_identity(stream), out);
}

size_t rd_fingerprint_print(const struct rd_fingerprint *fingerprint,
			    char out[RD_FINGERPRINT_TEXT])
{
	static const char digits[] = "0123456789ABCDEF";
	size_t n = strlen(fingerprint->hash);

	memcpy(out, fingerprint->hash, n);
	for (int i = 0; i < fingerprint->size; i++) {
		out[n++] = i ? ':' : ' ';
		out[n++] = digits[fingerprint->digest[i] >> 4];
		out[n++] = digits[fingerprint->digest[i] & 15];
	}
	out[n] = '\0';
	return n;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int rd_fingerprint_parse(struct rd_fingerprint *fingerprint, struct rd_str text)
{
	struct rd_str name;
	const struct hash *hash;
	size_t size;

	memset(fingerprint, 0, sizeof(*fingerprint));
	text = rd_str_trim(text);
	if (!rd_str_cut(&text, ' ', &name))
		return -EINVAL;
	hash = hash_of(name);
	if (!hash)
		return -ENOTSUP;
	text = rd_str_trim(text);
	size = (size_t)EVP_MD_get_size(hash->digest());
	if (text.n != size * 3 - 1)
		return -EINVAL;
	for (size_t i = 0; i < size; i++) {
		int high = hex_value(text.p[i * 3]), low = hex_value(text.p[i * 3 + 1]);

		if (high < 0 || low < 0 || (i + 1 < size && text.p[i * 3 + 2] != ':'))
			return -EINVAL;
		fingerprint->digest[i] = (uint8_t)(high << 4 | low);
	}
	fingerprint->size = (uint8_t)size;
	rd_strcpy(fingerprint->hash, sizeof(fingerprint->hash), hash->name);
	return 0;
}

bool rd_fingerprint_equal(const struct rd_fingerprint *a, const struct rd_fingerprint *b)
{
	return a->size == b->size && strcmp(a->hash, b->hash) == 0 &&
	       memcmp(a->digest, b->digest, a->size) == 0;
}
