/* What CHANNEL(item) gives of a SIP call: its own items, and the families
 * pjsip, rtp and rtcp as Asterisk's users know them: CHANNEL(pjsip,call-id). */
#include <strings.h>

#include "channels/sip/call/fax.h"
#include "channels/sip/call/tech.h"

static void add_str(struct rd_buf *out, struct rd_str text)
{
	rd_buf_add(out, text.p, text.n);
}

static void add_address(struct rd_buf *out, const union sip_sockaddr *address)
{
	char text[SIP_SOCKADDR_TEXT];

	rd_buf_adds(out, sip_sockaddr_text(address, text));
}

/* ---- the dialog ---- */

static struct rd_str far_uri(const struct sip_dialog *dialog)
{
	struct sip_name_addr far;

	return sip_name_addr_parse(&far, dialog->remote, NULL) ? (struct rd_str){ 0 } : far.uri;
}

/* The one that the call began with; of a registered phone that we call, its Contact:
 * "sip:1002@" stands before that one's host. */
static struct rd_str request_uri(const struct sip_call *call, const struct sip_dialog *dialog)
{
	const struct sip_msg *invite = sip_call_received(call);
	struct rd_str target = rd_str_of(call->target);

	if (invite)
		return invite->uri;
	return target.n && target.p[target.n - 1] != '@' ? target : dialog->target;
}

static int dialog_item(const struct sip_dialog *dialog, const char *item, struct rd_buf *out)
{
	char text[SIP_SOCKADDR_TEXT];

	if (!dialog)
		return -ENOENT;
	if (strcasecmp(item, "callid") == 0)
		add_str(out, dialog->call_id);
	else if (strcasecmp(item, "uri") == 0 || strcasecmp(item, "contact") == 0)
		add_str(out, dialog->target);
	else if (strcasecmp(item, "from") == 0)
		add_str(out, far_uri(dialog));
	else if (strcasecmp(item, "recvip") == 0 || strcasecmp(item, "peerip") == 0)
		rd_buf_add(out, text, sip_sockaddr_host(&dialog->flow.peer, text));
	else if (strcasecmp(item, "remote_addr") == 0)
		add_address(out, &dialog->flow.peer);
	else
		return -ENOENT;
	return 0;
}

static int pjsip_item(const struct sip_call *call, const struct sip_dialog *dialog,
		      const char *item, struct rd_buf *out)
{
	if (!dialog)
		return -ENOENT;
	if (strcasecmp(item, "call-id") == 0)
		add_str(out, dialog->call_id);
	else if (strcasecmp(item, "secure") == 0)
		rd_buf_addc(out, dialog->flow.transport->secure ? '1' : '0');
	else if (strcasecmp(item, "t38state") == 0)
		rd_buf_adds(out, sip_fax_state(call));
	else if (strcasecmp(item, "request_uri") == 0)
		add_str(out, request_uri(call, dialog));
	else if (strcasecmp(item, "target_uri") == 0)
		add_str(out, dialog->target);
	else if (strcasecmp(item, "local_uri") == 0)
		add_str(out, dialog->local);
	else if (strcasecmp(item, "remote_uri") == 0)
		add_str(out, dialog->remote);
	else if (strcasecmp(item, "local_tag") == 0)
		add_str(out, dialog->local_tag);
	else if (strcasecmp(item, "remote_tag") == 0)
		add_str(out, dialog->remote_tag);
	else if (strcasecmp(item, "local_addr") == 0)
		add_address(out, &dialog->flow.local);
	else if (strcasecmp(item, "remote_addr") == 0)
		add_address(out, &dialog->flow.peer);
	else
		return -ENOENT;
	return 0;
}

/* ---- sound ---- */

static void add_stored(struct rd_buf *out, const union rd_sockaddr *stored)
{
	union sip_sockaddr address = { 0 };

	if (!stored->ss_family)
		return;
	memcpy(&address, stored, sizeof(address));
	add_address(out, &address);
}

static bool has_secure_sound(const struct sip_call *call)
{
	return call->stream && rd_stream_config(call->stream)->security.by != RD_SECURITY_NONE;
}

static int rtp_item(const struct sip_call *call, const char *item, struct rd_buf *out)
{
	struct sockaddr_storage local;
	union rd_sockaddr own;

	if (!call->stream)
		return -ENOENT;
	rd_stream_local(call->stream, &local);
	memcpy(&own, &local, sizeof(own));
	if (strcasecmp(item, "src") == 0)
		add_stored(out, &own);
	else if (strcasecmp(item, "dest") == 0)
		add_stored(out, &rd_stream_config(call->stream)->remote);
	else if (strcasecmp(item, "direct") == 0)
		return 0; /* it always passes through here */
	else if (strcasecmp(item, "hold") == 0)
		rd_buf_addc(out, call->far_holds ? '1' : '0');
	else if (strcasecmp(item, "secure") == 0)
		rd_buf_addc(out, has_secure_sound(call) ? '1' : '0');
	else
		return -ENOENT;
	return 0;
}

