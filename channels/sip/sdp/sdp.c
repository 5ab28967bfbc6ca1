/* The description as a tree: making, adding to it, looking things up in it. */
#include "channels/sip/message/chars.h"
#include "channels/sip/sdp/private.h"

#define FIRST_CAP 8
#define NAME(text) { text, sizeof(text) - 1 }

/* ---- building ---- */

struct sdp *sdp_new(struct rd_pool *pool)
{
	struct sdp *sdp = rd_pool_zalloc(pool, sizeof(*sdp));

	if (!sdp)
		return NULL;
	sdp->pool = pool;
	sdp->direction = SDP_SENDRECV;
	return sdp;
}

/* Room for one more in an array that may move. */
static void *grow(struct rd_pool *pool, void *list, unsigned count, unsigned *cap,
		  size_t size)
{
	unsigned wanted = *cap ? *cap * 2 : FIRST_CAP;
	void *moved;

	if (count < *cap)
		return list;
	moved = rd_pool_alloc(pool, wanted * size);
	if (!moved)
		return NULL;
	if (count)
		memcpy(moved, list, count * size);
	*cap = wanted;
	return moved;
}

struct sdp_media *sdp__media_new(struct sdp *sdp)
{
	struct sdp_media *media = rd_pool_zalloc(sdp->pool, sizeof(*media));

	if (!media)
		return NULL;
	media->port_count = 1;
	media->direction = SDP_SENDRECV;
	return media;
}

struct sdp_media *sdp_media_add(struct sdp *sdp, enum sdp_kind kind, uint16_t port,
				struct rd_str protocol)
{
	struct sdp_media *media = sdp__media_new(sdp);
	struct sdp_media **tail = &sdp->media;

	if (!media)
		return NULL;
	media->kind = kind;
	media->kind_text = sdp_kind_name(kind);
	media->port = port;
	media->protocol = protocol;
	media->is_rtp = sdp__is_rtp(protocol);
	while (*tail)
		tail = &(*tail)->next;
	*tail = media;
	sdp->media_count++;
	return media;
}

struct sdp_format *sdp__format_new(struct sdp *sdp, struct sdp_media *media)
{
	struct sdp_format *list = grow(sdp->pool, media->formats, media->format_count,
				       &media->format_cap, sizeof(*list));
	struct sdp_format *format;

	if (!list)
		return NULL;
	media->formats = list;
	format = &list[media->format_count++];
	*format = (struct sdp_format){ .payload_type = -1, .channels = 1 };
	return format;
}

struct sdp_format *sdp_format_add(struct sdp *sdp, struct sdp_media *media,
				  int payload_type, struct rd_str encoding, uint32_t rate,
				  unsigned channels)
{
	char *digits = rd_pool_alloc(sdp->pool, 4);
	struct sdp_format *format;
	struct sip_out out;

	rd_assert(payload_type >= 0 && payload_type <= 127);
	if (!digits)
		return NULL;
	format = sdp__format_new(sdp, media);
	if (!format)
		return NULL;
	sip_out_init(&out, digits, 4);
	sip_out_number(&out, (unsigned)payload_type);
	format->text = sip_out_text(&out);
	format->payload_type = (int16_t)payload_type;
	format->encoding = encoding;
	format->rate = rate;
	format->channels = (uint8_t)(channels ? channels : 1);
	return format;
}

struct sdp_format *sdp_format_add_text(struct sdp *sdp, struct sdp_media *media,
				       struct rd_str text)
{
	struct sdp_format *format = sdp__format_new(sdp, media);

	if (format)
		format->text = text;
	return format;
}

int sdp_attribute_add(struct sdp *sdp, struct sdp_media *media, struct rd_str name,
		      struct rd_str value)
{
	struct sdp_attributes *attributes = media ? &media->attributes : &sdp->attributes;
	struct sdp_attribute *list = grow(sdp->pool, attributes->list, attributes->count,
					  &attributes->cap, sizeof(*list));

	if (!list)
		return -ENOMEM;
	attributes->list = list;
	list[attributes->count++] = (struct sdp_attribute){ name, value };
	return 0;
}

