/* Those who wait to be called back, the first first. While there are any, the states of devices
 * are listened to; in the next turn of the loop it is seen who can be called. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <ringdown/clock.h>
#include <ringdown/log.h>
#include <ringdown/module.h>
#include <ringdown/originate.h>

#include "apps/app_callcompletion/cc.h"

static void listen_if_needed(void);

static int count(const char *caller)
{
	int n = 0;

	rd_list_foreach(node, tmp, &cc_kept->requests)
		n += !caller ||
		     strcasecmp(rd_list_entry(node, struct cc_call, link)->caller, caller) == 0;
	return n;
}

/* It waits no longer: it is in the store still. */
static void let_go(struct cc_call *call)
{
	rd_timer_stop(&call->timer);
	rd_list_remove(&call->link);
	cc_lamp_changed(call);
	rd_free(call);
	listen_if_needed();
}

static void drop(struct cc_call *call)
{
	cc_unkeep(call);
	let_go(call);
}

static void expired(void *arg)
{
	struct cc_call *call = arg;

	rd_verbose("call completion %d: %s: its time is over", call->id, call->caller);
	drop(call);
}

/* ---- calling back ---- */

static void join_targets(const struct cc_call *call, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (int i = 0; i < call->target_count && used < size; i++)
		used += (size_t)snprintf(buf + used, size - used, "%s%s", i ? "&" : "",
					 call->targets[i]);
}

static int call_back(const struct cc_call *call, struct rd_dial_result *result)
{
	char targets[CC_TARGETS_MAX * CC_NAME_MAX], shown[2 * CC_NAME_MAX];
	const struct rd_originate_variable variables[] = {
		{ "CC_INTERFACES", targets },
		{ "CC_CONTEXT", call->context },
		{ "CC_EXTEN", call->exten },
	};
	const struct rd_originate what = {
		.channel = *call->params.dialstring ? call->params.dialstring : call->caller,
		.context = call->context,
		.exten = call->exten,
		.timeout_ms = call->params.recall_s * 1000,
		.caller_id = shown,
		.variables = variables,
		.variable_count = RD_ARRAY_SIZE(variables),
	};
	struct rd_device_facts facts;

	join_targets(call, targets, sizeof(targets));
	rd_device_facts(call->targets[0], &facts);
	snprintf(shown, sizeof(shown), "\"%s\" <%s>", facts.name, call->exten);
	return rd_originate(&what, result);
}

static int recall(void *arg)
{
	struct rd_dial_result result = { .status = RD_DIAL_CONGESTION };
	struct cc_call *call = arg;
	int rc = call_back(call, &result);

	rd_verbose("call completion %d: %s: called back: %s", call->id, call->caller,
		   rc ? rd_strerror(rc) : rd_dial_status_name(result.status));
	drop(call);
	rd_timer_start(&cc_kept->look_soon, 0); /* others may wait for the same one */
	rd_module_release(RD_MODULE_NAME);
	return 0;
}

static void begin_recall(struct cc_call *call)
{
	int rc = rd_fiber_new_detached("call completion", recall, call);

	if (rc) {
		rd_error("call completion %d: %s cannot be called back: %s", call->id, call->caller,
			 rd_strerror(rc));
		drop(call);
		return;
	}
	rd_module_use(RD_MODULE_NAME); /* recall() lies in it */
	rd_timer_stop(&call->timer);
	call->state = CC_RECALLING;
	cc_lamp_changed(call);
}

/* ---- who can be called? ---- */

static bool is_target(const struct cc_call *call, const char *device)
{
	for (int i = 0; i < call->target_count; i++)
		if (strcasecmp(call->targets[i], device) == 0)
			return true;
	return false;
}

/* Somebody else is called back for him. */
static bool is_promised(const char *device)
{
	rd_list_foreach(node, tmp, &cc_kept->requests) {
		const struct cc_call *call = rd_list_entry(node, struct cc_call, link);

		if (call->state == CC_RECALLING && is_target(call, device))
			return true;
	}
	return false;
}

/* "DND:1002", the lamp of res_reach, for "SIP/1002". */
static bool names_lamp(const char *lamp, const char *device)
{
	const char *slash = strchr(device, '/');

	return slash && strncmp(lamp, "DND:", 4) == 0 && strcasecmp(lamp + 4, slash + 1) == 0;
}

static bool wants_peace(const char *device)
{
	char lamp[CC_NAME_MAX + 8];
	const char *slash = strchr(device, '/');

	snprintf(lamp, sizeof(lamp), "DND:%s", slash ? slash + 1 : device);
	return rd_device_state(lamp) == RD_DEVICE_BUSY;
}

static bool can_be_reached(const struct cc_call *call)
{
	if (!call->busy && !call->was_in_use)
		return false;
	for (int i = 0; i < call->target_count; i++)
		if (rd_device_state(call->targets[i]) == RD_DEVICE_NOT_INUSE &&
		    !is_promised(call->targets[i]) && !wants_peace(call->targets[i]))
			return true;
	return false;
}

static void consider(struct cc_call *call)
{
	if (call->state == CC_RECALLING)
		return;
	if (!can_be_reached(call))
		call->state = CC_REQUESTED;
	else if (rd_device_state(call->caller) != RD_DEVICE_NOT_INUSE)
		call->state = CC_CALLER_BUSY;
	else
		begin_recall(call);
}

