/* STUN messages of strangers: read whole, every attribute asked for, and
 * signatures checked. */
#include <stdlib.h>
#include <string.h>

#include "core/media/stun.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Fuzzers do not guess checksums: the length and the fingerprint are mended. */
static void mend(uint8_t *packet, size_t size)
{
	uint32_t crc;

	if (size < RD__STUN_HEADER + RD__STUN_FINGERPRINT_SIZE)
		return;
	packet[0] &= 3;
	memcpy(packet + 4, "\x21\x12\xa4\x42", 4);
	packet[2] = (uint8_t)((size - RD__STUN_HEADER) >> 8);
	packet[3] = (uint8_t)(size - RD__STUN_HEADER);
	if (memcmp(packet + size - 8, "\x80\x28\x00\x04", 4) != 0)
		return;
	crc = rd__stun_crc(packet, size - 8);
	for (int i = 0; i < 4; i++)
		packet[size - 4 + (size_t)i] = (uint8_t)(crc >> (24 - 8 * i));
}

static void ask_everything(const struct rd__stun *stun)
{
	struct rd__address address;
	uint16_t types[4];
	uint64_t value64;
	uint32_t value;

	for (unsigned type = 0; type < 0x40; type++) {
		struct rd_str found = rd__stun_get(stun, type);
		const uint8_t *p = (const uint8_t *)found.p;

		rd_assert(!p || (p >= stun->packet && p + found.n <= stun->packet + stun->size));
		rd__stun_get32(stun, type, &value);
		rd__stun_get64(stun, type, &value64);
		rd__stun_get_address(stun, type, &address);
	}
	rd__stun_error(stun);
	rd__stun_unknown(stun, types, RD_ARRAY_SIZE(types));
	rd__stun_verify(stun, RD__STUN_SHA1, RD_STR("secret"));
	rd__stun_verify(stun, RD__STUN_SHA256, RD_STR("secret"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A block of its own, so that a step beyond its end is seen. */
	uint8_t *packet = malloc(size ? size : 1);
	struct rd__stun stun;

	if (!packet)
		return 0;
	memcpy(packet, data, size);
	mend(packet, size);
	if (rd__stun_parse(&stun, packet, size))
		ask_everything(&stun);
	free(packet);
	return 0;
}
