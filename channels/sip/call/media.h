/* What a call says: its descriptions, its lines beside the sound, and the codec that
 * both sides of it should speak. */
#ifndef CHANNELS_SIP_CALL_MEDIA_H
#define CHANNELS_SIP_CALL_MEDIA_H

#include "channels/sip/call/call.h"

/* ---- prefer.c ---- */

/* In an offer of ours, what was asked for comes first. */
void sip_call_put_first(const struct sip_call *call, struct rd_stream_config *config);
int sip_prefer_codec(struct rd_channel *ch, const struct rd_codec *codec, bool ask);
/* rd_tech.beyond */
void sip_beyond(struct rd_channel *ch, const struct rd_beyond *beyond);
/* What a description of this session says of it. */
const struct rd_beyond *sip_beyond_of(const struct sip_call *call,
				      const struct sip_session *session);
/* The length of packets that it asks for. */
int sip_asked_ptime(const struct sip_call *call, const struct rd_beyond *beyond);

/* ---- media.c: descriptions of this call ---- */

void sip_call_policy(const struct sip_call *call, struct sip_media_policy *policy);
/* Read the description in a message: 0 with *sdp, -ENOENT without one,
 * -EPROTO when something else must be understood (415), -EINVAL, -ENOMEM. */
int sip_call_read_sdp(struct sdp **sdp, const struct sip_msg *msg);
int sip_call_take_offer(struct sip_call *call, const struct sdp *offer);
/* A session has taken a description that may have its sound at a name: no call waits for
 * DNS, so config gets the address only where that is known by now. */
void sip_call_find_sound(const struct sip_call *call, const struct sip_session *session,
			 const struct sdp *sdp, struct rd_stream_config *config);
/* In the log: why -EPROTONOSUPPORT. */
void sip_call_explain_security(const struct sip_call *call);
/* In the log: why an offer of theirs, or an answer, cannot be taken; nothing of what is
 * the far end's alone. */
void sip_call_explain_offer(const struct sip_call *call, int rc);
/* What a Warning says of an offer that gets 488 (RFC 3261 §20.43). */
#define SIP_CODEC_WARNING    "305 ringdown \"No codec in common\""
#define SIP_FAMILY_WARNING   "301 ringdown \"Sound cannot be sent to addresses of this kind\""
#define SIP_GROUP_WARNING    "330 ringdown \"Sound is not sent to groups\""
#define SIP_SECURITY_WARNING "399 ringdown \"How sound is encrypted does not fit the settings\""
#define SIP_LINES_WARNING    "399 ringdown \"Fewer media lines were expected\""
#define SIP_OFFER_WARNING    "399 ringdown \"The description breaks the rules of RFC 3264\""
int sip_call_take_answer(struct sip_call *call, const struct sdp *answer);
/* Take the one in a message, and tell the channel: 0, what reading or taking it said. */
int sip_call_hear_answer(struct sip_call *call, const struct sip_msg *msg);
/* Print our description as the body; offer: it is a new offer of ours. */
int sip_call_print_sdp(struct sip_call *call, struct sip_out *out, bool offer);
/* Our offer was refused, or could not be sent: all is as it was before. */
void sip_call_withdraw(struct sip_call *call);
/* sip_call_print_sdp() for any session of the call. */
int sip_call_print_session(const struct sip_call *call, struct sip_session *session,
			   const struct rd_stream_config *config, struct sip_out *out);

/* What was agreed on before an offer came, in case it must stay so. */
struct sip_agreement {
	struct sip_session session;
	struct rd_stream_config config;
};

bool sip_same_config(const struct rd_stream_config *a, const struct rd_stream_config *b);
/* Put a description in force; the same as before changes nothing. */
int sip_call_configure(struct sip_call *call, struct sip_session *session,
		       const struct rd_stream_config *config);

/* ---- proof.c: sound for an address that may be forged ---- */

/* A call came over this flow: may its sound begin before its ACK has come? */
void sip_call_await_proof(struct sip_call *call, const struct sip_flow *flow);
/* sip_call_configure(), but that nothing is sent yet. */
int sip_call_withhold(struct sip_call *call, struct sip_session *session,
		      const struct rd_stream_config *config);
/* It has come. */
void sip_call_proven(struct sip_call *call);

int sip_call_keep(const struct sip_call *call, struct sip_agreement *before);
void sip_call_restore_take(struct sip_call *call, struct sip_agreement *before);
void sip_agreement_drop(struct sip_agreement *before);
/* The far end held or resumed: tell the channel, once. */
void sip_call_note_hold(struct sip_call *call);

/* ---- beside.c: pictures and text ---- */

void sip_beside_policy(const struct sip_call *call, struct sip_media_policy *policy);
/* The far end makes an offer: it may have lines that the other leg has not yet. */
void sip_beside_let_lead(const struct sip_call *call, struct sip_media_policy *policy);
/* A stream of its own for a line, at the address of the sound. 0 or negative errno. */
int sip_open_beside(struct sip_call *call, enum rd_media_kind kind, struct rd_stream **sp);
/* Open what a session has; what cannot be had is left out of it. */
void sip_beside_open(struct sip_call *call, struct sip_session *session);
/* Those that go by no other line's port any more get one of their own. 0 or negative errno. */
int sip_beside_part(struct sip_call *call, const struct sip_session *session);
/* Who has a port, and who goes by that of another line (RFC 9143). */
void sip_beside_share_port(struct sip_call *call, const struct sip_session *session);
/* Before an offer of ours: open what it will have, as far as servers are to tell its
 * addresses first. */
void sip_beside_prepare(struct sip_call *call);
/* Put it in force. */
void sip_beside_configure(struct sip_call *call, const struct sip_session *session);
/* Where they are received, for our description. */
void sip_beside_local(const struct sip_call *call, bool hidden, struct sip_session_local *local);
/* The sound is received at another address of ours now. */
int sip_beside_move(struct sip_call *call);
/* Give them to the channel, or close them. */
int sip_beside_hand_over(struct sip_call *call);
void sip_beside_close(struct sip_call *call);
/* The channel has them, and closes them. */
void sip_beside_forget(struct sip_call *call);
/* Learn what whom it talks to has; returns a bit for each that has changed. */
unsigned sip_beside_follow(struct sip_call *call, const struct rd_channel *other);
/* rd_tech.want_picture (picture.c): by INFO, RFC 5168. */
int sip_want_picture(struct rd_channel *ch);
/* ---- more_pictures.c ---- */

/* rd_tech.want_lines */
int sip_want_lines(struct rd_channel *ch, unsigned lines);
/* Those that an offer of ours may have. */
unsigned sip_more_wanted(const struct sip_call *call);
/* What the offer that is out asks for; and what became of it. */
unsigned sip_more_offered(const struct sip_call *call);
void sip_more_answered(struct sip_call *call, unsigned offered);

/* rd_tech.match */
int sip_match(struct rd_channel *ch, const struct rd_channel *other);

#endif
