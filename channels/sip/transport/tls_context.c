/* Certificate, key and authorities, read from files and looked at: what would
 * not work in a month's time is best refused at once. */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#include <openssl/err.h>

#include <ringdown/config.h>
#include <ringdown/log.h>
#include <ringdown/tls.h>

#include "channels/sip/transport/tls_private.h"

/* Weak ones left out, forward secrecy only; TLS 1.3 has no others. */
#define CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:!aNULL:!MD5:!DSS"

void sip_tls_last_error(char *text, size_t size)
{
	unsigned long code = ERR_get_error();
	const char *reason = code ? ERR_reason_error_string(code) : NULL;

	rd_strcpy(text, size, reason ? reason : "unknown reason");
	ERR_clear_error();
}

static RD_PRINTF(3, 4) int fail(struct sip_tls_error *error, const char *option,
				const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(error->text, sizeof(error->text), fmt, ap);
	va_end(ap);
	error->option = option;
	ERR_clear_error();
	return -EINVAL;
}

static int fail_library(struct sip_tls_error *error, const char *option, const char *file)
{
	const char *advice = rd_tls_mend(ERR_peek_error());
	char reason[128];

	sip_tls_last_error(reason, sizeof(reason));
	return fail(error, option, "%s: %s%s", file, reason, advice);
}

/* ---- files ---- */

static struct sip_tls_stamp stamp_of(const char *path)
{
	struct stat st;

	if (!path || stat(path, &st))
		return (struct sip_tls_stamp){ 0 };
	return (struct sip_tls_stamp){ .inode = st.st_ino,
				       .size = (uint64_t)st.st_size,
				       .changed_ns = (uint64_t)st.st_mtim.tv_sec * 1000000000u +
						     (uint64_t)st.st_mtim.tv_nsec };
}

void sip_tls_take_stamps(const struct sip_tls_options *options,
			 struct sip_tls_stamp stamps[SIP_TLS_FILES])
{
	char path[SIP_TLS_PATH];

	memset(stamps, 0, SIP_TLS_FILES * sizeof(*stamps));
	for (unsigned i = 0; i < SIP_TLS_CERTIFICATES; i++) {
		if (sip_tls_list_item(path, options->certificate, i))
			stamps[2 * i] = stamp_of(path);
		if (sip_tls_list_item(path, options->key, i))
			stamps[2 * i + 1] = stamp_of(path);
	}
	stamps[SIP_TLS_FILES - 1] = stamp_of(options->ca_file);
}

bool sip_tls_is_stale(const struct sip_tls *tls)
{
	struct sip_tls_stamp now[SIP_TLS_FILES];

	sip_tls_take_stamps(&tls->options, now);
	return memcmp(now, tls->stamps, sizeof(now)) != 0;
}

static int check_file(const char *path, bool is_secret, const char *option,
		      struct sip_tls_error *error)
{
	struct stat st;
	FILE *file = fopen(path, "re");

	if (!file)
		return fail(error, option, "%s: %s", path, rd_strerror(errno));
	fclose(file);
	if (stat(path, &st) || !S_ISREG(st.st_mode))
		return fail(error, option, "%s: a plain file was expected", path);
	if (is_secret && (st.st_mode & S_IROTH))
		return fail(error, option, "%s: everybody may read the key; chmod o-r", path);
	return 0;
}

/* OpenSSL takes any text for a folder, and finds nobody in it. */
static int check_folder(const char *path, const char *option, struct sip_tls_error *error)
{
	DIR *folder = opendir(path);

	if (!folder)
		return fail(error, option, "%s: %s", path, rd_strerror(errno));
	closedir(folder);
	return 0;
}

/* ---- the certificate ---- */

static const char *time_text(const ASN1_TIME *time, char text[64])
{
	BIO *bio = BIO_new(BIO_s_mem());
	int n = 0;

	if (bio && ASN1_TIME_print(bio, time))
		n = BIO_read(bio, text, 63);
	text[RD_MAX(n, 0)] = '\0';
	BIO_free(bio);
	return text;
}

static int check_dates(SSL_CTX *context, const char *path, struct sip_tls_error *error)
{
	const X509 *certificate = SSL_CTX_get0_certificate(context);
	char when[64];

	if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0)
		return fail(error, "certificate", "%s: it expired on %s", path,
			    time_text(X509_get0_notAfter(certificate), when));
	if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0)
		return fail(error, "certificate", "%s: it is not valid before %s", path,
			    time_text(X509_get0_notBefore(certificate), when));
	return 0;
}

