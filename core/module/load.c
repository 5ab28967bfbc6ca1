/* From opened modules (plan.c) to running ones, and back. */
#include <string.h>

#include <ringdown/clock.h>
#include <ringdown/event.h>
#include <ringdown/fiber.h>
#include <ringdown/log.h>

#include "core/base/usage.h"
#include "core/config/config.h"
#include "core/module/wanted.h"
#include "core/sched/sched.h"
#include "core/store/storage.h"
#include "core/store/store.h"

struct rd_list rd__modules = RD_LIST_INIT(rd__modules);
struct rd_list rd__modules_retired = RD_LIST_INIT(rd__modules_retired);

/* Loading and unloading wait in between: one at a time. */
static bool busy;

enum {
	UNLOAD_MS = 5000, /* for what still runs when a module goes */
};

unsigned rd__modules_turn(void)
{
	static unsigned last;

	return ++last;
}

struct rd__module *rd__module_find_in(const struct rd_list *list, const char *name)
{
	rd_list_foreach(node, tmp, list) {
		struct rd__module *module = rd_list_entry(node, struct rd__module, link);

		if (strcmp(module->name, name) == 0)
			return module;
	}
	return NULL;
}

struct rd__module *rd__module_find(const char *name)
{
	return rd__module_find_in(&rd__modules, name);
}

bool rd__module_needs(const struct rd__module *module, const char *name)
{
	const char *const *need = module->module.needs;

	while (need && *need && strcmp(*need, name) != 0)
		need++;
	return need && *need;
}

const char *rd__module_lacks(const struct rd__module *module)
{
	const char *const *need = module->module.needs;

	while (need && *need && rd__module_find(*need))
		need++;
	return need ? *need : NULL;
}

void rd__module_announce(const char *name, const char *what)
{
	rd_event_publish(&(struct rd_event){ .type = RD_EVENT_MODULE, .name = name, .text = what });
}

/* -- one module's life after it was opened ----------------------------------------- */

static int register_tables(struct rd__module *module, struct rd_config_report *report)
{
	int rc = rd__module_register(module);

	if (rc < 0)
		rd__module_tell_refused(module, "what it offers was not taken", rc, report);
	return rc;
}

int rd__module_join_config(struct rd__module *module)
{
	int rc;

	if (!module->module.config)
		return 0;
	rc = rd__config_join(module->name, module->module.config);
	module->joined = rc == 0;
	return rc;
}

/* Once its own tables are registered: it may look for what is in them. */
void rd__module_attend_review(const struct rd__module *module)
{
	if (module->joined)
		rd__config_set_review(module->module.config, module->module.review,
				      module->module.prepare);
}

/* It knows its configuration now: where they are kept. */
static int attach_storages(struct rd__module *module, struct rd_config_report *report)
{
	const struct rd_storage *row = module->module.storages;
	int rc = 0;

	for (; row && row->name && rc == 0; row++) {
		rc = rd__storage_attach(row);
		if (rc < 0)
			rd_config_error(report, NULL, 0,
					"module %s: the family %s of the "
					"key-value tree: %s",
					module->name, row->name, rd_strerror(rc));
	}
	return rc;
}

static void detach_storages(struct rd__module *module)
{
	const struct rd_storage *row = module->module.storages;

	for (; row && row->name; row++)
		rd__storage_detach(row);
}

/* For whom the fiber worked before it went into a module. */
struct outer {
	const char *module;
	struct rd__usage *usage;
};

static void enter(const struct rd__module *module, struct outer *outer)
{
	outer->module = rd_fiber_set_module(module->name);
	outer->usage = rd__usage_enter(module->usage);
}

static void leave(const struct outer *outer)
{
	rd_fiber_set_module(outer->module);
	rd__usage_enter(outer->usage);
}

static int run_load(struct rd__module *module, struct rd_config_report *report)
{
	struct outer outer;
	int errors = rd_config_errors(report);
	int rc = attach_storages(module, report);

	if (rc == 0 && module->module.load) {
		enter(module, &outer);
		rc = module->module.load();
		leave(&outer);
	}
	if (rc < 0) {
		if (rd_config_errors(report) == errors)
			rd_config_error(report, NULL, 0, "module %s: it did not start: %s",
					module->name, rd_strerror(rc));
		return rc;
	}
	module->started = true;
	rd__module_announce(module->name, "loaded");
	return 0;
}