static void look(void *arg)
{
	(void)arg;
	rd_list_foreach(node, tmp, &cc_kept->requests)
		consider(rd_list_entry(node, struct cc_call, link));
}

static bool is_in_use(int64_t state)
{
	return state == RD_DEVICE_INUSE || state == RD_DEVICE_BUSY || state == RD_DEVICE_ONHOLD ||
	       state == RD_DEVICE_RINGINUSE;
}

static bool concerns(const struct cc_call *call, const char *device)
{
	for (int i = 0; i < call->target_count; i++)
		if (names_lamp(device, call->targets[i]))
			return true;
	return is_target(call, device) || strcasecmp(call->caller, device) == 0;
}

static void state_changed(const struct rd_event *event, void *arg)
{
	(void)arg;
	rd_list_foreach(node, tmp, &cc_kept->requests) {
		struct cc_call *call = rd_list_entry(node, struct cc_call, link);

		if (!concerns(call, event->name))
			continue;
		if (is_target(call, event->name) && is_in_use(event->number) && !call->was_in_use) {
			call->was_in_use = true;
			cc_keep(call);
		}
		rd_timer_start(&cc_kept->look_soon, 0);
	}
}

static const struct rd_subscriber listener = {
	.name = "call completion",
	.types = RD_EVENT_BIT(RD_EVENT_DEVICE_STATE),
	.notify = state_changed,
};

static void listen_if_needed(void)
{
	bool needed = !rd_list_empty(&cc_kept->requests);

	if (needed == (cc_kept->listener != NULL))
		return;
	if (needed && rd_subscribe(&listener)) {
		rd_error("call completion: no memory to hear of devices");
		return;
	}
	if (!needed)
		rd_unsubscribe(cc_kept->listener);
	cc_kept->listener = needed ? &listener : NULL;
}

void cc_listen_on(void)
{
	if (!cc_kept->listener || cc_kept->listener == &listener || rd_subscribe(&listener))
		return;
	rd_unsubscribe(cc_kept->listener);
	cc_kept->listener = &listener;
}

/* ---- asking, and taking it back ---- */

/* The same caller wants the same ones. */
static void drop_like(const struct cc_call *call)
{
	rd_list_foreach(node, tmp, &cc_kept->requests) {
		struct cc_call *it = rd_list_entry(node, struct cc_call, link);

		if (it->state != CC_RECALLING && strcasecmp(it->caller, call->caller) == 0 &&
		    is_target(it, call->targets[0]))
			drop(it);
	}
}

enum { START_MS = 3000 }; /* until other modules, and the phones that they know, are there */

/* From now on it is seen whether it can be done; first in so many milliseconds. */
static void begin(struct cc_call *call, int ms)
{
	int64_t left_s = call->expires - (int64_t)rd_wall();

	if (!cc_kept->look_soon.fire)
		rd_timer_init(&cc_kept->look_soon, look, NULL);
	call->state = CC_REQUESTED;
	rd_list_push(&cc_kept->requests, &call->link);
	rd_timer_init(&call->timer, expired, call);
	rd_timer_start(&call->timer, (int)RD_MIN(RD_MAX(left_s, 1), INT32_MAX / 1000) * 1000);
	listen_if_needed();
	cc_lamp_changed(call);
	rd_timer_start(&cc_kept->look_soon, ms);
}

void cc_resume(struct cc_call *call)
{
	cc_kept->ids = RD_MAX(cc_kept->ids, call->id);
	begin(call, START_MS);
}

const char *cc_request(struct cc_call *call)
{
	int seconds = call->busy ? call->params.ccbs_s : call->params.ccnr_s;

	drop_like(call);
	if (count(NULL) >= cc_max_requests() || count(call->caller) >= call->params.max_agents) {
		rd_free(call);
		return "TOO_MANY_REQUESTS";
	}
	call->id = ++cc_kept->ids;
	call->expires = (int64_t)rd_wall() + seconds;
	cc_keep(call);
	rd_verbose("call completion %d: %s waits for %s", call->id, call->caller, call->exten);
	begin(call, 0);
	return NULL;
}

int cc_cancel(const char *caller)
{
	int n = 0;

	rd_list_foreach(node, tmp, &cc_kept->requests) {
		struct cc_call *call = rd_list_entry(node, struct cc_call, link);

		if (call->state == CC_RECALLING ||
		    (caller && strcasecmp(call->caller, caller) != 0))
			continue;
		drop(call);
		n++;
	}
	return n;
}

const struct cc_call *cc_request_next(const struct cc_call *after)
{
	struct rd_list *next = after ? after->link.next : cc_kept->requests.next;

	return next == &cc_kept->requests ? NULL : rd_list_entry(next, struct cc_call, link);
}

/* None is called back any more: that fiber would hold the module. */
void cc_requests_free(void)
{
	struct rd_list *node = cc_kept->requests.next, *after;

	for (; node != &cc_kept->requests; node = after) {
		struct cc_call *call = rd_list_entry(node, struct cc_call, link);

		after = node->next;
		if (call->state != CC_RECALLING)
			let_go(call);
	}
	if (cc_kept->look_soon.fire)
		rd_timer_stop(&cc_kept->look_soon);
}
