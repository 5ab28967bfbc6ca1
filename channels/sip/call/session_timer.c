/* Session timers (RFC 4028): a session that nobody refreshes in time is over.
 * Who refreshes is settled in every 2xx to an INVITE or UPDATE. */
#include <ringdown/clock.h>
#include <ringdown/log.h>

#include "channels/sip/extension.h"
#include "channels/sip/call/indialog.h"
#include "channels/sip/call/session_timer.h"

#define SMALLEST_S 90 /* §5: what Min-SE is without the header */
#define MARGIN_S   32 /* §10: who waits for a refresh ends a little early */

static const struct rd_str tag = RD_STR_INIT("timer");

static bool is_on(const struct sip_call *call)
{
	return call->endpoint->session_timers != SIP_TIMERS_NO &&
	       call->endpoint->session_timers != SIP_TIMERS_REFUSE;
}

static bool we_ask(const struct sip_call *call)
{
	return call->endpoint->session_timers == SIP_TIMERS_ORIGINATE;
}

static uint32_t seconds_of(const struct sip_msg *msg, enum sip_header_id id,
			   uint32_t otherwise)
{
	uint32_t seconds;

	return sip_msg_number(msg, id, &seconds) ? otherwise : seconds;
}

static uint32_t our_minimum(const struct sip_endpoint *endpoint)
{
	return (uint32_t)(endpoint->min_se_ms / 1000);
}

/* Whom Session-Expires names: absent, "uac" or "uas". */
static struct rd_str refresher_of(const struct sip_msg *msg)
{
	struct rd_str rest = sip_msg_value(msg, SIP_H_SESSION_EXPIRES), seconds;
	struct rd_str who = { 0 };

	rd_str_cut(&rest, ';', &seconds);
	sip_param_get(rest, RD_STR("refresher"), &who);
	return who;
}

/* ---- the clock ---- */

static void end_session(struct sip_call *call)
{
	rd_notice("sip/%s: nobody refreshed the session: hanging up", call->endpoint->name);
	sip_call_send_bye(call, RD_CAUSE_RECOVERY_ON_TIMER);
	sip_call_over(call, RD_CAUSE_RECOVERY_ON_TIMER);
	sip_call_settle(call);
}

static void arm(struct sip_session_timer *timer)
{
	uint64_t now = rd_now_ms();
	uint64_t left = timer->deadline_ms > now ? timer->deadline_ms - now : 0;

	/* The refresher tries at half of the time, and at half of what is left. */
	if (timer->we_refresh && left > MARGIN_S * 1000)
		left /= 2;
	rd_timer_start(&timer->timer, (int)left);
}

static void due(void *arg)
{
	struct sip_call *call = arg;

	if (call->state != SIP_CALL_UP)
		return;
	if (rd_now_ms() >= call->expiry.deadline_ms) {
		end_session(call);
		return;
	}
	sip_call_modify(call);
	arm(&call->expiry);
}

void sip_expiry_init(struct sip_call *call)
{
	rd_timer_init(&call->expiry.timer, due, call);
}

void sip_expiry_stop(struct sip_call *call)
{
	rd_timer_stop(&call->expiry.timer);
	call->expiry.interval_s = 0;
}

static void run(struct sip_call *call, uint32_t interval_s, bool we_refresh)
{
	struct sip_session_timer *timer = &call->expiry;
	uint32_t early = we_refresh ? 0 : RD_MIN(MARGIN_S, interval_s / 3);

	sip_expiry_stop(call);
	if (!interval_s)
		return;
	timer->interval_s = interval_s;
	timer->we_refresh = we_refresh;
	timer->deadline_ms = rd_now_ms() + (uint64_t)(interval_s - early) * 1000;
	arm(timer);
}

/* ---- answering ---- */

unsigned sip_expiry_refusal(const struct sip_endpoint *endpoint, const struct sip_msg *msg)
{
	uint32_t seconds;
	int rc = sip_msg_number(msg, SIP_H_SESSION_EXPIRES, &seconds);

	if (endpoint->session_timers == SIP_TIMERS_NO ||
	    endpoint->session_timers == SIP_TIMERS_REFUSE || rc == -ENOENT)
		return 0;
	if (rc)
		return 400;
	return seconds < our_minimum(endpoint) && sip_extension_offered(msg, tag) ? 422 : 0;
}

