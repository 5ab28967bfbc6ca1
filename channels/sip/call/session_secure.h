/* How the sound of a session is secured: what an offer asks for, what an answer
 * settles. Part of session.h, which includes it. */
#ifndef CHANNELS_SIP_CALL_SESSION_SECURE_H
#define CHANNELS_SIP_CALL_SESSION_SECURE_H

#include <ringdown/stream.h>

#include "channels/sip/sdp/crypto.h"

struct sip_media_policy;

#define SIP_CRYPTO_OFFERS 4

/* media_encryption= */
enum sip_encryption {
	SIP_ENCRYPTION_NO,
	SIP_ENCRYPTION_SDES,
	SIP_ENCRYPTION_DTLS,
};

/* The profile of a media line: which bits of its name it has. */
enum sip_profile {
	SIP_PROFILE_AVP = 0,
	SIP_PROFILE_FEEDBACK = 1, /* AVPF */
	SIP_PROFILE_SECURE = 2, /* SAVP */
	SIP_PROFILE_DTLS = 4, /* UDP/TLS/RTP/SAVP */
};

struct sip_session_secure {
	struct rd_stream_security agreed;
	uint8_t profile, offered_count;
	bool dtls_offered;
	unsigned tag, first_tag; /* of the agreed key; of what was offered */
	struct rd_srtp_key offered[SIP_CRYPTO_OFFERS]; /* ours, tags in a row */
};

/* -EINVAL when it is no profile of RTP. */
int sip_profile_of(struct rd_str protocol);
struct rd_str sip_profile_name(unsigned profile);

/**
 * Take what a line of an offer says. 0 with *next being what is agreed on then;
 * -EPROTONOSUPPORT when it is not as secure as the policy asks for, or more
 * than it allows, -ENOTSUP when the line is no RTP.
 */
int sip_secure_take_offer(const struct sip_session_secure *secure,
			  const struct sip_media_policy *policy, const struct sdp *sdp,
			  const struct sdp_media *media, struct sip_session_secure *next);
/* The same with the answer to our offer. */
int sip_secure_take_answer(struct sip_session_secure *secure,
			   const struct sip_media_policy *policy, const struct sdp *sdp,
			   const struct sdp_media *media);
/* Make ready to offer: what was agreed, or what the policy wants.
 * -EPROTONOSUPPORT when keys would have to travel in clear. */
int sip_secure_make_offer(struct sip_session_secure *secure,
			  const struct sip_media_policy *policy, bool agreed);
/* Does its next description name a certificate of ours? */
bool sip_secure_has_dtls(const struct sip_session_secure *secure, bool offer);
/* The attributes, offered or answered; texts from the pool. ours: the certificate's, where
 * it is named. 0, -ENOMEM, or -EIO without a certificate. */
int sip_secure_print(const struct sip_session_secure *secure, bool offer,
		     const struct rd_fingerprint *ours, struct sdp *sdp,
		     struct sdp_media *media);

#endif
