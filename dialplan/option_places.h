/* Places of the dialplan that options of applications name, which the check follows. */
#ifndef DIALPLAN_OPTION_PLACES_H
#define DIALPLAN_OPTION_PLACES_H

#include <ringdown/str.h>

/* target: as Goto() has it, variables may stand in it. letter: its option's, '-': it is the
 * argument of Queue() for members. */
typedef void dp_look_at_place(struct rd_str target, char letter, void *arg);

/* args: as they are written. */
void dp_option_places(const char *app, const char *args, dp_look_at_place *look, void *arg);

#endif
