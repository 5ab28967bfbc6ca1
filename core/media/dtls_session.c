/* OpenSSL's DTLS between two lists of datagrams. */
#include <string.h>
#include <sys/time.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "core/media/dtls_identity.h"
#include "core/media/dtls_session.h"
#include "core/media/srtp_suite.h"

enum { OUTPUTS = 8,
       HEADERS = 28 /* IP and UDP */ };

struct rd__dtls_session {
	SSL *ssl;
	bool active, done;
	const uint8_t *input; /* for the BIO; NULL: nothing there */
	size_t input_size;
	int output_count, output_next;
	size_t output_size[OUTPUTS];
	uint8_t output[OUTPUTS][RD__DTLS_MTU];
	char why[80];
};

/* ---- the BIO: one datagram at a time ---- */

static int bio_read(BIO *bio, char *out, int size)
{
	struct rd__dtls_session *session = BIO_get_data(bio);
	size_t n;

	BIO_clear_retry_flags(bio);
	if (!session->input) {
		BIO_set_retry_read(bio);
		return -1;
	}
	n = RD_MIN(session->input_size, (size_t)size);
	memcpy(out, session->input, n);
	session->input = NULL;
	return (int)n;
}

/* What does not fit is lost like any datagram, and sent again in time. */
static int bio_write(BIO *bio, const char *data, int size)
{
	struct rd__dtls_session *session = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	if (session->output_count < OUTPUTS && size <= RD__DTLS_MTU) {
		memcpy(session->output[session->output_count], data, (size_t)size);
		session->output_size[session->output_count++] = (size_t)size;
	}
	return size;
}

static long bio_ctrl(BIO *bio, int command, long number, void *pointer)
{
	(void)bio, (void)number, (void)pointer;
	switch (command) {
	case BIO_CTRL_FLUSH:
		return 1;
	case BIO_CTRL_DGRAM_GET_MTU_OVERHEAD:
		return HEADERS;
	default:
		return 0;
	}
}

static const BIO_METHOD *bio_method(void)
{
	static BIO_METHOD *method;

	if (method)
		return method;
	method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "datagrams");
	if (method) {
		BIO_meth_set_read(method, bio_read);
		BIO_meth_set_write(method, bio_write);
		BIO_meth_set_ctrl(method, bio_ctrl);
	}
	return method;
}

/* ---- birth and death ---- */

/* Calls are over short ways: who waits a second for a lost packet is not heard
 * for a second. */
static unsigned resend_us(SSL *ssl, unsigned last_us)
{
	(void)ssl;
	return last_us ? RD_MIN(last_us * 2, RD__DTLS_LAST_MS * 1000u)
		       : RD__DTLS_FIRST_MS * 1000u;
}

static int open_ssl(struct rd__dtls_session *session, SSL_CTX *context)
{
	const BIO_METHOD *method = bio_method();
	BIO *bio = method ? BIO_new(method) : NULL;

	session->ssl = bio ? SSL_new(context) : NULL;
	if (!session->ssl) {
		BIO_free(bio);
		return -ENOMEM;
	}
	BIO_set_data(bio, session);
	BIO_set_init(bio, 1);
	SSL_set_bio(session->ssl, bio, bio);
	DTLS_set_link_mtu(session->ssl, RD__DTLS_MTU);
	DTLS_set_timer_cb(session->ssl, resend_us);
	if (session->active)
		SSL_set_connect_state(session->ssl);
	else
		SSL_set_accept_state(session->ssl);
	return 0;
}

int rd__dtls_session_new(struct rd__dtls_session **sp, SSL_CTX *identity, bool active)
{
	struct rd__dtls_session *session;
	int rc;

	if (!identity)
		return -EIO;
	session = rd_zalloc(sizeof(*session));
	if (!session)
		return -ENOMEM;
	session->active = active;
	rc = open_ssl(session, identity);
	if (rc)
		rd__dtls_session_free(session);
	else
		*sp = session;
	return rc;
}

void rd__dtls_session_free(struct rd__dtls_session *session)
{
	if (!session)
		return;
	SSL_free(session->ssl);
	rd_free(session);
}

/* ---- the handshake ---- */

