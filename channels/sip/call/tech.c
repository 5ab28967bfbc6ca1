/* The channel technology SIP: what the core may ask of a call, each a line to
 * where it is done. None of these waits. */
#include <ringdown/log.h>

#include "channels/sip/endpoint/qualify.h"
#include "channels/sip/endpoint/record.h"
#include "channels/sip/call/answer.h"
#include "channels/sip/call/auto_answer.h"
#include "channels/sip/call/ice.h"
#include "channels/sip/call/indialog.h"
#include "channels/sip/call/leg.h"
#include "channels/sip/call/media.h"
#include "channels/sip/call/refer.h"
#include "channels/sip/call/resource.h"
#include "channels/sip/call/tech.h"

static int sip_start(struct rd_channel *ch)
{
	return sip_call_start(sip_call_of(ch));
}

static void refuse(struct sip_call *call, unsigned status, int cause)
{
	sip_call_refuse(call, status, cause);
	sip_call_over(call, cause);
}

static int sip_answer(struct rd_channel *ch)
{
	struct sip_call *call = sip_call_of(ch);

	if (call->state != SIP_CALL_INCOMING)
		return 0;
	/* RFC 5373 §4.5.1: an application is nobody. */
	if (sip_auto_answer_lacks_somebody(call)) {
		rd_notice("sip/%s: 403: it wants to be answered by somebody (Answer-Mode: "
			  "Manual;require), not by an application", call->endpoint->name);
		refuse(call, 403, RD_CAUSE_REJECTED);
		return -ECANCELED;
	}
	return sip_call_accept(call, call->session.state == SIP_OFFER_NONE);
}

/* What an unanswered caller is told. What an answered one hears of it is mostly the
 * core's: then -ENOSYS. */
static const struct indication {
	unsigned status; /* 0: nothing */
	int cause;	 /* the call ends with it; 0: it goes on */
	bool with_sdp;	 /* there is something to hear */
	int otherwise;	 /* the rc for a call that is answered */
} indications[] = {
	[RD_INDICATE_PROCEEDING] = { .status = 0 }, /* the 100 is out */
	[RD_INDICATE_RINGING] = { .status = 180, .otherwise = -ENOSYS },
	[RD_INDICATE_PROGRESS] = { .status = 183, .with_sdp = true },
	[RD_INDICATE_FORWARDED] = { .status = 181 },
	[RD_INDICATE_QUEUED] = { .status = 182 },
	[RD_INDICATE_BUSY] = { 486, RD_CAUSE_BUSY, .otherwise = -ENOSYS },
	[RD_INDICATE_CONGESTION] = { 503, RD_CAUSE_CONGESTION, .otherwise = -ENOSYS },
	[RD_INDICATE_INCOMPLETE] = { 484, RD_CAUSE_INVALID_NUMBER_FORMAT,
				     .otherwise = -ENOSYS },
	[RD_INDICATE_HOLD] = { .otherwise = -ENOSYS },
	[RD_INDICATE_RESUME] = { .otherwise = -ENOSYS },
};

/* The core plays the tone. */
static int ring_inband(struct sip_call *call)
{
	int rc = sip_call_progress(call, 183, true);

	return rc ? rc : -ENOSYS;
}

static int sip_indicate(struct rd_channel *ch, enum rd_indication what)
{
	const struct indication *row = &indications[what];
	struct sip_call *call = sip_call_of(ch);

	if (call->state != SIP_CALL_INCOMING || !row->status)
		return row->otherwise;
	if (what == RD_INDICATE_RINGING && call->endpoint->inband_progress)
		return ring_inband(call);
	if (!row->cause)
		return sip_call_progress(call, row->status, row->with_sdp);
	refuse(call, row->status, row->cause);
	return 0;
}

static void sip_hangup(struct rd_channel *ch, int cause)
{
	sip_call_hangup(sip_call_of(ch), cause);
}

static int sip_send_digit(struct rd_channel *ch, char digit, int ms)
{
	return sip_call_send_digit(sip_call_of(ch), digit, ms);
}

static int sip_send_text(struct rd_channel *ch, const char *text)
{
	return sip_call_send_text(sip_call_of(ch), text);
}