/* ---- words ---- */

static const struct rd_str kinds[] = {
	[SDP_OTHER] = { NULL, 0 },	[SDP_AUDIO] = NAME("audio"),
	[SDP_VIDEO] = NAME("video"),	[SDP_TEXT] = NAME("text"),
	[SDP_IMAGE] = NAME("image"),	[SDP_APPLICATION] = NAME("application"),
	[SDP_MESSAGE] = NAME("message"),
};

static const struct rd_str directions[] = {
	[SDP_INACTIVE] = NAME("inactive"),
	[SDP_SENDONLY] = NAME("sendonly"),
	[SDP_RECVONLY] = NAME("recvonly"),
	[SDP_SENDRECV] = NAME("sendrecv"),
};

struct rd_str sdp_kind_name(enum sdp_kind kind)
{
	return kinds[kind];
}

enum sdp_kind sdp__kind_of(struct rd_str name)
{
	for (unsigned i = 1; i < RD_ARRAY_SIZE(kinds); i++)
		if (rd_str_eq(kinds[i], name))
			return i;
	return SDP_OTHER;
}

struct rd_str sdp_direction_name(enum sdp_direction direction)
{
	return directions[direction];
}

bool sdp__direction_of(struct rd_str name, enum sdp_direction *direction)
{
	for (unsigned i = 0; i < RD_ARRAY_SIZE(directions); i++) {
		if (!rd_str_eq(directions[i], name))
			continue;
		*direction = i;
		return true;
	}
	return false;
}

/* RTP/AVP, RTP/SAVPF, UDP/TLS/RTP/SAVPF, ... */
bool sdp__is_rtp(struct rd_str protocol)
{
	for (size_t i = 0; i + 4 <= protocol.n; i++)
		if (!memcmp(protocol.p + i, "RTP/", 4))
			return true;
	return false;
}

/* ---- looking up ---- */

bool sdp_attribute_each(const struct sdp_attributes *attributes, struct rd_str name,
			unsigned *index, struct rd_str *value)
{
	while (*index < attributes->count) {
		const struct sdp_attribute *attribute = &attributes->list[(*index)++];

		if (!rd_str_eq(attribute->name, name))
			continue;
		if (value)
			*value = attribute->value;
		return true;
	}
	return false;
}

const struct sdp_media *sdp_sound(const struct sdp *sdp)
{
	const struct sdp_media *media = sdp ? sdp->media : NULL;

	while (media && (media->kind != SDP_AUDIO || !media->port))
		media = media->next;
	return media;
}

bool sdp_attribute_get(const struct sdp *sdp, const struct sdp_media *media,
		       struct rd_str name, struct rd_str *value)
{
	unsigned index = 0;

	return sdp_attribute_each(media ? &media->attributes : &sdp->attributes, name,
				  &index, value);
}

const struct sdp_connection *sdp_connection_of(const struct sdp *sdp,
					       const struct sdp_media *media)
{
	return media->connection.family ? &media->connection : &sdp->connection;
}

int sdp_media_address(const struct sdp *sdp, const struct sdp_media *media,
		      union sip_sockaddr *addr)
{
	return sip_sockaddr_parse(addr, sdp_connection_of(sdp, media)->address,
				  media->port);
}

/* "53020 IN IP4 126.16.64.4": the address is optional (RFC 3605). */
static struct rd_str rtcp_host(const struct sdp_media *media)
{
	struct rd_str value, host = { 0 };

	if (!sdp_attribute_get(NULL, media, RD_STR("rtcp"), &value))
		return host;
	for (int i = 0; i < 4; i++)
		rd_str_cut(&value, ' ', &host);
	return host;
}

int sdp_media_rtcp_address(const struct sdp *sdp, const struct sdp_media *media,
			   union sip_sockaddr *addr)
{
	struct rd_str host = rtcp_host(media);

	if (media->rtcp_mux)
		return sdp_media_address(sdp, media, addr);
	if (!host.n)
		host = sdp_connection_of(sdp, media)->address;
	return sip_sockaddr_parse(addr, host, media->rtcp_port ? media->rtcp_port :
								 media->port + 1);
}
