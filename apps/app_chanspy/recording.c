/* Option r: from the first whom the spy hears to the last, his own voice is not in it. */
#include "apps/app_chanspy/recording.h"

#include <stdio.h>

#include <ringdown/app.h>
#include <ringdown/clock.h>

#include "apps/folders.h"

enum { PATH_ROOM = 1024 };

static int start(struct rd_monitor **mp, struct rd_channel *spy, const char *base, char *path)
{
	const struct rd_monitor_options options = { .path = path, .sides = RD_MONITOR_OUT };
	char name[PATH_ROOM];
	int rc;

	snprintf(name, sizeof(name), "%s.%llu.wav", base,
		 (unsigned long long)(rd_wall_us() / 1000000));
	rc = folders_recording(path, PATH_ROOM, name);
	return rc ? rc : rd_monitor_start(spy, &options, mp);
}

int recording_start(struct rd_monitor **mp, struct rd_channel *spy, const char *base)
{
	char path[PATH_ROOM] = "";
	int rc = start(mp, spy, base, path);

	if (!rc)
		return 0;
	*mp = NULL;
	if (rc == -ECANCELED)
		return rc;
	rd_app_warning(spy, "option r: %s: %s", *path ? path : base, rd_strerror(rc));
	return 0;
}
