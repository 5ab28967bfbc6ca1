/* A 3xx to our INVITE: its contacts become targets of the dial, the preferred
 * first, those of one q at once (RFC 3261 §8.1.3.4). A number of ours goes through
 * the dialplan, any other is called where it is. Who was called is named as well, so
 * that nobody is called twice. */
#include <stdlib.h>
#include <string.h>

#include <ringdown/dial.h>
#include <ringdown/log.h>

#include "channels/sip/call/diversion.h"
#include "channels/sip/call/trunk.h"
#include "channels/sip/endpoint/callee.h"
#include "channels/sip/endpoint/settings_domains.h"

#define CONTACTS_MAX 10
#define TARGET_MAX   1024
#define TEXT_MAX     ((1 + CONTACTS_MAX) * (TARGET_MAX + 2))

struct contact {
	struct sip_uri uri;
	uint16_t q;
};

/* What was called by sips goes on so, or not at all (RFC 3261 §8.1.3.4). */
static bool may_follow(const struct sip_leg *leg, const struct sip_uri *uri)
{
	return uri->scheme == SIP_SCHEME_SIPS ||
	       ((uri->scheme == SIP_SCHEME_SIP || uri->scheme == SIP_SCHEME_TEL) &&
		!sip_uri_is_secure(leg->forks[0]->dialog->target));
}

/* Those that we can call, best first; equal ones stay in order. */
static int read_contacts(struct contact *contacts, const struct sip_leg *leg,
			 const struct sip_msg *msg)
{
	struct sip_walk walk = { .msg = msg, .id = SIP_H_CONTACT };
	struct contact one;
	int count = 0, at;

	while (count < CONTACTS_MAX && sip_walk_target(&walk, &one.uri, &one.q)) {
		if (!may_follow(leg, &one.uri))
			continue;
		for (at = count++; at > 0 && contacts[at - 1].q < one.q; at--)
			contacts[at] = contacts[at - 1];
		contacts[at] = one;
	}
	return count;
}

/* A provider, or another exchange: its call goes on as one with it, wherever it sends us. */
static bool is_peer(const struct sip_endpoint *endpoint)
{
	return endpoint->type == SIP_SECTION_PEER && endpoint != &endpoint->settings->stranger;
}

/* Where there is no room for all: those that the request must have (RFC 3261 §8.1.3.4). */
static void print_needed_params(struct sip_out *out, struct rd_str params)
{
	static const char *const names[] = { "transport", "maddr", "ttl", "user" };
	struct rd_str value;

	for (size_t i = 0; i < RD_ARRAY_SIZE(names); i++) {
		if (!sip_param_get(params, rd_str_of(names[i]), &value) || !value.n)
			continue;
		sip_out_char(out, ';');
		sip_out_cstr(out, names[i]);
		sip_out_char(out, '=');
		sip_out_str(out, value);
	}
}

/* "sip:4711@tel;user=phone" is the number at the section of that name, which has an option of
 * its own for user=phone. */
static bool is_number_of_section(const struct sip_uri *uri, const struct sip_endpoint *endpoint,
				 const char *number)
{
	struct rd_str params = uri->params;
	struct sip_param param;

	while (sip_param_next(&params, &param))
		if (!rd_str_ieq(param.name, RD_STR("user")))
			return false;
	return sip_uri_is_phone(uri) && !uri->port && sip_is_phone_number(rd_str_of(number)) &&
	       sip_settings_find(endpoint->settings, uri->host);
}

static void print_elsewhere(struct sip_out *out, const struct sip_uri *uri,
			    const struct sip_endpoint *endpoint, const char *number)
{
	bool secure = uri->scheme == SIP_SCHEME_SIPS;
	size_t start = out->n, place;

	sip_out_cstr(out, "SIP/");
	if (is_peer(endpoint)) {
		sip_out_cstr(out, endpoint->name);
		sip_out_cstr(out, secure ? "/sips:" : "/sip:");
	} else if (secure) {
		sip_out_cstr(out, "sips:");
	}
	if (!is_peer(endpoint) && is_number_of_section(uri, endpoint, number)) {
		sip_out_cstr(out, number);
		sip_out_char(out, '@');
		sip_out_str(out, uri->host);
		return;
	}
	if (uri->user.n) {
		sip_out_str(out, uri->user);
		sip_out_char(out, '@');
	}
	if (out->overflow)
		return;
	place = out->n;
	sip_out_hostport(out, uri->host, uri->port);
	sip_out_request_params(out, uri->params);
	if (out->n - start < TARGET_MAX && !out->overflow)
		return;
	out->n = place;
	out->overflow = false;
	sip_out_hostport(out, uri->host, uri->port);
	print_needed_params(out, uri->params);
	if (out->n - start < TARGET_MAX && !out->overflow)
		rd_notice("sip/%s: it redirects to %.*s@%.*s, of whose parameters there is no "
			  "room for all",
			  endpoint->name, RD_STR_ARG(uri->user), RD_STR_ARG(uri->host));
}

static bool is_ours(const struct sip_uri *uri, struct rd_str our_host,
		    const struct sip_callee *callee)
{
	return uri->scheme == SIP_SCHEME_TEL || rd_str_ieq(uri->host, our_host) ||
	       sip_domains_have(sip.settings, uri->host) || sip_callee_is_here(callee);
}

