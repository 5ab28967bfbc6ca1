/* Where somebody wants to be called, as the name servers say by his number: ENUMLOOKUP(), and
 * groups that ask before they call. */
#include <ctype.h>
#include <strings.h>

#include <ringdown/clock.h>
#include <ringdown/fiber.h>
#include <ringdown/log.h>
#include <ringdown/regex.h>

#include "modules/sip_trunk/enum.h"
#include "modules/sip_trunk/trunk.h"

#define PATIENCE_MS 10000
#define REST_MS     30000
#define TEXT_MAX    256 /* of a record's expression */
#define RECORDS_MAX 8	/* that are looked at: each may cost milliseconds */

/* ---- names and records ---- */

bool enum_name(char out[ENUM_NAME], struct rd_str number, const char *zone)
{
	size_t n = 0;

	for (size_t i = number.n; i-- && n + 2 < ENUM_NAME;)
		if (isdigit((unsigned char)number.p[i])) {
			out[n++] = number.p[i];
			out[n++] = '.';
		}
	return n && rd_strcpy(out + n, ENUM_NAME - n, zone);
}

/* "E2U+SIP", "E2U+VOICE:TEL+SIP"; what went before RFC 6116 has it behind: "SIP+E2U". */
static bool has_method(const char *service, const char *method)
{
	struct rd_str rest = rd_str_of(service), word, type;
	bool ours = false, found = strcasecmp(method, "ALL") == 0;

	while (rest.n) {
		rd_str_cut(&rest, '+', &word);
		rd_str_cut(&word, ':', &type);
		if (rd_str_ieq(type, RD_STR("E2U")))
			ours = true;
		else if (rd_str_ieq(type, rd_str_of(method)))
			found = true;
	}
	return ours && found;
}

/* "!^.*$!sip:alice@example.com!" is cut at its first character. */
static bool cut_expression(char text[TEXT_MAX], const char *regexp, const char **pattern,
			   const char **replacement)
{
	char *middle, *end;

	if (!*regexp || isalnum((unsigned char)*regexp) || *regexp == '\\' ||
	    !rd_strcpy(text, TEXT_MAX, regexp + 1))
		return false;
	middle = strchr(text, *regexp);
	end = middle ? strchr(middle + 1, *regexp) : NULL;
	if (!end)
		return false;
	*middle = *end = '\0';
	*pattern = text;
	*replacement = middle + 1;
	return true;
}

/* Of references there may be one to the whole, and to the first group. */
static bool print_replacement(struct rd_buf *out, const char *replacement, const char *number,
			      const struct rd_regex_span spans[2])
{
	for (const char *at = replacement; *at; at++) {
		size_t group;

		if (*at != '\\') {
			rd_buf_addc(out, *at);
			continue;
		}
		at++;
		if (*at != '0' && *at != '1')
			return false;
		group = (size_t)(*at - '0');
		if (spans[group].start >= 0)
			rd_buf_add(out, number + spans[group].start,
				   (size_t)(spans[group].end - spans[group].start));
	}
	return !out->failed;
}

/* Whoever owns the number has written it, and a dialplan gives it to Dial(): it may name
 * nobody else, "a@b&TRUNK/out/0900", and no peer of ours, "0900@trunk". */
static bool is_safe(const char *uri)
{
	const char *host = strchr(uri, '@');

	for (const char *at = uri; *at; at++)
		if (!isalnum((unsigned char)*at) && !strchr("-_.~*+:@;=%[]", *at))
			return false;
	return strncasecmp(uri, "sip", 3) != 0 || (host && strpbrk(host, ".["));
}

static bool rewrite(char out[ENUM_URI], const char *pattern, const char *replacement,
		    const char *number)
{
	struct rd_regex_span spans[2];
	struct rd_regex *regex;
	struct rd_buf text;
	bool done;

	if (rd_regex_new(&regex, pattern))
		return false;
	rd_buf_init(&text);
	done = rd_regex_match(regex, number, spans) == 1 &&
	       print_replacement(&text, replacement, number, spans) && text.n &&
	       rd_strcpy(out, ENUM_URI, rd_buf_text(&text)) && is_safe(out);
	rd_buf_fini(&text);
	rd_regex_free(regex);
	return done;
}

bool enum_uri(char out[ENUM_URI], const struct rd_sip_naptr *record, const char *method,
	      struct rd_str number)
{
	const char *pattern, *replacement;
	char text[TEXT_MAX], plain[32] = "+";
	size_t n = 1;

	for (size_t i = 0; i < number.n && n + 1 < sizeof(plain); i++)
		if (isdigit((unsigned char)number.p[i]))
			plain[n++] = number.p[i];
	plain[n] = '\0';
	return strcasecmp(record->flags, "u") == 0 && has_method(record->service, method) &&
	       cut_expression(text, record->regexp, &pattern, &replacement) &&
	       rewrite(out, pattern, replacement, plain);
}

/* ---- asking ---- */

