/* What a watch is told: one NOTIFY at a time, the newest state only, and what its
 * answer means (RFC 6665 §4.2.2). */
#include <stdio.h>

#include <ringdown/clock.h>
#include <ringdown/log.h>

#include "channels/sip/endpoint/enrol.h"
#include "channels/sip/endpoint/record.h"
#include "channels/sip/driver.h"
#include "channels/sip/our_headers.h"
#include "channels/sip/event/list.h"

static void notify_answered(struct sip_watch *watch, const struct sip_msg *msg);

/* ---- what comes back ---- */

static void response(void *arg, struct sip_client *client, const struct sip_msg *msg)
{
	struct sip_watch *watch = arg;

	if (msg->status < 200)
		return;
	sip_client_forget(client);
	watch->client = NULL;
	notify_answered(watch, msg);
}

/* The phone connects again, and registers by that connection: 1, 2, 4 s and so on. */
static void wait_for_phone(struct sip_watch *watch)
{
	watch->dirty = watch->full = true;
	rd_timer_start(&watch->notify, 1000 << RD_MIN(watch->tries, 8u));
	watch->tries++;
}

/* Its connection is gone, by a restart of ours or otherwise. */
static bool may_come_back(const struct sip_watch *watch)
{
	const struct sip_dialog *dialog = watch->dialog;

	return watch->state != SIP_WATCH_ENDED && dialog->flow.transport->reliable &&
	       !dialog->routes.n && !sip_flow_alive(&dialog->flow);
}

static void lost(struct sip_watch *watch, const char *why)
{
	rd_verbose("sip/%s: no longer told about %s %s: %s", watch->pub.phone,
		   watch->pub.package->name, watch->pub.resource, why);
	sip_watch_free(watch);
}

static void not_sent(struct sip_watch *watch, int rc)
{
	if (may_come_back(watch))
		wait_for_phone(watch);
	else
		lost(watch, rd_strerror(rc));
}

static void failed(void *arg, struct sip_client *client, int rc)
{
	struct sip_watch *watch = arg;

	sip_client_forget(client);
	watch->client = NULL;
	not_sent(watch, rc);
}

static const struct sip_client_user client_user = { .response = response, .failed = failed };

/* ---- what is sent ---- */

static void print_event(struct sip_out *out, const struct sip_watch *watch)
{
	sip_out_header_begin(out, SIP_H_EVENT);
	sip_out_cstr(out, watch->pub.package->name);
	if (*watch->pub.id) {
		sip_out_cstr(out, ";id=");
		sip_out_cstr(out, watch->pub.id);
	}
	sip_out_crlf(out);
}

static void print_param(struct sip_out *out, const char *name, unsigned value)
{
	sip_out_cstr(out, name);
	sip_out_number(out, value);
}

/* Who asks for a long list once, or for the last time, hears all of it. */
static bool is_last(const struct sip_watch *watch)
{
	return watch->state == SIP_WATCH_ENDED &&
	       !(watch->goes_on && watch->why == RD_SIP_END_TIMEOUT);
}

static void print_state(struct sip_out *out, const struct sip_watch *watch)
{
	sip_out_header_begin(out, SIP_H_SUBSCRIPTION_STATE);
	if (is_last(watch)) {
		sip_out_cstr(out, "terminated;reason=");
		sip_out_cstr(out, sip_end_name(watch->why));
		if (watch->retry_s > 0)
			print_param(out, ";retry-after=", (unsigned)watch->retry_s);
	} else {
		sip_out_cstr(out, watch->state == SIP_WATCH_PENDING ? "pending" : "active");
		print_param(out, ";expires=",
			    watch->state == SIP_WATCH_ENDED ? 0 : sip_watch_seconds_left(watch));
	}
	sip_out_crlf(out);
}

/* The document, in body; empty when there is nothing to say. A watch that is
 * not granted yet learns nothing. */
static int write_body(struct sip_watch *watch, struct rd_buf *body,
		      char type[SIP_LIST_TYPE_MAX])
{
	bool always_full = watch->is_list ? watch->always_full && !watch->goes_on : !watch->partial;
	const struct rd_sip_notice notice = {
		.full = watch->full || always_full,
		.must = watch->full,
		.last = watch->state == SIP_WATCH_ENDED,
		.version = watch->version,
	};
	int rc;

	rd_strcpy(type, SIP_LIST_TYPE_MAX, watch->pub.type);
	if (watch->state == SIP_WATCH_PENDING || (!watch->is_open && !watch->is_list))
		return 0;
	rc = watch->is_list ? sip_list_print(watch, &notice, body, type)
			    : watch->pub.package->print(&watch->pub, &notice, body);
	if (rc == 0 && body->failed)
		rc = -ENOMEM;
	if (rc == 0)
		watch->version++;
	else
		rd_buf_reset(body);
	if (rc == -EALREADY && !watch->full)
		return rc;
	if (rc && rc != -ENODATA)
		rd_warning("sip/%s: %s %s cannot be written: %s", watch->pub.phone,
			   watch->pub.package->name, watch->pub.resource, rd_strerror(rc));
	return 0;
}

