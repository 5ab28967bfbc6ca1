/* The tunnel: datagrams at its near end, a stream of STUN messages and padded
 * channel data (RFC 8656 §12.5) at the far one. */
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <ringdown/fiber.h>
#include <ringdown/io.h>

#include "core/media/address.h"
#include "core/media/tunnel.h"
#include "core/media/wire.h"

enum {
	IN_MAX = 4096, /* more than any message */
	OUT_MAX = 32768, /* a reader that is slower is spared what comes late anyway */
	DATAGRAM_MAX = 2048,
	AT_ONCE = 32, /* datagrams, or reads, until others have their turn */
	STUN_HEADER = 20,
	CHANNEL_HEADER = 4,
};

struct rd__tunnel {
	int near_fd, far_fd;
	struct rd_watch *near_watch, *far_watch;
	struct rd__address near;
	SSL *ssl; /* NULL: TCP */
	bool connected, up;
	bool shaking; /* the pool has the connection, and nobody else touches it ... */
	bool dropped; /* ... so who is freed meanwhile goes when it gives it back */
	bool unread; /* by us, though not in the socket any more */
	const char *why; /* the handshake failed */
	void (*broken)(void *arg, const char *why);
	void *arg;
	size_t in_size, out_size;
	uint8_t in[IN_MAX], out[OUT_MAX];
};

/* ---- life ---- */

static void free_far_end(struct rd__tunnel *tunnel)
{
	SSL_free(tunnel->ssl);
	if (tunnel->far_fd >= 0)
		close(tunnel->far_fd);
	rd_free(tunnel);
}

void rd__tunnel_free(struct rd__tunnel *tunnel)
{
	if (!tunnel)
		return;
	rd_watch_free(tunnel->near_watch);
	rd_watch_free(tunnel->far_watch);
	if (tunnel->near_fd >= 0)
		close(tunnel->near_fd);
	tunnel->dropped = true;
	if (!tunnel->shaking)
		free_far_end(tunnel);
}

const struct rd__address *rd__tunnel_near(const struct rd__tunnel *tunnel)
{
	return &tunnel->near;
}

/* Nothing more happens, whoever hears of it. */
static void break_off(struct rd__tunnel *tunnel, const char *why)
{
	rd_watch_free(tunnel->near_watch);
	rd_watch_free(tunnel->far_watch);
	tunnel->near_watch = tunnel->far_watch = NULL;
	tunnel->broken(tunnel->arg, why);
}

/* ---- bytes of the far end ---- */

static const char *tls_reason(const SSL *ssl)
{
	long rc = SSL_get_verify_result(ssl);
	const char *reason = rc == X509_V_OK ? ERR_reason_error_string(ERR_peek_last_error())
					     : X509_verify_cert_error_string(rc);

	return reason ? reason : "it ended the connection";
}

/* rc of a call of OpenSSL: bytes, 0 at the end, -EAGAIN, -EPROTO. */
static ssize_t tls_result(struct rd__tunnel *tunnel, int rc)
{
	if (rc > 0)
		return rc;
	switch (SSL_get_error(tunnel->ssl, rc)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return -EAGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	default:
		return -EPROTO;
	}
}

static ssize_t far_read(struct rd__tunnel *tunnel, uint8_t *to, size_t size)
{
	ssize_t n;

	if (tunnel->ssl) {
		ERR_clear_error();
		return tls_result(tunnel, SSL_read(tunnel->ssl, to, (int)size));
	}
	n = recv(tunnel->far_fd, to, size, 0);
	return n < 0 ? -errno : n;
}

static ssize_t far_write(struct rd__tunnel *tunnel, const uint8_t *from, size_t size)
{
	ssize_t n;

	if (tunnel->ssl) {
		ERR_clear_error();
		return tls_result(tunnel, SSL_write(tunnel->ssl, from, (int)size));
	}
	n = send(tunnel->far_fd, from, size, MSG_NOSIGNAL);
	return n < 0 ? -errno : n;
}

/* ---- from the server to the stream ---- */

static size_t padded(size_t size)
{
	return (size + 3) & ~(size_t)3;
}

ssize_t rd__tunnel_frame(const uint8_t *bytes, size_t size, size_t *payload)
{
	size_t whole;

	if (size < CHANNEL_HEADER)
		return 0;
	if (bytes[0] < 0x40)
		*payload = STUN_HEADER + (size_t)rd__get16(bytes + 2);
	else if (bytes[0] < 0x50)
		*payload = CHANNEL_HEADER + (size_t)rd__get16(bytes + 2);
	else
		return -EPROTO;
	whole = padded(*payload);
	if (whole > IN_MAX)
		return -EPROTO;
	return whole <= size ? (ssize_t)whole : 0;
}

