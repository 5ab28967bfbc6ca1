/* Reading "127.0.0.1:9560" and "[::1]:9560". */
#include "modules/host_port.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include <ringdown/str.h>

static bool set_address(struct host_port *address, const char *host, uint16_t port)
{
	struct sockaddr_in *v4 = (void *)&address->socket;
	struct sockaddr_in6 *v6 = (void *)&address->socket;

	memset(address, 0, sizeof(*address));
	if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		address->size = sizeof(*v4);
	} else if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(port);
		address->size = sizeof(*v6);
	}
	return address->size;
}

const char *option_host_port(const char *value, void *dest, struct rd_pool *pool)
{
	const char *colon = strrchr(value, ':');
	size_t n = colon ? (size_t)(colon - value) : 0;
	char host[INET6_ADDRSTRLEN];
	uint64_t port;

	(void)pool;
	if (n > 1 && *value == '[' && value[n - 1] == ']') {
		value++;
		n -= 2;
	}
	if (n && rd_strcpyn(host, sizeof(host), (struct rd_str){ value, n }) &&
	    rd_str_to_u64(rd_str_of(colon + 1), 65535, &port) == 0 && port &&
	    set_address(dest, host, (uint16_t)port))
		return NULL;
	return "an address with a port, 127.0.0.1:9560 or [::1]:9560";
}
