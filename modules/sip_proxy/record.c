/* The user part of our Record-Route: a mark that nobody else can make, which is another
 * one for the caller than for the called, a mark of where the other end is, and the
 * phones of ours at either end. Later requests of the dialog are sent to these by the way
 * that they registered from: behind a NAT no other leads there.
 *
 * Whoever is called is told where the caller is, and the caller, by his answer, where he
 * is who answered. Nobody is told the mark of what he has said himself: with that he could
 * have us send to wherever he likes. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "modules/sip_proxy/proxy.h"

/* A letter of a phone's name as it stands in a user part, where a dot is between two names;
 * NUL: it cannot. */
static char coded(char c)
{
	if (isalnum((unsigned char)c) || c == '-' || c == '_' || c == '+')
		return c;
	return c == '@' ? '!' : c == '.' ? '~' : '\0';
}

/* False: it cannot, or does not fit. */
static bool code_name(char name[PROXY_RECORD], const char *phone)
{
	size_t n = 0;

	while (*phone && n + 1 < PROXY_RECORD && (name[n] = coded(*phone)))
		n++, phone++;
	name[n] = '\0';
	return n && !*phone;
}

static bool decode_name(char phone[PROXY_RECORD], struct rd_str name)
{
	if (!rd_strcpyn(phone, PROXY_RECORD, name))
		return false;
	for (char *c = phone; *c; c++)
		*c = *c == '!' ? '@' : *c == '~' ? '.' : *c;
	return true;
}

/* What does not fit is left out: then the Contact has to do. */
static void add_name(char record[PROXY_RECORD], struct rd_str name)
{
	size_t used = strlen(record);

	if (name.n && used + 1 + name.n < PROXY_RECORD)
		snprintf(record + used, PROXY_RECORD - used, ".%.*s", RD_STR_ARG(name));
}

void proxy_record_sender(struct proxy_route *route, const char *phone)
{
	if (code_name(route->sender, phone))
		route->names = rd_str_of(route->sender);
}

/* The hop between us and the sender of a message, absent: there is none. False: an
 * answer in which ours is not. */
static bool hop_before(struct rd_str *next, const struct rd_sip_message *message,
		       const char *was)
{
	struct rd_sip_uri uri;
	struct rd_str text;

	*next = (struct rd_str){ 0 };
	if (!was) {
		proxy->record(message, 0, next);
		return true;
	}
	for (unsigned i = 0; *was && proxy->record(message, i, &text); i++) {
		proxy->uri(&uri, text);
		if (rd_str_eq(uri.user, rd_str_of(was)))
			return true;
		*next = text;
	}
	return false;
}

bool proxy_record_end(char mark[PROXY_MARK + 1], const struct rd_sip_request *request,
		      const struct rd_sip_message *message, const char *was)
{
	struct rd_sip_contact contact;
	struct rd_str next;

	if (!hop_before(&next, message, was) || !proxy->contact(message, 0, &contact))
		return false;
	proxy_mark_end(request, contact.uri, next, mark);
	return true;
}

static void add_end(char record[PROXY_RECORD], const struct rd_sip_request *request,
		    const struct rd_sip_message *message, const char *was)
{
	char mark[PROXY_MARK + 1];

	if (proxy_record_end(mark, request, message, was))
		add_name(record, rd_str_of(mark));
}

/* Some phone's name may begin as the mark does. */
static bool is_end(struct rd_str name)
{
	size_t at = strlen(PROXY_END);

	if (name.n != PROXY_MARK || memcmp(name.p, PROXY_END, at) != 0)
		return false;
	while (at < name.n && isxdigit((unsigned char)name.p[at]))
		at++;
	return at == name.n;
}

/* The phones of "1001.1002", without the mark of an end. */
static void add_phones(char record[PROXY_RECORD], struct rd_str names, const char *callee)
{
	char called[PROXY_RECORD];
	bool has_callee = !callee || !code_name(called, callee);
	struct rd_str name;

	while (names.n) {
		rd_str_cut(&names, '.', &name);
		if (is_end(name))
			continue;
		add_name(record, name);
		has_callee = has_callee || rd_str_eq(name, rd_str_of(called));
	}
	if (!has_callee)
		add_name(record, rd_str_of(called));
}

void proxy_record_make(char record[PROXY_RECORD], const struct rd_sip_request *request,
		       const struct proxy_route *route, const char *callee)
{
	proxy_mark_dialog(request, proxy_other_side(route->side), record);
	add_end(record, request, request->message, NULL);
	add_phones(record, route->names, callee);
}

