/* The life of a plan, and the small questions that one may ask it. */
#include "dialplan/plan.h"

struct dp_plan *dp_plan_ref(struct dp_plan *plan)
{
	if (plan)
		plan->refs++;
	return plan;
}

void dp_plan_unref(struct dp_plan *plan)
{
	if (!plan || --plan->refs > 0)
		return;
	rd_map_free(plan->contexts);
	rd_config_unref(plan->config);
	rd_pool_free(plan->pool);
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
