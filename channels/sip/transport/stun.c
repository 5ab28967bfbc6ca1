/* Binding requests answered: XOR-MAPPED-ADDRESS, nothing else. */
#include "channels/sip/transport/stun.h"

#define HEADER	     20
#define REQUEST	     0x0001
#define SUCCESS	     0x0101
#define XOR_MAPPED   0x0020
#define OPTIONAL     0x8000 /* attributes from here on may be passed over */

static const uint8_t cookie[4] = { 0x21, 0x12, 0xa4, 0x42 };

static unsigned read_16(const uint8_t *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

static void write_16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static bool is_request(const uint8_t *at, size_t size)
{
	return size >= HEADER && read_16(at) == REQUEST && read_16(at + 2) == size - HEADER &&
	       size % 4 == 0 && memcmp(at + 4, cookie, sizeof(cookie)) == 0;
}

/* Is there an attribute that must be understood? We understand none. */
static bool demands_more(const uint8_t *at, size_t size)
{
	while (size >= 4) {
		size_t length = 4 + ((read_16(at + 2) + 3u) & ~3u);

		if (read_16(at) < OPTIONAL || length > size)
			return true;
		at += length;
		size -= length;
	}
	return size != 0;
}

/* The address, xored with the cookie and, in IPv6, the transaction behind it. */
static size_t write_address(uint8_t *at, const union sip_sockaddr *peer, const uint8_t *mask)
{
	bool v6 = peer->sa.sa_family == AF_INET6;
	const uint8_t *host = v6 ? peer->in6.sin6_addr.s6_addr
				 : (const uint8_t *)&peer->in4.sin_addr;
	size_t n = v6 ? 16 : 4;

	write_16(at, XOR_MAPPED);
	write_16(at + 2, (unsigned)(4 + n));
	at[4] = 0;
	at[5] = v6 ? 2 : 1;
	write_16(at + 6, sip_sockaddr_port(peer) ^ read_16(mask));
	for (size_t i = 0; i < n; i++)
		at[8 + i] = host[i] ^ mask[i];
	return 8 + n;
}

size_t sip_stun_answer(const char *data, size_t size, const union sip_sockaddr *peer,
		       uint8_t answer[SIP_STUN_ANSWER])
{
	const uint8_t *request = (const uint8_t *)data;
	size_t n;

	if (!is_request(request, size) || demands_more(request + HEADER, size - HEADER))
		return 0;
	memcpy(answer, request, HEADER);
	write_16(answer, SUCCESS);
	n = write_address(answer + HEADER, peer, request + 4);
	write_16(answer + 2, (unsigned)n);
	return HEADER + n;
}
