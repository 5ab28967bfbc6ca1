/* Whether a module may go, and what it leaves behind when it does. */
#include <ringdown/log.h>

#include "core/call/call.h"
#include "core/call/keeper.h"
#include "core/config/keeper.h"
#include "core/module/loader.h"

static const char *dependent_in(const struct rd_list *list, const struct rd__module *module)
{
	rd_list_foreach(node, tmp, list) {
		const struct rd__module *other = rd_list_entry(node, struct rd__module, link);

		if (rd__module_needs(other, module->name))
			return other->name;
	}
	return NULL;
}

/* Who needs it, also one that waits for its last call: the name, or NULL. */
static const char *dependent(const struct rd__module *module)
{
	const char *name = dependent_in(&rd__modules, module);

	return name ? name : dependent_in(&rd__modules_retired, module);
}

/* It was there before the other, and the other before its new file. */
static bool was_found_by(const struct rd__module *module, const struct rd__module *other)
{
	return other->opened > module->came && other->opened < module->left &&
	       rd__module_needs(other, module->module.name);
}

/* Those of a list that have found what it has. */
static int count_loaded_with(const struct rd_list *list, const struct rd__module *module,
			     void (*fn)(void *arg, const char *name), void *arg)
{
	int count = 0;

	rd_list_foreach(node, tmp, list) {
		const struct rd__module *other = rd_list_entry(node, struct rd__module, link);

		if (!was_found_by(module, other))
			continue;
		count++;
		if (fn)
			fn(arg, other->name);
	}
	return count;
}

int rd__module_loaded_with(const struct rd__module *module, void (*fn)(void *arg, const char *name),
			   void *arg)
{
	if (!module->retired || !module->module.codecs)
		return 0;
	return count_loaded_with(&rd__modules, module, fn, arg) +
	       count_loaded_with(&rd__modules_retired, module, fn, arg);
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
	holds |= rd__channels_kept_by(module->usage, true, &begun) > 0;
	if (holds)
		rd_config_error(report, NULL, 0,
				"module %s: it has %s, and no unload() to end that", module->name,
				rd_buf_text(&begun));
	rd_buf_fini(&begun);
	return holds;
}

/* Calls in old files of it, whose state goes with it, as well. */
static int running_of(const struct rd__module *module, struct rd_buf *reason)
{
	int running = rd__module_running(module, reason);

	rd_list_foreach(node, tmp, &rd__modules_retired) {
		const struct rd__module *old = rd_list_entry(node, struct rd__module, link);
		struct rd_buf more;
		int n;

		if (!rd__state_shared(old, module))
			continue;
		rd_buf_init(&more);
		n = rd__module_running(old, &more);
		if (n)
			rd_buf_printf(reason, "%s%s, in the old file %s", running ? "; " : "",
				      rd_buf_text(&more), old->name);
		rd_buf_fini(&more);
		running += n;
	}
	return running;
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
	running = running_of(module, &reason);
	if (running)
		rd_config_error(report, NULL, 0, "module %s: in use: %s", module->name,
				rd_buf_text(&reason));
	rd_buf_fini(&reason);
	return running || begins_without_end(module, report) ? -EBUSY : 0;
}

static bool has_another(const struct rd_list *list, const struct rd__module *than)
{
	rd_list_foreach(node, tmp, list) {
		const struct rd__module *other = rd_list_entry(node, struct rd__module, link);

		if (other != than && other->usage == than->usage)
			return true;
	}
	return false;
}

/* A new version of it may have what it has: then nothing is known yet. */
static bool goes_for_good(const struct rd__module *module)
{
	return module->usage && !has_another(&rd__modules, module) &&
	       !has_another(&rd__modules_retired, module);
}

static void add_kept_channels(const struct rd__module *module, struct rd_buf *out)
{
	struct rd_buf kept;
	size_t count;

	rd_buf_init(&kept);
	count = rd__channels_kept_by(module->usage, false, &kept);
	if (count)
		rd_buf_printf(out, "it has kept %s: nobody gives %s back any more",
			      rd_buf_text(&kept), count == 1 ? "it" : "them");
	rd_buf_fini(&kept);
}

static void add_kept_interfaces(const struct rd__module *module, struct rd_buf *out)
{
	struct rd_buf names;
	size_t count;

	rd_buf_init(&names);
	count = rd__interfaces_held_by(module->name, &names);
	if (count)
		rd_buf_printf(out, "it has not put back the interface%s %s", count == 1 ? "" : "s",
			      rd_buf_text(&names));
	rd_buf_fini(&names);
}

static void add_kept_files(const struct rd__module *module, struct rd_buf *out)
{
	struct rd_buf names;
	size_t count;

	rd_buf_init(&names);
	count = rd__configs_kept_by(module->usage, &names);
	if (count)
		rd_buf_printf(out,
			      "it has kept what it has read of %s: nobody gives %s back any more",
			      rd_buf_text(&names), count == 1 ? "it" : "them");
	rd_buf_fini(&names);
}

static void (*const add_kept[])(const struct rd__module *module,
				struct rd_buf *out) = { add_kept_channels, add_kept_interfaces,
							add_kept_files };

/* report: NULL, to the log. True: there was some. */
static bool tell_kept(const struct rd__module *module, struct rd_config_report *report)
{
	bool any = false;

	for (size_t i = 0; goes_for_good(module) && i < RD_ARRAY_SIZE(add_kept); i++) {
		struct rd_buf kept;

		rd_buf_init(&kept);
		add_kept[i](module, &kept);
		any |= kept.n > 0;
		if (kept.n && report)
			rd_config_warning(report, NULL, 0, "module %s: %s", module->name,
					  rd_buf_text(&kept));
		else if (kept.n)
			rd_warning("module %s: %s", module->name, rd_buf_text(&kept));
		rd_buf_fini(&kept);
	}
	return any;
}

bool rd__module_log_kept(const struct rd__module *module)
{
	return tell_kept(module, NULL);
}

void rd__module_put_interfaces(const struct rd__module *module)
{
	if (goes_for_good(module))
		rd__interfaces_put_by(module->name);
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
	tell_kept(module, report);
}
