/* Diversion (RFC 5806): the newest first, each with how often and why. It is read
 * before History-Info, which says less of why. */
#include <stdio.h>
#include <stdlib.h>

#include <ringdown/log.h>

#include "channels/sip/call/diversion.h"
#include "channels/sip/call/history.h"
#include "channels/sip/message/chars.h"

#define DIVERSIONS_MAX 20 /* of one call, before it goes in circles */

static const struct sip_diversion_reason reasons[] = {
	{ "unknown", "unknown", 404 },
	{ "user-busy", "cfb", 486 },
	{ "no-answer", "cfnr", 408 },
	{ "unconditional", "cfu", 302 },
	{ "unavailable", "unavailable", 503 },
	{ "deflection", "deflection", 480 },
	{ "deflection", "deflection", 487 },
	{ "do-not-disturb", "dnd", 486 },
	{ "time-of-day", "time_of_day", 404 },
	{ "follow-me", "follow_me", 404 },
	{ "out-of-service", "out_of_order", 503 },
	{ "away", "away", 404 },
	{ NULL, NULL, 0 }
};

const struct sip_diversion_reason *sip_reason_of_cause(unsigned cause)
{
	const struct sip_diversion_reason *at = reasons;

	while (at->header && at->cause != cause)
		at++;
	return at->header ? at : &reasons[0];
}

/* By the word of the header or that of REDIRECTING(); NULL: it is one of somebody's own. */
static const struct sip_diversion_reason *of_header(struct rd_str word)
{
	for (const struct sip_diversion_reason *at = reasons; at->header; at++)
		if (rd_str_ieq(rd_str_of(at->header), word))
			return at;
	return NULL;
}

static const struct sip_diversion_reason *of_variable(const char *name)
{
	for (const struct sip_diversion_reason *at = reasons; at->header; at++)
		if (strcmp(at->name, name) == 0)
			return at;
	return NULL;
}

/* ---- in ---- */

static unsigned counter_of(struct rd_str params)
{
	struct rd_str text;
	uint64_t n;

	if (!sip_param_get(params, RD_STR("counter"), &text) ||
	    rd_str_to_u64(sip_strip_quotes(text), 1000, &n) || n == 0)
		return 1;
	return (unsigned)n;
}

static void read_party(struct sip_party *who, const struct sip_name_addr *addr)
{
	struct rd_str privacy = { 0 }, screen = { 0 };
	bool hidden, passed;

	sip_party_of_addr(who, addr->display, addr->uri);
	sip_param_get(addr->params, RD_STR("privacy"), &privacy);
	sip_param_get(addr->params, RD_STR("screen"), &screen);
	privacy = sip_strip_quotes(privacy);
	hidden = privacy.n && !rd_str_ieq(privacy, RD_STR("off"));
	passed = rd_str_ieq(sip_strip_quotes(screen), RD_STR("yes"));
	who->party.number_pres = hidden ? RD_PRESENT_PROHIBITED : RD_PRESENT_ALLOWED;
	if (passed)
		who->party.number_pres += RD_PRESENT_ALLOWED_NETWORK - RD_PRESENT_ALLOWED;
	who->party.name_pres = who->party.number_pres;
}

/* A word that we do not know is kept as it is. */
static void read_reason(struct sip_diversion *one, struct rd_str params)
{
	const struct sip_diversion_reason *known;
	struct rd_str word;

	if (!sip_param_get(params, RD_STR("reason"), &word))
		return;
	word = sip_strip_quotes(word);
	known = of_header(word);
	if (known)
		one->reason = known->name;
	else if (sip_is_token(word) && rd_strcpyn(one->own_reason, sizeof(one->own_reason), word))
		one->reason = one->own_reason;
}

struct sip_diversion *sip_diversion_new(void)
{
	struct sip_diversion *one = rd_pool_alloc(sip.scratch, sizeof(*one));

	if (one)
		*one = (struct sip_diversion){ .reason = reasons[0].name, .count = 1 };
	return one;
}

/* The newest comes first. 0 or -ENOMEM. */
static int read_diversions(struct sip_diversions *all, const struct sip_msg *msg)
{
	struct sip_walk walk = { .msg = msg, .id = SIP_H_DIVERSION };
	struct sip_name_addr addr;
	struct sip_diversion *one;

	while (all->count <= DIVERSIONS_MAX && sip_walk_name_addr(&walk, &addr) == 1) {
		one = sip_diversion_new();
		if (!one)
			return -ENOMEM;
		read_party(&one->who, &addr);
		read_reason(one, addr.params);
		one->count = counter_of(addr.params);
		all->count += one->count;
		one->next = all->first;
		all->first = one;
		if (!all->last)
			all->last = one;
	}
	return 0;
}

static void hide(struct sip_party *who)
{
	who->party.name_pres = who->party.number_pres = RD_PRESENT_PROHIBITED;
}

