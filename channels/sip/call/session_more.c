/* More lines of pictures in offer and answer: they are added to a session that has one,
 * are like that one, and only ever show the far end something. A far end that refuses
 * one is not the session's matter. */
#include "channels/sip/call/session_private.h"

static bool is_wanted(const struct sip_media_policy *policy, int i)
{
	return !policy->fax && policy->more & sip_more_bit(i);
}

/* ---- ours ---- */

int sip_more_count(const struct sip_media_policy *policy)
{
	int count = SIP_BESIDE_KINDS;

	for (int i = SIP_BESIDE_KINDS; i < SIP_BESIDE; i++)
		if (is_wanted(policy, i))
			count = i + 1;
	return count;
}

/* It is by the port and with the key of the one that it is like, where that is in a group. */
static int begin_transport(struct sip_beside_line *line, const struct sip_session *session,
			   const struct sip_media_policy *policy)
{
	const struct sip_beside_line *first = &session->beside->lines[0];
	int rc = 0;

	if (sip_session_said(session, RD_MEDIA_VIDEO)->bundled)
		line->secure = first->secure;
	else
		rc = sip_secure_make_offer(&line->secure, policy, false);
	line->secure.profile = first->secure.profile;
	return rc;
}

static void share(struct sip_session *session, int number)
{
	const struct sip_session_said *first = sip_session_said(session, RD_MEDIA_VIDEO);
	struct sip_session_said *said = sip_session_saying(session, number);

	said->msid = first->msid;
	said->bundled = said->carried = first->bundled;
	said->carrier = first->carried ? first->carrier : RD_MEDIA_VIDEO;
}

static int offer_new(struct sip_beside_line *line, struct sip_session *session,
		     const struct sip_media_policy *policy, int number)
{
	int rc = begin_transport(line, session, policy);

	if (rc)
		return rc;
	if (!line->known)
		line->line = session->line_count++;
	line->known = line->on = true;
	line->config = session->beside->lines[0].config;
	sip_session_name_line(session, policy, number);
	share(session, number);
	return 0;
}

/* Only where all the lines of a session can be told. */
static bool has_place(const struct sip_session *session, const struct sip_beside_line *line)
{
	return line->known || session->line_count < SIP_MEDIA_LINES;
}

int sip_more_offer_line(struct sip_session *session, const struct sip_media_policy *policy, int i)
{
	struct sip_beside_line *line = &session->beside->lines[i];
	int rc = 0;

	if (!is_wanted(policy, i) || !session->beside->lines[0].on || !has_place(session, line))
		line->on = false;
	else if (line->on)
		rc = sip_secure_make_offer(&line->secure, policy, true);
	else
		rc = offer_new(line, session, policy, sip_beside_number(i));
	line->direction = SDP_SENDONLY;
	line->config.direction = RD_SENDONLY;
	return rc;
}

/* ---- theirs ---- */

/* Whose place it was is not forgotten when another line is taken. */
bool sip_more_may_take(const struct sip_session *session, const struct sip_media_policy *policy,
		       int i, unsigned place)
{
	const struct sip_beside *beside = session->beside;

	if (i >= SIP_BESIDE_KINDS)
		return is_wanted(policy, i) && beside->lines[i].known &&
		       beside->lines[i].line == place;
	for (int n = SIP_BESIDE_KINDS; n < sip_beside_count(beside); n++)
		if (beside->lines[n].on && beside->lines[n].line == place)
			return false;
	return true;
}

void sip_more_take(struct sip_beside *taken, const struct sip_session *session, int i,
		   const struct sdp *offer)
{
	const struct sip_beside_line *before = &session->beside->lines[i];
	struct sip_beside_line *line = &taken->lines[i];
	const struct sdp_media *media = offer->media;

	line->direction &= SDP_SENDONLY;
	line->config.direction &= RD_SENDONLY;
	if (line->on || !before->known)
		return;
	for (unsigned place = before->line; media && place; place--)
		media = media->next;
	line->line = before->line;
	line->known = media && media->kind == SDP_VIDEO &&
		      !(taken->lines[0].known && taken->lines[0].line == before->line);
}
