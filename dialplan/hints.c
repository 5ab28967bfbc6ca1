/* Hints: which devices stand behind an extension, and telling the house when
 * the state that they add up to has changed. */
#include <ringdown/channel.h>
#include <ringdown/event.h>
#include <ringdown/log.h>
#include <ringdown/tech.h>

#include "dialplan/module.h"
#include "dialplan/run.h"

static struct rd_map *published; /* "1001@office" to its last state name */

/* In a pattern's hint, ${EXTEN} is what was asked for. */
static int expand_for(const char *text, const char *exten, struct rd_buf *out)
{
	const char *at;

	while ((at = strstr(text, "${EXTEN}"))) {
		rd_buf_add(out, text, (size_t)(at - text));
		rd_buf_adds(out, exten);
		text = at + strlen("${EXTEN}");
	}
	return dp_expand(NULL, text, out);
}

int dp_hint(const char *context, const char *exten, struct rd_buf *devices, struct rd_buf *name)
{
	struct dp_wanted wanted = { .context = context, .number = exten, .priority = DP_HINT };
	struct dp_found found;
	int rc;

	if (!dp_current() || !dp_find(dp_current(), &wanted, &found))
		return -ENOENT;
	rc = expand_for(found.exten->hint, exten, devices);
	if (rc == 0 && name)
		rc = expand_for(found.exten->hint_name, exten, name);
	return rc;
}

/* -- publishing ---------------------------------------------------------------------- */

static void publish(const struct dp_exten *exten, const char *devices)
{
	const char *state = rd_device_state_name(rd_device_state(devices));
	struct rd_event event = { .type = RD_EVENT_HINT_STATE, .text = state };
	struct rd_buf name;

	rd_buf_init(&name);
	rd_buf_printf(&name, "%s@%s", exten->name, exten->context->name);
	event.name = rd_buf_text(&name);
	if (!published && rd_map_new(&published, 0))
		published = NULL;
	if (published && rd_map_get(published, event.name) != state &&
	    rd_map_set(published, event.name, (void *)state, NULL) == 0)
		rd_event_publish(&event);
	rd_buf_fini(&name);
}

/* -- which hints a device is in ------------------------------------------------------ */

/* One hint of a device; made anew with each plan. */
struct watcher {
	const struct dp_exten *exten;
	const char *devices; /* variables replaced */
	struct watcher *next;
};

static struct {
	struct rd_pool *pool;
	struct rd_map *devices; /* name to its first watcher */
} watched;

static void forget_watchers(void)
{
	rd_map_free(watched.devices);
	rd_pool_free(watched.pool);
	watched.devices = NULL;
	watched.pool = NULL;
}

static int watch_device(const struct dp_exten *exten, const char *devices, struct rd_str device)
{
	struct watcher *watcher = rd_pool_zalloc(watched.pool, sizeof(*watcher));
	char *name = rd_pool_strndup(watched.pool, device.p, device.n);

	if (!watcher || !name)
		return -ENOMEM;
	*watcher = (struct watcher){ exten, devices, rd_map_get(watched.devices, name) };
	return rd_map_set(watched.devices, name, watcher, NULL);
}

/* Patterns have no state of their own. */
static int watch(const struct dp_exten *exten)
{
	struct rd_str rest, device;
	struct rd_buf devices;
	const char *text;
	bool more = true;
	int rc;

	rd_buf_init(&devices);
	rc = expand_for(exten->hint, exten->name, &devices);
	text = rc ? NULL : rd_pool_strdup(watched.pool, rd_buf_text(&devices));
	rd_buf_fini(&devices);
	if (!text)
		return -ENOMEM;
	rest = rd_str_of(text);
	for (rc = 0; rc == 0 && more;) {
		more = rd_str_cut(&rest, '&', &device);
		device = rd_str_trim(device);
		if (device.n)
			rc = watch_device(exten, text, device);
	}
	if (rc == 0)
		publish(exten, text);
	return rc;
}

static int watch_all(const struct dp_plan *plan)
{
	int rc = rd_pool_new(&watched.pool, 0);

	if (rc == 0)
		rc = rd_map_new(&watched.devices, RD_MAP_NOCASE);
	for (const struct dp_context *c = plan->first; rc == 0 && c; c = c->following)
		for (const struct dp_exten *e = c->first; rc == 0 && e; e = e->following)
			if (e->hint && *e->name != '_')
				rc = watch(e);
	return rc;
}

static void tell_watchers(const char *device)
{
	for (const struct watcher *w = rd_map_get(watched.devices, device); w; w = w->next)
		publish(w->exten, w->devices);
}

static void on_device(const struct rd_event *event, void *arg)
{
	char alias[128];

	(void)arg;
	if (!event->name || !watched.devices || !rd_map_count(watched.devices))
		return;
	tell_watchers(event->name);
	if (rd_device_alias(event->name, alias, sizeof(alias)))
		tell_watchers(alias);
}

const struct rd_subscriber dp_hint_subscribers[] = {
	{ .name = "hints", .types = RD_EVENT_BIT(RD_EVENT_DEVICE_STATE), .notify = on_device },
	{ 0 }
};

void dp_hints_changed(void)
{
	forget_watchers();
	if (dp_current() && watch_all(dp_current())) {
		forget_watchers();
		rd_error("hints: no memory to watch their devices: lamps stand still");
	}
}

void dp_hints_forget(void)
{
	forget_watchers();
	rd_map_free(published);
	published = NULL;
}
