/* Dial(TRUNK/group/number): by which trunk of the group, and by which one next when that
 * fails. What is a failure: silence, no way there, and the refusals of next_on. Before all of
 * them comes where the name servers lead, if the group asks them. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <ringdown/cause.h>
#include <ringdown/fiber.h>
#include <ringdown/log.h>
#include <ringdown/module.h>

#include "modules/sip_trunk/trunk.h"

#define CHOICES_MAX 64 /* of a group that are looked at */
#define SENT_MAX    10 /* that its trunks may name, all together */

struct trunk_route {
	struct rd_route route; /* first: the core's pointer */
	struct rd_list link;
	struct trunk_settings *settings; /* a reference */
	const struct trunk_group *group;
	const struct rd_channel *leg; /* that is called now; NULL: none */
	struct rd_timer silence;
	bool is_there; /* its far end was heard of */
	bool silent;	 /* the leg was ended for it */
	unsigned status; /* that the leg was refused with; 0: by nobody */
	uint64_t tried;	 /* choices, by their place */
	char direct[ENUM_URI]; /* where ENUM leads; "": nowhere */
	bool is_direct; /* the leg is called there */
	const struct trunk_choice *choice; /* by which the leg is called; NULL: by none */
	char *sent[SENT_MAX]; /* where choices have sent it (302), "SIP/tel/sip:4711@host" */
	int sent_count, sent_next;
	bool is_sent; /* the leg before has ended with that */
	char number[RD_SIP_NUMBER];
};

static struct rd_list routes = RD_LIST_INIT(routes);

/* A silent one that a leg is about to be made to, in this turn; NULL: none. */
static const char *insisted;

static struct trunk_route *route_of(struct rd_route *route)
{
	return rd_list_entry(route, struct trunk_route, route);
}

/* ---- by which one ---- */

static enum trunk_worth worth_of(const struct trunk_route *route,
				 const struct trunk_choice *choice)
{
	enum trunk_worth worth;

	if (choice->place >= CHOICES_MAX || route->tried & UINT64_C(1) << choice->place)
		return TRUNK_USELESS;
	worth = trunk_worth(choice->name);
	if (worth == TRUNK_USELESS || trunk_has_room(choice->name, route->number))
		return worth;
	/* Of calls for help a full one may have more room than we know of. */
	return trunk_is_emergency(choice->name, route->number) ? RD_MIN(worth, TRUNK_RESTS)
							       : TRUNK_USELESS;
}

/* What decides among those that are worth the same: the greatest is the last. */
static uint64_t price_of(const struct trunk_route *route, const struct trunk_choice *choice)
{
	uint32_t price;

	if (!route->group->least_cost)
		return 0;
	return trunk_price(choice->name, route->number, &price) ? price : UINT64_MAX;
}

/* The first and cheapest of those that are worth most; NULL: none is worth a try. */
static const struct trunk_choice *first_of_best(const struct trunk_route *route)
{
	const struct trunk_choice *best = NULL;
	enum trunk_worth most = TRUNK_USELESS;
	uint64_t least = 0;

	for (const struct trunk_choice *it = route->group->choices; it; it = it->next) {
		enum trunk_worth worth = worth_of(route, it);

		if (worth > most || (best && worth == most && price_of(route, it) < least)) {
			best = it;
			most = worth;
			least = price_of(route, it);
		}
	}
	return best;
}

static bool is_as_good(const struct trunk_route *route, const struct trunk_choice *choice,
		       const struct trunk_choice *best)
{
	return choice->rank == best->rank && worth_of(route, choice) == worth_of(route, best) &&
	       price_of(route, choice) == price_of(route, best);
}

/* Among those of its rank by chance, as their weights are. */
static const struct trunk_choice *choose(const struct trunk_route *route)
{
	const struct trunk_choice *best = first_of_best(route), *chosen = best;
	uint32_t sum = 0, random;

	for (const struct trunk_choice *it = best; it; it = it->next) {
		if (!is_as_good(route, it, best))
			continue;
		sum += (uint32_t)it->weight;
		rd_random(&random, sizeof(random));
		if (random % sum < (uint32_t)it->weight)
			chosen = it;
	}
	return chosen;
}

/* ---- is it a reason to go on? ---- */

static bool is_listed(const struct trunk_group *group, unsigned status)
{
	for (const char *const *it = group->next_on; it && *it; it++)
		if (trunk_status_fits(*it, status))
			return true;
	return false;
}

/* Somebody has been rung there, or the caller has heard them: it is their call. */
static bool stays(const struct trunk_route *route, const struct rd_route_end *before)
{
	return (before->rang || before->progressed) && !route->group->after_ringing;
}

static bool goes_on(const struct trunk_route *route, const struct rd_route_end *before)
{
	if (stays(route, before))
		return false;
	if (route->is_direct)
		return before->cause != RD_CAUSE_BUSY;
	return route->silent || !route->status || is_listed(route->group, route->status);
}

/* ---- the steps ---- */

