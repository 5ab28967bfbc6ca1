/* Values of pjsip.conf in the words of sip.conf. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include <ringdown/base.h>
#include <ringdown/prompt.h>

#include "channels/sip/endpoint/pjsip_convert.h"
#include "channels/sip/message/network.h"
#include "channels/sip/message/out.h"
#include "channels/sip/message/uri.h"

/* What other sections say, or the driver looks up by itself. */
int pjsip_convert_elsewhere(struct pjsip *pjsip, struct rd_config_section *to,
			    const struct rd_config_line *line)
{
	(void)pjsip, (void)to, (void)line;
	return 0;
}

/* Words of theirs that are words of ours; others are reported. */
struct word {
	const char *theirs, *ours;
};

static int convert_word(struct pjsip *pjsip, struct rd_config_section *to,
			const struct rd_config_line *line, const char *name,
			const struct word *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcasecmp(words[i].theirs, line->value) == 0)
			return pjsip_add(pjsip, to, line, name, words[i].ours);
	return pjsip_note(pjsip, line, "there is no such choice here");
}

int pjsip_convert_dtmf_mode(struct pjsip *pjsip, struct rd_config_section *to,
			    const struct rd_config_line *line)
{
	static const struct word words[] = {
		{ "rfc4733", "rfc4733" }, { "rfc2833", "rfc4733" }, { "inband", "inband" },
		{ "info", "info" },	  { "auto", "auto" },	    { "auto_info", "auto_info" },
	};

	return convert_word(pjsip, to, line, "dtmf_mode", words, RD_ARRAY_SIZE(words));
}

/* Where we have more than the two choices. */
static int convert_yes_no(struct pjsip *pjsip, struct rd_config_section *to,
			  const struct rd_config_line *line, const char *name)
{
	static const struct word words[] = {
		{ "yes", "yes" }, { "true", "yes" }, { "on", "yes" },  { "1", "yes" },
		{ "no", "no" },	  { "false", "no" }, { "off", "no" }, { "0", "no" },
	};

	return convert_word(pjsip, to, line, name, words, RD_ARRAY_SIZE(words));
}

int pjsip_convert_ice_support(struct pjsip *pjsip, struct rd_config_section *to,
			      const struct rd_config_line *line)
{
	return convert_yes_no(pjsip, to, line, "ice_support");
}

int pjsip_convert_rewrite_contact(struct pjsip *pjsip, struct rd_config_section *to,
				  const struct rd_config_line *line)
{
	return convert_yes_no(pjsip, to, line, "send_to_source");
}

int pjsip_convert_media_encryption(struct pjsip *pjsip, struct rd_config_section *to,
				   const struct rd_config_line *line)
{
	static const struct word words[] = {
		{ "no", "no" }, { "sdes", "sdes" }, { "dtls", "dtls" }
	};

	return convert_word(pjsip, to, line, "media_encryption", words,
			    RD_ARRAY_SIZE(words));
}

int pjsip_convert_reliable(struct pjsip *pjsip, struct rd_config_section *to,
			   const struct rd_config_line *line)
{
	static const struct word words[] = { { "no", "no" },
					     { "yes", "supported" },
					     { "peer_supported", "supported" },
					     { "required", "required" } };

	return convert_word(pjsip, to, line, "100rel", words, RD_ARRAY_SIZE(words));
}

int pjsip_convert_timers(struct pjsip *pjsip, struct rd_config_section *to,
			 const struct rd_config_line *line)
{
	static const struct word words[] = { { "no", "no" },
					     { "yes", "accept" },
					     { "required", "originate" },
					     { "always", "originate" } };

	return convert_word(pjsip, to, line, "session_timers", words, RD_ARRAY_SIZE(words));
}

/* In seconds, with a fraction: "3.0". */
int pjsip_convert_qualify_timeout(struct pjsip *pjsip, struct rd_config_section *to,
				  const struct rd_config_line *line)
{
	char text[32], *end;
	double seconds = strtod(line->value, &end);

	if (*end || !(seconds >= 0 && seconds < 86400))
		return pjsip_note(pjsip, line, "seconds such as 3.0 are");
	snprintf(text, sizeof(text), "%dms", (int)(seconds * 1000));
	return pjsip_add(pjsip, to, line, "qualify_timeout", text);
}

