/* A new file in the place of a module that runs. What it offers is found in the new one from
 * then on; calls that are in the old one end there, and when the last has, it goes. What can
 * be there but once lets nothing like that: such a module is replaced when nothing uses it. */
#include <stdio.h>
#include <string.h>

#include <ringdown/event.h>
#include <ringdown/fiber.h>
#include <ringdown/log.h>

#include "core/config/config.h"
#include "core/module/loader.h"
#include "core/sched/sched.h"

enum { LOOK_MS = 500 };

/* -- the old ones -------------------------------------------------------- */

static struct rd_fiber *sweeper; /* while there are some */

/* What it has begun by itself holds it as well as its calls. */
static bool is_used(const struct rd__module *module)
{
	return rd__module_running(module, NULL) ||
	       rd__fibers_begun_in(module->code, module->code_end);
}

static void let_go(struct rd__module *module)
{
	rd__module_take_down(module);
	rd__module_close(module);
}

/* They stand in the order in which they have left. */
static struct rd__module *next_old(unsigned left)
{
	rd_list_foreach(node, tmp, &rd__modules_retired) {
		struct rd__module *module = rd_list_entry(node, struct rd__module, link);

		if (module->left > left)
			return module;
	}
	return NULL;
}

static void close_unused(struct rd__module *module)
{
	if (is_used(module))
		return;
	rd_verbose("module %s: its last call has ended, it goes", module->name);
	rd__modules_begin("old", NULL);
	let_go(module);
	rd__modules_end();
}

/* Others have a turn after each, for there may be hundreds; the list may be another then. */
static void look_through(void)
{
	struct rd__module *module;
	unsigned left = 0;

	while (!rd__modules_busy() && (module = next_old(left))) {
		left = module->left;
		close_unused(module);
		if (rd_yield() < 0)
			break;
	}
}

static int sweep(void *unused)
{
	(void)unused;
	while (!rd_list_empty(&rd__modules_retired) && rd_sleep(LOOK_MS) == 0)
		look_through();
	if (!rd_fiber_cancelled()) {
		rd_fiber_detach(rd_fiber_self());
		sweeper = NULL;
	}
	return 0;
}

/* Nothing that is there still has been loaded with it. */
static struct rd__module *last_let_free(void)
{
	struct rd_list *node = rd__modules_retired.prev;

	for (; node != &rd__modules_retired; node = node->prev) {
		struct rd__module *module = rd_list_entry(node, struct rd__module, link);

		if (!rd__module_loaded_with(module, NULL, NULL))
			return module;
	}
	return NULL;
}

void rd__modules_retired_stop(void)
{
	struct rd__module *module;

	if (sweeper) {
		rd_fiber_cancel(sweeper);
		rd_fiber_join(sweeper, RD_FOREVER, NULL);
		sweeper = NULL;
	}
	while ((module = last_let_free()))
		let_go(module);
}

static struct rd__module *sharer_of(const struct rd__module *module)
{
	rd_list_foreach(node, tmp, &rd__modules_retired) {
		struct rd__module *old = rd_list_entry(node, struct rd__module, link);

		if (rd__state_shared(old, module))
			return old;
	}
	return NULL;
}

void rd__module_sharers_stop(const struct rd__module *module)
{
	struct rd__module *old;

	while ((old = sharer_of(module)))
		let_go(old);
}

/* Whoever has borrowed its name says the new one, too. */
static void rename_old(struct rd__module *module)
{
	snprintf(module->name, strlen(module->module.name) + RD__MODULE_SERIAL, "%s#%u",
		 module->module.name, module->serial + 1);
}

static void put_away(struct rd__module *module)
{
	rd__module_holds_forget();
	rd__module_retire_for_good(module);
	if (module->joined)
		rd__config_leave(module->module.config);
	module->joined = false;
	rename_old(module);
	module->retired = true;
	module->left = rd__modules_turn();
	rd_list_remove(&module->link);
	rd_list_push(&rd__modules_retired, &module->link);
}