void rd__module_take_over(struct rd__module *module)
{
	struct outer outer;

	if (!module->module.state->take_over)
		return;
	rd_shield_begin(INT32_MAX); /* nobody could do the rest of it later */
	enter(module, &outer);
	module->module.state->take_over();
	leave(&outer);
	rd_shield_end();
}

/* It may have waited as it went, and somebody may have begun to use it meanwhile. */
static void await_users(struct rd__module *module)
{
	uint64_t deadline = rd_now_ms() + UNLOAD_MS;
	struct rd_buf users;

	while (rd__module_running(module, NULL) && rd_now_ms() < deadline)
		if (rd_sleep(10) < 0)
			break;
	rd_buf_init(&users);
	if (rd__module_running(module, &users)) {
		rd_error("module %s: it goes, and is in use still: %s", module->name,
			 rd_buf_text(&users));
		module->handle = NULL; /* its code stays, for whoever comes back into it */
		module->was_in_use = true;
	}
	rd_buf_fini(&users);
}

static void run_unload(struct rd__module *module)
{
	struct outer outer;

	if (module->module.unload && !(module->retired && module->state)) {
		enter(module, &outer);
		module->module.unload();
		leave(&outer);
	}
	await_users(module);
	rd__module_announce(module->name, "unloaded");
}

/* A reload that has begun walks, on the pool, over those who have configuration: they
 * must stay as they are. 0, or -ECANCELED. */
int rd__module_await_reload(void)
{
	int rc = 0;

	while (rc == 0 && rd__config_under_way())
		rc = rd_sleep(10);
	return rc;
}

/* Its code must not go from under the threads that run it because somebody's console went;
 * and no reload must give it anything as it goes, or after. */
void rd__module_take_down(struct rd__module *module)
{
	rd_shield_begin(INT32_MAX);
	if (!module->retired)
		rd__module_sharers_stop(module);
	rd__module_await_reload();
	if (module->joined)
		rd__config_leave(module->module.config);
	module->joined = false;
	if (module->started)
		run_unload(module);
	module->started = false;
	detach_storages(module);
	rd__module_unregister(module);
	rd__store_settle(); /* it may call back, and so may the pool */
	rd__offload_settle(module->code, module->code_end, UNLOAD_MS);
	rd_shield_end();
	rd__module_holds_forget();
}

static void undo(struct rd__module *module)
{
	rd__module_take_down(module);
	rd__module_close(module);
}

static void undo_all(void)
{
	struct rd_list down = RD_LIST_INIT(down);

	rd__modules_listed_take(&(struct rd__wanted_list){ 0 });
	rd__modules_retired_stop();
	while (!rd_list_empty(&rd__modules)) {
		struct rd__module *last = rd_list_entry(rd__modules.prev, struct rd__module, link);

		rd__module_take_down(last);
		rd_list_remove(&last->link);
		rd_list_push(&down, &last->link);
	}
	/* What a module has left behind is looked for among all that anybody has: a hundred
	 * thousand phones' timers, for each of the modules, unless theirs is down by now. */
	while (!rd_list_empty(&down))
		rd__module_close(rd_list_entry(down.next, struct rd__module, link));
	rd__modules_retired_stop(); /* codecs of those */
}

/* -- all of them, at start and stop ---------------------------------------------------- */

struct reading {
	struct rd__wanted_list *list;
	struct rd_config_report *report;
};

static int read_list(void *arg)
{
	struct reading *reading = arg;

	return rd__wanted_read(reading->list, reading->report);
}

/* What it needs may have been left out since it was opened. */
static int check_needs(const struct rd__module *module, struct rd_config_report *report)
{
	const char *need = rd__module_lacks(module);

	if (!need)
		return 0;
	rd_config_error(report, NULL, 0, "module %s: it needs %s, which is left out", module->name,
			need);
	return -ENOENT;
}

static int take_in(void *arg, struct rd_config_report *report)
{
	struct rd__module *module = arg;
	int rc = check_needs(module, report);

	if (rc == 0)
		rc = register_tables(module, report);
	if (rc == 0)
		rc = rd__module_join_config(module);
	rd__module_attend_review(module);
	return rc;
}

