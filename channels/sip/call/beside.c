/* Pictures and text of a call: their streams, and what this leg offers because
 * whoever it talks to has it. The rules are in session_beside.c. */
#include <ringdown/log.h>

#include "channels/sip/call/fax.h"
#include "channels/sip/call/ice.h"
#include "channels/sip/call/indialog.h"
#include "channels/sip/call/media.h"

/* ---- streams ---- */

/* At the address where the sound comes. */
int sip_open_beside(struct sip_call *call, enum rd_media_kind kind, struct rd_stream **sp)
{
	struct rd_rtp_local local = {
		.kind = kind,
		.tos = (uint8_t)(call->settings->media_dscp << 2),
		.like = call->stream,
	};
	union sip_sockaddr address;

	rd_stream_local(call->stream, &local.address);
	memcpy(&address, &local.address, sizeof(address));
	sip_sockaddr_set_port(&address, 0);
	memcpy(&local.address, &address, sizeof(address));
	return rd_stream_new_rtp(sp, &local);
}

static int open_for_channel(struct sip_call *call, int i)
{
	int rc = sip_open_beside(call, sip_beside_kind(i), &call->beside[i]);

	if (rc == 0 && call->channel)
		rc = rd_channel_take_stream(call->channel, call->beside[i]);
	if (rc && call->beside[i])
		rd_stream_close(call->beside[i]);
	if (rc)
		call->beside[i] = NULL;
	return rc;
}

static bool has_transport(const struct sip_session *session, int i)
{
	return session->beside->lines[i].on &&
	       !sip_session_said(session, sip_beside_number(i))->carried;
}

static struct rd_stream *carrier_of(const struct sip_call *call, const struct sip_session *session,
				    int number)
{
	const struct sip_session_said *said = sip_session_said(session, number);

	return said->carried ? sip_call_stream(call, said->carrier) : NULL;
}

static bool carries(const struct sip_call *call, const struct rd_stream *stream)
{
	for (int number = 0; number < SIP_LINES; number++)
		if (sip_call_stream(call, number) &&
		    rd_stream_carrier(sip_call_stream(call, number)) == stream)
			return true;
	return false;
}

/* all: those, too, that carry others until now. */
static int let_carry(struct sip_call *call, const struct sip_session *session, bool all)
{
	int rc = 0;

	for (int number = 0; number < SIP_LINES && rc == 0; number++) {
		struct rd_stream *stream = sip_call_stream(call, number);
		struct rd_stream *carrier = carrier_of(call, session, number);

		if (stream && carrier && (all || !carries(call, stream)))
			rc = rd_stream_bundle(stream, carrier);
	}
	return rc;
}

int sip_beside_part(struct sip_call *call, const struct sip_session *session)
{
	bool apart = rd_stream_carrier(call->stream) && !carrier_of(call, session, RD_MEDIA_AUDIO);
	int rc = 0;

	for (int number = 0; number < SIP_LINES && rc == 0; number++)
		if (sip_call_stream(call, number) && !carrier_of(call, session, number))
			rc = rd_stream_unbundle(sip_call_stream(call, number));
	return rc || !apart ? rc : sip_ice_begin_apart(call);
}

void sip_beside_share_port(struct sip_call *call, const struct sip_session *session)
{
	/* First those that are to carry others. */
	int rc = sip_beside_part(call, session);

	if (rc == 0)
		rc = let_carry(call, session, false);
	if (rc == 0)
		rc = let_carry(call, session, true);
	if (rc)
		rd_warning("sip/%s: its lines cannot share a port: %s", call->endpoint->name,
			   rd_strerror(rc));
}

/* What a line is without is said, and it is refused. */
static void leave_out(struct sip_call *call, struct sip_beside_line *line, int i, int rc)
{
	rd_warning("sip/%s: %s: %s", call->endpoint->name,
		   i < SIP_BESIDE_KINDS ? "sound only" : "one line of pictures less",
		   rd_strerror(rc));
	line->on = false;
}

/* The channel counts those that only show something. */
static bool is_next(const struct sip_call *call, int i)
{
	return i <= SIP_BESIDE_KINDS || call->beside[i - 1];
}

