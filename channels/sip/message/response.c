/* The beginning of a response: what it copies from its request
 * (RFC 3261 §8.2.6, §18.2.1; RFC 3581 §4). */
#include "channels/sip/message/chars.h"
#include "channels/sip/message/history_echo.h"
#include "channels/sip/message/out.h"
#include "channels/sip/message/session_id.h"

static bool is_param(struct rd_str name, const char *want)
{
	return rd_str_ieq(name, rd_str_of(want));
}

/* The sender wrote another host than the one that it sent from. */
static bool needs_received(const struct sip_via *via, const struct rd_str *source)
{
	return via->has_rport || !rd_str_ieq(via->host, *source);
}

/* The topmost Via with where the request really came from. */
static void add_top_via(struct sip_out *out, const struct sip_msg *request)
{
	const struct sip_via *via = &request->via;
	char text[SIP_SOCKADDR_TEXT];
	struct rd_str source = { text, sip_sockaddr_host(&request->source, text) };
	struct rd_str rest = via->params;
	struct sip_param param;
	const char *end = via->params.p ? via->params.p - 1 : via->text.p + via->text.n;

	sip_out_str(out, sip_span(via->text.p, sip_trim_end(via->text.p, end)));
	while (sip_param_next(&rest, &param)) {
		if (is_param(param.name, "received") || is_param(param.name, "rport"))
			continue;
		sip_out_char(out, ';');
		sip_out_str(out, param.name);
		if (param.value.p) {
			sip_out_char(out, '=');
			sip_out_str(out, param.value);
		}
	}
	if (needs_received(via, &source)) {
		sip_out_cstr(out, ";received=");
		sip_out_str(out, source);
	}
	if (via->has_rport) {
		sip_out_cstr(out, ";rport=");
		sip_out_number(out, sip_sockaddr_port(&request->source));
	}
}

void sip_out_vias(struct sip_out *out, const struct sip_msg *request)
{
	const struct sip_header *header = sip_msg_header(request, SIP_H_VIA);
	struct rd_str top = request->via.text;

	if (!header)
		return;
	sip_out_header_begin(out, SIP_H_VIA);
	if (request->source.sa.sa_family && top.n) {
		add_top_via(out, request);
		sip_out_str(out, sip_span(top.p + top.n,
					  header->value.p + header->value.n));
	} else {
		sip_out_str(out, header->value);
	}
	sip_out_crlf(out);
	while ((header = sip_msg_header_next(request, header)))
		sip_out_header(out, SIP_H_VIA, header->value);
}

/* What follows the first element of a list. */
static struct rd_str after_first(struct rd_str list, struct rd_str first)
{
	struct rd_str rest = sip_span(first.p + first.n, list.p + list.n);

	rest = rd_str_trim(rest);
	return rest.n ? rd_str_trim((struct rd_str){ rest.p + 1, rest.n - 1 }) : rest;
}

void sip_out_lower_vias(struct sip_out *out, const struct sip_msg *response)
{
	const struct sip_header *header = sip_msg_header(response, SIP_H_VIA);
	struct rd_str rest;

	if (!header || !response->via.text.n)
		return;
	rest = after_first(header->value, response->via.text);
	if (rest.n)
		sip_out_header(out, SIP_H_VIA, rest);
	while ((header = sip_msg_header_next(response, header)))
		sip_out_header(out, SIP_H_VIA, header->value);
}

/* Of what may stand there but once, the first; nothing of nothing. */
static void add_first(struct sip_out *out, const struct sip_msg *request,
		      enum sip_header_id id)
{
	if (request->first[id])
		sip_out_header(out, id, sip_msg_value(request, id));
}

static void add_to(struct sip_out *out, const struct sip_msg *request,
		   struct rd_str to_tag)
{
	if (!request->first[SIP_H_TO])
		return;
	sip_out_header_begin(out, SIP_H_TO);
	sip_out_str(out, sip_msg_value(request, SIP_H_TO));
	if (to_tag.n && !request->to.tag.n && request->to.uri.n) {
		sip_out_cstr(out, ";tag=");
		sip_out_str(out, to_tag);
	}
	sip_out_crlf(out);
}

void sip_out_response(struct sip_out *out, const struct sip_msg *request, unsigned status,
		      struct rd_str reason, struct rd_str to_tag)
{
	sip_out_cstr(out, "SIP/2.0 ");
	sip_out_number(out, status);
	sip_out_char(out, ' ');
	sip_out_str(out, reason.n ? reason : sip_reason_phrase(status));
	sip_out_crlf(out);
	sip_out_vias(out, request);
	add_first(out, request, SIP_H_FROM);
	add_to(out, request, to_tag);
	add_first(out, request, SIP_H_CALL_ID);
	add_first(out, request, SIP_H_CSEQ);
	if (request->first[SIP_H_SESSION_ID])
		sip_session_id_echo(out, request);
	if (status == 100)
		sip_out_copy(out, request, SIP_H_TIMESTAMP);
	else
		sip_history_echo(out, request);
	if (status > 100 && status < 300)
		sip_out_copy(out, request, SIP_H_RECORD_ROUTE);
}
