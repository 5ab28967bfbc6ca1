/* Hints: which devices stand behind an extension, and telling the house when
 * the state that they add up to has changed. */
#include <string.h>

#include <ringdown/channel.h>
#include <ringdown/event.h>
#include <ringdown/fiber.h>
#include <ringdown/log.h>
#include <ringdown/tech.h>

#include "dialplan/kept.h"
#include "dialplan/module.h"
#include "dialplan/run.h"
#include "dialplan/template_piece.h"

/* What somebody asks for. */
struct place {
	const char *exten, *context;
};

/* What "${EXTEN:3}" or "${CONTEXT}" at text is, appended; where it ends. NULL: it is neither. */
static const char *add_place(const char *text, const struct place *place, struct rd_buf *out)
{
	const char *end = strchr(text, '}'), *value = NULL;
	size_t start = out->n;
	struct dp_reference r;

	if (!end)
		return NULL;
	r = dp_reference_read((struct rd_str){ text + 2, (size_t)(end - text) - 2 }, true);
	if (rd_str_eq(r.name, RD_STR("EXTEN")))
		value = place->exten;
	else if (rd_str_eq(r.name, RD_STR("CONTEXT")))
		value = place->context;
	if (!value || r.call || (r.slice.n && memchr(r.slice.p, '$', r.slice.n)))
		return NULL;
	rd_buf_adds(out, value);
	if (r.slice.n)
		dp_slice_apply(out, start, dp_slice_read(r.slice.p));
	return end + 1;
}

/* A hint or its name: there is no call whose extension it could be. */
static int expand_for(const char *text, const struct place *place, struct rd_buf *out)
{
	const char *at, *next;
	struct rd_buf whole;
	int rc;

	rd_buf_init(&whole);
	while ((at = strstr(text, "${"))) {
		rd_buf_add(&whole, text, (size_t)(at - text));
		next = add_place(at, place, &whole);
		if (!next)
			rd_buf_adds(&whole, "${");
		text = next ? next : at + 2;
	}
	rd_buf_adds(&whole, text);
	rc = whole.failed ? -ENOMEM : dp_expand(NULL, rd_buf_text(&whole), out);
	rd_buf_fini(&whole);
	return rc;
}

int dp_hint(const char *context, const char *exten, struct rd_buf *devices, struct rd_buf *name)
{
	struct dp_wanted wanted = { .context = context, .number = exten, .priority = DP_HINT };
	const struct place place = { exten, context };
	struct dp_found found;
	int rc;

	/* What somebody has made up is not to be expanded. */
	if (strchr(exten, '$') || !dp_current() || !dp_find(dp_current(), &wanted, &found))
		return -ENOENT;
	rc = expand_for(found.exten->hint, &place, devices);
	if (rc == 0 && name)
		rc = expand_for(found.exten->hint_name, &place, name);
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
	if (!dp_kept->hints && rd_map_new(&dp_kept->hints, 0))
		dp_kept->hints = NULL;
	if (dp_kept->hints && rd_map_get(dp_kept->hints, event.name) != state &&
	    rd_map_set(dp_kept->hints, event.name, (void *)state, NULL) == 0)
		rd_event_publish(&event);
	rd_buf_fini(&name);
}

/* -- which hints a device is in ------------------------------------------------------ */

/* A slice of a millisecond or so: a plan may have tens of thousands. */
enum { SLICE_EXTENS = 5000, SLICE_HINTS = 250, PAUSE_MS = 1 };

/* One hint of a device. */
struct watcher {
	const struct dp_exten *exten;
	const char *devices; /* variables replaced */
	struct watcher *next;
};

/* All hints of a plan. */
struct dp_watch {
	struct dp_plan *plan;
	struct rd_pool *pool;
	struct rd_map *devices; /* name to its first watcher */
	const struct dp_context *context; /* what is to be looked at next */
	const struct dp_exten *exten;
};

const size_t dp_sizes_hints[] = { sizeof(struct dp_watch), sizeof(struct watcher), 0 };

static int forget_devices(void *arg)
{
	struct dp_watch *watch = arg;

	rd_map_free(watch->devices);
	rd_pool_free(watch->pool);
	rd_free(watch);
	return 0;
}

static void watch_free(struct dp_watch *watch)
{
	if (!watch)
		return;
	dp_plan_unref(watch->plan);
	dp_dispose(forget_devices, watch, watch->devices ? rd_map_count(watch->devices) : 0);
}

static struct dp_watch *watch_new(struct dp_plan *plan)
{
	struct dp_watch *watch = rd_zalloc(sizeof(*watch));

	if (!watch)
		return NULL;
	watch->plan = dp_plan_ref(plan);
	watch->context = plan->first;
	watch->exten = watch->context ? watch->context->first : NULL;
	if (rd_pool_new(&watch->pool, 0) == 0 &&
	    rd_map_new(&watch->devices, RD_MAP_NOCASE) == 0)
		return watch;
	watch_free(watch);
	return NULL;
}

static int watch_device(struct dp_watch *watch, const char *devices, struct rd_str device)
{
	struct watcher *watcher = rd_pool_zalloc(watch->pool, sizeof(*watcher));
	char *name = rd_pool_strndup(watch->pool, device.p, device.n);

	if (!watcher || !name)
		return -ENOMEM;
	*watcher = (struct watcher){ watch->exten, devices, rd_map_get(watch->devices, name) };
	return rd_map_set(watch->devices, name, watcher, NULL);
}

