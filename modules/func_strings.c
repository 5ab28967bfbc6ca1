/* LEN, FILTER, REPLACE, STRREPLACE, REGEX, TOUPPER, TOLOWER, TRIM, QUOTE,
 * EVAL: one text in, one text out. */
#include <ctype.h>
#include <stdlib.h>

#include <ringdown/dialplan.h>
#include <ringdown/module.h>
#include <ringdown/regex.h>

#include "modules/func.h"

static int len_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	(void)ch;
	rd_buf_printf(out, "%zu", strlen(args));
	return 0;
}

static int toupper_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	(void)ch;
	for (; *args; args++)
		rd_buf_addc(out, (char)toupper((unsigned char)*args));
	return 0;
}

static int tolower_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	(void)ch;
	for (; *args; args++)
		rd_buf_addc(out, (char)tolower((unsigned char)*args));
	return 0;
}

static int trim_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct rd_str s = rd_str_trim(rd_str_of(args));

	(void)ch;
	if (s.n)
		rd_buf_add(out, s.p, s.n);
	return 0;
}

static int quote_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	(void)ch;
	rd_buf_addc(out, '"');
	for (; *args; args++) {
		if (*args == '"' || *args == '\\')
			rd_buf_addc(out, '\\');
		rd_buf_addc(out, *args);
	}
	rd_buf_addc(out, '"');
	return 0;
}

static int eval_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	return rd_dialplan_expand(ch, args, out);
}

/* One character of a set: "\n", "\x41", "\-" or itself; steps over it. */
static unsigned char set_character(const char **p)
{
	const char *s = *p;
	char *end;
	char hex[3];

	if (*s != '\\' || !s[1]) {
		*p = s + 1;
		return (unsigned char)*s;
	}
	*p = s + 2;
	switch (s[1]) {
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case 'r':
		return '\r';
	case 'x':
		if (!isxdigit((unsigned char)s[2]))
			return 'x';
		hex[0] = s[2];
		hex[1] = isxdigit((unsigned char)s[3]) ? s[3] : '\0';
		hex[2] = '\0';
		*p = s + 2 + strlen(hex);
		return (unsigned char)strtoul(hex, &end, 16);
	default:
		return (unsigned char)s[1];
	}
}

static void read_set(const char *text, bool set[256])
{
	memset(set, 0, 256);
	while (*text) {
		unsigned from = set_character(&text), to = from;

		if (text[0] == '-' && text[1]) {
			text++;
			to = set_character(&text);
		}
		for (unsigned c = from; c <= to; c++)
			set[c] = true;
	}
}

/* The commas of the allowed characters may be escaped, so the text is cut by
 * hand. */
static int filter_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	bool allowed[256];
	const char *comma = args;
	char *set;

	(void)ch;
	while (*comma && *comma != ',')
		comma += comma[0] == '\\' && comma[1] ? 2 : 1;
	if (!*comma)
		return -EINVAL;
	set = rd_strndup(args, (size_t)(comma - args));
	if (!set)
		return -ENOMEM;
	read_set(set, allowed);
	rd_free(set);
	for (const char *p = comma + 1; *p; p++)
		if (allowed[(unsigned char)*p])
			rd_buf_addc(out, *p);
	return 0;
}

static const char *filter_check(const char *args, char *buf, size_t size)
{
	(void)buf;
	(void)size;
	return func_check_read(filter_read, args, "expected allowed,text");
}

static void replace_characters(const char *text, const char *find, const char *with,
			       struct rd_buf *out)
{
	bool wanted[256] = { false };

	while (*find)
		wanted[set_character(&find)] = true;
	for (; *text; text++) {
		if (!wanted[(unsigned char)*text])
			rd_buf_addc(out, *text);
		else if (*with)
			rd_buf_addc(out, *with);
	}
}

static int replace_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct func_args a;
	struct rd_buf value;
	int rc = func_args_read(&a, args, 4);

	rd_buf_init(&value);
	if (rc == 0 && a.argc < 2)
		rc = -EINVAL;
	if (rc == 0)
		rc = func_read_named(ch, a.argv[0], &value);
	if (rc == 0)
		replace_characters(rd_buf_text(&value), a.argv[1], a.argv[2], out);
	rd_buf_fini(&value);
	func_args_free(&a);
	return rc;
}

static const char *check_replace(struct rd_pool *pool, const char *const *argv, char *buf,
				 size_t size)
{
	(void)pool;
	if (!*argv[1])
		return "replace what?";
	return func_check_named(argv[0], false, buf, size);
}

static const char *replace_check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, 4, check_replace, buf, size);
}

static void replace_texts(const char *text, const char *find, const char *with, long most,
			  struct rd_buf *out)
{
	const char *at;

