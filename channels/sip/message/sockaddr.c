/* Socket addresses and their text. Printing and reading IPv4 is written out:
 * it is done several times per message. */
#include <arpa/inet.h>

#include <ringdown/base.h>

#include "channels/sip/message/chars.h"
#include "channels/sip/message/sockaddr.h"

int sip_ipv6_parse(struct in6_addr *addr, struct rd_str host)
{
	char text[INET6_ADDRSTRLEN + 1], *colons;

	if (!rd_strcpyn(text, sizeof(text), host))
		return -EINVAL;
	colons = strstr(text, ":::");
	if (colons)
		memmove(colons, colons + 1, strlen(colons));
	return inet_pton(AF_INET6, text, addr) == 1 ? 0 : -EINVAL;
}

int sip_sockaddr_parse(union sip_sockaddr *addr, struct rd_str host, uint16_t port)
{
	char text[INET_ADDRSTRLEN];

	if (host.n >= 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		host = (struct rd_str){ host.p + 1, host.n - 2 };
	memset(addr, 0, sizeof(*addr));
	if (rd_strcpyn(text, sizeof(text), host) &&
	    inet_pton(AF_INET, text, &addr->in4.sin_addr) == 1) {
		addr->in4.sin_family = AF_INET;
		addr->in4.sin_port = htons(port);
		return 0;
	}
	if (sip_ipv6_parse(&addr->in6.sin6_addr, host))
		return -EINVAL;
	addr->in6.sin6_family = AF_INET6;
	addr->in6.sin6_port = htons(port);
	return 0;
}

static char *print_number(char *p, unsigned number)
{
	char digits[10];
	int n = 0;

	do
		digits[n++] = (char)('0' + number % 10);
	while (number /= 10);
	while (n)
		*p++ = digits[--n];
	return p;
}

size_t sip_sockaddr_host(const union sip_sockaddr *addr, char text[SIP_SOCKADDR_TEXT])
{
	const uint8_t *octets = (const uint8_t *)&addr->in4.sin_addr;
	char *p = text;

	if (addr->sa.sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &addr->in6.sin6_addr, text, SIP_SOCKADDR_TEXT);
		return strlen(text);
	}
	if (addr->sa.sa_family == AF_INET) {
		for (int i = 0; i < 4; i++) {
			p = print_number(p, octets[i]);
			*p++ = '.';
		}
		p--;
	}
	*p = '\0';
	return (size_t)(p - text);
}

const char *sip_sockaddr_text(const union sip_sockaddr *addr,
			      char text[SIP_SOCKADDR_TEXT])
{
	bool v6 = addr->sa.sa_family == AF_INET6;
	char host[SIP_SOCKADDR_TEXT], *p = text;
	size_t n = sip_sockaddr_host(addr, host);

	if (v6)
		*p++ = '[';
	memcpy(p, host, n);
	p += n;
	if (v6)
		*p++ = ']';
	*p++ = ':';
	*print_number(p, sip_sockaddr_port(addr)) = '\0';
	return text;
}

/* The port is at the same place in both families. */
uint16_t sip_sockaddr_port(const union sip_sockaddr *addr)
{
	return ntohs(addr->in4.sin_port);
}

void sip_sockaddr_set_port(union sip_sockaddr *addr, uint16_t port)
{
	addr->in4.sin_port = htons(port);
}

socklen_t sip_sockaddr_len(const union sip_sockaddr *addr)
{
	return addr->sa.sa_family == AF_INET6 ? sizeof(addr->in6) : sizeof(addr->in4);
}

bool sip_sockaddr_is_any(const union sip_sockaddr *addr)
{
	if (addr->sa.sa_family == AF_INET6)
		return IN6_IS_ADDR_UNSPECIFIED(&addr->in6.sin6_addr);
	return addr->in4.sin_addr.s_addr == htonl(INADDR_ANY);
}