static int begin(void *arg, struct rd_config_report *report)
{
	struct rd__module *module = arg;
	int rc = check_needs(module, report);

	return rc ? rc : run_load(module, report);
}

/* What has been set up by what it offered looks for that again. */
static void leave_out(struct rd__module *module)
{
	rd__module_announce(module->name, "unloaded");
	await_users(module);
	undo(module);
}

static int run_step(struct rd__module *module,
		    int (*step)(void *arg, struct rd_config_report *report),
		    struct rd_config_report *report)
{
	int rc = module->optional ? rd__left_out_try(module->name, step, module, report)
				  : step(module, report);

	if (rc == RD__LEFT_OUT)
		leave_out(module);
	return RD_MIN(rc, 0);
}

/* Open what modules.conf wants, register and join; the modules are in rd__modules
 * then. After a mistake it goes on: so all of them are reported. */
static int open_all(struct rd_config_report *report)
{
	struct rd__wanted_list list = { 0 };
	struct reading reading = { &list, report };
	struct rd__plan plan;
	int rc, result = rd_offload(read_list, &reading);

	if (result < 0 && result != -EINVAL)
		return result;
	rd__plan_init(&plan, &list, report);
	rc = rd__plan_open_wanted(&plan, &list);
	result = rc < 0 ? rc : result;
	while (result != -ENOMEM && !rd_list_empty(&plan.opened)) {
		struct rd_list *node = rd_list_pop(&plan.opened);

		rd_list_push(&rd__modules, node); /* whatever comes of it */
		rc = run_step(rd_list_entry(node, struct rd__module, link), take_in, report);
		result = rc < 0 ? rc : result;
	}
	rd__plan_fini(&plan);
	rd__modules_listed_take(&list);
	return result;
}

/* Nothing starts after a mistake, but what else there is in the files is told with it. */
static int read_all(struct rd_config_report *report, bool commit)
{
	int rc = open_all(report);

	if (rc == 0)
		rc = commit ? rd__config_reload(NULL, report) : rd__config_check(report);
	else if (rc != -ENOMEM && rc != -ECANCELED)
		rd__config_check(report);
	rd__config_note_foreign(report);
	return rc;
}

int rd__modules_start(struct rd_config_report *report)
{
	int rc;

	busy = true;
	rd__left_out_keep(NULL);
	rc = read_all(report, true);
	rd_list_foreach(node, tmp, &rd__modules) {
		if (rc < 0)
			break;
		rc = run_step(rd_list_entry(node, struct rd__module, link), begin, report);
	}
	if (rc < 0) {
		undo_all();
		rd__left_out_keep(NULL);
	}
	rd__left_out_log();
	busy = false;
	return rc;
}

int rd__modules_check(struct rd_config_report *report)
{
	int rc;

	rd__left_out_keep(NULL);
	rc = read_all(report, false);
	undo_all();
	if (rc < 0)
		rd__left_out_keep(NULL);
	return rc;
}

void rd__modules_stop(void)
{
	while ((busy || rd__config_under_way()) && rd_sleep(10) == 0)
		; /* somebody loads or reloads: let that end */
	busy = true;
	undo_all();
	rd__left_out_keep(NULL);
	busy = false;
}

/* -- one of them, by hand ------------------------------------------------------------------ */

/* As "./app_x.so", which is meant from where the console runs. */
static bool is_relative(const char *name)
{
	return name[0] != '/' && strchr(name, '/');
}

/* A name, or an absolute path. */
static char *path_of(const char *name)
{
	size_t n = strlen(name);
	bool has_suffix = n > 3 && strcmp(name + n - 3, ".so") == 0;

	if (name[0] == '/')
		return rd_strdup(name);
	return rd_asprintf("%s/%s%s", rd_directory("modules"), name, has_suffix ? "" : ".so");
}

/* Its snapshot is in force before anybody can reach it. */
int rd__module_bring_up(struct rd__module *module, struct rd_config_report *report)
{
	int rc = rd__module_await_reload();

	if (rc == 0)
		rc = rd__module_join_config(module);
	if (rc == 0 && module->joined)
		rc = rd__config_reload(module->name, report);
	if (rc == 0)
		rc = register_tables(module, report);
	if (rc == 0)
		rd__module_attend_review(module);
	if (rc == 0)
		rc = run_load(module, report);
	return rc;
}

