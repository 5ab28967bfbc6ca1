/* Identity headers: see identity.h. */
#include "modules/sip_trunk/identity.h"

#include <stdio.h>
#include <strings.h>
#include <time.h>

/* ---- the header ---- */

/* Up to the next ";" that stands neither in < > nor in quotes. */
static struct rd_str cut_param(struct rd_str *rest)
{
	struct rd_str head = *rest;
	char closing = '\0';
	size_t i = 0;

	for (; i < rest->n && (closing || rest->p[i] != ';'); i++) {
		if (closing && rest->p[i] == closing)
			closing = '\0';
		else if (!closing && (rest->p[i] == '<' || rest->p[i] == '"'))
			closing = rest->p[i] == '<' ? '>' : '"';
	}
	head.n = i;
	*rest = i < rest->n ? (struct rd_str){ rest->p + i + 1, rest->n - i - 1 }
			    : (struct rd_str){ 0 };
	return rd_str_trim(head);
}

static struct rd_str without(struct rd_str text, char first, char last)
{
	if (text.n > 1 && text.p[0] == first && text.p[text.n - 1] == last)
		return (struct rd_str){ text.p + 1, text.n - 2 };
	return text;
}

static void take_param(struct identity *identity, struct rd_str param)
{
	struct rd_str value = param, name;

	rd_str_cut(&value, '=', &name);
	name = rd_str_trim(name);
	value = without(rd_str_trim(value), '"', '"');
	if (rd_str_ieq(name, RD_STR("info")))
		identity->info = without(value, '<', '>');
	else if (rd_str_ieq(name, RD_STR("alg")))
		identity->alg = value;
	else if (rd_str_ieq(name, RD_STR("ppt")))
		identity->ppt = value;
}

int identity_parse(struct identity *identity, struct rd_str text)
{
	memset(identity, 0, sizeof(*identity));
	identity->token = cut_param(&text);
	while (text.n)
		take_param(identity, cut_param(&text));
	return identity->token.n && identity->info.n ? 0 : -EINVAL;
}

void identity_print(struct rd_buf *out, const char *token, const struct passport *passport)
{
	rd_buf_printf(out, "%s;info=<%s>;alg=ES256", token, passport->x5u);
	if (passport->ppt[0])
		rd_buf_printf(out, ";ppt=%s", passport->ppt);
}

/* ---- dates ---- */

static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
				      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };

static int month_of(const char *name)
{
	int month = 0;

	while (month < 12 && strcasecmp(months[month], name) != 0)
		month++;
	return month;
}

int64_t identity_date(struct rd_str text)
{
	struct tm tm = { 0 };
	char buf[40], month[4], zone[4];
	int end = 0;

	if (!rd_strcpyn(buf, sizeof(buf), rd_str_trim(text)) ||
	    sscanf(buf, "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d %3[A-Z]%n", &tm.tm_mday, month,
		   &tm.tm_year, &tm.tm_hour, &tm.tm_min, &tm.tm_sec, zone, &end) != 7 ||
	    buf[end] || strcmp(zone, "GMT") != 0)
		return -1;
	tm.tm_year -= 1900;
	tm.tm_mon = month_of(month);
	if (tm.tm_mon > 11 || tm.tm_year < 70 || tm.tm_mday < 1 || tm.tm_mday > 31 ||
	    tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60)
		return -1;
	return (int64_t)timegm(&tm);
}

void identity_print_date(char buf[32], int64_t seconds)
{
	time_t when = (time_t)seconds;
	struct tm tm;

	gmtime_r(&when, &tm);
	snprintf(buf, 32, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[tm.tm_wday % 7],
		 tm.tm_mday % 100, months[tm.tm_mon % 12], (tm.tm_year + 1900) % 10000,
		 tm.tm_hour % 100, tm.tm_min % 100, tm.tm_sec % 100);
}

/* ---- who ---- */

