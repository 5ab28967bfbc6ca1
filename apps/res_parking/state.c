/* What the module keeps across calls, for the files that are in its place one after the other. */
#include <ringdown/module.h>

#include "apps/res_parking/parking.h"

static struct parking_state own = { .places = RD_LIST_INIT(own.places) };
struct parking_state *parking_state = &own;

static const size_t sizes[] = { sizeof(struct parking_state), sizeof(struct parking_place),
				sizeof(struct parking_lot), sizeof(struct parking_settings), 0 };
static const size_t *const shape[] = { sizes, NULL };

const struct rd_module_state parking_kept = {
	.version = 1, .shape = shape, .size = sizeof(own), .place = (void **)&parking_state
};
