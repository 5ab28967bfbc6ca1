/* Queue(): its arguments; and the tables of the module, its birth and its end. */
#include <stdio.h>
#include <string.h>

#include <ringdown/app_leads.h>
#include <ringdown/clock.h>
#include <ringdown/module.h>

#include "apps/app_queue/caller.h"
#include "apps/features.h"
#include "apps/number.h"
#include "apps/seconds.h"

enum { NAME, OPTIONS, URL, ANNOUNCE, TIMEOUT, AGI, GOSUB, RULE, POSITION, ARGUMENTS };

static const struct rd_app_option letters[] = {
	APP_FEATURE_OPTIONS,
	{ 'c', false, QUEUE_CONTINUE, 0 },
	{ 'C', false, QUEUE_ELSEWHERE, 0 },
	{ 'i', false, QUEUE_IGNORE_FORWARD, 0 },
	{ 'I', false, QUEUE_NO_UPDATE, 0 },
	{ 'n', false, QUEUE_ONCE, 0 },
	{ 'r', false, QUEUE_RING, 0 },
	{ 'R', false, QUEUE_RING_LATE, 0 },
	{ 'm', true, QUEUE_MUSIC, QUEUE_ARG_MUSIC },
	{ 'b', true, QUEUE_BEFORE_LEG, QUEUE_ARG_BEFORE_LEG },
	{ 'B', true, QUEUE_BEFORE_CALLER, QUEUE_ARG_BEFORE_CALLER },
	{ 'F', true, QUEUE_MEMBER_GOES_ON, QUEUE_ARG_MEMBER_GOES_ON },
	{ 'd', false, QUEUE_NO_DELAY, 0 },
	{ 0 },
};

static const struct {
	int at;
	const char *name;
} unsupported[] = { { URL, "URL" }, { AGI, "AGI" } };

/* -- the arguments ------------------------------------------------------------------------ */

static const char *no_such_rule(const char *name, char *buf, size_t size)
{
	if (!*name || queue_rule_is_configured(name))
		return NULL;
	snprintf(buf, size, "queuerules.conf has no rule \"%s\"", name);
	return buf;
}

static const char *check_arguments(struct rd_pool *pool, const char *const *argv, char *buf,
				   size_t size)
{
	const char *wrong;

	if (strspn(argv[POSITION], "0123456789") != strlen(argv[POSITION]))
		return "a position is a number";
	for (size_t i = 0; i < RD_ARRAY_SIZE(unsupported); i++)
		if (*argv[unsupported[i].at]) {
			snprintf(buf, size, "the argument %s is not supported",
				 unsupported[i].name);
			return buf;
		}
	wrong = queue_fault(rd_str_of(argv[NAME]), buf, size);
	if (!wrong)
		wrong = no_such_rule(argv[RULE], buf, size);
	return wrong ? wrong : rd_app_check_options(pool, letters, argv[OPTIONS], buf, size);
}

static const char *queue_check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, ARGUMENTS, check_arguments, buf, size);
}

/* The other applications. */

static const char *check_membership(struct rd_pool *pool, const char *const *argv, char *buf,
				    size_t size)
{
	(void)pool;
	return queue_fault(rd_str_of(argv[NAME]), buf, size);
}

static const char *membership_check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, 2, check_membership, buf, size);
}

static const char *add_check(const char *args, char *buf, size_t size)
{
	const char *wrong = membership_check(args, buf, size);

	return wrong ? wrong : queue_add_check(args, buf, size);
}

static const char *check_pause(struct rd_pool *pool, const char *const *argv, char *buf,
			       size_t size)
{
	(void)pool;
	return *argv[NAME] ? queue_fault(rd_str_of(argv[NAME]), buf, size) : NULL;
}

static const char *pause_check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, 2, check_pause, buf, size);
}

/* The queue need not be one of queues.conf. */
static const char *check_log(struct rd_pool *pool, const char *const *argv, char *buf, size_t size)
{
	(void)pool;
	(void)buf;
	(void)size;
	return *argv[3] ? NULL : "wants queue, uniqueid, agent and event";
}

static const char *log_check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, 5, check_log, buf, size);
}

/* A variable of the caller that queues.conf has as a number, or 0. */
static int number_variable(struct rd_channel *ch, const char *name, int min, int otherwise)
{
	const char *value = rd_var_get(ch, name);
	int n = otherwise;

	if (value && *value)
		(void)app_read_number(ch, name, value, min, QUEUE_NUMBER_MAX, &n);
	return n;
}

