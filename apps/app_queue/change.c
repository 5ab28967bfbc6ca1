/* Members come, go and change while the house runs, whoever says so. */
#include <string.h>

#include "apps/app_queue/queue.h"

/* Tools know who comes and goes by the interface, unless the file says otherwise. */
static void log_change(const char *callid, const struct queue_member *member, const char *verb,
		       const char *data)
{
	const struct queue_settings *settings = member->queue->settings;

	queue_log(callid, settings->name,
		  settings->snapshot->log_names ? member->name : member->interface, verb, "%s",
		  data);
}

/* -- coming and going ----------------------------------------------------------------- */

static int describe(struct queue_member *member, const struct queue_newcomer *who)
{
	member->dynamic = true;
	member->penalty = who->penalty;
	member->paused = who->paused;
	if (who->paused && who->reason)
		rd_strcpy(member->reason, sizeof(member->reason), who->reason);
	if (who->name && *who->name)
		rd_strcpy(member->name, sizeof(member->name), who->name);
	if (who->wrapup_s)
		member->wrapup_ms = who->wrapup_s * 1000;
	if (!who->device || !*who->device)
		return 0;
	return queue_state_interface(member->device, rd_str_of(who->device)) ? 0 : -ENAMETOOLONG;
}

int queue_join(struct queue *queue, const struct queue_newcomer *who, const char *callid)
{
	struct queue_member *member;
	int rc;

	if (queue_member_find(queue, who->interface))
		return -EEXIST;
	if (!queue_interface_is_fine(who->interface))
		return -EINVAL;
	rc = queue_member_new(&member, who->interface);
	if (rc)
		return rc;
	rc = describe(member, who);
	if (rc) {
		queue_member_unref(member);
		return rc;
	}
	queue_member_add(queue, member);
	queue_keep(queue);
	log_change(callid, member, "ADDMEMBER", member->paused ? "PAUSED" : "");
	queue_lamp_paused(member);
	return 0;
}

int queue_part(struct queue *queue, const char *interface, const char *callid)
{
	struct queue_member *member = queue_member_find(queue, interface);

	if (!member)
		return -ENOENT;
	if (!member->dynamic)
		return -EPERM;
	log_change(callid, member, "REMOVEMEMBER", "");
	queue_statistics_forget_member(member);
	queue_member_remove(member);
	queue_keep(queue);
	return 0;
}

/* -- in one queue, or in all ---------------------------------------------------------- */

/* The member in each of them; name NULL: all. *pos begins at 0. */
static struct queue_member *next_in(const char *name, const char *interface, size_t *pos)
{
	struct queue_member *member = NULL;
	struct queue *queue;

	if (name) {
		queue = *pos ? NULL : queue_find(name);
		*pos = 1;
		return queue ? queue_member_find(queue, interface) : NULL;
	}
	while (!member && (queue = queue_next(pos)))
		member = queue_member_find(queue, interface);
	return member;
}

unsigned queue_pause(const char *name, const char *interface, bool paused, const char *reason)
{
	struct queue_member *member;
	unsigned found = 0;
	size_t pos = 0;

	while ((member = next_in(name, interface, &pos))) {
		queue_member_pause(member, paused, reason);
		found++;
	}
	if (!name && found)
		queue_log(NULL, NULL, interface, paused ? "PAUSEALL" : "UNPAUSEALL", "%s", reason);
	return found;
}

unsigned queue_set_penalty(const char *name, const char *interface, int penalty)
{
	struct queue_member *member;
	unsigned found = 0;
	size_t pos = 0;

	while ((member = next_in(name, interface, &pos))) {
		member->penalty = penalty;
		queue_keep(member->queue);
		queue_log(NULL, member->queue->settings->name, interface, "PENALTY", "%d", penalty);
		queue_member_update(member);
		found++;
	}
	return found;
}