/* 0 or -ENOMEM; nobody has sent it on where .count is 0. */
static int read(struct sip_diversions *all, const struct sip_msg *msg)
{
	int rc;

	memset(all, 0, sizeof(*all));
	rc = read_diversions(all, msg);
	if (!rc && !all->count)
		rc = sip_history_read(all, msg);
	/* RFC 7044 §10.1.2; whoever asks for it does not mean one of two headers. */
	if (sip_privacy_has(msg, RD_STR("history")) || sip_privacy_has(msg, RD_STR("header")))
		for (struct sip_diversion *one = all->first; one; one = one->next)
			hide(&one->who);
	return rc;
}

bool sip_diversion_loops(const struct sip_msg *msg)
{
	struct sip_diversions all;

	read(&all, msg);
	return all.count > DIVERSIONS_MAX;
}

void sip_diversion_by(struct rd_channel *ch, const struct sip_msg *msg)
{
	struct rd_party who = *rd_channel_party(ch, RD_PARTY_CALLER);
	struct sip_diversions all;
	bool told = read(&all, msg) == 0 && all.last;

	rd_var_set(ch, "FORWARD_REASON", told ? all.last->reason : "");
	if (!told || rd_presentation_shown(all.last->who.party.number_pres))
		return;
	who.name_pres = all.last->who.party.name_pres;
	who.number_pres = all.last->who.party.number_pres;
	if (rd_channel_set_party(ch, RD_PARTY_CALLER, &who))
		rd_warning("%s: who sent the call on may be shown: no memory",
			   rd_channel_name(ch));
}

int sip_diversion_take(struct rd_channel *ch, const struct sip_msg *msg)
{
	struct sip_diversions all;
	int rc = read(&all, msg);

	for (const struct sip_diversion *one = all.first; !rc && one; one = one->next) {
		const struct rd_diversion by = { one->who.party, one->reason, one->count };

		rc = rd_channel_divert(ch, &by);
	}
	return rc;
}

/* ---- out ---- */

static bool may_know(const struct sip_endpoint *endpoint, const struct rd_party *party)
{
	return rd_presentation_shown(party->number_pres) || endpoint->trust_id_outbound;
}

static void print_one(struct sip_out *out, const struct sip_endpoint *endpoint,
		      const struct rd_diversion *one, struct rd_str host)
{
	const struct sip_diversion_reason *known = of_variable(one->reason);

	if (!may_know(endpoint, &one->who))
		return;
	sip_out_header_begin(out, SIP_H_DIVERSION);
	sip_print_name_addr(out, endpoint, &one->who, host);
	sip_out_cstr(out, ";reason=");
	if (known)
		sip_out_cstr(out, known->header);
	else
		sip_out_cstr(out, sip_is_token(rd_str_of(one->reason)) ? one->reason : "unknown");
	sip_out_cstr(out, ";counter=");
	sip_out_number(out, one->count);
	sip_print_presentation(out, &one->who);
	sip_out_crlf(out);
}

static bool differ(const struct rd_party *a, const struct rd_party *b)
{
	return a->number && b->number && strcmp(a->number, b->number) != 0;
}

/* All who have sent it on, the newest first; how many. The first one may be known to the
 * dialplan only. */
static unsigned gather(const struct rd_channel *ch, struct rd_diversion *all)
{
	const struct rd_party *first = rd_channel_party(ch, RD_PARTY_REDIRECTING_ORIG);
	const struct rd_diversion *before;
	unsigned n = 1;

	if (!rd_channel_diversion(ch, &all[0]))
		return 0;
	while (n <= DIVERSIONS_MAX && (before = rd_channel_diversion_before(ch, n - 1)))
		all[n++] = *before;
	if (n > DIVERSIONS_MAX || !differ(first, &all[n - 1].who))
		return n;
	all[n] = (struct rd_diversion){ *first, reasons[0].name, 1 };
	if (all[0].count > 1)
		all[0].count--;
	return n + 1;
}

unsigned sip_diversion_cause(const char *reason)
{
	const struct sip_diversion_reason *known = of_variable(reason);

	return known ? known->cause : reasons[0].cause;
}

void sip_diversion_print(const struct sip_call *call, struct sip_out *out,
			 const struct sip_flow *flow, struct rd_str target)
{
	const struct sip_endpoint *endpoint = call->endpoint;
	struct rd_diversion all[DIVERSIONS_MAX + 1];
	unsigned count = gather(call->channel, all);
	char text[SIP_SOCKADDR_TEXT];
	struct rd_str host = sip_domain_of(endpoint, sip_our_host(flow, text));

	if (endpoint->send_history_info && target.n)
		sip_history_print(out, endpoint, all, count, target, host);
	for (unsigned i = 0; endpoint->send_diversion && i < count; i++)
		print_one(out, endpoint, &all[i], host);
}
