/* The driver's functions and the package of this module. */
#include <errno.h>

#include "modules/sip_package.h"

const char *const sip_package_needs[] = { "chan_sip", NULL };

static const struct rd_sip_events *events;

const struct rd_sip_events *sip_package_events(void)
{
	return events;
}

void sip_package_unload(const struct rd_sip_package *package)
{
	if (events)
		events->remove(package);
	rd_interface_put(events);
	events = NULL;
}

int sip_package_load(const struct rd_sip_package *package)
{
	int rc;

	events = rd_interface_get(RD_SIP_EVENTS, RD_SIP_EVENTS_VERSION);
	if (!events)
		return -ENOENT;
	rc = events->add(package);
	if (rc)
		sip_package_unload(package);
	return rc;
}
