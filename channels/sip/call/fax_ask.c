/* A far end that wants to send a fax by T.38 offers that by a re-INVITE, and offers sound
 * when it has done. Only the other leg's far end knows whether it can: it is offered the
 * same, and the first re-INVITE waits for what it says. One that says no leaves both as
 * they were, so a fax machine goes on with the tones that it began with. */
#include <ringdown/log.h>

#include "channels/sip/call/answer.h"
#include "channels/sip/call/fax.h"
#include "channels/sip/call/indialog.h"
#include "channels/sip/call/media.h"

enum { PATIENCE_MS = 10000 }; /* with the other far end, glare included */

/* ---- who may ---- */

static bool is_on(const struct sip_call *call)
{
	return call->session.fax;
}

static bool is_busy(const struct sip_call *call)
{
	return call->fax.asks || call->fax.asker;
}

static struct sip_call *other_of(const struct sip_call *call)
{
	return call->channel ? sip_call_of_leg(rd_channel_talks_to(call->channel)) : NULL;
}

/* Faxes go in clear, and by no way of ICE's: a call that is better than that stays so. */
static bool may_fax(const struct sip_call *call)
{
	const struct rd_stream_config *sound;

	if (call->state != SIP_CALL_UP || !call->endpoint->t38 || !call->stream)
		return false;
	sound = rd_stream_config(call->stream);
	return sound->security.by == RD_SECURITY_NONE && !sound->ice;
}

/* Would this offer make a fax of it, or end one? */
static bool changes(const struct sip_call *call, const struct sdp *offer)
{
	if (!call->fax.wanted)
		return sip_fax_offered(offer);
	return !sip_fax_offered(offer) && sdp_sound(offer);
}

/* What the far end of this leg is told, of what the other one's says. */
static void tell(struct sip_call *call, const struct sip_call *other, const struct sdp_t38 *said)
{
	call->fax.told = *said;
	if (call->endpoint->t38_ec != SDP_T38_EC_UNSAID)
		call->fax.told.ec = (uint8_t)call->endpoint->t38_ec;
	if (other->endpoint->t38_max_datagram)
		call->fax.told.max_datagram = (uint16_t)other->endpoint->t38_max_datagram;
}

/* ---- the one that asks ---- */

/* Nobody waits any more; the INVITE that waited, NULL: it has gone. */
static struct sip_server *release(struct sip_call *call)
{
	struct sip_server *server = call->invite;

	rd_timer_stop(&call->fax.patience);
	call->fax.asks->fax.asker = NULL;
	call->fax.asks = NULL;
	call->invite = NULL;
	if (!server)
		return NULL;
	sip_server_forget(server);
	return sip_server_status(server) < 200 ? server : NULL;
}

/* An answer is of no use any more: whoever says yes yet goes back. */
static void give_up(struct sip_call *call)
{
	call->fax.asks->fax.wanted = !call->fax.asks->fax.wanted;
}

/* What was put off meanwhile. */
static void go_on(struct sip_call *call)
{
	if (call->modify.wanted)
		sip_call_modify(call);
}

static void grant(struct sip_call *call, struct sip_call *other)
{
	struct sip_server *server = release(call);
	bool before = call->fax.wanted;

	if (!server)
		return;
	call->fax.wanted = is_on(other);
	if (call->fax.wanted)
		tell(call, other, &other->session.fax->theirs);
	if (sip_call_reinvite_again(call, server))
		return;
	/* Then the other leg goes back, too. */
	call->fax.wanted = other->fax.wanted = before;
	sip_fax_settle(other);
	go_on(call);
}

/* Sound that was offered beside is had all the same. */
static void refuse(struct sip_call *call)
{
	struct sip_server *server = release(call);

	if (!server)
		return;
	if (call->fax.wanted)
		sip_offer_refuse(server, sip_offer_refusal(-ENOTSUP));
	else if (sip_call_reinvite_again(call, server))
		return;
	go_on(call);
}

static void lost_patience(void *arg)
{
	struct sip_call *call = arg;

	rd_notice("sip/%s: its re-INVITE is refused: the other end of the call does not answer "
		  "whether it can have T.38",
		  call->endpoint->name);
	give_up(call);
	refuse(call);
}