bool proxy_record_answer(char record[PROXY_RECORD], const struct rd_sip_request *request,
			 const struct rd_sip_message *answer, const char *was)
{
	struct rd_str next, names;
	enum proxy_side side;

	if (!hop_before(&next, answer, was) ||
	    !proxy_record_is(request, rd_str_of(was), &side, &names))
		return false;
	proxy_mark_dialog(request, proxy_other_side(side), record);
	add_end(record, request, answer, was);
	add_phones(record, names, NULL);
	return true;
}

static bool is_of_side(const struct rd_sip_request *request, struct rd_str mark,
		       enum proxy_side side)
{
	char ours[PROXY_MARK + 1];

	proxy_mark_dialog(request, side, ours);
	return rd_str_eq(mark, rd_str_of(ours));
}

bool proxy_record_is(const struct rd_sip_request *request, struct rd_str user,
		     enum proxy_side *side, struct rd_str *names)
{
	struct rd_str mark;

	rd_str_cut(&user, '.', &mark);
	if (mark.n != PROXY_MARK || memcmp(mark.p, PROXY_DIALOG, strlen(PROXY_DIALOG)) != 0)
		return false;
	if (is_of_side(request, mark, PROXY_CALLEE))
		*side = PROXY_CALLEE;
	else if (is_of_side(request, mark, PROXY_CALLER))
		*side = PROXY_CALLER;
	else
		return false;
	*names = user;
	return true;
}

/* How well a binding fits the Contact that a phone had when the dialog began. */
enum likeness {
	ANOTHER,
	ANOTHER_PORT, /* a connection's own, and another one the next time */
	THE_SAME,
};

static enum likeness likeness(const struct rd_sip_binding *binding, const struct rd_sip_uri *uri)
{
	struct rd_sip_uri other;

	proxy->uri(&other, binding->uri);
	if (!rd_str_eq(other.user, uri->user) || !rd_str_ieq(other.host, uri->host))
		return ANOTHER;
	return other.port == uri->port ? THE_SAME : ANOTHER_PORT;
}

/* The likest of a phone's bindings, of several the one that was renewed last. */
static enum likeness likest(const char *phone, const struct rd_sip_uri *uri,
			    struct rd_sip_binding *found)
{
	enum likeness best = ANOTHER, is;
	struct rd_sip_binding binding;
	size_t pos = 0;

	while (proxy->binding(phone, &pos, &binding)) {
		is = likeness(&binding, uri);
		if (is > best || (is && is == best && binding.stamp > found->stamp)) {
			best = is;
			*found = binding;
		}
	}
	return best;
}

bool proxy_record_phone(const struct proxy_route *route, char phone[PROXY_RECORD],
			struct rd_sip_binding *binding)
{
	enum likeness best = ANOTHER, is;
	struct rd_sip_binding its;
	struct rd_str rest = route->names, name;
	char each[PROXY_RECORD];
	struct rd_sip_uri uri;

	proxy->uri(&uri, route->uri);
	while (rest.n) {
		rd_str_cut(&rest, '.', &name);
		is = decode_name(each, name) ? likest(each, &uri, &its) : ANOTHER;
		if (is > best) {
			best = is;
			*binding = its;
			rd_strcpy(phone, PROXY_RECORD, each);
		}
	}
	/* Of a device's flows the one that lives (RFC 5626 §5.3). */
	if (best && binding->instance.n &&
	    proxy->next_flow(phone, binding->instance, UINT64_MAX, &its))
		*binding = its;
	return best;
}

static bool is_far_end(const struct proxy_route *route, const struct rd_sip_request *request)
{
	struct rd_str rest = route->names, next = { 0 }, name;
	char mark[PROXY_MARK + 1];

	if (route->routes_left)
		proxy->route(request->message, route->routes_done, &next);
	proxy_mark_end(request, route->uri, next, mark);
	while (rest.n) {
		rd_str_cut(&rest, '.', &name);
		if (rd_str_eq(name, rd_str_of(mark)))
			return true;
	}
	return proxy_moved_leads(request, route, mark);
}

bool proxy_record_leads(const struct proxy_route *route, const struct rd_sip_request *request)
{
	struct rd_sip_binding binding;
	char phone[PROXY_RECORD];

	return is_far_end(route, request) ||
	       (!route->routes_left && proxy_record_phone(route, phone, &binding));
}
