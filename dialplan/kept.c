/* What the interpreter keeps across calls, for the files that are in its place one after the
 * other. */
#include <ringdown/module.h>

#include "dialplan/kept.h"
#include "dialplan/run.h"
#include "dialplan/template_piece.h"

static struct dp_kept own;
struct dp_kept *dp_kept = &own;

static const size_t sizes[] = { sizeof(struct dp_kept),
				sizeof(struct dp_run),
				sizeof(struct dp_plan),
				sizeof(struct dp_context),
				sizeof(struct dp_include),
				sizeof(struct dp_ignore),
				sizeof(struct dp_exten),
				sizeof(struct dp_step),
				sizeof(struct dp_global),
				sizeof(struct dp_template),
				sizeof(struct dp_piece),
				sizeof(struct dp_timing),
				0 };
static const size_t *const shape[] = { sizes,         dp_sizes_hints,   dp_sizes_stack,
				       dp_sizes_trie, dp_sizes_builtin, NULL };

const struct rd_module_state dp_state = {
	.version = 1, .shape = shape, .size = sizeof(own), .place = (void **)&dp_kept
};
