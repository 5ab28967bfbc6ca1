/* Calls that nobody dialled: the console, management interfaces, Originate().
 * A request is copied into a pool of its own when nobody waits for it. */
#include <stdio.h>

#include <ringdown/app.h>
#include <ringdown/dialplan.h>
#include <ringdown/log.h>
#include <ringdown/originate.h>

#include "core/call/transfer.h"

enum { TIMEOUT_MS = 30000 };

static const char *default_to(const char *s, const char *otherwise)
{
	return s && *s ? s : otherwise;
}

/* -- the leg before it is called -------------------------------------------------- */

/* "NAME", or "FUNCTION(args)" as Set() takes it. */
static int assign(struct rd_channel *leg, const struct rd_originate_variable *variable)
{
	char *name = rd_strdup(variable->name);
	int rc = name ? rd_var_assign(leg, name, variable->value) : -ENOMEM;

	rd_free(name);
	return rc;
}

static int prepare(struct rd_channel *leg, void *arg)
{
	const struct rd_originate *what = arg;
	int rc = 0;

	for (size_t i = 0; !rc && i < what->variable_count; i++)
		rc = assign(leg, &what->variables[i]);
	if (!rc)
		rc = rd_channel_set_called_devices(leg, what->called_devices);
	if (!rc && what->account)
		rc = rd__channel_set_item(leg, RD__ITEM_ACCOUNT, what->account);
	if (!rc && !what->app)
		rc = rd_channel_set_place(leg, default_to(what->context, "default"),
					  default_to(what->exten, "s"), RD_MAX(what->priority, 1));
	return rc;
}

static void on_called(void *arg)
{
	const struct rd_originate *what = arg;

	if (what->called)
		what->called(what->arg);
}

/* -- after the answer --------------------------------------------------------------- */

static int start(const struct rd_originate *what, struct rd_channel *leg)
{
	int rc;

	if (rd_channel_gone(leg) || rd_channel_moved(leg))
		rc = 0;
	else if (what->app)
		rc = rd_channel_start_app(leg, what->app, what->app_args);
	else
		rc = rd_channel_start(leg);
	if (rc || rd_channel_gone(leg) || rd_channel_moved(leg))
		rd_channel_let_go(leg, RD_CAUSE_SWITCH_CONGESTION);
	else
		rd__channel_unref(leg);
	return rc == -ECANCELED ? 0 : rc;
}

static int start_on_trial(const struct rd_originate *what, struct rd_channel *leg)
{
	struct rd_transfer *trial;
	int rc = rd__trial_begin(&trial, leg, &what->watch);

	if (rc) {
		rd_channel_let_go(leg, RD_CAUSE_SWITCH_CONGESTION);
		return rc;
	}
	if (rd_channel_gone(leg)) /* before the trial began: nobody else tells why */
		rd__transfer_report(trial, RD_TRANSFER_FAILED, rd_channel_cause(leg));
	if (start(what, leg))
		rd__transfer_report(trial, RD_TRANSFER_FAILED, RD_CAUSE_SWITCH_CONGESTION);
	rd__trial_end(trial);
	return 0;
}

static int go_on(const struct rd_originate *what, struct rd_channel *leg)
{
	return what->watch.changed ? start_on_trial(what, leg) : start(what, leg);
}

static int originate(const struct rd_originate *what, struct rd_dial_result *result, char *uniqueid,
		     size_t size)
{
	char name[80], number[80];
	struct rd_party identity = { .name = name, .number = number };
	struct rd_dial_options options = {
		.timeout_ms = what->timeout_ms > 0 ? what->timeout_ms : TIMEOUT_MS,
		.before_call = prepare,
		.on_called = on_called,
		.early_answers = what->early,
		.arg = (void *)what,
	};
	struct rd_channel *leg;
	int rc;

	if (what->caller_id && *what->caller_id) {
		rd_party_split(what->caller_id, name, number, sizeof(name));
		options.identity = &identity;
	}
	rc = rd_dial(NULL, what->channel, &options, &leg, result);
	if (rc || !leg)
		return rc;
	rd_strcpy(uniqueid, size, leg->uniqueid);
	return go_on(what, leg);
}

