/* Root may read everything, the daemon may not: files are looked at with the rights of whom
 * the state directory belongs to. Of the file system alone, so that all else stays root's. */
#include <grp.h>
#include <pwd.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/doctor/doctor.h"

enum { GROUPS_MAX = 256 };

static gid_t own_groups[GROUPS_MAX];
static int own_count = -1; /* of groups, while the daemon's are in their place */

void rd__doctor_see_as_daemon(void)
{
	const char *state = rd_directory("state");
	const struct passwd *user;
	struct stat owner;

	if (geteuid() != 0 || !state || stat(state, &owner) < 0 || owner.st_uid == 0)
		return;
	own_count = getgroups(GROUPS_MAX, own_groups);
	if (own_count < 0)
		return;
	user = getpwuid(owner.st_uid);
	if (!user || initgroups(user->pw_name, user->pw_gid) < 0)
		setgroups(0, NULL);
	setfsgid(user ? user->pw_gid : owner.st_gid);
	setfsuid(owner.st_uid);
}

void rd__doctor_see_as_root(void)
{
	if (own_count < 0)
		return;
	setfsuid(geteuid());
	setfsgid(getegid());
	setgroups((size_t)own_count, own_groups);
	own_count = -1;
}
