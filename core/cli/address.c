/* Where the control socket is, and who may have put it there. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ringdown/str.h>

#include "core/cli/cli.h"
#include "core/cli/frame.h"
#include "core/config/config.h"

#define SOCKET "ringdown.ctl"
#define RECORD "control.path" /* in the state directory: the run directory in force */

static int address_in(const char *dir, struct sockaddr_un *address, int *dir_fd)
{
	*dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*dir_fd < 0)
		return -errno;
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	/* A socket's path is limited to 107 bytes; a directory's is not. */
	snprintf(address->sun_path, sizeof(address->sun_path),
		 "/proc/self/fd/%d/" SOCKET, *dir_fd);
	return 0;
}

int rd__control_address(struct sockaddr_un *address, int *dir_fd)
{
	const char *dir = rd_directory("run");

	return dir ? address_in(dir, address, dir_fd) : -ENOENT;
}

/* ---- the record ---- */

static int open_state(void)
{
	return open(rd_directory("state"), O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Whoever cannot write it is found where the directories say, or not at all. */
void rd__control_record(void)
{
	int dir_fd = open_state();
	int fd = openat(dir_fd, RECORD ".new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool written = fd >= 0 && dprintf(fd, "%s\n", rd_directory("run")) > 0;

	if (fd >= 0)
		close(fd);
	if (written)
		renameat(dir_fd, RECORD ".new", dir_fd, RECORD);
	if (dir_fd >= 0)
		close(dir_fd);
}

void rd__control_forget(void)
{
	int dir_fd = open_state();

	unlinkat(dir_fd, RECORD, 0);
	if (dir_fd >= 0)
		close(dir_fd);
}

/* A line that the owner of the state directory wrote. */
static int read_record(int dir_fd, uid_t owner, char *path, size_t size)
{
	int fd = openat(dir_fd, RECORD, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat info;
	ssize_t n = -1;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_uid == owner)
		n = read(fd, path, size - 1);
	close(fd);
	if (n < 2 || path[0] != '/' || path[n - 1] != '\n')
		return -ENOENT;
	path[n - 1] = '\0';
	return 0;
}

/* ---- whom to believe ---- */

static bool is_owner_of_state(uid_t uid)
{
	struct stat info;

	return stat(rd_directory("state"), &info) == 0 && info.st_uid == uid;
}

static bool is_believed(uid_t uid)
{
	return uid == 0 || uid == geteuid() || is_owner_of_state(uid);
}

/* In /tmp anybody may make a folder of that name; in /run only root does, for whom
 * it likes. */
static bool is_made_by_root(int dir_fd)
{
	struct stat parent;

	return fstatat(dir_fd, "..", &parent, 0) == 0 && parent.st_uid == 0 &&
	       !(parent.st_mode & (S_IWGRP | S_IWOTH));
}

/* Of a folder that a file names, that file is believed. */
static int check_folder(int dir_fd, bool named, uid_t *owner)
{
	struct stat folder, file;

	if (fstat(dir_fd, &folder) < 0 ||
	    fstatat(dir_fd, SOCKET, &file, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	*owner = folder.st_uid;
	if (named || is_made_by_root(dir_fd))
		return 0;
	if (!is_believed(folder.st_uid) || !is_believed(file.st_uid) ||
	    !S_ISSOCK(file.st_mode) || (folder.st_mode & (S_IWGRP | S_IWOTH)))
		return -EPERM;
	return 0;
}

/* Who listens, whatever lies in the folder. */
static bool is_believed_peer(int fd, bool named, uid_t owner)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
	       (named || is_believed(peer.uid) || peer.uid == owner);
}

/* ---- connecting ---- */

static int connect_to(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), rc;

	if (fd < 0)
		return -errno;
	if (connect(fd, (const void *)address, sizeof(*address)) == 0)
		return fd;
	rc = -errno;
	close(fd);
	return rc;
}

static int connect_in(const char *dir, bool named)
{
	struct sockaddr_un address;
	int dir_fd = -1, fd, rc = address_in(dir, &address, &dir_fd);
	uid_t owner = geteuid();

	if (rc == 0)
		rc = check_folder(dir_fd, named, &owner);
	fd = rc < 0 ? rc : connect_to(&address);
	if (fd >= 0 && !is_believed_peer(fd, named, owner)) {
		close(fd);
		fd = -EPERM;
	}
	if (dir_fd >= 0)
		close(dir_fd);
	return fd;
}

static int connect_recorded(void)
{
	char dir[PATH_MAX];
	int rc, state = open_state();
	struct stat info;

	if (state < 0)
		return -errno;
	rc = fstat(state, &info) < 0 ? -errno :
				       read_record(state, info.st_uid, dir, sizeof(dir));
	close(state);
	return rc < 0 ? rc : connect_in(dir, false);
}

int rd__control_connect(void)
{
	int fd = connect_in(rd_directory("run"), rd__directory_is_named("run"));
	int recorded;

	if (fd >= 0)
		return fd;
	recorded = connect_recorded();
	return recorded == -ENOENT ? fd : recorded;
}
