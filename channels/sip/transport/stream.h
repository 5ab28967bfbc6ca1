/* The inside of a stream transport, shared by stream.c and stream_listen.c. */
#ifndef CHANNELS_SIP_TRANSPORT_STREAM_H
#define CHANNELS_SIP_TRANSPORT_STREAM_H

#include "channels/sip/transport/connection.h"
#include "channels/sip/transport/implementation.h"
#include "channels/sip/transport/open.h"
#include "channels/sip/transport/private.h"

struct sip_stream {
	struct sip_transport transport; /* first: freed by the set */
	struct sip_stream_options options;
	struct sip_connections connections;
	struct sip_tls_sessions *sessions; /* NULL without TLS */
	struct sip_tls_watch *tls_watch; /* likewise */
	int fd;
	struct rd_watch *watch;
	struct rd_timer pause;
	bool is_short; /* of descriptors or memory: said so */
	uint64_t told_full_ms, told_share_ms; /* that there is no room; 0: never */
};

/* ---- stream.c ---- */

/* For one connection more with this peer? Says so where not, now and then. */
bool sip_stream_has_room(struct sip_stream *stream, const union sip_sockaddr *peer);
/* A socket becomes a connection; it is closed where that fails. */
int sip_stream_adopt(struct sip_stream *stream, int fd, const union sip_sockaddr *peer,
		     struct rd_str name, bool inbound, struct sip_connection **connection);

/* ---- stream_listen.c ---- */

int sip_stream_listen(struct sip_stream *stream, const union sip_sockaddr *address, bool shares);
void sip_stream_stop_listening(struct sip_stream *stream);

/* As those of struct sip_transport_ops. */
int sip_stream_rebind(struct sip_transport *transport, const union sip_sockaddr *address,
		      struct sip_socket *socket);
void sip_stream_share(struct sip_transport *transport, bool share);
void sip_stream_deafen(struct sip_transport *transport);
void sip_stream_move(struct sip_transport *transport, const struct sip_socket *socket);

#endif
