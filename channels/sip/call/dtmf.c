/* Keys by INFO, both ways: application/dtmf-relay ("Signal=5", "Duration=160") and
 * application/dtmf ("5"). Keys by RFC 4733 and in band are the stream's. */
#include <stdio.h>

#include "channels/sip/call/indialog.h"

#define DEFAULT_MS 100

static void reply(struct sip_server *server, unsigned status)
{
	struct sip_out *out = sip_answer_begin(server, status);

	if (status == 415)
		sip_out_header(out, SIP_H_ACCEPT,
			       RD_STR("application/dtmf-relay, application/dtmf, "
				      "application/media_control+xml"));
	sip_reply_send(server, out);
}

/* "5", "*", "#", "A"; some count on: 10 is *, 11 is #, 12 to 15 are A to D. */
static char key_of(struct rd_str text)
{
	static const char keys[] = "0123456789*#ABCD";
	uint64_t number;

	text = rd_str_trim(text);
	if (text.n > 1 && rd_str_to_u64(text, 15, &number) == 0)
		return keys[number];
	if (text.n != 1)
		return 0;
	if (text.p[0] >= 'a' && text.p[0] <= 'd')
		return (char)(text.p[0] - 'a' + 'A');
	return strchr(keys, text.p[0]) ? text.p[0] : 0;
}

static char read_relay(struct rd_str body, int *ms)
{
	struct rd_str line, name;
	uint64_t number;
	char key = 0;

	while (body.n) {
		rd_str_cut(&body, '\n', &line);
		if (!rd_str_cut(&line, '=', &name))
			continue;
		name = rd_str_trim(name);
		if (rd_str_ieq(name, RD_STR("Signal")))
			key = key_of(line);
		else if (rd_str_ieq(name, RD_STR("Duration")) &&
			 rd_str_to_u64(rd_str_trim(line), 10000, &number) == 0 && number)
			*ms = (int)number;
	}
	return key;
}

void sip_call_keys_received(struct sip_call *call, struct sip_server *server,
			    const struct sip_msg *msg)
{
	struct rd_signal signal = { .type = RD_SIGNAL_DIGIT, .ms = DEFAULT_MS };
	struct sip_media_type type;

	if (!msg->body.n) { /* a keep-alive */
		reply(server, 200);
		return;
	}
	if (sip_media_type_parse(&type, sip_msg_value(msg, SIP_H_CONTENT_TYPE), NULL))
		type.subtype = (struct rd_str){ 0 };
	if (rd_str_ieq(type.subtype, RD_STR("dtmf-relay")))
		signal.number = read_relay(msg->body, &signal.ms);
	else if (rd_str_ieq(type.subtype, RD_STR("dtmf")))
		signal.number = key_of(msg->body);
	else {
		reply(server, 415);
		return;
	}
	reply(server, signal.number ? 200 : 400);
	if (signal.number && call->channel && call->state != SIP_CALL_ENDED)
		rd_channel_signal(call->channel, &signal);
}

/* Does the phone want keys so? */
static bool by_info(const struct sip_call *call)
{
	int mode = call->endpoint->dtmf_mode;

	return mode == SIP_DTMF_INFO ||
	       (mode == SIP_DTMF_AUTO_INFO && rd_stream_config(call->stream)->dtmf_payload < 0);
}

int sip_call_send_digit(struct sip_call *call, char digit, int ms)
{
	struct sip_flow flow;
	struct sip_out *out;
	char body[64];
	int n;

	if (!by_info(call))
		return -ENOSYS;
	if (call->state != SIP_CALL_UP)
		return 0;
	out = sip_dialog_begin(call->dialog, sip.transactions, SIP_INFO, &flow);
	if (!out)
		return -EHOSTUNREACH;
	n = snprintf(body, sizeof(body), "Signal=%c\r\nDuration=%d\r\n", digit, ms);
	sip_print_agent(out, false);
	if (call->far_keys) {
		sip_out_header(out, SIP_H_INFO_PACKAGE, RD_STR(SIP_INFO_KEYS));
		sip_out_header(out, SIP_H_CONTENT_DISPOSITION, RD_STR("Info-Package"));
	}
	sip_out_body(out, RD_STR("application/dtmf-relay"),
		     (struct rd_str){ body, (size_t)n });
	return sip_request_send(sip.transactions, NULL, &flow, out, NULL, NULL);
}
