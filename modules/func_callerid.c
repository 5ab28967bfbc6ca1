/* CALLERID, CONNECTEDLINE, REDIRECTING: who is at each side of a call. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include <ringdown/ident.h>
#include <ringdown/module.h>

#include "modules/func.h"

#define TEXT_MAX 160

/* -- one field of one party ----------------------------------------------------- */

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

/* '"Alice" <1001>', and less where less is known. */
static void add_both(struct rd_buf *out, const struct rd_party *party)
{
	if (party->name && *party->name)
		rd_buf_printf(out, "\"%s\" <%s>", party->name, or_empty(party->number));
	else
		rd_buf_adds(out, or_empty(party->number));
}

/* The one of both that hides more. */
static enum rd_presentation both_pres(const struct rd_party *party)
{
	return RD_MAX(party->name_pres, party->number_pres);
}

/* What is known about lines of former times, and nobody here acts on: kept beside the
 * party as plain texts. */
static const char *extra_variable(const char *party, const char *field, char *name, size_t size)
{
	static const char *const fields[] = {
		"ani2", "dnid", "num-plan", "subaddr", "subaddr-odd", "subaddr-type",
		"subaddr-valid", "ton", "priv-all", "priv-name", "priv-name-charset",
		"priv-name-pres", "priv-name-valid", "priv-num", "priv-num-plan",
		"priv-num-pres", "priv-num-valid", "priv-subaddr", "priv-tag", "source",
	};

	for (size_t i = 0; i < RD_ARRAY_SIZE(fields); i++)
		if (strcasecmp(fields[i], field) == 0) {
			snprintf(name, size, "%s_%s", party, fields[i]);
			return name;
		}
	return NULL;
}

/* 0 when it was such a field, -ENOENT when it is another. */
static int read_extra(struct rd_channel *ch, const char *party, const char *field,
		      const char *fallback, struct rd_buf *out)
{
	char name[48];
	const char *value;

	if (!extra_variable(party, field, name, sizeof(name)))
		return -ENOENT;
	value = rd_var_get(ch, name);
	rd_buf_adds(out, value ? value : fallback);
	return 0;
}

static int write_extra(struct rd_channel *ch, const char *party, const char *field,
		       const char *value)
{
	char name[48];

	return extra_variable(party, field, name, sizeof(name)) ? rd_var_set(ch, name, value)
								: -ENOENT;
}

static bool is_number(const char *field)
{
	return strcasecmp(field, "num") == 0 || strcasecmp(field, "number") == 0;
}

static int read_field(const struct rd_party *party, const char *field, struct rd_buf *out)
{
	if (strcasecmp(field, "all") == 0)
		add_both(out, party);
	else if (strncasecmp(field, "name-pres", 9) == 0)
		rd_buf_adds(out, rd_presentation_name(party->name_pres));
	else if (strncasecmp(field, "num-pres", 8) == 0 || strcasecmp(field, "number-pres") == 0)
		rd_buf_adds(out, rd_presentation_name(party->number_pres));
	else if (strcasecmp(field, "pres") == 0)
		rd_buf_adds(out, rd_presentation_name(both_pres(party)));
	else if (strcasecmp(field, "name-valid") == 0)
		rd_buf_addc(out, party->name ? '1' : '0');
	else if (strcasecmp(field, "num-valid") == 0)
		rd_buf_addc(out, party->number ? '1' : '0');
	else if (strcasecmp(field, "name-charset") == 0)
		rd_buf_adds(out, "utf-8");
	else if (strcasecmp(field, "tag") == 0)
		rd_buf_adds(out, or_empty(party->tag));
	else if (strcasecmp(field, "name") == 0)
		rd_buf_adds(out, or_empty(party->name));
	else if (is_number(field))
		rd_buf_adds(out, or_empty(party->number));
	else
		return -EINVAL;
	return 0;
}

struct texts {
	char name[TEXT_MAX], number[TEXT_MAX];
};

/* What is not valid is not there; what is not there does not become valid. */
static int write_valid(const char **text, const char *value)
{
	if (strcmp(value, "0") != 0 && strcmp(value, "1") != 0)
		return -EINVAL;
	if (*value == '0')
		*text = NULL;
	return 0;
}

