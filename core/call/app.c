/* The registry of dialplan applications, running one by its name, and the
 * log lines that say where in the dialplan something went wrong. */
#include <stdio.h>

#include <ringdown/channel.h>
#include <ringdown/fiber.h>
#include <ringdown/log.h>
#include <ringdown/map.h>

#include "core/call/call.h"
#include "core/call/registry.h"

enum { SCRATCH_FIRST = 512 };

struct entry {
	const struct rd_app *app;
	const char *module;
	int running;
};

static struct rd_map *registry;

static void drop_if_empty(void)
{
	if (rd_map_count(registry))
		return;
	rd_map_free(registry);
	registry = NULL;
}

int rd__app_add(const struct rd_app *app, const char *module)
{
	struct entry *entry;
	int rc;

	if (!registry) {
		rc = rd_map_new(&registry, RD_MAP_NOCASE);
		if (rc)
			return rc;
	}
	entry = rd_map_get(registry, app->name);
	if (entry) {
		rd_error("%s: application %s: already registered by %s", module, app->name,
			 entry->module);
		return -EEXIST;
	}
	entry = rd_zalloc(sizeof(*entry));
	rc = entry ? rd_map_set(registry, app->name, entry, NULL) : -ENOMEM;
	if (rc) {
		rd_free(entry);
		drop_if_empty();
		return rc;
	}
	*entry = (struct entry){ .app = app, .module = module };
	return 0;
}

void rd__app_remove(const struct rd_app *app)
{
	struct entry *entry = registry ? rd_map_get(registry, app->name) : NULL;

	if (!entry || entry->app != app)
		return;
	rd_assert(entry->running == 0);
	rd_map_remove(registry, app->name);
	rd_free(entry);
	drop_if_empty();
}

static struct entry *find(const char *name)
{
	return registry ? rd_map_get(registry, name) : NULL;
}

const struct rd_app *rd_app_find(const char *name)
{
	struct entry *entry = find(name);

	return entry ? entry->app : NULL;
}

const char *rd__app_module(const char *name)
{
	struct entry *entry = find(name);

	return entry ? entry->module : NULL;
}

bool rd_app_next(size_t *pos, const struct rd_app **app)
{
	const char *name;
	void *value;

	if (!registry || !rd_map_next(registry, pos, &name, &value))
		return false;
	*app = ((struct entry *)value)->app;
	return true;
}

int rd__apps_running(const char *module)
{
	size_t pos = 0;
	const char *name;
	void *value;
	int running = 0;

	while (registry && rd_map_next(registry, &pos, &name, &value)) {
		struct entry *entry = value;

		if (strcmp(entry->module, module) == 0)
			running += entry->running;
	}
	return running;
}

int rd_app_run(struct rd_channel *ch, const char *name, const char *args)
{
	struct entry *entry = find(name);
	const char *module, *doing = ch->doing, *doing_args = ch->doing_args;
	struct rd_pool_mark mark;
	int rc;

	if (!entry)
		return -ENOENT;
	if (!ch->scratch && rd_pool_new(&ch->scratch, SCRATCH_FIRST))
		return -ENOMEM;
	mark = rd_pool_mark(ch->scratch);
	entry->running++;
	module = rd_fiber_set_module(entry->module);
	ch->doing = entry->app->name;
	ch->doing_args = args ? args : "";
	rc = entry->app->run(ch, ch->doing_args);
	ch->doing = doing;
	ch->doing_args = doing_args;
	rd_fiber_set_module(module);
	entry->running--;
	rd_pool_release(ch->scratch, mark);
	return rc;
}

/* Does text begin with "NAME:"? */
static bool names(const char *text, const char *name)
{
	size_t n = strlen(name);

	return strncmp(text, name, n) == 0 && text[n] == ':';
}

static void log_place(enum rd_log_level level, struct rd_channel *ch, const char *fmt, va_list ap)
{
	const char *file;
	struct rd_buf text, message;
	int line = 0;

	rd_buf_init(&text);
	rd_buf_init(&message);
	rd_buf_vprintf(&message, fmt, ap);
	file = rd_dialplan_place(ch, &line);
	if (file)
		rd_buf_printf(&text, "%s:%d: ", file, line);
	if (ch)
		rd_buf_printf(&text, "%s,%s,%d: ", rd_channel_context(ch), rd_channel_exten(ch),
			      rd_channel_priority(ch));
	if (ch && ch->doing && !names(rd_buf_text(&message), ch->doing))
		rd_buf_printf(&text, "%s: ", ch->doing);
	rd_buf_adds(&text, rd_buf_text(&message));
	rd_log(level, "dialplan", "%s", rd_buf_text(&text));
	rd_buf_fini(&message);
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
