/* Addresses of packets: IPv4 or IPv6, with a port. */
#ifndef CORE_MEDIA_ADDRESS_H
#define CORE_MEDIA_ADDRESS_H

#include <netinet/in.h>
#include <sys/socket.h>

#include <ringdown/base.h>
#include <ringdown/stream.h>

struct rd__address {
	union rd_sockaddr storage;
	socklen_t size; /* 0: none */
};

/* "[2001:db8:...%interface]:65535" and a NUL. */
enum { RD__ADDRESS_TEXT = 80 };

RD_API_BEGIN

bool rd__address_equal(const struct rd__address *a, const struct rd__address *b);
bool rd__address_same_host(const struct rd__address *a, const struct rd__address *b);
/* The bytes of the host: 4, or 16 for IPv6. */
const uint8_t *rd__address_host(const struct rd__address *address, size_t *size);
uint16_t rd__address_port(const struct rd__address *address);
void rd__address_set_port(struct rd__address *address, uint16_t port);
/* From what the system gave; family 0 or an unknown one: none. */
void rd__address_set(struct rd__address *address, const struct sockaddr_storage *storage);
/* The same from an agreement. */
void rd__address_from(struct rd__address *address, const union rd_sockaddr *agreed);
/* For the system and the SDK. */
void rd__address_get(const struct rd__address *address, struct sockaddr_storage *storage);
/* From bytes in network order: 4 or 16 of them. */
void rd__address_make(struct rd__address *address, const uint8_t *host, size_t size,
		      uint16_t port);
/* A numeric host, "192.0.2.1" or "2001:db8::1". False when it is none. */
bool rd__address_parse(struct rd__address *address, const char *host, uint16_t port);
/* "192.0.2.1:5000", "[2001:db8::1]:5000"; returns buf. */
const char *rd__address_print(const struct rd__address *address, char buf[RD__ADDRESS_TEXT]);

RD_API_END

#endif
