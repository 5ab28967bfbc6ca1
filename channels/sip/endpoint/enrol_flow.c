/* The flow that a registration went by (RFC 5626 §4.4, §4.5): shown to be alive, asked
 * for signs of life, given up when there are none. */
#include <string.h>

#include <ringdown/clock.h>
#include <ringdown/log.h>

#include "channels/sip/endpoint/enrol.h"
#include "channels/sip/endpoint/enrol_private.h"

/* RFC 8489 §6.2.1 */
#define RTO_MS       500
#define ASKED_MAX    7
#define LAST_WAIT_MS (16 * RTO_MS)

/* Where calls fail one after the other, the registrar is not asked after each. */
#define DOUBT_MS 30000

static struct enrolment *enrolment_of(struct enrol_flow *flow)
{
	return (struct enrolment *)((char *)flow - offsetof(struct enrolment, flow));
}

/* ---- when ---- */

static int between(int least_ms, int most_ms)
{
	uint32_t random;

	rd_random(&random, sizeof(random));
	return least_ms + (int)(random % (uint32_t)(most_ms - least_ms + 1));
}

/* Until the next sign of life: as the registrar says, else as the RFC does. */
static int interval_ms(const struct enrol_flow *flow)
{
	int most_ms = (int)RD_MIN(flow->timer_s, ENROL_EXPIRES_MAX_S) * 1000;

	if (!flow->stands)
		return flow->way.transport->keepalive_ms;
	if (most_ms)
		return between(most_ms / 5 * 4, most_ms);
	return flow->way.transport->reliable ? between(95000, 120000) : between(24000, 29000);
}

/* ---- signs of life ---- */

static void ask(struct enrol_flow *flow)
{
	if (!flow->asked)
		rd_random(flow->id, sizeof(flow->id));
	sip_flow_ping(&flow->way, flow->id); /* one that is not sent is one that is lost */
	flow->asked++;
	rd_timer_start(&flow->timer,
		       flow->asked < ASKED_MAX ? RTO_MS << (flow->asked - 1) : LAST_WAIT_MS);
}

static void due(void *arg)
{
	struct enrol_flow *flow = arg;

	if (!flow->stands) {
		sip_flow_keep_alive(&flow->way);
		rd_timer_start(&flow->timer, interval_ms(flow));
	} else if (flow->way.transport->reliable) {
		sip_flow_ping(&flow->way, NULL); /* a loss is told */
		rd_timer_start(&flow->timer, interval_ms(flow));
	} else if (flow->asked == ASKED_MAX) {
		enrol_flow_failed(enrolment_of(flow));
	} else {
		ask(flow);
	}
}

static void prove(struct enrolment *enrolment)
{
	enrolment->flow.proven = true;
	enrolment->failures = 0;
}

/* A NAT that has forgotten us, or another one: nobody reaches us any more. */
static bool has_moved(struct enrol_flow *flow, const union sip_sockaddr *mapped)
{
	union sip_sockaddr former = flow->mapped;

	if (!mapped->sa.sa_family)
		return false;
	flow->mapped = *mapped;
	return former.sa.sa_family && !sip_sockaddr_equal(&former, mapped);
}

static bool is_reply(const struct enrol_flow *flow, const struct sip_flow *way,
		     const struct sip_stun_reply *reply)
{
	return flow->asked && sip_sockaddr_equal(&flow->way.peer, &way->peer) &&
	       memcmp(flow->id, reply->id, sizeof(reply->id)) == 0;
}

static void replied(struct enrolment *enrolment, const struct sip_stun_reply *reply)
{
	struct enrol_flow *flow = &enrolment->flow;

	if (reply->refused || has_moved(flow, &reply->mapped)) {
		enrol_flow_failed(enrolment);
		return;
	}
	flow->asked = 0;
	prove(enrolment);
	rd_timer_start(&flow->timer, interval_ms(flow));
}

