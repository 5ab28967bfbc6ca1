/* Session-ID (RFC 7989): one identifier for each end of a session, which stays the
 * same through every exchange between them. */
#ifndef CHANNELS_SIP_MESSAGE_SESSION_ID_H
#define CHANNELS_SIP_MESSAGE_SESSION_ID_H

#include "channels/sip/message/out.h"

#define SIP_UUID 33 /* 32 hex digits and the NUL */

/* What the ends of one leg are called; "" where it is not known. */
struct sip_session_id {
	char ours[SIP_UUID]; /* of whoever is behind us */
	char theirs[SIP_UUID];
};

/* Make one up. */
void sip_uuid_make(char uuid[SIP_UUID]);
/* What we are called in a session that others began: always the same for a Call-ID, so
 * that answers which nothing is kept of agree. */
void sip_uuid_of_call(char uuid[SIP_UUID], struct rd_str call_id);

/* What a message calls its sender and its receiver; "" for nil and for none. False
 * without the header, or when it is not understood. */
bool sip_session_id_read(const struct sip_msg *msg, char sender[SIP_UUID],
			 char receiver[SIP_UUID]);
/* Learn from a message of the far end what it is called. */
void sip_session_id_note(struct sip_session_id *id, const struct sip_msg *msg);

/* Into a message of ours; nothing when we have no name. */
void sip_session_id_print(struct sip_out *out, const struct sip_session_id *id);
/* Into an answer: turned round, with a name for us when the request knew none. */
void sip_session_id_echo(struct sip_out *out, const struct sip_msg *request);
/* An answer of a dialog says what that calls us, unless the request does. */
void sip_session_id_tell(struct sip_out *out, const struct sip_msg *request,
			 const struct sip_session_id *id);

#endif
