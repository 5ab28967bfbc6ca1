/* Where the control socket is. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <ringdown/config.h>

#include "core/cli/frame.h"

int rd__control_address(struct sockaddr_un *address, int *dir_fd)
{
	const char *dir = rd_directory("run");

	if (!dir)
		return -ENOENT;
	*dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*dir_fd < 0)
		return -errno;
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	/* A socket's path is limited to 107 bytes; a directory's is not. */
	snprintf(address->sun_path, sizeof(address->sun_path),
		 "/proc/self/fd/%d/ringdown.ctl", *dir_fd);
	return 0;
}
