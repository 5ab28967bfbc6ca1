/* What CHANNEL(item) gives of a SIP call: its own items, and the families
 * pjsip, rtp and rtcp as Asterisk's users know them: CHANNEL(pjsip,call-id). */
#include <stddef.h>
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

/* Whose item it is; dialog: NULL before there is one. */
struct asked {
	const struct sip_call *call;
	const struct sip_dialog *dialog;
};

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

/* The text of it that is at this offset. */
static int dialog_text(const struct asked *asked, size_t at, struct rd_buf *out)
{
	if (!asked->dialog)
		return -ENOENT;
	add_str(out, *(const struct rd_str *)((const char *)asked->dialog + at));
	return 0;
}

/* Likewise, the address. */
static int dialog_address(const struct asked *asked, size_t at, struct rd_buf *out)
{
	if (!asked->dialog)
		return -ENOENT;
	add_address(out, (const union sip_sockaddr *)((const char *)asked->dialog + at));
	return 0;
}

static int from(const struct asked *asked, size_t at, struct rd_buf *out)
{
	(void)at;
	if (!asked->dialog)
		return -ENOENT;
	add_str(out, far_uri(asked->dialog));
	return 0;
}

static int peer_ip(const struct asked *asked, size_t at, struct rd_buf *out)
{
	char text[SIP_SOCKADDR_TEXT];

	(void)at;
	if (!asked->dialog)
		return -ENOENT;
	rd_buf_add(out, text, sip_sockaddr_host(&asked->dialog->flow.peer, text));
	return 0;
}

static int is_secure(const struct asked *asked, size_t at, struct rd_buf *out)
{
	(void)at;
	if (!asked->dialog)
		return -ENOENT;
	rd_buf_addc(out, asked->dialog->flow.transport->secure ? '1' : '0');
	return 0;
}

static int fax_state(const struct asked *asked, size_t at, struct rd_buf *out)
{
	(void)at;
	if (!asked->dialog)
		return -ENOENT;
	rd_buf_adds(out, sip_fax_state(asked->call));
	return 0;
}

