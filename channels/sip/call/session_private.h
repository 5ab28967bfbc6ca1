/* What the files that make offers and answers share. */
#ifndef CHANNELS_SIP_CALL_SESSION_PRIVATE_H
#define CHANNELS_SIP_CALL_SESSION_PRIVATE_H

#include "channels/sip/call/session.h"

/* ---- session_line.c ---- */

/* Nothing agreed on, but what the policy says. */
void sip_session_config_init(struct rd_stream_config *config,
			     const struct sip_media_policy *policy);
/* Does a format of theirs mean this codec of ours? */
bool sip_format_means(const struct sdp_format *format, const struct rd_codec *codec);
/* The header extension by which packets say how loud they are (RFC 6464, 8285). */
#define SIP_LEVEL_URI "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
/* The one by which they say which line they are of (RFC 9143). */
#define SIP_MID_URI "urn:ietf:params:rtp-hdrext:sdes:mid"
enum { SIP_OUR_LEVEL = 1, SIP_OUR_MID = 2 };
/* The number of a header extension on a line of theirs; 0: it has none. */
uint8_t sip_extension_of(const struct sdp_media *media, struct rd_str uri);
/* Where to send, and whether they listen at all. */
void sip_session_agree_on_way(struct rd_stream_config *config, const struct sdp *sdp,
			      const struct sdp_media *media, uint8_t direction, bool *held);
/* Can it be sent there? 0, -EPFNOSUPPORT, -EDESTADDRREQ. */
int sip_session_check_address(const struct sip_media_policy *policy, const struct sdp *sdp,
			      const struct sdp_media *media);
/* All that both sides can do on one line of theirs; false: nothing. */
bool sip_session_agree_on_line(struct rd_stream_config *config,
			       const struct sip_media_policy *policy,
			       const struct sdp_media *media, bool their_order);
/* First a codec that we can speak ourselves, for prompts. Whoever passes another one
 * through says so before the answer (prefer.c). */
void sip_session_put_ours_first(struct rd_stream_config *config);

/* ---- session.c ---- */

/* The sound is off, and the call goes on. */
void sip_session_switch_off(struct rd_stream_config *config, const struct sip_media_policy *policy);
void sip_session_begin_offer(struct sip_session *session, enum sip_offer_state state);
/* The lines of an offer, and which of them has the sound. 0 or -ENOMEM. */
int sip_session_remember_lines(struct sip_session *session, const struct sdp *offer,
			       unsigned audio_line);

/* ICE is in force when both of us speak it. 0 or -ENOMEM. */
int sip_session_agree_on_ice(struct rd_stream_config *config,
			     const struct sip_media_policy *policy, const struct sdp *sdp,
			     const struct sdp_media *media, struct sip_session_said *said);
/* What an offer of ours calls a line. */
void sip_session_name_line(struct sip_session *session, const struct sip_media_policy *policy,
			   int number);
/* A dynamic type that no format has yet, of those from first on. */
uint8_t sip_session_free_payload(const struct rd_stream_config *config, uint8_t first);

/* ---- session_said.c ---- */

/* There are lines beside the sound now, of which something may be said. 0 or -ENOMEM. */
int sip_session_widen(struct sip_session *session);
/* To be changed; NULL: it never was widened, and nothing is said of this line. */
struct sip_session_said *sip_session_saying(struct sip_session *session, int number);
void sip_session_forget_said(struct sip_session *session);
/* copy has all of session but this. False: no memory for all of it. */
bool sip_session_copy_said(struct sip_session *copy, const struct sip_session *session);

/* ---- session_bundle.c ---- */

/* The group of a description of theirs. */
struct sip_bundle {
	struct rd_str group; /* names of lines */
	int leader; /* which line speaks for it; -1: none, all are by themselves */
};

/* Where the policy has lines share a port: *sdp becomes a copy in which each of the group
 * says what its leader says of the transport. 0 or -ENOMEM. */
int sip_bundle_spread(const struct sdp **sdp, const struct sip_media_policy *policy,
		      struct sip_bundle *bundle);
