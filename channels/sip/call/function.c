/* SIP_HEADER() and PJSIP_HEADER(): headers of the INVITE that came in, and
 * headers for those that go out. */
#include <stdlib.h>
#include <strings.h>

#include "channels/sip/endpoint/ask.h"
#include "channels/sip/message/chars.h"
#include "channels/sip/pager/pager.h"
#include "channels/sip/call/media.h"
#include "channels/sip/call/tech.h"

/* Lines added by the dialplan, kept with the channel. */
static const char added_key;

static void free_lines(void *lines)
{
	rd_free(lines);
}

const char *sip_added_headers(const struct rd_channel *ch)
{
	const char *lines = rd_channel_attached(ch, &added_key);

	return lines ? lines : "";
}

/* Those that carry the call itself are not the dialplan's. */
static bool is_ours(struct rd_str name)
{
	static const enum sip_header_id ours[] = {
		SIP_H_VIA, SIP_H_FROM, SIP_H_TO, SIP_H_CALL_ID, SIP_H_CSEQ, SIP_H_CONTACT,
		SIP_H_ROUTE, SIP_H_RECORD_ROUTE, SIP_H_MAX_FORWARDS, SIP_H_CONTENT_LENGTH,
		SIP_H_CONTENT_TYPE,
	};
	enum sip_header_id id = sip_header_id_of(name);

	for (size_t i = 0; i < RD_ARRAY_SIZE(ours); i++)
		if (ours[i] == id)
			return true;
	return false;
}

static int set_lines(struct rd_channel *ch, char *lines)
{
	int rc = lines ? rd_channel_attach(ch, &added_key, lines, free_lines) : -ENOMEM;

	if (rc)
		rd_free(lines);
	return rc;
}

static int add_line(struct rd_channel *ch, struct rd_str name, const char *value)
{
	size_t n = strcspn(value, "\r\n");

	return set_lines(ch, rd_asprintf("%s%.*s: %.*s\r\n", sip_added_headers(ch),
					 RD_STR_ARG(name), (int)n, value));
}

static int remove_lines(struct rd_channel *ch, struct rd_str name)
{
	struct rd_str rest = rd_str_of(sip_added_headers(ch)), line, head;
	struct rd_buf kept;

	rd_buf_init(&kept);
	while (rest.n) {
		struct rd_str text;

		rd_str_cut(&rest, '\n', &line);
		text = line;
		rd_str_cut(&text, ':', &head);
		if (rd_str_ieq(head, name))
			continue;
		rd_buf_add(&kept, line.p, line.n);
		rd_buf_addc(&kept, '\n');
	}
	return set_lines(ch, rd_buf_take(&kept));
}

int sip_add_header(struct rd_channel *ch, const char *name, const char *value)
{
	return add_line(ch, rd_str_of(name), value);
}

void sip_remove_header(struct rd_channel *ch, const char *name)
{
	if (*sip_added_headers(ch))
		remove_lines(ch, rd_str_of(name));
}

/* "X-Name", "add,X-Name", "remove,X-Name", "update,X-Name", "read,X-Name,2" */
struct header_args {
	struct rd_str action, name;
	unsigned index; /* from 0 */
};

static bool is_action(struct rd_str word)
{
	static const char *const actions[] = { "add", "remove", "update", "read" };

	for (size_t i = 0; i < RD_ARRAY_SIZE(actions); i++)
		if (rd_str_ieq(word, rd_str_of(actions[i])))
			return true;
	return false;
}

static int read_args(struct header_args *args, const char *text)
{
	struct rd_str rest = rd_str_of(text), word, number;
	uint64_t index = 1;

	memset(args, 0, sizeof(*args));
	rd_str_cut(&rest, ',', &word);
	word = rd_str_trim(word);
	if (is_action(word) && rest.n) {
		args->action = word;
		rd_str_cut(&rest, ',', &word);
	}
	args->name = rd_str_trim(word);
	rd_str_cut(&rest, ',', &number);
	if (number.n && (rd_str_to_u64(rd_str_trim(number), 255, &index) || !index))
		return -EINVAL;
	args->index = (unsigned)index - 1;
	return sip_is_token(args->name) ? 0 : -EINVAL;
}

static int header_read(struct rd_channel *ch, const char *text, struct rd_buf *out)
{
	const struct sip_header *header;
	const struct sip_call *call = sip_call_of_leg(ch);
	struct header_args args;
	int rc = read_args(&args, text);

	if (rc || !call || !call->received)
		return rc;
	header = sip_msg_find(call->received, args.name, args.index);
	if (header)
		rd_buf_add(out, header->value.p, header->value.n);
	return 0;
}