/* Nobody sits there who could type it: OpenSSL would ask the terminal, and wait. */
static int note_passphrase(char *buf, int size, int is_written, void *asked)
{
	(void)buf, (void)size, (void)is_written;
	*(bool *)asked = true;
	return -1;
}

static int load_key(SSL_CTX *context, const char *certificate, const char *key,
		    struct sip_tls_error *error)
{
	bool has_passphrase = false;
	int rc;

	SSL_CTX_set_default_passwd_cb(context, note_passphrase);
	SSL_CTX_set_default_passwd_cb_userdata(context, &has_passphrase);
	rc = SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM);
	SSL_CTX_set_default_passwd_cb(context, NULL);
	SSL_CTX_set_default_passwd_cb_userdata(context, NULL);
	if (has_passphrase)
		return fail(error, "key", "%s: it has a passphrase, which nobody could type here; "
			    "\"openssl pkey\" takes it off", key);
	if (rc != 1 && ERR_GET_REASON(ERR_peek_error()) != X509_R_KEY_VALUES_MISMATCH)
		return fail(error, "key", "%s: no key was found in it", key);
	if (SSL_CTX_check_private_key(context) != 1)
		return fail(error, "key", "%s: it is not the key of %s", key, certificate);
	return 0;
}

static int load_certificate(SSL_CTX *context, const char *certificate, const char *key,
			    struct sip_tls_error *error)
{
	int rc;

	rc = check_file(certificate, false, "certificate", error);
	if (!rc)
		rc = check_file(key, true, "key", error);
	if (rc)
		return rc;
	if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1)
		return fail_library(error, "certificate", certificate);
	rc = check_dates(context, certificate, error);
	return rc ? rc : load_key(context, certificate, key, error);
}

/* The index-th of the list, with its key. */
static int load_pair(SSL_CTX *context, const struct sip_tls_options *options, unsigned index,
		     struct sip_tls_error *error)
{
	char certificate[SIP_TLS_PATH], key[SIP_TLS_PATH];

	if (!sip_tls_list_item(certificate, options->certificate, index))
		return fail(error, "certificate", "a file with a certificate was expected");
	if (!sip_tls_list_item(key, options->key, index))
		return fail(error, "key", "as many as there are certificates were expected");
	return load_certificate(context, certificate, key, error);
}

static int load_more(struct sip_tls *tls, struct sip_tls_error *error)
{
	char path[SIP_TLS_PATH];
	SSL_CTX *context;
	int rc = 0;

	while (!rc && sip_tls_list_item(path, tls->options.certificate, tls->more_count + 1)) {
		if (tls->more_count == RD_ARRAY_SIZE(tls->more))
			return fail(error, "certificate", "eight at most were expected");
		context = SSL_CTX_new(TLS_method());
		if (!context)
			return -ENOMEM;
		tls->more[tls->more_count++] = context;
		rc = load_pair(context, &tls->options, tls->more_count, error);
	}
	if (!rc)
		sip_tls_listen_for_names(tls);
	return rc;
}

/* ---- the rest ---- */

static int load_authorities(struct sip_tls *tls, struct sip_tls_error *error)
{
	const struct sip_tls_options *options = &tls->options;
	STACK_OF(X509_NAME) * names;

	if (!options->ca_file && !options->ca_path) {
		SSL_CTX_set_default_verify_paths(tls->context);
		return 0;
	}
	if (options->ca_file) {
		if (check_file(options->ca_file, false, "ca_file", error))
			return -EINVAL;
		if (SSL_CTX_load_verify_file(tls->context, options->ca_file) != 1)
			return fail_library(error, "ca_file", options->ca_file);
		names = SSL_load_client_CA_file(options->ca_file);
		if (names)
			SSL_CTX_set_client_CA_list(tls->context, names);
	}
	if (options->ca_path && check_folder(options->ca_path, "ca_path", error))
		return -EINVAL;
	if (options->ca_path && SSL_CTX_load_verify_dir(tls->context, options->ca_path) != 1)
		return fail_library(error, "ca_path", options->ca_path);
	return 0;
}