/* Behind a name in quotes, which may have any character. */
static struct rd_str behind_name(struct rd_str header)
{
	size_t i = 1;

	header = rd_str_trim(header);
	if (!header.n || header.p[0] != '"')
		return header;
	while (i < header.n && header.p[i] != '"')
		i += header.p[i] == '\\' ? 2 : 1;
	i = RD_MIN(i + 1, header.n);
	return (struct rd_str){ header.p + i, header.n - i };
}

struct rd_str identity_uri(struct rd_str header)
{
	struct rd_str rest = header = behind_name(header), head;
	const char *open = header.n ? memchr(header.p, '<', header.n) : NULL;

	if (!open) {
		rd_str_cut(&rest, ';', &head);
		return rd_str_trim(head);
	}
	rest = (struct rd_str){ open + 1, header.n - (size_t)(open + 1 - header.p) };
	rd_str_cut(&rest, '>', &head);
	return head;
}

/* Of "sip:+49301234;ext=3@host;user=phone" the "+49301234". */
static struct rd_str user_of(struct rd_str rest)
{
	struct rd_str user, head;

	if (!rd_str_cut(&rest, '@', &user))
		return (struct rd_str){ 0 };
	rd_str_cut(&user, ';', &head);
	rd_str_cut(&head, ':', &user); /* a password */
	return user;
}

/* Without parameters, password and headers; scheme and host in small letters. */
static void print_uri(struct passport_party *party, struct rd_str scheme, struct rd_str rest)
{
	struct rd_str user = user_of(rest), head;
	char *host;

	if (!user.n || memchr(rest.p, '>', rest.n))
		return;
	rd_str_cut(&rest, '@', &head);
	rd_str_cut(&rest, ';', &head);
	rest = head;
	rd_str_cut(&rest, '?', &head);
	if ((size_t)snprintf(party->text, sizeof(party->text), "%.*s:%.*s@%.*s", RD_STR_ARG(scheme),
			     RD_STR_ARG(user), RD_STR_ARG(head)) >= sizeof(party->text)) {
		party->text[0] = '\0';
		return;
	}
	party->is_uri = true;
	for (char *p = party->text; *p != ':'; p++)
		*p |= 0x20;
	for (host = strchr(party->text, '@'); *host; host++)
		if (*host >= 'A' && *host <= 'Z')
			*host |= 0x20;
}

void identity_party(struct passport_party *party, struct rd_str uri)
{
	struct rd_str rest = uri, scheme, number;

	memset(party, 0, sizeof(*party));
	if (!rd_str_cut(&rest, ':', &scheme))
		return;
	if (rd_str_ieq(scheme, RD_STR("tel"))) {
		rd_str_cut(&rest, ';', &number);
		passport_number(party->text, sizeof(party->text), number);
	} else if (rd_str_ieq(scheme, RD_STR("sip")) || rd_str_ieq(scheme, RD_STR("sips"))) {
		if (!passport_number(party->text, sizeof(party->text), user_of(rest)))
			print_uri(party, scheme, rest);
	}
}

static bool is_party(const struct passport_party *a, const struct passport_party *b)
{
	return a->text[0] && a->is_uri == b->is_uri &&
	       (a->is_uri ? strcasecmp(a->text, b->text) : strcmp(a->text, b->text)) == 0;
}

/* ---- does it fit the call? ---- */

static bool is_fresh(int64_t when, int64_t now, int max_age_s)
{
	return when >= now - max_age_s && when <= now + max_age_s;
}

static bool says(const struct identity *identity, const struct passport *passport)
{
	return rd_str_eq(identity->info, rd_str_of(passport->x5u)) &&
	       (!identity->alg.n || rd_str_eq(identity->alg, RD_STR("ES256"))) &&
	       rd_str_eq(identity->ppt, rd_str_of(passport->ppt[0] ? passport->ppt : NULL));
}

