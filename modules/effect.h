/* What functions share that change how a channel sounds: an effect of a kind for each
 * side of a channel, begun, replaced and ended. */
#ifndef MODULES_EFFECT_H
#define MODULES_EFFECT_H

#include <ringdown/channel.h>
#include <ringdown/hook.h>

struct effect_kind {
	const char *module; /* RD_MODULE_NAME */
	/* As rd_hook_ops has it: on a media thread. */
	void (*change)(void *state, enum rd_hook_side side, int16_t *samples, size_t count,
		       int rate);
	void (*state_free)(void *state);
};

/* For rd_module_state, with the sizes of the kind's own states: so a new file of the module finds
 * the effects of the old one, and ends them. */
extern char *effect_key;
extern const size_t effect_sizes[];

/* "rx": what the channel says, "tx": what it hears, "both"; or'ed, 0: none of these. */
unsigned effect_sides(const char *text);
/* That it is none of these that can be meant, in buf. */
const char *effect_no_side(const char *text, char *buf, size_t size);
/* Replace what there is of this kind on one side; NULL: nothing any more. The state is
 * the kind's to free, also when it fails: -ENODATA (no sound), -ENOMEM. */
int effect_take(struct rd_channel *ch, const struct effect_kind *kind, enum rd_hook_side side,
		void *state);
/* Of what is in force; NULL. */
void *effect_state(const struct rd_channel *ch, enum rd_hook_side side);

#endif
