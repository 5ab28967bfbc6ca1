/* The life of a plan, and the small questions that one may ask it. */
#include <ringdown/fiber.h>

#include "dialplan/plan.h"

enum { LARGE = 1000 };

struct dp_plan *dp_plan_ref(struct dp_plan *plan)
{
	if (plan)
		plan->refs++;
	return plan;
}

void dp_plan_free(struct dp_plan *plan)
{
	rd_map_free(plan->contexts);
	rd_config_unref(plan->config);
	rd_pool_free(plan->pool);
}

static int free_plan(void *plan)
{
	dp_plan_free(plan);
	return 0;
}

void dp_plan_unref(struct dp_plan *plan)
{
	if (plan && --plan->refs == 0)
		dp_dispose(free_plan, plan, plan->extens);
}

void dp_dispose(int (*dispose)(void *what), void *what, size_t parts)
{
	if (parts < LARGE || rd_offload_then(dispose, NULL, what))
		dispose(what);
}

struct dp_context *dp_plan_context(const struct dp_plan *plan, const char *name)
{
	return rd_map_get(plan->contexts, name);
}

const struct dp_step *dp_exten_step(const struct dp_exten *exten, int priority)
{
	size_t low = 0, high = exten->count;

	/* Nearly every extension counts 1, 2, 3, ... */
	if (priority > 0 && (size_t)priority <= exten->count &&
	    exten->steps[priority - 1].priority == priority)
		return &exten->steps[priority - 1];
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (exten->steps[middle].priority < priority)
			low = middle + 1;
		else
			high = middle;
	}
	return low < exten->count && exten->steps[low].priority == priority ? &exten->steps[low] :
									       NULL;
}

static const struct dp_exten *first_exten(const struct dp_context *context)
{
	while (context && !context->first)
		context = context->following;
	return context ? context->first : NULL;
}

static const struct dp_exten *next_exten(const struct dp_exten *exten)
{
	return exten->following ? exten->following : first_exten(exten->context->following);
}

bool dp_plan_next_step(const struct dp_plan *plan, struct dp_spot *spot)
{
	const struct dp_exten *exten = spot->exten;

	if (exten && ++spot->step < exten->steps + exten->count)
		return true;
	exten = exten ? next_exten(exten) : first_exten(plan->first);
	while (exten && exten->count == 0) /* it has a hint alone */
		exten = next_exten(exten);
	spot->exten = exten;
	spot->step = exten ? exten->steps : NULL;
	return exten != NULL;
}
