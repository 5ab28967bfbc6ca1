/* Whole pictures by INFO (RFC 5168): a far end that agreed on no feedback by RTCP is
 * asked so, and may ask so itself. */
#include <ringdown/xml.h>

#include "channels/sip/call/indialog.h"
#include "channels/sip/call/media.h"

/* ---- ours ---- */

static const char wish[] = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n"
			   "<media_control><vc_primitive><to_encoder><picture_fast_update/>"
			   "</to_encoder></vc_primitive></media_control>\r\n";

int sip_want_picture(struct rd_channel *ch)
{
	struct sip_call *call = sip_call_of(ch);

	if (call->state != SIP_CALL_UP)
		return 0;
	return sip_call_send_body(call, SIP_INFO, RD_STR("application/media_control+xml"),
				  rd_str_of(wish));
}

/* ---- theirs ---- */

bool sip_is_media_control(const struct sip_msg *msg)
{
	struct sip_media_type type;

	return sip_media_type_parse(&type, sip_msg_value(msg, SIP_H_CONTENT_TYPE), NULL) == 0 &&
	       rd_str_ieq(type.type, RD_STR("application")) &&
	       rd_str_ieq(type.subtype, RD_STR("media_control+xml"));
}

static bool asks_for_picture(const struct rd_xml *control)
{
	const struct rd_xml *primitive = rd_xml_child(control, NULL, "vc_primitive");

	for (; primitive; primitive = rd_xml_next(primitive, NULL, "vc_primitive"))
		if (rd_xml_child(rd_xml_child(primitive, NULL, "to_encoder"), NULL,
				 "picture_fast_update"))
			return true;
	return false;
}

/* It does not say of which line. */
static void wish_for_pictures(struct sip_call *call)
{
	for (int i = 0; i < SIP_BESIDE; i++)
		if (call->beside[i] && sip_beside_kind(i) == RD_MEDIA_VIDEO)
			(void)rd_stream_wish_for_picture(call->beside[i]);
}

/* Whoever has no pictures, or asks for something that we do not know, gets his 200
 * too: there is nothing that he should do about it. */
void sip_media_control_received(struct sip_call *call, struct sip_server *server,
				const struct sip_msg *msg)
{
	const struct rd_xml *control;

	if (rd_xml_read(&control, sip.scratch, msg->body) ||
	    strcmp(control->name, "media_control") != 0) {
		sip_answer_with(server, 400);
		return;
	}
	sip_answer_with(server, 200);
	if (call->channel && call->state == SIP_CALL_UP && asks_for_picture(control))
		wish_for_pictures(call);
}
