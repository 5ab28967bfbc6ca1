/* One leg of a dial: made by its technology, shown who calls, called. How it ends is in
 * dial_leg_end.c. */
#include <ringdown/app.h>
#include <ringdown/log.h>

#include "core/call/dial.h"
#include "core/call/features.h"
#include "core/call/join.h"
#include "core/call/transfer.h"

enum {
	HOPS_MAX = 20, /* Local to Dial to Local ... */
};

/* -- who calls, who is called ------------------------------------------------------ */

/* How often the call was sent on, and why. */
static int pass_on_reasons(const struct rd_channel *caller, struct rd_channel *leg)
{
	static const char *const names[] = { "REDIRECTING_REASON", "REDIRECTING_COUNT" };
	int rc = 0;

	for (size_t i = 0; !rc && i < RD_ARRAY_SIZE(names); i++) {
		const char *value = rd_var_get(caller, names[i]);

		if (value)
			rc = rd_var_set(leg, names[i], value);
	}
	return rc;
}

/* NULL: the caller is shown as he is. */
static const struct rd_party *identity_for(const struct rd__dial *dial, const struct rd__leg *leg)
{
	return leg->named_by || !dial->options->forwards_identity ? dial->options->identity : NULL;
}

static int set_identities(struct rd__dial *dial, const struct rd__leg *to)
{
	static const enum rd_party_kind passed_on[] = {
		RD_PARTY_ANI, RD_PARTY_REDIRECTING_FROM, RD_PARTY_REDIRECTING_TO,
		RD_PARTY_REDIRECTING_ORIG
	};
	struct rd_channel *caller = rd__dial_whose(dial), *leg = to->ch;
	const struct rd_party *shown = identity_for(dial, to);
	int rc = 0;

	if (!shown && caller)
		shown = rd_channel_party(caller, RD_PARTY_CALLER);
	if (shown)
		rc = rd_channel_set_party(leg, RD_PARTY_CONNECTED, shown);
	if (!caller)
		return rc;
	for (size_t i = 0; !rc && i < RD_ARRAY_SIZE(passed_on); i++)
		rc = rd_channel_set_party(leg, passed_on[i],
					  rd_channel_party(caller, passed_on[i]));
	if (!rc)
		rc = rd__channel_link_call(leg, caller);
	if (!rc)
		rc = rd_channel_inherit(leg, caller);
	if (!rc)
		rc = pass_on_reasons(caller, leg);
	if (!rc)
		rc = rd__features_inherit(caller, leg);
	if (!rc && !*rd__channel_item(leg, RD__ITEM_PEER_ACCOUNT))
		rc = rd__channel_set_item(leg, RD__ITEM_PEER_ACCOUNT,
					  rd__channel_item(caller, RD__ITEM_ACCOUNT));
	leg->hops = caller->hops + 1;
	return rc;
}

/* -- whom the call has left behind --------------------------------------------------- */

/* Nobody is called a second time (RFC 3261 §8.1.3.4). */
static bool has_sent_on(const struct rd_channel *caller, const char *target)
{
	for (const struct rd__sent_on *it = caller ? caller->sent_on : NULL; it; it = it->before)
		if (rd__tech_same_target(it->target, target))
			return true;
	return false;
}

void rd__leg_settles(const struct rd__dial *dial, struct rd__leg *leg)
{
	leg->ch->sent_on = NULL;
	if (!dial->caller)
		return; /* what an originated leg has is for whom it calls itself */
	/* Of whom they call next all devices are meant. */
	rd_channel_set_called_devices(leg->ch, "");
	rd_channel_set_called_devices(dial->caller, "");
}

void rd__dial_show_party(struct rd__dial *dial, struct rd_channel *leg)
{
	const struct rd_party *party = rd_channel_party(leg, RD_PARTY_CALLER);

	if (dial->caller && (party->number || party->name))
		rd_channel_set_party(dial->caller, RD_PARTY_CONNECTED, party);
}

void rd__dial_tell_party(struct rd__dial *dial, struct rd__leg *leg)
{
	if (!dial->options->no_caller_update)
		rd__dial_show_party(dial, leg->ch);
}

/* -- the beginning of a leg ----------------------------------------------------------- */

