/* Ringdown SDK: features.conf as it counts for one channel. */
#ifndef RINGDOWN_FEATURES_H
#define RINGDOWN_FEATURES_H

#include <ringdown/base.h>
#include <ringdown/str.h>

struct rd_channel;

enum rd_features_section {
	RD_FEATURES_GENERAL, /* and "inherit": whoever the channel dials has the same */
	RD_FEATURES_MAP, /* [featuremap]: keys; to read, also of a name in [applicationmap] */
};

RD_API_BEGIN

/* Append the value of an option: of this channel, where it has one of its own. 0 or
 * -ENOENT. */
int rd_features_get(const struct rd_channel *ch, enum rd_features_section section,
		    const char *name, struct rd_buf *out);
/* Is there such an option? Names of [applicationmap] are none. */
bool rd_features_known(enum rd_features_section section, const char *name);
/* From now on, for this channel alone. 0, -ENOENT, -EINVAL (what was expected is logged) or
 * -ENOMEM. */
int rd_features_set(struct rd_channel *ch, enum rd_features_section section, const char *name,
		    const char *value);

/* Is this what a phone dials to answer for another one (pickupexten), and is there Pickup()
 * to do so? Drivers ask where the dialplan has no such number. */
bool rd_features_pick_up(const char *number);

RD_API_END

#endif
