/* What the tls files share. */
#ifndef CHANNELS_SIP_TRANSPORT_TLS_PRIVATE_H
#define CHANNELS_SIP_TRANSPORT_TLS_PRIVATE_H

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "channels/sip/transport/tls.h"

#define SIP_TLS_MAGIC	   0x53544c53u /* "STLS" */
#define SIP_TLS_PIPE_MAGIC 0x53545049u /* "STPI" */

/* What tells one version of a file from the next. */
struct sip_tls_stamp {
	uint64_t inode, size, changed_ns;
};

/* Certificates of one port, and the files that these are. */
enum { SIP_TLS_CERTIFICATES = 8, SIP_TLS_FILES = 2 * SIP_TLS_CERTIFICATES + 1 };

#define SIP_TLS_PATH 512

struct sip_tls {
	unsigned magic, refs;
	SSL_CTX *context;
	SSL_CTX *more[SIP_TLS_CERTIFICATES - 1]; /* for those who ask for another name */
	unsigned more_count;
	char *texts[5]; /* certificate, key, ca_file, ca_path, ciphers */
	struct sip_tls_options options; /* pointing at the texts */
	struct sip_tls_stamp stamps[SIP_TLS_FILES];
};

struct sip_tls_pipe {
	unsigned magic;
	struct sip_tls *tls;
	SSL *ssl;
	BIO *in, *out; /* ssl's */
	bool busy;     /* the pool has it */
	bool orphan;   /* to be freed when the pool is done */
	void (*done)(void *arg, int rc);
	void *arg;
	char why[160];
	char description[96];
};

/* What the files are now; those that there are not: zeros. */
void sip_tls_take_stamps(const struct sip_tls_options *options,
			 struct sip_tls_stamp stamps[SIP_TLS_FILES]);

/* "a.pem, b.pem": false when there are not so many. */
bool sip_tls_list_item(char item[SIP_TLS_PATH], const char *list, unsigned index);
/* Has it "URI:sip:name"? */
bool sip_tls_has_uri(const X509 *certificate, struct rd_str name);
/* Of OpenSSL's verification: a certificate may also be made for SIP (RFC 5924). */
int sip_tls_check_purpose(int verdict, X509_STORE_CTX *context);
/* Show the certificate that a client asks for. */
void sip_tls_listen_for_names(struct sip_tls *tls);

/* Forget the errors of this thread, and tell the first of them. */
void sip_tls_last_error(char *text, size_t size);

#endif
