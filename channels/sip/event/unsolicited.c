/* NOTIFYs that nobody asked for: lamps of phones that know no SUBSCRIBE for them
 * (message-waiting). Each goes to a registered device, by one of its flows, or to the host
 * of a peer, in no dialog; what is answered there changes nothing. */
#include "channels/sip/our_headers.h"
#include "channels/sip/outside.h"
#include "channels/sip/endpoint/proof.h"
#include "channels/sip/endpoint/proxy_route.h"
#include "channels/sip/endpoint/qualify.h"
#include "channels/sip/endpoint/record.h"
#include "channels/sip/event/event.h"
#include "channels/sip/message/room.h"

enum { BODY_MAX = 1024 }; /* of one with a URI in it */

static void print_end(struct sip_out *out, enum sip_header_id id, struct rd_str user,
		      struct rd_str host, const char *tag)
{
	sip_out_header_begin(out, id);
	sip_out_cstr(out, "<sip:");
	sip_out_escaped_user(out, user);
	sip_out_char(out, '@');
	sip_out_str(out, host);
	sip_out_char(out, '>');
	if (tag) {
		sip_out_cstr(out, ";tag=");
		sip_out_cstr(out, tag);
	}
	sip_out_crlf(out);
}

static void print_dialog(struct sip_out *out, const struct sip_endpoint *endpoint,
			 const struct sip_flow *flow)
{
	char tag[SIP_TAG_LENGTH + 1], call_id[25], host[SIP_SOCKADDR_TEXT];
	struct rd_str name = sip_endpoint_number(endpoint), ours = sip_our_host(flow, host);

	rd_random_token(tag, SIP_TAG_LENGTH);
	rd_random_token(call_id, sizeof(call_id) - 1);
	print_end(out, SIP_H_FROM, name, ours, tag);
	print_end(out, SIP_H_TO, name, ours, NULL);
	sip_out_header(out, SIP_H_CALL_ID, rd_str_of(call_id));
	sip_out_cseq(out, 1, RD_STR("NOTIFY"));
}

/* What a device or a host is told, until it has answered: by its next flow or target it is
 * told anew. */
struct news {
	struct rd_list link;
	struct sip_settings *settings; /* that the endpoint is of */
	const struct sip_endpoint *endpoint;
	const struct sip_contact *contact; /* while it is sent there; NULL: to the host */
	struct rd_str instance; /* of the device */
	uint64_t stamp; /* of the flow that it went by */
	struct sip_outside *outside;
	const char *event, *type;
	struct rd_str body, user; /* whose URI here goes into it; "": nobody's */
	size_t at;
	char text[]; /* the body, the user, the instance, the event, the type */
};

static struct rd_list all_news = RD_LIST_INIT(all_news);

static void news_free(struct news *news)
{
	rd_list_remove(&news->link);
	sip_settings_unref(news->settings);
	rd_free(news);
}

static struct news *news_new(const struct news *from, struct rd_str instance)
{
	size_t event = strlen(from->event) + 1, type = strlen(from->type) + 1;
	struct news *news =
		rd_malloc(sizeof(*news) + from->body.n + from->user.n + instance.n + event + type);
	char *at;

	if (!news)
		return NULL;
	at = news->text;
	*news = *from;
	news->body = sip_room_put(&at, from->body);
	news->user = sip_room_put(&at, from->user);
	news->instance = sip_room_put(&at, instance);
	news->event = sip_room_put(&at, (struct rd_str){ from->event, event }).p;
	news->type = sip_room_put(&at, (struct rd_str){ from->type, type }).p;
	news->settings = sip_settings_ref(sip.settings);
	rd_list_push(&all_news, &news->link);
	return news;
}

static int print_body(struct sip_out *out, const struct news *news, const struct sip_flow *flow)
{
	char text[BODY_MAX], host[SIP_SOCKADDR_TEXT];
	struct sip_out body;

	sip_out_init(&body, text, sizeof(text));
	sip_out_str(&body, (struct rd_str){ news->body.p, news->at });
	sip_out_cstr(&body, "sip:");
	sip_out_escaped_user(&body, news->user);
	sip_out_char(&body, '@');
	sip_out_str(&body, sip_our_host(flow, host));
	sip_out_str(&body, (struct rd_str){ news->body.p + news->at, news->body.n - news->at });
	sip_out_body(out, rd_str_of(news->type), (struct rd_str){ text, body.n });
	return body.overflow ? -EMSGSIZE : 0;
}

static int print(void *arg, struct sip_out *out, const struct sip_flow *flow)
{
	const struct news *news = arg;
	char proxies[SIP_PROXY_ROUTE];
	struct rd_str route;

	if (news->contact)
		route = news->contact->path;
	else if (sip_print_proxy_route(news->endpoint, flow, proxies, &route))
		return -EMSGSIZE;
	if (route.n)
		sip_out_header(out, SIP_H_ROUTE, route);
	print_dialog(out, news->endpoint, flow);
	sip_print_contact(out, flow);
	sip_print_agent(out, false);
	sip_out_header(out, SIP_H_EVENT, rd_str_of(news->event));
	/* What Asterisk sends, and so what phones expect. */
	sip_out_header(out, SIP_H_SUBSCRIPTION_STATE, RD_STR("terminated"));
	if (news->user.n)
		return print_body(out, news, flow);
	sip_out_body(out, rd_str_of(news->type), news->body);
	return 0;
}