/* All texts are of one charset here. */
static int write_charset(const char *value)
{
	return strcasecmp(value, "utf-8") == 0 || strcasecmp(value, "utf8") == 0 ? 0 : -EINVAL;
}

/* texts holds what party points to, until it was handed to the channel. */
static int write_field(struct rd_party *party, const char *field, const char *value,
		       struct texts *texts)
{
	if (strncasecmp(field, "name-pres", 9) == 0 || strncasecmp(field, "num-pres", 8) == 0 ||
	    strcasecmp(field, "pres") == 0) {
		int pres = rd_presentation_from_name(value);

		if (pres < 0)
			return -EINVAL;
		if (strncasecmp(field, "num", 3) != 0)
			party->name_pres = (enum rd_presentation)pres;
		if (strncasecmp(field, "name", 4) != 0)
			party->number_pres = (enum rd_presentation)pres;
		return 0;
	}
	if (strcasecmp(field, "all") == 0) {
		rd_party_split(value, texts->name, texts->number, TEXT_MAX);
		party->name = texts->name;
		party->number = texts->number;
	} else if (strcasecmp(field, "name") == 0) {
		party->name = value;
	} else if (is_number(field)) {
		party->number = value;
	} else if (strcasecmp(field, "tag") == 0) {
		party->tag = value;
	} else if (strcasecmp(field, "name-valid") == 0) {
		return write_valid(&party->name, value);
	} else if (strcasecmp(field, "num-valid") == 0) {
		return write_valid(&party->number, value);
	} else if (strcasecmp(field, "name-charset") == 0) {
		return write_charset(value);
	} else {
		return -EINVAL;
	}
	return 0;
}

static int set_field(struct rd_channel *ch, enum rd_party_kind kind, const char *field,
		     const char *value)
{
	struct rd_party party = *rd_channel_party(ch, kind);
	struct texts texts;
	int rc = write_field(&party, field, value, &texts);

	return rc ? rc : rd_channel_set_party(ch, kind, &party);
}

/* -- CALLERID ---------------------------------------------------------------------- */

/* "num" of "num,extra", and *extra, "" when there is none. */
static int split_args(const char *args, char *field, size_t size, const char **extra)
{
	struct rd_str rest = rd_str_of(args), head;
	bool more = rd_str_cut(&rest, ',', &head);

	*extra = more && rest.n ? rest.p : "";
	return rd_strcpyn(field, size, rd_str_trim(head)) ? 0 : -EINVAL;
}

/* Asterisk's second argument, "i", is how others hear of it; here they always do. */
static int first_arg(const char *args, char *field, size_t size)
{
	const char *ignored;

	return split_args(args, field, size, &ignored);
}

/* Those that a text in the place of the channel's caller has: '"Alice" <1001>'. */
static bool is_of_given(const char *field)
{
	return strcasecmp(field, "all") == 0 || strcasecmp(field, "name") == 0 || is_number(field);
}

static int read_given(const char *given, const char *field, struct rd_buf *out)
{
	struct texts texts;
	struct rd_party party = { .name = texts.name, .number = texts.number };

	if (!is_of_given(field))
		return -EINVAL;
	rd_party_split(given, texts.name, texts.number, TEXT_MAX);
	return read_field(&party, field, out);
}

static const char *caller_fallback(const struct rd_channel *ch, const char *field)
{
	if (strcasecmp(field, "dnid") == 0)
		return rd_channel_dialled(ch);
	return strcasecmp(field, "ani2") == 0 || strcasecmp(field, "ton") == 0 ||
			       strcasecmp(field, "num-plan") == 0
		       ? "0" : "";
}

/* Whose field it is, and how that party calls it. */
static const char *callerid_party(const char *field, enum rd_party_kind *kind)
{
	*kind = RD_PARTY_CALLER;
	if (strcasecmp(field, "rdnis") == 0) {
		*kind = RD_PARTY_REDIRECTING_FROM;
		return "num";
	}
	if (strcasecmp(field, "ani") != 0 && strncasecmp(field, "ani-", 4) != 0)
		return field;
	*kind = RD_PARTY_ANI;
	return field[3] ? field + 4 : "num";
}

