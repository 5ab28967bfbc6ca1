/* Printing session descriptions, in the order of RFC 8866 §9. */
#include "channels/sip/sdp/private.h"

static void add_line(struct sip_out *out, char type, struct rd_str value)
{
	char start[2] = { type, '=' };

	sip_out_add(out, start, 2);
	sip_out_str(out, value);
	sip_out_crlf(out);
}

static void begin_attribute(struct sip_out *out, struct rd_str name)
{
	sip_out_cstr(out, "a=");
	sip_out_str(out, name);
}

static void add_family(struct sip_out *out, uint8_t family)
{
	sip_out_cstr(out, family == AF_INET6 ? "IN IP6 " : "IN IP4 ");
}

static void add_origin(struct sip_out *out, const struct sdp *sdp)
{
	sip_out_cstr(out, "o=");
	sip_out_str(out, sdp->origin_user.n ? sdp->origin_user : RD_STR("-"));
	sip_out_char(out, ' ');
	sip_out_number(out, sdp->session_id);
	sip_out_char(out, ' ');
	sip_out_number(out, sdp->session_version);
	sip_out_char(out, ' ');
	add_family(out, sdp->origin_family);
	sip_out_str(out, sdp->origin_address.n ? sdp->origin_address : RD_STR("0.0.0.0"));
	sip_out_crlf(out);
}

static void add_connection(struct sip_out *out, const struct sdp_connection *connection)
{
	if (!connection->family)
		return;
	sip_out_cstr(out, "c=");
	add_family(out, connection->family);
	sip_out_str(out, connection->address);
	sip_out_crlf(out);
}

static void add_bandwidth(struct sip_out *out, const struct sdp_bandwidth *bandwidth)
{
	if (!bandwidth->type.n)
		return;
	sip_out_cstr(out, "b=");
	sip_out_str(out, bandwidth->type);
	sip_out_char(out, ':');
	sip_out_number(out, bandwidth->value);
	sip_out_crlf(out);
}

static void add_number(struct sip_out *out, struct rd_str name, unsigned number)
{
	if (!number)
		return;
	begin_attribute(out, name);
	sip_out_char(out, ':');
	sip_out_number(out, number);
	sip_out_crlf(out);
}

/* Those that are printed from the fields. */
static bool has_field(struct rd_str name)
{
	static const char *const fields[] = { "rtpmap",	  "fmtp",     "ptime",
					      "maxptime", "rtcp-mux", "rtcp-xr", "sendrecv",
					      "sendonly", "recvonly", "inactive" };

	for (size_t i = 0; i < RD_ARRAY_SIZE(fields); i++)
		if (rd_str_eq(name, rd_str_of(fields[i])))
			return true;
	return false;
}

static void add_attributes(struct sip_out *out, const struct sdp_attributes *attributes)
{
	for (unsigned i = 0; i < attributes->count; i++) {
		const struct sdp_attribute *attribute = &attributes->list[i];

		if (has_field(attribute->name))
			continue;
		begin_attribute(out, attribute->name);
		if (attribute->value.p) {
			sip_out_char(out, ':');
			sip_out_str(out, attribute->value);
		}
		sip_out_crlf(out);
	}
}

static void add_format(struct sip_out *out, const struct sdp_format *format)
{
	if (format->encoding.n && format->payload_type >= 0) {
		sip_out_cstr(out, "a=rtpmap:");
		sip_out_str(out, format->text);
		sip_out_char(out, ' ');
		sip_out_str(out, format->encoding);
		sip_out_char(out, '/');
		sip_out_number(out, format->rate);
		if (format->channels > 1) {
			sip_out_char(out, '/');
			sip_out_number(out, format->channels);
		}
		sip_out_crlf(out);
	}
	if (format->fmtp.n) {
		sip_out_cstr(out, "a=fmtp:");
		sip_out_str(out, format->text);
		sip_out_char(out, ' ');
		sip_out_str(out, format->fmtp);
		sip_out_crlf(out);
	}
}

static void add_media_line(struct sip_out *out, const struct sdp_media *media)
{
	sip_out_cstr(out, "m=");
	sip_out_str(out, media->kind_text);
	sip_out_char(out, ' ');
	sip_out_number(out, media->port);
	if (media->port_count > 1) {
		sip_out_char(out, '/');
		sip_out_number(out, media->port_count);
	}
	sip_out_char(out, ' ');
	sip_out_str(out, media->protocol);
	for (unsigned i = 0; i < media->format_count; i++) {
		sip_out_char(out, ' ');
		sip_out_str(out, media->formats[i].text);
	}
	sip_out_crlf(out);
}

/* a=rtcp with an address stands among the attributes. */
static void add_rtcp(struct sip_out *out, const struct sdp_media *media)
{
	if (!sdp_attribute_get(NULL, media, RD_STR("rtcp"), NULL))
		add_number(out, RD_STR("rtcp"), media->rtcp_port);
	if (media->rtcp_mux)
		add_line(out, 'a', RD_STR("rtcp-mux"));
	if (media->rtcp_xr)
		add_line(out, 'a', RD_STR("rtcp-xr:voip-metrics"));
}

static void add_media(struct sip_out *out, const struct sdp_media *media)
{
	add_media_line(out, media);
	add_connection(out, &media->connection);
	add_bandwidth(out, &media->bandwidth);
	if (!media->port) /* refused: nothing more matters */
		return;
	for (unsigned i = 0; i < media->format_count; i++)
		add_format(out, &media->formats[i]);
	add_number(out, RD_STR("ptime"), media->ptime);
	add_number(out, RD_STR("maxptime"), media->maxptime);
	if (media->is_rtp)
		add_line(out, 'a', sdp_direction_name(media->direction));
	add_rtcp(out, media);
	add_attributes(out, &media->attributes);
}

void sdp_print(struct sip_out *out, const struct sdp *sdp)
{
	add_line(out, 'v', RD_STR("0"));
	add_origin(out, sdp);
	add_line(out, 's', sdp->name.n ? sdp->name : RD_STR("-"));
	add_connection(out, &sdp->connection);
	add_bandwidth(out, &sdp->bandwidth);
	add_line(out, 't', RD_STR("0 0"));
	if (sdp->has_direction)
		add_line(out, 'a', sdp_direction_name(sdp->direction));
	add_attributes(out, &sdp->attributes);
	for (const struct sdp_media *media = sdp->media; media; media = media->next)
		add_media(out, media);
}
