/* What the module keeps across calls, for the files that are in its place one after the other. */
#include <ringdown/module.h>

#include "apps/app_queue/caller.h"

static struct queue_kept own = { .talks = RD_LIST_INIT(own.talks) };
struct queue_kept *queue_kept = &own;

static const size_t sizes[] = { sizeof(struct queue_kept),
				sizeof(struct queue),
				sizeof(struct queue_member),
				sizeof(struct queue_caller),
				sizeof(struct queue_snapshot),
				sizeof(struct queue_settings),
				0 };
static const size_t *const shape[] = { sizes, queue_sizes_found, queue_sizes_rules,
				       queue_sizes_talk, NULL };

const struct rd_module_state queue_state = {
	.version = 1, .shape = shape, .size = sizeof(own), .place = (void **)&queue_kept
};