static int callerid_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	const char *given, *its;
	enum rd_party_kind kind;
	char field[40];
	int rc = split_args(args, field, sizeof(field), &given);

	if (!rc && *given)
		return read_given(given, field, out);
	if (rc || !ch)
		return -EINVAL;
	rc = read_extra(ch, "CALLERID", field, caller_fallback(ch, field), out);
	if (rc != -ENOENT)
		return rc;
	its = callerid_party(field, &kind);
	return read_field(rd_channel_party(ch, kind), its, out);
}

static int callerid_write(struct rd_channel *ch, const char *args, const char *value)
{
	const char *given, *its;
	enum rd_party_kind kind;
	char field[40];
	int rc = ch ? split_args(args, field, sizeof(field), &given) : -EINVAL;

	if (rc || *given)
		return -EINVAL;
	rc = write_extra(ch, "CALLERID", field, value);
	if (rc != -ENOENT)
		return rc;
	its = callerid_party(field, &kind);
	return set_field(ch, kind, its, value);
}

/* Is there such a field? Asked of a party that nothing is known of. */
static bool is_field(const char *field)
{
	static const struct rd_party nobody;
	struct rd_buf out;
	bool there;

	rd_buf_init(&out);
	there = read_field(&nobody, field, &out) == 0;
	rd_buf_fini(&out);
	return there;
}

static const char *no_field(const char *args, char *buf, size_t size)
{
	snprintf(buf, size, "there is no field \"%.*s\"", (int)strcspn(args, ","), args);
	return buf;
}

static const char *callerid_check(const char *args, char *buf, size_t size)
{
	char field[40], variable[48];
	enum rd_party_kind kind;
	const char *given;

	if (split_args(args, field, sizeof(field), &given))
		return no_field(args, buf, size);
	if (*given && !is_of_given(field))
		return "of a text there are all, name and num";
	if (extra_variable("CALLERID", field, variable, sizeof(variable)) ||
	    is_field(callerid_party(field, &kind)))
		return NULL;
	return no_field(args, buf, size);
}

/* -- CONNECTEDLINE ------------------------------------------------------------------- */

static int connected_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	char field[40];
	int rc = ch ? first_arg(args, field, sizeof(field)) : -EINVAL;

	if (rc == 0)
		rc = read_extra(ch, "CONNECTEDLINE", field, "", out);
	return rc != -ENOENT ? rc
			     : read_field(rd_channel_party(ch, RD_PARTY_CONNECTED), field, out);
}

static int connected_write(struct rd_channel *ch, const char *args, const char *value)
{
	char field[40];
	int rc = ch ? first_arg(args, field, sizeof(field)) : -EINVAL;

	if (rc == 0)
		rc = write_extra(ch, "CONNECTEDLINE", field, value);
	return rc != -ENOENT ? rc : set_field(ch, RD_PARTY_CONNECTED, field, value);
}

static const char *connected_check(const char *args, char *buf, size_t size)
{
	char field[40], variable[48];

	if (first_arg(args, field, sizeof(field)) == 0 &&
	    (extra_variable("CONNECTEDLINE", field, variable, sizeof(variable)) || is_field(field)))
		return NULL;
	return no_field(args, buf, size);
}

/* -- REDIRECTING --------------------------------------------------------------------- */

/* "from-num" is the number of the party that redirected. */
static int redirecting_party(const char **field, enum rd_party_kind *kind)
{
	static const struct {
		const char *prefix;
		enum rd_party_kind kind;
	} parties[] = {
		{ "from-", RD_PARTY_REDIRECTING_FROM },
		{ "to-", RD_PARTY_REDIRECTING_TO },
		{ "orig-", RD_PARTY_REDIRECTING_ORIG },
	};

	for (size_t i = 0; i < RD_ARRAY_SIZE(parties); i++) {
		size_t n = strlen(parties[i].prefix);

		if (strncasecmp(*field, parties[i].prefix, n) == 0) {
			*field += n;
			*kind = parties[i].kind;
			return 0;
		}
	}
	return -EINVAL;
}