/* The caller's codecs, so that the leg may prefer them. */
static void caller_codecs(const struct rd__dial *dial, const struct rd_codec **list)
{
	struct rd_channel *caller = rd__dial_whose(dial);
	struct rd_stream *stream = caller ? rd_channel_stream(caller, RD_MEDIA_AUDIO) : NULL;
	const struct rd_stream_config *config = stream ? rd_stream_config(stream) : NULL;
	int n = 0;

	for (int i = 0; config && i < config->format_count; i++)
		list[n++] = config->formats[i].codec;
	list[n] = NULL;
}

static int request(struct rd__dial *dial, const struct rd_tech *tech, const char *resource,
		   struct rd_channel **chp, int *cause)
{
	struct rd__usage *outer;
	const struct rd_codec *codecs[RD_STREAM_FORMATS + 1];
	struct rd_channel *caller = rd__dial_whose(dial);
	struct rd_call_request what = {
		.resource = resource,
		.caller = caller,
		.context = caller ? rd_channel_context(caller) : NULL,
		.codecs = codecs,
	};
	int rc;

	if (!tech->request) {
		*cause = RD_CAUSE_NO_ROUTE_DESTINATION;
		return -ENOENT;
	}
	caller_codecs(dial, codecs);
	*cause = RD_CAUSE_NONE;
	outer = rd__tech_enter(tech);
	rc = tech->request(&what, chp, cause);
	rd__tech_leave(outer);
	if (rc && !*cause)
		*cause = RD_CAUSE_SUBSCRIBER_ABSENT;
	return rc;
}

void rd__dial_publish_begin(struct rd__dial *dial, struct rd_channel *leg, const char *target)
{
	struct rd_event event = { .type = RD_EVENT_DIAL_BEGIN,
				  .channel = rd__dial_told_caller(dial),
				  .peer = leg,
				  .text = target,
				  .name = dial->by_keys,
				  .number = dial->by_keys || dial->options->as_caller };

	rd_event_publish(&event);
}

/* What it had said to whom it rang for before. */
static void say_again(const struct rd__leg *leg)
{
	if (leg->ch->state == RD_CHANNEL_RINGING)
		rd_channel_post(leg->ch, RD_SIGNAL_RINGING, 0);
	if (leg->sounded)
		rd_channel_post(leg->ch, RD_SIGNAL_PROGRESS, 0);
}

static int call(struct rd__dial *dial, struct rd__leg *leg)
{
	struct rd__usage *outer;
	const struct rd_tech *tech = leg->ch->tech;
	int rc = set_identities(dial, leg);

	if (!rc && leg->named_by && !leg->rang_before)
		rc = rd__forwards_tell(leg->named_by, leg->ch);
	if (!rc && dial->options->before_call && !leg->rang_before)
		rc = dial->options->before_call(leg->ch, dial->options->arg);
	if (!rc && leg->route && leg->route->steps->called)
		rc = leg->route->steps->called(leg->route, leg->ch);
	if (!rc && rd_channel_gone(leg->ch))
		rc = -ECONNRESET;
	if (rc)
		return rc;
	rd__dial_publish_begin(dial, leg->ch, leg->dialled);
	if (leg->rang_before) {
		say_again(leg);
		return 0;
	}
	rd__channel_set_state(leg->ch, RD_CHANNEL_DIALING);
	outer = rd__tech_enter(tech);
	rc = tech->call ? tech->call(leg->ch) : 0;
	rd__tech_leave(outer);
	return rc;
}

/* This leg will not be; Dial goes on with the others. */
static int fail(struct rd__dial *dial, const struct rd__leg *leg, int cause)
{
	rd__dial_lost(dial, leg->target, rd__dial_failed(dial, cause));
	return 0;
}

/* Who makes legs of it, and what of: false (logged): target names nobody. */
static bool split_target(struct rd__dial *dial, const char *target,
			 const struct rd_tech **tech, const char **resource)
{
	const char *slash = strchr(target, '/');
	char name[32];

	if (!slash || !rd_strcpyn(name, sizeof(name),
				  (struct rd_str){ target, (size_t)(slash - target) })) {
		rd_app_error(dial->caller, "\"%s\" is not TECHNOLOGY/RESOURCE", target);
		return false;
	}
	*tech = rd_tech_find(name);
	*resource = slash + 1;
	return true;
}

/* It is ours from now on; a reference is taken. */
static void adopt(struct rd__dial *dial, struct rd_channel *ch)
{
	rd__channel_set_dialler(ch, dial->caller);
	rd_channel_drive(ch);
	rd_channel_set_notify(ch, &dial->changed);
	dial->alive++;
	if (!dial->caller)
		return;
	rd__media_near(ch, dial->caller);
	rd__channel_heard_by(ch, dial->caller);
}

