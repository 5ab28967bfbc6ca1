/* What modules of SIP event packages have in common: the driver's functions, had while
 * the module is loaded, and its one package. */
#ifndef MODULES_SIP_PACKAGE_H
#define MODULES_SIP_PACKAGE_H

#include <ringdown/module.h>
#include <ringdown/sip_event.h>

extern const char *const sip_package_needs[];

/* The driver's functions; NULL: not loaded. */
const struct rd_sip_events *sip_package_events(void);

/* Get the functions and offer the package. 0, -ENOENT without the driver, -EEXIST,
 * -ENOMEM: then nothing is left. */
int sip_package_load(const struct rd_sip_package *package);
/* The package is gone, and the functions are given back. */
void sip_package_unload(const struct rd_sip_package *package);

#endif