/* ---- devices ---- */

static const struct sip_outside_user device_user;

static struct sip_contact *next_flow(const struct news *news)
{
	const struct sip_aor *aor = sip_record_of(news->endpoint);

	return aor && news->instance.n ? sip_aor_next_flow(aor, news->instance, news->stamp) : NULL;
}

static int tell_contact(struct news *news, struct sip_contact *contact)
{
	struct sip_flow flow;
	struct sip_outside_params params = {
		.method = RD_STR("NOTIFY"),
		.uri = contact->uri,
		.account = sip_endpoint_account(news->endpoint),
		.flow = &flow,
	};
	int rc = sip_proof_lacks(contact) ? -EACCES : sip_contact_way(contact, &flow);

	news->stamp = contact->stamp;
	if (rc)
		return rc;
	if (next_flow(news))
		params.patience_ms = sip.settings->dns.failover_ms;
	news->contact = contact;
	rc = sip_outside_send(&news->outside, &params, &device_user, news);
	news->contact = NULL;
	return rc;
}

/* The next flow of the device that takes it (RFC 5626 §5.3). */
static int tell_by_next_flow(struct news *news)
{
	struct sip_contact *contact;
	int rc = -ENOTCONN;

	while (rc && (contact = next_flow(news)))
		rc = tell_contact(news, contact);
	return rc;
}

/* The flow that it went by does not lead there. */
static void flow_failed(struct news *news)
{
	sip_location_avoid(sip.location, rd_str_of(news->endpoint->record), news->stamp,
			   sip.settings->dns.dead_ms);
	if (tell_by_next_flow(news))
		news_free(news);
}

static void device_answered(void *arg, const struct sip_msg *msg, const struct sip_flow *flow)
{
	(void)flow;
	if (msg->status == 430)
		flow_failed(arg);
	else if (msg->status >= 200)
		news_free(arg);
}

static void device_failed(void *arg, int rc)
{
	(void)rc;
	flow_failed(arg);
}

static const struct sip_outside_user device_user = {
	.print = print,
	.response = device_answered,
	.failed = device_failed,
};

static int tell_device(const struct news *from, struct sip_contact *contact)
{
	struct news *news = news_new(from, contact->instance);
	int rc = -ENOMEM;

	if (news)
		rc = news->instance.n ? tell_by_next_flow(news) : tell_contact(news, contact);
	if (rc && news)
		news_free(news);
	return rc;
}

/* ---- hosts ---- */

static void host_answered(void *arg, const struct sip_msg *msg, const struct sip_flow *flow)
{
	(void)flow;
	if (msg->status >= 200)
		news_free(arg);
}

static void host_failed(void *arg, int rc)
{
	(void)rc;
	news_free(arg);
}

static const struct sip_outside_user host_user = {
	.print = print,
	.response = host_answered,
	.failed = host_failed,
};

static int tell_host(const struct news *from)
{
	const struct sip_endpoint *endpoint = sip_host_best(from->endpoint);
	struct news *news = news_new(from, (struct rd_str){ 0 });
	char uri[SIP_HOST_URI];
	const struct sip_outside_params params = {
		.method = RD_STR("NOTIFY"),
		.uri = sip_host_uri(endpoint, uri),
		.next = sip_first_proxy(endpoint),
		.transport = endpoint->transport,
		.peer = endpoint,
		.account = sip_endpoint_account(endpoint),
	};
	int rc = news ? sip_outside_send(&news->outside, &params, &host_user, news) : -ENOMEM;

	if (rc && news)
		news_free(news);
	return rc;
}

void sip_unsolicited_stop(void)
{
	rd_list_foreach(node, tmp, &all_news) {
		struct news *news = rd_list_entry(node, struct news, link);

		sip_outside_forget(news->outside);
		news_free(news);
	}
}

/* ---- a phone ---- */

int sip_tell_phone(const char *phone, const char *event, const char *type, struct rd_str body)
{
	return sip_tell_phone_uri(phone, event, type, body, "", 0);
}

int sip_tell_phone_uri(const char *phone, const char *event, const char *type,
		       struct rd_str body, const char *user, size_t at)
{
	const struct sip_endpoint *endpoint = sip_settings_find(sip.settings, rd_str_of(phone));
	const struct sip_aor *aor = sip_record_named(rd_str_of(phone));
	const struct news news = { .endpoint = endpoint,
				   .stamp = UINT64_MAX,
				   .event = event,
				   .type = type,
				   .body = body,
				   .user = rd_str_of(user),
				   .at = at };
	int rc = -ENOTCONN;

	if (!endpoint)
		return -ENOENT;
	if (sip_host_reachable(sip_host_best(endpoint)))
		rc = tell_host(&news);
	if (!aor)
		return rc;
	rd_list_foreach(node, tmp, &aor->contacts) {
		struct sip_contact *contact = sip_contact_at(node);
		int one;

		if (contact->instance.n && !sip_contact_stands_for_device(contact))
			continue;
		one = tell_device(&news, contact);
		rc = rc ? one : rc;
	}
	return rc;
}
