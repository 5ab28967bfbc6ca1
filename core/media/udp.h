/* A datagram in and out. The C library's functions are points of cancellation,
 * which takes two locked operations each; nobody cancels a media thread. */
#ifndef CORE_MEDIA_UDP_H
#define CORE_MEDIA_UDP_H

#include <stddef.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* From a connected socket; bytes, or -1 with errno. */
static inline ssize_t rd__udp_receive(int fd, void *packet, size_t max)
{
	return syscall(SYS_recvfrom, fd, packet, max, 0, NULL, NULL);
}

/* The same, to whom the socket is connected. */
static inline ssize_t rd__udp_send(int fd, const void *packet, size_t size)
{
	return syscall(SYS_sendto, fd, packet, size, MSG_NOSIGNAL, NULL, 0);
}

#endif
