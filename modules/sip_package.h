/* What modules of SIP event packages have in common: the driver's functions, had while
 * the module is loaded, and its one package. */
#ifndef RD_MODULES_SIP_PACKAGE_H
#define RD_MODULES_SIP_PACKAGE_H

#include <errno.h>

#include <ringdown/module.h>
#include <ringdown/sip_event.h>

static const struct rd_sip_events *events; /* NULL: not loaded */

static const char *const sip_package_needs[] = { "chan_sip", NULL };

/* The package is gone, and the functions are given back. */
static inline void sip_package_unload(const struct rd_sip_package *package)
{
	if (events)
		events->remove(package);
	rd_interface_put(events);
	events = NULL;
}

/* Get the functions; prepare (may be NULL) is called between that and the package. 0,
 * -ENOENT without the driver, what prepare says, -EEXIST, -ENOMEM: then nothing is left. */
static inline int sip_package_load(const struct rd_sip_package *package,
				   int (*prepare)(const struct rd_sip_events *events))
{
	int rc = 0;

	events = rd_interface_get(RD_SIP_EVENTS, RD_SIP_EVENTS_VERSION);
	if (!events)
		return -ENOENT;
	if (prepare)
		rc = prepare(events);
	if (rc == 0)
		rc = events->add(package);
	if (rc)
		sip_package_unload(package);
	return rc;
}

#endif
