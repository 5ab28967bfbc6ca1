/* One IPv4 or IPv6 socket address by value, with the text forms that SIP
 * uses. Numeric only: names are the resolver's. */
#ifndef CHANNELS_SIP_MESSAGE_SOCKADDR_H
#define CHANNELS_SIP_MESSAGE_SOCKADDR_H

#include <netinet/in.h>
#include <sys/socket.h>

#include <ringdown/str.h>

union sip_sockaddr {
	struct sockaddr sa;
	struct sockaddr_in in4;
	struct sockaddr_in6 in6;
};

/* "[2001:db8:...]:65535" and a NUL. */
#define SIP_SOCKADDR_TEXT 56

/* host: "10.0.0.1", "2001:db8::1" or "[2001:db8::1]". 0, or -EINVAL for
 * anything that is not a numeric address. */
int sip_sockaddr_parse(union sip_sockaddr *addr, struct rd_str host, uint16_t port);

/* IPv6 text without brackets; tolerates ":::" (RFC 5118 §4.10). 0 or -EINVAL. */
int sip_ipv6_parse(struct in6_addr *addr, struct rd_str text);

/* "10.0.0.1:5060" or "[::1]:5060"; returns text. */
const char *sip_sockaddr_text(const union sip_sockaddr *addr,
			      char text[SIP_SOCKADDR_TEXT]);
/* The address alone, IPv6 without brackets; returns the length. */
size_t sip_sockaddr_host(const union sip_sockaddr *addr,
			 char text[SIP_SOCKADDR_TEXT]);

uint16_t sip_sockaddr_port(const union sip_sockaddr *addr);
void sip_sockaddr_set_port(union sip_sockaddr *addr, uint16_t port);
socklen_t sip_sockaddr_len(const union sip_sockaddr *addr);
bool sip_sockaddr_is_any(const union sip_sockaddr *addr);

/* The address alone as it goes over the wire: 4 bytes or 16. */
const uint8_t *sip_sockaddr_bytes(const union sip_sockaddr *addr, size_t *n);

/* Address and port equal; an IPv4-mapped IPv6 address is not its IPv4 one. */
bool sip_sockaddr_equal(const union sip_sockaddr *a, const union sip_sockaddr *b);
/* The address alone. */
bool sip_sockaddr_same_host(const union sip_sockaddr *a, const union sip_sockaddr *b);
/* The same number for the same host: a row of a table. */
unsigned sip_sockaddr_hash_host(const union sip_sockaddr *addr);
bool sip_sockaddr_is_loopback(const union sip_sockaddr *addr);
/* Does it stand for many: a group, or all of a network? */
bool sip_sockaddr_is_group(const union sip_sockaddr *addr);

/* From how far an address is seen. Private: RFC 1918, 6598, 4193. */
enum sip_scope { SIP_SCOPE_HOST, SIP_SCOPE_LINK, SIP_SCOPE_PRIVATE, SIP_SCOPE_WORLD };
enum sip_scope sip_sockaddr_scope(const union sip_sockaddr *addr);

#endif
