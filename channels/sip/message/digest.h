/* HTTP digest for SIP: RFC 7616 and RFC 8760 with MD5, SHA-256 and SHA-512-256,
 * and what RFC 2069 peers send. Both roles. Nonces hold their own proof (time, serial,
 * keyed hash), so a challenge costs no memory; what has been used is remembered
 * in a table of fixed size. Knows no users: the caller brings HA1. */
#ifndef CHANNELS_SIP_MESSAGE_DIGEST_H
#define CHANNELS_SIP_MESSAGE_DIGEST_H

#include "channels/sip/message/out.h"

/* The stronger, the higher. */
enum sip_digest_algorithm {
	SIP_DIGEST_MD5,
	SIP_DIGEST_SHA256,
	SIP_DIGEST_SHA512_256,
	SIP_DIGEST_ALGORITHMS,
	SIP_DIGEST_UNKNOWN = SIP_DIGEST_ALGORITHMS,
};

enum sip_digest_qop {
	SIP_QOP_NONE, /* RFC 2069 */
	SIP_QOP_AUTH,
	SIP_QOP_AUTH_INT,
	SIP_QOP_UNKNOWN,
};

/* Hex digits of a digest and a NUL; MD5 uses 32 of them. */
#define SIP_DIGEST_HEX 65
/* Hex digits of a client's nonce and a NUL. */
#define SIP_CNONCE_TEXT 17
/* Hex digits of a nonce and a NUL. */
#define SIP_NONCE_TEXT 49

/* A challenge or credentials; views into the header value, without quotes. */
struct sip_digest {
	enum sip_digest_algorithm algorithm; /* MD5 when not given */
	enum sip_digest_qop qop; /* challenge: the best offered of auth, auth-int */
	bool is_session;	 /* MD5-sess, SHA-256-sess */
	bool stale;
	bool userhash; /* offered, or: username is a hash */
	uint32_t nc;
	struct rd_str nc_text;
	struct rd_str qop_text, algorithm_text; /* as written; absent: not given */
	struct rd_str username, realm, nonce, uri, response, opaque, cnonce;
	struct rd_str username_ext; /* username*=, RFC 8187 */
};

/**
 * Authorization, Proxy-Authorization, WWW-Authenticate, Proxy-Authenticate.
 * 0; -ENOTSUP for another scheme than Digest; -EINVAL with *what (may be NULL).
 * Presence is not checked: sip_digest_check and _answer do.
 */
int sip_digest_parse(struct sip_digest *digest, struct rd_str value,
		     const char **what);

/* H(username:realm:password) as hex with a NUL. 0 or -EIO. */
int sip_digest_ha1(char hex[SIP_DIGEST_HEX], enum sip_digest_algorithm algorithm,
		   struct rd_str username, struct rd_str realm,
		   struct rd_str password);

/* H(username:realm), which stands for the name where userhash is in use
 * (RFC 7616 §3.4.4). 0 or -EIO. */
int sip_digest_userhash(char hex[SIP_DIGEST_HEX], enum sip_digest_algorithm algorithm,
			struct rd_str username, struct rd_str realm);

/* The name in credentials, quotes and escapes undone, of either form: a UTF-8
 * text, or with digest->userhash a hash. Absent when it cannot be read. */
struct rd_str sip_digest_username(const struct sip_digest *digest, char *buf, size_t size);

/* "MD5", "SHA-256", "SHA-512-256" */
struct rd_str sip_digest_algorithm_name(enum sip_digest_algorithm algorithm);

/* The response that HA1 demands for these credentials. body is used by
 * auth-int only. 0 or -EIO. */
int sip_digest_response(char hex[SIP_DIGEST_HEX], const struct sip_digest *digest,
			const char *ha1, struct rd_str method, struct rd_str body);

/* Free what is kept between hashes; on unload. */
void sip_digest_fini(void);

/* ---- server ---- */

struct sip_nonces;

/* slots: nonces in use that are remembered, rounded up to a power of two (0:
 * 16384, which take 256 KiB). lifetime_s: after this a nonce is stale.
 * 0 or -ENOMEM. */
int sip_nonces_new(struct sip_nonces **np, unsigned slots, unsigned lifetime_s);
void sip_nonces_free(struct sip_nonces *nonces);

/* A nonce nobody has had, for one that asks from this address (NULL: any). From
 * another address it counts as stale. */
