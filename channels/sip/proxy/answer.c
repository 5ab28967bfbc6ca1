/* Answers that are passed on (RFC 3261 §16.7): printed as they came, but for the Via, our
 * own Record-Route, and Contacts that we have tried. */
#include "channels/sip/proxy/proxy.h"

static bool is_printed_apart(const struct sip_header *header)
{
	return header->id == SIP_H_VIA || header->id == SIP_H_CONTENT_LENGTH;
}

/* The part of it behind what was ours, which is replaced; all of it where none is. */
static struct rd_str print_replaced(struct sip_out *out, struct rd_str value,
				    const struct rd_sip_changes *changes)
{
	const char *end = value.p + value.n, *at = value.p;

	while (changes->was.n &&
	       (at = memmem(at, (size_t)(end - at), changes->was.p, changes->was.n))) {
		const char *rest = at + changes->was.n;

		if (rest < end && *rest == '@' && at > value.p && at[-1] == ':') {
			sip_out_str(out, (struct rd_str){ value.p, (size_t)(at - value.p) });
			sip_out_str(out, changes->is);
			return (struct rd_str){ rest, (size_t)(end - rest) };
		}
		at = rest;
	}
	return value;
}

static void print_record(struct sip_out *out, struct rd_str value,
			 const struct rd_sip_changes *changes)
{
	struct rd_str rest = value, before;

	sip_out_header_begin(out, SIP_H_RECORD_ROUTE);
	do {
		before = rest;
		rest = print_replaced(out, before, changes);
	} while (rest.p != before.p);
	sip_out_str(out, rest);
	sip_out_crlf(out);
}

/* Only what makes a dialog tells its route. */
static void print_header(struct sip_out *out, const struct sip_msg *response,
			 const struct sip_header *header, const struct rd_sip_changes *changes)
{
	if (header->id == SIP_H_CONTACT && changes->no_contacts)
		return;
	if (header->id != SIP_H_RECORD_ROUTE)
		sip_out_header_named(out, header->name, header->value);
	else if (response->status < 300)
		print_record(out, header->value, changes);
}

static int print(struct sip_out *out, const struct sip_msg *response,
		 const struct rd_sip_changes *changes)
{
	size_t before;

	sip_out_cstr(out, "SIP/2.0 ");
	sip_out_number(out, response->status);
	sip_out_char(out, ' ');
	sip_out_str(out, response->reason);
	sip_out_crlf(out);
	before = out->n;
	sip_out_lower_vias(out, response);
	if (out->n == before)
		return -EINVAL;
	for (unsigned i = 0; i < response->header_count; i++)
		if (!is_printed_apart(&response->headers[i]))
			print_header(out, response, &response->headers[i], changes);
	sip_out_str(out, changes->lines);
	sip_out_body(out, (struct rd_str){ 0 }, response->body);
	return 0;
}

int sip_proxied_relay(struct rd_sip_request *request, const struct rd_sip_message *message,
		      const struct rd_sip_changes *changes)
{
	struct sip_proxied *proxied = sip_proxied_of(request);
	struct sip_server *server = proxied->server;
	const struct sip_msg *response = sip_msg_of(message);
	struct sip_out *out;
	int rc;

	if (!server)
		return -EALREADY;
	out = sip_relay_begin(server, response->status);
	rc = print(out, response, changes);
	if (rc == 0 && response->status >= 200)
		sip_proxied_settle(proxied);
	return rc ? rc : sip_relay_send(server, out);
}
