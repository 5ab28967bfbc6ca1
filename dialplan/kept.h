/* What stays when a new file takes the interpreter's place: calls go on in the code that they
 * are in, and all see one plan, and the same hints. */
#ifndef DIALPLAN_KEPT_H
#define DIALPLAN_KEPT_H

#include <ringdown/fiber.h>
#include <ringdown/map.h>

struct dp_plan;
struct dp_watch;

struct dp_kept {
	struct dp_plan *current;
	char run_key; /* its address is the key of attached runs */
	struct rd_map *hints; /* "1001@office" to its last state name */
	/* While the hints of a new plan are gathered, slice by slice, those of the plan
	 * before are heeded still. */
	struct dp_watch *in_force, *coming;
	struct rd_timer next_slice;
};
extern struct dp_kept *dp_kept;
extern const struct rd_module_state dp_state;

/* Of what is private to a file, as rd_module_state.shape has it. */
extern const size_t dp_sizes_hints[], dp_sizes_stack[], dp_sizes_trie[], dp_sizes_builtin[];

#endif
