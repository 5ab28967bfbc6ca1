/* A subscription of ours: asked for, kept fresh, and ended. What its NOTIFYs do
 * is in notified.c. */
#include <stdio.h>

#include <ringdown/clock.h>
#include <ringdown/log.h>

#include "channels/sip/endpoint/aim.h"
#include "channels/sip/endpoint/proxy_route.h"
#include "channels/sip/our_headers.h"
#include "channels/sip/outside.h"
#include "channels/sip/event/subscription_private.h"

#define RENEW_EARLY_MIN_S 5
#define RETRY_S		  60

static struct rd_list all = RD_LIST_INIT(all);

static int send_subscribe(struct rd_sip_subscription *subscription, unsigned expires_s);

/* Timer N */
static int wait_ms(void)
{
	return 64 * sip_transactions_timers(sip.transactions)->t1;
}

/* ---- birth and death ---- */

/* subscription may be gone afterwards. */
static void renew(struct rd_sip_subscription *subscription)
{
	int rc = send_subscribe(subscription, subscription->wanted_s);

	if (rc && rc != -EALREADY)
		sip_subscription_over(subscription, rd_strerror(rc), RETRY_S);
}

static void renew_due(void *arg)
{
	renew(arg);
}

static void wait_over(void *arg)
{
	sip_subscription_over(arg, "no NOTIFY came", RETRY_S);
}

static void expired(void *arg)
{
	sip_subscription_over(arg, "timeout", 0);
}

static char *put(char **at, const char *text)
{
	char *copy = *at;
	size_t n = strlen(text) + 1;

	memcpy(copy, text, n);
	*at += n;
	return copy;
}

static size_t room_for(const char *text)
{
	return text ? strlen(text) + 1 : 1;
}

static struct rd_sip_subscription *subscription_alloc(const struct rd_sip_subscribe *params)
{
	struct rd_sip_subscription *subscription =
		rd_malloc(sizeof(*subscription) + room_for(params->peer) +
			  room_for(params->resource) + room_for(params->event) +
			  room_for(params->accept));
	char *at;

	if (!subscription)
		return NULL;
	memset(subscription, 0, sizeof(*subscription));
	at = subscription->text;
	subscription->peer = put(&at, params->peer ? params->peer : "");
	subscription->resource = put(&at, params->resource ? params->resource : "");
	subscription->event = put(&at, params->event);
	subscription->accept = put(&at, params->accept ? params->accept : "");
	subscription->magic = SIP_SUBSCRIPTION_MAGIC;
	subscription->wanted_s = (unsigned)params->expires_s;
	subscription->forks = params->forks;
	subscription->notified = params->notified;
	subscription->ended = params->ended;
	subscription->arg = params->arg;
	return subscription;
}

static void begin(struct rd_sip_subscription *subscription)
{
	rd_timer_init(&subscription->renew, renew_due, subscription);
	rd_timer_init(&subscription->wait, wait_over, subscription);
	rd_timer_init(&subscription->expiry, expired, subscription);
	rd_list_push(&all, &subscription->link);
}

static void use_dialog(struct rd_sip_subscription *subscription, struct sip_dialog *dialog)
{
	subscription->dialog = dialog;
	sip_dialog_join(dialog, SIP_USAGE_SUBSCRIBER, &subscription->usage);
}

void sip_subscription_drop_first(struct rd_sip_subscription *subscription)
{
	sip_outside_forget(subscription->first);
	subscription->first = NULL;
	if (subscription->settings)
		sip_settings_unref(subscription->settings);
	subscription->settings = NULL;
}

void sip_subscription_free(struct rd_sip_subscription *subscription)
{
	RD_CHECK(subscription, SIP_SUBSCRIPTION_MAGIC);
	sip_subscription_drop_first(subscription);
	if (subscription->client)
		sip_client_forget(subscription->client);
	rd_timer_stop(&subscription->renew);
	rd_timer_stop(&subscription->wait);
	rd_timer_stop(&subscription->expiry);
	rd_list_remove(&subscription->link);
	if (subscription->dialog)
		sip_dialog_leave(subscription->dialog, &subscription->usage);
	subscription->magic = 0;
	rd_free(subscription);
}

void sip_subscription_over(struct rd_sip_subscription *subscription, const char *reason,
			   int retry_s)
{
	void (*ended)(struct rd_sip_subscription *, const char *, int, void *) =
		subscription->ended;

	subscription->ended = NULL;
	if (ended)
		ended(subscription, reason, retry_s, subscription->arg);
	sip_subscription_free(subscription);
}

