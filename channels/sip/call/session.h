/* Offer and answer, RFC 3264: what a call's media lines are and what was agreed
 * on. Pure: descriptions in, stream configuration out, and back. One line of each
 * kind is taken; every other one is refused and remembered, for its place. */
#ifndef CHANNELS_SIP_CALL_SESSION_H
#define CHANNELS_SIP_CALL_SESSION_H

#include <ringdown/stream.h>

#include "channels/sip/endpoint/settings.h"
#include "channels/sip/sdp/ice.h"
#include "channels/sip/sdp/sdp.h"
#include "channels/sip/call/session_beside.h"
#include "channels/sip/call/session_fax.h"
#include "channels/sip/call/session_secure.h"

/* A description with more lines than this is refused. */
#define SIP_MEDIA_LINES 16

/* What we are willing to do on a call. */
struct sip_media_policy {
	const struct rd_codec *codecs[SIP_CODECS_MAX];
	int codec_count;
	bool caller_order; /* the offer's order counts, not ours */
	bool one_codec; /* an answer of ours names one of sound */
	bool telephone_event;
	bool tones; /* keys may come in band, where there are no such events */
	bool symmetric;
	bool ice; /* the stream has an agent */
	bool rtcp_mux, rtcp_xr, bundle, webrtc; /* offered */
	int family; /* of the address that sound is sent from; 0: any will do */
	bool comfort_noise; /* offered, and sent to who knows it */
	int ptime_ms, timeout_ms, hold_timeout_ms, keepalive_ms;
	/* Lines of pictures and text (session_beside.h). */
	const struct rd_codec *beside[SIP_CODECS_MAX];
	int beside_count;
	unsigned bound; /* a bit for each that may be only what .like is */
	const struct rd_stream_config *like[SIP_BESIDE_KINDS]; /* NULL: nothing */
	unsigned anew; /* lines that an offer may add to a session, a bit for each */
	unsigned more; /* lines of pictures, by sip_more_bit() */
	const struct sdp_t38 *fax; /* what is said of a line of T.38; NULL: none is had */
	bool fax_symmetric;
	int encryption;	 /* enum sip_encryption */
	bool optimistic; /* or in clear, when the far end cannot */
	bool exposed;	 /* keys in a description would travel in clear */
};

/* A line that we refused. */
struct sip_media_line {
	char kind[16], protocol[24], format[24];
};

/* Whose turn it is (RFC 3264 §4, RFC 6337): one offer at a time. */
enum sip_offer_state {
	SIP_OFFER_NONE,	  /* nothing was ever agreed on */
	SIP_OFFER_OURS,	  /* ours waits for its answer */
	SIP_OFFER_THEIRS, /* theirs has not been answered for good */
	SIP_OFFER_AGREED,
};

/* What was said of a line's transport. */
struct sip_session_said {
	struct sdp_ice *ice;   /* theirs; NULL: nothing */
	char mid[SDP_MID_MAX]; /* "": none */
	bool bundled;	       /* in our group */
	bool carried;	       /* by the port of another line, that of this number: */
	uint8_t carrier;
	bool msid, rsize;      /* said as browsers do */
};

struct sip_session {
	uint64_t id;
	uint64_t printed;	      /* hash of what the version stands for */
	unsigned version;	      /* of our description */
	struct rd_beyond beyond;      /* that it told of */
	uint8_t state, state_before;  /* enum sip_offer_state; before the offer */
	uint8_t direction_before;
	unsigned line_count;	      /* 0: nothing agreed or offered yet */
	unsigned audio_line;	      /* line_count: they switched sound off */
	struct sip_media_line *lines; /* line_count of them; NULL for one line */
	uint8_t direction;	      /* what our description says; enum sdp_direction */
	bool held;		      /* the far end does not listen */
	struct sip_session_said said; /* of the sound */
	struct sip_session_said *said_beside; /* SIP_BESIDE; NULL: no line was ever beside it */
	struct sip_session_secure secure;
	struct sip_beside *beside;    /* NULL: there is nothing but sound */
	struct sip_beside *beside_before; /* our offer */
	unsigned line_count_before;
	struct sip_fax *fax; /* in the place of the sound; NULL: none */
	struct sip_fax *fax_before; /* our offer */
};

/* What our description says of ICE. */
struct sip_session_ice {
	const char *ufrag, *pwd;
	bool lite;
	struct rd_ice_candidate *candidates;
	int candidate_count;
	struct rd_ice_candidate chosen[2]; /* theirs, by component */
	int chosen_count;
};

