/* The functions of the dialplan that ask and tell of SIP, and the codecs of a leg. */
#include <stdio.h>
#include <strings.h>

#include "channels/sip/endpoint/ask.h"
#include "channels/sip/pager/pager.h"
#include "channels/sip/call/media.h"
#include "channels/sip/call/tech.h"

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

static const char *media_offer_check(const char *media, char *buf, size_t size)
{
	if (strcasecmp(media, "audio") == 0)
		return NULL;
	snprintf(buf, size, "it is audio, not \"%s\"", media);
	return buf;
}

const struct rd_function sip_functions[] = {
	{ .name = "SIP_HEADER",
	  .read = sip_header_read,
	  .write = sip_header_write,
	  .check = sip_header_check,
	  .synopsis = "A header of the INVITE that came in, or of those that go out",
	  .syntax = "SIP_HEADER([read|add|update|remove,]name[,number])",
	  .description = "Reading gives the number-th header of that name of the INVITE that "
			 "made this channel, or of those that were added for the one that it "
			 "sends. Writing adds a header to the INVITEs of this channel's Dial; in "
			 "a pre-dial routine, to that leg alone. A name that ends with a star "
			 "stands for all that begin so, where it is read or removed; removing "
			 "tells how many there were when it is read." },
	{ .name = "PJSIP_HEADER",
	  .read = sip_header_read,
	  .write = sip_header_write,
	  .check = sip_header_check,
	  .synopsis = "The same as SIP_HEADER, by the name that dialplans know",
	  .syntax = "PJSIP_HEADER(read|add|update|remove,name[,number])" },
	{ .name = "SIP_BODY_PART",
	  .write = sip_body_part_write,
	  .check = sip_body_part_check,
	  .synopsis = "A document that goes along with the INVITEs of this channel's Dial",
	  .syntax = "SIP_BODY_PART(type,id)",
	  .description = "Beside the SDP, with this Content-Type, for a header that points at it "
			 "by its Content-ID: <cid:id>. Set to nothing, none goes along. In a "
			 "pre-dial routine, to that leg alone." },
	{ .name = "MESSAGE",
	  .read = sip_note_read,
	  .write = sip_note_write,
	  .check = sip_note_check,
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
	  .check = media_offer_check,
	  .synopsis = "The codecs that this leg offers and takes from now on",
	  .syntax = "PJSIP_MEDIA_OFFER(audio)",
	  .description = "To set in a pre-dial routine of the called leg (Dial's b), or before "
			 "the answer: \"alaw,ulaw\"." },
	{ .name = "PJSIP_ENDPOINT",
	  .read = sip_endpoint_read,
	  .check = sip_endpoint_check,
	  .synopsis = "An option of a phone or peer",
	  .syntax = "PJSIP_ENDPOINT(name,option)",
	  .description = "Option is a name of sip.conf or pjsip.conf. Passwords are not told." },
	{ .name = "PJSIP_AOR",
	  .read = sip_aor_read,
	  .check = sip_aor_check,
	  .synopsis = "Where a phone is registered, and an option of it",
	  .syntax = "PJSIP_AOR(name,contact|option)",
	  .description = "contact: the names of its contacts, with commas; see PJSIP_CONTACT()." },
	{ .name = "PJSIP_CONTACT",
	  .read = sip_contact_read,
	  .check = sip_contact_check,
	  .synopsis = "What is known of a registered contact",
	  .syntax = "PJSIP_CONTACT(contact,uri|status|rtt|user_agent|via_addr|via_port|"
		    "call_id|endpoint|expiration_time|path)",
	  .description = "status is Reachable, Unreachable or Unknown; rtt in microseconds." },
	{ .name = "PJSIP_DIAL_CONTACTS",
	  .read = sip_dial_contacts_read,
	  .check = sip_dial_contacts_check,
	  .synopsis = "All contacts of a phone, for Dial()",
	  .syntax = "PJSIP_DIAL_CONTACTS(name[,aor[,user]])",
	  .description = "user: whom they are asked for, instead of the user that registered." },
	{ 0 }
};