void sip_expiry_refuse(struct sip_server *server, const struct sip_endpoint *endpoint,
		       unsigned status)
{
	struct sip_out *out = sip_answer_begin(server, status);

	if (status == 422)
		sip_out_header_number(out, SIP_H_MIN_SE, our_minimum(endpoint));
	sip_reply_send(server, out);
}

/* How long, for a request that we accept; 0: no timer. What is too short cannot be
 * refused when the far end does not know why, so it is not used. */
static uint32_t interval_for(const struct sip_call *call, const struct sip_msg *request)
{
	uint32_t theirs = seconds_of(request, SIP_H_SESSION_EXPIRES, 0);
	uint32_t ours = (uint32_t)(call->endpoint->session_expires_ms / 1000);

	if (!is_on(call))
		return 0;
	if (theirs)
		return theirs < our_minimum(call->endpoint) ? 0 : theirs;
	return we_ask(call) ? RD_MAX(ours, seconds_of(request, SIP_H_MIN_SE, SMALLEST_S)) : 0;
}

/* Table 2. Where it is left to us, who asked for the timer refreshes. */
static bool we_are_refresher(const struct sip_msg *request)
{
	struct rd_str who = refresher_of(request);

	if (!sip_extension_offered(request, tag))
		return true;
	if (who.n)
		return rd_str_ieq(who, RD_STR("uas"));
	return !sip_msg_header(request, SIP_H_SESSION_EXPIRES);
}

static void print(struct sip_out *out, uint32_t seconds, const char *refresher)
{
	sip_out_header_begin(out, SIP_H_SESSION_EXPIRES);
	sip_out_number(out, seconds);
	if (refresher) {
		sip_out_cstr(out, ";refresher=");
		sip_out_cstr(out, refresher);
	}
	sip_out_crlf(out);
}

struct sip_session_terms sip_expiry_grant(const struct sip_call *call, struct sip_out *out,
					  const struct sip_msg *request)
{
	struct sip_session_terms terms = {
		.interval_s = interval_for(call, request),
		.minimum_s = seconds_of(request, SIP_H_MIN_SE, 0),
		.we_refresh = we_are_refresher(request),
	};

	if (!terms.interval_s)
		return terms;
	print(out, terms.interval_s, terms.we_refresh ? "uas" : "uac");
	if (sip_extension_offered(request, tag))
		sip_out_header(out, SIP_H_REQUIRE, tag);
	return terms;
}

void sip_expiry_agree(struct sip_call *call, const struct sip_session_terms *terms)
{
	call->expiry.minimum_s = RD_MAX(call->expiry.minimum_s, terms->minimum_s);
	run(call, terms->interval_s, terms->we_refresh);
}

/* ---- asking ---- */

static uint32_t wanted(const struct sip_call *call)
{
	uint32_t seconds = call->expiry.interval_s;

	if (!seconds && we_ask(call))
		seconds = (uint32_t)(call->endpoint->session_expires_ms / 1000);
	return seconds ? RD_MAX(seconds, RD_MAX(call->expiry.minimum_s,
						our_minimum(call->endpoint))) : 0;
}

void sip_expiry_print(const struct sip_call *call, struct sip_out *out)
{
	const struct sip_session_timer *timer = &call->expiry;
	uint32_t seconds = wanted(call), minimum = timer->minimum_s;

	if (!is_on(call))
		return;
	if (seconds)
		print(out, seconds, !timer->interval_s ? NULL
				    : timer->we_refresh ? "uac" : "uas");
	if (we_ask(call))
		minimum = RD_MAX(minimum, our_minimum(call->endpoint));
	if (minimum)
		sip_out_header_number(out, SIP_H_MIN_SE, minimum);
}

/* A far end that does not know timers leaves the refreshing to who wants it. */
void sip_expiry_answered(struct sip_call *call, const struct sip_msg *ok)
{
	uint32_t interval = seconds_of(ok, SIP_H_SESSION_EXPIRES, 0);
	bool we_refresh = !rd_str_ieq(refresher_of(ok), RD_STR("uas"));

	if (!is_on(call))
		return;
	if (!interval && we_ask(call))
		run(call, wanted(call), true);
	else
		run(call, interval, we_refresh);
}

bool sip_expiry_too_short(struct sip_call *call, const struct sip_msg *refused)
{
	uint32_t minimum = seconds_of(refused, SIP_H_MIN_SE, 0);

	if (!is_on(call) || minimum <= wanted(call))
		return false;
	call->expiry.minimum_s = minimum;
	return true;
}
