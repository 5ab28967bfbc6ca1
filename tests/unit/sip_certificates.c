/* Certificates over P-256, in PEM. */
#include "tests/unit/test.h"

#include <sys/stat.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "tests/unit/sip_certificates.h"

static FILE *open_file(const char *path, const char *suffix, const char *mode)
{
	char name[512];
	FILE *file;

	snprintf(name, sizeof(name), "%s%s", path, suffix);
	file = fopen(name, mode);
	assert_non_null(file);
	assert_int_equal(chmod(name, 0600), 0);
	return file;
}

static void add_extension(X509 *x509, X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *extension;
	X509V3_CTX context;

	X509V3_set_ctx(&context, issuer, x509, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	assert_non_null(extension);
	X509_add_ext(x509, extension, -1);
	X509_EXTENSION_free(extension);
}

static X509 *make(const struct certificate *certificate, EVP_PKEY *key, X509 *issuer,
		  EVP_PKEY *issuer_key)
{
	bool dated = certificate->from_days || certificate->to_days;
	X509 *x509 = X509_new();
	static int serial;

	X509_set_version(x509, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x509), ++serial);
	X509_time_adj_ex(X509_getm_notBefore(x509), dated ? certificate->from_days : -1, 0,
			 NULL);
	/* A minute more, so that the days are whole while a test looks. */
	X509_time_adj_ex(X509_getm_notAfter(x509), dated ? certificate->to_days : 1, 60, NULL);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_ASC,
				   (const unsigned char *)certificate->name, -1, -1, 0);
	issuer = issuer ? issuer : x509;
	X509_set_issuer_name(x509, X509_get_subject_name(issuer));
	X509_set_pubkey(x509, key);
	add_extension(x509, issuer, NID_basic_constraints,
		      issuer == x509 ? "critical,CA:TRUE" : "critical,CA:FALSE");
	if (certificate->alt)
		add_extension(x509, issuer, NID_subject_alt_name, certificate->alt);
	if (certificate->usage)
		add_extension(x509, issuer, NID_ext_key_usage, certificate->usage);
	assert_true(X509_sign(x509, issuer_key ? issuer_key : key, EVP_sha256()) > 0);
	return x509;
}

void certificate_write(const struct certificate *certificate)
{
	EVP_PKEY *key =
		certificate->rsa_bits ? EVP_RSA_gen(certificate->rsa_bits) : EVP_EC_gen("P-256");
	EVP_PKEY *issuer_key = NULL;
	X509 *issuer = NULL, *x509;
	FILE *file;

	assert_non_null(key);
	if (certificate->signed_by) {
		file = open_file(certificate->signed_by, ".crt", "r");
		issuer = PEM_read_X509(file, NULL, NULL, NULL);
		fclose(file);
		file = open_file(certificate->signed_by, ".key", "r");
		issuer_key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
		fclose(file);
	}
	x509 = make(certificate, key, issuer, issuer_key);
	file = open_file(certificate->path, ".crt", "w");
	PEM_write_X509(file, x509);
	fclose(file);
	file = open_file(certificate->path, ".key", "w");
	PEM_write_PrivateKey(file, key, certificate->passphrase ? EVP_aes_128_cbc() : NULL, NULL, 0,
			     NULL, (void *)certificate->passphrase);
	fclose(file);
	X509_free(x509);
	X509_free(issuer);
	EVP_PKEY_free(issuer_key);
	EVP_PKEY_free(key);
}