/* Does it ring already, for a call in the place of which this one is? */
static bool claim(struct rd__dial *dial, struct rd__leg *leg)
{
	struct rd__leg *rings = dial->caller ? rd__transfer_claim_leg(dial->caller, leg->dialled)
					     : NULL;

	if (!rings)
		return false;
	leg->ch = rings->ch;
	leg->rang_before = true;
	leg->sounded = rings->sounded;
	rd_free(rings);
	return true;
}

int rd__leg_ring(struct rd__dial *dial, struct rd__leg *leg)
{
	int rc, cause;

	adopt(dial, leg->ch);
	rc = call(dial, leg);
	if (rc) {
		cause = rd_channel_cause(leg->ch);
		rd__leg_end(dial, leg, cause ? cause : RD_CAUSE_SUBSCRIBER_ABSENT);
	}
	if (dial->caller && rd_channel_gone(dial->caller))
		return -ECANCELED;
	return rc == -ECANCELED ? rc : 0;
}

struct rd__leg *rd__leg_new(struct rd__dial *dial, struct rd_str dialled)
{
	struct rd__leg *leg = rd_zalloc(sizeof(*leg) + dialled.n + 1);

	if (!leg)
		return NULL;
	memcpy(leg->dialled, dialled.p, dialled.n);
	rd_list_push(&dial->legs, &leg->link);
	return leg;
}

/* False: target names nobody, or nobody who may be called, and that is counted. */
static bool may_call(struct rd__dial *dial, const struct rd__leg *leg, const struct rd_tech *tech)
{
	const struct rd_channel *whose = rd__dial_whose(dial);
	const char *target = leg->dialled;
	int cause = RD_CAUSE_NONE;

	if (!tech) {
		rd_app_error(dial->caller, "cannot call %s: no such technology is loaded", target);
		cause = RD_CAUSE_BEARER_NOT_IMPLEMENTED;
	} else if (whose && whose->hops >= HOPS_MAX) {
		rd_app_error(dial->caller, "cannot call %s: the call goes in circles", target);
		cause = RD_CAUSE_EXCHANGE_ROUTING_ERROR;
	} else if (has_sent_on(whose, target)) {
		rd_verbose("%s: %s: left out, it has sent this call on",
			   rd__dial_caller_name(dial), target);
		cause = RD_CAUSE_EXCHANGE_ROUTING_ERROR;
	}
	if (cause)
		fail(dial, leg, cause);
	return !cause;
}

int rd__leg_make(struct rd__dial *dial, struct rd__leg *leg, const char *target, int *cause)
{
	const struct rd_tech *tech;
	const char *resource;
	int rc = split_target(dial, target, &tech, &resource) ? 0 : -EINVAL;

	*cause = RD_CAUSE_BEARER_NOT_IMPLEMENTED;
	if (rc == 0)
		rc = tech ? request(dial, tech, resource, &leg->ch, cause) : -ENOENT;
	if (rc)
		leg->ch = NULL;
	else
		rd__channel_ref(leg->ch);
	return rc;
}

int rd__leg_call(struct rd__dial *dial, struct rd__leg *leg)
{
	const struct rd_tech *tech;
	struct rd_reach_wish wish;
	const char *resource;
	int cause;

	if (!split_target(dial, leg->dialled, &tech, &resource))
		return -EINVAL;
	if (!may_call(dial, leg, tech))
		return 0;
	if (claim(dial, leg))
		return rd__leg_ring(dial, leg);
	if (rd__leg_obeys(dial, leg, &wish))
		return 0;
	if (tech->route && !wish.device)
		return rd__route_begin(dial, leg, tech, resource);
	if (rd__leg_make(dial, leg, wish.device ? wish.device : leg->dialled, &cause) == 0)
		return rd__leg_ring(dial, leg);
	rd__leg_end(dial, leg, cause);
	return 0;
}

int rd__leg_start(struct rd__dial *dial, struct rd_str target)
{
	const struct rd__leg none = { .target = dial->started };
	struct rd__leg *leg = rd__leg_new(dial, target);
	int rc;

	if (leg) {
		leg->target = dial->started;
		rc = rd__leg_call(dial, leg);
	} else {
		rd_app_error(dial->caller, "cannot call %.*s: %s", RD_STR_ARG(target),
			     rd_strerror(-ENOMEM));
		rc = fail(dial, &none, RD_CAUSE_SWITCH_CONGESTION);
	}
	dial->started++;
	return rc;
}
