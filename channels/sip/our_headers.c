/* Headers that say who we are, on whatever way a message goes. */
#include "channels/sip/our_headers.h"

#include <time.h>

#include <ringdown/clock.h>

#include "channels/sip/driver.h"

struct rd_str sip_our_host(const struct sip_flow *flow, char text[SIP_SOCKADDR_TEXT])
{
	const union sip_sockaddr *us = sip_flow_sent_by(flow);
	size_t n = sip_sockaddr_host(us, us->sa.sa_family == AF_INET6 ? text + 1 : text);

	if (us->sa.sa_family == AF_INET6) {
		text[0] = '[';
		text[++n] = ']';
		n++;
	}
	return (struct rd_str){ text, n };
}

static void print_us_as(struct sip_out *out, const struct sip_flow *flow, const char *domain)
{
	const union sip_sockaddr *us = sip_flow_sent_by(flow);

	if (domain)
		sip_out_hostport(out, rd_str_of(domain), sip_sockaddr_port(us));
	else
		sip_out_sockaddr(out, us);
	if (!out->secure && flow->transport->protocol != SIP_UDP) {
		sip_out_cstr(out, ";transport=");
		sip_out_str(out, sip_protocol_param(flow->transport->protocol));
	}
}

void sip_print_us(struct sip_out *out, const struct sip_flow *flow)
{
	print_us_as(out, flow, NULL);
}

void sip_print_place(struct sip_out *out, const char *target, const struct sip_flow *flow)
{
	struct sip_uri uri;

	sip_out_char(out, '<');
	if (sip_uri_parse(&uri, rd_str_of(target), NULL) == 0 && uri.scheme == SIP_SCHEME_TEL) {
		sip_out_cstr(out, target);
		sip_out_char(out, '>');
		return;
	}
	if (!sip_uri_has_scheme(rd_str_of(target)))
		sip_out_cstr(out, out->secure ? "sips:" : "sip:");
	if (strchr(target, '@')) {
		sip_out_written_uri(out, rd_str_of(target));
	} else {
		sip_out_written_user(out, rd_str_of(target));
		sip_out_char(out, '@');
		sip_print_us(out, flow);
	}
	sip_out_char(out, '>');
}

void sip_print_contact(struct sip_out *out, const struct sip_flow *flow)
{
	sip_print_contact_of(out, flow, NULL, NULL);
}

void sip_print_contact_of(struct sip_out *out, const struct sip_flow *flow, const char *user,
			  const char *domain)
{
	sip_out_header_begin(out, SIP_H_CONTACT);
	sip_out_cstr(out, out->secure ? "<sips:" : "<sip:");
	if (user) {
		sip_out_escaped_user(out, rd_str_of(user));
		sip_out_char(out, '@');
	}
	print_us_as(out, flow, domain);
	sip_out_char(out, '>');
	sip_out_crlf(out);
}

void sip_print_agent(struct sip_out *out, bool is_response)
{
	sip_out_header(out, is_response ? SIP_H_SERVER : SIP_H_USER_AGENT,
		       rd_str_of(sip.settings->user_agent));
}

void sip_print_sips_warning(struct sip_out *out, unsigned code)
{
	sip_out_header_begin(out, SIP_H_WARNING);
	sip_out_number(out, code);
	sip_out_cstr(out, code == SIP_WARN_SIPS_REQUIRED ? " ringdown \"SIPS Required\""
							 : " ringdown \"SIPS Not Allowed\"");
	sip_out_crlf(out);
}

/* RFC 3261 §21.4.13: it may be the encoding that was not understood. */
static void print_accept_encoding(struct sip_out *out, const struct sip_msg *request)
{
	if (request && sip_msg_header(request, SIP_H_CONTENT_ENCODING))
		sip_out_header(out, SIP_H_ACCEPT_ENCODING, RD_STR("identity"));
}

struct sip_out *sip_answer_begin(struct sip_server *server, unsigned status)
{
	struct sip_out *out = sip_reply_begin(server, status, (struct rd_str){ 0 });

	sip_print_agent(out, true);
	if (status == 415)
		print_accept_encoding(out, sip_server_request(server));
	return out;
}

void sip_answer_with(struct sip_server *server, unsigned status)
{
	sip_reply_send(server, sip_answer_begin(server, status));
}

void sip_print_accept(struct sip_out *out)
{
	sip_out_header(out, SIP_H_ACCEPT,
		       RD_STR("application/sdp, multipart/mixed, multipart/alternative, "
			      "multipart/related"));
}

void sip_print_readable(struct sip_out *out)
{
	sip_print_accept(out);
	sip_out_header(out, SIP_H_ACCEPT_ENCODING, RD_STR("identity"));
	sip_out_header(out, SIP_H_ACCEPT_LANGUAGE, RD_STR("en"));
}

/* Many messages come in one second. */
const char *sip_date_now(void)
{
	static char text[40];
	static time_t printed;
	time_t now = (time_t)rd_wall();
	struct tm parts;

	if (now != printed) {
		gmtime_r(&now, &parts);
		strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &parts);
		printed = now;
	}
	return text;
}