static bool is_usual_pref(struct rd_str key, struct rd_str value)
{
	if (rd_str_ieq(key, RD_STR("operation")))
		return rd_str_ieq(value, RD_STR("intersect"));
	if (rd_str_ieq(key, RD_STR("keep")))
		return rd_str_ieq(value, RD_STR("all"));
	return rd_str_ieq(key, RD_STR("transcode")) && rd_str_ieq(value, RD_STR("allow"));
}

/* "prefer: pending, operation: intersect, keep: all, transcode: allow": whose order
 * counts is an option of ours; the rest is as it is always. */
int pjsip_convert_codec_prefs(struct pjsip *pjsip, struct rd_config_section *to,
			      const struct rd_config_line *line)
{
	bool incoming = strstr(line->name, "incoming");
	struct rd_str rest = rd_str_of(line->value), item, key;
	const char *order = NULL;

	while (rest.n) {
		rd_str_cut(&rest, ',', &item);
		rd_str_cut(&item, ':', &key);
		key = rd_str_trim(key);
		item = rd_str_trim(item);
		if (rd_str_ieq(key, RD_STR("prefer")))
			order = rd_str_ieq(item, RD_STR("configured")) ? "ours" : "caller";
		else if (!is_usual_pref(key, item))
			return pjsip_note(pjsip, line, "what both sides have in common is kept");
	}
	if (!order)
		return 0;
	return pjsip_add(pjsip, to, line, incoming ? "codec_order" : "offer_order", order);
}

/* "local_merge", "remote_first", ...: whose order it is. */
int pjsip_convert_offer_pref(struct pjsip *pjsip, struct rd_config_section *to,
			     const struct rd_config_line *line)
{
	bool incoming = strstr(line->name, "incoming");
	bool remote = strncasecmp(line->value, "remote", 6) == 0;

	return pjsip_add(pjsip, to, line, incoming ? "codec_order" : "offer_order",
			 remote ? "caller" : "ours");
}

/* What the aor says counts less than what the endpoint says. */
int pjsip_convert_mailboxes(struct pjsip *pjsip, struct rd_config_section *to,
			    const struct rd_config_line *line)
{
	return rd_config_get(to, "mailbox")
		       ? 0 : pjsip_add(pjsip, to, line, "mailbox", line->value);
}

int pjsip_convert_voicemail(struct pjsip *pjsip, struct rd_config_section *to,
			    const struct rd_config_line *line)
{
	return rd_config_get(to, "voicemail_number")
		       ? 0 : pjsip_add(pjsip, to, line, "voicemail_number", line->value);
}

/* "sips:host:port;transport=tcp", what sip.conf has of a URI. */
static void print_host(struct sip_out *out, const struct sip_uri *uri)
{
	sip_out_cstr(out, uri->scheme == SIP_SCHEME_SIPS ? "sips:" : "");
	sip_out_place(out, uri);
}

/* The next of "sip:a,<sip:b>"; its parameters may have commas within <>. */
static bool next_contact(struct rd_str *rest, struct rd_str *contact)
{
	bool bracketed;

	*rest = rd_str_trim(*rest);
	bracketed = rest->n && *rest->p == '<';
	if (!rest->n)
		return false;
	if (bracketed)
		*rest = (struct rd_str){ rest->p + 1, rest->n - 1 };
	rd_str_cut(rest, bracketed ? '>' : ',', contact);
	*contact = rd_str_trim(*contact);
	if (bracketed)
		rd_str_cut(rest, ',', &(struct rd_str){ 0 });
	return true;
}

/* Where a peer is, and whom calls are for that name nobody. */
static int add_host(struct pjsip *pjsip, struct rd_config_section *to,
		    const struct rd_config_line *line, const struct sip_uri *uri)
{
	char text[256], user[128];
	struct sip_out host;
	ssize_t n = sip_unescape(user, sizeof(user) - 1, uri->user);
	int rc;

	sip_out_init(&host, text, sizeof(text) - 1);
	print_host(&host, uri);
	if (host.overflow || n < 0)
		return pjsip_note(pjsip, line, "it is too long, or its user cannot be read");
	text[host.n] = user[n] = '\0';
	rc = pjsip_add(pjsip, to, line, "host", text);
	return rc || !n ? rc : pjsip_add(pjsip, to, line, "host_user", user);
}

