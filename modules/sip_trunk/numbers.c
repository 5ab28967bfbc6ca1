/* From a number as it is dialled to the number of the world that it is, and from that to
 * what somebody else wants to see. */
#include <ctype.h>
#include <stdio.h>
#include <strings.h>

#include <ringdown/dialplan.h>

#include "modules/sip_trunk/numbers.h"

#define NUMBER_TEXT 80 /* room for a number, or a part of a rule */

/* ---- a number of the world ---- */

bool number_is_digits(struct rd_str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!isdigit((unsigned char)text.p[i]))
			return false;
	return text.n;
}

bool number_is_dialled(const char *text)
{
	text += *text == '+';
	return *text && !text[strspn(text, "0123456789*#")];
}

/* Cut off what it begins with. "" is no beginning. */
static bool cut(struct rd_str *number, const char *prefix)
{
	struct rd_str start = rd_str_of(prefix);

	if (!start.n || !rd_str_starts(*number, start))
		return false;
	number->p += start.n;
	number->n -= start.n;
	return true;
}

/* The shortest is an island's, the longest what E.164 allows. */
static bool join(char out[NUMBER_WORLD], const char *code, const char *area, struct rd_str rest)
{
	size_t before = strlen(code) + strlen(area), n = before + rest.n;

	if (!rest.n || n < 5 || n >= NUMBER_WORLD)
		return false;
	memcpy(out, code, strlen(code));
	memcpy(out + strlen(code), area, strlen(area));
	memcpy(out + before, rest.p, rest.n);
	out[n] = '\0';
	return true;
}

static bool is_whole(const struct country *country, struct rd_str number)
{
	return country->most && number.n >= (size_t)country->least &&
	       number.n <= (size_t)country->most && strchr(country->begins, number.p[0]);
}

/* With the prefix of another town. Where numbers have a length this one has it, too. */
static bool is_national(const struct country *country, struct rd_str *number)
{
	struct rd_str rest = *number;

	if (!cut(&rest, country->national) || rest.n < 4 ||
	    (country->most && !is_whole(country, rest)))
		return false;
	*number = rest;
	return true;
}

static bool is_service(const struct country *country, struct rd_str number)
{
	struct rd_str words = rd_str_of(country->services), word;

	while (words.n) {
		rd_str_cut(&words, ' ', &word);
		if (rd_str_starts(number, word))
			return true;
	}
	return false;
}

/* Of a line in our town. */
static bool is_local(const struct number_policy *policy, struct rd_str number)
{
	const struct country *country = policy->country;
	size_t whole;

	if (!policy->area || number.n < 3 || is_service(country, number))
		return false;
	whole = strlen(policy->area) + number.n;
	return !country->most ||
	       (whole >= (size_t)country->least && whole <= (size_t)country->most);
}

bool number_world(char out[NUMBER_WORLD], const struct number_policy *policy, struct rd_str number)
{
	const struct country *country = policy ? policy->country : NULL;

	if (cut(&number, "+"))
		return number_is_digits(number) && join(out, "", "", number);
	if (!country || !number_is_digits(number) || number_is_emergency(policy, number))
		return false;
	if (cut(&number, country->international))
		return join(out, "", "", number);
	if (is_national(country, &number) || is_whole(country, number))
		return join(out, country->code, "", number);
	if (policy->bare && number.n > 6 && country_of_number(number))
		return join(out, "", "", number);
	return is_local(policy, number) && join(out, country->code, policy->area, number);
}

bool number_sent_world(char out[NUMBER_WORLD], const struct number_policy *policy,
		       enum number_way way, struct rd_str sent)
{
	if (policy && policy->forms[way] == NUMBER_E164 && number_is_digits(sent) &&
	    sent.n > NUMBER_SERVICE_MAX)
		return rd_strcpyn(out, NUMBER_WORLD, sent);
	return number_world(out, policy, sent);
}

bool number_is_emergency(const struct number_policy *policy, struct rd_str number)
{
	const char *const *it = policy ? policy->emergency : NULL;

	while (it && *it && !rd_str_eq(number, rd_str_of(*it)))
		it++;
	return (it && *it) || country_is_emergency(policy ? policy->country : NULL, number);
}

/* ---- what somebody wants to see ---- */

static int print_form(char *buf, size_t size, const struct number_policy *policy,
		      enum number_form form, const char *world)
{
	const struct country *country = policy->country;
	struct rd_str rest = rd_str_of(world);

	switch (form) {
	case NUMBER_PLUS:
		return snprintf(buf, size, "+%s", world);
	case NUMBER_INTERNATIONAL:
		return snprintf(buf, size, "%s%s", country->international, world);
	case NUMBER_NATIONAL:
		if (cut(&rest, country->code))
			return snprintf(buf, size, "%s%s", country->national, rest.p);
		return snprintf(buf, size, "%s%s", country->international, world);
	default:
		return snprintf(buf, size, "%s", world);
	}
}

bool number_as_dialled(char *buf, size_t size, const struct number_policy *policy,
		       struct rd_str sent)
{
	char world[NUMBER_WORLD];
	struct number_policy plain;
	int n;