static int sip_transfer(struct rd_channel *ch, const char *target)
{
	struct sip_call *call = sip_call_of(ch);
	int rc;

	if (strpbrk(target, "<>\" \r\n\t"))
		return -EINVAL;
	if (call->state == SIP_CALL_UP)
		return sip_call_send_refer(call, target);
	rc = sip_call_send_elsewhere(call, target);
	if (rc == 0) {
		rd_var_set(ch, "TRANSFERSTATUSPROTOCOL", "302");
		sip_call_over(call, RD_CAUSE_NORMAL);
	}
	return rc;
}

static int sip_party_changed(struct rd_channel *ch, enum rd_party_kind kind)
{
	struct sip_call *call = sip_call_of(ch);

	if (kind != RD_PARTY_CONNECTED ||
	    (!call->endpoint->send_pai && !call->endpoint->send_rpid))
		return 0;
	if (call->state == SIP_CALL_OUTGOING)
		call->modify.wanted = true; /* when it has answered */
	else
		sip_call_modify(call);
	return 0;
}

/* RFC 4579 §4.2: its Contact is that of the room now, which a new target says. */
static void sip_conference_entered(struct rd_channel *ch)
{
	struct sip_call *call = sip_call_of(ch);

	if (call->state == SIP_CALL_UP)
		sip_call_modify(call);
}

static void sip_destroy(struct rd_channel *ch)
{
	sip_call_destroy(sip_call_of(ch));
}

static bool has_reachable(const struct sip_aor *aor)
{
	if (!aor)
		return false;
	rd_list_foreach(node, tmp, &aor->contacts)
		if (sip_contact_reachable(sip_contact_at(node)))
			return true;
	return false;
}

static int sip_device_state(const char *resource)
{
	const struct sip_endpoint *endpoint;
	const struct sip_aor *aor;

	/* Hints are looked at before the driver has started. */
	if (!sip.settings || !sip.location)
		return RD_DEVICE_UNKNOWN;
	endpoint = sip_settings_find(sip.settings, rd_str_of(resource));
	if (!endpoint)
		return RD_DEVICE_INVALID;
	aor = sip_record_of(endpoint);
	return has_reachable(aor) || sip_host_reachable(sip_host_best(endpoint))
		       ? RD_DEVICE_NOT_INUSE
		       : RD_DEVICE_UNAVAILABLE;
}

static unsigned sip_busy_at(const char *resource)
{
	const struct sip_endpoint *endpoint =
		sip.settings ? sip_settings_find(sip.settings, rd_str_of(resource)) : NULL;

	return endpoint ? (unsigned)endpoint->busy_at : 0;
}

static int sip_facts(const char *resource, struct rd_device_facts *facts)
{
	struct rd_str name = { resource, strcspn(resource, "/") };
	const struct sip_endpoint *endpoint =
		sip.settings ? sip_settings_find(sip.settings, name) : NULL;

	if (!endpoint)
		return -ENOENT;
	rd_strcpy(facts->context, sizeof(facts->context), endpoint->context);
	if (endpoint->callerid)
		rd_party_split(endpoint->callerid, facts->name, facts->number,
			       sizeof(facts->name));
	else
		rd_strcpyn(facts->number, sizeof(facts->number), sip_endpoint_number(endpoint));
	return 0;
}

const struct rd_tech sip_techs[] = { {
	.name = "SIP",
	.alias = "PJSIP",
	.synopsis = "Session Initiation Protocol, RFC 3261",
	.request = sip_call_request,
	.call = sip_start,
	.answer = sip_answer,
	.indicate = sip_indicate,
	.hangup = sip_hangup,
	.send_digit = sip_send_digit,
	.send_text = sip_send_text,
	.transfer = sip_transfer,
	.party_changed = sip_party_changed,
	.conference_entered = sip_conference_entered,
	.prefer_codec = sip_prefer_codec,
	.beyond = sip_beyond,
	.match = sip_match,
	.want_picture = sip_want_picture,
	.want_lines = sip_want_lines,
	.way_lost = sip_ice_way_lost,
	.get = sip_get,
	.destroy = sip_destroy,
	.device_state = sip_device_state,
	.busy_at = sip_busy_at,
	.facts = sip_facts,
	.check = sip_resource_fault,
	.check_peer = sip_resource_fault,
	.check_prefix = sip_prefix_fault,
}, { 0 } };

struct sip_call *sip_call_of_leg(const struct rd_channel *ch)
{
	return ch && strcmp(rd_channel_tech(ch), sip_techs[0].name) == 0 ? sip_call_of(ch)
									 : NULL;
}
