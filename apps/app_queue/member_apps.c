/* The applications that change who answers: AddQueueMember() and its kin. */
#include <stdlib.h>
#include <string.h>

#include "apps/app_queue/queue.h"
#include "apps/number.h"

enum { QUEUE, INTERFACE, ARGS = 6 };

static const char *own_interface(struct rd_channel *ch, const char *given)
{
	return *given ? given : rd_channel_device(ch);
}

/* Tools know who comes and goes by the interface, unless the file says otherwise. */
static void log_change(struct rd_channel *ch, const struct queue_member *member, const char *verb)
{
	const struct queue_settings *settings = member->queue->settings;

	queue_log(rd_channel_uniqueid(ch), settings->name,
		  settings->snapshot->log_names ? member->name : member->interface, verb, "%s", "");
}

/* -- AddQueueMember(queue,interface,penalty,options,name,state_interface) ------------------ */

static const char *add(struct rd_channel *ch, struct queue *queue, const char *const *argv)
{
	const char *interface = own_interface(ch, argv[INTERFACE]);
	struct queue_member *member;
	int penalty;

	if (queue_member_find(queue, interface))
		return "MEMBERALREADY";
	if (*argv[3])
		rd_app_warning(ch, "options are not supported, \"%s\" is passed over", argv[3]);
	if (!queue_interface_is_fine(interface)) {
		rd_app_error(ch, "\"%s\" is not TECHNOLOGY/RESOURCE", interface);
		return NULL;
	}
	if (!app_read_number(ch, argv[2], 0, 1000000, &penalty) ||
	    queue_member_new(&member, interface))
		return NULL;
	member->dynamic = true;
	member->penalty = penalty;
	if (*argv[4])
		rd_strcpy(member->name, sizeof(member->name), argv[4]);
	if (*argv[5])
		rd_strcpy(member->device, sizeof(member->device), argv[5]);
	queue_member_add(queue, member);
	queue_keep(queue);
	log_change(ch, member, "ADDMEMBER");
	return "ADDED";
}

int queue_add_app(struct rd_channel *ch, const char *args)
{
	const char *argv[ARGS], *status = "NOSUCHQUEUE";
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, ARGS);
	struct queue *queue = rc < 0 ? NULL : queue_find(argv[QUEUE]);

	if (rc < 0)
		return rc;
	if (queue)
		status = add(ch, queue, argv);
	return rd_var_set(ch, "AQMSTATUS", status);
}

/* -- RemoveQueueMember(queue,interface) -------------------------------------------------------- */

static const char *take_off(struct rd_channel *ch, struct queue *queue, const char *interface)
{
	struct queue_member *member = queue_member_find(queue, interface);

	if (!member)
		return "NOTINQUEUE";
	if (!member->dynamic)
		return "NOTDYNAMIC";
	log_change(ch, member, "REMOVEMEMBER");
	queue_member_remove(member);
	queue_keep(queue);
	return "REMOVED";
}

int queue_remove_app(struct rd_channel *ch, const char *args)
{
	const char *argv[2], *status = "NOSUCHQUEUE";
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, 2);
	struct queue *queue = rc < 0 ? NULL : queue_find(argv[QUEUE]);

	if (rc < 0)
		return rc;
	if (queue)
		status = take_off(ch, queue, own_interface(ch, argv[INTERFACE]));
	return rd_var_set(ch, "RQMSTATUS", status);
}

/* -- PauseQueueMember(queue,interface,options,reason) ------------------------------------------ */

static int change_pause(struct rd_channel *ch, const char *args, bool paused, unsigned *found)
{
	const char *argv[4];
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, 4);

	if (rc < 0)
		return rc;
	*found = queue_pause(*argv[QUEUE] ? argv[QUEUE] : NULL, own_interface(ch, argv[INTERFACE]),
			     paused, argv[3]);
	return 0;
}

int queue_pause_app(struct rd_channel *ch, const char *args)
{
	unsigned found;
	int rc = change_pause(ch, args, true, &found);

	return rc ? rc : rd_var_set(ch, "PQMSTATUS", found ? "PAUSED" : "NOTFOUND");
}

int queue_unpause_app(struct rd_channel *ch, const char *args)
{
	unsigned found;
	int rc = change_pause(ch, args, false, &found);

	return rc ? rc : rd_var_set(ch, "UPQMSTATUS", found ? "UNPAUSED" : "NOTFOUND");
}
