/* SUBSCRIBE, as the notifier sees it (RFC 6665 §4.2.1): refused, or a new watch,
 * or more time for one that there is. */
#include <ringdown/log.h>

#include "channels/sip/endpoint/aim.h"
#include "channels/sip/endpoint/admit.h"
#include "channels/sip/endpoint/gruu.h"
#include "channels/sip/extension.h"
#include "channels/sip/our_headers.h"
#include "channels/sip/event/list.h"

#define NAME_MAX_BYTES 128
#define HOUR_S	       3600u

/* One SUBSCRIBE taken apart. */
struct wish {
	struct sip_server *server;
	const struct sip_msg *msg;
	const struct sip_endpoint *endpoint;
	struct sip_package *package;
	const struct sip_list *list; /* that the resource is; NULL: none */
	struct rd_str event, id, resource, entity;
	struct rd_str subject; /* absent: as entity says */
	const char *type;
	uint32_t expires_s;
	char resource_text[NAME_MAX_BYTES], entity_text[2 * NAME_MAX_BYTES];
};

static struct sip_out *begin(const struct wish *wish, unsigned status, const char *reason)
{
	struct sip_out *out = sip_reply_begin(wish->server, status, rd_str_of(reason));

	sip_print_agent(out, true);
	return out;
}

static void refuse(const struct wish *wish, unsigned status, const char *reason)
{
	struct sip_out *out = begin(wish, status, reason);

	sip_print_refusal(out, status, wish->package && sip_package_is_away(wish->package));
	if (status == 421)
		sip_out_header(out, SIP_H_REQUIRE, RD_STR("eventlist"));
	sip_reply_send(wish->server, out);
}

static void agree(const struct wish *wish, const struct sip_watch *watch)
{
	struct sip_out *out = begin(wish, 200, NULL);

	sip_print_contact(out, sip_server_flow(wish->server));
	sip_out_header_number(out, SIP_H_EXPIRES, wish->expires_s);
	if (watch->is_list)
		sip_out_header(out, SIP_H_REQUIRE, RD_STR("eventlist"));
	sip_reply_send(wish->server, out);
}

/* ---- reading ---- */

static unsigned read_expires(struct wish *wish, const struct rd_sip_package *ops)
{
	uint32_t least = (uint32_t)sip.settings->sub_min_expiry_ms / 1000;
	uint32_t most = (uint32_t)sip.settings->sub_max_expiry_ms / 1000;
	int rc = sip_msg_number(wish->msg, SIP_H_EXPIRES, &wish->expires_s);

	if (rc == -ENOENT)
		wish->expires_s = ops->expires_s ? (uint32_t)ops->expires_s : HOUR_S;
	else if (rc == -ERANGE)
		wish->expires_s = most;
	else if (rc)
		return 400;
	/* An hour is never too short (§4.2.1.1): the setting goes no higher. */
	if (wish->expires_s && wish->expires_s < least)
		return 423;
	wish->expires_s = RD_MIN(wish->expires_s, most);
	return 0;
}

static bool accepts(const struct sip_msg *msg, const char *type)
{
	struct sip_walk walk = { .msg = msg, .id = SIP_H_ACCEPT };
	struct rd_str rest = rd_str_of(type), wanted, major, entry;

	rd_str_cut(&rest, ';', &wanted);
	rest = wanted;
	rd_str_cut(&rest, '/', &major);
	while (sip_walk_token(&walk, &entry)) {
		struct rd_str range, wild = { 0 };

		rd_str_cut(&entry, ';', &range);
		range = rd_str_trim(range);
		if (rd_str_ieq(range, wanted) || rd_str_eq(range, RD_STR("*/*")))
			return true;
		rest = range;
		rd_str_cut(&rest, '/', &wild);
		if (rd_str_eq(rest, RD_STR("*")) && rd_str_ieq(wild, major))
			return true;
	}
	return false;
}

/* The type that we like best of those that the subscriber can read. */
static unsigned read_accept(struct wish *wish)
{
	const char *const *types = wish->package->ops->types;

	wish->type = types[0];
	if (!sip_msg_header(wish->msg, SIP_H_ACCEPT))
		return 0;
	for (; *types; types++) {
		wish->type = *types;
		if (accepts(wish->msg, *types))
			return 0;
	}
	return 406;
}

static struct rd_str unescaped(char *buf, size_t size, struct rd_str user)
{
	ssize_t n = sip_unescape(buf, size, user);

