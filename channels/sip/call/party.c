/* Identities in and out of messages. A withheld one leaves the house only to
 * those who are trusted with it. */
#include "party.h"

static void unquote(char *dst, size_t size, struct rd_str display)
{
	ssize_t n = sip_unquote(dst, size - 1, display);

	dst[n < 0 ? 0 : n] = '\0';
}

/* The user part of a sip or tel URI, without its parameters. */
static void number_of(char *dst, size_t size, struct rd_str uri_text)
{
	struct rd_str user, rest;
	struct sip_uri uri;
	ssize_t n;

	dst[0] = '\0';
	if (sip_uri_parse(&uri, uri_text, NULL))
		return;
	rest = uri.user;
	rd_str_cut(&rest, ';', &user);
	n = sip_unescape(dst, size - 1, user);
	dst[n < 0 ? 0 : n] = '\0';
}

void sip_party_of_addr(struct sip_party *who, struct rd_str display, struct rd_str uri)
{
	memset(&who->party, 0, sizeof(who->party));
	unquote(who->name, sizeof(who->name), display);
	number_of(who->number, sizeof(who->number), uri);
	who->party.name = who->name[0] ? who->name : NULL;
	who->party.number = who->number[0] ? who->number : NULL;
}

static void set_presentation(struct sip_party *who, enum rd_presentation pres)
{
	who->party.name_pres = who->party.number_pres = pres;
}

static bool is_withheld(const struct sip_msg *msg)
{
	struct rd_str rest = sip_msg_value(msg, SIP_H_PRIVACY), value;

	while (rest.n) {
		rd_str_cut(&rest, ';', &value);
		value = rd_str_trim(value);
		if (rd_str_ieq(value, RD_STR("id")) || rd_str_ieq(value, RD_STR("user")) ||
		    rd_str_ieq(value, RD_STR("header")))
			return true;
	}
	return false;
}

static bool rpid_withheld(struct rd_str params)
{
	struct rd_str privacy;

	if (!sip_param_get(params, RD_STR("privacy"), &privacy))
		return false;
	privacy = sip_strip_quotes(privacy);
	return !rd_str_ieq(privacy, RD_STR("off"));
}

bool sip_party_asserted(struct sip_party *who, const struct sip_endpoint *endpoint,
			const struct sip_msg *msg)
{
	struct sip_walk walk = { .msg = msg, .id = SIP_H_P_ASSERTED_IDENTITY };
	struct sip_name_addr addr;
	bool withheld;

	if (!endpoint->trust_id_inbound)
		return false;
	if (sip_walk_name_addr(&walk, &addr) == 1) {
		withheld = is_withheld(msg);
	} else {
		walk = (struct sip_walk){ .msg = msg, .id = SIP_H_REMOTE_PARTY_ID };
		if (sip_walk_name_addr(&walk, &addr) != 1)
			return false;
		withheld = rpid_withheld(addr.params);
	}
	sip_party_of_addr(who, addr.display, addr.uri);
	set_presentation(who, withheld ? RD_PRESENT_PROHIBITED_NETWORK
				       : RD_PRESENT_ALLOWED_NETWORK);
	return true;
}

void sip_party_of_request(struct sip_party *who, const struct sip_endpoint *endpoint,
			  const struct sip_msg *msg)
{
	if (sip_party_asserted(who, endpoint, msg))
		return;
	sip_party_of_addr(who, msg->from.display, msg->from.uri);
	if (is_withheld(msg) || rd_str_ieq(rd_str_of(who->number), RD_STR("anonymous")))
		set_presentation(who, RD_PRESENT_PROHIBITED);
	if (!endpoint->callerid)
		return;
	rd_party_split(endpoint->callerid, who->name, who->number, sizeof(who->name));
	who->party.name = who->name[0] ? who->name : NULL;
	who->party.number = who->number[0] ? who->number : NULL;
}

/* ---- out ---- */

static bool is_shown(const struct rd_party *party)
{
	return rd_presentation_shown(party->number_pres);
}

static void print_name_addr(struct sip_out *out, const char *name, const char *user,
			    struct rd_str host)
{
	if (name && *name) {
		sip_out_quoted(out, rd_str_of(name));
		sip_out_char(out, ' ');
	}
	sip_out_cstr(out, "<sip:");
	if (user && *user) {
		sip_out_escaped_user(out, rd_str_of(user));
		sip_out_char(out, '@');
	}
	sip_out_str(out, host);
	sip_out_char(out, '>');
}

static struct rd_str domain_of(const struct sip_endpoint *endpoint, struct rd_str host)
{
	return endpoint->from_domain ? rd_str_of(endpoint->from_domain) : host;
}

void sip_print_from(struct sip_out *out, const struct sip_endpoint *endpoint,
		    const struct rd_party *party, struct rd_str host)
{
	const char *user = endpoint->from_user ? endpoint->from_user : party->number;

	if (is_shown(party) || endpoint->trust_id_outbound)
		print_name_addr(out, rd_presentation_shown(party->name_pres) ||
						     endpoint->trust_id_outbound
					     ? party->name : NULL,
				user && *user ? user : "unknown",
				domain_of(endpoint, host));
	else
		print_name_addr(out, "Anonymous", "anonymous",
				RD_STR("anonymous.invalid"));
}

static void print_assertion(struct sip_out *out, const struct sip_endpoint *endpoint,
			    const struct rd_party *party, struct rd_str host)
{
	if (!endpoint->send_pai)
		return;
	sip_out_header_begin(out, SIP_H_P_ASSERTED_IDENTITY);
	print_name_addr(out, party->name, party->number, domain_of(endpoint, host));
	sip_out_crlf(out);
}

static void print_remote_party(struct sip_out *out, const struct sip_endpoint *endpoint,
			       const struct rd_party *party, bool called,
			       struct rd_str host)
{
	if (!endpoint->send_rpid)
		return;
	sip_out_header_begin(out, SIP_H_REMOTE_PARTY_ID);
	print_name_addr(out, party->name, party->number, domain_of(endpoint, host));
	sip_out_cstr(out, called ? ";party=called" : ";party=calling");
	sip_out_cstr(out, is_shown(party) ? ";privacy=off;screen=yes"
					  : ";privacy=full;screen=yes");
	sip_out_crlf(out);
}

void sip_print_identity(struct sip_out *out, const struct sip_endpoint *endpoint,
			const struct rd_party *party, bool called, struct rd_str host)
{
	if (!party->number || !*party->number)
		return;
	if (is_shown(party) || endpoint->trust_id_outbound) {
		print_assertion(out, endpoint, party, host);
		print_remote_party(out, endpoint, party, called, host);
	}
	if (!is_shown(party))
		sip_out_header(out, SIP_H_PRIVACY, RD_STR("id"));
}