/* All whole messages; what is left of another stays. */
static int pass_in(struct rd__tunnel *tunnel)
{
	size_t at = 0, payload;
	ssize_t n;

	while ((n = rd__tunnel_frame(tunnel->in + at, tunnel->in_size - at, &payload)) > 0) {
		/* One that the stream has no room for is lost, as on any other way. */
		(void)!send(tunnel->near_fd, tunnel->in + at, payload, MSG_NOSIGNAL);
		at += (size_t)n;
	}
	tunnel->in_size -= at;
	memmove(tunnel->in, tunnel->in + at, tunnel->in_size);
	return (int)n;
}

/* False when the tunnel is broken. */
static bool read_far(struct rd__tunnel *tunnel)
{
	tunnel->unread = false;
	for (int i = 0; i < AT_ONCE; i++) {
		ssize_t n = far_read(tunnel, tunnel->in + tunnel->in_size,
				     IN_MAX - tunnel->in_size);

		if (n == -EAGAIN)
			return true;
		if (n <= 0) {
			break_off(tunnel, "the server has closed the connection");
			return false;
		}
		tunnel->in_size += (size_t)n;
		if (pass_in(tunnel)) {
			break_off(tunnel, "that is no TURN server");
			return false;
		}
	}
	tunnel->unread = tunnel->ssl && SSL_pending(tunnel->ssl) > 0;
	return true;
}

/* ---- from the stream to the server ---- */

/* What is unread wakes nobody: that there is room to write does, nearly always. */
static void watch_far(struct rd__tunnel *tunnel)
{
	bool write = tunnel->out_size || tunnel->unread;

	rd_watch_set(tunnel->far_watch, write ? RD_IO_READ | RD_IO_WRITE : RD_IO_READ);
}

/* As much as the connection takes; false when it is broken. */
static bool flush(struct rd__tunnel *tunnel)
{
	ssize_t n = 1;

	while (tunnel->out_size && n > 0) {
		n = far_write(tunnel, tunnel->out, tunnel->out_size);
		if (n <= 0)
			break;
		tunnel->out_size -= (size_t)n;
		memmove(tunnel->out, tunnel->out + n, tunnel->out_size);
	}
	if (n <= 0 && n != -EAGAIN) {
		break_off(tunnel, "the server takes nothing any more");
		return false;
	}
	watch_far(tunnel);
	return true;
}

static void near_ready(unsigned events, void *arg)
{
	struct rd__tunnel *tunnel = arg;
	uint8_t datagram[DATAGRAM_MAX];

	(void)events;
	for (int i = 0; i < AT_ONCE; i++) {
		ssize_t n = recv(tunnel->near_fd, datagram, sizeof(datagram) - 3, 0);
		size_t size = n > 0 ? padded((size_t)n) : 0;

		if (n < 0)
			break;
		if (size > OUT_MAX - tunnel->out_size)
			continue;
		memset(datagram + n, 0, size - (size_t)n);
		memcpy(tunnel->out + tunnel->out_size, datagram, size);
		tunnel->out_size += size;
	}
	(void)flush(tunnel);
}

/* ---- building it ---- */

