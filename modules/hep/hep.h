/* Between the files of this module: hep.c reads hep.conf and sends, pipe.c has a connection
 * to the server, packet.c prints what goes before a message, report.c prints reports of RTP. */
#ifndef MODULES_HEP_HEP_H
#define MODULES_HEP_HEP_H

#include <stdbool.h>
#include <sys/uio.h>

#include <ringdown/str.h>

#include "modules/host_port.h"

struct ssl_ctx_st; /* OpenSSL's SSL_CTX */

enum hep_transport { HEP_UDP, HEP_TCP, HEP_TLS };

/* hep.conf, in its pool. */
struct hep_settings {
	struct rd_pool *pool;
	bool enabled;
	struct host_port address;
	const char *password, *name; /* NULL: none */
	const char *uuid_type;
	int id;
	int transport; /* enum hep_transport */
	const char *ca_file, *server_name; /* of TLS; NULL: those of the system; its address */
	struct ssl_ctx_st *tls; /* NULL: without TLS */
	int fd; /* of UDP, made in `prepare`; -1: none */
};

enum hep_kind { HEP_SIP = 1, HEP_RTCP = 5 /* as JSON */ };

/* What is told of, and where and when it was seen. */
struct hep_message {
	enum hep_kind kind;
	const struct sockaddr *from, *to; /* both of one family */
	bool is_stream; /* TCP, else UDP */
	uint64_t wall_us;
	struct rd_str correlation; /* absent: none */
	size_t size;
};

enum {
	HEP_HEAD_MAX = 1024,
	HEP_TEXT_MAX = 255, /* of the password, the name and the correlation */
	HEP_DATAGRAM_MAX = 65507,
};

/* ---- pipe.c ---- */

struct hep_pipe;

/* How many of each kind. */
struct hep_counts {
	uint64_t messages, reports;
};

/* These have been written, rc 0, or are lost; of none: the server cannot be reached. */
typedef void (*hep_told)(const struct hep_counts *packets, int rc);

/* A connection to that server by TCP, or TLS where there is a context; it is begun, and begun
 * anew, in a fiber. 0 or negative. */
int hep_pipe_new(struct hep_pipe **pp, const struct hep_settings *settings, hep_told told);
/* The next connection trusts these. */
void hep_pipe_trust(struct hep_pipe *pipe, struct ssl_ctx_st *context);
/* It ends soon, and frees itself. NULL is fine. */
void hep_pipe_end(struct hep_pipe *pipe);
/* All that were ended are gone. 0 or -ECANCELED. */
RD_YIELDS int hep_pipes_await(void);
/* Behind what waits. False: that is too much already. */
bool hep_pipe_put(struct hep_pipe *pipe, enum hep_kind kind, const struct iovec *parts,
		  size_t count);

/* ---- packet.c ---- */

/* All of a packet but the message, which follows it, into `out`. Its size; 0: message and head
 * would be more than a datagram holds, or its addresses are not of one family. */
size_t hep_head(uint8_t out[HEP_HEAD_MAX], const struct hep_settings *settings,
		const struct hep_message *message);

/* ---- report.c ---- */

/* The first SR or RR of a compound packet, as collectors read it: an object of JSON. False when
 * there is none. */
bool hep_report(struct rd_buf *out, const uint8_t *packet, size_t size);

#endif
