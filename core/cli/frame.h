/* What passes between the daemon and its consoles over the control socket:
 * frames of one byte of kind, four bytes of length (big-endian), and text. */
#ifndef CORE_CLI_FRAME_H
#define CORE_CLI_FRAME_H

#include <sys/socket.h>
#include <sys/un.h>

#include <ringdown/base.h>

enum rd__frame_kind {
	/* from the console */
	RD__FRAME_RUN = 'x',	  /* a line to run */
	RD__FRAME_COMPLETE = 'c', /* what was typed so far */
	RD__FRAME_INTERRUPT = 'i',

	/* from the daemon */
	RD__FRAME_OUTPUT = 'o',
	RD__FRAME_STATUS = 's',	 /* the command has ended: its status, decimal */
	RD__FRAME_CHOICES = 'k', /* completions, a line each */
	RD__FRAME_REFUSAL = 'r', /* instead of a hello: why there is none */
	RD__FRAME_HELLO = 'h',	 /* the daemon's version, and in a second line where its
				  * configuration is */
};

enum {
	RD__FRAME_HEADER = 5,
	RD__FRAME_MAX_LINE = 64 << 10, /* from a console */
	RD__FRAME_MAX = 16 << 20,      /* from the daemon */
};

static inline void rd__frame_header(unsigned char *out, enum rd__frame_kind kind,
				    size_t size)
{
	out[0] = (unsigned char)kind;
	out[1] = (unsigned char)(size >> 24);
	out[2] = (unsigned char)(size >> 16);
	out[3] = (unsigned char)(size >> 8);
	out[4] = (unsigned char)size;
}

static inline size_t rd__frame_size(const unsigned char *header)
{
	return (size_t)header[1] << 24 | (size_t)header[2] << 16 |
	       (size_t)header[3] << 8 | header[4];
}

/**
 * The control socket's address, however long the run directory's path is.
 * *dir_fd stays open as long as the address is used; close it.
 */
int rd__control_address(struct sockaddr_un *address, int *dir_fd);
/* Connect to it; where there is none, to the one whose place the daemon has recorded in
 * the state directory. One that somebody else could have put there is refused. The
 * descriptor, or negative errno. */
int rd__control_connect(void);

#endif