static int penalty_variable(struct rd_channel *ch, const char *name)
{
	return number_variable(ch, name, 0, QUEUE_NO_PENALTY);
}

static int read_arguments(struct queue_caller *caller, const char *const *argv)
{
	int ms = 0, position = 0, rc;

	for (size_t i = 0; i < RD_ARRAY_SIZE(unsupported); i++)
		if (*argv[unsupported[i].at])
			rd_app_warning(caller->ch,
				       "the argument %s is not supported, it is "
				       "passed over",
				       unsupported[i].name);
	rc = rd_app_read_options(caller->ch, letters, argv[OPTIONS], &caller->options);
	if (rc)
		return rc;
	if (*argv[TIMEOUT] && !app_seconds(caller->ch, argv[TIMEOUT], &ms) && ms > 0)
		caller->deadline_ms = rd_now_ms() + (uint64_t)ms;
	caller->announce = argv[ANNOUNCE];
	caller->gosub = argv[GOSUB];
	(void)app_read_number(caller->ch, "position", argv[POSITION], 0, QUEUE_NUMBER_MAX,
			      &position);
	caller->wanted_position = (unsigned)position;
	caller->priority = number_variable(caller->ch, "QUEUE_PRIO", -QUEUE_NUMBER_MAX, 0);
	caller->max_penalty = penalty_variable(caller->ch, "QUEUE_MAX_PENALTY");
	caller->min_penalty = penalty_variable(caller->ch, "QUEUE_MIN_PENALTY");
	caller->raise_penalty = penalty_variable(caller->ch, "QUEUE_RAISE_PENALTY");
	if (!queue_rule_begin(caller, argv[RULE]))
		rd_app_warning(caller->ch, "there is no rule \"%s\" in queuerules.conf",
			       argv[RULE]);
	return 0;
}

static int queue_app(struct rd_channel *ch, const char *args)
{
	struct queue_caller caller = { .ch = ch };
	const char *argv[ARGUMENTS];
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, ARGUMENTS);

	if (rc < 0)
		return rc;
	rd_var_set(ch, "QUEUESTATUS", NULL);
	rd_var_set(ch, "ABANDONED", NULL);
	caller.queue = queue_find(argv[NAME]);
	if (!caller.queue) {
		rd_app_error(ch, "there is no queue \"%s\" in queues.conf", argv[NAME]);
		return 0;
	}
	rc = read_arguments(&caller, argv);
	if (!rc)
		rc = queue_wait(&caller);
	queue_rule_end(&caller);
	return rc;
}

/* -- the module ------------------------------------------------------------------------------- */

static const struct rd_app apps[] = {
	{ .name = "Queue",
	  .run = queue_app,
	  .check = queue_check,
	  .synopsis = "Wait until a member of a queue has time",
	  .syntax = "Queue(name[,options[,,announce[,timeout[,,gosub[,rule[,position]]]]]])",
	  .description =
		  "announce is played to the member who answers, then gosub runs on his leg; "
		  "timeout is in seconds; rule is one of queuerules.conf. c: go on "
		  "after the talk. C: phones show no missed call. h H: the member, the caller may "
		  "hang up with *. t T: they may transfer with #. k K: they may park. x X w W: "
		  "they may record. F(place): the member goes on there, or at the next step, when "
		  "the caller hangs up. d: means nothing here. i: ignore forwards. I: do not "
		  "tell the caller who answered. n: ring once. r: ringing instead of music, R: "
		  "once a member rings. m(class): that music. b(place) B(place): Gosub on each "
		  "leg, on the caller, before members are called. Sets QUEUESTATUS: TIMEOUT FULL "
		  "JOINEMPTY LEAVEEMPTY LEAVEUNAVAIL CONTINUE; QUEUENAME, "
		  "QUEUEPOSITION, QUEUEWAIT, QEHOLDTIME, ABANDONED, MEMBERINTERFACE, MEMBERNAME. "
		  "Obeys QUEUE_PRIO, QUEUE_MIN_PENALTY, QUEUE_MAX_PENALTY, "
		  "QUEUE_RAISE_PENALTY." },
	{ .name = "AddQueueMember",
	  .run = queue_add_app,
	  .check = add_check,
	  .synopsis = "Make somebody a member of a queue",
	  .syntax = "AddQueueMember(queue[,interface[,penalty[,options[,name[,state_interface"
		    "[,wrapuptime]]]]]])",
	  .description = "Without an interface it is the caller. p: paused, r(reason) why. Sets "
			 "AQMSTATUS: ADDED "
			 "MEMBERALREADY NOSUCHQUEUE." },
	{ .name = "RemoveQueueMember",
	  .run = queue_remove_app,
	  .check = membership_check,
	  .synopsis = "Take a member off a queue",
	  .syntax = "RemoveQueueMember(queue[,interface])",
	  .description = "Sets RQMSTATUS: REMOVED NOTINQUEUE NOSUCHQUEUE NOTDYNAMIC." },
	{ .name = "PauseQueueMember",
	  .run = queue_pause_app,
	  .check = pause_check,
	  .synopsis = "Ring a member no more for a while",
	  .syntax = "PauseQueueMember([queue],interface[,[,reason]])",
	  .description = "Without a queue: in all. Sets PQMSTATUS: PAUSED NOTFOUND." },
	{ .name = "QueueLog",
	  .run = queue_log_app,
	  .check = log_check,
	  .synopsis = "Add a line to queue_log",
	  .syntax = "QueueLog(queue,uniqueid,agent,event[,information])" },
	{ .name = "UnpauseQueueMember",
	  .run = queue_unpause_app,
	  .check = pause_check,
	  .synopsis = "Ring a member again",
	  .syntax = "UnpauseQueueMember([queue],interface[,[,reason]])",
	  .description = "Without a queue: in all. Sets UPQMSTATUS: UNPAUSED NOTFOUND." },
	{ 0 },
};