/* Nobody is fit for it. Those that have no room are told of, others have been. */
static void refuse(const struct trunk_route *route, int *cause)
{
	*cause = RD_CAUSE_CONGESTION;
	for (const struct trunk_choice *it = route->group->choices; it; it = it->next)
		trunk_note_full(it->name, route->number);
}

static int prepare(struct rd_route *it)
{
	struct trunk_route *route = route_of(it);

	if (!trunk_enum_way(route->direct, route->settings, route->group, route->number))
		route->direct[0] = '\0';
	return 0;
}

static int next_choice(struct trunk_route *route, struct rd_buf *target, int *cause)
{
	const struct trunk_choice *choice = choose(route);

	if (!choice) {
		if (!route->tried)
			refuse(route, cause);
		return -ENOENT;
	}
	insisted = worth_of(route, choice) == TRUNK_SILENT ? choice->name : NULL;
	route->tried |= UINT64_C(1) << choice->place;
	route->choice = choice;
	rd_buf_printf(target, "SIP/%s@%s", route->number, choice->name);
	return 0;
}

/* Where its trunk has sent it; what comes of one says nothing of the others. */
static bool next_sent(struct trunk_route *route, struct rd_buf *target)
{
	if (route->sent_next == route->sent_count)
		return false;
	rd_buf_adds(target, route->sent[route->sent_next++]);
	return true;
}

static int next(struct rd_route *it, const struct rd_route_end *before, struct rd_buf *target,
		int *cause)
{
	struct trunk_route *route = route_of(it);
	bool is_sent = route->is_sent, sent;
	int rc = 0;

	route->is_sent = false;
	sent = before && (is_sent || !stays(route, before)) && next_sent(route, target);
	if (before && !sent && !is_sent && !goes_on(route, before))
		return -ENOENT;
	route->is_direct = !before && route->direct[0];
	if (route->is_direct)
		rd_buf_printf(target, "SIP/%s", route->direct);
	else if (!sent)
		rc = next_choice(route, target, cause);
	route->silent = false;
	route->status = 0;
	return rc;
}

static bool was_sent_to(const struct trunk_route *route, const char *target)
{
	for (int i = 0; i < route->sent_count; i++)
		if (strcmp(route->sent[i], target) == 0)
			return true;
	return false;
}

/* "SIP/tel/sip:4711@host", at a host that the trunk of the leg has named. */
static bool is_of_choice(const struct trunk_route *route, const char *target)
{
	size_t n = route->choice ? strlen(route->choice->name) : 0;

	return n && strncmp(target, "SIP/", 4) == 0 &&
	       strncmp(target + 4, route->choice->name, n) == 0 && target[4 + n] == '/';
}

/* Than one that is silent? Who answers no OPTIONS is so, too, and has been for longer. */
static bool has_better(const struct trunk_route *route)
{
	const struct trunk_choice *best = first_of_best(route);

	return route->sent_next < route->sent_count ||
	       (best && worth_of(route, best) > TRUNK_SILENT);
}

static void silent(void *arg)
{
	struct trunk_route *route = arg;

	if (route->leg && !route->is_there && trunk_driver->hurry(route->leg)) {
		rd_timer_start(&route->silence, route->group->silence_ms);
		return;
	}
	if (!route->leg || !has_better(route))
		return;
	route->silent = true;
	rd_hangup((struct rd_channel *)route->leg, RD_CAUSE_NO_USER_RESPONSE);
}

static int called(struct rd_route *it, struct rd_channel *leg)
{
	struct trunk_route *route = route_of(it);

	insisted = NULL;
	route->leg = leg;
	route->is_there = false;
	rd_timer_start(&route->silence, route->group->silence_ms);
	return 0;
}

static void left(struct rd_route *it)
{
	struct trunk_route *route = route_of(it);

	rd_timer_stop(&route->silence);
	route->leg = NULL;
}

static void end(struct rd_route *it)
{
	struct trunk_route *route = route_of(it);

	rd_timer_stop(&route->silence);
	insisted = NULL;
	for (int i = 0; i < route->sent_count; i++)
		rd_free(route->sent[i]);
	rd_list_remove(&route->link);
	trunk_settings_unref(route->settings);
	rd_free(route);
	rd_module_release(RD_MODULE_NAME);
}

/* It is there; whether it rings for ever is for the time-out of Dial(), unless the group
 * says that ringing has its time, too. */
static void note_heard(struct trunk_route *route, bool rings)
{
	if (rings || !route->is_there)
		rd_timer_stop(&route->silence);
	if (!rings && !route->is_there && route->group->progress_ms)
		rd_timer_start(&route->silence, route->group->progress_ms);
	route->is_there = true;
}

/* The driver tells of trunks at once, and in more detail; of others nobody does but the core. */
static void heard(struct rd_route *it, bool rings)
{
	note_heard(route_of(it), rings);
}

static const struct rd_route_steps steps = {
	.prepare = prepare,
	.next = next,
	.called = called,
	.heard = heard,
	.left = left,
	.end = end,
};

/* ---- the beginning ---- */