static int requested(const struct asked *asked, size_t at, struct rd_buf *out)
{
	(void)at;
	if (!asked->dialog)
		return -ENOENT;
	add_str(out, request_uri(asked->call, asked->dialog));
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

static int media_source(const struct asked *asked, size_t at, struct rd_buf *out)
{
	struct sockaddr_storage local;
	union rd_sockaddr own;

	(void)at;
	if (!asked->call->stream)
		return -ENOENT;
	rd_stream_local(asked->call->stream, &local);
	memcpy(&own, &local, sizeof(own));
	add_stored(out, &own);
	return 0;
}

static int media_target(const struct asked *asked, size_t at, struct rd_buf *out)
{
	(void)at;
	if (!asked->call->stream)
		return -ENOENT;
	add_stored(out, &rd_stream_config(asked->call->stream)->remote);
	return 0;
}

/* It always passes through here. */
static int media_direct(const struct asked *asked, size_t at, struct rd_buf *out)
{
	(void)at;
	(void)out;
	return asked->call->stream ? 0 : -ENOENT;
}

static int media_held(const struct asked *asked, size_t at, struct rd_buf *out)
{
	(void)at;
	if (!asked->call->stream)
		return -ENOENT;
	rd_buf_addc(out, asked->call->far_holds ? '1' : '0');
	return 0;
}

static int media_secure(const struct asked *asked, size_t at, struct rd_buf *out)
{
	(void)at;
	if (!asked->call->stream)
		return -ENOENT;
	rd_buf_addc(out, has_secure_sound(asked->call) ? '1' : '0');
	return 0;
}

/* ---- its numbers ---- */

/* What is at an offset of them; false: there is no sound. */
static bool read_figure(const struct asked *asked, size_t at, void *figure, size_t size)
{
	struct rd_stream_stats stats;

	if (!asked->call->stream)
		return false;
	rd_stream_stats(asked->call->stream, &stats);
	memcpy(figure, (const char *)&stats + at, size);
	return true;
}

static int count(const struct asked *asked, size_t at, struct rd_buf *out)
{
	uint32_t figure;

	if (!read_figure(asked, at, &figure, sizeof(figure)))
		return -ENOENT;
	rd_buf_printf(out, "%u", figure);
	return 0;
}

static int packets(const struct asked *asked, size_t at, struct rd_buf *out)
{
	uint64_t figure;

	if (!read_figure(asked, at, &figure, sizeof(figure)))
		return -ENOENT;
	rd_buf_printf(out, "%llu", (unsigned long long)figure);
	return 0;
}

/* Jitter and round trip in seconds, as Asterisk prints them. */
static int seconds(const struct asked *asked, size_t at, struct rd_buf *out)
{
	uint32_t us;

	if (!read_figure(asked, at, &us, sizeof(us)))
		return -ENOENT;
	rd_buf_printf(out, "%.6f", us / 1e6);
	return 0;
}

static int score(const struct asked *asked, size_t at, struct rd_buf *out)
{
	uint16_t hundredths;

	if (!read_figure(asked, at, &hundredths, sizeof(hundredths)))
		return -ENOENT;
	rd_buf_printf(out, "%.2f", hundredths / 100.0);
	return 0;
}

static int all_figures(const struct asked *asked, size_t at, struct rd_buf *out)
{
	struct rd_stream_stats s;

	(void)at;
	if (!asked->call->stream)
		return -ENOENT;
	rd_stream_stats(asked->call->stream, &s);
	rd_buf_printf(out,
		      "ssrc=%u;themssrc=%u;lp=%u;rxjitter=%.6f;rxcount=%llu;"
		      "txjitter=%.6f;txcount=%llu;rlp=%u;rtt=%.6f;"
		      "rxmos=%.2f;txmos=%.2f",
		      s.ssrc, s.far_ssrc, s.rx_lost, s.rx_jitter_us / 1e6,
		      (unsigned long long)s.rx_packets, s.far_jitter_us / 1e6,
		      (unsigned long long)s.tx_packets, s.far_lost, s.round_trip_us / 1e6,
		      s.rx_mos / 100.0, s.tx_mos / 100.0);
	return 0;
}

/* ---- the call ---- */

/* What the far end last said to our INVITE: "SIP 486 Busy Here". */
static int tech_cause(const struct asked *asked, size_t at, struct rd_buf *out)
{
	const struct sip_call *call = asked->call;
	unsigned status = call->state == SIP_CALL_UP ? 200 : call->refusal;
	struct rd_str phrase = sip_reason_phrase(status);
	char number[RD_NUMBER_MAX];

	(void)at;
	if (!status)
		return -ENOENT;
	rd_buf_adds(out, "SIP ");
	rd_print_number(number, status);
	rd_buf_adds(out, number);
	rd_buf_addc(out, ' ');
	rd_buf_add(out, phrase.p, phrase.n);
	return 0;
}

static int secure_media(const struct asked *asked, size_t at, struct rd_buf *out)
{
	(void)at;
	rd_buf_addc(out, has_secure_sound(asked->call) ? '1' : '0');
	return 0;
}

static int endpoint_name(const struct asked *asked, size_t at, struct rd_buf *out)
{
	(void)at;
	rd_buf_adds(out, asked->call->endpoint->name);
	return 0;
}

static int user_agent(const struct asked *asked, size_t at, struct rd_buf *out)
{
	(void)at;
	if (!asked->call->received.head.p)
		return -ENOENT;
	add_str(out, sip_msg_value(sip_call_received(asked->call), SIP_H_USER_AGENT));
	return 0;
}

static int mailbox(const struct asked *asked, size_t at, struct rd_buf *out)
{
	(void)at;
	rd_buf_adds(out, asked->call->endpoint->mailbox ? asked->call->endpoint->mailbox : "");
	return 0;
}

/* ---- all of them ---- */

static const struct item {
	const char *family, *name;
	int (*print)(const struct asked *asked, size_t at, struct rd_buf *out);
	size_t at;
} items[] = {
#define DIALOG(field) offsetof(struct sip_dialog, field)
#define FIGURE(field) offsetof(struct rd_stream_stats, field)
	{ "pjsip", "call-id", dialog_text, DIALOG(call_id) },
	{ "pjsip", "secure", is_secure, 0 },
	{ "pjsip", "t38state", fax_state, 0 },
	{ "pjsip", "request_uri", requested, 0 },
	{ "pjsip", "target_uri", dialog_text, DIALOG(target) },
	{ "pjsip", "local_uri", dialog_text, DIALOG(local) },
	{ "pjsip", "remote_uri", dialog_text, DIALOG(remote) },
	{ "pjsip", "local_tag", dialog_text, DIALOG(local_tag) },
	{ "pjsip", "remote_tag", dialog_text, DIALOG(remote_tag) },
	{ "pjsip", "local_addr", dialog_address, DIALOG(flow.local) },
	{ "pjsip", "remote_addr", dialog_address, DIALOG(flow.peer) },
	{ "rtp", "src", media_source, 0 },
	{ "rtp", "dest", media_target, 0 },
	{ "rtp", "direct", media_direct, 0 },
	{ "rtp", "hold", media_held, 0 },
	{ "rtp", "secure", media_secure, 0 },
	{ "rtcp", "all", all_figures, 0 },
	{ "rtcp", "local_ssrc", count, FIGURE(ssrc) },
	{ "rtcp", "remote_ssrc", count, FIGURE(far_ssrc) },
	{ "rtcp", "txcount", packets, FIGURE(tx_packets) },
	{ "rtcp", "rxcount", packets, FIGURE(rx_packets) },
	{ "rtcp", "txploss", count, FIGURE(far_lost) },
	{ "rtcp", "rxploss", count, FIGURE(rx_lost) },
	{ "rtcp", "txjitter", seconds, FIGURE(far_jitter_us) },
	{ "rtcp", "rxjitter", seconds, FIGURE(rx_jitter_us) },
	{ "rtcp", "rxmos", score, FIGURE(rx_mos) },
	{ "rtcp", "txmos", score, FIGURE(tx_mos) },
	{ "rtcp", "rtt", seconds, FIGURE(round_trip_us) },
	{ NULL, "techcause", tech_cause, 0 },
	{ NULL, "secure_media", secure_media, 0 },
	{ NULL, "peername", endpoint_name, 0 },
	{ NULL, "endpoint", endpoint_name, 0 },
	{ NULL, "aor", endpoint_name, 0 },
	{ NULL, "useragent", user_agent, 0 },
	{ NULL, "mailbox", mailbox, 0 },
	{ NULL, "callid", dialog_text, DIALOG(call_id) },
	{ NULL, "uri", dialog_text, DIALOG(target) },
	{ NULL, "contact", dialog_text, DIALOG(target) },
	{ NULL, "from", from, 0 },
	{ NULL, "recvip", peer_ip, 0 },
	{ NULL, "peerip", peer_ip, 0 },
	{ NULL, "remote_addr", dialog_address, DIALOG(flow.peer) },
#undef DIALOG
#undef FIGURE
};

/* "call-id" of "pjsip,call-id". A third part, which names the line of media, can only mean
 * the sound. */
static bool is_named(const struct item *item, struct rd_str text)
{
	struct rd_str part;

	if (item->family) {
		if (!rd_str_cut(&text, ',', &part) || !rd_str_ieq(part, rd_str_of(item->family)))
			return false;
		rd_str_cut(&text, ',', &part);
		text = part;
	}
	return rd_str_ieq(text, rd_str_of(item->name));
}

/* NULL: there is none. */
static const struct item *item_named(const char *text)
{
	for (size_t i = 0; i < RD_ARRAY_SIZE(items); i++)
		if (is_named(&items[i], rd_str_of(text)))
			return &items[i];
	return NULL;
}

bool sip_has_item(const char *item)
{
	return item_named(item);
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

int sip_get(struct rd_channel *ch, const char *text, struct rd_buf *out)
{
	const struct sip_call *call = sip_call_of(ch);
	const struct asked asked = { call, dialog_of(call) };
	const struct item *item = item_named(text);

	return item ? item->print(&asked, item->at, out) : -ENOENT;
}
