/* The state interface of a member: a device, or "hint:1001@office": the devices that the hint of
 * that extension names. */
#include <stdio.h>
#include <string.h>

#include <ringdown/dialplan.h>
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

static enum rd_device_state hint_state(const char *hint)
{
	enum rd_device_state state = RD_DEVICE_INVALID;
	struct rd_str context = rd_str_of(hint), exten;
	char name[QUEUE_DEVICE_MAX];
	struct rd_buf devices;

	rd_str_cut(&context, '@', &exten);
	rd_buf_init(&devices);
	if (rd_strcpyn(name, sizeof(name), exten) &&
	    rd_dialplan_hint(context.p, name, &devices, NULL) == 0)
		state = rd_device_state(rd_buf_text(&devices));
	rd_buf_fini(&devices);
	return state;
}

unsigned queue_absent_by_state(const char *device)
{
	switch (is_hint(device) ? hint_state(device + strlen(HINT)) : rd_device_state(device)) {
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
