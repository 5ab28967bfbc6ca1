/* Calls that failed: noticed on the bus while a caller's channel lives, offered for a while after
 * its end to the phone that made them. Only phones of the house take part: whose state is known,
 * and who can be called back. */
#include <string.h>
#include <strings.h>

#include <ringdown/channel.h>
#include <ringdown/module.h>

#include "apps/app_callcompletion/cc.h"

static void over(void *arg)
{
	struct cc_call *call = arg;

	rd_list_remove(&call->link);
	rd_free(call);
}

/* The channel has gone. */
static void offer(void *data)
{
	struct cc_call *call = data;

	if (!call->target_count || call->answered) {
		rd_free(call);
		return;
	}
	call->state = CC_OFFERED;
	rd_list_push(&cc_kept->offers, &call->link);
	rd_timer_init(&call->timer, over, call);
	rd_timer_start(&call->timer, call->params.offer_s * 1000);
}

/* ---- what the bus tells ---- */

static bool is_phone(const struct rd_channel *ch, struct rd_device_facts *facts)
{
	const char *number = rd_channel_party(ch, RD_PARTY_CALLER)->number;

	return rd_device_facts(rd_channel_device(ch), facts) == 0 && number &&
	       strcmp(number, facts->number) == 0;
}

/* Who is called back dials what he dialled before. */
static bool name_place(struct cc_call *call, const struct rd_channel *caller,
		       const struct rd_device_facts *facts)
{
	const char *exten = rd_var_get(caller, "CC_EXTEN");
	const char *context = rd_var_get(caller, "CC_CONTEXT");

	return rd_strcpy(call->exten, CC_NAME_MAX, exten ? exten : rd_channel_dialled(caller)) &&
	       *call->exten &&
	       rd_strcpy(call->context, CC_NAME_MAX, context ? context : facts->context);
}

/* NULL: nobody would be called back. */
static struct cc_call *call_of(struct rd_channel *caller)
{
	const struct cc_params *params = cc_params_of(caller);
	struct cc_call *call = rd_channel_attached(caller, &cc_kept->call_key);
	struct rd_device_facts facts;

	if (call || params->no_agent || rd_device_facts(rd_channel_device(caller), &facts) != 0)
		return call;
	call = rd_zalloc(sizeof(*call));
	if (!call)
		return NULL;
	rd_list_init(&call->link);
	if (!rd_strcpy(call->caller, CC_NAME_MAX, rd_channel_device(caller)) ||
	    !name_place(call, caller, &facts) ||
	    rd_channel_attach(caller, &cc_kept->call_key, call, offer)) {
		rd_free(call);
		return NULL;
	}
	call->params = *params;
	return call;
}

static void add_target(struct cc_call *call, const char *device)
{
	if (call->target_count == RD_MIN(call->params.max_monitors, CC_TARGETS_MAX))
		return;
	for (int i = 0; i < call->target_count; i++)
		if (strcasecmp(call->targets[i], device) == 0)
			return;
	if (rd_strcpy(call->targets[call->target_count], CC_NAME_MAX, device))
		call->target_count++;
}

static void failed(struct rd_channel *caller, const char *device, bool busy)
{
	struct cc_call *call = cc_params_of(caller)->no_monitor ? NULL : call_of(caller);

	if (!call)
		return;
	call->busy |= busy;
	add_target(call, device);
}

static void answered(struct rd_channel *caller)
{
	struct cc_call *call = rd_channel_attached(caller, &cc_kept->call_key);

	if (call)
		call->answered = true;
}

/* "SIP/1001" of "SIP/1001/device". */
static void spared(struct rd_channel *caller, const char *dialled)
{
	const char *slash = strchr(dialled, '/');
	size_t n = slash ? (size_t)(slash + 1 - dialled) + strcspn(slash + 1, "/") : 0;
	struct rd_device_facts facts;
	char device[CC_NAME_MAX];

	if (n && rd_strcpyn(device, sizeof(device), (struct rd_str){ dialled, n }) &&
	    rd_device_facts(device, &facts) == 0)
		failed(caller, device, true);
}

static void dial_ended(const struct rd_event *event, void *arg)
{
	/* The bus only shows it, but what we keep goes with it. */
	struct rd_channel *caller = (struct rd_channel *)event->channel;
	bool busy = strcmp(event->text, "BUSY") == 0;
	struct rd_device_facts facts;

	(void)arg;
	if (!caller)
		return;
	if (event->type == RD_EVENT_DIAL_SPARED) {
		spared(caller, event->name);
		return;
	}
	if (strcmp(event->text, "ANSWER") == 0) {
		answered(caller);
		return;
	}
	if ((!busy && strcmp(event->text, "NOANSWER") != 0 && strcmp(event->text, "CANCEL") != 0) ||
	    !is_phone(event->peer, &facts))
		return;
	failed(caller, rd_channel_device(event->peer), busy);
}

const struct rd_subscriber cc_subscribers[] = {
	{ .name = "call completion",
	  .types = RD_EVENT_BIT(RD_EVENT_DIAL_END) | RD_EVENT_BIT(RD_EVENT_DIAL_SPARED),
	  .notify = dial_ended },
	{ 0 },
};

/* ---- for who asks ---- */

static struct cc_call *take_own(struct rd_channel *ch)
{
	struct cc_call *call = rd_channel_attached(ch, &cc_kept->call_key), *copy;

	if (!call || !call->target_count || call->answered)
		return NULL;
	copy = rd_zalloc(sizeof(*copy));
	if (!copy)
		return NULL;
	*copy = *call;
	rd_list_init(&copy->link);
	call->target_count = 0;
	return copy;
}

static struct cc_call *take_last(const char *device)
{
	struct cc_call *last = NULL;

	rd_list_foreach(node, tmp, &cc_kept->offers) {
		struct cc_call *call = rd_list_entry(node, struct cc_call, link);

		if (strcasecmp(call->caller, device) == 0)
			last = call;
	}
	if (last) {
		rd_timer_stop(&last->timer);
		rd_list_remove(&last->link);
	}
	return last;
}

struct cc_call *cc_offer_take(struct rd_channel *ch)
{
	struct cc_call *own = take_own(ch);

	return own ? own : take_last(rd_channel_device(ch));
}

void cc_offers_free(void)
{
	struct rd_list *node;

	while ((node = rd_list_pop(&cc_kept->offers))) {
		struct cc_call *call = rd_list_entry(node, struct cc_call, link);

		rd_timer_stop(&call->timer);
		rd_free(call);
	}
}
