/* Calls with peers for the module of trunks: who may call, where to, and what came of it. */
#include <ringdown/log.h>

#include "channels/sip/call/leg.h"
#include "channels/sip/call/media.h"
#include "channels/sip/call/tech.h"
#include "channels/sip/call/trunk.h"
#include "channels/sip/endpoint/ask.h"
#include "channels/sip/endpoint/by_address.h"
#include "channels/sip/endpoint/enrol.h"
#include "channels/sip/endpoint/qualify.h"

_Static_assert(SIP_NUMBER_MAX == RD_SIP_NUMBER, "the module writes into struct sip_callee");
_Static_assert(sizeof(((struct sip_party *)0)->number) == RD_SIP_NUMBER, "and sip_party");

#define EXT_MAX 32 /* room for the number of an extension behind one, with its NUL */

static const struct rd_sip_trunks_user *user; /* NULL: none */

/* ---- what happens in a call ---- */

static bool is_minded(const struct sip_endpoint *endpoint)
{
	return user && endpoint->type == SIP_SECTION_PEER &&
	       endpoint != &endpoint->settings->stranger;
}

static struct rd_sip_peer_call *begin(const struct sip_endpoint *endpoint, bool outgoing)
{
	struct rd_sip_peer_call *peer_call = rd_zalloc(sizeof(*peer_call));

	if (peer_call) {
		peer_call->peer = endpoint->name;
		peer_call->outgoing = outgoing;
		peer_call->stir_profile = endpoint->stir_shaken_profile;
	}
	return peer_call;
}

unsigned sip_trunk_incoming(struct rd_sip_peer_call **peer_call,
			    const struct sip_endpoint *endpoint, const struct sip_msg *msg,
			    struct sip_callee *callee, struct sip_party *caller,
			    struct sip_trunk_words *words)
{
	struct rd_sip_peer_invite invite = {
		.message = (const struct rd_sip_message *)msg,
		.number = callee->number,
		.caller = &caller->party,
		.caller_number = caller->number,
		.body = msg->body,
	};
	char to[SIP_NUMBER_MAX] = "", number_ext[EXT_MAX], to_ext[EXT_MAX] = "";
	struct sip_uri uri;
	unsigned status;

	if (!is_minded(endpoint) || !user->incoming)
		return 0;
	if (sip_uri_parse(&uri, msg->to.uri, NULL) == 0) {
		if (sip_uri_number(to, sizeof(to), &uri) <= 0)
			to[0] = '\0';
		sip_uri_phone_ext(to_ext, sizeof(to_ext), &uri);
	}
	sip_uri_phone_ext(number_ext, sizeof(number_ext), &msg->target);
	invite.to = to;
	invite.to_ext = to_ext;
	invite.number_ext = number_ext;
	*peer_call = begin(endpoint, false);
	if (*peer_call)
		(*peer_call)->replaces = sip_msg_header(msg, SIP_H_REPLACES);
	status = *peer_call ? user->incoming(*peer_call, &invite) : 500;
	if (status) {
		rd_free(*peer_call);
		*peer_call = NULL;
	}
	*words = (struct sip_trunk_words){ invite.warning, invite.lines };
	caller->party.number = caller->number[0] ? caller->number : NULL;
	return status;
}

void sip_trunk_opened(struct sip_call *call)
{
	if (call->with_peer)
		call->with_peer->channel = call->channel;
}

bool sip_trunk_holds(struct sip_call *call,
		     void (*released)(struct sip_call *call, unsigned status, const char *warning))
{
	if (!call->with_peer || !user || !user->arrived || user->arrived(call->with_peer) == 0)
		return false;
	call->released = released;
	return true;
}

static void release(struct sip_call *call, unsigned status, const char *warning)
{
	void (*released)(struct sip_call * call, unsigned status, const char *warning) =
		call->released;

	call->released = NULL;
	if (released)
		released(call, status, warning);
}

static void go_on(struct rd_sip_peer_call *peer_call, unsigned status, const char *warning,
		  const char *lines)
{
	struct sip_call *call = sip_call_of_leg(peer_call->channel);

	if (!call)
		return;
	if (lines) {
		rd_free(call->answer_lines);
		call->answer_lines = rd_strdup(lines);
	}
	release(call, status, warning);
}

