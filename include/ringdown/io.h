/* Ringdown SDK: sockets, pipes and files. The waiting forms park the fiber;
 * the watch is for event-driven code. Descriptors must be non-blocking. */
#ifndef RINGDOWN_IO_H
#define RINGDOWN_IO_H

#include <sys/socket.h>

#include <ringdown/base.h>
#include <ringdown/pool.h>

enum rd_io_events {
	RD_IO_READ = 1,
	RD_IO_WRITE = 2,
};

struct rd_watch;

RD_API_BEGIN

/* The events that are ready (> 0), -ETIMEDOUT, -ECANCELED. Yields. */
RD_YIELDS int rd_fd_wait(int fd, unsigned events, int timeout_ms);
/* One read or write, when ready: bytes, 0 at the end, or negative. Yields. */
RD_YIELDS ssize_t rd_fd_read(int fd, void *buf, size_t size, int timeout_ms);
/* All of it: 0; or negative, and some of it may be written. Yields. */
RD_YIELDS int rd_fd_write_all(int fd, const void *buf, size_t size, int timeout_ms);
/* 0 with a new connected non-blocking stream socket, the caller's; or negative. Yields. */
RD_YIELDS int rd_connect(int *fdp, const struct sockaddr *addr, socklen_t len,
			 int timeout_ms);
/* 0 with the next connection on a listening socket, the caller's; or negative. Yields. */
RD_YIELDS int rd_accept(int listen_fd, int *fdp, int timeout_ms);

/* Call ready(events, arg) on the loop whenever fd is ready. The watch does
 * not own fd: free the watch before you close it. 0 or -ENOMEM. ready may free its own watch. */
int rd_watch_new(struct rd_watch **wp, int fd, unsigned events,
		 void (*ready)(unsigned events, void *arg), void *arg);
/* Other events from now on; 0: none until the next call. 0 or negative errno. */
int rd_watch_set(struct rd_watch *watch, unsigned events);
/* ready() is not called any more. NULL is fine. */
void rd_watch_free(struct rd_watch *watch);
/* One call of ready() counts as one message, by which the loop sees how busy it
 * is: so many more have come with it. */
void rd_io_load(unsigned messages);

/* A whole file through the pool; *data (in pool, NUL after the end). limit:
 * most bytes, -EFBIG above. 0, -ENOENT, -ENOMEM, or what the disk says. Yields. */
RD_YIELDS int rd_file_read(const char *path, struct rd_pool *pool, size_t limit,
			   char **data, size_t *size);
/* Written beside it, synced, renamed into place: all (0) or nothing (negative). Yields. */
RD_YIELDS int rd_file_write(const char *path, const void *data, size_t size,
			    mode_t mode);
/* The same outside of a fiber: for a thread of the pool, which waits. */
int rd_file_write_here(const char *path, const void *data, size_t size, mode_t mode);
/* What was written to a file, or the names in a directory, are on the disk when it returns;
 * for a thread of the pool, too. 0 or negative errno. */
int rd_file_sync_here(const char *path);

/* For a pool thread: write at the end of a file, all of it or nothing (half of a line
 * helps nobody). 0 or negative errno. */
int rd_file_append(int fd, const void *data, size_t size);

RD_API_END

#endif
