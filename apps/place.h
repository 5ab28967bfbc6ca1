/* A place in the dialplan as option letters write it: "context^exten^priority(args)". */
#ifndef APPS_PLACE_H
#define APPS_PLACE_H

#include <ringdown/channel.h>

/* What rd_dialplan_gosub() and rd_dialplan_goto() take, in the scratch pool of the channel; ""
 * where there are no arguments. 0 or -ENOMEM. */
int app_split_place(struct rd_channel *ch, const char *text, const char **place,
		    const char **args);
/* For the log: why one cannot go there. */
const char *app_place_fault(int rc);
/**
 * Let a leg run the subroutine that an option of the caller's application names.
 *
 * @letter, text  the option and its argument; NULL, "": it is not set
 *
 * Yields. 0, -ECANCELED, or negative where it cannot be run, which is logged.
 */
RD_YIELDS int app_gosub_option(struct rd_channel *caller, struct rd_channel *leg, char letter,
			       const char *text);

/* Option F: let a leg go on at this place; NULL, "": after the step of the caller. What is
 * wrong is logged. */
void app_send_on(struct rd_channel *caller, struct rd_channel *leg, const char *text);

#endif