static bool is_connected(struct rd__tunnel *tunnel)
{
	int error = 0;
	socklen_t size = sizeof(error);

	if (tunnel->connected)
		return true;
	if (getsockopt(tunnel->far_fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 || error) {
		break_off(tunnel, rd_strerror(-error));
		return false;
	}
	tunnel->connected = true;
	return true;
}

static void go_up(struct rd__tunnel *tunnel)
{
	int rc = rd_watch_new(&tunnel->near_watch, tunnel->near_fd, RD_IO_READ, near_ready,
			      tunnel);

	if (rc) {
		break_off(tunnel, rd_strerror(rc));
		return;
	}
	tunnel->up = true;
	watch_far(tunnel);
}

/* In the pool: keys are agreed on and certificates looked at. What it waits for, 0 when
 * done, or negative. */
static int shake_hands(void *arg)
{
	struct rd__tunnel *tunnel = arg;
	int rc;

	ERR_clear_error();
	rc = SSL_connect(tunnel->ssl);
	if (rc == 1)
		return 0;
	switch (SSL_get_error(tunnel->ssl, rc)) {
	case SSL_ERROR_WANT_READ:
		return RD_IO_READ;
	case SSL_ERROR_WANT_WRITE:
		return RD_IO_WRITE;
	default:
		tunnel->why = tls_reason(tunnel->ssl);
		return -EPROTO;
	}
}

static void shaken(int rc, void *arg)
{
	struct rd__tunnel *tunnel = arg;

	tunnel->shaking = false;
	if (tunnel->dropped)
		free_far_end(tunnel);
	else if (rc > 0)
		rd_watch_set(tunnel->far_watch, (unsigned)rc);
	else if (rc < 0)
		break_off(tunnel, tunnel->why);
	else
		go_up(tunnel);
}

static void secure(struct rd__tunnel *tunnel)
{
	rd_watch_set(tunnel->far_watch, 0);
	tunnel->shaking = true;
	/* A pool that is full would make everybody wait: late is better than never. */
	if (rd_offload_then(shake_hands, shaken, tunnel))
		shaken(shake_hands(tunnel), tunnel);
}

static void far_ready(unsigned events, void *arg)
{
	struct rd__tunnel *tunnel = arg;

	if (!tunnel->up) {
		if (!is_connected(tunnel))
			return;
		if (tunnel->ssl)
			secure(tunnel);
		else
			go_up(tunnel);
		return;
	}
	if (!read_far(tunnel))
		return;
	if (events & RD_IO_WRITE)
		(void)flush(tunnel);
	else
		watch_far(tunnel);
}

/* The stream alone may send there. */
static int open_near(struct rd__tunnel *tunnel, const struct rd__address *stream)
{
	struct sockaddr *near = (struct sockaddr *)&tunnel->near.storage;
	socklen_t size = sizeof(tunnel->near.storage);

	tunnel->near = *stream;
	rd__address_set_port(&tunnel->near, 0);
	tunnel->near_fd = socket(stream->storage.ss_family,
				 SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (tunnel->near_fd < 0 ||
	    bind(tunnel->near_fd, near, tunnel->near.size) < 0 ||
	    getsockname(tunnel->near_fd, near, &size) < 0 ||
	    connect(tunnel->near_fd, (const struct sockaddr *)&stream->storage, stream->size) < 0)
		return -errno;
	return 0;
}

static int open_far(struct rd__tunnel *tunnel, const struct rd__address *server)
{
	int on = 1;

	tunnel->far_fd = socket(server->storage.ss_family,
				SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (tunnel->far_fd < 0)
		return -errno;
	(void)!setsockopt(tunnel->far_fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(tunnel->far_fd, (const struct sockaddr *)&server->storage, server->size) < 0 &&
	    errno != EINPROGRESS)
		return -errno;
	return rd_watch_new(&tunnel->far_watch, tunnel->far_fd, RD_IO_WRITE, far_ready, tunnel);
}

static int open_tls(struct rd__tunnel *tunnel, const struct rd__tunnel_options *options)
{
	X509_VERIFY_PARAM *param;
	bool numeric;

	if (!options->tls)
		return 0;
	tunnel->ssl = SSL_new(options->tls);
	if (!tunnel->ssl || SSL_set_fd(tunnel->ssl, tunnel->far_fd) != 1)
		return -ENOMEM;
	param = SSL_get0_param(tunnel->ssl);
	numeric = X509_VERIFY_PARAM_set1_ip_asc(param, options->name) == 1;
	if (!numeric && (SSL_set1_host(tunnel->ssl, options->name) != 1 ||
			 SSL_set_tlsext_host_name(tunnel->ssl, options->name) != 1))
		return -ENOMEM;
	SSL_set_mode(tunnel->ssl, SSL_MODE_ENABLE_PARTIAL_WRITE |
					  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	return 0;
}

int rd__tunnel_new(struct rd__tunnel **tp, const struct rd__tunnel_options *options,
		   void (*broken)(void *arg, const char *why), void *arg)
{
	struct rd__tunnel *tunnel = rd_zalloc(sizeof(*tunnel));
	int rc;

	if (!tunnel)
		return -ENOMEM;
	tunnel->near_fd = tunnel->far_fd = -1;
	tunnel->broken = broken;
	tunnel->arg = arg;
	rc = open_near(tunnel, &options->stream);
	if (rc == 0)
		rc = open_far(tunnel, &options->server);
	if (rc == 0)
		rc = open_tls(tunnel, options);
	if (rc)
		rd__tunnel_free(tunnel);
	else
		*tp = tunnel;
	return rc;
}