/* And where it may be instead. */
static int add_other_host(struct pjsip *pjsip, struct rd_config_section *to,
			  const struct rd_config_line *line, const struct sip_uri *uri)
{
	char text[400];
	struct sip_out out;

	sip_out_init(&out, text, sizeof(text) - 1);
	sip_out_cstr(&out, uri->scheme == SIP_SCHEME_SIPS ? "sips:" : "sip:");
	if (uri->user.n) {
		sip_out_str(&out, uri->user);
		sip_out_char(&out, '@');
	}
	sip_out_place(&out, uri);
	if (out.overflow || memchr(text, ',', out.n))
		return pjsip_note(pjsip, line, "it is too long, or has a comma in it");
	text[out.n] = '\0';
	return pjsip_add(pjsip, to, line, "other_hosts", text);
}

int pjsip_convert_contact(struct pjsip *pjsip, struct rd_config_section *to,
			  const struct rd_config_line *line)
{
	struct rd_str rest = rd_str_of(line->value), contact;
	struct sip_uri uri;
	int rc = 0;

	while (rc == 0 && next_contact(&rest, &contact)) {
		if (sip_uri_parse(&uri, contact, NULL) || !uri.host.n)
			return pjsip_add(pjsip, to, line, "host", line->value);
		rc = rd_config_get(to, "host") ? add_other_host(pjsip, to, line, &uri)
					       : add_host(pjsip, to, line, &uri);
	}
	return rc;
}

/* One section serves for both: its name when it authenticates, and ours. */
int pjsip_convert_username(struct pjsip *pjsip, struct rd_config_section *to,
			   const struct rd_config_line *line)
{
	int rc = pjsip_add(pjsip, to, line, "auth_user", line->value);

	return rc ? rc : pjsip_add(pjsip, to, line, "username", line->value);
}

int pjsip_convert_auth_type(struct pjsip *pjsip, struct rd_config_section *to,
			    const struct rd_config_line *line)
{
	static const char *const known[] = { "userpass", "digest", "md5" };

	(void)to;
	for (size_t i = 0; i < RD_ARRAY_SIZE(known); i++)
		if (strcasecmp(line->value, known[i]) == 0)
			return 0;
	return pjsip_note(pjsip, line, "passwords only");
}

/* "cs3", "ef", "af41", or the whole byte of IP's header as a number. */
int pjsip_convert_tos(struct pjsip *pjsip, struct rd_config_section *to,
		      const struct rd_config_line *line)
{
	const char *v = line->value;
	int class = v[0] && v[1] && v[2] ? v[2] - '0' : -1;
	char text[16], *end;
	long value = strtol(v, &end, 0) / 4;

	if (strcasecmp(v, "ef") == 0)
		value = 46;
	else if (strncasecmp(v, "cs", 2) == 0 && class >= 0 && class < 8)
		value = class * 8;
	else if (strncasecmp(v, "af", 2) == 0 && class > 0 && class < 5 && v[3] > '0' &&
		 v[3] < '4')
		value = class * 8 + (v[3] - '0') * 2;
	else if (*end || value < 0 || value > 63)
		return pjsip_note(pjsip, line, "cs0 to cs7, af11 to af43, ef or a number is");
	snprintf(text, sizeof(text), "%ld", value);
	return pjsip_add(pjsip, to, line, "dscp", text);
}

/* Theirs may lack it too, and then the phone hears the tones of all. */
int pjsip_convert_tone_zone(struct pjsip *pjsip, struct rd_config_section *to,
			    const struct rd_config_line *line)
{
	if (!rd_tone_zone_known(line->value))
		return pjsip_note(pjsip, line, "there is no such section in indications.conf");
	return pjsip_add(pjsip, to, line, "tone_zone", line->value);
}

/* Older ones than TLS 1.2 are history (RFC 8996). */
int pjsip_convert_tls_method(struct pjsip *pjsip, struct rd_config_section *to,
			     const struct rd_config_line *line)
{
	if (strcasecmp(line->value, "tlsv1_2") == 0 || strcasecmp(line->value, "tlsv1_3") == 0)
		return pjsip_add(pjsip, to, line, "method", line->value);
	return pjsip_note(pjsip, line, "TLS 1.2 and 1.3 are spoken");
}

const char *pjsip_transport_fault(const struct rd_config_section *transport)
{
	const char *protocol = pjsip_value(transport, "protocol");

	if (protocol && (strcasecmp(protocol, "ws") == 0 || strcasecmp(protocol, "wss") == 0))
		return "there is no WebSocket yet; the section is left out";
	if (protocol && strcasecmp(protocol, "flow") == 0)
		return "a connection is used by whom it belongs to; the section is left out";
	if (protocol && strcasecmp(protocol, "tls") == 0 && !pjsip_value(transport, "cert_file"))
		return "it needs a cert_file; the section is left out";
	return NULL;
}

