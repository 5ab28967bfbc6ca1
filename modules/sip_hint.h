/* Extensions that somebody watches: the devices behind their hints, and whom to tell
 * when one of these does something. Shared by the modules whose documents show it. */
#ifndef MODULES_SIP_HINT_H
#define MODULES_SIP_HINT_H

#include <ringdown/event.h>
#include <ringdown/list.h>
#include <ringdown/sip_event.h>

struct hint;

/* One subscription to an extension; embedded by the module. */
struct hint_watch {
	struct rd_list link; /* in its hint */
	struct hint *hint;
	struct rd_sip_watch *watch;
};

/* As sip_package_load() and sip_package_unload(), with the hints that its watches are of. */
int hint_package_load(const struct rd_sip_package *package);
void hint_package_unload(const struct rd_sip_package *package);

/**
 * Watch the extension watch->resource in watch->context.
 *
 * @fallback  the devices of an extension without a hint; NULL: -ENOENT then
 */
int hint_watch_open(struct hint_watch *own, struct rd_sip_watch *watch, const char *fallback);
void hint_watch_close(struct hint_watch *own);
/* "SIP/1001&SIP/1002" */
const char *hint_devices(const struct hint_watch *own);
/* The name that the hint gives, "" for none. */
const char *hint_name(const struct hint_watch *own);

/* A device has done something: tell all who watch it. */
void hints_changed(const char *device);
/* The dialplan is another one: look all of them up anew. */
void hints_reloaded(void);
/* A module has come: if it is the dialplan, which was away, the same. */
void hints_look_again(void);

#endif
