/* The INVITE that a call began with, which the dialplan may ask for as long as it lasts. Its
 * text is a quarter of what it takes when it is taken apart, so that is done when it is asked
 * for, by SIP_HEADER() for one. What most calls ask is kept beside it. */
#include "channels/sip/call/auto_answer.h"
#include "channels/sip/endpoint/enrol.h"
#include "channels/sip/memory.h"

int sip_call_keep_received(struct sip_call *call, const struct sip_msg *msg)
{
	size_t size = msg->body.p ? (size_t)(msg->body.p - msg->text.p) : msg->text.n;
	char *head = rd_malloc(size);

	if (!head)
		return -ENOMEM;
	rd_memory_belongs(head, &sip_memory_calls);
	memcpy(head, msg->text.p, size);
	call->received = (struct sip_received){ .head = { head, size },
						.hops = msg->max_forwards,
						.secure = sip_called_securely(
							sip_server_flow(call->invite), msg),
						.wish = (uint8_t)sip_auto_answer_wish(msg) };
	return 0;
}

const struct sip_msg *sip_call_received(const struct sip_call *call)
{
	static struct sip_parsed parsed;
	struct sip_error error;

	const struct rd_str *head = &call->received.head;

	if (!head->p)
		return NULL;
	/* It was right when it came. Now its body is missing, which is told last. */
	(void)sip_msg_parse(&parsed, (char *)head->p, head->n, &error);
	return &parsed.msg;
}