/* sip.conf beside it may have that section. */
static bool is_of_ours(const struct pjsip *pjsip, const char *transport)
{
	const struct rd_config_section *section = NULL;

	while ((section = rd_config_next(pjsip->out, section, transport)))
		if (pjsip_is_of_type(section, "transport") &&
		    strcmp(rd_config_section_name(section), transport) == 0)
			return true;
	return false;
}

/* One that was left out, or never was, is not there to be used. */
int pjsip_convert_transport(struct pjsip *pjsip, struct rd_config_section *to,
			    const struct rd_config_line *line)
{
	const struct rd_config_section *transport =
		pjsip_named(pjsip, rd_str_of(line->value), "transport");

	if (transport && pjsip_transport_fault(transport))
		return pjsip_note(pjsip, line, "that section is left out");
	if (!transport && !is_of_ours(pjsip, line->value))
		return pjsip_note(pjsip, line, "there is no such section; any transport is used");
	return pjsip_add(pjsip, to, line, "transport", line->value);
}

int pjsip_convert_media_address(struct pjsip *pjsip, struct rd_config_section *to,
				const struct rd_config_line *line)
{
	union sip_sockaddr address;

	if (sip_sockaddr_parse(&address, rd_str_of(line->value), 0))
		return pjsip_note(pjsip, line, "an IP address is");
	return pjsip_add(pjsip, to, line, "media_address", line->value);
}

/* "localhost:5060" */
int pjsip_convert_bind(struct pjsip *pjsip, struct rd_config_section *to,
		       const struct rd_config_line *line)
{
	struct rd_str port = rd_str_of(line->value), host;
	char text[64];

	rd_str_cut(&port, ':', &host);
	if (!rd_str_ieq(host, RD_STR("localhost")))
		return pjsip_add(pjsip, to, line, "bind", line->value);
	snprintf(text, sizeof(text), "127.0.0.1%s%.*s", port.p ? ":" : "", RD_STR_ARG(port));
	return pjsip_add(pjsip, to, line, "bind", text);
}

/* ---- how the world reaches a transport: one option for address and port ---- */

static const char signaling_address[] = "external_signaling_address";

/* An IPv6 address for a transport of IPv4, or the other way round. */
static bool is_of_other_family(const struct pjsip *pjsip, const char *external)
{
	const char *said = pjsip_value(pjsip->from, "bind");
	union sip_sockaddr bind, address;
	int family = AF_INET;

	if (said && sip_hostport_parse(&bind, said, 0) == 0)
		family = bind.sa.sa_family;
	return sip_hostport_parse(&address, external, 0) == 0 && address.sa.sa_family != family;
}

int pjsip_convert_external_signaling(struct pjsip *pjsip, struct rd_config_section *to,
				     const struct rd_config_line *line)
{
	const char *port = pjsip_value(pjsip->from, "external_signaling_port");
	bool is_v6 = strchr(line->value, ':') && *line->value != '[';
	char text[300];

	if (is_of_other_family(pjsip, line->value))
		return pjsip_note(pjsip, line, "it is of another family than bind");
	if (!port || strcmp(port, "0") == 0)
		return pjsip_add(pjsip, to, line, "external_address", line->value);
	snprintf(text, sizeof(text), is_v6 ? "[%s]:%s" : "%s:%s", line->value, port);
	return pjsip_add(pjsip, to, line, "external_address", text);
}

/* Alone, it stands for both. */
int pjsip_convert_external_media(struct pjsip *pjsip, struct rd_config_section *to,
				 const struct rd_config_line *line)
{
	const char *other = pjsip_value(pjsip->from, signaling_address);

	if (!other)
		return pjsip_convert_external_signaling(pjsip, to, line);
	if (strcasecmp(other, line->value) == 0)
		return 0;
	return pjsip_note(pjsip, line, "external_signaling_address stands for both");
}

int pjsip_convert_external_port(struct pjsip *pjsip, struct rd_config_section *to,
				const struct rd_config_line *line)
{
	(void)to;
	if (pjsip_value(pjsip->from, signaling_address) ||
	    pjsip_value(pjsip->from, "external_media_address"))
		return 0;
	return pjsip_note(pjsip, line, "without external_signaling_address it says nothing");
}
