/* "condition?then:else", as GotoIf, GosubIf and their like read it. */
#include "dialplan/expression.h"
#include "dialplan/module.h"

/* Neither empty nor zero. */
static bool holds(struct rd_str condition)
{
	long double n;

	condition = rd_str_trim(condition);
	return condition.n > 0 && !(dp_is_number(condition, &n) && n == 0);
}

bool dp_is_true(const char *condition)
{
	return holds(rd_str_of(condition));
}

int dp_choose(const char *text, char **branch)
{
	struct rd_str rest = rd_str_of(text), condition, then;

	if (!rd_str_cut(&rest, '?', &condition))
		return -EINVAL;
	rd_str_cut(&rest, ':', &then);
	then = rd_str_trim(holds(condition) ? then : rest);
	*branch = rd_strndup(then.p ? then.p : "", then.n);
	return *branch ? 0 : -ENOMEM;
}
