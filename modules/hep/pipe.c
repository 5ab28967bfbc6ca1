/* To a server of HEP by TCP or TLS: one connection, that is begun again when it ends, and a
 * queue of what waits for it. One fiber has the connection; nobody waits for that. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <ringdown/clock.h>
#include <ringdown/fiber.h>
#include <ringdown/io.h>
#include <ringdown/list.h>

#include "modules/hep/hep.h"

enum {
	QUEUE_MAX = 256 * 1024, /* a server that is away for longer misses what comes then */
	CONNECT_MS = 5000,
	WRITE_MS = 5000,
	LOOK_MS = 5000, /* whether the server is there still, while there is nothing to say */
	AGAIN_MS = 1000, /* at first, then twice as long each time... */
	AGAIN_MAX_MS = 30000, /* ... up to that */
};

struct hep_pipe {
	struct rd_fiber *fiber;
	struct rd_cond news;
	struct host_port address;
	char name[256]; /* in the server's certificate; "": its address is */
	SSL_CTX *context; /* NULL: in the clear */
	hep_told told;
	struct rd_buf queue, out; /* what comes, and what is being written */
	struct hep_counts queued, outgoing; /* packets in them */
	int fd;
	SSL *tls;
};

static int open_pipes; /* whose fibers have not ended yet */
static struct rd_cond pipe_ended = { RD_LIST_INIT(pipe_ended.waiters) };

/* ---- TLS ---- */

/* What a call of OpenSSL waits for is there; negative: it has failed. Yields. */
static int await(const struct hep_pipe *pipe, int returned, int timeout_ms)
{
	int error = SSL_get_error(pipe->tls, returned);
	int rc = -EPROTO;

	if (error == SSL_ERROR_WANT_READ)
		rc = rd_fd_wait(pipe->fd, RD_IO_READ, timeout_ms);
	else if (error == SSL_ERROR_WANT_WRITE)
		rc = rd_fd_wait(pipe->fd, RD_IO_WRITE, timeout_ms);
	else if (error == SSL_ERROR_SYSCALL || error == SSL_ERROR_ZERO_RETURN)
		rc = -ECONNRESET;
	return rc;
}

static void print_address(const struct host_port *address, char *text, socklen_t size)
{
	const struct sockaddr_in *v4 = (const void *)&address->socket;
	const struct sockaddr_in6 *v6 = (const void *)&address->socket;
	int family = address->socket.ss_family;

	inet_ntop(family, family == AF_INET ? (const void *)&v4->sin_addr : &v6->sin6_addr, text,
		  size);
}

static bool expect_server(struct hep_pipe *pipe)
{
	char text[INET6_ADDRSTRLEN] = "";

	if (*pipe->name)
		return SSL_set1_host(pipe->tls, pipe->name) == 1 &&
		       SSL_set_tlsext_host_name(pipe->tls, pipe->name) == 1;
	print_address(&pipe->address, text, sizeof(text));
	return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(pipe->tls), text) == 1;
}

