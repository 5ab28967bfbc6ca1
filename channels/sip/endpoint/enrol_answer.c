/* What came of a REGISTER of ours: kept fresh, tried again after faults that pass, and
 * left alone where the registrar has said no. */
#include <ringdown/clock.h>
#include <ringdown/log.h>
#include <ringdown/str.h>

#include "channels/sip/endpoint/enrol_private.h"

#define REDIRECTIONS_MAX 5
#define EARLY_S 32 /* a transaction's time: RFC 5627 §4.2 */

/* RFC 5626 §4.5; when another flow stands there is no hurry */
#define BASE_MS       30000
#define BASE_OTHER_MS 90000
#define WAIT_MAX_MS   1800000

/* ---- later ---- */

/* Between half of the time and all of it, so that those who failed together do not
 * come back together. */
static int random_wait_ms(const struct enrolment *enrolment)
{
	int base = enrol_has_other_flow(enrolment) ? BASE_OTHER_MS : BASE_MS;
	int most = RD_MIN(base << RD_MIN(enrolment->failures, 6u), WAIT_MAX_MS);
	uint32_t random;

	rd_random(&random, sizeof(random));
	return most / 2 + (int)(random % (uint32_t)(most / 2 + 1));
}

static void leave_alone(struct enrolment *enrolment)
{
	enrolment->state = ENROL_REFUSED;
	enrol_flow_drop(enrolment);
	enrol_forget_redirection(enrolment);
	enrol_tell(enrolment, "Refused");
}

static bool has_tried_enough(const struct enrolment *enrolment)
{
	int most = enrolment->endpoint->register_retries;

	return most >= 0 && enrolment->failures >= (unsigned)most;
}

static void wait(struct enrolment *enrolment, int ms)
{
	enrolment->state = ENROL_WAITS;
	rd_timer_start(&enrolment->timer, ms);
	enrol_tell(enrolment, "Failed");
}

void enrol_retry_later(struct enrolment *enrolment, int least_s)
{
	int ms;

	if (has_tried_enough(enrolment)) {
		rd_warning("sip/%s: registering failed %u times, not tried again before a reload",
			   enrolment->endpoint->name, enrolment->failures + 1);
		leave_alone(enrolment);
		return;
	}
	if (!enrolment->failures++)
		rd_warning("sip/%s: registering failed (%u), tried again",
			   enrolment->endpoint->name, enrolment->status);
	enrol_forget_redirection(enrolment);
	ms = enrolment->endpoint->register_retry_ms;
	if (!ms)
		ms = random_wait_ms(enrolment);
	if (least_s > 0)
		ms = RD_MAX(ms, least_s * 1000);
	wait(enrolment, ms);
}

void enrol_forget_redirection(struct enrolment *enrolment)
{
	rd_free(enrolment->redirected_to);
	enrolment->redirected_to = NULL;
	enrolment->redirections = 0;
}

void enrol_unreached(struct enrolment *enrolment, int rc)
{
	if (rc == -EPROTONOSUPPORT && !enrolment->failures)
		rd_warning("sip/%s: no transport of ours leads to its registrar%s",
			   enrolment->endpoint->name,
			   enrolment->endpoint->register_secure ? ": one with TLS is wanted" : "");
	if (enrolment->flow.stands)
		enrol_flow_failed(enrolment);
	else
		enrol_retry_later(enrolment, 0);
}

/* ---- registered ---- */

/* What knows flows puts the next one in its place. */
static void note_binding(struct enrolment *enrolment)
{
	rd_strcpy(enrolment->bound, sizeof(enrolment->bound),
		  enrolment->flow.stands ? "" : enrolment->contact);
}

static void registered(struct enrolment *enrolment, const struct sip_msg *msg,
		       const struct sip_flow *flow)
{
	uint32_t seconds = enrol_learn(enrolment, msg);
	uint32_t early = RD_MIN(RD_MAX(seconds / 10, (uint32_t)EARLY_S), seconds / 2);
	bool before = enrolment->state == ENROL_REGISTERED;

	enrolment->until_ms = rd_now_ms() + seconds * 1000ull;
	if (!seconds) {
		enrol_retry_later(enrolment, 0);
		return;
	}
	enrolment->state = ENROL_REGISTERED;
	enrolment->doubted = enrolment->hastened = false;
	enrolment->redirections = 0;
	enrol_flow_use(enrolment, flow, msg);
	note_binding(enrolment);
	if (!enrolment->flow.stands || enrolment->flow.proven)
		enrolment->failures = 0;
	enrolment->renewed_ms = rd_now_ms();
	enrolment->renewal_ms = enrolment->renewed_ms + (seconds - early) * 1000ull;
	rd_timer_start(&enrolment->timer, (int)(seconds - early) * 1000);
	enrol_keep_up(enrolment);
	if (before)
		return;
	rd_notice("sip/%s: registered for %u s", enrolment->endpoint->name, seconds);
	enrol_tell(enrolment, "Registered");
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
	    least <= enrolment->expires_s || least > ENROL_EXPIRES_MAX_S)
		return false;
	enrolment->expires_s = least;
	rd_timer_start(&enrolment->timer, 0);
	return true;
}