static int fail(struct rd__dtls_session *session)
{
	const char *reason = ERR_reason_error_string(ERR_peek_error());

	rd_strcpy(session->why, sizeof(session->why), reason ? reason : "it was broken off");
	ERR_clear_error();
	return -EPROTO;
}

static int advance(struct rd__dtls_session *session)
{
	int rc = SSL_do_handshake(session->ssl);

	if (rc == 1) {
		session->done = true;
		return 1;
	}
	return SSL_get_error(session->ssl, rc) == SSL_ERROR_WANT_READ ? 0 : fail(session);
}

/* Behind the handshake only its repetitions and an end may come. */
static int listen_on(struct rd__dtls_session *session)
{
	char nothing[16];
	int rc = SSL_read(session->ssl, nothing, sizeof(nothing));

	if (rc > 0 || SSL_get_error(session->ssl, rc) == SSL_ERROR_WANT_READ)
		return 1;
	return fail(session);
}

int rd__dtls_session_step(struct rd__dtls_session *session, const uint8_t *data, size_t size)
{
	int rc;

	ERR_clear_error();
	session->input = data;
	session->input_size = size;
	if (!data && SSL_get_state(session->ssl) != TLS_ST_BEFORE &&
	    DTLSv1_handle_timeout(session->ssl) < 0)
		return fail(session);
	rc = session->done ? listen_on(session) : advance(session);
	session->input = NULL;
	return rc;
}

bool rd__dtls_session_output(struct rd__dtls_session *session, const uint8_t **data,
			     size_t *size)
{
	if (session->output_next == session->output_count) {
		session->output_next = session->output_count = 0;
		return false;
	}
	*data = session->output[session->output_next];
	*size = session->output_size[session->output_next++];
	return true;
}

int rd__dtls_session_due_ms(struct rd__dtls_session *session)
{
	struct timeval left;

	if (DTLSv1_get_timeout(session->ssl, &left) != 1)
		return -1;
	return (int)(left.tv_sec * 1000 + left.tv_usec / 1000 + 1);
}

const char *rd__dtls_session_why(const struct rd__dtls_session *session)
{
	return session->why;
}

/* ---- what came of it ---- */

int rd__dtls_session_peer(const struct rd__dtls_session *session,
			  struct rd_fingerprint *fingerprint)
{
	X509 *certificate = SSL_get0_peer_certificate(session->ssl);

	return certificate ? rd__dtls_digest(certificate, fingerprint) : -ENOENT;
}

static enum rd_srtp_suite agreed_suite(const struct rd__dtls_session *session)
{
	const SRTP_PROTECTION_PROFILE *profile = SSL_get_selected_srtp_profile(session->ssl);

	for (int i = RD_SRTP_NONE + 1; profile && i < RD_SRTP_SUITES; i++) {
		const char *name = rd__srtp_suite((enum rd_srtp_suite)i)->profile;

		if (name && strcmp(name, profile->name) == 0)
			return (enum rd_srtp_suite)i;
	}
	return RD_SRTP_NONE;
}

/* Both keys come first, then both salts; the client's before the server's. */
static void pick(struct rd_srtp_key *key, const uint8_t *material, bool clients)
{
	const struct rd__srtp_suite *suite = rd__srtp_suite(key->suite);

	memcpy(key->master, material + (clients ? 0 : suite->key), suite->key);
	memcpy(key->master + suite->key,
	       material + suite->key * (size_t)2 + (clients ? 0 : suite->salt), suite->salt);
}

int rd__dtls_session_keys(struct rd__dtls_session *session, struct rd_srtp_key *local,
			  struct rd_srtp_key *remote)
{
	static const char label[] = "EXTRACTOR-dtls_srtp";
	uint8_t material[2 * RD_SRTP_MASTER_MAX];
	enum rd_srtp_suite suite = agreed_suite(session);

	memset(local, 0, sizeof(*local));
	memset(remote, 0, sizeof(*remote));
	if (!session->done || suite == RD_SRTP_NONE ||
	    SSL_export_keying_material(session->ssl, material, 2 * rd_srtp_master_size(suite),
				       label, sizeof(label) - 1, NULL, 0, 0) != 1)
		return -EPROTO;
	local->suite = remote->suite = suite;
	pick(local, material, session->active);
	pick(remote, material, !session->active);
	OPENSSL_cleanse(material, sizeof(material));
	return 0;
}
