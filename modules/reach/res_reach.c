/* What people want of calls to them: forwards, do-not-disturb, call waiting, blocked callers,
 * another phone to ring. Dial() obeys it. */
#include <ringdown/module.h>

#include "modules/reach/reach.h"

RD_MODULE(.name = "res_reach", .synopsis = "How people want to be reached",
	  .functions = reach_functions, .techs = reach_lamps, .commands = reach_commands,
	  .reach = &reach_wishes, .load = reach_people_load, .unload = reach_people_free,
	  .state = &reach_kept);
