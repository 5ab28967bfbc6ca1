/* Identities in and out of messages. A withheld one leaves the house only to
 * those who are trusted with it. */
#include <stdio.h>

#include "channels/sip/endpoint/party.h"

/* What a message says about showing who sent it. */
enum privacy { PRIVACY_UNSAID, PRIVACY_NONE, PRIVACY_WANTED };

/* Old phones write Latin-1. */
static void read_name(struct sip_party *who, struct rd_str display)
{
	char text[sizeof(who->name) + 4]; /* a character that this cuts is beyond the name */
	size_t n = sip_unquote_part(text, sizeof(text), display);

	rd_utf8_copy(who->name, sizeof(who->name),
		     (struct rd_str){ text, RD_MIN(n, sizeof(text)) });
}

/* Without the parameters of a user part. */
static void number_of(char *dst, size_t size, struct rd_str uri_text)
{
	struct sip_uri uri;

	if (sip_uri_parse(&uri, uri_text, NULL) || sip_uri_number(dst, size, &uri) < 0)
		dst[0] = '\0';
	dst[strcspn(dst, ";")] = '\0';
}

/* Where a local number is one (RFC 3966 §5.1.5). */
static void read_context(struct sip_party *who, struct rd_str uri_text)
{
	struct rd_str context;
	struct sip_uri uri;

	who->local[0] = '\0';
	if (sip_uri_parse(&uri, uri_text, NULL) == 0 && who->number[0] != '+' &&
	    sip_is_phone_number(rd_str_of(who->number)) && sip_uri_phone_context(&uri, &context) &&
	    context.n < sizeof(who->local) - sizeof(who->number) - 16)
		snprintf(who->local, sizeof(who->local), "%s;phone-context=%.*s", who->number,
			 (int)context.n, context.p);
}

static void point(struct sip_party *who)
{
	who->party.name = who->name[0] ? who->name : NULL;
	who->party.number = who->number[0] ? who->number : NULL;
}

void sip_party_of_addr(struct sip_party *who, struct rd_str display, struct rd_str uri)
{
	memset(&who->party, 0, sizeof(who->party));
	read_name(who, display);
	number_of(who->number, sizeof(who->number), uri);
	read_context(who, uri);
	point(who);
}

static void set_presentation(struct sip_party *who, enum rd_presentation pres)
{
	who->party.name_pres = who->party.number_pres = pres;
}

/* ---- in ---- */

static bool lists_word(struct rd_str list, struct rd_str word)
{
	struct rd_str one;

	while (list.n) {
		rd_str_cut(&list, ';', &one);
		if (rd_str_ieq(rd_str_trim(one), word))
			return true;
	}
	return false;
}

bool sip_privacy_has(const struct sip_msg *msg, struct rd_str word)
{
	return lists_word(sip_msg_value(msg, SIP_H_PRIVACY), word);
}

bool sip_privacy_exceeds_us(const struct sip_msg *msg)
{
	static const char known[] = "none;id;user;header;session;history;critical";
	struct rd_str rest = sip_msg_value(msg, SIP_H_PRIVACY), word;

	if (!lists_word(rest, RD_STR("critical")))
		return false;
	while (rest.n) {
		rd_str_cut(&rest, ';', &word);
		if (!lists_word(rd_str_of(known), rd_str_trim(word)))
			return true;
	}
	return false;
}

/* "header" and "session" are what an exchange like us does in any case. */
static enum privacy privacy_of(const struct sip_msg *msg)
{
	struct rd_str rest = sip_msg_value(msg, SIP_H_PRIVACY), value;
	enum privacy privacy = PRIVACY_UNSAID;

	while (rest.n) {
		rd_str_cut(&rest, ';', &value);
		value = rd_str_trim(value);
		if (rd_str_ieq(value, RD_STR("none")))
			return PRIVACY_NONE;
		if (rd_str_ieq(value, RD_STR("id")) || rd_str_ieq(value, RD_STR("user")))
			privacy = PRIVACY_WANTED;
	}
	return privacy;
}

