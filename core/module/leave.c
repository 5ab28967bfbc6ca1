/* Whether a module may go, and what it leaves behind when it does. */
#include <string.h>

#include "core/module/loader.h"

/* Who needs it: a loaded module's name, or NULL. */
static const char *dependent(const struct rd__module *module)
{
	rd_list_foreach(node, tmp, &rd__modules) {
		struct rd__module *other = rd_list_entry(node, struct rd__module, link);
		const char *const *need = other->module.needs;

		for (; need && *need; need++)
			if (strcmp(*need, module->name) == 0)
				return other->name;
	}
	return NULL;
}

/* Where nothing of it will end what it has begun, that is known before it goes. */
static bool begins_without_end(const struct rd__module *module, struct rd_config_report *report)
{
	struct rd_buf begun;
	bool holds;

	if (module->module.unload)
		return false;
	rd_buf_init(&begun);
	holds = rd__module_begun(module, &begun);
	if (holds)
		rd_config_error(report, NULL, 0,
				"module %s: it has %s, and no unload() to end that", module->name,
				rd_buf_text(&begun));
	rd_buf_fini(&begun);
	return holds;
}

int rd__module_may_leave(const struct rd__module *module, struct rd_config_report *report)
{
	const char *other = dependent(module);
	struct rd_buf reason;
	int running;

	if (other) {
		rd_config_error(report, NULL, 0, "module %s: %s needs it", module->name, other);
		return -EBUSY;
	}
	rd_buf_init(&reason);
	running = rd__module_running(module, &reason);
	if (running)
		rd_config_error(report, NULL, 0, "module %s: in use: %s", module->name,
				rd_buf_text(&reason));
	rd_buf_fini(&reason);
	return running || begins_without_end(module, report) ? -EBUSY : 0;
}

void rd__module_tell_left(const struct rd__module *module, struct rd_config_report *report)
{
	struct rd_buf left;

	rd_buf_init(&left);
	if (rd__module_left(module, &left))
		rd_config_warning(report, NULL, 0,
				  "module %s: it has left behind %s: its code stays in memory",
				  module->name, rd_buf_text(&left));
	rd_buf_fini(&left);
}