/* -- while it is used -------------------------------------------------------- */

static int join_in_place(struct rd__module *new, struct rd__module *old)
{
	if (!old->joined || !new->module.config)
		return rd__module_join_config(new);
	rd__config_exchange(old->module.config, new->name, new->module.config);
	old->joined = false;
	new->joined = true;
	return 0;
}

/* Its snapshot, beside the one that calls in the old code have. */
static int read_config(struct rd__module *new, struct rd__module *old,
		       struct rd_config_report *report)
{
	int rc = rd__module_await_reload();

	if (rc == 0)
		rc = join_in_place(new, old);
	if (rc == 0 && new->joined)
		rc = rd__config_reload(new->name, report);
	return rc;
}

/* Takes no memory, which may have been what was lacking. */
static void read_config_no_more(struct rd__module *new, struct rd__module *old)
{
	if (new->joined && !old->joined && old->module.config) {
		rd__config_exchange(new->module.config, old->name, old->module.config);
		old->joined = true;
		rd__module_attend_review(old);
	} else if (new->joined) {
		rd__config_leave(new->module.config);
	}
	new->joined = false;
}

/* No wait in between: whoever looks finds the one or the other. */
static int swap(struct rd__module *new, struct rd__module *old)
{
	int rc;

	rd__module_retire(old, false);
	rc = rd__module_register(new);
	if (rc < 0)
		rd__module_retire(old, true);
	return rc;
}

static int replace_used(struct rd__module *new, struct rd__module *old,
			struct rd_config_report *report)
{
	int errors = rd_config_errors(report);
	int rc = rd__state_share(new, old);

	if (rc == 0)
		rc = read_config(new, old, report);
	if (rc < 0) /* from then on what it has read may be in what is kept */
		rd__state_part(new);
	if (rc == 0 && !sweeper)
		rc = rd_fiber_new(&sweeper, "modules/old", sweep, NULL);
	if (rc == 0)
		rc = swap(new, old);
	if (rc < 0) {
		read_config_no_more(new, old);
		if (rd_config_errors(report) == errors)
			rd__module_tell_refused(new, "its new file did not take its place", rc,
						report);
		return rc;
	}
	rd__module_attend_review(new);
	new->started = true;
	new->came = rd__modules_turn();
	rd_list_insert_after(&old->link, &new->link);
	put_away(old);
	if (new->module.state)
		rd__module_take_over(new);
	rd__module_announce(new->name, "reloaded");
	return 0;
}

/* -- when nothing uses it -------------------------------------------------------- */

/* With a report of its own, for errors of another one would refuse its configuration. */
static int bring_back(struct rd__module *old, struct rd_config_report *report)
{
	struct rd_config_report *own;
	int rc = rd_config_report_new(&own);

	if (rc == 0) {
		rc = rd__module_bring_up(old, own);
		rd_config_report_free(own);
	}
	if (rc < 0)
		rd_config_error(report, NULL, 0, "module %s: the old one did not come back: %s",
				old->name, rd_strerror(rc));
	return rc;
}

/* By its name the other is found. */
static void stand_in_for(struct rd__module *module, struct rd__module *other)
{
	rd_list_insert_after(&other->link, &module->link);
	rd_list_remove(&other->link);
}

/* Where the new one does not start, the old one comes back. */
static int exchange(struct rd__module *new, struct rd__module *old, struct rd_config_report *report)
{
	int rc;

	rd__module_take_down(old);
	stand_in_for(new, old);
	rc = rd__module_bring_up(new, report);
	if (rc == 0) {
		rd__module_close(old);
		return 0;
	}
	rd__module_take_down(new);
	stand_in_for(old, new);
	if (bring_back(old, report) < 0) {
		rd__module_take_down(old);
		rd__module_close(old);
	}
	return rc;
}

/* What others keep of it in between goes when that is over. */
static int replace_unused(struct rd__module *new, struct rd__module *old,
			  struct rd_config_report *report)
{
	char *name = rd_strdup(old->name); /* it may be gone afterwards, and so may the new one */
	int rc;

