/* IF(), IFTIME(), ISNULL(), EXISTS(), SET(), EVAL(). */
#include <string.h>

#include <ringdown/dialplan.h>
#include <ringdown/module.h>

#include "modules/func.h"

/* The first c outside of quotes and parentheses, NULL when there is none. */
static char *find_plain(char *text, char c)
{
	bool quoted = false;
	int depth = 0;

	for (; *text; text++) {
		if (*text == '\\' && text[1])
			text++;
		else if (*text == '"')
			quoted = !quoted;
		else if (quoted)
			continue;
		else if (depth == 0 && *text == c)
			return text;
		else if (*text == '(')
			depth++;
		else if (*text == ')' && depth > 0)
			depth--;
	}
	return NULL;
}

/* Without white space around it, then without quotes. */
static struct rd_str bare(const char *text)
{
	struct rd_str s = rd_str_trim(rd_str_of(text));

	if (s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"')
		s = (struct rd_str){ s.p + 1, s.n - 2 };
	return s;
}

/* What GotoIf and IF take for true: neither empty nor zero. */
static bool is_true(const char *text)
{
	struct rd_str s = bare(text);
	uint64_t n;

	if (s.n == 0)
		return false;
	return rd_str_to_u64(s, UINT64_MAX, &n) || n;
}

/* "condition?yes:no", each part may be absent. */
struct choice {
	char *copy, *condition, *yes, *no;
};

static int choice_read(struct choice *choice, const char *args)
{
	char *mark;

	choice->copy = rd_strdup(args);
	if (!choice->copy)
		return -ENOMEM;
	choice->condition = choice->copy;
	choice->yes = choice->no = NULL;
	mark = find_plain(choice->copy, '?');
	if (!mark) {
		rd_free(choice->copy);
		return -EINVAL;
	}
	*mark = '\0';
	choice->yes = mark + 1;
	mark = find_plain(choice->yes, ':');
	if (mark) {
		*mark = '\0';
		choice->no = mark + 1;
	}
	return 0;
}

static void choose(const struct choice *choice, bool yes, struct rd_buf *out)
{
	struct rd_str s = bare(yes ? choice->yes : choice->no ? choice->no : "");

	rd_buf_add(out, s.p, s.n);
}

static int if_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct choice choice;
	int rc = choice_read(&choice, args);

	(void)ch;
	if (rc)
		return rc;
	choose(&choice, is_true(choice.condition), out);
	rd_free(choice.copy);
	return 0;
}

static int iftime_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct choice choice;
	int rc = choice_read(&choice, args);

	(void)ch;
	if (rc)
		return rc;
	rc = rd_dialplan_time_matches(choice.condition);
	if (rc >= 0)
		choose(&choice, rc > 0, out);
	rd_free(choice.copy);
	return rc < 0 ? rc : 0;
}

static int isnull_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	(void)ch;
	rd_buf_addc(out, *args ? '0' : '1');
	return 0;
}

static int exists_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	(void)ch;
	rd_buf_addc(out, *args ? '1' : '0');
	return 0;
}

/* NAME(args), a function that can be set, or a variable. */
static int assign(struct rd_channel *ch, char *name, const char *value)
{
	char *open = strchr(name, '('), *close;

	if (!open)
		return rd_var_set(ch, name, value);
	close = strrchr(open, ')');
	if (!close)
		return -EINVAL;
	*open = *close = '\0';
	return rd_function_write(ch, name, open + 1, value);
}

static int set_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	char *copy = rd_strdup(args), *value;
	int rc = -EINVAL;

	if (!copy)
		return -ENOMEM;
	value = find_plain(copy, '=');
	if (value) {
		*value++ = '\0';
		rc = assign(ch, copy, value);
		if (rc == 0)
			rd_buf_adds(out, value);
	}
	rd_free(copy);
	return rc;
}

static int eval_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	return rd_dialplan_expand(ch, args, out);
}

static const struct rd_function functions[] = {
	{ .name = "IF",
	  .read = if_read,
	  .synopsis = "One of two values",
	  .syntax = "IF(condition?[yes][:[no]])",
	  .description = "An empty condition and 0 are false, all else is true." },
	{ .name = "IFTIME",
	  .read = iftime_read,
	  .synopsis = "One of two values, by the time",
	  .syntax = "IFTIME(times,weekdays,days,months[,zone]?[yes][:[no]])" },
	{ .name = "ISNULL",
	  .read = isnull_read,
	  .synopsis = "1 when there is nothing between the parentheses",
	  .syntax = "ISNULL(value)" },
	{ .name = "EXISTS",
	  .read = exists_read,
	  .synopsis = "1 when there is something between the parentheses",
	  .syntax = "EXISTS(value)" },
	{ .name = "SET",
	  .read = set_read,
	  .yields = true,
	  .synopsis = "Set a variable and give its value",
	  .syntax = "SET(name=value)" },
	{ .name = "EVAL",
	  .read = eval_read,
	  .yields = true,
	  .synopsis = "Replace the variables in a text once more",
	  .syntax = "EVAL(text)" },
	{ 0 }
};

RD_MODULE(.name = "func_logic", .synopsis = "Choices", .functions = functions);