void sip_trunk_drop(struct rd_sip_peer_call *peer_call, unsigned status, int cause)
{
	if (!peer_call)
		return;
	if (user && user->ended)
		user->ended(peer_call, status, cause);
	rd_free(peer_call);
}

int sip_trunk_dialled(const struct sip_endpoint *endpoint, struct rd_str *number, char *buf,
		      size_t size)
{
	int cause;

	if (!number->n || !is_minded(endpoint) || !user->dialled)
		return 0;
	cause = user->dialled(endpoint->name, *number, buf, size);
	if (!cause)
		*number = rd_str_of(buf);
	return cause;
}

bool sip_trunk_insists(const struct sip_endpoint *endpoint)
{
	return is_minded(endpoint) && user->insists && user->insists(endpoint->name);
}

/* 0 or a Q.850 cause. */
static int set_lines(struct sip_call *call, const struct rd_buf *lines)
{
	char *copy;

	if (!lines->n && !lines->failed)
		return 0;
	copy = lines->failed ? NULL : rd_strdup(rd_buf_text(lines));
	if (!copy)
		return RD_CAUSE_SWITCH_CONGESTION;
	rd_free(call->peer_lines);
	call->peer_lines = copy;
	return 0;
}

/* That it calls at the peer. */
static void read_number(char number[RD_SIP_NUMBER], const struct sip_call *call)
{
	struct sip_uri uri;

	if (!call->target || sip_uri_parse(&uri, rd_str_of(call->target), NULL) ||
	    sip_uri_number(number, RD_SIP_NUMBER, &uri) <= 0)
		number[0] = '\0';
}

/* Whose keys are to encrypt the sound, if they are agreed on by DTLS; absent where the INVITE
 * will not say it. */
static struct rd_str print_keys(struct rd_buf *buf, const struct sip_call *call)
{
	char text[RD_FINGERPRINT_TEXT];
	struct sip_media_policy policy;
	struct rd_fingerprint ours;

	sip_call_policy(call, &policy);
	if (policy.encryption != SIP_ENCRYPTION_DTLS || call->endpoint->late_offer ||
	    rd_stream_fingerprint(call->stream, &ours))
		return (struct rd_str){ 0 };
	rd_buf_printf(buf, "a=fingerprint:%.*s", (int)rd_fingerprint_print(&ours, text), text);
	return rd_str_of(rd_buf_text(buf));
}

int sip_trunk_outgoing(struct sip_call *call)
{
	struct rd_buf keys;
	char number[RD_SIP_NUMBER];
	struct rd_buf headers;
	int cause;

	if (!is_minded(call->endpoint) || !user->outgoing)
		return 0;
	call->with_peer = begin(call->endpoint, true);
	if (!call->with_peer)
		return RD_CAUSE_SWITCH_CONGESTION;
	read_number(number, call);
	call->with_peer->number = number;
	call->with_peer->dialled = call->dialled ? call->dialled : number;
	call->with_peer->channel = call->channel;
	call->with_peer->caller = call->caller;
	rd_buf_init(&headers);
	rd_buf_init(&keys);
	call->with_peer->keys = print_keys(&keys, call);
	cause = user->outgoing(call->with_peer, &headers);
	call->with_peer->keys = (struct rd_str){ 0 };
	rd_buf_fini(&keys);
	call->with_peer->number = call->with_peer->dialled = NULL;
	call->with_peer->caller = NULL;
	if (cause) {
		rd_free(call->with_peer);
		call->with_peer = NULL;
	} else {
		cause = set_lines(call, &headers);
		if (cause)
			sip_trunk_over(call, cause);
	}
	rd_buf_fini(&headers);
	return cause;
}

static bool may_lead_to(const struct sip_call *call, const struct sip_endpoint *peer)
{
	char number[RD_SIP_NUMBER];
	const struct rd_sip_peer_call at_peer = {
		.peer = peer->name,
		.outgoing = true,
		.number = number,
		.dialled = number,
		.channel = call->channel,
		.caller = call->caller,
	};

	read_number(number, call);
	return user->leads_to(&at_peer);
}

