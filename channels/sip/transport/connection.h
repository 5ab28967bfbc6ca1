/* One connection: bytes and whole messages over a connected stream socket, with
 * its limits. Listening and connecting are stream.c's. For transport/ only. */
#ifndef CHANNELS_SIP_TRANSPORT_CONNECTION_H
#define CHANNELS_SIP_TRANSPORT_CONNECTION_H

#include <ringdown/fiber.h>
#include <ringdown/io.h>

#include "channels/sip/transport/framer.h"
#include "channels/sip/transport/open.h"
#include "channels/sip/transport/tls.h"
#include "channels/sip/transport/transport.h"

#define SIP_CONNECTION_MAGIC 0x53434f4eu /* "SCON" */

enum sip_connection_state {
	SIP_CONNECTION_CONNECTING,
	SIP_CONNECTION_SECURING,
	SIP_CONNECTION_OPEN,
	SIP_CONNECTION_CLOSED, /* told and freed in the next turn */
};

struct sip_connections;

struct sip_connection {
	unsigned magic;
	struct rd_list link; /* in the table's list of all */
	struct sip_connection *host_next; /* the table's */
	struct sip_connections *table;
	struct sip_transport *transport;
	const struct sip_stream_options *options;
	struct sip_tls_pipe *tls;	   /* NULL: bytes as they are */
	struct sip_tls_sessions *sessions; /* the transport's; NULL without TLS */
	char *name;			   /* whom we wanted to talk to, or NULL */
	uint64_t id;
	union sip_sockaddr local, peer;
	uint16_t alias; /* the peer's port for requests to it, 0: none known */
	bool inbound;
	bool stood; /* it is closed, and was open */
	bool greeted; /* a whole message has come */
	bool answers_pings; /* at least one of ours had its pong */
	bool pong_awaited;
	bool crlf; /* one has come: the next makes it a ping */
	bool leaves; /* nothing is sent or heeded any more, until the far end sees it */
	enum sip_connection_state state;
	int fd, rc;
	struct rd_watch *watch;
	struct rd_timer timer;
	struct sip_framer framer;
	struct rd_buf in; /* the beginning of a message */
	struct rd_buf waiting; /* messages that wait for the connection */
	struct rd_buf out; /* bytes that the kernel would not take ... */
	size_t out_done; /* ... and how many it has taken since */
	/* When it began, last received, last used, last pinged; since when half
	 * a message is there, and the queue stands still (0: neither). */
	uint64_t since_ms, heard_ms, used_ms, pinged_ms, partial_ms, stuck_ms;
	uint64_t received, sent; /* messages */
};

/* ---- connections.c: all of one transport ---- */

struct sip_connections {
	struct rd_list all; /* closed ones too, until they are freed */
	struct sip_connection **slots;
	unsigned size, count;
	uint64_t serial;
	struct sip_connection *hosts[256];
	const struct sip_connection *buried; /* of whose loss is told right now; NULL: of none */
};

void sip_connections_init(struct sip_connections *table);
/* All must have been removed. */
void sip_connections_fini(struct sip_connections *table);
/* Gives it its id. 0 or -ENOMEM. */
int sip_connections_add(struct sip_connections *table, struct sip_connection *connection);
void sip_connections_remove(struct sip_connections *table,
			    struct sip_connection *connection);
struct sip_connection *sip_connections_find(const struct sip_connections *table,
					    uint64_t id);
/* One to that address and port, or alias, and to nobody but that name. */
struct sip_connection *sip_connections_to(const struct sip_connections *table,
					  const union sip_sockaddr *peer,
					  struct rd_str name);
unsigned sip_connections_from(const struct sip_connections *table,
			      const union sip_sockaddr *peer);

/* ---- connection.c: its life ---- */

struct sip_connection_params {
	struct sip_connections *table;
	struct sip_transport *transport;
	const struct sip_stream_options *options;
	struct sip_tls_sessions *sessions;
	int fd; /* connected, or about to be; taken in any case */
	union sip_sockaddr peer;
	struct rd_str name; /* of a server that we connect to, or absent */
	bool inbound;
};

/* 0 or negative errno. */
int sip_connection_new(struct sip_connection **cp,
		       const struct sip_connection_params *params);
/* No more traffic; watchers are told in the loop's next turn. */
void sip_connection_close(struct sip_connection *connection, int rc);
/* Close, tell and free it now. */
void sip_connection_end(struct sip_connection *connection, int rc);
struct sip_flow sip_connection_flow(const struct sip_connection *connection);
/* For the console; false when it is closed. */
bool sip_connection_info(const struct sip_connection *connection,
			 struct sip_connection_info *info);
/* A deadline may have come nearer. */
void sip_connection_arm(struct sip_connection *connection);

/* ---- connection_io.c: its bytes ---- */

/* One whole message of size bytes; 1: it waits while the connection is being
 * made. 0; -ENOTCONN or -ENOMEM, and the connection is closed. */
int sip_connection_send(struct sip_connection *connection, const char *data,
			size_t size);
/* One that waits, the same bytes, does not go. 0, or -ENOENT: none waits. */
int sip_connection_withdraw(struct sip_connection *connection, const char *data, size_t size);
/* Text that is no message: pings and pongs. As sip_connection_send(), but the
 * connection must be open. */
int sip_connection_write(struct sip_connection *connection, const char *data,
			 size_t size);
/* Bytes as they go over the wire; what the kernel does not take now is kept. 0;
 * -ENOTCONN or -ENOMEM, and the connection is closed. */
int sip_connection_write_bytes(struct sip_connection *connection, const char *data,
			       size_t size);
/* Text has come. */
void sip_connection_feed(struct sip_connection *connection, char *data, size_t n);
/* Messages may go now. */
void sip_connection_opened(struct sip_connection *connection);
/* "Are you there?": 0; -ENOTCONN or -ENOMEM, and the connection is closed. */
int sip_connection_ping(struct sip_connection *connection);
/* Look for what it wants next. */
void sip_connection_watch(struct sip_connection *connection);
/* The socket's watch. */
void sip_connection_ready(unsigned events, void *arg);

/* ---- connection_tls.c: between the wire and the text ---- */

/* The next step of the handshake. */
void sip_connection_secure(struct sip_connection *connection);
/* Bytes have come. */
void sip_connection_decrypt(struct sip_connection *connection, const char *data,
			    size_t n);
/* Text to be sent encrypted. As sip_connection_write_bytes(). */
int sip_connection_encrypt(struct sip_connection *connection, const char *data,
			   size_t size);
/* Before the socket is closed: a last word, and the session is remembered. */
void sip_connection_unsecure(struct sip_connection *connection);
/* Is the far end, or will it be, whom that name means? */
bool sip_connection_is_to(const struct sip_connection *connection, struct rd_str name);

#endif
