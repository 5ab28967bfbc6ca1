/* Addresses of packets: compared, made, read and printed. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "core/media/address.h"

const uint8_t *rd__address_host(const struct rd__address *address, size_t *size)
{
	if (address->storage.ss_family == AF_INET6) {
		*size = sizeof(struct in6_addr);
		return address->storage.in6.sin6_addr.s6_addr;
	}
	*size = sizeof(struct in_addr);
	return (const uint8_t *)&address->storage.in4.sin_addr;
}

uint16_t rd__address_port(const struct rd__address *address)
{
	/* At the same place in both families. */
	return ntohs(address->storage.in4.sin_port);
}

void rd__address_set_port(struct rd__address *address, uint16_t port)
{
	address->storage.in4.sin_port = htons(port);
}

bool rd__address_same_host(const struct rd__address *a, const struct rd__address *b)
{
	const uint8_t *host_a, *host_b;
	size_t size, size_b;

	if (!a->size || !b->size || a->storage.ss_family != b->storage.ss_family)
		return false;
	host_a = rd__address_host(a, &size);
	host_b = rd__address_host(b, &size_b);
	return memcmp(host_a, host_b, size) == 0;
}

bool rd__address_equal(const struct rd__address *a, const struct rd__address *b)
{
	return rd__address_same_host(a, b) && rd__address_port(a) == rd__address_port(b);
}

static socklen_t size_of(int family)
{
	if (family == AF_INET6)
		return sizeof(struct sockaddr_in6);
	return family == AF_INET ? sizeof(struct sockaddr_in) : 0;
}

void rd__address_set(struct rd__address *address, const struct sockaddr_storage *storage)
{
	address->size = size_of(storage->ss_family);
	memset(&address->storage, 0, sizeof(address->storage));
	memcpy(&address->storage, storage, address->size);
}

void rd__address_from(struct rd__address *address, const union rd_sockaddr *agreed)
{
	address->size = size_of(agreed->ss_family);
	address->storage = *agreed;
}

void rd__address_get(const struct rd__address *address, struct sockaddr_storage *storage)
{
	memset(storage, 0, sizeof(*storage));
	memcpy(storage, &address->storage, sizeof(address->storage));
}

void rd__address_make(struct rd__address *address, const uint8_t *host, size_t size,
		      uint16_t port)
{
	struct sockaddr_in *in4 = &address->storage.in4;
	struct sockaddr_in6 *in6 = &address->storage.in6;
	bool six = size == sizeof(in6->sin6_addr);

	memset(address, 0, sizeof(*address));
	address->storage.ss_family = six ? AF_INET6 : AF_INET;
	address->size = size_of(address->storage.ss_family);
	memcpy(six ? (void *)&in6->sin6_addr : (void *)&in4->sin_addr, host, size);
	rd__address_set_port(address, port);
}

bool rd__address_parse(struct rd__address *address, const char *host, uint16_t port)
{
	uint8_t bytes[sizeof(struct in6_addr)];

	if (inet_pton(AF_INET, host, bytes) == 1)
		rd__address_make(address, bytes, sizeof(struct in_addr), port);
	else if (inet_pton(AF_INET6, host, bytes) == 1)
		rd__address_make(address, bytes, sizeof(struct in6_addr), port);
	else
		return false;
	return true;
}

const char *rd__address_print(const struct rd__address *address, char buf[RD__ADDRESS_TEXT])
{
	char host[INET6_ADDRSTRLEN] = "-";
	size_t size;

	if (address->size)
		inet_ntop(address->storage.ss_family, rd__address_host(address, &size), host,
			  sizeof(host));
	snprintf(buf, RD__ADDRESS_TEXT,
		 address->storage.ss_family == AF_INET6 ? "[%s]:%u" : "%s:%u", host,
		 rd__address_port(address));
	return buf;
}