/* What it must have been made of, when it does not say (RFC 8224 §4.1). */
static enum stir_result rebuild(struct passport *passport, const struct identity *identity,
				const struct identity_call *call)
{
	memset(passport, 0, sizeof(*passport));
	if (identity->ppt.n)
		return STIR_PPT; /* which have claims that the call does not say */
	if (identity->alg.n && !rd_str_eq(identity->alg, RD_STR("ES256")))
		return STIR_ALG;
	if (!rd_strcpyn(passport->x5u, sizeof(passport->x5u), identity->info))
		return STIR_INVALID_HEADER;
	if (call->date <= 0)
		return call->date ? STIR_DATE_INVALID : STIR_NO_DATE;
	passport->orig = call->from;
	passport->dest[0] = call->dest[0];
	passport->dests = 1;
	passport->iat = call->date;
	passport_take_keys(passport, call->sdp);
	return STIR_SUCCESS;
}

static enum stir_result check_date(const struct passport *passport,
				   const struct identity_call *call)
{
	if (!call->ignores_date && call->date < 0)
		return STIR_DATE_INVALID;
	if (!call->ignores_date && call->date &&
	    !is_fresh(call->date, call->now, call->max_date_age_s))
		return STIR_DATE_STALE;
	return is_fresh(passport->iat, call->now, call->max_age_s) ? STIR_SUCCESS : STIR_IAT_STALE;
}

static bool is_known_ppt(const struct passport *passport)
{
	return !passport->ppt[0] || strcmp(passport->ppt, "shaken") == 0 ||
	       strcmp(passport->ppt, "div") == 0;
}

static enum stir_result check_full(struct passport *passport, const struct identity *identity,
				   const struct identity_call *call,
				   const struct passport_parts *parts)
{
	enum stir_result result = passport_read(passport, parts);

	if (result != STIR_SUCCESS)
		return result;
	if (!is_known_ppt(passport))
		return STIR_PPT;
	if (!passport_keys_fit(passport, call->sdp))
		return STIR_CLAIMS;
	return says(identity, passport) ? STIR_SUCCESS : STIR_INVALID_HEADER;
}

enum stir_result identity_read(struct passport *passport, const struct identity *identity,
			       const struct identity_call *call)
{
	struct passport_parts parts;
	enum stir_result result;

	memset(passport, 0, sizeof(*passport));
	if (passport_split(&parts, identity->token))
		return STIR_INVALID_HEADER;
	if (!call->from.text[0])
		return STIR_NO_CALLER;
	result = parts.payload.n ? check_full(passport, identity, call, &parts)
				 : rebuild(passport, identity, call);
	if (result != STIR_SUCCESS)
		return result;
	if (!is_party(&passport->orig, &call->from))
		return STIR_ORIG_MISMATCH;
	return check_date(passport, call);
}

bool identity_is_for(const struct passport *passport, const struct identity_call *call)
{
	for (size_t i = 0; i < passport->dests; i++)
		if (is_party(&passport->dest[i], &call->dest[0]) ||
		    is_party(&passport->dest[i], &call->dest[1]))
			return true;
	return false;
}

bool identity_is_diverted(const struct passport *passport, const struct passport *by)
{
	for (size_t i = 0; i < passport->dests; i++)
		if (is_party(&passport->dest[i], &by->div))
			return true;
	return false;
}

/* The compact form's signature is of what both ends know. */
bool identity_is_signed(const struct passport *passport, const struct identity *identity,
			EVP_PKEY *key)
{
	struct passport_parts parts;
	struct rd_buf input;
	bool is;

	if (passport_split(&parts, identity->token))
		return false;
	if (parts.payload.n)
		return passport_is_signed(parts.input, parts.signature, key);
	rd_buf_init(&input);
	is = passport_print(passport, &input) == 0 &&
	     passport_is_signed((struct rd_str){ rd_buf_text(&input), input.n }, parts.signature,
				key);
	rd_buf_fini(&input);
	return is;
}