	if (!policy || !policy->country)
		return false;
	plain = *policy;
	plain.area = NULL; /* nothing says that it is of our town */
	if (!number_sent_world(world, &plain, NUMBER_CALLED_OUT, sent))
		return false;
	n = print_form(buf, size, policy, NUMBER_NATIONAL, world);
	return n > 0 && (size_t)n < size;
}

/* What is no number of the world stays as it is. */
static bool bring_to_form(char *buf, size_t size, const struct number_policy *policy,
			  enum number_form form, struct rd_str number)
{
	char world[NUMBER_WORLD];
	int n;

	if (form == NUMBER_AS_IS || !number_world(world, policy, number))
		return rd_strcpyn(buf, size, number);
	n = print_form(buf, size, policy, form, world);
	return n > 0 && (size_t)n < size;
}

/* ---- rules ---- */

const char *number_pattern_fault(const char *text)
{
	static const char digits[] = "+*#0123456789- ()/", places[] = "XZNxzn.![]";
	size_t number = strspn(text, digits);

	if (*text == '_')
		return rd_dialplan_pattern_fault(text);
	if (!text[number] && strpbrk(text, " ()/"))
		return "a number was expected as it is dialled, of digits alone";
	while (text[number] && (strchr(digits, text[number]) || strchr(places, text[number])))
		number++;
	return !text[number] && strpbrk(text, places) ? "a pattern begins with \"_\"" : NULL;
}

bool number_list_has(const char *const *list, const char *word)
{
	while (list && *list && strcasecmp(*list, word) != 0)
		list++;
	return list && *list;
}

/* "_0Z. -> +49{1}" */
struct rule {
	char pattern[NUMBER_TEXT], replacement[NUMBER_TEXT];
};

static const char no_rule[] = "a rule such as \"_0Z. -> +49{1}\" was expected";

static bool read_rule(struct rule *rule, const char *text)
{
	const char *arrow = strstr(text, "->");
	struct rd_str before;

	if (!arrow)
		return false;
	before = (struct rd_str){ text, (size_t)(arrow - text) };
	before = rd_str_trim(before);
	return before.n && rd_strcpyn(rule->pattern, NUMBER_TEXT, before) &&
	       rd_strcpyn(rule->replacement, NUMBER_TEXT, rd_str_trim(rd_str_of(arrow + 2)));
}

/* A part of the number, "{2}" or "{2:3}": from there on, so many. at is behind its "{". */
static bool read_part(const char **at, uint64_t *from, uint64_t *count)
{
	const char *end = strchr(*at, '}');
	struct rd_str text, first;

	if (!end)
		return false;
	text = (struct rd_str){ *at, (size_t)(end - *at) };
	*at = end + 1;
	*count = NUMBER_TEXT;
	if (rd_str_cut(&text, ':', &first) && rd_str_to_u64(text, NUMBER_TEXT, count))
		return false;
	return rd_str_to_u64(first, NUMBER_TEXT, from) == 0;
}

const char *number_rule_fault(const char *text)
{
	uint64_t from, count;
	struct rule rule;

	if (!read_rule(&rule, text) || !*rule.replacement)
		return no_rule;
	if (number_pattern_fault(rule.pattern))
		return number_pattern_fault(rule.pattern);
	for (const char *at = rule.replacement; *at;)
		if (*at == '{') {
			at++;
			if (!read_part(&at, &from, &count))
				return "{1}, or {1:3}, was expected for a part of the number";
		} else if (!isalnum((unsigned char)*at) && !strchr("+*#.-_", *at)) {
			return "a number, and parts as {1}, were expected behind ->";
		} else {
			at++;
		}
	return NULL;
}

static bool replace(char *buf, size_t size, const char *replacement, const char *number)
{
	size_t length = strlen(number);
	struct rd_buf out;
	bool fits;

	rd_buf_init(&out);
	for (const char *at = replacement; *at;) {
		uint64_t from, count;

		if (*at++ != '{')
			rd_buf_addc(&out, at[-1]);
		else if (read_part(&at, &from, &count) && from < length)
			rd_buf_add(&out, number + from, RD_MIN(count, length - from));
	}
	fits = !out.failed && out.n && rd_strcpy(buf, size, rd_buf_text(&out));
	rd_buf_fini(&out);
	return fits;
}

static bool fits(const char *pattern, const char *number)
{
	return *pattern == '_' ? rd_dialplan_pattern(pattern, number)
			       : strcmp(pattern, number) == 0;
}

/* Whom one calls for help is called by that number, unless a rule names it. */
static bool apply_rules(char *buf, size_t size, const char *const *rules, bool emergency)
{
	char number[NUMBER_TEXT];
	struct rule rule;

	if (!rd_strcpy(number, sizeof(number), buf))
		return true;
	for (; rules && *rules; rules++)
		if (read_rule(&rule, *rules) && fits(rule.pattern, number) &&
		    (!emergency || *rule.pattern != '_'))
			return replace(buf, size, rule.replacement, number);
	return true;
}

bool number_translate(char *buf, size_t size, const struct number_policy *policy,
		      enum number_way way, struct rd_str number)
{
	return bring_to_form(buf, size, policy, (enum number_form)policy->forms[way], number) &&
	       apply_rules(buf, size, policy->rules[way],
			   way == NUMBER_CALLED_OUT && number_is_emergency(policy, number));
}