static void answered(void *arg, const struct sip_flow *way, const struct sip_stun_reply *reply)
{
	(void)arg;
	rd_list_foreach(node, tmp, enrol_all()) {
		struct enrolment *enrolment = enrol_of(node);
		struct enrol_flow *flow = &enrolment->flow;

		if (!flow->stands || enrolment->leaves ||
		    !sip_flow_same_connection(&flow->way, way))
			continue;
		if (!reply)
			prove(enrolment);
		else if (is_reply(flow, way, reply))
			replied(enrolment, reply);
	}
}

/* ---- the flow's life ---- */

/* Where our request has come from, says its answer (RFC 3581 §4). Family 0: it does not. */
static union sip_sockaddr seen_at(const struct sip_flow *way, const struct sip_msg *msg)
{
	const union sip_sockaddr *us = sip_flow_sent_by(way);
	union sip_sockaddr seen;
	uint16_t port = msg->via.rport ? msg->via.rport : sip_sockaddr_port(us);

	if (sip_sockaddr_parse(&seen, msg->via.received, port))
		memset(&seen, 0, sizeof(seen));
	return seen;
}

static bool is_behind_nat(const struct sip_flow *way, const struct sip_msg *msg)
{
	union sip_sockaddr seen = seen_at(way, msg);

	return !way->transport->reliable && way->transport->keepalive_ms > 0 &&
	       seen.sa.sa_family && !sip_sockaddr_equal(&seen, sip_flow_sent_by(way));
}

void enrol_flow_init(struct enrolment *enrolment)
{
	rd_timer_init(&enrolment->flow.timer, due, &enrolment->flow);
}

void enrol_flow_drop(struct enrolment *enrolment)
{
	struct enrol_flow *flow = &enrolment->flow;

	rd_timer_stop(&flow->timer);
	flow->stands = flow->proven = false;
	flow->asked = 0;
	memset(&flow->mapped, 0, sizeof(flow->mapped));
}

void enrol_flow_use(struct enrolment *enrolment, const struct sip_flow *way,
		    const struct sip_msg *msg)
{
	struct enrol_flow *flow = &enrolment->flow;
	bool stands = sip_msg_lists(msg, SIP_H_REQUIRE, RD_STR("outbound"));

	if (!stands) /* one that stands is the one that it stood by: nothing went by another */
		enrol_flow_drop(enrolment);
	flow->way = *way;
	flow->seen = seen_at(way, msg);
	if (sip_sockaddr_equal(&flow->seen, &flow->elsewhere)) /* it was right */
		memset(&flow->elsewhere, 0, sizeof(flow->elsewhere));
	flow->stands = stands;
	if (sip_msg_number(msg, SIP_H_FLOW_TIMER, &flow->timer_s))
		flow->timer_s = 0;
	if (flow->stands || is_behind_nat(way, msg))
		rd_timer_start(&flow->timer, flow->asked ? RTO_MS : interval_ms(flow));
}

/* One that has served is replaced at once, one that never did when its time comes. A
 * REGISTER that is out has its answer first (RFC 3261 §10.2). */
void enrol_flow_failed(struct enrolment *enrolment)
{
	bool proven = enrolment->flow.proven;

	enrol_flow_drop(enrolment);
	if (enrolment->request) {
		enrolment->again |= proven;
		return;
	}
	enrol_forget_redirection(enrolment);
	if (!proven) {
		enrol_retry_later(enrolment, 0);
		return;
	}
	rd_notice("sip/%s: the flow that it was registered by has failed",
		  enrolment->endpoint->name);
	enrolment->state = ENROL_WAITS;
	rd_timer_start(&enrolment->timer, 0);
	enrol_tell(enrolment, "Failed");
}

/* When the registrar may be asked again; not after each failure. */
static int doubt_ms(const struct enrolment *enrolment)
{
	uint64_t now = rd_now_ms(),
		 at = RD_MIN(enrolment->renewed_ms + DOUBT_MS, enrolment->renewal_ms);

	return at > now ? (int)(at - now) : 0;
}