/* Jitter and round trip in seconds, as Asterisk prints them. */
static int rtcp_item(const struct sip_call *call, const char *item, struct rd_buf *out)
{
	struct rd_stream_stats s;

	if (!call->stream)
		return -ENOENT;
	rd_stream_stats(call->stream, &s);
	if (strcasecmp(item, "all") == 0)
		rd_buf_printf(out,
			      "ssrc=%u;themssrc=%u;lp=%u;rxjitter=%.6f;rxcount=%llu;"
			      "txjitter=%.6f;txcount=%llu;rlp=%u;rtt=%.6f;"
			      "rxmos=%.2f;txmos=%.2f",
			      s.ssrc, s.far_ssrc, s.rx_lost, s.rx_jitter_us / 1e6,
			      (unsigned long long)s.rx_packets, s.far_jitter_us / 1e6,
			      (unsigned long long)s.tx_packets, s.far_lost,
			      s.round_trip_us / 1e6, s.rx_mos / 100.0, s.tx_mos / 100.0);
	else if (strcasecmp(item, "local_ssrc") == 0)
		rd_buf_printf(out, "%u", s.ssrc);
	else if (strcasecmp(item, "remote_ssrc") == 0)
		rd_buf_printf(out, "%u", s.far_ssrc);
	else if (strcasecmp(item, "txcount") == 0)
		rd_buf_printf(out, "%llu", (unsigned long long)s.tx_packets);
	else if (strcasecmp(item, "rxcount") == 0)
		rd_buf_printf(out, "%llu", (unsigned long long)s.rx_packets);
	else if (strcasecmp(item, "txploss") == 0)
		rd_buf_printf(out, "%u", s.far_lost);
	else if (strcasecmp(item, "rxploss") == 0)
		rd_buf_printf(out, "%u", s.rx_lost);
	else if (strcasecmp(item, "txjitter") == 0)
		rd_buf_printf(out, "%.6f", s.far_jitter_us / 1e6);
	else if (strcasecmp(item, "rxjitter") == 0)
		rd_buf_printf(out, "%.6f", s.rx_jitter_us / 1e6);
	else if (strcasecmp(item, "rxmos") == 0)
		rd_buf_printf(out, "%.2f", s.rx_mos / 100.0);
	else if (strcasecmp(item, "txmos") == 0)
		rd_buf_printf(out, "%.2f", s.tx_mos / 100.0);
	else if (strcasecmp(item, "rtt") == 0)
		rd_buf_printf(out, "%.6f", s.round_trip_us / 1e6);
	else
		return -ENOENT;
	return 0;
}

/* What the far end last said to our INVITE: "SIP 486 Busy Here". */
static int tech_cause(const struct sip_call *call, struct rd_buf *out)
{
	unsigned status = call->state == SIP_CALL_UP ? 200 : call->refusal;
	struct rd_str phrase = sip_reason_phrase(status);
	char number[RD_NUMBER_MAX];

	if (!status)
		return -ENOENT;
	rd_buf_adds(out, "SIP ");
	rd_print_number(number, status);
	rd_buf_adds(out, number);
	rd_buf_addc(out, ' ');
	rd_buf_add(out, phrase.p, phrase.n);
	return 0;
}

/* ---- all of them ---- */

/* What follows "family," in item, NULL when it is of another family. A third
 * part, which names the line of media, can only mean the sound. */
static const char *in_family(const char *item, const char *family, char rest[32])
{
	size_t n = strlen(family);

	if (strncasecmp(item, family, n) != 0 || item[n] != ',')
		return NULL;
	rd_strcpyn(rest, 32, (struct rd_str){ item + n + 1, strcspn(item + n + 1, ",") });
	return rest;
}

/* Before the answer there may be several; then any that rings, else any. NULL: none. */
static const struct sip_dialog *dialog_of(const struct sip_call *call)
{
	const struct sip_dialog *found = call->dialog;

	if (found)
		return found;
	rd_list_foreach(node, tmp, &call->legs) {
		const struct sip_leg *leg = rd_list_entry(node, struct sip_leg, link);
		const struct sip_dialog *dialog = leg->fork_count ? leg->forks[0]->dialog : NULL;

		if (dialog && dialog->state != SIP_DIALOG_HALF)
			return dialog;
		found = found ? found : dialog;
	}
	return found;
}

int sip_get(struct rd_channel *ch, const char *item, struct rd_buf *out)
{
	const struct sip_call *call = sip_call_of(ch);
	const struct sip_dialog *dialog = dialog_of(call);
	char rest[32];

	if (in_family(item, "pjsip", rest))
		return pjsip_item(call, dialog, rest, out);
	if (in_family(item, "rtp", rest))
		return rtp_item(call, rest, out);
	if (in_family(item, "rtcp", rest))
		return rtcp_item(call, rest, out);
	if (strcasecmp(item, "techcause") == 0)
		return tech_cause(call, out);
	if (strcasecmp(item, "secure_media") == 0)
		rd_buf_addc(out, has_secure_sound(call) ? '1' : '0');
	else if (strcasecmp(item, "peername") == 0 || strcasecmp(item, "endpoint") == 0 ||
	    strcasecmp(item, "aor") == 0)
		rd_buf_adds(out, call->endpoint->name);
	else if (strcasecmp(item, "useragent") == 0 && call->received.head.p)
		add_str(out, sip_msg_value(sip_call_received(call), SIP_H_USER_AGENT));
	else if (strcasecmp(item, "mailbox") == 0)
		rd_buf_adds(out, call->endpoint->mailbox ? call->endpoint->mailbox : "");
	else
		return dialog_item(dialog, item, out);
	return 0;
}