static int watch_hint(struct dp_watch *watch)
{
	const struct dp_exten *exten = watch->exten;
	const struct place place = { exten->name, exten->context->name };
	struct rd_str rest, device;
	struct rd_buf devices;
	const char *text;
	bool more = true;
	int rc;

	rd_buf_init(&devices);
	rc = expand_for(exten->hint, &place, &devices);
	text = rc ? NULL : rd_pool_strdup(watch->pool, rd_buf_text(&devices));
	rd_buf_fini(&devices);
	if (rc && rc != -ENOMEM)
		rd_warning("%s:%d: hint of %s@%s is not watched: %s", exten->file, exten->line,
			   exten->name, exten->context->name, rd_strerror(rc));
	if (!text)
		return rc == 0 ? -ENOMEM : rc == -ENOMEM ? rc : 0;
	rest = rd_str_of(text);
	for (rc = 0; rc == 0 && more;) {
		more = rd_str_cut(&rest, '&', &device);
		device = rd_str_trim(device);
		if (device.n)
			rc = watch_device(watch, text, device);
	}
	if (rc == 0)
		publish(exten, text);
	return rc;
}

/* To the next extension of the plan; exten is NULL behind the last. */
static void step(struct dp_watch *watch)
{
	watch->exten = watch->exten ? watch->exten->following : NULL;
	while (!watch->exten && watch->context) {
		watch->context = watch->context->following;
		watch->exten = watch->context ? watch->context->first : NULL;
	}
}

/* Patterns have no state of their own. 0, or -ENOMEM. */
static int watch_slice(struct dp_watch *watch)
{
	int extens = 0, hints = 0, rc = 0;

	if (!watch->exten)
		step(watch);
	for (; rc == 0 && watch->exten; step(watch)) {
		if (++extens > SLICE_EXTENS || hints > SLICE_HINTS)
			break;
		if (!watch->exten->hint || *watch->exten->name == '_')
			continue;
		hints++;
		rc = watch_hint(watch);
	}
	return rc;
}

static void go_on(void *unused)
{
	int rc = dp_kept->coming ? watch_slice(dp_kept->coming) : -ENOMEM;

	(void)unused;
	if (rc) {
		rd_error("hints: no memory to watch their devices: those of before are watched");
		watch_free(dp_kept->coming);
		dp_kept->coming = NULL;
	} else if (dp_kept->coming->exten) {
		rd_timer_start(&dp_kept->next_slice, PAUSE_MS);
	} else {
		watch_free(dp_kept->in_force);
		dp_kept->in_force = dp_kept->coming;
		dp_kept->coming = NULL;
	}
}

/* Does the plan in force say of that extension what it was watched for? */
static bool is_up_to_date(const struct watcher *watcher)
{
	struct rd_buf devices;
	bool same;

	rd_buf_init(&devices);
	same = dp_hint(watcher->exten->context->name, watcher->exten->name, &devices, NULL) == 0 &&
	       strcmp(rd_buf_text(&devices), watcher->devices) == 0;
	rd_buf_fini(&devices);
	return same;
}

static void tell_watchers(const struct dp_watch *watch, const char *device)
{
	const struct watcher *w = watch ? rd_map_get(watch->devices, device) : NULL;

	for (; w; w = w->next)
		if (watch == dp_kept->coming || !dp_kept->coming || is_up_to_date(w))
			publish(w->exten, w->devices);
}

static void on_device(const struct rd_event *event, void *arg)
{
	const char *names[2] = { event->name };
	char alias[128];

	(void)arg;
	if (!event->name ||
	    (!dp_kept->coming && !(dp_kept->in_force && rd_map_count(dp_kept->in_force->devices))))
		return;
	if (rd_device_alias(event->name, alias, sizeof(alias)))
		names[1] = alias;
	for (size_t i = 0; i < RD_ARRAY_SIZE(names) && names[i]; i++) {
		tell_watchers(dp_kept->in_force, names[i]);
		tell_watchers(dp_kept->coming, names[i]);
	}
}

const struct rd_subscriber dp_hint_subscribers[] = {
	{ .name = "hints", .types = RD_EVENT_BIT(RD_EVENT_DEVICE_STATE), .notify = on_device },
	{ 0 }
};

static void stop_gathering(void)
{
	rd_timer_stop(&dp_kept->next_slice);
	watch_free(dp_kept->coming);
	dp_kept->coming = NULL;
}

/* The first slice at once: most plans need no other. */
void dp_hints_changed(void)
{
	if (!dp_kept->next_slice.fire)
		rd_timer_init(&dp_kept->next_slice, go_on, NULL);
	stop_gathering();
	if (!dp_current())
		return;
	dp_kept->coming = watch_new(dp_current());
	go_on(NULL);
}

void dp_hints_forget(void)
{
	if (dp_kept->next_slice.fire)
		stop_gathering();
	watch_free(dp_kept->in_force);
	dp_kept->in_force = NULL;
	rd_map_free(dp_kept->hints);
	dp_kept->hints = NULL;
}