static int header_write(struct rd_channel *ch, const char *text, const char *value)
{
	struct header_args args;
	int rc = ch ? read_args(&args, text) : -EINVAL;

	if (rc)
		return rc;
	if (is_ours(args.name))
		return -EPERM;
	if (rd_str_ieq(args.action, RD_STR("remove")))
		return remove_lines(ch, args.name);
	if (rd_str_ieq(args.action, RD_STR("update"))) {
		rc = remove_lines(ch, args.name);
		if (rc)
			return rc;
	}
	return add_line(ch, args.name, value);
}

/* ---- PJSIP_MEDIA_OFFER() ---- */

static struct sip_call *call_of(struct rd_channel *ch, const char *media)
{
	bool ours = ch && strcmp(rd_channel_tech(ch), sip_techs[0].name) == 0;

	return ours && strcasecmp(media, "audio") == 0 ? sip_call_of(ch) : NULL;
}

static int media_offer_read(struct rd_channel *ch, const char *media, struct rd_buf *out)
{
	const struct sip_call *call = call_of(ch, media);
	struct sip_media_policy policy;

	if (!call)
		return -EINVAL;
	sip_call_policy(call, &policy);
	for (int i = 0; i < policy.codec_count; i++)
		rd_buf_printf(out, "%s%s", i ? "," : "", policy.codecs[i]->name);
	return 0;
}

static int media_offer_write(struct rd_channel *ch, const char *media, const char *value)
{
	const struct rd_codec *codecs[SIP_CODECS_MAX];
	struct sip_call *call = call_of(ch, media);
	char *copy;

	if (!call || rd_codec_list(value, codecs, SIP_CODECS_MAX, NULL) <= 0)
		return -EINVAL;
	copy = rd_strdup(value);
	if (!copy)
		return -ENOMEM;
	rd_free(call->media_offer);
	call->media_offer = copy;
	return 0;
}

const struct rd_function sip_functions[] = {
	{ .name = "SIP_HEADER",
	  .read = header_read,
	  .write = header_write,
	  .synopsis = "A header of the INVITE that came in, or of those that go out",
	  .syntax = "SIP_HEADER([read|add|update|remove,]name[,number])",
	  .description = "Reading gives the number-th header of that name of the INVITE that "
			 "made this channel. Writing adds a header to the INVITEs of this "
			 "channel's Dial; in a pre-dial routine, to that leg alone." },
	{ .name = "PJSIP_HEADER",
	  .read = header_read,
	  .write = header_write,
	  .synopsis = "The same as SIP_HEADER, by the name that dialplans know",
	  .syntax = "PJSIP_HEADER(read|add|update|remove,name[,number])" },
	{ .name = "MESSAGE",
	  .read = sip_note_read,
	  .write = sip_note_write,
	  .synopsis = "The text that came, or that MessageSend() is to send",
	  .syntax = "MESSAGE(to|from|body|content-type|custom_data)",
	  .description = "custom_data is set only: mark_all_outbound lets all headers that came "
			 "go out again, clear_all_outbound none." },
	{ .name = "MESSAGE_DATA",
	  .read = sip_note_header_read,
	  .write = sip_note_header_write,
	  .synopsis = "A header of the text that came, or of the one to be sent",
	  .syntax = "MESSAGE_DATA(name)" },
	{ .name = "PJSIP_MEDIA_OFFER",
	  .read = media_offer_read,
	  .write = media_offer_write,
	  .synopsis = "The codecs that this leg offers and takes from now on",
	  .syntax = "PJSIP_MEDIA_OFFER(audio)",
	  .description = "To set in a pre-dial routine of the called leg (Dial's b), or before "
			 "the answer: \"alaw,ulaw\"." },
	{ .name = "PJSIP_ENDPOINT",
	  .read = sip_endpoint_read,
	  .synopsis = "An option of a phone or peer",
	  .syntax = "PJSIP_ENDPOINT(name,option)",
	  .description = "Option is a name of sip.conf or pjsip.conf. Passwords are not told." },
	{ .name = "PJSIP_AOR",
	  .read = sip_aor_read,
	  .synopsis = "Where a phone is registered, and an option of it",
	  .syntax = "PJSIP_AOR(name,contact|option)",
	  .description = "contact: the names of its contacts, with commas; see PJSIP_CONTACT()." },
	{ .name = "PJSIP_CONTACT",
	  .read = sip_contact_read,
	  .synopsis = "What is known of a registered contact",
	  .syntax = "PJSIP_CONTACT(contact,uri|status|rtt|user_agent|via_addr|via_port|"
		    "call_id|endpoint|expiration_time|path)",
	  .description = "status is Reachable, Unreachable or Unknown; rtt in microseconds." },
	{ .name = "PJSIP_DIAL_CONTACTS",
	  .read = sip_dial_contacts_read,
	  .synopsis = "All contacts of a phone, for Dial()",
	  .syntax = "PJSIP_DIAL_CONTACTS(name)" },
	{ 0 }
};