void sip_subscriptions_stop(void)
{
	rd_list_foreach(node, tmp, &all)
		sip_subscription_free(rd_list_entry(node, struct rd_sip_subscription, link));
}

/* ---- SUBSCRIBE ---- */

static bool ends_usage(unsigned status)
{
	return status == 404 || status == 405 || status == 410 || status == 416 ||
	       (status >= 480 && status <= 485) || status == 489 || status == 501 ||
	       status == 604;
}

static int retry_after(const struct sip_msg *msg, int otherwise)
{
	int seconds = sip_retry_after(msg);

	return seconds < 0 ? otherwise : seconds;
}

static void refused(struct rd_sip_subscription *subscription, const struct sip_msg *msg)
{
	char reason[64];
	uint32_t least;

	if (msg->status == 423 && sip_msg_number(msg, SIP_H_MIN_EXPIRES, &least) == 0 &&
	    subscription->wanted_s && least > subscription->wanted_s) {
		subscription->wanted_s = RD_MIN(least, 86400u);
		renew(subscription);
		return;
	}
	if (subscription->confirmed && !ends_usage(msg->status)) {
		rd_timer_stop(&subscription->wait);
		return; /* it lasts as long as it was going to */
	}
	snprintf(reason, sizeof(reason), "%u", msg->status);
	sip_subscription_over(subscription, reason,
			      msg->status == 481 ? 0 : retry_after(msg, msg->status >= 500
									? RETRY_S : -1));
}

static void agreed(struct rd_sip_subscription *subscription, const struct sip_msg *msg)
{
	struct sip_dialog *dialog = subscription->dialog;
	uint32_t seconds;

	/* A NOTIFY may have been faster, even that of another fork. */
	if (dialog->state == SIP_DIALOG_HALF)
		sip_dialog_established(dialog, msg);
	if (!subscription->leaving && sip_msg_number(msg, SIP_H_EXPIRES, &seconds) == 0)
		sip_subscription_set_expires(subscription, seconds);
}

static void answered(struct rd_sip_subscription *subscription, const struct sip_msg *msg)
{
	if (msg->status < 300)
		agreed(subscription, msg);
	else
		refused(subscription, msg);
}

static void response(void *arg, struct sip_client *client, const struct sip_msg *msg)
{
	struct rd_sip_subscription *subscription = arg;

	if (msg->status < 200)
		return;
	sip_client_forget(client);
	subscription->client = NULL;
	answered(subscription, msg);
}

static void failed(void *arg, struct sip_client *client, int rc)
{
	struct rd_sip_subscription *subscription = arg;

	sip_client_forget(client);
	subscription->client = NULL;
	sip_subscription_over(subscription, rd_strerror(rc), RETRY_S);
}

static const struct sip_client_user client_user = { .response = response, .failed = failed };

/* endpoint: NULL when it is no longer in the configuration. */
static void print_wish(struct sip_out *out, const struct rd_sip_subscription *subscription,
		       const struct sip_endpoint *endpoint, const struct sip_flow *flow,
		       unsigned expires_s)
{
	if (endpoint)
		sip_print_contact_for(out, flow, endpoint, false);
	else
		sip_print_contact(out, flow);
	sip_print_agent(out, false);
	sip_out_header(out, SIP_H_EVENT, rd_str_of(subscription->event));
	sip_out_header_number(out, SIP_H_EXPIRES, expires_s);
	if (*subscription->accept)
		sip_out_header(out, SIP_H_ACCEPT, rd_str_of(subscription->accept));
}

static int send_subscribe(struct rd_sip_subscription *subscription, unsigned expires_s)
{
	const struct sip_endpoint *endpoint =
		sip_settings_find(sip.settings, rd_str_of(subscription->peer));
	struct sip_dialog *dialog = subscription->dialog;
	struct sip_flow flow;
	struct sip_out *out;

	if (subscription->client)
		return -EALREADY;
	if (!dialog->user)
		dialog->account = endpoint ? sip_endpoint_account(endpoint) : NULL;
	out = sip_dialog_begin(dialog, sip.transactions, SIP_SUBSCRIBE, &flow);
	if (!out)
		return -EHOSTUNREACH;
	print_wish(out, subscription, endpoint, &flow, expires_s);
	rd_timer_start(&subscription->wait, wait_ms());
	return sip_request_send(sip.transactions, &subscription->client, &flow, out,
				&client_user, subscription);
}

