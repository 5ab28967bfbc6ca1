/* What was said of the transport of a session's lines. Most sessions have sound alone: there is
 * room for what is said of other lines once there were some. */
#include "channels/sip/call/session_private.h"

const struct sip_session_said *sip_session_said(const struct sip_session *session, int number)
{
	static const struct sip_session_said nothing;

	if (number == RD_MEDIA_AUDIO)
		return &session->said;
	return session->said_beside ? &session->said_beside[number - 1] : &nothing;
}

struct sip_session_said *sip_session_saying(struct sip_session *session, int number)
{
	if (number == RD_MEDIA_AUDIO)
		return &session->said;
	return session->said_beside ? &session->said_beside[number - 1] : NULL;
}

int sip_session_widen(struct sip_session *session)
{
	if (!session->said_beside)
		session->said_beside = rd_zalloc(SIP_BESIDE * sizeof(*session->said_beside));
	return session->said_beside ? 0 : -ENOMEM;
}

void sip_session_forget_said(struct sip_session *session)
{
	for (int number = 0; number < SIP_LINES; number++)
		rd_free(sip_session_said(session, number)->ice);
	rd_free(session->said_beside);
	session->said.ice = NULL;
	session->said_beside = NULL;
}

bool sip_session_copy_said(struct sip_session *copy, const struct sip_session *session)
{
	bool all = true;

	copy->said_beside = NULL;
	if (session->said_beside && sip_session_widen(copy)) {
		copy->said.ice = NULL;
		return false;
	}
	for (int number = 0; number < SIP_LINES; number++) {
		const struct sip_session_said *said = sip_session_said(session, number);
		struct sip_session_said *own = sip_session_saying(copy, number);

		if (!own)
			break;
		*own = *said;
		own->ice = said->ice ? sdp_ice_dup(said->ice) : NULL;
		all &= !said->ice || own->ice;
	}
	return all;
}
