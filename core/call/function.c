/* The registry of dialplan functions, calling one with the promise kept that it does
 * not wait, and giving a value to whatever Set() may name. */
#include <string.h>

#include <ringdown/app.h>
#include <ringdown/fiber.h>
#include <ringdown/var.h>

#include "core/base/registry.h"
#include "core/base/usage.h"
#include "core/call/registry.h"

static struct rd__registry registry = { .kind = "function" };

int rd__function_add(const struct rd_function *function, const char *module)
{
	return rd__registry_add(&registry, function->name, function, module);
}

void rd__function_remove(const struct rd_function *function)
{
	rd__registry_remove(&registry, function->name, function);
}

void rd__function_retire(const struct rd_function *function, bool back)
{
	rd__registry_retire(&registry, function->name, function, back);
}

const struct rd_function *rd_function_find(const char *name)
{
	const struct rd__row *row = rd__registry_find(&registry, name);

	return row ? row->item : NULL;
}

const char *rd__function_module(const char *name)
{
	const struct rd__row *row = rd__registry_find(&registry, name);

	return row ? row->module : NULL;
}

bool rd_function_next(size_t *pos, const struct rd_function **function)
{
	const struct rd__row *row = rd__registry_next(&registry, pos);

	if (row)
		*function = row->item;
	return row != NULL;
}

int rd__functions_running(const char *module)
{
	return rd__registry_uses(&registry, module);
}

static int enter(struct rd__row *row)
{
	const struct rd_function *function = row->item;

	if (function->yields && !rd_may_yield())
		return -EDEADLK;
	row->uses++;
	if (!function->yields && !function->expands)
		rd_no_yield_begin();
	return 0;
}

static void leave(struct rd__row *row)
{
	const struct rd_function *function = row->item;

	if (!function->yields && !function->expands)
		rd_no_yield_end();
	row->uses--;
}

int rd_function_read(struct rd_channel *ch, const char *name, const char *args, struct rd_buf *out)
{
	struct rd__row *row = rd__registry_find(&registry, name);
	const struct rd_function *function;
	struct rd__usage *outer;
	int rc;

	if (!row)
		return -ENOENT;
	function = row->item;
	rc = function->read ? enter(row) : -EPERM;
	if (rc)
		return rc;
	outer = rd__usage_enter_at((const void *)function->read);
	rc = function->read(ch, args, out);
	rd__usage_enter(outer);
	leave(row);
	return rc;
}

int rd_function_write(struct rd_channel *ch, const char *name, const char *args,
		      const char *value)
{
	struct rd__row *row = rd__registry_find(&registry, name);
	const struct rd_function *function;
	struct rd__usage *outer;
	int rc;

	if (!row)
		return -ENOENT;
	function = row->item;
	rc = function->write ? enter(row) : -EPERM;
	if (rc)
		return rc;
	outer = rd__usage_enter_at((const void *)function->write);
	rc = function->write(ch, args, value);
	rd__usage_enter(outer);
	leave(row);
	return rc;
}

static int assign_function(struct rd_channel *ch, char *name, char *open, const char *value)
{
	char *close = strrchr(open, ')');
	int rc;

	if (!close) {
		rd_app_warning(ch, "a ')' is missing in '%s'", name);
		return 0;
	}
	*open = *close = '\0';
	rc = rd_function_write(ch, name, open + 1, value);
	if (rc == -ECANCELED || rc == -ENOMEM)
		return rc;
	if (rc == -ENOENT && !rd_function_find(name))
		rd_app_warning(ch, "there is no function %s", name);
	else if (rc == -EPERM)
		rd_app_warning(ch, "%s(%s) cannot be set", name, open + 1);
	else if (rc)
		rd_app_warning(ch, "%s(%s)=%s: %s", name, open + 1, value, rd_strerror(rc));
	return 0;
}

int rd_var_assign(struct rd_channel *ch, char *target, const char *value)
{
	char *open = strchr(target, '(');
	int rc;

	if (open)
		return assign_function(ch, target, open, value);
	rc = rd_var_set(ch, target, value);
	if (rc != -EINVAL)
		return rc;
	rd_app_warning(ch, "expected a name before '=', not '%s'", target);
	return 0;
}
