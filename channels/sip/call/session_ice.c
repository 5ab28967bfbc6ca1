/* The part of offer and answer that is about transport: ICE, lines that share
 * one (RFC 9143), and what browsers say besides. */
#include <ringdown/base.h>

#include "channels/sip/call/session.h"

/* ---- theirs ---- */

/* A line without a mid is in no group. */
static void read_name(struct sip_session_said *said, const struct sdp_media *media)
{
	if (!rd_strcpyn(said->mid, sizeof(said->mid), sdp_mid(media)))
		said->mid[0] = '\0';
}

int sip_session_read_ice(struct sip_session_said *said, const struct sdp *sdp,
			 const struct sdp_media *media)
{
	int rc;

	memset(said, 0, sizeof(*said));
	if (!media)
		return 0;
	read_name(said, media);
	said->msid = sdp_attribute_get(sdp, media, RD_STR("msid"), NULL);
	said->rsize = sdp_attribute_get(sdp, media, RD_STR("rtcp-rsize"), NULL);
	rc = sdp_ice_read(&said->ice, sdp, media);
	return rc == -ENOENT ? 0 : rc;
}

void sip_session_keep_ice(struct sip_session_said *kept, const struct sip_session_said *said)
{
	rd_free(kept->ice);
	*kept = *said;
}

/* ---- ours ---- */

struct printer {
	struct rd_pool *scratch;
	struct sdp *sdp;
	struct sdp_media *media;
	int rc;
};

static void add(struct printer *printer, struct sdp_media *media, const char *name,
		struct rd_str value)
{
	if (printer->rc == 0)
		printer->rc = sdp_attribute_add(printer->sdp, media, rd_str_of(name), value);
}

/* The value lives as long as the description. */
static void add_text(struct printer *printer, struct sdp_media *media, const char *name,
		     const struct sip_out *text)
{
	char *copy = rd_pool_alloc(printer->scratch, text->n + 1);

	if (!copy || text->overflow) {
		printer->rc = -ENOMEM;
		return;
	}
	memcpy(copy, text->p, text->n);
	add(printer, media, name, (struct rd_str){ copy, text->n });
}

static void add_candidates(struct printer *printer, const struct sip_session_ice *ice)
{
	char text[256];
	struct sip_out out;

	for (int i = 0; i < ice->candidate_count; i++) {
		sip_out_init(&out, text, sizeof(text));
		sdp_candidate_print(&out, &ice->candidates[i]);
		add_text(printer, printer->media, "candidate", &out);
	}
	add(printer, printer->media, "end-of-candidates", (struct rd_str){ 0 });
}

/* "1 192.0.2.7 5000 2 192.0.2.7 5001" */
static void add_chosen(struct printer *printer, const struct sip_session_ice *ice)
{
	char text[256];
	struct sip_out out;

	if (!ice->chosen_count)
		return;
	sip_out_init(&out, text, sizeof(text));
	for (int i = 0; i < ice->chosen_count; i++) {
		union sip_sockaddr address;
		char host[SIP_SOCKADDR_TEXT];

		memcpy(&address, &ice->chosen[i].address, sizeof(address));
		sip_out_cstr(&out, i ? " " : "");
		sip_out_number(&out, (uint64_t)(i + 1));
		sip_out_char(&out, ' ');
		sip_out_add(&out, host, sip_sockaddr_host(&address, host));
		sip_out_char(&out, ' ');
		sip_out_number(&out, sip_sockaddr_port(&address));
	}
	add_text(printer, printer->media, "remote-candidates", &out);
}

static void add_agent(struct printer *printer, const struct sip_session_ice *ice)
{
	if (ice->lite && !sdp_attribute_get(printer->sdp, NULL, RD_STR("ice-lite"), NULL))
		add(printer, NULL, "ice-lite", (struct rd_str){ 0 });
	add(printer, printer->media, "ice-ufrag", rd_str_of(ice->ufrag));
	add(printer, printer->media, "ice-pwd", rd_str_of(ice->pwd));
	add(printer, printer->media, "ice-options", RD_STR("trickle ice2"));
	add_candidates(printer, ice);
	add_chosen(printer, ice);
}

/* RFC 8830 and RFC 5576: which stream it is, by names of our own. */
static void add_names(struct printer *printer, int number, uint32_t ssrc)
{
	static const char *const names[] = { "ringdown audio", "ringdown video", "ringdown text" };
	char text[48];
	struct sip_out out;

	sip_out_init(&out, text, sizeof(text));
	if (number <= SIP_BESIDE_KINDS) {
		sip_out_cstr(&out, names[number]);
	} else { /* somebody else's */
		sip_out_cstr(&out, "more");
		sip_out_number(&out, (uint64_t)number);
		sip_out_cstr(&out, " video");
	}
	add_text(printer, printer->media, "msid", &out);
	sip_out_init(&out, text, sizeof(text));
	sip_out_number(&out, ssrc);
	sip_out_cstr(&out, " cname:ringdown");
	add_text(printer, printer->media, "ssrc", &out);
}

int sip_session_add_ice(const struct sip_session *session, int number,
			struct rd_pool *scratch, struct sdp *sdp, struct sdp_media *media,
			const struct sip_session_local *local)
{
	const struct sip_session_said *said = sip_session_said(session, number);
	struct printer printer = { scratch, sdp, media, 0 };

	if (said->mid[0])
		add(&printer, media, "mid", rd_str_of(said->mid));
	if (local->ice[number] && !said->carried)
		add_agent(&printer, local->ice[number]);
	/* Lines of pictures say it with what may be asked for. */
	if (said->rsize && number == RD_MEDIA_AUDIO)
		add(&printer, media, "rtcp-rsize", (struct rd_str){ 0 });
	if (said->msid)
		add_names(&printer, number, local->ssrc[number]);
	return printer.rc;
}
