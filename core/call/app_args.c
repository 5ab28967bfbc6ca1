/* How applications read what stands between their parentheses: arguments
 * parted by commas, branches, and option letters with arguments of their own. */
#include <stdio.h>
#include <stdlib.h>

#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/pool.h>
#include <ringdown/str.h>

enum { LETTERS_MAX = 64, FAULT_SIZE = 256 };

/* Take one argument off *scan, writing it to *out without quotes and
 * backslashes; true when a comma followed. */
static bool take_arg(const char **scan, char **out)
{
	bool quoted = false;
	int depth = 0;
	const char *p = *scan;
	char *w = *out;

	for (; *p; p++) {
		if (*p == '\\' && p[1]) {
			*w++ = *++p;
			continue;
		}
		if (*p == '"') {
			quoted = !quoted;
			continue;
		}
		if (*p == '(' || *p == '[')
			depth++;
		else if ((*p == ')' || *p == ']') && depth > 0)
			depth--;
		else if (*p == ',' && depth == 0 && !quoted)
			break;
		*w++ = *p;
	}
	*w++ = '\0';
	*out = w;
	*scan = *p ? p + 1 : p;
	return *p == ',';
}

int rd_app_args(struct rd_pool *pool, const char *text, const char **argv, int max)
{
	size_t size = strlen(text) + (size_t)max + 1;
	char *copy = rd_pool_alloc(pool, size);
	int argc = 0;
	bool more = *text != '\0';

	for (int i = 0; i < max; i++)
		argv[i] = "";
	if (!copy)
		return -ENOMEM;
	while (more && argc < max - 1) {
		argv[argc++] = copy;
		more = take_arg(&text, &copy);
	}
	if (more && argc < max) {
		strcpy(copy, text);
		argv[argc++] = copy;
	}
	return argc;
}

/* The first ':' outside of parentheses and quotes; the end when there is none. */
static size_t branch_end(struct rd_str s)
{
	bool quoted = false;
	int depth = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '"')
			quoted = !quoted;
		else if (s.p[i] == '(')
			depth++;
		else if (s.p[i] == ')' && depth > 0)
			depth--;
		else if (s.p[i] == ':' && depth == 0 && !quoted)
			return i;
	}
	return s.n;
}

bool rd_app_branches(const char *args, struct rd_str *condition, struct rd_str *then,
		     struct rd_str *otherwise)
{
	struct rd_str rest = rd_str_of(args);
	size_t end;

	*then = *otherwise = (struct rd_str){ 0 };
	if (!rd_str_cut(&rest, '?', condition))
		return false;
	*condition = rd_str_trim(*condition);
	end = branch_end(rest);
	*then = rd_str_trim((struct rd_str){ rest.p, end });
	if (end < rest.n)
		*otherwise = rd_str_trim((struct rd_str){ rest.p + end + 1, rest.n - end - 1 });
	return true;
}

const char *rd_app_equals(const char *text)
{
	int depth = 0;

	for (; *text; text++) {
		if (*text == '(')
			depth++;
		else if (*text == ')' && depth > 0)
			depth--;
		else if (*text == '=' && depth == 0)
			return text;
	}
	return NULL;
}

bool rd_app_true(struct rd_str condition)
{
	char copy[32], *end;
	double n;

	condition = rd_str_trim(condition);
	if (condition.n == 0)
		return false;
	rd_strcpyn(copy, sizeof(copy), condition);
	n = strtod(copy, &end);
	return end == copy || n != 0;
}

static const struct rd_app_option *option_of(const struct rd_app_option *table, char letter)
{
	for (; table->letter; table++)
		if (table->letter == letter)
			return table;
	return NULL;
}

/* The text of "(...)" at p, parentheses balanced, quotes around it taken off;
 * returns what follows, NULL without memory or without its end. */
static const char *option_arg(struct rd_pool *pool, const char *p, const char **arg)
{
	const char *start = p + 1, *end;
	int depth = 0;

	for (end = p; *end; end++) {
		if (*end == '(')
			depth++;
		else if (*end == ')' && --depth == 0)
			break;
	}
	if (!*end)
		return NULL;
	if (end - start >= 2 && *start == '"' && end[-1] == '"')
		*arg = rd_pool_strndup(pool, start + 1, (size_t)(end - start) - 2);
	else
		*arg = rd_pool_strndup(pool, start, (size_t)(end - start));
	return end + 1;
}

int rd_app_options(struct rd_pool *pool, const struct rd_app_option *table, const char *text,
		   struct rd_app_options *out, char *bad)
{
	char ignored;
	int rc = 0;

	*out = (struct rd_app_options){ 0 };
	bad = bad ? bad : &ignored;
	while (*text) {
		char letter = *text++;
		const struct rd_app_option *option = option_of(table, letter);
		const char *arg = NULL;

		if (!option && rc == 0) {
			*bad = letter;
			rc = -ENOENT;
		}
		if (*text == '(') {
			text = option_arg(pool, text, &arg);
			if (!text || !arg) {
				*bad = letter;
				return text ? -ENOMEM : -EINVAL;
			}
		}
		if (option)
			out->flags |= option->bit;
		if (option && option->has_arg)
			out->args[option->arg] = arg;
	}
	return rc;
}

static void list_letters(const struct rd_app_option *table, char *letters, size_t size)
{
	size_t n = 0;

	for (; table->letter && n + 1 < size; table++)
		letters[n++] = table->letter;
	letters[n] = '\0';
}

const char *rd_app_option_fault(const struct rd_app_option *table, const char *text, int rc,
				char bad, char *buf, size_t size)
{
	char letters[LETTERS_MAX + 1];

	if (rc == -EINVAL) {
		snprintf(buf, size, "the parenthesis of option %c is not closed in \"%s\"", bad,
			 text);
		return buf;
	}
	list_letters(table, letters, sizeof(letters));
	snprintf(buf, size, "no such option \"%c\" in \"%s\"; there are %s", bad, text, letters);
	return buf;
}

const char *rd_app_check_options(struct rd_pool *pool, const struct rd_app_option *table,
				 const char *text, char *buf, size_t size)
{
	struct rd_app_options options;
	char bad;
	int rc = rd_app_options(pool, table, text, &options, &bad);

	if (rc != -ENOENT && rc != -EINVAL)
		return NULL;
	return rd_app_option_fault(table, text, rc, bad, buf, size);
}

const char *rd_app_check_args(const char *args, int max, rd_app_argv_check *check, char *buf,
			      size_t size)
{
	const char *wrong = NULL, **argv;
	struct rd_pool *pool;

	if (rd_pool_new(&pool, 0))
		return NULL;
	argv = rd_pool_alloc(pool, (size_t)max * sizeof(*argv));
	if (argv && rd_app_args(pool, args, argv, max) >= 0)
		wrong = check(pool, argv, buf, size);
	rd_pool_free(pool);
	return wrong;
}

int rd_app_read_options(struct rd_channel *ch, const struct rd_app_option *table, const char *text,
			struct rd_app_options *out)
{
	char bad, fault[FAULT_SIZE];
	int rc = rd_app_options(rd_channel_scratch(ch), table, text, out, &bad);

	if (!rc || rc == -ENOMEM)
		return rc;
	rd_app_warning(ch, "%s: it is passed over",
		       rd_app_option_fault(table, text, rc, bad, fault, sizeof(fault)));
	return 0;
}
