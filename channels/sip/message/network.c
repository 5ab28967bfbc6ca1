/* Addresses with masks, as permit=, deny=, match= and bind= write them. */
#include <stdlib.h>

#include "channels/sip/message/network.h"

static const uint8_t *bytes_of(const union sip_sockaddr *address, unsigned *bits)
{
	size_t n;
	const uint8_t *bytes = sip_sockaddr_bytes(address, &n);

	*bits = (unsigned)n * 8;
	return bytes;
}

/* An IPv4 peer of a dual-stack socket looks like ::ffff:10.0.0.1. */
static union sip_sockaddr unmapped(const union sip_sockaddr *address)
{
	union sip_sockaddr plain = *address;

	if (address->sa.sa_family != AF_INET6 ||
	    !IN6_IS_ADDR_V4MAPPED(&address->in6.sin6_addr))
		return plain;
	memset(&plain, 0, sizeof(plain));
	plain.in4.sin_family = AF_INET;
	plain.in4.sin_port = address->in6.sin6_port;
	memcpy(&plain.in4.sin_addr, &address->in6.sin6_addr.s6_addr[12], 4);
	return plain;
}

bool sip_network_has(const struct sip_network *network,
		     const union sip_sockaddr *address)
{
	union sip_sockaddr plain = unmapped(address);
	unsigned bits, ours, whole = network->bits / 8, rest = network->bits % 8;
	const uint8_t *a = bytes_of(&plain, &bits);
	const uint8_t *b = bytes_of(&network->address, &ours);

	if (bits != ours || memcmp(a, b, whole) != 0)
		return false;
	return !rest || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

static int count_bits(const uint8_t *mask, unsigned size, unsigned *bits)
{
	unsigned n = 0;

	while (n < size && (mask[n / 8] & (0x80 >> n % 8)))
		n++;
	*bits = n;
	for (; n < size; n++)
		if (mask[n / 8] & (0x80 >> n % 8))
			return -EDOM;
	return 0;
}

static int parse_mask(struct sip_network *network, struct rd_str mask)
{
	union sip_sockaddr address;
	unsigned size, mask_size;
	const uint8_t *bytes;
	uint64_t bits;

	bytes_of(&network->address, &size);
	if (rd_str_to_u64(mask, size, &bits) == 0) {
		network->bits = (unsigned)bits;
		return 0;
	}
	if (sip_sockaddr_parse(&address, mask, 0))
		return -EINVAL;
	bytes = bytes_of(&address, &mask_size);
	return mask_size == size ? count_bits(bytes, size, &network->bits) : -EINVAL;
}

int sip_network_parse(struct sip_network *network, const char *text)
{
	struct rd_str mask = rd_str_trim(rd_str_of(text)), host;
	bool has_mask = rd_str_cut(&mask, '/', &host);

	host = rd_str_trim(host);
	if (has_mask && rd_str_eq(host, RD_STR("0"))) /* "0/0" is short for 0.0.0.0/0 */
		host = RD_STR("0.0.0.0");
	if (sip_sockaddr_parse(&network->address, host, 0))
		return -EINVAL;
	bytes_of(&network->address, &network->bits);
	return has_mask ? parse_mask(network, rd_str_trim(mask)) : 0;
}

int sip_hostport_parse(union sip_sockaddr *address, const char *text,
		       uint16_t default_port)
{
	const char *colon = strrchr(text, ':'), *bracket = strchr(text, ']');
	struct rd_str host = rd_str_of(text);
	uint64_t port = default_port;
	bool bare_v6 = colon && !bracket && strchr(text, ':') != colon;

	if (colon && !bare_v6 && (!bracket || colon == bracket + 1)) {
		host.n = (size_t)(colon - text);
		if (rd_str_to_u64(rd_str_of(colon + 1), 65535, &port))
			return -EINVAL;
	}
	return sip_sockaddr_parse(address, host, (uint16_t)port);
}