const uint8_t *sip_sockaddr_bytes(const union sip_sockaddr *addr, size_t *n)
{
	bool is_v6 = addr->sa.sa_family == AF_INET6;

	*n = is_v6 ? sizeof(addr->in6.sin6_addr) : sizeof(addr->in4.sin_addr);
	return is_v6 ? addr->in6.sin6_addr.s6_addr : (const uint8_t *)&addr->in4.sin_addr;
}

bool sip_sockaddr_same_host(const union sip_sockaddr *a, const union sip_sockaddr *b)
{
	if (a->sa.sa_family != b->sa.sa_family)
		return false;
	if (a->sa.sa_family == AF_INET6)
		return !memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr,
			       sizeof(a->in6.sin6_addr)) &&
		       a->in6.sin6_scope_id == b->in6.sin6_scope_id;
	return a->in4.sin_addr.s_addr == b->in4.sin_addr.s_addr;
}

bool sip_sockaddr_equal(const union sip_sockaddr *a, const union sip_sockaddr *b)
{
	return a->in4.sin_port == b->in4.sin_port && sip_sockaddr_same_host(a, b);
}

unsigned sip_sockaddr_hash_host(const union sip_sockaddr *addr)
{
	size_t n;
	const uint8_t *p = sip_sockaddr_bytes(addr, &n);
	unsigned hash = 0;

	while (n--)
		hash = hash * 31 + *p++;
	return hash;
}

bool sip_sockaddr_is_loopback(const union sip_sockaddr *addr)
{
	if (addr->sa.sa_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&addr->in6.sin6_addr);
	return ntohl(addr->in4.sin_addr.s_addr) >> 24 == 127;
}

bool sip_sockaddr_is_group(const union sip_sockaddr *addr)
{
	if (addr->sa.sa_family == AF_INET6)
		return IN6_IS_ADDR_MULTICAST(&addr->in6.sin6_addr);
	return IN_MULTICAST(ntohl(addr->in4.sin_addr.s_addr)) ||
	       addr->in4.sin_addr.s_addr == htonl(INADDR_BROADCAST);
}

static enum sip_scope scope_of_ipv4(uint32_t ip)
{
	static const struct {
		uint32_t network;
		int bits;
		enum sip_scope scope;
	} known[] = {
		{ 0x00000000, 8, SIP_SCOPE_HOST },    /* 0.0.0.0/8 */
		{ 0x7f000000, 8, SIP_SCOPE_HOST },    /* 127.0.0.0/8 */
		{ 0xa9fe0000, 16, SIP_SCOPE_LINK },   /* 169.254.0.0/16 */
		{ 0x0a000000, 8, SIP_SCOPE_PRIVATE }, /* 10.0.0.0/8 */
		{ 0xac100000, 12, SIP_SCOPE_PRIVATE }, /* 172.16.0.0/12 */
		{ 0xc0a80000, 16, SIP_SCOPE_PRIVATE }, /* 192.168.0.0/16 */
		{ 0x64400000, 10, SIP_SCOPE_PRIVATE }, /* 100.64.0.0/10 */
	};

	for (size_t i = 0; i < RD_ARRAY_SIZE(known); i++)
		if ((ip ^ known[i].network) >> (32 - known[i].bits) == 0)
			return known[i].scope;
	return SIP_SCOPE_WORLD;
}

enum sip_scope sip_sockaddr_scope(const union sip_sockaddr *addr)
{
	const struct in6_addr *ip = &addr->in6.sin6_addr;

	if (addr->sa.sa_family != AF_INET6)
		return scope_of_ipv4(ntohl(addr->in4.sin_addr.s_addr));
	if (IN6_IS_ADDR_LOOPBACK(ip) || IN6_IS_ADDR_UNSPECIFIED(ip))
		return SIP_SCOPE_HOST;
	if (IN6_IS_ADDR_LINKLOCAL(ip))
		return SIP_SCOPE_LINK;
	return (ip->s6_addr[0] & 0xfe) == 0xfc ? SIP_SCOPE_PRIVATE : SIP_SCOPE_WORLD;
}
