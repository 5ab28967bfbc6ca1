/* Asking a far end for a whole picture by INFO (RFC 5168), when it agreed on no
 * feedback by RTCP. */
#include "media.h"

static const char wish[] = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n"
			   "<media_control><vc_primitive><to_encoder><picture_fast_update/>"
			   "</to_encoder></vc_primitive></media_control>\r\n";

int sip_want_picture(struct rd_channel *ch)
{
	struct sip_call *call = sip_call_of(ch);
	struct sip_flow flow;
	struct sip_out *out;

	if (call->state != SIP_CALL_UP)
		return 0;
	out = sip_dialog_begin(call->dialog, sip.transactions, SIP_INFO, &flow);
	if (!out)
		return -EHOSTUNREACH;
	sip_print_agent(out, false);
	sip_out_body(out, RD_STR("application/media_control+xml"), rd_str_of(wish));
	return sip_request_send(sip.transactions, NULL, &flow, out, NULL, NULL);
}
