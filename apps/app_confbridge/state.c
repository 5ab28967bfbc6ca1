/* What the module keeps across calls, for the files that are in its place one after the other. */
#include <ringdown/module.h>

#include "apps/app_confbridge/confbridge.h"

static struct conf_state own = { .rooms = RD_LIST_INIT(own.rooms) };
struct conf_state *conf_state = &own;

static const size_t sizes[] = {
	sizeof(struct conf_state),    sizeof(struct conf_room),    sizeof(struct conf_user),
	sizeof(struct conf_settings), sizeof(struct conf_profile), sizeof(struct conf_keys),
	sizeof(struct conf_step),     sizeof(struct conf_action),  0
};

static const size_t *const shape[] = { sizes, conf_sizes_announced, conf_sizes_recorded,
				       conf_sizes_wished, NULL };

const struct rd_module_state conf_kept = {
	.version = 1, .shape = shape, .size = sizeof(own), .place = (void **)&conf_state
};
