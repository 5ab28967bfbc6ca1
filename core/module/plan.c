/* What is to be loaded, opened with all that it needs, depth first: so the order of
 * loading is the order of opening. */
#include <string.h>

#include <ringdown/config.h>

#include "core/module/wanted.h"

/* 0, or why module's need cannot be met, which is reported. */
static int open_need(struct rd__plan *plan, const struct rd__module *module, const char *need)
{
	int rc;

	if (rd__module_find_in(&rd__modules, need) || rd__module_find_in(&plan->opened, need))
		return 0;
	if (rd__module_find_in(&plan->opening, need)) {
		rd_config_error(plan->report, NULL, 0,
				"module %s: needs %s, which needs it in turn", module->name, need);
		return -EINVAL;
	}
	if (plan->list && rd__unwanted_find(plan->list, need)) {
		rd_config_error(plan->report, NULL, 0,
				"module %s: needs %s, which modules.conf does not want loaded",
				module->name, need);
		return -EINVAL;
	}
	rc = rd__plan_open_name(plan, need);
	if (rc < 0)
		rd_config_error(plan->report, NULL, 0, "module %s: needs %s%s", module->name, need,
				rc == -ENOMEM ? ", and there is no memory for it" : "");
	return rc;
}

int rd__plan_open(struct rd__plan *plan, const char *path)
{
	struct rd__module *module;
	const char *const *need;
	int rc;

	rc = rd__module_open(&module, path, plan->report);
	if (rc < 0)
		return rc;
	rd_list_push(&plan->opening, &module->link);
	for (need = module->module.needs; need && *need && rc == 0; need++)
		rc = open_need(plan, module, *need);
	if (rc < 0) {
		rd__module_close(module);
		return rc;
	}
	rd_list_remove(&module->link);
	rd_list_push(&plan->opened, &module->link);
	return 0;
}

int rd__plan_open_name(struct rd__plan *plan, const char *name)
{
	char *path = rd__module_path_of(name);
	int rc = path ? rd__plan_open(plan, path) : -ENOMEM;

	rd_free(path);
	return rc;
}

void rd__plan_init(struct rd__plan *plan, const struct rd__wanted_list *list,
		   struct rd_config_report *report)
{
	*plan = (struct rd__plan){ .list = list, .report = report };
	rd_list_init(&plan->opened);
	rd_list_init(&plan->opening);
}

void rd__plan_fini(struct rd__plan *plan)
{
	while (!rd_list_empty(&plan->opened))
		rd__module_close(rd_list_entry(plan->opened.prev, struct rd__module, link));
}

struct opening {
	struct rd__plan *plan;
	const char *name;
};

static int open_optional(void *arg, struct rd_config_report *own)
{
	const struct opening *opening = arg;
	struct rd_config_report *report = opening->plan->report;
	int rc;

	opening->plan->report = own;
	rc = rd__plan_open_name(opening->plan, opening->name);
	opening->plan->report = report;
	return rc;
}

/* What others need comes before them: so it is known of them whether they may be left out. */
static void mark_optional(const struct rd__plan *plan, const struct rd__wanted_list *list)
{
	for (struct rd_list *node = plan->opened.prev; node != &plan->opened; node = node->prev) {
		struct rd__module *module = rd_list_entry(node, struct rd__module, link);
		const struct rd__wanted *wanted = rd__wanted_find(list, module->name);

		module->optional = !wanted || wanted->optional;
		for (struct rd_list *at = node->next; at != &plan->opened; at = at->next) {
			const struct rd__module *other = rd_list_entry(at, struct rd__module, link);

			if (!other->optional && rd__module_needs(other, module->name))
				module->optional = false;
		}
	}
}

int rd__plan_open_wanted(struct rd__plan *plan, const struct rd__wanted_list *list)
{
	int result = 0;

	for (size_t i = 0; i < list->count; i++) {
		const char *name = list->wanted[i].name;
		struct opening opening = { plan, name };
		int rc;

		if (rd__module_find_in(&plan->opened, name) ||
		    rd__module_find_in(&rd__modules, name))
			continue;
		if (list->wanted[i].optional)
			rc = rd__left_out_try(name, open_optional, &opening, plan->report);
		else
			rc = rd__plan_open_name(plan, name);
		result = rc < 0 ? rc : result;
	}
	mark_optional(plan, list);
	return result;
}
