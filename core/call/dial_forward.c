/* Forwards: a leg whose far end names others to be called instead. Those of one
 * rank are called at once, those of the next when all of them have failed. */
#include <stdio.h>
#include <stdlib.h>

#include <ringdown/log.h>

#include "core/call/dial.h"
#include "core/call/diversion.h"
#include "core/call/reach.h"

enum {
	FORWARDS_MAX = 10, /* one after the other */
	TARGETS_MAX = 10,  /* of one answer */
	CONTEXT_SIZE = 80,
};

struct target {
	int rank;
	char *text;
};

struct rd__forwards {
	struct rd__leg_set set;
	struct rd_list link; /* in the dial */
	const struct rd__forwards *before; /* the leg that forwards is of those; NULL: none */
	char *self; /* that leg; NULL: not said */
	const char *dialled; /* ... as it was dialled */
	char *devices;	     /* ... which it means; "": all */
	struct rd__diversion *by; /* ... who is at it, and why he forwards */
	char owner[80];	     /* ... it was not the leg, but whose device it is; "": the leg */
	int depth;	     /* how many forwards led here */
	size_t target;
	int count, next;
	char context[CONTEXT_SIZE]; /* where numbers are looked up */
	struct target targets[TARGETS_MAX];
};

/* Whoever forwards may name what it may dial itself; the caller may be in a
 * subroutine, whose context holds no numbers. */
static const char *forward_context(const struct rd__dial *dial, const struct rd_channel *from)
{
	const char *named = dial->options->forward_context;

	if (!named || !*named)
		named = rd_var_get(from, "FORWARD_CONTEXT");
	return named && *named ? named : rd_channel_context(from);
}

/* The caller's; NULL without memory. */
static char *dialled_text(const char *to, const char *context)
{
	return strchr(to, '/') ? rd_strdup(to)
			       : rd_asprintf("Local/%.*s@%s", (int)strcspn(to, "@"), to, context);
}

/* ---- who sent it on ---- */

static struct rd__diversion *diversion_by_leg(const struct rd_channel *from)
{
	const char *reason = rd_var_get(from, "FORWARD_REASON");
	const struct rd_diversion by = {
		.who = *rd_channel_party(from, RD_PARTY_CALLER),
		.reason = reason && *reason ? reason : "cfu",
		.count = 1,
	};

	return rd__diversion_new(&by);
}

/* All who did, one after the other. The caller is told nothing: of whom else he calls, nobody
 * has sent him on. */
static int divert(const struct rd__forwards *forwards, struct rd_channel *leg)
{
	int rc = forwards->before ? divert(forwards->before, leg) : 0;

	return rc ? rc : rd_channel_divert(leg, rd__diversion_of(forwards->by));
}

int rd__forwards_tell(const struct rd__forwards *forwards, struct rd_channel *leg)
{
	int rc = divert(forwards, leg);

	if (!rc)
		rc = rd__channel_note_sent_on(leg, forwards->dialled);
	return rc ? rc : rd_channel_set_called_devices(leg, forwards->devices);
}

/* ---- what a leg has named ---- */

static void forwards_free(struct rd__forwards *forwards)
{
	if (!forwards)
		return;
	for (int i = 0; i < forwards->count; i++)
		rd_free(forwards->targets[i].text);
	rd__diversion_unref(forwards->by);
	rd_free(forwards->devices);
	rd_free(forwards->self);
	rd_free(forwards);
}

static bool names(const struct rd__forwards *forwards, const char *text)
{
	for (int i = 0; i < forwards->count; i++)
		if (strcmp(forwards->targets[i].text, text) == 0)
			return true;
	return forwards->self && strcmp(forwards->self, text) == 0;
}

/* Nobody is called a second time on the way from the first (RFC 3261 §8.1.3.4). */
static bool is_known(const struct rd__forwards *forwards, const char *text)
{
	for (; forwards; forwards = forwards->before)
		if (names(forwards, text))
			return true;
	return false;
}

static void add_target(struct rd__forwards *forwards, int rank, const char *text)
{
	const char *fault = forwards->count == TARGETS_MAX ? "it is one too many" : NULL;
	char *copy = NULL;

	if (is_known(forwards, text)) {
		rd_verbose("forward to %s: left out, it was called before", text);
		return;
	}
	if (!fault) {
		copy = rd_strdup(text);
		fault = copy ? NULL : rd_strerror(-ENOMEM);
	}
	if (fault) {
		rd_notice("forward to %s: left out, %s", text, fault);
		return;
	}
	forwards->targets[forwards->count++] = (struct target){ rank, copy };
}

