/* STUN messages written, an attribute after the other. The length in the
 * header is right after each, as signatures need it. */
#include <string.h>

#include "core/media/address.h"
#include "core/media/stun.h"
#include "core/media/wire.h"

static unsigned type_of(unsigned method, enum rd__stun_class class)
{
	unsigned c = (unsigned)class;

	return (method & 0x000f) | (method & 0x0070) << 1 | (method & 0x0f80) << 2 |
	       (c & 1) << 4 | (c & 2) << 7;
}

static void note_length(struct rd__stun_out *out, size_t size)
{
	rd__put16(out->packet + 2, (uint16_t)(size - RD__STUN_HEADER));
}

void rd__stun_begin(struct rd__stun_out *out, uint8_t *packet, size_t max, unsigned method,
		    enum rd__stun_class class, const uint8_t *id)
{
	*out = (struct rd__stun_out){ .packet = packet,
				      .max = RD_MIN(max, (size_t)RD__STUN_MAX) };
	out->full = out->max < RD__STUN_HEADER;
	if (out->full)
		return;
	rd__put16(packet, (uint16_t)type_of(method, class));
	rd__put32(packet + 4, RD__STUN_COOKIE);
	if (id)
		memcpy(packet + 8, id, RD__STUN_ID);
	else
		rd_random(packet + 8, RD__STUN_ID);
	out->size = RD__STUN_HEADER;
	note_length(out, out->size);
}

/* Room for a value of so many bytes, its padding zero; NULL: none left. */
static uint8_t *reserve(struct rd__stun_out *out, unsigned type, size_t size)
{
	uint8_t *at = out->packet + out->size;
	size_t whole = RD__STUN_ATTRIBUTE + ((size + 3) & ~(size_t)3);

	if (out->full || size > RD__STUN_MAX || whole > out->max - out->size) {
		out->full = true;
		return NULL;
	}
	memset(at, 0, whole);
	rd__put16(at, (uint16_t)type);
	rd__put16(at + 2, (uint16_t)size);
	out->size += whole;
	note_length(out, out->size);
	return at + RD__STUN_ATTRIBUTE;
}

void rd__stun_put(struct rd__stun_out *out, unsigned type, const void *value, size_t size)
{
	uint8_t *at = reserve(out, type, size);

	if (at && size)
		memcpy(at, value, size);
}

void rd__stun_put_str(struct rd__stun_out *out, unsigned type, struct rd_str value)
{
	rd__stun_put(out, type, value.p, value.n);
}

void rd__stun_put32(struct rd__stun_out *out, unsigned type, uint32_t value)
{
	uint8_t bytes[4];

	rd__put32(bytes, value);
	rd__stun_put(out, type, bytes, sizeof(bytes));
}

void rd__stun_put64(struct rd__stun_out *out, unsigned type, uint64_t value)
{
	uint8_t bytes[8];

	rd__put32(bytes, (uint32_t)(value >> 32));
	rd__put32(bytes + 4, (uint32_t)value);
	rd__stun_put(out, type, bytes, sizeof(bytes));
}

void rd__stun_put_address(struct rd__stun_out *out, unsigned type,
			  const struct rd__address *address)
{
	const uint8_t *mask = out->packet + 4;
	uint16_t port = rd__address_port(address);
	size_t size;
	const uint8_t *host = rd__address_host(address, &size);
	uint8_t *at = reserve(out, type, 4 + size);

	if (!at)
		return;
	at[1] = size == 4 ? 1 : 2;
	rd__put16(at + 2, rd__stun_is_xored(type) ? port ^ rd__get16(mask) : port);
	for (size_t i = 0; i < size; i++)
		at[4 + i] = rd__stun_is_xored(type) ? host[i] ^ mask[i] : host[i];
}

static const char *reason_of(int code)
{
	static const struct {
		int code;
		const char *reason;
	} reasons[] = {
		{ 300, "Try Alternate" },
		{ 400, "Bad Request" },
		{ 401, "Unauthenticated" },
		{ 403, "Forbidden" },
		{ 420, "Unknown Attribute" },
		{ 437, "Allocation Mismatch" },
		{ 438, "Stale Nonce" },
		{ 487, "Role Conflict" },
	};

	for (size_t i = 0; i < RD_ARRAY_SIZE(reasons); i++)
		if (reasons[i].code == code)
			return reasons[i].reason;
	return "Server Error";
}

void rd__stun_put_error(struct rd__stun_out *out, int code)
{
	struct rd_str reason = rd_str_of(reason_of(code));
	uint8_t *at = reserve(out, RD__STUN_ERROR_CODE, 4 + reason.n);

	if (!at)
		return;
	at[2] = (uint8_t)(code / 100);
	at[3] = (uint8_t)(code % 100);
	memcpy(at + 4, reason.p, reason.n);
}

void rd__stun_put_unknown(struct rd__stun_out *out, const uint16_t *types, size_t count)
{
	uint8_t *at = reserve(out, RD__STUN_UNKNOWN_ATTRIBUTES, 2 * count);

	for (size_t i = 0; at && i < count; i++)
		rd__put16(at + 2 * i, types[i]);
}

void rd__stun_sign(struct rd__stun_out *out, enum rd__stun_integrity integrity,
		   struct rd_str key)
{
	bool sha256 = integrity == RD__STUN_SHA256;
	size_t before = out->size;
	uint8_t *at;

	if (integrity == RD__STUN_UNSIGNED)
		return;
	at = reserve(out,
		     sha256 ? RD__STUN_MESSAGE_INTEGRITY_SHA256 : RD__STUN_MESSAGE_INTEGRITY,
		     sha256 ? RD__STUN_SHA256_SIZE : RD__STUN_SHA1_SIZE);
	if (at && !rd__stun_hmac(at, integrity, key, out->packet, before))
		out->full = true;
}

void rd__stun_put_fingerprint(struct rd__stun_out *out)
{
	size_t before = out->size;

	if (out->full)
		return;
	note_length(out, before + RD__STUN_FINGERPRINT_SIZE);
	rd__stun_put32(out, RD__STUN_FINGERPRINT, rd__stun_crc(out->packet, before));
}

size_t rd__stun_end(const struct rd__stun_out *out)
{
	return out->full ? 0 : out->size;
}
