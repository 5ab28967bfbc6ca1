/* HEP, version 3: a packet is chunks, each with its vendor, type and length. */
#include "modules/hep/hep.h"

#include <netinet/in.h>
#include <string.h>

enum {
	CHUNK_HEAD = 6,
	PACKET_HEAD = 6,
};

enum chunk {
	CHUNK_FAMILY = 1,
	CHUNK_PROTOCOL = 2,
	CHUNK_FROM_V4 = 3,
	CHUNK_TO_V4 = 4,
	CHUNK_FROM_V6 = 5,
	CHUNK_TO_V6 = 6,
	CHUNK_FROM_PORT = 7,
	CHUNK_TO_PORT = 8,
	CHUNK_SECONDS = 9,
	CHUNK_MICROSECONDS = 10,
	CHUNK_KIND = 11,
	CHUNK_AGENT = 12,
	CHUNK_PASSWORD = 14,
	CHUNK_PAYLOAD = 15,
	CHUNK_CORRELATION = 17,
	CHUNK_NAME = 19,
};

struct writer {
	uint8_t *p;
	size_t n;
};

static void put(struct writer *w, const void *data, size_t size)
{
	memcpy(w->p + w->n, data, size);
	w->n += size;
}

static void put16(struct writer *w, size_t value)
{
	uint16_t net = htons((uint16_t)value);

	put(w, &net, sizeof(net));
}

/* vendor 0: generic. Its data follow. */
static void put_chunk_head(struct writer *w, enum chunk type, size_t size)
{
	put16(w, 0);
	put16(w, type);
	put16(w, CHUNK_HEAD + size);
}

static void put_chunk(struct writer *w, enum chunk type, const void *data, size_t size)
{
	put_chunk_head(w, type, size);
	put(w, data, size);
}

static void put_u8(struct writer *w, enum chunk type, uint8_t value)
{
	put_chunk(w, type, &value, sizeof(value));
}

static void put_u32(struct writer *w, enum chunk type, uint32_t value)
{
	uint32_t net = htonl(value);

	put_chunk(w, type, &net, sizeof(net));
}

static void put_text(struct writer *w, enum chunk type, struct rd_str text)
{
	if (text.n)
		put_chunk(w, type, text.p, RD_MIN(text.n, (size_t)HEP_TEXT_MAX));
}

static void put_address(struct writer *w, const struct sockaddr *address, enum chunk v4,
			enum chunk v6, enum chunk port)
{
	const struct sockaddr_in *in4 = (const void *)address;
	const struct sockaddr_in6 *in6 = (const void *)address;

	if (address->sa_family == AF_INET) {
		put_chunk(w, v4, &in4->sin_addr, sizeof(in4->sin_addr));
		put_chunk(w, port, &in4->sin_port, sizeof(in4->sin_port));
	} else {
		put_chunk(w, v6, &in6->sin6_addr, sizeof(in6->sin6_addr));
		put_chunk(w, port, &in6->sin6_port, sizeof(in6->sin6_port));
	}
}

static bool has_addresses(const struct hep_message *m)
{
	return m->from->sa_family == m->to->sa_family &&
	       (m->from->sa_family == AF_INET || m->from->sa_family == AF_INET6);
}

size_t hep_head(uint8_t out[HEP_HEAD_MAX], const struct hep_settings *settings,
		const struct hep_message *m)
{
	struct writer w = { out, 0 };
	size_t all;

	if (!has_addresses(m))
		return 0;
	put(&w, "HEP3", 4);
	put16(&w, 0); /* the length of all, below */
	/* The numbers that Linux has for families are those that collectors expect. */
	put_u8(&w, CHUNK_FAMILY, (uint8_t)m->from->sa_family);
	put_u8(&w, CHUNK_PROTOCOL, m->is_stream ? IPPROTO_TCP : IPPROTO_UDP);
	put_address(&w, m->from, CHUNK_FROM_V4, CHUNK_FROM_V6, CHUNK_FROM_PORT);
	put_address(&w, m->to, CHUNK_TO_V4, CHUNK_TO_V6, CHUNK_TO_PORT);
	put_u32(&w, CHUNK_SECONDS, (uint32_t)(m->wall_us / 1000000));
	put_u32(&w, CHUNK_MICROSECONDS, (uint32_t)(m->wall_us % 1000000));
	put_u8(&w, CHUNK_KIND, (uint8_t)m->kind);
	put_u32(&w, CHUNK_AGENT, (uint32_t)settings->id);
	put_text(&w, CHUNK_PASSWORD, rd_str_of(settings->password ? settings->password : ""));
	put_text(&w, CHUNK_NAME, rd_str_of(settings->name ? settings->name : ""));
	put_text(&w, CHUNK_CORRELATION, m->correlation);
	put_chunk_head(&w, CHUNK_PAYLOAD, m->size);
	all = w.n + m->size;
	if (all > HEP_DATAGRAM_MAX)
		return 0;
	w.n = PACKET_HEAD - 2;
	put16(&w, all);
	return all - m->size;
}