	while (most-- != 0 && (at = strstr(text, find))) {
		rd_buf_add(out, text, (size_t)(at - text));
		rd_buf_adds(out, with);
		text = at + strlen(find);
	}
	rd_buf_adds(out, text);
}

static int strreplace_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct func_args a;
	struct rd_buf value;
	int rc = func_args_read(&a, args, 4);

	rd_buf_init(&value);
	if (rc == 0 && (a.argc < 2 || !*a.argv[1]))
		rc = -EINVAL;
	if (rc == 0)
		rc = func_read_named(ch, a.argv[0], &value);
	if (rc == 0)
		replace_texts(rd_buf_text(&value), a.argv[1], a.argv[2],
			      *a.argv[3] ? strtol(a.argv[3], NULL, 10) : -1, out);
	rd_buf_fini(&value);
	func_args_free(&a);
	return rc;
}

/* The expression of "regex" text, without its quotes, and where it ends in close. 0, -EINVAL or
 * -ENOMEM. */
static int read_pattern(const char *args, char **pattern, const char **close)
{
	const char *open = strchr(args, '"'), *end = open;

	do
		end = end ? strchr(end + 1, '"') : NULL;
	while (end && end[-1] == '\\');
	if (!end)
		return -EINVAL;
	*close = end;
	*pattern = rd_strndup(open + 1, (size_t)(end - open) - 1);
	return *pattern ? 0 : -ENOMEM;
}

static const char *regex_check(const char *args, char *buf, size_t size)
{
	const char *close, *wrong;
	char *pattern;
	int rc = read_pattern(args, &pattern, &close);

	if (rc)
		return rc == -EINVAL ? "the regular expression stands in quotes" : NULL;
	wrong = func_check_regex(pattern, buf, size);
	rd_free(pattern);
	return wrong;
}

static int regex_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	const char *close;
	char *pattern;
	struct rd_regex *re;
	int rc = read_pattern(args, &pattern, &close);

	(void)ch;
	if (rc)
		return rc;
	rc = rd_regex_new(&re, pattern);
	rd_free(pattern);
	if (rc)
		return func_regex_failed(ch, "REGEX", rc);
	close++;
	if (*close == ' ')
		close++;
	rc = rd_regex_match(re, close, NULL);
	rd_regex_free(re);
	if (rc < 0)
		return func_regex_failed(ch, "REGEX", rc);
	rd_buf_addc(out, rc ? '1' : '0');
	return 0;
}

static const struct rd_function functions[] = {
	{ .name = "LEN", .read = len_read, .synopsis = "Length in bytes", .syntax = "LEN(text)" },
	{ .name = "TOUPPER",
	  .read = toupper_read,
	  .synopsis = "In capitals",
	  .syntax = "TOUPPER(text)" },
	{ .name = "TOLOWER",
	  .read = tolower_read,
	  .synopsis = "In small letters",
	  .syntax = "TOLOWER(text)" },
	{ .name = "TRIM",
	  .read = trim_read,
	  .synopsis = "Without blanks at both ends",
	  .syntax = "TRIM(text)" },
	{ .name = "QUOTE",
	  .read = quote_read,
	  .synopsis = "In double quotes, escaped",
	  .syntax = "QUOTE(text)" },
	{ .name = "EVAL",
	  .read = eval_read,
	  .expands = true,
	  .synopsis = "Replace the variables in a value",
	  .syntax = "EVAL(text)",
	  .description = "${EVAL(${X})} replaces what stands in the value of X. Never use it "
			 "on what a caller has sent." },
	{ .name = "FILTER",
	  .read = filter_read,
	  .check = filter_check,
	  .synopsis = "Keep only certain characters",
	  .syntax = "FILTER(allowed,text)",
	  .description = "Ranges as in a-z; \\n, \\t, \\r, \\x41, \\- and \\\\ are single ones." },
	{ .name = "REPLACE",
	  .read = replace_read,
	  .expands = true,
	  .check = replace_check,
	  .synopsis = "Replace characters of a variable",
	  .syntax = "REPLACE(name,characters[,replacement])",
	  .description = "Without a replacement they are taken out." },
	{ .name = "STRREPLACE",
	  .read = strreplace_read,
	  .expands = true,
	  .check = replace_check,
	  .synopsis = "Replace texts of a variable",
	  .syntax = "STRREPLACE(name,find[,replacement[,how often]])" },
	{ .name = "REGEX",
	  .read = regex_read,
	  .check = regex_check,
	  .synopsis = "1 when a text matches",
	  .syntax = "REGEX(\"regular expression\" text)" },
	{ 0 }
};

RD_MODULE(.name = "func_strings", .synopsis = "Texts", .functions = functions);