static const struct rd_subscriber subscribers[] = {
	{ .name = "app_queue",
	  .types = RD_EVENT_BIT(RD_EVENT_DEVICE_STATE),
	  .notify = queue_device_event },
	{ .name = "app_queue hints",
	  .types = RD_EVENT_BIT(RD_EVENT_HINT_STATE),
	  .notify = queue_hint_event },
	{ .name = "app_queue modules",
	  .types = RD_EVENT_BIT(RD_EVENT_MODULE),
	  .notify = queue_module_event },
	{ .name = "app_queue transfers",
	  .types = RD_EVENT_BIT(RD_EVENT_TRANSFER),
	  .notify = queue_transfer_event },
	{ 0 },
};

/* -- for a doctor -------------------------------------------------------------------------- */

static void tell_members(const struct rd_list *members, rd_app_lead_fn *tell, void *arg)
{
	rd_list_foreach(node, tmp, members)
		tell(RD_APP_LEAD_CALLS, rd_list_entry(node, struct queue_member, link)->interface,
		     arg);
}

/* Those of the file are its own until it is in force. */
static void tell_queue(const char *name, bool has_gosub, rd_app_lead_fn *tell, void *arg)
{
	const struct queue_snapshot *snapshot = queue_newest();
	const struct queue_settings *settings =
		snapshot ? rd_map_get(snapshot->queues, name) : NULL;

	if (!settings)
		return;
	tell_members(&settings->members, tell, arg);
	if (settings->live)
		tell_members(&settings->live->members, tell, arg);
	if (settings->context)
		tell(RD_APP_LEAD_KEYS, settings->context, arg);
	if (settings->membergosub && !has_gosub)
		tell(RD_APP_LEAD_ANSWERED, settings->membergosub, arg);
}

static void each_lead(const char *args, rd_app_lead_fn *tell, void *arg)
{
	const char *argv[ARGUMENTS];
	struct rd_pool *pool;

	if (rd_pool_new(&pool, 0))
		return;
	if (rd_app_args(pool, args, argv, ARGUMENTS) > 0)
		tell_queue(argv[NAME], *argv[GOSUB], tell, arg);
	rd_pool_free(pool);
}

static const struct rd_app_leads leads = { .each = each_lead };

static const struct rd_interface interfaces[] = {
	{ .name = RD_APP_LEADS("Queue"), .version = RD_APP_LEADS_VERSION, .functions = &leads },
	{ 0 },
};

RD_MODULE(.name = "app_queue", .synopsis = "Queues of callers and their members", .apps = apps,
	  .functions = queue_functions, .commands = queue_commands, .techs = queue_techs,
	  .subscribers = subscribers, .measure = queues_measure, .config = &queue_config,
	  .interfaces = interfaces, .review = queue_settings_review,
	  .unload = queue_settings_forget, .state = &queue_state);