	return n < 0 ? (struct rd_str){ 0 } : (struct rd_str){ buf, (size_t)n };
}

/* Of a section's name what one dials. */
static struct rd_str number_of(struct rd_str name)
{
	struct rd_str number;

	rd_str_cut(&name, '@', &number);
	return number;
}

/* What is watched: the user that the request asks for, or whose GRUU it is; a phone that
 * asks the house itself means its own. */
static unsigned read_resource(struct wish *wish)
{
	struct sip_uri uri = wish->msg->target;
	struct sip_gruu gruu;
	struct sip_out out;

	if (sip_gruu_find(sip.location, &uri, &gruu) == 0)
		wish->subject = rd_str_of(gruu.aor->name);
	else if (!uri.user.n)
		wish->subject = rd_str_of(wish->endpoint->name);
	wish->resource = wish->subject.n ? number_of(wish->subject)
					 : unescaped(wish->resource_text,
						     sizeof(wish->resource_text), uri.user);
	if (!uri.user.n)
		uri.user = wish->resource;
	uri.password = uri.params = uri.headers = (struct rd_str){ 0 };
	sip_out_init(&out, wish->entity_text, sizeof(wish->entity_text));
	sip_out_uri(&out, &uri);
	wish->entity = sip_out_text(&out);
	return out.overflow || !wish->resource.n ? 404 : 0;
}

static unsigned read_event(struct wish *wish)
{
	struct rd_str value = sip_msg_value(wish->msg, SIP_H_EVENT);

	if (sip_event_parse(value, &wish->event, &wish->id))
		return value.n ? 400 : 489;
	wish->package = sip_package_find(wish->event);
	return 0;
}

/* Only a REFER makes a subscription to itself (RFC 3515 §2.4.4). */
static bool is_refer(const struct wish *wish)
{
	return rd_str_eq(wish->event, RD_STR("refer"));
}

/* A list is for those who can read its documents (RFC 4662 §4.1). */
static unsigned read_list(struct wish *wish)
{
	char name[NAME_MAX_BYTES];

	if (!rd_strcpyn(name, sizeof(name), wish->resource))
		return 404;
	wish->list = sip_list_find(name, wish->package->ops->name);
	return !wish->list || sip_extension_offered(wish->msg, RD_STR("eventlist")) ? 0 : 421;
}

static unsigned check(struct wish *wish)
{
	unsigned status = read_event(wish);

	if (!status && !wish->package)
		status = is_refer(wish) ? 403 : 489;
	if (!status && sip_package_is_away(wish->package))
		status = 500;
	if (!status && !wish->endpoint->allow_subscribe)
		status = 403;
	if (!status)
		status = read_expires(wish, wish->package->ops);
	if (!status)
		status = read_accept(wish);
	if (!status)
		status = read_resource(wish);
	return status ? status : read_list(wish);
}

/* ---- a new watch ---- */

static int new_dialog(const struct wish *wish, struct sip_dialog **dp)
{
	int rc = sip_dialog_new_uas(dp, sip.dialogs, wish->msg, sip_server_flow(wish->server),
				    sip_server_tag(wish->server));

	if (rc)
		return rc;
	(*dp)->state = SIP_DIALOG_CONFIRMED;
	sip_dialog_set_aim(*dp, sip_endpoint_aim(wish->endpoint));
	return 0;
}

static struct rd_str params_of_event(const struct wish *wish)
{
	struct rd_str params = sip_msg_value(wish->msg, SIP_H_EVENT), name;

	rd_str_cut(&params, ';', &name);
	return params;
}

static int new_watch(const struct wish *wish, struct sip_watch **wp)
{
	const struct sip_endpoint *endpoint = wish->endpoint;
	struct sip_watch_params params = {
		.ops = wish->package->ops,
		.package = wish->package,
		.resource = wish->resource,
		.subject = wish->subject,
		.context = rd_str_of(endpoint->subscribe_context ? endpoint->subscribe_context
								 : endpoint->context),
		.phone = rd_str_of(endpoint->name),
		.entity = wish->entity,
		.id = wish->id,
		.event_params = params_of_event(wish),
		.type = wish->type,
		.expires_s = wish->expires_s,
		.partial = endpoint->notify_partial,
	};
	int rc = new_dialog(wish, &params.dialog);

	if (rc)
		return rc;
	rc = sip_watch_new(wp, &params);
	if (rc)
		sip_dialog_free(params.dialog);
	return rc;
}

