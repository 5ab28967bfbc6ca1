/* A MESSAGE from a phone, outside of any call: the dialplan has it (202), or, where
 * the phone has no message_context, the devices of the number do, and their answer
 * is ours. */
#include <stdio.h>

#include <ringdown/dialplan.h>
#include <ringdown/log.h>
#include <ringdown/reach.h>
#include <ringdown/tech.h>

#include "channels/sip/endpoint/party.h"
#include "channels/sip/driver.h"
#include "channels/sip/endpoint/admit.h"
#include "channels/sip/endpoint/enrol.h"
#include "channels/sip/endpoint/settings_domains.h"
#include "channels/sip/our_headers.h"
#include "channels/sip/pager/pager.h"

enum { DEVICE_MAX = 128 };

/* The sender waits until whom it wrote to has answered. */
struct relay {
	struct sip_server *server; /* NULL: the sender is gone */
};

/* What says how a text is to be shown goes along with it. */
static const enum sip_header_id passed_on[] = {
	SIP_H_SUBJECT, SIP_H_DATE, SIP_H_EXPIRES, SIP_H_PRIORITY, SIP_H_IN_REPLY_TO,
	SIP_H_REPLY_TO, SIP_H_CALL_INFO, SIP_H_ORGANIZATION, SIP_H_MIME_VERSION,
	SIP_H_CONTENT_DISPOSITION, SIP_H_CONTENT_ENCODING, SIP_H_CONTENT_LANGUAGE,
};

static void reply(struct sip_server *server, unsigned status)
{
	struct sip_out *out = sip_reply_begin(server, status, (struct rd_str){ 0 });

	if (!out)
		return;
	sip_print_agent(out, true);
	if (status == 503)
		sip_out_header_number(out, SIP_H_RETRY_AFTER, 5);
	sip_reply_send(server, out);
}

void sip_text_refuse(struct sip_server *server, unsigned wait_s)
{
	struct sip_out *out = sip_answer_begin(server, 480);

	sip_out_header_number(out, SIP_H_RETRY_AFTER, wait_s);
	sip_out_header(out, SIP_H_WARNING, RD_STR("399 ringdown \"Too many texts\""));
	sip_reply_send(server, out);
}

static unsigned status_of(int rc)
{
	switch (rc) {
	case 0:
		return 202;
	case -ENOTCONN:
	case -EHOSTUNREACH:
		return 480;
	case -ENOENT:
		return 404;
	case -EMSGSIZE:
		return 413;
	case -EBUSY:
	case -EAGAIN:
		return 503;
	default:
		return 500;
	}
}

/* ---- from phone to phone ---- */

static void relay_done(void *arg, unsigned status)
{
	struct relay *relay = arg;
	struct sip_server *server = relay->server;

	rd_free(relay);
	if (!server)
		return;
	sip_server_forget(server);
	if (status)
		reply(server, status);
}

static void sender_gone(void *arg, struct sip_server *server, int rc)
{
	struct relay *relay = arg;

	(void)server, (void)rc;
	relay->server = NULL;
}

static const struct sip_server_user relay_user = { .ended = sender_gone };

static int send_on(struct sip_server *server, const struct sip_recipient *to,
		   const struct sip_text *text)
{
	struct relay *relay = rd_zalloc(sizeof(*relay));
	int rc = relay ? sip_deliver(NULL, to, text, relay_done, relay) : -ENOMEM;

	if (rc) {
		rd_free(relay);
		return rc;
	}
	relay->server = server;
	sip_server_listen(server, &relay_user, relay);
	return 0;
}

/* Whom a number at our address means; in a domain, its phone of that number before all others. */
static const struct sip_endpoint *recipient_of(const struct sip_endpoint *sender,
					       const struct sip_msg *msg,
					       const struct sip_callee *callee)
{
	const struct sip_endpoint *neighbour = NULL;

	if (!callee->device[0] && !sip_domains_have(sip.settings, msg->target.host))
		neighbour = sip_domains_neighbour(sender, rd_str_of(callee->number));
	return neighbour ? neighbour : sip_settings_find(sip.settings, rd_str_of(callee->phone));
}

