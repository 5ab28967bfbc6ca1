/* History-Info (RFC 7044): the targets of a request in turn. Whoever was left for
 * another target has sent the call on. */
#include <stdio.h>

#include "channels/sip/call/history.h"

struct entry {
	struct sip_name_addr addr;
	struct sip_uri uri;
	unsigned cause; /* why it was turned to this one (RFC 4458); 0: not said */
	bool mapped;	/* "mp": it is another user than the one before */
};

static bool read_number(struct rd_str text, unsigned *number)
{
	uint64_t n;

	if (rd_str_to_u64(text, 699, &n))
		return false;
	*number = (unsigned)n;
	return true;
}

/* The status in "Reason=SIP%3Bcause%3D486" of the headers of a URI; 0: none. */
static unsigned cause_in_headers(struct rd_str headers)
{
	struct rd_str pair, name, value, protocol;
	char text[128];
	unsigned cause = 0;
	ssize_t n;

	while (headers.n) {
		rd_str_cut(&headers, '&', &pair);
		rd_str_cut(&pair, '=', &name);
		n = sip_unescape(text, sizeof(text), pair);
		if (!rd_str_ieq(name, RD_STR("Reason")) || n < 0)
			continue;
		value = (struct rd_str){ text, (size_t)n };
		rd_str_cut(&value, ';', &protocol);
		if (rd_str_ieq(rd_str_trim(protocol), RD_STR("SIP")) &&
		    sip_param_get(value, RD_STR("cause"), &pair))
			read_number(pair, &cause);
		return cause;
	}
	return 0;
}

static bool next(struct sip_walk *walk, struct entry *entry)
{
	struct rd_str cause;

	memset(entry, 0, sizeof(*entry));
	if (sip_walk_name_addr(walk, &entry->addr) != 1 ||
	    sip_uri_parse(&entry->uri, entry->addr.uri, NULL))
		return false;
	if (sip_param_get(entry->uri.params, RD_STR("cause"), &cause))
		read_number(cause, &entry->cause);
	entry->mapped = sip_param_get(entry->addr.params, RD_STR("mp"), NULL);
	return true;
}

static void take(struct sip_party *who, const struct entry *entry)
{
	struct rd_str headers = entry->uri.headers, pair, name;

	sip_party_of_addr(who, entry->addr.display, entry->addr.uri);
	while (headers.n) {
		rd_str_cut(&headers, '&', &pair);
		rd_str_cut(&pair, '=', &name);
		if (rd_str_ieq(name, RD_STR("Privacy")) && !rd_str_ieq(pair, RD_STR("none")))
			who->party.name_pres = who->party.number_pres =
				RD_PRESENT_PROHIBITED;
	}
}

static int add(struct sip_diversions *all, const struct entry *entry, unsigned cause)
{
	struct sip_diversion *one = sip_diversion_new();

	if (!one)
		return -ENOMEM;
	take(&one->who, entry);
	one->reason = sip_reason_of_cause(cause)->name;
	all->count++;
	if (all->last)
		all->last->next = one;
	else
		all->first = one;
	all->last = one;
	return 0;
}

int sip_history_read(struct sip_diversions *all, const struct sip_msg *msg)
{
	struct sip_walk walk = { .msg = msg, .id = SIP_H_HISTORY_INFO };
	struct entry entry, before;
	unsigned cause;
	int rc = 0;

	if (!next(&walk, &before))
		return 0;
	while (!rc && next(&walk, &entry)) {
		cause = entry.cause ? entry.cause : cause_in_headers(before.uri.headers);
		if (cause || entry.mapped)
			rc = add(all, &before, cause);
		before = entry;
	}
	return rc;
}

/* ---- out ---- */

/* "<sip:1002@host?Reason=SIP%3Bcause%3D486&Privacy=history>" */
static void print_entry(struct sip_out *out, const struct sip_endpoint *endpoint,
			const struct rd_party *party, unsigned cause, struct rd_str host)
{
	sip_out_cstr(out, "<sip:");
	sip_out_escaped_user(out, rd_str_of(party->number));
	sip_out_char(out, '@');
	sip_out_str(out, host);
	sip_print_number(out, endpoint, rd_str_of(party->number));
	if (cause) {
		sip_out_cstr(out, "?Reason=SIP%3Bcause%3D");
		sip_out_number(out, cause);
	}
	if (!rd_presentation_shown(party->number_pres))
		sip_out_cstr(out, cause ? "&Privacy=history" : "?Privacy=history");
	sip_out_char(out, '>');
}

static void print_target(struct sip_out *out, struct rd_str target, unsigned cause)
{
	sip_out_char(out, '<');
	sip_out_str(out, target);
	if (cause && !memchr(target.p, '?', target.n)) {
		sip_out_cstr(out, ";cause=");
		sip_out_number(out, cause);
	}
	sip_out_char(out, '>');
}

static bool may_know(const struct sip_endpoint *endpoint, const struct rd_party *party)
{
	return party->number && *party->number &&
	       (rd_presentation_shown(party->number_pres) || endpoint->trust_id_outbound);
}

/* An index grows by ".1" with each target; "mp" names the one before. */
static void print_index(struct sip_out *out, unsigned depth)
{
	sip_out_cstr(out, ";index=1");
	for (unsigned i = 0; i < depth; i++)
		sip_out_cstr(out, ".1");
	if (!depth)
		return;
	sip_out_cstr(out, ";mp=1");
	for (unsigned i = 1; i < depth; i++)
		sip_out_cstr(out, ".1");
}

void sip_history_print(struct sip_out *out, const struct sip_endpoint *endpoint,
		       const struct rd_diversion *all, unsigned count, struct rd_str target,
		       struct rd_str host)
{
	unsigned cause = 0, depth = 0;

	sip_out_header_begin(out, SIP_H_HISTORY_INFO);
	while (count--) {
		const struct rd_diversion *one = &all[count];

		cause = 0;
		if (!may_know(endpoint, &one->who))
			continue;
		cause = sip_diversion_cause(one->reason);
		print_entry(out, endpoint, &one->who, cause, host);
		print_index(out, depth++);
		sip_out_cstr(out, ", ");
	}
	print_target(out, target, cause);
	print_index(out, depth);
	sip_out_crlf(out);
}
