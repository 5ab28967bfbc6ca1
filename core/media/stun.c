/* STUN messages read where they lie: header, attributes, addresses. What
 * follows the first signature does not count (RFC 8489 §14.5). */
#include <string.h>

#include "core/media/address.h"
#include "core/media/stun.h"
#include "core/media/wire.h"

/* The 14 bits of a type: the class lies between the method's (§5). */
static void read_type(struct rd__stun *stun, unsigned type)
{
	stun->class = (enum rd__stun_class)((type >> 7 & 2) | (type >> 4 & 1));
	stun->method = (type & 0x000f) | (type >> 1 & 0x0070) | (type >> 2 & 0x0f80);
}

bool rd__is_stun(const uint8_t *packet, size_t size)
{
	return size >= RD__STUN_HEADER && packet[0] < 4 && rd__get32(packet + 4) == RD__STUN_COOKIE;
}

static size_t padded(size_t size)
{
	return (size + 3) & ~(size_t)3;
}

/* Where the attribute at `at` ends; 0 when it runs over the message. */
static size_t step(const struct rd__stun *stun, size_t at)
{
	size_t next;

	if (stun->size - at < RD__STUN_ATTRIBUTE)
		return 0;
	next = at + RD__STUN_ATTRIBUTE + padded(rd__get16(stun->packet + at + 2));
	return next <= stun->size ? next : 0;
}

/* Signatures come after all that counts, the fingerprint last of all. */
static void note_place(struct rd__stun *stun, size_t at)
{
	switch (rd__get16(stun->packet + at)) {
	case RD__STUN_MESSAGE_INTEGRITY:
		if (!stun->sha1 && !stun->sha256)
			stun->sha1 = at;
		break;
	case RD__STUN_MESSAGE_INTEGRITY_SHA256:
		if (!stun->sha256)
			stun->sha256 = at;
		break;
	case RD__STUN_FINGERPRINT:
		stun->fingerprint = at;
		break;
	default:
		return;
	}
	stun->end = RD_MIN(stun->end, at);
}

static bool has_good_fingerprint(const struct rd__stun *stun)
{
	size_t at = stun->fingerprint;

	return stun->size - at == RD__STUN_FINGERPRINT_SIZE &&
	       rd__get32(stun->packet + at + RD__STUN_ATTRIBUTE) ==
		       rd__stun_crc(stun->packet, at);
}

bool rd__stun_parse(struct rd__stun *stun, const uint8_t *packet, size_t size)
{
	size_t at = RD__STUN_HEADER;

	if (!rd__is_stun(packet, size) || size > RD__STUN_MAX || size % 4 ||
	    rd__get16(packet + 2) != size - RD__STUN_HEADER)
		return false;
	*stun = (struct rd__stun){ .packet = packet, .id = packet + 8, .size = size, .end = size };
	read_type(stun, rd__get16(packet));
	while (at < size) {
		size_t next = step(stun, at);

		if (!next)
			return false;
		note_place(stun, at);
		at = next;
	}
	return !stun->fingerprint || has_good_fingerprint(stun);
}

/* ---- attributes ---- */

struct rd_str rd__stun_get(const struct rd__stun *stun, unsigned type)
{
	for (size_t at = RD__STUN_HEADER; at < stun->end; at = step(stun, at)) {
		const uint8_t *attribute = stun->packet + at;

		if (rd__get16(attribute) == type)
			return (struct rd_str){ (const char *)attribute + RD__STUN_ATTRIBUTE,
						rd__get16(attribute + 2) };
	}
	return (struct rd_str){ 0 };
}

bool rd__stun_get32(const struct rd__stun *stun, unsigned type, uint32_t *value)
{
	struct rd_str found = rd__stun_get(stun, type);

	if (found.n != 4)
		return false;
	*value = rd__get32((const uint8_t *)found.p);
	return true;
}

bool rd__stun_get64(const struct rd__stun *stun, unsigned type, uint64_t *value)
{
	struct rd_str found = rd__stun_get(stun, type);
	const uint8_t *bytes = (const uint8_t *)found.p;

	if (found.n != 8)
		return false;
	*value = (uint64_t)rd__get32(bytes) << 32 | rd__get32(bytes + 4);
	return true;
}

bool rd__stun_get_address(const struct rd__stun *stun, unsigned type,
			  struct rd__address *address)
{
	struct rd_str found = rd__stun_get(stun, type);
	const uint8_t *bytes = (const uint8_t *)found.p, *mask = stun->packet + 4;
	uint8_t host[16];
	size_t size;
	uint16_t port;

	if (found.n < 8 || bytes[1] < 1 || bytes[1] > 2)
		return false;
	size = bytes[1] == 2 ? 16 : 4;
	if (found.n != 4 + size)
		return false;
	port = rd__get16(bytes + 2);
	memcpy(host, bytes + 4, size);
	for (size_t i = 0; rd__stun_is_xored(type) && i < size; i++)
		host[i] ^= mask[i];
	if (rd__stun_is_xored(type))
		port ^= rd__get16(mask);
	rd__address_make(address, host, size, port);
	return true;
}

int rd__stun_error(const struct rd__stun *stun)
{
	struct rd_str found = rd__stun_get(stun, RD__STUN_ERROR_CODE);
	const uint8_t *bytes = (const uint8_t *)found.p;

	if (found.n < 4 || (bytes[2] & 7) < 3 || (bytes[2] & 7) > 6 || bytes[3] > 99)
		return 0;
	return (bytes[2] & 7) * 100 + bytes[3];
}

static bool is_known(unsigned type)
{
	static const uint16_t known[] = {
		RD__STUN_MAPPED_ADDRESS,
		RD__STUN_USERNAME,
		RD__STUN_MESSAGE_INTEGRITY,
		RD__STUN_ERROR_CODE,
		RD__STUN_UNKNOWN_ATTRIBUTES,
		RD__STUN_CHANNEL_NUMBER,
		RD__STUN_LIFETIME,
		RD__STUN_XOR_PEER_ADDRESS,
		RD__STUN_DATA,
		RD__STUN_REALM,
		RD__STUN_NONCE,
		RD__STUN_XOR_RELAYED_ADDRESS,
		RD__STUN_REQUESTED_FAMILY,
		RD__STUN_REQUESTED_TRANSPORT,
		RD__STUN_DONT_FRAGMENT,
		RD__STUN_MESSAGE_INTEGRITY_SHA256,
		RD__STUN_PASSWORD_ALGORITHM,
		RD__STUN_USERHASH,
		RD__STUN_XOR_MAPPED_ADDRESS,
		RD__STUN_PRIORITY,
		RD__STUN_USE_CANDIDATE,
	};

	for (size_t i = 0; i < RD_ARRAY_SIZE(known); i++)
		if (known[i] == type)
			return true;
	return type >= RD__STUN_OPTIONAL;
}

size_t rd__stun_unknown(const struct rd__stun *stun, uint16_t *types, size_t max)
{
	size_t count = 0;

	for (size_t at = RD__STUN_HEADER; at < stun->end; at = step(stun, at)) {
		uint16_t type = rd__get16(stun->packet + at);

		if (is_known(type))
			continue;
		if (count < max)
			types[count] = type;
		count++;
	}
	return count;
}