static int begin_transport(struct sip_call *call, const struct sip_session *session, int i)
{
	const struct sip_beside_line *line = &session->beside->lines[i];
	int rc;

	if (!has_transport(session, i))
		return 0;
	rc = sip_ice_begin_beside(call, i, line->config.rtcp_mux);
	return rc || !line->secure.dtls_offered ? rc : rd_stream_expect_dtls(call->beside[i]);
}

void sip_beside_open(struct sip_call *call, struct sip_session *session)
{
	for (int i = 0; i < sip_beside_count(session->beside); i++) {
		struct sip_beside_line *line = &session->beside->lines[i];
		int rc = 0;

		if (line->on && !call->beside[i])
			rc = is_next(call, i) ? open_for_channel(call, i) : -ENOBUFS;
		if (rc == 0)
			rc = begin_transport(call, session, i);
		if (rc)
			leave_out(call, line, i, rc);
	}
	sip_beside_share_port(call, session);
}

void sip_beside_prepare(struct sip_call *call)
{
	struct sip_media_policy policy;

	if (!sip_ice_has_agent(call) || !rd_ice_has_server())
		return;
	sip_call_policy(call, &policy);
	for (int i = 0; i < SIP_BESIDE_KINDS; i++)
		/* What fails here is said when it is missed. */
		if (sip_beside_wanted(&policy, i) && open_for_channel(call, i) == 0)
			(void)sip_ice_begin_beside(call, i, policy.rtcp_mux);
}

void sip_beside_configure(struct sip_call *call, const struct sip_session *session)
{
	static const struct rd_stream_config off = { .dtmf_payload = -1, .cn_payload = -1 };

	for (int i = 0; i < SIP_BESIDE; i++) {
		const struct rd_stream_config *config = &off;
		int rc;

		if (i < sip_beside_count(session->beside) && session->beside->lines[i].on)
			config = &session->beside->lines[i].config;
		if (!call->beside[i])
			continue;
		rc = sip_same_config(rd_stream_config(call->beside[i]), config)
			     ? 0
			     : rd_stream_configure(call->beside[i], config);
		if (rc)
			rd_warning("sip/%s: sound only: %s", call->endpoint->name,
				   rd_strerror(rc));
		else
			sip_ice_agreed(call, session, sip_beside_number(i));
	}
}

void sip_beside_local(const struct sip_call *call, bool hidden, struct sip_session_local *local)
{
	for (int i = 0; i < SIP_BESIDE; i++) {
		struct sockaddr_storage storage;
		union sip_sockaddr address;

		if (!call->beside[i])
			continue;
		rd_stream_local(call->beside[i], &storage);
		memcpy(&address, &storage, sizeof(address));
		if (hidden)
			sip_ice_public(call, sip_beside_number(i), &address,
				       &local->beside_rtcp_ports[i]);
		local->beside_ports[i] = sip_sockaddr_port(&address);
		local->ssrc[sip_beside_number(i)] = rd_stream_ssrc(call->beside[i]);
	}
}

int sip_beside_move(struct sip_call *call)
{
	for (int i = 0; i < SIP_BESIDE; i++) {
		struct rd_stream *moved;
		int rc;

		if (!call->beside[i])
			continue;
		rc = sip_open_beside(call, sip_beside_kind(i), &moved);
		if (rc)
			return rc;
		rc = rd_channel_replace_stream(call->channel, call->beside[i], moved);
		if (rc) {
			rd_stream_close(moved);
			return rc;
		}
		call->beside[i] = moved;
	}
	return 0;
}

int sip_beside_hand_over(struct sip_call *call)
{
	int rc = 0;

	for (int i = 0; rc == 0 && i < SIP_BESIDE; i++)
		if (call->beside[i])
			rc = rd_channel_take_stream(call->channel, call->beside[i]);
	return rc;
}

void sip_beside_forget(struct sip_call *call)
{
	memset(call->beside, 0, sizeof(call->beside));
	call->fax.stream = NULL;
}