/* Renewed when nine tenths have passed, or a little before the end. */
void sip_subscription_set_expires(struct rd_sip_subscription *subscription, unsigned seconds)
{
	unsigned early = RD_MAX(seconds / 10, RENEW_EARLY_MIN_S);

	seconds = RD_MIN(seconds, 2000000u);
	subscription->expires_ms = rd_now_ms() + seconds * 1000ull;
	rd_timer_start(&subscription->expiry, (int)seconds * 1000);
	if (subscription->wanted_s && seconds > early)
		rd_timer_start(&subscription->renew, (int)(seconds - early) * 1000);
}

/* ---- asking a peer ---- */

static void print_uri(struct sip_out *out, const char *scheme, const char *user,
		      struct rd_str host, bool brackets)
{
	sip_out_cstr(out, brackets ? "<" : "");
	sip_out_cstr(out, scheme);
	if (*user) {
		sip_out_escaped_user(out, rd_str_of(user));
		sip_out_char(out, '@');
	}
	sip_out_str(out, host);
	if (brackets)
		sip_out_char(out, '>');
}

static int open_dialog(struct sip_dialog **dp, const struct sip_endpoint *endpoint,
		       const char *resource, const struct sip_flow *flow)
{
	char local[512], remote[512], target[512], host[SIP_SOCKADDR_TEXT];
	const char *us = endpoint->from_user  ? endpoint->from_user
			 : endpoint->username ? endpoint->username : endpoint->name;
	const char *scheme = sip_endpoint_scheme(endpoint);
	struct sip_dialog_params params = { 0 };
	struct sip_out from, to, uri;
	char proxy[SIP_PROXY_ROUTE];
	int rc;

	sip_out_init(&from, local, sizeof(local));
	sip_out_init(&to, remote, sizeof(remote));
	sip_out_init(&uri, target, sizeof(target));
	print_uri(&from, scheme, us, endpoint->from_domain ? rd_str_of(endpoint->from_domain)
						   : sip_our_host(flow, host), true);
	print_uri(&to, scheme, resource, rd_str_of(endpoint->host), true);
	print_uri(&uri, scheme, resource, rd_str_of(endpoint->host), false);
	if (from.overflow || to.overflow || uri.overflow)
		return -EINVAL;
	params.local = sip_out_text(&from);
	params.remote = sip_out_text(&to);
	params.target = sip_out_text(&uri);
	params.flow = flow;
	rc = sip_print_proxy_route(endpoint, flow, proxy, &params.routes);
	if (rc == 0)
		rc = sip_dialog_new_uac(dp, sip.dialogs, &params);
	if (rc == 0)
		sip_dialog_set_aim(*dp, sip_endpoint_aim(endpoint));
	return rc;
}

/* To each target it is a subscription in a dialog of its own: what one that was given
 * up may still have taken is refused with 481 when it tells of it. */
static int print_first(void *arg, struct sip_out *out, const struct sip_flow *flow)
{
	struct rd_sip_subscription *subscription = arg;
	const struct sip_endpoint *endpoint =
		sip_settings_find(subscription->settings, rd_str_of(subscription->peer));
	struct sip_dialog *dialog;
	int rc = open_dialog(&dialog, endpoint, subscription->resource, flow);

	if (rc)
		return rc;
	if (subscription->dialog)
		sip_dialog_leave(subscription->dialog, &subscription->usage);
	use_dialog(subscription, dialog);
	subscription->forks_until_ms = rd_now_ms() + (unsigned)wait_ms();
	sip_dialog_print_first(dialog, out, SIP_SUBSCRIBE);
	print_wish(out, subscription, endpoint, flow, subscription->wanted_s);
	return 0;
}

/* A NOTIFY may have come long before. */
static void first_response(void *arg, const struct sip_msg *msg, const struct sip_flow *flow)
{
	struct rd_sip_subscription *subscription = arg;

	(void)flow;
	if (msg->status < 200)
		return;
	subscription->first = NULL;
	sip_subscription_drop_first(subscription);
	if (msg->status < 300 && !subscription->confirmed)
		rd_timer_start(&subscription->wait, wait_ms());
	answered(subscription, msg);
}

static void first_failed(void *arg, int rc)
{
	struct rd_sip_subscription *subscription = arg;

	subscription->first = NULL;
	sip_subscription_drop_first(subscription);
	if (!subscription->confirmed)
		sip_subscription_over(subscription, rd_strerror(rc), RETRY_S);
}

