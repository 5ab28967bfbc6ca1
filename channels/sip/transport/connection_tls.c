/* A connection and its TLS: whose bytes go where, and when. */
#include <stdio.h>

#include <ringdown/log.h>

#include "channels/sip/transport/connection.h"

#define PIECE 4096 /* of a record: fibers and callbacks have small frames */

static struct rd_str name_of(const struct sip_connection *connection)
{
	return rd_str_of(connection->name);
}

static int flush_output(struct sip_connection *connection)
{
	struct rd_str output = sip_tls_output(connection->tls);
	int rc = output.n ? sip_connection_write_bytes(connection, output.p, output.n) : 0;

	if (output.n && connection->tls)
		sip_tls_output_taken(connection->tls);
	return rc;
}

/* Whom we call is our configuration's business; who comes is often nobody's. */
static void fail(struct sip_connection *connection, int rc, const char *why)
{
	char peer[SIP_SOCKADDR_TEXT];

	rd_log(connection->inbound ? RD_LOG_VERBOSE : RD_LOG_WARNING, RD_MODULE_NAME,
	       "sip/%s: %s: no TLS: %s", connection->transport->name,
	       sip_sockaddr_text(&connection->peer, peer), why);
	sip_connection_close(connection, rc);
}

static void fail_by_name(struct sip_connection *connection)
{
	struct rd_str name = name_of(connection);
	char names[200], why[512];

	sip_tls_print_names(connection->tls, names, sizeof(names));
	snprintf(why, sizeof(why),
		 "\"%.*s\" was called, and the certificate is in another name: %s",
		 RD_STR_ARG(name), names);
	fail(connection, -EACCES, why);
}

/* ---- the handshake ---- */

static void decrypt_all(struct sip_connection *connection);

/* The name is looked at last: a certificate that nobody signed has no name. */
static void secured(struct sip_connection *connection)
{
	bool verify = !connection->inbound &&
		      sip_tls_verifies_servers(connection->options->tls);

	if (verify &&
	    !sip_tls_peer_is(connection->tls, name_of(connection), &connection->peer)) {
		fail_by_name(connection);
		return;
	}
	sip_connection_opened(connection);
	if (connection->state == SIP_CONNECTION_OPEN)
		decrypt_all(connection);
}

static void shaken(void *arg, int rc)
{
	struct sip_connection *connection = arg;

	if (connection->state == SIP_CONNECTION_CLOSED)
		return;
	if (rc < 0) {
		char why[160];

		rd_strcpy(why, sizeof(why), sip_tls_why(connection->tls));
		flush_output(connection); /* the alert that says so */
		fail(connection, rc, why);
		return;
	}
	if (flush_output(connection))
		return;
	if (rc)
		secured(connection);
	if (connection->state != SIP_CONNECTION_CLOSED)
		sip_connection_watch(connection);
}

void sip_connection_secure(struct sip_connection *connection)
{
	sip_tls_handshake(connection->tls, shaken, connection);
	if (connection->state != SIP_CONNECTION_CLOSED)
		sip_connection_watch(connection);
}

/* ---- afterwards ---- */

static void decrypt_all(struct sip_connection *connection)
{
	char text[PIECE];
	ssize_t n = 0;

	while (connection->state == SIP_CONNECTION_OPEN &&
	       (n = sip_tls_read(connection->tls, text, sizeof(text))) > 0)
		sip_connection_feed(connection, text, (size_t)n);
	if (connection->state != SIP_CONNECTION_OPEN)
		return;
	if (n == -EAGAIN)
		flush_output(connection);
	else
		sip_connection_close(connection, (int)n);
}

void sip_connection_decrypt(struct sip_connection *connection, const char *data, size_t n)
{
	if (sip_tls_input(connection->tls, data, n))
		sip_connection_close(connection, -ENOMEM);
	else if (connection->state == SIP_CONNECTION_SECURING)
		sip_connection_secure(connection);
	else
		decrypt_all(connection);
}

int sip_connection_encrypt(struct sip_connection *connection, const char *data, size_t size)
{
	if (sip_tls_write(connection->tls, data, size)) {
		sip_connection_close(connection, -EPROTO);
		return -ENOTCONN;
	}
	return flush_output(connection);
}

void sip_connection_unsecure(struct sip_connection *connection)
{
	struct rd_str output;

	if (!connection->tls || connection->state != SIP_CONNECTION_OPEN)
		return;
	if (!connection->inbound)
		sip_tls_remember(connection->sessions, connection->tls, &connection->peer,
				 name_of(connection));
	sip_tls_say_goodbye(connection->tls);
	output = sip_tls_output(connection->tls);
	/* Whoever does not take it now learns it from the socket. */
	if (output.n && send(connection->fd, output.p, output.n, MSG_NOSIGNAL) < 0)
		return;
}

bool sip_connection_is_to(const struct sip_connection *connection, struct rd_str name)
{
	const struct sip_tls *tls = connection->options->tls;

	if (!connection->tls || !tls || !sip_tls_verifies_servers(tls))
		return true;
	if (!connection->inbound)
		return rd_str_ieq(name_of(connection), name);
	if (connection->state != SIP_CONNECTION_OPEN)
		return false;
	/* Its address is proof enough when no name is asked for. */
	return !name.n || sip_tls_peer_is(connection->tls, name, &connection->peer);
}
