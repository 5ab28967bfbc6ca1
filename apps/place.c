/* Places in the dialplan as options name them: see place.h. */
#include <errno.h>
#include <string.h>

#include <ringdown/app.h>
#include <ringdown/dialplan.h>
#include <ringdown/pool.h>

#include "apps/place.h"

int app_split_place(struct rd_channel *ch, const char *text, const char **place,
		    const char **args)
{
	char *copy = rd_pool_strdup(rd_channel_scratch(ch), text), *open;

	*place = *args = "";
	if (!copy)
		return -ENOMEM;
	for (char *p = copy; *p; p++)
		if (*p == '^')
			*p = ',';
	*place = copy;
	open = strchr(copy, '(');
	if (!open)
		return 0;
	*open = '\0';
	*args = open + 1;
	if (strrchr(open + 1, ')'))
		*strrchr(open + 1, ')') = '\0';
	return 0;
}

const char *app_place_fault(int rc)
{
	return rc == -ENOENT ? "there is no such place in the dialplan" : rd_strerror(rc);
}

int app_gosub_option(struct rd_channel *caller, struct rd_channel *leg, char letter,
		     const char *text)
{
	const char *place, *args;
	int rc;

	if (!text || !*text)
		return 0;
	rc = app_split_place(caller, text, &place, &args);
	if (!rc)
		rc = rd_dialplan_gosub(leg, place, args);
	if (rc < 0 && rc != -ECANCELED)
		rd_app_error(caller, "option %c(%s): %s", letter, text, app_place_fault(rc));
	return RD_MIN(rc, 0);
}

void app_send_on(struct rd_channel *caller, struct rd_channel *leg, const char *text)
{
	const char *place, *args;
	int rc = rd_channel_set_place(leg, rd_channel_context(caller), rd_channel_exten(caller),
				      rd_channel_priority(caller) + 1);

	if (!rc && text && *text) {
		rc = app_split_place(caller, text, &place, &args);
		if (!rc)
			rc = rd_dialplan_goto(leg, place);
	}
	if (!rc)
		rc = rd_channel_redirect(leg, NULL, NULL, rd_channel_priority(leg));
	if (rc && rc != -ECANCELED)
		rd_app_error(caller, "option F: %s", app_place_fault(rc));
}