/* privacy=full, name, uri or "name;uri"; screen=yes */
static void set_rpid_presentation(struct sip_party *who, struct rd_str params)
{
	struct rd_str privacy = { 0 }, screen = { 0 };
	bool full, passed;

	sip_param_get(params, RD_STR("privacy"), &privacy);
	sip_param_get(params, RD_STR("screen"), &screen);
	privacy = sip_strip_quotes(privacy);
	passed = rd_str_ieq(sip_strip_quotes(screen), RD_STR("yes"));
	full = lists_word(privacy, RD_STR("full"));
	set_presentation(who, passed ? RD_PRESENT_ALLOWED_NETWORK : RD_PRESENT_ALLOWED);
	if (full || lists_word(privacy, RD_STR("name")))
		who->party.name_pres += RD_PRESENT_PROHIBITED - RD_PRESENT_ALLOWED;
	if (full || lists_word(privacy, RD_STR("uri")))
		who->party.number_pres += RD_PRESENT_PROHIBITED - RD_PRESENT_ALLOWED;
}

static bool is_somebody(const struct sip_party *who)
{
	return who->party.number || who->party.name;
}

/* A second name of the same caller: what it does not say stays. */
static void add_asserted(struct sip_party *who, const struct sip_party *more)
{
	rd_strcpy(who->number, sizeof(who->number), more->number);
	rd_strcpy(who->local, sizeof(who->local), more->local);
	if (more->name[0])
		rd_strcpy(who->name, sizeof(who->name), more->name);
	point(who);
}

/* Of a sip and a tel URI (RFC 3325 §9.1) the first that is a telephone number, else the
 * first that names a user. */
static bool find_asserted(struct sip_party *who, const struct sip_msg *msg)
{
	struct sip_walk walk = { .msg = msg, .id = SIP_H_P_ASSERTED_IDENTITY };
	struct sip_name_addr addr;
	struct sip_party one;
	bool found = false, dials = false;

	while (!dials && sip_walk_name_addr(&walk, &addr) == 1) {
		sip_party_of_addr(&one, addr.display, addr.uri);
		dials = sip_is_phone_number(rd_str_of(one.number));
		if (!found && is_somebody(&one))
			sip_party_of_addr(who, addr.display, addr.uri);
		else if (one.number[0] && (dials || !who->number[0]))
			add_asserted(who, &one);
		found = found || is_somebody(&one);
	}
	return found;
}

/* The first that is not said of the other side: party=calling or party=called. */
static bool find_remote_party(struct sip_party *who, const struct sip_msg *msg, bool called)
{
	struct sip_walk walk = { .msg = msg, .id = SIP_H_REMOTE_PARTY_ID };
	struct rd_str other = called ? RD_STR("calling") : RD_STR("called"), party;
	struct sip_name_addr addr;

	while (sip_walk_name_addr(&walk, &addr) == 1) {
		if (sip_param_get(addr.params, RD_STR("party"), &party) &&
		    rd_str_ieq(sip_strip_quotes(party), other))
			continue;
		sip_party_of_addr(who, addr.display, addr.uri);
		set_rpid_presentation(who, addr.params);
		if (is_somebody(who))
			return true;
	}
	return false;
}

bool sip_party_asserted(struct sip_party *who, const struct sip_endpoint *endpoint,
			const struct sip_msg *msg, bool called)
{
	if (!endpoint->trust_id_inbound)
		return false;
	if (find_asserted(who, msg)) {
		set_presentation(who, privacy_of(msg) == PRIVACY_WANTED
					      ? RD_PRESENT_PROHIBITED_NETWORK
					      : RD_PRESENT_ALLOWED_NETWORK);
		return true;
	}
	return find_remote_party(who, msg, called);
}

/* RFC 3323 §4.1.1.3 */
static bool is_anonymous(const struct sip_name_addr *from)
{
	struct sip_uri uri;

	return sip_uri_parse(&uri, from->uri, NULL) == 0 &&
	       (rd_str_ieq(uri.user, RD_STR("anonymous")) ||
		rd_str_ieq(uri.host, RD_STR("anonymous.invalid")));
}

static bool may_be(const struct sip_endpoint *endpoint, struct rd_str number)
{
	char name[80], own[80] = "";

	if (endpoint->callerid)
		rd_party_split(endpoint->callerid, name, own, sizeof(own));
	return rd_str_eq(number, sip_endpoint_number(endpoint)) ||
	       rd_str_eq(number, rd_str_of(endpoint->name)) ||
	       (own[0] && rd_str_eq(number, rd_str_of(own))) ||
	       (endpoint->identities && sip_list_has(rd_str_of(endpoint->identities), number));
}

