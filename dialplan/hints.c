/* Hints: which devices stand behind an extension, and telling the house when
 * the state that they add up to has changed. */
#include <ringdown/channel.h>
#include <ringdown/event.h>
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

static bool names_device(const char *devices, const char *device)
{
	struct rd_str rest = rd_str_of(devices), part;
	bool more;

	do {
		more = rd_str_cut(&rest, '&', &part);
		if (rd_str_ieq(rd_str_trim(part), rd_str_of(device)))
			return true;
	} while (more);
	return false;
}

/* Every hint that names device (NULL: every hint); patterns have no state of
 * their own. */
static void refresh(const char *device)
{
	const struct dp_plan *plan = dp_current();

	for (const struct dp_context *c = plan ? plan->first : NULL; c; c = c->following) {
		for (const struct dp_exten *e = c->first; e; e = e->following) {
			struct rd_buf devices;

			if (!e->hint || *e->name == '_')
				continue;
			rd_buf_init(&devices);
			if (expand_for(e->hint, e->name, &devices) == 0 &&
			    (!device || names_device(rd_buf_text(&devices), device)))
				publish(e, rd_buf_text(&devices));
			rd_buf_fini(&devices);
		}
	}
}

static void on_device(const struct rd_event *event, void *arg)
{
	(void)arg;
	if (event->name)
		refresh(event->name);
}

const struct rd_subscriber dp_hint_subscribers[] = {
	{ .name = "hints", .types = RD_EVENT_BIT(RD_EVENT_DEVICE_STATE), .notify = on_device },
	{ 0 }
};

void dp_hints_changed(void)
{
	refresh(NULL);
}

void dp_hints_forget(void)
{
	rd_map_free(published);
	published = NULL;
}
