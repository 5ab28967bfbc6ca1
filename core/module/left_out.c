/* Modules that autoload alone has found and that cannot be had: each is told and left out, and
 * the rest starts. What modules.conf names, and what it cannot do without, is not meant. */
#include <string.h>

#include <ringdown/fiber.h>
#include <ringdown/log.h>

#include "core/config/config.h"
#include "core/module/wanted.h"

struct left_out {
	struct rd_list link;
	char *name, *why;
};

static struct rd_list all = RD_LIST_INIT(all);

static struct left_out *find(const char *name)
{
	rd_list_foreach(node, tmp, &all) {
		struct left_out *one = rd_list_entry(node, struct left_out, link);

		if (strcmp(one->name, name) == 0)
			return one;
	}
	return NULL;
}

const char *rd__left_out_why(const char *name)
{
	const struct left_out *one = find(name);

	return one ? one->why : NULL;
}

static void remove_one(struct left_out *one)
{
	rd_list_remove(&one->link);
	rd_free(one->name);
	rd_free(one->why);
	rd_free(one);
}

void rd__left_out_forget(const char *name)
{
	struct left_out *one = find(name);

	if (one)
		remove_one(one);
}

void rd__left_out_keep(const struct rd__wanted_list *list)
{
	rd_list_foreach(node, tmp, &all) {
		struct left_out *one = rd_list_entry(node, struct left_out, link);

		if (!list || !rd__wanted_find(list, one->name))
			remove_one(one);
	}
}

bool rd__module_left_out(size_t *pos, const char **name, const char **why)
{
	size_t n = *pos;

	rd_list_foreach(node, tmp, &all) {
		const struct left_out *one = rd_list_entry(node, struct left_out, link);

		if (n-- > 0)
			continue;
		*name = one->name;
		*why = one->why;
		++*pos;
		return true;
	}
	return false;
}

/* ---- why ---- */

struct reason {
	const char *first, *last;
};

static void look_for_error(const char *text, bool is_error, void *arg)
{
	struct reason *reason = arg;

	if (!is_error)
		return;
	if (!reason->first)
		reason->first = text;
	reason->last = text;
}

static const char *without(const char *text, const char *before, const char *name,
			   const char *after)
{
	size_t n = strlen(before), m = strlen(name), k = strlen(after);

	if (strncmp(text, before, n) == 0 && strncmp(text + n, name, m) == 0 &&
	    strncmp(text + n + m, after, k) == 0)
		return text + n + m + k;
	return text;
}

/* What it lacks of others has been told first, and then that it needs it. */
static char *why_of(const char *name, const char *path, const struct rd_config_report *report)
{
	struct reason reason = { 0 };

	rd__report_each(report, look_for_error, &reason);
	if (!reason.first)
		return rd_strdup("nobody knows why");
	reason.first = without(without(reason.first, "module ", name, ": "), "", path, ": ");
	reason.last = without(reason.last, "module ", name, ": ");
	if (strncmp(reason.last, "needs ", strlen("needs ")) == 0 && reason.last != reason.first)
		return rd_asprintf("%s: %s", reason.last, reason.first);
	return rd_strdup(reason.first);
}

static struct left_out *add(const char *name)
{
	struct left_out *one = rd_zalloc(sizeof(*one));

	if (!one)
		return NULL;
	one->name = rd_strdup(name);
	if (!one->name) {
		rd_free(one);
		return NULL;
	}
	rd_list_push(&all, &one->link);
	return one;
}

int rd__left_out_note(const char *name, const struct rd_config_report *report)
{
	struct left_out *one = find(name);
	char *path = rd__module_path_of(name), *why = path ? why_of(name, path, report) : NULL;

	rd_free(path);
	if (!one && why)
		one = add(name);
	if (!one || !why) {
		rd_free(why);
		return -ENOMEM;
	}
	rd_free(one->why);
	one->why = why;
	return 0;
}

/* ---- a step that may fail ---- */

static void pass_on(const char *text, bool is_error, void *report)
{
	if (is_error)
		rd_config_error(report, NULL, 0, "%s", text);
	else
		rd_config_warning(report, NULL, 0, "%s", text);
}

static int leave_out(const char *name, const struct rd_config_report *own,
		     struct rd_config_report *report)
{
	int rc = rd__left_out_note(name, own);
	char *path = rc == 0 ? rd__module_path_of(name) : NULL;

	if (!path)
		return -ENOMEM;
	rd_config_warning(report, path, 0, "it is left out: %s", rd__left_out_why(name));
	rd_free(path);
	return RD__LEFT_OUT;
}

int rd__left_out_try(const char *name, int (*step)(void *arg, struct rd_config_report *report),
		     void *arg, struct rd_config_report *report)
{
	struct rd_config_report *own;
	int rc = rd_config_report_new(&own);

	if (rc < 0)
		return rc;
	rc = step(arg, own);
	if (rc < 0 && rc != -ENOMEM && !rd_fiber_cancelled())
		rc = leave_out(name, own, report);
	else
		rd__report_each(own, pass_on, report);
	rd_config_report_free(own);
	return rc;
}

void rd__left_out_log(void)
{
	rd_list_foreach(node, tmp, &all) {
		const struct left_out *one = rd_list_entry(node, struct left_out, link);

		rd_error("%s/%s.so: it is left out: %s (mend that, then \"module load %s\")",
			 rd_directory("modules"), one->name, one->why, one->name);
	}
}
