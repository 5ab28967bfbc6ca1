/* What far ends have asked passwords for: realms, their nonces and how often each
 * was used, so that the requests that follow bring their credentials along (RFC
 * 3261 §22.2, §22.3). Counted: the forks of one INVITE share them. */
#ifndef CHANNELS_SIP_DIALOG_CREDENTIALS_H
#define CHANNELS_SIP_DIALOG_CREDENTIALS_H

#include "channels/sip/message/digest.h"

struct sip_credentials;

/* What answers challenges. */
struct sip_secret {
	const char *password; /* NULL: it is not known ... */
	const char *ha1[SIP_DIGEST_ALGORITHMS]; /* ... but these are, of one realm; NULL: not */
};

/* NULL without memory. */
struct sip_credentials *sip_credentials_new(void);
struct sip_credentials *sip_credentials_ref(struct sip_credentials *credentials);
void sip_credentials_unref(struct sip_credentials *credentials);

/**
 * Learn from a 401 or 407 to this request.
 *
 * @first  the request was not sent again before: what it brought along was from
 *         memory, and may be old without being called so
 *
 * 0 when there is something new to say; -EACCES when it has all been said, -ENOENT,
 * -ENOTSUP, -ENOSPC (more realms than are remembered), -ENOMEM.
 */
int sip_credentials_learn(struct sip_credentials *credentials, const struct sip_msg *request,
			  const struct sip_msg *response, bool first, const char *username,
			  const struct sip_secret *secret);

/* The nonce for next time, from Authentication-Info of an answer. */
void sip_credentials_renew(struct sip_credentials *credentials, const struct sip_msg *request,
			   const struct sip_msg *response);

/* Print all that are known. body absent: not known yet, then those that would have
 * to cover it (auth-int) are left out. */
void sip_credentials_print(struct sip_credentials *credentials, struct sip_out *out,
			   struct rd_str method, struct rd_str uri, struct rd_str body);
/* For the ACK to a 2xx: as they were printed with the last INVITE (§13.2.2.4). */
void sip_credentials_print_ack(const struct sip_credentials *credentials,
			       struct sip_out *out);

#endif
