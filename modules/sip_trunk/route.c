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

#include "modules/sip_trunk/route.h"

static struct rd_list routes = RD_LIST_INIT(routes);

/* A silent one that a leg is about to be made to, in this turn; NULL: none. */
static const char *insisted;

static struct trunk_route *route_of(struct rd_route *route)
{
	return rd_list_entry(route, struct trunk_route, route);
}

/* ---- is it a reason to go on? ---- */

static bool is_listed(const struct trunk_group *group, unsigned status)
{
	for (const char *const *it = group->next_on; it && *it; it++)
		if (trunk_status_fits(*it, status))
			return true;
	return false;
}

/* Somebody has been rung there, or the caller has heard them: it is their call. Of one that is
 * there no more nobody is rung either. */
static bool stays(const struct trunk_route *route, const struct rd_route_end *before)
{
	bool rings = before->rang && !route->gone && (route->rings || !route->is_renewed);

	return (rings || before->progressed) && !route->group->after_ringing;
}

/* By its far end, of its own accord. */
static bool is_refused(const struct trunk_route *route)
{
	return !route->left && !route->gone && route->status;
}

static bool goes_on(const struct trunk_route *route, const struct rd_route_end *before)
{
	if (stays(route, before))
		return false;
	if (route->is_direct)
		return before->cause != RD_CAUSE_BUSY;
	return !is_refused(route) || is_listed(route->group, route->status);
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
	const struct trunk_choice *choice = trunk_route_choose(route);

	if (!choice) {
		if (!route->tried)
			refuse(route, cause);
		return -ENOENT;
	}
	insisted = trunk_worth(choice->name) <= TRUNK_SILENT ? choice->name : NULL;
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
	if (before && !is_sent && !route->is_direct && !is_refused(route))
		trunk_route_lapse(route);
	route->is_direct = !before && route->direct[0];
	route->is_elsewhere = sent;
	if (route->is_direct)
		rd_buf_printf(target, "SIP/%s", route->direct);
	else if (!sent)
		rc = next_choice(route, target, cause);
	route->left = route->gone = false;
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

static int called(struct rd_route *it, struct rd_channel *leg)
{
	struct trunk_route *route = route_of(it);

	insisted = NULL;
	trunk_route_watch(route, leg);
	return route->is_direct ? trunk_enum_tell(leg, route->settings, route->group) : 0;
}

static void left(struct rd_route *it)
{
	trunk_route_unwatch(route_of(it));
}

static void end(struct rd_route *it)
{
	struct trunk_route *route = route_of(it);

	trunk_route_unwatch(route);
	insisted = NULL;
	for (int i = 0; i < route->sent_count; i++)
		rd_free(route->sent[i]);
	rd_list_remove(&route->link);
	trunk_settings_unref(route->settings);
	rd_free(route);
	rd_module_release(RD_MODULE_NAME);
}

/* The driver tells of trunks at once, and in more detail; of others nobody does but the core. */
static void heard(struct rd_route *it, bool rings)
{
	trunk_route_note(route_of(it), rings);
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

/* "group/number", or "group" of a lamp */
static bool read_name(const char *resource, char name[TRUNK_NAME])
{
	struct rd_str head = { resource, strcspn(resource, "/") };

	return rd_strcpyn(name, TRUNK_NAME, head);
}

/* "group/number" */
static bool read_resource(const char *resource, char name[TRUNK_NAME], struct rd_str *number)
{
	struct rd_str head;

	*number = rd_str_of(resource);
	return rd_str_cut(number, '/', &head) && rd_strcpyn(name, TRUNK_NAME, head);
}

static bool is_peer(const char *name)
{
	struct rd_sip_peer peer;

	return trunk_driver && trunk_driver->peer(name, &peer);
}

/* Nothing in it leads elsewhere: "4711@elsewhere.example". */
static bool is_number(struct rd_str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!isalnum((unsigned char)text.p[i]) && !strchr("+*#.-_", text.p[i]))
			return false;
	return text.n && text.n < RD_SIP_NUMBER;
}

/* A peer of another file is a group of its own, as a trunk is. */
static const struct trunk_group *own_group(struct trunk_route *route, const char *name)
{
	rd_strcpy(route->own_name, sizeof(route->own_name), name);
	route->own_choice = (struct trunk_choice){ .name = route->own_name, .weight = 1 };
	route->own = *trunks_in_force->usual;
	route->own.name = route->own_name;
	route->own.choices = &route->own_choice;
	return &route->own;
}

/* group NULL: it is a peer. */
static struct trunk_route *route_new(const struct trunk_group *group, const char *name,
				     struct rd_str number)
{
	struct trunk_route *route = rd_zalloc(sizeof(*route));

	if (!route)
		return NULL;
	route->route.steps = &steps;
	route->settings = trunk_settings_ref(trunks_in_force);
	route->group = group ? group : own_group(route, name);
	rd_strcpyn(route->number, sizeof(route->number), number);
	trunk_route_leg_init(route);
	rd_list_push(&routes, &route->link);
	rd_module_use(RD_MODULE_NAME);
	return route;
}

static int begin(const struct rd_call_request *request, struct rd_route **rp, int *cause)
{
	const struct trunk_group *group = NULL;
	struct trunk_route *route;
	struct rd_str number;
	char name[TRUNK_NAME];
	bool known = trunks_in_force && read_resource(request->resource, name, &number);

	if (known) {
		group = trunk_group_find(trunks_in_force, name);
		known = group || is_peer(name);
	}
	if (!known || !is_number(number)) {
		rd_warning("trunk: cannot call \"%s\": %s", request->resource,
			   known ? "that is no number" : "there is no such group, trunk or peer");
		*cause = known ? RD_CAUSE_INVALID_NUMBER_FORMAT : RD_CAUSE_NO_ROUTE_DESTINATION;
		return -EINVAL;
	}
	route = route_new(group, name, number);
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

void trunk_route_heard(const struct rd_channel *leg, bool rings, bool sounds)
{
	struct trunk_route *route = find(leg);

	if (!route)
		return;
	route->sounds |= sounds;
	trunk_route_note(route, rings);
}

void trunk_route_gone(const struct rd_channel *leg)
{
	struct trunk_route *route = find(leg);

	if (route)
		trunk_route_lose(route);
}

void trunk_route_moved(const struct rd_channel *leg)
{
	struct trunk_route *route = find(leg);

	if (route)
		trunk_route_renew(route);
}

void trunk_routes_look(const char *name)
{
	rd_list_foreach(node, tmp, &routes) {
		struct trunk_route *route = rd_list_entry(node, struct trunk_route, link);

		if (route->choice && strcmp(route->choice->name, name) == 0)
			trunk_route_look(route);
	}
}

void trunk_route_refused(const struct rd_channel *leg, unsigned status)
{
	struct trunk_route *route = find(leg);

	if (route)
		route->status = status;
}

void trunk_route_unreached(const struct rd_channel *leg)
{
	struct trunk_route *route = find(leg);

	if (route)
		route->gone = true;
}

/* ---- the technology ---- */

static int device_state(const char *resource)
{
	const struct trunk_choice peer = { .name = resource };
	const struct trunk_group *group =
		trunks_in_force ? trunk_group_find(trunks_in_force, resource) : NULL;
	const struct trunk_choice *choice = group ? group->choices : &peer;

	if (!group && !is_peer(resource))
		return RD_DEVICE_INVALID;
	while (choice && trunk_worth(choice->name) < TRUNK_RESTS)
		choice = choice->next;
	return choice ? RD_DEVICE_NOT_INUSE : RD_DEVICE_UNAVAILABLE;
}

enum { GROUPS_MAX = 256 /* of which the nearest is looked for */ };

/* Each trunk is a group, too. */
static const char *nearest_group(const struct trunk_settings *settings, const char *name)
{
	const char *names[GROUPS_MAX + 1];
	size_t n = 0;

	for (const struct trunk_group *it = settings->groups; it && n < GROUPS_MAX; it = it->next)
		names[n++] = it->name;
	names[n] = NULL;
	return rd_str_nearest(name, names);
}

static const char *fault(const char *resource, char *buf, size_t size)
{
	const struct trunk_settings *coming = rd_config_coming(RD_MODULE_NAME);
	const struct trunk_settings *settings = coming ? coming : trunks_in_force;
	const char *near = NULL;
	char name[TRUNK_NAME];

	if (!settings)
		return NULL;
	if (read_name(resource, name)) {
		if (trunk_group_find(settings, name) || trunk_is_peer_next(name))
			return NULL;
		near = nearest_group(settings, name);
	}
	snprintf(buf, size, "there is no group, trunk or peer for \"%s\"%s%s%s", resource,
		 near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
	return buf;
}

const struct rd_tech trunk_techs[] = {
	{ .name = "TRUNK",
	  .synopsis = "Calls by the trunks of a group, one after the other",
	  .route = begin,
	  .check = fault,
	  .check_peer = fault,
	  .device_state = device_state },
	{ 0 },
};