bool sip_trunk_may_lead(const struct sip_call *call, const union sip_sockaddr *address)
{
	const struct sip_endpoint *own = call->endpoint, *it = own->settings->matched;
	bool is_elsewhere = call->elsewhere || own == &own->settings->stranger;

	if (!is_elsewhere || !user || !user->leads_to || sip_address_is_of(own, address))
		return true;
	for (; it; it = it->next_match)
		if (is_minded(it) && sip_address_is_of(it, address) && !may_lead_to(call, it))
			return false;
	return true;
}

bool sip_trunk_again(struct sip_call *call, unsigned status)
{
	struct rd_buf lines;
	bool again;

	if (!call->with_peer || !user || !user->again)
		return false;
	rd_buf_init(&lines);
	again = user->again(call->with_peer, status, &lines) && set_lines(call, &lines) == 0;
	rd_buf_fini(&lines);
	return again;
}

void sip_trunk_told(const struct sip_call *call, struct rd_party *who, char buf[RD_SIP_NUMBER])
{
	if (call->with_peer && user && user->told)
		user->told(call->with_peer, who, buf);
}

void sip_trunk_writes(const struct sip_endpoint *endpoint, struct rd_party *who,
		      char buf[RD_SIP_NUMBER])
{
	if (is_minded(endpoint) && user->writes)
		user->writes(endpoint->name, who, buf);
}

bool sip_trunk_sent_on(const struct sip_call *call, const char *const *targets, int count)
{
	return user && user->sent_on && user->sent_on(call->channel, targets, count);
}

bool sip_trunk_sends_here(const struct sip_endpoint *endpoint, char number[RD_SIP_NUMBER])
{
	return !is_minded(endpoint) || !user->sent_here || user->sent_here(endpoint->name, number);
}

void sip_trunk_heard(struct sip_call *call, unsigned status)
{
	if (call->with_peer && user && user->heard)
		user->heard(call->with_peer, status);
}

void sip_trunk_sounds(struct sip_call *call)
{
	if (call->with_peer)
		call->with_peer->sounds = true;
}

void sip_trunk_moved(struct sip_call *call)
{
	sip_trunk_heard(call, 0);
}

static unsigned legs_that_wait(const struct sip_call *call)
{
	unsigned count = 0;

	rd_list_foreach(node, tmp, &call->legs) {
		const struct sip_leg *leg = rd_list_entry(node, struct sip_leg, link);

		count += leg->waits && !leg->cancelled;
	}
	return count;
}

void sip_trunk_gone(struct sip_call *call)
{
	if (call->with_peer && user && user->gone && legs_that_wait(call) == 1)
		user->gone(call->with_peer);
}

void sip_trunk_refused(struct sip_call *call, unsigned status, const struct sip_msg *msg)
{
	if (!call->with_peer)
		return;
	call->with_peer->unreached = status == 503 && !msg;
	call->with_peer->retry_after_s = status == 503 && msg ? sip_retry_after(msg) : 0;
}

void sip_trunk_answered(struct sip_call *call)
{
	if (!call->with_peer)
		return;
	call->with_peer->answered = true;
	if (user && user->answered)
		user->answered(call->with_peer);
}

void sip_trunk_over(struct sip_call *call, int cause)
{
	struct rd_sip_peer_call *peer_call = call->with_peer;

	call->with_peer = NULL;
	call->released = NULL;
	sip_trunk_drop(peer_call, call->state == SIP_CALL_OUTGOING ? call->refusal : 0,
		       cause ? cause : RD_CAUSE_NORMAL);
}

/* ---- the interface ---- */

static bool is_for(const struct sip_endpoint *endpoint, const struct sip_uri *uri)
{
	char number[RD_SIP_NUMBER];

	return sip_uri_number(number, sizeof(number), uri) > 0 &&
	       sip_trunk_sends_here(endpoint, number);
}

/* Who may call whatever there is, even what is no number, says nothing by that. */
static bool may_call_anything(const struct sip_endpoint *endpoint)
{
	char no_number[RD_SIP_NUMBER] = "x";

	return sip_trunk_sends_here(endpoint, no_number);
}

/* A number that it may call, wherever that stands. */
static bool expects(const struct sip_endpoint *endpoint, const struct sip_msg *msg)
{
	struct sip_uri to;

	if (may_call_anything(endpoint))
		return false;
	return is_for(endpoint, &msg->target) ||
	       (sip_uri_parse(&to, msg->to.uri, NULL) == 0 && is_for(endpoint, &to));
}

