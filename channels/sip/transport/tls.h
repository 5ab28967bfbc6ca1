/* TLS 1.2 and 1.3 between bytes and bytes: no socket, no clock. What is slow in
 * it, the handshake, runs in the pool. For transport/ and the settings. */
#ifndef CHANNELS_SIP_TRANSPORT_TLS_H
#define CHANNELS_SIP_TRANSPORT_TLS_H

#include <ringdown/fiber.h>

#include "channels/sip/message/sockaddr.h"

struct sip_tls;		 /* certificate, key, whom we trust: counted */
struct sip_tls_pipe;	 /* one connection */
struct sip_tls_sessions; /* what clients remember of servers */

enum sip_tls_verify_client {
	SIP_TLS_CLIENT_NONE,	 /* not asked for a certificate */
	SIP_TLS_CLIENT_OPTIONAL, /* asked; if it has one, it must be good */
	SIP_TLS_CLIENT_REQUIRED,
};

/* Texts may be NULL; all are copied. */
struct sip_tls_options {
	/* PEM, with the chain behind it; several with commas, for clients that say by
	 * SNI whom they mean. The first is shown to all others. */
	const char *certificate;
	const char *key; /* in the same order; NULL: in the same files */
	const char *ca_file, *ca_path; /* both NULL: those of the system */
	const char *ciphers;	       /* of TLS 1.2 */
	bool only_13;
	bool verify_server;
	int verify_client; /* enum sip_tls_verify_client */
};

/* Why it could not be made. */
struct sip_tls_error {
	const char *option; /* "certificate", "key", "ca_file", ... */
	char text[256];
};

/* Reads the files: at start or in the pool. 0, -ENOMEM, or -EINVAL with *error. */
int sip_tls_new(struct sip_tls **tp, const struct sip_tls_options *options,
		struct sip_tls_error *error);
struct sip_tls *sip_tls_ref(struct sip_tls *tls);
void sip_tls_unref(struct sip_tls *tls); /* NULL is fine */
/* Tickets that one has given are good for the other: before it is used. */
void sip_tls_inherit(struct sip_tls *tls, struct sip_tls *from);
bool sip_tls_verifies_servers(const struct sip_tls *tls);

/* Have the files changed since? Reads the disk. */
bool sip_tls_is_stale(const struct sip_tls *tls);
/* The same files, read again: as sip_tls_new(). */
int sip_tls_again(struct sip_tls **tp, const struct sip_tls *tls,
		  struct sip_tls_error *error);

/* ---- one connection (tls.c) ---- */

/* name: the server that a client wants to talk to, absent when it is known by
 * its address only. 0 or -ENOMEM. */
int sip_tls_pipe_new(struct sip_tls_pipe **pp, struct sip_tls *tls, bool is_server,
		     struct rd_str name);
/* At any time: the pool may still be at it. */
void sip_tls_pipe_free(struct sip_tls_pipe *pipe);

/* Bytes from the peer. 0 or -ENOMEM. */
int sip_tls_input(struct sip_tls_pipe *pipe, const char *data, size_t size);
/* Bytes for the peer; taken by the call after next at the latest. */
struct rd_str sip_tls_output(struct sip_tls_pipe *pipe);
void sip_tls_output_taken(struct sip_tls_pipe *pipe);

/* Go on with the handshake in the pool. done() is called from the loop, with 1:
 * finished, 0: more input is needed, -EPROTO: see sip_tls_why(). Until then no
 * other call but _free is allowed. There is output in each case. */
void sip_tls_handshake(struct sip_tls_pipe *pipe, void (*done)(void *arg, int rc),
		       void *arg);
bool sip_tls_is_busy(const struct sip_tls_pipe *pipe);

/* What the peer said: bytes, -EAGAIN, -ENOTCONN at its end, -EPROTO. There may
 * be output after it. */
ssize_t sip_tls_read(struct sip_tls_pipe *pipe, char *data, size_t size);
/* Becomes output. 0 or -EPROTO. */
int sip_tls_write(struct sip_tls_pipe *pipe, const char *data, size_t size);
/* We say no more: becomes output. */
void sip_tls_say_goodbye(struct sip_tls_pipe *pipe);

/* Why something failed, in words. */
const char *sip_tls_why(const struct sip_tls_pipe *pipe);
/* "TLSv1.3 TLS_AES_256_GCM_SHA384", with "resumed" where it was. */
const char *sip_tls_describe(struct sip_tls_pipe *pipe);

/* ---- who it is (tls_peer.c) ---- */

/* Has the peer shown a certificate that somebody we trust has signed? */
bool sip_tls_peer_is_known(const struct sip_tls_pipe *pipe);
/* Whose certificate it says it is, for people: its subject, and its other names. */
void sip_tls_print_names(const struct sip_tls_pipe *pipe, char *text, size_t size);
/* Is it in the name of this domain, or of this address when name is absent
 * (RFC 5922 §7)? */
bool sip_tls_peer_is(const struct sip_tls_pipe *pipe, struct rd_str name,
		     const union sip_sockaddr *address);

/* ---- coming back (tls_sessions.c) ---- */

/* 0 or -ENOMEM. */
int sip_tls_sessions_new(struct sip_tls_sessions **sp);
void sip_tls_sessions_free(struct sip_tls_sessions *sessions);
/* Before the handshake: what is remembered of this server is offered to it. */
void sip_tls_resume(struct sip_tls_sessions *sessions, struct sip_tls_pipe *pipe,
		    const union sip_sockaddr *peer, struct rd_str name);
/* Before the end. */
void sip_tls_remember(struct sip_tls_sessions *sessions, struct sip_tls_pipe *pipe,
		      const union sip_sockaddr *peer, struct rd_str name);

#endif