static void read_target(struct rd__forwards *forwards, const struct rd_channel *from,
			const struct rd_signal *signal)
{
	const char *text = rd__channel_text_taken(from, signal);

	if (signal->number >= 0) {
		add_target(forwards, signal->number, text);
		return;
	}
	rd_free(forwards->self);
	forwards->self = rd_strdup(text);
}

/* The first one, and those that its driver posted along with it. */
static void read_targets(struct rd__forwards *forwards, struct rd_channel *from,
			 const struct rd_signal *first)
{
	struct rd_signal signal;

	read_target(forwards, from, first);
	while (rd_channel_take_of(from, RD_SIGNAL_BIT(RD_SIGNAL_REDIRECT), &signal) == 0)
		read_target(forwards, from, &signal);
}

bool rd__leg_may_forward(const struct rd__dial *dial, const struct rd__leg *leg)
{
	return !dial->options->ignore_forward && leg->forwards < FORWARDS_MAX;
}

/* Takes by. NULL without memory. */
static struct rd__forwards *forwards_new(const struct rd__leg *leg, struct rd__diversion *by,
					 const char *context)
{
	struct rd__forwards *forwards = rd_zalloc(sizeof(*forwards));

	if (!forwards) {
		rd__diversion_unref(by);
		return NULL;
	}
	forwards->by = by;
	forwards->devices = rd_strdup(leg->ch ? rd_channel_called_devices(leg->ch) : "");
	if (!forwards->devices || !by) {
		forwards_free(forwards);
		return NULL;
	}
	forwards->depth = leg->forwards + 1;
	forwards->target = leg->target;
	forwards->dialled = leg->dialled;
	forwards->before = leg->named_by;
	rd_strcpy(forwards->context, sizeof(forwards->context), context);
	return forwards;
}

/* Others take its place. */
static void end_leg(struct rd__dial *dial, struct rd__leg *leg)
{
	if (!leg->ch)
		return;
	rd__dial_publish_end(dial, leg->ch, "FORWARD");
	rd__leg_let_go(dial, leg, RD_CAUSE_NORMAL);
}

static void forward(struct rd__dial *dial, struct rd__leg *leg, struct rd__forwards *forwards)
{
	rd_list_push(&dial->forwards, &forwards->link);
	rd_strcpy(dial->result->forwarder, sizeof(dial->result->forwarder),
		  leg->ch ? rd_channel_name(leg->ch) : leg->dialled);
	end_leg(dial, leg);
}

void rd__leg_forward(struct rd__dial *dial, struct rd__leg *leg,
		     const struct rd_signal *signal)
{
	struct rd_channel *from = leg->ch;
	struct rd__forwards *forwards;

	if (!rd__leg_may_forward(dial, leg)) {
		rd_verbose("%s: %s: it forwards, which is refused", rd__dial_caller_name(dial),
			   rd_channel_name(from));
		rd__leg_fail(dial, leg, RD_CAUSE_BUSY);
		return;
	}
	forwards = forwards_new(leg, diversion_by_leg(from), forward_context(dial, from));
	if (!forwards) {
		rd__leg_fail(dial, leg, RD_CAUSE_SWITCH_CONGESTION);
		return;
	}
	read_targets(forwards, from, signal);
	if (!forwards->count) {
		forwards_free(forwards);
		rd__leg_fail(dial, leg, RD_CAUSE_BUSY);
		return;
	}
	forward(dial, leg, forwards);
}

/* ---- what the owner of a device has decided ---- */

static const char *const reasons[RD_FORWARDS] = {
	[RD_FORWARD_ALWAYS] = "cfu",
	[RD_FORWARD_BUSY] = "cfb",
	[RD_FORWARD_NO_ANSWER] = "cfnr",
	[RD_FORWARD_UNREACHABLE] = "unavailable",
};

/* "1001" of "SIP/1001/device". */
static void owner_of(const char *dialled, char *buf, size_t size)
{
	const char *resource = strchr(dialled, '/') + 1;

	rd_strcpyn(buf, size, (struct rd_str){ resource, strcspn(resource, "/") });
}

static struct rd__diversion *diversion_by_owner(const char *dialled, enum rd_forward when,
						const struct rd_device_facts *facts)
{
	char owner[80];
	const struct rd_diversion by = {
		.who = { .name = *facts->name ? facts->name : NULL,
			 .number = *facts->number ? facts->number : owner },
		.reason = reasons[when],
		.count = 1,
	};

	owner_of(dialled, owner, sizeof(owner));
	return rd__diversion_new(&by);
}

/* Where the phone's own numbers are; else where the call comes from. */
static const char *context_of(const struct rd__dial *dial, const struct rd_device_facts *facts)
{
	const struct rd_channel *caller = rd__dial_whose(dial);
	const char *named = dial->options->forward_context;

	if (named && *named)
		return named;
	return *facts->context || !caller ? facts->context : rd_channel_context(caller);
}