/* One that a fiber waits for. */
struct question {
	struct rd_cond told;
	struct rd_str number;
	const char *method;
	unsigned wanted;  /* which one, from 1; 0: none, they are counted */
	unsigned count;	  /* of those of the method */
	bool over;
	int rc;
	char uri[ENUM_URI]; /* that one, or "" */
};

static void told(void *arg, int rc, const struct rd_sip_naptr *records, unsigned count)
{
	struct question *question = arg;
	char uri[ENUM_URI];

	for (unsigned i = 0; i < RD_MIN(count, RECORDS_MAX); i++)
		if (enum_uri(uri, &records[i], question->method, question->number) &&
		    ++question->count == question->wanted)
			rd_strcpy(question->uri, sizeof(question->uri), uri);
	question->rc = rc;
	question->over = true;
	rd_cond_signal(&question->told);
}

/* 0, also where there is no such number; or why nobody knows. */
static int ask(struct question *question, const char *zone, int timeout_ms)
{
	char name[ENUM_NAME];
	struct rd_sip_lookup *lookup;
	int rc;

	if (!enum_name(name, question->number, zone))
		return -EINVAL;
	rd_cond_init(&question->told);
	rc = trunk_driver ? trunk_driver->naptr(&lookup, name, told, question) : -ENODEV;
	if (!rc && !question->over)
		rc = rd_cond_wait(&question->told, timeout_ms);
	if (!question->over && (rc == -ECANCELED || rc == -ETIMEDOUT))
		trunk_driver->forget(lookup);
	rd_cond_fini(&question->told);
	if (!rc)
		rc = question->rc == -ENOENT ? 0 : question->rc;
	return rc;
}

/* ---- before a group calls ---- */

/* Servers that are silent would hold up one call after the other. */
static uint64_t rests_until_ms;

bool enum_find(char uri[ENUM_URI], const char *number, const char *zone, int timeout_ms)
{
	struct question question = { .number = rd_str_of(number), .method = "sip", .wanted = 1 };
	int rc;

	if (rd_now_ms() < rests_until_ms)
		return false;
	rc = ask(&question, zone, timeout_ms);
	if (rc && rc != -ECANCELED) {
		rests_until_ms = rd_now_ms() + REST_MS;
		rd_warning("trunk: %s: nobody says where +%s wants to be called: %s", zone, number,
			   rd_strerror(rc));
	}
	return rc == 0 && *question.uri && rd_strcpy(uri, ENUM_URI, question.uri);
}

void enum_ask_again(void)
{
	rests_until_ms = 0;
}

/* ---- ENUMLOOKUP(number[,method[,options[,which[,zone]]]]) ---- */

enum { NUMBER, METHOD, OPTIONS, WHICH, ZONE, ARGS };

static void read_args(char *text, const char *args[ARGS])
{
	static const char *const defaults[ARGS] = { "", "sip", "", "1", "e164.arpa" };

	for (int i = 0; i < ARGS; i++) {
		char *comma = text ? strchr(text, ',') : NULL;

		if (comma)
			*comma = '\0';
		args[i] = text && *text ? text : defaults[i];
		text = comma ? comma + 1 : NULL;
	}
}

static int print(struct rd_buf *out, const struct question *question, const char *options)
{
	bool whole = strchr(options, 'u') || strcasecmp(question->method, "ALL") == 0;
	const char *colon = strchr(question->uri, ':');

	if (strchr(options, 'c'))
		rd_buf_printf(out, "%u", question->count);
	else
		rd_buf_adds(out, colon && !whole ? colon + 1 : question->uri);
	return 0;
}

/* text: room for a copy of args. 0, or -EINVAL with what is wrong. */
static int read_question(char text[512], const char *args, const char *arg[ARGS], uint64_t *which,
			 const char **fault)
{
	*fault = "it is too long";
	if (!rd_strcpy(text, 512, args))
		return -EINVAL;
	read_args(text, arg);
	if (!*arg[NUMBER])
		*fault = "which number?";
	else if (strspn(arg[OPTIONS], "cu") != strlen(arg[OPTIONS]))
		*fault = "there are the options c and u";
	else if (rd_str_to_u64(rd_str_of(arg[WHICH]), 1000, which))
		*fault = "which of them is a number";
	else
		return 0;
	return -EINVAL;
}

const char *enum_lookup_check(const char *args, char *buf, size_t size)
{
	const char *arg[ARGS], *fault;
	char text[512];
	uint64_t which;

	(void)buf;
	(void)size;
	return read_question(text, args, arg, &which, &fault) ? fault : NULL;
}

int enum_lookup_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct question question = { 0 };
	const char *arg[ARGS], *fault;
	char text[512];
	uint64_t which;
	int rc = read_question(text, args, arg, &which, &fault);

	(void)ch;
	if (rc)
		return rc;
	question.number = rd_str_of(arg[NUMBER]);
	question.method = arg[METHOD];
	question.wanted = (unsigned)which;
	rc = ask(&question, arg[ZONE], PATIENCE_MS);
	return rc ? rc : print(out, &question, arg[OPTIONS]);
}
