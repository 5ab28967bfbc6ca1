/* INFO and its packages (RFC 6086). A package is a row; an INFO that names none is
 * of the old kind, which carries keys, asks for pictures, or is the record button. */
#include "channels/sip/call/ice.h"
#include "channels/sip/call/indialog.h"

struct info_package {
	struct rd_str name;
	void (*received)(struct sip_call *call, struct sip_server *server,
			 const struct sip_msg *msg);
};

static const struct info_package packages[] = {
	{ RD_STR_INIT(SIP_INFO_KEYS), sip_call_keys_received },
	{ RD_STR_INIT("trickle-ice"), sip_ice_info_received },
};

void sip_print_recv_info(struct sip_out *out)
{
	sip_out_header_begin(out, SIP_H_RECV_INFO);
	for (size_t i = 0; i < RD_ARRAY_SIZE(packages); i++) {
		sip_out_cstr(out, i ? ", " : "");
		sip_out_str(out, packages[i].name);
	}
	sip_out_crlf(out);
}

static void reply(struct sip_server *server, unsigned status)
{
	struct sip_out *out = sip_answer_begin(server, status);

	if (status == 469)
		sip_print_recv_info(out);
	sip_reply_send(server, out);
}

static void old_kind_received(struct sip_call *call, struct sip_server *server,
			      const struct sip_msg *msg)
{
	if (sip_is_record_button(msg))
		sip_record_button_received(call, server, msg);
	else if (sip_is_media_control(msg))
		sip_media_control_received(call, server, msg);
	else
		sip_call_keys_received(call, server, msg);
}

/* NULL: it names one that we do not know. */
static const struct info_package *package_of(const struct sip_msg *msg)
{
	static const struct info_package old = { .received = old_kind_received };
	struct rd_str rest = sip_msg_value(msg, SIP_H_INFO_PACKAGE), name;

	if (!sip_msg_header(msg, SIP_H_INFO_PACKAGE))
		return &old;
	rd_str_cut(&rest, ';', &name);
	for (size_t i = 0; i < RD_ARRAY_SIZE(packages); i++)
		if (rd_str_ieq(rd_str_trim(name), packages[i].name))
			return &packages[i];
	return NULL;
}

void sip_call_info_received(struct sip_call *call, struct sip_server *server,
			    const struct sip_msg *msg)
{
	const struct info_package *package = package_of(msg);

	if (package)
		package->received(call, server, msg);
	else
		reply(server, 469);
}

/* Candidates are of use where early sound is agreed on. A key would be for whoever
 * wins: it is taken and dropped. */
void sip_early_info_received(struct sip_call *call, struct sip_dialog *dialog,
			     struct sip_server *server, const struct sip_msg *msg)
{
	const struct info_package *package = package_of(msg);

	if (package && package->received == sip_ice_info_received && call->early == dialog)
		sip_ice_info_received(call, server, msg);
	else
		reply(server, package ? 200 : 469);
}

int sip_call_send_body(struct sip_call *call, enum sip_method method, struct rd_str type,
		       struct rd_str body)
{
	struct sip_flow flow;
	struct sip_out *out = sip_dialog_begin(call->dialog, sip.transactions, method, &flow);

	if (!out)
		return -EHOSTUNREACH;
	sip_print_agent(out, false);
	sip_out_body(out, type, body);
	return sip_request_send(sip.transactions, NULL, &flow, out, NULL, NULL);
}
