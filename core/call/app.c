/* The registry of dialplan applications, running one by its name, and the
 * log lines that say where in the dialplan something went wrong. */
#include <stdio.h>

#include <ringdown/channel.h>
#include <ringdown/fiber.h>
#include <ringdown/log.h>

#include "core/base/registry.h"
#include "core/base/usage.h"
#include "core/call/call.h"
#include "core/call/registry.h"

enum {
	SCRATCH_FIRST = 512,
	APP_DEPTH_LIMIT = 16, /* Exec() of a value that holds Exec() of itself */
};

static struct rd__registry registry = { .kind = "application" };

int rd__app_add(const struct rd_app *app, const char *module)
{
	return rd__registry_add(&registry, app->name, app, module);
}

void rd__app_remove(const struct rd_app *app)
{
	rd__registry_remove(&registry, app->name, app);
}

void rd__app_retire(const struct rd_app *app, bool back)
{
	rd__registry_retire(&registry, app->name, app, back);
}

const struct rd_app *rd_app_find(const char *name)
{
	const struct rd__row *row = rd__registry_find(&registry, name);

	return row ? row->item : NULL;
}

const char *rd__app_module(const char *name)
{
	const struct rd__row *row = rd__registry_find(&registry, name);

	return row ? row->module : NULL;
}

bool rd_app_next(size_t *pos, const struct rd_app **app)
{
	const struct rd__row *row = rd__registry_next(&registry, pos);

	if (row)
		*app = row->item;
	return row != NULL;
}

int rd__apps_running(const char *module)
{
	return rd__registry_uses(&registry, module);
}

int rd_app_run(struct rd_channel *ch, const char *name, const char *args)
{
	struct rd__row *row = rd__registry_find(&registry, name);
	const struct rd_app *app;
	const char *doing = ch->doing, *doing_args = ch->doing_args;
	const char *module, *doing_module = ch->doing_module;
	struct rd__usage *outer;
	struct rd_pool_mark mark;
	int rc;

	if (!row)
		return -ENOENT;
	if (ch->app_depth >= APP_DEPTH_LIMIT) {
		rd_app_error(ch, "applications that run applications, %d deep: this loops",
			     APP_DEPTH_LIMIT);
		return -ELOOP;
	}
	if (!ch->scratch) {
		if (rd_pool_new(&ch->scratch, SCRATCH_FIRST))
			return -ENOMEM;
		rd_pool_belongs(ch->scratch, &rd__channel_memory);
	}
	mark = rd_pool_mark(ch->scratch);
	app = row->item;
	row->uses++;
	ch->app_depth++;
	module = rd_fiber_set_module(row->module);
	ch->doing = app->name;
	ch->doing_args = args ? args : "";
	ch->doing_module = row->module;
	outer = rd__usage_enter_at((const void *)app->run);
	rc = app->run(ch, ch->doing_args);
	rd__usage_enter(outer);
	ch->doing = doing;
	ch->doing_args = doing_args;
	ch->doing_module = doing_module;
	ch->app_depth--;
	rd_fiber_set_module(module);
	row->uses--;
	rd_pool_release(ch->scratch, mark);
	return rc;
}

static void log_place(enum rd_log_level level, struct rd_channel *ch, const char *fmt, va_list ap)
{
	const char *file;
	struct rd_buf text;
	int line = 0;

	rd_buf_init(&text);
	file = rd_dialplan_place(ch, &line);
	if (file)
		rd_buf_printf(&text, "%s:%d: ", file, line);
	if (ch)
		rd_buf_printf(&text, "%s,%s,%d: ", rd_channel_context(ch), rd_channel_exten(ch),
			      rd_channel_priority(ch));
	if (ch && ch->doing)
		rd_buf_printf(&text, "%s: ", ch->doing);
	rd_buf_vprintf(&text, fmt, ap);
	rd_log(level, "dialplan", "%s", rd_buf_text(&text));
	rd_buf_fini(&text);
}

void rd_app_error(struct rd_channel *ch, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_place(RD_LOG_ERROR, ch, fmt, ap);
	va_end(ap);
}

void rd_app_warning(struct rd_channel *ch, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_place(RD_LOG_WARNING, ch, fmt, ap);
	va_end(ap);
}