/* Whose password answers a challenge: that of sip.conf as it is now, for it may
 * have been read anew. In a call's dialog it is the call's. */
static void set_account(struct sip_watch *watch)
{
	const struct sip_endpoint *endpoint;

	if (watch->dialog->user)
		return;
	endpoint = sip_settings_find(sip.settings, rd_str_of(watch->pub.phone));
	watch->dialog->account = endpoint ? sip_endpoint_account(endpoint) : NULL;
}

/* A connection that is lost may have a successor, by which the phone has registered; what
 * was said over TLS is not said in clear. */
static void find_flow(struct sip_watch *watch)
{
	struct sip_dialog *dialog = watch->dialog;
	struct sip_flow flow;

	if (sip_flow_alive(&dialog->flow) || dialog->routes.n)
		return;
	if (sip_location_flow(sip.location, sip_record_name(rd_str_of(watch->pub.phone)),
			      (struct rd_str){ 0 }, dialog->target, &flow) &&
	    sip_flow_may_replace(&flow, &dialog->flow))
		dialog->flow = flow;
}

/* As the call's, in whose dialog it may be. */
static void print_contact(const struct sip_watch *watch, struct sip_out *out,
			  const struct sip_flow *flow)
{
	const struct sip_endpoint *endpoint =
		sip_settings_find(sip.settings, rd_str_of(watch->pub.phone));

	if (endpoint)
		sip_print_contact_for(out, flow, endpoint, false);
	else
		sip_print_contact(out, flow);
}

static int send_notify(struct sip_watch *watch, const struct rd_buf *body, const char *type)
{
	bool last = is_last(watch);
	struct sip_flow flow;
	struct sip_out *out;

	set_account(watch);
	find_flow(watch);
	out = sip_dialog_begin(watch->dialog, sip.transactions, SIP_NOTIFY, &flow);
	if (!out)
		return -EHOSTUNREACH;
	print_contact(watch, out, &flow);
	sip_print_agent(out, false);
	print_event(out, watch);
	print_state(out, watch);
	if (watch->is_list)
		sip_out_header(out, SIP_H_REQUIRE, RD_STR("eventlist"));
	if (body->n)
		sip_out_body(out, rd_str_of(type), (struct rd_str){ body->p, body->n });
	return sip_request_send(sip.transactions, last ? NULL : &watch->client, &flow, out,
				last ? NULL : &client_user, watch);
}

/* What cannot be said now may be said another time. */
static bool is_fatal(int rc)
{
	return rc && rc != -EALREADY && rc != -EMSGSIZE;
}

/* Nobody can write it now; who comes back does. */
static bool has_to_wait(const struct sip_watch *watch)
{
	return !watch->pub.package->print && watch->state != SIP_WATCH_ENDED;
}

static void notify(struct sip_watch *watch)
{
	char type[SIP_LIST_TYPE_MAX];
	struct rd_buf body;
	int rc;

	if (has_to_wait(watch))
		return;
	rd_buf_init(&body);
	rc = write_body(watch, &body, type);
	watch->dirty = watch->goes_on;
	if (rc == 0) {
		rc = send_notify(watch, &body, type);
		watch->notified_ms = rd_now_ms();
		watch->full = false;
	}
	rd_buf_fini(&body);
	if (rc == -EMSGSIZE)
		rd_warning("sip/%s: %s %s is too large for a NOTIFY", watch->pub.phone,
			   watch->pub.package->name, watch->pub.resource);
	if (is_fatal(rc))
		not_sent(watch, rc);
	else if (is_last(watch))
		sip_watch_free(watch);
}

void sip_notify_now(struct sip_watch *watch)
{
	rd_timer_stop(&watch->notify);
	watch->dirty = watch->full = true;
	if (!watch->client)
		notify(watch);
}

void sip_notify_due(void *arg)
{
	struct sip_watch *watch = arg;

	if (watch->dirty && !watch->client)
		notify(watch);
}

/* ---- what the answer means ---- */

/* It has been told; what came up meanwhile is next. */
static void go_on(struct sip_watch *watch)
{
	if (watch->state == SIP_WATCH_ENDED && watch->full)
		sip_notify_now(watch);
	else if (watch->goes_on)
		notify(watch);
	else if (watch->dirty)
		sip_watch_changed(watch, watch->full);
}

/* A refusal that names a time is no farewell. -ENOENT: it does not. */
static int retry_after_s(const struct sip_msg *msg)
{
	if (msg->status < 500 || msg->status == 501 || msg->status == 604)
		return -ENOENT;
	return sip_retry_after(msg);
}

static void notify_answered(struct sip_watch *watch, const struct sip_msg *msg)
{
	int wait_s = retry_after_s(msg);
	char why[32];

	watch->tries = 0;
	if (msg->status < 300) {
		go_on(watch);
	} else if (wait_s >= 0 && watch->state != SIP_WATCH_ENDED) {
		watch->dirty = watch->full = true;
		rd_timer_start(&watch->notify, RD_MAX(wait_s, 1) * 1000);
	} else {
		snprintf(why, sizeof(why), "its answer was %u", msg->status);
		lost(watch, why);
	}
}