/* RFC 3325 §9.2: of those that are its own, the one that it prefers. */
static void prefer(struct sip_party *who, const struct sip_endpoint *endpoint,
		   const struct sip_msg *msg)
{
	struct sip_walk walk = { .msg = msg, .id = SIP_H_P_PREFERRED_IDENTITY };
	struct sip_name_addr addr;
	struct sip_party wish;

	while (sip_walk_name_addr(&walk, &addr) == 1) {
		sip_party_of_addr(&wish, addr.display, addr.uri);
		if (!wish.party.number || !may_be(endpoint, rd_str_of(wish.number)))
			continue;
		rd_strcpy(who->number, sizeof(who->number), wish.number);
		if (wish.party.name)
			rd_strcpy(who->name, sizeof(who->name), wish.name);
		point(who);
		return;
	}
}

static void number_by_section(struct sip_party *who, const struct sip_endpoint *endpoint)
{
	rd_strcpyn(who->number, sizeof(who->number), sip_endpoint_number(endpoint));
	point(who);
}

/* A phone with a password has shown whose it is: From may choose among its own
 * numbers, and does not make it another. Who hides is still somebody, for those who
 * are trusted. */
static void show_phone(struct sip_party *who, const struct sip_endpoint *endpoint, bool anonymous)
{
	if (anonymous)
		who->name[0] = '\0';
	if (anonymous || (endpoint->has_secret && !may_be(endpoint, rd_str_of(who->number))))
		number_by_section(who, endpoint);
}

static void read_request(struct sip_party *who, const struct sip_endpoint *endpoint,
			 const struct sip_msg *msg)
{
	bool anonymous = is_anonymous(&msg->from);
	enum privacy privacy = privacy_of(msg);

	if (sip_party_asserted(who, endpoint, msg, false))
		return;
	sip_party_of_addr(who, msg->from.display, msg->from.uri);
	if (endpoint->callerid) {
		rd_party_split(endpoint->callerid, who->name, who->number,
			       sizeof(who->name));
		point(who);
	} else if (endpoint->type == SIP_SECTION_PHONE) {
		show_phone(who, endpoint, anonymous);
	}
	if (!endpoint->trust_id_inbound)
		prefer(who, endpoint, msg);
	if (anonymous || privacy == PRIVACY_WANTED)
		set_presentation(who, RD_PRESENT_PROHIBITED);
	else if (privacy == PRIVACY_UNSAID)
		set_presentation(who, (enum rd_presentation)endpoint->callerid_privacy);
}

void sip_party_of_request(struct sip_party *who, const struct sip_endpoint *endpoint,
			  const struct sip_msg *msg)
{
	read_request(who, endpoint, msg);
	who->party.tag = endpoint->callerid_tag;
}

/* ---- out ---- */

static bool is_shown(const struct rd_party *party)
{
	return rd_presentation_shown(party->number_pres);
}

void sip_print_number(struct sip_out *out, const struct sip_endpoint *endpoint,
		      struct rd_str number)
{
	struct rd_str digits = number;

	rd_str_cut(&number, ';', &digits);
	if (endpoint->user_eq_phone && sip_is_phone_number(digits))
		sip_out_cstr(out, ";user=phone");
}

static void print_name_addr(struct sip_out *out, const struct sip_endpoint *endpoint,
			    const char *name, const char *user, struct rd_str host)
{
	if (name && *name) {
		sip_out_display(out, rd_str_of(name));
		sip_out_char(out, ' ');
	}
	sip_out_cstr(out, "<sip:");
	if (user && *user) {
		sip_out_escaped_user(out, rd_str_of(user));
		sip_out_char(out, '@');
	}
	sip_out_str(out, host);
	sip_print_number(out, endpoint, rd_str_of(user));
	sip_out_char(out, '>');
}

void sip_print_name_addr(struct sip_out *out, const struct sip_endpoint *endpoint,
			 const struct rd_party *party, struct rd_str host)
{
	bool named = rd_presentation_shown(party->name_pres) || endpoint->trust_id_outbound;

	print_name_addr(out, endpoint, named ? party->name : NULL, party->number, host);
}

