/* The fiber that runs a leg, and how a leg is moved. A leg that is moved
 * leaves its fiber behind: that one is cancelled and unwinds, a new one goes
 * on at the new place. Nothing is swapped, nothing is un-cancelled. */
#include <ringdown/app.h>
#include <ringdown/dialplan.h>
#include <ringdown/log.h>

#include "core/call/call.h"
#include "core/call/keeper.h"
#include "core/call/reach.h"

/* How long whoever drives a leg may take to give it up. */
enum { TAKE_OVER_MS = 2000 };

static size_t calls_running;
static uint64_t calls_started;

size_t rd__calls_running(void)
{
	return calls_running;
}

void rd__calls_count(int by)
{
	calls_running += (size_t)by;
}

uint64_t rd__calls_started(void)
{
	return calls_started;
}

/* -- the place in the dialplan -------------------------------------------------- */

const char *rd_channel_context(const struct rd_channel *ch)
{
	return ch->context;
}

const char *rd_channel_exten(const struct rd_channel *ch)
{
	return ch->exten;
}

int rd_channel_priority(const struct rd_channel *ch)
{
	return ch->priority;
}

int rd_channel_set_place(struct rd_channel *ch, const char *context, const char *exten,
			 int priority)
{
	RD_CHECK(ch, RD__CHANNEL_MAGIC);
	if ((context && strlen(context) >= sizeof(ch->context)) ||
	    (exten && strlen(exten) >= sizeof(ch->exten)))
		return -ENAMETOOLONG;
	if (context && context != ch->context)
		rd_strcpy(ch->context, sizeof(ch->context), context);
	if (exten && exten != ch->exten)
		rd_strcpy(ch->exten, sizeof(ch->exten), exten);
	if (priority > 0)
		ch->priority = priority;
	return 0;
}

/* -- the fiber --------------------------------------------------------------------- */

void rd__channel_interrupt(struct rd_channel *ch)
{
	if (ch->fiber)
		rd_fiber_cancel(ch->fiber);
	rd__channel_wake(ch);
}

/* Moved, taken by another driver, or at its end: what becomes of the leg. */
static void leave(struct rd_channel *ch, int cause)
{
	rd_channel_set_notify(ch, NULL);
	if (ch->heir) /* nobody seated it: the leg just ends */
		ch->moved = false;
	if (ch->taken || (!ch->moved && rd__transfer_refused(ch, cause))) {
		rd__channel_wake(ch);
	} else if (ch->state != RD_CHANNEL_GONE && (!ch->moved || rd_channel_start(ch))) {
		ch->moved = false; /* it got nowhere */
		rd_hangup(ch, cause);
	}
	rd__channel_unref(ch);
}

/* An application without the dialplan is a step as one of it. */
static void run_app(struct rd_channel *ch)
{
	struct rd_event event = { .type = RD_EVENT_CHANNEL_STEP, .channel = ch,
					.name = ch->app, .text = ch->app_args };

	rd_event_publish(&event);
	if (rd_app_run(ch, ch->app, ch->app_args) == -ENOENT)
		rd_error("%s: no application %s", ch->name, ch->app);
}

static int run_leg(void *arg)
{
	struct rd_channel *ch = arg;

	ch->fiber = rd_fiber_self();
	/* Moved before it ran: it begins at the new place, so that is done. */
	ch->moved = ch->taken;
	rd_fiber_set_subject(ch->name);
	if (ch->state != RD_CHANNEL_GONE && !ch->taken) {
		if (ch->app)
			run_app(ch);
		else
			rd_dialplan_run(ch);
	}
	ch->app = ch->app_args = NULL;
	ch->fiber = NULL;
	ch->has_fiber = false;
	calls_running--;
	rd_fiber_set_subject(NULL);
	leave(ch, RD_CAUSE_NORMAL);
	return 0;
}

int rd_channel_start(struct rd_channel *ch)
{
	char name[32] = "call/";
	const char *slash;
	int rc;

	RD_CHECK(ch, RD__CHANNEL_MAGIC);
	rd_assert(!ch->has_fiber);
	if (ch->state == RD_CHANNEL_GONE)
		return -ECANCELED;
	slash = strchr(rd_channel_device(ch), '/');
	rd_strcpy(name + 5, sizeof(name) - 5, slash ? slash + 1 : rd_channel_device(ch));
	rc = rd_fiber_new_detached(name, run_leg, ch);
	if (rc) {
		rd_error("%s: no fiber for it: %s", ch->name, rd_strerror(rc));
		return rc;
	}
	ch->moved = ch->driven = false;
	ch->has_fiber = true;
	if (!ch->was_run && !ch->outgoing)
		rd__reach_show_owner(ch);
	calls_running++;
	calls_started += !ch->was_run;
	ch->was_run = true;
	rd__channel_ref(ch);
	return 0;
}

