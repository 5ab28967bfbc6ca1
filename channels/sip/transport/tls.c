/* One TLS connection over memory. OpenSSL runs here or in the pool, never in
 * both at a time. */
#include <stdio.h>

#include <openssl/err.h>

#include "channels/sip/transport/tls_private.h"

/* ---- birth and death ---- */

static int verify_mode(const struct sip_tls_options *options, bool is_server)
{
	if (!is_server)
		return options->verify_server ? SSL_VERIFY_PEER : SSL_VERIFY_NONE;
	switch ((enum sip_tls_verify_client)options->verify_client) {
	case SIP_TLS_CLIENT_REQUIRED:
		return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
	case SIP_TLS_CLIENT_OPTIONAL:
		return SSL_VERIFY_PEER;
	case SIP_TLS_CLIENT_NONE:
		break;
	}
	return SSL_VERIFY_NONE;
}

static void pipe_free(struct sip_tls_pipe *pipe)
{
	pipe->magic = 0;
	SSL_free(pipe->ssl); /* with its BIOs */
	sip_tls_unref(pipe->tls);
	rd_free(pipe);
}

void sip_tls_pipe_free(struct sip_tls_pipe *pipe)
{
	if (!pipe)
		return;
	RD_CHECK(pipe, SIP_TLS_PIPE_MAGIC);
	pipe->orphan = true;
	if (!pipe->busy)
		pipe_free(pipe);
}

static int open_bios(struct sip_tls_pipe *pipe)
{
	pipe->in = BIO_new(BIO_s_mem());
	pipe->out = BIO_new(BIO_s_mem());
	if (!pipe->in || !pipe->out) {
		BIO_free(pipe->in);
		BIO_free(pipe->out);
		return -ENOMEM;
	}
	SSL_set_bio(pipe->ssl, pipe->in, pipe->out);
	return 0;
}

static int set_name(struct sip_tls_pipe *pipe, struct rd_str name)
{
	char text[256];

	if (!name.n || !rd_strcpyn(text, sizeof(text), name))
		return 0;
	return SSL_set_tlsext_host_name(pipe->ssl, text) == 1 ? 0 : -ENOMEM;
}

static int pipe_init(struct sip_tls_pipe *pipe, bool is_server, struct rd_str name)
{
	pipe->ssl = SSL_new(pipe->tls->context);
	if (!pipe->ssl || open_bios(pipe))
		return -ENOMEM;
	SSL_set_verify(pipe->ssl, verify_mode(&pipe->tls->options, is_server),
		       sip_tls_check_purpose);
	if (is_server) {
		SSL_set_accept_state(pipe->ssl);
		return 0;
	}
	SSL_set_connect_state(pipe->ssl);
	return set_name(pipe, name);
}

int sip_tls_pipe_new(struct sip_tls_pipe **pp, struct sip_tls *tls, bool is_server,
		     struct rd_str name)
{
	struct sip_tls_pipe *pipe = rd_zalloc(sizeof(*pipe));

	if (!pipe)
		return -ENOMEM;
	pipe->magic = SIP_TLS_PIPE_MAGIC;
	pipe->tls = sip_tls_ref(tls);
	if (pipe_init(pipe, is_server, name)) {
		pipe_free(pipe);
		return -ENOMEM;
	}
	*pp = pipe;
	return 0;
}

/* ---- bytes of the wire ---- */

int sip_tls_input(struct sip_tls_pipe *pipe, const char *data, size_t size)
{
	return BIO_write(pipe->in, data, (int)size) == (int)size ? 0 : -ENOMEM;
}

struct rd_str sip_tls_output(struct sip_tls_pipe *pipe)
{
	char *data = NULL;
	long n = BIO_get_mem_data(pipe->out, &data);

	return (struct rd_str){ data, n > 0 ? (size_t)n : 0 };
}

void sip_tls_output_taken(struct sip_tls_pipe *pipe)
{
	BIO_reset(pipe->out);
}

/* ---- the handshake ---- */

static void note_error(struct sip_tls_pipe *pipe)
{
	long verdict = SSL_get_verify_result(pipe->ssl);

	if (verdict != X509_V_OK)
		rd_strcpy(pipe->why, sizeof(pipe->why),
			  X509_verify_cert_error_string(verdict));
	else
		sip_tls_last_error(pipe->why, sizeof(pipe->why));
	ERR_clear_error();
}

/* In the pool. */
static int shake(void *arg)
{
	struct sip_tls_pipe *pipe = arg;
	int rc, error;

	ERR_clear_error();
	rc = SSL_do_handshake(pipe->ssl);
	if (rc == 1)
		return 1;
	error = SSL_get_error(pipe->ssl, rc);
	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
		return 0;
	note_error(pipe);
	return -EPROTO;
}

static void shaken(int rc, void *arg)
{
	struct sip_tls_pipe *pipe = arg;

	pipe->busy = false;
	if (pipe->orphan)
		pipe_free(pipe);
	else
		pipe->done(pipe->arg, rc);
}

void sip_tls_handshake(struct sip_tls_pipe *pipe, void (*done)(void *arg, int rc),
		       void *arg)
{
	RD_CHECK(pipe, SIP_TLS_PIPE_MAGIC);
	rd_assert(!pipe->busy);
	pipe->busy = true;
	pipe->done = done;
	pipe->arg = arg;
	if (rd_offload_then(shake, shaken, pipe))
		shaken(shake(pipe), pipe);
}

bool sip_tls_is_busy(const struct sip_tls_pipe *pipe)
{
	return pipe->busy;
}

/* ---- bytes of the message ---- */

ssize_t sip_tls_read(struct sip_tls_pipe *pipe, char *data, size_t size)
{
	int n;

	ERR_clear_error();
	n = SSL_read(pipe->ssl, data, (int)RD_MIN(size, (size_t)INT32_MAX));
	if (n > 0)
		return n;
	switch (SSL_get_error(pipe->ssl, n)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return -EAGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return -ENOTCONN;
	default:
		note_error(pipe);
		return -EPROTO;
	}
}

int sip_tls_write(struct sip_tls_pipe *pipe, const char *data, size_t size)
{
	ERR_clear_error();
	if (SSL_write(pipe->ssl, data, (int)size) == (int)size)
		return 0;
	note_error(pipe);
	return -EPROTO;
}

void sip_tls_say_goodbye(struct sip_tls_pipe *pipe)
{
	ERR_clear_error();
	if (SSL_is_init_finished(pipe->ssl))
		SSL_shutdown(pipe->ssl);
	ERR_clear_error();
}

/* ---- looking in ---- */

const char *sip_tls_why(const struct sip_tls_pipe *pipe)
{
	return pipe->why;
}

const char *sip_tls_describe(struct sip_tls_pipe *pipe)
{
	snprintf(pipe->description, sizeof(pipe->description), "%s %s%s",
		 SSL_get_version(pipe->ssl), SSL_get_cipher_name(pipe->ssl),
		 SSL_session_reused(pipe->ssl) ? " resumed" : "");
	return pipe->description;
}
