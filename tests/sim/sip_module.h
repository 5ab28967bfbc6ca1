/* A module of an event package, linked into a simulation: loaded, told of events, and
 * unloaded, as the loader would do it. */
#ifndef TESTS_SIM_SIP_MODULE_H
#define TESTS_SIM_SIP_MODULE_H

#include <ringdown/xml.h>

#include "tests/sim/sip_watcher.h"

/* When the driver runs. */
void module_open(void);
void module_close(void);

/* The document of a NOTIFY; it lives until the next one is read. */
const struct rd_xml *document(const char *body);
/* An attribute, "" without. */
const char *attribute(const struct rd_xml *node, const char *name);
/* The text of a grandchild of any namespace: text_at(dialog, "remote", "identity"); b
 * may be NULL. "" without. */
const char *text_at(const struct rd_xml *node, const char *a, const char *b);
/* How many children of this name. */
unsigned count_of(const struct rd_xml *node, const char *name);

#endif
