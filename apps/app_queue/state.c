/* The state interface of a member: a device, or "hint:1001@office": the devices that the hint of
 * that extension names. */
#include <stdio.h>
#include <string.h>

#include <ringdown/dialplan.h>
#include <ringdown/log.h>
#include <ringdown/map.h>
#include <ringdown/tech.h>

#include "apps/app_queue/queue.h"

#define HINT "hint:"

static bool is_hint(const char *device)
{
	return strncmp(device, HINT, strlen(HINT)) == 0;
}

bool queue_state_interface(char name[QUEUE_DEVICE_MAX], struct rd_str text)
{
	size_t n = strlen(HINT);

	if (text.n <= n || !rd_str_ieq((struct rd_str){ text.p, n }, RD_STR(HINT)))
		return rd_strcpyn(name, QUEUE_DEVICE_MAX, text);
	return (size_t)snprintf(name, QUEUE_DEVICE_MAX, HINT "%.*s%s", (int)(text.n - n),
				text.p + n, memchr(text.p, '@', text.n) ? "" : "@default") <
	       QUEUE_DEVICE_MAX;
}

/* -- which hints a device was found in ------------------------------------------------- */

/* The hint of a pattern tells nobody when it changes; its devices do. */
struct found {
	struct found *next;
	char hint[];
};

const size_t queue_sizes_found[] = { sizeof(struct found), 0 };

static struct found *found_in(const char *device)
{
	return queue_kept->devices_found ? rd_map_get(queue_kept->devices_found, device) : NULL;
}

static int remember(const char *device, const char *hint)
{
	size_t size = strlen(hint) + 1;
	struct found *found;
	int rc;

	for (found = found_in(device); found; found = found->next)
		if (strcmp(found->hint, hint) == 0)
			return 0;
	rc = queue_kept->devices_found ? 0 : rd_map_new(&queue_kept->devices_found, RD_MAP_NOCASE);
	found = rc ? NULL : rd_malloc(sizeof(*found) + size);
	if (!found)
		return -ENOMEM;
	memcpy(found->hint, hint, size);
	found->next = found_in(device);
	rc = rd_map_set(queue_kept->devices_found, device, found, NULL);
	if (rc)
		rd_free(found);
	return rc;
}

static void remember_all(const char *devices, const char *hint)
{
	struct rd_str rest = rd_str_of(devices), one;
	char device[QUEUE_DEVICE_MAX];
	bool more = true;
	int rc = 0;

	while (more && !rc) {
		more = rd_str_cut(&rest, '&', &one);
		if (rd_strcpyn(device, sizeof(device), rd_str_trim(one)))
			rc = remember(device, hint);
	}
	if (rc)
		rd_warning("%s: no memory to see when it changes", hint);
}

void queue_state_device_changed(const char *device)
{
	queue_state_changed(device);
	for (const struct found *found = found_in(device); found; found = found->next)
		queue_state_changed(found->hint);
}

void queue_state_forget(void)
{
	size_t pos = 0;
	void *value;

	while (queue_kept->devices_found &&
	       rd_map_next(queue_kept->devices_found, &pos, NULL, &value))
		for (struct found *found = value, *next; found; found = next) {
			next = found->next;
			rd_free(found);
		}
	rd_map_free(queue_kept->devices_found);
	queue_kept->devices_found = NULL;
}

/* -- the state ------------------------------------------------------------------------- */

static enum rd_device_state hint_state(const char *hint)
{
	enum rd_device_state state = RD_DEVICE_INVALID;
	struct rd_str context = rd_str_of(hint + strlen(HINT)), exten;
	char name[QUEUE_DEVICE_MAX];
	struct rd_buf devices;

	rd_str_cut(&context, '@', &exten);
	rd_buf_init(&devices);
	if (rd_strcpyn(name, sizeof(name), exten) &&
	    rd_dialplan_hint(context.p, name, &devices, NULL) == 0) {
		remember_all(rd_buf_text(&devices), hint);
		state = rd_device_state(rd_buf_text(&devices));
	}
	rd_buf_fini(&devices);
	return state;
}

unsigned queue_absent_by_state(const char *device)
{
	switch (is_hint(device) ? hint_state(device) : rd_device_state(device)) {
	case RD_DEVICE_INUSE:
	case RD_DEVICE_BUSY:
	case RD_DEVICE_ONHOLD:
		return QUEUE_ABSENT_INUSE;
	case RD_DEVICE_RINGING:
		return QUEUE_ABSENT_RINGING;
	case RD_DEVICE_RINGINUSE:
		return QUEUE_ABSENT_RINGING | QUEUE_ABSENT_INUSE;
	case RD_DEVICE_UNAVAILABLE:
		return QUEUE_ABSENT_UNAVAILABLE;
	case RD_DEVICE_INVALID:
		return QUEUE_ABSENT_INVALID;
	case RD_DEVICE_UNKNOWN:
		return QUEUE_ABSENT_UNKNOWN;
	default:
		return 0;
	}
}

void queue_hint_event(const struct rd_event *event, void *arg)
{
	char name[QUEUE_DEVICE_MAX];

	(void)arg;
	if ((size_t)snprintf(name, sizeof(name), HINT "%s", event->name) < sizeof(name))
		queue_state_changed(name);
}