static const struct sip_outside_user first_user = {
	.print = print_first,
	.response = first_response,
	.failed = first_failed,
};

static int ask(struct rd_sip_subscription *subscription, const struct sip_endpoint *endpoint)
{
	struct sip_outside_params params = {
		.method = RD_STR("SUBSCRIBE"),
		.next = sip_first_proxy(endpoint),
		.transport = endpoint->transport,
		.peer = endpoint,
		.account = sip_endpoint_account(endpoint),
	};
	char uri[512];
	struct sip_out out;

	if (!endpoint->host)
		return -EHOSTUNREACH;
	sip_out_init(&out, uri, sizeof(uri));
	print_uri(&out, sip_endpoint_scheme(endpoint), subscription->resource,
		  rd_str_of(endpoint->host), false);
	if (out.overflow)
		return -EINVAL;
	params.uri = sip_out_text(&out);
	subscription->settings = sip_settings_ref(endpoint->settings);
	return sip_outside_send(&subscription->first, &params, &first_user, subscription);
}

int sip_subscription_new(struct rd_sip_subscription **sp, const struct rd_sip_subscribe *params)
{
	const struct sip_endpoint *endpoint =
		sip_settings_find(sip.settings, rd_str_of(params->peer));
	struct rd_sip_subscription *subscription;
	int rc;

	if (!endpoint)
		return -ENOENT;
	subscription = subscription_alloc(params);
	if (!subscription)
		return -ENOMEM;
	begin(subscription);
	rc = ask(subscription, endpoint);
	if (rc)
		sip_subscription_free(subscription);
	else
		*sp = subscription;
	return rc;
}

int sip_subscription_fork(struct rd_sip_subscription **sp,
			  const struct rd_sip_subscription *first, const struct sip_msg *msg)
{
	const struct rd_sip_subscribe params = {
		.peer = first->peer,
		.resource = first->resource,
		.event = first->event,
		.accept = first->accept,
		.expires_s = (int)first->wanted_s,
		.forks = true,
		.notified = first->notified,
		.ended = first->ended,
		.arg = first->arg,
	};
	struct rd_sip_subscription *subscription = subscription_alloc(&params);
	struct sip_dialog *dialog;
	int rc;

	if (!subscription)
		return -ENOMEM;
	rc = sip_dialog_fork(&dialog, first->dialog, msg);
	if (rc) {
		rd_free(subscription);
		return rc;
	}
	sip_dialog_set_user(dialog, NULL, NULL);
	begin(subscription);
	use_dialog(subscription, dialog);
	*sp = subscription;
	return 0;
}

void sip_subscription_end(struct rd_sip_subscription *subscription)
{
	RD_CHECK(subscription, SIP_SUBSCRIPTION_MAGIC);
	subscription->notified = NULL;
	subscription->ended = NULL;
	subscription->leaving = true;
	rd_timer_stop(&subscription->renew);
	sip_subscription_drop_first(subscription);
	if (subscription->client)
		sip_client_forget(subscription->client);
	subscription->client = NULL;
	/* Nobody to tell yet: the NOTIFY that comes will find nobody. */
	if (!subscription->dialog || subscription->dialog->state != SIP_DIALOG_CONFIRMED ||
	    send_subscribe(subscription, 0))
		sip_subscription_free(subscription);
}

static void tell_of(const struct rd_sip_subscription *subscription,
		    void (*fn)(void *arg, const struct sip_subscription_info *info), void *arg)
{
	const struct sip_dialog *dialog = subscription->dialog;
	uint64_t now = rd_now_ms(), expires = subscription->expires_ms;
	uint64_t left_ms = expires > now ? expires - now : 0;

	fn(arg, &(struct sip_subscription_info){
			.peer = subscription->peer,
			.event = subscription->event,
			.resource = subscription->resource,
			.confirmed = subscription->confirmed,
			.seconds_left = (unsigned)(left_ms / 1000),
			.address = dialog ? &dialog->flow.peer : NULL,
			.call_id = dialog ? dialog->call_id : RD_STR("-"),
		});
}

void sip_subscriptions_each(void (*fn)(void *arg, const struct sip_subscription_info *info),
			    void *arg)
{
	rd_list_foreach(node, tmp, &all)
		tell_of(rd_list_entry(node, struct rd_sip_subscription, link), fn, arg);
}