/* How often and why are kept beside the parties, as plain texts. */
static const char *redirecting_variable(const char *field)
{
	if (strcasecmp(field, "count") == 0)
		return "REDIRECTING_COUNT";
	return strcasecmp(field, "reason") == 0 ? "REDIRECTING_REASON" : NULL;
}

static bool is_original_reason(const char *field)
{
	return strcasecmp(field, "orig-reason") == 0;
}

/* Why the first of all did it. */
static const char *original_reason(const struct rd_channel *ch)
{
	const struct rd_diversion *first = NULL, *it;
	struct rd_diversion last;

	for (unsigned i = 0; (it = rd_channel_diversion_before(ch, i)); i++)
		first = it;
	if (first)
		return first->reason;
	rd_channel_diversion(ch, &last);
	return last.reason;
}

static int redirecting_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	char copy[40];
	const char *field = copy, *variable;
	enum rd_party_kind kind;
	int rc = ch ? first_arg(args, copy, sizeof(copy)) : -EINVAL;

	if (rc)
		return rc;
	variable = redirecting_variable(field);
	if (variable) {
		const char *value = rd_var_get(ch, variable);

		rd_buf_adds(out, value ? value : strcasecmp(field, "count") == 0 ? "0" : "unknown");
		return 0;
	}
	if (is_original_reason(field)) {
		rd_buf_adds(out, original_reason(ch));
		return 0;
	}
	rc = redirecting_party(&field, &kind);
	return rc ? rc : read_field(rd_channel_party(ch, kind), field, out);
}

static int redirecting_write(struct rd_channel *ch, const char *args, const char *value)
{
	char copy[40];
	const char *field = copy, *variable;
	enum rd_party_kind kind;
	int rc = ch ? first_arg(args, copy, sizeof(copy)) : -EINVAL;

	if (rc)
		return rc;
	variable = redirecting_variable(field);
	if (variable)
		return rd_var_set(ch, variable, value);
	rc = redirecting_party(&field, &kind);
	return rc ? rc : set_field(ch, kind, field, value);
}

static const char *redirecting_check(const char *args, char *buf, size_t size)
{
	char copy[40];
	const char *field = copy;
	enum rd_party_kind kind;

	if (first_arg(args, copy, sizeof(copy)) == 0 &&
	    (redirecting_variable(field) || is_original_reason(field) ||
	     (redirecting_party(&field, &kind) == 0 && is_field(field))))
		return NULL;
	return no_field(args, buf, size);
}

static const struct rd_function functions[] = {
	{ .name = "CALLERID",
	  .read = callerid_read,
	  .write = callerid_write,
	  .check = callerid_check,
	  .synopsis = "Who is at this channel",
	  .syntax = "CALLERID(field[,text])",
	  .description =
		  "Fields: all, name, num, name-pres, num-pres, pres, name-valid, num-valid, "
		  "tag, ani, ani-name, ani-num, dnid, rdnis. With a text such as "
		  "\"Alice\" <1001>: all, name or num of that." },
	{ .name = "CONNECTEDLINE",
	  .read = connected_read,
	  .write = connected_write,
	  .check = connected_check,
	  .synopsis = "Who this channel talks to",
	  .syntax = "CONNECTEDLINE(field)",
	  .description = "Fields: all, name, num, name-pres, num-pres, pres, tag." },
	{ .name = "REDIRECTING",
	  .read = redirecting_read,
	  .write = redirecting_write,
	  .check = redirecting_check,
	  .synopsis = "Who sent the call elsewhere",
	  .syntax = "REDIRECTING(field)",
	  .description = "Fields: from-num, from-name, to-num, to-name, orig-num, orig-name, their "
			 "-pres and -tag, count, reason, and orig-reason, which is "
			 "only read." },
	{ 0 }
};

RD_MODULE(.name = "func_callerid", .synopsis = "Who is at each side", .functions = functions);