void sip_nonces_make(struct sip_nonces *nonces, const union sip_sockaddr *source,
		     char nonce[SIP_NONCE_TEXT]);
/* Did we make this nonce for this address? Then it can receive. */
bool sip_nonces_know(struct sip_nonces *nonces, const union sip_sockaddr *source,
		     struct rd_str nonce);

/* What a challenge says. */
struct sip_digest_terms {
	struct rd_str realm, nonce;
	const char *qop; /* "auth", "auth-int", "auth,auth-int" */
	bool stale, userhash;
};

/* 'Digest realm="...", nonce="...", algorithm=..., qop="auth"' as a whole
 * header with this id (WWW- or Proxy-Authenticate). To offer several
 * algorithms print several, the preferred first (RFC 8760 §2.4). */
void sip_digest_challenge(struct sip_out *out, enum sip_header_id id,
			  const struct sip_digest_terms *terms,
			  enum sip_digest_algorithm algorithm);

/* Authentication-Info for credentials that were right (RFC 7616 §3.5): proof that
 * we know the password too, over the body of the answer, and the nonce to use
 * next unless that is absent. */
void sip_digest_info(struct sip_out *out, const struct sip_digest *digest, const char *ha1,
		     struct rd_str body, struct rd_str next_nonce);

/* Has more than half of the lifetime of this nonce passed? It was checked before:
 * its hash is not computed again. */
bool sip_nonces_ageing(const struct sip_nonces *nonces, struct rd_str nonce);

/* The request that credentials are for. */
struct sip_digest_request {
	struct rd_str method;
	struct rd_str uri;  /* request-URI */
	struct rd_str body; /* for auth-int */
};

/**
 * Are these credentials right, fresh and not used before?
 *
 * @ha1      for digest->algorithm. For an unknown user give the HA1 of a random
 *           password, so that the answer takes as long as for a known one.
 * @request  the credentials' uri must be the same resource as its uri; absent: any
 *
 * 0; -EACCES wrong, with a nonce that we made for this source; -ESTALE right but the
 * nonce is old or used up, or right or wrong with one that we never made for it:
 * challenge with stale; -EINVAL something is missing or malformed (answer 400).
 */
int sip_digest_check(struct sip_nonces *nonces, const union sip_sockaddr *source,
		     const struct sip_digest *digest, const char *ha1,
		     const struct sip_digest_request *request);

/* The credentials in msg for this realm with this algorithm or any
 * (SIP_DIGEST_UNKNOWN); id Authorization or Proxy-Authorization.
 * 0, -ENOENT, or -EINVAL with *what. */
int sip_digest_find(struct sip_digest *digest, const struct sip_msg *msg,
		    enum sip_header_id id, struct rd_str realm,
		    enum sip_digest_algorithm algorithm, const char **what);

/* ---- client ---- */

/* Somebody who wants credentials: a realm, by the strongest challenge that we can
 * answer; of equals the topmost. */
struct sip_digest_demand {
	struct sip_digest challenge;
	enum sip_header_id id; /* of the answer: Authorization or Proxy- */
};

/* Who wants credentials in a 401 or 407: after forking it may be several
 * realms, and servers beside proxies (RFC 3261 §16.7). How many, at most max;
 * -ENOENT without any challenge, -ENOTSUP with none that we can answer. algorithms: a
 * bit for each enum sip_digest_algorithm that we can answer by. */
int sip_digest_demands(struct sip_digest_demand *demands, int max,
		       const struct sip_msg *response, unsigned algorithms);

/* The nonce to use next, which Authentication-Info tells; absent when it does not. */
struct rd_str sip_digest_next_nonce(struct rd_str info);

void sip_digest_make_cnonce(char cnonce[SIP_CNONCE_TEXT]);

/* Who we are to somebody who challenges us. */
struct sip_digest_login {
	struct rd_str username; /* plain; hashed when the challenge offers that */
	const char *ha1;	/* for the challenge's algorithm and realm */
	uint32_t nc;		/* how often this nonce was used, from 1 */
};

/**
 * Print the header that answers a challenge.
 *
 * @challenge  its cnonce, where there is one, is used; it must be the same as
 *             long as the nonce is (-sess)
 */
int sip_digest_answer(struct sip_out *out, enum sip_header_id id,
		      const struct sip_digest *challenge,
		      const struct sip_digest_login *login,
		      const struct sip_digest_request *request);

#endif
