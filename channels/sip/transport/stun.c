/* Binding requests answered: XOR-MAPPED-ADDRESS, nothing else. And asked, likewise. */
#include "channels/sip/transport/stun.h"

#define HEADER	     20
#define REQUEST	     0x0001
#define SUCCESS	     0x0101
#define FAILURE      0x0111
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

static bool is_whole(const uint8_t *at, size_t size)
{
	return size >= HEADER && read_16(at + 2) == size - HEADER && size % 4 == 0 &&
	       memcmp(at + 4, cookie, sizeof(cookie)) == 0;
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
	size_t n;
	const uint8_t *host = sip_sockaddr_bytes(peer, &n);

	write_16(at, XOR_MAPPED);
	write_16(at + 2, (unsigned)(4 + n));
	at[4] = 0;
	at[5] = n == 16 ? 2 : 1;
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

	if (!is_whole(request, size) || read_16(request) != REQUEST ||
	    demands_more(request + HEADER, size - HEADER))
		return 0;
	memcpy(answer, request, HEADER);
	write_16(answer, SUCCESS);
	n = write_address(answer + HEADER, peer, request + 4);
	write_16(answer + 2, (unsigned)n);
	return HEADER + n;
}

/* ---- asking ---- */

void sip_stun_ask(uint8_t request[SIP_STUN_REQUEST], const uint8_t id[SIP_STUN_ID])
{
	write_16(request, REQUEST);
	write_16(request + 2, 0);
	memcpy(request + 4, cookie, sizeof(cookie));
	memcpy(request + 8, id, SIP_STUN_ID);
}

static void read_address(union sip_sockaddr *mapped, const uint8_t *at, size_t length,
			 const uint8_t *mask)
{
	bool v6 = length == 20 && at[1] == 2;
	uint8_t *host = v6 ? mapped->in6.sin6_addr.s6_addr : (uint8_t *)&mapped->in4.sin_addr;

	if (!v6 && (length != 8 || at[1] != 1))
		return;
	mapped->sa.sa_family = v6 ? AF_INET6 : AF_INET;
	sip_sockaddr_set_port(mapped, (uint16_t)(read_16(at + 2) ^ read_16(mask)));
	for (size_t i = 0; i < length - 4; i++)
		host[i] = at[4 + i] ^ mask[i];
}

bool sip_stun_read(struct sip_stun_reply *reply, const char *data, size_t size)
{
	const uint8_t *at = (const uint8_t *)data, *mask = at + 4;

	if (!is_whole(at, size) || (read_16(at) != SUCCESS && read_16(at) != FAILURE))
		return false;
	memset(reply, 0, sizeof(*reply));
	memcpy(reply->id, at + 8, SIP_STUN_ID);
	reply->refused = read_16(at) == FAILURE;
	at += HEADER;
	size -= HEADER;
	while (size >= 4) {
		size_t length = read_16(at + 2), whole = 4 + ((length + 3) & ~(size_t)3);

		if (whole > size)
			return false;
		if (read_16(at) == XOR_MAPPED)
			read_address(&reply->mapped, at + 4, length, mask);
		at += whole;
		size -= whole;
	}
	return true;
}
