/* Diversion (RFC 5806): the newest first, each with how often and why. It is read
 * before History-Info, which says less of why. */
#include <stdio.h>
#include <stdlib.h>

#include "channels/sip/call/diversion.h"
#include "channels/sip/call/history.h"

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

static const struct sip_diversion_reason *of_header(struct rd_str word)
{
	const struct sip_diversion_reason *at = reasons;

	while (at->header && !rd_str_ieq(rd_str_of(at->header), word))
		at++;
	return at->header ? at : &reasons[0];
}

static const struct sip_diversion_reason *of_variable(const char *name)
{
	const struct sip_diversion_reason *at = reasons;

	while (at->header && (!name || strcmp(at->name, name) != 0))
		at++;
	return at->header ? at : &reasons[0];
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

static void read_one(struct sip_party *who, const struct sip_name_addr *addr)
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

static bool read_diversion(struct sip_diversions *all, const struct sip_msg *msg)
{
	struct sip_walk walk = { .msg = msg, .id = SIP_H_DIVERSION };
	struct sip_name_addr addr;
	struct rd_str reason;

	while (sip_walk_name_addr(&walk, &addr) == 1) {
		read_one(&all->first, &addr);
		if (!all->count) {
			read_one(&all->last, &addr);
			all->reason = sip_param_get(addr.params, RD_STR("reason"), &reason)
					      ? of_header(sip_strip_quotes(reason))
					      : &reasons[0];
		}
		all->count += counter_of(addr.params);
	}
	return all->count > 0;
}

static void hide(struct sip_party *who)
{
	who->party.name_pres = who->party.number_pres = RD_PRESENT_PROHIBITED;
}

static bool read(struct sip_diversions *all, const struct sip_msg *msg)
{
	memset(all, 0, sizeof(*all));
	if (!read_diversion(all, msg) && !sip_history_read(all, msg))
		return false;
	/* RFC 7044 §10.1.2; whoever asks for it does not mean one of two headers. */
	if (sip_privacy_has(msg, RD_STR("history")) || sip_privacy_has(msg, RD_STR("header"))) {
		hide(&all->first);
		hide(&all->last);
	}
	return true;
}

bool sip_diversion_loops(const struct sip_msg *msg)
{
	struct sip_diversions all;

	return read(&all, msg) && all.count > DIVERSIONS_MAX;
}

const char *sip_diversion_reason(const struct sip_msg *msg)
{
	struct sip_diversions all;

	return read(&all, msg) ? all.reason->name : "";
}

int sip_diversion_take(struct rd_channel *ch, const struct sip_msg *msg)
{
	struct sip_diversions all;
	int rc;

	if (!read(&all, msg))
		return 0;
	rc = rd_channel_set_party(ch, RD_PARTY_REDIRECTING_FROM, &all.last.party);
	if (rc == 0)
		rc = rd_channel_set_party(ch, RD_PARTY_REDIRECTING_ORIG, &all.first.party);
	if (rc == 0)
		rc = rd_var_number(ch, "REDIRECTING_COUNT", all.count);
	return rc ? rc : rd_var_set(ch, "REDIRECTING_REASON", all.reason->name);
}

/* ---- out ---- */

static bool may_know(const struct sip_endpoint *endpoint, const struct rd_party *party)
{
	return rd_presentation_shown(party->number_pres) || endpoint->trust_id_outbound;
}

static void print_one(struct sip_out *out, const struct sip_endpoint *endpoint,
		      const struct rd_party *party, const char *reason, unsigned count,
		      struct rd_str host)
{
	if (!may_know(endpoint, party))
		return;
	sip_out_header_begin(out, SIP_H_DIVERSION);
	sip_print_name_addr(out, endpoint, party, host);
	sip_out_cstr(out, ";reason=");
	sip_out_cstr(out, reason);
	sip_out_cstr(out, ";counter=");
	sip_out_number(out, count);
	sip_print_presentation(out, party);
	sip_out_crlf(out);
}

static bool differ(const struct rd_party *a, const struct rd_party *b)
{
	return a->number && b->number && strcmp(a->number, b->number) != 0;
}

void sip_diversion_print(const struct sip_call *call, struct sip_out *out,
			 const struct sip_flow *flow, struct rd_str target)
{
	const struct sip_endpoint *endpoint = call->endpoint;
	const struct rd_channel *ch = call->channel;
	const struct rd_party *last = rd_channel_party(ch, RD_PARTY_REDIRECTING_FROM);
	const struct rd_party *first = rd_channel_party(ch, RD_PARTY_REDIRECTING_ORIG);
	const char *count_text = rd_var_get(ch, "REDIRECTING_COUNT");
	const struct sip_diversion_reason *reason =
		of_variable(rd_var_get(ch, "REDIRECTING_REASON"));
	unsigned count = count_text ? (unsigned)atoi(count_text) : 1;
	char text[SIP_SOCKADDR_TEXT];
	struct rd_str host = sip_domain_of(endpoint, sip_our_host(flow, text));
	bool two = differ(first, last);
	const struct sip_history history = { two ? first : NULL, last, reason->cause, target };

	if (endpoint->send_history_info && target.n)
		sip_history_print(out, endpoint, &history, host);
	if (!endpoint->send_diversion || !last->number || !*last->number)
		return;
	print_one(out, endpoint, last, reason->header, two && count > 1 ? count - 1 : count,
		  host);
	if (two)
		print_one(out, endpoint, first, "unknown", 1, host);
}
