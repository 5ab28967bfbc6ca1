/* REFER outside of a call. With Target-Dialog (RFC 4538) it is about a call of the
 * same phone. Else it has a call made (click to dial): the number that it was
 * sent to is rung, or the phone itself, and then the number in Refer-To. */
#include <stdio.h>

#include <ringdown/dialplan.h>
#include <ringdown/log.h>

#include "channels/sip/endpoint/aim.h"
#include "channels/sip/endpoint/admit.h"
#include "channels/sip/call/refer.h"

/* ---- what it is about ---- */

static bool same_phone(const struct sip_call *call, const struct sip_endpoint *endpoint)
{
	return strcmp(call->endpoint->name, endpoint->name) == 0;
}

/* The call that Target-Dialog means; tags as we see them (RFC 4538 §3). */
static struct sip_call *target_call(const struct sip_msg *msg,
				    const struct sip_endpoint *endpoint)
{
	struct rd_str rest = sip_msg_value(msg, SIP_H_TARGET_DIALOG);
	struct sip_replaces named = { 0 };
	struct sip_call *call;

	rd_str_cut(&rest, ';', &named.call_id);
	named.call_id = rd_str_trim(named.call_id);
	if (!sip_param_get(rest, RD_STR("local-tag"), &named.to_tag) ||
	    !sip_param_get(rest, RD_STR("remote-tag"), &named.from_tag))
		return NULL;
	call = sip_replaces_call(&named, NULL);
	return call && call->channel && call->state == SIP_CALL_UP && same_phone(call, endpoint)
		       ? call
		       : NULL;
}

static bool exists(const struct sip_endpoint *endpoint, const char *number)
{
	return rd_dialplan_exists(endpoint->context, number, 1, endpoint->name);
}

/* Whom to ring first, as Dial() has it; false: there is no such number. */
static bool read_first(const struct sip_msg *msg, const struct sip_endpoint *endpoint,
		       struct sip_callee *first, char *channel, size_t size)
{
	if (sip_callee_read(first, &msg->target))
		return false;
	if (!first->number[0])
		return snprintf(channel, size, "SIP/%s", endpoint->name) < (int)size;
	return exists(endpoint, first->number) &&
	       snprintf(channel, size, "Local/%s@%s", first->number, endpoint->context) <
		       (int)size;
}

/* Which devices are meant, of both. */
static void print_devices(const struct sip_callee *first, const struct sip_callee *second,
			  char *buf, size_t size)
{
	sip_callee_print(first, buf, size);
	sip_callee_print(second, buf + strlen(buf), size - strlen(buf));
}

/* ---- the call that is made ---- */

static unsigned make_call(struct sip_refer *refer, const struct sip_msg *msg,
			  const struct sip_endpoint *endpoint, const struct sip_refer_to *to)
{
	char channel[256], devices[2 * SIP_CALLEE_LINE];
	struct sip_refer_call *made;
	struct sip_callee first;
	struct rd_originate what = {
		.channel = channel,
		.context = endpoint->context,
		.exten = to->callee.number,
		.caller_id = to->callee.number,
		.account = endpoint->account,
		.called_devices = devices,
		.async = true,
		.done = sip_refer_call_answered,
		.watch = { .changed = sip_refer_fared, .arg = refer },
	};
	int rc;

	if (to->replaces)
		return 603;
	if (!read_first(msg, endpoint, &first, channel, sizeof(channel)))
		return 404;
	rc = sip_refer_call_new(&made, endpoint);
	if (rc)
		return rc == -EBUSY ? 486 : 500;
	print_devices(&first, &to->callee, devices, sizeof(devices));
	what.arg = made;
	rc = rd_originate(&what, NULL);
	if (rc)
		sip_refer_call_free(made);
	return rc == -ENOENT ? 404 : rc ? 503 : 0;
}

/* ---- the request ---- */

static unsigned check(const struct sip_endpoint *endpoint, const struct sip_msg *msg,
		      const struct sip_call *call)
{
	if (sip_dialog_merged(sip.dialogs, msg))
		return 482;
	return (call ? endpoint->allow_transfer : endpoint->refer_outside) ? 0 : 403;
}

static int new_dialog(struct sip_dialog **dp, struct sip_server *server,
		      const struct sip_msg *msg, const struct sip_endpoint *endpoint)
{
	int rc = sip_dialog_new_uas(dp, sip.dialogs, msg, sip_server_flow(server),
				    sip_server_tag(server));

	if (rc)
		return rc;
	(*dp)->state = SIP_DIALOG_CONFIRMED;
	sip_dialog_set_aim(*dp, sip_endpoint_aim(endpoint));
	return 0;
}

static int new_refer(struct sip_refer **rp, struct sip_server *server, const struct sip_msg *msg,
		     const struct sip_endpoint *endpoint, const struct sip_refer_to *to)
{
	struct sip_dialog *dialog = NULL;
	int rc = to->no_subscription ? 0 : new_dialog(&dialog, server, msg, endpoint);

	if (!rc)
		rc = sip_refer_new(rp, dialog, msg->cseq.number, false, endpoint->refer_progress);
	if (rc)
		sip_dialog_free(dialog);
	return rc;
}

void sip_refer_received(struct sip_server *server, const struct sip_msg *msg)
{
	const struct sip_endpoint *endpoint = sip_admit(server, msg);
	struct sip_refer_to *to;
	struct sip_refer *refer;
	struct sip_call *call;
	unsigned status;
	bool missing;
	int rc;

	if (!endpoint)
		return;
	call = target_call(msg, endpoint);
	to = rd_pool_alloc(sip.scratch, sizeof(*to));
	status = to ? check(endpoint, msg, call) : 500;
	if (!status)
		status = sip_refer_to_read(to, msg);
	if (status) {
		sip_answer_with(server, status);
		return;
	}
	rc = new_refer(&refer, server, msg, endpoint, to);
	if (rc) {
		sip_answer_with(server, rc == -EINVAL ? 400 : 500);
		return;
	}
	status = call ? sip_refer_transfer(refer, call, msg, to, &missing)
		      : make_call(refer, msg, endpoint, to);
	if (status) {
		sip_refer_free(refer);
		sip_answer_with(server, status);
	} else {
		sip_refer_accept(refer, server, endpoint, to);
	}
}