/* -- with nobody waiting ---------------------------------------------------------------- */

struct job {
	struct rd_pool *pool;
	struct rd_originate what;
};

/* Of an answered leg the trial has told. */
static void tell(const struct rd_originate *what, int rc, const struct rd_dial_result *result,
		 const char *uniqueid)
{
	if (what->watch.changed && (rc || result->status != RD_DIAL_ANSWER))
		what->watch.changed(what->watch.arg, RD_TRANSFER_FAILED,
				    rc ? RD_CAUSE_SWITCH_CONGESTION : result->cause);
	if (what->done)
		what->done(rc, result, uniqueid, what->arg);
}

static int run_job(void *arg)
{
	struct job *job = arg;
	struct rd_dial_result result = { .status = RD_DIAL_CONGESTION };
	char uniqueid[48] = "";
	int rc = originate(&job->what, &result, uniqueid, sizeof(uniqueid));

	tell(&job->what, rc, &result, uniqueid);
	rd_pool_free(job->pool);
	return rc;
}

static int copy_text(struct rd_pool *pool, const char **text)
{
	if (!*text)
		return 0;
	*text = rd_pool_strdup(pool, *text);
	return *text ? 0 : -ENOMEM;
}

static int copy_variables(struct rd_pool *pool, struct rd_originate *what)
{
	size_t n = what->variable_count;
	struct rd_originate_variable *copy = rd_pool_alloc(pool, n * sizeof(*copy) + 1);
	int rc = copy ? 0 : -ENOMEM;

	for (size_t i = 0; !rc && i < n; i++) {
		copy[i] = what->variables[i];
		rc = copy_text(pool, &copy[i].name);
		if (!rc)
			rc = copy_text(pool, &copy[i].value);
	}
	what->variables = copy;
	return rc;
}

static int copy_texts(struct rd_pool *pool, struct rd_originate *what)
{
	const char **const texts[] = { &what->channel, &what->app,	 &what->app_args,
				       &what->context, &what->exten, &what->caller_id,
				       &what->account, &what->called_devices };
	int rc = 0;

	for (size_t i = 0; !rc && i < RD_ARRAY_SIZE(texts); i++)
		rc = copy_text(pool, texts[i]);
	return rc;
}

static int start_job(const struct rd_originate *what)
{
	struct rd_pool *pool;
	struct job *job;
	int rc = rd_pool_new(&pool, 0);

	if (rc)
		return rc;
	job = rd_pool_zalloc(pool, sizeof(*job));
	rc = job ? 0 : -ENOMEM;
	if (!rc) {
		*job = (struct job){ .pool = pool, .what = *what };
		rc = copy_texts(pool, &job->what);
	}
	if (!rc)
		rc = copy_variables(pool, &job->what);
	if (!rc)
		rc = rd_fiber_new_detached("originate", run_job, job);
	if (rc)
		rd_pool_free(pool);
	return rc;
}

static int check(const struct rd_originate *what)
{
	if (!what->channel || !strchr(what->channel, '/') || (!what->app && !what->exten))
		return -EINVAL;
	if (what->app)
		return rd_app_find(what->app) ? 0 : -ENOENT;
	return rd_dialplan_exists(default_to(what->context, "default"), what->exten,
				  RD_MAX(what->priority, 1), NULL)
		       ? 0
		       : -ENOENT;
}

int rd_originate(const struct rd_originate *what, struct rd_dial_result *result)
{
	struct rd_dial_result own;
	char uniqueid[48];
	int rc = check(what);

	if (rc)
		return rc;
	if (what->async)
		return start_job(what);
	return originate(what, result ? result : &own, uniqueid, sizeof(uniqueid));
}