struct rd_str sip_domain_of(const struct sip_endpoint *endpoint, struct rd_str host)
{
	return endpoint->from_domain ? rd_str_of(endpoint->from_domain) : host;
}

/* Whoever is trusted with it finds it in headers that say that it is withheld; or
 * here, when it gets none of them. */
static bool shows_in_from(const struct sip_endpoint *endpoint, enum rd_presentation pres)
{
	return rd_presentation_shown(pres) ||
	       (endpoint->trust_id_outbound && !sip_endpoint_sends_identity(endpoint));
}

void sip_print_from(struct sip_out *out, const struct sip_endpoint *endpoint,
		    const struct rd_party *party, struct rd_str host)
{
	const char *user = endpoint->from_user ? endpoint->from_user : party->number;

	if (shows_in_from(endpoint, party->number_pres))
		print_name_addr(out, endpoint,
				shows_in_from(endpoint, party->name_pres) ? party->name : NULL,
				user && *user ? user : "unknown",
				sip_domain_of(endpoint, host));
	else
		sip_out_cstr(out, "\"Anonymous\" <sip:anonymous@anonymous.invalid>");
}

/* Whom we want to be, for a network that asserts who its customers are (RFC 3325 §9.2). */
static void print_preference(struct sip_out *out, const struct sip_endpoint *endpoint,
			     const struct rd_party *party, bool called, struct rd_str host)
{
	if (!endpoint->send_ppi || called)
		return;
	sip_out_header_begin(out, SIP_H_P_PREFERRED_IDENTITY);
	sip_print_name_addr(out, endpoint, party, sip_domain_of(endpoint, host));
	sip_out_crlf(out);
}

static void print_assertion(struct sip_out *out, const struct sip_endpoint *endpoint,
			    const struct rd_party *party, struct rd_str host)
{
	if (!endpoint->send_pai)
		return;
	sip_out_header_begin(out, SIP_H_P_ASSERTED_IDENTITY);
	sip_print_name_addr(out, endpoint, party, sip_domain_of(endpoint, host));
	sip_out_crlf(out);
}

/* Has somebody who knows checked that it is him? */
static bool is_screened(enum rd_presentation pres)
{
	return pres == RD_PRESENT_ALLOWED_PASSED || pres == RD_PRESENT_ALLOWED_NETWORK ||
	       pres == RD_PRESENT_PROHIBITED_PASSED || pres == RD_PRESENT_PROHIBITED_NETWORK;
}

static const char *hidden_parts(const struct rd_party *party)
{
	bool name = !rd_presentation_shown(party->name_pres);

	if (!is_shown(party))
		return name ? "full" : "uri";
	return name ? "name" : "off";
}

void sip_print_presentation(struct sip_out *out, const struct rd_party *party)
{
	sip_out_cstr(out, ";privacy=");
	sip_out_cstr(out, hidden_parts(party));
	sip_out_cstr(out, is_screened(party->number_pres) ? ";screen=yes" : ";screen=no");
}

static void print_remote_party(struct sip_out *out, const struct sip_endpoint *endpoint,
			       const struct rd_party *party, bool called,
			       struct rd_str host)
{
	if (!endpoint->send_rpid)
		return;
	sip_out_header_begin(out, SIP_H_REMOTE_PARTY_ID);
	sip_print_name_addr(out, endpoint, party, sip_domain_of(endpoint, host));
	sip_out_cstr(out, called ? ";party=called" : ";party=calling");
	sip_print_presentation(out, party);
	sip_out_crlf(out);
}

void sip_print_identity(struct sip_out *out, const struct sip_endpoint *endpoint,
			const struct rd_party *party, bool called, struct rd_str host)
{
	if (!party->number || !*party->number)
		return;
	if (is_shown(party) || endpoint->trust_id_outbound) {
		print_assertion(out, endpoint, party, host);
		print_preference(out, endpoint, party, called, host);
		print_remote_party(out, endpoint, party, called, host);
	}
	if (!is_shown(party))
		sip_out_header(out, SIP_H_PRIVACY, RD_STR("id"));
}
