/* Lamps: Queue:NAME rings while somebody waits, Queue:NAME_avail is in use while no member
 * could be rung, Queue:NAME_pause_INTERFACE while that member is paused. */
#include <stdio.h>
#include <string.h>

#include "apps/app_queue/queue.h"

static void changed(const struct queue *queue, const char *what, const char *interface)
{
	char name[QUEUE_NAME_MAX + QUEUE_DEVICE_MAX + 32];

	if (!queue_in_force() || !rd_event_wanted(RD_EVENT_DEVICE_STATE))
		return;
	snprintf(name, sizeof(name), "Queue:%s%s%s", queue->settings->name, what, interface);
	rd_device_changed(name);
}

void queue_lamp_waiting(const struct queue *queue)
{
	changed(queue, "", "");
}

void queue_lamp_ready(const struct queue *queue)
{
	changed(queue, "_avail", "");
}

void queue_lamp_paused(const struct queue_member *member)
{
	changed(member->queue, "_pause_", member->interface);
}

/* The queue whose name ends where `mark` begins; *rest is what follows that. */
static const struct queue *before(const char *resource, const char *mark, const char **rest)
{
	const char *at = resource;
	char name[QUEUE_NAME_MAX];

	while ((at = strstr(at, mark))) {
		struct rd_str head = { resource, (size_t)(at - resource) };
		const struct queue *queue =
			rd_strcpyn(name, sizeof(name), head) ? queue_find(name) : NULL;

		*rest = at + strlen(mark);
		if (queue)
			return queue;
		at++;
	}
	return NULL;
}

static int device_state(const char *resource)
{
	const struct queue *queue = queue_find(resource);
	const struct queue_member *member;
	const char *rest;

	if (queue)
		return queue->waiting ? RD_DEVICE_RINGING : RD_DEVICE_NOT_INUSE;
	queue = before(resource, "_avail", &rest);
	if (queue && !*rest)
		return queue->ready ? RD_DEVICE_NOT_INUSE : RD_DEVICE_INUSE;
	queue = before(resource, "_pause_", &rest);
	member = queue ? queue_member_find(queue, rest) : NULL;
	if (!member)
		return RD_DEVICE_INVALID;
	return member->paused ? RD_DEVICE_INUSE : RD_DEVICE_NOT_INUSE;
}

/* Is what stands before the mark one that will be there? ends: nothing follows it. */
static bool is_configured(const char *resource, const char *mark, bool ends)
{
	char name[QUEUE_NAME_MAX];

	for (const char *at = strstr(resource, mark); at; at = strstr(at + 1, mark)) {
		struct rd_str head = { resource, (size_t)(at - resource) };

		if ((!ends || !at[strlen(mark)]) && rd_strcpyn(name, sizeof(name), head) &&
		    queue_is_configured(name))
			return true;
	}
	return false;
}

/* Members may come later. */
static const char *check(const char *resource, char *buf, size_t size)
{
	if (is_configured(resource, "_avail", true) || is_configured(resource, "_pause_", false))
		return NULL;
	return queue_fault(rd_str_of(resource), buf, size);
}

const struct rd_tech queue_techs[] = {
	{ .name = "Queue",
	  .synopsis = "Queues and their members, for lamps",
	  .check = check,
	  .device_state = device_state },
	{ 0 },
};
