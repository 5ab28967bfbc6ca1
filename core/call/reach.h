/* What those who are called have decided about it: the door to the module that knows. */
#ifndef CORE_CALL_REACH_H
#define CORE_CALL_REACH_H

#include <ringdown/reach.h>

/* One module at a time: -EEXIST. NULL takes it back. */
int rd__reach_set(const struct rd_reach *reach);
/* What is dialled, "PJSIP/1001", may be an alias. False: there is no wish. */
bool rd__reach_wish(const char *dialled, const struct rd_channel *caller,
		    struct rd_reach_wish *wish);
/* Where the owner of a device has logged in, "SIP/1005". False: nowhere. */
bool rd__reach_desk(const char *device, char *desk, size_t size);
/* Whose phone a device is for now, "SIP/1001"; NULL: its own. Borrowed, until the next change. */
const char *rd__reach_guest(const char *device);
/* A leg that begins a call is shown as the person that its phone is for now. */
void rd__reach_show_owner(struct rd_channel *ch);

#endif
