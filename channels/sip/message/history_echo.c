/* History-Info in answers (RFC 7044 §9.4): who asks for it hears where his request
 * has been, and that it has come to us. What the entries mean is call/history.c's. */
#include "channels/sip/message/history_echo.h"

#include "channels/sip/message/uri.h"

#define HISTINFO RD_STR("histinfo")

/* Is this where the last entry says that the request was sent? */
static bool is_target(const struct sip_name_addr *entry, const struct sip_msg *request)
{
	struct sip_uri last, ours;

	if (sip_uri_parse(&last, entry->uri, NULL) ||
	    sip_uri_parse(&ours, request->uri, NULL))
		return false;
	last.headers = (struct rd_str){ 0 };
	return sip_uri_equal(&last, &ours);
}

/* The last entry that can be read; false: there is none. */
static bool find_last(const struct sip_msg *request, struct sip_name_addr *last)
{
	struct sip_walk walk = { .msg = request, .id = SIP_H_HISTORY_INFO };
	struct sip_name_addr entry;
	bool found = false;

	while (sip_walk_name_addr(&walk, &entry) == 1) {
		*last = entry;
		found = true;
	}
	return found;
}

static bool has_index(const struct sip_name_addr *entry, struct rd_str *index)
{
	return sip_param_get(entry->params, RD_STR("index"), index) && index->n &&
	       strspn(index->p, "0123456789.") >= index->n;
}

/* The entry that whoever sent it to us should have added (§9.1): one hop on. */
static void add_ours(struct sip_out *out, const struct sip_msg *request,
		     const struct sip_name_addr *last)
{
	struct rd_str index;

	sip_out_header_begin(out, SIP_H_HISTORY_INFO);
	sip_out_char(out, '<');
	sip_out_str(out, request->uri);
	sip_out_cstr(out, ">;index=");
	if (last && has_index(last, &index)) {
		sip_out_str(out, index);
		sip_out_cstr(out, ".1");
	} else {
		sip_out_char(out, '1');
	}
	sip_out_crlf(out);
}

void sip_history_echo(struct sip_out *out, const struct sip_msg *request)
{
	bool told = request->first[SIP_H_HISTORY_INFO];
	struct sip_name_addr last;

	if (!told && !sip_msg_lists(request, SIP_H_SUPPORTED, HISTINFO))
		return;
	sip_out_copy(out, request, SIP_H_HISTORY_INFO);
	told = told && find_last(request, &last);
	if (!told || !is_target(&last, request))
		add_ours(out, request, told ? &last : NULL);
}