/* The lines that it has are known: who is carried by whom. */
void sip_bundle_settle(struct sip_session *session, const struct sdp *sdp,
		       const struct sip_bundle *bundle, struct rd_stream_config *sound);
/* Where a line is received: at its own port, or at its carrier's. */
uint16_t sip_bundle_port(const struct sip_session *session, const struct sip_session_local *local,
			 int number);
/* a=group of our description. 0 or -ENOMEM. */
int sip_bundle_add_group(const struct sip_session *session, struct rd_pool *scratch,
			 struct sdp *sdp);

/* ---- session_print.c ---- */

/* a=extmap, unless id is 0. 0 or -ENOMEM. */
int sip_session_add_extension(struct rd_pool *scratch, struct sdp *sdp, struct sdp_media *media,
			      uint8_t id, const char *uri);

/* ---- session_beside.c ---- */

enum sdp_kind sip_beside_sdp_kind(int i);
/* What the other leg has for a line; NULL: anything goes. */
const struct rd_stream_config *sip_beside_like(const struct sip_media_policy *policy, int i);
/* Would the other leg understand it? */
bool sip_beside_is_like(const struct rd_stream_config *like, const struct rd_codec *codec,
			const char *fmtp);

/* Zeroes; NULL: no memory. */
struct sip_beside *sip_beside_new(int count);
/* What is agreed on of an offer's other lines: new memory, or NULL when there is
 * nothing; and what it says of their transport. 0 or -ENOMEM. */
int sip_beside_take_offer(const struct sip_session *session, const struct sip_media_policy *policy,
			  const struct sdp *offer, struct sip_beside **besidep,
			  struct sip_session_said said[SIP_BESIDE]);
void sip_beside_take_answer(struct sip_session *session, const struct sip_media_policy *policy,
			    const struct sdp *answer);

/* ---- session_beside_offer.c ---- */

/* The lines of our offer, the one of sound included. 0 or -ENOMEM. */
int sip_beside_make_offer(struct sip_session *session, const struct sip_media_policy *policy);
void sip_beside_withdraw(struct sip_session *session);

/* ---- session_beside_print.c ---- */

/* The line of this place, when it is one of ours. 0, -ENOENT, -ENOMEM. */
int sip_beside_print(const struct sip_session *session, struct rd_pool *scratch,
		     struct sdp *sdp, unsigned line, const struct sip_session_local *local);

/* ---- session_more.c ---- */

/* Lines beside the sound that our offer needs room for. */
int sip_more_count(const struct sip_media_policy *policy);
/* The session has its kinds: now one of those that only show something. 0 or
 * -EPROTONOSUPPORT. */
int sip_more_offer_line(struct sip_session *session, const struct sip_media_policy *policy, int i);
/* May line i be what their offer has at this place? */
bool sip_more_may_take(const struct sip_session *session, const struct sip_media_policy *policy,
		       int i, unsigned place);
/* Line i was looked for in their offer. */
void sip_more_take(struct sip_beside *taken, const struct sip_session *session, int i,
		   const struct sdp *offer);

/* ---- session_fax.c ---- */

/* All that an offer says where the policy has T.38: 0; -ENOENT when it has no line of it,
 * then nothing was taken; else as sip_session_take_offer(). */
int sip_fax_take_offer(struct sip_session *session, const struct sip_media_policy *policy,
		       const struct sdp *offer, struct rd_stream_config *sound);
int sip_fax_take_answer(struct sip_session *session, const struct sip_media_policy *policy,
			const struct sdp *answer, struct rd_stream_config *sound);
/* Our offer has one, or has none any more. 0 or -ENOMEM. */
int sip_fax_make_offer(struct sip_session *session, const struct sip_media_policy *policy,
		       struct rd_stream_config *sound);
void sip_fax_withdraw(struct sip_session *session);
/* 0 or -ENOMEM. */
int sip_fax_print(const struct sip_session *session, struct sdp *sdp,
		  const struct sip_session_local *local);

#endif