/* Two devices of one phone are forwarded once. */
static bool has_forwarded(const struct rd__dial *dial, const char *owner)
{
	rd_list_foreach(node, tmp, &dial->forwards) {
		const struct rd__forwards *it = rd_list_entry(node, struct rd__forwards, link);

		if (strcmp(it->owner, owner) == 0)
			return true;
	}
	return false;
}

bool rd__leg_forward_to(struct rd__dial *dial, struct rd__leg *leg, const char *to,
			enum rd_forward when)
{
	struct rd_device_facts facts;
	struct rd__forwards *forwards;
	char owner[80];

	owner_of(leg->dialled, owner, sizeof(owner));
	if (!rd__leg_may_forward(dial, leg))
		return false;
	if (has_forwarded(dial, owner)) {
		end_leg(dial, leg);
		rd__dial_lost(dial, leg->target, RD_DIAL_CANCEL);
		return true;
	}
	rd_device_facts(leg->dialled, &facts);
	forwards = forwards_new(leg, diversion_by_owner(leg->dialled, when, &facts),
				context_of(dial, &facts));
	if (!forwards)
		return false;
	rd_strcpy(forwards->owner, sizeof(forwards->owner), owner);
	forwards->self = rd_strdup(owner);
	add_target(forwards, 0, to);
	if (!forwards->count) {
		forwards_free(forwards);
		return false;
	}
	rd_verbose("%s: %s: forwarded (%s) to %s", rd__dial_caller_name(dial), leg->dialled,
		   reasons[when], to);
	forward(dial, leg, forwards);
	return true;
}

/* ---- calling them ---- */

static int call_leg(struct rd__dial *dial, struct rd__forwards *forwards, const char *text)
{
	struct rd__leg *leg = rd__leg_new(dial, rd_str_of(text));
	int rc;

	if (!leg)
		return -ENOMEM;
	rd_verbose("%s: forwarded to %s", rd__dial_caller_name(dial), text);
	leg->forwards = forwards->depth;
	leg->target = forwards->target;
	leg->named_by = forwards;
	rc = rd__leg_call(dial, leg);
	if (leg->ch || leg->ended) /* its route may have a next way */
		leg->set = &forwards->set;
	if (leg->ch)
		forwards->set.ringing++;
	return rc == -ECANCELED ? 0 : rc; /* the wait hears of it as well */
}

static void call_target(struct rd__dial *dial, struct rd__forwards *forwards,
			const struct target *target)
{
	char *text = dialled_text(target->text, forwards->context);
	int rc = text ? call_leg(dial, forwards, text) : -ENOMEM;
	int cause;

	rd_free(text);
	if (!rc)
		return;
	rd_notice("%s: forward to %s: %s", rd__dial_caller_name(dial), target->text,
		  rd_strerror(rc));
	cause = rc == -ENOMEM ? RD_CAUSE_SWITCH_CONGESTION : RD_CAUSE_INVALID_NUMBER_FORMAT;
	rd__dial_lost(dial, forwards->target, rd__dial_failed(dial, cause));
}

static void call_next_rank(struct rd__dial *dial, struct rd__forwards *forwards)
{
	int first = forwards->next, rank = forwards->targets[first].rank;

	while (forwards->next < forwards->count &&
	       forwards->targets[forwards->next].rank == rank) {
		if (forwards->next > first)
			dial->target_count++;
		call_target(dial, forwards, &forwards->targets[forwards->next++]);
	}
}

static bool is_pending(const struct rd__forwards *forwards)
{
	return forwards->next < forwards->count;
}

bool rd__forwards_go_on(struct rd__dial *dial)
{
	bool called = false;

	rd_list_foreach(node, tmp, &dial->forwards) {
		struct rd__forwards *forwards = rd_list_entry(node, struct rd__forwards, link);

		if (forwards->set.ringing || !is_pending(forwards) ||
		    (dial->caller && rd_channel_gone(dial->caller)))
			continue;
		call_next_rank(dial, forwards);
		called = true;
	}
	return called;
}

bool rd__forwards_pending(const struct rd__dial *dial, size_t target)
{
	rd_list_foreach(node, tmp, &dial->forwards) {
		const struct rd__forwards *it = rd_list_entry(node, struct rd__forwards, link);

		if (it->target == target && is_pending(it))
			return true;
	}
	return false;
}

void rd__forwards_drop(struct rd__dial *dial, enum rd_dial_status why)
{
	struct rd_list *node;

	while ((node = rd_list_pop(&dial->forwards))) {
		struct rd__forwards *forwards = rd_list_entry(node, struct rd__forwards, link);

		if (is_pending(forwards))
			rd__dial_lost(dial, forwards->target, why);
		forwards_free(forwards);
	}
}