/* In the dialplan a number means one of the same domain. */
static bool is_of_another_domain(const struct sip_endpoint *endpoint,
				 const struct sip_callee *callee)
{
	const struct sip_endpoint *neighbour =
		sip_domains_neighbour(endpoint, rd_str_of(callee->number));

	return strchr(callee->phone, '@') &&
	       !(neighbour && strcmp(neighbour->name, callee->phone) == 0);
}

/* What Dial() would call it, with its end. False: there is nobody to call. callee: of
 * ours, with the device that is meant. */
static bool print_target(struct sip_out *out, const struct sip_leg *leg,
			 const struct sip_uri *uri, struct rd_str our_host,
			 struct sip_callee *callee)
{
	size_t start = out->n;
	int rc = sip_callee_read(callee, uri);

	if (!is_ours(uri, our_host, callee)) {
		callee->device[0] = '\0';
		print_elsewhere(out, uri, leg->call->endpoint, rc == 0 ? callee->number : "");
	} else if (uri->scheme != SIP_SCHEME_SIPS && rc == 0 && callee->number[0] &&
		   sip_trunk_sends_here(leg->call->endpoint, callee->number) &&
		   !strpbrk(callee->phone, "\n/&") && !strpbrk(callee->number, "\n/&")) {
		bool by_name = is_of_another_domain(leg->call->endpoint, callee);

		sip_out_cstr(out, by_name ? "SIP/" : "");
		sip_out_cstr(out, by_name ? callee->phone : callee->number);
	}
	if (out->overflow || out->n == start || out->n - start >= TARGET_MAX) {
		out->n = start;
		out->overflow = false;
		return false;
	}
	sip_out_char(out, '\n');
	return !out->overflow;
}

/* "-SIP/42@192.0.2.7:5060" */
static void print_self(struct sip_out *out, const struct sip_leg *leg, struct rd_str our_host)
{
	size_t start = out->n;
	struct sip_name_addr called;
	struct sip_callee callee;
	struct sip_uri uri;

	sip_out_char(out, '-');
	if (sip_name_addr_parse(&called, leg->forks[0]->dialog->remote, NULL) ||
	    sip_uri_parse(&uri, called.uri, NULL) ||
	    !print_target(out, leg, &uri, our_host, &callee))
		out->n = start;
}

static void add_device(struct rd_buf *devices, const struct sip_callee *callee)
{
	char line[SIP_CALLEE_LINE];

	sip_callee_print(callee, line, sizeof(line));
	rd_buf_printf(devices, "%s", line);
}

/* Where a number of ours leads, only the dialplan knows: nobody can promise sips. */
static void tell_dropped(const struct sip_leg *leg, const struct sip_uri *uri, bool ours)
{
	bool secure = ours && uri->scheme == SIP_SCHEME_SIPS;

	rd_notice("sip/%s: it redirects to %.*s@%.*s, which is not called: %s",
		  leg->call->endpoint->name, RD_STR_ARG(uri->user), RD_STR_ARG(uri->host),
		  secure ? "numbers of our own are not called by sips" : "it is no target");
}

void sip_redirects_note(struct sip_leg *leg, const struct sip_msg *msg)
{
	struct sip_call *call = leg->call;
	char *text = rd_pool_alloc(sip.scratch, TEXT_MAX), host[SIP_SOCKADDR_TEXT];
	struct rd_str our_host = sip_our_host(&leg->forks[0]->dialog->flow, host);
	struct contact contacts[CONTACTS_MAX];
	int count = read_contacts(contacts, leg, msg);
	struct sip_callee callee;
	struct rd_buf devices;
	struct sip_out out;

	rd_buf_init(&devices);
	sip_out_init(&out, text, text ? TEXT_MAX : 0);
	if (count)
		print_self(&out, leg, our_host);
	for (int i = 0, rank = 0; i < count; i++) {
		size_t start = out.n;

		rank += i && contacts[i].q != contacts[i - 1].q;
		sip_out_char(&out, (char)('0' + rank));
		if (print_target(&out, leg, &contacts[i].uri, our_host, &callee)) {
			add_device(&devices, &callee);
			continue;
		}
		out.n = start;
		tell_dropped(leg, &contacts[i].uri,
			     is_ours(&contacts[i].uri, our_host, &callee));
	}
	rd_free(call->redirects);
	call->redirects = text ? rd_strndup(text, out.n) : NULL;
	if (call->channel) {
		rd_channel_set_called_devices(call->channel, rd_buf_text(&devices));
		sip_diversion_by(call->channel, msg);
	}
	rd_buf_fini(&devices);
}

/* Lines of it: is there a route that takes them, or nothing to follow? */
static bool goes_by_route(const struct sip_call *call)
{
	char *copy = rd_strdup(call->redirects), *rest = copy, *line;
	const char *targets[CONTACTS_MAX];
	bool taken;
	int count = 0;

	while (count < CONTACTS_MAX && (line = strsep(&rest, "\n")))
		if (*line && *line != '-')
			targets[count++] = line + 1;
	taken = sip_trunk_sent_on(call, targets, count);
	rd_free(copy);
	return taken;
}

bool sip_redirects_post(struct sip_call *call)
{
	struct rd_str rest = rd_str_of(call->redirects), line;

	if (!rest.n || !call->channel || goes_by_route(call))
		return false;
	while (rest.n) {
		rd_str_cut(&rest, '\n', &line);
		rd_channel_post_redirect(call->channel, line.p[0] == '-' ? -1 : line.p[0] - '0',
					 (struct rd_str){ line.p + 1, line.n - 1 });
	}
	return true;
}
