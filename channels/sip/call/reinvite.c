/* A new offer of the far end in a running call, by INVITE or UPDATE: hold and
 * resume, other codecs, another address. Glare and order as RFC 3261 §14.2 and
 * RFC 3311 §5.2. */
#include "channels/sip/call/answer.h"
#include "channels/sip/call/fax.h"
#include "channels/sip/call/indialog.h"
#include "channels/sip/call/media.h"
#include "channels/sip/call/session_timer.h"

static unsigned glare_of(const struct sip_session *session)
{
	if (session->state == SIP_OFFER_OURS)
		return 491;
	return session->state == SIP_OFFER_THEIRS ? 500 : 0;
}

/* May a re-INVITE come now? RFC 6337 §4.3 and RFC 5407 §3.1.5. */
static unsigned refusal_of(const struct sip_call *call)
{
	if (call->invite && sip_server_status(call->invite) < 200)
		return 500; /* the one before has no answer yet */
	if (call->ack.awaited || (sip_call_modifying(call) && call->modify.is_invite))
		return 491;
	return glare_of(&call->session);
}

void sip_offer_refuse(struct sip_server *server, struct sip_refusal refusal)
{
	struct sip_out *out = sip_answer_begin(server, refusal.status);
	unsigned char random;

	if (refusal.warning)
		sip_out_header(out, SIP_H_WARNING, rd_str_of(refusal.warning));
	if (refusal.status == 415)
		sip_print_accept(out);
	if (refusal.status == 500) {
		rd_random(&random, 1);
		sip_out_header_number(out, SIP_H_RETRY_AFTER, random % 11);
	}
	sip_reply_send(server, out);
}

const char *sip_offer_trouble(int rc)
{
	switch (rc) {
	case -ENOENT:
		return "there is no description in it";
	case -EINVAL:
		return "a header of it or its description cannot be understood, or does not fit "
		       "what was offered";
	case -EPROTO:
		return "what it holds is no session description";
	case -ENOTSUP:
		return "it has no codec in common with us";
	case -EPROTONOSUPPORT:
		return "it is not encrypted as it has to be";
	case -EPFNOSUPPORT:
		return "its sound is at an address of a kind that we do not send to";
	case -EDESTADDRREQ:
		return "its sound is at the address of a group";
	case -E2BIG:
		return "it has more media lines than we remember";
	case -EADDRNOTAVAIL:
		return "no port is left for its sound";
	default:
		return rd_strerror(rc);
	}
}

struct sip_refusal sip_offer_refusal(int rc)
{
	switch (rc) {
	case 0:
	case -ENOENT:
		return (struct sip_refusal){ 0 };
	case -EPROTO:
		return (struct sip_refusal){ .status = 415 };
	case -ENOMEM:
		return (struct sip_refusal){ .status = 500 };
	case -ENOTSUP:
		return (struct sip_refusal){ 488, SIP_CODEC_WARNING };
	case -EPROTONOSUPPORT:
		return (struct sip_refusal){ 488, SIP_SECURITY_WARNING };
	case -EPFNOSUPPORT:
		return (struct sip_refusal){ 488, SIP_FAMILY_WARNING };
	case -EDESTADDRREQ:
		return (struct sip_refusal){ 488, SIP_GROUP_WARNING };
	case -E2BIG:
		return (struct sip_refusal){ 488, SIP_LINES_WARNING };
	default:
		return (struct sip_refusal){ 488, SIP_OFFER_WARNING };
	}
}

struct sip_refusal sip_offer_read(struct sdp **offer, const struct sip_session *session,
				  const struct sip_msg *msg)
{
	int rc = sip_call_read_sdp(offer, msg);

	if (rc)
		*offer = NULL;
	return rc ? sip_offer_refusal(rc)
		  : (struct sip_refusal){ .status = glare_of(session) };
}

static struct sip_refusal take_offer(struct sip_call *call, const struct sip_msg *msg,
				     bool *offered)
{
	struct sdp *offer;
	struct sip_refusal refusal = sip_offer_read(&offer, &call->session, msg);
	int rc;

	*offered = offer;
	if (refusal.status || !offer)
		return refusal;
	rc = sip_call_take_offer(call, offer);
	sip_call_explain_offer(call, rc);
	return sip_offer_refusal(rc);
}

static void tell(struct sip_call *call, const struct sip_msg *msg)
{
	sip_call_note_peer(call, msg);
	sip_call_note_hold(call);
	sip_call_post(call, RD_SIGNAL_STREAMS, 0);
	sip_fax_settle(call);
}

