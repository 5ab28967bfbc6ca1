/* An address with a port, as an option of a configuration file. */
#ifndef MODULES_HOST_PORT_H
#define MODULES_HOST_PORT_H

#include <sys/socket.h>

struct rd_pool;

struct host_port {
	struct sockaddr_storage socket;
	socklen_t size; /* 0: none */
};

/* The .parse of an RD_OPTION_CUSTOM that is a struct host_port. Names are not looked up. */
const char *option_host_port(const char *value, void *dest, struct rd_pool *pool);

#endif