/* Somebody on the way knows no flows (RFC 5626 §11.6): we are registered without. */
static bool goes_plain(struct enrolment *enrolment, const struct sip_msg *msg)
{
	if (msg->status != 439 || enrolment->plain)
		return false;
	enrolment->plain = true;
	rd_timer_start(&enrolment->timer, 0);
	return true;
}

/* It may be our taking back the former Contact that it dislikes: once without. */
static bool keeps_former(struct enrolment *enrolment, const struct sip_msg *msg)
{
	if (msg->status < 400 || msg->status == 401 || msg->status == 407 || msg->status == 423 ||
	    !enrol_takes_back(enrolment))
		return false;
	enrolment->bound[0] = '\0';
	rd_timer_start(&enrolment->timer, 0);
	return true;
}

/* The one of a redirection that is preferred; by TLS or not, as we came. */
static bool best_contact(struct sip_uri *best, const struct sip_msg *msg,
			 enum sip_scheme scheme)
{
	struct sip_walk walk = { .msg = msg, .id = SIP_H_CONTACT };
	struct sip_uri uri;
	uint16_t q, best_q = 0;
	bool found = false;

	while (sip_walk_target(&walk, &uri, &q)) {
		if ((found && q <= best_q) || uri.scheme != scheme)
			continue;
		*best = uri;
		best_q = q;
		found = true;
	}
	return found;
}

/* Another registrar has room (RFC 3261 §8.1.3.4); it is asked as long as it takes us. */
static bool follows_redirection(struct enrolment *enrolment, const struct sip_msg *msg)
{
	bool secure = enrolment->endpoint->register_secure;
	char text[200], *redirected_to;
	struct sip_uri uri;
	struct sip_out out;

	if (msg->status < 300 || msg->status > 302 ||
	    enrolment->redirections == REDIRECTIONS_MAX ||
	    !best_contact(&uri, msg, secure ? SIP_SCHEME_SIPS : SIP_SCHEME_SIP))
		return false;
	sip_out_init(&out, text, sizeof(text));
	sip_out_cstr(&out, enrol_scheme(enrolment->endpoint));
	sip_out_place(&out, &uri);
	redirected_to = out.overflow ? NULL : rd_strndup(text, out.n);
	if (!redirected_to)
		return false;
	rd_free(enrolment->redirected_to);
	enrolment->redirected_to = redirected_to;
	enrolment->redirections++;
	enrol_flow_drop(enrolment);
	rd_timer_start(&enrolment->timer, 0);
	return true;
}

/* May be tried again as after a fault: somebody mends the password there. */
static bool is_passing(const struct enrolment *enrolment, unsigned status)
{
	return (status == 401 || status == 407) && !enrolment->endpoint->register_password_final;
}

/* Again much later where the settings say so. */
static void refused_finally(struct enrolment *enrolment)
{
	const struct sip_endpoint *endpoint = enrolment->endpoint;
	int ms = enrolment->status == 403 && endpoint->register_forbidden_ms
			 ? endpoint->register_forbidden_ms
			 : endpoint->register_refused_ms;

	if (ms && !has_tried_enough(enrolment)) {
		enrolment->failures++;
		enrol_flow_drop(enrolment);
		enrol_forget_redirection(enrolment);
		rd_warning("sip/%s: registering was refused (%u), tried again after %d s",
			   endpoint->name, enrolment->status, ms / 1000);
		wait(enrolment, ms);
		return;
	}
	rd_warning("sip/%s: registering was refused (%u), not tried again before a reload",
		   endpoint->name, enrolment->status);
	leave_alone(enrolment);
}

static void refused(struct enrolment *enrolment, const struct sip_msg *msg)
{
	if (keeps_former(enrolment, msg)) {
		rd_debug("sip/%s: its registrar takes one Contact only",
			 enrolment->endpoint->name);
	} else if (is_final(msg->status) && !is_passing(enrolment, msg->status)) {
		refused_finally(enrolment);
	} else if (msg->status == 430) { /* a proxy has lost the flow: RFC 5626 §11.5 */
		enrol_flow_failed(enrolment);
	} else if (!wants_longer(enrolment, msg) && !goes_plain(enrolment, msg) &&
		   !follows_redirection(enrolment, msg)) {
		enrol_retry_later(enrolment, sip_retry_after(msg));
	}
}

/* ---- the request's end ---- */

/* What was out belongs to the past: the next one follows at once, or nothing. True:
 * it is dealt with. */
static bool is_past(struct enrolment *enrolment)
{
	if (enrolment->again && enrol_send(enrolment) == 0)
		return true;
	if (!enrolment->leaves)
		return false;
	enrol_end(enrolment);
	return true;
}

void enrol_response(void *arg, const struct sip_msg *msg, const struct sip_flow *flow)
{
	struct enrolment *enrolment = arg;

	if (msg->status < 200)
		return;
	enrolment->request = NULL;
	enrolment->cseq = msg->cseq.number; /* challenges were answered meanwhile */
	enrolment->status = msg->status;
	if (is_past(enrolment))
		return;
	if (msg->status < 300)
		registered(enrolment, msg, flow);
	else
		refused(enrolment, msg);
}

void enrol_failed(void *arg, int rc)
{
	struct enrolment *enrolment = arg;

	enrolment->request = NULL;
	enrolment->cseq += SIP_RETRIES_MAX; /* likewise, perhaps */
	enrolment->status = 0;
	if (!is_past(enrolment))
		enrol_unreached(enrolment, rc);
}
