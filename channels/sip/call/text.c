/* Text in a call: MESSAGE in its dialog, both ways. */
#include "channels/sip/pager/pager.h"
#include "channels/sip/call/indialog.h"

static bool is_plain(const struct sip_msg *msg)
{
	struct sip_media_type type;

	return sip_media_type_parse(&type, sip_msg_value(msg, SIP_H_CONTENT_TYPE), NULL) == 0 &&
	       rd_str_ieq(type.type, RD_STR("text")) &&
	       rd_str_ieq(type.subtype, RD_STR("plain"));
}

void sip_call_text_received(struct sip_call *call, struct sip_server *server,
			    const struct sip_msg *msg)
{
	unsigned status = !is_plain(msg)		 ? 415
			  : msg->body.n > SIP_TEXT_MAX ? 413
							 : 200;
	unsigned wait_s = sip_text_wait(call->endpoint);
	struct sip_out *out;

	if (wait_s) {
		sip_text_refuse(server, wait_s);
		return;
	}
	out = sip_answer_begin(server, status);
	if (status == 200 && call->channel && call->state != SIP_CALL_ENDED)
		rd_channel_post_text(call->channel, msg->body);
	if (status == 415)
		sip_out_header(out, SIP_H_ACCEPT, RD_STR("text/plain"));
	sip_reply_send(server, out);
}

int sip_call_send_text(struct sip_call *call, const char *text)
{
	if (call->state != SIP_CALL_UP)
		return -ENOTCONN;
	return sip_call_send_body(call, SIP_MESSAGE, RD_STR("text/plain;charset=UTF-8"),
				  rd_str_of(text));
}