int rd_channel_start_app(struct rd_channel *ch, const char *app, const char *args)
{
	int rc = -ENOMEM;

	ch->app = rd_pool_strdup(ch->pool, app);
	ch->app_args = rd_pool_strdup(ch->pool, args ? args : "");
	if (ch->app && ch->app_args)
		rc = rd_channel_start(ch);
	if (rc)
		ch->app = NULL; /* a later start means the dialplan */
	return rc;
}

/* -- moving ------------------------------------------------------------------------- */

int rd_channel_redirect(struct rd_channel *ch, const char *context, const char *exten,
			int priority)
{
	int rc;

	RD_CHECK(ch, RD__CHANNEL_MAGIC);
	if (ch->state == RD_CHANNEL_GONE)
		return -ECANCELED;
	rc = rd_channel_set_place(ch, context, exten, priority > 0 ? priority : 1);
	if (rc)
		return rc;
	if (!ch->has_fiber && !ch->driven)
		return rd_channel_start(ch);
	ch->moved = true;
	rd__channel_interrupt(ch);
	return 0;
}

bool rd_channel_moved(const struct rd_channel *ch)
{
	return ch->moved;
}

void rd_channel_drive(struct rd_channel *ch)
{
	RD_CHECK(ch, RD__CHANNEL_MAGIC);
	rd_assert(!ch->has_fiber);
	ch->driven = true;
}

int rd_channel_take_over(struct rd_channel *ch)
{
	RD_CHECK(ch, RD__CHANNEL_MAGIC);
	if (ch->state == RD_CHANNEL_GONE)
		return -ECANCELED;
	if (ch->taken || (ch->fiber && ch->fiber == rd_fiber_self()))
		return -EBUSY;
	rd__channel_reserve(ch);
	return rd__channel_collect(ch);
}

void rd__channel_reserve(struct rd_channel *ch)
{
	ch->taken = true;
	if (!ch->has_fiber && !ch->driven)
		return;
	ch->moved = true;
	rd__channel_interrupt(ch);
}

int rd__channel_collect(struct rd_channel *ch)
{
	int rc = 0;

	while (!rc && (ch->has_fiber || ch->driven) && ch->state != RD_CHANNEL_GONE)
		rc = rd_cond_wait(&ch->own_notify, TAKE_OVER_MS);
	ch->taken = false;
	if (ch->state == RD_CHANNEL_GONE)
		return -ECANCELED;
	if (rc) {
		if (!ch->has_fiber && !ch->driven)
			rd_hangup(ch, RD_CAUSE_NORMAL);
		return rc;
	}
	ch->moved = false;
	ch->driven = true;
	return 0;
}

void rd_channel_let_go(struct rd_channel *ch, int cause)
{
	RD_CHECK(ch, RD__CHANNEL_MAGIC);
	rd__channel_handed_over(ch, __builtin_return_address(0));
	ch->driven = false;
	leave(ch, cause);
}

/* -- TIMEOUT() ------------------------------------------------------------------------ */

int rd_channel_timeout(const struct rd_channel *ch, enum rd_timeout which)
{
	static const int unset[] = { [RD_TIMEOUT_ABSOLUTE] = 0, [RD_TIMEOUT_DIGIT] = 5000,
				     [RD_TIMEOUT_RESPONSE] = 10000 };

	return ch->timeouts[which] ? ch->timeouts[which] : unset[which];
}

/* To the T extension where the context has one. */
static void absolute_over(void *arg)
{
	struct rd_channel *ch = arg;
	const char *caller = rd_channel_party(ch, RD_PARTY_CALLER)->number;

	ch->timeouts[RD_TIMEOUT_ABSOLUTE] = 0;
	rd_verbose("%s: its time is over (TIMEOUT(absolute))", ch->name);
	if (!rd_dialplan_exists(ch->context, "T", 1, caller) ||
	    rd_channel_redirect(ch, NULL, "T", 1))
		rd_hangup(ch, RD_CAUSE_NORMAL);
}

void rd_channel_set_timeout(struct rd_channel *ch, enum rd_timeout which, int ms)
{
	RD_CHECK(ch, RD__CHANNEL_MAGIC);
	ch->timeouts[which] = ms > 0 ? ms : 0;
	if (which != RD_TIMEOUT_ABSOLUTE)
		return;
	rd_timer_stop(&ch->absolute);
	rd_timer_init(&ch->absolute, absolute_over, ch);
	if (ms > 0 && ch->state != RD_CHANNEL_GONE)
		rd_timer_start(&ch->absolute, ms);
}