static int set_protocol(struct sip_tls *tls, struct sip_tls_error *error)
{
	const char *ciphers = tls->options.ciphers ? tls->options.ciphers : CIPHERS;
	SSL_CTX *context = tls->context;
	static const unsigned char us[] = "ringdown";

	SSL_CTX_set_min_proto_version(context,
				      tls->options.only_13 ? TLS1_3_VERSION : TLS1_2_VERSION);
	SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
					     SSL_OP_CIPHER_SERVER_PREFERENCE |
					     SSL_OP_IGNORE_UNEXPECTED_EOF);
	/* An idle connection keeps no buffers: thousands of phones are idle. */
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
	SSL_CTX_set_session_id_context(context, us, sizeof(us) - 1);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_BOTH |
							SSL_SESS_CACHE_NO_INTERNAL);
	if (SSL_CTX_set_cipher_list(context, ciphers) != 1)
		return fail(error, "ciphers", "no cipher is meant by \"%s\"", ciphers);
	return 0;
}

static int copy_text(char **copy, const char **text)
{
	if (!*text)
		return 0;
	*copy = rd_strdup(*text);
	*text = *copy;
	return *copy ? 0 : -ENOMEM;
}

static int copy_options(struct sip_tls *tls, const struct sip_tls_options *options)
{
	struct sip_tls_options *own = &tls->options;

	*own = *options;
	if (!own->key)
		own->key = own->certificate;
	if (copy_text(&tls->texts[0], &own->certificate) ||
	    copy_text(&tls->texts[1], &own->key) ||
	    copy_text(&tls->texts[2], &own->ca_file) ||
	    copy_text(&tls->texts[3], &own->ca_path) ||
	    copy_text(&tls->texts[4], &own->ciphers))
		return -ENOMEM;
	return 0;
}

static int load(struct sip_tls *tls, const struct sip_tls_options *options,
		struct sip_tls_error *error)
{
	int rc = copy_options(tls, options);

	tls->context = rc ? NULL : SSL_CTX_new(TLS_method());
	if (!tls->context)
		return -ENOMEM;
	/* Before reading: a file that changes meanwhile is read once more. */
	sip_tls_take_stamps(&tls->options, tls->stamps);
	rc = set_protocol(tls, error);
	if (!rc)
		rc = load_pair(tls->context, &tls->options, 0, error);
	if (!rc)
		rc = load_more(tls, error);
	if (!rc)
		rc = load_authorities(tls, error);
	return rc;
}

/* ---- birth and death ---- */

static void tls_free(struct sip_tls *tls)
{
	tls->magic = 0;
	SSL_CTX_free(tls->context);
	for (unsigned i = 0; i < tls->more_count; i++)
		SSL_CTX_free(tls->more[i]);
	for (size_t i = 0; i < RD_ARRAY_SIZE(tls->texts); i++)
		rd_free(tls->texts[i]);
	rd_free(tls);
}

int sip_tls_new(struct sip_tls **tp, const struct sip_tls_options *options,
		struct sip_tls_error *error)
{
	struct sip_tls *tls = rd_zalloc(sizeof(*tls));
	int rc;

	if (!tls)
		return -ENOMEM;
	tls->magic = SIP_TLS_MAGIC;
	tls->refs = 1;
	rc = load(tls, options, error);
	if (rc) {
		tls_free(tls);
		return rc;
	}
	*tp = tls;
	return 0;
}

int sip_tls_again(struct sip_tls **tp, const struct sip_tls *tls,
		  struct sip_tls_error *error)
{
	return sip_tls_new(tp, &tls->options, error);
}

struct sip_tls *sip_tls_ref(struct sip_tls *tls)
{
	RD_CHECK(tls, SIP_TLS_MAGIC);
	tls->refs++;
	return tls;
}

void sip_tls_unref(struct sip_tls *tls)
{
	if (!tls)
		return;
	RD_CHECK(tls, SIP_TLS_MAGIC);
	if (--tls->refs == 0)
		tls_free(tls);
}

void sip_tls_inherit(struct sip_tls *tls, struct sip_tls *from)
{
	unsigned char keys[80];
	long size = SSL_CTX_get_tlsext_ticket_keys(from->context, NULL, 0);

	if (size <= 0 || (size_t)size > sizeof(keys) ||
	    SSL_CTX_get_tlsext_ticket_keys(from->context, keys, size) != 1)
		return;
	SSL_CTX_set_tlsext_ticket_keys(tls->context, keys, size);
	OPENSSL_cleanse(keys, sizeof(keys));
}

bool sip_tls_verifies_servers(const struct sip_tls *tls)
{
	return tls->options.verify_server;
}
