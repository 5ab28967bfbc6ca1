/* The applications that change who answers: AddQueueMember() and its kin; and QueueLog(). */
#include <stdlib.h>
#include <string.h>

#include "apps/app_queue/queue.h"
#include "apps/number.h"

enum { QUEUE, INTERFACE, ARGS = 7 };
enum { PAUSED = 1, REASON = 2 };

static const char *own_interface(struct rd_channel *ch, const char *given)
{
	return *given ? given : rd_channel_device(ch);
}

/* -- AddQueueMember(queue,interface,penalty,options,name,state_interface,wrapuptime) -- */

static const struct rd_app_option letters[] = {
	{ 'p', false, PAUSED, 0 },
	{ 'r', true, REASON, 0 },
	{ 0 },
};

static const char *check_add_letters(struct rd_pool *pool, const char *const *argv, char *buf,
				     size_t size)
{
	return rd_app_check_options(pool, letters, argv[3], buf, size);
}

const char *queue_add_check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, ARGS, check_add_letters, buf, size);
}

static const char *added_as(struct rd_channel *ch, const struct queue_newcomer *who, int rc)
{
	if (!rc)
		return "ADDED";
	if (rc == -EEXIST)
		return "MEMBERALREADY";
	rd_app_error(ch, "%s: %s", who->interface,
		     rc == -EINVAL ? "this is not TECHNOLOGY/RESOURCE" : rd_strerror(rc));
	return NULL;
}

static const char *add(struct rd_channel *ch, struct queue *queue, const char *const *argv)
{
	struct queue_newcomer who = {
		.interface = own_interface(ch, argv[INTERFACE]),
		.name = argv[4],
		.device = argv[5],
	};
	struct rd_app_options options;

	if (!app_read_number(ch, "penalty", argv[2], 0, QUEUE_NUMBER_MAX, &who.penalty) ||
	    !app_read_number(ch, "wrapuptime", argv[6], 0, QUEUE_NUMBER_MAX, &who.wrapup_s) ||
	    rd_app_read_options(ch, letters, argv[3], &options))
		return NULL;
	who.paused = options.flags & PAUSED;
	who.reason = options.args[0];
	return added_as(ch, &who, queue_join(queue, &who, rd_channel_uniqueid(ch)));
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

/* -- RemoveQueueMember(queue,interface) ----------------------------------------------- */

static const char *removed_as(int rc)
{
	if (rc == -ENOENT)
		return "NOTINQUEUE";
	return rc ? "NOTDYNAMIC" : "REMOVED";
}

int queue_remove_app(struct rd_channel *ch, const char *args)
{
	const char *argv[2], *status = "NOSUCHQUEUE";
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, 2);
	struct queue *queue = rc < 0 ? NULL : queue_find(argv[QUEUE]);

	if (rc < 0)
		return rc;
	if (queue)
		status = removed_as(queue_part(queue, own_interface(ch, argv[INTERFACE]),
					       rd_channel_uniqueid(ch)));
	return rd_var_set(ch, "RQMSTATUS", status);
}

/* -- PauseQueueMember(queue,interface,options,reason) --------------------------------- */

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

/* -- QueueLog(queue,uniqueid,agent,event,info) ---------------------------------------- */

int queue_log_app(struct rd_channel *ch, const char *args)
{
	const char *argv[5];
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, 5);

	if (rc < 0)
		return rc;
	if (rc < 4)
		rd_app_warning(ch, "wants queue, uniqueid, agent and event: nothing is logged");
	else
		queue_log(argv[1], argv[0], argv[2], argv[3], "%s", argv[4]);
	return 0;
}