/* "group/number" */
static const struct trunk_group *read_resource(const struct trunk_settings *settings,
					       const char *resource, struct rd_str *number)
{
	struct rd_str name;
	char text[80];

	*number = rd_str_of(resource);
	if (!rd_str_cut(number, '/', &name) || !rd_strcpyn(text, sizeof(text), name))
		return NULL;
	return trunk_group_find(settings, text);
}

/* Nothing in it leads elsewhere: "4711@elsewhere.example". */
static bool is_number(struct rd_str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!isalnum((unsigned char)text.p[i]) && !strchr("+*#.-_", text.p[i]))
			return false;
	return text.n && text.n < RD_SIP_NUMBER;
}

static struct trunk_route *route_new(const struct trunk_group *group, struct rd_str number)
{
	struct trunk_route *route = rd_zalloc(sizeof(*route));

	if (!route)
		return NULL;
	route->route.steps = &steps;
	route->settings = trunk_settings_ref(trunks_in_force);
	route->group = group;
	rd_strcpyn(route->number, sizeof(route->number), number);
	rd_timer_init(&route->silence, silent, route);
	rd_list_push(&routes, &route->link);
	rd_module_use(RD_MODULE_NAME);
	return route;
}

static int begin(const struct rd_call_request *request, struct rd_route **rp, int *cause)
{
	const struct trunk_group *group;
	struct trunk_route *route;
	struct rd_str number;

	group = trunks_in_force ? read_resource(trunks_in_force, request->resource, &number)
				: NULL;
	if (!group || !is_number(number)) {
		rd_warning("trunk: cannot call \"%s\": %s", request->resource,
			   group ? "that is no number"
				 : "there is no such group or trunk in " TRUNKS_CONF);
		*cause = group ? RD_CAUSE_INVALID_NUMBER_FORMAT : RD_CAUSE_NO_ROUTE_DESTINATION;
		return -EINVAL;
	}
	route = route_new(group, number);
	if (!route) {
		*cause = RD_CAUSE_SWITCH_CONGESTION;
		return -ENOMEM;
	}
	*rp = &route->route;
	return 0;
}

/* ---- what the driver tells of legs ---- */

static struct trunk_route *find(const struct rd_channel *leg)
{
	rd_list_foreach(node, tmp, &routes) {
		struct trunk_route *route = rd_list_entry(node, struct trunk_route, link);

		if (leg && route->leg == leg)
			return route;
	}
	return NULL;
}

bool trunk_route_insists(const char *name)
{
	return insisted && strcmp(insisted, name) == 0;
}

bool trunk_route_is_direct(const struct rd_channel *leg)
{
	const struct trunk_route *route = find(leg);

	return route && route->is_direct;
}

/* Whoever owns a number that ENUM has found sends us nowhere. A number of ours is for the
 * dialplan. */
bool trunk_route_sent_on(const struct rd_channel *leg, const char *const *targets, int count)
{
	struct trunk_route *route = find(leg);

	if (!route || (!count && !route->is_direct))
		return false;
	for (int i = 0; !route->is_direct && i < count; i++)
		if (!is_of_choice(route, targets[i]))
			return false;
	route->is_sent = true;
	for (int i = 0; !route->is_direct && i < count && route->sent_count < SENT_MAX; i++) {
		char *copy = was_sent_to(route, targets[i]) ? NULL : rd_strdup(targets[i]);

		if (copy)
			route->sent[route->sent_count++] = copy;
	}
	return true;
}

void trunk_route_heard(const struct rd_channel *leg, bool rings)
{
	struct trunk_route *route = find(leg);

	if (route)
		note_heard(route, rings);
}

void trunk_route_refused(const struct rd_channel *leg, unsigned status)
{
	struct trunk_route *route = find(leg);

	if (route)
		route->status = status;
}

/* ---- the technology ---- */

static int device_state(const char *resource)
{
	const struct trunk_group *group =
		trunks_in_force ? trunk_group_find(trunks_in_force, resource) : NULL;
	const struct trunk_choice *choice = group ? group->choices : NULL;

	while (choice && trunk_worth(choice->name) < TRUNK_RESTS)
		choice = choice->next;
	if (!group)
		return RD_DEVICE_INVALID;
	return choice ? RD_DEVICE_NOT_INUSE : RD_DEVICE_UNAVAILABLE;
}

static const char *fault(const char *resource, char *buf, size_t size)
{
	const struct trunk_settings *coming = rd_config_coming(RD_MODULE_NAME);
	const struct trunk_settings *settings = coming ? coming : trunks_in_force;
	struct rd_str number;

	if (!settings || read_resource(settings, resource, &number))
		return NULL;
	snprintf(buf, size, "there is no group or trunk in %s for \"%s\"", TRUNKS_CONF, resource);
	return buf;
}

const struct rd_tech trunk_techs[] = {
	{ .name = "TRUNK",
	  .synopsis = "Calls by the trunks of a group, one after the other",
	  .route = begin,
	  .check = fault,
	  .device_state = device_state },
	{ 0 },
};
