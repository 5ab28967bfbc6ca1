/* Session-ID: reading and printing. */
#include <ringdown/base.h>

#include "channels/sip/message/chars.h"
#include "channels/sip/message/session_id.h"

static const char nil[] = "00000000000000000000000000000000";

void sip_uuid_make(char uuid[SIP_UUID])
{
	char dashed[RD_UUID];

	rd_random_uuid(dashed);
	for (const char *from = dashed; *from; from++)
		if (*from != '-')
			*uuid++ = *from;
	*uuid = '\0';
}

void sip_uuid_of_call(char uuid[SIP_UUID], struct rd_str call_id)
{
	const uint64_t halves[] = { rd_hash('S', call_id.p, call_id.n),
				    rd_hash('I', call_id.p, call_id.n) };

	rd_print_hex(uuid, halves, sizeof(halves));
	uuid[12] = '5'; /* RFC 4122, version 5: out of a name */
	uuid[16] = "89ab"[sip_hex_value(uuid[16]) & 3];
}

static bool copy_uuid(char uuid[SIP_UUID], struct rd_str text)
{
	uuid[0] = '\0';
	if (text.n != SIP_UUID - 1)
		return false;
	for (size_t i = 0; i < text.n; i++)
		if (!sip_is(text.p[i], SIP_CH_HEX))
			return false;
	if (memcmp(text.p, nil, text.n) != 0)
		rd_strcpyn(uuid, SIP_UUID, text);
	return true;
}

bool sip_session_id_read(const struct sip_msg *msg, char sender[SIP_UUID],
			 char receiver[SIP_UUID])
{
	struct rd_str params = sip_msg_value(msg, SIP_H_SESSION_ID), own, remote;

	sender[0] = receiver[0] = '\0';
	if (!params.n)
		return false;
	rd_str_cut(&params, ';', &own);
	if (!copy_uuid(sender, rd_str_trim(own)))
		return false;
	if (sip_param_get(params, RD_STR("remote"), &remote))
		copy_uuid(receiver, remote);
	return true;
}

void sip_session_id_note(struct sip_session_id *id, const struct sip_msg *msg)
{
	char sender[SIP_UUID], receiver[SIP_UUID];

	if (sip_session_id_read(msg, sender, receiver) && sender[0])
		memcpy(id->theirs, sender, SIP_UUID);
}

static void print(struct sip_out *out, const char *own, const char *remote)
{
	sip_out_header_begin(out, SIP_H_SESSION_ID);
	sip_out_cstr(out, own);
	sip_out_cstr(out, ";remote=");
	sip_out_cstr(out, *remote ? remote : nil);
	sip_out_crlf(out);
}

void sip_session_id_print(struct sip_out *out, const struct sip_session_id *id)
{
	if (id->ours[0])
		print(out, id->ours, id->theirs);
}

void sip_session_id_echo(struct sip_out *out, const struct sip_msg *request)
{
	char sender[SIP_UUID], receiver[SIP_UUID];

	if (!sip_session_id_read(request, sender, receiver))
		return;
	if (!receiver[0])
		sip_uuid_of_call(receiver, request->call_id);
	print(out, receiver, sender);
}

void sip_session_id_tell(struct sip_out *out, const struct sip_msg *request,
			 const struct sip_session_id *id)
{
	static const char start[] = "\r\nSession-ID: ";
	char sender[SIP_UUID], receiver[SIP_UUID], *echoed;

	sip_session_id_read(request, sender, receiver);
	if (receiver[0] || !id->ours[0])
		return;
	echoed = out->overflow ? NULL : memmem(out->p, out->n, start, sizeof(start) - 1);
	if (echoed)
		memcpy(echoed + sizeof(start) - 1, id->ours, SIP_UUID - 1);
	else
		sip_session_id_print(out, id);
}
