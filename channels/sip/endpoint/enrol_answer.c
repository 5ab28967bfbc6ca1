/* What came of a REGISTER of ours: kept fresh, tried again after faults that pass, and
 * left alone where the registrar has said no. */
#include <ringdown/clock.h>
#include <ringdown/log.h>

#include "channels/sip/endpoint/enrol_private.h"

#define EARLY_S       32 /* a transaction's time: RFC 5627 §4.2 */
#define EXPIRES_MAX_S 86400u
#define BASE_MS       30000 /* RFC 5626 §4.5 */
#define WAIT_MAX_MS   1800000

/* ---- later ---- */

/* Between half of the time and all of it, so that those who failed together do not
 * come back together. */
static int wait_ms(unsigned failures)
{
	int most = RD_MIN(BASE_MS << RD_MIN(failures, 6u), WAIT_MAX_MS);
	uint32_t random;

	rd_random(&random, sizeof(random));
	return most / 2 + (int)(random % (uint32_t)(most / 2 + 1));
}

void enrol_retry_later(struct enrolment *enrolment, int least_s)
{
	int ms;

	if (!enrolment->failures++)
		rd_warning("sip/%s: registering failed (%u), tried again",
			   enrolment->endpoint->name, enrolment->status);
	ms = wait_ms(enrolment->failures);
	if (least_s > 0)
		ms = RD_MAX(ms, RD_MIN(least_s, (int)EXPIRES_MAX_S) * 1000);
	enrolment->state = ENROL_WAITS;
	rd_timer_start(&enrolment->timer, ms);
}

/* ---- for how long ---- */

static bool is_ours(const struct enrolment *enrolment, struct rd_str uri_text)
{
	struct sip_uri uri, ours;

	return sip_uri_parse(&uri, uri_text, NULL) == 0 &&
	       sip_uri_parse(&ours, rd_str_of(enrolment->contact), NULL) == 0 &&
	       sip_uri_equal(&uri, &ours);
}

/* What the registrar says of our Contact among all that it has, else of all. */
static uint32_t granted_s(const struct enrolment *enrolment, const struct sip_msg *msg)
{
	struct sip_walk walk = { .msg = msg, .id = SIP_H_CONTACT };
	uint32_t seconds = enrolment->expires_s, said;
	struct sip_name_addr addr;
	struct rd_str text;

	if (sip_msg_number(msg, SIP_H_EXPIRES, &said) == 0)
		seconds = said;
	while (sip_walk_name_addr(&walk, &addr) == 1)
		if (is_ours(enrolment, addr.uri) &&
		    sip_param_get(addr.params, RD_STR("expires"), &text) &&
		    sip_number_parse(&said, text) == 0)
			seconds = said;
	return RD_MIN(seconds, EXPIRES_MAX_S);
}

static void registered(struct enrolment *enrolment, const struct sip_msg *msg)
{
	uint32_t seconds = granted_s(enrolment, msg);
	uint32_t early = RD_MIN(RD_MAX(seconds / 10, (uint32_t)EARLY_S), seconds / 2);

	if (!seconds) {
		enrol_retry_later(enrolment, 0);
		return;
	}
	if (enrolment->state != ENROL_REGISTERED)
		rd_notice("sip/%s: registered for %u s", enrolment->endpoint->name, seconds);
	enrolment->state = ENROL_REGISTERED;
	enrolment->failures = 0;
	enrolment->until_ms = rd_now_ms() + seconds * 1000ull;
	rd_timer_start(&enrolment->timer, (int)(seconds - early) * 1000);
}

/* ---- refused ---- */

/* The registrar's own no: it would be the same the next time. */
static bool is_final(unsigned status)
{
	return status == 401 || status == 403 || status == 404 || status == 405 || status == 407 ||
	       status == 410 || status == 420 || status == 501 || status >= 600;
}

static bool wants_longer(struct enrolment *enrolment, const struct sip_msg *msg)
{
	uint32_t least;

	if (msg->status != 423 || sip_msg_number(msg, SIP_H_MIN_EXPIRES, &least) ||
	    least <= enrolment->expires_s || least > EXPIRES_MAX_S)
		return false;
	enrolment->expires_s = least;
	rd_timer_start(&enrolment->timer, 0);
	return true;
}

static void refused(struct enrolment *enrolment, const struct sip_msg *msg)
{
	if (is_final(msg->status)) {
		enrolment->state = ENROL_REFUSED;
		rd_warning("sip/%s: registering was refused (%u), not tried again before a "
			   "reload",
			   enrolment->endpoint->name, msg->status);
	} else if (!wants_longer(enrolment, msg)) {
		enrol_retry_later(enrolment, sip_retry_after(msg));
	}
}

/* ---- the request's end ---- */

/* What was out belongs to the past: the next one follows at once, or nothing. True:
 * it is dealt with. */
static bool is_past(struct enrolment *enrolment)
{
	if (enrolment->again) {
		if (enrol_send(enrolment) == 0)
			return true;
		enrolment->again = false;
	}
	if (enrolment->leaves)
		enrol_end(enrolment);
	return enrolment->leaves;
}

void enrol_response(void *arg, const struct sip_msg *msg, const struct sip_flow *flow)
{
	struct enrolment *enrolment = arg;

	(void)flow;
	if (msg->status < 200)
		return;
	enrolment->request = NULL;
	enrolment->cseq = msg->cseq.number; /* challenges were answered meanwhile */
	enrolment->status = msg->status;
	if (is_past(enrolment))
		return;
	if (msg->status < 300)
		registered(enrolment, msg);
	else
		refused(enrolment, msg);
}

void enrol_failed(void *arg, int rc)
{
	struct enrolment *enrolment = arg;

	(void)rc;
	enrolment->request = NULL;
	enrolment->cseq += SIP_RETRIES_MAX; /* likewise, perhaps */
	enrolment->status = 0;
	if (!is_past(enrolment))
		enrol_retry_later(enrolment, 0);
}
