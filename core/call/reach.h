/* What those who are called have decided about it: the door to the module that knows. */
#ifndef CORE_CALL_REACH_H
#define CORE_CALL_REACH_H

#include <ringdown/reach.h>

/* One module at a time: -EEXIST. NULL takes it back. */
int rd__reach_set(const struct rd_reach *reach);
/* What is dialled, "PJSIP/1001", may be an alias. False: there is no wish. */
bool rd__reach_wish(const char *dialled, const struct rd_channel *caller,
		    struct rd_reach_wish *wish);
/* A leg that begins a call is shown as the person that its phone is for now. */
void rd__reach_show_owner(struct rd_channel *ch);

#endif