static int begin_tls(struct hep_pipe *pipe)
{
	int rc;

	pipe->tls = SSL_new(pipe->context);
	if (!pipe->tls || !expect_server(pipe) || SSL_set_fd(pipe->tls, pipe->fd) != 1)
		return -ENOMEM;
	while (ERR_clear_error(), (rc = SSL_connect(pipe->tls)) != 1) {
		rc = await(pipe, rc, CONNECT_MS);
		if (rc < 0 && SSL_get_verify_result(pipe->tls) != X509_V_OK)
			return -EKEYREJECTED;
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* ---- the connection ---- */

static void hang_up(struct hep_pipe *pipe)
{
	SSL_free(pipe->tls);
	pipe->tls = NULL;
	if (pipe->fd >= 0)
		close(pipe->fd);
	pipe->fd = -1;
}

static int dial(struct hep_pipe *pipe)
{
	int rc = rd_connect(&pipe->fd, (const struct sockaddr *)&pipe->address.socket,
			    pipe->address.size, CONNECT_MS);

	if (rc < 0)
		pipe->fd = -1;
	return rc == 0 && pipe->context ? begin_tls(pipe) : rc;
}

/* What is written to one that has gone is lost without an error, the first time. Servers say
 * nothing but that; with TLS there may be something between the libraries. */
static bool has_gone(struct hep_pipe *pipe)
{
	char byte;
	ssize_t n;

	if (pipe->tls) {
		ERR_clear_error();
		n = SSL_read(pipe->tls, &byte, 1);
		return n <= 0 && SSL_get_error(pipe->tls, (int)n) != SSL_ERROR_WANT_READ;
	}
	n = recv(pipe->fd, &byte, 1, MSG_DONTWAIT);
	return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

static int write_tls(struct hep_pipe *pipe, const char *bytes, size_t size)
{
	while (size) {
		int rc;

		ERR_clear_error();
		rc = SSL_write(pipe->tls, bytes, (int)RD_MIN(size, (size_t)QUEUE_MAX));
		if (rc > 0) {
			bytes += rc;
			size -= (size_t)rc;
			continue;
		}
		rc = await(pipe, rc, WRITE_MS);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* All that has come until now, in whole packets: a new connection begins with one. */
static int write_queue(struct hep_pipe *pipe)
{
	const struct rd_buf queued = pipe->queue;
	int rc;

	pipe->queue = pipe->out;
	rd_buf_reset(&pipe->queue);
	pipe->out = queued;
	pipe->outgoing = pipe->queued;
	pipe->queued = (struct hep_counts){ 0 };
	rc = pipe->tls ? write_tls(pipe, pipe->out.p, pipe->out.n)
		       : rd_fd_write_all(pipe->fd, pipe->out.p, pipe->out.n, WRITE_MS);
	if (rc != -ECANCELED)
		pipe->told(&pipe->outgoing, rc);
	pipe->outgoing = (struct hep_counts){ 0 };
	return rc;
}

/* Until the connection ends. */
static int serve(struct hep_pipe *pipe)
{
	int rc = dial(pipe);

	while (rc == 0) {
		if (!pipe->queue.n)
			rc = rd_cond_wait(&pipe->news, LOOK_MS);
		if (rc == -ETIMEDOUT)
			rc = 0;
		if (rc == 0 && has_gone(pipe))
			rc = -ECONNRESET;
		if (rc == 0 && pipe->queue.n)
			rc = write_queue(pipe);
	}
	hang_up(pipe);
	return rc;
}

static void pipe_free(struct hep_pipe *pipe)
{
	SSL_CTX_free(pipe->context);
	rd_buf_fini(&pipe->queue);
	rd_buf_fini(&pipe->out);
	rd_cond_fini(&pipe->news);
	rd_free(pipe);
}

static int run(void *arg)
{
	struct hep_pipe *pipe = arg;
	int again_ms = AGAIN_MS, rc = 0;

	while (rc != -ECANCELED) {
		uint64_t began_ms = rd_now_ms();

		rc = serve(pipe);
		if (rc == -ECANCELED)
			break;
		pipe->told(&(struct hep_counts){ 0 }, rc);
		if (rd_now_ms() - began_ms > AGAIN_MAX_MS)
			again_ms = AGAIN_MS;
		rc = rd_sleep(again_ms);
		again_ms = RD_MIN(again_ms * 2, AGAIN_MAX_MS);
	}
	pipe_free(pipe);
	open_pipes--;
	rd_cond_broadcast(&pipe_ended);
	return 0;
}

/* ---- for hep.c ---- */

int hep_pipe_new(struct hep_pipe **pp, const struct hep_settings *settings, hep_told told)
{
	struct hep_pipe *pipe = rd_zalloc(sizeof(*pipe));
	int rc;

	if (!pipe)
		return -ENOMEM;
	pipe->fd = -1;
	pipe->address = settings->address;
	pipe->told = told;
	rd_strcpy(pipe->name, sizeof(pipe->name),
		  settings->server_name ? settings->server_name : "");
	rd_cond_init(&pipe->news);
	rd_buf_init(&pipe->queue);
	rd_buf_init(&pipe->out);
	hep_pipe_trust(pipe, settings->tls);
	rc = rd_fiber_new(&pipe->fiber, "hep", run, pipe);
	if (rc < 0) {
		pipe_free(pipe);
		return rc;
	}
	rd_fiber_detach(pipe->fiber);
	open_pipes++;
	*pp = pipe;
	return 0;
}

void hep_pipe_trust(struct hep_pipe *pipe, SSL_CTX *context)
{
	if (context)
		SSL_CTX_up_ref(context);
	SSL_CTX_free(pipe->context);
	pipe->context = context;
}

void hep_pipe_end(struct hep_pipe *pipe)
{
	if (pipe)
		rd_fiber_cancel(pipe->fiber);
}

int hep_pipes_await(void)
{
	int rc = 0;

	while (open_pipes && rc == 0)
		rc = rd_cond_wait(&pipe_ended, RD_FOREVER);
	return rc;
}

bool hep_pipe_put(struct hep_pipe *pipe, enum hep_kind kind, const struct iovec *parts,
		  size_t count)
{
	size_t size = 0, was = pipe->queue.n;

	for (size_t i = 0; i < count; i++)
		size += parts[i].iov_len;
	if (was + size > QUEUE_MAX)
		return false;
	for (size_t i = 0; i < count; i++)
		rd_buf_add(&pipe->queue, parts[i].iov_base, parts[i].iov_len);
	if (pipe->queue.failed) {
		pipe->queue.n = was; /* no part of it */
		pipe->queue.failed = false;
		return false;
	}
	if (kind == HEP_SIP)
		pipe->queued.messages++;
	else
		pipe->queued.reports++;
	rd_cond_signal(&pipe->news);
	return true;
}