static void invite_ended(void *arg, struct sip_server *server, int rc)
{
	struct sip_call *call = arg;

	(void)rc;
	if (call->invite == server)
		call->invite = NULL;
	sip_call_settle(call);
}

static const struct sip_server_user invite_user = { .ended = invite_ended };

/* With our description where theirs came. */
int sip_call_accept_update(struct sip_call *call, struct sip_server *server,
			   struct sip_session *session,
			   const struct rd_stream_config *config)
{
	struct sip_out *out = sip_answer_begin(server, 200);
	struct sip_session_terms terms;
	int rc = 0;

	sip_call_print_contact(call, out, sip_server_flow(server));
	sip_call_print_abilities(call, out, SIP_UPDATE);
	sip_call_print_party(call, out, sip_server_flow(server));
	terms = sip_expiry_grant(call, out, sip_server_request(server));
	if (session)
		rc = sip_call_print_session(call, session, config, out);
	if (rc == 0)
		rc = sip_reply_send(server, out);
	if (rc)
		return rc;
	sip_expiry_agree(call, &terms);
	if (session)
		sip_session_answered(session);
	return 0;
}

struct sip_refusal sip_call_take_whole(
	struct sip_call *call, struct sip_server *server, const struct sip_msg *msg,
	struct sip_refusal (*take)(struct sip_call *call, const struct sip_msg *msg, bool *offered),
	int (*accept)(struct sip_call *call, struct sip_server *server, bool offered))
{
	struct sip_refusal refusal = { .status = 500 };
	struct sip_agreement before;
	bool offered;

	if (sip_call_keep(call, &before))
		return refusal;
	refusal = take(call, msg, &offered);
	if (!refusal.status && accept(call, server, offered))
		refusal.status = 500;
	if (refusal.status)
		sip_call_restore_take(call, &before);
	else
		sip_agreement_drop(&before);
	return refusal;
}

static int accept_reinvite(struct sip_call *call, struct sip_server *server, bool offered)
{
	int rc;

	if (call->invite)
		sip_server_forget(call->invite);
	call->invite = server;
	sip_server_listen(server, &invite_user, call);
	rc = sip_call_accept(call, !offered);
	if (rc && call->invite == server) {
		call->invite = NULL;
		sip_server_forget(server);
	}
	return rc;
}

static int accept_update(struct sip_call *call, struct sip_server *server, bool offered)
{
	return sip_call_accept_update(call, server, offered ? &call->session : NULL,
				      rd_stream_config(call->stream));
}

typedef int accept_fn(struct sip_call *call, struct sip_server *server, bool offered);

static bool take_request(struct sip_call *call, struct sip_server *server,
			 const struct sip_msg *msg, accept_fn *accept)
{
	struct sip_refusal refusal = sip_call_take_whole(call, server, msg, take_offer, accept);

	if (refusal.status) {
		sip_fax_kept(call);
		sip_offer_refuse(server, refusal);
		return false;
	}
	sip_dialog_refresh(call->dialog, msg);
	tell(call, msg);
	return true;
}

/* glare: why it cannot be looked at now; 0: it can. */
static void request_received(struct sip_call *call, struct sip_server *server,
			     const struct sip_msg *msg, unsigned glare, accept_fn *accept)
{
	unsigned status = sip_expiry_refusal(call->endpoint, msg);

	if (status)
		sip_expiry_refuse(server, call->endpoint, status);
	else if (glare)
		sip_offer_refuse_plainly(server, glare);
	else if (!sip_fax_asked(call, server, msg, accept == accept_reinvite))
		take_request(call, server, msg, accept);
}

bool sip_call_reinvite_again(struct sip_call *call, struct sip_server *server)
{
	/* With the answer the transaction forgets it. */
	const struct sip_msg *msg = sip_server_request(server);
	void *copy = rd_malloc(sip_msg_copy_size(msg));
	bool taken;

	if (!copy) {
		sip_fax_kept(call);
		sip_offer_refuse_plainly(server, 500);
		return false;
	}
	taken = take_request(call, server, sip_msg_copy_to(copy, msg), accept_reinvite);
	rd_free(copy);
	return taken;
}

void sip_call_reinvited(struct sip_call *call, struct sip_server *server,
			const struct sip_msg *msg)
{
	request_received(call, server, msg, refusal_of(call), accept_reinvite);
}

/* Also before the call is answered (RFC 3311 §5.2). */
void sip_call_updated(struct sip_call *call, struct sip_server *server,
		      const struct sip_msg *msg)
{
	request_received(call, server, msg, 0, accept_update);
}
