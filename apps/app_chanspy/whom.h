/* Whom a spy may hear. */
#ifndef APPS_APP_CHANSPY_WHOM_H
#define APPS_APP_CHANSPY_WHOM_H

#include <ringdown/base.h>

struct rd_channel;

struct whom {
	bool (*is_wanted)(const struct whom *whom, const struct rd_channel *other);
	const char *name;    /* of a channel, or its beginning; or the extension */
	const char *context; /* of the extension */
	/* Of options g and e, NULL: anybody. With "" nobody: who may hear some only hears none
	 * without their names. */
	const char *groups, *enforced;
	bool bridged; /* only who talks to somebody */
};

/* .is_wanted: its name begins so; */
bool whom_begins(const struct whom *whom, const struct rd_channel *other);
/* it is "1790000000.42", or "SIP/1001-0000002a"; */
bool whom_is_named(const struct whom *whom, const struct rd_channel *other);
/* it is in that extension. */
bool whom_has_extension(const struct whom *whom, const struct rd_channel *other);

bool whom_fits(const struct whom *whom, const struct rd_channel *other);

#endif