static int attach(const struct rd_sip_trunks_user *one)
{
	if (user)
		return -EBUSY;
	user = one;
	sip_by_address_ask(expects);
	return 0;
}

static void detach(const struct rd_sip_trunks_user *one)
{
	if (user != one)
		return;
	rd_list_foreach(node, tmp, &sip.calls) {
		struct sip_call *call = rd_list_entry(node, struct sip_call, link);

		if (call->released)
			release(call, 503, NULL); /* nobody will say any more that it may run */
		else
			sip_trunk_over(call, RD_CAUSE_NORMAL);
	}
	user = NULL;
	sip_by_address_ask(NULL);
}

static const enum rd_sip_reach reaches[] = {
	[SIP_REACH_UNKNOWN] = RD_SIP_REACH_UNKNOWN,
	[SIP_REACHABLE] = RD_SIP_REACHABLE,
	[SIP_UNREACHABLE] = RD_SIP_UNREACHABLE,
};

static void show(struct rd_sip_peer *peer, const struct sip_endpoint *endpoint)
{
	const struct sip_endpoint *best = sip_host_best(endpoint);

	*peer = (struct rd_sip_peer){
		.name = endpoint->name,
		.host = endpoint->host,
		.registers = endpoint->registers,
		.registered = endpoint->registers && sip_enrolled_anyhow(endpoint),
		.reach = reaches[sip_host_reach(best)],
		.rtt_us = sip_host_rtt_us(best),
	};
}

static bool find_peer(const char *name, struct rd_sip_peer *peer)
{
	const struct sip_endpoint *endpoint =
		sip.settings ? sip_settings_find(sip.settings, rd_str_of(name)) : NULL;

	if (!endpoint || endpoint->type != SIP_SECTION_PEER)
		return false;
	show(peer, endpoint);
	return true;
}

static bool peer_comes(const char *name)
{
	const struct sip_settings *settings = sip_settings_next();
	const struct sip_endpoint *endpoint =
		settings ? sip_settings_find(settings, rd_str_of(name)) : NULL;

	return endpoint && endpoint->type == SIP_SECTION_PEER;
}

static bool next_peer(const void **pos, struct rd_sip_peer *peer)
{
	const struct sip_endpoint *endpoint = *pos;

	do
		endpoint = endpoint ? endpoint->next : sip.settings ? sip.settings->first : NULL;
	while (endpoint && endpoint->type != SIP_SECTION_PEER);
	*pos = endpoint;
	if (endpoint)
		show(peer, endpoint);
	return endpoint;
}

static bool hurry(const struct rd_channel *leg)
{
	struct sip_call *call = sip_call_of_leg(leg);

	return call && call->state == SIP_CALL_OUTGOING && sip_call_hurry(call);
}

/* At the host of its section? */
static bool is_at_host(const struct sip_call *call)
{
	return call && call->state == SIP_CALL_OUTGOING && !call->elsewhere;
}

static enum rd_sip_reach reach_of(const struct rd_channel *leg)
{
	const struct sip_call *call = sip_call_of_leg(leg);

	return is_at_host(call) ? reaches[sip_host_reach(call->endpoint)] : RD_SIP_REACH_UNKNOWN;
}

static void ask(const struct rd_channel *leg)
{
	const struct sip_call *call = sip_call_of_leg(leg);

	if (is_at_host(call))
		sip_host_ask(call->endpoint);
}

static int naptr(struct rd_sip_lookup **lp, const char *name, rd_sip_naptr_fn *told, void *arg)
{
	struct sip_lookup *lookup;
	int rc = sip_naptr_ask(sip.resolver, &lookup, rd_str_of(name), told, arg);

	if (rc == 0)
		*lp = (struct rd_sip_lookup *)lookup;
	return rc;
}

static void forget(struct rd_sip_lookup *lookup)
{
	sip_lookup_cancel((struct sip_lookup *)lookup);
}

const struct rd_sip_trunks sip_trunks_interface = {
	.attach = attach,
	.detach = detach,
	.go_on = go_on,
	.peer = find_peer,
	.peer_comes = peer_comes,
	.peer_next = next_peer,
	.hurry = hurry,
	.reach = reach_of,
	.ask = ask,
	.naptr = naptr,
	.forget = forget,
};