/* How and whence sound comes; for one description. */
struct sip_session_local {
	union sip_sockaddr address;
	uint16_t rtcp_port; /* 0: RTP's and one */
	int ptime_ms; /* that we ask for */
	struct rd_beyond beyond; /* whom the far end talks to */
	uint32_t ssrc[SIP_LINES];
	const struct sip_session_ice *ice[SIP_LINES]; /* NULL: none */
	struct rd_fingerprint fingerprint; /* ours; size 0: sip_session_has_dtls() is false */
	uint16_t beside_ports[SIP_BESIDE];
	uint16_t beside_rtcp_ports[SIP_BESIDE]; /* as .rtcp_port */
	uint16_t fax_port;
};

/* What was said of a line, by sip_beside_number(); of one that never was: nothing. */
const struct sip_session_said *sip_session_said(const struct sip_session *session, int number);

void sip_session_init(struct sip_session *session);
void sip_session_fini(struct sip_session *session);
/* copy is as good as new memory. 0 or -ENOMEM. */
int sip_session_copy(struct sip_session *copy, const struct sip_session *session);

/**
 * Take an offer: what to configure, and the session ready to print our answer.
 * 0; -ENOTSUP when nothing in it can be done, -EPROTONOSUPPORT when only its
 * security is not as it should be, -EPFNOSUPPORT when its address is of the family
 * that we do not send from, -EDESTADDRREQ when it is a group's, -E2BIG when it
 * has more than SIP_MEDIA_LINES (answer 488 to these);
 * -EINVAL for one that breaks the rules, -ENOMEM; then nothing has changed.
 */
int sip_session_take_offer(struct sip_session *session,
			   const struct sip_media_policy *policy,
			   const struct sdp *offer, struct rd_stream_config *config);

/* Before our answer is printed: leave out what the policy does not allow any more. */
void sip_beside_narrow(struct sip_session *session, const struct sip_media_policy *policy);
enum sip_beside_lack sip_beside_lacks(const struct sip_session *session,
				      const struct sip_media_policy *policy, int i);

/* Nothing of the offer can be had: what is printed next refuses each of its lines. 0,
 * -EINVAL when it has none or too many, -ENOMEM. */
int sip_session_refuse_offer(struct sip_session *session, const struct sdp *offer);
/* Our answer is out, by a way that cannot lose it: the next offer may come. */
void sip_session_answered(struct sip_session *session);

/* Make ready to print an offer of ours: all of the policy at first, later
 * what was agreed. config gets what the offer says. 0 or -EPROTONOSUPPORT. */
int sip_session_make_offer(struct sip_session *session,
			    const struct sip_media_policy *policy,
			    const struct rd_stream_config *agreed,
			    struct rd_stream_config *config);

/* It was refused: all is as it was before. */
void sip_session_withdraw(struct sip_session *session);

/* Take the answer to our offer. As _take_offer. preview: it came by a way that
 * may lose it, the answer itself is still to come (RFC 6337 §3.1.1). */
int sip_session_take_answer(struct sip_session *session,
			    const struct sip_media_policy *policy,
			    const struct sdp *answer, bool preview,
			    struct rd_stream_config *config);

/* ---- session_policy.c ---- */

/* From a phone's settings. preferred (NULL-terminated, may be NULL): those come
 * first, when the phone allows them. */
void sip_media_policy_of(struct sip_media_policy *policy,
			 const struct sip_endpoint *endpoint,
			 const struct rd_codec *const *preferred);

/* ---- session_print.c ---- */

/* Does our description name a certificate? */
bool sip_session_has_dtls(const struct sip_session *session);
/* Our description: 0, -ENOMEM, -EMSGSIZE. scratch is used up a little. Its
 * version counts up only when it says something new. */
int sip_session_print(struct sip_session *session, struct rd_pool *scratch,
		      const struct rd_stream_config *config,
		      const struct sip_session_local *local, struct sip_out *out);

/* ---- session_ice.c ---- */

/* The attributes that ICE, BUNDLE and browsers want of a line. 0 or -ENOMEM. */
int sip_session_add_ice(const struct sip_session *session, int number,
			struct rd_pool *scratch, struct sdp *sdp, struct sdp_media *media,
			const struct sip_session_local *local);
/* What their line says. 0 or -ENOMEM. */
int sip_session_read_ice(struct sip_session_said *said, const struct sdp *sdp,
			 const struct sdp_media *media);
void sip_session_keep_ice(struct sip_session_said *kept, const struct sip_session_said *said);

#endif