/* As the rest of the house calls it. */
static void device_of(const struct sip_endpoint *endpoint, char device[DEVICE_MAX])
{
	snprintf(device, DEVICE_MAX, "SIP/%s", endpoint->name);
}

/* Who has logged in at another phone reads there. */
static void follow(struct sip_recipient *to)
{
	const struct sip_endpoint *at = NULL;
	char device[DEVICE_MAX], desk[DEVICE_MAX];

	device_of(to->endpoint, device);
	if (rd_reach_desk(device, desk, sizeof(desk)) && strncmp(desk, "SIP/", 4) == 0)
		at = sip_settings_find(sip.settings, rd_str_of(desk + 4));
	if (!at)
		return;
	to->endpoint = at;
	to->device[0] = '\0';
}

/* And writes as who he is, with the number that his own phone shows. */
static void show_guest(struct sip_party *sender, const struct sip_endpoint *endpoint)
{
	struct rd_device_facts facts;
	const char *guest;
	char device[DEVICE_MAX];

	device_of(endpoint, device);
	guest = rd_reach_guest(device);
	if (!guest || rd_device_facts(guest, &facts))
		return;
	rd_strcpy(sender->name, sizeof(sender->name), facts.name);
	rd_strcpy(sender->number, sizeof(sender->number), facts.number);
	sender->party.name = *sender->name ? sender->name : NULL;
	sender->party.number = *sender->number ? sender->number : NULL;
}

/* 0 when the answer comes later. Only who may call each other may write. */
static unsigned relay_text(struct sip_server *server, const struct sip_msg *msg,
			   const struct sip_endpoint *endpoint,
			   const struct sip_callee *callee)
{
	struct sip_recipient to = {
		.endpoint = recipient_of(endpoint, msg, callee),
		.secure = sip_called_securely(sip_server_flow(server), msg),
	};
	char lines[2048];
	struct sip_out headers;
	struct sip_party sender;
	struct sip_text text = {
		.type = sip_msg_value(msg, SIP_H_CONTENT_TYPE),
		.body = msg->body,
		.from = &sender.party,
		.hops = msg->max_forwards > 0 ? (unsigned)msg->max_forwards - 1 : 0,
	};
	int rc;

	if (!to.endpoint || strcmp(to.endpoint->context, endpoint->context) != 0)
		return 404;
	rd_strcpy(to.device, sizeof(to.device), callee->device);
	follow(&to);
	sip_party_of_request(&sender, endpoint, msg);
	show_guest(&sender, endpoint);
	sip_out_init(&headers, lines, sizeof(lines));
	for (size_t i = 0; i < RD_ARRAY_SIZE(passed_on); i++)
		sip_out_copy(&headers, msg, passed_on[i]);
	if (headers.overflow)
		return 413;
	text.headers = sip_out_text(&headers);
	rc = send_on(server, &to, &text);
	return rc ? status_of(rc) : 0;
}

/* ---- to the dialplan ---- */

static unsigned run_dialplan(const struct sip_msg *msg, const struct sip_endpoint *endpoint,
			     const struct sip_callee *callee)
{
	switch (rd_dialplan_match(endpoint->message_context, callee->number, 1, NULL)) {
	case RD_MATCH_FULL:
	case RD_MATCH_FULL_MORE:
		return status_of(sip_text_run(endpoint, callee, msg));
	default:
		return 404;
	}
}

void sip_text_received(struct sip_server *server, const struct sip_msg *msg)
{
	const struct sip_endpoint *endpoint = sip_admit(server, msg);
	unsigned status = 0, wait_s;
	struct sip_callee callee;

	if (!endpoint)
		return;
	wait_s = sip_text_wait(endpoint);
	if (wait_s) {
		sip_text_refuse(server, wait_s);
		return;
	}
	if (msg->body.n > SIP_TEXT_MAX)
		status = 413;
	else if (msg->body.n && !sip_msg_value(msg, SIP_H_CONTENT_TYPE).n)
		status = 400;
	else if (sip_callee_read(&callee, &msg->target) || !callee.number[0])
		status = 404;
	else if (endpoint->message_context && *endpoint->message_context)
		status = run_dialplan(msg, endpoint, &callee);
	else
		status = relay_text(server, msg, endpoint, &callee);
	if (status)
		reply(server, status);
}