static bool too_many(const struct sip_endpoint *endpoint)
{
	return sip_watches_of_phone(endpoint->name) >= (unsigned)endpoint->max_subscriptions;
}

/* A NOTIFY follows each 200, before anything else happens. */
static void tell(struct sip_watch *watch, const struct wish *wish)
{
	if (wish->expires_s)
		sip_notify_now(watch);
	else
		sip_watch_end(watch, RD_SIP_END_TIMEOUT, 0);
}

static unsigned open_watch(const struct wish *wish, struct sip_watch *watch)
{
	if (!wish->list)
		return sip_watch_open(watch);
	return sip_list_open(watch, wish->list) ? 500 : 0;
}

static void subscribe(const struct wish *wish)
{
	struct sip_watch *watch;
	unsigned status;
	int rc = new_watch(wish, &watch);

	if (rc) {
		refuse(wish, rc == -EINVAL ? 400 : 500, NULL);
		return;
	}
	status = open_watch(wish, watch);
	if (status) {
		sip_watch_free(watch);
		refuse(wish, status, NULL);
		return;
	}
	rd_verbose("sip/%s: is told about %s %s for %u s", watch->pub.phone,
		   watch->pub.package->name, watch->pub.resource, (unsigned)wish->expires_s);
	agree(wish, watch);
	sip_watch_store(watch);
	tell(watch, wish);
}

void sip_subscribe_received(struct sip_server *server, const struct sip_msg *msg)
{
	struct wish wish = { .server = server, .msg = msg };
	unsigned status;

	wish.endpoint = sip_admit(server, msg);
	if (!wish.endpoint)
		return;
	status = sip_dialog_merged(sip.dialogs, msg) ? 482 : check(&wish);
	if (status)
		refuse(&wish, status, NULL);
	else if (too_many(wish.endpoint))
		refuse(&wish, 403, "Too many subscriptions");
	else
		subscribe(&wish);
}

/* ---- more time, or less ---- */

/* The first REFER of a dialog needs no id, but its CSeq names it, too (RFC 3515 §2.4.6). */
static bool is_named(const struct sip_watch *watch, struct rd_str id)
{
	uint64_t cseq;

	if (!id.n)
		return !*watch->pub.id || watch->is_implicit;
	return rd_str_eq(rd_str_of(watch->pub.id), id) ||
	       (watch->refer_cseq && rd_str_to_u64(id, UINT32_MAX, &cseq) == 0 &&
		cseq == watch->refer_cseq);
}

/* Of this event and id; one that has ended, and has not been told all yet, where no other is. */
static struct sip_watch *find_watch(const struct sip_dialog *dialog, const struct wish *wish)
{
	const struct rd_list *usages = &dialog->usages[SIP_USAGE_NOTIFIER];
	struct sip_watch *found = NULL;

	rd_list_foreach(node, tmp, usages) {
		struct sip_watch *watch = rd_list_entry(node, struct sip_watch, usage);

		if (!rd_str_eq(rd_str_of(watch->pub.package->name), wish->event) ||
		    !is_named(watch, wish->id))
			continue;
		if (watch->state != SIP_WATCH_ENDED)
			return watch;
		found = watch;
	}
	return found;
}

/* A second subscription in a dialog confuses both sides (RFC 6665 §4.5.1); who comes back to
 * one that has ended subscribes anew (§4.1.2.3). */
static unsigned status_without_watch(const struct wish *wish, const struct sip_watch *ended)
{
	if (ended)
		return 481;
	return wish->package || is_refer(wish) ? 403 : 489;
}

void sip_subscribe_in_dialog(struct sip_dialog *dialog, struct sip_server *server,
			     const struct sip_msg *msg)
{
	struct wish wish = { .server = server, .msg = msg };
	struct sip_watch *watch = NULL;
	unsigned status = read_event(&wish);

	if (!status) {
		watch = find_watch(dialog, &wish);
		status = watch && watch->state != SIP_WATCH_ENDED
				 ? read_expires(&wish, watch->pub.package)
				 : status_without_watch(&wish, watch);
	}
	if (status) {
		refuse(&wish, status, NULL);
		return;
	}
	sip_dialog_refresh(dialog, msg);
	if (wish.expires_s)
		sip_watch_set_expires(watch, wish.expires_s);
	agree(&wish, watch);
	sip_watch_store(watch);
	tell(watch, &wish);
}