/* Calls would go where a NAT passes them on to us no more. */
static void look_where(struct enrolment *enrolment, const struct sip_flow *way,
		       const struct sip_msg *msg)
{
	struct enrol_flow *flow = &enrolment->flow;
	union sip_sockaddr seen = seen_at(way, msg);
	char text[SIP_SOCKADDR_TEXT];

	/* One that always says so to what is no REGISTER is asked once. */
	if (way->transport->reliable || enrolment->state != ENROL_REGISTERED ||
	    enrolment->request || enrolment->leaves || !flow->seen.sa.sa_family ||
	    !seen.sa.sa_family || sip_sockaddr_equal(&flow->seen, &seen) ||
	    sip_sockaddr_equal(&flow->elsewhere, &seen) ||
	    !sip_flow_same_connection(&flow->way, way) ||
	    !sip_sockaddr_equal(&flow->way.peer, &way->peer))
		return;
	rd_notice("sip/%s: it sees us at %s now: we register again", enrolment->endpoint->name,
		  sip_sockaddr_text(&seen, text));
	flow->elsewhere = seen;
	rd_timer_start(&enrolment->timer, doubt_ms(enrolment));
}

static bool is_with(const struct enrolment *enrolment, const struct sip_endpoint *endpoint)
{
	return strcmp(enrolment->endpoint->name, endpoint->name) == 0;
}

void sip_enrolled_seen(const struct sip_endpoint *endpoint, const struct sip_flow *flow,
		       const struct sip_msg *msg)
{
	rd_list_foreach(node, tmp, enrol_all())
		if (is_with(enrol_of(node), endpoint))
			look_where(enrol_of(node), flow, msg);
}

static void renew(struct enrolment *enrolment)
{
	if (enrolment->state == ENROL_REGISTERED && !enrolment->request && !enrolment->leaves)
		rd_timer_start(&enrolment->timer, doubt_ms(enrolment));
}

void sip_enrolled_doubt(const struct sip_endpoint *endpoint)
{
	rd_list_foreach(node, tmp, enrol_all())
		if (enrol_is_of(enrol_of(node), endpoint->name))
			renew(enrol_of(node));
}

static bool waits_in_vain(const struct enrolment *enrolment)
{
	return enrolment->state == ENROL_WAITS && !enrolment->status && !enrolment->request &&
	       !enrolment->leaves;
}

void sip_enrolled_back(const struct sip_endpoint *endpoint, bool missed)
{
	rd_list_foreach(node, tmp, enrol_all()) {
		struct enrolment *enrolment = enrol_of(node);

		if (!enrol_is_of(enrolment, endpoint->name) || !waits_in_vain(enrolment) ||
		    (enrolment->hastened && !missed))
			continue;
		enrolment->hastened = true;
		rd_timer_start(&enrolment->timer, 0);
	}
}

void enrol_flow_doubt(struct enrolment *enrolment)
{
	if (enrolment->doubted)
		return;
	rd_notice("sip/%s: a request failed by flow %u, by which it is registered",
		  enrolment->endpoint->name, enrolment->reg_id);
	enrolment->doubted = true;
	renew(enrolment);
}

/* Whom the registrar calls over it would not be reached, and it may have died. Without
 * RFC 5626 it may be its habit to close what is idle. */
static void lost(void *arg, const struct sip_flow *way, int rc)
{
	(void)arg, (void)rc;
	rd_list_foreach(node, tmp, enrol_all()) {
		struct enrolment *enrolment = enrol_of(node);

		if (!sip_flow_same_connection(&enrolment->flow.way, way))
			continue;
		if (enrolment->state != ENROL_REGISTERED || enrolment->request)
			enrol_flow_drop(enrolment); /* what is out or due sees to it */
		else if (enrolment->flow.stands)
			enrol_flow_failed(enrolment);
		else
			renew(enrolment);
	}
}

static struct sip_flow_watcher watcher = { .link = RD_LIST_INIT(watcher.link),
					   .lost = lost,
					   .answered = answered };

void sip_enrolments_watch(struct sip_transports *transports)
{
	sip_transports_watch(transports, &watcher);
}

void sip_enrolments_unwatch(void)
{
	sip_flow_watcher_remove(&watcher);
}