	if (!name)
		return -ENOMEM;
	rd__module_announce(name, "replacing");
	rc = exchange(new, old, report);
	rd__module_announce(name, "replaced");
	rd_free(name);
	return rc;
}

/* -- module reload -------------------------------------------------------- */

static int check_needs(const struct rd__module *new, struct rd_config_report *report)
{
	const char *need = rd__module_lacks(new);

	if (!need)
		return 0;
	rd_config_error(report, NULL, 0, "module %s: its new file needs %s, which is not loaded",
			new->name, need);
	return -ENOENT;
}

/* May both be there for a while? What cannot, in words; NULL: yes. */
static const char *cannot_stay(const struct rd__module *new, const struct rd__module *old)
{
	const char *what = rd__module_fixed(old);

	if (!what)
		what = rd__module_fixed(new);
	if (!what && !(new->code && old->code))
		what = "code of which nobody knows where it lies";
	if (!what && !rd__state_fits(new, old))
		what = "another form of what is kept across calls";
	return what;
}

static int replace(struct rd__module *old, struct rd_config_report *report)
{
	const char *what;
	struct rd__module *new;
	int rc = rd__module_open(&new, old->path, report);

	if (rc < 0)
		return rc;
	rc = check_needs(new, report);
	what = rc == 0 ? cannot_stay(new, old) : NULL;
	if (rc == 0 && !what)
		rc = replace_used(new, old, report);
	else if (rc == 0 && rd__module_may_leave(old, report) == 0)
		rc = replace_unused(new, old, report);
	else if (rc == 0)
		rc = -EBUSY;
	if (rc == -EBUSY && what)
		rd_config_error(report, NULL, 0,
				"module %s: its new file takes its place when nothing uses it, or "
				"when the daemon starts anew: it has %s, which can be there but "
				"once",
				old->name, what);
	if (rc < 0)
		rd__module_close(new);
	return rc;
}

/* Its configuration can be read without it. */
static int tell_gone(const struct rd__module *module, struct rd_config_report *report)
{
	if (module->module.config) {
		rd_config_warning(report, NULL, 0, "module %s: its file %s is gone", module->name,
				  module->path);
		return 0;
	}
	rd_config_error(report, NULL, 0,
			"module %s: it has no configuration, and its file %s is gone", module->name,
			module->path);
	return -ENOENT;
}

static int reload_config(const struct rd__module *module, struct rd_config_report *report)
{
	if (module->module.config)
		return rd__config_ask(module->name, report);
	rd_config_warning(report, NULL, 0,
			  "module %s: it has no configuration, and its file is no other",
			  module->name);
	return 0;
}

/* Whoever writes over a file writes over code that runs. */
static void warn_of_overwriting(const struct rd__module *module, struct rd_config_report *report)
{
	rd_config_warning(report, NULL, 0,
			  "module %s: %s was written over, which may crash whatever runs of it: "
			  "have a new file take its place, by \"install\" or \"mv\", never by "
			  "\"cp\"",
			  module->name, module->path);
}

int rd__module_reload(const char *name, struct rd_config_report *report)
{
	struct rd__module *module = rd__module_find(name);
	enum rd__module_change change = module ? rd__module_look(module) : RD__MODULE_SAME;
	int rc;

	module = rd__module_find(name); /* that has waited */
	if (!module) {
		rd_config_error(report, NULL, 0, "module %s: it is not loaded", name);
		return -ENOENT;
	}
	if (change == RD__MODULE_OVERWRITTEN)
		warn_of_overwriting(module, report);
	rc = change == RD__MODULE_GONE ? tell_gone(module, report) : 0;
	if (rc < 0)
		return rc;
	if (change != RD__MODULE_NEW_FILE)
		return reload_config(module, report);
	rc = rd__modules_begin(name, report);
	if (rc == 0) {
		rc = replace(module, report);
		rd__modules_end();
	}
	return rc;
}