static void cancelled(void *arg, struct sip_server *server, const struct sip_msg *cancel)
{
	struct sip_call *call = arg;

	(void)cancel;
	give_up(call);
	release(call);
	sip_reply(server, 487, (struct rd_str){ 0 });
	go_on(call);
}

static void ended(void *arg, struct sip_server *server, int rc)
{
	struct sip_call *call = arg;

	(void)server;
	(void)rc;
	give_up(call);
	release(call);
	sip_call_settle(call);
}

static const struct sip_server_user waiting_user = { .cancelled = cancelled, .ended = ended };

static void ask(struct sip_call *call, struct sip_server *server, struct sip_call *other,
		const struct sdp *offer)
{
	const struct sdp_media *media = sip_fax_offered(offer);
	struct sdp_t38 said;

	call->invite = server;
	sip_server_listen(server, &waiting_user, call);
	call->fax.asks = other;
	other->fax.asker = call;
	rd_timer_start(&call->fax.patience, PATIENCE_MS);
	other->fax.wanted = !call->fax.wanted;
	if (other->fax.wanted) {
		sdp_t38_read(&said, media);
		tell(other, call, &said);
	}
	other->modify.offers = true;
	sip_call_modify(other);
}

bool sip_fax_asked(struct sip_call *call, struct sip_server *server, const struct sip_msg *msg,
		   bool may_wait)
{
	struct sip_call *other;
	struct sdp *offer;

	if (!call->endpoint->t38 || sip_call_read_sdp(&offer, msg) || !changes(call, offer))
		return false;
	other = other_of(call);
	if (!other || !may_fax(call) || !may_fax(other) ||
	    (call->fax.wanted && !is_on(other) && !is_busy(other))) {
		call->fax.wanted = false;
		return false;
	}
	if (is_busy(call) || is_busy(other))
		sip_offer_refuse_plainly(server, 491);
	else if (!may_wait)
		sip_offer_refuse_plainly(server, 504);
	else
		ask(call, server, other, offer);
	return true;
}

/* ---- the one that is asked ---- */

/* After glare its own offer has said all that ours was to say again, and our answer to it
 * whom it talks to. */
static void forget_ours(struct sip_call *call)
{
	if (!call->modify.offers)
		return;
	call->modify.offers = call->modify.wanted = false;
	rd_timer_stop(&call->modify.retry);
}

void sip_fax_settle(struct sip_call *call)
{
	struct sip_call *asker = call->fax.asker;

	/* An UPDATE may come while our offer is out, and agrees on nothing. */
	if (call->session.state != SIP_OFFER_AGREED)
		return;
	if (is_on(call) != call->fax.wanted) {
		call->modify.offers = true;
		sip_call_modify(call);
	} else if (asker) {
		forget_ours(call);
		grant(asker, call);
	}
}

void sip_fax_refused(struct sip_call *call)
{
	struct sip_call *asker = call->fax.asker;

	call->fax.wanted = asker ? asker->fax.wanted : is_on(call);
	if (asker)
		refuse(asker);
}

void sip_fax_kept(struct sip_call *call)
{
	if (!call->fax.asker)
		call->fax.wanted = is_on(call);
}

void sip_fax_match(struct sip_call *call, const struct rd_channel *channel)
{
	const struct sip_call *other = sip_call_of_leg(channel);

	if (!is_on(call) || !call->fax.wanted || is_busy(call) || (other && is_on(other)))
		return;
	call->fax.wanted = false;
	call->modify.offers = true;
	sip_call_modify(call);
}

void sip_fax_part(struct sip_call *call)
{
	struct sip_server *server = NULL;

	if (call->fax.asks) {
		give_up(call);
		server = release(call);
	}
	if (server)
		sip_reply(server, 487, (struct rd_str){ 0 });
	if (call->fax.asker)
		refuse(call->fax.asker);
}

void sip_fax_init(struct sip_call *call)
{
	rd_timer_init(&call->fax.patience, lost_patience, call);
}