void sip_beside_close(struct sip_call *call)
{
	for (int i = 0; i < SIP_BESIDE; i++) {
		if (call->beside[i])
			rd_stream_close(call->beside[i]);
	}
	for (int i = 0; i < SIP_BESIDE_KINDS; i++)
		rd_free(call->like[i]);
	if (call->fax.stream)
		rd_stream_close(call->fax.stream);
	sip_beside_forget(call);
}

/* ---- what it may agree on ---- */

void sip_beside_policy(const struct sip_call *call, struct sip_media_policy *policy)
{
	policy->bound = call->follows ? (1u << SIP_BESIDE_KINDS) - 1 : 0;
	policy->anew = call->anew;
	policy->more = sip_more_wanted(call);
	for (int i = 0; i < SIP_BESIDE_KINDS; i++)
		policy->like[i] = call->like[i];
}

void sip_beside_let_lead(const struct sip_call *call, struct sip_media_policy *policy)
{
	for (int i = 0; i < SIP_BESIDE_KINDS; i++)
		if (!call->like[i])
			policy->bound &= ~(1u << i);
}

static bool same_formats(const struct rd_stream_config *a, const struct rd_stream_config *b)
{
	if (!a || !b || a->format_count != b->format_count)
		return a == b;
	for (int i = 0; i < a->format_count; i++)
		if (a->formats[i].codec != b->formats[i].codec ||
		    strcmp(a->formats[i].fmtp, b->formats[i].fmtp) != 0)
			return false;
	return true;
}

/* True when it has changed. Without memory it is as before: no copy would mean that the
 * other leg has no such line. */
static bool follow_one(struct sip_call *call, int i, const struct rd_stream_config *like)
{
	struct rd_stream_config *copy;

	if (same_formats(call->like[i], like))
		return false;
	copy = like ? rd_malloc(sizeof(*copy)) : NULL;
	if (like && !copy) {
		rd_error("sip/%s: its pictures or text do not follow the other leg's: %s",
			 call->endpoint->name, rd_strerror(-ENOMEM));
		return false;
	}
	if (copy)
		*copy = *like;
	rd_free(call->like[i]);
	call->like[i] = copy;
	return true;
}

unsigned sip_beside_follow(struct sip_call *call, const struct rd_channel *other)
{
	unsigned changed = 0;

	for (int i = 0; i < SIP_BESIDE_KINDS; i++)
		if (follow_one(call, i, rd_channel_media(other, sip_beside_kind(i))))
			changed |= 1u << i;
	call->follows = true;
	return changed;
}

/* ---- when the other leg changes ---- */

/* Our answer to their first offer can still say so. */
static void answer_alike(struct sip_call *call, const struct sip_media_policy *policy)
{
	if (call->session.state != SIP_OFFER_THEIRS || call->session.printed)
		return;
	sip_beside_narrow(&call->session, policy);
	sip_beside_configure(call, &call->session);
}

/* Offer anew what is not alike. A line that was refused is not offered again
 * before there is another reason for it. */
static int offer_alike(struct sip_call *call, const struct sip_media_policy *policy,
		       unsigned changed)
{
	bool needed = false;

	for (int i = 0; i < SIP_BESIDE_KINDS; i++) {
		enum sip_beside_lack lack = sip_beside_lacks(&call->session, policy, i);

		if (lack == SIP_BESIDE_LINE && changed & 1u << i)
			call->anew |= 1u << i;
		needed |= lack == SIP_BESIDE_AGREEMENT;
	}
	if (!needed && !call->anew)
		return 0;
	call->modify.offers = true;
	sip_call_modify(call);
	return -EINPROGRESS;
}

int sip_match(struct rd_channel *ch, const struct rd_channel *other)
{
	struct sip_call *call = sip_call_of(ch);
	unsigned changed = sip_beside_follow(call, other);
	struct sip_media_policy policy;

	if (!call->stream)
		return 0;
	sip_fax_match(call, other);
	sip_call_policy(call, &policy);
	if (call->state == SIP_CALL_INCOMING)
		answer_alike(call, &policy);
	else if (call->state == SIP_CALL_UP)
		return offer_alike(call, &policy, changed);
	return 0;
}