static int load_planned(struct rd__plan *plan)
{
	int rc = 0;

	while (rc == 0 && !rd_list_empty(&plan->opened)) {
		struct rd__module *module =
			rd_list_entry(rd_list_pop(&plan->opened), struct rd__module, link);

		rd_list_push(&rd__modules, &module->link);
		rc = rd__module_bring_up(module, plan->report);
		if (rc < 0)
			undo(module);
		else
			rd__left_out_forget(module->name);
	}
	return rc;
}

bool rd__modules_busy(void)
{
	return busy || rd__config_under_way();
}

int rd__modules_begin(const char *name, struct rd_config_report *report)
{
	if (rd__modules_busy()) {
		rd_config_error(report, NULL, 0, "module %s: another load or reload is under way",
				name);
		return -EBUSY;
	}
	busy = true;
	return 0;
}

void rd__modules_end(void)
{
	busy = false;
}

/* A file of that name may be loaded from elsewhere: it is the same module. */
static bool is_loaded(const char *path)
{
	char *name = rd__module_name_of(path);
	bool loaded = name && rd__module_find(name);

	rd_free(name);
	return loaded;
}

/* It was left out, and it still cannot be had: why that is now. */
static void tell_still_left_out(const char *path, const struct rd_config_report *report)
{
	char *name = rd__module_name_of(path);

	if (name && rd__left_out_why(name))
		rd__left_out_note(name, report);
	rd_free(name);
}

int rd__module_load(const char *name, struct rd_config_report *report)
{
	char *path = path_of(name);
	struct rd__plan plan;
	int rc;

	if (!path)
		return -ENOMEM;
	rc = rd__modules_begin(name, report);
	if (rc < 0) {
		rd_free(path);
		return rc;
	}
	if (is_loaded(path)) {
		rd_config_error(report, NULL, 0, "module %s: it is loaded already", name);
		rc = -EEXIST;
	} else {
		rd__plan_init(&plan, NULL, report);
		rc = rd__plan_open(&plan, path);
		if (rc == -ENOENT && is_relative(name))
			rd_config_error(report, NULL, 0,
					"module %s: it was looked for in %s: for one that is "
					"elsewhere write the whole path",
					name, rd_directory("modules"));
		if (rc == 0)
			rc = load_planned(&plan);
		if (rc < 0)
			tell_still_left_out(path, report);
		rd__plan_fini(&plan);
	}
	rd__modules_end();
	rd_free(path);
	return rc;
}

int rd__module_unload(const char *name, struct rd_config_report *report)
{
	struct rd__module *module = rd__module_find(name);
	int rc;

	if (!module) {
		rd_config_error(report, NULL, 0, "module %s: it is not loaded", name);
		return -ENOENT;
	}
	rc = rd__modules_begin(name, report);
	if (rc < 0)
		return rc;
	rc = rd__module_may_leave(module, report);
	if (rc == 0) {
		rd__modules_stay_away(module->name);
		rd__module_take_down(module);
		rd__module_tell_left(module, report);
		rd__module_close(module);
	}
	rd__modules_end();
	return rc;
}

/* -- what others ask ------------------------------------------------------------------------- */

/* The n-th; those that wait for their last call come last. */
static struct rd__module *nth(size_t n)
{
	struct rd_list *const lists[] = { &rd__modules, &rd__modules_retired };

	for (size_t i = 0; i < RD_ARRAY_SIZE(lists); i++)
		rd_list_foreach(node, tmp, lists[i])
			if (n-- == 0)
				return rd_list_entry(node, struct rd__module, link);
	return NULL;
}

bool rd__module_next(size_t *pos, struct rd__module_info *info)
{
	struct rd__module *module = nth(*pos);

	if (!module)
		return false;
	++*pos;
	*info = (struct rd__module_info){
		module->name,    module->module.synopsis,          module->path,
		&module->module, rd__module_running(module, NULL), module->usage,
		module->retired
	};
	return true;
}

bool rd_module_loaded(const char *name)
{
	struct rd__module *module = rd__module_find(name);

	return module && module->started;
}
