/* The user part of our Record-Route: a mark that nobody else can make, a mark of where
 * the other end is, and the phones of ours at either end. Later requests of the dialog
 * are sent to these by the way that they registered from: behind a NAT no other leads
 * there.
 *
 * Whoever is called is told where the caller is, and the caller, by his answer, where he
 * is who answered. Nobody is told the mark of what he has said himself: with that he could
 * have us send to wherever he likes. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "modules/sip_proxy/proxy.h"

static bool is_plain(struct rd_str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!isalnum((unsigned char)name.p[i]) && name.p[i] != '-' && name.p[i] != '_')
			return false;
	return name.n;
}

/* What does not fit is left out: then the Contact has to do. */
static void add_name(char record[PROXY_RECORD], struct rd_str name)
{
	size_t used = strlen(record);

	if (is_plain(name) && used + 1 + name.n < PROXY_RECORD)
		snprintf(record + used, PROXY_RECORD - used, ".%.*s", RD_STR_ARG(name));
}

/* Where the sender of a message says that requests find him; next: the hop before. */
static void add_end(char record[PROXY_RECORD], const struct rd_sip_request *request,
		    const struct rd_sip_message *message, struct rd_str next)
{
	char mark[PROXY_MARK + 1];
	struct rd_sip_contact contact;

	if (!proxy->contact(message, 0, &contact))
		return;
	proxy_mark_end(request, contact.uri, next, mark);
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
	bool has_callee = false;
	struct rd_str name;

	while (names.n) {
		rd_str_cut(&names, '.', &name);
		if (is_end(name))
			continue;
		add_name(record, name);
		has_callee = has_callee || rd_str_eq(name, rd_str_of(callee));
	}
	if (!has_callee)
		add_name(record, rd_str_of(callee));
}

void proxy_record_make(char record[PROXY_RECORD], const struct rd_sip_request *request,
		       const struct proxy_route *route, const char *callee)
{
	struct rd_str next = { 0 };

	proxy_mark_dialog(request, record);
	proxy->record(request->message, 0, &next);
	add_end(record, request, request->message, next);
	add_phones(record, route->names, callee);
}

bool proxy_record_answer(char record[PROXY_RECORD], const struct rd_sip_request *request,
			 const struct rd_sip_message *answer, const char *was)
{
	struct rd_str next = { 0 }, text, names = { 0 };
	struct rd_sip_uri uri;

	for (unsigned i = 0; *was && proxy->record(answer, i, &text); i++) {
		proxy->uri(&uri, text);
		if (!rd_str_eq(uri.user, rd_str_of(was))) {
			next = text;
			continue;
		}
		proxy_mark_dialog(request, record);
		proxy_record_is(rd_str_of(was), record, &names);
		add_end(record, request, answer, next);
		add_phones(record, names, NULL);
		return true;
	}
	return false;
}

bool proxy_record_is(struct rd_str user, const char *mark, struct rd_str *names)
{
	if (!*mark || user.n < PROXY_MARK || memcmp(user.p, mark, PROXY_MARK) != 0 ||
	    (user.n > PROXY_MARK && user.p[PROXY_MARK] != '.'))
		return false;
	if (user.n > PROXY_MARK)
		*names = (struct rd_str){ user.p + PROXY_MARK + 1, user.n - PROXY_MARK - 1 };
	return true;
}

static bool lives_at(const char *phone, const struct rd_sip_uri *uri)
{
	struct rd_sip_binding binding;
	struct rd_sip_uri other;
	size_t pos = 0;

	while (proxy->binding(phone, &pos, &binding)) {
		proxy->uri(&other, binding.uri);
		if (rd_str_eq(other.user, uri->user) && rd_str_ieq(other.host, uri->host) &&
		    other.port == uri->port)
			return true;
	}
	return false;
}

bool proxy_record_phone(const struct proxy_route *route, char phone[PROXY_RECORD])
{
	struct rd_str rest = route->names, name;
	struct rd_sip_uri uri;

	proxy->uri(&uri, route->uri);
	while (rest.n) {
		rd_str_cut(&rest, '.', &name);
		if (rd_strcpyn(phone, PROXY_RECORD, name) && lives_at(phone, &uri))
			return true;
	}
	phone[0] = '\0';
	return false;
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
	return false;
}

bool proxy_record_leads(const struct proxy_route *route, const struct rd_sip_request *request)
{
	char phone[PROXY_RECORD];

	return is_far_end(route, request) ||
	       (!route->routes_left && proxy_record_phone(route, phone));
}
